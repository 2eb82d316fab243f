"""Lowering of `match` to a chain of `if`: patterns are comparisons, or decided by what is known of the subject."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from s2s_ad.frontend.access import getitem
from s2s_ad.frontend.context import STATEMENTS, Completion, Lowerer, expression, statement
from s2s_ad.frontend.expressions import choose, compare_values, truth
from s2s_ad.frontend.syntax import gast
from s2s_ad.frontend.values import DictV, FunctionV, ListOf, Static, TupleV, Value
from s2s_ad.ir.core import Lit, Var
from s2s_ad.ir.kinds import DictKind, ListKind, Opaque, PyScalar, TupleKind, is_container, is_numeric

_NO_SEQUENCES = ("str", "bytes", "NoneType")


class Known:
    """An expression whose value was computed before."""

    _fields = ()
    _attributes = ("lineno", "col_offset", "end_lineno", "end_col_offset")

    def __init__(self, value: Value, place: Any) -> None:
        self.value = value
        gast.copy_location(self, place)


@expression("Known")
def known(lo: Lowerer, node: Known) -> Value:
    """Return the value that was computed before."""
    return node.value


@statement("Match")
def match_(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower match: the first case, else a match of the other cases."""
    subject = lo.expr(node.subject)
    case, *others = node.cases
    captures: dict[str, Value] = {}
    with lo.at(case.pattern):
        test = truth(lo, _matches(lo, case.pattern, subject, captures))
    place = _place(lo, case.pattern)
    orelse = [gast.copy_location(gast.Match(Known(subject, node), others), node)] if others else []
    body = case.body
    if case.guard is not None:
        body = [gast.copy_location(gast.If(case.guard, body, orelse), place)]
    body = [*(_binding(name, value, case.body[0]) for name, value in captures.items()), *body]
    chain = gast.copy_location(gast.If(Known(test, case.pattern), body, orelse), place)
    with lo.at(chain):
        return STATEMENTS["If"](lo, chain, rest)


def _binding(name: str, value: Value, place: Any) -> Any:
    target = gast.copy_location(gast.Name(name, gast.Store(), None, None), place)
    return gast.copy_location(gast.Assign([target], Known(value, place), None), place)


def _place(lo: Lowerer, pattern: Any) -> Any:
    """Return where `case` stands before a pattern."""
    place = gast.copy_location(gast.Pass(), pattern)
    number: int = pattern.lineno
    before = lo.frame.source.lines[number - 1].encode()[: pattern.col_offset]
    place.col_offset = max(before.rfind(b"case"), 0) if b"case" in before else pattern.col_offset
    return place


def _matches(lo: Lowerer, pattern: Any, value: Value, captures: dict[str, Value]) -> Value:
    """Return whether a value matches a pattern, and add what it captures."""
    match pattern:
        case gast.MatchValue():
            other = lo.expr(pattern.value)
            return lo.lit(False) if _differ(lo, value, other) else compare_values(lo, "Eq", value, other)
        case gast.MatchSingleton():
            return compare_values(lo, "Is", value, lo.lit(pattern.value))
        case gast.MatchAs():
            found = lo.lit(True) if pattern.pattern is None else _matches(lo, pattern.pattern, value, captures)
            if pattern.name is not None:
                captures[pattern.name] = value
            return found
        case gast.MatchOr():
            return _any(lo, pattern.patterns, value, captures)
        case gast.MatchSequence():
            return _sequence(lo, pattern.patterns, value, captures)
        case gast.MatchMapping():
            return _mapping(lo, pattern, value, captures)
        case _:
            lo.refuse("a pattern with a class", "test with isinstance in an if", pattern)


def _differ(lo: Lowerer, value: Value, other: Value) -> bool:
    """Say whether two values are of sorts of which none equals the other."""
    sorts = [_sort(lo, each) for each in (value, other)]
    return "" not in sorts and sorts[0] != sorts[1]


