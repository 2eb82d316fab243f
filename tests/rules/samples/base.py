"""What a sample of a rule is, and arguments in general position."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Sample:
    fun: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)
    wrt: tuple[int, ...] = ()
    """Positions of the arguments to differentiate by."""
    primal: Callable[..., Any] | None = None
    """What the rule is the derivative of, if it is not fun itself (which reads one triangle)."""
    also: tuple[str, ...] = ()
    """Names of arguments by keyword to differentiate by."""

    def __str__(self) -> str:
        shapes = ",".join(str(getattr(arg, "shape", arg)) for arg in self.args)
        named = {name: getattr(arg, "shape", arg) for name, arg in self.kwargs.items()}
        return f"{getattr(self.fun, '__name__', self.fun)}({shapes},{named or ''})".replace(" ", "")


def is_float(value: Any) -> bool:
    """Say whether a sample argument can carry a derivative."""
    if isinstance(value, tuple | list):
        return any(map(is_float, value))
    return isinstance(value, float | complex) or (isinstance(value, np.ndarray) and value.dtype.kind in "fc")


def at(
    fun: Callable[..., Any],
    *args: Any,
    wrt: tuple[int, ...] | None = None,
    primal: Callable[..., Any] | None = None,
    also: tuple[str, ...] = (),
    **kwargs: Any,
) -> Sample:
    found = tuple(i for i, arg in enumerate(args) if is_float(arg)) if wrt is None else wrt
    return Sample(fun, args, kwargs, found, primal, also)


_random = np.random.default_rng(7)


def some(*shape: int, low: float = 0.3, high: float = 0.9) -> Any:
    """Return an array in general position: no two elements are near each other."""
    size = math.prod(shape)
    places = (_random.permutation(size) + _random.uniform(0.2, 0.8, size)) / max(size, 1)
    return (low + (high - low) * places).reshape(shape)


def apart(*shape: int) -> Any:
    """Return an array whose elements are well apart from each other."""
    return _random.permutation(np.linspace(0.3, 0.9, int(np.prod(shape)))).reshape(shape)


def spd(*shape: int) -> Any:
    """Return (a stack of) positive definite matrices, well conditioned and with distinct eigenvalues."""
    a = some(*shape, low=-0.5)
    return a @ a.mT + np.diag(np.arange(1.0, shape[-1] + 1))


def turned(value: Any) -> Any:
    """Return a sample argument with imaginary parts, in general position."""
    if isinstance(value, tuple | list):
        return type(value)(map(turned, value))
    if not is_float(value):
        return value
    made = value + 1j * _random.uniform(0.2, 0.8, np.shape(value))
    if not isinstance(value, np.ndarray):
        return complex(made)
    like = np.empty_like(value, np.result_type(made))  # in the same order in memory
    like[...] = made
    return like


def of_complex(sample: Sample) -> list[Sample]:
    """Return the sample with complex arguments: with all of them, and with each alone.

    Of a matrix that has to be symmetric, or of a rank, it would not be one such.
    """
    if sample.primal is not None:
        return []
    every = (*sample.wrt, *sample.also)
    alone = [(i,) for i in sample.wrt] if len(every) > 1 else []
    found: list[Sample] = []
    for chosen in [every, *alone]:
        args = tuple(turned(arg) if i in chosen else arg for i, arg in enumerate(sample.args))
        kwargs = {name: turned(arg) if name in chosen else arg for name, arg in sample.kwargs.items()}
        try:
            with warnings.catch_warnings(action="error", category=np.exceptions.ComplexWarning):
                result = sample.fun(*args, **kwargs)
        except (TypeError, np.exceptions.ComplexWarning):  # it is for real numbers, as math's, or with a real dtype
            continue
        if result is not NotImplemented:
            found.append(Sample(sample.fun, args, kwargs, sample.wrt, sample.primal, sample.also))
    return found
