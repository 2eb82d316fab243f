"""Plants each fault in a copy of the package and runs the tests there: those that should catch it, then all."""

import argparse
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from tests.faults.planted import FAULTS, Fault

ROOT = Path(__file__).parents[2]
NEEDED = "s2s_ad", "tests", "examples", "generated", "README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml"
ALL = "tests", "s2s_ad", "--ignore=tests/test_generated.py", "--ignore=tests/test_faults.py"
OPTIONS = "-x", "-rfE", "--no-header", "--tb=no", "-pno:cacheprovider", "--disable-warnings"
MOST_SECONDS = 3600
BROKEN = "NameError", "UnboundLocalError", "ImportError", "ModuleNotFoundError", "SyntaxError", "IndentationError"
"""Failures that no test is needed for."""
_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+?(?:\[.*?\])?)(?: - (.*))?$", re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """What became of a fault: "caught" by a test, "missed", or "broken" if it was none."""

    fault: Fault
    verdict: str
    test: str
    seconds: float

    def row(self) -> str:
        test = self.test.replace("|", "\\|")
        return f"| {self.fault.name} | `{self.fault.file}` | {self.verdict} | `{test}` | {self.seconds:.0f} |"


class Workshop:
    """A copy of the package and its tests, in which one fault at a time is planted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.planted = 0
        for name in NEEDED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif (ROOT / name).exists():
                shutil.copy2(ROOT / name, folder / name)

    def judge(self, fault: Fault, named: bool) -> Outcome:
        """Run the tests with a fault planted: those that it names, and then all, but for `named` ones alone."""
        file = self.folder / "s2s_ad" / fault.file
        text = file.read_text(encoding="utf-8")
        since = time.perf_counter()
        self._write(file, fault.planted_in(text))
        try:
            verdict, test = self.run(*fault.tests)
            if verdict == "missed" and not named:
                verdict, test = self.run(*ALL)
        finally:
            self._write(file, text)
        return Outcome(fault, verdict, test, time.perf_counter() - since)

    def _write(self, file: Path, text: str) -> None:
        """Write a file with a time of its own, so that Python compiles it anew."""
        file.write_text(text, encoding="utf-8")
        self.planted += 1
        os.utime(file, (self.planted, self.planted))

    def run(self, *selection: str) -> tuple[str, str]:
        """Run tests until one fails; return the verdict and its name."""
        command = [sys.executable, "-m", "pytest", *selection, *OPTIONS]
        environment = os.environ | {
            "PYTHONPATH": str(self.folder), "S2S_AD_CACHE_DIR": str(self.folder / "cache"), "OPENBLAS_NUM_THREADS": "1",
            "COLUMNS": "400",
        }  # fmt: skip
        try:
            done = subprocess.run(
                command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=MOST_SECONDS
            )
        except subprocess.TimeoutExpired:
            return "broken", "runs forever"
        if done.returncode in (0, 5):  # 5: nothing was selected
            return "missed", ""
        found = _FAILED.search(done.stdout)
        test, error = (found[1], found[2] or "") if found else ((done.stdout + done.stderr)[-200:], "")
        if done.returncode == 1 and not error.startswith(BROKEN):
            return "caught", test
        return "broken", f"{test} {error}".strip().replace("\n", " ")


def judge_all(faults: list[Fault], jobs: int, *, named: bool = False) -> list[Outcome]:
    """Return the outcomes in the order of the faults, by the tests that they name alone if these are `named`."""
    with tempfile.TemporaryDirectory(prefix="s2s_ad_faults_") as folder, ThreadPoolExecutor(jobs) as pool:
        free: queue.Queue[Workshop] = queue.Queue()
        for number in range(jobs):
            free.put(Workshop(Path(folder) / str(number)))
        _check_without_fault(free.queue[0], dict.fromkeys(test for fault in faults for test in fault.tests))

        def judged(fault: Fault) -> Outcome:
            workshop = free.get()
            try:
                return workshop.judge(fault, named)
            finally:
                free.put(workshop)

        waiting = [pool.submit(judged, fault) for fault in faults]
        with tqdm(total=len(waiting), unit="fault", disable=None) as bar:
            for done in as_completed(waiting):
                outcome = done.result()
                bar.update()
                if outcome.verdict != "caught":
                    tqdm.write(f"{outcome.verdict}: {outcome.fault.name} {outcome.test}", file=sys.stderr)
        return [done.result() for done in waiting]


def _check_without_fault(workshop: Workshop, tests: Iterable[str]) -> None:
    verdict, test = workshop.run(*tests)
    if verdict != "missed":
        sys.exit(f"Without a fault {test} fails: nothing can be shown.")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--only", default="", metavar="TEXT", help="faults whose name or file contains this")
    parser.add_argument("--jobs", type=int, default=2, help="how many at once (2)")
    parser.add_argument("--named", action="store_true", help="run the tests that faults name, and never all")
    parser.add_argument("--list", action="store_true", help="only show what there is")
    chosen = parser.parse_args()
    faults = [fault for fault in FAULTS if chosen.only in f"{fault.file}: {fault.name}"]
    if chosen.list:
        print("\n".join(f"{fault.file}: {fault.name}" for fault in faults))
        return 0
    outcomes = judge_all(faults, chosen.jobs, named=chosen.named)
    print("| fault | file | verdict | first test that fails | s |\n|---|---|---|---|---|")
    print("\n".join(outcome.row() for outcome in outcomes))
    caught = sum(outcome.verdict == "caught" for outcome in outcomes)
    print(f"\n{caught} of {len(outcomes)} faults are caught.")
    return int(caught < len(outcomes))


if __name__ == "__main__":
    sys.exit(main())
