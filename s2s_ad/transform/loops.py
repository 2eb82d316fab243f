"""Adjoints of loops: the iterations backwards, with what the forward loop kept on a tape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from s2s_ad.errors import UnsupportedError
from s2s_ad.ir.core import (
    UNDEFINED,
    Atom,
    Block,
    Eqn,
    For,
    Lit,
    Stmt,
    Var,
    While,
    entry_vars,
    place_of,
)  # fmt: skip
from s2s_ad.ir.kinds import (
    FLOAT,
    INT,
    Array,
    Kind,
    NumpyScalar,
    PyScalar,
)
from s2s_ad.ir.ops import ADD, COPY
from s2s_ad.ir.rename import rename
from s2s_ad.optimize.dead_code import dead_code
from s2s_ad.transform.adjoints import Adjoints, bar_hint
from s2s_ad.transform.sweep import Sweep, hand_in


def reverse_loop(sweep: Sweep, stmt: For | While, adjoints: Adjoints) -> list[Stmt]:
    """Emit the loop backwards; return the forward loop, which now keeps a tape."""
    carried = [
        (param, init, given, out)
        for param, init, given, out in zip(stmt.params, stmt.inits, stmt.body.results, stmt.outs, strict=True)
        if param in sweep.active or out in sweep.active
    ]
    if not any(out in adjoints.bars for *_, out in carried):
        return [stmt]
    outer = [var for var in sweep.outer(stmt.body) if var not in entry_vars(stmt)]
    inits: list[Atom] = []
    for _, _, _, out in carried:
        bar = adjoints.bars.pop(out, None)
        inits.append(bar if bar is not None else adjoints.zero(out))
    inits.extend(adjoints.bars[x] if x in adjoints.bars else adjoints.zero(x) for x in outer)
    chosen = [isinstance(init, Lit) or init in adjoints.selected for init in inits]
    inner, params, forward_body, backward = _loop_body(sweep, stmt, carried, outer, chosen)
    _own_inits(sweep, adjoints, inner, params, inits, [*(out for *_, out in carried), *outer])
    forward_body, backward = sweep.tapes.keep(forward_body, stmt.params, dead_code(backward))
    forward, loop = _mirror(sweep, stmt, forward_body, tuple(params), tuple(inits), backward)
    outs = [sweep.lo.var(param.kind, hint=param.hint) for param in params]
    sweep.lo.stmts.append(replace(loop, outs=tuple(outs)))
    for param, init, given, bar in zip(params, inits, backward.results, outs, strict=True):
        if param in inner.written or (given in inner.owned and init in adjoints.owned):
            adjoints.owned.add(bar)
        if given in inner.selected:
            adjoints.selected.add(bar)
    adjoints.bars.update(zip(outer, outs[len(carried) :], strict=True))
    for (_, init, _, _), bar in zip(carried, outs[: len(carried)], strict=True):
        if isinstance(init, Var) and init in sweep.active:
            hand_in(adjoints, init, bar)
    return [forward]


def _loop_body(
    sweep: Sweep,
    stmt: For | While,
    carried: Sequence[tuple[Var, Atom, Atom, Var]],
    outer: Sequence[Var],
    chosen: Sequence[bool],
) -> tuple[Adjoints, list[Var], Block, Block]:
    """Emit the adjoint of one iteration, under the guess that adjoint arrays handed in are owned."""
    inner = Adjoints(sweep.lo, views=sweep.views)
    starts = [*(param for param, *_ in carried), *outer]
    params = [sweep.lo.var(_bar_kind(x.kind), hint=bar_hint(x)) for x in starts]
    inner.owned.update(params)
    inner.selected.update(param for param, selected in zip(params, chosen, strict=True) if selected)
    inner.bars.update(zip(outer, params[len(carried) :], strict=True))
    with sweep.lo.block() as backward:
        for (_, _, given, _), param in zip(carried, params, strict=False):
            if isinstance(given, Var) and given in sweep.active:
                hand_in(inner, given, param)
        sweep.depth += 1
        forward = sweep.statements(stmt.body.stmts, inner)
        sweep.depth -= 1
        _refuse_unbound(sweep, stmt, inner)
        results = [_give(inner, x, param) for x, param in zip(starts, params, strict=True)]
    return inner, params, Block(tuple(forward), stmt.body.results), Block(tuple(backward), tuple(results))


def _refuse_unbound(sweep: Sweep, stmt: For | While, inner: Adjoints) -> None:
    """Refuse an array that only the loop binds: before the first iteration its adjoint has no shape."""
    for param, init in zip(stmt.params, stmt.inits, strict=True):
        if init == UNDEFINED and param in sweep.active and isinstance(param.kind, Array) and param not in inner.bars:
            raise UnsupportedError(
                f"the array {param.hint!r}, which this loop binds, is used after it",
                place_of(stmt), "bind it before the loop",
            )  # fmt: skip


def _give(inner: Adjoints, x: Var, param: Var) -> Atom:
    """Return the adjoint of x for the iteration before: owned, if that one writes to it."""
    if x not in inner.bars:
        return inner.zero(x)
    if param in inner.written:
        return inner.writable(x)
    return inner.bars[x]


def _own_inits(
    sweep: Sweep, adjoints: Adjoints, inner: Adjoints, params: Sequence[Var], inits: list[Atom], of: Sequence[Var]
) -> None:
    """Copy the arrays that the loop changes in place and that are not the sweep's own."""
    for i, (param, x) in enumerate(zip(params, of, strict=True)):
        init = inits[i]
        if param not in inner.written or not isinstance(init, Var):
            continue
        if init in adjoints.owned:
            adjoints.written.add(init)  # of a loop around this one it may be the guess that it is owned
        else:
            inits[i] = sweep.lo.emit(COPY, [init], kind=x.kind, hint=bar_hint(x))


def _mirror(
    sweep: Sweep, stmt: For | While, body: Block, params: tuple[Var, ...], inits: tuple[Atom, ...], backward: Block
) -> tuple[Stmt, For]:
    """Return the forward loop and the loop that runs its iterations backwards."""
    origin = sweep.lo.origin
    if isinstance(stmt, For):
        index = Var(sweep.lo.names.version(stmt.index.hint), INT)
        backward = rename(backward, {stmt.index: index})
        loop = For((), index, stmt.start, stmt.stop, stmt.step, params, inits, backward, not stmt.backwards, origin)
        return replace(stmt, body=body), loop
    count = sweep.lo.var(INT, hint="count")
    more, total = sweep.lo.var(INT, hint="count"), sweep.lo.var(INT, hint="count")
    one, zero = sweep.lo.lit(1), sweep.lo.lit(0)
    step = Eqn((more,), ADD, (count, one))
    body = Block((*body.stmts, step), (*body.results, more))
    forward = replace(
        stmt, outs=(*stmt.outs, total), params=(*stmt.params, count), inits=(*stmt.inits, zero), body=body
    )
    index = sweep.lo.var(INT, hint="i")
    return forward, For((), index, zero, total, one, params, inits, backward, False, origin)


def _bar_kind(kind: Kind) -> Kind:
    """Return the kind of an adjoint that a loop carries; a number may start as the literal 0.0."""
    return FLOAT if isinstance(kind, PyScalar | NumpyScalar) else kind
