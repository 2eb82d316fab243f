"""Points of means, moments, order statistics and histograms."""

from __future__ import annotations

import numpy as np

from tests.rules.samples.base import at, some
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
    *[at(fun, some(3, 4), axis=0, by=("mean",), mean=some(1, 4)) for fun in (*_SPREADS, *_NAN_SPREADS)],
    *[at(fun, some(3, 4), by=("mean",), mean=0.2, ddof=1) for fun in (*_SPREADS, *_NAN_SPREADS)],
    *[at(fun, HOLES, axis=1, by=("mean",), mean=some(2, 1), keepdims=True) for fun in _NAN_SPREADS],
    *[at(np.average, some(2, 3), **kwargs) for kwargs in AXES[:5]],
    at(np.average, some(2, 3), returned=True),
    *[at(np.average, some(2, 3), by=("weights",), weights=some(2, 3), **kwargs) for kwargs in AXES[:5]],
    *[at(np.average, some(2, 3), by=("weights",), weights=some(2, 3), returned=True, **kwargs) for kwargs in AXES[:5]],
    at(np.average, some(4), weights=some(4)), at(np.average, some(3), by=("weights",), weights=some(3)),
    at(np.average, some(2, 3, 4), 1, some(3)), at(np.average, some(2, 3, 4), -1, some(4), True, keepdims=True),
    at(np.average, some(2, 3, 4), (2, 0), some(4, 2)), at(np.average, some(2, 3, 4), 0, some(2), True),
]  # fmt: skip

STATISTICS = [*MEANS]
