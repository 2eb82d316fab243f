"""The list of planted faults stays true when the code moves; `python -m tests.faults` plants them."""

import ast
from pathlib import Path

import pytest

import s2s_ad
from tests.faults.planted import FAULTS

PACKAGE = Path(s2s_ad.__file__).parent


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault_has_one_place_and_is_python(fault):
    text = (PACKAGE / fault.file).read_text(encoding="utf-8")
    assert text.count(fault.old) == 1
    assert ast.dump(ast.parse(fault.planted_in(text))) != ast.dump(ast.parse(text))


def test_faults_are_many_and_different():
    assert len({fault.name for fault in FAULTS}) == len({(f.file, f.old, f.new) for f in FAULTS}) == len(FAULTS) >= 60
