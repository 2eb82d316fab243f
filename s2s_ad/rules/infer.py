"""The kind of a call's result, from the kinds of its arguments.

NumPy itself is the abstract interpreter: the function is called on small samples of the argument
kinds, which gives type, dtype and rank as NumPy has them.  The marks of the axes come from

- broadcasting, where the function is elementwise;
- the shapes of the samples, where each axis of the result is an axis of an argument, a product of
  such, or constant (`_STRUCTURAL`): sizes that are not known are tried as 3 and as 1;
- `?` everywhere else, which is always safe.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from s2s_ad.ir.core import Arg, Lit, Map, Op, Record, Rows, Seq, Slice, Step, Var
from s2s_ad.ir.kinds import (
    BOOL,
    FLOAT,
    INT,
    NOTHING,
    UNKNOWN,
    Array,
    DictKind,
    Kind,
    Known,
    ListKind,
    NumpyScalar,
    ObjectKind,
    Opaque,
    PyScalar,
    TupleKind,
    broadcast_axes,
    dtype_of,
    is_container,
    is_numeric,
    join,
    kind_of,
    list_kind,
)
from s2s_ad.rules import sizes
from s2s_ad.rules.indexing import arg_kind, getitem_kind
from s2s_ad.rules.language import lookup, passive, ufunc_of

Args: TypeAlias = tuple[Arg, ...]
Kwargs: TypeAlias = tuple[tuple[str, Arg], ...]

_cache: dict[Any, Kind | str] = {}
_SHAPE = Opaque("shape")
"""The kind of the shape of an array whose rank is not known."""
_WHOLE = frozenset({"numpy.sum", "numpy.mean", "numpy.prod"})
"""Reductions that give a scalar, whatever the rank is."""


def infer(op: Op, args: Args, kwargs: Kwargs = ()) -> Kind:
    """Return the kind of `op(*args, **kwargs)`.

    >>> from s2s_ad.ir.ops import op
    >>> a, x = Var("a", Array("float64", "nn")), Var("x", Array("float32", "n"))
    >>> print(infer(op("operator.matmul"), (a, x)), infer(op("numpy.sum"), (a,), (("keepdims", Lit(True, BOOL)),)))
    float64[n] float64[1,1]

    Raises: LookupError with a reason of one line, if it cannot be told.
    """
    key = (op.path, *map(_key, args), *((name, _key(arg)) for name, arg in kwargs))
    known = _cache.get(key)
    if known is None:
        try:
            known = _sized(_of_numbers(_infer(op, args, dict(kwargs))), op, args, kwargs)
        except LookupError as error:
            known = str(error.args[0])
        _cache[key] = known
    if isinstance(known, str):
        raise LookupError(known)
    return known


def _of_numbers(kind: Kind) -> Kind:
    """Return the kind, or that of an array of objects or text, which nothing is computed with."""
    if isinstance(kind, Array) and not kind.dtype.startswith(("float", "int", "uint", "bool", "complex", "longdouble")):
        return Opaque(f"ndarray of {kind.dtype}")
    return kind


def _sized(kind: Kind, op: Op, args: Args, kwargs: Kwargs) -> Kind:
    """Return the kind of a result with what is known of its sizes."""
    rule = lookup(op.path)
    if isinstance(kind, TupleKind) and rule and rule.elementwise:
        return TupleKind(tuple(_sized(each, op, args, kwargs) for each in kind.items), kind.type)
    if not isinstance(kind, Array) or not kind.axes:
        return kind
    first = arg_kind(args[0]) if args else None
    if op.path == "operator.getitem" and isinstance(first, Array):
        return kind.sized(sizes.indexed(first, args[1]))
    if op.path in sizes.SAME_SHAPE and isinstance(first, Array):
        same_rank = len(first.axes or "") == len(kind.axes) and not any(name == "shape" for name, _ in kwargs)
        return kind.sized(first.sizes) if same_rank else kind
    kinds = [arg_kind(arg) for arg in (*args, *(value for _, value in kwargs))]
    if (op.path in _ELEMENTWISE or (rule and rule.elementwise)) and not any(map(is_container, kinds)):
        return kind.sized(sizes.broadcast(kinds, kind.axes))
    return kind


def _key(arg: Arg) -> Any:
    match arg:
        case Var(kind=kind):
            return kind
        case Lit():
            return arg
        case Seq(items, type):
            return (type, *map(_key, items))
        case Map(items) | Record(items):
            return ("dict", *((key, _key(item)) for key, item in items))
        case Slice(start, stop, step):
            return ("slice", _key(start), _key(stop), _key(step))
        case Rows(columns):
            return ("rows", _key(columns))
        case Step(op, args, kwargs):
            return (op.path, *map(_key, args), *((name, _key(value)) for name, value in kwargs))


def _infer(op: Op, args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    if op.path in _EXACT:
        return _EXACT[op.path](args, kwargs)
    rule = lookup(op.path)
    if not (
        rule
        or op.path in _PURE
        or ufunc_of(op.fun) is not None
        or op.path.startswith(("operator.", "math."))
        or passive(op.path)
    ):
        raise LookupError(f"the kind of the result of {op.path} is not known")
    kinds = [arg_kind(arg) for arg in (*args, *kwargs.values())]
    ufunc = isinstance(op.fun, np.ufunc) and op.fun.signature is None
    if ufunc or (rule and rule.elementwise) or op.path in _ELEMENTWISE:
        return _elementwise(op, args, kwargs, kinds)
    if any(_unranked(kind) for kind in kinds):
        if op.path in _WHOLE and len(args) == 1 and not kwargs:
            return _result_kind(_call(op, args, kwargs, 3))
        raise LookupError("the rank of an array is not known")
    if op.path.endswith("tensordot") and _has_integers(_argument(args, kwargs, 2, "axes") or Lit(2, INT)):
        raise LookupError("the rank of the result depends on a number")
    if op.path.removeprefix("numpy.") in _RANK_BY_LENGTH and any(isinstance(kind, ListKind) for kind in kinds[1:]):
        raise LookupError("the rank of the result depends on the length of a list")
    result = _call(op, args, kwargs, 3)
    if type(result) is np.ndarray and op.path.removeprefix("numpy.") in _STRUCTURAL:
        return Array(result.dtype.name, _structural(op, args, kwargs, kinds, result))
    return _blur(_result_kind(result))


def _unranked(kind: Kind) -> bool:
    if isinstance(kind, ListKind):
        return _unranked(kind.item)
    if isinstance(kind, TupleKind):
        return any(map(_unranked, kind.items))
    return isinstance(kind, Array) and kind.axes is None


def _result_kind(value: Any) -> Kind:
    """Return the kind of a result, where a named tuple is a tuple."""
    return TupleKind(tuple(_result_kind(item) for item in value)) if _is_tuple(value) else kind_of(value)


def _is_tuple(value: Any) -> bool:
    return isinstance(value, tuple)


def _blur(kind: Kind) -> Kind:
    """Return the kind with `?` for the size of every axis."""
    match kind:
        case Array(dtype, str() as axes):
            return Array(dtype, "?" * len(axes))
        case TupleKind(items, type):
            return TupleKind(tuple(map(_blur, items)), type)
        case ListKind(item):
            return ListKind(_blur(item))
        case _:
            return kind


# ---- elementwise ----------------------------------------------------------------------------

_COMPARISONS = "eq ne lt le gt ge floordiv and_ or_ xor invert lshift rshift"
_ELEMENTWISE = {f"operator.{name}" for name in _COMPARISONS.split()} | {
    "numpy.round",
    "numpy.around",
    "numpy.fix",
    "numpy.isclose",
    "builtins.pow",
    "builtins.abs",
}


def _elementwise(op: Op, args: Args, kwargs: Mapping[str, Arg], kinds: Sequence[Kind]) -> Kind:
    result = _result_kind(_call(op, args, kwargs, 3))
    if any(map(is_container, kinds)):
        return _blur(result)
    axes = broadcast_axes(kind.axes if isinstance(kind, Array) else "" for kind in kinds)
    results = [Array(each.dtype, axes) if isinstance(each, Array) else each for each in _each_of(result)]
    return TupleKind(tuple(results)) if isinstance(result, TupleKind) else results[0]


def _each_of(kind: Kind) -> Sequence[Kind]:
    """Return the kinds of the results of a function that may have several."""
    return kind.items if isinstance(kind, TupleKind) else (kind,)


# ---- samples --------------------------------------------------------------------------------

_DTYPES = {type(np.dtype(char)).__qualname__: np.dtype(char) for char in "?bBhHiIlLqQefdFDgG"}
_CONSTANTS = {"NoneType": None, "str": "", "ellipsis": Ellipsis, "slice": slice(None)}


def _call(op: Op, args: Args, kwargs: Mapping[str, Arg], unknown: int) -> Any:
    """Return the result for samples, where axes and lists of unknown size have this one.

    Where a list is written out, sizes that fit it are tried too.
    """
    error = ""
    sizes = [3, *_lengths((*args, *kwargs.values()))]
    tries = [(0.5, 1, 3, 3), (1.5, 0, 3, 3), *((0.5, 1, size, size) for size in sizes[1:]), (0.5, 1, 3, 1)]
    for real, integer, many, size in tries:
        try:
            sample = _Sampler(real, integer, size if unknown == 3 else unknown, many)
            values = [sample.arg(arg) for arg in args]
            named = {name: sample.arg(arg) for name, arg in kwargs.items()}
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return op.fun(*values, **named)
        except LookupError as unlike:
            if not isinstance(unlike, IndexError | KeyError):
                raise
            error = str(unlike)
        except Exception as failure:
            error = str(failure)
    raise LookupError(error.partition("\n")[0])


def _lengths(args: Args) -> Iterator[int]:
    """Yield the lengths of the lists that are written out in arguments."""
    for arg in args:
        if isinstance(arg, Seq):
            yield len(arg.items)
            yield from _lengths(arg.items)


class _Sampler:
    """Makes small values of kinds."""

    def __init__(self, real: float, integer: int, unknown: int, many: int = 3) -> None:
        self.real, self.integer, self.unknown, self.many = real, integer, unknown, many

    def arg(self, arg: Arg) -> Any:
        match arg:
            case Var(kind=kind):
                return self.kind(kind)
            case Lit(value=value):
                return value
            case Seq(items, type):
                values = [self.arg(item) for item in items]
                return values if type == "list" else tuple(values)
            case Map(items):
                return {key: self.arg(item) for key, item in items}
            case Slice(start, stop, step):
                return slice(self.arg(start), self.arg(stop), self.arg(step))
            case Record() | Rows():
                return self.kind(arg_kind(arg))
            case Step(op):
                return op

    def kind(self, kind: Kind) -> Any:
        match kind:
            case PyScalar(type):
                return {"bool": True, "int": self.integer, "float": self.real, "complex": complex(self.real)}[type]
            case NumpyScalar(dtype):
                return self._fill(np.dtype(dtype), ())[()]
            case Array(dtype, axes):
                sizes = {"n": self.many, "1": 1, "?": self.unknown}
                return self._fill(np.dtype(dtype), tuple(sizes[mark] for mark in ("?" if axes is None else axes)))
            case TupleKind(items, type):
                values = [self.kind(item) for item in items]
                return values if type == "list" else tuple(values)
            case ListKind(item):
                return [] if item == NOTHING else [self.kind(item) for _ in range(self.unknown)]
            case DictKind(items):
                return {key: self.kind(item) for key, item in items}
            case ObjectKind() | Known():
                raise LookupError(f"an object is used as a whole: {kind}")
            case Opaque(type) if type in _CONSTANTS:
                return _CONSTANTS[type]
            case Opaque(type) if type in _DTYPES:
                return _DTYPES[type]
            case Opaque(type):
                raise LookupError(f"nothing is known of an argument but its type, {type}")

    def _fill(self, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Any:
        if dtype.kind not in "fc":
            return np.full(shape, self.integer, dtype)
        value = np.full(shape, self.real, dtype)
        if len(shape) > 1 and shape[-1] == shape[-2]:  # so that it has an inverse and a Cholesky factor
            value += np.eye(shape[-1], dtype=dtype)
        return value


# ---- shapes ---------------------------------------------------------------------------------

_STRUCTURAL_NAMES = """
    sum mean prod max min amax amin var std ptp median any all argmax argmin count_nonzero cumsum cumprod trace
    linalg.norm average nansum nanmean
    transpose matrix_transpose permute_dims swapaxes moveaxis expand_dims ravel rot90 flip flipud fliplr roll
    sort argsort tril triu copy astype array asarray ascontiguousarray atleast_1d atleast_2d atleast_3d stack
    zeros_like ones_like empty_like full_like real_if_close
    matmul dot vdot inner outer tensordot einsum kron vecdot matvec vecmat linalg.matmul linalg.outer linalg.tensordot
    linalg.vecdot trapezoid vander polyval polyfit linspace logspace geomspace
    linalg.solve linalg.inv linalg.det linalg.cholesky linalg.pinv linalg.eigvalsh
    unwrap hypot.reduce logaddexp.reduce logaddexp2.reduce fmax.reduce fmin.reduce logical_xor.reduce
    maximum.accumulate minimum.accumulate fmax.accumulate fmin.accumulate logaddexp.accumulate
    fft.fft fft.ifft fft.fft2 fft.ifft2 fft.fftn fft.ifftn fft.rfft fft.irfft fft.fftshift fft.ifftshift
