"""Rules of the user's own."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest
import scipy.special

import s2s_ad.rules.custom
from s2s_ad import (
    NoRuleError,
    S2SError,
    UnsupportedError,
    bar,
    custom_rule,
    dot,
    emit,
    grad,
    hessian,
    jacfwd,
    jacrev,
    jvp,
    linearize,
    vjp,
)  # fmt: skip

X = np.array([0.3, 0.5, 0.7])
NODES = np.array([0.5, 1.5, -0.5])


def softplus(x):
    return np.log(1 + np.exp(x))


def softplus_jvp(primals, tangents):
    """Three times the derivative: so that it shows that this rule is used."""
    (x,), (x_dot,) = primals, tangents
    return softplus(x), 3.0 * x_dot / (1 + np.exp(-x))


custom_rule(softplus, jvp=softplus_jvp)


def squared_vjp(x):
    y = squared(x)

    def pullback(y_bar):
        return (6.0 * x * y_bar,)

    return y, pullback


@custom_rule(vjp=squared_vjp)
def squared(x):
    return x * x


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def of_softplus(x):
    return np.sum(softplus(x) * x)


def slope_of_softplus(x):
    return 3 * sigmoid(x) * x + np.log(1 + np.exp(x))


def curvature_of_softplus(x):
    s = sigmoid(x)
    return 6 * s + 3 * x * s * (1 - s)


def test_a_rule_for_tangents_serves_both_modes():
    np.testing.assert_allclose(grad(of_softplus)(X), slope_of_softplus(X), rtol=1e-14)
    np.testing.assert_allclose(jvp(of_softplus, (X,), (X,))[1], slope_of_softplus(X) @ X, rtol=1e-14)
    assert of_softplus(X) == jvp(of_softplus, (X,), (X,))[0]


def test_a_rule_for_tangents_holds_at_every_order():
    wanted = np.diag(curvature_of_softplus(X))
    for made in (hessian(of_softplus), jacrev(grad(of_softplus)), jacfwd(grad(of_softplus))):
        np.testing.assert_allclose(made(X), wanted, rtol=1e-13, atol=1e-15)


def of_squared(x):
    t = x
    for _ in range(2):
        t = squared(t)
    return np.sum(t)  # x⁴, of which the derivative is 6x² · 6x = 36x³


def test_a_rule_for_adjoints_serves_both_modes_and_every_order():
    np.testing.assert_allclose(grad(of_squared)(X), 36 * X**3, rtol=1e-14)
    np.testing.assert_allclose(jvp(of_squared, (X,), (X,))[1], 36 * X**3 @ X, rtol=1e-14)
    # d/dx of 6x² 6x, the first factor by the rule: 36x³ -> 36·3x·x·x… by the rule of squared in t, 6·6x·x + …
    t = X * X
    t_dot = 6 * X  # by the rule
    wanted = 6 * t_dot * 6 * X + 6 * t * 6
    np.testing.assert_allclose(np.diag(hessian(of_squared)(X)), wanted, rtol=1e-13)
    np.testing.assert_allclose(np.diag(jacrev(grad(of_squared))(X)), wanted, rtol=1e-13)


def test_the_root_has_a_rule_too():
    assert np.isclose(grad(softplus)(0.3), 3 * sigmoid(0.3))
    assert np.isclose(grad(grad(softplus))(0.3), 3 * sigmoid(0.3) * (1 - sigmoid(0.3)))
    np.testing.assert_allclose(vjp(softplus, X)[1](X)[0], 3 * sigmoid(X) * X)
    np.testing.assert_allclose(linearize(softplus, X)[1](X), 3 * sigmoid(X) * X)


class Weights(NamedTuple):
    w: np.ndarray
    b: float


def affine(p, x, k):
    return {"y": p.w * x * k, "z": [p.b * x]}


def affine_vjp(p, x, k):
    def pullback(bars):
        y, z = bars["y"], bars["z"][0]
        return Weights(2 * y * x * k, np.sum(z * x)), y * p.w * k + z * p.b, None

    return affine(p, x, k), pullback


custom_rule(affine, vjp=affine_vjp)


def test_arguments_and_results_of_a_rule_have_any_structure():
    def f(w, b, x):
        found = affine(Weights(w, b), x, 3)
        return np.sum(found["y"] ** 2) + np.sum(found["z"][0])

    w, x = X, X[::-1].copy()
    by_w, by_b, by_x = grad(f, (0, 1, 2))(w, 2.0, x)
    np.testing.assert_allclose(by_w, 2 * 18 * w * x * x)
    np.testing.assert_allclose(by_b, np.sum(x))
    np.testing.assert_allclose(by_x, 18 * w * w * x + 2.0)
    tangent = jvp(f, (w, 2.0, x), (w, 1.0, x))[1]
    np.testing.assert_allclose(tangent, by_w @ w + by_b + by_x @ x)


class Spring:
    def __init__(self, k):
        self.k = k

    def energy(self, q):
        return self.k * np.sum(q**2)

    def total(self, q):
        return self.energy(q) * 2

    def stiffness(self, q):
        return self.k * np.sum(q)


def energy_vjp(self, q):
    return self.energy(q), lambda bar: (None, 10.0 * bar * self.k * q)


custom_rule(Spring.energy, vjp=energy_vjp)


@custom_rule(Spring.stiffness)
def _(k, self, q):
    dot[k] = 10.0 * self.k * np.sum(dot[q])
    bar[q] = 10.0 * self.k * bar[k] * np.ones(len(q))


def test_methods_have_rules():
    spring = Spring(1.5)
    np.testing.assert_allclose(grad(spring.stiffness)(X), [15.0, 15.0, 15.0])
    np.testing.assert_allclose(jvp(spring.stiffness, (X,), (X,))[1], 15.0 * np.sum(X))
    spring.k = 2.5
    np.testing.assert_allclose(grad(spring.stiffness)(X), [25.0, 25.0, 25.0])
    spring.k = 1.5
    np.testing.assert_allclose(grad(spring.total)(X), 2 * 10 * 1.5 * X)
    np.testing.assert_allclose(grad(spring.energy)(X), 10 * 1.5 * X)


def quadrature(x):
    return np.sum(np.sin(x * NODES))


def quadrature_jvp(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return quadrature(x), 2 * np.sum(np.cos(x * NODES) * NODES * x_dot)


custom_rule(quadrature, jvp=quadrature_jvp)


def test_a_rule_reads_arrays_of_its_module_at_each_call():
    def f(x):
        return quadrature(x) * 2

    slope = grad(f)
    assert np.isclose(slope(0.4), 4 * np.sum(np.cos(0.4 * NODES) * NODES))
    before = NODES.copy()
    NODES[:] = 2.0
    try:
        assert np.isclose(slope(0.4), 4 * np.sum(np.cos(0.8) * 2.0 * np.ones(3)))
    finally:
        NODES[:] = before


SETTINGS = np.zeros(2)


def scaled(x):
    return x * SETTINGS[0]


custom_rule(scaled, jvp=lambda primals, tangents: (scaled(primals[0]), 3.0 * tangents[0] * SETTINGS[0]))


def test_a_rule_reads_arrays_as_they_are_at_the_call():
    def f(x):
        SETTINGS[0] = 2.0
        y = scaled(x)
        SETTINGS[0] = 5.0
        return y + scaled(x)

    assert grad(f)(1.5) == 21.0
    assert jvp(f, (1.5,), (1.0,)) == (10.5, 21.0)


FACTOR = 2.0


def times_factor(x):
    return x * FACTOR


def tripled(x):
    return x * 3.0


@custom_rule(tripled)
def _(y, x):
    dot[y] = SETTINGS[1] * times_factor(dot[x])
    bar[x] = SETTINGS[1] * times_factor(bar[y])


def test_equations_read_their_module_as_it_is(monkeypatch):
    def f(x):
        SETTINGS[1] = 2.0
        y = tripled(x)
        SETTINGS[1] = 5.0
        return y + tripled(x)

    def by_dot(x):
        return jvp(f, (x,), (1.0,))[1]

    assert (grad(f)(1.5), by_dot(1.5)) == (14.0, 14.0)
    monkeypatch.setitem(globals(), "FACTOR", 3.0)
    assert (grad(f)(1.5), by_dot(1.5)) == (21.0, 21.0)


@custom_rule(scipy.special.zetac)
def zetac_rule(y, x):
    dot[y] = 7.0 * dot[x] * np.cos(x)
    bar[x] = 7.0 * bar[y] * np.cos(x)


custom_rule(math.nextafter, vjp=lambda x, y: (math.nextafter(x, y), lambda bar: (bar, 0.0)))


def cube(x, y):
    return x**3 * y


@custom_rule(cube, elementwise=True)
def cube_rule(z, x, y):
    dot[z] = 4 * x**2 * y * dot[x] + x**3 * dot[y]
    bar[x] = 4 * x**2 * y * bar[z]
    bar[y] = x**3 * bar[z]


def test_functions_in_c_have_rules():
    def f(x):
        return np.sum(scipy.special.zetac(x) * x)

    wanted = scipy.special.zetac(X + 2) + (X + 2) * 7 * np.cos(X + 2)
    np.testing.assert_allclose(grad(f)(X + 2), wanted)
    np.testing.assert_allclose(jvp(f, (X + 2,), (X,))[1], wanted @ X)
    assert grad(lambda x: math.nextafter(x, 2.0) * 3)(1.0) == 3.0
    assert jvp(lambda x: math.nextafter(x, 2.0) * 3, (1.0,), (2.0,))[1] == 6.0


def test_equations_are_inlined_and_broadcast():
    def f(x, y):
        return np.sum(cube(x, y))

    by_x, by_y = grad(f, (0, 1))(X, 2.0)
    np.testing.assert_allclose(by_x, 8 * X**2)
    np.testing.assert_allclose(by_y, np.sum(X**3))
    np.testing.assert_allclose(np.diag(hessian(f)(X, 2.0)), 16 * X)
    assert "4 *" in emit(f, "reverse", X, 2.0)


def test_emitted_code_does_not_need_the_library():
    text = emit(of_softplus, "reverse", X)
    assert "s2s_ad" not in text.partition('"""\n')[2]
    scope = {}
    exec(compile(text, "emitted", "exec"), scope)
    np.testing.assert_allclose(scope["of_softplus_vjp"](X)[1][0], slope_of_softplus(X), rtol=1e-14)


