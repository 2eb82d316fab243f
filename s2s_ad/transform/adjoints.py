"""The adjoints at a moment of the reverse sweep: what each is, and how contributions add up.

Here, once for all rules, contributions are un-broadcast, cast and accumulated.  An adjoint array
that is *owned*, made by the sweep and known under one name only, is added to in place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

import numpy as np

from s2s_ad.analysis.owned import Owned
from s2s_ad.errors import UnsupportedError
from s2s_ad.frontend.access import getattr_
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.layout import compact
from s2s_ad.ir.core import Adjoint, Arg, Atom, Eqn, If, Lit, Seq, Slice, Stmt, Var, place_of, reads, variables
from s2s_ad.ir.kinds import (
    Array,
    Kind,
    ListKind,
    NumpyScalar,
    Opaque,
    PyScalar,
    Size,
    axes_of,
    dtype_of,
    is_complex,
    is_numeric,
    leaves,
)
from s2s_ad.ir.ops import ACCUMULATE, ADD, GETITEM, IDENTITY, IN_PLACE, UPDATE, ZEROS_LIKE, copy_of, op, zeros_like
from s2s_ad.rules.language import lookup

_SUM = op("numpy.sum")
_REAL = op("numpy.real")
_ASTYPE = op("numpy.astype")
_ARRAY = op("numpy.array")
_FLOATS = op("s2s_ad.rules.helpers.floats")
SUM_OF_LISTS = op("s2s_ad.rules.helpers.sum_of_lists")
_LIST = op("builtins.list")
_UNLESS_ZERO = op("s2s_ad.rules.helpers.unless_zero")
_UNBROADCAST = op("s2s_ad.rules.helpers.unbroadcast")
_OR_ZEROS = op("s2s_ad.rules.helpers.or_zeros")
_OR_ZEROS_OF_LIST = op("s2s_ad.rules.helpers.or_zeros_of_list")
_ABSENT = Lit(None, Opaque("NoneType"))
NEGATE = op("operator.neg")
SUBTRACT = op("operator.sub")
_MOVES = frozenset(
    f"numpy.{name}" for name in ("reshape", "transpose", "matrix_transpose", "moveaxis", "expand_dims", "squeeze")
) | {"s2s_ad.rules.helpers.axes_back"}
"""Functions that give all elements of an array anew, or a view of it that can be written."""
_ALIASES = frozenset({IDENTITY, GETITEM, op("numpy.asarray")})


@dataclass
class Adjoints:
    """Adjoints by primal Var; a Var without an entry has the adjoint zero."""

    lo: Lowerer
    bars: dict[Var, Atom] = field(default_factory=dict[Var, Atom])
    narrow: bool = False
    """There are float32 or float16 values: where dtypes meet, an adjoint may have another than its kind says."""
    guarded: bool = True
    """Zeros of values that were not chosen stay zeros at poles, so that adjoints are not linear there."""
    views: Mapping[Var, tuple[Var, Arg]] = field(default_factory=dict[Var, tuple[Var, Arg]])
    """Basic slices by the array and the index they are of: their adjoint is the same view of its."""
    unbound: frozenset[Var] = frozenset()
    """Values that are not bound on some way to where they are handed on: there no zeros are like them."""
    absent: set[Atom] = field(default_factory=set[Atom])
    """Adjoints that may be None, which stands for the zeros of an array that is not bound."""
    owned: set[Var] = field(default_factory=set[Var])
    gathered: set[Var] = field(default_factory=set[Var])
    """Owned adjoints to which each iteration of a loop adds."""
    selected: set[Atom] = field(default_factory=set[Atom])
    """Adjoints that are zero where a value was not chosen; such a zero stays one at a pole."""
    written: set[Var] = field(default_factory=set[Var])
    """Adjoints that were changed in place although they are handed in by a loop."""
    passed_on: dict[Var, tuple[Var, ...]] = field(default_factory=dict[Var, tuple[Var, ...]])
    """Adjoints that were handed on, by branches and loops too, and what they may be under another name."""

    def child(self) -> Adjoints:
        """Return the adjoints for a branch, which sees these and leaves them as they are."""
        return replace(
            self, bars=dict(self.bars), absent=set(self.absent), owned=set(self.owned), selected=set(self.selected)
        )

    # -- accumulation -----------------------------------------------------------------------

    def add(
        self,
        x: Arg,
        contribution: Atom,
        others: Sequence[Kind] | None = None,
        *,
        moved: bool = False,
        selected: bool = False,
    ) -> None:
        """Add a contribution to the adjoint of x.

        `others` are the kinds of the operands that x was broadcast with, None if it was not.
        `moved` says that the contribution is an adjoint that nothing else uses, `selected` that it
        is zero where a value was not chosen.
        """
        if not isinstance(x, Var):
            return
        contribution = self._real(x, contribution)
        if others is not None:
            contribution = self._unbroadcast(x, contribution, others)
        self._check_rank(x, contribution)
        contribution = self._cast(x, contribution)
        if x in self.views:
            if isinstance(x.kind, ListKind) and isinstance(contribution.kind, Array):
                contribution = self.lo.emit(_LIST, [contribution], kind=x.kind)
            self.accumulate_at(*self.views[x], contribution)
            return
        if isinstance(x.kind, ListKind):
            self._add_to_list(x, contribution, moved)
            return
        before = self.bars.get(x)
        if isinstance(before, Var) and before in self.absent:
            before = self._made_present(x, before)
        if before is None or isinstance(before, Lit):
            self.set(x, self._as_number(x, contribution), moved)
        else:
            selected = selected and before in self.selected
            negated = self._negated(contribution)
            sign, term = ("+", contribution) if negated is None else ("-", negated)
            if before in self.gathered and self._has_room(x, before, contribution):
                args: list[Arg] = [self.writable(x), Seq(()), self.lo.lit(...), self.lo.lit(sign), term]
                self.bind(x, self.lo.emit(UPDATE, args, kind=x.kind))
                self.gathered.update(variables(self.bars[x]))
            else:
                kind = _sum_kind(x.kind, before.kind, contribution.kind)
                self.bind(x, self.lo.emit(ADD if sign == "+" else SUBTRACT, [before, term], kind=kind))
        if selected:
            self.selected.add(self.bars[x])

    def _has_room(self, x: Var, bar: Var, contribution: Atom) -> bool:
        """Say whether a contribution can be added to an array in place, whose dtype stays what it is."""
        if self.narrow or not _has_axes(x.kind) or not is_numeric(contribution.kind) or bar.kind != x.kind:
            return False
        number = isinstance(contribution.kind, PyScalar) and not is_complex(contribution.kind)
        return number or dtype_of(contribution.kind) == dtype_of(x.kind)

    def _check_rank(self, x: Var, contribution: Atom) -> None:
        """Refuse a contribution that has not the rank of x: its rule was not made for this use."""
        have, want = axes_of(contribution.kind), axes_of(x.kind)
        arrays = is_numeric(x.kind) and isinstance(contribution.kind, Array)
        if arrays and have is not None and want is not None and len(have) != len(want):
            of = self.lo.origin.of if isinstance(self.lo.origin, Adjoint) else None
            raise UnsupportedError(
                f"a derivative by an argument of rank {len(want)} here",
                of and place_of(of),
                "give it the rank of the result",
            )

    def _as_number(self, x: Var, contribution: Atom) -> Atom:
        """Return a contribution to a number as one, and not as an array without axes."""
        if not isinstance(x.kind, PyScalar | NumpyScalar) or not isinstance(contribution.kind, Array):
            return contribution
        return self.lo.emit(GETITEM, [contribution, Seq(())], kind=NumpyScalar(contribution.kind.dtype))

    def _add_to_list(self, x: Var, contribution: Atom, fresh: bool) -> None:
        """Add a contribution, an array or a list, to the adjoint of a list; `fresh` if nothing else uses the list."""
        if isinstance(contribution.kind, Array):
            contribution = self.lo.emit(_LIST, [contribution], kind=x.kind)
            fresh = True
        before = self.bars.get(x)
        if isinstance(before, Var) and before in self.absent:
            before = self._made_present(x, before)
        if before is None:
            self.set(x, contribution)
            if fresh:
                self.owned.add(self.bars[x])  # type: ignore[arg-type]
        else:
            self.bind(x, self.lo.emit(SUM_OF_LISTS, [before, contribution], kind=x.kind))

    def _negated(self, value: Atom) -> Atom | None:
        """Return what a value that a rule made for this use is the negative of."""
        made = self.lo.made.get(value.name) if isinstance(value, Var) and not value.hint else None
        if made is None or made.op != NEGATE or not isinstance(made.args[0], Var | Lit):
            return None
        return made.args[0]

    def set(self, x: Var, value: Atom, moved: bool = False) -> None:
        """Let a value be the adjoint of x, under a name of its own.

        `moved` says that nothing else uses an adjoint that was given up for this.
        """
        given_up = moved and value in self.owned
        fresh = given_up or (isinstance(value, Var) and not value.hint and self.is_fresh(value))
        self.bind(x, self.lo.emit(IDENTITY, [value], kind=value.kind, hint=""))
        bar = self.bars[x]
        assert isinstance(bar, Var)
        if given_up:
            self.passed_on[bar] = tuple(variables(value))
        if not fresh:
            self.owned.discard(bar)

    def bind(self, x: Var, value: Var) -> None:
        """Name the value that was just emitted as the adjoint of x; it is owned if it is new."""
        stmt = self.lo.stmts[-1]
        assert isinstance(stmt, Eqn) and stmt.outs == (value,)
        named = self.lo.var(x.kind if isinstance(x.kind, Array) else value.kind, hint=bar_hint(x))
        self.lo.stmts[-1] = self.lo.made[named.name] = Eqn((named,), stmt.op, stmt.args, stmt.kwargs, stmt.origin)
        self.bars[x] = named
        if isinstance(named.kind, ListKind) or _has_axes(named.kind) or stmt.op in IN_PLACE or stmt.op == ZEROS_LIKE:
            self.owned.add(named)

    def goes_on(self, x: Var, bar: Var) -> None:
        """Let what an array has become that was written in place be the adjoint of x, as the array was."""
        before = self.bars[x]
        assert isinstance(before, Var)
        self.bars[x] = bar
        for noted in (self.owned, self.gathered):
            if before in noted:
                noted.add(bar)

    def accumulate_at(self, x: Var, index: Arg, contribution: Atom, path: Sequence[Arg] = ()) -> None:
        """Add a contribution to the elements of x's adjoint that a path of slices and an index name."""
        path = list(path)
        while x in self.views:
            x, part = self.views[x]
            path.insert(0, part)
        selected = x not in self.bars or self.bars[x] in self.selected
        base = self.writable(x, path)
        args: list[Arg] = [base, Seq(tuple(path)), index, contribution]
        if isinstance(contribution.kind, ListKind):  # a list in a list
            item: Var = base
            for part in (*path, index):
                item = self.lo.emit(GETITEM, [item, part], kind=contribution.kind)
            args[3:] = [Lit("", Opaque("str")), self.lo.emit(SUM_OF_LISTS, [item, contribution], kind=item.kind)]
        self.bind(x, self.lo.emit(ACCUMULATE if len(args) == 4 else UPDATE, args, kind=base.kind))
        if selected:
            self.selected.add(self.bars[x])

    def add_to_slice(self, x: Var, index: Slice, contribution: Atom) -> None:
        """Add a list to a slice of the adjoint of a list, of which Python makes a copy."""
        path: list[Arg] = []
        while x in self.views:
            x, part = self.views[x]
            path.insert(0, part)
        base = self.writable(x)
        old: Arg = base
        for part in (*path, index):
            old = self.lo.emit(GETITEM, [old, part])
        new = self.lo.emit(SUM_OF_LISTS, [old, contribution], kind=contribution.kind)
        self.bind(x, self.lo.emit(UPDATE, [base, Seq(tuple(path)), index, self.lo.lit(""), new], kind=base.kind))

    def guard(self, bar: Atom, contribution: Atom) -> Atom:
        """Return a contribution that is zero wherever the adjoint it is made from is."""
        if not self.guarded:
            return contribution
        return self.lo.emit(_UNLESS_ZERO, [bar, contribution], kind=contribution.kind)

    def writable(self, x: Var, path: Sequence[Arg] = ()) -> Var:
        """Return the adjoint of x as an array that may be written in place, at the end of a path of views."""
        before = self.bars.get(x)
        if before is None or isinstance(before, Lit):
            self.bind(x, self.zeros(x))
        elif before in self.absent:
            self._made_present(x, before)
        base = self.bars[x]
        if base not in self.owned:
            self._copy(x)
            base = self.bars[x]
        assert isinstance(base, Var)
        ordered = compact(self.lo, base, path)
        if ordered is not None:
            self.bind(x, ordered)
            self.note_written(base)
            return self.writable(x)
        self.note_written(base)
        return base

    def note_written(self, bar: Var) -> None:
        """Note that an adjoint is changed in place, and all that it may be."""
        waiting = [bar]
        while waiting:
            each = waiting.pop()
            if each not in self.written:
                self.written.add(each)
                waiting += self.passed_on.get(each, ())

    def finish(self, x: Var, mine: Owned) -> None:
        """Make the adjoint of an argument the caller's: of the argument's type, writable, shared with nothing."""
        value = self.bars[x]
        if isinstance(x.kind, Array) and self.narrow and x.kind.axes is not None:
            dtype = Lit(getattr(np, x.kind.dtype), Opaque("static dtype"))
            self.bind(x, self.lo.emit(_ASTYPE if x.kind.axes else _ARRAY, [value, dtype], kind=x.kind))
        elif x.kind == ListKind(PyScalar("float")) and self.narrow:
            self.bind(x, self.lo.emit(_FLOATS, [value], kind=x.kind))
        elif isinstance(x.kind, Array | ListKind):
            is_one = value in self.owned or not may_be_number(x.kind)
            if _holds_arrays(x.kind) or not is_one or not mine.take(value):
                self._copy(x)
        elif is_complex(x.kind):  # the sum of its contributions may be real
            made = "builtins.complex" if isinstance(x.kind, PyScalar) else f"numpy.{dtype_of(x.kind).name}"
            self.bind(x, self.lo.emit(op(made), [value], kind=x.kind))
        elif isinstance(x.kind, NumpyScalar):
            if value.kind != x.kind or self.narrow:
                self.bind(x, self.lo.emit(op(f"numpy.{x.kind.dtype}"), [value], kind=x.kind))
        elif self.narrow or (isinstance(value.kind, NumpyScalar) and value.kind.dtype != "float64"):
            self.bind(x, self.lo.emit(op("builtins.float"), [value], kind=x.kind))

    def _copy(self, x: Var) -> None:
        """Make the adjoint of x an array, or a list, of its own."""
        value = self.bars[x]
        made = self.lo.emit(_ARRAY if may_be_number(x.kind) else copy_of(x.kind), [value], kind=x.kind)
        self.bind(x, made)
        self.owned.add(self.bars[x])  # type: ignore[arg-type]

    def as_complex(self, x: Var, bar: Atom) -> Atom:
        """Return the adjoint of x where several ways meet: that of a complex number is complex on each."""
        if not is_complex(x.kind) or isinstance(x.kind, Array) or is_complex(bar.kind) or not is_numeric(bar.kind):
            return bar
        return self.lo.emit(op("numpy.complex128"), [bar])

    def nothing(self, x: Var) -> Atom:
        """Return a zero adjoint that is the caller's: of the argument's type."""
        if isinstance(x.kind, NumpyScalar):
            return Lit(dtype_of(x.kind).type(0), x.kind)
        return self.zero(x)

    def zeros(self, x: Var) -> Var:
        """Emit zeros like x."""
        made = self.lo.emit(*zeros_like(x), kind=x.kind)
        self.owned.add(made)
        self.selected.add(made)
        return made

    def has_no_zero(self, x: Var) -> bool:
        """Say whether zeros like x cannot be made, since it may not be bound."""
        return x in self.unbound and isinstance(x.kind, Array | ListKind)

    def present(self, x: Var, bar: Atom) -> Atom:
        """Return an adjoint of x that may be None as it is, or zeros where x is bound."""
        if self.has_no_zero(x):
            if x in self.bars or x in self.views:
                self.refuse_unbound(x)
            return bar
        return self.zeros(x) if isinstance(bar, Lit) else self._or_zeros(x, bar)

    def refuse_unbound(self, x: Var) -> NoReturn:
        """Raise where the adjoint of an array that may not be bound is a sum."""
        of = self.lo.origin.of if isinstance(self.lo.origin, Adjoint) else None
        reason = f"the array {x.hint!r}, which may not be bound here, is used in several ways"
        raise UnsupportedError(reason, of and place_of(of), "bind it before, on every way to here")

    def _made_present(self, x: Var, bar: Atom) -> Var:
        """Give an array that is bound here an adjoint that is not None."""
        made = self._or_zeros(x, bar)
        self.bind(x, made)
        self.owned.discard(made)
        self.owned.discard(self.bars[x])  # type: ignore[arg-type]
        return self.bars[x]  # type: ignore[return-value]

    def _or_zeros(self, x: Var, bar: Atom) -> Var:
        if isinstance(x.kind, ListKind):
            return self.lo.emit(_OR_ZEROS_OF_LIST, [bar, x], kind=x.kind)
        shape = self.lo.operand(getattr_(self.lo, x, "shape"))
        dtype = dtype_of(x.kind)
        given = [] if dtype == np.float64 else [Lit(getattr(np, dtype.name), Opaque("static dtype"))]
        return self.lo.emit(_OR_ZEROS, [bar, shape, *given], kind=x.kind)

    def zero(self, x: Var) -> Atom:
        """Return a zero adjoint for x: a constant for a number, None where x may not be bound."""
        if self.has_no_zero(x):
            self.absent.add(_ABSENT)
            return _ABSENT
        return self.zeros(x) if isinstance(x.kind, Array | ListKind) else self.lo.lit(0j if is_complex(x.kind) else 0.0)

    def is_fresh(self, value: Var) -> bool:
        """Say whether a value was just made and shares storage with nothing."""
        return isinstance(value.kind, Array) and _is_fresh(value, self.lo.stmts)

    # -- fitting ------------------------------------------------------------------------------

    def _real(self, x: Var, value: Atom) -> Atom:
        """Take the real part of a contribution where x is real: of Re(z̄ dx) it is what dx is multiplied by."""
        if not is_complex(value.kind) or any(map(is_complex, _item_kinds(x.kind))):
            return value
        return self.lo.emit(_REAL, [value])

    def _unbroadcast(self, x: Var, value: Atom, others: Sequence[Kind]) -> Atom:
        """Sum a contribution over the axes along which x was broadcast: of what is negated, the sum is."""
        negated = self._negated(value)
        summand = value if negated is None else negated
        summed = sum_broadcast(self.lo, x.kind, summand, others)
        if summed is None:
            return self._check_at_run_time(x, value)
        if summed == summand:
            return value
        return summed if negated is None else self.lo.emit(NEGATE, [summed], kind=summed.kind)

    def _check_at_run_time(self, x: Var, value: Atom) -> Atom:
        dtype = dtype_of(value.kind).name
        kind = Array(dtype, axes_of(x.kind)) if isinstance(x.kind, Array) else NumpyScalar(dtype)
        return self.lo.emit(_UNBROADCAST, [value, self.lo.operand(getattr_(self.lo, x, "shape"))], kind=kind)

    def _cast(self, x: Var, value: Atom) -> Atom:
        """Give a contribution the dtype of x."""
        if not (is_numeric(x.kind) and is_numeric(value.kind)):
            return value
        have, want = dtype_of(value.kind), dtype_of(x.kind)
        if isinstance(x.kind, Array) and isinstance(value.kind, Array) and have != want:
            dtype = Lit(getattr(np, want.name), Opaque("static dtype"))
            return self.lo.emit(_ASTYPE, [value, dtype], kind=Array(want.name, value.kind.axes))
        return value


