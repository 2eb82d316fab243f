"""Lowering of calls: library functions become equations, the user's own functions are inlined."""

from __future__ import annotations

import inspect
import io
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any, TypeAlias

import numpy as np

from s2s_ad.errors import S2SError
from s2s_ad.frontend import captured, inplace, list_methods, lists
from s2s_ad.frontend.access import as_array, known_view, note_sharing
from s2s_ad.frontend.context import Frame, Kwargs, Lowerer, Returned, expression
from s2s_ad.frontend.expressions import call_text, spread
from s2s_ad.frontend.inplace import call_into, split_out, ufunc_method
from s2s_ad.frontend.layout import gives_new
from s2s_ad.frontend.recursion import call_again
from s2s_ad.frontend.scope import local_names, walk
from s2s_ad.frontend.source import find_source
from s2s_ad.frontend.syntax import gast
from s2s_ad.frontend.values import DictV, FunctionV, MethodV, Ref, Static, TupleV, Value
from s2s_ad.ir.core import Arg, Eqn, Lit, Op
from s2s_ad.ir.kinds import Array, NumpyScalar, Opaque, PyScalar, TupleKind, is_complex, is_differentiable
from s2s_ad.ir.ops import CALL_METHOD, UNPACK, op
from s2s_ad.rules.language import lookup, path_of
from s2s_ad.rules.methods import METHODS, STAR_METHODS

Named: TypeAlias = dict[str, Value]
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
            named.update({str(key): item for key, item in value.items})
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
        case FunctionV(node, frame, name, defaults, only):
            callee = _Callee(node, frame.source, frame.path, name, frame, list(defaults), dict(only))
            return _inline(lo, callee, args, named)
        case Static(obj, path):
            return call_static(lo, obj, path, args, named)
        case _:
            lo.refuse(f"a call of {lo.kind(function)}", "call functions and methods that are known")


_BY_NAME = frozenset(
    f"builtins.{name}" for name in ("eval", "exec", "compile", "globals", "locals", "vars", "__import__")
)


def call_static(lo: Lowerer, obj: Any, path: str, args: list[Value], named: Named) -> Value:
    """Call a known object."""
    if inspect.isclass(obj) and issubclass(obj, BaseException):
        return lo.emit(
            op(f"{obj.__module__}.{obj.__qualname__}"), [lo.operand(arg) for arg in args], kind=Opaque("error")
        )
    owner = getattr(obj, "__self__", None)
    if path and isinstance(owner, _TOLD):
        outside = lo.outside_object(owner, path.rpartition(".")[0])
        lo.dependencies.pop(path, None)  # a method is another object each time
        return call_method(lo, outside, obj.__name__, args, named)
    library_path = path_of(obj)
    if isinstance(ufunc := getattr(obj, "__self__", None), np.ufunc):
        return ufunc_method(lo, ufunc, obj.__name__, args, named)
    if library_path in _BY_NAME:
        lo.refuse(f"a call of {library_path.removeprefix('builtins.')}", "write the code out")
    if library_path in BUILTINS:
        return BUILTINS[library_path](lo, args, named)
    if library_path is not None:
        return call_library(lo, library_path, args, named)
    if isinstance(obj, FunctionType):
        return _inline_function(lo, obj, path, args, named)
    lo.refuse(
        f"a call of {getattr(obj, '__qualname__', obj)!s}",
        "call NumPy, math, or functions written in Python",
    )


