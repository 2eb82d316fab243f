"""Helpers in a form that Numba compiles: those of `rules.helpers` under their names, and some of its own.

They run without Numba too.  A rank is known when a function is compiled: branches on `x.ndim` and on the length of
a shape cost nothing, and only one of them is compiled.
"""

# pyright: basic

from __future__ import annotations

import numpy as np


def narrowed(x_bar, shape):
    """Return the adjoint summed over the axes along which an array of this shape, of one to three axes, was broadcast.

    >>> narrowed(np.ones((2, 3)), (2, 1))
    array([[3.],
           [3.]])
    """
    if x_bar.shape == shape:
        return x_bar
    total = np.zeros(shape, x_bar.dtype)
    for place, value in np.ndenumerate(x_bar):
        if x_bar.ndim == 1:
            total[0] += value
        elif x_bar.ndim == 2:
            total[place[0] % shape[0], place[1] % shape[1]] += value
        elif x_bar.ndim == 3:
            total[place[0] % shape[0], place[1] % shape[1], place[2] % shape[2]] += value
    return total


def number_unless_zero(z_bar, x_bar):
    """Return x_bar, and zero where the adjoint z_bar it is made from is zero, whatever it was multiplied with."""
    return x_bar if z_bar != 0 else 0.0 * z_bar


def unless_zero(z_bar, x_bar):
    """Return x_bar, and zero where the adjoint z_bar it is made from is zero, whatever it was multiplied with."""
    return np.where(z_bar == 0, 0.0, x_bar)


def number_unless_pole(z_bar, x_bar, y_bar):
    """Return y_bar, and zero where z_bar is zero and x_bar is no finite number."""
    return y_bar if z_bar != 0 or np.isfinite(x_bar) else 0.0 * z_bar


def unless_pole(z_bar, x_bar, y_bar):
    """Return y_bar, and zero where z_bar is zero and x_bar is no finite number."""
    return np.where((z_bar != 0) | np.isfinite(x_bar), y_bar, 0.0)


def max_of_rows(x):
    """Return the maximum along the first axis.

    >>> max_of_rows(np.array([[1.0, 4.0], [3.0, 2.0]]))
    array([3., 4.])
    """
    if x.shape[0] == 0:
        raise ValueError("zero-size array to a reduction which has no identity")
    result = x[0].copy()
    for i in range(1, x.shape[0]):
        result = np.maximum(result, x[i])
    return result


def min_of_rows(x):
    """Return the minimum along the first axis."""
    if x.shape[0] == 0:
        raise ValueError("zero-size array to a reduction which has no identity")
    result = x[0].copy()
    for i in range(1, x.shape[0]):
        result = np.minimum(result, x[i])
    return result


def max_in_rows(x):
    """Return the maximum along the last axis.

    >>> max_in_rows(np.array([[1.0, 4.0], [3.0, 2.0]]))
    array([4., 3.])
    """
    if x.shape[-1] == 0:
        raise ValueError("zero-size array to a reduction which has no identity")
    result = np.empty(x.shape[:-1], x.dtype)
    for place in np.ndindex(x.shape[:-1]):
        result[place] = x[place].max()
    return result


def min_in_rows(x):
    """Return the minimum along the last axis."""
    if x.shape[-1] == 0:
        raise ValueError("zero-size array to a reduction which has no identity")
    result = np.empty(x.shape[:-1], x.dtype)
    for place in np.ndindex(x.shape[:-1]):
        result[place] = x[place].min()
    return result


def product_of_rows(x):
    """Return the product along the first axis."""
    result = np.ones_like(x[0])
    for i in range(x.shape[0]):
        result = result * x[i]
    return result


def any_of_rows(x):
    """Return along the first axis whether any element is true.

    >>> any_of_rows(np.array([[0.0, 4.0], [0.0, 2.0]]))
    array([False,  True])
    """
    result = np.zeros(x.shape[1:], np.bool_)
    for i in range(x.shape[0]):
        result = result | (x[i] != 0)
    return result


def all_of_rows(x):
    """Return along the first axis whether all elements are true."""
    result = np.ones(x.shape[1:], np.bool_)
    for i in range(x.shape[0]):
        result = result & (x[i] != 0)
    return result


def running_sums(x):
    """Return the sums of the rows up to each: `np.cumsum` along the first axis."""
    y = x.copy()
    for i in range(1, x.shape[0]):
        y[i] = y[i - 1] + x[i]
    return y


def running_products(x):
    """Return the products of the rows up to each: `np.cumprod` along the first axis."""
    y = x.copy()
    for i in range(1, x.shape[0]):
        y[i] = y[i - 1] * x[i]
    return y


