"""Writing to storage: `x[i] = v`, `x += v`, and what else may see the change."""

from __future__ import annotations

from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.values import Ref, leaves
from s2s_ad.ir.core import Arg, Seq
from s2s_ad.ir.ops import GETITEM, UPDATE


def write(lo: Lowerer, target: Ref, index: Arg, operator_: str, value: Arg) -> None:
    """Emit target[index] operator_= value.

    Every name that refers to the cell sees the new value, since names refer to cells.  A name
    that *may* refer to the same storage without our knowing is a reason to refuse.
    """
    cell = target.cell
    if cell < 0:
        lo.refuse("an array of the enclosing module is written in place", "pass it as an argument, or copy it first")
    if cell in lo.memory.shared:
        lo.refuse("an array is written that is an item of a list, or that items are views of", "copy it first")
    if any(lo.memory.may_alias(outside, cell) for outside in lo.outside):
        lo.refuse("this write may change an array of the enclosing module", "copy it first")
    for name, other in (pair for frame in (lo.frame, *lo.frame.around()) for pair in frame.env.items()):
        for leaf in leaves(other):
            if isinstance(leaf, Ref) and lo.memory.may_alias(leaf.cell, cell):
                lo.refuse(
                    f"this write may or may not change {name!r} too",
                    f"copy the array first, so that {name!r} and the array written to are surely apart",
                )
    if any(view.op != GETITEM for view in target.path):
        lo.refuse("a write through a transposed or reshaped view", "write to the array itself")
    path = Seq(tuple(view.args[0] for view in target.path))
    old = lo.memory.versions[cell]
    new = lo.emit(UPDATE, [old, path, index, lo.lit(operator_), value], kind=old.kind, hint=old.hint)
    lo.memory.versions[cell] = new
