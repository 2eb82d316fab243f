"""jvp, vjp, linearize, has_aux, argnums by name, and derivatives of derivatives."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from s2s_ad import (
    DifferentiationError,
    S2SError,
    elementwise_grad,
    emit,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacrev,
    jvp,
    linearize,
    value_and_grad,
    vjp,
)
from tests.test_jacobians import PROGRAMS, differences, scalar

X = np.array([0.4, -1.1, 0.7])
BY_NAME = [f.__name__ for f, _ in PROGRAMS]


def direction_of(x):
    return np.cos(1.0 + np.arange(x.size)).reshape(x.shape)


# -- tangents and adjoints agree -----------------------------------------------------------------------


@pytest.mark.parametrize(("f", "x"), PROGRAMS, ids=BY_NAME)
def test_jvp_vjp_and_linearize_agree_and_can_be_called_again(f, x):
    v = direction_of(x)
    value, tangent = jvp(f, (x,), (v,))
    np.testing.assert_allclose(value, f(x))
    given = x.copy()
    value, pull = vjp(f, given)
    lin_value, push = linearize(f, given)
    given[...] = 7.0  # what was is what counts
    np.testing.assert_allclose(value, f(x))
    np.testing.assert_allclose(lin_value, value)
    y_bar = np.sin(1.0 + np.arange(np.size(value))).reshape(np.shape(value))
    for _ in range(2):
        np.testing.assert_allclose(push(v), tangent, rtol=1e-11, atol=1e-12)
        (x_bar,) = pull(y_bar)
        assert np.sum(x_bar * v) == pytest.approx(np.sum(tangent * y_bar), rel=1e-10, abs=1e-12)
    np.testing.assert_allclose(push(2.0 * v), 2.0 * np.asarray(tangent), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(("f", "x"), PROGRAMS, ids=BY_NAME)
def test_all_ways_to_the_second_derivative_agree(f, x):
    g, v = scalar(f), direction_of(x)
    want = hvp(g, (x,), (v,))  # forward over reverse
    _, pull = vjp(grad(g), x)  # reverse over reverse
    np.testing.assert_allclose(pull(v)[0], want, rtol=1e-10, atol=1e-12)
    _, push = linearize(grad(g), x)
    np.testing.assert_allclose(push(v), want, rtol=1e-10, atol=1e-12)
    slope = (grad(g)(x + 1e-6 * v) - grad(g)(x - 1e-6 * v)) / 2e-6
    np.testing.assert_allclose(want, slope, rtol=1e-5, atol=1e-7)


# -- numbers ------------------------------------------------------------------------------------------


def bell(x):
    return math.exp(-x * x) * math.sin(x)


def test_many_orders_of_a_function_of_one_number():
    derivative, x, h = bell, 0.6, 1e-5
    for _ in range(4):
        before, derivative = derivative, grad(derivative)
        assert derivative(x) == pytest.approx((before(x + h) - before(x - h)) / (2 * h), rel=1e-8)


def test_forward_mode_over_forward_mode():
    def slope(x):
        return jvp(bell, (x,), (1.0,))[1]

    derivative = jacfwd(jacfwd(bell))
    assert derivative(0.6) == pytest.approx((slope(0.6 + 1e-6) - slope(0.6 - 1e-6)) / 2e-6, rel=1e-8)
    assert grad(jacfwd(bell))(0.6) == pytest.approx(derivative(0.6))
    assert elementwise_grad(grad(bell))(0.6) == pytest.approx(derivative(0.6))


def power(x, n):
    result = 1.0
    while n > 0:
        if n % 2 == 1:
            result = result * x
        x = x * x
        n = n // 2
    return result


def test_orders_of_a_loop_with_branches():
    assert grad(power)(1.3, 7) == pytest.approx(7 * 1.3**6)
    assert grad(grad(power))(1.3, 7) == pytest.approx(42 * 1.3**5)
    assert grad(grad(grad(power)))(1.3, 7) == pytest.approx(210 * 1.3**4)
    assert hessian(power)(1.3, 7) == pytest.approx(42 * 1.3**5)


# -- structures, aux, argnums --------------------------------------------------------------------------


@dataclasses.dataclass
class Model:
    weights: np.ndarray
    bias: float
    steps: int


def loss(model, x, *, scale=1.0):
    return np.sum((model.weights * x + model.bias) ** 2) * scale


def test_tangents_and_adjoints_of_objects():
    model = Model(np.array([1.0, 2.0]), 0.5, 3)
    x = np.array([0.3, -0.4])
    gradient = grad(loss)(model, x)
    assert isinstance(gradient, Model)
    assert gradient.steps is None
    moved = Model(np.array([1.0, 0.0]), 2.0, None)
    _, tangent = jvp(loss, (model, x), (moved, None))
    assert tangent == pytest.approx(gradient.weights[0] + 2.0 * gradient.bias)
    _, push = linearize(loss, model, x)
    assert push(moved, None) == pytest.approx(tangent)
    _, pull = vjp(loss, model, x)
    model_bar, x_bar = pull(2.0)
    np.testing.assert_allclose(model_bar.weights, 2.0 * gradient.weights)
    np.testing.assert_allclose(x_bar, 2.0 * grad(loss, argnums="x")(model, x))


def with_aux(x, y):
    return np.sum(x * y), {"seen": x, "n": 3}


def test_aux_comes_beside_value_and_derivative():
    y = np.array([1.0, 2.0, 3.0])
    gradient, aux = grad(with_aux, has_aux=True)(X, y)
    np.testing.assert_array_equal(gradient, y)
    assert aux["n"] == 3
    (value, aux), gradient = value_and_grad(with_aux, has_aux=True)(X, y)
    assert value == pytest.approx(np.sum(X * y))
    value, tangent, aux = jvp(with_aux, (X, y), (y, None), has_aux=True)
    assert tangent == pytest.approx(np.sum(y * y))
    np.testing.assert_array_equal(aux["seen"], X)
    value, pull, aux = vjp(with_aux, X, y, has_aux=True)
    np.testing.assert_array_equal(pull(1.0)[0], y)
    value, push, aux = linearize(with_aux, X, y, has_aux=True)
    assert push(y, None) == pytest.approx(np.sum(y * y))
    with pytest.raises(DifferentiationError, match="pair"):
        grad(bell, has_aux=True)(1.0)


def test_argnums_by_name_and_by_keyword():
    def f(x, y, z=2.0):
        return x * y**2 * z

    assert grad(f, argnums="y")(3.0, 4.0) == pytest.approx(48.0)
    assert grad(f, argnums=("z", 0))(3.0, 4.0) == (pytest.approx(48.0), pytest.approx(32.0))
    assert grad(f, argnums="z")(3.0, y=4.0) == pytest.approx(48.0)
    with pytest.raises(S2SError, match="'w'"):
        grad(f, argnums="w")


def total(*xs):
    return xs[0] * xs[1] ** 2


def test_items_of_args():
    _, tangent = jvp(total, (2.0, 3.0), (1.0, 0.5))
    assert tangent == pytest.approx(9.0 + 2 * 2.0 * 3.0 * 0.5)
    _, pull = vjp(total, 2.0, 3.0)
    assert pull(1.0) == (pytest.approx(9.0), pytest.approx(12.0))
    _, push = linearize(total, 2.0, 3.0)
    assert push(1.0, 0.5) == pytest.approx(tangent)


# -- effects happen as they do -------------------------------------------------------------------------


def speaks(x):
    print("once")
    x[0] = 5.0 * x[1]
    return x * x


def test_effects_happen_once_and_linear_functions_have_none(capsys):
    x = X.copy()
    _, push = linearize(speaks, x)
    assert capsys.readouterr().out == "once\n"
    assert x[0] == 5.0 * X[1]
    np.testing.assert_allclose(push(np.array([1.0, 1.0, 0.0])), [2 * 25 * X[1], 2 * X[1], 0.0])
    assert capsys.readouterr().out == ""
    _, pull = vjp(speaks, X.copy())
    assert capsys.readouterr().out == "once\n"
    pull(np.ones(3))
    assert capsys.readouterr().out == ""


def chosen(x, n):
    if n > 0:
        y = np.sqrt(x)
    return np.where(x > 0.0, y, 0.0)


def test_what_is_not_chosen_at_a_pole_has_no_tangent():
    x = np.array([0.0, 4.0])
    with np.errstate(divide="ignore", invalid="ignore"):
        _, push = linearize(chosen, x, 1)
        np.testing.assert_allclose(push(np.ones(2), None), [0.0, 0.25])


# -- what is wrong is said --------------------------------------------------------------------------------


def test_wrong_tangents_are_refused_with_the_place_in_the_structure():
    layer = {"w": X, "b": 1.0}

    def f(p):
        return np.sum(p["w"]) * p["b"]

    with pytest.raises(DifferentiationError, match="w"):
        jvp(f, (layer,), ({"w": np.ones(2), "b": 0.0},))
    with pytest.raises(DifferentiationError, match="tangents are given for"):
        jvp(f, (layer,), ())
    with pytest.raises(DifferentiationError, match="nothing varies"):
        jvp(f, (layer,), (None,))
    _, push = linearize(f, layer)
    with pytest.raises(DifferentiationError, match="w"):
        push({"w": np.ones(2), "b": 0.0})
    with pytest.raises(DifferentiationError, match="tangents"):
        push(layer, layer)
    _, pull = vjp(f, layer)
    with pytest.raises(DifferentiationError, match="the result"):
        pull(np.ones(3))
    with pytest.raises(DifferentiationError, match="no float"):
        vjp(f, 3)


def test_emitted_source_of_both_functions_is_shown():
    text = emit(bell, "linearize")
    assert "def bell_fwd(x):" in text
    assert "def bell_pushforward(kept, x_dot):" in text
    assert "x_bar" not in text.partition("def bell_pushforward")[2]
    assert jvp(bell, (0.5,), (1.0,))[1] == pytest.approx(linearize(bell, 0.5)[1](1.0))


def test_differences_of_test_programs_are_what_they_should_be():
    np.testing.assert_allclose(differences(np.sin, X), np.diag(np.cos(X)), rtol=1e-9, atol=1e-10)


def powers(k):
    y = np.zeros(3)
    for i in range(3):
        y[i] = k ** (i + 1)
    return y


def test_parameters_may_be_named_as_what_the_sweeps_name_themselves():
    _, pull = vjp(jacfwd(powers), 2.0)
    np.testing.assert_allclose(pull(np.ones(3))[0], 2.0 + 6 * 2.0)
    _, pull = vjp(jacrev(powers), 2.0)
    np.testing.assert_allclose(pull(np.ones(3))[0], 2.0 + 6 * 2.0)
    _, push = linearize(jacrev(powers), 2.0)
    np.testing.assert_allclose(push(1.0), [0.0, 2.0, 12.0])


@dataclasses.dataclass
class Network:
    layers: list

    def __call__(self, x):
        for w in self.layers[:-1]:
            x = np.tanh(x @ w)
        return x @ self.layers[-1]


def misfit(network, x, y):
    return np.mean((network(x) - y) ** 2)


def test_second_derivatives_by_lists_of_arrays_in_objects():
    rng = np.random.default_rng(0)
    network = Network([rng.normal(size=shape) / 2.0 for shape in ((2, 3), (3, 3), (3, 1))])
    x, y = rng.normal(size=(10, 2)), rng.normal(size=(10, 1))
    along = Network([np.ones_like(w) for w in network.layers])
    found = hvp(misfit, (network, x, y), (along, None, None))[0]
    above, below = (grad(misfit)(Network([w + h for w in network.layers]), x, y) for h in (1e-5, -1e-5))
    _, pull = vjp(grad(misfit), network, x, y)
    again = pull(along)[0]
    for a, b, c, d in zip(found.layers, above.layers, below.layers, again.layers, strict=True):
        np.testing.assert_allclose(a, (b - c) / 2e-5, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(d, a, rtol=1e-11, atol=1e-13)


def test_reverse_over_reverse_of_an_object():
    def f(model):
        return np.sum(np.sin(model.weights * model.bias))

    model = Model(np.array([1.0, 2.0]), 0.5, 3)
    along = Model(np.array([1.0, -1.0]), 0.3, None)
    _, pull = vjp(grad(f), model)
    (again,) = pull(along)
    found = hvp(f, (model,), (along,))
    np.testing.assert_allclose(again.weights, found.weights)
    assert again.bias == pytest.approx(found.bias)
