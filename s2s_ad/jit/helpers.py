"""Helpers in a form that Numba compiles: those of `rules.helpers` under their names, and some of its own.

They run without Numba too.  A rank is known when a function is compiled: branches on `x.ndim` and on the length of
a shape cost nothing, and only one of them is compiled.
"""

# pyright: basic

from __future__ import annotations

import numpy as np


def narrowed(x_bar, shape):
    """Return the adjoint summed over the axes along which an array of this shape, of one to three axes, was broadcast.

    >>> narrowed(np.ones((2, 3)), (2, 1))
    array([[3.],
           [3.]])
    """
    if x_bar.shape == shape:
        return x_bar
    total = np.zeros(shape, x_bar.dtype)
    for place, value in np.ndenumerate(x_bar):
        if x_bar.ndim == 1:
            total[0] += value
        elif x_bar.ndim == 2:
            total[place[0] % shape[0], place[1] % shape[1]] += value
        elif x_bar.ndim == 3:
            total[place[0] % shape[0], place[1] % shape[1], place[2] % shape[2]] += value
    return total


def number_unless_zero(z_bar, x_bar):
    """Return x_bar, and zero where the adjoint z_bar it is made from is zero, whatever it was multiplied with."""
    return x_bar if z_bar != 0 else 0.0 * z_bar


def unless_zero(z_bar, x_bar):
    """Return x_bar, and zero where the adjoint z_bar it is made from is zero, whatever it was multiplied with."""
    return np.where(z_bar == 0, 0.0, x_bar)


def number_unless_pole(z_bar, x_bar, y_bar):
    """Return y_bar, and zero where z_bar is zero and x_bar is no finite number."""
    return y_bar if z_bar != 0 or np.isfinite(x_bar) else 0.0 * z_bar


def unless_pole(z_bar, x_bar, y_bar):
    """Return y_bar, and zero where z_bar is zero and x_bar is no finite number."""
    return np.where((z_bar != 0) | np.isfinite(x_bar), y_bar, 0.0)


def max_of_rows(x):
    """Return the maximum along the first axis.

    >>> max_of_rows(np.array([[1.0, 4.0], [3.0, 2.0]]))
    array([3., 4.])
    """
    if x.shape[0] == 0:
        raise ValueError("zero-size array to a reduction which has no identity")
    result = x[0].copy()
    for i in range(1, x.shape[0]):
        result = np.maximum(result, x[i])
    return result


def min_of_rows(x):
    """Return the minimum along the first axis."""
    if x.shape[0] == 0:
        raise ValueError("zero-size array to a reduction which has no identity")
    result = x[0].copy()
    for i in range(1, x.shape[0]):
        result = np.minimum(result, x[i])
    return result


def product_of_rows(x):
    """Return the product along the first axis."""
    result = np.ones_like(x[0])
    for i in range(x.shape[0]):
        result = result * x[i]
    return result


def chosen(condition, x, y):
    """Return x where a condition holds, else y: `np.where` for numbers."""
    return x if condition else y


def one_size(*sizes):
    """Return the one size that axes have.

    Raises: ValueError where they have several.
    """
    for size in sizes:
        if size != sizes[0]:
            raise ValueError("operands could not be broadcast together: their shapes differ")
    return sizes[0]


def undiagonal(y_bar, shape, offset=0, axis1=0, axis2=1):
    """Return zeros of this shape with y_bar on a diagonal."""
    x_bar = np.zeros(shape, y_bar.dtype)
    rows, columns = max(-offset, 0), max(offset, 0)
    for i in range(min(shape[axis1] - rows, shape[axis2] - columns)):
        if axis1 < axis2:
            x_bar[rows + i, columns + i] = y_bar[i % y_bar.size]
        else:
            x_bar[columns + i, rows + i] = y_bar[i % y_bar.size]
    return x_bar


def stacked(xs):
    """Return arrays of one shape in a list as one array: `np.stack`."""
    y = np.empty((len(xs),) + xs[0].shape, xs[0].dtype)  # noqa: RUF005 (Numba adds tuples)
    for k in range(len(xs)):
        y[k] = xs[k]
    return y


def require_index(index, size):
    """Raise IndexError where an index is beyond the ends of an axis of this size."""
    if index >= size or index < -size:
        raise IndexError("index is out of bounds")


def require_indices(indices, size):
    """Raise IndexError where one of several indices is beyond the ends of an axis of this size."""
    for index in np.asarray(indices).flat:
        if index >= size or index < -size:
            raise IndexError("index is out of bounds")


def require_mask(mask, size):
    """Raise IndexError where a mask is not as long as the axis that it is for."""
    if mask.size != size:
        raise IndexError("boolean index did not match indexed array: their sizes differ")


def require_fits(shape, whole):
    """Raise ValueError where an array of a shape cannot be broadcast to another of the same rank."""
    for i in range(len(shape)):
        if shape[i] != whole[i] and shape[i] != 1:
            raise ValueError("operands could not be broadcast together: their shapes differ")


def require_length(size, count):
    """Raise ValueError where there are not as many items as names."""
    if size != count:
        raise ValueError("there are more or fewer values to unpack than names")


def require_same_shape(same):
    """Raise ValueError where arrays have not the one shape that a loop was made for."""
    if not same:
        raise ValueError("with jit, arrays of several shapes are broadcast here: add axes by None, or leave jit out")
