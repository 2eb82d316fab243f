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
from collections.abc import Iterable, Sequence
from dataclasses import replace

from s2s_ad.analysis.storage import Storage
from s2s_ad.frontend.context import Lowerer
from s2s_ad.ir.core import (
    Block,
    Eqn,
    Function,
    Lit,
    Stmt,
    Var,
    all_reads,
    bound,
    map_blocks,
    operands,
    reads,
    statements_of,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import INT, Array
from s2s_ad.ir.ops import ACCUMULATE, GETATTR, IDENTITY, PUSH, UPDATE, ZEROS_LIKE
from s2s_ad.jit.anew import anew
from s2s_ad.jit.arrays import SHAPE
from s2s_ad.jit.joined import joined
from s2s_ad.jit.loop import Group, Loop, doubtful, is_known
from s2s_ad.jit.pointwise import (
    BROADCAST,
    Start,
    arrays_of,
    inputs_of,
    is_fused,
    is_of_numbers,
    is_sum,
    is_view,
    literal_of,
    loop_axes,
    loop_kind,
    marks_of,
    part_written,
    place_written,
    starts_of,
    target_of,
)  # fmt: skip

_FEW = 8
"""Statements in one loop that are written a second time, for arrays that are broadcast though it was not known."""
_MOST = 150
"""Statements in one loop: more are more loops, since registers are few."""


def fused(function: Function, lo: Lowerer) -> Function:
    """Return the function with loops for its arithmetic on arrays."""
    body = anew(_shapes_of_inputs(function.body, {}), lo.names)
    fusion = _Fusion(lo, body)
    made = fusion.block(body, frozenset(variables(function.result)))
    return joined(replace(function, body=made), fusion.places, lo.names)


class _Fusion:
    def __init__(self, lo: Lowerer, body: Block) -> None:
        self._lo = lo
        self.places: set[Var] = set()
        """The indices of the loops that were made."""
        self._storage = Storage()
        self._storage.block(body)
        self._starts = starts_of(body)
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
        group: Group | None = None
        for stmt, after in zip(block.stmts, reversed(wanted), strict=True):
            if group is not None:
                if self._joins(stmt, group) or self._passes(stmt, group):
                    continue
                done += self._loop(group, after | reads(stmt))
                group = None
            axes = self._axes(stmt)
            if axes is not None:
                group = Group(axes)
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
        axes, like = loop_axes(stmt), self._shape_of(stmt)
        if axes is None or not isinstance(stmt, Eqn) or stmt.op != BROADCAST:
            return axes
        return None if like is None else marks_of(like)

    def _shared(self, some: Iterable[Var], others: Iterable[Var]) -> bool:
        others = list(others)
        return any(self._storage.may_be_shared(var, other) for var in some for other in others)

    def _joins(self, stmt: Stmt, group: Group) -> bool:
        """Add a statement to a group if it is pointwise on arrays of that shape and no write is between."""
        if self._axes(stmt) != group.axes or len(group.members) >= _MOST:
            return False
        assert isinstance(stmt, Eqn)
        read = list(inputs_of(stmt))
        if group.reads_late(stmt, but=self._written_on(stmt)):
            return False
        outer = [var for var in read if var not in group.made and isinstance(var.kind, Array)]
        target = target_of(stmt)
        kept = [var for other in group.after for var in arrays_of(reads(other))]
        if self._shared(outer, group.targets) or self._shared(target, [*group.made, *kept]):
            return False
        places = [
            *map(self._place, (*group.inputs(), *outer)),
            *(place_written(eqn) for eqn in group.members if target_of(eqn)),
        ]
        if target and any(self._crosses(place, place_written(stmt)) for place in places):
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
        if is_sum(stmt):
            group.sums.add(stmt.outs[0])
        elif not target:
            group.made.add(stmt.outs[0])
        return True

    def _written_on(self, stmt: Stmt) -> list[Var]:
        """Return the array that a statement writes, if nothing else reads it as it is then."""
        return [target for target in (target_of(stmt) if isinstance(stmt, Eqn) else []) if self._uses[target] == 1]

    def _crosses(self, one: Start, other: Start) -> bool:
        """Say whether two parts that share storage may have one element at two places."""
        if not self._storage.may_be_shared(one.base, other.base):
            return False
        return self._storage.same.root(one.base) != self._storage.same.root(other.base) or one.at != other.at

    def _place(self, x: Var) -> Start:
        """Return the array that another is a part of, and where that starts."""
        while x in self._names:
            x = self._names[x]
        return self._starts.get(x) or Start(x, (Lit(0, INT),) * len(marks_of(x)))

    def _has_doubts(self, group: Group) -> bool:
        """Say whether an array may have to be broadcast where a group is one loop."""
        shapes = [shape for shape in map(self._shape_of, group.members) if shape is not None]
        inputs = [*group.inputs(), *(part_written(eqn) for eqn in group.members if target_of(eqn))]
        return bool(doubtful(inputs, [*inputs, *shapes]))

    def _is_near(self, stmt: Eqn, group: Group) -> bool:
        """Say whether a statement has the shape of a group because they share an array, or because that is known."""
        kinds = [loop_kind(stmt), *map(loop_kind, group.members)]
        alike = [is_known(kinds, axis) for axis in range(len(group.axes))]
        if all(alike):
            return True
        inputs = {*group.inputs(), *(shape for shape in map(self._shape_of, group.members) if shape is not None)}
        read = [*inputs_of(stmt), *filter(None, [self._shape_of(stmt)])]
        sure = all(mark != "?" or same for mark, same in zip(group.axes, alike, strict=True))
        return any(var in group.made or (sure and var in inputs and marks_of(var) == group.axes) for var in read)

    def _passes(self, stmt: Stmt, group: Group) -> bool:
        """Put a statement before or after a group if it has nothing to do with it."""
        if not isinstance(stmt, Eqn):
            return False
        arrays = arrays_of(operands(stmt))
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
            target = target_of(stmt)
            if self._shared(target, [*group.made, *group.targets, *group.inputs()]):
                return False
            group.after.append(stmt)
            return True
        if not (is_view(stmt) or stmt.op in (GETATTR, ZEROS_LIKE) or is_of_numbers(stmt)):
            return False
        late = group.reads_late(stmt) or not group.made.isdisjoint(operands(stmt))
        (group.after if late else group.before).append(stmt)
        return True

    def _loop(self, group: Group, wanted: frozenset[Var]) -> list[Stmt]:
        """Return the loop of a group, between what was put before and after it."""
        after: list[Stmt] = []
        for stmt in reversed(group.after):
            if not wanted.isdisjoint(bound(stmt)) or stmt.op in (PUSH, UPDATE, ACCUMULATE):
                after.append(stmt)
                wanted |= reads(stmt)
        shapes = [shape for shape in map(self._shape_of, group.members) if shape is not None]
        if not shapes and not group.inputs():
            return [*group.before, *group.members, *group.after]
        made = Loop(self._lo, group, wanted, self._starts, shapes, self.places).statements()
        return [*group.before, *made, *reversed(after)]

    def _shape_of(self, stmt: Stmt) -> Var | None:
        """Return the array whose shape a number is broadcast to, None for other statements."""
        if not isinstance(stmt, Eqn) or stmt.op != BROADCAST or not isinstance(stmt.args[1], Var):
            return None
        return self._shapes.get(stmt.args[1])


def _shapes_of_inputs(block: Block, like: dict[Var, Var]) -> Block:
    """Return a block that asks for the shape of an array where that of what was made of it is wanted."""
    done: list[Stmt] = []
    for stmt in block.stmts:
        if isinstance(stmt, Eqn) and stmt.op == GETATTR and literal_of(stmt.args[1]) in ("shape", "size", "dtype"):
            of = stmt.args[0]
            stmt = replace(stmt, args=(like.get(of, of) if isinstance(of, Var) else of, stmt.args[1]))
        elif isinstance(stmt, Eqn) and loop_axes(stmt) is not None and is_fused(stmt.outs[0]) and not target_of(stmt):
            (out,) = stmt.outs
            arrays = [var for var in inputs_of(stmt) if is_fused(var)]
            near = next((var for var in arrays if _is_as_large(var, out, arrays)), None)
            if near is not None:
                like[out] = like.get(near, near)
        done.append(map_blocks(stmt, lambda inner: _shapes_of_inputs(inner, dict(like))))
    return Block(tuple(done), block.results)


def _is_as_large(var: Var, out: Var, arrays: Sequence[Var]) -> bool:
    kind, whole = var.kind, out.kind
    assert isinstance(kind, Array) and isinstance(whole, Array)
    if kind.dtype != whole.dtype or kind.axes != whole.axes:
        return False
    return len(set(arrays)) == 1 or (bool(kind.sizes) and None not in kind.sizes and kind.sizes == whole.sizes)
