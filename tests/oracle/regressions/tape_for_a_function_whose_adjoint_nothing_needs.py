"""crash: KeyError in transform/reverse.py:_reverse_called"""

import numpy as np

def h0(p, q, depth=2):
    return q
    p = h0(np.abs(p), np.arctan(p), depth - 1)

def f(x, y, z, u):
    xs3 = [x, x, -y['a']]
    c13 = 0
    while c13 < 2 and h0(x, x) > 0.0:
        c13 += 1
    return 2.0 + z + x + np.sum(u) + np.sum(u) + sum(xs3)
ARGS = (0.9, {'a': -1.1, 'w': np.array([-0.4])}, -0.4, np.array([[0.9]]))
