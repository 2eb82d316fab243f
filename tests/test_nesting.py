"""Derivatives that a differentiated function calls itself."""

import ast
import dataclasses
import functools
from typing import NamedTuple

import numpy as np
import pytest

from s2s_ad import (
    DifferentiationError,
    UnsupportedError,
    elementwise_grad,
    emit,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    linearize,
    stop_gradient,
    value_and_grad,
    vjp,
)

X = np.array([0.3, 0.5, 0.7])


def tangent_of(f):
    return lambda x: jvp(f, (x,), (1.0,))[1]


MODES = {"reverse": grad, "forward": tangent_of}
ALL_MODES = pytest.mark.parametrize("inner", MODES)
BOTH = pytest.mark.parametrize("outer", MODES)


# -- no derivative is taken for another -----------------------------------------------------------------


@BOTH
@ALL_MODES
def test_perturbations_are_not_confused(outer, inner):
    """Siskind & Pearlmutter (2005): d/dx [x · d/dy (x + y)] = 1."""
    if inner == "reverse":

        def f(x):
            return x * grad(lambda y: x + y)(1.0)
    else:

        def f(x):
            return x * jvp(lambda y: x + y, (1.0,), (1.0,))[1]

    assert MODES[outer](f)(2.0) == 1.0


@BOTH
def test_three_derivatives_in_one_another_are_not_confused(outer):
    def f(x):
        return grad(lambda a: a * grad(lambda b: a * b * grad(lambda c: a * b * c * c * x)(b))(a))(x)

    # c: 2abx c at c = b; b: d/db 2a²b³x = 6a²b²x at b = a; a: d/da 6a⁵x = 30a⁴x at a = x
    assert np.isclose(f(1.1), 30 * 1.1**5)
    assert np.isclose(MODES[outer](f)(1.1), 150 * 1.1**4)


def test_the_same_variable_outside_and_inside_is_two():
    def f(x):
        return grad(lambda y: x * y * y)(x)  # 2xy at y = x

    assert np.isclose(grad(f)(1.5), 4 * 1.5)


def descended_in_reverse(x):
    y = 0.0
    for _ in range(60):
        y = y - 0.2 * grad(lambda y: (y - x) ** 2 + 0.5 * y * y)(y)
    return (y - 1.0) ** 2 + x * x


def descended_forward(x):
    y = 0.0
    for _ in range(60):
        y = y - 0.2 * jvp(lambda y: (y - x) ** 2 + 0.5 * y * y, (y,), (1.0,))[1]
    return (y - 1.0) ** 2 + x * x


@BOTH
@pytest.mark.parametrize("f", [descended_in_reverse, descended_forward])
def test_gradient_descent_inside_of_a_differentiated_function(outer, f):
    """The inner minimum is at y = 2x/3."""
    x = 0.7
    assert np.isclose(MODES[outer](f)(x), 2 * (2 * x / 3 - 1) * 2 / 3 + 2 * x, rtol=1e-10)


# -- every derivative, through everything -----------------------------------------------------------------


def energy(p, k=2.0):
    return np.sum(k * p**2) + np.sin(p[0] * p[1])


force = grad(energy)
curvature = hessian(energy)
jacobian_of_cubes = jacobian(lambda p: p**3)


@grad
def decorated(q):
    return np.sum(q**4) + q[0]


class Well:
    def __init__(self, depth):
        self.depth = depth

    def potential(self, q):
        return self.depth * np.sum(q**4)

    @grad(argnums=1)
    def slope(self, q):
        return self.depth * np.sum(q**4)

    def work(self, q):
        return np.sum(grad(self.potential)(q) * q)


well = Well(1.7)


class Layer(NamedTuple):
    w: np.ndarray
    b: float


@dataclasses.dataclass
class Part:
    w: np.ndarray
    b: float


def response(p, z):
    return np.sum(np.tanh(p.w * z + p.b))


def swung(p):
    v, q = np.zeros(3), p.copy()
    for _ in range(4):
        v = v - 0.1 * force(q)
        q = q + 0.1 * v
    return np.sum(q**2)


def swung_in_place(p):
    v, q = np.zeros(3), p.copy()
    for _ in range(4):
        v -= 0.1 * force(q)
        q += 0.1 * v
    return np.sum(q**2)


def by_a_decorated_one(p):
    return np.sum(decorated(p) * p)


def by_a_derivative_in_a_class(p):
    return np.sum(well.slope(p) * p)


def by_a_bound_method(p):
    return well.work(p)


