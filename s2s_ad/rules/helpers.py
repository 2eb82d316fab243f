"""What emitted modules need at run time: copied into them, and only when used.

Each function needs `np`, `math` and other functions of this file, nothing else.  Those that an adjoint
uses have rules of their own in `of_helpers`, for second derivatives.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np


def stop_gradient(x: Any) -> Any:
    """Return x, which nothing has a derivative by from here on: a number as it is, an array as a copy.

    Of tuples, lists and dicts it takes what is in them.
    """
    if type(x) in (tuple, list):
        return type(x)(map(stop_gradient, x))
    if hasattr(x, "items"):
        return {key: stop_gradient(item) for key, item in x.items()}
    return np.copy(x) if hasattr(x, "flags") and np.ndim(x) else x


def add_tape(tape: list[Any], other: list[Any]) -> None:
    """Add what is on another tape to what is on a tape, which is empty or as long."""
    tape[:] = map(_sum_of_entries, tape, other) if tape else other


def _sum_of_entries(x: Any, y: Any) -> Any:
    if type(x) in (tuple, list):
        return type(x)(map(_sum_of_entries, x, y))
    return y if x is None else x if y is None else x + y


def fitted(x_dot: Any, shape: tuple[int, ...], dtype: str) -> Any:
    """Return a tangent or an adjoint in a dtype.  Raises: ValueError where it has another shape."""
    if np.shape(x_dot) != shape:
        raise ValueError(f"a tangent or adjoint has the shape {np.shape(x_dot)} where {shape} is needed")
    return np.asarray(x_dot, dtype)


def fitted_list(xs_dot: Any, xs: Any) -> list[Any]:
    """Return a copy of a list of tangents or adjoints.  Raises: ValueError where its form is not that of xs."""
    if len(xs_dot) != len(xs):
        raise ValueError(f"a list of tangents or adjoints has {len(xs_dot)} items where {len(xs)} are needed")
    made: list[Any] = []
    for x_dot, x in zip(xs_dot, xs, strict=True):
        if type(x) is list:
            made.append(fitted_list(x_dot, x))
        else:
            made.append(np.copy(fitted(x_dot, np.shape(x), x.dtype)) if np.ndim(x) else x_dot)
    return made


def unbroadcast(x_bar: Any, shape: tuple[int, ...]) -> Any:
    """Return x_bar summed over the axes along which an operand of this shape was broadcast."""
    if np.shape(x_bar) == shape:
        return x_bar
    lead = np.ndim(x_bar) - len(shape)
    ones = [lead + i for i, n in enumerate(shape) if n == 1 and lead + i >= 0]
    summed = np.sum(x_bar, axis=(*range(lead), *ones), keepdims=True)
    return summed.reshape((1,) * -lead + summed.shape[max(lead, 0) :])[()]


def reduced_size(shape: tuple[int, ...], axis: Any) -> int:
    """Return how many elements a reduction over axis puts together."""
    size = 1
    for i in range(len(shape)) if axis is None else np.atleast_1d(axis):
        size *= shape[i]
    return size


def axes_last(x: Any, axis: Any) -> Any:
    """Return x with the axes moved to the end and merged into one (all of them if None)."""
    axes = list(range(x.ndim)) if axis is None else [i % x.ndim for i in np.atleast_1d(axis)]
    kept = [i for i in range(x.ndim) if i not in axes]
    size = reduced_size(x.shape, axes)
    return x.transpose(kept + axes).reshape([x.shape[i] for i in kept] + [size])


def axes_back(y: Any, shape: tuple[int, ...], axis: Any) -> Any:
    """Return y, made by `axes_last` from an array of this shape, in that shape."""
    ndim = len(shape)
    axes = list(range(ndim)) if axis is None else [i % ndim for i in np.atleast_1d(axis)]
    order = [i for i in range(ndim) if i not in axes] + axes
    return y.reshape([shape[i] for i in order]).transpose(np.argsort(order))


def shifted(x: Any, step: int, fill: float, axis: int = -1) -> Any:
    """Return x with its elements moved by step (1 or -1) along axis, and `fill` where one is missing.

    >>> shifted(np.array([1.0, 2.0, 3.0]), 1, 0.0)
    array([0., 1., 2.])
    """
    result = np.roll(x, step, axis)
    if result.shape[axis]:
        np.moveaxis(result, axis, 0)[0 if step > 0 else -1] = fill
    return result


def recurrence(a: Any, b: Any, axis: int = -1) -> Any:
    """Return s along axis with s[i] = a[i] * s[i - 1] + b[i] and s[-1] = 0.

    >>> recurrence(np.array([2.0, 2.0, 2.0]), np.array([1.0, 1.0, 1.0]))
    array([1., 3., 7.])
    """
    s = np.array(np.broadcast_to(b, np.shape(a)), np.result_type(a, b))
    steps, factors = np.moveaxis(s, axis, 0), np.moveaxis(a, axis, 0)
    for i in range(1, len(steps)):
        steps[i] += factors[i] * steps[i - 1]
    return s


def in_order(x: Any, places: Any) -> Any:
    """Return where along the last axis of x the elements are that have these places in ascending order.

    >>> in_order(np.array([3.0, 1.0, 2.0]), np.array([0, 2]))
    array([1, 0])
    """
    slices, n = x.shape[:-1], x.shape[-1]
    if n == 0:
        return np.zeros(x.shape, int)
    places = np.clip(np.nan_to_num(places), 0, n - 1).astype(int)
    order = np.argpartition(x, np.unique(places), axis=-1)
    return np.take_along_axis(order, np.broadcast_to(places, (*slices, places.shape[-1])), -1)


def preceded(x: Any, first: float, axis: int) -> Any:
    """Return x along axis with a number before its elements.

    >>> preceded(np.array([1.0, 2.0]), 0.0, 0)
    array([0., 1., 2.])
    """
    return np.insert(x, 0, first, axis)


def running_places(y: Any, axis: int) -> Any:
    """Return where along axis the elements were first that a running maximum y gives.

    >>> running_places(np.array([1.0, 3.0, 3.0, 4.0]), 0)
    array([0, 1, 1, 3])
    """
    rows: Any = np.moveaxis(y, axis, 0)
    changed = rows[1:] != rows[:-1]
    places = np.zeros(np.shape(rows), int)
    places[1:][changed] = np.nonzero(changed)[0] + 1
    return np.moveaxis(np.maximum.accumulate(places), 0, axis)


def conjugate(z: Any) -> Any:
    """Return the conjugate of a Python number, as `z.conjugate()` does."""
    return z.conjugate()


def real_power(x: float, y: float) -> Any:
    """Return x ** y, or raise where it is complex: the derivative is made for real numbers."""
    z = x**y
    if isinstance(z, complex):
        raise ArithmeticError(f"{x} ** {y} is complex")
    return z


def require_real(y: Any) -> None:
    """Raise where a function of a real matrix is complex: the derivative is made for real numbers."""
    if np.iscomplexobj(y):
        raise ArithmeticError("a function of a real matrix is complex")


def require_same_lengths(*lengths: int) -> None:
    """Raise the ValueError of zip(…, strict=True) where lengths differ.

    >>> require_same_lengths(2, 2, 3)
    Traceback (most recent call last):
        ...
    ValueError: zip() argument 3 is longer than arguments 1-2
    """
    least = min(lengths)
    list(zip(*(range(length - least) for length in lengths), strict=True))


def flattened(x: Any, order: Any = "C") -> Any:
    """Return a flat copy of x, as `x.flatten()` does."""
    return np.asarray(x).flatten(order)


def memory_order(x: Any) -> Any:
    """Return "F" if the elements of x lie in the order of Fortran, else "C": what an order "A" means for x."""
    return "F" if np.isfortran(x) else "C"


def unconcatenate(y_bar: Any, xs: Sequence[Any], axis: int | None = 0) -> list[Any]:
    """Return the part of y_bar for each x, where y was put together from them along axis.

    Serves concatenate, vstack, hstack, dstack, column_stack and append: an x without that axis,
    or of lower rank, takes one place along it.
    """
    if axis is None:
        sizes = [np.size(x) for x in xs]
    else:
        sizes = [np.shape(x)[axis] if np.ndim(x) == y_bar.ndim else 1 for x in xs]
    parts = np.split(y_bar, np.cumsum(sizes)[:-1], 0 if axis is None else axis)
    return [np.reshape(part, np.shape(x)) for part, x in zip(parts, xs, strict=True)]


def joined(parts: Sequence[Any], shape: tuple[int, ...], axis: int | None = 0) -> Any:
    """Return the adjoint of `unconcatenate`: the parts put together along axis to an array of this shape."""
    if axis is None:
        return np.concatenate(parts, axis=None)
    sizes = [np.shape(part)[axis] if np.ndim(part) == len(shape) else 1 for part in parts]
    shapes = [[size if i == axis % len(shape) else n for i, n in enumerate(shape)] for size in sizes]
    return np.concatenate([np.reshape(part, n) for part, n in zip(parts, shapes, strict=True)], axis=axis)


def unstack(y_bar: Any, axis: int = 0) -> list[Any]:
    """Return the items of y_bar along axis."""
    return list(np.moveaxis(y_bar, axis, 0))


def unslide(y_bar: Any, shape: tuple[int, ...], window_shape: Any, axis: Any = None) -> Any:
    """Return zeros of this shape to which the windows y_bar of `sliding_window_view` are added where they were.

    >>> unslide(np.ones((3, 2)), (4,), 2)
    array([1., 2., 2., 1.])
    """
    x_bar = np.zeros(shape, y_bar.dtype)
    window, axes = _each(window_shape), range(len(shape)) if axis is None else _each(axis)
    for place in np.ndindex(*window):
        starts = [0] * len(shape)
        for each, start in zip(axes, place, strict=True):
            starts[each] += start
        part = tuple(slice(start, start + size) for start, size in zip(starts, y_bar.shape, strict=False))
        x_bar[part] += y_bar[(..., *place)]
    return x_bar


def _each(given: Any) -> tuple[int, ...]:
    """Return the numbers of a tuple or list, or the one that is given alone."""
    return tuple(given) if np.ndim(given) else (given,)


def undiagonal(y_bar: Any, shape: tuple[int, ...], offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Return zeros of this shape with y_bar on a diagonal."""
    x_bar = np.zeros(shape, np.asarray(y_bar).dtype)
    diagonal = np.diagonal(x_bar, offset, axis1, axis2)
    diagonal.flags.writeable = True
    diagonal[...] = y_bar
    return x_bar


