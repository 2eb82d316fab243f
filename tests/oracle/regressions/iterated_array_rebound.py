"""gradient: the body of a loop over an array binds the name of the array anew."""

import numpy as np


def f(x):
    for e in x:
        x *= e
        x = np.sin(x)
    return np.sum(x)


ARGS = (np.array([-0.25, 0.9]),)
