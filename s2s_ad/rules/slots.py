"""What `dot` and `bar` are in the functions of equations that rules are written as."""

from __future__ import annotations

from typing import Any


class _Slots:
    """What `dot` and `bar` are to a type checker; rules are never executed."""

    def __getitem__(self, variable: Any) -> Any:
        raise TypeError("a rule is parsed, never called")

    def __setitem__(self, variable: Any, value: Any) -> None:
        raise TypeError("a rule is parsed, never called")


dot = _Slots()
bar = _Slots()
