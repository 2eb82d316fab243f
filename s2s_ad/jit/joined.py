"""Joins loops over the same places: what one makes at a place and the next reads there is a number, and no array.

    for i in range(n):                        for i in range(n):
        v5[i] = v0[i] - v1                        v5 = v0[i] - v1
    for i in range(v5.shape[0]):        →         v8 = v8 + 1.0 / v5
        v8 = v8 + 1.0 / v5[i]

It is done to the loops that were made of whole arrays, where each element is touched in the same order (`touched`).

Source: Kennedy & Allen, Optimizing Compilers for Modern Architectures (2001), section 6.2.5.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from s2s_ad.analysis.storage import Storage
from s2s_ad.ir.core import (
    Atom,
    Block,
    Eqn,
    For,
    Function,
    Lit,
    Note,
    Seq,
    Stmt,
    Var,
    all_reads,
    blocks,
    bound,
    carried,
    map_blocks,
    operands,
    reads,
    statements_of,
    substitute,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import Array, TupleKind, is_number
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import GETATTR, GETITEM, PUSH, UPDATE, ZEROS_LIKE, written
from s2s_ad.ir.rename import rename
from s2s_ad.jit.arrays import MADE
from s2s_ad.jit.pointwise import is_of_numbers, literal_of
from s2s_ad.jit.sized import Sizes
from s2s_ad.jit.touched import in_order, is_array, is_name, touched

_MOST = 150
"""Statements in one loop: more are more loops, since registers are few."""


def joined(function: Function, places: Container[Var], names: Names) -> Function:
    """Return the function with one loop for several; `places` are the indices of the loops that may be joined."""
    storage = Storage()
    storage.block(function.body)
    body = Sizes(places, names, storage).block(function.body)
    storage = Storage()
    storage.block(body)
    body = _Joins(storage, places).block(body)
    storage = Storage()
    storage.block(body)
    body = _without_unread(_forwarded(body, storage, {}), storage)
    moved = dict(zip(function.body.results, body.results, strict=True))
    return replace(function, body=body, result=substitute(function.result, lambda var: moved.get(var, var)))


# -- joins ------------------------------------------------------------------------------------------------


class _Joins:
    def __init__(self, storage: Storage, places: Container[Var]) -> None:
        self._storage = storage
        self._places = places

    def block(self, block: Block) -> Block:
        """Return a block in which loops that follow each other are one, those in them too."""
        done: list[Stmt] = []
        change: dict[Var, Atom] = {}
        for stmt in block.stmts:
            if change:
                stmt = rename(Block((stmt,)), change).stmts[0]
            found = self._partner(done, stmt) if isinstance(stmt, For) and stmt.index in self._places else None
            if found is None or not isinstance(stmt, For):
                done.append(stmt)
                continue
            at, before, after = found
            first = done[at]
            assert isinstance(first, For)
            whole, renamed = _one(first, stmt)
            change |= renamed
            moved = rename(Block(tuple(after)), renamed).stmts
            done[at:] = [*before, whole, *moved]
        results = rename(Block((), block.results), change).results
        return Block(tuple(map_blocks(stmt, self.block) for stmt in done), results)

    def _partner(self, done: Sequence[Stmt], loop: For) -> tuple[int, list[Stmt], list[Stmt]] | None:
        """Return where the loop is that another can be joined to, and what of the rest comes before and after."""
        at = next((at for at in reversed(range(len(done))) if self._is_loop(done[at])), None)
        if at is None:
            return None
        first, between = done[at], done[at + 1 :]
        assert isinstance(first, For)
        if first.stop != loop.stop or not self._fits(first, loop):
            return None
        before: list[Stmt] = []
        after: list[Stmt] = []
        late = set(first.outs)
        behind = touched([loop], self._storage)
        for stmt in between:
            if isinstance(stmt, Note):  # of the sweeps, which may be one
                after.append(stmt)
                continue
            if not isinstance(stmt, Eqn) or not _is_plain(stmt):
                return None
            near = touched([stmt], self._storage)
            if stmt.op != PUSH and not written(stmt) and late.isdisjoint(operands(stmt)):
                before.append(stmt)
                continue
            late.update(stmt.outs)
            moves = reads(loop).isdisjoint(stmt.outs) and self._apart(near.read, behind.written)
            if not moves or not self._apart(near.written, behind.read, behind.written):
                return None
            after.append(stmt)
        return at, before, after

    def _is_loop(self, stmt: Stmt) -> bool:
        return isinstance(stmt, For) and stmt.index in self._places

    def _fits(self, first: For, second: For) -> bool:
        """Say whether each round of the second loop needs of the first no more than the same round."""
        if sum(isinstance(stmt, Eqn) for loop in (first, second) for stmt in statements_of(loop.body)) > _MOST:
            return False
        numbers = {out for out in first.outs if not isinstance(out.kind, Array)}
        old = {init for init in first.inits if isinstance(init, Var) and isinstance(init.kind, Array)}
        if not reads(second).isdisjoint(numbers | (old & self._written_in(first))):
            return False
        return in_order(first, second, self._storage)

    def _written_in(self, loop: For) -> set[Var]:
        """Return what a loop starts from of the arrays that it writes."""
        roots = touched([loop], self._storage).written
        return {init for init in loop.inits if isinstance(init, Var) and self._storage.same.root(init) in roots}

    def _apart(self, some: Mapping[Var, object], *others: Mapping[Var, object]) -> bool:
        roots = {self._storage.shared.root(root) for other in others for root in other}
        return roots.isdisjoint(map(self._storage.shared.root, some))


def _is_plain(eqn: Eqn) -> bool:
    """Say whether an equation may be evaluated at another time, between the same writes: it cannot raise."""
    if eqn.op == UPDATE:
        return eqn.args[1] == Seq(()) and not is_array(eqn.args[4])
    return is_name(eqn) or eqn.op in (PUSH, ZEROS_LIKE) or eqn.op.path in MADE or is_of_numbers(eqn) or _is_read(eqn)


def _is_read(eqn: Eqn) -> bool:
    return eqn.op == GETITEM and all(is_number(x.kind) or isinstance(x.kind, Array | TupleKind) for x in operands(eqn))


def _one(first: For, second: For) -> tuple[For, dict[Var, Atom]]:
    """Return two loops as one, and what is read instead of arrays that the second wrote on."""
    ends = dict(zip(first.outs, carried(first), strict=True))
    change: dict[Var, Atom] = {second.index: first.index, **ends}
    slots = {out: place for place, out in enumerate(first.outs)}
    outs, results = [*first.outs], [*carried(first)]
    params, inits = [*first.params], [*first.inits]
    renamed: dict[Var, Atom] = {}
    change.update((param, ends[init]) for param, init in zip(second.params, second.inits, strict=True) if init in ends)
    body = rename(second.body, change)
    for out, param, init, result in zip(second.outs, second.params, second.inits, body.results, strict=True):
        if isinstance(init, Var) and init in slots:
            outs[slots[init]], results[slots[init]] = out, result
            renamed[init] = out
        else:
            outs.append(out)
            params.append(param)
            inits.append(init)
            results.append(result)
    whole = Block((*first.body.stmts, *body.stmts), tuple(results))
    return replace(first, outs=tuple(outs), params=tuple(params), inits=tuple(inits), body=whole), renamed


# -- what was stored ------------------------------------------------------------------------------------


def _forwarded(block: Block, storage: Storage, known: Mapping[tuple[Var, object], Atom]) -> Block:
    """Return a block that reads what it has just stored by its name; `known` is what was stored before it."""
    known = dict(known)
    moved = touched(block.stmts, storage)
    change: dict[Var, Atom] = {}
    stmts: list[Stmt] = []

    def forget(vars_: Iterable[Var]) -> None:
        roots = {storage.shared.root(var) for var in vars_}
        for key in [key for key in known if storage.shared.root(key[0]) in roots]:
            del known[key]

    for stmt in block.stmts:
        if change:
            stmt = rename(Block((stmt,)), change).stmts[0]
        if not isinstance(stmt, Eqn):
            forget(_writes(stmt))
            stmts.append(map_blocks(stmt, lambda inner: _forwarded(inner, storage, known)))
            continue
        array = stmt.args[0] if stmt.args else None
        if stmt.op == GETITEM and isinstance(array, Var) and is_number(stmt.outs[0].kind):
            value = known.get((storage.same.root(array), moved.place(stmt.args[1])))
            if value is not None and value.kind == stmt.outs[0].kind:
                change[stmt.outs[0]] = value
                continue
        forget(out for _, out in written(stmt))
        if _stores(stmt) and isinstance(array, Var):
            value = stmt.args[4]
            if isinstance(value, Var | Lit) and is_number(value.kind):
                known[storage.same.root(array), moved.place(stmt.args[2])] = value
        stmts.append(stmt)
    results = tuple(change.get(atom, atom) if isinstance(atom, Var) else atom for atom in block.results)
    return Block(tuple(stmts), results)


def _writes(stmt: Stmt) -> Iterator[Var]:
    for inner in statements_of(Block((stmt,))):
        if isinstance(inner, Eqn):
            yield from (out for _, out in written(inner))


def _without_unread(body: Block, storage: Storage) -> Block:
    """Return the body of a function without arrays that it makes and only writes."""
    root = storage.shared.root
    uses = set(all_reads(body))
    made: set[Var] = set()
    read = set(map(root, variables(*body.results)))
    for stmt in statements_of(body):
        if isinstance(stmt, For):
            continue  # what it carries is written in it, or not
        if not isinstance(stmt, Eqn):
            given = (result for inner in blocks(stmt) for result in inner.results)
            read.update(map(root, (*bound(stmt), *variables(*given))))
        elif stmt.op.path in MADE:
            made.update(map(root, stmt.outs))
        elif _stores(stmt):
            read.update(map(root, variables(*stmt.args[1:])))
        elif not is_name(stmt) or (stmt.op == GETATTR and stmt.outs[0] in uses):
            read.update(map(root, operands(stmt)))
    dead = made - read
    return _without(body, lambda var: root(var) in dead) if dead else body


def _stores(eqn: Eqn) -> bool:
    """Say whether an equation only writes."""
    return eqn.op == UPDATE and eqn.args[1] == Seq(()) and literal_of(eqn.args[3]) == ""


def _without(block: Block, is_dead: Callable[[Var], bool]) -> Block:
    """Return a block without all that has to do with some arrays."""
    stmts: list[Stmt] = []
    for stmt in block.stmts:
        if isinstance(stmt, Eqn):
            stmts += [] if any(map(is_dead, (*stmt.outs, *operands(stmt)))) else [stmt]
            continue
        if isinstance(stmt, For):
            kept = [place for place, param in enumerate(stmt.params) if not is_dead(param)]
            outs, params, inits, results = (
                tuple(each[place] for place in kept) for each in (stmt.outs, stmt.params, stmt.inits, stmt.body.results)
            )
            more = stmt.body.results[len(stmt.params) :]
            body = Block(stmt.body.stmts, (*results, *more))  # pyright: ignore[reportArgumentType]
            stmt = replace(stmt, outs=outs, params=params, inits=inits, body=body)
        stmts.append(map_blocks(stmt, lambda inner: _without(inner, is_dead)))
    return Block(tuple(stmts), block.results)
