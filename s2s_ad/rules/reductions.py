"""Reductions and scans over axes; y is the result.

Elements that `where` leaves out, and nan in the functions that ignore it, have no influence: they are
selected against and never multiplied by zero.
"""

# pyright: basic

import math

import numpy as np

from s2s_ad.rules.helpers import polar_factor, preceded, recurrence, shifted, undiagonal
from s2s_ad.rules.language import rule
from s2s_ad.rules.macros import conjugated, merged, numbers, product, spread, taken, unmerged, unreduce
from s2s_ad.rules.slots import bar, dot

# ---- sums -----------------------------------------------------------------------------------


@rule(np.sum, selects="where", complex=True)
def sum(y, a, axis=None, dtype=None, *, keepdims=False, initial=0, where=True):
    dot[y] = np.sum(dot[a], axis=axis, dtype=dtype, keepdims=keepdims, where=where) + dot[initial]
    bar[a] = taken(where, unreduce(bar[y], a.shape, axis, keepdims))
    bar[initial] = np.sum(bar[y])


@rule(np.nansum, selects=True, complex=True)
def nansum(y, a, axis=None, dtype=None, *, keepdims=False, initial=0, where=True):
    dot[y] = np.sum(dot[a], axis=axis, dtype=dtype, keepdims=keepdims, where=numbers(a, where)) + dot[initial]
    bar[a] = np.where(numbers(a, where), spread(bar[y], axis, keepdims), 0)
    bar[initial] = np.sum(bar[y])


@rule(np.trace, complex=True)
def trace(y, a, offset=0, axis1=0, axis2=1, dtype=None):
    dot[y] = np.trace(dot[a], offset=offset, axis1=axis1, axis2=axis2, dtype=dtype)
    bar[a] = undiagonal(np.expand_dims(bar[y], -1), a.shape, offset, axis1, axis2)


@rule(np.linalg.trace, complex=True)
def linalg_trace(y, x, *, offset=0, dtype=None):
    dot[y] = np.linalg.trace(dot[x], offset=offset, dtype=dtype)
    bar[x] = undiagonal(np.expand_dims(bar[y], -1), x.shape, offset, -2, -1)


@rule(np.linalg.diagonal, view=True, complex=True)
def linalg_diagonal(y, x, *, offset=0):
    dot[y] = np.linalg.diagonal(dot[x], offset=offset)
    bar[x] = undiagonal(bar[y], x.shape, offset, -2, -1)


# ---- products: with zeros, each derivative is still the product of the others ----------------


def typed(x, dtype):
    """x as the function computes with it."""
    return x if dtype is None else np.asarray(x, dtype=dtype)


def divides(y):
    """Whether a product can be divided by its factors: no zero and no infinity has come of it."""
    return np.all((y != 0) & np.isfinite(y))


def others(x):
    """The product of the other elements along the last axis."""
    before = np.cumprod(shifted(x, 1, 1.0), axis=-1)
    after = np.flip(np.cumprod(np.flip(shifted(x, -1, 1.0), -1), axis=-1), -1)
    return before * after


@rule(np.prod, selects="where", complex=True)
def prod(y, a, axis=None, dtype=None, *, keepdims=False, initial=1, where=True):
    x = typed(a if where is True else np.where(where, a, 1), dtype)
    alone = np.prod(x, axis=axis, keepdims=keepdims)
    if divides(y):
        slopes = spread(y, axis, keepdims) / x
        bar[a] = taken(where, spread(bar[y] * y, axis, keepdims) / x)
    else:
        slopes = initial * unmerged(others(merged(x, axis)), a.shape, axis)
        bar[a] = taken(where, slopes * spread(bar[y], axis, keepdims))
    dot[y] = np.sum(dot[a] * slopes, axis=axis, keepdims=keepdims, where=where) + dot[initial] * alone
    bar[initial] = np.sum(bar[y] * alone)


@rule(np.nanprod, selects=True, complex=True)
def nanprod(y, a, axis=None, dtype=None, *, keepdims=False, initial=1, where=True):
    x = typed(np.where(numbers(a, where), a, 1), dtype)
    alone = np.prod(x, axis=axis, keepdims=keepdims)
    if divides(y):
        slopes = spread(y, axis, keepdims) / x
        bar[a] = np.where(numbers(a, where), spread(bar[y] * y, axis, keepdims) / x, 0)
    else:
        slopes = initial * unmerged(others(merged(x, axis)), a.shape, axis)
        bar[a] = np.where(numbers(a, where), slopes * spread(bar[y], axis, keepdims), 0)
    dot[y] = np.sum(dot[a] * slopes, axis=axis, keepdims=keepdims, where=numbers(a, where)) + dot[initial] * alone
    bar[initial] = np.sum(bar[y] * alone)


