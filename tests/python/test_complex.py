"""Complex numbers: on the way from real arguments to a real result, and as arguments."""

# pyright: basic

import cmath
import contextlib
import copy
import math
import warnings

import numpy as np
import pytest

from s2s_ad import emit, grad, value_and_grad
from s2s_ad.errors import DifferentiationError, NoRuleError, UnsupportedError
from tests.differences import leaves
from tests.judge import Programs, outcome
from tests.programs import float_arguments

PROGRAMS = Programs()
works, refused = PROGRAMS.works, PROGRAMS.refused
X = np.array([0.3, -0.5, 0.7])
Y = np.array([1.1, 0.4, -0.2])
A = np.array([[1.0, 0.2, -0.3], [0.5, 2.0, 0.1], [-0.4, 0.3, 1.5]])
PHASES = np.exp(1j * np.array([0.1, 1.2, 2.3]))


# ---- numbers --------------------------------------------------------------------------------------


@works(0.7, -0.4)
def python_arithmetic(x, y):
    z = x + 1j * y
    w = (2 - 3j) * z - z / (1 + x * 1j) + -z
    return w.real * 2.0 - w.imag


@works(0.7, -0.4)
def python_scalars_of_a_constructor(x, y):
    z = complex(x, y)
    return abs(z * z.conjugate() + complex(y) - complex(1.0, x)) + (z**3).imag


@works(0.7, 1.4)
def powers(x, y):
    z = complex(x, y)
    return (z**2 + z**-1 + z**0.5 + z**y + x ** (1j * y) + z ** (0.3 - 0.2j) + z**0).real + abs(2.0**z)


@works(-0.7, 0.4)
def complex_power_of_a_negative_number(x, y):
    z = x ** complex(0.5, y)
    return z.real + 3 * z.imag


@works(0.7, 0.3)
def functions_of_cmath(x, y):
    z = complex(x, y)
    r, phi = cmath.polar(z)
    w = cmath.exp(z) + cmath.sqrt(z) * cmath.log(z) - cmath.sin(z) / cmath.cosh(z) + cmath.rect(r, 2 * phi)
    return w.real + w.imag + cmath.phase(w) + r * phi


@works(-0.7)
def cmath_of_real_numbers(x):
    return cmath.sqrt(x).imag + cmath.log(x).real + abs(cmath.asin(x - 2.0)) + cmath.acosh(x).imag


@works(0.7)
def constants_of_cmath(x):
    return cmath.exp(cmath.pi * x * 1j).real + (cmath.tau * x) ** 2


@works(0.7, 0.3)
def numpy_scalars(x, y):
    z = np.complex128(x) + 1j * np.sin(y)
    return np.abs(z) * np.angle(z) + np.angle(z, deg=True) + z.conj().imag + np.real(z) * z.real


@works(0.7, 0.3)
def abs_squared(x, y):
    z = np.exp(1j * x) * y
    return abs(z) ** 2 + (z * z.conjugate()).real + z.real**2 + z.imag**2


@works(0.0, 0.0, want=(0.0, 0.0))
def abs_of_zero(x, y):
    return abs(complex(x, y)) + np.abs(x + 1j * y)


@works(0.4)
def real_numbers_have_the_parts_too(x):
    return x.real + x.imag + x.conjugate() + np.conj(x) * np.imag(x) + np.angle(x) + np.real(x) ** 2


@works(0.4, 2.0)
def modulus_of_a_wave(k, t):
    return abs(cmath.exp(1j * k * t) + cmath.exp(-1j * t)) ** 2


@works(0.4, 0.9)
def imaginary_constant_times_a_power(x, y):
    return ((-1j * x) ** 3 * (1j) ** 2 * y).imag


@works(0.4, 0.9)
def branch_by_a_complex_number(x, y):
    z = complex(x, y)
    if abs(z) > 0.5 and z != 0:
        return (z * z).real
    return z.imag


@works(0.3, 0.9)
def kinds_that_a_complex_number_decides(x, y):
    z = complex(x, y)
    return (
        (z.imag if isinstance(z, complex) else 0.0) + (x if np.iscomplexobj(z) else y) + (y if np.isrealobj(x) else x)
    )


@works(0.3, 0.9)
def conditional_expression_of_real_and_complex(x, y):
    z = x if y < 0.5 else x + 1j * y
    w = 1j * x if y > 0.5 else y
    return abs(z) * abs(w) + (z * w).real


@works(0.3, 0.2)
def a_branch_makes_it_complex(x, y):
    z = x
    if y < 0.5:
        z = z * (1 + 1j * y)
    return abs(z * z) + z.real


