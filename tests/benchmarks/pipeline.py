"""What the pipeline promises, measured: `python -m tests.benchmarks.pipeline`."""

import importlib.util
import os
import pathlib
import tempfile
import time

import numpy as np

from s2s_ad import grad, value_and_grad
from tests.benchmarks.timing import fresh, medians

FOLDER = tempfile.TemporaryDirectory(prefix="s2s_ad_benchmark_")
WORK = pathlib.Path(FOLDER.name)
ROOT = str(pathlib.Path(__file__).parent.parent.parent)
ROW = "{:<68} {:>9} {:>9}"


def straight_line(statements):
    """Return a module's text with a function of so many statements."""
    steps = [
        "a = np.sin(x) * y",
        "b = a + x * y",
        "c = np.exp(-b * b)",
        "d = c / (2.0 + a * a)",
        "x = x + d",
        "y = y - c",
    ]
    body = [f"    {steps[index % len(steps)]}" for index in range(statements - 1)]
    return "import numpy as np\n\n\ndef f(x, y):\n" + "\n".join(body) + "\n    return x + y\n"


def imported(name, text):
    path = WORK / f"{name}.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def emission(statements, rounds):
    """Return the median seconds from a new function to its first gradient; the rules are warm."""
    times = []
    for index in range(rounds + 1):
        f = imported(f"straight_{statements}_{index}", straight_line(statements)).f
        start = time.perf_counter()
        grad(f, argnums=(0, 1))(0.5, 0.25)
        times.append(time.perf_counter() - start)
    return sorted(times[1:])[rounds // 2]


def first_emission():
    """Return the seconds of the first emission of a process, all imports of the front end included."""
    imported("first", straight_line(10))
    script = f"import sys, tempfile, time; sys.path[:0] = {[ROOT, str(WORK)]!r}\n"
    script += "import numpy, s2s_ad, first; start = time.perf_counter()\n"
    script += "s2s_ad.grad(first.f, cache_dir=tempfile.mkdtemp())(0.5, 0.25); print(time.perf_counter() - start)"
    return fresh(script)[0]


def warm_load():
    imported("first", straight_line(10))
    script = f"import sys, time; sys.path[:0] = {[ROOT, str(WORK)]!r}\n"
    script += "import numpy, s2s_ad, first; start = time.perf_counter()\n"
    script += "s2s_ad.grad(first.f)(0.5, 0.25); print(time.perf_counter() - start)"
    return fresh(script, rounds=11)[0]


def import_time():
    script = f"import sys, time; sys.path.insert(0, {ROOT!r})\n"
    script += "import numpy; start = time.perf_counter(); import s2s_ad; print(time.perf_counter() - start)"
    return fresh(script, rounds=11)[0]


def first_compiled(name, rounds=9):
    """Return the processor's seconds from `import numba` to a first compiled gradient in a new process, all on disk.

    They include `import s2s_ad`.
    """
    script = f"import sys, time; sys.path.insert(0, {ROOT!r}); import numba\n"
    script += "from tests.benchmarks.kernels import KERNELS\n"
    script += f"kernel = next(kernel for kernel in KERNELS if kernel.name == {name!r})\n"
    script += "arguments = kernel.arguments(kernel.sizes['small']); start = time.process_time(); import s2s_ad\n"
    script += "s2s_ad.grad(kernel.primal, kernel.argnums, jit='numba')(*arguments); print(time.process_time() - start)"
    fresh(script, rounds=1)  # compiles
    return fresh(script, rounds)[0]


def first_compiled_double(rounds=9):
    """Return the same of a function of one operation without s2s_ad: what any compiled function waits for."""
    imported("compiled", "import numba\n\n\n@numba.njit(cache=True)\ndef double(x):\n    return 2.0 * x\n")
    script = f"import sys, time; sys.path.insert(0, {str(WORK)!r}); import numba; start = time.process_time()\n"
    script += "import compiled; compiled.double(1.0); print(time.process_time() - start)"
    fresh(script, rounds=1)
    return fresh(script, rounds)[0]


def product(x, y):
    return x * y


def call_overhead():
    derivative = value_and_grad(product)
    bare = derivative.specialize(2.0, 3.0)
    with_dispatch, without = medians(
        lambda: derivative(2.0, 3.0), lambda: bare(2.0, 3.0), lambda: None, rounds=51, repeat=10_000
    )[:2]
    return with_dispatch - without


def recurrence(x):
    s = 0.5
    for _ in range(1000):
        s = s + x * np.sin(s)
    return s


def loop_ratio():
    derivative = grad(recurrence)
    gradient, primal = medians(lambda: derivative(0.1), lambda: recurrence(0.1), rounds=101)
    return gradient / primal


def network(params, x, targets):
    hidden = np.tanh(x @ params["w1"] + params["b1"])
    scores = hidden @ params["w2"] + params["b2"]
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    log_sums = np.log(np.sum(np.exp(shifted), axis=1))
    return np.mean(log_sums - np.sum(targets * shifted, axis=1))


def network_by_hand(params, x, targets):
    """Return the value and gradient of `network`, as a careful engineer writes them."""
    hidden = np.tanh(x @ params["w1"] + params["b1"])
    scores = hidden @ params["w2"] + params["b2"]
    shifted = scores - scores.max(axis=1, keepdims=True)
    exps = np.exp(shifted)
    sums = exps.sum(axis=1)
    value = np.mean(np.log(sums) - np.sum(targets * shifted, axis=1))
    scores_bar = (exps / sums[:, None] - targets) / len(x)
    hidden_bar = (scores_bar @ params["w2"].T) * (1 - hidden * hidden)
    gradient = {
        "w1": x.T @ hidden_bar,
        "b1": hidden_bar.sum(axis=0),
        "w2": hidden.T @ scores_bar,
        "b2": scores_bar.sum(axis=0),
    }
    return value, gradient


def network_ratio():
    rng = np.random.default_rng(0)
    params = {
        "w1": rng.normal(size=(784, 128)) / 28,
        "b1": np.zeros(128),
        "w2": rng.normal(size=(128, 10)) / 11,
        "b2": np.zeros(10),
    }
    x, targets = rng.normal(size=(128, 784)), np.eye(10)[rng.integers(10, size=128)]
    emitted = value_and_grad(network)
    for name, bar in network_by_hand(params, x, targets)[1].items():
        np.testing.assert_allclose(emitted(params, x, targets)[1][name], bar, rtol=1e-9, atol=1e-12)
    ours, hand = medians(lambda: emitted(params, x, targets), lambda: network_by_hand(params, x, targets), rounds=201)
    return ours / hand


def main():
    os.environ["S2S_AD_CACHE_DIR"] = str(WORK / "cache")
    print(ROW.format("measure", "at most", "measured"))
    ten = emission(10, rounds=21)
    most = emission(640, rounds=5)
    rows = [
        ("transform and emit 10 statements, first time, ms", 20, ten * 1e3),
        ("the same, first of the process, imports included, ms", None, first_emission() * 1e3),
        ("the same of 640 straight-line statements, s", 0.8, most),
        ("growth from 320 to 640 statements (2 is in proportion)", None, most / emission(320, rounds=5)),
        ("load from the cache in a new process, beyond import s2s_ad, ms", 3, warm_load() * 1e3),
        ("import s2s_ad beyond import numpy, ms", 80, import_time() * 1e3),
        ("first compiled gradient, beyond import numba, Black-Scholes, ms", 150, first_compiled("Black-Scholes") * 1e3),
        ("the same, two-layer network, ms", 150, first_compiled("two-layer network") * 1e3),
        ("the same, a function of one operation, by Numba alone, ms", None, first_compiled_double() * 1e3),
        ("overhead of a gradient call of two floats, over the bare one, µs", 1.5, call_overhead() * 1e6),
        ("loop of 1,000 steps s = s + x * sin(s): gradient over primal", 3.2, loop_ratio()),
        ("two-layer network 784-128-10, batch 128: emitted over by hand", 1.15, network_ratio()),
    ]
    for name, asked, measured in rows:
        print(ROW.format(name, "" if asked is None else asked, f"{measured:.3g}"))


if __name__ == "__main__":
    main()
