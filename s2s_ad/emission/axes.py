"""Axes that are inserted, as an index: `x[:, None]` takes a tenth of the time of `np.expand_dims(x, 1)`.

>>> from s2s_ad.ir.kinds import INT
>>> from s2s_ad.ir.ops import op
>>> x, y = Var("x", Array("float64", "nn")), Var("y", Array("float64", "nnn"))
>>> new_axes(Eqn((y,), op("numpy.expand_dims"), (x, Lit(-2, INT))))
(False, True, False)
"""

from __future__ import annotations

from s2s_ad.ir.core import Arg, Eqn, Lit, Seq, Source, Var
from s2s_ad.ir.kinds import Array


def new_axes(eqn: Eqn) -> tuple[bool, ...] | None:
    """Return for each axis of a result whether an equation inserts it; None where it does another thing.

    What the user writes stays as it is.
    """
    if eqn.op.path != "numpy.expand_dims" or eqn.kwargs or isinstance(eqn.origin, Source):
        return None
    x, where = eqn.args
    given = where.items if isinstance(where, Seq) else (where,)
    axes = [axis.value for axis in given if isinstance(axis, Lit)]
    known = _rank(x)
    if known is None or len(axes) < len(given):
        return None
    rank = known + len(axes)
    inserted = {axis % rank for axis in axes}
    return tuple(axis in inserted for axis in range(rank))


def is_outer_product(eqn: Eqn) -> bool:
    """Say whether an equation that a rule made multiplies each number of one array with each of another."""
    ours = eqn.op.path == "numpy.outer" and not eqn.kwargs and not isinstance(eqn.origin, Source)
    return ours and all(_rank(arg) == 1 for arg in eqn.args)


def _rank(arg: Arg) -> int | None:
    """Return how many axes an array has, None where it may be a number or that is not known."""
    if not isinstance(arg, Var) or not isinstance(arg.kind, Array) or not arg.kind.axes:
        return None
    return len(arg.kind.axes)
