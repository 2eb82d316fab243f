"""Elements of arrays are read as numbers of Python where nothing can tell; adjoints then are lists.

What is emitted behaves as the program does where Python's numbers and NumPy's differ.
"""

# pyright: basic

import math
import warnings

import numpy as np
import pytest

from s2s_ad import grad, hessian, jvp, value_and_grad
from tests.differences import assert_close, numeric_gradient

X = np.array([0.3, -0.7, 1.1, 0.4])


def quotient_by_an_element(x):
    return 1.0 / x[0] + x[1] * 2.0


def quotient_by_a_sum_of_elements(x):
    total = 0.0
    for i in range(len(x)):
        total += x[i]
    return 1.0 / total


def quotient_by_what_a_branch_gives(x):
    y = x[0] * 1.0 if x[1] > 0.0 else x[2] - x[2]
    return x[3] / y


def quotient_by_what_is_kept(x):
    total = 0.0
    for i in range(len(x)):
        y = x[i] * 0.0
        total = total + x[i] / (y + total * 0.0) * y
    return total


def quotient_on_a_tape(x):
    total = 0.0
    for i in range(1, len(x)):
        y = x[i] * 2.0
        total += x[i - 1] / y
    return total


def power_on_a_tape(x):
    total = 0.0
    for value in x:
        away = value - 0.5
        total += away**2
    return total


def roots_on_a_tape(x):
    total = 0.0
    for value in x:
        total += (value - 0.25) ** 1.5 + (2.0 * value) ** -0.5
    return total


def inverse_powers_on_a_tape(x):
    total, k = 0.0, -1
    for value in x:
        total += (3.0 * value) ** -2 * (value + 1.0) ** k
        k = k - 1
    return total


def quotient_that_is_powered(x):
    total = 0.0
    for i in range(1, len(x)):
        total += (x[i] / x[i - 1]) ** 2 - 1.0 / (x[i] - x[i - 1])
    return total


def functions_of_elements(x):
    total = 0.0
    for i in range(1, len(x)):
        apart = np.sqrt(x[i] ** 2 + x[i - 1] ** 2)
        total += np.abs(x[i]) / apart + np.maximum(x[i], 0) * np.minimum(x[i - 1], apart)
    return total


def functions_that_tell_zeros_apart(x):
    total = 0.0
    for i in range(1, len(x)):
        total += 1.0 / np.maximum(x[i], x[i - 1]) - 1.0 / np.minimum(0.0, x[i]) + 1.0 / np.sqrt(x[i])
    return total


def functions_of_numpys_numbers(x):
    total = 0.0
    for value in x:
        total += np.sqrt(np.exp(value)) / np.abs(np.where(value > 1.0, value, 2.0))
    return total


def function_that_gives_a_number_of_numpy(x):
    return np.sqrt(x[0] * x[1]) / np.maximum(x[2], 0.5)


def pairs_of_elements(x):
    total = 0.0
    for i in range(len(x)):
        for j in range(i):
            total += x[i] * x[j]
        for j in range(i + 1, len(x)):
            total -= x[i] / (1.0 + x[j] ** 2)
    return total


def element_beyond_the_end(x):
    total = 0.0
    for i in range(len(x)):
        total += x[i] * x[i + 1]
    return total


def element_of_a_shorter_array(x):
    y = x[1:]
    total = 0.0
    for i in range(len(x)):
        total += x[i] * y[i]
    return total


def elements_from_the_end(x):
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = x[i] * 2.0
    for i in range(-2, len(x) - 2):
        y[i] = x[i] * x[i + 1]
    return np.sum(y)


def array_of_its_own(x):
    y = np.zeros(len(x))
    total = 0.0
    for i in range(1, len(x)):
        y[i] = x[i - 1] * y[i - 1] + x[i]
        total += y[i] ** 2
    return total


def array_of_its_own_that_is_too_short(x):
    y = np.zeros(len(x))
    total = 0.0
    for i in range(len(x)):
        y[i + 1] = x[i]
        total += y[i] * x[i]
    return total


def array_that_is_seen_as_a_whole(x):
    y = np.zeros(len(x))
    z = y[::-1]
    total = 0.0
    for i in range(len(x)):
        y[i] = x[i] * 2.0
        total += y[i] * z[i]
    return total


