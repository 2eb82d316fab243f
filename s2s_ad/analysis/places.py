"""Which integers surely are places of an array: those that loops over its length count, and what is near them.

>>> import numpy as np
>>> from s2s_ad.frontend.lower import lower
>>> from s2s_ad.ir.core import statements_of
>>> from s2s_ad.ir.ops import GETITEM
>>> def f(x, y):
...     z = np.zeros(len(x))
...     for i in range(1, len(x)):
...         z[i] = z[i - 1] + x[i] * x[i + 1] * x[i - 2] * y[i]
...     return z
>>> function = lower(f, (Array("float64", "n"),) * 2).function
>>> places = Places(function.body)
>>> reads = [stmt.args for stmt in statements_of(function.body) if isinstance(stmt, Eqn) and stmt.op == GETITEM]
>>> [places.has(x, index) for x, index in reads]
[True, True, False, False, False]
"""

from __future__ import annotations

from dataclasses import dataclass

from s2s_ad.ir.core import Arg, Block, Eqn, For, Lit, Var, statements_of
from s2s_ad.ir.kinds import Array


@dataclass(frozen=True, slots=True)
class Span:
    """Integers from `low` to the length of an array, less one and less `spare`."""

    array: Var
    low: int
    spare: int

    def moved(self, by: int) -> Span:
        return Span(self.array, self.low + by, self.spare - by)


class Places:
    """Answers for one function."""

    def __init__(self, body: Block) -> None:
        self._lengths: dict[Var, tuple[Var, int]] = {}
        """Numbers that are so much less than the length of an array, or negative."""
        self._spans: dict[Var, Span] = {}
        self._made: dict[Var, Var] = {}
        """For arrays that are made as long as another, that one."""
        for stmt in statements_of(body):
            if isinstance(stmt, Eqn):
                self._equation(stmt)
            elif isinstance(stmt, For):
                self._loop(stmt)

    def has(self, x: Arg, index: Arg) -> bool:
        """Say whether an index surely is a place of an array with one axis, counted from its start."""
        span = self._spans.get(index) if isinstance(index, Var) else None
        if span is None or not isinstance(x, Var):
            return False
        return span.low >= 0 and span.spare >= 0 and self._are_as_long(x, span.array)

    def knows(self, x: Var) -> bool:
        """Say whether an array is made as long as another."""
        return x in self._made

    def goes_through(self, loop: For, x: Var, few: int) -> bool:
        """Say whether a loop counts all places of an array but a few at its ends."""
        span = self._spans.get(loop.index) if loop.stop in self._lengths and isinstance(loop.start, Lit) else None
        return span is not None and self._are_as_long(x, span.array) and 0 <= span.low <= few and span.spare <= few

    def _equation(self, eqn: Eqn) -> None:
        if len(eqn.outs) != 1:
            return
        out = eqn.outs[0]
        match eqn.op.path, eqn.args:
            case "builtins.len", (Var(kind=Array()) as x,):
                self._lengths[out] = x, 0
            case "operator.add" | "operator.sub", (Var() as i, Lit(int(by))):
                self._move(out, i, by if eqn.op.path == "operator.add" else -by)
            case "operator.add", (Lit(int(by)), Var() as i):
                self._move(out, i, by)
            case "ir.identity", (Var() as i,):
                self._move(out, i, 0)
            case "numpy.zeros", (Var() as size,) if size in self._lengths and self._lengths[size][1] == 0:
                self._made[out] = self._lengths[size][0]
            case "numpy.ndarray.tolist", (Var() as x,):
                self._made[out] = self._made.get(x, x)
            case "ir.update" | "ir.accumulate", (Var() as x, *_) if x in self._made:
                self._made[out] = self._made[x]
            case _:
                pass

    def _move(self, out: Var, i: Var, by: int) -> None:
        if i in self._spans:
            self._spans[out] = self._spans[i].moved(by)
        if i in self._lengths:
            x, less = self._lengths[i]
            self._lengths[out] = x, less - by

    def _loop(self, loop: For) -> None:
        for out, param, given in zip(loop.outs, loop.params, loop.inits, strict=True):
            if isinstance(given, Var) and given in self._made:
                self._made[out] = self._made[param] = self._made[given]
        if not isinstance(loop.step, Lit) or loop.step.value != 1 or not isinstance(loop.stop, Var):
            return
        low = self._low(loop.start)
        if low is None:
            return
        if loop.stop in self._lengths:
            x, less = self._lengths[loop.stop]
            self._spans[loop.index] = Span(x, low, less)
        elif loop.stop in self._spans:
            span = self._spans[loop.stop]
            self._spans[loop.index] = Span(span.array, low, span.spare + 1)

    def _low(self, start: Arg) -> int | None:
        """Return what the first number of a loop is at least."""
        if isinstance(start, Lit):
            return start.value if type(start.value) is int else None
        return self._spans[start].low if isinstance(start, Var) and start in self._spans else None

    def _are_as_long(self, x: Var, y: Var) -> bool:
        """Say whether the first axes of two arrays surely have one size."""
        x, y = self._made.get(x, x), self._made.get(y, y)
        sizes = [var.kind.size_of(0) for var in (x, y) if isinstance(var.kind, Array)]
        return x == y or (len(sizes) == 2 and sizes[0] is not None and sizes[0] == sizes[1])
