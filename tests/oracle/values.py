"""Dual values: a float or an array of floats, with its derivative in all directions at once.

A `Dual` of an array holds two arrays of one layout, the value of shape s and the tangents of shape
s + (n,), so that the same view of both is the view.  `real` is what slopes are computed from: the value
itself, or its shadow at higher precision, which goes along while the value decides all branches.

At second order the tangents are numbers a + bε with ε² = 0: a is the derivative, and b how it changes along one
direction.  They are complex numbers with ε = `MODE.tiny` i, so small that its square is zero to the numbers, and
no difference is taken.  Slopes are computed at x + ẋε, so that b is the second derivative, exact to rounding;
what decides and selects is x alone, and is constant.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np


class Mode:
    """How a run counts: the number of directions, whether shadows of higher precision go along, and second order."""

    def __init__(self) -> None:
        self.directions = 1
        self.precise = False
        self.noise: np.random.Generator | None = None
        self.float: Any = np.float64
        self.tangent: Any = np.float64
        self.along: np.ndarray | None = None
        self.tiny: Any = 0.0

    def set(
        self, directions: int, precise: bool = False, noise: int | None = None, along: np.ndarray | None = None
    ) -> None:
        """Begin a run; `along` is the direction of second derivatives, by all that is differentiated by."""
        self.directions = directions
        self.precise = precise
        self.noise = None if noise is None else np.random.default_rng(noise)
        self.float = np.longdouble if precise else np.float64
        self.along = None if along is None else along.astype(self.float)
        self.tangent = self.float if along is None else np.result_type(self.float, np.complex64).type
        self.tiny = self.float(2) ** (-9000 if precise else -600)


MODE = Mode()


class Dual:
    """A value with its tangents; it compares, iterates and counts as its value does."""

    __slots__ = ("dot", "real", "value")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Any, dot: np.ndarray, real: Any = None) -> None:
        self.value = value
        self.dot = dot
        self.real = value if real is None else real

    def __repr__(self) -> str:
        return f"Dual({self.value!r})"

    def __len__(self) -> int:
        return len(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __iter__(self) -> Iterator[Any]:
        iter(self.value)  # raises where it must
        return (getitem(self, index) for index in range(len(self.value)))

    def __eq__(self, other: object) -> Any:
        return self.value == value_of(other)

    def __ne__(self, other: object) -> Any:
        return self.value != value_of(other)

    def __lt__(self, other: object) -> Any:
        return self.value < value_of(other)

    def __le__(self, other: object) -> Any:
        return self.value <= value_of(other)

    def __gt__(self, other: object) -> Any:
        return self.value > value_of(other)

    def __ge__(self, other: object) -> Any:
        return self.value >= value_of(other)


def value_of(tree: Any) -> Any:
    """Return a value, or a container of values, without tangents."""
    return _stripped(tree, "value")


def real_of(tree: Any) -> Any:
    """Return a value, or its shadow, in floating point of full width."""
    return np.asarray(_stripped(tree, "real"), MODE.float)[()]


def point_of(tree: Any) -> Any:
    """Return where slopes are computed: at a value, and at second order next to it, along the direction."""
    if MODE.along is None or not active(tree):
        return real_of(tree)
    point = np.array(real_of(tree), MODE.tangent)
    point.imag = MODE.tiny * (np.real(dot_of(tree)) @ MODE.along)
    return point[()]


def _stripped(tree: Any, part: str) -> Any:
    sort = type(tree)
    if sort is Dual:
        return getattr(tree, part)
    if sort is list or sort is tuple:
        return sort([_stripped(item, part) for item in tree])
    if sort is dict:
        return {key: _stripped(item, part) for key, item in tree.items()}
    if sort is slice:
        return slice(*(_stripped(item, part) for item in (tree.start, tree.stop, tree.step)))
    if dataclasses.is_dataclass(sort):
        return sort(**{field.name: _stripped(getattr(tree, field.name), part) for field in dataclasses.fields(sort)})
    return tree


def active(tree: Any) -> bool:
    """Say whether there is a dual value in a tree."""
    if type(tree) is Dual:
        return True
    if isinstance(tree, dict):
        return any(map(active, tree.values()))
    return isinstance(tree, list | tuple) and any(map(active, tree))


def dot_of(tree: Any) -> np.ndarray:
    """Return the tangents of a value, those of an array of the items for a list."""
    if type(tree) is Dual:
        return tree.dot
    if isinstance(tree, list | tuple) and tree:
        return np.stack([dot_of(item) for item in tree])
    return np.zeros((*np.shape(tree), MODE.directions), MODE.tangent)


def lift(value: Any) -> Any:
    """Return a new value as one that tangents can be written to: arrays of floats need them."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return fresh(value, np.zeros((*value.shape, MODE.directions), MODE.tangent))
    if type(value) in (list, tuple):
        return type(value)([lift(item) for item in value])
    return value