def elements_that_change(x):
    y = x * 1.0
    total = 0.0
    for i in range(1, len(x)):
        y[i] = y[i] * y[i - 1]
        total += y[i - 1] * 0.5
    return total


def elements_until_one_is_large(x):
    total = 0.0
    for i in range(len(x)):
        total += x[i] * x[i]
        if total > 1.0:
            break
    return total


def array_of_each_round(x):
    total = 0.0
    for k in range(2):
        y = x * (k + 1.0)
        for i in range(len(x)):
            total += y[i] * x[i]
        for i in range(1, len(y)):
            total += y[i] * y[i - 1]
    return total


def quotient_of_what_may_be_pythons(x):
    y, below = np.zeros(len(x)), 0.5
    for i in range(len(x)):
        y[i] = 1.0 / below
        below = x[i]
    return np.sum(y)


def quotient_by_a_zero_of_python(x):
    y, below = np.zeros(len(x)), 0.0
    for i in range(len(x)):
        y[i] = 1.0 / below
        below = x[i]
    return np.sum(y)


def quotients_of_arrays(x):
    return np.sum(x[0] * 2.0 / x) + np.sum((x + 1.0) / (x[0] + 3.0))


def power_of_an_element(x):
    return x[0] ** 2 + x[1] * x[2]


def power_of_a_sum(x):
    total = 0.0
    for value in x:
        total += value * value
    return total**3


def broken_power(x):
    return (x[0] - 1.0) ** 1.5 * x[1]


def power_with_an_element_above(x):
    return 2.0 ** (x[0] * 3.0)


def remainder(x):
    return x[0] % (x[1] - x[1]) + x[2]


def rounded(x):
    return round(x[0] * 100.0, 1) * x[1]


def sign_by_not(x):
    inside = x[0] > 0.0
    return x[1] * 2.0 if ~inside else x[1]


def sum_of_truths(x):
    inside = (x[0] > 0.0) + (x[2] > 0.0)
    return x[1] * inside


def greatest(x):
    return max(x[0] * 2.0, x[1], 0.1) / (x[2] - x[2])


def sum_of_squares(x):
    total = 0.0
    for value in x:
        total += value * value
    return total


def sums_of_sums(x):
    total = 0.0
    for i in range(3):
        for j in range(1, len(x)):
            total += x[i] * x[j]
    return total


def sum_of_what_is_positive(x):
    total = 0.0
    for value in x:
        if value > 0.0:
            total += value * 2.0
    return total


def sum_that_ends_early(x):
    total = 0.0
    for value in x:
        if value < 0.0:
            break
        total += value * 2.0
    return total


DIFFERING = [
    sum_of_squares,
    sums_of_sums,
    sum_of_what_is_positive,
    sum_that_ends_early,
    quotient_by_an_element,
    quotient_by_a_sum_of_elements,
    quotient_by_what_a_branch_gives,
    quotient_by_what_is_kept,
    quotient_on_a_tape,
    power_on_a_tape,
    roots_on_a_tape,
    inverse_powers_on_a_tape,
    quotient_that_is_powered,
    functions_of_elements,
    functions_that_tell_zeros_apart,
    functions_of_numpys_numbers,
    function_that_gives_a_number_of_numpy,
    pairs_of_elements,
    element_beyond_the_end,
    element_of_a_shorter_array,
    elements_from_the_end,
    array_of_its_own,
    array_of_its_own_that_is_too_short,
    array_that_is_seen_as_a_whole,
    elements_that_change,
    elements_until_one_is_large,
    array_of_each_round,
    quotient_of_what_may_be_pythons,
    quotient_by_a_zero_of_python,
    quotients_of_arrays,
    power_of_an_element,
    power_of_a_sum,
    broken_power,
    power_with_an_element_above,
    remainder,
    rounded,
    sign_by_not,
    sum_of_truths,
    greatest,
]
EXTREME = [
    X,
    np.zeros(4),
    np.zeros(0),
    np.array([0.5]),
    np.array([0.0, -0.0, 0.0, 1.0]),
    np.full(4, 1e200),
    np.array([1e308, -1e308, 2.0, 0.0]),
    np.array([np.inf, 1.0, np.nan, -1.0]),
]


