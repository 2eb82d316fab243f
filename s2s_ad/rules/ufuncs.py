"""Methods of ufuncs that are no other function of NumPy: reductions, scans and `reduceat`; y is the result."""

# pyright: basic

import numpy as np

from s2s_ad.ir.ops import op
from s2s_ad.rules.helpers import recurrence, running_places, shifted, unreduceat, untake_along
from s2s_ad.rules.language import rule
from s2s_ad.rules.macros import unreduce
from s2s_ad.rules.slots import bar, dot


def of(*paths):
    """The methods at these paths: NumPy makes another object of a method each time it is asked for."""
    return [op(f"numpy.{path}").fun for path in paths]


# ---- reductions -----------------------------------------------------------------------------


@rule(*of("hypot.reduce"))
def hypot_reduce(y, x, axis=0, *, keepdims=False):
    """A norm of real numbers: zero at zero."""
    total = unreduce(y, x.shape, axis, keepdims)
    slope = x / (total + (total == 0))
    dot[y] = np.sum(slope * dot[x], axis=axis, keepdims=keepdims)
    bar[x] = slope * unreduce(bar[y], x.shape, axis, keepdims)


def shares(powers, axis, where):
    """The share of each in the sum of those that a mask leaves; of no powers it is zero."""
    kept = powers if where is None else np.where(where, powers, 0)
    total = np.sum(kept, axis=axis, keepdims=True)
    return kept / (total + (total == 0))


@rule(*of("logaddexp.reduce"))
def logaddexp_reduce(y, x, axis=0, *, keepdims=False, where=None):
    """The share of a term is its softmax; where all are -inf, each has an equal one."""
    share = shares(np.exp(np.fmin(x - unreduce(y, x.shape, axis, keepdims), 0)), axis, where)
    dot[y] = np.sum(share * dot[x], axis=axis, keepdims=keepdims)
    bar[x] = share * unreduce(bar[y], x.shape, axis, keepdims)


@rule(*of("logaddexp2.reduce"))
def logaddexp2_reduce(y, x, axis=0, *, keepdims=False, where=None):
    share = shares(np.exp2(np.fmin(x - unreduce(y, x.shape, axis, keepdims), 0)), axis, where)
    dot[y] = np.sum(share * dot[x], axis=axis, keepdims=keepdims)
    bar[x] = share * unreduce(bar[y], x.shape, axis, keepdims)


@rule(*of("fmax.reduce", "fmin.reduce"), selects=True)
def fmax_reduce(y, x, axis=0, *, keepdims=False):
    """Ties are shared equally; of nothing but nan no element is chosen."""
    hit = x == unreduce(y, x.shape, axis, keepdims)
    count = np.sum(hit, axis=axis, keepdims=keepdims, dtype=x.dtype)
    count = count + (count == 0)
    dot[y] = np.sum(np.where(hit, dot[x], 0), axis=axis, keepdims=keepdims) / count
    bar[x] = np.where(hit, unreduce(bar[y] / count, x.shape, axis, keepdims), 0)


# ---- scans ----------------------------------------------------------------------------------


@rule(*of("maximum.accumulate", "minimum.accumulate", "fmax.accumulate", "fmin.accumulate"), selects=True)
def maximum_accumulate(y, x, axis=0):
    """Each is an element of x: of equal ones the first, which was there when the others came."""
    places = running_places(y, axis)
    dot[y] = np.take_along_axis(dot[x], places, axis)
    bar[x] = untake_along(bar[y], x.shape, places, axis)


@rule(*of("logaddexp.accumulate"))
def logaddexp_accumulate(y, x, axis=0):
    """ẏᵢ = a ẏᵢ₋₁ + b ẋᵢ, where a and b are the shares of yᵢ₋₁ and xᵢ in yᵢ, and its adjoint backwards."""
    old, new = np.exp(np.fmin(shifted(y, 1, -np.inf, axis) - y, 0)), np.exp(np.fmin(x - y, 0))
    a, b = old / (old + new), new / (old + new)
    dot[y] = recurrence(a, b * dot[x], axis)
    bar[x] = b * np.flip(recurrence(np.flip(shifted(a, -1, 0.0, axis), axis), np.flip(bar[y], axis), axis), axis)


# ---- sums of slices -------------------------------------------------------------------------


@rule(*of("add.reduceat"), complex=True)
def add_reduceat(y, x, indices, axis=0):
    dot[y] = np.add.reduceat(dot[x], indices, axis=axis)
    bar[x] = unreduceat(bar[y], x.shape, indices, axis)
