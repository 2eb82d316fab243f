"""Points of functions that move elements."""

from __future__ import annotations

import numpy as np

from tests.rules.samples.base import at, some

SHAPE = [
    at(np.copy, some(3)), at(np.array, some(2, 3)), at(np.asarray, some(2, 3)), at(np.ascontiguousarray, some(3)),
    at(np.astype, some(3), np.float64),
    at(np.full, (2, 3), 0.5), at(np.full, (2, 3), some(3)), at(np.full_like, some(2, 3), 0.5, wrt=(0, 1)),
    at(np.reshape, some(2, 6), (3, 4)), at(np.reshape, some(2, 6), -1), at(np.reshape, some(2, 6), (3, 4), order="F"),
    at(np.ravel, some(2, 3)), at(np.ravel, some(2, 3), "F"), at(np.ravel, np.array(0.5)),
    at(np.expand_dims, some(3), 0), at(np.expand_dims, some(3), (0, -1)),
    at(np.squeeze, some(1, 3, 1)), at(np.squeeze, some(1, 3, 1), 0), at(np.squeeze, some(1, 3, 1), axis=(0, 2)),
    at(np.atleast_1d, np.array(0.5)), at(np.atleast_2d, some(3)), at(np.atleast_3d, some(2, 3)),
    at(np.broadcast_to, some(3), (2, 3)), at(np.broadcast_to, some(2, 1), (4, 2, 3)),
    at(np.transpose, some(2, 3, 4)), at(np.transpose, some(2, 3, 4), (1, 2, 0)),
    at(np.transpose, some(2, 3, 4), (-1, 0, 1)),
    at(np.matrix_transpose, some(2, 3, 4)), at(np.linalg.matrix_transpose, some(3, 4)),
    at(np.swapaxes, some(2, 3, 4), 0, -1), at(np.moveaxis, some(2, 3, 4), 0, -1),
    at(np.moveaxis, some(2, 3, 4), (0, 1), (1, 2)),
    at(np.flip, some(2, 3)), at(np.flip, some(2, 3), 1), at(np.flip, some(2, 3, 2), axis=(0, 2)),
    at(np.flipud, some(2, 3)), at(np.fliplr, some(2, 3)),
    at(np.rot90, some(2, 3)), at(np.rot90, some(2, 3), 2), at(np.rot90, some(2, 3, 4), -1, axes=(1, 2)),
    at(np.roll, some(5), 2), at(np.roll, some(2, 3), 1, axis=1), at(np.roll, some(2, 3), (1, -1), axis=(0, 1)),
    at(np.concatenate, (some(2, 3), some(1, 3))), at(np.concatenate, [some(2, 3), some(2, 0), some(2, 2)], axis=-1),
    at(np.concatenate, (some(2, 3), some(2)), axis=None),
    at(np.stack, (some(2, 3), some(2, 3))), at(np.stack, (some(2), some(2), some(2)), axis=-1),
    at(np.vstack, (some(3), some(2, 3))), at(np.hstack, (some(3), some(2))), at(np.hstack, (some(2, 1), some(2, 3))),
    at(np.column_stack, (some(3), some(3, 2))), at(np.dstack, (some(2, 3), some(2, 3))),
    at(np.dstack, (some(3), some(3))),
    at(np.append, some(3), some(2)), at(np.append, some(3), 0.5), at(np.append, some(2, 3), some(1, 3), axis=0),
    at(np.split, some(6), 3), at(np.split, some(2, 6), [1, 4], axis=1), at(np.array_split, some(7), 3),
    at(np.repeat, some(3), 2), at(np.repeat, some(2, 3), 2, axis=1),
    at(np.repeat, some(2, 3), np.array([0, 2, 3]), axis=-1),
    at(np.repeat, some(2, 3), 2),
    at(np.tile, some(3), 2), at(np.tile, some(2, 3), (2, 1)), at(np.tile, some(2, 3), (2, 1, 2)),
    at(np.tile, some(2, 3), 2),
    at(np.pad, some(3), 2), at(np.pad, some(2, 3), (1, 2)), at(np.pad, some(2, 3), ((1, 0), (0, 2))),
    at(np.diagonal, some(3, 4)), at(np.diagonal, some(2, 3, 4), 1, 1, 2), at(np.diagonal, some(3, 3), -1),
    at(np.diag, some(3)), at(np.diag, some(3), 1), at(np.diag, some(3, 4)), at(np.diag, some(3, 4), k=-1),
    at(np.tril, some(3, 4)), at(np.tril, some(2, 3, 3), -1), at(np.triu, some(3, 4), 1),
]  # fmt: skip
