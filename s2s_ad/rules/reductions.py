"""Reductions and scans over axes; y is the result."""

# pyright: basic

import numpy as np

from s2s_ad.rules.helpers import axes_back, axes_last, recurrence, reduced_size, shifted, undiagonal
from s2s_ad.rules.language import bar, dot, rule
from s2s_ad.rules.macros import unreduce

# ---- sums -----------------------------------------------------------------------------------


@rule(np.sum, complex=True)
def sum(y, x, axis=None, *, keepdims=False):
    dot[y] = np.sum(dot[x], axis=axis, keepdims=keepdims)
    bar[x] = unreduce(bar[y], x.shape, axis, keepdims)


@rule(np.mean, complex=True)
def mean(y, x, axis=None, *, keepdims=False):
    dot[y] = np.mean(dot[x], axis=axis, keepdims=keepdims)
    if axis is None:
        bar[x] = unreduce(bar[y] / x.size, x.shape, axis, keepdims)
    else:
        bar[x] = unreduce(bar[y] / reduced_size(x.shape, axis), x.shape, axis, keepdims)


def conjugated(x):
    """The conjugate of x: a real x is its own."""
    return np.conj(x) if np.iscomplexobj(x) else x


def product(x, x_dot):
    """The real part of conj(x) ẋ, whose sum is half the tangent of |x|²."""
    return np.real(np.conj(x) * x_dot) if np.iscomplexobj(x) else x * x_dot


@rule(np.var, complex=True)
def var(y, x, axis=None, *, ddof=0, keepdims=False):
    """The mean of |x - mean|²."""
    centred = x - np.mean(x, axis=axis, keepdims=True)
    freedom = (x.size if axis is None else reduced_size(x.shape, axis)) - ddof
    dot[y] = 2 * np.sum(product(centred, dot[x]), axis=axis, keepdims=keepdims) / freedom
    bar[x] = conjugated(centred) * unreduce(2 * bar[y] / freedom, x.shape, axis, keepdims)


@rule(np.std, complex=True)
def std(y, x, axis=None, *, ddof=0, keepdims=False):
    """Zero where y is: a norm of the centred x."""
    centred = x - np.mean(x, axis=axis, keepdims=True)
    freedom = (x.size if axis is None else reduced_size(x.shape, axis)) - ddof
    dot[y] = np.sum(product(centred, dot[x]), axis=axis, keepdims=keepdims) / freedom / (y + (y == 0))
    bar[x] = conjugated(centred) * unreduce(bar[y] / freedom / (y + (y == 0)), x.shape, axis, keepdims)


@rule(np.trace, complex=True)
def trace(y, x, offset=0, axis1=0, axis2=1):
    dot[y] = np.trace(dot[x], offset, axis1, axis2)
    bar[x] = undiagonal(np.expand_dims(bar[y], -1), x.shape, offset, axis1, axis2)


# ---- products: with zeros, each derivative is still the product of the others ----------------


def others(x):
    """The product of the other elements along the last axis."""
    before = np.cumprod(shifted(x, 1, 1.0), axis=-1)
    after = np.flip(np.cumprod(np.flip(shifted(x, -1, 1.0), -1), axis=-1), -1)
    return before * after


@rule(np.prod, complex=True)
def prod(y, x, axis=None, *, keepdims=False):
    rest = axes_back(others(axes_last(x, axis)), x.shape, axis)
    dot[y] = np.sum(dot[x] * rest, axis=axis, keepdims=keepdims)
    bar[x] = rest * unreduce(bar[y], x.shape, axis, keepdims)


# ---- scans ----------------------------------------------------------------------------------


@rule(np.cumsum, complex=True)
def cumsum(y, x, axis=None):
    dot[y] = np.cumsum(dot[x], axis=axis)
    if axis is None:
        bar[x] = np.reshape(np.flip(np.cumsum(np.flip(bar[y]))), x.shape)
    else:
        bar[x] = np.flip(np.cumsum(np.flip(bar[y], axis), axis=axis), axis)


@rule(np.cumprod, complex=True)
def cumprod(y, x, axis=None):
    """ẏᵢ = xᵢ ẏᵢ₋₁ + yᵢ₋₁ ẋᵢ, and its adjoint backwards; no division, so that zeros are no trouble."""
    if axis is None:
        dot[y] = recurrence(np.ravel(x), shifted(y, 1, 1.0) * np.ravel(dot[x]))
        back = np.flip(recurrence(np.flip(shifted(np.ravel(x), -1, 0.0)), np.flip(bar[y])))
        bar[x] = np.reshape(shifted(y, 1, 1.0) * back, x.shape)
    else:
        dot[y] = recurrence(x, shifted(y, 1, 1.0, axis) * dot[x], axis)
        back = np.flip(recurrence(np.flip(shifted(x, -1, 0.0, axis), axis), np.flip(bar[y], axis), axis), axis)
        bar[x] = shifted(y, 1, 1.0, axis) * back


# ---- extrema: ties are shared equally --------------------------------------------------------


@rule(np.max, np.amax, np.min, np.amin, selects=True)
def max(y, x, axis=None, *, keepdims=False):
    hit = x == unreduce(y, x.shape, axis, keepdims)
    count = np.sum(hit, axis=axis, keepdims=keepdims, dtype=x.dtype)
    dot[y] = np.sum(np.where(hit, dot[x], 0), axis=axis, keepdims=keepdims) / count
    bar[x] = np.where(hit, unreduce(bar[y] / count, x.shape, axis, keepdims), 0)


@rule(np.ptp)
def ptp(y, x, axis=None, *, keepdims=False):
    high = x == np.max(x, axis=axis, keepdims=True)
    low = x == np.min(x, axis=axis, keepdims=True)
    highs = np.sum(high, axis=axis, keepdims=True, dtype=x.dtype)
    lows = np.sum(low, axis=axis, keepdims=True, dtype=x.dtype)
    dot[y] = np.sum(np.where(high, dot[x], 0) / highs - np.where(low, dot[x], 0) / lows, axis=axis, keepdims=keepdims)
    spread = unreduce(bar[y], x.shape, axis, keepdims)
    bar[x] = np.where(high, spread / highs, 0) - np.where(low, spread / lows, 0)


# ---- norms: zero at zero ---------------------------------------------------------------------


@rule(np.linalg.norm, complex=True)
def norm(y, x, ord=None, axis=None, keepdims=False):
    """Of vectors for ord None, 2, 1; of matrices for None and "fro"."""
    if ord is None or ord == "fro" or (ord == 2 and (x.ndim == 1 or axis is not None)):
        dot[y] = np.sum(product(x, dot[x]), axis=axis, keepdims=keepdims) / (y + (y == 0))
        bar[x] = conjugated(x) * unreduce(bar[y] / (y + (y == 0)), x.shape, axis, keepdims)
    elif ord == 1 and (x.ndim == 1 or axis is not None):  # of complex x, sign(x) is x / |x|
        dot[y] = np.sum(product(np.sign(x), dot[x]), axis=axis, keepdims=keepdims)
        bar[x] = conjugated(np.sign(x)) * unreduce(bar[y], x.shape, axis, keepdims)
