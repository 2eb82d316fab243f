"""Comments: where a line comes from, said once for each run of lines of one origin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from s2s_ad.ir.core import Adjoint, Eqn, Origin, Settled, Source, Tangent, source_of
from s2s_ad.ir.ops import PUSH

FIRST_COLUMN, TAB, LONGEST_ALIGNED, LONGEST_TEXT = 41, 4, 44, 60


@dataclass(frozen=True, slots=True)
class Line:
    """A line of code at a depth of indentation, and what it is there for."""

    depth: int
    code: str
    origin: Origin = None
    is_push: bool = False

    def __str__(self) -> str:
        return "    " * self.depth + self.code if self.code else ""


def comment(origin: Origin, is_push: bool, text_of: Callable[[Eqn], str]) -> str:
    """Return the comment that says what a line comes from, "" if there is nothing to say."""
    match origin:
        case Source():
            return shorten(f"{_place(origin)}: {' '.join(origin.text.split())}")
        case Tangent():  # the statement that it stands beside has said it
            return ""
        case Adjoint(Eqn() as eqn):
            source = source_of(origin)
            if is_push and source:
                return shorten(f"{source.text.rpartition(' = ')[2]} needs it")
            text = text_of(eqn)
            return shorten(text) if text or not source else shorten(f"{_place(source)}: {source.text}")
        case Adjoint():
            source = source_of(origin)
            return f"{_place(source)}, backwards" if source else ""
        case Settled(of):
            return comment(of, is_push, text_of)
        case None:
            return ""


def shorten(text: str) -> str:
    """Return the text on one line of bearable length.

    >>> shorten("a  +  b"), len(shorten("x" * 100))
    ('a + b', 60)
    """
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 3] + "..."


def render(lines: list[Line], text_of: Callable[[Eqn], str]) -> list[str]:
    """Return the lines of text with their comments, aligned."""
    codes = [str(line) for line in lines]
    comments = _comments(lines, text_of)
    columns = _columns(codes, comments)
    return [
        f"{code:<{column}}# {text}" if text else code
        for code, text, column in zip(codes, comments, columns, strict=True)
    ]


def equation_line(depth: int, code: str, eqn: Eqn) -> Line:
    """Return the line of an equation, marked if it puts values on a tape."""
    return Line(depth, code, eqn.origin, eqn.op == PUSH)


def _place(source: Source) -> str:
    return f"{source.function} L{source.place.line}" if source.function else f"L{source.place.line}"


def _comments(lines: list[Line], text_of: Callable[[Eqn], str]) -> list[str]:
    found: list[str] = []
    last: Origin = None
    said = ""
    for line in lines:
        text = ""
        if line.origin is not None and line.origin is not last and line.origin != last:
            text = comment(line.origin, line.is_push, text_of)
            text = "" if text == said else text
            said = text or said
        if line.origin is not None and not line.is_push:
            last = line.origin
        found.append(text)
    return found


def _columns(codes: list[str], comments: list[str]) -> list[int]:
    """Return the column of each comment: one for a section, further right for runs of long lines."""
    columns = [0] * len(codes)
    start = 0
    while start < len(codes):
        end = next((i for i in range(start, len(codes)) if not codes[i]), len(codes))
        short = [len(codes[i]) for i in range(start, end) if comments[i] and len(codes[i]) <= LONGEST_ALIGNED - 2]
        section = _stop(max(short, default=0))
        for i in range(start, end):
            columns[i] = section if len(codes[i]) <= LONGEST_ALIGNED - 2 else _stop(_run_length(codes, comments, i))
        start = end + 1
    return columns


def _run_length(codes: list[str], comments: list[str], i: int) -> int:
    """Return the length of the longest line in the run of long commented lines around line i."""
    low = high = i
    while low > 0 and comments[low - 1] and len(codes[low - 1]) > LONGEST_ALIGNED - 2:
        low -= 1
    while high + 1 < len(codes) and comments[high + 1] and len(codes[high + 1]) > LONGEST_ALIGNED - 2:
        high += 1
    return max(map(len, codes[low : high + 1]))


def _stop(length: int) -> int:
    """Return the first column for a comment to the right of a line."""
    over = max(0, length + 2 - FIRST_COLUMN)
    return FIRST_COLUMN + -(-over // TAB) * TAB
