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
    (some(5, 1, 2, 3), some(4, 3, 2)), (some(5, 2, 3), some(5, 3, 1)), (some(1, 1, 2), some(3, 2, 1)),
    (some(2, 0, 3), some(2, 3, 2)),
]  # fmt: skip
_WITH_SCALARS = [
    (np.array(0.4), some(3)), (some(2, 2), np.array(0.3)), (0.4, some(3)), (some(2), 0.3), (0.4, 0.3),
    (np.array(0.5), np.array(0.25)), (0.5, some(0)),
]  # fmt: skip
_HIGHER = [
    (some(2, 3, 4), some(4)),
    (some(4), some(2, 4, 3)),
    (some(6, 2, 3), some(5, 3, 4)),
    (some(2, 3), some(5, 3, 4)),
]
_HIGHER_INNER = [
    (some(2, 3, 4), some(4)),
    (some(4), some(2, 3, 4)),
    (some(2, 3, 4), some(5, 4)),
    (some(2, 1, 3), some(1, 2, 3)),
]

PRODUCTS = [
    *[at(fun, x, y) for fun in (np.matmul, operator.matmul) for x, y in _MATMUL + _BATCHED],
    *[at(np.linalg.matmul, x, y) for x, y in [_MATMUL[3], _BATCHED[2]]],
    *[at(np.dot, x, y) for x, y in [*_MATMUL, *_WITH_SCALARS, *_HIGHER]],
    *[at(np.inner, x, y) for x, y in [(some(3), some(3)), (some(3), some(2, 3)), (some(2, 3), some(3)),
                                      (some(2, 3), some(4, 3)), *_WITH_SCALARS, *_HIGHER_INNER]],
    *[at(np.vdot, x, y) for x, y in [(some(3), some(3)), (some(2, 3), some(2, 3)), (some(2, 3), some(3, 2)),
                                     (0.5, 0.25), (np.array(0.5), 0.25), (some(0), some(0))]],
    *[at(fun, x, y) for fun in (np.vecdot, np.linalg.vecdot)
      for x, y in [(some(3), some(3)), (some(2, 3), some(3)), (some(1, 3), some(2, 3)), (some(0, 3), some(3))]],
    *[at(fun, some(3, 2), some(3, 2), axis=axis) for fun in (np.vecdot, np.linalg.vecdot) for axis in (0, -2, 1)],
    at(np.vecdot, some(3, 2), some(4, 3, 2), axis=-2), at(np.vecdot, some(3, 2), some(3, 4, 2), axis=0),
    at(np.vecdot, some(3), some(3, 4), axis=0),
    *[at(np.matvec, a, x) for a, x in [(some(2, 3), some(3)), (some(4, 2, 3), some(3)), (some(2, 3), some(4, 3)),
                                       (some(5, 1, 2, 3), some(4, 3)), (some(0, 3), some(3))]],
    *[at(np.vecmat, x, a) for a, x in [(some(2, 3), some(2)), (some(4, 2, 3), some(2)), (some(2, 3), some(4, 2)),
                                       (some(5, 1, 2, 3), some(4, 2)), (some(2, 0), some(2))]],
    *[at(np.linalg.cross, x, y) for x, y in [(some(3), some(3)), (some(2, 3), some(3)), (some(3), some(2, 3)),
                                             (some(1, 3), some(2, 3)), (some(0, 3), some(3))]],
    *[at(np.linalg.cross, some(3, 2), some(3, 2), axis=axis) for axis in (0, -2)],
    at(np.linalg.cross, some(3, 2), some(4, 3, 2), axis=-2),
    *[at(fun, x, y) for fun in (np.outer,)
      for x, y in [(some(3), some(2)), (some(2, 2), some(3)), (np.array(0.4), some(3)), (0.4, 0.5),
      (some(0), some(2))]],
    at(np.linalg.outer, some(3), some(2)),
    *[at(np.kron, x, y) for x, y in [
        (some(2), some(3)), (some(2, 3), some(4, 2)), (some(3), some(2, 2)), (some(2, 2), some(3)),
        (some(2, 1, 2), some(1, 3, 2)), (some(2), some(2, 1, 3)), (np.array(0.5), some(2, 2)), (some(2, 2), 0.5),
        (0.5, 0.25), (some(0), some(2)), (some(2, 0), some(2, 3)),
    ]],
]  # fmt: skip

