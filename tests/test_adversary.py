"""Attacks: programs that try to get a wrong gradient, a changed side effect or a raw crash out of s2s_ad.

`works` registers a program whose value, side effects and gradients are right, `refused` one that is
refused with place and remedy.
"""

# ruff: noqa
# pyright: basic
# fmt: off

import math
import types
import warnings
from math import exp, pi, sin

import numpy as np
import pytest

from s2s_ad import grad, value_and_grad
from s2s_ad.errors import S2SError
from tests.differences import assert_close, numeric_gradient
from tests.judge import Programs

X = np.array([0.3, -0.8, 1.2, -0.2, 0.9])
A = np.random.default_rng(1).normal(size=(4, 3))
B = np.random.default_rng(2).normal(size=(4, 3))
F = A.astype(np.float32)
E0 = np.zeros(0)
W = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
PROGRAMS = Programs(alone=True)
works, refused = PROGRAMS.works, PROGRAMS.refused
P = np.abs(X) + 0.5
prev = 100.0

def put(d, x): d["k"] = x * x

@works(0.7)
def helper_mutates_dict(x):
    d = {"k": x}
    put(d, x)
    return d["k"]

def putl(xs, x): xs[0] = x * x

@works(0.7)
def list_in_tuple_alias(x):
    a = [x]
    b = (a, 1.0)
    a[0] = x * x * 3
    return b[0][0]

@works(0.7)
def list_alias_through_branch(x):
    a = [x, 1.0]
    if x > 0:
        b = a
        c = x
    else:
        b = a
        c = 2 * x
    a[0] = x * x * 3
    return b[0] * c

@refused(0.7)
def list_alias_through_loop(x):
    a = [x, 1.0]
    b = a
    for i in range(3):
        a = [a[0] * x, a[1]]
        b = a
    a[0] = x * x * 3
    return b[0]

@refused(0.7)
def ternary_list(x):
    a = [x, 1.0]
    c = [2 * x, 2.0]
    b = a if x > 0 else c
    b[0] = x * x * 3
    return a[0] + c[0]

@refused({'w': 0.5, 'b': 2.0})
def writes_arg_dict(p):
    p["w"] = p["w"] * p["b"]
    return p["w"]

@works({'w': X.copy(), 'b': 2.0})
def writes_arg_array_in_dict(p):
    p["w"][0] = p["b"] ** 2
    return np.sum(p["w"] ** 2)

@works(X.copy())
def writes_arg(x):
    s = np.sum(x ** 2)
    x[0] = 3.0
    x[1:] *= 2
    return s + np.sum(x ** 3)

@works(0.7, 4)
def dictloop(x, n): 
    d = {"a": x, "b": 1.0}
    for i in range(n):
        d["a"] = d["a"] * x
        d["b"] = d["b"] + d["a"]
    return d["a"] + d["b"]

@works(0.7, 4)
def tuple_carried(x, n):
    st = (x, (1.0, x * x))
    for i in range(n):
        a, (b, c) = st
        st = (b * x, (c + a, a * b))
    return st[0] + st[1][0] * st[1][1]

@works(X.copy())
def captured_reshaped_written(x):
    w = W.reshape(-1)
    w[0] = x[0]
    r = np.sum(W * x)
    w[0] = 1.0
    return r

@works(0.7)
def lambda_default_early(x):
    k = x
    g = lambda t, k=k: k * t
    k = 2.0
    return g(x) + k

def apply(g, k): return g(k) * k

@works(0.7)
def lambda_default_scope(x):
    k = x * x
    g = lambda t, m=k: m * t
    return apply(g, 3.0)

def maker(k):
    return lambda t: k * t

@works(0.7)
def returned_closure(x):
    g = maker(x)
    h = maker(x * x)
    return g(2.0) * h(3.0)

@works(0.7)
def closures_late(x):
    k = x
    def g(t): return k * t
    a = g(1.0)
    k = x * x
    return a + g(1.0)

@works(0.7)
def list_of_lambdas(x):
    gs = [lambda t: t * x, lambda t: t + x]
    s = 1.0
    for g in gs: s = g(s)
    return s

@works(0.7)
def late_loop_capture(x):
    fs = []
    for k in (1.0, 2.0, 3.0):
        fs = fs + [lambda t: k * t]
    return fs[0](x) + fs[1](x)

@works(0.7)
def late_loop_default(x):
    fs = []
    for k in (1.0, 2.0, 3.0):
        fs = fs + [lambda t, k=k: k * t]
    return fs[0](x) + fs[1](x) * x

@works(0.7, 4)
def closure_in_loop(x, n):
    s = x
    def step(t): return t * s + x
    for i in range(n):
        s = step(1.0 + i)
    return s

@works(0.7, 3)
def prev_in_loop(x, n):
    s = 0.0
    for i in range(n):
        if i > 0:
            s = s + prev * x
        prev = x * i
    return s

@works(0.7, 5)
def bounds_modified(x, n):
    s = 0.0
    for i in range(n):
        n = n - 1
        s = s * x + n * x
    return s * n

@works(0.7, 5)
def index_rebound(x, n):
    s = 0.0
    for i in range(n):
        i = i * 2
        s = s * x + i * x
    return s * i

@works(0.7, 5)
def index_after(x, n):
    s = 1.0
    for i in range(n):
        s = s * x
    return s * i + x * i

@works(0.7, 0)
def zero_trip(x, n):
    s = x
    for i in range(n):
        s = s * x
    return s

@works(0.7, 0)
def zero_trip_index_after(x, n):
    s = x
    for i in range(n):
        s = s * x
    return s * i

@works(0.7, 5)
def int_to_float(x, n):
    s = 1
    for i in range(n):
        s = s * x + i
    return s

@works(0.7, 0)
def int_to_float_zero_trip(x, n):
    s = 1
    for i in range(n):
        s = s * x + i
    return s + 2

@works(0.7, 10, 0, -3)
def negative_range(x, a, b, c):
    s = 1.0
    for i in range(a, b, c):
        s = s * x + i * s * s
    return s

@works(0.7, 0, 10, 3)
def step_range(x, a, b, c):
    s = 1.0
    for i in range(a, b, c):
        s = np.sin(s * x + i)
    return s

@works(X.copy())
def reversed_loops(x):
    s = 1.0
    for v in reversed(x):
        s = s * v + np.sin(s)
    for i in reversed(range(1, len(x), 2)):
        s = s * x[i] + i
    return s

@works(X.copy())
def loop_over_changed_array(x):
    y = x * 1.0
    s = 0.0
    for v in y:
        y[1:] = y[1:] + v * 0.5
        s = s + v * v
    return s

@works(X.copy())
def loop_over_changed_array2(x):
    y = x * 1.0
    s = 0.0
    for i, v in enumerate(y):
        y[(i + 1) % 5] += v * v
        s = s + v * i
    return s + np.sum(y)

@works(X.copy())
def loop_rebinds_iterable(x):
    y = x
    s = 0.0
    for v in y:
        y = y * v
        s = s + np.sum(y)
    return s

@works(A.copy())
def rows_written(a):
    b = a * 1
    for row in b:
        row += row[0]
        row[1] *= row[2]
    return np.sum(b ** 2)

@works(0.7)
def walrus_while(x):
    y = x
    s = 0.0
    while (y := y * 0.5) > 0.01:
        s = s + y * y
    return s + y

@works(0.7)
def while_several(x):
    a, b, c, n = x, 1.0, 0, 0
    while n < 7 and a < 50:
        a, b = a + b * x, a
        c += n
        n += 1
    return a * b * c + n

@works(0.7, 3)
def while_else(x, n):
    i = 0
    while i < n:
        x = x * x + i
        i += 1
    else:
        x = x + 1
    for j in range(n):
        x = np.cos(x)
    else:
        x = x * 2
    return x

def noisy(x):
    print("noisy", x)
    return x * x

@works(0.7)
def nested_while(x):
    s = x
    n = 0
    while n < 3:
        m = 0
        while m < n:
            s = s * x + m
            m += 1
        n += 1
    return s

@works(X.copy())
def order_mutate(x):
    y = x * 2
    def m(z):
        z[0] = z[0] * 3
        return z[0]
    return y[0] + m(y) + y[0] * m(y) - m(y) * y[0]

@works(X.copy())
def scalar_read_before_write(x):
    y = x * 2
    s = y[0]
    t = y[1:3]
    y[0] = s * x[1]
    y[1] = 7.0 * x[0]
    return s * y[0] + np.sum(t * t)

@works(X.copy())
def view_of_view_write(x):
    y = x * 2
    v = y[1:][::-1]
    w = v[::2]
    w[0] = x[0] * x[1]
    v[1] *= w[1]
    s = np.sum(v * w[0])
    y[2] = s
    return np.sum(y * y) + np.sum(w) * v[-1]

@works(A.copy())
def view_2d(a):
    b = a * a
    r = b[1]
    c = b[:, 1]
    r[1] = a[0, 0]
    c += r[0]
    c[::2] *= r[1]
    b[1:3, ::2] = b[0, 1] * r[2]
    return np.sum(b * a) + np.sum(r) * np.sum(c ** 2)

@works(X.copy(), 4)
def three_buffers(u, n):
    a = u * 1
    b = u * 2
    c = np.zeros(5)
    for i in range(n):
        c[1:] = a[:-1] * b[1:] + 0.1 * c[1:]
        c[0] = a[0] * b[-1]
        a, b, c = b, c, a
    return np.sum(a * b + c * c)

@works(X.copy(), 3)
def three_buffers_partial(u, n):
    a = u * 1
    b = u * 2
    c = np.zeros(5)
    for i in range(n):
        c[1:3] = a[:2] * b[1:3]
        b[0] = c[1] * a[4]
        a, b, c = c, a, b
    return np.sum(a * b + c * c)

@works(X.copy(), 3)
def conditional_swap(u, n):
    a = u * 1
    b = u * 2
    for i in range(n):
        if i % 2 == 0:
            a[1:] = a[:-1] * b[1:]
        else:
            b[:-1] = a[1:] * b[:-1] + a[0]
        a, b = b, a
    return np.sum(a * a * b)

@works(X.copy())
def self_augs(x):
    y = x * 2
    y -= y * y
    y **= 2
    y /= y + 1
    y *= y[0]
    y[0] *= y[0]
    y[1] **= 3
    y[2] -= y[2] * y[2]
    return np.sum(y * np.arange(1, 6))

