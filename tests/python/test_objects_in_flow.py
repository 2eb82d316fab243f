"""Objects, dicts and nonlocal names where control flow changes them: loops that are left, exceptions, recursion, lists."""

# pyright: basic
# ruff: noqa

import contextlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tests.judge import Programs

PROGRAMS = Programs()
works, refused = PROGRAMS.works, PROGRAMS.refused
X = np.array([0.5, -1.2, 0.8])


class Pair(NamedTuple):
    a: float
    b: float


class Walker:
    def __init__(self, x):
        self.x = x
        self.steps = 0
        self.last = x

    def step(self, h):
        self.last = self.x
        self.x = self.x + h * np.sin(self.x)
        self.steps += 1
        if self.x > 5.0:
            return False
        return True

    def down(self, n):
        if n <= 0:
            return self.x
        return self.x * 0.5 + self.down(n - 1)

    def forget(self, n):
        if n <= 0:
            return self.x
        self.steps += 1
        return self.forget(n - 1) * self.x

    def tree(self, n, y):
        return y if n == 0 else self.tree(n - 1, y * self.x) + self.tree(n - 1, y)


class Track:
    def __init__(self):
        self.items = []
        self.total = 0.0

    def put(self, x):
        self.items.append(x)
        self.total += x
        return self


@dataclass
class Node:
    value: float
    left: object = None
    right: object = None


# -- loops that are left ---------------------------------------------------------------------------


@works(0.7, 9)
def object_is_changed_in_a_loop_with_break(a, n):
    w = Walker(a)
    for i in range(n):
        w.x = w.x * 1.5
        if w.x > 3.0:
            break
        w.steps += 1
    return w.x * w.steps


@works(0.7, 9)
def object_is_changed_in_a_loop_with_continue(a, n):
    w = Walker(a)
    for i in range(n):
        w.x = w.x * 1.1
        if i % 2:
            continue
        w.last = w.x
        w.steps += 1
    return w.x * w.steps + w.last


@works(0.7, 9)
def object_is_changed_in_a_loop_with_return(a, n):
    w = Walker(a)
    for i in range(n):
        w.x = w.x * 1.5
        if w.x > 3.0:
            return w.x * w.steps
        w.steps += 1
    return w.last * w.x


@works(0.7, 9)
def method_stops_the_loop(a, n):
    w = Walker(a)
    for i in range(n):
        if not w.step(0.9):
            break
    else:
        w.x = w.x * 2.0
    return w.x + w.last * w.steps


@works(0.7)
def object_is_changed_in_an_unrolled_loop_with_break(a):
    w = Walker(a)
    for k in (1.5, 2.0, 2.5, 3.0):
        w.x = w.x * k
        if w.x > 3.0:
            break
        w.steps += 1
    return w.x * w.steps


@works(0.7, 5)
def dict_is_changed_in_while_true(a, n):
    d = {"x": a, "n": 0}
    while True:
        d["x"] = d["x"] * (1.0 + a)
        d["n"] += 1
        if d["n"] >= n:
            break
    return d["x"]


@works(0.7, 5)
def dict_is_changed_in_while_with_test_of_it(a, n):
    d = {"x": a, "n": 0}
    while d["n"] < n:
        d["x"] = d["x"] * (1.0 + a)
        d["n"] += 1
    return d["x"]


def first_over(w, limit, n):
    for i in range(n):
        w.x = w.x * 1.5
        if w.x > limit:
            return w
    return w


@works(0.7, 9)
def object_is_returned_from_a_loop(a, n):
    w = Walker(a)
    v = first_over(w, 2.0, n)
    return v.x * w.x


def made_over(a, limit, n):
    for i in range(n):
        a = a * 1.5
        if a > limit:
            return Walker(a)
    return Walker(-a)


@works(0.7, 9)
def new_object_is_returned_from_a_loop(a, n):
    return made_over(a, 2.0, n).x * made_over(a, 1e9, 3).x


@refused(0.7, 9)
def new_object_of_a_loop_is_changed_after_it(a, n):
    w = made_over(a, 2.0, n)
    w.x = w.x * a
    return w.x


def way(w, c):
    if c:
        w.x = w.x * 3.0
        return w
    w.steps += 1
    if w.x > 10.0:
        return w
    w.x = np.sin(w.x)
    return w


