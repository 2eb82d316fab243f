"""Programs that combine features to get something wrong: aliases, early ways out, tapes, exceptions, names."""

# pyright: basic
# ruff: noqa

import functools
import itertools
import math
import operator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tests.judge import Programs

PROGRAMS = Programs()
works, refused = PROGRAMS.works, PROGRAMS.refused
X = np.array([0.31, -0.83, 1.27, -0.22, 0.94])
A = np.array([[1.1, 0.3, 0.2], [0.2, 0.9, -0.4], [0.5, 0.6, 0.7]])
W = np.array([0.5, 1.5, 2.5, 3.5, 4.5])
G = np.array([1.0, 2.0, 3.0])
i = 7.0


class A_:
    def __init__(self, v):
        self.v = v
        self.l = [v]

    def step(self, y):
        self.v = self.v * y
        self.l.append(self.v)
        return self.v

    @property
    def sq(self):
        return self.v**2

    def __mul__(self, o):
        return A_(self.v * o)

    def __getitem__(self, i):
        return self.l[i]

    def __len__(self):
        return len(self.l)


@dataclass
class D:
    a: float
    b: np.ndarray

    def upd(self, k):
        self.b[k] *= self.a
        self.a = self.b[k] + 1
        return self


class NT(NamedTuple):
    a: float
    b: float = 2.0


class P_:
    def __init__(self, x):
        self.p = x

    def __eq__(self, o):
        print("eq")
        return self.p > o.p

    def __bool__(self):
        print("bool")
        return bool(self.p > 0)

    def __call__(self, y):
        self.p = self.p * y
        return self.p

    def __iadd__(self, y):
        self.p = self.p + y
        return self


@works(X.copy(), 0.5)
@works(X.copy(), 5.0)
def view_written_before_break(x, t):
    s = 0.0
    for i in range(len(x)):
        v = x[i:]
        v *= 1.1
        s = s + v[0] ** 2
        if s > t:
            break
        v[-1] = v[0] * v[-1]
    return s * x.sum()


@works(X.copy())
def inplace_halfway_exception(x):
    for i in range(9):
        x[i] = x[i] ** 2
    return x.sum()


@works(0.7, 4)
@works(0.7, 0)
@works(0.7, 9)
def while_true_exits(x, n):
    i = 0
    s = x
    while True:
        if i >= n:
            break
        s = s * x + 0.1
        i += 1
        if s > 1.5:
            return s * 2
        if i % 2:
            continue
        s = np.exp(-s)
        if i == 6:
            break
    return s + i * x


@works(X.copy())
def T_write(x):
    a = x[:4].reshape(2, 2)
    b = a.T
    b[0] *= a[1]
    b[1, 0] = a[0, 0] ** 2
    return np.sum(x**2 * np.arange(5))


@works(X.copy(), 3)
@works(X.copy(), 0)
def out_in_loop(x, n):
    b = np.empty_like(x)
    s = 0.0
    for i in range(n):
        np.multiply(x, i + 1, out=b)
        np.sin(b, out=b)
        s = s + b[i]
        np.add(x, b, out=x)
    return s * x.sum()


@works(X.copy(), 3)
@works(X.copy(), 0)
def out_view(x, n):
    for i in range(n):
        np.multiply(x[1:], x[:-1], out=x[1:])
    return x.sum()


@works(X.copy(), 3)
@works(X.copy(), 0)
def addat_loop_break(x, n):
    a = np.zeros(3)
    for i in range(n):
        np.add.at(a, [0, 1, 0], x[i : i + 3] if i < 2 else x[:3] * a)
        if a[0] > 10:
            break
    return np.sum(a**2)


@works(X.copy())
def sort_branch(x):
    y = x * x
    if y[0] < 1:
        y.sort()
        y[0] *= 3
    else:
        y[::-1].sort()
    return np.sum(y * np.arange(5))


@works(X.copy(), 3)
@works(X.copy(), 0)
def sort_in_loop(x, n):
    for i in range(n):
        x[i:].sort()
        x[i] = x[i] * x[-1] + 0.01 * i
        x *= 1.5
    return np.sum(x * x * np.arange(5))


@works(X.copy(), 3)
@works(X.copy(), 0)
def fill_loop(x, n):
    s = 0.0
    for i in range(n):
        s += x[0] * x[1]
        x[:2].fill(x[i + 2])
        s *= x[0]
    return s + x.sum()


@works(0.4, X.copy())
def ternary_call_writes(t, x):
    def w(a, v):
        a[0] = v * a[1]
        return a[0]

    s = w(x, t) if t > 0.3 else w(x[1:], t * 2)
    s += w(x[1:], s) if s > 0 else w(x[2:], s)
    return s * x.sum()


@works(X.copy(), 3)
@works(X.copy(), 0)
def range_bound_changes(x, n):
    s = 0.0
    for i in range(n):
        n = n + 5
        s = s * x[i] + x[i] ** 2
    return s * n


@works({"a": 1.2, "b": X.copy()})
def dict_items(p):
    s = 0.0
    for k, v in p.items():
        if k == "b":
            v[0] = 3.0 * s
            s = s + np.sum(v * v)
        else:
            s = s + v**2
    p["b"] *= s
    return s * p["b"][1]


@works(0.7, 4)
@works(0.7, 0)
def listcomp_rec(x, n):
    def r(k, y):
        if k <= 0:
            return y
        return sum([r(k - 1 - j, y * x + j) for j in range(2)])

    return r(n, x)


@works(0.7, 4)
@works(0.7, 0)
def nested_default(x, n):
    def h(k, a=x * 2, *, b=3.0):
        return a * k * b + x

    x = x * 5
    s = 0.0
    for i in range(n):
        s += h(i) * h(i, b=x)
    return s


@works(X.copy())
@works(X.astype(np.float32))
def walrus_while(x):
    i = 0
    s = x[0] * 0
    while (v := x[i]) < 1:
        s += v * v
        x[i] = s
        i += 1
    return s * v + x.sum()


@works(X.copy(), 3)
@works(X.copy(), 0)
def insert_del(x, n):
    l = []
    for i in range(n):
        l.insert(0, x[i] * 2)
        if len(l) > 2:
            del l[1]
        l[0] = l[0] * l[-1]
        if l[0] > 4:
            return l[0]
    return sum(v * v for v in l) + 0.0 * x[0]


@works(X.copy())
def list_alias(x):
    l = [x[0]]
    m = l
    for v in x:
        m.append(v * l[-1])
        if len(l) > 4:
            break
    m = [1.0]
    m.append(l[2])
    return l[-1] + sum(m) + l[3]


@works(X.copy())
def list_of_views(x):
    l = [x[i:] for i in range(3)]
    for a in l:
        a *= 2
    return np.sum(x * x)


@works(1.3, 5)
@works(1.3, 0)
@works(1.3, 1)
def finally_overrides(x, n):
    def h(y):
        for i in range(n):
            try:
                if i == 1:
                    return y * 2
                y = y * x
            finally:
                print("f", i)
        return y

    return h(x) + h(x * x)


@refused(1.3, 5)
def finally_return_swallows(x, n):
    def h(y):
        for i in range(n):
            try:
                if i == 1:
                    raise ValueError("q")
                y = y * x
            finally:
                if i == 1:
                    return y * 3
        return y

    return h(x)


@works(X.copy())
def loop_var_array_rebinding(x):
    for v in x:
        x = x * v
        v = v * 2
    return x.sum() * v


@works(X.copy())
def loop_rows_written(x):
    a = np.outer(x, x)
    for r in a:
        r *= a[0, 1]
        r[0] = r[1] * r[2]
        if r[1] > 1:
            break
    return a.sum()


@works(X.copy())
def zip_rows_written(x):
    a = np.outer(x, x)
    s = 0.0
    for i, (r, v) in enumerate(zip(a, x)):
        x[i] = v * 2 + r[0]
        r *= v
        a[i - 1] += r
        s += v
    return a.sum() + s


@works(X.copy(), 2)
@works(X.copy(), 0)
def kept_view_after_zero_trip(x, n):
    v = x
    for i in range(n):
        v = v[1:]
    v = v * x[0]
    return v.sum()


@works(X.copy(), 3)
@works(X.copy(), 0)
def prev_iter_arrays_written(x, n):
    p = x.copy()
    for i in range(n):
        c = p * x
        c[i] = p[i] ** 2
        p, q = c, p
        q[0] = 5.0
        p[1] *= q[0] * x[1]
    return p.sum()


@works(X.copy(), 3)
@works(X.copy(), 0)
def swap_buffers(x, n):
    a = x.copy()
    b = np.zeros(5)
    for i in range(n):
        b[1:-1] = a[:-2] * a[2:] + a[1:-1]
        a, b = b, a
        if a[2] > 1.5:
            break
    return a.sum() + b[2] ** 2


@works(0.7, 4)
@works(0.7, 0)
def mutual(x, n):
    def ev(k, y):
        if k == 0:
            return y * x
        z = od(k - 1, y * y)
        return z + y

    def od(k, y):
        if k == 0:
            return y + x
        for i in range(k):
            y = np.sin(y) * x
            if y < 0.1:
                break
        return ev(k - 1, y) * y

    return ev(n, x)


@works(X.copy(), 4)
@works(X.copy(), 0)
def rec_tuple_array(x, n):
    def r(k, a):
        if k == 0:
            return a.sum(), a
        s, b = r(k - 1, a * x)
        b = b * s
        b[k % 5] = s
        return s * b[0], b

    s, b = r(n, x)
    return s + b.sum()


