"""Lowering of the public functions that make derivatives, where a differentiated function calls them."""

from __future__ import annotations

from typing import Any

from s2s_ad.frontend import derivatives
from s2s_ad.frontend.calls import Handler, builtin
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.inline import Named
from s2s_ad.frontend.iteration import known_items
from s2s_ad.frontend.values import DerivativeV, PartialV, Static, TupleV, Value
from s2s_ad.ir.core import Lit
from s2s_ad.ir.ops import op

_OPTIONS = frozenset({"optimize", "jit", "cache_dir"})
"""How a derivative is emitted: inside another it is emitted with that."""
SORTS: dict[str, tuple[str, ...]] = {
    "grad": ("grad",),
    "value_and_grad": ("value_and_grad",),
    "jacfwd": ("jacfwd",),
    "jacrev": ("jacrev",),
    "jacobian": ("jacobian",),
    "hessian": ("slope", "jacfwd"),
    "elementwise_grad": ("elementwise_grad",),
}
"""The functions that give derivatives, and which: the last is one of the one before it."""


def _derivative(name: str) -> Handler:
    def lower(lo: Lowerer, args: list[Value], named: Named) -> Value:
        given = _by_name(lo, name, ("fun", "argnums", "has_aux"), args, named)
        if "fun" not in given:  # @grad(argnums=1)
            return PartialV(Static(op(f"s2s_ad.api.{name}").fun), (), tuple(named.items()))
        function = given["fun"]
        argnums = _constant(lo, given.get("argnums", lo.lit(0)), "argnums")
        has_aux = bool(_constant(lo, given.get("has_aux", lo.lit(False)), "has_aux"))
        for sort in SORTS[name]:
            function = DerivativeV(function, sort, argnums, has_aux)
        return function

    return lower


def _by_name(lo: Lowerer, name: str, names: tuple[str, ...], args: list[Value], named: Named) -> Named:
    given = dict(zip(names, args, strict=False)) | named
    unknown = [each for each in named if each not in names and each not in _OPTIONS]
    if unknown or len(args) > len(names):
        lo.refuse(
            f"{name} has no parameter {unknown[0]!r}" if unknown else f"{name} is given too many arguments", "see help"
        )
    return given


def _constant(lo: Lowerer, value: Value, what: str) -> Any:
    """Return an option as the constant that it must be."""
    if isinstance(value, Lit) and isinstance(value.value, int | str | bool):
        return value.value
    items = known_items(lo, value) if isinstance(value, TupleV) else None
    if items is None:
        lo.refuse(f"{what} that is not known before the run", "write it out as a constant")
    return tuple(_constant(lo, item, what) for item in items)


for _name in SORTS:
    builtin(f"s2s_ad.api.{_name}")(_derivative(_name))


@builtin("s2s_ad.api.jvp")
def jvp(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower jvp(f, primals, tangents)."""
    given = _by_name(lo, "jvp", ("fun", "primals", "tangents", "has_aux"), args, named)
    primals, tangents = _directions(lo, "jvp", given)
    has_aux = bool(_constant(lo, given.get("has_aux", lo.lit(False)), "has_aux"))
    return derivatives.tangent(lo, given["fun"], primals, tangents, has_aux)


@builtin("s2s_ad.api.hvp")
def hvp(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower hvp(f, primals, tangents): the tangent of the gradient."""
    given = _by_name(lo, "hvp", ("fun", "primals", "tangents"), args, named)
    primals, tangents = _directions(lo, "hvp", given)
    floats = tuple(n for n, primal in enumerate(primals) if derivatives.has_float(lo, primal))
    single = len(primals) == 1
    gradient = DerivativeV(given["fun"], "grad", 0 if single else floats)
    found = derivatives.tangent(lo, gradient, primals, tangents, False)
    assert isinstance(found, TupleV)
    _, dots = found.items
    if single:
        return dots
    assert isinstance(dots, TupleV)
    by_place = dict(zip(floats, dots.items, strict=True))
    return TupleV(tuple(by_place.get(n, lo.lit(None)) for n in range(len(primals))))


def _directions(lo: Lowerer, name: str, given: Named) -> tuple[list[Value], list[Value]]:
    """Return the primals and the tangents, one for each."""
    if not {"fun", "primals", "tangents"} <= given.keys():
        lo.refuse(f"{name} without primals or tangents", f"write {name}(f, (x,), (x_dot,))")
    primals, tangents = (known_items(lo, given[each]) for each in ("primals", "tangents"))
    if primals is None or tangents is None or len(primals) != len(tangents):
        lo.refuse(
            f"{name} with other tangents than primals", f"write {name}(f, (x,), (x_dot,)), None for what does not vary"
        )
    if all(tangent == lo.lit(None) for tangent in tangents):
        lo.refuse(f"{name} without a tangent: nothing varies", "give at least one")
    return primals, tangents


def _linear(name: str) -> Handler:
    def lower(lo: Lowerer, args: list[Value], named: Named) -> Value:
        given = _by_name(lo, name, ("fun", "has_aux"), args[:1], named)
        has_aux = bool(_constant(lo, given.get("has_aux", lo.lit(False)), "has_aux"))
        return derivatives.linear(lo, name, given["fun"], args[1:], has_aux)

    return lower


builtin("s2s_ad.api.vjp")(_linear("vjp"))
builtin("s2s_ad.api.linearize")(_linear("linearize"))
