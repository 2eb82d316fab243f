"""Points of SciPy's linear algebra."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import linalg

from s2s_ad.rules import helpers
from tests.rules.samples.base import Sample, at, some, spd


def _symmetric(a: Any) -> Any:
    return (a + a.mT) / 2


_A, _B, _C = spd(3, 3), spd(2, 3, 3), spd(3, 3)
_G, _H = _A + some(3, 3), _B + some(2, 3, 3)
"""Not symmetric, so that a transposition that is missing shows."""
_TALL, _WIDE = some(4, 2, low=-0.9), some(2, 4, low=-0.9)
_BAND = some(4, 5) + np.array([[0], [3], [0], [0]])
_FACTOR = linalg.lu_factor(_G)


def _of_symmetric(fun: Callable[..., Any], *args: Any, wrt: tuple[int, ...] | None = None, **kwargs: Any) -> Sample:
    """Return the sample of a function that reads one triangle of each matrix."""
    return at(fun, *args, wrt=wrt, primal=lambda *each, **more: fun(*map(_symmetric_matrix, each), **more), **kwargs)


def _symmetric_matrix(a: Any) -> Any:
    return _symmetric(a) if isinstance(a, np.ndarray) and a.ndim > 1 and a.shape[-1] == a.shape[-2] else a


def _of_one_triangle(a: Any, lower: bool) -> Any:
    c, _ = linalg.cho_factor(_symmetric(a), lower)
    return (np.tril(c) if lower else np.triu(c)), lower


_SYSTEMS = [(_G, some(3)), (_G, some(3, 2)), (_H, some(2, 3, 1)), (_H, some(3, 2)), (_G, some(2, 3, 2))]
_STRUCTURES = ("upper triangular", "lower triangular", "tridiagonal", "diagonal", "general", "gen")

SCIPY_LINALG = [
    *[at(fun, a) for fun in (linalg.inv, linalg.det, linalg.expm) for a in (_G, _H)],
    at(linalg.inv, _G, assume_a="gen", check_finite=False),
    *[_of_symmetric(linalg.inv, _A, assume_a=name, lower=lower) for name in ("sym", "pos") for lower in (True, False)],
    *[at(linalg.solve, a, b) for a, b in _SYSTEMS],
    *[at(linalg.solve, _G, b, transposed=True) for b in (some(3), some(3, 2))],
    *[at(linalg.solve, _G, some(3), assume_a=name) for name in _STRUCTURES],
    *[at(linalg.solve, _G, some(3, 2), assume_a=name, transposed=True) for name in _STRUCTURES],
    *[_of_symmetric(linalg.solve, _A, some(3), assume_a=name, lower=lower)
      for name in ("sym", "pos", "her") for lower in (True, False)],
    *[at(linalg.solve_triangular, a, b) for a, b in _SYSTEMS],
    *[at(linalg.solve_triangular, _G, some(3), trans, lower, unit)
      for trans in (0, 1, 2, "N", "T", "C") for lower in (True, False) for unit in (True, False)],
    at(linalg.solve_triangular, _H, some(2, 3, 2), trans=1, lower=True, check_finite=False),
    *[at(linalg.solve_banded, (2, 1), _BAND, b) for b in (some(5), some(5, 2))],
    at(linalg.solve_banded, (0, 0), _BAND[1:2], some(5)),
    *[_of_symmetric(linalg.cholesky, a, lower) for a in (_A, _B) for lower in (True, False)],
    _of_symmetric(linalg.cholesky, _A, lower=True, check_finite=False),
    *[at(linalg.cho_solve, (linalg.cholesky(_A, lower), lower), b)
      for b in (some(3), some(3, 2)) for lower in (True, False)],
    *[_of_symmetric(linalg.eigh, _A, lower=lower, driver="ev") for lower in (True, False)],
    _of_symmetric(linalg.eigh, _A, _C),
    *[_of_symmetric(linalg.eigvalsh, _A, lower=lower) for lower in (True, False)],
    _of_symmetric(linalg.eigvalsh, _A, _C),
    at(linalg.lu, _G), at(linalg.lu, _G[[2, 0, 1]]), at(linalg.lu_factor, _G), at(linalg.lu_factor, _G[[2, 0, 1]]),
    *[at(linalg.lu_solve, _FACTOR, b, trans) for b in (some(3), some(3, 2)) for trans in (0, 1)],
    at(linalg.lu_solve, linalg.lu_factor(_G[[2, 0, 1]]), some(3)),
    at(linalg.qr, _G), at(linalg.qr, _WIDE), *[at(linalg.qr, a, mode="economic") for a in (_WIDE, _TALL)],
    *[at(linalg.qr, a, mode="economic", pivoting=True) for a in (_G, _TALL, _WIDE)],
    at(linalg.svd, _G), at(linalg.svd, _G, full_matrices=False), at(linalg.svd, _TALL, full_matrices=False),
    at(linalg.svd, _WIDE, full_matrices=False, check_finite=False),
    *[at(linalg.svdvals, a) for a in (_G, _TALL, _WIDE)],
    *[at(linalg.polar, a) for a in (_G, _TALL)], *[at(linalg.polar, a, side="left") for a in (_G, _WIDE)],
    *[at(linalg.norm, a) for a in (_G, _TALL, some(3))], at(linalg.norm, _TALL, axis=0), at(linalg.norm, _G, "fro"),
    *[at(linalg.norm, some(3, low=-1.0), ord) for ord in (1, 2)], at(linalg.norm, _TALL, 2, 1, True),
    at(linalg.norm, _TALL, 1, axis=0), *[at(linalg.norm, a, ord) for a in (_G, _TALL) for ord in (2, "nuc")],
    *[at(linalg.pinv, a) for a in (_G, _TALL, _WIDE)],
    *[at(fun, a) for fun in (linalg.logm, linalg.sqrtm) for a in (_G, _A)],
    *[at(fun, a / 9) for fun in (linalg.cosm, linalg.sinm, linalg.tanm, linalg.coshm, linalg.sinhm, linalg.tanhm)
      for a in (_G, _A)],
    at(linalg.fractional_matrix_power, _G, 0.5, wrt=(0,)), at(linalg.fractional_matrix_power, _G, 3, wrt=(0,)),
    at(linalg.expm_frechet, _G, some(3, 3)), at(linalg.expm_frechet, _G, some(3, 3), compute_expm=False),
    at(linalg.solve_sylvester, _G, some(2, 2), some(3, 2)),
    at(linalg.solve_continuous_lyapunov, _G, some(3, 3)),
    *[at(linalg.solve_discrete_lyapunov, _G / 9, some(3, 3), method=method) for method in (None, "direct", "bilinear")],
    at(linalg.block_diag, some(2, 3), some(1, 2)), at(linalg.block_diag, some(2), 0.5, some(2, 1)),
    at(linalg.toeplitz, some(3)), at(linalg.toeplitz, some(3), some(4)), at(linalg.toeplitz, some(4), some(2)),
    at(linalg.circulant, some(4)), at(linalg.hankel, some(3)), at(linalg.hankel, some(3), some(4)),
    at(helpers.unblock_diagonal, some(3, 5), [some(2, 3), some(2)], wrt=(0,)),
    *[at(helpers.band_product, _BAND, x, 2, 1) for x in (some(5), some(5, 2))],
    *[at(helpers.band_of_outer, s, x, 2, 1) for s, x in [(some(5), some(5)), (some(5, 2), some(5, 2))]],
    at(helpers.transposed_band, _BAND, 2, 1),
    *[at(linalg.cho_factor, _A, lower, primal=_of_one_triangle) for lower in (True, False)],
    *[at(linalg.lstsq, a, b) for a, b in [(_TALL, some(4)), (_TALL, some(4, 2)), (_WIDE, some(2))]],
]  # fmt: skip