@works(X.copy(), 2)
@works(X.copy(), 0)
def rec_raises(x, n):
    def r(k, y):
        if k < 0:
            raise ValueError("bottom %d" % k)
        try:
            return r(k - 1, y * x[k])
        except ValueError:
            return y * 2

    return r(n, x[0])


@works(1.2, 3)
def rec_deep(x, n):
    def fib(k):
        return x if k < 2 else fib(k - 1) * fib(k - 2) + k

    return fib(n) + fib(n + 1)


@works(1.2, 3)
@works(1.2, 0)
def ack(x, n):
    def f(k, y, acc=()):
        if k == 0:
            return y + sum(acc)
        return f(k - 1, y * x, acc)

    return f(n, x) + f(n, x * x, (x, 2 * x))


@works(X.copy())
def printing(x):
    s = 0.0
    for i, v in enumerate(x):
        print(i, f"{v:.2f}", end=";")
        try:
            if v > 1:
                raise ValueError("big")
            print("ok")
        except ValueError as e:
            print(e)
            break
        finally:
            print("fin")
        s += v * v
    else:
        print("else")
    return s


@works(0.7, 3)
@works(0.7, 0)
def cplx_loop(x, n):
    z = complex(x, 1)
    for i in range(n):
        z = z * z + x
        if abs(z) > 2:
            break
    return abs(z)


@works(0.7, 3)
@works(0.7, 0)
@works(0.7, 8)
def cplx_list(x, n):
    l = []
    for i in range(n):
        l.append(x**i * 1j**i)
        if len(l) > 4:
            break
    s = sum(l)
    return abs(s) ** 2 + x


@works(0.7, 3)
@works(0.7, 0)
def cplx_real_switch(x, n):
    z = x
    for i in range(n):
        z = z * 1j
    return abs(z)


@works(X.copy())
def fft_like(x):
    n = len(x)
    s = 0.0
    for k in range(n):
        c = 0j
        for j in range(n):
            c += x[j] * np.exp(-2j * np.pi * k * j / n)
        if k == 2:
            continue
        s += c.real**2 + 2 * c.imag**2
    return s


@works(0.8, 3)
@works(0.8, 1)
@works(0.8, 0)
def del_rebind(x, n):
    for i in range(n):
        y = x * x + i
        s = y * 2
        del y
    y = s
    return y * x


@works(0.8, np.array(0.3))
def zero_d(x, a):
    a[()] = a * x
    a += a
    b = a[...]
    b *= x
    return a * b


@works(np.array(0.3), 3)
@works(np.array(0.3), 0)
def zero_d_loop(a, n):
    s = 0.0
    for i in range(n):
        a *= a + 1
        s += a
    return s + a


@works(X.copy())
@works(np.array([]))
def empties(x):
    s = np.sum(x)
    for v in x:
        s = s * v
    y = x * x
    y[1:] *= s
    return y.sum() + s


@works(X.astype(np.float32), 3)
@works(X.astype(np.float32), 0)
def f32_loop(x, n):
    s = 0.0
    for i in range(n):
        x[i] = x[i] * x[0]
        s = s + x[i]
        x = x * np.float32(2)
    return s * x.sum()


@works(X.astype(np.float32), 3.0)
@works(X.astype(np.float32), 0.0)
def f32_mixed(x, y):
    a = np.zeros(5)
    a[:] = x
    x[:] = a * y
    if y > 1:
        x[1:] += x[:-1]
    else:
        np.multiply(x, 2, out=x)
    return x.sum()


@works(X.copy(), 3)
def int_array_index_written(x, n):
    idx = np.arange(n)
    s = 0.0
    for i in range(n):
        s += np.sum(x[idx] * x[1])
        idx[i] = 4
        idx += 0
    return s


@works(X.copy(), 3)
def mask_written(x, n):
    m = x > 0
    s = 0.0
    for i in range(n):
        s += np.sum(x[m] ** 2)
        m[i] = not m[i]
        x[m] *= 2
        if i == 1:
            continue
        m = ~m
    return s


@works(X.copy(), [0, 1, 2])
def list_ints_written(x, l):
    s = 0.0
    for i in range(3):
        s += x[l[i]] ** 2
        l[i] += 1
        l.append(i)
    return s * x[l[-1]]


@works(X.copy(), [0, 1, 2])
def indices_popped(x, l):
    s = 0.0
    while l:
        i = l.pop()
        s = s * x[i] + x[i]
        if i == 2:
            l.append(4)
    return s


@works(X.copy(), 4)
@works(X.copy(), 0)
def list_in_list(x, n):
    l = []
    for i in range(n):
        l.append([x[i], x[i] ** 2])
        if len(l) > 2:
            break
    s = 0.0
    for a, b in l:
        s += a * b
    return s


@works(X.copy(), 4)
@works(X.copy(), 0)
def list_tuples(x, n):
    l = [(x[0], 1)]
    for i in range(n):
        a, k = l[-1]
        l.append((a * x[i], k + 1))
    return sum(a * k for a, k in l)


@works(X.copy(), 4)
@works(X.copy(), 0)
def stack(x, n):
    st = [x[0]]
    out = 0.0
    while st:
        v = st.pop()
        out += v * v
        if len(st) < 3 and n > 0:
            n -= 1
            st.append(v * x[1])
            st.append(v + x[2])
    return out


@works(X.copy(), 4)
@works(X.copy(), 0)
def stack_break(x, n):
    st = [x[0]]
    while True:
        v = st[-1]
        if len(st) > n:
            break
        st.append(v * x[len(st) % 5] + 0.1)
        if v > 9:
            return v
    while len(st) > 1:
        st[-2] *= st.pop()
    return st[0]


@works(X.copy(), 4)
@works(X.copy(), 9)
def return_value_before_finally_writes(x, n):
    def h():
        try:
            return x[0] * x[1]
        finally:
            x[0] = x[2] ** 2
            x[1] = 0.0

    return h() * x.sum()


@works(X.copy(), 4)
@works(X.copy(), 9)
def return_view_before_finally_writes(x, n):
    def h():
        try:
            return x[1:]
        finally:
            x[1] = x[2] ** 2

    return h().sum() * x[1]


@works(X.copy(), 4)
@works(X.copy(), 2)
@works(X.copy(), 0)
def loop_else_write(x, n):
    for i in range(n):
        x[i] = x[i] * x[i + 1]
        if x[i] < -0.9:
            break
    else:
        x[0] = x[1] * x[2]
        return x.sum()
    x *= x[0]
    return np.sum(x * x)


@works(X.copy(), 4)
@works(X.copy(), 2)
@works(X.copy(), 0)
def nested_break_outer_flag(x, n):
    done = False
    for i in range(n):
        for j in range(n):
            x[j] = x[j] * x[i] + 0.3
            if x[j] > 1.6:
                done = True
                break
            if j > i:
                break
        else:
            x[i] = x[i] * 2
            continue
        if done:
            break
        x += 0.1 * x[i]
    return np.sum(x * x)


@works(np.array([[1.1, 0.3], [0.2, 0.9]]), 3)
@works(np.array([[1.1, 0.3], [0.2, 0.9]]), 0)
def solve_in_loop(a, n):
    b = a[0].copy()
    for i in range(n):
        b = np.linalg.solve(a, b)
        a[0, 0] += b[1]
        a.T[1] *= 1.1
        if b[0] > 2:
            break
    return b.sum()


@works(np.array([[1.1, 0.3], [0.2, 0.9]]), 3)
@works(np.array([[1.1, 0.3], [0.2, 0.9]]), 0)
def gauss_elim(a, n):
    a = a.copy()
    b = np.array([1.0, 2.0])
    for k in range(2):
        p = k + np.argmax(np.abs(a[k:, k]))
        if p != k:
            a[[k, p]] = a[[p, k]]
            b[k], b[p] = b[p], b[k]
        for i in range(k + 1, 2):
            f = a[i, k] / a[k, k]
            a[i, k:] -= f * a[k, k:]
            b[i] -= f * b[k]
    x = np.zeros(2)
    for i in range(1, -1, -1):
        x[i] = (b[i] - a[i, i + 1 :] @ x[i + 1 :]) / a[i, i]
    return x[0] * x[1]


@works(np.array([[0.1, 1.0], [2.0, 0.3]]))
def lu_swap(a):
    n = len(a)
    sign = 1.0
    for k in range(n):
        p = k
        for i in range(k + 1, n):
            if abs(a[i, k]) > abs(a[p, k]):
                p = i
        if p != k:
            t = a[k].copy()
            a[k] = a[p]
            a[p] = t
            sign = -sign
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            for j in range(k + 1, n):
                a[i, j] -= a[i, k] * a[k, j]
    d = sign
    for k in range(n):
        d *= a[k, k]
    return d


@works(np.array([[0.1, 1.0], [2.0, 0.3]]))
def swap_rows_view(a):
    a[0], a[1] = a[1], a[0]
    return np.sum(a**2 * np.array([[1.0, 2.0], [3.0, 4.0]]))


@works(X.copy(), 2)
@works(X.copy(), 0)
def swap_elems(x, n):
    for i in range(n):
        x[i], x[i + 1] = x[i + 1] * 2, x[i] * x[i + 1]
    return np.sum(x * np.arange(5))


@works(X.copy(), 2)
@works(X.copy(), 0)
def reverse_view_write(x, n):
    x[::-1][:2] *= x[0]
    x[1:] = x[:-1]
    x[:] = x[::-1]
    for i in range(n):
        x[i:][::2] *= x[i]
    return np.sum(x * x * np.arange(5))


