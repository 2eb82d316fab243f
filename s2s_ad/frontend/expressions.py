"""Lowering of expressions."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from enum import Enum
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import numpy as np

from s2s_ad.frontend import captured, distributions, list_methods, lists, objects
from s2s_ad.frontend.access import as_array, getattr_, getitem, items_of, known_key, truth
from s2s_ad.frontend.context import FirstIteration, GrowingListError, Kwargs, Lowerer, expression
from s2s_ad.frontend.iteration import known_items
from s2s_ad.frontend.join import branch, grow, merge
from s2s_ad.frontend.syntax import gast
from s2s_ad.frontend.values import (
    NOT_YET,
    USED_UP,
    DerivativeV,
    DictV,
    FunctionV,
    IteratorV,
    LinearV,
    ListOf,
    Made,
    MethodV,
    ObjectV,
    PartialV,
    Ref,
    Static,
    SuperV,
    TupleV,
    Unbound,
    Value,
    children,
    iterators,
)  # fmt: skip
from s2s_ad.ir.core import Atom, Lit, Var
from s2s_ad.ir.kinds import (
    BOOL,
    INT,
    Array,
    Kind,
    ListKind,
    NumpyScalar,
    Opaque,
    PyScalar,
    TupleKind,
    is_complex,
    is_integer,
    is_numeric,
    is_python_scalar,
)  # fmt: skip
from s2s_ad.ir.ops import CALL_METHOD, op

BINARY = {
    "Add": "add", "Sub": "sub", "Mult": "mul", "Div": "truediv", "FloorDiv": "floordiv", "Mod": "mod", "Pow": "pow",
    "MatMult": "matmul", "LShift": "lshift", "RShift": "rshift", "BitAnd": "and_", "BitOr": "or_", "BitXor": "xor",
}  # fmt: skip
SYMBOLS = {
    "Add": "+", "Sub": "-", "Mult": "*", "Div": "/", "FloorDiv": "//", "Mod": "%", "Pow": "**", "MatMult": "@",
    "BitAnd": "&", "BitOr": "|", "BitXor": "^", "LShift": "<<", "RShift": ">>",
}  # fmt: skip
_METHODS = BINARY | {"BitAnd": "and", "BitOr": "or"}
UNARY = {"USub": "neg", "UAdd": "pos", "Invert": "invert", "Not": "not_"}
COMPARE = {
    "Lt": "lt", "LtE": "le", "Gt": "gt", "GtE": "ge", "Eq": "eq", "NotEq": "ne", "Is": "is_", "IsNot": "is_not",
    "In": "contains", "NotIn": "contains",
}  # fmt: skip


@expression("Constant")
def constant(lo: Lowerer, node: Any) -> Value:
    """Lower a literal."""
    return lo.lit(node.value)


@expression("Name")
def name(lo: Lowerer, node: Any) -> Value:
    """Lower a name: local, of a function around, or of the outside."""
    value = lo.lookup(node.id)
    if value == NOT_YET:
        lo.early.add(node.id)
        raise FirstIteration(node.id)
    if value == USED_UP:
        lo.refuse(f"{node.id!r} {USED_UP.reason}", f"make a list of it: list({node.id})")
    if isinstance(value, Unbound):
        grow(lo, value.lists, f"{node.id!r} {value.reason}", "bind it on every way to this place")
    if value is None:
        return captured.global_name(lo, objects.mangled(lo, node.id))
    for found in iterators(value):
        if node.id not in lo.frame.env or (isinstance(found, IteratorV) and found.made <= lo.fence):
            lo.refuse("an iterator is used where it is not made", "make a list of it: list(…)")
        lo.frame.env[node.id] = USED_UP
    return lo.require(value)


@expression("Attribute")
def attribute(lo: Lowerer, node: Any) -> Value:
    """Lower owner.name."""
    told = captured.list_told(lo, node.value) if node.attr == "append" else None
    if told is not None:
        return MethodV(told, node.attr)
    return attribute_of(lo, lo.expr(node.value), objects.mangled(lo, node.attr))


_OF_NAMED_TUPLES = frozenset({"_replace", "_asdict", "count", "index"})


def attribute_of(lo: Lowerer, owner: Value, name_: str) -> Value:
    """Return owner.name."""
    match owner:
        case TupleV(cls=Static()) if name_ not in _OF_NAMED_TUPLES:
            return objects.get_attribute(lo, owner, name_)
        case ObjectV():
            return objects.get_attribute(lo, owner, name_)
        case SuperV():
            return objects.super_attribute(lo, owner, name_)
        case Static(obj) if isinstance(obj, type) and objects.form_of(obj) is not None:
            return objects.class_attribute(lo, owner, name_)
        case Static() if objects.class_of(owner) is not None:
            return objects.get_attribute(lo, owner, name_)
        case PartialV(Static(obj)) if distributions.of(obj) is not None:
            return MethodV(owner, name_)
        case PartialV() | FunctionV() | DerivativeV() | LinearV():
            lo.refuse(f"the attribute {name_!r} of a function that is made here", "call the function")
        case _:
            return getattr_(lo, owner, name_)


@expression("Subscript")
def subscript(lo: Lowerer, node: Any) -> Value:
    """Lower owner[index]."""
    owner = lo.expr(node.value)
    return item_of(lo, owner, lo.expr(node.slice))


def item_of(lo: Lowerer, owner: Value, index: Value) -> Value:
    """Return owner[index]."""
    if objects.has(owner, "__getitem__"):
        return objects.special(lo, owner, "__getitem__", [index])
    return getitem(lo, owner, index)


@expression("Tuple", "List")
def display(lo: Lowerer, node: Any) -> Value:
    """Lower a tuple or list written out."""
    if type(node).__name__ == "List" and lo.site() in lo.growing:
        return _growing_display(lo, node)
    items = tuple(spread(lo, node.elts))
    return lists.made(lo, items) if type(node).__name__ == "List" else TupleV(items)


def _growing_display(lo: Lowerer, node: Any) -> Value:
    """Lower a list written out that is storage, with stars of any length."""
    star = next((i for i, item in enumerate(node.elts) if type(item).__name__ == "Starred"), len(node.elts))
    naming, lo.naming = lo.naming, (None, "")
    known = spread(lo, node.elts[:star])
    lo.naming = naming
    made = lists.grown(lo, known, lo.site())
    for item in node.elts[star:]:
        if type(item).__name__ == "Starred":
            list_methods.extend(lo, made, lo.expr(item.value))
        else:
            lists.append(lo, made, lo.expr(item))
    return made


def spread(lo: Lowerer, nodes: Sequence[Any]) -> list[Value]:
    """Lower the items of a display or the arguments of a call, with stars."""
    values: list[Value] = []
    changes = lo.changes
    for node in nodes:
        if type(node).__name__ == "Starred":
            value = lo.expr(node.value)
            known = known_items(lo, value)
            site = lo.site()
            if known is None and site is not None and type(lo.node).__name__ == "List":
                raise GrowingListError({site: None})
            values.extend(items_of(lo, value, "a starred value") if known is None else known)
        else:
            values.append(lo.expr(node))
    return [lists.current(lo, value, changes) for value in values]


@expression("Dict")
def dict_display(lo: Lowerer, node: Any) -> Value:
    """Lower a dict written out."""
    items: dict[Any, Value] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            inner = lo.expr(value)
            if not isinstance(inner, DictV):
                lo.refuse("** of a dict whose keys are not known", node=value)
            items.update(lo.record(inner))
        else:
            known = known_key(lo.expr(key))
            if known is None:
                lo.refuse("a dict key that is not a constant", "use keys that are known before the run", node=key)
            items[known.value] = lo.expr(value)
    return lo.new_dict(tuple(items.items()))


@expression("BinOp")
def binary(lo: Lowerer, node: Any) -> Value:
    """Lower an operator between two values."""
    if isinstance(node.op, gast.Add | gast.Sub) and isinstance(node.left, gast.BinOp):
        return _sum(lo, node)
    left, changes = lo.expr(node.left), lo.changes
    right = lo.expr(node.right)
    return arithmetic(lo, type(node.op).__name__, lists.current(lo, left, changes), right)


def _sum(lo: Lowerer, node: Any) -> Value:
    """Lower a ± b ± c ….

    As in the textbooks the terms come first and then they are added up.  Adding numbers has no
    effect and raises nothing, so doing it later than Python makes no difference; where arrays
    are added the order is Python's.
    """
    chain: list[Any] = []
    while isinstance(node, gast.BinOp) and isinstance(node.op, gast.Add | gast.Sub):
        chain.append(node)
        node = node.left
    total = lo.expr(node)
    waiting: list[tuple[Any, Value]] = []

    def add_up(total: Value) -> Value:
        for term, value in waiting:
            with lo.at(term):
                total = arithmetic(lo, type(term.op).__name__, total, value)
        waiting.clear()
        return total

    for term in reversed(chain):
        waiting.append((term, lo.expr(term.right)))
        if not all(_is_number(lo, value) for value in (total, waiting[-1][1])):
            total = add_up(total)
    return add_up(total)


def _is_number(lo: Lowerer, value: Value) -> bool:
    return isinstance(value, Var | Lit) and isinstance(value.kind, PyScalar | NumpyScalar)


def arithmetic(lo: Lowerer, symbol: str, left: Value, right: Value) -> Value:
    """Return left `symbol` right."""
    if objects.class_of(left) is not None or objects.class_of(right) is not None:
        name_ = _METHODS[symbol]
        found = _operator(lo, f"__{name_}__", f"__r{name_}__", left, right)
        if found is not None:
            return found
    if isinstance(left, DictV) or isinstance(right, DictV):
        return _merged(lo, symbol, left, right)
    sequence = _sequence_arithmetic(lo, symbol, left, right)
    if sequence is not None:
        return sequence
    path = f"operator.{BINARY[symbol]}"
    if any(isinstance(lo.kind(value), Array) for value in (left, right)):
        left, right = as_array(lo, left), as_array(lo, right)
    if any(isinstance(value, Var) and isinstance(value.kind, ListKind) for value in (left, right)):
        lo.refuse("an operator on a list", "make an array of it: np.array(xs)")
    x, y = lo.read(left), lo.read(right)
    folded = fold(lo, op(path).fun, x, y)
    if folded is not None:
        return folded
    if lo.quiet:
        path = _never_raising(lo, symbol, x, y) or path
        if path == "numpy.power" and isinstance(x, Var) and is_complex(x.kind):
            x = lo.emit(op("numpy.complex128"), [x])  # a number that turns complex in a loop is real at first
        if isinstance(y, Lit) and type(y.value) is int and (symbol, y.value) in _NEUTRAL:
            return left
        if isinstance(y, Lit) and symbol in ("Add", "Sub") and type(y.value) is int and y.value == 0:
            return left
        if isinstance(x, Lit) and symbol == "Mult" and type(x.value) is int and x.value == 1:
            return right
    return lo.wrap(lo.emit(op(path), [x, y]))


def _merged(lo: Lowerer, symbol: str, left: Value, right: Value) -> Value:
    """Return left | right of two dicts."""
    if symbol != "BitOr" or not isinstance(left, DictV) or not isinstance(right, DictV):
        lo.refuse("this operator on a dict", "use the items of the dict")
    return lo.new_dict(tuple({**dict(lo.record(left)), **dict(lo.record(right))}.items()))


_NEUTRAL = frozenset({("Pow", 1), ("Mult", 1), ("Div", 1), ("Sub", 0)})
"""Integers on the right that leave a float as it is."""


def _operator(lo: Lowerer, name_: str, reflected: str, left: Value, right: Value) -> Value | None:
    """Return what the operator of a user's class gives, as Python asks one operand and then the other."""
    ways = [(left, name_, right), (right, reflected, left)]
    mine, other = objects.class_of(left), objects.class_of(right)
    if mine and other and mine.obj is not other.obj and issubclass(other.obj, mine.obj):
        ways.reverse()
    if mine is None and isinstance(lo.kind(left), Array | NumpyScalar) and objects.has(right, reflected):
        lo.refuse("an operator of NumPy's arrays with an object", "put the object first")
    for owner, method, operand in ways[: 1 if mine and other and mine.obj is other.obj and name_ != reflected else 2]:
        if objects.has(owner, method):
            result = objects.special(lo, owner, method, [operand])
            if not (isinstance(result, Static) and result.obj is NotImplemented):
                return result
    return None


