"""Derivatives against differences: `check_grads`, for tests of the user's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any, cast

import numpy as np

from s2s_ad.api import grad, jacfwd, jacrev, jvp, vjp
from s2s_ad.errors import DifferentiationError
from s2s_ad.ir.classes import attributes
from s2s_ad.ir.kinds import is_differentiable, kind_of
from s2s_ad.trees import has_float, leaves, map_leaves

_STEPS = {4: 2e-2, 8: 1e-3}
_TOLERANCES = {4: 2e-2, 8: 1e-6}
"""Steps and tolerances by the bytes of a real number."""


class GradientError(AssertionError):
    """A derivative is not that of differences, or a function has none that differences find."""


def check_grads(
    fun: Callable[..., Any],
    args: Sequence[Any],
    order: int = 2,
    modes: Sequence[str] = ("fwd", "rev"),
    atol: float | None = None,
    rtol: float | None = None,
    eps: float | None = None,
) -> None:
    """Do nothing if the derivatives of a function up to an order are those of differences, at these arguments.

    Arguments have any structure; what has no float does not vary.  Results of an order above the first are
    those of the Jacobian before.  Steps are of the size `eps`, by default 1e-3, 2e-2 where something is in
    float32; differences are Richardson's, of fourth order.

    *Raises*: `GradientError`, an AssertionError, that says of which mode, order, argument and entry a derivative is
    wrong, what it is and what it should be, and by which step; or that differences find no derivative.  What
    `jvp` and `vjp` raise.

    *Source*: Richardson (1911), Phil. Trans. R. Soc. A 210, 307-357.
    """
    unknown = set(modes) - {"fwd", "rev"}
    if unknown or not modes:
        raise DifferentiationError(f"there is no mode {', '.join(sorted(unknown)) or '()'}", remedy='"fwd" and "rev"')
    varied = tuple(n for n, arg in enumerate(args) if has_float(arg))
    if not varied:
        raise DifferentiationError("there is no float among the arguments", remedy="pass floats or arrays of floats")
    size = min(_width(leaf) for arg in args for leaf in leaves(arg) if is_differentiable(kind_of(leaf)))
    check = _Check(tuple(args), varied, eps or _STEPS[size], _TOLERANCES[size] if atol is None else atol,
                   _TOLERANCES[size] if rtol is None else rtol)  # fmt: skip
    for each in range(1, order + 1):
        for mode in modes:
            check(fun, mode, each)
        fun = check.derivative(fun, "rev" in modes) if each < order else fun


class _Check:
    """Checks derivatives at one point."""

    def __init__(self, args: tuple[Any, ...], varied: tuple[int, ...], step: float, atol: float, rtol: float) -> None:
        self.args = args
        self.varied = varied
        self.step = step
        self.atol = atol
        self.rtol = rtol
        rng = np.random.default_rng(0)
        self.along = tuple(map_leaves(_random(rng), arg) if n in varied else None for n, arg in enumerate(args))

    def __call__(self, fun: Callable[..., Any], mode: str, order: int) -> None:
        weights = self._weights(fun)
        expected = self._slope(fun, self.along, weights)
        found = self._derivative(fun, mode, self.along, weights)
        if self._agrees(found, expected):
            return
        self._refuse_kinks(fun, weights, mode, order)
        for n in self.varied:
            for path, unit in _units(self.args[n]):
                along = tuple(unit if i == n else None for i in range(len(self.args)))
                found, expected = self._derivative(fun, mode, along, weights), self._slope(fun, along, weights)
                if not self._agrees(found, expected):
                    self._fail(mode, order, f"argument {n}{path}", found, expected)
        self._fail(mode, order, "the arguments along a random direction", found, expected)

    def derivative(self, fun: Callable[..., Any], reverse: bool) -> Callable[..., Any]:
        """Return the gradient where the result is one real number, else the Jacobian."""
        result = fun(*self._moved(self.along, 0.0))
        if reverse and np.ndim(result) == 0 and np.isrealobj(result):
            return grad(fun, self.varied)
        return (jacrev if reverse else jacfwd)(fun, self.varied)

    def _fail(self, mode: str, order: int, where: str, found: float, expected: float) -> None:
        names = {"fwd": "forward", "rev": "reverse"}
        raise GradientError(
            f"{names[mode]} mode, order {order}: the derivative by {where} is {found:.10g}, and differences with the"
            f" step {self.step:g} give {expected:.10g}: {abs(found - expected):.3g} apart"
        )

    def _agrees(self, found: float, expected: float) -> bool:
        return bool(abs(found - expected) <= self.atol + self.rtol * abs(expected))

    def _refuse_kinks(self, fun: Callable[..., Any], weights: Any, mode: str, order: int) -> None:
        """Raise where differences with smaller steps are others: the function is not smooth there."""
        expected = self._slope(fun, self.along, weights)
        others = [self._slope(fun, self.along, weights, self.step * part) for part in (0.5, 0.25)]
        if not all(self._agrees(other, expected) for other in others):
            raise GradientError(
                f"order {order}: differences find no derivative here, {others[1]:.10g} with a fourth of the step"
                f" {self.step:g} and {expected:.10g} with that: the function is not smooth, or the step too large"
            )

    def _weights(self, fun: Callable[..., Any]) -> Any:
        return map_leaves(_random(np.random.default_rng(1)), fun(*self._moved(self.along, 0.0)))

    def _derivative(self, fun: Callable[..., Any], mode: str, along: Sequence[Any], weights: Any) -> float:
        """Return the derivative along a direction of the weighted sum of all results."""
        args = self._moved(along, 0.0)
        if mode == "fwd":
            return _inner(weights, jvp(fun, args, along)[1])
        _, pull = vjp(fun, *args)
        return sum(_inner(v, bar) for v, bar in zip(along, pull(weights), strict=True) if v is not None)

    def _slope(self, fun: Callable[..., Any], along: Sequence[Any], weights: Any, step: float | None = None) -> float:
        h = step or self.step
        a, b, c, d = (_inner(weights, fun(*self._moved(along, n * h))) for n in (-2, -1, 1, 2))
        return (8 * (c - b) - (d - a)) / (12 * h)

    def _moved(self, along: Sequence[Any], step: float) -> tuple[Any, ...]:
        """Return fresh arguments, moved along a direction."""
        return tuple(map_leaves(_shifted(step), arg, v) for arg, v in zip(self.args, along, strict=True))


def _width(leaf: Any) -> int:
    dtype = np.result_type(leaf)
    return 4 if dtype.itemsize // (2 if dtype.kind == "c" else 1) < 8 else 8


def _shifted(step: float) -> Callable[[Any, Any], Any]:
    """Return what moves a leaf along a direction; arrays are fresh."""

    def shifted(leaf: Any, direction: Any) -> Any:
        if isinstance(leaf, np.ndarray):
            array = cast(Any, leaf)
            return array.copy() if direction is None else (array + step * direction).astype(array.dtype)
        return leaf if direction is None or not step else type(leaf)(leaf + step * direction)

    return shifted


def _random(rng: np.random.Generator) -> Callable[[Any], Any]:
    """Return what gives a random direction for a leaf, None for one that is no float."""

    def random(leaf: Any) -> Any:
        if not is_differentiable(kind_of(leaf)):
            return None
        made: Any = _numbers(rng, leaf)
        if np.iscomplexobj(leaf):
            made = made + 1j * _numbers(rng, leaf)
        return made.astype(cast(Any, leaf).dtype) if isinstance(leaf, np.ndarray) else type(leaf)(made)

    return random


def _numbers(rng: np.random.Generator, leaf: Any) -> Any:
    """Return random numbers of the size of one, none of them near zero."""
    return rng.uniform(0.5, 1.5, np.shape(leaf)) * rng.choice([-1.0, 1.0], np.shape(leaf))


def _inner(weights: Any, tree: Any) -> float:
    """Return Re Σ wᵢ xᵢ over the leaves of two structures."""
    pairs = zip(leaves(weights), leaves(tree), strict=True)
    return float(sum(np.sum(np.real(np.asarray(w) * np.asarray(x, complex))) for w, x in pairs if w is not None))


def _units(tree: Any) -> Iterator[tuple[str, Any]]:
    """Yield a name of each number in a structure, and the unit vector that belongs to it."""
    zeros = map_leaves(_zeros, tree)
    for place, (name, leaf) in enumerate(zip(_names(tree, ""), leaves(tree), strict=True)):
        if is_differentiable(kind_of(leaf)):
            for index in np.ndindex(np.shape(leaf)):
                shown = f"[{', '.join(map(str, index))}]" if index else ""
                yield name + shown, _with_one(zeros, place, index)


def _zeros(leaf: Any) -> Any:
    if not is_differentiable(kind_of(leaf)):
        return None
    return np.zeros_like(cast(Any, leaf)) if isinstance(leaf, np.ndarray) else type(leaf)(0)


def _with_one(zeros: Any, place: int, index: tuple[int, ...]) -> Any:
    """Return zeros with a one at an index of the leaf at a place."""
    places = count()

    def changed(leaf: Any) -> Any:
        if next(places) != place:
            return leaf
        if not isinstance(leaf, np.ndarray):
            return type(leaf)(1)
        made = cast(Any, leaf).copy()
        made[index] = 1.0
        return made

    return map_leaves(changed, zeros)


def _names(tree: Any, path: str) -> Iterator[str]:
    if type(tree) is dict:
        for key, item in cast("dict[Any, Any]", tree).items():
            yield from _names(item, f"{path}[{key!r}]")
    elif type(tree) in (tuple, list):
        for i, item in enumerate(tree):
            yield from _names(item, f"{path}[{i}]")
    elif (held := attributes(tree)) is not None:
        for name, item in held.items():
            yield from _names(item, f"{path}.{name}")
    else:
        yield path
