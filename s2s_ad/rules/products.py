"""Products of vectors, matrices and stacks of them; z is the result.  The ranks are known when a rule is used."""

# pyright: basic

import operator

import numpy as np

from s2s_ad.rules.helpers import unbroadcast, uneinsum
from s2s_ad.rules.language import bar, dot, rule


@rule(np.matmul, operator.matmul, complex=True)
def matmul(z, x, y):
    dot[z] = dot[x] @ y + x @ dot[y]
    if x.ndim == 1 and y.ndim == 1:
        bar[x] = bar[z] * y
        bar[y] = x * bar[z]
    elif x.ndim == 1 and y.ndim == 2:
        bar[x] = y @ bar[z]
        bar[y] = np.outer(x, bar[z])
    elif x.ndim == 2 and y.ndim == 1:
        bar[x] = np.outer(bar[z], y)
        bar[y] = bar[z] @ x
    elif x.ndim == 2 and y.ndim == 2:
        bar[x] = bar[z] @ y.T
        bar[y] = x.T @ bar[z]
    elif x.ndim == 1:
        bar[x] = unbroadcast(np.squeeze(y @ np.expand_dims(bar[z], -1), -1), np.shape(x))
        bar[y] = np.expand_dims(x, -1) * np.expand_dims(bar[z], -2)
    elif y.ndim == 1:
        bar[x] = np.expand_dims(bar[z], -1) * y
        bar[y] = unbroadcast(np.squeeze(np.expand_dims(bar[z], -2) @ x, -2), np.shape(y))
    else:
        bar[x] = unbroadcast(bar[z] @ y.mT, np.shape(x))
        bar[y] = unbroadcast(x.mT @ bar[z], np.shape(y))


@rule(np.dot, complex=True)
def dot_(z, x, y):
    """zᵢⱼ = Σₖ xᵢₖ yₖⱼ, for y of higher rank over its last axis but one."""
    dot[z] = np.dot(dot[x], y) + np.dot(x, dot[y])
    if x.ndim == 0 or y.ndim == 0:
        bar[x] = unbroadcast(bar[z] * y, np.shape(x))
        bar[y] = unbroadcast(x * bar[z], np.shape(y))
    elif x.ndim == 1 and y.ndim == 1:
        bar[x] = bar[z] * y
        bar[y] = x * bar[z]
    elif x.ndim == 1 and y.ndim == 2:
        bar[x] = y @ bar[z]
        bar[y] = np.outer(x, bar[z])
    elif x.ndim == 2 and y.ndim == 1:
        bar[x] = np.outer(bar[z], y)
        bar[y] = bar[z] @ x
    elif x.ndim == 2 and y.ndim == 2:
        bar[x] = bar[z] @ y.T
        bar[y] = x.T @ bar[z]
    elif y.ndim == 1:
        bar[x] = np.expand_dims(bar[z], -1) * y
        bar[y] = np.tensordot(bar[z], x, x.ndim - 1)
    else:
        bar[x] = np.tensordot(bar[z], np.moveaxis(y, -2, -1), y.ndim - 1)
        bar[y] = np.moveaxis(np.tensordot(np.moveaxis(x, -1, 0), bar[z], x.ndim - 1), 0, -2)


@rule(np.inner, complex=True)
def inner(z, x, y):
    """zᵢⱼ = Σₖ xᵢₖ yⱼₖ."""
    dot[z] = np.inner(dot[x], y) + np.inner(x, dot[y])
    if x.ndim == 0 or y.ndim == 0:
        bar[x] = unbroadcast(bar[z] * y, np.shape(x))
        bar[y] = unbroadcast(x * bar[z], np.shape(y))
    elif x.ndim == 1 and y.ndim == 1:
        bar[x] = bar[z] * y
        bar[y] = x * bar[z]
    elif x.ndim == 1 and y.ndim == 2:
        bar[x] = bar[z] @ y
        bar[y] = np.outer(bar[z], x)
    elif x.ndim == 2 and y.ndim == 1:
        bar[x] = np.outer(bar[z], y)
        bar[y] = bar[z] @ x
    elif x.ndim == 2 and y.ndim == 2:
        bar[x] = bar[z] @ y
        bar[y] = bar[z].T @ x


@rule(np.vdot, complex=True)
def vdot(z, x, y):
    """z = Σ conj(xᵢ) yᵢ."""
    dot[z] = np.vdot(dot[x], y) + np.vdot(x, dot[y])
    if np.iscomplexobj(z):
        bar[x] = np.conj(bar[z] * np.reshape(y, x.shape))
        bar[y] = bar[z] * np.conj(np.reshape(x, y.shape))
    else:
        bar[x] = bar[z] * np.reshape(y, x.shape)
        bar[y] = bar[z] * np.reshape(x, y.shape)


@rule(np.outer, complex=True)
def outer(z, x, y):
    """zᵢⱼ = xᵢ yⱼ, of flattened arguments."""
    dot[z] = np.outer(dot[x], y) + np.outer(x, dot[y])
    if x.ndim == 1 and y.ndim == 1:
        bar[x] = bar[z] @ y
        bar[y] = x @ bar[z]
    else:
        bar[x] = np.reshape(bar[z] @ np.ravel(y), x.shape)
        bar[y] = np.reshape(np.ravel(x) @ bar[z], y.shape)


@rule(np.tensordot, complex=True)
def tensordot(z, x, y, axes=2):
    """Over the last axes of x and the first of y, for axes 0, 1 and 2."""
    dot[z] = np.tensordot(dot[x], y, axes) + np.tensordot(x, dot[y], axes)
    if axes == 0:
        bar[x] = np.tensordot(bar[z], y, y.ndim)
        bar[y] = np.tensordot(x, bar[z], x.ndim)
    elif axes == 1:
        bar[x] = np.tensordot(bar[z], np.moveaxis(y, 0, -1), y.ndim - 1)
        bar[y] = np.tensordot(np.moveaxis(x, -1, 0), bar[z], x.ndim - 1)
    elif axes == 2:
        bar[x] = np.tensordot(bar[z], np.moveaxis(y, (0, 1), (-2, -1)), y.ndim - 2)
        bar[y] = np.tensordot(np.moveaxis(x, (-2, -1), (0, 1)), bar[z], x.ndim - 2)


@rule(np.einsum, view=True, complex=True)
def einsum(z, subscripts, x, y=None):
    """Of one or two operands; of one that is only permuted it is a view."""
    if y is None:
        dot[z] = np.einsum(subscripts, dot[x])
        bar[x] = uneinsum(bar[z], None, subscripts, x.shape, 0)
    else:
        dot[z] = np.einsum(subscripts, dot[x], y) + np.einsum(subscripts, x, dot[y])
        bar[x] = uneinsum(bar[z], y, subscripts, x.shape, 0)
        bar[y] = uneinsum(bar[z], x, subscripts, y.shape, 1)
