"""Rules of the user's own."""

import math
from typing import NamedTuple

import numpy as np
import pytest
import scipy.special

import s2s_ad.rules.custom
from s2s_ad import UnsupportedError, bar, custom_rule, dot, emit, grad, hessian, jacfwd, jacrev, jvp, linearize, vjp

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


def energy_vjp(self, q):
    return self.energy(q), lambda bar: (None, 10.0 * bar * self.k * q)


custom_rule(Spring.energy, vjp=energy_vjp)


def test_methods_have_rules():
    spring = Spring(1.5)
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


def too_few(x, y=2.0):
    return x * y


custom_rule(too_few, vjp=lambda x, y: (x * y, lambda bar: (bar * y,)))


@pytest.mark.parametrize(
    ("fun", "reason"),
    [
        (too_few, "no tuple of one adjoint"),
        (other_result, "something else"),
        (no_tuple, "no tuple"),
        (no_pair, "no pair"),
    ],
)
def test_a_rule_that_gives_something_else_is_refused(fun, reason):
    with pytest.raises(UnsupportedError, match=reason) as caught:
        grad(lambda x: fun(x) * 2)(1.0)
    assert "test_custom_rules.py" in str(caught.value)


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
