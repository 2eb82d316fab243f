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

    def __str__(self) -> str:
        shapes = ",".join(str(getattr(arg, "shape", arg)) for arg in self.args)
        return f"{getattr(self.fun, '__name__', self.fun)}({shapes},{self.kwargs or ''})".replace(" ", "")


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
    **kwargs: Any,
) -> Sample:
    found = tuple(i for i, arg in enumerate(args) if is_float(arg)) if wrt is None else wrt
    return Sample(fun, args, kwargs, found, primal)


_random = np.random.default_rng(7)


def some(*shape: int, low: float = 0.3, high: float = 0.9) -> Any:
    """Return an array in general position: no two elements are near each other."""
    size = math.prod(shape)
    places = (_random.permutation(size) + _random.uniform(0.2, 0.8, size)) / max(size, 1)
    return (low + (high - low) * places).reshape(shape)


def spd(*shape: int) -> Any:
    """Return (a stack of) positive definite matrices, well conditioned and with distinct eigenvalues."""
    a = some(*shape, low=-0.5)
    return a @ a.mT + np.diag(np.arange(1.0, shape[-1] + 1))


def turned(value: Any) -> Any:
    """Return a sample argument with imaginary parts, in general position."""
    if isinstance(value, tuple | list):
        return type(value)(map(turned, value))
    made = value + 1j * _random.uniform(0.2, 0.8, np.shape(value))
    return made if isinstance(value, np.ndarray) else complex(made)


def of_complex(sample: Sample) -> list[Sample]:
    """Return the sample with complex arguments: with all of them, and with each alone."""
    alone = [(i,) for i in sample.wrt] if len(sample.wrt) > 1 else []
    found: list[Sample] = []
    for chosen in [sample.wrt, *alone]:
        args = tuple(turned(arg) if i in chosen else arg for i, arg in enumerate(sample.args))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", np.exceptions.ComplexWarning)
                result = sample.fun(*args, **sample.kwargs)
        except (TypeError, np.exceptions.ComplexWarning):  # it knows no complex numbers here
            continue
        if result is not NotImplemented:
            found.append(Sample(sample.fun, args, sample.kwargs, sample.wrt, sample.primal))
    return found
