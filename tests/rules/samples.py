"""A point for every derivative rule, by domain: (function, arguments) where it is smooth."""

from __future__ import annotations

import cmath
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import special

from s2s_ad.rules import helpers


@dataclass(frozen=True, eq=False)
class Sample:
    fun: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)
    wrt: tuple[int, ...] = ()
    """Positions of the arguments to differentiate by."""
    primal: Callable[..., Any] | None = None
    """What the rule is the derivative of, if it is not fun itself (which reads one triangle)."""

    def __str__(self) -> str:
        shapes = ",".join(str(getattr(arg, "shape", arg)) for arg in self.args)
        return f"{getattr(self.fun, '__name__', self.fun)}({shapes},{self.kwargs or ''})".replace(" ", "")


def is_float(value: Any) -> bool:
    """Say whether a sample argument can carry a derivative."""
    if isinstance(value, tuple | list):
        return any(map(is_float, value))
    return isinstance(value, float | complex) or (isinstance(value, np.ndarray) and value.dtype.kind in "fc")


def at(
    fun: Callable[..., Any],
    *args: Any,
    wrt: tuple[int, ...] | None = None,
    primal: Callable[..., Any] | None = None,
    **kwargs: Any,
) -> Sample:
    found = tuple(i for i, arg in enumerate(args) if is_float(arg)) if wrt is None else wrt
    return Sample(fun, args, kwargs, found, primal)


_random = np.random.default_rng(7)


def some(*shape: int, low: float = 0.3, high: float = 0.9) -> Any:
    """Return an array in general position."""
    return _random.uniform(low, high, shape)


def spd(*shape: int) -> Any:
    """Return (a stack of) positive definite matrices, well conditioned and with distinct eigenvalues."""
    a = some(*shape, low=-0.5)
    return a @ a.mT + np.diag(np.arange(1.0, shape[-1] + 1))


# ---- elementwise: every function over scalars, vectors, broadcast pairs, 0-d and empty --------

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
_BINARY_MATH = [math.fmod, math.pow, math.hypot, math.atan2, max, min]
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
]

# ---- reductions -------------------------------------------------------------------------------

_AXES: list[dict[str, Any]] = [
    {}, {"axis": 0}, {"axis": -1}, {"axis": 1, "keepdims": True}, {"keepdims": True}, {"axis": (0, 2)},
    {"axis": (-1, 0), "keepdims": True},
]  # fmt: skip

REDUCTIONS = [
    *[
        at(fun, some(2, 3, 4), **kwargs)
        for fun in (np.sum, np.mean, np.var, np.std, np.prod, np.max, np.amax, np.min, np.amin, np.ptp)
        for kwargs in _AXES
    ],
    *[at(fun, some(2, 3), 1) for fun in (np.sum, np.mean, np.var, np.std, np.prod, np.max, np.min)],
    *[at(fun, np.array(0.4)) for fun in (np.sum, np.mean, np.prod, np.max)],
    *[at(fun, some(0)) for fun in (np.sum, np.prod)],
    *[at(fun, some(0, 3), axis=1) for fun in (np.sum, np.mean, np.prod, np.max)],
    *[at(fun, some(5), ddof=1) for fun in (np.var, np.std)],
    at(np.var, some(3, 4), axis=0, ddof=2, keepdims=True),
    at(np.prod, np.array([0.5, 0.0, 0.7])),
    at(np.prod, np.array([[0.5, 0.0, 0.0], [0.2, 0.0, 0.3]]), axis=1),
    *[at(fun, some(2, 3, 2), **kwargs) for fun in (np.cumsum, np.cumprod) for kwargs in _AXES[:3]],
    at(np.cumprod, np.array([0.5, 0.0, 0.7, 0.0, 2.0])),
    *[at(fun, some(0)) for fun in (np.cumsum, np.cumprod)],
    at(np.trace, some(3, 4)),
    at(np.trace, some(3, 4), 1),
    at(np.trace, some(2, 3, 4), offset=-1, axis1=2, axis2=1),
    *[at(np.linalg.norm, some(3, 4), **kwargs) for kwargs in (
        {}, {"ord": "fro"}, {"axis": 1}, {"axis": 0, "keepdims": True}, {"ord": 1, "axis": 1}, {"ord": 2, "axis": 0},
        {"axis": (0, 1)},
    )],
    *[at(np.linalg.norm, some(4), ord) for ord in (None, 1, 2)],
]  # fmt: skip

