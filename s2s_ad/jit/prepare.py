"""Code in a form that Numba compiles: what it has no form for is said in other words, or refused.

| Python has                          | compiled code has                                   |
|-------------------------------------|-----------------------------------------------------|
| `for i in reversed(range(n))`       | `for i in range(n - 1, -1, -1)`                     |
| `with np.errstate(…)`               | nothing: numbers are inf and nan without a word     |
"""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

import numpy as np

from s2s_ad.analysis.storage import Storage
from s2s_ad.errors import UnsupportedError
from s2s_ad.frontend.context import Frame, Lowerer
from s2s_ad.frontend.source import FunctionSource
from s2s_ad.ir.core import (
    Atom,
    Block,
    Eqn,
    For,
    Function,
    If,
    Lit,
    Op,
    Stmt,
    Try,
    Var,
    While,
    all_bound,
    exit_of,
    map_blocks,
    place_of,
    substitute,
    surely_runs,
    variables,
)
from s2s_ad.ir.kinds import INT, Array, NumpyScalar, Opaque
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import ACCUMULATE, ADD, COPY, ENTER, EXIT, GETITEM, REQUIRE, UPDATE, op
from s2s_ad.ir.rename import rename
from s2s_ad.jit import along
from s2s_ad.jit.bounds import bounded
from s2s_ad.jit.fused import fused
from s2s_ad.jit.pointwise import is_arithmetic
from s2s_ad.jit.preallocated import preallocated
from s2s_ad.jit.words import in_words, plain_types
from s2s_ad.optimize.rematerialized import rematerialized

assert along, "its functions are registered in WORDS"
_SUB, _MUL, _LEN, _RANGE = op("operator.sub"), op("operator.mul"), op("builtins.len"), op("builtins.range")
_RESHAPE = op("numpy.reshape")
_REMEDY = "leave jit out, or move it out of the function"


def prepared(function: Function, names: Names, source: FunctionSource) -> Function:
    """Return the function in the form that Numba compiles.

    Raises: UnsupportedError, with the place of a statement that has none.
    """
    lo = Lowerer(names, Frame(source, {}), quiet=True)
    function = rematerialized(_with_numbers(function), names, lambda eqn: eqn.op == GETITEM or is_arithmetic(eqn))
    function = preallocated(bounded(function, lo), lo)
    storage = Storage()
    storage.block(function.body)
    made = replace(function, body=_Preparation(names, lo, storage).block(function.body))
    return fused(made, lo)


def _runs(loop: For) -> bool:
    """Say whether a loop surely runs, to its end."""
    return surely_runs(loop) and exit_of(loop) is None and not loop.backwards


def _with_numbers(function: Function) -> Function:
    """Return the function with numbers for arrays without axes, which are numbers in compiled code."""
    storage = Storage()
    storage.block(function.body)
    change: dict[Var, Var] = {}
    for var in all_bound(function.body):
        if isinstance(var.kind, Array) and var.kind.axes == "":
            if storage.writes_to(var):
                reason = "with jit, an array without axes is written, which Numba does not compile"
                raise UnsupportedError(reason, function.place, _REMEDY)
            change[var] = Var(var.name, NumpyScalar(var.kind.dtype))
    if not change:
        return function
    result = substitute(function.result, lambda var: change.get(var, var))
    return replace(function, body=rename(function.body, dict(change)), result=result)


