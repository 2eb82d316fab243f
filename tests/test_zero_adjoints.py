"""Second and third derivatives where an adjoint is zero and changes, and where one stays zero at a pole."""

from __future__ import annotations

import numpy as np
import pytest

from s2s_ad import emit, grad, hessian, jacfwd, jacrev
from tests.differences import assert_close, numeric_gradient


def quotient(x):
    return np.sum((x / (1.0 + x)) ** 2)


def logarithm(x):
    return np.sum(np.log(1.0 + x) ** 2)


def root(x):
    return np.sum((np.sqrt(1.0 + x) - 1.0) ** 2)


def quotient_of_numbers(x):
    total = 0.0
    for i in range(2):
        w = float(x[i]) / (1.0 + float(x[i]))
        total += w * w
    return total


def quotient_of_what_is_flat(x):
    return np.sum((1.0 + x**4) / (1.0 + x * x))


WAYS = {
    "hessian": hessian,
    "forward over reverse": lambda f: jacfwd(grad(f)),
    "reverse over reverse": lambda f: jacrev(grad(f)),
    "forward over forward": lambda f: jacfwd(jacfwd(f)),
    "reverse over forward": lambda f: jacrev(jacfwd(f)),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("f", "want"),
    [(quotient, 2.0), (logarithm, 2.0), (root, 0.5), (quotient_of_numbers, 2.0), (quotient_of_what_is_flat, -2.0)],
)
def test_second_derivative_is_there_where_the_first_is_zero(f, want, way):
    np.testing.assert_allclose(WAYS[way](f)(np.zeros(2)), want * np.eye(2), rtol=1e-15)


@pytest.mark.parametrize("way", WAYS)
def test_third_derivative_is_there_where_the_first_two_are_zero(way):
    third = jacfwd(WAYS[way](lambda x: np.sum((x / (1.0 + x)) ** 3)))(np.zeros(2))
    np.testing.assert_allclose(third, 6.0 * np.stack([np.diag(unit) for unit in np.eye(2)]), rtol=1e-15)
    third = jacrev(WAYS[way](lambda x: np.sum((x / (1.0 + x)) ** 3)))(np.zeros(2))
    np.testing.assert_allclose(third, 6.0 * np.stack([np.diag(unit) for unit in np.eye(2)]), rtol=1e-15)


@pytest.mark.parametrize("way", WAYS)
def test_second_derivatives_of_powers_at_exponent_zero_and_of_equal_terms(way):
    by_exponent = WAYS[way](lambda x: (1.5 + np.sin(x[1])) ** x[0])(np.array([0.0, 0.3]))
    base, slope = 1.5 + np.sin(0.3), np.cos(0.3)
    np.testing.assert_allclose(by_exponent, [[np.log(base) ** 2, slope / base], [slope / base, 0.0]], atol=1e-15)
    for function, scale in ((np.logaddexp, 1.0), (np.logaddexp2, np.log(2.0))):
        equal = WAYS[way](lambda x, function=function: function(x[0], x[1]))(np.array([0.5, 0.5]))
        np.testing.assert_allclose(equal, scale / 4 * np.array([[1.0, -1.0], [-1.0, 1.0]]), rtol=1e-14)


@pytest.mark.parametrize("way", WAYS)
def test_values_at_a_pole_that_nothing_depends_on_have_no_second_derivative(way):
    with np.errstate(all="ignore"):
        found = WAYS[way](lambda x: np.where(x > 0, np.sqrt(x), 0.0)[1] ** 4 + np.log(x)[1])(np.array([0.0, 2.0]))
    np.testing.assert_allclose(found, [[0.0, 0.0], [0.0, 2.0 - 0.25]], rtol=1e-14)


def test_eigenvectors_that_nothing_depends_on_have_no_influence_where_eigenvalues_are_equal():
    def f(a):
        w, v = np.linalg.eigh(a)
        return np.sum(w**2) + np.where(a[0, 0] > 5, v[0, 0], 0.0)

    np.testing.assert_allclose(grad(f)(np.eye(2)), 2 * np.eye(2), rtol=1e-15)


def test_a_power_with_the_exponent_zero_has_no_slope_at_zero():
    x, y = np.array([0.0, 2.0]), np.array([0.0, 3.0])
    assert grad(lambda x, y: np.sum(x**y))(x, y).tolist() == [0.0, 12.0]


LIMIT = np.inf


def in_a_branch(x):
    product = x[0] * np.inf
    return product if x[0] > 9 else x[1] * x[1]


def by_where(x):
    return np.sum(np.where(x > 9, x * float("inf"), x * x))


def by_a_mask_of_what_is_finite(x):
    product = x * LIMIT
    return np.sum(np.where(np.isfinite(product), product, x * x)) + (x[0] * np.nan if x[1] > 9 else 0.0)


def by_an_index(x):
    weights = np.full(2, np.inf)
    weights[1] = 2.0
    return (weights * x)[1] * x[0] + (np.array([np.inf, 3.0]) * x)[1]


def by_the_greatest(x):
    shifts = np.array([[0.0, np.inf], [1.0, 2.0]])
    return np.max(np.stack([x * -np.inf, x * x])) + np.sum(np.min(shifts + x, axis=1) * x)


def from_a_start(x):
    best, product = np.inf, x[0]
    for value in x:
        product = best * x[0]
        best = min(best, value * value)
    return best * x[1] + (product if x[0] > 9 else 0.0) + (x[0] * best if x[0] > 9 else 0.0)


UNCHOSEN = [in_a_branch, by_where, by_a_mask_of_what_is_finite, by_an_index, by_the_greatest, from_a_start]


@pytest.mark.parametrize("f", UNCHOSEN, ids=lambda f: f.__name__)
def test_products_with_an_infinite_constant_have_no_influence_where_they_are_not_chosen(f):
    x = np.array([0.4, 0.7])
    with np.errstate(all="ignore"):
        want = numeric_gradient(f, (x,), 0)
        for way in (grad, jacfwd, jacrev):
            assert_close(way(f)(x), want, 1e-9)
        second = np.stack([numeric_gradient(lambda x, i=i: grad(f)(x)[i], (x,), 0) for i in range(2)])
        for way in WAYS.values():
            assert_close(way(f)(x), second, 1e-7)


def test_bounds_that_are_infinite_and_arguments_need_no_guard():
    def bounded(x, k):
        return np.where(k > 0, np.clip(x, 0.0, np.inf) * k, np.minimum(x, np.inf) * x)

    assert "unless_zero" not in emit(lambda x, k: np.sum(bounded(x, k)), "reverse", np.ones(2), np.ones(2))
