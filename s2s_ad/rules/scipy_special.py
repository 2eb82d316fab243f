"""Special functions of SciPy; z is the result.

NIST's Digital Library of Mathematical Functions (DLMF), https://dlmf.nist.gov, has the formulas by the
numbers that are given.  Each is written so that it neither cancels nor divides by zero inside the domain.
Orders and shape parameters have no derivative here where none is known in closed form: such calls are
refused, or passive where only integers make sense.
"""

# pyright: basic, reportCallIssue=false, reportArgumentType=false, reportOptionalMemberAccess=false
# pyright: reportAttributeAccessIssue=false

import math

import numpy as np
import scipy.special as special

from s2s_ad.rules import helpers
from s2s_ad.rules.elementwise import by_base
from s2s_ad.rules.helpers import unbroadcast
from s2s_ad.rules.language import elementwise, rule
from s2s_ad.rules.macros import spread, unreduce
from s2s_ad.rules.slots import bar, dot

ROOT_PI = math.sqrt(math.pi)
ROOT_2PI = math.sqrt(2 * math.pi)
DEGREE = math.pi / 180


def having(*names):
    """The functions of these names that this version of SciPy has."""
    return [getattr(special, name) for name in names if hasattr(special, name)]


# ---- the error function and the normal distribution -----------------------------------------------------


@elementwise(special.erf, complex=True)
def erf(z, x):
    dot[z] = dot[x] * (2 / ROOT_PI) * np.exp(-x * x)
    bar[x] = bar[z] * (2 / ROOT_PI) * np.exp(-x * x)


@elementwise(special.erfc, complex=True)
def erfc(z, x):
    dot[z] = -dot[x] * (2 / ROOT_PI) * np.exp(-x * x)
    bar[x] = -bar[z] * (2 / ROOT_PI) * np.exp(-x * x)


@elementwise(special.erfcx, overflows=True, complex=True)
def erfcx(z, x):
    """exp(x²) erfc(x)."""
    dot[z] = dot[x] * (2 * x * z - 2 / ROOT_PI)
    bar[x] = bar[z] * (2 * x * z - 2 / ROOT_PI)


@elementwise(special.erfi, overflows=True, complex=True)
def erfi(z, x):
    """-i erf(ix)."""
    dot[z] = dot[x] * (2 / ROOT_PI) * np.exp(x * x)
    bar[x] = bar[z] * (2 / ROOT_PI) * np.exp(x * x)


@elementwise(special.dawsn, complex=True)
def dawsn(z, x):
    dot[z] = dot[x] * (1 - 2 * x * z)
    bar[x] = bar[z] * (1 - 2 * x * z)


@elementwise(special.wofz, overflows=True, complex=True)
def wofz(z, x):
    """exp(-x²) erfc(-ix)."""
    dot[z] = dot[x] * (2j / ROOT_PI - 2 * x * z)
    bar[x] = bar[z] * (2j / ROOT_PI - 2 * x * z)


@elementwise(special.erfinv, poles=True)
def erfinv(z, x):
    dot[z] = dot[x] * (ROOT_PI / 2) * np.exp(z * z)
    bar[x] = bar[z] * (ROOT_PI / 2) * np.exp(z * z)


@elementwise(special.erfcinv, poles=True)
def erfcinv(z, x):
    dot[z] = -dot[x] * (ROOT_PI / 2) * np.exp(z * z)
    bar[x] = -bar[z] * (ROOT_PI / 2) * np.exp(z * z)


@elementwise(special.ndtr, complex=True)
def ndtr(z, x):
    dot[z] = dot[x] * np.exp(-x * x / 2) / ROOT_2PI
    bar[x] = bar[z] * np.exp(-x * x / 2) / ROOT_2PI


@elementwise(special.log_ndtr, complex=True)
def log_ndtr(z, x):
    dot[z] = dot[x] * np.exp(-x * x / 2 - z) / ROOT_2PI
    bar[x] = bar[z] * np.exp(-x * x / 2 - z) / ROOT_2PI


@elementwise(special.ndtri, poles=True)
def ndtri(z, p):
    dot[z] = dot[p] * ROOT_2PI * np.exp(z * z / 2)
    bar[p] = bar[z] * ROOT_2PI * np.exp(z * z / 2)


@elementwise(special.ndtri_exp, poles=True)
def ndtri_exp(z, y):
    """ndtri(exp(y))."""
    dot[z] = dot[y] * ROOT_2PI * np.exp(y + z * z / 2)
    bar[y] = bar[z] * ROOT_2PI * np.exp(y + z * z / 2)


@elementwise(special.nrdtrimn, poles=True)
def nrdtrimn(z, p, std, x):
    """z = x - std ndtri(p)."""
    quantile = special.ndtri(p)
    dot[z] = dot[x] - quantile * dot[std] - std * ROOT_2PI * np.exp(quantile**2 / 2) * dot[p]
    bar[p] = -bar[z] * std * ROOT_2PI * np.exp(quantile**2 / 2)
    bar[std] = -bar[z] * quantile
    bar[x] = bar[z]


@elementwise(special.nrdtrisd, poles=True)
def nrdtrisd(z, mn, p, x):
    """z = (x - mn) / ndtri(p)."""
    quantile = special.ndtri(p)
    dot[z] = (dot[x] - dot[mn] - z * ROOT_2PI * np.exp(quantile**2 / 2) * dot[p]) / quantile
    bar[mn] = -bar[z] / quantile
    bar[p] = -bar[z] * z * ROOT_2PI * np.exp(quantile**2 / 2) / quantile
    bar[x] = bar[z] / quantile


@elementwise(special.owens_t)
def owens_t(z, h, a):
    """∂h: -exp(-h²/2) erf(ah/√2) / √(8π);  ∂a: exp(-h²(1 + a²)/2) / (2π(1 + a²)).  Owen (1956)."""
    by_h = -np.exp(-h * h / 2) * special.erf(a * h / math.sqrt(2)) / (2 * ROOT_2PI)
    by_a = np.exp(-h * h * (1 + a * a) / 2) / (2 * math.pi * (1 + a * a))
    dot[z] = by_h * dot[h] + by_a * dot[a]
    bar[h] = bar[z] * by_h
    bar[a] = bar[z] * by_a


@elementwise(special.voigt_profile, poles=True)
def voigt_profile(z, x, sigma, gamma):
    """z = Re w(u) / (σ√(2π)) with u = (x + iγ) / (σ√2), of degree -1 in (x, σ, γ).  DLMF 7.19."""
    u = (x + 1j * gamma) / (math.sqrt(2) * sigma)
    slope = (1j / ROOT_PI - u * special.wofz(u)) / (ROOT_PI * sigma**2)
    by_sigma = -(z + x * np.real(slope) - gamma * np.imag(slope)) / sigma
    dot[z] = np.real(slope) * dot[x] - np.imag(slope) * dot[gamma] + by_sigma * dot[sigma]
    bar[x] = bar[z] * np.real(slope)
    bar[sigma] = bar[z] * by_sigma
    bar[gamma] = -bar[z] * np.imag(slope)


# ---- logistic functions, and sums of exponentials -------------------------------------------------------


