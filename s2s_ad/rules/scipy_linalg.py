"""Linear algebra of SciPy; X, Y, … are the results, Ẋ and X̄ the tangent and the adjoint of X.

Giles (2008), "Collected matrix derivative results", and the papers named.  Matrices that SciPy takes for
symmetric, reading one triangle, are functions of (A + Aᵀ)/2, as NumPy's are.  What is solved for a derivative
is not checked for nan and infinity: an adjoint never raises.
"""

# pyright: basic, reportCallIssue=false, reportArgumentType=false, reportOptionalMemberAccess=false
# pyright: reportAttributeAccessIssue=false

import math

import numpy as np
import scipy.linalg as linalg

from s2s_ad.rules import helpers
from s2s_ad.rules.helpers import (
    band_of_outer,
    band_product,
    cofactors,
    order_of_pivots,
    transposed_band,
    unblock_diagonal,
    unbroadcast,
    untake,
)
from s2s_ad.rules.language import rule
from s2s_ad.rules.linalg import mixed, phi, symmetric
from s2s_ad.rules.macros import unreduce
from s2s_ad.rules.slots import bar, dot

# ---- systems of equations ---------------------------------------------------------------------------------


def seen(m, assume_a):
    """The part of a matrix that a solver reads which assumes a structure."""
    if assume_a in ("pos", "positive definite", "sym", "symmetric", "her", "hermitian"):
        return symmetric(m)
    if assume_a == "upper triangular":
        return np.triu(m)
    if assume_a == "lower triangular":
        return np.tril(m)
    if assume_a == "tridiagonal":
        return np.triu(np.tril(m, 1), -1)
    if assume_a == "diagonal":
        return np.triu(np.tril(m))
    return m


def minus_outer(s, x):
    """-s xᵀ of vectors or of matrices, summed over what they were broadcast to."""
    return -np.outer(s, x) if s.ndim == 1 else -s @ x.mT


@rule(linalg.inv)
def inv(y, a, *, check_finite=True, assume_a=None, lower=False):
    """Ẏ = -Y Ȧ Y."""
    dot[y] = -y @ seen(dot[a], assume_a) @ y
    bar[a] = seen(-y.mT @ bar[y] @ y.mT, assume_a)


def fitted(m, like, other):
    """M, of which there may be more than of what it is like where that was broadcast against another stack."""
    return m if like.ndim <= 2 and other.ndim <= 2 else unbroadcast(m, np.shape(like))


def solved(a, b, lower, assume_a, transposed):
    if assume_a is None and not transposed:
        return linalg.solve(a, b, check_finite=False)
    if assume_a is None:
        return linalg.solve(a, b, check_finite=False, transposed=True)
    if not transposed:
        return linalg.solve(a, b, lower=lower, check_finite=False, assume_a=assume_a)
    return linalg.solve(a, b, lower=lower, check_finite=False, assume_a=assume_a, transposed=True)


@rule(linalg.solve)
def solve(x, a, b, lower=False, *, check_finite=True, assume_a=None, transposed=False):
    """A X = B or Aᵀ X = B: Ẋ and B̄ are solved for as X is, with A and with its transpose."""
    if not transposed and (b.ndim > 1 or a.ndim == 2):
        dot[x] = solved(a, dot[b] - seen(dot[a], assume_a) @ x, lower, assume_a, False)
        s = solved(a, bar[x], lower, assume_a, True)
        bar[a] = seen(fitted(minus_outer(s, x), a, b), assume_a)
        bar[b] = fitted(s, b, a)
    elif transposed and (b.ndim > 1 or a.ndim == 2):
        dot[x] = solved(a, dot[b] - seen(dot[a], assume_a).mT @ x, lower, assume_a, True)
        s = solved(a, bar[x], lower, assume_a, False)
        bar[a] = seen(fitted(minus_outer(x, s), a, b), assume_a)
        bar[b] = fitted(s, b, a)


def triangle(m, lower, unit_diagonal):
    """The part of a matrix that a solver for triangles reads."""
    if lower:
        return np.tril(m, -1) if unit_diagonal else np.tril(m)
    return np.triu(m, 1) if unit_diagonal else np.triu(m)


