"""What a reader is shown: the SSA form, the tables of the textbook, and the tangents in them."""

import numpy as np
import pytest

from s2s_ad import grad
from s2s_ad.display import trace as trace_module
from s2s_ad.display.interpret import Interpreter
from s2s_ad.display.listing import ssa
from s2s_ad.display.notation import name_text
from s2s_ad.display.trace import Trace, table
from s2s_ad.errors import DifferentiationError, NoRuleError
from s2s_ad.frontend.context import Frame, Lowerer
from s2s_ad.ir.core import Eqn, Var
from s2s_ad.ir.kinds import kind_of
from s2s_ad.ir.ops import op
from s2s_ad.pipeline import lower
from s2s_ad.transform.tangent import comes_before, tangent

RNG = np.random.default_rng(7)


def lines(fun, *args):
    return ssa(lower(fun, tuple(map(kind_of, args))).function).splitlines()


def textbook(x1, x2):
    return np.log(x1) + x1 * x2 - np.sin(x2)


# ---- listing ----------------------------------------------------------------------------------


def test_ssa_of_the_textbook():
    assert grad(textbook, argnums=(0, 1)).ssa.splitlines() == [
        "v₋₁ = x1",
        "v₀ = x2",
        "v₁ = ln v₋₁",
        "v₂ = v₋₁ × v₀",
        "v₃ = sin v₀",
        "v₄ = v₁ + v₂",
        "v₅ = v₄ − v₃",
        "y = v₅",
    ]


def branches(x, n):
    s = 0.0
    for i in range(n):  # noqa: B007 (the name is shown)
        if s < 1.0:
            s = s + np.sin(x)
        else:
            s = s * x
    return s


def test_ssa_of_loops_and_branches():
    assert lines(branches, 0.5, 4) == [
        "v₋₁ = x",
        "v₀ = n",
        "s = 0.0",
        "for i in range(v₀):",
        "    v₁ = s < 1.0",
        "    if v₁:",
        "        v₂ = sin v₋₁",
        "        v₃ = s + v₂",
        "        s = v₃",
        "    else:",
        "        v₄ = s × v₋₁",
        "        s = v₄",
        "y = s",
    ]


def halve(x):
    k = 0
    while x > 1.0:
        x = x / 2.0
        k += 1
    return x * k


def test_ssa_of_while():
    assert lines(halve, 7.0)[:5] == ["v₀ = x", "x = v₀", "k = 0", "while x > 1.0:", "    v₁ = x ÷ 2.0"]


def fibonacci(n):
    a, b = 0.0, 1.0
    for _ in range(n):
        a, b = b, a + b
    return a


def test_ssa_hands_on_together_what_is_read_later():
    listing = lines(fibonacci, 5)
    assert "    a, b = b, v₁" in listing


def in_place(x):
    y = np.zeros(3)
    for i in range(3):
        y[i] = x[i] * 2.0
        y[i] += x[0]
    y[1:] *= -2.0
    return y.sum()


def test_ssa_of_writes_in_place():
    listing = lines(in_place, np.ones(3))
    assert listing[4:7] == ["    v₃ = v₂ × 2.0", "    v₁[i] = v₃", "    v₄ = v₀[0]"]
    assert listing[7:] == ["    v₁[i] += v₄", "v₁[1:] *= −2.0", "v₅ = sum(v₁)", "y = v₅"]


def layer(p, x):
    return np.tanh(x @ p["W1"] + p["b"][0]), x * -2.0


def test_ssa_of_containers_and_several_results():
    p = {"W1": np.ones((3, 2)), "b": (np.ones(2),)}
    assert lines(layer, p, np.ones((4, 3))) == [
        "p_W1 = p['W1']",
        "p_b_0 = p['b'][0]",
        "v₀ = x",
        "v₁ = v₀ @ p_W1",
        "v₂ = v₁ + p_b_0",
        "v₃ = tanh v₂",
        "v₄ = v₀ × (−2.0)",
        "y = (v₃, v₄)",
    ]


