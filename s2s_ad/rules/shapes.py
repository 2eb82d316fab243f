"""The kinds of what functions give that move, assemble or select elements, exactly: from marks and literals.

Each function here takes the arguments of a call and returns the kind of its result.  Marks are those of
`ir.kinds`: what is not known to be one, or not one, is `?`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from s2s_ad.ir.core import Arg, Lit, Seq, Var
from s2s_ad.ir.kinds import (
    INT,
    Array,
    Kind,
    ListKind,
    NumpyScalar,
    Opaque,
    PyScalar,
    TupleKind,
    axes_of,
    broadcast_axes,
    dtype_of,
    is_integer,
    is_numeric,
    leaves,
)
from s2s_ad.rules.indexing import arg_kind

Args: TypeAlias = tuple[Arg, ...]
Exact: TypeAlias = Callable[[Args, Mapping[str, Arg]], Kind]

SHAPE = Opaque("shape")
"""The kind of the shape of an array whose rank is not known."""
EXACT: dict[str, Exact] = {}
"""What gives the kind of a result, by the path of the function."""
_FEW = 8
"""Parts of an array, up to so many, are known one by one; more are a list, so that loops over them stay loops."""


def exact(*paths: str) -> Callable[[Exact], Exact]:
    """Register what gives the kind of a function's result."""

    def register(found: Exact) -> Exact:
        EXACT.update(dict.fromkeys(paths, found))
        return found

    return register


# ---- arguments ------------------------------------------------------------------------------


def argument(args: Args, kwargs: Mapping[str, Arg], position: int, *names: str) -> Arg | None:
    """Return an argument that is given by position or under one of its names, None if it is not given."""
    if position < len(args):
        return args[position]
    return next((kwargs[name] for name in names if name in kwargs), None)


def literal(arg: Arg | None, default: Any) -> Any:
    """Return the value of a literal argument (a tuple of literals too)."""
    match arg:
        case None:
            return default
        case Lit(value=value):
            return value
        case Seq(items):
            return tuple(literal(item, None) for item in items)
        case _:
            raise LookupError("an axis is not known before the program runs")


def marks(shape: Arg) -> str:
    """Return the marks of an array that is made in a given shape.

    >>> marks(Seq((Lit(1, INT), Lit(-1, INT), Lit(5, INT))))
    '1?n'
    """
    match shape:
        case Lit(value=int() | np.integer() as size):
            return "1" if size == 1 else "n" if size >= 0 else "?"
        case Lit(value=sizes, kind=TupleKind() | ListKind()):
            return "".join(marks(Lit(size, INT)) for size in sizes)
        case Seq(items):
            return "".join(map(marks, items))
        case Var(kind=TupleKind(items)):
            return "".join(marks(Var("", item)) for item in items)
        case Var(kind=kind) if is_numeric(kind) and dtype_of(kind).kind in "iu" and not getattr(kind, "axes", ""):
            return "?"
        case _:
            raise LookupError("the rank of a shape is not known")


def marks_of_array(arg: Arg) -> str:
    """Return the marks of what NumPy makes of a number, an array, or (nested) lists, which may be written out.

    >>> marks_of_array(Seq((Lit(1, INT), Lit(2, INT)), "list"))
    'n'

    Raises: LookupError, if the rank is not known.
    """
    match arg:
        case Seq(items):
            return _length(len(items)) + (marks_of_array(items[0]) if items else "")
        case Lit(value=value):
            return "".join(map(_length, np.shape(value)))
        case _:
            found = marks_of_kind(arg_kind(arg))
            if found is None:
                raise LookupError("the rank of an array is not known")
            return found


def marks_of_kind(kind: Kind) -> str | None:
    """Return the marks of what NumPy makes of a value of a kind, None if its rank is not known."""
    match kind:
        case Array(axes=axes):
            return axes
        case ListKind(item):
            return "?" + (marks_of_kind(item) or "")
        case TupleKind(items) if items:
            return _length(len(items)) + (marks_of_kind(items[0]) or "")
        case _:
            return ""


def _length(size: int) -> str:
    return "1" if size == 1 else "n"


