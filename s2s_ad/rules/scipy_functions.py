"""Functions of SciPy, imported when one of them is asked for."""

# pyright: basic

import math

import numpy as np
import scipy.special as special

from s2s_ad.rules.language import bar, dot, elementwise, rule
from s2s_ad.rules.macros import unreduce


@elementwise(special.erf)
def erf(z, x):
    dot[z] = dot[x] * (2 / math.sqrt(math.pi)) * np.exp(-x * x)
    bar[x] = bar[z] * (2 / math.sqrt(math.pi)) * np.exp(-x * x)


@elementwise(special.erfc)
def erfc(z, x):
    dot[z] = -dot[x] * (2 / math.sqrt(math.pi)) * np.exp(-x * x)
    bar[x] = -bar[z] * (2 / math.sqrt(math.pi)) * np.exp(-x * x)


@elementwise(special.ndtr)
def ndtr(z, x):
    dot[z] = dot[x] * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    bar[x] = bar[z] * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)


@elementwise(special.log_ndtr)
def log_ndtr(z, x):
    dot[z] = dot[x] * np.exp(-x * x / 2 - z) / math.sqrt(2 * math.pi)
    bar[x] = bar[z] * np.exp(-x * x / 2 - z) / math.sqrt(2 * math.pi)


@elementwise(special.expit)
def expit(z, x):
    dot[z] = dot[x] * z * (1 - z)
    bar[x] = bar[z] * z * (1 - z)


@elementwise(special.log_expit)
def log_expit(z, x):
    dot[z] = dot[x] * special.expit(-x)
    bar[x] = bar[z] * special.expit(-x)


@elementwise(special.logit)
def logit(z, x):
    dot[z] = dot[x] / (x * (1 - x))
    bar[x] = bar[z] / (x * (1 - x))


@elementwise(special.gammaln)
def gammaln(z, x):
    dot[z] = dot[x] * special.psi(x)
    bar[x] = bar[z] * special.psi(x)


@elementwise(special.gamma)
def gamma(z, x):
    dot[z] = dot[x] * z * special.psi(x)
    bar[x] = bar[z] * z * special.psi(x)


@elementwise(special.psi)
def psi(z, x):
    dot[z] = dot[x] * special.polygamma(1, x)
    bar[x] = bar[z] * special.polygamma(1, x)


@elementwise(special.polygamma, passive="n")
def polygamma(z, n, x):
    dot[z] = dot[x] * special.polygamma(n + 1, x)
    bar[x] = bar[z] * special.polygamma(n + 1, x)


@elementwise(special.xlogy)
def xlogy(z, x, y):
    """x log(y), and 0 where x is 0."""
    dot[z] = dot[x] * np.log(y) + x * dot[y] / y
    bar[x] = bar[z] * np.log(y)
    bar[y] = bar[z] * x / y


@elementwise(special.xlog1py)
def xlog1py(z, x, y):
    dot[z] = dot[x] * np.log1p(y) + x * dot[y] / (1 + y)
    bar[x] = bar[z] * np.log1p(y)
    bar[y] = bar[z] * x / (1 + y)


@elementwise(special.entr)
def entr(z, x):
    """-x log(x)."""
    dot[z] = -dot[x] * (1 + np.log(x))
    bar[x] = -bar[z] * (1 + np.log(x))


@rule(special.logsumexp)
def logsumexp(y, x, axis=None, *, keepdims=False):
    weights = special.softmax(x, axis=axis)
    dot[y] = np.sum(weights * dot[x], axis=axis, keepdims=keepdims)
    bar[x] = weights * unreduce(bar[y], x.shape, axis, keepdims)


@rule(special.softmax)
def softmax(y, x, axis=None):
    dot[y] = y * (dot[x] - np.sum(y * dot[x], axis=axis, keepdims=True))
    bar[x] = y * (bar[y] - np.sum(y * bar[y], axis=axis, keepdims=True))


@rule(special.log_softmax)
def log_softmax(y, x, axis=None):
    dot[y] = dot[x] - np.sum(np.exp(y) * dot[x], axis=axis, keepdims=True)
    bar[x] = bar[y] - np.exp(y) * np.sum(bar[y], axis=axis, keepdims=True)
