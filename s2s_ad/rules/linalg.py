"""Linear algebra, batched over leading axes.

Giles (2008), "Collected matrix derivative results", and the papers named; Ẋ and X̄ are the tangent and the
adjoint of X, Xᴴ is the conjugate of Xᵀ.  Of complex matrices too: Re⟨X̄, Ẋ⟩, with no conjugate in it, is what
an adjoint keeps, so that the adjoint of A ↦ B A C is X̄ ↦ Bᵀ X̄ Cᵀ, and that of A ↦ Aᴴ is X̄ ↦ X̄ᴴ.

What NumPy takes for Hermitian, reading one triangle, is a function of (A + Aᴴ)/2.

Vectors of equal eigenvalues or singular values, and vectors that complete a basis, have no derivative: it is
infinite or nan where something depends on them, and the values' own is as it should be where nothing does.
Values are equal that rounding may have parted: a quotient by their gap would have no right digit.
Vectors of unit length are determined up to their phases, and those of complex matrices are turned as LAPACK
does it, such that one component is real.
"""

# pyright: basic, reportArgumentType=false, reportCallIssue=false

import math

import numpy as np

from s2s_ad.rules import helpers
from s2s_ad.rules.helpers import (
    cofactors,
    cofactors_slope,
    factors,
    inverse,
    mixed,
    order_of_nearest,
    polar_factor,
    resized,
    unbroadcast,
)
from s2s_ad.rules.language import rule
from s2s_ad.rules.macros import conjugated
from s2s_ad.rules.slots import bar, dot

# ---- parts of matrices ------------------------------------------------------------------------------


def mH(a):
    """Aᴴ."""
    return np.conj(a.mT) if np.iscomplexobj(a) else a.mT


def real_part(x):
    return np.real(x) if np.iscomplexobj(x) else x


def row(w):
    return np.expand_dims(w, -2)


def column(w):
    return np.expand_dims(w, -1)


def symmetric(a):
    """The symmetric part, of complex matrices the Hermitian one."""
    return (a + mH(a)) / 2


def skew(a):
    """What is left."""
    return (a - mH(a)) / 2


def phi(a):
    """The lower triangle with half the diagonal."""
    return np.tril(a) - np.tril(np.triu(a)) / 2


def over(m, x):
    """M / X, and 0 wherever M is: what nothing depends on has no influence, though X may be 0 there."""
    return helpers.unless_zero(m, m / x)


# ---- systems of equations and inverses ---------------------------------------------------------------


@rule(np.linalg.inv, helpers.inverse, complex=True)
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


@rule(np.linalg.tensorsolve, complex=True)
def tensorsolve(x, a, b):
    """Σ A X = B over the last axes of A, as many as X has; others the front end moves there."""
    dot[x] = np.linalg.tensorsolve(a, dot[b] - np.tensordot(dot[a], x, x.ndim))
    s = np.linalg.tensorsolve(np.moveaxis(a, tuple(range(b.ndim)), tuple(range(-b.ndim, 0))), bar[x])
    bar[b] = s
    bar[a] = -np.tensordot(s, x, 0)


def as_square(x, shape):
    """The square matrix whose rows are numbered by axes of this shape."""
    return np.reshape(x, (math.prod(shape), math.prod(shape)))


@rule(np.linalg.tensorinv, complex=True)
def tensorinv(y, a, ind=2):
    """The inverse of the matrix whose rows are numbered by the first axes of A."""
    rows = a.shape[:ind]
    inverted = as_square(y, rows)
    dot[y] = np.reshape(-inverted @ as_square(dot[a], rows) @ inverted, y.shape)
    bar[a] = np.reshape(-inverted.mT @ as_square(bar[y], rows) @ inverted.mT, a.shape)


def block(a, e):
    """[[A, E], [0, A]]."""
    below = np.concatenate([np.zeros_like(a), a], axis=-1)
    return np.concatenate([np.concatenate([a, e], axis=-1), below], axis=-2)


@rule(np.linalg.matrix_power, complex=True)
def matrix_power(y, a, n):
    """[[A, Ȧ], [0, A]]ⁿ has Ẏ in its corner.  Mathias (1996), SIAM J. Matrix Anal. Appl. 17, 610-620."""
    size = a.shape[-1]
    dot[y] = np.linalg.matrix_power(block(a, dot[a]), n)[..., :size, size:]
    bar[a] = np.linalg.matrix_power(block(a.mT, bar[y]), n)[..., :size, size:]


