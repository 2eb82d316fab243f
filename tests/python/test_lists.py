"""Lists: they grow, shrink, are shared, nested, and hand their items' adjoints back."""

# ruff: noqa: RUF007, B006, B007, B023, C416, PERF401, PERF402, RUF005, SIM
# pyright: basic

import dataclasses
import math

import numpy as np

from s2s_ad import grad, jacfwd, jvp, linearize, vjp
from tests.judge import Programs

PROGRAMS = Programs()
works, refused = PROGRAMS.works, PROGRAMS.refused
X = np.array([0.3, -0.7, 1.1, 0.9])


@dataclasses.dataclass
class Body:
    mass: float
    pos: list


# ---- growing ---------------------------------------------------------------------------------


@works(0.7, 4)
def trajectory(x, n):
    xs = [x]
    for _ in range(n):
        xs.append(np.sin(xs[-1]) * x)
    return sum(xs)


@works(0.7, 0)
def trajectory_of_no_steps(x, n):
    xs = [x]
    for _ in range(n):
        xs.append(math.sin(xs[-1]) * x)
    return sum(xs) * xs[-1]


@works(0.7, 5)
def starts_empty(x, n):
    xs = []
    for i in range(n):
        xs.append(x * i)
    s = 0.0
    for v in xs:
        s += v * v
    return s


@works(0.7, 0)
def starts_empty_and_stays_so(x, n):
    xs = []
    for i in range(n):
        xs.append(x * i)
    s = x
    for v in xs:
        s += v * v
    return s


@works(0.7, 5)
def history_is_read_after_the_first_step(x, n):
    hist = []
    for i in range(n):
        if i == 0:
            v = x
        else:
            v = hist[-1] * math.sin(x)
        hist.append(v)
    return hist[-1] + hist[0] * hist[1]


@works(0.7, 5)
def fibonacci_by_list(x, n):
    xs = [1.0, x]
    for i in range(2, n):
        xs.append(xs[i - 1] + xs[i - 2] * x)
    return xs[n - 1]


@works(0.7, 5)
def appended_in_branch(x, n):
    xs = [x]
    for i in range(n):
        if i % 2 == 0:
            xs.append(x * i)
    return sum(xs) * len(xs)


@works(0.7, 5)
def appended_in_both_branches(x, n):
    xs = []
    for i in range(n):
        if i % 2 == 0:
            xs.append(x * i)
        else:
            xs.append(math.cos(x))
            xs.append(x)
    return sum(xs) / len(xs)


@works(0.7, 1)
@works(0.7, -1)
def branch_decides_the_length(x, c):
    xs = [x]
    if c > 0:
        xs.append(x * x)
    return xs[-1] * 3 + len(xs)


@works(0.7, 1)
@works(0.7, -1)
def branch_chooses_the_list(x, c):
    if c > 0:
        xs = [x, x * x]
    else:
        xs = [2 * x]
    xs.append(x**3)
    return sum(xs) * xs[0]


@works(0.7, 3)
def nested_loops_append(x, n):
    xs = []
    for i in range(n):
        for j in range(i):
            xs.append(x * i + j)
    return sum(xs)


@works(0.7, 3)
def list_of_lists(x, n):
    grid = []
    for i in range(n):
        row = []
        for j in range(n):
            row.append(x * i + x**j)
        grid.append(row)
    s = 0.0
    for i in range(n):
        for j in range(n):
            s += grid[i][j] * grid[j][i]
    return s


@works(0.7, 3)
def rows_written_out(x, n):
    grid = []
    for i in range(n):
        grid.append([x * i, x])
    s = 0.0
    for row in grid:
        s += row[0] * row[1]
    return s + np.sum(np.array(grid) ** 2)


@works(0.7, 3)
def list_of_tuples(x, n):
    pairs = []
    for i in range(n):
        pairs.append((i, x * i, np.sin(x)))
    s = 0.0
    for i, a, b in pairs:
        s += a * b * i
    return s + pairs[-1][1]


@works(0.7, 3)
def list_of_tuples_that_starts_full(x, n):
    pairs = [(x, 1.0)]
    for i in range(n):
        a, b = pairs[-1]
        pairs.append((a * b, a + b))
    return pairs[-1][0] * pairs[-1][1]


@works(X.copy(), 3)
def list_of_arrays(x, n):
    xs = [x]
    for i in range(n):
        xs.append(np.sin(xs[-1]) * x)
    return np.sum(np.stack(xs) ** 2)


@works(X.copy(), 3)
def concatenated_arrays(x, n):
    xs = []
    for i in range(n):
        xs.append(x[i:] * i)
    return np.sum(np.concatenate(xs) ** 2)


@works(X.copy(), 3)
def vstacked_arrays(x, n):
    xs = []
    for i in range(n):
        xs.append(x * i)
    return np.sum(np.vstack(xs)[:, 1] ** 2)


@works(X.copy(), 3)
def sum_of_grown_list_of_arrays(x, n):
    xs = []
    for i in range(n):
        xs.append(x**i)
    return np.sum(sum(xs) ** 2)


@works(0.7, 4)
def array_of_grown_list(x, n):
    xs = []
    for i in range(n):
        xs.append(x * i)
    a = np.array(xs)
    return np.sum(a * a) + np.max(xs)


@works(0.7, 4)
def while_loop_appends(x, n):
    xs = [x]
    while len(xs) < n:
        xs.append(xs[-1] * x + 1)
    return sum(xs)


@works(X.copy())
def appends_items_of_array(x):
    xs = []
    for v in x:
        if v > 0:
            xs.append(v * v)
    return sum(xs)


# ---- shrinking ---------------------------------------------------------------------------------


@works(0.7, 4)
def stack_is_emptied(x, n):
    stack = [x]
    s = 0.0
    while stack:
        v = stack.pop()
        s += v * v
        if v < n:
            stack.append(v * 2)
            stack.append(v + 3)
    return s


@works(0.7, 4)
def queue_by_pop_zero(x, n):
    queue = [x, x * x]
    s = 0.0
    for i in range(n):
        v = queue.pop(0)
        s += v * i
        queue.append(v * x + s)
    return s + queue[0]


@works(0.7, 4)
def pops_what_it_pushed(x, n):
    xs = []
    for i in range(n):
        xs.append(x * i)
    s = 1.0
    for i in range(n):
        s = s * x + xs.pop()
    return s


@works(0.7, 4)
def pop_at_negative_index(x, n):
    xs = [x * i for i in range(n)]
    a = xs.pop(-2)
    b = xs.pop(1)
    return a * b + sum(xs) * xs[0] + xs[1] ** 2


@works(0.7, 5, 2)
@works(0.7, 5, -2)
def pop_at_index(x, n, k):
    xs = [x**i for i in range(n)]
    a = xs.pop(k)
    return a * 2 + sum(v * v * i for i, v in enumerate(xs))


@works(0.7, 5, 2)
@works(0.7, 5, -4)
@works(0.7, 5, 9)
@works(0.7, 5, -9)
def insert_at_index(x, n, k):
    xs = [x**i for i in range(n)]
    xs.insert(k, x * 5)
    return sum(v * v * i for i, v in enumerate(xs))


@works(0.7, 5)
def insert_at_the_front(x, n):
    xs = []
    for i in range(n):
        xs.insert(0, x * i)
    return sum(v * i for i, v in enumerate(xs))


@works(0.7, 5, 1)
@works(0.7, 5, -2)
def del_of_an_item(x, n, k):
    xs = [x**i for i in range(n)]
    del xs[k]
    return sum(v * v * i for i, v in enumerate(xs))


@works(X.copy(), 3)
def del_of_an_array(x, n):
    xs = [x * i for i in range(n)]
    del xs[0]
    return np.sum(xs[0] * xs[1])


