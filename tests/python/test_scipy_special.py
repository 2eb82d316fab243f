"""Programs with SciPy's special functions."""

import math

import numpy as np
import pytest
from scipy import special
from scipy.special import erf as error_function
from scipy.special import expit, gammaln, logsumexp

from s2s_ad import grad
from tests.judge import Programs

PROGRAMS = Programs()
works, refused = PROGRAMS.works, PROGRAMS.refused
X = np.array([0.4, 1.3, 2.2])


@works(X.copy(), 0.7)
def logistic_loss(x, w):
    return -np.sum(np.log(expit(w * x))) - special.log_expit(-w) + special.logit(expit(w)) ** 2


@works(0.3, np.array([0.2, 0.9]))
def option_price(spot, k):
    d = np.log((1.0 + spot) / k)
    return np.sum(special.ndtr(d) * spot - special.ndtr(d - 1.0) * k + error_function(d) * special.erfcx(d))


@works(np.array([1.5, 2.5, 0.7]))
def dirichlet_normaliser(alpha):
    total = gammaln(np.sum(alpha))
    for i in range(3):
        total = total - gammaln(alpha[i]) + special.digamma(alpha[i]) * 0.1
    return total + special.polygamma(2, alpha[0])


@works(np.array([[0.1, 2.0, -0.3], [1.0, 0.5, 0.2]]), np.array([0.5, 1.0, 2.0]))
def mixtures(a, w):
    y = logsumexp(a, axis=-1, b=w) + logsumexp(a, 1, keepdims=False)
    y[0] = y[0] ** 2
    z = special.softmax(a, axis=(0, 1))
    z *= special.log_softmax(a, axis=0)
    return np.sum(y) + np.sum(z[1]) + special.logsumexp(a)


@works(np.array([0.5, -0.3, 0.9]), np.array([1.0, -2.0, 0.5]))
def sum_of_exponentials_with_sign(a, b):
    y, sign = special.logsumexp(a, b=b, return_sign=True)
    return y * sign


@works(1.7)
def branches_over_special_functions(x):
    total = 0.0
    for n in range(3):
        if n == 1:
            total += special.jv(n, x) * special.spherical_jn(n, x)
        else:
            total += special.kv(0.5, x) + special.eval_legendre(n + 1, x / 2.0)
    return total


@works(0.8, 0.3)
def elliptic_pendulum(m, phi):
    sn, cn, dn, _ = special.ellipj(phi, 0.4)
    return special.ellipk(m) * sn + special.ellipkinc(phi, m) + special.ellipeinc(phi, m) * cn - dn


@works(np.array([0.2, 1.5]), 2.0)
def losses(r, delta):
    return (
        np.sum(special.huber(delta, r)) + np.sum(special.pseudo_huber(delta, r)) + np.sum(special.xlogy(r, r + delta))
    )


@works(np.array([0.5, 2.0]), 0.0)
def box_cox_at_the_logarithm(x, power):
    return np.sum(special.boxcox(x, power)) + np.sum(special.inv_boxcox(x, power))


@works(np.array([-1.0, 0.5, 2.0]), want=[np.array([0, special.psi(0.5), special.psi(2.0)])])
def value_that_is_not_chosen_has_no_pole(x):
    return np.sum(np.where(x > 0, special.gammaln(x), 0.0))


@works(1.2)
def one_result_of_two(x):
    si, _ = special.sici(x)
    return si * special.airy(x)[2]


@works(0.6)
def complex_on_the_way(x):
    return special.lambertw(x).real + np.abs(special.wofz(x + 0.5j)) ** 2


@works(2.0, X.copy())
def shapes_that_are_constants(x, y):
    return special.gammainc(2.5, x) + np.sum(special.betainc(1.5, 2.5, y / 3.0)) + special.zeta(3.0, x)


@works(X.astype(np.float32))
def single_precision(x):
    return np.sum(special.j0(x) * special.expit(x)) + np.sum(special.ndtr(x))


@works(0.7)
def gaussian_quadrature(a):
    nodes, weights = special.roots_legendre(5)
    return np.sum(weights * np.exp(a * nodes))


@refused(1.5, 0.3)
def derivative_by_a_shape(a, x):
    return special.gammainc(a, x)


@refused(1.5, 0.3)
def derivative_by_an_order(v, x):
    return special.jv(v, x)


@refused(2.5)
def riemann_zeta(x):
    return special.zeta(x)


@refused(0.5)
def function_without_a_rule(x):
    return special.kolmogorov(x)


test_right, test_refused = PROGRAMS.tests()


@pytest.mark.parametrize("m", [0.0, 1e-9, -1e-9])
def test_slopes_of_elliptic_integrals_do_not_cancel_near_zero(m):
    assert grad(special_k)(m) == pytest.approx(math.pi / 8, rel=1e-8)


def special_k(m):
    return special.ellipk(m)


def test_message_names_the_argument_without_a_derivative():
    with pytest.raises(Exception, match="gives no derivative by 'a'"):
        grad(lambda a: special.gammainc(a, 0.3))(1.5)
