"""From a function and the kinds of its arguments to the IR."""

from __future__ import annotations

from dataclasses import dataclass
from types import FunctionType
from typing import Any

from s2s_ad.errors import DifferentiationError
from s2s_ad.frontend import (
    assembly,
    builtins,
    captured,
    contexts,
    control,
    exceptions,
    higher,
    iterators,
    linalg,
    matching,
    nested,
    operators,
    rewritten,
    scipy_calls,
    statements,
)
from s2s_ad.frontend.context import AlwaysRaisesError, GrowingListError, Lowerer, Returned, Site, Transform
from s2s_ad.frontend.inline import new_frame
from s2s_ad.frontend.recursion import called, closed, known
from s2s_ad.frontend.source import FunctionSource, find_source
from s2s_ad.frontend.values import DictV, ListOf, ObjectV, Ref, Static, TupleV, Unbound, Value, leaves
from s2s_ad.ir.classes import is_named_tuple
from s2s_ad.ir.core import Arg, Block, Function, Lit, Map, Param, Record, Seq, Var, variables
from s2s_ad.ir.kinds import (
    Array,
    DictKind,
    Kind,
    Known,
    ListKind,
    ObjectKind,
    Opaque,
    TupleKind,
    is_numeric,
    known_objects,
)
from s2s_ad.ir.names import Names
from s2s_ad.rules.custom import custom_rule_of
from s2s_ad.rules.sizes import named

REGISTERED = (
    assembly,
    builtins,
    contexts,
    control,
    exceptions,
    higher,
    iterators,
    linalg,
    matching,
    nested,
    operators,
    rewritten,
    scipy_calls,
    statements,
)
"""Modules that register how they lower their part of the language."""


@dataclass(frozen=True, slots=True)
class Lowered:
    """A lowered function and what it takes from outside."""

    function: Function
    dependencies: dict[str, Any]
    """The objects that the code depends on, by access path."""
    names: Names
    source: FunctionSource


def lower(function: FunctionType, signature: tuple[Kind, ...], transform: Transform | None = None) -> Lowered:
    """Return the IR of a function for arguments of these kinds; `transform` makes derivatives that it calls itself.

    Raises: SourceError, UnsupportedError, DifferentiationError, all with the place.
    """
    source = find_source(function)
    growing: dict[Site, Value | None] = {}
    while True:
        try:
            return _lower(function, signature, source, growing, transform)
        except GrowingListError as more:
            if all(site in growing and growing[site] is form for site, form in more.sites.items()):
                raise AssertionError("internal error: a list that grows does not know it") from more
            growing |= more.sites


def _lower(
    function: FunctionType, signature: tuple[Kind, ...], source: FunctionSource, growing: dict[Site, Value | None],
    transform: Transform | None,
) -> Lowered:  # fmt: skip
    lo = Lowerer(Names(), new_frame(source, source.node))
    lo.growing, lo.transform = growing, transform
    params = _parameters(lo, source, signature)
    given, start = dict(lo.frame.env), lo.memory.copy()
    lo.enter(lo.frame)
    code = (source.file, source.node.lineno, source.node.col_offset)
    lo.calls.append(code)
    node = source.node
    if custom_rule_of(function) is not None:
        lo.calls.pop()
        with lo.at(node):
            value: Value | None = lo.call(Static(function, ""), list(lo.frame.env.values()))
    elif type(node).__name__ == "Lambda":
        try:
            value = lo.expr(node.body)
        except AlwaysRaisesError:
            value = None
    else:
        done = lo.suite(node.body)
        value = done.value if isinstance(done, Returned) else lo.lit(None)
    if value is None:
        raise DifferentiationError(f"{function.__name__} always raises", source.place(node))
    itself = known(lo, code, given)
    if itself is not None:
        lo.stmts, lo.memory = [], start
        value = called(lo, itself, given)
    if isinstance(value, Unbound):
        reason = f"what {function.__name__} returns {value.reason}"
        raise DifferentiationError(reason, source.place(node), "return a number on every way")
    with lo.at(node):
        result = lo.result(value)
    body = Block(tuple(lo.stmts), tuple(variables(result)))
    captures = tuple(lo.captures.values())
    name = function.__name__.strip("<>")
    lowered = closed(Function(name, params, captures, body, result, source.place(node)), lo.recursive)
    return Lowered(lowered, lo.dependencies, lo.names, source)