# ---- shape --------------------------------------------------------------------------------------

SHAPE = [
    at(np.copy, some(3)), at(np.array, some(2, 3)), at(np.asarray, some(2, 3)), at(np.ascontiguousarray, some(3)),
    at(np.astype, some(3), np.float64),
    at(np.full, (2, 3), 0.5), at(np.full, (2, 3), some(3)), at(np.full_like, some(2, 3), 0.5, wrt=(0, 1)),
    at(np.reshape, some(2, 6), (3, 4)), at(np.reshape, some(2, 6), -1), at(np.reshape, some(2, 6), (3, 4), order="F"),
    at(np.ravel, some(2, 3)), at(np.ravel, some(2, 3), "F"), at(np.ravel, np.array(0.5)),
    at(np.expand_dims, some(3), 0), at(np.expand_dims, some(3), (0, -1)),
    at(np.squeeze, some(1, 3, 1)), at(np.squeeze, some(1, 3, 1), 0), at(np.squeeze, some(1, 3, 1), axis=(0, 2)),
    at(np.atleast_1d, np.array(0.5)), at(np.atleast_2d, some(3)), at(np.atleast_3d, some(2, 3)),
    at(np.broadcast_to, some(3), (2, 3)), at(np.broadcast_to, some(2, 1), (4, 2, 3)),
    at(np.transpose, some(2, 3, 4)), at(np.transpose, some(2, 3, 4), (1, 2, 0)),
    at(np.transpose, some(2, 3, 4), (-1, 0, 1)),
    at(np.matrix_transpose, some(2, 3, 4)), at(np.linalg.matrix_transpose, some(3, 4)),
    at(np.swapaxes, some(2, 3, 4), 0, -1), at(np.moveaxis, some(2, 3, 4), 0, -1),
    at(np.moveaxis, some(2, 3, 4), (0, 1), (1, 2)),
    at(np.flip, some(2, 3)), at(np.flip, some(2, 3), 1), at(np.flip, some(2, 3, 2), axis=(0, 2)),
    at(np.flipud, some(2, 3)), at(np.fliplr, some(2, 3)),
    at(np.rot90, some(2, 3)), at(np.rot90, some(2, 3), 2), at(np.rot90, some(2, 3, 4), -1, axes=(1, 2)),
    at(np.roll, some(5), 2), at(np.roll, some(2, 3), 1, axis=1), at(np.roll, some(2, 3), (1, -1), axis=(0, 1)),
    at(np.concatenate, (some(2, 3), some(1, 3))), at(np.concatenate, [some(2, 3), some(2, 0), some(2, 2)], axis=-1),
    at(np.concatenate, (some(2, 3), some(2)), axis=None),
    at(np.stack, (some(2, 3), some(2, 3))), at(np.stack, (some(2), some(2), some(2)), axis=-1),
    at(np.vstack, (some(3), some(2, 3))), at(np.hstack, (some(3), some(2))), at(np.hstack, (some(2, 1), some(2, 3))),
    at(np.column_stack, (some(3), some(3, 2))), at(np.dstack, (some(2, 3), some(2, 3))),
    at(np.dstack, (some(3), some(3))),
    at(np.append, some(3), some(2)), at(np.append, some(3), 0.5), at(np.append, some(2, 3), some(1, 3), axis=0),
    at(np.split, some(6), 3), at(np.split, some(2, 6), [1, 4], axis=1), at(np.array_split, some(7), 3),
    at(np.repeat, some(3), 2), at(np.repeat, some(2, 3), 2, axis=1),
    at(np.repeat, some(2, 3), np.array([0, 2, 3]), axis=-1),
    at(np.repeat, some(2, 3), 2),
    at(np.tile, some(3), 2), at(np.tile, some(2, 3), (2, 1)), at(np.tile, some(2, 3), (2, 1, 2)),
    at(np.tile, some(2, 3), 2),
    at(np.pad, some(3), 2), at(np.pad, some(2, 3), (1, 2)), at(np.pad, some(2, 3), ((1, 0), (0, 2))),
    at(np.diagonal, some(3, 4)), at(np.diagonal, some(2, 3, 4), 1, 1, 2), at(np.diagonal, some(3, 3), -1),
    at(np.diag, some(3)), at(np.diag, some(3), 1), at(np.diag, some(3, 4)), at(np.diag, some(3, 4), k=-1),
    at(np.tril, some(3, 4)), at(np.tril, some(2, 3, 3), -1), at(np.triu, some(3, 4), 1),
]  # fmt: skip

