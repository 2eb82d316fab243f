"""Functions of whole arrays: shapes and views, reductions and scans, products, assembly."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.oracle.elementwise import RULES, chosen, of
from tests.oracle.values import MODE, Dual, dot_of, fresh, getitem, noisy, point_of, primal, real_of, value_of

Args = tuple[Any, ...]
Named = dict[str, Any]


def _ndim(x: Any) -> int:
    return np.ndim(value_of(x))


def _given(args: Args, named: Named, *names: str, **defaults: Any) -> list[Any]:
    """Return the arguments after the first by name."""
    bound = dict(zip(names, value_of(args[1:]), strict=False)) | value_of(named)
    return [bound.get(name, defaults.get(name)) for name in names]


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    return tuple(each % ndim for each in (axis if isinstance(axis, tuple) else (axis,)))


# ---- views: the same of value and tangents ------------------------------------------------------


def _view(*functions: Any, tangents: Callable[..., np.ndarray]) -> None:
    """Register functions that give a view where they can: `tangents(dot, ndim, *args, **kwargs)`."""

    def rule(call: Any, args: Args, kwargs: Named) -> Any:
        value, real = primal(call, args, kwargs)
        dot = tangents(dot_of(args[0]), _ndim(args[0]), *value_of(args[1:]), **value_of(kwargs))
        return Dual(value, dot, real)

    of(*functions)(rule)


def _reshaped(dot: np.ndarray, ndim: int, *shape: Any) -> np.ndarray:
    sizes = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple | list) else shape
    sizes = list(sizes)
    if -1 in sizes:
        at = sizes.index(-1)
        sizes[at] = 1
        sizes[at] = int(np.prod(dot.shape[:-1])) // max(1, int(np.prod(sizes)))
    return dot.reshape((*sizes, MODE.directions))


def _transposed(dot: np.ndarray, ndim: int, *axes: Any) -> np.ndarray:
    order = axes[0] if len(axes) == 1 and isinstance(axes[0], tuple | list) else axes
    if not order or order[0] is None:
        order = range(ndim)[::-1]
    return dot.transpose([*(axis % ndim for axis in order), ndim])


def _flat(dot: np.ndarray, ndim: int) -> np.ndarray:
    return dot.reshape((-1, dot.shape[-1])) if dot.size else dot.reshape((0, MODE.directions))


def _flipped(dot: np.ndarray, ndim: int, axis: Any = None) -> np.ndarray:
    return np.flip(dot, _axes(axis, ndim))


def _expanded(dot: np.ndarray, ndim: int, axis: Any) -> np.ndarray:
    return np.expand_dims(dot, axis % (ndim + 1))


def _squeezed(dot: np.ndarray, ndim: int, axis: Any = None) -> np.ndarray:
    axes = _axes(axis, ndim)
    return np.squeeze(dot, tuple(each for each in axes if dot.shape[each] == 1))


def _broadcast(dot: np.ndarray, ndim: int, shape: Any) -> np.ndarray:
    sizes = shape if isinstance(shape, tuple | list) else (shape,)
    return np.broadcast_to(dot, (*sizes, MODE.directions))


def _diagonal(dot: np.ndarray, ndim: int) -> np.ndarray:
    return np.moveaxis(np.diagonal(dot), 0, -1)


_view(np.reshape, tangents=_reshaped)
_view(np.transpose, tangents=_transposed)
_view(np.ravel, tangents=_flat)
_view(np.flip, np.flipud, tangents=_flipped)
_view(np.expand_dims, tangents=_expanded)
_view(np.squeeze, tangents=_squeezed)
_view(np.broadcast_to, tangents=_broadcast)
_view(np.asarray, np.atleast_1d, tangents=lambda dot, ndim, *_: dot.reshape(-1, dot.shape[-1]) if not ndim else dot)
_view(np.swapaxes, tangents=lambda dot, ndim, a, b: np.swapaxes(dot, a % ndim, b % ndim))
RULES[np.asarray] = lambda call, args, kwargs: args[0] if _is_array(args[0]) and not kwargs else _array(call, args, {})


def _is_array(x: Any) -> bool:
    return type(x) is Dual and isinstance(x.value, np.ndarray)


@of(np.diagonal, np.diag)
def _diag(call: Any, args: Args, kwargs: Named) -> Any:
    value, real = primal(call, args, kwargs)
    if _ndim(args[0]) == 2:
        return Dual(value, np.swapaxes(np.diagonal(dot_of(args[0])), 0, 1), real)
    dot = np.zeros((*value.shape, MODE.directions), MODE.tangent)
    at = np.arange(len(value))
    dot[at, at] = dot_of(args[0])
    return fresh(value, dot, real)


@of(np.split, np.array_split)
def _split(call: Any, args: Args, kwargs: Named) -> Any:
    values, reals = primal(call, args, kwargs)
    axis = _given(args, kwargs, "parts", "axis", axis=0)[1] % _ndim(args[0])
    dots = call(dot_of(args[0]), value_of(args[1]), axis=axis)
    return [Dual(*each) for each in zip(values, dots, reals, strict=True)]


# ---- linear functions that copy -----------------------------------------------------------------


def _linear(*functions: Any, tangents: Callable[..., np.ndarray]) -> None:
    """Register functions with new results: `tangents(dot, ndim, *args, **kwargs)`."""

    def rule(call: Any, args: Args, kwargs: Named) -> Any:
        value, real = primal(call, args, kwargs)
        dot = tangents(dot_of(args[0]), _ndim(args[0]), *value_of(args[1:]), **value_of(kwargs))
        return fresh(value, dot, real)

    of(*functions)(rule)


def _each(function: Any) -> Callable[..., np.ndarray]:
    """Return what a linear function does to the tangents of each direction."""

    def tangents(dot: np.ndarray, ndim: int, *args: Any, **kwargs: Any) -> np.ndarray:
        return np.stack([np.asarray(function(dot[..., k], *args, **kwargs)) for k in range(dot.shape[-1])], -1)

    return tangents


def _summed(dot: np.ndarray, ndim: int, axis: Any = None, **kwargs: Any) -> np.ndarray:
    return np.sum(dot, axis=_axes(axis, ndim), **kwargs)


def _averaged(dot: np.ndarray, ndim: int, axis: Any = None, **kwargs: Any) -> np.ndarray:
    return np.mean(dot, axis=_axes(axis, ndim), **kwargs)


_linear(np.sum, tangents=_summed)
_linear(np.mean, tangents=_averaged)
for _function in (np.cumsum, np.diff, np.roll, np.repeat, np.tile, np.tril, np.triu, np.trace, np.pad, np.take):
    _linear(_function, tangents=_each(_function))


@of(np.copy, np.ndarray.flatten, np.ndarray.item)
def _copied(call: Any, args: Args, kwargs: Named) -> Any:
    value, real = primal(call, args, kwargs)
    return fresh(value, dot_of(args[0]).reshape((*np.shape(value), MODE.directions)), real)


@of(np.ndarray.astype)
def _astype(call: Any, args: Args, kwargs: Named) -> Any:
    value = call(*value_of(args))
    if value.dtype.kind != "f":
        return value
    return fresh(value, dot_of(args[0]), args[0].real if MODE.precise else value)


@of(np.array)
def _array(call: Any, args: Args, kwargs: Named) -> Any:
    value, real = primal(call, args, kwargs)
    if value.dtype.kind != "f":
        return value
    return fresh(value, dot_of(args[0]).reshape((*value.shape, MODE.directions)), real)


@of(np.full)
def _full(call: Any, args: Args, kwargs: Named) -> Any:
    value, real = primal(call, args, kwargs)
    return fresh(value, dot_of(args[1]), real)


@of(np.full_like)
def _full_like(call: Any, args: Args, kwargs: Named) -> Any:
    value, real = primal(call, args, kwargs)
    return fresh(value, dot_of(args[1]), real)


def _assembled(*functions: Any, place: Callable[[int, int], int] | None = None) -> None:
    """Register functions that join the arrays of a list along an axis."""

    def rule(call: Any, args: Args, kwargs: Named) -> Any:
        value, real = primal(call, args, kwargs)
        parts = [dot_of(part) for part in args[0]]
        axis = _given(args, kwargs, "axis", axis=0)[0]
        if axis is None:
            dot = np.concatenate([part.reshape(-1, MODE.directions) for part in parts])
        elif call is np.stack:
            dot = np.stack(parts, axis % value.ndim)
        elif call is np.concatenate:
            dot = np.concatenate(parts, axis % value.ndim)
        else:
            dot = _each_of(call, parts)
        return fresh(value, dot, real)

    of(*functions)(rule)


def _each_of(call: Any, parts: list[np.ndarray]) -> np.ndarray:
    return np.stack([call([part[..., k] for part in parts]) for k in range(MODE.directions)], -1)


_assembled(np.stack, np.concatenate, np.vstack, np.hstack, np.column_stack)


@of(np.append)
def _append(call: Any, args: Args, kwargs: Named) -> Any:
    value, real = primal(call, args, kwargs)
    return fresh(value, np.concatenate([dot_of(part).reshape(-1, MODE.directions) for part in args[:2]]), real)


# ---- reductions that are not linear, and sorting ------------------------------------------------


@of(np.max, np.min, np.amax, np.amin)
def _extreme(call: Any, args: Args, kwargs: Named) -> Any:
    """The elements that tie share equally."""
    value, real = primal(call, args, kwargs)
    axis, keepdims = _given(args, kwargs, "axis", "keepdims", keepdims=False)
    x, axes = value_of(args[0]), _axes(axis, _ndim(args[0]))
    hit = x == np.asarray(value).reshape([1 if n in axes else size for n, size in enumerate(np.shape(x))])
    count = np.sum(hit, axis=axes, keepdims=bool(keepdims))
    dot = np.sum(chosen(hit, dot_of(args[0]), 0.0), axis=axes, keepdims=bool(keepdims))
    return fresh(value, dot / np.asarray(count)[..., None], real)


@of(np.prod)
def _product(call: Any, args: Args, kwargs: Named) -> Any:
    value, real = primal(call, args, kwargs)
    axis, keepdims = _given(args, kwargs, "axis", "keepdims", keepdims=False)
    x, dx, total = point_of(args[0]), dot_of(args[0]), 0.0
    axes = _axes(axis, x.ndim)
    for at in np.ndindex(*(x.shape[axis] for axis in axes)):  # the factor that is differentiated
        where = [slice(None)] * x.ndim
        for each, position in zip(axes, at, strict=True):
            where[each] = slice(position, position + 1)
        others = x.copy()
        others[tuple(where)] = 1.0
        part = np.prod(others, axis=axes, keepdims=True)
        total = total + part[..., None] * dx[tuple(where)]
    dot = np.asarray(total) if keepdims else np.squeeze(np.asarray(total), axes) if np.ndim(total) else np.zeros(1)
    return fresh(value, dot, real)


@of(np.var, np.std)
def _spread(call: Any, args: Args, kwargs: Named) -> Any:
    value, real = primal(call, args, kwargs)
    axis, ddof, keepdims = _given(args, kwargs, "axis", "ddof", "keepdims", ddof=0, keepdims=False)
    x, axes = point_of(args[0]), _axes(axis, _ndim(args[0]))
    centred = x - np.mean(x, axis=axes, keepdims=True)
    freedom = np.prod([x.shape[each] for each in axes]) - ddof
    dot = 2 * np.sum(centred[..., None] * dot_of(args[0]), axis=axes, keepdims=bool(keepdims)) / freedom
    if call is np.std or getattr(call, "name", "") == "std":
        root = noisy(np.sqrt(np.sum(centred * centred, axis=axes, keepdims=bool(keepdims)) / freedom))[..., None]
        dot = dot / (2 * np.where(root == 0, 1.0, root))
    return fresh(value, dot, real)


@of(np.linalg.norm)
def _norm(call: Any, args: Args, kwargs: Named) -> Any:
    value = call(*value_of(args), **value_of(kwargs))
    x = point_of(args[0])
    axes = _axes(kwargs.get("axis"), x.ndim)
    root = noisy(np.sqrt(np.sum(x * x, axis=axes)))
    real, root = np.real(root), np.asarray(root)[..., None]
    dot = np.sum(x[..., None] * dot_of(args[0]), axis=axes) / np.where(root == 0, 1.0, root)
    return fresh(value, dot, real)


@of(np.cumprod)
def _cumprod(call: Any, args: Args, kwargs: Named) -> Any:
    value, real = primal(call, args, kwargs)
    axis = _given(args, kwargs, "axis")[0]
    x, dx = point_of(args[0]), dot_of(args[0])
    if axis is None:
        x, dx, axis = x.reshape(-1), dx.reshape(-1, MODE.directions), 0
    axis %= x.ndim
    x, dx = np.moveaxis(x, axis, 0), np.moveaxis(dx, axis, 0)
    dot, running, product = np.zeros_like(dx), np.zeros_like(dx[:1]), np.ones_like(x[:1])
    for n in range(len(x)):
        running = running * x[n : n + 1, ..., None] + product[..., None] * dx[n : n + 1]
        product = product * x[n : n + 1]
        dot[n : n + 1] = running
    return fresh(value, np.moveaxis(dot, 0, axis), real)


@of(np.sort)
def _sort(call: Any, args: Args, kwargs: Named) -> Any:
    value = call(*value_of(args), **value_of(kwargs))
    axis = _given(args, kwargs, "axis", axis=-1)[0] % _ndim(args[0])
    order = np.argsort(value_of(args[0]), axis=axis)
    real = np.take_along_axis(real_of(args[0]), order, axis)
    return fresh(value, np.take_along_axis(dot_of(args[0]), order[..., None], axis), real)


def sort_in_place(owner: Dual) -> None:
    """Perform x.sort()."""
    order = np.argsort(owner.value, axis=-1)
    axis = owner.value.ndim - 1
    dot, real = np.take_along_axis(owner.dot, order[..., None], axis), np.take_along_axis(owner.real, order, axis)
    separate = owner.real is not owner.value
    owner.value.sort()
    owner.dot[...] = dot
    if separate:
        owner.real[...] = real


# ---- products -----------------------------------------------------------------------------------


def _bilinear(*functions: Any, product: Callable[..., np.ndarray]) -> None:
    """Register a product: the product of x with each tangent of y, and of each tangent of x with y."""

    def rule(call: Any, args: Args, kwargs: Named) -> Any:
        value, real = primal(call, args, kwargs)
        x, y = (np.asarray(point_of(arg)) for arg in args)
        dx, dy = (np.asarray(dot_of(arg)) for arg in args)
        parts = [product(dx[..., k], y) + product(x, dy[..., k]) for k in range(MODE.directions)]
        return fresh(value, np.stack([np.asarray(part) for part in parts], -1), real)

    of(*functions)(rule)


_bilinear(operator.matmul, np.matmul, product=np.matmul)
_bilinear(np.dot, product=np.dot)
_bilinear(np.inner, product=np.inner)
_bilinear(np.vdot, product=lambda x, y: np.dot(np.ravel(x), np.ravel(y)))
_bilinear(np.outer, product=np.outer)


@of(np.einsum)
def _einsum(call: Any, args: Args, kwargs: Named) -> Any:
    """Only subscripts whose result is no view."""
    value, real = primal(call, args, kwargs)
    operands, dots = [point_of(arg) for arg in args[1:]], [dot_of(arg) for arg in args[1:]]
    total = []
    for k in range(MODE.directions):
        parts = [
            np.einsum(args[0], *(dots[n][..., k] if n == m else each for n, each in enumerate(operands)))
            for m in range(len(operands))
        ]
        total.append(np.asarray(sum(parts)))
    return fresh(value, np.stack(total, -1), real)


_SAME = "sum mean prod max min std var cumsum cumprod dot trace clip ravel squeeze swapaxes repeat take diagonal copy"
METHODS: dict[str, Any] = {name: RULES[getattr(np, name)] for name in f"{_SAME} reshape transpose".split()}
METHODS |= {name: RULES[getattr(np.ndarray, name)] for name in ("astype", "flatten", "item")}

__all__ = ["METHODS", "RULES", "getitem", "sort_in_place"]
