"""GradBench's evals beside its tools of JAX and PyTorch: `python -m tests.benchmarks.gradbench_peers CHECKOUT`.

CHECKOUT is a copy of GradBench (https://github.com/gradbench/gradbench); `--python` is an interpreter that has JAX,
PyTorch and dataclasses-json.  All tools, ours among them, run as GradBench runs them: processes that answer messages
on lines, and say themselves what each run of a derivative took.  The first answers are compared, with GradBench's
tolerance, and not timed: they also emit and compile.  Then the tools run in turn, one thread each, all on the core to
which its tool of JAX pins itself; times are medians of milliseconds.  A dash stands where a tool has no such eval or
fails in it.

Two things are set for JAX, so that it does what others do and is timed for that: float64 also in `ode`, and that a
call returns when its result is there, for which its tool does not wait.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
from typing import Any, NamedTuple, Self

from tests.benchmarks.gradbench import EXAMPLES, KEPT, inputs

PEERS = {"JAX": "jax", "PyTorch": "pytorch"}
ALIKE = (
    KEPT
    | {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
    | {
        "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
        "JAX_PLATFORMS": "cpu",
        "JAX_ENABLE_X64": "true",
    }
)
WAITING = """
import os, runpy, sys, jax
from gradbench import wrap
def waiting(decorator):
    return lambda **given: lambda function: decorator(**given)(lambda x: jax.block_until_ready(function(x)))
wrap.multiple_runs, wrap.function = waiting(wrap.multiple_runs), waiting(wrap.function)
del sys.argv[0]
sys.path.insert(0, os.path.dirname(sys.argv[0]))
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""Runs GradBench's tool of JAX such that a call returns when its result is there."""
TOLERANCE = 1e-4
AT_MOST = 20.0
"""Seconds of all timings of one tool, after which the last rounds are left out."""
ROW = "| {:<7} | {:<9} | {:<8} | {:>10} | {:>10} | {:>13} | {} |"
ROOT = EXAMPLES.parent.parent


class RefusedError(Exception):
    """A tool has no such eval, or failed in it."""


class Tool:
    """A process that speaks GradBench's protocol."""

    def __init__(self, *command: str | pathlib.Path, path: pathlib.Path):
        environment = os.environ | ALIKE | {"PYTHONPATH": str(path)}
        self.process = subprocess.Popen(
            [*map(str, command)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        if sys.platform == "linux":
            os.sched_setaffinity(self.process.pid, [0])
        self.asked = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()

    def ask(self, **message: Any) -> dict[str, Any]:
        """Return the answer to a message.  Raises: RefusedError, where that is no success or the process has ended."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.asked += 1
        try:
            self.process.stdin.write(json.dumps({"id": self.asked, **message}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        answer = json.loads(line) if line else {"success": False, "error": "the tool ended"}
        if not answer["success"]:
            raise RefusedError(answer.get("error", "").strip().rpartition("\n")[2])
        assert answer["id"] == self.asked
        return answer


class Compared(NamedTuple):
    """The median milliseconds of two tools, and the greatest difference of their results."""

    ours: float
    theirs: float
    difference: float


def difference(found: Any, expected: Any) -> float:
    """Return the greatest difference of two results as GradBench takes it, infinity where their structures differ."""
    if isinstance(expected, dict) and isinstance(found, dict) and expected.keys() == found.keys():
        return max((difference(found[key], value) for key, value in expected.items()), default=0.0)
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return max(map(difference, found, expected), default=0.0)
    if isinstance(expected, int | float) and isinstance(found, int | float) and found == found:
        return abs(found - expected) / max(1.0, abs(found) + abs(expected))
    return float("inf")


def compared(
    ours: Tool, theirs: Tool, name: str, function: str, given: dict[str, Any], rounds: int, seconds: float
) -> Compared:
    """Return what two tools take for an eval.  Raises: RefusedError; ValueError where their results differ."""

    def evaluated(tool: Tool, seconds: float) -> dict[str, Any]:
        wanted = given | {"min_runs": 1, "min_seconds": seconds}
        return tool.ask(kind="evaluate", module=name, function=function, input=wanted)

    tools = theirs, ours
    for tool in tools:
        tool.ask(kind="define", module=name)
    found, expected = (evaluated(tool, 0)["output"] for tool in tools)
    away = difference(found, expected)
    if not away <= TOLERANCE:
        raise ValueError(f"results of {name} differ by {away:.1e}")
    times: list[list[float]] = [[], []]
    for _ in range(rounds):
        for tool, taken in zip(tools, times):
            timings = evaluated(tool, seconds)["timings"]
            taken += [timing["nanoseconds"] / 1e6 for timing in timings if timing["name"] == "evaluate"]
        if max(map(sum, times)) > 1e3 * AT_MOST:
            break
    return Compared(*map(statistics.median, reversed(times)), away)


def row(name: str, function: str, peer: str, given: argparse.Namespace, data: dict[str, Any]) -> tuple[str, float]:
    """Return a row of the table, and its ratio; nan where there is none."""
    plain = json.loads(json.dumps(data, default=lambda value: value.tolist()))
    package = given.checkout / "python" / "gradbench"
    program = package / "gradbench" / "tools" / PEERS[peer] / "run.py"
    ours = Tool(sys.executable, EXAMPLES / "run.py", "--jit", "numba", path=ROOT)
    started = ["-c", WAITING, program] if peer == "JAX" else [program]
    with ours, Tool(given.python, *started, path=package) as theirs:
        try:
            found = compared(ours, theirs, name, function, plain, given.rounds, given.seconds)
        except RefusedError as error:
            return ROW.format(name, function, peer, "–", "–", "–", error), float("nan")
    ratio = found.ours / found.theirs
    shown = f"{found.ours:.3f}", f"{found.theirs:.3f}", f"{ratio:.2g}", f"{found.difference:.0e}"
    return ROW.format(name, function, peer, *shown), ratio


def main(asked: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Time GradBench's evals beside its tools of JAX and PyTorch.")
    parser.add_argument("checkout", type=pathlib.Path, help="a copy of GradBench")
    parser.add_argument("--python", default=sys.executable, help="the interpreter of the peers")
    parser.add_argument("--only", metavar="NAMES", default="", help="evals, by commas")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.3, help="of one tool in one round, and at least a run")
    given = parser.parse_args(asked)
    print(ROW.format("eval", "function", "peer", "ours, ms", "theirs, ms", "ours / theirs", "difference"))
    print("|" + "|".join(["---"] * 7) + "|")
    ratios: dict[str, list[float]] = {peer: [] for peer in PEERS}
    for name, (function, data) in inputs().items():
        for peer in PEERS if not given.only or name in given.only.split(",") else ():
            printed, ratio = row(name, function, peer, given, data)
            print(printed, flush=True)
            ratios[peer] += [ratio] if ratio == ratio else []
    for peer, column in ratios.items():
        mean = f"{statistics.geometric_mean(column):.2g}" if column else "–"
        print(ROW.format("*mean*", "geometric", peer, "", "", mean, ""))


if __name__ == "__main__":
    main()
