"""The gradient of the sum of all results, which is the slope of each where each depends on one argument only.

def f_vjp(x, y_bar):             def f_elementwise_grad(x):
    # forward sweep                  # forward sweep
    …                        →       …
    # reverse sweep                  # reverse sweep
    …                                y_bar = np.ones_like(y)
    return y, (x_bar,)               …
                                     return x_bar
"""

from __future__ import annotations

from dataclasses import replace

from s2s_ad.frontend.source import FunctionSource
from s2s_ad.ir.core import REVERSE_SWEEP, Block, Eqn, Function, Lit, Seq, Stmt, variables
from s2s_ad.ir.kinds import Array, is_differentiable
from s2s_ad.ir.layers import Layer
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import IDENTITY, op
from s2s_ad.transform.reverse import reverse


def elementwise_grad(primal: Function, layer: Layer, names: Names, source: FunctionSource) -> Function:
    """Return the function that gives the gradient of the sum of all results of another."""
    made = reverse(primal, layer.argnums, names, source, has_aux=layer.has_aux, scalar=False)
    assert isinstance(made.result, Seq)
    value, bars = made.result.items
    assert isinstance(bars, Seq)
    summed, aux = (value.items[0], value.items[1]) if layer.has_aux and isinstance(value, Seq) else (value, None)
    outputs = [var for var in dict.fromkeys(variables(summed)) if is_differentiable(var.kind)]
    seeds = [var for seed in made.seeds for var in variables(seed.value)]
    ones: list[Stmt] = []
    for y, seed in zip(outputs, seeds, strict=True):
        array = isinstance(y.kind, Array)
        ones.append(Eqn((seed,), op("numpy.ones_like") if array else IDENTITY, (y if array else Lit(1.0, seed.kind),)))
    gradient = bars.items[0] if layer.single else bars
    result = gradient if aux is None else Seq((gradient, aux))
    at = made.body.stmts.index(REVERSE_SWEEP) + 1
    stmts = (*made.body.stmts[:at], *ones, *made.body.stmts[at:])
    body = Block(stmts, tuple(variables(result)))
    return replace(made, name=f"{primal.name}_elementwise_grad", body=body, result=result, seeds=())
