"""form: the gradient of a float in a list beside float32 arrays was a float32."""

import numpy as np


def f(u, xs):
    return np.sum(u) + sum(xs)


ARGS = (np.array([0.2, -0.4], dtype=np.float32), [-0.4, -0.25])
