"""Polynomials by their coefficients, highest first."""

# pyright: basic, reportArgumentType=false, reportCallIssue=false

import numpy as np

from s2s_ad.rules.contractions import has_one
from s2s_ad.rules.helpers import aligned, monic, resized
from s2s_ad.rules.language import rule
from s2s_ad.rules.reductions import conjugated
from s2s_ad.rules.slots import bar, dot

# ---- values and roots -----------------------------------------------------------------------------


@rule(np.polyval, complex=True)
def polyval(y, p, x):
    """y = Σ pᵢ xⁿ⁻ⁱ."""
    dot[y] = np.polyval(dot[p], x) + dot[x] * np.polyval(np.polyder(p), x)
    bar[x] = bar[y] * np.polyval(np.polyder(p), x)
    if p.ndim == 1 and x.ndim == 1:
        bar[p] = bar[y] @ np.vander(x, p.size)
    elif p.ndim == 1 and x.ndim == 0:
        bar[p] = bar[y] * x ** np.arange(p.size - 1, -1, -1)
    elif p.ndim == 1:
        bar[p] = np.ravel(bar[y]) @ np.vander(np.ravel(x), p.size)


@rule(np.roots, complex=True)
def roots(x, p):
    """p(x) = 0, and so ṗ(x) + p'(x) ẋ = 0: of simple roots."""
    dot[x] = -np.polyval(dot[p], x) / np.polyval(np.polyder(p), x)
    bar[p] = -(bar[x] / np.polyval(np.polyder(p), x)) @ np.vander(x, p.size)


def all_but_one(n):
    """The indices of n elements in each row, but for one: 0 in the first, 1 in the second."""
    return np.arange(n - 1) + (np.arange(n - 1) >= np.expand_dims(np.arange(n), -1))


@rule(np.poly)
def poly(p, seq_of_zeros):
    """p = Π (x - rᵢ), whose slope by a root is minus the product of the others."""
    if seq_of_zeros.ndim == 1:
        others = monic(seq_of_zeros[all_but_one(seq_of_zeros.size)])
        dot[p] = -np.pad(dot[seq_of_zeros] @ others, (1, 0))
        bar[seq_of_zeros] = -others @ bar[p][1:]


@rule(np.vander, complex=True)
def vander(y, x, N=None, increasing=False):
    """The column of the power k has the slope k xᵏ⁻¹."""
    powers = np.arange(y.shape[1]) if increasing else np.flip(np.arange(y.shape[1]))
    slopes = powers * np.expand_dims(x, -1) ** np.maximum(powers - 1, 0)
    dot[y] = np.expand_dims(dot[x], -1) * slopes
    bar[x] = np.sum(bar[y] * slopes, axis=1)


# ---- arithmetic of polynomials: the coefficients of the lowest powers stand below each other -------


def coefficients(p):
    return np.atleast_1d(p) if p.ndim == 0 else p


def as_given(p_bar, p):
    return p_bar[0] if p.ndim == 0 else p_bar


@rule(np.polyadd, complex=True)
def polyadd(z, a1, a2):
    dot[z] = np.polyadd(dot[a1], dot[a2])
    bar[a1] = as_given(aligned(bar[z], coefficients(a1).size), a1)
    bar[a2] = as_given(aligned(bar[z], coefficients(a2).size), a2)


@rule(np.polysub, complex=True)
def polysub(z, a1, a2):
    dot[z] = np.polysub(dot[a1], dot[a2])
    bar[a1] = as_given(aligned(bar[z], coefficients(a1).size), a1)
    bar[a2] = -as_given(aligned(bar[z], coefficients(a2).size), a2)


@rule(np.polymul, complex=True)
def polymul(z, a1, a2):
    """A convolution, without the zeros that lead."""
    dot[z] = aligned(np.convolve(dot[a1], a2), z.size) + aligned(np.convolve(a1, dot[a2]), z.size)
    p, q = coefficients(a1), coefficients(a2)
    whole = aligned(bar[z], p.size + q.size - 1)
    bar[a1] = as_given(np.correlate(whole, conjugated(q), "valid"), a1)
    bar[a2] = as_given(np.correlate(whole, conjugated(p), "valid"), a2)


@rule(np.polydiv, outputs=2, complex=True)
def polydiv(q, r, u, v):
    """u = q v + r, so that q̇ and ṙ are the quotient and remainder of u̇ - q v̇.

    q solves a triangular system with v in each column; its transpose is solved by dividing backwards.
    """
    quotient, remainder = np.polydiv(np.polysub(dot[u], np.convolve(q, dot[v])), v)
    dot[q] = aligned(quotient, q.size)
    dot[r] = aligned(remainder, r.size)
    p, d = coefficients(u), coefficients(v)
    steps = np.maximum(p.size - d.size + 1, 0)
    rest = aligned(bar[r], p.size)
    back = (bar[q] - resized(np.correlate(rest, conjugated(d), "valid"), q.shape))[:steps]
    solved = np.flip(np.polydiv(np.pad(np.flip(back), (0, d.size - 1)), d)[0][:steps])
    p_bar = rest + resized(solved, p.shape)
    bar[u] = as_given(p_bar, u)
    bar[v] = as_given(-resized(np.correlate(p_bar, conjugated(q), "valid"), d.shape), v)


