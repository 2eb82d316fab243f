"""Runs the IR and marks every number that is not finite with the event that it comes from.

A statement that moves numbers is run once more, on their marks.  Any other hands on the marks of what
it reads, unless it *makes* something: nan or inf where all that it reads is finite, nan where it is not nan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, reduce
from typing import Any, Self, cast

import numpy as np

from s2s_ad.display.interpret import Interpreter, Turn
from s2s_ad.display.marks import GIVEN, index_text, is_number, least, least_of, level, levels, marked, unmarked, worst
from s2s_ad.display.trace import text
from s2s_ad.ir.core import Arg, Atom, Eqn, Lit, Op, Var, atoms, operands, source_of, substitute, variables
from s2s_ad.ir.indexes import is_fancy
from s2s_ad.ir.kinds import UNKNOWN
from s2s_ad.ir.ops import ACCUMULATE, CUT, MARK, NEW_TAPE, PUSH, TAPE_OPS, UPDATE, is_local
from s2s_ad.rules.language import lookup
from s2s_ad.trees import leaves

_MOST = 10_000
"""Events that are remembered; further ones are taken for the first of their statement."""
_FIRST = """
    operator.getitem ir.identity ir.unpack ir.pop_item ir.delete ir.clear ir.turn numpy.copy numpy.reshape numpy.ravel
    numpy.transpose numpy.matrix_transpose numpy.swapaxes numpy.moveaxis numpy.squeeze numpy.expand_dims
    numpy.broadcast_to numpy.flip numpy.fliplr numpy.flipud numpy.roll numpy.rot90 numpy.tile numpy.repeat numpy.take
    numpy.take_along_axis numpy.concatenate numpy.stack numpy.hstack numpy.vstack numpy.column_stack numpy.dstack
    numpy.diag numpy.diagonal numpy.tril numpy.triu s2s_ad.rules.helpers.copy_of_list