def call_library(lo: Lowerer, path: str, args: list[Value], named: Named) -> Value:
    """Emit a call of a library function, with one out for each item of a tuple result."""
    if path.startswith("numpy."):
        args, named, out = split_out(lo, path, args, named)
        if out is not None:
            return call_into(lo, path, lambda: call_library(lo, path, args, named), named, out)
    rule = lookup(path)
    args = _arrays(lo, path, args)
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
        result = TupleV(tuple(lo.wrap(out) for out in outs), kind.type)
    elif kind == Opaque("NoneType"):
        return call_for_effect(lo, op(path), operands, keywords)
    else:
        result = lo.wrap(lo.emit(op(path), operands, keywords, kind))
    if rule is not None and rule.view and not gives_new(lo, path, args):
        note_sharing(lo, [*args, *named.values()], result)
    return result


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
    if not path.startswith(("numpy.", "scipy.")) or path in ("numpy.array", "numpy.asarray"):
        return args
    rule = lookup(path)
    names = rule.arguments if rule is not None else ()
    return [arg if names[i : i + 1] == ("xs",) else as_array(lo, arg) for i, arg in enumerate(args)]


def _operands(lo: Lowerer, named: Named) -> tuple[tuple[str, Any], ...]:
    return tuple((name, lo.operand(value)) for name, value in named.items())


# -- methods --------------------------------------------------------------------------------


def call_method(lo: Lowerer, owner: Value, name: str, args: list[Value], named: Named) -> Value:
    """Call a method of a number, an array, a container or a string."""
    kind = lo.kind(owner)
    if isinstance(kind, Array | NumpyScalar | PyScalar):
        return _number_method(lo, owner, name, args, named)
    if lists.is_dissolved(owner) or lists.is_list(lo, owner):
        return list_methods.method(lo, owner, name, args)
    if isinstance(owner, DictV) and name in ("keys", "values", "items", "get"):
        return _dict_method(lo, owner, name, args)
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
    if name in _IN_PLACE:
        return call_static(lo, op(f"numpy.{name}").fun, "", [owner, *args], named)
    if name == "item" or (name in ("fill", "sort") and isinstance(owner, Ref)):
        return _own_method(lo, owner, name, args, named)
    if name not in METHODS:
        lo.refuse(f"the method {name!r} of an array", "use the NumPy function")
    if name == "copy":  # in the order of C, while np.copy keeps that of x
        return call_library(lo, "numpy.copy", [owner, *args], named)
    return call_static(lo, op(METHODS[name]).fun, "", [owner, *args], named)


_IN_PLACE = ("put",)
"""Methods that write to their array, as the function does."""


def _own_method(lo: Lowerer, owner: Value, name: str, args: list[Value], named: Named) -> Value:
    """Call a method that is not as the function of its name, or has none."""
    if name == "sort":
        return inplace.sort(lo, lambda *call: call_library(lo, *call), owner, args, named)
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


def _dict_method(lo: Lowerer, owner: DictV, name: str, args: list[Value]) -> Value:
    if name == "get":
        key = args[0]
        if not isinstance(key, Lit):
            lo.refuse("a dict key that is not known before the run")
        found = owner.get(key.value)
        return found if found is not None else (args[1] if len(args) > 1 else lo.lit(None))
    keys = tuple(lo.lit(key) for key, _ in owner.items)
    values = tuple(value for _, value in owner.items)
    pairs = tuple(TupleV(pair) for pair in zip(keys, values, strict=True))
    return TupleV({"keys": keys, "values": values, "items": pairs}[name])


# -- the user's functions ---------------------------------------------------------------------


@dataclass
class _Callee:
    """A function to inline: its syntax, where it stands, and its defaults."""

    node: Any
    source: Any
    path: str
    name: str
    outer: Frame | None
    defaults: list[Value]
    keyword_defaults: Named


_REFUSED = {
    inspect.CO_GENERATOR: "a generator",
    inspect.CO_COROUTINE: "a coroutine",
    inspect.CO_ASYNC_GENERATOR: "an asynchronous generator",
}


