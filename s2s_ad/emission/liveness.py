"""Which Vars are still needed after each statement, with folded equations read where they are used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from s2s_ad.emission.fold import Folds, is_folded
from s2s_ad.ir.core import Arg, Block, For, Stmt, While, blocks, bound, entry_vars, header, variables

Live = frozenset[str]


class Liveness:
    """Answers for one function; Vars are known by their (unique) names."""

    def __init__(self, folds: Folds) -> None:
        self._folds = folds
        self._free: dict[int, tuple[Block, Live]] = {}

    def printed(self, block: Block) -> list[Stmt]:
        """Return the statements of a block that get lines."""
        return [stmt for stmt in block.stmts if not is_folded(stmt, self._folds)]

    def names(self, args: Iterable[Arg]) -> Iterator[str]:
        """Yield the Vars that printing the arguments reads."""
        for var in variables(*args):
            eqn = self._folds.get(var.name)
            if eqn is None:
                yield var.name
            else:
                yield from self.names((*eqn.args, *(value for _, value in eqn.kwargs)))

    def reads(self, stmt: Stmt) -> Live:
        """Return the Vars that a statement reads and does not bind itself."""
        inner = {name for block in blocks(stmt) for name in self.free(block)}
        return frozenset({*self.names(header(stmt)), *(inner - {var.name for var in entry_vars(stmt)})})

    def free(self, block: Block) -> Live:
        """Return the Vars that a block reads and does not bind."""
        known = self._free.get(id(block))
        if known is None:
            found = set(self.names(block.results))
            for stmt in reversed(self.printed(block)):
                found -= {var.name for var in bound(stmt)}
                found |= self.reads(stmt)
            known = self._free[id(block)] = (block, frozenset(found))
        return known[1]

    def after(self, block: Block, live_out: Live) -> list[tuple[Stmt, Live]]:
        """Return the statements of a block, each with the Vars that are needed after it."""
        live = {*live_out, *self.names(block.results)}
        found: list[tuple[Stmt, Live]] = []
        for stmt in reversed(self.printed(block)):
            found.append((stmt, frozenset(live)))
            live -= {var.name for var in bound(stmt)}
            live |= self.reads(stmt)
        return found[::-1]

    def through(self, loop: For | While) -> Live:
        """Return the Vars from outside that every iteration of a loop reads."""
        inner = {name for block in blocks(loop) for name in self.free(block)}
        return frozenset(inner - {var.name for var in entry_vars(loop)})