def by_a_partial(p):
    return np.sum(grad(functools.partial(energy, k=3.0))(p) ** 2)


def by_a_keyword(p):
    return np.sum(grad(energy)(p, k=p[2]) ** 2) + grad(energy, "k")(p, k=p[2])


def by_several_arguments(p):
    by_both = grad(energy, (0, 1))(p, p[2])
    by_last = grad(energy, argnums=-1)(p, p[1])
    return np.sum(by_both[0]) * by_both[1] + by_last


def by_a_named_tuple(p):
    slopes = grad(response)(Layer(p, p[0]), p)
    return np.sum(slopes.w) * slopes.b


def by_a_dataclass(p):
    slopes = grad(response)(Part(p, p[0]), p)
    return np.sum(slopes.w) * slopes.b


def by_a_dict(p):
    slopes = grad(lambda d: np.sum(d["a"] * d["b"][0] ** 2))({"a": p, "b": [p[1], p]})
    return np.sum(slopes["a"]) * slopes["b"][0]


def in_a_while_loop(p):
    s = p.copy()
    while np.sum(s**2) > 0.05:
        s = s - 0.2 * grad(lambda q: np.sum(q**2) * (1 + p[0]))(s)
    return np.sum(s)


def of_a_loop_with_branches(p):
    def g(z):
        t = z
        for i in range(3):
            if t > 0.2:
                t = np.sin(t) * p[i]
            else:
                t = t * z
        return t

    return grad(g)(p[1]) * p[2]


def of_writes_in_place(p):
    def g(z):
        a = np.zeros(3)
        for i in range(3):
            a[i] = z[i] ** 2 * p[i]
        a[1:] *= z[:2]
        return np.sum(a**2)

    return np.sum(grad(g)(p * 2))


def factorial_like(z, n):
    return 1.0 if n == 0 else z * factorial_like(z + 1, n - 1)


def of_a_recursion(p):
    return grad(factorial_like)(p[0], 3) * p[1]


def with_value(p):
    value, slopes = value_and_grad(lambda z: np.sum(z**3 * p))(p)
    return value * np.sum(slopes)


def with_aux(p):
    slopes, twice = grad(lambda z: (np.sum(z**3 * p), z * 2), has_aux=True)(p)
    value, dot, more = jvp(lambda z: (np.sum(z**3 * p), z * 2), (p,), (p,), has_aux=True)
    again, pull, most = vjp(lambda z: (np.sum(z**3 * p), z * 2), p, has_aux=True)
    return np.sum(twice * slopes) + value * dot * np.sum(more) + np.sum(most * pull(again)[0])


def by_jacobians(p):
    def outer(z):
        return np.outer(z, p) @ z

    return np.sum(jacrev(outer)(p) * jacfwd(outer)(p)) + np.sum(jacobian_of_cubes(p)) + np.sum(jacobian(outer)(p))


def by_hessians(p):
    return np.sum(hessian(lambda z: np.sum(z[0] * z**3 * p))(p) ** 2) + np.sum(curvature(p) @ p)


def by_hvp(p):
    first, second = hvp(lambda a, b: np.sum(a**3 * b**2 * p), (p, p), (p, None))
    return np.sum(hvp(energy, (p,), (p,)) * p) + np.sum(first * second)


def elementwise(p):
    return np.sum(elementwise_grad(lambda z: z**3 * p)(p) ** 2)


def pulled_twice(p):
    value, pull = vjp(lambda y: np.sin(y) * p, p)
    (a,) = pull(np.cos(p))
    (b,) = pull(p)
    return np.sum(a * b + value)


def pulled_through_a_loop(p):
    def h(z):
        t = z
        for _ in range(3):
            t = t * np.sin(z) + p
        return t

    value, pull = vjp(h, p)
    s = 0.0
    for i in range(2):
        s += np.sum(pull(value * (i + 1))[0])
    return s + np.sum(pull(p)[0] * p)


def pushed_through_a_loop(p):
    def h(z):
        t = z
        for _ in range(3):
            t = t * np.sin(z) + p
        return t

    value, push = linearize(h, p)
    s = np.sum(push(p) * p)
    for i in range(2):
        s += np.sum(push(value * (i + 1)))
    return s


def gradient_is_written(p):
    w = p * 1.0
    slopes = grad(lambda z: np.sum(w * z))(p)
    slopes[0] = 5.0
    return np.sum(slopes * w)


def what_it_read_is_written(p):
    w = p * 1.0
    slopes = grad(lambda z: np.sum(w * z))(p)
    w[1] = 7.0
    return np.sum(slopes * w)