def _parameters(lo: Lowerer, source: FunctionSource, signature: tuple[Kind, ...]) -> tuple[Param, ...]:
    """Bind the parameters: numbers and arrays are v₍₁₋ₙ₎ … v₀, leaves of containers keep a name."""
    spec = source.node.args
    positional = [arg.id for arg in (*spec.posonlyargs, *spec.args, *([spec.vararg] if spec.vararg else []))]
    names = [*positional, *(arg.id for arg in (*spec.kwonlyargs, *([spec.kwarg] if spec.kwarg else [])))]
    numbered = [name for name, kind in zip(names, signature, strict=True) if is_numeric(kind)]
    params: list[Param] = []
    lo.known = known_objects(signature)
    for name, kind in zip(names, signature, strict=True):
        if name in numbered:
            k = numbered.index(name) + 1 - len(numbered)
            hint = f"v_m{-k}" if k < 0 else "v0"
        else:
            hint = name
        value, tree = _bind(lo, hint, kind)
        if spec.kwarg and name == spec.kwarg.id:
            assert isinstance(value, DictV)
            value = lo.new_dict(value.items)  # the function has it for itself
        lo.frame.env[name] = value
        params.append(Param(name, kind, tree, name not in positional))
    return tuple(params)


def _bind(lo: Lowerer, name: str, kind: Kind) -> tuple[Value, Arg]:
    """Return the abstract value of a parameter and the tree of its leaves."""
    match kind:
        case TupleKind(items, made):
            parts = [_bind(lo, f"{name}_{i}", item) for i, item in enumerate(items)]
            return TupleV(tuple(v for v, _ in parts), made), Seq(tuple(t for _, t in parts), made)
        case DictKind(items):
            pairs = [(key, *_bind(lo, _leaf_name(name, key, i), item)) for i, (key, item) in enumerate(items)]
            return DictV(tuple((k, v) for k, v, _ in pairs)), Map(tuple((k, t) for k, _, t in pairs))
        case ObjectKind(cls, items):
            triples = [(key, *_bind(lo, _leaf_name(name, key, i), item)) for i, (key, item) in enumerate(items)]
            tree = Record(tuple((key, t) for key, _, t in triples))
            made = captured.known(lo, cls)
            if is_named_tuple(cls):
                return TupleV(tuple(v for _, v, _ in triples), cls=made), tree
            return ObjectV(made, tuple((key, v) for key, v, _ in triples)), tree
        case Known(obj):
            return captured.known(lo, obj), Lit(None, kind)
        case ListKind(TupleKind() | DictKind() | ObjectKind() as item):
            value, tree = _bind(lo, name, _columns(item))
            lo.memory.shared |= {leaf.cell for leaf in leaves(value) if isinstance(leaf, Ref)}  # not the list itself
            return ListOf(value), tree
        case Opaque("NoneType"):
            return Lit(None, kind), Lit(None, kind)
        case _:
            unique = lo.names.version(name)
            var = Var(unique, named(kind, unique) if isinstance(kind, Array) else kind)
            lo.arguments.add(var)
            return lo.wrap(var), var


def _leaf_name(name: str, key: Any, position: int) -> str:
    return f"{name}_{key}" if isinstance(key, str) and f"_{key}".isidentifier() else f"{name}_{position}"


def _columns(kind: Kind) -> Kind:
    """Return the kind of a structure of lists for a list of structures."""
    match kind:
        case TupleKind(items, made):
            return TupleKind(tuple(_columns(item) for item in items), made)
        case DictKind(items):
            return DictKind(tuple((key, _columns(item)) for key, item in items))
        case ObjectKind(cls, items):
            return ObjectKind(cls, tuple((key, _columns(item)) for key, item in items))
        case _:
            return ListKind(kind)
