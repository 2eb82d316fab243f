"""Loops that put what they make in lists.

ys = []
for k in range(len(xs)):
    ys.append(xs[k] * 2.0)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from s2s_ad.frontend.context import Lowerer
from s2s_ad.ir.core import Atom, Block, For, Seq, Var
from s2s_ad.ir.kinds import INT, ListKind
from s2s_ad.ir.ops import APPEND, GETITEM, IDENTITY, op

_LEN = op("builtins.len")


def collected(
    lo: Lowerer, count: Atom, hints: Sequence[str], make: Callable[[Var], Sequence[Var]]
) -> tuple[Var, ...]:  # fmt: skip
    """Emit a loop over range(count), and return lists of what `make` emits for each index."""
    index = lo.var(INT, hint="k")
    with lo.block() as stmts:
        made = make(index)
        kinds = [ListKind(each.kind) for each in made]
        params = [lo.var(kind, hint=hint) for kind, hint in zip(kinds, hints, strict=True)]
        results = [
            lo.emit(APPEND, [param, item], kind=param.kind, hint=param.hint)
            for param, item in zip(params, made, strict=True)
        ]
    inits = [lo.emit(IDENTITY, [Seq((), "list")], kind=kind, hint="") for kind in kinds]
    outs = tuple(lo.var(param.kind, hint=param.hint) for param in params)
    body = Block(tuple(stmts), tuple(results))
    lo.stmts.append(For(outs, index, lo.lit(0), count, lo.lit(1), tuple(params), tuple(inits), body, origin=lo.origin))
    return outs


def mapped(lo: Lowerer, xs: Var, make: Callable[[Var], Var]) -> Var:
    """Emit a loop over a list, and return a list of what `make` emits for each item."""
    assert isinstance(xs.kind, ListKind)
    item = xs.kind.item
    length = lo.emit(_LEN, [xs], kind=INT, hint="")

    def make_at(index: Var) -> tuple[Var]:
        return (make(lo.emit(GETITEM, [xs, index], kind=item, hint="")),)

    return collected(lo, length, [xs.hint], make_at)[0]
