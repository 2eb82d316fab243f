"""Control flow as people write it: branches, loops and all the ways out of them."""

# pyright: basic
# ruff: noqa

import math

import numpy as np
import pytest

from s2s_ad import emit, value_and_grad
from tests.judge import Programs

PROGRAMS = Programs(alone=True)
works, refused = PROGRAMS.works, PROGRAMS.refused
X = np.array([0.3, -0.8, 1.2, -0.2, 0.9])
A = np.random.default_rng(1).normal(size=(4, 3))


# ---- break -----------------------------------------------------------------------------------


@works(2.0, 20)
@works(2.0, 2)
@works(0.7, 4)
@works(0.7, 1)
def range_from_one(x, n):
    s = x
    for i in range(1, n):
        s = s * x + i * x
    return s


@works(2.0, 0)
def break_on_value(x, n):
    y = x
    for i in range(n):
        step = (y * y - x) / (2 * y)
        if abs(step) < 1e-9:
            break
        y = y - step
    return y


@works(0.4, 7)
def break_in_else(x, n):
    for i in range(n):
        if x < 3.0:
            x = x * 1.7 + 0.1
        else:
            break
    return x * x


@works(0.4, 7)
def break_in_elif(x, n):
    s = 0.0
    for i in range(n):
        if i == 1:
            s = s + x
        elif s > 2.0:
            break
        elif i == 2:
            continue
        s = s + x * x * i
    return s


@works(0.4)
def break_ends_while(x):
    k = 0
    while k < 20:
        x = x * 1.3
        if x > 2.0:
            break
        k = k + 1
    return x * k


@works(0.4)
def while_true_with_break(x):
    while True:
        x = x * 1.3 + 0.01
        if x > 2.0:
            break
    return x * x


@works(0.4, 4)
def break_after_writes(x, n):
    y = np.zeros(5)
    for i in range(5):
        y[i] = x * i
        if i == n:
            break
        y[i] = y[i] * x
    return np.sum(y * y)


@works(X.copy())
def break_from_inner_loop_only(x):
    s = 0.0
    for i in range(3):
        for j in range(5):
            if x[j] > 1.0:
                break
            s = s + x[j] * (i + 1)
        s = s * x[0]
    return s


@works(X.copy(), 3)
def unconditional_break(x, n):
    s = 0.0
    for i in range(n):
        s = s + x[i] ** 2
        break
    return s * x[1]


@works(X.copy())
def break_over_backwards_range(x):
    s = 1.0
    for i in range(4, -1, -1):
        s = s * (x[i] + 2.0)
        if i < 2:
            break
    return s


@works(X.copy(), 1, 5)
def break_over_range_with_step(x, a, b):
    s = 1.0
    for i in range(a, b, 2):
        if s > 3.0:
            break
        s = s * (x[i] + i)
    return s * x[i]


@works(X.copy())
def break_over_reversed(x):
    s = 1.0
    for v in reversed(x):
        s = s * (v + 2.0)
        if v < -0.5:
            break
    return s


@works(X.copy(), 9)
def break_over_reversed_range(x, n):
    s = x[0]
    for i in reversed(range(1, n, 3)):
        s = s * i + x[i % 5]
        if i < 6:
            break
    return s


@works(X.copy())
def break_over_reversed_range_then_index(x):
    s = x[0]
    for i in reversed(range(len(x))):
        s = s * x[i] + i
        if i == 2:
            break
    return s * x[i]


@works(0.7, 1.1)
def break_in_unrolled_loop(x, y):
    s = 0.0
    for v in (x, y, x * y, 3.0):
        s = s + v * x
        if s > 1.0:
            break
    return s * s


@works(0.7, X.copy())
def break_in_unrolled_loop_of_different_items(x, y):
    s = 0.0
    for v in (x, y, x * y, 3.0):
        if np.sum(v) > 1.1:
            break
        s = s + np.sum(v * x)
    else:
        s = s * 2
    return s * s


@works([0.3, 0.5, 2.0, 4.0])
def break_over_list(xs):
    s = 0.0
    for k, v in enumerate(xs):
        s = s + v * v
        if v > 1.0:
            break
    return s * k


@works({"a": 0.3, "b": 2.0, "c": 1.0})
def break_over_dict(p):
    s = 0.0
    for k, v in p.items():
        if k == "c":
            break
        s = s + v * v
    return s * p[k]