def _is_fresh(value: Atom, stmts: Sequence[Stmt]) -> bool:
    """Say whether statements made a value that shares storage with nothing that has another use."""
    at = next((i for i, s in reversed([*enumerate(stmts)]) if isinstance(s, Eqn | If) and value in s.outs), None)
    if at is None:
        return False
    stmt = stmts[at]
    if isinstance(stmt, If):
        place = stmt.outs.index(value)  # type: ignore[arg-type]
        return all(_is_fresh(way.results[place], way.stmts) for way in (stmt.then, stmt.orelse))
    assert isinstance(stmt, Eqn)
    if stmt.op == ZEROS_LIKE:
        return True
    rule = lookup(stmt.op.path)
    if rule is None or stmt.op in _ALIASES:
        return False
    if not rule.is_view(stmt.args):
        return True
    viewed = stmt.args[0]
    if stmt.op.path not in _MOVES or not isinstance(viewed, Var) or viewed.hint:
        return False
    return sum(viewed in reads(s) for s in stmts) == 1 and _is_fresh(viewed, stmts[:at])


def _item_kinds(kind: Kind) -> Sequence[Kind]:
    """Return the kind of a number or array, or those of the items of a list."""
    return _item_kinds(kind.item) if isinstance(kind, ListKind) else leaves(kind)


