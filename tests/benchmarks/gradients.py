"""Gradients beside those by hand and those of other libraries: `python -m tests.benchmarks.gradients --help`.

Every contender's gradient is compared with the one by hand before it is timed.  Contenders run in turn, one
thread each; times are the processor's, and a ratio is the median of the ratios of all rounds.  `bare` is the
emitted function by itself, without dispatch; `first` is the first call, which emits or compiles.  What is not
installed or not supported has a dash.
"""

import argparse
import contextlib
import gc
import importlib.metadata
import importlib.util
import math
import os
import pathlib
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
from tqdm import tqdm

from s2s_ad import S2SError, grad
from tests.benchmarks.kernels import KERNELS, Kernel
from tests.differences import assert_close

AT_LEAST, AT_MOST = 0.0005, 5.0
"""Seconds of one timing, and of all timings of one contender."""
TRIES = 3
"""Timings of one contender in one round, of which the least counts: the first meets what the one before has left."""


@dataclass(frozen=True)
class Run:
    """What is timed: a call, and how to take the gradient out of its result."""

    call: Callable[..., Any]
    arguments: tuple[Any, ...]
    gradient: Callable[[Any], Any] = lambda result: result


def primal(kernel: Kernel, arguments: tuple[Any, ...]) -> Run:
    return Run(kernel.primal, arguments, lambda _: kernel.hand(*arguments))


def hand(kernel: Kernel, arguments: tuple[Any, ...]) -> Run:
    return Run(kernel.hand, arguments)


def hand_numba(kernel: Kernel, arguments: tuple[Any, ...]) -> Run:
    import numba

    return Run(numba.njit(kernel.numba), arguments)


def s2s_ad(kernel: Kernel, arguments: tuple[Any, ...]) -> Run:
    return Run(grad(kernel.primal, kernel.argnums), arguments)


def s2s_ad_bare(kernel: Kernel, arguments: tuple[Any, ...]) -> Run:
    return Run(grad(kernel.primal, kernel.argnums).specialize(*arguments), arguments)


def s2s_ad_numba(kernel: Kernel, arguments: tuple[Any, ...]) -> Run:
    return Run(grad(kernel.primal, kernel.argnums, jit="numba"), arguments)


def s2s_ad_numba_bare(kernel: Kernel, arguments: tuple[Any, ...]) -> Run:
    return Run(grad(kernel.primal, kernel.argnums, jit="numba").specialize(*arguments), arguments)


def autograd(kernel: Kernel, arguments: tuple[Any, ...]) -> Run:
    import autograd
    import autograd.numpy
    import autograd.scipy.special

    namespace = SimpleNamespace(**vars(autograd.numpy), special=autograd.scipy.special)
    return Run(autograd.grad(partial(kernel.autograd, namespace), kernel.argnums), arguments)


def jax(kernel: Kernel, arguments: tuple[Any, ...]) -> Run:
    """Return the gradient that JAX compiles; whole numbers are known to it beforehand."""
    import jax
    import jax.numpy
    import jax.scipy.special

    jax.config.update("jax_enable_x64", True)
    namespace = SimpleNamespace(**vars(jax.numpy), special=jax.scipy.special, lax=jax.lax)
    whole = [position for position, argument in enumerate(arguments) if isinstance(argument, int)]
    compiled = jax.jit(jax.grad(partial(kernel.jax, namespace), kernel.argnums), static_argnums=whole)

    def call(*arguments: Any) -> Any:
        result = compiled(*arguments)
        (result[0] if isinstance(result, tuple) else result).block_until_ready()
        return result

    return Run(call, _changed(arguments, jax.numpy.asarray))


def torch(kernel: Kernel, arguments: tuple[Any, ...]) -> Run:
    import torch

    torch.set_num_threads(1)
    tensors = _changed(arguments, lambda given: torch.as_tensor(np.asarray(given)))
    wanted = [tensors[position].requires_grad_() for position in np.atleast_1d(kernel.argnums)]
    return Run(lambda *tensors: torch.autograd.grad(kernel.torch(torch, *tensors), wanted), tensors)


def _changed(arguments: tuple[Any, ...], change: Callable[[Any], Any]) -> tuple[Any, ...]:
    return tuple(given if isinstance(given, int) else change(given) for given in arguments)


