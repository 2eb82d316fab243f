"""Adjoints of tapes, which a derivative of a derivative meets: a tape of adjoints goes the other way.

What a loop put on a tape and a later one took off (x, and x' = x) has its adjoint put on the tape of
adjoints where the sweep passes the later one, and taken off and added where it passes the first.

| forward        | reverse, last line first   |
|----------------|----------------------------|
| t = []         |                            |
| t.append(x)    | x̄ = x̄ + t̄.pop()            |
| x' = t.pop()   | t̄.append(x̄')               |
|                | t̄ = []                     |

What takes off is often given a copy: the adjoints on its tape are added to those on the tape itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from s2s_ad.ir.core import Adjoint, Atom, Eqn, Stmt, Var, blocks
from s2s_ad.ir.kinds import number_kind
from s2s_ad.ir.ops import ADD_TAPE, CUT, MARK, NEW_TAPE, POP, PUSH, is_local
from s2s_ad.ir.tapes import as_of, is_copied, is_kept_on, is_tape, joined, slots, whole
from s2s_ad.transform.adjoints import Adjoints, bar_hint
from s2s_ad.transform.sweep import Sweep, hand_in


def adjoint_tapes(sweep: Sweep, stmts: Sequence[Stmt]) -> None:
    """Emit the tapes of adjoints for the tapes that statements make."""
    for stmt in stmts:
        made = isinstance(stmt, Eqn) and (stmt.op == NEW_TAPE or is_copied(stmt))
        if isinstance(stmt, Eqn) and made and is_kept_on(stmt.outs[0], sweep.active):
            (tape,) = stmt.outs
            bar = sweep.tape_bars[tape] = sweep.lo.var(tape.kind, hint=bar_hint(tape))
            sweep.lo.stmts.append(Eqn((bar,), NEW_TAPE, (), (), Adjoint(stmt)))


def uses_tapes(sweep: Sweep, stmt: Stmt) -> bool:
    """Say whether a statement puts active values on a tape or takes them off: its reverse must run."""
    if isinstance(stmt, Eqn):
        if any(is_kept_on(tape, sweep.active) for tape in joined(stmt)):
            return True
        given = [whole(arg) for arg in stmt.args if is_tape(arg)] if is_local(stmt.op) else []
        return any(slot in sweep.active for slot in (*given, *(slot for _, slot in slots(stmt))))
    return any(uses_tapes(sweep, inner) for block in blocks(stmt) for inner in block.stmts)


def reverse_tape(sweep: Sweep, eqn: Eqn, adjoints: Adjoints) -> None:
    """Emit the adjoint of what puts values on a tape, or takes them off."""
    if eqn.op in (NEW_TAPE, MARK, CUT):  # what was cut off is never taken off, and nothing comes of it
        return
    if joined(eqn):
        first, second = joined(eqn)
        _add(sweep, *((second, first) if eqn.op == ADD_TAPE else (first, second)))
        return
    active = [(value, slot) for value, slot in slots(eqn) if slot in sweep.active]
    if not active:
        return
    tape = eqn.args[0]
    assert isinstance(tape, Var)
    tape_bar = sweep.tape_bars[tape]
    if eqn.op == POP:
        bars = [_given_up(sweep, value, slot, adjoints) for value, slot in active]
        sweep.lo.stmts.append(Eqn((), PUSH, (tape_bar, *bars), (), sweep.lo.origin))
        return
    taken = [sweep.lo.var(number_kind(value.kind), hint=bar_hint(value)) for value, _ in active]
    sweep.lo.stmts.append(Eqn(tuple(taken), POP, (tape_bar,), (), sweep.lo.origin))
    for (value, slot), bar in zip(active, taken, strict=True):
        if slot in sweep.absent_slots:
            adjoints.absent.add(bar)
        if slot in sweep.selected_slots:
            adjoints.selected.add(bar)
        if value in sweep.active:
            hand_in(adjoints, value, bar)


def _add(sweep: Sweep, tape: Var, other: Var) -> None:
    """Emit the adjoint of a copy of a tape, or of a sum of two: what comes of one is added to what came of the other.

    Of t' = t.copy() that is t̄ += t̄', and of t += s it is s̄ += t̄.
    """
    tapes = [sweep.tape_bars[each] for each in (tape, other) if each in sweep.tape_bars]
    if len(tapes) < 2:
        return
    sweep.lo.stmts.append(Eqn((), ADD_TAPE, tuple(tapes), (), sweep.lo.origin))
    for noted in (sweep.selected_slots, sweep.absent_slots):
        noted |= {each for slot in noted if (each := as_of(slot, other, tape)) is not None}


def _given_up(sweep: Sweep, value: Var, slot: Var, adjoints: Adjoints) -> Atom:
    """Return the adjoint of what was taken off a tape, zero if nothing came of it."""
    bar = adjoints.bars.pop(value, None)
    if bar is None or bar in adjoints.selected:
        sweep.selected_slots.add(slot)
    bar = adjoints.as_complex(value, bar) if bar is not None else adjoints.zero(value)
    if bar in adjoints.absent:
        sweep.absent_slots.add(slot)
    return bar
