"""Loops for arithmetic on whole arrays: neighbours become one loop, in which what lies between them is a number.

    v1 = x * y                        v3, v4 = np.empty(n), 0.0
    v2 = np.exp(v1)                   for i in range(n):
    v3 = v2 + x                           v1 = x[i] * y[i]
    v4 = np.sum(v3)                       v2 = np.exp(v1)
                                          v3[i] = v2 + x[i]
                                          v4 += v3[i]

Sums along an axis are added up in the same loop.  An array is made where something after the loop reads it.  Where
shapes are not known to be the same they are looked at before, and what NumPy broadcasts all the same is done as NumPy
does it; such loops are short.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from s2s_ad.analysis.storage import Storage
from s2s_ad.frontend.context import Lowerer
from s2s_ad.ir.core import (
    Arg,
    Atom,
    Block,
    Eqn,
    For,
    Function,
    If,
    Lit,
    Origin,
    Seq,
    Slice,
    Stmt,
    Var,
    all_bound,
    all_reads,
    bound,
    map_blocks,
    operands,
    reads,
    statements_of,
    variables,
)  # fmt: skip
from s2s_ad.ir.indexes import is_fancy
from s2s_ad.ir.kinds import BOOL, FLOAT, INT, UNKNOWN, Array, NumpyScalar, Opaque, PyScalar
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import ACCUMULATE, ADD, GETATTR, GETITEM, IDENTITY, PUSH, UPDATE, ZEROS_LIKE, op
from s2s_ad.ir.rename import rename
from s2s_ad.jit.arrays import SHAPE, empty, size_of
from s2s_ad.rules.infer import infer

_BROADCAST = op("numpy.broadcast_to")
_OPERATORS = ("add", "sub", "mul", "truediv", "pow", "neg", "pos", "lt", "le", "gt", "ge", "eq", "ne", "and_", "or_")
_UFUNCS = (
    "add", "subtract", "multiply", "divide", "power", "negative", "positive", "absolute", "fabs", "sqrt", "square",
    "reciprocal", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "arcsin", "arccos",
    "arctan", "arctan2", "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "maximum", "minimum", "fmax",
    "fmin", "hypot", "sign", "floor", "ceil", "greater", "greater_equal", "less", "less_equal", "equal", "not_equal",
    "logical_and", "logical_or", "logical_not", "isfinite", "isnan", "isinf", "copysign",
)  # fmt: skip
_SCALAR = {
    "numpy.where": op("s2s_ad.jit.helpers.chosen"),
    "s2s_ad.rules.helpers.unless_zero": op("s2s_ad.jit.helpers.number_unless_zero"),
    "s2s_ad.rules.helpers.unless_pole": op("s2s_ad.jit.helpers.number_unless_pole"),
    "numpy.broadcast_to": IDENTITY,
    "numpy.copy": IDENTITY,
}
"""What is done to numbers where it is done to arrays under another name."""
_POINTWISE = frozenset({*(f"operator.{name}" for name in _OPERATORS), *(f"numpy.{name}" for name in _UFUNCS), *_SCALAR})
_CHEAP = frozenset({
    *(f"operator.{name}" for name in ("add", "sub", "mul", "neg")),
    *(f"numpy.{name}" for name in ("add", "subtract", "multiply", "negative")),
})  # fmt: skip
_DTYPES = frozenset({"float64", "bool", "int64"})
_FEW = 8
"""Statements in one loop that are written a second time, for arrays that are broadcast though it was not known."""
_MOST = 150
"""Statements in one loop: more are more loops, since registers are few."""


def fused(function: Function, lo: Lowerer) -> Function:
    """Return the function with loops for its arithmetic on arrays."""
    body = _again(_shapes_of_inputs(function.body, {}), lo)
    made = _Fusion(lo, body).block(body, frozenset(variables(function.result)))
    return replace(function, body=made)


@dataclass
class _Group:
    """Statements that become one loop."""

    axes: str
    members: list[Eqn] = field(default_factory=list[Eqn])
    whole: list[Eqn] = field(default_factory=list[Eqn])
    """Those, and other names of what they give."""
    before: list[Stmt] = field(default_factory=list[Stmt])
    after: list[Eqn] = field(default_factory=list[Eqn])
    made: set[Var] = field(default_factory=set[Var])
    """Arrays that members give."""
    sums: set[Var] = field(default_factory=set[Var])
    targets: list[Var] = field(default_factory=list[Var])
    """Arrays that members write."""
    same: dict[Var, Var] = field(default_factory=dict[Var, Var])
    """Other names of arrays that members give."""

    def inputs(self) -> list[Var]:
        """Return the arrays that members read and that are there before."""
        found = (var for eqn in self.members for var in _values(eqn) if var not in self.made)
        return [var for var in dict.fromkeys(found) if isinstance(var.kind, Array)]

    def reads_late(self, stmt: Stmt, but: Sequence[Var] = ()) -> bool:
        """Say whether a statement reads what is there only after the loop, but for one thing."""
        late = self.sums | {var for other in self.after for var in bound(other) if var not in self.same}
        late |= {eqn.outs[0] for eqn in self.members if _target(eqn)}
        return not late.isdisjoint(reads(stmt).difference(but))


@dataclass(frozen=True)
class _Start:
    """A view that is a part of an array from a place on."""

    base: Var
    at: tuple[Atom, ...]


class _Fusion:
    def __init__(self, lo: Lowerer, body: Block) -> None:
        self._lo = lo
        self._storage = Storage()
        self._storage.block(body)
        self._starts = _starts(body)
        equations = [stmt for stmt in statements_of(body) if isinstance(stmt, Eqn)]
        self._names = {eqn.outs[0]: x for eqn in equations if eqn.op == IDENTITY and isinstance(x := eqn.args[0], Var)}
        """What is another name of what."""
        self._uses = Counter(all_reads(body))
        self._shapes = {
            stmt.outs[0]: stmt.args[0]
            for stmt in statements_of(body)
            if isinstance(stmt, Eqn) and stmt.op == GETATTR and stmt.args[1] == SHAPE and isinstance(stmt.args[0], Var)
        }

    def block(self, block: Block, later: frozenset[Var] = frozenset()) -> Block:
        """Return a block with loops for its groups; `later` is read after it beside its results."""
        needed = frozenset(variables(*block.results)) | later
        wanted: list[frozenset[Var]] = []
        for stmt in reversed(block.stmts):
            wanted.append(needed)
            needed |= reads(stmt)
        done: list[Stmt] = []
        group: _Group | None = None
        for stmt, after in zip(block.stmts, reversed(wanted), strict=True):
            if group is not None:
                if self._joins(stmt, group) or self._passes(stmt, group):
                    continue
                done += self._loop(group, after | reads(stmt))
                group = None
            axes = self._axes(stmt)
            if axes is not None:
                group = _Group(axes)
                if self._joins(stmt, group):
                    continue
                group = None
            done.append(map_blocks(stmt, self.block))
        if group is not None:
            done += self._loop(group, frozenset(variables(*block.results)) | later)
        return Block(tuple(done), block.results)

    # -- groups ---------------------------------------------------------------------------------------

    def _axes(self, stmt: Stmt) -> str | None:
        """Return the axes of the loop that a statement can be a part of: those of the array that it is to be like."""
        axes, like = _axes(stmt), self._shape_of(stmt)
        if axes is None or not isinstance(stmt, Eqn) or stmt.op != _BROADCAST:
            return axes
        return None if like is None else _marks(like)

    def _shared(self, some: Iterable[Var], others: Iterable[Var]) -> bool:
        others = list(others)
        return any(self._storage.may_be_shared(var, other) for var in some for other in others)

    def _joins(self, stmt: Stmt, group: _Group) -> bool:
        """Add a statement to a group if it is pointwise on arrays of that shape and no write is between."""
        if self._axes(stmt) != group.axes or len(group.members) >= _MOST:
            return False
        assert isinstance(stmt, Eqn)
        read = list(_values(stmt))
        if group.reads_late(stmt, but=self._written_on(stmt)):
            return False
        outer = [var for var in read if var not in group.made and isinstance(var.kind, Array)]
        target = _target(stmt)
        kept = [var for other in group.after for var in _arrays(reads(other))]
        if self._shared(outer, group.targets) or self._shared(target, [*group.made, *kept]):
            return False
        places = [
            *map(self._place, (*group.inputs(), *outer)),
            *(_place_of(eqn) for eqn in group.members if _target(eqn)),
        ]
        if target and any(self._crosses(place, _place_of(stmt)) for place in places):
            return False
        if not outer and self._shape_of(stmt) is None and not group.members:
            return False
        if group.members and not self._is_near(stmt, group):
            return False
        if len(group.members) >= _FEW and self._has_doubts(replace(group, members=[*group.members, stmt])):
            return False
        group.members.append(stmt)
        group.whole.append(stmt)
        group.targets += target
        if _is_sum(stmt):
            group.sums.add(stmt.outs[0])
        elif not target:
            group.made.add(stmt.outs[0])
        return True

    def _written_on(self, stmt: Stmt) -> list[Var]:
        """Return the array that a statement writes, if nothing else reads it as it is then."""
        return [target for target in (_target(stmt) if isinstance(stmt, Eqn) else []) if self._uses[target] == 1]

    def _crosses(self, one: _Start, other: _Start) -> bool:
        """Say whether two parts that share storage may have one element at two places."""
        if not self._storage.may_be_shared(one.base, other.base):
            return False
        return self._storage.same.root(one.base) != self._storage.same.root(other.base) or one.at != other.at

    def _place(self, x: Var) -> _Start:
        """Return the array that another is a part of, and where that starts."""
        while x in self._names:
            x = self._names[x]
        return self._starts.get(x) or _Start(x, (Lit(0, INT),) * len(_marks(x)))

    def _has_doubts(self, group: _Group) -> bool:
        """Say whether an array may have to be broadcast where a group is one loop."""
        shapes = [shape for shape in map(self._shape_of, group.members) if shape is not None]
        inputs = [*group.inputs(), *(_part(eqn) for eqn in group.members if _target(eqn))]
        return bool(_doubts(inputs, [*inputs, *shapes]))

    def _is_near(self, stmt: Eqn, group: _Group) -> bool:
        """Say whether a statement has the shape of a group because they share an array, or because that is known."""
        kinds = [_kind(stmt), *map(_kind, group.members)]
        alike = [_is_known(kinds, axis) for axis in range(len(group.axes))]
        if all(alike):
            return True
        inputs = {*group.inputs(), *(shape for shape in map(self._shape_of, group.members) if shape is not None)}
        read = [*_values(stmt), *filter(None, [self._shape_of(stmt)])]
        sure = all(mark != "?" or same for mark, same in zip(group.axes, alike, strict=True))
        return any(var in group.made or (sure and var in inputs and _marks(var) == group.axes) for var in read)

    def _passes(self, stmt: Stmt, group: _Group) -> bool:
        """Put a statement before or after a group if it has nothing to do with it."""
        if not isinstance(stmt, Eqn):
            return False
        arrays = _arrays(operands(stmt))
        if stmt.op == PUSH:
            if self._shared(arrays, group.targets):
                return False
            group.after.append(stmt)
            return True
        if stmt.op == IDENTITY and stmt.args[0] in group.made:
            (out,), (of,) = stmt.outs, stmt.args
            assert isinstance(of, Var)
            group.same[out] = of
            group.made.add(out)
            group.after.append(stmt)
            group.whole.append(stmt)
            return True
        if stmt.op in (UPDATE, ACCUMULATE):
            target = _target(stmt)
            if self._shared(target, [*group.made, *group.targets, *group.inputs()]):
                return False
            group.after.append(stmt)
            return True
        view = stmt.op == GETITEM and isinstance(stmt.outs[0].kind, Array) and not is_fancy(stmt.args[1])
        if not (view or stmt.op in (GETATTR, ZEROS_LIKE) or _is_of_numbers(stmt)):
            return False
        late = group.reads_late(stmt) or not group.made.isdisjoint(operands(stmt))
        (group.after if late else group.before).append(stmt)
        return True

    def _loop(self, group: _Group, wanted: frozenset[Var]) -> list[Stmt]:
        """Return the loop of a group, between what was put before and after it."""
        after: list[Stmt] = []
        for stmt in reversed(group.after):
            if not wanted.isdisjoint(bound(stmt)) or stmt.op in (PUSH, UPDATE, ACCUMULATE):
                after.append(stmt)
                wanted |= reads(stmt)
        shapes = [shape for shape in map(self._shape_of, group.members) if shape is not None]
        if not shapes and not group.inputs():
            return [*group.before, *group.members, *group.after]
        made = _Loop(self._lo, group, wanted, self._starts, shapes).statements()
        return [*group.before, *made, *reversed(after)]

    def _shape_of(self, stmt: Stmt) -> Var | None:
        """Return the array whose shape a number is broadcast to, None for other statements."""
        if not isinstance(stmt, Eqn) or stmt.op != _BROADCAST or not isinstance(stmt.args[1], Var):
            return None
        return self._shapes.get(stmt.args[1])


class _Loop:
    """Builds the loop of a group."""

    def __init__(
        self, lo: Lowerer, group: _Group, needed: frozenset[Var], starts: Mapping[Var, _Start], shapes: Sequence[Var]
    ) -> None:
        self._lo = lo
        self._shapes = shapes
        self._group = group
        self._starts = starts
        self._origin: Origin = group.members[0].origin
        self._kept = [var for eqn in group.members for var in eqn.outs if var in needed and var in group.made]
        self._sums = {eqn.outs[0]: eqn for eqn in group.members if _is_sum(eqn)}
        self._writes = [eqn for eqn in group.members if _target(eqn)]
        self._firsts: dict[Var, Var] = {}
        """For what each write gives, the array as it is before the loop."""
        for eqn in self._writes:
            (target,) = _target(eqn)
            self._firsts[eqn.outs[0]] = self._firsts.get(target, target)
        self._ends = {first: out for out, first in self._firsts.items()}
        """Those arrays, and what they are after it."""

    def statements(self) -> list[Stmt]:
        """Return the statements of the loop, with what it needs before it."""
        with self._lo.block() as views:
            regions = self._regions()
        inputs = [*self._group.inputs(), *regions.values()]
        given = list(dict.fromkeys((*inputs, *self._shapes)))
        doubts = _doubts(inputs, given)
        axes = self._group.axes
        with self._lo.block() as first:
            first += views
            sizes = [self._size(given, place, axes) for place in range(len(axes))]
        ends = [*self._kept, *self._sums, *self._ends.values()]
        with self._lo.block() as news:
            shape = Seq(tuple(sizes))
            arrays = [empty(self._lo, shape, _kind_of(var), var.hint) for var in self._kept]
            sums = [self._start_of_sum(eqn, sizes) for eqn in self._sums.values()]
        starts: list[Atom] = [*arrays, *sums]
        starts += self._ends
        if not doubts:
            return [*first, *news, *self._nest((), sizes, starts, ends)]
        with self._lo.block() as asked:
            same = self._same(doubts, sizes)
        loop = Block((*news, *self._nest((), sizes, starts, ends)), tuple(ends))
        plain = Block(tuple(self._plain(regions)), tuple(ends))
        then, orelse = (_fresh(way, self._lo.names) for way in (loop, plain))
        return [*first, *asked, If(tuple(ends), same, then, orelse, self._origin)]

    def _start_of_sum(self, eqn: Eqn, sizes: Sequence[Atom]) -> Atom:
        """Emit what a sum is before the loop; where a number becomes each of its elements they need no value yet."""
        left = _left(eqn)
        if not left:
            return Lit(0.0, FLOAT)
        shape = Seq(tuple(sizes[axis] for axis in left))
        if self._level(eqn):
            return empty(self._lo, shape, _kind_of(eqn.outs[0]), eqn.outs[0].hint)
        return self._lo.emit(op("numpy.zeros"), [shape], kind=eqn.outs[0].kind, hint=eqn.outs[0].hint)

    def _level(self, eqn: Eqn) -> int:
        """Return how many loops are around those that add up one element of a sum, 0 where it has all the loops."""
        left = _left(eqn)
        return len(left) if left == tuple(range(len(left))) else 0

    def _plain(self, regions: Mapping[Var, Var]) -> Iterator[Stmt]:
        """Yield the statements as they were, for arrays that are broadcast; what is written has to fit."""
        for eqn in self._group.whole:
            if eqn.outs[0] in regions:
                with self._lo.block() as checks:
                    shapes = [self._lo.emit(GETATTR, [x, SHAPE], hint="") for x in (eqn.args[-1], regions[eqn.outs[0]])]
                    checks.append(Eqn((), op("s2s_ad.jit.helpers.require_fits"), tuple(shapes), (), eqn.origin))
                yield from checks
            yield eqn

    def _regions(self) -> dict[Var, Var]:
        """Return the part of an array that each write is to: it has the shape of what is written there."""
        found: dict[Var, Var] = {}
        for eqn in self._writes:
            first, index = self._firsts[eqn.outs[0]], eqn.args[2]
            whole = isinstance(index, Lit)  # x[...]
            found[eqn.outs[0]] = first if whole else self._lo.emit(GETITEM, [first, index], hint="")
        return found

    def _size(self, inputs: Sequence[Var], place: int, axes: str) -> Atom:
        rank = len(axes)
        marks = {
            var: _marks(var)[place - rank + len(_marks(var))] for var in inputs if len(_marks(var)) >= rank - place
        }
        sure = [var for var, mark in marks.items() if mark == "n"]
        maybe = [var for var, mark in marks.items() if mark == "?"]
        if not sure and not maybe:
            return Lit(1, INT)
        found = [size_of(self._lo, var, place - rank + len(_marks(var))) for var in sure or maybe]
        known = {
            var.kind.size_of(place - rank + len(_marks(var))) for var in sure or maybe if isinstance(var.kind, Array)
        }
        if len(found) == 1 or (len(known) == 1 and None not in known):
            return found[0]
        if sure:
            return self._lo.emit(op("s2s_ad.jit.helpers.one_size"), found, kind=INT, hint="")
        return self._lo.emit(op("builtins.max"), found, kind=INT, hint="")

    def _same(self, doubts: Sequence[Var], sizes: Sequence[Atom]) -> Atom:
        """Return what says that no array has to be broadcast."""
        found: Atom | None = None
        for var in doubts:
            marks = _marks(var)
            for axis, mark in enumerate(marks):
                if mark == "1":
                    continue
                size = sizes[axis + len(sizes) - len(marks)]
                fits = self._lo.emit(op("operator.eq"), [size_of(self._lo, var, axis), size], kind=BOOL, hint="")
                found = fits if found is None else self._lo.emit(op("operator.and_"), [found, fits], kind=BOOL, hint="")
        assert found is not None
        return found

    def _nest(
        self, index: tuple[Var, ...], sizes: Sequence[Atom], starts: Sequence[Atom], ends: Sequence[Var]
    ) -> list[Stmt]:
        """Return the loop over the axes that are left."""
        names = self._lo.names
        params = tuple(Var(names.version(end.hint), end.kind) for end in ends)
        place = Var(names.version("ijklmn"[len(index)]), INT)
        if len(sizes) > 1:
            body = self._inner((*index, place), sizes[1:], params)
        else:
            body = self._body((*index, place), params)
        return [
            For(
                tuple(ends), place, Lit(0, INT), sizes[0], Lit(1, INT), params, tuple(starts), body, origin=self._origin
            )
        ]

    def _inner(self, index: tuple[Var, ...], sizes: Sequence[Atom], params: tuple[Var, ...]) -> Block:
        """Return the loop over the axes that are left, in which numbers become the elements of sums over these."""
        levels = [self._level(eqn) for eqn in self._sums.values()]
        levels = [*(0 for _ in self._kept), *levels, *(0 for _ in self._ends)]
        becomes = [level == len(index) for level in levels]
        number = NumpyScalar("float64")
        pairs = list(zip(params, becomes, strict=True))
        starts = [Lit(0.0, FLOAT) if inner else param for param, inner in pairs]
        ends = [Var(self._lo.names.version(param.hint), number if inner else param.kind) for param, inner in pairs]
        stmts = self._nest(index, sizes, starts, ends)
        with self._lo.block() as stored:
            results = [
                self._stored(param, index, "", end) if inner else end
                for (param, inner), end in zip(pairs, ends, strict=True)
            ]
        return Block((*stmts, *stored), tuple(results))

    # -- the inside -----------------------------------------------------------------------------------

    def _body(self, index: tuple[Var, ...], params: Sequence[Var]) -> Block:
        lo = self._lo
        arrays = dict(zip(self._kept, params, strict=False))
        sums = dict(zip(self._sums, params[len(self._kept) :], strict=False))
        written = dict(zip(self._ends, params[len(params) - len(self._ends) :], strict=True))
        values: dict[Var, Atom] = {}
        points: dict[tuple[object, ...], Atom] = {}
        with lo.block() as stmts:
            for eqn in self._group.members:
                out = eqn.outs[0]
                before, lo.origin = lo.origin, eqn.origin
                if _is_sum(eqn):
                    sums[out] = self._added(eqn, sums[out], index, self._value(eqn.args[0], index, values))
                elif eqn in self._writes:
                    first = self._firsts[out]
                    written[first] = self._write(eqn, written[first], index, values)
                else:
                    values[out] = self._point(eqn, index, values, points)
                    if out in arrays:
                        arrays[out] = self._stored(arrays[out], index, "", values[out])
                lo.origin = before
        return Block(tuple(stmts), (*arrays.values(), *sums.values(), *written.values()))

    def _added(self, eqn: Eqn, total: Var, index: tuple[Var, ...], value: Atom) -> Var:
        """Emit a sum with one number more."""
        if isinstance(total.kind, Array):
            return self._stored(total, [index[axis] for axis in _left(eqn)], "+", value)
        return self._lo.emit(ADD, [total, value], hint=eqn.outs[0].hint)

    def _point(
        self, eqn: Eqn, index: tuple[Var, ...], values: dict[Var, Atom], points: dict[tuple[object, ...], Atom]
    ) -> Atom:
        """Emit an equation for numbers, if there is none like it among the `points` that are there."""
        (out,) = eqn.outs
        assert isinstance(out.kind, Array)
        given = [self._value(arg, index, values) for arg in _operands(eqn)]
        operation = _SCALAR.get(eqn.op.path, eqn.op)
        known = (operation.path, *given)
        if known not in points:
            points[known] = self._lo.emit(operation, given, kind=NumpyScalar(out.kind.dtype), hint=out.hint)
        return points[known]

    def _value(self, arg: Arg, index: tuple[Var, ...], values: dict[Var, Atom]) -> Atom:
        """Return the number that an array has at a place."""
        while isinstance(arg, Var) and arg in self._group.same:
            arg = self._group.same[arg]
        if not isinstance(arg, Var) or not isinstance(arg.kind, Array):
            assert isinstance(arg, Var | Lit)
            return arg
        if arg not in values:
            array, start, marks = arg, self._starts.get(arg), _marks(arg)
            places: list[Atom] = [
                Lit(0, INT) if mark == "1" else place
                for mark, place in zip(marks, index[len(index) - len(marks) :], strict=True)
            ]
            if start is not None:
                array, places = start.base, self._moved(places, start.at)
            where: Arg = places[0] if len(places) == 1 else Seq(tuple(places))
            dtype = arg.kind.dtype
            values[arg] = self._lo.emit(GETITEM, [array, where], kind=NumpyScalar(dtype), hint="")
        return values[arg]

    def _moved(self, places: Sequence[Atom], by: Sequence[Atom]) -> list[Atom]:
        return [
            place if step == Lit(0, INT) else self._lo.emit(ADD, [place, step], kind=INT, hint="")
            for place, step in zip(places, by, strict=True)
        ]

    def _write(self, eqn: Eqn, target: Var, index: tuple[Var, ...], values: dict[Var, Atom]) -> Var:
        """Emit `x[i + 1] += …`."""
        at = _start_of(eqn.args[2], len(index))
        assert at is not None
        sign = "+" if eqn.op == ACCUMULATE else _literal(eqn.args[3])
        return self._stored(target, self._moved(index, at), sign, self._value(eqn.args[-1], index, values))

    def _stored(self, array: Var, places: Sequence[Atom], sign: str, value: Atom) -> Var:
        where: Arg = places[0] if len(places) == 1 else Seq(tuple(places))
        text = Lit(sign, Opaque("str"))
        return self._lo.emit(UPDATE, [array, Seq(()), where, text, value], kind=array.kind, hint=array.hint)


# -- what a statement is --------------------------------------------------------------------------------


def _axes(stmt: Stmt) -> str | None:
    """Return the axes of the loop that a statement can be a part of, None if it can be of none."""
    if not isinstance(stmt, Eqn) or len(stmt.outs) != 1:
        return None
    if _is_sum(stmt):
        return _marks(stmt.args[0])
    if stmt.op in (UPDATE, ACCUMULATE):
        target, path, index, new = stmt.args[0], stmt.args[1], stmt.args[2], stmt.args[-1]
        kind = target.kind if isinstance(target, Var) else UNKNOWN
        if stmt.kwargs or path != Seq(()) or not isinstance(kind, Array) or kind.dtype not in _DTYPES or not kind.axes:
            return None
        if stmt.op == UPDATE and _literal(stmt.args[3]) not in ("", "+", "-", "*", "/"):
            return None
        if not isinstance(new, Var) or not _is_fused(new) or _kind_of(new).dtype != kind.dtype:
            return None
        fits = len(_marks(new)) == len(kind.axes) and "1" not in _marks(new)
        return _marks(new) if fits and _start_of(index, len(kind.axes)) is not None else None
    if stmt.op.path not in _POINTWISE or not _is_fused(stmt.outs[0]) or stmt.kwargs:
        return None
    return _marks(stmt.outs[0]) if all(_is_operand(arg) for arg in _operands(stmt)) else None


def _operands(eqn: Eqn) -> tuple[Arg, ...]:
    return eqn.args[:1] if eqn.op.path in ("numpy.broadcast_to", "numpy.copy") else eqn.args


def _is_operand(arg: Arg) -> bool:
    if isinstance(arg, Lit):
        return isinstance(arg.value, bool | int | float | np.floating | np.integer)
    if not isinstance(arg, Var):
        return False
    number = isinstance(arg.kind, PyScalar) and arg.kind.type != "complex"
    number = number or (isinstance(arg.kind, NumpyScalar) and arg.kind.dtype in _DTYPES)
    return number or _is_fused(arg)


def _is_fused(arg: Arg) -> bool:
    """Say whether an argument is an array of numbers of which loops are made."""
    kind = arg.kind if isinstance(arg, Var) else UNKNOWN
    return isinstance(kind, Array) and kind.dtype in _DTYPES and bool(kind.axes)


def _is_sum(stmt: Stmt) -> bool:
    """Say whether a statement adds the numbers of an array, all of them or those along an axis."""
    if not isinstance(stmt, Eqn) or stmt.op.path != "numpy.sum" or len(stmt.args) != 1 or not _is_fused(stmt.args[0]):
        return False
    along = not stmt.kwargs or (len(stmt.kwargs) == 1 and _axis(stmt) is not None and bool(_marks(stmt.outs[0])))
    return along and stmt.args[0].kind.dtype == "float64"  # pyright: ignore


def _axis(eqn: Eqn) -> int | None:
    """Return the axis that a sum is told."""
    axis = dict(eqn.kwargs).get("axis")
    return axis.value if isinstance(axis, Lit) and isinstance(axis.value, int) else None


def _left(eqn: Eqn) -> tuple[int, ...]:
    """Return the axes of an array along which its sum is not."""
    rank, axis = len(_marks(eqn.args[0])), _axis(eqn)
    return () if axis is None else tuple(each for each in range(rank) if each != axis % rank)


def _is_of_numbers(eqn: Eqn) -> bool:
    """Say whether an equation makes numbers of numbers and does nothing else."""
    if eqn.op.path.partition(".")[0] not in ("operator", "numpy", "math") or eqn.op.path.startswith("numpy.random"):
        return eqn.op == IDENTITY and not any(isinstance(out.kind, Array) for out in eqn.outs)
    return all(isinstance(var.kind, PyScalar | NumpyScalar) for var in (*operands(eqn), *eqn.outs))


def _kind(eqn: Eqn) -> Array:
    """Return the kind of the array that a member runs over."""
    kind = (eqn.args[-1] if _target(eqn) else eqn.args[0] if _is_sum(eqn) else eqn.outs[0]).kind  # pyright: ignore
    assert isinstance(kind, Array)
    return kind


def _doubts(inputs: Sequence[Var], given: Sequence[Var]) -> list[Var]:
    """Return the inputs of a loop that may have to be broadcast, beside all that is `given`.

    None has to where there is no other, or where they are known to be as long.
    """
    if len(inputs) == len(given) == 1:
        return []
    kinds = [_kind_of(var) for var in given]

    def is_sure(var: Var) -> bool:
        marks = _marks(var)
        return all(mark != "?" or _is_known(kinds, at - len(marks)) for at, mark in enumerate(marks))

    return [var for var in inputs if not is_sure(var)]


def _is_known(kinds: Sequence[Array], axis: int) -> bool:
    """Say whether an axis is known to be equally long in all arrays that have it and are not broadcast along it."""
    place = axis - len(kinds[0].axes or "") if axis >= 0 else axis
    having = [kind for kind in kinds if len(kind.axes or "") >= -place and (kind.axes or "")[place] != "1"]
    sizes = {kind.sizes[place] if kind.sizes else None for kind in having}
    return not sizes or (len(sizes) == 1 and None not in sizes)


def _kind_of(var: Var) -> Array:
    assert isinstance(var.kind, Array)
    return var.kind


def _marks(arg: Arg) -> str:
    kind = arg.kind if isinstance(arg, Var) else UNKNOWN
    return (kind.axes or "") if isinstance(kind, Array) else ""


def _values(eqn: Eqn) -> Iterator[Var]:
    """Yield what a member reads point by point."""
    yield from variables(*(eqn.args[-1:] if _target(eqn) else _operands(eqn)))


def _target(eqn: Eqn) -> list[Var]:
    return [eqn.args[0]] if eqn.op in (UPDATE, ACCUMULATE) and isinstance(eqn.args[0], Var) else []


def _part(eqn: Eqn) -> Var:
    """Return what stands for the part of an array that a member writes."""
    target, index = eqn.args[0], eqn.args[2]
    assert isinstance(target, Var)
    return Var(f"{target.name}[…]", target.kind if isinstance(index, Lit) else infer(GETITEM, (target, index)))


def _place_of(write: Eqn) -> _Start:
    """Return the part of an array that a member writes, by where it starts."""
    target, index = write.args[0], write.args[2]
    assert isinstance(target, Var)
    at = _start_of(index, len(_marks(target)))
    assert at is not None
    return _Start(target, at)


def _arrays(found: Iterable[Var]) -> list[Var]:
    return [var for var in found if isinstance(var.kind, Array)]


def _literal(arg: Arg) -> str:
    return str(arg.value) if isinstance(arg, Lit) else "?"


# -- views ----------------------------------------------------------------------------------------------


def _starts(block: Block) -> dict[Var, _Start]:
    """Return the views of a block that are parts of arrays, each with where it starts."""
    found: dict[Var, _Start] = {}
    for stmt in statements_of(block):
        if not isinstance(stmt, Eqn) or stmt.op != GETITEM or not _is_fused(stmt.outs[0]):
            continue
        base, index = stmt.args
        if isinstance(base, Var) and _is_fused(base) and len(_marks(base)) == len(_marks(stmt.outs[0])):
            at = _start_of(index, len(_marks(base)))
            if at is not None:
                found[stmt.outs[0]] = _Start(base, at)
    return found


def _start_of(index: Arg, rank: int) -> tuple[Atom, ...] | None:
    """Return where slices without a step start, None for other indices and for places counted from the end."""
    if isinstance(index, Lit) and index.value is Ellipsis:
        return (Lit(0, INT),) * rank
    items = index.items if isinstance(index, Seq) else (index,)
    if len(items) > rank or not all(isinstance(item, Slice) for item in items):
        return None
    found: list[Atom] = []
    for item in items:
        assert isinstance(item, Slice)
        start = item.start
        if _literal(item.step) not in ("None", "1") or not isinstance(start, Lit):
            return None
        if start.value is not None and (not isinstance(start.value, int) or start.value < 0):
            return None
        found.append(Lit(start.value or 0, INT))
    return (*found, *(Lit(0, INT),) * (rank - len(found)))


def _shapes_of_inputs(block: Block, like: dict[Var, Var]) -> Block:
    """Return a block that asks for the shape of an array where that of what was made of it is wanted."""
    done: list[Stmt] = []
    for stmt in block.stmts:
        if isinstance(stmt, Eqn) and stmt.op == GETATTR and _literal(stmt.args[1]) in ("shape", "size", "dtype"):
            of = stmt.args[0]
            stmt = replace(stmt, args=(like.get(of, of) if isinstance(of, Var) else of, stmt.args[1]))
        elif isinstance(stmt, Eqn) and _axes(stmt) is not None and _is_fused(stmt.outs[0]) and not _target(stmt):
            (out,) = stmt.outs
            arrays = [var for var in _values(stmt) if _is_fused(var)]
            near = next((var for var in arrays if _is_as_large(var, out, arrays)), None)
            if near is not None:
                like[out] = like.get(near, near)
        done.append(map_blocks(stmt, lambda inner: _shapes_of_inputs(inner, dict(like))))
    return Block(tuple(done), block.results)


def _again(block: Block, lo: Lowerer) -> Block:
    """Return a block that computes anew, where it is read, what one operation spreads out of smaller arrays.

    That is done sooner than to read it from memory: `x[:, None] - x` has more elements than there are in `x`.
    """
    storage = Storage()
    storage.block(block)
    makers = {
        stmt.outs[0]: stmt
        for stmt in statements_of(block)
        if isinstance(stmt, Eqn) and _spreads(stmt) and not any(map(storage.writes_to, (*operands(stmt), *stmt.outs)))
    }

    def inside(block: Block) -> Block:
        stmts: list[Stmt] = []
        for stmt in block.stmts:
            if isinstance(stmt, Eqn) and _axes(stmt) is not None and stmt.outs[0] not in makers:
                for var in dict.fromkeys(var for var in operands(stmt) if var in makers):
                    copy = Var(lo.names.version(var.hint), var.kind)
                    stmts.append(replace(makers[var], outs=(copy,)))
                    stmt = replace(stmt, args=tuple(copy if arg == var else arg for arg in stmt.args))
            stmts.append(map_blocks(stmt, inside))
        return Block(tuple(stmts), block.results)

    return inside(block) if makers else block


def _spreads(stmt: Eqn) -> bool:
    """Say whether an equation is cheap and its result larger than all that it is made of."""
    if stmt.op.path not in _CHEAP or _axes(stmt) is None:
        return False
    arrays = [var for var in operands(stmt) if isinstance(var.kind, Array)]
    marks = _marks(stmt.outs[0])
    return all(len(_marks(x)) < len(marks) or any(m == "1" != w for m, w in zip(_marks(x), marks)) for x in arrays)


def _is_as_large(var: Var, out: Var, arrays: Sequence[Var]) -> bool:
    kind, whole = var.kind, out.kind
    assert isinstance(kind, Array) and isinstance(whole, Array)
    if kind.dtype != whole.dtype or kind.axes != whole.axes:
        return False
    return len(set(arrays)) == 1 or (bool(kind.sizes) and None not in kind.sizes and kind.sizes == whole.sizes)


def _fresh(block: Block, names: Names) -> Block:
    """Return a block with names of its own for all that it binds."""
    return rename(block, {var: Var(names.version(var.hint), var.kind) for var in all_bound(block)})
