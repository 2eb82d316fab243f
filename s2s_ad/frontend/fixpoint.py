"""What a loop carries: names and storage that an iteration changes, found by lowering its body.

The body is lowered with a guess (names that it binds are carried with the kinds they have before
the loop; storage is not changed), and again with a better one until the guess holds.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from s2s_ad.frontend.context import FirstIteration, Lowerer
from s2s_ad.frontend.join import alias, grow, hint_of, lists_of, spoken
from s2s_ad.frontend.values import (
    NOT_BOUND,
    NOT_YET,
    UNSURE,
    DictV,
    FunctionV,
    Memory,
    ObjectV,
    Ref,
    Unbound,
    Value,
    leaves,
    map_leaves,
    objects_in,
    same_shape,
    tokens,
)  # fmt: skip
from s2s_ad.ir.core import UNDEFINED, Atom, Lit, Stmt, Var
from s2s_ad.ir.kinds import Array, Kind, ListKind, join

_MOST_ROUNDS = 40
_DOUBTFUL = Unbound("is set or deleted in a loop")


@dataclass
class Carried:
    """The carried values of a loop and its lowered body."""

    params: tuple[Var, ...]
    inits: tuple[Atom, ...]
    yields: tuple[Atom, ...]
    outs: tuple[Var, ...]
    stmts: list[Stmt]


@dataclass
class _Guess:
    """What is assumed of an iteration; it only grows."""

    kinds: dict[tuple[str, int], Kind] = field(default_factory=dict[tuple[str, int], Kind])
    rebound: set[str] = field(default_factory=set[str])
    cells: set[int] = field(default_factory=set[int])
    aliased: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])
    pairs: set[frozenset[str]] = field(default_factory=set[frozenset[str]])
    early: dict[str, Value] = field(default_factory=dict[str, Value])
    """Names that only the body binds but that are read before, as structures of what stands for no value."""
    held: set[str] = field(default_factory=set[str])
    """Names whose storage belongs to lists at the end of an iteration."""
    known: Memory = field(default_factory=Memory)
    """What an iteration finds out of storage from before the loop."""
    records: dict[str, tuple[int, Any]] = field(default_factory=dict[str, tuple[int, Any]])
    """Items of dicts and attributes of objects that are carried, each as if it had a name of its own."""
    remade: set[str] = field(default_factory=set[str])
    """Names that stand for another dict or object after an iteration: its items are carried."""
    doubtful: set[tuple[int, Any]] = field(default_factory=set[tuple[int, Any]])
    """Items of dicts and attributes of objects that the body makes or deletes: there or not."""


@dataclass
class _Slot:
    """One carried value: a leaf of a name, or a cell of storage."""

    name: str
    leaf: int
    param: Var
    init: Atom
    cell: int = 0
    """The cell carried, or the one that stands for a rebound array in the body."""


def carry(lo: Lowerer, names: list[str], body: Callable[[], None]) -> Carried:
    """Lower the body of a loop and leave the names and storage as they are after the loop."""
    guess = _Guess()
    names = [name for name in names if _is_own(lo, name)]
    for _ in range(_MOST_ROUNDS):
        start, maybe = (lo.names.copy(), lo.frame.env, lo.memory), set(lo.maybe)
        lo.early -= set(names)
        lo.frame.env, lo.memory = dict(start[1]), start[2].copy()
        attempt = _Attempt(lo, names, guess, start[1], start[2].copy())
        settled, more = attempt.run(body), _changed_unnamed(lo.frame.env, start[1], names)
        if settled and not more:
            return attempt.finish()
        names = [*names, *more]
        lo.names, lo.frame.env, lo.memory = start
        lo.maybe &= maybe
    lo.refuse("what this loop carries does not settle", "give its variables one type from the start")


def _is_own(lo: Lowerer, name: str) -> bool:
    """Say whether a name is of this function: arrays of the outside are written under names that stay theirs."""
    if not lo.is_plain(name):
        return False  # it is in a record
    return name in lo.frame.env or name in lo.frame.names or not name.isidentifier()


def _changed_unnamed(env: dict[str, Value], before: dict[str, Value], names: list[str]) -> list[str]:
    """Return what the body changed under a name that only it has: lists and dicts that stand for others too."""
    return [name for name, value in before.items() if name not in names and env.get(name, value) != value]


class _Attempt:
    """Lowers a loop body once under a guess."""

    def __init__(self, lo: Lowerer, names: list[str], guess: _Guess, env: dict[str, Value], memory: Memory) -> None:
        self.lo = lo
        self.guess = guess
        for token, key in guess.doubtful:
            for each in (memory, lo.memory):
                each.records[token] = tuple({**dict(each.records[token]), key: _DOUBTFUL}.items())
        items = {name: dict(memory.records[token])[key] for name, (token, key) in guess.records.items()}
        self.env = {**env, **guess.early, **items}
        self.memory = memory
        names = [*names, *guess.records]
        self.old = [name for name in names if not isinstance(self.env.get(name, NOT_BOUND), Unbound)]
        self.new = [name for name in names if name not in self.old and name not in guess.records]
        self.slots: list[_Slot] = []
        self.yields: list[Atom] = []
        self.stmts: list[Stmt] = []
        self.settled = True
        self.arrays: dict[Ref, Ref] = {}
        """Arrays that only the body binds, by what they are in it."""
        self.ends: list[tuple[Ref, Ref]] = []
        """Carried arrays: what they are at the end of the body, and after the loop."""

    # -- the head of the loop ---------------------------------------------------------------

    def run(self, body: Callable[[], None]) -> bool:
        """Lower the body; say whether the guess held."""
        lo = self.lo
        lo.memory.take_in(self.guess.known)
        for name in sorted(self.guess.remade):
            lo.memory.frozen |= self.memory.all_tokens(self.env[name])
            self.env[name] = self._dissolved(self.env[name], self.memory)
        for name in self.old:
            self._bind(name, self._head(name, self.env[name]))
        for name in self.new:
            lo.frame.env[name] = NOT_YET
        for cell in sorted(self.guess.cells):
            init = lo.version_in(self.memory, cell)
            kind = self.guess.kinds.get(("", cell), init.kind)
            param = lo.var(kind, hint=init.hint)
            lo.memory.versions[cell] = param
            self.slots.append(_Slot("", cell, param, init, cell))
        self._head_aliases()
        fence, lo.fence = lo.fence, lo.names.cell
        try:
            with lo.block() as self.stmts:
                body()
        except FirstIteration as error:
            if error.name in self.new and self.env.get(error.name) != NOT_YET:
                lo.refuse(f"{error.name!r} {NOT_YET.reason}", "bind it before the loop")
            raise
        finally:
            lo.fence = fence
        self._check_early()
        if self.settled:
            self._check()
        return self.settled

    def _check_early(self) -> None:
        """Carry the names that are read before the body binds them."""
        for name in self.new:
            value = self.lo.frame.env.get(name)
            if name in self.lo.early and value is not None and not isinstance(value, Unbound):
                if objects_in(value):
                    self.guess.remade.add(name)
                    value = self._dissolved(value, self.lo.memory)
                self.guess.early[name] = map_leaves(value, partial(self._no_value, name))
                self.settled = False

    def _no_value(self, name: str, leaf: Value) -> Value:
        if not isinstance(leaf, Var | Lit | Ref):  # a function, a module: nothing tells whether it is there
            self.lo.refuse(f"{name!r} {NOT_YET.reason}", "bind it before the loop")
        return Lit(None, self.lo.kind(leaf))

    def _bind(self, name: str, value: Value) -> None:
        """Bind a name, or what stands for one: an item of a dict, an attribute."""
        if name not in self.guess.records:
            self.lo.frame.env[name] = value
            return
        token, key = self.guess.records[name]
        records = self.lo.memory.records
        records[token] = tuple({**dict(records[token]), key: value}.items())

    def _dissolved(self, value: Value, memory: Memory) -> Value:
        try:
            return memory.dissolved(value)
        except RecursionError:
            self.lo.refuse("an object that holds itself changes in a loop", "let it not hold itself")

    def _head(self, name: str, value: Value) -> Value:
        counter = itertools.count()
        return map_leaves(value, lambda leaf: self._head_leaf(name, next(counter), leaf))

    def _head_leaf(self, name: str, position: int, leaf: Value) -> Value:
        if not isinstance(leaf, Var | Lit | Ref) or (isinstance(leaf, Ref) and name not in self.guess.rebound):
            return leaf
        init = UNDEFINED if name in self.guess.early else self.lo.read(leaf)
        kind = self.guess.kinds.get((name, position), self.lo.kind(leaf))
        param = self.lo.var(kind, hint=hint_of(name))
        if init == UNDEFINED or init in self.lo.maybe:
            self.lo.maybe.add(param)
        slot = _Slot(name, position, param, init)
        self.slots.append(slot)
        if not isinstance(kind, Array | ListKind):
            return param
        ref = self.lo.new_cell(param)
        slot.cell = ref.cell
        if name in self.guess.held:
            self.lo.memory.shared |= {ref.cell}
        if isinstance(leaf, Ref):
            alias(self.lo, leaf.cell, ref.cell)
        return ref

    def _head_aliases(self) -> None:
        cells = {slot.name: slot.cell for slot in self.slots if slot.cell}
        pairs = {frozenset((cells[name], cell)) for name, cell in self.guess.aliased}
        pairs |= {frozenset(cells[name] for name in pair) for pair in self.guess.pairs}
        self.lo.memory.aliases |= pairs

    # -- the end of the body ----------------------------------------------------------------

    def _check(self) -> None:
        """Compare the end of the body with the guess at its head, and improve the guess."""
        lo = self.lo
        self._check_records()
        after = dict(lo.frame.env)
        for name, (token, key) in self.guess.records.items():
            after[name] = dict(lo.memory.records[token]).get(key, Unbound("is not there"))
        values: dict[tuple[str, int], Value] = {}
        for name in self.old:
            for position, leaf in enumerate(self._leaves_after(name, after.get(name))):
                values[name, position] = leaf
        for cell in dict.fromkeys([*self.memory.versions, *lo.outside]):
            if cell not in self.guess.cells and lo.version(cell) != lo.version_in(self.memory, cell):
                self.guess.cells.add(cell)
                self.settled = False
        self._check_known(values)
        if self.settled:
            for slot in self.slots:
                self._check_slot(slot, values)
            self._check_aliases(values)

    def _check_known(self, values: dict[tuple[str, int], Value]) -> None:
        """Let the next iteration know of storage what this one found out."""
        now, known = self.lo.memory, Memory()
        before = {cell for cell in self.memory.versions if cell > 0}
        known.shared = now.shared & before - self.memory.shared
        known.stale = now.stale & before - self.memory.stale
        shared = {name for (name, _), leaf in values.items() if isinstance(leaf, Ref) and leaf.cell in now.shared}
        guess = self.guess.known
        more = known.shared - guess.shared or known.stale - guess.stale
        if more or shared - self.guess.held:
            guess.take_in(known)
            self.guess.held |= shared
            self.settled = False

    def _check_records(self) -> None:
        """Carry the items of dicts and objects that the body changed."""
        for token, before in self.memory.records.items():
            known = {key for of, key in self.guess.records.values() if of == token}
            start = {key: item for key, item in before if key not in known}
            end = {key: item for key, item in self.lo.memory.records[token] if key not in known}
            if [*start] != [*end]:
                others = (start.keys() ^ end.keys()) or {UNSURE}
                self.guess.doubtful |= {(token, key) for key in others}
                self.settled = False
            for key in (key for key, item in start.items() if end.get(key, item) != item):
                self.guess.records[f"{spoken(key)}.{token}.{len(self.guess.records)}"] = (token, key)
                self.settled = False

    def _leaves_after(self, name: str, value: Value | None) -> Iterator[Value]:
        before = self.env[name]
        if value is not None and name in self.guess.remade:
            self.lo.memory.frozen |= self.lo.memory.all_tokens(value)
            value = self._dissolved(value, self.lo.memory)
        elif value is not None and objects_in(value) != objects_in(before):
            self.guess.remade.add(name)
            self.settled = False
            return
        if value is None or isinstance(value, Unbound) or not same_shape(before, value):
            reason, remedy = (
                f"{hint_of(name)!r} changes its structure in this loop",
                "give it one structure from before the loop on",
            )
            grow(self.lo, value.lists if isinstance(value, Unbound) else lists_of(before, value), reason, remedy)
        if tokens(before) != tokens(value):
            self.lo.memory.frozen |= tokens(before) | tokens(value)
        for old, new in zip(list(leaves(before)), list(leaves(value)), strict=True):
            if isinstance(old, Ref) and name not in self.guess.rebound and new != old:
                self.guess.rebound.add(name)
                self.settled = False
            if not isinstance(old, Var | Lit | Ref) and old != new:
                self.lo.refuse(f"{hint_of(name)!r} becomes another object in this loop", "choose it before the loop")
            yield new

    def _check_slot(self, slot: _Slot, values: dict[tuple[str, int], Value]) -> None:
        lo = self.lo
        if slot.name:
            with lo.into(self.stmts, lo.memory):
                given: Atom = lo.read(values[slot.name, slot.leaf])
            if slot.cell and isinstance(end := values[slot.name, slot.leaf], Ref):
                self.ends.append((end, Ref(slot.cell)))
        else:
            given = lo.version(slot.cell)
        kind = join(slot.param.kind, given.kind)
        if kind is None:
            lo.refuse(
                f"{hint_of(slot.name)!r} is {slot.param.kind} before an iteration and {given.kind} after it",
                "give it one type from before the loop on",
            )
        if kind != slot.param.kind:
            self.guess.kinds[slot.name, slot.leaf] = kind
            self.settled = False
        self.yields.append(given)

    def _check_aliases(self, values: dict[tuple[str, int], Value]) -> None:
        """Let arrays that share storage at the end of an iteration do so at the next head."""
        given = {
            slot.name: value
            for slot in self.slots
            if slot.name and isinstance(value := values[slot.name, slot.leaf], Ref) and slot.cell
        }
        heads = {slot.cell for slot in self.slots if slot.name}
        for name, value in given.items():
            for cell in (*self.memory.versions, *self.lo.outside):
                same = value.cell == cell or self.lo.memory.may_alias(value.cell, cell)
                if same and cell not in heads and (name, cell) not in self.guess.aliased:
                    self._widen_alias(name, cell)
            for other, second in given.items():
                same = value.cell == second.cell or self.lo.memory.may_alias(value.cell, second.cell)
                if other != name and same and frozenset((name, other)) not in self.guess.pairs:
                    self.guess.pairs.add(frozenset((name, other)))
                    self.settled = False

    def _widen_alias(self, name: str, cell: int) -> None:
        head = next(slot for slot in self.slots if slot.name == name and slot.cell)
        before = self.env[name]
        known = any(isinstance(leaf, Ref) and leaf.cell == cell for leaf in leaves(before))
        if not known and not self.memory.may_alias(head.cell, cell):
            self.guess.aliased.add((name, cell))
            self.settled = False

    # -- after the loop -----------------------------------------------------------------------

    def finish(self) -> Carried:
        """Bind the names and storage after the loop and return what it carries."""
        lo = self.lo
        body_env, body_memory = lo.frame.env, lo.memory
        env = {name: value for name, value in self.env.items() if name not in self.guess.records}
        lo.frame.env, lo.memory = env, self.memory.copy()
        lo.memory.take_in(body_memory)
        outs: dict[tuple[str, int], Var] = {}
        for slot in self.slots:
            out = lo.var(slot.param.kind, hint=slot.param.hint)
            outs[slot.name, slot.leaf] = out
            if slot.param in lo.maybe:
                lo.maybe.add(out)
            if slot.cell:
                lo.memory.versions[slot.cell] = out
        cells = {(slot.name, slot.leaf): slot.cell for slot in self.slots}
        for name in self.old:
            counter = itertools.count()
            self._bind(
                name,
                map_leaves(
                    self.env[name], lambda leaf, name=name, at=counter: self._after(name, next(at), leaf, outs, cells)
                ),
            )
        params = [slot.param for slot in self.slots]
        inits = [slot.init for slot in self.slots]
        all_outs = list(outs.values())
        for name in self.new:
            self._bind_new(name, body_env.get(name), body_memory, params, inits, all_outs)
        return Carried(tuple(params), tuple(inits), tuple(self.yields), tuple(all_outs), self.stmts)

    def _after(
        self, name: str, position: int, leaf: Value, outs: dict[tuple[str, int], Var], cells: dict[tuple[str, int], int]
    ) -> Value:
        out = outs.get((name, position))
        if out is None:
            return leaf
        return Ref(cells[name, position]) if cells[name, position] else out

    def _bind_new(
        self, name: str, value: Value | None, memory: Memory, params: list[Var], inits: list[Atom], outs: list[Var]
    ) -> None:
        """Bind a name that only the body binds; without an iteration it stays unbound."""
        lo = self.lo
        if value is None or isinstance(value, Unbound):
            lo.frame.env[name] = NOT_BOUND if value in (None, NOT_YET) else value
            return
        if self.env.get(name) == NOT_YET:
            lo.early.add(name)  # without an iteration it is what the loop around this one left

        def object_after(leaf: DictV | ObjectV, inside: bool) -> Value:
            if leaf.token not in lo.memory.records:
                lo.memory.records[leaf.token] = ()
                pairs = memory.records[leaf.token]
                lo.memory.records[leaf.token] = tuple(
                    (key, map_leaves(item, lambda part: leaf_after(part, True))) for key, item in pairs
                )
            return leaf if inside or lo.stands_for(leaf) in lo.maybe else NOT_BOUND

        def leaf_after(leaf: Value, inside: bool = False) -> Value:
            if isinstance(leaf, DictV | ObjectV) and leaf.token:
                return object_after(leaf, inside)
            if isinstance(leaf, FunctionV) and not leaf.outlives(lo.frame):
                return Unbound("is a function made in a loop")
            if not isinstance(leaf, Var | Lit | Ref):
                return leaf if inside else NOT_BOUND
            if isinstance(leaf, Ref) and leaf in self.arrays:
                return self.arrays[leaf]
            with lo.into(self.stmts, memory):
                given = lo.read(leaf)
            params.append(lo.var(given.kind, hint=hint_of(name)))
            inits.append(UNDEFINED)
            self.yields.append(given)
            outs.append(lo.var(given.kind, hint=hint_of(name)))
            lo.maybe.add(outs[-1])
            result = lo.wrap(outs[-1])
            if isinstance(result, Ref) and isinstance(leaf, Ref):
                alias(lo, leaf.cell, result.cell)
            if isinstance(result, Ref) and isinstance(leaf, Ref):
                for other, known in (*self.arrays.items(), *self.ends):
                    if leaf.cell == other.cell or memory.may_alias(leaf.cell, other.cell):
                        lo.memory.aliases |= {frozenset((result.cell, known.cell))}
                self.arrays[leaf] = result
            return result

        lo.frame.env[name] = map_leaves(value, leaf_after)
