"""Lowering of functions that put arrays together from others, and of objects of NumPy that are indexed to do so."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from s2s_ad.frontend.access import INDEXED, as_array, getitem
from s2s_ad.frontend.calls import builtin, call_library
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.inline import Named
from s2s_ad.frontend.iteration import known_items
from s2s_ad.frontend.values import DictV, Ref, SliceV, Static, TupleV, Value, leaves
from s2s_ad.ir.core import Lit
from s2s_ad.ir.kinds import INT, Array, ListKind, PyScalar, axes_of, dtype_of, is_numeric
from s2s_ad.ir.ops import op


def bind(lo: Lowerer, path: str, args: list[Value], named: Named) -> dict[str, Value]:
    """Return the arguments of a call by the names of the parameters, with defaults."""
    signature = inspect.signature(op(path).fun)
    try:
        bound: dict[str, Any] = dict(signature.bind(*args, **named).arguments)
    except TypeError as error:
        lo.refuse(f"{path}: {error}", "give it the arguments that it takes")
    none = inspect.Parameter.empty
    defaults = {name: each.default for name, each in signature.parameters.items() if each.default is not none}
    return {name: lo.lit(value) for name, value in defaults.items()} | bound


def call_numpy(lo: Lowerer, name: str, *args: Value, **named: Value) -> Value:
    """Call a function of NumPy."""
    return call_library(lo, f"numpy.{name}", list(args), named)


def call_inside(lo: Lowerer, name: str, *args: Value, **named: Value) -> Value:
    """Call a function of NumPy whose result is printed inside of the expression that uses it."""
    before, lo.folding = lo.folding, True
    try:
        return call_numpy(lo, name, *args, **named)
    finally:
        lo.folding = before


def rank_of(lo: Lowerer, x: Value) -> int:
    """Return the rank of a number or an array."""
    kind = lo.kind(x)
    axes = axes_of(kind) if is_numeric(kind) else None
    if axes is None:
        lo.refuse("an array whose rank is not known before the run", "give it an array of one rank")
    return len(axes)


def axis_of(lo: Lowerer, axis: Value, rank: int) -> int:
    """Return an axis that is a constant, counted from the first."""
    if not isinstance(axis, Lit) or not isinstance(axis.value, int):
        lo.refuse("an axis that is not known before the run", "make it a constant")
    if not -rank <= axis.value < rank:
        lo.refuse(f"axis {axis.value} is out of bounds for array of dimension {rank}", "use an axis that it has")
    return axis.value % rank


def constants(lo: Lowerer, items: Sequence[Any]) -> TupleV:
    """Return a tuple of constants."""
    return TupleV(tuple(lo.lit(item) for item in items))


# -- arrays of arrays ---------------------------------------------------------------------------------


@builtin("numpy.array")
def array(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.array(x, dtype, copy=, ndmin=): np.asarray where it need not copy."""
    rest = {name: value for name, value in named.items() if name not in ("copy", "ndmin")}
    copy, ndmin = named.get("copy", lo.lit(True)), named.get("ndmin", lo.lit(0))
    if not isinstance(copy, Lit) or not isinstance(ndmin, Lit):
        lo.refuse("np.array with copy= or ndmin= that are not known before the run", "make them constants")
    name = "array" if copy.value else "asarray"
    if copy.value is False:
        rest["copy"] = copy
    if not ndmin.value:
        return call_numpy(lo, name, *args, **rest)
    made = call_inside(lo, name, *args, **rest)
    more = range(ndmin.value - rank_of(lo, made))
    return call_numpy(lo, "expand_dims", made, constants(lo, more)) if more else made


