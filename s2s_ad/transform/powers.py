"""Powers of Python floats that may turn complex when they run, where nobody would notice.

`x ** 0.5` of a negative Python float is complex, which no kind tells.  Mostly the result of the function is
then complex too, and the derivative says so.  Where something makes real numbers of complex ones, as `abs`
does, the power is checked when it runs:

    v1 = v0 ** 0.5            v1 = real_power(v0, 0.5)
    v2 = abs(v1)         →    v2 = abs(v1)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from s2s_ad.errors import UnsupportedError
from s2s_ad.ir.core import (
    Block,
    Eqn,
    For,
    Function,
    If,
    Lit,
    Stmt,
    Try,
    Var,
    While,
    blocks,
    carried,
    map_blocks,
    operands,
    place_of,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import Array, PyScalar, is_complex, is_differentiable
from s2s_ad.ir.ops import UPDATE, op

_POWER = op("operator.pow")
_REAL_POWER = op("s2s_ad.rules.helpers.real_power")
_NUMPY = "abs real imag angle var std linalg.norm astype float64 float32 float16 full_like"
_OTHERS = frozenset({"builtins.abs", "operator.abs", "cmath.phase", "cmath.polar"})
_MAKES_REAL = _OTHERS | {f"numpy.{name}" for name in _NUMPY.split()}
"""Functions that take complex numbers and give real ones."""
_MAKES_ARRAYS = frozenset({"numpy.array", "numpy.asarray", "numpy.ascontiguousarray"})


def checked_powers(function: Function) -> Function:
    """Return the function with checks of the powers that may turn complex unnoticed."""
    powers = [stmt for stmt in _equations(function.body) if _may_turn_complex(stmt)]
    if function.functions and any(map(_may_turn_complex, _all_equations(function))):  # they call each other
        functions = tuple(replace(each, body=_checked(each.body)) for each in function.functions)
        return replace(function, body=_checked(function.body), functions=functions)
    if not powers:
        return function
    reached = _reached(function.body, {eqn.outs[0] for eqn in powers})
    hidden = any(_makes_real(eqn) and not reached.isdisjoint(operands(eqn)) for eqn in _equations(function.body))
    hidden = hidden or any(isinstance(var.kind, Array) and var in reached for var in variables(function.result))
    return replace(function, body=_checked(function.body)) if hidden else function


def _may_turn_complex(eqn: Eqn) -> bool:
    """Say whether an equation is a power of Python floats whose base may be negative and its exponent broken."""
    if eqn.op != _POWER or not all(isinstance(arg, Var | Lit) and isinstance(arg.kind, PyScalar) for arg in eqn.args):
        return False
    base, exponent = eqn.args
    assert isinstance(base, Var | Lit) and isinstance(exponent, Var | Lit)
    if exponent.kind != PyScalar("float") or is_complex(eqn.outs[0].kind):
        return False
    whole = isinstance(exponent, Lit) and exponent.value == exponent.value // 1
    return not whole and not (isinstance(base, Lit) and base.value >= 0)


def _makes_real(eqn: Eqn) -> bool:
    if eqn.op == UPDATE:
        return any(isinstance(var.kind, Array) for var in variables(eqn.args[-1]))
    with_dtype = eqn.op.path in _MAKES_ARRAYS and (len(eqn.args) > 1 or bool(eqn.kwargs))
    return with_dtype or eqn.op.path in _MAKES_REAL


def _reached(block: Block, found: set[Var]) -> set[Var]:
    """Return all values that are made of these, by whatever way."""
    before = -1
    while before != len(found):
        before = len(found)
        for targets, sources in _flows(block):
            if any(source in found for source in sources):
                found.update(targets)
    return found


def _flows(block: Block) -> Iterator[tuple[list[Var], list[Var]]]:
    """Yield values with what they are made of."""
    for stmt in block.stmts:
        match stmt:
            case Eqn(outs):
                yield [out for out in outs if is_differentiable(out.kind)], list(operands(stmt))
            case If(outs, _, then, orelse):
                for row in zip(outs, then.results, orelse.results, strict=True):
                    yield [row[0]], list(variables(*row[1:]))
            case For() | While():
                for out, param, *given in zip(stmt.outs, stmt.params, stmt.inits, carried(stmt), strict=True):
                    yield [out, param], list(variables(*given))
            case _:
                pass
        for inner in blocks(stmt):
            yield from _flows(inner)


def _all_equations(function: Function) -> Iterator[Eqn]:
    for body in (function.body, *(each.body for each in function.functions)):
        yield from _equations(body)


def _equations(block: Block) -> Iterator[Eqn]:
    for stmt in block.stmts:
        if isinstance(stmt, Eqn):
            yield stmt
        for inner in blocks(stmt):
            yield from _equations(inner)


def _checked(block: Block) -> Block:
    def change(stmt: Stmt) -> Stmt:
        if isinstance(stmt, Try):
            _refuse_inside(stmt.orelse)
        if isinstance(stmt, Eqn) and _may_turn_complex(stmt):
            return replace(stmt, op=_REAL_POWER)
        return map_blocks(stmt, _checked)

    return Block(tuple(map(change, block.stmts)), block.results)


def _refuse_inside(block: Block) -> None:
    """Refuse a power inside of `try`, where the error of its check would be caught."""
    for eqn in _equations(block):
        if _may_turn_complex(eqn):
            reason = "a power inside of try that may turn complex, and is made real again"
            raise UnsupportedError(reason, place_of(eqn), "take it out of the try, or use np.power, which gives nan")
