"""`jit="numba"`: the same results from compiled code, in the same structures, and refusals that name the statement."""

# pyright: basic

import math
import re
import subprocess
import sys
import warnings
from dataclasses import dataclass

import numpy as np
import pytest

from s2s_ad import UnsupportedError, grad, hessian, jacfwd, jacrev, linearize, value_and_grad, vjp
from s2s_ad.jit import helpers
from tests.differences import assert_close

numba = pytest.importorskip("numba")

RNG = np.random.default_rng(3)
X = RNG.uniform(0.2, 1.5, size=7)
A = RNG.normal(size=(4, 3))
U = RNG.normal(size=(6, 5))
PROGRAMS = []


@pytest.fixture(autouse=True)
def products_of_views_are_slow_and_that_is_all():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", numba.core.errors.NumbaPerformanceWarning)
        yield


def program(*args, argnums=0):
    def register(f):
        PROGRAMS.append(pytest.param(f, args, argnums, id=f.__name__))
        return f

    return register


# ---- numbers and loops ------------------------------------------------------------------------------


@program(0.7, 1.3, argnums=(0, 1))
def formula(x, y):
    return math.exp(math.sin(x) * y) / math.sqrt(1 + x**2) - math.atan2(y, x) + np.tanh(x * y) ** 3


@program(X, 7)
def loop_over_elements(x, n):
    s = 0.0
    for i in range(n):
        s += x[i] * x[i] * math.cos(s)
        if s > 1.0:
            s = s - x[i] ** 2
    return s


@program(X)
def loop_with_start_and_step(x):
    s = 1.0
    for i in range(5, 0, -2):
        s = s * x[i] + np.sin(s)
    for i in range(1, len(x), 3):
        s = s * x[i] + np.sin(s)
    for i in range(3, 3):
        s = s * x[i] * s
    return s


@program(X)
def name_bound_in_a_loop_that_surely_runs(x):
    for i in range(3):
        y = x[i] * x
    return np.sum(y**2)


@program(1.7)
def loop_while(x):
    y = x
    while y < 100.0:
        y = y * y + x
        if y > 50.0 and x > 1.0:
            break
    return y


@program(X)
def nested_loops(x):
    s = 0.0
    for i in range(len(x)):
        for j in range(i):
            s = s + np.sin(x[i] * x[j]) * s + x[j]
    return s


@program(X[:3], A[:3], RNG.normal(size=(5, 3)), argnums=(0, 1, 2))
def loops_in_loops_that_bind_an_array_anew(first, steps, seen):
    alpha = first + seen[0]
    for t in range(1, len(seen)):
        new = np.empty(3)
        for j in range(3):
            most = alpha[0] + steps[0, j]
            for i in range(3):
                most = max(most, alpha[i] + steps[i, j])
            s = 0.0
            for i in range(3):
                s += math.exp(alpha[i] + steps[i, j] - most)
            new[j] = most + math.log(s) + seen[t, j]
        alpha = new
    return np.sum(np.exp(alpha))


@program(0.9, 8)
def recursion(x, n):
    if n < 2:
        return x
    return recursion(x, n - 1) * np.sin(x) + recursion(x, n - 2)


@program(RNG.normal(size=(4, 4)))
def determinant(a):
    if a.shape[0] == 1:
        return a[0, 0]
    s = 0.0
    for j in range(a.shape[0]):
        s += (-1.0) ** j * a[0, j] * determinant(np.concatenate((a[1:, :j], a[1:, j + 1 :]), axis=1))
    return s


# ---- arrays -------------------------------------------------------------------------------------------


@program(X)
def chain(x):
    return np.sum(np.tanh(x) * np.exp(-(x**2)) + np.sin(x) * x)


@program(A, X[:3], X[:4], argnums=(0, 1, 2))
def broadcast(a, row, column):
    return np.sum(np.sin(a * row + column[:, None]) / (1.0 + a**2)) + np.mean(row * 2.0)


@program(A)
def rows(a):
    e = np.exp(a - np.max(a, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    return np.sum(np.log(p)[:, 0]) + np.mean(a, axis=0)[1] + np.min(a, axis=0)[2]


@program(RNG.normal(size=(2, 4, 3)), X[:3])
def sums_along_each_axis(cube, x):
    left = np.tanh(cube * cube)
    first, second, third = np.sum(left, axis=0), np.sum(left, axis=1), np.sum(left, axis=-1)
    both = np.sum(left * 2.0, axis=(0, 2))
    positive = np.sum(cube > 0.0, axis=1, dtype=np.float64)
    return np.sum(first**2 * x) + np.sum(second * positive) + np.sum(third**2) + np.sum(both**3) + np.sum(left)


@program(A[:, :1], X[:4].copy())
def sums_of_what_may_be_broadcast(a, x):
    both = a[:, : len(x)] * x  # one column
    return np.sum(np.sum(both, axis=1) ** 2) + np.sum(np.sum(both, axis=0) ** 3)


@program(X[:4].copy())
def spread_out_and_then_written(x):
    y = x * 2.0
    apart = y[:, None] - y
    total = np.sum(apart * apart)
    y[0] = 5.0 * y[1]
    return total + np.sum(np.sin(apart)) + np.sum(y)


@program(A)
def spreads(a):
    left = a - np.mean(a, axis=1, keepdims=True)
    normed = left / np.sqrt(np.var(a, axis=1, keepdims=True) + 1e-5)
    return np.sum(normed**3) + np.sum(np.std(a, axis=0, ddof=1) * a[0]) + np.sum(np.var(a, axis=(0, 1)) * a)


@program(U)
def stencil_in_place(u):
    u = u.copy()
    for _ in range(4):
        u[1:-1, 1:-1] += 0.1 * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1])
    return np.sum(u**2)


