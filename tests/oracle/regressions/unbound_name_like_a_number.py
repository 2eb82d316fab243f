"""exception: a number of the SSA form had the name of a variable that is not bound."""

import numpy as np


def f(x, y):
    if x >= 0.5:
        pass
    else:
        v1 = y
    return np.sum(v1)


ARGS = (1.3, np.array([-0.25, 0.7], dtype=np.float32))
