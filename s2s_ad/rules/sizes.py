"""Sizes of axes that are known to be equal, though not how large they are.

Each axis of an argument has a size of its own, and a slice like `u[1:-1]` has that size less two.
So the slices of a stencil are known to have one shape, and nothing need be checked when it runs.
A size is a name and a number that is taken off it, not below zero: `("u.0", 2)` is max(0, n - 2).
"""

from __future__ import annotations

from collections.abc import Sequence

from s2s_ad.ir.core import Arg, Lit, Seq, Slice, Var
from s2s_ad.ir.kinds import Array, Kind, Size, is_integer, kind_of

SAME_SHAPE = frozenset(
    f"numpy.{name}"
    for name in [
        "copy",
        "zeros_like",
        "ones_like",
        "empty_like",
        "full_like",
        "astype",
        "sort",
        "flip",
        "flipud",
        "fliplr",
        "roll",
        "tril",
        "triu",
        "cumsum",
        "cumprod",
        "nancumsum",
        "nancumprod",
        "unwrap",
    ]
) | {"ir.identity", "s2s_ad.rules.helpers.shifted"}
"""Functions whose result has the shape of their first argument."""
REDUCTIONS = frozenset(
    f"numpy.{name}"
    for name in [
        *("sum", "prod", "max", "min", "amax", "amin", "mean", "var", "std", "any", "all", "argmax", "argmin", "ptp"),
        *("nansum", "nanmean", "nanmax", "nanmin"),
    ]
)
"""Functions whose result is without an axis of their first argument, or has it with one element."""
PRODUCTS = frozenset({"operator.matmul", "numpy.matmul", "numpy.dot", "numpy.ndarray.dot"})
"""Functions whose result has the axes of two operands but those that are summed over."""


def named(kind: Array, name: str) -> Array:
    """Return the kind with a size of its own for each axis.

    >>> named(Array("float64", "n1"), "x").sizes
    (('x.0', 0), ('x.1', 0))
    """
    return Array(kind.dtype, kind.axes, tuple((f"{name}.{axis}", 0) for axis in range(len(kind.axes or ""))))


def broadcast(kinds: Sequence[Kind], axes: str) -> tuple[Size, ...]:
    """Return the sizes of what operands broadcast to."""
    arrays = [kind for kind in kinds if isinstance(kind, Array) and kind.axes is not None]
    return tuple(_broadcast_axis(arrays, len(axes) - position) for position in range(len(axes)))


def _broadcast_axis(arrays: Sequence[Array], from_end: int) -> Size:
    found: dict[Size, None] = {}
    surely: list[Size] = []
    for array in arrays:
        marks = array.axes or ""
        if from_end > len(marks) or marks[-from_end] == "1":
            continue
        size = array.size_of(len(marks) - from_end)
        found[size] = None
        if marks[-from_end] == "n":  # all others are equal to it, or one
            surely.append(size)
    if surely:
        return next((size for size in surely if size is not None), None)
    return next(iter(found)) if len(found) == 1 else None


def reduced(x: Array, axis: Arg | None, keepdims: Arg) -> tuple[Size, ...]:
    """Return the sizes of a reduction of x along one axis; () if that is not written down.

    >>> from s2s_ad.ir.kinds import BOOL, INT, UNKNOWN
    >>> x, no, yes = named(Array("float64", "nn"), "x"), Lit(False, BOOL), Lit(True, BOOL)
    >>> reduced(x, Lit(-1, INT), no), reduced(x, Lit(0, INT), yes), reduced(x, Lit(None, UNKNOWN), no)
    ((('x.0', 0),), (None, ('x.1', 0)), ())
    """
    sizes = [x.size_of(axis) for axis in range(len(x.axes or ""))]
    if not isinstance(axis, Lit) or type(axis.value) is not int or not -len(sizes) <= axis.value < len(sizes):
        return ()
    if not isinstance(keepdims, Lit) or type(keepdims.value) is not bool:
        return ()
    at = axis.value % len(sizes)
    return (*sizes[:at], *([None] if keepdims.value else []), *sizes[at + 1 :])


def product(x: Array, y: Array) -> tuple[Size, ...]:
    """Return the sizes of a product of matrices or vectors; () if there are more axes.

    >>> product(named(Array("float64", "nn"), "a"), named(Array("float64", "nn"), "b"))
    (('a.0', 0), ('b.1', 0))
    """
    if not (x.axes and y.axes) or len(x.axes) > 2 or len(y.axes) > 2:
        return ()
    return (*([x.size_of(0)] if len(x.axes) == 2 else []), *([y.size_of(1)] if len(y.axes) == 2 else []))


def indexed(x: Array, index: Arg) -> tuple[Size, ...]:
    """Return the sizes of x[index]; () if the index is more than integers, slices, None and `...`.

    >>> from s2s_ad.ir.kinds import INT, UNKNOWN
    >>> one, minus, none = Lit(1, INT), Lit(-1, INT), Lit(None, UNKNOWN)
    >>> indexed(named(Array("float64", "n"), "u"), Slice(one, minus, none))
    (('u.0', 2),)
    """
    parts = list(index.items) if isinstance(index, Seq) and index.type == "tuple" else [index]
    sizes = [x.size_of(axis) for axis in range(len(x.axes or ""))]
    fillers = [i for i, part in enumerate(parts) if isinstance(part, Lit) and part.value is Ellipsis]
    taken = sum(isinstance(part, Slice) or _is_integer(part) for part in parts)
    at = fillers[0] if fillers else len(parts)
    whole = Slice(*[Lit(None, kind_of(None))] * 3)
    parts[at : at + 1] = [whole] * (len(sizes) - taken)
    result: list[Size] = []
    waiting = iter(sizes)
    for part in parts:
        if isinstance(part, Lit) and part.value is None:
            result.append(None)
        elif _is_integer(part):
            next(waiting, None)
        elif isinstance(part, Slice):
            result.append(_sliced(next(waiting, None), part))
        else:
            return ()
    return tuple(result)


def _is_integer(part: Arg) -> bool:
    return isinstance(part, Var | Lit) and is_integer(part.kind)


def _sliced(size: Size, part: Slice) -> Size:
    start, stop, step = (
        bound.value if isinstance(bound, Lit) else "unknown" for bound in (part.start, part.stop, part.step)
    )
    if size is None or (start is None and stop is None and step in (None, 1, -1)):
        return size
    front = 0 if start is None else start if type(start) is int and start >= 0 else None
    back = 0 if stop is None else -stop if type(stop) is int and stop < 0 else None
    if front is None or back is None or step not in (None, 1):
        return None
    name, less = size
    return name, less + front + back
