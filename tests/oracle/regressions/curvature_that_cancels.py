"""curvature: (hvp)"""

import numpy as np

def f(x, n):
    return x.std()
ARGS = (np.array([0.9, 0.7]), 0)