@works(1.1)
def loop_over_text(w):
    a, b = "kitten", "sitting"
    row = [w * j for j in range(len(b) + 1)]
    for i, x in enumerate(a):
        new = [w * (i + 1)]
        for j, y in enumerate(b):
            cost = 0.0 if x == y else 1.5 * w
            new.append(min(row[j + 1] + w, new[j] + w, row[j] + cost))
        row = new
    return row[-1] ** 2


# ---- continue --------------------------------------------------------------------------------


@works(X.copy())
def continue_on_value(x):
    s = 0.0
    for v in x:
        if v < 0:
            continue
        s = s + np.sin(v)
    return s


@works(X.copy())
def continue_and_break(x):
    s = 0.0
    for i, v in enumerate(x):
        if v < 0:
            s = s * 1.5
            continue
        if i > 3:
            break
        s = s + v * v
    return s


@works(X.copy(), 6)
def continue_in_while(x, n):
    s, i = 0.0, 0
    while i < n:
        i += 1
        if i % 2 == 0:
            continue
        s = s * x[1] + x[i % 5]
    return s


@works(X.copy())
def continue_after_writes(x):
    y = x.copy()
    for i in range(1, 5):
        y[i] = y[i - 1] * y[i]
        if y[i] < 0:
            continue
        y[i] = y[i] ** 2
    return np.sum(y)


@works(X.copy())
def continue_in_nested_branches(x):
    s = 0.0
    for v in x:
        if v > 0:
            if v > 1:
                s = s + v
                continue
            s = s + v * v
        else:
            if v < -0.5:
                continue
        s = s * 1.1 + v
    return s


@works(X.copy())
def all_ways_out(x):
    s = 0.0
    for i in range(5):
        for j in range(5):
            if j == i:
                continue
            if x[j] > 1.0:
                break
            s = s + x[i] * x[j]
        else:
            s = s * 2.0
            continue
        if s < -9.0:
            return s * x[0]
        s = s + x[i]
    else:
        s = s - 1.0
    return s * s


# ---- else ------------------------------------------------------------------------------------


@works(0.7, 3)
def for_else_without_break(x, n):
    for i in range(n):
        x = x * 1.1
    else:
        x = x * x
    return x


@works(0.7, 3.0)
@works(0.7, 0.8)
def for_else_with_break(x, limit):
    for i in range(4):
        x = x * 1.3
        if x > limit:
            break
    else:
        x = x * x
    return x * 2.0


@works(0.7, 3.0)
@works(0.7, 0.8)
def while_else_with_break(x, limit):
    k = 0
    while k < 4:
        k += 1
        x = x * 1.3
        if x > limit:
            break
    else:
        x = x * x
    return x * k


@works(0.7, 3.0)
@works(0.7, 0.8)
def return_in_for_else(x, limit):
    for i in range(4):
        x = x * 1.3
        if x > limit:
            x = x + 5.0 * limit
            break
    else:
        return x * x
    return x * 2.0


@works(0.7, 3.0)
@works(0.7, 0.8)
def break_of_outer_loop_in_for_else(x, limit):
    for k in range(3):
        for i in range(4):
            x = x * 1.05
            if x > limit:
                break
        else:
            break
        x = x * 0.5
    return x * 2.0


# ---- return ----------------------------------------------------------------------------------


@works(X.copy())
@works(-np.abs(X))
def return_from_loop(x):
    for v in x:
        if v > 1.0:
            return v * v
    return x[0] * 3.0


@works(X.copy(), 2)
@works(X.copy(), 7)
def return_array_from_loop(x, n):
    y = x * 1.0
    for i in range(5):
        y = y * x
        if i == n:
            return np.sum(y * y)
    return np.sum(y) * 2.0


def first_large(xs, limit):
    for i in range(len(xs)):
        if xs[i] > limit:
            return xs * xs[i], i
    return xs, -1


@works(X.copy(), 0.5)
@works(X.copy(), 5.0)
def helper_returns_pair_from_loop(x, limit):
    y, i = first_large(x, limit)
    return np.sum(y * y) * (i + 2)


@works(X.copy())
def helper_returning_from_loop_in_loop(x):
    s = 0.0
    for k in range(3):
        y, i = first_large(x * (k + 1), 1.0)
        s = s + y[0] * i + np.sum(y)
    return s


@works(0.3)
def return_from_endless_loop(x):
    k = 1
    while True:
        x = x * 1.5
        if x > 2.0:
            return x * k
        k = k + 1


