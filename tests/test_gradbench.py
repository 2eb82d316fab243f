"""The tool for GradBench speaks its protocol, and its results are those of GradBench's hand-written C++ tool."""

import importlib
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

TOOL = pathlib.Path(__file__).parent.parent / "examples" / "gradbench"
GOLDEN = [(path.stem, case) for path in sorted(TOOL.glob("data/*.json")) for case in json.loads(path.read_text())]
MODES = ["ff", "fr", "rf", "rr"]


def converse(*messages):
    """Return the answers to messages, which are numbered, in a session of their own."""
    lines = [json.dumps({"id": n, **message}) for n, message in enumerate(messages)]
    environment = os.environ | {"PYTHONPATH": str(TOOL.parent.parent)}
    command = [sys.executable, str(TOOL / "run.py")]
    result = subprocess.run(command, input="\n".join(lines), env=environment, capture_output=True, encoding="utf-8")
    assert result.returncode == 0, result.stderr
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == list(range(len(messages)))
    return answers


def asked(module, function, given):
    return {"kind": "evaluate", "module": module, "function": function, "input": given}


def functions(module, monkeypatch):
    monkeypatch.syspath_prepend(TOOL)
    return importlib.import_module(module).functions()


def assert_alike(found, golden, tolerance=1e-10):
    """Structures and integers are the same, and floats up to a tolerance, relative to themselves or the greatest."""
    assert shape(found) == shape(golden)
    expected = np.array(leaves(golden))
    np.testing.assert_allclose(leaves(found), expected, rtol=tolerance, atol=tolerance * np.max(np.abs(expected)))


def shape(value):
    if isinstance(value, dict):
        return {name: shape(part) for name, part in value.items()}
    return [shape(part) for part in value] if isinstance(value, list) else type(value)


def leaves(value):
    if isinstance(value, dict):
        value = [value[name] for name in sorted(value)]
    return [leaf for part in value for leaf in leaves(part)] if isinstance(value, list) else [value]


@pytest.mark.parametrize("module", sorted({module for module, _ in GOLDEN}))
def test_all_functions_give_the_golden_outputs(module):
    """Those of the gradient of `ode` are of the exact solution, from which that of five steps is a percent away."""
    cases = [
        (function, case["input"], output)
        for name, case in GOLDEN
        if name == module
        for function, output in case["outputs"].items()
    ]
    define, *answers = converse({"kind": "define", "module": module}, *(asked(module, *case[:2]) for case in cases))
    assert define == {"id": 0, "success": True}
    for answer, (function, _, golden) in zip(answers, cases, strict=True):
        assert answer["success"], answer["error"]
        assert_alike(answer["output"], golden, 1e-2 if (module, function) == ("ode", "gradient") else 1e-10)


def test_golden_data_are_of_all_evals_that_have_some():
    evals = {module for module, _ in GOLDEN}
    assert evals == {"ba", "det", "gmm", "hello", "ht", "kmeans", "llsq", "lse", "lstm", "ode"}


@pytest.mark.parametrize("steps", [1, 7])
def test_gradient_of_ode_is_exact_where_the_method_is(steps, monkeypatch):
    """The last of four is 2/1 x₀ 2/2 x₁ 2/3 x₂ 2/4 x₃."""
    x = np.array([0.7, 0.3, 0.9, 0.5])
    np.testing.assert_allclose(functions("ode", monkeypatch)["gradient"](x, steps), np.prod(x) * 2 / 3 / x, rtol=1e-12)


@pytest.mark.parametrize("mode", MODES)
def test_the_particle_is_led_to_the_origin(mode, monkeypatch):
    found = functions("particle", monkeypatch)[mode](0.0)
    np.testing.assert_allclose(found, 0.2071918746486116, rtol=1e-12)


@pytest.mark.parametrize("mode", MODES)
def test_the_saddle_is_found(mode, monkeypatch):
    found = functions("saddle", monkeypatch)[mode]((1.0, 1.0))
    np.testing.assert_allclose(found, [8.246324826140356e-06] * 4, rtol=1e-12)