@works(X.copy(), 2)
@works(X.copy(), 0)
def overlap_shift(x, n):
    for i in range(n):
        x[1:] += x[:-1]
        x[:-1] -= x[1:] * x[0]
    return np.sum(x * x * np.arange(5))


@works(X.copy(), 2)
@works(X.copy(), 0)
def ravel_write(x, n):
    a = np.outer(x, x)
    r = a.ravel()
    d = np.diag(a)
    for i in range(n):
        r[i] = d[i] * 2
        r[::6] *= x[i]
    return a.sum() + d.sum() + r[3]


@works(X.copy(), 2)
@works(X.copy(), 0)
def reshape_minus1(x, n):
    a = np.outer(x, x)
    for i in range(n):
        a.reshape(-1)[i::3] *= a[i, i]
        np.flip(a)[0] = a[0]
        a[:, ::-1].T[1] += a[1]
    return np.sum(a * a)


@works(X.copy(), 2)
@works(X.copy(), 0)
def bound_only_some(x, n):
    for i in range(n):
        if x[i] > 0:
            y = x * x[i]
        else:
            y[0] = x[i] ** 2
        s = y.sum()
    return s


@works(X.copy(), 2)
@works(X.copy(), 0)
@works(X.copy(), 5)
def array_first_bound_loop(x, n):
    for i in range(n):
        if i == 0:
            a = np.zeros(3)
        a[i % 3] += x[i] ** 2
        b = a * x[i]
        if b[0] > 3:
            break
    return np.sum(a * b)


@works(X.copy(), 2)
@works(X.copy(), 0)
@works(X.copy(), 5)
def bound_in_try(x, n):
    try:
        y = x[n] ** 2
        z = y * x[0]
    except IndexError:
        z = x[1]
    return z * 2


@works(X.copy(), 2)
@works(X.copy(), 0)
@works(X.copy(), 5)
def except_unbound(x, n):
    try:
        y = x[n] ** 2
    except IndexError:
        pass
    return y


@works(X.copy(), 2)
@works(X.copy(), 0)
@works(X.copy(), 5)
def ternary_effects(x, n):
    log = []

    def a(v):
        print("a", round(float(v), 3))
        return v * 2

    s = 0.0
    for i in range(n):
        s += a(x[i]) if x[i] > 0 else (a(s) and a(x[0])) or a(0.5)
    return s * x[0]


@works(X.copy())
def match_arrays(x):
    s = 0.0
    for i, v in enumerate(x):
        match i:
            case 0:
                s += v
            case 1 | 2 if v > 0:
                s *= v
                x[i] = s
            case 3:
                continue
            case _:
                s -= v**2
                if s < -1:
                    break
    return s * x.sum()


@works(X.copy(), 3)
@works(X.copy(), 9)
def with_errstate_return(x, n):
    for i in range(n):
        with np.errstate(divide="raise"):
            if i == 2:
                return x[i] / x[0]
            x[i] = x[i] * x[i + 1]
    return x.sum()


@works(0.7, 3)
@works(0.7, 0)
def names_clash(v0, v1):
    v2 = v0 * v0
    y_bar = v2 * v0
    v3_tape = y_bar * v2
    x_bar = v3_tape
    for v_m1 in range(v1):
        v10 = x_bar * v0
        v11 = v10
        v10_saved = v11 * v10
        x_bar = v10_saved + v0
    return x_bar


@works(0.7, X.copy(), 3)
def names_clash_args(y_bar, x_bar, x_tape):
    np_ = y_bar
    for i in range(x_tape):
        x_bar[i] *= y_bar
        y_bar = x_bar[i] * np_
        tape = y_bar
        x_saved = x_bar[0] * tape
        _ = x_saved
        y_bar = y_bar + _
    return y_bar * x_bar.sum()


@works(0.7, X.copy())
def shadows(x, list):
    len = 2.0
    range = x * len
    sum = range * list[0]
    abs = sum
    max = abs + 1
    float = max * x
    print = float
    for zip in list:
        print = print * zip + x
    return print


@works(0.7, 3)
@works(0.7, 0)
def unicode(α, ñ):
    β = α * α
    for _ in range(ñ):
        β = β * α + _
    return β


@works(0.7, 3)
@works(0.7, 0)
def nonlocal_count(x, n):
    c = x
    k = 0

    def bump(y):
        nonlocal c, k
        c = c * y
        k += 1
        return c + k

    s = 0.0
    for i in range(n):
        s += bump(x + i) * c
        if k > 1:
            break
    return s * c + k


@works(0.7, 3)
@works(0.7, 0)
def closure_late(x, n):
    fs = [lambda y: y * s, lambda y: y + s]
    s = x
    t = 0.0
    for i in range(n):
        s = s * x + 0.2
        t += fs[0](t) + fs[1](s)
    return t + s


@works(0.7)
def closure_capture_loopvar(x):
    fs = [lambda y: y * i + x for i in range(3)]
    return sum(f(x) for f in fs)


@works(0.7)
def kwargs_fun(x):
    def h(*a, k=2.0, **kw):
        return sum(a) * k + kw.get("z", x) + len(kw)

    return h(x, x * x, k=x) + h(z=x, w=1) + h(*[x, 2.0], **{"z": x})


@works(0.7, 3)
@works(0.7, 0)
def mutable_default(x, n):
    def h(y, l=[]):
        l.append(y)
        return sum(l)

    s = 0.0
    for i in range(n):
        s = s * x + h(x * i)
    return s


@works(3.0, 0.5)
def pow_(x, y):
    return x**y + (-x) ** 2 + (-x) ** 3.0 + x**-1 + 2**x + 0**y


@works(-0.6, 3)
@works(0.6, 0)
def pow_int_base(x, n):
    return x**n + (x * x) ** n + n**2 * x


@works(0.7, 3)
@works(0.7, 0)
@works(0.7, 5)
def early_exit_in_nested_fn_loop(x, n):
    def find(t):
        for i in range(n):
            for j in range(i + 1):
                y = x**i + j * x
                if y > t:
                    return y, i
        return x, -1

    s = 0.0
    for t in (0.5, 1.2, 5.0):
        y, i = find(t)
        s += y * i
        if i < 0:
            return s * x
    return s


@works(X.copy(), 3)
@works(X.copy(), 0)
@works(X.copy(), 5)
def helper_mutates_and_returns_early(x, n):
    def clip(a, k):
        if a[k] > 1:
            a[k] = 1 + 0.1 * a[k]
            return True
        a[k] *= 1.5
        return False

    c = 0
    for i in range(n):
        if clip(x, i):
            c += 1
            continue
        if c and x[i] > 1.2:
            return x[i] * c
        x[0] += x[i] * c
    return x.sum() * (c + 1)


@works(X.copy(), 3)
@works(X.copy(), 0)
@works(X.copy(), 5)
def while_pop_array(x, n):
    l = list(range(n))
    while l and x[l[-1]] < 1.0:
        i = l.pop()
        x[i] = x[i] ** 2 + x[0]
        if i == 1:
            l.insert(0, 4)
        if i == 4 and len(l) > 2:
            break
    return np.sum(x**2) + len(l) * x[0]


@works(X.copy())
def chained_cmp_walrus(x):
    s = 0.0
    for v in x:
        if -1 < (w := v * 2) < 1 and (u := w * v) > 0.1:
            s += u * w
        elif w > 1 or (u := 3 * v) < 0:
            s -= w * w
        else:
            s += u
    return s


@works(X.copy(), 3)
@works(X.copy(), 1)
def aug_targets(x, n):
    i = 0

    def k():
        nonlocal i
        i += 1
        return i

    x[k()] *= x[k()]
    x[k() - 1] += x[0] * i
    return np.sum(x * x)


@works(X.copy(), 3)
@works(X.copy(), 1)
def multi_target(x, n):
    a = b = x[:2]
    a *= 2
    c = d = x * x
    d[0] = b[1]
    i, x[i] = 2, c[0]
    return np.sum(x * x) + c.sum()


@works(X.copy(), 3)
@works(X.copy(), 0)
def index_changes_then_write(x, n):
    i = n
    for k in range(3):
        x[i] = x[k] * x[i]
        i = (i + 2) % 5
        x[i] += x[i - 1] ** 2
    return np.sum(x * x)


@works(X.copy(), np.array([0, 2, 4, 0]))
def fancy_dup(x, i):
    y = x[i] * x[i[::-1]]
    x[i] += y
    x[i] = y * 2
    i[0] = 3
    x[i] *= x[1]
    return np.sum(x * x)


@works(X.copy(), 3)
@works(X.copy(), 0)
def bool_fancy_loop(x, n):
    for k in range(n):
        x[x > 0.5] *= 0.7
        x[x < -0.5] = x[0]
        x[np.abs(x) < 0.1] += x[1] * 0.5
    return np.sum(x * x * np.arange(5))


@works(X.copy(), 3)
def where_write(x, n):
    j = np.where(x > 0)[0]
    (k,) = np.nonzero(x < 0)
    x[j] = x[j[::-1]] * 2
    x[k[0] : k[-1]] *= x[j[0]]
    return np.sum(x * x)


@works(X.copy(), 3)
@works(X.copy(), 0)
def slices_move(x, n):
    lo, hi = 0, 5
    while hi - lo > 1:
        m = (lo + hi) // 2
        x[lo:m] *= x[m]
        if x[lo] > 0.2:
            hi = m
        else:
            lo = m
        x[lo:hi] += x[lo] ** 2
    return np.sum(x * x) * x[lo]