@works(0.7, 5)
def clear_and_fill_again(x, n):
    xs = []
    s = 0.0
    for i in range(n):
        xs.append(x * i)
        if len(xs) == 2:
            s += xs[0] * xs[1]
            xs.clear()
    return s


@works(0.7, 5)
def reverse_in_place(x, n):
    xs = [x**i for i in range(n)]
    xs.reverse()
    xs.append(x)
    return sum(v * i for i, v in enumerate(xs))


@works(0.7, 3)
def pop_of_too_many(x, n):
    xs = [x] * n
    s = 0.0
    for i in range(n + 1):
        s += xs.pop()
    return s


@works(0.7, 3)
def index_out_of_range(x, n):
    xs = [x for i in range(n)]
    return xs[n] * x


@works(0.7)
def index_out_of_range_of_known_list(x):
    xs = [x, x]
    return xs[2] * x


@works(0.7, 3)
def set_out_of_range(x, n):
    xs = [x for i in range(n)]
    xs[n] = x
    return xs[0]


@works(0.7, 3)
def del_out_of_range(x, n):
    xs = [x for i in range(n)]
    del xs[n]
    return xs[0]


# ---- writing items --------------------------------------------------------------------------------


@works(0.7, 4)
def items_are_set(x, n):
    xs = [0.0] * n
    for i in range(n):
        xs[i] = x * i
    return sum(v * v for v in xs)


@works(0.7, 4)
def items_are_updated(x, n):
    xs = [x] * n
    for i in range(n):
        xs[i] += i * x
        xs[i] *= xs[i - 1]
    return sum(xs)


@works(0.7, 4)
def two_items_times_n(x, n):
    xs = [x, x * x] * n
    xs[3] = 2.0
    return sum(v * i for i, v in enumerate(xs))


@works(0.7, 4)
def dynamic_programming(x, n):
    best = [0.0] * (n + 1)
    best[0] = 1.0
    for i in range(1, n + 1):
        for j in range(i):
            best[i] = best[i] + best[j] * x ** (i - j)
    return best[n]


@works(0.7, 4)
def items_set_while_iterated(x, n):
    xs = [x * i for i in range(n)]
    for i, v in enumerate(xs):
        xs[i] = v * v + xs[i - 1]
    return sum(xs)


@works(0.7, 3)
def grid_of_zeros(x, n):
    grid = [[0.0] * n for _ in range(n)]
    s = 0.0
    for row in grid:
        s += sum(row) + x
    return s


@works(X.copy(), 3)
def items_that_are_arrays_are_set(x, n):
    xs = [x * i for i in range(n)]
    xs[1] = xs[0] + xs[2] * x
    return np.sum(xs[1] * xs[2])


@works(0.7)
def known_list_is_indexed_by_loop(x):
    ws = [x, 2.0, x * x]
    s = 0.0
    for i in range(3):
        s += ws[i] * i
    return s


@works(0.7, 1)
def known_list_is_indexed_by_argument(x, k):
    ws = [x, 2.0 * x, x * x]
    return ws[k] * ws[-k]


# ---- names, helpers, containers --------------------------------------------------------------------


@works(0.7, 3)
def alias_sees_appends(x, n):
    xs = [x]
    ys = xs
    for i in range(n):
        xs.append(x * ys[-1])
    return sum(ys) + len(ys)


@works(0.7, 3)
def list_in_tuple_sees_appends(x, n):
    xs = []
    both = (xs, 2.0)
    for i in range(n):
        xs.append(x * i)
    return sum(both[0]) * both[1]


@works(0.7, 3)
def list_in_dict_grows(x, n):
    d = {"xs": [], "k": x}
    for i in range(n):
        d["xs"].append(d["k"] * i)
    return sum(d["xs"])


@works(0.7, 3)
def two_lists_in_dict_grow(x, n):
    d = {"a": [x], "b": []}
    for i in range(n):
        d["a"].append(d["a"][-1] * x)
        d["b"].append(i * x)
    return sum(d["a"]) * sum(d["b"])


def note(xs, v):
    xs.append(v * v)


def fill(xs, x, n):
    for i in range(n):
        note(xs, x * i)
    return len(xs)


@works(0.7, 3)
def helper_appends(x, n):
    xs = []
    for i in range(n):
        note(xs, x + i)
    return sum(xs)


@works(0.7)
def helper_appends_to_known_list(x):
    xs = [x]
    note(xs, x)
    note(xs, xs[1])
    return sum(xs) * xs[2]


@works(0.7, 3)
def helper_of_helper_appends(x, n):
    xs = [x]
    k = fill(xs, x, n)
    return sum(xs) * k


def squares(x, n):
    found = []
    for i in range(n):
        found.append((x * i) ** 2)
    return found


@works(0.7, 3)
def helper_returns_grown_list(x, n):
    a = squares(x, n)
    b = squares(2 * x, n + 1)
    return sum(a) + b[-1] * a[1]


@works(0.7, 3)
def closure_appends(x, n):
    xs = []

    def push(v):
        xs.append(v)

    for i in range(n):
        push(x * i)
    return sum(xs)


def with_default(x, acc=[]):
    return len(acc) * x


@works(0.7)
def default_list_is_read(x):
    return with_default(x) + x


def appends_to_default(x, acc=[]):
    acc.append(x)
    return x


@refused(0.7)
def default_list_is_appended_to(x):
    return appends_to_default(x) * 2


LOG = []


@refused(0.7)
def global_list_is_appended_to(x):
    LOG.append(x)
    return x * 2


@works([1.0, 2.0, 3.0])
def list_argument_is_appended_to(p):
    p.append(p[0] * p[1])
    return sum(v * v for v in p)


@works([1.0, 2.0, 3.0], 3)
def list_argument_is_appended_to_in_loop(p, n):
    for i in range(n):
        p.append(p[-1] * p[i])
    return p[-1]


@works([1.0, 2.0, 3.0])
def list_argument_is_written(p):
    p[1] = p[0] * p[2]
    return p[1] * p[0]


@works([1.0, 2.0, 3.0])
def list_argument_is_emptied(p):
    s = 1.0
    while p:
        s = s * p.pop() + s
    return s


@works([1.0, 2.0, 3.0])
def list_argument_is_popped_and_cleared(p):
    v = p.pop(0)
    w = p[0]
    p.clear()
    return v * w


@works([X.copy(), 2 * X])
def list_argument_of_arrays_is_appended_to(p):
    p.append(p[0] * p[1])
    return np.sum(p[2] * p[0])


@works([1.0, 2.0], [3.0, 4.0])
def two_list_arguments(p, q):
    p.append(q[0])
    q[1] = p[0] * p[2]
    return p[-1] * q[-1]


@refused([X.copy(), 2 * X])
def array_of_list_argument_is_written_and_read_by_index(p):
    a, b = p
    a *= 2.0
    return np.sum(p[0] * b)


@refused(X.copy(), 3)
def array_in_list_is_written(x, n):
    xs = []
    y = x * 1
    for i in range(n):
        xs.append(y)
        y[0] = y[0] * 2
    return sum(v[0] for v in xs)


@refused(X.copy(), 3)
def array_in_list_is_written_an_iteration_later(x, n):
    xs = []
    y = x * 1
    for i in range(n):
        y[0] = y[0] * 2
        y = y + 1 * x
        xs.append(y)
    return sum(v[0] for v in xs)


@works(X.copy(), 3)
def copy_of_array_in_list(x, n):
    xs = []
    y = x * 1
    for i in range(n):
        y[0] = y[0] * 2
        xs.append(y.copy())
    return sum(v[0] * v[1] for v in xs)


