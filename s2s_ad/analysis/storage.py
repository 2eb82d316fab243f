"""Which arrays may share storage, and which of it is written.

>>> from s2s_ad.frontend.lower import lower
>>> from s2s_ad.ir.kinds import Array
>>> def f(x, y):
...     z = x * y
...     v = z[1:]  # v2 shares with v1, and the write is to the storage of both
...     v[0] = 5.0
...     return z
>>> kind = Array("float64", "n")
>>> storage = Storage()
>>> storage.block(lower(f, (kind, kind)).function.body)
>>> [str(var) for var in (*storage.shared.parent, *storage.written)]
['v2', 'v1.2', 'v1.2']
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from s2s_ad.ir.core import (
    Atom,
    Block,
    Eqn,
    For,
    If,
    Seq,
    Stmt,
    Var,
    While,
    blocks,
    carried,
    operands,
    variables,
)  # fmt: skip
from s2s_ad.ir.indexes import gives_copy, gives_number
from s2s_ad.ir.kinds import Array, Kind, ListKind, NumpyScalar, PyScalar
from s2s_ad.ir.ops import COPY, GETATTR, GETITEM, IDENTITY, IN_PLACE, POP, PUSH, UNPACK, written
from s2s_ad.rules.language import lookup, passive


@dataclass
class Union:
    """Classes of Vars, joined two by two."""

    parent: dict[Var, Var] = field(default_factory=dict[Var, Var])

    def root(self, var: Var) -> Var:
        while var in self.parent:
            var = self.parent[var]
        return var

    def join(self, a: Atom, b: Atom) -> None:
        if isinstance(a, Var) and isinstance(b, Var) and all(isinstance(x.kind, Array | ListKind) for x in (a, b)):
            first, second = self.root(a), self.root(b)
            if first != second:
                self.parent[second] = first


@dataclass
class Storage:
    """What may share storage, whatever the order of statements, and what is the very same array."""

    shared: Union = field(default_factory=Union)
    perhaps: Union = field(default_factory=Union)
    """What may be the very same array, on one way or in one round: two that a loop swaps are each in turn."""
    same: Union = field(default_factory=Union)
    """What surely is the very same array, under another name."""
    written: list[Var] = field(default_factory=list[Var])

    def block(self, block: Block) -> None:
        for stmt in block.stmts:
            self.stmt(stmt)

    def join(self, a: Atom, b: Atom) -> None:
        self.shared.join(a, b)
        self.perhaps.join(a, b)

    def stmt(self, stmt: Stmt) -> None:
        for inner in blocks(stmt):
            self.block(inner)
        match stmt:
            case Eqn(outs):
                for target, out in written(stmt):
                    self.written.append(out)
                    self.join(target, out)
                    self.same.join(target, out)
                if stmt.op not in IN_PLACE and may_share(stmt):
                    for out in outs:
                        for var in _viewed(stmt):
                            self.shared.join(var, out)
            case If(outs, _, then, orelse):
                for out, x, y in zip(outs, then.results, orelse.results, strict=True):
                    self.join(out, x)
                    self.join(out, y)
                    if self._are_one(x, y):
                        self.same.join(out, x)
            case For() | While():
                for out, param, init, again in zip(stmt.outs, stmt.params, stmt.inits, carried(stmt), strict=True):
                    for other in (param, init, again):
                        self.join(out, other)
                    if self._are_one(param, again):
                        self.same.join(out, param)
                        self.same.join(out, init)
            case _:
                pass

    def _are_one(self, a: Atom, b: Atom) -> bool:
        return isinstance(a, Var) and isinstance(b, Var) and self.same.root(a) == self.same.root(b)

    def may_be_shared(self, a: Var, b: Var) -> bool:
        """Say whether two arrays may be the same storage."""
        return isinstance(a.kind, Array | ListKind) and self.shared.root(a) == self.shared.root(b)

    def writes_to(self, var: Var) -> bool:
        """Say whether storage that may be this array's is written."""
        return self.shared.root(var) in {self.shared.root(out) for out in self.written}

    def is_written(self, var: Var) -> bool:
        """Say whether it is this very array, and not one that shares with it, that is written."""
        return self.perhaps.root(var) in {self.perhaps.root(out) for out in self.written}


def _viewed(eqn: Eqn) -> Iterable[Var]:
    """Return the operands that a result may be a view of: of an argument of which only the shape is read it is none."""
    if eqn.op == GETITEM:
        return variables(eqn.args[0])
    rule = lookup(eqn.op.path)
    if rule is None or not rule.passive:
        return operands(eqn)
    given = rule.bind(eqn.args, dict(eqn.kwargs))
    parts = [part for name, part in given.items() if name not in rule.passive]
    return [var for part in parts for var in variables(*(part if isinstance(part, tuple) else (part,)))]


def may_share(eqn: Eqn) -> bool:
    """Say whether a result of an equation may share storage with an operand."""
    if eqn.op == IDENTITY:
        return not isinstance(eqn.args[0], Seq)
    if eqn.op == UNPACK:
        return True
    if eqn.op in (POP, PUSH, COPY, GETATTR) or eqn.op.custom is not None:
        return False
    if eqn.op == GETITEM:
        x, index = eqn.args
        if isinstance(x, Var) and isinstance(x.kind, ListKind):
            return isinstance(eqn.outs[0].kind, Array | ListKind)
        kind = eqn.outs[0].kind
        return isinstance(kind, Array) and not gives_copy(index) and not (kind.axes == "" and gives_number(index))
    rule = lookup(eqn.op.path)
    if rule is not None:
        return rule.is_view(eqn.args)
    if isinstance(eqn.op.fun, np.ufunc):
        return False
    new = eqn.op.path == "builtins.list" and _has_numbers(eqn.outs[0].kind)
    return not new and not passive(eqn.op.path) and eqn.op.path not in _NEW_LISTS


def _has_numbers(kind: Kind) -> bool:
    """Say whether a list has no arrays in it, of which it could hold a view."""
    return isinstance(kind, ListKind) and isinstance(kind.item, PyScalar | NumpyScalar)


_NEW_LISTS = frozenset(
    f"s2s_ad.rules.helpers.{name}"
    for name in [
        "zeros_of_list",
        "zeros_beside",
        "copy_of_list",
        "fitted_list",
        "sum_of_lists",
        "floats",
        "order_of",
        "unit_lists",
    ]
)
"""Functions without rules that give lists of new arrays."""
