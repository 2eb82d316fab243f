"""`python -m tests.oracle --count 100000 --seed 1`: random programs, run and checked, and a tally."""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

from tqdm import tqdm

from tests.oracle.compare import MODES, Verdict, judge
from tests.oracle.grammar import program
from tests.oracle.shrink import save, shrunk
from tests.oracle.source import seeded

REGRESSIONS = Path(__file__).parent / "regressions"
Modes = tuple[str, ...]
CHUNK, CHUNKS = 8, 16
"""How many programs a worker takes at once, and how often: it ends rather than look for garbage."""
KEPT = 3
"""Failing programs that are shrunk and saved for one reason: more say nothing new."""


def check(task: tuple[int, int, Modes]) -> tuple[int, Verdict]:
    """Make and judge one program."""
    seed, index, modes = task
    return index, check_text(program(seeded(seed, index)), modes)


def check_text(text: str, modes: Modes) -> Verdict:
    """Judge one program."""
    warnings.simplefilter("ignore")
    return judge(text, os.path.join(tempfile.gettempdir(), f"s2s_ad_oracle_{os.getpid()}"), modes=modes)


def main() -> int:
    """Run from the command line; return 1 where a program fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="how many programs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=int, default=0, help="the first program")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="worker processes")
    parser.add_argument("--only", type=int, help="show and judge the program of this index")
    parser.add_argument("--save", type=Path, default=REGRESSIONS, help="the folder of programs that failed")
    parser.add_argument("--modes", nargs="*", default=(), choices=MODES, help="what is judged besides gradients")
    options = parser.parse_args()
    modes = tuple(options.modes)
    if options.only is not None:
        return show(options.seed, options.only, modes)
    return run(options.seed, options.start, options.count, options.jobs, options.save, modes)


def show(seed: int, index: int, modes: Modes) -> int:
    """Print one program and its verdict."""
    print(program(seeded(seed, index)))
    verdict = check((seed, index, modes))[1]
    print(f"# {verdict.status}: {verdict.reason}\n{verdict.detail}")
    return int(verdict.failed)


def run(seed: int, start: int, count: int, jobs: int, folder: Path, modes: Modes) -> int:
    """Judge many programs; print the tally, shrink and save what failed."""
    began = time.perf_counter()
    statuses: Counter[str] = Counter()
    reasons: Counter[tuple[str, str]] = Counter()
    failures: list[tuple[int, Verdict]] = []
    tasks = ((seed, index, modes) for index in range(start, start + count))
    check((seed, start, modes))  # workers are born with what the first program takes to start
    gc.freeze()
    workers = multiprocessing.get_context("fork").Pool(jobs, gc.disable, maxtasksperchild=CHUNKS)
    with workers as pool, tqdm(total=count, unit=" programs", smoothing=0.02) as bar:
        for index, verdict in pool.imap_unordered(check, tasks, chunksize=CHUNK):
            statuses[verdict.status] += 1
            if verdict.status != "right":
                reasons[verdict.status, verdict.reason] += 1
            if verdict.failed and reasons[verdict.status, verdict.reason] <= KEPT:
                failures.append((index, verdict))
                bar.write(f"program {index}: {verdict.status}: {verdict.reason}")
            bar.set_postfix(refused=statuses["refused"], failed=_failed(statuses), refresh=False)
            bar.update()
    seconds = time.perf_counter() - began
    print(f"\n{count} programs of seed {seed} in {seconds:.0f} s, {count / seconds:.0f} a second")
    for status, number in statuses.most_common():
        print(f"{number:>8}  {status}")
        for (of, reason), times in reasons.most_common():
            if of == status and reason:
                print(f"          {times:>8}  {reason}")
    for index, verdict in sorted(failures, key=lambda each: each[0]):
        text = shrunk(program(seeded(seed, index)), verdict, modes)
        path = save(folder, text, verdict, seed, index)
        verdict = check_text(text, modes)
        print(f"\n{path}: {verdict.status}: {verdict.reason}\n{text}{verdict.detail}", flush=True)
    return int(_failed(statuses) > 0)


def _failed(statuses: Counter[str]) -> int:
    return sum(number for status, number in statuses.items() if Verdict(status).failed)


if __name__ == "__main__":
    sys.exit(main())
