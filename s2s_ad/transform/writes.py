"""Adjoints of writing to arrays: what is overwritten has no influence any more."""

from __future__ import annotations

from dataclasses import replace

from s2s_ad.frontend.access import getattr_
from s2s_ad.frontend.equations import apply_rule
from s2s_ad.ir.core import (
    Arg,
    Atom,
    Eqn,
    Lit,
    Seq,
    Slice,
    Step,
    Stmt,
    Var,
    variables,
)  # fmt: skip
from s2s_ad.ir.indexes import is_fancy
from s2s_ad.ir.kinds import (
    FLOAT,
    Array,
    Opaque,
)
from s2s_ad.ir.ops import COPY, GETITEM, UPDATE, op
from s2s_ad.rules.language import lookup, passive
from s2s_ad.transform.adjoints import Adjoints
from s2s_ad.transform.apply import OPERATORS, no_rule, refuse_complex, step, value_of
from s2s_ad.transform.sweep import Sweep, reads_unbounded

_LAST_WRITES = op("s2s_ad.rules.helpers.last_writes")


def reverse_write(sweep: Sweep, eqn: Eqn, adjoints: Adjoints) -> list[Stmt]:
    """The adjoint of x' = x with x[path][index] op= v: what was overwritten has no influence."""
    x, path, index, sign, value = eqn.args
    assert isinstance(x, Var) and isinstance(path, Seq) and isinstance(sign, Lit)
    assert x not in adjoints.bars, "an old version of an array is not read any more"
    if isinstance(index, Lit) and index.value is Ellipsis and path.items and not isinstance(path.items[-1], Step):
        path, index = Seq(path.items[:-1]), path.items[-1]
        eqn = replace(eqn, args=(x, path, index, sign, value))
    if sign.value == "" and not path.items and _is_whole(index):  # nothing of x is left
        bar = adjoints.bars.pop(eqn.outs[0])
        _add_to_value(sweep, value, bar, adjoints, bar in adjoints.selected, moved=True)
        return [eqn]
    adjoints.bars[x] = adjoints.bars.pop(eqn.outs[0])
    if sign.value == "" or passive(f"operator.{OPERATORS[sign.value]}"):
        chosen = adjoints.bars[x] in adjoints.selected
        slot_bar = _slot_bar(sweep, adjoints.bars[x], path, index)
        _overwrite(sweep, adjoints, x, path, index, Lit(0.0, FLOAT))
        adjoints.selected.add(adjoints.bars[x])
        if sign.value == "":
            _add_to_value(sweep, value, slot_bar, adjoints, chosen)  # last, since the value may be a part of x
        return [eqn]
    with sweep.lo.block() as before:
        old = _copied(sweep, _slot(sweep, x, path, index))
    with sweep.lo.block() as after:
        new = _copied(sweep, _slot(sweep, eqn.outs[0], path, index))
    _update_by_rule(sweep, eqn, old, new, adjoints)
    return [*before, eqn, *after]


def reverse_accumulate(sweep: Sweep, eqn: Eqn, adjoints: Adjoints) -> list[Stmt]:
    """The adjoint of np.add.at(x[path], index, v): what is added has the adjoint of where it goes."""
    x, path, index, value = eqn.args
    assert isinstance(x, Var) and isinstance(path, Seq)
    assert x not in adjoints.bars, "an old version of an array is not read any more"
    adjoints.bars[x] = adjoints.bars.pop(eqn.outs[0])
    if isinstance(value, Var) and value in sweep.active:
        chosen = adjoints.bars[x] in adjoints.selected
        _add_to_value(sweep, value, _slot(sweep, adjoints.bars[x], path, index), adjoints, chosen)
    return [eqn]


