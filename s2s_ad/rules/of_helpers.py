"""Rules of the run-time helpers themselves, for derivatives of derivatives.

All but `recurrence`, which is bilinear, are linear; each is another's adjoint.
"""

# pyright: basic, reportArgumentType=false, reportCallIssue=false

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from s2s_ad.rules import helpers
from s2s_ad.rules.calculus import along, bend, coordinates_bar, uncurvature
from s2s_ad.rules.helpers import (
    aligned,
    axes_back,
    axes_last,
    flattened,
    joined,
    memory_order,
    monic,
    preceded,
    recurrence,
    resized,
    shifted,
    unbroadcast,
    unconcatenate,
    undiagonal,
    undiff,
    uneinsum,
    ungradient,
    unirfft,
    unpad,
    unpaired,
    unreduceat,
    unrepeat,
    unslide,
    unstack,
    untake,
    untake_along,
    untile,
)
from s2s_ad.rules.language import elementwise, rule
from s2s_ad.rules.polynomials import all_but_one
from s2s_ad.rules.slots import bar, dot


@rule(helpers.unbroadcast, view=True, complex=True)
def unbroadcast_(y, a, shape):
    dot[y] = unbroadcast(dot[a], shape)
    bar[a] = np.broadcast_to(bar[y], a.shape)


@rule(helpers.axes_last, view=True, complex=True)
def axes_last_(y, x, axis):
    dot[y] = axes_last(dot[x], axis)
    bar[x] = axes_back(bar[y], x.shape, axis)


@rule(helpers.axes_back, view=True, complex=True)
def axes_back_(x, y, shape, axis):
    dot[x] = axes_back(dot[y], shape, axis)
    bar[y] = axes_last(bar[x], axis)


@rule(helpers.shifted, complex=True)
def shifted_(y, x, step, fill, axis=-1):
    dot[y] = shifted(dot[x], step, 0.0, axis)
    bar[x] = shifted(bar[y], -step, 0.0, axis)


@rule(helpers.recurrence, complex=True)
def recurrence_(s, a, b, axis=-1):
    dot[s] = recurrence(a, dot[b] + dot[a] * shifted(s, 1, 0.0, axis), axis)
    back = np.flip(recurrence(np.flip(shifted(a, -1, 0.0, axis), axis), np.flip(bar[s], axis), axis), axis)
    bar[a] = back * shifted(s, 1, 0.0, axis)
    bar[b] = back


@rule(helpers.preceded, complex=True)
def preceded_(y, x, first, axis):
    dot[y] = preceded(dot[x], 0.0, axis)
    bar[x] = np.split(bar[y], [1], axis=axis)[1]


@rule(helpers.flattened, complex=True)
def flattened_(y, x, order: Any = "C"):
    if order == "C" or order == "F":
        dot[y] = flattened(dot[x], order)
        bar[x] = np.reshape(bar[y], x.shape, order=order)
    elif order == "A":
        dot[y] = flattened(dot[x], memory_order(x))
        bar[x] = np.reshape(bar[y], x.shape, order=memory_order(x))


@rule(helpers.unconcatenate, view=True, passive="xs", complex=True)
def unconcatenate_(parts, y, xs, axis=0):
    dot[parts] = unconcatenate(dot[y], xs, axis)
    bar[y] = joined(bar[parts], y.shape, axis)


@rule(helpers.joined, complex=True)
def joined_(y, parts, shape, axis=0):
    dot[y] = joined(dot[parts], shape, axis)
    bar[parts] = unconcatenate(bar[y], parts, axis)


@rule(helpers.unstack, view=True, complex=True)
def unstack_(parts, y, axis=0):
    dot[parts] = unstack(dot[y], axis)
    bar[y] = np.stack(bar[parts], axis=axis)


@rule(helpers.unslide, complex=True)
def unslide_(x, y, shape, window_shape, axis=None):
    dot[x] = unslide(dot[y], shape, window_shape, axis)
    bar[y] = sliding_window_view(bar[x], window_shape, axis)


