"""Points of means, moments, order statistics and histograms."""

from __future__ import annotations

import numpy as np

from tests.rules.samples.base import apart, at, some
from tests.rules.samples.reductions import AXES, HOLES, MASK

_MEANS, _NAN_MEANS = (np.mean,), (np.nanmean,)
_SPREADS, _NAN_SPREADS = (np.var, np.std), (np.nanvar, np.nanstd)
_FILLED, _HOLED = (*_MEANS, *_SPREADS), (*_NAN_MEANS, *_NAN_SPREADS)

MEANS = [
    *[at(fun, some(2, 3, 4), **kwargs) for fun in (*_FILLED, *_HOLED) for kwargs in AXES],
    *[at(fun, some(2, 3), 1) for fun in (*_FILLED, *_HOLED)],
    *[at(fun, np.array(0.4)) for fun in (np.mean, np.nanmean)], *[at(fun, 0.4) for fun in (np.mean, np.nanmean)],
    *[at(fun, some(0, 3), axis=1) for fun in (np.mean, np.nanmean)],
    *[at(fun, some(2, 3), where=MASK) for fun in (*_FILLED, *_HOLED)],
    *[at(fun, some(3, 3), axis=1, where=np.array([True, False, True])) for fun in (*_FILLED, *_HOLED)],
    *[at(fun, some(2, 3), axis=1, where=MASK, keepdims=True) for fun in (*_FILLED, *_HOLED)],
    *[at(fun, some(2, 3), axis=1, dtype=np.float64) for fun in (*_FILLED, *_HOLED)],
    *[at(fun, HOLES, **kwargs) for fun in _HOLED for kwargs in ({}, {"axis": 1}, {"axis": -1, "keepdims": True})],
    *[at(fun, HOLES, where=MASK) for fun in _HOLED],
    *[at(fun, some(5), ddof=1) for fun in (*_SPREADS, *_NAN_SPREADS)],
    *[at(fun, some(5), correction=1) for fun in (*_SPREADS, *_NAN_SPREADS)],
    *[at(fun, some(2, 3), axis=1, ddof=0.5, where=MASK) for fun in (*_SPREADS, *_NAN_SPREADS)],
    *[at(fun, some(3, 4), axis=0, ddof=2, keepdims=True) for fun in (*_SPREADS, *_NAN_SPREADS)],
    *[at(fun, some(3, 4), axis=0, also=("mean",), mean=some(1, 4)) for fun in (*_SPREADS, *_NAN_SPREADS)],
    *[at(fun, some(3, 4), also=("mean",), mean=0.2, ddof=1) for fun in (*_SPREADS, *_NAN_SPREADS)],
    *[at(fun, HOLES, axis=1, also=("mean",), mean=some(2, 1), keepdims=True) for fun in _NAN_SPREADS],
    *[at(np.average, some(2, 3), **kwargs) for kwargs in AXES[:5]],
    at(np.average, some(2, 3), returned=True),
    *[at(np.average, some(2, 3), also=("weights",), weights=some(2, 3), **kwargs) for kwargs in AXES[:5]],
    *[
        at(np.average, some(2, 3), also=("weights",), weights=some(2, 3), returned=True, **kwargs)
        for kwargs in AXES[:5]
    ],
    at(np.average, some(4), weights=some(4)), at(np.average, some(3), also=("weights",), weights=some(3)),
    at(np.average, some(2, 3, 4), 1, some(3)), at(np.average, some(2, 3, 4), -1, some(4), True, keepdims=True),
    at(np.average, some(2, 3, 4), (2, 0), some(4, 2)), at(np.average, some(2, 3, 4), 0, some(2), True),
]  # fmt: skip

_METHODS = (
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull",
    "linear", "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest",
)  # fmt: skip
_QUANTILES, _NAN_QUANTILES = (np.quantile, np.nanquantile), (np.nanquantile,)
_PERCENTILES, _NAN_PERCENTILES = (np.percentile, np.nanpercentile), (np.nanpercentile,)
_COUNTS = np.array([2.0, 1.0, 3.0])

