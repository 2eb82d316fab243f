"""Which numbers may be truths when the program runs, although their kind is that of a float.

Where one way gives `x > 0` and another `x`, the value is a float by its kind and may be `np.True_`: NumPy has no
sign, no negative and no difference of such.

>>> from s2s_ad.frontend.lower import lower
>>> from s2s_ad.ir.kinds import FLOAT
>>> def f(x):
...     y = max(x, x > 0.0)  # v3 and v4, of which the second is what y is; v1 and v2 are tests
...     return abs(y) * x  # v5, v6
>>> sorted(var.name for var in truths(lower(f, (FLOAT,)).function))
['v3', 'v4', 'v5']
"""

from __future__ import annotations

from collections.abc import Iterable

from s2s_ad.ir.core import Arg, Atom, Eqn, For, Function, If, Stmt, Var, While, atoms, carried, statements_of, variables
from s2s_ad.ir.kinds import Kind, dtype_of, is_numeric
from s2s_ad.ir.ops import IDENTITY

_CHOICES = frozenset({IDENTITY.path, "builtins.max", "builtins.min"})
"""What gives one of its operands."""


def truths(function: Function) -> frozenset[Var]:
    """Return the Vars inside a function, and those that it calls, that may be truths though their kind is another."""
    called = {f"local.{each.name}": each for each in function.functions}
    found: set[Var] = set()
    before = -1
    while before != (before := len(found)):
        for each in (function, *function.functions):
            for stmt in statements_of(each.body):
                if isinstance(stmt, Eqn) and stmt.op.path in called:
                    _call(stmt, called[stmt.op.path], found)
                else:
                    _stmt(stmt, found)
    return frozenset(found)


def _call(eqn: Eqn, function: Function, found: set[Var]) -> None:
    """Pass on what a function is given, and what it gives."""
    params = [var for param in function.params for var in variables(param.value)]
    _pass_on([atom for arg in eqn.args for atom in atoms(arg)][: len(params)], params, found)
    _pass_on(list(atoms(function.result))[: len(eqn.outs)], eqn.outs, found)


def _stmt(stmt: Stmt, found: set[Var]) -> None:
    match stmt:
        case Eqn(outs, operation, args):
            given = [atom for arg in args for atom in _numbers(arg)]
            may_be = [_may_be(atom, found) for atom in given]
            if any(may_be) if operation.path in _CHOICES else all(may_be) and not found.isdisjoint(given):
                found.update(out for out in outs if _is_float(out.kind))
        case If(outs, _, then, orelse):
            for way in (then, orelse):
                _pass_on(way.results, outs, found)
        case For() | While():
            _pass_on(stmt.inits, stmt.params, found)
            _pass_on(carried(stmt), stmt.params, found)
            _pass_on(stmt.params, stmt.outs, found)
        case _:
            pass


def _pass_on(sources: Iterable[Atom], targets: Iterable[Var], found: set[Var]) -> None:
    for source, target in zip(sources, targets, strict=False):  # a call has no tape yet
        if _is_float(target.kind) and _may_be(source, found):
            found.add(target)


def _numbers(arg: Arg) -> list[Atom]:
    return [atom for atom in atoms(arg) if is_numeric(atom.kind)]


def _may_be(atom: Atom, found: set[Var]) -> bool:
    return atom in found or _is_truth(atom.kind)


def _is_float(kind: Kind) -> bool:
    return is_numeric(kind) and dtype_of(kind).kind == "f"


def _is_truth(kind: Kind) -> bool:
    return is_numeric(kind) and dtype_of(kind).kind == "b"
