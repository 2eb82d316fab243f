"""Jacobians and Hessians: every function's against its tangents, structures, shapes, and SciPy's own."""

from __future__ import annotations

import dataclasses
import pickle
from collections import namedtuple

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_hess, rosen_hess_prod

from s2s_ad import (
    DifferentiationError,
    elementwise_grad,
    emit,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
)
from tests.differences import assert_close, numeric_gradient
from tests.test_functions import FEW, HEAD, USABLE, Writer

WEIGHTS = np.array([[0.3, -1.2, 0.7], [1.1, 0.4, -0.5], [-0.2, 0.9, 0.8]])
X, MATRIX = np.array([0.4, -1.1, 0.7]), WEIGHTS + 0.5


# -- every function ------------------------------------------------------------------------------------


class ResultWriter(Writer):
    """Writes a function that returns its first float result as it is."""

    def text(self, sample):
        head, call, result = super().text(sample).rstrip().split("\n")
        first = result.removeprefix("    return ").split(" + numpy.sum")[0]
        return f"{head}\n{call}\n    return {first.partition(' * ')[2].removesuffix(')')}\n\n"


@pytest.fixture(scope="module")
def functions(tmp_path_factory):
    path = tmp_path_factory.mktemp("jacobians") / "results_of_samples.py"
    writers = [ResultWriter(number) for number in range(len(USABLE))]
    path.write_text(HEAD + "\n".join(writer.text(sample) for writer, sample in zip(writers, USABLE, strict=True)))
    namespace = {"__name__": "results_of_samples"}
    exec(compile(path.read_text(), str(path), "exec"), namespace)
    for writer in writers:
        namespace.update(writer.values)
    return [(namespace[f"f{writer.number}"], writer.params) for writer in writers]


def columns(f, args, place):
    """Return the Jacobian by one argument, tangent by tangent."""
    x = args[place]
    found = []
    for unit in np.eye(np.size(x)):
        direction = unit.reshape(np.shape(x)) if np.ndim(x) else float(unit[0])
        found.append(jvp(f, args, [direction if n == place else None for n in range(len(args))])[1])
    shape = np.shape(f(*args))
    rows = np.array(found).reshape((np.size(x), *shape))
    return np.moveaxis(rows, 0, -1).reshape(shape + np.shape(x))


@pytest.mark.parametrize("number", FEW)
def test_jacobian_has_the_tangents_along_unit_vectors_as_columns(functions, number):
    f, args = functions[number]
    args = [arg.astype(float) if isinstance(arg, np.ndarray) else float(arg) for arg in args]
    mode = (jacfwd, jacrev)[number % 2]
    with np.errstate(all="ignore"):
        for place, found in enumerate(mode(f, argnums=tuple(range(len(args))))(*args)):
            want = columns(f, args, place)
            assert np.shape(found) == want.shape
            scale = np.max(np.abs(want), initial=1.0)
            np.testing.assert_allclose(found, want, rtol=1e-9, atol=1e-9 * scale)


# -- programs --------------------------------------------------------------------------------------------


def in_place(x):
    y = np.zeros(3)
    for i in range(3):
        y[i] = x[i] * x[i - 1]
        if y[i] > 0:
            y[i] *= 2.0
    y[1:] += x[:-1]
    return y


def chain(x):
    y = x * 1.0
    for i in range(2):
        y[i] = np.sin(y[i]) * y[i + 1]
    return y


def lists(x):
    xs = []
    for i in range(len(x)):
        xs.append(x[i] ** 2)  # noqa: PERF401
    xs[1] = xs[1] * xs[0]
    first = xs.pop(0)
    return np.array(xs) * first


def views(x):
    a = np.outer(x, x)
    b = a.T
    b[0] = np.sin(x)
    return a @ x + a.ravel()[2:5]


def early(x):
    s = x * 1.0
    while np.sum(s) < 4.0:
        s = s * s + 1.0
        if s[0] > 2.0:
            return s
    return s


def recursive(n, x):
    return x if n < 2 else recursive(n - 1, x) * recursive(n - 2, np.sin(x))


def recursion(x):
    return recursive(5, x)


def solves(x):
    return np.linalg.solve(WEIGHTS + np.diag(x), x) + np.linalg.inv(np.outer(x, x) + np.eye(3)) @ x


