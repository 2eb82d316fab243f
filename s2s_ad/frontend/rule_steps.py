"""What a rule of the user's own does where its function is called, as numbers and arrays apart from their structures.

Whatever the rule is written as: it gives results and their tangents, or results and what makes adjoints of theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NoReturn, TypeAlias

from s2s_ad.frontend import captured
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.equations import adjoints_by, fitted, tangents_by
from s2s_ad.frontend.structures import leaves_of, side_by_side
from s2s_ad.frontend.values import Ref, TupleV, Value
from s2s_ad.ir.core import Lit, Var
from s2s_ad.ir.kinds import Array, Kind, Opaque, is_complex, is_differentiable, is_numeric
from s2s_ad.ir.ops import ZEROS_LIKE
from s2s_ad.rules.custom import CustomRule
from s2s_ad.rules.language import Rule

NONE = Lit(None, Opaque("NoneType"))
Pair: TypeAlias = tuple[list[Value], list[Value]]
"""The numbers and arrays among the results, and their tangents: None for what has none."""
Started: TypeAlias = tuple[list[Value], Callable[[Value], list[Value]]]
"""The numbers and arrays among the results, and what makes an adjoint for each float among the arguments."""


def is_given(lo: Lowerer, leaf: Value) -> bool:
    """Say whether a leaf of an argument is a number or an array that a rule is given."""
    return isinstance(leaf, Var | Ref) or (isinstance(leaf, Lit) and is_differentiable(leaf.kind))


def numbers(lo: Lowerer, values: Sequence[Value]) -> list[Value]:
    """Return the numbers and arrays in arguments, in order."""
    return [leaf for value in values for leaf in leaves_of(lo, value) if is_given(lo, leaf)]


@dataclass
class RuleSteps:
    """What a rule does."""

    lo: Lowerer
    rule: CustomRule
    path: str
    """How the root reaches the rule."""
    call: Callable[[Sequence[Value]], Value]
    """Calls the function, which has the rule again."""
    result: Callable[[], Value]
    """What the function gives: a structure, with numbers and arrays of the kinds that it gives."""
    untold: list[str] = field(default_factory=list[str])
    """The results that equations give no tangent of."""
    ways: list[str] = field(default_factory=list[str])
    """How the equations write each number and array among the arguments."""
    unasked: set[int] = field(default_factory=set[int])
    """Those of them that equations give no adjoint of."""

    def jvp(self, values: list[Value], dots: list[Value]) -> Pair:
        """Call jvp(primals, tangents) -> (out, out_dot)."""
        jvp = captured.captured(self.lo, self.rule.jvp, f"{self.path}.jvp")
        out, dot = self._pair(self.lo.call(jvp, [TupleV(tuple(values)), TupleV(tuple(dots))]), "jvp").items
        return self._like(out, "jvp"), self._like(dot, "jvp", slopes=True)

    def vjp(self, values: list[Value]) -> Started:
        """Call vjp(*primals) -> (out, pullback)."""
        vjp = captured.captured(self.lo, self.rule.vjp, f"{self.path}.vjp")
        out, pullback = self._pair(self.lo.call(vjp, values), "vjp").items
        return self._like(out, "vjp"), lambda bar: self._adjoints(values, self.lo.call(pullback, [bar]))

    def tangents(self, equations: Rule, values: list[Value], dots: list[Value]) -> Pair:
        """Apply the equations of tangents."""
        lo, out = self.lo, self.call(values)
        given: list[Value] = []
        for way, y, dot in tangents_by(lo, equations, f"{self.path}.equations:", values, dots, out):
            if not isinstance(y, Var | Ref):
                continue
            if dot is None or dot == NONE or not is_differentiable(lo.kind(y)):
                given.append(NONE)
            else:
                given.append(lo.wrap(fitted(lo, lo.read(y), lo.read(dot))))
            if given[-1] == NONE and is_differentiable(lo.kind(y)):
                self.untold.append(way)
        return self._like(out, "the rule"), self._fitting(given, "the rule", slopes=True)

    def adjoints(self, equations: Rule, values: list[Value]) -> Started:
        """Call the function, and apply the equations of adjoints later."""
        lo, out = self.lo, self.call(values)

        def pull(bar: Value) -> list[Value]:
            found: list[Value] = []
            for way, x, x_bar in adjoints_by(lo, equations, f"{self.path}.equations:", values, out, bar):
                if not is_given(lo, x):
                    continue
                if x_bar is None or x_bar == NONE:
                    self.unasked.add(len(self.ways))
                    x_bar = lo.lit(0.0)
                self.ways.append(way)
                if is_differentiable(lo.kind(x)):
                    found.append(x_bar)
            return found

        return self._like(out, "the rule"), pull

    # -- structures ---------------------------------------------------------------------------------

    def _pair(self, value: Value, what: str) -> TupleV:
        if isinstance(value, TupleV) and len(value.items) == 2 and value.cls is None:
            return value
        self.lo.refuse(
            f"{what} of {self.rule.name} gives no pair", f"return (out, {'out_dot' if what == 'jvp' else 'pullback'})"
        )

    def _like(self, value: Value, what: str, *, slopes: bool = False) -> list[Value]:
        """Return the numbers and arrays of a structure that must be as the function gives it; slopes may be None."""
        try:
            pairs = [*side_by_side(self.lo, self.result(), value)]
        except LookupError:
            self._refuse_other(what)
        return self._fitting([given for y, given in pairs if isinstance(y, Var | Ref)], what, slopes=slopes)

    def _fitting(self, found: list[Value], what: str, *, slopes: bool = False) -> list[Value]:
        """Return numbers and arrays that must be of such ranks as the function gives; slopes may be None."""
        lo = self.lo
        wanted = [y for y in leaves_of(lo, self.result()) if isinstance(y, Var | Ref)]
        for y, given in zip(wanted, found, strict=True):
            kind = lo.kind(given)
            if not (slopes and given == NONE) and not (is_numeric(kind) and _rank(kind) == _rank(lo.kind(y))):
                self._refuse_other(what)
        return found

    def _refuse_other(self, what: str) -> NoReturn:
        reason = f"{what} of {self.rule.name} gives something else than the function"
        self.lo.refuse(reason, "let out have its structure and shapes, and out_dot those of out")

    def _adjoints(self, values: Sequence[Value], given: Value) -> list[Value]:
        """Return an adjoint for each float among the arguments, from what a pullback gives."""
        lo, name = self.lo, self.rule.name
        if not isinstance(given, TupleV) or given.cls is not None or len(given.items) != len(values):
            lo.refuse(f"the pullback of {name} gives no tuple of one adjoint for each argument", "return (x_bar,)")
        try:
            pairs = [pair for each in zip(values, given.items, strict=True) for pair in side_by_side(lo, *each)]
        except LookupError:
            lo.refuse(
                f"the pullback of {name} gives an adjoint without the structure of its argument", "let it have that"
            )
        floats = [(x, bar) for x, bar in pairs if is_given(lo, x) and is_differentiable(lo.kind(x))]
        return [self._zero(x) if bar == NONE else bar for x, bar in floats]

    def _zero(self, x: Value) -> Value:
        kind = self.lo.kind(x)
        if isinstance(kind, Array):
            return self.lo.wrap(self.lo.emit(ZEROS_LIKE, [self.lo.read(x)], kind=kind, hint=""))
        return self.lo.lit(0j if is_complex(kind) else 0.0)


def _rank(kind: Kind) -> int:
    return len(kind.axes or "") if isinstance(kind, Array) else 0
