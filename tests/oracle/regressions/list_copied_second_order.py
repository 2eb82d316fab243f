"""crash: AttributeError in derivative.py:_bare (hvp)"""

import numpy as np

def f(x, y):
    y += [e9 for e9 in y]
    return np.sum(y ** 2)
ARGS = ((1.3, 0.9), np.array([0.2, 1.3, 0.9]))
