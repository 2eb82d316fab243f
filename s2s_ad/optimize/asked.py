"""Asks for a shape of an array that is read later anyway, and not of one that nothing else needs.

    v2 = np.log(v1)                                 v2 = np.log(v1)
    v3 = np.broadcast_to(1.0, v2.shape)        →    v3 = np.broadcast_to(1.0, v1.shape)
    v4 = v3 / v1                                    v4 = v3 / v1

>>> from s2s_ad.ir.core import Block
>>> from s2s_ad.ir.kinds import FLOAT
>>> from s2s_ad.ir.printer import statement
>>> from s2s_ad.rules.sizes import named
>>> kind = named(Array("float64", "n"), "x")
>>> x, y, z, shape = Var("v1", kind), Var("v2", kind), Var("v3", kind), Var("shape", Opaque("tuple"))
>>> log, asks = Eqn((y,), op("numpy.log"), (x,)), Eqn((shape,), GETATTR, (y, Lit("shape", Opaque("str"))))
>>> spread = Eqn((z,), op("operator.truediv"), (Lit(1.0, FLOAT), x))
>>> [statement(stmt) for stmt in asked(Block((log, asks, spread), (shape, z))).stmts][1:]
["shape: tuple = builtins.getattr(v1, 'shape')", 'v3: float64[n] = operator.truediv(1.0, v1)']
"""

from __future__ import annotations

from dataclasses import replace

from s2s_ad.ir.core import Arg, Block, Eqn, Lit, Stmt, Var, bound, operands, reads, variables
from s2s_ad.ir.kinds import Array, Opaque, Size
from s2s_ad.ir.ops import GETATTR, op
from s2s_ad.optimize.dead_code import is_made

_LEN = op("builtins.len")
_ATTRIBUTES = [Lit(name, Opaque("str")) for name in ("shape", "size", "ndim")]


def asked(block: Block) -> Block:
    """Return the block with the questions of transformations for shapes put to arrays that live on."""
    last: dict[Var, int] = {}
    for place, stmt in enumerate(block.stmts):
        if not _asks(stmt):
            last.update(dict.fromkeys(reads(stmt), place))
    last.update(dict.fromkeys(variables(*block.results), len(block.stmts)))
    perhaps = {var for stmt in block.stmts if not isinstance(stmt, Eqn) for var in bound(stmt)}
    """What may not be bound: a branch gives it, or a loop."""
    arrays: dict[Var, None] = {}
    stmts: list[Stmt] = []
    for place, stmt in enumerate(block.stmts):
        if isinstance(stmt, Eqn) and _asks(stmt) and is_made(stmt):
            x, *others = stmt.args
            shape = _shape(x)
            alike = (var for var in arrays if last.get(var, -1) > place and _shape(var) == shape)
            living = next(alike, x) if shape and x not in last else x
            stmt = replace(stmt, args=(living, *others))
        if isinstance(stmt, Eqn):
            arrays.update((var, None) for var in (*operands(stmt), *stmt.outs) if var not in perhaps)
        stmts.append(stmt)
    return replace(block, stmts=tuple(stmts))


def _asks(stmt: Stmt) -> bool:
    """Say whether a statement asks for nothing but what depends on a shape."""
    if not isinstance(stmt, Eqn):
        return False
    return stmt.op == _LEN or (stmt.op == GETATTR and stmt.args[1] in _ATTRIBUTES)


def _shape(x: Arg) -> tuple[str, tuple[Size, ...]] | None:
    """Return what is known of a shape, if it is all there is to know."""
    if not isinstance(x, Var) or not isinstance(x.kind, Array) or not x.kind.axes or not all(x.kind.sizes):
        return None
    return (x.kind.axes, x.kind.sizes) if len(x.kind.sizes) == len(x.kind.axes) else None