def outcome(fun, *args):
    """Return what a function gives, with its type, or what it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = fun(*args)
        except Exception as error:
            return type(error), str(error)
    return type(value), np.float64(value).tobytes() if value == value else b"nan"


@pytest.mark.parametrize("x", EXTREME, ids=repr)
@pytest.mark.parametrize("fun", DIFFERING, ids=lambda fun: fun.__name__)
def test_values_are_those_of_the_program(fun, x):
    with np.errstate(all="ignore"):
        found = outcome(lambda x: value_and_grad(fun)(x)[0], x)
    assert found == outcome(fun, x)


@pytest.mark.parametrize("x", EXTREME, ids=repr)
@pytest.mark.parametrize("fun", DIFFERING, ids=lambda fun: fun.__name__)
def test_gradients_are_those_of_numpys_numbers(fun, x):
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found, expected = (outcome_of_gradient(fun, x, optimize) for optimize in (True, False))
    assert type(found) is type(expected)
    if isinstance(found, np.ndarray):
        np.testing.assert_allclose(found, expected, rtol=1e-13)
    else:
        assert found == expected


def outcome_of_gradient(fun, x, optimize):
    try:
        return grad(fun, optimize=optimize)(x)
    except Exception as error:
        return type(error), str(error)


def recurrence(x, a):
    y = np.zeros(len(x))
    for i in range(1, len(x)):
        y[i] = a * y[i - 1] + x[i] * x[i - 1]
    return y[-1] * a


def likelihood(x, a):
    total = 0.0
    for value in x:
        if value > a:
            total = total + math.log(1.0 + (value - a) ** 2)
        else:
            total = total - math.exp(value) * a / 2.0
    return total


def elements_and_all(x, a):
    y = x * -a
    total = 0.0
    for i in range(len(x)):
        total += y[i] * y[i]
    return total * a


def table(x, a):
    total = 0.0
    for i in range(2):
        for j in range(2):
            total += a * x[i] * x[j] * np.tanh(x[i + j])
    return total


def last_index(x, a):
    total = 0.0
    i = 0
    while i < 3:
        total = total + abs(x[-1 - i]) * min(x[i], a)
        i += 1
    return total


def neighbours_in_a_table(x, a):
    y = np.outer(x, x)
    total = 0.0
    for i in range(1, 4):
        for j in range(3):
            total += a * y[i, j] * y[i - 1, j + 1] / (1.0 + y[i, j] ** 2)
    return total


def recurrence_alone(x, a):
    y = np.zeros(len(x))
    total = 0.0
    for i in range(1, len(x)):
        y[i] = a * y[i - 1] + x[i] * x[i - 1]
        total += y[i] * y[i]
    return total


def rows_that_are_set(x, a):
    y = np.zeros((4, 4))
    total = 0.0
    for i in range(4):
        for j in range(4):
            y[i, j] = x[i] * x[j]
        if i == 2:
            y[i - 1] = 2.0
        total += y[i, 0] * y[i - 1, 1] * a
    return total


def some_elements(x, a):
    total = 0.0
    for i in range(2, 4):
        total += (x[i] - x[i - 2]) ** 2 * a
    return total


def rows_of_their_own(x, a):
    total = 0.0
    for i in range(2):
        y = x * (i + a)
        for j in range(1, 3):
            total += y[j] * y[j - 1]
    return total


LOOPS = [
    recurrence, recurrence_alone, likelihood, elements_and_all, table, last_index, neighbours_in_a_table, some_elements,
    rows_of_their_own, rows_that_are_set,
]  # fmt: skip


@pytest.mark.parametrize("fun", LOOPS, ids=lambda fun: fun.__name__)
def test_gradients_of_loops_over_elements(fun):
    for argnums in (0, 1):
        expected = numeric_gradient(lambda *args: fun(*args), (X, 0.35), argnums)
        assert_close(grad(fun, argnums)(X, 0.35), expected, tolerance=1e-7)
    plain = grad(fun, (0, 1), optimize=False)(X, 0.35)
    assert_close(grad(fun, (0, 1))(X, 0.35), plain, tolerance=1e-13)
    assert_close(hessian(fun)(X, 0.35), hessian(fun, optimize=False)(X, 0.35), tolerance=1e-12)
    tangents = np.ones(4), 1.0
    assert_close(jvp(fun, (X, 0.35), tangents), jvp(fun, (X, 0.35), tangents, optimize=False), tolerance=1e-13)


def in_float32(x):
    total = 0.0
    for i in range(len(x)):
        total = total + np.float32(0.1) * x[i] * 1e50
    return total


def float32_on_one_way(x):
    return (np.float32(0.1) if x[0] < 1 else x[1]) * x[0]


def float16_before_a_loop(x):
    y = np.float16(0.1)
    for i in range(len(x) - 4):
        y = x[i] * 1.0
    return y * x[1] + 1.0


def truth_or_number(x):
    return np.sin(True if x[0] < 1 else x[1]) * x[0]


def small_integer_or_number(x):
    return np.sin(np.int8(3) if x[0] < 1 else x[1]) * x[0]


def raises_at_overflow(x):
    with np.errstate(over="raise"):
        try:
            y = x[0] * x[1]
        except FloatingPointError:
            y = x[0]
    return y


def beside_a_large_integer(x):
    return x[0] if x[0] == 2**53 + 1 else 3.0 * x[0]


MEETING = [
    in_float32,
    float32_on_one_way,
    float16_before_a_loop,
    truth_or_number,
    small_integer_or_number,
    raises_at_overflow,
    beside_a_large_integer,
]


@pytest.mark.parametrize("x", [*EXTREME, np.array([2.0**53, 1.0, 2.0, 3.0])], ids=repr)
@pytest.mark.parametrize("fun", MEETING, ids=lambda fun: fun.__name__)
def test_numbers_meet_other_dtypes_and_contexts_as_in_the_program(fun, x):
    with np.errstate(all="ignore"):
        assert outcome(lambda x: value_and_grad(fun)(x)[0], x) == outcome(fun, x)


def test_adjoints_of_wide_floats_are_wide_beside_narrow_ones():
    found = grad(in_float32)(X)
    assert found.dtype == np.float64
    assert_close(found, np.full(4, float(np.float32(0.1)) * 1e50), tolerance=1e-12)


def test_tangents_beside_a_truth_of_numpy():
    assert jvp(lambda x: x * np.True_ + np.True_, (2.0,), (0.5,)) == (3.0, 0.5)


def sign_of_a_choice(x):
    return abs(max(x[0], x[0] > -5.0)) * x[1]


def functions_of_a_choice(x):
    y = x[0] > -5.0 if x[1] < 5.0 else x[1]
    return abs(y) * x[0] + np.exp(y) * x[1] + np.hypot(y, x[0]) + np.abs(y) ** x[2] - y


def functions_of_arrays_that_may_be_masks(x):
    y = x > 0.0 if x[1] < 5.0 else x
    return np.sum(abs(y) * x + np.abs(y) * x + np.hypot(y, x))


def truth_or_number_by_or(x):
    y = (x[0] > -5.0) or x[0]
    return abs(y) * x[0] + abs(x[2] and (x[1] > 0.0)) * x[1]


def choice_in_calls(y, n, x):
    return abs(y) * x if n == 0 else choice_in_calls(max(y, x > -5.0), n - 1, x)


def choices_of_calls(x):
    return choice_in_calls(x[0], 2, x[0])


MAYBE_TRUE = [
    sign_of_a_choice,
    functions_of_a_choice,
    functions_of_arrays_that_may_be_masks,
    truth_or_number_by_or,
    choices_of_calls,
]


@pytest.mark.parametrize("x", [X, X + 2.0], ids=repr)
@pytest.mark.parametrize("f", MAYBE_TRUE, ids=lambda f: f.__name__)
def test_derivatives_where_a_number_may_be_a_truth(f, x):
    expected = numeric_gradient(f, (x,), 0)
    assert_close(value_and_grad(f)(x), (f(x), expected), tolerance=1e-8)
    assert_close(jvp(f, (x,), (np.ones(4),))[1], np.sum(expected), tolerance=1e-8)
    assert_close(hessian(f)(x), hessian(f, optimize=False)(x), tolerance=1e-12)