@program(X)
def written_from_itself(x):
    y = x * 1.0
    y[1:] *= y[:-1]
    y[:-1] += y[1:] ** 2
    return np.sum(y**2)


@program(X)
def parts_of_one_element(x):
    k = 3
    return np.sum(x * x[k : k + 1]) + np.sum(x[:k] * x[k - 1 : k] ** 2)


@program(X)
def filled_in_a_loop(x):
    y = np.zeros(len(x) + 1)
    for i in range(len(x)):
        y[i + 1] = y[i] * 0.5 + x[i] ** 2
    return np.sum(y * y)


@program(A, RNG.normal(size=(3, 2)), argnums=(0, 1))
def products(a, b):
    return np.sum((a @ b) ** 2) + np.trace(a.T @ a)


@program(X)
def choices(x):
    y = np.where(x > 0.8, x**2, np.sqrt(x))
    return np.sum(np.maximum(y, 0.9)) + np.sum(np.abs(x - 1.0))


@program(X)
def added_at_places_that_are_the_same(x):
    y = x * 1.0
    np.add.at(y, [1, 1, 4], y[1:4] * 2.0)
    np.add.at(y, [0, 0], y[2:3])
    np.add.at(y, np.array([5, 5]), 0.5)
    return np.sum(y**2)


@program(A)
def rows_added_at_places(a):
    b = a * 1.0
    np.add.at(b, [0, 0, 3], a[:3] ** 2)
    return np.sum(b**2)


@program(X)
def chosen_elements(x):
    return np.sum(x[[0, 2, 2]] * 3.0) + np.sum(x[x > 1.0] ** 2)


ROWS, COLUMNS, CUBE = np.array([0, 2, 2, 0]), np.array([1, 0, 0, 1]), RNG.normal(size=(4, 3, 3))


@program(A, CUBE, argnums=(0, 1))
def elements_at_several_indices(a, cube):
    """The places are along the first axis where a slice is between the arrays, and where they stand else."""
    b = a * 1.0
    np.add.at(b, (ROWS, COLUMNS), a[:, 1] * 3.0)
    b[ROWS, 2] = a[:, 0] ** 2
    return (
        np.sum(cube[:, ROWS[:1], COLUMNS] ** 2 * a[:, :1]) + np.sum(cube[ROWS, :, COLUMNS] * a) + np.sum(b**2)
        + np.sum(cube[COLUMNS, ROWS[1:2]] ** 3)
        + np.sum(cube.reshape(2, 2, 3, 3)[:, COLUMNS[:3], :, ROWS[:3]] * a[:3, :2, None])
    )  # fmt: skip


@program(A, CUBE, argnums=(0, 1))
def places_along_one_axis(a, cube):
    return np.sum(np.take(a, ROWS, axis=0) ** 2) + np.sum(cube[:, [0, 2, 2], 1] ** 2 * cube[:, ROWS[:3] == 0, -1])


@program(A, CUBE, argnums=(0, 1))
def products_of_stacks(a, cube):
    vectors = np.sum((cube @ a[0]) ** 2) + np.sum((a[1] @ cube) ** 2)
    return np.sum((cube @ cube) ** 2) + np.sum(cube @ a.T) + np.sum((a @ cube[1:2]) ** 2) + vectors


@program(RNG.normal(size=(2, 12, 12)))
def products_of_stacks_of_large_matrices(a):
    return np.sum((a @ a.swapaxes(1, 2)) ** 2) + np.sum(np.moveaxis(a, 2, 0)[1] ** 3)


@program(CUBE[0])
def logarithm_of_a_determinant(a):
    sign, logarithm = np.linalg.slogdet(a)
    return logarithm * sign + np.sum(np.linalg.inv(a) ** 2)


@program(A)
def rows_of_a_list(a):
    rows = []
    for i in range(4):
        rows.append(a[i] * (i + 1.0) if i != 2 else rows[0] * a[i])
    return np.sum(np.stack(rows, axis=1) ** 2)


# ---- reductions and choices ---------------------------------------------------------------------------


@program(A, CUBE, argnums=(0, 1))
def reductions_over_several_axes(a, cube):
    whole = np.sum(a * a, axis=(0, 1)) * np.max(a, axis=(-1, 0)) + np.min(cube, axis=(0, 1, 2)) * np.mean(a, (1, 0))
    some = np.sum(np.max(cube, axis=(0, -1)) * np.min(cube, axis=(1, 2), keepdims=True))
    flags = np.any(cube > 1.0, axis=(0, 2)) * 2.0 + np.all(cube > -1.0, axis=(1, 2))[1:]
    kept = np.sum(np.mean(cube, axis=(1, 2), keepdims=True) * cube) * np.any(a > 0.0, axis=(0, 1))
    return whole + some + np.sum(flags * cube[0, 0]) + kept + np.std(cube, axis=(0, 1, 2)) * np.var(a, axis=(0, 1))


@program(np.array([[0.5, 0.0, 1.5], [0.0, 0.0, 0.3], [2.0, -0.4, 0.8]]), CUBE, argnums=(0, 1))
def products_with_zeros_and_without(a, cube):
    some = (
        np.sum(np.prod(cube, axis=(0, 2)) ** 2)
        + np.sum(np.prod(cube, axis=-1) * cube[:, 0])
        + np.prod(cube, axis=(0, 1, 2))
    )
    return (
        some
        + np.prod(a, axis=(0, 1))
        + np.sum(np.prod(a, axis=1) * a[0])
        + np.sum(np.prod(a, axis=0, keepdims=True) * a)
    )


@program(A[:1].copy(), X)
def maxima_of_what_has_a_single_row(row, x):
    return np.sum(np.max(row, axis=1) * x) + np.sum(np.prod(row, axis=1) * x)


