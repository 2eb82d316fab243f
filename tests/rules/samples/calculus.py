"""Points of differences, gradients and integrals on grids, and of grids."""

from __future__ import annotations

import numpy as np

from tests.rules.samples.base import at, some

_GRID = np.array([0.1, 0.4, 0.6, 1.1, 1.3])

CALCULUS = [
    at(np.diff, some(5)), at(np.diff, some(5), 2), at(np.diff, some(3, 4), axis=0), at(np.diff, some(1)),
    at(np.diff, some(0)), at(np.diff, some(2), 3), at(np.diff, some(2, 4, 3), 2, 1),
    at(np.diff, some(2, 3), n=1, axis=-2),
    at(np.ediff1d, some(4)), at(np.ediff1d, some(2, 3)), at(np.ediff1d, some(4), 0.5),
    at(np.ediff1d, some(4), some(2), 0.5),
    at(np.ediff1d, some(4), some(2), some(3)), at(np.ediff1d, some(4), some(2, 2)), at(np.ediff1d, some(0), some(2)),
    at(np.ediff1d, some(1)), at(np.ediff1d, some(0)), at(np.ediff1d, some(3), None, 0.5),
    *[at(np.gradient, some(5), *spacing, edge_order=order) for spacing in [(), (0.5,), (_GRID,),
    (np.array(0.3),)] for order in (1, 2)],
    *[at(np.gradient, some(2, 5, 3), *spacing, axis=axis, edge_order=order)
      for spacing in [(), (0.5,), (_GRID,)] for order in (1, 2) for axis in (1, -2)],
    at(np.gradient, some(5, 2), _GRID, axis=0), at(np.gradient, some(2, 5), _GRID, axis=1),
    at(np.gradient, some(3), axis=0),
    at(np.gradient, some(2)), at(np.gradient, some(2), _GRID[:2]), at(np.gradient, some(3), _GRID[:3], edge_order=2),
    at(np.gradient, some(0, 3), axis=1),
    at(np.trapezoid, some(5)), at(np.trapezoid, some(5), None, 0.5), at(np.trapezoid, some(5), _GRID),
    at(np.trapezoid, some(2, 5)), at(np.trapezoid, some(2, 5), _GRID), at(np.trapezoid, some(2, 5), some(2, 5)),
    at(np.trapezoid, some(5, 2), axis=0), at(np.trapezoid, some(5, 2), _GRID, axis=0),
    at(np.trapezoid, some(5, 2), None, 0.5, 0),
    at(np.trapezoid, some(5, 2), some(5, 2), axis=-2), at(np.trapezoid, some(3, 2, 5), some(2, 5)),
    at(np.trapezoid, some(5), some(2, 5)), at(np.trapezoid, some(1)), at(np.trapezoid, some(0)),
    at(np.trapezoid, some(1), some(1)),
    at(np.trapezoid, some(2, 5), None, np.array(0.5)),
    *[at(fun, 0.4, 1.7, *more) for fun in (np.linspace, np.logspace, np.geomspace)
      for more in [(), (5,), (5, False), (1,), (2,), (0,), (1, False)]],
    *[at(fun, 0.4, 1.7, num=4, endpoint=False) for fun in (np.linspace, np.logspace, np.geomspace)],
    *[at(fun, *ends, 4, axis=axis) for fun in (np.linspace, np.logspace, np.geomspace) for axis in (0, -1)
      for ends in [(some(3), 1.7 + some(3)), (0.4, some(2, 3)), (some(2, 1), 1.7)]],
    at(np.linspace, some(2, 3), 0.5, 4, axis=1), at(np.linspace, np.array(0.4), 0.5, 3),
    at(np.logspace, 0.4, 1.7, 5, True, 2.5), at(np.logspace, 0.4, some(3), 5, True, 2.5, axis=-1),
    at(np.geomspace, -0.4, -1.7, 5),
    at(np.arange, 0.3, 2.0, 0.4, wrt=(0, 2)), at(np.arange, 2.0, 0.3, -0.5, wrt=(0, 2)),
    at(np.arange, 0.3, 2.0, wrt=(0,)),
    at(np.arange, 2.5, wrt=(0,)), at(np.arange, 0.3, 0.1, 0.5, wrt=(0, 2)),
]  # fmt: skip
