"""What the reverse sweep reads of an array only for its shape, and which other array has it too.

Such an array need not be kept.  What is made of another point by point has its shape:

>>> from s2s_ad.frontend.lower import lower
>>> from s2s_ad.ir.core import Lit
>>> from s2s_ad.ir.ops import GETATTR, op
>>> from s2s_ad.ir.printer import statement
>>> from s2s_ad.ir.kinds import INT, Opaque
>>> function = lower(lambda x: (x * 2.0) ** 2, (Array("float64", "n"),)).function
>>> x, y = (stmt.outs[0] for stmt in function.body.stmts)
>>> asks = Eqn((Var(".1", INT),), GETATTR, (y, Lit("size", Opaque("str"))))
>>> reads = Eqn((Var("x_bar", x.kind),), op("operator.neg"), (x,))
>>> [statement(stmt) for stmt in alike(Block((asks, reads)), function.body.stmts).stmts]
[".1: int = builtins.getattr(v1, 'size')", 'x_bar: float64[n] = operator.neg(v1)']
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from s2s_ad.ir.core import (
    Block,
    Eqn,
    Lit,
    Stmt,
    Var,
    blocks,
    header,
    map_blocks,
    operands,
    reads,
    statements_of,
    variables,
)
from s2s_ad.ir.kinds import INT, Array, Kind, NumpyScalar, Opaque, PyScalar, TupleKind, dtype_of
from s2s_ad.ir.ops import GETATTR, IDENTITY, ZEROS_LIKE, op
from s2s_ad.ir.rename import rename
from s2s_ad.rules.language import lookup

_ZEROS = op("numpy.zeros")


def alike(backward: Block, stmts: Iterable[Stmt]) -> Block:
    """Return the reverse of statements that asks for no shape of an array that one which it reads has too."""
    of = {stmt.outs[0]: array for stmt in stmts if isinstance(stmt, Eqn) and (array := _shaped_by(stmt)) is not None}
    if not of:
        return backward
    asked, read = _asked_and_read(backward)
    change: dict[Var, Var] = {}
    for var in asked - read:
        other = of.get(var)
        while other is not None and other not in read:
            other = of.get(other)
        if other is not None:
            change[var] = other
    return rename(backward, change)


def _asked_and_read(block: Block) -> tuple[set[Var], set[Var]]:
    """Return the arrays that a block asks for attributes, and what it reads for more."""
    asked: set[Var] = set()
    read = set(variables(*block.results))
    for stmt in statements_of(block):
        if isinstance(stmt, Eqn):
            for var in operands(stmt):
                (read if _attribute(var, stmt) is None else asked).add(var)
        else:
            read.update(variables(*header(stmt)), *(variables(*inner.results) for inner in blocks(stmt)))
    return asked, read


def _shaped_by(eqn: Eqn) -> Var | None:
    """Return the array of the same kind that an equation works on point by point, the only one."""
    if len(eqn.outs) != 1 or eqn.kwargs or not eqn.op.path.startswith(("numpy.", "operator.")):
        return None
    rule = lookup(eqn.op.path)
    arrays = {var for var in operands(eqn) if not isinstance(var.kind, PyScalar | NumpyScalar)}
    if rule is None or not rule.elementwise or len(arrays) != 1:
        return None
    (array,) = arrays
    return array if _is_like(array, eqn.outs[0]) else None


def _is_like(x: Var, y: Var) -> bool:
    a, b = x.kind, y.kind
    return isinstance(a, Array) and isinstance(b, Array) and bool(a.axes) and (a.dtype, a.axes) == (b.dtype, b.axes)


def attributes_read(var: Var, block: Block) -> list[str]:
    """Return the attributes that are all that a block reads of an array; none if it reads more."""
    found: dict[str, None] = {}
    for use in _uses(var, block):
        attribute = _attribute(var, use)
        if attribute is None:
            return []
        found[attribute] = None
    return list(found)


def _uses(var: Var, block: Block) -> Iterator[Stmt | None]:
    """Yield the equations that read a Var, and None for every other use."""
    for stmt in block.stmts:
        if isinstance(stmt, Eqn):
            if var in reads(stmt):
                yield stmt
            continue
        yield from (None for used in variables(*header(stmt)) if used == var)
        for inner in blocks(stmt):
            yield from _uses(var, inner)
    yield from (None for result in block.results if result == var)


def _attribute(var: Var, use: Stmt | None) -> str | None:
    if not isinstance(use, Eqn) or not isinstance(var.kind, Array) or var.kind.axes is None:
        return None
    if use.op == ZEROS_LIKE:
        return "shape"
    if use.op == GETATTR and isinstance(use.args[1], Lit):
        return str(use.args[1].value)
    return None


def attribute_kind(var: Var, attribute: str) -> Kind:
    assert isinstance(var.kind, Array)
    return TupleKind((INT,) * len(var.kind.axes or "")) if attribute == "shape" else INT


def with_attributes(var: Var, instead: dict[str, Var], block: Block) -> Block:
    """Return the block with attributes read from Vars of their own."""

    def changed(stmt: Stmt) -> Stmt:
        match stmt:
            case Eqn(outs, operation, args) if var in reads(stmt):
                if operation != ZEROS_LIKE:
                    assert isinstance(args[1], Lit)
                    return Eqn(outs, IDENTITY, (instead[args[1].value],), (), stmt.origin)
                dtype = dtype_of(var.kind)
                given = () if dtype == np.float64 else (Lit(getattr(np, dtype.name), Opaque("static dtype")),)
                return Eqn(outs, _ZEROS, (instead["shape"], *given), (), stmt.origin)
            case _:
                return map_blocks(stmt, inner)

    def inner(old: Block) -> Block:
        return Block(tuple(map(changed, old.stmts)), old.results)

    return inner(block)