# ---- scans ----------------------------------------------------------------------------------


def backwards(y_bar, axis):
    """The sums of y_bar from each place on to the end: the adjoint of cumsum."""
    if axis is None:
        return np.flip(np.cumsum(np.flip(y_bar)))
    return np.flip(np.cumsum(np.flip(y_bar, axis), axis=axis), axis)


@rule(np.cumsum, complex=True)
def cumsum(y, a, axis=None, dtype=None):
    dot[y] = np.cumsum(dot[a], axis=axis, dtype=dtype)
    bar[a] = np.reshape(backwards(bar[y], axis), a.shape) if axis is None else backwards(bar[y], axis)


@rule(np.nancumsum, selects=True, complex=True)
def nancumsum(y, a, axis=None, dtype=None):
    dot[y] = np.cumsum(np.where(np.isnan(a), 0, dot[a]), axis=axis, dtype=dtype)
    back = np.reshape(backwards(bar[y], axis), a.shape) if axis is None else backwards(bar[y], axis)
    bar[a] = np.where(np.isnan(a), 0, back)


@rule(np.cumulative_sum, complex=True)
def cumulative_sum(y, x, *, axis=None, dtype=None, include_initial=False):
    along = 0 if axis is None else axis
    dot[y] = np.cumulative_sum(dot[x], axis=axis, dtype=dtype, include_initial=include_initial)
    bar[x] = backwards(np.split(bar[y], [1], axis=along)[1] if include_initial else bar[y], along)


def scanned(y, x, x_dot, axis):
    """ẏᵢ = xᵢ ẏᵢ₋₁ + yᵢ₋₁ ẋᵢ for products yᵢ = xᵢ yᵢ₋₁."""
    if divides(y):
        return y * np.cumsum(x_dot / x, axis=axis)
    return recurrence(x, shifted(y, 1, 1.0, axis) * x_dot, axis)


def scanned_back(y, x, y_bar, axis):
    """The adjoint of it."""
    if divides(y):
        return backwards(y_bar * y, axis) / x
    back = recurrence(np.flip(shifted(x, -1, 0.0, axis), axis), np.flip(y_bar, axis), axis)
    return shifted(y, 1, 1.0, axis) * np.flip(back, axis)


@rule(np.cumprod, complex=True)
def cumprod(y, a, axis=None, dtype=None):
    x = typed(a, dtype)
    if axis is None:
        dot[y] = scanned(y, np.ravel(x), np.ravel(dot[a]), 0)
        bar[a] = np.reshape(scanned_back(y, np.ravel(x), bar[y], 0), a.shape)
    else:
        dot[y] = scanned(y, x, dot[a], axis)
        bar[a] = scanned_back(y, x, bar[y], axis)


@rule(np.nancumprod, selects=True, complex=True)
def nancumprod(y, a, axis=None, dtype=None):
    x = typed(np.where(np.isnan(a), 1, a), dtype)
    if axis is None:
        dot[y] = scanned(y, np.ravel(x), np.ravel(np.where(np.isnan(a), 0, dot[a])), 0)
        bar[a] = np.where(np.isnan(a), 0, np.reshape(scanned_back(y, np.ravel(x), bar[y], 0), a.shape))
    else:
        dot[y] = scanned(y, x, np.where(np.isnan(a), 0, dot[a]), axis)
        bar[a] = np.where(np.isnan(a), 0, scanned_back(y, x, bar[y], axis))


@rule(np.cumulative_prod, complex=True)
def cumulative_prod(y, x, *, axis=None, dtype=None, include_initial=False):
    along = 0 if axis is None else axis
    factors = typed(x, dtype)
    if include_initial:
        products = np.split(y, [1], axis=along)[1]
        dot[y] = preceded(scanned(products, factors, dot[x], along), 0.0, along)
        bar[x] = scanned_back(products, factors, np.split(bar[y], [1], axis=along)[1], along)
    else:
        dot[y] = scanned(y, factors, dot[x], along)
        bar[x] = scanned_back(y, factors, bar[y], along)


# ---- extrema: ties are shared equally --------------------------------------------------------


