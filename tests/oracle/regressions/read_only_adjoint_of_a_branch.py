"""crash: the adjoint of a zipped array was a read-only view."""

import numpy as np


def f(x, n):
    a1 = x
    for e, r in zip(a1, a1):
        if n:
            pass
        else:
            a1 -= e
    return np.sum(a1)


ARGS = (np.array([-0.25, 0.2, 1.3, -0.4]), 3)
