"""Which values may not be bound: on some way to where a branch or a loop hands them on, nothing was, or None.

Reading such a value where nothing was bound raises in the user's program, and so it does in the
emitted one.  The reverse sweep must not read more than the user does.

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

from collections.abc import Container, Iterable

from s2s_ad.ir.core import UNDEFINED, Atom, Block, Eqn, For, If, Lit, Stmt, Var, While, carried, is_primal
from s2s_ad.ir.kinds import Array, ListKind
from s2s_ad.ir.ops import COPY, COPY_OF_LIST, RAISE


def unbound(block: Block) -> frozenset[Var]:
    """Return the Vars inside a block that may stand for no value."""
    found: set[Var] = set()
    _block(block, found)
    return frozenset(found)


def _block(block: Block, found: set[Var]) -> None:
    for stmt in block.stmts:
        _stmt(stmt, found)


def _stmt(stmt: Stmt, found: set[Var]) -> None:
    match stmt:
        case If(outs, _, then, orelse):
            for way in (then, orelse):
                _block(way, found)
                if not _raises(way):
                    _pass_on(way.results, outs, found)
        case For() | While():
            _pass_on(stmt.inits, stmt.params, found)
            before = -1
            while before != len(found):
                before = len(found)
                _block(stmt.body, found)
                _pass_on(carried(stmt), stmt.params, found)
            _pass_on(stmt.params, stmt.outs, found)
        case Eqn(outs) if is_copy_of(stmt, found):
            found.update(outs)
        case _:
            pass


def is_copy_of(eqn: Eqn, unbound: Container[object]) -> bool:
    """Say whether an equation saves a value that may not be bound: if it is not, neither is the copy."""
    return eqn.op in (COPY, COPY_OF_LIST) and eqn.args[0] in unbound and not is_primal(eqn)


def _pass_on(sources: Iterable[Atom], targets: Iterable[Var], found: set[Var]) -> None:
    found.update(
        target
        for source, target in zip(sources, targets, strict=True)
        if source in found or source == UNDEFINED or _is_absent(source, target)
    )


def _is_absent(source: Atom, target: Var) -> bool:
    """Say whether an array is handed on that there is not: the adjoint of one that may not be bound."""
    return isinstance(source, Lit) and source.value is None and isinstance(target.kind, Array | ListKind)


def _raises(block: Block) -> bool:
    """Say whether a block ends by raising, on all of its ways."""
    last = block.stmts[-1] if block.stmts else None
    if isinstance(last, If):
        return _raises(last.then) and _raises(last.orelse)
    return isinstance(last, Eqn) and last.op == RAISE
