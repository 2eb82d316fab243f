"""Points of methods of ufuncs."""

from __future__ import annotations

import numpy as np

from s2s_ad.ir.ops import op
from tests.rules.samples.base import Sample, at, some

_REDUCED = ["hypot", "logaddexp", "logaddexp2", "fmax", "fmin"]
_SCANNED = ["maximum", "minimum", "fmax", "fmin", "logaddexp"]
_AXES = [
    {},
    {"axis": 0},
    {"axis": -1},
    {"axis": None},
    {"axis": (0, 2), "keepdims": True},
    {"axis": 1, "keepdims": True},
]
_INDICES = [[0, 2, 4], [3, 1, 1, 4], [0], [2, 0]]


def of(path: str, *args: object, **kwargs: object) -> Sample:
    """Return a sample of a method, which is one object only under its path."""
    return at(op(f"numpy.{path}").fun, *args, **kwargs)  # type: ignore[arg-type]


UFUNCS = [
    *[of(f"{name}.reduce", some(2, 3, 4), **axes) for name in _REDUCED for axes in _AXES],
    *[of(f"{name}.reduce", x) for name in _REDUCED for x in (some(3), some(1))],
    *[of(f"{name}.reduce", some(2, 0), axis=0) for name in _REDUCED],
    *[
        of(f"{name}.reduce", some(2, 3), axis=1, where=np.array([True, False, True]))
        for name in ("logaddexp", "logaddexp2")
    ],
    *[of(f"{name}.accumulate", some(2, 3, 4), **axes) for name in _SCANNED for axes in ({}, {"axis": 1}, {"axis": -1})],
    *[of(f"{name}.accumulate", x) for name in _SCANNED for x in (some(5), some(1), some(0))],
    *[of("add.reduceat", some(5), indices) for indices in _INDICES],
    *[of("add.reduceat", some(2, 5), np.array(indices), axis=axis) for indices in _INDICES for axis in (1, -1)],
    of("add.reduceat", some(3, 2), [0, 2]),
]
