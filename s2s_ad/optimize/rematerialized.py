"""What loops keep on tapes: what is cheap is computed once more instead, where that takes less time than to keep it.

In compiled code arithmetic is:

tape = []                                  tape = []
for i in range(n):                         for i in range(n):
    v1 = x[i]                                  v1 = x[i]
    v2 = s - v1                                v2 = s - v1
    tape.append((s, v1, v2))                   tape.append(s)
    s = s + v2 ** 2                            s = s + v2 ** 2
…                                          …
for i in reversed(range(n)):               for i in reversed(range(n)):
    s, v1, v2 = tape.pop()                     s = tape.pop()
                                               v1 = x[i]
                                               v2 = s - v1

To Python every operation costs as much as a place in a tuple: it reads again what elements it needs, where then there
is no tape at all, and the first loop may go.

v2_tape = []
for i in range(n):
    v2 = x[i]
    v2_tape.append(v2)                     for i in reversed(range(n)):
…                                      →       v2 = x[i]
for i in reversed(range(n)):                   x_bar[i] = 2.0 * v2
    v2 = v2_tape.pop()
    x_bar[i] = 2.0 * v2

Source: Briggs, Cooper & Torczon (1992), Rematerialization.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from s2s_ad.analysis.filled import still_there
from s2s_ad.analysis.storage import Storage
from s2s_ad.ir.core import (
    Arg,
    Atom,
    Block,
    Eqn,
    For,
    Function,
    Op,
    Stmt,
    Var,
    While,
    all_bound,
    all_reads,
    bound,
    map_blocks,
    operands,
    statements_of,
)  # fmt: skip
from s2s_ad.ir.kinds import INT, Array, ListKind, is_number
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import COPY, GETITEM, ITEM, NEW_TAPE, POP, PUSH
from s2s_ad.ir.rename import rename
from s2s_ad.transform.recomputed import is_cheap, put_late, recomputed

_MOST = 8
"""Equations that one value may take."""


def _reads_element(eqn: Eqn) -> bool:
    """Say whether an equation reads one number of an array or a list."""
    return eqn.op in (GETITEM, ITEM) and is_number(eqn.outs[0].kind)


def rematerialized(
    function: Function, names: Names, cheap: Callable[[Eqn], bool] = _reads_element, *, whole: bool = False
) -> Function:
    """Return the function with loops that compute again what is `cheap`; with `whole`, what is all that a loop keeps.

    Indices, negations and casts are cheap too.
    """
    loops = _Loops(function.body, names, cheap, whole)
    loops.pair(function.body, function.body, {var: var for stmt in function.body.stmts for var in bound(stmt)})
    return replace(function, body=loops.changed(function.body))


class _Loops:
    """The loops of a function, and what becomes of the statements by which one keeps values and another gets them."""

    def __init__(self, body: Block, names: Names, cheap: Callable[[Eqn], bool], whole: bool) -> None:
        self._names = names
        self._is_chosen = cheap
        self._whole = whole
        self._uses = Counter(all_reads(body))
        self._bound = frozenset(all_bound(body))
        self._storage = Storage()
        self._storage.block(body)
        self._body = body
        self._filled: list[Eqn] = []
        """What gives values of the loop that is looked at, of arrays that it fills."""
        self._instead: dict[Eqn, list[Eqn]] = {}
        self._again: dict[Eqn, list[Eqn]] = {}
        """For statements that take something off a tape, what else they gave."""
        self._indices: dict[Var, Var] = {}
        """New ones for those without a name."""

    def pair(self, forth: Block, back: Block, there: Mapping[Var, Var], around: Sequence[Eqn] = ()) -> None:
        """Look at the loops of two blocks; the second has some values of the first `there`, under these names.

        Others are given by equations `around` the loops, of numbers: arrays would be made in each iteration.
        """
        ends = [(loop, _tapes(loop, POP)) for loop in back.stmts if isinstance(loop, For)]
        for loop in forth.stmts:
            if not isinstance(loop, For | While):
                continue
            tapes = _tapes(loop, PUSH)
            mirror = next((end for end, popped in ends if end is not loop and not tapes.isdisjoint(popped)), None)
            if mirror is not None:
                equations = [*around, *(stmt for stmt in loop.body.stmts if isinstance(stmt, Eqn))]
                if isinstance(loop, For) and forth is self._body:
                    self._filled = still_there(loop, forth, self._storage)
                    equations += self._filled
                inside = self._inside(loop, mirror, there, equations)
                numbers = [eqn for eqn in equations if all(is_number(out.kind) for out in eqn.outs)]
                self.pair(loop.body, mirror.body, inside, numbers)

    def changed(self, block: Block) -> Block:
        """Return a block with all that was found."""
        stmts: list[Stmt] = []
        again: list[Eqn] = []
        for stmt in block.stmts:
            if isinstance(stmt, Eqn):
                stmts += self._instead.get(stmt, [stmt])
                again += self._again.get(stmt, ())
                continue
            if isinstance(stmt, For) and stmt.index in self._indices:
                stmt = replace(stmt, index=self._indices[stmt.index])
            stmts.append(map_blocks(stmt, self.changed))
        put_late(again, stmts)
        return Block(tuple(stmts), block.results)

    def _inside(
        self, loop: For | While, mirror: For, there: Mapping[Var, Var], equations: Sequence[Eqn]
    ) -> Mapping[Var, Var]:
        """Choose what a loop keeps; return the values that its mirror has, under their names there."""
        inside = dict(there)
        if isinstance(loop, For) and _is_mirrored(loop, mirror, there):
            inside[loop.index] = mirror.index
            if mirror.index.hint == "_":
                inside[loop.index] = self._indices[mirror.index] = Var(self._names.version("i"), INT)
        pushes, pops = (
            [stmt for stmt in each.body.stmts if isinstance(stmt, Eqn) and stmt.op == how]
            for each, how in ((loop, PUSH), (mirror, POP))
        )
        if len(pushes) == len(pops) == 1 and pushes[0].args[0] == pops[0].args[0]:
            self._keep_less(pushes[0], pops[0], equations, inside)
        return inside

    def _keep_less(self, push: Eqn, pop: Eqn, equations: Sequence[Eqn], there: dict[Var, Var]) -> None:
        """Note what to keep and what to compute again, and with it which values are there."""
        tape, *values = push.args
        given = {var: out for var, out in zip(values, pop.outs, strict=True) if isinstance(var, Var)}
        if len(given) < len(values) or self._uses[tape] != 2:  # pyright: ignore
            return
        saved: dict[Var, Atom] = {
            eqn.args[0]: eqn.outs[0]
            for eqn in equations
            if eqn.op == COPY and eqn.outs[0] in given and isinstance(eqn.args[0], Var)
        }
        cheap = rename(Block(tuple(eqn for eqn in equations if self._is_cheap(eqn, there))), saved)
        kept, again = recomputed(given, cheap.stmts, self._bound - there.keys(), lambda _: True, _MOST)
        if kept and self._whole:
            kept, again = [*given], []
        there.update((var, given[var]) for var in kept)
        for eqn in again:
            (out,) = eqn.outs
            there[out] = given.get(out) or Var(self._names.version(out.hint), out.kind)
        if not again:
            return
        change: dict[Var, Atom] = {**there}
        self._instead[push] = [replace(push, args=(tape, *kept))] if kept else []
        self._instead[pop] = [replace(pop, outs=tuple(given[var] for var in kept))] if kept else []
        renamed = rename(Block(tuple(again)), change).stmts
        self._again[pop] = [eqn for eqn in renamed if isinstance(eqn, Eqn)]
        if not kept:
            self._instead[Eqn((tape,), NEW_TAPE, ())] = []  # pyright: ignore

    def _is_cheap(self, eqn: Eqn, there: Mapping[Var, Var]) -> bool:
        """Say whether an equation takes less time than to keep its value, and gives it later too."""
        if eqn.kwargs or len(eqn.outs) != 1 or not all(is_number(var.kind) or _is_held(var) for var in operands(eqn)):
            return False
        outside = (var for var in operands(eqn) if _is_held(var) and (var not in self._bound or var in there))
        if eqn not in self._filled and any(map(self._storage.writes_to, outside)):
            return False
        return self._is_chosen(eqn) or is_cheap(eqn)


def _tapes(loop: For | While, how: Op) -> frozenset[Arg]:
    """Return the tapes on which a loop, or one in it, puts something (or from which it takes it)."""
    return frozenset(stmt.args[0] for stmt in statements_of(loop.body) if isinstance(stmt, Eqn) and stmt.op == how)


def _is_mirrored(loop: For, mirror: For, there: Mapping[Var, Var]) -> bool:
    """Say whether a loop runs over the same numbers as another, from the last to the first."""
    bounds = (there.get(atom, atom) if isinstance(atom, Var) else atom for atom in (loop.start, loop.stop, loop.step))
    ends = mirror.start, mirror.stop, mirror.step
    return loop.backwards != mirror.backwards and tuple(bounds) == ends  # one that was left early has others


def _is_held(var: Var) -> bool:
    """Say whether a value is an array or a list, which may be written."""
    return isinstance(var.kind, Array | ListKind)