@rule(np.max, np.amax, np.min, np.amin, np.nanmax, np.nanmin, selects=True)
def max(y, a, axis=None, *, keepdims=False, initial=None, where=True):
    """`initial` is one of the elements; what is nan is none of the greatest."""
    hit = a == spread(y, axis, keepdims) if where is True else (a == spread(y, axis, keepdims)) & where
    ties = np.sum(hit, axis=axis, keepdims=keepdims, dtype=y.dtype)
    if initial is None:
        dot[y] = np.sum(np.where(hit, dot[a], 0), axis=axis, keepdims=keepdims) / ties
    else:
        ties = ties + (y == np.full_like(y, initial))
        own = np.where(y == np.full_like(y, initial), dot[initial], 0)
        dot[y] = (np.sum(np.where(hit, dot[a], 0), axis=axis, keepdims=keepdims) + own) / ties
        bar[initial] = np.sum(np.where(y == np.full_like(y, initial), bar[y] / ties, 0))
    bar[a] = np.where(hit, spread(bar[y] / ties, axis, keepdims), 0)


@rule(np.ptp, selects=True)
def ptp(y, a, axis=None, *, keepdims=False):
    high = a == np.max(a, axis=axis, keepdims=True)
    low = a == np.min(a, axis=axis, keepdims=True)
    highs = np.sum(high, axis=axis, keepdims=keepdims, dtype=y.dtype)
    lows = np.sum(low, axis=axis, keepdims=keepdims, dtype=y.dtype)
    rise = np.sum(np.where(high, dot[a], 0), axis=axis, keepdims=keepdims) / highs
    dot[y] = rise - np.sum(np.where(low, dot[a], 0), axis=axis, keepdims=keepdims) / lows
    up = np.where(high, spread(bar[y] / highs, axis, keepdims), 0)
    bar[a] = up - np.where(low, spread(bar[y] / lows, axis, keepdims), 0)


# ---- norms: zero where they have a kink ------------------------------------------------------


def vector_tangent(y, x, x_dot, ord, axis, keepdims):
    """The tangent of (Σ|x|ᵖ)¹ᐟᵖ, and of its limits."""
    if ord == 2:
        return np.sum(product(x, x_dot), axis=axis, keepdims=keepdims) / (y + (y == 0))
    if ord == 1:
        return np.sum(product(np.sign(x), x_dot), axis=axis, keepdims=keepdims)
    if ord == 0:
        return np.zeros_like(y)
    if ord == math.inf or ord == -math.inf:
        hit = np.abs(x) == spread(y, axis, keepdims)
        chosen = np.sum(np.where(hit, product(np.sign(x), x_dot), 0), axis=axis, keepdims=keepdims)
        return chosen / np.sum(hit, axis=axis, keepdims=keepdims, dtype=y.dtype)
    slopes = product(np.sign(x), x_dot) * powers(y, x, ord, axis, keepdims)
    return np.where(y == 0, 0, np.sum(slopes, axis=axis, keepdims=keepdims))


def vector_adjoint(y, x, y_bar, ord, axis, keepdims):
    """The adjoint of it: what is nearest to zero where there is more than one slope, or the mean of ties."""
    if ord == 2:
        return conjugated(x) * spread(y_bar / (y + (y == 0)), axis, keepdims)
    if ord == 1:
        return conjugated(np.sign(x)) * spread(y_bar, axis, keepdims)
    if ord == 0:
        return np.zeros_like(x)
    if ord == math.inf or ord == -math.inf:
        hit = np.abs(x) == spread(y, axis, keepdims)
        ties = np.sum(hit, axis=axis, keepdims=keepdims, dtype=y.dtype)
        return np.where(hit, conjugated(np.sign(x)) * spread(y_bar / ties, axis, keepdims), 0)
    slopes = conjugated(np.sign(x)) * powers(y, x, ord, axis, keepdims)
    return slopes * spread(np.where(y == 0, 0, y_bar), axis, keepdims)


def powers(y, x, p, axis, keepdims):
    """(|x| / y)ᵖ⁻¹, finite where x is 0."""
    return (np.abs(x) / spread(y + (y == 0), axis, keepdims) + (x == 0)) ** (p - 1)


