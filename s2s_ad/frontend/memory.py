"""Writing to storage: `x[i] = v`, `x += v`, and what else may see the change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from s2s_ad.frontend.context import Frame, Kwargs, Lowerer
from s2s_ad.frontend.values import FunctionV, Ref, Value, View, leaves
from s2s_ad.ir.core import Arg, Op, Seq, Step
from s2s_ad.ir.kinds import ListKind
from s2s_ad.ir.ops import ACCUMULATE, GETITEM, UPDATE


def write(lo: Lowerer, target: Ref, index: Arg, operator_: str, value: Arg) -> None:
    """Emit target[index] operator_= value, as a statement of the user.

    Every name that refers to the cell sees the new value, since names refer to cells.
    """
    _check_apart(lo, target.cell, _callers(lo.frame))
    _emit(lo, target, UPDATE, (index, lo.lit(operator_), value))


def write_within(
    lo: Lowerer, target: Ref, index: Arg, operator_: str, value: Arg, *, out: bool = False, each: bool = False
) -> None:
    """Emit target[index] operator_= value, as a function does it that is called in an expression.

    `out` says that the value is what the function writes to its argument `out`, `each` that it is added
    once for each time that the index names an element.
    """
    _check_apart(lo, target.cell, [lo.frame, *_callers(lo.frame)])
    if each:
        _emit(lo, target, ACCUMULATE, (index, value))
    else:
        _emit(lo, target, UPDATE, (index, lo.lit(operator_), value), (("out", lo.lit(True)),) if out else ())


def _emit(lo: Lowerer, target: Ref, operation: Op, args: tuple[Arg, ...], named: Kwargs = ()) -> None:
    path = Seq(tuple(_step(view) for view in target.path))
    old = lo.version(target.cell)
    lo.memory.versions[target.cell] = lo.emit(operation, [old, path, *args], named, kind=old.kind, hint=old.hint)


def _check_apart(lo: Lowerer, cell: int, waiting: Iterable[Frame]) -> None:
    """Refuse to write a cell where something *may* be the same storage without our knowing.

    That are names in reach, and what was computed for the statements that wait for the write.
    """
    check_writable(lo, cell)
    since = min((frame.started for frame in waiting), default=lo.names.cell)
    if any(other > since and lo.memory.may_alias(other, cell) for other in lo.memory.versions):
        lo.refuse("this write may or may not change an operand of a statement around it", "give the operand a name")


def _callers(frame: Frame) -> Iterator[Frame]:
    """Yield the functions whose statements wait for this one to return."""
    while frame.caller is not None:
        frame = frame.caller
        yield frame


def _step(view: View) -> Arg:
    """Return a step of the path to what is written: an index, or a function that gives a view."""
    return view.args[0] if view.op == GETITEM else Step(view.op, view.args, view.kwargs)


def check_writable(lo: Lowerer, cell: int) -> None:
    """Refuse to write a cell that something out of sight may hold.

    What is in reach and may or may not be the same storage is stale from now on: it cannot be read.
    """
    written = lo.version(cell).kind
    if cell in lo.memory.stale:
        lo.refuse_stale()
    if cell in lo.memory.shared:
        if isinstance(written, ListKind):
            reason = "a list is changed that another list, or what called this function, may still hold"
            lo.refuse(reason, "build it whole, or use a 2-d array")
        lo.refuse("an array is written that a list, or what called this function, may still hold", "copy it first")
    if not any(cell in pair for pair in lo.memory.aliases):
        return
    if any(lo.memory.may_alias(outside, cell) for outside in lo.outside):
        lo.refuse("this write may change an array of the enclosing module", "copy it first")
    lo.memory.stale |= {
        leaf.cell
        for value, _ in reachable(lo)
        for leaf in leaves(value)
        if isinstance(leaf, Ref) and lo.memory.may_alias(leaf.cell, cell)
    }


def reachable(lo: Lowerer) -> Iterator[tuple[Value, bool]]:
    """Yield what names, dicts and objects stand for, and what functions keep.

    With each comes whether it is held elsewhere than by a name of the function that is being lowered.
    """
    frame = lo.frame
    waiting = [(value, True) for pairs in lo.memory.records.values() for _, value in pairs]
    waiting += [(value, other is not frame) for other in (frame, *frame.around()) for value in other.env.values()]
    seen: set[int] = set()
    while waiting:
        value, elsewhere = waiting.pop()
        yield value, elsewhere
        for leaf in leaves(value):
            if isinstance(leaf, FunctionV) and id(leaf) not in seen:
                seen.add(id(leaf))
                waiting += [(held, True) for held in leaf.made_with()]
                waiting += [(held, other is not frame) for other in leaf.frames() for held in other.env.values()]
