"""Lowering of Python's own functions that are more than an equation."""

from __future__ import annotations

import numpy as np

from s2s_ad.frontend import inplace
from s2s_ad.frontend.access import getattr_
from s2s_ad.frontend.calls import Named, builtin, call_library
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.expressions import arithmetic, choose, compare_values, fold, negate, truth
from s2s_ad.frontend.fixpoint import carry
from s2s_ad.frontend.iteration import elements, known_items
from s2s_ad.frontend.values import DictV, IteratorV, ListOf, RangeV, SliceV, Static, TupleV, Value, leaves
from s2s_ad.ir.core import Block, Eqn, For
from s2s_ad.ir.kinds import (
    BOOL,
    INT,
    Array,
    DictKind,
    Kind,
    ListKind,
    NumpyScalar,
    Opaque,
    PyScalar,
    TupleKind,
    dtype_of,
    is_complex,
    is_numeric,
)
from s2s_ad.ir.kinds import leaves as leaf_kinds
from s2s_ad.ir.ops import op


@builtin("builtins.len")
def len_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower len(x)."""
    (value,) = args
    if isinstance(value, TupleV | DictV):
        return lo.lit(len(value.items))
    if isinstance(value, ListOf):
        value = next(leaf for leaf in leaves(value))
    kind = lo.kind(value)
    if isinstance(kind, TupleKind | DictKind):
        return lo.lit(len(kind.items))
    return lo.emit(op("builtins.len"), [lo.read(value)], kind=INT)


@builtin("numpy.copy")
def copy_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.copy(x), which keeps the order of the elements in memory; x.copy() does not."""
    return call_library(lo, "numpy.copy", args, named if "order" in named else {**named, "order": lo.lit("K")})


