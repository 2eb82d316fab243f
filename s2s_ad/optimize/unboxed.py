"""Reads elements of arrays as numbers of Python, whose arithmetic takes a third of the time of NumPy's.

    v2 = x[i]                 v2 = x.item(i)
    v3 = a * v2          →    v3 = a * v2
    s = s + v3                s = s + v3
    return s                  return np.float64(s)

Both have the same bits, but not the same manners: divisions by zero and powers that overflow raise in Python, dtypes
of NumPy give way to Python's numbers, and other functions may ask what they are given.  Quotients and powers that would
raise are those of `rules.helpers`.  Else a number stays NumPy's where something could tell that reads it, or that reads
what is made of it.

>>> from s2s_ad.frontend.lower import lower
>>> from s2s_ad.ir.kinds import Array, FLOAT
>>> from s2s_ad.ir.printer import statement
>>> import math
>>> def f(x, a):
...     return a * x[0] - math.exp(1.0 / (a + x[1]))
>>> made = unboxed(lower(f, (Array("float64", "n"), FLOAT)).function, Names(9))
>>> [statement(stmt) for stmt in made.body.stmts if stmt.op == ITEM]
['v1: float64 = ir.item(v_m1, 0)', 'v3: float64 = ir.item(v_m1, 1)']
>>> statement(made.body.stmts[4])
'v5: float64 = s2s_ad.rules.helpers.quotient(1.0, v4)'
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import replace

import numpy as np

from s2s_ad.ir.core import (
    REVERSE_SWEEP,
    Arg,
    Atom,
    Block,
    Eqn,
    For,
    Function,
    If,
    Lit,
    Op,
    Seq,
    Stmt,
    Var,
    While,
    bound,
    carried,
    given_to,
    map_blocks,
    operands,
    statements_of,
    substitute,
    surely_runs,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import BOOL, FLOAT, INT, Array, Kind, NumpyScalar, PyScalar, is_integer, is_number, is_numeric
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import ACCUMULATE, CONTEXT, GETITEM, IDENTITY, ITEM, NEW_TAPE, POP, PUSH, UPDATE, op
from s2s_ad.ir.tapes import is_tape, slots

_FLOAT, _FLOAT64 = op("builtins.float"), op("numpy.float64")
_GREATER = op("operator.gt")
_COMPARISONS = frozenset(f"operator.{name}" for name in ("lt", "le", "gt", "ge", "eq", "ne"))
_ARITHMETIC = _COMPARISONS | {
    *(f"operator.{name}" for name in ("add", "sub", "mul", "neg", "pos", "abs")),
    "builtins.abs",
}
"""What gives the same of Python's numbers and of NumPy's, and of Python's one of Python's."""
_QUOTIENTS = {"operator.truediv": op("s2s_ad.rules.helpers.quotient"), "operator.pow": op("s2s_ad.rules.helpers.power")}
"""What does not raise if one of both operands is NumPy's, and what gives the same of Python's."""
_FRACTIONAL = op("s2s_ad.rules.helpers.fractional_power")
_OPERATORS = _ARITHMETIC | _QUOTIENTS.keys()
_FUNCTIONS = {
    "numpy.sqrt": op("s2s_ad.rules.helpers.square_root"),
    "numpy.sign": op("s2s_ad.rules.helpers.sign"),
    "numpy.maximum": op("s2s_ad.rules.helpers.greater"),
    "numpy.minimum": op("s2s_ad.rules.helpers.lesser"),
    **dict.fromkeys(("numpy.abs", "numpy.absolute", "numpy.fabs"), op("builtins.abs")),
}
"""What gives numbers of NumPy, and what gives the same bits as Python's in a tenth of the time."""
_CHOICES = frozenset({"builtins.max", "builtins.min", "s2s_ad.rules.helpers.unless_zero"})
"""What gives one of its operands."""
_OF_TRUTHS = frozenset({"operator.and_", "operator.or_", "operator.xor"})
"""What gives a truth of truths."""
_TO_PYTHON = frozenset({"builtins.float", "builtins.int", "operator.not_"})
_WIDE = "float64", "complex128"
_TRUTHS = BOOL, NumpyScalar("bool")