@elementwise(special.expit)
def expit(z, x):
    dot[z] = dot[x] * z * (1 - z)
    bar[x] = bar[z] * z * (1 - z)


@elementwise(special.log_expit)
def log_expit(z, x):
    dot[z] = dot[x] * special.expit(-x)
    bar[x] = bar[z] * special.expit(-x)


@elementwise(*having("softplus"))
def softplus(z, x):
    dot[z] = dot[x] * special.expit(x)
    bar[x] = bar[z] * special.expit(x)


@elementwise(special.logit, poles=True)
def logit(z, x):
    dot[z] = dot[x] / (x * (1 - x))
    bar[x] = bar[z] / (x * (1 - x))


@rule(special.logsumexp, outputs=2)
def logsumexp(y, sign, a, axis=None, b=None, keepdims=False, return_sign=False):
    """s exp(y) = Σ b exp(a): the weights are exp(a - y), which b does not change."""
    if b is None:
        weights = special.softmax(a, axis=axis)
        dot[y] = np.sum(weights * dot[a], axis=axis, keepdims=keepdims)
        bar[a] = weights * unreduce(bar[y], a.shape, axis, keepdims)
    else:
        weights = np.exp(a - spread(y, axis, keepdims))
        if return_sign:
            weights = weights * spread(sign, axis, keepdims)
        dot[y] = np.sum(weights * (b * dot[a] + dot[b]), axis=axis, keepdims=keepdims)
        bar[a] = unbroadcast(weights * b * spread(bar[y], axis, keepdims), np.shape(a))
        bar[b] = unbroadcast(weights * np.ones_like(b) * spread(bar[y], axis, keepdims), np.shape(b))
    dot[sign] = np.zeros_like(sign)


@rule(special.softmax)
def softmax(y, x, axis=None):
    dot[y] = y * (dot[x] - np.sum(y * dot[x], axis=axis, keepdims=True))
    bar[x] = y * (bar[y] - np.sum(y * bar[y], axis=axis, keepdims=True))


@rule(special.log_softmax)
def log_softmax(y, x, axis=None):
    dot[y] = dot[x] - np.sum(np.exp(y) * dot[x], axis=axis, keepdims=True)
    bar[x] = bar[y] - np.exp(y) * np.sum(bar[y], axis=axis, keepdims=True)


# ---- entropies, losses and power transformations --------------------------------------------------------


@elementwise(special.xlogy, poles=True)
def xlogy(z, x, y):
    """x log(y), and 0 where x is 0."""
    dot[z] = dot[x] * np.log(y) + x * dot[y] / y
    bar[x] = bar[z] * np.log(y)
    bar[y] = bar[z] * x / y


@elementwise(special.xlog1py, poles=True)
def xlog1py(z, x, y):
    dot[z] = dot[x] * np.log1p(y) + x * dot[y] / (1 + y)
    bar[x] = bar[z] * np.log1p(y)
    bar[y] = bar[z] * x / (1 + y)


@elementwise(special.entr, poles=True)
def entr(z, x):
    """-x log(x)."""
    dot[z] = -dot[x] * (1 + np.log(x))
    bar[x] = -bar[z] * (1 + np.log(x))


@elementwise(special.rel_entr, poles=True)
def rel_entr(z, x, y):
    """x log(x / y)."""
    dot[z] = dot[x] * (1 + np.log(x / y)) - x * dot[y] / y
    bar[x] = bar[z] * (1 + np.log(x / y))
    bar[y] = -bar[z] * x / y


@elementwise(special.kl_div, poles=True)
def kl_div(z, x, y):
    """x log(x / y) - x + y."""
    dot[z] = dot[x] * np.log(x / y) + dot[y] * (1 - x / y)
    bar[x] = bar[z] * np.log(x / y)
    bar[y] = bar[z] * (1 - x / y)


@elementwise(special.huber)
def huber(z, delta, r):
    """r² / 2 up to |r| = δ, and δ (|r| - δ / 2) from there."""
    dot[z] = np.clip(r, -delta, delta) * dot[r] + np.maximum(np.abs(r) - delta, 0) * dot[delta]
    bar[delta] = bar[z] * np.maximum(np.abs(r) - delta, 0)
    bar[r] = bar[z] * np.clip(r, -delta, delta)


@elementwise(special.pseudo_huber, poles=True)
def pseudo_huber(z, delta, r):
    """δ² (s - 1) with s = √(1 + (r/δ)²)."""
    s = np.sqrt(1 + (r / delta) ** 2)
    by_delta = r**4 / (delta**3 * s * (1 + s) ** 2)
    dot[z] = r / s * dot[r] + by_delta * dot[delta]
    bar[delta] = bar[z] * by_delta
    bar[r] = bar[z] * r / s


def by_power(log_x, power):
    """The derivative of (exp(λ log x) - 1) / λ by λ, at λ = 0 too."""
    return log_x**2 * special.hyp1f1(2, 3, power * log_x) / 2


@elementwise(special.boxcox, poles=True)
def boxcox(z, x, power):
    """(x**λ - 1) / λ, and log(x) where λ is 0."""
    dot[z] = x ** (power - 1) * dot[x] + by_power(np.log(x), power) * dot[power]
    bar[x] = bar[z] * x ** (power - 1)
    bar[power] = bar[z] * by_power(np.log(x), power)


@elementwise(special.boxcox1p, poles=True)
def boxcox1p(z, x, power):
    """boxcox(1 + x, λ)."""
    dot[z] = (1 + x) ** (power - 1) * dot[x] + by_power(np.log1p(x), power) * dot[power]
    bar[x] = bar[z] * (1 + x) ** (power - 1)
    bar[power] = bar[z] * by_power(np.log1p(x), power)


@elementwise(special.inv_boxcox, poles=True)
def inv_boxcox(x, z, power):
    """z = boxcox(x, λ)."""
    dot[x] = (dot[z] - by_power(np.log(x), power) * dot[power]) * x ** (1 - power)
    bar[z] = bar[x] * x ** (1 - power)
    bar[power] = -bar[x] * x ** (1 - power) * by_power(np.log(x), power)


@elementwise(special.inv_boxcox1p, poles=True)
def inv_boxcox1p(x, z, power):
    """z = boxcox1p(x, λ)."""
    dot[x] = (dot[z] - by_power(np.log1p(x), power) * dot[power]) * (1 + x) ** (1 - power)
    bar[z] = bar[x] * (1 + x) ** (1 - power)
    bar[power] = -bar[x] * (1 + x) ** (1 - power) * by_power(np.log1p(x), power)


@elementwise(special.tklmbda, poles=True)
def tklmbda(z, x, shape):
    """The inverse of x = (z**λ - (1 - z)**λ) / λ."""
    dot[z] = dot[x] / (z ** (shape - 1) + (1 - z) ** (shape - 1))
    bar[x] = bar[z] / (z ** (shape - 1) + (1 - z) ** (shape - 1))


# ---- exponentials, logarithms, powers -------------------------------------------------------------------


@elementwise(special.exp2, overflows=True)
def exp2(z, x):
    dot[z] = dot[x] * z * math.log(2)
    bar[x] = bar[z] * z * math.log(2)


