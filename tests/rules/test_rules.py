"""Every rule against differences, and its two modes against each other.

The equations are executed here as plain Python over concrete values, without the engine.
"""

from __future__ import annotations

import ast
import math
import operator
import warnings
from typing import Any

import gast
import numpy as np
import pytest

from s2s_ad.ir.ops import op
from s2s_ad.rules.helpers import unbroadcast
from s2s_ad.rules.language import Rule, equations, lookup, passive, path_of, rules
from s2s_ad.rules.passive import PASSIVE
from tests.rules.samples import FOURIER, OF_COMPLEX, SAMPLES, Sample, is_float, of_complex

STEP = 1e-6


def rule_of(sample: Sample) -> Rule:
    path = path_of(sample.fun)
    assert path is not None
    rule = lookup(path)
    assert rule is not None, f"no rule for {path}"
    return rule


REAL = [*SAMPLES, *FOURIER]
ALL = [*REAL, *OF_COMPLEX, *(made for sample in REAL if rule_of(sample).complex for made in of_complex(sample))]


def run(rule: Rule, mode: str, values: dict[str, Any]) -> dict[str, Any]:
    """Execute the equations of one mode and return all names."""
    tree = gast.gast_to_ast(gast.Module(list(getattr(equations(rule), mode)), []))
    env = {**rule.fun.__globals__, **values}
    exec(compile(ast.fix_missing_locations(tree), rule.name, "exec"), env)
    return env


def as_arrays(value: Any) -> Any:
    """NumPy scalars for Python floats: an adjoint must not raise, which is the engine's care."""
    if isinstance(value, tuple | list):
        return type(value)(as_arrays(item) for item in value) if type(value) in (tuple, list) else list(value)
    if isinstance(value, complex):
        return np.complex128(value)
    return np.float64(value) if isinstance(value, float) else value


class Zero:
    """The tangent of what does not vary: nothing, whatever it is multiplied by."""

    __array_ufunc__ = None

    def __mul__(self, other: Any) -> Zero:
        return self

    def __add__(self, other: Any) -> Any:
        return other

    def __rsub__(self, other: Any) -> Any:
        return other

    def __sub__(self, other: Any) -> Any:
        return self if other is self else -other

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(0.0)

    __neg__ = lambda self: self
    __rmul__ = __truediv__ = __matmul__ = __rmatmul__ = __mul__
    __radd__ = __add__


def leaves(value: Any) -> list[Any]:
    if isinstance(value, tuple | list):
        return [leaf for item in value for leaf in leaves(item)]
    return [np.asarray(value)]


def inner(a: Any, b: Any) -> float:
    pairs = list(zip(leaves(a), leaves(b), strict=True))
    assert all(x.shape == y.shape for x, y in pairs), [(x.shape, y.shape) for x, y in pairs]
    return float(np.real(sum(np.sum(x * y) for x, y in pairs)))


def random_like(value: Any, rng: np.random.Generator) -> Any:
    if isinstance(value, tuple | list):
        return [random_like(item, rng) for item in value]
    made = rng.standard_normal(np.shape(value))
    return (made + 1j * rng.standard_normal(np.shape(value)) if np.iscomplexobj(value) else made)[()]


def moved(value: Any, direction: Any, step: float) -> Any:
    if isinstance(value, tuple | list):
        return [moved(v, d, step) for v, d in zip(value, direction, strict=True)]
    return value + step * direction