@program(A, X, argnums=(0, 1))
def lengths_of_rows(a, x):
    some = np.linalg.norm(a, axis=1, keepdims=True) * a + np.linalg.norm(a, ord=1, axis=0)
    return np.sum(some) + np.sum(np.linalg.norm(a, np.inf, 1)) + np.linalg.norm(a, "fro") * np.linalg.norm(x)


@program(X, 1.3, 2, argnums=(0, 1))
def choices_between_numbers(x, a, n):
    s = np.where(n > 1, a, 2.0 * a) * np.where(a > 2.0, 1, 3) + np.where(a > 0, 1, a) + np.clip(a, None, 1.0)
    y = np.zeros(4)
    for i in range(4):
        s = s + np.where(x[i] > 0.8, x[i + 1], a) * np.where(s > 0.0, s, 1.0)
        y[i] = np.where(x[i] > s, a, x[i]) + np.clip(x[i], 0.4, a)
    some = np.sum(np.where(x > 0.8, a, x[0])) + np.select([s > 9.0, a > 1.0], [s, a * a], x[0])
    return s + some + np.sum(y**2) + np.sum(np.clip(x, 0.5, 1.0) * np.select([x > 1.0, x > 0.5], [x * x, a], 0.0))


@program(A, X)
def elements_that_are_looked_for(a, x):
    i, j = np.where(a > 0.0)
    return np.sum(a[i, j] ** 2) + np.sum(x[np.where(x > 0.5)[0]] * 2.0) * a[0, 1]


# ---- along an axis --------------------------------------------------------------------------------------


@program(A, X, argnums=(0, 1))
def running_sums_and_products(a, x):
    sums = np.sum(np.cumsum(a, axis=1) ** 2) + np.sum(np.cumsum(a, axis=0) ** 3) + np.sum(np.cumsum(a.T) ** 2)
    return sums + np.sum(np.cumprod(a, axis=0) * a) + np.sum(np.cumprod(x - x[2]) * x) + np.sum(np.cumsum(x) ** 2)


@program(A, CUBE, argnums=(0, 1))
def differences(a, cube):
    return np.sum(np.diff(a) ** 2) + np.sum(np.diff(a, n=2, axis=0) ** 2) + np.sum(np.diff(cube, axis=1) ** 3 * a[:2])


@program(A, X, argnums=(0, 1))
def turned_rolled_and_repeated(a, x):
    turned = (
        np.sum(np.flip(a, 0) * a * np.fliplr(a)) + np.sum(np.roll(x, 2) * x) + np.sum(np.roll(a, -1, axis=1) ** 2 * a)
    )
    repeated = np.sum(np.repeat(a, 2, axis=1)[:, 1:4] ** 2) + np.sum(np.repeat(x, 3)[4:] ** 2)
    return turned + repeated + np.sum(a.T.flatten()[3:] ** 2) + np.sum(np.squeeze(a[None]) ** 2)


@program(A, X[:3].copy(), argnums=(0, 1))
def arrays_of_arrays(a, x):
    rows = []
    for i in range(4):
        rows.append(a[i] * x)  # noqa: PERF401
    both = np.array([x, x * x]) ** 2
    stacks = np.sum(np.vstack((x, a)) ** 2) + np.sum(np.column_stack((x, x * x)) ** 3) + np.sum(np.dstack((a, a * a)))
    return np.sum(np.array(rows) ** 2) + np.sum(both * x) + stacks


@program(X, 3)
def two_arrays_in_turn(x, n):
    u, w = x.copy(), x * 2.0
    total = 0.0
    for _ in range(n):
        w[...] = u * u
        total = total + np.sum(u * w)
        u, w = w, u
    return total + np.sum(u)


@program(X, 3)
def parts_of_two_arrays_in_turn(x, n):
    u, w = x.copy(), x * 2.0
    total = 0.0
    for _ in range(n):
        w[1:-1] = u[2:] * u[:-2]
        total = total + np.sum(u * w)
        u[1:-1] = w[1:-1] * w[2:]
        u, w = w, u
    return total + np.sum(u)


@program(X, 3)
def places_in_front_and_behind(x, n):
    u = x * 0.1
    for _ in range(n):
        u[1:] += u[:-1] * 0.5
        u[:-1] += u[:-1] * u[1:]
        u[2:-1] *= u[3:] + u[1:-2]
        u[1:-1] -= u[2:] * u[1:-1]
    return np.sum(u * u)


@program(X, 3)
def added_in_front_and_behind(x, n):
    total = 0.0
    for _ in range(n):
        total = total + np.sum((x[2:] - 2.0 * x[1:-1] + x[:-2]) ** 2) * np.sum(x[1:] * x[:-1])
        x = x * 0.9
    return total


@program(A)
def rows_in_front_and_behind(a):
    b = a.copy()
    b[1:] += b[:-1] * 0.5
    b[:, 1:] *= b[:, :-1]
    b[:-1, 1:] += b[1:, :-1] * a[1:, 1:]
    return np.sum(b * b)


@program(X, 3)
@program(X, 0)
@program(X, -2)
@program(X[:1].copy(), 3)
@program(X[:0].copy(), 3)
def arrays_kept_of_each_round(x, n):
    u = x * 0.5
    for i in range(n):
        part = u[1:-1]
        kept = np.sin(part) * x[2:] * (i + 1.0)
        u[1:-1] += kept * part + kept * kept
        u[3:] *= np.cos(u[:-3])
    return np.sum(u * u)


@program(A, 4)
def arrays_kept_of_rounds_with_a_step(a, n):
    u = a.copy()
    for i in range(n, 0, -2):
        v = np.exp(-u[1:]) * a[:-1]
        for j in range(1, 3):
            w = u[:, j:] * 0.5
            u[:, j:] += w * w * float(i)
        u[1:] -= v * u[1:]
    return np.sum(u)


