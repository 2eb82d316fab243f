"""gradient: what an array may be was forgotten where branches of branches meet."""

import numpy as np


def f(x, y, z):
    if 1 > x:
        pass
    elif z[0] > 0.3:
        pass
    else:
        z = y
    z[:] += y
    return y.sum()


ARGS = (1.6, np.array([0.2, 1.6]), np.array([0.2, -0.4]))
