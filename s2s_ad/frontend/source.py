"""The source of a function: found by its code object, checked against it, parsed with gast."""

from __future__ import annotations

import ast
import dis
import linecache
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from types import CodeType, FunctionType
from typing import Any

from s2s_ad.errors import Place, SourceError
from s2s_ad.frontend.syntax import gast


@dataclass(frozen=True)
class FunctionSource:
    """A function's syntax tree and what is needed to point into its file."""

    function: FunctionType
    node: Any
    """A gast FunctionDef or Lambda."""
    file: str
    lines: tuple[str, ...]

    def place(self, node: Any) -> Place:
        """Return where a node stands, for an error or a comment."""
        return place_in(self.file, self.lines, node)

    def text(self, node: Any) -> str:
        """Return the source text of a node with white space folded; of a block, its header."""
        return text_in(self.lines, node)


def place_in(file: str, lines: tuple[str, ...], node: Any) -> Place:
    """Return the place of a node; columns of the syntax tree count bytes, ours characters."""
    number: int = node.lineno
    line = lines[number - 1].rstrip("\n") if number <= len(lines) else ""
    start = _characters(line, node.col_offset)
    same_line = node.end_lineno == node.lineno
    end = _characters(line, node.end_col_offset) if same_line else len(line)
    return Place(file, node.lineno, start, max(1, end - start), line)


def text_in(lines: tuple[str, ...], node: Any) -> str:
    """Return the source text of a node on one line, up to its first statement."""
    body: Any = getattr(node, "body", None)
    end = _start(body[0]) if type(body) is list else _end(node)
    part = [line.rstrip("\n") for line in lines[node.lineno - 1 : end[0]]]
    part[-1] = part[-1][: _characters(part[-1], end[1])]
    part[0] = part[0][_characters(part[0], node.col_offset) :]
    return " ".join(" ".join(part).split())


def _characters(line: str, byte_offset: int) -> int:
    return byte_offset if line.isascii() else len(line.encode()[:byte_offset].decode(errors="ignore"))


def find_source(function: Callable[..., Any]) -> FunctionSource:
    """Return the source of a plain function.

    Raises SourceError where there is none (REPL, exec), or where the file was edited after the
    function was made.
    """
    assert isinstance(function, FunctionType)
    code = function.__code__
    lines = tuple(linecache.getlines(code.co_filename, function.__globals__))
    if not lines:
        raise SourceError(
            f"the source of {function.__qualname__} cannot be found ({code.co_filename})",
            remedy="define the function in a file (or a notebook cell) instead of the REPL, exec or eval",
        )
    file = _parse_file(code.co_filename, lines)
    found = file.function(code)
    if found is None:
        raise SourceError(
            f"{code.co_filename}:{code.co_firstlineno}: the source of {function.__qualname__} "
            "changed since it was imported",
            remedy="import or run the file again",
        )
    return FunctionSource(function, file.converted(found, _class_around(code)), code.co_filename, lines)


def _class_around(code: CodeType) -> str:
    """Return the name of the class in whose text a function stands, "" if there is none.

    >>> _class_around(FunctionSource.place.__code__)
    'FunctionSource'
    """
    parts = code.co_qualname.split(".")
    classes = [part for part, after in pairwise(parts) if "<locals>" not in (part, after)]
    return classes[-1].lstrip("_") if classes else ""


def _mangle(node: ast.AST, owner: str) -> None:
    """Give private names (`__x`) in the text of a class the names that Python gives them."""
    for inner in ast.walk(node) if owner else ():
        for part in _NAMES.get(type(inner), ()):
            name = getattr(inner, part)
            if name is not None and name.startswith("__") and not name.endswith("__"):
                setattr(inner, part, f"_{owner}{name}")


_NAMES: dict[type[ast.AST], tuple[str, ...]] = {
    ast.Name: ("id",), ast.Attribute: ("attr",), ast.arg: ("arg",), ast.keyword: ("arg",), ast.FunctionDef: ("name",),
    ast.alias: ("asname",), ast.MatchAs: ("name",), ast.MatchStar: ("name",),
}  # fmt: skip


