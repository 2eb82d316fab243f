"""The benchmarks compare what is right: contenders agree on every kernel, and the tables have what was measured."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from s2s_ad import grad
from tests.benchmarks import gradbench, gradbench_peers, memory, pipeline
from tests.benchmarks.kernels import KERNELS
from tests.differences import assert_close, numeric_gradient


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.name)
def test_gradient_is_the_one_by_hand(kernel):
    arguments = kernel.arguments(kernel.sizes["small"])
    assert_close(grad(kernel.primal, kernel.argnums)(*arguments), kernel.hand(*arguments), tolerance=1e-10)


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.name)
def test_gradient_by_hand_is_that_of_differences(kernel):
    arguments = kernel.arguments(kernel.sizes["small"])
    several = isinstance(kernel.argnums, tuple)
    positions = kernel.argnums if several else (kernel.argnums,)
    found = tuple(numeric_gradient(kernel.primal, arguments, position) for position in positions)
    assert_close(kernel.hand(*arguments), found if several else found[0], tolerance=1e-7)


def test_there_are_four_kernels_of_each_class():
    groups = [kernel.group for kernel in KERNELS]
    assert len(set(groups)) == 4 and all(groups.count(group) >= 4 for group in groups)


COUNTED = {"lse": ("gradient", {"x": np.arange(4.0)}), "det": ("gradient", {"A": np.arange(4.0), "ell": 2})}
"""What stands in for the inputs of GradBench's evals."""
IN_CPP = """#!{python}
import json, sys
with open(sys.argv[1]) as file:
    given = json.load(file)
assert sys.argv[2] == "gradient" and given["min_runs"] == 3
print("[0.0]")
for nanoseconds in (2_000_000, 4_000_000, 9_000_000):
    print(json.dumps({{"name": "evaluate", "nanoseconds": nanoseconds}}))
"""
PEER = """
import json, sys
import {imported}
for line in sys.stdin:
    message = json.loads(line)
    answer = {{"id": message["id"], "success": message["module"] == "lse", "error": "there is\\nno module"}}
    if message["kind"] == "evaluate":
        answer["output"] = {output}
        answer["timings"] = [dict(name="evaluate", nanoseconds=1000), dict(name="other", nanoseconds=0)]
    print(json.dumps(answer), flush=True)
"""


@pytest.fixture
def few(monkeypatch):
    """Evals of few numbers, for both benchmarks that have GradBench's."""
    for module in (gradbench, gradbench_peers):
        monkeypatch.setattr(module, "inputs", lambda: COUNTED)
    monkeypatch.setattr(sys, "path", [*sys.path])


def cells(text):
    """Return the cells of a table in Markdown, without its head."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]


def checkout(folder, **peers):
    """Return a folder with stand-ins for GradBench's tools, and for what they import."""
    package = folder / "python" / "gradbench"
    (package / "gradbench").mkdir(parents=True)
    (package / "jax.py").write_text("def block_until_ready(found):\n    return found, 'waited for'\n")
    (package / "gradbench" / "wrap.py").write_text("multiple_runs = function = lambda **given: lambda f: f\n")
    for name, text in peers.items():
        program = package / "gradbench" / "tools" / name / "run.py"
        program.parent.mkdir(parents=True)
        program.write_text(text)
    return str(folder)


def test_gradbench_takes_medians_and_their_ratios(few, tmp_path, capsys):
    program = tmp_path / "lse"
    program.write_text(IN_CPP.format(python=sys.executable))
    program.chmod(0o755)
    gradbench.main([str(tmp_path), "--only", "lse", "--rounds", "2", "--seconds", "0.001"])
    (name, function, cpp, plain, compiled, *ratios), (*_, last) = cells(capsys.readouterr().out)
    assert (name, function, cpp) == ("lse", "gradient", "4.000")
    assert [float(ratio) for ratio in ratios] == pytest.approx([float(plain) / 4, float(compiled) / 4], abs=0.006)
    assert last == ratios[1]


def test_gradbench_has_all_evals_of_golden_data_that_are_timed():
    timed = {path.stem for path in pathlib.Path(gradbench.EXAMPLES, "data").glob("*.json")} - {"hello"}
    assert gradbench.inputs().keys() == timed


