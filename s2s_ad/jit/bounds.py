"""Indices that are looked at before they are used: compiled code would read and write beyond the end of an array.

Only those of the user's own statements are: derivatives use the same places again, and loops that are made of whole
arrays stay inside of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from s2s_ad.frontend.context import Lowerer
from s2s_ad.ir.core import Arg, Block, Eqn, Function, Lit, Seq, Stmt, Var, is_primal, map_blocks
from s2s_ad.ir.kinds import INT, UNKNOWN, Array, ListKind, NumpyScalar, Opaque, PyScalar, dtype_of
from s2s_ad.ir.ops import ACCUMULATE, GETATTR, GETITEM, UPDATE, op

_WITHIN, _ALL_WITHIN = op("s2s_ad.jit.helpers.require_index"), op("s2s_ad.jit.helpers.require_indices")
_SHAPE = Lit("shape", Opaque("str"))


def bounded(function: Function, lo: Lowerer) -> Function:
    """Return the function that raises IndexError where Python does."""

    def block(inner: Block) -> Block:
        stmts = (new for stmt in inner.stmts for new in (*_checks(stmt, lo), map_blocks(stmt, block)))
        return Block(tuple(stmts), inner.results)

    return replace(function, body=block(function.body))


def _checks(stmt: Stmt, lo: Lowerer) -> list[Stmt]:
    if not isinstance(stmt, Eqn) or not is_primal(stmt):
        return []
    if stmt.op == GETITEM:
        x, index = stmt.args
    elif stmt.op in (UPDATE, ACCUMULATE) and stmt.args[1] == Seq(()):
        x, index = stmt.args[0], stmt.args[2]
    else:
        return []
    if not isinstance(x, Var) or not isinstance(x.kind, Array) or x.kind.axes is None:
        return []
    with lo.block() as stmts:
        for axis, item in _places(index, len(x.kind.axes)):
            shape = lo.emit(GETATTR, [x, _SHAPE], hint="")
            size = lo.emit(GETITEM, [shape, Lit(axis, INT)], kind=INT, hint="")
            check = _WITHIN if _is_integer(item) else _ALL_WITHIN
            stmts.append(Eqn((), check, (item, size), (), stmt.origin))
    return stmts


def _places(index: Arg, rank: int) -> Iterator[tuple[int, Arg]]:
    """Yield the integers, and arrays of them, in an index, each with its axis."""
    items = index.items if isinstance(index, Seq) and index.type == "tuple" else (index,)
    axis = 0
    for position, item in enumerate(items):
        if isinstance(item, Lit) and item.value is None:
            continue
        if isinstance(item, Lit) and item.value is Ellipsis:
            axis = rank - sum(not (isinstance(after, Lit) and after.value is None) for after in items[position + 1 :])
            continue
        if _is_integer(item) or _is_integers(item):
            yield axis, item
        axis += 1


def _is_integer(arg: Arg) -> bool:
    kind = arg.kind if isinstance(arg, Var | Lit) else UNKNOWN
    return isinstance(kind, PyScalar | NumpyScalar) and dtype_of(kind).kind in "iu"


def _is_integers(arg: Arg) -> bool:
    kind = arg.kind if isinstance(arg, Var) else UNKNOWN
    return (isinstance(kind, Array) and dtype_of(kind).kind in "iu") or kind == ListKind(PyScalar("int"))
