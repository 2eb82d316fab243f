"""gradient: what an array may be was forgotten where ways out of a loop meet."""

import numpy as np


def f(x, y, z):
    v = x
    for i in range(2):
        z[::1] /= 1.5
        if 0.7 > y:
            return 0.5
        if i:
            return np.var(v)
        z = x
    return y


ARGS = (np.array([0.7, -1.1, 1.3]), 1.3, np.array([1.6, -0.25, 0.7]))
