"""How single equations read in an emitted module, and in which of its lines they stand."""

from __future__ import annotations

from collections.abc import Iterator

from s2s_ad.emission.module import Body, body_of, scope_of
from s2s_ad.ir.core import Arg, Eqn, Function, Stmt, Var, bound, header, operands, statements_of, variables


class Texts:
    """The texts of the equations of a function and of those that it calls, as the module has them."""

    def __init__(self, function: Function) -> None:
        called = [each.name for each in function.functions]
        whole = [*function.functions, function]
        scope = scope_of(whole, called)
        self._owners: dict[int, Body] = {}
        self._readers: dict[tuple[str, Var], Stmt] = {}
        for each in whole:
            body = body_of(each, scope, called)
            for stmt in statements_of(each.body):
                self._owners[id(stmt)] = body
                self._readers |= {(each.name, var): stmt for var in variables(*header(stmt))}

    def function(self, eqn: Eqn) -> Function:
        """Return the function that an equation is in."""
        return self._owners[id(eqn)].function

    def equation(self, eqn: Eqn) -> str:
        """Return an equation: an assignment, or an expression if it has no line of its own."""
        return self._owners[id(eqn)].comment_text(eqn)

    def operand(self, eqn: Eqn, arg: Arg) -> str:
        """Return an argument of an equation."""
        return self._owners[id(eqn)].argument_text(arg)

    def variables(self, eqn: Eqn) -> Iterator[Var]:
        """Yield the Vars with names of their own that an equation reads, as it is printed."""
        folds = self._owners[id(eqn)].folds
        for var in operands(eqn):
            if var.name in folds:
                yield from self.variables(folds[var.name])
            else:
                yield var

    def line(self, eqn: Eqn) -> tuple[str, tuple[Var, ...]]:
        """Return the first line of the statement in which an equation is printed, and what that binds."""
        body, stmt = self._owners[id(eqn)], eqn
        while isinstance(stmt, Eqn) and len(stmt.outs) == 1 and stmt.outs[0].name in body.folds:
            reader = self._readers.get((body.function.name, stmt.outs[0]))
            if reader is None:
                return body.last_line(), ()
            stmt = reader
        return body.first_line(stmt), bound(stmt)