@works(0.7)
def object_is_changed_on_ways_that_return(a):
    w = Walker(a)
    u = way(w, a > 0.5)
    v = way(Walker(a), a > 0.9)
    return w.x * u.x + v.x * w.steps + v.steps


@works(0.7)
def attribute_is_set_on_a_way_that_returns(a):
    w = Walker(a)
    if a > 0.5:
        w.x = a * a
        if a > 0.6:
            w.last = a**3
            return w.x * w.last
    else:
        w.last = 1.0
    return w.x + w.last


@works(0.7, 4)
def nonlocal_in_a_loop_with_break(a, n):
    total, count = 0.0, 0

    def add(x):
        nonlocal total, count
        total = total + x * x
        count += 1

    for i in range(10):
        add(a * i)
        if count > n:
            break
    return total * count


@works(0.7, 4)
def nonlocal_in_a_while(a, n):
    count = 0

    def more():
        nonlocal count
        count += 1
        return count

    x = a
    while count < n:
        x = x * a * more()
    return x


@works(0.7)
def nonlocal_name_is_deleted(a):
    y = a * a

    def change():
        nonlocal y
        y = y * 2.0

    change()
    z = y
    del y
    return z


@works(0.7, 3)
def attribute_first_set_in_a_loop(a, n):
    t = Track()
    for i in range(n):
        t.best = a * i
        t.total += t.best
    return t.total


@refused(0.7, 3)
def attribute_first_set_in_a_loop_and_read_after_it(a, n):
    t = Track()
    for i in range(n):
        t.best = a * i
    return t.best


@works(0.7, 3)
def object_of_the_iteration_before_is_read(a, n):
    out = 0.0
    for i in range(n):
        if i > 0:
            out = out + w.x * w.steps
        w = Walker(a * (i + 1.0))
        w.steps += i
    return out


@refused(0.7, 3)
def object_of_the_iteration_before_is_changed(a, n):
    out = 0.0
    for i in range(n):
        if i > 0:
            w.x = w.x * 2.0
            out = out + w.x
        w = Walker(a * (i + 1.0))
    return out


@works(0.7, 3)
def object_is_made_in_a_loop_and_read_after_it(a, n):
    for i in range(n):
        w = Walker(a * (i + 1.0))
        v = w
        v.x = v.x * a
    return w.x * v.x


@works(0.7, 0)
def object_is_made_in_no_iteration(a, n):
    for i in range(n):
        w = Walker(a)
    return a * (w.steps + 1)


@works(0.7, 3)
def object_is_replaced_in_a_loop(a, n):
    w = Walker(a)
    for i in range(n):
        w = Walker(w.x * a)
        w.steps = i
    return w.x * w.steps


@works(0.7, 3)
def attribute_is_an_object_that_is_replaced(a, n):
    t = Track()
    t.w = Walker(a)
    for i in range(n):
        t.w = Walker(t.w.x * a)
    return t.w.x


@refused(0.7, 3)
def state_is_swapped(a, n):
    p, q = Walker(a), Walker(a * a)
    for i in range(n):
        p, q = q, p
        p.x = p.x * 2.0
    return p.x + q.x * a


# -- exceptions --------------------------------------------------------------------------------------


def checked(x):
    if x > 1.0:
        raise ValueError("too large")
    return x * 2.0


@works(0.7)
@works(1.7)
def attribute_is_set_in_try_and_handler(a):
    w = Walker(a)
    try:
        w.x = checked(a)
    except ValueError:
        w.x = a * a
    return w.x


@works(0.7)
@works(1.7)
def attribute_is_set_in_try_only(a):
    w = Walker(a)
    try:
        w.x = checked(a)
    except ValueError:
        pass
    return w.x


@refused(1.7)
def attribute_is_set_half_way(a):
    w = Walker(a)
    try:
        w.x = a * a
        w.last = checked(a)
    except ValueError:
        w.last = 2.0
    return w.x * w.last


@refused(1.7)
def attribute_is_set_half_way_and_back(a):
    w = Walker(a)
    try:
        w.steps = 5
        w.x = checked(a)
        w.steps = 0
    except ValueError:
        w.x = a * a * w.steps
    return w.x


