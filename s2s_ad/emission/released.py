"""Arrays that nothing reads any more are let go, so that their memory serves again while it is in the cache.

    v7 = np.exp(v6)
    v7_dot = v6_dot * v7
    del v6, v6_dot

Else each statement takes memory that the system must make ready first, which takes longer than to fill it.
Python does that by itself with what has no name.  The names here are those that one block alone binds: elsewhere an
array may be needed for its shape under the name of its last version.  Each is let go after the last statement that
mentions it, two or more at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from s2s_ad.emission.fold import Folds, is_folded
from s2s_ad.emission.liveness import Liveness
from s2s_ad.emission.names import Printed
from s2s_ad.ir.core import Block, Eqn, Note, Stmt, Tangent, Var, all_bound, blocks, bound, entry_vars, header
from s2s_ad.ir.kinds import Array
from s2s_ad.ir.ops import ENTER, EXIT, NEW_TAPE, REQUIRE

AT_ONCE = 2
"""How many names a line lets go at least."""
MANY = 8
"""Blocks that make fewer arrays let none go."""


class Released:
    """Answers for one function."""

    def __init__(self, names: Printed, folds: Folds, unbound: Collection[Var]) -> None:
        self._names = names
        self._folds = folds
        self._liveness = Liveness(folds)
        self._unbound = {names[var.name] for var in unbound if var.name in names}
        self._holders: dict[str, set[str]] = {}
        for var, name in names.items():
            self._holders.setdefault(name, set()).add(var)

    def after(self, block: Block, kept: Collection[str]) -> dict[int, list[str]]:
        """Return the names to let go after statements of a block, by the place among those that are printed.

        `kept` are names that are read after the block, besides those of its results.
        """
        stmts = [stmt for stmt in block.stmts if not is_folded(stmt, self._folds)]
        own = [[*self._arrays(stmt)] for stmt in stmts]
        left = sum(map(len, own))
        if left < MANY:
            return {}
        kept = {*kept, *self._unbound, *self._printed(self._liveness.names(block.results)), "_"}
        inside = {var.name for var in all_bound(block)}
        candidates = {name for names in own for name in names if self._holders[name] <= inside} - kept
        last = {name: place for place, stmt in enumerate(stmts) for name in self._mentioned(stmt)}
        dead: dict[int, list[str]] = {}
        for name in last:
            if name in candidates:
                dead.setdefault(last[name], []).append(name)
        found: dict[int, list[str]] = {}
        waiting: list[str] = []
        for place, stmt in enumerate(stmts):
            waiting += dead.get(place, ())
            left -= len(own[place])
            if len(waiting) >= AT_ONCE and left >= AT_ONCE and _ends(stmt, stmts[place + 1]):
                found[place], waiting = waiting, []
        return found

    def _arrays(self, stmt: Stmt) -> Iterator[str]:
        """Yield the names under which a statement itself leaves arrays."""
        for var in bound(stmt):
            if isinstance(var.kind, Array) and var.name in self._names:
                yield self._names[var.name]

    def _mentioned(self, stmt: Stmt) -> Iterator[str]:
        """Yield the names that stand in a statement, those in its blocks too."""
        yield from self._printed(self._liveness.names(header(stmt)))
        yield from self._printed(var.name for var in (*bound(stmt), *entry_vars(stmt)))
        for block in blocks(stmt):
            for inner in block.stmts:
                yield from self._mentioned(inner)
            yield from self._printed(self._liveness.names(block.results))

    def _printed(self, names: Iterator[str]) -> Iterator[str]:
        return (self._names[name] for name in names if name in self._names)


def _ends(stmt: Stmt, following: Stmt) -> bool:
    """Say whether a line may stand between two statements: not before a tangent, or the rest of an adjoint."""
    if isinstance(stmt, Note) or isinstance(following, Note):
        return isinstance(following, Note) and not isinstance(stmt, Note)
    if isinstance(stmt, Eqn) and stmt.op in (ENTER, EXIT, NEW_TAPE, REQUIRE):
        return False
    return not isinstance(following.origin, Tangent) and following.origin != stmt.origin
