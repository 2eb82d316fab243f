"""Makes values safe from in-place operations: copies what would be overwritten before its last use.

In the IR an array is a value; the emitted code updates it in place.  That is right only if nobody
reads the old value, or a view of it, afterwards.  Here each such reader gets a copy that is taken
just before the update; what no update endangers is never copied.

    y = x[1:]                         y = x[1:]
                                      y' = y.copy()
    x' = update(x, 0, 5.0)     →      x' = update(x, 0, 5.0)
    … y …                             … y' …

Lowering has seen to it that the user's own statements read what Python would read.  So a write of
the user endangers only what the reverse sweep reads, by name or from a tape.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from s2s_ad.ir.core import (
    Atom,
    Block,
    Eqn,
    For,
    Function,
    If,
    Source,
    Stmt,
    Var,
    While,
    blocks,
    bound,
    entry_vars,
    operands,
    reads,
    substitute,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import Array, ListKind
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import COPY, GETATTR, GETITEM, IDENTITY, IN_PLACE, POP, PUSH, ZEROS_LIKE, op
from s2s_ad.ir.rename import rename
from s2s_ad.rules.language import lookup, passive

_SHAPE_ONLY = frozenset({ZEROS_LIKE, op("builtins.len"), GETATTR})


def protect(function: Function, names: Names) -> Function:
    """Return the function with the copies that in-place operations make necessary."""
    storage = _Storage()
    storage.block(function.body)
    if not storage.written:
        return function
    body = _Protector(storage, names).top(function.body)
    moved = dict(zip(function.body.results, body.results, strict=True))
    return replace(function, body=body, result=substitute(function.result, lambda var: moved[var]))


# -- which arrays may share storage -----------------------------------------------------------


@dataclass
class _Union:
    """Classes of Vars, joined two by two."""

    parent: dict[Var, Var] = field(default_factory=dict[Var, Var])

    def root(self, var: Var) -> Var:
        while var in self.parent:
            var = self.parent[var]
        return var

    def join(self, a: Atom, b: Atom) -> None:
        if isinstance(a, Var) and isinstance(b, Var) and all(isinstance(x.kind, Array | ListKind) for x in (a, b)):
            first, second = self.root(a), self.root(b)
            if first != second:
                self.parent[second] = first


@dataclass
class _Storage:
    """What may share storage, whatever the order of statements, and what is the very same array."""

    shared: _Union = field(default_factory=_Union)
    same: _Union = field(default_factory=_Union)
    written: list[Var] = field(default_factory=list[Var])

    def block(self, block: Block) -> None:
        for stmt in block.stmts:
            self.stmt(stmt)

    def join(self, a: Atom, b: Atom) -> None:
        self.shared.join(a, b)
        self.same.join(a, b)

    def stmt(self, stmt: Stmt) -> None:
        for inner in blocks(stmt):
            self.block(inner)
        match stmt:
            case Eqn(outs, operation, args):
                if operation in IN_PLACE:
                    self.written.append(outs[0])
                    self.join(*(part for part in (args[0], outs[0]) if isinstance(part, Var)))
                elif may_share(stmt):
                    for out in outs:
                        for var in operands(stmt):
                            self.shared.join(var, out)
            case If(outs, _, then, orelse):
                for out, x, y in zip(outs, then.results, orelse.results, strict=True):
                    self.join(out, x)
                    self.join(out, y)
            case For() | While():
                for values in zip(stmt.outs, stmt.params, stmt.inits, stmt.body.results, strict=True):
                    for other in values[1:]:
                        self.join(values[0], other)
            case _:
                pass

    def is_written(self, var: Var) -> bool:
        """Say whether it is this very array, and not one that shares with it, that is written."""
        return self.same.root(var) in {self.same.root(out) for out in self.written}


def may_share(eqn: Eqn) -> bool:
    """Say whether a result of an equation may share storage with an operand."""
    if eqn.op == IDENTITY:
        return True
    if eqn.op in (POP, PUSH, COPY, GETATTR):
        return False
    if eqn.op == GETITEM:
        return isinstance(eqn.outs[0].kind, Array | ListKind)
    rule = lookup(eqn.op.path)
    return not passive(eqn.op.path) if rule is None else rule.view


# -- copies -----------------------------------------------------------------------------------


class _Protector:
    """Inserts copies, block by block."""

    def __init__(self, storage: _Storage, names: Names) -> None:
        self.storage = storage
        self.names = names

    def top(self, block: Block) -> Block:
        """Protect the body of a function."""
        stmts = list(block.stmts)
        for i, stmt in enumerate(stmts):
            later = {root for s in stmts[i:] for root in self._roots(s, users=True)}
            stmts[i] = self._copy_pushed(stmt, later)
        return self._block(Block(tuple(stmts), block.results))

    def _root(self, var: Var) -> Var:
        return self.storage.shared.root(var)

    def _roots(self, stmt: Stmt, users: bool) -> set[Var]:
        """Return the storage that a statement writes, as the user's or as the sweep's own."""
        if isinstance(stmt, Eqn):
            mine = stmt.op in IN_PLACE and isinstance(stmt.origin, Source) == users
            return {self._root(stmt.outs[0])} if mine else set()
        return {root for block in blocks(stmt) for inner in block.stmts for root in self._roots(inner, users)}

    def _copy_pushed(self, stmt: Stmt, written: set[Var]) -> Stmt:
        """Let a tape hold copies of arrays that are written while it is in use."""
        if not written:
            return stmt
        match stmt:
            case If(then=then, orelse=orelse):
                ways = (self._copy_pushed_in(block, written) for block in (then, orelse))
                return replace(stmt, then=next(ways), orelse=next(ways))
            case For(body=body) | While(body=body):
                return replace(stmt, body=self._copy_pushed_in(body, written))
            case _:
                return stmt

    def _copy_pushed_in(self, block: Block, written: set[Var]) -> Block:
        stmts: list[Stmt] = []
        for stmt in block.stmts:
            if isinstance(stmt, Eqn) and stmt.op == PUSH:
                endangered = [var for var in operands(stmt) if _is_array(var) and self._root(var) in written]
                copies, change = self._copies(endangered)
                stmts.extend(copies)
                pushed = tuple(change.get(arg, arg) if isinstance(arg, Var) else arg for arg in stmt.args)
                stmts.append(replace(stmt, args=pushed))
            else:
                stmts.append(self._copy_pushed(stmt, written))
        return Block(tuple(stmts), block.results)

    def _block(self, block: Block) -> Block:
        stmts, results = list(block.stmts), block.results
        position = 0
        while position < len(stmts):
            stmt = stmts[position]
            rest = Block(tuple(stmts[position + 1 :]), results)
            copies, change = self._copies(self._endangered(stmt, rest))
            if change:
                rest, stmt = rename(rest, change), self._rename_inside(stmt, change)
                stmts[position:] = [*copies, stmt, *rest.stmts]
                results = rest.results
                position += len(copies)
            stmts[position] = self._inner(stmt)
            position += 1
        return Block(tuple(stmts), results)

    def _inner(self, stmt: Stmt) -> Stmt:
        match stmt:
            case If(then=then, orelse=orelse):
                return replace(stmt, then=self._block(then), orelse=self._block(orelse))
            case For(body=body) | While(body=body):
                return replace(stmt, body=self._block(body))
            case _:
                return stmt

    def _endangered(self, stmt: Stmt, rest: Block) -> list[Var]:
        """Return the Vars bound before a statement whose storage it writes and that are read later."""
        by_user, by_sweep = self._roots(stmt, users=True), self._roots(stmt, users=False)
        if not by_user and not by_sweep:
            return []
        found: dict[Var, None] = {}
        late = [*_late(rest), *(var for block in blocks(stmt) if _loops(stmt) for var in _late(block))]
        own = {*bound(stmt), *entry_vars(stmt), *(var for b in blocks(stmt) for s in b.stmts for var in bound(s))}
        for var in late:
            if _is_array(var) and self._root(var) in by_user and var not in own:
                found[var] = None
        if by_sweep:
            early = [*_all_reads(rest)]
            if isinstance(stmt, For | While):
                early += [var for block in blocks(stmt) for var in _all_reads(block)]
                early += [v for v in self._unwritten_inits(stmt).values() if isinstance(v, Var)]
            for var in early:
                if _is_array(var) and self._root(var) in by_sweep and var not in own:
                    found[var] = None
        bound_later = {var for s in rest.stmts for var in _bound_within(s)}
        inside = {var for block in blocks(stmt) for s in block.stmts for var in _bound_within(s)}
        return [var for var in found if var not in bound_later and var not in inside]

    def _unwritten_inits(self, stmt: For | While) -> dict[int, Atom]:
        return {i: init for i, init in enumerate(stmt.inits) if not self.storage.is_written(stmt.params[i])}

    def _rename_inside(self, stmt: Stmt, change: Mapping[Var, Var]) -> Stmt:
        """Let a loop read the copies, but go on writing to the arrays themselves."""
        if not isinstance(stmt, For | While):
            return stmt
        free_inits = self._unwritten_inits(stmt)
        inits = tuple(
            change.get(init, init) if i in free_inits and isinstance(init, Var) else init
            for i, init in enumerate(stmt.inits)
        )
        if isinstance(stmt, While):
            return replace(stmt, inits=inits, test=rename(stmt.test, change), body=rename(stmt.body, change))
        return replace(stmt, inits=inits, body=rename(stmt.body, change))

    def _copies(self, endangered: Iterable[Var]) -> tuple[list[Stmt], dict[Var, Var]]:
        change = {var: Var(self.names.version(f"{var.hint}_saved" if var.hint else ""), var.kind) for var in endangered}
        return [Eqn((copy,), COPY, (var,)) for var, copy in change.items()], change


def _is_array(var: Var) -> bool:
    return isinstance(var.kind, Array | ListKind)


def _loops(stmt: Stmt) -> bool:
    return isinstance(stmt, For | While)


def _late(block: Block) -> Iterator[Var]:
    """Yield the Vars that statements other than the user's read."""
    for stmt in block.stmts:
        if isinstance(stmt, Eqn):
            if not isinstance(stmt.origin, Source) and stmt.op not in _SHAPE_ONLY:
                yield from operands(stmt)
            continue
        if not isinstance(stmt, If | For | While):
            continue
        if not isinstance(stmt.origin, Source):
            yield from reads(stmt)
        for inner in blocks(stmt):
            yield from _late(inner)


def _all_reads(block: Block) -> Iterator[Var]:
    """Yield the Vars whose elements a block reads."""
    for stmt in block.stmts:
        if isinstance(stmt, Eqn):
            if stmt.op not in _SHAPE_ONLY:
                yield from operands(stmt)
            continue
        if isinstance(stmt, For | While):
            yield from variables(*stmt.inits)
        for inner in blocks(stmt):
            yield from _all_reads(inner)
    yield from variables(*block.results)


def _bound_within(stmt: Stmt) -> Iterator[Var]:
    yield from bound(stmt)
    yield from entry_vars(stmt)
    for block in blocks(stmt):
        for inner in block.stmts:
            yield from _bound_within(inner)