def sums_tangent(y, x, x_dot, along, axis, keepdims):
    """The tangent of the greatest or least of the sums of |x| along one of two axes."""
    hit = np.sum(np.abs(x), axis=along, keepdims=True) == spread(y, axis, keepdims)
    sums = np.sum(product(np.sign(x), x_dot), axis=along, keepdims=True)
    ties = np.sum(hit, axis=axis, keepdims=keepdims, dtype=y.dtype)
    return np.sum(np.where(hit, sums, 0), axis=axis, keepdims=keepdims) / ties


def sums_adjoint(y, x, y_bar, along, axis, keepdims):
    """The adjoint of it."""
    hit = np.sum(np.abs(x), axis=along, keepdims=True) == spread(y, axis, keepdims)
    ties = np.sum(hit, axis=axis, keepdims=keepdims, dtype=y.dtype)
    return conjugated(np.sign(x)) * np.where(hit, spread(y_bar / ties, axis, keepdims), 0)


def singular_slopes(x, ord, axis):
    """The slopes Σ u vᴴ, conjugated, of a singular value, or of their sum: ṡ = Re(uᴴ Ẋ v)."""
    matrices = np.moveaxis(x, axis, (-2, -1))
    if ord == "nuc":
        return np.moveaxis(conjugated(polar_factor(matrices)), (-2, -1), axis)
    u, s, vh = np.linalg.svd(matrices, full_matrices=False)
    if ord == 2:
        u, s, vh = u[..., :1], s[..., :1], vh[..., :1, :]
    else:
        u, s, vh = u[..., -1:], s[..., -1:], vh[..., -1:, :]
    return np.moveaxis(conjugated((u * np.expand_dims(np.sign(s), -2)) @ vh), (-2, -1), axis)


def matrix_tangent(y, x, x_dot, ord, axis, keepdims):
    """The tangent of the norm of matrices in two axes.  Watson (1992), Linear Algebra Appl. 170, 33-45."""
    if ord == "fro":
        return vector_tangent(y, x, x_dot, 2, axis, keepdims)
    if ord == 1 or ord == -1:
        return sums_tangent(y, x, x_dot, axis[0], axis, keepdims)
    if ord == math.inf or ord == -math.inf:
        return sums_tangent(y, x, x_dot, axis[1], axis, keepdims)
    return np.sum(np.real(singular_slopes(x, ord, axis) * x_dot), axis=axis, keepdims=keepdims)


def matrix_adjoint(y, x, y_bar, ord, axis, keepdims):
    """The adjoint of it: for singular values that are equal, of those vectors that the SVD gives."""
    if ord == "fro":
        return vector_adjoint(y, x, y_bar, 2, axis, keepdims)
    if ord == 1 or ord == -1:
        return sums_adjoint(y, x, y_bar, axis[0], axis, keepdims)
    if ord == math.inf or ord == -math.inf:
        return sums_adjoint(y, x, y_bar, axis[1], axis, keepdims)
    return singular_slopes(x, ord, axis) * spread(y_bar, axis, keepdims)


@rule(np.linalg.norm, complex=True)
def norm(y, x, ord=None, axis=None, keepdims=False):
    """Of all elements, or of vectors in one axis, or of matrices in two."""
    if ord is None:
        dot[y] = vector_tangent(y, x, dot[x], 2, axis, keepdims)
        bar[x] = vector_adjoint(y, x, bar[y], 2, axis, keepdims)
    elif isinstance(axis, int) or (axis is None and x.ndim == 1) or (isinstance(axis, tuple) and len(axis) == 1):
        dot[y] = vector_tangent(y, x, dot[x], ord, axis, keepdims)
        bar[x] = vector_adjoint(y, x, bar[y], ord, axis, keepdims)
    else:
        plane = (0, 1) if axis is None else axis
        dot[y] = matrix_tangent(y, x, dot[x], ord, plane, keepdims)
        bar[x] = matrix_adjoint(y, x, bar[y], ord, plane, keepdims)


@rule(np.linalg.vector_norm, complex=True)
def vector_norm(y, x, *, axis=None, keepdims=False, ord=2):
    dot[y] = vector_tangent(y, x, dot[x], ord, axis, keepdims)
    bar[x] = vector_adjoint(y, x, bar[y], ord, axis, keepdims)


@rule(np.linalg.matrix_norm, complex=True)
def matrix_norm(y, x, *, keepdims=False, ord="fro"):
    dot[y] = matrix_tangent(y, x, dot[x], ord, (-2, -1), keepdims)
    bar[x] = matrix_adjoint(y, x, bar[y], ord, (-2, -1), keepdims)
