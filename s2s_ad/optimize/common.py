"""Reuses what the forward sweep computed, where a rule would compute it once more.

Only calls of functions are reused, and arrays only if nothing writes them: then they are what they were.

>>> from s2s_ad.errors import Place
>>> from s2s_ad.ir.core import Block, Eqn, Source, Var
>>> from s2s_ad.ir.kinds import FLOAT
>>> from s2s_ad.ir.ops import op
>>> from s2s_ad.ir.printer import statement
>>> x, y, z, bar, t = (Var(name, FLOAT) for name in ("x", "y", "z", "z_bar", ".1"))
>>> line = Source(Place("f.py", 1, 0, 1, "y = np.cos(x)"), "np.cos(x)")
>>> cosine = Eqn((y,), op("numpy.cos"), (x,), (), line)
>>> again = Eqn((t,), op("numpy.cos"), (x,))
>>> product = Eqn((bar,), op("operator.mul"), (z, t))
>>> [statement(stmt) for stmt in common(Block((cosine, again, product), (y, bar))).stmts]
['y: float = numpy.cos(x)', 'z_bar: float = operator.mul(z, y)']
"""

from __future__ import annotations

from typing import TypeAlias

from s2s_ad.analysis.storage import Storage
from s2s_ad.ir.core import Arg, Atom, Block, Eqn, Lit, Stmt, Var, is_primal, map_blocks, operands
from s2s_ad.ir.kinds import Array, NumpyScalar, PyScalar
from s2s_ad.ir.ops import CONTEXT
from s2s_ad.ir.rename import rename

Key: TypeAlias = tuple[str, tuple[Arg, ...], tuple[tuple[str, Arg], ...]]
_MODULES = ("math", "numpy")
_CALLS = frozenset(
    [
        "sin",
        "cos",
        "tan",
        "arcsin",
        "arccos",
        "arctan",
        "sinh",
        "cosh",
        "tanh",
        "exp",
        "exp2",
        "expm1",
        "log",
        "log1p",
        "log2",
        "log10",
        "sqrt",
        "cbrt",
        "power",
        "hypot",
        "erf",
        "gamma",
        "asin",
        "acos",
        "atan",
        "atan2",
        "arctan2",
        "logaddexp",
        "square",
    ]
)


def common(block: Block) -> Block:
    """Return the block in which rules reuse what was computed before."""
    storage = Storage()
    storage.block(block)
    change: dict[Var, Atom] = {}
    made = _Common(storage, change).block(block, {})
    return rename(made, change) if change else block


class _Common:
    def __init__(self, storage: Storage, change: dict[Var, Atom]) -> None:
        self._storage = storage
        self._change = change

    def block(self, block: Block, known: dict[Key, Var]) -> Block:
        """Return a block without what is known before it or was computed in it."""
        known = dict(known)
        stmts: list[Stmt] = []
        for stmt in block.stmts:
            key = self._key(stmt)
            if key is None:
                if isinstance(stmt, Eqn) and stmt.op in CONTEXT:
                    known = {}  # what raises there does not here
                stmts.append(map_blocks(stmt, lambda inner, known=known: self.block(inner, known)))
                continue
            assert isinstance(stmt, Eqn)
            (out,) = stmt.outs
            if key in known and not out.hint and not is_primal(stmt) and known[key].kind == out.kind:
                self._change[out] = known[key]
                continue
            known.setdefault(key, out)
            stmts.append(stmt)
        return Block(tuple(stmts), block.results)

    def _key(self, stmt: Stmt) -> Key | None:
        """Return what tells calls apart whose values are the same, None for all other statements."""
        if not isinstance(stmt, Eqn) or len(stmt.outs) != 1:
            return None
        module, _, name = stmt.op.path.rpartition(".")
        if module not in _MODULES or name not in _CALLS or not all(isinstance(arg, Var | Lit) for arg in stmt.args):
            return None
        if not all(self._stays(var) for var in (*operands(stmt), *stmt.outs)):
            return None
        args = tuple(self._change.get(arg, arg) if isinstance(arg, Var) else arg for arg in stmt.args)
        return stmt.op.path, args, stmt.kwargs

    def _stays(self, var: Var) -> bool:
        number = isinstance(var.kind, PyScalar | NumpyScalar)
        return number or (isinstance(var.kind, Array) and not self._storage.writes_to(var))
