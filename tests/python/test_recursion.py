"""Functions that call themselves, and each other."""

# pyright: basic
# ruff: noqa

import math

import numpy as np
import pytest

from s2s_ad import emit, grad, hvp
from tests.judge import Programs

PROGRAMS = Programs()
works, refused = PROGRAMS.works, PROGRAMS.refused
X = np.array([0.3, -0.8, 1.2, -0.2])
A = np.random.default_rng(1).normal(size=(4, 4))
WEIGHTS = np.array([0.5, 1.5, -1.0, 2.0])


@works(1.3, 5)
@works(1.3, 0)
def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


@works(1.3, 7)
def fibonacci(x, n):
    return x if n < 2 else fibonacci(x, n - 1) + fibonacci(x, n - 2) * x


@works(0.4)
def until_large(x):
    if x > 10.0:
        return x * x
    return until_large(x * 1.7 + 0.1) * x


def even(x, n):
    return x if n == 0 else odd(x * x, n - 1)


def odd(x, n):
    return 2.0 * x if n == 0 else even(x + 1.0, n - 1)


@works(0.4, 5)
def mutual(x, n):
    return even(x, n) * odd(x, n + 1)


def determinant(a):
    n = len(a)
    if n == 1:
        return a[0, 0]
    total = 0.0
    for j in range(n):
        minor = np.concatenate([a[1:, :j], a[1:, j + 1 :]], axis=1)
        total = total + (-1.0) ** j * a[0, j] * determinant(minor)
    return total


@works(A.copy())
def laplace_expansion(a):
    return determinant(a)


@works(X.copy(), 3)
def recursion_that_sees_names_around(x, n):
    def rec(k):
        if k > n:
            return x * 0.5
        return np.sin(x * k) * WEIGHTS + rec(k + 1)

    y = np.sum(rec(0) * x)
    x = x * 2.0
    return y + np.sum(rec(1) * x)


@works(X.copy(), 3)
def recursion_in_loop(x, n):
    s = 0.0
    for i in range(n):
        s = s + power(x[i], i + 1) * s + x[0]
    return s


@works(X.copy(), 2)
@works(X.copy(), 3)
def recursion_in_branch_in_loop(x, n):
    s = 0.0
    for i in range(4):
        if i % n:
            s = s + power(x[i], i)
        else:
            s = s * fibonacci(x[i], 3) + 1.0
    return s


