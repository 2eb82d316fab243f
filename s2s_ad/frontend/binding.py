"""The arguments of a function that has a rule of the user's own, in the order of its parameters."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from types import FunctionType, MethodType
from typing import Any, cast

from s2s_ad.frontend import captured
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.inline import Named
from s2s_ad.frontend.values import Value
from s2s_ad.ir.core import Lit
from s2s_ad.rules.custom import CustomRule


@dataclass(frozen=True)
class Bound:
    """What a rule is given, and the function itself too."""

    values: list[Value]
    names: tuple[str, ...]
    """The names of the parameters."""
    positional: int
    """How many of them the function is given by position: the first.  The others are keywords."""

    def handed_on(self, values: Sequence[Value]) -> tuple[list[Value], Named]:
        """Return the arguments and the keywords of the function for such values."""
        names = self.names[self.positional :]
        return list(values[: self.positional]), dict(zip(names, values[self.positional :], strict=True))


def bind(lo: Lowerer, rule: CustomRule, path: str, args: list[Value], named: Named) -> Bound:
    """Return the arguments of a call with the defaults of those that are left out, as Python binds them.

    Of a function in C the parameters may not be known; then they are those of the rule.  Its defaults are filled in
    before what is given by keyword, and the rest is left out.
    """
    in_python = isinstance(rule.fun, FunctionType)
    if not in_python and not named:
        return Bound(args, tuple(f"x{i}" for i in range(len(args))), len(args))
    parameters, owner, where = _parameters(lo, rule, path)
    try:
        inspect.Signature(parameters).bind(*args, **named)
    except TypeError as error:
        lo.refuse(f"{rule.name}, which has a rule: {error}", "give each argument once, as its parameters say")
    ordered = [each for each in parameters if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)]
    positional = [each for each in ordered if each.kind is not each.KEYWORD_ONLY]
    rest = ordered[len(args) :]
    if len(args) > len(positional) or not {each.name for each in rest}.issuperset(named):
        reason = f"{rule.name}, which has a rule, is given other arguments than its parameters"
        lo.refuse(reason, "let it have a parameter for each")
    while not in_python and rest[-1].name not in named:
        rest.pop()
    values = [*args, *(named[p.name] if p.name in named else _default(lo, owner, where, p) for p in rest)]
    unnamed = [each for each in positional if in_python or each.kind is each.POSITIONAL_ONLY]
    return Bound(values, tuple(each.name for each in ordered[: len(values)]), max(len(args), len(unnamed)))


def _parameters(lo: Lowerer, rule: CustomRule, path: str) -> tuple[list[inspect.Parameter], Any, str]:
    """Return the parameters of a function, whose defaults they are, and how the root reaches that; "" if in no way."""
    try:
        known = [*inspect.signature(rule.fun, follow_wrapped=False).parameters.values()]
    except (TypeError, ValueError):  # a function in C, of which Python knows nothing
        known = []
    if isinstance(rule.fun, FunctionType):
        return known, rule.fun, path
    if known and not any(each.kind is each.VAR_KEYWORD for each in known):
        return known, rule.fun, ""
    for what in ("equations", "vjp"):
        if (of := getattr(rule, what)) is not None:
            first = rule.outputs if what == "equations" else 0
            return [*inspect.signature(of).parameters.values()][first:], of, f"{path}.!rule.{what}"
    lo.refuse(
        f"{rule.name} is given keywords, and neither it nor its rule names its parameters",
        "give its arguments by position, or write its rule as vjp= or equations, which name them",
    )


def _default(lo: Lowerer, owner: Any, where: str, parameter: inspect.Parameter) -> Value:
    """Return the default of a parameter, read through the function that has it."""
    if not where:
        default = captured.captured(lo, parameter.default, "")
        if not isinstance(default, Lit):
            lo.refuse(f"the default of {parameter.name!r} is no constant", "give this argument too")
        return default
    if parameter.kind is parameter.KEYWORD_ONLY:
        return captured.captured(lo, parameter.default, f"{where}.__kwdefaults__[{parameter.name!r}]")
    of = cast(FunctionType, owner.__func__ if isinstance(owner, MethodType) else owner)
    at = of.__code__.co_varnames[: of.__code__.co_argcount].index(parameter.name) - of.__code__.co_argcount
    return captured.captured(lo, parameter.default, f"{where}.__defaults__[{len(of.__defaults__ or ()) + at}]")
