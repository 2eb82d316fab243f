"""`python -m s2s_ad.rules`: every public function of NumPy and `math`, and what is known of SciPy."""

from __future__ import annotations

import sys
from collections import Counter

from s2s_ad.rules.catalogue import MODULES, known_of_scipy, public, status
from s2s_ad.rules.language import equations, lookup


def main() -> int:
    """Print the table and its counts; return 1 where something is missing."""
    rows = [("function", "is", "modes", "arguments or reason")]
    counts: Counter[str] = Counter()
    for path in (*(path for module in MODULES for path in public(module)), *known_of_scipy()):
        found, more = status(path)
        counts[found] += 1
        rows.append((path, found, _modes(path), more))
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)]
        print("  ".join([*cells, row[3]]).rstrip())
    print("\n" + ", ".join(f"{number} {found}" for found, number in sorted(counts.items())))
    return int(counts["missing"] > 0)


def _modes(path: str) -> str:
    """Return the modes that a rule has equations for."""
    rule = lookup(path)
    if rule is None:
        return ""
    found = equations(rule)
    return " ".join(mode for mode, statements in (("forward", found.dot), ("reverse", found.bar)) if statements)


if __name__ == "__main__":
    sys.exit(main())
