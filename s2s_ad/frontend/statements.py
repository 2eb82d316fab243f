"""Lowering of statements other than `if` and loops."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

from s2s_ad.frontend import lists
from s2s_ad.frontend.access import as_array, flat, getitem, is_view, items_of
from s2s_ad.frontend.context import Completion, Lowerer, Returned, binding, statement
from s2s_ad.frontend.expressions import SYMBOLS, arithmetic, made_function, truth
from s2s_ad.frontend.join import branch, grow, merge
from s2s_ad.frontend.list_methods import extend
from s2s_ad.frontend.lists import change
from s2s_ad.frontend.memory import write
from s2s_ad.frontend.syntax import gast
from s2s_ad.frontend.values import (
    DictV,
    GeneratorV,
    ListOf,
    MethodV,
    Ref,
    SliceV,
    Static,
    TupleV,
    Unbound,
    Value,
    children,
    leaves,
    tokens,
)  # fmt: skip
from s2s_ad.ir.core import Eqn, Lit
from s2s_ad.ir.kinds import BOOL, INT, Array, NumpyScalar, Opaque, axes_of, is_numeric
from s2s_ad.ir.ops import CALL_METHOD, RAISE, op


@statement("Assign")
def assign_(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower target = … = value."""
    since = len(lo.stmts)
    if type(node.targets[0]).__name__ == "Name":
        lo.naming = node.value, node.targets[0].id
    value = lo.expr(node.value)
    lo.retitle(value, node, since)
    for target in node.targets:
        assign(lo, target, value)
    return None