def made_in_a_loop(p):
    s = 0.0
    for i in range(3):
        slope = grad(lambda t, i=i: t ** (i + 2) * p[i])
        s += slope(p[i]) * slope(1.0)
    return s


def third(p):
    return grad(grad(grad(lambda z: np.sin(z * p[0]) * p[1])))(p[2])


def handed_on(p):
    def at(f, z):
        return f(z)

    return np.sum(at(grad(lambda t: np.sum(t**3)), p) * p)


def decorated_inside(p):
    @grad
    def slope(z):
        return np.sum(z**3 * p)

    @grad(argnums=1)
    def second(a, z):
        return a * np.sum(z**2)

    return np.sum(slope(p) * second(p[0], p))


def tried(p):
    try:
        return grad(lambda t: np.sqrt(t) * p[0])(p[1])
    except ValueError:
        return p[0]


NESTED = [
    swung, swung_in_place, by_a_decorated_one, by_a_derivative_in_a_class, by_a_bound_method, by_a_partial,
    by_a_keyword, by_several_arguments, by_a_named_tuple, by_a_dataclass, by_a_dict, in_a_while_loop,
    of_a_loop_with_branches, of_writes_in_place, of_a_recursion, with_value, with_aux, by_jacobians, by_hessians,
    by_hvp, elementwise, pulled_twice, pulled_through_a_loop, pushed_through_a_loop, gradient_is_written,
    what_it_read_is_written, made_in_a_loop, third, handed_on, decorated_inside, tried,
]  # fmt: skip


def differences(f, x, h=1e-5):
    """Return (…∂f/∂xᵢ) by differences of fourth order."""
    steps = [np.where(np.arange(x.size) == i, h, 0.0) for i in range(x.size)]
    return np.stack([(8 * (f(x + s) - f(x - s)) - (f(x + 2 * s) - f(x - 2 * s))) / (12 * h) for s in steps], axis=-1)