def solved_triangle(a, b, lower, unit_diagonal, transposed):
    if not unit_diagonal and not transposed:
        return linalg.solve_triangular(a, b, lower=lower, check_finite=False)
    if not unit_diagonal:
        return linalg.solve_triangular(a, b, trans=1, lower=lower, check_finite=False)
    if not transposed:
        return linalg.solve_triangular(a, b, lower=lower, unit_diagonal=unit_diagonal, check_finite=False)
    return linalg.solve_triangular(a, b, trans=1, lower=lower, unit_diagonal=unit_diagonal, check_finite=False)


@rule(linalg.solve_triangular, complex=True)
def solve_triangular(x, a, b, trans=0, lower=False, unit_diagonal=False, *, check_finite=True):
    """A X = B, Aᵀ X = B or conj(A)ᵀ X = B, with what is read of A."""
    if trans in (0, "N") and (b.ndim > 1 or a.ndim == 2):
        inside = dot[b] - triangle(dot[a], lower, unit_diagonal) @ x
        dot[x] = solved_triangle(a, inside, lower, unit_diagonal, False)
        s = solved_triangle(a, bar[x], lower, unit_diagonal, True)
        bar[a] = triangle(fitted(minus_outer(s, x), a, b), lower, unit_diagonal)
        bar[b] = fitted(s, b, a)
    elif trans in (2, "C") and np.iscomplexobj(x) and (b.ndim > 1 or a.ndim == 2):
        inside = dot[b] - np.conj(triangle(dot[a], lower, unit_diagonal)).mT @ x
        dot[x] = solved_triangle(np.conj(a), inside, lower, unit_diagonal, True)
        s = solved_triangle(np.conj(a), bar[x], lower, unit_diagonal, False)
        bar[a] = triangle(fitted(np.conj(minus_outer(x, s)), a, b), lower, unit_diagonal)
        bar[b] = fitted(s, b, a)
    elif b.ndim > 1 or a.ndim == 2:
        inside = dot[b] - triangle(dot[a], lower, unit_diagonal).mT @ x
        dot[x] = solved_triangle(a, inside, lower, unit_diagonal, True)
        s = solved_triangle(a, bar[x], lower, unit_diagonal, False)
        bar[a] = triangle(fitted(minus_outer(x, s), a, b), lower, unit_diagonal)
        bar[b] = fitted(s, b, a)


@rule(linalg.solve_banded, complex=True, sequences="l_and_u")
def solve_banded(x, l_and_u, ab, b, *, check_finite=True):
    """A X = B, of a matrix that is stored by its diagonals."""
    if ab.ndim == 2:
        lower, upper = l_and_u[0], l_and_u[1]
        inside = dot[b] - band_product(dot[ab], x, lower, upper)
        dot[x] = linalg.solve_banded(l_and_u, ab, inside, check_finite=False)
        turned = transposed_band(ab, lower, upper)
        s = linalg.solve_banded((upper, lower), turned, bar[x], check_finite=False)
        bar[ab] = -band_of_outer(s, x, lower, upper)
        bar[b] = s


# ---- factors of symmetric matrices --------------------------------------------------------------------------


def in_triangle(l, m):
    """L⁻¹ M L⁻ᵀ for a lower triangle L and a symmetric M."""
    half = linalg.solve_triangular(l, m, lower=True, check_finite=False)
    return linalg.solve_triangular(l, half.mT, lower=True, check_finite=False)


def out_of_triangle(l, m):
    """L⁻ᵀ M L⁻¹."""
    half = linalg.solve_triangular(l, m, trans=1, lower=True, check_finite=False)
    return linalg.solve_triangular(l, half.mT, trans=1, lower=True, check_finite=False).mT


@rule(linalg.cholesky)
def cholesky(c, a, lower=False, *, check_finite=True):
    """A = L Lᵀ, where C is L or Lᵀ.  Murray (2016), arXiv:1602.07527."""
    if lower:
        dot[c] = c @ phi(in_triangle(c, symmetric(dot[a])))
        bar[a] = symmetric(out_of_triangle(c, phi(c.mT @ bar[c])))
    else:
        dot[c] = phi(in_triangle(c.mT, symmetric(dot[a]))).mT @ c
        bar[a] = symmetric(out_of_triangle(c.mT, phi(c @ bar[c].mT)))


@rule(linalg.cho_factor, outputs=2)
def cho_factor(c, low, a, lower=False, *, check_finite=True):
    """The factor stands in one triangle of C; what is left of A in the other has no influence."""
    if lower:
        l = np.tril(c)
        dot[c] = l @ phi(in_triangle(l, symmetric(dot[a])))
        bar[a] = symmetric(out_of_triangle(l, phi(l.mT @ np.tril(bar[c]))))
    else:
        l = np.triu(c).mT
        dot[c] = phi(in_triangle(l, symmetric(dot[a]))).mT @ l.mT
        bar[a] = symmetric(out_of_triangle(l, phi(l.mT @ np.triu(bar[c]).mT)))