@dataclass
class _File:
    """A parsed file: its functions by first line, and the code they compile to."""

    nodes: dict[tuple[str, int], list[ast.AST]]
    codes: dict[tuple[str, int], list[CodeType]]
    made: dict[ast.AST, Any] = field(default_factory=dict[ast.AST, Any])
    """Functions as gast has them."""

    def converted(self, node: ast.AST, owner: str) -> Any:
        """Return a function of the text of a class ("" if of none) in gast, always the same."""
        if node not in self.made:
            _mangle(node, owner)
            self.made[node] = gast.ast_to_gast(node)
        return self.made[node]

    def function(self, code: CodeType) -> ast.AST | None:
        """Return the node of a code object, if the file still has it."""
        key = (code.co_name, code.co_firstlineno)
        nodes = self.nodes.get(key, [])
        if any(same_code(candidate, code) for candidate in self.codes.get(key, [])):
            return nodes[0] if len(nodes) == 1 else _covering(nodes, code)
        # An assertion may have been rewritten (by pytest): then the line has to do.
        rewritten = len(nodes) == 1 and any(isinstance(n, ast.Assert) for n in ast.walk(nodes[0]))
        return nodes[0] if rewritten else None


def _covering(nodes: list[ast.AST], code: CodeType) -> ast.AST | None:
    """Return the smallest of the nodes (lambdas on one line) in which all of the code stands."""
    spans = [
        ((line, column), (end_line, end_column))
        for line, end_line, column, end_column in code.co_positions()
        if line and end_line and column is not None and end_column is not None and end_column > column
    ]
    first, last = min(span[0] for span in spans), max(span[1] for span in spans)
    around: list[Any] = [n for n in nodes if _start(n) <= first and last <= _end(n)]
    return max(around, key=_start, default=None)


def _start(node: Any) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _end(node: Any) -> tuple[int, int]:
    return node.end_lineno, node.end_col_offset


@lru_cache(maxsize=64)
def _parse_file(name: str, lines: tuple[str, ...]) -> _File:
    try:
        tree = ast.parse("".join(lines), name)
        module = compile(tree, name, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise SourceError(f"{name} cannot be parsed: {error}", remedy="import or run the file again") from None
    nodes: dict[tuple[str, int], list[ast.AST]] = {}
    for node in _functions(tree):
        nodes.setdefault(_key(node), []).append(node)
    codes: dict[tuple[str, int], list[CodeType]] = {}
    for code in _codes(module):
        codes.setdefault((code.co_name, code.co_firstlineno), []).append(code)
    return _File(nodes, codes)


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda]:
    """Yield functions in the order in which the compiler meets them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node


def _key(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> tuple[str, int]:
    if isinstance(node, ast.Lambda):
        return "<lambda>", node.lineno
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return node.name, first


def _codes(code: CodeType) -> Iterator[CodeType]:
    waiting = [code]
    while waiting:
        code = waiting.pop(0)
        inner = [const for const in code.co_consts if isinstance(const, CodeType)]
        yield from inner
        waiting.extend(inner)


def same_code(a: CodeType, b: CodeType) -> bool:
    """Say whether two code objects do the same at the same places."""
    if (a.co_varnames, a.co_freevars, len(a.co_consts)) != (b.co_varnames, b.co_freevars, len(b.co_consts)):
        return False
    if a.co_code != b.co_code and _instructions(a) != _instructions(b):
        return False
    return all(_same_constant(x, y) for x, y in zip(a.co_consts, b.co_consts, strict=True))


def _same_constant(x: object, y: object) -> bool:
    if isinstance(x, CodeType) and isinstance(y, CodeType):
        return same_code(x, y)
    return repr(x) == repr(y)


_FORMS_OF_CALLS = frozenset({"PRECALL", "CACHE", "PUSH_NULL", "RESUME"})


def _jumps(opname: str) -> bool:
    return "JUMP" in opname or opname in ("FOR_ITER", "SEND")


def _instructions(code: CodeType) -> list[tuple[str, object]]:
    """Return what code does, apart from how a method call is prepared.

    That depends on whether the same compilation saw the import of the module that is called.
    """
    return [
        (
            "LOAD_ATTR" if each.opname == "LOAD_METHOD" else each.opname,
            None if _jumps(each.opname) else str(each.argval),
        )
        for each in dis.get_instructions(code)
        if each.opname not in _FORMS_OF_CALLS and not isinstance(each.argval, CodeType)
    ]
