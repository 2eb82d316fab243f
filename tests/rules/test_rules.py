"""Every rule against differences, and its two modes against each other.

The equations are executed here as plain Python over concrete values, without the engine.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import math
import operator
import textwrap
import warnings
from collections.abc import Iterator
from types import FunctionType
from typing import Any

import gast
import numpy as np
import pytest

from s2s_ad.frontend import lower  # registers what is lowered
from s2s_ad.frontend.calls import BUILTINS
from s2s_ad.ir.ops import op
from s2s_ad.rules.helpers import unbroadcast
from s2s_ad.rules.language import STATIC, Rule, equations, lookup, passive, rules
from s2s_ad.rules.names import identity, path_of
from s2s_ad.rules.passive import ONE_DERIVATIVE, PASSIVE
from tests.rules.samples import GIVE_COMPLEX, OF_COMPLEX, SAMPLES, Sample, is_float, of_complex

assert lower
STEP = 1e-5


def rule_of(sample: Sample) -> Rule:
    path = path_of(sample.fun)
    assert path is not None
    rule = lookup(path)
    assert rule is not None, f"no rule for {path}"
    return rule


REAL = [*SAMPLES, *GIVE_COMPLEX]
ALL = [*REAL, *OF_COMPLEX, *(made for sample in REAL if rule_of(sample).complex for made in of_complex(sample))]


def run(rule: Rule, mode: str, values: dict[str, Any]) -> dict[str, Any]:
    """Execute the equations of one mode and return all names."""
    tree = gast.gast_to_ast(gast.Module(list(getattr(equations(rule), mode)), []))
    env = {**rule.fun.__globals__, **inspect.getclosurevars(rule.fun).nonlocals, **values}
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

    __neg__ = __abs__ = lambda self: self
    mT = property(__neg__)
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


def structured(x_bar: Any, value: Any) -> Any:
    """Return an adjoint as a (nested) list if its value is a tuple or list."""
    if not isinstance(value, tuple | list):
        return x_bar
    return [structured(part, item) for part, item in zip(x_bar, value, strict=True)]


def random_like(value: Any, rng: np.random.Generator) -> Any:
    if isinstance(value, tuple | list):
        return [random_like(item, rng) for item in value]
    if not is_float(np.asarray(value)):
        return np.zeros(np.shape(value))
    made = rng.standard_normal(np.shape(value))
    return (made + 1j * rng.standard_normal(np.shape(value)) if np.iscomplexobj(value) else made)[()]


def moved(value: Any, direction: Any, step: float) -> Any:
    if isinstance(value, tuple | list):
        changed = [moved(v, d, step) for v, d in zip(value, direction, strict=True)]
        return tuple(changed) if type(value) is tuple else changed
    return value + step * direction if is_float(np.asarray(value)) else value


def zeros(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [zeros(item) for item in value]
    return None if value is None else Zero()


def has_floats(value: Any) -> bool:
    return value is not None and any(leaf.dtype.kind in "fc" for leaf in leaves(value))


def whole(tangent: Any, value: Any) -> Any:
    """Return the tangent of a result that is a tuple with zeros for what a rule leaves out at its end."""
    if not isinstance(value, tuple | list) or not isinstance(tangent, tuple | list):
        return tangent
    return [*tangent, *(np.zeros(np.shape(item)) for item in list(value)[len(tangent) :])]


def gathered(sample: Sample, rule: Rule) -> Sample:
    """Return the sample with those arguments as one tuple that a function takes any number of."""
    if not rule.variadic:
        return sample
    first = rule.arguments.index(rule.variadic)

    def fun(*given: Any, **named: Any) -> Any:
        return sample.fun(*given[:first], *given[first], **named)

    args, wrt = (*sample.args[:first], sample.args[first:]), tuple({min(i, first) for i in sample.wrt})
    return Sample(fun, args, sample.kwargs, wrt, sample.primal, sample.also)


def bound(sample: Sample, rule: Rule) -> dict[str, Any]:
    """Return the values of the rule's params."""
    given = dict(zip(rule.arguments, map(as_arrays, sample.args), strict=False))
    named = {name: as_arrays(arg) if name in sample.also else arg for name, arg in sample.kwargs.items()}
    defaults = {name: as_arrays(value) for name, value in rule.defaults.items()}
    values = {**defaults, **(given | named if rule.variadic else rule.bind([*given.values()], named))}
    made = zip(rule.results, results_of(rule, sample.fun(*sample.args, **sample.kwargs)), strict=False)
    return values | dict.fromkeys(rule.results) | {name: as_arrays(value) for name, value in made}