ORDER = [
    *[at(fun, apart(2, 3, 4), **kwargs) for fun in (np.median, np.nanmedian) for kwargs in AXES],
    *[at(fun, apart(3, 3), **kwargs) for fun in (np.median, np.nanmedian) for kwargs in AXES[:5]],
    *[at(fun, value) for fun in (np.median, np.nanmedian) for value in (np.array(0.4), 0.4, some(1))],
    *[at(np.nanmedian, HOLES, **kwargs) for kwargs in AXES[:5]],
    *[at(fun, apart(2, 3, 4), 0.37, **kwargs) for fun in _QUANTILES for kwargs in AXES],
    *[at(fun, apart(2, 3, 4), 37.0, **kwargs) for fun in _PERCENTILES for kwargs in AXES],
    *[at(fun, apart(2, 5), np.array([0.1, 0.63]), **kwargs) for fun in _QUANTILES for kwargs in AXES[:5]],
    *[at(fun, apart(2, 5), np.array([[10.1, 63.0], [0.3, 99.0]]), **kwargs)
      for fun in _PERCENTILES for kwargs in AXES[:5]],
    *[at(fun, apart(7), 0.37, method=method) for fun in _QUANTILES for method in _METHODS],
    *[at(fun, apart(7), 37.0, method=method) for fun in _PERCENTILES for method in _METHODS],
    *[at(fun, apart(7), np.array([0.02, 0.98]), method=method) for fun in _QUANTILES for method in _METHODS],
    *[at(fun, apart(7, 2), 50, axis=0) for fun in _PERCENTILES], *[at(fun, apart(4), 0) for fun in _PERCENTILES],
    *[at(fun, apart(1), 0.3) for fun in _QUANTILES], *[at(fun, np.array(0.4), 0.3) for fun in _QUANTILES],
    *[at(fun, HOLES, 0.37, **kwargs) for fun in _NAN_QUANTILES for kwargs in AXES[:5]],
    *[at(fun, HOLES, np.array([37.0, 80.0]), **kwargs) for fun in _NAN_PERCENTILES for kwargs in AXES[:5]],
    *[at(fun, HOLES, 0.37, axis=1, method=method) for fun in _NAN_QUANTILES for method in _METHODS],
    at(np.quantile, apart(2, 3), 0.37, axis=1, weights=_COUNTS, method="inverted_cdf"),
    *[at(fun, apart(2, 3), 37.0, weights=apart(2, 3), method="inverted_cdf") for fun in _PERCENTILES],
    *[at(fun, HOLES, 0.4, axis=1, weights=apart(2, 3), method="inverted_cdf") for fun in _NAN_QUANTILES],
]  # fmt: skip

_FREQUENCIES = np.array([1, 2, 1, 3, 1])
_COVARIANCES = (np.cov, np.corrcoef)

COVARIANCES = [
    *[at(fun, some(3, 5)) for fun in _COVARIANCES], *[at(fun, some(5)) for fun in _COVARIANCES],
    *[at(fun, some(1, 5)) for fun in _COVARIANCES], *[at(fun, some(5, 3), rowvar=False) for fun in _COVARIANCES],
    *[at(fun, some(5), some(5)) for fun in _COVARIANCES], *[at(fun, some(2, 5), some(5)) for fun in _COVARIANCES],
    *[at(fun, some(5), some(2, 5)) for fun in _COVARIANCES],
    *[at(fun, some(5, 2), some(5, 3), False) for fun in _COVARIANCES],
    *[at(fun, some(5, 2), some(1, 5), rowvar=False) for fun in _COVARIANCES],
    *[at(fun, some(3, 5), dtype=np.float64) for fun in _COVARIANCES],
    at(np.cov, some(3, 5), bias=True), at(np.cov, some(3, 5), ddof=2), at(np.cov, some(2, 5), None, True, False, 0),
    at(np.cov, some(3, 5), fweights=_FREQUENCIES), at(np.cov, some(3, 5), fweights=_FREQUENCIES, ddof=0),
    *[at(np.cov, some(3, 5), also=("aweights",), aweights=some(5), **kwargs)
      for kwargs in ({}, {"bias": True}, {"ddof": 2}, {"fweights": _FREQUENCIES})],
    at(np.cov, some(5), also=("aweights",), aweights=some(5)),
    at(np.cov, some(2, 5), some(5), also=("aweights",), aweights=some(5), fweights=_FREQUENCIES, ddof=0),
]  # fmt: skip

