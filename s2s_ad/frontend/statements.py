"""Lowering of statements other than `if` and loops."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

from s2s_ad.frontend import captured, lists, objects
from s2s_ad.frontend.access import as_array, constant_key, flat, getitem, is_view, items_of
from s2s_ad.frontend.context import Completion, Lowerer, Returned, binding, statement
from s2s_ad.frontend.expressions import BINARY, SYMBOLS, arithmetic, attribute_of, item_of, made_function, truth
from s2s_ad.frontend.iteration import listed
from s2s_ad.frontend.join import branch, grow, merge
from s2s_ad.frontend.list_methods import extend
from s2s_ad.frontend.lists import change
from s2s_ad.frontend.memory import write
from s2s_ad.frontend.syntax import gast
from s2s_ad.frontend.values import (
    NOT_BOUND,
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
    iterators,
    leaves,
    tokens,
)  # fmt: skip
from s2s_ad.ir.core import Eqn, Lit, Seq, Stmt, operands, variables
from s2s_ad.ir.kinds import BOOL, INT, Array, NumpyScalar, Opaque, axes_of, is_number, is_numeric
from s2s_ad.ir.ops import CALL_METHOD, GETITEM, RAISE, op


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
            if any(isinstance(found, GeneratorV) for found in iterators(value)):
                lo.refuse("a generator is kept under a name", "make a list of it: [… for …]", target)
            lo.bind(target.id, value)
        case "Tuple" | "List":
            value = listed(lo, value)
            starred = any(type(item).__name__ == "Starred" for item in target.elts)
            if starred and lists.is_list(lo, value):
                _unpack_rest(lo, target.elts, value)
                return
            count = None if starred else len(target.elts)
            _unpack(lo, target.elts, items_of(lo, value, "an unpacked value", count))
        case "Subscript":
            _store(lo, target, "", lambda: value)
        case "Attribute":
            with lo.at(target):
                objects.set_attribute(lo, lo.expr(target.value), objects.mangled(lo, target.attr), value)
        case _:
            lo.refuse("assignment to this", "assign to names, items and attributes", target)


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
    if isinstance(owner, DictV) or objects.has(owner, "__setitem__"):
        _store_by_key(lo, owner, index, operator_, evaluate)
        return
    if isinstance(owner, MethodV) and owner.name == "flat":
        evaluate = _one_number(lo, evaluate) if not operator_ else evaluate
        owner = flat(lo, owner.owner)
    before, changes, since = _versions(lo, owner, index), lo.changes, len(lo.stmts)
    value = evaluate()
    if isinstance(owner, Ref) and operator_ and any(map(_may_raise, lo.stmts[since:])):
        _read_first(lo, owner, index, since)
    if lo.changes != changes and operator_:
        lo.refuse("the value of this statement changes a list", "compute it before")
    if _versions(lo, owner, index) != before and operator_ and not is_view(lo, owner, index):
        lo.refuse("the value of this statement writes to an array that the statement reads before", "compute it before")
    if isinstance(owner, Ref):
        write(lo, owner, lo.operand(index), operator_, lo.operand(as_array(lo, value)))
        return
    if lists.is_dissolved(owner) and not _has_item(owner, index):
        grow(lo, tokens(owner), "an item is set at an index that is not known or out of range", "use one that it has")
    if isinstance(owner, TupleV) and isinstance(index, Lit):
        item = getitem(lo, owner, index) if operator_ else None
        if item is not None:
            value = in_place(lo, _symbol(operator_), item, value)
        if value is not item:  # what changes in place stays its item
            change(lo, owner, _with_item(lo, owner, index.value, value))
        return
    lo.refuse("item assignment to this value", "write to an array, or build a new list")


def _read_first(lo: Lowerer, owner: Ref, index: Value, since: int) -> None:
    """Emit a read of what is changed in place before its new value: if both fail, it is the read that Python tells of.

    In loops, where that would cost time, only a constant index is read so.
    """
    constant = isinstance(lo.operand(index), Lit | Seq) and not any(variables(lo.operand(index)))
    if is_view(lo, owner, index) or (lo.frame.regions and not constant):
        return
    with lo.block() as stmts:
        lo.emit(GETITEM, [lo.read(owner), lo.operand(index)], hint="")
    lo.stmts[since:since] = stmts


def _may_raise(stmt: Stmt) -> bool:
    """Say whether a statement may fail: arithmetic of numbers does only where it divides."""
    if not isinstance(stmt, Eqn):
        return True
    numbers = all(is_number(var.kind) for var in operands(stmt))
    divides = stmt.op.path.rpartition(".")[2] in ("truediv", "floordiv", "mod", "pow")
    return not numbers or not stmt.op.path.startswith("operator.") or divides


def _store_by_key(lo: Lowerer, owner: Value, index: Value, operator_: str, evaluate: Callable[[], Value]) -> None:
    """Lower owner[index] operator_= value of a dict, or of an object that says itself what that does."""
    old = item_of(lo, owner, index) if operator_ else None
    value = evaluate()
    if old is not None:
        value = in_place(lo, _symbol(operator_), old, value)
    if objects.has(owner, "__setitem__"):
        objects.special(lo, owner, "__setitem__", [index, value])
    elif value is not old:
        assert isinstance(owner, DictV)
        key = constant_key(lo, index)
        lo.change(owner, tuple({**dict(lo.record(owner, whole=False)), key: value}.items()))


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
    old = getitem(lo, owner, index)
    if isinstance(old, Ref):
        lo.refuse("an item of a list changes in place", "write xs[i] = xs[i] + y")
    lists.set_item(lo, owner, index, arithmetic(lo, _symbol(operator_), old, evaluate()))


def _symbol(operator_: str) -> str:
    return next(name for name, sign in SYMBOLS.items() if sign == operator_)


def _with_item(lo: Lowerer, owner: TupleV, key: Any, value: Value) -> TupleV:
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
    owner = lo.expr(target.value) if type(target).__name__ == "Attribute" else None
    if owner is None:
        current = lo.expr(_loaded(target))
    else:
        current = attribute_of(lo, owner, objects.mangled(lo, target.attr))
    since, changes = len(lo.stmts), lo.changes
    value = lo.expr(node.value)
    current = lists.current(lo, current, changes)
    changes = lo.changes
    result = in_place(lo, symbol, current, value)
    if result is not current:
        lo.retitle(result, node, since)
    if owner is not None:
        attribute = objects.mangled(lo, target.attr)
        if result is not current or not objects.is_plainly_set(owner, attribute):
            objects.set_attribute(lo, owner, attribute, lists.current(lo, result, changes))
    elif result is not current:
        lo.bind(target.id, result)
    return None


def in_place(lo: Lowerer, symbol: str, current: Value, value: Value) -> Value:
    """Return what `current op= value` binds: arrays and lists, which change in place, are what they were."""
    if isinstance(current, Ref) and not lists.is_list(lo, current):
        if lo.version(current.cell).kind.axes is None:  # type: ignore[union-attr]
            lo.refuse("an in-place operation on what may be a number or an array", "write x = x + y instead")
        write(lo, current, lo.lit(Ellipsis), SYMBOLS[symbol], lo.operand(as_array(lo, value)))
        return current
    in_place = f"__i{BINARY[symbol].rstrip('_')}__"
    if objects.has(current, in_place):
        return objects.special(lo, current, in_place, [value])
    adds_up = symbol == "Add" and not isinstance(lo.kind(value), Array | NumpyScalar)
    if adds_up and (lists.is_dissolved(current) or lists.is_list(lo, current)):
        extend(lo, current, value)
        return current
    if isinstance(current, DictV) and symbol == "BitOr":
        lo.call(MethodV(current, "update"), [value])
        return current
    if isinstance(current, DictV | ListOf) or lists.is_dissolved(current):
        lo.refuse("an in-place operation on a list or dict", "write x = x + y instead")
    return arithmetic(lo, symbol, current, value)


@statement("Delete")
def delete(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower del: a name is not bound any more, a dict loses an item."""
    for target in node.targets:
        _delete(lo, target)
    return None


