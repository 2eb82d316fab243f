"""Equations in other words: calls of NumPy that Numba does not compile, as calls that it does.

Each function here takes an equation and emits its value in another way; None leaves the equation as it is.
Ranks are known from kinds, so that axes are numbers and the words are as few as a person would use.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial, reduce
from typing import TypeAlias

import numpy as np

from s2s_ad.frontend.context import Lowerer
from s2s_ad.ir.core import Arg, Atom, Block, Eqn, For, Lit, Note, Seq, Slice, Stmt, Var, bound
from s2s_ad.ir.indexes import is_fancy
from s2s_ad.ir.kinds import (
    FLOAT,
    INT,
    UNKNOWN,
    Array,
    Kind,
    ListKind,
    Opaque,
    TupleKind,
    axes_of,
    dtype_of,
    is_number,
    is_numeric,
    kind_of,
)
from s2s_ad.ir.ops import ACCUMULATE, ADD, CALL_METHOD, GETITEM, IDENTITY, ZEROS_LIKE, op
from s2s_ad.ir.rename import rename
from s2s_ad.jit.arrays import WHOLE, size_of
from s2s_ad.rules.indexing import arg_kind

Word: TypeAlias = Callable[[Lowerer, Eqn], "Sequence[Atom] | None"]
WORDS: dict[str, Word] = {}
NONE = Lit(None, Opaque("NoneType"))
EMPTY = Lit(None, UNKNOWN)
_ONE = Lit(1, INT)
_MUL = op("operator.mul")
_DOTS = Lit(Ellipsis, kind_of(Ellipsis))
_MOST_AXES = 3
"""Axes of an array over which `helpers.narrowed` sums."""
_TYPES = {bool: np.bool_, int: np.int64, float: np.float64, complex: np.complex128}


def word_for(*paths: str) -> Callable[[Word], Word]:
    """Return what registers a function as that which says calls of these in other words."""

    def register(word: Word) -> Word:
        WORDS.update(dict.fromkeys(paths, word))
        return word

    return register


def given(eqn: Eqn, names: Sequence[str]) -> dict[str, Arg] | None:
    """Return the arguments by name; None where there are others than these."""
    named = dict(zip(names, eqn.args, strict=False)) | dict(eqn.kwargs)
    return named if len(eqn.args) <= len(names) and named.keys() <= set(names) else None


def rank(arg: Arg) -> int | None:
    """Return how many axes an argument has, None if that is not known."""
    kind = arg_kind(arg)
    axes = axes_of(kind) if is_numeric(kind) else None
    return None if axes is None else len(axes)


def plain_types(arg: Arg) -> Arg:
    """Return a literal type of Python's as that of NumPy which Numba knows."""
    if isinstance(arg, Lit) and isinstance(arg.value, type) and arg.value in _TYPES:
        return Lit(_TYPES[arg.value], Opaque(f"static {_TYPES[arg.value].__name__}"))
    return arg