def _never_raising(lo: Lowerer, symbol: str, x: Atom, y: Atom) -> str | None:
    """Return NumPy's form of an operation on Python numbers that could raise, None if it cannot.

    Division by what the primal itself divides by, and powers that are smaller than the primal's,
    are safe as they stand.
    """
    if not (is_python_scalar(x.kind) and is_python_scalar(y.kind)):
        return None
    if symbol == "Div" and y not in lo.nonzero and not (isinstance(y, Lit) and y.value):
        return "numpy.divide"
    if symbol == "Pow" and not (isinstance(y, Lit) and not isinstance(y.value, complex) and y.value >= 0):
        return "numpy.power"
    return None


def _sequence_arithmetic(lo: Lowerer, symbol: str, left: Value, right: Value) -> Value | None:
    if isinstance(left, TupleV) and isinstance(right, TupleV) and symbol == "Add" and left.type == right.type:
        return _sequence(lo, left.items + right.items, left.type)
    if symbol == "Add" and all(lists.is_list(lo, each) or lists.is_dissolved(each) for each in (left, right)):
        return list_methods.joined(lo, left, right)
    if symbol == "Mult":
        for sequence, count in ((left, right), (right, left)):
            if isinstance(sequence, TupleV) and isinstance(count, Lit) and isinstance(count.value, int):
                return _sequence(lo, sequence.items * count.value, sequence.type)
            if lists.is_dissolved(sequence) and isinstance(count, Var) and is_integer(count.kind):
                return list_methods.repeated(lo, children(sequence), count)
            if lists.is_list(lo, sequence) and is_integer(lo.kind(count)):
                lo.refuse("a list of unknown length times a number", "write [x for _ in range(n) for x in xs]")
    return None


