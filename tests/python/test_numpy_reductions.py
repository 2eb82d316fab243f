"""Reductions, scans and statistics as people call them: keywords by name and by position, methods and functions."""

import math

import numpy as np

from tests.judge import Programs

PROGRAMS = Programs()
works, refused = PROGRAMS.works, PROGRAMS.refused
RNG = np.random.default_rng(11)
X = RNG.uniform(0.3, 1.7, (3, 4))
CUBE = RNG.uniform(0.3, 1.7, (2, 3, 4))
V = np.array([0.73, -1.31, 2.1, 0.35, -0.62])
W = np.array([0.2, 0.5, 0.1, 0.9, 0.3])
MASK = np.array([[True, False, True, True], [False, True, True, False], [True, True, False, True]])
HOLES = np.where(MASK, X, np.nan)
EDGES = np.array([-1.5, 0.0, 0.5, 2.5])


# ---- sums and means ---------------------------------------------------------------------------------


@works(X.copy())
def sums_by_name_and_by_position(x):
    a = np.sum(a=x, axis=0, keepdims=True) * np.sum(x, 1, keepdims=True)
    b = x.sum(-1, None, None) ** 2
    return np.sum(a) + np.sum(b, 0, None, None, False, 0.5) + x.sum(axis=(0, 1))


@works(CUBE.copy(), 0.3)
def start_of_a_sum_and_of_a_product(x, s):
    y = np.sum(x, axis=(0, -1), initial=s * 2) + x.sum(axis=(0, 2), initial=s)
    return np.sum(y) * np.prod(x, initial=s, where=x > 0.5) + np.sum(x.prod(axis=1, initial=s, keepdims=True))


@works(X.copy(), MASK)
def only_some_elements(x, m):
    y = x.mean(axis=1, where=m) + np.sum(x, axis=1, where=m) * np.var(x, axis=1, where=m) + x.std(1, where=m)
    return np.sum(y**2) + x.max(initial=0.1, where=m) + np.min(x, initial=9.0, where=m)


@works(np.array([[1.0, np.nan], [np.inf, 2.0]]), 0.5, want=[np.array([[3.5, 0.0], [0.0, 3.5]]), 7.0])
def what_is_left_out_never_gives_nan(x, k):
    ok = np.isfinite(x)
    return np.sum(x * k, where=ok) + np.mean(x**2, where=ok) + np.prod(x * 1.0, where=ok, initial=k * 2)


@works(np.array([2.0, np.nan, 4.0]), 0.5, want=[np.array([1.5, 0.0, 3.5]), -5.0])
def observations_that_are_missing(x, k):
    return np.nanmean((x - k) ** 2)


@works(np.array([2.0, np.nan, 4.0]), 0.5, want=[np.array([0.5, 0.0, 0.5]), 6.0])
def nan_beside_a_factor(x, k):
    y = np.where(np.isnan(x), 0.0, x * k)
    return np.sum(y)


@works(X.copy(), 1)
def axis_that_is_an_argument(x, axis):
    return (
        np.sum(np.sum(x, axis=axis) ** 2)
        + np.sum(np.mean(x, axis=axis) * np.max(x, axis=axis))
        + np.sum(np.cumsum(x, axis=axis) ** 2)
    )


@works(CUBE.copy())
def all_axes_but_the_first(x):
    axes = tuple(range(1, x.ndim))
    return np.sum(x.sum(axis=axes) * np.prod(x, axis=axes) + x.std(axis=axes))


@works(X.astype(np.float32), tol=1e-3)
def single_precision(x):
    y = (
        np.mean(x, axis=0)
        + np.var(x, axis=0, ddof=1)
        + x.std(0)
        + np.median(x, axis=0)
        + x.max(axis=0)
        - np.ptp(x, axis=0)
    )
    return np.sum(y * np.quantile(x, 0.3, axis=0)) + np.sum(np.linalg.norm(x, axis=1)) + np.sum(x, dtype=np.float64)