@rule(helpers.undiagonal, complex=True)
def undiagonal_(x, y, shape, offset=0, axis1=0, axis2=1):
    """y may have one place for all of the diagonal, as from `trace`."""
    dot[x] = undiagonal(dot[y], shape, offset, axis1, axis2)
    bar[y] = unbroadcast(np.diagonal(bar[x], offset, axis1, axis2), np.shape(y))


@rule(helpers.unrepeat, complex=True)
def unrepeat_(x, y, shape, repeats, axis=None):
    dot[x] = unrepeat(dot[y], shape, repeats, axis)
    bar[y] = np.repeat(bar[x], repeats, axis=axis)


@rule(helpers.untile, sequences="reps", complex=True)
def untile_(x, y, shape, reps):
    dot[x] = untile(dot[y], shape, reps)
    bar[y] = np.tile(bar[x], reps)


@rule(helpers.unpad, view=True, complex=True)
def unpad_(x, y, shape, pad_width, mode: Any = "constant", *, reflect_type: Any = "even", stat_length=None):
    if mode == "reflect" or mode == "symmetric":
        dot[x] = unpad(dot[y], shape, pad_width, mode=mode, reflect_type=reflect_type)
        bar[y] = np.pad(bar[x], pad_width, mode=mode, reflect_type=reflect_type)
    elif mode == "mean":
        dot[x] = unpad(dot[y], shape, pad_width, mode=mode, stat_length=stat_length)
        bar[y] = np.pad(bar[x], pad_width, mode=mode, stat_length=stat_length)
    else:
        dot[x] = unpad(dot[y], shape, pad_width, mode=mode)
        bar[y] = np.pad(bar[x], pad_width, mode=mode)


@rule(helpers.untake, complex=True)
def untake_(x, y, shape, indices, axis=None):
    dot[x] = untake(dot[y], shape, indices, axis)
    bar[y] = np.take(bar[x], indices, axis=axis)


@rule(helpers.untake_along, complex=True)
def untake_along_(x, y, shape, indices, axis):
    dot[x] = untake_along(dot[y], shape, indices, axis)
    bar[y] = np.take_along_axis(bar[x], indices, axis)


@rule(helpers.unreduceat, complex=True)
def unreduceat_(x, y, shape, indices, axis):
    dot[x] = unreduceat(dot[y], shape, indices, axis)
    bar[y] = np.add.reduceat(bar[x], indices, axis=axis)


@rule(helpers.undiff, complex=True)
def undiff_(x, y, shape, n=1, axis=-1):
    """diff and its adjoint D = -Dᵀ up to what is padded."""
    dot[x] = undiff(dot[y], shape, n, axis)
    bar[y] = np.diff(bar[x], n, axis)


@rule(helpers.uneinsum, complex=True)
def uneinsum_(x, y, subscripts, shape):
    """y may have one place for all of the diagonal."""
    dot[x] = uneinsum(dot[y], subscripts, shape)
    bar[y] = unbroadcast(np.einsum(subscripts, bar[x]), np.shape(y))


@rule(helpers.ungradient, complex=True)
def ungradient_(f, y, spacing, axis, edge_order=1):
    """Bilinear in y and what it is the adjoint for; the weights of the spacing as in `calculus.gradient`."""
    bar[y] = np.gradient(bar[f], spacing, axis=axis, edge_order=edge_order)
    if spacing.ndim == 0:
        dot[f] = ungradient(dot[y], spacing, axis, edge_order) - f * dot[spacing] / spacing
        bar[spacing] = -np.sum(bar[f] * f) / spacing
    else:
        turned = along(np.gradient(dot[spacing], spacing, edge_order=edge_order), f, axis)
        bent = along(bend(spacing, dot[spacing], edge_order), f, axis)
        turning = ungradient(dot[y] - y * turned, spacing, axis, edge_order)
        dot[f] = turning - uncurvature(y * bent, spacing, axis, edge_order)
        bar[spacing] = coordinates_bar(y, bar[f], spacing, axis, edge_order)


