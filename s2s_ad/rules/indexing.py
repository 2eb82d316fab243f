"""The kind of `x[index]`, by NumPy's rules of basic and advanced indexing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from s2s_ad.ir.core import Arg, Lit, Map, Record, Rows, Seq, Slice, Step, Var
from s2s_ad.ir.kinds import (
    INT,
    UNKNOWN,
    Array,
    DictKind,
    Kind,
    ListKind,
    NumpyScalar,
    ObjectKind,
    Opaque,
    PyScalar,
    TupleKind,
    broadcast_axes,
    dtype_of,
    item_kind,
    kind_of,
    list_kind,
)


@dataclass(frozen=True, slots=True)
class _Advanced:
    """An index array: the marks of what it gives, and how many axes it takes."""

    axes: str
    takes: int = 1


_INTEGER, _NEW, _ELLIPSIS, _WHOLE, _PART = "integer", "new", "ellipsis", "whole", "part"


def arg_kind(arg: Arg) -> Kind:
    """Return the kind of an argument tree.

    >>> print(arg_kind(Seq((Lit(1, INT), Var("x", Array("float64", "n"))))))
    (int, float64[n])
    """
    match arg:
        case Var(kind=kind):
            return kind
        case Lit(value=value):
            return kind_of(value)
        case Seq(items, "list"):
            return list_kind([arg_kind(item) for item in items])
        case Seq(items):
            return TupleKind(tuple(arg_kind(item) for item in items))
        case Map(items):
            return DictKind(tuple((key, arg_kind(item)) for key, item in items))
        case Record(items, cls=cls) if cls is not None:
            return ObjectKind(cls, tuple((name, arg_kind(item)) for name, item in items))
        case Record():
            return Opaque("object")
        case Slice():
            return Opaque("slice")
        case Rows(columns):
            return ListKind(item_kind(arg_kind(columns)))
        case Step():
            return Opaque("view")


def getitem_kind(x: Kind, index: Arg) -> Kind:
    """Return the kind of `x[index]`.

    >>> print(getitem_kind(Array("float64", "n1"), Seq((Slice(*[Lit(None, UNKNOWN)] * 3), Lit(0, INT)))))
    float64[n]

    Raises: LookupError with a reason.
    """
    match x:
        case Array(dtype, axes):
            if axes is None:
                raise LookupError("an array of unknown rank is indexed")
            result = index_axes(axes, index)
            return NumpyScalar(dtype) if result is None else Array(dtype, result)
        case TupleKind(items, type):
            return _item_of_tuple(items, type, index)
        case ListKind(item):
            return _item_of_list(item, index)
        case DictKind(items):
            if isinstance(index, Lit) and index.value in dict(items):
                return dict(items)[index.value]
            raise LookupError("the key is not known before the program runs")
        case Opaque(type):
            return x if type in ("str", "bytes", "range", "slice") else UNKNOWN
        case _:
            raise LookupError(f"a {x} cannot be indexed")


def _item_of_list(item: Kind, index: Arg) -> Kind:
    kind = arg_kind(index)
    if isinstance(index, Slice) or kind == Opaque("slice"):
        return ListKind(item)
    if _is_integer(kind) or kind == PyScalar("bool"):
        return item
    raise LookupError(f"a list is indexed by {kind}, which is no integer")


def _item_of_tuple(items: tuple[Kind, ...], type: str, index: Arg) -> Kind:
    if isinstance(index, Slice):
        bounds = (index.start, index.stop, index.step)
        if not all(isinstance(bound, Lit) for bound in bounds):
            raise LookupError("the bounds of the slice of a tuple are not known before the program runs")
        part = items[slice(*(bound.value for bound in bounds if isinstance(bound, Lit)))]
        return list_kind(list(part)) if type == "list" else TupleKind(part, type)
    if isinstance(index, Lit) and isinstance(index.value, int):
        if not -len(items) <= index.value < len(items):
            raise LookupError("the index is out of range")
        return items[index.value]
    if _is_integer(arg_kind(index)) and len(set(items)) == 1:
        return items[0]
    raise LookupError(f"the index of a {type} of different kinds is not known before the program runs")


def index_axes(axes: str, index: Arg) -> str | None:
    """Return the marks of `x[index]` for x with these marks; None if it is a scalar.

    >>> index_axes("nn1", Seq((Lit(None, UNKNOWN), Lit(Ellipsis, UNKNOWN), Lit(0, INT))))
    '1nn'

    Raises: LookupError with a reason.
    """
    parts = [_part(component) for component in _components(index)]
    taken = sum(part.takes if isinstance(part, _Advanced) else part in (_INTEGER, _WHOLE, _PART) for part in parts)
    if taken > len(axes) or parts.count(_ELLIPSIS) > 1:
        raise LookupError("too many indices for the rank of the array")
    scalar = _ELLIPSIS not in parts and all(part == _INTEGER for part in parts) and taken == len(axes)
    if _ELLIPSIS not in parts:
        parts.append(_ELLIPSIS)
    at = parts.index(_ELLIPSIS)
    filled: list[str | _Advanced] = parts[:at] + [_WHOLE] * (len(axes) - taken) + parts[at + 1 :]
    result = _place(axes, filled, _separated(parts))
    return None if scalar else result


def _place(axes: str, parts: Sequence[str | _Advanced], separated: bool) -> str:
    """Return the marks; advanced axes go where the first of them stood, or first if they are separated."""
    advanced = [part.axes for part in parts if isinstance(part, _Advanced)]
    result, position, at = "", None, 0
    for part in parts:
        if isinstance(part, _Advanced) or (part == _INTEGER and advanced):
            position = len(result) if position is None else position
            at += part.takes if isinstance(part, _Advanced) else 1
            continue
        if part == _NEW:
            result += "1"
            continue
        result += {_WHOLE: axes[at], _PART: "?", _INTEGER: ""}[part]
        at += 1
    if not advanced:
        return result
    position = 0 if separated or position is None else position
    return result[:position] + str(broadcast_axes(advanced)) + result[position:]


def _separated(parts: Sequence[str | _Advanced]) -> bool:
    """Say whether something else stands between advanced indices (integers count as such)."""
    where = [i for i, part in enumerate(parts) if isinstance(part, _Advanced) or part == _INTEGER]
    return bool(where) and where[-1] - where[0] >= len(where)


def _components(index: Arg) -> Sequence[Arg]:
    match index:
        case Seq(items, "tuple"):
            return items
        case Lit(value=values, kind=TupleKind(type="tuple")):
            return [Lit(value, kind_of(value)) for value in values]
        case Var(kind=TupleKind(items, "tuple")):
            return [Var("", kind) for kind in items]
        case _:
            return [index]


def _part(component: Arg) -> str | _Advanced:
    if isinstance(component, Slice):
        ends = component.start, component.stop
        if all(isinstance(end, Lit) and end.value is None for end in ends):
            step = component.step
            if isinstance(step, Lit) and step.value in (None, 1, -1):
                return _WHOLE
        return _PART
    if isinstance(component, Lit):
        if component.value is None:
            return _NEW
        if component.value is Ellipsis:
            return _ELLIPSIS
        if component.kind == Opaque("slice"):
            return _WHOLE if component.value == slice(None) else _PART
    return _part_of_kind(arg_kind(component), component)


def _part_of_kind(kind: Kind, component: Arg) -> str | _Advanced:
    if _is_integer(kind):
        return _INTEGER
    match kind:
        case Opaque("slice"):
            return _PART
        case Opaque("NoneType"):
            return _NEW
        case Opaque("ellipsis"):
            return _ELLIPSIS
        case Array(dtype, str() as axes) if axes and np.dtype(dtype).kind in "iu":
            return _Advanced(axes)
        case Array(dtype, str() as axes) if axes and np.dtype(dtype).kind == "b":
            return _Advanced("?", len(axes))
        case ListKind(PyScalar("bool")) | ListKind(NumpyScalar("bool")):
            return _Advanced("?")
        case ListKind(item) if _is_integer(item):
            return _Advanced(_size_of(component))
        case ListKind(ListKind(item)) if _is_integer(item):
            return _Advanced(
                _size_of(component) + (_size_of(component.items[0]) if isinstance(component, Seq) else "?")
            )
        case _:
            raise LookupError(f"the index is a {kind}")


def _size_of(arg: Arg) -> str:
    """Return the mark of a list."""
    if not isinstance(arg, Seq | Lit):
        return "?"
    return "1" if len(arg.items if isinstance(arg, Seq) else arg.value) == 1 else "n"


def _is_integer(kind: Kind) -> bool:
    if kind == INT or (isinstance(kind, Array) and kind.axes == "" and dtype_of(kind).kind in "iu"):
        return True
    return isinstance(kind, NumpyScalar) and dtype_of(kind).kind in "iu"