def _sequence(lo: Lowerer, items: tuple[Value, ...], kind: str) -> Value:
    return lists.made(lo, items) if kind == "list" else TupleV(items)


_FOLDED = (int, float, complex, bool, str, type(None))


def fold(lo: Lowerer, function: Callable[..., Any], *args: Atom) -> Lit | None:
    """Return the value of an operation on Python constants, if it has one."""
    values = [arg.value for arg in args if isinstance(arg, Lit)]
    if len(values) < len(args) or not all(type(value) in _FOLDED for value in values):
        return None
    try:
        result = function(*values)
    except (ArithmeticError, TypeError, ValueError):
        return None
    return lo.lit(result) if len(repr(result)) < 40 else None


@expression("UnaryOp")
def unary(lo: Lowerer, node: Any) -> Value:
    """Lower -x, +x, ~x and not x."""
    return unary_of(lo, type(node.op).__name__, lo.expr(node.operand))


def unary_of(lo: Lowerer, symbol: str, value: Value) -> Value:
    """Return `symbol` value."""
    method = {"USub": "__neg__", "UAdd": "__pos__", "Invert": "__invert__"}.get(symbol, "")
    if method and objects.has(value, method):
        return objects.special(lo, value, method, [])
    if not method:
        return negate(lo, truth(lo, value))
    x = lo.read(value)
    operation = op(f"operator.{UNARY[symbol]}")
    folded = fold(lo, operation.fun, x)
    if folded is not None:
        return folded
    return lo.wrap(lo.emit(operation, [x]))


