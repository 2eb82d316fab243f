"""Means, moments, order statistics and histograms; y is the result.

Elements that `where` leaves out, and nan in the functions that ignore it, have no influence: they are
selected against and never multiplied by zero.
"""

# pyright: basic, reportArgumentType=false, reportCallIssue=false

import numpy as np

from s2s_ad.rules.helpers import cell_of, in_order, unbroadcast, undiff, untake_along, volumes, zeros_of_list
from s2s_ad.rules.language import rule
from s2s_ad.rules.macros import conjugated, count, merged, numbers, product, spread, taken, unmerged, unreduce
from s2s_ad.rules.slots import bar, dot

# ---- means ----------------------------------------------------------------------------------


@rule(np.mean, selects="where", complex=True)
def mean(y, a, axis=None, dtype=None, *, keepdims=False, where=True):
    dot[y] = np.mean(dot[a], axis=axis, dtype=dtype, keepdims=keepdims, where=where)
    bar[a] = taken(where, unreduce(bar[y] / count(y, a, axis, keepdims, where), a.shape, axis, keepdims))


@rule(np.nanmean, selects=True, complex=True)
def nanmean(y, a, axis=None, dtype=None, *, keepdims=False, where=True):
    there = numbers(a, where)
    dot[y] = np.mean(dot[a], axis=axis, dtype=dtype, keepdims=keepdims, where=there)
    n = np.sum(there, axis=axis, keepdims=keepdims, dtype=y.dtype)
    bar[a] = np.where(there, spread(bar[y] / n, axis, keepdims), 0)


@rule(np.average, outputs=2, complex=True)
def average(y, total, a, axis=None, weights=None, returned=False, *, keepdims=False):
    """y = Σ w a / Σ w, with weights like a or along its axes; the sum of weights is a result if it is asked for."""
    if weights is None:
        dot[y] = np.mean(dot[a], axis=axis, keepdims=keepdims)
        if returned:
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


def freedom(n, ddof, correction):
    """The number that the sum of squares of n elements is divided by."""
    return n - (ddof if correction is None else correction)


@rule(np.var, selects="where", complex=True)
def var(y, a, axis=None, dtype=None, ddof=0, *, keepdims=False, where=True, mean=None, correction=None):
    """The mean of |a - mean|²: a mean that is not given is where it is least, and has no influence."""
    x = centred(a, mean, axis, dtype, where)
    less = freedom(count(y, a, axis, keepdims, where), ddof, correction)
    x_dot = dot[a] if mean is None else dot[a] - dot[mean]
    dot[y] = 2 * np.sum(product(x, x_dot), axis=axis, keepdims=keepdims, where=where) / less
    x_bar = taken(where, conjugated(x) * spread(2 * bar[y] / less, axis, keepdims))
    bar[a] = x_bar
    bar[mean] = unbroadcast(-x_bar, np.shape(mean))


@rule(np.std, selects="where", complex=True)
def std(y, a, axis=None, dtype=None, ddof=0, *, keepdims=False, where=True, mean=None, correction=None):
    """Zero where y is: a norm of the centred a."""
    x = centred(a, mean, axis, dtype, where)
    less = freedom(count(y, a, axis, keepdims, where), ddof, correction) * (y + (y == 0))
    x_dot = dot[a] if mean is None else dot[a] - dot[mean]
    dot[y] = np.sum(product(x, x_dot), axis=axis, keepdims=keepdims, where=where) / less
    x_bar = taken(where, conjugated(x) * spread(bar[y] / less, axis, keepdims))
    bar[a] = x_bar
    bar[mean] = unbroadcast(-x_bar, np.shape(mean))


@rule(np.nanvar, selects=True, complex=True)
def nanvar(y, a, axis=None, dtype=None, ddof=0, *, keepdims=False, where=True, mean=None, correction=None):
    there = numbers(a, where)
    n = np.sum(there, axis=axis, keepdims=keepdims, dtype=y.dtype)
    x = centred(a, mean, axis, dtype, there)
    less = freedom(n, ddof, correction)
    x_dot = dot[a] if mean is None else dot[a] - dot[mean]
    dot[y] = 2 * np.sum(product(x, x_dot), axis=axis, keepdims=keepdims, where=there) / less
    x_bar = np.where(there, conjugated(x) * spread(2 * bar[y] / less, axis, keepdims), 0)
    bar[a] = x_bar
    bar[mean] = unbroadcast(-x_bar, np.shape(mean))


