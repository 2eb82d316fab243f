"""Lowering of Python's own functions that are more than an equation."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

from s2s_ad.frontend import inplace, lists, objects, ufuncs
from s2s_ad.frontend.access import getattr_, getitem
from s2s_ad.frontend.calls import builtin, call_library, call_value, dict_items
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.expressions import arithmetic, attribute_of, choose, compare_values, fold, negate, truth
from s2s_ad.frontend.inline import Named
from s2s_ad.frontend.iteration import each, known_items, literal_range
from s2s_ad.frontend.syntax import gast
from s2s_ad.frontend.values import (
    DerivativeV,
    DictV,
    FunctionV,
    GeneratorV,
    IteratorV,
    LinearV,
    ListOf,
    Made,
    ObjectV,
    PartialV,
    RangeV,
    Ref,
    SliceV,
    Static,
    TupleV,
    Value,
    leaves,
    map_leaves,
    tokens,
)
from s2s_ad.ir.core import Atom, Eqn, Lit, Var
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
    is_differentiable,
    is_numeric,
)
from s2s_ad.ir.kinds import leaves as leaf_kinds
from s2s_ad.ir.ops import op

_STOP = op("s2s_ad.rules.helpers.stop_gradient")


@builtin("builtins.len")
def len_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower len(x)."""
    (value,) = args
    if objects.has(value, "__len__"):
        return objects.special(lo, value, "__len__", [])
    if isinstance(value, DictV):
        return lo.lit(len(lo.record(value)))
    if isinstance(value, IteratorV) and (items := known_items(lo, value)) is not None:
        return lo.lit(len(items))
    if isinstance(value, TupleV):
        return lo.lit(len(value.items))
    if isinstance(value, Lit) and isinstance(value.value, str | bytes):
        return lo.lit(len(value.value))
    if isinstance(value, ListOf):
        value = next(leaves(value))
    kind = lo.kind(value)
    if isinstance(kind, TupleKind | DictKind):
        return lo.lit(len(kind.items))
    return lo.emit(op("builtins.len"), [lo.read(value)], kind=INT)


