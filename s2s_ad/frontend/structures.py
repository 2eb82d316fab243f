"""Structures side by side: a value and its tangent, a result and what it should have been."""

from __future__ import annotations

from collections.abc import Iterator

from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.values import DictV, ObjectV, Static, TupleV, Value


def parts(lo: Lowerer, value: Value) -> list[tuple[tuple[str, ...], Value]]:
    """Return the parts of a structure, with the ways to write each behind its name; none of what is no structure."""
    match value:
        case TupleV(items, cls=Static() as cls):
            names = (f".{name}" for name in cls.obj._fields)
            return [((name, f"[{i}]"), item) for i, (name, item) in enumerate(zip(names, items, strict=True))]
        case TupleV(items):
            return [((f"[{i}]",), item) for i, item in enumerate(items)]
        case DictV():
            return [((f"[{key!r}]",), item) for key, item in lo.record(value)]
        case ObjectV():
            return [((f".{key}",), item) for key, item in lo.record(value)]
        case _:
            return []


def parts_like(lo: Lowerer, like: Value, given: Value) -> list[Value]:
    """Return the part of a structure for each part of another, in the order of that; None has None at each.

    Raises: LookupError, if it has another structure.
    """
    mine, theirs = parts(lo, like), parts(lo, given)
    if given == lo.lit(None):
        return [given] * len(mine)
    if len(mine) != len(theirs):
        raise LookupError
    named = {way: part for ways, part in theirs for way in ways}
    return [named[next((way for way in ways if way in named), "")] for ways, _ in mine]


def side_by_side(lo: Lowerer, like: Value, given: Value) -> Iterator[tuple[Value, Value]]:
    """Yield the leaves of a structure, each with what is there in another.  Raises: LookupError, as `parts_like`."""
    others = parts_like(lo, like, given)
    if not others:
        yield like, given
    for (_, part), other in zip(parts(lo, like), others, strict=True):
        yield from side_by_side(lo, part, other)


def leaves_of(lo: Lowerer, value: Value) -> list[Value]:
    """Return the leaves of a structure, in order: what is no tuple, list, dict or object."""
    inner = parts(lo, value)
    return [leaf for _, part in inner for leaf in leaves_of(lo, part)] if inner else [value]