@program(X, 3)
def arrays_kept_that_get_shorter(x, n):
    for i in range(n):
        y = np.tanh(x)
        x = y[1:] * x[:-1] * (i + 1.0)
    return np.sum(x * x)


@program(A, X[:3].copy(), argnums=(0, 1))
def rows_written(a, x):
    b = np.zeros((4, 3))
    for i in range(4):
        b[i] = a[i] * x
        b[-1 - i, 1:] += np.sin(b[i, :-1]) * b[i, 1:]
        b[i, :] *= b[i] * 0.5
        row = b[i]
        b[i - 1, :2] -= row[1:] * row[:2]
    return np.sum(b * b)


@program(X[:4].copy(), np.ones((2, 4)), argnums=(0, 1))
def rows_of_sizes_that_are_not_known(x, a):
    first, second = a.reshape(2, -1)
    b = np.zeros((3, 4))
    b[0] = first * x
    b[1] += np.sin(second) * x
    b[-1] -= b[0] * b[1]
    return np.sum(b * b) + np.sum(first * second)


@pytest.mark.parametrize("place", [4, -5])
def test_rows_that_are_not_there_are_not_written(place):
    def f(a, place):
        b = a * 2.0
        b[place] = a[0] * a[1]
        return np.sum(b)

    for jit in (None, "numba"):
        with pytest.raises(IndexError):
            grad(f, jit=jit)(A, place)


def test_arrays_of_known_sizes_are_kept_in_one():
    gradient = grad(arrays_kept_of_each_round, jit="numba")
    gradient(X, 3)
    assert "append(" not in gradient.source
    gradient = grad(arrays_kept_that_get_shorter, jit="numba")
    gradient(X, 3)
    assert "append(" in gradient.source


@program(A, np.array([0.4, 1.1]), np.array([True, False, True]), argnums=(0, 1))
def added_where_a_mask_holds(a, y, m):
    u = a * 1.0
    w = y * y
    total = np.sum(np.sin(u[0]))
    u[0, m] += w
    return total + np.sum(np.exp(u[0]))


@program(X[:3].copy(), np.array([0.4, 1.1]), np.array([0, 2]), argnums=(0, 1))
def added_at_places_and_read(x, y, places):
    u = x * 1.0
    u[places] += y
    return np.sum(np.sin(u))


@program(X)
def part_of_a_part_from_its_end(x):
    u = x.copy()
    part = u[1:][1:]
    u[-1] = 3.0 * x[0]
    return np.sum(part * part[-1]) + part[-2] * np.sum(np.exp(part))


@pytest.mark.parametrize(("f", "args", "argnums"), PROGRAMS)
def test_compiled_code_gives_what_python_gives(f, args, argnums):
    want_value, want = value_and_grad(f, argnums)(*(arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args))
    have_value, have = value_and_grad(f, argnums, jit="numba")(*args)
    assert have_value == pytest.approx(want_value, rel=1e-12)
    assert_close(have, want, 1e-12)


@pytest.mark.parametrize(("f", "args", "argnums"), PROGRAMS[::5])
def test_compiled_gradient_alone_is_the_one_beside_the_value(f, args, argnums):
    fresh = [tuple(arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args) for _ in range(2)]
    assert_close(grad(f, argnums, jit="numba").specialize(*args)(*fresh[0]), grad(f, argnums)(*fresh[1]), 1e-12)


# ---- structures ---------------------------------------------------------------------------------------


@dataclass
class Layer:
    w: np.ndarray
    b: float


SCALE = np.array([1.0, -2.0, 0.5])


def network(params, x, *, power):
    for layer in params["layers"]:
        x = np.tanh(layer.w @ x + layer.b)
    return np.sum(x**power * SCALE) * params["scale"][0]


def test_structures_captures_and_keywords_are_taken_apart_at_the_border():
    params = {"layers": (Layer(A[:3], 0.3), Layer(RNG.normal(size=(3, 3)), -0.1)), "scale": [1.5, "name"]}
    want = grad(network)(params, X[:3], power=2)
    derivative = grad(network, jit="numba")
    have = derivative(params, X[:3], power=2)
    assert_close(have, want, 1e-12)
    assert isinstance(have["layers"][0], Layer)
    assert have["scale"][1] is None
    assert "@njit" in derivative.source
    assert "def network_vjp_core(" in derivative.source


def test_float32_stays_float32():
    found = grad(lambda x, s: np.sum(x * x) * s, (0, 1), jit="numba")(X.astype(np.float32), np.float32(2.0))
    assert found[0].dtype == np.float32
    assert found[1].dtype == np.float32


def test_jacobians_and_hessians_are_compiled_too():
    def f(x):
        return np.sum(x**3) * x[0]

    assert_close(hessian(f, jit="numba")(X), hessian(f)(X), 1e-12)
    assert_close(jacfwd(lambda x: np.sin(x) * x[1], jit="numba")(X), jacfwd(lambda x: np.sin(x) * x[1])(X), 1e-12)


def test_pullbacks_are_compiled_where_they_keep_no_tape():
    value, pullback = vjp(chain, X, jit="numba")
    assert value == pytest.approx(chain(X), rel=1e-12)
    assert_close(pullback(2.0)[0], 2.0 * grad(chain)(X), 1e-12)
    assert linearize(chain, X, jit="numba")[1](X) == pytest.approx(grad(chain)(X) @ X, rel=1e-12)
    with pytest.raises(UnsupportedError, match="keeps a tape"):
        vjp(nested_loops, X, jit="numba")


def test_compiled_code_calls_derivatives():
    slope = grad(chain, jit="numba").specialize(X)

    @numba.njit
    def descended(x, steps):
        for _ in range(steps):
            x = x - 0.01 * slope(x)
        return x

    x = X
    for _ in range(5):
        x = x - 0.01 * grad(chain)(x)
    assert_close(descended(X, 5), x, 1e-12)


