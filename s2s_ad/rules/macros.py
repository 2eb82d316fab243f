"""Functions that rules use and that dissolve where a rule is applied."""
# pyright: basic

import numpy as np


def spread(y_bar, axis, keepdims=False):
    """Return y_bar, of the shape of a reduction over axis, such that it broadcasts against what was reduced."""
    if axis is None or keepdims:
        return y_bar
    return np.expand_dims(y_bar, axis)


def unreduce(y_bar, shape, axis, keepdims=False):
    """Return y_bar, of the shape of a reduction over axis, broadcast (as a view) to `shape`."""
    return np.broadcast_to(spread(y_bar, axis, keepdims), shape)


def negated(steps):
    """Return minus a number, or minus each number of a tuple."""
    if isinstance(steps, tuple):
        return tuple(-step for step in steps)
    return -steps