"""
_STRUCTURAL_HELPERS = {
    f"s2s_ad.rules.helpers.{name}"
    for name in ("flattened", "shifted", "recurrence", "running_places", "axes_last", "cofactors", "inverse", "monic")
}
_SERIES = {
    f"polynomial.{name}"
    for name in (
        "polynomial.polyval",
        "chebyshev.chebval",
        "legendre.legval",
        "hermite.hermval",
        "hermite_e.hermeval",
        "laguerre.lagval",
    )
}
_DERIVATIVES_OF_SERIES = {
    f"numpy.polynomial.{name}"
    for name in (
        "polynomial.polyder",
        "chebyshev.chebder",
        "legendre.legder",
        "hermite.hermder",
        "hermite_e.hermeder",
        "laguerre.lagder",
    )
}
_STRUCTURAL = {*_STRUCTURAL_NAMES.split(), "operator.matmul"} | _STRUCTURAL_HELPERS | _SERIES
"""Each axis of the result is an axis of an argument, a product of such, or constant."""

_INTEGERS_ARE_DATA = {
    "matmul",
    "dot",
    "vdot",
    "inner",
    "outer",
    "kron",
    "vecdot",
    "matvec",
    "vecmat",
    "einsum",
    "tensordot",
    "linalg.matmul",
    "linalg.outer",
    "linalg.tensordot",
    "linalg.vecdot",
    "polyval",
    "array",
    "asarray",
    "stack",
    "linalg.solve",
    "operator.matmul",
}

_RANK_BY_LENGTH = {"broadcast_to", "tile", "expand_dims", "squeeze", "full", "tensordot"}

_WINDOWS = {f"numpy.{name}" for name in ("bartlett", "blackman", "hamming", "hanning")}
_PURE = (
    {f"numpy.{name}" for name in ("arange", "linspace", "logspace", "geomspace", "meshgrid", "unique")}
    | _WINDOWS
    | _DERIVATIVES_OF_SERIES
    | {
        "scipy.special.i0",
        "scipy.special.i1",
        "numpy.fft.fftfreq",
        "numpy.fft.rfftfreq",
        "numpy.linalg.pinv",
        "s2s_ad.rules.helpers.cofactors",
        "s2s_ad.rules.helpers.inverse",
    }
)
"""Functions without a rule that may be called on samples all the same."""


def _structural(op: Op, args: Args, kwargs: Mapping[str, Arg], kinds: Sequence[Kind], result: Any) -> str:
    others = (*args[1:], *kwargs.values())
    if op.path.removeprefix("numpy.") not in _INTEGERS_ARE_DATA and any(map(_has_integers, others)):
        return "?" * result.ndim
    shape = result.shape
    if any(map(_has_unknown_size, kinds)):
        try:
            other = _call(op, args, kwargs, 1).shape
        except (LookupError, AttributeError):
            other = (1,) * len(shape)
        if len(other) != len(shape):
            raise LookupError("the rank of the result depends on sizes")
    else:
        other = shape
    return "".join("1" if a == 1 else "?" if b == 1 else "n" for a, b in zip(shape, other, strict=True))


def _has_integers(arg: Arg) -> bool:
    """Say whether the argument has Vars that are integers, such as an axis that is not known."""
    match arg:
        case Var(kind=TupleKind(items)):
            return any(_has_integers(Var("", item)) for item in items)
        case Var(kind=ListKind(item)):
            return _has_integers(Var("", item))
        case Var(kind=PyScalar() | NumpyScalar() | Array() as kind):
            return dtype_of(kind).kind in "iub"
        case Seq(items):
            return any(map(_has_integers, items))
        case _:
            return False


def _has_unknown_size(kind: Kind) -> bool:
    match kind:
        case Array(axes=axes):
            return axes is None or "?" in axes
        case TupleKind(items):
            return any(map(_has_unknown_size, items))
        case ListKind():
            return True
        case _:
            return False


def _marks(shape: Arg) -> str:
    """Return the marks of an array that is made in a given shape.

    >>> _marks(Seq((Lit(1, INT), Lit(-1, INT), Lit(5, INT))))
    '1?n'
    """
    match shape:
        case Lit(value=int() | np.integer() as size):
            return "1" if size == 1 else "n" if size >= 0 else "?"
        case Lit(value=sizes, kind=TupleKind() | ListKind()):
            return "".join(_marks(Lit(size, INT)) for size in sizes)
        case Seq(items):
            return "".join(map(_marks, items))
        case Var(kind=TupleKind(items)):
            return "".join(_marks(Var("", item)) for item in items)
        case Var(kind=kind) if is_numeric(kind) and dtype_of(kind).kind in "iu" and not getattr(kind, "axes", ""):
            return "?"
        case _:
            raise LookupError("the rank of a shape is not known")


def _argument(args: Args, kwargs: Mapping[str, Arg], position: int, *names: str) -> Arg | None:
    if position < len(args):
        return args[position]
    return next((kwargs[name] for name in names if name in kwargs), None)


def _literal(arg: Arg | None, default: Any) -> Any:
    """Return the value of a literal argument (a tuple of literals too)."""
    match arg:
        case None:
            return default
        case Lit(value=value):
            return value
        case Seq(items):
            return tuple(_literal(item, None) for item in items)
        case _:
            raise LookupError("an axis is not known before the program runs")


def _made(
    position: int, *names: str, dtype: Callable[[Args, Mapping[str, Arg]], str]
) -> Callable[[Args, Mapping[str, Arg]], Kind]:
    """Return the exact function for one that makes an array of a given shape."""

    def made(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
        shape = _argument(args, kwargs, position, *names)
        if shape is None:
            raise LookupError("the shape is not given")
        if isinstance(shape, Var) and shape.kind == _SHAPE:
            return Array(dtype(args, kwargs), None)
        return Array(dtype(args, kwargs), _marks(shape))

    return made


def _dtype_argument(position: int) -> Callable[[Args, Mapping[str, Arg]], str]:
    def dtype(args: Args, kwargs: Mapping[str, Arg]) -> str:
        arg = _argument(args, kwargs, position, "dtype")
        return "float64" if arg is None else np.dtype(_Sampler(0.5, 1, 3).arg(arg)).name

    return dtype


def _dtype_of_fill(args: Args, kwargs: Mapping[str, Arg]) -> str:
    if _argument(args, kwargs, 2, "dtype") is not None:
        return _dtype_argument(2)(args, kwargs)
    fill = _argument(args, kwargs, 1, "fill_value")
    return np.asarray(_Sampler(0.5, 1, 3).arg(fill or Lit(0.0, FLOAT))).dtype.name


def _dtype_of_first(args: Args, kwargs: Mapping[str, Arg]) -> str:
    kind = arg_kind(args[0])
    if isinstance(kind, ListKind | TupleKind):  # joined
        return np.result_type(*map(dtype_of, filter(is_numeric, _items(kind)))).name
    return np.asarray(_Sampler(0.5, 1, 3).arg(args[0])).dtype.name


def _squeeze(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    kind = arg_kind(args[0])
    if not isinstance(kind, Array) or kind.axes is None:
        raise LookupError("the rank of an array is not known")
    axis = _literal(_argument(args, kwargs, 1, "axis"), None)
    if axis is None and "?" in kind.axes:
        raise LookupError("the rank of the result depends on sizes: name the axes to squeeze")
    rank = len(kind.axes)
    given = (axis,) if isinstance(axis, int) else axis
    gone = [i for i in range(rank) if kind.axes[i] == "1"] if given is None else [i % rank for i in given]
    return Array(kind.dtype, "".join(mark for i, mark in enumerate(kind.axes) if i not in gone))


def _concatenate(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """The axes must be equal, so one known mark is enough; the one that is joined is not known."""
    items = _items(arg_kind(args[0]))
    arrays = [item for item in items if isinstance(item, Array) and item.axes]
    if not arrays or len(arrays) != len(items):
        raise LookupError("what is concatenated is not known to be arrays")
    dtype = np.result_type(*(array.dtype for array in arrays)).name
    axis = _literal(_argument(args, kwargs, 1, "axis"), 0)
    if axis is None:
        return Array(dtype, "?")
    rank = len(arrays[0].axes or "")
    if any(len(array.axes or "") != rank for array in arrays) or not -rank <= axis < rank:
        raise LookupError("the ranks of what is concatenated do not fit")
    columns = zip(*(array.axes or "" for array in arrays), strict=True)
    axes = ["1" if "1" in marks else "n" if "n" in marks else "?" for marks in columns]
    axes[axis] = "?"
    return Array(dtype, "".join(axes))


def _split(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    kind = arg_kind(args[0])
    if not isinstance(kind, Array) or not kind.axes:
        raise LookupError("the rank of an array is not known")
    axes = list(kind.axes)
    axes[_literal(_argument(args, kwargs, 2, "axis"), 0)] = "?"
    return ListKind(Array(kind.dtype, "".join(axes)))


def _reduceat(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    kind = arg_kind(args[0])
    if not isinstance(kind, Array) or not kind.axes:
        raise LookupError("the rank of an array is not known")
    axes = list(kind.axes)
    axes[_literal(_argument(args, kwargs, 2, "axis"), 0)] = "?"
    return Array(np.add.reduceat(np.zeros(1, kind.dtype), [0]).dtype.name, "".join(axes))


def _transpose(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    kind = arg_kind(args[0])
    if not isinstance(kind, Array) or kind.axes is None:
        raise LookupError("the rank of an array is not known")
    try:
        order = _literal(_argument(args, kwargs, 1, "axes"), None)
    except LookupError:
        return _blur(kind)
    order = range(len(kind.axes))[::-1] if order is None else order
    return Array(kind.dtype, "".join(kind.axes[i] for i in order))


def _diff(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """The axis is shorter by the order, so that its size is known where that of the array is."""
    kind, order = _array(args[0]), _argument(args, kwargs, 1, "n")
    axis = _literal(_argument(args, kwargs, 2, "axis"), -1) % len(kind.axes or "")
    made = _call(Op("", np.diff), (args[0],), {}, 3)
    axes = "".join("?" if i == axis else mark for i, mark in enumerate(kind.axes or ""))
    less = order.value if isinstance(order, Lit) else None if order else 1
    found = [kind.size_of(i) for i in range(len(axes))]
    size = kind.size_of(axis)
    found[axis] = (size[0], size[1] + less) if size is not None and less is not None else None
    return Array(made.dtype.name, axes).sized(tuple(found))


def _gradient(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """As the array, in floats; of several axes at once there are several (`frontend.rewritten`)."""
    kind = _array(args[0])
    dtype = kind.dtype if dtype_of(kind).kind in "fc" else "float64"
    return Array(dtype, kind.axes, kind.sizes)


def _cross(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Of vectors of three."""
    kinds = [_array(arg) for arg in args]
    axes = list(broadcast_axes(kind.axes for kind in kinds) or "")
    axis = _literal(_argument(args, kwargs, 2, "axis"), -1)
    axes[axis] = "n"
    return Array(np.result_type(*(kind.dtype for kind in kinds)).name, "".join(axes))


