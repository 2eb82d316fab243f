"""Joins loops over the same places: what one makes at a place and the next reads there is a number, and no array.

    for i in range(n):                        for i in range(n):
        v5[i] = v0[i] - v1                        v5 = v0[i] - v1
    for i in range(v5.shape[0]):        →         v8 = v8 + 1.0 / v5
        v8 = v8 + 1.0 / v5[i]

It is done to the loops that were made of whole arrays.  First sizes of arrays that were made of sizes become these, so
that it is seen which loops run over the same places.

Source: Kennedy & Allen, Optimizing Compilers for Modern Architectures (2001), section 6.2.5.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from s2s_ad.analysis.storage import Storage
from s2s_ad.ir.core import (
    Arg,
    Atom,
    Block,
    Eqn,
    For,
    Function,
    Lit,
    Seq,
    Slice,
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
from s2s_ad.ir.kinds import INT, Array, TupleKind, is_number
from s2s_ad.ir.ops import GETATTR, GETITEM, IDENTITY, PUSH, UPDATE, ZEROS_LIKE, written
from s2s_ad.ir.rename import rename
from s2s_ad.jit.arrays import SHAPE
from s2s_ad.jit.pointwise import is_of_numbers, literal_of, marks_of

_MOST = 150
"""Statements in one loop: more are more loops, since registers are few."""
_MADE = frozenset({"numpy.empty", "numpy.zeros"})
_ONE_SIZE = "s2s_ad.jit.helpers.one_size"


def joined(function: Function, places: Container[Var]) -> Function:
    """Return the function with one loop for several; `places` are the indices of the loops that may be joined."""
    body = _Sizes(places).block(function.body)
    storage = Storage()
    storage.block(body)
    body = _Joins(storage, places).block(body)
    storage = Storage()
    storage.block(body)
    body = _without_unread(_forwarded(body, storage, {}), storage)
    moved = dict(zip(function.body.results, body.results, strict=True))
    return replace(function, body=body, result=substitute(function.result, lambda var: moved.get(var, var)))


# -- sizes ------------------------------------------------------------------------------------------------


class _Sizes:
    """Reads sizes from what arrays were made of, and elements from the arrays that others are views of."""

    def __init__(self, places: Container[Var], around: _Sizes | None = None) -> None:
        self._places = places
        self._sizes: dict[Var, tuple[Atom, ...]] = dict(around._sizes) if around else {}
        self._views: dict[Var, tuple[Var, tuple[Arg, ...]]] = dict(around._views) if around else {}
        """Arrays by the ones that they have all elements of, and the index by which: none where they are the same."""
        self._same: dict[Var, Var] = dict(around._same) if around else {}
        """For sizes another one that is the same."""
        self._unread: set[Atom] = set(around._unread) if around else set()
        """Sizes that nothing has asked for yet."""
        self._shapes: dict[Var, Var] = {}
        self._change: dict[Var, Atom] = {}

    def block(self, block: Block) -> Block:
        stmts: list[Stmt] = []
        for stmt in block.stmts:
            if self._change:
                stmt = rename(Block((stmt,)), self._change).stmts[0]
            if isinstance(stmt, For) and isinstance(stmt.stop, Var):
                stmt = replace(stmt, stop=self._same.get(stmt.stop, stmt.stop))
            if isinstance(stmt, For) and stmt.index in self._places and stmt.stop == Lit(1, INT):
                stmts += self._once(stmt)
                continue
            made = isinstance(stmt, For) and stmt.index in self._places
            if isinstance(stmt, For) and made:  # in others arrays may have other sizes each time
                self._note(zip(stmt.params, stmt.inits, strict=True))
            if isinstance(stmt, Eqn):
                new = self._equation(stmt)
                stmts += [] if new is None else [new]
                continue
            stmts.append(map_blocks(stmt, lambda inner: _Sizes(self._places, self).block(inner)))
            if isinstance(stmt, For) and made:
                self._note(zip(stmt.outs, stmt.inits, strict=True))
        results = tuple(self._change.get(atom, atom) if isinstance(atom, Var) else atom for atom in block.results)
        return Block(tuple(stmts), results)

    def _once(self, loop: For) -> Sequence[Stmt]:
        """Return the body of a loop of one round."""
        change: dict[Var, Atom] = {loop.index: Lit(0, INT), **dict(zip(loop.params, loop.inits, strict=True))}
        body = self.block(rename(loop.body, change))
        self._change.update(zip(loop.outs, body.results, strict=True))
        return body.stmts

    def _note(self, pairs: Iterable[tuple[Var, Atom]]) -> None:
        self._sizes.update((var, self._sizes[of]) for var, of in pairs if isinstance(of, Var) and of in self._sizes)

    def _equation(self, eqn: Eqn) -> Eqn | None:
        """Return the equation as it is now, None where it is another name for a size."""
        first = eqn.args[0] if eqn.args else None
        if eqn.op == GETATTR and eqn.args[1] == SHAPE and isinstance(first, Var):
            self._shapes[eqn.outs[0]] = first
        elif eqn.op == GETITEM and isinstance(first, Var) and first in self._shapes:
            return self._size(eqn, self._shapes[first])
        elif eqn.op.path == _ONE_SIZE:
            return self._one_size(eqn)
        elif eqn.op.path in _MADE and isinstance(first, Seq):
            items = tuple(item for item in first.items if isinstance(item, Var | Lit))
            self._sizes.update({eqn.outs[0]: items} if len(items) == len(first.items) else {})
        elif eqn.op in (UPDATE, IDENTITY, ZEROS_LIKE):
            self._note((out, first) for out in eqn.outs if isinstance(first, Var))
        if eqn.op == IDENTITY and isinstance(first, Var) and isinstance(first.kind, Array):
            self._views[eqn.outs[0]] = first, ()
        elif eqn.op == GETITEM and isinstance(first, Var) and isinstance(eqn.outs[0].kind, Array):
            self._view(eqn, first)
        elif eqn.op == GETITEM:
            return self._element(eqn)
        return eqn

    def _size(self, eqn: Eqn, of: Var) -> Eqn | None:
        """Note what a size is, if that is known, or that it is known from now on."""
        axis, out = eqn.args[1], eqn.outs[0]
        known = self._sizes_of(of)
        if not isinstance(axis, Lit) or not known:
            return eqn
        size = known[int(str(axis.value))]
        if size not in self._unread:
            self._change[out] = self._same.get(size, size) if isinstance(size, Var) else size
            return None
        self._sizes.update(
            (var, tuple(out if one == size else one for one in each)) for var, each in self._sizes.items()
        )
        return eqn

    def _one_size(self, eqn: Eqn) -> Eqn | None:
        """Note that sizes are the same from now on, if that is not known."""
        given = dict.fromkeys(self._same.get(arg, arg) for arg in variables(*eqn.args))
        if len(given) == 1 and not any(isinstance(arg, Lit) for arg in eqn.args):
            self._change.update((out, size) for out in eqn.outs for size in given)
            return None
        (out,) = eqn.outs or (None,)
        if out is not None:
            self._same.update((size, out) for size in given)
            self._same = {size: out if same in given else same for size, same in self._same.items()}
        return replace(eqn, args=(*given, *(arg for arg in eqn.args if isinstance(arg, Lit))))

    def _sizes_of(self, array: Var) -> tuple[Atom, ...]:
        """Return the sizes of an array; those that nothing has asked for have no values yet."""
        if array not in self._sizes and isinstance(array.kind, Array) and array.kind.axes is not None:
            self._sizes[array] = tuple(Var(f"{array.name}.size{axis}", INT) for axis in range(len(array.kind.axes)))
            self._unread.update(self._sizes[array])
        return self._sizes.get(array, ())

    def _view(self, eqn: Eqn, base: Var) -> None:
        """Note a view that has all of an array, with axes of length one put in."""
        index = eqn.args[1]
        items = index.items if isinstance(index, Seq) else (index,)
        sizes = self._sizes_of(base)
        if not all(_is_whole(item) or _is_none(item) for item in items) or sum(map(_is_whole, items)) != len(sizes):
            return
        self._views[eqn.outs[0]] = base, tuple(items)
        rest = iter(sizes)
        self._sizes[eqn.outs[0]] = tuple(Lit(1, INT) if _is_none(item) else next(rest) for item in items)

    def _element(self, eqn: Eqn) -> Eqn:
        """Return what reads an element from the array that a view is of."""
        array, index = eqn.args
        items = list(index.items) if isinstance(index, Seq) else [index]
        if not isinstance(array, Var) or len(items) != len(marks_of(array)) or not is_number(eqn.outs[0].kind):
            return eqn
        while array in self._views:
            array, path = self._views[array]
            if path:
                items = [item for item, part in zip(items, path, strict=True) if not _is_none(part)]
        return replace(eqn, args=(array, items[0] if len(items) == 1 else Seq(tuple(items))))


def _is_whole(arg: Arg) -> bool:
    return isinstance(arg, Slice) and all(map(_is_none, (arg.start, arg.stop, arg.step)))


def _is_none(arg: Arg) -> bool:
    return isinstance(arg, Lit) and arg.value is None


# -- joins ------------------------------------------------------------------------------------------------


@dataclass
class _Touched:
    """The elements that statements read and write: for each storage the indices, None for more than one element."""

    read: dict[Var, list[Arg | None]] = field(default_factory=lambda: defaultdict(list))
    written: dict[Var, list[Arg | None]] = field(default_factory=lambda: defaultdict(list))


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
        behind = self._touched([loop])
        for stmt in between:
            if not isinstance(stmt, Eqn) or not _is_plain(stmt):
                return None
            touched = self._touched([stmt])
            if stmt.op != PUSH and not written(stmt) and late.isdisjoint(operands(stmt)):
                before.append(stmt)
                continue
            late.update(stmt.outs)
            moves = reads(loop).isdisjoint(stmt.outs) and self._apart(touched.read, behind.written)
            if not moves or not self._apart(touched.written, behind.read, behind.written):
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
        one, other = self._touched([first]), self._touched([second])
        pairs = [(one.written, (other.read, other.written)), (other.written, (one.read, one.written))]
        for writes, others in pairs:
            near = {var for touched in others for var in touched}
            for root in writes:
                touching = [var for var in near if self._storage.may_be_shared(var, root)]
                alike = all(var == root for var in touching)
                if touching and not (alike and _axes(root, one, first) & _axes(root, other, second)):
                    return False
        return True

    def _written_in(self, loop: For) -> set[Var]:
        """Return what a loop starts from of the arrays that it writes."""
        roots = self._touched([loop]).written
        return {init for init in loop.inits if isinstance(init, Var) and self._storage.same.root(init) in roots}

    def _apart(self, some: Mapping[Var, object], *others: Mapping[Var, object]) -> bool:
        roots = {self._storage.shared.root(root) for other in others for root in other}
        return roots.isdisjoint(map(self._storage.shared.root, some))

    def _touched(self, stmts: Iterable[Stmt]) -> _Touched:
        found = _Touched()
        for stmt in statements_of(Block(tuple(stmts))):
            if isinstance(stmt, Eqn):
                self._look(stmt, found)
        return found

    def _look(self, eqn: Eqn, found: _Touched) -> None:
        root = self._storage.same.root
        array = eqn.args[0] if eqn.args else None
        if eqn.op == GETITEM and isinstance(array, Var) and is_number(eqn.outs[0].kind):
            found.read[root(array)].append(eqn.args[1])
        elif eqn.op == UPDATE and isinstance(array, Var) and eqn.args[1] == Seq(()) and not _is_array(eqn.args[4]):
            found.written[root(array)].append(eqn.args[2])
        elif not _is_name(eqn):
            for var in operands(eqn):
                if isinstance(var.kind, Array):
                    found.read[root(var)].append(None)
            for _, out in written(eqn):
                found.written[root(out)].append(None)


def _axes(root: Var, touched: _Touched, loop: For) -> set[int]:
    """Return the axes of an array along which a loop touches in each round only what has its index."""
    found: set[int] | None = None
    for index in (*touched.read.get(root, ()), *touched.written.get(root, ())):
        items = index.items if isinstance(index, Seq) else (index,)
        axes = {axis for axis, item in enumerate(items) if item == loop.index}
        found = axes if found is None else found & axes
    return found or set()


def _is_plain(eqn: Eqn) -> bool:
    """Say whether an equation may be evaluated at another time, between the same writes: it cannot raise."""
    if eqn.op == UPDATE:
        return eqn.args[1] == Seq(()) and not _is_array(eqn.args[4])
    return _is_name(eqn) or eqn.op in (PUSH, ZEROS_LIKE) or eqn.op.path in _MADE or is_of_numbers(eqn) or _is_read(eqn)


def _is_read(eqn: Eqn) -> bool:
    return eqn.op == GETITEM and all(is_number(x.kind) or isinstance(x.kind, Array | TupleKind) for x in operands(eqn))


def _is_name(eqn: Eqn) -> bool:
    """Say whether an equation gives another name for an array, or for a part of it, or a shape."""
    view = eqn.op == GETITEM and isinstance(eqn.outs[0].kind, Array)
    return view or eqn.op == GETATTR or (eqn.op == IDENTITY and isinstance(eqn.outs[0].kind, Array))


def _is_array(arg: Arg) -> bool:
    return isinstance(arg, Var) and isinstance(arg.kind, Array)


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


def _forwarded(block: Block, storage: Storage, known: Mapping[tuple[Var, Arg], Atom]) -> Block:
    """Return a block that reads what it has just stored by its name; `known` is what was stored before it."""
    known = dict(known)
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
            value = known.get((storage.same.root(array), stmt.args[1]))
            if value is not None and value.kind == stmt.outs[0].kind:
                change[stmt.outs[0]] = value
                continue
        forget(out for _, out in written(stmt))
        if _stores(stmt) and isinstance(array, Var):
            value = stmt.args[4]
            if isinstance(value, Var | Lit) and is_number(value.kind):
                known[storage.same.root(array), stmt.args[2]] = value
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
        elif stmt.op.path in _MADE:
            made.update(map(root, stmt.outs))
        elif _stores(stmt):
            read.update(map(root, variables(*stmt.args[1:])))
        elif not _is_name(stmt) or (stmt.op == GETATTR and stmt.outs[0] in uses):
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
