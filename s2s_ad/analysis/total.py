"""Which equations give a value whatever their operands are: they neither raise nor write, though NumPy may warn.

>>> from s2s_ad.frontend.lower import lower
>>> from s2s_ad.ir.kinds import FLOAT, Array
>>> def f(x, y):
...     return (x * y) / y
>>> [never_raises(eqn) for eqn in lower(f, (FLOAT, FLOAT)).function.body.stmts]
[True, False]
>>> [never_raises(eqn) for eqn in lower(f, (FLOAT, Array("float64", "n"))).function.body.stmts]
[True, True]

Of others it is known which sizes have to be equal.

>>> [needs(eqn) for eqn in lower(f, (Array("float64", "n"), Array("float64", "n"))).function.body.stmts]
[[(('v_m1.0', 0), ('v0.0', 0))], [(('v_m1.0', 0), ('v0.0', 0))]]
"""

from __future__ import annotations

from itertools import pairwise
from typing import TypeAlias

from s2s_ad.ir.core import Arg, Eqn, Lit, Stmt, Var
from s2s_ad.ir.kinds import INT, NOTHING, Array, Kind, PyScalar, Size, dtype_of, is_numeric
from s2s_ad.rules.language import lookup
from s2s_ad.rules.sizes import PRODUCTS

PLAIN = frozenset({
    *(f"operator.{name}" for name in ("add", "sub", "mul", "neg", "pos", "abs", "lt", "le", "gt", "ge", "eq", "ne")),
    *(f"math.{name}" for name in ("atan", "atan2", "tanh", "asinh", "erf", "erfc", "fabs", "copysign")),
    "builtins.abs",
})  # fmt: skip
"""What gives a number for all floats of Python."""
_OF_ARRAYS = frozenset({"builtins.getattr", "builtins.len", "numpy.transpose"})
"""What every array with axes has."""
_SUMS = frozenset({"numpy.sum", "numpy.mean"})
"""What can be taken of all arrays, also of those that are empty."""
_OF_SQUARE = frozenset({"numpy.linalg.det", "numpy.linalg.slogdet"})
"""What can be taken of all square matrices, also of those that are singular."""
Equal: TypeAlias = tuple[Size, Size]
"""Two sizes that have to be equal."""


def never_raises(stmt: Stmt) -> bool:
    """Say whether a statement is an equation that gives a value, whatever its operands are."""
    return needs(stmt) == []


def needs(stmt: Stmt) -> list[Equal] | None:
    """Return which sizes have to be equal for an equation to give a value; None where it may raise all the same."""
    if not isinstance(stmt, Eqn) or stmt.op.custom is not None:
        return None
    if is_of_array(stmt) or _is_sum(stmt):
        return []
    if stmt.op.path in _OF_SQUARE:
        return _square(stmt)
    if stmt.op.path in PRODUCTS:
        return _fit(stmt)
    if stmt.kwargs or not all(isinstance(arg, Var | Lit) and is_numeric(arg.kind) for arg in stmt.args):
        return None
    if not fit_together(stmt):
        return None
    kinds = kinds_of(stmt)
    if stmt.op.path.startswith(("math.", "operator.", "builtins.")) and all(isinstance(k, PyScalar) for k in kinds):
        return [] if stmt.op.path in PLAIN and not _overflows(stmt.op.path, kinds) else None
    if any(dtype_of(kind).kind not in "fc" for kind in kinds if kind != INT):
        return None  # a number may not fit a dtype of integers, which have no negative powers
    rule = lookup(stmt.op.path) if stmt.op.path.startswith(("numpy.", "operator.")) else None
    if rule is None or not rule.elementwise or kinds.count(INT) == len(kinds):
        return None
    arrays = {arg: arg.kind for arg in stmt.args if isinstance(arg, Var) and isinstance(arg.kind, Array)}
    return _broadcasts(list(arrays.values()))


def _overflows(path: str, kinds: list[Kind]) -> bool:
    """Say whether a number may be too large: an integer for a float, or the absolute value of a complex one."""
    if path.startswith("math."):
        return INT in kinds
    return path.endswith(".abs") and PyScalar("complex") in kinds


