"""Products of vectors, matrices and stacks of them; z is the result.  The ranks are known when a rule is used."""

# pyright: basic, reportArgumentType=false, reportCallIssue=false

import operator

import numpy as np

from s2s_ad.rules.contractions import backwards, has_one, places_in_blocks, with_first, with_second
from s2s_ad.rules.helpers import unbroadcast, uneinsum
from s2s_ad.rules.language import rule
from s2s_ad.rules.reductions import conjugated
from s2s_ad.rules.slots import bar, dot


def of_first(z_bar, a, b, axes):
    """The adjoint of a in z = tensordot(a, b, axes)."""
    pairs, turned, order = with_second(a, b, axes)
    a_bar = np.tensordot(b, z_bar, pairs) if turned else np.tensordot(z_bar, b, pairs)
    return a_bar if order is None else np.transpose(a_bar, order)


def of_second(z_bar, a, b, axes):
    """The adjoint of b in z = tensordot(a, b, axes)."""
    pairs, turned, order = with_first(a, b, axes)
    b_bar = np.tensordot(a, z_bar, pairs) if turned else np.tensordot(z_bar, a, pairs)
    return b_bar if order is None else np.transpose(b_bar, order)


# ---- matrices, and stacks of them that broadcast ----------------------------------------------


@rule(np.matmul, np.linalg.matmul, operator.matmul, complex=True)
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
        bar[x] = np.tensordot(np.moveaxis(y, -2, 0), bar[z], y.ndim - 1)
        bar[y] = np.expand_dims(x, -1) * np.expand_dims(bar[z], -2)
    elif y.ndim == 1:
        bar[x] = np.expand_dims(bar[z], -1) * y
        bar[y] = np.tensordot(bar[z], x, x.ndim - 1)
    else:
        bar[x] = unbroadcast(bar[z] @ y.mT, np.shape(x))
        bar[y] = unbroadcast(x.mT @ bar[z], np.shape(y))


@rule(np.vecdot, np.linalg.vecdot, complex=True)
def vecdot(z, x, y, *, axis=-1):
    """z = Σ conj(xᵢ) yᵢ over one axis."""
    dot[z] = np.vecdot(dot[x], y, axis=axis) + np.vecdot(x, dot[y], axis=axis)
    if axis == -1 or x.ndim == y.ndim:
        bar[x] = unbroadcast(conjugated(np.expand_dims(bar[z], axis) * y), np.shape(x))
        bar[y] = unbroadcast(np.expand_dims(bar[z], axis) * conjugated(x), np.shape(y))
    else:
        u, v = np.moveaxis(x, axis, -1), np.moveaxis(y, axis, -1)
        bar[x] = np.moveaxis(unbroadcast(conjugated(np.expand_dims(bar[z], -1) * v), np.shape(u)), -1, axis)
        bar[y] = np.moveaxis(unbroadcast(np.expand_dims(bar[z], -1) * conjugated(u), np.shape(v)), -1, axis)


@rule(np.matvec, complex=True)
def matvec(z, a, x):
    """zᵢ = Σ aᵢⱼ xⱼ."""
    dot[z] = np.matvec(dot[a], x) + np.matvec(a, dot[x])
    bar[a] = unbroadcast(np.expand_dims(bar[z], -1) * np.expand_dims(x, -2), np.shape(a))
    bar[x] = unbroadcast(np.matvec(a.mT, bar[z]), np.shape(x))


@rule(np.vecmat, complex=True)
def vecmat(z, x, a):
    """zⱼ = Σ conj(xᵢ) aᵢⱼ."""
    dot[z] = np.vecmat(dot[x], a) + np.vecmat(x, dot[a])
    bar[x] = unbroadcast(conjugated(np.matvec(a, bar[z])), np.shape(x))
    bar[a] = unbroadcast(np.expand_dims(conjugated(x), -1) * np.expand_dims(bar[z], -2), np.shape(a))


@rule(np.linalg.cross, complex=True)
def cross(z, x, y, *, axis=-1):
    """z · (x × y) = x · (y × z) = y · (z × x)."""
    dot[z] = np.linalg.cross(dot[x], y, axis=axis) + np.linalg.cross(x, dot[y], axis=axis)
    bar[x] = unbroadcast(np.linalg.cross(y, bar[z], axis=axis), np.shape(x))
    bar[y] = unbroadcast(np.linalg.cross(bar[z], x, axis=axis), np.shape(y))


# ---- sums over chosen axes ----------------------------------------------------------------------


@rule(np.dot, complex=True)
def dot_(z, a, b):
    """zᵢⱼ = Σₖ aᵢₖ bₖⱼ, for b of higher rank over its last axis but one."""
    dot[z] = np.dot(dot[a], b) + np.dot(a, dot[b])
    if a.ndim == 0 or b.ndim == 0:
        bar[a] = unbroadcast(bar[z] * b, np.shape(a))
        bar[b] = unbroadcast(a * bar[z], np.shape(b))
    elif a.ndim == 1 and b.ndim == 1:
        bar[a] = bar[z] * b
        bar[b] = a * bar[z]
    elif a.ndim == 1 and b.ndim == 2:
        bar[a] = b @ bar[z]
        bar[b] = np.outer(a, bar[z])
    elif a.ndim == 2 and b.ndim == 1:
        bar[a] = np.outer(bar[z], b)
        bar[b] = bar[z] @ a
    elif a.ndim == 2 and b.ndim == 2:
        bar[a] = bar[z] @ b.T
        bar[b] = a.T @ bar[z]
    elif b.ndim == 1:
        bar[a] = np.expand_dims(bar[z], -1) * b
        bar[b] = np.tensordot(bar[z], a, a.ndim - 1)
    else:
        bar[a] = of_first(bar[z], a, b, (-1, -2))
        bar[b] = of_second(bar[z], a, b, (-1, -2))