"""
_MOVES: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(_FIRST.split(), (0,)), "ir.append": (0, 1), "ir.insert": (0, 2), "ir.update": (0, 4),
    "numpy.where": (1, 2), "s2s_ad.rules.helpers.unless_zero": (1,),
}  # fmt: skip
"""Operations that compute nothing, and which of their arguments have the numbers that they move."""
_READS = frozenset({"builtins.getattr", "numpy.empty", "numpy.empty_like"})
"""Operations that give what is there."""


@dataclass(frozen=True, slots=True)
class Operand:
    """What a statement read: the argument, the index of the element if one is shown, and its value."""

    arg: Arg
    index: str
    value: str


@dataclass(frozen=True, slots=True)
class Event:
    """A statement that gave what is not finite, or the name of what was given so."""

    what: str = ""
    """The name of an argument or constant, "" of a statement."""
    eqn: Eqn | None = None
    out: Var | None = None
    made: bool = False
    """All that the statement read was better."""
    index: str = ""
    value: str = ""
    operands: tuple[Operand, ...] = ()
    within: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """An argument of an equation with its value, and with marks for its numbers."""

    arg: Arg
    value: Any
    marks: Any


@dataclass
class Log:
    """The events of a run, by their marks."""

    events: dict[int, Event] = field(default_factory=dict[int, Event])
    _first: dict[int, int] = field(default_factory=dict[int, int])

    def add(self, event: Event, by: object) -> int:
        """Return the mark of an event, which happens by a statement, or by a constant: to that only once."""
        known = self._first.get(id(by)) if isinstance(by, Lit) or len(self.events) >= _MOST else None
        if known is not None:
            return known
        mark = len(self.events) + 1 + (0 if event.made else GIVEN)
        self.events[mark] = event
        self._first.setdefault(id(by), mark)
        return mark

    def first_made(self) -> int:
        """Return the mark of the first statement that made something, 0 if none did."""
        return min((mark for mark in self.events if mark < GIVEN), default=0)


class Watched(Interpreter):
    """An interpreter that knows where each number comes from that is not finite.

    `marks` has the marks of values, in their structure; what is not there is finite.  A tape has a list.
    """

    marks: dict[Var, Any]
    log: Log
    reader: Eqn | None
    """The equation whose results are marked now."""

    def start(self) -> Self:
        """Forget all marks."""
        self.marks, self.log, self.reader = {}, Log(), None
        return self

    def frame(self) -> Self:
        made = super().frame()
        made.marks = {}
        return made

    def give(self, var: Var, value: Any, name: str) -> None:
        """Bind what is given from outside."""
        self.values[var] = value
        if level(value):
            self.marks[var] = marked(value, self._given(Event(name), value, var))

    def mark(self, arg: Arg) -> int:
        """Return the least mark in an argument, 0 if it is finite."""
        return least_of(self._marks_of(atom) for atom in atoms(arg))

    def _marks_of(self, atom: Atom) -> Any:
        if isinstance(atom, Var):
            return self.marks.get(atom, 0)
        if is_number(atom.value) and level(atom.value):
            return marked(atom.value, self._given(Event("a constant of the function", self.reader), atom.value, atom))
        return 0

    # -- statements -----------------------------------------------------------------------------------

    def hand_on(self, sources: Sequence[Atom], frame: Interpreter, targets: Sequence[Var]) -> None:
        marks = [self._marks_of(source) for source in sources]
        super().hand_on(sources, frame, targets)
        assert isinstance(frame, Watched)
        for target, mark in zip(targets, marks, strict=True):
            frame._put(target, mark)

    def _put(self, var: Var, mark: Any) -> None:
        if isinstance(mark, int) and mark == 0:
            self.marks.pop(var, None)
        else:
            self.marks[var] = mark

    def _equation(self, eqn: Eqn) -> None:
        try:
            super()._equation(eqn)
        except Exception as error:
            source = source_of(eqn.origin)
            if source and not getattr(error, "__notes__", ()):
                error.add_note(f"{source.place.file}, line {source.place.line}: {source.text}")
            raise
        if eqn.op in TAPE_OPS:
            self._tape(eqn)
        elif not is_local(eqn.op):
            self.reader = eqn
            self._see(eqn)
            self.reader = None

    def _tape(self, eqn: Eqn) -> None:
        """Do with marks what is done with values."""
        if eqn.op == NEW_TAPE:
            self.marks[eqn.outs[0]] = []
            return
        tape = self._marks_of(cast(Var, eqn.args[0]))
        if eqn.op == MARK:
            self._put(eqn.outs[0], 0)
            return
        if eqn.op == CUT:
            del tape[self.value(eqn.args[1]) :]
            return
        if eqn.op == PUSH:
            tape.append([self._marks_of(atom) for arg in eqn.args[1:] for atom in atoms(arg)])
            return
        for out, mark in zip(eqn.outs, tape.pop(), strict=True):
            self._put(out, mark)

    def _see(self, eqn: Eqn) -> None:
        """Mark the results of an equation."""
        for out in eqn.outs:
            self.marks.pop(out, None)
        moved = _MOVES.get(eqn.op.path)
        if moved and moved[-1] < len(eqn.args) and not (eqn.op == UPDATE and cast(Lit, eqn.args[3]).value):
            if self._reads_marks(eqn):
                self._move(eqn, moved)
        elif eqn.op in (UPDATE, ACCUMULATE):
            if level(self.values[eqn.outs[0]]):
                self._add(eqn)
        elif any(level(self.values[out]) for out in eqn.outs):
            self._compute(eqn)

    def _reads_marks(self, eqn: Eqn) -> bool:
        args = (*eqn.args, *(arg for _, arg in eqn.kwargs))
        return any(var in self.marks for var in operands(eqn)) or any(
            is_number(atom.value) and level(atom.value) for arg in args for atom in atoms(arg) if isinstance(atom, Lit)
        )

    def _move(self, eqn: Eqn, moved: tuple[int, ...]) -> None:
        """Run an equation that moves numbers on their marks."""
        args = [self._moved(arg) if i in moved else self.value(arg) for i, arg in enumerate(eqn.args)]
        found = eqn.op.fun(*args, **{name: self.value(arg) for name, arg in eqn.kwargs})
        several = len(eqn.outs) > 1 or eqn.op.path == "ir.unpack"
        for out, marks in zip(eqn.outs, found if several else (found,), strict=True):
            self._put(out, marks)

    def _moved(self, arg: Arg) -> Any:
        """Return an argument with marks for its numbers."""
        read = set(variables(arg))
        marks = {var: self.marks[var] if var in self.marks else unmarked(self.values[var]) for var in read}

        def literal(lit: Lit) -> Lit:
            return Lit(self._marks_of(lit), UNKNOWN)

        return Interpreter(marks).value(substitute(arg, lambda var: var, literal))

    # -- what is computed -------------------------------------------------------------------------------

    def _compute(self, eqn: Eqn) -> None:
        read = [self._read(arg) for arg in (*eqn.args, *(arg for _, arg in eqn.kwargs))]
        alike = not eqn.kwargs and _is_elementwise(eqn.op) and all(is_number(each.value) for each in read)
        for out in eqn.outs:
            value = self.values[out]
            if not level(value):
                continue
            if alike and is_number(value):
                self.marks[out] = self._elementwise(eqn, out, value, read)
            else:
                self.marks[out] = self._whole(eqn, out, value, read)

    def _read(self, arg: Arg) -> Read:
        return Read(arg, self.value(arg), self._moved(arg))

    def _add(self, eqn: Eqn) -> None:
        """Mark the result of `x[path][index] += v` and kin."""
        x, path, index, *_, new = eqn.args
        (out,) = eqn.outs
        steps, at = self.value(path), self.value(index)
        before, after = (_element(self.value(var), steps, at) for var in (x, out))
        marks = self._moved(x)
        if level(after):
            read = [Read(x, before, _element(marks, steps, at)), self._read(new)]
            alike = not is_fancy(index) and all(is_number(each.value) for each in read)
            found = (self._elementwise if alike else self._whole)(eqn, out, after, read)
        else:
            found = 0
        self.marks[out] = UPDATE.fun(marks, steps, at, "", found)

    def _elementwise(self, eqn: Eqn, out: Var, value: Any, read: Sequence[Read]) -> Any:
        """Return the marks of a result each of whose elements depends on those at its own place."""
        own, given = levels(value), reduce(np.maximum, (levels(each.value) for each in read))
        passed = least([each.marks for each in read])
        made = (own > given) & ((passed == 0) | (passed >= GIVEN))
        marks = np.where((own > 0) & ~made, passed, 0)
        if np.any(made):
            place = tuple(int(i) for i in np.argwhere(made)[0])
            shown = [_at(each, place) for each in read]
            marks = np.where(
                made, self._made(eqn, out, index_text(place), value[place] if place else value, shown), marks
            )
        return marks[()]

    def _whole(self, eqn: Eqn, out: Var, value: Any, read: Sequence[Read]) -> Any:
        """Return the marks of a result that depends on all that is read."""
        numbers = any(is_number(leaf) for each in read for leaf in leaves(each.value))
        passed = least_of(each.marks for each in read)
        better = level(value) > level([each.value for each in read]) and not 0 < passed < GIVEN
        if numbers and better and eqn.op.path not in _READS:
            shown = [Operand(each.arg, "", text(each.value)) for each in read]
            return marked(value, self._made(eqn, out, *worst(value), shown))
        return marked(value, passed or self._given(Event("", eqn, out, within=tuple(self.within)), value, eqn))

    def _made(self, eqn: Eqn, out: Var, index: str, number: Any, operands: Sequence[Operand]) -> int:
        """Return the mark of an equation that makes a number, at this index of its result."""
        event = Event("", eqn, out, True, index, text(number), tuple(operands), tuple(self.within))
        return self.log.add(event, eqn)

    def _given(self, event: Event, value: Any, by: object) -> int:
        """Return the mark of a value that nothing tells where it comes from."""
        index, number = worst(value)
        return self.log.add(replace(event, index=index, value=text(number)), by)


@lru_cache(maxsize=1024)
def _is_elementwise(operation: Op) -> bool:
    rule = lookup(operation.path)
    return rule.elementwise if rule else isinstance(operation.fun, np.ufunc) and operation.fun.signature is None


def _element(x: Any, steps: Sequence[Any], index: Any) -> Any:
    """Return x[path][index]."""
    return reduce(lambda view, step: step(view) if callable(step) else view[step], steps, x)[index]


def _at(read: Read, place: tuple[int, ...]) -> Operand:
    """Return what an element of a result at a place depends on."""
    shape: tuple[int, ...] = np.shape(read.value)
    own = tuple(0 if size == 1 else i for size, i in zip(shape, place[len(place) - len(shape) :], strict=True))
    return Operand(read.arg, index_text(own), text(read.value[own] if own else read.value))
