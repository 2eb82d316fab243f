"""Lowering of functions of NumPy that call a function: of coordinates, of rows, of pieces."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2s_ad.frontend.access import as_array, getattr_, getitem
from s2s_ad.frontend.assembly import axis_of, bind, call_inside, call_numpy, constants, rank_of
from s2s_ad.frontend.calls import builtin, call_value
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.expressions import choose
from s2s_ad.frontend.inline import Named
from s2s_ad.frontend.iteration import each, known_items
from s2s_ad.frontend.lists import append, grown, item_kind
from s2s_ad.frontend.memory import write_within
from s2s_ad.frontend.values import Made, MethodV, Ref, Static, TupleV, Value
from s2s_ad.ir.core import Atom, Eqn
from s2s_ad.ir.kinds import BOOL, INT, Array, Opaque, axes_of, dtype_of, is_numeric
from s2s_ad.ir.ops import RAISE, op


def _given(lo: Lowerer, path: str, args: list[Value], named: Named) -> tuple[dict[str, Value], list[Value], Named]:
    """Return the arguments of a function by name, and those that it hands on to the function that it calls."""
    bound: dict[str, Any] = {**bind(lo, path, args, named)}
    keywords: list[Named] = [bound.pop(name, {}) for name in ("kwargs", "kw")]
    return bound, list(bound.pop("args", ())), keywords[0] | keywords[1]


def _is_function(value: Value) -> bool:
    return isinstance(value, Made | MethodV) or (isinstance(value, Static) and callable(value.obj))


def _compare(lo: Lowerer, name: str, left: Atom, right: int) -> Atom:
    return lo.emit(op(f"operator.{name}"), [left, lo.lit(right)], kind=BOOL, hint="")


@builtin("numpy.fromfunction")
def fromfunction(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.fromfunction(f, shape): f of the coordinates of all elements."""
    bound, _, keywords = _given(lo, "numpy.fromfunction", args, named)
    if bound["like"] != lo.lit(None):
        lo.refuse("np.fromfunction with like=", "leave it out")
    sizes = known_items(lo, bound["shape"])
    if sizes is None:
        lo.refuse("np.fromfunction with a shape of unknown length", "write the shape out")
    grid = call_numpy(lo, "indices", bound["shape"], dtype=named.get("dtype", Static(float)))
    coordinates = [getitem(lo, grid, lo.lit(axis)) for axis in range(len(sizes))]
    return call_value(lo, bound["function"], coordinates, keywords)


