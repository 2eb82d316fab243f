"""Equations of a derivative rule, lowered as if they were the user's code.

So every intermediate of a rule has a kind, conditions on kinds and literals are decided here,
and helper functions of rule files dissolve.
"""

from __future__ import annotations

import linecache
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from s2s_ad.frontend.context import Frame, Lowerer
from s2s_ad.frontend.source import FunctionSource
from s2s_ad.frontend.syntax import gast
from s2s_ad.frontend.values import Value
from s2s_ad.rules.language import Rule, equations


@lru_cache(maxsize=256)
def _source(rule: Rule) -> FunctionSource:
    code = rule.fun.__code__
    return FunctionSource(rule.fun, None, code.co_filename, tuple(linecache.getlines(code.co_filename)))


def apply_rule(lo: Lowerer, rule: Rule, mode: str, wanted: Iterable[str], env: Mapping[str, Value]) -> dict[str, Value]:
    """Lower the equations of a rule for the wanted params and return what they give.

    `mode` is "bar" or "dot"; `env` binds the params, and `z_bar` or `x_dot` where they are given.
    """
    targets = [f"{name}_{mode}" for name in wanted]
    statements = getattr(equations(rule), mode)
    before, lo.frame = lo.frame, Frame(_source(rule), dict(env))
    try:
        for node in _needed(statements, frozenset(targets)):
            lo.suite([node])
        return {
            name: lo.frame.env[target] for name, target in zip(wanted, targets, strict=True) if target in lo.frame.env
        }
    finally:
        lo.frame = before


@lru_cache(maxsize=1024)
def _needed(statements: tuple[Any, ...], wanted: frozenset[str]) -> list[Any]:
    """Return the statements that the wanted names are computed by."""
    needed = set(wanted)
    kept: list[Any] = []
    for node in reversed(list(statements)):
        names = [part for part in gast.walk(node) if isinstance(part, gast.Name)]
        if any(name.id in needed for name in names if isinstance(name.ctx, gast.Store)):
            kept.append(node)
            needed |= {name.id for name in names if isinstance(name.ctx, gast.Load)}
    return kept[::-1]
