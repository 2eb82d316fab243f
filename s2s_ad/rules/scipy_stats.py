"""Distributions of SciPy; y is the result.

All have a location and a scale: with z = (x - loc) / scale, log p(x) = log p(z) - log(scale).  So densities
need the slopes of log p(z), by z and by the shape parameters; distribution functions and their inverses
need the density alone, and by shape parameters what is given here where it is known in closed form.
The front end gives shape parameters by position and the location and the scale by name.

Source: Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions (1994), for the densities.
"""

# pyright: basic, reportCallIssue=false, reportArgumentType=false, reportOptionalMemberAccess=false
# pyright: reportAttributeAccessIssue=false

import math

import numpy as np
import scipy.special as special
import scipy.stats as stats

from s2s_ad.rules.helpers import unbroadcast
from s2s_ad.rules.language import elementwise, rule
from s2s_ad.rules.linalg import symmetric
from s2s_ad.rules.slots import bar, dot

# ---- densities and their logarithms: equations of log p, weighed ------------------------------------------


def logarithm(y, value):
    return value


def density(y, value):
    return y * value


def bounded_logarithm(y, value):
    """Outside of the support y is -inf, and constant."""
    return np.where(np.isinf(y), 0, value)


def bounded_density(y, value):
    return np.where(y == 0, 0, y * value)


def without_shape(function, weigh, slope):
    """Register a density or its logarithm, by the slope of log p(z)."""

    @elementwise(function, poles=True)
    def at(y, x, *, loc=0, scale=1):
        z = (x - loc) / scale
        dot[y] = weigh(y, (slope(z) * (dot[x] - dot[loc] - z * dot[scale]) - dot[scale]) / scale)
        bar[x] = weigh(y, bar[y] * slope(z) / scale)
        bar[loc] = weigh(y, -bar[y] * slope(z) / scale)
        bar[scale] = weigh(y, -bar[y] * (1 + z * slope(z)) / scale)


def with_shape(function, weigh, slope, by_shape):
    """Register the same with a shape parameter."""

    @elementwise(function, poles=True)
    def at(y, x, a, *, loc=0, scale=1):
        z = (x - loc) / scale
        moved = (slope(z, a) * (dot[x] - dot[loc] - z * dot[scale]) - dot[scale]) / scale
        dot[y] = weigh(y, moved + by_shape(z, a) * dot[a])
        bar[x] = weigh(y, bar[y] * slope(z, a) / scale)
        bar[a] = weigh(y, bar[y] * by_shape(z, a))
        bar[loc] = weigh(y, -bar[y] * slope(z, a) / scale)
        bar[scale] = weigh(y, -bar[y] * (1 + z * slope(z, a)) / scale)


def with_two_shapes(function, weigh, slope, by_first, by_second):
    """Register the same with two shape parameters."""

    @elementwise(function, poles=True)
    def at(y, x, a, b, *, loc=0, scale=1):
        z = (x - loc) / scale
        moved = (slope(z, a, b) * (dot[x] - dot[loc] - z * dot[scale]) - dot[scale]) / scale
        dot[y] = weigh(y, moved + by_first(z, a, b) * dot[a] + by_second(z, a, b) * dot[b])
        bar[x] = weigh(y, bar[y] * slope(z, a, b) / scale)
        bar[a] = weigh(y, bar[y] * by_first(z, a, b))
        bar[b] = weigh(y, bar[y] * by_second(z, a, b))
        bar[loc] = weigh(y, -bar[y] * slope(z, a, b) / scale)
        bar[scale] = weigh(y, -bar[y] * (1 + z * slope(z, a, b)) / scale)


def densities(register, dist, *slopes):
    """Register a density and its logarithm by the slopes of the logarithm."""
    bounded = np.isfinite(dist.a) or np.isfinite(dist.b)
    register(dist.logpdf, bounded_logarithm if bounded else logarithm, *slopes)
    register(dist.pdf, bounded_density if bounded else density, *slopes)


# ---- distribution functions and their inverses: equations of the rate dy/dx -----------------------------------