@pytest.mark.parametrize(
    ("hint", "text"),
    [("v12", "v₁₂"), ("v_m1_bar", "v̄₋₁"), ("v1_dot", "v̇₁"), ("s_bar", "s̄"), ("y_bar", "ȳ"), ("value", "value")],
)
def test_names(hint, text):
    assert name_text(hint) == text


# ---- trace --------------------------------------------------------------------------------------

TEXTBOOK_TABLES = """\
Forward mode: values and tangents

v₋₁  = x1        = 2       v̇₋₁  = ẋ1                   = 1
v₀   = x2        = 5       v̇₀   = ẋ2                   = 0
v₁   = ln v₋₁    = 0.693   v̇₁   = v̇₋₁ ÷ v₋₁            = 0.5
v₂   = v₋₁ × v₀  = 10      v̇₂   = v̇₋₁ × v₀ + v₋₁ × v̇₀  = 5
v₃   = sin v₀    = −0.959  v̇₃   = v̇₀ × cos v₀          = 0
v₄   = v₁ + v₂   = 10.693  v̇₄   = v̇₁ + v̇₂              = 5.5
v₅   = v₄ − v₃   = 11.652  v̇₅   = v̇₄ − v̇₃              = 5.5
y    = v₅        = 11.652  ẏ    = v̇₅                   = 5.5

Reverse mode: adjoints

v̄₅   = ȳ               = 1
v̄₄   = v̄₅              = 1
v̄₃   = −v̄₅             = −1
v̄₁   = v̄₄              = 1
v̄₂   = v̄₄              = 1
v̄₀   = v̄₃ × cos v₀     = −0.284
v̄₋₁  = v̄₂ × v₀         = 5
v̄₀   = v̄₀ + v₋₁ × v̄₂   = 1.716
v̄₋₁  = v̄₋₁ + v̄₁ ÷ v₋₁  = 5.5
x̄1   = v̄₋₁             = 5.5
x̄2   = v̄₀              = 1.716"""


def test_tables_of_the_textbook():
    trace = grad(textbook, argnums=(0, 1)).trace(2.0, 5.0)
    assert str(trace) == TEXTBOOK_TABLES
    assert trace.value == textbook(2.0, 5.0)
    assert trace.gradient == pytest.approx((5.5, 2 - np.cos(5.0)))


def test_rows_are_for_programs():
    trace = Trace(textbook, (0, 1), (2.0, 5.0))
    row = trace.forward[3]
    assert (row.name, row.formula, row.value) == ("v₂", "v₋₁ × v₀", 10.0)
    assert (row.tangent_name, row.tangent) == ("v̇₂", 5.0)
    assert (trace.reverse[7].name, trace.reverse[7].value) == ("v̄₀", pytest.approx(2 - np.cos(5.0)))


def test_tangents_are_chosen():
    trace = grad(textbook, argnums=(0, 1)).trace(2.0, 5.0, tangents=(0.0, 1.0))
    assert trace.forward[-1].tangent == pytest.approx(2 - np.cos(5.0))


def test_terms_of_what_does_not_vary_are_left_out():
    trace = grad(textbook).trace(2.0, 5.0)
    formulas = {row.name: row.tangent_formula for row in trace.forward}
    assert (formulas["v₂"], formulas["v₃"], formulas["v₅"]) == ("v̇₋₁ × v₀", "", "v̇₄")


def test_rows_of_a_loop_come_once_an_iteration():
    trace = grad(branches).trace(0.5, 4)
    assert [row.value for row in trace.forward if row.name == "i"] == [0, 1, 2, 3]
    assert [row.value for row in trace.reverse if row.name == "i"] == [3, 2, 1, 0]
    assert sum(row.formula == "s × v₋₁" for row in trace.forward) == 1
    assert trace.gradient[0] == grad(branches)(0.5, 4)
    assert trace.forward[-1].tangent == pytest.approx(trace.gradient[0])


