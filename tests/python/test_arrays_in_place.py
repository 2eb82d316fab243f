"""Arrays written in place: items, slices, masks, views, `out=`, and what else may see the change.

`works` registers a program whose value, side effects and gradients are right, `refused` one that is
refused with place and remedy.
"""

# ruff: noqa
# pyright: basic
# fmt: off

import numpy as np
import pytest

from s2s_ad import value_and_grad
from s2s_ad.errors import S2SError
from tests.differences import assert_close, numeric_gradient
from tests.judge import Programs

X = np.array([0.3, -0.8, 1.2, -0.2, 0.9])
P = np.abs(X) + 0.5
A = np.random.default_rng(1).normal(size=(4, 3))
B = np.random.default_rng(2).normal(size=(4, 3))
S = np.random.default_rng(3).normal(size=(3, 3))
PROGRAMS = Programs(alone=True)
works, refused = PROGRAMS.works, PROGRAMS.refused


# ---- items, slices, masks, index arrays ----------------------------------------------------------

@works(X.copy())
def item(x):
    y = np.zeros(5)
    y[2] = x[1] * x[3]
    y[-1] = y[2] * x[0]
    return np.sum(y * x)

@works(X.copy())
def item_is_overwritten(x):
    y = x * x
    y[1] = 3.0
    y[1] = x[2] * y[1]
    return np.sum(y * y)

@works(X.copy())
def slice_with_step(x):
    y = x * 2
    y[::2] = x[::-2] * x[0]
    y[4:1:-1] *= x[:3]
    return np.sum(y ** 2)

@works(A.copy())
def rows_and_columns(a):
    b = np.zeros((4, 3))
    b[0] = a[1] * a[2]
    b[:, 1] = a[:, 0] ** 2
    b[1:3, ::2] += a[2:, :2]
    b[..., -1] *= 2
    b[3, ...] -= a[0]
    return np.sum(b * a)

@works(A.copy())
def newaxis_and_ellipsis(a):
    b = a * 1
    b[None, 0] = a[1] * 2
    b[..., None, 0] = a[:, 1:2]
    b[:, np.newaxis, 1] *= a[:, 2][:, None]
    return np.sum(b ** 2)

@works(X.copy())
def mask(x):
    y = x * x
    y[x > 0] = x[0] * 3
    y[x < 0] *= x[1]
    return np.sum(y ** 2)

@works(X.copy())
def mask_gets_array(x):
    y = x * 2
    m = x > 0
    y[m] = (x * x)[m]
    y[~m] -= x[~m] ** 3
    return np.sum(y * x)

@works(A.copy())
def mask_of_matrix(a):
    b = a * 2
    b[a < 0] = 0
    b[a > 0.5] += 1.0
    b[:, np.array([True, False, True])] *= a[:, :2]
    return np.sum(b * b)

@works(X.copy())
def mask_of_the_array_itself(x):
    y = x * 1
    y[y < 0] = -y[y < 0]
    y[y > 1] = 1
    return np.sum(y ** 3)

@works(X.copy())
def index_list(x):
    y = x * x
    y[[0, 3]] = x[[1, 1]]
    y[[2, 4]] *= x[[0, 2]]
    return np.sum(y ** 2)

@works(X.copy())
def index_list_with_duplicates(x):
    y = x * x
    y[[0, 3, 0]] = x[[1, 2, 4]]
    return np.sum(y ** 2)

@works(X.copy())
def duplicates_in_augmented(x):
    y = x * x
    y[[0, 3, 0, 0]] += x[[1, 2, 4, 3]]
    y[[1, 1]] *= x[[2, 3]]
    y[[1, 1, 4]] /= P[[2, 3, 0]] * x[[0, 1, 2]]
    y[[2, 2]] -= x[0]
    return np.sum(y ** 2)

@works(X.copy(), np.array([3, 1, 3, 0]))
def duplicates_of_an_index_array(x, i):
    y = x * x
    y[i] = x[i + 1] * 2
    y[i] += y[i[::-1]] * x[0]
    return np.sum(y ** 2)

@works(A.copy())
def two_index_arrays(a):
    b = a * 1
    b[[0, 1, 0], [2, 2, 2]] = a[[3, 2, 1], [0, 0, 0]] * a[0, 0]
    b[[1, 1], [0, 0]] *= a[0, :2]
    return np.sum(b ** 2)

@works(A.copy())
def index_array_and_slice(a):
    b = a * 1
    b[[2, 0, 2], 1:] = a[:3, :2] * a[1:, 1:]
    b[1:, [0, 0]] -= a[:3, :2]
    return np.sum(b ** 2)

@works(A.copy())
def separated_index_arrays(a):
    b = np.zeros((2, 4, 3))
    b[0, :, [0, 2]] = a.T[:2] * 2
    b[1, 1:3, [1, 1]] += a[:2, :2]
    return np.sum(b[0] * a) + np.sum(b[1] * a ** 2)

@works(X.copy(), 2)
def known_and_unknown_indices(x, i):
    y = x * x
    y[i] = y[i + 1] * y[0]
    y[i - 1], y[-i] = y[-i] * 2, y[i - 1] + x[i]
    return np.sum(y ** 2)

@works(X.copy())
def numpy_integer_index(x):
    y = x * 1
    k = np.argmax(x)
    y[k] = y[k] * x[0]
    y[np.int64(1)] += x[2]
    return np.sum(y ** 2)

@works(X.copy())
def sequence_is_stored(x):
    y = x * 1
    y[1:3] = [x[0] * x[1], 2.0]
    y[3:] = (x[0], 1)
    y[:1] += [x[4]]
    return np.sum(y ** 2)

@works(A.copy(), X[:3].copy(), 0.7)
def broadcast_writes(a, x, k):
    b = np.zeros((4, 3))
    b[...] = x
    b[:] += k
    b[1:3] *= x * k
    b[:, :] -= a[:, :1]
    b[0] = k
    return np.sum(b * a)

@works(X.copy())
def swap_of_items(x):
    y = x * np.array([1, 2, 3, 4, 5.])
    y[0], y[1] = y[1], y[0]
    y[[2, 3]] = y[[3, 2]]
    y[-1], y[0] = y[0] * y[1], y[-1]
    return np.sum(y * x)

@works(A.copy())
def swap_of_rows_is_a_trap(a):
    b = a * 2
    b[0], b[1] = b[1], b[0]
    return np.sum(b ** 2 * a)

@works(A.copy())
def swap_of_rows_by_copies(a):
    b = a * 2
    b[0], b[1] = b[1].copy(), b[0].copy()
    b[[2, 3]] = b[[3, 2]]
    return np.sum(b ** 2 * a)

# ---- every augmented operator ----------------------------------------------------------------------

@works(P.copy(), X.copy())
def operators_on_whole_arrays(x, z):
    y = x * 1
    y += z
    y -= z * z
    y *= x
    y /= x + 1
    y **= 2
    y %= 1.7
    return np.sum(y * y * z)

@works(P.copy(), X.copy())
def operators_on_slices(x, z):
    y = x * 1
    y[1:] += z[:-1]
    y[:2] -= z[0] * z[1]
    y[::2] *= x[:3]
    y[1:3] /= x[2:4]
    y[:] **= 2
    y[2:] %= 0.7
    return np.sum(y * y * z)

@works(P.copy())
def power_in_place_by_array(x):
    y = x * 1
    y **= x[::-1]
    y[1:] **= x[0]
    return np.sum(y * x)

@works(X.copy())
def floor_division_in_place(x):
    y = x * 10 + 0.4
    y //= 3
    y[1] //= x[0] + 0.05
    y[2:] //= x[2:] + 3
    return np.sum(y * x)

@works(S.copy(), S.T * 2)
def matmul_in_place(a, b):
    c = a * 1
    c @= b
    c[:] @= a
    return np.sum(c * c)

@works(np.stack([S, S * 2]))
def matmul_in_place_on_a_matrix_of_a_stack(t):
    u = t * 1
    u[0] @= t[1]
    u @= t[0]
    return np.sum(u ** 2)

@works(X.copy())
def division_of_itself(x):
    y = x + 3
    y /= y
    y += y
    y *= y
    y -= y * 0.5
    return np.sum(y * x)

