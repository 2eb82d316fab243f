"""Lowering of calls: library functions become equations, the user's own functions are inlined."""

from __future__ import annotations

import functools
import inspect
import io
import logging
from collections.abc import Callable, Sequence
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, TypeAlias, cast

import numpy as np

from s2s_ad.frontend import captured, custom, derivatives, distributions, inplace, list_methods, lists, objects, ufuncs
from s2s_ad.frontend.access import as_array, constant_key, items_of, known_view, note_sharing
from s2s_ad.frontend.context import CALL, Kwargs, Lowerer, expression
from s2s_ad.frontend.expressions import call_text, spread
from s2s_ad.frontend.inline import Named, inline_function, inline_nested
from s2s_ad.frontend.inplace import call_into, split_out
from s2s_ad.frontend.iteration import known_items
from s2s_ad.frontend.layout import gives_new
from s2s_ad.frontend.values import (
    DerivativeV,
    DictV,
    FunctionV,
    IteratorV,
    LinearV,
    MethodV,
    ObjectV,
    PartialV,
    Ref,
    Static,
    TupleV,
    Unbound,
    Value,
    leaves,
)
from s2s_ad.ir.classes import form_of
from s2s_ad.ir.core import Arg, Eqn, Lit, Op, Var
from s2s_ad.ir.kinds import Array, NumpyScalar, Opaque, PyScalar, TupleKind, is_complex, is_differentiable
from s2s_ad.ir.ops import CALL_METHOD, UNPACK, op
from s2s_ad.rules.custom import custom_rule_of
from s2s_ad.rules.language import STATIC, lookup
from s2s_ad.rules.methods import METHODS, STAR_METHODS
from s2s_ad.rules.names import import_path, path_of

Handler: TypeAlias = Callable[[Lowerer, list[Value], Named], Value]

BUILTINS: dict[str, Handler] = {}


def builtin(*paths: str) -> Callable[[Handler], Handler]:
    """Register what lowers a call of a function that is more than an equation."""

    def register(handler: Handler) -> Handler:
        BUILTINS.update(dict.fromkeys(paths, handler))
        return handler

    return register


@expression("Call")
def call(lo: Lowerer, node: Any) -> Value:
    """Lower a call."""
    function, changes = lo.expr(node.func), lo.changes
    args = spread(lo, node.args)
    named: Named = {}
    for keyword in node.keywords:
        value = lo.expr(keyword.value)
        if keyword.arg is not None:
            named[keyword.arg] = value
        elif isinstance(value, DictV):
            named.update({str(key): item for key, item in lo.record(value)})
        else:
            lo.refuse("** of a dict whose keys are not known", node=keyword.value)
    function, args = lists.current(lo, function, changes), [lists.current(lo, arg, changes) for arg in args]
    named = {name: lists.current(lo, value, changes) for name, value in named.items()}
    return call_value(lo, function, args, named)


def call_value(lo: Lowerer, function: Value, args: list[Value], named: Named) -> Value:
    """Call an abstract value."""
    match function:
        case MethodV(owner, name):
            return call_method(lo, owner, name, args, named)
        case FunctionV():
            return inline_nested(lo, function, args, named)
        case PartialV(inner, first, given):
            return call_value(lo, inner, [*first, *args], {**dict(given), **named})
        case DerivativeV():
            return derivatives.call(lo, function, args, named)
        case LinearV():
            return derivatives.call_linear(lo, function, args, named)
        case Static(obj, path):
            return call_static(lo, obj, path, args, named)
        case ObjectV() | TupleV() if objects.has(function, "__call__"):
            return objects.special(lo, function, "__call__", args, named)
        case Unbound(reason):
            lo.refuse(f"what is called here {reason}", "make the function before the branches, and let it branch")
        case _:
            lo.refuse(f"a call of {lo.kind(function)}", "call functions and methods that are known")


CALL.append(call_value)

_BY_NAME = frozenset(
    f"builtins.{name}" for name in ("eval", "exec", "compile", "globals", "locals", "vars", "__import__")
)