@builtin("numpy.apply_over_axes")
def apply_over_axes(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.apply_over_axes(f, x, axes): f along one axis after the other, all of which are kept."""
    bound = bind(lo, "numpy.apply_over_axes", args, named)
    x, axes = as_array(lo, bound["a"]), bound["axes"]
    rank = rank_of(lo, x)
    alone = lo.kind(axes) == INT
    for axis in [axes] if alone else known_items(lo, axes) or [axes]:
        place = lo.lit(axis_of(lo, axis, rank))
        result = call_value(lo, bound["func"], [x, place], {})
        lost = rank - rank_of(lo, result)
        if lost not in (0, 1):
            lo.refuse("np.apply_over_axes of a function that gives another rank", "let it reduce x over one axis")
        x = call_numpy(lo, "expand_dims", result, place) if lost else result
    return x


@builtin("numpy.apply_along_axis")
def apply_along_axis(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.apply_along_axis(f, axis, x): a loop over what lies along the axis, whose results are put together."""
    bound, more, keywords = _given(lo, "numpy.apply_along_axis", args, named)
    x = as_array(lo, bound["arr"])
    rank = rank_of(lo, x)
    axis = axis_of(lo, bound["axis"], rank)

    def of(row: Value) -> Value:
        return as_array(lo, call_value(lo, bound["func1d"], [row, *more], keywords))

    if rank == 1:
        return call_numpy(lo, "array", of(x))
    rows = x if axis == rank - 1 else call_numpy(lo, "moveaxis", x, lo.lit(axis), lo.lit(-1))
    outer = _sizes(lo, rows) if rank > 2 else []
    if rank > 2:
        rows = call_numpy(lo, "reshape", rows, TupleV((lo.lit(-1), outer[-1])))
    _refuse_none(lo, rows)
    found = grown(lo, [], None)
    each(lo, rows, lambda row: append(lo, found, of(row)))
    assert isinstance(found, Ref)
    item = item_kind(lo, found)
    result = call_numpy(lo, "stack" if isinstance(item, Array) else "array", found)
    inner = range(len(axes_of(item) or ""))
    if rank > 2:
        result = call_numpy(lo, "reshape", result, TupleV((*outer[:-1], *_sizes(lo, result)[1:])))
    if not inner or axis == rank - 1:
        return result
    source, destination = (constants(lo, [start + i for i in inner]) for start in (rank - 1, axis))
    return call_numpy(lo, "moveaxis", result, source, destination)


def _sizes(lo: Lowerer, x: Value) -> list[Value]:
    return known_items(lo, getattr_(lo, x, "shape")) or []


def _refuse_none(lo: Lowerer, rows: Value) -> None:
    """Emit what raises if there is nothing to loop over."""

    def fail() -> Value:
        text = lo.lit("Cannot apply_along_axis when any iteration dimensions are 0")
        error = lo.emit(op("builtins.ValueError"), [text], kind=Opaque("error"))
        lo.stmts.append(Eqn((), RAISE, (error,), (), lo.origin))
        lo.always_raises()

    size = lo.emit(op("builtins.len"), [lo.read(rows)], kind=INT, hint="")
    choose(lo, _compare(lo, "eq", size, 0), fail, lambda: lo.lit(None))


@builtin("numpy.piecewise")
def piecewise(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.piecewise(x, conditions, functions): each function of the elements for which its condition holds."""
    bound, more, keywords = _given(lo, "numpy.piecewise", args, named)
    x = as_array(lo, bound["x"])
    rank = rank_of(lo, x)
    conditions, functions = _conditions(lo, bound["condlist"], rank), known_items(lo, bound["funclist"])
    if functions is None or len(functions) - len(conditions) not in (0, 1):
        lo.refuse("np.piecewise with other functions than conditions", "write one for each, and one for the rest")
    if len(functions) > len(conditions):
        any_of = conditions[0]
        for condition in conditions[1:]:
            any_of = call_inside(lo, "logical_or", any_of, condition)
        conditions.append(call_numpy(lo, "logical_not", any_of))
    if rank == 0:
        one = constants(lo, [1])
        x, conditions = (
            call_numpy(lo, "reshape", x, one),
            [call_numpy(lo, "reshape", each_, one) for each_ in conditions],
        )
    y = call_numpy(lo, "zeros_like", x)
    assert isinstance(y, Ref)
    for condition, function in zip(conditions, functions, strict=True):
        if _is_function(function):
            _fill_piece(lo, y, x, condition, function, more, keywords)
        else:
            write_within(lo, y, lo.operand(condition), "", lo.operand(as_array(lo, function)))
    return call_numpy(lo, "reshape", y, TupleV(())) if rank == 0 else y


def _conditions(lo: Lowerer, value: Value, rank: int) -> list[Value]:
    """Return the conditions one by one: arrays of booleans of the rank of x."""

    def fits(condition: Value) -> bool:
        kind = lo.kind(condition)
        return (
            is_numeric(kind)
            and dtype_of(kind) == np.bool_
            and axes_of(kind) is not None
            and rank_of(lo, condition) == rank
        )

    conditions = [value] if fits(value) else known_items(lo, value) if isinstance(value, TupleV) else None
    if not conditions or not all(map(fits, conditions)):
        lo.refuse("conditions that are not known to be arrays of booleans", "write them in a list: [x < 0, …]")
    return conditions


def _fill_piece(
    lo: Lowerer, y: Ref, x: Value, condition: Value, function: Value, more: list[Value], keywords: Named
) -> None:
    """Write what a function gives where a condition holds, if it holds anywhere: a function may not take nothing."""
    part = getitem(lo, x, condition)

    def write() -> Value:
        value = call_value(lo, function, [part, *more], keywords)
        write_within(lo, y, lo.operand(condition), "", lo.operand(as_array(lo, value)))
        return lo.lit(None)

    choose(lo, _compare(lo, "gt", lo.read(getattr_(lo, part, "size")), 0), write, lambda: lo.lit(None))
