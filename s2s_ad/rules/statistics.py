"""Means, moments, order statistics and histograms; y is the result.

Elements that `where` leaves out, and nan in the functions that ignore it, have no influence: they are
selected against and never multiplied by zero.
"""

# pyright: basic

import numpy as np

from s2s_ad.rules.helpers import in_order, unbroadcast, untake_along
from s2s_ad.rules.language import bar, dot, rule
from s2s_ad.rules.macros import conjugated, count, merged, numbers, product, spread, taken, unmerged, unreduce

# ---- means ----------------------------------------------------------------------------------


@rule(np.mean, selects="where", complex=True)
def mean(y, a, axis=None, dtype=None, *, keepdims=False, where=True):
    dot[y] = np.mean(dot[a], axis=axis, dtype=dtype, keepdims=keepdims, where=where)
    bar[a] = taken(where, unreduce(bar[y] / count(y, a, axis, keepdims, where), a.shape, axis, keepdims))


@rule(np.nanmean, selects=True, complex=True)
def nanmean(y, a, axis=None, dtype=None, *, keepdims=False, where=True):
    there = numbers(a, where)
    dot[y] = np.mean(dot[a], axis=axis, dtype=dtype, keepdims=keepdims, where=there)
    bar[a] = np.where(there, spread(bar[y] / count(y, a, axis, keepdims, there), axis, keepdims), 0)


@rule(np.average, outputs=2, complex=True)
def average(y, total, a, axis=None, weights=None, returned=False, *, keepdims=False):
    """y = Σ w a / Σ w, with weights like a or along its axes; the sum of weights is a result if it is asked for."""
    if weights is None:
        dot[y] = np.mean(dot[a], axis=axis, keepdims=keepdims)
        dot[total] = np.zeros_like(y)
        bar[a] = unreduce(bar[y] / count(y, a, axis, keepdims), a.shape, axis, keepdims)
    elif isinstance(axis, tuple) and len(axis) == a.ndim > 1:
        pass  # whether NumPy transposes the weights depends on sizes
    elif weights.ndim == a.ndim:
        sums = np.sum(weights, axis=axis, keepdims=keepdims)
        off = a - spread(y, axis, keepdims)
        dot[y] = np.sum(weights * dot[a] + off * dot[weights], axis=axis, keepdims=keepdims) / sums
        bar[a] = weights * spread(bar[y] / sums, axis, keepdims)
        if returned:
            dot[total] = np.sum(dot[weights], axis=axis, keepdims=keepdims)
            bar[weights] = off * spread(bar[y] / sums, axis, keepdims) + spread(bar[total], axis, keepdims)
        else:
            bar[weights] = off * spread(bar[y] / sums, axis, keepdims)
    else:
        x, w = merged(a, axis), np.ravel(weights)
        off = x - np.reshape(y, (*x.shape[:-1], 1))
        tangent = merged(dot[a], axis) @ w + off @ np.ravel(dot[weights])
        dot[y] = np.reshape(tangent, np.shape(y)) / np.sum(w)
        scaled = np.reshape(bar[y] / np.sum(w), (*x.shape[:-1], 1))
        bar[a] = unmerged(scaled * w, a.shape, axis)
        pulled = np.reshape(np.sum(np.reshape(scaled * off, (-1, w.size)), axis=0), weights.shape)
        if returned:
            dot[total] = np.full_like(y, np.sum(dot[weights]))
            bar[weights] = pulled + np.sum(bar[total])
        else:
            bar[weights] = pulled


# ---- variances ------------------------------------------------------------------------------


def centred(a, mean, axis, dtype, where):
    """a less its mean over axis, or less the mean that is given."""
    if mean is not None:
        return a - mean
    if axis is None:
        return a - np.mean(a, dtype=dtype, where=where)
    return a - np.mean(a, axis=axis, dtype=dtype, keepdims=True, where=where)


