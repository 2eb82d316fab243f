"""Removes what nothing reads: carried values, values handed out of branches, adjoint equations.

Equations of the user's program stay, since they may raise; those that a transformation made
(their origin is not a `Source`) are pure and go when their results are not read.

>>> from dataclasses import replace
>>> from s2s_ad.frontend.lower import lower
>>> from s2s_ad.ir.kinds import FLOAT, INT
>>> from s2s_ad.ir.printer import listing
>>> def f(x, n):
...     s = x
...     for i in range(n):
...         t = s * 2.0
...         s = t
...     return s
>>> before = lower(f, (FLOAT, INT)).function
>>> print(listing(before))
f(x = v_m1: float, n = v0: int)
    s.2: float, i.3: int, t.2: float = for i in (0, v0, 1) carry (s = v_m1, i.2 = None, t = None)
        v1: float = operator.mul(s, 2.0)
        give v1, i, v1
    give s.2
    return s.2
>>> print(listing(replace(before, body=dead_code(before.body))))
f(x = v_m1: float, n = v0: int)
    s.2: float = for i in (0, v0, 1) carry (s = v_m1)
        v1: float = operator.mul(s, 2.0)
        give v1
    give s.2
    return s.2
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from s2s_ad.ir.core import Atom, Block, Eqn, For, If, Source, Stmt, Var, While, asks, free, reads, variables
from s2s_ad.ir.ops import ADD_TAPE, CONTEXT, CUT, ENTER, EXIT, POP, PUSH, RAISE, is_local

_EFFECTS = CONTEXT | {PUSH, POP, CUT, ADD_TAPE, RAISE}
_CHECKS = "s2s_ad.jit.helpers."
"""Where functions are that compiled code looks at indices and shapes with, in a reverse sweep too."""
Goes: TypeAlias = Callable[[Eqn | For], bool]
"""Says whether an equation, or a loop with nothing in it, may go when nothing reads its results."""


def is_made(stmt: Eqn | For) -> bool:
    """Say whether a transformation made an equation or a loop, and not the user."""
    return not isinstance(stmt.origin, Source)


def dead_code(block: Block, live: frozenset[Var] = frozenset(), goes: Goes = is_made) -> Block:
    """Return the block without what neither its results nor `live` need, of what `goes`."""
    wanted = set(live) | set(variables(*block.results))
    kept: list[Stmt] = []
    for stmt in reversed(block.stmts):
        if kept and _is_empty_context(stmt, kept[-1]):
            kept.pop()
            continue
        smaller = _shrink(stmt, wanted, goes)
        if smaller is not None:
            kept.append(smaller)
            wanted |= reads(smaller)
    return Block(tuple(reversed(kept)), block.results)


def _is_empty_context(first: Stmt, second: Stmt) -> bool:
    """Say whether two statements are a context of a transformation's with nothing in it."""
    ops = [stmt.op for stmt in (first, second) if isinstance(stmt, Eqn) and is_made(stmt)]
    return ops == [ENTER, EXIT]


def _shrink(stmt: Stmt, wanted: set[Var], goes: Goes) -> Stmt | None:
    """Return what is left of a statement when only the wanted Vars are read after it."""
    match stmt:
        case Eqn(outs, operation):
            effect = operation in _EFFECTS or is_local(operation)  # the adjoint of a call takes off its tape
            effect = effect or (not outs and operation.path.startswith(_CHECKS))
            needed = effect or any(out in wanted for out in outs) or not goes(stmt)
            return stmt if needed else None
        case If():
            return _shrink_if(stmt, wanted, goes)
        case For() | While():
            return _shrink_loop(stmt, wanted, goes)
        case _:
            return stmt


def _shrink_if(stmt: If, wanted: set[Var], goes: Goes) -> If | None:
    keep = [i for i, out in enumerate(stmt.outs) if out in wanted]
    then, orelse = (
        dead_code(Block(way.stmts, tuple(way.results[i] for i in keep)), goes=goes) for way in (stmt.then, stmt.orelse)
    )
    if not keep and not then.stmts and not orelse.stmts and not asks(stmt):
        return None
    kept = sum(i >= len(stmt.outs) - stmt.kept for i in keep)
    return replace(stmt, outs=tuple(stmt.outs[i] for i in keep), then=then, orelse=orelse, kept=kept)


def _shrink_loop(stmt: For | While, wanted: set[Var], goes: Goes) -> Stmt | None:
    """Keep the carried values that are read after the loop, or in it for one that is kept."""
    keep = {i for i, out in enumerate(stmt.outs) if out in wanted}
    while True:
        results = (*(stmt.body.results[i] for i in sorted(keep)), *stmt.body.results[len(stmt.params) :])
        smaller = dead_code(Block(stmt.body.stmts, results), _test_reads(stmt), goes)
        read = free(smaller) | _test_reads(stmt)
        more = {i for i, param in enumerate(stmt.params) if param in read} - keep
        if not more:
            break
        keep |= more
    chosen = sorted(keep)

    def pick(items: tuple[Atom, ...]) -> tuple[Atom, ...]:
        return tuple(items[i] for i in chosen)

    if isinstance(stmt, For) and not chosen and not smaller.stmts and goes(stmt):
        return None
    return replace(
        stmt, outs=tuple(stmt.outs[i] for i in chosen), params=tuple(stmt.params[i] for i in chosen),
        inits=pick(stmt.inits), body=smaller,
    )  # fmt: skip


def _test_reads(stmt: For | While) -> frozenset[Var]:
    return free(stmt.test) if isinstance(stmt, While) else frozenset()