def is_of_array(eqn: Eqn) -> bool:
    """Say whether an equation asks an array for what every one has."""
    first, *others = eqn.args or (Lit(None, NOTHING),)
    if eqn.op.path not in _OF_ARRAYS or eqn.kwargs or not isinstance(first, Var) or not isinstance(first.kind, Array):
        return False
    return bool(first.kind.axes) and all(isinstance(other, Lit) for other in others)


def fit_together(eqn: Eqn) -> bool:
    """Say whether no integer, which may be any, is beside a float, into which it may not fit."""
    of_values = {arg.kind for arg in eqn.args if isinstance(arg, Var)}
    return INT not in of_values or set(kinds_of(eqn)) == {INT}


def kinds_of(eqn: Eqn) -> list[Kind]:
    """Return the kinds of the operands that are values or constants."""
    return [arg.kind for arg in eqn.args if isinstance(arg, Var | Lit)]


def _is_sum(eqn: Eqn) -> bool:
    """Say whether an equation sums up an array of floats, all of it or along an axis that is written down."""
    if eqn.op.path not in _SUMS or len(eqn.args) != 1:
        return False
    (x,) = eqn.args
    if not isinstance(x, Var) or not isinstance(x.kind, Array) or not x.kind.axes or x.kind.dtype[0] not in "fc":
        return False
    return all(
        _is_axis(value, len(x.kind.axes)) if name == "axis" else name == "keepdims" for name, value in eqn.kwargs
    )


def _is_axis(arg: Arg, rank: int) -> bool:
    return isinstance(arg, Lit) and (arg.value is None or (type(arg.value) is int and -rank <= arg.value < rank))


def _broadcasts(arrays: list[Array]) -> list[Equal] | None:
    """Return which sizes have to be equal for arrays to be broadcast; None where that is not known.

    >>> from s2s_ad.rules.sizes import named
    >>> x, y = named(Array("float64", "nn"), "x"), named(Array("float64", "n"), "y")
    >>> [_broadcasts([x, other]) for other in (y, named(Array("float64", "n1"), "z"), Array("float64", "?"))]
    [[(('x.1', 0), ('y.0', 0))], [(('x.0', 0), ('z.0', 0))], None]
    """
    found: list[Equal] = []
    shapes = [array.axes for array in arrays if array.axes is not None]
    if len(shapes) < len(arrays):
        return None if len(arrays) > 1 else []
    for axis in range(1, max(map(len, shapes), default=0) + 1):  # from the last
        meet = [
            (marks[-axis], array.size_of(len(marks) - axis))
            for marks, array in zip(shapes, arrays, strict=True)
            if len(marks) >= axis and marks[-axis] != "1"
        ]
        for (mark, size), (other_mark, other) in pairwise(meet):
            equal = _equal(size, other)
            if equal is None or (equal and "?" in (mark, other_mark)):
                return None
            found += equal
    return found


def _fit(eqn: Eqn) -> list[Equal] | None:
    """Return which sizes have to be equal for two vectors or matrices of floats to be multiplied."""
    if len(eqn.args) != 2 or eqn.kwargs:
        return None
    x, y = (arg.kind if isinstance(arg, Var) and isinstance(arg.kind, Array) else None for arg in eqn.args)
    if x is None or y is None or x.dtype != "float64" or y.dtype != "float64":
        return None
    if x.axes not in ("n", "nn") or y.axes not in ("n", "nn"):
        return None
    return _equal(x.size_of(len(x.axes) - 1), y.size_of(0))


def _square(eqn: Eqn) -> list[Equal] | None:
    """Return which sizes have to be equal for the first operand of an equation to be a square matrix of floats."""
    x = eqn.args[0] if eqn.args else None
    if not isinstance(x, Var) or not isinstance(x.kind, Array) or x.kind.axes != "nn" or x.kind.dtype != "float64":
        return None
    return _equal(x.kind.size_of(0), x.kind.size_of(1))


def _equal(first: Size, second: Size) -> list[Equal] | None:
    """Return what has to be for two sizes to be equal, nothing if they are; None where one is not known."""
    if first is None or second is None:
        return None
    return [(first, second)] if first != second else []
