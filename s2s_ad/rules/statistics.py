"""Means, moments, order statistics and histograms; y is the result.

Elements that `where` leaves out, and nan in the functions that ignore it, have no influence: they are
selected against and never multiplied by zero.
"""

# pyright: basic

import numpy as np

from s2s_ad.rules.helpers import unbroadcast
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