@works(X.copy())
def sum_into_an_array(x):
    total, product = np.zeros(4), np.ones(3)
    np.sum(x, axis=0, out=total)
    x.prod(axis=1, out=product)
    total *= 2.0
    np.cumsum(total, out=total)
    return np.sum(total**2) * np.sum(product)


@works(X.copy())
def result_that_is_changed_afterwards(x):
    y = np.mean(x, axis=0)
    z = y * y
    y -= 1.0
    y[0] = z[1]
    c = np.cumprod(y + 2.0)
    c[1:] += c[:-1]
    return np.sum(c * y)


@works(X.copy(), 3)
def normalised_again_and_again(x, n):
    for i in range(n):
        x = (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + 0.1 * (i + 1))
        if x.max() > 1.0:
            x = x / np.linalg.norm(x, ord=np.inf, axis=0, keepdims=True)
    return np.sum(x**3)


@works(V.copy(), W.copy())
def weighted_averages(x, w):
    a, total = np.average(x, weights=w, returned=True)
    return a * total + np.average(x**2, None, w) + np.average(x)


@works(CUBE.copy(), np.array([0.2, 0.5, 0.3]))
def averages_along_an_axis(x, w):
    a, total = np.average(x, 1, w, True)
    b = np.average(x, axis=1, weights=w, keepdims=True)
    return np.sum(a * total + b[:, 0]) + np.sum(np.average(x, axis=-2, weights=w) ** 2)


@works(X.copy(), X.mean(axis=0, keepdims=True), 0.5)
def moments_about_a_given_mean(x, m, s):
    return (
        np.sum(x.var(axis=0, mean=m))
        + np.std(x, mean=s * 2) * np.nanvar(x, mean=s)
        + np.sum(np.var(x, 1, correction=1))
    )


@works(X.copy(), np.array([0.2, 0.3, 0.4]))
def softmax_by_hand(x, b):
    e = np.exp(x - np.max(x, axis=1, keepdims=True)) * b[:, None]
    p = e / e.sum(axis=1, keepdims=True)
    return -np.sum(np.log(p) * p)


# ---- products and scans -------------------------------------------------------------------------------


@works(np.array([[0.5, 0.0, 2.0], [1.5, 3.0, 0.7]]))
def products_with_a_zero(x):
    return np.sum(np.prod(x, axis=1) * 2) + np.prod(x + 1.0) + np.sum(x.cumprod(axis=1)[:, 1:]) + np.nanprod(x + 0.5)


@works(np.array([1e-200, 1e-200, 1e300]), want=[np.array([1e100, 1e100, 0.0])])
def product_that_underflows(x):
    return np.prod(x)


@works(V.copy())
def scans(x):
    c = np.cumsum(x) * x.cumprod() + np.cumulative_sum(x) - np.cumulative_prod(x)
    d = np.cumulative_sum(x, include_initial=True) ** 2 + np.cumulative_prod(x, include_initial=True)
    return np.sum(c) + np.sum(d)


@works(X.copy())
def scans_along_axes(x):
    c = np.cumsum(x, 1) * np.cumprod(x, axis=0) + np.cumulative_prod(x, axis=-1, dtype=np.float64)
    return np.sum(c**2) + np.sum(np.cumulative_sum(x, axis=0, include_initial=True)[1:] * c) + np.cumsum(x)[5]


@works(HOLES.copy(), want=None)
def scans_that_ignore_nan(x):
    y = np.where(np.isnan(x), 0.0, x)
    return np.sum(np.nancumsum(x, axis=1) ** 2) + np.sum(np.nancumprod(y + 0.5, axis=0))


# ---- extrema and order ----------------------------------------------------------------------------------


@works(np.array([1.0, 3.0, 3.0]), np.array([2.0, 2.0]), 3.0, want=[[-1.0, 2, 2], [0.5, 0.5], 2])
def ties_are_shared(x, y, s):
    return np.max(x) * 2 + np.ptp(x) + np.amin(y) + np.max(x, initial=s) * 6 - x.max() * 3