# ---- loops that are joined -------------------------------------------------------------------------


@program(X)
def a_sum_is_read_by_the_next_loop(x):
    y = x * x
    return np.sum(y * np.sum(y)) + np.sum(np.sin(y) - np.max(y))


@program(X)
def an_element_is_read_between_two_loops(x):
    y = np.sin(x) * 2.0
    z = x * y[1]
    return np.sum(z * y[0] + y[::-1] * z)


@program(X)
def what_was_made_is_added_to_and_read(x):
    y = x * 2.0
    y += np.sin(x)
    z = y * y
    z[1:] -= y[:-1]
    return np.sum(z * y)


@program(X)
def an_element_is_overwritten_in_a_loop(x):
    y = np.zeros(7)
    y[0] = x[1]
    for i in range(7):
        y[i] = y[i] + x[i] * x[i]
    return y[0] * y[3]


@program(A, X[:4])
def rows_and_columns(a, x):
    b = a * x[:, None]
    c = b - np.sum(b, axis=0)
    d = c / (1.0 + np.sum(c * c, axis=1, keepdims=True))
    e = np.max(d, axis=1)[:, None] * d.copy()
    e[1:, 1:] *= d[:-1, :-1]
    return np.sum(e * d) + np.sum(np.sum(e, axis=1) * x) + np.sum(np.exp(d) / (1.0 + e * e))


@program(X)
def an_array_gets_shorter_in_a_loop(x):
    x = np.sin(x) * x
    for _ in range(4):
        y = np.sin(x) * 0.5
        x = y[1:] * x[:-1] + y[:-1]
    return np.sum(x * x)


@program(X[:5], U)
def distances_of_all_pairs(x, u):
    square = np.sum((u[:, None, :] - u[None, :, :]) ** 2, axis=2)
    weights = np.exp(-square) / (1.0 + square)
    return np.sum(weights @ u * x) + np.sum(weights / np.sum(weights, axis=1)[:, None])


# ---- the cache ----------------------------------------------------------------------------------------

SCRIPT = """
import sys
import numpy as np
sys.path.insert(0, {folder!r})
import model
from s2s_ad import grad
derivative = grad(model.f, jit="numba", cache_dir={cache!r})
assert derivative(np.arange(3.0)).tolist() == [0.0, 2.0, 4.0]
function = derivative.specialize(np.arange(3.0))
assert function(np.arange(3.0)).tolist() == [0.0, 2.0, 4.0]
print(sum(function.stats.cache_hits.values()), sum(function.stats.cache_misses.values()))
"""


def test_compiled_code_is_kept_beside_the_module(tmp_path):
    (tmp_path / "model.py").write_text("import numpy as np\n\ndef f(x):\n    return np.sum(x * x)\n")
    script = SCRIPT.format(folder=str(tmp_path), cache=str(tmp_path / "cache"))
    runs = [
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
        for _ in range(2)
    ]
    assert runs == [["0", "1"], ["1", "0"]]


RECURSIVE = """
import numpy as np
from dataclasses import dataclass

def power(x, n, flag=True):
    return x if n == 0 else x * power(x, n - 1, not flag)

def of_a_number(x):
    n = 3
    return power(x[0], n) + power(x[1], 2) * power(x[0], 0, False)

def minor(a, i, taken):
    if i == len(a):
        return 1.0
    total, sign = 0.0, 1.0
    for j in range(len(a)):
        if not taken >> j & 1:
            total += sign * a[i, j] * minor(a, i + 1, taken | 1 << j)
            sign = -sign
    return total

def of_an_array(x):
    return minor(np.reshape(x, (2, 2)), 0, 0)

def halves(x):
    if len(x) == 1:
        return x[0] ** 2
    return halves(x[: len(x) // 2]) * halves(x[len(x) // 2 :])

def every_other(x):
    return x[0] if len(x) == 1 else x[0] * every_other(x[::2])

def turned(a, n):
    return a[0, 1] if n == 0 else a[0, 0] * turned(a.T, n - 1)

def of_transposed(x):
    return turned(np.outer(x, x + 1.0), 3)

def even(x, n):
    return x if n == 0 else x * odd(x, n - 1)

def odd(x, n):
    return 1.0 if n == 0 else np.sin(x) * even(x, n - 1)

def of_each_other(x):
    return even(x[0], 3) + odd(x[1], 2)

def first(x, columns):
    return x[columns[0]] if len(columns) == 1 else x[columns[-1]] * first(x, columns[:-1])

def of_lists(x):
    return first(x, [0, 1, 2, 3]) + first(x, [1])

@dataclass
class Pair:
    a: object
    b: float

def of_pairs(pair, n):
    return pair.b if n == 0 else pair.a[n] * of_pairs(Pair(pair.a, pair.b * 2.0), n - 1)

def of_an_object(x):
    return of_pairs(Pair(x, x[0]), 2)

def of_narrow(x, n):
    return np.float32(x) if n == 0 else np.float32(2.0) * of_narrow(x, n - 1)

def of_floats(x):
    return x[0] * of_narrow(x[1], 2)
"""
RECURSIVE_SCRIPT = """
import sys
import numpy as np
sys.path.insert(0, {folder!r})
import recursive
from s2s_ad import grad
for name in sys.argv[1:]:
    f = getattr(recursive, name)
    compiled, plain = (grad(f, jit=jit, cache_dir={cache!r}) for jit in ("numba", None))
    for x in (np.array([1.2, 0.7, 0.4, 2.0]), np.array([1.2, 0.7, 0.4, 2.0, 9.0])[:4][::-1]):
        assert np.allclose(compiled(x), plain(x), rtol=1e-5), name
    print(name)
"""