@works(X.copy())
def neg_steps(x):
    y = np.zeros(5)
    y[::-2] = x[:3]
    y[-2::-2] += x[3:]
    y[3:0:-1] *= x[::-1][1:4]
    z = y[::-1][1:-1]
    z[::-1] += x[1:4]
    return np.sum(y ** 3)

@works(X.copy(), 3)
def write_loop_needed(x, n):
    y = x * 1
    s = 0.0
    for i in range(n):
        v = y[i:i + 2]
        s = s + v[0] * v[1] * y[-1]
        v *= x[i]
        y[-1] = np.sin(s)
    return s + np.sum(y)

@works(X.copy(), 3)
def view_used_after_loop(x, n):
    y = x * 1
    v = y[:2]
    for i in range(n):
        v = y[i:i + 2]
        v[0] = v[1] * x[i]
    return np.sum(v * v) + np.sum(y)

@works(X.copy(), 3)
def view_bound_in_loop_after(x, n):
    y = x * 1
    for i in range(n):
        v = y[i:i + 2]
        v[0] = v[1] * x[i]
    return np.sum(v * v) + np.sum(y)

@works(X.copy(), 2)
def view_index_moves(x, i):
    y = x * 1
    v = y[i:]
    i = 0
    v[i] = x[0]
    y[3] = 2.0 * x[1]
    return np.sum(v * v) + np.sum(y[i:])

@works(X.copy())
def branch_alias(x):
    y = x * 1
    z = x * 2
    w = y if x[0] > 0 else z
    return np.sum(w * y)

def dup(y):
    return y

def scale(y, k):
    y *= k
    return y

def fresh(y):
    z = y * 2
    return z, z[1:]

@works(X.copy())
def returned_same(x):
    y = x * 1
    z = dup(y)
    z[0] = x[1] ** 2
    w = scale(y, x[2])
    w[1] = 3 * x[0]
    return np.sum(y * z * w)

@works(X.copy())
def returned_view(x):
    z, v = fresh(x)
    v[0] = x[0] ** 3
    return np.sum(z * z) + v[0]

def mixed(y, c):
    if c > 0:
        return y
    return y.copy()

@works(X.copy())
def maybe_alias_returned(x):
    y = x * 2
    z = mixed(y, x[0])
    return np.sum(z * y)

@works(X.copy())
def transposed_written(x):
    y = np.zeros((5, 5))
    t = y.T
    y[0] = x
    y[1, 2] = x[0] ** 2
    return np.sum(t[:, 0] * x) + np.sum(t @ x)

@works(A.copy())
def diag_write(a):
    b = a[:3] * 1
    for i in range(3):
        b[i, i] = b[i, i] * a[3, i] + b[i, (i + 1) % 3]
        b[i] /= b[i, i] + 3
    return np.sum(b * b)

@works(A.copy())
def gauss(a):
    m = a[:3] @ a[:3].T + np.eye(3)
    for k in range(3):
        for i in range(k + 1, 3):
            f = m[i, k] / m[k, k]
            m[i, k:] = m[i, k:] - f * m[k, k:]
    d = 1.0
    for k in range(3):
        d *= m[k, k]
    return d

@works(A.copy())
def cholesky(a):
    m = a[:3] @ a[:3].T + np.eye(3)
    L = np.zeros_like(m)
    n = len(m)
    for i in range(n):
        for j in range(i + 1):
            s = m[i, j] - np.dot(L[i, :j], L[j, :j])
            if i == j:
                L[i, j] = np.sqrt(s)
            else:
                L[i, j] = s / L[j, j]
    return np.sum(np.log(np.diag(L))) + np.sum(L)

@works(X.copy(), 4)
def rk4(x, n):
    def f(y):
        d = np.empty_like(y)
        d[0] = y[1]
        d[1:-1] = y[2:] * y[:-2]
        d[-1] = -y[0]
        return d
    y = x.copy()
    h = 0.1
    for _ in range(n):
        k1 = f(y)
        k2 = f(y + h / 2 * k1)
        k3 = f(y + h / 2 * k2)
        k4 = f(y + h * k3)
        y += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return np.sum(y ** 2)

@works(X.copy(), 3)
def carry_returned_array(x, n):
    def step(u):
        v = np.empty(5)
        v[1:] = u[:-1] * u[1:]
        v[0] = u[-1]
        return v
    u = x
    for _ in range(n):
        u = step(u)
    return np.sum(u)

@works(X.copy(), 5)
def history(x, n):
    h = np.zeros((n + 1, 5))
    h[0] = x
    for i in range(n):
        h[i + 1] = h[i] * 0.9 + 0.1 * np.sin(h[i]) * h[i - 1]
    return np.sum(h[-1] ** 2) + np.sum(h[1:, 0])

@works(X.copy())
def write_in_while(x):
    y = x * 1
    i = 0
    while i < len(y) - 1:
        y[i + 1] = y[i] * y[i + 1] + 0.5
        if y[i + 1] > 0.6:
            y[i] *= 2
        i += 1
    return np.sum(y * y)

@works(X.copy())
def mask_read_write_alias(x):
    y = x * 2
    z = y[y > 0]
    z[0] = 10 * x[0]
    y[0] = x[1]
    return np.sum(z * z) + np.sum(y * y)

@works(X.copy())
def fancy_copy_write(x):
    y = x * 2
    y[[0, 1]][0] = 5.0
    z = y[[0, 2, 2]]
    z[1] = x[0]
    return np.sum(y * y) + np.sum(z * z)

@works(X.copy())
def fancy_write(x):
    y = x * 2
    y[[0, 2]] = x[1:3] * 3
    return np.sum(y * y)

@works(X.copy())
def fancy_aug(x):
    y = x * 2
    y[[0, 0, 2]] += x[1:4] * 3
    return np.sum(y * y)

@works(X.copy())
def bool_index_int(x):
    y = x * 2
    y[np.array([True, False, True, False, True])] *= 3.0
    i = np.argmax(y)
    y[i] = y[i] ** 2
    j = int(np.argmin(x))
    y[j] += x[j]
    return np.sum(y * y)

@works(X.copy())
def aug_arg_alias(x):
    y = x
    y += 1
    return np.sum(x * y)

@works(X.copy())
def scalar_aug_of_items(x):
    s = x[0]
    s += x[1]
    t = x[2:]
    t = t + s
    t -= x[:3]
    return s * np.sum(t ** 2)

@works(X.copy(), X.copy())
def write_second(x, y):
    x[0] = y[0] * 2
    y[1:] *= x[0]
    return np.sum(x * y)

@refused({'a': X.copy(), 'b': [X.copy(), P.copy()]})
def write_in_structure(p):
    v = p["b"][0]
    v[1:3] = p["a"][0]
    p["b"][1][0] *= v[1]
    return np.sum(p["b"][0] * p["b"][1])

@works(X.copy())
def int_array_write(x):
    k = np.zeros(5, dtype=int)
    k[2] = 7
    k[1] += 3
    z = np.zeros(5, dtype=int)
    z[0] = x[2]
    return np.sum(k * x) + z[0] * x[1]

@works(X.copy().astype(np.float32))
def f32_buffer(x):
    y = np.zeros(5, dtype=np.float32)
    y[1:] = x[1:] * 2.0
    y[0] = np.float64(3.0) * x[0]
    y *= np.arange(5)
    return np.sum(y * y)

@works(X.copy(), X.copy().astype(np.float32))
def f64_into_f32(x, z):
    y = np.zeros(5, dtype=np.float32)
    y[:] = x
    y += z
    w = np.zeros(5)
    w[:] = z
    w *= y
    return np.sum(w * y)

@works(A.copy())
def broadcast_into(a):
    b = np.zeros((2, 4, 3))
    b[:] = a
    b[0] *= a[:, :1]
    b[1] += a[0]
    b[:, 1] = a[2, 1]
    b[..., 0] -= a[:, 1]
    return np.sum(b ** 2)

@works(A.copy())
def ndarray_size1(a):
    b = np.zeros((4, 3))
    b[:, 0:1] = a[:, 1:2]
    b[0:1] += a[1:2] * a[0:1]
    b[:] = a[2:3] * b
    b[:, :] += a[3:4, 1:2]
    return np.sum(b ** 2)

@works(X.copy())
def swap_items(x):
    y = x * 1
    y[0], y[1] = y[1], y[0]
    y[2], y[3:] = y[3] * y[2], y[:2]
    for i in range(4):
        y[i], y[i + 1] = y[i + 1] * x[i], y[i]
    return np.sum(y * np.arange(5))

@works(X.copy())
def swap_slices(x):
    y = x * 1
    y[:2], y[3:] = y[3:], y[:2]
    return np.sum(y * np.arange(5))

@works(X.copy(), 3)
def loop_local_buffer(x, n):
    s = 0.0
    for i in range(n):
        buf = np.zeros(3)
        for j in range(3):
            buf[j] = x[j] * x[i] + (buf[j - 1] if j else 0.0)
        s += np.sum(buf ** 2)
    return s

@works(X.copy(), 3)
def nested_alias_loop(x, n):
    a = x * 1
    b = a
    for i in range(n):
        a[i] = a[i] * b[i + 1]
        b = a
    return np.sum(a * b)

@works(X.copy(), 3)
def prev_buffer(x, n):
    old = x * 1
    new = x * 1
    for i in range(n):
        new[:] = old * x
        new[0] = old[1]
        old[:] = new
    return np.sum(old)

@works(X.copy(), 3)
def old_is_copy(x, n):
    u = x * 1
    for i in range(n):
        un = u.copy()
        u[1:-1] = un[1:-1] * un[2:] - un[:-2]
        u[0] = un[-2]
    return np.sum(u * u)

@works(A.copy(), A[:, :1].copy(), A[:1].copy(), A[:1, :1].copy(), 0.5)
def bc_all(a, c, r, o, s):
    return np.sum((a * c + r) * o / (1 + s * s * r * r) + s * c)

@works(A.copy(), 1)
def bc_runtime_one(a, k):
    return np.sum(a[:, :k] * a[:k] + a[1:1 + k, :] ** 2 + a[:k, :k] * a)

@works(A.copy(), 3)
def bc_runtime_many(a, k):
    return np.sum(a[:3, :k] * a[:k] + a[1:1 + k, :] ** 2)