@works(X.copy())
def augmented_by_own_part(x):
    y = x * 1
    y *= y[0]
    y += y[::-1]
    y[1:] *= y[:-1]
    return np.sum(y ** 2)

@works(X.copy())
def bits_and_flags(x):
    m = x > 0
    m |= x < -0.5
    m &= np.array([True, True, False, True, True])
    m ^= np.array([False, True, False, False, False])
    k = np.arange(5)
    k |= 8
    k &= 13
    k ^= 1
    k <<= 2
    k >>= 1
    k[1:] |= 16
    k[m] ^= 3
    return np.sum(x[m] ** 2) + np.sum(k * x)

@works(X.copy(), 6)
def bits_of_numbers(x, n):
    n |= 1
    n <<= 1
    b = n > 3
    b &= x[0] > 0
    return np.sum(x) * n * (2.0 if b else 1.0)

@works(X.copy())
def integer_arrays_are_data(x):
    k = np.arange(5)
    k *= 2
    k[1:] -= k[:-1]
    k //= 2
    k %= 3
    k[0] **= 2
    k[[1, 1]] += 1
    return np.sum(x ** 2 * k)

# ---- views -----------------------------------------------------------------------------------------

@works(X.copy())
def view_of_slice(x):
    y = x * 1
    v = y[1:]
    v[0] = x[0] * x[4]
    v[1:][::2] *= 3
    y[2] += v[2]
    return np.sum(y ** 2) + np.sum(v)

@works(A.copy())
def row_view(a):
    b = a * 2
    r = b[1]
    r[:] = a[0] * a[2]
    r *= a[3]
    b[1, 0] = 7 * a[0, 0]
    return np.sum(b * b) + r[0] * r[1]

@works(A.copy())
def column_view(a):
    b = a * 2
    c = b[:, 1]
    c[1:] += c[:-1]
    return np.sum(b * b * a)

@works(A.copy())
def transposed_view(a):
    b = a * 1
    t = b.T
    t[0] = a[:, 1] * a[:, 2]
    t[1:, 2] *= a[0, 0]
    t += 1.0
    t *= a.T
    return np.sum(b ** 2) + np.sum(t[0])

@works(A.copy())
def transposed_attribute_is_written(a):
    b = a * 1
    b.T[1] = a[:, 0] ** 2
    b.T[...] *= 2
    b.T[0, 1:] -= b.T[2, 1:]
    return np.sum(b ** 2)

@works(np.stack([S, S * 2, S.T]))
def views_of_three_axes(t):
    u = t * 1
    v = u.transpose(1, 2, 0)
    v[0] *= t[1]
    w = np.swapaxes(u, 0, 2)
    w[1, 1] = t[0, 1] * 3
    u.swapaxes(1, 2)[0, 0] += t[2, 2]
    np.moveaxis(u, -1, 0)[2] -= t[0]
    u.mT[1] *= 2.0
    return np.sum(u ** 2)

@works(A.copy())
def transposed_part(a):
    b = a * 1
    b[1:].T[0, 1:] = a[0, :2] * 5
    b.T[1:][0] *= a[:, 0]
    v = b[::2].T[::-1]
    v[0] += v[1] * a[0, 0]
    return np.sum(b ** 3)

@works(X.copy())
def reshaped_vector(x):
    y = np.zeros(6)
    m = y.reshape(2, 3)
    m[0] = x[:3] ** 2
    m[1, 1:] = x[3:] * x[0]
    m[:, 0] += x[1]
    y[1] *= 2
    return np.sum(y ** 2) + np.sum(m[1])

@works(A.copy())
def flattened_views_of_a_fresh_matrix(a):
    b = np.zeros((4, 3))
    f = b.reshape(-1)
    f[:3] = a[0] * a[1]
    g = b.ravel()
    g[3:] = a[1:].reshape(-1) ** 2
    g *= 2
    np.ravel(b)[1] += a[2, 2]
    np.reshape(b, 12)[-1] -= a[0, 0]
    b.reshape((2, 6))[1, 2:4] *= a[0, :2]
    return np.sum(b * a) + np.sum(f ** 2)

@works(A.copy())
def flattened_row_of_a_fresh_matrix(a):
    b = np.ones((2, 4, 3))
    v = b[1].ravel()
    v[2:5] = a[0] ** 2
    b[0].reshape(-1)[::2] *= a[:2].ravel()
    return np.sum(b[1] * a) + np.sum(b ** 2)

@works(X.copy())
def strided_vector_is_reshaped(x):
    y = np.zeros(12)
    m = y[::2].reshape(2, 3)
    m[0] = x[:3]
    m[1, 1:] *= x[3:]
    m += x[0] ** 2
    return np.sum(y ** 2)

@works(X.copy())
def argument_vector_is_reshaped(x):
    m = x.reshape(5, 1)
    m[0, 0] = m[1, 0] * m[2, 0]
    x.reshape(1, -1)[0, 2:] *= 3
    return np.sum(x ** 2)

@refused(A.copy())
def argument_matrix_is_flattened_and_written(a):
    v = a.ravel()
    v[0] = 3.0 * a[1, 1]
    return np.sum(a ** 2)

@refused(A.copy())
def transposed_matrix_is_flattened_and_written(a):
    b = np.zeros((4, 3))
    b += a
    v = b.T.reshape(-1)
    v[0] = 3.0
    return np.sum(b ** 2)

@refused(A.copy())
def every_other_row_is_flattened_and_written(a):
    b = np.zeros((4, 3))
    b += a
    b[::2].reshape(-1)[0] = 3.0
    return np.sum(b ** 2)

@refused(X.copy(), 1)
def array_of_the_module_or_a_copy_is_written(x, n):
    y = BUFFER if n > 0 else x * 1.0
    y[0] = 5.0
    return np.sum(y * x) + np.sum(BUFFER * x)

@refused(X.copy(), 1)
def one_of_two_that_is_one_of_two_is_written(x, n):
    a, b = x * 1.0, x * 2.0
    c = a if n > 0 else b
    d = c if n > 1 else x * 3.0
    c = 0.0
    d[0] = 5.0
    return np.sum(a * b) + np.sum(d)

@refused(X.copy(), 1)
def array_that_only_a_default_may_hold_is_written(x, n):
    y, z = x * 1.0, x * 2.0
    w = y if n > 0 else z
    weighted = lambda t, a=w: np.sum(a * t)
    w = 0.0
    y[0] = 5.0
    return weighted(x) + np.sum(y * z)

@works(X.copy())
def copied_to_where_a_mask_is_true(x):
    y = x * 2.0
    np.copyto(y, x * x, where=x > 0)
    return np.sum(y * x)

@refused(A.copy())
def columns_are_flattened_and_written(a):
    b = np.zeros((4, 3))
    b += a
    b[:, 1:].ravel()[0] = 3.0
    return np.sum(b ** 2)

@works(X.copy())
def expanded_and_squeezed(x):
    y = x * 1
    np.expand_dims(y, 0)[0, 1:] = x[:-1] * 2
    y[:, None][2:] *= x[0]
    z = np.zeros((1, 5))
    z += y
    s = np.squeeze(z, 0)
    s[1] *= s[0] * x[3]
    z.squeeze(axis=0)[2:] += x[:3]
    return np.sum(z ** 2) + np.sum(y)

@works(X.copy())
def at_least_two_dimensions(x):
    y = x * 1
    np.atleast_2d(y)[0, 1] = x[0] * x[2]
    np.atleast_1d(y)[2:] *= 2
    return np.sum(y ** 2)

@works(X.copy(), A.copy())
def flipped_views(x, a):
    y = x * 1
    np.flip(y)[0] = x[0] * x[1]
    y[::-1][1] *= 3
    b = a * 1
    np.flipud(b)[0] += a[0] * 2
    np.fliplr(b)[:, 0] *= a[:, 2]
    np.flip(b, 1)[2] = 1.0
    np.rot90(b)[1, 1:] -= a[1:, 1]
    return np.sum(y ** 2) + np.sum(b ** 2)

@works(S.copy())
def diagonal_is_read_only(a):
    b = a * 1
    d = b.diagonal()
    d[0] = 1.0
    return np.sum(b * d)

@works(X.copy())
def broadcast_view_is_read_only(x):
    v = np.broadcast_to(x, (2, 5))
    v[0, 0] = 1.0
    return np.sum(v)