def _array(args: Args, kwargs: Mapping[str, Arg], position: int = 0, *names: str) -> tuple[str, str]:
    """Return the dtype and the marks of an argument, as NumPy makes an array of it."""
    arg = argument(args, kwargs, position, *names)
    if arg is None:
        raise LookupError("an array is not given")
    return dtype_of_array(arg_kind(arg)), marks_of_array(arg)


def dtype_of_array(kind: Kind) -> str:
    """Return the dtype of what NumPy makes of a value of a kind."""
    match kind:
        case PyScalar() | NumpyScalar() | Array():
            return dtype_of(kind).name
        case ListKind(item):
            return dtype_of_array(item)
        case TupleKind(items) if items:
            return np.result_type(*map(dtype_of_array, items)).name
        case _:
            raise LookupError(f"a {kind} is used as an array")


def _result(dtype: str, found: str) -> Kind:
    """Return the kind of an array, or that of a NumPy scalar where there are no axes."""
    return Array(dtype, found) if found else NumpyScalar(dtype)


def _parts(arg: Arg | None) -> list[Kind]:
    """Return the kinds of the items of a sequence or of the rows of an array; one stands for those of any length."""
    kind = Opaque("nothing") if arg is None else arg_kind(arg)
    match arg, kind:
        case Seq(items), _:
            return [arg_kind(item) for item in items]
        case _, ListKind(item):
            return [item]
        case _, TupleKind(items):
            return list(items)
        case _, Array(dtype, str() as axes) if axes:
            return [_result(dtype, axes[1:])]
        case _:
            raise LookupError(f"the items of a {kind} are not known")


def _is_known(arg: Arg | None) -> bool:
    """Say whether the number of the items of a sequence is known."""
    return isinstance(arg, Seq) or (isinstance(arg, Var | Lit) and isinstance(arg.kind, TupleKind))


_ANY = object()
"""An axis that is not known before the program runs."""


def _axis(args: Args, kwargs: Mapping[str, Arg], position: int, default: int | None) -> Any:
    """Return the argument `axis`: a literal, or _ANY where it is a number that is not known."""
    arg = argument(args, kwargs, position, "axis")
    return _ANY if isinstance(arg, Var) and is_integer(arg.kind) else literal(arg, default)


def _replaced(axes: str, axis: Any, inner: str) -> str:
    """Return the marks with others in the place of those of an axis."""
    if axis is _ANY:
        return "?" * (len(axes) - 1 + len(inner))
    if not isinstance(axis, int) or not -len(axes) <= axis < len(axes):
        raise LookupError("an axis is out of range")
    place = axis % len(axes)
    return axes[:place] + inner + axes[place + 1 :]


def _dtype(arg: Arg | None, default: str) -> str:
    """Return the dtype that is asked for."""
    value = literal(arg, None)
    return default if value is None else np.dtype(value).name


# ---- the same elements in another shape -------------------------------------------------------


