"""What the reverse sweep needs of the forward sweep, and how it gets it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from s2s_ad.ir.core import (
    UNDEFINED,
    Block,
    Eqn,
    If,
    Lit,
    Stmt,
    Var,
    bound,
    free,
)  # fmt: skip
from s2s_ad.ir.kinds import Opaque
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import GETATTR, NEW_TAPE, POP, PUSH
from s2s_ad.ir.rename import rename
from s2s_ad.ir.tapes import TAPE, TAPE_OF_CALLS
from s2s_ad.transform.recomputed import recomputed
from s2s_ad.transform.shapes import alike, attribute_kind, attributes_read, with_attributes


@dataclass
class Tapes:
    """The tapes of a function: one for each block that runs many times."""

    names: Names
    made: list[Var]
    given: Var | None = None
    """The tape that a called function is given: all that it keeps is on this one."""

    def statements(self, first: int = 0) -> list[Stmt]:
        """Return the equations that make the tapes from the first on, which are made no more."""
        made: list[Stmt] = [Eqn((tape,), NEW_TAPE, ()) for tape in self.made[first:]]
        del self.made[first:]
        return made

    def keep(
        self, forward: Block, entry: tuple[Var, ...], backward: Block, unbound: frozenset[Var], late: bool = False
    ) -> tuple[Block, Block]:
        """Put what the reverse of a block needs on a tape, as soon as all of it is there, or at its end.

        `entry` are the values that a loop hands to the block.  Values that may be `unbound` around
        the block are kept here too: where the reverse reads them, the block does, so that they are bound.
        """
        backward = alike(backward, forward.stmts)
        needed = _needed(forward, entry, backward)
        needed += sorted((unbound & free(backward)) - set(needed), key=lambda var: var.name)
        needed, again = recomputed(needed, forward.stmts, {*_bound_in(forward, entry), *unbound})
        backward = self._after(again, backward)
        if not needed:
            return forward, backward
        last = max((i for i, s in enumerate(forward.stmts) if any(var in bound(s) for var in needed)), default=-1)
        if late or self.given is not None:  # what is put on one tape is taken off in the opposite order
            last = len(forward.stmts)
        sizes, needed, backward = self._shapes_apart(needed, backward)
        tape = self._new(needed)
        push = Eqn((), PUSH, (tape, *needed))
        stmts = (*forward.stmts[: last + 1], *sizes, push, *forward.stmts[last + 1 :])
        change = {var: Var(self.names.version(hint), var.kind) for var, hint in needed.items()}
        pop = Eqn(tuple(change.values()), POP, (tape,))
        renamed = rename(backward, change)
        return Block(stmts, forward.results), Block((pop, *renamed.stmts), renamed.results)

    def _after(self, again: Sequence[Eqn], backward: Block) -> Block:
        """Return the reverse of a block after equations that it does once more, of which the values get other Vars."""
        change = {out: Var(self.names.version(out.hint), out.kind) for eqn in again for out in eqn.outs}
        first = tuple(replace(eqn, origin=None) for eqn in again)
        return rename(replace(backward, stmts=(*first, *backward.stmts)), change)

    def hand_out(self, stmt: If, forward: Sequence[Block], backward: Sequence[Block]) -> tuple[If, list[Block]]:
        """Let the values that the reverse of a branch needs be results of the forward `if`."""
        outs = list(stmt.outs)
        results = [list(block.results) for block in forward]
        renamed: list[Block] = []
        for i in (0, 1):
            change: dict[Var, Var] = {}
            for var in _needed(forward[i], (), backward[i]):
                change[var] = Var(self.names.version(var.hint), var.kind)
                outs.append(change[var])
                results[i].append(var)
                results[1 - i].append(UNDEFINED)
            renamed.append(rename(backward[i], change))
        then, orelse = (Block(block.stmts, tuple(values)) for block, values in zip(forward, results, strict=True))
        kept = stmt.kept + len(outs) - len(stmt.outs)
        return replace(stmt, outs=tuple(outs), then=then, orelse=orelse, kept=kept), renamed

    def of_calls(self) -> Var:
        """Return a tape for a function that is called."""
        return self._made("tape", TAPE_OF_CALLS)

    def _new(self, needed: Mapping[Var, str]) -> Var:
        first, *others = *needed.values(), ""
        return self._made(f"{first}_tape" if first and others == [""] else "tape", TAPE)

    def _made(self, hint: str, kind: Opaque) -> Var:
        if self.given is not None:
            return self.given
        self.made.append(Var(self.names.version(hint), kind))
        return self.made[-1]

    def _shapes_apart(self, needed: list[Var], backward: Block) -> tuple[list[Stmt], dict[Var, str], Block]:
        """Keep the shape of an array instead of the array, where that is all that is read of it.

        Returns the equations that read shapes, what to keep and its name in the reverse, and the reverse.
        """
        sizes: list[Stmt] = []
        kept: dict[Var, str] = {}
        for var in needed:
            attributes = attributes_read(var, backward)
            if not attributes:
                kept[var] = var.hint
                continue
            instead: dict[str, Var] = {}
            for attribute in attributes:
                instead[attribute] = Var(self.names.version(""), attribute_kind(var, attribute))
                sizes.append(Eqn((instead[attribute],), GETATTR, (var, Lit(attribute, Opaque("str")))))
                kept[instead[attribute]] = f"{var.hint}_{attribute}" if var.hint else ""
            backward = with_attributes(var, instead, backward)
        return sizes, kept, backward


def _needed(forward: Block, entry: tuple[Var, ...], backward: Block) -> list[Var]:
    """Return the Vars of a forward block that its reverse reads."""
    read = free(backward)
    return [var for var in _bound_in(forward, entry) if var in read]


def _bound_in(forward: Block, entry: tuple[Var, ...]) -> list[Var]:
    return [*entry, *(var for stmt in forward.stmts for var in bound(stmt))]
