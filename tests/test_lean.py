"""Leaner code gives the same: what is reused, computed beforehand or not spread out."""

# pyright: basic

import math
import re

import numpy as np
import pytest

from s2s_ad import emit, grad, jvp, vjp
from tests.differences import assert_close, numeric_gradient
from tests.test_emitted import halves

X = np.array([0.3, -0.7, 1.1])
A = np.array([[0.2, -0.4, 0.6], [1.0, 0.8, -0.5]])


def cosines(x, y):
    return math.cos(x) * math.sin(y) + math.sin(x) * math.cos(y)


def an_array_that_is_written_after_its_cosine(x):
    y = x * 1.0
    c = np.cos(y)
    y[0] = y[0] * 3.0
    s = np.sin(y)
    c[1] = 2.0
    return np.sum(c * s)


def error_function(x):
    return math.erf(x) ** 2


def mean_of_squares(x):
    return np.mean(x**2)


def sums_of_sums(a):
    rows = np.sum(a**2, axis=1)
    return np.sum(rows * np.mean(a, axis=1)) + np.mean(a) * np.sum(a, axis=0)[1]


def broadcast_after_a_sum(x, a):
    return np.sum(x) + np.sum(x * a) + np.sum(np.mean(x * 2.0) * a)


def outer_sum(x):
    return np.sum(x[:, None] * np.sum(x) + x)


def sums_along_axes(a, b):
    return np.sum(np.sum(a * a, axis=0) * np.max(b, axis=0) + np.sum(a * b, axis=(0, 1)))


def products_of_pairs(a, b):
    return np.sum((a @ (b[0] * b[1])) ** 2) + np.sum(np.outer(a * a, b[0]) * np.sum(b))


def entropy_of_what_is_chosen(x, a):
    rows = np.log(np.sum(np.exp(a), axis=1))
    return np.mean(rows - x[[0, -1]]) - np.mean(rows * x[0] + a[[0, 1], [2, 0]])


def of_two_arrays(x, y):
    return np.sum(np.exp(x) / y + np.sqrt(y)) - np.sum(np.where(x > 0.0, x, -y)) + np.mean(x - y[::-1])


def chosen_in_each_row(a, x, places):
    rows = np.arange(len(places))
    return np.sum(a[rows, places] * x[: len(places)]) + np.sum(a[rows[::-1], places] ** 2)


def chosen_in_one_row(a, x, places):
    return np.sum(a[np.arange(len(places[:1])), places] * x[: len(places)])


def scaled(a, x, k, n):
    return np.sum(np.tanh(k * a) + k * x[1:].sum()) + np.sum(np.sqrt(k) * x[:-1] * x[1:]) + np.mean(k * a[:, :n])


def parts_that_may_be_one(x, y, n):
    return np.sum(np.sqrt(y) * x[:n]) + np.mean(np.exp(y) + x[:n])


def determinant(a, x):
    return np.linalg.slogdet(a @ a.T)[1] + np.linalg.det(a[:, :2] * x[0])


def one_element_of_a_slice(x, k):
    return np.sum((x[:3] + k) * x[1:2])


def squares_and_quotients(x, k):
    y = (x - k) * (x - k) / (1.0 + x * x)
    return np.sum(y * y * x) / np.sum(x * x)


def products_of_what_is_written_between(x, k):
    y = x * k
    z = y * y
    y[1] = y[0] * y[0] * k
    return np.sum(z * y) / (z[0] + y[1])


def squares_of_numbers(x, y):
    z = (x * x - y) / (x * y) + (-x * y) * (y * x)
    return z * z


def quotients_by_several(x, y):
    z = x * 1.5
    return z / y + z / (1.0 + y * y) + -z * z + np.sin(-z) * z * 0.5


def roots_of_squares(x, k):
    y = x * k
    z = 1.0 + y * y
    root = np.sqrt(z)
    return np.sum(root + 1.0 / root) + np.sqrt(np.sum(x * x)) * np.sqrt(k * k) + np.sum(z)


def square_of_what_is_read_elsewhere(x, k):
    y = x * k
    z = -y * y + y * y
    return np.sum(y * y * np.sin(y)) + np.sum(z - 3.0 * y * -y)