@rule(np.inner, complex=True)
def inner(z, a, b):
    """zᵢⱼ = Σₖ aᵢₖ bⱼₖ."""
    dot[z] = np.inner(dot[a], b) + np.inner(a, dot[b])
    if a.ndim == 0 or b.ndim == 0:
        bar[a] = unbroadcast(bar[z] * b, np.shape(a))
        bar[b] = unbroadcast(a * bar[z], np.shape(b))
    elif a.ndim == 1 and b.ndim == 1:
        bar[a] = bar[z] * b
        bar[b] = a * bar[z]
    elif a.ndim == 1 and b.ndim == 2:
        bar[a] = bar[z] @ b
        bar[b] = np.outer(bar[z], a)
    elif a.ndim == 2 and b.ndim == 1:
        bar[a] = np.outer(bar[z], b)
        bar[b] = bar[z] @ a
    elif a.ndim == 2 and b.ndim == 2:
        bar[a] = bar[z] @ b
        bar[b] = bar[z].T @ a
    else:
        bar[a] = of_first(bar[z], a, b, (-1, -1))
        bar[b] = of_second(bar[z], a, b, (-1, -1))


@rule(np.vdot, complex=True)
def vdot(z, a, b):
    """z = Σ conj(aᵢ) bᵢ."""
    dot[z] = np.vdot(dot[a], b) + np.vdot(a, dot[b])
    bar[a] = conjugated(bar[z] * np.reshape(b, np.shape(a)))
    bar[b] = bar[z] * conjugated(np.reshape(a, np.shape(b)))


@rule(np.tensordot, np.linalg.tensordot, complex=True)
def tensordot(z, a, b, axes=2):
    dot[z] = np.tensordot(dot[a], b, axes) + np.tensordot(a, dot[b], axes)
    bar[a] = of_first(bar[z], a, b, axes)
    bar[b] = of_second(bar[z], a, b, axes)


# ---- einsum ---------------------------------------------------------------------------------------


def contraction(subscripts, operands, optimize):
    if optimize:
        return np.einsum(subscripts, *operands, optimize=True)
    return np.einsum(subscripts, *operands)


def with_one_replaced(operands, i, *xs):
    return (*operands[:i], *xs, *operands[i + 1 :])


def total(terms):
    found = terms[0]
    for term in terms[1:]:
        found = found + term
    return found


def adjoint_of_operand(z_bar, subscripts, operands, i, optimize):
    """The einsum of z̄ with the other operands, along what was only summed constant, on the diagonal that was taken."""
    shape = np.shape(operands[i])
    how, inserted, diagonal, axes, stretched, shorter = backwards(subscripts, i, operands)
    if z_bar.ndim == 0 and len(operands) > 1:
        others = with_one_replaced(operands, i)
        x_bar = z_bar * (others[0] if how is None else contraction(how, others, optimize))
    else:
        x_bar = z_bar if how is None else contraction(how, with_one_replaced(operands, i, z_bar), optimize)
    if inserted is not None:
        x_bar = np.expand_dims(x_bar, inserted)
    if stretched:
        x_bar = unbroadcast(x_bar, shape if axes is None else tuple(shape[axis] for axis in axes))
    if diagonal is not None:
        return uneinsum(x_bar, diagonal, shape)
    return np.broadcast_to(x_bar, shape) if shorter else x_bar


@rule(np.einsum, view=2, complex=True)
def einsum(z, subscripts, *operands, optimize=False):
    """Linear in each operand.  Of one that is only permuted it is a view."""
    dot[z] = total(
        [
            contraction(subscripts, with_one_replaced(operands, i, dot[operands][i]), optimize)
            for i in range(len(operands))
        ]
    )
    bar[operands] = [adjoint_of_operand(bar[z], subscripts, operands, i, optimize) for i in range(len(operands))]


# ---- all products of elements ---------------------------------------------------------------------


@rule(np.outer, np.linalg.outer, complex=True)
def outer(z, a, b):
    """zᵢⱼ = aᵢ bⱼ, of flattened arguments."""
    dot[z] = np.outer(dot[a], b) + np.outer(a, dot[b])
    if a.ndim == 1 and b.ndim == 1:
        bar[a] = bar[z] @ b
        bar[b] = a @ bar[z]
    else:
        bar[a] = np.reshape(bar[z] @ np.ravel(b), np.shape(a))
        bar[b] = np.reshape(np.ravel(a) @ bar[z], np.shape(b))


def blocks(z_bar, a, b):
    """z̄ with the axes of a and b apart: they take turns from the end on."""
    turns = [(x, i) for i in range(-max(a.ndim, b.ndim), 0) for x in (a, b)]
    return np.reshape(z_bar, tuple(1 if has_one(x, i) else x.shape[x.ndim + i] for x, i in turns if -i <= x.ndim))


@rule(np.kron, complex=True)
def kron(z, a, b):
    """Block (i, j) of z is aᵢⱼ b."""
    dot[z] = np.kron(dot[a], b) + np.kron(a, dot[b])
    of_a, of_b = places_in_blocks(a, b)
    apart = blocks(bar[z], a, b)
    bar[a] = np.tensordot(apart, b, of_b)
    bar[b] = np.tensordot(apart, a, of_a)
