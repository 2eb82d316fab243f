"""Speaks GradBench's protocol: a JSON message on each line of standard input, its answer on one of standard output.

GradBench (https://github.com/gradbench/gradbench) compares tools for automatic differentiation by its evals, for each
of which a module of that name is here.  In a copy of it, with s2s_ad installed,

    ./gradbench run --eval "./gradbench repo eval gmm" --tool "python path/to/examples/gradbench/run.py"

A module has `arguments(given)`, which makes the arguments of a message's input, and `functions(**options)`, which
gives the eval's functions by name; the options are those of all derivatives.  Some have `answer(function, found)` for
results that are not sent as they are.  The objectives are written by hand; the derivatives are all made by s2s_ad.
"""

import argparse
import json
import os
import sys
import time
import traceback
from functools import cache
from importlib import import_module

EVALS = ["ba", "det", "gmm", "hello", "ht", "kmeans", "llsq", "lse", "lstm", "ode", "particle", "saddle"]


@cache
def define(name, jit):
    """Return the module of an eval, and its functions."""
    if name not in EVALS:
        raise LookupError(f"there is no module {name!r}, but {', '.join(EVALS)}")
    module = import_module(name)
    return module, module.functions(jit=jit)


def evaluate(message, jit):
    """Return the result of a function and what each run took; it ran once before, and its code was emitted then."""
    name, function, given = message["module"], message["function"], message["input"]
    module, functions = define(name, jit)
    if function not in functions:
        raise LookupError(f"module {name!r} has no function {function!r}, but {', '.join(functions)}")
    compute, args = functions[function], module.arguments(given)
    wanted = given if isinstance(given, dict) else {}
    runs, duration = max(1, wanted.get("min_runs", 1)), 1e9 * wanted.get("min_seconds", 0)
    compute(*args)
    timings, elapsed = [], 0
    while len(timings) < runs or elapsed < duration:
        start = time.perf_counter_ns()
        found = compute(*args)
        taken = time.perf_counter_ns() - start
        timings.append({"name": "evaluate", "nanoseconds": taken})
        elapsed += taken
    return {"output": module.answer(function, found) if hasattr(module, "answer") else found, "timings": timings}


def respond(message, jit):
    """Return the answer to a message; nothing that goes wrong in it ends the session."""
    try:
        match message["kind"]:
            case "start":
                return {"tool": "s2s_ad", "config": {"jit": jit}}
            case "define":
                define(message["module"], jit)
                return {"success": True}
            case "evaluate":
                return {"success": True, **evaluate(message, jit)}
        return {}
    except Exception as error:
        return {"success": False, "error": "".join(traceback.format_exception_only(error)).strip()}


def main():
    parser = argparse.ArgumentParser(description="Speak GradBench's protocol.")
    parser.add_argument("--jit", choices=["numba"], help="compile what is emitted")
    jit = parser.parse_args().jit
    for library in ("OMP", "OPENBLAS", "MKL"):  # one thread, as GradBench has it, unless the environment says more
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    for line in sys.stdin:
        message = json.loads(line)
        answer = {"id": message["id"], **respond(message, jit)}
        print(json.dumps(answer, default=lambda value: value.tolist()), flush=True)


if __name__ == "__main__":
    main()
