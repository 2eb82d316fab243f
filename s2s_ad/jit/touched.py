"""Which elements of arrays loops touch, and whether two loops can be one.

    for i in range(n):                        for i in range(n):
        u[i + 1] += a[i]              →           u[i + 1] += a[i]
    for i in range(n):                            u[i] += b[i]
        u[i] += b[i]

Each element must be touched in the same order.  One that the first loop touches in round p, and the second in round q,
lies at p plus an offset of the first and at q plus one of the second: p is not after q where no offset of the second is
larger than one of the first.

Source: Kennedy & Allen, Optimizing Compilers for Modern Architectures (2001), sections 2.2 and 6.2.5.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from s2s_ad.analysis.storage import Storage
from s2s_ad.ir.core import Arg, Block, Eqn, For, Lit, Seq, Stmt, Var, operands, statements_of
from s2s_ad.ir.kinds import Array, is_number
from s2s_ad.ir.ops import ADD, GETATTR, GETITEM, IDENTITY, UPDATE, written
from s2s_ad.jit.pointwise import is_view


@dataclass
class Touched:
    """The elements that statements read and write: for each storage the indices, None for more than one element."""

    read: dict[Var, list[Arg | None]] = field(default_factory=lambda: defaultdict(list))
    written: dict[Var, list[Arg | None]] = field(default_factory=lambda: defaultdict(list))
    offsets: dict[Arg, tuple[Arg, int]] = field(default_factory=dict[Arg, tuple[Arg, int]])
    """For places that are other places and a number, both."""

    def place(self, index: Arg) -> object:
        """Return what is equal for indices of one element, however they are computed."""
        items = index.items if isinstance(index, Seq) else (index,)
        return tuple(self.offsets.get(item, (item, 0)) for item in items)

    def along(self, root: Var, loop: For) -> dict[int, set[int]]:
        """Return the axes of an array along which a loop touches what has its index and an offset: which offsets."""
        found: dict[int, set[int]] | None = None
        for index in (*self.read.get(root, ()), *self.written.get(root, ())):
            here = self._offsets_in(index, loop)
            if found is None:
                found = {axis: {offset} for axis, offset in here.items()}
            else:
                found = {axis: offsets | {here[axis]} for axis, offsets in found.items() if axis in here}
        return found or {}

    def _offsets_in(self, index: Arg | None, loop: For) -> dict[int, int]:
        items = index.items if isinstance(index, Seq) else (index,)
        bases = {axis: self.offsets.get(item, (item, 0)) for axis, item in enumerate(items) if item is not None}
        return {axis: offset for axis, (base, offset) in bases.items() if base == loop.index}


def touched(stmts: Iterable[Stmt], storage: Storage) -> Touched:
    """Return the elements that statements touch, those in them too."""
    found = Touched()
    for stmt in statements_of(Block(tuple(stmts))):
        if isinstance(stmt, Eqn):
            _look(stmt, storage, found)
    return found


def _look(eqn: Eqn, storage: Storage, found: Touched) -> None:
    root = storage.same.root
    array = eqn.args[0] if eqn.args else None
    if eqn.op == ADD and isinstance(array, Var) and isinstance(by := eqn.args[1], Lit) and isinstance(by.value, int):
        base, offset = found.offsets.get(array, (array, 0))
        found.offsets[eqn.outs[0]] = base, offset + by.value
    elif eqn.op == GETITEM and isinstance(array, Var) and is_number(eqn.outs[0].kind):
        found.read[root(array)].append(eqn.args[1])
    elif eqn.op == UPDATE and isinstance(array, Var) and eqn.args[1] == Seq(()) and not is_array(eqn.args[4]):
        found.written[root(array)].append(eqn.args[2])
    elif not is_name(eqn):
        for var in operands(eqn):
            if isinstance(var.kind, Array):
                found.read[root(var)].append(None)
        for _, out in written(eqn):
            found.written[root(out)].append(None)


def in_order(first: For, second: For, storage: Storage) -> bool:
    """Say whether each element is touched in the same order when a loop does what two do, round by round."""
    one, other = touched([first], storage), touched([second], storage)
    pairs = [(one.written, (other.read, other.written)), (other.written, (one.read, one.written))]
    for writes, others in pairs:
        near = {var for each in others for var in each}
        for root in writes:
            touching = [var for var in near if storage.may_be_shared(var, root)]
            if any(var != root for var in touching):
                return False
            before, after = one.along(root, first), other.along(root, second)
            if touching and not any(max(after[axis]) <= min(before[axis]) for axis in before.keys() & after.keys()):
                return False
    return True


def is_name(eqn: Eqn) -> bool:
    """Say whether an equation gives another name for an array, or for a part of it, or a shape: and no copy."""
    return is_view(eqn) or eqn.op == GETATTR or (eqn.op == IDENTITY and isinstance(eqn.outs[0].kind, Array))


def is_array(arg: Arg) -> bool:
    """Say whether an operand is an array."""
    return isinstance(arg, Var) and isinstance(arg.kind, Array)