def results_of(rule: Rule, result: Any) -> tuple[Any, ...]:
    """Return the results that a call gives, which may be fewer than the rule knows."""
    return tuple(result) if rule.outputs > 1 and isinstance(result, tuple) else (result,)


@pytest.mark.parametrize("sample", ALL, ids=str)
def test_tangent_is_the_limit_of_differences_and_adjoint_its_transpose(sample: Sample) -> None:
    rule, rng = rule_of(sample), np.random.default_rng(3)
    sample = gathered(sample, rule)
    values = bound(sample, rule)
    names = rule.arguments
    active = [*(names[i] for i in sample.wrt), *sample.also]
    x_dots = {f"{name}_dot": None if value is None else 0.0 for name, value in rule.defaults.items()}
    x_dots |= {f"{name}_dot": zeros(values[name]) for name in names[: len(sample.args)]}
    x_dots |= {f"{name}_dot": zeros(values[name]) for name in sample.kwargs}
    x_dots |= {f"{name}_dot": random_like(values[name], rng) for name in active}

    env = run(rule, "dot", values | x_dots)
    results = [name for name in rule.results if has_floats(values[name]) and (rule.name, name) != ("lstsq", "residues")]
    z_dot = [whole(env[f"{name}_dot"], values[name]) for name in results]
    fun = sample.primal or sample.fun

    def along(step: float) -> Any:
        args = [
            moved(arg, x_dots[f"{names[i]}_dot"], step) if i in sample.wrt else arg for i, arg in enumerate(sample.args)
        ]
        changed = {name: moved(sample.kwargs[name], x_dots[f"{name}_dot"], step) for name in sample.also}
        made = dict(zip(rule.results, results_of(rule, fun(*args, **(sample.kwargs | changed))), strict=False))
        return [made[name] for name in results]

    steps = zip(*(leaves(along(i * STEP)) for i in (-2, -1, 1, 2)), strict=True)
    for tangent, (a, b, c, d), z in zip(leaves(z_dot), steps, leaves([values[n] for n in results]), strict=True):
        expected = (8 * (c - b) - (d - a)) / (12 * STEP)  # Richardson
        scale = np.max(np.abs(expected), initial=1.0)
        np.testing.assert_allclose(np.broadcast_to(tangent, z.shape), expected, rtol=2e-7, atol=2e-8 * scale)

    z_bar = [random_like(values[name], rng) for name in results]
    bars = {f"{name}_bar": np.zeros(np.shape(values[name])) for name in rule.results if name not in results}
    env = run(rule, "bar", values | bars | {f"{n}_bar": bar for n, bar in zip(results, z_bar, strict=True)})
    total = 0.0
    for name in active:
        if name in rule.passive:
            assert f"{name}_bar" not in env
            continue
        x_bar = env[f"{name}_bar"]
        several = isinstance(values[name], tuple | list)
        x_bars, xs = (list(x_bar), list(values[name])) if several else ([x_bar], [values[name]])
        x_bars = [np.zeros(np.shape(x)) if isinstance(b, int) else b for b, x in zip(x_bars, xs, strict=True)]
        if rule.elementwise:
            shape = leaves(z_bar)[0].shape
            x_bars = [
                b if np.shape(b) == np.shape(x) else unbroadcast(np.broadcast_to(b, shape), np.shape(x))
                for b, x in zip(x_bars, xs, strict=True)
            ]
        total += inner(x_dots[f"{name}_dot"], structured(x_bars, xs) if several else x_bars[0])
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
    sampled = {identity(sample.fun) for sample in ALL}
    missing = {f"{rule.name}: {fun}" for rule in rules() for fun in rule.of if identity(fun) not in sampled}
    assert missing <= {f"convert: {np.float32}", f"convert: {np.float16}", f"convert_to_complex: {np.complex64}"}


def test_every_argument_that_has_an_adjoint_is_sampled_and_has_a_tangent() -> None:
    sampled: set[tuple[Rule, str]] = set()
    for s in ALL:
        sampled |= {(rule_of(s), rule_of(s).arguments[i]) for i in gathered(s, rule_of(s)).wrt}
        sampled |= {(rule_of(s), name) for name in s.also}
    for rule in rules():
        in_bar = {n.id for s in equations(rule).bar for n in gast.walk(s) if isinstance(n, gast.Name)}
        in_dot = {n.id for s in equations(rule).dot for n in gast.walk(s) if isinstance(n, gast.Name)}
        for name in rule.arguments:
            if f"{name}_bar" in in_bar:
                assert (rule, name) in sampled
                assert f"{name}_dot" in in_dot