@works(X.copy())
def real_part_is_the_array(x):
    y = x * 1
    y.real[1] = x[0] * 2
    z = y.real
    z *= 3.0
    np.asarray(y)[0] = x[1] ** 2
    return np.sum(y ** 2)

@works(A.copy())
def rows_in_loop(a):
    b = a * 1
    for r in b:
        r[:] = r * a[0] + 1
    for r in b:
        r *= 2.0
    for i, r in enumerate(b):
        r[0] = r[1] * i
    return np.sum(b ** 2)

@works(A.copy())
def rows_of_two_in_loop(a):
    b = a * 1
    c = np.zeros((4, 3))
    for r, s in zip(b, c):
        s += r * r
        r -= s
    return np.sum(b ** 2) + np.sum(c * a)

@works(A.copy())
def columns_in_loop(a):
    b = a * 1
    for c in b.T:
        c[1:] += c[:-1] * c[0]
        c /= 2.0
    return np.sum(b ** 2)

@works(A.copy())
def unpacked_rows(a):
    b = a * 1
    p, q, r, s = b
    p[:] = q * r
    s *= p
    return np.sum(b ** 2) + np.sum(q * p)

@refused(X.copy())
def parts_of_split(x):
    y = x[:4] * 1
    u, v = np.split(y, 2)
    u[:] = v * x[0]
    v *= u
    return np.sum(y ** 2)

# ---- names of one array -----------------------------------------------------------------------------

@works(X.copy())
def two_names(x):
    y = x * 1
    z = y
    y[0] = x[1] * x[2]
    z[1] *= z[0]
    y += z
    return np.sum(z ** 2)

@works(X.copy(), True)
def name_of_one_of_two(x, c):
    y, z = x * 1, x * 2
    w = y if c else z
    w = w * 1
    w[0] = x[1] ** 2
    return np.sum(w * y * z)

@refused(X.copy(), True)
def one_of_two_is_written(x, c):
    y, z = x * 1, x * 2
    w = y if c else z
    w[0] = x[1] ** 2
    return np.sum(w * y * z)

@works(X.copy())
def written_by_a_function(x):
    def scale(v, k):
        v *= k
        v[0] = v[1] * 2
    y = x * 1
    scale(y, x[0])
    scale(y[1:], x[1])
    scale(y[::2], 2.0)
    return np.sum(y ** 2)

def cumulated(v):
    for i in range(1, len(v)):
        v[i] += v[i - 1] * v[i]
    return v

@works(X.copy())
def function_gives_back_what_it_writes(x):
    y = x * 1
    z = cumulated(y)
    z[0] = 3 * x[0]
    return np.sum(y ** 2) + z[2]

@works(X.copy())
def function_writes_while_the_statement_runs(x):
    y = x * 1
    def bump():
        y[0] = 5 * x[1]
        return x[2]
    y[1:] += bump() * y[0]
    y += bump()
    return np.sum(y ** 2)

@works(X.copy())
def argument_is_written(x):
    x[0] = x[1] * x[2]
    x *= 2
    x[x > 1] = 1
    return np.sum(x ** 2)

@works(A.copy(), X.copy())
def arguments_are_written_through_views(a, x):
    a.T[0] = x[:4] * 2
    a[1:, 1] *= x[0]
    v = x[::2]
    v += 1.0
    return np.sum(a ** 2) + np.sum(x ** 3)

@works((X.copy(), [P.copy(), A.copy()], {"w": P * 2, "b": (X * 3, 0.5)}))
def arrays_in_structures_are_written(p):
    x, ys, d = p
    x[0] = x[1] * 2
    d["w"] -= 0.1 * x
    d["w"][1:] *= d["b"][0][:-1]
    d["b"][0][...] = x * d["b"][1]
    for y in d.values():
        pass
    return np.sum(x ** 2) + np.sum(d["w"] ** 2) + np.sum(d["b"][0] ** 2)

@works({"w": A.copy(), "b": X[:3].copy()}, X[:4].copy(), 3)
def gradient_descent_in_place(params, x, n):
    for i in range(n):
        g = x @ params["w"] + params["b"]
        params["w"] -= 0.1 * np.outer(x, g)
        params["b"] -= 0.1 * g
    return np.sum(params["w"] ** 2) + np.sum(params["b"])

@works(X.copy())
def arrays_in_a_list_are_written(x):
    ws = [x * 1, x * 2, np.zeros(5)]
    ws[0][1] = ws[1][0] * x[3]
    ws[2] += ws[0]
    for w in ws:
        w *= x
    u = ws[1]
    u[0] = 3.0
    return np.sum(ws[0] * ws[1] * ws[2])

@works(X.copy())
def array_twice_in_a_list_is_written(x):
    y = x * 1
    ws = [y, y]
    for w in ws:
        w *= x
    ws[1][0] = 2 * x[1]
    return np.sum(ws[0] ** 2) + np.sum(y)

# ---- values that an adjoint needs -------------------------------------------------------------------

@works(X.copy())
def value_is_overwritten_after_its_use(x):
    y = x * x
    s = np.sum(y ** 3)
    y[1] = 0.0
    t = np.sum(np.sin(y))
    y *= y
    u = np.prod(y + 1)
    y[:] = 1.0
    return s + t + u

@works(X.copy())
def view_is_overwritten_after_its_use(x):
    y = x * x
    v = y[1:]
    s = np.sum(v ** 3)
    y *= x
    t = np.sum(v ** 2)
    v[:] = 0
    return s * t

@works(A.copy())
def transposed_value_is_overwritten_after_its_use(a):
    b = a * a
    t = b.T
    s = np.sum(t @ a)
    p = np.sum(np.exp(t))
    b[0] = 3.0
    t[1] *= a[:, 2]
    return s * p + np.sum(t ** 2)

@works(X.copy(), 4)
def recurrence(x, n):
    y = np.zeros(5)
    y[0] = x[0]
    for i in range(n):
        y[i + 1] = np.sin(y[i]) * x[i + 1]
    return np.sum(y ** 2)

@works(X.copy(), 3)
def smoothing_in_place(x, n):
    y = x * 1
    for _ in range(n):
        y[1:-1] += 0.3 * (y[2:] - 2 * y[1:-1] + y[:-2])
        y[0] = y[1] * y[0]
    return np.sum(y ** 3)

@works(A.copy(), 3)
def transposed_writes_in_loop(a, n):
    b = a * 1
    t = b.T
    for i in range(n):
        t[i] = np.sin(t[i - 1]) * b[0, i]
        b[i] *= t[0, 1]
    return np.sum(b ** 2)

@works(X.copy(), 5)
def flat_view_is_filled_in_loop(x, n):
    b = np.zeros((5, 5))
    f = b.reshape(-1)
    for i in range(n):
        f[i * 6] = x[i] ** 2
        f[i] += f[i * 6] * x[0]
    return np.sum(b @ x)

@works(X.copy(), 0)
def zero_trip(x, n):
    y = x * 1
    t = y.reshape(5, 1)
    for i in range(n):
        t[i] = y[0] * 2
    return np.sum(y ** 2)

@works(X.copy(), 3)
def branch_in_loop_writes(x, n):
    y = x * 1
    for i in range(n):
        if y[i] > 0:
            y[i + 1] = y[i] * y[i + 1]
        else:
            y.reshape(5, 1)[i] *= 2
            y += x
    return np.sum(y ** 2)

@works(X.copy(), 3)
def inner_loop_writes(x, n):
    m = np.zeros((3, 5))
    for i in range(n):
        for j in range(5):
            m[i, j] = x[j] * m[i - 1, j - 1] + x[i]
        m[i] /= 1 + np.sum(m[i] ** 2)
    return np.sum(m ** 2)

@works(P.copy())
def cholesky_in_place(p):
    m = np.outer(p, p) + 5 * np.eye(5)
    for j in range(5):
        m[j, j] = np.sqrt(m[j, j] - np.sum(m[j, :j] ** 2))
        for i in range(j + 1, 5):
            m[i, j] = (m[i, j] - m[i, :j] @ m[j, :j]) / m[j, j]
            m[j, i] = 0.0
    return np.sum(np.log(np.diagonal(m)))

