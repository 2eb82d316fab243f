"""curvature: (hvp)"""

import numpy as np

def f(x):
    return (1.5 + np.sin(x[1])) ** x[0]
ARGS = (np.array([0.0, 1.0]),)
