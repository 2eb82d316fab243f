"""Which arrays may be given to the caller as they are: writable, and shared with nothing else he has.

>>> from s2s_ad.frontend.lower import lower
>>> from s2s_ad.ir.core import variables
>>> from s2s_ad.ir.kinds import Array
>>> def f(x):
...     y = x * 2.0
...     z = y[::2]
...     return y, z, x
>>> lowered = lower(f, (Array("float64", "n"),)).function
>>> owned = Owned(lowered.body.stmts, variables(lowered.params[0].value))
>>> [owned.take(value) for value in lowered.body.results]  # z is a view of y, which is given away then
[True, False, False]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from s2s_ad.analysis.storage import Storage, may_share
from s2s_ad.ir.core import Atom, Block, Eqn, Stmt, Var, operands, statements_of
from s2s_ad.ir.kinds import ListKind, is_numeric
from s2s_ad.ir.ops import POP

_READ_ONLY = frozenset({
    "numpy.broadcast_to", "numpy.diagonal", "numpy.diag", "numpy.einsum", "numpy.lib.stride_tricks.sliding_window_view",
})  # fmt: skip
"""Functions that may give arrays that nobody can write."""


class Owned:
    """The storage that statements make and that nothing but their results holds."""

    def __init__(self, stmts: Sequence[Stmt], given: Iterable[Var]) -> None:
        block = Block(tuple(stmts))
        self._storage = Storage()
        self._storage.block(block)
        equations = (stmt for stmt in statements_of(block) if isinstance(stmt, Eqn))
        held = [out for eqn in equations if _may_be_held(eqn) for out in eqn.outs]
        self._taken = {self._storage.shared.root(var) for var in (*given, *held)}

    def take(self, value: Atom) -> bool:
        """Say whether an array is the caller's from now on: writable, and not yet given away."""
        if not isinstance(value, Var):
            return False
        root = self.root(value)
        alone = root not in self._taken
        self._taken.add(root)
        return alone

    def root(self, var: Var) -> Var:
        """Return what all that may share storage with an array have in common."""
        return self._storage.shared.root(var)


def _may_be_held(eqn: Eqn) -> bool:
    """Say whether results may be read-only, on a tape, with a function of the user's or in a structure."""
    if eqn.op.path in _READ_ONLY or eqn.op == POP or eqn.op.custom is not None:
        return True
    return may_share(eqn) and not all(is_numeric(var.kind) or isinstance(var.kind, ListKind) for var in operands(eqn))