@works(S + 3 * np.eye(3), X[:3].copy())
def gaussian_elimination(a, b):
    m, y = a.copy(), b.copy()
    n = len(y)
    for k in range(n):
        for i in range(k + 1, n):
            f = m[i, k] / m[k, k]
            m[i, k:] -= f * m[k, k:]
            y[i] -= f * y[k]
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = (y[i] - m[i, i + 1:] @ x[i + 1:]) / m[i, i]
    return np.sum(x ** 2)

# ---- overlapping views in one statement ------------------------------------------------------------

@works(X.copy())
def shifted_onto_itself(x):
    y = x * np.array([1., 2., 3., 4., 5.])
    y[1:] = y[:-1]
    y[:-2] = y[2:] * 2
    y[::-1] = y
    return np.sum(y * x)

@works(X.copy())
def shifted_and_added_to_itself(x):
    y = x * np.array([1., 2., 3., 4., 5.])
    y[1:] += y[:-1]
    y[:-1] *= y[1:]
    y[::-1] -= y
    y += y[::-1]
    return np.sum(y * x)

@works(S.copy())
def matrix_and_its_transpose(a):
    b = a * 1
    b += b.T
    b[:] = b.T * a
    b.T[:] -= b
    b.T[0] = b[0]
    return np.sum(b * a)

# ---- out=, np.add.at and functions that fill ---------------------------------------------------------

@works(X.copy(), P.copy())
def out_of_ufuncs(x, p):
    y, z = np.zeros(5), np.zeros(5)
    np.multiply(x, p, out=y)
    np.add(y, 1.0, y)
    np.exp(y, out=z)
    w = np.subtract(z, x, out=(y,))
    w *= 2
    np.sqrt(p, out=y[:])
    np.sin(x[1:], out=z[:-1])
    np.maximum(z, y, out=z)
    np.negative(z, z)
    return np.sum(y * z) + np.sum(w)

@works(X.copy())
def out_is_an_operand(x):
    y = x * 1
    np.multiply(y, y[::-1], out=y)
    np.add(y[1:], y[:-1], out=y[1:])
    np.exp(y, out=y)
    np.power(y, 2.0, out=y)
    np.divide(x, y, out=y)
    return np.sum(y ** 2)

@works(A.copy(), X[:3].copy())
def out_of_other_functions(a, x):
    y, c, m = np.zeros(4), np.zeros((4, 4)), np.zeros((4, 3))
    np.dot(a, x, out=y)
    np.matmul(a, a.T, out=c)
    np.cumsum(a, axis=0, out=m)
    c += y
    np.sum(c * c, axis=1, out=y)
    np.clip(m, -0.5, 0.5, out=m)
    np.clip(y, 0.0, 5.0, y)
    m.mean(axis=1, out=c[0])
    a.max(0, c[1, :3])
    np.add(x, a, out=m)
    return np.sum(y) + np.sum(c ** 2) + np.sum(m ** 3)

@works(A.copy())
def out_through_views(a):
    c = np.zeros((3, 4))
    np.multiply(a, 2.0, out=c.T)
    f = np.zeros(12)
    np.sin(a, out=f.reshape(4, 3))
    np.add(a[0], 1.0, out=c[:, 0])
    return np.sum(c ** 2) + np.sum(f)

@works(X.copy(), 3)
def out_in_loop(x, n):
    y, t = x * 1, np.empty(5)
    for i in range(n):
        np.multiply(y, x, out=t)
        np.tanh(t, out=t)
        np.add(y, t, out=y)
    return np.sum(y ** 2)

@works(X.copy())
def out_broadcasts(x):
    y = np.zeros((3, 5))
    np.multiply(x, 2.0, out=y)
    y[1] = 0
    np.add(y, x[0], out=y)
    return np.sum(y ** 2)

@works(X.copy())
def out_of_the_wrong_size_raises(x):
    y = np.zeros(4)
    np.multiply(x, 2.0, out=y)
    return np.sum(y)

@works(X.copy())
def out_of_the_wrong_size_raises_where_the_result_is_kept(x):
    y = np.zeros(4)
    np.exp(x, out=y)
    return np.sum(y)

@refused(X.copy())
def out_of_another_kind(x):
    y = np.zeros(5, dtype=int)
    np.multiply(x, 2.0, out=y)
    return np.sum(x)

@works(X.copy())
def out_with_where(x):
    y = np.zeros(5)
    np.multiply(x, 2.0, out=y, where=x > 0)
    return np.sum(y)

@works(X.copy())
def mask_by_out(x):
    m = np.zeros(5, dtype=bool)
    np.greater(x, 0.5, out=m)
    np.logical_or(m, x < -0.5, out=m)
    return np.sum(x[m] ** 2)

@works(X.copy(), np.array([3, 1, 3, 0]))
def add_at(x, i):
    y = np.zeros(5)
    np.add.at(y, i, x[1:] ** 2)
    np.add.at(y, [0, 0, 4], x[0])
    np.subtract.at(y, i, x[i] * 2)
    np.add.at(y, x > 0, 1.0)
    np.add.at(y, 2, x[3])
    np.subtract.at(y, slice(1, 3), x[:2])
    y *= x
    np.add.at(y, [1, 1], y[[2, 3]])
    return np.sum(y ** 2)

@works(A.copy(), np.array([0, 2, 0]))
def add_at_of_rows(a, i):
    b = np.zeros((4, 3))
    np.add.at(b, i, a[1:] * a[0, 0])
    np.add.at(b, (i, i), a[0])
    np.add.at(b.T, i, a[:3, :1] * a[0, :1])
    np.add.at(b[1:], (slice(None), [1, 1]), a[1:, :2])
    return np.sum(b ** 2)

@works(X.copy(), 3)
def histogram_in_loop(x, n):
    y = np.zeros(3)
    for k in range(n):
        np.add.at(y, [k, 0, k], x[k:k + 3] * y[k])
        np.add.at(y, [0, 1, 1], x[:3])
    return np.sum(y ** 2)

@works(X.copy())
def add_at_of_passive_values(x):
    k = np.zeros(5, dtype=int)
    np.add.at(k, [1, 1, 2], 1)
    y = x * x
    np.add.at(y, [1, 1, 2], np.array([1.0, 2.0, 3.0]))
    return np.sum(k * x) + np.sum(y ** 2)

@works(X.copy())
def multiply_at(x):
    y = x * 1
    np.multiply.at(y, [0, 0], x[:2])
    return np.sum(y)

@works(X.copy(), P.copy())
def functions_that_fill(x, p):
    y = x * x
    y.fill(x[0] * x[1])
    np.copyto(y[1:], p[1:] * y[0])
    np.copyto(y, x, where=x > 0)
    np.copyto(y[:2], 3.0)
    np.putmask(y, x < -0.5, x[2] ** 2)
    np.place(y, x > 1, 0.5 * x[4])
    np.put(y, [3, 3], x[3] * 2)
    y.put(4, x[1])
    return np.sum(y * p)

@works(S.copy())
def fill_diagonal(a):
    b = a * 1
    np.fill_diagonal(b, a[0, 1] * a[2, 0])
    c = np.outer(a[0], a[:2, 1])
    np.fill_diagonal(c, 0)
    return np.sum(b ** 2) + np.sum(c ** 2)

@refused(S.copy())
def diagonal_is_filled_with_many(a):
    c = a * 2
    np.fill_diagonal(c, a[1])
    return np.sum(c ** 2)

@works(X.copy())
def many_are_put(x):
    y = x * 2
    np.putmask(y, x > 0, x[:2])
    return np.sum(y ** 2)

@works(X.copy(), A.copy())
def sorted_in_place(x, a):
    y = x * x
    y.sort()
    y *= x
    b = a * 2
    b.sort(axis=0)
    b[0].sort()
    return np.sum(y ** 2) + np.sum(b * a)

@works(X.copy(), A.copy())
def flat_items(x, a):
    b = np.zeros((4, 3))
    b += a
    b.flat[3] = x[1] * b.flat[5]
    b.flat[-1] += x[2]
    b.flat[[0, 0, 1]] *= x[:3]
    b.flat[1:4] = x[3]
    s = 0.0
    for v in b.flat:
        s += v * v
    w = b.flat[2:5]
    b.flat[2] = 7.0
    x.flat[1] = 3 * x.flat[0]
    return s * np.sum(w) + np.sum(b) + np.sum(x)

@refused(A.copy())
def flat_items_of_an_argument_are_written(a):
    a.flat[3] = 2.0
    return np.sum(a)

