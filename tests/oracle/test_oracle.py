"""The oracle: a few hundred random programs, those that once failed, and the oracle itself."""

from __future__ import annotations

import ast
import math
import types
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.oracle import compare, reference
from tests.oracle.compare import MODES, judge
from tests.oracle.grammar import program
from tests.oracle.shrink import candidates, shrunk
from tests.oracle.source import drawn, seeded

KNOWN: frozenset[int] = frozenset()
"""Programs that are known to fail until what they found is mended."""
REGRESSIONS = sorted((Path(__file__).parent / "regressions").glob("*.py"))
COUNT = 200


@pytest.fixture
def cache_dir(tmp_path):
    warnings.simplefilter("ignore")
    return str(tmp_path / "cache")


@pytest.mark.parametrize("start", range(0, COUNT, 50))
def test_programs_do_what_they_did_and_have_the_gradients_of_the_reference(start, cache_dir):
    failed = {}
    for index in range(start, start + 50):
        verdict = judge(program(seeded(0, index)), cache_dir)
        if verdict.failed:
            failed[index] = verdict
    assert not failed.keys() - KNOWN, failed


@st.composite
def programs(draw):
    return program(drawn(draw))


@settings(
    max_examples=25, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(text=programs())
def test_programs_of_hypothesis_are_right(text, cache_dir):
    verdict = judge(text, cache_dir)
    assert not verdict.failed, f"{verdict}\n{text}"


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in REGRESSIONS])
def test_programs_that_failed_once_are_right(path, cache_dir):
    verdict = judge(path.read_text(encoding="utf-8"), cache_dir, modes=MODES)
    assert not verdict.failed, verdict


# ---- the oracle itself --------------------------------------------------------------------------


def reference_run(f_text, *args, **options):
    module = types.ModuleType("m")
    exec(compile(f_text, "m", "exec"), module.__dict__)
    argnums = tuple(n for n, arg in enumerate(args) if not isinstance(arg, int))
    return reference.run(reference.Interpreter(ast.parse(f_text), module), "f", args, argnums, **options)


@pytest.mark.parametrize(
    ("body", "args", "want"),
    [
        ("return math.sin(x) * x", (0.5,), [math.cos(0.5) * 0.5 + math.sin(0.5)]),
        ("return np.abs(x)", (0.0,), [0.0]),
        ("return x ** 0", (0.0,), [0.0]),
        ("return max(x, 0.0)", (0.0,), [1.0]),
        ("return np.maximum(x, 0.0)", (0.0,), [0.5]),
        ("return np.clip(x, 0.0, 1.0)", (0.0,), [1.0]),
        ("return np.max(x)", (np.array([1.0, 2.0, 2.0]),), [[0.0, 0.5, 0.5]]),
        ("return np.prod(x)", (np.array([0.0, 2.0, 3.0]),), [[6.0, 0.0, 0.0]]),
        ("v = x[1:]\n    v *= 2.0\n    x[0] = v[0]\n    return x.sum()", (np.ones(3),), [[0.0, 4.0, 2.0]]),
        ("return x.T.reshape(-1)[1] * 3.0", (np.array([[1.0, 2.0], [3.0, 4.0]]),), [[[0.0, 0.0], [3.0, 0.0]]]),
        ("s = 1.0\n    for e in x:\n        if e > 2.5: break\n        s *= e\n    return s",
         (np.array([2.0, 1.5, 3.0, 9.0]),), [[1.5, 2.0, 0.0, 0.0]]),
        ("xs = []\n    for i in range(3):\n        xs.append(x * i)\n    return sum(xs)", (0.5,), [3.0]),
        ("try:\n        s = x * 3.0\n        raise ValueError\n    except ValueError:\n        s += x\n    return s",
         (0.5,), [4.0]),
        ("return (x @ x.T)[0, 1]", (np.array([[1.0, 2.0], [3.0, 4.0]]),), [[[3.0, 4.0], [1.0, 2.0]]]),
    ],
)  # fmt: skip
def test_reference_knows_these_derivatives(body, args, want):
    run = reference_run(f"import math\nimport numpy as np\ndef f(x):\n    {body}\n", *args)
    assert run.error is None
    for have, wanted in zip(run.gradients, want):
        np.testing.assert_allclose(np.asarray(have, float), wanted, rtol=1e-14)


