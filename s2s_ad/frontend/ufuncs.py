"""Lowering of what ufuncs have beyond a call: the keywords `where`, `dtype` and `casting`, and their methods.

| written                                      | becomes                                                   |
|----------------------------------------------|-----------------------------------------------------------|
| `np.divide(x, y, out=z, where=m)`            | `z[m] = np.divide(x[m], y[m])`                            |
| `np.add(x, y, dtype=np.float32)`             | `np.add(x.astype(np.float32), y.astype(np.float32))`      |
| `np.add.reduce(x)`, `np.add.accumulate(x)`   | `np.sum(x, axis=0)`, `np.cumsum(x, axis=0)`               |
| `np.multiply.outer(x, y)`                    | `np.multiply(x[..., None], y)`                            |
| `np.multiply.at(x, i, y)`                    | a loop: `x[i[k]] = np.multiply(x[i[k]], y[k])`            |

Where a mask is false nothing is computed, so that nothing warns there and nothing is infinite.  Other reductions
and scans stay what they are, and have rules (`rules.ufuncs`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from s2s_ad.frontend.access import as_array, getattr_, getitem
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.inplace import call_into
from s2s_ad.frontend.iteration import each
from s2s_ad.frontend.memory import write_within
from s2s_ad.frontend.values import IteratorV, Ref, Static, TupleV, Value
from s2s_ad.ir.core import Arg, Atom, Lit, Var
from s2s_ad.ir.indexes import is_fancy
from s2s_ad.ir.kinds import Array, PyScalar, axes_of, dtype_of, is_differentiable, is_numeric
from s2s_ad.ir.ops import GETITEM, op
from s2s_ad.rules.language import passive
from s2s_ad.rules.names import path_of

Named: TypeAlias = dict[str, Value]
Call: TypeAlias = Callable[[Lowerer, str, list[Value], Named], Value]
"""What lowers a call of a library function (`calls.call_library`)."""

KEYWORDS = frozenset({"where", "dtype", "casting", "order", "subok"})
"""Keywords of all ufuncs; `out` apart, which other functions have too."""


# -- keywords ---------------------------------------------------------------------------------------


def has_keywords(path: str, named: Named) -> bool:
    """Say whether a call of a ufunc has keywords of ufuncs."""
    return not KEYWORDS.isdisjoint(named) and isinstance(op(path).fun, np.ufunc)


def with_keywords(
    lo: Lowerer, call: Call, plainly: Call, path: str, args: list[Value], named: Named, out: Value | None
) -> Value:
    """Lower a call of a ufunc with such keywords.

    `out` is the array it writes to, if any; `plainly` lowers a call with all its keywords as they are.
    """
    named = {name: value for name, value in named.items() if not _says_nothing(name, value)}
    mask = named.pop("where", None)
    if mask is not None and out is None:
        lo.refuse(f"{path} with where= and without out=", "give out= too, with the values to keep where it is false")
    if mask is not None and out is not None:
        return _where(lo, call, path, args, named, mask, out)
    casting = named.get("casting")
    if not named.keys().isdisjoint(("dtype", "casting")):
        args, named = _cast(lo, call, path, args, named)
    if out is None:
        return plainly(lo, path, args, named)
    if casting is not None:
        _check_casting(lo, path, args, named, casting, out)
    rest = {name: value for name, value in named.items() if name not in KEYWORDS}
    return call_into(lo, path, lambda: plainly(lo, path, args, named), rest, out)


def _says_nothing(name: str, value: Value) -> bool:
    """Say whether a keyword has its default, or one that arrays do not tell from it."""
    if not isinstance(value, Lit):
        return False
    usual = {"where": (True,), "dtype": (None,), "casting": ("same_kind",), "order": ("K",), "subok": (True, False)}
    return value.value in usual.get(name, ())


def _cast(lo: Lowerer, call: Call, path: str, args: list[Value], named: Named) -> tuple[list[Value], Named]:
    """Return the operands in the dtype to compute in, and the keywords that are left."""
    args = [_array(lo, arg) for arg in args]
    operands = [lo.operand(arg) for arg in args]
    keywords = tuple((name, lo.operand(value)) for name, value in named.items())
    kind = lo.infer(op(path), operands, keywords)  # NumPy itself tells whether it may cast
    smooth = is_differentiable(kind) and any(is_differentiable(lo.kind(arg)) for arg in args)
    if passive(path) or not smooth:
        return args, named
    rest = {name: value for name, value in named.items() if name not in ("dtype", "casting")}
    for sorts in ("", "fc", "fciub"):
        wanted = dtype_of(kind)
        cast = [
            _as(lo, call, arg, wanted, also_python=sorts == "fciub") if _is_of(lo, arg, sorts) else arg for arg in args
        ]
        again = lo.infer(
            op(path), [lo.operand(arg) for arg in cast], tuple((n, lo.operand(v)) for n, v in rest.items())
        )
        if again == kind:
            return cast, rest
    lo.refuse(f"{path} with dtype={dtype_of(kind)}", "convert the operands first: x.astype(dtype)")


def _is_of(lo: Lowerer, value: Value, sorts: str) -> bool:
    kind = lo.kind(value)
    return is_numeric(kind) and dtype_of(kind).kind in sorts


def _as(lo: Lowerer, call: Call, value: Value, dtype: np.dtype[Any], *, also_python: bool) -> Value:
    kind = lo.kind(value)
    if dtype_of(kind) == dtype and not isinstance(kind, PyScalar):
        return value
    if isinstance(kind, Array):
        return call(lo, "numpy.astype", [value, Static(dtype.type)], {})
    return value if isinstance(kind, PyScalar) and not also_python else call(lo, f"numpy.{dtype.name}", [value], {})


def _check_casting(lo: Lowerer, path: str, args: Sequence[Value], named: Named, casting: Value, out: Value) -> None:
    """Refuse where NumPy would not cast the result to what it is written to."""
    kind = lo.infer(op(path), [lo.operand(arg) for arg in args], tuple((n, lo.operand(v)) for n, v in named.items()))
    if not is_numeric(kind) or not np.can_cast(dtype_of(kind), dtype_of(lo.kind(out)), _casting({"casting": casting})):
        lo.refuse(f"a result of kind {kind} in out= of kind {lo.kind(out)}", "give out the dtype of the result")


def _where(lo: Lowerer, call: Call, path: str, args: list[Value], named: Named, mask: Value, out: Value) -> Value:
    """Lower np.f(x, y, out=z, where=mask): z[mask] = np.f(x[mask], y[mask])."""
    target = lo.kind(out)
    if not isinstance(out, Ref) or not isinstance(target, Array) or not target.axes:
        lo.refuse(f"{path} with where= and an out= that is no array with axes", "write it as an `if`")
    if not is_numeric(lo.kind(mask := _array(lo, mask))) or dtype_of(lo.kind(mask)) != np.bool_:
        lo.refuse("where= of what is no mask", "compare the numbers: where=m != 0")
    before, lo.folding = lo.folding, True
    try:
        where = lo.read(_in_shape(lo, call, mask, out))
        picked = [_picked(lo, call, _array(lo, arg), where, out) for arg in args]
        value = call(lo, path, picked, {name: each for name, each in named.items() if name != "casting"})
    finally:
        lo.folding = before
    kind = lo.kind(value)
    if not is_numeric(kind) or not np.can_cast(dtype_of(kind), dtype_of(target), _casting(named)):
        lo.refuse(f"a result of kind {kind} in out= of kind {target}", "give out the dtype of the result")
    write_within(lo, out, where, "", lo.read(value))
    return out


def _casting(named: Named) -> Any:
    casting = named.get("casting")
    return casting.value if isinstance(casting, Lit) else "same_kind"


def _picked(lo: Lowerer, call: Call, arg: Value, mask: Atom, out: Ref) -> Value:
    """Return the elements of an operand where a mask is true, as many of each; of a number, itself."""
    kind = lo.kind(arg)
    if not isinstance(kind, Array) or kind.axes == "":
        return arg
    whole = lo.read(_in_shape(lo, call, arg, out))
    size = (f"{mask.name}.true", 0) if isinstance(mask, Var) else None
    return lo.wrap(lo.emit(GETITEM, [whole, mask], kind=Array(kind.dtype, "?").sized((size,))))


def _in_shape(lo: Lowerer, call: Call, value: Value, out: Ref) -> Value:
    """Return an array broadcast to the shape of another, if it may have another one."""
    target = lo.kind(out)
    if isinstance(target, Array) and _is_alike(lo.kind(value), target):
        return value
    return call(lo, "numpy.broadcast_to", [value, getattr_(lo, out, "shape")], {})


def _is_alike(kind: Any, target: Array) -> bool:
    """Say whether NumPy would raise if an operand had not the shape of what is written to."""
    axes, wanted = axes_of(kind) or "", target.axes or ""
    if not isinstance(kind, Array) or len(axes) != len(wanted):
        return False
    same = [
        size is not None and size == target.size_of(i) for i, size in enumerate(map(kind.size_of, range(len(axes))))
    ]
    return all(known or (mark == other and mark != "?") for known, mark, other in zip(same, axes, wanted, strict=True))


# -- methods ----------------------------------------------------------------------------------------

_PARAMETERS = {
    "reduce": ("axis", "dtype", "out", "keepdims", "initial", "where"),
    "accumulate": ("axis", "dtype", "out"),
    "reduceat": ("indices", "axis", "dtype", "out"),
}
_SAME_AS = {
    "numpy.add.reduce": "numpy.sum",
    "numpy.multiply.reduce": "numpy.prod",
    "numpy.maximum.reduce": "numpy.max",
    "numpy.minimum.reduce": "numpy.min",
    "numpy.logical_and.reduce": "numpy.all",
    "numpy.logical_or.reduce": "numpy.any",
    "numpy.add.accumulate": "numpy.cumsum",
    "numpy.multiply.accumulate": "numpy.cumprod",
}
"""Functions that NumPy makes of methods; their axis is another where none is given."""


def method(lo: Lowerer, call: Call, ufunc: Any, name: str, args: list[Value], named: Named) -> Value:
    """Lower a call of a method of a ufunc."""
    path = path_of(ufunc)
    if path is None or ufunc.signature is not None:
        lo.refuse(f"{ufunc.__name__}.{name}", "call the function itself")
    match name:
        case "outer" if len(args) == 2:
            return _outer(lo, call, path, args, named)
        case "at" if len(args) == ufunc.nin + 1 and not named and ufunc.nout == 1:
            return _at(lo, call, path, *args)
        case "reduce" | "accumulate" | "reduceat" if args:
            return _reduction(lo, call, f"{path}.{name}", name, args, named)
        case _:
            lo.refuse(f"these arguments of np.{ufunc.__name__}.{name}", "write it as a loop")


def _reduction(lo: Lowerer, call: Call, path: str, name: str, args: list[Value], named: Named) -> Value:
    names = _PARAMETERS[name]
    if len(args) > len(names) + 1 or any(key in named for key in names[: len(args) - 1]):
        lo.refuse(f"these arguments of np.{path.removeprefix('numpy.')}", "give them by keyword")
    given = {**dict(zip(names, args[1:], strict=False)), **named}
    unsaid = {"dtype": (None,), "out": (None,), "keepdims": (False,), "where": (True,)}
    given = {
        key: value
        for key, value in given.items()
        if not (isinstance(value, Lit) and value.value in unsaid.get(key, ()))
    }
    if path in _SAME_AS:
        return call(lo, _SAME_AS[path], args[:1], {"axis": lo.lit(0), **given})
    return call(lo, path, args[:1], given)


def _outer(lo: Lowerer, call: Call, path: str, args: list[Value], named: Named) -> Value:
    """Lower np.f.outer(x, y): the axes of x come first."""
    x, y = (_array(lo, arg) for arg in args)
    ranks = [axes_of(lo.kind(arg)) for arg in (x, y)]
    if ranks[0] is None or ranks[1] is None:
        lo.refuse(f"{path}.outer of arrays whose rank is not known", "write np.f(x[:, None], y)")
    if ranks[0] and ranks[1]:
        x = getitem(lo, x, TupleV((lo.lit(Ellipsis), *[lo.lit(None)] * len(ranks[1]))))
    return call(lo, path, [x, y], named)


def _array(lo: Lowerer, value: Value) -> Value:
    """Return a sequence as the array that NumPy makes of it."""
    if is_numeric(lo.kind(value)):
        return value
    array = as_array(lo, value)
    return lo.wrap(lo.emit(op("numpy.array"), [lo.operand(value)])) if array is value else array


def _at(lo: Lowerer, call: Call, path: str, target: Value, index: Value, value: Value | None = None) -> Value:
    """Lower np.f.at(x, index, y): x[index] = np.f(x[index], y), one by one where an element is named twice."""
    kind, where = lo.kind(target), lo.operand(index)
    if not isinstance(target, Ref) or not isinstance(kind, Array) or kind.axes is None:
        lo.refuse(f"{path}.at of what is no array", "make an array of it first")
    if value is not None:
        value = _array(lo, value)
        if not is_numeric(lo.kind(value)):
            lo.refuse(f"{path}.at with what are no numbers", "make an array of them first")
        if np.result_type(dtype_of(kind), dtype_of(lo.kind(value))) != dtype_of(kind) or dtype_of(kind) == np.bool_:
            lo.refuse(f"{path}.at of {lo.kind(value)} in an array of {kind.dtype}", "convert the values first")
    sign = {"numpy.add": "+", "numpy.subtract": "-"}.get(path)
    if sign is not None and value is not None and is_fancy(where):
        return _add_at(lo, target, where, sign, value)
    if not is_fancy(where):
        _change(lo, call, path, target, index, value)
    else:
        _one_by_one(lo, call, path, target, index, value)
    return lo.lit(None)


def _add_at(lo: Lowerer, target: Ref, index: Arg, sign: str, value: Value) -> Value:
    added = lo.read(value)
    if sign == "-":
        added = lo.emit(op("operator.neg"), [added])
    lo.infer(op("operator.getitem"), [lo.read(target), index])
    write_within(lo, target, index, "", added, each=True)
    return lo.lit(None)


_SIGNS = {"numpy.add": "+", "numpy.subtract": "-", "numpy.multiply": "*", "numpy.divide": "/"}


def _change(lo: Lowerer, call: Call, path: str, target: Ref, index: Value, value: Value | None) -> None:
    """Write target[index] = np.f(target[index], value), where the index names each element once."""
    where = lo.operand(index)
    if value is not None and path in _SIGNS:
        write_within(lo, target, where, _SIGNS[path], lo.read(value))
        return
    before, lo.folding = lo.folding, True
    try:
        changed = call(lo, path, [getitem(lo, target, index), *([] if value is None else [value])], {})
    finally:
        lo.folding = before
    if dtype_of(lo.kind(changed)) != dtype_of(lo.kind(target)):
        lo.refuse(f"{path}.at gives {lo.kind(changed)} for an array of {dtype_of(lo.kind(target))}", "convert it first")
    write_within(lo, target, where, "", lo.read(changed))


def _one_by_one(lo: Lowerer, call: Call, path: str, target: Ref, index: Value, value: Value | None) -> None:
    """Lower a loop over the places that an index names."""
    parts = list(index.items) if isinstance(index, TupleV) and index.type == "tuple" else [index]
    places = [_array(lo, part) for part in parts]
    if any(len(axes_of(lo.kind(place)) or "") != 1 or dtype_of(lo.kind(place)).kind not in "iu" for place in places):
        lo.refuse(f"{path}.at with this index", "index by vectors of integers, or write it as a loop")
    values = [] if value is None else [value]
    if value is not None and axes_of(lo.kind(value)) != "":
        rank = len(axes_of(lo.kind(target)) or "") - len(places) + 1
        if len(axes_of(lo.kind(value)) or "") != rank or (axes_of(lo.kind(value)) or "?")[0] == "1":
            lo.refuse(f"{path}.at with values that are broadcast", "give a value for each index")

    def change(items: Value) -> None:
        assert isinstance(items, TupleV)
        picked = items.items[: len(places)]
        place = picked[0] if isinstance(index, Ref) or len(places) == 1 else TupleV(picked)
        given = items.items[len(places)] if many else (value if values else None)
        _change(lo, call, path, target, place, given)

    many = bool(values) and axes_of(lo.kind(values[0])) != ""
    sources = (*places, *(values if many else ()))
    each(lo, IteratorV("zip", sources, lo.new_token()), change)


# -- clip -------------------------------------------------------------------------------------------


def clip_bounds(lo: Lowerer, args: list[Value], named: Named, of_method: bool) -> tuple[list[Value], Named]:
    """Return the arguments of np.clip with the bounds under the names `a_min` and `a_max`.

    The method x.clip needs one bound only, and so does the function where `min` or `max` are named.
    """
    x, *bounds = args
    given = {**dict(zip(("a_min", "a_max", "out"), bounds, strict=False)), **named}
    renamed = {"min": "a_min", "max": "a_max"}
    if len(bounds) > 3 or any(name in given and new in given for name, new in renamed.items()):
        lo.refuse("these arguments of np.clip", "give two bounds")
    if of_method or not given.keys().isdisjoint(renamed):
        given = {"a_min": lo.lit(None), "a_max": lo.lit(None)} | {
            renamed.get(name, name): value for name, value in given.items()
        }
    if {"a_min", "a_max"} <= given.keys():
        return [x, given.pop("a_min"), given.pop("a_max")], given
    return args, named


def kept_numbers(lo: Lowerer, call: Call, args: list[Value], named: Named) -> Value:
    """Lower np.nan_to_num, which writes to its argument where `copy` is false."""
    copy = args[1] if len(args) > 1 else named.get("copy", lo.lit(True))
    if not isinstance(copy, Lit):
        lo.refuse("np.nan_to_num with a copy= that is not known before the run", "give copy=True or copy=False")
    x = args[0]
    if copy.value or not isinstance(x, Ref) or not isinstance(lo.kind(x), Array):
        return call(lo, "numpy.nan_to_num", args, named)
    names = dict(zip(("copy", "nan", "posinf", "neginf"), args[1:], strict=False)) | named
    result = call(lo, "numpy.nan_to_num", [x], {name: value for name, value in names.items() if name != "copy"})
    write_within(lo, x, lo.lit(Ellipsis), "", lo.read(result))
    return x