def unrepeat(y_bar: Any, shape: tuple[int, ...], repeats: Any, axis: int | None = None) -> Any:
    """Return y_bar summed over the copies that `np.repeat(x, repeats, axis)` makes of x of this shape."""
    size, place = (reduced_size(shape, None), 0) if axis is None else (shape[axis], axis)
    index = np.repeat(np.arange(size), repeats)
    x_bar = np.zeros((size, *np.moveaxis(y_bar, place, 0).shape[1:]), y_bar.dtype)
    np.add.at(x_bar, index, np.moveaxis(y_bar, place, 0))
    return np.moveaxis(x_bar, 0, place).reshape(shape)


def untile(y_bar: Any, shape: tuple[int, ...], reps: Any) -> Any:
    """Return y_bar summed over the copies that `np.tile(x, reps)` makes of x of this shape."""
    reps = tuple(int(n) for n in np.atleast_1d(reps))
    rank = max(len(reps), len(shape))
    sizes = (1,) * (rank - len(shape)) + shape
    reps = (1,) * (rank - len(reps)) + reps
    blocks = y_bar.reshape([n for pair in zip(reps, sizes, strict=True) for n in pair])
    return blocks.sum(axis=tuple(range(0, 2 * rank, 2))).reshape(shape)


def insertion(size: int, new_size: int, obj: Any) -> tuple[Any, Any]:
    """Return where the old elements are after `np.insert(x, obj, …)`, and where the new ones are, in their order.

    >>> insertion(3, 5, [1, 3])
    (array([0, 2, 3]), array([1, 4]))
    """
    number = np.insert(np.full(size, -1), obj, np.arange(new_size - size))
    order = np.argsort(number, kind="stable")
    return order[:size], order[size:]