def _atleast(path: str, lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.atleast_1d(x, y, …): one for each."""
    made = [call_library(lo, path, [arg], named) for arg in args]
    return made[0] if len(made) == 1 else TupleV(tuple(made))


for _path in ("numpy.atleast_1d", "numpy.atleast_2d", "numpy.atleast_3d"):
    builtin(_path)(partial(_atleast, _path))


@builtin("numpy.broadcast_arrays")
def broadcast_arrays(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.broadcast_arrays(x, y, …): several elements of what it gives may be one, so that nobody writes it."""
    return _not_written(lo, call_library(lo, "numpy.broadcast_arrays", args, named))


@builtin("numpy.meshgrid")
def meshgrid(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.meshgrid(x, y, …), which without copies gives what `broadcast_arrays` does."""
    made = call_library(lo, "numpy.meshgrid", args, named)
    return made if named.get("copy", lo.lit(True)) == lo.lit(True) else _not_written(lo, made)


def _not_written(lo: Lowerer, value: Value) -> Value:
    lo.memory.shared |= {leaf.cell for leaf in leaves(value) if isinstance(leaf, Ref)}
    return value


@builtin("numpy.rollaxis")
def rollaxis(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.rollaxis(x, axis, start): the axis is moved to before `start`."""
    bound = bind(lo, "numpy.rollaxis", args, named)
    x = as_array(lo, bound["a"])
    rank = rank_of(lo, x)
    axis, start = axis_of(lo, bound["axis"], rank), bound["start"]
    before = rank if start == lo.lit(rank) else axis_of(lo, start, rank)
    return call_numpy(lo, "moveaxis", x, lo.lit(axis), lo.lit(before - (axis < before)))


# -- a border of statistics ----------------------------------------------------------------------------

_STATISTICS = {"maximum": "max", "minimum": "min", "median": "median"}


@builtin("numpy.pad")
def pad(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.pad: of the modes that are not linear, to what they do along one axis after the other."""
    bound = bind(lo, "numpy.pad", args, named)
    mode = bound["mode"]
    if not isinstance(mode, Lit):
        lo.refuse("np.pad with a mode that is no constant", "name the mode, or put the parts together")
    if mode.value not in _STATISTICS:
        return call_library(lo, "numpy.pad", args, named)
    x = as_array(lo, bound["array"])
    rank = rank_of(lo, x)
    given = {name: value for name, value in named.items() if name not in ("array", "pad_width", "mode")}
    length = given.pop("stat_length", lo.lit(None))
    if given:
        lo.refuse(f"np.pad with {next(iter(given))!r} in mode {mode.value!r}", "leave it out")
    nothing = (lo.lit(0), lo.lit(0))
    widths = _pairs(lo, bound["pad_width"], rank)
    lengths = [(length, length)] * rank if length == lo.lit(None) else _pairs(lo, length, rank)
    x = call_numpy(lo, "copy", x) if all(pair == nothing for pair in widths) else x
    for axis, (width, ends) in enumerate(zip(widths, lengths, strict=True)):
        if width != nothing:
            x = _with_border(lo, _STATISTICS[mode.value], x, axis, width, ends)
    return x


def _with_border(
    lo: Lowerer, statistic: str, x: Value, axis: int, width: tuple[Value, Value], length: tuple[Value, Value]
) -> Value:
    """Return x with a statistic of its first and last elements along an axis repeated before and after them."""
    none = lo.lit(None)

    def border(at_end: bool) -> Value:
        part, size = x, length[at_end]
        if size != none:
            ends = SliceV(negate(lo, size), none, none) if at_end else SliceV(none, size, none)
            whole = SliceV(none, none, none)
            part = getitem(lo, x, TupleV((*[whole] * axis, ends)) if axis else ends)
        found = call_inside(lo, statistic, part, axis=lo.lit(axis), keepdims=lo.lit(True))
        return call_inside(lo, "repeat", found, width[at_end], axis=lo.lit(axis))

    return call_numpy(lo, "concatenate", TupleV((border(False), x, border(True))), axis=lo.lit(axis))


def negate(lo: Lowerer, size: Value) -> Value:
    """Return minus an integer."""
    return lo.lit(-size.value) if isinstance(size, Lit) else lo.emit(op("operator.neg"), [lo.read(size)], hint="")


def _pairs(lo: Lowerer, value: Value, rank: int) -> list[tuple[Value, Value]]:
    """Return the two integers for each axis that np.pad is given by one, by a pair, by pairs or by a dict."""
    if isinstance(value, DictV):
        given = {key % rank: item for key, item in lo.record(value)}
        return [_pairs(lo, given.get(axis, lo.lit(0)), 1)[0] for axis in range(rank)]
    if lo.kind(value) == INT:
        return [(value, value)] * rank
    items = known_items(lo, value) if not isinstance(lo.kind(value), Array | ListKind) else None
    if items and all(lo.kind(item) == INT for item in items) and len(items) <= 2:
        return [(items[0], items[-1])] * rank
    if items and len(items) in (1, rank):
        return [_pairs(lo, item, 1)[0] for item in items] * (rank // len(items))
    lo.refuse("widths that are not written out", "give a number, a pair or a pair for each axis")


# -- between points, on a circle --------------------------------------------------------------------------


@builtin("numpy.interp")
def interp(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.interp: with a period, to that of points that are brought into one, with a neighbour on each side."""
    bound = bind(lo, "numpy.interp", args, named)
    none, period = lo.lit(None), bound["period"]
    xp, fp = (call_numpy(lo, "asarray", bound[name]) for name in ("xp", "fp"))
    if period == none:
        given = {name: bound[name] for name in ("left", "right") if bound[name] != none}
        return call_numpy(lo, "interp", bound["x"], xp, fp, **given)
    if isinstance(period, Lit) and period.value == 0:
        lo.refuse("np.interp with the period 0", "give it another period, or none")
    period = call_numpy(lo, "abs", period)
    double = Static(np.float64)
    x, xp = (call_numpy(lo, "mod", call_inside(lo, "asarray", value, double), period) for value in (bound["x"], xp))
    order = call_numpy(lo, "argsort", xp)
    fp = fp if dtype_of(lo.kind(fp)).name in ("float64", "complex128") else call_numpy(lo, "asarray", fp, double)
    xp, fp = getitem(lo, xp, order), getitem(lo, fp, order)
    first, last = SliceV(lo.lit(0), lo.lit(1), none), SliceV(lo.lit(-1), none, none)
    before = call_inside(lo, "subtract", getitem(lo, xp, last), period)
    after = call_inside(lo, "add", getitem(lo, xp, first), period)
    xp = call_numpy(lo, "concatenate", TupleV((before, xp, after)))
    fp = call_numpy(lo, "concatenate", TupleV((getitem(lo, fp, last), fp, getitem(lo, fp, first))))
    return call_numpy(lo, "interp", x, xp, fp)


# -- np.s_, np.r_, np.c_, np.mgrid, np.ogrid -----------------------------------------------------------------


def _parts(index: Value) -> tuple[Value, ...]:
    return index.items if isinstance(index, TupleV) and index.type == "tuple" else (index,)


def _index_itself(lo: Lowerer, index: Value) -> Value:
    """Lower np.s_[index]."""
    return index


def _index_as_tuple(lo: Lowerer, index: Value) -> Value:
    """Lower np.index_exp[index]."""
    return TupleV(_parts(index))


def _points(lo: Lowerer, part: SliceV) -> Value:
    """Return the numbers of start:stop:step: with an imaginary step as many as it says."""
    start = lo.lit(0) if part.start == lo.lit(None) else part.start
    if isinstance(part.step, Lit) and isinstance(part.step.value, complex):
        return call_inside(lo, "linspace", start, part.stop, lo.lit(int(abs(part.step.value))))
    step = [] if part.step == lo.lit(None) else [part.step]
    if any(dtype_of(lo.kind(each)).kind not in "iu" for each in (start, part.stop, *step)):
        lo.refuse("a slice of numbers that are no integers", "use np.arange or np.linspace")
    return call_inside(lo, "arange", *([part.stop] if start == lo.lit(0) and not step else [start, part.stop, *step]))


def _joined(lo: Lowerer, index: Value) -> tuple[list[Value], int, dict[str, Value]]:
    """Return the arrays and numbers that np.r_ and np.c_ put together, their rank, and the dtype if it matters."""
    parts: list[Value] = []
    for part in _parts(index):
        if not isinstance(part, SliceV) and not is_numeric(lo.kind(as_array(lo, part))):
            lo.refuse(f"{lo.kind(part)} in np.r_ or np.c_", "use np.concatenate")
        parts.append(_points(lo, part) if isinstance(part, SliceV) else as_array(lo, part))
    kinds = [lo.kind(part) for part in parts]
    weak = {"bool": False, "int": 0, "float": 0.0, "complex": 0j}
    dtype = np.result_type(*(weak[kind.type] if isinstance(kind, PyScalar) else dtype_of(kind) for kind in kinds))
    named: dict[str, Value] = {} if dtype == np.result_type(*map(dtype_of, kinds)) else {"dtype": Static(dtype.type)}
    return parts, max(rank_of(lo, part) for part in parts), named


def _in_a_row(lo: Lowerer, index: Value) -> Value:
    """Lower np.r_[x, y, …]."""
    parts, rank, named = _joined(lo, index)
    return call_numpy(lo, "hstack" if rank < 2 else "concatenate", TupleV(tuple(parts)), **named)


def _as_columns(lo: Lowerer, index: Value) -> Value:
    """Lower np.c_[x, y, …]."""
    parts, rank, named = _joined(lo, index)
    if rank > 2 or named:
        lo.refuse("np.c_ of such arrays", "use np.concatenate")
    return call_numpy(lo, "column_stack", TupleV(tuple(parts)))


def _grid(sparse: bool, lo: Lowerer, index: Value) -> Value:
    """Lower np.mgrid[a:b, c:d] and np.ogrid[a:b, c:d]."""
    parts = _parts(index)
    points = [_points(lo, part) for part in parts if isinstance(part, SliceV)]
    if len(points) < len(parts):
        lo.refuse("np.mgrid and np.ogrid of other things than slices", "use np.meshgrid")
    if not isinstance(index, TupleV):
        return points[0]
    named = {"indexing": lo.lit("ij")} | ({"sparse": lo.lit(True)} if sparse else {})
    found = call_numpy(lo, "meshgrid", *points, **named)
    return found if sparse else call_numpy(lo, "stack", found)


INDEXED.update({
    id(np.s_): _index_itself,
    id(np.index_exp): _index_as_tuple,
    id(np.r_): _in_a_row,
    id(np.c_): _as_columns,
    id(np.mgrid): partial(_grid, False),
    id(np.ogrid): partial(_grid, True),
})  # fmt: skip
