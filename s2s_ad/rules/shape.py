"""Functions that move elements and do not change them; y is the result.

All are linear: the tangent is moved as the value is, the adjoint moved back.  The adjoint of a
view is the same view of the adjoint.
"""

# pyright: basic

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from s2s_ad.rules.helpers import (
    insertion,
    memory_order,
    resized,
    unbroadcast,
    unconcatenate,
    undiagonal,
    unpad,
    unrepeat,
    unslide,
    unstack,
    untake,
    untile,
)
from s2s_ad.rules.language import elementwise, rule
from s2s_ad.rules.macros import negated
from s2s_ad.rules.slots import bar, dot

# ---- copies and conversions -----------------------------------------------------------------


@rule(np.copy, complex=True)
def copy(y, x, order="C"):
    dot[y] = np.copy(dot[x])
    bar[x] = bar[y]


@rule(np.array, complex=True)
def array(y, x, dtype=None, *, order="K"):
    dot[y] = np.array(dot[x])
    bar[x] = bar[y]


@rule(np.asarray, np.asanyarray, np.asarray_chkfinite, view=True, complex=True)
def asarray(y, x, dtype=None, order=None, *, copy=None):
    dot[y] = np.asarray(dot[x])
    bar[x] = bar[y]


@rule(np.ascontiguousarray, np.asfortranarray, view=True, complex=True)
def ascontiguousarray(y, x, dtype=None):
    """Has at least one axis."""
    dot[y] = np.reshape(dot[x], y.shape)
    bar[x] = np.reshape(bar[y], np.shape(x))


@rule(np.require, view=True, complex=True)
def require(y, x, dtype=None, requirements=None):
    dot[y] = np.asarray(dot[x])
    bar[x] = bar[y]


@rule(np.astype, complex=True)
def astype(y, x, dtype):
    """Of complex numbers as floats it is the real part."""
    if np.iscomplexobj(x) == np.iscomplexobj(y):
        dot[y] = np.astype(dot[x], dtype)
        bar[x] = np.astype(bar[y], x.dtype)
    else:
        dot[y] = np.astype(np.real(dot[x]), dtype)
        bar[x] = np.astype(np.real(bar[y]), x.dtype)


@rule(np.full, complex=True)
def full(y, shape, fill_value, dtype=None, order="C"):
    dot[y] = np.full(shape, dot[fill_value])
    bar[fill_value] = unbroadcast(bar[y], np.shape(fill_value))


@rule(np.full_like, passive="x", complex=True)
def full_like(y, x, fill_value, dtype=None, order="K", *, shape=None):
    dot[y] = np.full_like(y, dot[fill_value] if np.iscomplexobj(y) else np.real(dot[fill_value]))
    bar[fill_value] = unbroadcast(bar[y], np.shape(fill_value))


# ---- other shapes of the same elements -------------------------------------------------------


def read(x, order) -> Any:
    """The order that "A" means for x."""
    return memory_order(x) if order == "A" else order


@rule(np.reshape, view=True, complex=True)
def reshape(y, x, shape, order: Any = "C", *, copy=None):
    """Of order "A" the tangent is read in the order of x, whatever its own."""
    if order == "C":
        dot[y] = np.reshape(dot[x], shape)
        bar[x] = np.reshape(bar[y], x.shape)
    elif order == "F" or order == "A":
        dot[y] = np.reshape(dot[x], shape, order=read(x, order))
        bar[x] = np.reshape(bar[y], x.shape, order=read(x, order))


@rule(np.ravel, view=True, complex=True)
def ravel(y, x, order: Any = "C"):
    if order == "C":
        dot[y] = np.ravel(dot[x])
        bar[x] = np.reshape(bar[y], x.shape)
    elif order == "F" or order == "A":
        dot[y] = np.ravel(dot[x], order=read(x, order))
        bar[x] = np.reshape(bar[y], x.shape, order=read(x, order))


