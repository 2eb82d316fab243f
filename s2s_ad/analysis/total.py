"""Which equations give a value whatever their operands are: they neither raise nor write, though NumPy may warn.

>>> from s2s_ad.frontend.lower import lower
>>> from s2s_ad.ir.kinds import FLOAT, Array
>>> def f(x, y):
...     return (x * y) / y
>>> [never_raises(eqn) for eqn in lower(f, (FLOAT, FLOAT)).function.body.stmts]
[True, False]
>>> [never_raises(eqn) for eqn in lower(f, (FLOAT, Array("float64", "n"))).function.body.stmts]
[True, True]
"""

from __future__ import annotations

from s2s_ad.ir.core import Arg, Eqn, Lit, Stmt, Var
from s2s_ad.ir.kinds import INT, NOTHING, Array, Kind, PyScalar, dtype_of, is_numeric
from s2s_ad.rules.language import lookup

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


def never_raises(stmt: Stmt) -> bool:
    """Say whether a statement is an equation that gives a value, whatever its operands are."""
    if not isinstance(stmt, Eqn) or stmt.op.custom is not None:
        return False
    if is_of_array(stmt) or _is_sum(stmt):
        return True
    if stmt.kwargs or not all(isinstance(arg, Var | Lit) and is_numeric(arg.kind) for arg in stmt.args):
        return False
    if not fit_together(stmt):
        return False
    kinds = kinds_of(stmt)
    if stmt.op.path.startswith(("math.", "operator.", "builtins.")) and all(isinstance(k, PyScalar) for k in kinds):
        return stmt.op.path in PLAIN and not _overflows(stmt.op.path, kinds)
    arrays = {arg: arg.kind for arg in stmt.args if isinstance(arg, Var) and isinstance(arg.kind, Array)}
    if not _have_one_shape(list(arrays.values())):
        return False
    if any(dtype_of(kind).kind not in "fc" for kind in kinds if kind != INT):
        return False  # a number may not fit a dtype of integers, which have no negative powers
    rule = lookup(stmt.op.path) if stmt.op.path.startswith(("numpy.", "operator.")) else None
    return rule is not None and rule.elementwise and kinds.count(INT) < len(kinds)


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


def _have_one_shape(arrays: list[Array]) -> bool:
    """Say whether arrays are known to have the same shape, or all but one have no axes."""
    arrays = [array for array in arrays if array.axes != ""]
    if len(arrays) < 2:
        return True
    first, *others = arrays
    known = bool(first.axes) and all(first.sizes) and len(first.sizes) == len(first.axes or "")
    return known and all((other.axes, other.sizes) == (first.axes, first.sizes) for other in others)
