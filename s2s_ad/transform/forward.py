"""Forward mode: a function that runs the primal with a tangent statement beside each of its statements.

A branch hands out the tangents of what it hands out, a loop carries those of what it carries, a function
that calls itself becomes one that takes and gives tangents too.

Source: Griewank & Walther, Evaluating Derivatives (2008), section 3.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np

from s2s_ad.analysis.activity import active, entered
from s2s_ad.analysis.finite import reads_infinity, unbounded
from s2s_ad.analysis.owned import Owned
from s2s_ad.analysis.storage import Storage
from s2s_ad.analysis.truths import truths
from s2s_ad.frontend.context import Frame, Lowerer
from s2s_ad.frontend.source import FunctionSource
from s2s_ad.ir.core import (
    Arg,
    Atom,
    Block,
    Custom,
    Eqn,
    For,
    Function,
    If,
    Lit,
    Note,
    Param,
    Seq,
    Stmt,
    Tangent,
    Try,
    Var,
    While,
    all_bound,
    carried,
    operands,
    reads,
    statements_of,
    substitute,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import (
    FLOAT,
    Array,
    ListKind,
    NumpyScalar,
    Opaque,
    PyScalar,
    dtype_of,
    is_complex,
    is_differentiable,
    is_numeric,
    number_kind,
)
from s2s_ad.ir.names import Names, unique
from s2s_ad.ir.ops import ENTER, EXIT, GETITEM, NEW_TAPE, TAPE_OPS, copy_of, is_local, local, op, zeros_like
from s2s_ad.ir.rename import own_names, rename
from s2s_ad.ir.tapes import is_copied, is_tape
from s2s_ad.rules.language import lookup
from s2s_ad.transform.contexts import calm, catches_reports, has_reports_raised, is_watched, silent
from s2s_ad.transform.custom import tangents_of
from s2s_ad.transform.equations import all_of, has_no_pole
from s2s_ad.transform.powers import checked_powers
from s2s_ad.transform.tangent import comes_before, dot_hint, tangent

_NONE = Lit(None, Opaque("NoneType"))
_UNLESS_ZERO = op("s2s_ad.rules.helpers.unless_zero")
_ERRSTATE = Lit(np.errstate, Opaque("static errstate"))


@dataclass(frozen=True)
class Called:
    """The tangent of a function that is called: arguments and some tangents in, results and their tangents out.

    Of a tape that it is given it takes the tape of tangents.
    """

    forward: str
    params: tuple[int, ...]
    """The positions of the arguments whose tangents it takes."""
    results: tuple[int, ...]
    """The positions of the results whose tangents it gives."""


def forward(
    primal: Function, argnums: Sequence[int], names: Names, source: FunctionSource, *, guarded: bool = False
) -> Function:
    """Return the function (args…, dots…) -> (y, ẏ), with the tangents of the arguments in argnums.

    Where it is `guarded` a tangent that is zero stays zero at a pole: unit vectors do not choose all numbers.

    Raises: NoRuleError, UnsupportedError.
    """
    primal = checked_powers(primal)
    inputs = [var for n in argnums for var in variables(primal.params[n].value) if is_differentiable(var.kind)]
    given = entered(primal, inputs) if primal.functions else {}
    taken = {each.name for each in primal.functions}
    paths = {f"local.{each.name}": each for each in primal.functions}
    called = {path: _how(each, given.get(path, set()), taken) for path, each in paths.items()}
    seeds, dots = _seeds(primal, argnums, names)
    infinite, known = unbounded(primal.body) if guarded else None, truths(primal)
    run = _Forward(_lowerer(names, source, known), active(primal, inputs), called, dict(dots), infinite)
    run.watched = has_reports_raised(stmt for each in (primal, *primal.functions) for stmt in statements_of(each.body))
    with run.lo.block() as stmts:
        if _uses_numpy(primal.body):
            run.dots.update((var, run.as_numpy(var, dot)) for var, dot in dots.items())
        run.statements(primal.body.stmts)
        owned = Owned(stmts, [*_reached(primal), *dots.values()])
        tree = Seq((primal.result, substitute(primal.result, lambda var: run.given(var, owned), run.given_literal)))
    body = _with_own_seeds(Block(tuple(stmts), tuple(variables(tree))), list(dots.values()), names)
    watched = is_watched(primal)
    functions = [_called(each, called, source, watched, known) for each in primal.functions]
    return replace(
        primal, name=f"{primal.name}_jvp", body=body, result=tree, seeds=seeds,
        functions=(*primal.functions, *functions),
    )  # fmt: skip


def _seeds(primal: Function, argnums: Sequence[int], names: Names) -> tuple[tuple[Param, ...], dict[Var, Var]]:
    """Return the parameters for the tangents of others, and the tangent of each of their leaves.

    They have the structure of those others, and None where that has no float.
    """
    dots: dict[Var, Var] = {}
    seeds: list[Param] = []
    taken = {param.name for param in primal.params}
    for param in (primal.params[n] for n in argnums):
        name = f"{param.name}_dot"
        while name in taken:
            name += "_"
        taken.add(name)
        for var in variables(param.value):
            if is_differentiable(var.kind):
                direct = param.value == var and isinstance(var.kind, PyScalar)
                dots[var] = Var(names.version(name if direct else dot_hint(var)), var.kind)
        seeds.append(Param(name, param.kind, substitute(param.value, lambda var: dots.get(var, _NONE))))
    return tuple(seeds), dots


def _reached(primal: Function) -> Iterator[Var]:
    """Yield what the caller has of a function: its arguments, what it captures and its results."""
    for param in primal.params:
        yield from variables(param.value)
    yield from (capture.var for capture in primal.captures)
    yield from variables(primal.result)


def _uses_numpy(block: Block) -> bool:
    """Say whether something in a block is a number or an array of NumPy."""
    return any(isinstance(var.kind, NumpyScalar | Array) for var in all_bound(block))


def _lowerer(names: Names, source: FunctionSource, known: frozenset[Var]) -> Lowerer:
    made = Lowerer(names, Frame(source, {}), quiet=True)
    made.truths = known
    return made


def _with_own_seeds(body: Block, seeds: Sequence[Var], names: Names) -> Block:
    """Copy the tangents of the caller that are changed in place, as the arguments are."""
    storage = Storage()
    storage.block(body)
    written = [seed for seed in seeds if storage.writes_to(seed)]
    change = {seed: Var(names.version(seed.hint), seed.kind) for seed in written}
    copies = tuple(Eqn((copy,), copy_of(seed.kind), (seed,)) for seed, copy in change.items())
    renamed = rename(body, change)
    return Block((*copies, *renamed.stmts), renamed.results) if change else body


def _how(function: Function, varied: Set[int], taken: set[str]) -> Called:
    """Return how the tangent of a function is called that is given these arguments that vary."""
    items = function.result.items if isinstance(function.result, Seq) else (function.result,)
    floats = tuple(i for i, item in enumerate(items) if isinstance(item, Var) and is_differentiable(item.kind))
    tapes = {i for i, param in enumerate(function.params) if varied and is_tape(param.value)}
    return Called(unique(f"{function.name}_dot", taken), tuple(sorted(varied | tapes)), floats)


def _called(
    primal: Function, called: Mapping[str, Called], source: FunctionSource, watched: bool, known: frozenset[Var]
) -> Function:
    """Return a called function with the tangents of those of its arguments that vary; `watched` by those around it."""
    how = called[f"local.{primal.name}"]
    params = [var for param in primal.params for var in variables(param.value)]
    names = own_names(primal)
    inputs = [params[i] for i in how.params if is_differentiable(params[i].kind) or is_tape(params[i])]
    dots = {var: Var(names.version(dot_hint(var)), var.kind) for var in inputs}
    run = _Forward(_lowerer(names, source, known), active(primal, inputs), called, dict(dots))
    run.watched = watched
    items = primal.result.items if isinstance(primal.result, Seq) else (primal.result,)
    with run.lo.block() as stmts:
        run.statements(primal.body.stmts)
        results = [items[i] for i in how.results]
        tangents = [run.give(result) for result in results if isinstance(result, Var)]
    whole = (*items, *tangents)
    tree = whole[0] if len(whole) == 1 else Seq(whole)
    body = _with_own_seeds(Block(tuple(stmts), tuple(variables(tree))), list(dots.values()), names)
    seeds = tuple(Param(dot.name.replace(".", "_"), dot.kind, dot) for dot in dots.values())
    return replace(primal, name=how.forward, params=(*primal.params, *seeds), body=body, result=tree)


class _Forward:
    """Emits statements with their tangents; `dots` are those of the values in scope that vary."""

    def __init__(
        self,
        lo: Lowerer,
        active_: frozenset[Var],
        called: Mapping[str, Called],
        dots: dict[Var, Atom],
        infinite: frozenset[Var] | None = None,
    ) -> None:
        self.lo = lo
        self.active = active_
        self.called = called
        self.dots = dots
        self.infinite = infinite
        """Values that may be infinite or nan, beside which zero tangents stay zero; None where they need not."""
        self.loud: list[Eqn] = []
        """The contexts around in which NumPy may raise."""
        self.watched = False
        """What NumPy reports of tangents might be caught, or raised, by the program: it is to report nothing."""

    def statements(self, stmts: Sequence[Stmt]) -> None:
        """Emit statements in order, each with its tangent."""
        for stmt in stmts:
            before, self.lo.origin = self.lo.origin, None if isinstance(stmt, Note) else Tangent(stmt)
            match stmt:
                case Eqn():
                    self.equation(stmt)
                case If():
                    self.branches(stmt)
                case For() | While():
                    self.loop(stmt)
                case Note():
                    self.lo.stmts.append(stmt)
            self.lo.origin = before

    # -- equations ------------------------------------------------------------------------------

    def equation(self, eqn: Eqn) -> None:
        """Emit an equation and its tangent."""
        if is_local(eqn.op):
            self.call(eqn)
            return
        if eqn.op.custom is not None and eqn.op.custom.rule is None and any(arg in self.dots for arg in eqn.args):
            self.custom(eqn, eqn.op.custom)
            return
        of_tapes = eqn.op in TAPE_OPS or is_copied(eqn)
        wanted = of_tapes or any(out in self.active for out in eqn.outs)
        with self.lo.block() as tangents:
            found = tangent(self.lo, eqn, self.dots, self.active) if wanted else ()
            found = self._guarded(eqn, found, tangents)
        quiet = self._in_calm(tangents)
        self.lo.stmts += [*quiet, eqn] if comes_before(eqn) else [eqn, *quiet]
        for out, dot in zip(eqn.outs, found, strict=False):
            if dot is not None and (out in self.active or of_tapes):
                self.dots[out] = dot
        self._note_context(eqn)

    def _guarded(self, eqn: Eqn, found: Sequence[Atom | None], stmts: Sequence[Stmt]) -> Sequence[Atom | None]:
        """Return the tangents of an equation, zero wherever all those of its operands are."""
        rule = lookup(eqn.op.path)
        if self.infinite is None or rule is None or not rule.elementwise or len(found) != 1:
            return found
        (dot,), operands_ = found, [*operands(eqn)]
        poles = (rule.poles or rule.overflows) and not has_no_pole(rule, rule.bind(eqn.args, dict(eqn.kwargs)))
        factors = any(not self.infinite.isdisjoint(reads(stmt)) or reads_infinity(stmt) for stmt in stmts)
        if not isinstance(dot, Var) or not (poles or factors):
            return found
        zeros = [self.dots[var] for var in dict.fromkeys(operands_) if var in self.dots]
        if not zeros or dot in zeros or not all(is_numeric(zero.kind) for zero in zeros):
            return found
        return (self.lo.emit(_UNLESS_ZERO, [all_of(self.lo, zeros), dot], kind=dot.kind, hint=dot.hint),)

    def _note_context(self, eqn: Eqn) -> None:
        if eqn.op == ENTER and eqn.args[0] == _ERRSTATE:
            self.loud.append(eqn)
        elif eqn.op == EXIT and eqn.args[0] == _ERRSTATE:
            self.loud.pop()

    def _in_calm(self, stmts: list[Stmt]) -> list[Stmt]:
        """Return tangent statements in contexts in which they do not raise where the primal may."""
        if self.watched:
            return silent(stmts)
        for eqn in self.loud:
            quiet = calm(eqn)
            if stmts and quiet.kwargs != eqn.kwargs:
                stmts = [quiet, *stmts, replace(quiet, op=EXIT)]
        return stmts

    def custom(self, eqn: Eqn, custom: Custom) -> None:
        """Emit what the user's rule gives for a value and its tangent."""
        found = tangents_of(self.lo, eqn, custom, self.dots, self.give)
        self.dots.update((out, dot) for out, dot in zip(eqn.outs, found, strict=True) if dot and out in self.active)

    def call(self, eqn: Eqn) -> None:
        """Emit a call of a function, or of the one that gives tangents too."""
        how = self.called[eqn.op.path]
        if not any(arg in self.dots for arg in eqn.args):
            self.lo.stmts.append(eqn)
            return
        varied = [eqn.args[i] for i in how.params]
        given = [self.give(arg) for arg in varied if isinstance(arg, Var | Lit) and _is_followed(arg)]
        results = [eqn.outs[i] for i in how.results]
        outs = [self.lo.var(number_kind(out.kind), hint=dot_hint(out)) for out in results]
        function = local(how.forward, eqn.op.writes)
        self.lo.stmts.append(Eqn((*eqn.outs, *outs), function, (*eqn.args, *given), eqn.kwargs, eqn.origin))
        self.dots.update((out, dot) for out, dot in zip(results, outs, strict=True) if out in self.active)

    # -- control flow ------------------------------------------------------------------------------

    def child(self, more: Mapping[Var, Atom]) -> _Forward:
        """Return the state inside of a block."""
        made = _Forward(self.lo, self.active, self.called, {**self.dots, **more}, self.infinite)
        made.loud = list(self.loud)
        made.watched = self.watched
        return made

    def branches(self, stmt: If) -> None:
        """Emit an `if`, or a `try`, that hands out the tangents of what it hands out."""
        varied = [i for i, out in enumerate(stmt.outs) if out in self.active]
        ways: list[Block] = []
        found: list[set[int]] = []
        for way in (stmt.then, stmt.orelse):
            inner = self.child({})
            inner.watched |= isinstance(stmt, Try) and way is stmt.orelse and catches_reports(stmt)
            with self.lo.block() as stmts:
                inner.statements(way.stmts)
                dots = [inner.give(way.results[i]) for i in varied]
            found.append({i for i in varied if way.results[i] in inner.dots})
            ways.append(Block(tuple(stmts), (*way.results, *dots)))
        outs = [self.lo.var(number_kind(stmt.outs[i].kind), hint=dot_hint(stmt.outs[i])) for i in varied]
        self.lo.stmts.append(replace(stmt, outs=(*stmt.outs, *outs), then=ways[0], orelse=ways[1]))
        self.dots.update((stmt.outs[i], dot) for i, dot in zip(varied, outs, strict=True) if i in found[0] | found[1])

    def loop(self, stmt: For | While) -> None:
        """Emit a loop that carries the tangents of what it carries."""
        varied = [i for i, param in enumerate(stmt.params) if param in self.active or stmt.outs[i] in self.active]
        inits = [self.give(stmt.inits[i]) for i in varied]
        kinds = [number_kind(stmt.params[i].kind) for i in varied]
        params = [self.lo.var(kind, hint=dot_hint(stmt.params[i])) for i, kind in zip(varied, kinds, strict=True)]
        inner = self.child({stmt.params[i]: param for i, param in zip(varied, params, strict=True)})
        with self.lo.block() as stmts:
            inner.statements(stmt.body.stmts)
            given = carried(stmt)
            dots = [inner.give(given[i]) for i in varied]
        exits = stmt.body.results[len(stmt.params) :]
        outs = [self.lo.var(kind, hint=dot_hint(stmt.outs[i])) for i, kind in zip(varied, kinds, strict=True)]
        self.lo.stmts.append(
            replace(
                stmt, outs=(*stmt.outs, *outs), params=(*stmt.params, *params), inits=(*stmt.inits, *inits),
                body=Block(tuple(stmts), (*given, *dots, *exits)),
            )
        )  # fmt: skip
        self.dots.update((stmt.outs[i], dot) for i, dot in zip(varied, outs, strict=True))

    # -- tangents that are handed on ------------------------------------------------------------------

    def give(self, value: Atom) -> Atom:
        """Return the tangent of a value where it must have one: zeros if it does not vary."""
        dot = self.dots.get(value) if isinstance(value, Var) else None
        if dot is not None:
            return dot
        if isinstance(value, Lit) and value.value is None:  # not bound, or an adjoint that there is not yet
            return value
        if is_tape(value):  # one that nobody reads
            return self.lo.emit(NEW_TAPE, [], kind=value.kind, hint=dot_hint(value))
        if isinstance(value, Var) and isinstance(value.kind, Array | ListKind):
            return self.lo.emit(*zeros_like(value), kind=value.kind, hint=dot_hint(value))
        return self.lo.lit(0j if is_complex(value.kind) else 0.0)

    def as_numpy(self, var: Var, dot: Var) -> Var:
        """Return the tangent of an argument that is a Python number as NumPy's, whose division by zero gives inf."""
        if not isinstance(dot.kind, PyScalar):
            return dot
        dtype = "complex128" if is_complex(dot.kind) else "float64"
        return self.lo.emit(op(f"numpy.{dtype}"), [dot], kind=NumpyScalar(dtype), hint=dot_hint(var))

    def given_literal(self, value: Lit) -> Arg:
        """Return the tangent of a result that is a literal."""
        return Lit(type(value.value)(0), value.kind) if is_differentiable(value.kind) else _NONE

    def given(self, value: Var, owned: Owned) -> Arg:
        """Return the tangent of a result, None of what has none: it is the caller's, and shared with nothing."""
        if not is_differentiable(value.kind):
            return _NONE
        dot = self.give(value)
        if isinstance(value.kind, Array | ListKind):
            if not isinstance(value.kind, ListKind) and owned.take(dot):
                return dot
            return self.lo.emit(copy_of(value.kind), [dot], kind=value.kind, hint=dot_hint(value))
        if isinstance(dot, Lit):
            return Lit(dtype_of(value.kind).type(0), value.kind) if isinstance(value.kind, NumpyScalar) else dot
        if isinstance(dot.kind, Array):
            dot = self.lo.emit(GETITEM, [dot, Seq(())], kind=NumpyScalar(dot.kind.dtype), hint=dot_hint(value))
        if isinstance(value.kind, NumpyScalar) and dot.kind != value.kind:
            return self.lo.emit(op(f"numpy.{value.kind.dtype}"), [dot], kind=value.kind, hint=dot_hint(value))
        if value.kind == FLOAT and isinstance(dot.kind, NumpyScalar) and dot.kind.dtype in ("float32", "float16"):
            return self.lo.emit(op("builtins.float"), [dot], kind=FLOAT, hint=dot_hint(value))
        return dot


def _is_followed(arg: Atom) -> bool:
    """Say whether a called function takes the tangent of an argument."""
    return is_tape(arg) or is_differentiable(arg.kind)