def _inline_function(lo: Lowerer, function: FunctionType, path: str, args: list[Value], named: Named) -> Value:
    for flag, what in _REFUSED.items():
        if function.__code__.co_flags & flag:
            lo.refuse(f"a call of {what} ({function.__name__})", "return an array or a tuple")
    try:
        source = find_source(function)
    except S2SError as error:
        lo.refuse(error.reason, error.remedy, error=type(error))
    outside = [
        captured.captured(lo, value, f"{path}.__defaults__[{i}]") for i, value in enumerate(function.__defaults__ or ())
    ]
    only = {
        name: captured.captured(lo, value, f"{path}.__kwdefaults__[{name!r}]")
        for name, value in (function.__kwdefaults__ or {}).items()
    }
    callee = _Callee(source.node, source, path + ":", function.__name__, None, outside, only)
    return _inline(lo, callee, args, named)


def _inline(lo: Lowerer, callee: _Callee, args: list[Value], named: Named) -> Value:
    """Lower the body of a function with its parameters bound to abstract values."""
    code = (callee.source.file, callee.node.lineno, callee.node.col_offset)
    frame = Frame(callee.source, {}, callee.outer, lo.frame, callee.path, callee.name, local_names(callee.node))
    frame.env.update(_bind(lo, callee, callee.defaults, args, named))

    def body(lo: Lowerer, frame: Frame) -> Value:
        return lower_body(lo, callee.node, frame)

    again = code in lo.calls
    lo.calls.append(code)
    try:
        if again or _calls_itself(callee.node, callee.name):
            return call_again(lo, code, frame, body)
        return body(lo, frame)
    finally:
        lo.calls.pop()


def _calls_itself(node: Any, name: str) -> bool:
    """Say whether a function calls what has its own name: then there is no use in inlining it once."""
    return any(isinstance(inner, gast.Call) and _named(inner.func, name) for inner in walk(node))


def _named(node: Any, name: str) -> bool:
    return isinstance(node, gast.Name) and node.id == name


def lower_body(lo: Lowerer, node: Any, frame: Frame) -> Value:
    """Lower the body of a function whose parameters are bound; return what it returns."""
    before, lo.frame = lo.frame, frame
    try:
        if type(node).__name__ == "Lambda":
            return lo.expr(node.body)
        done = lo.suite(node.body)
    finally:
        lo.frame = before
    if isinstance(done, Returned) and done.value is None:
        lo.refuse(f"{frame.label} always raises here", "return a value on some way")
    return done.value if isinstance(done, Returned) and done.value is not None else lo.lit(None)


_GIVE = "give the arguments that it takes, each once"


def _bind(lo: Lowerer, callee: _Callee, defaults: Sequence[Value], args: list[Value], named: Named) -> Named:
    """Bind arguments to parameters as Python does."""
    spec = callee.node.args
    positional = [arg.id for arg in (*spec.posonlyargs, *spec.args)]
    bound: Named = dict(zip(positional[len(positional) - len(defaults) :], defaults, strict=True)) if defaults else {}
    bound.update(callee.keyword_defaults)
    bound.update(zip(positional, args, strict=False))
    if spec.vararg is not None:
        bound[spec.vararg.id] = TupleV(tuple(args[len(positional) :]))
    elif len(args) > len(positional):
        lo.refuse(f"{callee.name} takes {len(positional)} arguments and {len(args)} are given", _GIVE)
    only_positional = {arg.id for arg in spec.posonlyargs}
    keywords = [*(name for name in positional if name not in only_positional), *(arg.id for arg in spec.kwonlyargs)]
    extra = {name: value for name, value in named.items() if name not in keywords}
    bound.update({name: value for name, value in named.items() if name in keywords})
    if spec.kwarg is not None:
        bound[spec.kwarg.id] = DictV(tuple(extra.items()))
    elif extra:
        lo.refuse(f"{callee.name} has no parameter {next(iter(extra))!r}", _GIVE)
    twice = [name for name in positional[: len(args)] if name in named]
    missing = [name for name in (*positional, *(arg.id for arg in spec.kwonlyargs)) if name not in bound]
    if twice or missing:
        what = "given twice" if twice else "missing"
        lo.refuse(f"{callee.name}: argument {(twice or missing)[0]!r} is {what}", _GIVE)
    return bound