@refused(X.copy())
def flat_is_filled_with_many(x):
    y = x * 1
    y.flat[:] = x[:2]
    return np.sum(y)

@works(X.copy(), A.copy())
def python_numbers_of_items(x, a):
    s = x[0:1].sum()
    return x.item(1) * a.item(2, 1) + np.sum(x).item() + s.item()

@refused(X.copy())
def item_of_many(x):
    return x.item()

@refused(X.copy())
def resized(x):
    y = x * 1
    y.resize(3)
    return np.sum(y)

# ---- arrays of the enclosing module -------------------------------------------------------------------

BUFFER = np.zeros(5)
MATRIX = np.zeros((3, 3))
TABLE = {"w": np.zeros(5), "k": (np.ones(3), 2.0)}

@works(X.copy())
def global_buffer_is_filled(x):
    BUFFER[:] = x * x
    BUFFER[0] *= x[1]
    return np.sum(BUFFER ** 2)

@works(X.copy(), 4)
def global_buffer_is_filled_in_loop(x, n):
    BUFFER[...] = 0
    BUFFER[0] = x[0]
    for i in range(n):
        if x[i] > 0:
            BUFFER[i + 1] = np.sin(BUFFER[i]) + x[i]
        else:
            BUFFER[i + 1] = BUFFER[i] * x[i]
    return np.sum(BUFFER ** 2)

@works(X.copy(), 4)
def global_buffer_is_first_seen_in_loop(x, n):
    s = 0.0
    for i in range(n):
        BUFFER[i] = x[i] * x[i + 1]
        s += BUFFER[i] ** 2
    return s + BUFFER[n - 1]

@works(X.copy(), 0)
def global_buffer_in_branch(x, n):
    BUFFER[:] = x
    if n:
        BUFFER[:] = x ** 2
    else:
        MATRIX.T[0, 1] = x[3]
        BUFFER[1:] += x[0]
    return np.sum(BUFFER ** 3) + MATRIX[1, 0]

@works(X.copy())
def global_arrays_in_containers(x):
    TABLE["w"][:] = x
    TABLE["w"] *= 2
    TABLE["k"][0][1] = x[0] ** 2
    w = TABLE["w"]
    w[0] = x[1]
    return np.sum(TABLE["w"] ** 2) + TABLE["k"][0][1] * TABLE["k"][1]

def scratch(x, buffer=np.zeros(5)):
    buffer[:] = x
    buffer *= x[0]
    return buffer

@works(X.copy())
def default_buffer_is_shared_by_calls(x):
    y = scratch(x)
    z = scratch(x[::-1])
    return np.sum(y * z)

@works(X.copy())
def view_of_global_is_written(x):
    v = BUFFER.reshape(1, 5)
    np.multiply(x, x, out=v[0])
    v[0, 1:3] += x[0]
    return np.sum(BUFFER * x)

# ---- attacks -----------------------------------------------------------------------------------------

T = np.stack([S, S * 2])
G = np.asfortranarray(A)

@refused(A.copy())
def temp_alias(a):
    b = a * 1
    c = b.T.reshape(-1)
    def bump():
        b[0, 0] = 5 * a[1, 1]
        return a[2, 2]
    return np.sum(c * bump() * c)

@refused(A.copy())
def temp_alias2(a):
    b = a[:, :2]
    def bump():
        a[0, 0] = 5 * a[1, 1]
        return a[2, 2]
    return np.sum(b.ravel() * bump())

@refused(A.copy())
def temp_alias3(a):
    def bump():
        a[0, 0] = 5 * a[1, 1]
        return a[2, 2]
    return np.sum(a.ravel() + bump())

@refused(S.copy())
def einsum_view(a):
    b = a * 1
    d = np.einsum("ii->i", b)
    d[...] = a[0]
    return np.sum(b ** 2)

@refused(X.copy(), 3)
def view_rebound_in_loop(x, n):
    y = x * 1
    v = y
    for i in range(n):
        v[0] = v[1] * 2
        v = v[1:]
    return np.sum(y ** 2)

@works(X.copy(), 3)
def view_made_in_loop(x, n):
    y = x * 1
    for i in range(n):
        v = y[i:]
        v[0] *= v[1]
        v[1:] += x[0]
    return np.sum(y ** 2)

@refused(X.copy(), True)
def view_in_branch(x, c):
    y = x * 1
    if c: v = y[1:]
    else: v = y[:-1]
    v[0] = 3.0 * x[0]
    return np.sum(y ** 2)

@works(X.copy(), 2)
def swap_buffers(x, n):
    a, b = x * 1, np.zeros(5)
    for i in range(n):
        b[1:] = a[:-1] * x[1:]
        b[0] = a[-1]
        a, b = b, a
    return np.sum(a ** 2) + np.sum(b)

@refused(X.copy(), 2)
def swap_views(x, n):
    y = x * 1
    a, b = y[:2], y[2:4]
    for i in range(n):
        b[:] = a * b
        a, b = b, a
    return np.sum(y ** 2)

@refused(X.copy())
def index_array_changes(x):
    k = np.array([0, 1])
    y = x * 1
    def bump():
        k[0] = 3
        return x[2]
    y[k] += bump()
    return np.sum(y ** 2)

@works(A.copy())
def dot_out_on_noncontiguous(a):
    c = np.zeros((8, 4))[::2]
    np.dot(a, a.T, out=c)
    return np.sum(c)

@works(A.copy())
def iterate_and_write(a):
    b = a * 1
    for r in b:
        b[0] += r
    return np.sum(b ** 2)

@works(X.copy())
def iterate_vector_and_write(x):
    y = x * 1
    s = 0.0
    for i, v in enumerate(y):
        s += v * v
        y[-1] += v
        y[(i + 1) % 5] *= 2
    return s + np.sum(y)

@works(X.copy())
def nested_closure_writes(x):
    y = np.zeros(5)
    def put(i, v): y[i] = v
    def add(i):
        put(i, y[i - 1] + x[i])
    for i in range(5): add(i)
    return np.sum(y ** 2)

@works(A.copy())
def two_views_one_statement(a):
    b = a * 1
    b[1:], b[:-1] = b[:-1], b[1:]
    return np.sum(b ** 2 * a)

@works(A.copy())
def transposed_swap(a):
    b = a * 1
    t = b.T
    t[0], t[1] = t[1], t[0].copy()
    t[[0, 2]] = t[[2, 0]]
    return np.sum(b ** 2 * a)

@works(X.copy())
def chained(x):
    y = z = np.zeros(5)
    y[0] = x[0]
    z += x
    a = b = y[1:]
    a *= b
    return np.sum(y ** 2)

@works(T.copy())
def reshape_of_slices(t):
    u = np.zeros((2, 3, 3))
    u += t
    u[1].reshape(-1)[2:] *= t[0, 0, 0]
    u[1, 1:].reshape(6)[0] = 3.0 * t[1, 1, 1]
    u.reshape(6, 3)[1:, 0] += t[0, 0, 1]
    u.reshape(2, 9).T[0] *= 2
    u.ravel()[-1] = t[0, 2, 2] ** 2
    u[:1].reshape(3, 3).T[1] -= 1
    return np.sum(u ** 2)

@works(G)
def fortran_arg_contig(a):
    b = np.zeros((4, 3))
    b[:] = a * a
    f = b.ravel()
    f[2:] *= f[:-2]
    return np.sum(b * a)

@works(G, np.asfortranarray(B))
def fortran_bars(a, c):
    b = np.zeros((4, 3))
    b += a
    s = np.sum(b * c)
    f = b.reshape(-1)
    f[1] = 5 * c[0, 0]
    f[3:5] *= f[4:6]
    return s + np.sum(b * c * c)

@refused(A.copy(), 3)
def reshape_in_loop_of_carried(a, n):
    b = np.zeros((4, 3))
    for i in range(n):
        b.reshape(-1)[i::3] += a[:, i] * b[0, 0] + a[:, 0]
        b = b * 1.0
    return np.sum(b ** 2)

@works(A.copy(), True)
def compact_in_branch(a, c):
    b = np.zeros((4, 3))
    if c:
        b.ravel()[:3] = a[0]
    else:
        b = a * 2
    return np.sum(b ** 2)

