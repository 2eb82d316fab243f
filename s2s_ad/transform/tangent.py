"""The tangent of one equation, by the rule of its operation: the core of forward mode.

Here, once for all rules, operands that do not vary get the tangent zero, the terms that this
makes zero are dropped, and what is left is fitted to the result (broadcast and cast) and named
`v5_dot`.

Source: Griewank & Walther, Evaluating Derivatives (2008), section 3.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

import numpy as np

from s2s_ad.analysis.activity import differentiable_operands
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.equations import apply_rule, fitted
from s2s_ad.frontend.layout import compact
from s2s_ad.frontend.values import TupleV, Value
from s2s_ad.ir.core import (
    Arg,
    Atom,
    Eqn,
    Lit,
    Map,
    Record,
    Rows,
    Seq,
    Var,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import (
    FLOAT,
    INT,
    Array,
    ListKind,
    Opaque,
    is_complex,
    is_differentiable,
    is_numeric,
    number_kind,
)  # fmt: skip
from s2s_ad.ir.ops import (
    ACCUMULATE,
    ADD_TAPE,
    APPEND,
    COPY,
    CUT,
    GETITEM,
    IDENTITY,
    IN_PLACE,
    INSERT,
    LIST_OPS,
    MARK,
    NEW_TAPE,
    POP,
    PUSH,
    TAPE_OPS,
    UNPACK,
    UPDATE,
    op,
    zeros_like,
)  # fmt: skip
from s2s_ad.ir.tapes import is_copied, is_kept_on, joined, slots
from s2s_ad.rules.language import Rule, lookup, names_read, passive
from s2s_ad.transform.apply import (
    OPERATORS,
    as_result,
    default_value,
    no_rule,
    public_name,
    refuse_complex,
    results_of,
    step,
    unknown,
    value_of,
)  # fmt: skip
from s2s_ad.transform.custom import given_by_user
from s2s_ad.transform.zeros import Shape, drop_zeros, shape_of, shape_of_result

_REAL = op("numpy.real")
_ASARRAY = op("numpy.asarray")
_MUL = op("operator.mul")
_OF_LISTS = frozenset({op("builtins.list"), op("builtins.sum"), op("math.fsum"), UNPACK})
"""Linear operations of lists that have no rule."""
_ASSIGN = Lit("", Opaque("str"))


def tangent(lo: Lowerer, eqn: Eqn, dots: Mapping[Var, Atom], active: Set[Var] | None = None) -> tuple[Atom | None, ...]:
    """Emit the tangent statements of an equation; return the tangent of each out, None where it is zero.

    `dots` has the tangents of what the equation reads, a Var that is not in it does not vary; of a
    tape it has the tape of tangents.  The statements read the outs of the equation, so they come
    after it; those of a write in place (`comes_before`) read what is overwritten, and come before.
    `active` has the slots of tapes that vary, all do if it is None.

    Raises: NoRuleError.
    """
    return _Tangent(lo, dots, active).equation(eqn)


def comes_before(eqn: Eqn) -> bool:
    """Say whether the tangent statements of an equation belong before it: it overwrites what they read."""
    return eqn.op in IN_PLACE


def dot_hint(x: Var) -> str:
    """Return the name of a tangent."""
    return f"{x.hint}_dot" if x.hint else ""


@dataclass
class _Tangent:
    """The tangent of one equation, on the way."""

    lo: Lowerer
    dots: Mapping[Var, Atom]
    active: Set[Var] | None = None
    zeros: dict[Var, Atom] = field(default_factory=dict[Var, Atom])
    """Tangents that are zero because an operand, the value here, does not vary."""

    def equation(self, eqn: Eqn) -> tuple[Atom | None, ...]:
        if eqn.op in TAPE_OPS or is_copied(eqn):
            return self._tape(eqn)
        nothing: tuple[Atom | None, ...] = (None,) * len(eqn.outs)
        if not any(var in self.dots for var in differentiable_operands(eqn)):
            return nothing
        with self.lo.block() as stmts:
            values = self._values(eqn)
            kept, values = drop_zeros(stmts, self.zeros, self._shapes(eqn), values)
        self.lo.stmts.extend(kept)
        return tuple(
            self._fit(out, value) if value is not None and is_differentiable(out.kind) else None
            for out, value in zip(eqn.outs, values, strict=True)
        )

    def _shapes(self, eqn: Eqn) -> dict[Var, Shape]:
        """Return what is known of shapes: a tangent has that of its value."""
        pairs = [(dot, x) for x, dot in self.dots.items()] + list(self.zeros.items())
        shapes = {dot: shape_of({}, x) for dot, x in pairs if isinstance(dot, Var)}
        return shapes | ({eqn.outs[0]: shape_of_result({}, eqn)} if len(eqn.outs) == 1 else {})

    def _values(self, eqn: Eqn) -> tuple[Atom | None, ...]:
        """Emit the tangents of the outs as the operation gives them."""
        if eqn.op == GETITEM:
            x, index = eqn.args
            return (self.lo.emit(GETITEM, [self._dot(x), index], kind=eqn.outs[0].kind),)
        if eqn.op == IDENTITY:
            dot = self._dot(eqn.args[0])
            return (dot if isinstance(dot, Var | Lit) else self.lo.emit(IDENTITY, [dot], kind=eqn.outs[0].kind),)
        if eqn.op in LIST_OPS:
            return self._list_operation(eqn)
        if isinstance(eqn.outs[0].kind, ListKind) or eqn.op in _OF_LISTS:
            made = self._of_lists(eqn)
            if made is not None:
                return made
        if eqn.op == UPDATE:
            return (self._update(eqn),)
        if eqn.op == ACCUMULATE:
            x, path, index, value = eqn.args
            if not self._varies(value):
                return (self._read(x),)
            assert isinstance(path, Seq)
            target = self._target(x, path)
            return (self.lo.emit(ACCUMULATE, [target, path, index, self._dot(value)], kind=eqn.outs[0].kind),)
        return self._by_rule(eqn)

    # -- lists: the tangent of a list is a list of tangents, and changes as it does ------------------------

    def _list_operation(self, eqn: Eqn) -> tuple[Atom | None, ...]:
        """The tangent of `xs.append(v)`, `v = xs.pop()` and kin."""
        xs, *args = eqn.args
        value = [self._dot(args.pop())] if eqn.op in (APPEND, INSERT) else []
        hints = [dot_hint(out) for out in eqn.outs]
        return self.lo.emit_many(eqn.op, [self._read(xs), *args, *value], (), [out.kind for out in eqn.outs], hints)

    def _of_lists(self, eqn: Eqn) -> tuple[Atom | None, ...] | None:
        """The tangent of Python's own operations on lists, which are linear; None for another operation."""
        kinds = [out.kind for out in eqn.outs]
        if eqn.op == UPDATE:
            x, path, index, sign, value = eqn.args
            return (self.lo.emit(UPDATE, [self._read(x), path, index, sign, self._dot(value)], kind=kinds[0]),)
        if eqn.op == UNPACK:
            return self.lo.emit_many(UNPACK, [self._dot(eqn.args[0])], (), kinds, [dot_hint(out) for out in eqn.outs])
        if eqn.op in (_MUL, COPY) or eqn.op in _OF_LISTS:
            return (self.lo.emit(eqn.op, [self._dot(eqn.args[0]), *eqn.args[1:]], kind=kinds[0]),)
        return None

    # -- rules ------------------------------------------------------------------------------

    def _by_rule(self, eqn: Eqn) -> tuple[Atom | None, ...]:
        rule: Rule | None = lookup(eqn.op.path) if eqn.op.custom is None else eqn.op.custom.rule
        if rule is None:
            unknown(eqn)
        eqn = given_by_user(eqn, self.dots)
        refuse_complex(eqn, rule)
        try:
            given = rule.bind(eqn.args, dict(eqn.kwargs))
        except LookupError as error:
            no_rule(eqn, f"{public_name(eqn.op)}: {error.args[0]}")
        named = {name: Seq(arg) if isinstance(arg, tuple) else arg for name, arg in given.items()}
        reads = names_read(rule, "dot")
        for name, arg in named.items():
            if f"{name}_dot" not in reads and name not in rule.passive and self._varies(arg):
                no_rule(eqn, f"the rule of {public_name(eqn.op)} gives no derivative by {name!r} here")
        env: dict[str, Value] = {name: default_value(value) for name, value in rule.defaults.items()}
        defaults = [name for name in rule.defaults if f"{name}_dot" in reads and name not in named]
        env |= {
            f"{name}_dot": default_value(None) if rule.defaults[name] is None else self._zero(Lit(0.0, FLOAT))
            for name in defaults
        }
        env |= {name: value_of(arg) for name, arg in named.items()}
        env |= {name: as_result(outs) for name, outs in results_of(rule, eqn.outs)}
        env |= {f"{name}_dot": value_of(self._as_array(eqn, rule, self._dot(arg))) for name, arg in named.items()}
        results = results_of(rule, eqn.outs)
        nonzero = [var for name in rule.nonzero for var in variables(named.get(name, Seq(())))]
        found = self._apply(rule, env, nonzero, [name for name, _ in results])
        dots: list[Atom | None] = []
        for name, outs in results:
            if name not in found and any(is_differentiable(out.kind) for out in outs):
                no_rule(eqn, f"the rule of {public_name(eqn.op)} gives no tangent of {name!r} here")
            given = found.get(name)
            if isinstance(given, TupleV) and len(outs) > 1:  # of what follows there is none
                dots += [self.lo.read(item) for item in given.items]
                dots += [None] * (len(outs) - len(given.items))
            else:
                dots.append(None if given is None else self.lo.read(given))
        return tuple(dots)

    def _as_array(self, eqn: Eqn, rule: Rule, dot: Arg) -> Arg:
        """Return the array that a rule takes a list for, as NumPy does: lists have another arithmetic."""
        if not isinstance(dot, Var) or not isinstance(dot.kind, ListKind) or dot in self.zeros:
            return dot
        if isinstance(eqn.outs[0].kind, ListKind):
            return dot
        if not rule.elementwise and (isinstance(dot.kind.item, Array) or rule.of[0] in (np.array, np.asarray)):
            return dot
        return self.lo.emit(_ASARRAY, [dot])

    def _apply(
        self, rule: Rule, env: Mapping[str, Value], nonzero: Sequence[Var], results: Sequence[str]
    ) -> dict[str, Value]:
        before, self.lo.nonzero = self.lo.nonzero, frozenset(nonzero)
        try:
            return apply_rule(self.lo, rule, "dot", results, env)
        finally:
            self.lo.nonzero = before

    def _update(self, eqn: Eqn) -> Atom | None:
        """The tangent of x' = x with x[path][index] op= v: the same write to the tangent of x."""
        x, path, index, sign, value = eqn.args
        assert isinstance(path, Seq) and isinstance(sign, Lit)
        kind = eqn.outs[0].kind
        if sign.value in ("+", "-") and not self._varies(value):
            return self._read(x)
        if sign.value in ("", "+", "-"):
            written = self._read(value) if self._varies(value) else Lit(0.0, FLOAT)
            if is_complex(written.kind) and not is_complex(kind):
                written = self.lo.emit(_REAL, [written])
            return self.lo.emit(UPDATE, [self._target(x, path), path, index, sign, written], kind=kind)
        old, old_dot = self._slot(x, path, index), self._slot(self._dot(x), path, index)
        operation = op(f"operator.{OPERATORS[sign.value]}")
        if passive(operation.path):
            return self.lo.emit(UPDATE, [self._target(x, path), path, index, _ASSIGN, Lit(0.0, FLOAT)], kind=kind)
        rule = lookup(operation.path)
        if rule is None:
            no_rule(eqn, f"no derivative rule for {sign.value}=")
        refuse_complex(eqn, rule)
        left, right = rule.arguments
        env: dict[str, Value] = {
            left: old,
            right: value_of(value),
            rule.results[0]: self.lo.emit(operation, [old, value]),
        }
        env |= {f"{left}_dot": old_dot, f"{right}_dot": value_of(self._dot(value))}
        new_dot = self.lo.read(self._apply(rule, env, [], rule.results)[rule.results[0]])
        return self.lo.emit(UPDATE, [self._target(x, path), path, index, _ASSIGN, new_dot], kind=kind)

    def _target(self, x: Arg, path: Seq) -> Atom:
        """Return the tangent of an array that is written at the end of a path of views."""
        dot = self._read(x)
        return (isinstance(dot, Var) and compact(self.lo, dot, path.items)) or dot

    def _slot(self, x: Arg, path: Seq, index: Arg) -> Var:
        """Emit x[path][index], zero if x is."""
        for part in (*path.items, index):
            x = step(self.lo, x, part)
        assert isinstance(x, Var)
        return x

    # -- tapes --------------------------------------------------------------------------------

    def _tape(self, eqn: Eqn) -> tuple[Atom | None, ...]:
        """Keep the tangents of what is kept, on a tape of their own."""
        if eqn.op == NEW_TAPE:
            (tape,) = eqn.outs
            if self.active is not None and not is_kept_on(tape, self.active):
                return (None,)
            return (self.lo.emit(NEW_TAPE, [], kind=tape.kind, hint=dot_hint(tape)),)
        if joined(eqn):
            return self._joined_tapes(eqn)
        tape = eqn.args[0]
        dots = self.dots.get(tape) if isinstance(tape, Var) else None
        if eqn.op == MARK:
            return (dots and self.lo.emit(MARK, [dots], kind=INT, hint=eqn.outs[0].hint),)
        if eqn.op == CUT:
            start = self.dots.get(eqn.args[1]) if isinstance(eqn.args[1], Var) else None
            if dots is not None and start is not None:
                self.lo.stmts.append(Eqn((), CUT, (dots, start), (), self.lo.origin))
            return ()
        varied = [value for value, slot in slots(eqn) if self._is_kept(value, slot)] if dots is not None else []
        if dots is None or not varied:
            return (None,) * len(eqn.outs)
        if eqn.op == PUSH:
            self.lo.stmts.append(Eqn((), PUSH, (dots, *map(self._read, varied)), (), self.lo.origin))
            return ()
        taken = {out: self.lo.var(number_kind(out.kind), hint=dot_hint(out)) for out in varied}
        self.lo.stmts.append(Eqn(tuple(taken.values()), POP, (dots,), (), self.lo.origin))
        return tuple(taken.get(out) for out in eqn.outs)

    def _joined_tapes(self, eqn: Eqn) -> tuple[Atom | None, ...]:
        """Copy the tangents on a tape, or add them to those on another."""
        given = [self.dots.get(tape) for tape in variables(*eqn.args)]
        tapes = [tape for tape in given if tape is not None]
        if len(tapes) < len(given):
            return (None,) * len(eqn.outs)
        if eqn.op == ADD_TAPE:
            self.lo.stmts.append(Eqn((), ADD_TAPE, tuple(tapes), (), self.lo.origin))
            return ()
        (copy,) = eqn.outs
        return (self.lo.emit(COPY, tapes, kind=copy.kind, hint=dot_hint(copy)),)

    def _is_kept(self, value: Var, slot: Var) -> bool:
        """Say whether a tape of tangents has that of a value."""
        return is_differentiable(value.kind) and (self.active is None or slot in self.active)

    # -- tangents of operands --------------------------------------------------------------------

    def _varies(self, arg: Arg) -> bool:
        return any(var in self.dots for var in variables(arg))

    def _dot(self, arg: Arg) -> Arg:
        """Return the tangent of an operand, zeros of its kind if it does not vary."""
        match arg:
            case Var():
                dot = self.dots.get(arg)
                return dot if dot is not None else self._zero(arg)
            case Lit():
                return self._zero(arg)
            case Seq(items, made):
                return Seq(tuple(self._dot(item) for item in items), made)
            case Map(items):
                return Map(tuple((key, self._dot(item)) for key, item in items))
            case Record(items):
                return replace(arg, items=tuple((key, self._dot(item)) for key, item in items))
            case Rows(columns):
                return Rows(self._dot(columns))
            case _:
                return arg

    def _read(self, arg: Arg) -> Atom:
        dot = self._dot(arg)
        assert isinstance(dot, Var | Lit)
        return dot

    def _zero(self, x: Atom) -> Atom:
        if isinstance(x.kind, Array | ListKind):
            zero = self.lo.emit(*zeros_like(x), kind=x.kind)
        elif is_numeric(x.kind):
            zero = self.lo.emit(IDENTITY, [Lit(0.0, FLOAT)], kind=FLOAT)
        else:
            return x
        self.zeros[zero] = x
        return zero

    # -- fitting --------------------------------------------------------------------------------

    def _fit(self, out: Var, value: Atom) -> Atom:
        """Give a tangent the shape and dtype of its value, and its name."""
        return self._named(out, fitted(self.lo, out, value))

    def _named(self, out: Var, value: Atom) -> Atom:
        hint = dot_hint(out)
        last = self.lo.stmts[-1] if self.lo.stmts else None
        if isinstance(value, Var) and not value.hint and isinstance(last, Eqn) and last.outs == (value,):
            named = self.lo.var(value.kind, hint=hint)
            self.lo.stmts[-1] = replace(last, outs=(named,))
            return named
        return self.lo.emit(IDENTITY, [value], kind=value.kind, hint=hint)