@refused(X.copy(), 1)
def view_of_array_in_list_is_written(x, n):
    xs = []
    y = x * 1
    for i in range(n):
        xs.append(y.reshape(2, 2))
    y[0] = 5.0
    return np.sum(xs[0])


@works(0.7, 1)
def list_or_another(x, c):
    a = [x]
    b = [x * x, x]
    xs = a if c > 0 else b
    return sum(xs)


@refused(0.7, 1)
def list_or_another_is_appended_to(x, c):
    a = [x]
    b = [x * x, x]
    xs = a if c > 0 else b
    xs.append(3 * x)
    return sum(a) + sum(b)


@works(X.copy(), 1.0)
def two_names_of_one_array_in_branches(x, c):
    if c > 0:
        a = x * 1
        b = a
    else:
        a = x * 2
        b = a
    a[0] = 5.0
    return np.sum(b * x)


# ---- making lists of lists -------------------------------------------------------------------------


@works([1.0, 2.0, 3.0])
def slice_of_list(p):
    q = p[1:]
    return q[0] * q[1] * p[1]


@works([1.0, 2.0, 3.0], 3)
def slices_in_loop(p, n):
    s = 0.0
    for i in range(n):
        q = p[i:]
        s += sum(q) * p[i] + q[-1]
    return s


@works([1.0, 2.0, 3.0])
def slice_is_a_list_of_its_own(p):
    q = p[:]
    q.append(p[0] * 2)
    q[0] = 7.0
    return sum(p) * sum(q)


@works([1.0, 2.0, 3.0])
def backwards_slice(p):
    q = p[::-1]
    return sum(v * i for i, v in enumerate(q))


@works([1.0, 2.0, 3.0])
def copies_are_lists_of_their_own(p):
    q, r = p.copy(), list(p)
    q.append(p[0] * p[1])
    r[0] = 2.0 * q[3]
    return sum(p) * sum(q) * sum(r)


@works([1.0, 2.0, 3.0], [4.0])
def lists_are_added(p, q):
    r = p + q + [p[0] * q[0]]
    return sum(v * i for i, v in enumerate(r))


@works(0.7, 3)
def list_is_rebound_longer(x, n):
    xs = []
    for i in range(n):
        xs = xs + [x * i]
    return sum(xs)


@works(0.7, 3)
def list_is_extended(x, n):
    xs = [x]
    for i in range(n):
        xs += [x * i, 1.0]
        xs.extend(v * x for v in range(i))
    return sum(xs)


@works([1.0, 2.0, 3.0])
def extended_by_itself(p):
    q = [v * 2 for v in p]
    q.extend(list(q))
    return sum(v * i for i, v in enumerate(q))


@works(X.copy())
def list_of_array(x):
    xs = list(x)
    xs.append(x[0] * x[1])
    return xs[0] * xs[-1] * xs[2]


@works(0.7, 3)
def list_of_range(x, n):
    xs = list(range(n))
    return x * sum(xs) + x ** xs[2]


@works([1.0, 2.0, 3.0])
def star_takes_the_rest(p):
    a, *rest = p
    return a * sum(rest) * rest[-1]


@works([1.0, 2.0, 3.0])
def star_in_the_middle(p):
    a, *rest, b = p
    return a * b + sum(rest)


@works([1.0])
def star_of_too_few(p):
    a, *rest, b = p
    return a * b + sum(rest)


@works(0.7, 3)
def unpacked_grown_list(x, n):
    xs = [x * i for i in range(n)]
    a, b, c = xs
    return a + b * c


@works(0.7, 4)
def unpacked_list_of_another_length(x, n):
    xs = [x * i for i in range(n)]
    a, b, c = xs
    return a + b * c


@works(0.7, 2)
def unpacked_list_is_too_short(x, n):
    xs = [x * i for i in range(n)]
    a, b, c = xs
    return a + b * c


# ---- asking ----------------------------------------------------------------------------------------


@works(0.7, 3)
@works(0.7, 0)
def truth_of_list(x, n):
    xs = [x * i for i in range(n)]
    if not xs:
        return x
    return xs[-1] * len(xs)


@works(0.7, 3)
@works(0.7, 0)
def list_or_default(x, n):
    xs = [x * i for i in range(n)]
    v = xs[0] + xs[-1] if xs else 3 * x
    return v * x


@works(0.7, 3)
@works(0.7, 0)
def comparison_with_empty_list(x, n):
    xs = [x * i for i in range(n)]
    return x if xs == [] else x * xs[-1]


@works(0.7, 3)
def membership(x, n):
    xs = [i for i in range(n)]
    return x * 2 if 2 in xs else x


@works(0.7, 3)
def zip_of_grown_lists(x, n):
    xs = [x * i for i in range(n)]
    ys = [x + i for i in range(n + 1)]
    s = 0.0
    for a, b in zip(xs, ys):
        s += a * b
    return s


@works(0.7, 3)
def reversed_grown_list(x, n):
    xs = [x * i for i in range(n)]
    s = 0.0
    for v in reversed(xs):
        s = s * x + v
    return s


@works(0.7, 3)
def enumerate_of_grown_list(x, n):
    xs = [x * i for i in range(n)]
    s = 0.0
    for i, v in enumerate(xs, 1):
        s += v * i
    return s


@refused(0.7, 3)
def grows_while_iterated(x, n):
    xs = [x for i in range(n)]
    for v in xs:
        if len(xs) < 6:
            xs.append(v * 2)
    return sum(xs)


@works(0.7, 3)
def ints_and_floats(x, n):
    xs = [1]
    for i in range(n):
        xs.append(xs[-1] * x)
    return sum(xs)


@works(np.float32(0.7), 3)
def float32_items(x, n):
    xs = [x]
    for i in range(n):
        xs.append(xs[-1] * x)
    return sum(xs)


@works(X.astype(np.float32), 3)
def float32_arrays(x, n):
    xs = [x]
    for i in range(n):
        xs.append(xs[-1] * x)
    return np.sum(sum(xs))


@works(0.7, 3)
def passive_items(x, n):
    names = []
    for i in range(n):
        names.append(f"step {i}")
        names.append("and")
    print(names)
    return x * len(names)


@works(0.7, 6)
def list_of_two_windows(x, n):
    window = [x, x * x]
    s = 0.0
    for i in range(n):
        window.append(window[0] + window[1] * x)
        window.pop(0)
        s += sum(window)
    return s


@works(0.7, 3)
def lists_take_turns(x, n):
    level = [x]
    s = 0.0
    for i in range(n):
        after = []
        for v in level:
            after.append(v * x)
            after.append(v + 1)
        level = after
        s += sum(level)
    return s


@works(0.7, 3)
def lists_are_swapped(x, n):
    a = [x]
    b = [x * x]
    for i in range(n):
        a, b = b, [v * 2 for v in a]
    return sum(a) * 3 + sum(b)


@works(0.7, 4)
def saved_before_it_is_emptied(x, n):
    xs = [x * i for i in range(n)]
    s = 1.0
    for v in xs:
        s = s * v + x
    while xs:
        xs.pop()
    return s + len(xs)


@works(0.7)
def appends_what_it_pops(x):
    xs = [x, x * x, 2.0]
    xs.append(xs.pop(0))
    return xs[0] * xs[2] + xs[1]


def first_and(xs, v):
    return xs[0] * v + len(xs)


@works(0.7)
def hands_over_what_it_pops(x):
    xs = [x, x * x, 3 * x]
    return first_and(xs, xs.pop()) + sum(xs)


@works(0.7)
def pops_twice_in_one_expression(x):
    xs = [x, x * x, 3 * x]
    return xs.pop() * xs.pop() + len(xs + [xs.pop()])