def negate(lo: Lowerer, x: Atom) -> Atom:
    """Return not x."""
    return lo.lit(not x.value) if isinstance(x, Lit) else lo.emit(op("operator.not_"), [x], kind=BOOL)


@expression("Compare")
def compare(lo: Lowerer, node: Any) -> Value:
    """Lower a comparison; in a chain each operand is evaluated once, and only if needed."""
    left = lo.expr(node.left)
    return _chain(lo, left, list(zip(node.ops, node.comparators, strict=True)))


def _chain(lo: Lowerer, left: Value, rest: list[tuple[Any, Any]]) -> Value:
    (operator_, node), *others = rest
    symbol = type(operator_).__name__
    among = symbol in ("In", "NotIn") and type(node).__name__ == "Set" and not isinstance(lo.kind(left), Array)
    right = display(lo, node) if among else lo.expr(node)  # to be in a set is to be among its items
    first = compare_values(lo, symbol, left, right)
    if not others:
        return first
    return choose(lo, truth(lo, first), lambda: _chain(lo, right, others), lambda: first)


def compare_values(lo: Lowerer, symbol: str, left: Value, right: Value) -> Value:
    """Return the comparison of two values."""
    known = _known_comparison(lo, symbol, left, right)
    if known is not None:
        return lo.lit(known)
    if symbol not in ("Is", "IsNot") and (objects.class_of(left) or objects.class_of(right)):
        found = _compare_objects(lo, symbol, left, right)
        if found is not None:
            return found
    operation = op(f"operator.{COMPARE[symbol]}")
    if symbol in ("In", "NotIn"):
        found = lo.emit(operation, [lo.operand(right), lo.operand(left)], kind=BOOL)
        return negate(lo, found) if symbol == "NotIn" else found
    x, y = lo.operand(left), lo.operand(right)
    if symbol in ("Is", "IsNot") or not all(is_numeric(lo.kind(value)) for value in (left, right)):
        return lo.emit(operation, [x, y], kind=BOOL)
    return lo.wrap(lo.emit(operation, [x, y]))


