"""Points of reductions and scans."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.rules.samples.base import at, some

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
