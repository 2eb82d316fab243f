"""Kinds: all that is known of a value before the program runs.

One derivative is emitted per *signature*, the tuple of the kinds of the arguments.  A kind says
enough to decide every method, operator and un-broadcast, and no more: arrays have a dtype, a
rank and for each axis a mark that says whether its size is one.

| mark | the size of the axis is |
|------|-------------------------|
| `1`  | 1                       |
| `n`  | anything but 1          |
| `?`  | not known               |

Two `n` axes that meet in a broadcast are equal, or NumPy raises; so with `1` and `n` known,
un-broadcasting is decided at emission, and only `?` needs a check at run time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import numpy as np

from s2s_ad.ir.classes import attributes, is_known

Size: TypeAlias = tuple[str, int] | None
"""A size by its name, less a number; None where it is not known."""


@dataclass(frozen=True, slots=True)
class PyScalar:
    """A Python number; `type` is "bool", "int", "float" or "complex"."""

    type: str

    def __str__(self) -> str:
        return self.type


@dataclass(frozen=True, slots=True)
class NumpyScalar:
    """A NumPy scalar such as `np.float64(1.0)`."""

    dtype: str

    def __str__(self) -> str:
        return self.dtype


@dataclass(frozen=True, slots=True)
class Array:
    """An ndarray; `axes` has one mark for each axis, or is None where the rank is not known."""

    dtype: str
    axes: str | None
    sizes: tuple[Size, ...] = ()
    """What is known of which axes are equally long (`rules.sizes`); () where nothing is."""

    def size_of(self, axis: int) -> Size:
        """Return the size of an axis, None if it is not known."""
        return self.sizes[axis] if self.sizes else None

    def sized(self, sizes: tuple[Size, ...]) -> Array:
        """Return the kind with these sizes."""
        return Array(self.dtype, self.axes, sizes if any(sizes) else ())

    def __str__(self) -> str:
        return f"{self.dtype}[{'...' if self.axes is None else ','.join(self.axes)}]"


@dataclass(frozen=True, slots=True)
class TupleKind:
    """A tuple, or a list whose elements are of different kinds: known item by item."""

    items: tuple[Kind, ...]
    type: str = "tuple"

    def __str__(self) -> str:
        inner = ", ".join(map(str, self.items))
        if self.type == "list":
            return f"[{inner}]"
        return f"({inner},)" if len(self.items) == 1 else f"({inner})"


@dataclass(frozen=True, slots=True)
class ListKind:
    """A list of any length whose elements are all of one kind."""

    item: Kind

    def __str__(self) -> str:
        return f"[{self.item}, ...]"


@dataclass(frozen=True, slots=True)
class DictKind:
    """A dict with known keys."""

    items: tuple[tuple[Any, Kind], ...]

    def __str__(self) -> str:
        return "{" + ", ".join(f"{key!r}: {kind}" for key, kind in self.items) + "}"


@dataclass(frozen=True, slots=True)
class ObjectKind:
    """An instance of a user's class, by the attributes that it holds, or a named tuple."""

    cls: type
    items: tuple[tuple[str, Kind], ...]

    def __repr__(self) -> str:
        return f"ObjectKind({self.cls.__module__}.{self.cls.__qualname__}, {self.items!r})"

    def __str__(self) -> str:
        return f"{self.cls.__qualname__}({', '.join(f'{name}: {kind}' for name, kind in self.items)})"


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A function or a class: the code is made for this very one."""

    obj: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Known) and self.obj is other.obj

    def __hash__(self) -> int:
        return hash(id(self.obj))

    def __repr__(self) -> str:
        return f"Known({self})"

    def __str__(self) -> str:
        return getattr(self.obj, "__qualname__", None) or self.obj.__name__


@dataclass(frozen=True, slots=True)
class Opaque:
    """Anything else: passive, and passed through untouched."""

    type: str

    def __str__(self) -> str:
        return self.type


Kind: TypeAlias = PyScalar | NumpyScalar | Array | TupleKind | ListKind | DictKind | ObjectKind | Known | Opaque
Numeric: TypeAlias = PyScalar | NumpyScalar | Array

BOOL = PyScalar("bool")
INT = PyScalar("int")
FLOAT = PyScalar("float")
UNKNOWN = Opaque("object")
NOTHING = Opaque("nothing")
"""The kind of the items of a list that is empty."""

_PY_SCALARS = {bool: BOOL, int: INT, float: FLOAT, complex: PyScalar("complex")}
_CONTAINERS = (TupleKind, ListKind, DictKind, ObjectKind)


def kind_of(value: Any) -> Kind:
    """Return the kind of a concrete value.

    >>> import numpy as np
    >>> print(kind_of((1.0, np.ones((1, 3)), [1, 2])))
    (float, float64[1,n], [int, ...])
    """
    made = cast("type[Any]", type(value))
    scalar = _PY_SCALARS.get(made)
    if scalar is not None:
        return scalar
    if isinstance(value, np.generic):
        dtype = np.dtype(made)
        return NumpyScalar(dtype.name) if dtype.kind in "fciub" else UNKNOWN
    if made is np.ndarray:
        if value.dtype.kind not in "fciub" or not value.dtype.isnative:
            return Opaque(f"ndarray of {value.dtype}")
        return Array(value.dtype.name, "".join("1" if n == 1 else "n" for n in value.shape))
    if made is tuple:
        return TupleKind(tuple(kind_of(item) for item in value))
    if made is list:
        return list_kind([kind_of(item) for item in value])
    if made is dict:
        return DictKind(tuple((key, kind_of(item)) for key, item in value.items()))
    held = attributes(value)
    if held is not None and all(map(str.isidentifier, held)):
        return ObjectKind(made, tuple((name, kind_of(item)) for name, item in held.items()))
    return Known(value) if is_known(value) else Opaque(made.__qualname__)


def list_kind(items: list[Kind]) -> Kind:
    """Return the kind of a list: of any length if its elements are alike, else item by item.

    Item by item is also a list of structures with nothing in them, or in a part of them: as columns they had no length.

    >>> print(list_kind([FLOAT, FLOAT]), list_kind([FLOAT, INT]), list_kind([TupleKind(())]))
    [float, ...] [float, int] [()]
    """
    if not items:
        return TupleKind((), "list")
    joined = items[0]
    for item in items[1:]:
        both = join(joined, item) if _variation(item) == _variation(joined) else None
        if both is None or is_unranked(both):
            return TupleKind(tuple(items), "list")
        joined = both
    return TupleKind(tuple(items), "list") if joined == UNKNOWN or _has_nothing(joined) else ListKind(joined)


def _variation(kind: Kind) -> list[object]:
    """Return which of the leaves are real or complex floats: a gradient is None where its argument is no float."""
    return [
        _variation(leaf.item) if isinstance(leaf, ListKind) else (is_differentiable(leaf), is_complex(leaf))
        for leaf in leaves(kind)
    ]


def _has_nothing(kind: Kind) -> bool:
    """Say whether there is an empty tuple, dict or object in a structure."""
    match kind:
        case TupleKind(items):
            parts = items
        case DictKind(items) | ObjectKind(_, items):
            parts = tuple(item for _, item in items)
        case _:
            return False
    return not parts or any(map(_has_nothing, parts))


def is_unranked(kind: Kind) -> bool:
    """Say whether the rank of an array is not known."""
    return isinstance(kind, Array) and kind.axes is None


def is_numeric(kind: Kind) -> bool:
    """Say whether the kind is a number or an array of numbers."""
    return isinstance(kind, PyScalar | NumpyScalar | Array)


def is_number(kind: Kind) -> bool:
    """Say whether the kind is one number, of Python or NumPy."""
    return isinstance(kind, PyScalar | NumpyScalar)


def is_integer(kind: Kind) -> bool:
    """Say whether the kind is an integer number."""
    return isinstance(kind, PyScalar | NumpyScalar) and dtype_of(kind).kind in "iu"


def is_container(kind: Kind) -> bool:
    """Say whether the kind is a tuple, list, dict or object with attributes."""
    return isinstance(kind, _CONTAINERS)


def dtype_of(kind: Kind) -> np.dtype[Any]:
    """Return the dtype of a numeric kind (for a Python scalar, the one NumPy would give it)."""
    if isinstance(kind, PyScalar):
        return np.dtype(kind.type)
    assert isinstance(kind, NumpyScalar | Array)
    return np.dtype(kind.dtype)


def is_differentiable(kind: Kind) -> bool:
    """Say whether a value of this kind can carry a derivative: real or complex floats.

    >>> is_differentiable(FLOAT), is_differentiable(INT), is_differentiable(ListKind(FLOAT))
    (True, False, True)
    """
    if isinstance(kind, PyScalar | NumpyScalar | Array):
        return dtype_of(kind).kind in "fc"
    if isinstance(kind, ListKind):
        return is_differentiable(kind.item)
    if isinstance(kind, TupleKind):
        return any(is_differentiable(item) for item in kind.items)
    return isinstance(kind, DictKind | ObjectKind) and any(is_differentiable(item) for _, item in kind.items)


def item_kind(columns: Kind) -> Kind:
    """Return the kind of the items of a list, from that of a structure with lists at its leaves.

    >>> print(item_kind(TupleKind((ListKind(FLOAT), ListKind(INT)))))
    (float, int)
    """
    match columns:
        case ListKind(item):
            return item
        case TupleKind(kinds, made):
            return TupleKind(tuple(map(item_kind, kinds)), made)
        case DictKind(items):
            return DictKind(tuple((key, item_kind(kind)) for key, kind in items))
        case ObjectKind(cls, items):
            return ObjectKind(cls, tuple((key, item_kind(kind)) for key, kind in items))
        case _:
            return UNKNOWN


def number_kind(kind: Kind) -> Kind:
    """Return the kind of a tangent or an adjoint that comes by several ways: that of an array, or any float."""
    if isinstance(kind, PyScalar | NumpyScalar):
        return PyScalar("complex") if is_complex(kind) else FLOAT
    return kind


def is_complex(kind: Kind) -> bool:
    """Say whether a value of this kind is a complex number, or an array of such.

    >>> is_complex(Array("complex64", "n")), is_complex(FLOAT)
    (True, False)
    """
    return isinstance(kind, PyScalar | NumpyScalar | Array) and dtype_of(kind).kind == "c"


def axes_of(kind: Kind) -> str | None:
    """Return the axis marks of a numeric kind: "" for scalars, None where not known."""
    return kind.axes if isinstance(kind, Array) else ""


def is_python_scalar(kind: Kind) -> bool:
    """Say whether division by zero of such values raises instead of giving inf."""
    return isinstance(kind, PyScalar)


def broadcast_axes(all_axes: Iterable[str | None]) -> str | None:
    """Return the marks that NumPy's broadcasting gives.

    >>> broadcast_axes(["n1", "1"]), broadcast_axes(["1", "n?"]), broadcast_axes(["1n", "n1"])
    ('n1', 'n?', 'nn')
    """
    known: list[str] = []
    for axes in all_axes:
        if axes is None:
            return None
        known.append(axes)
    rank = max(map(len, known), default=0)
    columns = zip(*(axes.rjust(rank, "1") for axes in known), strict=True)
    return "".join("n" if "n" in marks else "?" if "?" in marks else "1" for marks in columns)


def join(a: Kind, b: Kind) -> Kind | None:
    """Return the least kind that describes values of both kinds, or None if there is none.

    >>> print(join(INT, FLOAT), join(Array("float64", "n1"), Array("float64", "nn")))
    float float64[n,?]
    """
    if a == b or b == NOTHING:
        return a
    if a == NOTHING:
        return b
    if isinstance(a, PyScalar | NumpyScalar | Array) and isinstance(b, PyScalar | NumpyScalar | Array):
        return _join_numbers(a, b)
    if isinstance(a, TupleKind) and isinstance(b, TupleKind):
        if a.type != b.type or len(a.items) != len(b.items):
            return None
        items = [join(x, y) for x, y in zip(a.items, b.items, strict=True)]
        return None if None in items else TupleKind(tuple(k for k in items if k), a.type)
    if isinstance(a, ListKind) and isinstance(b, ListKind):
        item = join(a.item, b.item)
        return item and ListKind(item)
    if isinstance(a, ObjectKind) and isinstance(b, ObjectKind):
        names = [name for name, _ in a.items]
        if a.cls is not b.cls or names != [name for name, _ in b.items]:
            return None
        kinds = [join(x, y) for (_, x), (_, y) in zip(a.items, b.items, strict=True)]
        return None if None in kinds else ObjectKind(a.cls, tuple(zip(names, (k for k in kinds if k), strict=True)))
    if is_differentiable(a) or is_differentiable(b):
        return None
    return UNKNOWN


def _join_numbers(a: Numeric, b: Numeric) -> Kind:
    if isinstance(a, Array) or isinstance(b, Array):
        dtype = np.result_type(_strong(a), _strong(b)).name
        if not isinstance(a, Array) or not isinstance(b, Array):
            return Array(dtype, None)  # a number has not the methods of an array
        if a.axes is None or b.axes is None or len(a.axes) != len(b.axes):
            return Array(dtype, None)
        joined = Array(dtype, "".join(x if x == y else "?" for x, y in zip(a.axes, b.axes, strict=True)))
        both = range(len(a.axes))
        return joined.sized(tuple(a.size_of(i) if a.size_of(i) == b.size_of(i) else None for i in both))
    if isinstance(a, NumpyScalar) and isinstance(b, NumpyScalar):
        return NumpyScalar(np.result_type(a.dtype, b.dtype).name)
    letter = max(dtype_of(a).kind, dtype_of(b).kind, key="buifc".index)
    return {"b": BOOL, "i": INT, "u": INT, "f": FLOAT, "c": PyScalar("complex")}[letter]


def _strong(kind: Numeric) -> Any:
    """Return what NumPy's promotion takes a number for: a Python number gives way to a dtype."""
    return (
        {"bool": False, "int": 0, "float": 0.0, "complex": 0j}[kind.type]
        if isinstance(kind, PyScalar)
        else dtype_of(kind)
    )


