"""The kind of a call's result, from the kinds of its arguments.

NumPy itself is the abstract interpreter: the function is called on small samples of the argument
kinds, which gives type, dtype and rank as NumPy has them.  The marks of the axes come from

- broadcasting, where the function is elementwise;
- the shapes of the samples, where each axis of the result is an axis of an argument, a product of
  such, or constant (`_STRUCTURAL`): sizes that are not known are tried as 3 and as 1;
- `rules.shapes`, for functions that move, assemble or select elements: these are not called at all;
- `?` everywhere else, which is always safe.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, cast

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
    Size,
    TupleKind,
    axes_of,
    broadcast_axes,
    dtype_of,
    is_container,
    is_numeric,
    join,
    kind_of,
    list_kind,
)
from s2s_ad.ir.ops import op
from s2s_ad.rules import matrices, sizes
from s2s_ad.rules.custom import custom_rule_of
from s2s_ad.rules.indexing import arg_kind, getitem_kind
from s2s_ad.rules.language import lookup, passive
from s2s_ad.rules.names import ufunc_of
from s2s_ad.rules.shapes import EXACT, SHAPE
from s2s_ad.rules.shapes import argument as _argument
from s2s_ad.rules.shapes import literal as _literal
from s2s_ad.rules.shapes import marks as _marks
from s2s_ad.rules.shapes import marks_of_kind as _marks_of_array

assert matrices, "its functions are registered in EXACT"
Args: TypeAlias = tuple[Arg, ...]
Kwargs: TypeAlias = tuple[tuple[str, Arg], ...]

_cache: dict[Any, Kind | str] = {}
_NONZERO = op("numpy.nonzero")
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
    if op.path == "numpy.where" and len(args) == 1:  # of a condition alone it gives places
        op = _NONZERO
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
    if op.path == "numpy.transpose" and isinstance(first, Array) and len(args) == 1 and not kwargs:
        return kind.sized(first.sizes[::-1])
    if op.path in sizes.REDUCTIONS and isinstance(first, Array) and len(args) < 3:
        named = dict(kwargs)
        found = sizes.reduced(first, _argument(args, named, 1, "axis"), named.get("keepdims", Lit(False, BOOL)))
        return _fitted(kind, found)
    kinds = [arg_kind(arg) for arg in (*args, *(value for _, value in kwargs))]
    if op.path == "numpy.linalg.solve" and len(args) == 2 and isinstance(kinds[1], Array):
        return _fitted(kind, kinds[1].sizes)
    if op.path in sizes.PRODUCTS and len(args) == 2 and isinstance(first, Array) and isinstance(kinds[1], Array):
        return _fitted(kind, sizes.product(first, kinds[1]))
    if (op.path in _ELEMENTWISE or (rule and rule.elementwise)) and not any(map(is_container, kinds)):
        return kind.sized(sizes.broadcast(kinds, kind.axes))
    return kind


def _fitted(kind: Array, found: tuple[Size, ...]) -> Array:
    """Return a kind with the sizes that were found for it, where there is one for each axis."""
    return kind.sized(found) if len(found) == len(kind.axes or "") else kind


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
        or custom_rule_of(op.fun) is not None
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
    if op.path.removeprefix("numpy.") in _RANK_BY_LENGTH and any(map(_has_any_length, args[1:])):
        raise LookupError("the rank of the result depends on the length of a list")
    try:
        result = _call(op, args, kwargs, 3)
    except LookupError:
        if not any(map(_has_unknown_size, kinds)):
            raise
        return _blur(_result_kind(_call(op, args, kwargs, 1)))  # a size that is not known may have to be 1
    if op.path.removeprefix("numpy.") in _STRUCTURAL:
        return _structural(op, args, kwargs, kinds, result)
    return _blur(_result_kind(result))


def _has_any_length(arg: Arg) -> bool:
    """Say whether an argument is a list whose length is not known."""
    return not isinstance(arg, Seq | Lit) and isinstance(arg_kind(arg), ListKind)


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


def _each_of(result: Any) -> Sequence[Any]:
    """Return the results, or their kinds, of a function that may have several."""
    if isinstance(result, TupleKind):
        return result.items
    return cast("tuple[Any, ...]", result) if isinstance(result, tuple) else (result,)


# ---- samples --------------------------------------------------------------------------------

_DTYPES = {type(np.dtype(char)).__qualname__: np.dtype(char) for char in "?bBhHiIlLqQefdFDgG"}
_CONSTANTS = {"NoneType": None, "str": "", "ellipsis": Ellipsis, "slice": slice(None)}


def _call(op: Op, args: Args, kwargs: Mapping[str, Arg], unknown: int) -> Any:
    """Return the result for samples, where axes and lists of unknown size have this one.

    Where a list is written out, sizes that fit it are tried too.
    """
    error = ""
    tries = [
        (0.5, 1, 3),
        (1.5, 0, 3),
        (0.0, 0, 3),
        (0.5, 1, 2),
        *((0.5, 1, size) for size in _lengths((*args, *kwargs.values()))),
    ]
    for real, integer, many in tries:
        try:
            sample = _Sampler(real, integer, many if unknown == 3 else unknown, many)
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
    nansum nanprod nanmean nanmax nanmin nanvar nanstd nanmedian nancumsum nancumprod
    average quantile percentile nanquantile nanpercentile cumulative_sum cumulative_prod
    linalg.norm linalg.vector_norm linalg.matrix_norm linalg.trace
    transpose matrix_transpose permute_dims swapaxes moveaxis expand_dims ravel rot90 flip flipud fliplr roll
    sort argsort tril triu copy astype array asarray ascontiguousarray atleast_1d atleast_2d atleast_3d stack
    zeros_like ones_like empty_like full_like real_if_close
    matmul dot vdot inner outer tensordot einsum kron vecdot matvec vecmat linalg.matmul linalg.outer linalg.tensordot
    linalg.vecdot trapezoid vander polyval polyfit linspace logspace geomspace
    linalg.solve linalg.inv linalg.det linalg.cholesky linalg.pinv
    linalg.eigvalsh linalg.eigh linalg.slogdet linalg.qr linalg.svd linalg.svdvals linalg.cond linalg.matrix_power
    linalg.multi_dot linalg.tensorsolve linalg.tensorinv
    unwrap hypot.reduce logaddexp.reduce logaddexp2.reduce fmax.reduce fmin.reduce logical_xor.reduce
    maximum.accumulate minimum.accumulate fmax.accumulate fmin.accumulate logaddexp.accumulate
    fft.fft fft.ifft fft.fft2 fft.ifft2 fft.fftn fft.ifftn fft.rfft fft.irfft fft.rfft2 fft.irfft2 fft.rfftn
    fft.irfftn fft.hfft fft.ihfft fft.fftshift fft.ifftshift
"""
_STRUCTURAL_SCIPY = {
    "scipy.special": "logsumexp softmax log_softmax",
    "scipy.linalg": """
        inv solve solve_triangular det norm cholesky cho_factor cho_solve eigh eigvalsh lu lu_factor lu_solve svd
        svdvals polar pinv expm logm sqrtm cosm sinm tanm coshm sinhm tanhm solve_sylvester solve_continuous_lyapunov
        solve_discrete_lyapunov toeplitz circulant hankel
    """,
    "scipy.fft": "fft ifft fft2 ifft2 fftn ifftn rfft irfft fftshift ifftshift dct idct dst idst dctn idctn dstn idstn",
    "scipy.integrate": "trapezoid simpson",
    "scipy.signal": "detrend lfilter",
}
_STRUCTURAL_HELPERS = {
    f"s2s_ad.rules.helpers.{name}"
    for name in (
        "flattened",
        "shifted",
        "recurrence",
        "running_places",
        "axes_last",
        "cofactors",
        "factors",
        "cofactors_slope",
        "inverse",
        "mixed",
        "monic",
        "order_of_nearest",
        "polar_factor",
    )
}
_SERIES = (
    ("polynomial", "polyval", "polyder"),
    ("chebyshev", "chebval", "chebder"),
    ("legendre", "legval", "legder"),
    ("hermite", "hermval", "hermder"),
    ("hermite_e", "hermeval", "hermeder"),
    ("laguerre", "lagval", "lagder"),
)
"""The modules of numpy.polynomial with their functions for values and derivatives."""

