"""Every test run emits anew: the cache folder is a temporary one.

`--all-samples` takes all samples of each function in every test, those too that differ from another by shapes and axes
only, and what else takes long and differs little: twice as long.
"""

import gc
import os
import tempfile

import pytest

_cache = tempfile.TemporaryDirectory(prefix="s2s_ad_tests_")
os.environ["S2S_AD_CACHE_DIR"] = _cache.name
os.environ.setdefault("NUMBA_OPT", "1")  # LLVM works a third as long for code that nobody times


def pytest_addoption(parser):
    parser.addoption("--all-samples", action="store_true", help="take all samples of each function in every test")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--all-samples"):
        left_out = [item for item in items if item.get_closest_marker("further")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("further")]


def pytest_collection_finish():
    """Keep the collector from going through fifty thousand tests, which all stay, again and again."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache folder of one test."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("S2S_AD_CACHE_DIR", str(folder))
    return folder
