"""crash: two values that live at the same time were printed with one name."""

import numpy as np


def f(x, y, z, n):
    s1, y = z
    v3 = x[:2]
    for i4 in range(2):
        y = 1.5 + z[0] ** 2
        v3 = v3[::1]
    return s1


ARGS = (np.array([-1.1, 0.2]), 1.3, (-0.25, 0.7), 3)