def unboxed(function: Function, names: Names) -> Function:
    """Return the function with elements of arrays read as Python's numbers, where nothing but a clock can tell."""
    equations = [stmt for stmt in statements_of(function.body) if isinstance(stmt, Eqn)]
    if not any(eqn.op == GETITEM and _is_box(eqn) for eqn in equations):
        return function
    if any(eqn.op in CONTEXT for eqn in equations):  # `np.errstate` says what NumPy's numbers raise, and they alone
        return function
    boxed = _Boxed(function)
    changed = boxed.changed()
    if not changed:
        return function
    body = boxed.without(function.body, changed)
    ends: list[Stmt] = []
    given: dict[Var, Var] = {}
    for var in dict.fromkeys(variables(function.result)):
        if var in changed and (var.kind != FLOAT or var in boxed.ran):
            stmts, given[var] = _boxed_after(boxed.ran.get(var, ()), var, names)
            ends += stmts
    result = substitute(function.result, lambda var: given.get(var, var))
    return replace(function, body=Block((*body.stmts, *ends), tuple(variables(result))), result=result)


def _boxed_after(loops: Sequence[For], var: Var, names: Names) -> tuple[list[Stmt], Var]:
    """Return statements that make a number NumPy's if all of these loops ran, and what it is then."""
    if not loops:
        made = Var(names.version(""), NumpyScalar("float64"))
        return [Eqn((made,), _FLOAT64, (var,))], made
    first, *others = loops
    stmts, made = _boxed_after(others, var, names)
    if surely_runs(first):
        return stmts, made
    runs, out = Var(names.version(""), BOOL), Var(names.version(var.hint), var.kind)
    test = Eqn((runs,), _GREATER, (first.stop, first.start))
    return [test, If((out,), runs, Block(tuple(stmts), (made,)), Block((), (var,)))], out


def _value_of(function: Function) -> list[Var]:
    """Return what is as the program gives it: the value beside a derivative, and not what a reverse sweep made."""
    if function.seeds and isinstance(function.result, Seq):
        return list(variables(function.result.items[0]))
    stmts = function.body.stmts
    made = stmts[stmts.index(REVERSE_SWEEP) :] if REVERSE_SWEEP in stmts else ()
    of_sweep = {var for stmt in made for var in bound(stmt)}
    return [var for var in variables(function.result) if var not in of_sweep]