def elements_of_what_is_written(x, k):
    y = x * k
    before = y[0] * y[1]
    y[0] = k * y[1]
    return before + y[0] * y[1] * y[0]


def elements_of_a_written_view(x, k):
    y = x * k
    v = y[1:]
    before = y[1] * k
    v[0] = x[0] ** 2
    return before * y[1] * v[0]


def what_each_iteration_writes(x, k):
    total = 0.0
    for i in range(3):
        y = x * k
        z = k * 2.0 - 1.0
        y *= i + 1.0
        y[0] = z * y[1]
        total += np.sum(y * x) * z
    return total


def what_an_iteration_hands_on(x, k):
    y, z = x, k
    for _ in range(3):
        before = y
        y = x * k
        y = y + before
        z = 2.0 * k
    return np.sum(y * y) * z


def indices_of_indices(x, k):
    total = 0.0
    for i in range(5):
        j = 2 * i - 5
        if j < 0:
            j = -j
        total += x[j % 3] * x[j // 2 % 3] * -j * k * float(i)
    return total


def an_invariant_of_invariants(x, k):
    total = 0.0
    for i in range(2):
        for j in range(3):
            total += np.exp(-k * 0.5) * x.T[j] * (1.0 - k) * (i + j)
        i = 7
    return total * np.exp(-k * 0.5)


def a_result_that_was_there(x, k):
    y = x[0] * k
    np.exp(y)
    return x[0] * k


PROGRAMS = [
    (cosines, (0.4, 1.2)), (an_array_that_is_written_after_its_cosine, (X,)), (error_function, (0.6,)),
    (mean_of_squares, (A,)), (mean_of_squares, (A[:, :1],)), (sums_of_sums, (A,)), (sums_of_sums, (A[:1],)),
    (broadcast_after_a_sum, (X, A)), (broadcast_after_a_sum, (X[:1], A)), (outer_sum, (X,)),
    (one_element_of_a_slice, (X, 0.7)), (squares_and_quotients, (X, 0.7)), (squares_and_quotients, (X[:1], A)),
    (products_of_what_is_written_between, (X, 0.7)), (squares_of_numbers, (0.4, 1.2)),
    (quotients_by_several, (0.4, 1.2)), (roots_of_squares, (X, 0.7)), (roots_of_squares, (X[:1], -0.7)),
    (square_of_what_is_read_elsewhere, (X, 0.7)), (square_of_what_is_read_elsewhere, (X[:1], A)),
    (elements_of_what_is_written, (X, 0.7)), (elements_of_a_written_view, (X, 0.7)),
    (what_each_iteration_writes, (X, 0.7)), (what_an_iteration_hands_on, (X, 0.7)), (indices_of_indices, (X, 0.7)),
    (an_invariant_of_invariants, (X, 0.7)), (a_result_that_was_there, (X, 0.7)),
    (sums_along_axes, (A, A + 0.3)), (products_of_pairs, (A, A - 0.2)),
    (entropy_of_what_is_chosen, (X, A)), (entropy_of_what_is_chosen, (X[:1], A)), (determinant, (A, X)),
    (lambda a: np.sum((a - np.sum(a * a, axis=1)[:, None]) ** 2 * a), (A,)),
    (lambda x: np.sum((2.0 - x[1:]) ** 2 * x[:-1]), (X,)), (lambda a, x: np.sum((a - x) ** 3), (A, X)),
    (lambda a, x: chosen_in_each_row(a, x, np.array([2, 2])), (A, X)),
    (lambda a, x: chosen_in_one_row(a, x, np.array([2, 2, 0])), (A, X)),
    (lambda a, x, k: scaled(a, x, k, 1), (A, X, 0.7)), (lambda a, x, k: scaled(a, x * 1.0, k, 3), (A[:, :1], X, 0.7)),
    (lambda x, y: parts_that_may_be_one(x, y, 1), (X, X + 2.0)),
    (lambda x, y: parts_that_may_be_one(x, y, 3), (X, X + 2.0)),
    (lambda x, y: parts_that_may_be_one(x, y[:1] * y[:1], 2), (X, X + 2.0)),
    (of_two_arrays, (X, X + 2.0)), (of_two_arrays, (X, X[:1] + 2.0)), (of_two_arrays, (X[:1], X + 2.0)),
]  # fmt: skip


@pytest.mark.parametrize(("f", "args"), PROGRAMS)
@pytest.mark.parametrize("optimize", [True, False])
def test_lean_gradients_are_right(f, args, optimize):
    found = grad(f, tuple(range(len(args))), optimize=optimize)(*args)
    for n in range(len(args)):
        assert_close(found[n], numeric_gradient(f, args, n), 1e-8)


def test_axes_are_inserted_by_an_index():
    text = emit(sums_along_axes, "reverse", A, A, argnums=(0, 1)) + emit(products_of_pairs, "reverse", A, A)
    assert "[None, :]" in text
    assert "[:, None] * " in text
    assert "expand_dims" not in text


def test_what_the_forward_sweep_computed_is_reused():
    text = emit(cosines, "reverse")
    assert sum(line.split("#")[0].count("math.cos(") for line in text.splitlines()) == 2
    assert sum(line.split("#")[0].count("math.sin(") for line in text.splitlines()) == 2


def test_constants_of_rules_are_numbers():
    assert repr(2 / math.sqrt(math.pi)) in emit(error_function, "reverse")


def misfit(x, a, b):
    return np.mean((a @ x - b) ** 2)


def test_a_gradient_alone_does_not_compute_the_value():
    text = emit(misfit, "gradient", np.ones(2), np.ones((3, 2)), np.ones(3))
    assert "def misfit_grad(x, a, b):" in text
    assert "np.add" not in text
    assert "v2_bar = v4_bar / v2.size * 2 * v2" in text


def test_a_seed_that_is_one_is_multiplied_out():
    text = emit(lambda x, y: 0.5 * (x * x) - y, "gradient", 2.0, 3.0, argnums=(0, 1))
    assert "v_m1_bar = 2 * (0.5 * v_m1)" in text
    assert "v0_bar = -1.0" in text
    assert "v3_bar" not in text


def test_source_is_that_of_what_was_specialized_last():
    derivative = grad(misfit)
    derivative.specialize(np.ones(2), np.ones((3, 2)), np.ones(3))
    assert "def misfit_vjp(x, a, b, y_bar=1.0):" in derivative.source
    derivative.specialize(np.ones((2, 1)), np.ones((3, 2)), 1.0)
    assert "signature: (float64[n,1], float64[n,n], float)" in derivative.source


def test_an_adjoint_that_is_one_number_stays_one():
    code = "".join(line.split("#")[0] for line in emit(mean_of_squares, "reverse", A).splitlines())
    assert "broadcast_to" not in code


def test_a_number_for_all_elements_stays_one_where_it_is_added_to_some():
    of_x = emit(entropy_of_what_is_chosen, "reverse", X, A)
    assert "broadcast_to" not in of_x
    assert "expand_dims" not in emit(determinant, "reverse", A, X)


def test_elements_that_are_named_once_are_added_to_at_once():
    text = emit(lambda a, places: chosen_in_each_row(a, X, places), "reverse", A, np.array([2, 2]))
    assert text.count("np.add.at(") == 1
    assert "np.add.at(" in emit(lambda a, places: chosen_in_one_row(a, X, places), "reverse", A, np.array([2, 2]))


def test_sums_of_products_are_inner_products():
    text = emit(lambda a, k: np.sum(np.tanh(k * a)), "reverse", A, 0.7, argnums=1)
    assert "v0_bar = np.vdot(v1_bar, v_m1)" in text
    assert "v0_bar = v1_bar.dot(v_m1)" in emit(lambda x, k: np.sum(np.tanh(k * x)), "reverse", X, 0.7, argnums=1)


def energy_of_pairs(x):
    return np.sum(1.0 / (1.0 + np.sum((x[:, None, :] - x[None, :, :]) ** 2, axis=2)))


def rows_and_columns_of_a_product(a, w):
    return np.sum(np.tanh(np.sum(w[:, None] * a, axis=0)) * np.mean(a)) + np.sum(np.exp(w - np.sum(a, axis=1)))


def logarithms_of_sums(a):
    return np.sum(np.log(np.sum(np.exp(a - np.mean(a, axis=1)[:, None]), axis=1)) ** 2)


def cubes_of_differences(x):
    return np.sum(np.sum((x[:, None, :] - 2.0 * x[None, :, :]) ** 3, axis=2) ** 2)


def weights_of_planes(c, w):
    return np.sum(np.sum(c * w[:, None, None], axis=(1, 2)) ** 2 + np.sum(c[:, :, 0] * c[0, 0, :2], axis=1))


C = np.arange(24.0).reshape(2, 3, 4) / 10.0 - 1.0


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (energy_of_pairs, (A,)), (rows_and_columns_of_a_product, (A, X[:2])), (logarithms_of_sums, (A,)),
        (cubes_of_differences, (A,)), (weights_of_planes, (C.transpose(1, 0, 2), X)),
    ],
)  # fmt: skip
def test_sums_along_axes_of_products_are_right(f, args):
    for argnum in range(len(args)):
        assert_close(grad(f, argnum)(*args), grad(f, argnum, optimize=False)(*args), 1e-13)
        assert_close(grad(f, argnum)(*args), numeric_gradient(f, args, argnum), 1e-7)