@pytest.mark.filterwarnings("ignore:invalid value")  # of what is not chosen
def test_a_camera_that_is_not_turned_has_the_jacobian_of_differences(monkeypatch):
    """`ba` at a vector of no length, about which it turns."""
    jacobian = functions("ba", monkeypatch)["jacobian"]
    ba = importlib.import_module("ba")
    ((_, case),) = [each for each in GOLDEN if each[0] == "ba"]
    cameras, *others = ba.arguments(
        {**case["input"], "n": 1, "m": 1, "p": 1, "cam": [0.0] * 3 + case["input"]["cam"][3:]}
    )
    values = jacobian(cameras, *others)["vals"][:30].reshape(2, 15)
    for n in range(3):
        step = 1e-6 * np.eye(11)[n][:, np.newaxis]
        above, below = (ba.objective(moved, *others)[0] for moved in (cameras + step, cameras - step))
        np.testing.assert_allclose(values[:, n], (above - below)[:, 0] / 2e-6, rtol=1e-6)


def test_errors_of_vertices_have_the_jacobian_of_differences(monkeypatch):
    """`ht` without triangles, in its simple variant, and mirrored."""
    jacobian = functions("ht", monkeypatch)["jacobian"]
    ((_, case),) = [each for each in GOLDEN if each[0] == "ht"]
    data = case["input"]["data"]
    given = {**case["input"], "us": [], "data": {**data, "model": {**data["model"], "is_mirrored": True}}}
    ht = importlib.import_module("ht")
    theta, *others = ht.arguments(given)
    steps = 1e-6 * np.eye(len(theta))
    columns = [(ht.errors(theta + step, *others) - ht.errors(theta - step, *others)) / 2e-6 for step in steps]
    np.testing.assert_allclose(jacobian(theta, *others), np.stack(columns, axis=1), atol=1e-8)


def test_a_session_is_answered_message_by_message():
    start, define, evaluate, analysis = converse(
        {"kind": "start", "eval": "hello"},
        {"kind": "define", "module": "hello"},
        asked("hello", "double", 3.0),
        {"kind": "analysis", "of": 2, "valid": True},
    )
    assert start == {"id": 0, "tool": "s2s_ad", "config": {"jit": None}}
    assert define == {"id": 1, "success": True}
    assert evaluate.keys() == {"id", "success", "output", "timings"}
    assert (evaluate["success"], evaluate["output"]) == (True, 6.0)
    (timing,) = evaluate["timings"]
    assert timing["name"] == "evaluate" and 0 < timing["nanoseconds"] < 1e7
    assert analysis == {"id": 3}


def test_runs_are_as_many_and_as_long_as_wanted():
    many, long = converse(
        asked("lse", "gradient", {"x": [1.0, 2.0], "min_runs": 5, "min_seconds": 0}),
        asked("lse", "gradient", {"x": [1.0, 2.0], "min_runs": 1, "min_seconds": 0.02}),
    )
    assert len(many["timings"]) == 5
    assert sum(timing["nanoseconds"] for timing in long["timings"]) >= 0.02e9
    assert sum(timing["nanoseconds"] for timing in long["timings"][:-1]) < 0.02e9


def test_what_is_unknown_or_wrong_is_told_and_the_session_goes_on():
    define, module, function, given, ok = converse(
        {"kind": "define", "module": "os"},
        asked("os", "getcwd", {}),
        asked("lse", "hessian", {"x": [1.0]}),
        asked("lse", "primal", {}),
        asked("lse", "primal", {"x": [0.0, 0.0]}),
    )
    for answer in (define, module):
        assert not answer["success"] and answer["error"].startswith("LookupError: there is no module 'os', but ba, det")
    assert function["error"] == "LookupError: module 'lse' has no function 'hessian', but primal, gradient"
    assert not given["success"] and given["error"] == "KeyError: 'x'"
    assert ok["success"] and ok["output"] == pytest.approx(np.log(2.0))