_REFLECTED = {"Lt": "gt", "LtE": "ge", "Gt": "lt", "GtE": "le", "Eq": "eq", "NotEq": "ne"}


def _compare_objects(lo: Lowerer, symbol: str, left: Value, right: Value) -> Value | None:
    """Return the comparison of an instance of a user's class, None where that is not its own."""
    if symbol in ("In", "NotIn"):
        if not objects.has(right, "__contains__"):
            return None
        found = truth(lo, objects.special(lo, right, "__contains__", [left]))
        return negate(lo, found) if symbol == "NotIn" else found
    if isinstance(left, TupleV) and isinstance(right, TupleV):
        return compare_values(lo, symbol, TupleV(left.items), TupleV(right.items))
    mine, other = objects.class_of(left), objects.class_of(right)
    for cls, value in ((mine, left), (other, right)):
        if cls is not None and objects.is_generated(getattr(cls.obj, f"__{COMPARE[symbol]}__", None)):
            if mine is not None and other is not None and mine.obj is other.obj:
                return compare_values(lo, symbol, objects.as_fields(lo, left), objects.as_fields(lo, right))
            lo.refuse(f"a comparison of a {cls.obj.__qualname__} with something else", "compare their attributes")
        if cls is not None and symbol == "NotEq" and objects.has(value, "__eq__") and not objects.has(value, "__ne__"):
            return negate(lo, truth(lo, compare_values(lo, "Eq", left, right)))
    found = _operator(lo, f"__{COMPARE[symbol]}__", f"__{_REFLECTED[symbol]}__", left, right)
    if found is None and symbol in ("Eq", "NotEq"):
        return compare_values(lo, "Is" if symbol == "Eq" else "IsNot", left, right)
    return found


_RECOGNISED = (Enum, FunctionType, BuiltinFunctionType, ModuleType, type, np.ufunc, np.dtype)
"""Objects that are known again at the next call."""