def first_places(x: Any, values: Any) -> Any:
    """Return where values are in the flat x, the first time.

    >>> first_places([3.0, 1.0, 3.0], [1.0, 3.0])
    array([1, 0])
    """
    order = np.argsort(x, axis=None, kind="stable")
    return order[np.searchsorted(np.ravel(x), values, sorter=order)]


def unpad(y_bar: Any, shape: tuple[int, ...], pad_width: Any, mode: Any = "constant", **how: Any) -> Any:
    """Return the adjoint of `np.pad(x, pad_width, mode, **how)`, which is linear, for x of this shape.

    Along each axis what was put before and after x gives back to what it was made of.

    >>> unpad(np.array([1.0, 2.0, 3.0, 4.0]), (2,), 1, "edge")
    array([3., 7.])
    """
    x_bar = y_bar
    for axis, (before, after) in enumerate(_widths(pad_width, len(shape))):
        size, whole = shape[axis], np.moveaxis(x_bar, axis, 0)
        inner, front, back = whole[before : before + size], whole[:before], whole[before + size :]
        if mode != "constant" and before + after > 0:
            inner = np.array(inner)
            if mode == "mean":
                length = size if how.get("stat_length") is None else how["stat_length"]
                ends = np.minimum(np.broadcast_to(length, (len(shape), 2))[axis], size)
                inner[: ends[0]] += np.sum(front, axis=0) / ends[0]
                inner[size - ends[1] :] += np.sum(back, axis=0) / ends[1]
            elif mode == "linear_ramp" or how.get("reflect_type") == "odd":
                reach = min(size, max(before, after) + 1)  # so far from the ends are the elements that it is made of
                border = np.pad(np.eye(reach), ((before, after), (0, 0)), mode, **how)
                inner[:reach] += np.tensordot(border[:before], front, (0, 0))
                inner[size - reach :] += np.tensordot(border[before + reach :], back, (0, 0))
            else:
                places = np.pad(np.arange(size), (before, after), mode)
                np.add.at(inner, places[:before], front)
                np.add.at(inner, places[before + size :], back)
        x_bar = np.moveaxis(inner, 0, axis)
    return x_bar


def _widths(pad_width: Any, rank: int) -> list[tuple[int, int]]:
    """Return how far `np.pad` goes before and after each axis."""
    given: Any = pad_width
    if isinstance(pad_width, dict):
        pad_width = [np.broadcast_to(given.get(axis, given.get(axis - rank, 0)), 2) for axis in range(rank)]
    return [(int(before), int(after)) for before, after in np.broadcast_to(np.asarray(pad_width, int), (rank, 2))]


def untake(y_bar: Any, shape: tuple[int, ...], indices: Any, axis: int | None = None) -> Any:
    """Return zeros of this shape with y_bar added where `np.take` took it."""
    x_bar = np.zeros(shape, np.asarray(y_bar).dtype)
    if axis is None:
        np.add.at(x_bar.reshape(-1), indices, y_bar)
    else:
        axis %= len(shape)
        np.add.at(
            np.moveaxis(x_bar, axis, 0),
            indices,
            np.moveaxis(y_bar, range(axis, axis + np.ndim(indices)), range(np.ndim(indices))),
        )
    return x_bar


