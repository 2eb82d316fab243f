"""Exceptions: raised, caught and passed on as Python does, with the derivative of the way that was taken."""

# pyright: basic
# ruff: noqa

import contextlib
import math
import warnings

import numpy as np
import pytest

from s2s_ad import emit, grad, hessian, hvp, jacfwd, jacrev, jvp, value_and_grad
from tests.differences import assert_close, numeric_gradient
from tests.judge import Programs

PROGRAMS = Programs(alone=True)
works, refused = PROGRAMS.works, PROGRAMS.refused
X = np.array([0.3, -0.8, 1.2, -0.2, 0.9])
SPD = np.array([[2.0, 0.3], [0.3, 1.0]])


class Refusal(Exception):
    pass


@works(0.7)
@works(-0.7)
def except_assigns(x):
    try:
        y = math.sqrt(x)
    except ValueError:
        y = x * x * 3.0
    return y * x


@works(0.7)
@works(-0.7)
def except_returns(x):
    try:
        return math.sqrt(x) * x
    except ValueError:
        return x * x * 3.0


@works(0.7)
@works(-0.7)
def returns_or_goes_on(x):
    y = x * 2.0
    try:
        return math.sqrt(x) * y
    except ValueError:
        y = y * x
    return y * 5.0


@works(0.7)
@works(-0.7)
def pass_in_handler(x):
    y = x * 2.0
    try:
        z = math.sqrt(x)
    except ValueError:
        z = y
    return y * z


@works(0.7)
@works(-0.7)
def try_else(x):
    try:
        y = math.sqrt(x)
    except ValueError:
        y = x
    else:
        y = y * y * x
    return y * x


@works(0.7)
@works(-0.7)
def try_finally(x):
    y = x
    try:
        y = math.sqrt(x) + y
    finally:
        print("done", x)
    return y * x


@works(0.7)
@works(-0.7)
def try_except_finally(x):
    try:
        y = math.sqrt(x) * x
    except ValueError:
        print("caught")
        y = x * x
    finally:
        print("done")
    return y * x


@works(0.7)
@works(-0.7)
def return_through_finally(x):
    try:
        return math.sqrt(x) * x
    except ValueError:
        return x * x
    finally:
        print("done")


@works(0.7)
@works(1e-200, want=[14.0])
@works(-1.0)
def several_handlers(x):
    try:
        y = math.log(x + 0.5) / math.sqrt(x * x * x * x)
    except ValueError:
        y = x * 3.0
    except ZeroDivisionError:
        y = x * 7.0
    return y * 2.0


@works(0.7)
@works(-0.7)
def tuple_of_exceptions(x):
    try:
        y = math.sqrt(x)
    except (ZeroDivisionError, ValueError):
        y = -x
    return y * x


@works(-0.7)
def named_exception(x):
    try:
        y = math.sqrt(x)
    except ValueError as error:
        print("caught", error)
        y = -x
    return y * x


@works(-0.7)
def raised_again(x):
    try:
        y = math.sqrt(x)
    except ValueError:
        print("caught")
        raise
    return y * x


@works(-0.7)
def not_caught(x):
    try:
        y = math.sqrt(x)
    except ZeroDivisionError:
        y = x
    return y * x


@works(0.7)
@works(3.0)
def own_exception(x):
    try:
        if x > 1.0:
            raise Refusal("large")
        y = x * x
    except Refusal:
        y = x * 2.0
    return y * x


@works(X.copy())
def try_in_loop(x):
    s = 0.0
    for v in x:
        try:
            s = s + math.sqrt(v) * v
        except ValueError:
            s = s * 1.5 + v
    return s


@works(X.copy())
def try_with_continue(x):
    s = 0.0
    for v in x:
        try:
            r = math.sqrt(v)
        except ValueError:
            continue
        s = s + r * v
    return s


@works(X.copy())
def try_with_break(x):
    s = 0.0
    for v in x:
        try:
            r = math.sqrt(v)
        except ValueError:
            break
        s = s + r * v
    else:
        s = 0.0
    return s * 2.0