@builtin("numpy.copyto")
def copyto(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.copyto(x, y, where=mask)."""
    if len(args) != 2 or named.keys() - {"where"}:
        lo.refuse("these arguments of np.copyto", "write x[...] = y")
    return inplace.copyto(lo, lambda *call: call_library(lo, *call), args[0], args[1], named.get("where"))


@builtin("numpy.putmask", "numpy.place")
def putmask(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.putmask(x, mask, value) and np.place(x, mask, value)."""
    if len(args) != 3 or named:
        lo.refuse("these arguments of np.putmask", "write x[mask] = value")
    return inplace.fill_where(lo, *args)


@builtin("numpy.put")
def put(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.put(x, indices, value)."""
    if len(args) != 3 or named:
        lo.refuse("these arguments of np.put", "write x[indices] = value")
    return inplace.put(lo, *args)


@builtin("numpy.fill_diagonal")
def fill_diagonal(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.fill_diagonal(x, value)."""
    if len(args) != 2 or named:
        lo.refuse("these arguments of np.fill_diagonal", "write i = np.arange(n); x[i, i] = value")
    return inplace.fill_diagonal(lo, *args)


@builtin("numpy.shape")
def shape(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.shape(x)."""
    (value,) = args
    if not is_numeric(lo.kind(value)):
        lo.refuse("np.shape of what is no array", "make an array of it first")
    return getattr_(lo, value, "shape")


@builtin("numpy.iscomplexobj")
def iscomplexobj(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.iscomplexobj(x), which the kind of x decides."""
    return lo.lit(any(is_complex(kind) for kind in leaf_kinds(lo.kind(args[0]))))


@builtin("numpy.isrealobj")
def isrealobj(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.isrealobj(x), which the kind of x decides."""
    return negate(lo, lo.read(iscomplexobj(lo, args, named)))


@builtin("builtins.range")
def range_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower range(…)."""
    parts = {1: (lo.lit(0), *args, lo.lit(1)), 2: (*args, lo.lit(1)), 3: tuple(args)}[len(args)]
    for part in parts:
        kind = lo.kind(part)
        if is_numeric(kind) and dtype_of(kind).kind not in "iub":
            lo.refuse(f"range of {kind}", "use an integer")
    return RangeV(*parts)


@builtin("builtins.slice")
def slice_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower slice(…)."""
    if not 1 <= len(args) <= 3 or named:
        lo.refuse("these arguments of slice", "give start, stop and step")
    none = lo.lit(None)
    if len(args) == 1:
        return SliceV(none, args[0], none)
    return SliceV(args[0], args[1], args[2] if len(args) == 3 else none)


@builtin("builtins.zip")
def zip_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower zip(…)."""
    if named:
        lo.refuse("zip with keywords")
    known = [known_items(lo, arg) is not None for arg in args]
    if any(known) and not all(known):
        lo.refuse("zip of a tuple with a sequence of unknown length", "zip sequences of one sort")
    return IteratorV("zip", tuple(args))


@builtin("builtins.enumerate")
def enumerate_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower enumerate(x)."""
    start = args[1] if len(args) > 1 else named.get("start", lo.lit(0))
    return IteratorV("enumerate", (args[0], start))


@builtin("builtins.reversed")
def reversed_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower reversed(x)."""
    return IteratorV("reversed", tuple(args))


@builtin("builtins.tuple")
def tuple_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower tuple(x) of what has a known length."""
    return TupleV(_items(lo, args))


@builtin("builtins.list")
def list_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower list(x) of what has a known length: a list of its own."""
    return TupleV(_items(lo, args), "list", lo.new_token())


def _items(lo: Lowerer, args: list[Value]) -> tuple[Value, ...]:
    items = known_items(lo, args[0]) if args else []
    if items is None:
        lo.refuse("a tuple or list of unknown length", "use an array")
    return tuple(items)


@builtin("builtins.sum")
def sum_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower sum(xs, start=0): added one by one, as Python does."""
    total = args[1] if len(args) > 1 else named.get("start", lo.lit(0))
    items = known_items(lo, args[0])
    if items is not None:
        for item in items:
            total = arithmetic(lo, "Add", total, item)
        return total
    bounds, element = elements(lo, args[0])
    index = lo.var(INT, hint="i")
    before = lo.frame.env
    lo.frame.env = {**before, "total": total}

    def body() -> None:
        lo.frame.env["total"] = arithmetic(lo, "Add", lo.frame.env["total"], element(index))

    carried = carry(lo, ["total"], body)
    block = Block(tuple(carried.stmts), carried.yields)
    lo.stmts.append(For(carried.outs, index, *bounds, carried.params, carried.inits, block, origin=lo.origin))
    total = lo.frame.env["total"]
    lo.frame.env = before
    return total


@builtin("builtins.max")
def max_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower max(…): the first of the largest, as Python chooses."""
    return _choose_best(lo, "Gt", args, named)


@builtin("builtins.min")
def min_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower min(…): the first of the smallest, as Python chooses."""
    return _choose_best(lo, "Lt", args, named)


def _choose_best(lo: Lowerer, symbol: str, args: list[Value], named: Named) -> Value:
    if named:
        lo.refuse("max and min with keywords", "write the comparison out")
    items = known_items(lo, args[0]) if len(args) == 1 else args
    if not items:
        lo.refuse("max and min of a sequence of unknown length", "use np.max or np.min")
    best = items[0]
    for item in items[1:]:
        better = truth(lo, compare_values(lo, symbol, item, best))
        best = choose(lo, better, lambda item=item: item, lambda best=best: best)
    return best


@builtin("builtins.abs")
def abs_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower abs(x)."""
    x = lo.read(args[0])
    return fold(lo, abs, x) or call_library(lo, "builtins.abs", [args[0]], {})


@builtin("builtins.pow")
def pow_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower pow(x, y), and pow(x, y, modulus) of integers."""
    if len(args) != 2:
        return call_library(lo, "builtins.pow", args, named)
    return arithmetic(lo, "Pow", args[0], args[1])


@builtin("builtins.print")
def print_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower print(…): done once, in order."""
    operands = tuple(lo.operand(arg) for arg in args)
    keywords = tuple((name, lo.operand(value)) for name, value in named.items())
    lo.stmts.append(Eqn((), op("builtins.print"), operands, keywords, lo.origin))
    return lo.lit(None)


_SORTS: dict[str, type] = {
    "bool": bool, "int": int, "float": float, "complex": complex, "str": str, "bytes": bytes, "NoneType": type(None),
    "tuple": tuple, "list": list,
}  # fmt: skip


def _sort(kind: Kind) -> type | None:
    """Return the type of the values of a kind, None where it is not known."""
    match kind:
        case PyScalar(name) | TupleKind(type=name) | Opaque(name):
            return _SORTS.get(name)
        case NumpyScalar(dtype):
            return np.dtype(dtype).type
        case Array():
            return np.ndarray
        case ListKind():
            return list
        case DictKind():
            return dict


@builtin("builtins.isinstance")
def isinstance_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower isinstance(x, type), which the kind of x decides."""
    value, types = args
    wanted = [item.obj for item in (types.items if isinstance(types, TupleV) else [types]) if isinstance(item, Static)]
    sort = _sort(lo.kind(value))
    if sort is None or not wanted or not all(isinstance(each, type) for each in wanted):
        lo.refuse("isinstance that the kind of the value does not decide", "test for what tells the values apart")
    if sort is float and not issubclass(float, tuple(wanted)) and issubclass(np.float64, tuple(wanted)):
        return lo.emit(op("builtins.isinstance"), [lo.read(value), lo.operand(types)], kind=BOOL)  # it may be either
    return lo.lit(issubclass(sort, tuple(wanted)))
