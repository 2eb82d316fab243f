"""The public functions: names, order of arguments and results are JAX's."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from importlib.util import find_spec
from types import BuiltinFunctionType, FunctionType
from typing import Any, cast, overload

import numpy as np

from s2s_ad.arguments import Argnums, root_of
from s2s_ad.derivative import Derivative, Options
from s2s_ad.errors import DifferentiationError, UnsupportedError
from s2s_ad.jacobian import Jacobian
from s2s_ad.trees import has_float

_CacheDir = str | os.PathLike[str] | None
_PLAIN = Options()
"""One object for most calls: it is found in a cache by itself."""
_SEQUENCES = tuple, list


@overload
def grad(
    fun: Callable[..., Any],
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    optimize: bool = True,
    jit: str | None = None,
    cache_dir: _CacheDir = None,
) -> Derivative: ...


@overload
def grad(
    fun: None = None,
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    optimize: bool = True,
    jit: str | None = None,
    cache_dir: _CacheDir = None,
) -> Callable[[Callable[..., Any]], Derivative]: ...


def grad(
    fun: Callable[..., Any] | None = None,
    argnums: Argnums = 0,
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
    options = _options(optimize, has_aux, jit, cache_dir)
    make = partial(_derivative, sorts=("grad",), argnums=argnums, options=options)
    return make if fun is None else make(fun)


@overload
def value_and_grad(
    fun: Callable[..., Any],
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    optimize: bool = True,
    jit: str | None = None,
    cache_dir: _CacheDir = None,
) -> Derivative: ...


@overload
def value_and_grad(
    fun: None = None,
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    optimize: bool = True,
    jit: str | None = None,
    cache_dir: _CacheDir = None,
) -> Callable[[Callable[..., Any]], Derivative]: ...


def value_and_grad(
    fun: Callable[..., Any] | None = None,
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    optimize: bool = True,
    jit: str | None = None,
    cache_dir: _CacheDir = None,
) -> Derivative | Callable[[Callable[..., Any]], Derivative]:
    """Return a function that gives `(value, gradient)`; otherwise as `grad`.

    It fits `scipy.optimize.minimize(value_and_grad(f), x0, jac=True)`.
    """
    options = _options(optimize, has_aux, jit, cache_dir)
    make = partial(_derivative, sorts=("value_and_grad",), argnums=argnums, options=options)
    return make if fun is None else make(fun)


def jvp(
    fun: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False, **options: Any
) -> Any:
    """Return `(fun(*primals), tangent)`: the directional derivative along the tangents, by forward mode.

    A tangent has the structure and shapes of its primal; where that has no float (or shall not vary) it is None.
    With `has_aux` the function gives a pair `(value, aux)`, and the result is `(value, tangent, aux)`.

    *Raises*: `DifferentiationError` where a tangent does not fit, and what `grad` raises.

    *Source*: Griewank & Walther, Evaluating Derivatives (2008), section 3.1.
    """
    varied = _varied("jvp", primals, tangents)
    made = _shared(fun, ("jvp",), varied, _options(has_aux=has_aux, **options))
    value, tangent = made.push(tuple(primals), [tangents[n] for n in varied])
    return (value[0], tangent[0], value[1]) if has_aux else (value, tangent)


def _varied(name: str, primals: Any, tangents: Any) -> tuple[int, ...]:
    """Return which primals vary.  Raises: DifferentiationError where there is not one tangent for each."""
    if not isinstance(primals, _SEQUENCES) or not isinstance(tangents, _SEQUENCES):
        remedy = f"write {name}(f, (x,), (x_dot,))"
        raise DifferentiationError(f"primals and tangents of {name} are tuples or lists", remedy=remedy)
    given = cast("Sequence[Any]", tangents)
    if len(cast("Sequence[Any]", primals)) != len(given):
        reason = f"{len(given)} tangents are given for {len(cast('Sequence[Any]', primals))} primals"
        raise DifferentiationError(reason, remedy="give one for each, None for what does not vary")
    varied = tuple([n for n, tangent in enumerate(given) if tangent is not None])
    if not varied:
        raise DifferentiationError("no tangent is given: nothing varies", remedy="give at least one")
    return varied


def vjp(fun: Callable[..., Any], *primals: Any, has_aux: bool = False, **options: Any) -> tuple[Any, ...]:
    """Return `(fun(*primals), pull)`: `pull(y_bar)` gives the adjoints of the primals as a tuple, by reverse mode.

    `y_bar` has the structure and shapes of the result, the adjoints have those of the primals; where one
    has no float it is None.  `pull` can be called any number of times, also after the primals or the result
    were changed.  With `has_aux` the function gives a pair `(value, aux)`, and the result is `(value, pull, aux)`.

    *Raises*: `DifferentiationError` where there is no float among the primals, and what `grad` raises.

    *Source*: Griewank & Walther, Evaluating Derivatives (2008), section 3.2.
    """
    varied = tuple(n for n, primal in enumerate(primals) if has_float(primal))
    if not varied:
        raise DifferentiationError("there is no float among the primals", remedy="pass floats or arrays of floats")
    value, pull = _shared(fun, ("vjp",), varied, _options(has_aux=has_aux, **options)).pull(primals)
    return (value[0], pull, value[1]) if has_aux else (value, pull)


def jacfwd(
    fun: Callable[..., Any],
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    optimize: bool = True,
    jit: str | None = None,
    cache_dir: _CacheDir = None,
) -> Derivative:
    """Return the Jacobian of a function by forward mode, which carries all unit vectors at once.

    *Shape*: that of the result, then that of the argument.  Structures of results are outside, those of
    arguments inside.  With `has_aux` the function gives `(value, aux)`, and its Jacobian `(jacobian, aux)`.

    *Raises*: `DifferentiationError` for complex arguments, and what `grad` raises.

    *Source*: Griewank & Walther, Evaluating Derivatives (2008), section 4.5.
    """
    return _derivative(fun, ("jacfwd",), argnums, _options(optimize, has_aux, jit, cache_dir))


def jacrev(
    fun: Callable[..., Any],
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    optimize: bool = True,
    jit: str | None = None,
    cache_dir: _CacheDir = None,
) -> Derivative:
    """Return the Jacobian of a function by reverse mode; otherwise as `jacfwd`.

    *Raises*: `DifferentiationError` for complex results, and what `grad` raises.
    """
    return _derivative(fun, ("jacrev",), argnums, _options(optimize, has_aux, jit, cache_dir))


def jacobian(
    fun: Callable[..., Any],
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    optimize: bool = True,
    jit: str | None = None,
    cache_dir: _CacheDir = None,
) -> Derivative:
    """Return the Jacobian of a function by the cheaper mode; otherwise as `jacfwd`.

    That is forward mode where there are fewer inputs than results.  To count these, the first call with
    arguments of new shapes also calls the function itself, with copies of them.
    """
    _check(fun)
    return Jacobian(fun, argnums, _options(optimize, has_aux, jit, cache_dir))


def hessian(
    fun: Callable[..., Any],
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    optimize: bool = True,
    jit: str | None = None,
    cache_dir: _CacheDir = None,
) -> Derivative:
    """Return the Hessian of a function: forward mode over reverse mode, in all directions at once.

    *Shape*: that of the argument twice; a tuple of tuples where `argnums` is a tuple.  Where the result is not one
    number its structure and shape come first, as in the Jacobian of a Jacobian.

    *Raises*: what `grad` raises.

    *Source*: Griewank & Walther, Evaluating Derivatives (2008), section 5.4.
    """
    return _derivative(fun, ("slope", "jacfwd"), argnums, _options(optimize, has_aux, jit, cache_dir))


def elementwise_grad(
    fun: Callable[..., Any],
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    optimize: bool = True,
    jit: str | None = None,
    cache_dir: _CacheDir = None,
) -> Derivative:
    """Return the gradient of the sum of all results, as autograd has it: f′(x) for each x where f acts on each alone.

    *Raises*: what `grad` raises.
    """
    return _derivative(fun, ("elementwise_grad",), argnums, _options(optimize, has_aux, jit, cache_dir))


def hvp(fun: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], **options: Any) -> Any:
    """Return the Hessian of a scalar function times a vector, by forward mode over reverse mode.

    It has the structure of the primal if there is one, else it is a tuple with one for each.  A tangent may be
    None: that primal does not vary.  Where a primal has no float, what belongs to it is None.

    *Units*: those of the result over those of the argument squared, times those of the tangent.

    *Raises*: `DifferentiationError` where a tangent does not fit, and what `grad` raises.

    *Source*: Pearlmutter (1994), Fast exact multiplication by the Hessian.
    """
    varied = _varied("hvp", primals, tangents)
    floats = tuple(n for n, primal in enumerate(primals) if has_float(primal))
    single = len(primals) == 1
    gradient = _shared(fun, ("grad",), 0 if single else floats, _options(**options))
    _, found = _shared(gradient, ("jvp",), varied, _options(**options)).push(
        tuple(primals), [tangents[n] for n in varied]
    )
    if single:
        return found
    given = dict(zip(floats, found, strict=True))
    return tuple(given.get(n) for n in range(len(primals)))


def linearize(fun: Callable[..., Any], *primals: Any, has_aux: bool = False, **options: Any) -> tuple[Any, ...]:
    """Return `(fun(*primals), push)`: `push(*tangents)` gives the tangent of the result, linear in the tangents.

    The function itself runs once; `push` can be called any number of times, also after the primals were changed.
    There is a tangent for each primal, None where that has no float or does not vary.  With `has_aux` the
    function gives a pair `(value, aux)`, and the result is `(value, push, aux)`.

    *Raises*: `DifferentiationError` where there is no float among the primals or a tangent does not fit, and
    what `grad` raises.

    *Source*: Griewank & Walther, Evaluating Derivatives (2008), section 3.3.
    """
    varied = tuple(n for n, primal in enumerate(primals) if has_float(primal))
    if not varied:
        raise DifferentiationError("there is no float among the primals", remedy="pass floats or arrays of floats")
    value, push = _shared(fun, ("linearize",), varied, _options(has_aux=has_aux, **options)).linear(primals)
    return (value[0], push, value[1]) if has_aux else (value, push)


def emit(fun: Callable[..., Any], mode: str, *args: Any, argnums: Argnums = 0, optimize: bool = True) -> str:
    """Return the source of the module that is emitted for a mode and the kinds of these arguments.

    Without arguments annotations decide the kinds, and float where there is none.
    """
    if mode not in MODES:
        names = ", ".join(f'"{name}"' for name in MODES)
        raise UnsupportedError(f"there is no mode {mode!r}", remedy=f"choose one of {names}")
    return _derivative(fun, MODES[mode], argnums, Options(optimize)).text(args, alone=mode == "gradient")


MODES: dict[str, tuple[str, ...]] = {
    "reverse": ("grad",),
    "gradient": ("grad",),
    "forward": ("jvp",),
    "vjp": ("vjp",),
    "linearize": ("linearize",),
    "hvp": ("grad", "jvp"),
    "jacobian": ("jacfwd",),
    "jacrev": ("jacrev",),
    "hessian": ("slope", "jacfwd"),
}
"""The modes of `emit`, as sorts of layers."""


@lru_cache(maxsize=256)
def _kept(fun: Callable[..., Any], sorts: tuple[str, ...], argnums: Argnums, options: Options) -> Derivative:
    return _derivative(fun, sorts, argnums, options)


def _shared(fun: Callable[..., Any], sorts: tuple[str, ...], argnums: Argnums, options: Options) -> Derivative:
    """Return a derivative that is made once for a function, for calls that give numbers only."""
    try:
        return _kept(fun, sorts, argnums, options)
    except TypeError:  # of an object that cannot be hashed
        return _derivative(fun, sorts, argnums, options)


def _derivative(fun: object, sorts: tuple[str, ...], argnums: Argnums, options: Options) -> Derivative:
    _check(fun)
    return Derivative(cast("Callable[..., Any]", fun), sorts, argnums, options)


def _options(
    optimize: bool = True, has_aux: bool = False, jit: str | None = None, cache_dir: _CacheDir = None
) -> Options:
    if optimize and not has_aux and jit is None and cache_dir is None:
        return _PLAIN
    if jit not in (None, "numba"):
        raise UnsupportedError(f"there is no jit={jit!r}", remedy='choose "numba", or leave jit out')
    if jit and find_spec("numba") is None:
        raise UnsupportedError("Numba is not installed", remedy="pip install numba, or leave jit out")
    return Options(optimize, None if cache_dir is None else os.fspath(cache_dir), has_aux, jit)


def _check(fun: object) -> None:
    """Raise UnsupportedError for what is no function in Python, bound method, partial or callable object."""
    root = None if isinstance(fun, type) else root_of(fun)
    if root is not None:
        flavour = _flavour(root.function)
        if flavour:
            reason = f"{root.function.__qualname__} is {flavour}, which has no derivative"
            raise UnsupportedError(reason, remedy="differentiate a plain function that returns its result")
        return
    name = getattr(fun, "__qualname__", None) or repr(fun)
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