def rising(function, rate):
    @elementwise(function, poles=True)
    def at(y, x, *shapes, loc=0, scale=1):
        slope = rate(y, x, shapes, loc, scale)
        dot[y] = slope * (dot[x] - dot[loc] - (x - loc) / scale * dot[scale])
        bar[x] = bar[y] * slope
        bar[loc] = -bar[y] * slope
        bar[scale] = -bar[y] * slope * (x - loc) / scale


def falling(function, rate):
    @elementwise(function, poles=True)
    def at(y, x, *shapes, loc=0, scale=1):
        slope = rate(y, x, shapes, loc, scale)
        dot[y] = slope * (dot[loc] - dot[x] + (x - loc) / scale * dot[scale])
        bar[x] = -bar[y] * slope
        bar[loc] = bar[y] * slope
        bar[scale] = bar[y] * slope * (x - loc) / scale


def cumulated(dist):
    """Register the distribution functions and their inverses, by x, location and scale."""
    bounded = np.isfinite(dist.a) or np.isfinite(dist.b)

    def likelihood(y, x, shapes, loc, scale):
        return dist.pdf(x, *shapes, loc=loc, scale=scale)

    def hazard(y, x, shapes, loc, scale):
        """p / F, and 0 where F is: there it is constant."""
        rate = np.exp(dist.logpdf(x, *shapes, loc=loc, scale=scale) - y)
        return np.where(np.isinf(y), 0, rate) if bounded else rate

    rising(dist.cdf, likelihood)
    falling(dist.sf, likelihood)
    rising(dist.logcdf, hazard)
    falling(dist.logsf, hazard)

    @elementwise(dist.ppf, poles=True)
    def ppf(x, q, *shapes, loc=0, scale=1):
        slope = likelihood(q, x, shapes, loc, scale)
        dot[x] = dot[q] / slope + dot[loc] + (x - loc) / scale * dot[scale]
        bar[q] = bar[x] / slope
        bar[loc] = bar[x]
        bar[scale] = bar[x] * (x - loc) / scale

    @elementwise(dist.isf, poles=True)
    def isf(x, q, *shapes, loc=0, scale=1):
        slope = likelihood(q, x, shapes, loc, scale)
        dot[x] = dot[loc] - dot[q] / slope + (x - loc) / scale * dot[scale]
        bar[q] = -bar[x] / slope
        bar[loc] = bar[x]
        bar[scale] = bar[x] * (x - loc) / scale


def rising_with_shape(function, rate, by_shape):
    @elementwise(function, poles=True)
    def at(y, x, a, *, loc=0, scale=1):
        slope = rate(y, x, a, loc, scale)
        moved = slope * (dot[x] - dot[loc] - (x - loc) / scale * dot[scale])
        dot[y] = moved + by_shape(y, x, a, loc, scale) * dot[a]
        bar[x] = bar[y] * slope
        bar[a] = bar[y] * by_shape(y, x, a, loc, scale)
        bar[loc] = -bar[y] * slope
        bar[scale] = -bar[y] * slope * (x - loc) / scale


def falling_with_shape(function, rate, by_shape):
    @elementwise(function, poles=True)
    def at(y, x, a, *, loc=0, scale=1):
        slope = rate(y, x, a, loc, scale)
        moved = slope * (dot[loc] - dot[x] + (x - loc) / scale * dot[scale])
        dot[y] = moved - by_shape(y, x, a, loc, scale) * dot[a]
        bar[x] = -bar[y] * slope
        bar[a] = -bar[y] * by_shape(y, x, a, loc, scale)
        bar[loc] = bar[y] * slope
        bar[scale] = bar[y] * slope * (x - loc) / scale