def fresh(value: Any, dot: np.ndarray, real: Any = None) -> Dual:
    """Return a dual of new memory, the tangents laid out as the value is."""
    dot = noisy(np.asarray(dot, MODE.tangent))
    if not isinstance(value, np.ndarray):
        return Dual(value, dot, real)
    if dot.shape != (shape := (*value.shape, MODE.directions)):
        dot = np.broadcast_to(dot, shape)
    return Dual(value, _laid_out(value, dot, 1), value if real is None else shadow(value, real))


def shadow(value: Any, real: Any) -> Any:
    """Return the shadow of a new value, laid out as the value is."""
    if not MODE.precise:
        return value
    if not isinstance(value, np.ndarray):
        return MODE.float(real)
    return _laid_out(value, np.asarray(real, MODE.float), 0)


def _laid_out(value: np.ndarray, other: np.ndarray, more: int) -> np.ndarray:
    if value.ndim < 2 or value.flags.c_contiguous:
        return np.array(other, order="C")
    order = list(range(value.ndim + more))
    order[: value.ndim] = sorted(range(value.ndim), key=lambda axis: -abs(value.strides[axis]))
    laid = np.array(other.transpose(order), order="C")
    return laid.transpose(np.argsort(order))


def primal(call: Callable[..., Any], args: Any, kwargs: Any) -> tuple[Any, Any]:
    """Return the value of a call, and its shadow."""
    value = call(*value_of(args), **value_of(kwargs))
    if not MODE.precise:
        return value, value
    real = call(*_stripped(tuple(args), "real"), **value_of(kwargs))
    return value, noisy(real)


def noisy(real: Any) -> Any:
    """Return a shadow, or tangents, as rounding to float64 could have left them, where a run measures that.

    Rounding knows nothing of ε: it leaves both parts off, each for itself.
    """
    if MODE.noise is None:
        return real
    if np.iscomplexobj(real):
        made = np.array(real)
        made.real, made.imag = noisy(np.real(made)), noisy(np.imag(made))
        return made[()]
    return real * (1 + (MODE.noise.random(np.shape(real)) - 0.5).astype(MODE.float) * 2.0**-52)


# ---- items ------------------------------------------------------------------------------------


def getitem(owner: Any, index: Any) -> Any:
    """Return owner[index]: the same view of value and tangents."""
    index = value_of(index)
    if type(owner) is not Dual:
        return owner[index]
    value = owner.value[index]
    dot = owner.dot[_with_directions(index)]
    real = value if owner.real is owner.value else owner.real[index]
    return Dual(value, dot if isinstance(value, np.ndarray) else dot.copy(), real)


def setitem(owner: Any, index: Any, item: Any) -> None:
    """Perform owner[index] = item."""
    index = value_of(index)
    if type(owner) is not Dual:
        owner[index] = value_of(item) if isinstance(owner, np.ndarray) else item
        return
    dot, shape = dot_of(item), np.shape(owner.value[index]) if isinstance(owner.value, np.ndarray) else ()
    while dot.ndim > len(shape) + 1 and len(dot) == 1:  # NumPy ignores axes of length one in front
        dot = dot[0]
    separate = owner.real is not owner.value
    real = np.array(real_of(item)) if separate else None
    owner.value[index] = value_of(item)
    owner.dot[_with_directions(index)] = dot
    if separate:
        owner.real[index] = real


def _with_directions(index: Any) -> Any:
    parts = index if isinstance(index, tuple) else (index,)
    return (*parts, slice(None)) if any(part is Ellipsis for part in parts) else index


_IN_PLACE = {name: getattr(operator, f"i{name}") for name in ("add", "sub", "mul", "truediv", "pow", "mod", "floordiv")}


def in_place(name: str, owner: Any, other: Any, binary: Callable[[Any, Any], Any]) -> Any:
    """Return what `owner op= other` binds: the array itself, changed, or a new value."""
    if type(owner) is not Dual:
        if isinstance(owner, list | np.ndarray):
            return _IN_PLACE[name](owner, other if isinstance(owner, list) else value_of(other))
        return binary(owner, other)
    if not isinstance(owner.value, np.ndarray):
        return binary(owner, other)
    try:
        after = binary(owner, other)  # from what the operands were before
    except ValueError:
        _IN_PLACE[name](owner.value, value_of(other))  # raises with the message of the operator in place
        raise
    _IN_PLACE[name](owner.value, value_of(other))
    owner.dot[...] = after.dot
    if owner.real is not owner.value:
        owner.real[...] = after.real
    return owner