@works(X.copy(), 0.3)
@works(X.copy(), 2.0)
def newton_while_true(x, t):
    y = t
    k = 0
    while True:
        k += 1
        f = np.sum(np.exp(-x * y)) - 3 * y
        d = -np.sum(x * np.exp(-x * y)) - 3
        s = f / d
        y = y - s
        if abs(s) < 1e-13:
            return y
        if k > 50:
            raise RuntimeError("no convergence")


@works(X.copy(), 0.3)
@works(X.copy(), 2.0)
def tuple_swap_loop(x, t):
    a, b = x[0], t
    for i, v in enumerate(x):
        a, b = b * v, a + v * b
        if b > a > 0:
            a, b = b, a
        x[i], t = a, v
    return a * b * t + x.sum()


@works(X.copy(), 3)
@works(X.copy(), 0)
def view_of_tmp_written(x, n):
    for i in range(n):
        y = np.sin(x)
        v = y[1:4]
        z = v * y[:3]
        v *= 2
        w = np.exp(v)
        y[2] = w[0] * z[1]
        x = y * w.sum() * 0.1
    return x.sum()


@works(X.copy(), 3)
@works(X.copy(), 0)
def result_of_exp_overwritten(x, n):
    for i in range(n):
        e = np.exp(x)
        t = np.tanh(e)
        e *= t
        t[0] = e[1]
        s = np.sqrt(e**2 + 1)
        s[i] = t[i] * s[0]
        e = s
        s = t
        x = 0.3 * e * s
    return x.sum()


@works(X.copy(), 3)
@works(X.copy(), 0)
def result_overwritten_out(x, n):
    b = np.zeros(5)
    for i in range(n):
        np.exp(x, out=b)
        np.tanh(b, out=b)
        np.divide(b, x, out=x)
        np.sqrt(np.abs(x), x)
        np.power(b, 2, out=b[:])
        x += b
    return x.sum() + b.sum()


@works(np.array([[1.1, 0.3, 0.2], [0.2, 0.9, -0.4], [0.5, 0.6, 0.7]]), 3)
@works(np.array([[1.1, 0.3, 0.2], [0.2, 0.9, -0.4], [0.5, 0.6, 0.7]]), 0)
def matmul_out(a, n):
    b = np.zeros((3, 3))
    for i in range(n):
        np.matmul(a, a.T, out=b)
        a[:] = b * 0.3
        a.T[0] += b[1]
        np.dot(a, b, out=b) if False else None
        if a[0, 0] > 1:
            break
    return a.sum() + np.sum(b * b)


@works(np.array([[1.1, 0.3, 0.2], [0.2, 0.9, -0.4], [0.5, 0.6, 0.7]]))
def reductions_out(a):
    r = np.zeros(3)
    np.sum(a, axis=0, out=r)
    np.cumsum(r * r, out=r)
    np.maximum(a, r, out=a)
    a.sum(axis=1, out=r)
    return np.sum(r * r) + a.sum()


@works(X.copy(), 3)
@works(X.copy(), 0)
def clip_out(x, n):
    for i in range(n):
        np.clip(x, -0.5, 1.0, out=x)
        x *= 1.3
        np.copyto(x, x[::-1])
        x[i : i + 1].fill(x[4] * x[0])
    return np.sum(x * x)


@works(X.copy(), 3)
@works(X.copy(), 0)
def partition_argsort(x, n):
    i = np.argsort(x)
    x[i] = x * np.arange(5)
    x[:] = np.sort(x)[::-1]
    j = x.argmax()
    x[j] *= x[j - 1]
    return np.sum(x * x * W)


@works(X.copy(), 3)
@works(X.copy(), 0)
def swapaxes_etc(x, n):
    a = np.outer(x, x[:2]).reshape(5, 2, 1)
    np.swapaxes(a, 0, 1)[0] *= 2
    np.moveaxis(a, -1, 0)[0, 1] = x[:2]
    a.transpose(2, 0, 1)[0, 2:] += x[1]
    np.squeeze(a)[3] *= a[0, 0, 0]
    a[..., None][4] *= a[1]
    np.expand_dims(a, 0)[0, 0] = x[2]
    np.rot90(a[:, :, 0])[0, 0] *= x[0]
    np.broadcast_to(x, (2, 5))
    return np.sum(a * a)


@works(X.copy(), 3)
@works(X.copy(), 0)
def rebound_arg_and_written(x, n):
    orig = x
    x = x * 2
    x[0] = orig[1]
    for i in range(n):
        orig[i] = x[i] * orig[0]
        x = orig[:] * 1.0
        x[i] = 0.5
    return np.sum(x * W) + np.sum(orig**2)


@works(X.copy(), X * 2, 3)
@works(X.copy(), X * 2, 0)
def two_args_swapped(x, y, n):
    for i in range(n):
        x[i] *= y[0]
        x, y = y, x
        x[0] += y[i]
    return np.sum(x * W) - np.sum(y * y)


@works(
    (
        X.copy(),
        0.5,
    ),
    3,
)
@works(
    (
        X.copy(),
        0.5,
    ),
    0,
)
def tuple_arg_arrays(p, n):
    a, t = p
    for i in range(n):
        a[i] *= t
        t = t * a[i] + 1
        p[0][4] = t
    return p[0].sum() * t


@works(X.copy(), 3)
@works(X.copy(), 0)
def printing_views(x, n):
    v = x[1:]
    for i in range(n):
        v *= 1.5
        print("i", i, v.shape, len(v), v.dtype, np.round(x, 2)[0])
        if v[0] < -2:
            print("stop")
            break
    return v.sum()


@works(X.copy(), 3)
@works(X.copy(), 0)
def raise_custom(x, n):
    for i in range(n):
        x[i] *= 2
        if i == 2:
            raise ValueError(f"bad {i} {x[i]:.3f}")
    return x.sum()


@works(X.copy(), 3)
@works(X.copy(), 0)
def zero_division(x, n):
    s = 1.0
    for i in range(n):
        x[i] = s
        s = s / (2 - i)
    return s * x.sum()


@works(0.7, 3)
@works(0.7, 0)
def zero_division_caught(x, n):
    s = x
    for i in range(n):
        try:
            t = x / (1 - i)
        except ZeroDivisionError:
            t = x * x
        s += t * s
    return s


@works(X.copy(), 3)
@works(X.copy(), 0)
def math_domain_caught(x, n):
    s = 0.0
    for i in range(n):
        try:
            s = s + math.sqrt(x[i])
        except ValueError as e:
            print(e)
            s = s * x[i]
    return s


@works(X.copy(), 3)
@works(X.copy(), 0)
def assert_msgs(x, n):
    for i in range(n):
        assert x[i] > -0.5, ("neg", i)
        x[i] *= 2
    return x.sum()


@works(X.copy(), 3)
@works(X.copy(), 0)
def reraise(x, n):
    s = x[0]
    try:
        if n:
            raise KeyError("k")
        s = s * 2
    except KeyError as e:
        raise ValueError("from") from e
    return s


@works(0.7)
def lam_comp_outer(x):
    i = 10.0
    fs = [lambda y: y * i + x for i in range(3)]
    return sum(f(x) for f in fs) * i


@works(0.7)
def lam_comp_global(x):
    fs = [lambda y: y * i + x for i in range(3)]
    return sum(f(x) for f in fs) * i


@works(0.7)
def lam_comp_called(x):
    i = 10.0
    return sum([(lambda y: y * i + x)(x) for i in range(3)]) * i


@works(0.7)
def lam_comp_tuple(x):
    i = 10.0
    fs = tuple(lambda y: y * i + x for i in (1.0, 2.0))
    return fs[0](x) + fs[1](x) * i


@works(0.7)
def lam_comp_x(x):
    t = 3.0
    ys = [(lambda: t * x)() for t in (x, x * x)]
    zs = [g() for g in [lambda: t * 2 for t in (x, 5.0)]]
    return sum(ys) + sum(zs) + t


@works(0.7)
def comp_scope(x):
    v = x
    l = [v * w for v in (1.0, 2.0) for w in (v, x)]
    d = {v: v * x for v in (1, 2)}
    return v * sum(l) + d[2]


@works(0.7)
def walrus_comp(x):
    l = [(q := v * x) for v in (1.0, 2.0, 3.0)]
    return q * sum(l)


@works(0.7, 3)
@works(0.7, 0)
def late_closure_loop(x, n):
    s = x

    def h(y):
        return y * s + k

    k = 2.0
    for k in range(n):
        s = h(s)
    return h(x)


@refused(0.7, 3)
def redefined_fn(x, n):
    def h(y):
        return y * 2

    for k in range(n):
        x = h(x)
        if k == 1:

            def h(y):
                return y * y + x

    return h(x)


@works(0.7, 3)
@works(0.7, 0)
def fn_in_dict(x, n):
    t = {"s": np.sin, "p": lambda v: v * x}
    s = 0.0
    for k in ("s", "p"):
        s += t[k](x) * n
    return s + x


@works(X.copy(), 3)
@works(X.copy(), 0)
def idx_from_values(x, n):
    s = 0.0
    for k in range(n):
        j = int(abs(x[k]) * 3) % 5
        s += x[j] ** 2
        x[j] = s
        j = (j + 1) % 5
        x[j] *= s
        if j == 4:
            continue
        j = 0
    return s + x[j if n else 0]