def functions_read(statements: Any, env: dict[str, Any], seen: set[Any]) -> Iterator[Any]:
    """Yield the functions that equations call, also in functions of the rule files, which dissolve."""
    for node in (node for statement in statements for node in gast.walk(statement) if isinstance(node, gast.Call)):
        owner, names = node.func, []
        while isinstance(owner, gast.Attribute):
            owner, names = owner.value, [owner.attr, *names]
        found = env.get(owner.id, getattr(builtins, owner.id, None)) if isinstance(owner, gast.Name) else None
        for name in names:
            found = getattr(found, name, None)
        module = found.__module__ if isinstance(found, FunctionType) else ""
        if not module.startswith("s2s_ad.rules") or module == "s2s_ad.rules.helpers":
            yield found
        elif found not in seen | STATIC:
            seen.add(found)
            inside = gast.parse(textwrap.dedent(inspect.getsource(found))).body
            yield from functions_read(inside, names_of(found), seen)


def names_of(fun: Any) -> dict[str, Any]:
    return {**fun.__globals__, **inspect.getclosurevars(fun).nonlocals}


def test_functions_in_equations_have_rules_themselves() -> None:
    """So that there are derivatives of derivatives, of any order."""
    found: set[str | None] = set()
    for rule in rules():
        both = [*equations(rule).dot, *equations(rule).bar]
        found |= {path_of(fun) for fun in functions_read(both, names_of(rule.fun), set()) if callable(fun)}
    assert len(found) > 300
    without = {path for path in found if path and not lookup(path) and not passive(path) and path not in BUILTINS}
    assert without == set(ONE_DERIVATIVE)


def test_every_function_has_a_path_that_leads_back() -> None:
    for rule in rules():
        for fun in rule.of:
            path = path_of(fun)
            assert path is not None
            assert lookup(path) in (rule, *[r for r in rules() if fun in r.of])


def test_positions_of_the_arguments_are_those_of_the_function() -> None:
    """What a rule leaves out, such as `overwrite_a`, has none, nor has what follows it."""
    for rule in rules():
        for fun in rule.of:
            path = path_of(fun) or ""
            if not path.startswith(("scipy.linalg.", "scipy.signal.", "scipy.integrate.", "scipy.fft.")):
                continue
            taken = [name for name in rule.arguments if name not in rule.keyword_only and name != rule.variadic]
            assert list(inspect.signature(fun).parameters)[: len(taken)] == taken, path


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
    with pytest.raises(LookupError, match="order"):
        rule.bind([np.ones(3)], {"order": "C"})
    with pytest.raises(LookupError, match="positional"):
        rule.bind([np.ones(3), 0, None, None], {})


# ---- where a function has a kink ------------------------------------------------------------------


def adjoints(fun: Any, *args: Any, z_bar: Any = 1.0, **kwargs: Any) -> dict[str, Any]:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sample = Sample(fun, args, kwargs)
        rule = rule_of(sample)
        sample = gathered(sample, rule)
        return run(rule, "bar", bound(sample, rule) | {f"{rule.results[0]}_bar": np.asarray(z_bar)[()]})


