"""Functions of all sorts: parameters, partials, decorators, closures, methods, and what they capture."""

# pyright: basic
# ruff: noqa

import enum
import functools
import operator
import pickle
from dataclasses import dataclass
from functools import partial, wraps
from typing import NamedTuple

import numpy as np
import pytest

from s2s_ad import emit, grad, value_and_grad
from s2s_ad.errors import DifferentiationError, S2SError
from tests.differences import assert_close, numeric_gradient
from tests.judge import Programs

PROGRAMS = Programs()
works, refused, defect = PROGRAMS.works, PROGRAMS.refused, PROGRAMS.defect
X = np.array([0.5, -1.2, 0.8])


def power(x, n=2, *, scale=1.0):
    return scale * x**n


def only_positional(a, b=2.0, /, c=3.0):
    return a * b * c


def collects(a, *rest, k=1.0, **named):
    total = a * k
    for r in rest:
        total = total * r
    for name, value in named.items():
        total = total + value
    return total


# ---- parameters ---------------------------------------------------------------------------------


@works(0.7, 1.3)
def keywords_and_defaults(x, y):
    return power(x) + power(y, 3) + power(n=2, x=y) + power(x, scale=y)


@works(0.7, 1.3)
def only_positional_parameters(x, y):
    return only_positional(x) + only_positional(x, y) + only_positional(x, y, c=x)


@works(0.7, 1.3)
def stars(x, y):
    args, named = (x, y), {"u": x * y, "k": y}
    return collects(*args, **named) + collects(x, *[y, x], y, **{"z": x}) + collects(x)


@works(0.7, X[:2].copy())
def stars_of_arrays(x, v):
    a, b = v
    first, *rest = (x, a, b)
    *most, last = [x, a, b]
    (c, d), e = v, x
    return a * b + rest[0] * rest[1] * first + most[0] * most[1] * last + c * d * e


@works(0.7, 1.3, 0.4)
def args_of_root(x, *rest):
    total = x
    for r in rest:
        total = total * r + x
    return total


@works(0.7, X.copy())
def arrays_in_args(*args):
    return args[0] * np.sum(args[1] ** 2) * len(args)


@works(0.7)
def no_args(x, *rest, **named):
    return x * x + len(rest) + len(named)


def test_kwargs_of_root_are_passed():
    def f(x, *, k=2.0, **named):
        return x * k * named["a"] + named.get("b", x)

    assert grad(f)(3.0, a=5.0) == 11.0
    assert grad(f)(3.0, a=5.0, b=1.0) == 10.0
    assert grad(f)(3.0, a=5.0, k=1.0, b=1.0) == 5.0


def test_argnums_pick_from_args():
    def f(x, *rest):
        return x * rest[0] * rest[1] ** 2

    assert grad(f, argnums=2)(2.0, 3.0, 4.0) == 48.0
    assert grad(f, argnums=(2, 0))(2.0, 3.0, 4.0) == (48.0, 48.0)
    assert grad(f, argnums=(0, 1))(2.0, 3.0, 4) == (48.0, 32.0)
    with pytest.raises(DifferentiationError, match="int"):
        grad(f, argnums=2)(2.0, 3.0, 4)
    with pytest.raises(DifferentiationError, match="item 2"):
        grad(f, argnums=3)(2.0, 3.0, 4.0)
    with pytest.raises(DifferentiationError, match="out of range"):
        grad(f, argnums=-1)


def append_to(x, seen=[]):
    seen.append(x)
    return x * len(seen)


def count_in(x, seen={"n": 1.0}):
    seen["n"] = seen["n"] * x
    return seen["n"]


def reads_default(x, table={"n": 3.0}, items=(1.0, 2.0)):
    return x * table["n"] * items[1]


@refused(0.7)
def mutable_default_list(x):
    return append_to(x)


@refused(0.7)
def mutable_default_dict(x):
    return count_in(x)


@works(0.7)
def defaults_are_read(x):
    return reads_default(x) * reads_default(x, {"n": x})


@refused(0.7)
def too_many_arguments(x):
    return power(x, 2, 3)


@refused(0.7)
def unknown_keyword(x):
    return power(x, q=2)


@refused(0.7)
def argument_twice(x):
    return power(x, x=x)


# ---- functions as values ----------------------------------------------------------------------------


def apply(f, *args, **named):
    return f(*args, **named)


def compose(*functions):
    def composed(x):
        for f in functions:
            x = f(x)
        return x

    return composed


