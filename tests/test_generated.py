"""The modules in generated/ are what the examples emit now."""

import pytest

from tests import generated


@pytest.mark.parametrize(("name", "text"), list(generated.modules()))
def test_generated_module_is_fresh(name, text):
    kept = (generated.GENERATED / name).read_text(encoding="utf-8")
    assert kept == text, "run python -m tests.generated and review the difference"


def test_nothing_else_is_kept():
    assert {path.name for path in generated.GENERATED.iterdir()} == {name for name, _ in generated.modules()}
