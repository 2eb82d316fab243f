"""The examples do what they say."""

import os
import pathlib
import re
import subprocess
import sys
import time

import pytest

EXAMPLES = pathlib.Path(__file__).parent.parent / "examples"


def run(name):
    """Return what an example prints, run as its reader would run it."""
    environment = os.environ | {"PYTHONPATH": str(EXAMPLES.parent), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, str(EXAMPLES / name)]
    result = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8")
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_textbook_shows_listing_tables_and_code():
    printed = run("textbook.py")
    for words in ("v₋₁ = x1", "v₀ = x2", "v₅ = v₄ - v₃", "y = v₅", "11.652", "(5.500, 1.716)", "def f_vjp(x1, x2"):
        assert words in printed.replace("−", "-")


def test_digits_reach_97_percent_within_a_minute():
    pytest.importorskip("sklearn")
    pytest.importorskip("tqdm")
    start = time.monotonic()
    printed = run("fit_digits.py")
    assert time.monotonic() - start < 60
    (accuracy,) = re.findall(r"accuracy on 599 images held out of 1797: (0\.\d+)", printed)
    assert float(accuracy) >= 0.97
    (path,) = re.findall(r"the emitted gradient: (.*)", printed)
    assert "def loss_vjp(params, images, targets" in pathlib.Path(path).read_text(encoding="utf-8")


def test_heat_finds_the_parameters_it_was_simulated_with():
    found = [float(number) for number in re.findall(r"(\d\.\d{3}) \(", run("heat.py"))]
    assert found == [0.3, 0.5]


def test_newton_methods_find_the_published_curve():
    """Slope, limits, middle and their standard errors of the ryegrass data, as R's package drc documents them."""
    printed = run("fit_dose.py")
    for line in printed.splitlines()[:2]:
        assert "slope 2.9822, from 7.7930 to 0.4814 cm, half at 3.0580 mM" in line
    assert "residual deviation 0.5196 cm" in printed
