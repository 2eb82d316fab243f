"""Nested tuples, lists, dicts and objects: their leaves, and structures of one form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import numpy as np

from s2s_ad.errors import DifferentiationError
from s2s_ad.ir.classes import attributes
from s2s_ad.ir.kinds import is_differentiable, kind_of
from s2s_ad.rules.helpers import instance


def leaves(tree: Any) -> Iterator[Any]:
    """Yield the leaves of a structure in order.

    >>> list(leaves({"w": [1.0, 2.0], "b": (3.0,)}))
    [1.0, 2.0, 3.0]
    """
    inner = children(tree)
    if inner is None:
        yield tree
        return
    for child in inner:
        yield from leaves(child)


def children(tree: Any) -> list[Any] | None:
    """Return what a structure holds, None of a leaf."""
    if type(tree) is dict:
        return list(cast(dict[Any, Any], tree).values())
    held = attributes(tree)
    if held is not None:
        return list(held.values())
    return list(tree) if type(tree) in (tuple, list) else None


def map_leaves(change: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """Return the structure with every leaf replaced by what `change` makes of it and those of others of its form.

    Raises: KeyError, IndexError, TypeError, ValueError or AttributeError where another has not that form.

    >>> map_leaves(lambda x, y: x * y, {"w": [1.0, 2.0]}, {"w": [3.0, 4.0]})
    {'w': [3.0, 8.0]}
    """
    if type(tree) is dict:
        for other in others:
            if cast(dict[Any, Any], other).keys() != cast(dict[Any, Any], tree).keys():
                raise KeyError
        items = cast(dict[Any, Any], tree).items()
        return {key: map_leaves(change, item, *(other[key] for other in others)) for key, item in items}
    held = attributes(tree)
    if held is not None:
        found = {
            name: map_leaves(change, item, *(getattr(other, name) for other in others)) for name, item in held.items()
        }
        return instance(type(tree), **found)
    if type(tree) in (tuple, list):
        made = [map_leaves(change, *each) for each in zip(tree, *others, strict=True)]
        return made if type(tree) is list else tuple(made)
    return change(tree, *others)


def fitted(name: str, value: Any, direction: Any, what: str = "tangent") -> Any:
    """Return a tangent or a cotangent in the structure, shapes and dtypes of its value; None where that has no float.

    Raises: DifferentiationError where it has others.
    """

    def fit(leaf: Any, given: Any) -> Any:
        if not is_differentiable(kind_of(leaf)):
            return None
        if np.shape(leaf) != np.shape(given) or np.iscomplexobj(given) > np.iscomplexobj(leaf):
            raise ValueError
        if isinstance(leaf, np.ndarray):
            return np.asarray(given, cast(Any, leaf).dtype)
        made = complex if np.iscomplexobj(leaf) else float
        return made(given) if isinstance(leaf, float | complex) and not isinstance(leaf, np.generic) else given

    try:
        return map_leaves(fit, value, direction)
    except (LookupError, TypeError, ValueError, AttributeError):
        reason = f"the {what} of {name} has not its structure and shapes, or is complex where that is real"
        remedy = "give floats for floats, arrays of the same shape for arrays, None for what has no float"
        raise DifferentiationError(reason, remedy=remedy) from None


def total_size(trees: Sequence[Any]) -> int:
    """Return how many floats there are in structures."""
    return sum(int(np.size(leaf)) for tree in trees for leaf in leaves(tree) if is_differentiable(kind_of(leaf)))
