"""What the reverse sweep needs of the forward sweep, and how it gets it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from s2s_ad.ir.core import (
    UNDEFINED,
    Block,
    Eqn,
    If,
    Lit,
    Stmt,
    Var,
    blocks,
    bound,
    free,
    header,
    map_blocks,
    reads,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import INT, Array, Kind, Opaque, TupleKind, dtype_of
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import GETATTR, IDENTITY, NEW_TAPE, POP, PUSH, ZEROS_LIKE, op
from s2s_ad.ir.rename import rename
from s2s_ad.ir.tapes import TAPE, TAPE_OF_CALLS
from s2s_ad.transform.recomputed import recomputed

_ZEROS = op("numpy.zeros")


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
            attributes = _attributes_read(var, backward)
            if not attributes:
                kept[var] = var.hint
                continue
            instead: dict[str, Var] = {}
            for attribute in attributes:
                instead[attribute] = Var(self.names.version(""), _attribute_kind(var, attribute))
                sizes.append(Eqn((instead[attribute],), GETATTR, (var, _text(attribute))))
                kept[instead[attribute]] = f"{var.hint}_{attribute}" if var.hint else ""
            backward = _with_attributes(var, instead, backward)
        return sizes, kept, backward


def _needed(forward: Block, entry: tuple[Var, ...], backward: Block) -> list[Var]:
    """Return the Vars of a forward block that its reverse reads."""
    read = free(backward)
    return [var for var in _bound_in(forward, entry) if var in read]


def _bound_in(forward: Block, entry: tuple[Var, ...]) -> list[Var]:
    return [*entry, *(var for stmt in forward.stmts for var in bound(stmt))]


def _attributes_read(var: Var, block: Block) -> list[str]:
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


def _attribute_kind(var: Var, attribute: str) -> Kind:
    assert isinstance(var.kind, Array)
    return TupleKind((INT,) * len(var.kind.axes or "")) if attribute == "shape" else INT


def _text(value: str) -> Lit:
    return Lit(value, Opaque("str"))


def _with_attributes(var: Var, instead: dict[str, Var], block: Block) -> Block:
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