def _array(arg: Arg) -> Array:
    kind = arg_kind(arg)
    if isinstance(kind, ListKind | TupleKind):
        kind = kind_of(np.asarray(_Sampler(0.5, 1, 3).arg(arg)))
        kind = Array(kind.dtype, "?" * len(kind.axes or "")) if isinstance(kind, Array) else kind
    if not isinstance(kind, Array) or not kind.axes:
        raise LookupError("an array of known rank, with axes, is needed")
    return kind


def _unpaired(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    kind = arg_kind(args[0])
    return Array(_dtype_of_first(args, kwargs), (_marks_of_array(kind) or "")[:-1] + "?")


def _roots(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Complex numbers (`frontend.rewritten` sees to it)."""
    return Array("complex64" if _dtype_of_first(args, kwargs) in ("float32", "complex64") else "complex128", "?")


def _poly(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    dtype = _dtype_of_first(args, kwargs)
    if dtype.startswith("complex"):
        raise LookupError("the numbers decide whether the coefficients are complex")
    return Array(dtype if dtype.startswith("float") else "float64", "?")


def _unbroadcast(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    shape = args[1]
    if isinstance(shape, Var) and shape.kind == _SHAPE:
        return Array(_dtype_of_first(args, kwargs), None)
    axes = _marks(shape)
    return Array(_dtype_of_first(args, kwargs), axes) if axes else NumpyScalar(_dtype_of_first(args, kwargs))


def _marks_of_array(kind: Kind) -> str | None:
    """Return the marks of what NumPy makes of a number, an array, or (nested) lists."""
    match kind:
        case Array(axes=axes):
            return axes
        case ListKind(item):
            return "?" + (_marks_of_array(item) or "")
        case TupleKind(items) if items:
            return "?" + (_marks_of_array(items[0]) or "")
        case _:
            return ""


def _unconcatenate(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    dtype = _dtype_of_first(args, kwargs)
    xs = arg_kind(args[1])
    items: list[Kind] = [Array(dtype, _marks_of_array(x)) for x in _items(xs)]
    return ListKind(items[0]) if isinstance(xs, ListKind) else TupleKind(tuple(items), "list")


# ---- Python's own ----------------------------------------------------------------------------


def _getitem(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    return getitem_kind(arg_kind(args[0]), args[1])


def _getattr(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    kind, name = arg_kind(args[0]), args[1].value if isinstance(args[1], Lit) else None
    if name in ("ndim", "size", "nbytes", "itemsize") and is_numeric(kind):
        return INT
    if name == "dtype" and is_numeric(kind):
        return kind_of(dtype_of(kind))
    if name == "shape" and is_numeric(kind):
        axes = kind.axes if isinstance(kind, Array) else ""
        return _SHAPE if axes is None else TupleKind((INT,) * len(axes))
    if isinstance(kind, Opaque):
        return UNKNOWN
    raise LookupError(f"the attribute {name!r} of a {kind} is not known")


def _items(kind: Kind) -> list[Kind]:
    """Return the kinds of the items of a sequence; of a list of any length, one stands for all."""
    match kind:
        case ListKind(item):
            return [item]
        case TupleKind(items):
            return list(items)
        case _:
            raise LookupError(f"the items of a {kind} are not known")


def _choice(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """max and min: one of the arguments, or of the items of the only one."""
    kinds = [arg_kind(arg) for arg in args]
    if len(kinds) == 1:
        kinds = _items(kinds[0])
    kinds += [arg_kind(kwargs["default"])] if "default" in kwargs else []
    if not kinds or not all(isinstance(kind, PyScalar | NumpyScalar) for kind in kinds):
        raise LookupError("Python's max and min of what is no number")
    joined = kinds[0]
    for kind in kinds[1:]:
        joined = join(joined, kind) or UNKNOWN
    return joined


def _sum(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    items = _items(arg_kind(args[0]))
    items += [arg_kind(arg) for arg in (*args[1:], *kwargs.values())]
    if not all(map(is_numeric, items)):
        raise LookupError("Python's sum of what is no numbers")
    sample = _Sampler(0.5, 1, 3)
    total = kind_of(sum([sample.kind(item) for item in items]))
    if not isinstance(total, Array):
        return total
    return Array(total.dtype, broadcast_axes(item.axes if isinstance(item, Array) else "" for item in items))


def _as_list(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    kind = arg_kind(args[0]) if args else TupleKind(())
    if isinstance(kind, TupleKind):
        return list_kind(list(kind.items))
    if isinstance(kind, ListKind):
        return kind
    raise LookupError(f"the items of a {kind} are not known")


def _as_tuple(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    kind = arg_kind(args[0]) if args else TupleKind(())
    if isinstance(kind, TupleKind):
        return TupleKind(kind.items)
    raise LookupError(f"the length of a {kind} is not known")


def _update(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    return arg_kind(args[0])


def _always(kind: Kind) -> Callable[[Args, Mapping[str, Arg]], Kind]:
    return lambda args, kwargs: kind


def _random(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """What a method of a generator of random numbers gives: a private one is asked."""
    owner, name = arg_kind(args[0]), args[1].value if isinstance(args[1], Lit) else ""
    made = _GENERATORS.get(owner.type) if isinstance(owner, Opaque) else None
    method = getattr(made(0), name, None) if made is not None and name not in _IN_PLACE else None
    if method is None or "out" in kwargs:
        raise LookupError(f"the method {name!r} of a {owner}")
    return _result_of(method, args[2:], kwargs)


def _legacy_random(name: str) -> Callable[[Args, Mapping[str, Arg]], Kind]:
    return lambda args, kwargs: _result_of(getattr(np.random.RandomState(0), name), args, kwargs)


def _result_of(method: Callable[..., Any], args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    return _blur(_result_kind(_call(Op("", method), args, kwargs, 3)))


_GENERATORS: dict[str, Callable[[int], Any]] = {
    "Generator": np.random.default_rng,
    "RandomState": np.random.RandomState,
}
_IN_PLACE = ("shuffle", "bit_generator", "spawn", "bytes", "get_state", "set_state")
_LEGACY = """
    beta binomial chisquare choice dirichlet exponential f gamma geometric gumbel hypergeometric laplace logistic
    lognormal multinomial multivariate_normal negative_binomial normal pareto permutation poisson power rand randint
    randn random random_sample rayleigh sample seed standard_cauchy standard_exponential standard_gamma standard_normal
    standard_t triangular uniform vonmises wald weibull zipf
"""
_NONE = Opaque("NoneType")
_GIVEN_SHAPE = (
    "axes_back",
    "undiagonal",
    "unrepeat",
    "untile",
    "unpad",
    "untake",
    "untake_along",
    "unreduceat",
    "joined",
    "resized",
    "undiff",
)
_ALWAYS: dict[Kind, str] = {
    INT: "len int hash id",
    FLOAT: "float",
    BOOL: "bool isinstance issubclass callable hasattr any all",
    Opaque("str"): "str repr format",
    Opaque("type"): "type",
    Opaque("range"): "range",
    _NONE: "print",
}
_OUTSIDE: dict[Kind, str] = {
    FLOAT: """
        time.time time.perf_counter time.monotonic time.process_time time.thread_time
        random.random random.uniform random.gauss random.normalvariate random.expovariate random.betavariate
    """,
    INT: "time.time_ns time.perf_counter_ns time.monotonic_ns random.randint random.randrange random.getrandbits",
    Opaque("str"): "time.strftime time.ctime",
    _NONE: """
        time.sleep random.seed warnings.warn warnings.simplefilter warnings.filterwarnings warnings.resetwarnings
        logging.debug logging.info logging.warning logging.error logging.critical logging.exception logging.log
    """,
    Opaque("Generator"): "numpy.random.default_rng",
    Opaque("RandomState"): "numpy.random.RandomState",
}
"""Functions that tell of the world outside, or tell it something: called once and in order."""
_EXACT: dict[str, Callable[[Args, Mapping[str, Arg]], Kind]] = {
    **{f"builtins.{name}": _always(kind) for kind, names in _ALWAYS.items() for name in names.split()},
    **{f"operator.{name}": _always(BOOL) for name in ("is_", "is_not", "not_", "truth", "contains")},
    "operator.getitem": _getitem,
    "builtins.getattr": _getattr,
    "builtins.max": _choice,
    "builtins.min": _choice,
    "builtins.sum": _sum,
    "math.dist": _always(FLOAT),
    "builtins.list": _as_list,
    "builtins.tuple": _as_tuple,
    "numpy.diff": _diff,
    "s2s_ad.rules.helpers.unpaired": _unpaired,
    "numpy.gradient": _gradient,
    "numpy.linalg.cross": _cross,
    "numpy.roots": _roots,
    "numpy.poly": _poly,
    "numpy.squeeze": _squeeze,
    "numpy.concatenate": _concatenate,
    "numpy.concat": _concatenate,
    "numpy.zeros": _made(0, "shape", dtype=_dtype_argument(1)),
    "numpy.ones": _made(0, "shape", dtype=_dtype_argument(1)),
    "numpy.empty": _made(0, "shape", dtype=_dtype_argument(1)),
    "numpy.full": _made(0, "shape", dtype=_dtype_of_fill),
    "numpy.reshape": _made(1, "shape", "newshape", dtype=_dtype_of_first),
    "numpy.broadcast_to": _made(1, "shape", dtype=_dtype_of_first),
    "numpy.transpose": _transpose,
    "numpy.add.reduceat": _reduceat,
    "numpy.split": _split,
    "numpy.array_split": _split,
    "s2s_ad.rules.helpers.reduced_size": _always(INT),
    **{f"s2s_ad.rules.helpers.{name}": _made(1, "shape", dtype=_dtype_of_first) for name in _GIVEN_SHAPE},
    "s2s_ad.rules.helpers.uneinsum": _made(2, "shape", dtype=_dtype_of_first),
    "s2s_ad.rules.helpers.unbroadcast": _unbroadcast,
    "s2s_ad.rules.helpers.unconcatenate": _unconcatenate,
    **{path: _always(kind) for kind, paths in _OUTSIDE.items() for path in paths.split()},
    **{f"numpy.random.{name}": _legacy_random(name) for name in _LEGACY.split()},
    "ir.call_method": _random,
    "ir.identity": _update,
    "ir.update": _update,
    "ir.accumulate": _update,
    "ir.push": _always(_NONE),
    "ir.raise": _always(_NONE),
}
