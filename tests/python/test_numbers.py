"""Dtypes, shapes and sorts of numbers: what a value is, its gradient is too."""

# ruff: noqa
# pyright: basic
# fmt: off

import numpy as np
import pytest

from s2s_ad import grad, value_and_grad
from tests.judge import Programs

X = np.array([0.3, -0.8, 1.2, -0.2, 0.9])
X32 = X.astype(np.float32)
A = np.random.default_rng(1).normal(size=(4, 3))
PROGRAMS = Programs(alone=True)
works, refused = PROGRAMS.works, PROGRAMS.refused


# ---- single precision ------------------------------------------------------------------------------

@works(X32.copy())
def single_stays_single(x):
    y = np.zeros(5, np.float32)
    y[:] = x * np.float64(2.0)
    y[1] = 3.0 * float(x[0])
    y *= np.arange(5.0)
    np.multiply(y, x, out=y)
    np.add.at(y, [0, 0], x[:2])
    return np.sum(y * y)

@works(X32.copy(), X.copy())
def single_and_double_meet(x, z):
    y = np.zeros(5, np.float32)
    np.multiply(x, z.astype(np.float32), out=y)
    w = np.zeros(5)
    np.sin(x, out=w)
    w[1:] += x[:-1]
    w *= x
    return np.sum(y * w)

@works(X32.copy(), 0.7)
def single_with_python_float(x, k):
    y = x * k
    y += k
    y[0] = k * k
    y[1:3] *= k
    return np.sum(y) * k

@works(np.float32(0.7), X32.copy())
def single_number(s, x):
    y = x * s
    y[0] = s
    y += s * 2
    return np.sum(y * y)

def stores_doubles_in_singles(x):
    y = np.zeros(5, np.float32)
    y[...] = x
    y[0] = x[1] * x[2]
    y += x * 2
    return np.sum(y * y)

def test_doubles_stored_in_singles_have_double_gradients():
    value, gradient = value_and_grad(stores_doubles_in_singles)(X)
    assert value == stores_doubles_in_singles(X) and type(value) is np.float32 and gradient.dtype == np.float64
    y = 3 * X
    y[0] = X[1] * X[2] + 2 * X[0]
    want = 2 * y * 3
    want[0] = 2 * y[0] * 2
    want[1] += 2 * y[0] * X[2]
    want[2] += 2 * y[0] * X[1]
    np.testing.assert_allclose(gradient, want, rtol=1e-5)

# ---- integers are data ------------------------------------------------------------------------------

def stores_floats_in_integers(x):
    k = np.zeros(5, int)
    k[:] = x * 10 + 0.5
    k[0] = x[1] * 7
    k[[1, 2]] += np.array([1, 2])
    return np.sum(x * k)

def test_what_is_truncated_has_no_derivative():
    k = (X * 10 + 0.5).astype(int)
    k[0] = int(X[1] * 7)
    k[[1, 2]] += [1, 2]
    value, gradient = value_and_grad(stores_floats_in_integers)(X)
    assert value == stores_floats_in_integers(X) and np.array_equal(gradient, k)

@works(X.copy())
def float_added_to_integers_raises(x):
    k = np.arange(5)
    k += x
    return np.sum(k)

@works(X.copy(), np.array([2, 0, 1]), 3)
def integer_arguments_pass_through(x, i, n):
    y = np.zeros(n)
    y[i] = x[:n] * i
    y[i[0]] += n
    i[0] += 1
    return np.sum(y ** 2) * i[0]

@works(X.copy(), np.array([True, False, True, True, False]))
def masks_pass_through(x, m):
    y = x * m
    y[m] *= x[m]
    m[0] = False
    m ^= x > 0
    return np.sum(y[m] ** 2) + np.sum(y)

# ---- arrays without axes, without elements ------------------------------------------------------------

@works(X.copy())
def array_without_axes(x):
    s = np.zeros(())
    s += x[0]
    s[()] = s * x[1] + s
    s[...] += x[2]
    t = s
    t *= 2
    return s * x[3] + t

@works(np.array(0.7))
def argument_without_axes(x):
    x += 1.0
    x[()] = x * x
    y = x.reshape(1)
    y[0] *= 3
    return x * 2

@works(np.array(0.7), X.copy(), 0.3)
def numbers_of_three_sorts(a, x, k):
    y = x * a
    y[0] = a
    y[1] = k
    y += a * k
    return np.sum(y * a) + k

@works(np.zeros(0))
def array_without_elements(x):
    y = x * 2
    y[:] = 3
    y += x
    y[x > 0] = 1
    y.reshape(0, 1)[...] = 2
    return np.sum(y) + 1.0

@works(np.zeros((0, 3)), X[:3].copy())
def matrix_without_rows(a, x):
    b = a + x
    b *= x
    b[:, 0] = 1.0
    for r in b:
        r += x
    return np.sum(b) + np.sum(x)

@works(np.ones((1, 3)), np.ones((4, 1)), 0.5)
def broadcast_arrays_get_their_shape(a, b, k):
    c = a * b
    c += a
    c *= b
    c[1:] -= k
    c[:, :1] = b
    return np.sum(c ** 2)

@works(X.copy(), 0.7)
def python_floats_stay(x, k):
    s = 0.0
    for v in x:
        s += v * k
    s *= k
    return s

@pytest.mark.parametrize("x", [0.7, np.float64(0.7), np.float32(0.7), np.array(0.7), np.array([0.7]), np.zeros((0, 2)),
                               np.ones((2, 3))[:, ::2], np.asfortranarray(A), np.ones((3, 2))[::-1].T], ids=repr)
def test_gradient_has_the_sort_of_its_argument(x):
    gradient = grad(lambda x: np.sum(x * x))(x)
    assert isinstance(gradient, type(x)) and np.shape(gradient) == np.shape(x)
    assert getattr(gradient, "dtype", None) == getattr(x, "dtype", None)
    np.testing.assert_allclose(gradient, 2 * x)

def test_strided_arguments_are_changed_where_they_lie():
    base = np.arange(10.0)
    def f(x):
        x[1:] += x[:-1]
        x *= 2
        return np.sum(x ** 2)
    value, gradient = value_and_grad(f)(base[::-2])
    again = np.arange(10.0)
    assert value == f(again[::-2]) and np.array_equal(base, again) and gradient.flags.writeable

test_right, _ = PROGRAMS.tests()
