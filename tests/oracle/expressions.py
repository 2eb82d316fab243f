"""Expressions of the interpreter."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.oracle.arrays import RULES
from tests.oracle.frames import Frame, Function, Scope, no_names
from tests.oracle.values import Dual, active, getitem, lift, setitem, value_of

_OPERATORS = {
    "Add": "add", "Sub": "sub", "Mult": "mul", "Div": "truediv", "FloorDiv": "floordiv", "Mod": "mod", "Pow": "pow",
    "MatMult": "matmul",
}  # fmt: skip
_UNARY = {"USub": operator.neg, "UAdd": operator.pos, "Not": operator.not_, "Invert": operator.invert}
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "Lt": operator.lt, "LtE": operator.le, "Gt": operator.gt, "GtE": operator.ge, "Eq": operator.eq,
    "NotEq": operator.ne, "Is": operator.is_, "IsNot": operator.is_not,
    "In": lambda x, y: operator.contains(y, x), "NotIn": lambda x, y: not operator.contains(y, x),
}  # fmt: skip
_PASSIVE_BINARY = {
    "FloorDiv": operator.floordiv, "BitAnd": operator.and_, "BitOr": operator.or_, "BitXor": operator.xor,
    "LShift": operator.lshift, "RShift": operator.rshift,
}  # fmt: skip


class Expressions:
    """Evaluates expressions in a frame; statements, calls and globals belong to the interpreter."""

    def __init__(self) -> None:
        self.handlers: dict[type, Callable[[Any, Frame], Any]] = {}

    def global_value(self, name: str) -> Any:
        """Return what a global name stands for."""
        raise NotImplementedError

    def call_value(self, fun: Any, args: list[Any], named: dict[str, Any]) -> Any:
        """Call anything."""
        raise NotImplementedError

    def attribute(self, owner: Any, name: str) -> Any:
        """Return owner.name."""
        raise NotImplementedError

    def expr(self, node: ast.expr, frame: Frame) -> Any:
        """Return the value of an expression."""
        handler = self.handlers.get(type(node))
        if handler is None:
            handler = self.handlers[type(node)] = getattr(self, f"of_{type(node).__name__}")
        return handler(node, frame)

    # ---- leaves and displays ----------------------------------------------------------------------

    def of_Constant(self, node: ast.Constant, frame: Frame) -> Any:
        return node.value

    def of_Name(self, node: ast.Name, frame: Frame) -> Any:
        found, value = frame.lookup(node.id)
        return value if found else self.global_value(node.id)

    def of_Tuple(self, node: ast.Tuple, frame: Frame) -> Any:
        return tuple(self.spread(node.elts, frame))

    def of_List(self, node: ast.List, frame: Frame) -> Any:
        return self.spread(node.elts, frame)

    def spread(self, nodes: list[ast.expr], frame: Frame) -> list[Any]:
        """Return the values of items, with stars."""
        values: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                values.extend(self.expr(node.value, frame))
            else:
                values.append(self.expr(node, frame))
        return values

    def of_Dict(self, node: ast.Dict, frame: Frame) -> Any:
        made: dict[Any, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                made.update(self.expr(value, frame))
            else:
                made[value_of(self.expr(key, frame))] = self.expr(value, frame)
        return made

    def of_JoinedStr(self, node: ast.JoinedStr, frame: Frame) -> str:
        return "".join(self.expr(part, frame) for part in node.values)

    def of_FormattedValue(self, node: ast.FormattedValue, frame: Frame) -> str:
        value = value_of(self.expr(node.value, frame))
        if node.conversion != -1:
            value = {"r": repr, "s": str, "a": ascii}[chr(node.conversion)](value)
        return format(value, "" if node.format_spec is None else self.expr(node.format_spec, frame))

    # ---- operators ----------------------------------------------------------------------------------

    def operator_name(self, node: ast.operator) -> str:
        """Return the name of an operator in the module of that name."""
        return _OPERATORS[type(node).__name__]

    def binary_function(self, node: ast.operator) -> Callable[[Any, Any], Any]:
        """Return the function of an operator, of dual values also."""
        symbol = type(node).__name__
        passive = _PASSIVE_BINARY.get(symbol)
        if passive is not None:
            return lambda x, y: lift(passive(value_of(x), value_of(y)))
        fun = getattr(operator, _OPERATORS[symbol])
        rule = RULES[fun]

        def binary(x: Any, y: Any) -> Any:
            if type(x) is Dual or type(y) is Dual:
                return rule(fun, (x, y), {})
            return lift(fun(x, y)) if isinstance(x, np.ndarray) or isinstance(y, np.ndarray) else fun(x, y)

        return binary

    def of_BinOp(self, node: ast.BinOp, frame: Frame) -> Any:
        x, y = self.expr(node.left, frame), self.expr(node.right, frame)
        return self.binary_function(node.op)(x, y)

    def of_UnaryOp(self, node: ast.UnaryOp, frame: Frame) -> Any:
        fun = _UNARY[type(node.op).__name__]
        x = self.expr(node.operand, frame)
        if type(x) is Dual and fun in RULES:
            return RULES[fun](fun, (x,), {})
        return fun(value_of(x))

    def of_BoolOp(self, node: ast.BoolOp, frame: Frame) -> Any:
        stops_at = isinstance(node.op, ast.Or)
        value: Any = None
        for each in node.values:
            value = self.expr(each, frame)
            if each is not node.values[-1] and bool(value) == stops_at:
                break
        return value

    def of_Compare(self, node: ast.Compare, frame: Frame) -> Any:
        left, result = self.expr(node.left, frame), None
        for each, other in zip(node.ops, node.comparators, strict=True):
            right = self.expr(other, frame)
            fun = _COMPARE[type(each).__name__]
            result = fun(left, right) if isinstance(each, ast.Is | ast.IsNot) else fun(value_of(left), value_of(right))
            if other is not node.comparators[-1] and not result:
                break
            left = right
        return result

    def of_IfExp(self, node: ast.IfExp, frame: Frame) -> Any:
        return self.expr(node.body if self.expr(node.test, frame) else node.orelse, frame)

    def of_NamedExpr(self, node: ast.NamedExpr, frame: Frame) -> Any:
        value = self.expr(node.value, frame)
        frame.function_frame().bind(node.target.id, value)
        return value

    # ---- items and attributes -----------------------------------------------------------------------

    def of_Subscript(self, node: ast.Subscript, frame: Frame) -> Any:
        owner = self.expr(node.value, frame)
        return self.item(owner, self.expr(node.slice, frame))

    def item(self, owner: Any, index: Any) -> Any:
        """Return owner[index]."""
        return getitem(owner, index)

    def of_Slice(self, node: ast.Slice, frame: Frame) -> slice:
        parts = (node.lower, node.upper, node.step)
        return slice(*(None if part is None else value_of(self.expr(part, frame)) for part in parts))

    def of_Attribute(self, node: ast.Attribute, frame: Frame) -> Any:
        return self.attribute(self.expr(node.value, frame), node.attr)

    def assign(self, target: ast.expr, value: Any, frame: Frame) -> None:
        """Bind a target to a value."""
        match target:
            case ast.Name(id=name):
                frame.bind(name, value)
            case ast.Subscript():
                owner = self.expr(target.value, frame)
                setitem(owner, self.expr(target.slice, frame), value)
            case ast.Attribute():
                setattr(self.expr(target.value, frame), target.attr, value)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                self._unpack(elements, value, frame)

    def _unpack(self, targets: list[ast.expr], value: Any, frame: Frame) -> None:
        items = list(value)
        stars = [n for n, each in enumerate(targets) if isinstance(each, ast.Starred)]
        if stars:
            first, after = stars[0], len(targets) - stars[0] - 1
            if len(items) < len(targets) - 1:
                message = f"not enough values to unpack (expected at least {len(targets) - 1}, got {len(items)})"
                raise ValueError(message)
            end = len(items) - after
            items = [*items[:first], items[first:end], *items[end:]]
            targets = [each.value if isinstance(each, ast.Starred) else each for each in targets]
        if len(items) < len(targets):
            raise ValueError(f"not enough values to unpack (expected {len(targets)}, got {len(items)})")
        if len(items) > len(targets):
            raise ValueError(f"too many values to unpack (expected {len(targets)})")
        for target, item in zip(targets, items, strict=True):
            self.assign(target, item, frame)

    # ---- functions ------------------------------------------------------------------------------------

    def of_Call(self, node: ast.Call, frame: Frame) -> Any:
        fun = self.expr(node.func, frame)
        args = self.spread(node.args, frame)
        named: dict[str, Any] = {}
        for keyword in node.keywords:
            value = self.expr(keyword.value, frame)
            if keyword.arg is None:
                named.update(value)
            else:
                named[keyword.arg] = value
        return self.call_value(fun, args, named)

    def closure(self, node: ast.FunctionDef | ast.Lambda, frame: Frame) -> Function:
        """Return a nested function: defaults are evaluated now, names are looked up when it runs."""
        spec = node.args
        named = {
            each.arg: self.expr(default, frame)
            for each, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True)
            if default is not None
        }
        return Function(node, frame, [self.expr(default, frame) for default in spec.defaults], named)

    def of_Lambda(self, node: ast.Lambda, frame: Frame) -> Function:
        return self.closure(node, frame)

    # ---- comprehensions -------------------------------------------------------------------------------

    def of_ListComp(self, node: ast.ListComp, frame: Frame) -> list[Any]:
        return list(self._generate(node, frame))

    def of_GeneratorExp(self, node: ast.GeneratorExp, frame: Frame) -> Iterator[Any]:
        return self._generate(node, frame)

    def of_DictComp(self, node: ast.DictComp, frame: Frame) -> dict[Any, Any]:
        pair = ast.Tuple([node.key, node.value], ast.Load())
        made = ast.GeneratorExp(pair, node.generators)
        return {value_of(key): value for key, value in self._generate(made, frame)}

    def _generate(self, node: Any, frame: Frame) -> Iterator[Any]:
        names = {
            each.id
            for generator in node.generators
            for each in ast.walk(generator.target)
            if isinstance(each, ast.Name)
        }
        inner = Frame(Scope(frozenset(names), no_names().outer), frame, comprehension=True)
        first = iter(self.expr(node.generators[0].iter, frame))  # at once, as Python does
        return self._items(node.elt, node.generators, inner, first)

    def _items(self, element: ast.expr, generators: Any, frame: Frame, items: Iterator[Any]) -> Iterator[Any]:
        generator, *rest = generators
        for item in items:
            self.assign(generator.target, item, frame)
            if all(self.expr(test, frame) for test in generator.ifs):
                if rest:
                    yield from self._items(element, rest, frame, iter(self.expr(rest[0].iter, frame)))
                else:
                    yield self.expr(element, frame)


__all__ = ["Expressions", "active"]