def test_sums_along_an_axis_of_products_are_products_of_matrices():
    """Nothing has three axes but the differences, and what was summed up already is not again."""
    pairs = emit(energy_of_pairs, "gradient", A).partition("# reverse sweep")[2]
    assert pairs.count("np.einsum(") == 2 and ".reduce(" not in pairs
    sums = emit(logarithms_of_sums, "gradient", A).partition("# reverse sweep")[2]
    assert "v0_bar, axis=1" not in sums and "_bar * v5" in sums.replace("v6", "v5")


@pytest.mark.parametrize("a", [X.astype(np.float32), X.astype(np.complex128), X.astype(np.float16)])
def test_sums_of_products_of_other_dtypes_are_sums(a):
    text = emit(lambda a, k: np.sum(np.abs(np.tanh(k * a))), "reverse", a, np.abs(a)[0], argnums=1)
    assert "np.add.reduce(" in text.partition("# reverse sweep")[2]


def test_what_is_subtracted_is_not_negated_element_by_element():
    rows = emit(lambda a: np.sum((a - np.sum(a * a, axis=1)[:, None]) ** 2), "reverse", A)
    assert "np.add.reduce(-" not in rows
    steps = emit(lambda x: np.sum((2.0 - x[1:]) ** 2 * x[:-1]), "reverse", X)
    assert "v_bar[1:] -= " in steps.replace("v0_bar", "v_bar")