@works(0.3, 0.2)
def a_branch_leaves_it_real(x, y):
    z = x
    if y > 0.5:
        z = z * (1 + 1j * y)
    return abs(z * z) + z.real


@works(0.3, 0.2)
def where_of_real_and_complex(x, y):
    return np.abs(np.where(x > y, x, 1j * y) + np.where(x < y, 1j * x * y, y))


# ---- loops ----------------------------------------------------------------------------------------


@works(0.3, 0.7)
def a_sum_that_turns_complex(x, y):
    s = 0.0
    for k in range(4):
        s = s + x * cmath.exp(1j * k * y)
    return abs(s) ** 2


@works(0.3, 0.7)
def an_active_number_that_turns_complex(x, y):
    s = x
    for _ in range(3):
        s = s * (1 + 1j * y) + x
    return s.real * s.imag


@works(0.3, 0.7, 0)
@works(0.3, 0.7, 3)
def trips(x, y, n):
    z = complex(x, y)
    for _ in range(n):
        z = z * z + complex(x, 1.0)
    return abs(z)


@works(0.1, 0.2)
def mandelbrot_escape(x, y):
    z = 0j
    k = 0
    while abs(z) < 50.0 and k < 6:
        z = z * z + complex(x + 0.4, y + 0.5)
        k += 1
    return abs(z) / (1 + k)


@works(X, 0.3)
def nested_loops_over_complex_numbers(x, w):
    s = 0j
    for j in range(3):
        t = 1.0
        for k in range(2):
            t = t * (x[j] + 1j * w * (k + 1))
        s += t
    return abs(s)


@works(0.6)
def transfer_matrices(k):
    a, b = 1.0, 0.0
    for n in range(1, 4):
        phase = cmath.exp(1j * k * n)
        a, b = a * phase + 0.2 * b, 0.2 * a + b / phase
    return abs(a) ** 2 - abs(b)


@works(X)
def horner_of_real_coefficients(c):
    z = 0.3 + 0.8j
    p = 0.0
    for k in range(3):
        p = p * z + c[k]
    return abs(p)


@works(X, Y)
def builtin_sum(x, y):
    return abs(sum([x[0] + 1j * y[0], x[1], 1j * y[2]]))


@works(-0.7, 0.3)
def a_negative_number_that_turns_complex(x, y):
    s = x
    for _ in range(2):
        s = s**0.5 * (1 + 1j * y)
    return abs(s) + s.imag


@works(-0.7, 0.3)
def a_negative_number_that_is_complex_on_one_way(x, y):
    z = x if y < 0.5 else x + 1j * y
    w = z**-1.5 + z**0.5 + z**y
    return w.real + w.imag


@works(0.4)
def powers_of_imaginary_constants(x):
    return ((-1j) ** x + (2 - 3j) ** x + (-2j) ** x * 1j**x).real + abs((-0.5 + 1j) * x - 1j)


@works(0.4)
def complex_constants_of_the_module(x):
    return abs(CONSTANT * x - CONSTANT.conjugate() + CONSTANT.real) + (PAIR[0] * x + PAIR[1]).imag


CONSTANT = 0.3 - 0.2j
PAIR = (1j, complex(-0.0, -2.0))


@works(0.3, 0.2)
def left_early(x, y):
    z = complex(x, y)
    for k in range(9):
        if abs(z) > 3:
            break
        z = z * z + 1 + k * 1j
    else:
        return z.real
    return abs(z)


@works(X, 2)
@works(X, 0)
def bound_in_a_loop_only(x, n):
    for k in range(n):
        z = x * np.exp(1j * k)
    return np.sum(np.abs(z + x))


@works(0.3, -0.5)
def tried(x, y):
    try:
        z = cmath.log(x) + cmath.sqrt(y)
    except ValueError:
        z = 1j * y
    return abs(z * z)


@works(X, 0.3, 0)
@works(X, 0.3, 2)
def an_array_of_a_number_that_a_loop_may_leave_real_made_complex(x, y, n):
    s = 1.0
    for _ in range(n):
        s = s * (1 + 1j * y)
    a = complex(s) * x
    b = s * (x + 0j)
    a[0] = a[1] * 2
    return a[0].imag + a[1].real + np.abs(b[0]) + np.sum(b).imag


@works(X, 0.3, 0)
@works(X, 0.3, 2)
def parts_of_a_sum_after_a_loop(x, y, n):
    z = np.sum(x * PHASES)
    w = 1j * y
    for _ in range(n):
        z = z * (0.5 + 1j)
        w = w.real + 0j + y
    return z.real + w.imag


