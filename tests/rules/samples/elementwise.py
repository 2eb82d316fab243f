"""Points of functions of numbers: over scalars, vectors, broadcast pairs, 0-d and empty arrays."""

from __future__ import annotations

import math
import operator

import numpy as np

from tests.rules.samples.base import at, some

_UNARY_ARRAY = [
    np.negative, np.positive, np.square, np.reciprocal, np.abs, np.fabs, np.sqrt, np.cbrt, np.exp, np.exp2, np.expm1,
    np.log, np.log2, np.log10, np.log1p, np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan, np.radians,
    np.deg2rad, np.degrees, np.rad2deg, np.sinc, np.sinh, np.cosh, np.tanh, np.arcsinh, np.arctanh, np.nan_to_num,
    np.conj, np.real, operator.neg, operator.pos, abs, operator.abs, np.float64,
]  # fmt: skip
_UNARY_MATH = [
    math.fabs, math.sqrt, math.cbrt, math.exp, math.exp2, math.expm1, math.log, math.log2, math.log10, math.log1p,
    math.sin, math.cos, math.tan, math.asin, math.acos, math.atan, math.radians, math.degrees, math.sinh, math.cosh,
    math.tanh, math.asinh, math.atanh, math.erf, math.erfc, float,
]  # fmt: skip
_BINARY_ARRAY = [
    np.add, np.subtract, np.multiply, np.divide, np.mod, np.fmod, np.power, np.float_power, np.hypot, np.logaddexp,
    np.logaddexp2, np.arctan2, np.maximum, np.minimum, np.fmax, np.fmin, operator.add, operator.sub, operator.mul,
    operator.truediv, operator.mod, operator.pow, pow,
]  # fmt: skip
_BINARY_MATH = [math.fmod, math.remainder, math.pow, math.hypot, math.atan2, math.nextafter, max, min]
_PAIRS = [
    (0.4, 0.7), (some(3), some(3)), (some(2, 1), some(3)), (some(3), 0.55), (0.55, some(2, 3)),
    (np.array(0.8), some(2)), (some(0), some(1)), (some(2, 3), some(1, 3)),
]  # fmt: skip

