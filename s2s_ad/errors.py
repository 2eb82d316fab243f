"""Errors: one base class, subclasses that point at a place in the user's source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of one source line; `column` counts characters (not bytes) from 0."""

    file: str
    line: int
    column: int
    width: int
    text: str
    """The whole source line, without its newline."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column + 1}"

    def caret(self) -> str:
        """Return the source line with the stretch underlined."""
        indent = len(self.text) - len(self.text.lstrip())
        room = max(1, min(self.width, len(self.text) - self.column))
        marks = " " * (self.column - indent) + "^" * room
        return f"    {self.text.strip()}\n    {marks}"


class S2SError(Exception):
    """Base of all errors of s2s_ad: what happened, where, and what to do instead.

    >>> place = Place("a.py", 7, 8, 10, "    y = np.sort(x)")
    >>> print(S2SError("no rule for numpy.sort", place, "keep x out of argnums"))
    a.py:7:9: no rule for numpy.sort
        y = np.sort(x)
            ^^^^^^^^^^
        keep x out of argnums
    """

    def __init__(self, reason: str, place: Place | None = None, remedy: str = "") -> None:
        self.reason = reason
        self.place = place
        self.remedy = remedy
        super().__init__(reason, place, remedy)

    def __str__(self) -> str:
        lines = [f"{self.place}: {self.reason}" if self.place else self.reason]
        if self.place:
            lines.append(self.place.caret())
        if self.remedy:
            lines.append("    " + self.remedy)
        return "\n".join(lines)


class SourceError(S2SError):
    """The source of a function cannot be had, or is not the source of the code that runs."""


class UnsupportedError(S2SError):
    """A construct of Python that cannot be differentiated (yet) where it stands."""


class NoRuleError(S2SError):
    """A function, or a keyword of one, that has no derivative rule."""


class DifferentiationError(S2SError):
    """The question makes no sense: integer inputs, non-scalar outputs, unknown arguments."""