ALL_RECURSIVE = re.findall(r"^def (of_\w+|halves|every_other)\(x\)", RECURSIVE, re.MULTILINE)


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["of_a_number", "of_each_other", "of_transposed"], id="some"),
        pytest.param(ALL_RECURSIVE, id="all", marks=pytest.mark.further),
    ],
)
def test_recursive_functions_are_called_again_by_the_next_process(names, tmp_path):
    (tmp_path / "recursive.py").write_text(RECURSIVE)
    script = RECURSIVE_SCRIPT.format(folder=str(tmp_path), cache=str(tmp_path / "cache"))
    for _ in range(2):
        run = subprocess.run([sys.executable, "-c", script, *names], capture_output=True, text=True)
        assert (run.returncode, run.stdout.split()) == (0, names), run.stderr


def test_where_no_file_can_be_written_code_is_compiled_all_the_same(tmp_path):
    (tmp_path / "file").write_text("")
    assert grad(lambda x: x * x, jit="numba", cache_dir=tmp_path / "file")(3.0) == 6.0


# ---- what is refused ------------------------------------------------------------------------------------


def caught(x):
    try:
        y = x / 2.0
    except ZeroDivisionError:
        y = x
    return y * x


def drawn(x):
    return x * np.random.default_rng(1).normal()


def unknown_to_numba(x):
    y = x * 2.0
    return np.sum(np.fft.fft(y).real)


def unbound(x):
    for i in range(3):
        if x > i:
            y = x * i
    return y


@pytest.mark.parametrize(
    ("f", "line"), [(caught, "try:"), (unknown_to_numba, "np.fft.fft(y)"), (unbound, "return y"), (drawn, "normal()")]
)
def test_what_numba_does_not_compile_is_refused_with_its_statement(f, line):
    with pytest.raises(UnsupportedError) as error:
        grad(f, jit="numba")(X if f is unknown_to_numba else 0.5)
    assert line in str(error.value)
    assert "leave jit out" in str(error.value)


def padded(x):
    return np.sum(np.pad(x, 1) ** 2)


def sorted_rows(a):
    return np.sum(np.sort(a, axis=1)[0])


def singular_values(a):
    return np.sum(np.linalg.qr(a.T)[1])


@pytest.mark.parametrize("f", [padded, sorted_rows, singular_values], ids=lambda f: f.__name__)
def test_refusals_have_a_place_and_nothing_of_the_insides_of_numba(f):
    with pytest.raises(UnsupportedError) as error:
        grad(f, jit="numba")(A)
    assert error.value.place is not None
    assert error.value.place.file == __file__
    assert "Function(" not in str(error.value)
    assert "pipeline" not in str(error.value)


def test_an_unknown_compiler_is_refused():
    with pytest.raises(UnsupportedError, match="there is no jit='cuda'"):
        grad(formula, jit="cuda")


def test_errors_of_the_program_are_those_of_the_program():
    def f(x):
        if x[0] > 0.0:
            raise ValueError("too large")
        return np.sum(x)

    with pytest.raises(ValueError, match="too large"):
        grad(f, jit="numba")(X)


def written_beyond(x):
    y = np.zeros(9)
    y[0:2] += x * 2.0
    return np.sum(y)


def written_into_a_part(x):
    y = np.zeros(9)
    y[0:2] = x * 2.0
    return np.sum(y)


@pytest.mark.parametrize("f", [written_beyond, written_into_a_part, lambda x: np.sum(x * X)])
def test_shapes_that_do_not_fit_are_an_error(f):
    for jit in (None, "numba"):
        with pytest.raises(ValueError, match=r"broadcast|shape"):
            grad(f, jit=jit)(X[:5])


def written_beyond_a_view(x):
    y = x * 1.0
    v = y[2:]
    v[5] = 3.0
    return np.sum(y)


def added_beyond(x):
    y = x * 1.0
    np.add.at(y, [0, 7], 1.0)
    return np.sum(y)


def masked_beyond(x):
    return np.sum(x[np.arange(9) > 6] * 2.0)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x[7] * 2.0,
        lambda x: x[-8] * 2.0,
        lambda x: np.sum(x[np.array([0, 7])]),
        lambda x: np.sum(x[[0, 7]]),
        written_beyond_a_view,
        added_beyond,
        lambda x: np.sum(np.take(x, np.array([0, -8]), axis=0)),
        masked_beyond,
    ],
)
def test_indices_beyond_the_end_are_an_error(f):
    for jit in (None, "numba"):
        with pytest.raises(IndexError):
            grad(f, jit=jit)(X)


@pytest.mark.parametrize("f", [lambda a: np.sum(a @ a), lambda a: np.sum(a @ np.stack([a[0], a[1]]))])
def test_stacks_that_do_not_fit_are_an_error(f):
    for jit in (None, "numba"):
        with pytest.raises(ValueError, match="matmul"):
            grad(f, jit=jit)(np.ones((3, 2, 3)))


def test_products_of_several_axes_that_do_not_fit_are_an_error():
    for jit in (None, "numba"):
        with pytest.raises(ValueError, match=r"shape"):
            grad(lambda a: np.sum(np.tensordot(a, a.T, 2)), jit=jit)(A)


@pytest.mark.parametrize("places", [[0, 1], [0, 1, 3]])
def test_indices_that_do_not_fit_are_an_error(places):
    def f(a, rows):
        b = a * 1.0
        np.add.at(b, (rows, np.array([0, 1, 1])), 1.0)
        return np.sum(b**2)

    for jit in (None, "numba"):
        with pytest.raises(IndexError):
            grad(f, jit=jit)(A[:3], np.array(places))


def first_column(x, a):
    y = np.tanh(np.arctan((a * x)[:, :1] * x))
    return np.sum(y * y * y)