@elementwise(special.exp10, overflows=True)
def exp10(z, x):
    dot[z] = dot[x] * z * math.log(10)
    bar[x] = bar[z] * z * math.log(10)


@elementwise(special.expm1, overflows=True, complex=True)
def expm1(z, x):
    dot[z] = dot[x] * (z + 1)
    bar[x] = bar[z] * (z + 1)


@elementwise(special.log1p, poles=True, complex=True)
def log1p(z, x):
    dot[z] = dot[x] / (1 + x)
    bar[x] = bar[z] / (1 + x)


@elementwise(special.exprel, overflows=True)
def exprel(z, x):
    """(exp(x) - 1) / x = ₁F₁(1; 2; x)."""
    dot[z] = dot[x] * special.hyp1f1(2, 3, x) / 2
    bar[x] = bar[z] * special.hyp1f1(2, 3, x) / 2


@elementwise(special.cosm1)
def cosm1(z, x):
    dot[z] = -dot[x] * np.sin(x)
    bar[x] = -bar[z] * np.sin(x)


@elementwise(special.cbrt, poles=True)
def cbrt(z, x):
    dot[z] = dot[x] / (3 * z * z)
    bar[x] = bar[z] / (3 * z * z)


@elementwise(special.powm1, poles=True)
def powm1(z, x, y):
    """x ** y - 1, with the terms that `power` has."""
    dot[z] = by_base(dot[x], x, y) + dot[y] * (z + 1) * np.log(x + (x == 0))
    bar[x] = by_base(bar[z], x, y)
    bar[y] = bar[z] * (z + 1) * np.log(x + (x == 0))


@elementwise(special.lambertw, poles=True, complex=True)
def lambertw(w, z, k=0, tol=1e-8):
    """z = w exp(w)."""
    dot[w] = dot[z] / (z + np.exp(w))
    bar[z] = bar[w] / (z + np.exp(w))


@elementwise(special.wrightomega, complex=True)
def wrightomega(w, z):
    """z = w + log(w)."""
    dot[w] = dot[z] * w / (1 + w)
    bar[z] = bar[w] * w / (1 + w)


@elementwise(special.spence, poles=True)
def spence(z, x):
    """The integral of log(t) / (1 - t) from 1 to x."""
    dot[z] = -dot[x] / special.exprel(np.log(x))
    bar[x] = -bar[z] / special.exprel(np.log(x))


@elementwise(special.agm, poles=True)
def agm(z, a, b):
    """M = π a / (2 K(1 - (b/a)²)), of degree 1 in (a, b).  DLMF 19.8.5."""
    by_b = z**2 * special.hyp2f1(0.5, 0.5, 2, 1 - (b / a) ** 2) / (2 * a * b)
    dot[z] = (z - b * by_b) / a * dot[a] + by_b * dot[b]
    bar[a] = bar[z] * (z - b * by_b) / a
    bar[b] = bar[z] * by_b


# ---- trigonometric, of degrees --------------------------------------------------------------------------


@elementwise(special.radian)
def radian(z, d, m, s):
    """Degrees, minutes and seconds."""
    dot[z] = DEGREE * (dot[d] + dot[m] / 60 + dot[s] / 3600)
    bar[d] = DEGREE * bar[z]
    bar[m] = DEGREE / 60 * bar[z]
    bar[s] = DEGREE / 3600 * bar[z]


@elementwise(special.sindg)
def sindg(z, x):
    dot[z] = DEGREE * dot[x] * special.cosdg(x)
    bar[x] = DEGREE * bar[z] * special.cosdg(x)


@elementwise(special.cosdg)
def cosdg(z, x):
    dot[z] = -DEGREE * dot[x] * special.sindg(x)
    bar[x] = -DEGREE * bar[z] * special.sindg(x)


@elementwise(special.tandg, poles=True)
def tandg(z, x):
    dot[z] = DEGREE * dot[x] * (1 + z * z)
    bar[x] = DEGREE * bar[z] * (1 + z * z)


@elementwise(special.cotdg, poles=True)
def cotdg(z, x):
    dot[z] = -DEGREE * dot[x] * (1 + z * z)
    bar[x] = -DEGREE * bar[z] * (1 + z * z)


# ---- the gamma function ---------------------------------------------------------------------------------


@elementwise(special.gamma, poles=True, overflows=True, complex=True)
def gamma(z, x):
    dot[z] = dot[x] * z * special.psi(x)
    bar[x] = bar[z] * z * special.psi(x)


@elementwise(special.gammaln, poles=True)
def gammaln(z, x):
    dot[z] = dot[x] * special.psi(x)
    bar[x] = bar[z] * special.psi(x)


@elementwise(special.loggamma, poles=True, complex=True)
def loggamma(z, x):
    dot[z] = dot[x] * special.psi(x)
    bar[x] = bar[z] * special.psi(x)


def rgamma_slope(z, x):
    """-ψ(x) / Γ(x), and by reflection cos(πx) Γ(1-x) - z ψ(1-x) left of 1/2, where ψ has poles.  DLMF 5.5.4."""
    reflected = np.where(x < 0.5, 1 - x, 1)
    return np.where(x < 0.5, np.cos(math.pi * x) * special.gamma(reflected), 0) - z * special.psi(
        np.where(x < 0.5, reflected, x)
    )


@elementwise(special.rgamma)
def rgamma(z, x):
    """1 / Γ(x)."""
    dot[z] = dot[x] * rgamma_slope(z, x)
    bar[x] = bar[z] * rgamma_slope(z, x)


@elementwise(special.psi, poles=True)
def psi(z, x):
    dot[z] = dot[x] * special.polygamma(1, x)
    bar[x] = bar[z] * special.polygamma(1, x)


@elementwise(special.polygamma, passive="n", poles=True)
def polygamma(z, n, x):
    dot[z] = dot[x] * special.polygamma(n + 1, x)
    bar[x] = bar[z] * special.polygamma(n + 1, x)


@rule(special.multigammaln, passive="d")
def multigammaln(z, a, d):
    """Σ gammaln(a - j/2) over j < d, up to a constant."""
    slope = np.sum(special.psi(np.expand_dims(a, -1) - np.arange(d) / 2), axis=-1)
    dot[z] = dot[a] * slope
    bar[a] = bar[z] * slope


@elementwise(special.zeta, poles=True)
def zeta(z, x, q=None):
    """Hurwitz's: Σ (k + q)⁻ˣ.  DLMF 25.11.17."""
    if q is not None:
        dot[z] = -x * special.zeta(x + 1, q) * dot[q]
        bar[q] = -bar[z] * x * special.zeta(x + 1, q)


@elementwise(special.beta, poles=True, overflows=True)
def beta(z, a, b):
    dot[z] = z * (special.psi(a) - special.psi(a + b)) * dot[a] + z * (special.psi(b) - special.psi(a + b)) * dot[b]
    bar[a] = bar[z] * z * (special.psi(a) - special.psi(a + b))
    bar[b] = bar[z] * z * (special.psi(b) - special.psi(a + b))


