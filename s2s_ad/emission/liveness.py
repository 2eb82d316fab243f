"""Which Vars are still needed after each statement, with folded equations read where they are used."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from s2s_ad.emission.fold import Folds, is_folded
from s2s_ad.ir.core import Arg, Block, For, Stmt, While, blocks, bound, entry_vars, header, variables

Reads = frozenset[str]


@dataclass(frozen=True, slots=True)
class Live:
    """The Vars that are needed after a statement of a block, found by looking when they are last read.

    There may be thousands of them: a set for each statement would cost their square.
    """

    last: Mapping[str, int]
    """The place of the statement of the block that reads a Var last."""
    place: int
    outer: Container[str]
    """What is needed after the block."""
    more: Reads = frozenset()
    less: Reads = frozenset()

    def __contains__(self, name: object) -> bool:
        key = str(name)
        if key in self.less:
            return False
        return key in self.more or self.last.get(key, -1) > self.place or key in self.outer

    def __sub__(self, names: Iterable[str]) -> Live:
        """Return these without some."""
        return replace(self, less=self.less.union(names), more=self.more.difference(names))

    def __or__(self, names: Iterable[str]) -> Live:
        """Return these and others."""
        return replace(self, more=self.more.union(names), less=self.less.difference(names))


class Liveness:
    """Answers for one function; Vars are known by their (unique) names."""

    def __init__(self, folds: Folds) -> None:
        self._folds = folds
        self._free: dict[int, tuple[Block, Reads]] = {}

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

    def reads(self, stmt: Stmt) -> Reads:
        """Return the Vars that a statement reads and does not bind itself."""
        inner = {name for block in blocks(stmt) for name in self.free(block)}
        return frozenset({*self.names(header(stmt)), *(inner - {var.name for var in entry_vars(stmt)})})

    def free(self, block: Block) -> Reads:
        """Return the Vars that a block reads and does not bind."""
        known = self._free.get(id(block))
        if known is None:
            found = set(self.names(block.results))
            for stmt in reversed(self.printed(block)):
                found -= {var.name for var in bound(stmt)}
                found |= self.reads(stmt)
            known = self._free[id(block)] = (block, frozenset(found))
        return known[1]

    def after(self, block: Block, live_out: Container[str]) -> Iterator[tuple[Stmt, Live]]:
        """Yield the statements of a block, each with the Vars that are needed after it."""
        stmts = self.printed(block)
        last = {name: place for place, stmt in enumerate(stmts) for name in self.reads(stmt)}
        last.update(dict.fromkeys(self.names(block.results), len(stmts)))
        for place, stmt in enumerate(stmts):
            yield stmt, Live(last, place, live_out)

    def through(self, loop: For | While) -> Reads:
        """Return the Vars from outside that every iteration of a loop reads."""
        inner = {name for block in blocks(loop) for name in self.free(block)}
        return frozenset(inner - {var.name for var in entry_vars(loop)})
