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

>>> import numpy as np
>>> from s2s_ad.frontend.lower import lower
>>> from s2s_ad.ir.kinds import Array
>>> from s2s_ad.ir.printer import statement
>>> from s2s_ad.transform.reverse import reverse
>>> def f(x):
...     y = x * 2.0
...     s = np.sum(y * y)  # the adjoint of y * y needs y
...     y[0] = 0.0
...     return s
>>> primal = lower(f, (Array("float64", "n"),))
>>> before = reverse(primal.function, (0,), primal.names, primal.source)
>>> after = protect(before, primal.names)
>>> new = set(after.body.stmts) - set(before.body.stmts)
>>> for stmt in after.body.stmts:
...     if stmt in new:
...         print(statement(stmt))
v1_saved: float64[n] = numpy.copy(v1)
.2: (int,) = builtins.getattr(v1_saved, 'shape')
.5: float64[n] = operator.mul(v2_bar, v1_saved)
.6: float64[n] = operator.mul(v1_saved, v2_bar)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace

from s2s_ad.analysis.storage import Storage
from s2s_ad.ir.core import (
    REVERSE_SWEEP,
    Atom,
    Block,
    Eqn,
    For,
    Function,
    If,
    Note,
    Stmt,
    Var,
    While,
    all_bound,
    blocks,
    bound,
    entry_vars,
    header,
    is_primal,
    operands,
    substitute,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import Array, ListKind
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import GETATTR, PUSH, REQUIRE, ZEROS_LIKE, copy_of, op, written
from s2s_ad.ir.rename import own_names, rename

_SHAPE_ONLY = frozenset({ZEROS_LIKE, op("builtins.len"), GETATTR, REQUIRE})


def protect(function: Function, names: Names, outside: Set[Var] = frozenset()) -> Function:
    """Return the function with the copies that in-place operations make necessary.

    What is `outside` can be written by others between the two sweeps.
    """
    if function.functions:
        called = tuple(
            protect(each, own_names(each), _given_and_taken(each) if outside else frozenset())
            for each in function.functions
        )
        function = replace(function, functions=called)
    storage = Storage()
    storage.block(function.body)
    if not storage.written and not outside:
        return function
    body = _Protector(storage, names, outside).top(function.body)
    moved = dict(zip(function.body.results, body.results, strict=True))
    return replace(function, body=body, result=substitute(function.result, lambda var: moved[var]))


def _given_and_taken(function: Function) -> Set[Var]:
    """Return the arguments and results of a function that is called: the caller's caller may have them."""
    return {*(var for param in function.params for var in variables(param.value)), *variables(function.result)}


# -- copies -----------------------------------------------------------------------------------


class _Protector:
    """Inserts copies, block by block."""

    def __init__(self, storage: Storage, names: Names, outside: Set[Var]) -> None:
        self.storage = storage
        self.names = names
        self.outside = {storage.shared.root(var) for var in outside}
        self.safe: set[Var] = set()
        """Values that branches hand out as copies already."""

    def top(self, block: Block) -> Block:
        """Protect the body of a function."""
        stmts: list[Stmt] = []
        written = set(self.outside)
        for stmt in reversed(block.stmts):
            written |= self._roots(stmt, users=True) | self._roots(stmt, users=False)
            stmts[:0] = self._copy_pushed_in(Block((stmt,)), written).stmts
        return self._block(Block(tuple(stmts), block.results), ())

    def _root(self, var: Var) -> Var:
        return self.storage.shared.root(var)

    def _roots(self, stmt: Stmt, users: bool) -> set[Var]:
        """Return the storage that a statement writes, as the user's or as the sweep's own."""
        if isinstance(stmt, Eqn):
            mine = is_primal(stmt) == users
            return {self._root(out) for _, out in written(stmt)} if mine else set()
        if stmt == REVERSE_SWEEP and users:
            return self.outside
        return {root for block in blocks(stmt) for inner in block.stmts for root in self._roots(inner, users)}

    def _copy_pushed(self, stmt: Stmt, written: set[Var]) -> Stmt:
        """Let a tape hold copies of arrays that are written while it is in use.

        They are written by the user, and beside that by what was derived from it: in a Jacobian the tangents of
        an element are a view.
        """
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

    def _block(self, block: Block, late_results: tuple[Atom, ...]) -> Block:
        """Protect the values of a block; `late_results` are those of its results the reverse reads."""
        stmts, results = list(block.stmts), block.results
        kept: dict[Var, int] = {}  # what branches hand out for the reverse sweep, by their places
        position = 0
        while position < len(stmts):
            stmt = stmts[position]
            by_user, by_sweep = self._roots(stmt, users=True), self._roots(stmt, users=False)
            rest = Block(tuple(stmts[position + 1 :]) if by_user or by_sweep else (), results)
            endangered = self._endangered(stmt, rest, late_results, by_user, by_sweep)
            for var in [var for var in endangered if var in kept]:
                stmts[kept[var]] = self._copy_in_branch(stmts[kept[var]], var)
            copies, change = self._copies([var for var in endangered if var not in kept])
            if change:
                late = len(late_results)
                rest = rename(rest, change) if by_sweep else rename_for_sweep(rest, change, late)
                stmt = self._rename_inside(stmt, change, bool(by_sweep))
                late_results = rest.results[len(rest.results) - late :]
                stmts[position:] = [*copies, stmt, *rest.stmts]
                results = rest.results
                position += len(copies)
                if by_sweep:
                    self._follow(change, rest)
            stmts[position] = self._inner(stmt)
            if isinstance(stmt, If) and stmt.kept:
                kept.update(dict.fromkeys(stmt.outs[len(stmt.outs) - stmt.kept :], position))
            position += 1
        return Block(tuple(stmts), results)

    def _copy_in_branch(self, stmt: Stmt, var: Var) -> Stmt:
        """Let a branch hand out a copy: where it is not taken there is nothing to copy."""
        if not isinstance(stmt, If) or var in self.safe:
            return stmt
        self.safe.add(var)
        position = stmt.outs.index(var)
        ways = [self._hand_out_copy(way, position) for way in (stmt.then, stmt.orelse)]
        return replace(stmt, then=ways[0], orelse=ways[1])

    def _hand_out_copy(self, block: Block, position: int) -> Block:
        result = block.results[position]
        if not isinstance(result, Var):
            return block
        for i, stmt in enumerate(block.stmts):
            if isinstance(stmt, If) and result in stmt.outs[len(stmt.outs) - stmt.kept :]:
                inner = (*block.stmts[:i], self._copy_in_branch(stmt, result), *block.stmts[i + 1 :])
                return Block(inner, block.results)
        copies, change = self._copies([result])
        results = (*block.results[:position], change[result], *block.results[position + 1 :])
        return Block((*block.stmts, *copies), results)

    def _follow(self, change: Mapping[Var, Var], rest: Block) -> None:
        """Note the storage of copies that are written themselves later."""
        written = set(_written(rest))
        for var, copy in change.items():
            if copy in written:
                self.storage.join(var, copy)

    def _inner(self, stmt: Stmt) -> Stmt:
        match stmt:
            case If(then=then, orelse=orelse):
                ways = [self._block(way, stmt.late_results(way)) for way in (then, orelse)]
                return replace(stmt, then=ways[0], orelse=ways[1])
            case For(body=body) | While(body=body):
                return replace(stmt, body=self._block(body, ()))
            case _:
                return stmt

    def _endangered(
        self, stmt: Stmt, rest: Block, late_results: tuple[Atom, ...], by_user: set[Var], by_sweep: set[Var]
    ) -> list[Var]:
        """Return the Vars bound before a statement whose storage it writes and that are read later.

        After a write of the user only the reverse sweep can read an old value: lowering has seen to
        the user's own statements.  After a write of the sweep everything that follows can, a loop's
        own iterations too.  What the statement itself binds has the new value and is not in danger.
        """
        if not by_user and not by_sweep:
            return []
        found: dict[Var, None] = {}
        for var in self._read_later_by_sweep(stmt, rest, late_results) if by_user else ():
            if _is_array(var) and self._root(var) in by_user:
                found[var] = None
        for var in self._read_later(stmt, rest) if by_sweep else ():
            if _is_array(var) and self._root(var) in by_sweep:
                found[var] = None
        own = {*bound(stmt), *entry_vars(stmt), *all_bound(rest), *self.safe}
        own.update(var for block in blocks(stmt) for var in all_bound(block))
        return [var for var in found if var not in own]

    def _read_later_by_sweep(self, stmt: Stmt, rest: Block, late_results: tuple[Atom, ...]) -> Iterator[Var]:
        yield from _read_by_sweep(rest)
        if isinstance(stmt, For | While):
            for block in blocks(stmt):
                yield from _read_by_sweep(block)
        yield from variables(*late_results)

    def _read_later(self, stmt: Stmt, rest: Block) -> Iterator[Var]:
        yield from _contents_read(rest)
        if isinstance(stmt, For | While):
            for block in blocks(stmt):
                yield from _contents_read(block)
            yield from variables(*self._unwritten_inits(stmt).values())

    def _unwritten_inits(self, stmt: For | While) -> dict[int, Atom]:
        return {i: init for i, init in enumerate(stmt.inits) if not self.storage.is_written(stmt.params[i])}

    def _rename_inside(self, stmt: Stmt, change: Mapping[Var, Var], by_sweep: bool) -> Stmt:
        """Let a loop read the copies, but go on writing to the arrays themselves."""
        if not isinstance(stmt, For | While):
            return stmt
        free_inits = self._unwritten_inits(stmt) if by_sweep else {}
        inits = tuple(
            change.get(init, init) if i in free_inits and isinstance(init, Var) else init
            for i, init in enumerate(stmt.inits)
        )
        body = rename(stmt.body, change) if by_sweep else rename_for_sweep(stmt.body, change, 0)
        if isinstance(stmt, While):
            return replace(stmt, inits=inits, test=rename(stmt.test, change) if by_sweep else stmt.test, body=body)
        return replace(stmt, inits=inits, body=body)

    def _copies(self, endangered: Iterable[Var]) -> tuple[list[Stmt], dict[Var, Var]]:
        change = {var: Var(self.names.version(f"{var.hint}_saved" if var.hint else ""), var.kind) for var in endangered}
        return [Eqn((copy,), copy_of(var.kind), (var,)) for var, copy in change.items()], change


def _reads_shape(eqn: Eqn) -> bool:
    """Say whether an equation reads no more of an array than its shape, which no write changes."""
    return eqn.op in _SHAPE_ONLY and not any(isinstance(var.kind, ListKind) for var in operands(eqn))


def _is_array(var: Var) -> bool:
    return isinstance(var.kind, Array | ListKind)


def _read_by_sweep(block: Block) -> Iterator[Var]:
    """Yield the Vars that statements other than the user's read."""
    for stmt in block.stmts:
        if isinstance(stmt, Eqn):
            if not is_primal(stmt) and not _reads_shape(stmt):
                yield from operands(stmt)
            continue
        if not isinstance(stmt, If | For | While):
            continue
        if not is_primal(stmt):
            yield from variables(*header(stmt))
            for inner in blocks(stmt):
                yield from _contents_read(inner)
        for inner in blocks(stmt):
            yield from _read_by_sweep(inner)
            if isinstance(stmt, If):
                yield from variables(*stmt.late_results(inner))


def rename_for_sweep(block: Block, change: Mapping[Var, Var], late_results: int) -> Block:
    """Return the block in which statements other than the user's, and late results, read other Vars."""

    def stmt(old: Stmt) -> Stmt:
        if isinstance(old, Note) or not is_primal(old):
            return rename(Block((old,)), change).stmts[0]
        match old:
            case If(then=then, orelse=orelse):
                return replace(
                    old,
                    then=rename_for_sweep(then, change, old.kept),
                    orelse=rename_for_sweep(orelse, change, old.kept),
                )
            case For(body=body) | While(body=body):
                return replace(old, body=rename_for_sweep(body, change, 0))
            case _:
                return old

    early = len(block.results) - late_results
    late = (change.get(result, result) if isinstance(result, Var) else result for result in block.results[early:])
    return Block(tuple(map(stmt, block.stmts)), (*block.results[:early], *late))


def _contents_read(block: Block) -> Iterator[Var]:
    """Yield the Vars whose elements a block reads."""
    for stmt in block.stmts:
        if isinstance(stmt, Eqn):
            if not _reads_shape(stmt):
                yield from operands(stmt)
            continue
        if isinstance(stmt, For | While):
            yield from variables(*stmt.inits)
        for inner in blocks(stmt):
            yield from _contents_read(inner)
    yield from variables(*block.results)


def _written(block: Block) -> Iterator[Var]:
    """Yield the Vars that statements write in place, or hand to loops and branches that may."""
    for stmt in block.stmts:
        if isinstance(stmt, Eqn):
            yield from (target for target, _ in written(stmt))
        elif isinstance(stmt, For | While):
            yield from variables(*stmt.inits)
        for inner in blocks(stmt):
            yield from _written(inner)
            yield from variables(*inner.results)
