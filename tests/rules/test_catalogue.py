"""Nothing public of NumPy and `math` is unknown: it has a rule, no derivative, or a reason why not."""

from __future__ import annotations

import pathlib
import subprocess
import sys

from s2s_ad.frontend import lower  # registers what is lowered
from s2s_ad.frontend.calls import BUILTINS
from s2s_ad.ir.ops import op
from s2s_ad.rules.catalogue import IMPOSSIBLE, LOWERED, MODULES, known_of_scipy, public, status

assert lower


def test_every_public_function_is_ruled_lowered_passive_or_impossible_with_a_reason():
    missing = [path for module in MODULES for path in public(module) if status(path)[0] == "missing"]
    assert not missing


def test_catalogue_knows_what_the_front_end_lowers():
    assert {path for path in BUILTINS if path.startswith(("numpy.", "math."))} == LOWERED


def test_what_is_impossible_exists_and_has_no_rule():
    for path in IMPOSSIBLE:
        assert callable(op(path).fun)
        assert status(path)[0] == "impossible"


def test_table_is_printed_and_says_what_is_missing():
    done = subprocess.run([sys.executable, "-m", "s2s_ad.rules"], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert any(line.split()[:4] == ["numpy.sin", "rule", "forward", "reverse"] for line in lines)
    assert "missing" not in lines[-1]


def test_what_is_known_of_scipy_is_listed_with_methods_of_distributions():
    found = {path: status(path) for path in known_of_scipy()}
    assert found["scipy.special.erf"] == ("rule", "x")
    assert found["scipy.stats.norm.logpdf"] == ("rule", "x, loc, scale")
    assert found["scipy.linalg.bandwidth"] == ("passive", "")
    assert "missing" not in {what for what, _ in found.values()}
    assert len([path for path in found if path.startswith("scipy.special.")]) > 150


def in_a_new_process(text):
    return subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True).stdout.split()


def test_scipy_is_imported_when_a_function_of_it_is_asked_for_and_only_its_rules():
    text = """
import sys
from s2s_ad.rules.language import lookup
assert lookup("numpy.sin") and not any(name.startswith("scipy") for name in sys.modules)
assert lookup("scipy.special.erf")
print(*(name for name in sys.modules if name.startswith("s2s_ad.rules.scipy")))
"""
    assert in_a_new_process(text) == ["s2s_ad.rules.scipy_special"]


def test_counts_of_the_readme_are_those_of_the_table():
    text = (pathlib.Path(__file__).parent.parent.parent / "README.md").read_text(encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "s2s_ad.rules"], capture_output=True, text=True, check=True)
    found = {name: dict.fromkeys(("rule", "lowered", "passive", "impossible"), 0) for name in (*MODULES, "scipy")}
    for line in done.stdout.splitlines():
        path, what, *_ = [*line.split(), "", ""]
        owner = "scipy" if path.startswith("scipy.") else path.rpartition(".")[0]
        if owner in found and what in found[owner]:
            found[owner][what] += 1
    del found["scipy"]["impossible"]  # of SciPy only what is known is listed
    for name, counts in found.items():
        row = " | ".join(map(str, counts.values()))
        assert f"| `{name}` | {row} |" in text, f"{name}: {row}"
