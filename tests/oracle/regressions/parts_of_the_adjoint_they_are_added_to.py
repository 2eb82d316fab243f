"""gradient: optimised"""

import numpy as np

def f(x, y, n):
    v4 = y[1:]
    y += np.concatenate([v4, v4])
    return np.sum(y ** 2)
ARGS = (1.3, np.array([0.2, 0.7]), 1)
