"""Programs with SciPy's linear algebra."""

import numpy as np
import pytest
import scipy.linalg
from scipy import linalg
from scipy.linalg import cho_factor, cho_solve, expm, solve_triangular

from s2s_ad import grad
from s2s_ad.errors import DifferentiationError
from tests.judge import Programs

PROGRAMS = Programs()
works, refused = PROGRAMS.works, PROGRAMS.refused
A = np.array([[3.0, 0.4, -0.2], [0.1, 2.0, 0.3], [0.5, -0.6, 4.0]])
B = np.array([1.0, -0.5, 2.0])
TALL = np.array([[1.0, 0.2], [0.3, -1.1], [0.7, 0.4], [-0.2, 0.9]])


def spd(x):
    return x @ x.T + np.eye(3)


@works(A.copy(), B.copy())
def log_likelihood_by_a_factor(a, y):
    c, low = cho_factor(spd(a))
    return 0.5 * y @ cho_solve((c, low), y) + np.sum(np.log(np.diag(c)))


@works(A.copy(), B.copy())
def log_likelihood_by_a_lower_factor(a, y):
    factor = scipy.linalg.cho_factor(spd(a), lower=True)
    return y @ scipy.linalg.cho_solve(factor, y, check_finite=False) + np.sum(np.log(np.diag(factor[0])))


@works(A.copy(), B.copy())
def whitened(a, y):
    chol = linalg.cholesky(spd(a), lower=True)
    z = solve_triangular(chol, y, lower=True)
    z[0] = 2.0 * z[0]
    back = linalg.solve_triangular(chol, z, 1, True)
    return np.sum(back**2) + np.sum(linalg.solve_triangular(linalg.cholesky(spd(a)), y, trans="T", lower=False))


@works(A.copy(), B.copy())
def solved_in_a_loop(a, b):
    x = b
    for i in range(3):
        if i == 1:
            x = linalg.solve(a, x, transposed=True)
        else:
            x = linalg.solve(spd(a), x, assume_a="pos") + 0.1 * x
    return np.sum(x)


@works(A.copy(), B.copy())
def factor_used_twice(a, b):
    lu, piv = linalg.lu_factor(a)
    x = linalg.lu_solve((lu, piv), b)
    return np.sum(linalg.lu_solve((lu, piv), x, trans=1)) + np.sum(x)


@works(A.copy())
def permuted_factors(a):
    p, lower, upper = linalg.lu(a)
    return np.sum(lower * upper) + np.sum(p @ lower)


@works(A.copy(), 0.3)
def propagator(a, t):
    u = expm(a * t)
    return np.sum(u @ linalg.expm(-a * 0.5)) + np.trace(linalg.cosm(a * t))


@works(A.copy())
def functions_of_matrices(a):
    return np.sum(linalg.sqrtm(spd(a))) + np.sum(linalg.logm(spd(a)) ** 2) + linalg.det(linalg.sinm(a))


@works(TALL.copy(), np.array([1.0, 2.0, -1.0, 0.5]))
def least_squares(a, b):
    x, _, _, s = linalg.lstsq(a, b)
    return np.sum(x**2) + s[0] + np.sum(linalg.pinv(a) ** 2)


@works(TALL.copy())
def singular_values(a):
    s = linalg.svd(a, compute_uv=False)
    u, _, vh = linalg.svd(a, full_matrices=False)
    return s[0] ** 2 - s[1] + np.sum((u @ vh) ** 3) + np.sum(linalg.svdvals(a)) + linalg.norm(a, "nuc")


@works(TALL.copy())
def values_of_a_whole_decomposition(a):
    _, s, _ = linalg.svd(a)
    return np.sum(s**3)


@works(TALL.copy())
def triangular_factor(a):
    q, r = linalg.qr(a, mode="economic")
    u, p = linalg.polar(a)
    return np.sum(q * u) + np.sum(np.abs(r)) + np.sum(p)


@works(A.copy())
def eigenvalues(a):
    w, v = linalg.eigh(spd(a))
    return w[0] * w[2] + np.sum(v[:, 1] ** 4) + np.sum(linalg.eigh(spd(a), eigvals_only=True) ** 2)


@works(A.copy(), B.copy())
def generalised_eigenvalues(a, b):
    return np.sum(linalg.eigvalsh(spd(a), np.diag(b**2 + 1.0)) ** 2)


@works(A.copy(), TALL[:3, :2].copy())
def matrix_equations(a, q):
    x = linalg.solve_sylvester(a, np.eye(2), q)
    y = linalg.solve_continuous_lyapunov(a, spd(a))
    z = linalg.solve_discrete_lyapunov(a / 9.0, spd(a))
    return np.sum(x) + np.sum(y * z)


@works(np.array([2.0, 0.5, 0.1]), np.array([2.0, -0.3, 0.2]), 0.7)
def structured(c, r, s):
    t = linalg.toeplitz(c, r) + linalg.circulant(c) @ linalg.hankel(r)
    whole = linalg.block_diag(t, s, c)
    whole[0, 0] = 1.0
    return linalg.norm(whole) + linalg.norm(c, 1)


@works(np.array([[0.0, 1.0, 0.3], [4.0, 3.0, 5.0], [0.2, 0.5, 0.0]]), B.copy())
def banded(ab, b):
    x = linalg.solve_banded((1, 1), ab, b)
    return np.sum(x**2)


@works(A.copy(), 0.5)
def inverse_read_by_branch(a, t):
    inverse = linalg.inv(a)
    if t > 0.2:
        inverse = inverse @ inverse
    return np.sum(inverse) * t


@works(np.stack([A, A.T + np.eye(3)]), np.ones((3, 2)))
def stacks(a, b):
    return np.sum(linalg.solve(a, b)) + np.sum(linalg.det(a)) + np.sum(linalg.expm(a / 5.0))


@works(A.astype(np.float32), B.astype(np.float32))
def single_precision(a, b):
    return np.sum(linalg.solve(a, b)) + linalg.det(a)


@refused(A.copy())
def factor_of_a_mode(a):
    return np.sum(linalg.qr(a, mode="r")[0])


@refused(A.copy())
def overwritten(a):
    return np.sum(linalg.inv(a, overwrite_a=True))


@refused(A.copy())
def factor_times_its_permutation(a):
    left, upper = linalg.lu(a, permute_l=True)
    return np.sum(left) + np.sum(upper)


@refused(A.copy())
def schur_has_no_rule(a):
    return np.sum(linalg.schur(a)[0])


test_right, test_refused = PROGRAMS.tests()


def root(a):
    return np.sum(linalg.sqrtm(a))


def test_root_that_turns_complex_is_refused_when_it_runs():
    assert np.all(np.isfinite(grad(root)(A)))
    with pytest.raises(DifferentiationError, match="function of a matrix that is complex"):
        grad(root)(-A)


def test_adjoint_that_is_not_finite_raises_nothing():
    def f(a, b):
        return np.sum(linalg.solve_triangular(a, linalg.solve(a, b)) * np.array([np.inf, 1.0, 1.0]))

    with np.errstate(all="ignore"):
        gradient = grad(f)(A, B)
    assert not np.all(np.isfinite(gradient))


def test_solver_of_the_adjoint_is_that_of_the_program():
    def f(chol, b):
        return np.sum(linalg.solve_triangular(chol, b, lower=True))

    derivative = grad(f, (0, 1))
    derivative(np.tril(A), B)
    assert "linalg.solve_triangular(v_m1, v1_bar, trans=1, lower=True, check_finite=False)" in derivative.source