@refused(1.7)
def dict_is_changed_half_way(a):
    d = {"x": a}
    try:
        d["y"] = a * a
        checked(a)
    except ValueError:
        d["x"] = a**3
    return d["x"] * len(d)


@works(0.7)
@works(1.7)
def dict_is_changed_in_try_that_raises_again(a):
    d = {"x": a}
    try:
        d["x"] = checked(a)
    except ValueError as error:
        raise KeyError("bad") from error
    return d["x"] * a


@works(0.7)
@works(1.7)
def attribute_is_set_before_and_after_try(a):
    w = Walker(a)
    w.x = w.x * 2.0
    try:
        y = checked(a)
    except ValueError:
        y = w.x * a
        w.steps += 1
    w.x = w.x * y
    return w.x * (1.0 + w.steps)


@works(0.7)
@works(1.7)
def attribute_is_set_in_finally(a):
    w = Walker(a)
    try:
        y = checked(a)
    except ValueError:
        y = 3.0 * a
    finally:
        w.x = w.x * a
    return w.x * y


@refused(1.7)
def method_changes_half_way(a):
    w = Walker(a)
    try:
        w.step(0.1)
        checked(a)
    except ValueError:
        return w.x * a
    return w.x


@refused(1.7)
def nonlocal_is_changed_half_way(a):
    n = 1.0

    def count():
        nonlocal n
        n = n + 1.0
        return n

    try:
        count()
        y = checked(a)
    except ValueError:
        y = n * a
    return y


@works(0.7)
@works(1.7)
def object_is_made_in_try(a):
    try:
        w = Walker(checked(a))
    except ValueError:
        w = Walker(a * 3.0)
    w.x = w.x * a
    return w.x


@works(0.7)
@works(1.7)
def object_is_bound_in_try_and_returned(a):
    w = Walker(a)
    try:
        v = checked(a)
        return Walker(v * a).x
    except ValueError as error:
        w.x = a**3
    return w.x


class Bad(ValueError):
    pass


@refused(0.7)
@refused(1.7)
def own_exception_of_a_setter(a):
    class_ = Guarded(a)
    try:
        class_.x = a * 2.0
    except Bad:
        return a * a
    return class_.x


class Guarded:
    def __init__(self, x):
        self._x = x

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        if value > 2.0:
            raise Bad("no")
        self._x = value


# -- recursion ---------------------------------------------------------------------------------------


@works(0.7, 4)
def method_calls_itself(a, n):
    return Walker(a).down(n)


@works(0.7, 3)
def method_calls_itself_twice(a, n):
    return Walker(a).tree(n, a)


@refused(0.7, 4)
def recursive_method_changes_its_object(a, n):
    w = Walker(a)
    return w.forget(n) * w.steps


def weight(node):
    if node is None:
        return 0.0
    return node.value + weight(node.left) * weight(node.right)


@works(0.7)
def recursion_over_a_tree(a):
    return weight(Node(a, Node(a * a, Node(2.0 * a), None), Node(3.0)))


def power(w, n):
    if n == 0:
        return w
    return power(Walker(w.x * 1.5), n - 1)


@works(0.7, 3)
def recursion_gives_objects(a, n):
    w = Walker(a)
    return power(w, n).x * w.x


@refused(0.7, 3)
def recursion_gives_its_object_and_it_is_changed(a, n):
    w = Walker(a)
    v = power(w, n)
    w.x = 5.0 * a
    return v.x * w.x


def grown_dict(d, n):
    if n == 0:
        return d["x"]
    d["x"] = d["x"] * 2.0
    return grown_dict(d, n - 1)


@refused(0.7, 3)
def recursion_changes_a_dict(a, n):
    return grown_dict({"x": a}, n)


@refused(0.7, 3)
def recursion_binds_a_nonlocal(a, n):
    total = 0.0

    def go(k):
        nonlocal total
        if k == 0:
            return a
        total = total + a
        return a * go(k - 1)

    return go(n) + total


@works(0.7, 3)
def recursion_reads_an_object_around_it(a, n):
    w = Walker(a)
    w.x = w.x * 2.0

    def go(k):
        return a if k == 0 else w.x * go(k - 1)

    first = go(n)
    w.x = w.x * 3.0
    return first + go(n)


