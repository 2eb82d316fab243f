"""Methods and attributes of arrays as functions of NumPy."""

from __future__ import annotations

_SAME = """
    sum mean prod max min std var cumsum cumprod dot trace clip round any all argmax argmin argsort argpartition
    ravel squeeze swapaxes repeat take diagonal nonzero searchsorted astype copy choose compress
"""
METHODS: dict[str, str] = {name: f"numpy.{name}" for name in _SAME.split()} | {
    "transpose": "numpy.transpose",
    "reshape": "numpy.reshape",
    "flatten": "s2s_ad.rules.helpers.flattened",
}
"""`x.name(*args)` is `function(x, *args)`.

Not here: `sort` and `fill`, which work in place; `conj` and `conjugate`, which give x itself where
it is real while `np.conj` copies; `item` and `tolist`, which make Python objects.
"""

STAR_METHODS = frozenset({"transpose", "reshape"})
"""Methods whose tuple argument may be written out: `x.reshape(2, 3)`, `x.transpose(1, 0)`."""

ATTRIBUTES: dict[str, str] = {
    "T": "numpy.transpose",
    "mT": "numpy.matrix_transpose",
    "real": "numpy.real",
    "imag": "numpy.imag",
}
"""`x.name` is `function(x)`."""

PASSIVE_ATTRIBUTES = frozenset({"shape", "ndim", "size", "dtype", "nbytes", "itemsize", "strides"})
"""Attributes that carry no derivative."""