@works(0.7)
def functions_as_arguments(x):
    return apply(power, x, n=3) * apply(np.sin, x) * apply(lambda t: t * x, 2.0) * compose(np.exp, power, np.tanh)(x)


@works(0.7)
def functions_in_tables(x):
    table = {"sin": np.sin, "square": lambda t: t * t}
    layers = [np.tanh, partial(power, n=3), power]
    for f in layers:
        x = f(x) + table["sin"](x)
    return table["square"](x)


@works(0.7, 1.3)
def partials(x, y):
    cube = partial(power, n=3)
    scaled = functools.partial(cube, scale=y)
    return cube(x) + scaled(x) + scaled(x, scale=2.0) + partial(only_positional, x)(y, c=2.0)


CUBE = partial(power, n=3, scale=0.5)
OF_ARRAY = partial(lambda w, x: np.sum(w * x), np.array([1.0, 2.0, 3.0]))


@works(X.copy())
def captured_partials(x):
    return np.sum(CUBE(x)) * OF_ARRAY(x)


def twice(f):
    @wraps(f)
    def wrapper(*args, **kwargs):
        return 2.0 * f(*args, **kwargs)

    return wrapper


def times(k):
    def decorate(f):
        @functools.wraps(f)
        def wrapper(x):
            return k * f(x)

        return wrapper

    return decorate


@twice
def doubled(x):
    return x * x


@times(3.0)
@twice
def six_times(x):
    return x * x


@functools.lru_cache
def cached(x):
    return x * x


@works(0.7)
def calls_decorated(x):
    return doubled(x) * six_times(x)


@refused(0.7)
def calls_cached(x):
    return cached(x)


@works(0.7)
def calls_what_is_cached(x):
    return cached.__wrapped__(x)


@works(0.7)
@twice
def decorated_root(x):
    return x * x * x


@works(0.7)
def decorated_inside(x):
    @twice
    @times(x)
    def g(t):
        return t * t

    return g(x)


def test_decorated_function_is_the_wrapper():
    assert value_and_grad(doubled)(3.0) == (18.0, 12.0)
    assert value_and_grad(six_times)(3.0) == (54.0, 36.0)


# ---- closures ---------------------------------------------------------------------------------------


@works(0.7)
def nonlocal_is_written(x):
    total = 0.0

    def add(t):
        nonlocal total
        total = total + t
        return total

    add(x)
    add(x * x)
    return total * add(2.0 * x)


@works(0.7, 3)
def nonlocal_in_loop_and_branch(x, n):
    total, count = x, 0

    def add(t):
        nonlocal total, count
        if t > 0.5:
            total *= t
        else:
            total = total + t
        count += 1

    for i in range(n):
        add(x * i)
    return total * count


def counter(x):
    state = x

    def step():
        nonlocal state
        state = state * x
        return state

    def read():
        return state

    return step, read


@works(0.7)
def two_closures_share_a_name(x):
    step, read = counter(x)
    before = read()
    step()
    step()
    return before * read()


@works(0.7)
def two_counters_are_apart(x):
    (step, read), (step2, read2) = counter(x), counter(2.0 * x)
    step()
    return read() * read2()


@works(0.7)
def functions_of_a_comprehension_see_its_last_item(x):
    k = 5.0
    late = [lambda t: t * k for k in range(3)]
    early = [lambda t, k=k: t * k for k in range(3)]
    return sum([f(x) for f in late]) * sum([f(x * k) for f in early]) * k


@works(0.7)
def comprehension_over_its_own_name(x):
    x = [x, 2.0 * x]
    y = [x * x for x in x for y in (x, 3.0)]
    return sum(y) * x[0]


def first_of(xs):
    return lambda: xs[0]


@works(0.7)
def list_is_changed_that_a_function_holds(x):
    xs = [x]
    g = first_of(xs)
    xs[0] = x * x
    return g()


SCALE = 2.0


@refused(0.7)
def global_is_written(x):
    global SCALE
    SCALE = x
    return SCALE


@works(0.7)
def global_is_read(x):
    global SCALE
    return SCALE * x


# ---- dicts --------------------------------------------------------------------------------------------


def fill(d, x):
    d["k"] = x * x
    d.update(m=x, n=2.0 * x)
    return d


@works(0.7)
def helper_fills_dict(x):
    d = {}
    e = d
    fill(d, x)["k"] *= 3.0
    return e["k"] * e["m"] + len(e)