# ---- integrals and derivatives: each coefficient times a number -----------------------------------


@rule(np.polyint, complex=True)
def polyint(y, p, m=1, k=None):
    if k is None:
        dot[y] = np.polyint(dot[p], m)
    else:
        dot[y] = np.polyint(dot[p], m, dot[k])
        constants = (np.polyint(np.zeros_like(p), m, np.ones(m)) * bar[y])[p.size :]
        if k.ndim == 0 or has_one(k, 0):
            bar[k] = np.sum(constants, keepdims=k.ndim == 1)
        else:
            bar[k] = resized(constants, k.shape)
    bar[p] = (np.polyint(np.ones_like(p), m) * bar[y])[: p.size]


@rule(np.polyder, complex=True)
def polyder(y, p, m=1):
    dot[y] = np.polyder(dot[p], m)
    bar[p] = resized(np.polyder(np.ones_like(p), m) * bar[y], p.shape)


# ---- fits -------------------------------------------------------------------------------------------


def sum_of_columns(x):
    return x if x.ndim == 1 else np.sum(x, axis=1)


def as_columns(w, y):
    return w if y.ndim == 1 else np.expand_dims(w, -1)


@rule(np.polyfit, passive="rcond")
def polyfit(c, x, y, deg, rcond=None, full=False, w=None, cov=False):
    """Least squares: Vᵀ W² (y - V c) = 0, where V has the powers of x and full rank.

    Golub & Pereyra (1973), SIAM J. Numer. Anal. 10, 413-432; A⁺ is the pseudoinverse of A = W V, and
    A⁺ᵀ c̄ are the weighted values of the polynomial with the coefficients (AᵀA)⁻¹ c̄.
    """
    if not full and cov is False:
        powers = np.vander(x, deg + 1)
        slopes = np.vander(x, deg) * np.arange(deg, 0, -1)
        rest = y - powers @ c
        if w is None:
            inverse = np.linalg.pinv(powers)
            x_dot = as_columns(dot[x], y)
            turned = resized(slopes.T @ (x_dot * rest), c.shape)
            dot[c] = inverse @ (dot[y] - x_dot * (slopes @ c[:-1]) + inverse.T @ turned)
            values = inverse.T @ bar[c]
            bar[y] = values
            bar[x] = sum_of_columns((slopes @ (inverse @ values)[:-1]) * rest - values * (slopes @ c[:-1]))
        else:
            inverse = np.linalg.pinv(np.expand_dims(w, -1) * powers)
            x_dot, w_dot, scale = as_columns(dot[x], y), as_columns(dot[w], y), as_columns(w, y)
            turned = resized(slopes.T @ (x_dot * scale * scale * rest), c.shape)
            moved = scale * (dot[y] - x_dot * (slopes @ c[:-1])) + 2 * w_dot * rest
            dot[c] = inverse @ (moved + inverse.T @ turned)
            values = inverse.T @ bar[c]
            weights = as_columns(w, y)
            bar[y] = weights * values
            bar[w] = 2 * sum_of_columns(values * rest)
            tilted = weights * (slopes @ (inverse @ values)[:-1])
            bar[x] = sum_of_columns(tilted * weights * rest - weights * values * (slopes @ c[:-1]))


# ---- convolutions ---------------------------------------------------------------------------------


@rule(np.convolve, complex=True)
def convolve(z, a, v, mode="full"):
    """zₖ = Σ aᵢ vₖ₋ᵢ, of which "same" keeps the middle and "valid" what all of the shorter one is in."""
    dot[z] = np.convolve(dot[a], v, mode) + np.convolve(a, dot[v], mode)
    p, q = coefficients(a), coefficients(v)
    if mode == "full":
        whole = bar[z]
    else:
        cut = p.size + q.size - 1 - z.size
        whole = np.pad(bar[z], (cut // 2, cut - cut // 2))
    bar[a] = as_given(np.correlate(whole, conjugated(q), "valid"), a)
    bar[v] = as_given(np.correlate(whole, conjugated(p), "valid"), v)


@rule(np.correlate, complex=True)
def correlate(z, a, v, mode="valid"):
    """zₖ = Σ aᵢ₊ₖ conj(vᵢ); of an even cut the longer operand says on which side it is less."""
    dot[z] = np.correlate(dot[a], v, mode) + np.correlate(a, dot[v], mode)
    if mode == "full":
        whole = bar[z]
    else:
        cut = a.size + v.size - 1 - z.size
        before = (cut + (a.size < v.size)) // 2
        whole = np.pad(bar[z], (before, cut - before))
    bar[a] = np.convolve(whole, conjugated(v), "valid")
    bar[v] = conjugated(np.flip(np.correlate(whole, conjugated(a), "valid")))