def as_matrices(xs):
    """The factors of a product, where the first may be a row and the last a column."""
    first = [np.expand_dims(xs[0], 0)] if xs[0].ndim == 1 else [xs[0]]
    last = [np.expand_dims(xs[-1], 1)] if xs[-1].ndim == 1 else [xs[-1]]
    return [*first, *xs[1:-1], *last]


def as_matrix(y, xs):
    """A product of such factors as a matrix."""
    if xs[0].ndim == 1 and xs[-1].ndim == 1:
        return np.expand_dims(y, (0, 1))
    if xs[0].ndim == 1:
        return np.expand_dims(y, 0)
    return np.expand_dims(y, 1) if xs[-1].ndim == 1 else y


def total(terms):
    found = terms[0]
    for term in terms[1:]:
        found = found + term
    return found


def of_factor(y_bar, xs, i):
    """The adjoint of factor i of Y = P X S, which is Pᵀ Ȳ Sᵀ, in the order of least work."""
    turned = [x.T for x in as_matrices(xs)][::-1]
    after, before = turned[: len(xs) - 1 - i], turned[len(xs) - i :]
    found = np.linalg.multi_dot([*before, as_matrix(y_bar, xs), *after])
    return np.reshape(found, xs[i].shape) if xs[i].ndim == 1 else found


@rule(np.linalg.multi_dot, complex=True)
def multi_dot(y, xs):
    dot[y] = total([np.linalg.multi_dot([*xs[:i], dot[xs][i], *xs[i + 1 :]]) for i in range(len(xs))])
    bar[xs] = [of_factor(bar[y], xs, i) for i in range(len(xs))]


# ---- generalised inverses ------------------------------------------------------------------------------


def product(x, y, z):
    """X Y Z in the order of least work: tall matrices and wide ones want another one."""
    return np.linalg.multi_dot([x, y, z]) if x.ndim == 2 else x @ y @ z


def pinv_tangent(y, a, a_dot):
    """Ẏ = -Y Ȧ Y + Y Yᴴ Ȧᴴ (1 - A Y) + (1 - Y A) Ȧᴴ Yᴴ Y, where the rank does not change."""
    along, across = product(y, mH(y), mH(a_dot)), product(mH(a_dot), mH(y), y)
    return -product(y, a_dot, y) + along - product(along, a, y) + across - product(y, a, across)


def pinv_adjoint(y, a, y_bar):
    along, across = product(y_bar.mT, y, mH(y)), product(mH(y), y, y_bar.mT)
    beyond = along - product(a, y, along) + across - product(across, y, a)
    return conjugated(beyond) - product(y.mT, y_bar, y.mT)


def exchanges(s, kept):
    """How vectors that are kept mix with those that are left out: the factors of P = Uᴴ Ȧ V and of Pᴴ."""
    others = column(kept) != row(kept)
    by_adjoint = 1 / np.where(others, np.abs(column(s) ** 2 - row(s) ** 2), np.inf)
    ratio = np.minimum(column(s), row(s)) / np.where(others, np.maximum(column(s), row(s)), 1)
    f = inverses(s, kept)
    return by_adjoint * ratio - column(f) * row(f), by_adjoint


def inverses(s, kept):
    """1 / s of what is kept, and 0."""
    return kept / np.where(kept, s, 1)


def truncated_tangent(u, s, vh, kept, a_dot):
    """The tangent of Σ v uᴴ / s over what is kept, where what is left out need not be 0."""
    v, squares = mH(vh), inverses(s, kept) ** 2
    direct, turned = exchanges(s, kept)
    p, e = mH(u) @ a_dot @ v, mH(a_dot)
    beyond = (v * row(squares)) @ (vh @ e - mH(p) @ mH(u)) + (e @ u - v @ mH(p)) @ mH(u * row(squares))
    return v @ (direct * p + turned * mH(p)) @ mH(u) + beyond