@works(0.7)
def grows_in_the_value_of_an_augmented_assignment(x):
    xs = [x, x * x]
    xs += [xs.pop(), x]
    return xs[0] * xs[1] + xs[2]


@works(0.7, 3)
def item_of_list_is_taken_before_the_value(x, n):
    xs = [x for _ in range(n)]

    def bump():
        xs[0] = 5.0 * x
        return x

    xs[0] += bump()
    return xs[0] * xs[1]


# ---- algorithms, and what is hard about lists -----------------------------------------------------------


GL = [1.0, 2.0]
GA = [X.copy(), 2 * X]


@works(0.7, 5)
def brk(x, n):
    xs = [x]
    for i in range(n):
        v = xs[-1] * x
        if v < 0.2:
            break
        if i == 1:
            continue
        xs.append(v)
    return sum(xs) * len(xs)


@works(0.7, 5)
def ret(x, n):
    xs = [x]
    for i in range(n):
        xs.append(xs[-1] * x)
        if xs[-1] < 0.2:
            return sum(xs)
    return xs[-1]


@refused(0.7, 2)
def tryit(x, n):
    xs = [x] * n
    s = 0.0
    for i in range(4):
        try:
            v = xs.pop()
        except IndexError:
            v = x * x
        s = s * x + v
    return s


@works(0.7, 2)
def tryit2(x, n):
    xs = [x * i for i in range(n)]
    try:
        v = xs[n]
    except IndexError:
        v = xs[-1]
    return v * x


@refused(0.7, 2)
def tryit3(x, n):
    xs = []
    try:
        for i in range(n):
            xs.append(x * i)
            xs.append(1 / (i - 1))
    except ZeroDivisionError:
        xs.append(3 * x)
    return sum(xs)


@works(0.7, 6)
def wtrue(x, n):
    st = [x]
    k = 0
    while True:
        v = st.pop()
        k += 1
        if k < n:
            st.append(v * x)
            st.append(v + x)
        if k > 8 or not st:
            break
    return v + sum(st)


@refused(0.7, 3)
def samerow(x, n):
    row = [x]
    grid = []
    for i in range(n):
        grid.append(row)
        row.append(x * i)
    return sum(sum(r) for r in grid)


@works([1.0, 2.0, 3.0, 4.0], 3)
def shrink(p, n):
    s = 0.0
    for i in range(n):
        s = s * p[0] + sum(p)
        p = p[1:]
    return s


@refused([1.0, 2.0, 3.0, 4.0], 3)
def gridset(p, n):
    grid = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            grid[i][j] = p[i] * p[j]
    return sum(sum(r) for r in grid)


@refused(0.7, 3)
def sharedrows(x, n):
    grid = [[0.0] * n] * n
    grid[0][1] = x
    return grid[1][1] * x


@works([1.0, 2.0, 3.0, 4.0])
def reiter(p):
    s = 0.0
    for v in p:
        p = [v * 2]
        s += p[0] * v
    return s + sum(p)


@works([1.0, 2.0, 3.0])
def sliceiter(p):
    for v in p[:]:
        p.append(v * v)
    return sum(p) * p[3]


@works([1.0, 2.0, 3.0])
def nestiter(p):
    s = 0.0
    for a in p:
        for b in p:
            s += a * b * b
    return s


@works([1.0, 2.0, 3.0], [1, 2, 0])
def intlist(p, k):
    s = 0.0
    for i in k:
        s = s * 2 + p[i] ** k[i]
    k.append(3)
    return s * p[max(k) - 1] * len(k)


@refused(X.copy())
def plusarr(x):
    xs = [x[0]]
    xs += x
    xs += (1.0, x[1])
    return sum(v * i for i, v in enumerate(xs))


@works([1.0, 2.0, 3.0])
def delwhile(p):
    i = 0
    s = 0.0
    while i < len(p):
        if p[i] > 1.5:
            s += p[i] * p[0]
            del p[i]
        else:
            i += 1
    return s + sum(p)


@works(0.7, 3)
def raises(x, n):
    xs = []
    for i in range(n):
        xs.append(x * i)
        if len(xs) > 2:
            raise ValueError("too many")
    return sum(xs)


@works(0.7, 3)
def none_in(x, n):
    xs = []
    for i in range(n):
        xs.append(None)
    return x * len(xs)


@refused(0.7, 3)
def nonefloat(x, n):
    xs = [None] * n
    for i in range(n):
        xs[i] = x * i
    return sum(xs)


@works(0.7, 3)
def dictlist(x, n):
    ds = []
    for i in range(n):
        ds.append({"a": x * i, "b": i})
    return sum(d["a"] * d["b"] for d in ds)


@works(0.7, 3)
def setitemtuple(x, n):
    ps = [(x, 0.0)] * 2
    for i in range(n):
        ps.append((x * i, x))
    ps[1] = (x * x, ps[2][0])
    return sum(a * b + a for a, b in ps)


@works(0.7, 3)
def poptuple(x, n):
    st = [(x, 0)]
    s = 0.0
    while st:
        v, d = st.pop()
        s += v
        if d < n:
            st.append((v * x, d + 1))
            st.append((v * 0.5, d + 2))
    return s


@works(X.copy(), 3)
def arrtuple(x, n):
    st = [(x, 0)]
    s = 0.0
    while st:
        v, d = st.pop()
        s += np.sum(v)
        if d < n:
            st.append((v * x, d + 1))
            st.append((v * 0.5, d + 2))
    return s


@works(0.7, 3)
def alias2(x, n):
    a = [x]
    b = a
    c = (a, b)
    for i in range(n):
        a = a + [x * i]
        b.append(x)
    return sum(a) * sum(b) * sum(c[0])


@works(0.7, 3)
def alias3(x, n):
    a = [x]
    b = [1.0]
    for i in range(n):
        b = a
        b.append(x * i)
    return sum(a) + sum(b)


@works(0.7, 3)
def alias4(x, n):
    a = [x]
    b = [2 * x]
    for i in range(n):
        a.append(x)
        a, b = b, a
    return sum(a) * 2 + sum(b)


@refused(0.7, 1)
def alias5(x, c):
    a = [x]
    b = [2 * x, x]
    if c > 0:
        d = a
    else:
        d = b
    a.append(3 * x)
    return sum(d) * sum(a)


@refused(0.7, 1)
def alias6(x, c):
    if c > 0:
        a = [x]
        b = a
    else:
        a = [x, x]
        b = [3.0]
    a.append(3 * x)
    return sum(b) * sum(a)


@works(
    [1.0, 2.0],
)
def argalias(p):
    q = p
    q.append(p[0] * 3)
    return p[2] * p[1]


@works([1.0, 2.0], 2)
def arginbranch(p, n):
    if n > 1:
        p.append(p[0] * p[1])
    else:
        p.pop()
    return p[-1] * p[0]


@works([[1.0, 2.0], [3.0, 4.0]])
def nestedarg(p):
    return sum(sum(v * v for v in r) * r[0] for r in p)


@works([[1.0, 2.0], [3.0, 4.0]])
def nestedappend(p):
    p.append([p[0][0] * 2, 1.0])
    return sum(sum(r) * r[0] for r in p)


@refused([[1.0, 2.0], [3.0, 4.0]])
def nestedwrite(p):
    p[0][1] = 5.0 * p[1][0]
    return sum(sum(r) * r[0] for r in p)


@refused([[1.0, 2.0], [3.0, 4.0]])
def nestedalias(p):
    r = p[0]
    r.append(3.0)
    return sum(p[0]) * r[0]


@refused([1.0, X.copy()])
def mixedarg(p):
    p.append(2.0)
    return np.sum(p[0] * p[1])