@works(0.7, 3)
def recursion_with_named_tuple(a, n):
    def go(p, k):
        return p if k == 0 else go(Pair(p.b, p.a * p.b), k - 1)

    q = go(Pair(a, 2.0 * a), n)
    return q.a * q.b


# -- lists that grow ---------------------------------------------------------------------------------


@works(0.7, 4)
def list_of_an_object_grows(a, n):
    t = Track()
    for i in range(n):
        t.put(a * i)
    return sum(t.items) * t.total + len(t.items)


@works(0.7)
def list_of_an_object_grows_by_known_items(a):
    t = Track()
    t.put(a).put(a * a).put(3.0)
    return t.items[0] * t.items[-1] + t.total * len(t.items)


@works(0.7, 4)
def list_of_an_object_grows_in_a_branch(a, n):
    t = Track()
    for i in range(n):
        if i % 2:
            t.put(a * i)
    return sum(x * x for x in t.items) + a


@works(0.7, 4)
def objects_are_appended(a, n):
    ws = []
    for i in range(n):
        ws.append(Walker(a * (i + 1.0)))
    return sum(w.x * w.steps + w.x for w in ws) * ws[-1].x


@refused(0.7, 4)
def appended_object_is_changed(a, n):
    ws = []
    for i in range(n):
        w = Walker(a)
        ws.append(w)
        w.x = w.x * i
    return sum(w.x for w in ws)


@refused(0.7, 4)
def appended_object_of_before_is_changed(a, n):
    w = Walker(a)
    ws = []
    for i in range(n):
        ws.append(w)
    w.x = a * a
    return sum(v.x for v in ws)


@refused(0.7, 4)
def item_of_a_growing_list_is_changed(a, n):
    ws = [Walker(a)]
    for i in range(n):
        ws.append(Walker(a * i))
    ws[0].x = a * a
    return sum(v.x for v in ws)


@works(0.7, 4)
def dicts_are_appended(a, n):
    ds = []
    for i in range(n):
        ds.append({"x": a * i, "y": a})
    return sum(d["x"] * d["y"] for d in ds)


@works(0.7, 4)
def named_tuples_are_appended(a, n):
    ps = []
    for i in range(n):
        ps.append(Pair(a * i, a))
    return sum(p.a * p.b for p in ps) + ps[1].a


@works(0.7, 4)
def list_in_a_dict_grows(a, n):
    d = {"xs": [], "n": 0}
    for i in range(n):
        d["xs"].append(a * i)
        d["n"] += 1
    return sum(d["xs"]) * d["n"]


@works(0.7, 4)
def list_attribute_is_extended_in_place(a, n):
    t = Track()
    xs = t.items
    for i in range(n):
        t.items += [a, a * i]
    return sum(xs) * len(t.items)


@works(0.7)
def nested_list_is_extended_in_place(a):
    inner = [a]
    xs = [inner, [2.0]]
    xs[0] += [a * a]
    return sum(inner) * len(xs[0])


@works(0.7)
def list_of_a_dict_is_extended_in_place(a):
    inner = [a]
    d = {"k": inner}
    d["k"] += [a * a]
    return sum(inner) * len(d["k"])


@works(0.7, 3)
def closure_keeps_a_growing_list(a, n):
    xs = []

    def add(x):
        xs.append(x * x)

    for i in range(n):
        add(a * i)
    return sum(xs)


# -- others ------------------------------------------------------------------------------------------


@works(0.7)
def value_of_an_augmented_item_changes_it(a):
    d = {"x": a}

    def f():
        d["x"] = 10.0 * a
        return a * a

    d["x"] += f()
    return d["x"]


@works(0.7)
def value_of_an_augmented_attribute_changes_it(a):
    w = Walker(a)

    def f():
        w.x = 10.0 * a
        return a * a

    w.x += f()
    return w.x


@works(0.7)
def match_on_a_dict_of_this_function(a):
    d = {"sort": "square", "x": a}
    match d:
        case {"sort": "square", "x": x, **rest}:
            return x * x * len(rest) + x
        case _:
            return a


@works(0.7)
def match_on_named_tuple(a):
    match Pair(a, 2.0):
        case (x, y):
            return x * y


