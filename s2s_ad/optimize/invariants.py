"""Moves out of loops what is the same in every iteration.

It is computed once and kept once; its adjoint is summed up in the loop and handed on after it.  A loop may have no
iteration: only sums, differences and multiples of Python's numbers are moved then, which neither raise nor have a slope
that makes more of a zero.  Of a loop that surely runs everything is that cannot raise.

>>> from s2s_ad.frontend.lower import lower
>>> from s2s_ad.ir.kinds import FLOAT, INT
>>> from s2s_ad.ir.printer import listing
>>> def f(x, n):
...     y = 1.0
...     for _ in range(n):
...         y = y * (1.0 - x)
...     return y
>>> print(listing(invariants(lower(f, (FLOAT, INT)).function)))
f(x = v_m1: float, n = v0: int)
    v1: float = operator.sub(1.0, v_m1)
    y.2: float, _.3: int = for _ in (0, v0, 1) carry (y = 1.0, _.2 = None)
        v2: float = operator.mul(y, v1)
        give v2, _
    give y.2
    return y.2
"""

from __future__ import annotations

import cmath
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from s2s_ad.analysis.storage import may_share
from s2s_ad.analysis.total import PLAIN, fit_together, is_of_array, kinds_of, never_raises
from s2s_ad.analysis.unbound import unbound
from s2s_ad.ir.core import (
    Block,
    Eqn,
    For,
    Function,
    If,
    Lit,
    Stmt,
    Var,
    While,
    all_bound,
    bound,
    entry_vars,
    is_primal,
    map_blocks,
    operands,
    reads,
    statements_of,
    surely_runs,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import INT, Array, PyScalar
from s2s_ad.ir.ops import CONTEXT, ENTER, EXIT, IN_PLACE, TAPE_OPS


def invariants(function: Function) -> Function:
    """Return the function with loops that compute only what changes."""
    body = _Moved(function).block(function.body)
    return replace(function, body=body, functions=tuple(map(invariants, function.functions)))


class _Moved:
    def __init__(self, function: Function) -> None:
        self._uses: dict[Var, list[Stmt]] = defaultdict(list)
        for stmt in statements_of(function.body):
            for var in operands(stmt) if isinstance(stmt, Eqn) else ():
                self._uses[var].append(stmt)
        self._handed_on = set(_handed_on(function))
        self._unbound = unbound(function.body)

    def block(self, block: Block) -> Block:
        """Return a block in which what is always the same stands before the loops."""
        stmts: list[Stmt] = []
        depth = 0
        for stmt in block.stmts:
            if isinstance(stmt, Eqn) and stmt.op in CONTEXT:
                depth += {ENTER: 1, EXIT: -1}[stmt.op]
            if not depth:  # what raises in a context may do so only where it stood
                stmt = map_blocks(stmt, self.block)
            stmts += self._moved(stmt) if isinstance(stmt, For | While) and not depth else [stmt]
        return Block(tuple(stmts), block.results)

    def _moved(self, loop: For | While) -> list[Stmt]:
        """Return a loop, and before it what it computes again and again."""
        changing = {*all_bound(loop.body), *entry_vars(loop)}
        runs = surely_runs(loop)
        before: list[Stmt] = []
        stays: list[Stmt] = []
        depth = 0
        for stmt in loop.body.stmts:
            if isinstance(stmt, Eqn) and stmt.op in CONTEXT:
                depth += {ENTER: 1, EXIT: -1}[stmt.op]
            movable = isinstance(stmt, Eqn) and changing.isdisjoint(reads(stmt)) and self._is_movable(stmt, runs)
            if movable and not depth:
                before.append(stmt)
                changing.difference_update(bound(stmt))
            else:
                stays.append(stmt)
        return [*before, replace(loop, body=replace(loop.body, stmts=tuple(stays)))]

    def _is_movable(self, eqn: Eqn, runs: bool) -> bool:
        """Say whether an equation may stand before a loop that surely `runs`, or may not."""
        if not is_primal(eqn) or len(eqn.outs) != 1 or eqn.kwargs or eqn.op.custom is not None:
            return False
        fits = never_raises(eqn) if runs else _is_plain(eqn)
        if not fits or not self._unbound.isdisjoint(operands(eqn)):
            return False
        (out,) = eqn.outs
        if not isinstance(out.kind, Array):
            return True
        return out not in self._handed_on and all(map(_only_reads, self._uses[out]))


def _handed_on(function: Function) -> Iterable[Var]:
    """Yield what blocks give, and what is not only read by equations."""
    yield from variables(function.result, *function.body.results)
    for stmt in statements_of(function.body):
        match stmt:
            case If():
                yield from variables(*stmt.then.results, *stmt.orelse.results)
            case For() | While():
                yield from variables(*stmt.inits, *stmt.body.results)
            case _:
                pass


def _only_reads(stmt: Stmt) -> bool:
    """Say whether a statement makes something new of what it reads: nothing then tells one array from its equal."""
    return isinstance(stmt, Eqn) and stmt.op not in IN_PLACE | TAPE_OPS and not may_share(stmt)


def _is_plain(eqn: Eqn) -> bool:
    """Say whether an equation neither raises nor warns, and has a finite slope: the adjoint of no iteration is zero."""
    if is_of_array(eqn):
        return True
    if not all(isinstance(arg, Var | Lit) and isinstance(arg.kind, PyScalar) for arg in eqn.args):
        return False
    constants = [arg.value for arg in eqn.args if isinstance(arg, Lit)]
    if not fit_together(eqn) or not all(map(cmath.isfinite, constants)):
        return False
    if eqn.op.path == "operator.truediv":
        return isinstance(eqn.args[1], Lit) and eqn.args[1].value != 0 and INT not in kinds_of(eqn)
    if eqn.op.path == "operator.mul":
        return bool(constants) or eqn.outs[0].kind == INT
    return eqn.op.path in PLAIN and eqn.op.path.startswith("operator.")
