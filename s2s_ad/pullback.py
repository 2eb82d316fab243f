"""What `vjp` gives beside the value: the reverse sweep as a function of the adjoint of the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

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
        self._result = map_leaves(_outline, result)
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


def _outline(leaf: Any) -> Any:
    """Return something of the shape and dtype of an array that needs no memory, a number as it is."""
    if not isinstance(leaf, np.ndarray):
        return leaf
    array = cast(Any, leaf)
    return np.broadcast_to(array.dtype.type(0), array.shape)
