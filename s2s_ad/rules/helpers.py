"""What emitted modules need at run time: copied into them, and only when used.

Each function needs `np` and other functions of this file, nothing else.  Those that an adjoint
uses have rules of their own in `of_helpers`, for second derivatives.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


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


def flattened(x: Any, order: Any = "C") -> Any:
    """Return a flat copy of x, as `x.flatten()` does."""
    return np.array(x).flatten(order)


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


def unpad(y_bar: Any, shape: tuple[int, ...], pad_width: Any) -> Any:
    """Return the part of y_bar that `np.pad` kept."""
    before = np.broadcast_to(np.asarray(pad_width, int), (len(shape), 2))[:, 0]
    return y_bar[tuple(slice(b, b + n) for b, n in zip(before, shape, strict=True))]


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
    np.add.at(x_bar, tuple(index), y_bar)
    return x_bar


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


def unless_zero(z_bar: Any, x_bar: Any) -> Any:
    """Return x_bar, and 0 where z_bar is 0: a value that was not chosen has no influence, even at a pole."""
    if np.ndim(z_bar) == 0:
        return x_bar if z_bar != 0 else np.zeros_like(x_bar)[()]
    return np.where(z_bar == 0, 0.0, x_bar)


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


def inverse(a: Any) -> Any:
    """Return A⁻¹, by division by zero where A is singular."""
    linalg: Any = np.linalg
    det = linalg.det(a)
    if np.all(det != 0):
        return linalg.inv(a)
    return cofactors(a).mT / det[..., None, None]