def call_static(lo: Lowerer, obj: Any, path: str, args: list[Value], named: Named) -> Value:
    """Call a known object."""
    if inspect.isclass(obj) and issubclass(obj, BaseException):
        return lo.emit(
            op(f"{obj.__module__}.{obj.__qualname__}"), [lo.operand(arg) for arg in args], kind=Opaque("error")
        )
    if obj is object.__setattr__:
        obj = objects.set_plainly
    if (rule := custom_rule_of(obj)) is not None:
        return custom.call(lo, rule, _path_of_custom(obj, path), args, named, _without_rule(obj, path))
    return call_plainly(lo, obj, path, args, named)


def _path_of_custom(obj: Any, path: str) -> str:
    """Return how a function with a rule is reached: one without source by its module."""
    if path or isinstance(obj, FunctionType):
        return path
    module, _, name = (import_path(obj) or "").rpartition(".")
    return f"%{module.replace('.', '/')}.{name}"


def _without_rule(obj: Any, path: str) -> custom.Plain:
    """Return what lowers the call of a function that has a rule as if it had none."""

    def plain(lo: Lowerer, args: list[Value], named: Named) -> Value:
        known = path_of(obj) if isinstance(obj, FunctionType) else import_path(obj)
        if known is not None:
            return call_library(lo, known, args, named)
        return call_plainly(lo, obj, path, args, named)

    return plain


def call_plainly(lo: Lowerer, obj: Any, path: str, args: list[Value], named: Named) -> Value:
    """Call a known object, whatever rule the user has for it."""
    owner = getattr(obj, "__self__", None)
    if path and isinstance(owner, _TOLD):
        outside = lo.outside_object(owner, path.rpartition(".")[0])
        lo.dependencies.pop(path, None)  # a method is another object each time
        return call_method(lo, outside, obj.__name__, args, named)
    library_path = path_of(obj)
    if isinstance(ufunc := getattr(obj, "__self__", None), np.ufunc):
        return ufuncs.method(lo, call_library, ufunc, obj.__name__, args, named)
    if library_path in _BY_NAME:
        lo.refuse(f"a call of {library_path.removeprefix('builtins.')}", "write the code out")
    if library_path in BUILTINS:
        return BUILTINS[library_path](lo, args, named)
    if (distribution := distributions.of(obj)) is not None:
        return _distribution(lo, distribution, obj, path, args, named)
    if library_path is not None:
        return call_library(lo, library_path, args, named)
    if handler := BUILTINS.get(_named(obj)):
        return handler(lo, args, named)
    if isinstance(obj, type) and form_of(obj) is not None:
        return objects.construct(lo, Static(obj, path), args, named)
    if isinstance(obj, FunctionType):
        if obj in STATIC:
            return _planned(lo, obj, args)
        if objects.is_generated_init(obj, args):
            return objects.generated_init(lo, obj, args, named)
        return inline_function(lo, obj, path, args, named)
    if isinstance(obj, functools.partial | MethodType):
        return call_value(lo, _partial(lo, obj, path), args, named)
    if objects.has(Static(obj, path), "__call__"):
        return objects.special(lo, Static(obj, path), "__call__", args, named)
    if type(obj) is functools._lru_cache_wrapper:  # pyright: ignore[reportPrivateUsage]
        lo.refuse(f"a call of the cached {obj.__name__}", f"call what it wraps: {obj.__name__}.__wrapped__(…)")
    lo.refuse(
        f"a call of {getattr(obj, '__qualname__', obj)!s}",
        "call NumPy, math, or functions written in Python",
    )


def _distribution(
    lo: Lowerer, distribution: distributions.Distribution, obj: Any, path: str, args: list[Value], named: Named
) -> Value:
    """Call a distribution of SciPy, which freezes its parameters, or a method of one."""
    if not isinstance(obj, MethodType):
        return PartialV(Static(obj), tuple(args), tuple(named.items()))
    owner = path.rpartition(".")[0]
    frozen = {name: captured.captured(lo, value, f"{owner}.{where}") for name, where, value in distribution.frozen}
    args, named = distributions.in_order(lo, distribution, args, {**named, **frozen})
    named = {name: as_array(lo, value) for name, value in named.items()}
    return call_library(lo, f"{distribution.path}.{obj.__name__}", args, named)