def _update_by_rule(sweep: Sweep, eqn: Eqn, old: Var, new: Var, adjoints: Adjoints) -> None:
    """Apply the rule of op to `new = old op value`, and put the adjoint of old into x's."""
    x, path, index, sign, value = eqn.args
    assert isinstance(x, Var) and isinstance(path, Seq) and isinstance(sign, Lit)
    rule = lookup(f"operator.{OPERATORS[sign.value]}")
    if rule is None:
        no_rule(eqn, f"no derivative rule for {sign.value}=")
    refuse_complex(eqn, rule)
    slot_bar = _slot_bar(sweep, adjoints.bars[x], path, index)
    left, right = rule.arguments
    env = {rule.results[0]: new, f"{rule.results[0]}_bar": slot_bar, left: old, right: value_of(value)}
    by_value = isinstance(value, Var) and value in sweep.active
    since = len(sweep.lo.stmts)
    given = apply_rule(sweep.lo, rule, "bar", [left, right] if by_value else [left], env)
    bars = [sweep.lo.read(given[name]) for name in ((left, right) if by_value else (left,))]
    chosen = adjoints.bars[x] in adjoints.selected
    if chosen and (rule.poles or eqn.outs[0] in sweep.unbounded or reads_unbounded(sweep, since)):
        bars = [bar if bar == slot_bar else adjoints.guard(slot_bar, bar) for bar in bars]
    old_bar = bars[0]
    if is_fancy(index):  # an element may be read more than once
        _overwrite(sweep, adjoints, x, path, index, Lit(0.0, FLOAT))
        adjoints.accumulate_at(x, index, old_bar, path.items)
    elif old_bar != slot_bar:
        _overwrite(sweep, adjoints, x, path, index, old_bar)
    if by_value:
        _add_to_value(sweep, value, bars[1], adjoints, chosen)


def _slot(sweep: Sweep, x: Arg, path: Seq, index: Arg) -> Var:
    """Emit x[path][index]."""
    for part in path.items:
        x = step(sweep.lo, x, part)
    if isinstance(index, Lit) and index.value is Ellipsis:
        assert isinstance(x, Var)
        return x
    return sweep.lo.emit(GETITEM, [x, index])


def _slot_bar(sweep: Sweep, x_bar: Arg, path: Seq, index: Arg) -> Var:
    """Emit the adjoint of what was written to a slot; of several writes to one element the last counts."""
    slot = _slot(sweep, x_bar, path, index)
    if not is_fancy(index):
        return slot
    view = _slot(sweep, x_bar, path, Lit(Ellipsis, Opaque("ellipsis")))
    shape = sweep.lo.operand(getattr_(sweep.lo, view, "shape"))
    kind = Array("bool", slot.kind.axes if isinstance(slot.kind, Array) else "")
    last = sweep.lo.emit(_LAST_WRITES, [shape, index], kind=kind)
    return sweep.lo.emit(op("numpy.where"), [last, slot, Lit(0.0, FLOAT)], kind=slot.kind)


def _copied(sweep: Sweep, x: Var) -> Var:
    return sweep.lo.emit(COPY, [x], kind=x.kind) if isinstance(x.kind, Array) else x


def _is_whole(index: Arg) -> bool:
    """Say whether an index names all elements of an array."""
    if isinstance(index, Slice):
        return all(isinstance(part, Lit) and part.value is None for part in (index.start, index.stop, index.step))
    return isinstance(index, Lit) and index.value is Ellipsis


def _add_to_value(
    sweep: Sweep, value: Arg, slot_bar: Atom, adjoints: Adjoints, chosen: bool, moved: bool = False
) -> None:
    """Add the adjoint of a slot to that of the value written there, which was broadcast to it."""
    if isinstance(value, Var):
        if value in sweep.active:
            adjoints.add(value, slot_bar, [slot_bar.kind], selected=chosen, moved=moved)
    else:
        assert not any(var in sweep.active for var in variables(value)), "sequences are written as arrays"


def _overwrite(sweep: Sweep, adjoints: Adjoints, x: Var, path: Seq, index: Arg, value: Atom) -> None:
    chosen = adjoints.bars[x] in adjoints.selected
    base = adjoints.writable(x, path.items)
    sign = Lit("", Opaque("str"))
    adjoints.bind(x, sweep.lo.emit(UPDATE, [base, path, index, sign, value], kind=base.kind))
    if chosen:
        adjoints.selected.add(adjoints.bars[x])