@statement("AnnAssign")
def annotated(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower target: kind = value."""
    if node.value is not None:
        since = len(lo.stmts)
        value = lo.expr(node.value)
        lo.retitle(value, node, since)
        assign(lo, node.target, value)
    return None


@binding("Name", "Tuple", "List", "Subscript", "Attribute")
def assign(lo: Lowerer, target: Any, value: Value) -> None:
    """Bind a target to a value."""
    match type(target).__name__:
        case "Name":
            if isinstance(value, GeneratorV):
                lo.refuse("a generator is kept under a name", "make a list of it: [… for …]", target)
            lo.frame.env[target.id] = value
        case "Tuple" | "List":
            starred = any(type(item).__name__ == "Starred" for item in target.elts)
            if starred and lists.is_list(lo, value):
                _unpack_rest(lo, target.elts, value)
                return
            count = None if starred else len(target.elts)
            _unpack(lo, target.elts, items_of(lo, value, "an unpacked value", count))
        case "Subscript":
            _store(lo, target, "", lambda: value)
        case _:
            lo.refuse("assignment to an attribute", "keep it in a local variable", target)


def _unpack(lo: Lowerer, targets: Sequence[Any], items: tuple[Value, ...]) -> None:
    stars = [i for i, target in enumerate(targets) if type(target).__name__ == "Starred"]
    if stars:
        first, after = stars[0], len(targets) - stars[0] - 1
        if len(items) >= first + after:
            middle = lists.made(lo, items[first : len(items) - after])
            head, tail = items[:first], items[len(items) - after :]
            _unpack(lo, [*targets[:first], targets[first].value, *targets[first + 1 :]], (*head, middle, *tail))
            return
    if len(targets) != len(items):
        lo.refuse(
            f"{len(items)} values are unpacked into {len(targets)} names", "give as many names as there are values"
        )
    for target, item in zip(targets, items, strict=True):
        assign(lo, target, item)


def _unpack_rest(lo: Lowerer, targets: Sequence[Any], value: Value) -> None:
    """Unpack a list of unknown length with a star; that it is long enough is found out at the end."""
    star = next(i for i, target in enumerate(targets) if type(target).__name__ == "Starred")
    after = len(targets) - star - 1
    none, count = lo.lit(None), len(targets) - 1
    length = lo.emit(op("builtins.len"), [lo.read(next(leaves(value)))], kind=INT)
    short = lo.emit(op("operator.lt"), [length, lo.lit(count)], kind=BOOL, hint="")

    def fail() -> None:
        text = f"not enough values to unpack (expected at least {count}, got {{}})"
        message = lo.emit(CALL_METHOD, [lo.lit(text), lo.lit("format"), length], kind=Opaque("str"), hint="")
        error = lo.emit(op("builtins.ValueError"), [message], kind=Opaque("ValueError"), hint="")
        lo.stmts.append(Eqn((), RAISE, (error,), (), lo.origin))

    lo.frame.env = merge(lo, short, branch(lo, fail), branch(lo, lambda: lo.frame.env))
    places = [i if i < star else i - len(targets) for i in range(len(targets))]
    items = [
        getitem(lo, value, SliceV(lo.lit(star), lo.lit(-after) if after else none, none))
        if i == star
        else getitem(lo, value, lo.lit(place))
        for i, place in enumerate(places)
    ]
    for target, item in zip(targets, items, strict=True):
        assign(lo, target.value if type(target).__name__ == "Starred" else target, item)


def _store(lo: Lowerer, target: Any, operator_: str, evaluate: Callable[[], Value]) -> None:
    """Lower owner[index] operator_= value; in Python's order, the value comes last."""
    owner = lo.expr(target.value)
    index = lo.expr(target.slice)
    if lists.is_list(lo, owner):
        _store_item(lo, owner, index, operator_, evaluate)
        return
    if isinstance(owner, MethodV) and owner.name == "flat":
        evaluate = _one_number(lo, evaluate) if not operator_ else evaluate
        owner = flat(lo, owner.owner)
    before, changes = _versions(lo, owner, index), lo.changes
    value = evaluate()
    if lo.changes != changes and operator_:
        lo.refuse("the value of this statement changes a list", "compute it before")
    if _versions(lo, owner, index) != before and operator_ and not is_view(lo, owner, index):
        lo.refuse("the value of this statement writes to an array that the statement reads before", "compute it before")
    if isinstance(owner, Ref):
        write(lo, owner, lo.operand(index), operator_, lo.operand(as_array(lo, value)))
        return
    if lists.is_dissolved(owner) and not _has_item(owner, index):
        grow(lo, tokens(owner), "an item is set at an index that is not known or out of range", "use one that it has")
    if isinstance(owner, TupleV | DictV) and isinstance(index, Lit):
        item = getitem(lo, owner, index) if operator_ else None
        if isinstance(item, Ref):  # an array in a list or dict changes in place, and stays its item
            write(lo, item, lo.lit(Ellipsis), operator_, lo.operand(as_array(lo, value)))
            return
        change(lo, owner, _with_item(lo, owner, index.value, operator_, value))
        return
    lo.refuse("item assignment to this value", "write to an array, or build a new list")


def _one_number(lo: Lowerer, evaluate: Callable[[], Value]) -> Callable[[], Value]:
    """Return what evaluates a value for x.flat[index], which repeats what is more than one number."""

    def number() -> Value:
        value = evaluate()
        if not is_numeric(lo.kind(value)) or axes_of(lo.kind(value)) != "":
            lo.refuse("more than one number is written to x.flat", "write to the array itself")
        return value

    return number


def _versions(lo: Lowerer, *values: Value) -> list[object]:
    return [lo.version(leaf.cell) for value in values for leaf in leaves(value) if isinstance(leaf, Ref)]


def _has_item(owner: Value, index: Value) -> bool:
    size = len(children(owner))
    return isinstance(index, Lit) and type(index.value) is int and -size <= index.value < size


def _store_item(lo: Lowerer, owner: Value, index: Value, operator_: str, evaluate: Callable[[], Value]) -> None:
    """Lower xs[i] operator_= value of a list as storage."""
    if isinstance(index, SliceV):
        lo.refuse("assignment to a slice of a list", "assign its items one by one, or use an array")
    if not operator_:
        lists.set_item(lo, owner, index, evaluate())
        return
    symbol = next(name for name, sign in SYMBOLS.items() if sign == operator_)
    old = getitem(lo, owner, index)
    if isinstance(old, Ref):
        lo.refuse("an item of a list changes in place", "write xs[i] = xs[i] + y")
    lists.set_item(lo, owner, index, arithmetic(lo, symbol, old, evaluate()))


def _with_item(lo: Lowerer, owner: TupleV | DictV, key: Any, operator_: str, value: Value) -> Value:
    if operator_:
        symbol = next(name for name, sign in SYMBOLS.items() if sign == operator_)
        value = arithmetic(lo, symbol, getitem(lo, owner, lo.lit(key)), value)
    if isinstance(owner, DictV):
        return DictV(tuple({**dict(owner.items), key: value}.items()), owner.token)
    if owner.type != "list" or not -len(owner.items) <= key < len(owner.items):
        lo.refuse("assignment to an item that the sequence has not", "build a new one")
    items = list(owner.items)
    items[key] = value
    return TupleV(tuple(items), "list", owner.token)


@statement("AugAssign")
def augmented(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower target op= value: arrays change in place, other values are bound anew."""
    symbol = type(node.op).__name__
    target = node.target
    if type(target).__name__ == "Subscript":
        _store(lo, target, SYMBOLS[symbol], lambda: lo.expr(node.value))
        return None
    if type(target).__name__ != "Name":
        lo.refuse("assignment to an attribute", "keep it in a local variable", target)
    current = lo.expr(_loaded(target))
    since, changes = len(lo.stmts), lo.changes
    value = lo.expr(node.value)
    current = lists.current(lo, current, changes)
    if isinstance(current, Ref) and not lists.is_list(lo, current):
        if lo.version(current.cell).kind.axes is None:  # type: ignore[union-attr]
            lo.refuse("an in-place operation on what may be a number or an array", "write x = x + y instead")
        write(lo, current, lo.lit(Ellipsis), SYMBOLS[symbol], lo.operand(as_array(lo, value)))
        return None
    adds_up = symbol == "Add" and not isinstance(lo.kind(value), Array | NumpyScalar)
    if adds_up and (lists.is_dissolved(current) or lists.is_list(lo, current)):
        extend(lo, current, value)
        return None
    if isinstance(current, TupleV | DictV | ListOf) and not _is_tuple(current):
        lo.refuse("an in-place operation on a list", "write x = x + y instead")
    result = arithmetic(lo, symbol, current, value)
    lo.retitle(result, node, since)
    lo.frame.env[target.id] = result
    return None


def _is_tuple(value: Value) -> bool:
    return isinstance(value, TupleV) and value.type == "tuple"


@statement("Delete")
def delete(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower del: a name is not bound any more, a dict loses an item."""
    for target in node.targets:
        _delete(lo, target)
    return None


def _delete(lo: Lowerer, target: Any) -> None:
    match type(target).__name__:
        case "Name":
            if isinstance(lo.frame.env.get(target.id, Unbound("")), Unbound):
                lo.refuse(f"{target.id!r} may not be bound here", "bind it on every way to this place", target)
            lo.frame.env[target.id] = Unbound("may have been deleted before")
        case "Tuple" | "List":
            for item in target.elts:
                _delete(lo, item)
        case "Subscript":
            _delete_item(lo, target)
        case _:
            lo.refuse("del of an attribute", "keep the value in a local variable", target)


def _delete_item(lo: Lowerer, target: Any) -> None:
    owner, key = lo.expr(target.value), lo.expr(target.slice)
    if not isinstance(key, SliceV) and (lists.is_dissolved(owner) or lists.is_list(lo, owner)):
        lists.delete(lo, owner, key)
        return
    if not isinstance(owner, DictV) or not isinstance(key, Lit):
        lo.refuse("del of an item of this value", "build a new list or dict without it", target)
    if owner.get(key.value) is None:
        lo.refuse(f"the dict has no key {key.value!r}", "delete only what is there", target)
    lists.change(lo, owner, DictV(tuple(pair for pair in owner.items if pair[0] != key.value), owner.token))


def _loaded(target: Any) -> Any:
    return gast.copy_location(gast.Name(target.id, gast.Load(), None, None), target)


@statement("Return")
def return_(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower return."""
    if node.value is None:
        return Returned(lo.lit(None))
    since = len(lo.stmts)
    value = lo.expr(node.value)
    lo.retitle(value, node, since)
    return Returned(value)


@statement("Assert")
def assert_(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower assert to an if that raises."""
    test = truth(lo, lo.expr(node.test))

    def fail() -> None:
        args = [] if node.msg is None else [lo.operand(lo.expr(node.msg))]
        error = lo.emit(op("builtins.AssertionError"), args, kind=Opaque("AssertionError"), hint="")
        lo.stmts.append(Eqn((), RAISE, (error,), (), lo.origin))

    if isinstance(test, Lit):
        return None if test.value else (fail(), Returned(None))[1]
    lo.frame.env = merge(lo, test, branch(lo, lambda: lo.frame.env), branch(lo, fail))
    return None


@statement("Expr")
def expression_statement(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower an expression that stands alone; docstrings are dropped."""
    if type(node.value).__name__ != "Constant":
        lo.expr(node.value)
    return None


@statement("Pass", "Global", "Nonlocal")
def pass_(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower pass; global and nonlocal names may be read, and are refused where they are bound."""
    if type(node).__name__ != "Pass":
        lo.refuse("global and nonlocal names are not supported yet", "pass the value and return it")
    return None


@statement("FunctionDef")
def nested(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower a nested function: it is inlined where it is called."""
    if node.decorator_list:
        lo.refuse("a decorated nested function", "define it in the module")
    lo.frame.env[node.name] = made_function(lo, node, node.name)
    return None


@statement("Import", "ImportFrom")
def import_(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower an import inside a function."""
    for alias in node.names:
        if type(node).__name__ == "Import":
            module = importlib.import_module(alias.name if alias.asname else alias.name.partition(".")[0])
            lo.frame.env[alias.asname or alias.name.partition(".")[0]] = Static(module)
        else:
            if node.level or not node.module:
                lo.refuse("a relative import inside a function", "import at the top of the module")
            owner = importlib.import_module(node.module)
            lo.frame.env[alias.asname or alias.name] = Static(getattr(owner, alias.name))
    return None