def test_arrays_that_meet_are_equally_large_unless_one_may_be_broadcast():
    def root(x, y):
        return np.sum(x * x + np.sqrt(y))

    assert "broadcast_to" not in emit(root, "reverse", X, X, argnums=1)
    assert "broadcast_to" in emit(root, "reverse", X, X[:1], argnums=1)


@pytest.mark.parametrize(("f", "args"), PROGRAMS)
@pytest.mark.parametrize("optimize", [True, False])
def test_lean_tangents_are_right(f, args, optimize):
    for n in range(len(args)):
        ones = tuple(np.ones_like(arg) if i == n else np.zeros_like(arg) for i, arg in enumerate(args))
        tangents = tuple(one if isinstance(arg, np.ndarray) else float(one) for one, arg in zip(ones, args))
        _, found = jvp(f, args, tangents, optimize=optimize)
        assert_close(found, np.sum(numeric_gradient(f, args, n)), 1e-8)


def test_the_two_terms_of_a_square_are_one_product():
    assert "v9_bar = 2 * (v10_bar * v9)" in emit(squares_of_numbers, "reverse")
    assert "v10_dot = 2 * (v9_dot * v9)" in emit(squares_of_numbers, "forward")


def test_the_terms_of_a_square_are_added_to_an_adjoint_at_once():
    def f(x):
        y = math.sin(x)
        return y * y + y

    assert "v1_bar = v1_bar + 2 * (v2_bar * v1)" in emit(f, "reverse")


def test_signs_do_not_hide_a_square():
    def f(x):
        y = math.sin(x)
        return -y * y + y * -y

    assert emit(f, "forward").count("_dot = -2 * (") == 2


def test_a_tangent_of_a_quotient_divides_once():
    assert "v4_dot = (v2_dot - v4 * v3_dot) / v3" in emit(squares_of_numbers, "forward")