def _delete(lo: Lowerer, target: Any) -> None:
    match type(target).__name__:
        case "Name":
            if isinstance(lo.lookup(target.id) or NOT_BOUND, Unbound):
                lo.refuse(f"{target.id!r} may not be bound here", "bind it on every way to this place", target)
            lo.bind(target.id, Unbound("may have been deleted before"))
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
    if objects.has(owner, "__delitem__"):
        objects.special(lo, owner, "__delitem__", [key])
        return
    if not isinstance(owner, DictV):
        lo.refuse("del of an item of this value", "build a new list or dict without it", target)
    known = constant_key(lo, key)
    pairs = dict(lo.record(owner, whole=False))
    if known not in pairs or isinstance(pairs[known], Unbound):
        lo.refuse(f"the dict has no key {known!r}, or may not have it", "delete only what is there", target)
    lo.change(owner, tuple(pair for pair in pairs.items() if pair[0] != known))


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
    """Lower what does nothing by itself; the frame knows which names are declared."""
    return None


@statement("FunctionDef")
def nested(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower a nested function: it is inlined where it is called."""
    decorators = [lo.expr(decorator) for decorator in node.decorator_list]
    made: Value = made_function(lo, node, node.name)
    for decorator in reversed(decorators):
        made = lo.call(decorator, [made])
    lo.bind(node.name, made)
    return None


@statement("Import", "ImportFrom")
def import_(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower an import inside a function."""
    for alias in node.names:
        if type(node).__name__ == "Import":
            module = importlib.import_module(alias.name if alias.asname else alias.name.partition(".")[0])
            lo.bind(alias.asname or alias.name.partition(".")[0], Static(module, captured.module_path(module)))
        else:
            if node.level or not node.module:
                lo.refuse("a relative import inside a function", "import at the top of the module")
            owner = importlib.import_module(node.module)
            found = captured.attribute(lo, Static(owner, captured.module_path(owner)), alias.name)
            lo.bind(alias.asname or alias.name, found)
    return None