@refused(X.copy())
def changed_in_the_middle_of_try(x):
    s = 0.0
    for i, v in enumerate(x):
        try:
            if i == 3:
                break
            if v > 1.0:
                s = s * 2.0
                continue
            r = math.sqrt(v)
        except ValueError:
            r = v
        s = s + r * v
    return s * 2.0


@works(X.copy())
def try_with_continue_and_break(x):
    s = 0.0
    for i, v in enumerate(x):
        try:
            if i == 3:
                break
            if v > 1.0:
                continue
            r = math.sqrt(v)
        except ValueError:
            r = v
        s = s + r * v
    return s * 2.0


@works(SPD, want=[[[0.31203238, 0.27680671], [0.27680671, 0.51164451]]])
def factorization(a):
    try:
        y = np.sum(np.linalg.cholesky(a))
    except np.linalg.LinAlgError:
        y = np.sum(a * a)
    return y


@works(X.copy())
def loop_in_try_that_fails_half_way(x):
    s = 0.0
    for k in range(3):
        t = 1.0
        try:
            u = 0.0
            for v in x + k:
                u = u + math.sqrt(v) * v
            t = t + u
        except ValueError:
            t = x[k] * x[k]
        s = s + t * x[0]
    return s


@works(X.copy())
def try_in_try(x):
    s = 0.0
    for k in range(2):
        try:
            try:
                t = math.sqrt(x[k]) * x[k]
            except ValueError:
                t = math.log(x[k + 1]) * x[k]
        except ZeroDivisionError:
            t = 0.0
        s = s + t
    return s


@works(-SPD)
def factorization_that_fails(a):
    try:
        l = np.linalg.cholesky(a)
        y = np.sum(l)
    except np.linalg.LinAlgError:
        y = np.sum(a * a)
    return y


def inverse_or_zero(x):
    try:
        return 1.0 / x
    except ZeroDivisionError:
        return 0.0


@works(0.7)
@works(0.0, want=[1.0])
def try_in_helper(x):
    return inverse_or_zero(x) * 3.0 + x


@works(0.7, 4)
def loop_in_a_try_fails_in_one_iteration(x, n):
    t = x
    for i in range(n):
        try:
            s = t
            for j in range(3):
                s = s * s * 0.5 + x
                if i == 1 and j == 1:
                    raise ValueError("not now")
            t = s
        except ValueError:
            t = t * 0.9
    return t


def root_of_cube(x):
    t = x
    for i in range(2):
        t = t * x
    return math.sqrt(t)


@works(0.7)
@works(-0.7)
def handler_reads_what_a_helper_calls_alike(x):
    t = x
    for i in range(2):
        t = t * 0.9
    try:
        t = root_of_cube(x)
    except ValueError:
        t = t * 2.0
    return t


@works([0.7, 0.0, 2.0], want=[[1.0, 0.0, 1.0]])
def try_in_helper_in_loop(xs):
    s = 0.0
    for v in xs:
        s = s + inverse_or_zero(v) * v * v
    return s


@works({"a": 2.0})
def missing_key(p):
    s = 0.0
    for k in ("a",):
        s = s + p[k] ** 2
    return s


@works(X.copy(), 3)
@works(X.copy(), 9)
def index_error(x, i):
    try:
        y = x[i]
    except IndexError:
        y = x[-1] * 2.0
    return y * y


@refused(X.copy())
def array_written_in_try(x):
    try:
        x[0] = x[1] * 2.0
        y = math.sqrt(x[1])
    except ValueError:
        y = 1.0
    return y * x[0]


@works(X.copy())
def array_written_in_try_that_passes_on(x):
    try:
        x[0] = x[1] * 2.0
        y = math.sqrt(x[0])
    finally:
        print("done")
    return y * x[0]


@refused(-0.7)
def half_way_value_read(x):
    y = x
    try:
        y = x * 2.0
        z = math.sqrt(x)
    except ValueError:
        z = y
    return z * y


@works(np.ones(3), np.ones((3, 3)))
def target_that_is_not_there_is_told_before_the_value(x, y):
    x[3] *= y[-1, 3]
    return np.sum(x)


@works(np.ones(3), np.ones((3, 3)))
def value_that_is_not_there(x, y):
    x[2] *= y[-1, 3]
    return np.sum(x)


