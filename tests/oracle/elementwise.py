"""Functions of numbers, element by element: each by its slopes, or by what it selects.

Written from the calculus and the conventions at kinks, and from nothing of `s2s_ad`.  Slopes are analytic, so that
what they give next to a point is how they change there, but for what is constant between kinks: it is made of
real parts.  At the tip of a cone (`hypot`, `norm`, `std` of 0) the slope is x / 1, by that rule.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.oracle.values import MODE, active, dot_of, fresh, noisy, point_of, primal, value_of

Rule = Callable[[Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]
RULES: dict[Any, Rule] = {}
"""What a call of a function with dual values gives: `RULES[fun](call, args, kwargs)`."""

_IN_NUMPY: dict[Any, Any] = {
    getattr(math, name): getattr(np, numpy)
    for name, numpy in {
        "sin": "sin", "cos": "cos", "tan": "tan", "tanh": "tanh", "sinh": "sinh", "cosh": "cosh", "exp": "exp",
        "log": "log", "sqrt": "sqrt", "atan": "arctan", "asin": "arcsin", "acos": "arccos", "atan2": "arctan2",
        "hypot": "hypot", "expm1": "expm1", "log1p": "log1p", "fabs": "fabs", "pow": "power", "asinh": "arcsinh",
        "log2": "log2", "log10": "log10", "fmod": "fmod", "copysign": "copysign", "cbrt": "cbrt",
    }.items()
}  # fmt: skip


def of(*functions: Any) -> Callable[[Rule], Rule]:
    """Register a rule for functions."""

    def register(rule: Rule) -> Rule:
        for function in functions:
            RULES[function] = rule
        return rule

    return register


def wide(call: Any) -> Any:
    """Return the function that computes a shadow: those of `math` know only float64."""
    return _IN_NUMPY.get(call, call) if MODE.precise else call


def scaled(slope: Any, dot: np.ndarray) -> np.ndarray:
    """Return a slope times tangents, which have one more axis; what does not change has no influence."""
    slope = np.asarray(slope)
    if slope.ndim:
        slope = slope[..., None]
    if np.isfinite(slope).all():
        return slope * dot
    return np.where(dot == 0, 0.0, slope * dot)


def chosen(mask: Any, yes: Any, no: Any) -> Any:
    """Return tangents by a mask; what is not chosen has no influence, were it infinite."""
    return np.where(np.asarray(mask)[..., None], yes, no)


def slopes(*functions: Any, partials: Callable[..., tuple[Any, ...]]) -> None:
    """Register functions by their partial derivatives, given the operands."""

    def rule(call: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        value = call(*[value_of(arg) for arg in args], **value_of(kwargs))
        if not isinstance(value, float | np.ndarray | np.floating) or np.asarray(value).dtype.kind != "f":
            return value
        real = primal(wide(call), args, kwargs)[1] if MODE.precise else value
        parts = partials(*map(point_of, args))
        dot: Any = 0.0
        for arg, partial in zip(args, parts, strict=False):
            if active(arg):
                dot = dot + scaled(partial, dot_of(arg))
        return fresh(value, np.asarray(dot), real)

    of(*functions)(rule)


def _power(x: Any, y: Any) -> tuple[Any, Any]:
    base = np.where(y == 0, 0.0, y * np.power(x, np.where(y == 0, 1.0, y - 1)))
    return base, np.where(x == 0, 0.0, noisy(np.power(x, y)) * np.log(np.where(x == 0, 1.0, x)))


def _hypot(x: Any, y: Any) -> tuple[Any, Any]:
    z = noisy(np.sqrt(x * x + y * y))
    safe = np.where(z == 0, 1.0, z)
    return x / safe, y / safe


def _division(x: Any, y: Any) -> tuple[Any, Any]:
    return 1 / y, -x / (y * y)


slopes(operator.add, np.add, partials=lambda x, y: (1.0, 1.0))
slopes(operator.sub, np.subtract, partials=lambda x, y: (1.0, -1.0))
slopes(operator.mul, np.multiply, partials=lambda x, y: (y, x))
slopes(operator.truediv, np.divide, partials=_division)
slopes(operator.mod, np.mod, partials=lambda x, y: (1.0, -np.floor(x.real / y.real)))
slopes(np.fmod, math.fmod, partials=lambda x, y: (1.0, -np.trunc(x.real / y.real)))
slopes(operator.pow, np.power, math.pow, pow, partials=_power)
slopes(operator.neg, np.negative, partials=lambda x: (-1.0,))
slopes(operator.pos, np.positive, float, np.float64, partials=lambda x: (1.0,))
slopes(abs, np.abs, np.fabs, math.fabs, partials=lambda x: (np.sign(x.real),))
slopes(np.square, partials=lambda x: (2 * x,))
slopes(np.reciprocal, partials=lambda x: (-1 / (x * x),))
slopes(np.sqrt, math.sqrt, partials=lambda x: (0.5 / np.sqrt(x),))
slopes(np.cbrt, math.cbrt, partials=lambda x: ((x * x) ** (-1 / MODE.float(3)) / 3,))
slopes(np.exp, math.exp, partials=lambda x: (np.exp(x),))
slopes(np.exp2, partials=lambda x: (np.log(MODE.float(2)) * np.exp(x * np.log(MODE.float(2))),))
slopes(np.expm1, math.expm1, partials=lambda x: (np.exp(x),))
slopes(np.log, math.log, partials=lambda x: (1 / x,))
slopes(np.log2, math.log2, partials=lambda x: (1 / (x * np.log(MODE.float(2))),))
slopes(np.log10, math.log10, partials=lambda x: (1 / (x * np.log(MODE.float(10))),))
slopes(np.log1p, math.log1p, partials=lambda x: (1 / (1 + x),))
slopes(np.sin, math.sin, partials=lambda x: (np.cos(x),))
slopes(np.cos, math.cos, partials=lambda x: (-np.sin(x),))
slopes(np.tan, math.tan, partials=lambda x: (1 / np.cos(x) ** 2,))
slopes(np.arcsin, math.asin, partials=lambda x: (1 / np.sqrt((1 - x) * (1 + x)),))
slopes(np.arccos, math.acos, partials=lambda x: (-1 / np.sqrt((1 - x) * (1 + x)),))
slopes(np.arctan, math.atan, partials=lambda x: (1 / (1 + x * x),))
slopes(np.sinh, math.sinh, partials=lambda x: (np.cosh(x),))
slopes(np.cosh, math.cosh, partials=lambda x: (np.sinh(x),))
slopes(np.tanh, math.tanh, partials=lambda x: (1 / np.cosh(x) ** 2,))
slopes(np.arcsinh, math.asinh, partials=lambda x: (1 / np.sqrt(1 + x * x),))
slopes(np.hypot, math.hypot, partials=_hypot)
slopes(np.arctan2, math.atan2, partials=lambda y, x: (x / (x * x + y * y), -y / (x * x + y * y)))
slopes(np.logaddexp, partials=lambda x, y: (1 / (1 + np.exp(y - x)), 1 / (1 + np.exp(x - y))))
slopes(np.copysign, math.copysign, partials=lambda x, y: (np.sign(x.real) * np.copysign(1.0, y.real), 0.0))


# ---- choices ----------------------------------------------------------------------------------


def _extremum(better: Callable[[Any, Any], Any]) -> Rule:
    def rule(call: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        value, real = primal(call, args, kwargs)
        (x, y), (dx, dy) = map(value_of, args), map(dot_of, args)  # compared as NumPy does: a Python float is weak
        dot = chosen(np.equal(x, y), (dx + dy) / 2, chosen(better(x, y), dx, dy))
        return fresh(value, dot, real)

    return rule


of(np.maximum, np.fmax)(_extremum(np.greater))
of(np.minimum, np.fmin)(_extremum(np.less))


@of(np.where)
def _where(call: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    value, real = primal(call, args, kwargs)
    if len(args) == 1:
        return value
    return fresh(value, chosen(value_of(args[0]), dot_of(args[1]), dot_of(args[2])), real)


@of(np.clip)
def _clip(call: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """At an edge the result is x; NumPy's is minimum(a_max, maximum(x, a_min))."""
    value, real = primal(call, args, kwargs)
    names = ("a_min", "a_max")
    low, high = [*args[1:], *(kwargs.get(name) for name in names[len(args) - 1 :])]
    dot, x = dot_of(args[0]), np.asarray(value_of(args[0]))
    if low is not None:
        dot = chosen(x < value_of(low), dot_of(low), dot)
        x = np.maximum(x, value_of(low))
    if high is not None:
        dot = chosen(x > value_of(high), dot_of(high), dot)
    return fresh(value, dot, real)


@of(np.nan_to_num)
def _nan_to_num(call: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    value, real = primal(call, args, kwargs)
    return fresh(value, chosen(np.isfinite(value_of(args[0])), dot_of(args[0]), 0.0), real)


@of(sum)
def _sum(call: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Python's sum: the items one by one."""
    items = list(args[0])
    rest = args[1:] or tuple(kwargs.values())
    value, real = primal(call, (items, *rest), {})
    dots = [dot_of(item) for item in (*rest, *items)]
    return fresh(value, np.asarray(sum(dots[1:], dots[0])), real) if dots else value