def halves(x):
    n = len(x)
    if n == 1:
        return x[0] * x[0]
    left, right = halves(x[: n // 2]), halves(x[n // 2 :])
    return left * math.sin(right) + right


@works(X.copy())
def divide_and_conquer(x):
    return halves(x)


def transform(x):
    n = len(x)
    if n == 1:
        return x
    a, b = transform(x[0::2]), transform(x[1::2])
    return np.concatenate([a + b, a - b])


@works(X.copy())
def walsh_hadamard(x):
    return np.sum(transform(x) * WEIGHTS) ** 2


def pair(x, n):
    if n == 0:
        return x, 1.0
    y, k = pair(x * 1.1, n - 1)
    return y * k + x, k + 0.5


@works(0.4, 3)
def recursion_that_returns_a_pair(x, n):
    y, k = pair(x, n)
    return y * k


def with_loop(x, n):
    s = x
    for i in range(n):
        s = s * x + i
        if s > 20.0:
            return s
        s = s + with_loop(x * 0.5, n - 1)
    return s * x


@works(0.9, 3)
def recursion_with_loop_and_return(x, n):
    return with_loop(x, n)


def takes_function(f, x, n):
    return f(x) if n == 0 else takes_function(f, f(x) * x, n - 1)


@works(0.9, 3)
def recursion_with_function(x, n):
    return takes_function(math.sin, x, n) + takes_function(lambda y: y * y, x, 1)


def tree_sum(tree, x):
    if isinstance(tree, tuple):
        return tree_sum(tree[0], x) * tree_sum(tree[1], x) + x
    return tree * x


@works(0.9, 1.2)
def recursion_over_a_structure(x, y):
    return tree_sum(((x, 2.0), (y, (x * y, 1.0))), x)


def writes_own(x, n):
    y = np.zeros(3)
    y[0] = x
    for i in range(1, 3):
        y[i] = y[i - 1] * x
        y[i] = y[i] ** 2 + i
    if n > 0:
        y[1] = y[1] * writes_own(x * 0.3, n - 1)
    return np.sum(y * y)


@works(0.9, 3)
def recursion_that_writes_its_own_array(x, n):
    return writes_own(x, n)


def writes_given(x, n):
    if n == 0:
        return np.sum(x * x)
    x[n] = x[0] * n
    return writes_given(x, n - 1)


@refused(X.copy(), 2)
def recursion_that_writes_its_argument(x, n):
    return writes_given(x, n)


@refused(X.copy())
def result_of_recursion_is_written(x):
    y = transform(x)
    y[0] = x[1]
    return np.sum(y * y)


@works(X.copy())
def copy_of_result_of_recursion_is_written(x):
    y = transform(x).copy()
    y[0] = x[1]
    return np.sum(y * y)


@refused(X.copy(), 3)
def argument_of_recursion_is_written_in_the_next_iteration(x, n):
    s = 0.0
    for i in range(n):
        x[0] = x[1] * s + 1.0
        s = s + halves(x)
    return s


@refused(0.5)
def recursion_without_end(x):
    return recursion_without_end(x * 0.5) * x


@works(0.5, 3)
def calls_with_keywords_and_defaults(x, n, scale=2.0):
    if n == 0:
        return x * scale
    return calls_with_keywords_and_defaults(x * scale, n=n - 1) + x


@works(0.5, 4)
def printing_recursion(x, n):
    print("n =", n)
    if n == 0:
        return x
    return printing_recursion(x * x + 1.0, n - 1)


def may_fail(x, n):
    try:
        return math.sqrt(x) * may_fail(x - 0.5, n - 1) if n > 0 else x
    except ValueError:
        return x * x


@works(0.9, 5)
@works(0.9, 1)
def recursion_with_try(x, n):
    return may_fail(x, n)


@works(0.9, 2)
def unused_recursion(x, n):
    power(x, n)
    while power(x, n) > 0.2:
        x = x * 0.8
    return x * x


def squared_then_written(x, n):
    y = x * 2.0
    s = np.sum(y * y * x)
    y[0] = 5.0 * x[1]
    s = s + np.sum(y * y)
    return s if n == 0 else s + squared_then_written(x * 0.5, n - 1)


@works(np.array([1.0, -2.0, 0.5]))
def recursion_writes_what_it_read(x):
    return squared_then_written(x, 2)


def halved(a, n):
    return a * 1.0 if n == 0 else halved(a * 0.5, n - 1)


@refused(np.array([1.0, 2.0]))
def result_of_recursion_is_written(x):
    y = halved(x, 2)
    y[0] = 5.0
    return np.sum(y * x)


def shifted(a, b, c, n):
    return a * b * c if n == 0 else shifted(a * 1.1, a, b, n - 1)


@works(0.7)
def arguments_begin_to_vary_one_after_the_other(x):
    return shifted(x, 1.0, 2.0, 3)


# -- arrays that are handed on: all calls add to one adjoint ------------------------------------------


def from_element(x, i):
    return 0.0 if i == len(x) else x[i] ** 2 * (1.0 + from_element(x, i + 1))


@works(X.copy())
def elements_one_by_one(x):
    return from_element(x, 0) * x[0]


def heap(x, i):
    if i >= len(x):
        return np.sum(x)
    return np.sin(x[i]) * heap(x, 2 * i + 1) + heap(x, 2 * i + 2) * np.sum(x * x)


@works(X.copy())
def elements_of_a_heap(x):
    return heap(x, 0) * np.prod(x)


def crossed(x, y, i):
    return np.dot(x, y) if i == len(x) else x[i] * crossed(y, x, i + 1) + y[i]


@works(X.copy())
def one_array_is_given_twice(x):
    return crossed(x, x, 0)


@works(X.copy())
def views_and_new_arrays_are_given(x):
    return crossed(x, x[::-1], 0) + crossed(x * 2.0, x + 1.0, 1)


def taken_apart(x, i):
    if len(x) < 2 or i > 3:
        return np.sum(x**3)
    return taken_apart(x[1:], i + 1) + taken_apart(x, i + 2) * x[0]


@works(X.copy())
def a_part_is_handed_on_too(x):
    return taken_apart(x, 0)


def in_a_loop(x, i):
    if i == 0:
        return x[0]
    s = 0.0
    for j in range(i):
        s += x[j] * in_a_loop(x, j)
        if s > 0.3:
            s += np.sum(in_a_loop(x, j // 2) * x[1:])
    return s + x[0]


@works(X.copy())
def calls_in_loops(x):
    return in_a_loop(x, 3)


def copied(x, i):
    y = x.copy()
    y[i] = y[i] ** 2
    return np.sum(y * x) if i == 0 else copied(y, i - 1) + copied(x, i - 1) * y[i]


@works(X.copy())
def a_copy_is_written(x):
    return copied(x, 2)


def first_of_two(x, n):
    return x[0] if n == 0 else second_of_two(x, n - 1) * x[1]


def second_of_two(x, n):
    return x[2] if n == 0 else first_of_two(x, n - 1) + x[0] * np.sum(x)


@works(X.copy())
def two_functions_hand_on(x):
    return first_of_two(x, 5)


def rows(a, i):
    return a * 1.0 if i == 0 else rows(a, i - 1) * a[i] + np.roll(a, 1)


@works(X.copy())
def results_are_arrays(x):
    return np.sum(rows(x, 2) ** 2) + np.sum(rows(x, 1)[1:])


def test_calls_make_no_zeros():
    source = emit(elements_one_by_one, "reverse", X)
    adjoint = source[source.index("def from_element_bar(") : source.index("def elements_one_by_one_vjp(")]
    assert "zeros" not in adjoint
    assert "x_bar[i] += " in adjoint


@pytest.mark.parametrize("f", [a_copy_is_written, elements_of_a_heap, one_array_is_given_twice, calls_in_loops])
def test_gradient_of_a_gradient(f):
    v = np.array([0.5, -1.0, 2.0, 0.3])
    second = grad(lambda x: np.sum(grad(f)(x) * v))(X)
    np.testing.assert_allclose(second, hvp(f, (X,), (v,)), rtol=1e-10, atol=1e-12)


# -- names that derivatives have too -------------------------------------------------------------------


def name_vjp(x, n):
    return x if n == 0 else np.sin(x) * name_vjp(x, n - 1)


def name_bar(x, n):
    return x if n == 0 else np.cos(x) * called(x, n - 1)


def called_bar(x, n):
    return x if n == 0 else x * called(x, n - 1)


def called_dot(x, n):
    return x if n == 0 else np.exp(-x) * called(x, n - 1)


def called_of_pullback(x, n):
    return x if n == 0 else x + called(x, n - 1)


def called(x, n):
    return x * 2.0 if n == 0 else called_bar(x, n - 1) + called_dot(x, n - 1) * called_of_pullback(x, n - 1)


@works(0.7)
def name(x):
    return name_vjp(x, 2) + name_bar(x, 2) + called(x, 4)


def depth(x, n):
    return x if n == 0 else depth(x * 1.0001, n - 1)


def ever_another_kind(p, q, depth):
    if depth == 0:
        return p * 0.25
    p = p * ever_another_kind(np.minimum(q, q), min(p, p), depth - 1)
    return q + p


@works(0.7, 3)
def kept_with_what_it_calls(x, n):
    return ever_another_kind(x, n, 2)


def test_tape_is_read_in_opposite_order():
    assert grad(depth)(1.0, 300) == pytest.approx(1.0001**300)


def test_called_functions_are_listed():
    derivative = grad(power)
    derivative(1.3, 2)
    assert derivative.ssa.startswith("power(x, n):")


def test_root_is_not_unrolled():
    assert emit(power, "reverse", 1.3, 2).count(" = n == 0") == 1


test_right, test_refused = PROGRAMS.tests()
