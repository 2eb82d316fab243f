"""Removes copies of values that have no name: the name is given where the value is made.

Most such values are folded into the statement that names them when they are printed.  That is not
possible across a statement that writes an array, and then they would need a name of their own.

    .1 = neg(v5_bar)
    x' = accumulate(x, …)              v3_bar = neg(v5_bar)
    v3_bar = identity(.1)       →      x' = accumulate(x, …)

So is the copy of what an `if` gives, where it follows at once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from s2s_ad.ir.core import Block, Eqn, If, Stmt, Var, all_reads, map_blocks
from s2s_ad.ir.ops import IDENTITY, keeps_apart


def copies(block: Block) -> Block:
    """Return the block without copies of unnamed values that nothing else reads."""
    return _Copies(Counter(all_reads(block))).block(block)


class _Copies:
    def __init__(self, uses: Counter[Var]) -> None:
        self.uses = uses

    def block(self, block: Block) -> Block:
        """Return the block with each unnamed value under the name of its copy."""
        made: dict[Var, int] = {}
        stmts: list[Stmt] = []
        barrier = 0
        for stmt in block.stmts:
            source = self._copied(stmt)
            if isinstance(stmt, Eqn) and source in made and made[source] < barrier:
                maker = stmts[made[source]]
                assert isinstance(maker, Eqn)
                stmts[made[source]] = replace(maker, outs=stmt.outs)
                continue
            last = stmts[-1] if stmts else None
            if isinstance(stmt, Eqn) and source is not None and isinstance(last, If) and source in last.outs:
                outs = tuple(stmt.outs[0] if out == source and not out.hint else out for out in last.outs)
                if outs != last.outs:
                    stmts[-1] = replace(last, outs=outs)
                    continue
            if isinstance(stmt, Eqn) and len(stmt.outs) == 1 and not stmt.outs[0].hint:
                made[stmt.outs[0]] = len(stmts)
            stmts.append(map_blocks(stmt, self.block))
            if not isinstance(stmt, Eqn) or keeps_apart(stmt):
                barrier = len(stmts)
        return Block(tuple(stmts), block.results)

    def _copied(self, stmt: Stmt) -> Var | None:
        """Return the unnamed value that a statement copies and that nothing else reads."""
        if not isinstance(stmt, Eqn) or stmt.op != IDENTITY or len(stmt.outs) != 1:
            return None
        source = stmt.args[0]
        if isinstance(source, Var) and self.uses[source] == 1:
            return source
        return None