def _has_axes(kind: Kind) -> bool:
    """Say whether arithmetic gives arrays of this kind; NumPy makes scalars of those without axes."""
    return isinstance(kind, Array) and bool(kind.axes)


def _holds_arrays(kind: Kind) -> bool:
    return isinstance(kind, ListKind) and isinstance(kind.item, Array | ListKind)


def may_be_number(kind: Kind) -> bool:
    """Say whether an adjoint of this kind may be a number: NumPy makes one of an array without axes."""
    return isinstance(kind, Array) and not kind.axes


def bar_hint(x: Var) -> str:
    """Return the name of an adjoint."""
    return f"{x.hint}_bar" if x.hint else ""


def sum_broadcast(lo: Lowerer, kind: Kind, value: Atom, others: Sequence[Kind]) -> Atom | None:
    """Return a contribution summed over the axes along which an operand was broadcast; None if the kinds do not say."""
    axes = axes_of(kind)
    if axes is None or any(axes_of(other) is None for other in (value.kind, *others)):
        return None
    lead, ones, unknown = broadcast_pattern(kind, others)
    if unknown:
        return None
    if not lead and not ones:
        return value
    if not axes:
        return lo.emit(_SUM, [value], kind=NumpyScalar(dtype_of(value.kind).name))
    dtype = dtype_of(value.kind).name
    if lead:
        left = (axes_of(value.kind) or "")[lead:] if ones else axes
        value = lo.emit(_SUM, [value], (("axis", _axes(range(lead))),), kind=Array(dtype, left))
    if ones:
        kwargs = ("axis", _axes(ones)), ("keepdims", lo.lit(True))
        value = lo.emit(_SUM, [value], kwargs, kind=Array(dtype, axes))
    return value


