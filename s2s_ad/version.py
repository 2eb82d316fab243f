"""The version of the library: part of the key of every emitted module."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import cache

__version__ = "0.1.0"


@cache
def identity() -> str:
    """Return the version, and in a git checkout a hash of the sizes and times of the sources too.

    Whoever works on the library must not be given what it emitted before a change.  Looking at the
    sources takes less than 1 ms, which an installed copy does not spend.
    """
    package = os.path.dirname(os.path.abspath(__file__))
    if not os.path.exists(os.path.join(os.path.dirname(package), ".git")):
        return __version__
    known = sorted(_sources(package))
    return f"{__version__}+{hashlib.sha256(repr(known).encode()).hexdigest()[:12]}"


def _sources(folder: str) -> Iterator[tuple[str, int, int]]:
    """Yield the source files in a folder, and in those inside it, with their sizes and times of modification."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _sources(entry.path)
            elif entry.name.endswith(".py"):
                found = entry.stat()
                yield entry.path, found.st_size, found.st_mtime_ns
