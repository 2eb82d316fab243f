"""Writing to storage: `x[i] = v`, `x += v`, and what else may see the change."""

from __future__ import annotations

from collections.abc import Iterator

from s2s_ad.frontend.context import Frame, Lowerer
from s2s_ad.frontend.values import FunctionV, Ref, Value, leaves
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
        reason = "an array is written that a list or a recursive function may still hold"
        lo.refuse(reason, "copy it first")
    if any(lo.memory.may_alias(outside, cell) for outside in lo.outside):
        lo.refuse("this write may change an array of the enclosing module", "copy it first")
    for name, held in _reachable(lo.frame):
        for leaf in leaves(held):
            if isinstance(leaf, Ref) and lo.memory.may_alias(leaf.cell, cell):
                shown = name.removesuffix(".") if name.endswith(".") else repr(name)
                lo.refuse(
                    f"this write may or may not change {shown} too",
                    f"copy the array first, so that {shown} and the array written to are surely apart",
                )
    if any(view.op != GETITEM for view in target.path):
        lo.refuse("a write through a transposed or reshaped view", "write to the array itself")
    path = Seq(tuple(view.args[0] for view in target.path))
    old = lo.memory.versions[cell]
    new = lo.emit(UPDATE, [old, path, index, lo.lit(operator_), value], kind=old.kind, hint=old.hint)
    lo.memory.versions[cell] = new


def _reachable(frame: Frame) -> Iterator[tuple[str, Value]]:
    """Yield what the names in reach stand for, and what nested functions among them hold."""
    waiting = [pair for around in (frame, *frame.around()) for pair in around.env.items()]
    seen: set[int] = set()
    while waiting:
        name, value = waiting.pop()
        yield name, value
        for leaf in leaves(value):
            if isinstance(leaf, FunctionV) and id(leaf) not in seen:
                seen.add(id(leaf))
                waiting += [(name, held) for held in leaf.held()]