@works(X.copy(), np.array([3, 1, 2, 0, 4]))
def perm_cycle(x, p):
    s = 1.0
    k = 0
    seen = 0
    while True:
        k = p[k]
        seen += 1
        x[k] *= s
        s = x[k] + s
        p[k], p[0] = p[0], p[k]
        if seen > 6:
            return s * x.sum()


@works(X.copy(), 3)
@works(X.copy(), 0)
def slice_bounds_changed(x, n):
    a, b = 0, 2
    for k in range(n):
        x[a:b] *= x[4]
        a += 1
        b += 1
        x[a:b:1] += x[0]
    a = b = 0
    return np.sum(x * W)


@works(X.copy(), 3)
@works(X.copy(), 0)
def slice_obj(x, n):
    s = slice(0, 2)
    for k in range(n):
        x[s] *= x[4]
        s = slice(k, k + 3)
    return np.sum(x * W)


@works(X.copy(), 3)
@works(X.copy(), 0)
def tuple_index(x, n):
    a = np.outer(x, x)
    ij = (0, 1)
    for k in range(n):
        a[ij] *= a[ij[::-1]] + 1
        ij = (ij[1], k)
    return a.sum()


@works(X.copy(), 3)
@works(X.copy(), 0)
def idx_array_mutated(x, n):
    p = np.array([0, 1, 2])
    y = x[p]
    p[0] = 4
    x[p] *= 2
    for k in range(n):
        p[k] = (p[k] + k) % 5
        x[p] += y
        p += 1
        p %= 5
    return np.sum(x * W)


@works(X.copy(), 3)
@works(X.copy(), 0)
def mask_mut(x, n):
    m = x > 0
    x[m] *= 2
    m[:] = ~m
    x[m] = x[0]
    m |= x > 1
    return np.sum(x[m] ** 2 * W[m])


@works(X.copy(), 3)
@works(X.copy(), 0)
def idx_list_mut(x, n):
    l = [0, 1]
    s = x[l].sum()
    for k in range(n):
        l[0] = k
        x[l] = x[l] * s
        l.append(4)
    return np.sum(x * W)


@works(X.copy(), np.array([2.0, 3.0]))
def passive_factor_written(x, w):
    c = np.array([1.0, 2.0, 3.0])
    s = 0.0
    for k in range(3):
        s += np.sum(c * x[:3])
        c *= 2
        c[k] = 0.0
        s = s * c[1] + x[k]
    return s


@works(X.copy(), 3)
@works(X.copy(), 0)
def passive_counter_used(x, n):
    s = x[0]
    c = 1
    for k in range(n):
        s = s * c + x[k]
        c += k
        s = s**c if c < 3 else s / c
        c -= 1
    return s * c


@works(X.copy(), 3)
@works(X.copy(), 0)
def strided_write_overlap(x, n):
    for k in range(n):
        x[::2] = x[0] * W[::2]
        x[1::2] += x[:4:2]
        x[k:] = np.cumsum(x[k:])
    return np.sum(x * x)


@works(X.copy(), 3)
@works(X.copy(), 0)
def dot_self_written(x, n):
    for k in range(n):
        x[k] = x @ x
        x /= np.linalg.norm(x)
        x[k] = x.dot(W)
    return np.sum(x * x)


@works(X.copy(), 3)
@works(X.copy(), 0)
def einsum_written(x, n):
    a = np.outer(x, W)
    for k in range(n):
        a[k] = np.einsum("ij,j->i", a, x)
        a /= 1 + np.max(np.abs(a))
        x = a[:, k] * x
    return np.sum(x * x)


@refused(0.7, 0.0)
def try_last_walrus(x, z):
    y = x * x
    try:
        r = (y := y * 3) / z
    except ZeroDivisionError:
        r = y * 2
    return r * y


@refused(0.7, 0.0)
def try_last_walrus_aug(x, z):
    y = x * x
    r = 1.0
    try:
        r += (y := y * 3) / z + (r := 2.0)
    except ZeroDivisionError:
        r = y * 2 * r
    return r * y


@refused(0.7, 3, [1.0, 2.0])
def try_last_list_item(x, n, l):
    a = x
    m = [x, 2 * x]
    try:
        a, m[n] = a * 2, x
    except IndexError:
        a = a * 3
    return a * m[0] + m[1]


@refused(X.copy(), 1)
def try_unpack_array(x, n):
    a = x[0]
    try:
        a, (b, c) = 2.0, x[:n]
    except ValueError:
        b = a
    return a * b


@works(0.7, 6)
@works(0.7, 0)
@works(0.7, 3)
def tape_try_inner_loop(x, n):
    s = x
    for i in range(n):
        try:
            t = s
            for j in range(4):
                t = 0.5 * math.sin(t) + 0.3 * x * t
                if i % 2 == 1 and j == 2:
                    raise ValueError
            u = t * t
        except ValueError:
            u = s * x * 0.3
        s = math.sin(u * 0.5 + x * s)
    return s


@works(X.copy(), 6)
@works(X.copy(), 0)
@works(X.copy(), 3)
def tape_try_inner_loop_index(x, n):
    s = x[0]
    for i in range(n):
        try:
            t = s
            for j in range(n):
                t = t * math.sin(t) + x[i + j] * t
            u = t * t
        except IndexError:
            u = s * x[0] * s
        s = u * 0.5 + x[1] * s
    return s


@works(X.copy(), 6)
@works(X.copy(), 0)
@works(X.copy(), 3)
def tape_try_branch_inner(x, n):
    s = x[0]
    for i in range(n):
        try:
            if s > 0.2:
                t = math.exp(s)
                t = t * t
                w = x[i + 2] * t
            else:
                w = math.sqrt(s) * x[1]
            u = w * w
        except (IndexError, ValueError):
            u = s * x[0] * s
        s = math.sin(u * 0.5 + x[1] * s)
    return s


@works(0.7, 6)
@works(0.7, 0)
@works(0.7, 3)
def tape_rec_try(x, n):
    def r(k, y):
        if k <= 0:
            return y * y
        z = math.sin(y) * y
        try:
            w = r(k - 1, z) * z
            if k % 3 == 2:
                raise ValueError
            v = w * r(k - 2, w)
        except ValueError:
            v = z * y + r(k - 3, z)
        return v * y

    return r(n, x)


@works(0.7, 6)
@works(0.7, 0)
@works(0.7, 3)
def tape_rec_raise_deep(x, n):
    def r(k, y):
        if k == 0:
            if y > 0.3:
                raise ValueError("deep")
            return y
        z = math.sin(y) * 0.7
        for j in range(k):
            z = z * math.cos(z) + 0.1 * j * x
        return r(k - 1, z) * z

    s = x
    for i in range(n):
        try:
            t = r(i, s) * s
        except ValueError as e:
            t = s * s * 0.5 + x * 0.1
        s = math.sin(t) + 0.5 * s * t
    return s


@works(0.7, 6)
@works(0.7, 0)
@works(0.7, 3)
def tape_finally_loop(x, n):
    def h(y, k):
        try:
            for i in range(k):
                y = y * math.sin(y) + x
                if i == 3:
                    raise ValueError("z")
        finally:
            print("fin", k)
        return y

    s = x
    for i in range(n):
        try:
            u = h(s, i)
        except ValueError:
            u = s * s
        s = u * s + 0.1
    return s


@works(0.7, 6)
@works(0.7, 0)
@works(0.7, 3)
def tape_while_try_continue_break(x, n):
    s = x
    i = 0
    while True:
        i += 1
        try:
            if i > n:
                break
            if i % 3 == 0:
                continue
            u = math.sqrt(0.9 - s)
        except ValueError:
            u = s * 0.5
        s = s * u + x * s
        if s > 5:
            return s * s
    return s * i


@refused(X.copy(), 3)
def gen_late(x, n):
    t = x[0]
    g = (v * t for v in x[:3])
    t = x[1] * 2
    s = sum(g)
    return s * t


@refused(X.copy(), 3)
def gen_consumed_twice(x, n):
    g = (v * v for v in x)
    return sum(g) + sum(g) + x[0]


@refused(X.copy(), 3)
def enumerate_partial(x, n):
    e = enumerate(x)
    s = 0.0
    for i, v in e:
        if i == 1:
            break
    for i, v in e:
        s += i * v
    return s


@works(X.copy(), 3)
@works(X.copy(), 0)
def sorted_key(x, n):
    l = sorted(x, key=lambda v: -v)
    m = max(x, key=abs)
    k = min(range(3), key=lambda i: x[i])
    return l[0] * l[1] + m + x[k] ** 2


@works(X.copy(), 3)
@works(X.copy(), 0)
def list_slices(x, n):
    l = [v for v in x]
    a = l[1:n]
    b = l[::-1]
    c = l[:]
    c.append(x[0])
    l.pop()
    a.extend(b)
    return sum(a) * sum(c) + sum(l) ** 2


@works(X.copy(), 3)
@works(X.copy(), 0)
def list_aug_alias(x, n):
    l = [x[0]]
    m = l
    for i in range(n):
        l += [x[i] * l[-1]]
    l = l + [1.0]
    l.append(2.0)
    return sum(m) * len(m) + sum(l)


@works(X.copy(), 3)
@works(X.copy(), 0)
def list_of_lists_alias(x, n):
    r = [x[0]]
    l = [r, r]
    l[0].append(x[1])
    for i in range(n):
        l[1].append(x[i] * r[0])
    return sum(r) * len(l[0])