def cumulated_with_shape(dist, of_z):
    """Register the same of a distribution whose slope by its shape parameter is known, where p is not 0."""

    def likelihood(y, x, a, loc, scale):
        return dist.pdf(x, a, loc=loc, scale=scale)

    def hazard(y, x, a, loc, scale):
        return np.where(np.isinf(y), 0, np.exp(dist.logpdf(x, a, loc=loc, scale=scale) - y))

    def shifted(y, x, a, loc, scale):
        return np.where(dist.pdf(x, a, loc=loc, scale=scale) == 0, 0, of_z((x - loc) / scale, a))

    def log_shifted(y, x, a, loc, scale):
        return np.where(np.isinf(y), 0, shifted(y, x, a, loc, scale) * np.exp(-y))

    rising_with_shape(dist.cdf, likelihood, shifted)
    falling_with_shape(dist.sf, likelihood, shifted)
    rising_with_shape(dist.logcdf, hazard, log_shifted)
    falling_with_shape(dist.logsf, hazard, log_shifted)

    @elementwise(dist.ppf, poles=True)
    def ppf(x, q, a, *, loc=0, scale=1):
        slope = likelihood(q, x, a, loc, scale)
        moved = dot[q] / slope + dot[loc] + (x - loc) / scale * dot[scale]
        dot[x] = moved - of_z((x - loc) / scale, a) / slope * dot[a]
        bar[q] = bar[x] / slope
        bar[a] = -bar[x] * of_z((x - loc) / scale, a) / slope
        bar[loc] = bar[x]
        bar[scale] = bar[x] * (x - loc) / scale

    @elementwise(dist.isf, poles=True)
    def isf(x, q, a, *, loc=0, scale=1):
        slope = likelihood(q, x, a, loc, scale)
        moved = dot[loc] - dot[q] / slope + (x - loc) / scale * dot[scale]
        dot[x] = moved - of_z((x - loc) / scale, a) / slope * dot[a]
        bar[q] = -bar[x] / slope
        bar[a] = -bar[x] * of_z((x - loc) / scale, a) / slope
        bar[loc] = bar[x]
        bar[scale] = bar[x] * (x - loc) / scale


# ---- without shape parameters -------------------------------------------------------------------------------


def of_normal(z):
    return -z


def of_laplace(z):
    return -np.sign(z)


def of_logistic(z):
    return -np.tanh(z / 2)


def of_cauchy(z):
    return -2 * z / (1 + z * z)


def of_exponential(z):
    return -np.ones_like(z)


def of_uniform(z):
    return np.zeros_like(z)


def of_gumbel_r(z):
    return np.exp(-z) - 1


def of_gumbel_l(z):
    return 1 - np.exp(z)


def of_hyperbolic_secant(z):
    return -np.tanh(z)


def of_rayleigh(z):
    return 1 / z - z


def of_maxwell(z):
    return 2 / z - z


_PLAIN = {
    stats.norm: of_normal,
    stats.laplace: of_laplace,
    stats.logistic: of_logistic,
    stats.cauchy: of_cauchy,
    stats.expon: of_exponential,
    stats.uniform: of_uniform,
    stats.gumbel_r: of_gumbel_r,
    stats.gumbel_l: of_gumbel_l,
    stats.hypsecant: of_hyperbolic_secant,
    stats.halfnorm: of_normal,
    stats.halfcauchy: of_cauchy,
    stats.rayleigh: of_rayleigh,
    stats.maxwell: of_maxwell,
}
for _dist, _slope in _PLAIN.items():
    densities(without_shape, _dist, _slope)
    cumulated(_dist)


# ---- with shape parameters ----------------------------------------------------------------------------------


def of_student(z, v):
    return -(v + 1) * z / (v + z * z)


def student_by_freedom(z, v):
    return (
        special.psi((v + 1) / 2)
        - special.psi(v / 2)
        - 1 / v
        - np.log1p(z * z / v)
        + (v + 1) * z * z / (v * (v + z * z))
    ) / 2


def of_gamma(z, a):
    return (a - 1) / z - 1


def gamma_by_shape(z, a):
    return np.log(z) - special.psi(a)


def of_chi_square(z, v):
    return (v / 2 - 1) / z - 1 / 2


def chi_square_by_freedom(z, v):
    return (np.log(z / 2) - special.psi(v / 2)) / 2


def of_chi(z, v):
    return (v - 1) / z - z


def chi_by_freedom(z, v):
    return np.log(z) - (math.log(2) + special.psi(v / 2)) / 2


def of_inverse_gamma(z, a):
    return (1 / z - a - 1) / z


