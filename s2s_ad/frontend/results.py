"""Values of what was lowered apart: of trees of numbers and arrays whose statements are here now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from s2s_ad.analysis.storage import Storage
from s2s_ad.frontend import lists
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.join import alias
from s2s_ad.frontend.values import DictV, ListOf, ObjectV, Ref, Static, TupleV, Value, without_tokens
from s2s_ad.ir.classes import is_named_tuple
from s2s_ad.ir.core import Arg, Block, Eqn, Lit, Map, Record, Rows, Seq, Var, free, variables
from s2s_ad.ir.kinds import Array
from s2s_ad.ir.ops import COPY


def fresh_arrays(lo: Lowerer, body: Block, result: Arg) -> Mapping[Var, tuple[Var, Var | None]]:
    """Return for each array of a result what it is: itself, or a copy where it may be one of the surroundings.

    With it comes another result that may be the same array, if there is one before it.
    """
    storage = Storage()
    storage.block(body)
    outer = free(body)
    found: dict[Var, tuple[Var, Var | None]] = {}
    for var in dict.fromkeys(variables(result)):
        if not isinstance(var.kind, Array):
            continue
        if var in outer or any(storage.may_be_shared(var, other) for other in outer):
            copied = Var(lo.names.version(var.hint), var.kind)
            lo.stmts.append(Eqn((copied,), COPY, (var,), (), lo.origin))
            found[var] = copied, None
        else:
            near = next((other for other in found if storage.may_be_shared(var, other)), None)
            found[var] = var, near
    return found


def value_of(
    lo: Lowerer, tree: Arg, objects: Mapping[str, Value], arrays: Mapping[Var, tuple[Var, Var | None]]
) -> Value:
    """Return the value of what a derivative gives."""
    cells: dict[Var, Ref] = {}

    def value(tree: Arg) -> Value:
        match tree:
            case Var() if tree in arrays:
                if tree not in cells:
                    var, near = arrays[tree]
                    cells[tree] = lo.new_cell(var)
                    if near is not None and near in cells:
                        alias(lo, cells[near].cell, cells[tree].cell)
                return cells[tree]
            case Var():
                return lo.wrap(tree)
            case Seq(items, "list"):
                return lists.made(lo, tuple(map(value, items)))
            case Seq(items):
                return TupleV(tuple(map(value, items)))
            case Map(items):
                return lo.new_dict(tuple((key, value(item)) for key, item in items))
            case Record(items):
                return _object(lo, tree, [(key, value(item)) for key, item in items], objects)
            case Rows(columns):
                return ListOf(without_tokens(lo.memory.dissolved(value(columns))))
            case Lit():
                return tree
            case _:
                raise AssertionError(f"internal error: a derivative gives {tree}")

    return value(tree)


def _object(lo: Lowerer, record: Record, pairs: list[tuple[str, Value]], objects: Mapping[str, Value]) -> Value:
    """Return an object of which the attributes are given."""
    made = _class_of(lo, record, objects)
    if is_named_tuple(record.cls):
        return TupleV(tuple(item for _, item in pairs), cls=made)
    token = lo.new_token()
    lo.memory.records[token] = tuple(pairs)
    return ObjectV(made, (), token)


def _class_of(lo: Lowerer, record: Record, objects: Mapping[str, Value]) -> Static:
    """Return the class of an object: one from outside, or that of an argument."""
    if record.maker is not None:
        return Static(record.cls, next(path for path, each in lo.captures.items() if each.var == record.maker))
    found = objects.get(record.of[0]) if record.of else None
    for step in record.of[1:]:
        inner = dict(_steps(lo, found)) if found is not None else {}
        found = inner.get(step)
    return found.cls if isinstance(found, ObjectV | TupleV) and found.cls is not None else Static(record.cls)


def _steps(lo: Lowerer, value: Value) -> Iterator[tuple[str, Value]]:
    match value:
        case TupleV(items, cls=Static() as cls):
            yield from zip((f".{name}" for name in cls.obj._fields), items, strict=True)
        case TupleV(items):
            yield from ((f"[{i}]", item) for i, item in enumerate(items))
        case DictV():
            yield from ((f"[{key!r}]", item) for key, item in lo.record(value))
        case ObjectV():
            yield from ((f".{key}", item) for key, item in lo.record(value))
        case ListOf(item):
            yield "[0]", item
        case _:
            pass
