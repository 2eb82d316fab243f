"""What loops read of an array that is cheap to compute: it is computed where it is read, and not kept.

    # forward sweep                      # forward sweep
    v1 = np.exp(x)                       v1 = np.exp(x)
    v2 = 1.0 + v1                        v2 = 1.0 + v1
    …                                    …
    # reverse sweep                      # reverse sweep
    v1_bar = v2 * v3_bar                 v2 = 1.0 + v1
                                         v1_bar = v2 * v3_bar

To store a number and to load it takes longer than to add or to multiply two: each is one number of a loop then, and
no array is made of them.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from s2s_ad.analysis.storage import Storage
from s2s_ad.ir.core import (
    REVERSE_SWEEP,
    Block,
    Eqn,
    Stmt,
    Var,
    map_blocks,
    operands,
    reads,
    statements_of,
    variables,
)
from s2s_ad.ir.kinds import Array
from s2s_ad.ir.names import Names
from s2s_ad.ir.rename import rename
from s2s_ad.jit.pointwise import inputs_of, is_arithmetic, is_fused, loop_axes, marks_of
from s2s_ad.transform.recomputed import put_late, recomputed

_MOST = 6
"""Equations that one array may take."""


def anew(block: Block, names: Names) -> Block:
    """Return the body of a function that computes again what is cheap, where it is read in a loop."""
    storage = Storage()
    storage.block(block)
    cheap = {
        stmt.outs[0]: stmt
        for stmt in statements_of(block)
        if isinstance(stmt, Eqn)
        and is_arithmetic(stmt)
        and loop_axes(stmt) is not None
        and not any(map(storage.writes_to, (*operands(stmt), *stmt.outs)))
    }
    spread = {var: eqn for var, eqn in cheap.items() if _spreads(eqn)}
    return _where_it_is_read(_in_the_reverse_sweep(block, cheap, names), spread, names)


def _in_the_reverse_sweep(block: Block, cheap: Container[Var], names: Names) -> Block:
    """Return a block of two sweeps of which the second reads less of the first."""
    if REVERSE_SWEEP not in block.stmts:
        return block
    start = block.stmts.index(REVERSE_SWEEP)
    forth, back = block.stmts[:start], block.stmts[start:]
    here = dict.fromkeys(out for stmt in forth if isinstance(stmt, Eqn) for out in stmt.outs if is_fused(out))
    read = {var for stmt in back for var in reads(stmt)}
    whole = {*variables(*block.results), *(var for stmt in back for var in reads(stmt) - _points(stmt))}
    choice = [eqn for eqn in forth if isinstance(eqn, Eqn) and eqn.outs and eqn.outs[0] in cheap]
    choice = [eqn for eqn in choice if eqn.outs[0] not in whole]
    _, again = recomputed((var for var in here if var in read), choice, here, lambda _: True, _MOST)
    change = {eqn.outs[0]: Var(names.version(eqn.outs[0].hint), eqn.outs[0].kind) for eqn in again}
    renamed = rename(Block((*again, *back)), dict(change)).stmts
    stmts = list(renamed[len(again) :])
    put_late((eqn for eqn in renamed[: len(again)] if isinstance(eqn, Eqn)), stmts)
    return Block((*forth, *stmts), block.results)


def _points(stmt: Stmt) -> frozenset[Var]:
    """Return what a statement reads as a part of a loop, point by point."""
    return frozenset(inputs_of(stmt) if isinstance(stmt, Eqn) and loop_axes(stmt) is not None else ())


def _where_it_is_read(block: Block, spread: dict[Var, Eqn], names: Names) -> Block:
    """Return a block in which each statement of a loop has what is spread out of smaller arrays for itself.

    `x[:, None] - x` has more elements than there are in `x`.
    """

    def inside(block: Block) -> Block:
        stmts: list[Stmt] = []
        for stmt in block.stmts:
            if isinstance(stmt, Eqn) and loop_axes(stmt) is not None and stmt.outs[0] not in spread:
                for var in dict.fromkeys(var for var in operands(stmt) if var in spread):
                    copy = Var(names.version(var.hint), var.kind)
                    stmts.append(replace(spread[var], outs=(copy,)))
                    stmt = replace(stmt, args=tuple(copy if arg == var else arg for arg in stmt.args))
            stmts.append(map_blocks(stmt, inside))
        return Block(tuple(stmts), block.results)

    return inside(block) if spread else block


def _spreads(stmt: Eqn) -> bool:
    """Say whether the result of an equation is larger than all that it is made of."""
    arrays = [var for var in operands(stmt) if isinstance(var.kind, Array)]
    marks = marks_of(stmt.outs[0])
    return all(len(marks_of(x)) < len(marks) or any(m == "1" != w for m, w in zip(marks_of(x), marks)) for x in arrays)
