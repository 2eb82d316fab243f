"""crash: ValueError in derivative.py:_bare"""

import numpy as np

def f(x, y, z):
    v1 = z[None]
    v2 = v1.T
    z[:1] = v2[1:2]
    return np.sum(v2)
ARGS = (-1.1, -0.25, np.array([-0.25, 1.3]))
