"""reference: a value of too many axes was taken apart before NumPy refused it."""

import numpy as np


def f(x, y, z, n):
    v1 = z[None]
    v1[-1] = v1[:0]


ARGS = (1.6, 0.7, np.zeros((0,)), 3)