def fancy(x):
    y = x[[2, 0, 0]] * x
    y[[True, False, True]] = x[1]
    z = np.zeros((2, 3))
    z[
        [0, 1, 1],
        :,
    ] += y[:, None] * x
    return z[:, [0, 2]]


def fallback(x):
    return np.convolve(x, [1.0, 2.0, 3.0]) * np.sum(np.sort(x)[::-1][:2])


def matrices(x):
    return WEIGHTS @ np.tanh(x) @ WEIGHTS - x.T @ x


def reductions(x):
    return np.concatenate([np.sum(x**2, axis=0), np.max(x, axis=1), [np.mean(x)], np.linalg.norm(x, axis=-1)])


def caught(x):
    try:
        y = np.linalg.inv(np.outer(x, x) * 0.0)
    except np.linalg.LinAlgError:
        y = np.outer(x, x)
    return y @ x


PROGRAMS = [
    (in_place, X), (chain, X), (lists, X), (views, X), (early, np.abs(X)), (recursion, X), (solves, X), (fancy, X),
    (fallback, X), (matrices, MATRIX), (reductions, MATRIX), (caught, X),
]  # fmt: skip


def differences(f, x, step=1e-3):
    """Return the Jacobian by Richardson differences."""
    found = []
    for unit in np.eye(np.size(x)):
        h = step * unit.reshape(np.shape(x))
        a, b, c, d = (np.asarray(f(x + n * h)) for n in (-2, -1, 1, 2))
        found.append((8 * (c - b) - (d - a)) / (12 * step))
    return np.moveaxis(np.array(found), 0, -1).reshape(np.shape(f(x)) + np.shape(x))


@pytest.mark.parametrize("mode", [jacfwd, jacrev, jacobian])
@pytest.mark.parametrize(("f", "x"), PROGRAMS, ids=[f.__name__ for f, _ in PROGRAMS])
def test_programs(mode, f, x):
    found = mode(f)(x.copy())
    np.testing.assert_allclose(found, differences(f, x), rtol=1e-8, atol=1e-9)


def scalar(f):
    def summed(x):
        return np.sum(np.cos(f(x)) * 0.5)

    return summed


@pytest.mark.parametrize(("f", "x"), PROGRAMS, ids=[f.__name__ for f, _ in PROGRAMS])
def test_hessians_of_programs(f, x):
    g = scalar(f)
    found = hessian(g)(x.copy())
    np.testing.assert_allclose(found, differences(grad(g), x), rtol=1e-7, atol=1e-8)
    size = x.size
    np.testing.assert_allclose(found.reshape(size, size), found.reshape(size, size).T, rtol=1e-12, atol=1e-12)
    v = np.cos(np.arange(size)).reshape(x.shape)
    np.testing.assert_allclose(hvp(g, (x,), (v,)), np.tensordot(found, v, x.ndim), rtol=1e-10, atol=1e-12)


# -- shapes, dtypes and structures -------------------------------------------------------------------------


def product(x, y):
    return x * y


@pytest.mark.parametrize("mode", [jacfwd, jacrev, jacobian])
def test_numbers_zero_dimensional_and_empty_arrays(mode):
    assert mode(product)(2.0, 3.0) == 3.0
    assert mode(product)(np.array(2.0), np.array(3.0)).shape == ()
    assert mode(product)(2.0, X).shape == (3,)
    assert mode(product, argnums=1)(2.0, X).shape == (3, 3)
    assert mode(product)(np.zeros(0), np.zeros(0)).shape == (0, 0)
    assert mode(product)(np.zeros((0, 2)), 1.0).shape == (0, 2, 0, 2)


@pytest.mark.parametrize("mode", [jacfwd, jacrev, jacobian])
def test_dtype_is_that_of_the_argument(mode):
    single = X.astype(np.float32)
    assert mode(product)(single, single).dtype == np.float32
    assert hessian(lambda x: np.sum(x**3))(single).dtype == np.float32
    found = mode(product, argnums=(0, 1))(single, single)
    assert [each.dtype for each in found] == [np.float32, np.float32]


@dataclasses.dataclass
class Layer:
    w: np.ndarray
    b: float


Pair = namedtuple("Pair", "first second")


def model(layer, x, k):
    return {"out": np.tanh(layer["w"] @ x + layer["b"]), "more": (np.sum(layer["w"]) * layer["b"], k)}


