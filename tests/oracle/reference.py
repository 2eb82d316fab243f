"""The independent reference: an interpreter of the original syntax tree over dual values.

It walks Python's `ast` and calls the real NumPy on the values, and computes the tangents beside them.
It shares no code with `s2s_ad`.
"""

from __future__ import annotations

import ast
import builtins
import dataclasses
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.oracle.arrays import METHODS, RULES, sort_in_place
from tests.oracle.expressions import Expressions
from tests.oracle.frames import Frame, Function, local_names
from tests.oracle.values import MODE, Dual, active, dot_of, in_place, lift, setitem, value_of


class Gap(BaseException):
    """The reference cannot interpret a construct: a fault of the oracle, which no program may catch."""


class Returned:
    """How a block ends that returns a value; "break" and "continue" are the other ends."""

    def __init__(self, value: Any) -> None:
        self.value = value


class Interpreter(Expressions):
    """Runs functions of one module."""

    def __init__(self, tree: ast.Module, module: types.ModuleType) -> None:
        super().__init__()
        self.module = module
        self.nodes = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                for each in node.body:
                    if isinstance(each, ast.FunctionDef):
                        self.nodes[f"{node.name}.{each.name}"] = each
        self.globals: dict[str, Any] = {}

    def global_value(self, name: str) -> Any:
        """Return what a global name stands for; functions of the module are interpreted."""
        if name in self.globals:
            return self.globals[name]
        if not hasattr(self.module, name):
            if hasattr(builtins, name):
                return getattr(builtins, name)
            raise NameError(f"name {name!r} is not defined")
        value = getattr(self.module, name)
        self.globals[name] = made = self.function(value) if isinstance(value, types.FunctionType) else lift(value)
        return made

    def function(self, real: types.FunctionType) -> Function:
        """Return a function of the module as one that is interpreted."""
        node = self.nodes[real.__qualname__]
        return Function(node, None, list(real.__defaults__ or ()), dict(real.__kwdefaults__ or {}))

    # ---- calls ----------------------------------------------------------------------------------

    def invoke(self, function: Function, args: list[Any], named: dict[str, Any]) -> Any:
        """Run an interpreted function."""
        node = function.node
        frame = Frame(local_names(node), function.frame)
        self.bind_parameters(function, frame, args, named)
        if isinstance(node, ast.Lambda):
            return self.expr(node.body, frame)
        end = self.block(node.body, frame)
        return end.value if isinstance(end, Returned) else None

    def bind_parameters(self, function: Function, frame: Frame, args: list[Any], named: dict[str, Any]) -> None:
        """Bind arguments to parameters; the programs give as many as fit."""
        spec = function.node.args
        names = [each.arg for each in spec.args]
        bound = dict(zip(names[len(names) - len(function.defaults) :], function.defaults, strict=True))
        bound |= function.keyword_defaults | dict(zip(names, args, strict=False))
        if spec.vararg:
            bound[spec.vararg.arg] = tuple(args[len(names) :])
        frame.names.update(bound | named)

    def call_value(self, fun: Any, args: list[Any], named: dict[str, Any]) -> Any:
        """Call anything: an interpreted function, a rule, or a real function on values."""
        if isinstance(fun, Function):
            return self.invoke(fun, args if fun.owner is None else [fun.owner, *args], named)
        if isinstance(fun, ArrayMethod):
            return fun.apply(args, named)
        if isinstance(fun, type) and (dataclasses.is_dataclass(fun) or fun in (list, tuple, dict, enumerate, zip)):
            return fun(*args, **named)
        if fun in (max, min, sorted, map, filter, list.sort):
            called = {key: self.real_function(value) for key, value in named.items()}
            return fun(*map(self.real_function, args), **called)
        if fun in (len, any, all, reversed, range, iter, next, getattr):
            return fun(*args, **named)
        if isinstance(getattr(fun, "__self__", None), list | dict | tuple):
            return fun(*args, **{key: self.real_function(value) for key, value in named.items()})
        if fun is not sum and not active(args) and not active(named):
            return lift(fun(*args, **named))
        rule = RULES.get(fun)
        if rule is not None:
            return rule(fun, tuple(args), named)
        if fun in PASSIVE or (isinstance(fun, type) and issubclass(fun, BaseException)) or _is_text(fun):
            return lift(fun(*value_of(args), **value_of(named)))
        raise Gap(f"no rule for {fun!r}")

    def real_function(self, value: Any) -> Any:
        """Return an interpreted function as one that the real Python can call."""
        return (lambda *args: self.invoke(value, list(args), {})) if isinstance(value, Function) else value

    def attribute(self, owner: Any, name: str) -> Any:
        """Return owner.name."""
        if type(owner) is Dual:
            return array_attribute(owner, name)
        if dataclasses.is_dataclass(type(owner)):
            method = getattr(type(owner), name, None)
            if isinstance(method, types.FunctionType):
                return dataclasses.replace(self.function(method), owner=owner)
        return getattr(owner, name)

    # ---- statements -----------------------------------------------------------------------------

    def block(self, nodes: list[ast.stmt], frame: Frame) -> Any:
        """Run statements; return how they end: None, "break", "continue" or what is returned."""
        for node in nodes:
            end = getattr(self, f"do_{type(node).__name__}")(node, frame)
            if end is not None:
                return end
        return None

    def do_Expr(self, node: ast.Expr, frame: Frame) -> None:
        self.expr(node.value, frame)

    def do_Pass(self, node: ast.Pass, frame: Frame) -> None:
        pass

    do_Global = do_Nonlocal = do_Pass

    def do_Return(self, node: ast.Return, frame: Frame) -> Returned:
        return Returned(None if node.value is None else self.expr(node.value, frame))

    def do_Break(self, node: ast.Break, frame: Frame) -> str:
        return "break"

    def do_Continue(self, node: ast.Continue, frame: Frame) -> str:
        return "continue"

    def do_Assign(self, node: ast.Assign, frame: Frame) -> None:
        value = self.expr(node.value, frame)
        for target in node.targets:
            self.assign(target, value, frame)

    def do_AnnAssign(self, node: ast.AnnAssign, frame: Frame) -> None:
        if node.value is not None:
            self.assign(node.target, self.expr(node.value, frame), frame)

    def do_AugAssign(self, node: ast.AugAssign, frame: Frame) -> None:
        name, target = self.operator_name(node.op), node.target
        binary = self.binary_function(node.op)

        def changed(current: Any) -> Any:
            return in_place(name, current, self.expr(node.value, frame), binary)

        if isinstance(target, ast.Name):
            frame.bind(target.id, changed(self.expr(ast.Name(target.id, ast.Load()), frame)))
        elif isinstance(target, ast.Subscript):
            owner, index = self.expr(target.value, frame), self.expr(target.slice, frame)
            setitem(owner, index, changed(self.item(owner, index)))
        else:
            assert isinstance(target, ast.Attribute)
            owner = self.expr(target.value, frame)
            setattr(owner, target.attr, changed(self.attribute(owner, target.attr)))

    def do_FunctionDef(self, node: ast.FunctionDef, frame: Frame) -> None:
        frame.bind(node.name, self.closure(node, frame))

    def do_If(self, node: ast.If, frame: Frame) -> Any:
        return self.block(node.body if self.expr(node.test, frame) else node.orelse, frame)

    def do_For(self, node: ast.For, frame: Frame) -> Any:
        for item in self.expr(node.iter, frame):
            self.assign(node.target, item, frame)
            end = self.block(node.body, frame)
            if end == "break":
                return None
            if isinstance(end, Returned):
                return end
        return self.block(node.orelse, frame)

    def do_While(self, node: ast.While, frame: Frame) -> Any:
        while self.expr(node.test, frame):
            end = self.block(node.body, frame)
            if end == "break":
                return None
            if isinstance(end, Returned):
                return end
        return self.block(node.orelse, frame)

    def do_Raise(self, node: ast.Raise, frame: Frame) -> None:
        if node.exc is None:
            raise
        raise self.expr(node.exc, frame)

    def do_Assert(self, node: ast.Assert, frame: Frame) -> None:
        if not self.expr(node.test, frame):
            raise AssertionError(*([] if node.msg is None else [value_of(self.expr(node.msg, frame))]))

    def do_Delete(self, node: ast.Delete, frame: Frame) -> None:
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                del self.expr(target.value, frame)[self.expr(target.slice, frame)]
            else:
                assert isinstance(target, ast.Name)
                del frame.names[target.id]

    def do_Try(self, node: ast.Try, frame: Frame) -> Any:
        end = None
        try:
            end = self.block(node.body, frame)
        except Exception as error:
            for handler in node.handlers:
                if handler.type is None or isinstance(error, self.expr(handler.type, frame)):
                    if handler.name:
                        frame.bind(handler.name, error)
                    end = self.block(handler.body, frame)
                    if handler.name:
                        frame.names.pop(handler.name, None)
                    break
            else:
                raise
        else:
            end = self.block(node.orelse, frame) if end is None else end
        finally:
            last = self.block(node.finalbody, frame)
            if last is not None:
                return last  # noqa: B012 (as Python does)
        return end