def inverse_gamma_by_shape(z, a):
    return -np.log(z) - special.psi(a)


def of_vonmises(z, k):
    return -k * np.sin(z)


def vonmises_by_kappa(z, k):
    return np.cos(z) - special.i1e(k) / special.i0e(k)


def of_lognormal(z, s):
    return -(1 + np.log(z) / s**2) / z


def lognormal_by_s(z, s):
    return ((np.log(z) / s) ** 2 - 1) / s


def of_weibull(z, c):
    return (c - 1) / z - c * z ** (c - 1)


def weibull_by_c(z, c):
    return 1 / c + np.log(z) * (1 - z**c)


def of_pareto(z, b):
    return -(b + 1) / z


def pareto_by_b(z, b):
    return 1 / b - np.log(z)


def of_powerlaw(z, a):
    return (a - 1) / z


def powerlaw_by_a(z, a):
    return 1 / a + np.log(z)


_SHAPED = {
    stats.t: (of_student, student_by_freedom),
    stats.gamma: (of_gamma, gamma_by_shape),
    stats.chi2: (of_chi_square, chi_square_by_freedom),
    stats.chi: (of_chi, chi_by_freedom),
    stats.invgamma: (of_inverse_gamma, inverse_gamma_by_shape),
    stats.vonmises: (of_vonmises, vonmises_by_kappa),
}
for _dist, _slopes in _SHAPED.items():
    densities(with_shape, _dist, *_slopes)
    cumulated(_dist)


def lognormal_cumulated(z, s):
    return -np.log(z) * np.exp(-((np.log(z) / s) ** 2) / 2) / (math.sqrt(2 * math.pi) * s**2)


def weibull_cumulated(z, c):
    return z**c * np.log(z) * np.exp(-(z**c))


def pareto_cumulated(z, b):
    return np.log(z) * z ** (-b)


def powerlaw_cumulated(z, a):
    return np.log(z) * z**a


_KNOWN = {
    stats.lognorm: (of_lognormal, lognormal_by_s, lognormal_cumulated),
    stats.weibull_min: (of_weibull, weibull_by_c, weibull_cumulated),
    stats.pareto: (of_pareto, pareto_by_b, pareto_cumulated),
    stats.powerlaw: (of_powerlaw, powerlaw_by_a, powerlaw_cumulated),
}
for _dist, (_slope, _by_shape, _cumulated) in _KNOWN.items():
    densities(with_shape, _dist, _slope, _by_shape)
    cumulated_with_shape(_dist, _cumulated)


def of_beta(z, a, b):
    return (a - 1) / z - (b - 1) / (1 - z)


def beta_by_a(z, a, b):
    return np.log(z) - special.psi(a) + special.psi(a + b)


def beta_by_b(z, a, b):
    return np.log1p(-z) - special.psi(b) + special.psi(a + b)


def of_fisher(z, m, n):
    return (m / 2 - 1) / z - m * (m + n) / (2 * (n + m * z))


def fisher_by_m(z, m, n):
    rest = special.psi((m + n) / 2) - special.psi(m / 2)
    return (np.log(m * z / (n + m * z)) + n * (1 - z) / (n + m * z) + rest) / 2


def fisher_by_n(z, m, n):
    rest = special.psi((m + n) / 2) - special.psi(n / 2)
    return (np.log(n / (n + m * z)) - m * (1 - z) / (n + m * z) + rest) / 2


densities(with_two_shapes, stats.beta, of_beta, beta_by_a, beta_by_b)
cumulated(stats.beta)
densities(with_two_shapes, stats.f, of_fisher, fisher_by_m, fisher_by_n)
cumulated(stats.f)


# ---- discrete distributions, by their parameters --------------------------------------------------------------


def counted(function, weigh, slope):
    """Register a probability of k or its logarithm, by the slope of the logarithm."""

    @elementwise(function, passive="k loc", poles=True)
    def at(y, k, p, *, loc=0):
        dot[y] = weigh(y, slope(k - loc, p) * dot[p])
        bar[p] = weigh(y, bar[y] * slope(k - loc, p))


