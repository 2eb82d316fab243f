"""Finds the first statement that makes nan or inf, and says what it is to the user: `s2s_ad.find_nonfinite`."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from types import FunctionType
from typing import Any, cast

import numpy as np

from s2s_ad.arguments import refuse_power
from s2s_ad.display.interpret import Turn, leaves_of
from s2s_ad.display.listing import leaf_paths
from s2s_ad.display.marks import level
from s2s_ad.display.trace import text
from s2s_ad.display.watched import Event, Operand, Watched
from s2s_ad.emission.texts import Texts
from s2s_ad.errors import DifferentiationError, S2SError
from s2s_ad.frontend.capture import resolve
from s2s_ad.ir.core import (
    REVERSE_SWEEP,
    Adjoint,
    Eqn,
    For,
    Function,
    Lit,
    Origin,
    Param,
    Seq,
    Settled,
    Source,
    Tangent,
    Var,
    source_of,
    statements_of,
)
from s2s_ad.ir.kinds import Kind, is_differentiable, kind_of, known_objects
from s2s_ad.ir.layers import Layer, with_value
from s2s_ad.ir.ops import ACCUMULATE, IN_PLACE, UPDATE
from s2s_ad.nonfinite import Iteration, Nonfinite
from s2s_ad.optimize.clean import clean
from s2s_ad.pipeline import lower
from s2s_ad.transform.layers import derived
from s2s_ad.transform.reverse import reverse
from s2s_ad.transform.split import outside
from s2s_ad.trees import fitted, map_leaves

_TARGET = re.compile(r"([^\W\d][^=()]*?) (?:[-+*/@%&|^]|//|\*\*|<<|>>)?= ")
_ENDINGS = {"_bar": "adjoint", "_dot": "tangent"}
_ENDING = re.compile(r"(_bar|_dot)$")


def search(
    fun: FunctionType,
    layers: tuple[Layer, ...],
    values: Sequence[Any],
    tangents: Sequence[Any] | None,
    cotangent: Any,
    *,
    hidden: bool,
) -> Nonfinite | None:
    """Return what made the result of the last of the layers nan or inf, None if it is finite.

    `values` are those of all parameters, `tangents` those of the argnums of the last layer.
    """
    run, function = watch(fun, layers, values, tangents, cotangent)
    result = run.value(function.result)
    mark = run.mark(function.result) if level(result) else run.log.first_made() if hidden else 0
    if not level(result) and not mark:
        return None
    event = run.log.events.get(mark, Event("the result", value=text(result)))
    given = tuple(each.what for each in run.log.events.values() if each.what and not each.eqn and each is not event)
    primal = lower(fun, tuple(map(kind_of, values))).function
    return _Report(Texts(function), primal).of(event, given, reaches=level(result) > 0)


def watch(
    fun: FunctionType, layers: tuple[Layer, ...], values: Sequence[Any], tangents: Sequence[Any] | None, cotangent: Any
) -> tuple[Watched, Function]:
    """Return what ran, and the function that it ran: otherwise as `search`."""
    signature = tuple(map(kind_of, values))
    try:
        function = _derivative(fun, signature, layers)
    except S2SError as error:  # the place is in the message: frames of ours would bury it
        raise error.with_traceback(None) from None
    directions = _directions(function, layers, values, tangents)
    run = Watched({}, functions=function.functions).start()
    known = known_objects(signature)
    for capture in function.captures:
        run.give(capture.var, resolve(fun, capture.name, known), capture.name)
    for param, value in zip(function.params, values, strict=True):
        _give(run, param, value, "the argument ")
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            _run(run, function, directions, cotangent)
        except Exception as error:
            refuse_power(error, fun.__qualname__)
            raise
    return run, function


def _derivative(fun: FunctionType, signature: tuple[Kind, ...], layers: tuple[Layer, ...]) -> Function:
    """Return what is run: the last derivative with its seeds."""
    lowered = lower(fun, signature, layers[:-1])
    if not layers:
        return lowered.function
    layer = with_value(layers)[-1]
    if layer.sort != "vjp":
        return derived(lowered.function, layer, lowered.names, lowered.source)[0]
    made = reverse(
        lowered.function, layer.argnums, lowered.names, lowered.source, has_aux=layer.has_aux, scalar=False
    )  # fmt: skip
    return clean(made, lowered.names, outside=outside(made))


def _directions(
    function: Function, layers: Sequence[Layer], values: Sequence[Any], tangents: Sequence[Any] | None
) -> list[Any]:
    """Return a tangent for each of the argnums in forward mode.

    Raises: DifferentiationError where one does not fit.
    """
    if not layers or layers[-1].sort != "jvp":
        return []
    argnums = layers[-1].argnums
    if tangents is None:
        return [ones(values[n]) for n in argnums]
    if len(tangents) != len(argnums):
        reason = f"{len(tangents)} tangents are given for {len(argnums)} arguments"
        raise DifferentiationError(reason, remedy="give one for each of argnums, in their order")
    names = [param.name for param in function.params]
    return [fitted(names[n], values[n], given) for n, given in zip(argnums, tangents, strict=True)]


def _run(run: Watched, function: Function, tangents: Sequence[Any], cotangent: Any) -> None:
    """Run a function, with ones for the seeds that are not given."""
    stmts = function.body.stmts
    middle = stmts.index(REVERSE_SWEEP) if REVERSE_SWEEP in stmts and function.seeds else 0
    run.statements(stmts[:middle])
    if middle:
        assert isinstance(function.result, Seq)
        (seed,) = function.seeds
        value = run.value(function.result.items[0])
        given = ones(value) if cotangent is None else fitted("the result", value, cotangent, "cotangent")
        _give(run, seed, given, "the cotangent ")
    else:
        for seed, tangent in zip(function.seeds, tangents, strict=True):
            _give(run, seed, tangent, "the tangent ")
    run.statements(stmts[middle:])


def _give(run: Watched, param: Param, value: Any, what: str) -> None:
    paths = dict(leaf_paths(param))
    for var, leaf in leaves_of(param.value, param.kind, value).items():
        run.give(var, leaf, what + paths[var])


def _named(function: Function) -> Iterator[tuple[str, str]]:
    """Yield what the user calls the values of a function, by the names that are printed for them."""
    for stmt in statements_of(function.body):
        if isinstance(stmt, Eqn) and isinstance(stmt.origin, Source) and stmt.op not in IN_PLACE:
            yield from ((out.hint, _called(stmt.origin.text)) for out in stmt.outs[:1])
    for param in function.params:
        for var, path in leaf_paths(param):
            yield var.hint, path
    for capture in function.captures:
        yield capture.var.hint, capture.name


def _called(text: str) -> str:
    """Return what a statement gives: the variable, or the expression.

    >>> _called("y = np.sin(x)"), _called("return a + b"), _called("x[1:] *= 2"), _called("x == 2")
    ('y', 'a + b', 'x[1:]', 'x == 2')
    """
    target = _TARGET.match(text)
    return target[1] if target else text.removeprefix("return ")


class _Report:
    """Says what an event is to the user."""

    def __init__(self, texts: Texts, primal: Function) -> None:
        self.texts = texts
        self.primal = primal
        self.names: Mapping[str, str] = {}
        """What the user calls the values of the function that is reported on."""

    def of(self, event: Event, given: tuple[str, ...], *, reaches: bool) -> Nonfinite:
        source = source_of(event.eqn.origin) if event.eqn else None
        place = source and source.place
        where = f" at {event.index}" if event.index else ""
        if event.what or event.eqn is None:
            return Nonfinite(False, event.what, event.value + where, place, reaches=reaches, given=given)
        place_of_function = self.texts.function(event.eqn).place
        called = (each for each in self.primal.functions if each.place == place_of_function)
        self.names = dict(_named(next(called, self.primal)))
        line, results = self.texts.line(event.eqn)
        part = self.texts.equation(event.eqn)
        return Nonfinite(
            event.made,
            self._what(event, results),
            event.value + where,
            place,
            line,
            "" if part == line else part,
            tuple(dict.fromkeys(self._operands(event.eqn, event.operands))),
            tuple(self._meanings(event.eqn)),
            tuple(_within(event.within)),
            reaches,
            given,
        )

    def _operands(self, eqn: Eqn, operands: Sequence[Operand]) -> Iterator[tuple[str, str]]:
        for operand in operands:
            if isinstance(operand.arg, Lit):
                continue
            name = self.texts.operand(eqn, operand.arg)
            if eqn.op in (ACCUMULATE, UPDATE) and operand is operands[0]:
                target = _TARGET.match(self.texts.equation(eqn))
                name = target[1] if target else name
            elif operand.index and not name.isidentifier():
                name = f"({name})"
            yield name + operand.index, operand.value

    def _meanings(self, eqn: Eqn) -> Iterator[tuple[str, str]]:
        """Yield the printed names that an equation reads, with what the user knows them by."""
        for var in dict.fromkeys(self.texts.variables(eqn)):
            hint, endings = var.hint, list[str]()
            while hint not in self.names and (found := _ENDING.search(hint)):
                endings.append(_ENDINGS[found[1]])
                hint = _ENDING.sub("", hint)
            printed, name = self.texts.operand(eqn, var), _prefixed(endings, self.names.get(hint, hint))
            if hint and name != printed:
                yield printed, name

    def _what(self, event: Event, results: Sequence[Var]) -> str:
        """Return what the user knows the value by that an equation computes, or that it is a part of."""
        assert event.eqn is not None and event.out is not None
        roles, source = _roles(event.eqn.origin), source_of(event.eqn.origin)
        if not roles and source:
            return _called(source.text)
        hint = next((var.hint for var in (event.out, *results) if var.hint), "")
        while hint not in self.names and _ENDING.search(hint):
            hint = _ENDING.sub("", hint)
        name = self.names.get(hint) or hint or (_called(source.text) if source else "the result")
        return _prefixed(roles or ["derivative"], name)


def _prefixed(roles: Sequence[str], name: str) -> str:
    return "".join(f"the {role} of " for role in roles) + name


def _roles(origin: Origin) -> list[str]:
    """Return what a statement computes of the primal: the tangent, the adjoint, the tangent of the adjoint."""
    match origin:
        case Tangent(of):
            return ["tangent", *_roles(of.origin)]
        case Adjoint(of):
            return ["adjoint", *_roles(of.origin)]
        case Settled(of):
            return _roles(of)
        case _:
            return []


def _within(turns: Sequence[Turn]) -> Iterator[Iteration]:
    """Yield the loops, the outermost first, and each recursive function once, with its innermost call."""
    for n, turn in enumerate(turns):
        if isinstance(turn.of, Function):
            if all(later.of is not turn.of for later in turns[n + 1 :]):
                yield Iteration(turn.of.name, turn.of.place, turn.number, call=True)
            continue
        source = source_of(turn.of.origin)
        hint = turn.of.index.hint if isinstance(turn.of, For) else ""
        own = source and re.search(rf"\b{hint}\b", source.text)
        index = f"{hint} = {turn.index}" if hint and own else ""
        backwards = _roles(turn.of.origin).count("adjoint") % 2
        number = turn.count + 1 - turn.number if backwards else turn.number
        yield Iteration(source.text if source else "a loop", source and source.place, number, index)


def _one(leaf: Any) -> Any:
    """Return ones of the shape and dtype of a leaf, None for one that is no float."""
    if not is_differentiable(kind_of(leaf)):
        return None
    return np.ones_like(cast(Any, leaf)) if isinstance(leaf, np.ndarray) else type(leaf)(1)


def ones(value: Any) -> Any:
    """Return a structure with ones for all floats."""
    return map_leaves(_one, value)
