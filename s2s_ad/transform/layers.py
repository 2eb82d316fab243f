"""Derivatives of derivatives: a function in the IR and a layer give the function that the next layer is taken of.

What the reverse sweep of one layer saves and overwrites is made safe (`optimize.protect`) before the
next layer sees it: then every statement is one of a primal.
"""

from __future__ import annotations

from dataclasses import replace

from s2s_ad.frontend.source import FunctionSource
from s2s_ad.ir.core import (
    Arg,
    Atom,
    Block,
    Function,
    If,
    Lit,
    Note,
    Seq,
    Settled,
    Source,
    Stmt,
    Var,
    map_blocks,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import FLOAT
from s2s_ad.ir.layers import Layer
from s2s_ad.ir.names import Names
from s2s_ad.ir.rename import rename
from s2s_ad.optimize.clean import clean
from s2s_ad.transform.elementwise import elementwise_grad
from s2s_ad.transform.forward import forward
from s2s_ad.transform.jacobians import jacfwd, jacrev
from s2s_ad.transform.reverse import reverse
from s2s_ad.transform.split import outside, split

_WHOLE = {"jacfwd": jacfwd, "jacrev": jacrev, "elementwise_grad": elementwise_grad}
"""What makes functions that give what the user gets."""


def derived(
    function: Function, layer: Layer, names: Names, source: FunctionSource, *, optimize: bool = True
) -> tuple[Function, ...]:
    """Return the derivative of a function as it is emitted: with the parameters for seeds or tangents.

    Of sort `vjp` there are two functions, one for each sweep.
    """
    if layer.sort in _WHOLE:
        return (clean(_WHOLE[layer.sort](function, layer, names, source), names, optimize=optimize),)
    if layer.sort == "jvp":
        return (clean(forward(function, layer.argnums, names, source), names, optimize=optimize),)
    pulls = layer.sort == "vjp"
    made = reverse(function, layer.argnums, names, source, has_aux=layer.has_aux, scalar=not pulls)
    made = clean(made, names, optimize=optimize, outside=outside(made) if pulls else frozenset())
    return split(made, names, function.name) if pulls else (made,)


def applied(function: Function, layer: Layer, names: Names, source: FunctionSource) -> Function:
    """Return the derivative of a function as a function of the IR, ready for the next derivative."""
    (made,) = derived(function, layer, names, source)
    if layer.sort in _WHOLE:
        return settled(made)
    if layer.sort == "jvp":
        return settled(replace(made, params=(*made.params, *made.seeds), seeds=()))
    assert isinstance(made.result, Seq)
    value, bars = made.result.items
    result: Arg = bars
    if layer.single:
        assert isinstance(bars, Seq)
        result = bars.items[0]
    if layer.sort == "value_and_grad":
        result = Seq((value, result))
    elif layer.has_aux:
        assert isinstance(value, Seq)
        result = Seq((result, value.items[1]))
    ones: dict[Var, Atom] = {var: Lit(1.0, FLOAT) for seed in made.seeds for var in variables(seed.value)}
    body = rename(Block(made.body.stmts, tuple(variables(result))), ones)
    return settled(replace(made, name=f"{function.name}_grad", body=body, result=result, seeds=()))


def settled(function: Function) -> Function:
    """Return the function with statements that are all of a primal, without headings."""
    return replace(function, body=_settled(function.body), functions=tuple(map(settled, function.functions)))


def _settled(block: Block) -> Block:
    return Block(tuple(_statement(stmt) for stmt in block.stmts if not isinstance(stmt, Note)), block.results)


def _statement(stmt: Stmt) -> Stmt:
    assert not isinstance(stmt, Note)
    if not isinstance(stmt.origin, Source | Settled):
        stmt = replace(stmt, origin=Settled(stmt.origin))
    if isinstance(stmt, If):
        stmt = replace(stmt, kept=0)
    return map_blocks(stmt, _settled)