def test_complex_squares_have_two_terms():
    """Twice a complex number is no sum of two: it has a product of zero and an infinite part."""

    def f(x):
        z = complex(x, 1e308) * 10.0
        return (z * z).real if x > 1.0 else abs(z * z) * 0.0 + x

    assert "2 * (" not in emit(f, "forward")


def test_narrow_floats_stay_narrow():
    def f(x, s):
        return np.sum(x * s) * np.float32(0.5)

    x = X.astype(np.float32)
    for optimize in (True, False):
        assert grad(f, optimize=optimize)(x, 2.0).dtype == np.float32


def test_an_element_is_read_once_and_an_index_is_not_kept():
    def f(x):
        total = 0.0
        for i in range(1, len(x)):
            total += x[i - 1] * x[i - 1] * x[i]
        return total

    forward, backward = halves(f, X)
    assert sum("v0_list[" in line for line in forward) == 2
    assert [line for line in backward if "i - 1" in line] == ["v2 = i - 1"]
    assert not any("append" in line and "v2" in line for line in forward)


def test_a_seed_is_a_number_of_numpy_where_it_is_divided():
    def f(x):
        return np.mean(x * 2.0)

    with np.errstate(all="ignore"):
        assert grad(f).specialize(np.zeros(0))(np.zeros(0)).shape == (0,)


def test_functions_of_elements_are_those_of_pythons_numbers():
    def f(x):
        total = 0.0
        for i in range(len(x)):
            total += np.sqrt(np.abs(x[i])) / np.maximum(x[i], 0.5)
        return total

    forward, backward = halves(f, X)
    lines = "".join(line.partition("#")[0] for line in (*forward, *backward))
    assert not any(name in lines for name in ("np.sqrt", "np.abs", "np.maximum", "np.sign"))


def test_an_element_that_was_written_is_not_read_again():
    def f(x):
        y = np.ones(len(x))
        total = 0.0
        for i in range(len(x)):
            y[i] = x[i] * x[i]
            total += y[i] * x[i]
            y[i] += x[i] * 3.0
            total += y[i] * y[i]
        return total

    forward, _ = halves(f, X)
    assert sum(line.startswith("v") and line.endswith("= v2.item(i)") for line in forward) == 1  # after the sum
    assert_close(grad(f)(X), grad(f, optimize=False)(X))


def test_what_is_always_the_same_is_computed_before_a_loop():
    forward, backward = halves(an_invariant_of_invariants, X, 0.7, argnums=1)
    loop = next(i for i, line in enumerate(forward) if line.startswith("for "))
    assert [line for line in forward[loop:] if "np.exp(" in line or "1.0 - v0" in line or ".T" in line] == []
    assert sum("np.exp(" in line for line in (*forward, *backward)) == 1


def test_nothing_that_may_raise_leaves_a_loop():
    """A loop of no iterations divides by nothing, takes no root, adds no arrays of other sizes and reads no name."""

    def f(x, y, k, n):
        total = np.sum(x)
        for _ in range(n):
            w = x * 2.0
        for _ in range(n):
            total += 1.0 / k + math.sqrt(-1.0 - k) + np.sum(x + y) + np.sum(2.0 * w) + math.exp(1000.0 + k)
        return total

    assert_close(grad(f)(X, np.ones(2), 0.0, 0), np.ones(3), 1e-15)


def test_what_raises_in_a_context_stays_there():
    def f(x, k):
        total = np.sum(x)
        for _ in range(2):
            with np.errstate(all="raise"):
                total += np.sum(np.log(x * k))
        return total

    assert_close(grad(f)(X * X, 2.0), 1.0 + 2.0 / (X * X), 1e-14)
    with pytest.raises(FloatingPointError):
        grad(f)(X, 0.0)


SCALES = np.array([1.0, 2.0])


def grown(i):
    SCALES[0] += 1.0
    return float(i)


def test_an_array_that_a_called_function_may_write_is_read_anew():
    def f(x):
        total = 0.0
        for i in range(3):
            before = SCALES[0] * x[i]
            total += before + grown(i) + SCALES[0] * x[i]
        return total

    SCALES[0] = 1.0
    try:
        assert_close(grad(f)(X[:3]), np.array([3.0, 5.0, 7.0]), 1e-15)
    finally:
        SCALES[0] = 1.0


