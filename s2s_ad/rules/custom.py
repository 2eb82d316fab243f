"""Rules of the user's own, by the functions that they are for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from s2s_ad.rules.names import identity


@dataclass(frozen=True, slots=True, eq=False)
class CustomRule:
    """How a function is differentiated: by functions, or by equations as in the rule files."""

    fun: Callable[..., Any]
    jvp: Callable[..., Any] | None = None
    """jvp(primals, tangents) -> (out, out_dot)."""
    vjp: Callable[..., Any] | None = None
    """vjp(*primals) -> (out, pullback), pullback(out_bar) -> (bars…)."""
    equations: FunctionType | None = None
    """The function of equations, of `outputs` results; `elementwise` says that arguments are broadcast."""
    elementwise: bool = False
    outputs: int = 1

    @property
    def name(self) -> str:
        """What the function is called."""
        return getattr(self.fun, "__name__", "a function")

    @property
    def functions(self) -> tuple[FunctionType, ...]:
        """The functions that it is made of."""
        given: tuple[Any, ...] = (self.jvp, self.vjp, self.equations)
        return tuple(each for each in given if isinstance(each, FunctionType))


_custom: dict[object, CustomRule] = {}


def register(made: CustomRule) -> None:
    """Let a function have this rule, and no other."""
    _custom[identity(made.fun)] = made


def custom_rule_of(fun: object) -> CustomRule | None:
    """Return the user's rule for a function, None if there is none."""
    return _custom.get(identity(fun)) if _custom else None


def library_rules() -> list[CustomRule]:
    """Return the rules for functions that have no source: code that calls them depends on all of these."""
    return [made for made in _custom.values() if not isinstance(made.fun, FunctionType)]