# ---- products -----------------------------------------------------------------------------------

_MATMUL = [
    (some(3), some(3)), (some(3), some(3, 2)), (some(2, 3), some(3)), (some(2, 3), some(3, 4)), (some(0), some(0)),
    (some(0, 3), some(3, 2)),
]  # fmt: skip
_BATCHED = [
    (some(3), some(2, 3, 4)), (some(5, 2, 3), some(3)), (some(5, 2, 3), some(3, 4)), (some(2, 3), some(5, 3, 4)),
    (some(5, 1, 2, 3), some(4, 3, 2)),
]  # fmt: skip

PRODUCTS = [
    *[at(fun, x, y) for fun in (np.matmul, operator.matmul) for x, y in _MATMUL + _BATCHED],
    *[at(np.dot, x, y) for x, y in [*_MATMUL, *_BATCHED[:3], (some(6, 2, 3), some(5, 3, 4))]],
    *[at(np.dot, x, y) for x, y in [(np.array(0.4), some(3)), (some(2, 2), np.array(0.3))]],
    *[at(np.inner, x, y) for x, y in [(some(3), some(3)), (some(3), some(2, 3)), (some(2, 3), some(3)),
                                      (some(2, 3), some(4, 3)), (np.array(0.5), some(2))]],
    at(np.vdot, some(3), some(3)), at(np.vdot, some(2, 3), some(2, 3)),
    *[at(np.tensordot, some(2, 3, 4), y, axes) for y, axes in [
        (some(4, 3), 1), (some(3, 4, 2), 2), (some(3), 0), (some(3, 4), 2),
    ]],
    at(np.tensordot, some(3, 4), some(3, 4)),
    *[at(np.einsum, subscripts, *operands) for subscripts, *operands in [
        ("ij,jk->ik", some(2, 3), some(3, 4)), ("ij,jk", some(2, 3), some(3, 4)), ("i,i->", some(3), some(3)),
        ("ij->i", some(2, 3)), ("ii->i", some(3, 3)), ("ii", some(3, 3)), ("ij->ji", some(2, 3)), ("ba", some(2, 3)),
        ("ij,k->k", some(2, 3), some(4)), ("iij,j->ij", some(2, 2, 3), some(3)),
        ("...ij,jk->...ik", some(5, 2, 3), some(3, 4)),
        ("b...i,...i->b...", some(2, 5, 3), some(1, 3)), ("...i,...i", some(4, 3), some(3)),
        ("i, j -> i j", some(2), some(3)),
    ]],
    at(np.outer, some(3), some(2)), at(np.outer, some(2, 2), some(3)), at(np.outer, np.array(0.4), some(3)),
]  # fmt: skip

# ---- selection ----------------------------------------------------------------------------------

SELECTION = [
    at(np.take, some(5), 2), at(np.take, some(5), np.array([0, 3, 3])),
    at(np.take, some(2, 3), np.array([[0, 5], [5, 1]])),
    at(np.take, some(2, 3), np.array([0, 2, 2, 1]), axis=1), at(np.take, some(2, 3, 2), np.array([[0, 2]]), axis=-2),
    at(np.take_along_axis, some(2, 3), np.array([[0, 0, 2, 1], [1, 1, 1, 0]]), 1),
    at(np.take_along_axis, some(3, 2), np.array([[0, 2]]), axis=0),
    at(np.sort, some(5)), at(np.sort, some(3, 4)), at(np.sort, some(3, 4), 0), at(np.sort, some(3, 4), axis=None),
    at(np.diff, some(5)), at(np.diff, some(5), 2), at(np.diff, some(3, 4), axis=0), at(np.diff, some(1)),
]  # fmt: skip