def freedom(y, a, axis, ddof, correction, keepdims, where):
    """The number that the sum of squares is divided by."""
    return count(y, a, axis, keepdims, where) - (ddof if correction is None else correction)


@rule(np.var, selects="where", complex=True)
def var(y, a, axis=None, dtype=None, ddof=0, *, keepdims=False, where=True, mean=None, correction=None):
    """The mean of |a - mean|²: a mean that is not given is where it is least, and has no influence."""
    x = centred(a, mean, axis, dtype, where)
    less = freedom(y, a, axis, ddof, correction, keepdims, where)
    x_dot = dot[a] if mean is None else dot[a] - dot[mean]
    dot[y] = 2 * np.sum(product(x, x_dot), axis=axis, keepdims=keepdims, where=where) / less
    x_bar = taken(where, conjugated(x) * spread(2 * bar[y] / less, axis, keepdims))
    bar[a] = x_bar
    bar[mean] = unbroadcast(-x_bar, np.shape(mean))


@rule(np.std, selects="where", complex=True)
def std(y, a, axis=None, dtype=None, ddof=0, *, keepdims=False, where=True, mean=None, correction=None):
    """Zero where y is: a norm of the centred a."""
    x = centred(a, mean, axis, dtype, where)
    less = freedom(y, a, axis, ddof, correction, keepdims, where) * (y + (y == 0))
    x_dot = dot[a] if mean is None else dot[a] - dot[mean]
    dot[y] = np.sum(product(x, x_dot), axis=axis, keepdims=keepdims, where=where) / less
    x_bar = taken(where, conjugated(x) * spread(bar[y] / less, axis, keepdims))
    bar[a] = x_bar
    bar[mean] = unbroadcast(-x_bar, np.shape(mean))


@rule(np.nanvar, selects=True, complex=True)
def nanvar(y, a, axis=None, dtype=None, ddof=0, *, keepdims=False, where=True, mean=None, correction=None):
    there = numbers(a, where)
    x = centred(a, mean, axis, dtype, there)
    less = freedom(y, a, axis, ddof, correction, keepdims, there)
    x_dot = dot[a] if mean is None else dot[a] - dot[mean]
    dot[y] = 2 * np.sum(product(x, x_dot), axis=axis, keepdims=keepdims, where=there) / less
    x_bar = np.where(there, conjugated(x) * spread(2 * bar[y] / less, axis, keepdims), 0)
    bar[a] = x_bar
    bar[mean] = unbroadcast(-x_bar, np.shape(mean))


@rule(np.nanstd, selects=True, complex=True)
def nanstd(y, a, axis=None, dtype=None, ddof=0, *, keepdims=False, where=True, mean=None, correction=None):
    there = numbers(a, where)
    x = centred(a, mean, axis, dtype, there)
    less = freedom(y, a, axis, ddof, correction, keepdims, there) * (y + (y == 0))
    x_dot = dot[a] if mean is None else dot[a] - dot[mean]
    dot[y] = np.sum(product(x, x_dot), axis=axis, keepdims=keepdims, where=there) / less
    x_bar = np.where(there, conjugated(x) * spread(bar[y] / less, axis, keepdims), 0)
    bar[a] = x_bar
    bar[mean] = unbroadcast(-x_bar, np.shape(mean))


# ---- order statistics -------------------------------------------------------------------------
#
# What is reduced is one axis, the last: x has the shape (slices, n).  In ascending order its elements have the
# places 0, 1, …, n - 1, so a quantile of these places is its place, and may be one between two neighbours:
# y = (1 - f) x₍ₗ₎ + f x₍ₗ₊₁₎ for the place l + f.  Hyndman & Fan (1996), The American Statistician 50, 361-365.


def places(a, q, axis, method, weights):
    """The slices x of a, their length, and the places of the quantiles q as (quantiles,) or (slices, quantiles)."""
    x = merged(a, axis)
    n = x.shape[-1]
    if weights is None:
        return x, n, np.ravel(np.quantile(np.arange(n), q, method=method))
    of = np.quantile(ranks(x), q, axis=-1, method=method, weights=weights_last(weights, a, x, axis))
    return x, n, quantiles_last(of, x, q)


