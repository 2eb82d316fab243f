"""What the reverse sweep computes once more, where that is cheaper than to keep it: an index, a negation, a cast.

>>> from s2s_ad.frontend.lower import lower
>>> from s2s_ad.ir.core import Var
>>> from s2s_ad.ir.kinds import Array
>>> from s2s_ad.ir.printer import statement
>>> def f(x):
...     s = 0.0
...     for i in range(1, len(x)):
...         s = s * x[2 * i - 1]
...     return s
>>> stmts = lower(f, (Array("float64", "n"),)).function.body.stmts[-1].body.stmts
>>> *_, index, element, _ = here = [out for stmt in stmts for out in stmt.outs]
>>> kept, again = recomputed([index, element], stmts, here)
>>> [str(var) for var in kept], [statement(eqn) for eqn in again]
(['v4'], ['v2: int = operator.mul(2, i)', 'v3: int = operator.sub(v2, 1)'])
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import replace

from s2s_ad.ir.core import Eqn, Lit, Stmt, Var, operands, reads
from s2s_ad.ir.kinds import INT, PyScalar

_INDEX = frozenset(f"operator.{name}" for name in ("add", "sub", "mul", "floordiv", "mod"))
_SIGN = frozenset({"operator.neg", "operator.pos"})
_CASTS = frozenset({"builtins.float", "builtins.int", "builtins.bool"})


def is_cheap(eqn: Eqn) -> bool:
    """Say whether an equation is an index, a negation or a cast."""
    if eqn.kwargs or len(eqn.outs) != 1:
        return False
    if eqn.op.path in _SIGN:
        return True
    numbers = all(isinstance(arg, Var | Lit) and isinstance(arg.kind, PyScalar) for arg in eqn.args)
    return numbers and (eqn.op.path in _CASTS or (eqn.op.path in _INDEX and eqn.outs[0].kind == INT))


def recomputed(
    needed: Iterable[Var],
    stmts: Iterable[Stmt],
    here: Container[Var],
    cheap: Callable[[Eqn], bool] = is_cheap,
    most: int = 3,
) -> tuple[list[Var], list[Eqn]]:
    """Return what of these values is to be kept, and equations that give the others, each of at `most` so many.

    `stmts` are those that give them, of which the values `here` are gone in the reverse sweep if they are not kept.
    """
    makers = {stmt.outs[0]: stmt for stmt in stmts if isinstance(stmt, Eqn) and cheap(stmt)}
    needed = list(needed)
    again: dict[Var, None] = {}
    kept = [var for var in needed if var not in makers]
    for var in needed:
        if var in makers:
            chain = _chain(var, makers, here, {*kept, *again})
            if chain is None or len(chain) > most:
                kept.append(var)
            else:
                again.update(dict.fromkeys(chain))
    return [var for var in needed if var in kept], [makers[var] for var in again]


def _chain(var: Var, makers: dict[Var, Eqn], here: Container[Var], there: Container[Var]) -> list[Var] | None:
    """Return the values to compute for one that is not there, itself last; None if there is no way."""
    if var in there or var not in here:
        return []
    if var not in makers:
        return None
    found: list[Var] = []
    for operand in operands(makers[var]):
        before = _chain(operand, makers, here, there)
        if before is None:
            return None
        found += before
    return [*found, var]


def put_late(again: Iterable[Eqn], stmts: list[Stmt]) -> None:
    """Put equations into statements, each just before what reads it, where it is one loop with that."""
    for eqn in reversed([*again]):
        place = next((n for n, stmt in enumerate(stmts) if eqn.outs[0] in reads(stmt)), len(stmts))
        stmts.insert(place, replace(eqn, origin=None))