def truncated_adjoint(u, s, vh, kept, y_bar):
    v, squares = mH(vh), inverses(s, kept) ** 2
    direct, turned = exchanges(s, kept)
    q = v.mT @ y_bar @ conjugated(u)
    x, z = (y_bar.mT @ v) * row(squares), column(squares) * (mH(u) @ y_bar.mT)
    beyond = (x - u @ (mH(u) @ x)) @ vh + u @ (z - (z @ v) @ vh)
    return conjugated(u) @ (direct * q + mH(turned * q)) @ v.mT + conjugated(beyond)


@rule(np.linalg.pinv, passive="rcond rtol", complex=True)
def pinv(y, a, rcond=None, hermitian=False, *, rtol=None):
    """Golub & Pereyra (1973), SIAM J. Numer. Anal. 10, 413-432; with a bound what it leaves out is not 0."""
    moved = symmetric(dot[a]) if hermitian else dot[a]
    if rcond is None and rtol is None:
        dot[y] = pinv_tangent(y, a, moved)
        found = pinv_adjoint(y, a, bar[y])
    else:
        u, s, vh = factors(a)  # whose vectors have no derivative of their own where singular values are 0
        kept = real_part(np.sum(vh.mT * (y @ u), axis=-2)) * s > 0.5
        dot[y] = truncated_tangent(u, s, vh, kept, moved)
        found = truncated_adjoint(u, s, vh, kept, bar[y])
    bar[a] = symmetric(found) if hermitian else found


def outer(x, y):
    """X Yᵀ of vectors or matrices."""
    return np.outer(x, y) if x.ndim == 1 else x @ y.T


@rule(np.linalg.lstsq, outputs=4, passive="rcond", complex=True)
def lstsq(x, residuals, rank, s, a, b, rcond=None):
    """X = A⁺ B, as `pinv`; the residuals are column sums of |R|² where R = B - A X, or none at all.

    A singular value that is as good as 0 has the slope 0, the least, as the norm of 0 has.
    """
    r = b - a @ x
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    kept = np.arange(s.shape[0]) < rank
    if rcond is None:
        y = np.linalg.pinv(a)
        along, across = y @ (mH(y) @ (mH(dot[a]) @ r)), mH(dot[a]) @ (mH(y) @ x)
        dot[x] = y @ (dot[b] - dot[a] @ x) + along + across - y @ (a @ across)
        back = y.T @ bar[x]
        beyond = outer(conjugated(r), y @ conjugated(back)) + outer(
            y.T @ conjugated(x), conjugated(bar[x] - a.T @ back)
        )
        in_x = beyond - outer(back, x)
        smooth = kept
    else:
        y = (mH(vh) * inverses(s, kept)) @ mH(u)
        dot[x] = y @ dot[b] + truncated_tangent(u, s, vh, kept, dot[a]) @ b
        back = y.T @ bar[x]
        in_x = truncated_adjoint(u, s, vh, kept, outer(bar[x], b))
        smooth = True
    moved = real_part(np.sum(conjugated(r) * (dot[b] - dot[a] @ x), axis=0, keepdims=b.ndim == 1))
    dot[residuals] = resized(2 * moved, residuals.shape)
    dot[rank] = np.zeros_like(rank)
    dot[s] = values_tangent(u, vh, dot[a]) * smooth
    by_r = 2 * conjugated(r) * resized(bar[residuals], b.shape[1:] if b.ndim == 2 else (1,))
    bar[b] = back + by_r
    bar[a] = in_x - outer(by_r, x) + values_adjoint(u, vh, bar[s] * smooth)


# ---- determinants -----------------------------------------------------------------------------------------


@rule(np.linalg.det, complex=True)
def det(y, a):
    """ẏ = ⟨cof A, Ȧ⟩, Jacobi; for singular A too."""
    dot[y] = np.sum(cofactors(a) * dot[a], axis=(-2, -1))
    bar[a] = np.expand_dims(bar[y], (-1, -2)) * cofactors(a)


@rule(np.linalg.slogdet, outputs=2, complex=True)
def slogdet(sign, logabsdet, a):
    """log det A = logabsdet + log(sign), whose slope A⁻ᵀ is infinite where A is singular; a real sign is constant."""
    slope = inverse(a).mT
    if np.iscomplexobj(a):
        moved = np.sum(slope * dot[a], axis=(-2, -1))
        dot[sign] = 1j * sign * np.imag(moved)
        dot[logabsdet] = np.real(moved)
        bar[a] = np.expand_dims(bar[logabsdet] + 1j * np.imag(bar[sign] * sign), (-1, -2)) * slope
    else:
        dot[sign] = np.zeros_like(sign)
        dot[logabsdet] = np.sum(slope * dot[a], axis=(-2, -1))
        bar[a] = np.expand_dims(bar[logabsdet], (-1, -2)) * slope