def shifted_rows(x, step, fill):
    """Return the rows moved by step (1 or -1), and `fill` where one is missing.

    >>> shifted_rows(np.array([1.0, 2.0, 3.0]), 1, 0.0)
    array([0., 1., 2.])
    """
    y = np.full(x.shape, x.dtype.type(fill))
    for i in range(x.shape[0]):
        if 0 <= i - step < x.shape[0]:
            y[i] = x[i - step]
    return y


def recurrence_of_rows(a, b):
    """Return rows s[i] = a[i] * s[i - 1] + b[i] with s[-1] = 0, where b may have a single row.

    >>> recurrence_of_rows(np.array([2.0, 2.0, 2.0]), np.array([1.0, 1.0, 1.0]))
    array([1., 3., 7.])
    """
    s = 0.0 * a + b
    for i in range(1, a.shape[0]):
        s[i] = a[i] * s[i - 1] + b[i % b.shape[0]]
    return s


def undiff_rows(y_bar, size, n):
    """Return the adjoint of `np.diff(x, n, 0)` of x with so many rows.

    >>> undiff_rows(np.array([1.0, 3.0]), 3, 1)
    array([-1., -2.,  3.])
    """
    x_bar = y_bar.copy()
    for order in range(n - 1, -1, -1):
        before = x_bar
        x_bar = np.zeros((max(size - order, 0),) + y_bar.shape[1:], y_bar.dtype)  # noqa: RUF005 (Numba adds tuples)
        for i in range(before.shape[0]):
            x_bar[i + 1] += before[i]
            x_bar[i] -= before[i]
    return x_bar


def chosen(condition, x, y):
    """Return x where a condition holds, else y: `np.where` for numbers."""
    return x if condition else y


def one_size(*sizes):
    """Return the one size that axes have.

    Raises: ValueError where they have several.
    """
    for size in sizes:
        if size != sizes[0]:
            raise ValueError("operands could not be broadcast together: their shapes differ")
    return sizes[0]


def broadcast_size(*sizes):
    """Return the size that the arrays of an index are broadcast to.

    Raises: IndexError where there are several besides one.
    """
    found = 1
    for size in sizes:
        if found == 1:
            found = size
        elif size not in (found, 1):
            raise IndexError("shape mismatch: the arrays of an index could not be broadcast together")
    return found


def last_writes(shape, index):
    """Return which of the elements that an index names are not named again later in it.

    >>> last_writes((3,), np.array([0, 1, 0]))
    array([False,  True,  True])
    """
    order = np.zeros(shape, np.int64)
    places = np.arange(order[index].size).reshape(order[index].shape)
    order[index] = places
    return order[index] == places


def product_of_stacks(x, y):
    """Return the products of the matrices of two stacks, of which one may have a single matrix.

    >>> product_of_stacks(np.ones((2, 1, 3)), np.ones((1, 3, 1))).ravel()
    array([3., 3.])

    Raises: ValueError where their shapes do not fit.
    """
    count = y.shape[0] if x.shape[0] == 1 else x.shape[0]
    if y.shape[0] not in (count, 1) or x.shape[2] != y.shape[1]:
        raise ValueError("matmul: the shapes of the operands do not fit")
    rows, columns = x.shape[1], y.shape[2]
    if count > 1 and x.size * columns > 1000 and y.shape[0] == 1:
        product = np.dot(np.ascontiguousarray(x).reshape((count * rows, x.shape[2])), np.ascontiguousarray(y[0]))
        return product.reshape((count, rows, columns))
    if count > 1 and rows * y.size > 1000 and x.shape[0] == 1:
        wide = np.ascontiguousarray(np.transpose(y, (1, 0, 2))).reshape((y.shape[1], count * columns))
        product = np.dot(np.ascontiguousarray(x[0]), wide).reshape((rows, count, columns))
        return np.ascontiguousarray(np.transpose(product, (1, 0, 2)))
    z = np.zeros((count, rows, columns), x.dtype)
    for k in range(count):
        left, right = x[k % x.shape[0]], y[k % y.shape[0]]
        if left.size * right.shape[1] > 1000:
            z[k] = np.dot(np.ascontiguousarray(left), np.ascontiguousarray(right))
            continue
        for i in range(left.shape[0]):
            for n in range(left.shape[1]):
                for j in range(right.shape[1]):
                    z[k, i, j] += left[i, n] * right[n, j]
    return z