@refused([(1.0, 2.0), (3.0, 4.0)])
def tuplearg(p):
    p.append((1.0, 2.0))
    return p[0][0] * p[2][1]


@works(np.float64(0.7), 3)
def npf(x, n):
    xs = [1.0]
    for i in range(n):
        xs.append(xs[-1] / x)
    return sum(xs)


@works(0.7, 3)
def npmix(x, n):
    xs = [x]
    for i in range(n):
        xs.append(np.exp(xs[-1]) * 0.1)
    return xs[0] / xs[1] + xs[-1]


@works(0.0, 3)
def zerodiv(x, n):
    xs = [x]
    for i in range(n):
        xs.append(xs[-1] * 2)
    return 1 / xs[0]


@works(X.copy(), 3)
def rnn(W, n):
    h = np.zeros(4)
    hs = []
    for i in range(n):
        h = np.tanh(W * h + 0.1 * i + W[0])
        hs.append(h)
    H = np.array(hs)
    return np.sum(H**2) + np.mean(hs[-1])


@works(X.copy(), 4)
def verlet(x, n):
    pos = [x]
    vel = [x * 0.1]
    for k in range(n):
        a = -pos[-1]
        v = vel[-1] + 0.1 * a
        p = pos[-1] + 0.1 * v
        pos.append(p)
        vel.append(v)
    return np.sum(pos[-1] * vel[-1]) + sum(np.dot(p, v) for p, v in zip(pos, vel))


@works(X.copy(), 4)
def inplace_then_copy(x, n):
    buf = np.zeros(4)
    out = []
    for i in range(n):
        buf[i] = x[i] * x[i - 1]
        out.append(buf.sum())
        out.append(buf[i])
    return sum(v * k for k, v in enumerate(out))


@works(X.copy(), 4)
def view_in_list(x, n):
    y = x * 2
    vs = []
    for i in range(n):
        vs.append(y[i:])
    return sum(np.sum(v * v) for v in vs)


@refused(X.copy(), 4)
def view_in_list_w(x, n):
    y = x * 2
    vs = []
    for i in range(n):
        vs.append(y[i:])
    y[0] = 3.0
    return sum(np.sum(v * v) for v in vs)


@refused(X.copy(), 4)
def read_back_w(x, n):
    vs = [x * i for i in range(n)]
    v = vs[1]
    v[0] = 3.0
    return np.sum(vs[1])


@refused(X.copy(), 4)
def pop_w(x, n):
    vs = [x * i for i in range(n)]
    v = vs.pop()
    v[0] = 3.0 * x[1]
    return np.sum(v * x)


@works(0.7, 4)
def closure_list(x, n):
    xs = []

    def add(i):
        xs.append(x * i)
        return len(xs)

    k = sum(add(i) for i in range(n))
    return sum(xs) * k


@works(0.7, 4)
def nonlocal_helper(x, n):
    def make():
        out = []
        for i in range(n):
            out.append(x**i)
        return out

    return sum(make()) * make()[1]


@works(0.7, 4)
def prefix(x, n):
    xs = [x * i for i in range(n)]
    pre = [0.0]
    for v in xs:
        pre.append(pre[-1] + v * v)
    return sum((pre[j] - pre[i]) * i for i in range(n) for j in range(i, n))


@works(0.7, 4)
def lastsum(x, n):
    xs = [x]
    for i in range(n):
        xs.append(sum(xs) * x + sum(v * v for v in xs[-2:]))
    return xs[-1]


@works(0.7, 4)
def maxlist(x, n):
    xs = [math.sin(x * i) for i in range(n)]
    m = max(xs)
    xs.append(m * x)
    xs[0] = min(xs) * 2
    return sum(xs)


@works(0.7, 4)
def whilepop0(x, n):
    q = [x * i for i in range(1, n)]
    while len(q) > 1:
        a = q.pop(0)
        b = q.pop(0)
        q.append(a * b + a)
    return q[0]


@works(0.7, 3)
def emptysum(x, n):
    xs = []
    t = sum(xs)
    for i in range(n):
        xs.append(x * i + t)
    return sum(xs) + x


@works(0.7, 3)
def rebinding_kind(x, n):
    acc = []
    for i in range(n):
        s = sum(acc)
        acc.append(x * (s + 1))
    return acc[-1]


@works(0.7, 3)
def cond_empty(x, n):
    acc = []
    for i in range(n):
        prev = acc[-1] if acc else x
        acc.append(prev * x + i)
    return acc[-1]


@works(0.7, 3)
def len_only(x, n):
    acc = []
    for i in range(n):
        acc.append(i)
    return x * len(acc) + acc[1]


@works(0.7, 3)
def not_in(x, n):
    seen = []
    s = 0.0
    for i in range(n):
        k = i % 2
        if k not in seen:
            seen.append(k)
            s += x * i + x
    return s


@works(0.7, 3)
def ins_mid(x, n):
    xs = [x, 2 * x]
    for i in range(n):
        xs.insert(1, xs[0] * xs[1] + i)
    return sum(v * k for k, v in enumerate(xs))


@works(0.7, 3)
def rev(x, n):
    xs = [x, 2 * x]
    for i in range(n):
        xs.append(xs[-1] * x)
        xs.reverse()
    return sum(v * k for k, v in enumerate(xs))


@refused(0.7, 3)
def fn_list_grows(x, n):
    fs = []
    for i in range(n):
        fs.append(lambda v: v * i)
    return fs[0](x)


@works(0.7, 3)
def string_join(x, n):
    names = []
    for i in range(n):
        names.append(str(i))
    print(",".join(names))
    return x


@works(0.7, 3)
def index_method(x, n):
    xs = [x * i for i in range(n)]
    return xs.index(max(xs)) * x


@works(0.7, 3)
def count_method(x, n):
    xs = [i % 2 for i in range(n)]
    return xs.count(1) * x


@refused(0.7, 3)
def sortinplace(x, n):
    xs = [x * i for i in range(n)]
    xs.sort(reverse=True)
    return xs[0] * 2 + xs[1]


@refused(0.7, 3)
def removes(x, n):
    xs = [i for i in range(n)]
    xs.remove(1)
    return x * sum(xs)


@refused(0.7, 3)
def slicedel(x, n):
    xs = [x * i for i in range(n)]
    del xs[:1]
    return sum(xs)


@refused(0.7, 3)
def sliceassign(x, n):
    xs = [x * i for i in range(n)]
    xs[1:] = [x, x]
    return sum(xs)


@works([[1.0, 2.0], [3.0, 4.0]])
def row_then_pop(p):
    r = p[0]
    p.pop(0)
    return sum(r) * r[1] * p[0][0]


@works(0.7, 3)
def rows_kept(x, n):
    grid = []
    s = 0.0
    for i in range(n):
        grid.append([x * i, x])
        r = grid[-1]
        q = grid[0]
        s += r[0] * q[1] * grid[i][1]
    r = grid[1]
    grid.insert(0, [x])
    return s + sum(r) * grid[0][0] + np.sum(np.array(grid[2]))


@works(0.7, 3)
def inner_lists_summed(x, n):
    g = [[x * i * j for j in range(n)] for i in range(n)]
    return sum(sum(r) for r in g) + sum(max(r) for r in g) + np.sum(np.array(g) ** 2)


@works([[1.0, 2.0], [3.0, 4.0]])
def swapped_rows(p):
    p[0], p[1] = p[1], p[0]
    return p[0][0] * 2 + p[1][1]


@works([1.0, 2.0, 3.0])
def swapped_items(p):
    p[0], p[2] = p[2], p[0]
    return p[0] * 2 + p[1] * p[2] ** 2