# ---- triangular factors -----------------------------------------------------------------------------------


def lower_tangent(l, a_dot):
    p = np.linalg.solve(l, mH(np.linalg.solve(l, symmetric(a_dot))))  # L⁻¹ Ȧ L⁻ᴴ
    return l @ phi(p)


def lower_adjoint(l, l_bar):
    half = np.linalg.solve(l.mT, phi(l.mT @ l_bar))
    return symmetric(np.linalg.solve(mH(l), half.mT).mT)


@rule(np.linalg.cholesky, complex=True)
def cholesky(l, a, *, upper=False):
    """A = L Lᴴ, or Lᴴ L of an upper L.  Murray (2016), arXiv:1602.07527."""
    if upper:
        dot[l] = mH(lower_tangent(mH(l), dot[a]))
        bar[a] = lower_adjoint(mH(l), mH(bar[l]))
    else:
        dot[l] = lower_tangent(l, dot[a])
        bar[a] = lower_adjoint(l, bar[l])


def unless_used(x_bar):
    """0, and nan where something depends on what has no derivative."""
    return np.sum(helpers.unless_zero(x_bar, x_bar * math.nan), axis=(-2, -1), keepdims=True)


@rule(np.linalg.qr, outputs=2, complex=True)
def qr(q, r, a, mode="reduced"):
    """A = Q R = [X Z] with X = Q U, U square.  Walter & Lehmann (2012), arXiv:1009.6112; wide A: Roberts & Roberts
    (2020), arXiv:2009.10071.  Q̇ = Q Ω across Q where Ω = -Ωᴴ, and the diagonal of R stays real.
    """
    if mode == "reduced":
        inverted = inverse(r[..., : q.shape[-1]])
        turning = qr_tangent(q, r, inverted, dot[a])
        dot[q] = turning[0]
        dot[r] = turning[1]
        bar[a] = qr_adjoint(q, r, inverted, bar[q], bar[r], a.shape)
    elif mode == "complete":
        rows, columns = a.shape[-2], a.shape[-1]
        thin, top = q[..., :columns], r[..., :columns, :]
        inverted = inverse(top[..., :rows])
        turning = qr_tangent(thin, top, inverted, dot[a])
        dot[q] = np.concatenate([turning[0], q[..., columns:] * math.nan], axis=-1)
        dot[r] = resized(turning[1], r.shape)
        found = qr_adjoint(thin, top, inverted, bar[q][..., :columns], bar[r][..., :columns, :], a.shape)
        bar[a] = found + unless_used(bar[q][..., columns:])


def qr_tangent(q, r, inverted, a_dot):
    w = a_dot[..., : q.shape[-1]] @ inverted  # Ẋ U⁻¹
    c = mH(q) @ w
    omega = phi(c) - mH(phi(c))
    return w + q @ (omega - c), mH(q) @ a_dot - omega @ r


def qr_adjoint(q, r, inverted, q_bar, r_bar, shape):
    m = q.mT @ q_bar
    omega_bar = m - r_bar @ r.mT
    w_bar = q_bar + conjugated(q) @ (phi(omega_bar - mH(omega_bar)) - m)
    return conjugated(q) @ r_bar + resized(w_bar @ inverted.mT, shape)


# ---- eigenvalues ------------------------------------------------------------------------------------------


def scale(v, at):
    """1 / v at the places, one in each column, where a column is real; 0 where that tells nothing of its phase."""
    x = np.sum(np.where(at, np.real(v), 0), axis=-2, keepdims=True)
    return x / np.where(1 + x * x == 1, np.inf, x * x)


def turned(v, at, v_dot):
    """V̇, where the phases of the columns are such that they stay real at these places."""
    if not np.iscomplexobj(v):
        return v_dot
    angle = np.sum(np.where(at, np.imag(v_dot), 0), axis=-2, keepdims=True) * scale(v, at)
    return v_dot - 1j * v * angle