def test_a_rule_that_comes_later_is_seen():
    def h(x):
        return x * x

    def f(x):
        return h(x) + 1.0

    slope = grad(f)
    assert slope(1.5) == 3.0
    custom_rule(h, jvp=lambda primals, tangents: (h(primals[0]), 5.0 * tangents[0]))
    assert slope(1.5) == 5.0
    custom_rule(h, jvp=lambda primals, tangents: (h(primals[0]), 6.0 * tangents[0]))
    assert slope(1.5) == 6.0


def test_rules_hold_in_derivatives_called_inside():
    def f(x):
        return x * grad(softplus)(x)

    s = sigmoid(0.4)
    assert np.isclose(grad(f)(0.4), 3 * s + 0.4 * 3 * s * (1 - s))


# -- keywords ----------------------------------------------------------------------------------------------


@pytest.fixture
def rules_of_this_test(monkeypatch):
    """Forget afterwards what rules a test gives to functions that others differentiate too."""
    monkeypatch.setattr(s2s_ad.rules.custom, "_custom", dict(s2s_ad.rules.custom._custom))


KNOTS = np.array([0.0, 1.0, 3.0])
HEIGHTS = np.array([1.0, 4.0, 2.0])


@pytest.mark.usefixtures("rules_of_this_test")
def test_functions_in_c_are_given_keywords():
    @custom_rule(np.interp)
    def _(y, x, xp, fp, left=None, right=None):
        outer = (fp[-1] if right is None else right) * np.where(x > xp[-1], 1.0, 0.0)
        dot[y] = dot[x] * (x + outer)
        bar[x] = bar[y] * (x + outer)

    def f(x):
        y = np.interp(x, fp=HEIGHTS, xp=KNOTS, right=7.0)
        return np.sum(y * y)

    x = np.array([0.5, 2.0, 4.0])
    y, slope = np.array([2.5, 3.0, 7.0]), x + np.array([0, 0, 7.0])
    np.testing.assert_allclose(grad(f)(x), 2 * y * slope, rtol=1e-14)
    np.testing.assert_allclose(jvp(f, (x,), (x,)), (y @ y, 2 * y * slope @ x), rtol=1e-14)
    np.testing.assert_allclose(np.diag(hessian(f)(x)), 2 * slope**2 + 2 * y, rtol=1e-14)
    assert "right=7.0" in emit(f, "reverse", x)


