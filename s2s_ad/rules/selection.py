"""Functions that select elements; y is the result."""

# pyright: basic

import numpy as np

from s2s_ad.rules.helpers import untake, untake_along
from s2s_ad.rules.language import bar, dot, rule


@rule(np.take, complex=True)
def take(y, x, indices, axis=None):
    dot[y] = np.take(dot[x], indices, axis=axis)
    bar[x] = untake(bar[y], x.shape, indices, axis)


@rule(np.take_along_axis, complex=True)
def take_along_axis(y, x, indices, axis=-1):
    dot[y] = np.take_along_axis(dot[x], indices, axis)
    bar[x] = untake_along(bar[y], x.shape, indices, axis)


@rule(np.sort)
def sort(y, x, axis=-1):
    """Moves by the permutation of argsort, the adjoint by its inverse, which is its argsort."""
    order = np.argsort(x, axis=axis)
    if axis is None:
        dot[y] = np.take(dot[x], order)
        bar[x] = np.reshape(np.take(bar[y], np.argsort(order)), x.shape)
    else:
        dot[y] = np.take_along_axis(dot[x], order, axis)
        bar[x] = np.take_along_axis(bar[y], np.argsort(order, axis=axis), axis)
