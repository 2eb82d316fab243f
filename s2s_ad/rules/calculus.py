"""Differences, gradients, integrals on grids, and grids.

`np.gradient` comes here with one axis, the front end sees to it.
"""

# pyright: basic, reportArgumentType=false, reportCallIssue=false, reportAttributeAccessIssue=false

import numpy as np

from s2s_ad.rules.contractions import axes_after, axes_beside, has_dtype, is_constant
from s2s_ad.rules.helpers import resized, unbroadcast, undiff, ungradient, unpaired
from s2s_ad.rules.language import rule
from s2s_ad.rules.slots import bar, dot

# ---- differences ------------------------------------------------------------------------------------


@rule(np.diff, complex=True)
def diff(y, a, n=1, axis=-1):
    if is_constant(n, 1) and is_constant(axis, -1):
        dot[y] = np.diff(dot[a])
        bar[a] = undiff(bar[y], a.shape)
    else:
        dot[y] = np.diff(dot[a], n, axis)
        bar[a] = undiff(bar[y], a.shape, n, axis)


def elements(x):
    return 0 if x is None else 1 if x.ndim == 0 else x.size


@rule(np.ediff1d, complex=True)
def ediff1d(y, ary, to_end=None, to_begin=None):
    """The differences of the flattened array, between what is put before and after them."""
    begin, end = elements(to_begin), elements(to_end)
    if to_end is None and to_begin is None:
        dot[y] = np.ediff1d(dot[ary])
        bar[ary] = np.reshape(undiff(bar[y], (ary.size,)), ary.shape)
    else:
        dot[y] = np.ediff1d(dot[ary], dot[to_end], dot[to_begin])
        bar[ary] = np.reshape(undiff(bar[y][begin : y.size - end], (ary.size,)), ary.shape)
    if to_begin is not None:
        bar[to_begin] = np.reshape(bar[y][:begin], np.shape(to_begin))
    if to_end is not None:
        bar[to_end] = np.reshape(bar[y][y.size - end :], np.shape(to_end))


# ---- gradients on grids -----------------------------------------------------------------------------


def gradient_along(f, spacing, axis, edge_order):
    if axis is None:
        return np.gradient(f, spacing) if edge_order == 1 else np.gradient(f, spacing, edge_order=edge_order)
    if edge_order == 1:
        return np.gradient(f, spacing, axis=axis)
    return np.gradient(f, spacing, axis=axis, edge_order=edge_order)


def along(v, f, axis):
    """A vector as an axis of f."""
    return np.expand_dims(v, axes_after(f, axis))


def summed_beside(f, axis):
    """The sum over all axes but one."""
    return np.sum(f, axis=axes_beside(f, axis))


def bend(x, x_dot, edge_order):
    """How far the point moves against its neighbours, along which the slope changes."""
    turned = gradient_along(x_dot, x, None, edge_order)
    return gradient_along(x * x_dot, x, None, edge_order) - x * turned - x_dot


def first(f, axis):
    return f if axis is None else np.moveaxis(f, axis, 0)


def back(f, axis):
    return f if axis is None else np.moveaxis(f, 0, axis)


def curvature(f, x, axis, edge_order):
    """The second derivative of the parabola through a point and its neighbours; of the chord at a simple edge 0."""
    g = first(f, axis)
    slopes = np.diff(g, axis=0) / along(np.diff(x), g, 0)
    inner = 2 * np.diff(slopes, axis=0) / along(x[2:] - x[:-2], g, 0)
    if edge_order == 1:
        return back(np.pad(inner, [(1, 1) if i == 0 else (0, 0) for i in range(g.ndim)]), axis)
    return back(np.concatenate([inner[:1], inner, inner[-1:]]), axis)


def uncurvature(f_bar, x, axis, edge_order):
    """The adjoint of `curvature` by f."""
    g = first(f_bar, axis)
    inner = g[1:-1]
    if edge_order == 2:
        inner = inner + resized(g[:1], inner.shape) + np.flip(resized(g[-1:], inner.shape), 0)
    slopes = undiff(2 * inner / along(x[2:] - x[:-2], g, 0), g[1:].shape, 1, 0)
    return back(undiff(slopes / along(np.diff(x), g, 0), g.shape, 1, 0), axis)


def coordinates_bar(y_bar, f, x, axis, edge_order):
    turned = summed_beside(y_bar * gradient_along(f, x, axis, edge_order), axis)
    bent = summed_beside(y_bar * curvature(f, x, axis, edge_order), axis)
    return bent + ungradient(x * bent - turned, x, 0, edge_order) - x * ungradient(bent, x, 0, edge_order)


