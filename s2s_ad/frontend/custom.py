"""Calls of functions that have a rule of the user's own: one equation, with what it does and its derivatives apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NoReturn

from s2s_ad.analysis.storage import Storage
from s2s_ad.frontend.apart import Inner, Named, apart
from s2s_ad.frontend.binding import Bound, bind
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.recursion import described
from s2s_ad.frontend.results import value_of
from s2s_ad.frontend.rule_steps import NONE, Pair, RuleSteps, Started, is_given, numbers
from s2s_ad.frontend.structures import leaves_of
from s2s_ad.frontend.values import ListOf, Ref, TupleV, Value, leaves, map_leaves, without_tokens
from s2s_ad.ir.core import (
    Arg,
    Atom,
    Block,
    Custom,
    Eqn,
    Function,
    Lit,
    Map,
    Op,
    Param,
    Record,
    Rows,
    Seq,
    Stmt,
    Var,
    all_bound,
    atoms,
    free,
    map_blocks,
    substitute,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import (
    Array,
    is_differentiable,
    is_numeric,
    number_kind,
)
from s2s_ad.ir.ops import COPY, IDENTITY, ZEROS_LIKE
from s2s_ad.rules.custom import CustomRule
from s2s_ad.rules.language import make_rule

Plain = Callable[[Lowerer, list[Value], Named], Value]
"""What lowers the call of the function itself, without its rule."""


@dataclass(eq=False)
class _Made:
    """A function with a rule, for arguments of some kinds."""

    op: Op
    tree: Arg
    """The structure of its result, with the outs of `primal` in it."""
    outs: tuple[Var, ...]
    extras: tuple[Var, ...] = ()
    """What is read from around it: arrays of the module."""


def call(lo: Lowerer, rule: CustomRule, path: str, args: list[Value], named: Named, plain: Plain) -> Value:
    """Lower a call of a function that has a rule; `path` is how the root reaches the function."""
    bound = bind(lo, rule, path, args, named)
    args = [_kept(lo, rule, arg) for arg in bound.values]
    outside = tuple((cell, var) for cell, var in lo.memory.versions.items() if cell < 0)
    constants = [repr(leaf) for arg in args for leaf in leaves(arg) if isinstance(leaf, Lit) and not is_given(lo, leaf)]
    key = (id(rule), tuple(described(lo, arg) for arg in args), tuple(constants), outside)
    if any(each.rule is rule and each.made is None for each in lo.customs.values()):
        lo.refuse(f"{rule.name}, which has a rule, calls itself", "call a function without a rule from there")
    making = lo.customs.get(key)
    if making is None:
        making = lo.customs[key] = _Making(lo, rule, path, replace(bound, values=args), plain)
        try:
            making.make()
        except BaseException:
            del lo.customs[key]
            raise
    assert making.made is not None
    return _called(lo, making.made, args)


def _kept(lo: Lowerer, rule: CustomRule, arg: Value) -> Value:
    """Return an argument as it is now: a rule gets no name of what may change."""
    try:
        arg = without_tokens(lo.memory.dissolved(arg))
    except RecursionError:
        lo.refuse(f"{rule.name}, which has a rule, is given an object that holds itself", "let it not hold itself")
    if any(isinstance(leaf, ListOf) for leaf in leaves_of(lo, arg)):
        _refuse_lists(lo, rule, "is given")
    return arg


def _refuse_lists(lo: Lowerer, rule: CustomRule, what: str) -> NoReturn:
    reason = f"{rule.name}, which has a rule, {what} a list of structures of any length"
    lo.refuse(reason, "use one list of numbers, or one array, for each part of these")


def _called(lo: Lowerer, made: _Made, args: Sequence[Value]) -> Value:
    """Emit the call of a function with these arguments and return what it gives."""
    custom = made.op.custom
    assert custom is not None
    given = numbers(lo, args) if custom.rule is None else args
    outs = tuple(lo.var(out.kind) for out in made.outs)
    lo.stmts.append(Eqn(outs, made.op, (*map(lo.operand, given), *made.extras), (), lo.origin))
    change = dict(zip(made.outs, outs, strict=True))
    return value_of(lo, substitute(made.tree, lambda var: change.get(var, var)), {}, {})


class _Making:
    """Lowers a function and its rule, apart from the call."""

    def __init__(self, lo: Lowerer, rule: CustomRule, path: str, bound: Bound, plain: Plain) -> None:
        self.lo, self.rule, self.path, self.bound, self.plain = lo, rule, path, bound, plain
        self.names, self.args = bound.names, bound.values
        self.made: _Made | None = None

    def make(self) -> None:
        """Lower the function first, and then its rule, which may call it."""
        lo, rule = self.lo, self.rule
        inner = apart(lo, self.names, self.args, {}, lambda values, _: self.plain(lo, *self.bound.handed_on(values)))
        primal, tree = self._primal(inner)
        custom = Custom(primal, len(inner.given), tuple(range(len(inner.given))))
        assert isinstance(primal.result, Seq)
        self.made = made = _Made(Op(f"custom.{rule.name}", rule.fun, custom), tree, _atoms(primal.result))
        steps = RuleSteps(lo, rule, f"{self.path}.!rule", partial(_called, lo, made), partial(_result, lo, made))
        if rule.equations is not None:
            self._take(custom, inner, steps)
        if rule.jvp is not None:
            custom.tangent = self._tangent(inner, steps.jvp)
        if rule.vjp is not None:
            custom.forth, custom.back = self._sweeps(inner, steps.vjp, made)
        self._close(custom)

    def _take(self, custom: Custom, inner: Inner, steps: RuleSteps) -> None:
        """Let a function have equations: as they are, or as functions of numbers and arrays.

        They are functions where there are structures, and where they read arrays of their module.
        """
        lo, rule = self.lo, self.rule
        assert rule.equations is not None and self.made is not None
        equations = make_rule(rule.equations, (rule.fun,), rule.elementwise, outputs=rule.outputs, complex=True)
        with lo.quietly():
            custom.forth, custom.back = self._sweeps(inner, partial(steps.adjoints, equations), self.made)
            custom.tangent = self._tangent(inner, partial(steps.tangents, equations))
        tree, args = self.made.tree, [param.value for param in inner.function.params[: len(self.args)]]
        results = tree.items if isinstance(tree, Seq) and rule.outputs > 1 else (tree,)
        plain = all(isinstance(each, Var | Lit) for each in args) and all(isinstance(each, Var) for each in results)
        if plain and not _outside(custom):
            custom.forth = custom.back = custom.tangent = None
            custom.rule, custom.count = equations, len(args)
            custom.places = tuple(i for i, arg in enumerate(args) if isinstance(arg, Var))
            return
        custom.broadcast = rule.elementwise
        custom.unknown = {("bar", i): f"derivative by {steps.ways[i]!r}" for i in steps.unasked}
        floats = [i for i, x in enumerate(inner.given) if is_differentiable(x.kind)]
        dots = [var for param in custom.tangent.params for var in variables(param.value)][len(inner.given) :]
        read = free(custom.tangent.body)
        for i, dot in zip(floats, dots, strict=True):
            if steps.untold:
                custom.unknown["dot", i] = f"tangent of {steps.untold[0]!r}"
            elif dot not in read:
                custom.unknown["dot", i] = f"derivative by {steps.ways[i]!r}"

    def _close(self, custom: Custom) -> None:
        """Let all that the functions read from around them be given to them, also where they call one another."""
        assert self.made is not None
        found = _outside(custom) | _unbound(custom.primal)
        self.made.extras = tuple(sorted(found, key=lambda var: var.name))
        for name in ("primal", "tangent", "forth", "back"):
            each = getattr(custom, name)
            if each is not None:
                setattr(custom, name, self._closed(each))

    def _closed(self, function: Function) -> Function:
        assert self.made is not None
        own, extras = self.made.op, self.made.extras

        def stmt(old: Stmt) -> Stmt:
            if isinstance(old, Eqn):
                return replace(old, args=(*old.args, *extras)) if old.op is own else old
            return map_blocks(old, block)

        def block(old: Block) -> Block:
            return Block(tuple(map(stmt, old.stmts)), old.results)

        more = tuple(Param(var.name.replace(".", "_"), var.kind, var) for var in extras)
        return replace(function, params=(*function.params, *more), body=block(function.body))

    # -- the functions ------------------------------------------------------------------------------

    def _primal(self, inner: Inner) -> tuple[Function, Arg]:
        """Return (x…) -> (y…), and the structure of what the function gives."""
        lo, function = self.lo, inner.function
        if function.functions:
            lo.refuse(f"{self.rule.name}, which has a rule, calls a recursive function", "write that as a loop")
        if _has_rows(function.result):
            _refuse_lists(lo, self.rule, "gives")
        stmts = list(function.body.stmts)
        outs: list[Var] = []

        def out(atom: Atom) -> Atom:
            if not is_numeric(atom.kind) and not isinstance(atom, Var):
                return atom
            outs.append(_own(lo, stmts, atom, _params(inner)))
            return outs[-1]

        tree = substitute(function.result, out, out)
        return self._function(inner, stmts, _params(inner), outs), tree

    def _function(self, inner: Inner, stmts: list[Stmt], params: Sequence[Var], results: Sequence[Atom]) -> Function:
        block = Block(tuple(stmts), tuple(atom for atom in results if isinstance(atom, Var)))
        given = tuple(Param(var.hint or f"x{i}", var.kind, var) for i, var in enumerate(params))
        return Function(self.rule.name, given, (), block, Seq(tuple(results)), inner.function.place)

    def _directions(self, values: Sequence[Value]) -> list[Value]:
        """Return what stands for the tangents of values, None for what has no float."""
        lo = self.lo

        def direction(leaf: Value) -> Value:
            if not is_given(lo, leaf) or not is_differentiable(lo.kind(leaf)):
                return lo.lit(None)
            return lo.wrap(Var(lo.names.version(""), number_kind(lo.kind(leaf))))

        return [map_leaves(value, direction) for value in values]

    def _tangent(self, inner: Inner, pair: Callable[[list[Value], list[Value]], Pair]) -> Function:
        """Return (x…, ẋ…) -> (y…, ẏ…)."""
        lo, count = self.lo, len(self.args)
        before, lo.memory = lo.memory, lo.memory.copy()
        dots = self._directions(self.args)
        names = (*self.names, *(f"{name}_dot" for name in self.names))

        def run(values: list[Value], _: Named) -> Value:
            out, dot = pair(values[:count], values[count:])
            return TupleV((TupleV(tuple(out)), TupleV(tuple(dot))))

        found = apart(lo, names, [*self.args, *dots], {}, run)
        lo.memory = before
        stmts, params = list(found.function.body.stmts), _params(found)
        assert isinstance(found.function.result, Seq)
        out, dot = found.function.result.items
        ys = [_own(lo, stmts, atom, params) for atom in atoms(out)]
        return self._function(found, stmts, params, [*ys, *self._slopes(stmts, ys, [*atoms(dot)])])

    def _slopes(self, stmts: list[Stmt], ys: Sequence[Atom], dots: Sequence[Atom]) -> list[Atom]:
        """Return the tangents or adjoints of floats among numbers and arrays, zero where there is None."""
        found: list[Atom] = []
        for y, dot in zip(ys, dots, strict=True):
            if is_differentiable(y.kind) and dot == NONE and isinstance(y.kind, Array):
                zeros = Var(self.lo.names.version(""), y.kind)
                stmts.append(Eqn((zeros,), ZEROS_LIKE, (y,), (), self.lo.origin))
                found.append(zeros)
            elif is_differentiable(y.kind):
                found.append(self.lo.lit(0.0) if dot == NONE else dot)
        return found

    def _sweeps(self, inner: Inner, start: Callable[[list[Value]], Started], made: _Made) -> tuple[Function, Function]:
        """Return (x…) -> (y…, kept…) and (kept…, ȳ…) -> (x̄…)."""
        lo = self.lo
        cut: list[int] = []
        outs: list[Atom] = []
        bars: list[Var] = []

        def bar(leaf: Value) -> Value:
            if not isinstance(leaf, Var | Ref):
                return leaf
            if not is_differentiable(lo.kind(leaf)):
                return lo.lit(None)
            bars.append(Var(lo.names.version("y_bar"), number_kind(lo.kind(leaf))))
            return lo.wrap(bars[-1])

        def run(values: list[Value], _: Named) -> Value:
            out, pull = start(values)
            outs.extend(map(lo.read, out))
            cut.append(len(lo.stmts))
            return TupleV(tuple(pull(map_leaves(_result(lo, made), bar))))

        found = apart(lo, self.names, self.args, {}, run)
        stmts, params = found.function.body.stmts, _params(found)
        forth, back = list(stmts[: cut[0]]), list(stmts[cut[0] :])
        ys = [_own(lo, forth, atom, params) for atom in outs]
        xs = [*atoms(found.function.result)]
        there = {*params, *(var for stmt in forth for var in all_bound(Block((stmt,))))}
        results = tuple(x for x in xs if isinstance(x, Var))
        kept = sorted(free(Block(tuple(back), results)) & there, key=lambda var: var.name)
        return (
            self._function(found, forth, params, [*ys, *kept]),
            self._function(found, back, [*kept, *bars], xs),
        )


def _unbound(function: Function) -> set[Var]:
    """Return what a function reads and is not given."""
    return set(free(function.body)) - {var for param in function.params for var in variables(param.value)}


def _outside(custom: Custom) -> set[Var]:
    """Return what the rule of a function reads and is not given: arrays of its module."""
    found = {var for each in (custom.tangent, custom.forth, custom.back) if each for var in _unbound(each)}
    if custom.forth is not None:  # the second sweep reads what the first one made
        found -= set(all_bound(custom.forth.body)) | {v for p in custom.forth.params for v in variables(p.value)}
    return found


def _result(lo: Lowerer, made: _Made) -> Value:
    """Return what a function gives: a structure, with numbers and arrays of the kinds that it gives."""
    return lo.memory.dissolved(value_of(lo, made.tree, {}, {}))


def _params(inner: Inner) -> list[Var]:
    return list(inner.given)


def _atoms(tree: Seq) -> tuple[Any, ...]:
    return tuple(atoms(tree))


def _has_rows(tree: Arg) -> bool:
    """Say whether there is a list of structures in a structure."""
    match tree:
        case Rows():
            return True
        case Seq(items):
            return any(map(_has_rows, items))
        case Map(items) | Record(items):
            return any(_has_rows(item) for _, item in items)
        case _:
            return False


def _own(lo: Lowerer, stmts: list[Stmt], atom: Atom, outer: Sequence[Var]) -> Var:
    """Return a result as a value that a statement gives and that shares storage with nothing from outside."""
    storage = Storage()
    storage.block(Block(tuple(stmts)))
    given = {*outer, *free(Block(tuple(stmts)))}
    if isinstance(atom, Var) and atom not in given and not any(storage.may_be_shared(atom, var) for var in given):
        return atom
    operation = COPY if isinstance(atom.kind, Array) else IDENTITY
    stmts.append(Eqn((made := Var(lo.names.version(""), atom.kind),), operation, (atom,), (), lo.origin))
    return made