def _known_comparison(lo: Lowerer, symbol: str, left: Value, right: Value) -> bool | None:
    """Return the outcome of a comparison that is decided by constants or by kinds alone."""
    if isinstance(left, Static) and isinstance(right, Static) and symbol in ("Is", "IsNot", "Eq", "NotEq"):
        if not all(isinstance(value.obj, _RECOGNISED) or not value.path for value in (left, right)):
            lo.refuse("a comparison of captured objects", "compare numbers, strings or members of an Enum")
        return (left.obj is right.obj) == (symbol in ("Is", "Eq"))
    if symbol in ("Is", "IsNot"):
        nones = [isinstance(value, Lit) and value.value is None for value in (left, right)]
        if any(nones):
            other = right if nones[0] else left
            same = all(nones)
            plain = isinstance(other, Static | Made | Lit | ObjectV | DictV | TupleV | ListOf)
            certain = same or plain or not isinstance(lo.kind(other), Opaque)
            return (same == (symbol == "Is")) if certain else None
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Lit) and isinstance(one.value, bool):
                if isinstance(other, Lit):
                    return (one.value is other.value) == (symbol == "Is")
                if isinstance(lo.kind(other), Array | NumpyScalar):
                    return symbol == "IsNot"
        same = _same_object(lo, left, right)
        return None if same is None else same == (symbol == "Is")
    if symbol in ("In", "NotIn") and isinstance(left, Lit) and isinstance(right, TupleV | DictV):
        keys = right.items if isinstance(right, TupleV) else tuple(lo.lit(key) for key, _ in lo.record(right))
        if all(isinstance(key, Lit) for key in keys):
            return any(key.value == left.value for key in keys if isinstance(key, Lit)) == (symbol == "In")
    if isinstance(left, Lit) and isinstance(right, Lit) and symbol not in ("In", "NotIn"):
        try:
            return bool(getattr(operator, COMPARE[symbol])(left.value, right.value))
        except TypeError:
            return None
    return None


_STRUCTURES = (TupleV, DictV, ObjectV, ListOf)


def _same_object(lo: Lowerer, left: Value, right: Value) -> bool | None:
    """Return whether two values are the same object, None where that is seen when the program runs.

    Structures are dissolved into their items: they are told apart by their tokens alone.
    """
    if isinstance(left, Ref) and isinstance(right, Ref) and left.path and right.path:
        lo.refuse("whether two views of an array are the same object", "compare what is in them")
    if not isinstance(left, _STRUCTURES) and not isinstance(right, _STRUCTURES):
        return None
    sorts = {_sort_of_structure(lo, value) for value in (left, right)}
    if len(sorts) == 2 and "" not in sorts:
        return False
    tokens = {value.token if isinstance(value, TupleV | DictV | ObjectV) else 0 for value in (left, right)}
    if 0 in tokens or lo.memory.frozen & tokens:
        lo.refuse("whether two tuples, lists, dicts or objects are the same", "compare what is in them")
    return len(tokens) == 1


def _sort_of_structure(lo: Lowerer, value: Value) -> str:
    """Return the type of a value, "" where it is not known."""
    match value:
        case TupleV(type=sort):
            return sort
        case ListOf():
            return "list"
        case DictV():
            return "dict"
        case ObjectV() | Static():
            return "object"
        case _:
            kind = lo.kind(value)
            return "list" if isinstance(kind, ListKind) else "number" if is_numeric(kind) else ""


@expression("BoolOp")
def boolean(lo: Lowerer, node: Any) -> Value:
    """Lower and/or, which give one of their operands and skip the others."""
    return _boolean(lo, type(node.op).__name__ == "And", node.values)


def _boolean(lo: Lowerer, conjunction: bool, nodes: Sequence[Any]) -> Value:
    first = lo.expr(nodes[0])
    if len(nodes) == 1:
        return first
    test = truth(lo, first)
    if conjunction:
        return choose(lo, test, lambda: _boolean(lo, conjunction, nodes[1:]), lambda: first)
    return choose(lo, test, lambda: first, lambda: _boolean(lo, conjunction, nodes[1:]))


@expression("IfExp")
def ternary(lo: Lowerer, node: Any) -> Value:
    """Lower x if test else y."""
    test = truth(lo, lo.expr(node.test))
    return choose(lo, test, lambda: lo.expr(node.body), lambda: lo.expr(node.orelse))


