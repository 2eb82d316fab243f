"""How the benchmarks measure: medians of interleaved runs."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable


def medians(*runs: Callable[[], object], rounds: int = 25, repeat: int = 1) -> list[float]:
    """Return the median seconds of each run, all measured in turn so that noise hits them alike."""
    times: list[list[float]] = [[] for _ in runs]
    for run in runs:
        run()
    for _ in range(rounds):
        for run, found in zip(runs, times, strict=True):
            start = time.perf_counter()
            for _ in range(repeat):
                run()
            found.append((time.perf_counter() - start) / repeat)
    return [statistics.median(found) for found in times]


def fresh(script: str, rounds: int = 9) -> list[float]:
    """Return the median of each number that a script prints, each time in a new process.

    Modules are imported from their bytecode, as they are where they are installed.
    """
    command = [sys.executable, "-c", script]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    printed = (
        subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout for _ in range(rounds)
    )
    return [statistics.median(numbers) for numbers in zip(*(map(float, line.split()) for line in printed), strict=True)]