@rule(np.expand_dims, view=True, complex=True)
def expand_dims(y, x, axis):
    dot[y] = np.expand_dims(dot[x], axis)
    bar[x] = np.reshape(bar[y], x.shape)


@rule(np.squeeze, view=True, complex=True)
def squeeze(y, x, axis=None):
    dot[y] = np.squeeze(dot[x], axis)
    bar[x] = np.reshape(bar[y], x.shape)


@rule(np.atleast_1d, view=True, complex=True)
def atleast_1d(y, x):
    dot[y] = np.atleast_1d(dot[x])
    bar[x] = np.reshape(bar[y], x.shape)


@rule(np.atleast_2d, view=True, complex=True)
def atleast_2d(y, x):
    dot[y] = np.atleast_2d(dot[x])
    bar[x] = np.reshape(bar[y], x.shape)


@rule(np.atleast_3d, view=True, complex=True)
def atleast_3d(y, x):
    dot[y] = np.atleast_3d(dot[x])
    bar[x] = np.reshape(bar[y], x.shape)


@rule(np.broadcast_to, view=True, complex=True)
def broadcast_to(y, x, shape):
    dot[y] = np.broadcast_to(dot[x], shape)
    bar[x] = unbroadcast(bar[y], np.shape(x))


@elementwise(np.broadcast_arrays, view=True, complex=True)
def broadcast_arrays(ys, *xs):
    dot[ys] = np.broadcast_arrays(*dot[xs])
    bar[xs] = bar[ys]


def other_axes(xs, i, indexing):
    """The axes of a grid along which its coordinate number i does not vary."""
    own = 1 - i if indexing == "xy" and i < 2 and len(xs) > 1 else i
    return tuple(axis for axis, _ in enumerate(xs) if axis != own)


@rule(np.meshgrid, view=True, complex=True)
def meshgrid(ys, *xs, copy=True, sparse=False, indexing: Any = "xy"):
    dot[ys] = np.meshgrid(*dot[xs], sparse=sparse, indexing=indexing)
    bar[xs] = [
        np.reshape(np.sum(y_bar, axis=other_axes(xs, i, indexing)), np.shape(xs[i])) for i, y_bar in enumerate(bar[ys])
    ]


@rule(np.ix_, view=True, complex=True)
def ix_(ys, *xs):
    """Vectors along axes of their own."""
    dot[ys] = np.ix_(*dot[xs])
    bar[xs] = [np.reshape(y_bar, np.shape(xs[i])) for i, y_bar in enumerate(bar[ys])]


# ---- the order of the axes ------------------------------------------------------------------


@rule(np.transpose, view=True, complex=True)
def transpose(y, x, axes=None):
    if axes is None:
        dot[y] = np.transpose(dot[x])
        bar[x] = np.transpose(bar[y])
    else:
        dot[y] = np.transpose(dot[x], axes)
        bar[x] = np.transpose(bar[y], np.argsort(np.mod(axes, x.ndim)))


@rule(np.matrix_transpose, np.linalg.matrix_transpose, view=True, complex=True)
def matrix_transpose(y, x):
    dot[y] = np.matrix_transpose(dot[x])
    bar[x] = np.matrix_transpose(bar[y])


@rule(np.swapaxes, view=True, complex=True)
def swapaxes(y, x, axis1, axis2):
    dot[y] = np.swapaxes(dot[x], axis1, axis2)
    bar[x] = np.swapaxes(bar[y], axis1, axis2)


@rule(np.moveaxis, view=True, complex=True)
def moveaxis(y, x, source, destination):
    dot[y] = np.moveaxis(dot[x], source, destination)
    bar[x] = np.moveaxis(bar[y], destination, source)


# ---- the order of the elements --------------------------------------------------------------


@rule(np.flip, view=True, complex=True)
def flip(y, x, axis=None):
    dot[y] = np.flip(dot[x], axis)
    bar[x] = np.flip(bar[y], axis)