@works(A.copy())
def copy_then_flat(a):
    b = a.copy()
    b.ravel()[2] = 7 * a[0, 0]
    d = np.zeros_like(b)
    d.reshape(-1)[:] = b.reshape(-1) ** 2
    e = np.ones_like(a)
    return np.sum(b * d) + np.sum(e)

@refused(A.copy())
def zeros_like_arg_flat(a):
    d = np.zeros_like(a)
    d.reshape(-1)[:] = 3 * a[0, 0]
    return np.sum(d)

@works(X.copy())
def ufunc_out_alias_result(x):
    y = x * 1
    z = np.add(y, 1, out=y)
    z[0] = 3 * x[0]
    np.multiply(z, y, out=z)
    return np.sum(y ** 2) + np.sum(z)

@works(X.copy())
def attribute_T_aug(x):
    y = np.outer(x, x)
    y.T[0] += x
    y[:, 0].T[1:] *= 2
    return np.sum(y)

@works(X.copy(), 3)
def while_writes(x, n):
    y = x * 1
    i = 0
    while i < n and y[i] < 5:
        y[i + 1] += y[i] * 2
        i += 1
    return np.sum(y ** 2)

@works(X.copy())
def early_value_of_view(x):
    y = x * 1
    v = y[1:3]
    w = v * 1
    s = v + 0
    y[1] = 10 * x[0]
    return np.sum(v * w * s)

@works(A.copy())
def sum_of_rows_out(a):
    r = np.zeros(3)
    for i in range(4):
        np.add(r, a[i] * r + a[i], out=r)
    return np.sum(r ** 2)

@works(X.copy())
def put_methods(x):
    y = x * 1
    y.put([0, 1], x[2])
    return np.sum(y ** 2)

@works((X.copy(), X.copy() * 2))
def tuple_loop(ws):
    for w in ws: w *= w
    for i, w in enumerate(ws): w[i] = 3.0 * ws[0][2]
    return np.sum(ws[0] * ws[1])

@refused([X.copy(), X.copy() * 2])
def list_loop(ws):
    for w in ws: w *= w
    return np.sum(ws[0] * ws[1])

@works({"a": [X.copy(), A.copy()]})
def mixed_list(p):
    p["a"][0] *= 2
    p["a"][1][0] = p["a"][0][:3]
    for w in p["a"]: w += 1
    return np.sum(p["a"][0] ** 2) + np.sum(p["a"][1] ** 2)

@works(X.copy())
def np_copy_vs_copy(x):
    y = np.copy(x)
    y[0] = 2 * x[1]
    z = np.array(y)
    z *= y
    w = +z
    w[1] = 3
    return np.sum(x * y * z * w)

@works(X.copy())
def asarray_is_same(x):
    y = np.asarray(x)
    y[0] = x[1] * 2
    z = np.asarray(y, dtype=float)
    z[1] = 3.0 * x[0]
    return np.sum(x ** 2)

@works(X.copy())
def atleast(x):
    y = x * 1
    v = np.atleast_1d(y)
    v[0] = 3 * x[1]
    return np.sum(y * v)

@works(X.copy())
def diag_write(x):
    m = np.diag(x)
    m[0, 1] = x[2] * x[3]
    m2 = m * 1
    d = np.diag(m2)
    return np.sum(m ** 2) + np.sum(d)

@works(X.copy())
def diag_readonly(x):
    m = np.outer(x, x)
    d = np.diag(m)
    d[0] = 3
    return np.sum(d)

@works(X.copy())
def broadcast_aug(x):
    m = np.broadcast_to(x, (2, 5))
    m *= 2
    return np.sum(m)

@refused(X.copy())
def while_test_out(x):
    y = x * 1
    s = 0.0
    while np.multiply(y, 0.5, out=y)[2] > 0.1:
        s += np.sum(y)
    return s

@refused(X.copy())
def while_test_function(x):
    y = x * 1
    def step():
        y[:] = y * 0.5
        return y[2]
    s = 0.0
    while step() > 0.1:
        s += np.sum(y)
    return s

G2 = np.zeros(5)

@refused(X.copy())
def while_test_global(x):
    def step():
        G2[:] = x * 0.05
        return G2[2]
    s = 0.0
    while step() > 0.1:
        s += np.sum(G2)
    return s

@works(X.copy())
def if_test_out(x):
    y = x * 1
    if np.multiply(y, 2, out=y)[0] > 0: s = np.sum(y)
    else: s = np.sum(y * y)
    t = y[0] if np.add(y, x, out=y)[1] > 0 and np.sin(y, out=y)[0] > 0 else y[1]
    return s * t

@refused(A.copy())
def alias_in_expression(a):
    return np.sum(a[1:].ravel() * np.sum(np.multiply(a, 2, out=a)))

@works(X.copy())
def order_in_expression(x):
    y = x * 1
    return y[0] * np.multiply(y, 2, out=y)[0] * y[0] + np.sum(y)

@works(X.copy())
def order_in_expression2(x):
    y = x * 1
    v = y[1:]
    return np.sum(v * np.multiply(y, 2, out=y)[1:] * v) + np.sum(y[:2]) * np.exp(y, out=y)[0]

@works(X.copy(), 3)
def hist(x, n):
    h = np.zeros((n, 2))
    for i in range(5):
        k = int(abs(x[i]) * 2)
        h[k] += np.array([x[i], 1.0]) if False else x[i]
        h[k, 1] *= x[0]
    return np.sum(h ** 2)

@works(X.copy())
def out_reduction_keep(x):
    m = np.outer(x, x)
    r = np.zeros((5, 1))
    np.sum(m, axis=1, keepdims=True, out=r)
    q = np.zeros(())
    np.sum(m, out=q)
    return np.sum(r ** 2) * q

@works(X.copy())
def out_max(x):
    m = np.outer(x, x)
    r = np.zeros(5)
    np.max(m, axis=0, out=r)
    m.prod(axis=1, out=r[:])
    np.var(m, axis=0, out=r)
    np.clip(x, 0, None, out=x)
    return np.sum(r ** 2) + np.sum(x)

@works(X.copy())
def out_concat(x):
    r = np.zeros(10)
    np.concatenate([x, x * x], out=r)
    s = np.zeros((2, 5))
    np.stack([x, x], out=s)
    return np.sum(r ** 2) + np.sum(s * x)

@works(X.copy())
def out_round(x):
    r = np.zeros(5)
    np.round(x, 1, out=r)
    np.floor(x, out=r)
    return np.sum(r * x)

@works(X.copy())
def out_comparison_returned(x):
    m = np.empty(5, bool)
    k = np.less(x, 0.5, m)
    return np.sum(np.where(k, x, 0)) + np.sum(x[m])

@works(X.copy())
def out_none(x):
    y = np.add(x, 1, out=None)
    z = np.add(x, y, None)
    return np.sum(y * z)

@refused(X.copy())
def divmod_out(x):
    a, b = np.zeros(5), np.zeros(5)
    np.divmod(x, 0.5, out=(a, b))
    return np.sum(a + b)

@works(X.copy())
def where_kw(x):
    return np.sum(np.add(x, 1, where=x > 0, out=x))

@works(X.copy())
def sort_two(x):
    y = np.outer(x, P + x ** 2)
    y.sort(0)
    y.sort(axis=-1)
    z = y[1]
    z.sort()
    return np.sum(y * x)

@works(X.copy())
def augmented_by_scalar_view(x):
    y = x * 1
    y /= y[2]
    y -= y[0]
    y[:3] *= y[1]
    return np.sum(y ** 2)

@works(A.copy())
def matrix_rows_normalised(a):
    b = a * 1
    b /= b.sum(axis=1, keepdims=True)
    b -= b.mean(axis=0)
    b[b < 0] *= 0.1
    return np.sum(b ** 2)

@works(X.copy())
def view_then_rebind(x):
    y = x * 1
    v = y[:2]
    y = y * 2
    v[0] = 100 * x[1]
    return np.sum(y) + np.sum(v)

@refused(X.copy(), 2)
def loop_rebinding_with_view(x, n):
    y = x * 1
    v = y[:2]
    for i in range(n):
        v[0] = y[1] * 2
        y = y * 2
    return np.sum(y) + np.sum(v)

@refused(X.copy(), 1)
def maybe_rebound(x, n):
    y = x * 1
    z = y
    if n > 0: y = y * 2
    z[0] = 3 * x[1]
    return np.sum(y * z)