@works(
    [3.0, 1.0, 2.0],
)
def bubble(p):
    n = len(p)
    for i in range(n):
        for j in range(n - 1 - i):
            if p[j] > p[j + 1]:
                p[j], p[j + 1] = p[j + 1], p[j]
    return sum(v * i for i, v in enumerate(p))


@works(
    [3.0, 1.0, 2.0],
)
def insertion(p):
    out = []
    for v in p:
        k = 0
        while k < len(out) and out[k] < v:
            k += 1
        out.insert(k, v)
    return sum(v * i for i, v in enumerate(out))


@works(X.copy(), 3)
def polyak(x, n):
    g = [x]
    avg = x * 0
    for i in range(n):
        g.append(g[-1] - 0.1 * g[-1] ** 3)
        avg = avg + g[-1]
    return np.sum(avg * g[0])


@works(X.copy(), 3)
def mat_list(x, n):
    Ws = [np.outer(x, x) * 0.1 * i for i in range(n)]
    h = x
    hs = [h]
    for W in Ws:
        h = np.tanh(W @ h)
        hs.append(h)
    return sum(np.sum(a * b) for a, b in zip(hs[:-1], hs[1:]))


@works(0.7, 3)
def appended_twice(x, n):
    v = [x]
    for i in range(n):
        t = v[-1] * x
        v.append(t)
        v.append(t)
    return sum(a * b for a, b in zip(v, v[1:]))


@works(X.copy(), 3)
def same_array_twice(x, n):
    v = [x]
    for i in range(n):
        t = v[-1] * x
        v.append(t)
        v.append(t)
    return np.sum(sum(a * b for a, b in zip(v, v[1:])))


@works(X.copy(), 3)
def pop_arrays(x, n):
    v = [x * i for i in range(n)]
    s = x * 0
    while v:
        s = s * x + v.pop()
    return np.sum(s)


@works([X.copy(), 2 * X])
def arg_arrays_popped(p):
    a = p.pop()
    p.append(a * p[0])
    p.append(a)
    return np.sum(p[1] * p[2])


@works([X.copy(), 2 * X])
def arg_arrays_rev(p):
    p.reverse()
    p[0] = p[1] * 2
    return np.sum(p[0] * p[1])


@works(0.7, 4)
def cleared_in_outer(x, n):
    tot = 0.0
    buf = []
    for i in range(n):
        for j in range(i):
            buf.append(x * j)
        tot += sum(v * v for v in buf)
        buf = []
    return tot


@works(0.7, 4)
def clear_then_unused(x, n):
    b = [x * i for i in range(n)]
    s = sum(v * v for v in b)
    b.clear()
    b.append(x)
    return s + b[0]


@works(0.7, 4)
def written_over(x, n):
    b = [x * i for i in range(n)]
    s = 1.0
    for i in range(n):
        s = s * b[i] + x
        b[i] = s
        b[0] = 2.0
    return s * b[-1]


@works(0.7, 4)
def if_in_if(x, n):
    b = []
    for i in range(n):
        if i > 0:
            if i % 2:
                b.append(x * i)
            elif b:
                b[-1] = b[-1] * x
        else:
            b += [x, x]
    return sum(b)


@works(0.7)
def glob(x):
    return sum(GL) * x + GL[0] + sum(x * v for v in GL) + len(GL) + max(GL)


@works(0.7)
def globc(x):
    q = GL.copy()
    q.append(x)
    r = list(GL) + [x]
    return sum(q) * r[-1]


@works(0.7)
def globarr(x):
    return sum(np.sum(a) * x for a in GA) + np.sum(np.stack(GA) * x)


@works([np.float64(1.0), np.float64(2.0)])
def np64(p):
    return p[0] * 2


@works([np.float32(1.0), np.float32(2.0)])
def np32(p):
    p.append(p[0] * p[1])
    return p[2] * p[0]


@works([1.0, 2.0], [3.0, 4.0])
def whichever(p, q):
    r = p if p[0] > q[0] else q
    return sum(r) * r[0]


@refused([1.0, 2.0], [3.0, 4.0])
def whichever_w(p, q):
    r = p if p[0] > q[0] else q
    r.append(1.0)
    return sum(p) + sum(q)


@works(0.7, 3)
def loop_new_list_last(x, n):
    for i in range(n):
        row = [x * i for j in range(i + 1)]
    return sum(row)


@works(0.7, 3)
def loop_new_list_last2(x, n):
    for i in range(n):
        row = [x * i, x]
    row.append(x)
    return sum(row)


@works(0.7, 3)
def dissolved_alias_in_loop(x, n):
    a = [x, 2 * x]
    for i in range(n):
        b = a
        b[0] = b[0] * x
        a = [b[1], b[0]]
    return a[0] * 3 + a[1]


@works(0.7, 3)
def nested_fn_default(x, n):
    xs = []

    def f(v, acc=xs):
        acc.append(v)
        return v

    for i in range(n):
        f(x * i)
    return sum(xs)


@works(0.7, 3)
def return_in_list_loop(x, n):
    for v in [x * i for i in range(n)]:
        if v > 1:
            return v * v
    return x


@works(0.7, 3)
def for_else(x, n):
    xs = []
    for i in range(n):
        xs.append(x * i)
        if i > 10:
            break
    else:
        xs.append(3 * x)
    return sum(xs)


@works(0.7, 3)
def cont(x, n):
    xs = []
    for i in range(n):
        if i == 1:
            continue
        xs.append(x * i)
        if i == 0:
            continue
        xs[-1] *= x
    return sum(xs)


@works(0.7, 3)
def wh(x, n):
    xs = [x]
    while xs[-1] < n and len(xs) < 10:
        xs.append(xs[-1] + x)
        if len(xs) == 5:
            break
    return sum(xs) * xs[-1]


@works(0.7, 3)
def ternary_append(x, n):
    xs = []
    for i in range(n):
        xs.append(x if i % 2 else x * x)
    return sum(xs)


@works(0.7, 3)
def expr_append(x, n):
    xs = []
    for i in range(n):
        i % 2 and xs.append(x * i)
    return sum(xs) + x


@works(0.7, 3)
def append_in_comp(x, n):
    xs = []
    [xs.append(x * i) for i in range(n)]
    return sum(xs)


@works(X.copy(), 3)
def list_of_lists_of_arrays(x, n):
    g = [[x * i * j for j in range(n)] for i in range(1, n)]
    return sum(np.sum(sum(r)) for r in g) + np.sum(np.concatenate(g[0]))


@works(X.copy())
def runmax(x):
    out = []
    m = x[0]
    for v in x:
        m = max(m, v)
        out.append(m)
    return sum(out)


@works(X.copy())
def cumsum(x):
    out = []
    s = 0.0
    for v in x:
        s += v
        out.append(s * s)
    return np.dot(out, out)


@works(X.copy())
def interp(x):
    ys = list(x)
    zs = []
    for a, b in zip(ys[:-1], ys[1:]):
        zs.append((a + b) / 2 * (b - a))
    return sum(zs)


@works(X.copy())
def enumrev(x):
    ys = [v for v in reversed(x)]
    return sum(i * v for i, v in enumerate(reversed(ys)))


@works(0.7, 3)
def bigswitch(x, n):
    ops = ["a", "b", "a"]
    st = [x]
    for o in ops:
        if o == "a":
            st.append(st[-1] * x)
        else:
            st[-1] = st[-1] + st.pop()
    return sum(st)


@works(0.7, 4)
def pascal(x, n):
    row = [1.0]
    for i in range(n):
        row = [1.0] + [a * x + b for a, b in zip(row[:-1], row[1:])] + [x]
    return sum(row)


@works(0.7, 4)
def horner(x, n):
    cs = [float(i) for i in range(n)]
    s = 0.0
    for c in reversed(cs):
        s = s * x + c
    return s