@rule(linalg.cho_solve, sequences="c_and_lower")
def cho_solve(x, c_and_lower, b, *, check_finite=True):
    """A X = B with A = L Lᵀ = Uᵀ U: Ȧ = L̇ Lᵀ + L L̇ᵀ."""
    c, lower = c_and_lower[0], c_and_lower[1]
    if b.ndim > 1 or c.ndim == 2:
        s = linalg.cho_solve(c_and_lower, bar[x], check_finite=False)
        bar[b] = fitted(s, b, c)
        both = minus_outer(s, x) + minus_outer(x, s)
        if lower:
            half = np.tril(dot[c_and_lower][0]) @ np.tril(c).mT
            bar[c_and_lower] = (fitted(np.tril(both @ np.tril(c)), c, b), 0)
        else:
            half = np.triu(c).mT @ np.triu(dot[c_and_lower][0])
            bar[c_and_lower] = (fitted(np.triu(np.triu(c) @ both), c, b), 0)
        dot[x] = linalg.cho_solve(c_and_lower, dot[b] - (half + half.mT) @ x, check_finite=False)


def spectrum(w):
    """The diagonal matrix of w."""
    return np.expand_dims(w, -2) * np.eye(w.shape[-1], dtype=w.dtype)


@rule(linalg.eigh, outputs=2)
def eigh(w, v, a, b=None, *, lower=True, check_finite=True, driver=None):
    """A V = B V diag(w) with Vᵀ B V = 1.  Giles (2008), section 3.1; of B, de Leeuw (2007)."""
    if b is None:
        p = v.mT @ symmetric(dot[a]) @ v
        dot[w] = np.diagonal(p, 0, -2, -1)
        dot[v] = v @ mixed(w, p)
        bar[a] = symmetric(v @ (spectrum(bar[w]) + mixed(w, v.mT @ bar[v])) @ v.mT)
    else:
        p, q = v.mT @ symmetric(dot[a]) @ v, v.mT @ symmetric(dot[b]) @ v
        dot[w] = np.diagonal(p - q * w, 0, -2, -1)
        dot[v] = v @ (mixed(w, p - q * w) - np.triu(np.tril(q)) / 2)
        inner = v.mT @ bar[v]
        bar[a] = symmetric(v @ (spectrum(bar[w]) + mixed(w, inner)) @ v.mT)
        by_b = spectrum(bar[w] * w) + mixed(w, inner) * w + np.triu(np.tril(inner)) / 2
        bar[b] = -symmetric(v @ by_b @ v.mT)


@rule(linalg.eigvalsh)
def eigvalsh(w, a, b=None, *, lower=True, check_finite=True, driver=None):
    """ẇᵢ = vᵢᵀ (Ȧ - wᵢ Ḃ) vᵢ, with the eigenvectors computed for the derivative."""
    if b is None:
        v = linalg.eigh(a, lower=lower, check_finite=False)[1]
        dot[w] = np.sum(v * (symmetric(dot[a]) @ v), axis=-2)
        bar[a] = symmetric((v * bar[w]) @ v.mT)
    else:
        v = linalg.eigh(a, b, lower=lower, check_finite=False)[1]
        dot[w] = np.sum(v * (symmetric(dot[a]) @ v), axis=-2) - np.sum(v * (symmetric(dot[b]) @ v), axis=-2) * w
        bar[a] = symmetric((v * bar[w]) @ v.mT)
        bar[b] = -symmetric((v * (bar[w] * w)) @ v.mT)


# ---- other factors --------------------------------------------------------------------------------------------


@rule(linalg.lu, outputs=3, complex=True)
def lu(p, l, u, a, permute_l=False, *, check_finite=True, p_indices=False):
    """A = P L U of square A: L⁻¹ Pᵀ Ȧ U⁻¹ has L⁻¹ L̇ below its diagonal, U̇ U⁻¹ on and above it."""
    if not permute_l and not p_indices:
        dot[p] = np.zeros_like(p)
        half = linalg.solve_triangular(l, p.mT @ dot[a], lower=True, unit_diagonal=True, check_finite=False)
        f = linalg.solve_triangular(u, half.mT, trans=1, check_finite=False).mT
        dot[l] = l @ np.tril(f, -1)
        dot[u] = np.triu(f) @ u
        g = np.tril(l.mT @ bar[l], -1) + np.triu(bar[u] @ u.mT)
        back = linalg.solve_triangular(l, g, trans=1, lower=True, unit_diagonal=True, check_finite=False)
        bar[a] = p @ linalg.solve_triangular(u, back.mT, check_finite=False).mT