@builtin("s2s_ad.rules.helpers.stop_gradient")
def stop_gradient(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower stop_gradient(x), number by number and array by array."""
    given = [*args, *named.values()]
    if len(given) != 1 or set(named) - {"x"}:
        lo.refuse("stop_gradient takes one argument", "write stop_gradient(x)")
    if isinstance(given[0], DictV):
        return lo.new_dict(tuple((key, stop_gradient(lo, [item], {})) for key, item in lo.record(given[0])))
    if isinstance(given[0], ObjectV):
        lo.refuse("stop_gradient of an object", "apply it to its attributes")

    def stopped(leaf: Value) -> Value:
        kind = lo.kind(leaf)
        return lo.wrap(lo.emit(_STOP, [lo.read(leaf)], kind=kind)) if is_differentiable(kind) else leaf

    return map_leaves(given[0], stopped)


@builtin("numpy.copy")
def copy_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.copy(x), which keeps the order of the elements in memory; x.copy() does not."""
    return call_library(lo, "numpy.copy", args, named if "order" in named else {**named, "order": lo.lit("K")})


@builtin("numpy.copyto")
def copyto(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.copyto(x, y, casting, where=mask)."""
    target, source, casting, where = _arguments(lo, "copyto", "dst src casting where", args, named)
    casting = lo.lit("same_kind") if casting is None else casting
    assert target is not None and source is not None
    where = None if where == lo.lit(True) else where
    return inplace.copyto(lo, functools.partial(call_library, lo), target, source, casting, where)


def _arguments(
    lo: Lowerer, name: str, names: str, args: list[Value], named: Named, needed: int = 2
) -> list[Value | None]:
    """Return the arguments of a function of NumPy by their order, None for those that are not given."""
    order = names.split()
    given = dict(zip(order, args, strict=False)) | named
    if len(args) > len(order) or given.keys() - set(order) or not given.keys() >= set(order[:needed]):
        lo.refuse(f"these arguments of np.{name}", f"give it {', '.join(order)}")
    return [given.get(each) for each in order]


@builtin("numpy.putmask")
def putmask(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.putmask(x, mask, values)."""
    target, mask, values = _arguments(lo, "putmask", "a mask values", args, named, 3)
    assert target is not None and mask is not None and values is not None
    return inplace.fill_where(lo, functools.partial(call_library, lo), target, mask, values, in_a_row=False)


@builtin("numpy.place")
def place(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.place(x, mask, values)."""
    target, mask, values = _arguments(lo, "place", "arr mask vals", args, named, 3)
    assert target is not None and mask is not None and values is not None
    return inplace.fill_where(lo, functools.partial(call_library, lo), target, mask, values, in_a_row=True)


@builtin("numpy.put")
def put(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.put(x, indices, values, mode)."""
    target, index, values, mode = _arguments(lo, "put", "a ind v mode", args, named, 3)
    assert target is not None and index is not None and values is not None
    return inplace.put(
        lo, functools.partial(call_library, lo), target, index, values, lo.lit("raise") if mode is None else mode
    )


@builtin("numpy.put_along_axis")
def put_along_axis(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.put_along_axis(x, indices, values, axis)."""
    found = _arguments(lo, "put_along_axis", "arr indices values axis", args, named, 4)
    target, index, values, axis = (value for value in found if value is not None)
    return inplace.put_along_axis(lo, functools.partial(call_library, lo), target, index, values, axis)


@builtin("numpy.fill_diagonal")
def fill_diagonal(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.fill_diagonal(x, value)."""
    if len(args) != 2 or named:
        lo.refuse("these arguments of np.fill_diagonal", "write i = np.arange(n); x[i, i] = value")
    return inplace.fill_diagonal(lo, *args)


@builtin("numpy.clip")
def clip(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.clip(x, low, high) and np.clip(x, min=low)."""
    return call_library(lo, "numpy.clip", *ufuncs.clip_bounds(lo, args, named, of_method=False))


@builtin("numpy.nan_to_num")
def nan_to_num(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.nan_to_num(x)."""
    return ufuncs.kept_numbers(lo, call_library, args, named)


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
    strict = named.pop("strict", lo.lit(False))
    if named or not isinstance(strict, Lit):
        lo.refuse("these keywords of zip", "give strict=True, or none")
    known = [known_items(lo, arg) for arg in args]
    if None in known:
        args = [arg if items is None else _stored(lo, arg, items) for arg, items in zip(args, known, strict=True)]
    return IteratorV("strict zip" if strict.value else "zip", tuple(args), lo.new_token())


def _stored(lo: Lowerer, arg: Value, items: list[Value]) -> Value:
    """Return a tuple or a list written out as one of any length, to zip with another."""
    if not isinstance(arg, TupleV):
        lo.refuse(f"zip of {lo.kind(arg)} with a sequence of unknown length", "make a list of it: list(…)")
    lo.memory.frozen |= tokens(arg)  # Python would see what a loop changes in it
    return lists.grown(lo, items, None)


@builtin("builtins.enumerate")
def enumerate_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower enumerate(x)."""
    start = args[1] if len(args) > 1 else named.get("start", lo.lit(0))
    if isinstance(args[0], GeneratorV):
        return _numbered(lo, args[0], start)
    return IteratorV("enumerate", (args[0], start), lo.new_token())


def _numbered(lo: Lowerer, generator: GeneratorV, start: Value) -> GeneratorV:
    """Return `((i, f(x)) for i, x in enumerate(xs))` for enumerate of `(f(x) for x in xs)`."""
    made = copy.deepcopy(generator.node)
    if len(made.generators) > 1 or made.generators[0].ifs:
        lo.refuse("enumerate of a generator with conditions or several loops", "make a list of it: [… for …]")
    (part,), number = made.generators, f"{lo.new_token()}.number"  # no name of the user's has a point

    def with_number(node: Any, context: Any) -> Any:
        name = gast.copy_location(gast.Name(number, context, None, None), node)
        return gast.copy_location(gast.Tuple([name, node], context), node)

    part.target, made.elt = with_number(part.target, gast.Store()), with_number(made.elt, gast.Load())
    source = IteratorV("enumerate", (generator.source, start), lo.new_token())
    return GeneratorV(made, generator.frame, source)


@builtin("builtins.reversed")
def reversed_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower reversed(x)."""
    return IteratorV("reversed", tuple(args), lo.new_token())


@builtin("builtins.tuple")
def tuple_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower tuple(x) of what has a known length."""
    return TupleV(_items(lo, args))


@builtin("builtins.list")
def list_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower list(x): a list of its own."""
    if not args:
        return lists.made(lo, [])
    if lists.is_list(lo, args[0]):
        return lists.copied(lo, args[0])
    items = known_items(lo, args[0])
    if items is not None:
        return lists.made(lo, items)
    return list_of(lo, args[0])


def _items(lo: Lowerer, args: list[Value]) -> tuple[Value, ...]:
    items = literal_range(args[0]) if args else []
    if items is None:
        items = known_items(lo, args[0])
    if items is None:
        lo.refuse("a tuple of unknown length", "use a list or an array")
    return tuple(items)


def is_scalar(kind: Kind) -> bool:
    """Say whether the items of a list of this kind are numbers."""
    return isinstance(kind, ListKind) and isinstance(kind.item, PyScalar | NumpyScalar)


@builtin("builtins.sum")
def sum_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower sum(xs, start=0): added one by one, as Python does."""
    total = args[1] if len(args) > 1 else named.get("start", lo.lit(0))
    if total == lo.lit(0) and lists.is_list(lo, args[0]) and is_scalar(lo.kind(args[0])):
        return lo.emit(op("builtins.sum"), [lo.read(args[0])])
    return accumulated(lo, "total", total, args[0], lambda total, item: arithmetic(lo, "Add", total, item))


def accumulated(
    lo: Lowerer,
    hint: str,
    start: Value,
    iterable: Value,
    step: Callable[[Value, Value], Value],
    *,
    search: bool = False,
) -> Value:
    """Return what a loop makes of a start, item by item; a search ends when that is true."""
    name = hint + "."
    while name in lo.frame.env:
        name += "."
    lo.frame.env = {**lo.frame.env, name: start}

    def take(item: Value) -> None:
        lo.frame.env[name] = step(lo.frame.env[name], item)

    each(lo, iterable, take, [name], name if search else "")
    lo.frame.env = dict(lo.frame.env)
    return lo.frame.env.pop(name)


@builtin("builtins.max")
def max_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower max(…): the first of the largest, as Python chooses."""
    return _choose_best(lo, "Gt", args, named)


@builtin("builtins.min")
def min_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower min(…): the first of the smallest, as Python chooses."""
    return _choose_best(lo, "Lt", args, named)


def _choose_best(lo: Lowerer, symbol: str, args: list[Value], named: Named) -> Value:
    if named.keys() - {"key", "default"} or (len(args) > 1 and "default" in named):
        lo.refuse("max and min with these keywords", "write the comparison out")
    items = known_items(lo, args[0]) if len(args) == 1 else args
    key = named.get("key", lo.lit(None))
    if items:
        return _best_known(lo, symbol, items, key)
    if items is not None and "default" in named:
        return named["default"]
    found = list_of(lo, args[0])

    def best() -> Value:
        keys = keys_of(lo, found, key)
        if not is_scalar(lo.kind(keys)):
            lo.refuse("max and min of such a sequence of unknown length", "give it numbers, or use np.max or np.min")
        place = op(f"s2s_ad.rules.helpers.place_of_{'max' if symbol == 'Gt' else 'min'}")
        return getitem(lo, found, lo.emit(place, [lo.read(keys)], kind=INT, hint=""))

    return choose(lo, truth(lo, found), best, lambda: named["default"]) if "default" in named else best()


def _best_known(lo: Lowerer, symbol: str, items: list[Value], key: Value) -> Value:
    """Return the first of the best of some items, as Python finds it: comparing one with the next."""
    keys = items if key == lo.lit(None) else [call_value(lo, key, [item], {}) for item in items]
    best = TupleV((items[0], keys[0]))
    for pair in (TupleV(pair) for pair in zip(items[1:], keys[1:], strict=True)):
        better = truth(lo, compare_values(lo, symbol, pair.items[1], best.items[1]))
        chosen = choose(lo, better, lambda pair=pair: pair, lambda best=best: best)
        assert isinstance(chosen, TupleV)
        best = chosen
    return best.items[0]


def list_of(lo: Lowerer, iterable: Value) -> Value:
    """Return a list as storage of the items of an iterable: itself if it is one."""
    if lists.is_list(lo, iterable):
        return iterable
    return mapped(lo, iterable, lambda item: item)


def mapped(lo: Lowerer, iterable: Value, change: Callable[[Value], Value]) -> Value:
    """Return a list as storage of what a function makes of the items of an iterable."""
    made = lists.grown(lo, [], lo.site())
    each(lo, iterable, lambda item: lists.append(lo, made, change(item)))
    return made


def keys_of(lo: Lowerer, found: Value, key: Value) -> Value:
    """Return the list of what a key makes of the items of a list; None makes nothing of them."""
    if key == lo.lit(None):
        return found
    keys = lists.grown(lo, [], None)
    each(lo, found, lambda item: lists.append(lo, keys, call_value(lo, key, [item], {})))
    return keys


@builtin("builtins.any")
def any_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower any(xs): left at the first item that is true."""
    if _is_stored(lo, args[0]):
        return call_library(lo, "builtins.any", args, named)
    return _found(lo, args[0], lambda item: _as_bool(lo, item))


@builtin("builtins.all")
def all_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower all(xs): left at the first item that is false."""
    if _is_stored(lo, args[0]):
        return call_library(lo, "builtins.all", args, named)
    return negate(lo, _found(lo, args[0], lambda item: negate(lo, _as_bool(lo, item))))


def _is_stored(lo: Lowerer, value: Value) -> bool:
    """Say whether the items of a sequence are there before they are asked for."""
    return isinstance(value, Ref | Var) or (isinstance(value, TupleV) and not known_items(lo, value))


def _as_bool(lo: Lowerer, item: Value) -> Atom:
    test = truth(lo, item)
    return test if test.kind == BOOL else lo.emit(op("builtins.bool"), [test], kind=BOOL)


def _found(lo: Lowerer, iterable: Value, test: Callable[[Value], Atom]) -> Atom:
    """Return whether an item passes a test; items after the first that does are not asked for."""
    return lo.read(accumulated(lo, "found", lo.lit(False), iterable, lambda _, item: test(item), search=True))


@builtin("math.fsum")
def fsum(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower math.fsum(xs)."""
    items = known_items(lo, args[0])
    summed = lo.read(list_of(lo, args[0])) if items is None else lo.operand(TupleV(tuple(items), "list"))
    return lo.emit(op("math.fsum"), [summed], kind=PyScalar("float"))


@builtin("math.prod")
def prod(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower math.prod(xs, start=1): multiplied one by one, as Python does."""
    start = named.get("start", lo.lit(1))
    return accumulated(lo, "product", start, args[0], lambda total, item: arithmetic(lo, "Mult", total, item))


@builtin("builtins.sorted")
def sorted_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower sorted(xs, key=None, reverse=False): the items in the order that their keys have."""
    found, key, backwards = list_of(lo, args[0]), named.get("key", lo.lit(None)), named.get("reverse", lo.lit(False))
    keys = keys_of(lo, found, key)
    if not is_scalar(lo.kind(keys)) or named.keys() - {"key", "reverse"}:
        lo.refuse("sorted of what is not compared by numbers", "give a key that is a number")
    order = lo.emit(
        op("s2s_ad.rules.helpers.order_of"), [lo.read(keys), lo.read(backwards)], kind=ListKind(INT), hint=""
    )
    return mapped(lo, lo.wrap(order), lambda place: getitem(lo, found, place))


@builtin("builtins.abs")
def abs_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower abs(x)."""
    if objects.has(args[0], "__abs__"):
        return objects.special(lo, args[0], "__abs__", [])
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
    "tuple": tuple, "list": list, "slice": slice,
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
        case _:
            return None


@builtin("builtins.isinstance")
def isinstance_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower isinstance(x, type), which the kind of x decides."""
    value, types = args
    items = types.items if isinstance(types, TupleV) else (types,)
    wanted = [item.obj for item in items if isinstance(item, Static) and isinstance(item.obj, type)]
    sort = _sort_of(lo, value)
    if sort is None or not wanted or len(wanted) < len(items):
        lo.refuse("isinstance that the kind of the value does not decide", "test for what tells the values apart")
    if sort is float and not issubclass(float, tuple(wanted)) and issubclass(np.float64, tuple(wanted)):
        return lo.emit(op("builtins.isinstance"), [lo.read(value), lo.operand(types)], kind=BOOL)  # it may be either
    return lo.lit(issubclass(sort, tuple(wanted)))


def _sort_of(lo: Lowerer, value: Value) -> type | None:
    """Return the type of a value, None where it is not known."""
    cls = objects.class_of(value)
    if cls is not None:
        objects.depend(lo, cls)
        return cls.obj
    if isinstance(value, FunctionV) or (isinstance(value, Static) and isinstance(value.obj, FunctionType)):
        return FunctionType
    return None if isinstance(value, PartialV | DerivativeV | LinearV) else _sort(lo.kind(value))


# -- objects ----------------------------------------------------------------------------------------


@builtin("builtins.getattr")
def getattr_builtin(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower getattr(x, "name") and getattr(x, "name", default)."""
    owner, name = args[0], objects.constant_name(lo, args[1], "getattr")
    if len(args) > 2 and objects.class_of(owner) is None:
        return call_library(lo, "builtins.getattr", args, named)
    if len(args) > 2 and not _has(lo, owner, name):
        return args[2]
    return attribute_of(lo, owner, name)


@builtin("builtins.hasattr")
def hasattr_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower hasattr(x, "name")."""
    if objects.class_of(args[0]) is None:
        return call_library(lo, "builtins.hasattr", args, named)
    return lo.lit(_has(lo, args[0], objects.constant_name(lo, args[1], "hasattr")))


def _has(lo: Lowerer, owner: Value, name: str) -> bool:
    found = objects.find_attribute(lo, owner, name) is not None
    if not found and isinstance(owner, Static):
        lo.refuse(f"whether a captured object has an attribute {name!r}", "let it always have the attribute")
    return found


@builtin("builtins.setattr")
def setattr_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower setattr(x, "name", value)."""
    objects.set_attribute(lo, args[0], objects.constant_name(lo, args[1], "setattr"), args[2])
    return lo.lit(None)


@builtin("s2s_ad.frontend.objects.set_plainly")
def set_plainly(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower object.__setattr__(x, "name", value)."""
    owner = args[0]
    if not isinstance(owner, ObjectV):
        lo.refuse("an attribute is set of what this function has not made", "keep the value in a local variable")
    objects.store_attribute(lo, owner, objects.constant_name(lo, args[1], "__setattr__"), args[2])
    return lo.lit(None)


@builtin("s2s_ad.frontend.objects._nothing")
def nothing(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower object.__init__(x)."""
    return lo.lit(None)


@builtin("builtins.super")
def super_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower super()."""
    return objects.super_of(lo, args)


@builtin("builtins.type")
def type_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower type(x)."""
    cls = objects.class_of(args[0]) if len(args) == 1 else None
    if cls is None:
        return call_library(lo, "builtins.type", args, named)
    objects.depend(lo, cls)
    return cls


@builtin("builtins.callable")
def callable_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower callable(x)."""
    value = args[0]
    if isinstance(value, Made) or objects.has(value, "__call__"):
        return lo.lit(True)
    if isinstance(value, Static):
        return lo.lit(callable(value.obj))
    return lo.lit(False)


@builtin("builtins.dict")
def dict_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower dict(…)."""
    return lo.new_dict(tuple({**dict_items(lo, args), **named}.items()))


@builtin("functools.partial")
def partial(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower functools.partial(f, …)."""
    return PartialV(args[0], tuple(args[1:]), tuple(named.items()))


@builtin("functools.wraps")
def wraps(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower functools.wraps(f): the wrapper it decorates does the same with other words on it."""
    return Static(_same)


def _same() -> None:
    """Stands for a decorator that gives back what it decorates."""


@builtin("s2s_ad.frontend.builtins._same")
def same(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower the call of such a decorator."""
    return args[0]


@builtin("dataclasses.replace")
def replace(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower dataclasses.replace(x, name=value): a new instance, made by its class."""
    owner = args[0]
    names = objects.field_names(lo, owner, "replace")
    cls = objects.class_of(owner)
    assert cls is not None
    fields = cls.obj.__dataclass_fields__
    given = {name: attribute_of(lo, owner, name) for name in names if name not in named and fields[name].init}
    return objects.construct(lo, cls, [], given | named)


@builtin("dataclasses.astuple")
def astuple(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower dataclasses.astuple(x) of a flat dataclass."""
    return TupleV(tuple(value for _, value in _flat(lo, args[0], "astuple")))


@builtin("dataclasses.asdict")
def asdict(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower dataclasses.asdict(x) of a flat dataclass."""
    return lo.new_dict(tuple(_flat(lo, args[0], "asdict")))


def _flat(lo: Lowerer, owner: Value, what: str) -> list[tuple[str, Value]]:
    pairs = [(name, attribute_of(lo, owner, name)) for name in objects.field_names(lo, owner, what)]
    for name, value in pairs:
        if not isinstance(lo.kind(value), PyScalar | NumpyScalar):  # arrays and objects are copied
            lo.refuse(f"{what} of a dataclass whose {name!r} is no number", "read its attributes")
    return pairs
