"""The supply of unique names of values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Names:
    """The supply of unique names; copied and put back when a loop body is lowered again."""

    number: int = 1
    cell: int = 0
    versions: dict[str, int] = field(default_factory=dict[str, int])
    users: set[str] = field(default_factory=set[str])
    """Names of the user's own variables: no number is printed as one of them."""

    @staticmethod
    def beyond(used: Iterable[str]) -> Names:
        """Return a supply that gives none of the names in use."""
        names = Names()
        for name in used:
            hint, _, count = name.partition(".")
            names.versions[hint] = max(names.versions.get(hint, 0), int(count) if count.isdigit() else 1)
        return names

    def copy(self) -> Names:
        """Return a supply that goes on from here."""
        return Names(self.number, self.cell, dict(self.versions), self.users)

    def numbered(self) -> str:
        """Return the next of v1, v2, …."""
        while f"v{self.number}" in self.users:
            self.number += 1
        self.number += 1
        return self.version(f"v{self.number - 1}")

    def version(self, hint: str) -> str:
        """Return a unique name that is printed as `hint`; a hint of "" is never printed."""
        count = self.versions.get(hint, 0) + 1
        self.versions[hint] = count
        return hint if count == 1 and hint else f"{hint}.{count}"


def unique(name: str, taken: set[str]) -> str:
    """Return the name, or the next numbered one that is free, and take it."""
    stem, number, candidate = name.removesuffix("_0"), 0, name
    while candidate in taken:
        number += 1
        candidate = f"{stem}_{number}"
    taken.add(candidate)
    return candidate
