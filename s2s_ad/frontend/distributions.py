"""Distributions of SciPy: objects of its module `stats` whose methods are functions with a path.

`stats.norm.logpdf` is a method, another object each time it is asked for; its path leads through the
distribution.  A call that freezes parameters, `stats.norm(mu, sigma)`, is a partial of the methods.
Parameters may come by position or by name; equations have shape parameters by position, and what
every distribution has (`loc`, `scale`; `mean`, `cov` of vectors) by name.

This module knows them by what they are called, and imports nothing of SciPy.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import MethodType
from typing import Any, cast

from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.values import Value
from s2s_ad.ir.core import Lit
from s2s_ad.rules.names import path_of

_MODULE = "scipy.stats"


@dataclass(frozen=True)
class Distribution:
    """A distribution that can be imported, and the parameters that one of its kind has frozen."""

    path: str
    names: tuple[str, ...]
    """Its parameters in their order."""
    shapes: frozenset[str]
    """Those of them that equations have by position."""
    frozen: tuple[tuple[str, str, Any], ...] = ()
    """The name of each frozen parameter, the way to it from the distribution, and its value."""


def of(obj: Any) -> Distribution | None:
    """Return the distribution that an object is or is a method of, None if it is nothing of the sort."""
    if _MODULE not in sys.modules:
        return None
    owner = obj.__self__ if isinstance(obj, MethodType) else obj
    cls = cast("type[Any]", type(owner))
    if not cls.__module__.startswith(_MODULE) or isinstance(owner, type):
        return None
    path = path_of(owner)
    if path is not None:
        return Distribution(path, *_parameters(owner)) if hasattr(owner, "pdf") or hasattr(owner, "pmf") else None
    return _frozen(owner) if isinstance(obj, MethodType) else None


def _parameters(owner: Any) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the names of the parameters of a distribution, and which are shape parameters."""
    if not hasattr(owner, "numargs"):
        return ("mean", "cov", "allow_singular"), frozenset()
    shapes = tuple(name.strip() for name in (owner.shapes or "").split(",") if name.strip())
    return (*shapes, "loc", "scale") if hasattr(owner, "pdf") else (*shapes, "loc"), frozenset(shapes)


def _frozen(owner: Any) -> Distribution | None:
    """Return a distribution with frozen parameters, made outside: SciPy keeps them in a copy of the distribution."""
    stats = sys.modules[_MODULE]
    kept = getattr(owner, "dist", None) or getattr(owner, "_dist", None)
    whole = getattr(stats, getattr(kept, "name", None) or "multivariate_normal", None)
    if kept is None or type(whole) is not type(kept):
        return None
    names, shapes = _parameters(whole)
    if not hasattr(owner, "args"):
        values = tuple((name, name, getattr(owner, name)) for name in ("mean", "cov"))
        return Distribution(f"{_MODULE}.multivariate_normal", names, shapes, values)
    values = [(name, f"args[{i}]", value) for i, (name, value) in enumerate(zip(names, owner.args, strict=False))]
    values += [(name, f"kwds[{name!r}]", value) for name, value in owner.kwds.items()]
    return Distribution(f"{_MODULE}.{kept.name}", names, shapes, tuple(values))


_DEFAULTS = {"loc": 0, "scale": 1, "mean": None}


def in_order(
    lo: Lowerer, distribution: Distribution, args: list[Value], named: dict[str, Value]
) -> tuple[list[Value], dict[str, Value]]:
    """Return the arguments of a method, with shape parameters by position and the others by name."""
    lead = args[:1] or [named.pop(name) for name in ("x", "k", "q") if name in named]
    if len(args) > 1 + len(distribution.names):
        lo.refuse(f"too many arguments of {distribution.path}", "give its parameters once")
    given = {**dict(zip(distribution.names, args[1:], strict=False)), **named}
    unknown = [name for name in given if name not in distribution.names]
    missing = [name for name in distribution.names if name in distribution.shapes and name not in given]
    if unknown or missing or not lead:
        what = f"has no parameter {unknown[0]!r}" if unknown else f"needs {missing[0]!r}" if missing else "needs x"
        lo.refuse(f"{distribution.path} {what}", "give the parameters that it has")
    shapes = [given.pop(name) for name in distribution.names if name in distribution.shapes]
    plain = {name: value for name, value in given.items() if not (lo.quiet and _is_default(name, value))}
    return [*lead, *shapes], plain


def _is_default(name: str, value: Value) -> bool:
    return name in _DEFAULTS and isinstance(value, Lit) and type(value.value) is int and value.value == _DEFAULTS[name]