class _Boxed:
    """Which numbers are to stay NumPy's: they are `boxed`."""

    def __init__(self, function: Function) -> None:
        self._makers: dict[Var, Eqn] = {}
        self._sources: dict[Var, list[Var]] = defaultdict(list)
        """The values of which another is one: by its name, by branches, loops and tapes."""
        self._tapes = _tapes_apart(function)
        self.ran: dict[Var, Sequence[For]] = {}
        """For results that are NumPy's if loops ran, those loops."""
        self._loops: dict[Var, tuple[For, int]] = {}
        self._unsure: set[Var] = set()
        self._boxed: set[Var] = set()
        self._open: list[Var] = []
        quotients: list[Eqn] = []
        for stmt in statements_of(function.body):
            self._look(stmt)
            if isinstance(stmt, Eqn) and stmt.op.path in _QUOTIENTS and not _never_raises(stmt):
                quotients.append(stmt)
        self._box_unsure()
        for var in _value_of(function):
            loops = self._ran(var, function) if var.kind == FLOAT else None
            if loops is not None:
                self.ran[var] = loops
            elif not isinstance(var.kind, NumpyScalar) or var.kind.dtype == "bool":
                self._box([var])
        self._settle()
        for eqn in quotients:
            if not _is_numpys_quotient(eqn):
                self._keep_one(eqn)
                self._settle()
        numpys = self._numpys(given_to(function))
        self._guarded = {eqn.outs[0] for eqn in quotients if numpys.isdisjoint((*operands(eqn), *eqn.outs))}
        """What quotients and powers of Python's numbers give that would raise."""
        self._functions = {out for out, maker in self._makers.items() if _is_function(maker)} - numpys
        """What functions of NumPy give of Python's numbers."""
        taken = {out for out, maker in self._makers.items() if maker.op == GETITEM and _is_box(maker)} - self._boxed
        self._opened = self._computed_with() & taken
        if self._opened:
            seeds = (out for out, maker in self._makers.items() if maker.op == _FLOAT64 and _is_box(maker))
            self._opened.update(out for out in seeds if out not in self._boxed)

    def _numpys(self, given: Iterable[Var]) -> set[Var]:
        """Return the numbers that surely are NumPy's, of what is given and of what is made."""
        found = {var for var in given if isinstance(var.kind, NumpyScalar)}
        for out, maker in self._makers.items():
            computed = maker.op.path in _OPERATORS or _is_function(maker)
            if self._is_numpys(out) or (computed and not found.isdisjoint(operands(maker))):
                found.add(out)
        return found

    def _computed_with(self) -> set[Var]:
        """Return what something is computed with, under this name or one that it has from a tape or a loop."""
        found = {var for maker in self._makers.values() if _computes(maker) for var in operands(maker)}
        waiting = list(found)
        while waiting:
            more = [var for var in self._sources.get(waiting.pop(), ()) if var not in found]
            found.update(more)
            waiting += more
        return found

    def without(self, block: Block, changed: Container[Var]) -> Block:
        """Return a block in which all numbers that are not boxed are read as Python's."""
        stmts: list[Stmt] = []
        for stmt in block.stmts:
            if not isinstance(stmt, Eqn):
                stmts.append(map_blocks(stmt, lambda inner: self.without(inner, changed)))
            elif not self._opened.isdisjoint(stmt.outs):
                stmts.append(replace(stmt, op=_FLOAT if stmt.op == _FLOAT64 else ITEM))
            elif not self._guarded.isdisjoint(stmt.outs) and any(var in changed for var in operands(stmt)):
                stmts.append(replace(stmt, op=_guard(stmt)))
            elif not self._functions.isdisjoint(stmt.outs):
                stmts.append(replace(stmt, op=_FUNCTIONS[stmt.op.path], args=tuple(map(_as_float, stmt.args))))
            else:
                stmts.append(stmt)
        return Block(tuple(stmts), block.results)

    def changed(self) -> set[Var]:
        """Return what is, or is made of, numbers that are read as Python's."""
        found = self._opened | self._functions if self._opened else set[Var]()
        before = -1
        while before != (before := len(found)):
            found |= {var for var, sources in self._sources.items() if not found.isdisjoint(sources)}
            for out, maker in self._makers.items():
                if maker.op.path in _OPERATORS and not found.isdisjoint(operands(maker)):
                    found.add(out)
        return {var for var in found if _is_float(var.kind)}

    def _look(self, stmt: Stmt) -> None:
        match stmt:
            case Eqn():
                self._equation(stmt)
            case If(outs, _, then, orelse):
                for out, *given in zip(outs, then.results, orelse.results, strict=True):
                    self._join(out, *given)
            case For() | While():
                if isinstance(stmt, For):
                    self._loops.update((out, (stmt, place)) for place, out in enumerate(stmt.outs))
                for out, param, *given in zip(stmt.outs, stmt.params, stmt.inits, carried(stmt), strict=True):
                    self._join(param, *given)
                    self._join(out, param)
            case _:
                pass

    def _join(self, out: Var, *given: Atom) -> None:
        """Note what a value may be; one that may have several dtypes has none that is known."""
        self._sources[out] += variables(*given)
        if isinstance(out.kind, Array):
            self._box(variables(*given))
        if _is_tracked(out.kind) and not all(_fits(atom, out) for atom in given):
            self._unsure.add(out)

    def _equation(self, eqn: Eqn) -> None:
        """Note what an equation makes of what, and box what it reads if it can tell."""
        self._makers.update((out, eqn) for out in eqn.outs)
        if eqn.op in (PUSH, POP) and eqn.args[0] in self._tapes:
            for value, slot in slots(eqn):
                self._sources[slot if eqn.op == PUSH else value].append(value if eqn.op == PUSH else slot)
        elif eqn.op == IDENTITY and isinstance(eqn.args[0], Var):
            self._join(eqn.outs[0], eqn.args[0])
        elif eqn.op.path in _CHOICES and _is_of_atoms(eqn):
            self._join(eqn.outs[0], *(arg for arg in eqn.args if isinstance(arg, Var | Lit)))
        elif not _cannot_tell(eqn):
            self._box(operands(eqn))

    def _ran(self, var: Var, function: Function) -> Sequence[For] | None:
        """Return the loops, one inside of the other, that ran if a value is NumPy's; None if nothing tells."""
        outside = {var for param in function.params for var in variables(param.value)}
        outside |= {out for stmt in function.body.stmts for out in bound(stmt)}
        loops: list[For] = []
        param: Atom | None = None
        while var.kind == FLOAT:
            loop, place = self._loops.get(var, (None, 0))
            if loop is None or loop.step != Lit(1, INT):
                return None
            bounds = list(variables(loop.start, loop.stop))
            if not outside.issuperset(bounds) or not (bounds or surely_runs(loop)):
                return None
            if loop.inits[place] != param if loops else not isinstance(loop.inits[place], Lit):
                return None
            loops.append(loop)
            given, param = carried(loop)[place], loop.params[place]
            if not isinstance(given, Var):
                return None
            var = given
        return loops if isinstance(var.kind, NumpyScalar) else None

    def _box_unsure(self) -> None:
        """Box what meets a value of which the dtype is not known, and what comes of it."""
        before = -1
        while before != (before := len(self._unsure)):
            self._unsure |= {var for var, sources in self._sources.items() if not self._unsure.isdisjoint(sources)}
            for out, maker in self._makers.items():
                if is_number(out.kind) and not self._unsure.isdisjoint(operands(maker)):
                    self._unsure.add(out)
        self._box(self._unsure)
        for maker in self._makers.values():
            if not self._unsure.isdisjoint(operands(maker)):
                self._box(operands(maker))

    def _box(self, given: Iterable[Var]) -> None:
        found = [var for var in given if _is_tracked(var.kind) and var not in self._boxed]
        self._boxed.update(found)
        self._open += found

    def _settle(self) -> None:
        """Box what boxed values are made of."""
        while self._open:
            var = self._open.pop()
            self._box(self._sources[var])
            if var in self._makers:
                self._keep_one(self._makers[var])

    def _keep_one(self, eqn: Eqn) -> None:
        """Box an operand of what is to give a number of NumPy's, or not to raise: one that is taken out of an array."""
        if self._is_safe(eqn):
            return
        one = self._one_of(eqn)
        self._box(operands(eqn) if one is None else (one,))

    def _is_safe(self, eqn: Eqn) -> bool:
        return eqn.op.path not in _OPERATORS or any(map(self._is_numpys, operands(eqn)))

    def _one_of(self, eqn: Eqn) -> Var | None:
        """Return an operand that is NumPy's, if possible one that a function gives or that is taken out of an array."""
        numbers = [var for var in operands(eqn) if isinstance(var.kind, NumpyScalar)]
        makers = {var: self._makers[var] for var in numbers if var in self._makers}
        given = [var for var, maker in makers.items() if _is_function(maker)]
        taken = [var for var, maker in makers.items() if _is_box(maker)]
        return next(iter((*given, *taken, *numbers)), None)

    def _is_numpys(self, var: Var) -> bool:
        """Say whether a number surely is NumPy's."""
        if not isinstance(var.kind, NumpyScalar):
            return isinstance(var.kind, Array)
        if var in self._boxed or not _is_tracked(var.kind):
            return True
        maker = self._makers.get(var)
        return maker is not None and var not in self._sources and not _is_box(maker) and \
            maker.op.path not in _OPERATORS and not _is_function(maker)  # fmt: skip