@rule(np.nanstd, selects=True, complex=True)
def nanstd(y, a, axis=None, dtype=None, ddof=0, *, keepdims=False, where=True, mean=None, correction=None):
    there = numbers(a, where)
    n = np.sum(there, axis=axis, keepdims=keepdims, dtype=y.dtype)
    x = centred(a, mean, axis, dtype, there)
    less = freedom(n, ddof, correction) * (y + (y == 0))
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


def neighbours(x, place, n, dtype):
    """Where the two neighbours of each place are, first all lower and then all upper ones, and their shares."""
    low = np.clip(np.floor(place), 0, np.maximum(n - 2, 0))
    shares = np.nan_to_num(np.concatenate((1 - (place - low), place - low), axis=-1))
    at = in_order(x, np.concatenate((low, np.minimum(low + 1, n - 1)), axis=-1))
    return at, np.astype(shares, dtype)


def between(x, at, shares):
    """What is at the places, as (slices, quantiles)."""
    low, high = np.split(np.where(shares == 0, 0, np.take_along_axis(x, at, -1) * shares), 2, axis=-1)
    return low + high


def back_between(y_bar, x, at, shares):
    """The adjoint of `between`."""
    shared = np.where(shares == 0, 0, np.concatenate((y_bar, y_bar), axis=-1) * shares)
    return untake_along(shared, x.shape, at, -1)


def rises(x, at, place, n, method, dtype):
    """How fast `between` rises with the quantile: not at all where its place stays at an end, or at an element."""
    low, high = np.split(np.take_along_axis(x, at, -1), 2, axis=-1)
    if method == "linear":
        return (high - low) * np.asarray(n - 1, dtype=dtype)
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
    return (high - low) * np.asarray(np.where((place == 0) | (place == n - 1), 0, speed), dtype=dtype)


def over_slices(x):
    """The sums along all axes but the last."""
    return np.sum(x, axis=tuple(range(x.ndim - 1)))


@rule(np.quantile, passive="weights", selects=True)
def quantile(y, a, q, axis=None, *, method="linear", keepdims=False, weights=None):
    x, n, place = places(a, q, axis, method, weights)
    at, shares = neighbours(x, place, n, y.dtype)
    rise = rises(x, at, place, n, method, y.dtype)
    moved = between(merged(dot[a], axis), at, shares) + rise * np.ravel(dot[q])
    dot[y] = quantiles_first(moved, q, np.shape(y))
    y_bar = quantiles_last(bar[y], x, q)
    bar[a] = unmerged(back_between(y_bar, x, at, shares), a.shape, axis)
    bar[q] = np.reshape(over_slices(rise * y_bar), np.shape(q))


@rule(np.percentile, passive="weights", selects=True)
def percentile(y, a, q, axis=None, *, method="linear", keepdims=False, weights=None):
    x, n, place = places(a, np.true_divide(q, 100), axis, method, weights)
    at, shares = neighbours(x, place, n, y.dtype)
    rise = rises(x, at, place, n, method, y.dtype) / 100
    moved = between(merged(dot[a], axis), at, shares) + rise * np.ravel(dot[q])
    dot[y] = quantiles_first(moved, q, np.shape(y))
    y_bar = quantiles_last(bar[y], x, q)
    bar[a] = unmerged(back_between(y_bar, x, at, shares), a.shape, axis)
    bar[q] = np.reshape(over_slices(rise * y_bar), np.shape(q))


@rule(np.nanquantile, passive="weights", selects=True)
def nanquantile(y, a, q, axis=None, *, method="linear", keepdims=False, weights=None):
    x, n, place = nan_places(a, q, axis, method, weights)
    at, shares = neighbours(x, place, n, y.dtype)
    rise = rises(x, at, place, n, method, y.dtype)
    moved = between(merged(dot[a], axis), at, shares) + rise * np.ravel(dot[q])
    dot[y] = quantiles_first(moved, q, np.shape(y))
    y_bar = quantiles_last(bar[y], x, q)
    bar[a] = unmerged(back_between(y_bar, x, at, shares), a.shape, axis)
    bar[q] = np.reshape(over_slices(rise * y_bar), np.shape(q))


