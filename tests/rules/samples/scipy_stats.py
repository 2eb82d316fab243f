"""Points of SciPy's distributions."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from tests.rules.samples.base import Sample, at, some, spd

_PLAIN = "norm laplace logistic cauchy expon uniform gumbel_r gumbel_l hypsecant halfnorm halfcauchy rayleigh maxwell"
_SHAPED = {"t": 3.4, "gamma": 2.3, "chi2": 3.2, "chi": 2.7, "invgamma": 1.9, "vonmises": 1.4}
_KNOWN = {"lognorm": 0.8, "weibull_min": 1.7, "pareto": 1.3, "powerlaw": 1.6}
_DENSITIES, _CUMULATED, _INVERSES = ("logpdf", "pdf"), ("cdf", "sf", "logcdf", "logsf"), ("ppf", "isf")
_INSIDE: dict[str, Any] = {"pareto": 1.9}


def _of(dist: str, name: str) -> Any:
    return getattr(getattr(stats, dist), name)


def _points(dist: str, name: str, *shapes: Any, active: bool) -> list[Sample]:
    """Return points of a method: a number, vectors, and all that broadcasts, with and without location and scale."""
    fun, x = _of(dist, name), _INSIDE.get(dist, 0.0) if name not in _INVERSES else 0.0
    wrt = tuple(range(1 + len(shapes) * active))
    moved = {"loc": 0.1, "scale": 1.3}
    return [
        at(fun, 0.6 + x, *shapes, wrt=wrt),
        at(fun, some(3) + 1.5 * x, *shapes, wrt=wrt, also=("loc", "scale"), **moved),
        at(fun, some(3) + x, *shapes, wrt=wrt, also=("scale",), scale=some(2, 1) * 0.4 + 0.9),
    ]


_SQUARE = spd(3, 3)


def _of_symmetric(fun: Any) -> Any:
    return lambda x, mean=None, cov=1: fun(x, mean=mean, cov=(cov + cov.T) / 2)


SCIPY_STATS = [
    *[point for dist in _PLAIN.split() for name in (*_DENSITIES, *_CUMULATED, *_INVERSES)
      for point in _points(dist, name, active=True)],
    *[point for dist, a in {**_SHAPED, **_KNOWN}.items() for name in _DENSITIES
      for point in _points(dist, name, a, active=True)],
    *[point for dist, a in _SHAPED.items() for name in (*_CUMULATED, *_INVERSES)
      for point in _points(dist, name, a, active=False)],
    *[point for dist, a in _KNOWN.items() for name in (*_CUMULATED, *_INVERSES)
      for point in _points(dist, name, a, active=True)],
    *[point for dist in ("beta", "f") for name in _DENSITIES for point in _points(dist, name, 2.3, 3.1, active=True)],
    *[point for dist in ("beta", "f") for name in (*_CUMULATED, *_INVERSES)
      for point in _points(dist, name, 2.3, 3.1, active=False)],
    at(stats.t.logpdf, some(2, 1), some(3) + 2, also=("loc",), loc=some(3)),
    at(stats.norm.logpdf, 40.0, also=("loc", "scale"), loc=0.3, scale=2.0),
    at(stats.expon.pdf, -0.4), at(stats.beta.pdf, 1.4, 2.0, 3.0, wrt=(0, 1, 2)),
    *[at(_of(dist, name), k, p, wrt=(1,), **more) for dist in ("poisson", "geom") for name in ("logpmf", "pmf")
      for k, p, more in [(3, 0.4, {}), (np.array([1, 4]), some(2), {"loc": -1}), (np.array([1.0, 2.0, 4.0]), 0.7, {})]],
    *[at(_of("bernoulli", name), k, p, wrt=(1,)) for name in ("logpmf", "pmf")
      for k, p in [(1, 0.4), (np.arange(2), some(3, 1))]],
    *[at(_of("poisson", name), k, p, wrt=(1,)) for name in _CUMULATED
      for k, p in [(2, 0.9), (np.array([0.5, 3.0]), some(2))]],
    *[at(_of("binom", name), k, n, p, wrt=(2,)) for name in ("logpmf", "pmf", "cdf", "sf")
      for k, n, p in [(2, 5, 0.4), (np.array([0.0, 3.0]), 4, some(2))]],
    *[at(_of("nbinom", name), k, n, p, wrt=(1, 2)) for name in ("logpmf", "pmf")
      for k, n, p in [(2, 3.4, 0.4), (np.array([0.0, 3.0]), 4.2, some(2))]],
    *[at(_of("multivariate_normal", name), x, also=("mean", "cov"), mean=some(3), cov=_SQUARE,
         primal=_of_symmetric(_of("multivariate_normal", name)))
      for name in _DENSITIES for x in (some(3), some(4, 3), some(2, 1, 3))],
    *[at(_of("multivariate_normal", name), x, also=("mean", "cov"), mean=some(3), cov=cov)
      for name in _DENSITIES for x in (some(3), some(4, 3)) for cov in (0.7, some(3))],
    *[at(_of("multivariate_normal", name), some(4, 3), also=("cov",), cov=_SQUARE,
         primal=_of_symmetric(_of("multivariate_normal", name))) for name in _DENSITIES],
]  # fmt: skip
