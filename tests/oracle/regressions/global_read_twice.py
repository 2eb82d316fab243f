"""unplaced: an array of the module that two functions read was taken for two arguments."""

import numpy as np

W = np.array([1.6, 1.6])


def h(p):
    return p * W[0]


def f(x, z):
    z[0] = 0.5
    return h(x) + W[1] * z[1]


ARGS = (0.9, np.array([1.0, 2.0]))
