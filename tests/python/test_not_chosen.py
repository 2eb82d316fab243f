"""A value that is not chosen has no influence, whatever infinity or nan stands beside it."""

import itertools

import numpy as np
import pytest

from s2s_ad import grad
from s2s_ad.rules.language import lookup
from s2s_ad.rules.names import path_of
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


@works(np.array([0.0, 2.0, 3.0]), 0.5, want=[np.array([0, 0.25, 0.5 / 3]), np.log(6.0)])
def logarithm_that_a_masked_product_leaves_out(x, k):
    z = np.zeros(3)
    np.multiply(np.log(x), k, out=z, where=x > 0)
    return np.sum(z)


@works(np.array([-1.0, 2.0, 4.0]), 0.5, want=[np.array([0, 0.25, 0.125]), np.log(8.0)])
def logarithm_in_places_that_no_index_names(x, k):
    z = np.ones(3)
    np.multiply.at(z, [1, 2], (np.log(x) * k)[1:])
    return np.sum(z[1:] * 1.0)


@works(np.array([0.0, 2.0, 3.0]), 0.5, want=[np.array([0, 0.5, 1 / 3]), 2 * np.log(6.0)])
def extremes_that_are_not_the_logarithm_of_zero(x, k):
    y = np.log(x) * k
    return np.maximum.accumulate(y)[1] * 2.0 + np.fmax.reduce(y) * 2.0


@works(np.array([5.0, -4.0, 3.0]), np.array([2.0, 0.0, -1.5]), want=[np.array([1, 0, 1]), np.array([-2, 0, 2])])
def remainders_of_a_division_by_zero(x, y):
    q, r = np.divmod(x, y)
    return np.sum(np.where(y != 0, r, 0)) + np.sum(q[y > 0])


test_right, _ = PROGRAMS.tests()

ENDS = np.array([0.0, -0.0, 1.0, -1.0, -2.5, 1e4, -1e4, 1e100, -1e100, 1e-200, 1e-320])
"""Numbers at the ends of domains, and so large or small that functions of them overflow or vanish."""


def ufuncs(nin):
    found = {fun: None for fun in vars(np).values() if isinstance(fun, np.ufunc)}
    return [fun for fun in found if (fun.nin, fun.nout) == (nin, 1) and not fun.signature and lookup(path_of(fun))]


def chosen_in_all_ways(fun):
    def f(*args):
        *xs, k, m = args
        overwritten = fun(*xs) * k
        overwritten[~m] = 0.0
        s = 0.0
        for i in range(len(k)):
            s = fun(*[x[i] for x in xs]) * k[i]
        chosen = np.sum(np.where(m, k * fun(*xs), 1.0)) + np.sum((fun(*xs) * k)[m]) + np.sum((fun(*xs) / k)[-2:])
        return chosen + np.sum(overwritten**2) + s

    return f


@pytest.mark.parametrize("fun", [*ufuncs(1), np.sinc, np.i0, *ufuncs(2)], ids=lambda fun: fun.__name__)
def test_ends_of_a_domain_have_no_influence_where_they_are_not_chosen(fun):
    nin = getattr(fun, "nin", 1)
    xs = np.array(list(itertools.product(ENDS, repeat=nin))).T
    good = np.array([[1.3, 1.7]] if fun is np.arccosh else [[0.3, 0.7], [0.4, 0.2]][:nin])
    xs = np.concatenate([xs, good], axis=1)
    if fun is np.ldexp:
        xs = [xs[0], np.clip(xs[1], -3000, 3000).astype(int)]
    count = np.shape(xs)[1]
    k, m = np.full(count, 0.5), np.arange(count) >= count - 2
    derivative = grad(
        chosen_in_all_ways(fun), [n for n in range(nin + 1) if n == nin or np.asarray(xs[n]).dtype == float]
    )
    with np.errstate(all="ignore"):
        found = derivative(*xs, k, m)
        alone = derivative(*[x[-2:] for x in xs], k[-2:], m[-2:])
    for x_bar, want in zip(found, alone, strict=True):
        np.testing.assert_array_equal(x_bar[:-2], 0)
        np.testing.assert_allclose(x_bar[-2:], want, rtol=1e-12)
        assert np.all(np.isfinite(want))


def test_number_is_guarded_by_a_short_circuit_and_nothing_is_guarded_that_cannot_be_infinite():
    def f(x, y):
        z = np.zeros(2)
        for i in range(2):
            z[i] = x[i] * y[i] / (1.0 + y[i])
        return np.sum(z)

    derivative = grad(f, (0, 1))
    derivative(np.ones(2), np.ones(2))
    assert "v4_bar = v7_bar and quotient(v7_bar, v6) " in derivative.source
    assert "v2_bar = v4_bar * v3 " in derivative.source
    assert "unless_zero" not in derivative.source


def quotient_on_no_way(x, k, n):
    a = x[0] / k
    return x[1] + a if n > 0 else x[1]


def quotients_of_an_array_on_no_way(x, k, n):
    a = x * 1.0 / k
    return x[1] + a[0] if n > 0 else x[1]


def quotient_of_a_sum(x, k, n):
    return np.where(n > 0, np.sum(x) / k, x[1])


def quotient_in_no_iteration(x, k, n):
    a = x[0] / k
    total = x[1]
    for _ in range(n):
        total = total + a
    return total


@pytest.mark.parametrize("k", [0, 0.0])
@pytest.mark.parametrize(
    "f", [quotient_on_no_way, quotients_of_an_array_on_no_way, quotient_of_a_sum, quotient_in_no_iteration]
)
def test_what_is_divided_by_zero_and_not_chosen_has_no_influence(f, k):
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(grad(f)(np.array([2.0, 3.0]), k, 0), [0.0, 1.0])
        assert grad(f)(np.array([2.0, 3.0]), 4.0, 2)[0] in (0.25, 0.5)