@refused(X.copy(), 1)
def maybe_rebound2(x, n):
    y = x * 1
    z = y
    if n > 0: y = y * 2
    y[0] = 3 * x[1]
    return np.sum(y * z)

@works(A.copy())
def unpack_and_swap(a):
    b = a * 1
    p, q, r, s = b
    p, q = q, p
    p[:] = q
    p += r
    return np.sum(b * a)

@works(A.copy())
def unpack_nested(a):
    b = np.stack([a, a * 2])
    (p, q), k = b[:, :2], 3
    u, v = b
    u[0] = v[1] * a[0]
    w, *rest = u[0], u[1], u[2]
    w *= 2
    rest[0][:] = w
    return np.sum(b ** 2)

@works(X.copy())
def rows_of_vector(x):
    a, b, c, d, e = x
    x[0] = b * c
    x[1] = a
    return np.sum(x ** 2) * d * e

@works(X.copy())
def fill_in_comprehension(x):
    y = np.zeros(5)
    _ = [y.fill(v) for v in (x[0], x[1])]
    return np.sum(y)

@works(X.copy())
def arrays_in_tuple_rebuilt(x):
    p = (x * 1, x * 2)
    q = tuple(w for w in p)
    q[0][1] = 5 * x[2]
    a, b = q
    b += a
    return np.sum(p[0] * p[1])

@works(X.copy(), 3)
def in_loop_dict(x, n):
    st = {"m": np.zeros(5), "v": np.zeros(5)}
    w = x * 1
    for t in range(1, n):
        g = 2 * w
        st["m"] *= 0.9
        st["m"] += 0.1 * g
        st["v"][...] = 0.99 * st["v"] + 0.01 * g ** 2
        w -= 0.1 * st["m"] / (np.sqrt(st["v"]) + 1e-3)
    return np.sum(w ** 2)

@works(S.copy(), 2)
def jacobi(a, n):
    u = a * 1
    v = np.empty_like(u)
    for _ in range(n):
        v[:] = u
        v[1:-1, 1:-1] = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])
        u, v = v, u
    return np.sum(u ** 2)

@works(X.copy())
def masked_out(x):
    y = x * 1
    y[x > 0] **= 2
    y[np.array([True, False, True, False, True])] = [x[0], x[1], 3.0]
    y[np.nonzero(x < 0)] -= x[0]
    y[np.argsort(x)] = x * 2
    y[np.where(x > 0.5)[0]] *= 3
    return np.sum(y ** 2)

@works(S.copy())
def tri(a):
    b = np.zeros((3, 3))
    i, j = np.tril_indices(3)
    b[i, j] = a[i, j] ** 2
    b[j, i] = b[i, j]
    return np.sum(b * a)

@works(A.copy(), 3)
def loop_transposed_flip(a, n):
    b = a * 1
    for i in range(n):
        t = np.flip(b, 0).T
        t[i] += t[i - 1] * a[0, i]
        t[:, i] = t[::-1].T[0, 0] * 0.5
    return np.sum(b ** 2)

@refused(A.copy(), 3)
def branch_reshape(a, n):
    b = np.zeros((4, 3))
    b[...] = a
    for i in range(n):
        if a[i, 0] > 0:
            f = b.reshape(-1)
            f[i + 1] *= f[i]
        else:
            b.T[i] += b[0, 0]
    return np.sum(b ** 3)

@works(X.copy(), 3)
def nested_loops_views(x, n):
    m = np.outer(x, x)
    for i in range(n):
        r = m[i]
        for j in range(i + 1, 5):
            r[j] = r[j - 1] * m[j, i]
            m.T[j, i] += r[j]
    return np.sum(m ** 2)

@works(X.copy(), 3)
def carried_view_of_rebound(x, n):
    y = np.zeros(6)
    y[:5] = x
    for i in range(n):
        m = y.reshape(2, 3)
        m[0] *= m[1] + 1
        y = m.T.reshape(-1) * 1.0
    return np.sum(y ** 2)

@works(X.copy(), 2)
def addat_in_branch_loop(x, n):
    y = np.zeros(3)
    idx = np.array([0, 1, 0])
    for i in range(n):
        if x[i] > 0: np.add.at(y, idx, x[i:i + 3] * y + x[:3])
        else: np.subtract.at(y, idx, y * 2)
        idx = (idx + 1) % 3
        y = y * x[1]
    return np.sum(y ** 2)

@works(X.copy())
def addat_value_is_itself(x):
    y = x * 1
    np.add.at(y, [0, 1, 1], y[1:4])
    np.add.at(y[1:], [0, 0], y[:2])
    np.add.at(y, slice(1, None), y[:-1])
    np.add.at(y, (np.array([1, 1]),), np.exp(y[:2]))
    return np.sum(y ** 2)

@works(X.copy())
def idx_array_overwritten_later(x):
    y = x * 1
    k = np.array([0, 0, 1])
    np.add.at(y, k, x[:3])
    y[k] *= x[2:]
    k[:] = 4
    y[k] += x[:3]
    k += -1
    return np.sum(y ** 2)

@works(X.copy())
def mask_overwritten_later(x):
    y = x * 1
    m = y > 0
    y[m] *= x[0]
    np.logical_not(m, out=m)
    y[m] = x[1] ** 2
    m[:] = True
    return np.sum(y ** 2)

@works(X.copy(), 3)
def mask_in_loop_overwritten(x, n):
    y = x * 1
    m = np.zeros(5, bool)
    for i in range(n):
        m[i] = x[i] > 0
        y[m] = y[m] * x[0] + i
        m |= y > 1
    return np.sum(y ** 2)

@works(X.copy(), 3)
def scalar_index_changes(x, n):
    y = x * 1
    k = np.array([0, 2])
    for i in range(n):
        y[k[0]] += y[k[1]] * x[i]
        k[0] += 1
        k[1] = (k[1] + 1) % 5
        y[k] *= 2
    return np.sum(y ** 2)

@works(X.copy())
def view_index_var_changes(x):
    y = x * 1
    k = np.array([1])
    v = y[k[0]:]
    k[0] = 3
    v[0] = x[0] * 5
    v *= x[2]
    return np.sum(y ** 2)

@works(X.copy())
def zero_d_index_array(x):
    y = x * 1
    k = np.array(1)
    y[k] = x[0] ** 2
    k += 2
    y[k] *= 3
    return np.sum(y ** 2)

@works(X.copy())
def zero_d_index_view(x):
    y = np.outer(x, x)
    k = np.array(1)
    v = y[k]
    k += 2
    v[0] = 7 * x[0]
    return np.sum(y ** 2) + np.sum(v)

@works(X.copy(), np.array(2))
def zero_d_index_arg(x, k):
    y = np.outer(x, x)
    y[k, 1:] = x[1:]
    y[k] += x
    return np.sum(y ** 2)

@works(S.copy())
def matmul_out_itself(a):
    b = a * 1
    np.matmul(b, a, out=b)
    np.matmul(b, b.T, out=b)
    return np.sum(b * a)

@works(X.copy())
def cumsum_out_itself(x):
    y = x * 1
    np.cumsum(y, out=y)
    np.cumsum(y[::-1], out=y)
    return np.sum(y * x)

@works(A.copy())
def out_row_of_itself(a):
    b = a * 1
    np.sum(b * b, axis=0, out=b[0])
    np.multiply(b[1:], b[:-1], out=b[1:])
    np.exp(b[:, 0], out=b[:, 0])
    return np.sum(b * a)

@works(X.copy())
def fun_with_out_param(x):
    def relu(v, out=None):
        return np.maximum(v, 0.0, out=out)
    y = np.zeros(5)
    relu(x, y)
    z = relu(x * 2)
    w = relu(-y, out=y)
    return np.sum(y * z) + np.sum(w) + np.sum(relu(x) ** 2)

@works(X.copy())
def squeeze_expand_chain(x):
    m = np.zeros((1, 5, 1))
    m.squeeze()[1:] = x[1:] ** 2 if False else x[1:]
    np.expand_dims(m.squeeze((0, 2)), 1)[0, 0] += x[0]
    m[0].T[0, 3] *= x[2]
    return np.sum(m ** 2)