def _tapes_apart(function: Function) -> set[Var]:
    """Return the tapes that only this function reads, and only to put something on them and take it off."""
    found: set[Var] = set()
    others = {*variables(function.result)}
    for stmt in statements_of(function.body):
        if isinstance(stmt, Eqn) and stmt.op == NEW_TAPE:
            found.update(stmt.outs)
        elif isinstance(stmt, Eqn):
            others.update(var for var in operands(stmt) if stmt.op not in (PUSH, POP) and is_tape(var))
        elif isinstance(stmt, For | While):
            others.update(var for var in variables(*stmt.inits) if is_tape(var))
    return found - others


def _is_box(eqn: Eqn) -> bool:
    """Say whether an equation takes a number out of an array, or makes a float NumPy's."""
    if len(eqn.outs) != 1 or eqn.outs[0].kind != NumpyScalar("float64") or eqn.kwargs:
        return False
    if eqn.op == _FLOAT64:
        return isinstance(eqn.args[0], Var) and eqn.args[0].kind == FLOAT
    if eqn.op != GETITEM or not isinstance(eqn.args[0], Var):
        return False
    x, index = eqn.args[0].kind, eqn.args[1]
    parts = index.items if isinstance(index, Seq) and index.type == "tuple" else (index,)
    whole = isinstance(x, Array) and x.axes is not None and len(x.axes) == len(parts)
    return whole and all(isinstance(part, Var | Lit) and _is_whole(part.kind) for part in parts)


def _is_function(eqn: Eqn) -> bool:
    """Say whether an equation is a function of NumPy of floats for which Python has one with the same bits."""
    if eqn.op.path not in _FUNCTIONS or eqn.kwargs or eqn.outs[0].kind != NumpyScalar("float64"):
        return False
    return all(_is_float(arg.kind) if isinstance(arg, Var) else _is_literal(arg) for arg in eqn.args)


