"""Gradients alone: reverse mode without the value, along a seed of ones.

`gradient` is that of one number, whose seed is written down; `elementwise_grad` that of the sum of all results, which
is the slope of each where each depends on one argument only.

def f_vjp(x, y_bar):            def f_grad(x):               def f_elementwise_grad(x):
    # forward sweep                 # forward sweep              # forward sweep
    …                        →      …                   or       …
    # reverse sweep                 # reverse sweep              # reverse sweep
    x_bar = 2 * y_bar * x           x_bar = 2.0 * x              y_bar = np.ones_like(y)
    return y, (x_bar,)              return x_bar                 x_bar = 2 * y_bar * x
                                                                 return x_bar
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from s2s_ad.frontend.source import FunctionSource
from s2s_ad.ir.core import REVERSE_SWEEP, Arg, Atom, Block, Eqn, Function, Lit, Seq, Stmt, Var, variables
from s2s_ad.ir.kinds import FLOAT, Array, is_differentiable
from s2s_ad.ir.layers import Layer
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import IDENTITY, op
from s2s_ad.ir.rename import rename
from s2s_ad.transform.reverse import reverse


def gradient(primal: Function, layer: Layer, names: Names, source: FunctionSource) -> Function:
    """Return the function that gives the gradient of one number, and nothing else."""
    made = reverse(primal, layer.argnums, names, source, has_aux=layer.has_aux)
    return _without_value(made, layer, f"{primal.name}_grad", made.body.stmts, ones(made))


def ones(made: Function) -> dict[Var, Atom]:
    """Return for the seed of a number that it is one."""
    return {var: Lit(1.0, FLOAT) for seed in made.seeds for var in variables(seed.value)}


def elementwise_grad(primal: Function, layer: Layer, names: Names, source: FunctionSource) -> Function:
    """Return the function that gives the gradient of the sum of all results of another."""
    made = reverse(primal, layer.argnums, names, source, has_aux=layer.has_aux, scalar=False)
    summed, _ = _value(made, layer)
    outputs = [var for var in dict.fromkeys(variables(summed)) if is_differentiable(var.kind)]
    seeds = [var for seed in made.seeds for var in variables(seed.value)]
    given: list[Stmt] = []
    for y, seed in zip(outputs, seeds, strict=True):
        array = isinstance(y.kind, Array)
        given.append(Eqn((seed,), op("numpy.ones_like") if array else IDENTITY, (y if array else Lit(1.0, seed.kind),)))
    at = made.body.stmts.index(REVERSE_SWEEP) + 1
    stmts = (*made.body.stmts[:at], *given, *made.body.stmts[at:])
    return _without_value(made, layer, f"{primal.name}_elementwise_grad", stmts, {})


def _value(made: Function, layer: Layer) -> tuple[Arg, Arg | None]:
    """Return what is differentiated, and what is only handed on."""
    assert isinstance(made.result, Seq)
    value = made.result.items[0]
    return (value.items[0], value.items[1]) if layer.has_aux and isinstance(value, Seq) else (value, None)


def _without_value(
    made: Function, layer: Layer, name: str, stmts: tuple[Stmt, ...], seeds: Mapping[Var, Atom]
) -> Function:
    """Return reverse mode as a function of the arguments alone that gives the gradient, and what is handed on."""
    assert isinstance(made.result, Seq)
    bars, (_, aux) = made.result.items[1], _value(made, layer)
    assert isinstance(bars, Seq)
    found = bars.items[0] if layer.single else bars
    result = found if aux is None else Seq((found, aux))
    body = rename(Block(stmts, tuple(variables(result))), seeds)
    return replace(made, name=name, body=body, result=result, seeds=())
