"""Jacobians and Hessians by lists, and of lists: any length, nested, of structures; each against its tangents."""

from __future__ import annotations

import copy
import dataclasses
from typing import NamedTuple

import numpy as np
import pytest
from scipy.optimize import rosen_hess

from s2s_ad import check_grads, grad, hessian, jacfwd, jacobian, jacrev, jvp, linearize, vjp
from s2s_ad.errors import UnsupportedError
from s2s_ad.trees import leaves, map_leaves

MODES = [jacfwd, jacrev, jacobian]
RNG = np.random.default_rng(7)


class Layer(NamedTuple):
    w: np.ndarray
    b: np.ndarray


@dataclasses.dataclass
class Unit:
    w: np.ndarray
    b: float
    times: int


def matrix(rows, columns):
    return RNG.standard_normal((rows, columns))


def vector(size):
    return RNG.standard_normal(size)


def by_places(x):
    total = 0.0
    for i in range(len(x)):
        total += x[i] * x[i - 1]
    return total


def growing(x):
    y = []
    for v in x:
        y.append(v * x[0])  # noqa: PERF401
    return y


def while_loop(x):
    s, i = 1.0, 0
    while i < len(x):
        s = s + x[i] * s + x[i]
        i += 1
    return s


def changed(x):
    for i in range(1, len(x)):
        x[i] = x[i] * x[i - 1]
    x.append(x[-1] ** 2)
    return sum(x)


def shortened(x):
    x.pop()
    x.append(x[-1] * x[0])
    return x


def itself(x):
    return x


def with_constants(x):
    y = [0.5] * 3
    y[1] = x[0] * x[1]
    return y, 2.0, [1.0, x[0]]


def by_sign(x):
    if x[0] > 0:
        return [v * 1.0 for v in x]
    return [v * v for v in x]


def turned(m):
    return [[v * v for v in row[::-1]] for row in m[::-1]]


def parts_of_rows(m):
    return [row[1:] + row[:1] for row in m]


def with_lists_written_out(units):
    return [(unit.w * unit.b, [np.sum(unit.w), unit.b**2]) for unit in units]


def table(m):
    return [[v * m[0][0] for v in row] for row in m]


def times_vector(m, v):
    return [sum(a * b for a, b in zip(row, v, strict=True)) for row in m]


def pairs(x, y):
    return [(a * b, {"sum": a + b * y[0], "n": 2}) for a, b in zip(x, y, strict=True)]


def network(layers, x):
    for w, b in layers:
        x = np.tanh(w @ x + b)
    return x


def network_of_units(units, x):
    for unit in units:
        x = np.tanh(unit.w @ x * unit.times + unit.b)
    return x, np.sum(x)


def layers_of(layers):
    return [Layer(layer.b * layer.w, np.sum(layer.w * layer.w) * layer.b) for layer in layers]


def scaled(x, a):
    return {"each": [v * a for v in x], "array": np.array(x) * 2.0}


def outer_products(xs):
    return [np.outer(x, xs[0]) for x in xs]