@rule(np.flipud, view=True, complex=True)
def flipud(y, x):
    dot[y] = np.flipud(dot[x])
    bar[x] = np.flipud(bar[y])


@rule(np.fliplr, view=True, complex=True)
def fliplr(y, x):
    dot[y] = np.fliplr(dot[x])
    bar[x] = np.fliplr(bar[y])


@rule(np.rot90, view=True, complex=True)
def rot90(y, x, k=1, axes=(0, 1)):
    dot[y] = np.rot90(dot[x], k, axes)
    bar[x] = np.rot90(bar[y], -k, axes)


@rule(np.roll, complex=True)
def roll(y, x, shift, axis=None):
    dot[y] = np.roll(dot[x], shift, axis)
    bar[x] = np.roll(bar[y], negated(shift), axis)


# ---- many to one ----------------------------------------------------------------------------


def like(parts, xs):
    """The parts as what they belong to: a list for a sequence, an array for an array's rows."""
    return np.stack(parts) if isinstance(xs, np.ndarray) else parts


@rule(np.concatenate, complex=True)
def concatenate(y, xs, axis=0, *, dtype=None, casting="same_kind"):
    dot[y] = np.concatenate(dot[xs], axis=axis)
    bar[xs] = like(unconcatenate(bar[y], xs, axis), xs)


@rule(np.stack, complex=True)
def stack(y, xs, axis=0, *, dtype=None, casting="same_kind"):
    dot[y] = np.stack(dot[xs], axis=axis)
    if isinstance(xs, np.ndarray):
        bar[xs] = np.moveaxis(bar[y], axis, 0)
    else:
        bar[xs] = unstack(bar[y], axis)


@rule(np.vstack, np.row_stack, complex=True)
def vstack(y, xs, *, dtype=None, casting="same_kind"):
    dot[y] = np.vstack(dot[xs])
    bar[xs] = like(unconcatenate(bar[y], xs, 0), xs)


@rule(np.hstack, complex=True)
def hstack(y, xs, *, dtype=None, casting="same_kind"):
    dot[y] = np.hstack(dot[xs])
    bar[xs] = like(unconcatenate(bar[y], xs, 0 if y.ndim == 1 else 1), xs)


@rule(np.column_stack, complex=True)
def column_stack(y, xs):
    dot[y] = np.column_stack(dot[xs])
    bar[xs] = like(unconcatenate(bar[y], xs, 1), xs)


@rule(np.dstack, complex=True)
def dstack(y, xs):
    dot[y] = np.dstack(dot[xs])
    bar[xs] = like(unconcatenate(bar[y], xs, 2), xs)


def depth(xs):
    return 1 + depth(xs[0]) if isinstance(xs, list) else 0


def extent(xs, axis):
    """The size of a block along an axis, counted from the last."""
    if isinstance(xs, list):
        return extent(xs[0], axis)
    return np.shape(xs)[axis] if len(np.shape(xs)) >= -axis else 1


def unblock(y_bar, xs):
    """The part of ȳ for each block: lists in lists lie along the last axes, the innermost along the last."""
    if isinstance(xs, list):
        axis = -depth(xs)
        ends = [extent(xs[0], axis)]
        for x in xs[1:-1]:
            ends = [*ends, ends[-1] + extent(x, axis)]
        parts = np.split(y_bar, ends, axis) if len(xs) > 1 else [y_bar]
        return [unblock(part, x) for part, x in zip(parts, xs)]
    return y_bar if len(np.shape(xs)) == y_bar.ndim else np.reshape(y_bar, np.shape(xs))


@rule(np.block, sequences="xs", complex=True)
def block(y, xs):
    dot[y] = np.block(dot[xs])
    bar[xs] = unblock(bar[y], xs)


@rule(np.append, complex=True)
def append(y, x, values, axis=None):
    dot[y] = np.append(dot[x], dot[values], axis=axis)
    bar[x] = unconcatenate(bar[y], (x, values), axis)[0]
    bar[values] = unconcatenate(bar[y], (x, values), axis)[1]


