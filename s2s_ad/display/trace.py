"""The tables of the textbook: forward mode and reverse mode at a point, formula by formula.

Source: Baydin, Pearlmutter, Radul & Siskind, Automatic Differentiation in Machine Learning: a
Survey, JMLR 18 (2018), tables 2 and 3.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any, cast

import numpy as np

from s2s_ad.display.interpret import By, Interpreter, leaves_of
from s2s_ad.display.listing import leaf_paths
from s2s_ad.display.notation import MARKS, Notation, marked, name_text, temporaries
from s2s_ad.errors import DifferentiationError, NoRuleError, UnsupportedError
from s2s_ad.frontend.capture import resolve
from s2s_ad.frontend.context import Frame, Lowerer
from s2s_ad.ir.core import (
    UNDEFINED, Arg, Atom, Block, Eqn, For, Function, If, Lit, Map, Note, Param, Seq, Stmt, Var, blocks, bound,
    entry_vars, operands, variables,
)  # fmt: skip
from s2s_ad.ir.kinds import is_differentiable, kind_of
from s2s_ad.ir.ops import COPY, IN_PLACE
from s2s_ad.pipeline import lower, tidy
from s2s_ad.transform.reverse import reverse
from s2s_ad.transform.tangent import tangent

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
        self, fun: FunctionType, argnums: Sequence[int], values: Sequence[Any], tangents: Sequence[Any] | None = None
    ) -> None:
        run = _Run(fun, argnums, values, tangents)
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
    return _equals(row.tangent_formula), f"= {text(row.tangent)}" if row.tangent_name else ""


class _Run:
    """One run of the forward and the reverse sweep, observed."""

    def __init__(
        self, fun: FunctionType, argnums: Sequence[int], values: Sequence[Any], tangents: Sequence[Any] | None
    ) -> None:
        lowered = lower(fun, tuple(map(kind_of, values)))
        primal = lowered.function
        self.lo = Lowerer(lowered.names, Frame(lowered.source, {}), quiet=True)
        self.derived = tidy(reverse(primal, tuple(argnums), lowered.names, lowered.source))
        self.primal = frozenset(_bound(primal.body))
        self.notation = Notation(temporaries(self.derived.body))
        self.forward: list[ForwardRow] = []
        self.backward: list[ReverseRow] = []
        self.dots: dict[Var, Any] = {}
        self.missing: set[Var] = set()
        self.known: dict[tuple[int, frozenset[Var]], tuple[Block, Notation] | None] = {}

        self._inputs(primal, argnums, values, tangents)
        start = {var: resolve(fun, capture.name) for capture in primal.captures for var in [capture.var]}
        for param, value in zip(primal.params, values, strict=True):
            start |= leaves_of(param.value, param.kind, value)
        for seed in self.derived.seeds:
            start |= leaves_of(seed.value, seed.kind, 1.0)
        self._sweep(start)

    # (continued)