@works(0.3, 1.0)
@works(0.3, 50.0)
def return_from_two_loops(x, limit):
    s = x
    for i in range(4):
        for j in range(3):
            s = s * (1.0 + x * j)
            if s > limit:
                return s * s
        s = s + 0.1
    return s


@works(0.3, 1.0)
@works(0.3, 50.0)
def return_from_inner_loop_of_helper(x, limit):
    def inner(s):
        for j in range(3):
            s = s * (1.0 + x * j)
            if s > limit:
                return s * s
        return -s

    t = 0.0
    for i in range(3):
        t = t + inner(x * (i + 1))
    return t


@works(0.7, 1.1)
def return_from_unrolled_loop(x, y):
    for v in (x, y, x * y):
        if v > 1.0:
            return v * v * x
    return 0.0 * x


@works(0.5, 3)
def returns_on_many_ways(x, n):
    if n > 10:
        return x
    for i in range(n):
        if x > 3.0:
            return x * 2.0
        x = x * 1.5 + 0.1
        while x > 1.0:
            if i == 1:
                return x**3
            x = x - 0.4
    if x > 0.5:
        return math.sin(x)
    return math.cos(x)


@works(0.5)
def return_after_constant_test(x):
    if True:
        if x > 1.0:
            return x * x
    x = x * 3.0
    return x * x


@works(0.5, 3)
def return_nothing_from_loop(x, n):
    def check(y):
        for i in range(n):
            if y > 100.0:
                return
            y = y * 2

    check(x)
    return x * x


@works(X.copy())
def return_in_both_branches_in_loop(x):
    for i in range(5):
        if x[i] < 0:
            return x[i] * 2.0
        else:
            return x[i] ** 2 * x[1]
    return 0.0


# ---- names that only some ways bind ------------------------------------------------------------


@works(0.5)
@works(-0.5)
def bound_on_one_way(x):
    if x > 0:
        y = x * x
    z = 1.0
    if x > 0:
        z = z + y * 3.0
    return z * x


@works(X.copy(), True)
@works(X.copy(), False)
def array_bound_on_one_way(x, c):
    if c:
        y = x * x
    if c:
        return np.sum(y)
    return np.sum(x)


@works(0.5, 4)
def bound_on_one_way_in_loop(x, n):
    s = 0.0
    for i in range(n):
        if i == 0:
            y = x * x
        s = s + y * i
    return s


@works(X.copy(), 4)
def array_bound_on_one_way_in_loop(x, n):
    s = 0.0
    for i in range(n):
        if i == 0:
            y = x * x
        else:
            y = y * 0.5 + x
        s = s + np.sum(y) * i
    return s


@works(X.copy(), 4)
def array_kept_from_one_iteration(x, n):
    for i in range(n):
        if i == 2:
            y = x * x * i
    return np.sum(y * x)


@works(0.5, 4)
def previous_value(x, n):
    s = 0.0
    for i in range(n):
        y = x * i
        if i > 0:
            s = s + y * before
        before = y + 1.0
    return s * before


@works(X.copy(), 4)
def previous_array(x, n):
    s = 0.0
    for i in range(n):
        y = np.sin(x * (i + 1))
        if i > 0:
            s = s + np.sum(y * before)
        before = y
    return s + np.sum(before)


@works(X.copy(), 4)
def two_previous_arrays(x, n):
    s = 0.0
    for i in range(n):
        y = np.sin(x * (i + 1))
        if i > 1:
            s = s + np.sum(y * one * two)
        if i > 0:
            two = one
        one = y
    return s + np.sum(one * two)


@works(X.copy(), 3)
def array_bound_in_loop(x, n):
    for i in range(n):
        y = x * (i + 1.0)
    return np.sum(y * y)


@works(A.copy(), 3)
def row_bound_in_loop(a, n):
    for i in range(n):
        row = a[i]
    return np.sum(row * row)


@works(A.copy())
def row_bound_in_loop_over_rows(a):
    for row in a:
        pass
    return np.sum(row * row)


@works(X.copy(), 3)
def array_bound_in_inner_loop(x, n):
    for i in range(n):
        for j in range(i):
            y = x * (j + 1.0) * i
    return np.sum(y * x)


@works(X.copy(), 3)
def pair_bound_in_loop(x, n):
    for i in range(n):
        p = (x * i, x[0] * i)
    return np.sum(p[0]) * p[1]