def untake(y_bar, shape, indices, axis=None):
    """Return zeros of a shape to which the parts of y_bar are added where `np.take` took them from.

    >>> untake(np.ones((2, 1)), (3, 1), np.array([2, -1]), 0).ravel()
    array([0., 0., 2.])
    """
    before, size, after = 1, 1, 1
    for i in range(len(shape)):
        if axis is None or i == axis % len(shape):
            size *= shape[i]
        elif i < axis % len(shape):
            before *= shape[i]
        else:
            after *= shape[i]
    places = np.asarray(indices)
    x_bar = np.zeros((before, size, after), y_bar.dtype)
    parts = np.ascontiguousarray(y_bar).reshape((before, places.size, after))
    for i in range(before):
        for k, place in enumerate(places.flat):
            for j in range(after):
                x_bar[i, place, j] += parts[i, k, j]
    return x_bar.reshape(shape)


def one_of_arrays(xs, k):
    """Return the k-th of several, of each of the arrays of a list."""
    return [x[k] for x in xs]


def copies_of_arrays(xs):
    """Return a list of copies of arrays."""
    return [x.copy() for x in xs]


def zeros_of_arrays(xs):
    """Return a list of zeros like arrays."""
    return [np.zeros_like(x) for x in xs]


def zeros_of_numbers(xs):
    """Return a list of as many zeros as there are numbers."""
    return [0.0 for _ in xs]


def inverse(a):
    """Return A⁻¹, infinite where A is singular."""
    try:
        return np.linalg.inv(a)
    except Exception:
        return cofactors(a).T / np.linalg.det(a)


def cofactors(a):
    """Return the cofactors of a square matrix, det(A) A⁻ᵀ, of a singular one too (by its SVD)."""
    det = np.linalg.det(a)
    if det != 0:
        return det * np.linalg.inv(a).T
    u, s, vh = np.linalg.svd(a)
    others = np.ones_like(s)
    for i in range(s.size):
        for j in range(s.size):
            if i != j:
                others[i] *= s[j]
    return np.linalg.det(u) * np.linalg.det(vh) * ((u * others) @ vh)


def undiagonal(y_bar, shape, offset=0, axis1=0, axis2=1):
    """Return zeros of this shape with y_bar on a diagonal."""
    x_bar = np.zeros(shape, y_bar.dtype)
    rows, columns = max(-offset, 0), max(offset, 0)
    for i in range(min(shape[axis1] - rows, shape[axis2] - columns)):
        if axis1 < axis2:
            x_bar[rows + i, columns + i] = y_bar[i % y_bar.size]
        else:
            x_bar[columns + i, rows + i] = y_bar[i % y_bar.size]
    return x_bar


def stacked(xs):
    """Return arrays of one shape in a list as one array: `np.stack`."""
    y = np.empty((len(xs),) + xs[0].shape, xs[0].dtype)  # noqa: RUF005 (Numba adds tuples)
    for k in range(len(xs)):
        y[k] = xs[k]
    return y


def repeated(x, count):
    """Return each row of an array so often: `np.repeat` along the first axis."""
    y = np.empty((x.shape[0] * count,) + x.shape[1:], x.dtype)  # noqa: RUF005 (Numba adds tuples)
    for k in range(y.shape[0]):
        y[k] = x[k // count]
    return y


def unrepeated(y_bar, count, size):
    """Return the sums of so many rows each, of which there are so many.

    >>> unrepeated(np.array([1.0, 2.0, 3.0, 4.0]), 2, 2)
    array([3., 7.])
    """
    x_bar = np.zeros((size,) + y_bar.shape[1:], y_bar.dtype)  # noqa: RUF005 (Numba adds tuples)
    for k in range(y_bar.shape[0]):
        x_bar[k // count] += y_bar[k]
    return x_bar


def rolled_rows(x, shift):
    """Return the rows moved around in a circle: `np.roll` along the first axis."""
    y = np.empty(x.shape, x.dtype)
    for k in range(x.shape[0]):
        y[(k + shift) % x.shape[0]] = x[k]
    return y


def require_index(index, size):
    """Raise IndexError where an index is beyond the ends of an axis of this size."""
    if index >= size or index < -size:
        raise IndexError("index is out of bounds")


def require_indices(indices, size):
    """Raise IndexError where one of several indices is beyond the ends of an axis of this size."""
    for index in np.asarray(indices).flat:
        if index >= size or index < -size:
            raise IndexError("index is out of bounds")


def require_mask(mask, size):
    """Raise IndexError where a mask is not as long as the axis that it is for."""
    if mask.size != size:
        raise IndexError("boolean index did not match indexed array: their sizes differ")


def require_fits(shape, whole):
    """Raise ValueError where an array of a shape cannot be broadcast to another of the same rank."""
    for i in range(len(shape)):
        if shape[i] != whole[i] and shape[i] != 1:
            raise ValueError("operands could not be broadcast together: their shapes differ")


def require_length(size, count):
    """Raise ValueError where there are not as many items as names."""
    if size != count:
        raise ValueError("there are more or fewer values to unpack than names")
