"""What functions are known by: the path that they are imported from."""

from __future__ import annotations

import builtins
import math
import operator
import sys
from types import MethodType
from typing import Any

import numpy as np

_NAMESPACES = (
    "numpy",
    "numpy.linalg",
    "operator",
    "math",
    "builtins",
    "numpy.fft",
    "numpy.random",
    "numpy.lib.stride_tricks",
    "numpy.polynomial.polynomial",
    "numpy.polynomial.chebyshev",
    "numpy.polynomial.legendre",
    "numpy.polynomial.hermite",
    "numpy.polynomial.hermite_e",
    "numpy.polynomial.laguerre",
    "cmath",
    "scipy.special",
    "scipy.linalg",
    "scipy.stats",
    "scipy.signal",
    "scipy.integrate",
    "scipy.fft",
    "time",
    "random",
    "warnings",
    "logging",
    "s2s_ad.rules.helpers",
)
_SHORT = {"absolute": "abs", "remainder": "mod", "conjugate": "conj"}
_names: dict[str, dict[int, str]] = {}


def path_of(fun: object) -> str | None:
    """Return the path to import a function from, one for all its names; None if it is not known.

    A method of an object that has a path is reached through it: `scipy.stats.norm.logpdf`.

    >>> path_of(np.acos), path_of(np.linalg.solve), path_of(operator.mul), path_of(np.pow.outer)
    ('numpy.arccos', 'numpy.linalg.solve', 'operator.mul', 'numpy.power.outer')
    """
    if (ufunc := ufunc_of(fun)) is not None:
        owner = path_of(ufunc)
        return owner and f"{owner}.{getattr(fun, '__name__', '')}"
    for namespace in _NAMESPACES:
        if namespace in sys.modules and (path := _names_in(namespace).get(id(fun))):
            return path
    if isinstance(fun, MethodType):
        owner = path_of(fun.__self__)
        return owner and f"{owner}.{fun.__name__}"
    return None


def ufunc_of(fun: object) -> np.ufunc | None:
    """Return the ufunc that a function is a method of, None if it is none."""
    owner = getattr(fun, "__self__", None)
    return owner if isinstance(owner, np.ufunc) else None


def _names_in(namespace: str) -> dict[int, str]:
    """Return the paths of the public callables of a module, by identity."""
    if namespace not in _names:
        found: dict[int, str] = {}
        for name, value in vars(sys.modules[namespace]).items():
            if name.startswith("_") or not callable(value):
                continue
            own = getattr(value, "__name__", name)
            own = _SHORT.get(own, own)
            if id(value) not in found or name == own:
                found[id(value)] = f"{namespace}.{name}"
        _names[namespace] = found
    return _names[namespace]


assert {m.__name__ for m in (builtins, math, operator)} < sys.modules.keys()


def identity(fun: object) -> object:
    """Return what a function is known again by: a bound method is another object each time it is asked for."""
    return (id(fun.__self__), fun.__name__) if isinstance(fun, MethodType) else id(fun)


def import_path(fun: object) -> str | None:
    """Return the path to import a function from, None if it has none.

    Ufuncs do not know their module: they are looked for in all that are imported, the shortest name first.
    """
    if (known := path_of(fun)) is not None:
        return known
    owner: Any = getattr(fun, "__self__", None)
    module = getattr(fun, "__module__", None) or type(owner).__module__
    name = getattr(fun, "__qualname__", None) or getattr(fun, "__name__", None)
    if not isinstance(name, str):
        return None
    for there in sorted(sys.modules, key=len) if isinstance(fun, np.ufunc) else [module]:
        found: Any = sys.modules.get(there)
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is not None and identity(found) == identity(fun):
            return f"{there}.{name}"
    return None