def test_the_shape_of_an_array_is_that_of_one_which_is_read():
    def f(w, x, n):
        h, total = x, 0.0
        for _ in range(n):
            h = np.tanh(w @ h)
            total += np.sum(h**2)
        return total / np.mean((2.0 * h) ** 2)

    forward, backward = halves(f, np.eye(3), X[:3], 2)
    lines = [line for line in (*forward, *backward) if "= np.zeros(" not in line]
    assert not any(".shape" in line or "broadcast_to" in line for line in lines)
    assert_close(grad(f)(np.eye(3), X[:3], 2), numeric_gradient(f, (np.eye(3), X[:3], 2), 0), 1e-8)


def test_what_cannot_raise_since_an_earlier_statement_would_have_is_not_computed():
    def f(x, y):
        product = x * y
        total = x / (2.0 + y)
        return np.sum(product * x + total + np.sqrt(y))

    assert "np.sqrt" not in emit(f, "gradient", X, X).partition("# reverse sweep")[0].replace("np.sqrt(y)", "")
    with pytest.raises(ValueError, match="broadcast"):
        grad(f).specialize(X, X)(X, X[:2])


def test_what_finds_sizes_unequal_is_computed():
    def f(x, y):
        return np.sum(x * x) + 0.0 * np.sum(x + y)

    with pytest.raises(ValueError, match="broadcast"):
        grad(f).specialize(X, X)(X, X[:2])


def test_a_determinant_of_what_is_square_is_not_needed_for_its_slope():
    def f(a, b, c):
        """The sum says of b that it is square, nothing does of c."""
        return np.linalg.slogdet(a @ a.T + b)[1] + np.linalg.slogdet(b)[1] + np.linalg.slogdet(c)[1]

    text = emit(f, "gradient", A[:, :2], np.eye(2), np.eye(3))
    assert re.findall(r"np.linalg.slogdet\((\w+)\)  ", text) == ["v0"]
    with pytest.raises(np.linalg.LinAlgError):
        grad(lambda a, b: np.sum(a) + 0.0 * np.linalg.slogdet(b)[1]).specialize(A, A)(A, A)


def test_a_shape_is_asked_of_an_array_that_lives_on():
    def f(x):
        return np.sum(x + np.log(np.sum(x * x) + x))

    text = emit(lambda a: np.sum(np.log(np.sum(a * a, axis=1)) + np.max(a, axis=1)), "gradient", A)
    assert "np.log(" not in text.partition("# forward sweep")[2].replace("np.log(np", "")
    assert_close(grad(f).specialize(X * X)(X * X), grad(f, optimize=False)(X * X), 1e-14)


def test_a_loop_that_only_reads_elements_is_gone_through_once():
    def f(x, y):
        total = 0.0
        for i in range(1, len(x)):
            total += math.sin(x[i] * x[i - 1]) * y[i]
        return total

    def squares(x):
        total = 0.0
        for i in range(len(x)):
            total += x[i] * x[i]
        return total

    def written(x):
        x = x.copy()
        total = 0.0
        for i in range(len(x)):
            total += x[i] * x[i]
            x[i] = 1.0
        return total

    text = emit(squares, "gradient", X)
    assert "tape" not in text and text.count("for i in ") == 1 and "= 2 * v2  " in text
    assert "tape" in emit(written, "gradient", X)
    assert "_list[" not in emit(f, "gradient", X, X).partition("# reverse sweep")[2]  # on a tape that is there anyway
    for g, args in ((f, (X, X * X)), (squares, (X,)), (written, (X,))):
        assert_close(grad(g).specialize(*args)(*args), numeric_gradient(g, args, 0), 1e-8)
    with pytest.raises(IndexError):
        grad(f).specialize(X, X)(X, X[:1])


def test_an_element_that_only_the_value_reads_is_read_if_it_may_not_be_there():
    def f(x, y):
        total = 0.0
        for i in range(len(x)):
            total += x[i] * x[i] + y[i]
        return total

    with pytest.raises(IndexError):
        grad(f).specialize(X, X)(X, X[:2])


def logarithms(x, n):
    total = x[0]
    for _ in range(n):
        total = total + np.sum(np.log(x)) + x[1] / x[0] + np.sqrt(x[0])
    return total


def multiples_of_an_integer(x, k, n):
    for _ in range(n):
        x = x + x * k
    return x


