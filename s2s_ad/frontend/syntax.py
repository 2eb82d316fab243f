"""gast, which has no types of its own: whoever reads syntax trees takes it from here."""

from __future__ import annotations

from importlib import import_module
from typing import Any

gast: Any = import_module("gast")