def turned_adjoint(v, at, v_bar):
    if not np.iscomplexobj(v):
        return v_bar
    angle_bar = np.imag(np.sum(v_bar * v, axis=-2, keepdims=True))
    return v_bar - 1j * np.where(at, angle_bar * scale(v, at), 0)


def end(v, UPLO):
    """LAPACK has the first components of eigenvectors real where it reads the lower triangle, else the last."""
    places = column(np.arange(v.shape[-2]))
    return places == (0 if UPLO in ("L", "l") else v.shape[-2] - 1)


@rule(np.linalg.eigh, outputs=2, complex=True)
def eigh(w, v, a, UPLO="L"):
    """A V = V diag(w), a function of (A + Aᴴ)/2.  Giles (2008), section 3.1."""
    moved = symmetric(dot[a]) @ v
    dot[w] = real_part(np.sum(conjugated(v) * moved, axis=-2))
    dot[v] = turned(v, end(v, UPLO), v @ mixed(w, mH(v) @ moved))
    mixing = mixed(w, v.mT @ turned_adjoint(v, end(v, UPLO), bar[v]))
    bar[a] = symmetric((conjugated(v) * row(bar[w])) @ v.mT + conjugated(v) @ mixing @ v.mT)


@rule(np.linalg.eigvalsh, complex=True)
def eigvalsh(w, a, UPLO="L"):
    """ẇᵢ = vᵢᴴ Ȧ vᵢ, with the eigenvectors computed for the derivative."""
    v = np.linalg.eigh(a, UPLO)[1]
    dot[w] = real_part(np.sum(conjugated(v) * (symmetric(dot[a]) @ v), axis=-2))
    bar[a] = symmetric((conjugated(v) * row(bar[w])) @ v.mT)


def greatest(v):
    """LAPACK has the component real that is the greatest, of each column."""
    order = np.argsort(np.abs(v) * (np.imag(v) == 0), axis=-2)
    return column(np.arange(v.shape[-2])) == order[..., -1:, :]


@rule(np.linalg.eig, outputs=2, complex=True)
def eig(w, v, a):
    """A V = V diag(w), columns of length 1.  Giles (2008), section 3.1; Boeddeker et al. (2017), arXiv:1701.00392.

    The front end has results that are complex, whatever the matrix is.
    """
    x = inverse(v)
    moved = dot[a] @ v
    dot[w] = np.sum(x.mT * moved, axis=-2)
    v_moved = v @ mixed(w, x @ moved)
    longer = np.real(np.sum(np.conj(v) * v_moved, axis=-2, keepdims=True))
    dot[v] = turned(v, greatest(v), v_moved) - v * longer
    longer_bar = np.real(np.sum(bar[v] * v, axis=-2, keepdims=True))
    mixing = mixed(w, v.mT @ (turned_adjoint(v, greatest(v), bar[v]) - np.conj(v) * longer_bar))
    bar[a] = (x.mT * row(bar[w])) @ v.mT + x.mT @ mixing @ v.mT


@rule(np.linalg.eigvals, complex=True)
def eigvals(w, a):
    """ẇ = diag(V⁻¹ Ȧ V), with the eigenvectors computed for the derivative, which LAPACK may give in another order."""
    values, vectors = np.linalg.eig(a)
    v = np.take_along_axis(vectors, row(order_of_nearest(w, values)), -1)
    x = inverse(v)
    dot[w] = np.sum(x.mT * (dot[a] @ v), axis=-2)
    bar[a] = (x.mT * row(bar[w])) @ v.mT


# ---- singular values ----------------------------------------------------------------------------------------


def sums(s):
    return row(s) + column(s)


def across(u, m, s):
    """(1 - U Uᴴ) M / s, which is nothing where U is square, even where s is 0."""
    return over((m - u @ (mH(u) @ m)) * (u.shape[-2] > u.shape[-1]), row(s))


def with_real_component(turn, u, v, x, y):
    """X and Y turned such that the first components of left vectors stay real where A is wide, else of right ones."""
    m, n = u.shape[-2], v.shape[-2]
    at = column(np.arange(m + n)) == m * (m >= n)
    found = turn(np.concatenate([u, v], axis=-2), at, np.concatenate([x, y], axis=-2))
    return found[..., :m, :], found[..., m:, :]


