"""`find_nonfinite` names the statement that makes nan or inf: its line, what it computes, and the iteration."""

import copy
import math
import subprocess
import sys
import warnings

import numpy as np
import pytest

from s2s_ad import (
    DifferentiationError,
    UnsupportedError,
    find_nonfinite,
    grad,
    hessian,
    jacfwd,
    jacrev,
    jvp,
    value_and_grad,
    vjp,
)
from s2s_ad.display.marks import level
from s2s_ad.display.search import ones, watch
from s2s_ad.ir.kinds import is_differentiable, kind_of
from s2s_ad.ir.layers import Layer
from s2s_ad.trees import leaves, map_leaves
from tests import programs

# -- what runs is what the derivative runs -----------------------------------------------------------------


def by_all(f, args):
    return [ones(arg) if n in set(programs.float_arguments(args)) else None for n, arg in enumerate(args)]


def pulled(f, args, argnums):
    value, pull = vjp(f, *args)
    bars = pull(ones(value))
    return value, tuple(bars[n] for n in argnums)


CALLS = {
    "primal": ((), lambda f, args, argnums: f(*args)),
    "reverse": (("grad",), lambda f, args, argnums: value_and_grad(f, argnums)(*args)),
    "vjp": (("vjp",), pulled),
    "forward": (("jvp",), lambda f, args, argnums: jvp(f, args, by_all(f, args))),
    "jacobian": (("jacfwd",), lambda f, args, argnums: jacfwd(f, argnums)(*args)),
    "jacrev": (("jacrev",), lambda f, args, argnums: jacrev(f, argnums)(*args)),
    "hessian": (("grad", "jacfwd"), lambda f, args, argnums: hessian(f, argnums)(*args)),
}
"""By the mode: the layers, and the public call that gives the same."""


@pytest.mark.parametrize("mode", CALLS)
@pytest.mark.parametrize("program", programs.ALL, ids=lambda program: program[0].__name__)
def test_statements_that_are_watched_give_what_the_derivative_gives(program, mode):
    f, *args = program
    argnums = tuple(programs.float_arguments(args))
    sorts, call = CALLS[mode]
    layers = tuple(Layer(sort, argnums) for sort in sorts)
    try:
        wanted = list(leaves(call(f, copy.deepcopy(args), argnums)))
    except Exception as error:
        with pytest.raises(type(error)):
            watch(f, layers, args, None, None)
        return
    run, function = watch(f, layers, args, None, None)
    found = list(leaves(run.value(function.result)))
    assert len(found) == len(wanted)
    for have, want in zip(found, wanted, strict=True):
        if is_differentiable(kind_of(want)):
            np.testing.assert_allclose(have, want, rtol=1e-12, atol=1e-12)
    assert find_nonfinite(f, *args, mode=mode, argnums=argnums) is None


def spoiled(arg, number):
    """Return an argument with its first float replaced."""
    todo = [number]

    def change(leaf):
        if not todo or not is_differentiable(kind_of(leaf)) or not np.size(leaf):
            return leaf
        if isinstance(leaf, np.ndarray):
            leaf = leaf.copy()
            leaf.flat[0] = todo.pop()
            return leaf
        return type(leaf)(todo.pop())

    return map_leaves(change, arg)


@pytest.mark.parametrize("number", [0.0, np.inf, np.nan])
@pytest.mark.parametrize("mode", ["primal", "reverse", "forward", "hessian"])
@pytest.mark.parametrize("program", programs.ALL, ids=lambda program: program[0].__name__)
def test_something_is_found_where_the_result_is_not_finite_and_only_there(program, mode, number):
    f, *args = program
    argnums = tuple(programs.float_arguments(args))
    args[argnums[0]] = spoiled(args[argnums[0]], number)
    try:
        with np.errstate(all="ignore"):
            wanted = CALLS[mode][1](f, copy.deepcopy(args), argnums)
    except Exception as error:
        with pytest.raises(type(error)):
            find_nonfinite(f, *args, mode=mode, argnums=argnums)
        return
    report = find_nonfinite(f, *args, mode=mode, argnums=argnums)
    assert (report is None) == (level(wanted) == 0)
    if report is not None:
        assert report.made or report.what.startswith("the argument")
        assert report.made or number != 0.0
        assert not report.made or (report.place and report.statement and report.operands)
        assert report.value.partition(" ")[0] in ("nan", "inf", "−inf")
        assert report.reaches and str(report)


# -- the report --------------------------------------------------------------------------------------------