@rule(linalg.lu_factor, outputs=2, complex=True)
def lu_factor(c, piv, a, *, check_finite=True):
    """L below the diagonal and U above it in one matrix."""
    if a.ndim == 2:
        order = order_of_pivots(piv)
        l = np.tril(c, -1) + np.eye(c.shape[0], dtype=c.dtype)
        half = linalg.solve_triangular(
            c, np.take(dot[a], order, axis=0), lower=True, unit_diagonal=True, check_finite=False
        )
        f = linalg.solve_triangular(c, half.mT, trans=1, check_finite=False).mT
        dot[c] = l @ np.tril(f, -1) + np.triu(f) @ np.triu(c)
        g = np.tril(l.mT @ np.tril(bar[c], -1), -1) + np.triu(np.triu(bar[c]) @ np.triu(c).mT)
        back = linalg.solve_triangular(c, g, trans=1, lower=True, unit_diagonal=True, check_finite=False)
        bar[a] = np.take(linalg.solve_triangular(c, back.mT, check_finite=False).mT, np.argsort(order), axis=0)


@rule(linalg.lu_solve, complex=True, sequences="lu_and_piv")
def lu_solve(x, lu_and_piv, b, trans=0, *, check_finite=True):
    """P A = L U; A X = B, or Aᵀ X = B."""
    c, piv = lu_and_piv[0], lu_and_piv[1]
    if c.ndim == 2 and b.ndim <= 2 and (trans == 0 or trans == 1):
        order = order_of_pivots(piv)
        l = np.tril(c, -1) + np.eye(c.shape[0], dtype=c.dtype)
        moved = np.tril(dot[lu_and_piv][0], -1) @ np.triu(c) + l @ np.triu(dot[lu_and_piv][0])
        back = np.take(moved, np.argsort(order), axis=0)
        if trans == 0:
            dot[x] = linalg.lu_solve(lu_and_piv, dot[b] - back @ x, check_finite=False)
            s = linalg.lu_solve(lu_and_piv, bar[x], 1, check_finite=False)
            rows = np.take(minus_outer(s, x), order, axis=0)
        else:
            dot[x] = linalg.lu_solve(lu_and_piv, dot[b] - back.mT @ x, 1, check_finite=False)
            s = linalg.lu_solve(lu_and_piv, bar[x], check_finite=False)
            rows = np.take(minus_outer(x, s), order, axis=0)
        bar[b] = s
        bar[lu_and_piv] = (np.tril(rows @ np.triu(c).mT, -1) + np.triu(l.mT @ rows), 0)


def copied_down(m):
    """The lower triangle of M, and above it its mirror image."""
    return np.tril(m) + np.tril(m, -1).mT


@rule(linalg.qr, outputs=3)
def qr(q, r, p, a, *, mode="full", pivoting=False, check_finite=True):
    """A = Q R or A[:, p] = Q R, with no more columns of Q than rank: a square or wide A, or mode "economic".

    A = [X Y] and R = [U V] with a square U, X = Q U.  Roberts & Roberts (2020), arXiv:2009.10071.
    """
    if a.ndim == 2 and (mode == "economic" or mode == "full"):
        n = q.shape[1]
        u = r[:, :n]
        moved = np.take(dot[a], p, axis=1) if pivoting else dot[a]
        half = linalg.solve_triangular(u, moved[:, :n].mT, trans=1, check_finite=False).mT  # Ẋ U⁻¹
        turn = np.tril(q.mT @ half, -1)
        dot[q] = half - q @ (q.mT @ half) + q @ (turn - turn.mT)
        dot[r] = q.mT @ moved - (turn - turn.mT) @ r
        given = np.take(a, p, axis=1) if pivoting else a
        by_u, by_v = bar[r][:, :n], bar[r][:, n:]
        by_q = bar[q] + given[:, n:] @ by_v.mT
        left = by_q + q @ copied_down(u @ by_u.mT - by_q.mT @ q)
        by_x = linalg.solve_triangular(u, left.mT, check_finite=False).mT
        whole = np.concatenate([by_x, q @ by_v], axis=1)
        bar[a] = np.take(whole, np.argsort(p), axis=1) if pivoting else whole


