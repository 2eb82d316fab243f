"""Functions that move elements and do not change them; y is the result.

All are linear: the tangent is moved as the value is, the adjoint moved back.  The adjoint of a
view is the same view of the adjoint.
"""

# pyright: basic

import numpy as np

from s2s_ad.rules.helpers import (
    unbroadcast,
    unconcatenate,
    undiagonal,
    unpad,
    unrepeat,
    unstack,
    untile,
)
from s2s_ad.rules.language import bar, dot, rule
from s2s_ad.rules.macros import negated

# ---- copies and conversions -----------------------------------------------------------------


@rule(np.copy, complex=True)
def copy(y, x, order="C"):
    dot[y] = np.copy(dot[x])
    bar[x] = bar[y]


@rule(np.array, complex=True)
def array(y, x, dtype=None):
    dot[y] = np.array(dot[x])
    bar[x] = bar[y]


@rule(np.asarray, np.ascontiguousarray, view=True, complex=True)
def asarray(y, x, dtype=None):
    dot[y] = np.asarray(dot[x])
    bar[x] = bar[y]


@rule(np.astype, complex=True)
def astype(y, x, dtype):
    """Of complex numbers as floats it is the real part."""
    if np.iscomplexobj(x) == np.iscomplexobj(y):
        dot[y] = np.astype(dot[x], dtype)
        bar[x] = np.astype(bar[y], x.dtype)
    else:
        dot[y] = np.astype(np.real(dot[x]), dtype)
        bar[x] = np.astype(np.real(bar[y]), x.dtype)


@rule(np.full, complex=True)
def full(y, shape, fill_value):
    dot[y] = np.full(shape, dot[fill_value])
    bar[fill_value] = unbroadcast(bar[y], np.shape(fill_value))


@rule(np.full_like, passive="x", complex=True)
def full_like(y, x, fill_value):
    dot[y] = np.full_like(x, dot[fill_value] if np.iscomplexobj(x) else np.real(dot[fill_value]))
    bar[fill_value] = unbroadcast(bar[y], np.shape(fill_value))


# ---- other shapes of the same elements -------------------------------------------------------


@rule(np.reshape, view=True, complex=True)
def reshape(y, x, shape, order="C"):
    if order == "C":
        dot[y] = np.reshape(dot[x], shape)
        bar[x] = np.reshape(bar[y], x.shape)
    elif order == "F":
        dot[y] = np.reshape(dot[x], shape, order="F")
        bar[x] = np.reshape(bar[y], x.shape, order="F")


@rule(np.ravel, view=True, complex=True)
def ravel(y, x, order="C"):
    if order == "C":
        dot[y] = np.ravel(dot[x])
        bar[x] = np.reshape(bar[y], x.shape)
    elif order == "F":
        dot[y] = np.ravel(dot[x], order="F")
        bar[x] = np.reshape(bar[y], x.shape, order="F")


@rule(np.expand_dims, view=True, complex=True)
def expand_dims(y, x, axis):
    dot[y] = np.expand_dims(dot[x], axis)
    bar[x] = np.reshape(bar[y], x.shape)


@rule(np.squeeze, view=True, complex=True)
def squeeze(y, x, axis=None):
    dot[y] = np.squeeze(dot[x], axis)
    bar[x] = np.reshape(bar[y], x.shape)


@rule(np.atleast_1d, view=True, complex=True)
def atleast_1d(y, x):
    dot[y] = np.atleast_1d(dot[x])
    bar[x] = np.reshape(bar[y], x.shape)


@rule(np.atleast_2d, view=True, complex=True)
def atleast_2d(y, x):
    dot[y] = np.atleast_2d(dot[x])
    bar[x] = np.reshape(bar[y], x.shape)


@rule(np.atleast_3d, view=True, complex=True)
def atleast_3d(y, x):
    dot[y] = np.atleast_3d(dot[x])
    bar[x] = np.reshape(bar[y], x.shape)


@rule(np.broadcast_to, view=True, complex=True)
def broadcast_to(y, x, shape):
    dot[y] = np.broadcast_to(dot[x], shape)
    bar[x] = unbroadcast(bar[y], np.shape(x))


# ---- the order of the axes ------------------------------------------------------------------


@rule(np.transpose, view=True, complex=True)
def transpose(y, x, axes=None):
    if axes is None:
        dot[y] = np.transpose(dot[x])
        bar[x] = np.transpose(bar[y])
    else:
        dot[y] = np.transpose(dot[x], axes)
        bar[x] = np.transpose(bar[y], np.argsort(np.mod(axes, x.ndim)))


@rule(np.matrix_transpose, np.linalg.matrix_transpose, view=True, complex=True)
def matrix_transpose(y, x):
    dot[y] = np.matrix_transpose(dot[x])
    bar[x] = np.matrix_transpose(bar[y])


@rule(np.swapaxes, view=True, complex=True)
def swapaxes(y, x, axis1, axis2):
    dot[y] = np.swapaxes(dot[x], axis1, axis2)
    bar[x] = np.swapaxes(bar[y], axis1, axis2)