def untake_along(y_bar: Any, shape: tuple[int, ...], indices: Any, axis: int) -> Any:
    """Return zeros of this shape with y_bar added where `np.take_along_axis` took it."""
    x_bar = np.zeros(shape, y_bar.dtype)
    index = [np.arange(n).reshape([-1 if i == j else 1 for j in range(len(shape))]) for i, n in enumerate(shape)]
    index[axis] = indices
    if x_bar.size:
        np.add.at(x_bar, tuple(index), y_bar)
    return x_bar


def cell_of(sample: Sequence[Any], edges: Sequence[Any]) -> Any:
    """Return which cell of a histogram each point is in, counted as in C, and -1 for those in none.

    >>> cell_of((np.array([0.5, 2.0, 3.0]), np.array([1.0, 0.0, 0.0])), (np.arange(3), np.arange(2)))
    array([ 0,  1, -1])
    """
    cell: Any = np.zeros(np.shape(sample[0]), int)
    for i, e in enumerate(edges):
        x, place = sample[i], e[1:-1].searchsorted(sample[i], side="right")
        inside = (x >= e[0]) & (x <= e[-1]) & (cell >= 0)
        cell = np.where(inside, cell * (len(e) - 1) + place, -1)
    return cell


def volumes(edges: Sequence[Any]) -> Any:
    """Return the volumes of the cells of a histogram.

    >>> volumes(([0.0, 1.0, 3.0], [0.0, 2.0]))
    array([[2.],
           [4.]])
    """
    volume: Any = 1.0
    for e in edges:
        volume = np.multiply.outer(volume, np.diff(e))
    return volume


def unreduceat(y_bar: Any, shape: tuple[int, ...], indices: Any, axis: int) -> Any:
    """Return y_bar, each of its items along axis repeated over the slice that `np.add.reduceat` summed."""
    starts: Any = np.asarray(indices)
    sizes: Any = np.maximum(np.append(starts[1:], shape[axis]) - starts, 1)
    ends = np.cumsum(sizes)
    x_bar = np.zeros(shape, y_bar.dtype)
    places = np.arange(int(np.sum(sizes))) + np.repeat(starts - ends + sizes, sizes)
    np.add.at(np.moveaxis(x_bar, axis, 0), places, np.moveaxis(np.repeat(y_bar, sizes, axis), axis, 0))
    return x_bar


def undiff(y_bar: Any, shape: tuple[int, ...], n: int = 1, axis: int = -1) -> Any:
    """Return the adjoint of `np.diff(x, n, axis)` of x of this shape.

    >>> undiff(np.array([1.0, 3.0]), (3,))
    array([-1., -2.,  3.])
    """
    axis %= len(shape)
    for order in range(n)[::-1]:
        x_bar = np.zeros([max(size - order, 0) if i == axis else size for i, size in enumerate(shape)], y_bar.dtype)
        along, differences = np.moveaxis(x_bar, axis, 0), np.moveaxis(y_bar, axis, 0)
        along[1:] += differences
        along[:-1] -= differences
        y_bar = x_bar
    return y_bar


def ungradient(y_bar: Any, spacing: Any, axis: int, edge_order: int = 1) -> Any:
    """Return the adjoint of `np.gradient(f, spacing, axis=axis, edge_order=edge_order)` by f.

    A gradient is a mean of the slopes between neighbours; at an edge it is one slope, or two extrapolated.
    """
    y_bar = np.moveaxis(y_bar, axis, 0)
    steps = np.diff(spacing * 1.0) if np.ndim(spacing) else np.full(len(y_bar) - 1, spacing, y_bar.dtype)
    steps = steps.reshape(-1, *(1,) * (y_bar.ndim - 1))
    slope_bar = np.zeros((len(y_bar) - 1, *y_bar.shape[1:]), np.result_type(steps, y_bar))
    slope_bar[:-1] += y_bar[1:-1] * steps[1:] / (steps[:-1] + steps[1:])
    slope_bar[1:] += y_bar[1:-1] * steps[:-1] / (steps[:-1] + steps[1:])
    for edge, inside in ((0, 1), (-1, -2)):
        share = steps[edge] / (steps[edge] + steps[inside]) if edge_order == 2 else 0
        slope_bar[edge] += (1 + share) * y_bar[edge]
        if edge_order == 2:
            slope_bar[inside] -= share * y_bar[edge]
    return np.moveaxis(undiff(slope_bar / steps, (len(y_bar), *y_bar.shape[1:]), 1, 0), 0, axis)


def unpaired(s_bar: Any, size: int) -> Any:
    """Return the adjoint of `x[..., 1:] + x[..., :-1]` of x of this size along its last axis.

    >>> unpaired(np.array([1.0, 10.0]), 3)
    array([ 1., 11., 10.])
    """
    x_bar = np.zeros((*np.shape(s_bar)[:-1], size), np.asarray(s_bar).dtype)
    x_bar[..., 1:] += s_bar
    x_bar[..., :-1] += s_bar
    return x_bar