def nan_places(a, q, axis, method, weights):
    """The same where nan are ignored: they come last, and slices of nothing else have no places."""
    x = merged(a, axis)
    n = np.sum(~np.isnan(x), axis=-1, keepdims=True)
    if weights is None:
        there = np.where(np.arange(x.shape[-1]) < n, np.arange(x.shape[-1]), np.nan)
        return x, n, quantiles_last(np.nanquantile(there, q, axis=-1, method=method), x, q)
    there = np.where(np.isnan(x), np.nan, ranks(x))
    of = np.nanquantile(there, q, axis=-1, method=method, weights=weights_last(weights, a, x, axis))
    return x, n, quantiles_last(of, x, q)


def ranks(x):
    """The places of the elements."""
    return np.argsort(np.argsort(x, axis=-1), axis=-1)


def weights_last(weights, a, x, axis):
    """Weights, which are like a or along its axes, in the shape of x."""
    return merged(weights, axis) if weights.ndim == a.ndim else np.broadcast_to(np.ravel(weights), x.shape)


def quantiles_last(y, x, q):
    """A result as (slices, quantiles)."""
    if isinstance(q, (int, float)):
        return np.reshape(y, (*x.shape[:-1], 1))
    return np.moveaxis(np.reshape(y, (np.size(q), *x.shape[:-1])), 0, -1)


def quantiles_first(y, q, shape):
    """What is (slices, quantiles) in the shape of the result."""
    return np.reshape(y if isinstance(q, (int, float)) else np.moveaxis(y, -1, 0), shape)


def neighbours(x, place, n):
    """Where the two neighbours of each place are, first all lower and then all upper ones, and their shares."""
    low = np.clip(np.floor(place), 0, np.maximum(n - 2, 0))
    shares = np.nan_to_num(np.concatenate((1 - (place - low), place - low), axis=-1))
    at = in_order(x, np.concatenate((low, np.minimum(low + 1, n - 1)), axis=-1))
    return at, np.astype(shares, x.dtype)


def between(x, at, shares):
    """What is at the places, as (slices, quantiles)."""
    low, high = np.split(np.where(shares == 0, 0, np.take_along_axis(x, at, -1) * shares), 2, axis=-1)
    return low + high


def back_between(y_bar, x, at, shares):
    """The adjoint of `between`."""
    shared = np.where(shares == 0, 0, np.concatenate((y_bar, y_bar), axis=-1) * shares)
    return untake_along(shared, x.shape, at, -1)


def rises(x, at, place, n, method):
    """How fast `between` rises with the quantile: not at all where its place stays at an end, or at an element."""
    low, high = np.split(np.take_along_axis(x, at, -1), 2, axis=-1)
    if method == "linear":
        return (high - low) * np.asarray(n - 1, dtype=x.dtype)
    if method == "hazen" or method == "interpolated_inverted_cdf":
        speed = n
    elif method == "weibull":
        speed = n + 1
    elif method == "median_unbiased":
        speed = n + 1 / 3
    elif method == "normal_unbiased":
        speed = n + 1 / 4
    else:
        speed = 0 * n
    return (high - low) * np.asarray(np.where((place == 0) | (place == n - 1), 0, speed), dtype=x.dtype)


def over_slices(x):
    """The sums along all axes but the last."""
    return np.sum(x, axis=tuple(range(x.ndim - 1)))


