"""Makes a failing program small: takes statements and parts of expressions away while it fails alike."""

from __future__ import annotations

import ast
import os
import tempfile
import time
import warnings
from collections.abc import Collection, Iterator
from pathlib import Path

from tests.oracle.compare import Verdict, judge

SECONDS = 15.0
"""For one program."""


def shrunk(text: str, verdict: Verdict, modes: Collection[str] = (), seconds: float = SECONDS) -> str:
    """Return a smaller program with a verdict of the same sort."""
    cache = os.path.join(tempfile.gettempdir(), f"s2s_ad_oracle_{os.getpid()}")
    if verdict.status == "grammar":
        return text
    text = ast.unparse(ast.parse(text))
    thorough = not _alike(_judged(text, cache, False, modes), verdict)
    if thorough and not _alike(_judged(text, cache, True, modes), verdict):
        return text + "\n"
    end = time.monotonic() + seconds
    progress = True
    while progress:
        progress = False
        for smaller in candidates(ast.parse(text)):
            if time.monotonic() > end:
                return text + "\n"
            if len(smaller) < len(text) and _alike(_judged(smaller, cache, thorough, modes), verdict):
                text, progress = smaller, True
                break
    return text + "\n"


def _judged(text: str, cache: str, thorough: bool, modes: Collection[str]) -> Verdict:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return judge(text, cache, thorough=thorough, modes=modes)
    except Exception as error:  # the program itself is no longer one
        return Verdict("broken", repr(error))


def _alike(found: Verdict, wanted: Verdict) -> bool:
    return (found.status, found.reason) == (wanted.status, wanted.reason)


def candidates(tree: ast.Module) -> Iterator[str]:
    """Yield texts of smaller programs, the much smaller first."""
    yield from _without_statements(tree)
    yield from _with_smaller_parts(tree)


def _blocks(tree: ast.AST) -> Iterator[tuple[list[ast.stmt], bool]]:
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                yield block, name == "body" and not isinstance(node, ast.Module)


def _without_statements(tree: ast.Module) -> Iterator[str]:
    for block, needed in list(_blocks(tree)):
        for at in range(len(block))[::-1]:
            node = block[at]
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ARGS":
                continue
            inner = getattr(node, "body", None)
            ways: list[list[ast.stmt]] = [[]] if len(block) > 1 or not needed else [[ast.Pass()]]
            if isinstance(inner, list) and not isinstance(node, ast.FunctionDef | ast.ClassDef):
                ways.append(inner)
            for way in ways:
                block[at : at + 1] = way
                yield ast.unparse(ast.fix_missing_locations(tree))
                block[at : at + len(way)] = [node]


_BINDING = frozenset({"targets", "target", "func"})
"""Fields that hold what is bound or called."""


def _with_smaller_parts(tree: ast.Module) -> Iterator[str]:
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    for parent in [node for function in functions for node in ast.walk(function)]:
        if isinstance(getattr(parent, "ctx", None), ast.Store):
            continue
        for name, value in list(ast.iter_fields(parent)):
            if name in _BINDING:
                continue
            if isinstance(value, ast.expr):
                for part in _parts(value):
                    setattr(parent, name, part)
                    yield ast.unparse(ast.fix_missing_locations(tree))
                setattr(parent, name, value)
            elif isinstance(value, list) and value and isinstance(value[0], ast.expr):
                for at, item in enumerate(list(value)):
                    for part in _parts(item):
                        value[at] = part
                        yield ast.unparse(ast.fix_missing_locations(tree))
                    value[at] = item


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the expressions directly within an expression, and a constant."""
    if isinstance(node, ast.Constant | ast.Name):
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield child
    yield ast.Constant(0.5)


def save(folder: Path, text: str, verdict: Verdict, seed: int, index: int) -> Path:
    """Write a program to its file among the regressions."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{verdict.status.replace('-', '_')}_{seed}_{index}.py"
    path.write_text(f'"""{verdict.status}: {verdict.reason}"""\n\n{text}', encoding="utf-8")
    return path
