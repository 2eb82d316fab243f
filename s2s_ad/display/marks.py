"""Numbers that are not finite, and marks that say where each of them comes from.

A *level* says how far a number is from finite: 0 finite, 1 infinite, 2 nan.  A *mark* is the number of an
event, 0 of what is finite; those of things that were given, and not made, are larger than all others.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import numpy as np

from s2s_ad.trees import leaves, map_leaves

GIVEN = 1 << 32
"""Marks from here on are of what was given: where both meet, that of what was made goes on."""
_NONE = np.iinfo(np.int64).max


def is_number(leaf: Any) -> bool:
    """Say whether a leaf of a structure is a number or an array of numbers."""
    if isinstance(leaf, np.ndarray | np.generic):
        return cast(Any, leaf).dtype.kind in "fciub"
    return isinstance(leaf, int | float | complex)


def levels(leaf: Any) -> Any:
    """Return how far each number of a leaf is from finite.

    >>> levels(np.array([1.0, -np.inf, np.nan])), levels(3)
    (array([0, 1, 2]), 0)
    """
    sort = cast(Any, leaf).dtype.kind if isinstance(leaf, np.ndarray | np.generic) else ""
    if sort not in ("f", "c") and not isinstance(leaf, float | complex):
        return np.zeros(cast(Any, leaf).shape, int) if isinstance(leaf, np.ndarray) else 0
    numbers = cast(Any, leaf)
    return np.isnan(numbers) + ~np.isfinite(numbers) * 1


def level(tree: Any) -> int:
    """Return the largest level in a structure.

    >>> level({"a": [1.0, np.inf], "b": "text"})
    1
    """
    return max((int(np.max(levels(leaf), initial=0)) for leaf in leaves(tree)), default=0)


def least(marks: Iterable[Any]) -> Any:
    """Return the least mark that is not 0, of each element of arrays that broadcast; 0 where there is none.

    >>> least([np.array([0, 5, 7]), 6])
    array([6, 5, 6])
    """
    found = _NONE
    for mark in marks:
        found = np.minimum(found, np.where(np.asarray(mark) == 0, _NONE, mark))
    return np.where(found == _NONE, 0, found)[()]


def least_of(trees: Iterable[Any]) -> int:
    """Return the least mark in structures of marks, 0 if there is none."""
    return min((int(mark) for tree in trees for leaf in leaves(tree) for mark in np.unique(leaf) if mark), default=0)


def unmarked(value: Any) -> Any:
    """Return the structure of a value with marks that say that all is finite."""
    return marked(value, 0)


def marked(value: Any, mark: int) -> Any:
    """Return the structure of a value with a mark on all that is not finite.

    >>> marked(["text", np.array([np.nan, 2.0])], 7)
    [0, array([7, 0])]
    """

    def mark_of(leaf: Any) -> Any:
        return (levels(leaf) > 0) * mark if is_number(leaf) else 0

    return map_leaves(mark_of, value)


def worst(tree: Any) -> tuple[str, Any]:
    """Return where in arrays, lists and tuples the first number is that is least finite, and the number.

    >>> worst([1.0, np.array([[0.0, np.inf]])]), worst(np.nan)
    (('[1][0, 1]', np.float64(inf)), ('', nan))
    """
    if isinstance(tree, np.ndarray):
        array = cast(Any, tree)
        place = tuple(int(i) for i in np.unravel_index(np.argmax(levels(array)), array.shape))
        return index_text(place), array[place]
    if not isinstance(tree, list | tuple):
        return "", tree
    items = cast("list[Any]", tree)
    n = max(range(len(items)), key=lambda i: level(items[i]))
    index, number = worst(items[n])
    return f"[{n}]{index}", number


def index_text(place: tuple[int, ...]) -> str:
    """Return an index as it is written, "" of a number."""
    return f"[{', '.join(map(str, place))}]" if place else ""
