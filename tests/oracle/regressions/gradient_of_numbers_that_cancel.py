"""gradient: optimised"""

import numpy as np

def f(x, n):
    a1 = np.full((2, 2), 3.0) / (1.5 + x ** 2)
    a1 = a1[n, 0] - a1
    return a1.sum()
ARGS = (-0.25, 0)