@exact("numpy.squeeze")
def squeeze(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind without the axes that go."""
    kind = arg_kind(args[0])
    if not isinstance(kind, Array) or kind.axes is None:
        raise LookupError("the rank of an array is not known")
    axis = literal(argument(args, kwargs, 1, "axis"), None)
    if axis is None and "?" in kind.axes:
        raise LookupError("the rank of the result depends on sizes: name the axes to squeeze")
    rank = len(kind.axes)
    given = (axis,) if isinstance(axis, int) else axis
    gone = [i for i in range(rank) if kind.axes[i] == "1"] if given is None else [i % rank for i in given]
    return Array(kind.dtype, "".join(mark for i, mark in enumerate(kind.axes) if i not in gone))


@exact("numpy.transpose")
def transpose(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind with the axes in another order."""
    kind = arg_kind(args[0])
    if not isinstance(kind, Array) or kind.axes is None:
        raise LookupError("the rank of an array is not known")
    try:
        order = literal(argument(args, kwargs, 1, "axes"), None)
    except LookupError:
        return Array(kind.dtype, "?" * len(kind.axes))
    order = range(len(kind.axes))[::-1] if order is None else order
    return Array(kind.dtype, "".join(kind.axes[i] for i in order))


@exact("numpy.ravel", "s2s_ad.rules.helpers.flattened")
def ravel(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of all elements in a row."""
    dtype, axes = _array(args, kwargs)
    return Array(dtype, "n" if "n" in axes else "?" if "?" in axes else "1")


@exact("numpy.require")
def require(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of an array that meets requirements."""
    dtype, axes = _array(args, kwargs)
    return Array(_dtype(argument(args, kwargs, 1, "dtype"), dtype), axes)


# ---- put together ---------------------------------------------------------------------------


def _joined(parts: Sequence[Kind], axis: int, known: bool, dtype: str | None = None) -> Kind:
    """Return the kind of arrays put together: other axes are equal, so that one known mark is enough."""
    if not parts or not all(is_numeric(part) and axes_of(part) is not None for part in parts):
        raise LookupError("what is put together is not known to be arrays")
    found = [axes_of(part) or "" for part in parts]
    rank = len(found[0])
    if any(len(axes) != rank for axes in found) or not -rank <= axis < rank:
        raise LookupError("the ranks of what is put together do not fit")
    columns = zip(*found, strict=True)
    axes = ["1" if "1" in column else "n" if "n" in column else "?" for column in columns]
    ones = known and all(part[axis] == "1" for part in found)
    axes[axis] = _length(len(found)) if ones else "?"
    return Array(dtype or np.result_type(*map(dtype_of, parts)).name, "".join(axes))


@exact("numpy.concatenate", "numpy.concat")
def concatenate(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of arrays put together along an axis."""
    parts = [_of_sequence(part) for part in _parts(args[0])]
    dtype = _dtype(kwargs.get("dtype"), np.result_type(*map(dtype_of_array, parts)).name)
    axis = _axis(args, kwargs, 1, 0)
    if axis is None:
        return Array(dtype, "?")
    if axis is _ANY:
        return Array(dtype, "?" * len(axes_of(_joined(parts, 0, False)) or ""))
    return _joined(parts, axis, _is_known(args[0]), dtype)


def _of_sequence(kind: Kind) -> Kind:
    """Return the kind of the array that is made of a list, other kinds as they are."""
    return kind if is_numeric(kind) else Array(dtype_of_array(kind), marks_of_kind(kind))


def _stacking(reshape: Callable[[str], str], axis: Callable[[int], int]) -> Exact:
    """Return what gives the kind of arrays put together along an axis, after they got axes of size one."""

    def found(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
        parts = _parts(args[0])
        shaped = [Array(dtype_of_array(part), reshape(marks_of_kind(part) or "")) for part in parts]
        dtype = _dtype(kwargs.get("dtype"), np.result_type(*(part.dtype for part in shaped)).name)
        return _joined(shaped, axis(len(shaped[0].axes or "")), _is_known(args[0]), dtype)

    return found


def _of_rank(rank: int) -> Callable[[str], str]:
    return lambda axes: axes.rjust(rank, "1")


EXACT.update({
    **dict.fromkeys(("numpy.vstack", "numpy.row_stack"), _stacking(_of_rank(2), lambda rank: 0)),
    "numpy.hstack": _stacking(_of_rank(1), lambda rank: 0 if rank == 1 else 1),
    "numpy.dstack": _stacking(lambda axes: axes.rjust(2, "1").ljust(3, "1"), lambda rank: 2),
    "numpy.column_stack": _stacking(lambda axes: axes.rjust(1, "1").ljust(2, "1"), lambda rank: 1),
})  # fmt: skip


@exact("numpy.block")
def block(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of nested lists of blocks: lists in lists go along the last axes."""

    tree = _tree(args[0])

    def depth(kind: Kind) -> int:
        return 1 + max(map(depth, kind.items), default=0) if isinstance(kind, TupleKind) else 0

    deep = depth(tree)
    rank = max([deep, *(len(marks_of_kind(leaf) or "") for leaf in leaves(tree))])

    def kind_of_block(kind: Kind, level: int) -> Kind:
        if isinstance(kind, TupleKind):
            return _joined([kind_of_block(item, level - 1) for item in kind.items], -level, True)
        return Array(dtype_of_array(kind), (marks_of_kind(kind) or "").rjust(rank, "1"))

    found = kind_of_block(tree, deep)
    assert isinstance(found, Array)
    return Array(np.result_type(*map(dtype_of_array, leaves(tree))).name, found.axes)


def _tree(arg: Arg) -> Kind:
    """Return the kind of nested lists, item by item."""
    if isinstance(arg, Seq):
        return TupleKind(tuple(map(_tree, arg.items)), "list")
    if isinstance(kind := arg_kind(arg), ListKind):
        raise LookupError("blocks are in a list whose length is not known")
    return kind


@exact("s2s_ad.rules.helpers.fitted")
def fitted(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of the tangent in its dtype."""
    kind, dtype = arg_kind(args[0]), args[2]
    if not isinstance(dtype, Lit):
        raise LookupError("a dtype that is not known")
    return Array(dtype.value, kind.axes if isinstance(kind, Array) else "")


@exact("numpy.broadcast_arrays")
def broadcast_arrays(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of the tuple of all, broadcast."""
    axes = broadcast_axes([marks_of_array(arg) for arg in args])
    return TupleKind(tuple(Array(dtype_of_array(arg_kind(arg)), axes) for arg in args))


@exact("numpy.meshgrid")
def meshgrid(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of the coordinates of a grid."""
    sparse, indexing = literal(kwargs.get("sparse"), False), literal(kwargs.get("indexing"), "xy")
    rows = [found if len(found := marks_of_array(arg)) == 1 else "1" if not found else "?" for arg in args]
    places = list(range(len(args)))
    if indexing == "xy":
        places[:2] = places[1::-1] if len(args) > 1 else places
    whole = "".join(rows[place] for place in places)
    axes = [whole] * len(args)
    if sparse:
        at = range(len(args))
        axes = ["".join(rows[i] if place == i else "1" for place in places) for i in at]
    return TupleKind(tuple(Array(dtype_of_array(arg_kind(arg)), found) for arg, found in zip(args, axes, strict=True)))


@exact("numpy.ix_")
def ix_(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of vectors along axes of their own; of masks these are indices."""
    found: list[Kind] = []
    for i, arg in enumerate(args):
        dtype, axes = dtype_of_array(arg_kind(arg)), marks_of_array(arg)
        size = "?" if dtype == "bool" or len(axes) != 1 else axes
        rest = "1" * (len(args) - 1 - i)
        found.append(Array("int64" if dtype == "bool" else dtype, "1" * i + size + rest))
    return TupleKind(tuple(found))


# ---- taken apart ----------------------------------------------------------------------------


def _splitting(axis: Callable[[Args, Mapping[str, Arg], int], int]) -> Exact:
    """Return what gives the kind of the list of parts: a few one by one, else a list of any length."""

    def found(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
        dtype, axes = _array(args, kwargs)
        part = Array(dtype, _replaced(axes, axis(args, kwargs, len(axes)), "?"))
        count = _count(argument(args, kwargs, 1, "indices_or_sections"))
        return TupleKind((part,) * count, "list") if count is not None and 1 < count <= _FEW else ListKind(part)

    return found


def _count(sections: Arg | None) -> int | None:
    """Return how many parts there are, None if it is not known."""
    match sections:
        case Lit(value=int() as count):
            return count
        case Lit(kind=TupleKind() | ListKind(), value=places):
            return len(places) + 1
        case Seq(items):
            return len(items) + 1
        case _:
            return None


def _given_axis(args: Args, kwargs: Mapping[str, Arg], rank: int) -> Any:
    return _axis(args, kwargs, 2, 0)


EXACT.update({
    **dict.fromkeys(("numpy.split", "numpy.array_split"), _splitting(_given_axis)),
    "numpy.hsplit": _splitting(lambda args, kwargs, rank: 0 if rank == 1 else 1),
    "numpy.vsplit": _splitting(lambda args, kwargs, rank: 0),
    "numpy.dsplit": _splitting(lambda args, kwargs, rank: 2),
})  # fmt: skip


@exact("numpy.unstack")
def unstack(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of the parts of an array along an axis, whose number is not known."""
    dtype, axes = _array(args, kwargs)
    return ListKind(_result(dtype, _replaced(axes, _axis(args, kwargs, 1, 0), "")))


# ---- more or fewer elements -------------------------------------------------------------------


@exact("numpy.pad")
def pad(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of a padded array."""
    dtype, axes = _array(args, kwargs)
    return Array(dtype, "?" * len(axes))


@exact("numpy.insert")
def insert(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of an array with more elements."""
    return _along(*_array(args, kwargs), _axis(args, kwargs, 3, None))


@exact("s2s_ad.rules.helpers.insertion")
def insertion(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of two vectors of places."""
    return TupleKind((Array(np.dtype(np.intp).name, "?"),) * 2)


@exact("s2s_ad.rules.helpers.first_places")
def first_places(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of the places of values."""
    return Array(np.dtype(np.intp).name, marks_of_array(args[1]))


@exact("numpy.delete", "numpy.repeat")
def delete(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of an array with another number of elements along an axis, the third argument."""
    return _along(*_array(args, kwargs), _axis(args, kwargs, 2, None))


@exact("numpy.resize")
def resize(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of an array of a given shape."""
    shape = argument(args, kwargs, 1, "new_shape")
    assert shape is not None
    return Array(_array(args, kwargs)[0], marks(shape))


@exact("numpy.trim_zeros")
def trim_zeros(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of an array without the zeros around it."""
    dtype, axes = _array(args, kwargs)
    return Array(dtype, "?" * len(axes))


def _along(dtype: str, axes: str, axis: Any) -> Kind:
    """Return the kind of an array with another size along an axis, of one in a row if that is None."""
    return Array(dtype, "?" if axis is None else _replaced(axes, axis, "?"))


# ---- selected -------------------------------------------------------------------------------


@exact("numpy.take")
def take(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of elements at indices, which take the place of an axis."""
    dtype, axes = _array(args, kwargs)
    indices = argument(args, kwargs, 1, "indices")
    assert indices is not None
    inner, axis = marks_of_array(indices), _axis(args, kwargs, 2, None)
    return _result(dtype, inner if axis is None else _replaced(axes, axis, inner))


@exact("numpy.take_along_axis")
def take_along_axis(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of elements at indices along an axis: other axes are broadcast."""
    (dtype, axes), (_, inner) = _array(args, kwargs), _array(args, kwargs, 1, "indices")
    axis = _axis(args, kwargs, 2, -1)
    if axis is _ANY:
        return Array(dtype, "?" * len(axes))
    return Array(dtype, inner if axis is None else broadcast_axes([_replaced(axes, axis, "1"), inner]))


@exact("numpy.compress")
def compress(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of what a condition lets through along an axis."""
    return _along(*_array(args, kwargs, 1, "a"), _axis(args, kwargs, 2, None))


@exact("numpy.extract")
def extract(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of what a condition lets through."""
    return Array(_array(args, kwargs, 1, "arr")[0], "?")


@exact("numpy.partition")
def partition(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of an array with its elements in another order; with axis None, of all in a row."""
    dtype, axes = _array(args, kwargs)
    return Array(dtype, "?" if _axis(args, kwargs, 2, -1) is None else axes)


@exact("numpy.argpartition")
def argpartition(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of the places of the elements in such an order."""
    found = partition(args, kwargs)
    return Array(np.dtype(np.intp).name, axes_of(found))


@exact("numpy.select")
def select(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of what conditions select among choices and a default, all broadcast."""
    conditions, choices = (argument(args, kwargs, i, name) for i, name in enumerate(("condlist", "choicelist")))
    default = argument(args, kwargs, 2, "default") or Lit(0, INT)
    kinds = [*_parts(choices), arg_kind(default)]
    dtype = np.result_type(*(_weak(kind) for kind in kinds)).name
    return Array(dtype, broadcast_axes([marks_of_kind(kind) for kind in (*_parts(conditions), *kinds)]))


@exact("numpy.choose")
def choose(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of what an array of integers selects among choices, all broadcast."""
    parts = _parts(argument(args, kwargs, 1, "choices"))
    dtype = np.result_type(*map(dtype_of_array, parts)).name
    return _result(dtype, broadcast_axes([marks_of_array(args[0]), *map(marks_of_kind, parts)]) or "")


def _weak(kind: Kind) -> Any:
    """Return what NumPy's promotion takes a number for."""
    values = {"bool": np.bool_, "int": 0, "float": 0.0, "complex": 0j}
    return values[kind.type] if isinstance(kind, PyScalar) else np.dtype(dtype_of_array(kind))


@exact("numpy.interp")
def interp(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of interpolated values, in double precision."""
    dtype = "complex128" if _array(args, kwargs, 2, "fp")[0].startswith("complex") else "float64"
    return _result(dtype, marks_of_array(args[0]))
