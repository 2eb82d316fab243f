"""exception: A name of a module that the first iteration of a loop did not bind was there all the same."""

import numpy as np

def h1(p, q, k=0.5):
    for i1 in range(4):
        if q >= 2.0:
            s5 = np
        else:
            a7 = s5
    return p

def f(x, y, z, n):
    v8 = z
    v8[n % 3] *= h1(y, z[1])
    return y
ARGS = (np.array([[1.6, 0.7, -0.4], [-0.4, 0.2, 0.9], [-0.4, -1.1, 0.2]], dtype=np.float32), 1.6, np.array([0.9, 1.3, -1.1], dtype=np.float32), 4)
