"""`with`, `match`, strings, integers, conditions: syntax that chooses, silences or says what is computed."""

# pyright: basic
# ruff: noqa: F841, PIE790, PT017, RET504, UP031, UP032

import contextlib
import enum
import io
import math
import random
import threading
import warnings

import numpy as np

from s2s_ad import emit, value_and_grad
from tests.judge import Programs

PROGRAMS = Programs()
works, defect, refused = PROGRAMS.works, PROGRAMS.defect, PROGRAMS.refused

X = np.array([1.0, 2.0, 3.0])
Z = np.array([0.0, 2.0, 3.0])


# ---- with -----------------------------------------------------------------------------------


@works(X)
def with_errstate(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(x) / x
    return np.sum(y)


@works(X)
def with_returns(x):
    with np.errstate(all="ignore"):
        return np.sum(np.log(x) / x)


@works(Z, want=(np.array([0.0, 0.5, 1.0 / 3.0]),))
def with_silences_what_where_drops(x):
    with np.errstate(divide="ignore"):
        y = np.where(x > 0, np.log(x), 0.0)
    return np.sum(y)


@works(X, 3)
def with_in_a_loop(x, n):
    s = 0.0
    for i in range(n):
        with np.errstate(over="ignore"):
            s = s + np.sum(x**i)
            t = s * s
        s = s + 1e-3 * t
    return s


@works(X, 3)
def loop_in_a_with(x, n):
    with np.errstate(over="ignore"):
        s = 0.0
        for i in range(n):
            s = np.sin(s) + np.sum(x**i)
    return s


@works(0.7)
def with_around_an_if(x):
    with np.errstate(over="ignore"):
        if x > 0.5:
            y = np.exp(x)
        else:
            y = x * x
    return y * x


@works(0.7)
def with_in_a_branch(x):
    if x > 0.5:
        with np.errstate(over="ignore"):
            y = np.exp(x) * x
    else:
        y = x * x
    return y * x


@works(X)
def with_two_contexts(x):
    with np.errstate(over="ignore"), warnings.catch_warnings():
        y = np.exp(x)
    return np.sum(y * y)


@works(X)
def with_nested(x):
    with np.errstate(over="ignore"):
        a = np.exp(x)
        with np.errstate(divide="ignore"):
            b = np.log(a * x)
        c = a * b
    return np.sum(c)


@works(X)
def with_in_place_writes(x):
    y = x * 2.0
    with np.errstate(all="ignore"):
        y[0] = y[1] * y[0]
        y *= x
    y[1] = 0.5
    return np.sum(y * y)


@works(X)
def with_empty_body(x):
    with np.errstate(all="ignore"):
        pass
    return np.sum(x * x)


@works(X)
def with_of_passive_work_only(x):
    with np.errstate(all="ignore"):
        k = np.sum(np.ones(3) / np.zeros(3) > 1)
    return np.sum(x) * k


@works(X)
def with_nullcontext(x):
    with contextlib.nullcontext(np.sin(x)) as y:
        z = y * x
    return np.sum(z)


@works(0.7)
def with_printoptions(x):
    with np.printoptions(precision=2):
        print(np.array([0.12345, 2.0]))
        y = x * x
    print(np.array([0.12345, 2.0]))
    return y


@works(0.0)
def with_errstate_that_raises(x):
    with np.errstate(divide="raise"):
        return np.log(x) * x


@works(X)
def with_errstate_that_raises_only_backwards(x):
    with np.errstate(all="raise"):
        y = np.sqrt(x * np.array([0.0, 1.0, 1.0]))
    return np.sum(y[1:])


@works(0.7)
def exception_inside_a_with(x):
    with np.errstate(all="ignore"):
        if x > 0.5:
            raise ValueError("too large")
        y = x * x
    return y


@works(0.7)
def with_in_a_helper(x):
    def helper(t):
        with np.errstate(all="ignore"):
            return np.log(t)

    return helper(x) * helper(x * x)


@works(0.7)
def with_given_by_a_dict(x):
    modes = {"divide": "ignore", "over": "ignore"}
    with np.errstate(**modes):
        y = np.exp(x) / x
    return y


@works(0.7)
@works(0.3)
def with_returns_on_one_way(x):
    with np.errstate(all="ignore"):
        y = np.exp(x)
        if y > 1.5:
            return y * x
        y = y * 2.0
    return y + x


@works(np.array([0.7, 2.0]))
@works(np.array([0.7, -2.0]))
def with_returns_on_one_way_nested(x):
    with np.errstate(over="ignore"):
        y = x * 2.0
        with np.errstate(divide="ignore"):
            y[0] = y[1]
            if y[0] > 1.5:
                if x[0] > 5.0:
                    return y[0]
                y[1] = 3.0
                return np.sum(y * x)
            y = y * x
        y = y * y
    return np.sum(y) + x[0]


@works(0.7, 5)
@works(1.7, 5)
def with_in_a_loop_that_is_left(x, n):
    s = x
    for i in range(n):
        with np.errstate(all="ignore"):
            s = s * 1.5
            if s > 4.0:
                break
            if i == 1:
                continue
            s = s + x
        s = s + 0.1
    return s * x


@works(0.7, 5)
@works(1.7, 5)
def with_around_a_loop_that_returns(x, n):
    with np.errstate(all="ignore"):
        s = x
        for i in range(n):
            s = s * 1.5
            if s > 4.0:
                return s * i
            if i == 1:
                continue
            s = s + x
        s = s + 0.1
    return s * x


@works(0.7, 3)
def with_around_a_helper_that_returns_early(x, n):
    def helper(t, k):
        if k > 1:
            return t * t
        return t

    with np.errstate(all="ignore"):
        y = helper(x, n)
        if y > 0.1:
            y = helper(y, n - 2)
    return y * x


@works(0.7)
def with_around_a_match_that_returns(x):
    with np.errstate(all="ignore"), np.printoptions(precision=2):
        match x > 0.5:
            case True:
                return x * x
        x = x * 2.0
    return x


@works(0.7)
def with_catch_warnings_returns(x):
    with warnings.catch_warnings():
        return x * x


@works(0.7)
@works(0.3)
def with_catch_warnings_returns_on_one_way(x):
    with warnings.catch_warnings():
        if x > 0.5:
            return x * x
        x = x * 2.0
    return x


@refused(0.7)
def with_suppress(x):
    with contextlib.suppress(ValueError):
        x = x * 2.0
    return x


@refused(0.7)
def with_open(x):
    with open("/dev/null") as file:
        file.write("text")
    return x


@contextlib.contextmanager
def timed():
    yield


@refused(0.7)
def with_own_context_manager(x):
    with timed():
        return x * x


@refused(0.7)
def with_recorded_warnings(x):
    with warnings.catch_warnings(record=True) as caught:
        y = x * x
    return y * len(caught)


@refused(0.7, "ignore")
def with_mode_that_is_not_constant(x, mode):
    with np.errstate(all=mode):
        return np.log(x)


@refused(0.7)
def with_a_context_made_before(x):
    silent = np.errstate(all="ignore")
    with silent:
        return np.log(x)


def test_adjoints_of_a_with_are_as_silent():
    def f(x):
        with np.errstate(divide="ignore", invalid="ignore"):
            y = np.sqrt(x)
        return np.sum(y)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert value_and_grad(f)(np.array([0.0, 4.0]))[1][0] == np.inf
    text = emit(f, "reverse", np.array([0.0, 4.0]))
    assert text.count("with np.errstate(divide='ignore', invalid='ignore'):") == 2


def test_adjoints_of_a_with_that_raises_do_not_raise():
    def f(x):
        with np.errstate(all="raise"):
            y = np.sqrt(x)
        return np.sum(y)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert value_and_grad(f)(np.array([0.0, 4.0]))[1][0] == np.inf


def test_state_is_restored_after_a_with():
    before = np.geterr()
    value_and_grad(with_errstate)(X)
    assert np.geterr() == before


def test_with_is_shown():
    derivative = value_and_grad(with_around_an_if)
    derivative(0.7)
    assert "with errstate(over='ignore'):\n    v₁ = v₀ > 0.5" in derivative.ssa
    assert "exp" in str(derivative.trace(0.7))


# ---- match ----------------------------------------------------------------------------------


@works(0.7, "sin")
@works(0.7, "cos")
@works(0.7, "tan")
def match_on_strings(x, mode):
    match mode:
        case "sin":
            y = np.sin(x)
        case "cos" | "exp":
            y = np.cos(x)
        case _:
            y = x * x
    return y * x


@works(0.7, 2)
def match_on_integers_returns(x, n):
    match n:
        case 1:
            return x
        case 2:
            return x * x
        case -3:
            return 1 / x
    return x**3


@works(0.7, 7)
def match_without_a_case_that_matches(x, n):
    y = x
    match n:
        case 1:
            y = x * x
        case 2:
            y = x**3
    return y * 2.0


@works(0.7, 3)
def match_with_guards_and_capture(x, n):
    match n:
        case 0:
            y = x
        case k if k < 2:
            y = x * k
        case k if k < 5:
            y = x**k
        case other:
            y = x / other
    return y


@works(0.7, 3)
def match_on_an_active_value(x, n):
    y = 1.0
    match x > 0.5:
        case True:
            y = x * n
        case False:
            y = x
    return y


@works(0.7)
def match_on_an_active_number(x):
    match x:
        case 0.8:
            return x * x
        case y:
            return y * 3.0


@works(0.7)
def match_on_none(x, option=None):
    match option:
        case None:
            return x * 2.0
        case _:
            return x * option


@works((0.7, 2.0))
def match_on_a_tuple(p):
    match p:
        case (a,):
            return a
        case (a, b):
            return a * b
        case _:
            return 0.0


@works((0.7, 2.0, 3.0))
def match_with_a_star(p):
    match p:
        case [first, *others, last]:
            return first * others[0] + last * len(others)
    return p[0]


@works((0.7, 2, 1.5))
@works((0.7, 3, 1.5))
def match_on_items_of_a_tuple(p):
    match p:
        case (a, 2, b):
            y = a * b
        case (a, 3, b) if a > 0:
            y = a - b
        case _:
            y = p[0]
    return y * 2.0


@works({"kind": 1, "value": 0.7, "more": 2.0})
def match_on_a_dict(d):
    match d:
        case {"other": v}:
            return v
        case {"kind": 1, "value": v, **others}:
            return v * others["more"]
    return 0.0


@works(0.7, (1, (2, 3)))
def match_on_nested_tuples(x, t):
    match t:
        case (1, (a, 4)):
            return x * a
        case (1, (a, 3) as inner):
            return x**a * inner[0]
        case _:
            return x


@works(0.7, 5)
def match_in_a_loop(x, n):
    s = 0.0
    for i in range(n):
        match i % 3:
            case 0:
                s = s + x
            case 1:
                s = s * x
            case k:
                s = s - k * np.sin(s)
    return s


@works(0.7)
def match_on_a_dotted_constant(x):
    match math.pi:
        case math.e:
            return x
        case math.pi:
            return x * x
    return 0.0


@works(0.7)
def match_evaluates_its_subject_once(x):
    def subject():
        print("asked")
        return 2

    match subject():
        case 1:
            return x
        case 2:
            return x * x
    return 0.0


@works(0.7, 3)
def match_case_that_raises(x, n):
    match n:
        case 1:
            return x
        case _:
            raise ValueError(f"no {n}")


@works(np.array([1.0, 2.0]), 2)
def match_writes_in_place(x, n):
    y = x * 1.0
    match n:
        case 1:
            y[0] = 2.0
        case 2:
            y[1] = y[0] * x[0]
    return np.sum(y * y)


@works(X)
def an_array_is_no_sequence(x):
    match x:
        case [a, b, c]:
            return a
        case _:
            return np.sum(x * x)


@works(0.7)
def match_and_case_are_names(x):
    match = x * 2.0
    case = match * x
    _ = case
    return _ + match


@refused(0.7)
def match_on_a_class(x):
    match x:
        case float():
            return x
        case _:
            return x * x


@refused(0.7, 1)
def match_captures_in_alternatives(x, n):
    match (n, x):
        case (1, y) | (2, y):
            return y
    return x


# ---- strings and integers, beside what is differentiated ------------------------------------


class Mode(enum.Enum):
    LINEAR = 1
    SQUARE = 2


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 3


TABLE = {"a": 2.0, "b": 3.0}
NAMES = ("a", "b")
SCALE = "double"


@works(0.7, "square")
@works(0.7, "other")
def branch_on_a_string_argument(x, mode):
    if mode == "square":
        return x * x
    if mode.startswith("o") and mode != "old":
        return np.sin(x)
    return x


@works(0.7, "square")
def branch_on_a_string_in_a_tuple(x, mode):
    return x * x if mode in ("square", "cube") else x


@works(0.7)
def branch_on_a_captured_string(x):
    if SCALE == "double":
        x = x * 2.0
    return x


@works(0.7, "a")
def lookup_by_a_computed_string(x, name):
    if name.upper() == "A":
        return x * TABLE["a"]
    return x * TABLE["b"]


@works(0.7)
def lookup_by_a_known_computed_string(x):
    key = "x_" + "a"
    return x * {"x_a": 2.0}[key] + TABLE[NAMES[0].lower()]


@works(0.7)
def lookup_by_a_formatted_string(x):
    params = {"w0": x, "w1": x * 2.0}
    s = 0.0
    for i in (0, 1):
        s = s + params[f"w{i}"] * params["w%d" % i] * params["w{}".format(i)]
    return s


@works(0.7, "text")
def string_methods_pass_through(x, s):
    t = s.upper().replace("T", "d").strip() + "!" * 2
    print(t, s[0], s[1:], len(s), s[::-1], s in "a text", s.find("x"), s.count("t"), s.split("e"), "-".join(["a", s]))
    return x * len(t)


@works(0.7, "text")
def number_from_a_string_argument(x, s):
    return x * len(s) + x * s.find("x")


@works(0.7, "2.5")
def float_of_a_string_argument(x, s):
    return x * float(s) * int("3")


@works(0.7, 3)
def percent_formatting(x, n):
    print("%d of %s: %.3f" % (n, "it", x))
    print("%s" % x)
    return x * n


@works(0.7, 3)
def f_string_forms(x, n):
    w = 8
    print(f"{x:.3f} {x!r} {n:>{w}} {n=} {x * 2 = :.2f} {{}} {'a' + 'b'} {n:{w}d}")
    return x * n


@works(0.7, "it's")
def f_string_conversions(x, s):
    print(f"{s!r} {s!s} {s} {'ä' + s!a} {s!r:>9}")
    return x * x


@works(0.7, 2)
@works(0.7, 5)
def number_that_is_not_among_others(x, n):
    return x * x if n not in (1, 2, 3) else x


@works(0.7, 3)
def format_method(x, n):
    print("{:.2f} {name}".format(x, name=n))
    print(format(x, ".3e"), str(n), repr(x), str(x))
    return x


@works(0.7, b"ab")
def bytes_pass_through(x, b):
    if b == b"ab":
        return x * len(b)
    return x


@works(0.7, 13, 5)
def integer_work(x, n, m):
    k = (n & m) | (n ^ 3) + (n << 2) - (n >> 1) + ~m
    q, r = divmod(n, m)
    return x * (k + q * r + n // m + n % m + n**2 + pow(n, m, 7) + abs(-n) + int(n / m) + round(n / m))


@works(0.7, 13)
def integer_functions(x, n):
    k = math.gcd(n, 26) + math.comb(5, 2) + math.isqrt(n) + int("7") + n.bit_length() + bool(n)
    return x * k


@works(0.7, 13)
def integer_conversions(x, n):
    return x * int(3.7) + float(n) * x + int(True) * x


@works(2.7)
def int_of_an_active_number_is_constant(x):
    return x * int(x) + int(x) ** 2


@works(2.7)
def bool_of_an_active_number(x):
    if bool(x) and not bool(x - x):
        return x * bool(x)
    return x


@works(2.7)
def float_of_an_active_number(x):
    return float(x) * float(x * x)


@works(np.array([2.7]))
def float_of_an_active_array(x):
    return float(x[0]) * x[0].item() if False else float(x[0]) * 2.0


@works(2.713)
def round_of_an_active_number(x):
    return x * round(x) + x * round(x, 1) + round(x, 2)


@works(2.7)
def floor_and_ceil_of_an_active_number(x):
    return x * math.floor(x) + x * math.ceil(x) + x * math.trunc(x) + x * np.floor(x)


@works(7.3, 2.1)
def floor_division_and_modulo(x, y):
    return x * (x // y) + (x % y) * y + x // 1 + x % 1


@works(7.3, 2.1)
def divmod_of_active_numbers(x, y):
    q, r = divmod(x, y)
    return q * x + r * y


@works(-7.3, 2.1)
def divmod_of_negative_numbers(x, y):
    q, r = divmod(x, y)
    return q * x + r * r


@works(7.3, 0.0)
def divmod_by_zero(x, y):
    q, r = divmod(x, y)
    return q * x + r


@works(X, 0.7)
def divmod_of_arrays(x, y):
    q, r = np.divmod(x, y)
    return np.sum(q * x + r * r)


@works(7.3)
def modf_of_an_active_number(x):
    f, i = math.modf(x)
    return f * x + i * x


@works(7.3)
def fmod_of_an_active_number(x):
    return math.fmod(x, 2.0) * x


@works(0.7)
def enum_members(x):
    mode = Mode.SQUARE
    if mode is Mode.SQUARE:
        x = x * x
    if mode == Mode.LINEAR:
        x = x + 1.0
    return x * mode.value


@works(0.7, Mode.SQUARE)
@works(0.7, Mode.LINEAR)
def enum_argument(x, mode):
    if mode is Mode.SQUARE:
        return x * x
    return x


@refused(0.7)
def int_enum_members_in_arithmetic(x):
    return x * Level.HIGH if Level.HIGH > Level.LOW else x


@works(0.7)
def none_checks(x, y=None):
    if y is None:
        y = x
    z = None
    if z is not None:
        y = z
    return x * y


@works(0.7, 3)
def isinstance_checks(x, n):
    if isinstance(x, float) and isinstance(n, int) and not isinstance(x, (list, tuple)):
        return x * n
    return x


@works(0.7, "a")
def isinstance_of_a_string(x, s):
    if isinstance(s, str) and not isinstance(x, str) and not isinstance(None, float):
        return x * x
    return x


@works(0.7)
def type_comparison(x):
    return x * x if type(x) is float else x


@works(0.7)
def callable_and_hasattr(x):
    return x * x if callable(np.sin) and hasattr(np, "cos") else x


@works(0.7, 3)
def chained_comparisons(x, n):
    if 0 < x < 1 <= n < 5:
        return x * n
    return x


@works(0.7)
def comparison_evaluates_the_middle_once(x):
    def middle():
        print("asked")
        return 0.5

    if 0 < middle() < x:
        return x * x
    return x


@works(0.7, 0)
def and_or_give_operands(x, n):
    y = n or x
    z = x and 2.0
    w = n and x
    return y * z + w


@works(0.7)
def conditional_expressions_nested(x):
    return x if x > 1 else x * x if x > 0.5 else x**3


@works(0.7)
def conditional_callee(x):
    return (np.sin if True else np.cos)(x)


@works(0.7)
def lambda_forms(x):
    f = lambda t, k=2.0, *rest: t * k + sum(rest)
    return f(x) + f(x, 3.0) + f(x, 1.0, x, x)


@works(0.7)
def sets_of_constants(x):
    if 2 in {1, 2, 3} and "a" not in {"b", "c"}:
        return x * x
    return x


@works(0.7)
def assert_with_message(x):
    assert x > 0, f"{x} is not positive"
    assert isinstance(x, float)
    return x * x


@works(-0.7)
def assert_that_fails(x):
    assert x > 0, "not positive"
    return x * x


@works(0.7)
def raise_from_another(x):
    if x > 0.5:
        raise ValueError("too large") from TypeError("cause")
    return x


@works(0.7)
def raise_from_none(x):
    if x > 0.5:
        raise ValueError("too large") from None
    return x


@works(0.7)
def raise_a_class(x):
    if x > 0.5:
        raise NotImplementedError
    return x


@works(0.7)
def pass_and_ellipsis_and_docstring(x):
    """Do nothing much."""
    ...
    "text"
    42
    return x * x


@works(0.7)
def import_inside(x):
    import math as m
    from math import exp as e

    return m.sin(x) * e(x)


@works(X)
def slices_by_computed_integers(x):
    n = len(x) // 2
    return np.sum(x[n:] * x[: len(x) - n])


@works(0.7)
def big_and_small_numbers(x):
    return x * 10**20 + 1_000 * x + 0x10 * x + 0b11 * x + 1e-300 * x - -x


def test_exception_raised_from_another_has_its_cause():
    for f, cause in ((raise_from_another, TypeError), (raise_from_none, type(None))):
        try:
            value_and_grad(f)(0.7)
        except ValueError as error:
            assert type(error.__cause__) is cause
            assert error.__suppress_context__
        else:
            raise AssertionError


@refused(0.7)
def raise_without_exception(x):
    if x > 0.5:
        raise
    return x


@refused(0.7)
def float_of_formatted_active_number(x):
    return float(f"{x:.3f}") * x


@refused(0.7)
def float_of_str_of_active_number(x):
    return float(str(x * x))


# ---- all together -----------------------------------------------------------------------------


@works(0.7, 6)
def match_jumps_in_loop(x, n):
    s = x
    for i in range(n):
        match i % 4:
            case 0:
                continue
            case 3 if s > 1.0:
                break
            case k if k > 5:
                return s
            case 1 | 2:
                s = s * 1.3
        s = s + x
    else:
        s = s * 2.0
    return s


@works(0.7, 6)
def match_returns_in_loop(x, n):
    s = x
    for i in range(n):
        match i:
            case 4:
                return s * x
            case _:
                s = s * 1.3
    return s


@works(X)
def with_and_inplace_copies(x):
    y = x * 2.0
    with np.errstate(all="ignore"):
        z = y * y
        y[0] = z[1]
        for i in range(2):
            with np.errstate(over="ignore"):
                y[i + 1] *= y[i]
                z = z + y
        y[:] = np.sin(z)
    return np.sum(y * z)


@works(0.7, want=(3.0,))
def with_and_try(x):
    with np.errstate(all="raise"):
        try:
            y = np.log(x - 0.7)
        except FloatingPointError:
            y = x * 3.0
    return y


@works(0.7, want=(3.0,))
def try_around_with(x):
    try:
        with np.errstate(all="raise"):
            y = np.log(x - 0.7)
    except FloatingPointError:
        y = x * 3.0
    return y


@works(0.7, 3)
def with_in_while(x, n):
    s = x
    while (s := s * 1.5) < 20.0:
        with np.errstate(all="ignore"):
            if s > 8.0:
                with np.printoptions(precision=3):
                    print(np.array([s]))
                    break
            s = s + np.exp(-s)
    return s


@works(0.7, 4)
def random_in_test(x, n):
    random.seed(1)
    s = x
    k = 0
    while random.random() < 0.8 and k < n:
        s = s * random.uniform(0.5, 1.5)
        k += 1
    return s


@works(0.7)
def random_in_branches_and_calls(x):
    random.seed(2)

    def noisy(t):
        return t + random.random()

    y = noisy(x) * noisy(x * 2.0) if random.random() < 0.5 else noisy(x)
    z = sum([noisy(x) for _ in range(3)])
    return y * z + random.random() * x - random.random()


@works(0.7)
def order_of_random_and_print(x):
    random.seed(2)
    a = random.random()
    print(a)
    b = random.random() * x
    print(random.random(), b)
    return a * b + x * random.random()


@works(0.7)
def closures_and_del(x):
    y = x * 2.0

    def f():
        return y * x

    z = f()
    del y
    y = x
    return z + f()


@works(X)
def text_of_an_array_then_changed(x):
    y = x * 1.0
    s = f"{y} {y[0]:.2f}"
    t = str(y)
    y[0] = 7.0
    print(s, t, f"{y}")
    return np.sum(y * x)


@works(0.7)
def assertion_message_only_if_it_fails(x):
    def say():
        print("no")
        return "message"

    assert x > 0, say()
    return x * x


@works(0.7, "b")
def strings_chosen(x, s):
    t = "a" if x > 0.5 else "b"
    u = s if s != t else t + s
    print(t, u, s + t, s * 2, s < t, s in "abc", not s)
    return x * (2.0 if t == "a" else 3.0)


@works(0.7, 3)
def strings_built_in_a_loop(x, n):
    s = ""
    for i in range(n):
        s = s + str(i)
        s += ","
    print(s)
    return x * len(s)


@works(0.7, "1,2,3")
def strings_split(x, s):
    total = 0.0
    for part in s.split(","):
        total = total + float(part) * x
    return total


@works(0.7, "1,2,3")
def strings_joined(x, s):
    print("-".join(s.split(",")), s.encode(), s.partition(",")[0], s.isdigit())
    a, b, c = s.partition(",")
    return x * float(a) + x * len(c)


@works(np.array([0.37, 2.2]), 2)
def ints_of_active(x, n):
    k = int(x[1]) + round(x[0]) + math.floor(x[1] * 1.7)
    return x[k % 2] * k + x[0] // 0.1


@works(2.57)
def passive_results_through_names(x):
    k = np.floor(x)
    m = math.trunc(x * 2)
    r = round(x, 1)
    return (x - k) * m + r * x


@works(0.7)
def warnings_inside_are_the_users(x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            warnings.warn("x", stacklevel=2)
        except UserWarning:
            x = x * 2.0
    return x


@works(X)
def with_returning_view(x):
    y = x * 1.0
    with np.errstate(all="ignore"):
        v = y[1:]
        if v[0] > 1.0:
            v[0] = 5.0
    v[1] = v[0] * x[0]
    return np.sum(y * y)


@works(0.7, 2)
def nested_match(x, n):
    match n:
        case 1 | 2:
            match x > 0.5:
                case True:
                    return x * n
                case _:
                    y = x
        case _:
            return x
    return y * 3.0


@works(0.7)
def chained_walrus(x):
    if (a := x * 2.0) > 1.0 and (b := a * x) > 0.5:
        return a * b
    return a


@works(0.7, 3)
def divmod_of_int_and_float(x, n):
    q, r = divmod(n, x)
    a, b = divmod(x, n)
    return q * r + a + b * x


@works(0.7)
def walrus_order_with_array(x):
    a = np.array([x, x * 2.0])
    return (a := a * 2.0)[0] + a[1] * (a := a + 1.0)[0]


@refused(0.7)
def random_seeded_by_active(x):
    return random.gauss(x, 1.0) * x


@refused(0.7)
def text_kept_and_read(x):
    b = io.StringIO()
    b.write(str(x))
    return float(b.getvalue())


@refused(0.7)
def with_lock(x):
    with threading.Lock():
        return x * x


test_right, test_refused = PROGRAMS.tests()
