"""crash: a value is saved that only another branch makes."""

import math

import numpy as np

K = 1.25


def f(x, y):
    s1 = 0.5
    if x > np.min(y):
        pass
    else:
        if x > y[1] / (3 + y[-1] ** 2):
            pass
        elif x > min(s1, K):
            y[y >= 0.3] *= y[1] * s1
        y[:, None] -= math.atan(0.25 if s1 >= 1.0 else y[1])
    return np.sum(y**2)


ARGS = (-0.4, np.array([0.9, 0.7]))