@works(X, 0.3)
@works(X, 0.6)
def real_parts_in_a_branch(x, y):
    z = np.sum(x * PHASES)
    if y > 0.5:
        s = z.real * y
    else:
        s = abs(z) + z.imag
    return s * s + z.real


# ---- arrays ---------------------------------------------------------------------------------------


@works(X, Y)
def array_arithmetic(x, y):
    z = x + 1j * y
    w = z**2 / (2 + z) - np.exp(z) * z.conj() + np.sqrt(z) * np.log(z)
    return np.sum(w.real * np.abs(w)) + np.sum(w).imag


@works(X, 0.4)
def broadcast_real_against_complex(x, a):
    z = x[:, None] * PHASES + a * 1j
    return np.sum(np.abs(z * x + a) ** 2)


@works(X, Y)
def parts(x, y):
    z = x + 1j * y
    return np.sum(z.real**3 * z.imag + np.angle(z) + np.real(z) - np.imag(z * 1j) + np.conj(z).imag)


@works(X, Y)
def a_complex_array_filled(x, y):
    z = np.zeros(5, dtype=complex)
    z[0] = x[0]
    z[1:4] = 1j * y
    z[-1] = x[1] * y[1]
    z[2] += x[2]
    z[1:3] *= y[:2] + 1j
    z[0] -= 1j * x[2]
    z[3:] /= 2j
    return np.abs(np.sum(z * z)) + np.sum(z.imag)


@works(X)
def filled_in_a_loop(x):
    z = np.empty(3, complex)
    for k in range(3):
        z[k] = x[k] * np.exp(1j * k)
    for k in range(1, 3):
        z[k] = z[k] + z[k - 1] * x[k]
    return np.linalg.norm(z) + np.abs(z[2])


@works(X)
def real_array_written_into_a_complex_one(x):
    z = np.exp(1j * x)
    z[:2] = x[1:]
    z[...] = z * x
    return np.sum(np.abs(z - 1j))


@works(X)
def in_place_on_a_name(x):
    z = x.astype(complex)
    z += 1j * x
    z *= x
    z **= 2
    z -= 1.0
    return np.sum(z.imag * z.real)


@works(X, Y)
def views_and_aliases(x, y):
    z = x + 1j * y
    w = z[::-1]
    v = z[1:]
    w[0] = x[1] * 2j
    v *= x[0]
    z[1] = y[0]
    return np.sum(np.abs(w) ** 2) + v[0].real + z[2].imag


@works(X)
def conversions(x):
    z = np.array(x, dtype=complex) + np.asarray(x, complex) * 1j + x.astype(np.complex128) + np.complex128(x)
    return np.sum(np.abs(z) + np.array([x[0], 1j * x[1], 2.0]).imag)


@works(X, Y)
def assembled_of_real_and_complex(x, y):
    z = np.concatenate([x, 1j * y, np.array([1j])])
    w = np.stack([x * 1j, y])
    v = np.hstack((x, 2j * x)) * np.append(y, 1j * x)
    u = np.vstack((x, y * 1j)) + w
    return np.abs(np.sum(z * v[0])) + np.sum(u.imag * w.real) + np.sum(v).real + np.abs(u[1, 2] * w[0, 1])


@works(X, Y)
def where_over_arrays(x, y):
    z = np.where(x > 0, x, 1j * y)
    return np.sum(np.abs(z) + np.where(z.imag == 0, z, z * z).real)


@works(X, Y)
def moved_about(x, y):
    z = np.outer(x, y * 1j) + np.diag(x)
    w = np.roll(z.T, 1, axis=0)[::-1].reshape(9)
    v = np.tile(w[:2], 2) * np.repeat(w[3:5], 2)
    return np.abs(np.sum(v)) + np.trace(z).real + np.sum(np.tril(z).imag) + np.sum(np.take(w, [0, 2, 2])).real


@works(X, Y)
def reductions(x, y):
    z = x + 1j * y
    return (
        np.mean(z).imag + np.var(z) + np.std(z, ddof=1) + np.prod(z).real + np.sum(np.cumsum(z) * np.cumprod(z)).imag
        + np.linalg.norm(z) + np.linalg.norm(z, 1) + z.mean().real + np.abs(np.diff(z)).max()
    )  # fmt: skip