def rec(xs, x, n):
    if n == 0:
        return 0.0
    xs.append(x * n)
    return x + rec(xs, x, n - 1)


@refused(0.7, 3)
def recappend(x, n):
    xs = []
    r = rec(xs, x, n)
    return r * sum(xs) + len(xs)


def rsum(xs, i):
    if i == len(xs):
        return 0.0
    return xs[i] * xs[0] + rsum(xs, i + 1)


@works(0.7, 3)
def recread(x, n):
    xs = [x * i + x for i in range(n)]
    return rsum(xs, 0)


@works([1.0, 2.0, 3.0])
def recarg(p):
    return rsum(p, 0)


def half(xs):
    if len(xs) == 1:
        return xs[0]
    m = len(xs) // 2
    return half(xs[:m]) * half(xs[m:]) + xs[0]


@works([1.0, 2.0, 3.0, 4.0, 5.0])
def recslice(p):
    return half(p)


def build(x, n):
    if n == 0:
        return [x]
    ys = build(x, n - 1)
    ys.append(ys[-1] * x)
    return ys


@refused(0.7, 3)
def recbuild(x, n):
    return sum(build(x, n))


def inner(x, n):
    ys = []
    for i in range(n):
        ys.append(x * i)
    if n <= 1:
        return sum(ys)
    return sum(ys) + inner(x, n - 1)


@works(0.7, 4)
def reclocal(x, n):
    return inner(x, n)


# ---- parts of lists of structures: rows stay rows ------------------------------------------------

PAIRS = [(0.3, 2.0), (-0.7, 0.4), (1.1, -0.6)]
BODIES = [Body(1.0, [0.0, 0.1]), Body(0.5, [1.0, 0.2]), Body(0.2, [-1.0, 0.5])]


@works(PAIRS)
def slice_of_pairs_unpacked(pairs):
    a, b = pairs[0:2]
    return a[0] * a[1] + b[1]


@works(PAIRS)
def slice_of_pairs_by_index(pairs):
    rest = pairs[1:]
    return rest[0][0] * rest[1][1] + len(rest)


@works(PAIRS)
def loop_over_slices_of_pairs(pairs):
    s = 0.0
    for i in range(len(pairs)):
        for a, b in pairs[:i]:
            s += a * b * i
    return s


@works(PAIRS)
def loop_over_reversed_slice_of_pairs(pairs):
    s = 0.0
    for a, b in pairs[::-1]:
        s = s * 0.5 + a * b
    return s


@works(PAIRS)
def slices_of_pairs_joined(pairs):
    turned = pairs[1:] + pairs[:1]
    return turned[0][0] * turned[2][1]


@works(PAIRS)
def extended_by_slice_of_pairs(pairs):
    more = pairs.copy()
    more.extend(pairs[:2])
    return more[3][0] * more[4][1]


@works(PAIRS)
def pairs_with_a_starred_name(pairs):
    a, *b = pairs
    return a[0] * b[0][1]


@works(PAIRS)
def slice_of_sorted_pairs(pairs):
    return sum(a * b for a, b in sorted(pairs, key=lambda t: -t[0])[:2])


@works([{"w": 0.3, "b": 1.0}, {"w": -0.2, "b": 0.5}])
def slice_of_dicts(layers):
    x = layers[0]["b"]
    for layer in layers[1:]:
        x = x * layer["w"] + layer["b"]
    return x


@works(BODIES)
def pairs_of_objects(bodies):
    e = 0.0
    for i, b in enumerate(bodies):
        for c in bodies[i + 1 :]:
            d = math.sqrt(sum((p - q) ** 2 for p, q in zip(b.pos, c.pos)))
            e -= b.mass * c.mass / d
    return e


@works(BODIES, 2)
def objects_made_anew_in_a_loop(bodies, n):
    for _ in range(n):
        bodies = [Body(b.mass * 0.9, [p + 0.1 * b.mass for p in b.pos]) for b in bodies]
    return bodies[0].mass * bodies[1].pos[0] + bodies[2].pos[1]


# ---- structures with nothing in a part of them, and of numbers of two sorts -------------------------------


@works([(), ()], 0.7)
def list_of_empty_tuples(items, x):
    total = x * len(items)
    for item in items[1:]:
        total += x * x * (len(item) + 1)
    return total


@works([((), 0.3), ((), 0.5)], 0.7)
def pairs_with_an_empty_tuple(pairs, x):
    first, *rest = pairs
    return sum(b * x for _, b in pairs) * len(pairs) * first[1] * len(rest) + (x if pairs else 0.0)


@works([({}, 0.3), ({}, 0.5)], 0.7)
def pairs_with_an_empty_dict(pairs, x):
    more = list(pairs)
    more.append(({}, x))
    return more[-1][1] * len(more) * pairs[1][1] + len(pairs)


@works([Body(0.5, []), Body(0.7, [])])
def objects_with_an_empty_list(bodies):
    return bodies[0].mass * bodies[1].mass * len(bodies) + sum(len(b.pos) for b in bodies)


@refused(3, 0.7)
def empty_tuples_in_a_list_that_grows(n, x):
    items = []
    for _ in range(n):
        items.append(())
    return x * len(items)


@refused(3, 0.7)
def empty_dicts_beside_numbers_in_a_list_that_grows(n, x):
    items = [({}, x)]
    for _ in range(n):
        items.append(({}, x))
    return items[-1][1] * len(items)


@works([(0.3, 1), (0.2, 2.5), (0.4, 3)])
def pairs_of_floats_and_integers(pairs):
    return sum(a**2 * b for a, b in pairs[::-1])


# ---- the same object or one like it -----------------------------------------------------------------------


@works([0.3, 2.0], 1)
def list_is_itself(xs, n):
    same, other, mine = xs, xs[:], [xs[n], 1.0]
    of_mine = mine
    return xs[n] * ((same is xs) + 2 * (other is xs) + 4 * (mine is of_mine))


@works([[0.3, 2.0], [-0.7]])
def row_is_itself(rows):
    row = rows[0]
    return row[0] * ((row is rows[0]) + 2 * (row is rows[1]))


@works(0.3, 2.0)
def dict_is_itself(x, y):
    d = {"x": x}
    pair = [d, d, {"x": x}]
    return y * ((pair[0] is pair[1]) + 2 * (pair[1] is pair[2])) * x


@works(0.3, 2.0)
def things_of_two_sorts_are_not_the_same(x, y):
    d, t = {"x": x}, (x, y)
    return x * (1 + (d is t) + 2 * (t is x) + 8 * (t is None) + 16 * (t is True))


@refused(PAIRS)
def pair_is_itself(pairs):
    return pairs[0][0] * (2 if pairs[0] is pairs[1] else 3)


@refused(0.3, 2.0)
def tuple_is_itself(x, y):
    t = (x, y)
    u = t
    return x * (2 if t is u else 3)


@refused({"x": 0.3}, {"x": 0.5})
def dict_of_argument_is_another(d, e):
    return d["x"] * (2 if d is e else 3)


@refused(PAIRS)
def list_of_pairs_is_itself(pairs):
    rest = pairs
    return pairs[0][0] * (2 if rest is pairs else 3)


@refused(X)
def view_is_itself(x):
    return x[0] * (2 if x[:2] is x[:2] else 3)


# ---- items of another size ---------------------------------------------------------------------------------

ARRAYS = [np.array([0.3, 0.1]), np.array([0.2, 0.7, 0.5])]


@works(ARRAYS)
def array_in_a_list_gives_way_to_a_longer_one(xs):
    ys = list(xs)
    total = ys[0][1] ** 2
    ys[0] = xs[1] * 2.0
    return total * np.sum(ys[0])