@pytest.mark.parametrize(
    ("fun", "args", "expected"),
    [
        (np.abs, (0.0,), {"x_bar": 0.0}),
        (np.linalg.norm, (np.zeros(3),), {"x_bar": np.zeros(3)}),
        (np.std, (np.ones(3),), {"a_bar": np.zeros(3)}),
        (np.hypot, (0.0, 0.0), {"x_bar": 0.0, "y_bar": 0.0}),
        (np.maximum, (2.0, 2.0), {"x_bar": 0.5, "y_bar": 0.5}),
        (np.minimum, (2.0, 2.0), {"x_bar": 0.5, "y_bar": 0.5}),
        (np.max, (np.array([1.0, 3.0, 3.0]),), {"a_bar": np.array([0.0, 0.5, 0.5])}),
        (np.min, (np.array([1.0, 1.0, 3.0]),), {"a_bar": np.array([0.5, 0.5, 0.0])}),
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
        (np.prod, (np.array([2.0, 0.0, 3.0]),), {"a_bar": np.array([0.0, 6.0, 0.0])}),
        (np.prod, (np.array([0.0, 0.0, 3.0]),), {"a_bar": np.zeros(3)}),
        (np.where, (True, 1.0, 2.0), {"x_bar": 1.0, "y_bar": 0.0}),
        (np.nanmax, (np.array([1.0, np.nan, 1.0]),), {"a_bar": np.array([0.5, 0.0, 0.5])}),
        (np.nansum, (np.array([1.0, np.nan]),), {"a_bar": np.array([1.0, 0.0])}),
        (np.nanprod, (np.array([2.0, np.nan, 0.0]),), {"a_bar": np.array([0.0, 0.0, 2.0])}),
        (np.nanmean, (np.array([np.nan, np.nan]),), {"a_bar": np.zeros(2)}),
        (np.nanvar, (np.array([np.nan, np.nan]),), {"a_bar": np.zeros(2)}),
        (np.nanmedian, (np.array([np.nan, np.nan]),), {"a_bar": np.zeros(2)}),
        (np.nanquantile, (np.array([np.nan, np.nan]), 0.3), {"a_bar": np.zeros(2)}),
        (np.ptp, (np.ones(4),), {"a_bar": np.zeros(4)}),
        (np.median, (np.zeros(0),), {"a_bar": np.zeros(0)}),
        (np.linalg.norm, (np.array([3.0, -3.0]), np.inf), {"x_bar": np.array([0.5, -0.5])}),
        (np.linalg.norm, (np.zeros(3), 3), {"x_bar": np.zeros(3)}),
        (np.linalg.norm, (np.zeros(3), 0.5), {"x_bar": np.zeros(3)}),
        (np.linalg.norm, (np.array([0.0, 2.0]), -1), {"x_bar": np.zeros(2)}),
        (np.linalg.norm, (np.array([0.0, 4.0]), 0.5), {"x_bar": np.array([0.0, 1.0])}),
        (np.linalg.norm, (np.zeros((2, 3)), "nuc"), {"x_bar": np.zeros((2, 3))}),
        (np.linalg.norm, (np.zeros((2, 3)), 2), {"x_bar": np.zeros((2, 3))}),
        (np.linalg.norm, (np.ones((2, 2)), 1), {"x_bar": np.full((2, 2), 0.5)}),
        (np.cumprod, (np.array([2.0, 0.0, 3.0]),), {"a_bar": np.array([1.0, 8.0, 0.0])}),
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


_DOUBLES = """
    psi polygamma itstruve0 itmodstruve0 ellipk ellipkm1 ellipe huber agm stdtr stdtrit betainc betaincc betaincinv
    betainccinv fdtr fdtrc fdtri gdtr gdtrc gdtrix pdtr pdtrc pdtri bdtr bdtrc bdtri jvp yvp ivp kvp expm
    lfilter lagged_products simpson
    roots polyval chebval legval hermval hermeval lagval
"""
DOUBLES = _DOUBLES.split()
"""Functions that have slopes made of others which are computed in float64 alone, beside Python numbers."""


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
    base_is_python = rule_of(sample).name in ("power", "append") and not all(
        isinstance(sample.args[i], np.ndarray) for i in (0, 1)
    )
    named = [*sample.args, *sample.kwargs.values()]
    if any(arg is np.float64 for arg in named) or base_is_python or sample.fun.__name__ in DOUBLES:
        pytest.skip("gives float64")
    given = {name: single(arg) for name, arg in sample.kwargs.items()}
    lower = Sample(sample.fun, tuple(single(arg) for arg in sample.args), given, sample.wrt)
    rule = rule_of(lower)
    lower = gathered(lower, rule)
    result = lower.fun(*lower.args, **lower.kwargs)
    dtypes = {leaf.dtype for leaf in leaves(result)}
    if np.dtype(np.float32) not in dtypes or np.dtype(np.float64) in dtypes:
        pytest.skip("gives float64")
    given = dict(zip(rule.arguments, map(weak, lower.args), strict=False))
    defaults = {name: weak(value) for name, value in rule.defaults.items()}
    values = {**defaults, **(given | lower.kwargs if rule.variadic else rule.bind([*given.values()], lower.kwargs))}
    made = dict(zip(rule.results, results_of(rule, result), strict=False))
    values |= dict.fromkeys(rule.results) | made
    bars = {f"{name}_bar": value for name, value in made.items()}
    with np.errstate(all="ignore"):
        env = run(rule, "bar", values | bars)
    for i in lower.wrt:
        name = rule.arguments[i]
        if f"{name}_bar" in env and isinstance(values[name], np.ndarray):
            assert np.asarray(env[f"{name}_bar"]).dtype == np.float32