@works(A, X)
def products(a, x):
    z = a @ (x * PHASES)
    w = np.einsum("ij,j->i", a + 1j * a.T, x) + np.dot(a, z) + np.inner(z, a)
    v = np.vdot(z, w) + np.vdot(x, z) + np.vdot(w, x) + np.tensordot(a, z, 1)[0] + x @ z
    return v.real + 2 * v.imag + np.sum(np.outer(x, z)).imag


@works(A, X)
def linear_algebra(a, x):
    m = a + 1j * np.diag(x)
    z = np.linalg.solve(m, x) + np.linalg.inv(m) @ x + np.linalg.solve(a, x * 1j)
    return np.sum(np.abs(z)) + np.abs(np.linalg.det(m)) + np.linalg.det(m).imag


@works(X)
def discrete_fourier_transform(x):
    n = np.arange(3)
    f = np.exp(-2j * np.pi * np.outer(n, n) / 3) @ x
    return np.sum(np.abs(f) ** 2 * n)


@works(np.arange(6.0) / 3, Y)
def fast_fourier_transforms(x, y):
    f = np.fft.fft(x) * np.exp(1j * np.fft.fftfreq(6))
    g = np.fft.ifft(f * np.fft.fft(y, 6), norm="ortho") + np.fft.ifft(x)
    h = np.fft.irfft(np.fft.rfft(x) * np.fft.rfft(y, n=6) * 1j, 6)
    return np.sum(np.abs(np.fft.fftshift(g)) ** 2 * x) + np.sum(h * x) + np.sum(np.fft.irfft(x * 1j + x).cumsum())


@works(A, 0.2)
def fourier_transforms_over_axes(a, t):
    k = np.fft.fftfreq(3, d=0.5)
    f = np.fft.fft2(a * 1j + t) * np.exp(-1j * t * (k[:, None] ** 2 + k**2))
    g = np.fft.ifftn(f, axes=(0,)) + np.fft.rfft(a, axis=0, n=5)[:, :1].sum()
    return np.sum(np.abs(np.fft.ifft2(f)) ** 2) + np.sum(np.abs(g) * np.fft.fft(a, axis=-2).imag)


@works(X, 0.3)
def schroedinger_step(v, dt):
    psi = np.array([0.2 + 0.1j, 0.9, 0.3j])
    for _ in range(3):
        psi = psi * np.exp(-1j * dt * v)
        psi = psi + 1j * dt * (np.roll(psi, 1) - 2 * psi + np.roll(psi, -1))
    return np.sum(np.abs(psi) ** 2 * np.arange(3))


@works(np.float32(0.5), np.array([0.25, 0.5], np.float32))
def single_precision(a, x):
    z = x * (a * 1j) + x
    z[0] = a
    return np.sum(np.abs(z) ** 2) + np.sum(z.imag)


@works({"re": X, "im": Y}, [0.3, 0.4])
def containers(params, scale):
    z = params["re"] + 1j * params["im"]
    parts = {"first": z[0], "rest": [z[1], scale[0] * 1j]}
    total = parts["first"] * parts["rest"][0]
    return abs(total + parts["rest"][1] * scale[1])


@works(X)
def a_helper_of_complex_numbers(x):
    def rotated(z, angle=0.5):
        return z * cmath.exp(1j * angle)

    return sum_of_squares(rotated(x)) + rotated(x[0], x[1]).imag


def sum_of_squares(z):
    return np.sum(np.abs(z) ** 2 * (z.real > -1))


@works(X)
def unused_and_passive_complex_values(x):
    z = PHASES * 2
    w = np.abs(z) * np.sign(z).real
    print(z[0], 1j * x[0])
    return np.sum(x * w) + float(np.sum(z.imag))


@works(np.array([0.5]), X)
def axes_of_one(a, x):
    z = a * 1j + x
    return np.sum(np.abs(z))


@works(np.zeros(0), 0.4)
def empty_arrays(x, a):
    z = x * 1j * a
    return np.sum(np.abs(z)) + np.prod(z).real * a


@works(X)
def real_part_written_from_complex_numbers(x):
    y = np.zeros(3)
    z = np.exp(1j * x)
    y[:] = z.real
    y[0] = z[1].imag
    return np.sum(y * x)


@works(X)
def a_view_of_the_real_parts_of_an_array_not_written_again(x):
    z = x * (1 + 2j)
    r = z.real
    return np.sum(r * r) + z[0].imag


@works(X, Y)
def unpacked(x, y):
    a, b, c = x + 1j * y
    return abs(a * b - c) + c.imag


