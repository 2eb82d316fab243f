"""crash: ValueError in emitted code"""

import numpy as np

def f(x, y, n):
    x = n
    if y[0] > 0:
        x = np.log1p(y[1] ** 2)
    if n > 2:
        x += x ** 0 + x ** -1
    return x + y[0] * x ** n
ARGS = (-0.25, np.array([-1.6, 1.3, 0.7]), 4)