def _sort(lo: Lowerer, value: Value) -> str:
    if isinstance(value, Static | FunctionV):
        return ""
    kind = lo.kind(value)
    if isinstance(kind, TupleKind | DictKind | ListKind) or isinstance(value, ListOf):
        return "container"
    if is_numeric(kind):
        return "number"
    return kind.type if isinstance(kind, Opaque) and kind.type in _NO_SEQUENCES else ""


def _all(lo: Lowerer, pairs: Sequence[tuple[Any, Value]], captures: dict[str, Value]) -> Value:
    """Return whether all values match their patterns, tested one after the other."""
    if not pairs:
        return lo.lit(True)
    (pattern, value), *others = pairs
    first = _matches(lo, pattern, value, captures)
    if not others:
        return first
    return choose(lo, truth(lo, first), lambda: _all(lo, others, captures), lambda: lo.lit(False))


def _any(lo: Lowerer, patterns: Sequence[Any], value: Value, captures: dict[str, Value]) -> Value:
    """Return whether a value matches one of the patterns."""
    literals = [lo.expr(each.value) for each in patterns if isinstance(each, gast.MatchValue)]
    if len(literals) == len(patterns) and isinstance(value, Var) and isinstance(value.kind, PyScalar | Opaque):
        return compare_values(lo, "In", value, TupleV(tuple(literals)))
    own: dict[str, Value] = {}
    test = truth(lo, _matches(lo, patterns[0], value, own))
    if own and not isinstance(test, Lit):
        lo.refuse("a name in one of several patterns", "write one case for each pattern", patterns[0])
    if isinstance(test, Lit) and test.value:
        captures.update(own)
        return test
    if len(patterns) == 1:
        return test
    return choose(lo, test, lambda: lo.lit(True), lambda: _any(lo, patterns[1:], value, captures))


def _sequence(lo: Lowerer, patterns: Sequence[Any], value: Value, captures: dict[str, Value]) -> Value:
    kind = lo.kind(value)
    if isinstance(kind, TupleKind):
        items = [getitem(lo, value, lo.lit(i)) for i in range(len(kind.items))]
    elif is_numeric(kind) or isinstance(kind, DictKind) or (isinstance(kind, Opaque) and kind.type in _NO_SEQUENCES):
        return lo.lit(False)
    else:
        lo.refuse("a pattern of a sequence for what has no length that is known here", "test len in an if")
    stars = [i for i, each in enumerate(patterns) if isinstance(each, gast.MatchStar)]
    if len(items) < len(patterns) - len(stars) or (not stars and len(items) > len(patterns)):
        return lo.lit(False)
    if stars:
        start, stop = stars[0], len(items) - (len(patterns) - stars[0] - 1)
        if patterns[start].name is not None:
            captures[patterns[start].name] = TupleV(tuple(items[start:stop]), "list", lo.new_token())
        items[start:stop] = []
        patterns = [*patterns[:start], *patterns[start + 1 :]]
    return _all(lo, list(zip(patterns, items, strict=True)), captures)


def _mapping(lo: Lowerer, pattern: Any, value: Value, captures: dict[str, Value]) -> Value:
    if not isinstance(value, DictV):
        if is_container(lo.kind(value)) or is_numeric(lo.kind(value)):
            return lo.lit(False)
        lo.refuse("a pattern of a dict for what is not known to be one", "test its keys in an if", pattern)
    keys = [lo.expr(key) for key in pattern.keys]
    items = dict(lo.record(value))
    found = [items.get(key.value) for key in keys if isinstance(key, Lit)]
    if len(found) < len(keys):
        lo.refuse("a key that is not known before the run", "use a constant", pattern)
    parts = [part for part in found if part is not None]
    if len(parts) < len(keys):
        return lo.lit(False)
    if pattern.rest is not None:
        taken = {key.value for key in keys if isinstance(key, Lit)}
        captures[pattern.rest] = lo.new_dict(tuple(pair for pair in items.items() if pair[0] not in taken))
    return _all(lo, list(zip(pattern.patterns, parts, strict=True)), captures)
