"""Sizes of arrays, and new arrays, as equations."""

from __future__ import annotations

import numpy as np

from s2s_ad.frontend.context import Lowerer
from s2s_ad.ir.core import Arg, Lit, Slice, Var
from s2s_ad.ir.kinds import INT, UNKNOWN, Array, Opaque
from s2s_ad.ir.ops import GETATTR, GETITEM, op

SHAPE = Lit("shape", Opaque("str"))
"""The attribute of an array."""
_NONE = Lit(None, UNKNOWN)
WHOLE = Slice(_NONE, _NONE, _NONE)
"""The index `:`."""
_EMPTY = op("numpy.empty")
MADE = frozenset({"numpy.empty", "numpy.zeros"})
"""What makes an array of sizes."""


def size_of(lo: Lowerer, x: Arg, axis: int) -> Var:
    """Emit `x.shape[axis]`."""
    shape = lo.emit(GETATTR, [x, SHAPE], hint="")
    return lo.emit(GETITEM, [shape, Lit(axis, INT)], kind=INT, hint="")


def empty(lo: Lowerer, shape: Arg, kind: Array, hint: str) -> Var:
    """Emit an array of a kind that has no values yet."""
    named = () if kind.dtype == "float64" else (("dtype", Lit(np.dtype(kind.dtype), Opaque("dtype"))),)
    return lo.emit(_EMPTY, [shape], named, kind=kind, hint=hint)