def of_poisson(k, mu):
    return k / mu - 1


def of_bernoulli(k, p):
    return k / p - (1 - k) / (1 - p)


def of_geometric(k, p):
    return 1 / p - (k - 1) / (1 - p)


for _dist, _slope in ((stats.poisson, of_poisson), (stats.bernoulli, of_bernoulli), (stats.geom, of_geometric)):
    counted(_dist.logpmf, bounded_logarithm, _slope)
    counted(_dist.pmf, bounded_density, _slope)


@elementwise(stats.poisson.cdf, passive="k loc", poles=True)
def poisson_cdf(y, k, mu, *, loc=0):
    """Σ p(j) over j ≤ k, where ∂p(j) = p(j - 1) - p(j)."""
    dot[y] = -stats.poisson.pmf(np.floor(k), mu, loc=loc) * dot[mu]
    bar[mu] = -bar[y] * stats.poisson.pmf(np.floor(k), mu, loc=loc)


@elementwise(stats.poisson.sf, passive="k loc", poles=True)
def poisson_sf(y, k, mu, *, loc=0):
    dot[y] = stats.poisson.pmf(np.floor(k), mu, loc=loc) * dot[mu]
    bar[mu] = bar[y] * stats.poisson.pmf(np.floor(k), mu, loc=loc)


@elementwise(stats.poisson.logcdf, passive="k loc", poles=True)
def poisson_logcdf(y, k, mu, *, loc=0):
    rate = bounded_logarithm(y, np.exp(stats.poisson.logpmf(np.floor(k), mu, loc=loc) - y))
    dot[y] = -rate * dot[mu]
    bar[mu] = -bar[y] * rate


@elementwise(stats.poisson.logsf, passive="k loc", poles=True)
def poisson_logsf(y, k, mu, *, loc=0):
    rate = bounded_logarithm(y, np.exp(stats.poisson.logpmf(np.floor(k), mu, loc=loc) - y))
    dot[y] = rate * dot[mu]
    bar[mu] = bar[y] * rate


def binomial_slope(k, n, p):
    return k / p - (n - k) / (1 - p)


def of_many(function, weigh):
    @elementwise(function, passive="k n loc", poles=True)
    def at(y, k, n, p, *, loc=0):
        dot[y] = weigh(y, binomial_slope(k - loc, n, p) * dot[p])
        bar[p] = weigh(y, bar[y] * binomial_slope(k - loc, n, p))


of_many(stats.binom.logpmf, bounded_logarithm)
of_many(stats.binom.pmf, bounded_density)


@elementwise(stats.binom.cdf, passive="k n loc", poles=True)
def binom_cdf(y, k, n, p, *, loc=0):
    """Σ p(j; n) over j ≤ k, where ∂p(j; n) = n (p(j - 1; n - 1) - p(j; n - 1))."""
    dot[y] = -n * stats.binom.pmf(np.floor(k), n - 1, p, loc=loc) * dot[p]
    bar[p] = -bar[y] * n * stats.binom.pmf(np.floor(k), n - 1, p, loc=loc)


@elementwise(stats.binom.sf, passive="k n loc", poles=True)
def binom_sf(y, k, n, p, *, loc=0):
    dot[y] = n * stats.binom.pmf(np.floor(k), n - 1, p, loc=loc) * dot[p]
    bar[p] = bar[y] * n * stats.binom.pmf(np.floor(k), n - 1, p, loc=loc)


def negative_binomial_by_n(k, n, p):
    return special.psi(k + n) - special.psi(n) + np.log(p)


def of_failures(function, weigh):
    @elementwise(function, passive="k loc", poles=True)
    def at(y, k, n, p, *, loc=0):
        by_n, by_p = negative_binomial_by_n(k - loc, n, p), n / p - (k - loc) / (1 - p)
        dot[y] = weigh(y, by_n * dot[n] + by_p * dot[p])
        bar[n] = weigh(y, bar[y] * by_n)
        bar[p] = weigh(y, bar[y] * by_p)


of_failures(stats.nbinom.logpmf, bounded_logarithm)
of_failures(stats.nbinom.pmf, bounded_density)