def leaves(kind: Kind) -> list[Kind]:
    """Return the kinds of the leaves of a (nested) container, in order."""
    if isinstance(kind, TupleKind):
        return [leaf for item in kind.items for leaf in leaves(item)]
    if isinstance(kind, DictKind | ObjectKind):
        return [leaf for _, item in kind.items for leaf in leaves(item)]
    return [kind]


def known_objects(kinds: Iterable[Kind]) -> tuple[Any, ...]:
    """Return the classes and functions that kinds name, each once, in order."""
    found: dict[int, Any] = {}

    def visit(kind: Kind) -> None:
        match kind:
            case Known(obj):
                found.setdefault(id(obj), obj)
            case ObjectKind(cls, items):
                found.setdefault(id(cls), cls)
                for _, item in items:
                    visit(item)
            case DictKind(items):
                for _, item in items:
                    visit(item)
            case TupleKind(items):
                for item in items:
                    visit(item)
            case ListKind(item):
                visit(item)
            case _:
                pass

    for kind in kinds:
        visit(kind)
    return tuple(found.values())


def kinds_from_annotations(names: Iterable[str], annotations: Mapping[str, Any]) -> tuple[Kind, ...]:
    """Return the kinds that annotations give, and float where there is none."""
    plain = {"int": INT, "bool": BOOL, "float": FLOAT, "complex": PyScalar("complex")}

    def one(annotation: Any) -> Kind:
        if annotation is None:
            return FLOAT
        name = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
        return plain.get(name, FLOAT if name in ("object", "Any") else Opaque(name))

    return tuple(one(annotations.get(name)) for name in names)