@rule(helpers.unpaired, complex=True)
def unpaired_(x, s, size):
    """s may have one place for all, or be a number."""
    dot[x] = unpaired(dot[s], size)
    bar[s] = unbroadcast(bar[x][..., 1:] + bar[x][..., :-1], np.shape(s))


@rule(helpers.aligned, complex=True)
def aligned_(y, x, size):
    dot[y] = aligned(dot[x], size)
    bar[x] = aligned(bar[y], x.size)


@rule(helpers.monic, complex=True)
def monic_(p, roots):
    """The slope by a root is minus the product of the others."""
    others = monic(roots[..., all_but_one(roots.shape[-1])])[..., : roots.shape[-1]]
    lower = np.einsum("...k,...ki->...i", dot[roots], others)
    dot[p] = np.concatenate([np.zeros_like(p[..., :1]), -lower], axis=-1)
    bar[roots] = -np.einsum("...ki,...i->...k", others, bar[p][..., 1:])


@rule(helpers.resized, complex=True)
def resized_(y, x, shape):
    dot[y] = resized(dot[x], shape)
    bar[x] = resized(bar[y], x.shape)


@rule(helpers.unirfft, complex=True)
def unirfft_(x, y, axis=-1, norm=None):
    dot[x] = unirfft(dot[y], axis, norm)
    bar[y] = np.fft.irfft(bar[x], y.shape[axis], axis, norm)


# ---- what a reverse sweep makes of adjoints that there may not be --------------------------------------


@rule(helpers.or_zeros, view=True, passive="shape dtype", complex=True)
def or_zeros_(y, x_bar, shape, dtype=None):
    dot[y] = helpers.or_zeros(dot[x_bar], shape)
    bar[x_bar] = bar[y]


@rule(helpers.fitted, view=True, passive="shape dtype", complex=True)
def fitted_(y, x_dot, shape, dtype):
    dot[y] = helpers.fitted(dot[x_dot], shape, dtype)
    bar[x_dot] = bar[y]


@rule(helpers.fitted_list, passive="xs", complex=True)
def fitted_list_(ys, xs_dot, xs):
    dot[ys] = helpers.fitted_list(dot[xs_dot], xs)
    bar[xs_dot] = bar[ys]


@rule(helpers.unless_zero, view=True, passive="z_bar", complex=True)
def unless_zero_(y, z_bar, x_bar):
    """Where z_bar is zero and changes, so does what is made of it; there x_bar is what it should be, but at a pole."""
    dot[y] = helpers.unless_zero(helpers.either(z_bar, dot[z_bar]), dot[x_bar])
    bar[x_bar] = helpers.unless_pole(z_bar, x_bar, bar[y])


@rule(helpers.unless_pole, view=True, passive="z_bar x_bar", complex=True)
def unless_pole_(y, z_bar, x_bar, y_bar):
    dot[y] = helpers.unless_pole(z_bar, x_bar, dot[y_bar])
    bar[y_bar] = helpers.unless_pole(z_bar, x_bar, bar[y])


@elementwise(helpers.either, complex=True)
def either_(z, x, y):
    """No derivative but what either stands for: zero only where x, y and their tangents are."""
    dot[z] = helpers.either(dot[x], dot[y])


@rule(helpers.sum_of_lists, complex=True)
def sum_of_lists_(zs, xs, ys):
    dot[zs] = helpers.sum_of_lists(dot[xs], dot[ys])
    bar[xs] = bar[zs]
    bar[ys] = bar[zs]


@rule(helpers.floats)
def floats_(ys, xs):
    dot[ys] = helpers.copy_of_list(dot[xs])
    bar[xs] = bar[ys]


@rule(helpers.copy_of_list, complex=True)
def copy_of_list_(ys, xs):
    dot[ys] = helpers.copy_of_list(dot[xs])
    bar[xs] = bar[ys]
