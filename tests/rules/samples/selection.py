"""Points of functions that select elements."""

from __future__ import annotations

import numpy as np

from tests.rules.samples.base import at, some

SELECTION = [
    at(np.take, some(5), 2), at(np.take, some(5), np.array([0, 3, 3])),
    at(np.take, some(2, 3), np.array([[0, 5], [5, 1]])),
    at(np.take, some(2, 3), np.array([0, 2, 2, 1]), axis=1), at(np.take, some(2, 3, 2), np.array([[0, 2]]), axis=-2),
    at(np.take_along_axis, some(2, 3), np.array([[0, 0, 2, 1], [1, 1, 1, 0]]), 1),
    at(np.take_along_axis, some(3, 2), np.array([[0, 2]]), axis=0),
    at(np.sort, some(5)), at(np.sort, some(3, 4)), at(np.sort, some(3, 4), 0), at(np.sort, some(3, 4), axis=None),
]  # fmt: skip