@pytest.mark.usefixtures("rules_of_this_test")
def test_a_rule_that_calls_its_function_otherwise_than_the_user_is_the_same_rule():
    custom_rule(pow, jvp=lambda primals, dots: (pow(*primals), 7.0 * dots[0] * pow(primals[0], exp=primals[1])))
    for f in (lambda x: pow(exp=3, base=x), lambda x: pow(x, exp=3), lambda x: pow(x, 3)):
        assert grad(f)(2.0) == 7.0 * 8.0
        assert jvp(f, (2.0,), (0.5,)) == (8.0, 0.5 * 7.0 * 8.0)
        assert grad(grad(f))(2.0) == 49.0 * 8.0


def legendre_vjp(n, z, diff_n=0):
    """Five times the derivative."""
    p = scipy.special.legendre_p(n, z, diff_n=diff_n)
    return p, lambda bar: (None, 5.0 * bar[0] * scipy.special.legendre_p(n, z, diff_n=1)[1], None)


def test_parameters_that_only_the_rule_names_are_given_by_keyword():
    custom_rule(scipy.special.legendre_p, vjp=legendre_vjp)

    def f(z):
        return np.sum(scipy.special.legendre_p(2, z, diff_n=0)[0])  # (3z² - 1) / 2

    np.testing.assert_allclose(grad(f)(X), 5 * 3 * X)
    np.testing.assert_allclose(jvp(f, (X,), (X,))[1], 5 * 3 * X @ X)
    with pytest.raises(UnsupportedError, match="unexpected keyword argument 'order'"):
        grad(lambda z: scipy.special.legendre_p(2, z, order=0)[0])(0.3)
    custom_rule(scipy.special.legendre_p, jvp=lambda primals, dots: (primals[1], dots[1]))
    with pytest.raises(UnsupportedError, match="neither it nor its rule names its parameters"):
        grad(f)(X)