ELEMENTWISE = [
    *[at(fun, x) for fun in _UNARY_ARRAY for x in (0.4, some(3), np.array(0.6), np.zeros((0, 2)) + 0.5)],
    *[at(fun, 0.4) for fun in _UNARY_MATH],
    *[at(fun, x) for fun in (np.arccosh,) for x in (1.5, some(3, low=1.2, high=2.0))],
    at(math.log, 0.7, 2.5),
    at(math.acosh, 1.5),
    *[at(fun, x, y) for fun in _BINARY_ARRAY for x, y in _PAIRS],
    *[at(fun, x, y) for fun in _BINARY_MATH for x, y in [(0.4, 0.7), (0.7, 0.4)]],
    at(np.abs, -some(3)),
    at(np.sinc, np.array([-2.0, -0.02, 0.0, 1e-5, 0.0299, 0.0301, 3.0])),
    at(operator.pow, some(3), 3, wrt=(0,)),
    at(operator.pow, np.array([-0.5, 0.0, 2.0]), 2, wrt=(0,)),
    at(operator.pow, -0.5, -3, wrt=(0,)),
    at(operator.pow, 2, some(3), wrt=(1,)),
    at(np.where, np.array([True, False, True]), some(3), some(2, 1)),
    at(np.where, True, 0.3, some(2)),
    at(np.where, some(2, 2) > 0.6, some(2, 2), 1.0),
    at(np.clip, some(4, low=0.0, high=1.0), 0.3, 0.7),
    at(np.clip, np.array([0.1, 0.5, 0.9]), np.array([[0.3], [0.2]]), some(3, low=0.6, high=0.8)),
    at(np.clip, np.array([0.1, 0.5, 0.9]), None, 0.7),
    at(np.clip, np.array([0.1, 0.5, 0.9]), 0.2, None),
    at(np.clip, np.array([0.1, 0.5, 0.9]), 0.8, 0.2),
    at(np.clip, 0.1, 0.2, 0.3),
    at(np.copysign, np.array([0.5, -0.3]), np.array([-1.0, -2.0]), wrt=(0, 1)),
    at(math.copysign, 0.5, -1.0, wrt=(0, 1)),
    at(np.mod, np.array([-2.3, 2.3, 5.1]), np.array([0.7, -0.7, 2.0])),
    at(np.fmod, np.array([-2.3, 2.3, 5.1]), np.array([0.7, -0.7, 2.0])),
    at(np.arctan2, np.array([-0.3, 0.3]), np.array([-0.5, -0.5])),
    at(divmod, -2.3, 0.7),
    at(np.divmod, np.array([-2.3, 2.3, 5.1]), np.array([0.7, -0.7, 2.0])),
    at(np.divmod, some(3), 0.3),
    at(math.modf, -2.3),
    at(np.modf, np.array([-2.3, 2.3, 5.1])),
    *[at(math.remainder, x, y) for x, y in [(5.3, 2.0), (-5.3, 2.0), (4.7, -2.0)]],
    *[at(math.frexp, x) for x in (5.3, -0.3)],
    at(np.unwrap, 9 * some(5)),
    at(np.unwrap, 9 * some(3, 4), axis=0),
    at(np.unwrap, 9 * some(3, 4), 3.5, 1, wrt=(0,)),
    at(np.unwrap, 9 * some(5), period=2.5),
    *[at(fun, x) for fun in (math.gamma, math.lgamma) for x in (0.4, 3.7, -1.3)],
    *[at(np.i0, x) for x in (0.4, -some(3), 9 * some(2, 3), np.array(0.6), some(0))],
    *[at(np.kaiser, n, beta, wrt=(1,)) for n, beta in [(5, 2.5), (4, 8.6), (1, 2.5), (0, 2.5), (2, -1.5)]],
    *[at(np.frexp, x) for x in (np.array([-2.3, 0.3, 5.1]), 0.7, np.array(0.7), some(2, 3), some(0))],
    *[at(fun, 0.7, n) for fun in (math.ldexp, np.ldexp) for n in (3, -2)],
    *[at(np.ldexp, x, np.array([2, -1, 0])) for x in (some(3), some(2, 1), 0.7)],
    *[at(np.nextafter, x, y, wrt=(0,)) for x, y in _PAIRS],
    *[at(math.hypot, *xs) for xs in [(0.4,), (0.4, -0.7, 0.2), (0.1, 0.2, 0.3, 0.4)]],
    *[at(math.dist, p, q) for p, q in [([0.4, 0.7], [0.1, -0.3]), ((0.4,), [0.7]), ((0.1, 0.2, 0.3), (1.0, 2.0, 3.0))]],
    at(math.dist, some(3), some(3)),
    *[
        at(np.heaviside, x, y, wrt=(1,))
        for x, y in [
            (0.0, 0.4),
            (np.array([-1.0, 0.0, 2.0]), 0.4),
            (np.array([[0.0], [1.0]]), some(3)),
            (np.array(0.0), some(2)),
        ]
    ],
    at(np.nan_to_num, np.array([0.4, np.nan, np.inf, -np.inf]), nan=0.5, posinf=7.0, neginf=-7.0),
    at(np.nan_to_num, np.array([0.4, np.nan, 0.7]), True, 0.5, wrt=(2,)),
    at(np.nan_to_num, np.array([0.4, np.nan]), True, np.array([0.5, 0.6]), wrt=(2,)),
    at(np.nan_to_num, np.array([np.inf, np.nan, 0.7]), True, 0.5, 7.0, wrt=(2, 3)),
    at(np.nan_to_num, np.array([np.inf, np.nan, 0.7, -np.inf]), True, 0.5, 7.0, np.array([-7.0]), wrt=(2, 3, 4)),
    *[at(np.clip, np.array([0.1, 0.5, 0.9]), low, high) for low, high in [(None, None), (0.8, some(3, high=0.7))]],
    at(np.copysign, np.array([0.5, -0.3, 0.4]), np.array([[1.0], [-2.0]]), wrt=(0, 1)),
    at(np.copysign, 0.5, np.array([1.0, -2.0]), wrt=(0,)),
]
