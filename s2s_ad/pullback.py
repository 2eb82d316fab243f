"""What `vjp` and `linearize` give beside the value: linear functions of the adjoint of the result, and of tangents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from s2s_ad.errors import DifferentiationError
from s2s_ad.ir.kinds import is_differentiable, kind_of
from s2s_ad.notes import add_source_line
from s2s_ad.store import Loaded
from s2s_ad.trees import fitted, map_leaves


class Pullback:
    """The transposed derivative at a point: `pull(y_bar)` gives the adjoints of the arguments as a tuple.

    It can be called any number of times.  What it needs of the arguments it has a copy of.
    """

    def __init__(
        self,
        name: str,
        loaded: Loaded,
        file: str,
        sweep: Callable[[Any], tuple[Any, ...]],
        result: Any,
        asked: Sequence[tuple[int, int | None]],
        places: Sequence[int | None],
    ) -> None:
        """Make the pullback of a function from the reverse sweep in an emitted module.

        `result` is what the function gave; `asked` are the adjoints, each by its parameter and by the item of `*args`;
        `places` says for each argument which of them is its own.
        """
        self.__name__ = self.__qualname__ = f"{name}_pullback"
        self._loaded = loaded
        self._file = file
        self._sweep = sweep
        self._result = map_leaves(outline, result)
        self._asked = asked
        self._places = places

    def __call__(self, y_bar: Any) -> tuple[Any, ...]:
        """Return the adjoints of the arguments, None for an argument without a float.

        Raises: DifferentiationError where `y_bar` has not the structure and shapes of the result.
        """
        seed = fitted("the result", self._result, y_bar, "cotangent")
        try:
            bars = self._sweep(seed)
        except Exception as error:
            add_source_line(error, self._loaded.path, self._file)
            raise
        found = [bars[n] if item is None else bars[n][item] for n, item in self._asked]
        return tuple(None if place is None else found[place] for place in self._places)

    @property
    def source(self) -> str:
        """The text of the emitted module, which has both sweeps."""
        return self._loaded.emitted.text

    @property
    def path(self) -> str:
        """The file of the emitted module in the cache."""
        return self._loaded.path

    def __repr__(self) -> str:
        return f"<{self.__name__}>"


class Pushforward:
    """The derivative at a point: `push(x_dot, …)` gives the tangent of the result, linear in those of the arguments.

    It can be called any number of times, and computes nothing of the function itself again.
    """

    def __init__(
        self,
        name: str,
        loaded: Loaded,
        file: str,
        sweep: Callable[..., Any],
        seeds: Callable[[Sequence[Any]], Sequence[Any]],
        places: Sequence[int],
        count: int,
    ) -> None:
        """Make it from the function in an emitted module and from what fits tangents to the parameters.

        There are `count` arguments; those at `places` have floats.
        """
        self.__name__ = self.__qualname__ = f"{name}_pushforward"
        self._loaded = loaded
        self._file = file
        self._sweep = sweep
        self._seeds = seeds
        self._places = places
        self._count = count

    def __call__(self, *tangents: Any) -> Any:
        """Return the tangent of the result, None where that has no float.

        Raises: DifferentiationError where a tangent has not the structure and shapes of its argument.
        """
        if len(tangents) != self._count:
            reason = f"{self.__name__} is given {len(tangents)} tangents for {self._count} arguments"
            raise DifferentiationError(reason, remedy="give one for each, None where it has no float or does not vary")
        seeds = self._seeds([tangents[place] for place in self._places])
        try:
            return self._sweep(*seeds)
        except Exception as error:
            add_source_line(error, self._loaded.path, self._file)
            raise

    @property
    def source(self) -> str:
        """The text of the emitted module."""
        return self._loaded.emitted.text

    @property
    def path(self) -> str:
        """The file of the emitted module in the cache."""
        return self._loaded.path

    def __repr__(self) -> str:
        return f"<{self.__name__}>"


def nothing(leaf: Any) -> Any:
    """Return zeros of the shape and dtype of a leaf, None for one that is no float."""
    if not is_differentiable(kind_of(leaf)):
        return None
    return np.zeros_like(cast(Any, leaf)) if isinstance(leaf, np.ndarray) else type(leaf)(0)


def outline(leaf: Any) -> Any:
    """Return something of the shape and dtype of an array that needs no memory, a number as it is."""
    if not isinstance(leaf, np.ndarray):
        return leaf
    array = cast(Any, leaf)
    return np.broadcast_to(array.dtype.type(0), array.shape)
