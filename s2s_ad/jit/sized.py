"""Sizes of arrays that were made of sizes become these, and elements of views are read from the arrays they are of.

    v5 = np.empty((n,))                       v5 = np.empty((n,))
    t1 = v5.shape[0]                          t2 = u[1:]
    t2 = u[1:]                         →      for i in range(n):
    for i in range(t1):                           v5[i] = u[i + 1]
        v5[i] = t2[i]

So it is seen which loops run over the same places, and which elements they touch.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace

from s2s_ad.analysis.storage import Storage
from s2s_ad.ir.core import (
    Arg,
    Atom,
    Block,
    Eqn,
    For,
    Lit,
    Seq,
    Slice,
    Stmt,
    Var,
    bound,
    entry_vars,
    map_blocks,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import INT, Array, is_number
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import ADD, GETATTR, GETITEM, IDENTITY, UPDATE, ZEROS_LIKE, written
from s2s_ad.ir.rename import rename
from s2s_ad.jit.arrays import MADE, SHAPE, WHOLE
from s2s_ad.jit.pointwise import marks_of, row_of, start_of

_ONE_SIZE = "s2s_ad.jit.helpers.one_size"


class Sizes:
    """Reads sizes from what arrays were made of, and elements from the arrays that others are views of."""

    def __init__(self, places: Container[Var], names: Names, storage: Storage, around: Sizes | None = None) -> None:
        self._places = places
        self._names = names
        self._storage = storage
        self._now: dict[Var, Var] = dict(around._now) if around else {}
        """By what stands for all versions of an array, the one that there is now."""
        self._sizes: dict[Var, tuple[Atom, ...]] = dict(around._sizes) if around else {}
        self._views: dict[Var, tuple[Var, tuple[Arg, ...]]] = dict(around._views) if around else {}
        """Arrays by the ones that they have all elements of, and the index by which: none where they are the same."""
        self._parts: dict[Var, tuple[Var, tuple[Atom, ...]]] = dict(around._parts) if around else {}
        """Arrays by the ones that they are a part of, and where it starts."""
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
                stmts += self._equation(stmt)
                continue
            entered = entry_vars(stmt)
            stmts.append(map_blocks(stmt, lambda inner, entered=entered: self._within(entered).block(inner)))
            self._see(bound(stmt))
            if isinstance(stmt, For) and made:
                self._note(zip(stmt.outs, stmt.inits, strict=True))
        results = tuple(self._change.get(atom, atom) if isinstance(atom, Var) else atom for atom in block.results)
        return Block(tuple(stmts), results)

    def _within(self, bound_there: Iterable[Var]) -> Sizes:
        """Return what is known in the blocks of a statement."""
        inner = Sizes(self._places, self._names, self._storage, self)
        inner._see(bound_there)
        return inner

    def _see(self, versions: Iterable[Var]) -> None:
        """Note versions of arrays, of which there are no others any more."""
        self._now.update((self._storage.same.root(var), var) for var in versions if isinstance(var.kind, Array))

    def _once(self, loop: For) -> Sequence[Stmt]:
        """Return the body of a loop of one round."""
        change: dict[Var, Atom] = {loop.index: Lit(0, INT), **dict(zip(loop.params, loop.inits, strict=True))}
        body = self.block(rename(loop.body, change))
        self._change.update(zip(loop.outs, body.results, strict=True))
        return body.stmts

    def _note(self, pairs: Iterable[tuple[Var, Atom]]) -> None:
        self._sizes.update((var, self._sizes[of]) for var, of in pairs if isinstance(of, Var) and of in self._sizes)

    def _equation(self, eqn: Eqn) -> list[Eqn]:
        """Return the equation as it is now, none where it is another name for a size."""
        first = eqn.args[0] if eqn.args else None
        self._see(out for _, out in written(eqn))
        if eqn.op == GETATTR and eqn.args[1] == SHAPE and isinstance(first, Var):
            self._shapes[eqn.outs[0]] = first
        elif eqn.op == GETITEM and isinstance(first, Var) and first in self._shapes:
            return self._size(eqn, self._shapes[first])
        elif eqn.op.path == _ONE_SIZE:
            return self._one_size(eqn)
        elif eqn.op.path in MADE and isinstance(first, Seq):
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
        return [eqn]

    def _size(self, eqn: Eqn, of: Var) -> list[Eqn]:
        """Note what a size is, if that is known, or that it is known from now on."""
        axis, out = eqn.args[1], eqn.outs[0]
        known = self._sizes_of(of)
        if not isinstance(axis, Lit) or not known:
            return [eqn]
        size = known[int(str(axis.value))]
        if size not in self._unread:
            self._change[out] = self._same.get(size, size) if isinstance(size, Var) else size
            return []
        self._sizes.update(
            (var, tuple(out if one == size else one for one in each)) for var, each in self._sizes.items()
        )
        return [eqn]

    def _one_size(self, eqn: Eqn) -> list[Eqn]:
        """Note that sizes are the same from now on, if that is not known."""
        given = dict.fromkeys(self._same.get(arg, arg) for arg in variables(*eqn.args))
        if len(given) == 1 and not any(isinstance(arg, Lit) for arg in eqn.args):
            self._change.update((out, size) for out in eqn.outs for size in given)
            return []
        (out,) = eqn.outs or (None,)
        if out is not None:
            self._same.update((size, out) for size in given)
            self._same = {size: out if same in given else same for size, same in self._same.items()}
        return [replace(eqn, args=(*given, *(arg for arg in eqn.args if isinstance(arg, Lit))))]

    def _sizes_of(self, array: Var) -> tuple[Atom, ...]:
        """Return the sizes of an array; those that nothing has asked for have no values yet."""
        if array not in self._sizes and isinstance(array.kind, Array) and array.kind.axes is not None:
            self._sizes[array] = tuple(Var(f"{array.name}.size{axis}", INT) for axis in range(len(array.kind.axes)))
            self._unread.update(self._sizes[array])
        return self._sizes.get(array, ())

    def _view(self, eqn: Eqn, base: Var) -> None:
        """Note a view that has all of an array, with axes of length one put in, a row, or a part of it in one piece."""
        index = eqn.args[1]
        ranks = len(marks_of(base)), len(marks_of(eqn.outs[0]))
        start = start_of(index, ranks[0]) if ranks[0] == ranks[1] else None
        items = index.items if isinstance(index, Seq) else (index,)
        sizes = self._sizes_of(base)
        row = row_of(index)
        if row and all(map(_is_whole, items[len(row) :])) and ranks[1] == ranks[0] - len(row):
            self._views[eqn.outs[0]] = base, (*row, *(WHOLE,) * ranks[1])
            self._sizes[eqn.outs[0]] = sizes[len(row) :]
            return
        if not all(_is_whole(item) or _is_none(item) for item in items) or sum(map(_is_whole, items)) != len(sizes):
            self._parts.update({eqn.outs[0]: (base, start)} if start is not None else {})
            return
        self._views[eqn.outs[0]] = base, tuple(items)
        rest = iter(sizes)
        self._sizes[eqn.outs[0]] = tuple(Lit(1, INT) if _is_none(item) else next(rest) for item in items)

    def _element(self, eqn: Eqn) -> list[Eqn]:
        """Return what reads an element from the array that a view is of."""
        array, index = eqn.args
        items = list(index.items) if isinstance(index, Seq) else [index]
        if not isinstance(array, Var) or len(items) != len(marks_of(array)) or not is_number(eqn.outs[0].kind):
            return [eqn]
        before: list[Eqn] = []
        places: set[Arg] = set()
        while array in self._views or array in self._parts:
            if array in self._parts:
                if not all(isinstance(item, Var) and (item in self._places or item in places) for item in items):
                    break
                array, start = self._parts[array]
                moved = [self._moved(item, by) for item, by in zip(items, start, strict=True)]
                before += [eqn for eqn in moved if isinstance(eqn, Eqn)]
                items = [each.outs[0] if isinstance(each, Eqn) else each for each in moved]
                places.update(items)
                continue
            array, path = self._views[array]
            if path:
                given = zip(path, _along(path, items), strict=True)
                items = [item for part, item in given if not _is_none(part)]
        array = self._now.get(self._storage.same.root(array), array)
        return [*before, replace(eqn, args=(array, items[0] if len(items) == 1 else Seq(tuple(items))))]

    def _moved(self, place: Arg, start: Atom) -> Arg | Eqn:
        """Return a place in an array, or what gives it, by that in a part of it and where the part starts."""
        return place if start == Lit(0, INT) else Eqn((Var(self._names.version(""), INT),), ADD, (place, start))


def _along(path: Sequence[Arg], items: Iterable[Arg]) -> Iterator[Arg]:
    """Yield for each part of the index of a view what an element is at: the part itself where it is a number."""
    rest = iter(items)
    for part in path:
        yield next(rest) if _is_whole(part) or _is_none(part) else part


def _is_whole(arg: Arg) -> bool:
    return isinstance(arg, Slice) and all(map(_is_none, (arg.start, arg.stop, arg.step)))


def _is_none(arg: Arg) -> bool:
    return isinstance(arg, Lit) and arg.value is None