@rule(np.nanpercentile, passive="weights", selects=True)
def nanpercentile(y, a, q, axis=None, *, method="linear", keepdims=False, weights=None):
    x, n, place = nan_places(a, np.true_divide(q, 100), axis, method, weights)
    at, shares = neighbours(x, place, n, y.dtype)
    rise = rises(x, at, place, n, method, y.dtype) / 100
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


# ---- covariances ----------------------------------------------------------------------------


def rows(m, rowvar):
    """The variables of m as the rows of a matrix."""
    if m.ndim < 2:
        return np.reshape(m, (1, -1))
    return m if rowvar else m.T


def other_rows(y, rowvar):
    """The same of a second array, where NumPy takes one row for one variable, be it a column or not."""
    if y.ndim < 2 or rowvar:
        return rows(y, True)
    return y if y.shape[0] == 1 else y.T


def variables(m, y, rowvar):
    """The variables of both as rows."""
    return rows(m, rowvar) if y is None else np.concatenate((rows(m, rowvar), other_rows(y, rowvar)), axis=0)


def of_first(x_bar, m, y, rowvar):
    """The adjoint of m from that of all variables."""
    part = x_bar if y is None else x_bar[: rows(m, rowvar).shape[0]]
    if m.ndim < 2:
        return np.reshape(part, m.shape)
    return part if rowvar else part.T


def of_other(x_bar, m, y, rowvar):
    """The adjoint of y."""
    part = x_bar[rows(m, rowvar).shape[0] :]
    if y.ndim < 2:
        return np.reshape(part, y.shape)
    return part if rowvar or y.shape[0] == 1 else part.T


def hermitian(x):
    """The conjugate transpose."""
    return conjugated(x).T


def weighted(x, fweights, aweights):
    """x times the weights of the observations."""
    x = x if fweights is None else x * fweights
    return x if aweights is None else x * aweights


def cov_divisor(x, ddof, fweights, aweights):
    """What the sum of products is divided by."""
    if fweights is None and aweights is None:
        return x.shape[1] - ddof
    total = np.sum(fweights if aweights is None else weighted(aweights, fweights, None))
    if aweights is None:
        return total - ddof
    return total - ddof * np.sum(weighted(aweights * aweights, fweights, None)) / total


def cov_divisor_slopes(ddof, fweights, aweights):
    """How fast it grows with each of the aweights."""
    total = np.sum(weighted(aweights, fweights, None))
    squares = np.sum(weighted(aweights * aweights, fweights, None))
    return weighted(1 - ddof * (2 * aweights / total - squares / total**2), fweights, None)


def observed(x, fweights, aweights):
    """The variables less their means."""
    if fweights is None and aweights is None:
        return x - np.mean(x, axis=1, keepdims=True)
    weights = fweights if aweights is None else weighted(aweights, fweights, None)
    return x - np.average(x, axis=1, weights=weights, keepdims=True)


@rule(np.cov, complex=True)
def cov(c, m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None):
    """C = X W Xᴴ / d for variables X less their means, which have no influence since X W sums to zero."""
    less = (0 if bias else 1) if ddof is None else ddof
    x = observed(variables(m, y, rowvar), fweights, aweights)
    d = cov_divisor(x, less, fweights, aweights)
    half = variables(dot[m], None if y is None else dot[y], rowvar) @ hermitian(weighted(x, fweights, aweights)) / d
    both = np.reshape(half + hermitian(half), np.shape(c))
    g = np.atleast_2d(bar[c])
    x_bar = weighted((g + hermitian(g)) / d @ conjugated(x), fweights, aweights)
    bar[m] = of_first(x_bar, m, y, rowvar)
    if y is not None:
        bar[y] = of_other(x_bar, m, y, rowvar)
    if aweights is None:
        dot[c] = both
    else:
        moved = np.reshape(weighted(x, fweights, dot[aweights]) @ hermitian(x) / d, np.shape(c))
        slopes = cov_divisor_slopes(less, fweights, aweights)
        dot[c] = both + moved - c * np.sum(slopes * dot[aweights]) / d
        pulled = np.real(weighted(np.sum(x * (g @ conjugated(x)), axis=0), fweights, None))
        bar[aweights] = (pulled - slopes * np.sum(np.real(bar[c] * c))) / d


