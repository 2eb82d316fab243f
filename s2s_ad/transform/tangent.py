"""The tangent of one equation, by the rule of its operation: the core of forward mode.

Here, once for all rules, operands that do not vary get the tangent zero, the terms that this
makes zero are dropped, and what is left is fitted to the result: broadcast, cast, named `v5_dot`.

Source: Griewank & Walther, Evaluating Derivatives (2008), section 3.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from s2s_ad.analysis.activity import differentiable_operands
from s2s_ad.errors import NoRuleError, Place
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.values import Value
from s2s_ad.ir.core import Adjoint, Arg, Atom, Eqn, Lit, Map, Seq, Source, Stmt, Var, substitute, variables
from s2s_ad.ir.kinds import (
    FLOAT, Array, Kind, ListKind, PyScalar, axes_of, broadcast_axes, dtype_of, is_differentiable, is_numeric,
)  # fmt: skip
from s2s_ad.ir.ops import (
    ACCUMULATE, ADD, GETITEM, IDENTITY, NEW_TAPE, POP, PUSH, UPDATE, ZEROS_LIKE, op,
)  # fmt: skip
from s2s_ad.optimize.dead_code import dead_code
from s2s_ad.ir.core import Block
from s2s_ad.rules.language import Rule, lookup
from s2s_ad.transform.apply import apply_rule, default_value, value_of

Dots = Mapping[Var, Atom]
"""Tangents by primal Var; a Var without an entry has the tangent zero."""

_ZEROS_OF_LIST = op("s2s_ad.rules.helpers.zeros_of_list")
_FULL_LIKE = op("numpy.full_like")
_NEGATIVE = op("operator.neg")
