"""Points of functions that select elements."""

from __future__ import annotations

import numpy as np

from tests.rules.samples.base import at, some

_UNSORTED = np.array([0.7, 0.2, 0.5, 0.2, 0.9])
_POINTS = np.array([0.1, 0.4, 0.8, 1.0])
_BETWEEN = np.array([0.2, 0.9, 0.5, -0.3, 1.4])

SELECTION = [
    at(np.take, some(5), 2), at(np.take, some(5), np.array([0, 3, 3])),
    at(np.take, some(2, 3), np.array([[0, 5], [5, 1]])), at(np.take, some(2, 3), 4), at(np.take, some(5), [4, -1]),
    at(np.take, some(2, 3), np.array([0, 2, 2, 1]), axis=1), at(np.take, some(2, 3, 2), np.array([[0, 2]]), axis=-2),
    at(np.take, some(3), [4, -2, 1], mode="wrap"), at(np.take, some(2, 3), np.array([4, -2]), axis=1, mode="clip"),
    at(np.take, some(2, 7), 5, axis=1), at(np.take, some(2, 3), np.array([], int), axis=0),
    at(np.take_along_axis, some(2, 3), np.array([[0, 0, 2, 1], [1, 1, 1, 0]]), 1),
    at(np.take_along_axis, some(3, 2), np.array([[0, 2]]), axis=0),
    at(np.take_along_axis, some(3, 2), np.array([0, 5, 5]), axis=None),
    at(np.take_along_axis, some(4), np.array([1, 3])), at(np.delete, some(5), 2), at(np.delete, some(5), [0, 3, 3]),
    at(np.delete, some(5), slice(1, 3)), at(np.delete, some(2, 3), 1, axis=1), at(np.delete, some(2, 3), -1),
    at(np.delete, some(3), np.array([True, False, True])), at(np.compress, [True, False, True], some(4)),
    at(np.compress, np.array([False, True]), some(2, 3), axis=0), at(np.compress, [0, 1, 1], some(2, 3), axis=-1),
    at(np.compress, [True, False, True, True], some(2, 3)), at(np.extract, np.array([True, False, True]), some(3)),
    at(np.extract, [[0, 1, 0], [1, 0, 0]], some(2, 3)),
    at(np.select, [np.array([True, False, False]), np.array([True, True, False])], [some(3), some(3)], 0.5),
    at(np.select, [np.array([[True], [False]]), np.array([False, True, True])], [some(3), 0.5]),
    at(np.select, [np.array([False, True])], [some(2, 1)], some(2)),
    at(np.select, [True, False], [0.5, 0.3], default=some(2)), at(np.choose, np.array([0, 1, 1]), [some(3), some(3)]),
    at(np.choose, np.array([[2], [0]]), (some(3), 0.5, some(2, 1))),
    at(np.choose, np.array([-1, 4, 1]), [some(3), 0.5], mode="clip"),
    at(np.choose, np.array([-1, 4, 1]), [0.3, some(3)], mode="wrap"), at(np.choose, np.array([0, 1, 1]), some(2, 3)),
    at(np.choose, 1, [0.5, 0.3]), at(np.choose, np.array([[0], [1]]), some(2, 1, 3)), at(np.sort, some(5)),
    at(np.sort, some(3, 4)), at(np.sort, some(3, 4), 0), at(np.sort, some(3, 4), axis=None),
    at(np.sort, some(5), kind="stable"), at(np.sort, some(3, 4), 0, stable=True), at(np.sort, some(0)),
    at(np.partition, some(7), 3), at(np.partition, some(3, 4), (0, 2), axis=0),
    at(np.partition, some(3, 4), [7, 2], axis=None), at(np.partition, some(2, 5), -2, kind="introselect"),
    at(np.unique, some(5)), at(np.unique, some(3, 2)), at(np.unique, some(4), True), at(np.unique, some(0)),
    at(np.unique, some(4), return_inverse=True, return_counts=True), at(np.unique, some(3, 2), axis=0),
    at(np.unique, some(3, 2), return_index=True, axis=-1), at(np.unique, some(1), equal_nan=False, sorted=False),
    at(np.unique_values, some(1)), at(np.unique_counts, some(4)), at(np.unique_inverse, some(2, 2)),
    at(np.unique_all, some(4)), at(np.union1d, some(3), some(2)), at(np.union1d, some(2, 2), 0.95),
    at(np.setxor1d, some(3), some(2)), at(np.setxor1d, some(3), some(2), assume_unique=True),
    at(np.setdiff1d, some(4), some(3)), at(np.setdiff1d, some(2, 2), np.array([2.0]), assume_unique=True),
    at(np.interp, _BETWEEN, _POINTS, some(4)), at(np.interp, 0.5, _POINTS, some(4)),
    at(np.interp, some(2, 2), _POINTS, some(4)), at(np.interp, _BETWEEN, _POINTS, some(4), 0.3, 0.6),
    at(np.interp, _BETWEEN, _POINTS, some(4), None, 0.6), at(np.interp, 1.5, _POINTS, some(4), 0.3, 0.6),
    at(np.interp, _BETWEEN, np.array([0.5]), some(1)),
]  # fmt: skip