@works(X.copy(), 3)
def array_bound_in_loop_and_written(x, n):
    for i in range(n):
        y = x * (i + 1.0)
        y[i] = x[0] ** 2
    y[4] = x[1] * x[2]
    return np.sum(y * y)


@works(0.5, 0)
def unbound_after_no_iteration(x, n):
    for i in range(n):
        y = x
    return y * x


@works(-0.5)
def unbound_on_the_way_taken(x):
    if x > 0:
        y = x
    return y * x


@works(X.copy(), 0)
def index_after_no_iteration(x, n):
    i = 3
    for i in range(n):
        pass
    return x[i] ** 2


@works(X.copy(), 4)
def index_after_loop(x, n):
    for i in range(n):
        pass
    return x[i] ** 2


@works(X.copy(), 4)
def index_changed_in_loop(x, n):
    s = 0.0
    for i in range(n):
        i = i + 1
        s = s + x[i] * i
    return s * i


@refused(X.copy(), False)
@refused(X.copy(), True)
def array_bound_on_one_way_and_written(x, c):
    if c:
        v = x[1:]
    x[0] = x[1] * 3.0
    if c:
        return np.sum(v * v) + x[0]
    return np.sum(x * x)


@works(X.copy(), 3)
def unbound_in_loop_and_written_after(x, n):
    s = 0.0
    for i in range(n):
        if i == 0:
            y = x * 2.0
        s = s + np.sum(y * y)
        x = x * 1.5
    y[0] = s * 0.1
    return np.sum(y * x)


def bound_if_positive(p):
    if p > 0.0:
        a = p * 2.0
    return a * p


def bound_in_rounds(x, n):
    for i in range(n):
        a = x * (i + 1.0)
    return a * x


def array_bound_in_part(x, c):
    if c > 0.0:
        if c > 1.0:
            a = np.stack([x, x])
        elif c > 0.5:
            raise ValueError(c)
    return a[1] * c


def left_as_it_was(x, c):
    if c > 0.0:
        a = x
    return x * 2.0


@works(0.7, [1.3, -1.1])
@works(0.7, [1.3, 0.4])
@works(0.7, [-1.1, 1.3])
def unbound_in_a_later_round(x, xs):
    s = 1.0
    for e in xs:
        if bound_if_positive(e) < 4.0:
            s = s * x
    return s * x


@works(0.7, [2, 0, 1])
@works(0.7, [0, 2])
@works(0.7, [2, 1])
def unbound_after_no_round_of_an_inner_loop(x, ns):
    for n in ns:
        x = bound_in_rounds(x, n)
    return x


@works(0.7)
def unbound_in_the_test_of_a_loop(x):
    y = 1.5
    while bound_if_positive(y) * x > -1.0:
        y = y - 1.0
        x = x * 1.1
    return x


@works(X.copy(), [1.5, -0.5])
@works(X.copy(), [1.5, 0.25])
@works(X.copy(), [1.5, 0.75])
@works(X.copy(), [1.5, 2.5])
def array_unbound_in_a_later_round(x, cs):
    s = 0.0
    for c in cs:
        s = s + np.sum(array_bound_in_part(x, c) ** 2)
    return s


@works(0.7, [1.3, -1.1])
def unbound_in_a_comprehension(x, xs):
    return sum([x * bound_if_positive(e) for e in xs])


@works(0.7, [1.3, -1.1, 0.2])
def unbound_and_caught(x, xs):
    s = 1.0
    for e in xs:
        try:
            s = s * bound_if_positive(e) * x
        except UnboundLocalError:
            s = s + x
    return s


@works(0.7, 3)
def unbound_and_never_asked(x, n):
    for i in range(n):
        x = left_as_it_was(x, i - 1.0)
    return x * x


def test_a_name_that_nothing_asks_for_is_not_deleted():
    assert "del a" not in emit(unbound_and_never_asked, "reverse", 0.7, 3)


# ---- raising -----------------------------------------------------------------------------------


@works(0.5, 3)
@works(0.5, 12)
def raise_in_loop(x, n):
    for i in range(n):
        x = x * 1.3
        if x > 4.0:
            raise ValueError("too large")
    return x * x


@works(0.5, 3)
def loop_that_raises_or_breaks(x, n):
    for i in range(n):
        if x < 1.0:
            break
        raise ValueError("no")
    return x * x


@works(0.5, 3)
def loop_that_always_raises(x, n):
    for i in range(n):
        raise ValueError("no")
    return x * x


@works(0.5, 0)
def loop_that_always_raises_without_iteration(x, n):
    for i in range(n):
        raise ValueError("no")
    return x * x


