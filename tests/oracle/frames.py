"""Frames of the interpreter: which names are local to a function, and what they stand for."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

_SCOPES = (ast.FunctionDef, ast.Lambda, ast.ClassDef)
_WITHOUT_NAMES = (*_SCOPES, ast.Constant, ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)
"""What holds no names of the function around it."""
_COMPREHENSIONS = (ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp)


@dataclass(frozen=True)
class Scope:
    """The names that a function binds, and those it declares to be of others."""

    local: frozenset[str]
    outer: frozenset[str]


@dataclass
class Function:
    """A function that is interpreted: its node, the frame around it, its defaults."""

    node: ast.FunctionDef | ast.Lambda
    frame: Frame | None
    defaults: list[Any]
    keyword_defaults: dict[str, Any] = field(default_factory=dict)
    owner: Any = None
    """The object that it is a method of."""


class Frame:
    """The names of a running function, or of a comprehension within one."""

    def __init__(self, scope: Scope, parent: Frame | None = None, comprehension: bool = False) -> None:
        self.scope = scope
        self.parent = parent
        self.comprehension = comprehension
        self.names: dict[str, Any] = {}

    def lookup(self, name: str) -> tuple[bool, Any]:
        """Return whether a function around binds the name, and its value.

        Raises: UnboundLocalError and NameError as Python does.
        """
        frame: Frame | None = self
        while frame is not None:
            if name in frame.names:
                return True, frame.names[name]
            if name in frame.scope.local:
                if frame is self or self._is_inside(frame):
                    raise UnboundLocalError(
                        f"cannot access local variable {name!r} where it is not associated with a value"
                    )
                raise NameError(
                    f"cannot access free variable {name!r} where it is not associated with a value in enclosing scope"
                )
            frame = frame.parent
        return False, None

    def _is_inside(self, frame: Frame) -> bool:
        """Say whether this is a comprehension of a frame."""
        inner: Frame | None = self
        while inner is not None and inner.comprehension:
            inner = inner.parent
        return False if self.comprehension else inner is frame

    def bind(self, name: str, value: Any) -> None:
        """Bind a name where it belongs."""
        frame: Frame = self
        if name in self.scope.outer:
            assert self.parent is not None
            frame = self.parent
            while name not in frame.scope.local and frame.parent is not None:
                frame = frame.parent
        frame.names[name] = value

    def function_frame(self) -> Frame:
        """Return the frame of the function, where `:=` binds."""
        frame = self
        while frame.comprehension:
            assert frame.parent is not None
            frame = frame.parent
        return frame


_scopes: dict[int, tuple[ast.AST, Scope]] = {}


def local_names(node: ast.FunctionDef | ast.Lambda) -> Scope:
    """Return the scope of a function."""
    known = _scopes.get(id(node))
    if known is not None and known[0] is node:
        return known[1]
    spec = node.args
    names = {each.arg for each in [*spec.args, *spec.kwonlyargs, *filter(None, [spec.vararg, spec.kwarg])]}
    outer: set[str] = set()
    body: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else [*node.body]
    waiting = [(each, True) for each in body]
    while waiting:
        each, plain = waiting.pop()
        if isinstance(each, ast.Name):
            if plain and isinstance(each.ctx, ast.Store):
                names.add(each.id)
            continue
        if isinstance(each, ast.FunctionDef):
            names.add(each.name)
        elif isinstance(each, ast.ExceptHandler):
            names |= {each.name} if each.name else set()
        elif isinstance(each, ast.NamedExpr):
            names.add(each.target.id)
        elif isinstance(each, ast.Global | ast.Nonlocal):
            outer |= set(each.names)
        if not isinstance(each, _WITHOUT_NAMES):
            within = plain and not isinstance(each, _COMPREHENSIONS)
            waiting.extend((inner, within) for inner in ast.iter_child_nodes(each))
    if len(_scopes) > 200:
        _scopes.clear()
    _scopes[id(node)] = node, (scope := Scope(frozenset(names - outer), frozenset(outer)))
    return scope


@lru_cache(maxsize=1)
def no_names() -> Scope:
    """Return the scope that binds nothing."""
    return Scope(frozenset(), frozenset())
