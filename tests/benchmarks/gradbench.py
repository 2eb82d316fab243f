"""GradBench's evals beside its C++ by hand: `python -m tests.benchmarks.gradbench TOOLS`.

TOOLS is the folder `tools/manual/bin` of a copy of GradBench (https://github.com/gradbench/gradbench), where
`make -C tools/manual` built them.  Inputs are made as GradBench makes its own, at a size in the middle of its range;
that of `ht` is the small one of the tests with more vertices and points.  Runs alternate, one thread each; times are
medians of milliseconds.
"""

import argparse
import importlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

os.environ.update({f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")})
os.environ.setdefault("S2S_AD_CACHE_DIR", tempfile.mkdtemp(prefix="s2s_ad_benchmark_"))

import numpy as np

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples" / "gradbench"
ROW = "| {:<7} | {:<9} | {:>10} | {:>12} | {:>12} | {:>9} | {:>12} |"


KEPT = {"MALLOC_MMAP_THRESHOLD_": f"{32 << 20}", "MALLOC_TRIM_THRESHOLD_": f"{64 << 20}"}
"""Lets glibc keep freed memory as it does in a process that once freed an array of 32 MB; else it is given back to the
system and asked for again in each run, or not, by what ran before."""


def golden(name):
    """Return the first of the inputs that golden outputs are of."""
    return json.loads((EXAMPLES / "data" / f"{name}.json").read_text())[0]["input"]


def hand(rng, copies=20, count=100):
    """Return a hand with so many times the vertices of the golden one, and points of so many triangles."""
    given = golden("ht")
    model = given["data"]["model"]
    model |= {name: np.tile(model[name], (copies, 1)) for name in ("base_positions", "weights")}
    places = rng.integers(len(model["triangles"]), size=count)
    given["data"] |= {"correspondences": places, "points": rng.normal(size=(count, 3))}
    return given | {"us": rng.random((count, 2))}


def inputs():
    """Return what each eval's derivative is called, and its input."""
    rng = np.random.default_rng(31337)
    d, k, n = 10, 25, 1000
    gmm = {
        "d": d, "k": k, "n": n, "m": 0, "gamma": 1.0, "x": rng.normal(size=(n, d)), "alpha": rng.normal(size=k),
        "mu": rng.uniform(size=(k, d)), "q": rng.normal(size=(k, d)), "l": rng.normal(size=(k, d * (d - 1) // 2)),
    }  # fmt: skip
    bits, layers, chars = 14, 2, 1024
    lstm = {
        "main_params": rng.random((2 * layers, 4 * bits)), "extra_params": rng.random((3, bits)),
        "state": rng.random((2 * layers, bits)), "sequence": rng.integers(0, 2, (chars, bits)).astype(float),
    }  # fmt: skip
    kmeans = {"points": rng.random((10_000, 8)), "centroids": rng.random((100, 8))}
    return {
        "gmm": ("jacobian", gmm),
        "ba": ("jacobian", golden("ba") | {"n": 49, "m": 7776, "p": 31843}),
        "ht": ("jacobian", hand(rng)),
        "lstm": ("jacobian", lstm),
        "kmeans": ("dir", kmeans),
        "llsq": ("gradient", {"x": rng.random(128), "n": 1024}),
        "lse": ("gradient", {"x": rng.random(160_000)}),
        "det": ("gradient", {"A": rng.random(64), "ell": 8}),
        "ode": ("gradient", {"x": rng.random(10_000), "s": 10}),
    }


def in_cpp(program, file, function):
    """Return the milliseconds that GradBench's tool took, each time."""
    command = [program, file, function]
    result = subprocess.run(command, env=os.environ | KEPT, capture_output=True, text=True, check=True)
    timings = [json.loads(line) for line in result.stdout.splitlines() if line.startswith('{"name": "evaluate"')]
    return [timing["nanoseconds"] / 1e6 for timing in timings]


def in_python(compute, args, seconds):
    """Return the milliseconds that a derivative took, each time."""
    found = []
    while sum(found) < 1e3 * seconds:
        start = time.perf_counter()
        compute(*args)
        found.append(1e3 * (time.perf_counter() - start))
    return found


def main(asked=None):
    parser = argparse.ArgumentParser(description="Time GradBench's evals beside its C++ by hand.")
    parser.add_argument("tools", type=pathlib.Path, help="the folder of GradBench's programs in C++")
    parser.add_argument("--only", metavar="NAMES", default="", help="evals, by commas")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.3, help="of one contender in one round")
    given = parser.parse_args(asked)
    sys.path.insert(0, str(EXAMPLES))
    print(ROW.format("eval", "function", "C++, ms", "s2s_ad, ms", "numba, ms", "s / C++", "numba / C++"))
    print("|" + "|".join(["---"] * 7) + "|")
    ratios = []
    np.empty(4_000_000)  # so that this process keeps memory too
    for name, (function, data) in inputs().items():
        if given.only and name not in given.only.split(","):
            continue
        module = importlib.import_module(name)
        ways = [module.functions(jit=jit)[function] for jit in (None, "numba")]
        plain = json.loads(json.dumps(data, default=lambda value: value.tolist()))
        args = module.arguments(plain)
        for way in ways:
            way(*args)
        times = [[], [], []]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(plain | {"min_runs": 3, "min_seconds": given.seconds}, file)
            file.flush()
            for _ in range(given.rounds):
                times[0] += in_cpp(given.tools / name, file.name, function)
                for way, found in zip(ways, times[1:]):
                    found += in_python(way, args, given.seconds)
        cpp, numpy, numba = map(statistics.median, times)
        if name != "ode":  # in C++ that is a formula, and no reverse sweep
            ratios.append((numpy / cpp, numba / cpp))
        row = f"{cpp:.3f}", f"{numpy:.3f}", f"{numba:.3f}", f"{numpy / cpp:.2f}", f"{numba / cpp:.2f}"
        print(ROW.format(name, function, *row), flush=True)
    means = [f"{statistics.geometric_mean(column):.2f}" for column in zip(*ratios)] or ["", ""]
    print(ROW.format("*geometric mean*", "", "", "", "", *means))


if __name__ == "__main__":
    main()
