"""The code of README.md runs, and prints what README.md says.

All blocks run in order in one module, whose lines are at the places of README.md.
"""

import contextlib
import doctest
import io
import linecache
import pathlib
import re

README = pathlib.Path(__file__).parent.parent / "README.md"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(text):
    """Yield language, code and number of lines before the code of each fenced block."""
    for match in FENCE.finditer(text):
        yield match[1], match[2], text[: match.start(2)].count("\n")


def module_text(text):
    """Return the Python blocks at their lines, and nothing between them."""
    lines = [""] * text.count("\n")
    for language, code, before in blocks(text):
        if language == "python":
            lines[before : before + code.count("\n")] = code.splitlines()
    return "\n".join(lines) + "\n"


def test_readme_prints_what_it_says(tmp_path):
    text = README.read_text(encoding="utf-8")
    path = tmp_path / "readme.py"
    path.write_text(module_text(text), encoding="utf-8")
    linecache.checkcache(str(path))
    namespace = {"__name__": "readme", "__file__": str(path)}
    printed = io.StringIO()
    checked = 0
    for language, code, before in blocks(text):
        if language == "python":
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile("\n" * before + code, str(path), "exec"), namespace)
        elif language == "text":
            options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
            right = doctest.OutputChecker().check_output(code, printed.getvalue(), options)
            assert right, f"README.md says\n{code}\nand the code prints\n{printed.getvalue()}"
            checked += 1
    assert checked >= 3


def test_readme_has_the_two_commands():
    text = README.read_text(encoding="utf-8")
    assert re.search(r"<!-- main job -->\n```sh\n.*examples/fit_digits.py\n```", text)
    assert re.search(r"<!-- tests -->\n```sh\n.*pytest -n auto\n```", text)