def test_tangent_that_no_rule_gives_is_a_dash(monkeypatch):
    def without_sin(lo, eqn, dots):
        if eqn.op.path == "numpy.sin":
            raise NoRuleError("no tangent")
        return tangent(lo, eqn, dots)

    monkeypatch.setattr(trace_module, "tangent", without_sin)
    trace = Trace(textbook, (0, 1), (2.0, 5.0))
    assert [row.name for row in trace.forward if row.tangent is None] == ["v₃", "v₅", "y"]
    (line,) = [line for line in str(trace).splitlines() if line.startswith("v₃")]
    assert line.split() == "v₃ = sin v₀ = −0.959 v̇₃ = —".split()  # noqa: SIM905


def test_tangents_must_fit():
    with pytest.raises(DifferentiationError, match="1 tangents are given for 2 arguments"):
        Trace(textbook, (0, 1), (2.0, 5.0), (1.0,))
    with pytest.raises(DifferentiationError, match="the tangent of"):
        Trace(in_place, (0,), (np.ones(3),), (np.ones(4),))


def test_marks_take_no_place_in_tables():
    first, second = table([("v̄₁", "= 1"), ("v₁", "= 2")]).splitlines()
    assert first.index("=") == second.index("=") + 1


# ---- tangents against adjoints and differences ------------------------------------------------

SCALE = np.array([1.0, 2.0, 3.0])


def columns(x, c):
    """Slices, broadcasting with what does not vary, and reductions."""
    a = x[1:] * c[:2] - c[1:] / x[:-1]
    b = x * np.ones((2, 3)) + SCALE
    return np.sum(a**2) + np.mean(b @ np.exp(-x)) + np.max(x)


def stacked(x):
    y = np.concatenate([x, np.ones(2), 2.0 * x])
    parts = np.split(y, 2)
    return np.sum(parts[0] * parts[1] ** 2) + np.linalg.norm(y)


def chosen(x):
    y = np.where(x > 0.5, x**2, 3.0)
    y = np.clip(y, 0.1, x)
    return np.sum(np.maximum(y, 0.3) * x)


def solved(x):
    a = np.outer(x, x) + np.eye(3) * 4.0
    return np.sum(np.linalg.solve(a, SCALE)) + np.linalg.slogdet(a)[1] + np.sum(np.linalg.solve(np.eye(3), x))


def overwritten(x):
    y = np.ones((3, 2))
    y[:, 0] = x
    y[0] *= x[1]
    y[1:] /= x[:2].reshape(2, 1)
    y[2] -= 3.0
    y[1] **= 2
    for i in range(1, 3):
        y[i] = y[i - 1] * y[i]
    return np.sum(y)


def structured(p):
    return np.sum(np.tanh(p["a"] * p["b"][0])) * p["b"][1]


def layers(ps):
    total = 0.0
    for p in ps:
        total = total + np.sum(p["w"] ** 2) * p["s"]
    return total


POINT = np.array([0.4, 0.7, 1.3])
PROGRAMS = [
    (columns, (POINT, SCALE)),
    (stacked, (POINT,)),
    (chosen, (POINT,)),
    (solved, (POINT,)),
    (overwritten, (POINT,)),
    (in_place, (POINT,)),
    (halve, (7.3,)),
    (structured, ({"a": POINT, "b": (np.ones(3), 2.0)},)),
    (layers, ([{"w": POINT, "s": 0.5}, {"w": POINT**2, "s": 1.5}],)),
]


def moved(value, direction, step):
    if isinstance(value, dict):
        return {key: moved(value[key], direction[key], step) for key in value}
    if isinstance(value, tuple | list):
        return type(value)(moved(v, d, step) for v, d in zip(value, direction, strict=True))
    return value + step * direction