@works(0.5, 5)
def assert_in_loop(x, n):
    for i in range(n):
        x = x * 2
        assert x < 5.0, "large"
    return x


@works(np.array([1.0, 2.0, 3.0]), 0)
@works(np.array([1.0, 2.0, 3.0]), 1)
def view_that_may_not_be_bound_is_overwritten(x, n):
    z = x * 1.0
    if n > 0:
        y = z[1:]
    s = 0.0
    if n > 0:
        s = np.sum(y * y)
    z[1] = 5.0
    return s + np.sum(z)


@works(np.array([1.0, 2.0, 3.0]), 0)
@works(np.array([1.0, 2.0, 3.0]), 1)
def array_that_may_not_be_bound_changes(x, n):
    if n > 0:
        y = x * 3.0
    s = 0.0
    if n > 0:
        s = np.sum(y * y)
        y[0] = 1.0
    if n > 0:
        s += np.sum(y**3)
        y += 1
        s += np.sum(y**3)
    return s + np.sum(x)


# ---- zip(…, strict=True): as far as both go, then an error where one has more --------------------


@works([1.0, 2.0], [3.0, 4.0])
@works([1.0, 2.0, 3.0], [3.0, 4.0])
@works([1.0, 2.0], [3.0, 4.0, 5.0])
@works(X, X[:3])
def strict_zip(x, y):
    s = 0.0
    for u, v in zip(x, y, strict=True):
        print(u)
        s += u * v
    return s


@works([1.0, 2.0, 3.0], [3.0, 4.0])
def strict_zip_of_three(x, y):
    s = 0.0
    for u, v, w in zip(y, y, x, strict=True):
        s += u * v * w
    return s


@works([1.0, 2.0], [3.0, 4.0])
@works([1.0, 2.0], [3.0])
@works([3.0, 2.0], [3.0])
@works([1.0, 3.0], [3.0, 1.0, 2.0])
def strict_zip_left_by_break_and_else(x, y):
    s = 0.5
    for i, (u, v) in enumerate(zip(x, y, strict=True)):
        if u > 2.5:
            break
        s += u * v * i
    else:
        print("all")
        s *= x[0]
    return s


@works([1.0, 2.0, 3.0], [3.0, 6.0])
@works([1.0, 2.0, 3.0], [3.0, 4.0])
def strict_zip_left_by_return(x, y):
    for u, v in zip(x, y, strict=True):
        if v > 5.0:
            return u * v
    return x[0]


@works([1.0, 2.0], [3.0, 4.0])
@works([1.0, 2.0], [3.0])
def strict_zip_in_a_comprehension(x, y):
    return sum(u * v for u, v in zip(x, y, strict=True)) + len([u for u, _ in zip(x, y, strict=True)])


@works([1.0, 2.0], [3.0])
@works([4.0, 2.0], [3.0])
def strict_zip_in_any(x, y):
    return 2.0 * x[0] if any(u > v for u, v in zip(x, y, strict=True)) else x[1]


@works([1.0, 2.0], [3.0, 4.0])
@works([1.0, 2.0], [3.0])
def strict_zip_caught(x, y):
    try:
        for u, _ in zip(x, y, strict=True):
            print(u)
    except ValueError as error:
        print(error)
        return y[0] * 7.0
    return x[1]


@works(0.7)
def strict_zip_of_tuples(x):
    return sum(u * v for u, v in zip((x, 2.0), (x * x, x), strict=True))


@refused(0.7)
def strict_zip_of_tuples_that_always_raises(x):
    return sum(u * v for u, v in zip((x, 2.0), (x, x, x), strict=True))


# ---- emitted -----------------------------------------------------------------------------------


def test_break_is_printed_in_its_branch():
    text = emit(break_on_value, "reverse", 2.0, 3)
    lines = [line.partition("#")[0].rstrip() for line in text.splitlines()]
    assert lines[lines.index("        if v6:") :][:3] == ["        if v6:", "            break", "        y = y - v4"]


def test_loop_without_break_counts_nothing():
    assert "count" not in emit(continue_on_value, "reverse", X)


@pytest.mark.parametrize("n", [1, 2, 3, 50])
def test_iterations_left_out_cost_nothing(n):
    value, (x_bar,) = value_and_grad(break_on_value, (0,))(2.0, n)
    assert np.isfinite(x_bar)


test_right, test_refused = PROGRAMS.tests()
