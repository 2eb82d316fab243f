"""Equations of a derivative rule, lowered as if they were the user's code.

So every intermediate of a rule has a kind, conditions on kinds and literals are decided here,
and helper functions of rule files dissolve.
"""

from __future__ import annotations

import linecache
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from s2s_ad.frontend.context import Frame, Lowerer
from s2s_ad.frontend.source import FunctionSource
from s2s_ad.frontend.structures import parts, parts_like
from s2s_ad.frontend.syntax import gast
from s2s_ad.frontend.values import TupleV, Value
from s2s_ad.ir.core import Atom, Var
from s2s_ad.ir.kinds import Array, Kind, dtype_of, is_complex
from s2s_ad.ir.ops import op
from s2s_ad.rules.language import Rule, equations, targets

_REAL, _FULL_LIKE, _MUL = op("numpy.real"), op("numpy.full_like"), op("operator.mul")


@lru_cache(maxsize=256)
def _source(rule: Rule) -> FunctionSource:
    code = rule.fun.__code__
    return FunctionSource(rule.fun, None, code.co_filename, tuple(linecache.getlines(code.co_filename)))


def apply_rule(
    lo: Lowerer, rule: Rule, mode: str, wanted: Iterable[str], env: Mapping[str, Value], path: str = ""
) -> dict[str, Value]:
    """Lower the equations of a rule for the wanted params and return what they give.

    `mode` is "bar" or "dot"; `env` binds the params, and `z_bar` or `x_dot` where they are given.  `path` is how
    the root reaches the names around the rule, with a colon behind.
    """
    targets = [f"{name}_{mode}" for name in wanted]
    statements = getattr(equations(rule), mode)
    before, lo.frame = lo.frame, Frame(_source(rule), _as_numbers(lo, env), path=path)
    try:
        for node in _needed(statements, frozenset(targets)):
            lo.suite([node])
        return {
            name: lo.frame.env[target] for name, target in zip(wanted, targets, strict=True) if target in lo.frame.env
        }
    finally:
        lo.frame = before


def _as_numbers(lo: Lowerer, env: Mapping[str, Value]) -> dict[str, Value]:
    """Return what a rule reads, with numbers for what may be truths: of those NumPy has no sign and no negative."""
    if lo.truths.isdisjoint(env.values()):
        return dict(env)
    return {
        name: lo.emit(_MUL, [value, lo.lit(1.0)], hint="") if isinstance(value, Var) and value in lo.truths else value
        for name, value in env.items()
    }


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


def fitted(lo: Lowerer, out: Atom, value: Atom) -> Atom:
    """Return a tangent with the shape and dtype of its value."""
    if is_complex(value.kind) and not is_complex(out.kind):  # the value is the real part of what it was made of
        value = lo.emit(_REAL, [value])
    if isinstance(out.kind, Array) and not _fits(out.kind, value.kind):
        value = lo.emit(_FULL_LIKE, [out, value], kind=out.kind)
    return value


def _fits(kind: Array, value: Kind) -> bool:
    """Say whether a value surely has the rank, the sizes and the dtype of a kind."""
    return isinstance(value, Array) and value.axes == kind.axes and dtype_of(value) == dtype_of(kind)


# -- structures -------------------------------------------------------------------------------------

Part = tuple[str, Value, Value | None]
"""How a leaf of a structure is written, it, and what equations give for it."""


def tangents_by(
    lo: Lowerer, rule: Rule, path: str, args: Sequence[Value], dots: Sequence[Value], out: Value
) -> list[Part]:
    """Return the tangent of each leaf of what a function gives, from its arguments and their tangents."""
    results = _results(lo, rule, out)
    env = _with_defaults(lo, rule, _arguments(lo, rule, args)) | results
    tangents = _with_defaults(lo, rule, _arguments(lo, rule, dots), tangents=True)
    return _by_parts(lo, rule, "dot", results, env | {f"{name}_dot": dot for name, dot in tangents.items()}, path)


def adjoints_by(lo: Lowerer, rule: Rule, path: str, args: Sequence[Value], out: Value, bar: Value) -> list[Part]:
    """Return what is added to the adjoint of each leaf of the arguments of a function."""
    given = _arguments(lo, rule, args)
    env = _with_defaults(lo, rule, given) | _results(lo, rule, out)
    env |= {f"{name}_bar": value for name, value in _results(lo, rule, bar).items()}
    return _by_parts(lo, rule, "bar", given, env, path)


def _arguments(lo: Lowerer, rule: Rule, values: Sequence[Value]) -> dict[str, Value]:
    """Return the arguments, or their tangents, by the names of the rule."""
    try:
        bound = rule.bind(values, {})
    except LookupError as error:
        lo.refuse(f"{rule.of[0].__name__}: {error.args[0]}", "let its rule have a parameter for each argument")
    return {name: TupleV(value) if isinstance(value, tuple) else value for name, value in bound.items()}


def _with_defaults(lo: Lowerer, rule: Rule, given: Mapping[str, Value], *, tangents: bool = False) -> dict[str, Value]:
    """Return arguments, or their tangents, with the defaults of the rule."""
    known = {name: 0.0 if tangents and value is not None else value for name, value in rule.defaults.items()}
    return {name: lo.lit(value) for name, value in known.items()} | dict(given)


def _results(lo: Lowerer, rule: Rule, out: Value) -> dict[str, Value]:
    """Return the results, or their adjoints, by the names of the rule."""
    if rule.outputs == 1:
        return {rule.results[0]: out}
    if not isinstance(out, TupleV) or len(out.items) != rule.outputs:
        reason = f"the rule of {rule.of[0].__name__} has {rule.outputs} results, and it gives no tuple of so many"
        lo.refuse(reason, "let outputs= be their number, or 1 for all of them in one")
    return dict(zip(rule.results, out.items, strict=True))


def _by_parts(
    lo: Lowerer, rule: Rule, mode: str, values: Mapping[str, Value], env: Mapping[str, Value], path: str
) -> list[Part]:
    """Return what equations give for the leaves of structures, which they give as a whole or by parts."""
    wanted = [target for name in values for target in targets(rule, mode, name)]
    found = apply_rule(lo, rule, mode, wanted, env, path)
    made = [part for name, value in values.items() for part in _leaves(lo, mode, (name,), value, found, None)]
    if found:
        reason = f"the rule of {rule.of[0].__name__} gives {mode}[{next(iter(found))}], and there is no such part"
        lo.refuse(reason, "write a part as Python prints it: p.w, p[0], p['w']")
    return made


def _leaves(
    lo: Lowerer, mode: str, ways: Sequence[str], value: Value, found: dict[str, Value], given: Value | None
) -> Iterator[Part]:
    """Yield what is given for the leaves of a structure, which is written in these ways; take it from `found`."""
    for way in ways:
        if way in found and given is not None:
            lo.refuse(f"{mode}[{way}] is given, and what it is a part of or the same as is too", "give one of them")
        given = found.pop(way, given)
    inner = parts(lo, value)
    try:
        others = [None] * len(inner) if given is None else parts_like(lo, value, given)
    except LookupError:
        lo.refuse(f"{mode}[{ways[0]}] has not the structure of {ways[0]}", "let it have that")
    if not inner:
        yield ways[0], value, given
    for (steps, part), other in zip(inner, others, strict=True):
        yield from _leaves(lo, mode, [way + step for way in ways for step in steps], part, found, other)
