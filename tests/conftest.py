"""Every test run emits anew: the cache folder is a temporary one."""

import os
import tempfile

import pytest

_cache = tempfile.TemporaryDirectory(prefix="s2s_ad_tests_")
os.environ["S2S_AD_CACHE_DIR"] = _cache.name


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache folder of one test."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("S2S_AD_CACHE_DIR", str(folder))
    return folder
