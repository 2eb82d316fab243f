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
    for number in range(lines[-1], 0, -1):
        text = linecache.getline(emitted, number).rstrip()
        if text.startswith("def "):
            return
        comment = _COMMENT.search(text)
        if comment:
            where = f"{comment['function']}, line" if comment["function"] else f"{source}, line"
            shown = f": {comment['text']}" if comment["text"] else ""
            error.add_note(f"{where} {comment['line']}{shown}")
            return


def _frames(traceback: TracebackType | None) -> Iterator[tuple[str, int]]:
    while traceback is not None:
        yield traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
        traceback = traceback.tb_next
