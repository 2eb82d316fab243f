"""Constants as expressions that give back the same object, or an equal one to the last bit."""

from __future__ import annotations

import ast
import math
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from s2s_ad.emission.printer import attribute, binary, call, display, minus, name, subscript

Reach = Callable[[str], ast.expr]
"""Gives the expression for what is imported from a path."""


def literal(value: Any, reach: Reach) -> ast.expr:
    """Return the expression of a constant.

    >>> from s2s_ad.emission.printer import dotted, expression
    >>> [expression(literal(v, dotted)) for v in (-2.0, math.inf, 1 - 2j, "a\\nb", np.float32(0.1), float)]
    ['-2.0', 'numpy.inf', '1.0 - 2j', "'a\\\\nb'", 'numpy.float32(0.1)', 'builtins.float']
    """
    if value is None or value is True or value is False or type(value) in (str, bytes):
        return name(repr(value))
    if value is Ellipsis:
        return name("...")
    if type(value) is int:
        return minus(name(repr(-value))) if value < 0 else name(repr(value))
    if type(value) is float:
        return _real(value, reach)
    if type(value) is complex:
        return _complex(value, reach)
    if isinstance(value, np.generic):
        return _numpy_scalar(value, reach)
    if isinstance(value, np.dtype):
        return call(reach("numpy.dtype"), name(repr(value.str if value.names else value.name)))
    return _structure(value, reach)


def _structure(value: Any, reach: Reach) -> ast.expr:
    items: dict[Any, Any]
    if type(value) in (tuple, list):
        return display([literal(item, reach) for item in value], type(value).__name__)
    if type(value) is dict:
        items = dict(value)  # pyright: ignore
        return ast.Dict([literal(key, reach) for key in items], [literal(item, reach) for item in items.values()])
    if type(value) is slice:
        return call(reach("builtins.slice"), *(literal(part, reach) for part in (value.start, value.stop, value.step)))
    return _by_path(value, reach)


def _real(value: float, reach: Reach) -> ast.expr:
    if math.isnan(value):
        return reach("numpy.nan")
    if math.copysign(1.0, value) < 0:
        return minus(_real(-value, reach))
    if math.isinf(value):
        return reach("numpy.inf")
    return reach("numpy.pi") if value == math.pi else name(repr(value))


def _complex(value: complex, reach: Reach) -> ast.expr:
    if value.imag < 0.0 and repr(value.real) == "-0.0" and math.isfinite(value.imag):
        return minus(_complex(-value, reach))
    if not (math.isfinite(value.real) and math.isfinite(value.imag)) or _has_minus_zero(value):
        return call(reach("builtins.complex"), _real(value.real, reach), _real(value.imag, reach))
    imaginary = name(repr(complex(0.0, abs(value.imag))))
    if value.real == 0.0 and value.imag >= 0.0:
        return imaginary
    sign = ast.Sub() if value.imag < 0.0 else ast.Add()
    return binary(sign, _real(value.real, reach), imaginary)


def _has_minus_zero(value: complex) -> bool:
    return any(part == 0.0 and math.copysign(1.0, part) < 0 for part in (value.real, value.imag))


def _numpy_scalar(value: Any, reach: Reach) -> ast.expr:
    path = f"numpy.{type(value).__name__}"
    if value.dtype.kind in "mM":
        unit = name(repr(np.datetime_data(value.dtype)[0]))
        count = repr(str(value)) if value.dtype.kind == "M" else str(int(value.view("i8")))
        return call(reach(path), name(count), unit)
    if path == "numpy.longdouble":
        return call(reach(path), name(repr(str(value))))
    if value.dtype.kind == "f" and np.isfinite(value):
        return call(reach(path), _real(float(str(value)), reach))
    return call(reach(path), literal(value.item(), reach))


def _by_path(value: Any, reach: Reach) -> ast.expr:
    if isinstance(value, types.ModuleType):
        return reach(value.__name__)
    if isinstance(value, np.ufunc):
        return reach(f"numpy.{value.__name__}")
    owner = getattr(value, "__module__", None) or "builtins"
    qualified = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    assert qualified is not None, f"internal error: {value!r} has no name"
    assert "<" not in qualified, f"internal error: {value!r} has no name to import it by"
    first, *rest = qualified.split(".")
    node = reach(f"{owner}.{first}")
    for attr in rest:
        node = attribute(node, attr)
    return node


def indexed(node: ast.expr, key: Any, reach: Reach) -> ast.expr:
    """Return node[key] for a constant key."""
    return subscript(node, literal(key, reach))