def _planned(lo: Lowerer, function: FunctionType, args: list[Value]) -> Value:
    """Return what a function of a rule file gives that runs when the rule is applied."""
    try:
        return _constant(lo, function(*(_static(lo, arg) for arg in args)))
    except LookupError as error:
        lo.refuse(str(error.args[0]), "use sizes and constants that are known before the run")


def _static(lo: Lowerer, value: Value) -> Any:
    """Return a constant as it is, and the kind of anything else."""
    match value:
        case Lit(constant):
            return constant
        case TupleV(items, made):
            values = [_static(lo, item) for item in items]
            return values if made == "list" else tuple(values)
        case _:
            return lo.kind(value)


def _constant(lo: Lowerer, value: Any) -> Value:
    """Return the abstract value of a constant."""
    if not isinstance(value, tuple):
        return lo.lit(value)
    return TupleV(tuple(_constant(lo, item) for item in cast("tuple[Any, ...]", value)))


def _named(obj: Any) -> str:
    named = isinstance(obj, FunctionType | BuiltinFunctionType | type)
    return f"{obj.__module__}.{obj.__qualname__}" if named else ""


def _partial(lo: Lowerer, obj: Any, path: str) -> PartialV:
    """Return a captured partial or bound method, its parts read through the paths to them."""
    if isinstance(obj, MethodType):
        owner = captured.captured(lo, obj.__self__, f"{path}.__self__")
        return PartialV(captured.captured(lo, obj.__func__, f"{path}.__func__"), (owner,))
    args = tuple(captured.captured(lo, arg, f"{path}.args[{i}]") for i, arg in enumerate(obj.args))
    named = {name: captured.captured(lo, arg, f"{path}.keywords[{name!r}]") for name, arg in obj.keywords.items()}
    return PartialV(captured.captured(lo, obj.func, f"{path}.func"), args, tuple(named.items()))


def call_library(lo: Lowerer, path: str, args: list[Value], named: Named) -> Value:
    """Lower a call of a library function."""
    if path.startswith("numpy."):
        args, named, out = split_out(lo, path, args, named)
        if (given := named.pop("overwrite_input", None)) is not None and given != lo.lit(False):
            lo.refuse(f"{path} with overwrite_input=", "leave it out")
        if ufuncs.has_keywords(path, named):
            return ufuncs.with_keywords(lo, call_library, _emit_call, path, args, named, out)
        if out is not None:
            return call_into(lo, path, lambda: call_library(lo, path, args, named), named, out)
    return _emit_call(lo, path, args, named)


def _emit_call(lo: Lowerer, path: str, args: list[Value], named: Named) -> Value:
    """Emit a call of a library function, with one out for each item of a tuple result."""
    if lo.quiet:
        named = {name: value for name, value in named.items() if not _is_default(path, name, value)}
    rule = lookup(path)
    args, named = _by_position(path, [_plain(arg) for arg in args], named)
    args = _arrays(lo, path, args)
    named = {name: _named_array(lo, path, name, value) for name, value in named.items()}
    if rule is not None and rule.view and args and isinstance(args[0], Ref):
        view = known_view(lo, op(path), args[0], [lo.operand(arg) for arg in args[1:]], _operands(lo, named))
        if view is not None:
            return view
    operands = [lo.operand(arg) for arg in args]
    keywords = _operands(lo, named)
    kind = lo.infer(op(path), operands, keywords)
    if isinstance(kind, TupleKind) and len(kind.items) == 1:
        outs = lo.emit_many(UNPACK, [lo.emit(op(path), operands, keywords, kind, hint="")], (), kind.items)
        result: Value = TupleV(tuple(lo.wrap(out) for out in outs), kind.type)
    elif isinstance(kind, TupleKind) and kind.items:
        outs = lo.emit_many(op(path), operands, keywords, kind.items)
        items = tuple(lo.wrap(out) for out in outs)
        result = lists.made(lo, items) if kind.type == "list" else TupleV(items, cls=_named_tuple(path))
    elif kind == Opaque("NoneType"):
        return call_for_effect(lo, op(path), operands, keywords)
    else:
        result = lo.wrap(lo.emit(op(path), operands, keywords, kind))
    if rule is not None and rule.is_view(args) and not gives_new(lo, path, args, named):
        note_sharing(lo, [*args, *named.values()], result)
    return result


