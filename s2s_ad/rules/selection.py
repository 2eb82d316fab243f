"""Functions that select elements, or put them in another order; y is the result.

An element that is not selected has no influence: its adjoint is zero, whatever stands beside it.
"""

# pyright: basic

from typing import Any

import numpy as np

from s2s_ad.rules.helpers import first_places, unbroadcast, untake, untake_along
from s2s_ad.rules.language import elementwise, rule
from s2s_ad.rules.slots import bar, dot

# ---- by place -------------------------------------------------------------------------------


def put_back(y_bar, shape, places, axis):
    """Zeros of this shape with y_bar where it was taken."""
    return untake(y_bar, shape, places) if axis is None else untake(y_bar, shape, places, axis)


def within(indices, size, mode):
    """The indices that a mode makes of those beyond a size."""
    if mode == "wrap":
        return np.mod(indices, size)
    if mode == "clip":
        return np.clip(indices, 0, size - 1)
    return indices


@rule(np.take, selects=True, complex=True)
def take(y, x, indices, axis=None, *, mode: Any = "raise"):
    if mode == "raise":
        dot[y] = np.take(dot[x], indices, axis=axis)
    else:
        dot[y] = np.take(dot[x], indices, axis=axis, mode=mode)
    places = within(indices, x.size if axis is None else x.shape[axis], mode)
    bar[x] = put_back(bar[y], np.shape(x), places, axis)


@rule(np.take_along_axis, selects=True, complex=True)
def take_along_axis(y, x, indices, axis=-1):
    dot[y] = np.take_along_axis(dot[x], indices, axis)
    if axis is None:
        bar[x] = untake(bar[y], x.shape, indices)
    else:
        bar[x] = untake_along(bar[y], x.shape, indices, axis)


@rule(np.delete, selects=True, complex=True)
def delete(y, x, obj, axis=None):
    dot[y] = np.delete(dot[x], obj, axis=axis)
    kept = np.delete(np.arange(x.size if axis is None else x.shape[axis]), obj)
    bar[x] = put_back(bar[y], x.shape, kept, axis)


# ---- by conditions --------------------------------------------------------------------------


@rule(np.compress, passive="condition", selects=True, complex=True)
def compress(y, condition, a, axis=None):
    dot[y] = np.compress(condition, dot[a], axis=axis)
    bar[a] = put_back(bar[y], np.shape(a), np.flatnonzero(condition), axis)


@rule(np.extract, passive="condition", selects=True, complex=True)
def extract(y, condition, arr):
    dot[y] = np.extract(condition, dot[arr])
    bar[arr] = untake(bar[y], np.shape(arr), np.flatnonzero(condition))


@elementwise(np.select, sequences="condlist choicelist", selects=True, complex=True)
def select(y, condlist, choicelist, default=0):
    """The first choice whose condition holds, else the default: each gets back what is selected from it alone."""
    dot[y] = np.select(condlist, dot[choicelist], dot[default])
    bar[choicelist] = [
        np.select(condlist, [bar[y] if j == i else 0.0 for j, _ in enumerate(choicelist)], 0.0)
        for i, _ in enumerate(choicelist)
    ]
    bar[default] = np.select(condlist, [0.0 for _ in choicelist], bar[y])


@elementwise(np.choose, sequences="choices", selects=True, complex=True)
def choose(y, a, choices, *, mode: Any = "raise"):
    """Choice a, element by element."""
    dot[y] = np.choose(a, dot[choices], mode=mode)
    place = within(a, len(choices), mode)
    if isinstance(choices, np.ndarray):
        if choices.ndim == y.ndim + 1:
            numbers = np.reshape(np.arange(len(choices)), (-1, *(1 for _ in y.shape)))
            bar[choices] = unbroadcast(np.where(numbers == place, bar[y], 0.0), choices.shape)
    else:
        bar[choices] = [np.where(place == i, bar[y], 0.0) for i, _ in enumerate(choices)]


# ---- in order -------------------------------------------------------------------------------


def moved(x, order, axis):
    """x with its elements in another order; with axis None, all of them in a row."""
    return np.take(x, order) if axis is None else np.take_along_axis(x, order, axis)


def sorting(x, axis, kind, stable):
    """The order that sorts x."""
    if kind is None and stable is None:
        return np.argsort(x, axis=axis)
    return np.argsort(x, axis=axis, kind=kind, stable=stable)


@rule(np.sort, complex=True)
def sort(y, x, axis=-1, kind=None, *, stable=None):
    """Moves by the permutation of argsort, the adjoint by its inverse, which is its argsort."""
    order = sorting(x, axis, kind, stable)
    dot[y] = moved(dot[x], order, axis)
    back = moved(bar[y], np.argsort(order, axis=axis), axis)
    bar[x] = np.reshape(back, x.shape) if axis is None else back