@rule(np.corrcoef, complex=True)
def corrcoef(r, x, y=None, rowvar=True, *, dtype=None):
    """R = Z Zᴴ for the variables less their means with norms of one; of a single variable it is constant."""
    centred = observed(variables(x, y, rowvar), None, None)
    size = np.linalg.norm(centred, axis=1, keepdims=True)
    z = centred / size
    moved = variables(dot[x], None if y is None else dot[y], rowvar)
    half = (moved - z * np.sum(product(z, moved), axis=1, keepdims=True)) @ hermitian(z) / size
    if r.ndim == 0:
        dot[r] = np.zeros_like(r)
        bar[x] = np.zeros_like(x)
    else:
        dot[r] = half + hermitian(half)
        z_bar = (bar[r] + hermitian(bar[r])) @ conjugated(z)
        pulled = (z_bar - conjugated(z) * np.sum(np.real(z_bar * z), axis=1, keepdims=True)) / size
        bar[x] = of_first(pulled, x, y, rowvar)
        if y is not None:
            bar[y] = of_other(pulled, x, y, rowvar)


# ---- histograms -----------------------------------------------------------------------------


@rule(np.bincount)
def bincount(y, x, weights=None, minlength=0):
    """yᵢ = Σ wⱼ over the j with xⱼ = i."""
    dot[y] = np.bincount(x, weights=dot[weights], minlength=minlength)
    bar[weights] = np.take(bar[y], x)


def bins_of(a, edges):
    """Which bin each element is in, and whether it is in any: the last one has both of its edges."""
    return np.searchsorted(edges[1:-1], a, side="right"), (a >= edges[0]) & (a <= edges[-1])


def parts(edges):
    """How far the edges of equal bins are from the first one, as parts of all."""
    return np.arange(edges.size, dtype=edges.dtype) / (edges.size - 1)


def ends(a):
    """Which elements are the least and which are the greatest."""
    return a == np.min(a, initial=np.inf), a == np.max(a, initial=-np.inf)


def ties(hit, a):
    """How many elements these are."""
    return np.maximum(np.sum(hit, dtype=a.dtype), 1)


def edges_tangent(edges, a_dot, a, bins, bins_dot, range, range_dot):
    """Edges are given, or of equal bins between given ends, or of such between the least and the greatest element."""
    if not isinstance(bins, (int, str)):
        return np.asarray(bins_dot)
    if range is not None:
        return range_dot[0] + (range_dot[1] - range_dot[0]) * parts(edges)
    low, high = ends(a)
    first = np.sum(np.where(low, a_dot, 0)) / ties(low, a)
    last = np.sum(np.where(high, a_dot, 0)) / ties(high, a)
    return first + (last - first) * parts(edges)


def edges_to_elements(edges_bar, edges, a, bins, range):
    """The adjoint of the elements from that of the edges."""
    if not isinstance(bins, (int, str)) or range is not None:
        return np.zeros_like(a)
    low, high = ends(a)
    first, last = np.sum(edges_bar * (1 - parts(edges))), np.sum(edges_bar * parts(edges))
    return np.where(low, first / ties(low, a), 0) + np.where(high, last / ties(high, a), 0)


def of_ends(edges_bar, edges):
    """The adjoint of the two ends that are given."""
    return np.stack((np.sum(edges_bar * (1 - parts(edges))), np.sum(edges_bar * parts(edges))))


@rule(np.histogram_bin_edges, view=True, passive="weights", sequences="bins range")
def histogram_bin_edges(edges, a, bins=10, range=None, weights=None):
    dot[edges] = edges_tangent(edges, dot[a], a, bins, dot[bins], range, dot[range])
    bar[a] = edges_to_elements(bar[edges], edges, a, bins, range)
    bar[bins] = bar[edges]
    bar[range] = of_ends(bar[edges], edges)


