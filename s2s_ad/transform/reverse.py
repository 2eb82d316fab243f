"""Reverse mode: a function that runs the primal and then its adjoint, statement by statement back.

The reverse sweep of a block reads values of the forward sweep.  Outside of loops they are there
by name.  The body of a loop puts what its reverse needs on a tape, once an iteration, and the
reverse loop takes it off again.

Source: Griewank & Walther, Evaluating Derivatives (2008), chapters 3, 4 and 6.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from s2s_ad.analysis.activity import Entered, active, entered
from s2s_ad.analysis.complexity import refuse_mixed
from s2s_ad.analysis.finite import unbounded
from s2s_ad.analysis.narrow import has_narrow_floats
from s2s_ad.analysis.owned import Owned
from s2s_ad.analysis.truths import truths
from s2s_ad.analysis.unbound import unbound
from s2s_ad.errors import DifferentiationError, UnsupportedError
from s2s_ad.frontend.context import Frame, Lowerer
from s2s_ad.frontend.source import FunctionSource
from s2s_ad.ir.classes import takes
from s2s_ad.ir.core import (
    FORWARD_SWEEP,
    REVERSE_SWEEP,
    Arg,
    Atom,
    Block,
    Eqn,
    For,
    Function,
    If,
    Lit,
    Map,
    Param,
    Record,
    Rows,
    Seq,
    Stmt,
    Try,
    Var,
    While,
    free,
    substitute,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import (
    FLOAT,
    Array,
    DictKind,
    Kind,
    ListKind,
    NumpyScalar,
    ObjectKind,
    Opaque,
    PyScalar,
    TupleKind,
    axes_of,
    dtype_of,
    is_complex,
    is_container,
    is_differentiable,
    is_numeric,
    item_kind,
    number_kind,
)
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import ADD, IDENTITY, op
from s2s_ad.ir.rename import own_names
from s2s_ad.ir.tapes import TAPE_OF_CALLS, is_tape
from s2s_ad.optimize.dead_code import dead_code
from s2s_ad.rules.indexing import arg_kind
from s2s_ad.transform.adjoints import SUM_OF_LISTS, Adjoints, bar_hint
from s2s_ad.transform.branches import reverse_if
from s2s_ad.transform.calls import called_functions, result_atoms, with_tapes
from s2s_ad.transform.contexts import for_good, has_reports_raised, silent
from s2s_ad.transform.equations import reverse_equation
from s2s_ad.transform.loops import reverse_loop
from s2s_ad.transform.powers import checked_powers
from s2s_ad.transform.shapes import alike
from s2s_ad.transform.sweep import Called, Handler, Sweep, hand_in, views_of
from s2s_ad.transform.tape import Tapes
from s2s_ad.transform.taped import adjoint_tapes


def reverse(
    primal: Function,
    argnums: Sequence[int],
    names: Names,
    source: FunctionSource,
    *,
    has_aux: bool = False,
    scalar: bool = True,
    guarded: bool = True,
) -> Function:
    """Return the function (args…, y_bar) -> (y, adjoints of the arguments in argnums).

    With `has_aux` the function gives a pair, of which the second is not differentiated.  What is not
    `guarded` is linear in the seeds: without it a zero by a choice is no zero at a pole.

    Raises: DifferentiationError where the result is not one real number though it must be `scalar`, NoRuleError.
    """
    primal = checked_powers(primal)
    inputs = [var for n in argnums for var in variables(primal.params[n].value) if is_differentiable(var.kind)]
    refuse_structures_in_lists(primal, inputs)
    result = differentiated(primal, has_aux)
    if scalar:
        _check_scalar(primal, result)
    given = entered(primal, inputs) if primal.functions else {}
    narrow, known = has_narrow_floats(primal), truths(primal)
    called = called_functions(primal.functions, given, narrow)
    sweep = _sweep(primal, active(primal, inputs), called, Tapes(names, []), source, guarded, known)
    seed, seeds = _seed_param(primal, result, names, scalar)
    forward, backward, leaves = _run(sweep, primal, seeds, inputs, narrow, scalar)
    if has_reports_raised(each for function in (primal, *primal.functions) for each in for_good(function.body)):
        backward = silent(backward)
    wanted = [primal.params[n] for n in argnums]
    tree = Seq(
        (primal.result, Seq(tuple(adjoint_tree(param.kind, param.value, leaves, (param.name,)) for param in wanted)))
    )
    body = Block((FORWARD_SWEEP, *forward, REVERSE_SWEEP, *backward), tuple(variables(tree)))
    functions = tuple(
        derived
        for each in primal.functions
        for derived in _reverse_called(each, called, given, source, narrow, guarded, known)
    )
    vjp = replace(primal, name=f"{primal.name}_vjp", body=body, result=tree, seeds=(seed,), functions=functions)
    return _with_tapes(vjp, primal)


def refuse_structures_in_lists(primal: Function, inputs: Sequence[Var]) -> None:
    """Refuse inputs that are lists of lists of structures: only the outer list is taken apart into its columns.

    Raises: UnsupportedError.
    """
    if any(_holds_structures(var.kind) for var in inputs):
        reason = f"an argument of {primal.name} has lists of tuples, dicts or objects within a list"
        raise UnsupportedError(reason, primal.place, "let the outer list be a tuple")


def _holds_structures(kind: Kind) -> bool:
    return _holds_structures(kind.item) if isinstance(kind, ListKind) else is_container(kind)


def _with_tapes(function: Function, primal: Function) -> Function:
    """Give all calls of functions a tape, also those that no adjoint belongs to."""
    arguments = {f"local.{each.name}": len(each.params) for each in primal.functions}
    body = Block(tuple(with_tapes(function.body.stmts, arguments)), function.body.results)
    functions = tuple(_with_tapes(each, primal) for each in function.functions)
    return replace(function, body=body, functions=functions) if arguments else function


def _sweep(
    function: Function, found: frozenset[Var], called: Mapping[str, Called], tapes: Tapes, source: FunctionSource,
    guarded: bool, known: frozenset[Var],
) -> Sweep:  # fmt: skip
    lo = Lowerer(tapes.names, Frame(source, {}), quiet=True)
    lo.truths = known
    refuse_mixed(function.body, found)
    views = dict(views_of(function.body, found))
    return Sweep(
        lo, found, views, unbound(function.body), unbounded(function.body), tapes, called, HANDLERS, adjoint_tapes,
        guarded,
    )  # fmt: skip


def _reverse_called(
    primal: Function,
    called: Mapping[str, Called],
    given: Entered,
    source: FunctionSource,
    narrow: bool,
    guarded: bool,
    known: frozenset[Var],
) -> tuple[Function, Function]:
    """Return the function that keeps on a tape what its adjoint needs, and its adjoint."""
    how = called[f"local.{primal.name}"]
    params = [var for param in primal.params for var in variables(param.value)]
    names = own_names(primal)
    tapes = sum(map(is_tape, params))
    tape = Var(names.version(f"tape_{tapes + 1}" if tapes else "tape"), TAPE_OF_CALLS)
    found = active(primal, [params[i] for i in sorted(given.get(f"local.{primal.name}", ()))])
    sweep = _sweep(primal, found, called, Tapes(names, [], tape), source, guarded, known)
    sweep.depth = 1
    earlier = [var for i in how.tapes for var in variables(primal.params[i].value)]
    sweep.tape_bars.update((var, sweep.lo.var(var.kind, hint=bar_hint(var))) for var in earlier)
    adjoints = Adjoints(sweep.lo, views=sweep.views, unbound=sweep.unbound, narrow=narrow, guarded=sweep.guarded)
    atoms = list(result_atoms(primal.result))
    seeds: list[Param] = []
    sums = {params[i]: sweep.lo.var(params[i].kind, hint=bar_hint(params[i])) for i in how.sums}
    for x, bar in sums.items():
        adjoints.bars[x] = bar
        adjoints.owned.add(bar)
        adjoints.gathered.add(bar)
    with sweep.lo.block() as stmts:
        for position in how.results:
            result = atoms[position]
            bar = sweep.lo.var(
                number_kind(result.kind), hint=bar_hint(result) if isinstance(result, Var) else "seed_bar"
            )
            seeds.append(_given(bar))
            if result in found:
                assert isinstance(result, Var)
                hand_in(adjoints, result, bar)
        forward = Block(tuple(sweep.statements(primal.body.stmts, adjoints)), primal.body.results)
        bars = [adjoints.bars.get(params[i]) or adjoints.zero(params[i]) for i in how.params]
    tape_bars = [sweep.tape_bars[var] for var in earlier]
    seeds += map(_given, (*sums.values(), *tape_bars))
    backward = dead_code(Block(tuple(stmts), tuple(variables(*bars))))
    forward, backward = sweep.tapes.keep(forward, tuple(params), backward, frozenset())
    given_tape = _given(tape)
    kept = replace(primal, params=(*primal.params, given_tape), body=forward)
    tree = bars[0] if len(bars) == 1 else Seq(tuple(bars))
    name = how.backward.path.removeprefix("local.")
    adjoint = Function(name, (*seeds, given_tape), (), backward, tree, primal.place)
    return kept, adjoint


def _given(var: Var) -> Param:
    """Return the parameter by which a called function is given a value."""
    return Param(var.name.replace(".", "_"), var.kind, var)


def differentiated(primal: Function, has_aux: bool) -> Arg:
    """Return the part of the result that is differentiated."""
    if not has_aux:
        return primal.result
    if isinstance(primal.result, Seq) and primal.result.type == "tuple" and len(primal.result.items) == 2:
        return primal.result.items[0]
    raise DifferentiationError(
        f"{primal.name} returns {_describe(primal.result)}, and with has_aux=True that is a pair", primal.place,
        "return (value, aux), or leave has_aux out",
    )  # fmt: skip


def is_one_number(result: Arg) -> bool:
    """Say whether a result is one number: it has a gradient."""
    kind = result.kind if isinstance(result, Var | Lit) else None
    return isinstance(kind, PyScalar | NumpyScalar) or (isinstance(kind, Array) and kind.axes == "")


def _check_scalar(primal: Function, result: Arg) -> None:
    is_one = is_one_number(result)
    is_complex_ = is_one and is_complex(arg_kind(result))
    if is_one and not is_complex_:
        return
    raise DifferentiationError(
        f"{primal.name} returns {_describe(result)}, and a gradient is that of one real number",
        primal.place,
        "return its real part, its imaginary part or its abs" if is_complex_ else "return a sum or a mean of it",
    )


def _describe(result: Arg) -> str:
    match result:
        case Lit(None):
            return "nothing"
        case Var() | Lit():
            return str(result.kind)
        case _:
            return "a tuple, list or dict"


def adjoint_tree(kind: Kind, tree: Arg, leaves: dict[Var, Atom], at: tuple[str, ...]) -> Arg:
    """Return the structure of an argument with adjoints at its leaves; None where there is none.

    `at` is how the emitted code reaches the argument: an object of its class is made.
    """

    def inner(kind: Kind, item: Arg, step: str) -> Arg:
        return adjoint_tree(kind, item, leaves, (*at, step))

    match kind, tree:
        case ListKind(item), Seq() | Map() | Record():
            return Rows(inner(item, tree, "[0]"))
        case TupleKind(kinds), Seq(items, made):
            parts = enumerate(zip(kinds, items, strict=True))
            return Seq(tuple(inner(k, item, f"[{i}]") for i, (k, item) in parts), made)
        case DictKind(kinds), Map(items):
            pairs = zip(kinds, items, strict=True)
            return Map(tuple((key, inner(k, item, f"[{key!r}]")) for (_, k), (key, item) in pairs))
        case ObjectKind(cls, kinds), Record(items, maker=maker):
            pairs = zip(kinds, items, strict=True)
            found = tuple((key, inner(k, item, f".{key}")) for (_, k), (key, item) in pairs)
            if maker is not None:
                return replace(tree, items=found)
            return Record(found, at, takes(cls, tuple(key for key, _ in items)), cls)
        case _, Var():
            return leaves.get(tree, Lit(None, Opaque("NoneType")))
        case _:
            return tree


_NONE = Lit(None, Opaque("NoneType"))
HANDLERS: dict[type[Stmt], Handler] = {
    Eqn: reverse_equation,
    If: reverse_if,
    Try: reverse_if,
    For: reverse_loop,
    While: reverse_loop,
}


def _seed_param(primal: Function, result: Arg, names: Names, scalar: bool) -> tuple[Param, list[tuple[Var, Var]]]:
    """Return the parameter for the adjoint of the result, and the leaves of the result each with its adjoint.

    It has the structure of the result, and None where that has no float.  A value that is several leaves has as
    many adjoints.
    """
    taken = {param.name for param in primal.params}
    name = next(name for name in ("y_bar", "result_bar", "value_bar", "seed_bar") if name not in taken)
    if scalar:
        seed = Var(names.version("y_bar"), FLOAT)
        return Param(name, FLOAT, seed), [(result, seed)] if isinstance(result, Var) else []
    seeds: list[tuple[Var, Var]] = []

    def seed_of(var: Var) -> Atom:
        if not is_differentiable(var.kind):
            return _NONE
        seeds.append((var, Var(names.version("y_bar" if result == var else bar_hint(var)), var.kind)))
        return seeds[-1][1]

    tree = substitute(result, seed_of, lambda _: _NONE)
    return Param(name, _structure_of(result), _as_argument(tree)), seeds


def _structure_of(result: Arg) -> Kind:
    """Return the kind of a result of just this structure: lists that are written out are as long as they are."""
    match result:
        case Seq(items, made):
            return TupleKind(tuple(map(_structure_of, items)), made)
        case Map(items):
            return DictKind(tuple((key, _structure_of(item)) for key, item in items))
        case Record(items, cls=cls):
            return ObjectKind(cls, tuple((name, _structure_of(item)) for name, item in items))
        case Rows(columns):
            return ListKind(item_kind(_structure_of(columns)))
        case _:
            return arg_kind(result)


def _as_argument(tree: Arg) -> Arg:
    """Return a structure as a parameter has it: what makes a list of rows is that of its columns."""
    match tree:
        case Rows(columns):
            return columns
        case Seq(items):
            return replace(tree, items=tuple(map(_as_argument, items)))
        case Map(items) | Record(items):
            return replace(tree, items=tuple((key, _as_argument(item)) for key, item in items))
        case _:
            return tree


def _run(
    sweep: Sweep, primal: Function, seeds: Sequence[tuple[Var, Var]], inputs: Sequence[Var], narrow: bool, scalar: bool
) -> tuple[list[Stmt], list[Stmt], dict[Var, Atom]]:
    """Return the forward sweep, the reverse sweep, and the adjoints of the inputs."""
    adjoints = Adjoints(sweep.lo, views=sweep.views, unbound=sweep.unbound, narrow=narrow, guarded=sweep.guarded)
    with sweep.lo.block() as backward:
        for result, seed in _summed(sweep.lo, seeds):
            if result in sweep.active:
                _plant(sweep.lo, adjoints, result, seed)
                while result in sweep.views:
                    result = sweep.views[result][0]
                if not scalar:  # a zero of the caller's chooses nothing
                    adjoints.selected.add(adjoints.bars[result])
        forward = sweep.statements(primal.body.stmts, adjoints)
        found = _leaves(adjoints, inputs)
    kept = alike(dead_code(Block(tuple(backward), tuple(found.values()))), forward)
    return [*sweep.tapes.statements(), *forward], list(kept.stmts), found


def _summed(lo: Lowerer, seeds: Sequence[tuple[Var, Var]]) -> Iterator[tuple[Var, Var]]:
    """Yield each result with its adjoint, the sum of all where it is several leaves."""
    found: dict[Var, list[Var]] = {}
    for result, seed in seeds:
        found.setdefault(result, []).append(seed)
    for result, (seed, *others) in found.items():
        for other in others:
            if isinstance(result.kind, ListKind):
                seed = lo.emit(SUM_OF_LISTS, [seed, other], kind=result.kind, hint=seed.hint)
            else:
                seed = lo.emit(ADD, [seed, other], kind=result.kind, hint=seed.hint)
        yield result, seed


def _plant(lo: Lowerer, adjoints: Adjoints, result: Var, seed: Var) -> None:
    """Let the seed be the adjoint of a result, as a NumPy number where the result is one.

    All adjoints then have NumPy's arithmetic, in which division by zero gives inf.
    """
    if isinstance(result.kind, PyScalar) and adjoints.narrow:  # beside a float32 one of Python's would be one
        adjoints.bind(result, lo.emit(op("numpy.float64"), [seed], kind=NumpyScalar("float64")))
    elif isinstance(result.kind, PyScalar):
        adjoints.bind(result, lo.emit(IDENTITY, [seed], kind=seed.kind))
    elif axes_of(result.kind) == "" and is_numeric(result.kind):
        dtype = dtype_of(result.kind).name
        adjoints.bind(result, lo.emit(op(f"numpy.{dtype}"), [seed], kind=NumpyScalar(dtype)))
    else:
        adjoints.add(result, seed)


def _leaves(adjoints: Adjoints, inputs: Sequence[Var]) -> dict[Var, Atom]:
    """Return the adjoints to give to the caller: arrays are his alone and may be written."""
    leaves: dict[Var, Atom] = {}
    mine = Owned(adjoints.lo.stmts, free(Block(tuple(adjoints.lo.stmts))))
    for x in inputs:
        if x not in adjoints.bars:
            leaves[x] = adjoints.nothing(x)
            continue
        adjoints.finish(x, mine)
        leaves[x] = adjoints.bars[x]
    return leaves
