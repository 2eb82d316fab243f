"""What the grammar knows while it writes a program: types of names, features, lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.oracle.source import Source


@dataclass(frozen=True)
class Arr:
    """An array of floats with its shape; arrays of module level may not be written."""

    shape: tuple[int, ...]
    writable: bool = True


@dataclass(frozen=True)
class ListT:
    """A list of floats with at least so many items."""

    least: int


@dataclass(frozen=True)
class TupleT:
    """A tuple of so many floats."""

    count: int


@dataclass(frozen=True)
class DictT:
    """A dict with the key "a" for a float and, with a shape, "w" for an array."""

    shape: tuple[int, ...] | None


@dataclass(frozen=True)
class Obj:
    """A `Point`, with a float `a` and an array `w`."""

    shape: tuple[int, ...]


@dataclass(frozen=True)
class Fun:
    """A function of floats that gives a float."""

    count: int


FLOAT, INT = "float", "int"
Type = Any

FEATURES: dict[str, int] = {
    # how many programs of a hundred may have what
    "inplace": 60, "views": 45, "alias": 45, "reductions": 70, "elementwise": 70, "shape": 35, "products": 35,
    "assembly": 30, "choices": 40, "masks": 25, "fancy": 25, "sort": 15, "scans": 20, "math": 35, "numpy": 70,
    "methods": 45, "powers": 35, "mod": 10, "matrix": 50, "zero_size": 4, "one_size": 15, "float32": 6,
    "if": 65, "for": 65, "while": 15, "nested": 40, "for_array": 20, "for_list": 15, "zip": 15, "enumerate": 15,
    "break": 12, "continue": 12, "loop_return": 8, "for_else": 6, "early_return": 20,
    "lists": 25, "list_writes": 15, "list_grows": 10, "comprehension": 20, "generator": 12,
    "tuples": 25, "swap": 25, "dicts": 20, "dict_writes": 10, "objects": 8, "methods_of_objects": 4,
    "helpers": 45, "helper_writes": 15, "closures": 15, "lambdas": 15, "recursion": 5, "defaults": 40,
    "print": 20, "raise": 12, "assert": 8, "try": 6, "errors": 4, "walrus": 6, "ternary": 30, "boolops": 15,
    "chained": 15, "globals": 20, "unbound": 4, "integers": 35, "negative_zero": 3, "ties": 15, "nonlocal": 3,
}  # fmt: skip


class Scope:
    """The state of a program that is being written."""

    def __init__(self, source: Source, features: frozenset[str]) -> None:
        self.source = source
        self.features = features
        self.lines: list[str] = []
        self.env: dict[str, Type] = {}
        self.indent = 1
        self.loops = 0
        self.inner = 0
        """How many functions of the program are around."""
        self.budget = 0
        self.fixed: frozenset[str] = frozenset()
        """Names that statements may not bind: counters of loops, arguments that are ints."""
        self.made = 0
        n = source.choice([3, 2, 4])
        m = source.choice([2, 3, n])
        if self.has("one_size"):
            n = source.choice([n, 1])
        if self.has("zero_size"):
            n = source.choice([n, 0])
        self.sizes = (n, m)

    def has(self, feature: str) -> bool:
        """Say whether the program may have a feature."""
        return feature in self.features

    def line(self, text: str) -> None:
        """Write a line."""
        self.lines.append("    " * self.indent + text)

    def names(self, sort: Any) -> list[str]:
        """Return the names of a type, or of a class of types."""
        if isinstance(sort, type):
            return [name for name, each in self.env.items() if isinstance(each, sort)]
        return [name for name, each in self.env.items() if each == sort]

    def arrays(self, shape: tuple[int, ...] | None = None, writable: bool = False) -> list[str]:
        """Return the names of arrays."""
        return [
            name
            for name, each in self.env.items()
            if isinstance(each, Arr) and (shape is None or each.shape == shape) and (each.writable or not writable)
        ]

    def new_name(self, stem: str) -> str:
        """Return a name that is free."""
        while True:
            self.made += 1
            name = f"{stem}{self.made}"
            if name not in self.env:
                return name

    def target(self, sort: Type, stem: str) -> str:
        """Return a name to bind: one of the type, or a new one."""
        known = [name for name in self.names(sort) if name not in self.fixed]
        if isinstance(sort, Arr):
            known = [name for name in self.arrays(sort.shape, True) if name not in self.fixed]
        if known and self.source.chance(55):
            return self.source.choice(known)
        return self.new_name(stem)


def features(source: Source) -> frozenset[str]:
    """Return the features of one program: few of them together find more than all at once."""
    return frozenset(name for name, percent in FEATURES.items() if source.chance(percent))
