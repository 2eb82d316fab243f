"""Lowering of statements other than `if` and loops."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

from s2s_ad.frontend.access import as_array, flat, getitem, is_view, items_of
from s2s_ad.frontend.context import Completion, Lowerer, Returned, statement
from s2s_ad.frontend.expressions import SYMBOLS, arithmetic, made_function, truth
from s2s_ad.frontend.join import branch, merge
from s2s_ad.frontend.memory import write
from s2s_ad.frontend.syntax import gast
from s2s_ad.frontend.values import DictV, MethodV, Ref, Static, TupleV, Unbound, Value, leaves, tokens, with_changed
from s2s_ad.ir.core import Eqn, Lit
from s2s_ad.ir.kinds import Opaque, axes_of, is_numeric
from s2s_ad.ir.ops import RAISE, op


@statement("Assign")
def assign_(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower target = … = value."""
    since = len(lo.stmts)
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


def assign(lo: Lowerer, target: Any, value: Value) -> None:
    """Bind a target to a value."""
    match type(target).__name__:
        case "Name":
            lo.frame.env[target.id] = value
        case "Tuple" | "List":
            starred = any(type(item).__name__ == "Starred" for item in target.elts)
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
            middle = TupleV(items[first : len(items) - after], "list")
            head, tail = items[:first], items[len(items) - after :]
            _unpack(lo, [*targets[:first], targets[first].value, *targets[first + 1 :]], (*head, middle, *tail))
            return
    if len(targets) != len(items):
        lo.refuse(
            f"{len(items)} values are unpacked into {len(targets)} names", "give as many names as there are values"
        )
    for target, item in zip(targets, items, strict=True):
        assign(lo, target, item)


def _store(lo: Lowerer, target: Any, operator_: str, evaluate: Callable[[], Value]) -> None:
    """Lower owner[index] operator_= value; in Python's order, the value comes last."""
    owner = lo.expr(target.value)
    index = lo.expr(target.slice)
    if isinstance(owner, MethodV) and owner.name == "flat":
        evaluate = _one_number(lo, evaluate) if not operator_ else evaluate
        owner = flat(lo, owner.owner)
    before = [lo.version(leaf.cell) for part in (owner, index) for leaf in leaves(part) if isinstance(leaf, Ref)]
    value = evaluate()
    after = [lo.version(leaf.cell) for part in (owner, index) for leaf in leaves(part) if isinstance(leaf, Ref)]
    if after != before and operator_ and not is_view(lo, owner, index):
        lo.refuse("the value of this statement writes to an array that the statement reads before", "compute it before")
    if isinstance(owner, Ref):
        write(lo, owner, lo.operand(index), operator_, lo.operand(as_array(lo, value)))
        return
    if isinstance(owner, TupleV | DictV) and isinstance(index, Lit):
        item = getitem(lo, owner, index) if operator_ else None
        if isinstance(item, Ref):  # an array in a list or dict changes in place, and stays its item
            write(lo, item, lo.lit(Ellipsis), operator_, lo.operand(as_array(lo, value)))
            return
        _change(lo, owner, _with_item(lo, owner, index.value, operator_, value))
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


def _change(lo: Lowerer, owner: TupleV | DictV, changed: Value) -> None:
    """Let all names of a list or dict stand for what it has become."""
    token = owner.token
    if not token or token in lo.memory.frozen:
        lo.refuse("a list or dict is changed that others may share", "build a new one, or copy it first")
    around = [frame for frame in lo.frame.around() if any(token in tokens(value) for value in frame.env.values())]
    if around:
        lo.refuse("a list or dict of another function is changed", "return a new one instead")
    lo.frame.env = {name: with_changed(value, token, changed) for name, value in lo.frame.env.items()}


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
    since = len(lo.stmts)
    value = lo.expr(node.value)
    if isinstance(current, Ref):
        if lo.version(current.cell).kind.axes is None:  # type: ignore[union-attr]
            lo.refuse("an in-place operation on what may be a number or an array", "write x = x + y instead")
        write(lo, current, lo.lit(Ellipsis), SYMBOLS[symbol], lo.operand(as_array(lo, value)))
        return None
    if isinstance(current, TupleV | DictV):
        lo.refuse("an in-place operation on a list", "write x = x + y instead")
    result = arithmetic(lo, symbol, current, value)
    lo.retitle(result, node, since)
    lo.frame.env[target.id] = result
    return None


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
    if not isinstance(owner, DictV) or not isinstance(key, Lit):
        lo.refuse("del of an item of this value", "build a new list or dict without it", target)
    if owner.get(key.value) is None:
        lo.refuse(f"the dict has no key {key.value!r}", "delete only what is there", target)
    _change(lo, owner, DictV(tuple(pair for pair in owner.items if pair[0] != key.value), owner.token))


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
