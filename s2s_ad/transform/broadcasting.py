"""Sums over broadcast axes that rules ask for: decided here where the kinds say enough.

Rules whose operands are stacks that broadcast, such as `matmul`, write `unbroadcast(x_bar, x.shape)`.
"""

from __future__ import annotations

from s2s_ad.frontend.calls import builtin, call_library
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.inline import Named
from s2s_ad.frontend.values import TupleV, Value
from s2s_ad.ir.core import Lit, Var
from s2s_ad.ir.kinds import FLOAT, Kind, axes_of
from s2s_ad.ir.ops import GETATTR
from s2s_ad.transform.adjoints import sum_broadcast

UNBROADCAST = "s2s_ad.rules.helpers.unbroadcast"


@builtin(UNBROADCAST)
def unbroadcast(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower unbroadcast(x_bar, x.shape): nothing, a sum, or the call that looks at the sizes."""
    value, kind = lo.read(args[0]), _kind_of_shape(lo, args[1])
    axes, have = (None, None) if kind is None else (axes_of(kind), axes_of(value.kind))
    if kind is None or axes is None or have is None or len(have) < len(axes):
        return call_library(lo, UNBROADCAST, args, named)
    summed = sum_broadcast(lo, kind, value, [value.kind])
    if summed is None:
        return call_library(lo, UNBROADCAST, args, named)
    return args[0] if summed is value else lo.wrap(summed)


def _kind_of_shape(lo: Lowerer, shape: Value) -> Kind | None:
    """Return the kind of the array that a shape was read from, if it is known."""
    if isinstance(shape, TupleV) and not shape.items:
        return FLOAT
    made = lo.made.get(shape.name) if isinstance(shape, Var) else None
    if made is None or made.op != GETATTR or made.args[1] != Lit("shape", lo.lit("shape").kind):
        return None
    return made.args[0].kind if isinstance(made.args[0], Var) else None