@rule(np.gradient, complex=True)
def gradient(y, f, spacing=1.0, *, axis=None, edge_order=1):
    """The slope at a point of the parabola through it and its neighbours, of a chord or a parabola at an edge.

    Moving a point of the grid is as moving it along its parabola p and changing f by -p' there.
    """
    place = 0 if axis is None else axis
    if spacing.ndim == 0:
        dot[y] = gradient_along(dot[f], spacing, axis, edge_order) - y * dot[spacing] / spacing
        bar[f] = ungradient(bar[y], spacing, place, edge_order)
        bar[spacing] = -np.sum(bar[y] * y) / spacing
    else:
        turned = along(gradient_along(dot[spacing], spacing, None, edge_order), f, place)
        bent = along(bend(spacing, dot[spacing], edge_order), f, place)
        moved = y * turned + curvature(f, spacing, axis, edge_order) * bent
        dot[y] = gradient_along(dot[f], spacing, axis, edge_order) - moved
        bar[f] = ungradient(bar[y], spacing, place, edge_order)
        bar[spacing] = coordinates_bar(bar[y], f, spacing, axis, edge_order)


# ---- integrals on grids -----------------------------------------------------------------------------


def last(x, axis):
    return x if axis == -1 or x.ndim == 1 else np.moveaxis(x, axis, -1)


def back_from_last(x, axis):
    return x if axis == -1 or x.ndim == 1 else np.moveaxis(x, -1, axis)


def with_last(z):
    return z if z.ndim == 0 else np.expand_dims(z, -1)


@rule(np.trapezoid, complex=True)
def trapezoid(z, y, x=None, dx=1.0, axis=-1):
    """z = Σ (xᵢ₊₁ - xᵢ) (yᵢ + yᵢ₊₁) / 2."""
    if x is None:
        dot[z] = np.trapezoid(dot[y], dx=dx, axis=axis) + dot[dx] * np.trapezoid(y, axis=axis)
        bar[y] = back_from_last(unpaired(with_last(bar[z] * dx / 2), y.shape[axis]), axis)
        bar[dx] = unbroadcast(bar[z] * np.trapezoid(y, axis=axis), np.shape(dx))
    elif axis < 0 or x.ndim == 1 or x.ndim == y.ndim:
        dot[z] = np.trapezoid(dot[y], x, axis=axis) + np.trapezoid(y, dot[x], axis=axis)
        half = with_last(bar[z] / 2)
        f, points = last(y, axis), last(x, axis)
        steps, pairs = np.diff(points), f[..., 1:] + f[..., :-1]
        bar[y] = back_from_last(unpaired(unbroadcast(half * steps, np.shape(pairs)), y.shape[axis]), axis)
        bar[x] = back_from_last(undiff(unbroadcast(half * pairs, np.shape(steps)), np.shape(points)), axis)


# ---- grids ------------------------------------------------------------------------------------------


def fractions(y, num, endpoint):
    """How far each point of a grid is on the way from start to stop."""
    if has_dtype(y, "float64"):
        return np.linspace(0.0, 1.0, num) if is_constant(endpoint, True) else np.linspace(0.0, 1.0, num, endpoint)
    return np.linspace(0.0, 1.0, num, endpoint, dtype=y.dtype)


def weighted(weights, y_bar, axis):
    return weights @ y_bar if y_bar.ndim == 1 else np.tensordot(weights, y_bar, (0, axis))


@rule(np.linspace, complex=True)
def linspace(y, start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    dot[y] = np.linspace(dot[start], dot[stop], num, endpoint, axis=axis)
    way = fractions(y, num, endpoint)
    bar[start] = unbroadcast(weighted(1 - way, bar[y], axis), np.shape(start))
    bar[stop] = unbroadcast(weighted(way, bar[y], axis), np.shape(stop))


@rule(np.logspace, poles=True, complex=True)
def logspace(y, start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    """y = base ** linspace(start, stop), for one base: with several the front end writes it so."""
    powers = np.linspace(start, stop, num, endpoint, axis=axis)
    powers_dot = np.linspace(dot[start], dot[stop], num, endpoint, axis=axis)
    dot[y] = y * (powers_dot * np.log(base) + powers * dot[base] / base)
    way = fractions(y, num, endpoint)
    powers_bar = bar[y] * y * np.log(base)
    bar[start] = unbroadcast(weighted(1 - way, powers_bar, axis), np.shape(start))
    bar[stop] = unbroadcast(weighted(way, powers_bar, axis), np.shape(stop))
    bar[base] = np.sum(bar[y] * y * powers) / base


@rule(np.geomspace, complex=True)
def geomspace(y, start, stop, num=50, endpoint=True, dtype=None, axis=0):
    """log(y) goes evenly from log(start) to log(stop)."""
    dot[y] = y * np.linspace(dot[start] / start, dot[stop] / stop, num, endpoint, axis=axis)
    way = fractions(y, num, endpoint)
    bar[start] = unbroadcast(weighted(1 - way, bar[y] * y, axis) / start, np.shape(start))
    bar[stop] = unbroadcast(weighted(way, bar[y] * y, axis) / stop, np.shape(stop))


@rule(np.arange, passive="stop")
def arange(y, start, stop=None, step=1.0, dtype=None):
    """y = start + i step, as many as there are here; alone, the first argument is the stop."""
    if stop is None:
        dot[y] = np.zeros_like(y)
        bar[start] = 0.0
    else:
        dot[y] = dot[start] + np.arange(y.size) * dot[step]
        bar[start] = np.sum(bar[y])
        bar[step] = np.arange(y.size) @ bar[y]
