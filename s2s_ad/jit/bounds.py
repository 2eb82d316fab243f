"""Indices that are looked at before they are used: compiled code would read and write beyond the end of an array.

Only those of the user's own statements are: derivatives use the same places again, and loops that are made of whole
arrays stay inside of them, as do those that count the places of an array.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from s2s_ad.analysis.places import Places
from s2s_ad.frontend.context import Lowerer
from s2s_ad.ir.core import Arg, Block, Eqn, Function, Lit, Op, Seq, Stmt, Var, is_primal, map_blocks
from s2s_ad.ir.kinds import UNKNOWN, Array, ListKind, NumpyScalar, PyScalar, dtype_of
from s2s_ad.ir.ops import ACCUMULATE, GETITEM, UPDATE, op
from s2s_ad.jit.arrays import size_of
from s2s_ad.transform.apply import step

_WITHIN, _ALL_WITHIN, _AS_LONG = (
    op(f"s2s_ad.jit.helpers.{name}") for name in ("require_index", "require_indices", "require_mask")
)


def bounded(function: Function, lo: Lowerer) -> Function:
    """Return the function that raises IndexError where Python does."""
    places = Places(function.body)

    def block(inner: Block) -> Block:
        stmts = (new for stmt in inner.stmts for new in (*_checks(stmt, places, lo), map_blocks(stmt, block)))
        return Block(tuple(stmts), inner.results)

    return replace(function, body=block(function.body))


def _checks(stmt: Stmt, places: Places, lo: Lowerer) -> list[Stmt]:
    """Return what looks at each index on the way to what a statement reads or writes."""
    if not isinstance(stmt, Eqn) or not is_primal(stmt) or stmt.op not in (GETITEM, UPDATE, ACCUMULATE):
        return []
    x, *way = stmt.args[:2] if stmt.op == GETITEM else (stmt.args[0], *_items(stmt.args[1]), stmt.args[2])
    with lo.block() as stmts:
        for position, part in enumerate(way):
            if position:
                x = step(lo, x, way[position - 1])
            if not isinstance(x, Var) or not isinstance(x.kind, Array) or x.kind.axes is None:
                break
            for axis, item, check in _places(part, len(x.kind.axes)):
                if axis == 0 and places.has(x, item):
                    continue
                stmts.append(Eqn((), check, (item, size_of(lo, x, axis)), (), stmt.origin))
    return stmts if any(isinstance(each, Eqn) and not each.outs for each in stmts) else []


def _items(path: Arg) -> tuple[Arg, ...]:
    assert isinstance(path, Seq)
    return path.items


def _places(index: Arg, rank: int) -> Iterator[tuple[int, Arg, Op]]:
    """Yield the integers, arrays of them and masks in an index, each with its axis and what looks at it."""
    items = index.items if isinstance(index, Seq) and index.type == "tuple" else (index,)
    axis = 0
    for position, item in enumerate(items):
        if isinstance(item, Lit) and item.value is None:
            continue
        if isinstance(item, Lit) and item.value is Ellipsis:
            axis = rank - sum(not (isinstance(after, Lit) and after.value is None) for after in items[position + 1 :])
            continue
        for each in item.items if isinstance(item, Seq) else (item,):  # a list of places on one axis
            check = _check_of(each)
            if check is not None:
                yield axis, each, check
        axis += 1


def _check_of(arg: Arg) -> Op | None:
    """Return what looks at an index, None for slices and all else that cannot be beyond the end."""
    match arg.kind if isinstance(arg, Var | Lit) else UNKNOWN:
        case PyScalar() | NumpyScalar() as kind if dtype_of(kind).kind in "iu":
            return _WITHIN
        case Array() as kind if dtype_of(kind).kind in "iu":
            return _ALL_WITHIN
        case Array("bool", axes) if len(axes or "") == 1:
            return _AS_LONG
        case ListKind(PyScalar("int")):
            return _ALL_WITHIN
        case _:
            return None
