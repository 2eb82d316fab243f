"""Reads arrays that a loop goes through as lists: an element takes a third of the time.

    for i in range(n):                  v0_list = v0.tolist()
        v2 = v0.item(i)            →    for i in range(n):
                                            v2 = v0_list[i]

The array is one that nothing writes, and the indices surely are places of it: where they are not, NumPy says how.

>>> from s2s_ad.frontend.lower import lower
>>> from s2s_ad.ir.kinds import Array
>>> from s2s_ad.ir.printer import statement
>>> from s2s_ad.optimize.unboxed import unboxed
>>> def f(x):
...     total = 0.0
...     for i in range(1, len(x)):
...         total += x[i] * x[i - 1]
...     return total
>>> names = Names(9)
>>> body = lists(unboxed(lower(f, (Array("float64", "n"),)).function, names), names).body
>>> [statement(stmt) for stmt in body.stmts[:2]]
['v1: int = builtins.len(v0)', 'v0_list: [float, ...] = numpy.ndarray.tolist(v0)']
>>> [statement(stmt) for stmt in body.stmts[2].body.stmts if stmt.op == GETITEM]
['v2: float64 = operator.getitem(v0_list, i)', 'v4: float64 = operator.getitem(v0_list, v3)']
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from s2s_ad.analysis.places import Places
from s2s_ad.analysis.storage import Storage
from s2s_ad.ir.core import Block, Eqn, For, Function, Stmt, Var, all_bound, exit_of, map_blocks, statements_of
from s2s_ad.ir.kinds import FLOAT, ListKind
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import GETITEM, ITEM, op

_TO_LIST = op("numpy.ndarray.tolist")
FEW = 8
"""Elements at an end of an array that a loop may leave out, where it still goes through all of it."""


def lists(function: Function, names: Names) -> Function:
    """Return the function with lists for arrays that its loops go through, where it takes single elements of them."""
    if not any(isinstance(stmt, Eqn) and stmt.op == ITEM for stmt in statements_of(function.body)):
        return function
    return replace(function, body=_Reader(function, names).block(function.body, {}))


class _Reader:
    """Reads of one function."""

    def __init__(self, function: Function, names: Names) -> None:
        self._places, self._storage = Places(function.body), Storage()
        self._storage.block(function.body)
        self._names = names

    def block(self, block: Block, known: Mapping[Var, Var]) -> Block:
        """Return a block that reads lists: those known before it, and those that it makes for its loops."""
        made = dict(known)
        stmts: list[Stmt] = []
        for stmt in block.stmts:
            if isinstance(stmt, For):
                inside = {*all_bound(Block((stmt,)))}
                for x in self._gone_through(stmt):
                    if x not in made and x not in inside and not self._storage.writes_to(x):
                        made[x] = Var(self._names.version(f"{x.hint}_list"), ListKind(FLOAT))
                        stmts.append(Eqn((made[x],), _TO_LIST, (x,)))
            x = self._read(stmt)
            if isinstance(stmt, Eqn) and x in made:
                stmts.append(replace(stmt, op=GETITEM, args=(made[x], stmt.args[1])))
            else:
                stmts.append(map_blocks(stmt, lambda inner: self.block(inner, made)))
        return Block(tuple(stmts), block.results)

    def _gone_through(self, loop: For) -> Iterator[Var]:
        """Yield the arrays of which a loop, or a loop right in it, reads nearly all elements."""
        if exit_of(loop) is not None:
            return
        for stmt in loop.body.stmts:
            if isinstance(stmt, For):
                yield from self._gone_through(stmt)
            elif (x := self._read(stmt)) and self._places.goes_through(loop, x, FEW):
                yield x

    def _read(self, stmt: Stmt) -> Var | None:
        """Return the array of which a statement reads an element that surely is there."""
        if not isinstance(stmt, Eqn) or stmt.op != ITEM or not self._places.has(*stmt.args):
            return None
        return stmt.args[0] if isinstance(stmt.args[0], Var) else None