_TENSORDOT = [
    (some(2, 3, 4), some(4, 3), 1), (some(2, 3, 4), some(3, 4, 2), 2), (some(2, 3), some(3), 0),
    (some(2, 3, 4), some(3, 4), 2),
    (some(2, 3, 4), some(2, 3, 4), 3), (some(3, 4), some(3, 4), 2), (some(3), some(3), 1), (some(2, 3), some(3, 4),
    (1, 0)),
    (some(2, 3, 4), some(4, 5, 3), ([1, 2], [2, 0])), (some(2, 3, 4), some(4, 5, 3), ((-1, -2), (0, -1))),
    (some(2, 3, 4), some(5, 2, 3), ((0, 1), (1, 2))), (some(2, 3), some(2, 4), (0, 0)), (some(2, 3), some(4), ([], [])),
    (some(2, 3, 2), some(2, 2, 5), ((2, 0), (0, 1))), (some(0, 3), some(3, 2), 1), (some(2, 0), some(0, 3), 1),
    (some(4, 2, 3), some(3, 4), ((2,), (0,))),
]  # fmt: skip
_EINSUM = [
    ("ij,jk->ik", some(2, 3), some(3, 4)), ("ij,jk", some(2, 3), some(3, 4)), ("i,i->", some(3), some(3)),
    ("ij->i", some(2, 3)), ("ii->i", some(3, 3)), ("ii", some(3, 3)), ("ij->ji", some(2, 3)), ("ba", some(2, 3)),
    ("ij,k->k", some(2, 3), some(4)), ("iij,j->ij", some(2, 2, 3), some(3)),
    ("...ij,jk->...ik", some(5, 2, 3), some(3, 4)),
    ("b...i,...i->b...", some(2, 5, 3), some(1, 3)), ("...i,...i", some(4, 3), some(3)),
    ("i, j -> i j", some(2), some(3)), ("ij->", some(2, 3)), ("ij->j", some(2, 3)), ("i->i", some(3)),
    ("iij->j", some(2, 2, 3)), ("iijj->", some(2, 2, 3, 3)), ("iijj->ij", some(2, 2, 3, 3)),
    ("iiii->i", some(2, 2, 2, 2)),
    ("ii,ij->j", some(3, 3), some(3, 2)), ("iji->j", some(2, 3, 2)), ("kji->ijk", some(2, 3, 4)),
    ("ij,jk,kl->il", some(2, 3), some(3, 4), some(4, 2)), ("i,j,k->ijk", some(2), some(3), some(4)),
    ("i,ij,j->", some(2), some(2, 3), some(3)), ("i,i,i->i", some(3), some(3), some(3)),
    ("ab,bc,cd,de->ae", some(2, 3), some(3, 2), some(2, 3), some(3, 2)), ("ij,jk,k", some(2, 3), some(3, 4), some(4)),
    ("bij,bjk->bik", some(5, 2, 3), some(5, 3, 4)), ("bij,bij->b", some(5, 2, 3), some(5, 2, 3)),
    ("ij,ij->ij", some(2, 3), some(2, 3)), ("ij,ij->i", some(2, 3), some(1, 3)), ("ij,jk->ik", some(2, 1), some(3, 4)),
    ("ij,jk->ik", some(2, 3), some(1, 4)), ("ij,ij->", some(2, 1), some(1, 3)), ("i,i,i->", some(1), some(3), some(1)),
    (",i->i", 0.5, some(3)), (",->", 0.5, 0.25), ("i,->", some(3), 0.5), ("->", np.array(0.5)),
    ("...,...->...", some(2, 3), some(3)), ("...->...", some(2, 3)), ("i...->...", some(2, 3)),
    ("i...,j->j...", some(2, 3), some(4)),
    ("...ii->...i", some(4, 3, 3)), ("...ii->...", some(4, 3, 3)), ("i...->", some(2)),
    ("b...,...c->...bc", some(2, 4, 3), some(3, 5)),
    ("ij,jk->ik", some(0, 3), some(3, 2)), ("ij,jk->ik", some(2, 0), some(0, 3)), ("i->", some(0)),
    ("Ab,bC->AC", some(2, 3), some(3, 4)),
    ("z,zz->", some(3), some(3, 3)), ("ki,kj->ij", some(3, 2), some(3, 4)), ("i,j->", some(2), some(3)),
]  # fmt: skip

PRODUCTS += [
    *[at(np.tensordot, x, y, axes, wrt=(0, 1)) for x, y, axes in _TENSORDOT],
    at(np.tensordot, some(3, 4), some(3, 4)), at(np.tensordot, some(2, 3), some(3), axes=1),
    at(np.tensordot, 0.5, some(3), 0), at(np.linalg.tensordot, some(3, 4), some(3, 4)),
    at(np.linalg.tensordot, some(2, 3), some(4, 3), axes=(1, -1)),
    *[at(np.einsum, subscripts, *operands) for subscripts, *operands in _EINSUM],
    at(np.einsum, "ij,jk,kl->il", some(2, 3), some(3, 4), some(4, 2), optimize=True),
    at(np.einsum, "ij,jk->ik", some(2, 3), some(3, 4), optimize="greedy"),
    at(np.einsum, "ij,jk->ik", some(2, 3), some(3, 4), optimize=False),
]  # fmt: skip