def _is_default(path: str, name: str, value: Value) -> bool:
    """Say whether a keyword of a function is given what it is anyway: an equation of a rule may name them all."""
    known = _defaults(path)
    if not isinstance(value, Lit) or name not in known:
        return False
    default = known[name]
    unset = repr(default) == "<no value>" and (value.value is None or value.value is (name == "where"))
    return unset or (type(value.value) is type(default) and value.value == default)


@functools.cache
def _defaults(path: str) -> dict[str, Any]:
    try:
        parameters = inspect.signature(op(path).fun).parameters.values()
    except (TypeError, ValueError):
        return {}
    return {each.name: each.default for each in parameters if each.kind is each.KEYWORD_ONLY or each.name in _KEYWORDS}


_KEYWORDS = ("axis", "keepdims", "dtype", "norm", "order", "where", "offset", "axis1", "axis2", "method", "minlength")
"""Parameters that could be given by position, and are given by keyword."""


@functools.cache
def _named_tuple(path: str) -> Static | None:
    """Return the class of the named tuples that a function of one array gives, None if it gives none."""
    if not path.startswith("numpy.") or path.startswith("numpy.random."):
        return None
    try:
        made: Any = op(path).fun(np.eye(1))
    except Exception:
        return None
    return Static(type(made)) if hasattr(made, "_fields") else None


def call_for_effect(lo: Lowerer, operation: Op, args: Sequence[Arg], kwargs: Kwargs = ()) -> Value:
    """Emit a call for what it does, once and in order; it gives None."""
    lo.stmts.append(Eqn((), operation, tuple(args), kwargs, lo.origin))
    return lo.lit(None)


# Of the outside the program may call what tells it something (the clock, random numbers) or what it tells
# something (logging, files, lists that it only appends to).  Such calls are done once and in order, and what
# they give is constant to the derivative.  Only calls are let through whose results have a known kind, which
# keep no array that the program still computes with, and which give nothing back of what they were told.

_TOLD = (logging.Logger, io.TextIOBase, np.random.Generator, np.random.RandomState)
"""Objects of the outside that have methods with effects, none of which gives back what they were told."""
_REPORTS = ("debug", "info", "warning", "error", "critical", "exception", "log", "write", "flush", "append")


def _outside_method(lo: Lowerer, owner: Value, name: str, args: list[Value], named: Named) -> Value:
    """Call a method of an object of the outside: it reports its arguments, or gives random numbers."""
    operands = [lo.read(owner), lo.lit(name), *(lo.operand(arg) for arg in args)]
    keywords = _operands(lo, named)
    if name == "write":
        return lo.emit(CALL_METHOD, operands, keywords, PyScalar("int"), hint="")
    if name in _REPORTS and lo.kind(owner) not in _RANDOM:
        return call_for_effect(lo, CALL_METHOD, operands, keywords)
    return lo.wrap(lo.emit(CALL_METHOD, operands, keywords))


_RANDOM = (Opaque("Generator"), Opaque("RandomState"))


def _arrays(lo: Lowerer, path: str, args: list[Value]) -> list[Value]:
    """Return the arguments of a NumPy function, lists of numbers as the arrays that it makes of them."""
    if not path.startswith(("numpy.", "scipy.")) or path in ("numpy.array", "numpy.asarray", "numpy.asanyarray"):
        return args
    rule = lookup(path)
    if rule is None:
        return [as_array(lo, arg) for arg in args]
    items = rule.sequences.difference({rule.variadic}).intersection
    return [arg if items(rule.arguments[i : i + 1]) else as_array(lo, arg) for i, arg in enumerate(args)]


def _named_array(lo: Lowerer, path: str, name: str, value: Value) -> Value:
    """Return an argument that is given by keyword, a list with active numbers as an array too."""
    rule = lookup(path)
    if not isinstance(value, TupleV) or rule is None or name in rule.sequences:
        return value
    return as_array(lo, value) if any(isinstance(leaf, Var | Ref) for leaf in leaves(value)) else value


