"""Inlining of the user's functions: arguments bound to parameters as Python does, the body lowered."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any, TypeAlias

from s2s_ad.errors import S2SError
from s2s_ad.frontend import captured
from s2s_ad.frontend.context import Frame, Lowerer, Returned
from s2s_ad.frontend.recursion import call_again
from s2s_ad.frontend.scope import declared, free_names, local_names, rebound_inside, walk
from s2s_ad.frontend.source import find_source
from s2s_ad.frontend.syntax import gast
from s2s_ad.frontend.values import FunctionV, TupleV, Value

Named: TypeAlias = dict[str, Value]


@dataclass
class Callee:
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


def inline_function(lo: Lowerer, function: FunctionType, path: str, args: list[Value], named: Named) -> Value:
    """Inline a function of the outside that the root reaches by `path`."""
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
    return inline(lo, Callee(source.node, source, path + ":", function.__name__, None, outside, only), args, named)


def inline_nested(lo: Lowerer, function: FunctionV, args: list[Value], named: Named) -> Value:
    """Inline a nested function or a lambda."""
    frame = function.frame
    hidden = _hidden(frame)
    if hidden and hidden & free_names(function.node):
        reason = f"{function.name} is called where a comprehension hides a name that it reads"
        lo.refuse(reason, "rename the variable of the comprehension")
    defaults, only = list(function.defaults), dict(function.keyword_defaults)
    callee = Callee(function.node, frame.source, frame.path, function.name, frame, defaults, only)
    return inline(lo, callee, args, named)


def _hidden(frame: Frame) -> frozenset[str]:
    """Return the names of comprehensions around the call that are not around a function of the frame."""
    seen: list[Frame] = []
    around: Frame | None = frame
    while around is not None:
        seen.append(around)
        around = around.outer
    found: set[str] = set()
    for function in seen:
        inner = function.scope
        while inner is not None and inner not in seen:
            found |= inner.names
            inner = inner.outer
    return frozenset(found)


def inline(lo: Lowerer, callee: Callee, args: list[Value], named: Named) -> Value:
    """Lower the body of a function with its parameters bound to abstract values.

    One that calls itself is called; one of a rule dissolves, since a rule recurs on what is known, as lists in lists.
    """
    code = (callee.source.file, callee.node.lineno, callee.node.col_offset)
    frame = new_frame(callee.source, callee.node, callee.outer, lo.frame, callee.path, callee.name)
    frame.env.update(_bind(lo, callee, callee.defaults, args, named))

    def body(lo: Lowerer, frame: Frame) -> Value:
        return lower_body(lo, callee.node, frame)

    again = code in lo.calls
    lo.calls.append(code)
    try:
        if (again or _calls_itself(callee.node, callee.name)) and not lo.quiet:
            return call_again(lo, code, frame, body)
        return body(lo, frame)
    finally:
        lo.calls.pop()


def _calls_itself(node: Any, name: str) -> bool:
    """Say whether a function calls what has its own name: then there is no use in inlining it once."""
    inside = (inner for child in gast.iter_child_nodes(node) for inner in walk(child))
    return any(isinstance(inner, gast.Call) and _named(inner.func, name) for inner in inside)


def _named(node: Any, name: str) -> bool:
    return isinstance(node, gast.Name) and node.id == name


def lower_body(lo: Lowerer, node: Any, frame: Frame) -> Value:
    """Lower the body of a function whose parameters are bound; return what it returns."""
    before, lo.frame = lo.frame, frame
    lo.names.users |= frame.names
    try:
        lo.enter(frame)
        if type(node).__name__ == "Lambda":
            return lo.expr(node.body)
        done = lo.suite(node.body)
    finally:
        lo.frame = before
    if isinstance(done, Returned) and done.value is None:
        lo.refuse(f"{frame.label} always raises here", "return a value on some way")
    return done.value if isinstance(done, Returned) and done.value is not None else lo.lit(None)


def new_frame(
    source: Any, node: Any, outer: Frame | None = None, caller: Frame | None = None, path: str = "", label: str = ""
) -> Frame:
    """Return the frame of a function that is about to be lowered."""
    nonlocals, globals_ = declared(node)
    names = local_names(node)
    shared = rebound_inside(node) & names
    return Frame(
        source, {}, outer, caller, path, label, names, shared=shared, nonlocals=nonlocals, globals=globals_
    )  # fmt: skip


def _bind(lo: Lowerer, callee: Callee, defaults: Sequence[Value], args: list[Value], named: Named) -> Named:
    """Bind arguments to parameters as Python does."""
    spec = callee.node.args
    positional = [arg.id for arg in (*spec.posonlyargs, *spec.args)]
    bound: Named = dict(zip(positional[len(positional) - len(defaults) :], defaults, strict=True)) if defaults else {}
    bound.update(callee.keyword_defaults)
    bound.update(zip(positional, args, strict=False))
    if spec.vararg is not None:
        bound[spec.vararg.id] = TupleV(tuple(args[len(positional) :]))
    elif len(args) > len(positional):
        lo.refuse(f"{callee.name} takes {len(positional)} arguments and {len(args)} are given", "give what it takes")
    only_positional = {arg.id for arg in spec.posonlyargs}
    keywords = [*(name for name in positional if name not in only_positional), *(arg.id for arg in spec.kwonlyargs)]
    extra = {name: value for name, value in named.items() if name not in keywords}
    bound.update({name: value for name, value in named.items() if name in keywords})
    if spec.kwarg is not None:
        bound[spec.kwarg.id] = lo.new_dict(tuple(extra.items()))
    elif extra:
        lo.refuse(f"{callee.name} has no parameter {next(iter(extra))!r}", "give what it takes")
    twice = [name for name in positional[: len(args)] if name in named and name not in only_positional]
    missing = [name for name in (*positional, *(arg.id for arg in spec.kwonlyargs)) if name not in bound]
    if twice or missing:
        what = f"{(twice or missing)[0]!r} is {'given twice' if twice else 'missing'}"
        lo.refuse(f"{callee.name}: argument {what}", "give each argument once")
    return bound