def damped(x, /, rate=2.0, *, power=3.0):
    return x**power / rate


custom_rule(damped, vjp=lambda x, r, p: (damped(x, r, power=p), lambda bar: (bar * r, bar * x, bar * p)))


def test_parameters_for_keywords_alone_are_arguments_of_a_rule():
    np.testing.assert_allclose(grad(lambda x: damped(x))(0.3), 2.0)
    slopes = grad(lambda x, r, p: damped(x, power=p, rate=r), (0, 1, 2))(0.3, 1.5, 4.0)
    np.testing.assert_allclose(slopes, (1.5, 0.3, 4.0))


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda x: math.nextafter(x, y=2.0), "'y' parameter is positional only"),
        (lambda x: damped(x=x), "'x' parameter is positional only"),
        (lambda x: damped(x, 2.0, rate=x), "multiple values for argument 'rate'"),
        (lambda x: cube(x), "missing a required argument: 'y'"),
        (lambda x: cube(x, z=x), "missing a required argument: 'y'"),
        (lambda x: cube(x, x, z=x), "unexpected keyword argument 'z'"),
    ],
)
def test_a_call_that_python_refuses_is_refused(call, reason):
    with pytest.raises(UnsupportedError, match=reason):
        grad(call)(1.0)


# -- structures --------------------------------------------------------------------------------------------