@works(X.copy(), 3)
@works(X.copy(), 0)
def list_mult_rows(x, n):
    l = [[0.0] * 2] * 2
    l[0][0] = x[0]
    return l[1][0] * x[1]


@works(X.copy(), 3)
@works(X.copy(), 0)
def list_item_tape(x, n):
    l = [v for v in x]
    s = 0.0
    for i in range(n):
        s += l[i] * l[i + 1]
        l[i] = s * l[i]
        l[i + 1] *= l[i]
        l[-1] = l[0]
        s = s * l.pop()
        l.append(s)
        if s > 10:
            break
    return s + sum(l)


@refused(0.7, 0.0)
def last_reverse(x, z):
    l = [x, 2 * x]
    try:
        l = (l.reverse(), 1 / z, l)[2]
    except ZeroDivisionError:
        pass
    return l[0] ** 2


@refused(X.copy())
def hides(x):
    t = 3.0
    g = lambda y: y * t
    return sum([g(t) for t in (1.0, 2.0)]) * x[0]


@works(X.copy())
def hides_ok(x):
    t = 3.0

    def h(y):
        return sum([y * i for i in range(3)]) * t

    return sum([h(v) * h(i) for i, v in enumerate(x)])


@refused(X.copy())
def hides_gen(x):
    t = 3.0

    def h(y):
        return y * t

    return sum(h(t) for t in x)


@works(X.copy())
def zip_named_once(x):
    z = zip(x, W)
    s = 0.0
    for a, b in z:
        s += a * b * s + a
    return s


@refused(X.copy())
def zip_named_twice(x):
    z = zip(x, W)
    s = 0.0
    for a, b in z:
        s += a * b * s + a
    for a, b in z:
        s += 1
    return s


@refused(X.copy())
def zip_in_loop(x):
    z = zip(x, W)
    s = 0.0
    for k in range(2):
        for a, b in z:
            s += a * b * s + a
    return s


@works(X.copy())
def zip_in_loop2(x):
    s = 0.0
    for k in range(2):
        z = zip(x, W)
        for a, b in z:
            s += a * b * s + a
    return s


@refused(0.7)
def zip_known(x):
    z = zip((1.0, 2.0), (x, x * x))
    s = 0.0
    for a, b in z:
        s += a * b
        if s > 1:
            break
    for a, b in z:
        s += a
    return s


@refused(0.7)
def zip_arg(x):
    def h(z):
        return sum([a * b for a, b in z]) + sum([a for a, b in z])

    return h(zip((1.0, 2.0), (x, x * x)))


@refused(0.7)
def zip_in_tuple(x):
    t = (zip((1.0, 2.0), (x, x * x)), 1.0)
    return sum(a * b for a, b in t[0]) + sum(a for a, b in t[0])


@works(0.7, 3)
def zip_list_changed(x, n):
    l = [x, x * x]
    z = zip(l, (1.0, 2.0))
    l[0] = 5 * x
    return sum(a * b for a, b in z)


@works(0.7, 3)
def zip_list_appended(x, n):
    l = [x, x * x]
    m = [1.0, 2.0]
    z = enumerate(l)
    l.append(5 * x)
    return sum(a * b for a, b in z)


@works(0.7, 3)
def zip_array_rebound(x, n):
    a = x * W
    z = zip(a, W)
    a[0] = x**2
    a = a * 2
    return sum(p * q for p, q in z)


@works(0.7, 3)
@works(0.7, 0)
def fn_in_loop(x, n):
    for k in range(n):

        def h(y):
            return y * x + k

        x = h(x) * 0.5
    return x


@refused(0.7, 3)
def fn_in_loop_if(x, n):
    def h(y):
        return y * x

    for k in range(n):
        if k == 1:

            def h(y):
                return y * 3

        x = h(x)
    return x


@works(0.7, 3)
@works(0.7, 0)
def imports(x, n):
    for k in range(n):
        import math as m
        from numpy import sin as sn

        x = m.cos(x) * sn(x)
    return x


@refused(0.7)
def walrus_gen(x):
    a = sum((g := (v * x for v in (1.0, 2.0))))
    return a + sum(g)


@works(0.7, 6)
@works(0.7, 0)
@works(0.7, 3)
def rec_try_returns(x, n):
    def r(k, y):
        try:
            if k > 2:
                return r(k - 1, y * x) * y
            if k == 1:
                raise ValueError
            return y * y
        except ValueError:
            return r(k - 1, math.sin(y))
        finally:
            print(k)

    return r(n, x)


@works(X.copy(), 3)
@works(X.copy(), 0)
def st_cond_view(x, n):
    if n:
        v = x[:3]
    else:
        v = x[2:]
    v[0] = v[1] * v[2]
    return np.sum(v * v)


@works(X.copy(), 3)
@works(X.copy(), 0)
def st_cond_view_dead(x, n):
    if n:
        v = x[:3]
    else:
        v = x[2:]
    v *= 2
    x = v * v
    return np.sum(x)


@works(X.copy(), 3)
@works(X.copy(), 0)
def st_cond_copy(x, n):
    y = x * x
    z = y if n else y.copy()
    z[0] = 5 * x[0]
    return np.sum(z * z)


@works(X.copy(), 3)
@works(X.copy(), 0)
def st_two_writes(x, n):
    y = x * x
    z = y if n else y * 1
    s = y.sum()
    z[0] = 5 * x[0]
    z *= s
    t = z.sum()
    y = z
    y[1] *= t
    return np.sum(y)


@refused(X.copy(), 3)
def st_write_both(x, n):
    y = x * x
    z = y if n else y * 1
    z[0] = 5 * x[0]
    y[0] = 2.0
    return np.sum(z)


@works(X.copy(), 3)
@works(X.copy(), 0)
def st_arg_written_by_alias(x, n):
    v = x if n else x * 2
    v[0] = 3.0
    return v.sum() * 2


@works(X.copy(), 3)
@works(X.copy(), 0)
def st_returned_before(x, n):
    y = np.exp(x)
    z = y if n else y * 1
    s = np.sum(y * y)
    z[0] = s
    return np.sum(z * x)


@works(X.copy(), 3)
@works(X.copy(), 0)
def st_reverse_needs_old(x, n):
    y = np.exp(x)
    s = np.sin(y)
    z = y if n else x * 1
    z[1] = s[0]
    z *= s
    return np.sum(z) + s[1]


@works(X.copy(), 3)
@works(X.copy(), 0)
def st_ternary_sub(x, n):
    y = np.exp(x)
    a = y[:2] if n else y[3:]
    b = np.tanh(a)
    a[0] = b[1] * x[0]
    return np.sum(a * b)


@works(X.copy(), 3)
@works(X.copy(), 0)
def st_helper(x, n):
    def pick(p, q):
        if n:
            return p
        return q

    a = np.sin(x)
    b = np.cos(x)
    c = pick(a, b)
    t = c * c
    c *= 3
    return np.sum(c * t)


@works(X.copy(), 3)
@works(X.copy(), 0)
def st_helper_list(x, n):
    l = [np.sin(x), np.cos(x)]
    c = l[0] if n else l[1]
    t = c * c
    c *= 3
    return np.sum(c * t)


@works(X.copy(), 3)
@works(X.copy(), 0)
def st_closure(x, n):
    a = np.sin(x)

    def rd():
        return a.sum()

    c = a if n else a * 1
    c[0] = 2.0
    return c.sum() * x[0]


@refused(X.copy(), 3)
def st_closure_read(x, n):
    a = np.sin(x)

    def rd():
        return a.sum()

    c = a if n else a * 1
    c[0] = 2.0
    return c.sum() * rd()


@refused(X.copy(), 3)
def st_print(x, n):
    y = x * x
    z = y if n else y * 1
    z[0] = 9.0
    print(y[0])
    return z.sum()


@works(X.copy(), 3)
@works(X.copy(), 0)
def st_arg_after_raise(x, n):
    z = x if n else x * 1
    z[0] = 9.0
    if n == 3:
        raise ValueError("n")
    return z.sum()


@works(X.copy(), X + 1, 3)
@works(X.copy(), X + 1, 0)
def st_args_either(x, y, n):
    z = x if n else y
    z[0] *= 2
    z[1] = z[0] * z[2]
    return z.sum()


@works(X.copy(), X + 1, 3)
@works(X.copy(), X + 1, 0)
def st_args_either_if(x, y, n):
    if n:
        z = x
    else:
        z = y
    for i in range(2):
        z[i] *= 2 * z[i + 1]
        if z[i] > 1:
            break
    return np.sum(z * z)


@works(X.copy(), X + 1, 3)
@works(X.copy(), X + 1, 0)
def st_args_swap_one(x, y, n):
    if n:
        x, y = y, x
    x[0] = 3.0
    x *= x[1]
    return np.sum(x * x)


@works(X.copy(), X + 1, 3)
@works(X.copy(), X + 1, 0)
def st_sort(x, y, n):
    a = np.sin(x)
    b = a if n else a[1:]
    b.sort()
    b[0] = b[1] ** 2
    return np.sum(b * b)


@works(X.copy(), 3)
@works(X.copy(), 0)
def st_complex(x, n):
    z = x + 1j * x**2
    r = z.real
    r *= 2
    r[0] = x[1]
    return np.sum(r * r)


@works(0.7, 5)
@works(0.7, 0)
def rec_while_tape(x, n):
    def r(k, y):
        i = 0
        while i < k:
            y = math.sin(y) + 0.2 * x
            if y > 0.9:
                break
            i += 1
        if k <= 0:
            return y * y
        a = r(k - 1, y * 0.9)
        b = r(k - 2, a * y) if k % 2 else a * a
        return a * b * y

    return r(n, x)