def _arrays(gradient: Any) -> list[np.ndarray]:
    return [np.asarray(bar) for bar in (gradient if isinstance(gradient, tuple) else (gradient,))]


CONTENDERS = {
    maker.__name__: maker
    for maker in (
        primal, hand, s2s_ad, s2s_ad_bare, hand_numba, s2s_ad_numba, s2s_ad_numba_bare, jax, autograd, torch,
    )
}  # fmt: skip
RATIOS = {
    "s2s_ad / hand": ("s2s_ad", "hand"),
    "bare / hand": ("s2s_ad_bare", "hand"),
    "s2s_ad / primal": ("s2s_ad", "primal"),
    "numba: s2s_ad / hand": ("s2s_ad_numba", "hand_numba"),
    "numba: bare / hand": ("s2s_ad_numba_bare", "hand_numba"),
    "s2s_ad / JAX": ("s2s_ad", "jax"),
    "numba: s2s_ad / JAX": ("s2s_ad_numba", "jax"),
    "s2s_ad / autograd": ("s2s_ad", "autograd"),
    "s2s_ad / torch": ("s2s_ad", "torch"),
}
MARKS = {
    "s2s_ad_bare": ("s2s_ad, bare", "."),
    "s2s_ad": ("s2s_ad", "o"),
    "s2s_ad_numba": ("s2s_ad, numba", "*"),
    "hand_numba": ("by hand, numba", "+"),
    "jax": ("JAX", "x"),
    "autograd": ("autograd", "^"),
    "torch": ("torch", "s"),
}
COLUMNS = ["kernel", "primal", "hand", *RATIOS, "s2s_ad first", "JAX first"]


@dataclass(frozen=True)
class Measured:
    """The seconds of one call of each contender, round by round, and of its very first call."""

    kernel: Kernel
    rounds: list[dict[str, float]]
    first: dict[str, float]

    def seconds(self, name: str) -> float:
        return _median(times[name] for times in self.rounds if name in times)

    def ratio(self, name: str, to: str) -> float:
        """Return the median of the ratios within rounds, nan where a contender is missing."""
        return _median(times[name] / times[to] for times in self.rounds if name in times and to in times)


def _median(numbers: Iterable[float]) -> float:
    return statistics.median([*numbers] or [math.nan])


def measured(kernel: Kernel, rounds: int, without: Collection[str] = ()) -> Measured:
    """Return the times of all contenders, each of which gave the gradient by hand."""
    arguments = kernel.arguments(kernel.sizes["full"])
    expected = _arrays(kernel.hand(*arguments))
    runs, first = {}, {}
    for name, maker in CONTENDERS.items():
        if name in without:
            continue
        try:
            run = maker(kernel, arguments)
            start = time.perf_counter()
            result = run.call(*run.arguments)
            first[name] = time.perf_counter() - start
        except (ImportError, S2SError):
            continue
        assert_close(_arrays(run.gradient(result)), expected, tolerance=1e-9)
        runs[name] = run
    return Measured(kernel, timed(runs, rounds), first)


def timed(runs: dict[str, Run], rounds: int) -> list[dict[str, float]]:
    """Return the seconds of a call in each round; those that have had their time sit out the last rounds."""
    repeats = {name: max(1, round(AT_LEAST / _seconds(run, 1))) for name, run in runs.items()}
    ends = dict.fromkeys(runs, AT_MOST)
    found: list[dict[str, float]] = []
    np.empty(4_000_000)  # once so much is freed, glibc keeps memory for later, as in any process that has run a while
    gc.collect()
    gc.freeze()  # what the other libraries hold is not gone through again and again
    for _ in range(rounds):
        found.append({})
        for name, run in runs.items():
            if ends[name] > 0.0:
                start = time.perf_counter()
                found[-1][name] = min(_seconds(run, repeats[name]) for _ in range(TRIES))
                ends[name] -= time.perf_counter() - start
    return found


def _seconds(run: Run, repeat: int) -> float:
    call, arguments = run.call, run.arguments
    start = time.process_time()  # other processes do not count
    for _ in range(repeat):
        call(*arguments)
    return (time.process_time() - start) / repeat


