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

    Of another, None may stand for a whole structure: all of its leaves are None then.

    Raises: KeyError, IndexError, TypeError, ValueError or AttributeError where another has not that form.

    >>> map_leaves(lambda x, y: x * y, {"w": [1.0, 2.0]}, {"w": [3.0, 4.0]})
    {'w': [3.0, 8.0]}
    """
    if children(tree) is not None and any(other is None for other in others):
        absent = map_leaves(_none, tree)
        others = tuple(absent if other is None else other for other in others)
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


def _none(leaf: Any) -> None:
    """Return None for any leaf."""


def fitted(name: str, value: Any, direction: Any, what: str = "tangent") -> Any:
    """Return a tangent or a cotangent in the structure, shapes and dtypes of its value; None where that has no float.

    A direction that is None is zero.

    Raises: DifferentiationError where it has others.
    """
    if _is_alike(value, direction):
        return direction

    def fit(leaf: Any, given: Any) -> Any:
        if not _varies(leaf):
            if given is not None:
                raise _unfit(what, name, f"is {given!r} where there is {leaf!r}, which does not vary")
            return None
        given = np.zeros(np.shape(leaf)) if given is None else given
        if np.shape(leaf) != np.shape(given):
            raise _unfit(what, name, f"has the shape {np.shape(given)} where that has {np.shape(leaf)}")
        if np.iscomplexobj(given) and not np.iscomplexobj(leaf):
            raise _unfit(what, name, "is complex where that is real")
        if isinstance(leaf, np.ndarray):
            return np.asarray(given, cast(Any, leaf).dtype)
        return type(leaf)(given)

    try:
        return map_leaves(fit, value, direction)
    except (LookupError, TypeError, ValueError, AttributeError):
        raise _unfit(what, name, "has not its structure") from None


def _is_alike(value: Any, direction: Any) -> bool:
    """Say whether two are floats of Python, or arrays of one dtype of floats and one shape: most are."""
    if type(value) is not type(direction):
        return False
    if type(value) is np.ndarray:
        return value.dtype is direction.dtype and value.dtype.kind in "fc" and value.shape == direction.shape
    return type(value) is float


def _unfit(what: str, name: str, reason: str) -> DifferentiationError:
    remedy = "give floats for floats, arrays of the same shape for arrays, None for what has no float"
    return DifferentiationError(f"the {what} of {name!r} {reason}", remedy=remedy)


def has_float(tree: Any) -> bool:
    """Say whether there is something in a structure that can be differentiated by."""
    return any(map(_varies, leaves(tree)))


def _varies(leaf: Any) -> bool:
    """Say whether there are floats in a leaf, fast."""
    if type(leaf) is np.ndarray:
        return leaf.dtype.kind in "fc"
    return type(leaf) is float or is_differentiable(kind_of(leaf))


def total_size(trees: Sequence[Any]) -> int:
    """Return how many floats there are in structures."""
    return sum(int(np.size(leaf)) for tree in trees for leaf in leaves(tree) if _varies(leaf))