def inverse_gaps(s):
    """1 / (sⱼ² - sᵢ²), and 0 on the diagonal; infinite for equal singular values."""
    ones = np.eye(s.shape[-1], dtype=s.dtype)
    return (1 - ones) / (np.expand_dims(s**2, -2) - np.expand_dims(s**2, -1) + ones)


def turning(s, m):
    """M over the gaps, and nothing where M is 0."""
    return helpers.unless_zero(m, m * inverse_gaps(s))


def svd_dot(u, s, vh, moved):
    """The tangents of U and V, of as many vectors as there are singular values."""
    p = u.mT @ moved @ vh.mT
    v = vh.mT
    u_dot = u @ turning(s, p * s + np.expand_dims(s, -1) * p.mT) + (moved @ v - u @ p) / s
    v_dot = v @ turning(s, np.expand_dims(s, -1) * p + p.mT * s) + (moved.mT @ u - v @ p.mT) / s
    return u_dot, v_dot.mT


def svd_bar(u, s, vh, u_bar, s_bar, vh_bar):
    inner_u = turning(s, u.mT @ u_bar - u_bar.mT @ u) * s
    inner_v = np.expand_dims(s, -1) * turning(s, vh @ vh_bar.mT - vh_bar @ vh.mT)
    from_u = (u @ inner_u + (u_bar - u @ (u.mT @ u_bar)) / s) @ vh
    from_v = u @ (inner_v @ vh + (vh_bar - (vh_bar @ vh.mT) @ vh) / np.expand_dims(s, -1))
    return (u * s_bar) @ vh + from_u + from_v


def unless_used(rest_bar):
    """0, and nan where something depends on vectors that belong to no singular value: these have no derivative."""
    return np.sum(helpers.unless_zero(rest_bar, rest_bar * math.nan))


@rule(linalg.svd, outputs=3)
def svd(u, s, vh, a, full_matrices=True, compute_uv=True, *, check_finite=True, lapack_driver="gesdd"):
    """A = U diag(s) Vᵀ.  Townsend (2016), "Differentiating the singular value decomposition"."""
    if a.ndim == 2 and compute_uv:
        dot[s] = np.diagonal(u.mT @ dot[a] @ vh.mT)
        if full_matrices:
            k = s.shape[0]
            moved = svd_dot(u[:, :k], s, vh[:k], dot[a])
            dot[u] = np.concatenate([moved[0], u[:, k:] * math.nan], axis=1)
            dot[vh] = np.concatenate([moved[1], vh[k:] * math.nan], axis=0)
            rest = unless_used(bar[u][:, k:]) + unless_used(bar[vh][k:])
            bar[a] = svd_bar(u[:, :k], s, vh[:k], bar[u][:, :k], bar[s], bar[vh][:k]) + rest
        else:
            moved = svd_dot(u, s, vh, dot[a])
            dot[u] = moved[0]
            dot[vh] = moved[1]
            bar[a] = svd_bar(u, s, vh, bar[u], bar[s], bar[vh])


@rule(linalg.svdvals)
def svdvals(s, a, *, check_finite=True):
    """ṡᵢ = uᵢᵀ Ȧ vᵢ, with the singular vectors computed for the derivative."""
    factors = linalg.svd(a, full_matrices=False, check_finite=False)
    dot[s] = np.sum(factors[0] * (dot[a] @ factors[2].mT), axis=-2)
    bar[a] = (factors[0] * np.expand_dims(bar[s], -2)) @ factors[2]


def between(p, m):
    """The X of P X + X P = M, for a symmetric P."""
    return linalg.solve_sylvester(p, p, m)


@rule(linalg.polar, outputs=2)
def polar(u, p, a, side="right"):
    """A = U P or A = P U with orthogonal columns or rows of U.  Higham (2008), Functions of Matrices, section 8.

    U̇ = U Ω and a part across U, where P Ω + Ω P = Uᵀ Ȧ - Ȧᵀ U; Ṗ = Uᵀ Ȧ - Ω P.
    """
    if side == "right":
        m = u.mT @ dot[a]
        omega = between(p, m - m.mT)
        dot[u] = u @ omega + np.linalg.solve(p, (dot[a] - u @ m).mT).mT
        dot[p] = m - omega @ p
        inner = between(p, u.mT @ bar[u] - bar[p] @ p)
        across = np.linalg.solve(p, (bar[u] - u @ (u.mT @ bar[u])).mT).mT
        bar[a] = u @ (bar[p] + inner - inner.mT) + across
    elif side == "left":
        m = u @ dot[a].mT
        omega = between(p, m - m.mT)
        dot[u] = omega.mT @ u + np.linalg.solve(p, dot[a] - m.mT @ u)
        dot[p] = m - omega @ p
        inner = between(p, u @ bar[u].mT - bar[p] @ p)
        across = np.linalg.solve(p, bar[u] - (bar[u] @ u.mT) @ u)
        bar[a] = (bar[p] + inner - inner.mT).mT @ u + across