# ---- the normal distribution of vectors -----------------------------------------------------------------------


def centred(x, mean):
    return x if mean is None else x - mean


def weighed(bar_y, x):
    """An adjoint of the densities of vectors x as a factor of these vectors."""
    return bar_y if x.ndim == 1 else np.expand_dims(np.reshape(bar_y, x.shape[:-1]), -1)


def log_density_dot(y, u, precision, moved, cov_dot):
    """-uᵀ(ẋ - ṁ) + uᵀ Σ̇ u / 2 - tr(Σ⁻¹ Σ̇) / 2 with u = Σ⁻¹ (x - m)."""
    spread = np.sum(u * (u @ cov_dot), axis=-1) - np.sum(precision * cov_dot)
    total = spread / 2 - np.sum(u * moved, axis=-1)
    return total if u.ndim == 1 else np.reshape(total, np.shape(y))


def diagonal_dot(y, u, cov, moved, cov_dot):
    """The same for Σ = diag(cov) or cov times the unit matrix."""
    total = np.sum((u * u - 1 / cov) / 2 * cov_dot - u * moved, axis=-1)
    return total if u.ndim == 1 else np.reshape(total, np.shape(y))


def outer_of(weight, u, precision):
    """(Σ ȳ u uᵀ - Σ ȳ Σ⁻¹) / 2, over all vectors."""
    flat = np.reshape(u, (-1, u.shape[-1]))
    weights = np.reshape(weight * u, (-1, u.shape[-1]))
    return (weights.T @ flat - np.sum(weight) * precision) / 2


@rule(stats.multivariate_normal.logpdf)
def multivariate_logpdf(y, x, mean=None, cov=1, allow_singular=False):
    """Of a matrix Σ, a function of (Σ + Σᵀ)/2; or of its diagonal.  Petersen & Pedersen (2012), section 8.1."""
    if cov.ndim == 2 and not allow_singular:
        precision = np.linalg.inv(cov)
        u = centred(x, mean) @ precision
        moved = dot[x] if mean is None else dot[x] - dot[mean]
        dot[y] = log_density_dot(y, u, precision, moved, symmetric(dot[cov]))
        bar[x] = -weighed(bar[y], x) * u
        if mean is not None:
            bar[mean] = unbroadcast(weighed(bar[y], x) * u, np.shape(mean))
        bar[cov] = symmetric(outer_of(weighed(bar[y], x), u, precision))
    elif not allow_singular and mean is not None:
        u = centred(x, mean) / cov
        dot[y] = diagonal_dot(y, u, cov, dot[x] - dot[mean], dot[cov])
        bar[x] = -weighed(bar[y], x) * u
        bar[mean] = unbroadcast(weighed(bar[y], x) * u, np.shape(mean))
        bar[cov] = unbroadcast(weighed(bar[y], x) * (u * u - 1 / cov) / 2, np.shape(cov))


@rule(stats.multivariate_normal.pdf)
def multivariate_pdf(y, x, mean=None, cov=1, allow_singular=False):
    if cov.ndim == 2 and not allow_singular:
        precision = np.linalg.inv(cov)
        u = centred(x, mean) @ precision
        moved = dot[x] if mean is None else dot[x] - dot[mean]
        dot[y] = y * log_density_dot(y, u, precision, moved, symmetric(dot[cov]))
        bar[x] = -weighed(bar[y] * y, x) * u
        if mean is not None:
            bar[mean] = unbroadcast(weighed(bar[y] * y, x) * u, np.shape(mean))
        bar[cov] = symmetric(outer_of(weighed(bar[y] * y, x), u, precision))
    elif not allow_singular and mean is not None:
        u = centred(x, mean) / cov
        dot[y] = y * diagonal_dot(y, u, cov, dot[x] - dot[mean], dot[cov])
        bar[x] = -weighed(bar[y] * y, x) * u
        bar[mean] = unbroadcast(weighed(bar[y] * y, x) * u, np.shape(mean))
        bar[cov] = unbroadcast(weighed(bar[y] * y, x) * (u * u - 1 / cov) / 2, np.shape(cov))
