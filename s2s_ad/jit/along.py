"""Words for what is done along an axis: running sums and products, shifts, recurrences, differences, repetitions.

A helper does it to the rows of an array: another axis is made the first before and is put back after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from s2s_ad.frontend.context import Lowerer
from s2s_ad.ir.core import Arg, Atom, Eqn, Lit, Seq, Slice, Var
from s2s_ad.ir.kinds import INT, Array, Kind, dtype_of
from s2s_ad.ir.ops import GETITEM, op
from s2s_ad.jit.arrays import WHOLE, size_of
from s2s_ad.jit.words import (
    EMPTY,
    NONE,
    axes_at,
    axis_at,
    counted,
    given,
    in_order,
    moved,
    product,
    rank,
    word_for,
)

_BACKWARDS = Slice(EMPTY, EMPTY, Lit(-1, INT))
_BUT_FIRST, _BUT_LAST = Slice(Lit(1, INT), EMPTY, EMPTY), Slice(EMPTY, Lit(-1, INT), EMPTY)
_RUNNING = {"numpy.cumsum": "running_sums", "numpy.cumprod": "running_products"}
_LAST = Lit(-1, INT)


def _along(lo: Lowerer, helper: str, xs: Sequence[Arg], axis: int, kind: Kind, *others: Arg) -> Var:
    """Emit what a helper of rows gives of arrays along an axis."""
    assert isinstance(kind, Array) and kind.axes
    rows = [moved(lo, x, axis, 0) if axis else x for x in xs]
    turned = Array(kind.dtype, kind.axes[axis] + kind.axes[:axis] + kind.axes[axis + 1 :])
    found = lo.emit(op(f"s2s_ad.jit.helpers.{helper}"), [*rows, *others], kind=turned, hint="")
    return moved(lo, found, 0, axis) if axis else found


@word_for("numpy.flip")
def flip(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """A step of minus one in the index."""
    named, ndim = given(eqn, ("m", "axis")), rank(eqn.args[0])
    axes = axes_at(named.get("axis"), ndim) if named and ndim else None
    if not named or not ndim or axes is None:
        return None
    items = tuple(_BACKWARDS if axis in axes else WHOLE for axis in range(ndim))
    return [lo.emit(GETITEM, [named["m"], items[0] if ndim == 1 else Seq(items)], kind=eqn.outs[0].kind)]


@word_for(*_RUNNING)
def running(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """Row after row, or over all elements in their order."""
    named, ndim = given(eqn, ("a", "axis", "dtype")), rank(eqn.args[0])
    if named is None or not ndim:
        return None
    x, along, kind = counted(lo, eqn, named["a"], named.get("dtype")), named.get("axis", NONE), eqn.outs[0].kind
    if ndim == 1 or along == NONE:
        return [lo.emit(eqn.op, [x], kind=kind)] if eqn.args != (x,) or eqn.kwargs else None
    axis = axis_at(along, ndim)
    return None if axis is None else [_along(lo, _RUNNING[eqn.op.path], [x], axis, kind)]


@word_for("numpy.roll")
def roll(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """Rows in another order."""
    named, ndim = given(eqn, ("a", "shift", "axis")), rank(eqn.args[0])
    along = (named or {}).get("axis", NONE)
    axis = 0 if along == NONE and ndim == 1 else axis_at(along, ndim)
    if named is None or axis is None or rank(named["shift"]) != 0:
        return None
    return [_along(lo, "rolled_rows", [named["a"]], axis, eqn.outs[0].kind, named["shift"])]


@word_for("numpy.repeat")
def repeat(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """Rows of an array, each several times: so often as a number says."""
    named, ndim = given(eqn, ("a", "repeats", "axis")), rank(eqn.args[0])
    axis = _axis_of_repeats(named, ndim)
    if named is None or axis is None or (axis == 0 and ndim == 1 and "axis" not in named):
        return None
    return [_along(lo, "repeated", [named["a"]], axis, eqn.outs[0].kind, named["repeats"])]


@word_for("s2s_ad.rules.helpers.unrepeat")
def unrepeat(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """Sums of as many rows as each was repeated."""
    named = given(eqn, ("y_bar", "shape", "repeats", "axis"))
    axis = _axis_of_repeats(named, rank(eqn.outs[0]))
    if named is None or axis is None:
        return None
    size = lo.emit(GETITEM, [named["shape"], Lit(axis, INT)], kind=INT, hint="")
    return [_along(lo, "unrepeated", [named["y_bar"]], axis, eqn.outs[0].kind, named["repeats"], size)]


def _axis_of_repeats(named: Mapping[str, Arg] | None, ndim: int | None) -> int | None:
    """Return the axis along which all elements are repeated equally often, None where there is none."""
    if named is None or rank(named["repeats"]) != 0:
        return None
    along = named.get("axis", NONE)
    return 0 if along == NONE and ndim == 1 else axis_at(along, ndim)


@word_for("s2s_ad.rules.helpers.shifted")
def shifted(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """Rows that are moved."""
    named = given(eqn, ("x", "step", "fill", "axis"))
    axis = None if named is None else axis_at(named.get("axis", _LAST), rank(named["x"]))
    if named is None or axis is None:
        return None
    return [_along(lo, "shifted_rows", [named["x"]], axis, eqn.outs[0].kind, named["step"], named["fill"])]


@word_for("s2s_ad.rules.helpers.recurrence")
def recurrence(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """Row after row."""
    named = given(eqn, ("a", "b", "axis"))
    axis = None if named is None else axis_at(named.get("axis", _LAST), rank(named["a"]))
    if named is None or axis is None or rank(named["a"]) != rank(named["b"]):
        return None
    return [_along(lo, "recurrence_of_rows", [named["a"], named["b"]], axis, eqn.outs[0].kind)]


@word_for("numpy.diff")
def diff(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """All elements but the first less all but the last, as often as a literal says."""
    named, ndim = given(eqn, ("a", "n", "axis")), rank(eqn.args[0])
    axis = None if named is None else axis_at(named.get("axis", _LAST), ndim)
    times = (named or {}).get("n", Lit(1, INT))
    if named is None or axis is None or not isinstance(times, Lit) or dtype_of(eqn.outs[0].kind).kind == "b":
        return None
    value: Arg = named["a"]
    for _ in range(times.value):
        parts = (Seq((*(WHOLE,) * axis, part)) if axis else part for part in (_BUT_FIRST, _BUT_LAST))
        later, sooner = (lo.emit(GETITEM, [value, part], hint="") for part in parts)
        value = lo.emit(op("operator.sub"), [later, sooner], hint="")
    return [value] if isinstance(value, Var) else None


@word_for("s2s_ad.rules.helpers.undiff")
def undiff(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """Rows to which what follows is added."""
    named = given(eqn, ("y_bar", "shape", "n", "axis"))
    axis = None if named is None else axis_at(named.get("axis", _LAST), rank(named["y_bar"]))
    if named is None or axis is None:
        return None
    size = lo.emit(GETITEM, [named["shape"], Lit(axis, INT)], kind=INT, hint="")
    times = named.get("n", Lit(1, INT))
    return [_along(lo, "undiff_rows", [named["y_bar"]], axis, eqn.outs[0].kind, size, times)]


@word_for("s2s_ad.rules.helpers.axes_last")
def axes_last(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """Another order of the axes, of which the last become one."""
    x, axis = eqn.args
    ndim = rank(x)
    axes = _named_axes(axis, ndim)
    if not ndim or axes is None:
        return None
    order = [*(k for k in range(ndim) if k not in axes), *axes]
    sizes = [size_of(lo, x, k) for k in order]
    kept = ndim - len(axes)
    whole = lo.emit(op("numpy.ascontiguousarray"), [in_order(lo, x, order)], hint="")
    shape = Seq((*sizes[:kept], product(lo, sizes[kept:])))
    return [lo.emit(op("numpy.reshape"), [whole, shape], kind=eqn.outs[0].kind)]


@word_for("s2s_ad.rules.helpers.axes_back")
def axes_back(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """As many axes as there were, in the order they had."""
    y, shape, axis = eqn.args
    ndim = rank(eqn.outs[0])
    axes = _named_axes(axis, ndim)
    if not ndim or axes is None:
        return None
    order = [*(k for k in range(ndim) if k not in axes), *axes]
    sizes = tuple(lo.emit(GETITEM, [shape, Lit(k, INT)], kind=INT, hint="") for k in order)
    whole = lo.emit(op("numpy.ascontiguousarray"), [y], hint="")
    apart = lo.emit(op("numpy.reshape"), [whole, Seq(sizes)], hint="")
    return [in_order(lo, apart, [order.index(k) for k in range(ndim)])]


def _named_axes(axis: Arg, ndim: int | None) -> list[int] | None:
    """Return axes in the order in which they are named, None where they are not known."""
    if not ndim or axis == NONE:
        return list(range(ndim)) if ndim else None
    items = axis.items if isinstance(axis, Seq) else (axis,)
    found = [k for k in (axis_at(item, ndim) for item in items) if k is not None]
    return found if len(found) == len(items) else None
