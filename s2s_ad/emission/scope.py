"""Global names of an emitted module: what it imports, which helpers it carries, under what names.

Names of parameters belong to the user, so an import yields: with a parameter called `np` the
module has `import numpy as np_`.
"""

from __future__ import annotations

import ast

from s2s_ad.emission.printer import attribute, name

HELPERS = "s2s_ad.rules.helpers.", "s2s_ad.jit.helpers."
_HELPER = "helper"
_MODULES = ("cmath", "logging", "math", "operator", "random", "time", "warnings")
_PLAIN = {"numpy": "np", **dict(zip(_MODULES, _MODULES, strict=True))}
"""Modules that are imported whole, and under what name."""

Import = tuple[str, str, str]
"""module, name ("" for the module itself), name in the emitted module"""


class Globals:
    """The global names that emitted code uses, collected as expressions ask for them.

    >>> from s2s_ad.emission.printer import expression
    >>> scope = Globals(frozenset({"np"}))
    >>> [expression(scope.reach(path)) for path in ("numpy.sin", "scipy.special.erf", "builtins.len", "os.path.join")]
    ['np_.sin', 'special.erf', 'len', 'join']
    >>> scope.imports()
    [('numpy', '', 'np_'), ('os.path', 'join', 'join'), ('scipy', 'special', 'special')]
    """

    def __init__(self, taken: frozenset[str] = frozenset()) -> None:
        self.used: set[tuple[str, str]] = set()
        """What the code uses of the names that are known; what only a comment mentions is not imported."""
        self._taken = taken
        self._names: dict[tuple[str, str], str] = {}
        self._mentions = False

    def reach(self, path: str) -> ast.expr:
        """Return the expression for what is at the path, and remember to import it."""
        if path.startswith(HELPERS):
            return name(self._name(_HELPER, path.rpartition(".")[2]))
        root, _, rest = path.partition(".")
        if root in ("ir", "local"):
            return name(rest)
        if root == "builtins":
            return self._builtin(rest)
        if root in _PLAIN:
            return _attributes(self._name(root, ""), rest)
        if root == "scipy" and rest:
            package, _, function = rest.partition(".")
            return _attributes(self._name("scipy", package), function)
        module, _, last = path.rpartition(".")
        return name(self._name(module, last) if module else self._name(last, ""))

    def mention(self, path: str) -> ast.expr:
        """Return the expression for what is at the path, for text that is not code."""
        self._mentions = True
        try:
            return self.reach(path)
        finally:
            self._mentions = False

    def names(self) -> frozenset[str]:
        """Return all global names that are known."""
        return frozenset(self._names.values())

    def imports(self) -> list[Import]:
        """Return what is to be imported, in a fixed order."""
        own = ("", _HELPER)
        return sorted((*key, self._names[key]) for key in self.used if key[0] not in own)

    def helpers(self) -> list[tuple[str, str]]:
        """Return the helpers in use and the names they are called by."""
        return sorted((last, self._names[module, last]) for module, last in self.used if module == _HELPER)

    def _builtin(self, rest: str) -> ast.expr:
        if rest.partition(".")[0] in self._taken:
            return _attributes(self._name("builtins", ""), rest)
        self._names["", rest] = rest.partition(".")[0]
        return _attributes(rest, "")

    def _name(self, module: str, last: str) -> str:
        known = self._names.get((module, last))
        if known is None:
            wanted = last or _PLAIN.get(module, module.rpartition(".")[2])
            known = unique(wanted + "_" if wanted in self._taken else wanted, self._taken | self.names())
            self._names[module, last] = known
        if not self._mentions:
            self.used.add((module, last))
        return known


def unique(wanted: str, taken: frozenset[str]) -> str:
    """Return the name, or name_2, name_3, ... if it is taken.

    >>> unique("x", frozenset({"x", "x_2"}))
    'x_3'
    """
    candidate, number = wanted, 1
    while candidate in taken:
        number += 1
        candidate = f"{wanted}_{number}"
    return candidate


def import_lines(imports: list[Import]) -> list[str]:
    """Return the import statements.

    >>> import_lines([("numpy", "", "np"), ("a.b", "f", "f"), ("a.b", "g", "g_2"), ("math", "", "math")])
    ['import math', 'import numpy as np', 'from a.b import f, g as g_2']
    """
    plain = sorted({(module, alias) for module, last, alias in imports if not last})
    lines = [f"import {module}" + (f" as {alias}" if alias != module else "") for module, alias in plain]
    parts: dict[str, list[str]] = {}
    for module, last, alias in sorted(set(imports)):
        if last:
            parts.setdefault(module, []).append(last if last == alias else f"{last} as {alias}")
    return lines + [f"from {module} import {', '.join(names)}" for module, names in parts.items()]


def _attributes(first: str, rest: str) -> ast.expr:
    node = name(first)
    for attr in rest.split(".") if rest else ():
        node = attribute(node, attr)
    return node
