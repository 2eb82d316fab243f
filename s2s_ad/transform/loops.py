"""Adjoints of loops: the iterations backwards, with what the forward loop kept on a tape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from s2s_ad.frontend.context import RANGE, Lowerer
from s2s_ad.frontend.expressions import arithmetic
from s2s_ad.ir.core import (
    Atom,
    Block,
    Eqn,
    For,
    Lit,
    Stmt,
    Var,
    While,
    carried,
    entry_vars,
    exit_of,
    operands,
    surely_runs,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import INT, Opaque, number_kind
from s2s_ad.ir.ops import ADD, GETITEM, UPDATE, copy_of, op
from s2s_ad.ir.rename import rename
from s2s_ad.optimize.dead_code import dead_code
from s2s_ad.rules.language import lookup, passive
from s2s_ad.transform.adjoints import SUBTRACT, Adjoints, bar_hint, may_be_number
from s2s_ad.transform.sweep import Sweep, hand_in
from s2s_ad.transform.taped import uses_tapes

_LEN = op("builtins.len")


def reverse_loop(sweep: Sweep, stmt: For | While, adjoints: Adjoints) -> list[Stmt]:
    """Emit the loop backwards; return the forward loop, which now keeps a tape."""
    handed = [
        (param, init, given, out)
        for param, init, given, out in zip(stmt.params, stmt.inits, carried(stmt), stmt.outs, strict=True)
        if param in sweep.active or out in sweep.active
    ]
    if not any(out in adjoints.bars for *_, out in handed) and not uses_tapes(sweep, stmt):
        return [stmt]
    outer = [var for var in sweep.outer(stmt.body) if var not in entry_vars(stmt)]
    inits: list[Atom] = []
    for _, _, _, out in handed:
        bar = adjoints.bars.pop(out, None)
        inits.append(adjoints.as_complex(out, bar) if bar is not None else adjoints.zero(out))
    inits.extend(adjoints.as_complex(x, adjoints.bars[x]) if x in adjoints.bars else adjoints.zero(x) for x in outer)
    chosen = [isinstance(init, Lit) or init in adjoints.selected for init in inits]
    chosen = [
        selected or (i < len(handed) and not _passes_on(stmt.body, handed[i][0])) for i, selected in enumerate(chosen)
    ]
    absent = frozenset(i for i, init in enumerate(inits) if init in adjoints.absent)
    inner, params, forward_body, backward = _loop_body(sweep, stmt, handed, outer, chosen, absent, adjoints.passed_on)
    _own_inits(sweep, adjoints, inner, params, inits, [*(out for *_, out in handed), *outer])
    elsewhere = sweep.unbound if sweep.depth else frozenset[Var]()
    forward_body, backward = sweep.tapes.keep(forward_body, stmt.params, dead_code(backward), elsewhere)
    forward, loop = _mirror(sweep, stmt, forward_body, tuple(params), tuple(inits), backward)
    outs = [sweep.lo.var(param.kind, hint=param.hint) for param in params]
    sweep.lo.stmts.append(replace(loop, outs=tuple(outs)))
    for place, (param, init, given, bar) in enumerate(zip(params, inits, backward.results, outs, strict=True)):
        if param in inner.absent:
            adjoints.absent.add(bar)
            continue
        if param in inner.written or (given in inner.owned and init in adjoints.owned):
            adjoints.owned.add(bar)
            adjoints.passed_on[bar] = tuple(variables(init))
        unread = place >= len(handed) and chosen[place] and not surely_runs(stmt)  # by a loop of no iteration
        if given in inner.selected or unread:
            adjoints.selected.add(bar)
    adjoints.bars.update(zip(outer, outs[len(handed) :], strict=True))
    for (_, init, _, _), bar in zip(handed, outs[: len(handed)], strict=True):
        if isinstance(init, Var) and init in sweep.active:
            hand_in(adjoints, init, bar)
    return [forward]


def _passes_on(body: Block, param: Var) -> bool:
    """Say whether an iteration surely reads all of what the one before left: then nothing of it is not chosen."""
    read = [stmt for stmt in body.stmts if isinstance(stmt, Eqn) and param in operands(stmt)]
    return param in body.results or not all(map(_chooses, read))


def _chooses(eqn: Eqn) -> bool:
    """Say whether an equation may pass on only a part of what it reads."""
    if eqn.op == UPDATE:
        return eqn.args[3] not in (Lit("+", Opaque("str")), Lit("-", Opaque("str")))
    rule = lookup(eqn.op.path)
    if rule is None or eqn.op == GETITEM or passive(eqn.op.path):
        return True
    return rule.chooses(eqn.args, [name for name, _ in eqn.kwargs])


def _loop_body(
    sweep: Sweep,
    stmt: For | While,
    handed: Sequence[tuple[Var, Atom, Atom, Var]],
    outer: Sequence[Var],
    chosen: Sequence[bool],
    absent: frozenset[int],
    passed_on: dict[Var, tuple[Var, ...]],
) -> tuple[Adjoints, list[Var], Block, Block]:
    """Emit the adjoint of one iteration, under the guess that adjoint arrays handed in are owned."""
    inner = Adjoints(sweep.lo, views=sweep.views, unbound=sweep.unbound, passed_on=passed_on, guarded=sweep.guarded)
    starts = [*(param for param, *_ in handed), *outer]
    params = [sweep.lo.var(number_kind(x.kind), hint=bar_hint(x)) for x in starts]
    inner.absent.update(
        param for i, (x, param) in enumerate(zip(starts, params, strict=True)) if i in absent or inner.has_no_zero(x)
    )
    inner.owned.update(param for param in params if param not in inner.absent and not may_be_number(param.kind))
    inner.selected.update(param for param, selected in zip(params, chosen, strict=True) if selected)
    inner.bars.update(zip(outer, params[len(handed) :], strict=True))
    inner.gathered.update(inner.owned.intersection(params[len(handed) :]))
    with sweep.lo.block() as backward:
        for (_, _, given, _), param in zip(handed, params, strict=False):
            if isinstance(given, Var) and given in sweep.active:
                hand_in(inner, given, param)
        sweep.depth += 1
        forward = sweep.statements(stmt.body.stmts, inner)
        sweep.depth -= 1
        results = [_give(inner, x, param) for x, param in zip(starts, params, strict=True)]
    return inner, params, Block(tuple(forward), stmt.body.results), Block(tuple(backward), tuple(results))


def _give(inner: Adjoints, x: Var, param: Var) -> Atom:
    """Return the adjoint of x for the iteration before: owned, if that one writes to it."""
    if x not in inner.bars:
        return inner.zero(x)
    if param in inner.written:
        return inner.writable(x)
    return inner.as_complex(x, inner.bars[x])


def _own_inits(
    sweep: Sweep, adjoints: Adjoints, inner: Adjoints, params: Sequence[Var], inits: list[Atom], of: Sequence[Var]
) -> None:
    """Copy the arrays that the loop changes in place and that are not the sweep's own."""
    for i, (param, x) in enumerate(zip(params, of, strict=True)):
        init = inits[i]
        if param not in inner.written or not isinstance(init, Var):
            continue
        if init in adjoints.owned:
            adjoints.note_written(init)  # of a loop around this one it may be the guess that it is owned
        else:
            inits[i] = sweep.lo.emit(copy_of(x.kind), [init], kind=x.kind, hint=bar_hint(x))