def aligned(x: Any, size: int) -> Any:
    """Return x in this size: elements are cut off at its start, or zeros put before it.

    >>> aligned(np.array([1.0, 2.0, 3.0]), 2), aligned(np.array([1.0, 2.0]), 3)
    (array([2., 3.]), array([0., 1., 2.]))
    """
    return np.concatenate([np.zeros(max(size - len(x), 0), x.dtype), x[max(len(x) - size, 0) :]])


def monic(roots: Any) -> Any:
    """Return the coefficients, highest first, of the polynomials with these roots along the last axis.

    >>> monic(np.array([1.0, 2.0]))
    array([ 1., -3.,  2.])
    """
    p = np.ones((*roots.shape[:-1], 1), roots.dtype)
    nothing = np.zeros_like(p)
    for k in range(roots.shape[-1]):
        p = np.concatenate([p, nothing], -1) - roots[..., k : k + 1] * np.concatenate([nothing, p], -1)
    return p


def resized(x: Any, shape: tuple[int, ...]) -> Any:
    """Return x in this shape: axes are cut off at their end, or padded with zeros there.

    >>> resized(np.array([1.0, 2.0, 3.0]), (2,)), resized(np.array([1.0, 2.0]), (3,))
    (array([1., 2.]), array([1., 2., 0.]))
    """
    kept = tuple(slice(min(sizes)) for sizes in zip(x.shape, shape, strict=True))
    result = np.zeros(shape, x.dtype)
    result[kept] = x[kept]
    return result


def unirfft(y_bar: Any, axis: int = -1, norm: str | None = None) -> Any:
    """Return the adjoint of `np.fft.irfft(x, n, axis, norm)`: all frequencies but 0 and n / 2 count twice."""
    back: Any = {"forward": "backward", "ortho": "ortho"}.get(norm or "", "forward")
    x_bar = 2 * np.conj(np.fft.rfft(y_bar, axis=axis, norm=back))
    frequencies = np.moveaxis(x_bar, axis, 0)
    frequencies[0] /= 2
    if y_bar.shape[axis] % 2 == 0:
        frequencies[-1] /= 2
    return x_bar


def uneinsum(y_bar: Any, subscripts: str, shape: tuple[int, ...]) -> Any:
    """Return zeros of this shape with y_bar on the diagonal that `np.einsum(subscripts, x)` takes.

    >>> uneinsum(np.array([1.0, 2.0]), "ii->i", (2, 2))
    array([[1., 0.],
           [0., 2.]])
    """
    x_bar = np.zeros(shape, np.asarray(y_bar).dtype)
    np.einsum(subscripts, x_bar)[...] = y_bar
    return x_bar


def instance(cls: Any, /, **attributes: Any) -> Any:
    """Return an object of a class with these attributes, made without its __init__."""
    if issubclass(cls, tuple):
        return vars(tuple)["__new__"](cls, tuple(attributes.values()))
    made = object.__new__(cls)
    for name, value in attributes.items():
        object.__setattr__(made, name, value)
    return made


def zeros_of_list(xs: Any) -> list[Any]:
    """Return a list of zeros like the items of xs."""
    return [zeros_of_list(x) if type(x) is list else _zero_like(x) for x in xs]


def zeros_beside(xs: Any, count: int) -> list[Any]:
    """Return a list of zeros like the items of xs, so many of each, along a first axis."""
    return [zeros_beside(x, count) if type(x) is list else np.zeros((count, *np.shape(x)), _dtype(x)) for x in xs]


def numbers_in(xs: Any) -> int:
    """Return how many numbers a list has in its items: numbers, arrays and lists."""
    return sum(numbers_in(x) if type(x) is list else np.size(x) for x in xs)


def places_in(xs: Any) -> list[int]:
    """Return how many numbers are before each item of a list, and at its end.

    >>> places_in([np.ones(3), np.ones((2, 2))])
    [0, 3, 7]
    """
    places = [0]
    for x in xs:
        places.append(places[-1] + (numbers_in(x) if type(x) is list else np.size(x)))
    return places


def unit_lists(units: Any, xs: Any) -> list[Any]:
    """Return a list like xs of what unit vectors, the rows of a matrix, have for each item.

    >>> unit_lists(np.eye(2), [5.0, 6.0])
    [array([1., 0.]), array([0., 1.])]
    """
    made: list[Any] = []
    places = places_in(xs)
    for i, x in enumerate(xs):
        part = units[:, places[i] : places[i + 1]]
        shape = len(units), *np.shape(x)
        made.append(unit_lists(part, x) if type(x) is list else np.ascontiguousarray(part).reshape(shape))
    return made


def _dtype(x: Any) -> Any:
    return np.result_type(x, np.float32) if hasattr(x, "dtype") else np.result_type(x, np.float64)


def one_of(xs: Any, k: int) -> Any:
    """Return a list or tuple of what the items of xs have at place k.

    >>> one_of([np.array([1, 2]), np.array([3, 4])], 1)
    [np.int64(2), np.int64(4)]
    """
    return type(xs)(one_of(x, k) if isinstance(x, list | tuple) else x[k] for x in xs)


