"""The version of the library: part of the key of every emitted module."""

from __future__ import annotations

import hashlib
import os
from functools import cache

__version__ = "0.1.0"


@cache
def identity() -> str:
    """Return the version, and in a git checkout a hash of the sources too.

    Whoever works on the library must not be given what it emitted before a change.  Reading the
    sources takes 1 ms, which an installed copy does not spend.
    """
    package = os.path.dirname(os.path.abspath(__file__))
    if not os.path.exists(os.path.join(os.path.dirname(package), ".git")):
        return __version__
    digest = hashlib.sha256()
    for folder, inner, names in os.walk(package):
        inner.sort()
        for name in sorted(names):
            if name.endswith(".py"):
                with open(os.path.join(folder, name), "rb") as file:
                    digest.update(file.read())
    return f"{__version__}+{digest.hexdigest()[:12]}"