@works(0.7)
def with_null_context_and_attribute(a):
    w = Walker(a)
    with contextlib.nullcontext(w) as v:
        v.x = v.x * a
        if v.x > 0.0:
            return w.x
    return a


@works(0.7)
def complex_attributes(a):
    w = Walker(a + 2j * a)
    w.x = w.x * w.x
    return w.x.real * abs(w.x)


@works(X)
def attribute_array_written_through_view(x):
    t = Track()
    t.m = np.zeros((3, 3))
    t.m.T[0] = x
    t.m[1:, 0] *= 2.0
    np.add.at(t.m, ([0, 0], [1, 1]), x[:2])
    return np.sum(t.m * t.m)


@works(X, 3)
def attribute_array_written_in_loop_with_break(x, n):
    t = Track()
    t.m = np.zeros(3)
    for i in range(n):
        t.m[i] = x[i] * x[i]
        if t.m[i] > 1.0:
            break
    return np.sum(t.m * x)


@refused(X)
def attribute_and_name_are_one_array(x):
    t = Track()
    t.m = x * 2.0
    m = t.m
    for i in range(2):
        m[i] = m[i] * x[2]
        if i > 5:
            t.m = m * 2.0
    return np.sum(t.m)


@works(0.7, 3)
def objects_in_branches_of_a_loop(a, n):
    w = Walker(a)
    v = Walker(2.0 * a)
    for i in range(n):
        u = w if i % 2 else v
        out = u.x * a
    return out


@refused(0.7, 3)
def chosen_object_is_changed(a, n):
    w = Walker(a)
    v = Walker(2.0 * a)
    u = w if n > 2 else v
    u.x = a * a
    return w.x + v.x


@works(0.7)
def walrus_in_comprehension(a):
    ys = [(y := a * k) for k in (1.0, 2.0)]
    return sum(ys) * y


@refused(0.7, 3)
def walrus_in_generator(a, n):
    total = sum((y := a * k) for k in range(n))
    return total * y


@works(0.7, 3)
def lambdas_of_a_generator(a, n):
    return sum(f(a) for f in [lambda t: t * k for k in (1.0, 2.0, 3.0)])


@works(0.7, 3)
def method_in_a_comprehension(a, n):
    w = Walker(a)
    flags = [w.step(0.1) for _ in range(n)]
    return w.x * w.steps


@works(0.7, 3)
def method_in_a_generator(a, n):
    t = Track()
    total = sum(t.put(a * i).total for i in range(n))
    return total * t.total


@works(0.7, 3)
def print_of_attributes(a, n):
    w = Walker(a)
    print(w.x, w.steps)
    w.x *= a
    print(f"{w.x:.3f}")
    return w.x


class Bumped:
    def __init__(self, x):
        self.x = x
        self.n = 0

    def bump(self, k=1):
        self.n += k
        return self

    def boom(self, y):
        self.x = y
        if y > 1.0:
            raise ValueError("big")
        self.n += 1
        return y


@refused(1.7)
def last_in_try_is_aug(a):
    w = Bumped(a)
    try:
        w.x += w.boom(a * 2.0)
    except ValueError:
        return w.x * a
    return w.x


@refused(1.7)
def last_in_try_is_dict_set_twice(a):
    d = {"x": a}
    try:
        d["x"] = 5.0
        d["x"] = Bumped(a).boom(a)
    except ValueError:
        return d["x"] * a
    return d["x"]


@works(1.7)
def last_in_try_is_dict_set(a):
    d = {"x": a}
    try:
        d["x"] = Bumped(a).boom(a)
    except ValueError:
        return d["x"] * a
    return d["x"]


@works(1.7)
def last_in_try_adds_key(a):
    d = {"x": a}
    try:
        d["y"] = Bumped(a).boom(a)
    except ValueError:
        return d["x"] * a + len(d)
    return d["x"]


@refused(1.7)
def array_attribute_in_try(a):
    w = Bumped(np.array([a, 2.0]))
    try:
        w.x[0] = a * 2.0
        Bumped(a).boom(a)
    except ValueError:
        return w.x[0]
    return w.x[1]