def svd_tangent(u, s, vh, a_dot):
    """U and V turn as S and the gaps have it, by the Hermitian part of P = Uᴴ Ȧ V and by what is left of it."""
    v = mH(vh)
    p = mH(u) @ a_dot @ v
    turning, apart = mixed(s, symmetric(p)), over(skew(p), sums(s))
    u_dot = u @ (turning + apart) + across(u, a_dot @ v, s)
    v_dot = v @ (turning - apart) + across(v, mH(a_dot) @ u, s)
    if np.iscomplexobj(u):
        u_dot, v_dot = with_real_component(turned, u, v, u_dot, v_dot)
    return u_dot, mH(v_dot)


def svd_adjoint(u, s, vh, u_bar, vh_bar):
    v, v_bar = mH(vh), mH(vh_bar)
    if np.iscomplexobj(u):
        u_bar, v_bar = with_real_component(turned_adjoint, u, v, u_bar, v_bar)
    in_u, in_v = u.mT @ u_bar, v.mT @ v_bar
    turning, apart = symmetric(mixed(s, in_u + in_v)), skew(over(in_u - in_v, sums(s)))
    beyond = across(conjugated(u), u_bar, s) @ v.mT + conjugated(u) @ mH(across(conjugated(v), v_bar, s))
    return conjugated(u) @ (turning + apart) @ v.mT + beyond


def values_tangent(u, vh, a_dot):
    """ṡ = Re diag(Uᴴ Ȧ V)."""
    return real_part(np.sum(conjugated(u) * (a_dot @ mH(vh)), axis=-2))


def values_adjoint(u, vh, s_bar):
    return conjugated((u * row(s_bar)) @ vh)


@rule(np.linalg.svd, outputs=3, complex=True)
def svd(u, s, vh, a, full_matrices=True, compute_uv=True, hermitian=False):
    """A = U diag(s) Vᴴ.  Townsend (2016), "Differentiating the singular value decomposition"; Wan & Zhang (2019),
    arXiv:1909.02659.  Of a Hermitian A = U diag(w) Uᴴ where |w| = s.
    """
    if hermitian:
        sign = real_part(np.sum(u * vh.mT, axis=-2))
        moved = symmetric(dot[a]) @ u
        turning = turned(u, end(u, "L"), u @ mixed(s * sign, mH(u) @ moved))
        dot[u] = turning
        dot[s] = sign * real_part(np.sum(conjugated(u) * moved, axis=-2))
        dot[vh] = mH(turning * row(sign))
        both = bar[u] + mH(bar[vh]) * row(sign)
        mixing = mixed(s * sign, u.mT @ turned_adjoint(u, end(u, "L"), both))
        bar[a] = symmetric((conjugated(u) * row(sign * bar[s])) @ u.mT + conjugated(u) @ mixing @ u.mT)
    elif full_matrices:
        k = s.shape[-1]
        thin_u, thin_vh = u[..., :k], vh[..., :k, :]
        turning = svd_tangent(thin_u, s, thin_vh, dot[a])
        dot[u] = np.concatenate([turning[0], u[..., k:] * math.nan], axis=-1)
        dot[s] = values_tangent(thin_u, thin_vh, dot[a])
        dot[vh] = np.concatenate([turning[1], vh[..., k:, :] * math.nan], axis=-2)
        undefined = unless_used(bar[u][..., k:]) + unless_used(bar[vh][..., k:, :])
        found = svd_adjoint(thin_u, s, thin_vh, bar[u][..., :k], bar[vh][..., :k, :])
        bar[a] = values_adjoint(thin_u, thin_vh, bar[s]) + found + undefined
    else:
        turning = svd_tangent(u, s, vh, dot[a])
        dot[u] = turning[0]
        dot[s] = values_tangent(u, vh, dot[a])
        dot[vh] = turning[1]
        bar[a] = values_adjoint(u, vh, bar[s]) + svd_adjoint(u, s, vh, bar[u], bar[vh])


@rule(np.linalg.svdvals, complex=True)
def svdvals(s, a):
    """The singular vectors are computed for the derivative."""
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    dot[s] = values_tangent(u, vh, dot[a])
    bar[a] = values_adjoint(u, vh, bar[s])


