"""curvature: (hvp)"""

import numpy as np

def f(x):
    w = x / (1.0 + x)
    return w[0] ** 2 + w[1] ** 2
ARGS = (np.array([0.0, 0.0]),)
