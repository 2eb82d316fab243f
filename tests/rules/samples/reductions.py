"""Points of reductions and scans."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.rules.samples.base import apart, at, some

AXES: list[dict[str, Any]] = [
    {}, {"axis": 0}, {"axis": -1}, {"axis": 1, "keepdims": True}, {"keepdims": True}, {"axis": (0, 2)},
    {"axis": (-1, 0), "keepdims": True},
]  # fmt: skip
MASK = np.array([[True, False, True], [True, True, False]])
HOLES = np.array([[0.4, np.nan, 0.7], [0.5, 0.3, np.nan]])
"""An array with nan in it, so that no column is without a number."""
ZEROS = np.array([[0.5, 0.0, 0.0], [0.2, 0.0, 0.3]])

_SUMS, _NAN_SUMS = (np.sum, np.prod), (np.nansum, np.nanprod)
_EXTREMA, _NAN_EXTREMA = (np.max, np.amax, np.min, np.amin), (np.nanmax, np.nanmin)
_SCANS, _NAN_SCANS = (np.cumsum, np.cumprod), (np.nancumsum, np.nancumprod)
_CUMULATIVE: Any = (np.cumulative_sum, np.cumulative_prod)
_VECTOR: tuple[float, ...] = (2, 1, np.inf, -np.inf, 3, 2.5, 0.5, -1, -2.0, 0)
_MATRIX: tuple[Any, ...] = ("fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf)

SUMS = [
    *[at(fun, some(2, 3, 4), **kwargs) for fun in (*_SUMS, np.nansum, np.nanprod) for kwargs in AXES],
    *[at(fun, some(2, 3), 1) for fun in _SUMS],
    *[at(fun, np.array(0.4)) for fun in (*_SUMS, *_NAN_SUMS)],
    *[at(fun, 0.4) for fun in (*_SUMS, *_NAN_SUMS)],
    *[at(fun, some(0)) for fun in (*_SUMS, *_NAN_SUMS)],
    *[at(fun, some(0, 3), axis=1) for fun in (*_SUMS, *_NAN_SUMS)],
    *[at(fun, some(2, 3), where=MASK) for fun in (*_SUMS, *_NAN_SUMS)],
    *[at(fun, some(2, 3), axis=0, where=MASK[:, :1], keepdims=True) for fun in (*_SUMS, *_NAN_SUMS)],
    *[at(fun, some(2, 3), axis=1, also=("initial",), initial=0.3, where=MASK) for fun in (*_SUMS, *_NAN_SUMS)],
    *[at(fun, some(2, 3), also=("initial",), initial=0.3) for fun in (*_SUMS, *_NAN_SUMS)],
    *[at(fun, some(2, 3), axis=0, initial=2) for fun in (*_SUMS, *_NAN_SUMS)],
    *[at(fun, some(2, 3), axis=1, dtype=np.float64) for fun in (*_SUMS, *_NAN_SUMS)],
    *[at(fun, HOLES, **kwargs) for fun in _NAN_SUMS for kwargs in AXES[:5]],
    *[at(fun, HOLES, axis=0, where=MASK) for fun in _NAN_SUMS],
    *[at(fun, np.array([0.5, 0.0, 0.7])) for fun in (np.prod, np.nanprod)],
    *[at(fun, ZEROS, axis=1) for fun in (np.prod, np.nanprod)],
    *[at(fun, ZEROS, axis=(1, 0), keepdims=True, where=MASK) for fun in (np.prod, np.nanprod)],
    at(np.prod, ZEROS, also=("initial",), initial=0.7, axis=0), at(np.prod, some(3), also=("initial",), initial=0.0),
    at(np.nanprod, ZEROS, also=("initial",), initial=0.7, axis=0),
    at(np.trace, some(3, 4)), at(np.trace, some(3, 4), 1), at(np.trace, some(2, 3, 4), offset=-1, axis1=2, axis2=1),
    at(np.trace, some(3, 3), dtype=np.float64),
    at(np.linalg.trace, some(2, 3, 4)), at(np.linalg.trace, some(3, 3), offset=-1, dtype=np.float64),
    at(np.linalg.diagonal, some(3, 4)), at(np.linalg.diagonal, some(2, 3, 4), offset=1),
]  # fmt: skip

SCANS = [
    *[at(fun, some(2, 3, 2), **kwargs) for fun in (*_SCANS, *_NAN_SCANS) for kwargs in AXES[:3]],
    *[at(fun, some(2, 3), 1, dtype=np.float64) for fun in (*_SCANS, *_NAN_SCANS)],
    *[at(fun, HOLES, **kwargs) for fun in _NAN_SCANS for kwargs in AXES[:3]],
    *[at(fun, np.array([0.5, 0.0, 0.7, 0.0, 2.0])) for fun in (np.cumprod, np.nancumprod)],
    *[at(fun, ZEROS, axis=1) for fun in (np.cumprod, np.nancumprod)],
    *[at(fun, some(0)) for fun in (*_SCANS, *_NAN_SCANS, *_CUMULATIVE)],
    *[at(fun, np.array(0.4)) for fun in _SCANS],
    *[at(fun, some(4)) for fun in _CUMULATIVE],
    *[at(fun, some(4), include_initial=True) for fun in _CUMULATIVE],
    *[at(fun, some(2, 3), axis=-1, include_initial=True, dtype=np.float64) for fun in _CUMULATIVE],
    *[at(fun, some(2, 3), axis=0) for fun in _CUMULATIVE],
    at(np.cumulative_prod, np.array([0.5, 0.0, 0.7]), include_initial=True),
    *[at(fun, some(0), include_initial=True) for fun in _CUMULATIVE],
]

EXTREMA = [
    *[at(fun, apart(2, 3, 4), **kwargs) for fun in (*_EXTREMA, *_NAN_EXTREMA, np.ptp) for kwargs in AXES],
    *[at(fun, apart(2, 3), 1) for fun in (np.max, np.min)],
    *[at(fun, np.array(0.4)) for fun in (np.max, np.ptp)], *[at(fun, 0.4) for fun in (np.max, np.nanmin)],
    at(np.max, apart(0, 3), axis=1),
    *[at(fun, HOLES, **kwargs) for fun in _NAN_EXTREMA for kwargs in AXES[:5]],
    *[
        at(fun, apart(2, 3), also=("initial",), initial=initial, where=MASK, **kwargs)
        for fun in (*_EXTREMA, *_NAN_EXTREMA) for initial in (0.1, 1.2) for kwargs in AXES[:5]
    ],
    *[at(fun, apart(2, 3), axis=0, initial=0) for fun in (np.max, np.nanmax)],
    at(np.max, apart(0), also=("initial",), initial=0.5),
]  # fmt: skip

NORMS = [
    *[at(np.linalg.norm, some(3, 4), **kwargs) for kwargs in (
        {}, {"ord": "fro"}, {"axis": 1}, {"axis": 0, "keepdims": True}, {"ord": 1, "axis": 1}, {"ord": 2, "axis": 0},
        {"axis": (0, 1)}, {"keepdims": True}, {"ord": 3, "axis": -1, "keepdims": True}, {"ord": np.inf, "axis": (1,)},
    )],
    at(np.linalg.norm, some(2, 3, 2)), at(np.linalg.norm, np.array([0.4, -0.7, 0.0]), 3),
    *[at(np.linalg.norm, some(4, low=-0.9), ord, wrt=(0,)) for ord in (None, *_VECTOR)],
    *[at(np.linalg.norm, some(3, 4, low=-0.9), ord, wrt=(0,)) for ord in _MATRIX],
    *[at(np.linalg.norm, some(3, 2, 4, low=-0.9), ord, wrt=(0,), axis=(-1, 0), keepdims=True) for ord in _MATRIX],
    *[at(np.linalg.norm, some(2, 3, 4, low=-0.9), ord, wrt=(0,), axis=(1, 2)) for ord in _MATRIX],
    *[at(np.linalg.vector_norm, some(2, 3, 4), **kwargs) for kwargs in AXES],
    *[at(np.linalg.vector_norm, some(2, 3, low=-0.9), axis=axis, ord=p) for p in _VECTOR for axis in (None, 1)],
    *[at(np.linalg.matrix_norm, some(2, 3, 4, low=-0.9), ord=ord) for ord in _MATRIX],
    at(np.linalg.matrix_norm, some(3, 4), keepdims=True),
]  # fmt: skip

REDUCTIONS = [*SUMS, *SCANS, *EXTREMA, *NORMS]