@works(X.copy(), 4)
@works(X.copy(), 0)
def rec_called_in_loop_with_break(x, n):
    def r(k, y):
        return y if k == 0 else r(k - 1, math.sin(y)) * y

    s = 0.3
    for i in range(n):
        s = r(i, s) + x[i]
        if s > 1.2:
            break
        x[i] = s
    return s * x.sum()


@works(X.copy(), 4)
@works(X.copy(), 0)
def rec_multi_returns(x, n):
    def r(k, y):
        for v in (1.0, 2.0, 3.0):
            if y * v > 1.5:
                return y * v, k
            y = y * v * 0.8 + 0.1 * x[k]
        if k == 0:
            return y, 0
        z, j = r(k - 1, y * 0.3)
        return z * y, j + 1

    z, j = r(n, x[0])
    return z * j + z


@works(X.copy(), 0)
@works(X.copy(), 4)
def rec_divide(x, n):
    def s(lo, hi):
        if hi - lo == 1:
            return x[lo] ** 2
        m = (lo + hi) // 2
        return s(lo, m) * 0.5 + s(m, hi)

    return s(0, 5) + s(n, 5) * x[0]


@works(X.copy())
def rec_slices(x):
    def s(a):
        if len(a) <= 1:
            return a.sum()
        return s(a[1:]) * a[0] + s(a[:-1])

    return s(x)


@works(X.copy())
def rec_list_arg(x):
    def s(l):
        if not l:
            return 1.0
        return l[0] * s(l[1:]) + 1

    return s([v for v in x])


@works(X.copy())
def rec_generator(x):
    def s(k, y):
        if k == 0:
            return y
        return sum(s(k - 1, y * v) for v in x[:2]) + max(s(0, y), 0.1)

    return s(3, 0.5)


@works(X.copy())
def rec_any(x):
    def ok(k):
        return k < 0 or (x[k] < 2 and ok(k - 1))

    return x.sum() * 2 if ok(4) else x[0]


@works(X.copy(), 3)
@works(X.copy(), 0)
def rec_default_closure(x, n):
    def mk(c):
        def r(k, y=c):
            return y if k == 0 else r(k - 1, y * c) + c

        return r

    return mk(x[0])(n) * mk(x[4])(n, 2.0)


@works(X.copy(), 3)
@works(X.copy(), 0)
def rec_lambda(x, n):
    f = lambda k, y: y if k == 0 else f(k - 1, y * x[k]) * y
    return f(n, x[0])


@works(X.copy(), 3)
@works(X.copy(), 0)
def rec_three_mutual(x, n):
    def a(k, y):
        return y if k <= 0 else b(k - 1, y * x[0]) * y

    def b(k, y):
        return y * y if k <= 0 else c(k - 1, y + x[1])

    def c(k, y):
        t = a(k - 1, y)
        for i in range(k):
            t = t * 0.5 * y + b(k - 2 - i, t)
        return t

    return a(n, 0.8) + c(n, 0.5)


@works(X.copy(), 3)
@works(X.copy(), 0)
def rec_int_and_float(x, n):
    def r(k, y):
        if k == 0:
            return 1
        return y * r(k - 1, y)

    return r(n, x[0]) * x[1]


@works(X.copy(), 3)
@works(X.copy(), 0)
def rec_none(x, n):
    def r(k):
        if k == 0:
            return None
        return r(k - 1)

    return x[0] * 2 if r(n) is None else x[1]


@works(X.copy(), 3)
@works(X.copy(), 0)
def rec_unused_result(x, n):
    def r(k, y):
        print(k)
        if k > 0:
            r(k - 1, y * 2)
        return y * y

    return r(n, x[0])


@works(X.copy(), 3)
@works(X.copy(), 0)
def rec_inactive_arg(x, n):
    def r(k, c, y):
        c = c * 2
        if k == 0:
            return y * c
        if c > 10:
            return y * y * c
        return r(k - 1, c + k, y) * c

    return r(n, 1.5, x[0]) + r(n, x[1], 2.0)


@refused(X.copy(), 3)
def rec_write_arg(x, n):
    def r(k, a):
        if k == 0:
            return
        a[k] = a[k - 1] * 2
        r(k - 1, a)
        a[0] *= a[k]

    r(n, x)
    return x.sum()


@works(np.array([0.699999988079071, 0.699999988079071, 0.699999988079071]), 3)
def rec_f32(x, n):
    def r(k, y):
        return y if k == 0 else r(k - 1, y * x) * np.float32(0.5)

    return r(n, x * x).sum()


@works(X.copy(), 4)
@works(X.copy(), 0)
def lst_of_arr_active(x, n):
    l = [x]
    for i in range(n):
        l.append(np.sin(l[-1]) * l[i][0])
        if l[-1][1] < -0.6:
            break
    return sum([a.sum() for a in l]) * len(l)


@refused(X.copy(), 4)
def lst_conditional_append(x, n):
    p = []
    q = []
    for v in x:
        (p if v > 0 else q).append(v * v)
    return sum(p) - sum(q) * 2


@works(X.copy(), 4)
@works(X.copy(), 0)
def lst_cond_append_if(x, n):
    p = []
    q = []
    for v in x:
        if v > 0:
            p.append(v * v)
        else:
            q.append(v)
            continue
        if len(p) > n:
            break
        p[0] *= v
    return sum(p) - sum(q) * 2


@works(X.copy(), 4)
@works(X.copy(), 0)
def lst_popfront(x, n):
    q = [x[0], x[1]]
    s = 0.0
    while q:
        v = q.pop(0)
        s += v * v
        if n > 0:
            q.append(v * x[n])
            n -= 1
        if s > 2:
            return s * len(q)
    return s


@works(X.copy(), 4)
@works(X.copy(), 0)
def lst_del_slice(x, n):
    l = [v for v in x]
    for i in range(n):
        if l[i % len(l)] < 0:
            del l[i % len(l)]
            continue
        l[-1] = l[0] * l[-1]
    return sum(l)


@works(X.copy(), 4)
@works(X.copy(), 0)
def lst_clear(x, n):
    l = []
    s = 0.0
    for v in x:
        l.append(v * v)
        if len(l) == 2:
            s += l[0] * l[1]
            l.clear()
    return s + sum(l)


@works(X.copy(), 4)
@works(X.copy(), 0)
def lst_break_in_comp_dep(x, n):
    l = [v * v for v in x if v > 0]
    m = [a * b for a in l for b in l if a != b]
    return sum(m) + np.prod(l) + max(l) * min(m)


@works(X.copy(), 4)
@works(X.copy(), 0)
def lst_to_array(x, n):
    l = []
    for i in range(n + 1):
        l.append(x[i] * 2)
        l[-1] *= x[0]
    a = np.array(l)
    b = np.stack([x, x * 2])
    c = np.concatenate([a, x])
    a[0] = 3.0
    return a.sum() * l[0] + b.sum() + np.sum(c * c)


@works(X.copy(), 4)
@works(X.copy(), 0)
def lst_index_err(x, n):
    l = []
    for i in range(2):
        l.append(x[i])
    return l[n] * 2


@works(X.copy(), 4)
@works(X.copy(), 0)
def lst_pop_err(x, n):
    l = [x[0]]
    for i in range(n):
        x[i] = l.pop()
    return x.sum()


@works(X.copy(), 4)
@works(X.copy(), 0)
def lst_loop_over_self_copy(x, n):
    l = [x[0], x[1]]
    for v in list(l):
        l.append(v * v)
        for w in l[:]:
            l[0] += w * 0.1
    return sum(l)


@works(X.copy(), 4)
@works(X.copy(), 0)
def lst_nested_loops_pairs(x, n):
    ps = []
    for i in range(n):
        for j in range(i):
            if x[i] * x[j] < 0:
                break
            ps.append((i, j, x[i] * x[j]))
        else:
            ps.append((i, i, x[i]))
    s = 0.0
    for i, j, v in ps:
        s += v * v * (i + 1) * (j + 2)
        x[i] = s
    return s + x.sum()


@works(X.copy(), 4)
@works(X.copy(), 0)
def lst_in_helper_grown(x, n):
    def h(m):
        r = []
        for i in range(m):
            if x[i] < -0.8:
                return r
            r.append(x[i])
        return r

    l = h(n)
    l.append(x[4])
    return sum(v * v for v in l) * len(l)


@works(X.copy(), 4)
@works(X.copy(), 0)
def lst_eq_in(x, n):
    l = [1, 2, 3]
    s = 0.0
    for i in range(n):
        if i in l:
            l.remove(i) if False else l.append(i)
            s += x[i]
        s *= len(l)
    return s + x[0]


@works(X.copy(), 4)
@works(X.copy(), 0)
def lst_prev(x, n):
    h = []
    y = x[0]
    for i in range(n):
        h.append(y)
        y = math.sin(y) * x[i] + (h[-2] if len(h) > 1 else 0.0)
        if i == 2:
            h[0] = y
    return y + sum(h)


@works(X.copy(), 4)
@works(X.copy(), 0)
def lst_complex(x, n):
    h = [1j]
    for i in range(n):
        h.append(h[-1] * (x[i] + 1j))
        h[0] = h[-1].conjugate()
    return (sum(h) * h[0]).real


