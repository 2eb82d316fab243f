"""unplaced: a refusal by an adjoint had no place."""

import numpy as np

def f(x, y, z):
    a1 = np.ones((4, 2))
    for i2 in range(2):
        z = a1[[3, 0, 3, 2]]
        z[[0]] = y
    return np.sum(z)
ARGS = (-1.1, 1.6, np.array([0.2, -0.4, 1.6, -0.25]))
