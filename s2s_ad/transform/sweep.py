"""The reverse sweep of a function: its state, and the way back through statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from s2s_ad.analysis.finite import reads_infinity
from s2s_ad.frontend.context import Lowerer
from s2s_ad.ir.core import (
    Adjoint,
    Arg,
    Atom,
    Block,
    Eqn,
    For,
    Note,
    Op,
    Slice,
    Stmt,
    Var,
    While,
    blocks,
    free,
    reads,
    variables,
)  # fmt: skip
from s2s_ad.ir.indexes import gives_copy
from s2s_ad.ir.kinds import Array, ListKind, dtype_of, is_complex, is_numeric
from s2s_ad.ir.ops import GETITEM, IN_PLACE
from s2s_ad.transform.adjoints import Adjoints
from s2s_ad.transform.tape import Tapes

Handler: TypeAlias = Callable[["Sweep", Any, Adjoints], list[Stmt]]


@dataclass(frozen=True)
class Called:
    """The adjoint of a function that is called: adjoints of results and tapes in, of parameters out."""

    backward: Op
    results: tuple[int, ...]
    """The positions of the results whose adjoints it takes."""
    params: tuple[int, ...]
    """The positions of the parameters whose adjoints it gives."""
    tapes: tuple[int, ...] = ()
    """The positions of tapes that the function is given, whose tapes of adjoints it takes."""
    sums: tuple[int, ...] = ()
    """The positions of parameters whose adjoints it takes too, and adds to in place."""


@dataclass
class Sweep:
    """What the reverse of all statements of a function shares."""

    lo: Lowerer
    active: frozenset[Var]
    views: Mapping[Var, tuple[Var, Arg]]
    unbound: frozenset[Var]
    """Values that are not bound on some way to where they are handed on."""
    unbounded: frozenset[Var]
    """Values that may be infinite or nan, beside which the adjoint of what was not chosen stays zero."""
    tapes: Tapes
    functions: Mapping[str, Called]
    handlers: Mapping[type[Stmt], Handler]
    """What emits the adjoint of each sort of statement, and returns the forward statements instead of it."""
    before: Callable[[Sweep, Sequence[Stmt]], None]
    """What emits that the adjoints of a block begin with."""
    guarded: bool = True
    """See `Adjoints`."""
    depth: int = 0
    """How many loops are around the statements."""
    tape_bars: dict[Var, Var] = field(default_factory=dict[Var, Var])
    """The tapes of adjoints by the tapes of the function itself, where it is a derivative already."""
    selected_slots: set[Var] = field(default_factory=set[Var])
    """Slots of tapes with adjoints that are zero where a value was not chosen."""
    absent_slots: set[Var] = field(default_factory=set[Var])
    """Slots of tapes with adjoints that may be None."""

    def statements(self, stmts: Sequence[Stmt], adjoints: Adjoints) -> list[Stmt]:
        """Emit the adjoints of statements, last first; return the statements of the forward sweep."""
        forward: list[Stmt] = []
        self.before(self, stmts)
        for stmt in reversed(stmts):
            if isinstance(stmt, Note):
                forward.insert(0, stmt)
                continue
            before, self.lo.origin = self.lo.origin, Adjoint(stmt)
            forward[:0] = self.handlers[type(stmt)](self, stmt, adjoints)
            self.lo.origin = before
        return forward

    def outer(self, *blocks: Block) -> list[Var]:
        """Return the active values from outside whose adjoints blocks add to, in a fixed order."""
        found = {var for block in blocks for var in free(block) if var in self.active}
        return sorted({_root(var, self.views) for var in found}, key=lambda var: var.name)


def reads_unbounded(sweep: Sweep, since: int) -> bool:
    """Say whether the statements emitted since read a value that may be infinite or nan."""
    return any(not sweep.unbounded.isdisjoint(reads(stmt)) or reads_infinity(stmt) for stmt in sweep.lo.stmts[since:])


def hand_in(inner: Adjoints, given: Var, bar: Atom) -> None:
    """Let the adjoint that a block gets for its result be that of the value it gave."""
    if bar in inner.absent:
        bar = inner.present(given, bar)
    other_dtype = isinstance(given.kind, Array) and is_numeric(bar.kind) and dtype_of(bar.kind) != dtype_of(given.kind)
    other_dtype = other_dtype or (is_complex(bar.kind) and not is_complex(given.kind))
    if given in inner.bars or given in inner.views or other_dtype:
        inner.add(given, bar, selected=bar in inner.selected)
    else:
        inner.bars[given] = bar


def views_of(block: Block, active_: frozenset[Var]) -> Iterator[tuple[Var, tuple[Var, Arg]]]:
    """Yield the active slices of active arrays, and lists in lists, each with its array or list and index.

    A list in a list that changes later is none: it may then have another index.
    """
    changing = {var for var in _changing(block) if isinstance(var.kind, ListKind)}
    return ((view, of) for view, of in _views(block, active_) if of[0] not in changing)


def _changing(block: Block) -> Iterator[Var]:
    """Yield the lists of which there is a later version."""
    for stmt in block.stmts:
        passed: Sequence[Arg] = ()
        if isinstance(stmt, Eqn):
            passed = stmt.args[:1] if stmt.op in IN_PLACE else ()
        elif isinstance(stmt, For | While):
            passed = stmt.inits
        yield from variables(*passed)
        for inner in blocks(stmt):
            yield from _changing(inner)
            yield from variables(*inner.results)


def _views(block: Block, active_: frozenset[Var]) -> Iterator[tuple[Var, tuple[Var, Arg]]]:
    for stmt in block.stmts:
        for inner in blocks(stmt):
            yield from _views(inner, active_)
        if isinstance(stmt, Eqn) and stmt.op == GETITEM and stmt.outs[0] in active_:
            x, index = stmt.args
            kinds = (x.kind if isinstance(x, Var) else None, stmt.outs[0].kind)
            same = any(all(isinstance(kind, made) for kind in kinds) for made in (Array, ListKind))
            copied = isinstance(index, Slice) and isinstance(stmt.outs[0].kind, ListKind)
            if same and isinstance(x, Var) and not copied and not gives_copy(index):
                yield stmt.outs[0], (x, index)


def _root(x: Var, views: Mapping[Var, tuple[Var, Arg]]) -> Var:
    while x in views:
        x = views[x][0]
    return x
