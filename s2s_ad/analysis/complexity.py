"""Values of a complex kind that may be real when the program runs: a branch or a loop left them so.

A number may: its adjoint is complex and is used as the real number it was.  An array may not, since
its adjoint is an array of one dtype, which is written in place.

>>> from s2s_ad.frontend.lower import lower
>>> from s2s_ad.ir.kinds import FLOAT, INT
>>> def f(x, n):
...     s = x
...     for i in range(n):
...         s = s * 1j  # complex, if there is an iteration
...     return abs(s)
>>> sorted(str(var) for var in maybe_real(lower(f, (FLOAT, INT)).function.body))
['s', 's.2']
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from s2s_ad.errors import UnsupportedError
from s2s_ad.ir.core import (
    Atom,
    Block,
    Eqn,
    For,
    If,
    Note,
    Stmt,
    Var,
    While,
    atoms,
    blocks,
    bound,
    carried,
    entry_vars,
    place_of,
)  # fmt: skip
from s2s_ad.ir.kinds import Array, Kind, ListKind, is_complex, is_differentiable
from s2s_ad.ir.ops import ACCUMULATE, GETITEM, UPDATE

_COMPLEX = frozenset({"builtins.complex", "numpy.complex128", "numpy.complex64", "numpy.astype"})
"""Functions that make complex numbers of real ones, where their result is of a complex kind; so do `cmath`'s."""


def refuse_mixed(block: Block, active: frozenset[Var]) -> None:
    """Raise UnsupportedError where an active array of a complex kind may be real."""
    found = maybe_real(block)
    for stmt in _statements(block) if found else ():
        if isinstance(stmt, Note):
            continue
        for var in (*bound(stmt), *entry_vars(stmt)):
            if var in found and var in active and isinstance(_item(var.kind), Array):
                name = f"the array {var.hint!r}" if var.hint else "an array"
                raise UnsupportedError(
                    f"{name} is real or complex, depending on the way a branch or loop took",
                    place_of(stmt),
                    "make it complex from the start: x.astype(complex), np.zeros(n, dtype=complex), 0j for 0.0",
                )


def maybe_real(block: Block) -> frozenset[Var]:
    """Return the values of a block that have a complex kind and may be real."""
    found: set[Var] = set()
    before = -1
    while before != len(found):
        before = len(found)
        for stmt in _statements(block):
            found.update(_made_real(stmt, found))
    return frozenset(found)


def _made_real(stmt: Stmt, found: set[Var]) -> Iterator[Var]:
    """Yield what a statement binds that may be real, given what else may be."""
    match stmt:
        case Eqn(outs):
            if any(_is_complex(out) for out in outs) and _keeps_real(stmt, found):
                yield from filter(_is_complex, outs)
        case If(outs, _, then, orelse):
            yield from _handed((*then.results, *orelse.results), (*outs, *outs), found)
        case For() | While():
            yield from _handed((*stmt.inits, *carried(stmt)), (*stmt.params, *stmt.params), found)
            yield from _handed(stmt.params, stmt.outs, found)
        case _:
            pass


def _handed(sources: Iterable[Atom], targets: Iterable[Var], found: set[Var]) -> Iterator[Var]:
    for source, target in zip(sources, targets, strict=False):
        number = is_differentiable(source.kind) or str(source.kind) in ("int", "bool")
        if _is_complex(target) and (source in found or (number and not _is_complex(source))):
            yield target


def _keeps_real(eqn: Eqn, found: set[Var]) -> bool:
    """Say whether an equation may give a real value: none of its operands is surely complex."""
    if eqn.op.path in _COMPLEX or eqn.op.path.startswith(("cmath.", "numpy.fft.")):
        return False
    if eqn.op in (GETITEM, UPDATE, ACCUMULATE):
        return eqn.args[0] in found
    parts = [atom for arg in (*eqn.args, *(arg for _, arg in eqn.kwargs)) for atom in atoms(arg)]
    complexes = [atom for atom in parts if _is_complex(atom)]
    if not complexes:
        return eqn.op.path == "operator.pow"  # of a negative constant, by an integer
    return all(atom in found for atom in complexes)


def _is_complex(atom: Atom) -> bool:
    return is_complex(_item(atom.kind))


def _item(kind: Kind) -> Kind:
    """Return the kind of the items of a list, or the kind itself."""
    return _item(kind.item) if isinstance(kind, ListKind) else kind


def _statements(block: Block) -> Iterator[Stmt]:
    """Yield the statements of a block, and of those inside."""
    for stmt in block.stmts:
        yield stmt
        for inner in blocks(stmt):
            yield from _statements(inner)