def together(lists: Any) -> Any:
    """Return what lists or tuples have at each place, stacked: `one_of` takes it apart."""
    items = zip(*lists, strict=True)
    return type(lists[0])(together(each) if isinstance(each[0], list | tuple) else np.stack(each) for each in items)


def or_zeros_beside(xs_bar: Any, xs: Any, count: int) -> Any:
    """Return xs_bar, or what `zeros_beside` gives where there is none yet."""
    return zeros_beside(xs, count) if xs_bar is None else xs_bar


def _zero_like(x: Any) -> Any:
    return np.zeros_like(x)[()] if hasattr(x, "dtype") else type(x)(0) if isinstance(x, float | complex) else 0.0


def or_zeros(x_bar: Any, shape: tuple[int, ...], dtype: Any = np.float64) -> Any:
    """Return x_bar, or zeros of this shape where there is none yet."""
    return np.zeros(shape, dtype) if x_bar is None else x_bar


def or_zeros_of_list(xs_bar: Any, xs: Any) -> Any:
    """Return xs_bar, or a list of zeros like the items of xs where there is none yet."""
    return [x * 0.0 for x in xs] if xs_bar is None else xs_bar


def floats(xs: Any) -> list[float]:
    """Return a list of the numbers as Python's own."""
    return [float(x) for x in xs]


def copy_of_list(xs: Any) -> list[Any]:
    """Return a list of copies of the items of xs."""
    return [copy_of_list(x) if type(x) is list else np.copy(x) if np.ndim(x) else x for x in xs]


def sum_of_lists(xs: Any, ys: Any) -> list[Any]:
    """Return the sums of the items of xs and ys."""
    return [sum_of_lists(x, y) if type(x) is list else x + y for x, y in zip(xs, ys, strict=True)]


def place_of_max(xs: Any) -> int:
    """Return where the item is that `max(xs)` gives."""
    return xs.index(max(xs))


def place_of_min(xs: Any) -> int:
    """Return where the item is that `min(xs)` gives."""
    return xs.index(min(xs))


def order_of(keys: Any, reverse: bool) -> list[int]:
    """Return where the items are, in the order in which `sorted` gives them.

    >>> order_of([3.0, 1.0, 2.0], False)
    [1, 2, 0]
    """
    return sorted(range(len(keys)), key=keys.__getitem__, reverse=reverse)


def inserted_at(index: int, size: int) -> int:
    """Return where `xs.insert(index, x)` put x in a list that then has this size.

    >>> inserted_at(5, 3), inserted_at(-1, 3)
    (2, 1)
    """
    return len(range(size - 1)[:index])


def last_writes(shape: tuple[int, ...], index: Any) -> Any:
    """Return which of the elements that an index names are not named again later in it.

    >>> last_writes((3,), [0, 1, 0])
    array([False,  True,  True])
    """
    order = np.zeros(shape, int)
    places = np.arange(order[index].size).reshape(order[index].shape)
    order[index] = places
    return order[index] == places


def quotient(x: Any, y: Any) -> Any:
    """Return x / y of numbers of Python as NumPy has it: infinite or nan where Python raises.

    >>> quotient(1.0, 4.0), quotient(1.0, np.inf)
    (0.25, 0.0)
    """
    return x / y if y else float(np.float64(x) / y)


def power(x: Any, n: int) -> Any:
    """Return xⁿ of a float of Python as NumPy has it: infinite where Python raises.

    >>> power(-3.0, 2), power(-3.0, -1) == -1 / 3
    (9.0, True)
    """
    try:
        return x**n
    except ArithmeticError:
        return float(np.float64(x) ** n)


def fractional_power(x: Any, y: Any) -> Any:
    """Return x ** y of floats of Python as NumPy has it: infinite where Python raises, nan where it is complex there.

    >>> fractional_power(4.0, 1.5), fractional_power(2.0, -1.0)
    (8.0, 0.5)
    """
    try:
        z = x**y
    except ArithmeticError:
        z = None
    return z if isinstance(z, float) else float(np.float64(x) ** y)


def square_root(x: Any) -> Any:
    """Return the root of a float of Python, nan where it has none.

    >>> square_root(2.25), square_root(np.inf)
    (1.5, inf)
    """
    return math.sqrt(x) if x >= 0.0 else float(np.sqrt(x))


def sign(x: Any) -> Any:
    """Return 1, -1 or 0 as a float of Python, nan for nan.

    >>> sign(2.5), sign(-0.0)
    (1.0, 0.0)
    """
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else 0.0 if x == 0.0 else x


def greater(x: Any, y: Any) -> Any:
    """Return the greater of two floats of Python, nan if one is.

    >>> greater(1.0, 2.0), greater(np.nan, 2.0)
    (2.0, nan)
    """
    return x if x > y or x != x else y


def lesser(x: Any, y: Any) -> Any:
    """Return the lesser of two floats of Python, nan if one is.

    >>> lesser(1.0, 2.0), lesser(1.0, np.nan)
    (1.0, nan)
    """
    return x if x < y or x != x else y


def unless_zero(z_bar: Any, x_bar: Any) -> Any:
    """Return x_bar, and 0 where z_bar is 0: a value that was not chosen has no influence, even at a pole."""
    if np.ndim(z_bar) == 0:
        return x_bar if z_bar != 0 else np.zeros_like(x_bar)[()]
    return np.where(z_bar == 0, 0.0, x_bar)


