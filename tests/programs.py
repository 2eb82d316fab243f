"""Programs as people write them, with arguments at which they are smooth."""

import math

import numpy as np

from tests.differences import is_float, leaves

RNG = np.random.default_rng(7)
X = RNG.normal(size=5)
A = RNG.normal(size=(4, 3))
B = RNG.normal(size=(3, 2))
ALL = []
SCALE = 1.7
WEIGHTS = np.array([0.3, -1.2, 0.5])


def float_arguments(args):
    """Yield the positions of arguments that have float leaves."""
    for position, arg in enumerate(args):
        if any(is_float(leaf) for leaf in leaves(arg)):
            yield position


def program(*args):
    def register(f):
        ALL.append((f, *args))
        return f

    return register


# ---- formulas -------------------------------------------------------------------------------


@program(2.0, 5.0)
def textbook(x1, x2):
    return np.log(x1) + x1 * x2 - np.sin(x2)


@program(0.7, 1.3)
def math_functions(x, y):
    return math.exp(math.sin(x) * y) / math.sqrt(1 + x**2) - math.atan2(y, x) + math.tanh(x * y) ** 3


@program(0.7)
def powers(x):
    return x**3 + x**0.5 + 2.0**x + x**-1 + x**0 + (-x) ** 2


@program(1.5)
def uses_globals(x):
    return SCALE * x**2 + np.pi * x


@program(X[:3])
def captured_array(x):
    return np.sum(WEIGHTS * np.sin(x))


def helper(x, gain=2.0):
    y = np.tanh(gain * x)
    return y, y * y


@program(X)
def calls_helpers(x):
    a, b = helper(x)
    c, _ = helper(x=x, gain=0.5)
    return np.sum(a * b + c)


@program(X, 0.3)
def closures_and_lambdas(x, k):
    square = lambda t: k * t * t

    def shifted(t):
        return square(t) + k

    return np.mean(shifted(x))


@program(0.5)
def unused_is_zero(x):
    y = x * 3  # noqa: F841
    return 2.0 + 0 * x


@program(0.5, 0.25)
def many_uses(x, y):
    z = x * y
    w = z + x + x
    z = w * z
    return z * z + w


@program(0.5)
def constant_result(x):
    return 3.0


# ---- arrays -----------------------------------------------------------------------------------


@program(A, X[:3])
def broadcast_rows(a, b):
    return np.sum((a * b - b) ** 2)


@program(A, A[:, :1], A[:1])
def broadcast_ones(a, column, row):
    return np.sum(a * column + row / (1 + column**2))


@program(A, 0.7)
def broadcast_scalar(a, s):
    return np.sum(np.exp(-s * a) * s)


@program(A, B)
def matrix_products(a, b):
    return np.sum(np.tanh(a @ b)) + np.dot(a[0], b[:, 1]) + np.sum(np.dot(b.T, a.T))


@program(A, X[:3], X[:4])
def matrix_vector(a, v, w):
    return w @ a @ v + np.sum((a @ v) ** 2) + v @ v


@program(A)
def reductions(a):
    return (
        np.sum(a.sum(axis=0) ** 2) + np.mean(a, axis=1, keepdims=True).sum() + a.mean() * np.max(a)
        + np.min(a, axis=0).sum()
        + np.var(a) + np.std(a, axis=1).sum() + np.prod(a[0]) + a.sum(axis=(0, 1)) + np.linalg.norm(a)
    )  # fmt: skip


@program(A)
def log_sum_exp(a):
    top = np.max(a, axis=1, keepdims=True)
    return np.sum(np.log(np.sum(np.exp(a - top), axis=1)) + top[:, 0])


@program(A)
def shapes(a):
    b = a.reshape(3, 4).T
    c = np.transpose(a, (1, 0)).ravel()
    d = a.reshape(-1)
    e = np.expand_dims(a, 1) * np.swapaxes(a[None], 0, 1)
    return np.sum(b * a.reshape((4, 3))) + np.sum(c * d) + np.sum(np.squeeze(e, axis=1) ** 3)


@program(A)
def indexing(a):
    return (
        a[0, 1] * a[-1, -1] + np.sum(a[1:, ::2] ** 2) + np.sum(a[:, None, 0] * a[0]) + np.sum(a[..., 1])
        + np.sum(a[[0, 2, 0]] ** 2) + np.sum(a[a > 0] ** 3) + np.sum(a[np.array([1, 1]), np.array([0, 2])])
    )  # fmt: skip


@program(X, X[::-1].copy())
def joining(x, y):
    z = np.concatenate([x, y**2, x])
    s = np.stack([x, y], axis=1)
    return np.sum(z**2) + np.sum(s[:, 0] * s[:, 1] ** 2) + np.sum(np.hstack((x, y)) * np.arange(10.0))


@program(np.array([0.3, -0.8, 1.2, -0.2, 0.9]))
def choosing(x):
    y = np.where(x > 0, np.sqrt(np.abs(x)), x**2)
    return np.sum(y + np.maximum(x, 0.1) * np.clip(x, -0.5, 0.5) - np.minimum(x, x**2) + np.abs(x))


