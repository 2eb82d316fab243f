"""Which values may not be bound: on some way to where a branch or a loop hands them on, nothing was, or None.

Reading such a value where nothing was bound raises in the user's program, and so it does in the
emitted one.  The reverse sweep must not read more than the user does.  A function that is inlined in
a loop has its names anew in each round: what the round before bound is not bound any more (`forgotten`).

>>> from s2s_ad.frontend.lower import lower
>>> from s2s_ad.ir.kinds import FLOAT, INT
>>> def f(x, n):
...     for i in range(n):
...         y = x * i
...     return y
>>> sorted(var.name for var in unbound(lower(f, (FLOAT, INT)).function.body) if var.hint == "y")
['y', 'y.2']
"""

from __future__ import annotations

from collections.abc import Container, Iterator

from s2s_ad.ir.core import (
    UNDEFINED,
    Atom,
    Block,
    Eqn,
    For,
    If,
    Lit,
    Stmt,
    Var,
    While,
    blocks,
    carried,
    is_primal,
    statements_of,
)  # fmt: skip
from s2s_ad.ir.kinds import Array, ListKind
from s2s_ad.ir.ops import COPY, COPY_OF_LIST, RAISE, REQUIRE


def unbound(block: Block) -> frozenset[Var]:
    """Return the Vars inside a block that may stand for no value."""
    found: set[Var] = set()
    stmts = list(statements_of(block))
    before = -1
    while before != len(found):
        before = len(found)
        for stmt in stmts:
            found.update(
                target
                for source, target in _handed(stmt)
                if source in found or source == UNDEFINED or _is_absent(source, target)
            )
            if isinstance(stmt, Eqn) and is_copy_of(stmt, found):
                found.update(stmt.outs)
    return frozenset(found)


def forgotten(block: Block) -> frozenset[Var]:
    """Return the Vars in loops that may get no value, although the name may have one of the round before.

    Only those count that are asked, sooner or later, whether they are bound.

    >>> from s2s_ad.frontend.lower import lower
    >>> from s2s_ad.ir.kinds import FLOAT, INT
    >>> def g(x):
    ...     if x > 0:
    ...         y = x
    ...     return y
    >>> def f(x, n):
    ...     for i in range(n):
    ...         x = g(x)
    ...     return x
    >>> sorted(var.name for var in forgotten(lower(f, (FLOAT, INT)).function.body))
    ['y']
    >>> forgotten(lower(g, (FLOAT,)).function.body)
    frozenset()
    """
    stmts = list(statements_of(block))
    asked = {stmt.args[0] for stmt in stmts if isinstance(stmt, Eqn) and stmt.op == REQUIRE}
    before = -1
    while asked and before != len(asked):
        before = len(asked)
        for stmt in stmts:
            asked.update(source for source, target in _handed(stmt) if target in asked and isinstance(source, Var))
    if not asked:
        return frozenset()
    loops = [inner for stmt in stmts if isinstance(stmt, For | While) for inner in blocks(stmt)]
    inside = [pair for loop in loops for stmt in statements_of(loop) for pair in _handed(stmt)]
    maybe = unbound(block)
    return frozenset(
        target for source, target in inside if target in asked and (source == UNDEFINED or source in maybe)
    )


def _handed(stmt: Stmt) -> Iterator[tuple[Atom, Var]]:
    """Yield what a statement hands on, and to what."""
    match stmt:
        case If(outs):
            for way in (stmt.then, stmt.orelse):
                if not raises(way):
                    yield from zip(way.results, outs, strict=True)
        case For() | While():
            for sources, targets in (
                (stmt.inits, stmt.params),
                (carried(stmt), stmt.params),
                (stmt.params, stmt.outs),
            ):
                yield from zip(sources, targets, strict=True)
        case _:
            pass


def is_copy_of(eqn: Eqn, unbound: Container[object]) -> bool:
    """Say whether an equation saves a value that may not be bound: if it is not, neither is the copy."""
    return eqn.op in (COPY, COPY_OF_LIST) and eqn.args[0] in unbound and not is_primal(eqn)


def _is_absent(source: Atom, target: Var) -> bool:
    """Say whether an array is handed on that there is not: the adjoint of one that may not be bound."""
    return isinstance(source, Lit) and source.value is None and isinstance(target.kind, Array | ListKind)


def raises(block: Block) -> bool:
    """Say whether a block ends by raising, on all of its ways."""
    last = block.stmts[-1] if block.stmts else None
    if isinstance(last, If):
        return raises(last.then) and raises(last.orelse)
    return isinstance(last, Eqn) and last.op == RAISE