_STRUCTURAL = (
    {*_STRUCTURAL_NAMES.split(), "operator.matmul"}
    | _STRUCTURAL_HELPERS
    | {f"polynomial.{module}.{value}" for module, value, _ in _SERIES}
    | {f"{module}.{name}" for module, names in _STRUCTURAL_SCIPY.items() for name in names.split()}
)
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
    "linalg.matrix_power",
    "operator.matmul",
}

_NOT_OF_SHAPE = {"where", "initial", "ddof", "correction", "weights"}
"""Keywords that change values and not shapes."""

_RANK_BY_LENGTH = {"broadcast_to", "tile", "expand_dims", "squeeze", "full", "tensordot"}

_PURE_SCIPY = {
    "scipy.special": """
        roots_legendre roots_hermite roots_hermitenorm roots_laguerre roots_chebyt roots_chebyu roots_jacobi p_roots
        h_roots he_roots l_roots
    """,
    "scipy.signal": "get_window firwin butter savgol_coeffs",
    "scipy.fft": "fftfreq rfftfreq next_fast_len",
}
_WINDOWS = {f"numpy.{name}" for name in ("bartlett", "blackman", "hamming", "hanning")}
_PURE = (
    {f"numpy.{name}" for name in ("arange", "linspace", "logspace", "geomspace", "intersect1d")}
    | _WINDOWS
    | {f"numpy.polynomial.{module}.{derivative}" for module, _, derivative in _SERIES}
    | {
        "numpy.fft.fftfreq",
        "numpy.fft.rfftfreq",
        "numpy.linalg.pinv",
        "s2s_ad.rules.helpers.cofactors",
        "s2s_ad.rules.helpers.factors",
        "s2s_ad.rules.helpers.inverse",
        "s2s_ad.rules.helpers.polar_factor",
    }
    | {f"{module}.{name}" for module, names in _PURE_SCIPY.items() for name in names.split()}
)
"""Functions without a rule that may be called on samples all the same."""