# ---- determinants, norms, generalised inverses ----------------------------------------------------------------


@rule(linalg.det, complex=True)
def det(y, a, *, check_finite=True):
    """ẏ = ⟨cof A, Ȧ⟩, Jacobi; for singular A too."""
    dot[y] = np.sum(cofactors(a) * dot[a], axis=(-2, -1))
    bar[a] = np.expand_dims(bar[y], (-1, -2)) * cofactors(a)


@rule(linalg.norm)
def norm(y, a, ord=None, axis=None, keepdims=False, check_finite=True):
    """Zero at zero.  Of vectors for ord None, 2, 1; of matrices for None, "fro", 2 and "nuc"."""
    if ord is None or ord == "fro" or (ord == 2 and (a.ndim == 1 or isinstance(axis, int))):
        dot[y] = np.sum(a * dot[a], axis=axis, keepdims=keepdims) / (y + (y == 0))
        bar[a] = a * unreduce(bar[y] / (y + (y == 0)), a.shape, axis, keepdims)
    elif ord == 1 and (a.ndim == 1 or isinstance(axis, int)):
        dot[y] = np.sum(np.sign(a) * dot[a], axis=axis, keepdims=keepdims)
        bar[a] = np.sign(a) * unreduce(bar[y], a.shape, axis, keepdims)
    elif (ord == 2 or ord == "nuc") and axis is None and not keepdims:
        factors = linalg.svd(a, full_matrices=False, check_finite=False)
        part = factors[0][:, :1] @ factors[2][:1] if ord == 2 else factors[0] @ factors[2]
        dot[y] = np.sum(part * dot[a])
        bar[a] = bar[y] * part


def minus_projected(m, by):
    """M - B M."""
    return m - by @ m


@rule(linalg.pinv)
def pinv(y, a, *, check_finite=True):
    """Ẏ = -Y Ȧ Y + Y Yᵀ Ȧᵀ (1 - A Y) + (1 - Y A) Ȧᵀ Yᵀ Y, of constant rank.  Golub & Pereyra (1973)."""
    if a.ndim == 2:
        along, across = y @ y.mT @ dot[a].mT, dot[a].mT @ y.mT @ y
        dot[y] = -y @ dot[a] @ y + (along - along @ a @ y) + minus_projected(across, y @ a)
        left, right = bar[y].mT @ y @ y.mT, y.mT @ y @ bar[y].mT
        bar[a] = -y.mT @ bar[y] @ y.mT + minus_projected(left, a @ y) + (right - right @ y @ a)


@rule(linalg.lstsq, outputs=4)
def lstsq(x, residues, rank, s, a, b, cond=None, *, check_finite=True, lapack_driver=None):
    """X = A⁺ B, of constant rank, by the derivative of A⁺; R = B - A X."""
    if a.ndim == 2:
        y = linalg.pinv(a, check_finite=False)
        r = b - a @ x
        moved = dot[b] - dot[a] @ x
        along = y @ (y.mT @ (dot[a].mT @ r))
        across = dot[a].mT @ (y.mT @ x)
        dot[x] = y @ moved + along + minus_projected(across, y @ a)
        factors = linalg.svd(a, full_matrices=False, check_finite=False)
        dot[s] = np.sum(factors[0] * (dot[a] @ factors[2].mT), axis=0)
        back = y.mT @ bar[x]
        rest = bar[x] - y @ (a @ bar[x])
        bar[b] = back
        in_x = minus_outer(back, x) - minus_outer(r, y @ back) - minus_outer(y.mT @ x, rest)
        bar[a] = in_x + (factors[0] * bar[s]) @ factors[2]


# ---- functions of matrices ------------------------------------------------------------------------------------


