"""Removes what the user's program computes and a gradient without the value does not read, where it cannot raise.

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

from dataclasses import replace

from s2s_ad.analysis.total import never_raises
from s2s_ad.ir.core import Eqn, Function, statements_of, variables
from s2s_ad.ir.ops import CONTEXT
from s2s_ad.optimize.dead_code import dead_code, is_made


def unneeded(function: Function) -> Function:
    """Return the function without what neither raises nor is read.

    A context may have NumPy's warnings raised: of a function with one all stays.
    """
    if any(isinstance(stmt, Eqn) and stmt.op in CONTEXT and not is_made(stmt) for stmt in statements_of(function.body)):
        return function
    body = dead_code(function.body, frozenset(variables(function.result)), _goes)
    return replace(function, body=body)


def _goes(eqn: Eqn) -> bool:
    return is_made(eqn) or never_raises(eqn)