def table(results: list[Measured]) -> str:
    """Return the results in Markdown, by class, with the geometric mean and the worst of each."""
    lines = [COLUMNS, ["---", *["--:"] * (len(COLUMNS) - 1)]]
    for group in dict.fromkeys(result.kernel.group for result in results):
        inside = [result for result in results if result.kernel.group == group]
        lines.append([f"**{group}**", *[""] * (len(COLUMNS) - 1)])
        for result in inside:
            ratios = [_ratio(result.ratio(*pair)) for pair in RATIOS.values()]
            firsts = [_time(result.first.get(name, math.nan)) for name in ("s2s_ad", "jax")]
            times = [_time(result.seconds(name)) for name in ("primal", "hand")]
            lines.append([result.kernel.name, *times, *ratios, *firsts])
        for title, summary in (("geometric mean", _geometric_mean), ("worst", max)):
            columns = [[r for result in inside if (r := result.ratio(*pair)) == r] for pair in RATIOS.values()]
            ratios = [_ratio(summary(column) if column else math.nan) for column in columns]
            lines.append([f"*{title}*", "", "", *ratios, "", ""])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _geometric_mean(numbers: list[float]) -> float:
    return math.exp(statistics.fmean(map(math.log, numbers)))


def _ratio(number: float) -> str:
    return "–" if math.isnan(number) else f"{number:.2g}" if number < 0.1 else f"{number:.2f}"


def _time(seconds: float) -> str:
    if math.isnan(seconds):
        return "–"
    unit, scale = ("µs", 1e6) if seconds < 1e-3 else ("ms", 1e3) if seconds < 1.0 else ("s", 1.0)
    return f"{seconds * scale:.3g} {unit}"


def machine() -> str:
    """Return what measured: the processor, Python and the versions of the libraries that are installed."""
    info = pathlib.Path("/proc/cpuinfo")
    models = [line.partition(": ")[2] for line in info.read_text().splitlines() if line.startswith("model name")]
    versions = [f"Python {platform.python_version()}"]
    for name in ("numpy", "numba", "jax", "autograd", "torch"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions.append(f"{name} {importlib.metadata.version(name)}")
    return f"{len(models)} × {models[0]}, one thread; {', '.join(versions)}"


def plot(results: list[Measured], path: str) -> None:
    """Draw the time of every contender over the one by hand, one row per kernel."""
    import matplotlib
    from matplotlib import pyplot

    matplotlib.rcParams["svg.hashsalt"] = "s2s_ad"  # the same numbers, the same file
    figure, axes = pyplot.subplots(figsize=(9, 1.2 + 0.28 * len(results)), layout="constrained")
    for order, (name, (label, marker)) in enumerate(MARKS.items()):
        ratios = [result.ratio(name, "hand") for result in results]
        if not all(map(math.isnan, ratios)):
            axes.scatter(ratios, range(len(results)), marker=marker, label=label, zorder=9 - order)
    axes.axvline(1.0, color="black", linewidth=0.8)
    for row, (above, below) in enumerate(pairwise(result.kernel.group for result in results)):
        if above != below:
            axes.axhline(row + 0.5, color="black", linewidth=0.8)
    axes.set(xscale="log", xlabel="time of a gradient over the one by hand", yticks=range(len(results)))
    axes.set_yticklabels([result.kernel.name for result in results])
    axes.invert_yaxis()
    axes.grid(axis="both", linewidth=0.4)
    figure.legend(loc="outside upper center", ncols=len(MARKS), columnspacing=1.0, handletextpad=0.1, frameon=False)
    figure.savefig(path, format="svg", metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description="Time gradients beside those by hand and those of other libraries.")
    parser.add_argument("--only", metavar="NAME", default="", help="kernels whose name or class has this in it")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--without", metavar="NAMES", default="", help=f"of {', '.join(CONTENDERS)}; by commas")
    parser.add_argument("--svg", metavar="FILE", help="also draw a plot")
    asked = parser.parse_args()
    if asked.svg and not importlib.util.find_spec("matplotlib"):
        parser.error("--svg needs matplotlib: pip install matplotlib")
    kernels = [kernel for kernel in KERNELS if asked.only in kernel.name or asked.only in kernel.group]
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
    with tempfile.TemporaryDirectory(prefix="s2s_ad_benchmark_") as cache:
        os.environ["S2S_AD_CACHE_DIR"] = cache
        results = [measured(kernel, asked.rounds, asked.without.split(",")) for kernel in tqdm(kernels)]
    print(f"{table(results)}\n\n{machine()}")
    if asked.svg:
        plot(results, asked.svg)


if __name__ == "__main__":
    main()