@works(X)
def iterated(x):
    s = 0.0
    for z in x * np.exp(1j * x):
        s = s + abs(z) * z.real
    return s


@works(X)
def comparisons(x):
    z = x * PHASES
    return np.sum(np.abs(z) * (z == z)) + np.sum(z.real[np.abs(z) > 0.4])


@works(X, np.array([0, 2, 2]))
def fancy_indices(x, index):
    z = x * PHASES
    w = np.zeros(3, dtype=complex)
    w[index] = z
    w[index] += x
    return np.sum(np.abs(w + z[index]))


@works(0.4, 0.3)
def a_square_root_of_a_negative_number_through_a_complex_one(x, y):
    return np.sqrt(-x + 0j).imag + np.sqrt(np.complex128(-y)).imag


# ---- what is refused ----------------------------------------------------------------------------


@refused(X)
def an_array_that_turns_complex_in_a_loop(x):
    z = np.zeros(3)
    for _ in range(2):
        z = z + 1j * x
    return np.sum(np.abs(z))


@refused(X)
def an_active_array_that_turns_complex_in_a_loop(x):
    z = x
    for _ in range(2):
        z = z * 1j
    return np.sum(z.real)


@refused(X, 0.3, 0)
@refused(X, 0.3, 2)
def an_array_made_of_a_number_that_a_loop_may_leave_real(x, y, n):
    s = 1.0
    for _ in range(n):
        s = s * (1 + 1j * y)
    a = s * x
    a[0] = a[1] * 2
    return a[0].imag + a[1].real


@refused(X, 0.3)
def an_array_made_of_a_number_that_a_branch_may_leave_real(x, y):
    s = 1.0
    if y > 1:
        s = 1j * y
    return np.sum(np.imag(x * s))


@refused(X, 0.3)
def an_array_that_is_complex_on_one_way(x, a):
    z = x
    if a > 0:
        z = x * 1j
    return np.sum(np.abs(z))


@works(X.copy())
def sign_of_complex_numbers(x):
    return np.sum(np.sign(x * 1j + 0.2).imag)


@refused(X)
def complex_result(x):
    return np.sum(x * 1j)


@refused(A)
def cholesky_of_a_hermitian_matrix(a):
    m = a + 1j * a
    return np.linalg.cholesky(m @ m.conj().T)[0, 0].real


@refused(A)
def eigenvalues_of_a_hermitian_matrix(a):
    m = a + 1j * a
    return np.sum(np.linalg.eigvalsh(m @ m.conj().T))


@refused(X)
def sorted_complex_numbers(x):
    return np.sort(x * PHASES)[0].real


@refused(X)
def maximum_of_complex_numbers(x):
    return np.maximum(x * PHASES, 1j).imag[0]


@refused(X)
def largest_complex_number(x):
    return np.max(x * PHASES).imag


@refused(X)
def dtype_that_values_decide(x):
    return np.sum(np.real_if_close(x * PHASES).real)


def complex_power(z, n):
    return z * 1.0 if n == 0 else z * complex_power(z, n - 1)


def root_and_back(x, n):
    return x**0.5 if n == 0 else root_and_back(x * x, n - 1)


def modulus(x, n):
    z = x * cmath.exp(1j * x)
    return abs(z) + z.real if n == 0 else modulus(x + z.imag, n - 1)


@works(0.3, 2)
def recursion_with_complex_numbers_inside(x, n):
    return modulus(x, n) + root_and_back(x, n)


@refused(0.3, 2)
def recursion_of_complex_numbers(x, n):
    return abs(complex_power(x * 1j, n))


@refused(0.3)
def power_inside_of_try(x):
    try:
        y = x**0.5
    except ArithmeticError:
        y = 2.0 * x
    return abs(y)


@refused(X)
def real_parts_written_in_place(x):
    z = x * (1 + 2j)
    z.real[0] = 5.0
    return np.sum(np.abs(z))


@refused(X)
def a_view_of_real_parts_and_a_write(x):
    z = x * (1 + 2j)
    r = z.real
    z[0] = 1j
    return np.sum(r)


test_right, test_refused = PROGRAMS.tests()


@pytest.mark.parametrize(("f", "args"), [case.values[:2] for case in PROGRAMS.right])
def test_no_complex_warning_and_the_gradient_is_of_real_numbers(f, args):
    argnums = tuple(float_arguments(args))
    with warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        if outcome(f, copy.deepcopy(args))[1] is not None:
            return
        gradients = grad(f, argnums)(*copy.deepcopy(args))
        with contextlib.suppress(UnsupportedError):  # there is no trace of recursion
            grad(f, argnums).trace(*copy.deepcopy(args))
    assert all(np.isrealobj(leaf) for leaf in leaves(list(gradients)))


