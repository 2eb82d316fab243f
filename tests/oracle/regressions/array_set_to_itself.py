"""crash: ValueError in emitted code"""

import numpy as np

def f(x, y, z, n):
    for i14 in range(2):
        y *= 0.5
        y[:] = y
    return y.sum()
ARGS = (0.9, np.array([0.2]), np.array([1.3]), 3)
