"""The tables of the textbook: forward mode and reverse mode at a point, formula by formula.

Source: Baydin, Pearlmutter, Radul & Siskind, Automatic Differentiation in Machine Learning: a
Survey, JMLR 18 (2018), tables 2 and 3.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any, cast

import numpy as np

from s2s_ad.analysis.activity import differentiable_operands
from s2s_ad.display.interpret import By, Interpreter, leaves_of
from s2s_ad.display.listing import leaf_paths
from s2s_ad.display.notation import MARKS, Notation, marked, name_text, temporaries
from s2s_ad.errors import DifferentiationError, NoRuleError, UnsupportedError
from s2s_ad.frontend.capture import resolve
from s2s_ad.frontend.context import Frame, Lowerer
from s2s_ad.ir.core import (
    UNDEFINED,
    Arg,
    Atom,
    Block,
    Eqn,
    For,
    Function,
    Note,
    Param,
    Seq,
    Stmt,
    Var,
    all_bound,
    atoms,
    operands,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import is_differentiable, kind_of, known_objects
from s2s_ad.ir.layers import Layer
from s2s_ad.ir.ops import COPY, IN_PLACE
from s2s_ad.optimize.clean import tidy
from s2s_ad.pipeline import lower
from s2s_ad.transform.reverse import reverse
from s2s_ad.transform.tangent import dot_hint, tangent
from s2s_ad.trees import fitted, map_leaves

BAR, DOT = MARKS["_bar"], MARKS["_dot"]
MISSING = "—"
"""Shown for a tangent that no rule gives."""


@dataclass(frozen=True, slots=True)
class ForwardRow:
    """A value with its tangent: `v₂ = v₋₁ × v₀` and `v̇₂ = v̇₋₁ × v₀ + v₋₁ × v̇₀`.

    The tangent of what is no float is None, and so is one that no rule gives; then its formula is "—".
    """

    name: str
    formula: str
    value: Any
    tangent_name: str
    tangent_formula: str
    tangent: Any


@dataclass(frozen=True, slots=True)
class ReverseRow:
    """A contribution to an adjoint: `v̄₀ = v̄₀ + v₋₁ × v̄₂`."""

    name: str
    formula: str
    value: Any


class Trace:
    """Every value of a function at a point, with its tangent and its adjoint; `str` is two tables.

    `values` are those of all parameters in order, `tangents` those of the `argnums`, each in the
    structure of its argument: the first unit vector where they are not given.

    Raises: what differentiating or calling the function raises.
    """

    forward: tuple[ForwardRow, ...]
    """One row for each value, in the order of evaluation; rows of a loop come once an iteration."""
    reverse: tuple[ReverseRow, ...]
    """One row for each contribution, from the result down to the arguments."""
    value: Any
    """The result of the function."""
    gradient: tuple[Any, ...]
    """The gradient by each of the argnums, in the structure of the argument."""

    def __init__(
        self,
        fun: FunctionType,
        argnums: Sequence[int],
        values: Sequence[Any],
        tangents: Sequence[Any] | None = None,
        layers: tuple[Layer, ...] = (),
    ) -> None:
        run = _Run(fun, argnums, values, tangents, layers)
        self.forward = tuple(run.forward)
        self.reverse = tuple(run.backward)
        self.value, self.gradient = run.result

    def __str__(self) -> str:
        forward = [
            (row.name, _equals(row.formula), f"= {text(row.value)}", row.tangent_name, *_tangent_cells(row))
            for row in self.forward
        ]
        back = [(row.name, _equals(row.formula), f"= {text(row.value)}") for row in self.reverse]
        heads = "Forward mode: values and tangents", "Reverse mode: adjoints"
        return "\n\n".join(f"{head}\n\n{table(rows)}" for head, rows in zip(heads, (forward, back), strict=True))


def _equals(formula: str) -> str:
    return f"= {formula}" if formula else ""


def _tangent_cells(row: ForwardRow) -> tuple[str, str]:
    if row.tangent_formula == MISSING:
        return "", f"= {MISSING}"
    if not row.tangent_name:
        return "", ""
    return _equals(row.tangent_formula), f"= {text(row.tangent) if row.tangent_formula else 0}"


class _Run:
    """One run of the forward and the reverse sweep, observed."""

    def __init__(
        self,
        fun: FunctionType,
        argnums: Sequence[int],
        values: Sequence[Any],
        tangents: Sequence[Any] | None,
        layers: tuple[Layer, ...],
    ) -> None:
        lowered = lower(fun, tuple(map(kind_of, values)), layers)
        primal = lowered.function
        if primal.functions:
            reason = "the trace of a recursive function, whose values have no numbers of their own"
            raise UnsupportedError(reason, primal.place, "look at .source or .ssa")
        derived = tidy(reverse(primal, tuple(argnums), lowered.names, lowered.source))
        self.forward: list[ForwardRow] = []
        self.backward: list[ReverseRow] = []
        self.known = frozenset(all_bound(primal.body))
        self.notation = Notation(temporaries(derived.body))
        self.tangents = _Tangents(Lowerer(lowered.names, Frame(lowered.source, {}), quiet=True), self.notation)
        known = known_objects(map(kind_of, values))
        start = {capture.var: resolve(fun, capture.name, known) for capture in primal.captures}
        for param, value in zip(primal.params, values, strict=True):
            start |= leaves_of(param.value, param.kind, value)
        for seed in derived.seeds:
            start |= leaves_of(seed.value, seed.kind, 1.0)
        run = Interpreter(self.tangents.values, self._see_forward)
        run.values.update(start)
        self._inputs(primal, start, _directions(primal, argnums, values, tangents), argnums)
        middle = derived.body.stmts.index(Note("reverse sweep"))
        run.statements(derived.body.stmts[:middle])
        self._result(primal.result, run)
        run.observer = self._see_backward
        run.statements(derived.body.stmts[middle:])
        assert isinstance(derived.result, Seq)
        adjoints = [atom for atom in atoms(derived.result.items[1]) if isinstance(atom, Var) or atom.value is not None]
        self._gradient([primal.params[n] for n in argnums], adjoints, run)
        self.result: tuple[Any, tuple[Any, ...]] = run.value(derived.result)

    # -- forward ----------------------------------------------------------------------------------

    def _inputs(
        self, primal: Function, values: Mapping[Var, Any], directions: Sequence[Any], argnums: Sequence[int]
    ) -> None:
        """Add the rows of the arguments, and let those in argnums vary."""
        given = dict(zip(argnums, directions, strict=True))
        for n, param in enumerate(primal.params):
            dots = leaves_of(param.value, param.kind, given[n]) if n in given else {}
            for var, path in leaf_paths(param):
                dot = dots.get(var) if is_differentiable(var.kind) else None
                if dot is not None:
                    self.tangents.set(var, dot)
                formula = marked(path, DOT) if dot is not None else ""
                self.forward.append(self._row(var, path, values[var], formula))

    def _see_forward(self, var: Var, value: Any, by: By) -> None:
        """Note a value of the primal, with its tangent."""
        if var not in self.known:
            return
        formula = self.tangents.see(var, by)
        if not var.hint or by == UNDEFINED or (isinstance(by, Var) and by.hint == var.hint):
            return
        name, primal = _assignment(self.notation, var, by)
        self.forward.append(self._row(var, primal, value, formula, name))

    def _row(self, var: Var, formula: str, value: Any, tangent_formula: str, name: str = "") -> ForwardRow:
        name = name or name_text(var.hint)
        dot = self.tangents.get(var)
        if var in self.tangents.missing:
            return ForwardRow(name, formula, value, marked(name, DOT), MISSING, None)
        if not is_differentiable(var.kind):
            return ForwardRow(name, formula, value, "", "", None)
        return ForwardRow(
            name, formula, value, marked(name, DOT), tangent_formula, _zero(value) if dot is None else dot
        )

    def _result(self, result: Arg, run: Interpreter) -> None:
        """Add the row of the result."""
        if isinstance(result, Var):
            dotted = self.tangents.name(result)
            row = self._row(result, self.notation.name(result), run.value(result), dotted, "y")
        else:
            value = run.value(result)
            row = ForwardRow("y", self.notation.arg(result), value, marked("y", DOT), "", _zero(value))
        self.forward.append(row)

    # -- reverse ----------------------------------------------------------------------------------

    def _see_backward(self, var: Var, value: Any, by: By) -> None:
        """Note a contribution to an adjoint, and the iteration that it belongs to."""
        if not (var.hint.endswith("_bar") or isinstance(by, For)):
            return
        if not var.hint or by == UNDEFINED or (isinstance(by, Var) and by.hint == var.hint):
            return
        copied = isinstance(by, Eqn) and by.op == COPY and variables(*by.args)
        if copied and all(each.hint == var.hint for each in variables(*cast(Eqn, by).args)):
            return
        name, formula = _assignment(self.notation, var, by)
        self.backward.append(ReverseRow(name, formula, value))

    def _gradient(self, params: Sequence[Param], adjoints: Sequence[Atom], run: Interpreter) -> None:
        """Add the rows that name the adjoints of the arguments."""
        paths = [path for param in params for var, path in leaf_paths(param) if is_differentiable(var.kind)]
        for path, adjoint in zip(paths, adjoints, strict=True):
            name, formula = marked(path, BAR), self.notation.arg(adjoint)
            if name != formula:
                self.backward.append(ReverseRow(name, formula, run.value(adjoint)))


class _Tangents:
    """Tangents of the values so far, by the rules, one equation at a time."""

    def __init__(self, lo: Lowerer, notation: Notation) -> None:
        self.lo = lo
        self.notation = notation
        self.values: dict[Var, Any] = {}
        """The values of the primal, and the tangents by their own Vars."""
        self.missing: set[Var] = set()
        """What depends on an argument in a way that no rule knows."""
        self._dots: dict[Var, Var] = {}
        self._made: dict[tuple[int, frozenset[Var]], _Made | None] = {}

    def set(self, var: Var, value: Any) -> None:
        """Let a value vary."""
        self.values[self._dot(var)] = value

    def get(self, var: Var) -> Any:
        """Return the tangent of a value, None if it does not vary."""
        return self.values.get(self._dot(var))

    def name(self, var: Var) -> str:
        """Return the printed name of a tangent, "" if there is none."""
        return name_text(f"{var.hint}_dot") if self.get(var) is not None else ""

    def see(self, var: Var, by: By) -> str:
        """Work out the tangent of a value that was just bound, and return its formula."""
        self.values.pop(self._dot(var), None)
        self.missing.discard(var)
        if isinstance(by, Eqn):
            return self._equation(var, by)
        if isinstance(by, Var) and by in self.missing:
            self.missing.add(var)
        elif isinstance(by, Var) and self.get(by) is not None:
            self.set(var, self.get(by))
            return self.name(by)
        return ""

    def _equation(self, var: Var, eqn: Eqn) -> str:
        if any(operand in self.missing for operand in differentiable_operands(eqn)) and is_differentiable(var.kind):
            self.missing.add(var)
            return ""
        varying = frozenset(operand for operand in operands(eqn) if self.get(operand) is not None)
        made = self._emitted(eqn, varying)
        if made is None:
            self.missing |= {out for out in eqn.outs if is_differentiable(out.kind)}
            return ""
        dot = made.dots[eqn.outs.index(var)]
        if dot is None:
            return ""
        run = Interpreter(self.values)
        run.statements(made.stmts)
        self.set(var, run.value(dot))
        return made.formulas.get(dot, "")

    def _emitted(self, eqn: Eqn, varying: frozenset[Var]) -> _Made | None:
        """Return the tangent statements of an equation, None if there is no rule for them."""
        key = (id(eqn), varying)
        if key not in self._made:
            dots = {operand: self._dot(operand) for operand in varying}
            with self.lo.block() as stmts:
                try:
                    found = tangent(self.lo, eqn, dots)
                except (NoRuleError, UnsupportedError):
                    found = None
            self._made[key] = None if found is None else _Made(tuple(stmts), found, self._formulas(stmts))
        return self._made[key]

    def _formulas(self, stmts: Sequence[Stmt]) -> dict[Atom, str]:
        notation = Notation({**self.notation.temporaries, **temporaries(Block(tuple(stmts)))})
        return {out: notation.formula(eqn) for eqn in stmts if isinstance(eqn, Eqn) for out in eqn.outs}

    def _dot(self, var: Var) -> Var:
        if var not in self._dots:
            self._dots[var] = Var(self.lo.names.version(dot_hint(var)), var.kind)
        return self._dots[var]


@dataclass(frozen=True, slots=True)
class _Made:
    """The tangent statements of an equation, the tangents of its outs, and formulas for them."""

    stmts: tuple[Stmt, ...]
    dots: tuple[Atom | None, ...]
    formulas: Mapping[Atom, str]


def _assignment(notation: Notation, var: Var, by: By) -> tuple[str, str]:
    """Return both sides of what binds a value: a write in place names what it writes to."""
    match by:
        case Eqn(op=operation) if operation in IN_PLACE:
            return notation.target(by), notation.formula(by)
        case Eqn(outs) if len(outs) > 1:
            return name_text(var.hint), f"{notation.formula(by)}[{outs.index(var)}]"
        case Eqn():
            return name_text(var.hint), notation.formula(by)
        case For():
            return var.hint, ""
        case _:
            return name_text(var.hint), notation.arg(by)


# -- directions -------------------------------------------------------------------------------------


def _directions(
    primal: Function, argnums: Sequence[int], values: Sequence[Any], tangents: Sequence[Any] | None
) -> Sequence[Any]:
    """Return a tangent for each of the argnums: the first unit vector if none are given.

    Raises: DifferentiationError where the tangents do not fit.
    """
    chosen = [values[n] for n in argnums]
    if tangents is None:
        return _first_unit(chosen)
    if len(tangents) != len(chosen):
        reason = f"{len(tangents)} tangents are given for {len(chosen)} arguments"
        raise DifferentiationError(reason, remedy="give one for each of argnums, in their order")
    return [fitted(primal.params[n].name, values[n], given) for n, given in zip(argnums, tangents, strict=True)]


def _first_unit(values: Sequence[Any]) -> Sequence[Any]:
    ones = [1.0]

    def unit(value: Any) -> Any:
        kind = kind_of(value)
        if isinstance(value, np.ndarray) and is_differentiable(kind):
            result: np.ndarray[Any, Any] = np.zeros_like(cast(Any, value))
            if ones and result.size:
                result.flat[0] = ones.pop()
            return result
        if not is_differentiable(kind):
            return None
        return ones.pop() if ones else 0.0

    return [map_leaves(unit, value) for value in values]


def _zero(value: Any) -> Any:
    def zero(leaf: Any) -> Any:
        return np.zeros_like(cast(Any, leaf)) if isinstance(leaf, np.ndarray) else 0.0

    return map_leaves(zero, value)


# -- text -------------------------------------------------------------------------------------------

_LONGEST = 48


def text(value: Any) -> str:
    """Return a value for a table: numbers with three decimals or four digits, long arrays shortened.

    >>> [text(v) for v in (11.65207, -0.28366, 5.5, 10.0, 0.00012345, 7, True, np.ones((20, 30)))]
    ['11.652', '−0.284', '5.5', '10', '0.0001234', '7', 'True', 'array of shape (20, 30)']
    """
    if isinstance(value, np.ndarray) and value.ndim:
        return _array_text(cast(np.ndarray[Any, Any], value))
    if isinstance(value, np.ndarray | np.generic):
        value = cast(Any, value).item()
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, complex):
        return _complex_text(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value).replace("-", "−")
    if isinstance(value, dict):
        shown = ", ".join(f"{key!r}: {text(item)}" for key, item in cast(dict[Any, Any], value).items())
        return _short("{" + shown + "}")
    if isinstance(value, tuple | list):
        shown = ", ".join(map(text, cast(Sequence[Any], value)))
        return _short(f"[{shown}]" if isinstance(value, list) else f"({shown})")
    return _short(" ".join(repr(value).split()))


def _float_text(value: float) -> str:
    if not math.isfinite(value):
        return str(value).replace("-", "−")
    shown = f"{value:.3f}".rstrip("0").rstrip(".") if 0.1 <= abs(value) < 1e6 else f"{value:.4g}"
    return "0" if value == 0 else shown.replace("-", "−")


def _complex_text(value: complex) -> str:
    """Return a complex number without the real part where that is zero.

    >>> [_complex_text(z) for z in (1.23456 - 2j, 0.5j, -2 + 0j)]
    ['1.235 − 2j', '0.5j', '−2 + 0j']
    """
    imaginary = f"{_float_text(abs(value.imag))}j"
    negative = math.copysign(1.0, value.imag) < 0
    if value.real == 0:
        return "−" * negative + imaginary
    return f"{_float_text(value.real)} {'−' if negative else '+'} {imaginary}"


def _array_text(value: np.ndarray[Any, Any]) -> str:
    shown = np.array2string(value, separator=", ", threshold=6, edgeitems=2, formatter={"all": text})  # pyright: ignore
    shown = " ".join(shown.split())
    return shown if len(shown) <= _LONGEST else f"array of shape {value.shape}"


def _short(shown: str) -> str:
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return the rows with their columns aligned; a bar above a letter takes no place.

    >>> print(table([("a", "= 1"), ("v̄₁", "= b")]))
    a   = 1
    v̄₁  = b
    """
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    padded = (
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)) for row in rows
    )
    return "\n".join(line.rstrip() for line in padded)


def _width(cell: str) -> int:
    return sum(not unicodedata.combining(char) for char in cell)
