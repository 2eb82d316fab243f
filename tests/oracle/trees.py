"""Leaves of nested containers, and when two trees are the same to the bit."""

from __future__ import annotations

import contextlib
import copy
import types
from collections.abc import Iterator
from typing import Any

import numpy as np


@contextlib.contextmanager
def unchanged(module: types.ModuleType) -> Iterator[list[Any]]:
    """Give the arrays and lists of a module, and let them be afterwards what they were."""
    kept = [value for name, value in vars(module).items() if isinstance(value, np.ndarray | list) and name != "ARGS"]
    before = copy.deepcopy(kept)
    try:
        yield kept
    finally:
        for value, old in zip(kept, before, strict=True):
            value[:] = old


def leaves(tree: Any) -> Iterator[Any]:
    """Yield the leaves of nested tuples, lists and dicts."""
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, tuple | list):
        for item in tree:
            yield from leaves(item)
    else:
        yield tree


def is_float(leaf: Any) -> bool:
    """Say whether a leaf is differentiated by."""
    return isinstance(leaf, float | np.floating) or (isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f")


def same(a: Any, b: Any) -> bool:
    """Say whether two trees have the same structure, and the same bits at their leaves."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and (_bits(a) == _bits(b) or _equal(a, b))
    if isinstance(a, float | np.floating):
        return _equal(np.asarray(a), np.asarray(b))
    return bool(a == b)


def _bits(x: np.ndarray) -> bytes:
    return x.tobytes()


def _equal(a: np.ndarray, b: np.ndarray) -> bool:
    """Say so for floats: nan is nan, and zeros have their signs."""
    return np.array_equal(a, b, equal_nan=True) and bool(np.all((np.signbit(a) == np.signbit(b)) | np.isnan(a)))