def test_an_axis_that_turns_out_to_be_of_length_one_is_broadcast():
    """That the forward sweep has few statements says nothing of the reverse sweep."""
    a = np.linspace(0.5, 1.0, 2)[:, np.newaxis].copy()
    for found, want in zip(*(grad(first_column, (0, 1), jit=jit)(X, a) for jit in ("numba", None)), strict=True):
        assert_close(found, want, 1e-12)


def test_a_jacobian_is_read_after_it_was_written_in_place():
    def f(u):
        return np.sum((u[2:, 1:-1] - 2 * u[1:-1, 1:-1] + u[:-2, 1:-1]) ** 2)

    u = RNG.normal(size=(5, 4))
    assert_close(jacrev(f, jit="numba")(u), jacrev(f)(u), 1e-12)


@pytest.mark.parametrize(("p", "q"), [((1, 9, 8), (7, 8, 3)), ((7, 9, 8), (1, 8, 3)), ((7, 9, 8), (7, 8, 3))])
def test_products_of_stacks_are_those_of_their_matrices(p, q):
    x, y = RNG.normal(size=p), RNG.normal(size=q)
    assert_close(helpers.product_of_stacks(x, y), x @ y, 1e-14)


def broadcast_in_both_directions(x, a):
    rows = a * x + np.sin(x)
    scaled = rows / (1.0 + rows * rows)
    first = scaled[:, :1] * x
    other = np.where(first > 0.0, first * rows, rows - a)
    return np.sum(scaled, axis=1) + np.max(other, axis=1) * np.sum(first) + np.sum(x) * a[:, 0]


@pytest.mark.parametrize("mode", [pytest.param(jacfwd, marks=pytest.mark.further), jacrev])
def test_directions_are_an_axis_of_their_own(mode):
    """Arrays that have it are one loop, whatever lies behind it; those that have it not are spread over it."""
    compiled, plain = (mode(broadcast_in_both_directions, (0, 1), jit=jit) for jit in ("numba", None))
    for n, m in [(3, 3), (3, 2), (1, 2)]:
        x, a = X[:n].copy(), np.linspace(0.5, 1.0, m)[:, np.newaxis].copy()
        for found, want in zip(compiled(x, a), plain(x, a), strict=True):
            assert_close(found, want, 1e-12)


def minor(a, i, columns):
    if i == len(a):
        return 1.0
    total, sign = 0.0, 1.0
    for j in range(len(a)):
        if columns >> j & 1:
            total += sign * a[i, j] * minor(a, i + 1, columns - (1 << j))
            sign = -sign
    return total


def test_a_name_is_bound_though_at_first_only_one_way_of_a_recursion_was_known():
    a = RNG.normal(size=(4, 4))
    gradient = grad(lambda a: minor(a, 0, (1 << len(a)) - 1), jit="numba")
    assert_close(gradient(a), np.linalg.det(a) * np.linalg.inv(a).T, 1e-12)


def test_jacobians_of_what_a_list_collects():
    def f(x):
        rows = []
        for i in range(3):
            rows.append(np.eye(2) if i == 1 else x * x[:, i - 1])  # noqa: PERF401
        return np.stack(rows, axis=1)

    x = CUBE[0, :2, :2].copy()
    assert_close(jacfwd(f, jit="numba")(x), jacfwd(f)(x), 1e-12)


def test_a_maximum_of_nothing_is_an_error():
    for jit in (None, "numba"):
        with pytest.raises(ValueError, match="zero-size"):
            grad(lambda a: np.sum(np.max(a, axis=0)), jit=jit)(np.zeros((0, 3)))


# ---- what loops compute again instead of keeping it ------------------------------------------------


def read_again(x, y):
    total = 0.0
    for i in range(1, len(x)):
        step = x[i] - x[i - 1] * y[2 * i]
        total += step * step * x[i]
    return total


def read_of_what_is_written(x, y):
    u = x * 1.0
    for i in range(len(x) - 1):
        step = u[i] * y[i] - u[i + 1]
        u[i + 1] = step * step + x[i]
    return np.sum(u)


def written_after_the_loop(x, y):
    u, total = x * 2.0, 0.0
    for i in range(len(x)):
        total += u[i] * u[i] * y[i]
    u[:] = 0.0
    return total + np.sum(u)


def steps_of_nested_loops(x, y):
    total = 1.0
    for i in range(len(x)):
        scale = x[i] * total
        for j in range(i, len(y), 2):
            gap = y[j] - scale
            total += 0.01 * gap * gap * (x[i] - y[j])
    return total


def left_downwards(x, y):
    s = 0.5
    for i in range(len(x) - 1, -1, -2):
        d = x[i] - s * y[i]
        s = s + d * d
        if s > 3.0:
            break
    k = 0
    while s < 20.0:
        d = s * x[k] - y[k]
        s = s + d * d + 1.0
        k += 1
    return s


def whole_arrays(x, y):
    u = x * 1.0
    for _ in range(4):
        a, b = 1.0 - u, y[: len(x)] * u
        u[1:] += 0.1 * (a * b)[1:] * u[:-1]
    return np.sum(u * u)


def cheap_and_read_twice(x, y):
    a = 1.0 + x * x
    b = np.exp(-a) * y[: len(x)]
    return np.sum(a * b * b - b)


def cheap_and_read_as_a_whole(x, y):
    a = 1.0 + x * x
    b = np.outer(a, a) @ (a * y[: len(x)])
    return np.sum(a * b) + np.sum(np.cumsum(a * x) * b)


def cheap_and_written(x, y):
    a = 1.0 + x * y[: len(x)]
    b = np.sin(a) * a
    a[1:] *= 0.5
    x = a - b
    a += x * x
    return np.sum(a * b * x)


def products_of_an_inner_loop(x, y):
    total = 1.0
    for _ in range(3):
        sums = x * x + total
        for j in range(len(x)):
            total += 0.1 * sums[j] * total * y[j]
    return total