@works(ARRAYS)
def arrays_in_a_list_take_the_size_of_the_first(xs):
    ys = list(xs)
    for i in range(1, len(ys)):
        ys[i] = ys[i - 1] * 2.0
    return np.sum(ys[-1] ** 2)


@works([[0.3], [1.0, 2.0]])
def row_gives_way_to_a_longer_one(rows):
    more = list(rows)
    more[0] = [rows[1][0], rows[0][0], 2.0]
    return sum(v * v for row in more for v in row)


@works(BODIES)
def object_gives_way_to_one_with_a_longer_list(bodies):
    more = bodies[1:]
    more[0] = Body(bodies[0].mass, [bodies[1].mass, 2.0, 3.0])
    more.append(Body(bodies[1].mass, []))
    return sum(b.mass * p**2 for b in more for p in b.pos) * len(more)


# ---- lists of structures in lists -----------------------------------------------------------------------------

GROUPS = [[(0.1, 0.2), (0.4, 0.5)], [(0.3, 0.2)]]


@works(tuple(GROUPS))
def lists_of_pairs_in_a_tuple(groups):
    return sum(a * b * len(group) for group in groups for a, b in group[::-1])


@works(0.7, tuple(GROUPS))
def passive_lists_of_pairs(x, groups):
    return x * x * len(groups)


@refused(GROUPS)
def lists_of_pairs_in_a_list(groups):
    return sum(a * b for group in groups for a, b in group)


@refused(GROUPS, 0.3)
def lists_of_pairs_in_a_list_that_nothing_reads(groups, x):
    return x * x


@refused([[Body(1.0, [0.5])], [Body(0.5, [0.1])]])
def lists_of_objects_in_a_list(groups):
    return sum(b.mass for group in groups for b in group)


# ---- an index that is a bool -----------------------------------------------------------------------------------


@works([0.3, 2.0], True)
def bool_as_an_index(xs, c):
    return xs[c] ** 2 * xs[not c] * [xs[0], 1.0][xs[0] > 0.5]


@works(PAIRS, True)
def bool_as_an_index_of_pairs(pairs, c):
    return pairs[c][0] * pairs[not c][1]


@refused([0.3, 2.0], 1.0)
def float_as_an_index(xs, c):
    return xs[c] ** 2


# ---- lists of structures that derivatives give and take ---------------------------------------------------

LAYERS = [{"w": 0.3, "b": 1.0}, {"w": -0.2, "b": 0.5}, {"w": 0.7, "b": 0.1}]


def of_layers(layers):
    return sum(layer["w"] ** 2 * layer["b"] for layer in layers)


def of_bodies(bodies):
    return sum(b.mass * p**2 for b in bodies for p in b.pos)


def of_pairs(pairs):
    return sum(a * a * b for a, b in pairs)


@works(LAYERS)
def gradient_by_dicts_has_their_number(layers):
    return len(grad(of_layers)(layers)) * layers[0]["w"]


@works(LAYERS, 2)
def descent_by_dicts(layers, n):
    for _ in range(n):
        slopes = grad(of_layers)(layers)
        layers = [{key: layer[key] - 0.1 * slope[key] for key in ("w", "b")} for layer, slope in zip(layers, slopes)]
    return of_layers(layers)


@works(BODIES)
def descent_by_objects(bodies):
    slopes = grad(of_bodies)(bodies)
    more = slopes[1:]
    more.append(Body(bodies[0].mass, [bodies[1].mass, 2.0]))
    return sum(b.mass * s.mass + s.pos[1] for b, s in zip(bodies, slopes)) + more[-1].pos[0] * more[0].mass


@works(LAYERS)
def jacobian_by_dicts(layers):
    rows = jacfwd(lambda layers: [layer["w"] * layer["b"] for layer in layers])(layers)
    return sum(row[i]["w"] * row[i]["b"] for i, row in enumerate(rows)) * len(rows[0])


@works(BODIES)
def pushforward_of_objects(bodies):
    _, push = linearize(lambda bodies: [Body(b.mass * b.pos[0], b.pos[1:]) for b in bodies[::-1]], bodies)
    dots = push([Body(b.pos[1], [b.mass, 2.0]) for b in bodies])
    return dots[0].mass * dots[1].mass + dots[2].pos[0]


@works(BODIES)
def pullback_of_objects_with_lists_written_out(bodies):
    _, pull = vjp(lambda bodies: [Body(b.mass * b.pos[0], [b.pos[1], b.mass]) for b in bodies], bodies)
    (slopes,) = pull([Body(b.pos[1], [b.mass, b.pos[0]]) for b in bodies])
    return slopes[0].mass * slopes[1].pos[0] * slopes[2].pos[1]


@works(PAIRS)
def adjoints_written_out(pairs):
    _, pull = vjp(lambda pairs: [(a * b, a) for a, b in pairs], pairs)
    (slopes,) = pull([(1.0, 2.0), (pairs[0][0], 0.5), (0.1, 0.2)])
    return slopes[0][0] * slopes[1][1] + slopes[2][0]


@works([0.3, 2.0], PAIRS)
def tangents_written_out(xs, pairs):
    y, dot = jvp(lambda xs: xs[0] * xs[1] ** 2, (xs,), ([pairs[0][0], 1.0],))
    z, other = jvp(of_pairs, (pairs,), ([(xs[0], 0.5)] * 3,))
    return y * dot + z * other


@works([0.3, 2.0], PAIRS)
def arguments_as_their_own_tangents(xs, pairs):
    y, dot = jvp(lambda xs: xs[0] * xs[1] ** 2, (xs,), (xs,))
    z, other = jvp(of_pairs, (pairs,), (pairs,))
    return y * dot + z * other


@works([0.3, 2.0])
def result_changes_before_its_pullback_is_called(xs):
    ys, pull = vjp(lambda xs: [x * x for x in xs], xs)
    (first,) = pull(ys)
    ys.append(xs[0])
    ys[0] = 5.0
    (second,) = pull([ys[2], xs[1]])
    return first[0] * second[0] + first[1] * second[1] * len(ys)


@works(LAYERS)
def dict_of_a_result_changes_before_its_pullback_is_called(layers):
    found, pull = vjp(lambda layers: {"u": [layer["w"] * layer["b"] for layer in layers]}, layers)
    found["v"] = 2.0
    (slopes,) = pull({"u": [layer["w"] for layer in layers]})
    return slopes[0]["w"] * slopes[1]["b"] * found["v"]


@refused([0.3, 2.0], [0.5, -0.1])
def tangent_of_a_pair_of_lists_is_a_list_of_pairs(xs, ys):
    _, dot = jvp(lambda both: sum(a * b * b for a, b in zip(*both)), ((xs, ys),), ([(a, b) for a, b in zip(xs, ys)],))
    return dot


@refused(PAIRS)
def tangent_of_a_list_of_pairs_is_a_pair_of_lists(pairs):
    _, dot = jvp(of_pairs, (pairs,), (([a for a, _ in pairs], [b for _, b in pairs]),))
    return dot


@works(np.array([0.4, 0.7]))
def a_list_changes_under_a_name_that_only_the_loop_has(x):
    xs = [x[0], x[1], 0.3]
    for _ in range(2):
        ys = xs
        ys[2] = ys[2] + x[0] * 3.0
    return xs[2] * x[1] + sum(xs)


@works(np.array([0.4, 0.7]))
def a_list_changes_under_another_name_in_a_while_loop(x):
    xs, n = [x[0], x[1], 0.3], 0
    while xs[2] < 2.0:
        zs = [xs, xs]
        zs[0][2] += x[1]
        n += 1
    return xs[2] * x[0] + n


test_right, test_refused = PROGRAMS.tests()