def random_like(value):
    if isinstance(value, dict):
        return {key: random_like(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(map(random_like, value))
    return RNG.standard_normal(np.shape(value))[()]


@pytest.mark.parametrize(("fun", "args"), PROGRAMS, ids=lambda value: getattr(value, "__name__", ""))
def test_tangents_are_the_limit_of_differences(fun, args):
    direction = random_like(args[0])
    trace = Trace(fun, (0,), args, (direction,))
    difference = (
        fun(moved(args[0], direction, 1e-6), *args[1:]) - fun(moved(args[0], direction, -1e-6), *args[1:])
    ) / 2e-6
    assert trace.forward[-1].tangent == pytest.approx(difference, rel=1e-7)
    assert trace.value == fun(*args)
    assert all(np.shape(row.tangent) == np.shape(row.value) for row in trace.forward if row.tangent_formula)
    assert str(trace)


@pytest.mark.parametrize(("fun", "args"), PROGRAMS, ids=lambda value: getattr(value, "__name__", ""))
def test_gradient_of_the_trace_is_that_of_grad(fun, args):
    np.testing.assert_equal(Trace(fun, (0,), args).gradient[0], grad(fun)(*args))


def tangent_texts(fun, *args):
    """Return the paths of the tangent statements of each equation when only the first argument varies."""
    lowered = lower(fun, tuple(map(kind_of, args)))
    lo = Lowerer(lowered.names, Frame(lowered.source, {}), quiet=True)
    dots = {lowered.function.params[0].value: Var("x_dot", kind_of(args[0]))}
    found = []
    for eqn in lowered.function.body.stmts:
        with lo.block() as stmts:
            dots |= {out: dot for out, dot in zip(eqn.outs, tangent(lo, eqn, dots), strict=True) if dot is not None}
        found.append([stmt.op.path.rpartition(".")[2] for stmt in stmts])
    return found


def test_zeros_cost_nothing():
    def product(x, y):
        z = x[1:] * y[1:]
        return z / y[:-1]

    assert tangent_texts(product, POINT, SCALE) == [["getitem"], [], ["mul"], [], ["truediv"]]


def test_tangent_is_broadcast_to_its_value():
    def shifted(x, y):
        return x + y

    assert tangent_texts(shifted, 1.0, SCALE) == [["zeros_like", "add"]]
    assert tangent_texts(shifted, np.float32(1.0), 2.0) == [["identity"]]


def test_passive_functions_have_no_tangent():
    def floored(x):
        return np.floor(x)

    assert tangent_texts(floored, POINT) == [[]]


def test_tangents_of_writes_come_before():
    eqns = [stmt for stmt in lower(overwritten, (kind_of(POINT),)).function.body.stmts if isinstance(stmt, Eqn)]
    assert {eqn.op.path for eqn in eqns if comes_before(eqn)} == {"ir.update"}


def test_missing_rule_is_named():
    lowered = lower(lambda x: np.sinc(x), (kind_of(1.0),))
    eqn = lowered.function.body.stmts[0]
    unknown = Eqn(eqn.outs, op("numpy.power.reduce"), eqn.args)
    lo = Lowerer(lowered.names, Frame(lowered.source, {}), quiet=True)
    x = eqn.args[0]
    with pytest.raises(NoRuleError, match=r"no derivative rule for numpy\.power\.reduce"):
        tangent(lo, unknown, {x: Var("x_dot", x.kind)})


# ---- interpreter --------------------------------------------------------------------------------


def swaps(x, y, n):
    a, b = x, y
    for _ in range(n):
        a, b = b, a
    return a - b * b


@pytest.mark.parametrize(
    ("fun", "args"),
    [(branches, (0.5, 4)), (halve, (7.0,)), (fibonacci, (7,)), (in_place, (POINT,)), (swaps, (1.0, 2.0, 3))],
)
def test_interpreter_gives_what_python_gives(fun, args):
    function = lower(fun, tuple(map(kind_of, args))).function
    run = Interpreter({param.value: arg for param, arg in zip(function.params, args, strict=True)})
    run.statements(function.body.stmts)
    assert run.value(function.result) == fun(*args)
