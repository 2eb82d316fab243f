"""What Numba says about code that it does not compile, as an error that names the user's statement."""

from __future__ import annotations

import linecache
import os
import re
from collections.abc import Iterator
from types import TracebackType

from s2s_ad.errors import Place, UnsupportedError
from s2s_ad.notes import statement_at

_REMEDY = "leave jit out, or write it with what Numba has: https://numba.readthedocs.io"
_TOLD = re.compile(
    r"No implementation of function .*?(?=\s+found for)|Use of unsupported NumPy function '[\w.]*'|Cannot unify .*"
    r"|Unknown attribute .*|Untyped global name .*|Cannot infer the type of .*|.*[Uu]nsupported.*"
    r"|.*not (?:yet )?supported.*"
)
_FOLDER = os.sep + os.path.join("numba", "core") + os.sep


def refuse_uncompiled(error: Exception, emitted: str, source: str) -> None:
    """Raise UnsupportedError for an error of Numba's compiler, with the statement of the source it is about."""
    if not any(_FOLDER in file for file in _files(error.__traceback__)):
        return
    text = str(error)
    file = re.escape(os.path.basename(emitted))
    lines = [int(number) for number in re.findall(rf'File "[^"]*{file}", line (\d+)', text)]
    told = _TOLD.search(text)
    why = told[0].strip() if told else (text.strip().split("\n")[0] or type(error).__name__)
    place: Place | None = None
    for number in reversed(lines):
        found = statement_at(emitted, number)
        if found is not None:
            line, shown, function = found
            written = "" if function else linecache.getline(source, line).rstrip()
            indent = len(written) - len(written.lstrip())
            place = None if function else Place(source, line, indent, len(written) - indent, written)
            why = f"{why}, in {function}, line {line}: {shown}" if function else why
            break
    raise UnsupportedError(f"Numba does not compile this: {why}", place, _REMEDY) from error


def _files(traceback: TracebackType | None) -> Iterator[str]:
    while traceback is not None:
        yield traceback.tb_frame.f_code.co_filename
        traceback = traceback.tb_next