@elementwise(special.betaln, poles=True)
def betaln(z, a, b):
    dot[z] = (special.psi(a) - special.psi(a + b)) * dot[a] + (special.psi(b) - special.psi(a + b)) * dot[b]
    bar[a] = bar[z] * (special.psi(a) - special.psi(a + b))
    bar[b] = bar[z] * (special.psi(b) - special.psi(a + b))


@elementwise(special.poch, poles=True, overflows=True)
def poch(z, x, m):
    """Γ(x + m) / Γ(x)."""
    dot[z] = z * (special.psi(x + m) - special.psi(x)) * dot[x] + z * special.psi(x + m) * dot[m]
    bar[x] = bar[z] * z * (special.psi(x + m) - special.psi(x))
    bar[m] = bar[z] * z * special.psi(x + m)


@elementwise(special.binom, special.comb, poles=True, overflows=True)
def binom(z, n, k):
    """Γ(n + 1) / (Γ(k + 1) Γ(n - k + 1))."""
    rest = special.psi(n - k + 1)
    dot[z] = z * (special.psi(n + 1) - rest) * dot[n] + z * (rest - special.psi(k + 1)) * dot[k]
    bar[n] = bar[z] * z * (special.psi(n + 1) - rest)
    bar[k] = bar[z] * z * (rest - special.psi(k + 1))


@elementwise(special.perm, poles=True, overflows=True)
def perm(z, n, k):
    """Γ(n + 1) / Γ(n - k + 1)."""
    rest = special.psi(n - k + 1)
    dot[z] = z * (special.psi(n + 1) - rest) * dot[n] + z * rest * dot[k]
    bar[n] = bar[z] * z * (special.psi(n + 1) - rest)
    bar[k] = bar[z] * z * rest


@elementwise(special.factorial, overflows=True)
def factorial(z, n):
    dot[z] = z * special.psi(n + 1) * dot[n]
    bar[n] = bar[z] * z * special.psi(n + 1)


# ---- distributions: their slopes are densities, those of inverses 1 / density -------------------------------


def gamma_density(a, x):
    """xᵃ⁻¹ exp(-x) / Γ(a), DLMF 8.8.13; its exponent is finite at x = 0 and a = 1."""
    return np.exp(special.xlogy(a - 1, x) - x - special.gammaln(a))


def beta_density(a, b, x):
    """xᵃ⁻¹ (1 - x)ᵇ⁻¹ / B(a, b).  DLMF 8.17.1."""
    return np.exp(special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x) - special.betaln(a, b))


def chi_square_density(v, x):
    return gamma_density(v / 2, x / 2) / 2


def fisher_density(m, n, x):
    """That of the beta distribution at mx / (n + mx)."""
    return beta_density(m / 2, n / 2, m * x / (n + m * x)) * m * n / (n + m * x) ** 2


def student_density(v, x):
    """(1 + x²/ν)^(-(ν+1)/2) / (√ν B(ν/2, 1/2))."""
    return np.exp(special.xlog1py(-(v + 1) / 2, x * x / v) - special.betaln(v / 2, 0.5)) / np.sqrt(v)


def poisson_density(k, m):
    """By its mean; more than k events are as likely as that k + 1 took less than the time m.  DLMF 8.11.10."""
    return gamma_density(np.floor(k) + 1, m)


def binomial_density(k, n, p):
    return beta_density(np.floor(k) + 1, n - np.floor(k), p)


def negative_binomial_density(k, n, p):
    return beta_density(n, k + 1, p)


def of_one_shape(density, below=(), above=(), quantile=(), upper_quantile=(), passive=""):
    """Register the rules of a distribution F(a, x), of 1 - F, and of the x for which these have a value."""

    @elementwise(*below, passive=passive, poles=True)
    def cdf(z, a, x):
        dot[z] = dot[x] * density(a, x)
        bar[x] = bar[z] * density(a, x)

    @elementwise(*above, passive=passive, poles=True)
    def sf(z, a, x):
        dot[z] = -dot[x] * density(a, x)
        bar[x] = -bar[z] * density(a, x)

    @elementwise(*quantile, passive=passive, poles=True)
    def ppf(x, a, p):
        dot[x] = dot[p] / density(a, x)
        bar[p] = bar[x] / density(a, x)

    @elementwise(*upper_quantile, passive=passive, poles=True)
    def isf(x, a, p):
        dot[x] = -dot[p] / density(a, x)
        bar[p] = -bar[x] / density(a, x)


def of_two_shapes(density, below=(), above=(), quantile=(), upper_quantile=(), passive=""):
    """Register the same of F(a, b, x)."""

    @elementwise(*below, passive=passive, poles=True)
    def cdf(z, a, b, x):
        dot[z] = dot[x] * density(a, b, x)
        bar[x] = bar[z] * density(a, b, x)

    @elementwise(*above, passive=passive, poles=True)
    def sf(z, a, b, x):
        dot[z] = -dot[x] * density(a, b, x)
        bar[x] = -bar[z] * density(a, b, x)

    @elementwise(*quantile, passive=passive, poles=True)
    def ppf(x, a, b, p):
        dot[x] = dot[p] / density(a, b, x)
        bar[p] = bar[x] / density(a, b, x)

    @elementwise(*upper_quantile, passive=passive, poles=True)
    def isf(x, a, b, p):
        dot[x] = -dot[p] / density(a, b, x)
        bar[p] = -bar[x] / density(a, b, x)


of_one_shape(
    gamma_density, [special.gammainc], [special.gammaincc], [special.gammaincinv], [special.gammainccinv]
)  # fmt: skip
of_one_shape(chi_square_density, [special.chdtr], [special.chdtrc], upper_quantile=[special.chdtri])
of_one_shape(student_density, [special.stdtr], quantile=[special.stdtrit])
of_one_shape(poisson_density, [special.pdtrc], [special.pdtr], upper_quantile=[special.pdtri], passive="a")
of_two_shapes(beta_density, [special.betainc], [special.betaincc], [special.betaincinv], [special.betainccinv])
of_two_shapes(fisher_density, [special.fdtr], [special.fdtrc], [special.fdtri])
of_two_shapes(binomial_density, [special.bdtrc], [special.bdtr], upper_quantile=[special.bdtri], passive="a b")
of_two_shapes(
    negative_binomial_density, [special.nbdtr], [special.nbdtrc], [special.nbdtri], passive="a b"
)  # fmt: skip


@elementwise(special.gdtr, poles=True)
def gdtr(z, a, b, x):
    """gammainc(b, ax)."""
    dot[z] = (dot[a] * x + a * dot[x]) * gamma_density(b, a * x)
    bar[a] = bar[z] * x * gamma_density(b, a * x)
    bar[x] = bar[z] * a * gamma_density(b, a * x)


@elementwise(special.gdtrc, poles=True)
def gdtrc(z, a, b, x):
    dot[z] = -(dot[a] * x + a * dot[x]) * gamma_density(b, a * x)
    bar[a] = -bar[z] * x * gamma_density(b, a * x)
    bar[x] = -bar[z] * a * gamma_density(b, a * x)


@elementwise(special.gdtrix, poles=True)
def gdtrix(x, a, b, p):
    """p = gdtr(a, b, x)."""
    dot[x] = (dot[p] / gamma_density(b, a * x) - dot[a] * x) / a
    bar[a] = -bar[x] * x / a
    bar[p] = bar[x] / gamma_density(b, a * x) / a