@works(0.7)
def bare_except(x):
    try:
        y = math.sqrt(x)
    except:
        y = x
    return y * x


test_right, test_refused = PROGRAMS.tests()


# -- what a body that fails has kept by then -----------------------------------------------------------


def loop_in_a_try(x):
    try:
        y = x
        for i in range(2):
            y = np.sin(y) * x
    except ValueError:
        y = x * 5.0
    return np.sum(y)


def loop_in_a_try_in_a_loop(x):
    y = x
    for k in range(3):
        try:
            z = y
            for i in range(2):
                z = np.sin(z) * x
                if k == 1 and i == 1:
                    raise ValueError("late")
            y = z
        except ValueError:
            y = y * 1.5
    return np.sum(y)


def recursion_with_a_loop_that_fails(x, n):
    if n == 0:
        return x
    try:
        z = x
        for i in range(3):
            z = np.sin(z) * x
            if n == 2 and i == 1:
                raise ValueError("late")
        y = z
    except ValueError:
        y = x * x
    return recursion_with_a_loop_that_fails(y, n - 1) * x


def loops_that_fail_in_calls(x):
    return np.sum(recursion_with_a_loop_that_fails(x, 3))


def recursion_that_fails_after_its_call(x, n):
    if n == 0:
        return x
    for i in range(2):
        x = np.sin(x) * 1.2
    try:
        z = recursion_that_fails_after_its_call(x * 0.9, n - 1)
        if n == 2:
            raise ValueError("late")
        y = z * x
    except ValueError:
        y = x * x
    return y * x


def calls_that_fail(x):
    return np.sum(recursion_that_fails_after_its_call(x, 3))


def calls_that_fail_in_a_loop(x):
    y = x
    for k in range(2):
        try:
            z = recursion_with_a_loop_that_fails(y * 0.5, 2) * x
            if k == 1:
                raise ValueError("late")
            y = z
        except ValueError:
            y = y * 1.5
    return np.sum(y)


KEPT = [
    loop_in_a_try,
    loop_in_a_try_in_a_loop,
    loops_that_fail_in_calls,
    calls_that_fail,
    calls_that_fail_in_a_loop,
]


@pytest.mark.parametrize("f", KEPT, ids=lambda f: f.__name__)
def test_what_a_body_that_fails_has_kept_is_taken_for_nothing_else(f):
    x = np.array([0.9, 1.1])
    assert_close(grad(f)(x), numeric_gradient(f, (x,), 0), 1e-7)
    second = np.stack([numeric_gradient(lambda x, i=i: grad(f)(x)[i], (x,), 0) for i in range(2)])
    assert_close(hessian(f)(x), second, 1e-7)
    assert_close(jacrev(grad(f))(x), second, 1e-7)
    assert_close(hvp(f, (x,), (np.ones(2),)), second.sum(axis=1), 1e-7)


# -- what NumPy reports of derivatives -------------------------------------------------------------------


