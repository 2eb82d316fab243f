"""crash: AttributeError in derivative.py:_bare (hvp)"""

import numpy as np

def f(x):
    s1 = 2.0
    s3 = s1
    if s3 > np.dot(x, x):
        pass
    else:
        d5 = {'a': 0.25, 'w': np.array([x[1] for e6 in x]).copy()}
        x = d5['w']
    return np.sum(x ** 2)
ARGS = (np.array([1.3, 1.6, 0.2, -0.25]),)