@pytest.mark.parametrize("precise", [False, True])
@pytest.mark.parametrize(
    ("body", "x", "want"),
    [
        ("return math.sin(x) * x", 0.5, 2 * math.cos(0.5) - 0.5 * math.sin(0.5)),
        ("return np.exp(x) / x", 2.0, math.exp(2.0) / 4.0),
        ("return (1 + x) ** x", 0.0, 2.0),
        ("return x ** 3", 0.0, 0.0),
        ("return abs(x) * x", -0.5, -2.0),
        ("return np.abs(x)", 0.0, 0.0),
        ("return np.maximum(x * x, 0.0)", 0.0, 1.0),
        ("return np.clip(x, 0.0, 1.0) ** 2", 1.0, 2.0),
        ("return np.where(x > 1.0, 0.0, np.log1p(x)) ** 2", 0.0, 2.0),
        ("return np.hypot(x, 2.0)", 0.0, 0.5),
        ("return np.cbrt(x) + x % 0.75", 1.0, -2.0 / 9.0),
        ("return np.arctan2(x, 1.0) + np.arctan2(1.0, x)", 0.5, 0.0),
        ("v = np.array([x, x * x])\n    v *= v[::-1]\n    return np.prod(v)", 0.5, 30 * 0.5**4),
        ("return np.vdot(np.array([x, 1.0]), np.array([x * x, x]))", 0.5, 3.0),
        ("return np.std(np.array([x, 3 * x])) + np.linalg.norm(np.array([x, 1.0]))", 1.0, 2.0**-1.5),
    ],
)  # fmt: skip
def test_reference_knows_these_second_derivatives(body, x, want, precise):
    text = f"import math\nimport numpy as np\ndef f(x):\n    {body}\n"
    run = reference_run(text, x, precise=precise, along=np.array([2.0]))
    assert run.error is None
    np.testing.assert_allclose(np.asarray(run.bends, float), [2 * want], rtol=1e-14, atol=1e-14)


def test_reference_views_of_values_are_views_of_tangents():
    run = reference_run(
        "def f(x):\n    y = x.reshape(-1)\n    y[3] = x[0, 0] * 2.0\n    return x[1, 1]\n", np.ones((2, 2))
    )
    np.testing.assert_array_equal(run.gradients[0], [[2.0, 0.0], [0.0, 0.0]])


def test_reference_shares_no_code_with_the_package():
    folder = Path(reference.__file__).parent
    for name in ("reference", "expressions", "frames", "values", "elementwise", "arrays"):
        tree = ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not any((each or "").startswith("s2s_ad") for each in names)


PROGRAM = """import numpy as np
def f(x, y):
    z = x * y
    s = np.sin(z) + x
    for i in range(3):
        x = x + y
    return s * 2.0
ARGS = (0.5, 1.5)
"""


def test_oracle_catches_a_wrong_derivative(cache_dir, monkeypatch):
    assert judge(PROGRAM, cache_dir).status == "right"
    monkeypatch.setitem(reference.RULES, np.sin, reference.RULES[np.cos])
    assert judge(PROGRAM, cache_dir).status == "gradient"


def test_oracle_catches_a_wrong_second_derivative(cache_dir, monkeypatch):
    assert judge(PROGRAM, cache_dir, modes=["second"]).status == "right"
    by_vector = compare.hvp
    monkeypatch.setattr(compare, "hvp", lambda *args, **options: [(1 + 1e-9) * x for x in by_vector(*args, **options)])
    assert judge(PROGRAM, cache_dir, modes=["second"]).status == "curvature"
    monkeypatch.undo()
    monkeypatch.setattr(compare, "along_rows", lambda blocks, tangents: np.zeros(2))
    assert judge(PROGRAM, cache_dir, modes=["second"]).status == "curvature"


def test_second_derivatives_of_programs_are_those_of_the_reference(cache_dir):
    failed = {}
    for index in range(40):
        verdict = judge(program(seeded(6, index)), cache_dir, modes=["second"])
        if verdict.failed:
            failed[index] = verdict
    assert not failed, failed


def test_a_failing_program_is_made_small(cache_dir, monkeypatch):
    monkeypatch.setitem(reference.RULES, np.sin, reference.RULES[np.cos])
    verdict = judge(PROGRAM, cache_dir)
    small = shrunk(PROGRAM, verdict)
    assert judge(small, cache_dir).status == "gradient"
    assert len(small) < len(PROGRAM) - 40


def test_a_program_is_made_of_seed_and_index_alone():
    assert program(seeded(3, 7)) == program(seeded(3, 7)) != program(seeded(3, 8))
    assert all(ast.parse(text) for text in candidates(ast.parse(program(seeded(3, 7)))))