@word_for("numpy.astype")
def astype(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """x.astype(dtype), or dtype(x) of a number."""
    named = given(eqn, ("x", "dtype"))
    if named is None or not isinstance(eqn.args[0], Var):
        return None
    if rank(eqn.args[0]):
        args = [named["x"], Lit("astype", Opaque("str")), named["dtype"]]
        return [lo.emit(CALL_METHOD, args, kind=eqn.outs[0].kind)]
    return [lo.emit(op(f"numpy.{dtype_of(eqn.outs[0].kind).name}"), [named["x"]], kind=eqn.outs[0].kind)]


@word_for("builtins.abs")
def absolute(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """The function of NumPy, of an array."""
    return [lo.emit(op("numpy.absolute"), eqn.args, kind=eqn.outs[0].kind)] if rank(eqn.args[0]) else None


# -- reductions -------------------------------------------------------------------------------------

_OF_ROWS = {
    "max": "max_of_rows", "amax": "max_of_rows", "min": "min_of_rows", "amin": "min_of_rows", "prod": "product_of_rows",
    "any": "any_of_rows", "all": "all_of_rows",
}  # fmt: skip
_IN_ROWS = {"max": "max_in_rows", "amax": "max_in_rows", "min": "min_in_rows", "amin": "min_in_rows"}
"""What reduces the last axis, where that is faster: numbers of a row lie beside each other."""


def axes_at(axis: Arg | None, ndim: int) -> list[int] | None:
    """Return the axes that are reduced, from the last to the first; None if they are not known."""
    if axis is None or axis == NONE:
        return list(range(ndim))[::-1]
    items = axis.items if isinstance(axis, Seq) else (axis,)
    found = [axis for axis in (axis_at(item, ndim) for item in items) if axis is not None]
    return sorted(found, reverse=True) if len(found) == len(items) else None


@word_for(*(f"numpy.{name}" for name in ("sum", "mean", "max", "amax", "min", "amin", "prod", "any", "all")))
def reduction(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """One axis after the other; the axes that are kept are put in again."""
    named = given(eqn, ("a", "axis", "dtype", "out", "keepdims"))
    ndim = rank(eqn.args[0]) if eqn.args else None
    if named is None or not ndim or "out" in named:
        return None
    axes, keep = axes_at(named.get("axis"), ndim), named.get("keepdims", Lit(False, UNKNOWN))
    value = counted(lo, eqn, named["a"], named.get("dtype"))
    if axes is None or not isinstance(keep, Lit):
        return None
    name = eqn.op.path.rpartition(".")[2]
    if len(axes) == ndim and not keep.value:
        return None if eqn.args == (value,) and not eqn.kwargs else [lo.emit(eqn.op, [value], hint="")]
    if name != "mean":
        return [_over(lo, name, value, axes, bool(keep.value))]
    total = _over(lo, "sum", value, axes, bool(keep.value))
    return [lo.emit(op("operator.truediv"), [total, _count_of(lo, value, axes)], hint="")]


@word_for("numpy.var", "numpy.std")
def variance(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """The mean of squares of what is left of the mean."""
    named = given(eqn, ("a", "axis", "dtype", "out", "ddof", "keepdims"))
    if named is None or not named.keys() <= {"a", "axis", "ddof", "keepdims"}:
        return None
    x, ddof, keep = named["a"], named.get("ddof", Lit(0, INT)), named.get("keepdims", Lit(False, UNKNOWN))
    axes = axes_at(named.get("axis"), rank(x) or 0)
    if not isinstance(x, Var) or not rank(x) or axes is None or not isinstance(keep, Lit):
        return None
    assert isinstance(x.kind, Array)
    if not x.kind.dtype.startswith("float"):
        return None
    count, divide = _count_of(lo, x, axes), op("operator.truediv")
    mean = lo.emit(divide, [_over(lo, "sum", x, axes, True), count], hint="")
    left = lo.emit(op("operator.sub"), [x, mean], hint="")
    squares = lo.emit(op("operator.mul"), [left, left], hint="")
    if ddof != Lit(0, INT):
        rest = lo.emit(op("operator.sub"), [count, ddof], hint="")
        count = lo.emit(op("builtins.max"), [rest, Lit(0, INT)], hint="")
    found = lo.emit(divide, [_over(lo, "sum", squares, axes, bool(keep.value)), count], hint="")
    return [found if eqn.op.path == "numpy.var" else lo.emit(op("numpy.sqrt"), [found], hint="")]


@word_for("s2s_ad.rules.helpers.reduced_size")
def reduced_size(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """A product of what a shape has at the axes."""
    shape, axis = eqn.args
    kind = shape.kind if isinstance(shape, Var) else None
    axes = axes_at(axis, len(kind.items)) if isinstance(kind, TupleKind) else None
    if axes is None:
        return None
    count: Atom = _ONE
    for each in axes:
        count = _multiplied(lo, count, lo.emit(GETITEM, [shape, Lit(each, INT)], kind=INT, hint=""))
    return [count]


def _over(lo: Lowerer, name: str, x: Atom, axes: Sequence[int], keep: bool) -> Atom:
    """Return an array that is reduced over axes, of which those that are to be kept are put in again."""
    ndim = rank(x)
    assert ndim
    value = x
    for axis in axes:
        value = _reduced(lo, name, value, axis)
    if not keep:
        return value
    if len(axes) == ndim:
        return lo.emit(op("numpy.full"), [Seq((Lit(1, INT),) * ndim), value], hint="")
    return _expanded(lo, value, axes, ndim)


def _count_of(lo: Lowerer, x: Atom, axes: Sequence[int]) -> Atom:
    """Return how many elements an array has along axes."""
    assert isinstance(x, Var)
    count: Atom = _ONE
    for axis in axes:
        count = _multiplied(lo, count, size_of(lo, x, axis))
    return count


@word_for("numpy.expand_dims")
def expand_dims(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """None in the index where an axis is new."""
    named = given(eqn, ("a", "axis"))
    ndim = rank(eqn.args[0])
    if named is None or ndim is None:
        return None
    if ndim == 0:
        ones = Seq((Lit(1, INT),) * (rank(eqn.outs[0]) or 0))
        return [lo.emit(op("numpy.full"), [ones, named["a"]], kind=eqn.outs[0].kind)] if ones.items else None
    whole = ndim + (len(named["axis"].items) if isinstance(named["axis"], Seq) else 1)
    axes = axes_at(named["axis"], whole)
    return None if axes is None else [_expanded(lo, named["a"], axes, whole)]


def _expanded(lo: Lowerer, x: Arg, axes: Sequence[int], ndim: int) -> Var:
    index = Seq(tuple(NONE if axis in axes else WHOLE for axis in range(ndim)))
    return lo.emit(GETITEM, [x, index], hint="")


def counted(lo: Lowerer, eqn: Eqn, x: Arg, dtype: Arg | None) -> Atom:
    """Return an array as numbers that are added in a dtype: those of a mask are zero and one."""
    assert isinstance(x, Var | Lit)
    if not isinstance(x.kind, Array) or (dtype is None and x.kind.dtype != "bool"):
        return x
    if x.kind.dtype == "bool" and dtype_of(eqn.outs[0].kind) == np.float64:
        return lo.emit(op("operator.mul"), [x, Lit(1.0, FLOAT)], hint="")
    args = [x, Lit("astype", Opaque("str")), dtype or Lit(np.int64, Opaque("static int64"))]
    return lo.emit(CALL_METHOD, args, kind=x.kind, hint="")


def _reduced(lo: Lowerer, name: str, x: Atom, axis: int) -> Atom:
    ndim = rank(x)
    assert ndim
    if name == "sum" or ndim == 1:
        return lo.emit(op(f"numpy.{name}"), [x], (("axis", Lit(axis, INT)),) if ndim > 1 else (), hint="")
    in_rows = axis == ndim - 1 and name in _IN_ROWS
    if axis and not in_rows:
        x = moved(lo, x, axis, 0)
    assert isinstance(x.kind, Array) and x.kind.axes
    axes = x.kind.axes[:-1] if in_rows else x.kind.axes[1:]
    helper = (_IN_ROWS if in_rows else _OF_ROWS)[name]
    kind = Array("bool" if name in ("any", "all") else x.kind.dtype, axes)
    return lo.emit(op(f"s2s_ad.jit.helpers.{helper}"), [x], kind=kind, hint="")


# -- broadcasting -----------------------------------------------------------------------------------


@word_for("s2s_ad.rules.helpers.unbroadcast")
def unbroadcast(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """Sums over the axes in front, and then over those that may have been of length one."""
    x_bar, shape = eqn.args
    have, want = rank(x_bar), axes_of(eqn.outs[0].kind)
    if have is None or want is None or len(want) > _MOST_AXES:
        return None
    value: Atom = x_bar  # pyright: ignore[reportAssignmentType]
    for _ in range(have - len(want)):
        value = _reduced(lo, "sum", value, 0)
    if not want:
        return [value]
    return [lo.emit(op("s2s_ad.jit.helpers.narrowed"), [value, shape], kind=eqn.outs[0].kind)]


@word_for("s2s_ad.rules.helpers.unless_zero")
def unless_zero(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """A choice between numbers where the adjoint is one."""
    if rank(eqn.args[0]) or rank(eqn.args[1]):
        return None
    return [lo.emit(op("s2s_ad.jit.helpers.number_unless_zero"), list(eqn.args), kind=eqn.outs[0].kind)]


@word_for("numpy.where")
def where(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """A choice between numbers where all are."""
    if len(eqn.args) != 3 or any(rank(arg) != 0 for arg in eqn.args):
        return None
    return [lo.emit(op("s2s_ad.jit.helpers.chosen"), eqn.args, kind=eqn.outs[0].kind)]


@word_for("numpy.select")
def select(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """One choice after the other, from the last to the first."""
    named = given(eqn, ("condlist", "choicelist", "default"))
    if named is None:
        return None
    conditions, choices = named["condlist"], named["choicelist"]
    if not isinstance(conditions, Seq) or not isinstance(choices, Seq):
        return None
    value: Arg = named.get("default", Lit(0, INT))
    for condition, choice in reversed([*zip(conditions.items, choices.items, strict=True)]):
        numbers = all(rank(arg) == 0 for arg in (condition, choice, value))
        choose = op("s2s_ad.jit.helpers.chosen") if numbers else op("numpy.where")
        kind = lo.infer(op("numpy.where"), [condition, choice, value])
        value = lo.emit(choose, [condition, choice, value], kind=kind, hint="")
    return [value] if isinstance(value, Var) else None


@word_for("numpy.clip")
def clip(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """The larger of an element and a bound, and of that and the other the smaller."""
    low, high = ("min", "max") if {"min", "max"} & dict(eqn.kwargs).keys() else ("a_min", "a_max")
    named = given(eqn, ("a", low, high))
    if named is None:
        return None
    value, kind = eqn.args[0], eqn.outs[0].kind
    for name, bound_by in ((low, "maximum"), (high, "minimum")):
        if named.get(name, NONE) != NONE:
            value = lo.emit(op(f"numpy.{bound_by}"), [value, named[name]], kind=kind, hint="")
    return [value] if isinstance(value, Var) else None


@word_for("s2s_ad.rules.helpers.unless_pole")
def unless_pole(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """A choice between numbers where all are."""
    if any(map(rank, eqn.args)):
        return None
    return [lo.emit(op("s2s_ad.jit.helpers.number_unless_pole"), list(eqn.args), kind=eqn.outs[0].kind)]


@word_for("s2s_ad.rules.helpers.either")
def either(lo: Lowerer, eqn: Eqn) -> Sequence[Atom]:
    """The sum of two sizes."""
    sizes = [lo.emit(op("numpy.abs"), [arg]) for arg in eqn.args]
    return [lo.emit(op("operator.add"), sizes, kind=eqn.outs[0].kind)]


# -- products ---------------------------------------------------------------------------------------


@word_for("operator.matmul", "numpy.matmul")
def matmul(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """A product of stacks, where an operand is one."""
    x, y = eqn.args[:2]
    ranks = rank(x), rank(y)
    dtypes = {dtype_of(arg.kind) for arg in (x, y) if isinstance(arg, Var) and isinstance(arg.kind, Array)}
    if 3 not in ranks or not {1, 2, 3}.issuperset(ranks) or eqn.kwargs or len(eqn.args) > 2 or len(dtypes) > 1:
        return None
    left, right = (_stack(lo, arg, is_left) for arg, is_left in ((x, True), (y, False)))
    kind = Array(next(iter(dtypes)).name, "nnn")
    found = lo.emit(op("s2s_ad.jit.helpers.product_of_stacks"), [left, right], kind=kind)
    if 1 not in ranks:
        return [found]
    index = (WHOLE, Lit(0, INT), WHOLE) if ranks[0] == 1 else (WHOLE, WHOLE, Lit(0, INT))
    return [lo.emit(GETITEM, [found, Seq(index)], kind=eqn.outs[0].kind)]


@word_for("numpy.tensordot")
def tensordot(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """A product of matrices, between shapes, where the last axes of one meet the first of the other."""
    named = given(eqn, ("a", "b", "axes"))
    axes = None if named is None else named.get("axes", Lit(2, INT))
    if named is None or not isinstance(axes, Lit) or not isinstance(axes.value, int) or axes.value < 0:
        return None
    (x, y), count = (named["a"], named["b"]), axes.value
    have, want = rank(x), rank(y)
    if have is None or want is None or min(have, want) < count:
        return None
    if 0 in (have, want):
        return [lo.emit(_MUL, [x, y], kind=eqn.outs[0].kind)]
    left, met = ([size_of(lo, x, axis) for axis in axes] for axes in (range(have - count), range(have - count, have)))
    right = [size_of(lo, y, axis) for axis in range(count, want)]
    for axis, size in enumerate(met):
        lo.stmts.append(Eqn((), op("s2s_ad.jit.helpers.one_size"), (size, size_of(lo, y, axis))))
    product = lo.emit(op("operator.matmul"), [_as_matrix(lo, x, left, met), _as_matrix(lo, y, met, right)], hint="")
    if not left and not right:
        return [lo.emit(GETITEM, [product, Seq((Lit(0, INT), Lit(0, INT)))], kind=eqn.outs[0].kind)]
    return [lo.emit(op("numpy.reshape"), [product, Seq((*left, *right))], kind=eqn.outs[0].kind)]


def _as_matrix(lo: Lowerer, x: Arg, rows: Sequence[Atom], columns: Sequence[Atom]) -> Var:
    """Return an array as a matrix with so many rows and columns as sizes have places."""
    whole = lo.emit(op("numpy.ascontiguousarray"), [x], hint="")
    sizes = [product(lo, each) for each in (rows, columns)]
    assert isinstance(x, Var) and isinstance(x.kind, Array)
    return lo.emit(op("numpy.reshape"), [whole, Seq(tuple(sizes))], kind=Array(x.kind.dtype, "nn"), hint="")


def product(lo: Lowerer, sizes: Sequence[Atom]) -> Atom:
    """Return a product of sizes."""
    return reduce(partial(_multiplied, lo), sizes, _ONE)


def _multiplied(lo: Lowerer, a: Atom, b: Atom) -> Atom:
    return b if a == _ONE else lo.emit(_MUL, [a, b], kind=INT, hint="")


def _stack(lo: Lowerer, x: Arg, is_left: bool) -> Arg:
    """Return an operand of a product as a stack: of one matrix, where it is no stack."""
    if rank(x) == 3:
        return x
    row = (NONE, WHOLE) if is_left else (WHOLE, NONE)
    return lo.emit(GETITEM, [x, Seq((NONE, *((WHOLE, WHOLE) if rank(x) == 2 else row)))], hint="")


@word_for("numpy.linalg.norm")
def norm(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """The root of a sum of squares, a sum or a maximum of sizes."""
    named = given(eqn, ("x", "ord", "axis", "keepdims"))
    ndim, keep = rank(eqn.args[0]), (named or {}).get("keepdims", Lit(False, UNKNOWN))
    if named is None or not ndim or not isinstance(keep, Lit):
        return None
    x, order, axes = named["x"], named.get("ord", NONE), axes_at(named.get("axis"), ndim)
    assert isinstance(x, Var) and isinstance(order, Lit)
    if not (keep.value or "axis" in named or ndim > 2 or order.value == "fro"):
        return None
    if axes is None or not isinstance(x.kind, Array) or not x.kind.dtype.startswith("float"):
        return None
    if order == NONE or (order.value == 2 and len(axes) == 1) or (order.value == "fro" and len(axes) == 2):
        squares = lo.emit(_MUL, [x, x], hint="")
        return [lo.emit(op("numpy.sqrt"), [_over(lo, "sum", squares, axes, bool(keep.value))], hint="")]
    names: dict[object, str] = {1: "sum", np.inf: "max", -np.inf: "min"}
    name = names.get(order.value) if len(axes) == 1 else None
    sizes = lo.emit(op("numpy.absolute"), [x], hint="")
    return None if name is None else [_over(lo, name, sizes, axes, bool(keep.value))]


# -- axes --------------------------------------------------------------------------------------------


@word_for("numpy.matrix_transpose", "numpy.swapaxes")
def swapped(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """The order of all axes."""
    named, ndim = given(eqn, ("a", "axis1", "axis2")), rank(eqn.args[0])
    if named is None or not ndim:
        return None
    one, two = (axis_at(named.get(name, Lit(n, INT)), ndim) for name, n in (("axis1", -1), ("axis2", -2)))
    if one is None or two is None:
        return None
    order = list(range(ndim))
    order[one], order[two] = two, one
    return [in_order(lo, named["a"], order, eqn.outs[0].kind)]


@word_for("numpy.moveaxis")
def moveaxis(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """The order of all axes."""
    named, ndim = given(eqn, ("a", "source", "destination")), rank(eqn.args[0])
    if named is None or not ndim:
        return None
    source, to = axis_at(named["source"], ndim), axis_at(named["destination"], ndim)
    return None if source is None or to is None else [moved(lo, named["a"], source, to, eqn.outs[0].kind)]


def axis_at(arg: Arg, ndim: int | None) -> int | None:
    """Return the number of an axis counted from the first, None where it is not known."""
    if not ndim or not isinstance(arg, Lit) or not isinstance(arg.value, int) or not -ndim <= arg.value < ndim:
        return None
    return arg.value % ndim


def moved(lo: Lowerer, x: Arg, source: int, to: int, kind: Kind | None = None) -> Var:
    """Emit an array with one of its axes at another place."""
    order = [axis for axis in range(rank(x) or 0) if axis != source]
    return in_order(lo, x, [*order[:to], source, *order[to:]], kind)


def in_order(lo: Lowerer, x: Arg, order: Sequence[int], kind: Kind | None = None) -> Var:
    """Emit an array with its axes in another order."""
    return lo.emit(op("numpy.transpose"), [x, Seq(tuple(Lit(axis, INT) for axis in order))], kind=kind, hint="")


# -- putting together -------------------------------------------------------------------------------


@word_for("numpy.concatenate", "numpy.stack", "numpy.vstack", "numpy.hstack", "numpy.column_stack", "numpy.dstack")
def put_together(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """Of a tuple, where it was a list."""
    first, *others = eqn.args
    if eqn.op.path == "numpy.stack" and isinstance(first, Var):
        named, ndim = given(eqn, ("arrays", "axis")), rank(eqn.outs[0])
        to = axis_at((named or {}).get("axis", Lit(0, INT)), ndim)
        if named is None or to is None:
            return None
        kind = eqn.outs[0].kind
        assert isinstance(kind, Array) and kind.axes
        axes = kind.axes[to] + kind.axes[:to] + kind.axes[to + 1 :]
        value = lo.emit(op("s2s_ad.jit.helpers.stacked"), [first], kind=Array(kind.dtype, axes), hint="")
        return [moved(lo, value, 0, to) if to else value]
    if not isinstance(first, Seq):
        return None
    items = [_as_high(lo, eqn.op.path, x, rank(eqn.outs[0])) for x in first.items]
    if first.type == "tuple" and tuple(items) == first.items:
        return None
    return [lo.emit(eqn.op, [Seq(tuple(items)), *others], eqn.kwargs, kind=eqn.outs[0].kind)]


def _as_high(lo: Lowerer, path: str, x: Arg, ndim: int | None) -> Arg:
    """Return a row or column as a matrix where it is put together with such: Numba takes arrays of one rank."""
    if (path, rank(x), ndim) == ("numpy.vstack", 1, 2):
        return lo.emit(GETITEM, [x, Seq((NONE, WHOLE))], hint="")
    if (path, rank(x), ndim) in (("numpy.column_stack", 1, 2), ("numpy.dstack", 2, 3)):
        return lo.emit(GETITEM, [x, Seq((*(WHOLE,) * (rank(x) or 0), NONE))], hint="")
    return x


@word_for("numpy.array", "numpy.asarray")
def array_of_arrays(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """A stack, of arrays in a list or in a tuple."""
    if len(eqn.args) != 1 or eqn.kwargs or not rank(eqn.outs[0]):
        return None
    (xs,), kind = eqn.args, arg_kind(eqn.args[0])
    if isinstance(kind, ListKind) and not isinstance(xs, Seq):
        name, items = "s2s_ad.jit.helpers.stacked", [kind.item]
    else:
        name, items = "numpy.stack", [arg_kind(x) for x in xs.items] if isinstance(xs, Seq) else []
    if not items or not all(isinstance(item, Array) and item.axes for item in items):
        return None
    return [lo.emit(op(name), [Seq(xs.items) if isinstance(xs, Seq) else xs], kind=eqn.outs[0].kind)]


@word_for("numpy.squeeze")
def squeeze(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """The one place along each axis of length one."""
    named, ndim, left = given(eqn, ("a", "axis")), rank(eqn.args[0]), rank(eqn.outs[0])
    kind = arg_kind(eqn.args[0])
    if named is None or not ndim or left is None or not isinstance(kind, Array):
        return None
    ones = [axis for axis, mark in enumerate(kind.axes or "") if mark == "1"]
    axes = ones if named.get("axis", NONE) == NONE else axes_at(named["axis"], ndim)
    if axes is None or ndim - len(axes) != left or not {*axes} <= {*ones}:
        return None
    items = tuple(Lit(0, INT) if axis in axes else WHOLE for axis in range(ndim))
    return [lo.emit(GETITEM, [named["a"], items[0] if ndim == 1 else Seq(items)], kind=eqn.outs[0].kind)]


@word_for("s2s_ad.rules.helpers.flattened")
def flattened(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """The method, without an order."""
    if len(eqn.args) != 1 or eqn.kwargs or not rank(eqn.args[0]):
        return None
    return [lo.emit(CALL_METHOD, [eqn.args[0], Lit("flatten", Opaque("str"))], kind=eqn.outs[0].kind)]


@word_for("s2s_ad.rules.helpers.unconcatenate")
def unconcatenate(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """One slice for each part, one place for a part without that axis."""
    named = given(eqn, ("y_bar", "xs", "axis"))
    ndim = rank(eqn.args[0])
    if named is None or not ndim or not isinstance(named["xs"], Seq) or len(named["xs"].items) != len(eqn.outs):
        return None
    axis, parts = axis_at(named.get("axis", Lit(0, INT)), ndim), named["xs"].items
    if axis is None or any(rank(part) not in (ndim, ndim - 1) for part in parts):
        return None
    before = (WHOLE,) * axis
    found: list[Atom] = []
    start: Atom = Lit(0, INT)
    for out, part in zip(eqn.outs, parts, strict=True):
        size = size_of(lo, part, axis) if rank(part) == ndim else _ONE
        stop = size if start == Lit(0, INT) else lo.emit(ADD, [start, size], kind=INT, hint="")
        index = Slice(EMPTY if start == Lit(0, INT) else start, stop, EMPTY) if rank(part) == ndim else start
        found.append(lo.emit(GETITEM, [named["y_bar"], Seq((*before, index)) if before else index], kind=out.kind))
        start = stop
    return found


@word_for("ir.accumulate")
def accumulate(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """A loop over the places that arrays of an index name, since some may be the same."""
    x, path, index, new = eqn.args
    items = index.items if isinstance(index, Seq) and index.type == "tuple" else (index,)
    if path != Seq(()) or not isinstance(x, Var) or not isinstance(new, Var | Lit) or not any(map(is_fancy, items)):
        return None
    if not all(isinstance(item, Slice) or _is_place(item) or _is_places(item) for item in items):
        return None
    axis, ndim = _axis_of_places(items), (rank(x) or 0) + 1 - sum(not isinstance(item, Slice) for item in items)
    if rank(new) not in (0, ndim):
        return None
    arrays = {n: _as_places(lo, item) for n, item in enumerate(items) if _is_places(item)}
    sizes = {n: size_of(lo, array, 0) for n, array in arrays.items()}
    count = _whole_size(lo, list(sizes.values()))
    several = size_of(lo, new, axis) if rank(new) else None
    if several is not None:
        lo.stmts.append(Eqn((), op("s2s_ad.jit.helpers.require_fits"), (Seq((several,)), Seq((count,)))))
    place, before = Var(lo.names.version("k"), INT), Var(lo.names.version(x.hint), x.kind)
    with lo.block() as stmts:
        value: Atom = new
        if several is not None:
            at = lo.emit(op("operator.mod"), [place, several], kind=INT, hint="")
            value = lo.emit(GETITEM, [new, Seq((*(WHOLE,) * axis, at)) if axis else at], hint="")
        found = list(items)
        for n, array in arrays.items():
            at = place if len(arrays) == 1 else lo.emit(op("operator.mod"), [place, sizes[n]], kind=INT, hint="")
            found[n] = lo.emit(GETITEM, [array, at], kind=INT, hint="")
        where = found[0] if len(found) == 1 else Seq(tuple(found))
        after = lo.emit(ACCUMULATE, [before, path, where, value], kind=x.kind, hint=x.hint)
    out = Var(lo.names.version(x.hint), x.kind)
    body = Block(tuple(stmts), (after,))
    lo.stmts.append(For((out,), place, Lit(0, INT), count, Lit(1, INT), (before,), (x,), body))
    return [out]


def _is_place(item: Arg) -> bool:
    """Say whether an item of an index is a number."""
    kind = arg_kind(item)
    return is_number(kind) and dtype_of(kind).kind in "iu"


def _is_places(item: Arg) -> bool:
    """Say whether an item of an index is several numbers: a list of them, an array with one axis, a mask of one."""
    if isinstance(item, Seq):
        return item.type == "list" and all(map(_is_place, item.items))
    kind = arg_kind(item)
    return isinstance(kind, Array) and len(kind.axes or "") == 1 and dtype_of(kind).kind in "iub"


def _as_places(lo: Lowerer, item: Arg) -> Var:
    """Return several numbers as an array; those of a mask are looked up."""
    if isinstance(item, Seq):
        return lo.emit(op("numpy.array"), [item], hint="")
    assert isinstance(item, Var)
    return lo.emit(op("numpy.flatnonzero"), [item], hint="") if dtype_of(item.kind).kind == "b" else item


def _axis_of_places(items: Sequence[Arg]) -> int:
    """Return which axis of `x[index]` the places are along: the first where slices are between them."""
    found = [n for n, item in enumerate(items) if not isinstance(item, Slice)]
    return found[0] if found[-1] - found[0] < len(found) else 0


def _whole_size(lo: Lowerer, sizes: Sequence[Var]) -> Var:
    if len(sizes) == 1:
        return sizes[0]
    return lo.emit(op("s2s_ad.jit.helpers.broadcast_size"), sizes, kind=INT, hint="")


@word_for("numpy.full_like")
def full_like(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """Zeros to which an array is added."""
    named = given(eqn, ("a", "fill_value"))
    if named is None or not rank(named["fill_value"]):
        return None
    zeros = lo.emit(ZEROS_LIKE, [named["a"]], kind=eqn.outs[0].kind, hint="")
    return [lo.emit(ADD, [zeros, named["fill_value"]], kind=eqn.outs[0].kind)]


@word_for("builtins.getattr")
def attribute(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """What is known of a number."""
    x, name = eqn.args
    if rank(x) != 0 or not isinstance(x, Var | Lit) or not isinstance(name, Lit):
        return None
    found = {"dtype": dtype_of(x.kind), "size": 1, "ndim": 0}.get(name.value)
    return None if found is None else [Lit(found, Opaque("dtype") if name.value == "dtype" else INT)]


@word_for("s2s_ad.rules.helpers.copy_of_list", "s2s_ad.rules.helpers.one_of")
def of_arrays(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """What is done to each item of a list, where all are arrays: of structures it is done to what is in them."""
    kind = arg_kind(eqn.args[0])
    if not isinstance(kind, ListKind) or not isinstance(kind.item, Array):
        return None
    name = "copies_of_arrays" if eqn.op.path.endswith("copy_of_list") else "one_of_arrays"
    return [lo.emit(op(f"s2s_ad.jit.helpers.{name}"), eqn.args, kind=eqn.outs[0].kind)]


@word_for("s2s_ad.rules.helpers.zeros_of_list")
def zeros_of_list(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """One way for arrays, another for numbers."""
    kind = eqn.outs[0].kind
    if not isinstance(kind, ListKind) or not is_numeric(kind.item):
        return None
    name = "zeros_of_arrays" if isinstance(kind.item, Array) else "zeros_of_numbers"
    return [lo.emit(op(f"s2s_ad.jit.helpers.{name}"), eqn.args, kind=kind)]


@word_for("numpy.zeros_like")
def zeros_like(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """Zero, for a number."""
    return [Lit(0.0, FLOAT)] if rank(eqn.args[0]) == 0 and not eqn.kwargs and len(eqn.args) == 1 else None


@word_for("ir.unpack")
def unpack(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """The rows of an array, one by one, if there are as many."""
    (x,) = eqn.args
    if not rank(x):
        return None
    lo.stmts.append(Eqn((), op("s2s_ad.jit.helpers.require_length"), (size_of(lo, x, 0), Lit(len(eqn.outs), INT))))
    return [lo.emit(GETITEM, [x, Lit(i, INT)], kind=out.kind) for i, out in enumerate(eqn.outs)]


@word_for("s2s_ad.rules.helpers.unstack")
def unstack(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """One index for each part."""
    y, *rest = eqn.args
    ndim, axis = rank(y), rest[0] if rest else Lit(0, INT)
    if not ndim or not isinstance(axis, Lit) or len(eqn.outs) < 2:
        return None
    before = (WHOLE,) * (axis.value % ndim)
    return [
        lo.emit(GETITEM, [y, Seq((*before, Lit(i, INT))) if before else Lit(i, INT)], kind=out.kind)
        for i, out in enumerate(eqn.outs)
    ]


@word_for("operator.getitem")
def getitem(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """A list of indices is an array; dots in an index that gives a number are none; a number has no index."""
    x, index = eqn.args
    if rank(x) == 0:
        return [x] if index in (Seq(()), _DOTS) else None  # pyright: ignore[reportReturnType]
    if isinstance(index, Seq) and _DOTS in index.items and rank(eqn.outs[0]) == 0:
        rest = tuple(item for item in index.items if item != _DOTS)
        return [lo.emit(GETITEM, [x, rest[0] if len(rest) == 1 else Seq(rest)], kind=eqn.outs[0].kind)]
    found = _with_arrays(lo, index)
    return None if found == index else [lo.emit(GETITEM, [x, found], kind=eqn.outs[0].kind)]


@word_for("numpy.take")
def take(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """An array in the index of one axis."""
    named = given(eqn, ("a", "indices", "axis"))
    axis = None if named is None else axis_at(named.get("axis", NONE), rank(named["a"]))
    if named is None or axis is None:
        return None
    indices = _with_arrays(lo, named["indices"])
    size = size_of(lo, named["a"], axis)
    lo.stmts.append(Eqn((), op("s2s_ad.jit.helpers.require_indices"), (indices, size)))
    index = Seq((*(WHOLE,) * axis, indices)) if axis else indices
    return [lo.emit(GETITEM, [named["a"], index], kind=eqn.outs[0].kind)]


def _with_arrays(lo: Lowerer, index: Arg) -> Arg:
    """Return an index with arrays for lists."""
    if not isinstance(index, Seq):
        return index
    if index.type == "list":
        plain = all(isinstance(item, Lit | Var) for item in index.items)
        return lo.emit(op("numpy.array"), [index], hint="") if plain else index
    return Seq(tuple(_with_arrays(lo, item) for item in index.items))


@word_for("ir.update")
def update(lo: Lowerer, eqn: Eqn) -> Sequence[Atom] | None:
    """At places that are an array where they were a list."""
    x, path, index, *others = eqn.args
    found = _with_arrays(lo, index)
    if found == index:
        return None
    return [lo.emit(eqn.op, [x, path, found, *others], eqn.kwargs, kind=eqn.outs[0].kind, hint=eqn.outs[0].hint)]


def in_words(lo: Lowerer, eqn: Eqn) -> list[Stmt]:
    """Return the statements that say the same, the equation itself where Numba takes it as it is."""
    word = WORDS.get(eqn.op.path)
    with lo.block() as stmts:
        found = word(lo, eqn) if word else None
    if found is None:
        return [eqn]
    made = {out for stmt in stmts for out in bound(stmt)}
    change: dict[Var, Atom] = {}
    for value, out in zip(found, eqn.outs, strict=True):
        if isinstance(value, Var) and value in made and value not in change:
            change[value] = out
        else:
            stmts.append(Eqn((out,), IDENTITY, (value,)))
    renamed = rename(Block(tuple(stmts)), change)
    return [replace(stmt, origin=eqn.origin) for stmt in renamed.stmts if not isinstance(stmt, Note)]