def _by_position(path: str, args: list[Value], named: Named) -> tuple[list[Value], Named]:
    """Return the arguments of a library function, by position the first and those that its rule has other names for."""
    rule = lookup(path)
    if rule is None or rule.variadic:
        return args, named
    taken = [name for name in rule.arguments if name not in rule.keyword_only]
    names = _positional(path)[len(args) : len(taken)]
    first = names[0] if names and not args else ""
    by_position = [i for i, name in enumerate(names) if name in named and (name == first or name not in rule.arguments)]
    moved = names[: by_position[-1] + 1] if by_position else ()
    if not all(name in named for name in moved):
        return args, named
    rest = {name: value for name, value in named.items() if name not in moved}
    return [*args, *(named[name] for name in moved)], rest


@functools.cache
def _positional(path: str) -> tuple[str, ...]:
    """Return the names of the parameters that a function takes by position or by keyword."""
    try:
        found = inspect.signature(op(path).fun).parameters.values()
    except (TypeError, ValueError):
        return ()
    return tuple(parameter.name for parameter in found if parameter.kind == parameter.POSITIONAL_OR_KEYWORD)


def _plain(value: Value) -> Value:
    """Return a named tuple as the tuple that a library function takes it for."""
    return TupleV(value.items, value.type, value.token) if isinstance(value, TupleV) and value.cls else value


def _operands(lo: Lowerer, named: Named) -> tuple[tuple[str, Any], ...]:
    return tuple((name, lo.operand(value)) for name, value in named.items())


# -- methods --------------------------------------------------------------------------------


def _named_tuple_method(lo: Lowerer, owner: TupleV, cls: Static, name: str, named: Named) -> Value:
    fields: tuple[str, ...] = cls.obj._fields
    pairs = dict(zip(fields, owner.items, strict=True))
    if name == "_asdict":
        return lo.new_dict(tuple(pairs.items()))
    wrong = [key for key in named if key not in fields]
    if wrong:
        lo.refuse(f"{cls.obj.__qualname__} has no field {wrong[0]!r}", "give the names of its fields")
    return TupleV(tuple((pairs | named).values()), cls=cls)


def call_method(lo: Lowerer, owner: Value, name: str, args: list[Value], named: Named) -> Value:
    """Call a method of a number, an array, a container or a string."""
    if isinstance(owner, PartialV) and isinstance(owner.function, Static):
        method = captured.attribute(lo, owner.function, name)
        return call_value(lo, method, [*args[:1], *owner.args, *args[1:]], {**dict(owner.named), **named})
    kind = lo.kind(owner)
    if isinstance(owner, TupleV) and owner.cls is not None and name in ("_replace", "_asdict"):
        return _named_tuple_method(lo, owner, owner.cls, name, named)
    if isinstance(kind, Array | NumpyScalar | PyScalar):
        return _number_method(lo, owner, name, args, named)
    if lists.is_dissolved(owner) or lists.is_list(lo, owner):
        return list_methods.method(lo, owner, name, args)
    if isinstance(owner, DictV) and name in _DICT_METHODS:
        return _dict_method(lo, owner, name, args, named)
    if isinstance(kind, Opaque) and kind.type == "str":
        return call_text(lo, owner, name, args, _operands(lo, named))
    outside = [capture.var for capture in lo.captures.values()]
    if kind in _RANDOM or (owner in outside and isinstance(kind, Opaque)):
        return _outside_method(lo, owner, name, args, named)
    lo.refuse(
        f"the method {name!r} of {'a tuple' if isinstance(owner, TupleV) else kind}", "use NumPy functions of arrays"
    )


_INTEGER_METHODS = ("bit_length", "bit_count")