def roots(x):
    y = np.sqrt(x) + 1.0
    return np.sum(y * y)


def test_report_of_an_adjoint():
    report = find_nonfinite(grad(roots), np.array([1.0, 0.0]))
    line = roots.__code__.co_firstlineno + 1
    assert (
        str(report)
        == f"""\
{__file__}:{line}:9: the adjoint of x is inf at [1]
    y = np.sqrt(x) + 1.0
        ^^^^^^^^^^
    emitted: v0_bar = v1_bar / (2 * v1)
                      ^^^^^^^^^^^^^^^^^
    from: v1_bar[1] = 2, (2 * v1)[1] = 0
    where v1_bar is the adjoint of np.sqrt(x), v1 is np.sqrt(x)"""
    )
    assert report.statement in grad(roots).source
    assert (report.place.line, report.made) == (line, True)
    assert find_nonfinite(roots, np.array([1.0, 0.0])) is None


def ratio(x, y):
    return np.sum(x) * 2.0 + x[0] / (y - x[1])


def test_part_of_an_emitted_line_is_underlined():
    report = find_nonfinite(ratio, np.array([1.0, 2.0]), np.float64(2.0), mode="reverse", argnums=1)
    assert (report.part, report.statement) == ("", "v6 = v3 / v5")
    assert "^" not in str(report).splitlines()[4]
    report = find_nonfinite(lambda x: x + np.exp(x) * np.sqrt(x), 0.0, mode="reverse")
    assert (report.part, report.what) == ("v2_bar / (2 * v2)", "the adjoint of x")
    assert str(report).splitlines()[4].index("^") == str(report).splitlines()[3].index(report.part)


@pytest.mark.parametrize(
    ("mode", "what"),
    [
        ("reverse", "the adjoint of x"),
        ("vjp", "the adjoint of x"),
        ("jacrev", "the adjoint of x"),
        ("forward", "the tangent of np.sqrt(x)"),
        ("jacobian", "the tangent of np.sqrt(x)"),
        ("hvp", "the tangent of np.sqrt(x)"),
        ("hessian", "the tangent of np.sqrt(x)"),
    ],
)
def test_what_is_computed_is_called_by_what_the_user_knows(mode, what):
    report = find_nonfinite(roots, np.array([1.0, 0.0]), mode=mode)
    assert (report.what, report.place.text.strip()) == (what, "y = np.sqrt(x) + 1.0")


def test_second_derivatives_name_the_tangent_of_an_adjoint_and_the_adjoint_of_one():
    def power(x):
        return x**1.5

    assert find_nonfinite(grad(power), 0.0) is None
    assert find_nonfinite(power, 0.0, mode="hvp").what == "the tangent of the adjoint of x"
    assert find_nonfinite(grad(grad(power)), 0.0).what == "the adjoint of the adjoint of x"
    assert find_nonfinite(grad(power), 0.0, mode="reverse").what == "the adjoint of the adjoint of x"


def grid(x, rows):
    total = 0.0
    for row in rows:
        for j in range(2):
            total = total + x[j] / (row[j] - 1.0)
    return total


def test_iterations_of_all_loops_are_named():
    report = find_nonfinite(grid, np.array([1.0, 2.0]), np.array([[2.0, 3.0], [4.0, 1.0]]))
    outer, inner = report.within
    assert (outer.text, outer.number, outer.index) == ("for row in rows:", 2, "")
    assert (inner.text, inner.number, inner.index) == ("for j in range(2):", 2, "j = 1")
    assert inner.place.line == grid.__code__.co_firstlineno + 3
    assert "in iteration 2 of 'for j in range(2):', line" in str(report)


def countdown(x, n):
    s = x
    for i in range(n, 0, -1):
        s = s + np.sqrt(x * abs(i - 3))
    return s


def halves(x):
    y, k = x, 0
    while y > 1e-3:
        y = y * 0.5
        k += 1
        if k == 3:
            y = np.sqrt(y - y) + y
    return y


def leaves_early(x):
    y = x
    for i in range(10):
        if i == 6:
            break
        y = y + np.sqrt(x * abs(i - 4.0))
    return y


@pytest.mark.parametrize(
    ("f", "args", "number", "index"),
    [(countdown, (1.0, 5), 3, "i = 3"), (halves, (1.0,), 3, ""), (leaves_early, (1.0,), 5, "i = 4")],
)
def test_iterations_of_the_reverse_sweep_are_those_of_the_function(f, args, number, index):
    report = find_nonfinite(f, *args, mode="reverse")
    assert report.what.startswith("the adjoint of")
    assert [(each.number, each.index) for each in report.within] == [(number, index)]