def placed_first(x, obj, axis):
    """x with its axis in front, where NumPy has it for what is inserted at one place."""
    one = isinstance(obj, (int, np.integer)) or (isinstance(obj, np.ndarray) and obj.ndim == 0)
    return np.moveaxis(x, axis, 0) if one else x


@rule(np.insert, complex=True)
def insert(y, x, obj, values, axis=None):
    dot[y] = np.insert(dot[x], obj, dot[values], axis=axis)
    if axis is None:
        bar[x] = np.reshape(np.take(bar[y], insertion(x.size, y.size, obj)[0]), x.shape)
        bar[values] = unbroadcast(np.take(bar[y], insertion(x.size, y.size, obj)[1]), np.shape(values))
    else:
        places = insertion(x.shape[axis], y.shape[axis], obj)
        bar[x] = np.take(bar[y], places[0], axis=axis)
        bar[values] = unbroadcast(placed_first(np.take(bar[y], places[1], axis=axis), obj, axis), np.shape(values))


# ---- one to many ----------------------------------------------------------------------------


@rule(np.split, view=True, complex=True)
def split(ys, x, indices_or_sections, axis=0):
    dot[ys] = np.split(dot[x], indices_or_sections, axis=axis)
    bar[x] = np.concatenate(bar[ys], axis=axis)


@rule(np.array_split, view=True, complex=True)
def array_split(ys, x, indices_or_sections, axis=0):
    dot[ys] = np.array_split(dot[x], indices_or_sections, axis=axis)
    bar[x] = np.concatenate(bar[ys], axis=axis)


@rule(np.hsplit, view=True, complex=True)
def hsplit(ys, x, indices_or_sections):
    dot[ys] = np.hsplit(dot[x], indices_or_sections)
    bar[x] = np.hstack(bar[ys])


@rule(np.vsplit, view=True, complex=True)
def vsplit(ys, x, indices_or_sections):
    dot[ys] = np.vsplit(dot[x], indices_or_sections)
    bar[x] = np.vstack(bar[ys])


@rule(np.dsplit, view=True, complex=True)
def dsplit(ys, x, indices_or_sections):
    dot[ys] = np.dsplit(dot[x], indices_or_sections)
    bar[x] = np.dstack(bar[ys])


@rule(np.unstack, view=True, complex=True)
def unstack_(ys, x, *, axis=0):
    dot[ys] = np.unstack(dot[x], axis=axis)
    bar[x] = np.stack(bar[ys], axis=axis)


@rule(np.repeat, complex=True)
def repeat(y, x, repeats, axis=None):
    dot[y] = np.repeat(dot[x], repeats, axis=axis)
    bar[x] = unrepeat(bar[y], x.shape, repeats, axis)


@rule(np.tile, sequences="reps", complex=True)
def tile(y, x, reps):
    dot[y] = np.tile(dot[x], reps)
    bar[x] = untile(bar[y], x.shape, reps)