def _number_method(lo: Lowerer, owner: Value, name: str, args: list[Value], named: Named) -> Value:
    if name in ("conj", "conjugate") and not args and not named:
        return _conjugate(lo, owner, name)
    if name in STAR_METHODS and len(args) > 1:
        args = [TupleV(tuple(args))]
    if name in _INTEGER_METHODS and lo.kind(owner) in (PyScalar("int"), PyScalar("bool")) and not args:
        return lo.emit(CALL_METHOD, [lo.read(owner), lo.lit(name)], kind=PyScalar("int"))
    if name == "is_integer" and isinstance(lo.kind(owner), PyScalar | NumpyScalar) and not args:
        return lo.emit(CALL_METHOD, [lo.read(owner), lo.lit(name)], kind=PyScalar("bool"))
    if name in _IN_PLACE:
        return call_static(lo, op(f"numpy.{name}").fun, "", [owner, *args], named)
    if name == "item" or (name in ("fill", "sort", "partition") and isinstance(owner, Ref)):
        return _own_method(lo, owner, name, args, named)
    if name not in METHODS:
        lo.refuse(f"the method {name!r} of an array", "use the NumPy function")
    if name == "clip":
        args, named = ufuncs.clip_bounds(lo, [owner, *args], named, of_method=True)
        return call_library(lo, "numpy.clip", args, named)
    if name == "compress":  # x.compress(condition) is np.compress(condition, x)
        condition = args[0] if args else named["condition"]
        rest = {key: value for key, value in named.items() if key != "condition"}
        return call_library(lo, "numpy.compress", [condition, owner, *args[1:]], rest)
    if name == "copy":  # in the order of C, while np.copy keeps that of x
        return call_library(lo, "numpy.copy", [owner, *args], named)
    return call_static(lo, op(METHODS[name]).fun, "", [owner, *args], named)


_IN_PLACE = ("put",)
"""Methods that write to their array, as the function does."""


def _own_method(lo: Lowerer, owner: Value, name: str, args: list[Value], named: Named) -> Value:
    """Call a method that is not as the function of its name, or has none."""
    if name in ("sort", "partition"):
        return inplace.reorder(lo, lambda *call: call_library(lo, *call), f"numpy.{name}", owner, args, named)
    if named or (name == "fill" and len(args) != 1):
        lo.refuse(f"these arguments of the method {name!r}", "give them by position")
    return inplace.fill(lo, owner, args[0]) if name == "fill" else inplace.item(lo, owner, args)


def _conjugate(lo: Lowerer, owner: Value, name: str) -> Value:
    """Lower z.conj(): of what is real it is the number or array itself."""
    kind = lo.kind(owner)
    if isinstance(kind, PyScalar) and name == "conj":
        lo.refuse(f"the method 'conj' of {kind}", "write z.conjugate()")
    if is_complex(kind):
        path = "s2s_ad.rules.helpers.conjugate" if isinstance(kind, PyScalar) else "numpy.conj"
        return lo.wrap(lo.emit(op(path), [lo.read(owner)]))
    if not is_differentiable(kind):
        lo.refuse(f"the method {name!r} of {kind}", "leave it out: what is real is its own conjugate")
    return owner


_DICT_METHODS = frozenset({"keys", "values", "items", "get", "update", "setdefault", "pop", "copy"})


def _dict_method(lo: Lowerer, owner: DictV, name: str, args: list[Value], named: Named) -> Value:
    if name in ("keys", "values", "items"):
        return IteratorV(name, (owner,))
    pairs = dict(lo.record(owner))
    if name == "copy":
        return lo.new_dict(tuple(pairs.items()))
    if name == "update":
        lo.change(owner, tuple({**pairs, **dict_items(lo, args), **named}.items()))
        return lo.lit(None)
    key = constant_key(lo, args[0])
    found = pairs.get(key)
    if found is None and name == "pop" and len(args) < 2:
        lo.refuse(f"the dict has no key {key!r}", "give pop a default")
    default = args[1] if len(args) > 1 else lo.lit(None)
    if name == "setdefault" and found is None:
        lo.change(owner, (*pairs.items(), (key, default)))
    if name == "pop" and found is not None:
        lo.change(owner, tuple((each, item) for each, item in pairs.items() if each != key))
    return default if found is None else found


def dict_items(lo: Lowerer, args: list[Value]) -> dict[Any, Value]:
    """Return the items of what `dict` and `update` take: a dict, or pairs."""
    if not args:
        return {}
    if isinstance(args[0], DictV):
        return dict(lo.record(args[0]))
    pairs = known_items(lo, args[0])
    if pairs is None:
        lo.refuse("a dict of items that are not known before the run", "write its items out")
    found: dict[Any, Value] = {}
    for pair in pairs:
        key, value = items_of(lo, pair, "a pair", 2)
        found[constant_key(lo, key)] = value
    return found
