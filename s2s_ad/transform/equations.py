"""Adjoints of equations: by rules, and of reading and unpacking lists and arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce

import numpy as np

from s2s_ad.analysis.activity import differentiable_operands
from s2s_ad.errors import UnsupportedError
from s2s_ad.frontend.access import getitem
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.equations import apply_rule
from s2s_ad.frontend.values import Value, leaves, map_leaves
from s2s_ad.ir.core import (
    Arg,
    Atom,
    Eqn,
    Lit,
    Seq,
    Slice,
    Stmt,
    Var,
    atoms,
    place_of,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import (
    FLOAT,
    Array,
    Kind,
    ListKind,
    Opaque,
    PyScalar,
    is_number,
    is_numeric,
)
from s2s_ad.ir.ops import ACCUMULATE, CONTEXT, GETITEM, IDENTITY, LIST_OPS, TAPE_OPS, UNPACK, UPDATE, is_local, op
from s2s_ad.ir.tapes import is_copied
from s2s_ad.rules.language import Rule, lookup
from s2s_ad.transform import broadcasting
from s2s_ad.transform.adjoints import Adjoints
from s2s_ad.transform.apply import (
    as_result,
    default_value,
    no_rule,
    public_name,
    refuse_complex,
    results_of,
    unknown,
    value_of,
)
from s2s_ad.transform.calls import reverse_call
from s2s_ad.transform.contexts import reverse_context
from s2s_ad.transform.custom import given_by_user, reverse_custom
from s2s_ad.transform.lists import distribute, reverse_list, reverse_part, reverse_repeat, reverse_sum
from s2s_ad.transform.sweep import Sweep, reads_unbounded
from s2s_ad.transform.taped import reverse_tape, uses_tapes
from s2s_ad.transform.writes import reverse_accumulate, reverse_write
from s2s_ad.transform.zeros import drop_zeros, shape_of

REGISTERED = (broadcasting,)
"""Modules that register how what rules use is lowered."""
_LIST, _ARRAY = op("builtins.list"), op("numpy.array")
_SUM = op("builtins.sum")
_FSUM = op("math.fsum")
_MUL = op("operator.mul")
_EITHER = op("s2s_ad.rules.helpers.either")
_ZERO = Lit(0.0, FLOAT)


def reverse_equation(sweep: Sweep, eqn: Eqn, adjoints: Adjoints) -> list[Stmt]:
    if eqn.op in CONTEXT:
        reverse_context(sweep, eqn)
        return [eqn]
    if eqn.op in TAPE_OPS or is_copied(eqn):
        reverse_tape(sweep, eqn, adjoints)
        return [eqn]
    if not any(out in adjoints.bars and out in sweep.active for out in eqn.outs) and not uses_tapes(sweep, eqn):
        return [eqn]
    if eqn.op.custom is not None and eqn.op.custom.rule is None:
        return reverse_custom(sweep, eqn, eqn.op.custom, adjoints)
    if eqn.op == GETITEM:
        return _getitem(sweep, eqn, adjoints)
    if eqn.op in LIST_OPS or (eqn.op == UPDATE and isinstance(eqn.outs[0].kind, ListKind)):
        return reverse_list(sweep, eqn, adjoints)
    if eqn.op == UPDATE:
        return reverse_write(sweep, eqn, adjoints)
    if eqn.op == ACCUMULATE:
        return reverse_accumulate(sweep, eqn, adjoints)
    if eqn.op == IDENTITY:
        bar = adjoints.bars.pop(eqn.outs[0])
        if isinstance(eqn.args[0], Seq):
            distribute(sweep, eqn.args[0], bar, adjoints, selected=bar in adjoints.selected)
        else:
            adjoints.add(eqn.args[0], bar, moved=True, selected=bar in adjoints.selected)
        return [eqn]
    if eqn.op == _LIST and isinstance(eqn.args[0], Var) and isinstance(eqn.args[0].kind, ListKind):
        bar = adjoints.bars.pop(eqn.outs[0])
        adjoints.add(eqn.args[0], bar, selected=bar in adjoints.selected)
        return [eqn]
    if eqn.op == _LIST and isinstance(eqn.args[0], Var) and isinstance(eqn.args[0].kind, Array):
        bar = adjoints.bars.pop(eqn.outs[0])
        adjoints.add(
            eqn.args[0], sweep.lo.emit(_ARRAY, [bar], kind=eqn.args[0].kind), selected=bar in adjoints.selected
        )
        return [eqn]
    if eqn.op == _FSUM or (eqn.op == _SUM and isinstance(eqn.args[0], Var)):
        return reverse_sum(sweep, eqn, adjoints)
    if eqn.op == _MUL and isinstance(eqn.outs[0].kind, ListKind):
        reverse_repeat(sweep, eqn, adjoints)
        return [eqn]
    if eqn.op == UNPACK:
        _unpack(sweep, eqn, adjoints)
        return [eqn]
    if is_local(eqn.op):
        return reverse_call(sweep, eqn, adjoints)
    rule = lookup(eqn.op.path) if eqn.op.custom is None else eqn.op.custom.rule
    if rule is None:
        unknown(eqn)
    refuse_complex(eqn, rule)
    _apply(sweep, given_by_user(eqn, sweep.active), rule, adjoints)
    return [eqn]


def _apply(sweep: Sweep, eqn: Eqn, rule: Rule, adjoints: Adjoints) -> None:
    """Add the contributions of an equation by its rule."""
    try:
        given = rule.bind(eqn.args, dict(eqn.kwargs))
    except LookupError as error:
        no_rule(eqn, f"{public_name(eqn.op)}: {error.args[0]}")
    env: dict[str, Value] = {name: default_value(value) for name, value in rule.defaults.items()}
    env |= {name: _value(sweep, rule, name, arg) for name, arg in given.items()}
    since = len(sweep.lo.stmts)
    bars, whole, zeros = _bars_of(sweep, eqn, adjoints)
    env |= {name: as_result(outs) for name, outs in results_of(rule, eqn.outs)}
    env |= {f"{name}_bar": as_result(each) for name, each in results_of(rule, whole)}
    wanted = [
        name for name, arg in given.items()
        if name not in rule.passive and any(var in sweep.active for var in _vars(arg))
    ]  # fmt: skip
    nonzero, sweep.lo.nonzero = sweep.lo.nonzero, frozenset(v for n in rule.nonzero for v in _vars(given.get(n, ())))
    try:
        contributions = apply_rule(sweep.lo, rule, "bar", wanted, env)
    except UnsupportedError as error:
        raise UnsupportedError(
            f"the adjoint of {public_name(eqn.op)}: {error.reason}", place_of(eqn), error.remedy
        ) from error
    finally:
        sweep.lo.nonzero = nonzero
    known = {var for name in wanted for var in _vars(given[name])} if eqn.op.custom is None else set[Var]()
    forgotten = {var for name in rule.passive for var in _vars(given.get(name, ())) if var in sweep.active} - known
    if any(var in forgotten for var in differentiable_operands(eqn)):
        no_rule(eqn, f"{public_name(eqn.op)} with a derivative in this argument")
    for name in wanted:
        if name not in contributions:
            no_rule(eqn, f"the rule of {public_name(eqn.op)} gives no derivative by {name!r} here")
    if zeros:
        contributions = _without_zeros(sweep, since, zeros, contributions)
    for name in contributions:
        doubtful = ((rule.poles or rule.overflows) and not has_no_pole(rule, given)) or reads_unbounded(sweep, since)
        _contribute(sweep, rule, given, name, contributions[name], adjoints, bars, doubtful, alone=len(wanted) == 1)


def _bars_of(sweep: Sweep, eqn: Eqn, adjoints: Adjoints) -> tuple[list[Atom], list[Atom], dict[Var, Var]]:
    """Take the adjoints of the results: those that there are, all with zeros, and which zeros are whose."""
    popped = [adjoints.bars.pop(out, None) for out in eqn.outs]
    whole: list[Atom] = []
    zeros: dict[Var, Var] = {}
    for out, bar in zip(eqn.outs, popped, strict=True):
        zero = adjoints.zero(out) if bar is None else bar
        if bar is None and isinstance(zero, Lit) and zero.value is not None:
            zero = sweep.lo.emit(IDENTITY, [zero], kind=zero.kind)
        if bar is None and isinstance(zero, Var):
            zeros[zero] = out
        whole.append(zero)
    return [bar for bar in popped if bar is not None], whole, zeros


def _without_zeros(
    sweep: Sweep, since: int, zeros: Mapping[Var, Var], contributions: Mapping[str, Value]
) -> dict[str, Value]:
    """Drop what results of an equation contribute that nothing depends on: `zeros` are their adjoints."""
    found = {name: [sweep.lo.read(leaf) for leaf in leaves(value)] for name, value in contributions.items()}
    shapes = {bar: shape_of({}, out) for bar, out in zeros.items()}
    kept, values = drop_zeros(
        sweep.lo.stmts[since:], zeros, shapes, [atom for atoms in found.values() for atom in atoms]
    )
    sweep.lo.stmts[since:] = kept
    atoms_left = iter(values)
    left = {name: [next(atoms_left) for _ in found[name]] for name in found}
    return {
        name: _with_leaves(contributions[name], left[name])
        for name in found
        if any(atom is not None for atom in left[name])
    }


def _with_leaves(value: Value, atoms: Sequence[Atom | None]) -> Value:
    """Return a contribution with other leaves, zero where there is none."""
    given = iter(atoms)
    return map_leaves(value, lambda _: _ZERO if (atom := next(given)) is None else atom)


def _contribute(
    sweep: Sweep, rule: Rule, given: Mapping[str, Arg | tuple[Arg, ...]], name: str, value: Value, adjoints: Adjoints,
    bars: Sequence[Atom], doubtful: bool, alone: bool,
) -> None:  # fmt: skip
    """Add one contribution, made from the adjoints of the results; `alone` if it is the only one.

    It is `doubtful` if it may be infinite or nan where these adjoints are zero.
    """
    arg = given[name]
    chosen = any(bar in adjoints.selected for bar in bars)
    if isinstance(arg, Var):
        others = None
        if rule.elementwise:
            positions = [x for n, x in given.items() if n != name and isinstance(x, Var | Lit)]
            others = [x.kind for x in positions if is_numeric(x.kind)]  # type: ignore[union-attr]
            if rule.sequences.intersection(given):
                others = [bars[0].kind]
        atom = sweep.lo.read(value)
        alike = rule.elementwise or is_number(bars[0].kind)
        if doubtful and chosen and alike and atom not in bars:
            atom = adjoints.guard(all_of(sweep.lo, bars), atom)
        adjoints.add(arg, atom, others, moved=alone and atom in bars, selected=chosen or rule.chooses((), given))
        return
    parts = arg if isinstance(arg, tuple) else arg.items if isinstance(arg, Seq) else ()
    others = [bars[0].kind] if rule.elementwise else None
    _distribute(sweep, parts, value, adjoints, chosen or rule.chooses((), given), others)


def all_of(lo: Lowerer, parts: Sequence[Atom]) -> Atom:
    """Return what is zero only where all adjoints, or tangents, are."""
    if len(parts) == 1:
        return parts[0]
    return reduce(lambda one, other: lo.emit(_EITHER, [one, other]), parts)


def _distribute(
    sweep: Sweep, parts: Sequence[Arg], value: Value, adjoints: Adjoints, chosen: bool, others: Sequence[Kind] | None
) -> None:
    """Add the items of a contribution to the items of a (nested) sequence."""
    for i, part in enumerate(parts):
        if not any(var in sweep.active for var in variables(part)):
            continue
        piece = getitem(sweep.lo, value, sweep.lo.lit(i))
        if piece == _ZERO:
            continue
        if isinstance(part, Seq):
            _distribute(sweep, part.items, piece, adjoints, chosen, others)
        else:
            adjoints.add(part, sweep.lo.read(piece), others, selected=chosen)


def has_no_pole(rule: Rule, given: Mapping[str, Arg | tuple[Arg, ...]]) -> bool:
    """Say whether the primal divided Python's numbers, by such that are not zero then, or the power is no root."""
    exponent = given.get("y") if rule.name == "power" else None
    if isinstance(exponent, Lit) and isinstance(exponent.value, int | float) and exponent.value >= 1:
        return True
    numbers = [var for arg in given.values() for var in _vars(arg)]
    return bool(rule.nonzero) and all(isinstance(var.kind, PyScalar) for var in numbers)


