"""Points of polynomials, and of convolutions."""

from __future__ import annotations

import numpy as np
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre, polynomial

from tests.rules.samples.base import at, some

_PAIRS = [(some(4), some(4)), (some(4), some(2)), (some(2), some(4)), (some(3), 0.5), (0.5, some(3)), (0.5, 0.25)]
_LEADING = np.array([0.0, 0.0, 0.4, 0.7])

POLYNOMIALS = [
    *[at(fun, x, y, mode) for fun in (np.convolve, np.correlate) for mode in ("full", "same", "valid")
      for x, y in [(some(5), some(3)), (some(3), some(5)), (some(4), some(2)), (some(2), some(4)), (some(3), some(3)),
                   (some(6), some(3)), (some(3), some(6)), (some(1), some(4)), (some(4), some(1)), (some(1), some(1))]],
    *[at(fun, some(4), some(2)) for fun in (np.convolve, np.correlate)],
    at(np.convolve, 0.5, some(3)), at(np.convolve, some(3), np.array(0.5), "same"),
    at(np.convolve, some(3), some(2), mode="valid"),
    *[at(np.polyval, p, x) for p in (some(4), some(1)) for x in (0.6, np.array(0.6), some(3), some(2, 3), some(0))],
    at(np.polyval, some(0), some(3)),
    *[at(np.poly, some(n)) for n in (1, 2, 4)],
    at(np.vander, some(3)), at(np.vander, some(3), 2), at(np.vander, some(3), 5, True), at(np.vander, some(3), N=1),
    at(np.vander, some(3), increasing=True), at(np.vander, some(0), 3),
    *[at(fun, p, q) for fun in (np.polyadd, np.polysub, np.polymul) for p, q in _PAIRS],
    *[at(np.polydiv, p, q) for p, q in [(some(5), some(3)), (some(3), some(3)), (some(2), some(3)), (some(4), some(1)),
                                        (some(3), 0.5), (0.5, some(2))]],
    at(np.polydiv, np.convolve([1.0, 2.0], [3.0, 1.0, 0.5]), np.array([1.0, 2.0]), wrt=()),
    at(np.polyint, some(3)), at(np.polyint, some(3), 2), at(np.polyint, some(3), 1, 0.5),
    at(np.polyint, some(3), 3, some(3)),
    at(np.polyint, some(3), 2, some(1)), at(np.polyint, some(3), 2, 0.5), at(np.polyint, some(3), 1, some(3)),
    at(np.polyint, some(3), m=2), at(np.polyint, some(0)),
    at(np.polyder, some(4)), at(np.polyder, some(4), 2), at(np.polyder, some(4), m=3), at(np.polyder, some(2), 4),
    at(np.polyder, some(1)),
    *[at(np.polyfit, np.linspace(0.0, 2.0, 6) + some(6, high=0.5), some(6), deg) for deg in (0, 1, 3)],
    at(np.polyfit, np.linspace(0.0, 2.0, 6), some(6, 2), 2), at(np.polyfit, np.linspace(0.0, 2.0, 4), some(4), 3),
    at(np.polyfit, np.linspace(0.0, 2.0, 6), some(6), 2, 1e-13, wrt=(0, 1)),
    at(np.polyfit, np.linspace(0.0, 2.0, 6), some(6), 2, None, False, some(6)),
    at(np.polyfit, np.linspace(0.0, 2.0, 6), some(6, 2), 1, None, False, some(6)),
    at(np.polyfit, np.linspace(0.0, 2.0, 4), some(4), 0, None, False, some(4)),
]  # fmt: skip

SERIES = [
    at(fun, x, c)
    for fun in (polynomial.polyval, chebyshev.chebval, legendre.legval, hermite.hermval, hermite_e.hermeval,
                laguerre.lagval)
    for x, c in [(some(3), some(4)), (0.6, some(3)), (some(2, 3), some(2)), (some(3), some(1)), (some(3), some(3, 2)),
                 (0.6, some(4, 2)), (some(2, 3), some(3, 2, 2)), (np.array(0.6), some(3)), (some(0), some(3))]
]  # fmt: skip

ROOTS = [
    at(np.roots, p) for p in (np.array([1.0, -3.0, 2.5]), np.array([2.0, 0.3, 1.0, -4.0, 1.5]), np.array([0.5, 2.0]))
]
"""Their results are complex."""
