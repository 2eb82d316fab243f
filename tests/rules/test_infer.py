"""Inferred kinds against what NumPy gives: rank and dtype exactly, and no mark that is wrong."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from s2s_ad.ir.core import Arg, Lit, Seq, Slice, Var
from s2s_ad.ir.kinds import (
    BOOL,
    FLOAT,
    INT,
    UNKNOWN,
    Array,
    DictKind,
    Kind,
    ListKind,
    NumpyScalar,
    Opaque,
    TupleKind,
    kind_of,
)
from s2s_ad.ir.ops import op
from s2s_ad.rules.infer import infer
from s2s_ad.rules.names import path_of
from tests.rules.samples import SAMPLES, Sample, is_float


def covers(inferred: Kind, actual: Kind) -> bool:
    """Say whether a value of the actual kind is one of the inferred kind."""
    match inferred, actual:
        case Opaque("object"), _:
            return True
        case Array(dtype, axes), Array(dtype_, axes_):
            if axes is None or axes_ is None:
                return dtype == dtype_
            same = len(axes) == len(axes_) and all(a in ("?", b) for a, b in zip(axes, axes_, strict=True))
            return dtype == dtype_ and same
        case TupleKind(items), TupleKind(items_):
            return len(items) == len(items_) and all(map(covers, items, items_))
        case ListKind(item), ListKind(item_):
            return covers(item, item_)
        case TupleKind(items, "list"), ListKind(item_):  # which stands for all of them
            return all(covers(item, item_) or covers(item_, item) for item in items)
        case ListKind(item), TupleKind(items_):  # a tuple whose length is not known is a list
            return all(covers(item, item_) for item_ in items_)
        case _:
            return inferred == actual


def blurred(kind: Kind) -> Kind:
    match kind:
        case Array(dtype, str() as axes):
            return Array(dtype, "?" * len(axes))
        case TupleKind(items, type):
            return TupleKind(tuple(map(blurred, items)), type)
        case ListKind(item):
            return ListKind(blurred(item))
        case _:
            return kind


def actual_kind(value: Any) -> Kind:
    if isinstance(value, tuple):
        return TupleKind(tuple(map(actual_kind, value)))
    return kind_of(value)


def nested(value: Any, change: Callable[[Kind], Kind]) -> Arg:
    if isinstance(value, list):
        return Seq(tuple(nested(item, change) for item in value), "list")
    return Var("x", change(kind_of(value)))


def arguments(sample: Sample, change: Callable[[Kind], Kind]) -> tuple[Arg, ...]:
    return tuple(argument(f"v{i}", arg, i in sample.wrt, change) for i, arg in enumerate(sample.args))


def argument(name: str, arg: Any, active: bool, change: Callable[[Kind], Kind]) -> Arg:
    if isinstance(arg, list) and any(isinstance(item, list) for item in arg) and is_float(arg):
        return nested(arg, change)
    is_var = isinstance(arg, np.ndarray) or (is_float(arg) and active)
    return Var(name, change(kind_of(arg))) if is_var else Lit(arg, kind_of(arg))


@pytest.mark.parametrize("change", [lambda kind: kind, blurred], ids=["known sizes", "unknown sizes"])
@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_samples(sample: Sample, change: Callable[[Kind], Kind]) -> None:
    path = path_of(sample.fun)
    assert path is not None
    actual = actual_kind(sample.fun(*sample.args, **sample.kwargs))
    kwargs = tuple((name, argument(name, value, name in sample.also, change)) for name, value in sample.kwargs.items())
    try:
        inferred = infer(op(path), arguments(sample, change), kwargs)
    except LookupError:
        # unknown sizes may be sizes that do not fit, or decide the rank
        assert change is blurred
        return
    assert covers(inferred, actual), f"{inferred} is not {actual}"


def array(axes: str | None, dtype: str = "float64") -> Var:
    return Var("x", Array(dtype, axes))


def lit(value: Any) -> Lit:
    return Lit(value, kind_of(value))


N, F = Var("n", INT), Var("f", FLOAT)


@pytest.mark.parametrize(
    ("path", "args", "kwargs", "kind"),
    [
        ("operator.mul", (F, N), {}, FLOAT),
        ("operator.mul", (array("n1"), array("?")), {}, Array("float64", "n?")),
        ("operator.mul", (array("n", "float32"), F), {}, Array("float32", "n")),
        ("operator.mul", (array("n", "float32"), Var("s", NumpyScalar("float64"))), {}, Array("float64", "n")),
        ("operator.add", (array(None), F), {}, Array("float64", None)),
        ("operator.add", (array(""), F), {}, NumpyScalar("float64")),
        ("operator.lt", (F, F), {}, BOOL),
        ("operator.lt", (array("n1"), F), {}, Array("bool", "n1")),
        ("operator.floordiv", (N, N), {}, INT),
        ("numpy.where", (array("n", "bool"), F, lit(0)), {}, Array("float64", "n")),
        ("numpy.clip", (array("n1"), lit(None), F), {}, Array("float64", "n1")),
        ("numpy.sum", (array("n?1"),), {"axis": lit(0)}, Array("float64", "?1")),
        ("numpy.sum", (array("n?1"),), {"axis": lit(-1), "keepdims": lit(True)}, Array("float64", "n?1")),
        ("numpy.sum", (array("n1"),), {"axis": N}, Array("float64", "?")),
        ("numpy.sum", (array("nn"),), {}, NumpyScalar("float64")),
        ("numpy.sum", (array("n", "bool"),), {}, NumpyScalar("int64")),
        ("operator.matmul", (array("n?"), array("n1")), {}, Array("float64", "n1")),
        ("operator.matmul", (array("n"), array("n")), {}, NumpyScalar("float64")),
        ("numpy.transpose", (array("n1?"),), {}, Array("float64", "?1n")),
        ("numpy.ravel", (array("n1"),), {}, Array("float64", "n")),
        ("numpy.ravel", (array("?1"),), {}, Array("float64", "?")),
        ("numpy.reshape", (array("nn"), Seq((lit(-1), lit(1), N, lit(4)))), {}, Array("float64", "?1?n")),
        ("numpy.reshape", (array(None), lit(-1)), {}, Array("float64", "?")),
        ("numpy.squeeze", (array("1n1"),), {}, Array("float64", "n")),
        ("numpy.squeeze", (array("?n"),), {"axis": lit(0)}, Array("float64", "n")),
        ("numpy.zeros", (N,), {}, Array("float64", "?")),
        ("numpy.zeros", (Seq((lit(2), N)),), {"dtype": Lit(np.float32, Opaque("type"))}, Array("float32", "n?")),
        ("numpy.full", (lit(3), N), {}, Array("int64", "n")),
        ("numpy.zeros_like", (array("n1"),), {}, Array("float64", "n1")),
        ("numpy.arange", (N,), {}, Array("int64", "?")),
        ("numpy.concatenate", (Seq((array("n1"), array("??"))),), {"axis": lit(0)}, Array("float64", "?1")),
        ("numpy.concatenate", (Var("xs", ListKind(Array("float64", "nn"))),), {}, Array("float64", "?n")),
        ("numpy.concatenate", (Seq((array("1n"), array("1?"))),), {}, Array("float64", "nn")),
        ("numpy.concatenate", (Seq((array("n1"), array("n1"))),), {"axis": N}, Array("float64", "??")),
        ("numpy.concatenate", (array("nn1"),), {"axis": lit(None)}, Array("float64", "?")),
        ("numpy.vstack", (Seq((array("n"), array("?"))),), {}, Array("float64", "nn")),
        ("numpy.hstack", (Seq((array("n1"), array("n1"))),), {}, Array("float64", "nn")),
        ("numpy.column_stack", (Seq((array("n"), array("n?"))),), {}, Array("float64", "n?")),
        ("numpy.block", (Seq((Seq((array("n"), F), "list"),), "list"),), {}, Array("float64", "1?")),
        ("numpy.meshgrid", (array("n"), array("1")), {}, TupleKind((Array("float64", "1n"),) * 2)),
        (
            "numpy.meshgrid",
            (array("n"), array("?")),
            {"sparse": lit(True), "indexing": lit("ij")},
            TupleKind((Array("float64", "n1"), Array("float64", "1?"))),
        ),
        ("numpy.broadcast_arrays", (array("n1"), F), {}, TupleKind((Array("float64", "n1"),) * 2)),
        ("numpy.split", (array("nn"), lit(2)), {"axis": lit(1)}, TupleKind((Array("float64", "n?"),) * 2, "list")),
        ("numpy.split", (array("nn"), N), {}, ListKind(Array("float64", "?n"))),
        ("numpy.hsplit", (array("n1"), lit(100)), {}, ListKind(Array("float64", "n?"))),
        ("numpy.take", (array("n1"), lit(99)), {"axis": lit(0)}, Array("float64", "1")),
        ("numpy.take", (array("nn"), Seq((lit(7), N), "list")), {"axis": N}, Array("float64", "??")),
        ("numpy.take_along_axis", (array("n?"), array("n1", "int64")), {"axis": lit(1)}, Array("float64", "n1")),
        ("numpy.insert", (array("n1"), lit(99), F), {"axis": lit(0)}, Array("float64", "?1")),
        ("numpy.delete", (array("n1"), N), {}, Array("float64", "?")),
        ("numpy.compress", (array("n", "bool"), array("1n")), {"axis": N}, Array("float64", "??")),
        ("numpy.select", (Seq((array("n", "bool"),)), Seq((array("n1"),))), {}, Array("float64", "nn")),
        ("numpy.choose", (array("1", "int64"), Seq((array("n", "float32"), F))), {}, Array("float64", "n")),
        ("numpy.partition", (array("n1"), lit(99)), {"axis": lit(0)}, Array("float64", "n1")),
        ("numpy.argpartition", (array("n"), lit(99)), {}, Array("int64", "n")),
        ("numpy.interp", (array("n1", "float32"), array("n"), array("n")), {}, Array("float64", "n1")),
        ("numpy.interp", (F, array("n"), array("n", "complex64")), {}, NumpyScalar("complex128")),
        ("numpy.ravel", (array("n1"),), {"order": Var("o", Opaque("str"))}, Array("float64", "n")),
        (
            "numpy.ix_",
            (array("n", "bool"), array("n", "int64")),
            {},
            TupleKind((Array("int64", "?1"), Array("int64", "1n"))),
        ),
        ("numpy.stack", (Seq((array("n"), array("n"))),), {}, Array("float64", "nn")),
        ("numpy.stack", (Var("xs", ListKind(Array("float64", "n"))),), {}, Array("float64", "?n")),
        ("numpy.array", (Seq((F, F), "list"),), {}, Array("float64", "n")),
        ("numpy.array", (Seq((F,), "list"),), {}, Array("float64", "1")),
        ("numpy.diff", (array("n"),), {}, Array("float64", "?")),
        ("numpy.diag", (array("nn"),), {}, Array("float64", "?")),
        ("numpy.linalg.cholesky", (array("nn"),), {}, Array("float64", "nn")),
        ("numpy.linalg.slogdet", (array("nn"),), {}, TupleKind((NumpyScalar("float64"),) * 2)),
        ("numpy.shape", (array("n1"),), {}, TupleKind((INT, INT))),
        ("builtins.getattr", (array("n1"), lit("shape")), {}, TupleKind((INT, INT))),
        ("builtins.getattr", (array(None), lit("ndim")), {}, INT),
        ("builtins.len", (array(None),), {}, INT),
        ("builtins.float", (Var("o", UNKNOWN),), {}, FLOAT),
        ("builtins.round", (F,), {}, INT),
        ("builtins.round", (F, lit(2)), {}, FLOAT),
        ("builtins.max", (F, N), {}, FLOAT),
        ("builtins.sum", (Var("xs", ListKind(FLOAT)),), {}, FLOAT),
        ("builtins.sum", (Var("xs", ListKind(Array("float64", "n1"))),), {}, Array("float64", "n1")),
        ("math.acosh", (F,), {}, FLOAT),
        ("math.floor", (F,), {}, INT),
        ("numpy.linspace", (F, F, N), {}, Array("float64", "?")),
        ("numpy.sum", (array("n", "bool"),), {"dtype": Var("d", kind_of(np.dtype("f4")))}, NumpyScalar("float32")),
    ],
)
def test_call(path: str, args: tuple[Arg, ...], kwargs: dict[str, Arg], kind: Kind) -> None:
    assert infer(op(path), args, tuple(kwargs.items())) == kind


@pytest.mark.parametrize(
    ("path", "args"),
    [
        ("numpy.reshape", (array("n"), Var("shape", ListKind(INT)))),
        ("numpy.squeeze", (array("?n"),)),
        ("numpy.cumsum", (array(None),)),
        ("numpy.zeros", (Var("shape", UNKNOWN),)),
        ("numpy.sin", (Var("o", UNKNOWN),)),
        ("numpy.random.shuffle", (array("n"),)),
        ("operator.add", (array("n"), Var("s", Opaque("str")))),
        ("numpy.load", (lit("file.npy"),)),
    ],
)
def test_refused(path: str, args: tuple[Arg, ...]) -> None:
    with pytest.raises(LookupError, match=r"\w"):
        infer(op(path), args)


def test_refusals_are_remembered_with_their_reason() -> None:
    for _ in range(2):
        with pytest.raises(LookupError, match="squeeze"):
            infer(op("numpy.squeeze"), (array("?n?"),))


# ---- indexing -------------------------------------------------------------------------------------


def as_arg(index: Any) -> Arg:
    if isinstance(index, tuple):
        return Seq(tuple(as_arg(part) for part in index))
    if isinstance(index, slice):
        return Slice(*(lit(part) for part in (index.start, index.stop, index.step)))
    return Var("i", kind_of(index)) if isinstance(index, np.ndarray) else lit(index)


PARTS = [
    1, -1, slice(None), slice(0, 1), slice(None, None, -1), slice(1, None), None, Ellipsis, np.array([0, 1, 1]),
    np.array([0]), np.array([[0, 1]]), np.array(1), [0, 1], [True, False, True],
]  # fmt: skip


@pytest.mark.parametrize("shape", [(3,), (3, 2), (3, 2, 4), (3, 1, 2)], ids=str)
def test_index_of_array_agrees_with_numpy(shape: tuple[int, ...]) -> None:
    x = np.ones(shape)
    masks = [x > 0, np.array([True, False, False])]
    tried = 0
    for length in range(1, 4):
        for index in itertools.product([*PARTS, *masks], repeat=length):
            index = index[0] if length == 1 else index
            try:
                actual = kind_of(x[index])
            except IndexError:
                continue
            inferred = infer(op("operator.getitem"), (Var("x", kind_of(x)), as_arg(index)))
            assert covers(inferred, actual), (index, str(inferred), str(actual))
            tried += 1
    assert tried > 20


@pytest.mark.parametrize(
    ("x", "index", "kind"),
    [
        (array("n1"), Slice(lit(None), lit(None), lit(None)), Array("float64", "n1")),
        (array("n1"), Slice(lit(None), N, lit(None)), Array("float64", "?1")),
        (array("nn"), N, Array("float64", "n")),
        (array("n"), N, NumpyScalar("float64")),
        (array("n"), Seq((N, lit(Ellipsis))), Array("float64", "")),
        (array("nn"), array("n1", "int64"), Array("float64", "n1n")),
        (array("nnn"), Seq((N, Slice(lit(None), lit(None), lit(None)), array("1", "int64"))), Array("float64", "1n")),
        (array("nn"), array("nn", "bool"), Array("float64", "?")),
        (Var("t", TupleKind((FLOAT, INT))), lit(-1), INT),
        (Var("t", TupleKind((INT, INT))), N, INT),
        (Var("t", TupleKind((FLOAT, INT, INT))), Slice(lit(1), lit(None), lit(None)), TupleKind((INT, INT))),
        (Var("l", ListKind(FLOAT)), N, FLOAT),
        (Var("l", ListKind(FLOAT)), Slice(N, lit(None), lit(None)), ListKind(FLOAT)),
        (Var("d", DictKind((("a", FLOAT),))), lit("a"), FLOAT),
        (Var("s", Opaque("str")), N, Opaque("str")),
    ],
)
def test_index(x: Var, index: Arg, kind: Kind) -> None:
    assert infer(op("operator.getitem"), (x, index)) == kind


@pytest.mark.parametrize(
    ("x", "index"),
    [
        (array(None), N),
        (array("n"), Seq((N, N))),
        (Var("t", TupleKind((FLOAT, INT))), N),
        (Var("d", DictKind((("a", FLOAT),))), Var("k", Opaque("str"))),
        (array("n"), F),
    ],
)
def test_index_refused(x: Var, index: Arg) -> None:
    with pytest.raises(LookupError):
        infer(op(path_of(operator.getitem) or ""), (x, index))