@works(1.7)
def alias_in_try(a):
    w = Bumped(a)
    v = w
    try:
        v.x = Bumped(a).boom(a)
        v.n = 5
        Bumped(a).boom(a)
    except ValueError:
        return w.x
    return w.x


@refused(1.7)
def made_object_escapes_try(a):
    w = Bumped(a)
    w.child = None
    try:
        c = Bumped(a * 2.0)
        w.child = c
        c.boom(a)
    except ValueError:
        return w.x
    return w.child.x


@refused(0.7, 3)
def loop_pops_and_sets(a, n):
    d = {"x": a, "y": a}
    s = 0.0
    for i in range(n):
        v = d.pop("x")
        d["x"] = v * 2.0
        s = s + v
    return s + d["x"]


@refused(0.7, 3)
def loop_pops_and_order(a, n):
    d = {"x": a, "y": 2.0 * a}
    for i in range(n):
        v = d.pop("x")
        d["x"] = v * 2.0
    return list(d.values())[0]


@works(0.7, 3)
def loop_adds_key_and_len(a, n):
    d = {}
    t = a
    for i in range(n):
        d["k"] = a * i
        t = t * (1 + len(d))
    return t


@refused(0.7, 3)
def loop_hasattr(a, n):
    w = Bumped(a)
    t = a
    for i in range(n):
        if hasattr(w, "q"):
            t = t * w.q
        w.q = a * i
    return t


@works(0.7, 3)
def two_names_in_loop(a, n):
    w = Bumped(a)
    best = w
    for i in range(n):
        c = Bumped(a * i)
        if c.x > best.x:
            best = c
    return best.x


@refused(0.7, 3)
def best_changed_after(a, n):
    w = Bumped(a)
    best = w
    for i in range(n):
        c = Bumped(a * i)
        if c.x > best.x:
            best = c
    c.x = 5.0 * a
    return best.x


@refused(0.7, 3)
def early_object_with_alias(a, n):
    out = a
    for i in range(n):
        if i > 0:
            out = out * prev.x
        prev = Bumped(a * (i + 1))
        keep = prev
        keep.x = keep.x * 2.0
    keep.x = 3.0 * a
    return out * prev.x


@works(0.7, 3)
def object_holds_list_that_another_holds(a, n):
    xs = [a]
    w = Bumped(a)
    w.xs = xs
    v = Bumped(a)
    v.xs = xs
    for i in range(n):
        w.xs.append(a * i)
    return sum(v.xs) * len(xs)


@works(0.7)
def dissolved_list_in_two_objects(a):
    xs = [a, 2.0]
    w = Bumped(a)
    w.xs = xs
    w.xs[0] = a * a
    xs[1] = a
    return w.xs[1] * xs[0]


@works(0.7, 2)
def object_in_list_of_list(a, n):
    ws = [[Bumped(a)], [Bumped(2 * a)]]
    ws[0][0].x = a * a
    for i in range(n):
        ws[1][0].bump().x += a
    return ws[0][0].x * ws[1][0].x * ws[1][0].n


@refused(0.7, 3)
def recursion_shares(a, n):
    w = Bumped(np.array([a, a]))

    def go(v, k):
        return v if k == 0 else go(v, k - 1)

    v = go(w, n)
    v.x[0] = 5.0
    return w.x[0] * a


@refused(0.7, 3)
def recursive_list_tokens(a, n):
    def go(k):
        return [a, 2.0 * a] if k == 0 else go(k - 1)

    p = go(n)
    q = go(1)
    p[0] = 5.0
    return q[0] * p[1]


@works(0.7, 3)
def recursive_dict(a, n):
    def go(k):
        return {"x": a} if k == 0 else {"x": go(k - 1)["x"] * a}

    p = go(n)
    q = go(1)
    return q["x"] * p["x"]


@works(0.7, 3)
def recursion_in_loop_with_object(a, n):
    def go(v, k):
        return v.x if k == 0 else v.x * go(v, k - 1)

    w = Bumped(a)
    t = 0.0
    for i in range(n):
        t = t + go(w, 2)
        w.x = w.x * 0.9
    return t


@works(0.7, 3)
def partial_of_object_in_loop(a, n):
    w = Bumped(a)
    f = w.bump
    for i in range(n):
        f(2)
        w.x = w.x * a
    return w.x * w.n