def unless_pole(z_bar: Any, x_bar: Any, y_bar: Any) -> Any:
    """Return y_bar, and 0 where `unless_zero(z_bar, x_bar)` is 0 in place of what is no finite number."""
    chosen = (z_bar != 0) | np.isfinite(x_bar)
    if np.ndim(chosen) == 0:
        return y_bar if chosen else np.zeros_like(y_bar)[()]
    return np.where(chosen, y_bar, 0.0)


def either(x: Any, y: Any) -> Any:
    """Return what is zero only where x and y both are."""
    return abs(x) + abs(y)


def cofactors(a: Any) -> Any:
    """Return the cofactors of square matrices, det(A) A⁻ᵀ, of singular ones too (by their SVD)."""
    linalg: Any = np.linalg
    det = linalg.det(a)
    if np.all(det != 0):
        return det[..., None, None] * linalg.inv(a).mT
    u, s, vh = linalg.svd(a)
    others = [np.prod(np.delete(s, i, axis=-1), axis=-1) for i in range(s.shape[-1])]
    sign = linalg.det(u) * linalg.det(vh)
    return sign[..., None, None] * np.conj((u * np.stack(others, axis=-1)[..., None, :]) @ vh)


def cofactors_slope(a: Any, b: Any) -> Any:
    """Return how the cofactors of A change along B: sums of products of all singular values but two."""
    linalg: Any = np.linalg
    u, s, vh = linalg.svd(a)
    p = np.conj(u.mT) @ b @ np.conj(vh.mT)
    one = np.eye(s.shape[-1], dtype=s.dtype)
    left_out = (one[:, None, :] + one[None, :, :]) != 0
    others = np.prod(np.where(left_out, 1, s[..., None, None, :]), axis=-1) * (1 - one)
    diagonal = others @ np.diagonal(p, 0, -2, -1)[..., None]
    sign = linalg.det(u) * linalg.det(vh)
    return sign[..., None, None] * (np.conj(u) @ (diagonal * one - others * p.mT) @ np.conj(vh))


def factors(a: Any) -> Any:
    """Return the thin singular value decomposition of A, for what has no derivative by that of its vectors."""
    return np.linalg.svd(a, full_matrices=False)


def polar_factor(a: Any) -> Any:
    """Return U Vᴴ for A = U diag(s) Vᴴ, where s is not 0: the slope of the sum of the singular values."""
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    return (u * np.sign(s)[..., None, :]) @ vh


def inverse(a: Any) -> Any:
    """Return A⁻¹, infinite where A is singular."""
    linalg: Any = np.linalg
    try:
        return linalg.inv(a)
    except linalg.LinAlgError:
        return cofactors(a).mT / linalg.det(a)[..., None, None]


def order_of_pivots(piv: Any) -> Any:
    """Return the order that the swaps of rows leave which LU factorisation makes.

    >>> order_of_pivots([1, 2, 2])
    array([1, 2, 0])
    """
    order = np.arange(len(piv))
    for i, j in enumerate(piv):
        order[[i, j]] = order[[j, i]]
    return order


def along_diagonals(v: Any, before: int, after: int) -> Any:
    """Return v[j + k - before] at [k, j], and 0 where there is none.

    >>> along_diagonals(np.array([1.0, 2.0, 3.0]), 1, 0)
    array([[0., 1., 2.],
           [1., 2., 3.]])
    """
    places = np.arange(len(v)) + np.arange(-before, after + 1)[:, None]
    inside = (places >= 0) & (places < len(v))
    return np.where(inside.reshape(inside.shape + (1,) * (v.ndim - 1)), v[places % max(1, len(v))], 0)


def transposed_band(ab: Any, lower: int, upper: int) -> Any:
    """Return the diagonals of Aᵀ, as `solve_banded` takes them, from those of A: ab[upper + i - j, j] = A[i, j]."""
    rows = [along_diagonals(ab[lower + upper - k], lower - k, k - lower)[0] for k in range(lower + upper + 1)]
    return np.stack(rows)


def band_product(ab: Any, x: Any, lower: int, upper: int) -> Any:
    """Return A x for a matrix that is given by its diagonals."""
    rows = transposed_band(ab, lower, upper)
    return np.sum(rows.reshape(rows.shape + (1,) * (x.ndim - 1)) * along_diagonals(x, lower, upper), axis=0)


def band_of_outer(s: Any, x: Any, lower: int, upper: int) -> Any:
    """Return these diagonals of s xᵀ."""
    products = along_diagonals(s, upper, lower) * x
    return products if x.ndim == 1 else np.sum(products, axis=-1)


def unblock_diagonal(y_bar: Any, arrs: Sequence[Any]) -> list[Any]:
    """Return the part of y_bar for each block of a block diagonal matrix."""
    sizes = [np.atleast_2d(x).shape for x in arrs]
    ends = np.cumsum(sizes, axis=0)
    parts = [y_bar[i - m : i, j - n : j] for (m, n), (i, j) in zip(sizes, ends, strict=True)]
    return [np.reshape(part, np.shape(x)) for part, x in zip(parts, arrs, strict=True)]


