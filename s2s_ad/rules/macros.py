"""Functions that rules use and that dissolve where a rule is applied."""
# pyright: basic

import numpy as np


def unreduce(y_bar, shape, axis, keepdims=False):
    """Return y_bar, of the shape of a reduction over axis, broadcast (as a view) to `shape`."""
    if axis is None or keepdims:
        return np.broadcast_to(y_bar, shape)
    return np.broadcast_to(np.expand_dims(y_bar, axis), shape)


def negated(steps):
    """Return minus a number, or minus each number of a tuple."""
    if isinstance(steps, tuple):
        return tuple(-step for step in steps)
    return -steps


def conjugated(x):
    """Return the conjugate of x: a real x is its own."""
    return np.conj(x) if np.iscomplexobj(x) else x