def block(a, e):
    """[[A, E], [0, A]]."""
    below = np.concatenate([np.zeros_like(a), a], axis=-1)
    return np.concatenate([np.concatenate([a, e], axis=-1), below], axis=-2)


def matrix_function(f):
    """Register the rule of f: f([[A, Ȧ], [0, A]]) has Ẏ in its corner.  Mathias (1996); Higham (2008), theorem 3.6."""

    @rule(f, complex=True)
    def of_matrix(y, A):
        n = A.shape[-1]
        dot[y] = f(block(A, dot[A]))[..., :n, n:]
        bar[A] = f(block(A.mT, bar[y]))[..., :n, n:]


for _function in (
    linalg.logm,
    linalg.cosm,
    linalg.sinm,
    linalg.tanm,
    linalg.coshm,
    linalg.sinhm,
    linalg.tanhm,
):
    matrix_function(_function)


@rule(linalg.expm, complex=True)
def expm(y, A):
    """Fréchet's derivative L(A, Ȧ), whose adjoint is L(Aᵀ, ·).  Al-Mohy & Higham (2009)."""
    dot[y] = linalg.expm_frechet(A, dot[A], compute_expm=False, check_finite=False)
    bar[A] = linalg.expm_frechet(A.mT, bar[y], compute_expm=False, check_finite=False)


@rule(linalg.expm_frechet, outputs=2, complex=True)
def expm_frechet(y, l, A, E, method=None, compute_expm=True, check_finite=True):
    """L(A, E) is in the corner of exp([[A, E], [0, A]]), and its derivative in the corner of that of this."""
    n = A.shape[-1]
    moved = linalg.expm_frechet(block(A, E), block(dot[A], dot[E]), compute_expm=False, check_finite=False)
    if compute_expm:
        dot[y] = moved[..., :n, :n]
        dot[l] = moved[..., :n, n:]
        back = linalg.expm_frechet(block(A.mT, E.mT), block(bar[l], bar[y]), compute_expm=False, check_finite=False)
        bar[A] = back[..., :n, n:]
        bar[E] = linalg.expm_frechet(A.mT, bar[l], compute_expm=False, check_finite=False)
    else:
        dot[y] = moved[..., :n, n:]
        zero = np.zeros_like(bar[y])
        back = linalg.expm_frechet(block(A.mT, E.mT), block(bar[y], zero), compute_expm=False, check_finite=False)
        bar[A] = back[..., :n, n:]
        bar[E] = linalg.expm_frechet(A.mT, bar[y], compute_expm=False, check_finite=False)


@rule(linalg.sqrtm, complex=True)
def sqrtm(y, A):
    """Y Ẏ + Ẏ Y = Ȧ."""
    if A.ndim == 2:
        dot[y] = linalg.solve_sylvester(y, y, dot[A])
        bar[A] = linalg.solve_sylvester(y.mT, y.mT, bar[y])


@rule(linalg.fractional_matrix_power, complex=True)
def fractional_matrix_power(y, A, t):
    n = A.shape[-1]
    dot[y] = linalg.fractional_matrix_power(block(A, dot[A]), t)[..., :n, n:]
    bar[A] = linalg.fractional_matrix_power(block(A.mT, bar[y]), t)[..., :n, n:]


# ---- matrix equations -------------------------------------------------------------------------------------------


@rule(linalg.solve_sylvester, complex=True)
def solve_sylvester(x, a, b, q):
    """A X + X B = Q."""
    if a.ndim == 2:
        dot[x] = linalg.solve_sylvester(a, b, dot[q] - dot[a] @ x - x @ dot[b])
        s = linalg.solve_sylvester(a.mT, b.mT, bar[x])
        bar[a] = -s @ x.mT
        bar[b] = -x.mT @ s
        bar[q] = s


@rule(linalg.solve_continuous_lyapunov)
def solve_continuous_lyapunov(x, a, q):
    """A X + X Aᵀ = Q."""
    if a.ndim == 2:
        dot[x] = linalg.solve_continuous_lyapunov(a, dot[q] - dot[a] @ x - x @ dot[a].mT)
        s = linalg.solve_continuous_lyapunov(a.mT, bar[x])
        bar[a] = -s @ x.mT - s.mT @ x
        bar[q] = s


