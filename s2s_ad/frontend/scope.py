"""Which names a function binds: they are its own, wherever they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from s2s_ad.frontend.syntax import gast


def contains(node: Any, *types: Any) -> bool:
    """Say whether a statement contains such a node, nested functions aside."""
    return any(isinstance(inner, types) for inner in walk(node))


def walk(node: Any) -> Iterator[Any]:
    """Yield a node and all inside it, in order of the text, without nested functions."""
    yield node
    for child in gast.iter_child_nodes(node):
        if not isinstance(child, gast.FunctionDef | gast.Lambda | gast.ClassDef):
            yield from walk(child)


def assigned_names(nodes: Sequence[Any]) -> list[str]:
    """Return the names that statements bind, or whose items they change, in order."""
    found: dict[str, None] = {}
    for node in nodes:
        for inner in walk(node):
            if isinstance(inner, gast.Name) and isinstance(inner.ctx, gast.Store):
                found[inner.id] = None
            if isinstance(inner, gast.Subscript) and isinstance(inner.ctx, gast.Store):
                base = inner.value
                while isinstance(base, gast.Subscript):
                    base = base.value
                if isinstance(base, gast.Name):
                    found[base.id] = None
    return list(found)


def local_names(node: Any) -> frozenset[str]:
    """Return the names that are local to a function: its parameters and what it binds."""
    spec = node.args
    given = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, *(arg for arg in (spec.vararg, spec.kwarg) if arg)]
    names = {arg.id for arg in given}
    if isinstance(node, gast.Lambda):
        return frozenset(names)
    for inner in (inner for stmt in node.body for inner in walk(stmt)):
        if isinstance(inner, gast.Name) and isinstance(inner.ctx, gast.Store):
            names.add(inner.id)
    names |= {stmt.name for stmt in _nested(node) if isinstance(stmt, gast.FunctionDef | gast.ClassDef)}
    return frozenset(names - _declared(node))


def _nested(node: Any) -> Iterator[Any]:
    for child in gast.iter_child_nodes(node):
        yield child
        if not isinstance(child, gast.FunctionDef | gast.Lambda | gast.ClassDef):
            yield from _nested(child)


def _declared(node: Any) -> set[str]:
    """Return the names declared global or nonlocal."""
    found: set[str] = set()
    for inner in _nested(node):
        if isinstance(inner, gast.Global | gast.Nonlocal):
            found.update(inner.names)
    return found
