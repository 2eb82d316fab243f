"""Checks that a function is well formed; run after each pass in tests."""

from __future__ import annotations

from collections.abc import Iterable

from s2s_ad.ir.core import (
    Arg,
    Atom,
    Block,
    Eqn,
    For,
    Function,
    If,
    Note,
    Stmt,
    Try,
    Var,
    While,
    bound,
    carried,
    entry_vars,
    given_to,
    variables,
)
from s2s_ad.ir.kinds import Kind
from s2s_ad.ir.ops import CONTEXT, ENTER
from s2s_ad.ir.printer import statement


def verify(function: Function) -> None:
    """Do nothing if every Var is bound once, before it is used and where it is in scope.

    Raises: AssertionError that names the statement, if not, or if blocks, loops and branches do
    not give as many values as are taken.
    """
    for inner in function.functions:
        verify(inner)
    check = _Check()
    scope: dict[str, Kind] = {}
    where = f"the parameters of {function.name}"
    check.bind(given_to(function), scope, where)
    check.block(function.body, scope, f"the results of {function.name}")
    check.uses((function.result,), scope, f"the result of {function.name}")


class _Check:
    def __init__(self) -> None:
        self._bound: set[str] = set()

    def bind(self, outs: Iterable[Var], scope: dict[str, Kind], where: str) -> None:
        for out in outs:
            assert out.name not in self._bound, f"{out} is bound twice, again by: {where}"
            self._bound.add(out.name)
            scope[out.name] = out.kind

    def uses(self, args: Iterable[Arg], scope: dict[str, Kind], where: str) -> None:
        for var in variables(*args):
            assert var.name in self._bound, f"{var} is used before it is bound: {where}"
            assert var.name in scope, f"{var} is out of scope: {where}"
            assert scope[var.name] == var.kind, f"{var} is {scope[var.name]} and used as {var.kind}: {where}"

    def block(self, block: Block, scope: dict[str, Kind], where: str) -> None:
        """Check the statements of a block; `scope` then holds what they bind."""
        depth = 0
        for stmt in block.stmts:
            self.stmt(stmt, scope)
            if isinstance(stmt, Eqn) and stmt.op in CONTEXT:
                depth += 1 if stmt.op == ENTER else -1
                assert depth >= 0, f"a context is left that was not entered: {where}"
        assert depth == 0, f"a context is not left: {where}"
        self.uses(block.results, scope, where)

    def stmt(self, stmt: Stmt, scope: dict[str, Kind]) -> None:
        if isinstance(stmt, Note):
            return
        where = statement(stmt)
        match stmt:
            case Eqn():
                self.uses((*stmt.args, *(arg for _, arg in stmt.kwargs)), scope, where)
            case If():
                self.uses(() if isinstance(stmt, Try) else (stmt.test,), scope, where)
                for name, inner in (("then", stmt.then), ("else", stmt.orelse)):
                    self.gives(inner, len(stmt.outs), f"the {name} branch of: {where}")
                    inside = dict(scope)
                    self.bind(entry_vars(stmt) if name == "then" else (), inside, where)
                    self.block(inner, inside, f"the {name} branch of: {where}")
            case For():
                self.uses((stmt.start, stmt.stop, stmt.step), scope, where)
                self.loop(stmt, scope, where)
            case While():
                self.gives(stmt.test, 1, f"the test of: {where}")
                self.loop(stmt, scope, where)
        self.bind(bound(stmt), scope, where)

    def loop(self, loop: For | While, scope: dict[str, Kind], where: str) -> None:
        inits: tuple[Atom, ...] = loop.inits
        self.uses(inits, scope, where)
        counts = {len(loop.params), len(inits), len(loop.outs), len(carried(loop))}
        assert len(counts) == 1, f"params, inits, results and outs differ in number: {where}"
        assert len(loop.body.results) <= len(inits) + 1, f"the body gives too many values: {where}"
        inside = dict(scope)
        self.bind([loop.index] if isinstance(loop, For) else [], inside, where)
        self.bind(loop.params, inside, where)
        if isinstance(loop, While):
            self.block(loop.test, dict(inside), f"the test of: {where}")
        self.block(loop.body, inside, f"the body of: {where}")

    def gives(self, block: Block, count: int, where: str) -> None:
        found = len(block.results)
        assert found == count, f"gives {found} values where {count} are taken: {where}"