@pytest.mark.parametrize("mode", [jacfwd, jacrev, jacobian])
def test_structures_of_results_are_outside_and_those_of_arguments_inside(mode):
    layer = {"w": WEIGHTS[:2], "b": 0.3}
    found = mode(model, argnums=(0, 1))(layer, X, 3)
    slope = 1 - np.tanh(WEIGHTS[:2] @ X + 0.3) ** 2
    by_layer, by_x = found["out"]
    np.testing.assert_allclose(by_layer["b"], slope)
    np.testing.assert_allclose(by_layer["w"], slope[:, None, None] * np.eye(2)[:, :, None] * X)
    np.testing.assert_allclose(by_x, slope[:, None] * WEIGHTS[:2])
    number, nothing = found["more"]
    np.testing.assert_allclose(number[0]["w"], np.full((2, 3), 0.3))
    assert number[0]["b"] == pytest.approx(np.sum(WEIGHTS[:2]))
    np.testing.assert_array_equal(number[1], np.zeros(3))
    assert nothing is None


def energy(layer):
    return np.sum(np.tanh(layer.w * layer.b))


def test_hessian_of_an_object_has_objects_in_objects():
    found = hessian(energy)(Layer(np.array([0.5, -0.2]), 0.7))
    assert isinstance(found, Layer)
    assert isinstance(found.w, Layer)
    assert found.w.w.shape == (2, 2)
    np.testing.assert_allclose(found.w.b, found.b.w)


def of_pair(pair):
    return pair.first * pair.second, pair.second**2


@pytest.mark.parametrize("mode", [jacfwd, jacrev])
def test_named_tuples(mode):
    found = mode(of_pair)(Pair(2.0, 3.0))
    assert [type(each) for each in found] == [Pair, Pair]
    assert found[0].second == 2.0
    assert found[1].second == 6.0


def test_aux_comes_beside():
    found, aux = jacfwd(lambda x: (x**2, x), has_aux=True)(X)
    np.testing.assert_allclose(found, np.diag(2 * X))
    np.testing.assert_array_equal(aux, X)
    found, aux = jacrev(lambda x: (x**2, x), has_aux=True)(X)
    np.testing.assert_allclose(found, np.diag(2 * X))
    found, aux = hessian(lambda x: (np.sum(x**3), "more"), has_aux=True)(X)
    np.testing.assert_allclose(found, np.diag(6 * X))
    assert aux == "more"


def two(x, y):
    return np.sum(x * y) ** 2 + y * y


def test_hessian_by_two_arguments_is_a_tuple_of_tuples():
    (xx, xy), (yx, yy) = hessian(two, argnums=(0, 1))(X, 2.0)
    total = np.sum(X)
    np.testing.assert_allclose(xx, np.full((3, 3), 2 * 2.0**2))
    np.testing.assert_allclose(xy, np.full(3, 4 * 2.0 * total), atol=1e-12)
    np.testing.assert_allclose(yx, xy, atol=1e-12)
    assert yy == pytest.approx(2 * total**2 + 2)


def test_hvp_by_several_primals_has_one_for_each():
    by_x, by_y = hvp(two, (X, 2.0), (np.ones(3), 0.5))
    (xx, xy), (yx, yy) = hessian(two, argnums=(0, 1))(X, 2.0)
    np.testing.assert_allclose(by_x, xx @ np.ones(3) + xy * 0.5)
    assert by_y == pytest.approx(yx @ np.ones(3) + yy * 0.5)
    by_x, by_y = hvp(two, (X, 2.0), (None, 0.5))
    np.testing.assert_allclose(by_x, xy * 0.5)


def test_jacobians_of_jacobians():
    found = jacfwd(jacfwd(lambda x: x**3))(X)
    want = np.zeros((3, 3, 3))
    want[range(3), range(3), range(3)] = 6 * X
    np.testing.assert_allclose(found, want)
    np.testing.assert_allclose(jacrev(jacfwd(lambda x: x**3))(X), want)
    np.testing.assert_allclose(jacfwd(hessian(lambda x: np.sum(x**4)))(X)[2, 2, 2], 24 * X[2])


def test_gradient_of_what_a_jacobian_gives():
    trace = jacfwd(lambda x: np.sum(np.sin(x) * x[0]))
    np.testing.assert_allclose(jacrev(trace)(X), hessian(lambda x: np.sum(np.sin(x) * x[0]))(X))