# ---- integrals of exponentials, sines and cosines -----------------------------------------------------------


@elementwise(special.expi, poles=True, complex=True)
def expi(z, x):
    dot[z] = dot[x] * np.exp(x) / x
    bar[x] = bar[z] * np.exp(x) / x


@elementwise(special.exp1, poles=True, complex=True)
def exp1(z, x):
    dot[z] = -dot[x] * np.exp(-x) / x
    bar[x] = -bar[z] * np.exp(-x) / x


def expn_slope(n, x):
    """-E_(n-1), where E_(-1) = exp(-x) (1 + 1/x) / x.  DLMF 8.19.13."""
    return -np.where(n == 0, np.exp(-x) * (1 + 1 / x) / x, special.expn(np.maximum(n - 1, 0), x))


@elementwise(special.expn, passive="n", poles=True)
def expn(z, n, x):
    dot[z] = dot[x] * expn_slope(n, x)
    bar[x] = bar[z] * expn_slope(n, x)


@elementwise(special.sici, outputs=2, poles=True)
def sici(s, c, x):
    """The integrals of sin(t)/t and cos(t)/t."""
    dot[s] = dot[x] * np.sinc(x / math.pi)
    dot[c] = dot[x] * np.cos(x) / x
    bar[x] = bar[s] * np.sinc(x / math.pi) + helpers.unless_zero(bar[c], bar[c] * np.cos(x) / x)


@elementwise(special.shichi, outputs=2, poles=True)
def shichi(s, c, x):
    """The integrals of sinh(t)/t and cosh(t)/t; sinh(x)/x is exp(|x|) exprel(-2|x|)."""
    dot[s] = dot[x] * np.exp(np.abs(x)) * special.exprel(-2 * np.abs(x))
    dot[c] = dot[x] * np.cosh(x) / x
    in_s = bar[s] * np.exp(np.abs(x)) * special.exprel(-2 * np.abs(x))
    bar[x] = in_s + helpers.unless_zero(bar[c], bar[c] * np.cosh(x) / x)


@elementwise(special.fresnel, outputs=2, complex=True)
def fresnel(s, c, x):
    dot[s] = dot[x] * np.sin(math.pi / 2 * x * x)
    dot[c] = dot[x] * np.cos(math.pi / 2 * x * x)
    bar[x] = bar[s] * np.sin(math.pi / 2 * x * x) + bar[c] * np.cos(math.pi / 2 * x * x)


@elementwise(special.itj0y0, outputs=2, poles=True)
def itj0y0(j, y, x):
    """The integrals of J₀ and Y₀ from 0 to x."""
    dot[j] = dot[x] * special.j0(x)
    dot[y] = dot[x] * special.y0(x)
    bar[x] = bar[j] * special.j0(x) + helpers.unless_zero(bar[y], bar[y] * special.y0(x))


@elementwise(special.iti0k0, outputs=2, poles=True)
def iti0k0(i, k, x):
    """The integrals of I₀ and K₀ from 0 to x."""
    dot[i] = dot[x] * special.i0(x)
    dot[k] = dot[x] * special.k0(x)
    bar[x] = bar[i] * special.i0(x) + helpers.unless_zero(bar[k], bar[k] * special.k0(x))


@elementwise(special.itstruve0)
def itstruve0(z, x):
    dot[z] = dot[x] * special.struve(0, x)
    bar[x] = bar[z] * special.struve(0, x)


@elementwise(special.itmodstruve0, overflows=True)
def itmodstruve0(z, x):
    dot[z] = dot[x] * special.modstruve(0, x)
    bar[x] = bar[z] * special.modstruve(0, x)


# ---- elliptic integrals and functions -------------------------------------------------------------------------


@elementwise(special.ellipk, poles=True)
def ellipk(z, m):
    """K(m) = π/2 ₂F₁(1/2, 1/2; 1; m), whose slope is π/8 ₂F₁(1/2, 1/2; 2; m) / (1 - m).  DLMF 19.5.1, 15.8.1."""
    dot[z] = dot[m] * (math.pi / 8) * special.hyp2f1(0.5, 0.5, 2, m) / (1 - m)
    bar[m] = bar[z] * (math.pi / 8) * special.hyp2f1(0.5, 0.5, 2, m) / (1 - m)


@elementwise(special.ellipkm1, poles=True)
def ellipkm1(z, p):
    """K(1 - p)."""
    dot[z] = -dot[p] * (math.pi / 8) * special.hyp2f1(0.5, 0.5, 2, 1 - p) / p
    bar[p] = -bar[z] * (math.pi / 8) * special.hyp2f1(0.5, 0.5, 2, 1 - p) / p


@elementwise(special.ellipe, poles=True)
def ellipe(z, m):
    """E(m) = π/2 ₂F₁(-1/2, 1/2; 1; m).  DLMF 19.5.2."""
    dot[z] = -dot[m] * (math.pi / 8) * special.hyp2f1(0.5, 1.5, 2, m)
    bar[m] = -bar[z] * (math.pi / 8) * special.hyp2f1(0.5, 1.5, 2, m)


def incomplete_d(phi, m):
    """D = (F - E) / m: the integral of sin² over the root Δ, of whole half turns and the rest.  DLMF 19.25.13."""
    turns = np.rint(phi / math.pi)
    sine, cosine = np.sin(phi - turns * math.pi), np.cos(phi)
    rest = sine**3 * special.elliprd(cosine**2, 1 - m * sine**2, 1)
    return (rest + 2 * turns * special.elliprd(0, 1 - m, 1)) / 3


@elementwise(special.ellipkinc, poles=True)
def ellipkinc(z, phi, m):
    """The integral of 1/Δ with Δ = √(1 - m sin²φ).  DLMF 19.4.5."""
    delta = np.sqrt(1 - m * np.sin(phi) ** 2)
    by_m = (z - incomplete_d(phi, m) - np.sin(2 * phi) / (2 * delta)) / (2 * (1 - m))
    dot[z] = dot[phi] / delta + by_m * dot[m]
    bar[phi] = bar[z] / delta
    bar[m] = bar[z] * by_m


@elementwise(special.ellipeinc, poles=True)
def ellipeinc(z, phi, m):
    """The integral of Δ.  DLMF 19.4.6."""
    dot[z] = np.sqrt(1 - m * np.sin(phi) ** 2) * dot[phi] - incomplete_d(phi, m) / 2 * dot[m]
    bar[phi] = bar[z] * np.sqrt(1 - m * np.sin(phi) ** 2)
    bar[m] = -bar[z] * incomplete_d(phi, m) / 2


@elementwise(special.ellipj, outputs=4)
def ellipj(sn, cn, dn, ph, u, m):
    """DLMF 22.13.1, 22.16.20."""
    dot[sn] = cn * dn * dot[u]
    dot[cn] = -sn * dn * dot[u]
    dot[dn] = -m * sn * cn * dot[u]
    dot[ph] = dn * dot[u]
    bar[u] = bar[sn] * cn * dn - bar[cn] * sn * dn - bar[dn] * m * sn * cn + bar[ph] * dn


