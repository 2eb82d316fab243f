"""What the loops are made of that stand for arithmetic on whole arrays, and what of arrays they read and write.

>>> from s2s_ad.ir.kinds import FLOAT
>>> x, y, total = Var("x", Array("float64", "nn")), Var("y", Array("float64", "nn")), Var("total", FLOAT)
>>> square, added = Eqn((y,), op("operator.mul"), (x, x)), Eqn((total,), op("numpy.sum"), (y,))
>>> loop_axes(square), loop_axes(added), loop_axes(Eqn((y,), op("numpy.cumsum"), (x,)))
('nn', 'nn', None)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile

import numpy as np

from s2s_ad.ir.core import Arg, Atom, Block, Eqn, Lit, Seq, Slice, Stmt, Var, operands, statements_of, variables
from s2s_ad.ir.indexes import gives_copy
from s2s_ad.ir.kinds import INT, UNKNOWN, Array, NumpyScalar, PyScalar
from s2s_ad.ir.ops import ACCUMULATE, GETITEM, IDENTITY, UPDATE, op
from s2s_ad.rules.infer import infer

BROADCAST = op("numpy.broadcast_to")
_OPERATORS = ("add", "sub", "mul", "truediv", "pow", "neg", "pos", "lt", "le", "gt", "ge", "eq", "ne", "and_", "or_")
_UFUNCS = (
    "add", "subtract", "multiply", "divide", "power", "negative", "positive", "absolute", "fabs", "sqrt", "square",
    "reciprocal", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "arcsin", "arccos",
    "arctan", "arctan2", "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "maximum", "minimum", "fmax",
    "fmin", "hypot", "sign", "floor", "ceil", "greater", "greater_equal", "less", "less_equal", "equal", "not_equal",
    "logical_and", "logical_or", "logical_not", "isfinite", "isnan", "isinf", "copysign",
)  # fmt: skip
SCALAR = {
    "numpy.where": op("s2s_ad.jit.helpers.chosen"),
    "s2s_ad.rules.helpers.unless_zero": op("s2s_ad.jit.helpers.number_unless_zero"),
    "s2s_ad.rules.helpers.unless_pole": op("s2s_ad.jit.helpers.number_unless_pole"),
    "numpy.broadcast_to": IDENTITY,
    "numpy.copy": IDENTITY,
}
"""What is done to numbers where it is done to arrays under another name."""
_POINTWISE = frozenset({*(f"operator.{name}" for name in _OPERATORS), *(f"numpy.{name}" for name in _UFUNCS), *SCALAR})
_CHEAP = frozenset({
    *(f"operator.{name}" for name in ("add", "sub", "mul", "neg")),
    *(f"numpy.{name}" for name in ("add", "subtract", "multiply", "negative")),
})  # fmt: skip
_DTYPES = frozenset({"float64", "bool", "int64"})


@dataclass(frozen=True)
class Start:
    """A view that is a part of an array from a place on."""

    base: Var
    at: tuple[Atom, ...]


def is_arithmetic(eqn: Eqn) -> bool:
    """Say whether an equation takes less time than to store its value and to load it."""
    return eqn.op.path in _CHEAP or (eqn.op.path == "operator.pow" and eqn.args[1] == Lit(2, INT))


def loop_axes(stmt: Stmt) -> str | None:
    """Return the axes of the loop that a statement can be a part of, None if it can be of none."""
    if not isinstance(stmt, Eqn) or len(stmt.outs) != 1:
        return None
    if is_sum(stmt):
        return marks_of(stmt.args[0])
    if stmt.op in (UPDATE, ACCUMULATE):
        target, path, index, new = stmt.args[0], stmt.args[1], stmt.args[2], stmt.args[-1]
        kind = target.kind if isinstance(target, Var) else UNKNOWN
        if stmt.kwargs or path != Seq(()) or not isinstance(kind, Array) or kind.dtype not in _DTYPES or not kind.axes:
            return None
        if stmt.op == UPDATE and literal_of(stmt.args[3]) not in ("", "+", "-", "*", "/"):
            return None
        if not isinstance(new, Var) or not is_fused(new) or array_kind(new).dtype != kind.dtype:
            return None
        at = start_written(index, len(kind.axes))
        if at is None or len(marks_of(new)) != len(kind.axes) - len(row_of(index)) or "1" in marks_of(new):
            return None
        return marks_of(new)
    if stmt.op.path not in _POINTWISE or not is_fused(stmt.outs[0]) or stmt.kwargs:
        return None
    return marks_of(stmt.outs[0]) if all(_is_operand(arg) for arg in point_operands(stmt)) else None


def point_operands(eqn: Eqn) -> tuple[Arg, ...]:
    return eqn.args[:1] if eqn.op.path in ("numpy.broadcast_to", "numpy.copy") else eqn.args


def _is_operand(arg: Arg) -> bool:
    if isinstance(arg, Lit):
        return isinstance(arg.value, bool | int | float | np.floating | np.integer)
    if not isinstance(arg, Var):
        return False
    number = isinstance(arg.kind, PyScalar) and arg.kind.type != "complex"
    number = number or (isinstance(arg.kind, NumpyScalar) and arg.kind.dtype in _DTYPES)
    return number or is_fused(arg)


def is_fused(arg: Arg) -> bool:
    """Say whether an argument is an array of numbers of which loops are made."""
    kind = arg.kind if isinstance(arg, Var) else UNKNOWN
    return isinstance(kind, Array) and kind.dtype in _DTYPES and bool(kind.axes)


def is_sum(stmt: Stmt) -> bool:
    """Say whether a statement adds the numbers of an array, all of them or those along an axis."""
    if not isinstance(stmt, Eqn) or stmt.op.path != "numpy.sum" or len(stmt.args) != 1 or not is_fused(stmt.args[0]):
        return False
    along = not stmt.kwargs or (len(stmt.kwargs) == 1 and _axis(stmt) is not None and bool(marks_of(stmt.outs[0])))
    return along and stmt.args[0].kind.dtype == "float64"  # pyright: ignore


def _axis(eqn: Eqn) -> int | None:
    """Return the axis that a sum is told."""
    axis = dict(eqn.kwargs).get("axis")
    return axis.value if isinstance(axis, Lit) and isinstance(axis.value, int) else None


def left_axes(eqn: Eqn) -> tuple[int, ...]:
    """Return the axes of an array along which its sum is not."""
    rank, axis = len(marks_of(eqn.args[0])), _axis(eqn)
    return () if axis is None else tuple(each for each in range(rank) if each != axis % rank)


def is_of_numbers(eqn: Eqn) -> bool:
    """Say whether an equation makes numbers of numbers and does nothing else."""
    if eqn.op.path.partition(".")[0] not in ("operator", "numpy", "math") or eqn.op.path.startswith("numpy.random"):
        return eqn.op == IDENTITY and not any(isinstance(out.kind, Array) for out in eqn.outs)
    return all(isinstance(var.kind, PyScalar | NumpyScalar) for var in (*operands(eqn), *eqn.outs))


def loop_kind(eqn: Eqn) -> Array:
    """Return the kind of the array that a member runs over."""
    kind = (eqn.args[-1] if target_of(eqn) else eqn.args[0] if is_sum(eqn) else eqn.outs[0]).kind  # pyright: ignore
    assert isinstance(kind, Array)
    return kind


def array_kind(var: Var) -> Array:
    assert isinstance(var.kind, Array)
    return var.kind


def marks_of(arg: Arg) -> str:
    kind = arg.kind if isinstance(arg, Var) else UNKNOWN
    return (kind.axes or "") if isinstance(kind, Array) else ""


def inputs_of(eqn: Eqn) -> Iterator[Var]:
    """Yield what a member reads point by point."""
    yield from variables(*(eqn.args[-1:] if target_of(eqn) else point_operands(eqn)))


def target_of(eqn: Eqn) -> list[Var]:
    return [eqn.args[0]] if eqn.op in (UPDATE, ACCUMULATE) and isinstance(eqn.args[0], Var) else []


def part_written(eqn: Eqn) -> Var:
    """Return what stands for the part of an array that a member writes."""
    target, index = eqn.args[0], eqn.args[2]
    assert isinstance(target, Var)
    return Var(f"{target.name}[…]", target.kind if is_all(index) else infer(GETITEM, (target, index)))


def is_all(index: Arg) -> bool:
    """Say whether an index is `...`."""
    return isinstance(index, Lit) and index.value is Ellipsis


def place_written(write: Eqn) -> Start:
    """Return the part of an array that a member writes, by where it starts."""
    target, index = write.args[0], write.args[2]
    assert isinstance(target, Var)
    at = start_written(index, len(marks_of(target)))
    assert at is not None
    return Start(target, at)


def start_written(index: Arg, rank: int) -> tuple[Atom, ...] | None:
    """Return where the part starts that is written: `x[i, 1:]` from (i, 1) on; None for other indices."""
    row, items = row_of(index), index.items if isinstance(index, Seq) else (index,)
    if not row:
        return start_of(index, rank)
    rest = start_of(Seq(items[len(row) :]), rank - len(row)) if rank > len(row) else None
    return None if rest is None else (*row, *rest)


def row_of(index: Arg) -> tuple[Atom, ...]:
    """Return the numbers that an index begins with."""
    items = index.items if isinstance(index, Seq) else (index,)
    return tuple(takewhile(lambda item: isinstance(item, Var | Lit) and item.kind == INT, items))  # pyright: ignore


def arrays_of(found: Iterable[Var]) -> list[Var]:
    return [var for var in found if isinstance(var.kind, Array)]


def literal_of(arg: Arg) -> str:
    return str(arg.value) if isinstance(arg, Lit) else "?"


# -- views ----------------------------------------------------------------------------------------------


def is_view(eqn: Eqn) -> bool:
    """Say whether an equation gives a part of an array, and no copy of it."""
    return eqn.op == GETITEM and isinstance(eqn.outs[0].kind, Array) and not gives_copy(eqn.args[1])


def starts_of(block: Block) -> dict[Var, Start]:
    """Return the views of a block that are parts of arrays, each with where it starts."""
    found: dict[Var, Start] = {}
    for stmt in statements_of(block):
        if not isinstance(stmt, Eqn) or stmt.op != GETITEM or not is_fused(stmt.outs[0]):
            continue
        base, index = stmt.args
        if isinstance(base, Var) and is_fused(base) and len(marks_of(base)) == len(marks_of(stmt.outs[0])):
            at = start_of(index, len(marks_of(base)))
            if at is not None:
                found[stmt.outs[0]] = Start(base, at)
    return found


def start_of(index: Arg, rank: int) -> tuple[Atom, ...] | None:
    """Return where slices without a step start, None for other indices and for places counted from the end."""
    if isinstance(index, Lit) and index.value is Ellipsis:
        return (Lit(0, INT),) * rank
    items = index.items if isinstance(index, Seq) else (index,)
    if len(items) > rank or not all(isinstance(item, Slice) for item in items):
        return None
    found: list[Atom] = []
    for item in items:
        assert isinstance(item, Slice)
        start = item.start
        if literal_of(item.step) not in ("None", "1") or not isinstance(start, Lit):
            return None
        if start.value is not None and (not isinstance(start.value, int) or start.value < 0):
            return None
        found.append(Lit(start.value or 0, INT))
    return (*found, *(Lit(0, INT),) * (rank - len(found)))
