"""Checking gradients against central differences, by Richardson extrapolation, leaf by leaf."""

import copy
import itertools

import numpy as np

from s2s_ad.ir.classes import attributes
from s2s_ad.rules.helpers import instance


def leaves(tree):
    """Yield the leaves of nested tuples, lists and dicts with the containers and keys that hold them."""
    if isinstance(tree, dict):
        for value in tree.values():
            yield from leaves(value)
    elif isinstance(tree, tuple | list):
        for value in tree:
            yield from leaves(value)
    elif (held := attributes(tree)) is not None:
        yield from leaves(held)
    else:
        yield tree


def replaced(tree, values):
    """Return the tree with its leaves taken from an iterator."""
    if isinstance(tree, dict):
        return {key: replaced(value, values) for key, value in tree.items()}
    held = attributes(tree)
    if held is not None:
        return instance(type(tree), **{name: replaced(value, values) for name, value in held.items()})
    if isinstance(tree, tuple | list):
        return type(tree)(replaced(value, values) for value in tree)
    return next(values)


def is_float(leaf):
    return isinstance(leaf, float | np.floating) or (isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f")


def numeric_gradient(f, args, argnum, step=1e-4):
    """Return the gradient of f by one argument in the structure of the argument."""
    given = list(leaves(args[argnum]))
    found = []
    for position, leaf in enumerate(given):
        if not is_float(leaf):
            found.append(None)
            continue
        result = np.zeros(np.shape(leaf))
        for index in itertools.product(*map(range, np.shape(leaf))):

            def at(h, position=position, index=index, leaf=leaf):
                moved = np.array(leaf, dtype=float)
                moved[index] += h
                if not isinstance(leaf, np.ndarray):
                    moved = float(moved)
                values = copy.deepcopy(given)
                values[position] = moved
                changed = [
                    *copy.deepcopy(args[:argnum]),
                    replaced(args[argnum], iter(values)),
                    *copy.deepcopy(args[argnum + 1 :]),
                ]
                return float(f(*changed))

            coarse = (at(step) - at(-step)) / (2 * step)
            fine = (at(step / 2) - at(-step / 2)) / step
            result[index] = (4 * fine - coarse) / 3
        found.append(result)
    return replaced(args[argnum], iter(found))


def assert_close(have, want, tolerance=1e-7):
    """Compare two gradients leaf by leaf, norm-wise."""
    for x, y in zip(leaves(have), leaves(want), strict=True):
        if y is None:
            assert x is None
            continue
        assert np.shape(x) == np.shape(y), (np.shape(x), np.shape(y))
        scale = max(1.0, float(np.linalg.norm(y)))
        assert float(np.linalg.norm(np.asarray(x) - y)) <= tolerance * scale, f"{x} is not {y}"
