"""Adjoints of lists: the adjoint of a list is a list of adjoints, which grows and shrinks the other way round.

| the list                | its adjoint, backwards        |
|-------------------------|-------------------------------|
| `xs.append(v)`          | `v_bar = xs_bar.pop()`        |
| `v = xs.pop()`          | `xs_bar.append(v_bar)`        |
| `xs[i] = v`             | `v_bar = xs_bar[i]; xs_bar[i] = 0.0` |
| `xs = [v, w]`           | `v_bar, w_bar = xs_bar`       |
"""

from __future__ import annotations

from collections.abc import Callable

from s2s_ad.ir.core import Arg, Atom, Eqn, Lit, Op, Seq, Slice, Stmt, Var, variables
from s2s_ad.ir.kinds import FLOAT, INT, Array, ListKind, Opaque
from s2s_ad.ir.ops import ADD, APPEND, CLEAR, DELETE, GETITEM, INSERT, POP_ITEM, TURN, UPDATE, op, zeros_like
from s2s_ad.transform.adjoints import Adjoints, bar_hint
from s2s_ad.transform.apply import step
from s2s_ad.transform.sweep import Sweep

_INSERTED_AT = op("s2s_ad.rules.helpers.inserted_at")
_SIZE = op("builtins.len")


def reverse_list(sweep: Sweep, eqn: Eqn, adjoints: Adjoints) -> list[Stmt]:
    """Emit the adjoint of an equation that changes a list; return the forward statements instead of it."""
    before = _REVERSES[eqn.op](sweep, eqn, adjoints)
    return [*before, eqn]


def distribute(sweep: Sweep, part: Arg, bar: Atom, adjoints: Adjoints, *, selected: bool) -> None:
    """Add the adjoint of an item, which may be a list written out, to what it was made from."""
    if isinstance(part, Var):
        if part in sweep.active:
            adjoints.add(part, bar, selected=selected)
    elif isinstance(part, Seq):
        for i, inner in enumerate(part.items):
            if any(var in sweep.active for var in variables(inner)):
                distribute(sweep, inner, _read_item(sweep, bar, sweep.lo.lit(i)), adjoints, selected=selected)


def reverse_part(sweep: Sweep, eqn: Eqn, adjoints: Adjoints) -> None:
    """The adjoint of ys = xs[start:stop:step]."""
    x, part = eqn.args
    assert isinstance(x, Var) and isinstance(part, Slice)
    bar = adjoints.bars.pop(eqn.outs[0])
    adjoints.add_to_slice(x, part, bar)


def reverse_sum(sweep: Sweep, eqn: Eqn, adjoints: Adjoints) -> list[Stmt]:
    """The adjoint of sum(xs): each item has that of the sum."""
    x, bar = eqn.args[0], adjoints.bars.pop(eqn.outs[0])
    if isinstance(x, Seq):
        for item in x.items:
            adjoints.add(item, bar)
        return [eqn]
    assert isinstance(x, Var)
    with sweep.lo.block() as before:
        size = sweep.lo.emit(_SIZE, [x], kind=INT)
    if not sweep.depth:
        sweep.lo.stmts += before
        before = []
    adjoints.add(x, sweep.lo.emit(op("operator.mul"), [Seq((bar,), "list"), size], kind=x.kind), moved=True)
    return [*before, eqn]


def reverse_repeat(sweep: Sweep, eqn: Eqn, adjoints: Adjoints) -> None:
    """The adjoint of [v, w] * n."""
    items, bar = eqn.args[0], adjoints.bars.pop(eqn.outs[0])
    assert isinstance(items, Seq)
    for i, part in enumerate(items.items):
        if isinstance(part, Var) and part in sweep.active:
            none, step = sweep.lo.lit(None), sweep.lo.lit(len(items.items))
            each = (
                bar if len(items.items) == 1 else _emit(sweep, GETITEM, [bar, Slice(sweep.lo.lit(i), none, step)], bar)
            )
            adjoints.add(part, sweep.lo.emit(op("builtins.sum"), [each], kind=FLOAT))


def _emit(sweep: Sweep, operation: Op, args: list[Arg], like: Atom) -> Var:
    return sweep.lo.emit(operation, args, kind=like.kind)


def _read_item(sweep: Sweep, xs_bar: Arg, index: Arg, of: Arg | None = None) -> Var:
    hint = bar_hint(of) if isinstance(of, Var) else ""
    kind = xs_bar.kind if isinstance(xs_bar, Var) else None
    assert isinstance(kind, ListKind)
    return sweep.lo.emit(GETITEM, [xs_bar, index], kind=kind if isinstance(index, Slice) else kind.item, hint=hint)


def _changed(sweep: Sweep, adjoints: Adjoints, eqn: Eqn, operation: Op, *args: Arg) -> None:
    """Let the adjoint of the list before an equation be that after it, changed in place."""
    x, out = eqn.args[0], eqn.outs[0]
    assert isinstance(x, Var)
    base = adjoints.writable(out)
    if x not in sweep.active:
        adjoints.bars.pop(out)
        return
    _hand_over(adjoints, x, out, base)
    adjoints.bind(x, sweep.lo.emit(operation, [base, *args], kind=x.kind))


def _hand_over(adjoints: Adjoints, x: Var, out: Var, base: Var) -> None:
    assert x not in adjoints.bars, "an old version of a list is not read any more"
    adjoints.bars.pop(out)
    if base in adjoints.selected:
        adjoints.selected.add(base)


