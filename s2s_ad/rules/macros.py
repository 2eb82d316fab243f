"""Functions that rules use and that dissolve where a rule is applied."""
# pyright: basic

import numpy as np

from s2s_ad.rules.helpers import axes_back, axes_last, reduced_size


def spread(y_bar, axis, keepdims=False):
    """Return y_bar, of the shape of a reduction over axis, such that it broadcasts against what was reduced."""
    if axis is None or keepdims:
        return y_bar
    return np.expand_dims(y_bar, axis)


def unreduce(y_bar, shape, axis, keepdims=False):
    """Return y_bar, of the shape of a reduction over axis, broadcast (as a view) to `shape`."""
    return np.broadcast_to(spread(y_bar, axis, keepdims), shape)


def count(y, x, axis, keepdims=False, where=True):
    """Return how many elements of x a reduction y over axis puts together."""
    if where is not True:
        return np.sum(np.broadcast_to(where, x.shape), axis=axis, keepdims=keepdims, dtype=y.dtype)
    if axis is None:
        return x.size
    return x.shape[axis] if isinstance(axis, int) else reduced_size(x.shape, axis)


def merged(x, axis):
    """Return x with the axes of a reduction, all of them if None, as one at the end."""
    return np.ravel(x) if axis is None else axes_last(x, axis)


def unmerged(x, shape, axis):
    """Return x, as `merged` makes it of an array of this shape, in that shape."""
    if len(shape) == 0:
        return x[0]
    return np.reshape(x, shape) if axis is None else axes_back(x, shape, axis)


def taken(where, x_bar):
    """Return x_bar where elements took part in a reduction, and 0 elsewhere."""
    return x_bar if where is True else np.where(where, x_bar, 0)


def negated(steps):
    """Return minus a number, or minus each number of a tuple."""
    if isinstance(steps, tuple):
        return tuple(-step for step in steps)
    return -steps


def numbers(x, where=True):
    """Return which elements of x are no nan, among those that take part."""
    return ~np.isnan(x) if where is True else ~np.isnan(x) & where


def conjugated(x):
    """Return the conjugate of x: a real x is its own."""
    return np.conj(x) if np.iscomplexobj(x) else x


def product(x, x_dot):
    """Return the real part of conj(x) ẋ, whose sum is half the tangent of the sum of |x|²."""
    return np.real(np.conj(x) * x_dot) if np.iscomplexobj(x) else x * x_dot
