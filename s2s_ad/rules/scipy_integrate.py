"""Integrals of samples; z is the result.

The trapezoidal rule is linear in y and in the steps d: its derivative is itself.  Simpson's is linear in y.
"""

# pyright: basic, reportCallIssue=false, reportArgumentType=false

import numpy as np
import scipy.integrate as integrate

from s2s_ad.rules import helpers
from s2s_ad.rules.helpers import neighbours, pairs, simpson_weights, unbroadcast, undiff
from s2s_ad.rules.language import rule
from s2s_ad.rules.slots import bar, dot


def along(d, axis, ndim):
    """A vector as it broadcasts along an axis."""
    return np.reshape(d, (-1,) + (1,) * (ndim - 1 - axis % ndim))


def steps(x, axis, ndim):
    """The steps of x along an axis; a vector x has no other axes."""
    return np.diff(x, axis=axis) if x.ndim == ndim else along(np.diff(x), axis, ndim)


def by_steps(h_bar, x, axis):
    """The adjoint of x by that of its steps."""
    if x.ndim == h_bar.ndim:
        return undiff(h_bar, x.shape, 1, axis)
    return undiff(np.sum(np.reshape(np.moveaxis(h_bar, axis, 0), (h_bar.shape[axis], -1)), axis=1), x.shape)


@rule(integrate.trapezoid, complex=True)
def trapezoid(z, y, x=None, dx=1.0, axis=-1):
    """Σ d (yᵢ + yᵢ₊₁) / 2."""
    each = np.expand_dims(bar[z], axis)
    if x is None:
        dot[z] = integrate.trapezoid(dot[y], dx=dx, axis=axis) + dot[dx] * integrate.trapezoid(y, axis=axis)
        bar[y] = neighbours(each * dx / 2, y.shape, axis)
        bar[dx] = np.sum(bar[z] * integrate.trapezoid(y, axis=axis))
    else:
        dot[z] = integrate.trapezoid(dot[y], x, axis=axis) + integrate.trapezoid(y, dot[x], axis=axis)
        bar[y] = neighbours(each * steps(x, axis, y.ndim) / 2, y.shape, axis)
        bar[x] = by_steps(each * pairs(y, axis) / 2, x, axis)


def without_first(z_bar, axis):
    return np.moveaxis(np.moveaxis(z_bar, axis, 0)[1:], 0, axis)


def summed_back(z_bar, axis):
    """The adjoint of a cumulative sum."""
    return np.flip(np.cumsum(np.flip(z_bar, axis), axis=axis), axis)


@rule(integrate.cumulative_trapezoid, complex=True)
def cumulative_trapezoid(z, y, x=None, dx=1.0, axis=-1, initial=None):
    back = summed_back(bar[z] if initial is None else without_first(bar[z], axis), axis)
    if x is None:
        by_y = integrate.cumulative_trapezoid(dot[y], dx=dx, axis=axis, initial=initial)
        dot[z] = by_y + dot[dx] * integrate.cumulative_trapezoid(y, axis=axis, initial=initial)
        bar[y] = neighbours(back * dx / 2, y.shape, axis)
        bar[dx] = np.sum(bar[z] * integrate.cumulative_trapezoid(y, axis=axis, initial=initial))
    else:
        by_y = integrate.cumulative_trapezoid(dot[y], x, axis=axis, initial=initial)
        dot[z] = by_y + integrate.cumulative_trapezoid(y, dot[x], axis=axis, initial=initial)
        bar[y] = neighbours(back * steps(x, axis, y.ndim) / 2, y.shape, axis)
        bar[x] = by_steps(back * pairs(y, axis) / 2, x, axis)


@rule(integrate.simpson, complex=True)
def simpson(z, y, x=None, *, dx=1.0, axis=-1):
    """Σ w y, with weights that depend on the steps; by x there is no derivative here."""
    if x is None:
        dot[z] = integrate.simpson(dot[y], dx=dx, axis=axis) + dot[dx] * integrate.simpson(y, axis=axis)
        weights = along(simpson_weights(np.ones(y.shape[axis] - 1)) * dx, axis, y.ndim)
        bar[y] = np.broadcast_to(np.expand_dims(bar[z], axis) * weights, y.shape)
        bar[dx] = np.sum(bar[z] * integrate.simpson(y, axis=axis))
    elif x.ndim == 1:
        dot[z] = integrate.simpson(dot[y], x, axis=axis)
        weights = along(simpson_weights(np.diff(x)), axis, y.ndim)
        bar[y] = np.broadcast_to(np.expand_dims(bar[z], axis) * weights, y.shape)
    else:
        dot[z] = integrate.simpson(dot[y], x, axis=axis)
        weights = np.moveaxis(simpson_weights(np.moveaxis(np.diff(x, axis=axis), axis, -1)), -1, axis)
        bar[y] = np.broadcast_to(np.expand_dims(bar[z], axis) * weights, y.shape)


@rule(helpers.pairs, complex=True)
def pairs_(h, y, axis):
    dot[h] = pairs(dot[y], axis)
    bar[y] = neighbours(bar[h], y.shape, axis)


@rule(helpers.neighbours, complex=True)
def neighbours_(y, h, shape, axis):
    dot[y] = neighbours(dot[h], shape, axis)
    bar[h] = unbroadcast(pairs(bar[y], axis), np.shape(h))