@works(X.copy(), 0.4)
def medians_and_quantiles(x, q):
    m = np.median(x, axis=1, keepdims=True) + np.median(x) * np.median(x, axis=(0, 1))
    a = np.quantile(x, q, axis=0) * np.percentile(x, 100 * q, axis=0, method="hazen")
    b = np.quantile(x, [0.1, q, 0.8], axis=1, keepdims=True)
    return np.sum(m) + np.sum(a) + np.sum(b[1] * b[0] - b[2])


@works(HOLES.copy())
def order_that_ignores_nan(x):
    y = np.nanmedian(x, axis=1) + np.nanquantile(x, 0.3, axis=1) + np.nanpercentile(x, [20, 70], axis=1)[1]
    return np.sum(y) + np.nanmax(x) - np.nanmin(x) + np.nanstd(x, ddof=1)


@works(X.copy(), np.array([1.0, 2.0, 0.5, 1.0]))
def quantiles_with_weights(x, w):
    return np.sum(np.quantile(x, 0.4, axis=1, weights=w, method="inverted_cdf") ** 2)


@works(np.array([3.0, 1.0, 2.0]))
def where_the_extremes_are(x):
    i, j = np.argmax(x), x.argmin()
    return x[i] * x[j] + np.count_nonzero(x > 1.5) * x[1] + x.argsort()[0]


@works(V.copy(), 0.5)
def huber_loss_about_the_median(x, delta):
    r = np.abs(x - np.median(x))
    return np.mean(np.where(r < delta, r**2 / 2, delta * (r - delta / 2)))


@works(X.copy(), 0.1)
def clipped_to_quantiles(x, q):
    low, high = np.quantile(x, q), np.quantile(x, 1 - q)
    return np.sum(np.clip(x, low, high) ** 2)


# ---- norms ------------------------------------------------------------------------------------------------


@works(np.array([0.5, -2.0, 0.0, 1.5]), want=None)
def norms_of_vectors(x):
    n = np.linalg.norm(x, 3) + np.linalg.norm(x, np.inf) + np.linalg.norm(x[:2], ord=-1) + np.linalg.norm(x, 0)
    return n + np.linalg.vector_norm(x, ord=4) + np.linalg.norm(x)


@works(X - 1.0)
def norms_of_matrices(x):
    n = np.linalg.norm(x, "nuc") + np.linalg.norm(x, 2) + np.linalg.norm(x, -2) + np.linalg.norm(x, "fro", (0, 1))
    return n + np.linalg.norm(x, 1) * np.linalg.norm(x, -np.inf) + np.sum(np.linalg.norm(x, axis=1, keepdims=True) * x)


@works(CUBE - 1.0)
def norms_of_stacks(x):
    return np.sum(np.linalg.matrix_norm(x, ord="nuc") * np.linalg.norm(x, 2, (1, 2))) + np.sum(
        np.linalg.vector_norm(x, axis=(0, 2), keepdims=True) + np.linalg.norm(x, ord=1, axis=(-1, 0))[:, None]
    )


@works(V.copy(), 3)
def order_of_the_norm_is_an_argument(x, p):
    return np.linalg.norm(x, p) + np.linalg.norm(x, ord=p / 2.0) * math.sqrt(p)


@works(
    np.zeros((2, 2)),
    want=[np.full((2, 2), 0.0)],
)
def norms_have_no_slope_at_zero(x):
    vectors = np.linalg.norm(x) + np.linalg.norm(x[0], 1) + np.linalg.norm(x[1], np.inf) + np.linalg.norm(x[1], 2.5)
    small = np.linalg.norm(x[0], 0.5) + np.linalg.norm(x[0], -1)
    matrices = np.linalg.norm(x, 2) + np.linalg.norm(x, "nuc") + np.linalg.norm(x, 1) + np.linalg.norm(x, np.inf)
    return vectors + small + matrices + np.std(x)