@elementwise(special.elliprc, poles=True)
def elliprc(z, x, y):
    """R_F(x, y, y), of degree -1/2."""
    by_y = (x * special.elliprd(y, y, x) / 3 - z) / (2 * y)
    dot[z] = by_y * dot[y] - special.elliprd(y, y, x) / 6 * dot[x]
    bar[x] = -bar[z] * special.elliprd(y, y, x) / 6
    bar[y] = bar[z] * by_y


@elementwise(special.elliprf, poles=True)
def elliprf(z, x, y, w):
    """DLMF 19.18.1."""
    dot[z] = (
        -(special.elliprd(y, w, x) * dot[x] + special.elliprd(w, x, y) * dot[y] + special.elliprd(x, y, w) * dot[w]) / 6
    )
    bar[x] = -bar[z] * special.elliprd(y, w, x) / 6
    bar[y] = -bar[z] * special.elliprd(w, x, y) / 6
    bar[w] = -bar[z] * special.elliprd(x, y, w) / 6


@elementwise(special.elliprg, poles=True)
def elliprg(z, x, y, w):
    """By x it is (R_F - x R_D(y, w, x) / 3) / 4."""
    f = special.elliprf(x, y, w)
    by_x = (f - x * special.elliprd(y, w, x) / 3) / 4
    by_y = (f - y * special.elliprd(w, x, y) / 3) / 4
    by_w = (f - w * special.elliprd(x, y, w) / 3) / 4
    dot[z] = by_x * dot[x] + by_y * dot[y] + by_w * dot[w]
    bar[x] = bar[z] * by_x
    bar[y] = bar[z] * by_y
    bar[w] = bar[z] * by_w


@elementwise(special.elliprd, poles=True)
def elliprd(z, x, y, w):
    """Of degree -3/2; the slopes by x and y (DLMF 19.18.14) are not defined where these equal w."""
    by_x = (special.elliprd(y, w, x) - z) / (2 * (x - w))
    by_y = (special.elliprd(w, x, y) - z) / (2 * (y - w))
    by_w = -(1.5 * z + x * by_x + y * by_y) / w
    dot[z] = by_x * dot[x] + by_y * dot[y] + by_w * dot[w]
    bar[x] = bar[z] * by_x
    bar[y] = bar[z] * by_y
    bar[w] = bar[z] * by_w


# ---- Bessel functions, by z; orders have no derivative in closed form.  DLMF 10.6, 10.29 ------------------------


@elementwise(special.j0)
def j0(z, x):
    dot[z] = -dot[x] * special.j1(x)
    bar[x] = -bar[z] * special.j1(x)


@elementwise(special.j1)
def j1(z, x):
    dot[z] = dot[x] * (special.j0(x) - special.jv(2, x)) / 2
    bar[x] = bar[z] * (special.j0(x) - special.jv(2, x)) / 2


@elementwise(special.y0, poles=True)
def y0(z, x):
    dot[z] = -dot[x] * special.y1(x)
    bar[x] = -bar[z] * special.y1(x)


@elementwise(special.y1, poles=True)
def y1(z, x):
    dot[z] = dot[x] * (special.y0(x) - special.yv(2, x)) / 2
    bar[x] = bar[z] * (special.y0(x) - special.yv(2, x)) / 2


@elementwise(special.i0, overflows=True)
def i0(z, x):
    dot[z] = dot[x] * special.i1(x)
    bar[x] = bar[z] * special.i1(x)


@elementwise(special.i1, overflows=True)
def i1(z, x):
    dot[z] = dot[x] * (special.i0(x) + special.iv(2, x)) / 2
    bar[x] = bar[z] * (special.i0(x) + special.iv(2, x)) / 2


@elementwise(special.i0e)
def i0e(z, x):
    """exp(-|x|) I₀(x)."""
    dot[z] = dot[x] * (special.i1e(x) - np.sign(x) * z)
    bar[x] = bar[z] * (special.i1e(x) - np.sign(x) * z)


@elementwise(special.i1e)
def i1e(z, x):
    dot[z] = dot[x] * ((special.i0e(x) + special.ive(2, x)) / 2 - np.sign(x) * z)
    bar[x] = bar[z] * ((special.i0e(x) + special.ive(2, x)) / 2 - np.sign(x) * z)


@elementwise(special.k0, poles=True)
def k0(z, x):
    dot[z] = -dot[x] * special.k1(x)
    bar[x] = -bar[z] * special.k1(x)


@elementwise(special.k1, poles=True)
def k1(z, x):
    dot[z] = -dot[x] * (special.k0(x) + special.kv(2, x)) / 2
    bar[x] = -bar[z] * (special.k0(x) + special.kv(2, x)) / 2


@elementwise(special.k0e, poles=True)
def k0e(z, x):
    """exp(x) K₀(x)."""
    dot[z] = dot[x] * (z - special.k1e(x))
    bar[x] = bar[z] * (z - special.k1e(x))


@elementwise(special.k1e, poles=True)
def k1e(z, x):
    dot[z] = dot[x] * (z - (special.k0e(x) + special.kve(2, x)) / 2)
    bar[x] = bar[z] * (z - (special.k0e(x) + special.kve(2, x)) / 2)


def bessel(function, complex=True):
    """Register the rule of a function J of any order with 2 J' = Jᵥ₋₁ - Jᵥ₊₁."""

    @elementwise(function, poles=True, complex=complex)
    def of_order(z, v, x):
        dot[z] = dot[x] * (function(v - 1, x) - function(v + 1, x)) / 2
        bar[x] = bar[z] * (function(v - 1, x) - function(v + 1, x)) / 2


for _function in (special.jv, special.yv, special.hankel1, special.hankel2):
    bessel(_function)
bessel(special.jve, complex=False)  # times exp(-|Im x|), which is 1 for real x
bessel(special.yve, complex=False)


@elementwise(special.yn, passive="n", poles=True)
def yn(z, n, x):
    dot[z] = dot[x] * (special.yv(n - 1, x) - special.yv(n + 1, x)) / 2
    bar[x] = bar[z] * (special.yv(n - 1, x) - special.yv(n + 1, x)) / 2


@elementwise(special.iv, poles=True, overflows=True, complex=True)
def iv(z, v, x):
    dot[z] = dot[x] * (special.iv(v - 1, x) + special.iv(v + 1, x)) / 2
    bar[x] = bar[z] * (special.iv(v - 1, x) + special.iv(v + 1, x)) / 2


@elementwise(special.ive, poles=True)
def ive(z, v, x):
    dot[z] = dot[x] * ((special.ive(v - 1, x) + special.ive(v + 1, x)) / 2 - np.sign(x) * z)
    bar[x] = bar[z] * ((special.ive(v - 1, x) + special.ive(v + 1, x)) / 2 - np.sign(x) * z)


@elementwise(special.kv, poles=True, complex=True)
def kv(z, v, x):
    dot[z] = -dot[x] * (special.kv(v - 1, x) + special.kv(v + 1, x)) / 2
    bar[x] = -bar[z] * (special.kv(v - 1, x) + special.kv(v + 1, x)) / 2