PAIR = [(matrix(2, 3), vector(2)), (matrix(2, 2), vector(2))]
CASES = [
    (by_places, ([1.0, 2.0, 3.0],), 0),
    (growing, ([1.0, 2.0],), 0),
    (growing, ([vector(2), vector(1)],), 0),
    (growing, (vector(3),), 0),
    (while_loop, ([1.0, 2.0, 3.0],), 0),
    (changed, ([1.0, 2.0, 3.0],), 0),
    (shortened, ([1.0, 2.0, 3.0],), 0),
    (itself, ([1.0, 2.0],), 0),
    (itself, ([vector(2), vector(3)],), 0),
    (with_constants, ([1.0, 2.0],), 0),
    (by_sign, ([1.0, 2.0],), 0),
    (by_sign, ([-1.0, 2.0],), 0),
    (table, ([[1.0, 2.0], [3.0, 4.0]],), 0),
    (table, ([[1.0, 2.0], [3.0]],), 0),
    (turned, ([[1.0, 2.0], [3.0, 4.0]],), 0),
    (turned, ([[1.0, 2.0], [3.0]],), 0),
    (parts_of_rows, ([[1.0, 2.0], [3.0, 4.0, 5.0]],), 0),
    (with_lists_written_out, ([Unit(vector(2), 0.3, 3), Unit(vector(2), 0.2, 1)],), 0),
    (times_vector, ([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [1.0, 2.0, 3.0]), (0, 1)),
    (pairs, ([1.0, 2.0], [3.0, 4.0]), (0, 1)),
    (pairs, ([1.0, 2.0], [3.0, 4.0]), 1),
    (network, (PAIR, vector(3)), 0),
    (network, (PAIR, vector(3)), (0, 1)),
    (network_of_units, ([Unit(matrix(2, 3), 0.3, 3), Unit(matrix(2, 2), 0.2, 1)], vector(3)), (0, 1)),
    (layers_of, ([Layer(vector(2), vector(2)), Layer(vector(2), vector(2))],), 0),
    (scaled, ([1.0, 2.0], vector(3)), (0, 1)),
    (scaled, ([1.0, 2.0], 0.5), (0, 1)),
    (outer_products, ([vector(2), vector(3)],), 0),
    (outer_products, ([vector(2), vector(2)],), 0),
    (outer_products, ([np.float32([0.5, 2.0])],), 0),
]
NAMES = [f"{case[0].__name__}-{n}" for n, case in enumerate(CASES)]


def units(tree):
    """Yield, for each float in a structure, the same structure with a one there and zeros else."""
    for place, leaf in enumerate(leaves(tree)):
        if isinstance(leaf, int):
            continue
        for at in np.ndindex(np.shape(leaf)):
            made = iter([unit_of(x, at if n == place else None) for n, x in enumerate(leaves(tree))])
            yield map_leaves(lambda _, made=made: next(made), tree)


def unit_of(leaf, at):
    if isinstance(leaf, int):
        return None
    made = np.zeros(np.shape(leaf))
    if at is not None:
        made[at] = 1.0
    return made if np.ndim(leaf) else float(made)


def along(fun, args, argnums, direction):
    """Return the tangent along a structure like the arguments in argnums."""
    tangents = [None] * len(args)
    for n, part in zip(argnums, direction, strict=True):
        tangents[n] = part
    return jvp(fun, copy.deepcopy(args), tuple(tangents))[1]


def assert_is_jacobian(found, fun, args, argnums, tolerance):
    """The blocks have the structure of the result outside, that of the arguments inside, and tangents as columns."""
    asked = argnums if isinstance(argnums, tuple) else (argnums,)
    result = fun(*copy.deepcopy(args))
    inputs = tuple(args[n] for n in asked)
    columns = [list(floats(along(fun, args, asked, unit), result)) for unit in units(inputs)]
    inside = inputs if isinstance(argnums, tuple) else inputs[0]

    def check(y, blocks):
        nonlocal row
        if isinstance(y, int):
            assert blocks is None
            return
        at = 0

        def block(x, found):
            nonlocal at
            if isinstance(x, int):
                assert found is None
                return
            assert np.shape(found) == np.shape(y) + np.shape(x)
            want = np.stack([column[row] for column in columns[at : at + np.size(x)]], axis=-1)
            np.testing.assert_allclose(found, want.reshape(np.shape(found)), rtol=tolerance, atol=tolerance)
            at += np.size(x)

        map_leaves(block, inside, blocks)
        row += 1

    row = 0
    map_leaves_of_result(check, result, found)


def floats(dots, result):
    """Yield the leaves of a tangent that belong to floats."""
    for dot, y in zip(leaves(dots), leaves(result), strict=True):
        if not isinstance(y, int):
            yield dot


def map_leaves_of_result(check, result, found):
    """Call check for each leaf of a result, with what is found in its place."""
    inner = {dict: lambda x: x.items(), list: enumerate, tuple: enumerate}.get(type(result))
    if isinstance(result, Layer):
        assert isinstance(found, Layer)
        inner = enumerate
    if inner is None:
        check(result, found)
        return
    assert type(found) is type(result) and len(found) == len(result)
    for key, item in inner(result):
        map_leaves_of_result(check, item, found[key])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_jacobian_has_the_structure_of_the_result_outside_and_of_the_arguments_inside(case, mode):
    fun, args, argnums = case
    given, plain = copy.deepcopy(args), copy.deepcopy(args)
    found = mode(fun, argnums)(*given)
    fun(*plain)
    assert str(given) == str(plain)
    tolerance = 1e-6 if any(getattr(leaf, "dtype", None) == np.float32 for leaf in leaves(args)) else 1e-12
    assert_is_jacobian(found, fun, args, argnums, tolerance)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_pushforward_is_the_tangent_and_changes_nothing_of_what_it_is_given(case):
    fun, args, argnums = case
    asked = argnums if isinstance(argnums, tuple) else (argnums,)
    _, push = linearize(fun, *copy.deepcopy(args))
    for unit in units(tuple(args[n] for n in asked)):
        tangents = [None] * len(args)
        for n, part in zip(asked, unit, strict=True):
            tangents[n] = part
        given = copy.deepcopy(tangents)
        found = [dot for dot in leaves(push(*given)) if dot is not None]
        assert str(given) == str(tangents)
        want = [dot for dot in leaves(along(fun, args, asked, unit)) if dot is not None]
        for have, dot in zip(found, want, strict=True):
            np.testing.assert_allclose(have, dot, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("case", CASES[:-1], ids=NAMES[:-1])
def test_hessian_is_the_jacobian_of_the_jacobian(case):
    fun, args, argnums = case
    asked = argnums if isinstance(argnums, tuple) else (argnums,)
    found = hessian(fun, argnums)(*copy.deepcopy(args))
    step = 1e-6
    whole = jacrev(fun, argnums)
    inputs = tuple(args[n] for n in asked)
    columns = []
    for unit in units(inputs):
        both = []
        for side in (step, -step):
            moved = map_leaves(lambda x, dot, side=side: x if dot is None else x + side * dot, inputs, unit)
            there = list(copy.deepcopy(args))
            for n, part in zip(asked, copy.deepcopy(moved), strict=True):
                there[n] = part
            both.append([leaf for leaf in leaves(whole(*there)) if leaf is not None])
        columns.append([(plus - minus) / (2 * step) for plus, minus in zip(*both, strict=True)])
    flat = np.concatenate([np.ravel(leaf) for leaf in leaves(found) if leaf is not None])
    # of each block of first derivatives its own by all arguments follow, leaf by leaf
    want = []
    sizes = [np.size(x) for x in leaves(inputs) if not isinstance(x, int)]
    for n in range(len(columns[0])):
        rows = np.stack([np.ravel(column[n]) for column in columns], axis=-1)
        want += [np.ravel(part) for part in np.split(rows, np.cumsum(sizes)[:-1], axis=-1)]
    np.testing.assert_allclose(flat, np.concatenate(want), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("mode", [*MODES, hessian, grad])
def test_lists_of_structures_in_a_list_are_refused(mode):
    with pytest.raises(UnsupportedError, match="within a list"):
        mode(lambda groups: sum(a * b for group in groups for a, b in group))([[(1.0, 2.0)], [(3.0, 4.0)]])


def rosenbrock(x):
    total = 0.0
    for i in range(len(x) - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2
    return total


@pytest.mark.parametrize("outer", [jacfwd, jacrev])
@pytest.mark.parametrize("inner", [jacfwd, jacrev, grad])
def test_hessian_by_a_list_of_numbers_is_that_of_scipy(outer, inner):
    x = [0.5, 1.2, -0.7]
    np.testing.assert_allclose(outer(inner(rosenbrock))(x), rosen_hess(np.array(x)), rtol=1e-12)


def test_one_module_serves_lists_of_every_length():
    derivative = hessian(rosenbrock)
    for n in (2, 5, 3):
        x = np.linspace(-1.0, 1.0, n).tolist()
        np.testing.assert_allclose(derivative(x), rosen_hess(np.array(x)), rtol=1e-12, atol=1e-12)
    first = derivative.path
    derivative([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    assert derivative.path == first


# -- called in a function that is differentiated itself ------------------------------------------------------


def of_hessian(x):
    total = 0.0
    for row in hessian(rosenbrock)(x):
        for v in row:
            total += v * v
    return total


def of_jacobian(layers, x):
    total = 0.0
    for w, b in jacrev(lambda layers: np.sum(network(layers, x) ** 2))(layers):
        total = total + np.sum(w * w) + np.sum(b**3)
    return total


def of_gradient(pairs):
    total = 0.0
    for a, b in grad(weighed)(pairs):
        total = total + a * b
    return total


def weighed(pairs):
    total = 0.0
    for a, b in pairs:
        total += a * b * b
    return total


def of_tangent(pairs, directions):
    return jvp(weighed, (pairs,), (directions,))[1]


def squares(xs, c):
    return [x * x * c for x in xs]


def of_pullback(xs, bars, c):
    ys, pull = vjp(lambda xs: squares(xs, c), xs)
    (found,) = pull(bars)
    return found[0] * found[1] + ys[0]


def of_pushforward(xs, dots, c):
    ys, push = linearize(lambda xs: squares(xs, c), xs)
    found = push(dots)
    return found[0] * found[1] + ys[0]


@pytest.mark.parametrize(
    ("fun", "args"),
    [
        (of_hessian, ([0.5, 1.2, -0.7],)),
        (of_jacobian, (PAIR, vector(3))),
        (of_gradient, ([(1.0, 2.0), (3.0, 4.0)],)),
        (of_tangent, ([(1.0, 2.0), (3.0, 4.0)], [(0.1, 0.2), (0.3, 0.4)])),
        (of_pullback, ([1.0, 2.0], [0.3, 0.4], 0.7)),
        (of_pushforward, ([1.0, 2.0], [0.3, 0.4], 0.7)),
    ],
)
def test_derivatives_by_lists_are_differentiated_in_turn(fun, args):
    check_grads(fun, args, order=2)


def test_values_of_derivatives_by_lists_called_in_a_function():
    assert of_gradient([(1.0, 2.0), (3.0, 4.0)]) == 4.0 * 4.0 + 16.0 * 24.0
    assert of_pullback([1.0, 2.0], [0.3, 0.4], 0.7) == pytest.approx(0.42 * 1.12 + 0.7, rel=1e-15)


@pytest.mark.parametrize("call", [of_pullback, of_pushforward])
def test_lists_of_another_length_than_what_they_belong_to_are_refused(call):
    with pytest.raises(ValueError, match="a list of tangents or adjoints has 3 items where 2 are needed"):
        grad(call)([1.0, 2.0], [0.3, 0.4, 0.5], 0.7)


# -- lists of lists that are the function's own -------------------------------------------------------------


def own_table(x):
    table = [[v * w for w in x] for v in x]
    total = 0.0
    for i in range(len(table)):
        for j in range(len(table[i])):
            total = total + table[i][j] * (i + 2 * j) * x[0]
    return np.array([total, total * total])


def list_of_arrays(x):
    parts = [x * k for k in range(1, 4)]
    total = 0.0
    for i in range(len(parts)):
        for j in range(len(x)):
            total = total + parts[i][j] ** (i + 1)
    return np.array([total, total * x[0]])


@pytest.mark.parametrize("fun", [own_table, list_of_arrays])
@pytest.mark.parametrize("mode", MODES)
def test_items_of_lists_in_lists_and_elements_of_arrays_in_lists_have_directions_of_their_own(fun, mode):
    x = np.array([0.7, -1.3, 0.4])
    want = np.stack([jvp(fun, (x,), (unit,))[1] for unit in np.eye(3)], axis=-1)
    np.testing.assert_allclose(mode(fun)(x), want, rtol=1e-12)
    check_grads(lambda x: np.sum(jacrev(fun)(x) ** 2), (x,))
