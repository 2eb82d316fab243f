"""Adjoints of contexts: the adjoints of what is in one are in one too, and report nothing that it silenced.

What derivatives report is none of the program's business: its handlers must not catch it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from s2s_ad.ir.core import Arg, Block, Eqn, Function, Lit, Seq, Stmt, Try, blocks, statements_of
from s2s_ad.ir.kinds import Opaque
from s2s_ad.ir.ops import CONTEXT, ENTER, EXIT, GETITEM, IDENTITY, LIST_OPS, RAISE, TAPE_OPS, UPDATE, ZEROS_LIKE
from s2s_ad.rules.language import lookup
from s2s_ad.transform.sweep import Sweep

_TEXT = Opaque("str")
_ERRSTATE = Lit(np.errstate, Opaque("static errstate"))
_SILENT = Eqn((), ENTER, (_ERRSTATE,), (("all", Lit("ignore", _TEXT)),))
_REPORTS = RuntimeWarning, FloatingPointError
"""What NumPy's numbers raise where they do not warn."""
_FILTERS = frozenset({"warnings.simplefilter", "warnings.filterwarnings"})
_QUIET = frozenset({GETITEM, IDENTITY, UPDATE, ZEROS_LIKE, *LIST_OPS, *TAPE_OPS, *CONTEXT})


def reverse_context(sweep: Sweep, eqn: Eqn) -> None:
    """Emit the other end of the context of the adjoints: backwards it begins where the primal's ends."""
    made = eqn.args[0].value if isinstance(eqn.args[0], Lit) else None
    if made is np.errstate:
        around = calm(eqn)
    elif made is warnings.catch_warnings:
        around = replace(eqn, args=eqn.args[:1], kwargs=(("action", Lit("ignore", _TEXT)),))
    else:
        return  # how numbers are printed makes no difference
    sweep.lo.stmts.append(replace(around, op=EXIT if eqn.op == ENTER else ENTER, origin=sweep.lo.origin))


def calm(eqn: Eqn) -> Eqn:
    """Return the context in which derivatives are where the primal is in this one: they never raise."""
    return replace(eqn, kwargs=tuple((name, _calm(value)) for name, value in eqn.kwargs), origin=None)


def _calm(mode: Arg) -> Arg:
    """Return how the adjoint reports what the primal reports so: it never raises, and calls nothing."""
    quiet = isinstance(mode, Lit) and mode.value in ("ignore", None)
    return mode if quiet else Lit("warn", _TEXT)


def silent(stmts: Sequence[Stmt]) -> list[Stmt]:
    """Return statements in a context in which NumPy reports nothing, if there may be anything to report."""
    if all(isinstance(stmt, Eqn) and _only_moves(stmt) for stmt in stmts):
        return [*stmts]
    return [_SILENT, *stmts, replace(_SILENT, op=EXIT)]


def _only_moves(eqn: Eqn) -> bool:
    rule = lookup(eqn.op.path)
    return eqn.op in _QUIET or (rule is not None and rule.is_view(eqn.args))


def catches_reports(stmt: Try) -> bool:
    """Say whether a handler takes what NumPy reports, and does not just raise it again."""
    classes = stmt.errors.items if isinstance(stmt.errors, Seq) else (stmt.errors,)
    last = stmt.then.stmts[-1] if stmt.then.stmts else None
    if isinstance(last, Eqn) and last.op == RAISE and not last.args:
        return False
    return any(isinstance(each, Lit) and issubclass(error, each.value) for each in classes for error in _REPORTS)


def is_watched(function: Function) -> bool:
    """Say whether a function, or one that it calls, has NumPy's reports raised, or takes them when they are."""
    inside = [stmt for each in (function, *function.functions) for stmt in statements_of(each.body)]
    return any(isinstance(stmt, Try) and catches_reports(stmt) for stmt in inside) or has_reports_raised(inside)


def has_reports_raised(stmts: Iterable[Stmt]) -> bool:
    """Say whether one of these statements lets what NumPy reports be raised from there on."""
    return any(isinstance(stmt, Eqn) and _lets_raise(stmt) for stmt in stmts)


def _lets_raise(eqn: Eqn) -> bool:
    given = [*eqn.args, *(value for _, value in eqn.kwargs)]
    if eqn.op.path == "numpy.seterr":
        return any(_is_loud(mode) for mode in given)
    if eqn.op == ENTER:
        return eqn.args[0] != _ERRSTATE and dict(eqn.kwargs).get("action") == Lit("error", _TEXT)
    action = dict(eqn.kwargs).get("action", eqn.args[0] if eqn.args else None)
    return eqn.op.path in _FILTERS and (not isinstance(action, Lit) or action.value == "error")


def _is_loud(mode: Arg) -> bool:
    return not isinstance(mode, Lit) or mode.value in ("raise", "call")


def for_good(block: Block) -> list[Stmt]:
    """Return the statements of a block, and of those in it, of which no context takes back what they set."""
    found: list[Stmt] = []
    depth = 0
    for stmt in block.stmts:
        if isinstance(stmt, Eqn) and stmt.op in CONTEXT:
            depth += 1 if stmt.op == ENTER else -1
        elif depth == 0:
            found += [stmt, *(each for inner in blocks(stmt) for each in for_good(inner))]
    return found
