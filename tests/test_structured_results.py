"""Functions that return structures: objects, named tuples, lists of such; their derivatives have the same."""

# pyright: basic
# ruff: noqa: PERF401

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pytest

from s2s_ad import UnsupportedError, grad, hessian, jacfwd, jacrev, jvp, linearize, vjp
from tests.differences import assert_close, is_float, leaves, replaced

X = np.array([0.5, -1.2, 0.8])


@dataclass
class Layer:
    w: np.ndarray
    b: float
    name: str = "layer"


@dataclass(frozen=True)
class Net:
    one: Layer
    two: Layer


class Tree(NamedTuple):
    kids: list
    value: float


class Counter:
    """Made with an `__init__` that the derivative must not run again."""

    made = 0

    def __init__(self, x):
        self.x = 2 * x
        self.square = x * x
        self.function = np.tanh

    def grown(self):
        self.x = self.x * self.square
        return self


class Slotted:
    __slots__ = ("x", "y")

    def __init__(self, x):
        self.x, self.y = x, x**3


NET = Net(Layer(X, 0.4), Layer(X[:2] ** 2, -0.3, "second"))


def a_dataclass(x):
    return Layer(x * np.sum(x), np.sum(x**2))


def replaced_in_a_dataclass(net, s):
    return replace(net, one=Layer(net.one.w * s, net.two.b * s))


def the_argument_itself(net):
    return net


def a_tree(x):
    return Tree([Tree([], x[0]), Tree([Tree([], x[1] * x[2])], x[0] ** 2)], np.sum(x))


def one_of_two(x):
    if x[0] > 0.0:
        return Layer(x * 2.0, x[1])
    return Layer(x * 3.0, x[2])


def carried_through_a_loop(x):
    layer = Layer(x, 1.0)
    for _ in range(3):
        layer = Layer(layer.w * x, layer.b + np.sum(layer.w))
    return layer


def in_a_dict_and_twice(x):
    layer = Layer(np.sin(x), np.sum(x))
    return {"layer": layer, "list": [layer.b, (layer.w,)]}


def a_number_twice(x):
    y = np.sum(x**2)
    return y, [y, x[0]]


def arrays_and_their_views_several_times(x):
    y = np.outer(x, x)
    return y, y.T, y[0], y, y[0]


def a_list_that_grows_twice(x):
    found = []
    for value in x:
        found.append(value * x[0])
    return found, {"again": found}


def a_growing_list_of_objects(x):
    layers = []
    for value in x:
        layers.append(Layer(x * value, value**2))
    return layers


def a_growing_list_of_tuples(x):
    found = []
    for value in x:
        if value > 0.0:
            found.append((value, value * x))
    return found


def an_object_with_an_init(x):
    return Counter(x[0]).grown()


def an_object_with_slots(x):
    return [Slotted(x[0]), (Slotted(x[1]), x)]


FIXED = [
    (a_dataclass, (X,)), (replaced_in_a_dataclass, (NET, 1.7)), (the_argument_itself, (NET,)), (a_tree, (X,)),
    (one_of_two, (X,)), (one_of_two, (-X,)), (carried_through_a_loop, (X,)), (in_a_dict_and_twice, (X,)),
    (an_object_with_an_init, (X,)), (an_object_with_slots, (X,)), (a_number_twice, (X,)),
    (arrays_and_their_views_several_times, (X,)),
]  # fmt: skip
GROWING = [(a_growing_list_of_objects, (X,)), (a_growing_list_of_tuples, (X,)), (a_list_that_grows_twice, (X,))]


def floats(tree):
    return np.concatenate([np.ravel(leaf) for leaf in leaves(tree) if is_float(leaf)])


def random_like(tree, seed):
    """Return the structure with random numbers for floats, and None for all else."""
    rng = np.random.default_rng(seed)
    found = []
    for leaf in leaves(tree):
        value = rng.normal(size=np.shape(leaf)) if is_float(leaf) else None
        found.append(float(value) if is_float(leaf) and not isinstance(leaf, np.ndarray) else value)
    return replaced(tree, iter(found))


def shifted(args, tangents, h):
    pairs = zip(leaves(args), leaves(tangents), strict=True)
    return replaced(args, iter([x if dot is None else x + h * dot for x, dot in pairs]))