def _matmul(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of a product of matrices and vectors: what it sums over, of whatever size, leaves no axis."""
    kinds = [arg_kind(arg) for arg in args]
    if any(map(_unranked, kinds)):
        raise LookupError("the rank of an array is not known")
    first, second = (kind.axes if isinstance(kind, Array) else None for kind in kinds)
    if not first or not second:
        return _blur(_result_kind(_call(op("operator.matmul"), args, kwargs, 3)))
    axes = (broadcast_axes([first[:-2], second[:-2]]) or "") + first[-2:-1] + (second[-1] if len(second) > 1 else "")
    dtype = np.result_type(*(kind.dtype for kind in kinds if isinstance(kind, Array))).name
    return Array(dtype, axes) if axes else NumpyScalar(dtype)


def _structural(op: Op, args: Args, kwargs: Mapping[str, Arg], kinds: Sequence[Kind], result: Any) -> Kind:
    """Return the kind of a result, or of a tuple of results, whose axes are those of arguments or constant."""
    others = (*args[1:], *(value for name, value in kwargs.items() if name not in _NOT_OF_SHAPE))
    if op.path.removeprefix("numpy.") not in _INTEGERS_ARE_DATA and any(map(_has_integers, others)):
        return _blur(_result_kind(result))
    if "include_initial" in kwargs:  # a size of zero becomes one
        return _blur(_result_kind(result))
    other = result
    if any(map(_has_unknown_size, kinds)):
        try:
            other = _call(op, args, kwargs, 1)
        except LookupError:
            other = (None,) * len(_each_of(result))
    if isinstance(result, tuple):
        pairs = zip(_each_of(result), _each_of(other), strict=True)
        return TupleKind(tuple(_of_samples(each, small) for each, small in pairs))
    return _of_samples(result, other)


def _of_samples(result: Any, small: Any) -> Kind:
    """Return the kind of a result, where sizes that are not known were 3, and 1 for the small one."""
    if type(result) is not np.ndarray:
        return _blur(_result_kind(result))
    shape, other = result.shape, getattr(small, "shape", (1,) * result.ndim)
    if len(other) != len(shape):
        raise LookupError("the rank of the result depends on sizes")
    marks = ("1" if a == 1 else "?" if b == 1 else "n" for a, b in zip(shape, other, strict=True))
    return Array(result.dtype.name, "".join(marks))


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


def _made(
    position: int, *names: str, dtype: Callable[[Args, Mapping[str, Arg]], str]
) -> Callable[[Args, Mapping[str, Arg]], Kind]:
    """Return the exact function for one that makes an array of a given shape."""

    def made(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
        shape = _argument(args, kwargs, position, *names)
        if shape is None:
            raise LookupError("the shape is not given")
        if isinstance(shape, Var) and shape.kind == SHAPE:
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


def _reduceat(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    kind = arg_kind(args[0])
    if not isinstance(kind, Array) or not kind.axes:
        raise LookupError("the rank of an array is not known")
    axes = list(kind.axes)
    axes[_literal(_argument(args, kwargs, 2, "axis"), 0)] = "?"
    return Array(np.add.reduceat(np.zeros(1, kind.dtype), [0]).dtype.name, "".join(axes))


def _covariance(function: Op) -> Callable[[Args, Mapping[str, Arg]], Kind]:
    """Return the exact function for np.cov and np.corrcoef: of one variable there is a number for a matrix."""

    def covariance(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
        given = [_argument(args, kwargs, i, *names) for i, names in enumerate((("m", "x"), ("y",)))]
        rowvar = bool(_literal(_argument(args, kwargs, 2, "rowvar"), True))
        if _is_float(_argument(args, kwargs, 5, "fweights")):
            raise LookupError("fweights that are no integers, which it may change")
        kinds = [arg_kind(arg) for arg in given if arg is not None]
        marks = [axes_of(kind) for kind in kinds if is_numeric(kind)]
        if len(marks) < sum(kind != _NONE for kind in kinds) or None in marks:
            raise LookupError("the rank of an array is not known")
        result = _result_kind(_call(function, args, kwargs, 3))
        counts = ["1" if len(each or "") < 2 else (each or "")[0 if rowvar else 1] for each in marks]
        if len(marks) > 1 or counts == ["n"]:
            return Array(dtype_of(result).name, "nn")
        if counts == ["?"]:
            raise LookupError("the rank of the result depends on how many variables there are")
        return (
            NumpyScalar(dtype_of(result).name)
            if function.path == "numpy.corrcoef"
            else Array(dtype_of(result).name, "")
        )

    return covariance


def _is_float(arg: Arg | None) -> bool:
    kind = UNKNOWN if arg is None else arg_kind(arg)
    return is_numeric(kind) and dtype_of(kind).kind == "f"


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
    if isinstance(shape, Var) and shape.kind == SHAPE:
        return Array(_dtype_of_first(args, kwargs), None)
    axes = _marks(shape)
    return Array(_dtype_of_first(args, kwargs), axes) if axes else NumpyScalar(_dtype_of_first(args, kwargs))


def _unconcatenate(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    dtype = _dtype_of_first(args, kwargs)
    xs = arg_kind(args[1])
    if isinstance(xs, Array) and xs.axes:
        return ListKind(Array(dtype, xs.axes[1:]))
    items: list[Kind] = [Array(dtype, _marks_of_array(x)) for x in _items(xs)]
    return ListKind(items[0]) if isinstance(xs, ListKind) else TupleKind(tuple(items), "list")


def _of_diagonals(*like: str) -> Callable[[Args, Mapping[str, Arg]], Kind]:
    """Return the exact function for one of a matrix given by its diagonals, whose number no sample has.

    The result has the axes of the first of these arguments, after `?` as many.
    """

    def kind(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
        *lead, position = like
        given = [arg_kind(arg) for arg in (*args, *kwargs.values())]
        arrays = [each for each in given if isinstance(each, Array)]
        first = arg_kind(_argument(args, kwargs, int(position), "b") or Lit(None, _NONE))
        if not isinstance(first, Array) or first.axes is None:
            raise LookupError("the rank of an array is not known")
        axes = first.axes[:1] if lead else first.axes
        return Array(np.result_type(np.float32, *(array.dtype for array in arrays)).name, "".join(lead) + axes)

    return kind


def _of_same_rank(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of a result that has the rank and the dtype of the first argument."""
    return _blur(arg_kind(args[0]))


def _of_vectors(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of a density of vectors: axes of size one are squeezed, and how long a vector is decides much."""
    given = [arg_kind(arg) for arg in (args[0], *(kwargs[name] for name in ("mean", "cov") if name in kwargs))]
    x, *parameters = given
    sizes = [kind.axes for kind in parameters if isinstance(kind, Array) and kind.axes]
    if not isinstance(x, Array) or not x.axes or not sizes or any(set(axes) - {"n"} for axes in sizes):
        raise LookupError("the rank of the result depends on sizes")
    if "?" in x.axes[:-1]:
        raise LookupError("the rank of the result depends on sizes: one vector, or more than one?")
    axes = "".join(mark for mark in x.axes[:-1] if mark == "n")
    return Array("float64", axes) if axes else NumpyScalar("float64")


def _lstsq(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kinds of x, the residues, the rank and the singular values: sizes decide the rank of the residues."""
    x, _, rank, values = _call(op("scipy.linalg.lstsq"), args, kwargs, 3)
    return TupleKind((_blur(kind_of(x)), UNKNOWN, kind_of(rank), _blur(kind_of(values))))


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
        return SHAPE if axes is None else TupleKind((INT,) * len(axes))
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
    "unslide",
    "unrepeat",
    "untile",
    "unpad",
    "untake",
    "untake_along",
    "unreduceat",
    "joined",
    "resized",
    "neighbours",
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
    **EXACT,
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
    "numpy.cov": _covariance(Op("numpy.cov", np.cov)),
    "numpy.corrcoef": _covariance(Op("numpy.corrcoef", np.corrcoef)),
    "operator.matmul": _matmul,
    "numpy.matmul": _matmul,
    "numpy.diff": _diff,
    "s2s_ad.rules.helpers.unpaired": _unpaired,
    "numpy.gradient": _gradient,
    "numpy.linalg.cross": _cross,
    "numpy.roots": _roots,
    "numpy.poly": _poly,
    "numpy.zeros": _made(0, "shape", dtype=_dtype_argument(1)),
    "numpy.ones": _made(0, "shape", dtype=_dtype_argument(1)),
    "numpy.empty": _made(0, "shape", dtype=_dtype_argument(1)),
    "numpy.full": _made(0, "shape", dtype=_dtype_of_fill),
    "numpy.reshape": _made(1, "shape", "newshape", dtype=_dtype_of_first),
    "numpy.broadcast_to": _made(1, "shape", dtype=_dtype_of_first),
    "numpy.add.reduceat": _reduceat,
    "s2s_ad.rules.helpers.reduced_size": _always(INT),
    "s2s_ad.rules.helpers.memory_order": _always(Opaque("str")),
    **{f"s2s_ad.rules.helpers.{name}": _made(1, "shape", dtype=_dtype_of_first) for name in _GIVEN_SHAPE},
    "s2s_ad.rules.helpers.uneinsum": _made(2, "shape", dtype=_dtype_of_first),
    "s2s_ad.rules.helpers.unbroadcast": _unbroadcast,
    "s2s_ad.rules.helpers.unconcatenate": _unconcatenate,
    "s2s_ad.rules.helpers.unblock_diagonal": _unconcatenate,
    "scipy.linalg.lstsq": _lstsq,
    **{f"scipy.stats.multivariate_normal.{name}": _of_vectors for name in ("logpdf", "pdf")},
    "scipy.linalg.solve_banded": _of_diagonals("2"),
    "s2s_ad.rules.helpers.transposed_band": _of_diagonals("0"),
    **{f"s2s_ad.rules.helpers.{name}": _of_same_rank for name in ("middle", "unmiddle")},
    "s2s_ad.rules.helpers.lagged_products": _made(2, "shape", dtype=_dtype_of_first),
    "s2s_ad.rules.helpers.band_product": _of_diagonals("1"),
    "s2s_ad.rules.helpers.band_of_outer": _of_diagonals("?", "1"),
    **{path: _always(kind) for kind, paths in _OUTSIDE.items() for path in paths.split()},
    **{f"numpy.random.{name}": _legacy_random(name) for name in _LEGACY.split()},
    "ir.call_method": _random,
    "ir.identity": _update,
    "ir.update": _update,
    "ir.accumulate": _update,
    "ir.push": _always(_NONE),
    "ir.raise": _always(_NONE),
}
