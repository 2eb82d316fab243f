"""Removes what the user's program computes and a gradient without the value does not read, where it cannot raise.

It cannot where the sizes that have to be equal have been found to be so by an earlier statement.

>>> from s2s_ad.frontend.lower import lower
>>> from s2s_ad.ir.core import Block
>>> from s2s_ad.ir.kinds import Array
>>> from s2s_ad.ir.printer import listing
>>> def f(x, a, b):
...     r = a @ x - b
...     return np.sum(r * r)
>>> import numpy as np
>>> function = lower(f, (Array("float64", "n"), Array("float64", "nn"), Array("float64", "n"))).function
>>> r = function.body.stmts[1].outs[0]
>>> print(listing(unneeded(replace(function, body=Block(function.body.stmts, (r,)), result=r))))
f(x = v_m2: float64[n], a = v_m1: float64[n,n], b = v0: float64[n])
    v1: float64[n] = operator.matmul(v_m1, v_m2)
    v2: float64[n] = operator.sub(v1, v0)
    give v2
    return v2
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from s2s_ad.analysis.places import Places
from s2s_ad.analysis.total import needs
from s2s_ad.ir.core import Block, Eqn, For, Function, Lit, Var, blocks, exit_of, statements_of, variables
from s2s_ad.ir.kinds import Size
from s2s_ad.ir.ops import CONTEXT, GETITEM, ITEM
from s2s_ad.optimize.dead_code import dead_code, is_made


def unneeded(function: Function) -> Function:
    """Return the function without what neither raises nor is read.

    A context may have NumPy's warnings raised: of a function with one all stays.
    """
    if any(isinstance(stmt, Eqn) and stmt.op in CONTEXT and not is_made(stmt) for stmt in statements_of(function.body)):
        return function
    places = Places(function.body)
    gives = set(_that_give(function.body, {}))

    def goes(stmt: Eqn | For) -> bool:
        if isinstance(stmt, For):
            return is_made(stmt) or (exit_of(stmt) is None and isinstance(stmt.step, Lit) and stmt.step.value != 0)
        if is_made(stmt) or any(out in gives for out in stmt.outs):
            return True
        return stmt.op in (GETITEM, ITEM) and places.has(*stmt.args)

    return replace(function, body=dead_code(function.body, frozenset(variables(function.result)), goes))


def _that_give(block: Block, equal: Mapping[Size, Size]) -> Iterator[Var]:
    """Yield what surely is computed, where the statements before have found sizes `equal`."""
    found = dict(equal)

    def root(size: Size) -> Size:
        while size in found:
            size = found[size]
        return size

    for stmt in block.stmts:
        for inner in blocks(stmt):
            yield from _that_give(inner, found)
        sizes = needs(stmt)
        if not isinstance(stmt, Eqn) or sizes is None:
            continue
        if all(root(first) == root(second) for first, second in sizes):
            yield from stmt.outs
        elif not is_made(stmt):  # and so it stays
            for first, second in sizes:
                if root(first) != root(second):
                    found[root(first)] = root(second)
