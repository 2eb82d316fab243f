"""gmm: the logarithm of the posterior density of a mixture of Gaussians, with a Wishart prior of their precisions."""

import math

import numpy as np

from s2s_ad import grad


def logsumexp(x):
    greatest = np.max(x, axis=-1, keepdims=True)
    return np.log(np.sum(np.exp(x - greatest), axis=-1)) + greatest[..., 0]


def log_normalizer(d, m, gamma):
    """Return the part of the logarithm of the Wishart density that does not depend on where it is taken."""
    n = d + m + 1
    log_gamma = d * (d - 1) / 4 * math.log(math.pi) + sum(math.lgamma((n - j) / 2) for j in range(d))
    return n * d * math.log(gamma / math.sqrt(2)) - log_gamma


def log_posterior(alpha, mu, q, lower, x, m, gamma):
    (n, d), k = x.shape, len(alpha)
    columns, rows = np.triu_indices(d, 1)
    Q = np.zeros((k, d, d))  # the precisions are Qᵀ Q
    Q[:, rows, columns] = lower
    Q[:, np.arange(d), np.arange(d)] = np.exp(q)
    scaled = (x @ Q.reshape(k * d, d).T).reshape(n, k, d) - np.sum(Q * mu[:, np.newaxis], axis=-1)
    terms = alpha + np.sum(q, axis=-1) - np.sum(scaled**2, axis=-1) / 2
    likelihood = np.sum(logsumexp(terms)) - n * (d / 2 * math.log(2 * math.pi) + logsumexp(alpha))
    return likelihood + k * log_normalizer(d, m, gamma) - gamma**2 / 2 * np.sum(Q**2) + m * np.sum(q)


def arguments(given):
    return *(np.array(given[name], float) for name in ("alpha", "mu", "q", "l", "x")), given["m"], float(given["gamma"])


def functions(**options):
    gradient = grad(log_posterior, argnums=(0, 1, 2, 3), **options)
    return {
        "objective": log_posterior,
        "jacobian": lambda *args: dict(zip(("alpha", "mu", "q", "l"), gradient(*args))),
    }
