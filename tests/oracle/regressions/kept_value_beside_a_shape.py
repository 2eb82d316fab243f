"""crash: what a branch keeps is saved where the branch is not taken, since a list beside it lends its shape."""

import numpy as np


def f(x, y, z, n):
    if n % 2 == 0:
        if n < 1:
            x[:] = np.concatenate([x, np.ones(1)])
        z[::1] = x
    return z.sum()


ARGS = (np.array([1.3, -1.1, 0.9, 0.9]), 0.7, np.array([-1.1, 0.7, -1.1, 1.3]), 2)
