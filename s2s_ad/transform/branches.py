"""Adjoints of branches: the reverse of the one that was taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from s2s_ad.ir.core import (
    Atom,
    Block,
    Eqn,
    If,
    Lit,
    Stmt,
    Try,
    Var,
    statements_of,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import INT, number_kind
from s2s_ad.ir.ops import CUT, MARK, PUSH, RAISE, is_local
from s2s_ad.ir.tapes import is_tape
from s2s_ad.optimize.dead_code import dead_code
from s2s_ad.transform.adjoints import Adjoints, bar_hint
from s2s_ad.transform.sweep import Sweep, hand_in
from s2s_ad.transform.taped import uses_tapes


def reverse_if(sweep: Sweep, stmt: If, adjoints: Adjoints) -> list[Stmt]:
    """Emit the adjoint of the branch that was taken; return the forward `if`."""
    outer = sweep.outer(stmt.then, stmt.orelse)
    seeds = [adjoints.bars.pop(out, None) if out in sweep.active else None for out in stmt.outs]
    if all(seed is None for seed in seeds) and not uses_tapes(sweep, stmt):
        return [stmt]
    forward: list[Block] = []
    ways: list[tuple[list[Stmt], Adjoints]] = []
    for way in (stmt.then, stmt.orelse):
        child = adjoints.child()
        with sweep.lo.block() as backward:
            for value, seed in zip(way.results, seeds, strict=True):
                if seed is not None and isinstance(value, Var) and value in sweep.active:
                    hand_in(child, value, seed)
            forward.append(Block(tuple(sweep.statements(way.stmts, child)), way.results))
        ways.append((backward, child))
    changed = [x for x in outer if any(child.bars.get(x) != adjoints.bars.get(x) for _, child in ways)]
    results: list[list[Atom]] = []
    for backward, child in ways:
        sweep.lo.stmts, before = backward, sweep.lo.stmts
        results.append([child.as_complex(x, child.bars[x]) if x in child.bars else child.zero(x) for x in changed])
        sweep.lo.stmts = before
    taken = [dead_code(Block(tuple(way), tuple(values))) for (way, _), values in zip(ways, results, strict=True)]
    marks: list[Stmt] = []
    if isinstance(stmt, Try) and sweep.depth:
        marks, forward[0] = _cut_back(sweep, forward[1], forward[0])
    return [*marks, _emit_if(sweep, stmt, adjoints, changed, forward, taken, [child for _, child in ways])]


def _cut_back(sweep: Sweep, body: Block, handler: Block) -> tuple[list[Stmt], Block]:
    """Return what marks the tapes that a body writes, and its handler, which takes off what a failed body put there."""
    last = handler.stmts[-1] if handler.stmts else None
    if isinstance(last, Eqn) and last.op == RAISE:
        return [], handler
    marks: list[Stmt] = []
    cuts: list[Stmt] = []
    for tape in _written(body):
        start = sweep.lo.var(INT, hint="start")
        marks.append(Eqn((start,), MARK, (tape,)))
        cuts.append(Eqn((), CUT, (tape, start)))
    return marks, Block((*cuts, *handler.stmts), handler.results)


def _written(block: Block) -> list[Var]:
    """Return the tapes on which a block, or what it calls, puts something."""
    found: dict[Var, None] = {}
    for stmt in statements_of(block):
        if isinstance(stmt, Eqn) and (stmt.op == PUSH or is_local(stmt.op)):
            found.update(dict.fromkeys(arg for arg in stmt.args if is_tape(arg)))
    return [*found]


def _emit_if(
    sweep: Sweep, stmt: If, adjoints: Adjoints, changed: Sequence[Var], forward: list[Block], backward: list[Block],
    children: list[Adjoints],
) -> If:  # fmt: skip
    if sweep.depth:
        late = isinstance(stmt, Try)  # what is kept of a way that fails is never taken off
        kept = [sweep.tapes.keep(f, (), b, sweep.unbound, late) for f, b in zip(forward, backward, strict=True)]
        backward = [b for _, b in kept]
        stmt = replace(stmt, then=kept[0][0], orelse=kept[1][0])
    else:
        stmt, backward = sweep.tapes.hand_out(stmt, forward, backward)
    bars: list[Var] = []
    for i, x in enumerate(changed):
        kinds = [block.results[i].kind for block in backward]
        bars.append(sweep.lo.var(kinds[0] if kinds[0] == kinds[1] else number_kind(x.kind), hint=bar_hint(x)))
        owned = all(
            block.results[i] in child.owned or isinstance(block.results[i], Lit)
            for block, child in zip(backward, children, strict=True)
        )
        adjoints.bars[x] = bars[-1]
        if any(block.results[i] in child.absent for block, child in zip(backward, children, strict=True)):
            adjoints.absent.add(bars[-1])
        elif owned:
            adjoints.owned.add(bars[-1])
            adjoints.passed_on[bars[-1]] = tuple(variables(*(block.results[i] for block in backward)))
        if any(x not in child.bars or child.bars[x] in child.selected for child in children):
            adjoints.selected.add(bars[-1])
    sweep.lo.stmts.append(If(tuple(bars), stmt.test, backward[0], backward[1], sweep.lo.origin))
    return stmt