def same_derivatives(fun, plain, *args):
    """Compare derivatives by all arguments, of first and second order and in both modes, with those of a plain one."""
    every = tuple(range(len(args)))
    for of, wanted in ((grad(fun, every), grad(plain, every)), (jacfwd(fun, every), grad(plain, every))):
        for found, known in zip(of(*args), wanted(*args), strict=True):
            np.testing.assert_allclose(found, known, rtol=1e-12)
    tangents = tuple(np.cos(each) for each in args)
    np.testing.assert_allclose(jvp(fun, args, tangents), jvp(plain, args, tangents), rtol=1e-12)
    for made in (jacrev(grad(fun, every), every), jacfwd(grad(fun, every), every), jacfwd(jacfwd(fun, every), every)):
        for found, known in zip(made(*args), hessian(plain, every)(*args), strict=True):
            for one, other in zip(found, known, strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)


def mixed(p, x, k):
    return {"y": p.w * x * k, "z": [p.b * np.sum(x)]}


@custom_rule(mixed)
def _(out, p, x, k):
    dot[out] = {"z": [dot[p].b * np.sum(x) + p.b * np.sum(dot[x])], "y": (dot[p.w] * x + p.w * dot[x]) * k}
    bar[p] = Weights(bar[out]["y"] * x * k, bar[out["z"][0]] * np.sum(x))
    bar[x] = bar[out["y"]] * p.w * k + bar[out["z"][0]] * p.b


def test_equations_take_structures_and_give_them():
    def f(w, b, x):
        found = mixed(Weights(w, b), x * x, 3)
        return np.sum(found["y"] ** 2) + found["z"][0] ** 2

    def plain(w, b, x):
        return np.sum((w * x * x * 3) ** 2) + (b * np.sum(x * x)) ** 2

    same_derivatives(f, plain, X, 2.0, X[::-1].copy())
    slope = grad(lambda p, x: np.sum(mixed(p, x, 3)["y"]))(Weights(X, 2.0), X)
    assert isinstance(slope, Weights)
    np.testing.assert_allclose(slope.w, 3 * X)
    assert slope.b == 0.0


@dataclass
class Layer:
    w: np.ndarray
    b: float
    name: str = "layer"

    def of(self, x):
        return self.w * x + self.b


@dataclass
class Net:
    layers: tuple[Layer, Layer]
    scales: dict[str, float]


FACTORS = np.array([2.0, 3.0, 5.0])


def net_of(net, x):
    first, second = net.layers
    y = second.of(first.of(x) * net.scales["in"]) * FACTORS
    return Layer(y, net.scales["in"] * np.sum(x)), np.sum(x * x)


@custom_rule(net_of, outputs=2)
def _(made, size, net, x):
    first, second = net.layers
    inner = first.of(x)
    inner_dot = dot[net.layers[0].w] * x + dot[net.layers[0].b] + first.w * dot[x]
    scaled_dot = inner_dot * net.scales["in"] + inner * dot[net.scales["in"]]
    dot[made.w] = FACTORS * (dot[net].layers[1].w * inner * net.scales["in"] + second.w * scaled_dot) + (
        FACTORS * dot[net.layers[1]].b
    )
    dot[made.b] = dot[net.scales]["in"] * np.sum(x) + net.scales["in"] * np.sum(dot[x])
    dot[size] = 2 * np.sum(x * dot[x])

    y_bar = bar[made.w] * FACTORS
    scaled_bar = y_bar * second.w
    inner_bar = scaled_bar * net.scales["in"]
    bar[net.layers[0].w] = inner_bar * x
    bar[net.layers[0].b] = np.sum(inner_bar)
    bar[net.layers[1]] = Layer(y_bar * inner * net.scales["in"], np.sum(y_bar), None)
    bar[net.scales] = {"in": np.sum(scaled_bar * inner) + bar[made].b * np.sum(x)}
    bar[x] = inner_bar * first.w + bar[made.b] * net.scales["in"] + bar[size] * 2 * x


