"""Derivatives of derivatives: a function in the IR and a layer give the function that the next layer is taken of.

What the reverse sweep of one layer saves and overwrites is made safe (`optimize.protect`) before the
next layer sees it: then every statement is one of a primal.
"""

from __future__ import annotations

from dataclasses import replace

from s2s_ad.errors import S2SError
from s2s_ad.frontend.source import FunctionSource
from s2s_ad.ir.core import (
    Block,
    Function,
    Seq,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import is_differentiable
from s2s_ad.ir.layers import Layer
from s2s_ad.ir.names import Names
from s2s_ad.ir.rename import rename
from s2s_ad.optimize.asked import asked
from s2s_ad.optimize.clean import clean, tidy
from s2s_ad.optimize.invariants import invariants
from s2s_ad.optimize.once import once
from s2s_ad.optimize.unneeded import unneeded
from s2s_ad.transform.contexts import is_watched
from s2s_ad.transform.forward import forward
from s2s_ad.transform.gradients import elementwise_grad, gradient, ones
from s2s_ad.transform.jacobians import jacfwd, jacrev
from s2s_ad.transform.reverse import differentiated, is_one_number, reverse
from s2s_ad.transform.settled import settled
from s2s_ad.transform.split import outside, split
from s2s_ad.transform.transposed import transposed

_WHOLE = {"grad": gradient, "jacfwd": jacfwd, "jacrev": jacrev, "elementwise_grad": elementwise_grad}
"""What makes functions that give what the user gets."""


def derived(
    function: Function, layer: Layer, names: Names, source: FunctionSource, *, optimize: bool = True
) -> tuple[Function, ...]:
    """Return the derivative of a function as it is emitted: with the parameters for seeds or tangents.

    Of sort `vjp` there are two functions, one for each sweep, and of `linearize` one for values and one for tangents.

    Raises: S2SError with the place of the function, if no closer one is known.
    """
    try:
        return _derived(function, layer, names, source, optimize)
    except S2SError as error:
        if error.place is not None:
            raise
        raise type(error)(error.reason, function.place, error.remedy) from error


def _derived(
    function: Function, layer: Layer, names: Names, source: FunctionSource, optimize: bool
) -> tuple[Function, ...]:
    if optimize:
        function = once(invariants(function))
    if layer.sort in _WHOLE:
        made = _WHOLE[layer.sort](function, layer, names, source)
        if optimize and is_alone(function, layer):
            made = unneeded(made)  # what only the value reads need not be asked for its shape, and then goes too
            made = unneeded(replace(made, body=asked(made.body)))
        return (clean(made, names, optimize=optimize),)
    if layer.sort == "jvp":
        return (clean(forward(function, layer.argnums, names, source), names, optimize=optimize),)
    parts, pushes = layer.sort in ("vjp", "linearize"), layer.sort == "linearize"
    made = reverse(function, layer.argnums, names, source, has_aux=layer.has_aux, scalar=not parts, guarded=not pushes)
    made = clean(made, names, optimize=optimize, outside=outside(made) if parts else frozenset())
    if not parts:
        return (made,)
    forth, back = split(made, names, function.name, pushes)
    if not pushes:
        return forth, back
    assert isinstance(forth.result, Seq)
    wanted = [function.params[n] for n in layer.argnums]
    return forth, transposed(back, forth.result.items[0], forth.functions, wanted, names, source)


def is_alone(function: Function, layer: Layer) -> bool:
    """Say whether a derivative is given without the value, and nobody hears what NumPy says of what only that needs."""
    return layer.sort in _WHOLE and not is_watched(function)


def nested(function: Function, layer: Layer, names: Names, source: FunctionSource) -> tuple[Function, ...]:
    """Return a derivative that another function calls, of two sweeps in two functions, as statements of a primal."""
    function = tidy(function)
    if layer.sort in ("vjp", "linearize"):
        return tuple(map(settled, derived(function, layer, names, source)))
    return (applied(function, layer, names, source),)


def applied(function: Function, layer: Layer, names: Names, source: FunctionSource) -> Function:
    """Return the derivative of a function as a function of the IR, ready for the next derivative."""
    if layer.sort == "slope":
        result = differentiated(function, layer.has_aux)
        several = not is_one_number(result) and any(is_differentiable(var.kind) for var in variables(result))
        layer = replace(layer, sort="jacrev" if several else "grad")
    (made,) = derived(function, layer, names, source)
    if layer.sort in _WHOLE:
        return settled(made)
    if layer.sort == "jvp":
        return settled(replace(made, params=(*made.params, *made.seeds), seeds=()))
    assert isinstance(made.result, Seq)
    value, bars = made.result.items
    assert isinstance(bars, Seq)
    result = Seq((value, bars.items[0] if layer.single else bars))
    body = rename(Block(made.body.stmts, tuple(variables(result))), ones(made))
    return settled(replace(made, name=f"{function.name}_value_and_grad", body=body, result=result, seeds=()))