@works(A.copy())
def atleast3(a):
    b = a * 1
    np.atleast_3d(b)[0, :, 0] *= a[1]
    np.atleast_2d(b[2])[0, 1:] = a[0, 1:] * 3
    return np.sum(b ** 2)

@works(X.copy())
def broadcast_to_read_after_write(x):
    y = x * 1
    m = np.broadcast_to(y, (2, 5))
    y[0] = 5 * x[1]
    return np.sum(m ** 2 * np.arange(10.0).reshape(2, 5))

@works(S.copy())
def diagonal_read_after_write(a):
    b = a * 1
    d = b.diagonal()
    e = np.diagonal(b, 1)
    s = np.sum(d * d)
    b[0, 0] = 5 * a[0, 1]
    b[0, 1] *= a[2, 2]
    b += 1
    return np.sum(d ** 2) * s + np.sum(e ** 3)

@refused(A.copy())
def order_f(a):
    b = np.zeros((4, 3), order="F")
    b += a
    f = b.reshape(-1)
    f[0] = 100.0 * a[0, 0]
    return np.sum(b ** 2)

@refused(A.copy())
def order_f_pos(a):
    b = np.zeros((4, 3), float, "F")
    b += a
    f = b.ravel()
    f[0] = 100.0 * a[0, 0]
    return np.sum(b ** 2)

@refused(A.copy())
def np_copy_of_transposed(a):
    b = np.zeros((4, 3)) + a
    c = np.copy(b.T)
    c.ravel()[1] = 100.0 * a[0, 0]
    return np.sum(c ** 2)

@works(A.copy())
def full_of_arg(a):
    b = np.full((4, 3), a)
    b.ravel()[1] = 100.0 * a[0, 0]
    c = np.array([a[0], a[1] * 2])
    c.ravel()[1] = 100.0 * a[0, 0]
    d = np.array(a)
    return np.sum(b ** 2) + np.sum(c)

@refused(np.asfortranarray(A))
def array_of_fortran(a):
    d = np.array(a)
    d.ravel()[1] = 100.0 * a[0, 0]
    return np.sum(d ** 2)

@refused(np.asfortranarray(A))
def elementwise_of_fortran(a):
    d = a * 2
    d.ravel()[1] = 100.0 * a[0, 0]
    return np.sum(d ** 2)

@refused(np.asfortranarray(A))
def where_of_fortran(a):
    d = np.where(a > 0, a, np.zeros((4, 3)))
    d.ravel()[1] = 100.0 * a[0, 0]
    return np.sum(d ** 2)

@refused(np.asfortranarray(A))
def where_of_fortran_mask(a):
    z = np.zeros((4, 3))
    d = np.where(a > 0, z, z + 1)
    d.ravel()[1] = 100.0 * a[0, 0]
    return np.sum(d * a)

@works(A.copy(), 2)
def sort_in_loop(a, n):
    b = a * 1
    for i in range(n):
        b[i].sort()
        b[i + 1] += b[i] * a[0]
    b.T[0].sort()
    return np.sum(b ** 2 * a)

@works(X.copy())
def bump_in_index(x):
    y = x * 1
    def i():
        y[1] = 4 * x[0]
        return 1
    y[i()] += y[1]
    y[i()] = y[1] * 2
    return np.sum(y ** 2)

@works(X.copy())
def starred(x):
    y = np.outer(x, x)
    a, *b = [y[0], y[1], y[2]]
    b[0][:] = a * 2
    a += b[1]
    return np.sum(y ** 2)

@refused(A.copy())
def axes_of_a_view_are_an_array(a):
    b = a * 1
    order = np.array([1, 0])
    t = b.transpose(order)
    order[:] = [0, 1]
    t[0] = 3.0
    return np.sum(b ** 2)

test_right, test_refused = PROGRAMS.tests()


@works(X.copy())
def astype_that_does_not_copy(x):
    y = x * 2.0
    z, w = y.astype(float, copy=False), np.astype(y, np.float64, copy=True)
    y[0] = x[1] ** 2
    v = np.astype(y, float, copy=False)
    v[1] = x[0] ** 3
    return np.sum(z**3) + np.sum(w * v)


@works(X.copy())
def astype_of_an_argument_that_does_not_copy(x):
    y = x.copy().astype(np.float32, copy=False).astype(np.float64)
    y[0] = x[1] ** 2
    return np.sum(x**3) + 0.0 * np.sum(y)


@works(X.copy())
def apply_along_axis_gives_a_new_array(x):
    y = np.apply_along_axis(lambda row: row, 0, x)
    y[0] = 10.0 * x[1]
    z = np.apply_along_axis(lambda row: row[::-1], 0, x)
    z[0] = x[2] ** 2
    return np.sum(x**2) + np.sum(y * z)


@refused(A.copy())
def parts_of_unstack_are_unpacked(a):
    y = a * 1.0
    first, *_, last = np.unstack(y)
    y *= 3.0
    return np.sum(first * last)


@refused(X.copy())
def the_one_part_of_split_is_taken(x):
    y = x.copy()
    part = np.array_split(y, 1)[0]
    y[0] = x[1] ** 2
    return np.sum(part**2)


@refused(A.copy())
def a_part_of_a_transposed_array_is_taken(a):
    y = a.copy()
    part = np.unstack(y.T)[1]
    y[0] = 1.0
    return np.sum(part**2)


def test_global_buffer_keeps_what_the_function_leaves():
    value_and_grad(global_buffer_is_filled)(X)
    assert np.array_equal(BUFFER, [X[0] ** 2 * X[1], *X[1:] ** 2])

def test_counter_in_a_global_array_counts_once_a_call():
    df = value_and_grad(counts)
    COUNTER[:] = 0
    for n in range(1, 4):
        value, gradient = df(2.0)
        assert value == 2.0 * n and gradient == n and COUNTER[0] == n

COUNTER = np.zeros(1)
def counts(x):
    COUNTER[0] += 1
    return COUNTER[0] * x

def test_closure_buffer_is_written():
    buffer = np.zeros(3)
    def f(x):
        buffer[:2] += x
        return buffer @ buffer
    value, gradient = value_and_grad(f)(np.array([1.0, 2.0]))
    assert value == 5 and np.array_equal(gradient, [2, 4]) and np.array_equal(buffer, [1, 2, 0])
    value, gradient = value_and_grad(f)(np.array([1.0, 2.0]))
    assert value == 20 and np.array_equal(gradient, [4, 8])

ALSO_BUFFER = BUFFER
def two_names_of_a_global(x):
    BUFFER[0] = x[0]
    return np.sum(ALSO_BUFFER * x)

def test_two_names_of_a_global_are_refused():
    with pytest.raises(S2SError):
        value_and_grad(two_names_of_a_global)(X.copy())

# ---- arguments that are no plain rows of numbers ------------------------------------------------------

@pytest.mark.parametrize("f", [p.values[0] for p in PROGRAMS.right if p.id in (
    "argument_is_written", "argument_vector_is_reshaped", "arguments_are_written_through_views", "two_names",
    "index_list_with_duplicates", "mask_of_the_array_itself", "shifted_and_added_to_itself", "rows_in_loop",
    "transposed_view", "flat_items", "matrix_and_its_transpose", "views_of_three_axes", "parts_of_split",
)], ids=lambda f: f.__name__)
@pytest.mark.parametrize("layout", ["fortran", "strided", "reversed"])
def test_arguments_of_any_layout(f, layout):
    args = next(p.values[1] for p in PROGRAMS.right if p.values[0] is f)
    given, again = ([laid_out(arg, layout) for arg in args] for _ in range(2))
    argnums = tuple(range(len(args)))
    plain = [np.array(arg) for arg in args]
    value, gradients = value_and_grad(f, argnums)(*given)
    assert value == f(*again) and all(np.array_equal(x, y) for x, y in zip(given, again))
    for n, gradient in enumerate(gradients):
        assert_close(gradient, numeric_gradient(f, plain, n), 1e-6)

def laid_out(x, layout):
    if layout == "fortran":
        return np.array(x, order="F")
    every = tuple(slice(None, None, 2) for _ in x.shape)
    back = tuple(slice(None, None, -1) for _ in x.shape)
    wide = np.zeros([2 * n for n in x.shape])
    wide[every] = x
    return wide[every] if layout == "strided" else np.array(x[back])[back]
