"""Which equations are printed inside the expression that uses them.

A value without a name of its own that is used once, further down in the same block, needs no
line.  Evaluation then happens later, so nothing may stand in between that could tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from s2s_ad.emission.expressions import is_conditional
from s2s_ad.ir.core import (
    Block,
    Eqn,
    Function,
    Note,
    Stmt,
    Var,
    While,
    all_reads,
    blocks,
    header,
    operands,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import ListKind
from s2s_ad.ir.ops import ACCUMULATE, CUT, IDENTITY, IN_PLACE, ITEM, MARK, NEW_TAPE, POP, PUSH, UNPACK, written

PURE, TAPE, EFFECT = 0, 1, 2
"""What evaluating an equation can do: nothing, change a tape, anything."""

_PURE_MODULES = ("operator", "math", "cmath", "numpy", "scipy", "s2s_ad.rules.helpers")
_PURE_BUILTINS = frozenset({
    "getattr", "abs", "float", "int", "bool", "complex", "len", "max", "min", "round", "sum", "tuple", "range",
    "slice", "pow", "memoryview",
})  # fmt: skip
_INPLACE = frozenset({
    "iadd", "isub", "imul", "itruediv", "ifloordiv", "imod", "ipow", "imatmul", "iand", "ior", "ixor", "iconcat",
    "ilshift", "irshift", "setitem", "delitem",
})  # fmt: skip

Folds = dict[str, Eqn]
"""The equations that have no line, by the name of the Var they bind."""


def folds(function: Function) -> Folds:
    """Return the equations that are printed where their value is used."""
    uses = Counter(var.name for var in (*variables(function.result), *all_reads(Block(function.body.stmts))))
    found: Folds = {}
    _fold_block(function.body, tuple(variables(function.result)), uses, found)
    return found


def is_folded(stmt: Stmt, folds: Folds) -> bool:
    """Say whether a statement is printed inside another."""
    return isinstance(stmt, Eqn) and len(stmt.outs) == 1 and stmt.outs[0].name in folds


def effect(eqn: Eqn) -> int:
    """Return what evaluating an equation can do besides giving a value."""
    if eqn.op in (POP, PUSH, NEW_TAPE, MARK, CUT):
        return TAPE
    if eqn.op in (IDENTITY, ITEM):
        return PURE
    module, _, last = eqn.op.path.rpartition(".")
    if module == "builtins":
        return PURE if last in _PURE_BUILTINS else EFFECT
    writes = any(keyword == "out" for keyword, _ in eqn.kwargs) or (module == "operator" and last in _INPLACE)
    if writes or module.startswith("numpy.random"):
        return EFFECT
    return PURE if any(module == pure or module.startswith(pure + ".") for pure in _PURE_MODULES) else EFFECT


def _fold_block(block: Block, end: tuple[Var, ...], uses: Counter[str], found: Folds) -> None:
    """Add the folds of a block; `end` are Vars that may fold into what follows the block."""
    where = {var.name: i for i, stmt in enumerate(block.stmts) for var in _foldable_uses(stmt)}
    where |= {var.name: len(block.stmts) for var in end}
    effects: dict[str, int] = {}
    for i, stmt in enumerate(block.stmts):
        if isinstance(stmt, Eqn) and _is_candidate(stmt, where, uses):
            out = stmt.outs[0].name
            own = max([effect(stmt), *(effects[var.name] for var in operands(stmt) if var.name in effects)])
            between = block.stmts[i + 1 : where[out]]
            if own != PURE and _is_conditional_at(block, where[out]):
                continue
            if not between or (own != EFFECT and all(_can_pass(own, other) for other in between)):
                found[out] = stmt
                effects[out] = own
        for inner in blocks(stmt):
            is_test = isinstance(stmt, While) and inner is stmt.test
            _fold_block(inner, tuple(variables(*inner.results)) if is_test else (), uses, found)


def _is_conditional_at(block: Block, place: int) -> bool:
    """Say whether what folds into a statement may not be evaluated."""
    stmt = block.stmts[place] if place < len(block.stmts) else None
    return isinstance(stmt, Eqn) and is_conditional(stmt)


def _is_candidate(eqn: Eqn, where: dict[str, int], uses: Counter[str]) -> bool:
    """Say whether the value of an equation has no name and one use, where an expression can stand."""
    if len(eqn.outs) != 1 or eqn.outs[0].hint or written(eqn) or eqn.op in (PUSH, NEW_TAPE, UNPACK):
        return False
    return uses[eqn.outs[0].name] == 1 and eqn.outs[0].name in where


def _can_pass(own: int, stmt: Stmt) -> bool:
    if isinstance(stmt, Note):
        return True
    if not isinstance(stmt, Eqn):
        return False
    other = effect(stmt)
    return other == PURE or (own == PURE and other == TAPE)


def _foldable_uses(stmt: Stmt) -> Iterator[Var]:
    """Yield the Vars whose expression may stand in what the statement itself evaluates."""
    if not isinstance(stmt, Eqn):
        yield from variables(*header(stmt))
        return
    skip = 1 if stmt.op in IN_PLACE or stmt.op in (PUSH, POP) else 0
    target = stmt.args[0] if stmt.args else None
    if stmt.op == ACCUMULATE and isinstance(target, Var) and isinstance(target.kind, ListKind):
        skip = 3  # x[i] = x[i] + v has the path and the index twice
    targets = {place for place, _ in stmt.op.writes}
    given = (arg for place, arg in enumerate(stmt.args) if place >= skip and place not in targets)
    yield from variables(*given, *(value for _, value in stmt.kwargs))