def _is_literal(arg: Arg) -> bool:
    return isinstance(arg, Lit) and type(arg.value) in (int, float) and _is_exact(arg)


def _as_float(arg: Arg) -> Arg:
    return Lit(float(arg.value), FLOAT) if isinstance(arg, Lit) else arg


def _computes(eqn: Eqn) -> bool:
    return eqn.op.path in _OPERATORS or eqn.op.path.startswith("math.") or _is_function(eqn)


def _cannot_tell(eqn: Eqn) -> bool:
    """Say whether an equation gives the same of Python's numbers and of NumPy's.

    Quotients do if one is NumPy's; of others that give a number of NumPy's, it must be one of Python's that does not
    matter either (see `_keep_one`).
    """
    path = eqn.op.path
    if path == "numpy.where":
        return True
    if path in _OF_TRUTHS:
        return all(map(_is_truth, eqn.args))
    if (path in _COMPARISONS and not all(map(_is_exact, eqn.args))) or _is_of_numbers(eqn):
        return False
    if eqn.op in (UPDATE, ACCUMULATE):
        x, *path_and_index, _ = eqn.args
        return _is_wide_array(x) and not any(_is_tracked(var.kind) for var in variables(*path_and_index))
    if path.startswith("math.") or path in _TO_PYTHON:
        return True
    known = path in _OPERATORS or isinstance(eqn.op.fun, np.ufunc)
    return known and not eqn.kwargs and all(map(_is_wide, eqn.args))


def _is_of_numbers(eqn: Eqn) -> bool:
    """Say whether an array without axes is computed from numbers alone: it is indexed as NumPy's are."""
    return any(isinstance(out.kind, Array) for out in eqn.outs) and all(is_number(var.kind) for var in operands(eqn))


def _is_exact(arg: Arg) -> bool:
    """Say whether a number is the same as a float: NumPy rounds integers to floats, with which Python compares them."""
    if isinstance(arg, Lit):
        return not isinstance(arg.value, int) or abs(arg.value) <= 2**53
    return isinstance(arg, Var) and not _is_whole(arg.kind)


def _is_wide(arg: Arg) -> bool:
    """Say whether arithmetic of a float and this gives what it gives of a `float64` and this."""
    if not isinstance(arg, Var | Lit):
        return False
    return _is_float(arg.kind) or _is_whole(arg.kind) or _is_wide_array(arg)


def _is_truth(arg: Arg) -> bool:
    return isinstance(arg, Var | Lit) and arg.kind in _TRUTHS


def _is_wide_array(arg: Arg) -> bool:
    return isinstance(arg, Var) and isinstance(arg.kind, Array) and arg.kind.dtype in _WIDE


def _never_raises(eqn: Eqn) -> bool:
    """Say whether a quotient has a value for all of Python's floats."""
    last = eqn.args[-1]
    return eqn.op.path == "operator.truediv" and isinstance(last, Lit) and last.value != 0


def _is_numpys_quotient(eqn: Eqn) -> bool:
    """Say whether a quotient or a power surely is of NumPy's numbers, as the program has it."""
    return eqn.outs[0].kind == NumpyScalar("float64") and any(
        isinstance(var.kind, NumpyScalar) for var in operands(eqn)
    )


def _guard(eqn: Eqn) -> Op:
    """Return what gives of Python's numbers what a quotient or a power gives of NumPy's."""
    last = eqn.args[-1]
    is_whole = isinstance(last, Var | Lit) and _is_whole(last.kind)
    return _FRACTIONAL if eqn.op.path == "operator.pow" and not is_whole else _QUOTIENTS[eqn.op.path]


def _is_of_atoms(eqn: Eqn) -> bool:
    return not eqn.kwargs and all(isinstance(arg, Var | Lit) for arg in eqn.args)


def _fits(x: Atom, out: Var) -> bool:
    """Say whether a value computes as another does that it may be: it has no dtype of its own, or that one."""
    if x.kind == out.kind or not is_numeric(x.kind):
        return True
    return _is_float(out.kind) and (_is_float(x.kind) or x.kind == INT)


def _is_whole(kind: Kind) -> bool:
    return is_number(kind) and is_integer(kind) and kind != PyScalar("bool")


def _is_float(kind: Kind) -> bool:
    return kind in (FLOAT, NumpyScalar("float64"))


def _is_tracked(kind: Kind) -> bool:
    return _is_float(kind) or kind in _TRUTHS
