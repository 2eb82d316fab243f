"""Programs that random search has found to go wrong."""

# pyright: basic
# ruff: noqa

import numpy as np

from tests.judge import Programs

PROGRAMS = Programs()
works, refused = PROGRAMS.works, PROGRAMS.refused
X = np.array([0.3, -0.8, 1.2, -0.2, 0.9])
F = np.array([0.2, -0.4], dtype=np.float32)
W = np.array([1.6, 1.7])


@works(0.25)
def minimum_of_float(x):
    return np.minimum(x, 1)


@works(0.25)
def minimum_of_float_in_loop(x):
    s = x
    for i in range(3):
        s = np.minimum(s, 1) * s
    return s


@works(0.75)
def clip_of_float(x):
    return np.clip(x, 0.5, 1.0)


def scaled(p):
    return p * W[0]


@works(0.9, np.array([1.0, 2.0]))
def array_read_here_and_in_helper(x, z):
    z[0] = 0.5
    return scaled(x) + W[1] * z[1]


@refused(X.copy())
def array_that_a_loop_runs_over_is_written_and_rebound(x):
    for e in x:
        x += e
        x = x[:2]
    return x.sum()


@works(X.copy())
def array_that_a_loop_runs_over_is_written(x):
    for e in x:
        x += e
    return x.sum()


@refused(X.copy())
def array_without_axes_becomes_float(x):
    s = np.where(0.5, 1.5, x[1])
    for i, e in enumerate(x):
        s = 0.7 * e
    return s


@refused(0.9)
def returns_nothing_on_one_way(x):
    if x > 1.2:
        pass
    elif x > 0.0:
        return x


@works(F, [-0.4, -0.25])
def list_beside_float32(u, xs):
    return np.sum(u) + sum(xs)


test_right, test_refused = PROGRAMS.tests()