def warnings_are_errors(x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            y = np.sqrt(x) * 2.0
        except RuntimeWarning:
            y = x * 5.0
    return y


def warnings_are_errors_by_the_context(x):
    with warnings.catch_warnings(action="error"):
        try:
            y = np.sqrt(x) * 2.0
        except Warning:
            y = x * 5.0
    return y


def warnings_are_errors_in_a_loop(x):
    with warnings.catch_warnings():
        warnings.filterwarnings("error")
        try:
            y = 0.0
            for i in range(2):
                y = y + np.sqrt(x)
        except Exception:
            y = x * 5.0
    return y


def numpy_raises_and_warnings_are_errors(x):
    with np.errstate(divide="raise"), warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            y = np.sqrt(x) * 2.0
        except (RuntimeWarning, FloatingPointError):
            y = x * 5.0
    return y


def root_at_last(x, n):
    return np.sqrt(x) * 2.0 if n == 0 else root_at_last(x, n - 1)


def numpy_raises_in_calls(x):
    with np.errstate(all="raise"):
        try:
            y = root_at_last(x, 2)
        except FloatingPointError:
            y = x * 5.0
    return y


def numpy_raises_from_here_on(x):
    np.seterr(all="raise")
    try:
        y = np.sqrt(x) * 2.0
    except FloatingPointError:
        y = x * 5.0
    return y


def warnings_are_errors_from_here_on(x):
    warnings.simplefilter("error")
    try:
        y = np.sqrt(x) * 2.0
    except RuntimeWarning:
        y = x * 5.0
    return y


def warnings_are_caught(x):
    try:
        y = np.sqrt(x) * 2.0
    except Exception:
        y = x * 5.0
    return y


LOUD = [
    warnings_are_errors,
    warnings_are_errors_by_the_context,
    warnings_are_errors_in_a_loop,
    numpy_raises_and_warnings_are_errors,
    numpy_raises_in_calls,
    numpy_raises_from_here_on,
    warnings_are_errors_from_here_on,
]


@contextlib.contextmanager
def reporting(action):
    with np.errstate(), warnings.catch_warnings():
        warnings.simplefilter(action, RuntimeWarning)
        yield


# ---- values that a gradient does not read --------------------------------------------------------


@works(0.7)
@works(-0.7)
def logarithm_that_only_the_value_reads(x):
    return x * x + math.log(x)


@works(X.copy(), np.ones(5))
@works(X.copy(), np.ones(1))
@works(X.copy(), np.ones(3))
def shapes_that_only_the_value_reads(x, b):
    return np.sum(x * x + b)


@works(X.copy(), 1)
@works(X.copy(), 7)
def element_that_only_the_value_reads(x, n):
    return np.sum(x * x) + x[n] * 2.0


@works(SPD.copy())
def axes_that_nothing_reads(x):
    np.transpose(x, axes=(0, 0))
    return np.sum(x * x)


@works(0.7, 10**400)
@works(0.7, 3)
def large_integer_that_only_the_value_reads(x, n):
    return x * x + math.atan(n)


@works(0.7, np.full(3, 0.4), np.full(2, 0.4))
@works(0.7, np.full(3, 0.4), np.full(3, 0.4))
def arrays_that_only_the_value_reads(x, a, b):
    return x * x + np.sum(np.floor(a) + np.floor(b))


@works(0.7, complex(1.7e308, 1.7e308))
@works(0.7, 3.0 + 4.0j)
def complex_number_that_only_the_value_reads(x, z):
    return x * x + abs(z)


@works(np.float64(0.7))
def report_that_is_raised_of_the_value(x):
    with np.errstate(divide="raise"):
        y = np.log(x - x)
    return x * x + y


@works(0.7, 400)
@works(0.7, 3)
def power_that_only_the_value_reads(x, n):
    return x + 10.0**n


@pytest.mark.parametrize("f", [*LOUD, warnings_are_caught], ids=lambda f: f.__name__)
def test_handlers_do_not_catch_what_is_reported_of_tangents(f):
    x = np.float64(0.0)
    with reporting("error" if f is warnings_are_caught else "ignore"):
        assert jvp(f, (x,), (1.0,)) == (0.0, np.inf)
        assert jacfwd(f)(x) == np.inf
        assert jacfwd(jacfwd(f))(x) == -np.inf
        assert jacrev(jacfwd(f))(x) == -np.inf
    with reporting("ignore"):
        assert value_and_grad(f)(x) == (0.0, np.inf)
        assert hessian(f)(x) == hvp(f, (x,), (1.0,)) == -np.inf


@pytest.mark.parametrize("f", [numpy_raises_from_here_on, warnings_are_errors_from_here_on], ids=lambda f: f.__name__)
def test_adjoints_do_not_raise_where_a_function_has_reports_raised_for_good(f):
    with reporting("ignore"):
        assert value_and_grad(f)(np.float64(0.0)) == (0.0, np.inf)


def test_derivatives_in_a_try_report_as_ever_where_no_handler_would_catch_it():
    def f(x):
        try:
            y = np.sqrt(x)
        except ValueError:
            y = x * 5.0
        return y

    assert "errstate" not in emit(f, "forward", 1.0)
    with pytest.warns(RuntimeWarning):
        jvp(f, (np.float64(0.0),), (1.0,))