class _Preparation:
    def __init__(self, names: Names, lo: Lowerer, storage: Storage) -> None:
        self._names = names
        self._lo = lo
        self._storage = storage
        self._bound: set[Var] = set()
        """What a loop that surely runs binds in each of its rounds."""

    def block(self, block: Block) -> Block:
        return Block(tuple(new for stmt in block.stmts for new in self.statement(stmt)), block.results)

    def statement(self, stmt: Stmt) -> list[Stmt]:
        match stmt:
            case Try():
                self._refuse(stmt, "an exception is caught, or a name is used that may not be bound")
            case For(backwards=True):
                return self._turned(stmt)
            case Eqn(op=operation) if operation in (ENTER, EXIT):
                if stmt.args[0] != Lit(np.errstate, Opaque("static errstate")):
                    self._refuse(stmt, "a context is entered")
                return []
            case Eqn(op=operation) if operation == REQUIRE:
                if not self._bound.issuperset(variables(*stmt.args)):
                    self._refuse(stmt, "a name is used that may not be bound")
                return []
            case For() if _runs(stmt):
                made = {out for inner in stmt.body.stmts if isinstance(inner, Eqn) for out in inner.outs}
                pairs = zip(stmt.outs, stmt.body.results, strict=False)
                self._bound |= {out for out, result in pairs if result in made}
                return [map_blocks(stmt, self.block)]
            case Eqn(op=operation) if operation.path.startswith(("numpy.random", "random.")):
                self._refuse(stmt, "a random number is drawn: Numba has other ones")
            case Eqn(op=operation) if operation == _RESHAPE:
                return self._reshaped(stmt)
            case Eqn():
                return [new for part in self._apart(stmt) for new in in_words(self._lo, part)]
            case _:
                return [map_blocks(stmt, self.block)]

    def _reshaped(self, eqn: Eqn) -> list[Stmt]:
        """Return a reshaped array: Numba reshapes what lies in one piece, and takes no view for that."""
        x, *others = eqn.args
        if not isinstance(x, Var) or not isinstance(x.kind, Array) or not x.kind.axes:
            return [eqn]
        if any(map(self._storage.writes_to, (x, *eqn.outs))):
            return [eqn]
        whole = Var(self._names.version(""), x.kind)
        return [Eqn((whole,), op("numpy.ascontiguousarray"), (x,)), replace(eqn, args=(whole, *others))]

    def _apart(self, eqn: Eqn) -> list[Eqn]:
        """Return an equation with what it writes into an array apart from that array: NumPy sees to that itself."""
        eqn = replace(
            eqn, args=tuple(map(plain_types, eqn.args)), kwargs=tuple((k, plain_types(v)) for k, v in eqn.kwargs)
        )
        if eqn.op not in (UPDATE, ACCUMULATE):
            return [eqn]
        target, new = eqn.args[0], eqn.args[-1]
        if not isinstance(new, Var) or not isinstance(new.kind, Array) or not isinstance(target, Var):
            return [eqn]
        if not self._storage.may_be_shared(target, new):
            return [eqn]
        copy = Var(self._names.version(new.hint), new.kind)
        return [Eqn((copy,), COPY, (new,)), replace(eqn, args=(*eqn.args[:-1], copy))]

    def _refuse(self, stmt: Eqn | If | For | While, what: str) -> NoReturn:
        raise UnsupportedError(f"with jit, {what}, which Numba does not compile", place_of(stmt), _REMEDY)

    def _turned(self, loop: For) -> list[Stmt]:
        """Return a loop from the last to the first, with the numbers it runs over."""
        before: list[Stmt] = []

        def number(operation: Op, *args: Atom) -> Atom:
            if all(isinstance(arg, Lit) for arg in args):
                values = [arg.value for arg in args if isinstance(arg, Lit)]
                return Lit(operation.fun(*values), INT)
            out = Var(self._names.version(""), INT)
            before.append(Eqn((out,), operation, args))
            return out

        start, stop, step = loop.start, loop.stop, loop.step
        if step == Lit(1, INT):
            first, last = number(_SUB, stop, step), number(_SUB, start, step)
        else:
            span = Var(self._names.version(""), Opaque("range"))
            before.append(Eqn((span,), _RANGE, (start, stop, step)))
            count = number(_SUB, number(_LEN, span), Lit(1, INT))
            first, last = number(ADD, start, number(_MUL, count, step)), number(_SUB, start, step)
        turned = replace(
            loop, start=first, stop=last, step=number(_SUB, Lit(0, INT), step), backwards=False,
            body=self.block(loop.body),
        )  # fmt: skip
        return [*before, turned]