@rule(linalg.solve_discrete_lyapunov)
def solve_discrete_lyapunov(x, a, q, method=None):
    """X = A X Aᵀ + Q."""
    if a.ndim == 2:
        inside = dot[q] + dot[a] @ x @ a.mT + a @ x @ dot[a].mT
        dot[x] = linalg.solve_discrete_lyapunov(a, inside, method=method)
        s = linalg.solve_discrete_lyapunov(a.mT, bar[x], method=method)
        bar[a] = s @ a @ x.mT + s.mT @ a @ x
        bar[q] = s


# ---- matrices made of vectors and blocks: linear ------------------------------------------------------------------


@rule(linalg.block_diag, complex=True)
def block_diag(y, *arrs):
    dot[y] = linalg.block_diag(*dot[arrs])
    bar[arrs] = unblock_diagonal(bar[y], arrs)


@rule(helpers.unblock_diagonal, view=True, passive="arrs", complex=True)
def unblock_diagonal_(parts, y, arrs):
    dot[parts] = unblock_diagonal(dot[y], arrs)
    bar[y] = linalg.block_diag(*bar[parts])


def offsets(rows, columns):
    """i - j for each element."""
    return np.expand_dims(np.arange(rows), 1) - np.arange(columns)


@rule(linalg.toeplitz, complex=True)
def toeplitz(y, c, r=None):
    """yᵢⱼ = cᵢ₋ⱼ, above the diagonal rⱼ₋ᵢ, which is the conjugate of c if it is not given."""
    if c.ndim == 1 and r is None:
        dot[y] = linalg.toeplitz(dot[c])
        both = np.tril(bar[y]) + np.conj(np.triu(bar[y], 1)) if np.iscomplexobj(c) else bar[y]
        bar[c] = untake(both, c.shape, np.abs(offsets(c.shape[0], c.shape[0])))
    elif c.ndim == 1 and r is not None and r.ndim == 1:
        dot[y] = linalg.toeplitz(dot[c], dot[r])
        places = offsets(c.shape[0], r.shape[0])
        bar[c] = untake(np.tril(bar[y]), c.shape, np.maximum(places, 0))
        bar[r] = untake(np.triu(bar[y], 1), r.shape, np.maximum(-places, 0))


@rule(linalg.circulant, complex=True)
def circulant(y, c):
    """yᵢⱼ = cᵢ₋ⱼ, counted around."""
    if c.ndim == 1:
        dot[y] = linalg.circulant(dot[c])
        bar[c] = untake(bar[y], c.shape, offsets(c.shape[0], c.shape[0]) % c.shape[0])


@rule(linalg.hankel, complex=True)
def hankel(y, c, r=None):
    """yᵢⱼ = cᵢ₊ⱼ, and where c has no more rᵢ₊ⱼ₋ₙ₊₁, which is 0 if it is not given."""
    if c.ndim == 1 and r is None:
        dot[y] = linalg.hankel(dot[c])
        n = c.shape[0]
        places = np.expand_dims(np.arange(n), 1) + np.arange(n)
        bar[c] = untake(np.where(places < n, bar[y], 0), c.shape, np.minimum(places, n - 1))
    elif c.ndim == 1 and r.ndim == 1:
        dot[y] = linalg.hankel(dot[c], dot[r])
        n = c.shape[0]
        places = np.expand_dims(np.arange(n), 1) + np.arange(r.shape[0])
        bar[c] = untake(np.where(places < n, bar[y], 0), c.shape, np.minimum(places, n - 1))
        bar[r] = untake(np.where(places < n, 0, bar[y]), r.shape, np.maximum(places - n + 1, 0))


# ---- products with matrices that are stored by their diagonals ------------------------------------------------------


@rule(helpers.band_product, complex=True)
def band_product_(y, ab, x, lower, upper):
    dot[y] = band_product(dot[ab], x, lower, upper) + band_product(ab, dot[x], lower, upper)
    bar[ab] = band_of_outer(bar[y], x, lower, upper)
    bar[x] = band_product(transposed_band(ab, lower, upper), bar[y], upper, lower)


@rule(helpers.band_of_outer, complex=True)
def band_of_outer_(ab, s, x, lower, upper):
    dot[ab] = band_of_outer(dot[s], x, lower, upper) + band_of_outer(s, dot[x], lower, upper)
    bar[s] = band_product(bar[ab], x, lower, upper)
    bar[x] = band_product(transposed_band(bar[ab], lower, upper), s, upper, lower)


@rule(helpers.transposed_band, complex=True)
def transposed_band_(y, ab, lower, upper):
    dot[y] = transposed_band(dot[ab], lower, upper)
    bar[ab] = transposed_band(bar[y], upper, lower)