def _unpack(sweep: Sweep, eqn: Eqn, adjoints: Adjoints) -> None:
    """The adjoint of unpacking a list into names."""
    x = eqn.args[0]
    assert isinstance(x, Var)
    for i, out in enumerate(eqn.outs):
        if out in adjoints.bars:
            adjoints.accumulate_at(x, sweep.lo.lit(i), adjoints.bars.pop(out))


def _getitem(sweep: Sweep, eqn: Eqn, adjoints: Adjoints) -> list[Stmt]:
    x, index = eqn.args
    assert isinstance(x, Var) and eqn.outs[0] not in sweep.views
    if not isinstance(x.kind, Array | ListKind):  # parts of nested lists, as the adjoint of np.block gives them
        no_rule(eqn, "one more derivative by reverse mode, by a part of a structure that a function gives")
    if isinstance(x.kind, ListKind) and isinstance(index, Slice):
        reverse_part(sweep, eqn, adjoints)
        return [eqn]
    adjoints.accumulate_at(x, index, adjoints.bars.pop(eqn.outs[0]))
    return [eqn]


def _value(sweep: Sweep, rule: Rule, name: str, arg: Arg | tuple[Arg, ...]) -> Value:
    """Return the value of an argument for a rule; a list of passive numbers as the array NumPy makes of it."""
    if isinstance(arg, tuple):
        return value_of(Seq(arg))
    is_list = isinstance(arg, Seq) and arg.type == "list" and name not in rule.sequences
    if is_list and all(is_numeric(atom.kind) for atom in atoms(arg)) and not any(variables(arg)):
        dtype = () if any(atoms(arg)) else (("dtype", Lit(np.intp, Opaque("static dtype"))),)  # it has places
        return sweep.lo.emit(op("numpy.array"), [arg], dtype)
    return value_of(arg)


def _vars(arg: Arg | tuple[Arg, ...]) -> Iterable[Var]:
    return variables(*arg) if isinstance(arg, tuple) else variables(arg)