def test_elementwise_gradient():
    np.testing.assert_allclose(elementwise_grad(np_tanh)(MATRIX), 1 - np.tanh(MATRIX) ** 2)
    np.testing.assert_allclose(elementwise_grad(elementwise_grad(np_tanh))(X), -2 * np.tanh(X) * (1 - np.tanh(X) ** 2))
    assert elementwise_grad(np_tanh)(0.5) == pytest.approx(1 - np.tanh(0.5) ** 2)


def np_tanh(x):
    return np.tanh(x)


# -- against SciPy ---------------------------------------------------------------------------------------


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def test_rosenbrock_against_scipy():
    x = np.linspace(-1.2, 1.4, 50)
    v = np.cos(x)
    assert rosenbrock(x) == pytest.approx(rosen(x))
    np.testing.assert_allclose(hessian(rosenbrock)(x), rosen_hess(x), rtol=1e-12, atol=1e-10)
    np.testing.assert_allclose(hvp(rosenbrock, (x,), (v,)), rosen_hess_prod(x, v), rtol=1e-12, atol=1e-10)


# -- the cheaper mode ------------------------------------------------------------------------------------


def wide(x):
    return np.outer(x, np.ones(5)).ravel() ** 2


def tall(x):
    return np.sum(x**2, keepdims=True)


def test_jacobian_takes_the_cheaper_mode():
    by_inputs, by_results = jacobian(wide), jacobian(tall)
    by_inputs(X), by_results(X)
    assert "in all directions at once" in by_inputs.source
    assert "wide_jacfwd" in by_inputs.source
    assert "tall_jacrev" in by_results.source


def test_jacobian_leaves_arguments_alone_when_it_counts():
    def change(x):
        x[0] = 2.0 * x[1]
        return x * x

    x = X.copy()
    found = jacobian(change)(x)
    np.testing.assert_array_equal(x, [2.0 * X[1], *X[1:]])
    assert found[0, 1] == pytest.approx(8 * X[1])


# -- as objects, and errors --------------------------------------------------------------------------------

of_wide = jacobian(wide)
of_rosenbrock = hessian(rosenbrock)


def test_jacobians_are_pickled():
    np.testing.assert_allclose(pickle.loads(pickle.dumps(jacobian(wide)))(X), of_wide(X))
    assert pickle.loads(pickle.dumps(of_rosenbrock)) is of_rosenbrock or callable(of_rosenbrock)


def test_emitted_source_of_a_jacobian_and_of_hessian_times_vector_is_shown():
    assert "np.eye(count)" in emit(wide, "jacobian", X)
    assert "x_dot" in emit(rosenbrock, "hvp", X)


def test_what_has_no_jacobian_is_refused_clearly():
    with pytest.raises(DifferentiationError, match="complex arguments"):
        jacfwd(np_tanh)(X + 1j)
    with pytest.raises(DifferentiationError, match="complex results"):
        jacrev(lambda x: x * 1j)(X)
    with pytest.raises(DifferentiationError, match="tangents are given"):
        hvp(rosenbrock, (X,), ())
    with pytest.raises(DifferentiationError, match="one real number"):
        hessian(lambda x: None)(X)


def poles(x):
    return np.concatenate([np.sqrt(x[1:]) * x[0], [np.sqrt(x[0]), x[0] * np.log(x[1])], np.where(x > 0, x**0.5, 0.0)])


@pytest.mark.parametrize("mode", [jacfwd, jacrev])
def test_unit_vectors_that_do_not_choose_a_pole_give_no_nan(mode):
    with np.errstate(all="ignore"):
        found = mode(poles)(np.array([0.0, 1.0, 4.0]))
    want = [[1, 0, 0], [2, 0, 0], [np.inf, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0.5, 0], [0, 0, 0.25]]
    np.testing.assert_array_equal(found, want)


def grown_from_a_number(x):
    total = 0.0
    for i in range(3):
        total = total + x * i
    return np.sum(total**2)


def test_a_number_that_a_loop_makes_an_array_has_all_directions():
    x = np.array([1.0, 2.0])
    for mode in (jacfwd, jacrev):
        np.testing.assert_allclose(mode(grown_from_a_number)(x), 18 * x)
    np.testing.assert_allclose(hessian(grown_from_a_number)(x), 18 * np.eye(2))


def taken_out_before_a_write(x):
    y = x * 2.0
    first = y[0]
    y[0] = 5.0 * x[1]
    return first * y