@rule(np.moveaxis, view=True, complex=True)
def moveaxis(y, x, source, destination):
    dot[y] = np.moveaxis(dot[x], source, destination)
    bar[x] = np.moveaxis(bar[y], destination, source)


# ---- the order of the elements --------------------------------------------------------------


@rule(np.flip, view=True, complex=True)
def flip(y, x, axis=None):
    dot[y] = np.flip(dot[x], axis)
    bar[x] = np.flip(bar[y], axis)


@rule(np.flipud, view=True, complex=True)
def flipud(y, x):
    dot[y] = np.flipud(dot[x])
    bar[x] = np.flipud(bar[y])


@rule(np.fliplr, view=True, complex=True)
def fliplr(y, x):
    dot[y] = np.fliplr(dot[x])
    bar[x] = np.fliplr(bar[y])


@rule(np.rot90, view=True, complex=True)
def rot90(y, x, k=1, axes=(0, 1)):
    dot[y] = np.rot90(dot[x], k, axes)
    bar[x] = np.rot90(bar[y], -k, axes)


@rule(np.roll, complex=True)
def roll(y, x, shift, axis=None):
    dot[y] = np.roll(dot[x], shift, axis)
    bar[x] = np.roll(bar[y], negated(shift), axis)


# ---- many to one, one to many ---------------------------------------------------------------


@rule(np.concatenate, complex=True)
def concatenate(y, xs, axis=0):
    dot[y] = np.concatenate(dot[xs], axis=axis)
    bar[xs] = unconcatenate(bar[y], xs, axis)


@rule(np.stack, complex=True)
def stack(y, xs, axis=0):
    dot[y] = np.stack(dot[xs], axis=axis)
    bar[xs] = unstack(bar[y], axis)


@rule(np.vstack, complex=True)
def vstack(y, xs):
    dot[y] = np.vstack(dot[xs])
    bar[xs] = unconcatenate(bar[y], xs, 0)


@rule(np.hstack, complex=True)
def hstack(y, xs):
    dot[y] = np.hstack(dot[xs])
    if y.ndim == 1:
        bar[xs] = unconcatenate(bar[y], xs, 0)
    else:
        bar[xs] = unconcatenate(bar[y], xs, 1)


@rule(np.column_stack, complex=True)
def column_stack(y, xs):
    dot[y] = np.column_stack(dot[xs])
    bar[xs] = unconcatenate(bar[y], xs, 1)


@rule(np.dstack, complex=True)
def dstack(y, xs):
    dot[y] = np.dstack(dot[xs])
    bar[xs] = unconcatenate(bar[y], xs, 2)


@rule(np.append, complex=True)
def append(y, x, values, axis=None):
    dot[y] = np.append(dot[x], dot[values], axis=axis)
    bar[x] = unconcatenate(bar[y], (x, values), axis)[0]
    bar[values] = unconcatenate(bar[y], (x, values), axis)[1]


@rule(np.split, view=True, complex=True)
def split(ys, x, indices_or_sections, axis=0):
    dot[ys] = np.split(dot[x], indices_or_sections, axis=axis)
    bar[x] = np.concatenate(bar[ys], axis=axis)


@rule(np.array_split, view=True, complex=True)
def array_split(ys, x, indices_or_sections, axis=0):
    dot[ys] = np.array_split(dot[x], indices_or_sections, axis=axis)
    bar[x] = np.concatenate(bar[ys], axis=axis)


@rule(np.repeat, complex=True)
def repeat(y, x, repeats, axis=None):
    dot[y] = np.repeat(dot[x], repeats, axis=axis)
    bar[x] = unrepeat(bar[y], x.shape, repeats, axis)


@rule(np.tile, complex=True)
def tile(y, x, reps):
    dot[y] = np.tile(dot[x], reps)
    bar[x] = untile(bar[y], x.shape, reps)


@rule(np.pad, complex=True)
def pad(y, x, pad_width, mode="constant"):
    if mode == "constant":
        dot[y] = np.pad(dot[x], pad_width)
        bar[x] = unpad(bar[y], x.shape, pad_width)


# ---- parts of matrices ----------------------------------------------------------------------


@rule(np.diagonal, view=True, complex=True)
def diagonal(y, x, offset=0, axis1=0, axis2=1):
    dot[y] = np.diagonal(dot[x], offset, axis1, axis2)
    bar[x] = undiagonal(bar[y], x.shape, offset, axis1, axis2)


@rule(np.diag, view=True, complex=True)
def diag(y, x, k=0):
    dot[y] = np.diag(dot[x], k)
    if x.ndim == 1:
        bar[x] = np.diagonal(bar[y], k)
    else:
        bar[x] = undiagonal(bar[y], x.shape, k)


@rule(np.tril, complex=True)
def tril(y, x, k=0):
    dot[y] = np.tril(dot[x], k)
    bar[x] = np.tril(bar[y], k)


@rule(np.triu, complex=True)
def triu(y, x, k=0):
    dot[y] = np.triu(dot[x], k)
    bar[x] = np.triu(bar[y], k)
