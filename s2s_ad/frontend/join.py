"""Where two ways of control flow meet: names and storage that differ are joined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from s2s_ad.frontend.context import AlwaysRaisesError, FirstIteration, GrowingListError, Lowerer
from s2s_ad.frontend.values import (
    NOT_BOUND,
    NOT_YET,
    UNSURE,
    DictV,
    FunctionV,
    ListOf,
    Memory,
    ObjectV,
    Pairs,
    Ref,
    TupleV,
    Unbound,
    Value,
    leaves,
    list_tokens,
    map_leaves,
    objects_in,
    same_shape,
    tokens,
)  # fmt: skip
from s2s_ad.ir.core import UNDEFINED, Atom, Block, If, Lit, Stmt, Var, bound
from s2s_ad.ir.kinds import Array, Kind, ListKind, join


@dataclass
class Branch:
    """What one way of an `if` did: its statements, the names after it, and storage."""

    stmts: list[Stmt]
    env: dict[str, Value]
    memory: Memory
    dead: bool = False
    """The way ends by raising: nothing of it is seen afterwards."""
    results: list[Atom] = field(default_factory=list[Atom])


def branch(lo: Lowerer, way: Callable[[], dict[str, Value] | None]) -> Branch:
    """Lower one way, which returns the names after it or None if it ends by raising.

    The names and the storage in view stay as they are.
    """
    frame, env, memory, fence = lo.frame, lo.frame.env, lo.memory, lo.fence
    frame.env, lo.memory, lo.fence = dict(env), memory.copy(), lo.names.cell
    try:
        with lo.block() as stmts:
            try:
                after = way()
            except (FirstIteration, AlwaysRaisesError):
                after = None  # reading what is not bound yet raises, and so does reading from an empty list
        return Branch(stmts, after or {}, lo.memory, dead=after is None)
    finally:
        lo.frame, lo.memory, lo.fence = frame, memory, fence
        frame.env = env


def merge(lo: Lowerer, test: Atom, then: Branch, orelse: Branch) -> dict[str, Value]:
    """Emit the `if` and return the names after it; storage is joined too."""
    joiner = _Joiner(lo, test, then, orelse)
    for way in (then, orelse):
        lo.memory.take_in(way.memory)
    joiner.join_storage()
    joiner.join_records()
    env = {
        name: joiner.join_values(name, then.env.get(name), orelse.env.get(name))
        for name in dict.fromkeys([*then.env, *orelse.env])
    }
    blocks = [Block(tuple(way.stmts), tuple(way.results)) for way in (then, orelse)]
    lo.stmts.append(If(tuple(joiner.outs), test, blocks[0], blocks[1], lo.origin))
    return env


class _Joiner:
    """Collects the values in which two branches differ, and the Vars that they become."""

    def __init__(self, lo: Lowerer, test: Atom, then: Branch, orelse: Branch) -> None:
        self.lo = lo
        self.test = test
        self.then = then
        self.orelse = orelse
        self.outs: list[Var] = []
        self.met: dict[tuple[Value | None, Value | None], Ref] = {}
        """New storage by what it is after one branch and after the other."""
        self.inner = {var for way in (then, orelse) for stmt in way.stmts for var in bound(stmt)}
        self.made: dict[tuple[int, int], DictV | ObjectV] = {}
        """Dicts and objects of which each way made one, by the tokens that they have there."""

    def join_storage(self) -> None:
        """Join the cells that either branch wrote to."""
        after = self.lo.memory.versions
        for cell in dict.fromkeys([*after, *self.lo.outside]):
            before = self.lo.version(cell)
            x, y = (before if way.dead else self.lo.version_in(way.memory, cell) for way in (self.then, self.orelse))
            if x != y:
                kind = join(x.kind, y.kind)
                assert kind is not None, "storage keeps its dtype and rank"
                after[cell] = self._out(x, y, kind, before.hint)

    def join_records(self) -> None:
        """Join the dicts and objects that either way changed."""
        after = self.lo.memory.records
        for token, before in list(after.items()):
            x, y = (before if way.dead else way.memory.records[token] for way in (self.then, self.orelse))
            if x != before or y != before:
                after[token] = self._join_record(x, y, before)

    def _join_record(self, x: Pairs, y: Pairs, before: Pairs = ()) -> Pairs:
        """Return a record whose items are in doubt where a way has them not, or in another order."""
        of_x, of_y, known = dict(x), dict(y), dict(before)
        if self.then.dead or self.orelse.dead:
            of_x = of_y = of_y if self.then.dead else of_x
        keys = dict.fromkeys([*of_x, *of_y])
        if list(of_x) != list(of_y):
            keys[UNSURE] = None

        def item(key: object) -> Value:
            values = of_x.get(key), of_y.get(key)
            if values[0] is None or values[1] is None:
                return Unbound("is not there on every way to here")
            same = key in known and values[0] == values[1] == known[key]
            return values[0] if same else self.join_values(spoken(key), *values)

        return tuple((key, item(key)) for key in keys)

    def join_values(self, name: str, x: Value | None, y: Value | None) -> Value:
        """Return the value of a name that is x after one branch and y after the other."""
        if self.then.dead and y is not None:
            return map_leaves(y, lambda leaf: self._join_leaf(name, None, leaf))
        if self.orelse.dead and x is not None:
            return map_leaves(x, lambda leaf: self._join_leaf(name, leaf, None))
        if _is_missing(x) or _is_missing(y):
            return self._join_missing(name, x, y)
        assert x is not None and y is not None
        if isinstance(x, Unbound) or isinstance(y, Unbound):
            return x if isinstance(x, Unbound) else y
        if not same_shape(x, y) and (objects_in(x) or objects_in(y)):
            x, y = self._dissolved(x, self.then), self._dissolved(y, self.orelse)
        if not same_shape(x, y):
            return Unbound("has values of different structure here", lists_of(x, y))
        if list_tokens(x) != list_tokens(y):
            self.lo.memory.frozen |= list_tokens(x) | list_tokens(y)
        others = iter(list(leaves(y)))
        return map_leaves(x, lambda leaf: self._join_leaf(name, leaf, next(others)))

    def _join_missing(self, name: str, x: Value | None, y: Value | None) -> Value:
        """Join values of which one, or both, are not there: after the other way nothing is bound."""
        known = y if _is_missing(x) else x
        if known is None or isinstance(known, Unbound):
            return known or NOT_BOUND
        if NOT_YET in (x, y):
            self.lo.early.add(name)
        if name.endswith(".") and objects_in(known):
            known = self._dissolved(known, self.orelse if _is_missing(x) else self.then)

        def leaf(value: Value) -> Value:
            if not isinstance(value, Var | Lit | Ref):
                return NOT_BOUND
            return self._join_atoms(name, *((None, value) if _is_missing(x) else (value, None)))

        return map_leaves(known, leaf)

    def _join_leaf(self, name: str, x: Value | None, y: Value | None) -> Value:
        """Join two leaves; None stands for the leaf of a way that ends by raising."""
        if isinstance(x, DictV | ObjectV) or isinstance(y, DictV | ObjectV):
            return self._join_objects(name, x, y)
        if x == y or (x is None and self._outlives(y)) or (y is None and self._outlives(x)):
            if x is not None and self._outlives(x):
                return x
            if y is not None and self._outlives(y):
                return y
        for leaf in (x, y):
            if isinstance(leaf, FunctionV) and not self._outlives(leaf):
                return Unbound("is a function made on one way to here")
            if leaf is not None and not isinstance(leaf, Var | Lit | Ref):
                return leaf if x == y else Unbound("is a different object on different ways to here")
        for leaf, way in ((x, self.then), (y, self.orelse)):
            if isinstance(leaf, Ref) and leaf.cell in way.memory.stale:
                return Unbound("may have been changed by a write to what may be the same array")
        if name.endswith(".") and x == self.lo.lit(True) and y == self.lo.lit(False):
            return self.test
        return self._join_atoms(name, x, y)

    def _join_atoms(self, name: str, x: Value | None, y: Value | None) -> Value:
        """Join numbers, arrays or lists, of which one may be missing."""
        lo = self.lo
        if (x, y) in self.met:
            return self.met[x, y]
        atoms = [self._read(x, self.then), self._read(y, self.orelse)]
        kind = atoms[1].kind if x is None else atoms[0].kind if y is None else join(atoms[0].kind, atoms[1].kind)
        if kind is None:
            return Unbound(f"is {atoms[0].kind} on one way to here and {atoms[1].kind} on another")
        hint = hint_of(name) if name and not lo.quiet else None
        out = self._out(atoms[0], atoms[1], kind, hint)
        for way, atom in ((self.then, atoms[0]), (self.orelse, atoms[1])):
            if not way.dead and (atom == UNDEFINED or atom in lo.maybe):
                lo.maybe.add(out)
        if not isinstance(kind, Array | ListKind):
            return out
        result = lo.new_cell(out)
        for value in (x, y):
            if isinstance(value, Ref):
                self._share(value, result)
        self.met[x, y] = result
        return result

    def _share(self, value: Ref, result: Ref) -> None:
        """Note what storage that is new after the `if` may be, if that can be reached otherwise."""
        alias(self.lo, value.cell, result.cell)  # of a cell that ends here too: what that may be, this may be
        if value.cell in self.lo.memory.shared:
            self.lo.memory.shared |= {result.cell}
        for pair, other in self.met.items():
            near = [part for part in pair if isinstance(part, Ref)]
            if any(part.cell == value.cell or self.lo.memory.may_alias(part.cell, value.cell) for part in near):
                alias(self.lo, other.cell, result.cell)

    def _join_objects(self, name: str, x: Value | None, y: Value | None) -> Value:
        """Join two dicts or objects that have tokens."""
        if x == y and x is not None and tokens(x) <= self.lo.memory.records.keys():
            return x
        if x is None or y is None:
            return self._adopted(y if x is None else x)
        assert isinstance(x, DictV | ObjectV) and isinstance(y, DictV | ObjectV)
        pair = (x.token, y.token)
        if pair in self.made:
            return self.made[pair]
        known = {token for made in self.made for token in made}
        memory = self.lo.memory
        if known & {*pair} or memory.records.keys() & {*pair} or not all(pair):
            memory.frozen |= {made.token for made in self.made.values()}
            return self.join_values(name, self._dissolved(x, self.then), self._dissolved(y, self.orelse))
        token = self.lo.new_token()
        if memory.frozen & {*pair}:
            memory.frozen |= {token}
        self.made[pair] = ObjectV(x.cls, (), token) if isinstance(x, ObjectV) else DictV((), token)
        records = self.then.memory.records[x.token], self.orelse.memory.records[y.token]
        memory.records[token] = self._join_record(*records)
        return self.made[pair]

    def _adopted(self, value: Value | None) -> Value:
        """Return an object of the only way that goes on: what it holds is handed out with it."""
        assert isinstance(value, DictV | ObjectV)
        way = self.orelse if self.then.dead else self.then
        records = self.lo.memory.records
        if value.token and value.token not in records:
            records[value.token] = ()
            pairs = way.memory.records[value.token]
            records[value.token] = self._join_record(pairs, pairs)
        return value

    def _dissolved(self, value: Value, way: Branch) -> Value:
        """Return a snapshot of a structure: from here on nobody may change what it is made of."""
        self.lo.memory.frozen |= way.memory.all_tokens(value)
        try:
            return way.memory.dissolved(value)
        except RecursionError:
            self.lo.refuse("an object that holds itself is chosen by a condition", "let it not hold itself")

    def _outlives(self, value: Value | None) -> bool:
        """Say whether a leaf means the same after the `if` without being handed out of it."""
        if isinstance(value, Ref):
            return self.lo.lives(value.cell)
        if isinstance(value, FunctionV):
            return value.outlives(self.lo.frame) or value in self.lo.frame.env.values()
        return not isinstance(value, Var) or value not in self.inner

    def _read(self, value: Value | None, way: Branch) -> Atom:
        if value is None:
            return UNDEFINED
        with self.lo.into(way.stmts, way.memory):
            return self.lo.read(value)

    def _out(self, x: Atom, y: Atom, kind: Kind, hint: str | None) -> Var:
        out = self.lo.var(kind, hint=hint)
        self.outs.append(out)
        self.then.results.append(x)
        self.orelse.results.append(y)
        return out


def _is_missing(value: Value | None) -> bool:
    return value in (None, NOT_BOUND, NOT_YET)


def hint_of(name: str) -> str:
    """Return what is printed for a name; one that no program can have ends in a dot."""
    return name.partition(".")[0]


def spoken(key: object) -> str:
    """Return what the value of a dict item or an attribute is called."""
    return key if isinstance(key, str) and key.isidentifier() else "item"


def alias(lo: Lowerer, known: int, new: int) -> None:
    """Note that a new cell may be the same storage as a known one, and as what that may be.

    "May be the same" is not transitive: of two buffers that take turns, each may be either.
    """
    memory = lo.memory
    near = {known, *(cell for pair in memory.aliases if known in pair for cell in pair)} - {new}
    memory.aliases |= {frozenset((cell, new)) for cell in near}
    if known in memory.shared:
        memory.shared |= {new}


def lists_of(*values: Value | None) -> frozenset[int]:
    """Return the tokens or cells of values that are lists of different lengths, all of them or none."""
    found = [value.token if isinstance(value, TupleV) else _list_cell(value) for value in values]
    return frozenset(found) if all(found) else frozenset()


def _list_cell(value: Value | None) -> int:
    """Return a cell of a list, 0 of another value."""
    first = next(leaves(value)) if isinstance(value, ListOf) else value
    return first.cell if isinstance(first, Ref) and not first.path else 0


def grow(lo: Lowerer, found: frozenset[int], reason: str, remedy: str, form: Value | None = None) -> NoReturn:
    """Start anew with the lists of these tokens (or cells) as storage, or refuse if that is not possible."""
    sites = {lo.made_at[token]: form for token in found if token in lo.made_at}
    new = {site: form for site in sites if site not in lo.growing or (form and lo.growing[site] is None)}
    if not new:
        lo.refuse(reason, remedy)
    raise GrowingListError(new)