@program(X)
def slices_of_slices(x):
    v = x[1:]
    w = v[:-1]
    return np.sum(w * v[1:]) + w[0] * v[-1]


@program(np.float32(1.5) * A.astype(np.float64))
def finite_differences(u):
    inner = u[1:-1, 1:-1]
    return np.sum((u[2:, 1:-1] - 2 * inner + u[:-2, 1:-1]) ** 2)


# ---- containers -----------------------------------------------------------------------------


@program({"w": A, "b": X[:3], "deep": {"k": 0.5, "name": 3}}, X[:4])
def dict_of_arrays(params, x):
    return np.sum((x @ params["w"] + params["b"]) ** 2) * params["deep"]["k"]


@program([(A, X[:3]), (B, X[:2])], X[:4])
def list_of_layers(layers, x):
    for w, b in layers:
        x = np.tanh(x @ w + b)
    return np.sum(x)


@program([0.5, 1.5, -0.3])
def list_of_floats(xs):
    total = 0.0
    for i, x in enumerate(xs):
        total = total + x * xs[0] ** i
    return total + sum(xs) * len(xs)


@program((A, [X, 2.0]), 0.1)
def nested_structures(tree, y):
    a, (x, s) = tree
    return np.sum(a) * s + np.sum(x**2) * y


@program(X, 2.0)
def tuples_and_dicts(x, y):
    pair = (x * y, y)
    named = {"first": pair[0], "second": pair[1]}
    first, *rest = named["first"], y, y * y
    named["third"] = np.sum(first)
    return named["third"] * named["second"] + rest[0] * rest[1]


# ---- control flow ---------------------------------------------------------------------------


@program(0.7, 5)
def branch_in_loop(x, n):
    s = 0.0
    for _ in range(n):
        if s < 1.0:
            s = s + np.sin(x)
        else:
            s = s * x
    return s


@program(0.7, 1000)
def long_loop(x, n):
    s = 0.0
    for _ in range(n):
        s = s + x * np.sin(s) / n
    return s + x


@program(1.3)
def branches(x):
    if x > 2:
        y = x * 2
    elif x > 1:
        y = x * x
        if y > 1.5:
            y = y * np.sin(x)
    else:
        y = 1.0
    return y if y > 0 else -y


@program(0.9)
def early_returns(x):
    if x < 0:
        return x
    y = x * x
    if y > 0.5:
        z = np.exp(y)
        return z * x
    return y


@program(5.0)
def newton_while(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


@program(A)
def nested_loops(a):
    n, m = a.shape
    total = 0.0
    for i in range(n):
        row = 1.0
        for j in range(m):
            row = row * np.cos(a[i, j]) + a[i, j] * row
        total += row * row
    return total


@program(X)
def loop_over_array(x):
    s = 1.0
    for value in x:
        s = s * np.sin(value) + value
    for i in range(len(x) - 1, 0, -2):
        s = s + x[i] * x[i - 1]
    return s


@program(A)
def loop_over_rows(a):
    total = 0.0
    for i, row in enumerate(a):
        total = total + np.sum(row**2) * i + row[0] * row[-1]
    return total


@program(X, X[::-1].copy())
def zip_loop(x, y):
    s = 0.0
    for a, b in zip(x, y):
        s += a * b**2
    return s


@program(0.4, 7)
def fibonacci_like(x, n):
    a, b = x, 1.0
    for _ in range(n):
        a, b = b, a * x + b
    return a * b


@program(X)
def accumulate_rows(x):
    acc = 0.0
    for i in range(3):
        acc = acc + x * i
    return np.sum(acc**2)


@program(0.3)
def boolean_values(x):
    y = x > 0 and x * 2
    z = 0.1 < x < 0.5
    return y * (3.0 if z else 2.0) + (x or 1.0)


@program(0.3)
def builtin_choices(x):
    return max(x, 0.1, x * x) + min(x, 2.0) + abs(-x) + pow(x, 3) + sum([x, x * x])


# ---- in place -------------------------------------------------------------------------------


@program(X)
def fill_in_loop(x):
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = np.sin(x[i]) + (y[i - 1] * x[i] if i > 0 else 0.0)
    return np.sum(y**2)


@program(X)
def overwrite_after_use(x):
    y = x * 2
    z = np.sum(y * y)
    y[0] = 0.0
    y[1:] *= x[0]
    y[-1] += z
    y[2] /= x[1]
    y[3] **= 2
    return np.sum(y**2) + z


@program(X)
def views_are_written(x):
    y = x.copy()
    v = y[1:]
    v[0] = x[0] * 3
    v *= 2
    w = v[1:]
    w += x[2:]
    return np.sum(y**2) + v[0] * w[-1]


@program(X)
def aliases(x):
    y = x * 1
    z = y
    z[2] = x[0] ** 2
    z -= x
    return np.sum(y * z)


@program(X)
def masked_writes(x):
    y = np.exp(x)
    y[x > 0] = x[0]
    y[x < -1] *= 2.0
    return np.sum(y**2)


@program(np.abs(X) + 0.5, 6)
def stencil(u, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1] = u[1:-1] + 0.1 * u[1:-1] * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u**2)