def broadcast_pattern(kind: Kind, others: Sequence[Kind]) -> tuple[int, list[int], bool]:
    """Return how an operand was broadcast: leading axes, axes of size one, and whether to ask.

    >>> a, b, c = (Array("float64", axes) for axes in ("n1", "nnn", "?"))
    >>> broadcast_pattern(a, [b]), broadcast_pattern(c, [c]), broadcast_pattern(b, [a])
    ((1, [1], False), (0, [], True), (0, [], False))
    """
    axes, ranks = axes_of(kind) or "", [len(axes_of(other) or "") for other in others]
    lead = max([len(axes), *ranks]) - len(axes)
    ones: list[int] = []
    for position, mark in enumerate(axes):
        marks = _marks_beside(kind, others, len(axes) - position)
        if (mark != "n" and "?" in marks and "n" not in marks) or (mark == "?" and "n" in marks):
            return lead, ones, True
        if mark == "1" and "n" in marks:
            ones.append(position)
    return lead, ones, False


def _marks_beside(kind: Kind, others: Sequence[Kind], from_end: int) -> set[str]:
    """Return the marks of other operands on an axis, those left out whose size is the operand's."""
    found: set[str] = set()
    for other in others:
        marks = axes_of(other) or ""
        if from_end > len(marks):
            continue
        same = _size(other, from_end) is not None and _size(other, from_end) == _size(kind, from_end)
        if not same:
            found.add(marks[-from_end])
    return found


def _size(kind: Kind, from_end: int) -> Size:
    return kind.size_of(len(kind.axes or "") - from_end) if isinstance(kind, Array) else None


def _axes(axes: Any) -> Arg:
    lits = tuple(Lit(axis, PyScalar("int")) for axis in axes)
    return lits[0] if len(lits) == 1 else Seq(lits)


def _sum_kind(x: Kind, a: Kind, b: Kind) -> Kind:
    """Return the kind of a sum of two contributions, which both fit x."""
    if not isinstance(x, PyScalar | NumpyScalar):
        return x
    if is_complex(a) != is_complex(b):
        return a if is_complex(a) else b
    return a if isinstance(a, NumpyScalar) else b