@works(0.7)
def dict_methods(x):
    d = dict(a=x, b=2.0)
    d.update({"c": x * x}, z=1.0)
    y = d.setdefault("d", 3.0 * x) * d.setdefault("a", 5.0)
    z = d.pop("b") * d.pop("q", x)
    e = d.copy()
    e["a"] = 10.0
    total = 0.0
    for key, value in d.items():
        total = total + value
    return total * y * z * (2.0 if "a" in d else 1.0) * (3.0 if "b" not in d else 1.0) * sum(d.values()) * len(d)


@works(0.7)
def dict_comprehension(x):
    d = {name: x * k for k, name in enumerate(("a", "b", "c"))}
    e = {k: v * v for k, v in d.items() if k != "a"}
    f = dict([("u", x), ("v", 2.0)])
    g = dict(zip(("s", "t"), (x, x * x)))
    return e["b"] * e["c"] * f["u"] * g["t"] * len({**e, **f})


@works(0.7)
def dicts_are_compared(x):
    return x * (2.0 if {"a": 1} == {"a": 1} else 3.0) * (2.0 if {"a": x} != {"a": x} else 3.0)


@works(0.7, 4)
def helper_fills_dict_in_loop(x, n):
    d = {"k": x, "m": 1.0, "n": 0.0}
    for i in range(n):
        if i % 2 == 1:
            fill(d, d["k"] * x)
    return d["k"] * d["m"] + d["n"]


@works(0.7)
def keys_are_tuples(x):
    d = {(0, 1): x, (1, 0): x * x}
    d[1, 1] = d[0, 1] * d[1, 0]
    return d[1, 1]


@refused({"a": 0.7})
def dict_of_caller_is_filled(d):
    d["b"] = d["a"] * 2
    return d["b"]


test_right, test_refused = PROGRAMS.tests()


@works({"a": 1.0, "b": 2.0}, {"b": 3.0, "c": 0.5})
def dicts_merged(p, q):
    r = p | {"d": p["a"] * q["b"]} | q
    return r["a"] * r["b"] * r["c"] + r["d"]


@works({"a": 1.0, "b": 2.0}, {"b": 3.0, "c": 0.5})
def dict_merged_is_another(p, q):
    r = dict(p)
    s = r | q
    s["a"] = 2 * q["c"]
    return r["a"] * s["a"] * len(r)


@works({"a": 1.0, "b": 2.0}, {"b": 3.0, "c": 0.5})
def dict_merged_in_place(p, q):
    r = dict(p)
    s = r
    r |= q
    r |= [("a", q["c"] * r["a"])]
    return s["a"] * s["b"]


@works({"a": 1.0, "b": 2.0}, {"b": 3.0, "c": 0.5})
def dict_in_dict_merged_in_place(p, q):
    r = {"x": dict(p)}
    r["x"] |= q
    return r["x"]["a"] * r["x"]["b"]


@refused({"a": 1.0, "b": 2.0}, {"b": 3.0, "c": 0.5})
def dict_of_argument_merged_in_place(p, q):
    p |= q
    return p["a"] * p["b"]


# ---- functions of the module operator ---------------------------------------------------------------------


@works(0.7, -1.2)
def operators_of_numbers(x, y):
    total = operator.neg(x) + operator.mul(x, y) - operator.abs(y) + operator.pos(x)
    return operator.pow(total, 2) if operator.lt(y, x) and operator.not_(operator.is_(x, y)) else operator.sub(x, y)


@works({"a": 1.0, "b": 2.0}, {"b": 3.0, "c": 0.5})
def operators_of_dicts(p, q):
    r = operator.or_(p, q)
    s = operator.ior(dict(p), q)
    return r["a"] * operator.getitem(r, "b") * s["b"] * operator.contains(q, "c")


@works(0.7, -1.2)
def operators_of_lists(x, y):
    xs = operator.add([x], [y, 2.0])
    ys = operator.concat(xs, [x])
    zs = operator.mul([y, x], 2)
    return xs[0] * ys[3] * zs[2] * operator.getitem(xs, 1)


@refused(0.7, -1.2)
def operator_that_changes_a_list(x, y):
    xs = [x]
    operator.iadd(xs, [y * x])
    return xs[1]


@works(X, 0.7)
def operators_that_change_an_array(x, y):
    z = x * y
    w = z
    operator.imul(z, y)
    v = operator.iadd(z, x)
    return np.sum(w * v) + operator.iadd(y, 1.0)