def pairs(y: Any, axis: int) -> Any:
    """Return the sums of neighbours along an axis."""
    moved = np.moveaxis(y, axis, 0)
    return np.moveaxis(moved[1:] + moved[:-1], 0, axis)


def neighbours(h: Any, shape: tuple[int, ...], axis: int) -> Any:
    """Return the adjoint of `pairs` of an array of this shape: each part of h goes to two neighbours.

    >>> neighbours(np.array([1.0, 2.0]), (3,), 0)
    array([1., 3., 2.])
    """
    y_bar = np.zeros(shape, np.asarray(h).dtype)
    moved = np.moveaxis(y_bar, axis, 0)
    parts = np.broadcast_to(np.moveaxis(h, axis, 0), moved[1:].shape)
    moved[1:] += parts
    moved[:-1] += parts
    return y_bar


def simpson_weights(h: Any) -> Any:
    """Return the weights of Simpson's rule for these steps along the last axis, as `scipy.integrate.simpson` has them.

    Two steps make a parabola.  Of an odd number the last has the parabola of the last two (Cartwright 2017).

    >>> simpson_weights(np.ones(4)) * 3
    array([1., 4., 2., 4., 1.])
    """
    count = h.shape[-1]
    weights = np.zeros((*h.shape[:-1], count + 1), h.dtype)
    if count == 1:
        weights[..., :] = h / 2
        return weights
    even = count - count % 2
    a, b = h[..., 0:even:2], h[..., 1:even:2]
    weights[..., 0:even:2] += (a + b) / 6 * (2 - b / a)
    weights[..., 1:even:2] += (a + b) ** 3 / (6 * a * b)
    weights[..., 2 : even + 1 : 2] += (a + b) / 6 * (2 - a / b)
    if count % 2:
        a, b = h[..., -2], h[..., -1]
        weights[..., -1] += (2 * b**2 + 3 * a * b) / (6 * (a + b))
        weights[..., -2] += (b**2 + 3 * a * b) / (6 * a)
        weights[..., -3] -= b**3 / (6 * a * (a + b))
    return weights


def middle(z: Any, shape1: tuple[int, ...], shape2: tuple[int, ...], mode: str) -> Any:
    """Return the part of a whole convolution of arrays of these shapes that a mode keeps."""
    if mode == "same":
        kept = [slice((m - 1) // 2, (m - 1) // 2 + n) for n, m in zip(shape1, shape2, strict=True)]
    else:
        kept = [slice(min(n, m) - 1, max(n, m)) for n, m in zip(shape1, shape2, strict=True)]
    return z[tuple(kept)]


def unmiddle(z_bar: Any, shape1: tuple[int, ...], shape2: tuple[int, ...], mode: str) -> Any:
    """Return the adjoint of a whole convolution by that of the part that a mode keeps.

    >>> unmiddle(np.array([1.0, 2.0]), (2,), (3,), "same")
    array([0., 1., 2., 0.])
    """
    whole = np.zeros([n + m - 1 for n, m in zip(shape1, shape2, strict=True)], np.asarray(z_bar).dtype)
    middle(whole, shape1, shape2, mode)[...] = z_bar
    return whole


def lagged_products(w: Any, x: Any, shape: tuple[int, ...], axis: int) -> Any:
    """Return the sums of w[n] x[n - k] for each k in an array of this shape, over all other axes too.

    >>> lagged_products(np.array([1.0, 2.0, 3.0]), np.array([1.0, 10.0, 100.0]), (2,), 0)
    array([321.,  32.])
    """
    w, x = np.moveaxis(w, axis, -1), np.moveaxis(x, axis, -1)
    size = w.shape[-1]
    sums = [np.sum(w[..., k:] * x[..., : max(0, size - k)]) for k in range(shape[0] if shape else 1)]
    return np.reshape(sums, shape)


def mixed(w: Any, m: Any) -> Any:
    """Return how eigenvectors turn into each other: M / (wⱼ - wᵢ), which is 0 wherever M is, and on the diagonal.

    Eigenvalues that rounding may have parted are equal: then it is infinite.

    >>> mixed(np.array([1.0, 3.0]), np.ones((2, 2)))
    array([[ 0. ,  0.5],
           [-0.5,  0. ]])
    """
    moved = (m != 0) & ~np.eye(w.shape[-1], dtype=bool)
    gaps = w[..., None, :] - w[..., :, None]
    rounding = w.shape[-1] * np.finfo(w.dtype).eps * np.max(np.abs(w), axis=-1, initial=0, keepdims=True)[..., None]
    return np.where(moved, m / np.where(moved, gaps * (np.abs(gaps) > rounding), 1), 0)


def order_of_nearest(xs: Any, ys: Any) -> Any:
    """Return for each of the xs along the last axis which of the ys it is, these being the same in another order."""
    distances = np.abs(xs[..., :, None] - ys[..., None, :])
    order = np.zeros(np.shape(xs), int)
    for i in range(np.shape(xs)[-1]):
        order[..., i] = np.argmin(distances[..., i, :], axis=-1)
        np.put_along_axis(distances, order[..., i, None, None], np.inf, axis=-1)
    return order
