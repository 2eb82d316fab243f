"""Parameters of an emitted function, and the way into and out of their structure."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from s2s_ad.emission.expressions import Expressions, access
from s2s_ad.emission.literals import Reach
from s2s_ad.emission.names import Printed, capture_names, entry_names
from s2s_ad.emission.printer import attribute, expression, name, value
from s2s_ad.ir.core import Arg, Function, Map, Param, Record, Seq, Var
from s2s_ad.ir.kinds import DictKind, Kind, ListKind, NumpyScalar, ObjectKind, PyScalar, TupleKind, dtype_of


def signature(function: Function) -> str:
    """Return the text between the parentheses of the `def`."""
    names = entry_names(function)
    positional = [names[param.name] for param in function.params if not param.keyword_only]
    positional += _with_defaults(function.seeds, names)
    keywords = [names[param.name] for param in function.params if param.keyword_only]
    keywords += capture_names(function).values()
    return ", ".join([*positional, *(["*", *keywords] if keywords else [])])


def _with_defaults(seeds: tuple[Param, ...], names: dict[str, str]) -> list[str]:
    """Return the seeds, with a default of one for adjoints of scalars where no other seed follows."""
    texts: list[str] = []
    can_default = True
    for seed in reversed(seeds):
        can_default = can_default and seed.name.endswith("_bar") and _is_float_scalar(seed.kind)
        texts.append(names[seed.name] + ("=1.0" if can_default else ""))
    return texts[::-1]


def _is_float_scalar(kind: Kind) -> bool:
    return isinstance(kind, PyScalar | NumpyScalar) and dtype_of(kind).kind == "f"


def bindings(function: Function, names: Printed, reach: Reach) -> list[str]:
    """Return the lines that name the leaves of the arguments."""
    printed = entry_names(function)
    lines: list[str] = []
    for param in (*function.params, *function.seeds):
        for var, node in leaves(param.kind, param.value, name(printed[param.name]), reach, 0):
            known = names.get(var.name)
            text = value(node)
            if known and known != text:
                lines.append(f"{known} = {text}")
    return lines


def leaves(kind: Kind, tree: Arg, node: ast.expr, reach: Reach, depth: int) -> Iterator[tuple[Var, ast.expr]]:
    """Yield each leaf of a structure and the expression that reaches it."""
    match kind, tree:
        case _, Var():
            yield tree, node
        case ListKind(item), Seq() | Map() | Record():
            variable = "item" if depth == 0 else f"item_{depth + 1}"
            for var, element in leaves(item, tree, name(variable), reach, depth + 1):
                target = ast.Name(variable, ast.Store())
                yield var, ast.ListComp(element, [ast.comprehension(target, node, [], 0)])
        case TupleKind(kinds), Seq(items):
            for i, (item_kind, item) in enumerate(zip(kinds, items, strict=True)):
                yield from leaves(item_kind, item, access(node, i, reach), reach, depth)
        case ObjectKind(_, kinds), Record(items):
            for (_, item_kind), (attr, item) in zip(kinds, items, strict=True):
                yield from leaves(item_kind, item, attribute(node, attr), reach, depth)
        case DictKind(kinds), Map(items):
            by_key = dict(kinds)
            for key, item in items:
                yield from leaves(by_key[key], item, access(node, key, reach), reach, depth)
        case _:
            return


def returned(tree: Arg, expressions: Expressions) -> str:
    """Return the text of what a function returns."""
    node = expressions.arg(tree)
    if isinstance(tree, Seq) and len(tree.items) > 1:
        return expression(node)
    return value(node)