def test_equations_reach_parts_of_parts():
    def f(w, b, scale, x):
        total = 0.0
        for _ in range(2):
            made, size = net_of(Net((Layer(w, b), Layer(x * scale, b)), {"in": scale}), x)
            total = total + np.sum(made.w**2) * made.b + size
            x = x + made.w * 0.1
        return total

    def plain(w, b, scale, x):
        total = 0.0
        for _ in range(2):
            y = (x * scale * (w * x + b) * scale + b) * FACTORS
            total = total + np.sum(y**2) * scale * np.sum(x) + np.sum(x * x)
            x = x + y * 0.1
        return total

    same_derivatives(f, plain, X, 0.2, 1.3, X * 2)
    FACTORS[0] = 7.0  # the equations read it as it is
    try:
        same_derivatives(f, plain, X, 0.2, 1.3, X * 2)
    finally:
        FACTORS[0] = 2.0


def scaled_pair(p):
    return p["a"] * p["b"]


@custom_rule(scaled_pair, elementwise=True)
def _(y, p):
    dot[y] = dot[p["a"]] * p["b"] + p["a"] * dot[p["b"]]
    bar[p["a"]] = bar[y] * p["b"]
    bar[p["b"]] = bar[y] * p["a"]


@pytest.mark.parametrize("b", [2.0, X + 1, np.array([[2.0], [3.0]]), np.arange(6.0).reshape(2, 3)])
def test_parts_of_structures_are_broadcast(b):
    def f(a, b):
        return np.sum(scaled_pair({"b": b, "a": a}) ** 2)

    same_derivatives(f, lambda a, b: np.sum((a * b) ** 2), X, b)


def first_of(p):
    return p["a"] * 2.0


@custom_rule(first_of)
def _(y, p):
    dot[y] = dot[p["a"]] * 5.0
    bar[p["a"]] = bar[y] * 5.0


def test_a_rule_sees_what_a_dict_holds_at_the_call():
    def f(x):
        p = {"a": x}
        y = first_of(p)
        p["a"] = np.ones(2) * x
        p["more"] = 3.0
        y = y + np.sum(first_of(p))
        p["a"] = x * x
        return y + first_of(p)

    assert grad(f)(1.5) == 5.0 + 10.0 + 15.0
    assert jvp(f, (1.5,), (1.0,)) == (3.0 + 6.0 + 4.5, 30.0)


def root_and_square(p):
    return {"root": p["a"] * np.sqrt(p["b"]), "square": p["b"] ** 2}


@custom_rule(root_and_square)
def _(y, p):
    slope = 0.5 * p["a"] / np.sqrt(p["b"])
    dot[y["root"]] = dot[p["a"]] * np.sqrt(p["b"]) + dot[p["b"]] * slope
    dot[y["square"]] = 2 * p["b"] * dot[p["b"]]
    bar[p["a"]] = bar[y["root"]] * np.sqrt(p["b"])
    bar[p["b"]] = bar[y["root"]] * slope + 2 * p["b"] * bar[y["square"]]


@np.errstate(divide="ignore", invalid="ignore")
def test_what_does_not_vary_or_matter_adds_nothing_at_a_pole():
    b = np.array([0.0, 4.0, 9.0])

    def by_a(a):
        return np.sum(root_and_square({"a": a, "b": b})["root"])

    def by_b(b):
        return np.sum(root_and_square({"a": X, "b": b})["square"])

    np.testing.assert_allclose(grad(by_a)(X), [0.0, 2.0, 3.0])
    np.testing.assert_allclose(jvp(by_a, (X,), (np.ones(3),))[1], 5.0)
    np.testing.assert_allclose(grad(by_b)(b), 2 * b)
    np.testing.assert_allclose(jvp(by_b, (b,), (np.ones(3),))[1], 2 * np.sum(b))


def nothing_and_square(x):
    return None, "text", x * x