def test_real_code_has_no_trace_of_complex_numbers():
    def f(x, y):
        return np.sum(np.exp(x) * y**3 / np.abs(x)) + np.linalg.norm(x)

    assert "real" not in emit(f, "reverse", X, 0.4, argnums=(0, 1))


# ---- arguments ------------------------------------------------------------------------------------


def differences(f, args, position, step=1e-5):
    """Return ∂f/∂x - i ∂f/∂y by a complex argument, element by element."""
    z = np.array(args[position])
    found = np.zeros(z.shape, complex)
    for index in np.ndindex(z.shape):
        for unit in (1, 1j):

            def at(h, index=index, unit=unit):
                moved = z.copy()
                moved[index] += h * unit
                given = moved if isinstance(args[position], np.ndarray) else type(args[position])(moved[()])
                return f(*args[:position], given, *args[position + 1 :])

            coarse, fine = (at(step) - at(-step)) / (2 * step), (at(step / 2) - at(-step / 2)) / step
            found[index] += (4 * fine - coarse) / 3 * (1 if unit == 1 else -1j)
    return found


Z = np.array([0.3 + 0.2j, -0.5 - 1.1j, 0.7 + 0.4j])


def energy(z, x):
    return np.sum(np.abs(z) ** 2 * x) + np.sum(z * x).imag


def least_squares(c):
    return np.linalg.norm((A + 1j * A.T) @ c - 1j) ** 2


def written_in_place(z):
    z = z.copy()
    z[0] = z[1] * 2j
    z[1:] *= z[:2]
    return np.sum(z.real * z.imag)


def of_numbers(z, w):
    return abs(z * w.conjugate() - cmath.exp(z)) + (z / w).imag + z.real


def in_a_loop(z):
    s = 1.0
    for _ in range(3):
        s = s * z + z.conjugate()
    return abs(s)


def by_branch(z):
    return z.real**2 if z.imag > 5 else (z * z).imag


def through_parts_only(z):
    return z.real


def of_no_trips(z):
    for _ in range(0):
        z = z * z
    return abs(z)


def selected(z):
    return np.sum(np.where(np.abs(z) > 0.5, z, 0).real)


CASES = [
    (energy, (Z, X)),
    (energy, (X + 0j, X)),
    (least_squares, (Z,)),
    (written_in_place, (Z,)),
    (of_numbers, (0.3 + 0.8j, -1.2 + 0.5j)),
    (of_numbers, (np.complex128(0.3 + 0.8j), -1.2 + 0.5j)),
    (in_a_loop, (0.3 - 0.4j,)),
    (by_branch, (0.3 - 0.4j,)),
    (by_branch, (0.3 + 6j,)),
    (through_parts_only, (0.3 + 6j,)),
    (through_parts_only, (np.complex128(0.3 + 6j),)),
    (of_no_trips, (0.3 - 0.4j,)),
    (selected, (Z,)),
]


@pytest.mark.parametrize(("f", "args"), CASES, ids=[f.__name__ for f, _ in CASES])
def test_gradient_by_a_complex_argument_is_that_of_jax(f, args):
    """The convention of JAX and autograd: ∂f/∂x - i ∂f/∂y."""
    argnums = tuple(range(len(args)))
    given = [np.copy(arg) if isinstance(arg, np.ndarray) else arg for arg in args]
    with warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        value, gradients = value_and_grad(f, argnums)(*args)
    assert value == f(*given)
    for n, gradient in enumerate(gradients):
        want = differences(f, args, n)
        if not np.iscomplexobj(args[n]):
            assert np.isrealobj(gradient)
            want = want.real
        assert type(gradient) is type(args[n])
        assert getattr(gradient, "dtype", None) == getattr(args[n], "dtype", None)
        np.testing.assert_allclose(gradient, want, rtol=1e-7, atol=1e-8)
        if isinstance(gradient, np.ndarray):
            assert gradient.flags.writeable and not np.shares_memory(gradient, args[n])


def test_gradient_by_an_argument_that_is_not_used_is_zero_of_its_kind():
    def f(z, w, v, x):
        return x * 2.0

    gradients = grad(f, (0, 1, 2))(1j, np.complex64(2j), Z, 1.0)
    assert [type(g) for g in gradients] == [complex, np.complex64, np.ndarray]
    assert gradients[0] == 0 == gradients[1] and gradients[2].dtype == complex and not gradients[2].any()