def greatest_sums(a, axis, least):
    """Which sums of magnitudes along an axis are the greatest or the least ones, ties with equal shares."""
    found = np.sum(np.abs(a), axis=axis, keepdims=True)
    other = -3 - axis
    best = np.min(found, axis=other, keepdims=True) if least else np.max(found, axis=other, keepdims=True)
    return (found == best) / np.sum(found == best, axis=other, keepdims=True, dtype=found.dtype)


def norm_slope(a, p):
    """The slope of the norms of matrices, those of singular values apart."""
    if p == "fro":
        return conjugated(a) / np.linalg.norm(a, axis=(-2, -1), keepdims=True)
    if p == "nuc":
        return conjugated(polar_factor(a))
    return conjugated(np.sign(a)) * greatest_sums(a, -2 if abs(p) == 1 else -1, p < 0)


@rule(np.linalg.cond, complex=True)
def cond(y, x, p=None):
    """The ratio of the outermost singular values, or the product of the norms of A and A⁻¹."""
    if p is None or p == 2 or p == -2:
        u, s, vh = np.linalg.svd(x, full_matrices=False)
        u = u / row(s)
        slope = u[..., :1] @ vh[..., :1, :] - u[..., -1:] @ vh[..., -1:, :]
        slope = conjugated(-slope if p == -2 else slope) * np.expand_dims(y, (-2, -1))
    else:
        z = inverse(x)
        by_x = norm_slope(x, p) * np.linalg.norm(z, p, axis=(-2, -1), keepdims=True)
        by_z = norm_slope(z, p) * np.linalg.norm(x, p, axis=(-2, -1), keepdims=True)
        slope = by_x - z.mT @ by_z @ z.mT
    dot[y] = real_part(np.sum(slope * dot[x], axis=(-2, -1)))
    bar[x] = slope * np.expand_dims(bar[y], (-2, -1))


# ---- helpers, for derivatives of derivatives --------------------------------------------------------------


@rule(helpers.cofactors, complex=True)
def cofactors_(c, a):
    """The second derivative of a determinant, which is symmetric."""
    dot[c] = cofactors_slope(a, dot[a])
    bar[a] = cofactors_slope(a, bar[c])


def trace(a):
    return np.expand_dims(np.trace(a, 0, -2, -1), (-2, -1))


def third_slope(y, a, b, c):
    """The third derivative of det A along B and C, where A is not singular: Y is the second one along B."""
    x = inverse(a).mT
    by_b, by_c = trace(x.mT @ b), trace(x.mT @ c)
    moved, turned = -x @ c.mT @ x, x @ b.mT
    det = np.expand_dims(np.linalg.det(a), (-2, -1))
    return by_c * y + det * (trace(moved.mT @ b) * x + by_b * moved - turned @ moved - moved @ b.mT @ x)


@rule(helpers.cofactors_slope, complex=True)
def cofactors_slope_(y, a, b):
    dot[y] = cofactors_slope(a, dot[b]) + third_slope(y, a, b, dot[a])
    bar[a] = third_slope(y, a, b, bar[y])
    bar[b] = cofactors_slope(a, bar[y])


def polar_tangent(a, e):
    """How U Vᴴ turns along E, whatever the gaps between singular values are.  Higham (2008), section 8."""
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    v = mH(vh)
    turning = 2 * over(skew(mH(u) @ e @ v), sums(s))
    return u @ turning @ vh + across(u, e @ v, s) @ vh + u @ mH(across(v, mH(e) @ u, s))


@rule(helpers.polar_factor, complex=True)
def polar_factor_(y, a):
    """The second derivative of the sum of singular values, which is symmetric."""
    dot[y] = polar_tangent(a, dot[a])
    bar[a] = conjugated(polar_tangent(a, conjugated(bar[y])))


@rule(helpers.mixed, complex=True)
def mixed_(y, w, m):
    """M / (wⱼ - wᵢ) apart from the diagonal."""
    dot[y] = mixed(w, dot[m]) - mixed(w, y * (row(dot[w]) - column(dot[w])))
    bar[m] = mixed(w, bar[y])
    by_gaps = mixed(w, bar[y] * y)
    bar[w] = np.sum(by_gaps, axis=-1) - np.sum(by_gaps, axis=-2)
