"""Points of functions of complex numbers; those of `base.of_complex` come from the real ones."""

from __future__ import annotations

import cmath
import operator

import numpy as np

from s2s_ad.rules import helpers
from tests.rules.samples.base import at, some, turned

_UNARY_CMATH = [
    cmath.sqrt, cmath.exp, cmath.log, cmath.log10, cmath.sin, cmath.cos, cmath.tan, cmath.asin, cmath.acos, cmath.atan,
    cmath.sinh, cmath.cosh, cmath.tanh, cmath.asinh, cmath.acosh, cmath.atanh,
]  # fmt: skip

OF_COMPLEX = [
    *[at(fun, z) for fun in _UNARY_CMATH for z in (0.4 + 0.3j, -0.4 - 0.3j, -1.5 + 0.2j)],
    *[at(fun, x) for fun in _UNARY_CMATH for x in (0.4, -0.3)],
    *[at(fun, x) for fun in (cmath.asin, cmath.acos, cmath.acosh, cmath.atanh, cmath.sqrt, cmath.log) for x in (-2.5,)],
    *[at(fun, z) for fun in (np.arcsin, np.arccos, np.arcsinh, np.arccosh, np.sqrt, np.log, np.arctan, np.arctanh)
      for z in (-2.0 + 0.1j, 0.1 - 2.0j, np.array([-0.3 + 1.7j, 2.0 - 0.1j]))],
    *[at(fun, z) for fun in (cmath.phase, cmath.polar) for z in (0.4 + 0.3j, -0.4 - 0.3j)],
    at(cmath.rect, 0.4, 0.7), at(cmath.rect, -0.4, 2.5),
    at(complex, 0.4), at(complex, 0.4, 0.7), at(complex, 0.4 + 0.1j),
    *[at(fun, x) for fun in (np.complex128, np.complex64) for x in (np.array([0.25, 0.5]), turned(some(3)))
      if fun is np.complex128],
    *[at(fun, z) for fun in (np.imag, np.real, np.angle, np.conj, np.sign)
      for z in (0.4 + 0.3j, turned(some(3)), turned(np.array(0.6)), -turned(some(2, 2)))],
    at(np.angle, turned(some(3)), True), at(np.angle, turned(some(3)), deg=True),
    at(helpers.real_power, 0.4, 0.7), at(helpers.conjugate, 0.4 + 0.3j), at(helpers.conjugate, 0.4),
    *[at(fun, x, y) for fun in (np.power, operator.pow)
      for x, y in [(-0.4, 0.3 + 0.2j), (np.array([-0.4, 0.2]), 1.5 - 1j), (-2.0 + 0.3j, 2), (0.3 - 0.8j, -3), (2j, 0.5),
                   (turned(some(3)), some(3)), (np.array([0j, 1j]), 2)]],
    at(np.astype, some(3), np.complex128), at(np.astype, turned(some(3)), np.complex128),
    at(np.array, some(3), complex), at(np.asarray, some(3), complex), at(np.full_like, turned(some(3)), 0.5, wrt=(1,)),
    at(np.vdot, turned(some(3)), some(3)), at(np.vdot, turned(some(2, 3)), turned(some(2, 3))),
    at(np.linalg.det, np.array([[1 + 1j, 2 - 1j], [2 + 2j, 4 - 2j]]) + 1e-3j),
    at(np.linalg.det, np.outer([1 + 1j, 2.0], [0.5, 1j])),
]  # fmt: skip