# ---- linear algebra -----------------------------------------------------------------------------

_A, _B = spd(3, 3), spd(2, 3, 3)
_G, _H = _A + some(3, 3), _B + some(2, 3, 3)
"""Not symmetric, so that a transposition that is missing shows."""


def _of_symmetric(fun: Callable[..., Any]) -> Callable[..., Any]:
    return lambda a: fun((a + a.mT) / 2)


LINALG = [
    *[at(fun, a) for fun in (np.linalg.inv, np.linalg.det, np.linalg.slogdet) for a in (_G, _H)],
    *[at(np.linalg.solve, a, b) for a, b in [(_G, some(3)), (_G, some(3, 2)), (_H, some(2, 3, 1)), (_H, some(3, 2)),
                                             (_H, some(3)), (_G, some(2, 3, 2))]],
    *[at(fun, a, primal=_of_symmetric(fun)) for a in (_A, _B)
      for fun in (np.linalg.cholesky, np.linalg.eigh, np.linalg.eigvalsh)],
]  # fmt: skip

# ---- the helpers of emitted modules ---------------------------------------------------------------

HELPERS = [
    at(helpers.unbroadcast, some(2, 3), (3,)), at(helpers.unbroadcast, some(2, 3), (2, 1)),
    at(helpers.unbroadcast, some(2, 3), (2, 3)), at(helpers.unbroadcast, some(2, 3), ()),
    at(helpers.axes_last, some(2, 3, 4), (0, 2)), at(helpers.axes_last, some(2, 3), None),
    at(helpers.axes_back, some(3, 8), (2, 3, 4), (0, 2)), at(helpers.axes_back, some(6), (2, 3), None),
    at(helpers.shifted, some(2, 3), 1, 0.0, wrt=(0,)), at(helpers.shifted, some(2, 3), -1, 1.0, 0, wrt=(0,)),
    at(helpers.recurrence, some(4), some(4)), at(helpers.recurrence, some(3, 2), some(3, 2), 0),
    at(helpers.flattened, some(2, 3)), at(helpers.flattened, some(2, 3), "F"),
    at(helpers.unconcatenate, some(5), (some(2), some(3)), wrt=(0,)),
    at(helpers.unconcatenate, some(3, 3), (some(3), some(2, 3)), 0, wrt=(0,)),
    at(helpers.unconcatenate, some(5), (some(2), some(3, 1)), None, wrt=(0,)),
    at(helpers.joined, (some(3), some(2, 3)), (3, 3), 0), at(helpers.joined, (some(3), some(2)), (5,), None),
    at(helpers.unstack, some(2, 3), 1),
    at(helpers.undiagonal, some(3), (3, 4), 1), at(helpers.undiagonal, some(2, 1), (2, 3, 4), -1, 1, 2),
    at(helpers.unrepeat, some(2, 6), (2, 3), 2, 1), at(helpers.untile, some(4, 3), (2, 3), (2, 1)),
    at(helpers.unpad, some(5), (3,), 1), at(helpers.untake, some(3), (5,), np.array([0, 3, 3])),
    at(helpers.untake, some(2), (2, 3), 2, 1),
    at(helpers.untake_along, some(2, 4), (2, 3), np.array([[0, 0, 2, 1], [1, 1, 1, 0]]), 1),
    at(helpers.uneinsum, some(2, 4), some(3, 4), "ij,jk->ik", (2, 3), 0),
    at(helpers.uneinsum, some(2, 4), some(2, 3), "ij,jk->ik", (3, 4), 1),
    at(helpers.uneinsum, some(2), None, "ij->i", (2, 3), 0),
    at(helpers.resized, some(3, 4), (5, 2)), at(helpers.undiff, some(4)), at(helpers.undiff, some(3, 2), 2, 0),
]  # fmt: skip

