"""Computes once what the program computes twice: numbers of the same operands, such as an element of an array.

An array that was written meanwhile is another operand.  The derivative has one adjoint for both, and keeps one value.
What was just written to an element is not read again.

>>> from s2s_ad.frontend.lower import lower
>>> from s2s_ad.ir.kinds import Array
>>> from s2s_ad.ir.printer import statement
>>> def f(x):
...     total = 0.0
...     for i in range(len(x)):
...         total += x[i] * x[i]
...     return total
>>> loop = once(lower(f, (Array("float64", "n"),)).function).body.stmts[-1]
>>> [statement(stmt) for stmt in loop.body.stmts]
['v2: float64 = operator.getitem(v0, i)', 'v4: float64 = operator.mul(v2, v2)', 'v5: float64 = operator.add(total, v4)']
>>> def g(x, y):
...     x[0] = y[0] + y[1]
...     return x[0] * x[1]
>>> [statement(stmt) for stmt in once(lower(g, (Array("float64", "n"),) * 2).function).body.stmts[-2:]]
['v5: float64 = operator.getitem(v_m1.2, 1)', 'v6: float64 = operator.mul(v3, v5)']
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from typing import TypeAlias

from s2s_ad.ir.core import Arg, Atom, Block, Eqn, Function, Lit, Seq, Stmt, Var, map_blocks, operands, variables
from s2s_ad.ir.kinds import Array, ListKind, NumpyScalar, PyScalar, is_integer
from s2s_ad.ir.ops import CONTEXT, GETITEM, UPDATE
from s2s_ad.ir.rename import rename

_Key: TypeAlias = tuple[str, tuple[Arg, ...], tuple[tuple[str, Arg], ...]]
_PURE = frozenset({"builtins", "math", "numpy", "numpy.linalg", "operator"})
"""Where functions are that always give the same of the same."""
_BUILTINS = frozenset({"abs", "bool", "float", "int", "len", "max", "min"})


def once(function: Function) -> Function:
    """Return the function without numbers that it has computed before, but for its results."""
    results = frozenset(variables(function.result, *function.body.results))
    functions = tuple(map(once, function.functions))
    return replace(function, body=_once(function.body, {}, results), functions=functions)


def _once(block: Block, known: dict[_Key, Var], results: Set[Var]) -> Block:
    """Return a block without what is known before it or was computed in it."""
    known = dict(known)
    change: dict[Var, Atom] = {}
    stmts: list[Stmt] = []
    for stmt in block.stmts:
        (stmt,) = rename(Block((stmt,)), change).stmts
        if not isinstance(stmt, Eqn):
            stmts.append(map_blocks(stmt, lambda inner, known=known: _once(inner, known, results)))
            continue
        if stmt.op in CONTEXT:
            known = {}  # what raises there does not here
        key = _key(stmt)
        if key is not None and key in known and stmt.outs[0] not in results and known[key].kind == stmt.outs[0].kind:
            change[stmt.outs[0]] = known[key]
            continue
        if key is not None:
            known.setdefault(key, stmt.outs[0])
        elif stmt.op == UPDATE:
            known.update(_element_written(stmt))
        stmts.append(stmt)
    return Block(tuple(stmts), rename(Block((), block.results), change).results)


def _element_written(eqn: Eqn) -> dict[_Key, Var]:
    """Return what reading an element gives that an equation writes, if it is what was written."""
    _, path, index, sign, new = eqn.args
    places = index.items if isinstance(index, Seq) and index.type == "tuple" else (index,)
    one = all(isinstance(place, Var | Lit) and is_integer(place.kind) for place in places)
    plain = path == Seq(()) and isinstance(sign, Lit) and not sign.value and not eqn.kwargs
    if not one or not plain or not isinstance(new, Var):
        return {}
    x = eqn.outs[0]
    if not isinstance(x.kind, Array) or len(x.kind.axes or "") != len(places) or new.kind != NumpyScalar(x.kind.dtype):
        return {}
    return {(GETITEM.path, (x, index), ()): new}


def _key(eqn: Eqn) -> _Key | None:
    """Return what is the same for equations that give the same number, None for all that may give another each time."""
    if len(eqn.outs) != 1 or eqn.op.custom is not None or not isinstance(eqn.outs[0].kind, PyScalar | NumpyScalar):
        return None
    module, _, name = eqn.op.path.rpartition(".")
    if module not in _PURE or (module == "builtins" and name not in _BUILTINS):
        return None
    known = all(isinstance(var.kind, PyScalar | NumpyScalar | Array | ListKind) for var in operands(eqn))
    return (eqn.op.path, eqn.args, eqn.kwargs) if known else None