@works(0.7)
def operator_of_functions(x):
    return operator.call(np.sin, x) * operator.truth([x]) * operator.truth(x)


@refused(0.7)
def operator_that_sets_an_item(x):
    xs = [x, x]
    operator.setitem(xs, 0, x * x)
    return xs[0]


@refused(0.7)
def operator_that_deletes_an_item(x):
    xs = [x, x * x]
    operator.delitem(xs, 0)
    return xs[0]


@refused(0.7)
def operator_of_too_few(x):
    return operator.mul(x)


# ---- methods and callables as roots ---------------------------------------------------------------


class Model:
    factor = 1.0

    def __init__(self, scale, w=None):
        self.scale = scale
        self.w = w
        self.act = np.tanh

    def loss(self, w, k=1.0):
        return self.scale * self.factor * np.sum(self.act(w) * k)

    def __call__(self, w):
        return self.loss(w) + self.scale

    @staticmethod
    def plain(w):
        return np.sum(w**2)

    @classmethod
    def of_class(cls, w):
        return np.sum(w) * cls.factor

    @grad
    def decorated(self, w):
        return np.sum(w)

    @value_and_grad(argnums=1)
    def with_value(self, w):
        return self.loss(w)


def check(f, *args):
    assert_close(grad(f)(*args), numeric_gradient(f, args, 0), 1e-6)


def test_bound_methods_and_callables():
    model = Model(2.0)
    for f in (model.loss, model, model.plain, Model.plain, Model.of_class, model.of_class, partial(model.loss, k=3.0)):
        check(f, X)
    derivative = grad(model.loss)
    model.scale = 5.0
    assert_close(derivative(X), numeric_gradient(model.loss, (X,), 0), 1e-6)
    model.act = np.sin
    assert_close(derivative(X), numeric_gradient(model.loss, (X,), 0), 1e-6)
    Model.factor = 3.0
    assert_close(derivative(X), numeric_gradient(model.loss, (X,), 0), 1e-6)
    model.factor = 7.0
    assert_close(derivative(X), numeric_gradient(model.loss, (X,), 0), 1e-6)
    Model.factor = 1.0
    value, gradient = model.with_value(X)
    assert value == model.loss(X)
    assert_close(gradient, numeric_gradient(model.loss, (X,), 0), 1e-6)


def test_gradient_by_plain_object_is_refused():
    with pytest.raises(DifferentiationError, match="Model"):
        Model(2.0).decorated(X)


def test_partial_of_function():
    assert grad(partial(power, n=3))(2.0) == 12.0
    assert grad(partial(power, n=3))(2.0, n=2) == 4.0
    assert grad(partial(only_positional, 5.0), argnums=(0, 1))(2.0, 3.0) == (15.0, 10.0)
    assert emit(partial(only_positional, 5.0), "reverse", 2.0)
    assert grad(partial(power, n=3)).specialize(2.0)(2.0, scale=1.0) == 12.0
    again = pickle.loads(pickle.dumps(grad(partial(power, n=3))))
    assert again(2.0) == 12.0


def test_trace_of_objects():
    p = Weights(X.copy(), 2.0)
    derivative = grad(loss_of_weights)
    assert type(derivative(p, X)) is Weights
    assert "= p.b" in str(derivative.trace(p, X))
    assert "p_b = p.b" in derivative.ssa


def test_source_before_a_call_of_methods_and_stars():
    assert "def args_of_root_vjp" in grad(args_of_root).source
    assert "def loss_vjp" in grad(Model(2.0, X).loss, argnums=1).source


def test_functions_as_arguments_of_root():
    def f(g, x):
        return g(x) * x

    derivative = grad(f, argnums=1)
    assert derivative(np.sin, 1.0) == pytest.approx(np.cos(1.0) + np.sin(1.0))
    assert derivative(np.cos, 1.0) == pytest.approx(np.cos(1.0) - np.sin(1.0))
    assert derivative(lambda t: t * t, 2.0) == 12.0
    assert derivative(lambda t: t + 1.0, 2.0) == 5.0
    for k in (1.0, 2.0):
        assert derivative(lambda t: t * k, 2.0) == 4.0 * k
    assert derivative(Model(2.0).plain, 2.0) == 12.0


def test_class_as_argument():
    @dataclass
    class A:
        x: float

        def value(self):
            return self.x * 2

    @dataclass
    class B(A):
        def value(self):
            return self.x**2

    def f(cls, x):
        return cls(x).value()

    assert grad(f, argnums=1)(A, 3.0) == 2.0
    assert grad(f, argnums=1)(B, 3.0) == 6.0