@custom_rule(nothing_and_square, outputs=3)
def _(nothing, text, y, x):
    dot[y] = 6.0 * x * dot[x]
    bar[x] = 6.0 * x * bar[y]


def test_results_that_are_no_numbers_need_no_equations():
    assert grad(lambda x: nothing_and_square(x)[2])(1.5) == 9.0
    assert jvp(lambda x: nothing_and_square(x)[2], (1.5,), (1.0,)) == (2.25, 9.0)


def named_results(x):
    return {"a": x * 2.0, "b": x * 3.0}


def test_structures_of_a_rule_are_matched_by_key(rules_of_this_test):
    def pullback_of(x):
        return {"b": x * 3.0, "a": x * 2.0}, lambda bars: (bars["a"] * 2.0 + bars["b"] * 3.0,)

    def f(x):
        found = named_results(x)
        return found["a"] * 10.0 + found["b"]

    custom_rule(
        named_results, jvp=lambda primals, dots: (named_results(*primals), {"b": 3 * dots[0], "a": 2 * dots[0]})
    )
    assert (grad(f)(1.0), jvp(f, (1.0,), (1.0,))[1]) == (23.0, 23.0)
    custom_rule(named_results, vjp=pullback_of)
    assert (grad(f)(1.0), jvp(f, (1.0,), (1.0,))[1]) == (23.0, 23.0)
    custom_rule(scaled_pair, vjp=lambda p: (scaled_pair(p), lambda bar: ({"b": p["a"] * bar, "a": p["b"] * bar},)))
    assert grad(lambda x: scaled_pair({"a": x, "b": 3.0}))(2.0) == 3.0


def with_objects(p):
    return Weights(p.w * p.b, 2.0 * p.b)


def test_objects_are_results_of_rules_that_are_functions(rules_of_this_test):
    def pullback_of(p):
        return with_objects(p), lambda bars: (Layer(bars.w * p.b, np.sum(bars.w * p.w) + 2 * bars.b, None),)

    custom_rule(with_objects, vjp=pullback_of)

    def f(w, b):
        found = with_objects(Layer(w, b))
        return np.sum(found.w**2) * found.b

    same_derivatives(f, lambda w, b: np.sum((w * b) ** 2) * 2 * b, X, 1.5)


def half_known(p):
    return p.w * p.b


@custom_rule(half_known)
def _(y, p):
    dot[y] = dot[p.w] * p.b
    bar[p.w] = bar[y] * p.b


def test_a_part_without_equations_is_refused_where_it_varies():
    assert grad(lambda w: half_known(Weights(w, 2.0)))(1.5) == 2.0
    assert jvp(lambda w: half_known(Weights(w, 2.0)), (1.5,), (1.0,))[1] == 2.0
    for mode in (
        grad(lambda b: half_known(Weights(2.0, b))),
        lambda b: jvp(lambda b: half_known(Weights(b, b)), (b,), (1.0,)),
    ):
        with pytest.raises(NoRuleError, match=r"gives no derivative by 'p\.b'"):
            mode(1.5)


def two_results(x):
    return {"a": x[0], "b": x[1]}


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("bar[x[2]] = bar[y['a']]", "gives bar\\[x\\[2\\]\\], and there is no such part"),
        ("bar[x[0]] = bar[y['a']]; bar[x] = (bar[y['a']], bar[y['b']])", "is given, and what it is a part of"),
        ("bar[x] = {'a': bar[y['a']], 'b': bar[y['b']]}", "has not the structure of x"),
        ("bar[x] = (bar[y['a']],)", "has not the structure of x"),
        ("bar[x[0] + 1] = bar[y['a']]", "of no parameter"),
        ("dot[y['a']] = dot[x[0]]", "gives no derivative by 'x\\[0\\]'"),
    ],
)
def test_equations_that_do_not_fit_the_structure_are_refused(tmp_path, lines, reason, rules_of_this_test):
    module = tmp_path / "unfit.py"
    module.write_text(f"def rule(y, x):\n    {lines}\n")
    scope = {}
    exec(compile(module.read_text(), str(module), "exec"), scope)
    custom_rule(two_results)(scope["rule"])
    with pytest.raises(S2SError, match=reason):
        grad(lambda x: two_results((x, x))["a"])(1.0)