def test_complex64_stays_complex64():
    def f(z, x):
        return np.sum(np.abs(z * x))

    z, x = Z.astype(np.complex64), X.astype(np.float32)
    by_z, by_x = grad(f, (0, 1))(z, x)
    assert by_z.dtype == np.complex64 and by_x.dtype == np.float32
    np.testing.assert_allclose(by_z, differences(f, (Z, X), 0), rtol=1e-5)

    def g(z):
        return np.abs(z * z)

    assert type(grad(g)(np.complex64(0.3 + 0.4j))) is np.complex64


def test_arguments_in_structures_keep_theirs():
    def f(params):
        return np.sum(np.abs(params["z"]) ** 2) + params["x"] * params["w"][1].imag + abs(params["w"][0])

    params = {"z": Z, "x": 2.0, "w": [1 + 1j, 0.5j], "n": 3}
    found = grad(f)(params)
    np.testing.assert_allclose(found["z"], 2 * np.conj(Z))
    assert found["x"] == 0.5 and found["w"][1] == -2j and found["n"] is None
    assert type(found["w"][1]) is complex and isinstance(found["x"], float)


def test_a_list_of_real_and_complex_numbers_is_known_item_by_item():
    def f(xs):
        return abs(xs[0] * xs[1]) + xs[0]

    real, by_complex = grad(f)([2.0, 3 + 4j])
    assert isinstance(real, float) and real == pytest.approx(6.0)
    assert type(by_complex) is complex and by_complex == pytest.approx(2 * (3 - 4j) / 5)


def test_lists_of_tuples_with_real_and_complex_numbers():
    def f(pairs):
        return abs(pairs[0][0] * pairs[1][0]) + np.sum(pairs[0][1] * np.abs(pairs[1][1]))

    (a, x), (b, z) = grad(f)([(2.0, X), (3 + 4j, Z)])
    assert isinstance(a, float) and a == pytest.approx(5.0) and x.dtype == float
    assert b == pytest.approx(2 * (3 - 4j) / 5) and z.dtype == complex
    np.testing.assert_allclose(z, X * np.conj(Z) / np.abs(Z))


def test_lists_of_complex_numbers_and_arrays():
    def f(zs, arrays):
        total = 0.0
        for z in zs[:2]:
            total += abs(z * z)
        return total + np.sum(np.abs(arrays[1])) + len(arrays)

    by_zs, by_arrays = grad(f, (0, 1))([1 + 1j, 2j, 3j], [Z, Z[:2] + 1])
    np.testing.assert_allclose(by_zs, [2 * (1 - 1j), -4j, 0], atol=1e-12)
    assert all(isinstance(z, complex) for z in by_zs)
    assert not by_arrays[0].any() and by_arrays[0].dtype == complex
    np.testing.assert_allclose(by_arrays[1], np.conj(Z[:2] + 1) / np.abs(Z[:2] + 1))


def test_slice_of_a_list_is_a_copy_of_it():
    def f(xs, k):
        a = xs[1:]
        total = a[0] * xs[-1]
        for x in a[k:]:
            total += x * x
        for x in xs[::2]:
            total += x
        return total

    assert grad(f)([1.0, 2.0, 3.0, 4.0], 1) == [1.0, 4.0, 7.0, 10.0]
    assert emit(f, "reverse", [1.0, 2.0], 1).count(".copy()") == 0

    def of_lists(xs):
        total = 0.0
        for x in xs[0][1:]:
            total += x**2
        for row in xs[1:]:
            for x in row[:1]:
                total += x**3
        return total

    assert grad(of_lists)([[1.0, 2.0, 3.0], [4.0, 5.0]]) == [[0.0, 4.0, 6.0], [48.0, 0.0]]


def test_descent_goes_against_the_conjugate():
    def f(z):
        return np.sum(np.abs(z - (1 + 2j)) ** 2)

    z = Z.copy()
    for _ in range(60):
        z = z - 0.2 * np.conj(grad(f)(z))
    np.testing.assert_allclose(z, 1 + 2j, atol=1e-9)


def test_real_and_complex_arguments_have_modules_of_their_own():
    def f(x):
        return (x * x).real

    derivative = grad(f)
    assert derivative(3.0) == 6.0 and type(derivative(3.0)) is float
    assert derivative(3.0 + 1j) == 6 + 2j and type(derivative(3 + 0j)) is complex
    assert derivative(np.complex128(3.0 + 1j)) == 6 + 2j