# ---- Fourier transforms -----------------------------------------------------------------------------

_SIZES: list[dict[str, Any]] = [
    {}, {"n": 3}, {"n": 7}, {"n": 8, "axis": 0}, {"axis": 0}, {"norm": "ortho"}, {"norm": "forward", "n": 6},
    {"norm": "backward", "axis": -2},
]  # fmt: skip
_SIZES_ND: list[dict[str, Any]] = [
    {}, {"s": (3, 4), "axes": (0, 1)}, {"axes": (0, 2)}, {"s": (7, 2), "axes": (-1, 0), "norm": "ortho"},
    {"norm": "forward"},
]  # fmt: skip

FOURIER = [
    *[at(fun, some(4, 5), **kwargs) for fun in (np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft)
      for kwargs in _SIZES],
    *[at(fun, some(4, 6)) for fun in (np.fft.rfft, np.fft.irfft)],
    at(np.fft.fft, some(5), 3), at(np.fft.irfft, some(1, 3), 1, 1), at(np.fft.rfft, some(1)),
    *[at(fun, some(4, 2, 5), **kwargs)
      for fun in (np.fft.fftn, np.fft.ifftn, np.fft.fft2, np.fft.ifft2) for kwargs in _SIZES_ND],
    *[at(fun, some(4, 5), axes) for fun in (np.fft.fftshift, np.fft.ifftshift) for axes in (None, 1, (0, 1))],
    at(helpers.unirfft, some(4, 5)), at(helpers.unirfft, some(4, 5), 0), at(helpers.unirfft, some(4, 5), norm="ortho"),
    at(helpers.unirfft, some(4, 6), -1, "forward"),
]  # fmt: skip

# ---- SciPy ----------------------------------------------------------------------------------------

_UNARY_SPECIAL = [
    special.erf, special.erfc, special.ndtr, special.log_ndtr, special.expit, special.log_expit, special.logit,
    special.gammaln, special.gamma, special.psi, special.entr,
]  # fmt: skip

SCIPY = [
    *[at(fun, x) for fun in _UNARY_SPECIAL for x in (0.4, some(3))],
    *[at(fun, x, y) for fun in (special.xlogy, special.xlog1py) for x, y in [(0.4, 0.7), (some(2, 1), some(3))]],
    at(special.polygamma, 1, some(3)),
    *[at(fun, some(2, 3)) for fun in (special.logsumexp, special.softmax, special.log_softmax)],
    *[at(fun, some(2, 3), axis=1) for fun in (special.logsumexp, special.softmax, special.log_softmax)],
    at(special.logsumexp, some(2, 3), axis=0, keepdims=True),
]

SAMPLES = [*ELEMENTWISE, *REDUCTIONS, *SHAPE, *PRODUCTS, *SELECTION, *LINALG, *HELPERS, *SCIPY]

# ---- complex numbers: all samples whose rule takes them, and functions of them ----------------------


def turned(value: Any) -> Any:
    """Return a sample argument with imaginary parts, in general position."""
    if isinstance(value, tuple | list):
        return type(value)(map(turned, value))
    made = value + 1j * _random.uniform(0.2, 0.8, np.shape(value))
    return made if isinstance(value, np.ndarray) else complex(made)


def of_complex(sample: Sample) -> list[Sample]:
    """Return the sample with complex arguments: with all of them, and with each alone."""
    alone = [(i,) for i in sample.wrt] if len(sample.wrt) > 1 else []
    found: list[Sample] = []
    for chosen in [sample.wrt, *alone]:
        args = tuple(turned(arg) if i in chosen else arg for i, arg in enumerate(sample.args))
        try:
            result = sample.fun(*args, **sample.kwargs)
        except TypeError:  # math's functions share rules with NumPy's, and know no complex numbers
            continue
        if result is not NotImplemented:
            found.append(Sample(sample.fun, args, sample.kwargs, sample.wrt, sample.primal))
    return found


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
    *[at(fun, z) for fun in (np.imag, np.real, np.angle, np.conj)
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
