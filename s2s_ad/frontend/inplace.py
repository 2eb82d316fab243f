"""Lowering of library functions that write to an array: `out=`, `np.copyto`, `x.sort()`.

They become what an assignment would do: `np.fill_diagonal(a, 0.0)` is `i = np.arange(…); a[i, i] = 0.0`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache

import numpy as np

from s2s_ad.frontend.access import as_array, flat, getattr_, getitem
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.memory import write_within
from s2s_ad.frontend.values import Ref, TupleV, Value
from s2s_ad.ir.core import Arg, Lit, Seq
from s2s_ad.ir.kinds import INT, Array, axes_of, dtype_of, is_numeric
from s2s_ad.ir.ops import op

_POSITIONS = {"numpy.dot": 2, "numpy.concatenate": 2}
"""Where `out` stands among positional arguments, for functions that NumPy gives no signature."""
_UNUSUAL = ("where", "casting", "subok", "signature", "sig")


# -- out= -----------------------------------------------------------------------------------------


def split_out(
    lo: Lowerer, path: str, args: list[Value], named: dict[str, Value]
) -> tuple[list[Value], dict[str, Value], Value | None]:
    """Return the arguments without `out`, and the array to write the result to, None if there is none."""
    position = _position_of_out(path)
    out = named.get("out")
    named = {name: value for name, value in named.items() if name != "out"}
    if position is not None and len(args) > position:
        if len(args) > position + 1:
            lo.refuse("arguments after out that are given by position", "give them by keyword")
        out, args = args[position], args[:position]
    if isinstance(out, TupleV) and len(out.items) == 1:
        out = out.items[0]
    return args, named, None if isinstance(out, Lit) and out.value is None else out


@cache
def _position_of_out(path: str) -> int | None:
    function = op(path).fun
    if isinstance(function, np.ufunc):
        return function.nin
    try:
        names = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return _POSITIONS.get(path)
    positional = [p.name for p in names if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return positional.index("out") if "out" in positional else _POSITIONS.get(path)


def call_into(lo: Lowerer, path: str, call: Callable[[], Value], named: dict[str, Value], out: Value) -> Value:
    """Write what a function gives to the array `out`, and return that array."""
    if not isinstance(out, Ref) or any(name in named for name in _UNUSUAL):
        lo.refuse(f"{path} with this out=", "assign the result: x[...] = f(x)")
    if _position_of_out(path) is None and not _takes_out(path):
        lo.refuse(f"{path} has no out=", "assign the result: x[...] = f(x)")
    before, lo.folding = lo.folding, True
    try:
        value = call()
    finally:
        lo.folding = before
    kind, target = lo.kind(value), lo.kind(out)
    ranks = [axes_of(each) for each in (kind, target)] if is_numeric(kind) and is_numeric(target) else [None, None]
    if ranks[0] is None or ranks[1] is None:
        lo.refuse(f"{path} with out=, of kinds {kind} and {target}", "assign the result: x[...] = f(x)")
    ufunc = isinstance(op(path).fun, np.ufunc) and path != "numpy.matmul"
    fits = len(ranks[0]) <= len(ranks[1]) if ufunc else len(ranks[0]) == len(ranks[1])
    have, want = dtype_of(kind), dtype_of(target)
    same = np.can_cast(have, want, "same_kind") if ufunc else have == want
    if not fits or not same:
        lo.refuse(f"a result of kind {kind} in out= of kind {target}", "give out the shape and the dtype of the result")
    write_within(lo, out, lo.lit(Ellipsis), "", lo.read(value), out=True)
    return out


@cache
def _takes_out(path: str) -> bool:
    try:
        return "out" in inspect.signature(op(path).fun).parameters
    except (TypeError, ValueError):
        return False


# -- functions that fill an array --------------------------------------------------------------------


def fill(lo: Lowerer, target: Value, value: Value) -> Value:
    """Lower x.fill(value)."""
    _store(lo, target, lo.lit(Ellipsis), _number(lo, value, "x[...] = value"))
    return lo.lit(None)


def copyto(lo: Lowerer, call: Callable[..., Value], target: Value, source: Value, where: Value | None) -> Value:
    """Lower np.copyto(target, source, where=mask)."""
    kinds = lo.kind(target), lo.kind(source)
    if not all(map(is_numeric, kinds)) or not np.can_cast(dtype_of(kinds[1]), dtype_of(kinds[0]), "same_kind"):
        lo.refuse(f"np.copyto of {kinds[1]} to {kinds[0]}", "convert it first")
    if where is not None:
        source = call("numpy.where", [where, source, target], {})
    _store(lo, target, lo.lit(Ellipsis), source)
    return lo.lit(None)


def fill_where(lo: Lowerer, target: Value, mask: Value, value: Value) -> Value:
    """Lower np.putmask(x, mask, value) and np.place of one number."""
    kinds = lo.kind(mask), lo.kind(target)
    alike = all(isinstance(kind, Array) and kind.axes is not None for kind in kinds)
    if not alike or dtype_of(kinds[0]) != np.bool_ or len(axes_of(kinds[0]) or "") != len(axes_of(kinds[1]) or ""):
        lo.refuse("a mask that is not an array of booleans with the rank of what it masks", "write x[mask] = value")
    _store(lo, target, lo.operand(mask), _number(lo, value, "x[mask] = values"))
    return lo.lit(None)


def put(lo: Lowerer, target: Value, index: Value, value: Value) -> Value:
    """Lower np.put(x, indices, value) of one number."""
    _store(lo, flat(lo, target), lo.operand(index), _number(lo, value, "x[indices] = values"))
    return lo.lit(None)


def fill_diagonal(lo: Lowerer, target: Value, value: Value) -> Value:
    """Lower np.fill_diagonal(x, value) of one number, for matrices."""
    if len(axes_of(lo.kind(target)) or "") != 2:
        lo.refuse("np.fill_diagonal of what is no matrix", "write i = np.arange(n); x[i, i] = value")
    number = _number(lo, value, "i = np.arange(n); x[i, i] = values")
    shape = lo.operand(getattr_(lo, target, "shape"))
    places = lo.emit(op("numpy.arange"), [lo.emit(op("builtins.min"), [shape], kind=INT, hint="")])
    _store(lo, target, Seq((places, places)), number)
    return lo.lit(None)


def sort(lo: Lowerer, call: Callable[..., Value], target: Value, args: list[Value], named: dict[str, Value]) -> Value:
    """Lower x.sort(axis)."""
    _store(lo, target, lo.lit(Ellipsis), call("numpy.sort", [target, *args], named))
    return lo.lit(None)


def _store(lo: Lowerer, target: Value, index: Arg, value: Value) -> None:
    if not isinstance(target, Ref):
        lo.refuse("a write to what is no array", "make an array of it first")
    write_within(lo, target, index, "", lo.operand(as_array(lo, value)))


def _number(lo: Lowerer, value: Value, remedy: str) -> Value:
    """Return the value if it is one number: arrays are repeated by such functions."""
    if not is_numeric(lo.kind(value)) or axes_of(lo.kind(value)) != "":
        lo.refuse("more than one number is put into an array", f"write {remedy}")
    return value


# -- x.item -----------------------------------------------------------------------------------------


def item(lo: Lowerer, owner: Value, args: list[Value]) -> Value:
    """Return x.item(*index): a Python number."""
    kind = lo.kind(owner)
    axes = axes_of(kind)
    if axes is None or len(args) not in (0, len(axes)) or (not args and set(axes) - {"1"}):
        lo.refuse("the method 'item' of an array whose size is not known to be one", "index it with numbers")
    if not all(lo.kind(arg) == INT for arg in args):
        lo.refuse("the method 'item' with an index that is no integer", "index the array with numbers")
    index = tuple(args) if args else (lo.lit(0),) * len(axes)
    number = getitem(lo, owner, TupleV(index)) if isinstance(kind, Array) else owner
    return lo.emit(op(f"builtins.{_PYTHON[dtype_of(kind).kind]}"), [lo.read(number)])


_PYTHON = {"f": "float", "i": "int", "u": "int", "b": "bool", "c": "complex"}
