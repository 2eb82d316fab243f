"""crash: the adjoint of an array that a loop with break runs over was a read-only view."""

import numpy as np


def f(y):
    s = 0.5
    for i, e in enumerate(y):
        if i:
            s, e = e, s
            break
        s /= np.vdot(y, y)
    return s + np.sum(y)


ARGS = (np.array([0.7, 1.6]),)