def _is_text(fun: Any) -> bool:
    return fun in (str, repr, format) or isinstance(getattr(fun, "__self__", None), str)


PASSIVE = {
    print, isinstance, int, bool, round, callable, type, hash,
    np.sign, np.floor, np.ceil, np.rint, np.round, np.trunc, np.argmax, np.argmin, np.argsort, np.shape, np.size,
    np.ndim, np.zeros_like, np.ones_like, np.empty_like, np.any, np.all, np.isfinite, np.isnan, np.floor_divide,
    np.nonzero, np.searchsorted, np.isclose, np.allclose, np.array_equal, np.logical_and, np.logical_or,
    np.logical_not, np.greater, np.less, np.equal, np.count_nonzero, np.heaviside,
}  # fmt: skip


class ArrayMethod:
    """A method of an array, bound."""

    def __init__(self, owner: Dual, name: str) -> None:
        self.owner = owner
        self.name = name
        getattr(owner.value, name)

    def __call__(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(value, self.name)(*args, **kwargs)

    def apply(self, args: list[Any], named: dict[str, Any]) -> Any:
        """Call the method."""
        if self.name == "sort":
            return sort_in_place(self.owner)
        if self.name == "fill":
            return setitem(self.owner, Ellipsis, args[0])
        if self.name == "tolist":
            return self._listed(self.owner)
        rule = METHODS.get(self.name)
        if rule is not None:
            return rule(self, (self.owner, *args), named)
        return lift(self(self.owner.value, *value_of(args), **value_of(named)))

    def _listed(self, dual: Any) -> Any:
        if dual.value.ndim > 1:
            return [self._listed(row) for row in dual]
        return [Dual(float(item.value), item.dot, item.real if MODE.precise else None) for item in dual]


def array_attribute(owner: Dual, name: str) -> Any:
    """Return an attribute of an array or a number."""
    if name == "T":
        ndim = np.ndim(owner.value)
        return Dual(owner.value.T, owner.dot.transpose([*range(ndim)[::-1], ndim]), owner.real.T)
    found = getattr(owner.value, name)
    return ArrayMethod(owner, name) if callable(found) else found


# ---- gradients ----------------------------------------------------------------------------------


@dataclasses.dataclass
class Run:
    """What a call of the reference did."""

    args: list[Any]
    """The arguments after the call."""
    value: Any = None
    error: Exception | None = None
    gradients: tuple[Any, ...] = ()
    bends: tuple[Any, ...] = ()
    """The Hessian times a direction."""


def run(
    interpreter: Interpreter,
    name: str,
    args: tuple[Any, ...],
    argnums: tuple[int, ...],
    precise: bool = False,
    noise: int | None = None,
    along: np.ndarray | None = None,
) -> Run:
    """Return what a function gives and does, and its gradients in the structure of the arguments.

    `precise` computes tangents at higher precision; `noise` seeds errors as rounding could make them; `along` is
    a direction to compute the Hessian times it, too.
    """
    count = sum(sum(1 for _ in _floats(args[n])) for n in argnums)
    MODE.set(max(1, count), precise, noise, along if count or along is None else np.zeros(1))
    seeds = iter(np.eye(max(1, count), dtype=MODE.tangent))
    duals = [_seeded(arg, seeds if n in argnums else None) for n, arg in enumerate(args)]
    shapes = _layout(tuple(args[n] for n in argnums))
    found = Run(duals)
    try:
        result = interpreter.invoke(interpreter.global_value(name), list(duals), {})
        found.value = value_of(result)
        dot = dot_of(result).reshape(-1)
        found.gradients = _structured(shapes, iter(np.real(dot)))
        if along is not None:
            found.bends = _structured(shapes, iter(np.imag(dot) / MODE.tiny))
    except Exception as error:
        found.error = error
    found.args = value_of(duals)
    return found


def _is_float(leaf: Any) -> bool:
    return isinstance(leaf, float | np.floating) or (isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f")


def _floats(tree: Any) -> Iterator[float]:
    """Yield the floats that are differentiated by."""
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, list | tuple):
        for item in tree:
            yield from _floats(item)
    elif _is_float(tree):
        yield from np.ravel(tree)


def _seeded(tree: Any, seeds: Iterator[np.ndarray] | None) -> Any:
    """Return an argument with its unit tangents; its arrays are the argument's own."""
    if isinstance(tree, dict):
        return {key: _seeded(item, seeds) for key, item in tree.items()}
    if isinstance(tree, list | tuple):
        return type(tree)([_seeded(item, seeds) for item in tree])
    if not _is_float(tree):
        return tree
    rows = [np.zeros(MODE.directions) if seeds is None else next(seeds) for _ in range(np.size(tree))]
    dot = np.reshape(np.array(rows, MODE.tangent), (*np.shape(tree), MODE.directions))
    real = np.array(tree, MODE.float)[()] if MODE.precise else None
    return Dual(tree, dot, real)


def _layout(tree: Any) -> Any:
    """Return the shapes of the floats of an argument, in its structure."""
    if isinstance(tree, dict):
        return {key: _layout(item) for key, item in tree.items()}
    if isinstance(tree, list | tuple):
        return [type(tree), *map(_layout, tree)]
    return np.shape(tree) if _is_float(tree) else None


def _structured(shape: Any, dots: Iterator[Any]) -> Any:
    if isinstance(shape, dict):
        return {key: _structured(item, dots) for key, item in shape.items()}
    if isinstance(shape, list):
        return shape[0]([_structured(item, dots) for item in shape[1:]])
    if shape is None:
        return None
    return np.array([next(dots) for _ in range(int(np.prod(shape)))], MODE.float).reshape(shape)
