"""Computes beforehand the adjoints that are numbers, where the seed is one and not the caller's.

>>> from s2s_ad.ir.core import Block, Eqn, Lit, Var
>>> from s2s_ad.ir.kinds import FLOAT, INT, Array, NumpyScalar
>>> from s2s_ad.ir.ops import op
>>> from s2s_ad.ir.printer import statement
>>> number, array = NumpyScalar("float64"), Array("float64", "n")
>>> x, y_bar, t, x_bar = Var("x", array), Var("y_bar", number), Var(".t", number), Var("x_bar", array)
>>> seed = Eqn((y_bar,), op("numpy.float64"), (Lit(1.0, FLOAT),))
>>> twice = Eqn((t,), op("operator.mul"), (y_bar, Lit(2, INT)))
>>> slope = Eqn((x_bar,), op("operator.mul"), (t, x))
>>> [statement(stmt) for stmt in seeded(Block((seed, twice, slope), (x_bar,))).stmts]
['x_bar: float64[n] = operator.mul(2.0, x)']

A NumPy number is written as Python's only beside others or arrays of its dtype: alone it has NumPy's arithmetic, in
which nothing raises.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import replace

import numpy as np

from s2s_ad.ir.core import (
    Arg,
    Atom,
    Block,
    Eqn,
    For,
    Lit,
    Stmt,
    Var,
    While,
    bound,
    carried,
    entry_vars,
    is_primal,
    map_blocks,
    statements_of,
)  # fmt: skip
from s2s_ad.ir.kinds import FLOAT, Array, NumpyScalar
from s2s_ad.ir.ops import GETITEM, IDENTITY, POP, PUSH, op
from s2s_ad.optimize.dead_code import dead_code

_NUMBER = NumpyScalar("float64")
_ARITHMETIC = frozenset(f"operator.{name}" for name in ("add", "sub", "mul", "truediv", "neg", "pos"))
_MUL, _NEG, _FLOAT64 = op("operator.mul"), op("operator.neg"), op("numpy.float64")


def seeded(block: Block) -> Block:
    """Return the block with what is known of adjoints written down."""
    known: dict[Var, float] = {}
    copies = {(eqn.outs[0], eqn.args[0]) for eqn in statements_of(block) if isinstance(eqn, Eqn) and eqn.op == IDENTITY}
    for stmt in statements_of(block):
        known.update(_always(stmt, known, copies))
    return dead_code(_Written(block, known).block(block)) if known else block


def _always(stmt: Stmt, known: dict[Var, float], copies: Container[tuple[Atom, Arg]]) -> Iterator[tuple[Var, float]]:
    """Yield the adjoints that always are a number, and that number; a loop may hand one on as it is."""
    if isinstance(stmt, Eqn):
        value = _value(stmt, known)
        if value is not None:
            yield stmt.outs[0], value
    elif isinstance(stmt, For | While):
        for out, param, init, again in zip(stmt.outs, stmt.params, stmt.inits, carried(stmt), strict=True):
            if isinstance(init, Var) and init in known and (again == param or (again, param) in copies):
                yield from ((var, known[init]) for var in (param, out))


def _value(stmt: Eqn, known: dict[Var, float]) -> float | None:
    """Return the number that an adjoint always is, None if it is not known."""
    if is_primal(stmt) or stmt.kwargs or len(stmt.outs) != 1:
        return None
    if stmt.outs[0].kind not in (FLOAT, _NUMBER):
        return None
    given = [_number(arg, known) for arg in stmt.args]
    numbers = [np.float64(number) for number in given if number is not None]
    if not numbers or len(numbers) < len(given):
        return None
    if stmt.op in (IDENTITY, _FLOAT64):
        return float(numbers[0])
    if stmt.op.path not in _ARITHMETIC:
        return None
    with np.errstate(all="ignore"):
        value = float(stmt.op.fun(*numbers))
    return value if math.isfinite(value) else None


def _number(arg: Arg, known: dict[Var, float]) -> float | None:
    if isinstance(arg, Var):
        return known.get(arg)
    if not isinstance(arg, Lit) or type(arg.value) not in (int, float, np.float64):
        return None
    return float(arg.value) if float(arg.value) == arg.value else None


class _Written:
    """Writes down what is known, and products with one and minus one as what they are, to the bit."""

    def __init__(self, block: Block, known: dict[Var, float]) -> None:
        self._known = known
        self._makers: dict[Var, Stmt] = {out: stmt for stmt in statements_of(block) for out in entry_vars(stmt)}
        self._makers.update((out, stmt) for stmt in statements_of(block) for out in bound(stmt))
        self._makers.update(_taken_off(block))

    def block(self, block: Block) -> Block:
        return replace(block, stmts=tuple(map(self._statement, block.stmts)))

    def _statement(self, stmt: Stmt) -> Stmt:
        if not isinstance(stmt, Eqn):
            return map_blocks(stmt, self.block)
        known = self._known
        if stmt.outs and stmt.outs[0] in known:
            number = IDENTITY if stmt.outs[0].kind == FLOAT else _FLOAT64
            return replace(stmt, op=number, args=(Lit(known[stmt.outs[0]], FLOAT),))
        if is_primal(stmt) or stmt.kwargs or stmt.op.path not in _ARITHMETIC:
            return stmt
        alone = not any(_is_wide(arg) for arg in stmt.args if arg not in known)
        args = tuple(
            Lit(known[arg], FLOAT)
            if isinstance(arg, Var) and arg in known and (arg.kind == FLOAT or not alone)
            else arg
            for arg in stmt.args
        )
        return self._shorter(replace(stmt, args=args)) if args != stmt.args else stmt

    def _shorter(self, eqn: Eqn) -> Eqn:
        (out,) = eqn.outs
        factors = [arg for arg in eqn.args if isinstance(arg, Lit)]
        others = [arg for arg in eqn.args if isinstance(arg, Var)]
        if eqn.op != _MUL or len(factors) != 1 or others[0].kind != out.kind:
            return eqn
        if not isinstance(out.kind, Array) and not self._is_float(others[0]):
            return eqn
        if factors[0].value == 1.0 and not isinstance(out.kind, Array):  # an array would not be a new one
            return replace(eqn, op=IDENTITY, args=(others[0],))
        return replace(eqn, op=_NEG, args=(others[0],)) if factors[0].value == -1.0 else eqn

    def _is_float(self, arg: Arg) -> bool:
        """Say whether a number surely is a float, and not the integer that a sum of nothing is, or that 0 and x is."""
        if not isinstance(arg, Var):
            return isinstance(arg, Lit) and type(arg.value) is float
        maker = self._makers.get(arg)
        if maker is None:
            return arg.kind == FLOAT
        if not isinstance(maker, Eqn):
            return False
        if maker.op.path.startswith(("math.", "numpy.")) or maker.op.path == "operator.truediv":
            return maker.op.path != "math.prod"
        if maker.op == GETITEM:  # a list of floats may hold an integer
            return isinstance(x := maker.args[0], Var) and isinstance(x.kind, Array) and x.kind.dtype == "float64"
        return (maker.op.path in _ARITHMETIC or maker.op == IDENTITY) and any(map(self._is_float, maker.args))


def _taken_off(block: Block) -> Iterator[tuple[Var, Eqn]]:
    """Yield what is taken off tapes, as copies of what one statement puts on them."""
    eqns = [stmt for stmt in statements_of(block) if isinstance(stmt, Eqn) and stmt.op in (PUSH, POP)]
    pushes = Counter(stmt.args[0] for stmt in eqns if stmt.op == PUSH)
    kept = {stmt.args[0]: stmt.args[1:] for stmt in eqns if stmt.op == PUSH and pushes[stmt.args[0]] == 1}
    for stmt in eqns:
        if stmt.op == POP and stmt.args[0] in kept:
            for out, value in zip(stmt.outs, kept[stmt.args[0]], strict=True):
                yield out, Eqn((out,), IDENTITY, (value,))


def _is_wide(arg: Arg) -> bool:
    """Say whether arithmetic with this is NumPy's, in float64."""
    return isinstance(arg, Var) and (
        arg.kind == _NUMBER or (isinstance(arg.kind, Array) and arg.kind.dtype == "float64")
    )
