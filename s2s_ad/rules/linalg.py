"""Linear algebra, batched over leading axes.

Giles (2008), "Collected matrix derivative results", and the papers named; Ẋ and X̄ are the
tangent and the adjoint of X.  What is made for Hermitian matrices is real only.
"""

# pyright: basic

import numpy as np

from s2s_ad.rules.helpers import cofactors, inverse, unbroadcast
from s2s_ad.rules.language import bar, dot, rule


def symmetric(a):
    """The symmetric part."""
    return (a + a.mT) / 2


def phi(a):
    """The lower triangle with half the diagonal."""
    return np.tril(a) - np.tril(np.triu(a)) / 2


@rule(np.linalg.inv, complex=True)
def inv(y, a):
    """Ẏ = -Y Ȧ Y."""
    dot[y] = -y @ dot[a] @ y
    bar[a] = -y.mT @ bar[y] @ y.mT


@rule(np.linalg.solve, complex=True)
def solve(x, a, b):
    """A Ẋ = Ḃ - Ȧ X.  As in NumPy 2, b is a vector only if its rank is 1."""
    if b.ndim == 1 and a.ndim > 2:
        dot[x] = np.squeeze(np.linalg.solve(a, np.expand_dims(dot[b], -1) - dot[a] @ np.expand_dims(x, -1)), -1)
    else:
        dot[x] = np.linalg.solve(a, dot[b] - dot[a] @ x)
    if b.ndim == 1 and a.ndim == 2:
        s = np.linalg.solve(a.T, bar[x])
        bar[b] = s
        bar[a] = -np.outer(s, x)
    elif b.ndim == 1:
        s = np.linalg.solve(a.mT, np.expand_dims(bar[x], -1))
        bar[b] = unbroadcast(np.squeeze(s, -1), np.shape(b))
        bar[a] = -s * np.expand_dims(x, -2)
    else:
        s = np.linalg.solve(a.mT, bar[x])
        bar[b] = unbroadcast(s, np.shape(b))
        bar[a] = unbroadcast(-s @ x.mT, np.shape(a))


@rule(np.linalg.det, complex=True)
def det(y, a):
    """ẏ = ⟨cof A, Ȧ⟩, Jacobi; for singular A too."""
    dot[y] = np.sum(cofactors(a) * dot[a], axis=(-2, -1))
    bar[a] = np.expand_dims(bar[y], (-1, -2)) * cofactors(a)


@rule(np.linalg.slogdet, outputs=2)
def slogdet(sign, logdet, a):
    """The sign is piecewise constant; the slope of log|A| is infinite where A is singular."""
    dot[sign] = np.zeros_like(sign)
    dot[logdet] = np.sum(inverse(a).mT * dot[a], axis=(-2, -1))
    bar[a] = np.expand_dims(bar[logdet], (-1, -2)) * inverse(a).mT


@rule(np.linalg.cholesky)
def cholesky(l, a):
    """A = L Lᵀ, a function of (A + Aᵀ)/2.  Murray (2016), arXiv:1602.07527."""
    p = np.linalg.solve(l, np.linalg.solve(l, symmetric(dot[a])).mT)  # L⁻¹ Ȧ L⁻ᵀ, transposed
    dot[l] = l @ phi(p.mT)
    bar[a] = symmetric(np.linalg.solve(l.mT, np.linalg.solve(l.mT, phi(l.mT @ bar[l]).mT).mT))


def gaps(w):
    """1 / (wⱼ - wᵢ), and 0 on the diagonal; infinite for equal eigenvalues, whose vectors have no derivative."""
    ones = np.eye(w.shape[-1], dtype=w.dtype)
    return (1 - ones) / (np.expand_dims(w, -2) - np.expand_dims(w, -1) + ones)


def mixed(w, m):
    """How the eigenvectors turn into each other: m over the gaps, and nothing where m is 0."""
    return np.where(m == 0, 0, m * gaps(w))


@rule(np.linalg.eigh, outputs=2)
def eigh(w, v, a):
    """A V = V diag(w), a function of (A + Aᵀ)/2.  Giles (2008), section 3.1."""
    p = v.mT @ symmetric(dot[a]) @ v
    dot[w] = np.diagonal(p, 0, -2, -1)
    dot[v] = v @ mixed(w, p)
    q = np.expand_dims(bar[w], -2) * np.eye(w.shape[-1], dtype=w.dtype) + mixed(w, v.mT @ bar[v])
    bar[a] = symmetric(v @ q @ v.mT)


@rule(np.linalg.eigvalsh)
def eigvalsh(w, a):
    """ẇᵢ = vᵢᵀ Ȧ vᵢ, with the eigenvectors computed for the derivative."""
    v = np.linalg.eigh(a)[1]
    dot[w] = np.sum(v * (symmetric(dot[a]) @ v), axis=-2)
    bar[a] = symmetric((v * np.expand_dims(bar[w], -2)) @ v.mT)
