"""Points of linear algebra."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2s_ad.rules import helpers
from tests.rules.samples.base import Sample, at, some, spd, turned

_A, _B = spd(3, 3), spd(2, 3, 3)
_G, _H = _A + some(3, 3), _B + some(2, 3, 3)
"""Not symmetric, so that a transposition that is missing shows."""
_APART = np.random.default_rng(3).normal(size=(2, 3, 3)) + np.diag([3.0, 2.0, -1.0])
"""With singular values far apart, whose vectors keep their phases nearby."""
_TALL, _WIDE, _TALLS, _WIDES = some(4, 3), some(3, 4), some(2, 4, 3), some(2, 3, 4)
_TALL[0] *= -2
_WIDE[:, 1] *= -2
_LOW = np.array([[0.3, -0.4], [0.5, 0.6], [-0.2, 0.3], [0.7, 0.1]]) @ np.array([[0.4, -0.1, 0.9], [0.2, 0.8, -0.3]])
"""Of rank 2."""
_C, _D = turned(_A), turned(_B)
_C, _D = (_C + np.conj(_C.mT)) / 2, (_D + np.conj(_D.mT)) / 2
"""Hermitian."""
_LOW_COMPLEX = turned(some(4, 2)) @ turned(some(2, 3))
_TURNING = np.array([[0.3, -1.2, 0.4], [0.9, 0.2, 0.1], [0.2, -0.3, 1.7]])
"""With complex eigenvalues."""


def _of_symmetric(fun: Callable[..., Any], a: Any, **kwargs: Any) -> Sample:
    return at(fun, a, primal=lambda a, **kwargs: fun((a + np.conj(a.mT)) / 2, **kwargs), **kwargs)


def _of_rank(fun: Callable[..., Any], a: Any, *args: Any, **kwargs: Any) -> Sample:
    """Return a sample of a matrix of lower rank, which moves among its like."""
    k = int(np.linalg.matrix_rank(a))

    def primal(a: Any, *args: Any, **kwargs: Any) -> Any:
        u, s, vh = np.linalg.svd(a, full_matrices=False)
        return fun((u[..., :k] * s[..., None, :k]) @ vh[..., :k, :], *args, **kwargs)

    return at(fun, a, *args, primal=primal, **kwargs)


LINALG = [
    *[at(fun, a) for fun in (np.linalg.inv, np.linalg.det, np.linalg.slogdet) for a in (_G, _H)],
    at(np.linalg.slogdet, -_G), at(np.linalg.inv, some(1, 1)), at(np.linalg.inv, some(0, 0)),
    at(np.linalg.det, _LOW[:3]), at(np.linalg.det, np.stack([_G, _LOW[:3]])),
    *[at(np.linalg.solve, a, b) for a, b in [(_G, some(3)), (_G, some(3, 2)), (_H, some(2, 3, 1)), (_H, some(3, 2)),
                                             (_H, some(3)), (_G, some(2, 3, 2))]],
    at(np.linalg.tensorsolve, _G.reshape(3, 1, 3), some(3, 1)), at(np.linalg.tensorsolve, some(2, 3, 6), some(2, 3)),
    at(np.linalg.tensorsolve, some(6, 2, 3), some(6)), at(np.linalg.tensorinv, some(2, 3, 6)),
    at(np.linalg.tensorinv, some(6, 3, 2), 1), at(np.linalg.tensorinv, some(4, 2, 2), ind=1),
    *[at(np.linalg.matrix_power, a, n) for a in (_G, _H) for n in (0, 1, 2, 5, -1, -3) if n != 1],
    *[at(np.linalg.multi_dot, xs) for xs in [
        (some(2, 3), some(3, 4)), (some(2, 3), some(3, 4), some(4, 2)), (some(3), some(3, 4), some(4, 2), some(2)),
        (some(3), some(3, 4), some(4, 2)), (some(2, 3), some(3, 4), some(4)), (some(3), some(3)),
        (some(3), some(3, 2)), (some(2, 3), some(3)), (some(2, 9), some(9, 1), some(1, 4), some(4, 5), some(5, 3)),
    ]],
    *[at(np.linalg.pinv, a) for a in (_TALL, _WIDE, _G, _TALLS, _WIDES)],
    *[_of_rank(np.linalg.pinv, a) for a in (_LOW, _LOW.T)],
    *[at(np.linalg.pinv, a, **{name: 0.2}) for a in (_TALL, _WIDE, _G, _TALLS, _WIDES) for name in ("rcond", "rtol")],
    at(np.linalg.pinv, _LOW, rcond=0.4), at(np.linalg.pinv, _TALL, 1e-12, wrt=(0,)),
    *[_of_symmetric(np.linalg.pinv, a, hermitian=True) for a in (_A, _B)],
    _of_symmetric(np.linalg.pinv, _A, hermitian=True, rcond=0.4),
    *[at(np.linalg.lstsq, a, b) for a in (_TALL, _WIDE, _G) for b in (some(len(a)), some(len(a), 2))],
    *[_of_rank(np.linalg.lstsq, a, b) for a in (_LOW, _LOW.T) for b in (some(len(a)), some(len(a), 2))],
    *[at(np.linalg.lstsq, a, b, rcond=0.2) for a in (_TALL, _WIDE) for b in (some(len(a)), some(len(a), 2))],
    *[_of_symmetric(np.linalg.cholesky, a, **kwargs) for a in (_A, _B) for kwargs in ({}, {"upper": True})],
    *[_of_symmetric(fun, a, **kwargs) for a in (_A, _B, spd(1, 1)) for fun in (np.linalg.eigh, np.linalg.eigvalsh)
      for kwargs in ({}, {"UPLO": "U"})],
    *[at(np.linalg.qr, a) for a in (_G, _H, _TALL, _WIDE, _TALLS, _WIDES, some(3, 1), some(1, 3))],
    *[at(np.linalg.qr, a, "complete") for a in (_G, _H, _WIDE, _WIDES)],
    *[at(np.linalg.svd, a, full_matrices=full) for a in (_G, _APART) for full in (True, False)],
    *[at(np.linalg.svd, a, False) for a in (_TALL, _WIDE, _TALLS, _WIDES, some(3, 1), some(1, 3))],
    *[_of_symmetric(np.linalg.svd, a, hermitian=True) for a in (_A, _B, _A - 2 * np.eye(3))],
    *[at(np.linalg.svdvals, a) for a in (_G, _H, _TALL, _WIDES)],
    *[at(np.linalg.cond, a, p=p) for a in (_G, _H) for p in (2, -2, 1, -1, np.inf, -np.inf, "fro", "nuc")],
    *[at(np.linalg.cond, a) for a in (_G, _H)],
    *[at(np.linalg.cond, a, p) for a in (_TALL, _WIDES) for p in (None, -2)],
    *[at(fun, a) for fun in (helpers.cofactors, helpers.inverse) for a in (some(3, 3), some(2, 3, 3))],
    at(helpers.cofactors, _LOW[:3]), *[at(helpers.cofactors_slope, a, a + 1) for a in (_G, _H, some(1, 1))],
    *[at(helpers.polar_factor, a) for a in (some(3, 3), some(2, 4, 3), some(2, 3), some(1, 1))],
    *[at(helpers.mixed, np.cumsum(w, axis=-1), some(*w.shape, 3)) for w in (some(3), some(2, 3))],
]  # fmt: skip

COMPLEX_LINALG = [
    *[at(fun, a) for fun in (np.linalg.eig, np.linalg.eigvals)
      for a in (_G, _H, _TURNING, np.stack([_G, _TURNING]), turned(_G), turned(_H))],
    *[_of_symmetric(np.linalg.cholesky, a, **kwargs) for a in (_C, _D) for kwargs in ({}, {"upper": True})],
    *[_of_symmetric(fun, a, **kwargs) for a in (_C, _D) for fun in (np.linalg.eigh, np.linalg.eigvalsh)
      for kwargs in ({}, {"UPLO": "U"})],
    *[_of_symmetric(np.linalg.svd, a, hermitian=True) for a in (_C, _D, _C - 2 * np.eye(3))],
    *[_of_symmetric(np.linalg.pinv, _C, hermitian=True, **kwargs) for kwargs in ({}, {"rcond": 0.4})],
    *[_of_rank(fun, a, *more) for a in (_LOW_COMPLEX, _LOW_COMPLEX.T)
      for fun, more in ((np.linalg.pinv, ()), (np.linalg.lstsq, (turned(some(len(a))),)))],
]  # fmt: skip
"""Points of matrices that are complex, or have complex eigenvalues."""
