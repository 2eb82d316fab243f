"""Second and third derivatives where an adjoint is zero and changes, and where one stays zero at a pole."""

from __future__ import annotations

import numpy as np
import pytest

from s2s_ad import grad, hessian, jacfwd, jacrev


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