def shape_of(tree):
    if isinstance(tree, dict):
        return {key: shape_of(value) for key, value in tree.items()}
    if hasattr(tree, "_fields") or isinstance(tree, tuple | list):
        return type(tree), [shape_of(item) for item in tree]
    if type(tree).__module__ == __name__:
        names = getattr(tree, "__slots__", None) or vars(tree)
        return type(tree), {name: shape_of(getattr(tree, name)) for name in names}
    return np.shape(tree) if is_float(tree) else "no float"


@pytest.mark.parametrize(("f", "args"), FIXED + GROWING)
def test_derivatives_have_the_structure_of_the_result(f, args):
    dots = random_like(args, 1)
    y, y_dot = jvp(f, args, dots)
    assert shape_of(y) == shape_of(f(*args)) == shape_of(y_dot)
    assert_close(floats(y), floats(f(*args)))
    step = 1e-5
    ahead, behind = (floats(f(*shifted(args, dots, h))) for h in (step, -step))
    assert_close(floats(y_dot), (ahead - behind) / (2 * step), 1e-8)

    primal, pushforward = linearize(f, *args)
    assert shape_of(primal) == shape_of(y)
    assert shape_of(pushforward(*dots)) == shape_of(y)
    assert_close(floats(pushforward(*dots)), floats(y_dot))

    primal, pullback = vjp(f, *args)
    bars = random_like(y, 2)
    assert shape_of(primal) == shape_of(y)
    found = pullback(bars)
    assert shape_of(found) == shape_of(args)
    assert floats(bars) @ floats(y_dot) == pytest.approx(floats(found) @ floats(dots), rel=1e-10)


@pytest.mark.parametrize(("f", "args"), FIXED + GROWING)
def test_jacobians_have_that_of_the_result_around_that_of_the_argument(f, args):
    dots = random_like(args, 1)
    _, y_dot = jvp(f, args, dots)
    by = tuple(range(len(args)))
    for jacobian in (jacfwd(f, by)(*args), jacrev(f, by)(*args)):
        found = []
        blocks = [leaf for leaf in leaves(jacobian) if is_float(leaf)]
        inner = [leaf for leaf in leaves(dots) if leaf is not None]
        for start in range(0, len(blocks), len(inner)):
            row = zip(blocks[start : start + len(inner)], inner, strict=True)
            found.append(sum(np.tensordot(block, dot, np.ndim(dot)) for block, dot in row))
        assert_close(np.concatenate(list(map(np.ravel, found))), floats(y_dot), 1e-10)


def test_an_object_that_contains_itself_is_refused():
    def loop(x):
        counter = Counter(x)
        counter.itself = counter
        return counter

    with pytest.raises(UnsupportedError, match="contains itself"):
        jvp(loop, (1.0,), (1.0,))


def test_objects_of_derivatives_that_a_function_takes_itself():
    def f(x):
        _, dot = jvp(lambda y: Layer(y * y, np.sum(y)), (x,), (X,))
        layer, pullback = vjp(lambda y: Layer(y * y, np.sum(y)), x)
        (bar,) = pullback(Layer(X, 2.0, None))
        return np.sum(dot.w) * layer.b + bar @ bar

    def by_hand(x):
        bar = 2.0 * x * X + 2.0
        return np.sum(2.0 * x * X) * np.sum(x) + bar @ bar

    assert_close(f(X), by_hand(X))
    assert_close(grad(f)(X), grad(by_hand)(X))
    assert_close(hessian(f)(X), hessian(by_hand)(X))


def test_the_class_is_that_of_the_call():
    class Other(Layer):
        pass

    def made(cls, x):
        return cls(x, np.sum(x))

    for cls in (Layer, Other):
        _, dot = jvp(made, (cls, X), (None, X))
        assert type(dot) is cls


def test_a_hessian_of_several_results_is_the_jacobian_of_their_jacobian():
    def f(x):
        return Layer(x**3 * np.sum(x), x[0] * x[1])

    found = hessian(f)(X)
    want = jacfwd(jacrev(f))(X)
    assert type(found) is Layer
    assert found.w.shape == (3, 3, 3)
    assert_close([found.w, found.b], [want.w, want.b], 1e-12)
    assert_close(hessian(lambda x: np.sin(x))(X), np.einsum("i,ij,jk->ijk", -np.sin(X), np.eye(3), np.eye(3)))
