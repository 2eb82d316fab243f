"""Points of linear algebra."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.rules.samples.base import at, some, spd

_A, _B = spd(3, 3), spd(2, 3, 3)
_G, _H = _A + some(3, 3), _B + some(2, 3, 3)
"""Not symmetric, so that a transposition that is missing shows."""


def _of_symmetric(fun: Callable[..., Any]) -> Callable[..., Any]:
    return lambda a: fun((a + a.mT) / 2)


LINALG = [
    *[at(fun, a) for fun in (np.linalg.inv, np.linalg.det, np.linalg.slogdet) for a in (_G, _H)],
    *[at(np.linalg.solve, a, b) for a, b in [(_G, some(3)), (_G, some(3, 2)), (_H, some(2, 3, 1)), (_H, some(3, 2)),
                                             (_H, some(3)), (_G, some(2, 3, 2))]],
    *[at(fun, a, primal=_of_symmetric(fun)) for a in (_A, _B)
      for fun in (np.linalg.cholesky, np.linalg.eigh, np.linalg.eigvalsh)],
]  # fmt: skip
