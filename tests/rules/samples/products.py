"""Points of products of vectors and matrices."""

from __future__ import annotations

import operator

import numpy as np

from tests.rules.samples.base import at, some

_MATMUL = [
    (some(3), some(3)), (some(3), some(3, 2)), (some(2, 3), some(3)), (some(2, 3), some(3, 4)), (some(0), some(0)),
    (some(0, 3), some(3, 2)),
]  # fmt: skip
_BATCHED = [
    (some(3), some(2, 3, 4)), (some(5, 2, 3), some(3)), (some(5, 2, 3), some(3, 4)), (some(2, 3), some(5, 3, 4)),
    (some(5, 1, 2, 3), some(4, 3, 2)),
]  # fmt: skip

PRODUCTS = [
    *[at(fun, x, y) for fun in (np.matmul, operator.matmul) for x, y in _MATMUL + _BATCHED],
    *[at(np.dot, x, y) for x, y in [*_MATMUL, *_BATCHED[:3], (some(6, 2, 3), some(5, 3, 4))]],
    *[at(np.dot, x, y) for x, y in [(np.array(0.4), some(3)), (some(2, 2), np.array(0.3))]],
    *[at(np.inner, x, y) for x, y in [(some(3), some(3)), (some(3), some(2, 3)), (some(2, 3), some(3)),
                                      (some(2, 3), some(4, 3)), (np.array(0.5), some(2))]],
    at(np.vdot, some(3), some(3)), at(np.vdot, some(2, 3), some(2, 3)),
    *[at(np.tensordot, some(2, 3, 4), y, axes) for y, axes in [
        (some(4, 3), 1), (some(3, 4, 2), 2), (some(3), 0), (some(3, 4), 2),
    ]],
    at(np.tensordot, some(3, 4), some(3, 4)),
    *[at(np.einsum, subscripts, *operands) for subscripts, *operands in [
        ("ij,jk->ik", some(2, 3), some(3, 4)), ("ij,jk", some(2, 3), some(3, 4)), ("i,i->", some(3), some(3)),
        ("ij->i", some(2, 3)), ("ii->i", some(3, 3)), ("ii", some(3, 3)), ("ij->ji", some(2, 3)), ("ba", some(2, 3)),
        ("ij,k->k", some(2, 3), some(4)), ("iij,j->ij", some(2, 2, 3), some(3)),
        ("...ij,jk->...ik", some(5, 2, 3), some(3, 4)),
        ("b...i,...i->b...", some(2, 5, 3), some(1, 3)), ("...i,...i", some(4, 3), some(3)),
        ("i, j -> i j", some(2), some(3)),
    ]],
    at(np.outer, some(3), some(2)), at(np.outer, some(2, 2), some(3)), at(np.outer, np.array(0.4), some(3)),
]  # fmt: skip