@rule(np.quantile, selects=True)
def quantile(y, a, q, axis=None, *, method="linear", keepdims=False, weights=None):
    x, n, place = places(a, q, axis, method, weights)
    at, shares = neighbours(x, place, n)
    rise = rises(x, at, place, n, method)
    moved = between(merged(dot[a], axis), at, shares) + rise * np.ravel(dot[q])
    dot[y] = quantiles_first(moved, q, np.shape(y))
    y_bar = quantiles_last(bar[y], x, q)
    bar[a] = unmerged(back_between(y_bar, x, at, shares), a.shape, axis)
    bar[q] = np.reshape(over_slices(rise * y_bar), np.shape(q))


@rule(np.percentile, selects=True)
def percentile(y, a, q, axis=None, *, method="linear", keepdims=False, weights=None):
    x, n, place = places(a, np.true_divide(q, 100), axis, method, weights)
    at, shares = neighbours(x, place, n)
    rise = rises(x, at, place, n, method) / 100
    moved = between(merged(dot[a], axis), at, shares) + rise * np.ravel(dot[q])
    dot[y] = quantiles_first(moved, q, np.shape(y))
    y_bar = quantiles_last(bar[y], x, q)
    bar[a] = unmerged(back_between(y_bar, x, at, shares), a.shape, axis)
    bar[q] = np.reshape(over_slices(rise * y_bar), np.shape(q))


@rule(np.nanquantile, selects=True)
def nanquantile(y, a, q, axis=None, *, method="linear", keepdims=False, weights=None):
    x, n, place = nan_places(a, q, axis, method, weights)
    at, shares = neighbours(x, place, n)
    rise = rises(x, at, place, n, method)
    moved = between(merged(dot[a], axis), at, shares) + rise * np.ravel(dot[q])
    dot[y] = quantiles_first(moved, q, np.shape(y))
    y_bar = quantiles_last(bar[y], x, q)
    bar[a] = unmerged(back_between(y_bar, x, at, shares), a.shape, axis)
    bar[q] = np.reshape(over_slices(rise * y_bar), np.shape(q))


@rule(np.nanpercentile, selects=True)
def nanpercentile(y, a, q, axis=None, *, method="linear", keepdims=False, weights=None):
    x, n, place = nan_places(a, np.true_divide(q, 100), axis, method, weights)
    at, shares = neighbours(x, place, n)
    rise = rises(x, at, place, n, method) / 100
    moved = between(merged(dot[a], axis), at, shares) + rise * np.ravel(dot[q])
    dot[y] = quantiles_first(moved, q, np.shape(y))
    y_bar = quantiles_last(bar[y], x, q)
    bar[a] = unmerged(back_between(y_bar, x, at, shares), a.shape, axis)
    bar[q] = np.reshape(over_slices(rise * y_bar), np.shape(q))


@rule(np.median, selects=True)
def median(y, a, axis=None, *, keepdims=False):
    """The mean of the two elements in the middle, which are one if their number is odd."""
    x = merged(a, axis)
    at = in_order(x, np.array([(x.shape[-1] - 1) // 2, x.shape[-1] // 2]))
    dot[y] = np.reshape(np.mean(np.take_along_axis(merged(dot[a], axis), at, -1), axis=-1), np.shape(y))
    y_bar = np.reshape(bar[y] / 2, (*x.shape[:-1], 1))
    bar[a] = unmerged(untake_along(np.concatenate((y_bar, y_bar), axis=-1), x.shape, at, -1), a.shape, axis)


@rule(np.nanmedian, selects=True)
def nanmedian(y, a, axis=None, *, keepdims=False):
    x = merged(a, axis)
    n = np.sum(~np.isnan(x), axis=-1, keepdims=True)
    at = in_order(x, np.concatenate(((n - 1) // 2, n // 2), axis=-1))
    dot[y] = np.reshape(np.mean(np.take_along_axis(merged(dot[a], axis), at, -1), axis=-1), np.shape(y))
    y_bar = np.where(n == 0, 0, np.reshape(bar[y] / 2, (*x.shape[:-1], 1)))
    bar[a] = unmerged(untake_along(np.concatenate((y_bar, y_bar), axis=-1), x.shape, at, -1), a.shape, axis)