@pytest.mark.parametrize("f", NESTED, ids=lambda f: f.__name__)
def test_derivatives_of_derivatives_called_inside(f):
    slopes = grad(f)(X)
    np.testing.assert_allclose(slopes, differences(f, X), rtol=1e-7, atol=1e-8)
    value, dot = jvp(f, (X,), (np.array([1.0, -2.0, 0.5]),))
    assert value == f(X)
    np.testing.assert_allclose(dot, slopes @ [1.0, -2.0, 0.5], rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("f", [f for f in NESTED if f is not of_a_recursion], ids=lambda f: f.__name__)
def test_second_derivatives_of_derivatives_called_inside(f):
    wanted = differences(grad(f), X)
    np.testing.assert_allclose(hessian(f)(X), wanted, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(jacrev(grad(f))(X), wanted, rtol=1e-6, atol=1e-7)


def test_a_pullback_has_a_third_derivative():
    def f(p):
        value, pull = vjp(lambda y: np.sin(y * p) * y, p)
        return np.sum(pull(value)[0] + pull(p)[0])

    def of_a_loop(p):
        def h(y):
            t = y
            for _ in range(2):
                t = np.sin(t * p)
            return t

        value, pull = vjp(h, p)
        return np.sum(pull(value)[0] * pull(p)[0])

    for g in (f, of_a_loop):
        third = jacfwd(hessian(g))(X)
        np.testing.assert_allclose(third, differences(hessian(g), X), rtol=1e-5, atol=1e-6)


# -- as in Python -------------------------------------------------------------------------------------------


def test_a_gradient_called_inside_has_the_dtype_of_its_argument():
    x = np.float32([0.3, 0.4])
    found = grad(lambda y: np.sum(grad(lambda z: np.sum(z**2 * y))(y)))(x)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, 4 * x, rtol=1e-6)


def test_effects_of_what_is_differentiated_inside_happen_once(capsys):
    def f(x):
        def g(z):
            print("g", end=" ")
            return np.sum(z**2 * x)

        value, pull = vjp(g, x)
        return np.sum(pull(1.0)[0]) + np.sum(pull(2.0)[0]) + value

    f(X)
    wanted = capsys.readouterr().out
    grad(f)(X)
    assert capsys.readouterr().out == wanted == "g "


def test_what_is_stopped_inside_stays_stopped_outside():
    def f(x):
        return np.sum(grad(lambda z: np.sum(z * stop_gradient(z) * x))(x))

    np.testing.assert_allclose(f(X), np.sum(X * X))
    np.testing.assert_allclose(grad(f)(X), X)


def test_another_derivative_of_the_same_name_is_seen():
    slope = grad(lambda t: t**3)

    def f(x):
        return slope(x)

    outer = grad(f)
    assert outer(2.0) == 12.0
    slope = grad(lambda t: t**4)
    assert outer(2.0) == 48.0
    slope = grad(lambda s, t: s * t**4, argnums=1)
    with pytest.raises(UnsupportedError, match="is missing"):
        outer(2.0)


def test_the_emitted_code_has_the_inner_derivative_in_place_of_its_call():
    def f(x):
        return x * grad(lambda y: np.sin(x * y))(1.0)

    text = emit(f, "reverse", 2.0)
    assert "grad(" not in ast.unparse(ast.parse(text).body[1:])
    assert "np.cos(" in text


# -- refused ------------------------------------------------------------------------------------------------


def by_an_integer(x):
    return grad(lambda t: t**2)(3) * x


def of_an_array(x):
    return np.sum(grad(lambda t: t**2)(x))


def by_what_is_not_there(x):
    return grad(lambda t: t * x, argnums=1)(x)


def with_a_tangent_of_another_rank(x):
    return np.sum(jvp(lambda t: t * x, (x,), (1.0,))[1])


def with_fewer_tangents(x):
    return np.sum(jvp(lambda a, b: a * b, (x, x), (x,))[1])


def writing_to_the_surroundings(x):
    w = x * 1.0

    def g(z):
        w[0] = z[0]
        return np.sum(w * z)

    return np.sum(grad(g)(x))


def writing_to_its_argument(x):
    def g(z):
        z[0] = 1.0
        return np.sum(z * z)

    return np.sum(grad(g)(x * 2))


def changing_a_list_outside(x):
    found = []

    def g(z):
        found.append(z)
        return np.sum(z * z)

    return np.sum(grad(g)(x * 2))


def binding_a_name_outside(x):
    count = 0

    def g(z):
        nonlocal count
        count = count + 1
        return np.sum(z * z)

    return np.sum(grad(g)(x * 2))


def chosen_on_a_way(x):
    slope = grad(lambda t: np.sum(t**2)) if x[0] > 1 else grad(lambda t: np.sum(t**3))
    return np.sum(slope(x))


@pytest.mark.parametrize(
    "f",
    [
        by_an_integer, of_an_array, by_what_is_not_there, with_a_tangent_of_another_rank, with_fewer_tangents,
        writing_to_the_surroundings, writing_to_its_argument, changing_a_list_outside, binding_a_name_outside,
        chosen_on_a_way,
    ],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_what_cannot_be_done_right_is_refused_with_its_place(f):
    with pytest.raises((UnsupportedError, DifferentiationError), match=r"test_nesting\.py:\d+") as caught:
        grad(f)(X)
    assert "internal" not in str(caught.value)


def test_a_tangent_of_another_size_raises_when_the_code_runs():
    def f(x, y):
        return np.sum(jvp(lambda t: t * x, (x,), (y,))[1])

    with pytest.raises(ValueError, match=r"shape \(2,\) where \(3,\)"):
        grad(f)(X, X[:2])


def test_what_a_derivative_gives_may_be_written_and_nothing_else_changes():
    """The tangent of the identity is the tangent that was given, and a copy of it here."""

    def f(x):
        given = x * 3.0
        _, dot = jvp(lambda z: z, (x,), (given,))
        dot[0] = 0.0
        return np.sum(given * x) + np.sum(dot * x)

    x = np.array([0.5, -1.2])
    assert f(x) == pytest.approx(3 * 0.25 + 6 * 1.44)
    np.testing.assert_allclose(grad(f)(x), [3.0, -14.4])


BUFFER = np.zeros(2)


def test_what_is_differentiated_inside_may_not_write_outside():
    def inner(z):
        BUFFER[0] = z
        return z * z

    with pytest.raises(UnsupportedError, match="changes an array of its surroundings"):
        grad(lambda x: grad(inner)(x) + BUFFER[0])(0.5)


def test_a_derivative_that_a_name_stands_for_is_the_one_of_now():
    def product(x, y):
        return x**3 * y

    def with_slope(slope):
        return grad(lambda x: slope(x, 2.0 * x))

    first, second = (with_slope(grad(product, n)) for n in (0, 1))
    assert first(2.0) == pytest.approx(18 * 4.0)
    assert second(2.0) == pytest.approx(3 * 4.0)