@elementwise(special.kn, passive="n", poles=True)
def kn(z, n, x):
    dot[z] = -dot[x] * (special.kv(n - 1, x) + special.kv(n + 1, x)) / 2
    bar[x] = -bar[z] * (special.kv(n - 1, x) + special.kv(n + 1, x)) / 2


@elementwise(special.kve, poles=True, complex=True)
def kve(z, v, x):
    dot[z] = dot[x] * (z - (special.kve(v - 1, x) + special.kve(v + 1, x)) / 2)
    bar[x] = bar[z] * (z - (special.kve(v - 1, x) + special.kve(v + 1, x)) / 2)


@elementwise(special.hankel1e, poles=True, complex=True)
def hankel1e(z, v, x):
    """exp(-ix) H⁽¹⁾."""
    dot[z] = dot[x] * ((special.hankel1e(v - 1, x) - special.hankel1e(v + 1, x)) / 2 - 1j * z)
    bar[x] = bar[z] * ((special.hankel1e(v - 1, x) - special.hankel1e(v + 1, x)) / 2 - 1j * z)


@elementwise(special.hankel2e, poles=True, complex=True)
def hankel2e(z, v, x):
    """exp(ix) H⁽²⁾."""
    dot[z] = dot[x] * ((special.hankel2e(v - 1, x) - special.hankel2e(v + 1, x)) / 2 + 1j * z)
    bar[x] = bar[z] * ((special.hankel2e(v - 1, x) - special.hankel2e(v + 1, x)) / 2 + 1j * z)


def derivative_of_bessel(derivative):
    """Register the rule of a function that gives the n-th derivative: its slope is the next."""

    @elementwise(derivative, passive="n", poles=True, complex=True)
    def nth(y, v, z, n=1):
        dot[y] = dot[z] * derivative(v, z, n + 1)
        bar[z] = bar[y] * derivative(v, z, n + 1)


for _derivative in (special.jvp, special.yvp, special.ivp, special.kvp, special.h1vp, special.h2vp):
    derivative_of_bessel(_derivative)


# DLMF 10.51.2, 10.51.5, for functions and for their derivatives: where n is 0 the factor is, and f₋₁ is not needed.


def spherical_bessel(function):
    """Register the rule of a function with (2n + 1) f' = n fₙ₋₁ - (n + 1) fₙ₊₁."""

    @elementwise(function, passive="n", poles=True)
    def spherical(y, n, z, derivative=False):
        if not derivative:
            dot[y] = dot[z] * function(n, z, True)
            bar[z] = bar[y] * function(n, z, True)
        else:
            before, after = n * function(np.maximum(n - 1, 0), z, True), (n + 1) * function(n + 1, z, True)
            dot[y] = dot[z] * (before - after) / (2 * n + 1)
            bar[z] = bar[y] * (before - after) / (2 * n + 1)


spherical_bessel(special.spherical_jn)
spherical_bessel(special.spherical_yn)


@elementwise(special.spherical_in, passive="n", poles=True, overflows=True)
def spherical_in(y, n, z, derivative=False):
    """(2n + 1) f' = n fₙ₋₁ + (n + 1) fₙ₊₁."""
    if not derivative:
        dot[y] = dot[z] * special.spherical_in(n, z, True)
        bar[z] = bar[y] * special.spherical_in(n, z, True)
    else:
        before = n * special.spherical_in(np.maximum(n - 1, 0), z, True)
        after = (n + 1) * special.spherical_in(n + 1, z, True)
        dot[y] = dot[z] * (before + after) / (2 * n + 1)
        bar[z] = bar[y] * (before + after) / (2 * n + 1)


@elementwise(special.spherical_kn, passive="n", poles=True)
def spherical_kn(y, n, z, derivative=False):
    """-(2n + 1) f' = n fₙ₋₁ + (n + 1) fₙ₊₁."""
    if not derivative:
        dot[y] = dot[z] * special.spherical_kn(n, z, True)
        bar[z] = bar[y] * special.spherical_kn(n, z, True)
    else:
        before = n * special.spherical_kn(np.maximum(n - 1, 0), z, True)
        after = (n + 1) * special.spherical_kn(n + 1, z, True)
        dot[y] = -dot[z] * (before + after) / (2 * n + 1)
        bar[z] = -bar[y] * (before + after) / (2 * n + 1)


def struve_term(v, x):
    """(x/2)ᵛ / (√π Γ(v + 3/2)), by which the recurrences are not those of Bessel functions.  DLMF 11.4.24, 11.4.26."""
    return (x / 2) ** v / (ROOT_PI * special.gamma(v + 1.5))


@elementwise(special.struve, poles=True)
def struve(z, v, x):
    dot[z] = dot[x] * (special.struve(v - 1, x) - special.struve(v + 1, x) + struve_term(v, x)) / 2
    bar[x] = bar[z] * (special.struve(v - 1, x) - special.struve(v + 1, x) + struve_term(v, x)) / 2


@elementwise(special.modstruve, poles=True, overflows=True)
def modstruve(z, v, x):
    dot[z] = dot[x] * (special.modstruve(v - 1, x) + special.modstruve(v + 1, x) + struve_term(v, x)) / 2
    bar[x] = bar[z] * (special.modstruve(v - 1, x) + special.modstruve(v + 1, x) + struve_term(v, x)) / 2


# ---- Airy and Kelvin functions, by their differential equations.  DLMF 9.2.1, 10.61 -----------------------------


@elementwise(special.airy, outputs=4, overflows=True, complex=True)
def airy(ai, aip, bi, bip, z):
    dot[ai] = aip * dot[z]
    dot[aip] = z * ai * dot[z]
    dot[bi] = bip * dot[z]
    dot[bip] = z * bi * dot[z]
    bar[z] = bar[ai] * aip + bar[aip] * z * ai + bar[bi] * bip + bar[bip] * z * bi


@elementwise(special.itairy, outputs=4, overflows=True)
def itairy(a, b, c, d, x):
    """The integrals of Ai(t), Bi(t), Ai(-t), Bi(-t) from 0 to x."""
    dot[a] = special.airy(x)[0] * dot[x]
    dot[b] = special.airy(x)[2] * dot[x]
    dot[c] = special.airy(-x)[0] * dot[x]
    dot[d] = special.airy(-x)[2] * dot[x]
    forward, backward = special.airy(x), special.airy(-x)
    bar[x] = bar[a] * forward[0] + bar[b] * forward[2] + bar[c] * backward[0] + bar[d] * backward[2]


def kelvin_pair(real, imaginary, real_slope, imaginary_slope):
    """Register the rules of the parts u + iv of a function with x (u + iv)'' + (u + iv)' = i x (u + iv)."""

    @elementwise(real, poles=True)
    def of_real(z, x):
        dot[z] = dot[x] * real_slope(x)
        bar[x] = bar[z] * real_slope(x)

    @elementwise(imaginary, poles=True)
    def of_imaginary(z, x):
        dot[z] = dot[x] * imaginary_slope(x)
        bar[x] = bar[z] * imaginary_slope(x)

    @elementwise(real_slope, poles=True)
    def of_real_slope(z, x):
        dot[z] = -dot[x] * (imaginary(x) + z / x)
        bar[x] = -bar[z] * (imaginary(x) + z / x)

    @elementwise(imaginary_slope, poles=True)
    def of_imaginary_slope(z, x):
        dot[z] = dot[x] * (real(x) - z / x)
        bar[x] = bar[z] * (real(x) - z / x)


