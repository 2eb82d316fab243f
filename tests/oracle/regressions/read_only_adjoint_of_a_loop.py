"""crash: the adjoint that a loop changes in place was a read-only view."""

import numpy as np


def f(y, n):
    for i in range(2):
        s1 = y[n, 1]
        for j in range(i):
            y[:, 1] -= 3
    return s1 + np.sum(y)


ARGS = (np.ones((3, 3)), 0)