@works(X.copy(), 1)
def bc_both_unknown(x, k):
    return np.sum(x[:k] * x[1:1 + k] * x) + np.sum(x[:k] + x[:k] * x)

@works(X.copy(), 0)
def bc_empty_slices(x, k):
    return np.sum(x[:k] * x[1:1 + k]) + np.sum(x[:k] * x[:1]) + np.sum(x ** 2)

@works(np.zeros((0, 3)), np.ones((1, 3)), np.ones(3), 2.0)
def bc_empty(e, r, v, s):
    return np.sum(e * r + v * s) + np.sum(r * v) * s

@works(E0.copy(), 2.0)
def empties(e, s):
    y = e * s
    y[:] = s
    return np.sum(y) + np.prod(e) + s * len(e) + np.sum(np.concatenate([e, e]))

@works(np.array(0.7))
def zero_d_only(z):
    y = z * z
    w = np.sin(z) + z
    return y * w

@works(np.array(0.7))
def zero_d_write(z):
    y = np.array(z)
    y[...] = y * z
    y += 1
    return y * z

@works(np.float32(0.7), F.copy())
def f32s(s, a):
    return np.sum(a * s) * s

@works(np.float32(0.7), 0.3)
def f32_py(s, t):
    return s * t + np.sin(t) * s

@works(F.copy(), A.copy())
def f32arr_f64arr(a, b):
    return np.sum(a * b) + np.sum(a ** 2)

@works(F.copy())
def f32_unused_parts(a):
    return np.sum(a[0]) + np.float32(2.0) * a[1, 1] + float(a[2, 0]) * 2.0

@works(np.float32(0.7))
def f32_loop(s):
    t = 0.0
    for i in range(3):
        t = t * s + s
    return t

@works(np.float64(0.7))
def np_scalar(s):
    return s * s + math.sin(s) + abs(s) + s ** 2

@works(A.copy(), np.arange(12).reshape(4, 3))
def int_arrays(a, k):
    return np.sum(a * k) + np.sum(k) * np.sum(a ** 2) + np.sum((k % 3) * a) + np.sum(a ** (k % 4))

@works(0.7, 3, True)
def ints_bools(x, n, b):
    return x * n + x ** n + (x if b else 2 * x) + b * x + n // 2 * x + n / 2 * x + (n > 2) * x

@works(P.copy(), np.array([True, False, True, True, False]))
def bool_arrays(x, m):
    return np.sum(x * m) + np.sum(x[m]) + np.mean(x, where=m) if False else np.sum(x * m) + np.sum(x[m]) + np.sum(np.where(m, x, 1 / x))

@works(A.copy())
def axes_variants(a):
    b = a.reshape(2, 2, 3)
    return (np.sum(np.sum(b, axis=(0, 2)) ** 2) + np.sum(np.mean(b, axis=-1, keepdims=True) * b) + np.sum(np.max(b, axis=(0, 1)) ** 2)
        + np.sum(np.var(b, axis=(1, 2), keepdims=True) * b) + np.sum(np.std(b, axis=1, ddof=1) ** 2) + np.sum(np.prod(b, axis=-2) ** 2)
        + np.sum(np.min(b, axis=2, keepdims=True) * b) + np.sum(b.sum(-1) * b.max(2)) + np.sum(np.cumsum(b, axis=1) ** 2) + np.sum(np.linalg.norm(b, axis=-1)) + np.sum(np.linalg.norm(b, axis=(0, 1))))

@works(A.copy())
def axis_variable(a):
    s = 0.0
    for ax in (0, 1, None, (0, 1), -1):
        s = s + np.sum(np.sum(a, axis=ax) ** 2)
    return s

def red(a, axis=None, keepdims=False):
    return np.sum(a * a, axis, keepdims=keepdims)

@works(A.copy(), 1, True)
def axis_argument(a, ax, kd):
    return np.sum(red(a, ax, kd) ** 2)

@works(A.copy())
def axis_helper(a):
    return np.sum(red(a, 0) ** 2) + np.sum(red(a, axis=1, keepdims=True) * a) + red(a)

@works(A.copy())
def cum(a):
    return np.sum(np.cumsum(a) ** 2) + np.sum(np.cumprod(a, axis=1) ** 2) + np.sum(np.diff(a, axis=0) ** 2)+ np.sum(a.cumsum(0) ** 3)

@works(A.copy(), X[:3].copy(), X[:4].copy())
def matmuls(a, v, w):
    b = a.reshape(2, 2, 3)
    return (np.sum(w @ a) + np.sum(a @ v) + v @ v + np.sum(b @ a.T) + np.sum(b @ v) + np.sum(a.T @ a @ v) + np.sum(b @ b.transpose(0, 2, 1) * 2)
       + np.sum(np.matmul(b[:, None], b[None].swapaxes(-1, -2)) ** 2) + np.sum(v @ b.transpose(0, 2, 1)) + np.sum(a[0] @ b.mT))

@works(A.copy())
def einsums(a):
    return np.sum(np.einsum("ij,kj->ik", a, a) ** 2) + np.einsum("ij,ij", a, a) + np.einsum("ii->", a[:3])

@works(A.copy(), A[:1].copy())
def matmul_batch_broadcast(a, r):
    b = a.reshape(4, 1, 3)
    c = np.ones((1, 3, 2)) * a[0, :, None][None]
    return np.sum((b @ c) ** 2) + np.sum((r @ a.T) ** 2) + np.sum((r.T @ r) ** 2)

@works(np.array([0.0, 1.0, -2.0]), want=[np.array([0.0, 1.0, -1.0])])
def kink_abs(x): return np.sum(np.abs(x))

@works(0.0, want=[0.0])
def kink_abs_py(x): return abs(x)

@works(0.0, want=[0.0])
def kink_fabs(x): return math.fabs(x)

@works(np.array([1.0, 2.0, 2.0]), want=[np.array([0.0, 0.5, 0.5])])
def kink_max(x): return np.max(x)

@works(np.array([[1.0, 2.0, 2.0], [1, 1, 1]]), want=[np.array([[0.0, 0.5, 0.5], [1 / 3] * 3])])
def kink_max_axis(x): return np.sum(np.max(x, axis=1))

@works(np.array([1.0, 2.0]), np.array([1.0, 3.0]), want=[np.array([0.5, 0]), np.array([0.5, 1.0])])
def kink_maximum(x, y): return np.sum(np.maximum(x, y))

@works(np.array([1.0, 2.0]), want=[np.array([0.5, 1])])
def kink_maximum_const(x): return np.sum(np.maximum(x, 1.0))

@works(1.0, 1.0, want=[1.0, 0.0])
def kink_pymax(x, y): return max(x, y)

@works(1.0, 1.0, want=[1.0, 0.0])
def kink_pymin(x, y): return min(x, y)

@works(np.array([0.0, 1.0, 2.0, -1]), 0.0, 1.0, want=[np.array([1.0, 1.0, 0, 0]), 1.0, 1.0])
def kink_clip(x, a, b): return np.sum(np.clip(x, a, b))

@works(np.array([0.0, 4.0]), want=[np.array([np.inf, 0.25])])
def kink_sqrt(x): return np.sum(np.sqrt(x))

@works(0.0, want=[np.inf])
def kink_msqrt(x): return math.sqrt(x)

@works(0.0, want=[np.inf])
def kink_pow_half(x): return x ** 0.5

@works(0.0, want=[np.inf])
def kink_mpow_half(x): return math.pow(x, 0.5)

@works(np.array([-1.0, 0.0, 4.0]), want=[np.array([0, 0, 0.25])])
def kink_where_sqrt(x): return np.sum(np.where(x > 0, np.sqrt(x), 0.0))

@works(np.array([0.0, 4.0]), want=[np.array([0, 0.25])])
def kink_sqrt_index(x): return np.sqrt(x)[1]

@works(np.array([0.0, 4.0]), want=[np.array([0, 0.25])])
def kink_sqrt_maximum(x): return np.sum(np.maximum(np.sqrt(x), 1.0))

@works(np.array([0.0, 2.0]), want=[np.array([0.0, 0.0])])
def kink_pow0(x): return np.sum(x ** 0)

@works(0.0, want=[0.0])
def kink_pow0_py(x): return x ** 0

@works(0.0, want=[0.0])
def kink_pow00_py(x): return x ** 0.0

@works(0.0, 0, want=[0.0])
def kink_pow0_arg(x, n): return x ** n

@works(0.0, 2.0, want=[0.0, 0.0])
def kink_pow_y(x, y): return x ** y

@works(np.array([0.0, 2.0]), 2.0, want=[np.array([0.0, 4.0]), 4 * np.log(2.0)])
def kink_pow_y_arr(x, y): return np.sum(x ** y)

@works(-2.0, 2, want=[-4.0])
def kink_pow_negbase(x, n): return x ** n

@works(np.array([0.0, 2.0, 3.0]), want=[np.array([6.0, 0, 0])])
def kink_prod(x): return np.prod(x)

@works(np.array([0.0, 2.0, 0.0]), want=[np.array([0.0, 0, 0])])
def kink_prod2(x): return np.prod(x)

@works(np.array([0.0, 2.0, 3.0]), want=[np.array([1 + 2 + 6.0, 0, 0])])
def kink_cumprod(x): return np.sum(np.cumprod(x))

@works(np.array([0.0, 0.0]), want=[np.array([0.0, 0.0])])
def kink_norm(x): return np.linalg.norm(x)

@works(np.array([[0.0, 0.0], [3, 4]]), want=[np.array([[0.0, 0.0], [0.6, 0.8]])])
def kink_norm_axis(x): return np.sum(np.linalg.norm(x, axis=1))

@works(0.0, 0.0, want=[0.0, 0.0])
def kink_hypot(x, y): return math.hypot(x, y)

@works(0.0, 0.0, want=[0.0, 0.0])
def kink_nhypot(x, y): return np.hypot(x, y)

@works(np.array([2.0, 2.0]), want=[np.array([0.0, 0.0])])
def kink_std(x): return np.std(x)

@works(np.array([0.0, 3.0]), want=[np.array([np.inf, 1 / 3])])
def kink_log(x): return np.sum(np.log(x))