def _mirror(
    sweep: Sweep, stmt: For | While, body: Block, params: tuple[Var, ...], inits: tuple[Atom, ...], backward: Block
) -> tuple[Stmt, For]:
    """Return the forward loop and the loop that runs its iterations backwards."""
    origin = sweep.lo.origin
    forward, total = replace(stmt, body=body), None
    if isinstance(stmt, While) or exit_of(stmt) is not None:
        forward, total = _counted(sweep, forward)
    if isinstance(stmt, For):
        index = Var(sweep.lo.names.version(stmt.index.hint), INT)
        backward = rename(backward, {stmt.index: index})
        bounds = (stmt.start, stmt.stop, stmt.step) if total is None else _bounds_of(sweep, stmt, total)
        return forward, For((), index, *bounds, params, inits, backward, not stmt.backwards, origin)
    assert total is not None
    index = sweep.lo.var(INT, hint="i")
    bounds = (sweep.lo.lit(0), total, sweep.lo.lit(1))
    return forward, For((), index, *bounds, params, inits, backward, False, origin)


def _counted(sweep: Sweep, loop: For | While) -> tuple[For | While, Var]:
    """Return the loop counting its iterations, and how many there were in the end."""
    count, more, total = (sweep.lo.var(INT, hint="count") for _ in range(3))
    step = Eqn((more,), ADD, (count, sweep.lo.lit(1)))
    given = (*carried(loop), more, *loop.body.results[len(loop.params) :])
    counting = replace(
        loop, outs=(*loop.outs, total), params=(*loop.params, count), inits=(*loop.inits, sweep.lo.lit(0)),
        body=Block((step, *loop.body.stmts), given),
    )  # fmt: skip
    return counting, total


def _bounds_of(sweep: Sweep, loop: For, total: Var) -> tuple[Atom, Atom, Atom]:
    """Emit the range of the first iterations of a loop that was left early."""
    lo, start, stop, step = sweep.lo, loop.start, loop.stop, loop.step
    if not loop.backwards:
        return start, _moved(lo, start, total, step), step
    whole = lo.emit(RANGE, [start, stop, step], kind=Opaque("range"))
    skipped = lo.emit(SUBTRACT, [lo.emit(_LEN, [whole], kind=INT), total], kind=INT)
    first = _moved(lo, start, skipped, step)
    return first, _moved(lo, first, total, step), step


def _moved(lo: Lowerer, start: Atom, count: Atom, step: Atom) -> Atom:
    """Emit start + count * step."""
    moved = lo.read(arithmetic(lo, "Mult", count, step))
    return moved if start == lo.lit(0) else lo.emit(ADD, [start, moved], kind=INT)
