"""Tapes: what a block that runs many times keeps for later, and what of it belongs together.

A slot stands for all values that are put on a tape at one position; it is what they are when they
are taken off.  A tape that functions are given has the values of all of their calls: one slot.

>>> from s2s_ad.ir.kinds import FLOAT, INT
>>> t, x, n = Var("t", TAPE), Var("x", FLOAT), Var("n", INT)
>>> [(value.name, slot.name) for value, slot in slots(Eqn((), PUSH, (t, x, n)))]
[('x', 't[0]'), ('n', 't[1]')]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeGuard

from s2s_ad.ir.core import Eqn, Var
from s2s_ad.ir.kinds import FLOAT, Opaque, is_differentiable
from s2s_ad.ir.ops import ADD_TAPE, COPY, POP, PUSH

TAPE = Opaque("tape")
TAPE_OF_CALLS = Opaque("tape of calls")


def is_tape(value: object) -> TypeGuard[Var]:
    """Say whether a value is a tape."""
    return isinstance(value, Var) and value.kind in (TAPE, TAPE_OF_CALLS)


def is_copied(eqn: Eqn) -> bool:
    """Say whether an equation copies a tape: each copy can be taken off once."""
    return eqn.op == COPY and is_tape(eqn.args[0])


def joined(eqn: Eqn) -> tuple[Var, ...]:
    """Return the tapes that have the same slots by an equation: one and its copy, or the sum of one and another."""
    if is_copied(eqn) or eqn.op == ADD_TAPE:
        return tuple(arg for arg in (*eqn.args, *eqn.outs) if isinstance(arg, Var))
    return ()


def as_of(slot: Var, tape: Var, other: Var) -> Var | None:
    """Return the slot of another tape for that of a tape, None if it is none of it.

    >>> as_of(Var("t[1]", FLOAT), Var("t", TAPE), Var("s", TAPE)).name
    's[1]'
    """
    start = f"{tape.name}["
    return Var(f"{other.name}[{slot.name.removeprefix(start)}", FLOAT) if slot.name.startswith(start) else None


def slots(eqn: Eqn) -> Sequence[tuple[Var, Var]]:
    """Return what an equation puts on a tape or takes off it, each with its slot; nothing for other equations."""
    if eqn.op not in (PUSH, POP):
        return ()
    tape, *values = eqn.args if eqn.op == PUSH else (*eqn.args, *eqn.outs)
    assert isinstance(tape, Var)
    return [(value, slot(tape, value, i)) for i, value in enumerate(values) if isinstance(value, Var)]


def is_kept_on(tape: Var, active: Iterable[Var]) -> bool:
    """Say whether a tape has slots among those that are active."""
    return any(each.name.startswith(f"{tape.name}[") for each in active)


def slot(tape: Var, value: Var, position: int) -> Var:
    """Return the slot of a tape for a value at a position."""
    if tape.kind == TAPE:
        return Var(f"{tape.name}[{position}]", FLOAT)
    return whole(tape) if is_differentiable(value.kind) else Var(f"{tape.name}[-]", FLOAT)


def whole(tape: Var) -> Var:
    """Return the slot that stands for all numbers on a tape of calls."""
    return Var(f"{tape.name}[]", FLOAT)
