"""Which names a function binds: they are its own, wherever they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from s2s_ad.frontend.syntax import gast


def contains(node: Any, *types: Any) -> bool:
    """Say whether a statement contains such a node, nested functions aside."""
    return any(isinstance(inner, types) for inner in walk(node))


@lru_cache(maxsize=1024)
def jumps(node: Any) -> bool:
    """Say whether a statement may leave the function, or the loop or iteration around it."""
    return _jumps(node, in_loop=False)


def _jumps(node: Any, in_loop: bool) -> bool:
    if isinstance(node, gast.Return) or (isinstance(node, gast.Break | gast.Continue) and not in_loop):
        return True
    if isinstance(node, gast.FunctionDef | gast.Lambda | gast.ClassDef):
        return False
    if isinstance(node, gast.For | gast.While):
        return any(_jumps(inner, True) for inner in node.body) or any(_jumps(inner, in_loop) for inner in node.orelse)
    return any(_jumps(inner, in_loop) for inner in gast.iter_child_nodes(node))


def breaks(nodes: Sequence[Any]) -> bool:
    """Say whether the body of a loop has a `break` of that loop."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, gast.Break):
            return True
        if isinstance(node, gast.For | gast.While):
            waiting += node.orelse
        elif not isinstance(node, gast.FunctionDef | gast.Lambda | gast.ClassDef):
            waiting += gast.iter_child_nodes(node)
    return False


@lru_cache(maxsize=4096)
def walk(node: Any) -> tuple[Any, ...]:
    """Return a node and all inside it, in order of the text; of nested functions only that they are there."""
    if isinstance(node, gast.FunctionDef | gast.Lambda | gast.ClassDef):
        return (node,)
    return (node, *(inner for child in gast.iter_child_nodes(node) for inner in walk(child)))


def assigned_names(nodes: Sequence[Any]) -> list[str]:
    """Return the names that statements bind, or whose items they change, in order."""
    found: dict[str, None] = {}
    for node in nodes:
        for inner in walk(node):
            found.update(dict.fromkeys(_bound_by(inner)))
            if isinstance(inner, gast.Subscript) and isinstance(inner.ctx, gast.Store | gast.Del):
                base = inner.value
                while isinstance(base, gast.Subscript):
                    base = base.value
                if isinstance(base, gast.Name):
                    found[base.id] = None
    return list(found)


def _bound_by(node: Any) -> Iterator[str]:
    """Yield the names that a node itself binds or deletes."""
    if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store | gast.Del):
        yield node.id
    if isinstance(node, gast.FunctionDef | gast.ClassDef):
        yield node.name
    if isinstance(node, gast.Import | gast.ImportFrom):
        yield from ((part.asname or part.name).partition(".")[0] for part in node.names)
    name = node.rest if isinstance(node, gast.MatchMapping) else getattr(node, "name", None)
    if isinstance(node, gast.MatchMapping | gast.MatchAs | gast.MatchStar) and name is not None:
        yield name


@lru_cache(maxsize=1024)
def local_names(node: Any) -> frozenset[str]:
    """Return the names that are local to a function: its parameters and what it binds."""
    spec = node.args
    given = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, *(arg for arg in (spec.vararg, spec.kwarg) if arg)]
    names = {arg.id for arg in given}
    outer: set[str] = set()
    for inner in _inside(node):
        names.update(_bound_by(inner))
        if isinstance(inner, gast.Global | gast.Nonlocal):
            outer.update(inner.names)
    return frozenset(names - outer)


@lru_cache(maxsize=1024)
def free_names(node: Any) -> frozenset[str]:
    """Return the names that the body of a function, or an expression, reads of those around it."""
    if isinstance(node, gast.Name):
        return frozenset((node.id,)) if isinstance(node.ctx, gast.Load) else frozenset()
    if isinstance(node, gast.FunctionDef | gast.Lambda):
        body: list[Any] = node.body if isinstance(node, gast.FunctionDef) else [node.body]
        return frozenset[str]().union(*map(free_names, body)) - local_names(node)
    inner = frozenset[str]().union(*map(free_names, gast.iter_child_nodes(node)))
    generators = getattr(node, "generators", ())
    return inner - frozenset(assigned_names([part.target for part in generators]))


def _inside(node: Any) -> Iterator[Any]:
    """Yield what is inside a function; of nested functions and comprehensions only that they are there."""
    waiting = list(gast.iter_child_nodes(node))
    while waiting:
        child = waiting.pop()
        yield child
        if isinstance(child, gast.comprehension):
            waiting += [child.iter, *child.ifs]
        elif not isinstance(child, gast.FunctionDef | gast.Lambda | gast.ClassDef):
            waiting += gast.iter_child_nodes(child)


@lru_cache(maxsize=1024)
def declared(node: Any) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names that a function declares nonlocal, and those that it declares global."""
    inside = [] if isinstance(node, gast.Lambda) else list(_inside(node))
    found = [
        frozenset(name for inner in inside if isinstance(inner, sort) for name in inner.names)
        for sort in (gast.Nonlocal, gast.Global)
    ]
    return found[0], found[1]


@lru_cache(maxsize=1024)
def rebound_inside(node: Any) -> frozenset[str]:
    """Return the names that functions nested in this one declare nonlocal."""
    nested = (inner for inner in gast.walk(node) if inner is not node and isinstance(inner, gast.FunctionDef))
    return frozenset[str]().union(*(declared(inner)[0] for inner in nested))
