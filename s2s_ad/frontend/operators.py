"""The functions of Python's module `operator`: they do what the operators do, with lists, dicts and objects too."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from s2s_ad.frontend import lists
from s2s_ad.frontend.calls import BUILTINS, Handler, builtin, call_value
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.expressions import (
    BINARY,
    COMPARE,
    SYMBOLS,
    UNARY,
    arithmetic,
    compare_values,
    item_of,
    unary_of,
)  # fmt: skip
from s2s_ad.frontend.inline import Named
from s2s_ad.frontend.statements import in_place
from s2s_ad.frontend.values import Value

_OfTwo: TypeAlias = Callable[[Lowerer, str, Value, Value], Value]


def _contains(lo: Lowerer, symbol: str, owner: Value, value: Value) -> Value:
    return compare_values(lo, symbol, value, owner)


def _item(lo: Lowerer, symbol: str, owner: Value, index: Value) -> Value:
    return item_of(lo, owner, index)


def _in_place(lo: Lowerer, symbol: str, current: Value, value: Value) -> Value:
    if lists.is_dissolved(current) or lists.is_list(lo, current):
        lo.refuse("a function that changes a list", f"write it as a statement: x {SYMBOLS[symbol]}= y")
    return in_place(lo, symbol, current, value)


def _of_two(name: str, lower: _OfTwo, symbol: str) -> Handler:
    def handler(lo: Lowerer, args: list[Value], named: Named) -> Value:
        if len(args) != 2 or named:
            lo.refuse(f"these arguments of operator.{name}", "give it two")
        return lower(lo, symbol, *args)

    return handler


def _of_one(name: str, symbol: str) -> Handler:
    def handler(lo: Lowerer, args: list[Value], named: Named) -> Value:
        if len(args) != 1 or named:
            lo.refuse(f"these arguments of operator.{name}", "give it one")
        return unary_of(lo, symbol, *args)

    return handler


_TWO: dict[str, tuple[_OfTwo, str]] = {
    **{name: (arithmetic, symbol) for symbol, name in BINARY.items()},
    **{f"i{name.rstrip('_')}": (_in_place, symbol) for symbol, name in BINARY.items()},
    **{name: (compare_values, symbol) for symbol, name in COMPARE.items()},
    "contains": (_contains, "In"),
    "concat": (arithmetic, "Add"),
    "iconcat": (_in_place, "Add"),
    "getitem": (_item, ""),
}
BUILTINS.update({f"operator.{name}": _of_two(name, lower, symbol) for name, (lower, symbol) in _TWO.items()})
BUILTINS.update({f"operator.{name}": _of_one(name, symbol) for symbol, name in UNARY.items()})


@builtin("operator.truth")
def truth(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower operator.truth(x)."""
    return unary_of(lo, "Not", unary_of(lo, "Not", args[0]))


@builtin("operator.call")
def call(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower operator.call(f, …)."""
    return call_value(lo, args[0], args[1:], named)


@builtin("operator.setitem", "operator.delitem")
def change_item(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Refuse operator.setitem(x, i, y) and operator.delitem(x, i)."""
    lo.refuse("a function that changes an item", "write it as a statement: x[i] = y, del x[i]")
