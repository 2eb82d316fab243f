"""The public functions: names, order of arguments and results are JAX's."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Sequence
from functools import partial
from types import BuiltinFunctionType, FunctionType
from typing import Any, cast, overload

import numpy as np

from s2s_ad.arguments import root_of
from s2s_ad.derivative import Derivative, Options
from s2s_ad.errors import UnsupportedError

_CacheDir = str | os.PathLike[str] | None


@overload
def grad(
    fun: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    *,
    optimize: bool = True,
    jit: str | None = None,
    cache_dir: _CacheDir = None,
) -> Derivative: ...


@overload
def grad(
    fun: None = None,
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    *,
    optimize: bool = True,
    jit: str | None = None,
    cache_dir: _CacheDir = None,
) -> Callable[[Callable[..., Any]], Derivative]: ...


def grad(
    fun: Callable[..., Any] | None = None,
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    *,
    optimize: bool = True,
    jit: str | None = None,
    cache_dir: _CacheDir = None,
) -> Derivative | Callable[[Callable[..., Any]], Derivative]:
    """Return the gradient of a scalar function: `grad(f)(x)`, also as `@grad` and `@grad(argnums=1)`.

    The gradient has the structure, shape and dtype of the argument that `argnums` names; it is a tuple
    of gradients where `argnums` is a tuple.  `optimize=False` emits every adjoint statement as the
    rules give it.  `cache_dir` is the folder of the emitted modules.

    *Units*: those of the result over those of the argument.

    *Raises*: `UnsupportedError`, `NoRuleError`, `SourceError` and `DifferentiationError`, each with
    place, reason and remedy, when the function is transformed and never later.
    """
    make = partial(_derivative, argnums=argnums, with_value=False, options=_options(optimize, has_aux, jit, cache_dir))
    return make if fun is None else make(fun)


@overload
def value_and_grad(
    fun: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    *,
    optimize: bool = True,
    jit: str | None = None,
    cache_dir: _CacheDir = None,
) -> Derivative: ...


@overload
def value_and_grad(
    fun: None = None,
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    *,
    optimize: bool = True,
    jit: str | None = None,
    cache_dir: _CacheDir = None,
) -> Callable[[Callable[..., Any]], Derivative]: ...


def value_and_grad(
    fun: Callable[..., Any] | None = None,
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    *,
    optimize: bool = True,
    jit: str | None = None,
    cache_dir: _CacheDir = None,
) -> Derivative | Callable[[Callable[..., Any]], Derivative]:
    """Return a function that gives `(value, gradient)`; otherwise as `grad`.

    It fits `scipy.optimize.minimize(value_and_grad(f), x0, jac=True)`.
    """
    make = partial(_derivative, argnums=argnums, with_value=True, options=_options(optimize, has_aux, jit, cache_dir))
    return make if fun is None else make(fun)


def emit(
    fun: Callable[..., Any], mode: str, *args: Any, argnums: int | Sequence[int] = 0, optimize: bool = True
) -> str:
    """Return the source of the module that is emitted for a mode and the kinds of these arguments.

    Without arguments annotations decide the kinds, and float where there is none.
    """
    if mode != "reverse":
        raise UnsupportedError(f"there is no mode {mode!r}", remedy='choose mode="reverse"')
    derivative = grad(fun, argnums, optimize=optimize)
    if args:
        derivative.specialize(*args)
    return derivative.source


def _derivative(fun: object, argnums: int | Sequence[int], with_value: bool, options: Options) -> Derivative:
    _check(fun)
    return Derivative(cast("Callable[..., Any]", fun), argnums, with_value, options)


def _options(optimize: bool, has_aux: bool, jit: str | None, cache_dir: _CacheDir) -> Options:
    if jit is not None:
        raise UnsupportedError(f"jit={jit!r} is not supported yet", remedy="leave jit out: emitted code runs on NumPy")
    if has_aux:
        raise UnsupportedError("has_aux=True is not supported yet", remedy="return the scalar only")
    return Options(optimize, None if cache_dir is None else os.fspath(cache_dir))


def _check(fun: object) -> None:
    """Raise UnsupportedError for what is no function in Python, bound method, partial or callable object."""
    root = None if isinstance(fun, Derivative | type) else root_of(fun)
    if root is not None:
        flavour = _flavour(root.function)
        if flavour:
            reason = f"{root.function.__qualname__} is {flavour}, which has no derivative"
            raise UnsupportedError(reason, remedy="differentiate a plain function that returns its result")
        return
    name = getattr(fun, "__qualname__", None) or repr(fun)
    if isinstance(fun, Derivative):
        remedy = "derivatives of derivatives are not supported yet"
        raise UnsupportedError(f"{fun!r} is a derivative already", remedy=remedy)
    if isinstance(fun, type):
        raise UnsupportedError(f"{name} is a class", remedy="differentiate a function that makes and uses its objects")
    if isinstance(fun, BuiltinFunctionType | np.ufunc):
        remedy = f"wrap it in a function of your own: def f(x): return {name}(x)"
        raise UnsupportedError(f"{name} is a builtin, written in C: it has no source to transform", remedy=remedy)
    if callable(fun):
        remedy = "wrap it in a function of your own that calls it"
        raise UnsupportedError(f"{name} is a {type(fun).__qualname__}, not a plain Python function", remedy=remedy)
    raise UnsupportedError(f"{fun!r} is not a function", remedy="grad(f)(x), not grad(f(x))")


def _flavour(fun: FunctionType) -> str:
    flags = fun.__code__.co_flags
    if flags & inspect.CO_ASYNC_GENERATOR:
        return "an async generator function"
    if flags & inspect.CO_GENERATOR:
        return "a generator function"
    return "a coroutine function" if flags & inspect.CO_COROUTINE else ""
