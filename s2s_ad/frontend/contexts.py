"""Lowering of `with`, for contexts that change no value: how NumPy and `warnings` report.

A context is a pair of equations around its body, ENTER and EXIT, and no region: the body runs once,
what it binds is bound after it, and so no pass needs to know of it.  The adjoints of the body run
in such a context too: what was silenced stays silent.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from s2s_ad.frontend.context import Completion, Kwargs, Lowerer, Returned, statement
from s2s_ad.frontend.jumps import go_on, iteration, iterations
from s2s_ad.frontend.statements import assign
from s2s_ad.frontend.values import DictV, Static, Value
from s2s_ad.ir.core import Arg, Eqn, Lit
from s2s_ad.ir.ops import ENTER, EXIT

_PLAIN = (np.errstate, np.printoptions, warnings.catch_warnings)
_REMEDY = "call the differentiated function inside the context"


@statement("With")
def with_(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower with context as name, …: body."""
    entered = [_enter(lo, item) for item in node.items]
    end = iterations(lo, lambda: iteration(lo, lambda: lo.suite(node.body)))
    for args, kwargs in filter(None, reversed(entered)):
        lo.stmts.append(Eqn((), EXIT, args, kwargs, lo.origin))
    if end is None:
        return Returned(None)
    return None if end.skipped == lo.lit(False) else go_on(lo, end, lambda: lo.suite(rest))


def _enter(lo: Lowerer, item: Any) -> tuple[tuple[Arg, ...], Kwargs] | None:
    """Enter a context; return what it was made with, None for one that does nothing."""
    node = item.context_expr
    maker = lo.expr(node.func) if type(node).__name__ == "Call" else None
    maker = maker if isinstance(maker, Static) else Static(None)
    made = maker.obj
    with lo.at(node):
        if made is contextlib.nullcontext:
            _enter_null(lo, item)
            return None
        if made is contextlib.suppress:
            lo.refuse("contextlib.suppress", "test for what would raise before it does, or write try and except")
        if made not in _PLAIN:
            lo.refuse("a context manager other than np.errstate and warnings.catch_warnings", _REMEDY)
        if item.optional_vars is not None:
            lo.refuse("`as` of a context that gives nothing to compute with", "leave `as` out")
        args = (lo.operand(maker), *(_constant(lo, arg) for arg in node.args))
        kwargs = tuple(pair for keyword in node.keywords for pair in _keywords(lo, keyword))
        if any(name == "record" and not (isinstance(value, Lit) and value.value is False) for name, value in kwargs):
            lo.refuse("warnings that are recorded", _REMEDY)
        lo.stmts.append(Eqn((), ENTER, args, kwargs, lo.origin))
    return args, kwargs


def _enter_null(lo: Lowerer, item: Any) -> None:
    call = item.context_expr
    given: list[Value] = [lo.expr(node) for node in (*call.args, *(keyword.value for keyword in call.keywords))]
    if item.optional_vars is not None:
        assign(lo, item.optional_vars, given[0] if given else lo.lit(None))


def _keywords(lo: Lowerer, keyword: Any) -> Kwargs:
    if keyword.arg is not None:
        return ((keyword.arg, _constant(lo, keyword.value)),)
    value = lo.expr(keyword.value)
    pairs = lo.record(value) if isinstance(value, DictV) else None
    if pairs is None or not all(isinstance(item, Lit) for _, item in pairs):
        lo.refuse("** of a dict that is not known before the run", "write the keywords out", keyword.value)
    return tuple((str(name), lo.operand(item)) for name, item in pairs)


def _constant(lo: Lowerer, node: Any) -> Arg:
    """Return an argument of a context, which the reverse sweep gives again."""
    arg = lo.operand(lo.expr(node))
    if not isinstance(arg, Lit):
        lo.refuse("a context with a value that is not known before the run", "write it as a constant", node)
    return arg
