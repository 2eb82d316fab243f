"""Programs with SciPy's distributions."""

import numpy as np
import scipy.stats
from scipy import stats
from scipy.stats import multivariate_normal, norm

from s2s_ad import grad
from tests.judge import Programs

PROGRAMS = Programs()
works, refused = PROGRAMS.works, PROGRAMS.refused
X = np.array([0.4, 1.3, 2.2])
COV = np.array([[2.0, 0.3, 0.1], [0.3, 1.5, -0.2], [0.1, -0.2, 1.0]])
PRIOR = stats.norm(0.5, 2.0)
SCALED = stats.gamma(2.0, scale=np.array([1.0, 2.0, 0.5]))
VECTOR = stats.multivariate_normal(np.zeros(3), COV)


@works(0.3, 1.2, X.copy())
def normal_likelihood(mu, sigma, x):
    return np.sum(norm.logpdf(x, mu, sigma)) + scipy.stats.norm.logpdf(mu) + np.log(stats.norm.pdf(sigma, loc=mu))


@works(0.3, 1.2)
def frozen_here(mu, df):
    rv = stats.t(df, loc=mu, scale=2.0)
    total = rv.logpdf(0.1)
    for i in range(3):
        total += rv.logpdf(X[i]) * 0.5
    return total


@works(0.8, X.copy())
def frozen_outside(mu, x):
    return PRIOR.logpdf(mu) + np.sum(PRIOR.cdf(x)) + np.sum(SCALED.logpdf(x)) + VECTOR.logpdf(x * mu)


@works(0.6, 2.0, 1.5)
def censored(mu, sigma, limit):
    if limit > 1.0:
        return stats.norm.logsf(limit, mu, sigma) + stats.logistic.logcdf(limit, scale=sigma, loc=mu)
    return stats.norm.logpdf(limit, mu, sigma)


@works(2.5, 1.5, np.array([0.2, 0.6]))
def shapes_by_position_and_name(a, b, x):
    return np.sum(stats.beta.logpdf(x, a, b)) + np.sum(stats.gamma.pdf(x, a=a, scale=b)) + stats.chi2.logpdf(1.5, df=a)


@works(np.array([0.2, 0.6]), 0.4)
def quantiles(q, mu):
    x = stats.norm.ppf(q, mu) + stats.expon.isf(q, scale=1.0 + mu)
    x[0] = x[0] * mu
    return np.sum(x) + stats.lognorm.ppf(0.3, 0.5 + mu) + stats.uniform.ppf(mu, loc=1.0)


@works(0.7, np.array([0.3, 0.4]))
def counts(rate, p):
    k = np.array([0, 2, 5])
    binomial = np.sum(stats.binom.logpmf(np.arange(2), 4, p)) + np.sum(stats.bernoulli.pmf(1, p))
    return np.sum(stats.poisson.logpmf(k, mu=rate)) + binomial + stats.poisson.cdf(3, rate) + stats.geom.pmf(2, p)[0]


@works(np.array([0.1, -0.2, 0.4]), X.copy())
def vectors(mean, x):
    return multivariate_normal.logpdf(x, mean, COV) + stats.multivariate_normal.pdf(x, mean=mean, cov=0.5)


@works(np.array([[0.1, -0.2, 0.4], [1.0, 0.5, 0.2]]), 1.3)
def many_vectors(x, s):
    return np.sum(multivariate_normal.logpdf(x, cov=COV * s)) + np.sum(multivariate_normal(np.ones(3), COV * s).pdf(x))


@works(np.array([-0.5, 0.5]), 1.2, want=[np.array([0, -1 / 1.2]), -1 / 1.2 + 0.5 / 1.44])
def outside_of_the_support(x, scale):
    y = stats.expon.logpdf(x, scale=scale)
    return np.where(x > 0, y, 0.0)[1] + stats.expon.pdf(-1.0, scale=scale)


@works(1.2, 0.5, want=[0.0, 0.0])
def logarithm_of_a_density_that_is_zero(scale, a):
    return stats.expon.logpdf(-1.0, scale=scale) + stats.pareto.logpdf(0.3, 1.0 + a)


@works(X.astype(np.float32), 0.3)
def single_precision(x, mu):
    return np.sum(stats.norm.logpdf(x, mu))


@works(0.3, X.copy())
def distribution_under_another_name(mu, x):
    density, halves = stats.norm.logpdf, stats.halfnorm
    return np.sum(density(x, mu)) + np.sum(halves.pdf(x, scale=1.0 + mu))


@works(0.3, 1.2)
def lists_of_parameters(mu, sigma):
    return np.sum(stats.norm.logpdf([0.5, mu], loc=[mu, 1.0], scale=[sigma, 2.0])) + stats.gumbel_r.cdf(mu, sigma)


@refused(2.5)
def distribution_function_by_a_shape(a):
    return stats.gamma.cdf(0.3, a)


@refused(0.5)
def random_numbers_of_a_distribution(mu):
    return np.sum(stats.norm.rvs(mu, size=3))


@refused(0.5)
def unknown_parameter(mu):
    return stats.norm.logpdf(mu, mean=0.5)


@refused(np.ones(3), COV.copy())
def singular_allowed(x, cov):
    return stats.multivariate_normal.logpdf(x, np.zeros(3), cov, allow_singular=True)


test_right, test_refused = PROGRAMS.tests()


def test_density_is_printed_by_its_path_and_derivative_by_formula():
    def f(mu, x):
        return stats.norm.logpdf(x, mu, 2.0)

    derivative = grad(f)
    assert derivative(0.5, 1.5) == (1.5 - 0.5) / 4
    assert "v1 = stats.norm.logpdf(v0, loc=v_m1, scale=2.0)" in derivative.source
    assert "isinf" not in derivative.source  # the density is nowhere zero
    assert derivative.source.count("norm.") == 3  # the call, and comments on it


def test_frozen_distribution_that_is_bound_anew_gives_its_own_gradient(monkeypatch):
    derivative = grad(log_prior)
    assert derivative(1.0) == -(1.0 - 0.5) / 4
    monkeypatch.setitem(globals(), "PRIOR", stats.norm(0.0, 1.0))
    assert derivative(1.0) == -1.0


def log_prior(mu):
    return PRIOR.logpdf(mu)
