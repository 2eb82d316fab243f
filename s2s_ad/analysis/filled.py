"""What of a loop's values is in an array that it fills, place by place, and stays there.

    for i in range(2, n):
        v1 = y[i - 1]           it is y[i - 1] after the loop too,
        v3 = 0.5 * v1
        y[i] = v3               and this is y[i]

>>> import numpy as np
>>> from s2s_ad.frontend.lower import lower
>>> from s2s_ad.ir.printer import statement
>>> def f(y0, n):
...     y = np.zeros(n)
...     y[0] = y0
...     for i in range(2, n):
...         y[i] = 0.5 * y[i - 1] + y[i - 3]
...     return y
>>> body, storage = lower(f, (FLOAT, INT)).function.body, Storage()
>>> storage.block(body)
>>> [statement(eqn) for eqn in still_there(body.stmts[-1], body, storage)]
['v3: float64 = operator.getitem(v1.5, v2)', 'v7: float64 = operator.getitem(v1.5, i)']
"""

from __future__ import annotations

from collections.abc import Iterator

from s2s_ad.analysis.storage import Storage
from s2s_ad.ir.core import Block, Eqn, For, Lit, Seq, Var, carried, statements_of
from s2s_ad.ir.kinds import FLOAT, INT, Array, NumpyScalar, Opaque
from s2s_ad.ir.ops import GETITEM, UPDATE, op, written

_SUB = op("operator.sub")
_PLAINLY = Lit("", Opaque("str"))


def still_there(loop: For, body: Block, storage: Storage) -> list[Eqn]:
    """Return equations that give after a loop, which is a statement of a body, values that it had.

    The loop counts up from a number that is written down and not negative: it names no place twice.
    """
    start = loop.start.value if isinstance(loop.start, Lit) else None
    if loop.step != Lit(1, INT) or type(start) is not int or start < 0 or loop.backwards:
        return []
    found: list[Eqn] = []
    later = [
        stmt
        for stmt in statements_of(Block(body.stmts[body.stmts.index(loop) :]))
        if isinstance(stmt, Eqn) and written(stmt)
    ]
    for out, param, given in zip(loop.outs, loop.params, carried(loop), strict=True):
        writes = [eqn for eqn in later if any(storage.may_be_shared(array, param) for _, array in written(eqn))]
        if len(writes) == 1 and writes[0] in loop.body.stmts and writes[0].outs == (given,):
            found += _of_one(loop, start, param, writes[0], out)
    return found


def _of_one(loop: For, start: int, param: Var, update: Eqn, out: Var) -> Iterator[Eqn]:
    """Yield what an array has of the values of a loop, which it fills with this equation."""
    kind = param.kind
    if update.op != UPDATE or update.args[1:4] != (Seq(()), loop.index, _PLAINLY) or not isinstance(kind, Array):
        return
    value = update.args[4]
    if not isinstance(value, Var) or len(kind.axes or "") != 1:
        return
    behind = set(_behind(loop, start))
    for stmt in loop.body.stmts:
        if not isinstance(stmt, Eqn) or stmt.op != GETITEM or stmt.args[0] not in (param, *update.outs):
            continue
        if stmt.args[1] in behind or (stmt.args[0] != param and stmt.args[1] == loop.index):
            yield Eqn(stmt.outs, GETITEM, (out, stmt.args[1]), (), stmt.origin)
    if value.kind in (FLOAT, NumpyScalar("float64")) and kind.dtype == "float64":
        yield Eqn((value,), GETITEM, (out, loop.index), (), update.origin)


def _behind(loop: For, start: int) -> Iterator[Var]:
    """Yield the indices that surely name places that a loop has passed, or begins after, counted from the start."""
    for stmt in loop.body.stmts:
        if isinstance(stmt, Eqn) and stmt.op == _SUB and stmt.args[0] == loop.index and isinstance(stmt.args[1], Lit):
            by = stmt.args[1].value
            if type(by) is int and 0 < by <= start:
                yield from stmt.outs
