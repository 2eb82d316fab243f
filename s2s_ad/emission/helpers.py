"""Helpers that travel: the source of functions that an emitted module carries along."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass

from s2s_ad.emission.scope import Import


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition at the top level of the helpers' module: its lines, and the names it reads."""

    order: int
    text: str
    reads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """What a module of helpers defines and imports."""

    definitions: dict[str, Definition]
    imports: dict[str, Import]


def copied(names: list[str], compiled: bool = False) -> tuple[list[str], list[Import]]:
    """Return the sources of the helpers and of what they need, in their order, and the imports.

    Where they are `compiled`, those that Numba does not take as they are have another source.
    """
    source = _source("s2s_ad.rules.helpers")
    if compiled:
        other = _source("s2s_ad.jit.helpers")
        source = Source(source.definitions | other.definitions, source.imports | other.imports)
    needed: set[str] = set()
    imports: set[Import] = set()
    ahead = list(names)
    while ahead:
        name = ahead.pop()
        if name in source.imports:
            imports.add(source.imports[name])
        if name in needed or name not in source.definitions:
            assert name not in names or name in needed, f"internal error: no helper {name}"
            continue
        needed.add(name)
        ahead.extend(source.definitions[name].reads)
    found = sorted((source.definitions[name] for name in needed), key=lambda definition: definition.order)
    return list(dict.fromkeys(definition.text for definition in found)), sorted(imports)


@functools.cache
def _source(module: str) -> Source:
    text = inspect.getsource(importlib.import_module(module))
    definitions: dict[str, Definition] = {}
    imports: dict[str, Import] = {}
    for order, node in enumerate(ast.parse(text).body):
        match node:
            case ast.Import(names):
                imports |= {alias.asname or alias.name: (alias.name, "", alias.asname or alias.name) for alias in names}
            case ast.ImportFrom(origin, names):
                local = ((alias.name, alias.asname or alias.name) for alias in names)
                imports |= {alias: (origin or "", name, alias) for name, alias in local}
            case _:
                definition = Definition(order, unannotated(node, text), tuple(_reads(node)))
                definitions |= dict.fromkeys(_defines(node), definition)
    return Source(definitions, imports)


def _defines(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name):
            yield name
        case ast.Assign(targets=targets):
            yield from (target.id for target in targets if isinstance(target, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case _:
            return


def _reads(node: ast.AST) -> Iterator[str]:
    """Yield the names that code reads, those in annotations apart."""
    if isinstance(node, ast.Name):
        yield node.id
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:  # pyright: ignore[reportUnknownVariableType]
            if isinstance(child, ast.AST):
                yield from _reads(child)


def unannotated(node: ast.stmt, text: str) -> str:
    """Return the source of a definition without its annotations.

    >>> code = "def f(x: int, *, é: str = 'a') -> int:\\n    y: int = x  # kept\\n    return y"
    >>> print(unannotated(ast.parse(code).body[0], code))
    def f(x, *, é='a'):
        y = x  # kept
        return y
    """
    first, last = node.lineno, node.end_lineno or node.lineno
    lines = [line.encode() for line in text.split("\n")[first - 1 : last]]
    for start, end, new in sorted(_cuts(node), reverse=True):
        head, tail = lines[start[0] - first][: start[1]], lines[end[0] - first][end[1] :]
        if new and tail.startswith(b" = "):
            tail = b"=" + tail.removeprefix(b" = ")
        lines[start[0] - first : end[0] - first + 1] = [head + tail]
    return b"\n".join(lines).decode()


Position = tuple[int, int]


def _cuts(node: ast.stmt) -> Iterator[tuple[Position, Position, bool]]:
    """Yield where annotations start and end, and whether they are those of parameters."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.arg) and inner.annotation:
            start = (inner.lineno, inner.col_offset + len(inner.arg.encode()))
            yield start, _end(inner.annotation), True
        elif isinstance(inner, ast.AnnAssign) and inner.value:
            yield _end(inner.target), _end(inner.annotation), False
        elif isinstance(inner, ast.FunctionDef) and inner.returns:
            yield _arrow(inner), _end(inner.returns), False


def _end(node: ast.expr) -> Position:
    return node.end_lineno or node.lineno, node.end_col_offset or 0


def _arrow(function: ast.FunctionDef) -> Position:
    """Return where the ` -> ` of a function begins: ruff formats it on the line of its annotation."""
    assert function.returns is not None
    return function.returns.lineno, function.returns.col_offset - len(" -> ")