def choose(lo: Lowerer, test: Atom, then: Callable[[], Value], orelse: Callable[[], Value]) -> Value:
    """Return then() if test else orelse(), evaluating only one."""
    if isinstance(test, Lit):
        return then() if test.value else orelse()

    def way(evaluate: Callable[[], Value]) -> dict[str, Value]:
        value = evaluate()
        return {**lo.frame.env, "": value}

    ways = [branch(lo, lambda: way(then)), branch(lo, lambda: way(orelse))]
    merged = merge(lo, test, ways[0], ways[1])
    value = merged.pop("")
    lo.frame.env = merged
    return value


@expression("NamedExpr")
def walrus(lo: Lowerer, node: Any) -> Value:
    """Lower (x := value)."""
    value = lo.expr(node.value)
    if any(iterators(value)):
        lo.refuse("an iterator is kept under a name and used", "make a list of it: list(…)")
    lo.bind(node.target.id, value)
    return value


@expression("Lambda")
def lambda_(lo: Lowerer, node: Any) -> Value:
    """Lower a lambda: it is inlined where it is called."""
    return made_function(lo, node, "<lambda>")


def made_function(lo: Lowerer, node: Any, name_: str) -> FunctionV:
    """Return a nested function, with its defaults evaluated now."""
    defaults = tuple(lo.expr(default) for default in node.args.defaults)
    only = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    keyword_defaults = tuple((arg.id, lo.expr(default)) for arg, default in only if default is not None)
    return FunctionV(node, lo.frame.scope or lo.frame, name_, defaults, keyword_defaults)


@expression("JoinedStr")
def f_string(lo: Lowerer, node: Any) -> Value:
    """Lower an f-string to str.format, which formats the same values in the same order."""
    values: list[Value] = []
    text = "".join(_format_field(lo, part, values) for part in node.values)
    return call_text(lo, lo.lit(text), "format", values)


def _format_field(lo: Lowerer, part: Any, values: list[Value]) -> str:
    """Return the part of a text for str.format, and add the values that it formats."""
    if type(part).__name__ == "Constant":
        return part.value.replace("{", "{{").replace("}", "}}")
    values.append(lo.expr(part.value))
    conversion = f"!{chr(part.conversion)}" if part.conversion != -1 else ""
    pieces: list[Any] = part.format_spec.values if part.format_spec else []
    spec = "".join(
        piece.value if type(piece).__name__ == "Constant" else _format_field(lo, piece, values) for piece in pieces
    )
    return "{" + conversion + (f":{spec}" if spec else "") + "}"


_TEXT = Opaque("str")
_TEXT_RESULTS: dict[Kind, str] = {
    BOOL: """
        startswith endswith isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric isprintable isspace
        istitle isupper
    """,
    INT: "find index rfind rindex count",
    ListKind(_TEXT): "split rsplit splitlines",
    TupleKind((_TEXT,) * 3): "partition rpartition",
    Opaque("bytes"): "encode",
}
_TEXT_KINDS = {name: kind for kind, names in _TEXT_RESULTS.items() for name in names.split()}


def call_text(lo: Lowerer, owner: Value, name: str, args: Sequence[Value], kwargs: Kwargs = ()) -> Value:
    """Call a method of a string: a constant where all is known."""
    text = lo.read(owner)
    operands = [lo.operand(arg) for arg in args]
    known = [arg for arg in operands if isinstance(arg, Lit)]
    if isinstance(text, Lit) and len(known) == len(operands) and not kwargs:
        folded = fold(lo, getattr(str, name, None) or _none, text, *known)
        if folded is not None:
            return folded
    if not hasattr(str, name):
        lo.refuse(f"a str has no method {name!r}", "call one that it has")
    return lo.emit(CALL_METHOD, [text, lo.lit(name), *operands], kwargs, kind=_TEXT_KINDS.get(name, _TEXT))


def _none(*args: object) -> None:
    """Return None: what is not known."""