@rule(np.histogram, outputs=2, view=True, selects=True, sequences="bins range")
def histogram(h, edges, a, bins=10, range=None, density=None, weights=None):
    """Sums nₖ of weights, or numbers of elements; as a density hₖ = nₖ / (bₖ Σ n), b being the widths of the bins."""
    place, inside = bins_of(a, edges)
    edges_dot = edges_tangent(edges, dot[a], a, bins, dot[bins], range, dot[range])
    dot[edges] = edges_dot
    if density:
        total = np.sum(inside) if weights is None else np.sum(weights, where=inside)
        widths = np.diff(edges)
        dot[h] = -h * np.diff(edges_dot) / widths
        if weights is not None:
            sums_dot = np.histogram(a, edges, weights=dot[weights])[0]
            dot[h] = (sums_dot / widths - h * np.sum(sums_dot)) / total - h * np.diff(edges_dot) / widths
        sums_bar = (bar[h] / widths - np.sum(bar[h] * h)) / total
        moved = bar[edges] - undiff(bar[h] * h / widths, edges.shape)
    else:
        dot[h] = np.zeros_like(h) if weights is None else np.histogram(a, edges, weights=dot[weights])[0]
        sums_bar = bar[h]
        moved = bar[edges]
    bar[weights] = np.where(inside, np.take(sums_bar, place), 0)
    bar[a] = edges_to_elements(moved, edges, a, bins, range)
    bar[bins] = moved
    bar[range] = of_ends(moved, edges)


def along(given, i):
    """Bins or ranges of one of two axes: there is one for each, or one for both."""
    if isinstance(given, (tuple, list)) and len(given) == 2:
        return given[i]
    return given


@rule(np.histogram2d, outputs=3, view=True, selects=True, sequences="bins range")
def histogram2d(h, xedges, yedges, x, y, bins=10, range=None, density=None, weights=None):
    """As `histogram`, with the areas of the bins."""
    cell = cell_of((x, y), (xedges, yedges))
    dot[xedges] = edges_tangent(
        xedges, dot[x], x, along(bins, 0), along(dot[bins], 0), along(range, 0), along(dot[range], 0)
    )
    dot[yedges] = edges_tangent(
        yedges, dot[y], y, along(bins, 1), along(dot[bins], 1), along(range, 1), along(dot[range], 1)
    )
    if density:
        total = np.sum(cell >= 0) if weights is None else np.sum(weights, where=cell >= 0)
        widths, heights = np.expand_dims(np.diff(xedges), -1), np.diff(yedges)
        growth = np.expand_dims(np.diff(dot[xedges]), -1) / widths + np.diff(dot[yedges]) / heights
        dot[h] = -h * growth
        if weights is not None:
            sums_dot = np.histogram2d(x, y, (xedges, yedges), weights=dot[weights])[0]
            dot[h] = (sums_dot / (widths * heights) - h * np.sum(sums_dot)) / total - h * growth
        sums_bar = (bar[h] / (widths * heights) - np.sum(bar[h] * h)) / total
        xmoved = bar[xedges] - undiff(np.sum(bar[h] * h / widths, axis=1), xedges.shape)
        ymoved = bar[yedges] - undiff(np.sum(bar[h] * h / heights, axis=0), yedges.shape)
    else:
        dot[h] = np.zeros_like(h)
        if weights is not None:
            dot[h] = np.histogram2d(x, y, (xedges, yedges), weights=dot[weights])[0]
        sums_bar, xmoved, ymoved = bar[h], bar[xedges], bar[yedges]
    bar[weights] = np.where(cell >= 0, np.take(sums_bar, cell), 0)
    bar[x] = edges_to_elements(xmoved, xedges, x, along(bins, 0), along(range, 0))
    bar[y] = edges_to_elements(ymoved, yedges, y, along(bins, 1), along(range, 1))
    bar[range] = np.stack((of_ends(xmoved, xedges), of_ends(ymoved, yedges)))
    if isinstance(bins, (tuple, list)):
        bar[bins] = (xmoved, ymoved)
    else:
        bar[bins] = xmoved + ymoved


@rule(np.histogramdd, outputs=2, view=True, selects=True, sequences="sample bins range")
def histogramdd(h, edges, sample, bins=10, range=None, density=None, weights=None):
    """Of weights alone; where the sample varies, it is refused."""
    cell = cell_of(np.transpose(sample) if isinstance(sample, np.ndarray) else sample, edges)
    dot[edges] = zeros_of_list(edges)
    sums_dot = np.histogramdd(sample, bins, range, weights=dot[weights])[0]
    if density:
        total = np.sum(weights, where=cell >= 0)
        dot[h] = (sums_dot / volumes(edges) - h * np.sum(sums_dot)) / total
        bar[weights] = np.where(cell >= 0, np.take((bar[h] / volumes(edges) - np.sum(bar[h] * h)) / total, cell), 0)
    else:
        dot[h] = sums_dot
        bar[weights] = np.where(cell >= 0, np.take(bar[h], cell), 0)