def filled_place_by_place(x, y):
    u = np.zeros(len(x))
    u[0], u[1] = x[0], y[0]
    total = 0.0
    for i in range(2, len(x)):
        u[i] = x[i] * u[i - 1] - math.sin(u[i - 2]) * y[1]
        total += (u[i] - y[i]) ** 2
    return total


def filled_and_written(x, y):
    u = np.zeros(len(x))
    total = 0.0
    for i in range(1, len(x)):
        u[i] = x[i] * u[i - 1] + y[i]
        total += u[i] ** 2 * u[i - 1]
    u[1:3] = y[:2]
    return total + np.sum(u * x)


def filled_again_and_again(x, y):
    u = x.copy()
    total = 0.0
    for _ in range(3):
        for i in range(1, len(x)):
            u[i] = x[i] * u[i - 1] + y[i]
            total += u[i] ** 2 * u[i - 1]
    return total


def filled_beyond_what_is_read(x, y):
    u = np.ones(len(x))
    total = 0.0
    for i in range(len(x)):
        u[i] = x[i] * u[i - 1] * u[i - 2] + y[i]
        total += u[i] ** 2
    return total


def filled_twice_at_the_end(x, y):
    u = np.ones(len(x))
    total = 0.0
    for i in range(-2, len(x)):
        u[i] = math.sin(x[i] * y[i + 2])
        total += u[i] ** 2
    return total + u[0] * x[0]


AGAIN = [
    read_again, filled_place_by_place, filled_and_written, filled_beyond_what_is_read,
    read_of_what_is_written, written_after_the_loop, steps_of_nested_loops, left_downwards, products_of_an_inner_loop,
    whole_arrays, cheap_and_read_twice, cheap_and_read_as_a_whole, cheap_and_written,
]  # fmt: skip


@pytest.mark.parametrize("f", [*AGAIN, filled_again_and_again, filled_twice_at_the_end], ids=lambda f: f.__name__)
def test_what_is_computed_again_is_what_it_was(f):
    args = X, np.linspace(0.4, 1.1, 2 * len(X))
    plain, compiled = (value_and_grad(f, (0, 1), jit=jit)(*args) for jit in (None, "numba"))
    assert_close(compiled, plain, 1e-12)


@pytest.mark.parametrize("f", [*AGAIN[:9], *(pytest.param(f, marks=pytest.mark.further) for f in AGAIN[9:])])
def test_what_is_computed_again_is_what_it_was_in_second_derivatives(f):
    args = X, np.linspace(0.4, 1.1, 2 * len(X))
    assert_close(hessian(f, jit="numba")(*args), hessian(f)(*args), 1e-11)


def test_what_a_loop_has_filled_is_read_there():
    args = X, np.linspace(0.4, 1.1, 2 * len(X))
    filled, written = (
        grad(f, (0, 1), jit="numba").text(args, alone=True) for f in (filled_place_by_place, filled_and_written)
    )
    assert re.findall(r"(\w+)_tape = ", filled) == ["v12"]  # the sine
    assert "_tape = " in written


def test_indices_are_looked_at_unless_a_loop_counts_the_places():
    def f(x, y):
        total = 0.0
        for i in range(len(x)):
            total += x[i] * y[i]
        return total

    gradient = grad(f, jit="numba")
    assert gradient.text((X, X), alone=True).count("require_index(i,") == 1
    with pytest.raises(IndexError):
        gradient.specialize(X, X)(X, X[:2])


def test_what_is_cheap_to_compute_is_not_kept():
    arrays = grad(cheap_and_read_twice, jit="numba")
    arrays(X, np.ones(2 * len(X)))
    assert arrays.source.partition("# reverse sweep")[0].count("np.empty(") == 2  # the exponentials and b
    gradient = grad(read_again, jit="numba")
    gradient(X, np.linspace(0.4, 1.1, 2 * len(X)))
    assert "_tape" not in gradient.source
    nested = grad(steps_of_nested_loops, jit="numba")
    nested(X, X)
    assert "append(" not in nested.source
    assert nested.source.count("_tape = ") == 1  # that of the outer loop, for `total`
    inner = grad(products_of_an_inner_loop, jit="numba")
    inner(X, X)
    assert "tape.append((total, v5))" in inner.source  # the sums are not computed in each iteration


# ---- reads and writes of one array in one loop ---------------------------------------------------


def waves(u, a, n):
    for _ in range(n):
        inner = u[1:-1]
        u[1:-1] += a * (u[2:] - 2.0 * inner + u[:-2]) + inner * (1.0 - inner)
    return np.sum(u**2)


def first_of_a_part(u, a, n):
    for i in range(n):
        part = u[1:2]
        u[1:] = u[1:] * a + part * float(i)
        u[:-1] -= u[:-1] * u[:-1]
    return np.sum(u * u)


def all_and_a_part(u, a, n):
    for _ in range(n):
        v = u[1:]
        u *= a
        u[1:] += np.sin(v) + u[1:] * v
        u += u * a
    return np.sum(np.cos(u))


def rows_from_a_row(u, a, n):
    m = np.outer(u, u)
    for _ in range(n):
        m[1:] += m[:1] * a
        m[:, 1:] -= m[:, :1] * m[:, 1:]
        m += m[0] * a
    return np.sum(m**3)


@pytest.mark.parametrize("f", [waves, first_of_a_part, all_and_a_part, rows_from_a_row], ids=lambda f: f.__name__)
def test_what_is_read_is_what_was_there_before_it_is_written(f):
    def fresh(u, a, n):
        return f(u.copy(), a, n)

    plain, compiled = (value_and_grad(fresh, (0, 1), jit=jit) for jit in (None, "numba"))
    for u in (X, X[:2].copy(), X[:3].copy()):
        want, have = plain(u, 0.3, 2), compiled(u, 0.3, 2)
        assert_close(have, want, 1e-12)