@works(0.7, 3)
def generator_over_objects(a, n):
    ws = [Bumped(a), Bumped(2 * a)]
    total = sum(w.bump().x * w.n for w in ws)
    return total * ws[1].n


@works(0.7, 3)
def any_changes_objects(a, n):
    w = Bumped(a)
    ok = any(w.bump().n > 1 for i in range(n))
    return w.x * w.n if ok else a


@refused(0.7, 3)
def while_condition_changes_object(a, n):
    w = Bumped(a)
    while w.bump().n < n:
        w.x = w.x * 2.0
    return w.x


@works(0.7)
def short_circuit_changes_object(a):
    w = Bumped(a)
    if a > 1.0 and w.bump().n > 0:
        w.x = 3.0
    if a > 0.0 or w.bump().n:
        w.x = w.x * a
    return w.x * (1 + w.n)


@works(0.7)
def ternary_changes_object(a):
    w = Bumped(a)
    y = w.bump(3).x if a > 0.5 else w.bump(5).x
    return y * w.n


@refused(0.7)
def for_keys_changes_values(a):
    d = {"x": a, "y": 2.0 * a}
    for k in d:
        d[k] = d[k] * a
    return d["x"] + d["y"]


@refused(0.7)
def for_items_changes_values(a):
    d = {"x": a, "y": 2.0 * a}
    for k, v in d.items():
        d["y"] = v * a
    return d["x"] + d["y"]


@works(0.7)
def del_in_branch(a):
    d = {"x": a, "y": 2.0 * a}
    if a > 0.5:
        del d["x"]
    return d["y"]


@refused(0.7)
def del_in_branch_iter(a):
    d = {"x": a, "y": 2.0 * a}
    if a > 0.5:
        del d["x"]
    return sum(d.values())


@works(0.7)
def nested_function_attr(a):
    w = Bumped(a)

    def f(t):
        w.x = w.x * t
        return w.n

    if a > 0.5:
        f(2.0)
    else:
        f(3.0)
    return w.x


@works(0.7, 3)
def global_like_comprehension(a, n):
    y = 1.0

    def inc():
        nonlocal y
        y = y + a
        return y

    vals = [inc() for _ in range(3)]
    return sum(vals) * y


@works(0.7, 3)
def nonlocal_in_generator(a, n):
    y = 1.0

    def inc():
        nonlocal y
        y = y + a
        return y

    return sum(inc() for _ in range(n)) * y


@refused(0.7, 3)
def nonlocal_changed_in_try_loop(a, n):
    y = a

    def inc(k):
        nonlocal y
        if k > 1:
            raise ValueError("k")
        y = y * 2.0

    for i in range(n):
        try:
            inc(i)
        except ValueError:
            break
    return y


def pick(xs, k):
    return xs if k == 0 else pick(xs, k - 1)


@refused(0.7)
def picked_lists(a):
    xs, ys = [a, 2.0], [3.0 * a, a]
    p = pick(xs, 2)
    q = pick(ys, 2)
    q[0] = 5.0
    return p[0] * xs[0] * ys[0]


@refused(0.7)
def picked_list_source_changed(a):
    xs = [a, 2.0]
    p = pick(xs, 2)
    xs[0] = 5.0
    return p[0] * a


@works(0.7)
def picked_lists_read(a):
    xs, ys = [a, 2.0], [3.0 * a, a]
    return pick(xs, 2)[0] * pick(ys, 2)[1]


@refused(0.7)
def picked_object_source_changed(a):
    w = Bumped(a)
    p = pick((w, 1.0), 2)
    w.x = 5.0
    return p[0].x * a


def make(xs):
    return [lambda t: t * xs[0] * k for k in (1.0, 2.0)]


@works(0.7)
def functions_of_a_comprehension_keep_a_list(a):
    xs = [a, 2.0]
    fs = make(xs)
    xs[0] = 5.0
    return fs[0](a) * fs[1](a)


def nested(xs):
    def inner():
        return lambda t: t * xs[0]

    return inner()


@works(0.7)
def function_of_an_inner_function_keeps_a_list(a):
    xs = [a, 2.0]
    g = nested(xs)
    xs[0] = 5.0
    return g(a)


test_right, test_refused = PROGRAMS.tests()