def zeros(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [zeros(item) for item in value]
    return None if value is None else Zero()


def parameter(rule: Rule, position: int) -> tuple[str, int | None]:
    """Return the parameter that the argument at a position is given to, and its place among several given to one."""
    first = rule.arguments.index(rule.variadic) if rule.variadic else len(rule.arguments)
    return (rule.arguments[position], None) if position < first else (rule.variadic, position - first)


def bound(sample: Sample, rule: Rule) -> dict[str, Any]:
    """Return the values of the rule's params."""
    defaults = {name: as_arrays(value) for name, value in rule.defaults.items()}
    values = {**defaults, **rule.bind([as_arrays(arg) for arg in sample.args], sample.kwargs)}
    result = sample.fun(*sample.args, **sample.kwargs)
    results = result if rule.outputs > 1 else (result,)
    return values | {name: as_arrays(value) for name, value in zip(rule.results, results, strict=True)}


@pytest.mark.parametrize("sample", ALL, ids=str)
def test_tangent_is_the_limit_of_differences_and_adjoint_its_transpose(sample: Sample) -> None:
    rule, rng = rule_of(sample), np.random.default_rng(3)
    values = bound(sample, rule)
    names = rule.arguments
    active = list(dict.fromkeys(parameter(rule, i)[0] for i in sample.wrt))
    x_dots = {f"{name}_dot": zeros(values[name]) for name in names if name in values}
    x_dots |= {f"{name}_dot": random_like(values[name], rng) for name in active}

    env = run(rule, "dot", values | x_dots)
    z_dot = [env[f"{name}_dot"] for name in rule.results]
    fun = sample.primal or sample.fun

    def along(step: float) -> Any:
        args = list(sample.args)
        for i in sample.wrt:
            name, place = parameter(rule, i)
            direction = x_dots[f"{name}_dot"]
            args[i] = moved(args[i], direction if place is None else direction[place], step)
        result = fun(*args, **sample.kwargs)
        return result if rule.outputs > 1 else (result,)

    for tangent, above, below, z in zip(
        leaves(z_dot), leaves(along(STEP)), leaves(along(-STEP)), leaves([values[n] for n in rule.results]), strict=True
    ):
        expected = (above - below) / (2 * STEP)
        np.testing.assert_allclose(np.broadcast_to(tangent, z.shape), expected, rtol=2e-7, atol=2e-8)

    z_bar = [random_like(values[name], rng) for name in rule.results]
    env = run(rule, "bar", values | {f"{n}_bar": bar for n, bar in zip(rule.results, z_bar, strict=True)})
    total = 0.0
    for name in active:
        if name in rule.passive:
            assert f"{name}_bar" not in env
            continue
        x_bar = env[f"{name}_bar"]
        if rule.elementwise:
            x_bar = unbroadcast(np.broadcast_to(x_bar, leaves(z_bar)[0].shape), np.shape(values[name]))
        total += inner(x_dots[f"{name}_dot"], list(x_bar) if isinstance(values[name], tuple | list) else x_bar)
    spread = [np.broadcast_to(dot, np.shape(bar)) for dot, bar in zip(leaves(z_dot), leaves(z_bar), strict=True)]
    np.testing.assert_allclose(total, inner(spread, leaves(z_bar)), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("sample", ALL, ids=str)
def test_only_views_share_memory_with_arguments(sample: Sample) -> None:
    result = sample.fun(*sample.args, **sample.kwargs)
    shared = any(
        np.shares_memory(y, x) for y in leaves(result) for arg in sample.args if is_float(arg) for x in leaves(arg)
    )
    assert rule_of(sample).is_view(sample.args) or not shared


def test_every_view_rule_has_a_sample_that_shares_memory() -> None:
    sharing = {
        rule_of(sample)
        for sample in ALL
        for y in leaves(sample.fun(*sample.args, **sample.kwargs))
        for arg in sample.args
        if is_float(arg) and any(np.shares_memory(y, x) for x in leaves(arg))
    }
    assert {rule.name for rule in rules() if rule.view} == {rule.name for rule in sharing}


def test_every_function_with_a_rule_has_a_sample() -> None:
    sampled = {id(sample.fun) for sample in ALL}
    missing = {f"{rule.name}: {fun}" for rule in rules() for fun in rule.of if id(fun) not in sampled}
    assert missing <= {f"convert: {np.float32}", f"convert: {np.float16}", f"convert_to_complex: {np.complex64}"}


def test_every_argument_that_has_an_adjoint_is_sampled_and_has_a_tangent() -> None:
    sampled = {(rule_of(s), parameter(rule_of(s), i)[0]) for s in ALL for i in s.wrt}
    for rule in rules():
        in_bar = {n.id for s in equations(rule).bar for n in gast.walk(s) if isinstance(n, gast.Name)}
        in_dot = {n.id for s in equations(rule).dot for n in gast.walk(s) if isinstance(n, gast.Name)}
        for name in rule.arguments:
            if f"{name}_bar" in in_bar:
                assert (rule, name) in sampled
                assert f"{name}_dot" in in_dot


def test_every_function_has_a_path_that_leads_back() -> None:
    for rule in rules():
        for fun in rule.of:
            path = path_of(fun)
            assert path is not None
            assert lookup(path) in (rule, *[r for r in rules() if fun in r.of])


def test_passive_functions_exist_and_have_no_rule() -> None:
    for path in PASSIVE:
        assert callable(op(path).fun)
        assert lookup(path) is None
        assert passive(path)


def test_names_of_one_function_have_one_path() -> None:
    assert path_of(np.absolute) == path_of(np.abs) == "numpy.abs"
    assert lookup("numpy.concat") is lookup("numpy.concatenate") is not None
    assert path_of(np.linalg.solve) == "numpy.linalg.solve"
    assert path_of(operator.mul) == "operator.mul"
    assert path_of(lambda: None) is None
    assert lookup("numpy.no_such") is None is lookup("nowhere.fun")


def test_bind_refuses_what_a_rule_does_not_know() -> None:
    rule = lookup("numpy.sum")
    assert rule is not None
    with pytest.raises(LookupError, match="dtype"):
        rule.bind([np.ones(3)], {"dtype": float})
    with pytest.raises(LookupError, match="positional"):
        rule.bind([np.ones(3), 0, None], {})


# ---- where a function has a kink ------------------------------------------------------------------


def adjoints(fun: Any, *args: Any, z_bar: Any = 1.0, **kwargs: Any) -> dict[str, Any]:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sample = Sample(fun, args, kwargs)
        rule = rule_of(sample)
        return run(rule, "bar", bound(sample, rule) | {f"{rule.results[0]}_bar": np.asarray(z_bar)[()]})


@pytest.mark.parametrize(
    ("fun", "args", "expected"),
    [
        (np.abs, (0.0,), {"x_bar": 0.0}),
        (np.linalg.norm, (np.zeros(3),), {"x_bar": np.zeros(3)}),
        (np.std, (np.ones(3),), {"x_bar": np.zeros(3)}),
        (np.hypot, (0.0, 0.0), {"x_bar": 0.0, "y_bar": 0.0}),
        (np.maximum, (2.0, 2.0), {"x_bar": 0.5, "y_bar": 0.5}),
        (np.minimum, (2.0, 2.0), {"x_bar": 0.5, "y_bar": 0.5}),
        (np.max, (np.array([1.0, 3.0, 3.0]),), {"x_bar": np.array([0.0, 0.5, 0.5])}),
        (np.min, (np.array([1.0, 1.0, 3.0]),), {"x_bar": np.array([0.5, 0.5, 0.0])}),
        (max, (2.0, 2.0), {"x_bar": 1.0, "y_bar": 0.0}),
        (min, (2.0, 2.0), {"x_bar": 1.0, "y_bar": 0.0}),
        (np.clip, (0.0, 0.0, 1.0), {"x_bar": 1.0, "a_min_bar": 0.0, "a_max_bar": 0.0}),
        (np.clip, (1.0, 0.0, 1.0), {"x_bar": 1.0, "a_min_bar": 0.0, "a_max_bar": 0.0}),
        (np.sort, (np.array([2.0, 1.0, 1.0]),), {"order": np.array([1, 2, 0])}),
        (np.sqrt, (0.0,), {"x_bar": math.inf}),
        (np.log, (0.0,), {"x_bar": math.inf}),
        (np.power, (0.0, 0.0), {"x_bar": 0.0}),
        (operator.pow, (0.0, 0), {"x_bar": 0.0}),
        (np.power, (0.0, 2.0), {"y_bar": 0.0, "x_bar": 0.0}),
        (np.power, (0.0, 1.0), {"y_bar": 0.0, "x_bar": 1.0}),
        (np.prod, (np.array([2.0, 0.0, 3.0]),), {"x_bar": np.array([0.0, 6.0, 0.0])}),
        (np.prod, (np.array([0.0, 0.0, 3.0]),), {"x_bar": np.zeros(3)}),
        (np.where, (True, 1.0, 2.0), {"x_bar": 1.0, "y_bar": 0.0}),
        (math.hypot, (0.0, 0.0, 0.0), {"xs_bar": [0.0, 0.0, 0.0]}),
        (math.dist, ((1.0, 2.0), (1.0, 2.0)), {"p_bar": np.zeros(2), "q_bar": np.zeros(2)}),
        (np.hypot, (3e200, 0.0), {"x_bar": 1.0, "y_bar": 0.0}),
        (np.arctan2, (0.0, 0.0), {"x_bar": math.nan, "y_bar": math.nan}),
        (np.arctan2, (0.0, 2e-200), {"x_bar": 0.0, "y_bar": 5e199}),
        (np.logaddexp, (-math.inf, -math.inf), {"x_bar": 0.5, "y_bar": 0.5}),
        (np.logaddexp, (math.inf, math.inf), {"x_bar": 0.5, "y_bar": 0.5}),
        (np.logaddexp, (-math.inf, 2.0), {"x_bar": 0.0, "y_bar": 1.0}),
        (np.logaddexp, (math.inf, 2.0), {"x_bar": 1.0, "y_bar": 0.0}),
        (np.logaddexp2, (-math.inf, -math.inf), {"x_bar": 0.5, "y_bar": 0.5}),
        (np.arcsin, (1.0,), {"x_bar": math.inf}),
        (np.arccos, (-1.0,), {"x_bar": -math.inf}),
        (np.arccosh, (1.0,), {"x_bar": math.inf}),
        (np.arctanh, (-1.0,), {"x_bar": math.inf}),
        (np.log1p, (-1.0,), {"x_bar": math.inf}),
        (np.cbrt, (0.0,), {"x_bar": math.inf}),
        (np.power, (0.0, -1.0), {"x_bar": -math.inf}),
        (np.power, (-2.0, 3.0), {"x_bar": 12.0}),
        (operator.pow, (-2.0, -1), {"x_bar": -0.25}),
        (np.copysign, (0.0, -1.0), {"x_bar": 0.0}),
        (np.heaviside, (0.0, 0.5), {"y_bar": 1.0}),
        (np.heaviside, (-0.1, 0.5), {"y_bar": 0.0}),
        (np.clip, (0.2, 0.8, 0.2), {"x_bar": 0.0, "a_min_bar": 0.0, "a_max_bar": 1.0}),
        (np.nan_to_num, (math.nan,), {"x_bar": 0.0}),
        (np.sign, (0j,), {"x_bar": 0.0}),
        (op("numpy.hypot.reduce").fun, (np.zeros(3),), {"x_bar": np.zeros(3)}),
        (op("numpy.logaddexp.reduce").fun, (np.full(4, -math.inf),), {"x_bar": np.full(4, 0.25)}),
        (op("numpy.fmax.reduce").fun, (np.array([1.0, math.nan, 1.0]),), {"x_bar": np.array([0.5, 0.0, 0.5])}),
        (op("numpy.fmax.reduce").fun, (np.full(2, math.nan),), {"x_bar": np.zeros(2)}),
        (op("numpy.maximum.accumulate").fun, (np.array([1.0, 1.0, 0.0]),), {"x_bar": np.array([3.0, 0.0, 0.0])}),
        (op("numpy.logaddexp.accumulate").fun, (np.full(2, -math.inf),), {"x_bar": np.array([0.75, 0.5])}),
    ],
)
def test_kinks(fun: Any, args: Any, expected: dict[str, Any]) -> None:
    found = adjoints(fun, *args, z_bar=np.ones(np.shape(fun(*args))))
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value)


def test_selection_keeps_an_infinite_adjoint_from_what_is_not_selected() -> None:
    found = adjoints(np.where, False, 1.0, 2.0, z_bar=np.inf)
    assert (found["x_bar"], found["y_bar"]) == (0, np.inf)
    assert adjoints(np.maximum, 1.0, 2.0, z_bar=np.inf)["x_bar"] == 0


def test_slope_of_sinc_does_not_cancel_near_zero() -> None:
    assert adjoints(np.sinc, 1e-6)["x_bar"] == pytest.approx(-(math.pi**2) * 1e-6 / 3, rel=1e-10)


@pytest.mark.parametrize(
    ("fun", "x", "slope"),
    [
        (np.arcsin, 1 - 1e-12, lambda x: 1 / np.sqrt((1 - x) * (1 + x))),
        (math.asin, -1 + 1e-12, lambda x: 1 / np.sqrt((1 - x) * (1 + x))),
        (np.arccos, 1 - 1e-12, lambda x: -1 / np.sqrt((1 - x) * (1 + x))),
        (math.acos, 1 - 1e-12, lambda x: -1 / np.sqrt((1 - x) * (1 + x))),
        (np.arctanh, -1 + 1e-12, lambda x: 1 / ((1 - x) * (1 + x))),
        (np.arccosh, 1 + 1e-12, lambda x: 1 / np.sqrt((x - 1) * (x + 1))),
        (math.acosh, 1e200, lambda x: 1 / np.sqrt((x - 1) * (x + 1))),
        (np.arcsinh, -1e200, lambda x: 1 / np.sqrt(x * x + 1)),
        (math.asinh, 1e200, lambda x: 1 / np.sqrt(x * x + 1)),
        (np.expm1, -40.0, np.exp),
        (math.expm1, -40.0, np.exp),
    ],
    ids=lambda arg: getattr(arg, "__name__", str(arg)),
)
def test_slopes_neither_cancel_nor_overflow(fun: Any, x: float, slope: Any) -> None:
    assert adjoints(fun, x)["x_bar"] == pytest.approx(float(slope(np.longdouble(x))), rel=1e-14, abs=0)


@pytest.mark.parametrize("sample", [s for s in SAMPLES if rule_of(s).bind(s.args, s.kwargs)], ids=str)
def test_float32_stays_float32(sample: Sample) -> None:
    """Else every adjoint would cost a cast."""

    def single(value: Any) -> Any:
        if isinstance(value, tuple | list):
            return type(value)(single(item) for item in value)
        return value.astype(np.float32) if isinstance(value, np.ndarray) and value.dtype == np.float64 else value

    def weak(value: Any) -> Any:
        """A Python float gives way to float32."""
        if isinstance(value, tuple | list):
            return type(value)(weak(item) for item in value)
        return np.float32(value) if isinstance(value, float) else value

    flat = [leaf for arg in sample.args for leaf in (arg if isinstance(arg, tuple | list) else [arg])]
    if not any(isinstance(leaf, np.ndarray) for leaf in flat):
        pytest.skip("no array")
    base_is_python = rule_of(sample).name == "power" and not isinstance(sample.args[0], np.ndarray)
    if sample.fun.__name__ in ("psi", "roots") or sample.fun.__name__.endswith("val") or base_is_python:
        pytest.skip("its derivative is computed in float64")
    lower = Sample(sample.fun, tuple(single(arg) for arg in sample.args), sample.kwargs, sample.wrt)
    rule = rule_of(lower)
    defaults = {name: weak(value) for name, value in rule.defaults.items()}
    values = {**defaults, **rule.bind([weak(arg) for arg in lower.args], lower.kwargs)}
    result = lower.fun(*lower.args, **lower.kwargs)
    results = result if rule.outputs > 1 else (result,)
    if any(leaf.dtype == np.float64 for leaf in leaves(list(results))):
        pytest.skip("gives float64")
    values |= dict(zip(rule.results, results, strict=True))
    bars = {f"{name}_bar": value for name, value in zip(rule.results, results, strict=True)}
    with np.errstate(all="ignore"):
        env = run(rule, "bar", values | bars)
    for i in lower.wrt:
        name, place = parameter(rule, i)
        if f"{name}_bar" in env and isinstance(lower.args[i], np.ndarray):
            x_bar = env[f"{name}_bar"]
            assert np.asarray(x_bar if place is None else x_bar[place]).dtype == np.float32
