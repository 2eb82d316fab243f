"""crash: a carried name is the result of np.where before, a float after."""

import numpy as np


def f(x):
    s = np.where(0.5, 1.5, x[1])
    for i, e in enumerate(x):
        s = 0.7 * e
    return s


ARGS = (np.array([1.6, 1.6, 1.6]),)
