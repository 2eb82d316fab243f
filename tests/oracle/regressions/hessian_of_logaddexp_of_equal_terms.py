"""curvature: (hvp)"""

import numpy as np

def f(x):
    return np.logaddexp(x[0], x[1])
ARGS = (np.array([0.5, 0.5]),)
