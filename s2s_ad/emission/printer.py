"""Text of Python expressions: the one place that knows astor.

Constants are printed here as names whose "identifier" is their text, and negative ones as a
minus applied to that, so that none of astor's habits with constants matter (`-2.0 ** 2` for
`(-2.0) ** 2`, `1e1000` for infinity, strings over several lines, nodes that new Pythons dropped).
"""

from __future__ import annotations

import ast
import warnings
from typing import Any

with warnings.catch_warnings():  # astor looks for node classes that Python 3.12 deprecates
    warnings.simplefilter("ignore", DeprecationWarning)
    from astor import code_gen as _astor  # pyright: ignore


def expression(node: ast.expr) -> str:
    """Return the text of an expression on one line, without parentheses around the whole.

    >>> expression(binary(ast.Pow(), minus(name("2.0")), name("x")))
    '(-2.0) ** x'
    """
    if isinstance(node, ast.Name):
        return node.id
    astor: Any = _astor  # pyright: ignore
    return str(astor.to_source(ast.Expr(node), pretty_source="".join)).strip()  # pyright: ignore


def value(node: ast.expr) -> str:
    """Return the text of an expression to the right of a `=`: tuples keep their parentheses.

    >>> value(ast.Tuple([name("a")], ast.Load()))
    '(a,)'
    """
    text = expression(node)
    return f"({text})" if isinstance(node, ast.Tuple) and node.elts else text


def name(identifier: str) -> ast.expr:
    """Return the expression that is this text: a name, or a literal that binds as tightly."""
    return ast.Name(identifier, ast.Load())


def minus(node: ast.expr) -> ast.expr:
    """Return -node."""
    return ast.UnaryOp(ast.USub(), node)


def binary(operator: ast.operator, left: ast.expr, right: ast.expr) -> ast.expr:
    """Return left operator right."""
    return ast.BinOp(left, operator, right)


def attribute(node: ast.expr, attr: str) -> ast.expr:
    """Return node.attr, where `2.real` needs parentheses."""
    if isinstance(node, ast.Name) and node.id.isdigit():
        node = name(f"({node.id})")
    return ast.Attribute(node, attr, ast.Load())


def dotted(path: str) -> ast.expr:
    """Return the expression of a dotted name."""
    first, *rest = path.split(".")
    node = name(first)
    for attr in rest:
        node = attribute(node, attr)
    return node


def subscript(node: ast.expr, index: ast.expr) -> ast.expr:
    """Return node[index]."""
    return ast.Subscript(node, index, ast.Load())


def call(function: ast.expr, /, *args: ast.expr, **kwargs: ast.expr) -> ast.expr:
    """Return function(*args, **kwargs)."""
    return ast.Call(function, list(args), [ast.keyword(key, node) for key, node in kwargs.items()])


def display(items: list[ast.expr], type: str = "tuple") -> ast.expr:
    """Return (items) or [items]."""
    return ast.List(items, ast.Load()) if type == "list" else ast.Tuple(items, ast.Load())
