"""gradient: the body of a loop over an array binds its name to a part."""

import numpy as np


def f(x):
    for e in x:
        x += e
        x = x[:2]
    return x.sum()


ARGS = (np.array([-0.25, 0.9, 0.4]),)