def test_a_loop_of_no_iteration_has_no_influence():
    """What would have been infinite in it is not computed before it."""
    with np.errstate(all="raise"):
        assert_close(grad(logarithms)(np.array([0.0, 1.0]), 0), np.array([1.0, 0.0]), 1e-15)
    assert grad(multiples_of_an_integer)(1.5, 10**400, 0) == 1.0


# ---- NumPy without wrappers, and adjoints that are added to in place ---------------------------------


def reductions(axis):
    def all_of_them(x):
        each = np.sum(x, axis), np.prod(x, axis=axis), np.mean(x, axis=axis), x.sum(axis), x.mean(axis)
        kept = np.sum(x, axis, keepdims=True), np.mean(x, axis, keepdims=True)
        masks = np.sum(x > 0, axis), np.mean(x > 0, axis=axis), np.sum(x > 0, axis, dtype=float)
        return each, kept, masks, np.sum(x, dtype=float), np.max(x, axis=axis), np.min(x, axis, keepdims=True)

    return all_of_them


LAYOUTS = {
    "rows": lambda a: a,
    "columns": np.asfortranarray,
    "turned": lambda a: a[::-1, ::-1],
    "apart": lambda a: a[::2, ::3],
    "float32": lambda a: a.astype(np.float32),
    "float16": lambda a: a.astype(np.float16),
    "of nothing": lambda a: a[:, :0],
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # the mean of nothing is invalid, products of many float16 are 0
@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 1)])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_reductions_give_is_the_same_to_the_bit(layout, axis):
    a = LAYOUTS[layout](np.random.default_rng(1).normal(size=(40, 33)))
    f = reductions(axis)
    if not a.size and axis != 0:  # of nothing there is no greatest
        for call in (f, lambda a: jvp(f, (a,), (a,))):
            with pytest.raises(ValueError, match="zero-size array to reduction operation maximum"):
                call(a)
        return
    value, want = jvp(f, (a,), (a,))[0], f(a)
    for have, kept in zip(leaves(value), leaves(want), strict=True):
        assert type(have) is type(kept)
        assert have.dtype == kept.dtype
        assert have.shape == kept.shape
        assert have.tobytes() == kept.tobytes()


def leaves(tree):
    """Yield the leaves of lists and tuples."""
    if isinstance(tree, list | tuple):
        for item in tree:
            yield from leaves(item)
    else:
        yield tree


def passed_on(x, y):
    s = x + y
    return np.sum(np.tanh(s) * s * x)


def passed_to_both(x, y):
    return np.sum((x + y) ** 2) + np.sum(np.sin(y))


def read_before_it_grows(x, y):
    shifted = x - np.max(x)
    return np.sum(np.exp(shifted) * y) + np.sum(shifted * y)


def greatest_of_rows(x, y):
    m = np.outer(x, y) * np.outer(y, x)
    return np.sum((m - np.max(m, axis=1)[:, None]) ** 2) + np.min(m) * np.max(m, axis=0)[1]


def added_after_a_loop(x, y):
    s = x
    for _ in range(3):
        s = s + np.tanh(s * y)
    return np.sum(s * y * x)


@pytest.mark.parametrize(
    "f",
    [passed_on, passed_to_both, read_before_it_grows, greatest_of_rows, added_after_a_loop],
    ids=lambda f: f.__name__,
)
def test_adjoints_are_added_to_where_nothing_else_has_them(f):
    x, y = X.copy(), np.array([0.5, 1.2, -0.3])
    x_bar, y_bar = grad(f, (0, 1))(x, y)
    assert np.array_equal(x, X)
    assert not np.shares_memory(x_bar, y_bar)
    assert "_bar +=" in (text := emit(f, "reverse", x, y, argnums=(0, 1))) or "out=" in text
    for n, have in enumerate((x_bar, y_bar)):
        assert_close(have, numeric_gradient(f, (x, y), n), 1e-7)


def test_seeds_of_the_caller_are_not_added_to():
    value, pull = vjp(lambda x: x + x * x + np.where(x > 0, x, 0.0), X)
    seed = np.ones(3)
    (first,) = pull(seed)
    assert np.array_equal(seed, np.ones(3))
    assert_close(pull(seed)[0], first, 0.0)
    assert_close(first, 1.0 + 2.0 * X + (X > 0), 1e-15)