def power(x, n):
    if n == 1:
        return np.sqrt(x - 1.0)
    return x * power(x, n - 1)


def raised(x):
    return power(x, 3) * 2.0


def test_recursive_functions_are_followed_and_their_calls_counted():
    report = find_nonfinite(raised, 0.5)
    assert (report.what, report.value) == ("np.sqrt(x - 1.0)", "nan")
    assert [(each.text, each.number, each.call) for each in report.within] == [("power", 3, True)]
    report = find_nonfinite(raised, 1.0, mode="reverse")
    assert (report.what, report.value) == ("the adjoint of x - 1.0", "inf")
    assert "call 3 of power_bar" in str(report)


# -- which statement is the first --------------------------------------------------------------------------


def chosen(x):
    return np.sum(np.where(x > 0, np.log(x), 0.0))


def test_what_is_not_chosen_is_reported_only_when_asked_for():
    x = np.array([0.0, 1.0])
    assert find_nonfinite(chosen, x) is None
    assert find_nonfinite(chosen, x, mode="reverse") is None
    report = find_nonfinite(chosen, x, mode="reverse", hidden=True)
    assert (report.what, report.value, report.reaches) == ("np.log(x)", "−inf at [0]", False)
    assert "the result is finite" in str(report)
    assert find_nonfinite(chosen, np.array([2.0, 1.0]), hidden=True) is None


def dropped(x):
    a = np.zeros(3)
    a[0] = np.log(x[0])
    b = np.where(x > 0, np.log(x), 1.0).sum()
    for i in range(2):
        a[1 + i] = b / (x[1] - i)
    return a[1:].sum()


def test_what_the_result_does_not_depend_on_is_passed_over_element_by_element():
    report = find_nonfinite(dropped, np.array([0.0, 1.0]))
    assert (report.what, report.value, report.within[0].number) == ("a[1 + i]", "inf", 2)


def appended(x):
    xs = []
    for i in range(3):
        xs.append(x / np.float64(i - 1))  # noqa: PERF401
    del xs[1]
    return xs[0] * np.log(x - 2.0) + xs[1]


def test_lists_keep_apart_where_their_items_come_from():
    assert find_nonfinite(appended, 2.0).what == "np.log(x - 2.0)"


def divided_in_place(x):
    y = x * 1.0
    y[1:] /= x[:-1]
    y[[0, 2]] += np.array([1.0, 1e308]) * 10.0
    return y


def test_writes_in_place_make_what_they_compute_and_pass_on_what_they_are_given():
    report = find_nonfinite(divided_in_place, np.array([0.0, 1.0, 2.0]))
    assert (report.what, report.value) == ("y[1:]", "inf at [0]")
    assert report.operands == (("v1[1:][0]", "1"), ("v2[0]", "0"))
    report = find_nonfinite(divided_in_place, np.array([1.0, 1.0, 2.0]))
    assert (report.what, report.value) == ("np.array([1.0, 1e308]) * 10.0", "inf at [1]")


def accumulated(x):
    y = np.zeros(2)
    np.add.at(y, [0, 1, 1], x)
    return y


def test_sums_that_overflow_in_place_are_found():
    report = find_nonfinite(accumulated, np.full(3, 1e308))
    assert report.value == "inf at [1]" and "np.add.at" in report.statement


def tried(x):
    try:
        y = 1.0 / x
    except ZeroDivisionError:
        y = np.log(x)
    return y * 2.0


def test_handlers_run_as_in_the_function():
    assert find_nonfinite(tried, 0.0).what == "y"


@pytest.mark.parametrize("fun", [np.sum, np.linalg.norm, lambda x: np.dot(x, x), lambda x: x @ x])
def test_functions_of_whole_arrays_are_found(fun):
    def f(x):
        return fun(x) + 0.0

    report = find_nonfinite(f, np.full(4, 1e308))
    assert report.made and report.value == "inf"


def difference(x):
    return (x - x)[0]


def test_nan_of_infinities_that_were_given_is_made():
    report = find_nonfinite(difference, np.array([np.inf, 1.0]))
    assert (report.made, report.what, report.value) == (True, "x - x", "nan at [0]")
    assert report.operands == (("v0[0]", "inf"),)
    assert report.given == ("the argument x",)
    assert "not finite from the start: the argument x" in str(report)


def overflows(x):
    y = np.exp(x)
    return y - y