@pytest.mark.parametrize("mode", [jacfwd, jacrev])
def test_a_number_taken_out_of_an_array_is_no_view_in_all_directions(mode):
    np.testing.assert_allclose(mode(taken_out_before_a_write)(np.array([1.0, 2.0])), [[20.0, 10.0], [8.0, 4.0]])


def test_sums_over_axes_in_front_leave_the_directions_apart():
    rows = np.arange(1.0, 7.0).reshape(3, 2)

    def f(x):
        return x[:2] * rows

    x = np.array([1.0, 2.0, 3.0])
    assert_close(jacrev(f)(x), jacfwd(f)(x), 1e-15)
    assert_close(jacrev(f)(x)[2, 1], np.array([0.0, 6.0, 0.0]), 1e-15)


def test_places_of_arrays_that_are_apart_in_an_index_come_first():
    def f(x):
        return x[np.array([0, 1, 1]), :, np.array([2, 0, 3])] * 2.0

    x = np.arange(24.0).reshape(2, 3, 4)
    found = jacfwd(f)(x)
    assert found.shape == (3, 3, 2, 3, 4)
    assert_close(found, jacrev(f)(x), 1e-15)
    assert_close(found[2, 1], 2.0 * (x == x[1, 1, 3]), 1e-15)


# -- arrays without axes ---------------------------------------------------------------------------------


def number_or_array_in_a_loop(x):
    s = np.zeros(())
    for _ in range(3):
        s = s * s + np.sum(x)
    return float(s)


def number_or_array_in_a_branch(x):
    s = np.array(1.0)
    if np.sum(x) > 0:
        s = np.sum(x) ** 2
    return np.sum(s * x)


def number_or_array_until(x):
    s, t = np.zeros(()), np.ones(())
    while float(t) < 3.0:
        s, t = s * s + np.sum(x), t + 1.0
    return np.sum(s * x)


def array_of_one_branch(x):
    s = np.zeros(())
    if x[0] > 0:
        s = np.array(x[0] * x[1])
    return s * x[1]


def written_in_branches(x):
    s = np.zeros(())
    if x[0] > 0:
        s[()] = x[0] * x[1]
    else:
        s[()] = x[1]
    return s * x[1]


def written_under_two_names(x):
    s = np.zeros(())
    t = s
    for value in x:
        s += value * value
    np.add.at(s, (), x[0] * x[1])
    return t * x[0]


def written_through_a_view_with_an_axis(x):
    s = np.full((), x[0])
    t = s.reshape(1)
    t[0] *= x[1]
    return s * x[1]


WAYS = (hessian, lambda f: jacfwd(jacfwd(f)), lambda f: jacrev(jacrev(f)), lambda f: jacrev(jacfwd(f)))
MIXED = (number_or_array_in_a_loop, number_or_array_in_a_branch, number_or_array_until)
"""Of these the rank is not known: more than one axis of directions is refused."""
WITHOUT_AXES = (
    array_of_one_branch,
    written_in_branches,
    written_under_two_names,
    written_through_a_view_with_an_axis,
)


@pytest.mark.parametrize("f", [*MIXED, *WITHOUT_AXES], ids=lambda f: f.__name__)
def test_arrays_without_axes_have_all_directions(f):
    x = np.array([0.4, 0.7])
    assert_close(grad(f)(x), numeric_gradient(f, (x,), 0), 1e-9)
    second = np.stack([numeric_gradient(lambda x, i=i: grad(f)(x)[i], (x,), 0) for i in range(2)])
    for way in WAYS[: 1 if f in MIXED else 4]:
        assert_close(way(f)(x), second, 1e-8)


def product_with_names(s, count, tape, s_dot, s_bar):
    if count == 0:
        return s * s_dot * s_bar
    return product_with_names(s * np.sum(tape), count - 1, tape, s_dot + np.sum(s), s_bar * 2.0)


@pytest.mark.parametrize("outer", [jacfwd, jacrev])
@pytest.mark.parametrize("inner", [jacfwd, jacrev])
def test_parameters_of_recursive_functions_have_names_apart(inner, outer):
    def f(x):
        return product_with_names(x, 2, x, 1.0, 2.0)

    want = np.stack([columns(lambda x, i=i: inner(f)(x)[i], [X], 0) for i in range(3)])
    assert_close(outer(inner(f))(X), want, 1e-10)
