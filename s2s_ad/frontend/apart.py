"""What a function does with arguments of its own, lowered apart from what calls it.

It may read all names around it.  What it reads of numbers and arrays are further arguments of what is lowered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from types import FunctionType, MethodType
from typing import Any, TypeAlias

from s2s_ad.frontend.context import Frame, Lowerer
from s2s_ad.frontend.recursion import closed
from s2s_ad.frontend.values import (
    DerivativeV,
    DictV,
    FunctionV,
    ListOf,
    ObjectV,
    PartialV,
    Ref,
    Static,
    TupleV,
    Value,
)  # fmt: skip
from s2s_ad.ir.core import Arg, Atom, Block, Function, Lit, Map, Param, Record, Seq, Var, free, variables
from s2s_ad.ir.kinds import DictKind, Kind, ListKind, ObjectKind, Opaque, TupleKind, is_differentiable, item_kind
from s2s_ad.ir.names import unique

_NONE = Opaque("NoneType")
Named: TypeAlias = dict[str, Value]


@dataclass(frozen=True)
class Inner:
    """A function as it is called, lowered apart."""

    function: Function
    given: dict[Var, Atom]
    """What its parameters are at the call."""
    objects: dict[str, Value]
    """The arguments by the names of the parameters."""
    names: tuple[str, ...]
    """The parameters that are given by position, then those by keyword."""


def apart(
    lo: Lowerer,
    names: tuple[str, ...],
    args: list[Value],
    named: Named,
    run: Callable[[list[Value], Named], Value],
    frames: Iterable[Frame] = (),
) -> Inner:
    """Lower what `run` does with arguments of these names.  Nothing of the surroundings may be changed by it.

    `frames` are those that it sees and that are not around the call.
    """
    before, known = lo.memory, _environments(lo, frames)
    lo.memory = before.copy()
    given: dict[Var, Atom] = {}
    try:
        params = [
            _parameter(lo, name, value, given) for name, value in zip(names, [*args, *named.values()], strict=True)
        ]
        lo.memory.shared |= frozenset(lo.memory.versions) | frozenset(lo.outside)
        lo.memory.frozen |= frozenset(lo.memory.records)
        values = [value for value, _ in params]
        with lo.block() as stmts:
            made = run(values[: len(args)], dict(zip(named, values[len(args) :], strict=True)))
            result = lo.result(made)
        _refuse_changes(lo, before, known)
    finally:
        lo.memory = before
    body = Block(tuple(stmts), tuple(variables(result)))
    place = lo.frame.source.place(lo.node)
    plain = Function("inner", tuple(param for _, param in params), (), body, result, place)
    if any(each.function is None for each in lo.recursive.unfinished):
        lo.refuse(
            "a derivative inside of a recursive function, of which it may be one", "call it outside of the recursion"
        )
    plain = closed(plain, lo.recursive)
    own = {var for param in plain.params for var in variables(param.value)}
    seen = sorted(free(plain.body) - own, key=lambda var: var.name)
    taken = set(names)
    more = [Param(unique(var.name.replace(".", "_").lstrip("_") or "seen", taken), var.kind, var) for var in seen]
    objects = dict(zip(names, [*args, *named.values()], strict=True))
    return Inner(replace(plain, params=(*plain.params, *more)), given, objects, names)


def frames_of(function: Value) -> list[Frame]:
    """Return the functions whose names a function sees."""
    if isinstance(function, FunctionV):
        return list(function.frames())
    return frames_of(function.function) if isinstance(function, PartialV | DerivativeV) else []


def _environments(lo: Lowerer, frames: Iterable[Frame]) -> list[tuple[Frame, dict[str, Value]]]:
    """Return the names in reach and what they stand for."""
    found = {id(frame): frame for frame in (lo.frame, *lo.frame.around(), *frames)}
    return [(frame, dict(frame.env)) for frame in found.values()]


def _refuse_changes(lo: Lowerer, before: Any, known: list[tuple[Frame, dict[str, Value]]]) -> None:
    """Refuse a function that changes what is not its own: its derivative alone is asked for."""
    arrays = any(
        before.versions.get(cell) != var
        for cell, var in lo.memory.versions.items()
        if cell < 0 or cell in before.versions
    )
    objects = any(lo.memory.records.get(token) != record for token, record in before.records.items())
    names = any(frame.env != env for frame, env in known)
    if arrays or objects or names:
        what = "an array" if arrays else "a list, a dict or an object" if objects else "a list or a name"
        lo.refuse(
            f"a function whose derivative is taken here changes {what} of its surroundings", "return what it makes"
        )


def _parameter(lo: Lowerer, name: str, value: Value, given: dict[Var, Atom]) -> tuple[Value, Param]:
    """Return what an argument stands for inside: a new value for each number and array; and the parameter."""
    made, tree, kind = _inside(lo, name, value, given)
    return made, Param(name, kind, tree)


def _inside(lo: Lowerer, name: str, value: Value, given: dict[Var, Atom]) -> tuple[Value, Arg, Kind]:
    match value:
        case TupleV(items, sort, _, cls):
            found = [_inside(lo, f"{name}_{i}", item, given) for i, item in enumerate(items)]
            values, kinds = tuple(v for v, _, _ in found), tuple(k for _, _, k in found)
            trees = tuple(t for _, t, _ in found)
            if cls is None:
                return TupleV(values, sort), Seq(trees, sort), TupleKind(kinds, sort)
            pairs = tuple(zip(cls.obj._fields, kinds, strict=True))
            tree = Record(tuple(zip(cls.obj._fields, trees, strict=True)))
            return TupleV(values, cls=cls), tree, ObjectKind(cls.obj, pairs)
        case DictV() | ObjectV():
            found = [(key, *_inside(lo, f"{name}_{i}", item, given)) for i, (key, item) in enumerate(lo.record(value))]
            pairs = tuple((key, v) for key, v, _, _ in found)
            kinds = tuple((key, k) for key, _, _, k in found)
            trees = tuple((key, t) for key, _, t, _ in found)
            if isinstance(value, DictV):
                return DictV(pairs), Map(trees), DictKind(kinds)
            return ObjectV(value.cls, pairs), Record(trees), ObjectKind(value.cls.obj, kinds)
        case ListOf(columns):
            made, tree, kind = _inside(lo, name, columns, given)
            return ListOf(made), tree, ListKind(item_kind(kind))
        case Var() | Ref() | Lit() if is_differentiable(lo.kind(value)) or isinstance(value, Var | Ref):
            atom = lo.read(value)
            var = Var(lo.names.version(name), atom.kind)
            given[var] = atom
            return lo.wrap(var), var, var.kind
        case _:
            return value, Lit(None, _NONE), _NONE


def argument_names(function: Value, count: int) -> tuple[str, ...]:
    """Return names for arguments that are given by position: those of the parameters, as far as they are known."""
    known = _parameter_names(function)
    taken = set(known)
    return (*known[:count], *(unique(f"x{n}", taken) for n in range(len(known), count)))


def _parameter_names(function: Value) -> tuple[str, ...]:
    match function:
        case FunctionV(node):
            return tuple(arg.id for arg in (*node.args.posonlyargs, *node.args.args))
        case PartialV(inner, args):
            return _parameter_names(inner)[len(args) :]
        case DerivativeV(inner):
            return _parameter_names(inner)
        case Static(FunctionType() as obj):
            return obj.__code__.co_varnames[: obj.__code__.co_argcount]
        case Static(MethodType() as obj):
            return _parameter_names(Static(obj.__func__))[1:]
        case _:
            return ()
