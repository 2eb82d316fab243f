"""Where the grammar takes its choices from: a seeded generator, or Hypothesis, which can shrink them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Item = TypeVar("Item")


class Source:
    """Choices; the first of each is the simplest, to which Hypothesis shrinks."""

    def __init__(self, below: Callable[[int], int]) -> None:
        self.below = below

    def choice(self, items: Sequence[Item]) -> Item:
        """Return one of the items."""
        return items[self.below(len(items))]

    def chance(self, percent: float) -> bool:
        """Say yes so many times of a hundred."""
        return self.below(1000) >= 1000 - 10 * percent

    def weighted(self, items: Sequence[tuple[int, Item]]) -> Item:
        """Return one of the items by their weights."""
        at = self.below(sum(weight for weight, _ in items))
        for weight, item in items:
            at -= weight
            if at < 0:
                return item
        raise AssertionError


def seeded(seed: int, index: int) -> Source:
    """Return the source of program number `index` of a run."""
    generator = random.Random(f"{seed}:{index}").random
    return Source(lambda count: int(generator() * count))


def drawn(draw: Any) -> Source:
    """Return a source that draws from Hypothesis: `draw` is that of `@st.composite`."""
    from hypothesis import strategies as st

    return Source(lambda count: draw(st.integers(0, count - 1)))
