"""The loop of a group of statements on whole arrays: what lies between them is a number there.

Where an array may have to be broadcast though it was not known, the statements are written a second time as NumPy
has them, and shapes are looked at before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from s2s_ad.frontend.context import Lowerer
from s2s_ad.ir.core import (
    Arg,
    Atom,
    Block,
    Eqn,
    For,
    If,
    Lit,
    Origin,
    Seq,
    Stmt,
    Var,
    all_bound,
    bound,
    reads,
)  # fmt: skip
from s2s_ad.ir.kinds import BOOL, FLOAT, INT, Array, NumpyScalar, Opaque
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import ACCUMULATE, ADD, GETATTR, GETITEM, UPDATE, op
from s2s_ad.ir.rename import rename
from s2s_ad.jit.arrays import SHAPE, empty, size_of
from s2s_ad.jit.pointwise import (
    SCALAR,
    Start,
    array_kind,
    inputs_of,
    is_all,
    is_sum,
    left_axes,
    literal_of,
    marks_of,
    point_operands,
    row_of,
    start_written,
    target_of,
)  # fmt: skip


@dataclass
class Group:
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
        found = (var for eqn in self.members for var in inputs_of(eqn) if var not in self.made)
        return [var for var in dict.fromkeys(found) if isinstance(var.kind, Array)]

    def reads_late(self, stmt: Stmt, but: Sequence[Var] = ()) -> bool:
        """Say whether a statement reads what is there only after the loop, but for one thing."""
        late = self.sums | {var for other in self.after for var in bound(other) if var not in self.same}
        late |= {eqn.outs[0] for eqn in self.members if target_of(eqn)}
        return not late.isdisjoint(reads(stmt).difference(but))


class Loop:
    """Builds the loop of a group."""

    def __init__(
        self, lo: Lowerer, group: Group, needed: frozenset[Var], starts: Mapping[Var, Start], shapes: Sequence[Var],
        places: set[Var],
    ) -> None:  # fmt: skip
        self._lo = lo
        self._places = places
        self._shapes = shapes
        self._group = group
        self._starts = starts
        self._origin: Origin = group.members[0].origin
        self._kept = [var for eqn in group.members for var in eqn.outs if var in needed and var in group.made]
        self._sums = {eqn.outs[0]: eqn for eqn in group.members if is_sum(eqn)}
        self._writes = [eqn for eqn in group.members if target_of(eqn)]
        self._firsts: dict[Var, Var] = {}
        """For what each write gives, the array as it is before the loop."""
        for eqn in self._writes:
            (target,) = target_of(eqn)
            self._firsts[eqn.outs[0]] = self._firsts.get(target, target)
        self._ends = {first: out for out, first in self._firsts.items()}
        """Those arrays, and what they are after it."""

    def statements(self) -> list[Stmt]:
        """Return the statements of the loop, with what it needs before it."""
        with self._lo.block() as views:
            regions = self._regions()
        inputs = [*self._group.inputs(), *regions.values()]
        given = list(dict.fromkeys((*inputs, *self._shapes)))
        doubts = doubtful(inputs, given)
        axes = self._group.axes
        with self._lo.block() as first:
            first += views
            sizes = [self._size(given, place, axes) for place in range(len(axes))]
        ends = [*self._kept, *self._sums, *self._ends.values()]
        with self._lo.block() as news:
            shape = Seq(tuple(sizes))
            arrays = [empty(self._lo, shape, array_kind(var), var.hint) for var in self._kept]
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
        left = left_axes(eqn)
        if not left:
            return Lit(0.0, FLOAT)
        shape = Seq(tuple(sizes[axis] for axis in left))
        if self._level(eqn):
            return empty(self._lo, shape, array_kind(eqn.outs[0]), eqn.outs[0].hint)
        return self._lo.emit(op("numpy.zeros"), [shape], kind=eqn.outs[0].kind, hint=eqn.outs[0].hint)

    def _level(self, eqn: Eqn) -> int:
        """Return how many loops are around those that add up one element of a sum, 0 where it has all the loops."""
        left = left_axes(eqn)
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
            whole = is_all(index)
            found[eqn.outs[0]] = first if whole else self._lo.emit(GETITEM, [first, index], hint="")
        return found

    def _size(self, inputs: Sequence[Var], place: int, axes: str) -> Atom:
        rank = len(axes)
        marks = {
            var: marks_of(var)[place - rank + len(marks_of(var))]
            for var in inputs
            if len(marks_of(var)) >= rank - place
        }
        sure = [var for var, mark in marks.items() if mark == "n"]
        maybe = [var for var, mark in marks.items() if mark == "?"]
        if not sure and not maybe:
            return Lit(1, INT)
        found = [size_of(self._lo, var, place - rank + len(marks_of(var))) for var in sure or maybe]
        known = {
            var.kind.size_of(place - rank + len(marks_of(var))) for var in sure or maybe if isinstance(var.kind, Array)
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
            marks = marks_of(var)
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
        self._places.add(place)
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
                if is_sum(eqn):
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
            return self._stored(total, [index[axis] for axis in left_axes(eqn)], "+", value)
        return self._lo.emit(ADD, [total, value], hint=eqn.outs[0].hint)

    def _point(
        self, eqn: Eqn, index: tuple[Var, ...], values: dict[Var, Atom], points: dict[tuple[object, ...], Atom]
    ) -> Atom:
        """Emit an equation for numbers, if there is none like it among the `points` that are there."""
        (out,) = eqn.outs
        assert isinstance(out.kind, Array)
        given = [self._value(arg, index, values) for arg in point_operands(eqn)]
        operation = SCALAR.get(eqn.op.path, eqn.op)
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
            array, start, marks = arg, self._starts.get(arg), marks_of(arg)
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
        row = row_of(eqn.args[2])
        at = start_written(eqn.args[2], len(row) + len(index))
        assert at is not None
        sign = "+" if eqn.op == ACCUMULATE else literal_of(eqn.args[3])
        places = [*row, *self._moved(index, at[len(row) :])]
        return self._stored(target, places, sign, self._value(eqn.args[-1], index, values))

    def _stored(self, array: Var, places: Sequence[Atom], sign: str, value: Atom) -> Var:
        where: Arg = places[0] if len(places) == 1 else Seq(tuple(places))
        text = Lit(sign, Opaque("str"))
        return self._lo.emit(UPDATE, [array, Seq(()), where, text, value], kind=array.kind, hint=array.hint)


def doubtful(inputs: Sequence[Var], given: Sequence[Var]) -> list[Var]:
    """Return the inputs of a loop that may have to be broadcast, beside all that is `given`.

    None has to where there is no other, or where they are known to be as long.
    """
    if len(inputs) == len(given) == 1:
        return []
    kinds = [array_kind(var) for var in given]

    def is_sure(var: Var) -> bool:
        marks = marks_of(var)
        return all(mark != "?" or is_known(kinds, at - len(marks)) for at, mark in enumerate(marks))

    return [var for var in inputs if not is_sure(var)]


def is_known(kinds: Sequence[Array], axis: int) -> bool:
    """Say whether an axis is known to be equally long in all arrays that have it and are not broadcast along it."""
    place = axis - len(kinds[0].axes or "") if axis >= 0 else axis
    having = [kind for kind in kinds if len(kind.axes or "") >= -place and (kind.axes or "")[place] != "1"]
    sizes = {kind.sizes[place] if kind.sizes else None for kind in having}
    return not sizes or (len(sizes) == 1 and None not in sizes)


def _fresh(block: Block, names: Names) -> Block:
    """Return a block with names of its own for all that it binds."""
    return rename(block, {var: Var(names.version(var.hint), var.kind) for var in all_bound(block)})
