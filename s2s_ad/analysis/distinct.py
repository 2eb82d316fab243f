"""Which additions to elements of an array name none of them twice, though arrays of integers are in the index.

Then `x[i, j] += y` adds as `np.add.at(x, (i, j), y)` does, in less time.  So it is where one of the arrays counts:
`np.arange(len(j))` has no number twice, and is as long as all are unless it is of length one and broadcast.

>>> from s2s_ad.ir.kinds import INT
>>> from s2s_ad.ir.ops import op
>>> i, j, x, y = (Var(name, Array(dtype, "n")) for name, dtype in zip("ijxy", ("int64", "int64", "float64", "float64")))
>>> n, x_after = Var("n", INT), Var("x'", x.kind)
>>> count = Eqn((n,), op("builtins.len"), (j,)), Eqn((i,), op("numpy.arange"), (n,))
>>> add = Eqn((x_after,), ACCUMULATE, (x, Seq(()), Seq((i, j)), y))
>>> [str(var) for var in distinct(Block((*count, add)))], distinct(Block((add,)))
(["x'"], frozenset())
"""

from __future__ import annotations

from collections.abc import Mapping

from s2s_ad.ir.core import Arg, Block, Eqn, Lit, Seq, Slice, Var, statements_of
from s2s_ad.ir.kinds import INT, Array, Opaque, dtype_of, is_integer
from s2s_ad.ir.ops import ACCUMULATE, GETATTR, GETITEM, op

_LEN, _ARANGE = op("builtins.len"), op("numpy.arange")
_SHAPE, _NOTHING = Lit("shape", Opaque("str")), Lit(None, Opaque("NoneType"))


def distinct(block: Block) -> frozenset[Var]:
    """Return what comes of those additions."""
    equations = [stmt for stmt in statements_of(block) if isinstance(stmt, Eqn)]
    made = {out: eqn for eqn in equations for out in eqn.outs}
    counting = {eqn.outs[0] for eqn in equations if eqn.op == _ARANGE and _is_longer_than_one(eqn, made)}
    additions = (eqn for eqn in equations if eqn.op == ACCUMULATE and isinstance(eqn.outs[0].kind, Array))
    return frozenset(eqn.outs[0] for eqn in additions if _names_once(eqn.args[2], counting))


def _is_longer_than_one(eqn: Eqn, made: Mapping[Var, Eqn]) -> bool:
    """Say whether an array counts what there is along an axis that is not one."""
    if len(eqn.args) != 1 or eqn.kwargs or not isinstance(eqn.args[0], Var):
        return False
    x, axis = _measured(made.get(eqn.args[0]), made)
    marks = x.kind.axes if isinstance(x, Var) and isinstance(x.kind, Array) else None
    return bool(marks) and isinstance(axis, Lit) and type(axis.value) is int and marks[axis.value] == "n"


def _measured(size: Eqn | None, made: Mapping[Var, Eqn]) -> tuple[Arg, Arg]:
    """Return an array and the axis of it along which a number is its size; nothing where it is none."""
    if size is not None and size.op == _LEN:
        return size.args[0], Lit(0, INT)
    if size is not None and size.op == GETITEM and isinstance(size.args[0], Var):
        shape = made.get(size.args[0])
        if shape is not None and shape.op == GETATTR and shape.args[1] == _SHAPE:
            return shape.args[0], size.args[1]
    return _NOTHING, _NOTHING


def _names_once(index: Arg, counting: set[Var]) -> bool:
    parts = index.items if isinstance(index, Seq) and index.type == "tuple" else (index,)
    return any(part in counting for part in parts) and all(map(_is_row, parts))


def _is_row(part: Arg) -> bool:
    """Say whether a part of an index is a number, a slice, or one row of integers."""
    if isinstance(part, Slice | Lit):
        return True
    if not isinstance(part, Var):
        return False
    if isinstance(part.kind, Array):
        return part.kind.axes is not None and len(part.kind.axes) <= 1 and dtype_of(part.kind).kind in "iu"
    return is_integer(part.kind)