@program(np.abs(X) + 0.5, 5)
def double_buffer(u, steps):
    u = u.copy()
    new = u.copy()
    for _ in range(steps):
        new[1:-1] = u[1:-1] * u[2:] + 0.1 * u[:-2]
        u, new = new, u
    return np.sum(u * new)


@program(np.abs(X) + 0.5, 5)
def fresh_buffer(u, steps):
    for _ in range(steps):
        new = np.zeros(len(u))
        new[1:-1] = u[1:-1] * u[2:] + 0.1 * u[:-2]
        new[0] = u[0]
        u = new
    return np.sum(u**2)


@program(X)
def in_place_in_branch(x):
    y = x * 2
    if x[0] > -10:
        y[0] = x[1] * x[2]
        t = np.sum(y**2)
    else:
        y[1] = 5.0
        t = 1.0
    return t * np.sum(y)


@program(X)
def scalar_broadcast_into_slice(x):
    y = np.ones((3, len(x)))
    y[:, 1:3] = x[0]
    y[1] = x
    y[2, ::2] += x[::2] * x[1]
    return np.sum(y**3)


def fill(y, x):
    y[0] = x[1]
    y[1:] += x[:-1]


@program(X)
def written_by_helper(x):
    y = np.zeros(5)
    fill(y, x)
    fill(y, y * x)
    return np.sum(y**2)


@program(A)
def saved_in_nested_loops(a):
    b = np.ones(3)
    total = 0.0
    for i in range(4):
        for j in range(3):
            b[j] = b[j] * a[i, j] + np.sin(b[j])
            total = total + np.sum(b * b[j])
    return total


@program(np.arange(6.0))
def split_and_unpack(x):
    a, b = np.split(x, 2)
    parts = np.split(x, 3)
    return np.sum(a * b) + np.sum(parts[0] * parts[2] ** 2)


@program([0.3, 0.5, 1.2], [(0.5, 2), (1.5, 3)])
def unpack_lists(xs, pairs):
    a, b, c = xs
    (p, n), (q, m) = pairs
    return a * b + c * c + p**n + q**m


@program(X)
def sequences_written_to_arrays(x):
    y = np.zeros(2)
    y[:] = [x[0], x[1] ** 2]
    z = np.zeros((2, 2))
    z[0] = x[2], x[3]
    z[:, 1] += [x[0] * x[4], 1.0]
    y += [x[3], 2.0]
    return np.sum(y**2) + np.sum(z**3)


@program(0.4, 1.3)
def matrices_written_out(angle, scale):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    stacked = np.stack([[angle, scale], [scale, 1.0]])
    joined = np.hstack([[angle, 1.0], np.array([scale])])
    return np.sum(turn @ np.array([scale, 2.0])) + np.linalg.det(stacked) + np.sum(joined**2)


@program(X[:3])
def array_is_unpacked(p):
    a, b, c = p
    q, r = np.exp(p[:2])
    return a * b**2 + c * q - r


@program(X[:2])
def lists_beside_arrays(x):
    a, b = x
    y = x * [a, 2.0] + np.minimum(x, [0.5, b])
    return np.sum(y**2) + np.sum([a, b]) * np.max([a, b, 0.1]) + np.linalg.norm([a, b, 1.0]) + np.dot([a, b], x)


@program(np.array([[1.0, 2.0], [2.0, 4.0]]))
def determinant_of_a_singular_matrix(a):
    return np.linalg.det(a)


@program(np.float32([0.5, 1.5]), np.array([2.0, 3.0]), 2)
def dtypes_meet_in_a_loop(x, y, n):
    for _ in range(n):
        x = np.tanh(x * y)
        y = y * np.float32(0.5)
    return np.sum(x * y)


@program(np.array([0.3, -0.8, 1.2, -0.2]))
def integer_lists_beside_arrays(x):
    chosen = np.where([True, False, True, False], x, 0.5)
    return np.dot(chosen, [1, 2, 3, 4]) + np.sum(x * np.array([4, 3, 2, 1]))


@program(X, 0.7)
def written_twice_in_a_branch_and_dropped(x, s):
    y = x * 2.0
    if s > 0.5:
        y[::2] -= np.sin(x[::2])
        y *= s
    else:
        y += 1.0
    return s * s + np.sum(x)


@program(X, 0.7, 2)
def inner_loop_changes_what_is_handed_to_the_outer(x, s, n):
    y = x * 1.0
    for _ in range(n):
        for i in range(n):
            s = np.tanh(y[i] * s)
    z = np.mean(y)
    return s * z


@program(X, 2)
def inner_loop_writes_what_the_outer_hands_on(x, n):
    y = x * 1.0
    for _ in range(n):
        for i in range(n):
            y[i] = np.sin(y[i]) * y[i + 1]
    return np.mean(y)