@works(X[:, :3].copy())
def traces_and_diagonals(x):
    return x.trace() * np.trace(x, 1) + np.linalg.trace(x, offset=-1) + np.sum(np.linalg.diagonal(x) ** 2)


# ---- statistics ---------------------------------------------------------------------------------------------


@works(X.copy(), X[0] * X[1])
def covariances(x, y):
    c = np.cov(x, y) + np.cov(m=x, y=y, bias=True)
    return np.sum(c**2) + np.sum(np.corrcoef(x, y) ** 3) + np.cov(y) * np.corrcoef(y) + np.cov(x.T, rowvar=False)[0, 1]


@works(X.copy(), np.array([0.5, 1.0, 2.0, 0.7]))
def covariances_with_weights(x, w):
    c = np.cov(x, aweights=w, fweights=np.array([1, 2, 1, 1])) * np.cov(x, ddof=0, aweights=w)
    return np.linalg.det(np.cov(x, x[0] * 2 - x[1], aweights=w) + np.eye(4)) + np.sum(c)


@works(V.copy(), W.copy())
def counts_by_bins(x, w):
    k = np.digitize(x, np.array([-1.0, 0.0, 1.0]))
    sums = np.bincount(k, weights=w * x, minlength=6)
    sums[1] += 1.0
    return np.sum(sums**2) + np.sum(np.bincount(k, w))


@works(V.copy(), W.copy())
def histograms_with_weights(x, w):
    h, e = np.histogram(x, bins=4, weights=w)
    d, _ = np.histogram(x, 3, (-2.0, 2.5), True, w)
    h = h / h.sum()
    return np.sum(h**2 * (e[1:] - e[:-1])) + np.sum(d**3)


@works(V.copy(), EDGES.copy())
def histograms_of_given_edges(x, edges):
    h, e = np.histogram(x, edges, density=True)
    return np.sum(h * h * e[:-1]) + np.histogram_bin_edges(x, 3)[1]


@works(V.copy(), V[::-1] * 1.1, W.copy())
def histograms_of_two_variables(x, y, w):
    h, ex, ey = np.histogram2d(x, y, bins=(2, 3), weights=w)
    return np.sum(h**2 * np.diff(ex)[:, None]) * ey[1]


@works(W.copy())
def histograms_of_many_variables(w):
    points = np.linspace(0.0, 1.0, 15).reshape(5, 3) ** 2
    h, edges = np.histogramdd(points, bins=2, weights=w, density=True)
    return np.sum(h**2) + np.sum(edges[1])


@works(X.copy())
def standard_score_of_columns(x):
    z = (x - x.mean(0)) / x.std(0, ddof=1)
    skew = np.mean(z**3, axis=0)
    return np.sum(skew**2) + np.sum(np.mean(z**4, 0) - 3)


@works(V.copy())
def empty_slices_have_no_influence(x):
    return np.sum(x[:0]) + np.prod(x[5:]) * x[1] + np.max(x[:0], initial=0.0) + np.linalg.norm(x[:0]) + np.sum(x[:2])


@refused(V.copy())
def input_that_may_be_overwritten(x):
    return np.median(x, overwrite_input=True)


@refused(X.copy(), 0.5)
def degrees_of_freedom_that_vary(x, d):
    return np.var(x, ddof=d)


@refused(X.copy(), np.array([1.0, 2.0, 1.0, 1.0]))
def frequencies_that_are_floats(x, f):
    return np.sum(np.cov(x, fweights=f))


@refused(X.copy(), X.T.copy())
def weights_that_may_be_transposed(x, w):
    return np.average(x, axis=(1, 0), weights=w)


@refused(V.copy(), 2.5)
def order_of_a_norm_that_varies(x, p):
    return np.linalg.norm(x, p)


@refused(X.copy())
def histogram_of_points_that_vary(x):
    return np.sum(np.histogramdd(x, bins=2)[0])


test_right, test_refused = PROGRAMS.tests()
