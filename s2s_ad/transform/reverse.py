"""Reverse mode: a function that runs the primal and then its adjoint, statement by statement back.

The reverse sweep of a block reads values of the forward sweep.  Outside of loops they are there
by name.  The body of a loop puts what its reverse needs on a tape, once an iteration, and the
reverse loop takes it off again.

Source: Griewank & Walther, Evaluating Derivatives (2008), chapters 3, 4 and 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from s2s_ad.analysis.activity import active
from s2s_ad.analysis.unbound import unbound
from s2s_ad.errors import DifferentiationError
from s2s_ad.frontend.context import Frame, Lowerer
from s2s_ad.frontend.source import FunctionSource
from s2s_ad.ir.core import (
    Arg,
    Atom,
    Block,
    Eqn,
    For,
    Function,
    If,
    Lit,
    Map,
    Note,
    Param,
    Rows,
    Seq,
    Stmt,
    Try,
    Var,
    While,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import (
    FLOAT,
    Array,
    DictKind,
    Kind,
    ListKind,
    NumpyScalar,
    Opaque,
    PyScalar,
    TupleKind,
    dtype_of,
    is_differentiable,
    is_numeric,
    leaves,
)
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import IDENTITY, op
from s2s_ad.optimize.dead_code import dead_code
from s2s_ad.transform.adjoints import Adjoints
from s2s_ad.transform.branches import reverse_if
from s2s_ad.transform.equations import reverse_equation
from s2s_ad.transform.loops import reverse_loop
from s2s_ad.transform.sweep import Handler, Sweep, views_of
from s2s_ad.transform.tape import Tapes


def reverse(primal: Function, argnums: Sequence[int], names: Names, source: FunctionSource) -> Function:
    """Return the function (args…, y_bar) -> (y, adjoints of the arguments in argnums).

    Raises: DifferentiationError where the result is not one real number, NoRuleError.
    """
    inputs = [var for n in argnums for var in variables(primal.params[n].value) if is_differentiable(var.kind)]
    result = _scalar_result(primal)
    lo = Lowerer(names, Frame(source, {}), quiet=True)
    found = active(primal, inputs)
    views = dict(views_of(primal.body, found))
    sweep = Sweep(lo, found, views, unbound(primal.body), Tapes(names, []), HANDLERS)
    seed = _seed_param(primal, names)
    forward, backward, leaves = _run(sweep, primal, seed, result, inputs)
    given = [primal.params[n] for n in argnums]
    tree = Seq((primal.result, Seq(tuple(_adjoint_tree(param.kind, param.value, leaves) for param in given))))
    body = Block((Note("forward sweep"), *forward, Note("reverse sweep"), *backward), tuple(variables(tree)))
    return replace(primal, name=f"{primal.name}_vjp", body=body, result=tree, seeds=(seed,))


def _scalar_result(primal: Function) -> Atom:
    result = primal.result
    kind = result.kind if isinstance(result, Var | Lit) else None
    is_number = isinstance(kind, PyScalar | NumpyScalar) or (isinstance(kind, Array) and kind.axes == "")
    if isinstance(result, Var | Lit) and is_number and dtype_of(result.kind).kind != "c":
        return result
    raise DifferentiationError(
        f"{primal.name} returns {_describe(result)}, and a gradient is that of one real number",
        primal.place,
        "return a sum or a mean of it",
    )


def _describe(result: Arg) -> str:
    match result:
        case Lit(None):
            return "nothing"
        case Var() | Lit():
            return str(result.kind)
        case _:
            return "a tuple, list or dict"


def _adjoint_tree(kind: Kind, tree: Arg, leaves: dict[Var, Atom]) -> Arg:
    """Return the structure of an argument with adjoints at its leaves; None where there is none."""
    match kind, tree:
        case ListKind(item), Seq() | Map():
            return Rows(_adjoint_tree(item, tree, leaves))
        case TupleKind(kinds), Seq(items, made):
            return Seq(tuple(_adjoint_tree(k, item, leaves) for k, item in zip(kinds, items, strict=True)), made)
        case DictKind(kinds), Map(items):
            pairs = zip(kinds, items, strict=True)
            return Map(tuple((key, _adjoint_tree(k, item, leaves)) for (_, k), (key, item) in pairs))
        case _, Var():
            return leaves.get(tree, Lit(None, Opaque("NoneType")))
        case _:
            return tree


HANDLERS: dict[type[Stmt], Handler] = {
    Eqn: reverse_equation,
    If: reverse_if,
    Try: reverse_if,
    For: reverse_loop,
    While: reverse_loop,
}


def _seed_param(primal: Function, names: Names) -> Param:
    taken = {param.name for param in primal.params}
    name = next(name for name in ("y_bar", "result_bar", "value_bar", "seed_bar") if name not in taken)
    return Param(name, FLOAT, Var(names.version("y_bar"), FLOAT))


def _run(
    sweep: Sweep, primal: Function, seed: Param, result: Atom, inputs: Sequence[Var]
) -> tuple[list[Stmt], list[Stmt], dict[Var, Atom]]:
    """Return the forward sweep, the reverse sweep, and the adjoints of the inputs."""
    given = [*(param.kind for param in primal.params), *(capture.var.kind for capture in primal.captures)]
    narrow = any(is_numeric(leaf) and dtype_of(leaf) in ("f4", "f2") for kind in given for leaf in leaves(kind))
    adjoints = Adjoints(sweep.lo, views=sweep.views, unbound=sweep.unbound, narrow=narrow)
    with sweep.lo.block() as backward:
        if isinstance(result, Var) and result in sweep.active:
            _plant(sweep.lo, adjoints, result, seed)
        forward = sweep.statements(primal.body.stmts, adjoints)
        found = _leaves(adjoints, inputs)
    kept = dead_code(Block(tuple(backward), tuple(found.values())))
    return [*sweep.tapes.statements(), *forward], list(kept.stmts), found


def _plant(lo: Lowerer, adjoints: Adjoints, result: Var, seed: Param) -> None:
    """Let the seed be the adjoint of the result, as a NumPy number where the result is one.

    All adjoints then have NumPy's arithmetic, in which division by zero gives inf.
    """
    if isinstance(result.kind, PyScalar):
        adjoints.bind(result, lo.emit(IDENTITY, [seed.value], kind=FLOAT))
    else:
        dtype = dtype_of(result.kind).name
        adjoints.bind(result, lo.emit(op(f"numpy.{dtype}"), [seed.value], kind=NumpyScalar(dtype)))


def _leaves(adjoints: Adjoints, inputs: Sequence[Var]) -> dict[Var, Atom]:
    """Return the adjoints to give to the caller: arrays are his alone and may be written."""
    leaves: dict[Var, Atom] = {}
    for x in inputs:
        if x not in adjoints.bars:
            leaves[x] = adjoints.zero(x)
            continue
        adjoints.finish(x, taken=adjoints.bars[x] in leaves.values())
        leaves[x] = adjoints.bars[x]
    return leaves
