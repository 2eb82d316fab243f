"""Calls of functions that have a rule of the user's own: one equation, with what it does and its derivatives apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from s2s_ad.analysis.storage import Storage
from s2s_ad.frontend import captured
from s2s_ad.frontend.apart import Inner, Named, apart
from s2s_ad.frontend.binding import Bound, bind
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.recursion import described
from s2s_ad.frontend.results import value_of
from s2s_ad.frontend.values import Ref, TupleV, Value, leaves, map_leaves
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
    Seq,
    Stmt,
    Var,
    all_bound,
    atoms,
    free,
    map_blocks,
    substitute,
    variables,
)
from s2s_ad.ir.kinds import FLOAT, Array, Kind, NumpyScalar, Opaque, PyScalar, is_complex, is_differentiable, is_numeric
from s2s_ad.ir.ops import COPY, IDENTITY, ZEROS_LIKE
from s2s_ad.rules.custom import CustomRule
from s2s_ad.rules.language import make_rule

_NONE = Lit(None, Opaque("NoneType"))
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
    args = bound.values
    outside = tuple((cell, var) for cell, var in lo.memory.versions.items() if cell < 0)
    constants = [
        repr(leaf) for arg in args for leaf in leaves(arg) if isinstance(leaf, Lit) and not _is_given(lo, leaf)
    ]
    key = (id(rule), tuple(described(lo, arg) for arg in args), tuple(constants), outside)
    made = lo.customs.get(key)
    if made is None:
        made = lo.customs[key] = _Making(lo, rule, path, bound, plain)
        try:
            made.make()
        except BaseException:
            del lo.customs[key]
            raise
    if made.made is None:
        lo.refuse(f"{rule.name}, which has a rule, calls itself", "call a function without a rule from there")
    found: _Made = made.made
    given = _operands(lo, rule, args)
    outs = tuple(lo.var(out.kind) for out in found.outs)
    lo.stmts.append(Eqn(outs, found.op, (*given, *found.extras), (), lo.origin))
    change = dict(zip(found.outs, outs, strict=True))
    return value_of(lo, substitute(found.tree, lambda var: change.get(var, var)), {}, {})


def _operands(lo: Lowerer, rule: CustomRule, args: Sequence[Value]) -> list[Arg]:
    """Return what the equation is given: numbers and arrays, to equations of a rule all arguments as they are."""
    if rule.equations is not None:
        return [lo.operand(arg) for arg in args]
    return [lo.read(leaf) for arg in args for leaf in leaves(lo.memory.dissolved(arg)) if _is_given(lo, leaf)]


def _is_given(lo: Lowerer, leaf: Value) -> bool:
    return isinstance(leaf, Var | Ref) or (isinstance(leaf, Lit) and is_differentiable(leaf.kind))


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
        places = tuple(range(len(inner.given)))
        if rule.equations is not None:
            flat = [param.value for param in inner.function.params[: len(self.args)]]
            if any(isinstance(each, Seq | Map) for each in flat):
                lo.refuse(
                    f"the rule of {rule.name} is of numbers and arrays, and it is given a structure",
                    "use jvp= or vjp=",
                )
            places = tuple(i for i, each in enumerate(flat) if isinstance(each, Var))
        custom = Custom(primal, len(self.args) if rule.equations is not None else len(places), places)
        if rule.equations is not None:
            custom.rule = make_rule(rule.equations, (rule.fun,), rule.elementwise, outputs=rule.outputs, complex=True)
        made = Op(f"custom.{rule.name}", rule.fun, custom)
        assert isinstance(primal.result, Seq)
        self.made = _Made(made, tree, _atoms(primal.result))
        if rule.jvp is not None:
            custom.tangent = self._tangent(inner, primal)
        if rule.vjp is not None:
            custom.forth, custom.back = self._sweeps(inner, primal)
        self._close(custom)

    def _close(self, custom: Custom) -> None:
        """Let all that the functions read from around them be given to them, also where they call one another."""
        assert self.made is not None
        functions = [each for each in (custom.primal, custom.tangent, custom.forth, custom.back) if each is not None]
        found = {
            var for each in functions for var in free(each.body) - {v for p in each.params for v in variables(p.value)}
        }
        if custom.forth is not None and custom.back is not None:
            found -= set(all_bound(custom.forth.body)) | {v for p in custom.forth.params for v in variables(p.value)}
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
        stmts = list(function.body.stmts)
        outs: list[Var] = []

        def out(atom: Atom) -> Atom:
            if not is_numeric(atom.kind) and not isinstance(atom, Var):
                return atom
            outs.append(_own(lo, stmts, atom, _params(inner)))
            return outs[-1]

        tree = _map_atoms(function.result, out)
        return self._function(inner, stmts, _params(inner), outs), tree

    def _function(self, inner: Inner, stmts: list[Stmt], params: Sequence[Var], results: Sequence[Atom]) -> Function:
        block = Block(tuple(stmts), tuple(atom for atom in results if isinstance(atom, Var)))
        given = tuple(Param(var.hint or f"x{i}", var.kind, var) for i, var in enumerate(params))
        return Function(self.rule.name, given, (), block, Seq(tuple(results)), inner.function.place)

    def _directions(self, values: Sequence[Value]) -> list[Value]:
        """Return what stands for the tangents of values, None for what has no float."""
        lo = self.lo

        def direction(leaf: Value) -> Value:
            if not _is_given(lo, leaf) or not is_differentiable(lo.kind(leaf)):
                return lo.lit(None)
            return lo.wrap(Var(lo.names.version(""), number_kind(lo.kind(leaf))))

        return [map_leaves(lo.memory.dissolved(value), direction) for value in values]

    def _tangent(self, inner: Inner, primal: Function) -> Function:
        """Return (x…, ẋ…) -> (y…, ẏ…) from jvp(primals, tangents) -> (out, out_dot)."""
        lo, count = self.lo, len(self.args)
        jvp = captured.captured(lo, self.rule.jvp, f"{self.path}.!rule.jvp")
        before, lo.memory = lo.memory, lo.memory.copy()
        dots = self._directions(self.args)
        names = (*self.names, *(f"{name}_dot" for name in self.names))

        def run(values: list[Value], _: Named) -> Value:
            return self._pair(lo.call(jvp, [TupleV(tuple(values[:count])), TupleV(tuple(values[count:]))]), "jvp")

        found = apart(lo, names, [*self.args, *dots], {}, run)
        lo.memory = before
        stmts, params = list(found.function.body.stmts), _params(found)
        assert isinstance(found.function.result, Seq)
        out, dot = found.function.result.items
        ys = [_own(lo, stmts, atom, params) for atom in self._like(primal, out, "jvp")]
        results = [*ys, *self._slopes(stmts, ys, self._like(primal, dot, "jvp"))]
        return self._function(found, stmts, params, results)

    def _slopes(self, stmts: list[Stmt], ys: Sequence[Atom], dots: Sequence[Atom]) -> list[Atom]:
        """Return the tangents or adjoints of floats among numbers and arrays, zero where there is None."""
        found: list[Atom] = []
        for y, dot in zip(ys, dots, strict=True):
            if is_differentiable(y.kind) and dot == _NONE and isinstance(y.kind, Array):
                zeros = Var(self.lo.names.version(""), y.kind)
                stmts.append(Eqn((zeros,), ZEROS_LIKE, (y,), (), self.lo.origin))
                found.append(zeros)
            elif is_differentiable(y.kind):
                found.append(self.lo.lit(0.0) if dot == _NONE else dot)
        return found

    def _sweeps(self, inner: Inner, primal: Function) -> tuple[Function, Function]:
        """Return (x…) -> (y…, kept…) and (kept…, ȳ…) -> (x̄…) from vjp(*primals) -> (out, pullback)."""
        lo = self.lo
        vjp = captured.captured(lo, self.rule.vjp, f"{self.path}.!rule.vjp")
        cut: list[int] = []
        bars: list[Var] = []
        trees: list[Arg] = []

        def run(values: list[Value], _: Named) -> Value:
            pair = self._pair(lo.call(vjp, values), "vjp")
            out, pull = pair.items
            out = lo.memory.dissolved(out)
            trees.append(lo.operand(out))
            cut.append(len(lo.stmts))

            def bar(leaf: Value) -> Value:
                if not is_numeric(lo.kind(leaf)):
                    return leaf
                if not is_differentiable(lo.kind(leaf)):
                    return lo.lit(None)
                bars.append(Var(lo.names.version("y_bar"), number_kind(lo.kind(leaf))))
                return lo.wrap(bars[-1])

            return self._adjoints(values, lo.call(pull, [map_leaves(out, bar)]))

        found = apart(lo, self.names, self.args, {}, run)
        stmts, params = found.function.body.stmts, _params(found)
        forth, back = list(stmts[: cut[0]]), list(stmts[cut[0] :])
        ys = [_own(lo, forth, atom, params) for atom in self._like(primal, trees[0], "vjp")]
        assert isinstance(found.function.result, Seq)
        xs = [atom for item in found.function.result.items for atom in atoms(item)]
        there = {*params, *(var for stmt in forth for var in all_bound(Block((stmt,))))}
        results = tuple(x for x in xs if isinstance(x, Var))
        kept = sorted(free(Block(tuple(back), results)) & there, key=lambda var: var.name)
        return (
            self._function(found, forth, params, [*ys, *kept]),
            self._function(found, back, [*kept, *bars], xs),
        )

    def _adjoints(self, values: Sequence[Value], given: Value) -> TupleV:
        """Return an adjoint for each float among the arguments, from what a pullback gives."""
        lo = self.lo
        if not isinstance(given, TupleV) or given.cls is not None or len(given.items) != len(values):
            lo.refuse(
                f"the pullback of {self.rule.name} gives no tuple of one adjoint for each argument", "return (x_bar,)"
            )
        found: list[Value] = []
        for value, bar in zip(values, given.items, strict=True):
            mine = [leaf for leaf in leaves(value) if _is_given(lo, leaf)]
            theirs = [*leaves(lo.memory.dissolved(bar))]
            if bar == lo.lit(None):
                theirs = [bar] * len(mine)
            elif len([*leaves(value)]) == len(theirs):
                theirs = [b for leaf, b in zip(leaves(value), theirs, strict=True) if _is_given(lo, leaf)]
            if len(mine) != len(theirs):
                lo.refuse(
                    f"the pullback of {self.rule.name} gives an adjoint without the structure of its argument",
                    "let it have that",
                )
            found += [
                self._zero(leaf, b) for leaf, b in zip(mine, theirs, strict=True) if is_differentiable(lo.kind(leaf))
            ]
        return TupleV(tuple(found))

    def _zero(self, leaf: Value, bar: Value) -> Value:
        if bar != self.lo.lit(None):
            return bar
        kind = self.lo.kind(leaf)
        if isinstance(kind, Array):
            return self.lo.wrap(self.lo.emit(ZEROS_LIKE, [self.lo.read(leaf)], kind=kind, hint=""))
        return self.lo.lit(0j if is_complex(kind) else 0.0)

    def _pair(self, value: Value, what: str) -> TupleV:
        if isinstance(value, TupleV) and len(value.items) == 2 and value.cls is None:
            return value
        self.lo.refuse(
            f"{what} of {self.rule.name} gives no pair", f"return (out, {'out_dot' if what == 'jvp' else 'pullback'})"
        )

    def _like(self, primal: Function, tree: Arg, what: str) -> list[Atom]:
        """Return the numbers and arrays of a tree that must be as many, and of such ranks, as the function gives."""
        assert isinstance(primal.result, Seq)
        wanted, found = _atoms(primal.result), [atom for atom in atoms(tree) if is_numeric(atom.kind) or atom == _NONE]
        if len(wanted) != len(found) or any(_rank(a.kind) != _rank(b.kind) for a, b in zip(wanted, found, strict=True)):
            reason = f"{what} of {self.rule.name} gives something else than the function"
            self.lo.refuse(reason, "let out have its structure and shapes, and out_dot those of out")
        return found


def number_kind(kind: Kind) -> Kind:
    """Return the kind of a tangent or an adjoint: that of an array, or any float."""
    if isinstance(kind, PyScalar | NumpyScalar):
        return PyScalar("complex") if is_complex(kind) else FLOAT
    return kind


def _rank(kind: Kind) -> int | None:
    return len(kind.axes or "") if isinstance(kind, Array) else 0


def _params(inner: Inner) -> list[Var]:
    return list(inner.given)


def _atoms(tree: Seq) -> tuple[Any, ...]:
    return tuple(atoms(tree))


def _map_atoms(tree: Arg, change: Callable[[Atom], Atom]) -> Arg:
    match tree:
        case Var() | Lit():
            return change(tree)
        case Seq(items, sort):
            return Seq(tuple(_map_atoms(item, change) for item in items), sort)
        case Map(items):
            return Map(tuple((key, _map_atoms(item, change)) for key, item in items))
        case _:
            return tree


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