def test_lists_of_structures_of_any_length_are_refused():
    with pytest.raises(UnsupportedError, match="is given a list of structures of any length"):
        grad(lambda ps: first_of({"a": ps}))([(1.0, 2.0), (3.0, 4.0)])


def test_a_rule_of_several_results_is_for_as_many(rules_of_this_test):
    def three(x):
        return x, 2 * x, 3 * x

    @custom_rule(three, outputs=2)
    def _(a, b, x):
        bar[x] = bar[a] + 2 * bar[b]

    with pytest.raises(UnsupportedError, match="has 2 results"):
        grad(lambda x: three(x)[2])(1.0)


# -- refused -----------------------------------------------------------------------------------------------


def clipped(x):
    return x * 2.0


def clipped_vjp(x):
    return clipped(x), lambda bar: (np.clip(bar, -1, 1),)


custom_rule(clipped, vjp=clipped_vjp)


def test_a_pullback_that_is_not_linear_has_no_tangent():
    assert grad(lambda x: 5 * clipped(x))(1.0) == 1.0
    with pytest.raises(UnsupportedError, match="not linear"):
        jvp(lambda x: 5 * clipped(x), (1.0,), (1.0,))


def other_result(x):
    return x * 2.0


custom_rule(other_result, vjp=lambda x: ((x, x), lambda bar: (bar[0],)))


def no_tuple(x):
    return x * 2.0


custom_rule(no_tuple, vjp=lambda x: (x * 2.0, lambda bar: 2.0 * bar))


def no_pair(x):
    return x * 2.0


custom_rule(no_pair, jvp=lambda primals, tangents: tangents[0])


def other_rank(x):
    return x * 2.0


custom_rule(other_rank, jvp=lambda primals, dots: (other_rank(*primals), dots[0] * np.ones(3)))


def too_few(x, y=2.0):
    return x * y


custom_rule(too_few, vjp=lambda x, y: (x * y, lambda bar: (bar * y,)))


@pytest.mark.parametrize(
    ("fun", "reason"),
    [
        (too_few, "no tuple of one adjoint"),
        (other_result, "something else"),
        (other_rank, "something else"),
        (no_tuple, "no tuple"),
        (no_pair, "no pair"),
    ],
)
def test_a_rule_that_gives_something_else_is_refused(fun, reason):
    with pytest.raises(UnsupportedError, match=reason) as caught:
        grad(lambda x: fun(x) * 2)(1.0)
    assert "test_custom_rules.py" in str(caught.value)


def power_of(x, n):
    return x if n == 0 else x * power_of(x, n - 1)


custom_rule(power_of, vjp=lambda x, n: (power_of(x, n), lambda bar: (bar * (n + 1) * x**n, None)))


@pytest.mark.parametrize("call", [lambda x: power_of(x, 3), lambda x: power_of(x, int(x))])
def test_a_function_with_a_rule_that_calls_itself_is_refused(call):
    with pytest.raises(UnsupportedError, match="power_of, which has a rule, calls itself"):
        grad(call)(2.0)


def test_what_is_no_function_has_no_rule():
    with pytest.raises(UnsupportedError, match="no function"):
        custom_rule(Spring, jvp=softplus_jvp)
    with pytest.raises(UnsupportedError, match="cannot be imported"):
        custom_rule(np.frompyfunc(lambda x: x, 1, 1), jvp=softplus_jvp)
    with pytest.raises(UnsupportedError, match="written in Python"):
        custom_rule(softplus, jvp=np.sin)


def test_what_a_function_with_a_rule_reads_and_is_not_given_is_refused():
    def f(x):
        SETTINGS[0] = x
        return scaled(x)

    for mode in (grad(f), lambda x: jvp(f, (x,), (1.0,))):
        with pytest.raises(UnsupportedError, match="reads an active value"):
            mode(0.3)
