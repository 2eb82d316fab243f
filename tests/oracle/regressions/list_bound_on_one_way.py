"""exception: the message named a list that is not bound by another name."""

import numpy as np

def f(x, y, n):
    s1 = x[2]
    if not s1:
        xs5 = [n, s1]
    s1 /= xs5[1]
    s1 = sum(xs5)
    return s1
ARGS = (np.array([1.3, 0.2, 0.7, -0.25]), np.array([0.2, 1.3, -1.1, 0.2]), 1)