def test_annotation_asks_for_complex_numbers():
    def f(z: complex):
        return abs(z)

    assert "signature: (complex)" in grad(f).source
    assert "v₀" in grad(f).ssa


def test_complex_result_is_refused_with_its_remedy():
    with pytest.raises(DifferentiationError, match="real part"):
        grad(lambda x: x * 1j)(1.0)
    with pytest.raises(DifferentiationError, match="real part"):
        grad(lambda z: z * z)(1j)


def test_trace_has_complex_values_tangents_and_adjoints():
    def f(x):
        z = np.exp(1j * x)
        return (z * z).imag

    trace = grad(f).trace(0.3)
    assert trace.forward[-1].tangent == pytest.approx(2 * math.cos(0.6))
    assert trace.gradient[0] == pytest.approx(2 * math.cos(0.6))
    assert "Forward mode" in str(trace)
    by_argument = grad(energy).trace(Z, X)
    np.testing.assert_allclose(by_argument.forward[-1].tangent, grad(energy)(Z, X)[0].real)
    assert grad(of_numbers, (0, 1)).trace(1 + 1j, 2j, tangents=(1j, 0.5)).forward[-1].tangent == pytest.approx(
        sum((bar * dot).real for bar, dot in zip(grad(of_numbers, (0, 1))(1 + 1j, 2j), (1j, 0.5), strict=True))
    )


def test_trace_shows_complex_numbers_shortly():
    shown = str(grad(lambda x: abs(np.exp(-1j * x) * (2 - 3j))).trace(0.3))
    assert "= 0.955 − 0.296j" in shown
    assert "−1j × v₋₁" in shown or "−1j × v₀" in shown


def test_tangent_of_a_real_argument_is_real():
    with pytest.raises(DifferentiationError, match="complex where that is real"):
        grad(lambda x: x * x).trace(0.3, tangents=(1j,))


def test_rule_for_real_numbers_says_so():
    with pytest.raises(NoRuleError, match="for real numbers") as caught:
        grad(sorted_complex_numbers)(X)
    assert caught.value.place is not None and caught.value.remedy
    with pytest.raises(UnsupportedError, match="real or complex"):
        grad(an_array_that_turns_complex_in_a_loop)(X)


# ---- powers of Python floats that turn complex when they run -------------------------------------


@pytest.mark.parametrize(
    "f",
    [
        lambda x: abs(x**1.5),
        lambda x: abs(x**0.5) + 1.0,
        lambda x: (x**2.5).real,
        lambda x: np.abs(x**x) * 2,
        lambda x: np.real(x**0.5 * 2.0),
        lambda x: abs((-8.0) ** x),
        lambda x: (x**0.5) * 2,
        lambda x: cmath.exp(x**0.5).real,
        lambda x: abs(x * (x - 1.0) ** 0.5),
        lambda x: np.where(x < 0, x**0.5, 1.0),
        lambda x: np.linalg.norm(np.array([x**0.5, 1.0])),
        lambda x: abs(sum([x**1.5, x])),
        lambda x: abs(carried_powers(x)),
        lambda x: np.array([x**1.5, 1.0]).astype(float)[0],
    ],
)
def test_power_that_turns_complex_gives_no_wrong_gradient(f):
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for x in (-0.7, -2.3):
            refused_or_right(f, x)
        assert grad(f)(1.4) == pytest.approx(slope(f, 1.4), rel=1e-6)


def slope(f, x):
    return (f(x + 1e-6) - f(x - 1e-6)) / 2e-6


def refused_or_right(f, x):
    try:
        found = grad(f)(x)
    except DifferentiationError as error:
        if "complex" not in str(error) or not error.remedy:
            raise
    else:
        assert found == pytest.approx(slope(f, x), rel=1e-6)


def carried_powers(x):
    s = 1.0
    for _ in range(2):
        s = s * x**0.5 + 1.0
    return s


def test_power_is_checked_only_where_something_makes_it_real_again():
    def checked(x):
        return abs(x**0.5 - 1.0)

    def plain(x):
        return x**0.5 * abs(x) + x**2 + abs(x**2.0) + abs(2.0**x)

    assert "v1 = real_power(v0, 0.5)" in emit(checked, "reverse", 0.3)
    assert "real_power" not in emit(plain, "reverse", 0.3)
    assert grad(checked)(4.0) == 0.25

    def raises(x):
        if x < 0:
            raise ArithmeticError("mine")
        return abs(x**0.5)

    with pytest.raises(ArithmeticError, match="mine"):
        grad(raises)(-1.0)