def test_peers_are_compared_where_they_have_an_eval(few, tmp_path, capsys):
    exact = np.exp(np.arange(4.0)) / np.sum(np.exp(np.arange(4.0)))
    peer = PEER.format(imported="math", output=exact.tolist())
    folder = checkout(tmp_path, jax=peer, pytorch=PEER.format(imported="no_such_peer", output=0))
    gradbench_peers.main([folder, "--rounds", "1", "--seconds", "0"])
    compared, ended, *others = cells(capsys.readouterr().out)
    assert compared[:3] == ["lse", "gradient", "JAX"] and compared[4] == "0.001"
    assert float(compared[5]) == pytest.approx(float(compared[3]) / 0.001, rel=0.06, abs=0.6)
    assert float(compared[6]) < 1e-12
    assert ended[2:] == ["PyTorch", "–", "–", "–", "the tool ended"]
    assert others[0] == ["det", "gradient", "JAX", "–", "–", "–", "no module"]
    assert [row[5] for row in others[-2:]] == [compared[5], "–"]


def test_jax_is_waited_for(tmp_path):
    checkout(tmp_path)
    program = tmp_path / "run.py"
    program.write_text("from gradbench import wrap\nprint(wrap.multiple_runs(pre=float)(lambda x: x + 1)(2))\n")
    command = [sys.executable, "-c", gradbench_peers.WAITING, str(program)]
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "python" / "gradbench")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "(3, 'waited for')\n"


def test_a_peer_that_is_wrong_is_not_compared(few, tmp_path):
    wrong = PEER.format(imported="math", output=[0.0, 0.0, 0.0, 1.0])
    with pytest.raises(ValueError, match="results of lse differ"):
        gradbench_peers.main([checkout(tmp_path, jax=wrong), "--only", "lse"])


@pytest.mark.parametrize(
    ("found", "expected", "away"),
    [
        ({"a": [1.0, 2.0]}, {"a": [1, 2.5]}, 0.5 / 4.5),
        ([1e-9], [2e-9], 1e-9),
        ([1.0], [1.0, 1.0], np.inf),
        ({"a": 1.0}, {"b": 1.0}, np.inf),
        (float("nan"), 1.0, np.inf),
        (None, 1.0, np.inf),
    ],
)
def test_results_differ_as_in_gradbench(found, expected, away):
    assert gradbench_peers.difference(found, expected) == pytest.approx(away)


def test_peak_counts_what_is_held_at_once():
    def call(count):
        first = np.ones(count)
        second = np.ones(count)
        del first
        return second + np.ones(count)

    assert memory.peak(call, 10_000) == pytest.approx(3 * 80_000, rel=0.02)


def test_stencil_keeps_little_more_than_its_adjoints_read(capsys):
    emitted, hand = memory.kept(64)
    assert 1.0 < hand < emitted < 1.3
    memory.main(["--size", "64"])
    assert [float(line.split()[-1]) for line in capsys.readouterr().out.splitlines()[1:]] == pytest.approx(
        [emitted, hand], abs=0.01
    )


def test_first_compiled_gradient_is_timed_when_all_is_on_disk(cache):
    def files():
        return {path: path.stat().st_mtime_ns for path in cache.rglob("*") if path.is_file()}

    assert pipeline.first_compiled("Black-Scholes", rounds=1) > 0.0
    before = files()
    assert {".py", ".nbi", ".nbc"} <= {path.suffix for path in before}
    assert pipeline.first_compiled("Black-Scholes", rounds=1) > 0.0
    assert files() == before


def test_what_any_compiled_function_waits_for_is_timed_too():
    assert pipeline.first_compiled_double(rounds=1) > 0.0
    assert list((pipeline.WORK / "__pycache__").glob("compiled.double*.nbc"))


@pytest.mark.parametrize("count", [10, 11])
def test_straight_line_has_as_many_statements_as_asked(count):
    f = pipeline.imported(f"counted_{count}", pipeline.straight_line(count)).f
    lines = grad(f, argnums=(0, 1))
    assert np.isfinite(lines(0.5, 0.25)).all()
    assert len(pipeline.straight_line(count).partition("def f")[2].splitlines()) == count + 1