_PLACES = np.array([0, 3, 1, 3])
_X, _U, _V = apart(2, 3), np.array([0.31, 0.57, 0.9]), np.array([0.33, 0.41, 0.62])

HISTOGRAMS = [
    at(np.bincount, _PLACES, some(4)), at(np.bincount, _PLACES, also=("weights",), weights=some(4), minlength=6),
    *[at(np.histogram_bin_edges, some(5), *args) for args in ((), (3,), ("sqrt",))],
    at(np.histogram_bin_edges, some(5), np.array([0.2, 0.5, 0.9])),
    at(np.histogram_bin_edges, some(2, 5), 3, (0.1, 0.8)),
    at(np.histogram, _X, np.array([0.2, 0.5, 0.95]), also=("weights",), weights=some(2, 3)),
    *[at(np.histogram, _X, also=("weights",), weights=some(2, 3), **kwargs) for kwargs in (
        {"bins": 3}, {"bins": 3, "range": (0.35, 0.8), "density": False}, {"density": True, "bins": 3},
        {"density": True, "bins": 4},
    )],
    at(np.histogram, _X, np.array([0.2, 0.5, 0.85]), also=("weights",), weights=some(2, 3), density=True),
    at(np.histogram, _X, also=("weights", "range"), weights=some(2, 3), density=True, bins=4, range=(0.2, 0.77)),
    at(np.histogram, _X, np.array([0.2, 0.5, 0.85]), density=True), at(np.histogram, _X, density=True, bins=3),
    at(np.histogram, _X, 3, (0.22, 0.77), density=True), at(np.histogram, _X, 3), at(np.histogram, _X, 3, (0.2, 0.7)),
    *[at(np.histogram2d, _U, _V, also=("weights",), weights=some(3), **kwargs) for kwargs in (
        {}, {"bins": 3, "density": True}, {"bins": (2, 3)}, {"bins": (3, 2), "density": True},
    )],
    *[at(np.histogram2d, _U, _V, also=("weights", "range"), weights=some(3), **kwargs) for kwargs in (
        {"bins": 3, "range": ((0.2, 0.7), (0.3, 0.95))}, {"range": ((0.2, 0.95), (0.28, 0.97)), "density": True},
    )],
    at(np.histogram2d, _U, _V, bins=2, density=True), at(np.histogram2d, _U, _V),
    at(np.histogram2d, _U, _V, np.array([0.2, 0.5, 0.95]), density=True),
    at(np.histogram2d, _U, _V, (np.array([0.2, 0.5, 0.95]), np.array([0.25, 0.7])), density=True),
    at(np.histogram2d, _U, _V, (3, np.array([0.25, 0.7])), wrt=(0, 1)),
    at(np.histogramdd, apart(3, 2), (_U, _V), wrt=(), also=("weights",), weights=some(3)),
    *[at(np.histogramdd, apart(5, 3), wrt=(), also=("weights",), weights=some(5), **kwargs) for kwargs in (
        {"bins": 2}, {"bins": 2, "density": True}, {"bins": (2, 1, 3), "density": True},
        {"bins": 2, "range": [(0.2, 0.7), (0.3, 0.95), (0.0, 1.0)], "density": True},
    )],
]  # fmt: skip

STATISTICS = [*MEANS, *ORDER, *COVARIANCES, *HISTOGRAMS]
