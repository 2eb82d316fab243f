"""Notes on errors of user code: which line of the source an error of an emitted line comes from."""

from __future__ import annotations

import linecache
import re
from collections.abc import Iterator
from types import TracebackType

_COMMENT = re.compile(r"#\s(?:(?P<function>\S+)\s)?L(?P<line>\d+)(?::\s(?P<text>.*)|, backwards)$")


def add_source_line(error: BaseException, emitted: str, source: str) -> None:
    """Add to an error that passed through the emitted file the line of the source it belongs to."""
    lines = [line for file, line in _frames(error.__traceback__) if file == emitted]
    if not lines:
        return
    found = statement_at(emitted, lines[-1])
    if found is not None:
        line, text, function = found
        error.add_note(f"{function or source}, line {line}" + (f": {text}" if text else ""))


def statement_at(emitted: str, number: int) -> tuple[int, str, str] | None:
    """Return the statement that a line of an emitted file comes from: its line, its text, and what helper it is of."""
    for above in range(number, 0, -1):
        text = linecache.getline(emitted, above).rstrip()
        if text.startswith("def "):
            return None
        comment = _COMMENT.search(text)
        if comment:
            return int(comment["line"]), comment["text"] or "", comment["function"] or ""
    return None


def _frames(traceback: TracebackType | None) -> Iterator[tuple[str, int]]:
    while traceback is not None:
        yield traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
        traceback = traceback.tb_next
