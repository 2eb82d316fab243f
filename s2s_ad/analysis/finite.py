"""Which values may be infinite or nan although the arguments are not: logarithms, quotients, powers, exponentials.

So may be what is made of a constant that is, but for bounds: `np.clip(x, 0.0, np.inf)` is as finite as x.

An adjoint that is zero because a value was not chosen stays zero when it meets such a value.  A program that asks
for nan, ignores it, or leaves elements out by `where=`, may be given nan: there the arguments are such values too.

>>> import numpy as np
>>> from s2s_ad.frontend.lower import lower
>>> from s2s_ad.ir.kinds import Array
>>> def f(x, k):
...     y = np.log(x)  # v1
...     return np.where(x > 0.0, k * y, x * k)  # v2 is the test, v3 and v4 are the two values
>>> kind = Array("float64", "n")
>>> sorted(var.name for var in unbounded(lower(f, (kind, kind)).function.body) if var.hint in ("v1", "v3", "v4"))
['v1', 'v3']
>>> def g(x, k):
...     return np.nansum(x * k)
>>> sorted(var.name for var in unbounded(lower(g, (kind, kind)).function.body))
['v0', 'v1', 'v2', 'v_m1']
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from s2s_ad.ir.core import (
    Arg,
    Atom,
    Block,
    Eqn,
    For,
    If,
    Lit,
    Seq,
    Stmt,
    Var,
    While,
    atoms,
    blocks,
    carried,
    free,
    operands,
)
from s2s_ad.ir.kinds import is_differentiable
from s2s_ad.ir.ops import is_local
from s2s_ad.rules.language import lookup


def unbounded(block: Block) -> frozenset[Var]:
    """Return the Vars inside a block that may be infinite or nan, where the arguments are finite if need be."""
    found: set[Var] = set()
    if _expects_nan(block):
        found.update(var for var in free(block) if is_differentiable(var.kind))
    _block(block, found)
    return frozenset(found)


def _block(block: Block, found: set[Var]) -> None:
    for stmt in block.stmts:
        _stmt(stmt, found)


def _stmt(stmt: Stmt, found: set[Var]) -> None:
    match stmt:
        case Eqn(outs):
            if _has_poles(stmt) or not found.isdisjoint(operands(stmt)) or reads_infinity(stmt):
                found.update(out for out in outs if is_differentiable(out.kind))
        case If(outs, _, then, orelse):
            for way in (then, orelse):
                _block(way, found)
                _pass_on(way.results, outs, found)
        case For() | While():
            _pass_on(stmt.inits, stmt.params, found)
            before = -1
            while before != len(found):
                before = len(found)
                for inner in blocks(stmt):
                    _block(inner, found)
                _pass_on(carried(stmt), stmt.params, found)
            _pass_on(stmt.params, stmt.outs, found)
        case _:
            pass


_TESTS = "isnan isfinite isinf isposinf isneginf nan_to_num nanargmax nanargmin"
_IGNORE = """
    nansum nanprod nanmean nanvar nanstd nanmax nanmin nanmedian nanquantile nanpercentile nancumsum nancumprod
"""
_OF_NAN = frozenset(f"numpy.{name}" for name in (_TESTS + _IGNORE).split())


def _expects_nan(block: Block) -> bool:
    """Say whether a block asks which values are no numbers, or leaves such out."""
    return any(
        _is_of_nan(stmt) if isinstance(stmt, Eqn) else any(map(_expects_nan, blocks(stmt))) for stmt in block.stmts
    )


def _is_of_nan(eqn: Eqn) -> bool:
    rule = lookup(eqn.op.path)
    leaves_out = rule is not None and rule.selects == "where" and any(name == "where" for name, _ in eqn.kwargs)
    return leaves_out or eqn.op.path in _OF_NAN or eqn.op.path in ("math.isnan", "math.isfinite", "math.isinf")


_BOUNDS = "clip maximum minimum fmax fmin max min amax amin nanmax nanmin"
_BOUNDED = frozenset({"builtins.max", "builtins.min", *(f"numpy.{name}" for name in _BOUNDS.split())})
"""What gives an infinite constant only where it is the one that counts."""
_OF_TEXT = frozenset({"builtins.float", "numpy.float64"})


def reads_infinity(stmt: Stmt) -> bool:
    """Say whether an equation computes with a constant that is infinite or nan."""
    if not isinstance(stmt, Eqn) or stmt.op.path in _BOUNDED or not any(is_differentiable(x.kind) for x in stmt.outs):
        return False
    if stmt.op.path in _OF_TEXT and isinstance(stmt.args[0], Lit) and isinstance(stmt.args[0].value, str):
        return not np.isfinite(float(stmt.args[0].value))
    return any(map(_is_infinite, (*stmt.args, *(value for _, value in stmt.kwargs))))


def _is_infinite(arg: Arg) -> bool:
    found = atoms(arg) if isinstance(arg, Lit | Seq) else ()
    return any(isinstance(atom, Lit) and is_differentiable(atom.kind) and not np.isfinite(atom.value) for atom in found)


def _has_poles(eqn: Eqn) -> bool:
    rule = lookup(eqn.op.path)
    return is_local(eqn.op) or (rule is not None and (rule.poles or rule.overflows))


def _pass_on(sources: Iterable[Atom], targets: Iterable[Var], found: set[Var]) -> None:
    found.update(
        target for source, target in zip(sources, targets, strict=True) if source in found or _is_infinite(source)
    )