kelvin_pair(special.ber, special.bei, special.berp, special.beip)
kelvin_pair(special.ker, special.kei, special.kerp, special.keip)


# ---- hypergeometric functions, by z.  DLMF 13.3.15, 13.3.22, 15.5.1 ----------------------------------------------


@elementwise(special.hyp0f1, overflows=True, complex=True)
def hyp0f1(z, v, x):
    dot[z] = dot[x] * special.hyp0f1(v + 1, x) / v
    bar[x] = bar[z] * special.hyp0f1(v + 1, x) / v


@elementwise(special.hyp1f1, overflows=True, complex=True)
def hyp1f1(z, a, b, x):
    dot[z] = dot[x] * a / b * special.hyp1f1(a + 1, b + 1, x)
    bar[x] = bar[z] * a / b * special.hyp1f1(a + 1, b + 1, x)


@elementwise(special.hyp2f1, poles=True, complex=True)
def hyp2f1(z, a, b, c, x):
    dot[z] = dot[x] * a * b / c * special.hyp2f1(a + 1, b + 1, c + 1, x)
    bar[x] = bar[z] * a * b / c * special.hyp2f1(a + 1, b + 1, c + 1, x)


@elementwise(special.hyperu, poles=True)
def hyperu(z, a, b, x):
    dot[z] = -dot[x] * a * special.hyperu(a + 1, b + 1, x)
    bar[x] = -bar[z] * a * special.hyperu(a + 1, b + 1, x)


@elementwise(special.wright_bessel, overflows=True)
def wright_bessel(z, a, b, x):
    """Σ xᵏ / (k! Γ(ak + b))."""
    dot[z] = dot[x] * special.wright_bessel(a, a + b, x)
    bar[x] = bar[z] * special.wright_bessel(a, a + b, x)


# ---- orthogonal polynomials, by x: each slope is another one, of degree n - 1.  DLMF 18.9(iii) --------------------


@elementwise(special.eval_jacobi)
def eval_jacobi(z, n, a, b, x):
    dot[z] = dot[x] * (n + a + b + 1) / 2 * special.eval_jacobi(n - 1, a + 1, b + 1, x)
    bar[x] = bar[z] * (n + a + b + 1) / 2 * special.eval_jacobi(n - 1, a + 1, b + 1, x)


@elementwise(special.eval_legendre)
def eval_legendre(z, n, x):
    dot[z] = dot[x] * (n + 1) / 2 * special.eval_jacobi(n - 1, 1, 1, x)
    bar[x] = bar[z] * (n + 1) / 2 * special.eval_jacobi(n - 1, 1, 1, x)


@elementwise(special.eval_sh_legendre)
def eval_sh_legendre(z, n, x):
    """Pₙ(2x - 1)."""
    dot[z] = dot[x] * (n + 1) * special.eval_jacobi(n - 1, 1, 1, 2 * x - 1)
    bar[x] = bar[z] * (n + 1) * special.eval_jacobi(n - 1, 1, 1, 2 * x - 1)


@elementwise(special.eval_gegenbauer)
def eval_gegenbauer(z, n, a, x):
    dot[z] = dot[x] * 2 * a * special.eval_gegenbauer(n - 1, a + 1, x)
    bar[x] = bar[z] * 2 * a * special.eval_gegenbauer(n - 1, a + 1, x)


@elementwise(special.eval_chebyt)
def eval_chebyt(z, n, x):
    dot[z] = dot[x] * n * special.eval_chebyu(n - 1, x)
    bar[x] = bar[z] * n * special.eval_chebyu(n - 1, x)


@elementwise(special.eval_sh_chebyt)
def eval_sh_chebyt(z, n, x):
    """Tₙ(2x - 1)."""
    dot[z] = dot[x] * 2 * n * special.eval_chebyu(n - 1, 2 * x - 1)
    bar[x] = bar[z] * 2 * n * special.eval_chebyu(n - 1, 2 * x - 1)


@elementwise(special.eval_chebyc)
def eval_chebyc(z, n, x):
    """2 Tₙ(x / 2)."""
    dot[z] = dot[x] * n * special.eval_chebyu(n - 1, x / 2)
    bar[x] = bar[z] * n * special.eval_chebyu(n - 1, x / 2)


@elementwise(special.eval_chebyu)
def eval_chebyu(z, n, x):
    dot[z] = dot[x] * 2 * special.eval_gegenbauer(n - 1, 2, x)
    bar[x] = bar[z] * 2 * special.eval_gegenbauer(n - 1, 2, x)


@elementwise(special.eval_sh_chebyu)
def eval_sh_chebyu(z, n, x):
    """Uₙ(2x - 1)."""
    dot[z] = dot[x] * 4 * special.eval_gegenbauer(n - 1, 2, 2 * x - 1)
    bar[x] = bar[z] * 4 * special.eval_gegenbauer(n - 1, 2, 2 * x - 1)


@elementwise(special.eval_chebys)
def eval_chebys(z, n, x):
    """Uₙ(x / 2)."""
    dot[z] = dot[x] * special.eval_gegenbauer(n - 1, 2, x / 2)
    bar[x] = bar[z] * special.eval_gegenbauer(n - 1, 2, x / 2)


@elementwise(special.eval_hermite, passive="n")
def eval_hermite(z, n, x):
    """2n Hₙ₋₁; of n = 0 the factor is zero, and there is no H₋₁."""
    dot[z] = dot[x] * 2 * n * special.eval_hermite(np.maximum(n - 1, 0), x)
    bar[x] = bar[z] * 2 * n * special.eval_hermite(np.maximum(n - 1, 0), x)


@elementwise(special.eval_hermitenorm, passive="n")
def eval_hermitenorm(z, n, x):
    dot[z] = dot[x] * n * special.eval_hermitenorm(np.maximum(n - 1, 0), x)
    bar[x] = bar[z] * n * special.eval_hermitenorm(np.maximum(n - 1, 0), x)


@elementwise(special.eval_laguerre)
def eval_laguerre(z, n, x):
    dot[z] = -dot[x] * special.eval_genlaguerre(n - 1, 1, x)
    bar[x] = -bar[z] * special.eval_genlaguerre(n - 1, 1, x)


@elementwise(special.eval_genlaguerre)
def eval_genlaguerre(z, n, a, x):
    dot[z] = -dot[x] * special.eval_genlaguerre(n - 1, a + 1, x)
    bar[x] = -bar[z] * special.eval_genlaguerre(n - 1, a + 1, x)


@elementwise(special.lpmv, passive="m", poles=True)
def lpmv(z, m, v, x):
    """DLMF 14.10.5."""
    slope = (v * x * z - (v + m) * special.lpmv(m, v - 1, x)) / (x * x - 1)
    dot[z] = dot[x] * slope
    bar[x] = bar[z] * slope
