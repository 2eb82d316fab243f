"""What Numba says about code that it does not compile, as an error that names the user's statement."""

from __future__ import annotations

import linecache
import os
import re
from collections.abc import Iterator
from types import CodeType, TracebackType

from s2s_ad.errors import Place, UnsupportedError
from s2s_ad.notes import statement_at

_REMEDY = "leave jit out, or write it with what Numba has: https://numba.readthedocs.io"
_TOLD = re.compile(
    r"No implementation of function .*?(?=\s+found for)|Use of unsupported NumPy function '[\w.]*'|Cannot unify .*"
    r"|Unknown attribute .*|Untyped global name .*|Cannot infer the type of .*|.*[Uu]nsupported.*"
    r"|.*not (?:yet )?supported.*"
)
_NO_FORM = re.compile(r"No implementation of function Function\(<(?:built-in )?\w+ '?([\w.]+)")
_UNRESOLVED = "unresolved symbol"
"""What Numba says when compiled code is called that lacks a part (https://github.com/numba/numba/issues/6061)."""
_FOLDER = os.sep + os.path.join("numba", "core") + os.sep


def refuse_uncompiled(error: Exception, emitted: str, code: CodeType) -> None:
    """Raise UnsupportedError for an error of Numba's compiler, with the statement of the source it is about.

    Where Numba does not say which it is, it is the function's first line.
    """
    text = str(error)
    if isinstance(error, RuntimeError) and _UNRESOLVED in text:
        text = "a recursive function is called with several types, and by its own name with another than its first"
    elif not any(_FOLDER in file for file in _files(error.__traceback__)):
        return
    file = re.escape(os.path.basename(emitted))
    lines = [int(number) for number in re.findall(rf'File "[^"]*{file}", line (\d+)', text)]
    why, source, first = _reason(text) or type(error).__name__, code.co_filename, code.co_firstlineno
    place: Place | None = None
    for number in reversed(lines):
        found = statement_at(emitted, number)
        if found is not None:
            line, shown, function = found
            place = None if function else _place(source, line)
            why = f"{why}, in {function}, line {line}: {shown}" if function else why
            break
    else:
        place = _place(source, first)
    raise UnsupportedError(f"Numba does not compile this: {why}", place, _REMEDY) from error


def _reason(text: str) -> str:
    """Return what Numba says, without its insides.

    >>> _reason("No implementation of function Function(<function sort at 0x7f26>) found for signature:")
    'it has no sort for these arguments'
    >>> _reason("Failed in nopython mode pipeline (step: nopython frontend)\\ntuple index out of range\\n")
    'tuple index out of range'
    """
    told = _TOLD.search(text)
    lines = (line.strip() for line in text.splitlines() if not line.startswith("Failed in "))
    reason = told[0].strip() if told else next(filter(None, lines), "")
    no_form = _NO_FORM.match(reason)
    return f"it has no {no_form[1]} for these arguments" if no_form else reason


def _place(source: str, line: int) -> Place:
    written = linecache.getline(source, line).rstrip()
    indent = len(written) - len(written.lstrip())
    return Place(source, line, indent, len(written) - indent, written)


def _files(traceback: TracebackType | None) -> Iterator[str]:
    while traceback is not None:
        yield traceback.tb_frame.f_code.co_filename
        traceback = traceback.tb_next
