"""Points of the helpers of emitted modules."""

from __future__ import annotations

import numpy as np

from s2s_ad.rules import helpers
from tests.rules.samples.base import at, some

_GRID = np.array([0.1, 0.4, 0.6, 1.1, 1.3])

HELPERS = [
    at(helpers.unbroadcast, some(2, 3), (3,)), at(helpers.unbroadcast, some(2, 3), (2, 1)),
    at(helpers.unbroadcast, some(2, 3), (2, 3)), at(helpers.unbroadcast, some(2, 3), ()),
    at(helpers.fitted, some(2, 3), (2, 3), "float64", wrt=(0,)), at(helpers.fitted, 0.5, (), "float64", wrt=(0,)),
    at(helpers.axes_last, some(2, 3, 4), (0, 2)), at(helpers.axes_last, some(2, 3), None),
    at(helpers.axes_back, some(3, 8), (2, 3, 4), (0, 2)), at(helpers.axes_back, some(6), (2, 3), None),
    at(helpers.shifted, some(2, 3), 1, 0.0, wrt=(0,)), at(helpers.shifted, some(2, 3), -1, 1.0, 0, wrt=(0,)),
    at(helpers.recurrence, some(4), some(4)), at(helpers.recurrence, some(3, 2), some(3, 2), 0),
    at(helpers.preceded, some(2, 3), 1.0, -1, wrt=(0,)), at(helpers.preceded, some(0), 0.0, 0, wrt=(0,)),
    at(helpers.flattened, some(2, 3)), at(helpers.flattened, some(2, 3), "F"),
    at(helpers.unconcatenate, some(5), (some(2), some(3)), wrt=(0,)),
    at(helpers.unconcatenate, some(3, 3), (some(3), some(2, 3)), 0, wrt=(0,)),
    at(helpers.unconcatenate, some(5), (some(2), some(3, 1)), None, wrt=(0,)),
    at(helpers.joined, (some(3), some(2, 3)), (3, 3), 0), at(helpers.joined, (some(3), some(2)), (5,), None),
    at(helpers.unstack, some(2, 3), 1), at(helpers.undiagonal, some(3), (3, 4), 1),
    at(helpers.undiagonal, some(2, 1), (2, 3, 4), -1, 1, 2), at(helpers.unrepeat, some(2, 6), (2, 3), 2, 1),
    at(helpers.unslide, some(4, 2), (5,), 2), at(helpers.unslide, some(2, 3, 1, 2), (2, 4), (1, 2), (0, 1)),
    at(helpers.untile, some(4, 3), (2, 3), (2, 1)),
    at(helpers.flattened, some(3, 2).T, "A", primal=lambda x, order: x.flatten("F")),
    at(helpers.unpad, some(7), (3,), (1, 3), "edge"),
    at(helpers.unpad, some(4, 5), (2, 3), 1, mode="mean", stat_length=2),
    at(helpers.unpad, some(4, 5), (2, 3), 1, mode="reflect", reflect_type="odd"), at(helpers.unpad, some(5), (3,), 1),
    at(helpers.untake, some(3), (5,), np.array([0, 3, 3])), at(helpers.untake, some(2), (2, 3), 2, 1),
    at(helpers.untake_along, some(2, 4), (2, 3), np.array([[0, 0, 2, 1], [1, 1, 1, 0]]), 1),
    at(helpers.unreduceat, some(3), (5,), [0, 2, 4], 0), at(helpers.unreduceat, some(2, 4), (2, 5), [3, 1, 1, 4], 1),
    at(helpers.uneinsum, some(2), "ii->i", (2, 2)), at(helpers.uneinsum, some(2, 3), "iji->ij", (2, 3, 2)),
    at(helpers.uneinsum, some(1), "ii->i", (2, 2)), at(helpers.uneinsum, 0.5, "iijj->ij", (2, 2, 3, 3)),
    at(helpers.unpaired, some(3), 4), at(helpers.unpaired, some(2, 3), 4), at(helpers.unpaired, some(2, 1), 4),
    at(helpers.unpaired, some(1), 1),
    at(helpers.aligned, some(4), 2), at(helpers.aligned, some(2), 4), at(helpers.aligned, some(3), 3),
    at(helpers.monic, some(4)), at(helpers.monic, some(2, 3)), at(helpers.monic, some(1)),
    *[at(helpers.ungradient, some(5), spacing, 0, order) for spacing in (0.5, _GRID) for order in (1, 2)],
    *[at(helpers.ungradient, some(2, 5, 3), spacing, 1, order) for spacing in (0.5, _GRID) for order in (1, 2)],
    at(helpers.ungradient, some(2), np.array([0.2, 0.5]), 0, 1), at(helpers.ungradient, some(3), _GRID[:3], 0, 2),
    at(helpers.resized, some(3, 4), (5, 2)), at(helpers.or_zeros, some(3), (3,)),
    at(helpers.copy_of_list, [some(2), some(3)]), at(helpers.sum_of_lists, [some(2), some(3)], [some(2), some(3)]),
    at(helpers.floats, [0.3, 0.7]), at(helpers.fitted_list, [some(2), some(3)], [some(2), some(3)]),
    at(helpers.unless_pole, some(3), some(3), some(3), wrt=(2,)), at(helpers.unless_pole, 0.5, 0.3, some(2), wrt=(2,)),
    at(helpers.either, some(3), some(3), wrt=()),
    at(helpers.unless_zero, some(3), some(3), wrt=(1,)), at(helpers.unless_zero, 0.5, some(2), wrt=(1,)),
    at(helpers.undiff, some(4), (5,)), at(helpers.undiff, some(3, 2), (5, 2), 2, 0), at(helpers.undiff, some(0), (1,)),
    at(helpers.undiff, some(0), (2,), 3),
]  # fmt: skip
