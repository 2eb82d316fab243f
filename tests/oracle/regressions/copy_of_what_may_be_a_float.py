"""crash: AttributeError in emitted code"""

import numpy as np

def f(x, y, z):
    s1 = np.where(np, 0.5, x[1])
    s1 += max(3.0, s1)
    return s1
ARGS = (np.array([1.6, 0.9, 1.6]), np.array([1.3, 0.9, 0.2]), np.array([1.3, -0.4, -0.4]))
