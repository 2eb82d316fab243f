"""A value that is not chosen has no influence, whatever infinity or nan stands beside it."""

import numpy as np

from s2s_ad import grad
from tests.judge import Programs

PROGRAMS = Programs()
works = PROGRAMS.works
NEGATIVE = np.array([-1.0, 2.0, 3.0])
HUGE = np.array([1e4, 1.0, -2.0])


@works(1.5, NEGATIVE.copy(), want=[np.log(6.0), np.array([0, 0.75, 0.5])])
def factor_of_a_logarithm(k, x):
    return np.sum(np.where(x > 0, k * np.log(x), 0.0))


@works(HUGE.copy(), want=[np.array([1, 1 / (1 + np.exp(-1.0)), 1 / (1 + np.exp(2.0))])])
def exponential_that_overflows(x):
    return np.sum(np.where(x > 20.0, x, np.log1p(np.exp(x))))


@works(HUGE.copy(), 0.5)
def hyperbolic_that_overflows(x, k):
    return np.sum(np.where(x < 20.0, np.sinh(x) * k + np.cosh(x) ** 2, x))


@works(NEGATIVE.copy(), np.array([0.5, 2.0, 1.5]))
def power_of_a_negative_times_another(x, y):
    return np.sum(np.where(x > 0, y * x**y, x * y))


@works(NEGATIVE.copy(), np.ones(3))
def roots_by_index(x, y):
    z = y * np.sqrt(x)
    return np.sum(z[1:] ** 2) + z[2]


@works(NEGATIVE.copy(), np.ones(3))
def root_by_mask(x, y):
    z = y / np.sqrt(x)
    return np.sum(z[x > 0])


@works(np.array([0.0, 2.0, 3.0]), 0.5, want=[np.array([0, 0, 0.5 / 3]), np.log(3.0)])
def element_that_a_loop_overwrites(x, k):
    z = np.zeros(2)
    for i in range(3):
        z[0] = np.log(x[i]) * k
    return z[0] + z[1]


@works(np.array([0.0, 2.0, 3.0]), 0.5, want=[np.array([0, 0, 0.5 / 3]), np.log(3.0)])
def number_that_a_loop_replaces(x, k):
    s = 0.0
    for i in range(3):
        s = np.log(x[i]) * k
    return s * 1.0


@works(np.array([0.0, 2.0, 3.0]), want=[np.array([0, -1 / 4, -1 / 9])])
def quotients_of_elements_in_a_loop(x):
    z = np.ones(3)
    for i in range(3):
        z[i] = 1.0 / x[i]
    return z[1] + z[2]


@works(np.array([0.0, 2.0]), 3.0, want=[np.array([1.0, 0.0]), 0.0])
def number_that_is_not_returned(x, k):
    y = k / x[0]
    return x[0] if x[0] < 1.0 else y


@works(np.array([[0.0, 1.0], [2.0, 3.0]]), want=[np.array([[0, 0], [0.5, 1 / 3]])])
def sum_of_a_row_of_logarithms(x):
    return np.sum(np.log(x), axis=1)[1]


@works(np.array([-1.0, 2.0]), np.array([1.0, 2.0]))
def overwritten_nan(x, k):
    y = np.log(x) * k
    y *= k[1]
    y[0] = k[0]
    return np.sum(y * k)


@works(np.array([1e4, 2.0]), np.array([2.0, 3.0]))
def maximum_beside_an_overflow(x, k):
    return np.sum(np.minimum(np.exp(x) * k, 50.0 * k))


test_right, _ = PROGRAMS.tests()


def test_number_is_guarded_by_a_short_circuit_and_nothing_is_guarded_that_cannot_be_infinite():
    def f(x, y):
        z = np.zeros(2)
        for i in range(2):
            z[i] = x[i] * y[i] / (1.0 + y[i])
        return np.sum(z)

    derivative = grad(f, (0, 1))
    derivative(np.ones(2), np.ones(2))
    assert "v4_bar = v7_bar and v7_bar / v6 " in derivative.source
    assert "v2_bar = v4_bar * v3 " in derivative.source
    assert "unless_zero" not in derivative.source
