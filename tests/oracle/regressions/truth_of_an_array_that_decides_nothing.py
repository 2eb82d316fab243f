"""exception: have None, want ValueError (forward)"""

import numpy as np

def f(x, y):
    v = y * 2.0
    if v > 1.0:
        s = 0.5
    return np.sum(v) * x
ARGS = (0.9, np.array([0.2, 1.3]))