def test_infinity_that_was_made_comes_before_the_nan_of_it():
    report = find_nonfinite(overflows, 1000.0)
    assert (report.what, report.value) == ("y", "inf")


# -- what was given ----------------------------------------------------------------------------------------

SCALE = np.array([1.0, np.inf])


def weighed(params, xs):
    return sum(params["w"] * x for x in xs) + params["b"]


@pytest.mark.parametrize(
    ("f", "args", "what", "value"),
    [
        (weighed, ({"w": np.nan, "b": 1.0}, [1.0, 2.0]), "the argument params['w']", "nan"),
        (weighed, ({"w": 1.0, "b": 1.0}, [1.0, np.inf]), "the argument xs", "inf at [1]"),
        (lambda x: np.sum(SCALE * x), (2.0,), "SCALE", "inf at [1]"),
        (lambda x: x + np.full(3, np.inf), (2.0,), "a constant of the function", "inf"),
        (lambda x: max(-np.inf, x) if x > 3.0 else -np.inf, (2.0,), "a constant of the function", "−inf"),
    ],
)
def test_what_was_given_is_said_to_be_so(f, args, what, value):
    report = find_nonfinite(f, *args)
    assert (report.made, report.what, report.value) == (False, what, value)
    assert str(report).splitlines()[0].endswith("as it was given")


def test_directions_can_be_given_and_may_be_what_is_not_finite():
    assert find_nonfinite(roots, np.array([1.0, 0.0]), mode="forward", tangents=(np.array([1.0, 1.0]),))
    report = find_nonfinite(roots, np.array([1.0, 4.0]), mode="forward", tangents=(np.array([1.0, np.nan]),))
    assert (report.made, report.what) == (False, "the tangent x_dot")
    report = find_nonfinite(np_square, np.array([1.0, 4.0]), mode="vjp", cotangent=np.array([np.inf, 1.0]))
    assert (report.made, report.what) == (False, "the cotangent y_bar")


def np_square(x):
    return x * x


# -- how it runs -------------------------------------------------------------------------------------------


def talks(x):
    print("once")
    x[0] = np.log(x[0])
    warnings.warn("mine", UserWarning, stacklevel=1)
    return np.sum(x)


def test_effects_come_once_arguments_stay_and_warnings_of_numpy_are_not_shown(capsys):
    x = np.array([0.0, 1.0])
    with pytest.warns(UserWarning, match="mine") as caught:
        assert find_nonfinite(talks, x, mode="reverse").what == "x[0]"
    assert [each.category for each in caught] == [UserWarning]
    assert capsys.readouterr().out == "once\n"
    np.testing.assert_array_equal(x, [0.0, 1.0])


def test_errors_of_the_function_come_through_with_their_line():
    def f(x):
        return math.exp(x) + 1.0

    with pytest.raises(OverflowError) as caught:
        find_nonfinite(f, 1e5)
    assert caught.value.__notes__ == [f"{__file__}, line {f.__code__.co_firstlineno + 1}: math.exp(x)"]


class Model:
    def __init__(self, w):
        self.w = w

    def loss(self, x):
        return np.log(self.w) * x


def test_methods_and_objects_are_taken():
    report = find_nonfinite(Model(0.0).loss, 2.0, mode="reverse")
    assert (report.what, report.operands[0][1]) == ("np.log(self.w)", "0")


def test_bad_questions_are_refused():
    with pytest.raises(UnsupportedError, match="no mode 'backward'"):
        find_nonfinite(roots, np.ones(2), mode="backward")
    with pytest.raises(UnsupportedError, match="no source"):
        find_nonfinite(np.sin, 1.0)
    with pytest.raises(DifferentiationError, match="an int"):
        find_nonfinite(lambda x: x * 2, 1, mode="reverse")
    with pytest.raises(DifferentiationError, match="2 tangents"):
        find_nonfinite(roots, np.ones(2), mode="forward", tangents=(1.0, 2.0))
    with pytest.raises(DifferentiationError, match="tangents belong to"):
        find_nonfinite(roots, np.ones(2), mode="reverse", tangents=(np.ones(2),))
    with pytest.raises(DifferentiationError, match="cotangent belongs to"):
        find_nonfinite(roots, np.ones(2), mode="forward", cotangent=1.0)


def test_nothing_of_it_is_imported_before_it_is_called():
    code = "import s2s_ad, sys; print([m for m in sys.modules if m.startswith(('s2s_ad.display', 's2s_ad.transform'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