@rule(np.partition, complex=True)
def partition(y, x, kth, axis=-1, kind="introselect"):
    """Moves by the permutation that takes x to y: what sorts x, and then back what sorts y."""
    last = -1 if axis is None else axis
    order = moved(np.argsort(x, axis=axis), np.argsort(np.argsort(y, axis=last), axis=last), last)
    dot[y] = moved(dot[x], order, axis)
    back = moved(bar[y], np.argsort(order, axis=last), last)
    bar[x] = np.reshape(back, x.shape) if axis is None else back


@rule(np.sort_complex, complex=True)
def sort_complex(y, x):
    order = np.argsort(x, axis=-1)
    dot[y] = np.take_along_axis(dot[x], order, -1)
    bar[x] = np.take_along_axis(bar[y], np.argsort(order, axis=-1), -1)


# ---- as sets: of equal elements the first counts ----------------------------------------------


@rule(np.unique, selects=True, complex=True)
def unique(
    ys, x, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True, sorted=True
):
    several = return_index or return_inverse or return_counts
    values = ys[0] if several else ys
    values_bar = bar[ys][0] if several else bar[ys]
    places = first_places(x, values) if axis is None else np.unique(x, return_index=True, axis=axis)[1]
    values_dot = np.take(dot[x], places) if axis is None else np.take(dot[x], places, axis=axis)
    dot[ys] = (values_dot,) if several else values_dot
    bar[x] = put_back(values_bar, x.shape, places, axis)


@rule(np.unique_values, selects=True, complex=True)
def unique_values(y, x):
    dot[y] = np.take(dot[x], first_places(x, y))
    bar[x] = untake(bar[y], x.shape, first_places(x, y))


@rule(np.unique_counts, np.unique_inverse, np.unique_all, selects=True, complex=True)
def unique_counts(ys, x):
    dot[ys] = (np.take(dot[x], first_places(x, ys[0])),)
    bar[x] = untake(bar[ys][0], x.shape, first_places(x, ys[0]))


def places_in_both(values, ar1, ar2):
    """Where values are in ar1 followed by ar2."""
    return first_places(np.concatenate((ar1, ar2), axis=None), values)


@rule(np.union1d, np.setxor1d, selects=True, complex=True)
def union1d(y, ar1, ar2, assume_unique=False):
    places = places_in_both(y, ar1, ar2)
    dot[y] = np.take(np.concatenate((dot[ar1], dot[ar2]), axis=None), places)
    both = untake(bar[y], (np.size(ar1) + np.size(ar2),), places)
    bar[ar1] = np.reshape(both[: np.size(ar1)], np.shape(ar1))
    bar[ar2] = np.reshape(both[np.size(ar1) :], np.shape(ar2))


@rule(np.setdiff1d, passive="ar2", selects=True, complex=True)
def setdiff1d(y, ar1, ar2, assume_unique=False):
    dot[y] = np.take(dot[ar1], first_places(ar1, y))
    bar[ar1] = untake(bar[y], np.shape(ar1), first_places(ar1, y))


# ---- between points -------------------------------------------------------------------------


@rule(np.interp, complex=True)
def interp(y, x, xp, fp, left=None, right=None):
    """Linear between the points (xp, fp), constant beyond them; at a point it has the slope to its right."""
    points, heights = np.asarray(xp), np.asarray(fp)
    after = np.minimum(np.searchsorted(points, x, side="right"), len(points) - 1)
    before = np.maximum(after - 1, 0)
    low, high = x < points[0], x > points[-1]
    width = points[after] - points[before]
    share = np.clip((x - points[before]) / (width + (width == 0)), 0.0, 1.0)
    slope = np.where(low | high, 0.0, (heights[after] - heights[before]) / (width + (width == 0)))

    inner_dot = (1.0 - share) * dot[fp][before] + share * dot[fp][after]
    inner_dot = inner_dot + slope * (dot[x] - (1.0 - share) * dot[xp][before] - share * dot[xp][after])
    inner_dot = inner_dot if left is None else np.where(low, dot[left], inner_dot)
    dot[y] = inner_dot if right is None else np.where(high, dot[right], inner_dot)

    inner_bar = bar[y] if left is None else np.where(low, 0.0, bar[y])
    inner_bar = inner_bar if right is None else np.where(high, 0.0, inner_bar)
    bar[x] = slope * bar[y]
    bar[fp] = untake((1.0 - share) * inner_bar, np.shape(fp), before) + untake(share * inner_bar, np.shape(fp), after)
    slope_bar = -slope * bar[y]
    bar[xp] = untake((1.0 - share) * slope_bar, xp.shape, before) + untake(share * slope_bar, xp.shape, after)
    bar[left] = np.sum(np.where(low, bar[y], 0.0))
    bar[right] = np.sum(np.where(high, bar[y], 0.0))