@works(0.0, want=[0.0])
def kink_sign(x): return np.sign(x) + np.floor(x) + round(x) + (x // 2) * 3 + int(x)

@works(1.0, want=[np.inf])
def kink_asin(x): return math.asin(x)

@works(1.0, want=[np.inf])
def kink_acosh(x): return math.acosh(x)

@works(1e-200, want=[-np.inf])
def overflow_inv(x): return x ** -1

@works(1e-300, want=[-np.inf])
def overflow_div(x): return 1 / x

@works(1e-200, 3.0, want=[-np.inf, 1e+200])
def overflow_div2(x, y): return y / x

@works(0.0, want=[0.0])
def exp_under(x): return math.exp(-800 + x)

@works(709.0, want=[math.exp(709.0)])
def exp_over(x): return math.exp(x)

@works(710.0, want=[math.cosh(710.0)])
def sinh_over(x): return math.sinh(x)

@works(800.0, want=[0.0])
def tanh_over(x): return math.tanh(x)

@works(0.0, 3.0, want=[0.0, 0.0])
def zero_numer(x, y): return x * x / y

@works(5e-324, want=[np.inf])
def log_denorm(x): return math.log(x)

@works(1e-170, want=[-0.0 and 0])
def sq_under(x): return x * x

@works(1e+155, 0.5)
def big_pow(x, y): return x ** y

@works(1e-155, -2, want=[-np.inf])
def big_pow_neg(x, n): return x ** n

@works(10.0, 300.0, want=[300 * 1e+299, 1e+300 * np.log(10)])
def pow_big_exp(x, y): return x ** y

@works(0.5, -1000.0)
def pow_neg_exp(x, y): return x ** y

@works(-7.5, 2.0)
def mods_neg(x, y): return x % y + math.fmod(x, y) + np.fmod(x, y) + np.remainder(x, -y)

@works(0.7)
def math_cbrt(x): return math.cbrt(x) + math.exp2(x)

@works(P.copy())
def np_all(x):
    return np.sum(np.sin(x) + np.cos(x) + np.tan(x / 3) + np.arcsin(x / 3) + np.arccos(x / 3) + np.arctan(x) + np.sinh(x) + np.cosh(x) + np.tanh(x) + np.arcsinh(x) + np.arccosh(1 + x) + np.arctanh(x / 3)
      + np.exp(x) + np.exp2(x) + np.expm1(x) + np.log(x) + np.log10(x) + np.log2(x) + np.log1p(x) + np.sqrt(x) + np.cbrt(x) + np.square(x) + np.reciprocal(x) + np.power(x, 2.5) + np.power(2.5, x) + np.float_power(x, 2) + np.abs(x) + np.sign(x) * x + np.hypot(x, 1) + np.arctan2(x, 2) + np.logaddexp(x, 1) + np.logaddexp2(x, 1) + np.fmax(x, 1) + np.fmin(x, 1) + np.deg2rad(x) + np.rad2deg(x) + np.copysign(x, -1) + np.heaviside(x, 0.5) * x + np.sinc(x) + np.positive(x) + np.negative(x) + np.nan_to_num(x) + np.true_divide(x, 2) + np.fabs(x))

@works(A.copy())
def shapes_more(a):
    return (np.sum(np.concatenate([a, a * 2], axis=1)[:, 1:5] ** 2) + np.sum(np.vstack([a, a[:1]]) ** 2) + np.sum(np.hstack([a, a]) ** 3) + np.sum(np.stack([a, a * a], axis=-1)[..., 1]) + np.sum(np.tile(a, (2, 1)) ** 2) + np.sum(np.repeat(a, 2, axis=0) ** 2)
     + np.sum(np.flip(a, 0) * a) + np.sum(np.roll(a, 1, axis=0) * a) + np.sum(np.pad(a, 1) ** 2) + np.sum(np.broadcast_to(a, (2, 4, 3)) ** 2) + np.sum(np.triu(a[:3]) ** 2) + np.sum(np.tril(a) ** 2) + np.sum(np.diag(a[0]) ** 2) + np.sum(np.diag(a[:3]) ** 2) + np.sum(np.moveaxis(a[None], 0, -1) ** 2) + np.sum(np.atleast_2d(a[0]) ** 2) + np.sum(np.split(a, 2)[0] ** 2) + np.sum(np.sort(a, axis=0)[0] ** 2))

@works(X.copy())
def shifted_product_overwrites_its_own_input(x):
    y = x * 1
    y[1:] = y[:-1] * y[1:]
    return np.sum(y * np.arange(5.0))

@works(X.copy())
def adds_its_own_later_part(x):
    y = x * 1
    y[:-1] += y[1:]
    return np.sum(y * np.arange(5.0))

@works(X.copy())
def reversed_onto_itself(x):
    y = x * 1
    y[:] = y[::-1]
    return np.sum(y * np.arange(5.0))

@works(X.copy())
def shifted_onto_itself(x):
    y = x * 1
    y[1:] = y[:-1]
    return np.sum(y * np.arange(5.0))

@works(X.copy())
def view_copied_onto_overlap(x):
    y = x * 1
    v = y[1:3]
    y[2:4] = v
    return np.sum(y * y* np.arange(5.0))

@works(X.copy())
def subtracts_through_reversed_view(x):
    y = x * 1
    y[::-1] -= y * x
    return np.sum(y * np.arange(5.0))

@works(X.copy())
def multiplied_by_itself(x):
    y = x * 1
    y *= y
    return np.sum(y * np.arange(5.0))

@works(X.copy())
def adds_its_own_reverse(x):
    y = x * 1
    y += y[::-1]
    return np.sum(y * np.arange(5.0))

@works(X.copy())
def multiplied_by_its_own_shift(x):
    y = x * 1
    y[1:] *= y[:-1]
    return np.sum(y * np.arange(5.0))

@works(X.copy())
def subtracts_its_own_item(x):
    y = x * 1
    y -= y[0]
    y[0:1] += y[0:1]
    y[1] = y[2]
    return np.sum(y * np.arange(5.0))

@works(X.copy())
def added_to_itself(x):
    y = x * 1
    y += y
    y[1:3] += y[1:3]
    return np.sum(y * y*np.arange(5.0))

@works(A.copy())
def rows_copied_and_added(a):
    b = a * 1
    b[0] = b[1]
    b[:, 0] += b[:, 1]
    b[:2] += b[2:]
    return np.sum(b * b * a)

@works(A.copy())
def adds_its_own_transpose(a):
    b = a[:3] * 1
    b += b.T
    return np.sum(b * b * np.arange(3))

@works(A.copy())
def overwritten_by_its_own_transpose(a):
    b = a[:3] * 1
    b[:] = b.T
    return np.sum(b * b * np.arange(3))

@refused([X.copy(), P.copy()])
def view_of_list_item_is_written(p):
    v = p[0]
    v[1] = 3.0
    return np.sum(p[0] ** 2)

@refused([X.copy(), P.copy()])
def list_item_is_read_twice_and_written(p):
    v = p[0]
    w = p[0]
    v[1] = p[1][1]
    return np.sum(w ** 2)

@refused([X.copy(), P.copy()], 2)
def list_items_are_written_by_index(p, n):
    for i in range(n):
        p[i][0] = p[i][1] * 2
    return np.sum(p[0] * p[1])

@refused([X.copy(), P.copy()])
def list_items_are_written_in_loop(p):
    for v in p:
        v[0] = v[1] * 2
    return np.sum(p[0] * p[1])

@works((X.copy(), P.copy()))
def tuple_items_are_written_in_loop(p):
    for v in p:
        v[0] = v[1] * 2
    return np.sum(p[0] * p[1])

@refused([(X.copy(), 1.0), (P.copy(), 2.0)])
def arrays_in_list_of_tuples_are_written(p):
    for v, k in p:
        v[0] = v[1] * k
    return np.sum(p[0][0] * p[1][0])

@works({'a': X.copy()})
def array_in_dict_is_multiplied_in_place(p):
    p["a"] *= 2
    return np.sum(p["a"] * p["a"])

@works({'a': X.copy()})
def array_in_dict_is_added_in_place(p):
    p["a"] += 2
    q = p
    q["a"][0] = 1.0
    return np.sum(p["a"] * p["a"])

@works([], 2.0)
def empty_list2(p, x):
    s = x
    for v in p: s = s * v
    return s

@works([(1, 2.0), (2, 3.0)])
def list_of_int_float_tuples(p):
    s = 0.0
    for n, v in p: s = s + v ** n
    return s

@works([('a', 2.0), ('b', 3.0)])
def list_of_str_tuples(p):
    s = 0.0
    for n, v in p: s = s + (v if n == "a" else v * v)
    return s

@works([None, 2.0, None])
def nones(p):
    s = 0.0
    for v in p:
        if v is not None: s = s + v * v
    return s

@works([[1.0, 2.0], [3.0]])
def ragged(p):
    s = 0.0
    for r in p:
        for v in r: s = s + v * v * len(r)
    return s

@works([A.copy(), A[:1].copy(), A[:, :1].copy()])
def list_diff_axes(p):
    s = 0.0
    for m in p: s = s + np.sum(m * A) ** 2
    return s

@works([X.copy(), 2.0])
def list_arr_float(p): return np.sum(p[0]) * p[1]

@works({'a': [1.0, 2.0], 'b': {'c': (3.0, [4.0, 5.0])}})
def deep(p):
    a, b = p["a"], p["b"]
    return a[0] * b["c"][1][0] + a[-1] * sum(b["c"][1]) + b["c"][0]

@works({'a': 1.0, 'b': 2.0})
def dict_iter(p):
    s = 0.0
    for k, v in p.items(): s = s * v + v + len(k)
    for k in p: s = s + p[k]
    return s + sum(p.values()) + len(p) + ("a" in p) + p.get("z", 3.0)

@works([1.0, 2.0], 1)
def dyn_index(p, i): return p[i] * p[i - 1] + p[-1]

@works((1.0, 2.0, 3.0))
def tuple_slices(p):
    a, *b = p[1:]
    return a * sum(b) + p[::-1][0] + sum(p[1:]) + len(p) + max(p) * min(p)

@works(X.copy())
def concat_list_known(x):
    xs = []
    for v in (1.0, 2.0): xs = xs + [np.sum(x * v) ** 2]
    return sum(xs) + xs[0]

@works(0.7)
def anyall(x): return x * any([x > 0, x > 1]) + x * all((x > 0,)) + x * isinstance(x, float) + x * callable(x)

@works(0.7, None)
def optional(x, k):
    if k is None: k = 2.0
    return x * k

@works(0.7, 'double')
def strmode(x, mode):
    if mode == "double": return 2 * x
    elif mode in ("a", "b"): return x
    return x * x

@works(-0.7)
def assert_fails(x):
    assert x > 0, f"neg {x}"
    return x * x

@works(0.7, 0)
def zerodiv(x, n): return x / n

@works(X.copy(), 7)
def idx_err(x, n): return x[n] * 2

def put2(a, b): return a * b

@works(X.copy())
def shape_err(x): return np.sum(x * x[:3])

@works(A.copy())
def matmul_err(a): return np.sum(a @ a)

@works(0.7, 2.0)
def parameter_called_np(np, v1): return np * v1 + v1

@works(0.7, 2.0, 3.0)
def parameters_called_like_adjoints_and_tapes(v1, x_bar, s_tape):
    x = v1 * x_bar
    for i in range(3): x = x * s_tape + v1
    return x

@works(0.7, 2.0)
def parameters_called_like_builtins(len, range):
    sum = len * range
    float = sum * len
    return float

@works(X.copy(), 2.0)
def parameter_called_y_bar(x, y_bar):
    y_saved = x * y_bar
    x_bar = y_saved * 2
    unbroadcast = x_bar * y_saved
    return globals_fn(unbroadcast) + np.sum(x_bar)

def globals_fn(a): return np.sum(a)

@works(0.7)
def locals_called_like_generated_names(x):
    y, y_bar, v0, v_m1, v1_bar, tape, if_tape, count, i = x, x * 2, x * 3, x, x * x, 1.0, 2.0, 3, 4
    for i in range(count):
        if y > 0: tape = tape * y_bar + v0
        else: tape = tape * v_m1
    return tape * v1_bar * i * if_tape

@works(0.7)
def local_called_like_entry(vjp):
    sh6_vjp = vjp * 2
    grad = sh6_vjp ** 2
    return grad

@works(0.7, 0.2)
def underscores_as_names(lambda_, _):
    __ = lambda_ * _
    _ = __ * lambda_
    return _ * __

@works(0.7)
def locals_called_like_modules(x):
    np = 3.0
    math = x * np
    return math

@works(X.copy())
def locals_called_like_functions(x):
    zeros_like = 2.0; copy = 3.0; numpy = 1.0
    y = np.zeros(5)
    y[1:] = x[1:] * zeros_like * copy
    np_ = y[0]
    return np.sum(y * x) + np_ + numpy

@works(0.7)
def nested_function_called_like_parameter(f): 
    def sh10(f): return f * f
    return sh10(f)

@works(0.7)
def uni(β):
    θ_1 = β ** 2
    return θ_1 * β

@works(0.7)
def star_math(x): return sin(x) * exp(x) + pi * x + pow(x, 2)
abs_ = abs

@works(0.7)
def alias_builtin(x): return abs_(-x) + x

@works(0.7)
def local_alias(x):
    f = np.sin
    m = np
    from math import cos as c
    return f(x) + m.exp(x) + c(x)

@works(0.7)
def fn_in_dict(x):
    fs = {"a": np.sin, "b": lambda t: t * x}
    return fs["a"](x) + fs["b"](x)
TABLE = {'a': np.sin, 'b': math.cos}

@works(0.7)
def fn_in_global_dict(x): return TABLE["a"](x) + TABLE["b"](x)

def kw(a, *args, b=2.0, c=3.0, **kws): return a * b + sum(args) * c + kws.get("d", 1.0) * len(kws)

@works(0.7)
def kwcalls(x):
    t = (x, x * x)
    d = {"b": x, "d": x * 3}
    return kw(x) + kw(x, *t, c=x) + kw(*t, **d) + kw(a=x, c=1.0)

def po(a, /, b, *, c=1.0): return a * b + c * a

@works(0.7)
def pocalls(x): return po(x, b=2.0) + po(x, x, c=x)

@works(0.7)
def dflt_expr(x, k=2.0, *, m=3.0): return x * k * m

def early(x, n):
    if n == 0: return x, 1.0
    if n == 1:
        return x * x, x
    y = x
    if x > 0:
        y = y * 2
        if n == 3: return y, y
    return y, x * y

@works(0.7)
def earlies(x):
    s = 0.0
    for n in (0, 1, 2, 3):
        a, b = early(x, n)
        s = s + a * b
    return s

@works(0.7, 3)
def earlies_dyn(x, k):
    s = 0.0
    for n in range(k + 1):
        a, b = early(x, n)
        s = s + a * b
    return s

@works(0.7)
def nested3(x):
    def a(t):
        def b(u):
            def c(w): return w * t * x * u
            return c(u) + t
        return b(t) * x
    return a(x * 2)

@works(0.7)
def compose(x):
    def comp(*fs):
        def run(t):
            for f in fs: t = f(t)
            return t
        return run
    return comp(np.sin, lambda t: t * x, math.exp)(x)

@works(0.7)
def iife(x): return (lambda t, s=2.0: t * s + x)(x) + (lambda *a: a[0] * a[1])(x, 3.0)

@works(0.7, 3)
def helper_in_loops(x, n):
    def g(t, k):
        for j in range(k): t = t * x + j
        return t
    s = x
    for i in range(n):
        s = g(s, i) * 0.3 + g(x, 2)
    return s

@works(0.7)
def boolops(x):
    a = x and 0.0 or x * 2
    b = (x > 1 or x < 0) or x * 3
    c = not x
    d = (x > 0) + (x > 0.5) * x
    e = x if x > 0 and (x < 0.5 or not x > 1) else x * 7
    f = 0.0 < x * 2 < 2 > x != 3
    g = None or x
    h = x < 1 < 2 and x * 5
    return a * b + c + d * e + f * x + g * h

@works(0.7)
def nested_ternary(x):
    return (x * 2 if x > 1 else x * 3 if x > 0.5 else x * 4) * (1 if x < 0 else (2 if x < 0.5 else x))

@works(0.7)
def one_branch(x):
    if x > 0.5:
        y = x * x
        z = 3.0
    if x > 0.5:
        return 2.0 * x
    return x

@works(0.7, 2)
def int_or_float_branch(x, n):
    y = n if x > 1 else x
    z = 1
    if x > 0.5: z = x * 2
    w = n / 2 if n > 1 else n
    return y * z * w

@works(X.copy())
def arr_or_scalar_branch(x):
    y = x if x[0] > 0 else 0.0
    return np.sum(y * x)

@works(X.copy())
def arr_or_scalar_loop(x):
    s = 0.0
    for i in range(3): s = s * 0.5 + x * x[i]
    return np.sum(s * x)

@works(A.copy(), 2)
def rank_changes(a, n):
    s = a[0]
    for i in range(n): s = s + a * i
    return np.sum(s)

@works(X.copy(), 3)
def shape_grows(x, n):
    for i in range(n): x = np.concatenate([x, x[:1] * x[-1:]])
    return np.sum(x * x)

@works(X.copy(), 3)
def shape_shrinks(x, n):
    for i in range(n): x = x[1:] * x[:-1]
    return np.sum(x * x)

@works(np.arange(8.0) + 1)
def fft_like(x):
    while len(x) > 1:
        h = len(x) // 2
        x = x[:h] * 0.3 + x[h:] * x[:h] * 0.1
    return x[0]

@works(np.arange(8.0) + 1)
def halves_to_one(x):
    y = x
    for i in range(3):
        y = y[: len(y) // 2] * x[:1]
    return np.sum(y * x)

@works(X.copy(), 1)
def bc_in_loop(x, k):
    s = np.zeros(k)
    for i in range(3):
        s = s + x[i:i + k] * s + x[:k]
    return np.sum(s * x)

@works(0.7)
def sci(x): return 1e-3 * x + 1_000 * x + 0x10 * x + 1e400 * 0 * 0 if False else x * 1e-3 + 1_000 * x + 0x10 * x

@works(0.7)
def infs(x):
    a = float("inf"); b = -np.inf
    return min(x, a) + max(x, b)

@works(0.7)
def strings(x):
    name = "a'b\"\n{x}"
    print(name, f"{x:.2f}{{}} {name!r:>10}", "%s" % "t", "a" + name)
    return x * len(name)

@works(A.copy())
def index_kinds2(a): return np.sum(a[np.array([[0, 1], [1, 0]])] ** 2) + np.sum(a[1, [0, 2, 0]] ** 2) + np.sum(a[:, np.array([0, 2])][1:] ** 2) + np.sum(a[np.nonzero(a > 0)] ** 2) + np.sum(a[np.argsort(a[:, 0])] * a)+ np.sum(a[None, [0, 1]] ** 2) + np.sum(a[[0, 1], :, None] ** 2) + np.sum(a[[True, False, True, True]] ** 2)

@works(A.copy())
def index_tuple_var(a):
    s = 0.0
    for idx in ((0, 1), (2, 2)): s = s + a[idx] ** 2
    for i, j in zip(*np.nonzero(a > 0)): s = s + a[i, j] ** 3
    return s

@works(A.copy())
def linalgs(a):
    m = a[:3] @ a[:3].T + np.eye(3)
    return np.linalg.det(m) + np.sum(np.linalg.inv(m)) + np.sum(np.linalg.solve(m, a[0])) + np.linalg.slogdet(m)[1] + np.sum(np.linalg.cholesky(m)) + np.trace(m) + np.sum(np.linalg.solve(m, a[:3]))

@works(2.0 * np.eye(3))
def eigenvalues_that_are_equal(a):
    w, _ = np.linalg.eigh(a)
    return np.sum(w * w)

@works(A.copy())
def eig_(a):
    m = a[:3] @ a[:3].T
    w, v = np.linalg.eigh(m)
    return np.sum(w ** 2) + np.sum(v ** 2) * w[0]

@works(X.copy())
def s_softmax(x):
    e = np.exp(x - x.max())
    p = e / e.sum()
    return -np.log(p[2]) + np.sum(p * np.log(p))

@works(A.copy(), np.array([0, 2, 1, 0]))
def s_xent(a, y):
    z = a - a.max(axis=1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -np.mean(logp[np.arange(len(y)), y])

@works(A.copy(), np.array([0, 2, 1, 0]))
def s_onehot(a, y):
    t = np.eye(3)[y]
    return np.sum((a - t) ** 2)

@works(A.copy())
def s_layernorm(a):
    m = a.mean(-1, keepdims=True); v = a.var(-1, keepdims=True)
    return np.sum(((a - m) / np.sqrt(v + 1e-5)) ** 3)

@works(A.copy(), A[:3].copy())
def s_cdist(a, b): return np.sum(np.exp(-np.sum((a[:, None, :] - b[None, :, :]) ** 2, axis=-1)))

@works(A.copy())
def s_newaxis(a): return np.sum(np.linalg.norm(a[:, np.newaxis] - a[np.newaxis, :], axis=-1)[np.triu_indices(4, 1)])

@works(X.copy())
def nonzero_result_is_indexed(x): return x.nonzero()[0][0] * x[1]

@works(X.copy())
def flattened_copy_is_written(x):
    y = x.flatten()
    y[0] = 5.0 * x[1]
    return np.sum(y * x)

@works(X.copy())
def methods_that_select(x): return x.argmax() * x[0] + x.flatten()[0] + x.copy()[1] + x.T[2]

@works(X.copy())
def methods_that_reshape(x): return x.clip(0, 1).sum() + x.cumsum()[2] + x.reshape(5, 1).sum() + x.squeeze()[0]

@works(X.copy())
def methods_that_cast_and_repeat(x): return x.astype(float)[1] + x.repeat(2).sum() + x.take([0, 1]).sum() + x.real.sum() + abs(x).sum()

@works(X.copy())
def any_and_all(x): return x[0] * x.any() + x.all()

@works(X.copy())
def nonzero_is_unpacked(x):
    i, = np.nonzero(x > 0)
    return np.sum(x[i] ** 2)

@works(X.copy())
def where_with_one_argument_is_unpacked(x):
    (i,) = np.where(x > 0)
    return np.sum(x[i] ** 2) + np.where(x > 0)[0][1] * x[2]

@works(A.copy())
def shape_size_and_ndim_functions(a):
    n, m = np.shape(a)
    return np.sum(a) * n * m + np.shape(a)[0] * a[0, 0] + np.size(a) * a[1, 1] + np.ndim(a) * a[2, 2]

@works(X.copy())
def shape_function_of_vector_is_unpacked(x):
    (m,) = np.shape(x)
    return np.sum(x) * m

@works(0.7)
def raise_with_message_that_is_not_reached(x):
    if x > 5: raise ValueError("big")
    return x * x

@works(0.7)
def raise_of_class(x):
    if x > 5: raise ValueError
    return x * x

@works(X.copy(), P.copy())
def clip_with_one_bound(x, y): return np.sum(np.clip(x, None, 0.5)) + np.sum(np.clip(x, a_min=-0.5, a_max=y))

@works([1, 2.0, 3.5])
def ints_among_floats_in_list(p): return p[1] * p[2]

@works([1.0, True])
def bools_among_floats_in_list(p): return p[0] * p[1]

@works([[1.0], [2]])
def nested_lists_of_int_and_float(p): return p[0][0] * p[1][0]

@works([[1.0, 2.0], [3.0]])
def ragged_nested_lists(p): return p[0][1] * p[1][0]

@works([np.array([1.0, 2.0]), np.array([3.0, 4.0])], [np.array([0.5, -1.0]), np.array([0.2, 0.1])])
def two_lists_are_stacked_and_added(xs, ys):
    z = np.stack(xs) + np.stack(ys)
    return np.sum(z * z)

@works([X.copy(), P.copy()])
def stack_of_list_argument(p): return np.sum(np.stack(p) ** 2)

@works([X.copy(), P.copy()])
def concatenate_of_list_argument(p): return np.sum(np.concatenate(p) ** 2)

@works([X.copy(), P.copy()])
def array_of_list_of_arrays(p): return np.sum(np.array(p) ** 2)

@works([X.copy(), P.copy()])
def sum_of_list_of_arrays(p): return np.sum(sum(p) ** 2)

@works([X.copy(), P[:3].copy()])
def concatenate_of_uneven_list(p): return np.sum(np.concatenate(p) ** 2)

@works((X.copy(), P.copy()))
def array_of_tuple_of_arrays(p): return np.sum(np.array(p) ** 2) + np.sum(np.stack(p) ** 3) + np.sum(np.asarray(p))

@works([0.5, 1.5])
def dot_of_lists(p): return np.dot(p, p)

@works([0.5, 1.5])
def ufunc_of_list_of_floats(p): return np.sum(np.sin(p)) + np.sum(np.multiply(p, p))

@works([0.5, 1.5, 2.0])
def unpacked_list_argument(p):
    a, b, c = p
    return a * b * c

@refused([0.5, 1.5])
def list_arguments_are_joined(p): return (p + p)[3] * (p * 2)[0]

@works([(X.copy(), P.copy()), (X * 2, P * 3)])
def layers_write(p):
    s = 0.0
    for w, b in p:
        v = w * 1
        v[0] = b[1] * s
        s = s + np.sum(v * b)
    return s

@works(A[:3].copy(), X[:3].copy())
def solve_vector(a, b): return np.sum(np.linalg.solve(a, b) ** 2)

@works(A[:3].copy(), A[1:].copy())
def solve_matrix(a, b): return np.sum(np.linalg.solve(a, b) ** 2)

@works(A[:3].copy(), 3)
def solve_of_slices(a, n): return np.sum(np.linalg.solve(a[:n], a[:n]) ** 2)

@works(A[:3].copy())
def solve_of_itself(a): return np.sum(np.linalg.solve(a, a[:3]) ** 2)

@works(A.copy())
def asarray_with_dtype(a): return np.sum(np.asarray(a, dtype=float) ** 2)

@works(0.7)
def where_of_numbers(x): return np.where(x > 0, np.sqrt(x), 0.0)

@works(np.array([0.0, 4.0]), want=[np.array([np.nan, 0.25])])
def zero_that_is_computed_meets_a_pole(x):
    y = np.sqrt(x)
    return np.sum(np.where(x > 1.0, y, 1.0) + 0.0 * y)

@works(X.copy())
def where_log_of_negative(x): return np.sum(np.where(x > 0, np.log(x), 0.0))

@works(X.copy())
def where_power_of_negative(x): return np.sum(np.where(x > 0, x ** 1.5, x ** 2))

@works(np.array([0.0, 2.0, 3.0]), want=[np.array([0, -0.25, -1 / 9])])
def where_division_by_zero(x): return np.sum(np.where(x != 0, 1 / x, 0.0))

@works(np.array([0.0, 2.0, 3.0]))
def where_sinc(x): return np.sum(np.where(x != 0, np.sin(x) / x, 1.0))

@works(np.array([0.0, 4.0]), want=[np.array([1, 0.25])])
def sqrt_of_items(x): return np.sqrt(x[1]) + x[0]

@works(0.0, want=[0.0])
def python_max_ignores_infinite_slope(x): return max(x ** 0.5, 1.0)

@works(0.0, want=[0.0])
def branch_ignores_infinite_slope(x):
    y = math.sqrt(x)
    return y if y > 1 else 2.0 * x * x

@works(np.float32(0.7), 0.3)
def python_float_times_float32(s, t): return s * t

@works(np.float32(0.7), X.copy())
def float32_number_times_float64_array(s, x): return np.sum(s * x)

@works(X.astype(np.float32))
def f32_big(x):
    return np.sum(x * np.float64(1.0)) + np.sum(x.astype(float))

@works({'w': np.float32(2.0), 'b': 1.0, 'x': X.astype(np.float32)})
def float32_number_in_dict(p): return np.sum(p["w"] * p["x"] + p["b"])

@works(X.copy())
def dead_addition_in_place(x):
    y = x * 1
    y += np.sin(x)
    return x[0] * 2

@works(X.copy())
def dead_item_write(x):
    y = x * 1
    y[0] = x[1]
    return x[0] * 2

@works(X.copy())
def array_is_written_then_replaced(x):
    y = x * 1
    y[1:] *= x[1]
    y = x * 3
    return np.sum(y)

@works(X.copy())
def array_is_summed_then_multiplied_in_place(x):
    y = x * 1
    s = np.sum(y)
    y *= x[1]
    return s

@works(X.copy())
def array_is_squared_then_written(x):
    y = x * 1
    s = np.sum(y * y)
    y[0] += 1.0
    return s

@works(X.copy())
def argument_copy_is_written_then_replaced(x):
    x = x * 1
    x[1] = 3.0
    x = x * 2
    return np.sum(x)

@works(X.copy())
def writes_that_nothing_reads(x):
    w = x * 1.0
    u = x * 2
    u[::-1] -= np.sin(w)
    w[1] = x[0]
    w = w.copy()
    w = u.copy()
    return np.sum(w)

@works(X.copy())
def slices_are_added_then_array_is_replaced(x):
    w = x * 1.0
    u = x * 2
    w[1:] += u[1:] * u[:-1]
    u[:] -= x
    u = x * 3
    return np.sum(u + w)

@works(X.copy())
def operand_is_overwritten(x):
    u = x * 2
    w = u * x
    u[0] = 1.0
    return np.sum(w)

@works(X.copy())
def operand_is_decremented(x):
    u = x * 2
    w = u * x
    u[0] -= 1.0
    return np.sum(w)

@works(X.copy())
def operand_of_addition_is_written(x):
    u = x * 2
    w = x * 1
    w += u * u
    u[0] -= 1.0
    return np.sum(w)

@works(X.copy())
def added_array_is_written(x):
    u = x * 2
    w = x * 1
    w += u
    u[0] -= 1.0
    return np.sum(w)

@works(X.copy())
def argument_is_written_after_replacement(x):
    w = x * 1
    w += np.sin(x)
    w = x * 2
    x[0] = 3.0
    return np.sum(w)

@works(X.copy())
def unused_buffer_adds_to_itself(x):
    u = x * 2
    u[1:] += np.sin(u[:-1])
    u[:2] += x[0]
    return np.sum(x)

@works(X.copy())
def unused_buffer_is_multiplied(x):
    u = x * 2
    u[1:] += x[1:]
    u[:2] *= np.sin(x[:2])
    return np.sum(x * x)

@works(X.copy())
def unused_buffer_is_added_to(x):
    u = x * 2
    u += x
    u += x
    return np.sum(x * x)

@works(X.copy())
def argument_decremented_by_its_sine(w):
    w -= np.sin(w)
    return np.sum(w)

@works(X.copy(), X * 2)
def two_arguments_are_written(u, w):
    u -= np.sin(w)
    z = w
    z -= np.sin(z + z)
    return np.sum(u * w * z)

@works(X.copy())
def alias_of_argument_is_written(w):
    z = w
    z -= np.sin(z)
    return np.sum(z * z)

@works(X.copy())
def argument_is_doubled(w):
    w *= 2
    return np.sum(w * w)

@works(X.copy())
def buffer_of_branch_is_squared_then_written(w):
    s = 0.0
    if w[0] > 0:
        t = w * 1
        s = np.sum(t * t)
        t[0] = 5.0
        s = s * np.sum(t * t)
    return s

@works(X.copy())
def view_in_branch_is_squared_then_written(w):
    s = 0.0
    if w[0] > 0:
        t = w * 1
        v = t[1:]
        s = np.sum(v * v)
        v[0] = 5.0
    return s

@works(X.copy(), 3)
def view_in_loop_is_squared_then_written(w, n):
    s = 0.0
    for i in range(n):
        t = w * 1
        v = t[1:]
        s = s + np.sum(v * v)
        v[0] = 5.0 * s
        t[1:] = np.sin(t[:-1])
    return s

@works(X.copy(), 3)
def view_in_loop_with_branches(w, n):
    s = 0.0
    t = w * 1
    for i in range(n):
        v = t[1:]
        s = s + np.sum(np.sin(v) * v)
        if s > 0:
            t[1:] *= np.sin(t[:-1])
        else:
            t[:-1] = np.cos(t[1:])
    return s

# ---- found by random programs -----------------------------------------------------------------


@works(X.copy())
def branch_adds_its_own_reverse(x):
    y = x * 1
    if x[0] > 0:
        y += np.sin(y[::-1])
    return np.sum(y * np.arange(5.0))


@works(X.copy(), 2.0)
def branch_copies_scaled_overlap(x, k):
    y = x * 1
    if x[0] > 0:
        y[1:4] = y[2:5] * k
    return np.sum(y * np.arange(5.0))


@works(X.copy())
def branch_writes_after_squaring_a_view(x):
    y = x * 1
    w = 1.0
    if x[0] > 0:
        v = y[1:]
        w = np.sum(v * v)
        y[2] = w
    return w * np.sum(y)


@works(X.copy(), 3)
def loop_with_branches_that_write(x, n):
    s = 0.0
    y = x * 1
    for i in range(n):
        if y[i] > 0:
            y += np.sin(y[::-1])
        else:
            y[1:] = np.exp(-y[:-1] ** 2)
        s = s + np.sum(y * y)
    return s


@works(X.copy(), X * 2)
def argument_is_written_and_dropped(x, y):
    x[1:] += 0.5
    x = y
    return np.sum(x * y)


@works(X.copy(), X * 2)
def write_after_concatenate(x, y):
    x -= np.sin(np.concatenate([y[:2], x[2:]]))
    y -= np.sin(y + y)
    return np.sum(x * y)


@works(X.copy(), X * 2, 0)
def write_after_swap(x, y, n):
    for _ in range(n):
        x, y = y, x
    x -= y * 0.5
    y[1] *= x[0]
    return np.sum(x * y)


@works(X.copy(), X * 2, 1)
def writes_after_swap_of_buffers(x, y, n):
    for _ in range(n):
        x, y = y, x
    v = x[2:]
    v[0] = -0.5
    y += np.sin(y)
    return np.sum((x + 0.3) * (y + 0.3))


@works(X.copy())
def write_at_duplicates(x):
    y = x * 2
    y[[0, 0]] = x[1:3] * 3
    return np.sum(y * y)


@works(X.copy())
def enumerate_from_one(x):
    s = 0.0
    for i, v in enumerate(x, 1):
        s = s + i * v
    return s


@works(0.7)
def logarithm_to_base(x):
    return math.log(x, 3.0)


# ---- the second round -------------------------------------------------------------------------

F5 = X.astype(np.float32)
STALE_COPY = "an adjoint buffer that was copied because of a swap is written while a view of the copy is still needed"
DEFAULTS = "defaults of functions made in a branch or a loop are read outside of it: their adjoints are lost"
HIDDEN = "arrays that only a closure or a default holds are not seen when what may share their storage is written"
STATIC_ITEMS = "a loop over a list or dict takes its items before the loop, though the body changes them"
LOOP_ALIAS = "a loop changes a list or dict under one name only"
ITEM_IN_PLACE = "an array in a list or dict is bound anew where it should change in place"
OLD_FIRST = "x[i] op= v takes the old item after v has run, not before"
UNTAKEN = "a value of a branch that was not taken is copied"
TWICE_WRITTEN = "internal error: an array is written twice whose values the reverse sweep does not need, only its shape"
SAME_SIZE = "sizes are claimed to be equal that are not"
CARRIED_DTYPE = "the adjoint of a Python float that a loop or a branch carries has the dtype of what was added"


@works(X.copy(), X[::-1].copy(), 3)
def buffers_written_whole_and_swapped(x, y, n):
    x, y = x * 1, y * 1
    s = 0.0
    for i in range(n):
        x[...] = np.sin(x)
        s += y[1]
        x, y = y, x
    return s


@works(X.copy(), X[::-1].copy(), 3)
def arguments_written_whole_and_swapped(x, y, n):
    s = 0.0
    for i in range(n):
        x, y = y, x
        x[...] = np.sin(x)
        s -= np.sum(y[1:])
    return s


@works(X.copy(), X[::-1].copy(), 3)
def buffers_written_by_slice_and_swapped(x, y, n):
    x, y = x * 1, y * 1
    s = 0.0
    for i in range(n):
        x[:] = np.sin(x)
        s += np.sum(y[1:])
        x, y = y, x
    return s


@works(X.copy(), 4)
def three_buffers_take_turns(x, n):
    a, b, c = x * 1, x * 2, x * 3
    for i in range(n):
        c[1:-1] = 2 * b[1:-1] - a[1:-1] + 0.1 * (b[2:] + b[:-2]) * b[1:-1]
        a, b, c = b, c, a
    return np.sum(a * b * c)


@refused(0.7)
def default_of_function_made_in_branch(x):
    if x < -5:
        raise ValueError("no")
    else:
        t = x * x
        g = lambda a=t: a * x
    return g()


@refused(0.7, 3)
def default_of_function_made_in_loop(x, n):
    for i in range(n):
        t = x * i
        g = lambda a=t: a * x
    return g()


def closure_and_view(a):
    def g(): return np.sum(a * a)
    return g, a.ravel()


@works(X.copy())
def view_of_closure_is_written(x):
    g, z = closure_and_view(x * 1)
    z[0] = 5.0 * x[1]
    return g()


@works(X.copy())
def view_of_default_is_written(x):
    y = x * 1
    g = lambda a=y: np.sum(a * a)
    z = y.ravel()
    y = 0.0
    z[0] = 5.0 * x[1]
    return g()


@works(0.7, 3)
def dict_with_two_names_in_for(x, n):
    d = {"k": x}
    e = d
    for i in range(n):
        d["k"] = d["k"] * x
    return e["k"]


@works(0.7, 3)
def dict_with_two_names_in_while(x, n):
    d = {"k": x}
    e = d
    i = 0
    while i < n:
        d["k"] = d["k"] * x
        i += 1
    return e["k"]


@works(0.7, 3)
def list_with_two_names_is_read_in_loop(x, n):
    d = [x, 1.0]
    e = d
    s = 0.0
    for i in range(n):
        s = s + e[0]
        d[0] = d[0] * x
    return s


@works(0.7, 3)
def list_in_tuple_is_changed_in_loop(x, n):
    d = [x, 1.0]
    e = (d, 2.0)
    for i in range(n):
        d[0] = d[0] * x
    return e[0][0]


@works(0.7, 3)
def list_with_two_names_in_branch_in_loop(x, n):
    a = [x, 2 * x]
    b = a
    for i in range(n):
        if i > 0:
            a[0] = a[0] * x
    return b[0] * b[1]


@works(0.7)
def list_changed_while_iterated(x):
    a = [x, 2 * x, 3 * x]
    s = 0.0
    for i, v in enumerate(a):
        if i < 2:
            a[i + 1] = v * v
        s = s + v
    return s


@refused(0.7)
def dict_changed_while_iterated(x):
    d = {"a": x, "b": 2 * x}
    s = 0.0
    for k, v in d.items():
        d["b"] = v * v
        s = s + v
    return s


@works(X.copy())
def array_changed_while_iterated(x):
    y = x * 1
    s = 0.0
    i = 0
    for v in y:
        if i < 4:
            y[i + 1] = v * v
        s = s + v
        i = i + 1
    return s


@works(X.copy())
def array_in_dict_changes_in_place(x):
    d = {"w": x * 1.0}
    w = d["w"]
    d["w"] -= 0.1 * x[0]
    return np.sum(w * w)


@works(X.copy())
def argument_in_dict_changes_in_place(x):
    d = {"w": x}
    d["w"] *= 2.0
    return np.sum(x * x)


@works([X.copy(), 2 * X])
def item_of_list_changes_in_place(p):
    a, b = p
    q = [a, b]
    q[0] *= 2.0
    return np.sum(a * b)


@refused(X.copy())
def old_item_is_taken_before_the_value(x):
    y = x * 1

    def bump():
        y[0] = 5.0 * x[1]
        return x[2]

    y[0] += bump()
    return np.sum(y * y)


@refused(X.copy())
def old_items_are_taken_before_the_value(x):
    y = x * 1

    def bump():
        y[0] = 5.0 * x[1]
        return x[2]

    y[[0, 1]] += bump()
    return np.sum(y * y)


@works(X.copy())
def index_is_taken_before_the_value(x):
    i = 0
    y = x * 1
    y[i] += (i := i + 1) * x[1]
    return np.sum(y * y) * i


@works(X.copy())
def old_slice_is_a_view(x):
    y = x * 1

    def bump():
        y[0] = 5.0 * x[1]
        return x[2]

    y[:2] += bump()
    return np.sum(y * y)


@works(X.copy())
def operands_run_from_left_to_right(x):
    y = x * 1

    def bump(k):
        y[0] = y[0] * k
        return y[0]

    return y[0] * bump(2.0) + bump(3.0) * y[0] + np.sum(y) * bump(x[1])


@works(X.copy())
def view_in_untaken_branch_then_written(x):
    y = x * 1
    s = 0.0
    if x[0] > 5:
        s = np.sum(np.sin(y[1:]))
    y[1:] *= 2.0
    return s + np.sum(y)


@works(X.copy())
def write_in_untaken_branch_then_written(x):
    y = x * 1
    s = 0.0
    if x[0] > 5:
        y[1] = np.sin(y[0])
        s = np.sum(y * y)
    y *= 2.0
    return s + np.sum(y)


@works(X.copy())
def view_in_taken_branch_then_written(x):
    y = x * 1
    s = 0.0
    if x[0] > 0:
        s = np.sum(np.sin(y[1:]))
    y[1:] *= 2.0
    return s + np.sum(y)


@works(X.copy(), 2.0)
def buffer_is_written_twice_and_dropped(x, s):
    u = x * 2
    t = np.sum(u)
    u *= s
    u += np.sin(u)
    return t * s


@works(X.copy())
def argument_is_normalised_and_dropped(x):
    m = np.sum(x)
    x -= m
    x /= np.sum(x * x)
    return m


@works({"a": {"b": X[:2].copy()}, "a_b": X.copy()})
def leaves_of_dicts_with_one_name(p):
    u = p["a"]["b"][1:]
    w = p["a_b"][1:]
    return np.sum(u * w * w)


@works({"m1": X[:2].copy()}, X.copy(), 1.0)
def leaf_named_like_an_argument(v, y, t):
    return np.sum(v["m1"][1:] * y[1:] * t)


@works(((X[:2].copy(), 1.0),), (X.copy(), 2.0))
def leaves_of_two_tuples_with_one_name(p, p_0):
    return np.sum(p[0][0][1:] * p_0[0][1:])


@works(X[:2].copy())
def slice_of_one_plus_list(x):
    v = x[1:]
    w = v + [1.0, 2.0, 3.0]
    return np.sum(w * v)


@works(X[:2].copy())
def slice_of_one_times_list_of_items(x):
    v = x[1:]
    return np.sum(np.multiply(v, [x[0], x[1], 2.0]) * v)


@works(X[:2].copy())
def zeros_like_of_another_shape(x):
    v = x[1:]
    w = np.zeros_like(v, shape=(3,)) + 2.0
    return np.sum(w * v)


@refused(X.copy())
def tril_of_vector(x):
    return np.sum(np.tril(x) * x)


@works(np.array([0.5, 1.5, -2.0]))
def slices_of_two_lengths_broadcast(u):
    return np.sum(u[1:-1] * u[1:]) + np.sum(u[:-2] * u[1:])

@works(X[:2].copy(), X.copy(), 2)
def slices_of_two_lengths_swap_in_loop(x, y, n):
    u, w = x[1:], y[1:]
    s = 0.0
    for i in range(n):
        s = s + np.sum(u * w * x[1:])
        u, w = w, u
    return s


@works(X[:2].copy(), X.copy(), 1)
def slice_grows_in_loop(x, y, n):
    u = x[1:]
    for i in range(n):
        u = u * y[1:]
    return np.sum(u * x[1:])


@works(X[:2].copy(), X.copy())
def slice_grows_in_branch(x, y):
    v = x[1:]
    if x[0] > 0:
        v = v * y[1:]
    return np.sum(v * x[1:])


@works(X.copy(), 3)
def array_shrinks_in_loop(x, n):
    y = x
    for i in range(n):
        y = y[1:]
        x = x[:-1] * y
    return np.sum(x * x[0])


@works(X[:3].copy(), X.copy())
def function_of_arrays_of_two_lengths(x, y):
    def h(a):
        return a[1:] * a[:-1]

    return np.sum(h(x)[:1] * h(y)) + np.sum(h(x[:2]) * h(y))


@works(F5.copy(), 1.0, 2)
def float_meets_float32_in_loop(x, t, n):
    for i in range(n):
        t = np.sum(x * t)
    return t


@works(F5.copy(), 1.0)
def float_meets_float32_in_branch(x, t):
    if t > 0:
        t = np.sum(np.sin(x)) * t
    return t


test_right, test_refused = PROGRAMS.tests()


# ---- state --------------------------------------------------------------------------------------

SCALE = 2.0
TABLE2 = {"w": 2.0, "a": np.array([1.0, 2.0])}
ITEMS = [1.0, 2.0]
PAIRS = ((1.0, np.array([1.0, 2.0])), 3.0)
MODULE = types.ModuleType("adversary_module")
MODULE.s, MODULE.a = 2.0, np.array([1.0, 2.0])
GLOBAL_ARRAY = np.ones(3)


def uses_scale(x): return SCALE * x * x
def uses_table(x): return TABLE2["w"] * x + np.sum(TABLE2["a"] * x)
def uses_items(x):
    s = 0.0
    for v in ITEMS: s = s + v * x
    return s + len(ITEMS) * x
def uses_pairs(x): return PAIRS[0][0] * x + np.sum(PAIRS[0][1] * x) + PAIRS[1] * x
def uses_module(x): return MODULE.s * x + np.sum(MODULE.a * x)
def keyword_default(x, *, k=2.0): return x * k
def uses_keyword_default(x): return keyword_default(x)


def test_rebound_scalar_is_seen(monkeypatch):
    df = grad(uses_scale)
    for value in (2.0, 3.0, np.float32(4), True, 7):
        monkeypatch.setitem(globals(), "SCALE", value)
        assert df(1.0) == 2 * value


def test_changed_containers_are_seen(monkeypatch):
    df = grad(uses_table)
    assert df(1.0) == 5
    monkeypatch.setitem(TABLE2, "w", 3.0)
    monkeypatch.setitem(TABLE2, "a", np.ones(4))
    assert df(1.0) == 7
    TABLE2["a"][0] = 10.0
    assert df(1.0) == 16
    df = grad(uses_items)
    assert df(1.0) == 5
    ITEMS.append(3.0)
    ITEMS[0] = np.float64(5.0)
    assert df(1.0) == 13
    ITEMS[:] = [1.0, 2.0]
    df = grad(uses_pairs)
    assert df(1.0) == 7
    monkeypatch.setitem(globals(), "PAIRS", ((2.0, np.ones(3)), 3.0))
    assert df(1.0) == 8


def test_changed_modules_and_defaults_are_seen(monkeypatch):
    df = grad(uses_module)
    assert df(1.0) == 5
    monkeypatch.setattr(MODULE, "s", 3.0)
    monkeypatch.setattr(MODULE, "a", np.ones(5))
    assert df(1.0) == 8
    df = grad(uses_keyword_default)
    assert df(1.0) == 2
    keyword_default.__kwdefaults__["k"] = 7.0
    assert df(1.0) == 7


def test_cells_are_seen():
    k = 2.0
    def f(x): return k * x
    df = grad(f)
    assert df(1.0) == 2
    k = np.array(4.0)
    assert df(1.0) == 4


def test_lambdas_of_one_line():
    first, second = grad(lambda x: x * x), grad(lambda x: x * 3)
    assert (first(2.0), second(2.0)) == (4, 3)


def power(x, n): return x**n + (1.0 if n else 0.0) * x
def weighted(x): return np.sum(x * x * np.arange(3))


def test_kinds_and_shapes_get_code_of_their_own():
    df = grad(power)
    assert [df(2.0, 3), df(2.0, 3.0), df(2.0, True), df(2.0, np.int64(3)), df(2.0, 0)] == [13, 13, 2, 13, 0]
    df = grad(weighted)
    for shape in ((3,), (1,), (3, 3), (1, 3), (3, 1), (1, 1), (0, 3), (2, 1, 3)):
        assert_close(df(np.full(shape, 2.0)), numeric_gradient(weighted, (np.full(shape, 2.0),), 0), 1e-6)
    frozen = np.broadcast_to(np.ones(3), (3, 3))
    assert df(frozen).flags.writeable and df(frozen).strides[0] != 0


def squares(params):
    total = 0.0
    for key in params:
        total = total + params[key] * params[key]
    return total


def test_dicts_of_other_keys_get_code_of_their_own():
    derivative = grad(squares)
    assert derivative({"a": 1.0, "b": 2.0}) == {"a": 2.0, "b": 4.0}
    assert derivative({"b": 1.0, "c": 2.0}) == {"b": 2.0, "c": 4.0}


def test_foreign_byte_order_is_refused():
    with pytest.raises(S2SError):
        grad(weighted)(np.ones(3, dtype=">f8"))


def writes_first(x, y):
    x[0] = 5.0 * y[1]
    return np.sum(x * y)


def writes_first_of_pair(p):
    p[0][0] = 5.0 * p[1][1]
    return np.sum(p[0] * p[1])


def writes_beside_global(x):
    x[0] = 7.0
    return np.sum(x * GLOBAL_ARRAY)


@pytest.mark.parametrize("f, views", [
    (writes_first, lambda a: (a, a)), (writes_first, lambda a: (a[1:], a[:-1])),
    (writes_first_of_pair, lambda a: ((a, a),)), (writes_beside_global, lambda a: (GLOBAL_ARRAY,)),
])
def test_shared_arguments_that_are_written_are_refused(f, views):
    try:
        with pytest.raises(S2SError):
            value_and_grad(f)(*views(np.ones(4)))
    finally:
        GLOBAL_ARRAY[:] = 1.0


def test_shared_arguments_that_are_read_are_two():
    a = np.ones(3)
    one, two = grad(dot_of_two, (0, 1))(a, a)
    one[0] = 9.0
    assert two[0] == 1.0 and not np.shares_memory(one, two)


def dot_of_two(x, y): return np.sum(x * y)
def yields(x): yield x
def gives_array(x): return x * x
def gives_pair(x): return x, x


@pytest.mark.parametrize("f, arg", [
    (yields, 1.0), (gives_array, np.ones(3)), (gives_pair, 1.0), (weighted, np.arange(3)),
    (math.sin, 1.0),
    pytest.param(gives_array, (lambda p: (p.append(p), p)[1])([1.0]), id="list_in_itself"),
])
def test_refusals_are_clean(f, arg):
    with pytest.raises(S2SError):
        grad(f)(arg)
