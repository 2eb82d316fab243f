"""Adds to an adjoint in place where nothing else has it, so that no array is made of the sum.

    v0_bar = v0_bar + v1 * v2_bar                 v0_bar += v1 * v2_bar
    v0_bar = v0_bar + np.where(t1, v3_bar, 0)     v0_bar = np.add(v0_bar, v3_bar, out=v0_bar, where=t1)

>>> from s2s_ad.ir.kinds import FLOAT, INT
>>> from s2s_ad.ir.printer import statement
>>> x_bar, chosen, *sums = (Var(name, Array("float64", "n")) for name in ("x_bar", ".1", "x_bar.2", "x_bar.3"))
>>> mask, y, y_bar = Var("mask", Array("bool", "n")), Var("y", Array("float64", "n")), Var("y_bar", FLOAT)
>>> first = Eqn((x_bar,), op("operator.mul"), (y, y_bar))
>>> where = Eqn((chosen,), op("numpy.where"), (mask, y_bar, Lit(0, INT)))
>>> adds = [Eqn((z,), op("operator.add"), (x, term)) for z, x, term in zip(sums, (x_bar, sums[0]), (y, chosen))]
>>> for stmt in accumulated(Block((first, where, *adds), (sums[1],)), [mask, y, y_bar]).stmts:
...     print(statement(stmt))
x_bar: float64[n] = operator.mul(y, y_bar)
x_bar.2: float64[n] = ir.update(x_bar, (), Ellipsis, '+', y)
x_bar.3: float64[n] = numpy.add(x_bar.2, y_bar, out=x_bar.2, where=mask)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from s2s_ad.analysis.owned import Owned
from s2s_ad.ir.core import Arg, Block, Eqn, Lit, Seq, Source, Stmt, Var, all_bound, all_reads, operands, reads
from s2s_ad.ir.kinds import UNKNOWN, Array, Opaque
from s2s_ad.ir.ops import UPDATE, op

_ALL = Lit(..., UNKNOWN)
_SIGNS = {"operator.add": ("+", op("numpy.add")), "operator.sub": ("-", op("numpy.subtract"))}


def accumulated(block: Block, given: Iterable[Var]) -> Block:
    """Return the body of a function that is given some arrays, with sums of rules written to their first terms."""
    sums = {place for place, stmt in enumerate(block.stmts) if isinstance(stmt, Eqn) and _is_sum(stmt)}
    if not sums:
        return block
    chosen = {stmt.outs[0]: stmt for stmt in block.stmts if isinstance(stmt, Eqn) and _is_choice(stmt)}
    uses = Counter([*all_reads(block), *(var for var in block.results if isinstance(var, Var))])
    lives = _Lives(block, given)
    stmts: list[Stmt] = []
    for place, stmt in enumerate(block.stmts):
        if place not in sums or not isinstance(stmt, Eqn) or not lives.is_last(stmt.args[0], place):
            stmts.append(stmt)
            continue
        total, term = stmt.args
        sign, function = _SIGNS[stmt.op.path]
        choice = chosen.get(term) if isinstance(term, Var) and uses[term] == 1 else None
        if choice is None:
            made = replace(stmt, op=UPDATE, args=(total, Seq(()), _ALL, Lit(sign, Opaque("str")), term))
        else:
            mask, value, _ = choice.args
            stmts.remove(choice)
            made = replace(stmt, op=function, args=(total, value), kwargs=(("out", total), ("where", mask)))
        first = len(stmts)
        while first and lives.may_come_before(made, stmts[first - 1]):
            first -= 1
        stmts.insert(first, made)
    return Block(tuple(stmts), block.results)


def _is_choice(eqn: Eqn) -> bool:
    """Say whether an equation that a rule made gives zero where a mask does not choose."""
    if eqn.op.path != "numpy.where" or len(eqn.args) != 3 or eqn.kwargs or isinstance(eqn.origin, Source):
        return False
    mask, _, other = eqn.args
    return isinstance(other, Lit) and other.value == 0 and isinstance(mask, Var)


def _is_sum(eqn: Eqn) -> bool:
    """Say whether an equation of a rule adds to an array of which the sum surely has the name, shape and dtype."""
    if eqn.op.path not in _SIGNS or eqn.kwargs or isinstance(eqn.origin, Source):
        return False
    total, out = eqn.args[0], eqn.outs[0]
    if not isinstance(total, Var) or not isinstance(total.kind, Array) or not isinstance(out.kind, Array):
        return False
    x, y = total.kind, out.kind
    alike = total.hint == out.hint != "" and (x.dtype, x.axes) == (y.dtype, y.axes)
    return alike and x.dtype.startswith("float") and bool(x.axes) and "?" not in x.axes


class _Lives:
    """When the arrays of a block are read last."""

    def __init__(self, block: Block, given: Iterable[Var]) -> None:
        self._owned = Owned(block.stmts, given)
        self._root = self._owned.root
        self._last: dict[Var, int] = {}
        for place, stmt in enumerate(block.stmts):
            inside = all_bound(Block((stmt,)))
            self._last.update((self._root(var), place) for var in (*reads(stmt), *inside))
        self._last.update((self._root(var), len(block.stmts)) for var in block.results if isinstance(var, Var))

    def is_last(self, var: Arg, place: int) -> bool:
        """Say whether nothing but a statement reads an array from there on, and nothing but the block knows it."""
        return isinstance(var, Var) and self._last.get(self._root(var)) == place and self._owned.take(var)

    def may_come_before(self, write: Eqn, stmt: Stmt) -> bool:
        """Say whether a write may come before a term of another sum, which then needs no line."""
        if not isinstance(stmt, Eqn) or len(stmt.outs) != 1 or stmt.outs[0].hint or stmt.outs[0] in operands(write):
            return False
        written = self._root(write.outs[0]), *map(self._root, operands(write))
        return self._root(stmt.outs[0]) not in written and not any(self._root(var) in written for var in operands(stmt))