# ---- what is captured changes between calls -------------------------------------------------------


class Layer:
    gain = 2.0

    def __init__(self):
        self.w = 3.0

    def out(self, x):
        return self.gain * self.w * x

    @property
    def twice(self):
        return self.w * 2


class Better(Layer):
    def out(self, x):
        return x * x


LAYER = Layer()


def uses_layer(x):
    return LAYER.out(x) * LAYER.twice


def makes_layer(x):
    return Layer().out(x) * x


def test_changes_of_captured_objects_are_seen(monkeypatch):
    derivative = grad(uses_layer)

    def right():
        assert_close(derivative(1.5), numeric_gradient(uses_layer, (1.5,), 0), 1e-6)

    right()
    monkeypatch.setattr(LAYER, "w", 5.0)
    right()
    monkeypatch.setattr(Layer, "gain", 7.0)
    right()
    monkeypatch.setattr(LAYER, "gain", 11.0, raising=False)
    right()
    monkeypatch.setattr(Layer, "twice", property(lambda self: self.w * 3))
    right()
    monkeypatch.setattr(Layer, "out", lambda self, x: x**3)
    right()
    monkeypatch.setattr(LAYER, "out", lambda x: x**4, raising=False)
    right()
    monkeypatch.setitem(globals(), "LAYER", Better())
    right()
    monkeypatch.setattr(Better, "out", lambda self, x: x**5)
    right()
    monkeypatch.setattr(Better, "twice", 3.0, raising=False)
    right()


def test_changes_of_classes_are_seen(monkeypatch):
    derivative = grad(makes_layer)

    def right():
        assert_close(derivative(1.5), numeric_gradient(makes_layer, (1.5,), 0), 1e-6)

    right()
    monkeypatch.setattr(Layer, "gain", 9.0)
    right()
    monkeypatch.setattr(Layer, "out", lambda self, x: x**3)
    right()
    monkeypatch.setitem(globals(), "Layer", Better)
    right()
    monkeypatch.setattr(Better, "__init__", lambda self: None)
    right()
    monkeypatch.setattr(Better, "__getattr__", lambda self, name: 3.0, raising=False)
    right()


@dataclass
class Weights:
    w: np.ndarray
    b: float

    def value(self, x):
        return np.sum(self.w * x) * self.b


def loss_of_weights(p, x):
    return p.value(x)


def test_changed_method_of_argument_is_seen(monkeypatch):
    p = Weights(X.copy(), 2.0)
    derivative = grad(loss_of_weights)

    def right():
        found, wanted = derivative(p, X), numeric_gradient(loss_of_weights, (p, X), 0)
        assert type(found) is Weights
        assert_close(found, wanted, 1e-6)

    right()
    monkeypatch.setattr(Weights, "value", lambda self, x: np.sum(self.w**2 * x) + self.b)
    right()
    p.extra = 1.0
    right()


class Mode(enum.Enum):
    A = 1
    B = 2


MODE = Mode.A
SENTINEL = object()
MISSING = SENTINEL


def by_mode(x):
    return 2.0 * x if MODE is Mode.A else x * x


def by_sentinel(x):
    return 2.0 * x if MISSING is SENTINEL else x


def test_enum_members_are_recognised(monkeypatch):
    derivative = grad(by_mode)
    assert derivative(3.0) == 2.0
    monkeypatch.setitem(globals(), "MODE", Mode.B)
    assert derivative(3.0) == 6.0


def test_identity_of_captured_objects_is_refused():
    with pytest.raises(S2SError):
        grad(by_sentinel)(3.0)


class Act(NamedTuple):
    f: object
    k: float


def test_functions_in_structures_of_arguments():
    def f(act, x):
        return act.f(x) * act.k

    assert grad(f, argnums=1)(Act(np.sin, 2.0), 0.0) == 2.0
    assert grad(f, argnums=1)(Act(np.cos, 2.0), 0.0) == 0.0
    gradient = grad(f)(Act(np.cos, 2.0), 0.0)
    assert gradient == Act(None, 1.0) and type(gradient) is Act


def test_emitted_module_needs_no_library(tmp_path):
    p = Weights(X.copy(), 2.0)
    path = tmp_path / "emitted.py"
    derivative = grad(loss_of_weights)
    derivative(p, X)
    derivative.save(path)
    assert "s2s_ad" not in path.read_text().replace("Generated by s2s_ad", "")