@rule(np.resize, selects=True, complex=True)
def resize(y, x, new_shape):
    """Repeats x until the shape is full, the last time in part."""
    dot[y] = np.resize(dot[x], new_shape)
    times = -(-y.size // max(x.size, 1))
    rows = np.reshape(resized(np.ravel(bar[y]), (times * x.size,)), (times, x.size))
    bar[x] = np.reshape(np.sum(rows, axis=0), x.shape)


# ---- a border around ------------------------------------------------------------------------


def sources(x, pad_width, ndim):
    """0 where a padded array is x, and 1, 2, … where it is a constant: before and after x, axis by axis."""
    numbers = np.reshape(np.arange(1, 2 * ndim + 1), (ndim, 2))
    return np.pad(np.zeros(x.shape, int), pad_width, constant_values=numbers)


def unit_end(axis, side, ndim):
    """One at one end of one axis, as `end_values`."""
    return np.reshape(1.0 * (np.arange(2 * ndim) == 2 * axis + side), (ndim, 2))


@rule(np.pad, complex=True)
def pad(
    y,
    x,
    pad_width,
    mode: Any = "constant",
    *,
    constant_values=0,
    end_values=0,
    reflect_type: Any = "even",
    stat_length=None,
):
    """Linear in x and in the values at the ends; what a mode does along an axis, `unpad` does back."""
    if mode == "constant":
        dot[y] = np.pad(dot[x], pad_width, constant_values=dot[constant_values])
        bar[x] = unpad(bar[y], x.shape, pad_width)
        sums = untake(bar[y], (2 * y.ndim + 1,), sources(x, pad_width, y.ndim))
        bar[constant_values] = unbroadcast(np.reshape(sums[1:], (y.ndim, 2)), np.shape(constant_values))
    elif mode == "edge" or mode == "wrap":
        dot[y] = np.pad(dot[x], pad_width, mode=mode)
        bar[x] = unpad(bar[y], x.shape, pad_width, mode=mode)
    elif mode == "reflect" or mode == "symmetric":
        dot[y] = np.pad(dot[x], pad_width, mode=mode, reflect_type=reflect_type)
        bar[x] = unpad(bar[y], x.shape, pad_width, mode=mode, reflect_type=reflect_type)
    elif mode == "mean":
        dot[y] = np.pad(dot[x], pad_width, mode=mode, stat_length=stat_length)
        bar[x] = unpad(bar[y], x.shape, pad_width, mode=mode, stat_length=stat_length)
    elif mode == "linear_ramp":
        dot[y] = np.pad(dot[x], pad_width, mode=mode, end_values=dot[end_values])
        bar[x] = unpad(bar[y], x.shape, pad_width, mode=mode)
        ends = [unit_end(axis, side, y.ndim) for axis, _ in enumerate(y.shape) for side in (0, 1)]
        sums = [np.sum(bar[y] * np.pad(np.zeros_like(x), pad_width, mode=mode, end_values=end)) for end in ends]
        bar[end_values] = unbroadcast(np.reshape(np.array(sums), (y.ndim, 2)), np.shape(end_values))


@rule(np.trim_zeros, view=True, selects=True)
def trim_zeros(y, x, trim="fb", axis=None):
    """Of vectors."""
    if x.ndim == 1:
        start = np.argmax(x != 0) if "f" in trim.lower() else 0
        dot[y] = dot[x][start : start + y.size]
        bar[x] = np.pad(bar[y], (start, x.size - start - y.size))


@rule(sliding_window_view, view=True, complex=True)
def windows(y, x, window_shape, axis=None):
    dot[y] = sliding_window_view(dot[x], window_shape, axis)
    bar[x] = unslide(bar[y], x.shape, window_shape, axis)


# ---- parts of matrices ----------------------------------------------------------------------


@rule(np.diagonal, view=True, selects=True, complex=True)
def diagonal(y, x, offset=0, axis1=0, axis2=1):
    dot[y] = np.diagonal(dot[x], offset, axis1, axis2)
    bar[x] = undiagonal(bar[y], x.shape, offset, axis1, axis2)


@rule(np.diag, view=True, selects=True, complex=True)
def diag(y, x, k=0):
    dot[y] = np.diag(dot[x], k)
    if x.ndim == 1:
        bar[x] = np.diagonal(bar[y], k)
    else:
        bar[x] = undiagonal(bar[y], x.shape, k)


@rule(np.diagflat, complex=True)
def diagflat(y, x, k=0):
    dot[y] = np.diagflat(dot[x], k)
    bar[x] = np.reshape(np.diagonal(bar[y], k), x.shape)


@rule(np.tril, selects=True, complex=True)
def tril(y, x, k=0):
    dot[y] = np.tril(dot[x], k)
    bar[x] = np.tril(bar[y], k)


@rule(np.triu, selects=True, complex=True)
def triu(y, x, k=0):
    dot[y] = np.triu(dot[x], k)
    bar[x] = np.triu(bar[y], k)