@works(X.copy(), 4)
@works(X.copy(), 0)
def lst_ints_floats(x, n):
    l = [0] * (n + 1)
    l[0] = x[0]
    for i in range(n):
        l[i + 1] = l[i] * x[i]
    return sum(l)


@works(X.copy(), 4)
@works(X.copy(), 0)
def lst_strs(x, n):
    l = []
    for i in range(n):
        l.append("a" if x[i] > 0 else "b")
    print("".join(l))
    return x[0] * l.count("a") if n else x[1]


@refused(X.copy(), 4)
def dict_grow(x, n):
    d = {}
    for i in range(n):
        d[i] = x[i]
    return sum(d.values()) + x[0]


@works(X.copy(), 4)
@works(X.copy(), 0)
def bool_ops_effects(x, n):
    def p(v):
        print("p", v > 0)
        return v

    s = x[0]
    for i in range(n):
        s = (p(x[i]) and p(x[i] * 2)) or s
        if p(s) > 1 or p(-s) > 0.2:
            s = s * 0.5
            continue
        s += p(s) if p(x[0]) > 5 else p(x[1])
    return s


@works(0.7, 3)
@works(0.7, 0)
def o_state(x, n):
    a = A_(x)
    b = a
    s = 0.0
    for k in range(n):
        s += a.step(x + k)
        if s > 1:
            break
    return s * b.v + a.sq + a.l[0]


@works(X.copy(), 3)
@works(X.copy(), 0)
def o_dataclass(x, n):
    d = D(x[0], x)
    for k in range(n):
        d.upd(k)
    e = d
    e.b = d.b * 2
    return d.b.sum() * d.a + x[0]


@works(0.7, 3)
@works(0.7, 0)
def o_nonlocal_loop(x, n):
    c = x
    k = 0

    def bump(y):
        nonlocal c, k
        c = c * y
        k += 1
        return c + k

    s = 0.0
    for i in range(n):
        s += bump(x + i) * c
        if k > 1:
            break
    return s * c + k


@works(0.7, 3)
@works(0.7, 0)
def o_nonlocal_comp(x, n):
    c = x

    def bump(y):
        nonlocal c
        c = c * y
        return c

    l = [bump(v) for v in (x, 2.0, 3.0)]
    return sum(l) * c


@works(0.7, 3)
@works(0.7, 0)
def o_nonlocal_order(x, n):
    c = x

    def bump():
        nonlocal c
        c = c * 2
        return c

    y = c + bump() * c + c
    t = (c, bump(), c)
    return y * t[0] * t[2] + bump() ** c


@works(X.copy(), 3)
@works(X.copy(), 0)
def o_nonlocal_array(x, n):
    a = x * 2

    def sw():
        nonlocal a
        b = a
        a = a * x
        b[0] = 7.0
        return b

    s = 0.0
    for i in range(n):
        s += sw()[1]
        if s > 3:
            break
    return a.sum() + s


@works(0.7, 3)
@works(0.7, 0)
def o_aug_order(x, n):
    c = x

    def bump():
        nonlocal c
        c = c * 2
        return c

    c += bump()
    return c


@works(X.copy(), 3)
@works(X.copy(), 0)
def o_same_obj_twice(x, n):
    a = A_(x[0])
    t = (a, a)
    for i in range(n):
        t[0].v *= x[i]
        t[1].v += 1
        if t[0].v > 3:
            break
    return a.v


@works(X.copy(), 3)
@works(X.copy(), 0)
def o_obj_in_branch(x, n):
    if n:
        a = A_(x[0])
    else:
        a = A_(x[1] * 2)
    b = a
    b.v *= 3
    return a.v


@works(X.copy(), 3)
@works(X.copy(), 0)
def o_dict_records(x, n):
    d = {"s": x[0], "n": 0}

    def upd(v):
        d["s"] = d["s"] * v + 1
        d["n"] += 1

    for i in range(n):
        upd(x[i])
        if d["s"] > 1.3:
            break
    else:
        d["s"] *= 2
    return d["s"] * d["n"] + d["s"]


@works(X.copy(), 3)
@works(X.copy(), 0)
def o_rec_obj(x, n):
    def r(k, o):
        if k == 0:
            return o.v
        return r(k - 1, A_(o.v * x[k])) * o.v

    return r(n, A_(x[0]))


@works(0.7, 3)
@works(0.7, 0)
def o_nt(x, n):
    p = NT(x)
    for k in range(n):
        p = p._replace(a=p.a * x, b=p.b + p.a)
        if p.b > 3:
            break
    a, b = p
    return a * b + p[0]


@works(X.copy(), 3)
@works(X.copy(), 0)
def o_special(x, n):
    a = P_(x[0])
    b = a
    for i in range(n):
        a += x[i]
        if a:
            a(x[0])
        if a == P_(0.1):
            break
    return b.p + a(2.0)


@works(0.7, 3)
@works(0.7, 0)
def nl_if_test(x, n):
    c = x

    def t():
        nonlocal c
        c = c * 2
        return c > 1

    if t():
        y = c
    elif t() and t():
        y = c * x
    else:
        y = c * c
    return y * c


@works(0.7, 3)
@works(0.7, 0)
def nl_default(x, n):
    c = x

    def s(v):
        nonlocal c
        c = v * c

    for i in range(n):

        def g(y, d=c):
            return y * d + c

        s(g(0.5))
    return c * x


@works(0.7, 3)
@works(0.7, 0)
def scope_two_level(x, n):
    t = 2.0

    def mk(t):
        return lambda y: y * t

    fs = [mk(t) for t in (x, 3.0)]
    return fs[0](1.0) + fs[1](x) * t


@works(0.7, 3)
@works(0.7, 0)
def scope_inner_comp(x, n):
    return sum([sum([(lambda z: z * i * j)(x) for j in range(3)]) * i for i in range(3)])


@works(0.7, 3)
@works(0.7, 0)
def scope_hidden_in_call(x, n):
    i = 2.0

    def h(y):
        return y * i

    def k(y):
        return sum([h(y) * i for i in (1.0, 3.0)])

    return k(x) * i


@works(X.copy(), 3)
@works(X.copy(), 0)
def key_closure(x, n):
    t = x[0]
    return max(x, key=lambda v: -((v - t) ** 2)) * sorted(x, key=lambda t: -t)[n]


@works(X.copy(), 3)
@works(X.copy(), 0)
def slot_reuse(x, n):
    b = np.zeros((3, 5))
    b[0] = x
    k = 0
    for i in range(n + 2):
        nk = (k + 1) % 3
        b[nk] = b[k] * b[k - 1][0] + np.sin(b[k])
        b[k, :2] = b[nk, 1]
        k = nk
        if b[k, 0] > 1.5:
            break
    return b.sum() * b[k, 2]


@works(X.copy(), 3)
@works(X.copy(), 0)
def read_then_clobber_in_same_statement(x, n):
    for i in range(n):
        x[i], x[i + 1], x[0] = x[i + 1] * x[i], x[i] ** 2, x[4] * x[i]
        x[1:3] = x[2:4] * x[1:3]
        x[[0, 1]] = x[[1, 0]] * x[i]
    return np.sum(x * W)


@works(X.copy(), 3)
@works(X.copy(), 0)
def aug_chain(x, n):
    y = x
    for i in range(n):
        y += y * y
        y /= 1 + y[0] ** 2
        y **= 2
        y -= y.mean()
        y *= y
        y %= 0.9
    return np.sum(y * W)


@works(X.copy(), 3)
@works(X.copy(), 0)
def aug_rhs_view(x, n):
    for i in range(n):
        x *= x[::-1]
        x += x[0]
        x[1:] *= x[:-1]
        x -= x[1:2] * 0.3
    return np.sum(x * W)


@works(X.copy(), 3)
@works(X.copy(), 0)
def print_and_raise_in_while(x, n):
    i = 0
    while True:
        print(i, "%.3f" % x[i])
        x[i] *= 2
        if i == n:
            raise RuntimeError("stop at %d" % i)
        if x[i] > 1.5:
            return x.sum()
        i += 1
        if i == 3:
            break
    return x[0]


@works(X.copy(), 0.5)
@works(X.copy(), -0.5)
def inactive_then_active(x, t):
    s = 1.0
    c = np.zeros(5)
    for i in range(5):
        if x[i] > t:
            s = s * x[i]
            c[i] = s
        elif i % 2:
            c = c * 2
            s = 2.0
        else:
            continue
        c[0] += 1
    return s * c.sum()


@works(X.copy(), 2)
@works(X.copy(), 0)
@works(X.copy(), 4)
def three_exits_with_writes(x, n):
    s = 0.0
    for i in range(5):
        x[i] = x[i] * 1.1 + s
        if i == n:
            x[0] = s
            break
        for j in range(i):
            s += x[j] * x[i]
            if s < -1.5:
                return s * x[0]
            x[j] = s
            if s > 3:
                continue
            s *= 0.9
        else:
            x[4] = s * x[4]
    else:
        return x.sum()
    return np.sum(x * x) * s


@works(X.copy(), 2)
@works(X.copy(), 9)
def raise_after_write_in_helper_loop(x, n):
    def h(a):
        for i in range(n):
            a[i] = a[i] * 2
        return a.sum()

    return h(x) * h(x[1:]) if n < 3 else h(x)


@works(X.copy(), 9)
def name_of_loop_kept_by_handler(x, n):
    w = x[0]
    for i in range(3):
        try:
            v = x[n + i - 1]
        except IndexError:
            continue
        w = v * v
    return w * x[1]


test_right, test_refused = PROGRAMS.tests()