def _taken_out(sweep: Sweep, eqn: Eqn, adjoints: Adjoints, value: Arg, place: list[Arg]) -> None:
    """Take the adjoint of a value that was put into a list out of the list's."""
    x, out = eqn.args[0], eqn.outs[0]
    assert isinstance(x, Var) and isinstance(out.kind, ListKind)
    base = adjoints.writable(out)
    _hand_over(adjoints, x, out, base)
    hints = [bar_hint(x), bar_hint(value) if isinstance(value, Var) else ""]
    xs_bar, bar = sweep.lo.emit_many(POP_ITEM, [base, *place], (), [base.kind, out.kind.item], hints)
    selected = base in adjoints.selected
    if x in sweep.active:
        adjoints.bars[x] = xs_bar
        adjoints.owned.add(xs_bar)
        if selected:
            adjoints.selected.add(xs_bar)
    distribute(sweep, value, bar, adjoints, selected=selected)


def _append(sweep: Sweep, eqn: Eqn, adjoints: Adjoints) -> list[Stmt]:
    _taken_out(sweep, eqn, adjoints, eqn.args[1], [])
    return []


def _insert(sweep: Sweep, eqn: Eqn, adjoints: Adjoints) -> list[Stmt]:
    _, index, value = eqn.args
    if not (isinstance(index, Lit) and index.value == 0):
        bar = adjoints.writable(eqn.outs[0])
        index = sweep.lo.emit(_INSERTED_AT, [index, sweep.lo.emit(_SIZE, [bar], kind=INT)], kind=INT)
    _taken_out(sweep, eqn, adjoints, value, [index])
    return []


def _pop(sweep: Sweep, eqn: Eqn, adjoints: Adjoints) -> list[Stmt]:
    item = eqn.outs[1]
    if isinstance(item.kind, ListKind):
        bar: Atom = adjoints.writable(item)
        adjoints.bars.pop(item)
    else:
        given = adjoints.bars.pop(item, None)
        bar = given if given is not None else adjoints.zero(item)
    _put_back(sweep, eqn, adjoints, bar)
    return []


def _delete(sweep: Sweep, eqn: Eqn, adjoints: Adjoints) -> list[Stmt]:
    x, index = eqn.args
    assert isinstance(x, Var) and isinstance(x.kind, ListKind)
    if not isinstance(x.kind.item, Array | ListKind):
        _put_back(sweep, eqn, adjoints, Lit(0.0, FLOAT))
        return []
    with sweep.lo.block() as before:
        item = _read_item(sweep, x, index)
    _put_back(sweep, eqn, adjoints, _zero(sweep, item))
    return before


def _put_back(sweep: Sweep, eqn: Eqn, adjoints: Adjoints, bar: Atom) -> None:
    """Put the adjoint of an item that was taken out of a list into the list's."""
    index = eqn.args[1] if len(eqn.args) > 1 else sweep.lo.lit(-1)
    if index == sweep.lo.lit(-1):
        _changed(sweep, adjoints, eqn, APPEND, bar)
        return
    if isinstance(index, Lit):
        place: Arg = index if index.value >= 0 else sweep.lo.lit(index.value + 1)
    else:
        size = sweep.lo.emit(_SIZE, [adjoints.writable(eqn.outs[0])], kind=INT)
        whole = sweep.lo.emit(ADD, [size, sweep.lo.lit(1)], kind=INT)
        place = sweep.lo.emit(op("operator.mod"), [index, whole], kind=INT)
    _changed(sweep, adjoints, eqn, INSERT, place, bar)


def _clear(sweep: Sweep, eqn: Eqn, adjoints: Adjoints) -> list[Stmt]:
    adjoints.bars.pop(eqn.outs[0])
    return []


def _turn(sweep: Sweep, eqn: Eqn, adjoints: Adjoints) -> list[Stmt]:
    _changed(sweep, adjoints, eqn, TURN)
    return []


def _set_item(sweep: Sweep, eqn: Eqn, adjoints: Adjoints) -> list[Stmt]:
    x, path, index, _, value = eqn.args
    assert isinstance(x, Var) and isinstance(path, Seq)
    out = eqn.outs[0]
    base = adjoints.writable(out)
    selected = base in adjoints.selected
    bar = _read_item(sweep, _within(sweep, base, path), index, value)
    before: list[Stmt] = []
    old = bar
    if isinstance(bar.kind, Array | ListKind) and x in sweep.active and not (path.items or isinstance(index, Slice)):
        with sweep.lo.block() as before:  # the item that there was may have another size
            old = _read_item(sweep, x, index)
    _changed(sweep, adjoints, eqn, UPDATE, path, index, Lit("", Opaque("str")), _zero(sweep, old))
    distribute(sweep, value, bar, adjoints, selected=selected)
    return before


def _within(sweep: Sweep, xs: Var, path: Seq) -> Var:
    for part in path.items:
        xs = step(sweep.lo, xs, part)
    return xs


def _zero(sweep: Sweep, item: Var) -> Atom:
    """Return zeros like an item of a list."""
    known = isinstance(item.kind, Array | ListKind)
    return sweep.lo.emit(*zeros_like(item), kind=item.kind) if known else Lit(0.0, FLOAT)


_REVERSES: dict[Op, Callable[[Sweep, Eqn, Adjoints], list[Stmt]]] = {
    APPEND: _append,
    INSERT: _insert,
    POP_ITEM: _pop,
    DELETE: _delete,
    CLEAR: _clear,
    TURN: _turn,
    UPDATE: _set_item,
}
