"""Computes beforehand what a rule makes of constants alone.

Arithmetic of numbers that are written down gives the same number now and then.  What the user writes stays as it is,
for his line says so; only what rules add to it is computed.

>>> from dataclasses import replace
>>> from s2s_ad.ir.core import Block, Eqn, Lit, Var
>>> from s2s_ad.ir.kinds import FLOAT, INT
>>> from s2s_ad.ir.ops import op
>>> from s2s_ad.ir.printer import statement
>>> x, y, t = Var("x", FLOAT), Var("y", FLOAT), [Var(f".{i}", FLOAT) for i in range(2)]
>>> root = Eqn((t[0],), op("math.sqrt"), (Lit(4.0, FLOAT),))
>>> half = Eqn((t[1],), op("numpy.divide"), (Lit(1, INT), t[0]))
>>> product = Eqn((y,), op("operator.mul"), (x, t[1]))
>>> before = Block((root, half, product), (y,))
>>> [statement(stmt) for stmt in constants(before).stmts]
['y: float = operator.mul(x, 0.5)']
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from s2s_ad.ir.core import Atom, Block, Eqn, Lit, Stmt, Var, bound, is_primal, map_blocks, statements_of
from s2s_ad.ir.kinds import FLOAT
from s2s_ad.ir.rename import rename

_MODULES = ("math", "numpy", "operator")


def constants(block: Block) -> Block:
    """Return the block without equations of rules that have nothing but numbers for operands."""
    found: dict[Var, Atom] = {}
    for stmt in statements_of(block):
        value = _value(stmt, found)
        if value is not None:
            found[bound(stmt)[0]] = Lit(value, FLOAT)
    return rename(_without(block, found), found) if found else block


def _without(block: Block, found: dict[Var, Atom]) -> Block:
    kept = (stmt for stmt in block.stmts if not isinstance(stmt, Eqn) or found.keys().isdisjoint(stmt.outs))
    return Block(tuple(map_blocks(stmt, lambda inner: _without(inner, found)) for stmt in kept), block.results)


def _value(stmt: Stmt, found: dict[Var, Atom]) -> float | None:
    """Return the float that an equation of a rule always gives, None if there is none."""
    if not isinstance(stmt, Eqn) or stmt.kwargs or len(stmt.outs) != 1 or stmt.outs[0].hint or is_primal(stmt):
        return None
    if stmt.op.path.rpartition(".")[0] not in _MODULES:
        return None
    given: list[Any] = []
    for arg in stmt.args:
        known = found.get(arg, arg) if isinstance(arg, Var) else arg
        if not isinstance(known, Lit) or type(known.value) not in (int, float):
            return None
        given.append(known.value)
    if not given:
        return None
    with np.errstate(all="raise"):
        try:
            value = stmt.op.fun(*given)
        except (ArithmeticError, ValueError, TypeError):
            return None
    return float(value) if type(value) in (float, np.float64) and math.isfinite(value) else None
