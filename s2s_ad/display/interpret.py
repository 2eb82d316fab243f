"""Runs the IR on concrete values, and tells an observer of every value that is bound.

>>> from s2s_ad.ir.kinds import FLOAT
>>> from s2s_ad.ir.ops import op
>>> x, y = Var("v0", FLOAT), Var("v1", FLOAT)
>>> run = Interpreter({x: 2.0}, lambda var, value, by: print(var, "=", value))
>>> run.statements([Eqn((y,), op("operator.mul"), (x, x))])
v1 = 4.0
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any, Self, TypeAlias

from s2s_ad.ir.core import (
    Arg,
    Atom,
    Block,
    Eqn,
    For,
    Function,
    If,
    Lit,
    Map,
    Note,
    Record,
    Rows,
    Seq,
    Slice,
    Step,
    Stmt,
    Try,
    Var,
    While,
    atoms,
    carried,
    exit_of,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import DictKind, Kind, ListKind, ObjectKind, TupleKind
from s2s_ad.ir.ops import ENTER, EXIT, UNPACK, is_local
from s2s_ad.rules.helpers import instance

By: TypeAlias = Eqn | For | Var | Lit
"""What binds a value: an equation, a loop its index, or the atom that a loop or a branch hands on."""
Observer: TypeAlias = Callable[[Var, Any, By], None]


@dataclass(frozen=True)
class Viewing:
    """A function that gives a view of an array, with its arguments after the array."""

    fun: Callable[..., Any]
    args: Sequence[Any]
    kwargs: Mapping[str, Any]

    def __call__(self, x: Any) -> Any:
        return self.fun(x, *self.args, **self.kwargs)


@dataclass(frozen=True, slots=True)
class Turn:
    """An iteration of a loop that runs, or a call of a function of the module."""

    of: For | While | Function
    number: int
    """Of an iteration, counted from 1 in the order in which they run; of a call, how deep it is."""
    index: int | None = None
    count: int = 0
    """How many iterations there are, 0 where that is not known before."""


class Interpreter:
    """Values by Var, and the statements that add to them; arrays are never changed."""

    def __init__(
        self, values: dict[Var, Any], observer: Observer | None = None, functions: Iterable[Function] = ()
    ) -> None:
        self.values = values
        self.contexts: list[Any] = []
        self.observer = observer
        self.functions = {f"local.{each.name}": each for each in functions}
        self.within: list[Turn] = []
        """The loops and calls in which the statement is that runs now, the innermost last."""

    def frame(self) -> Self:
        """Return an interpreter for a call: its values are its own."""
        made = copy.copy(self)
        made.values, made.contexts = {}, []
        return made

    def value(self, arg: Arg) -> Any:
        """Return the value of an argument."""
        match arg:
            case Var():
                return self.values[arg]
            case Lit(value):
                return value
            case Seq(items, made):
                values = [self.value(item) for item in items]
                return values if made == "list" else tuple(values)
            case Map(items):
                return {key: self.value(item) for key, item in items}
            case Record(items, cls=cls):
                return instance(cls, **{name: self.value(item) for name, item in items})
            case Rows(columns):
                lists = {var: self.values[var] for var in variables(columns)}
                count = len(next(iter(lists.values()), ()))
                return [
                    Interpreter({var: items[i] for var, items in lists.items()}).value(columns) for i in range(count)
                ]
            case Slice(start, stop, step):
                return slice(*(self.value(part) for part in (start, stop, step)))
            case Step(operation, args, kwargs):
                return Viewing(
                    operation.fun, [self.value(part) for part in args], {k: self.value(v) for k, v in kwargs}
                )

    def statements(self, stmts: Iterable[Stmt]) -> None:
        """Run statements in order."""
        depth = len(self.contexts)
        try:
            self._statements(stmts)
        finally:  # where a statement raises, its contexts are left
            while len(self.contexts) > depth:
                self.contexts.pop().__exit__(None, None, None)

    def _statements(self, stmts: Iterable[Stmt]) -> None:
        for stmt in stmts:
            match stmt:
                case Eqn():
                    self._equation(stmt)
                case Try():
                    self._try(stmt)
                case If(outs, test, then, orelse):
                    self._bind(outs, self._block(then if self.value(test) else orelse))
                case For():
                    self._for(stmt)
                case While():
                    self._while(stmt)
                case Note():
                    pass

    def _equation(self, eqn: Eqn) -> None:
        if is_local(eqn.op):
            self._call(eqn)
            return
        kwargs = {name: self.value(arg) for name, arg in eqn.kwargs}
        if eqn.op == EXIT:
            self.contexts.pop().__exit__(None, None, None)
            return
        if eqn.op == ENTER:
            self.contexts.append(self.value(eqn.args[0])(*map(self.value, eqn.args[1:]), **kwargs))
            self.contexts[-1].__enter__()
            return
        result = eqn.op.fun(*(self.value(arg) for arg in eqn.args), **kwargs)
        if len(eqn.outs) == 1 and eqn.op != UNPACK:
            self._set(eqn.outs[0], result, eqn)
            return
        results = dict(zip(eqn.outs, result if eqn.outs else (), strict=True))
        self.values.update(results)  # all of them first: the tangent of one may need another
        for out, value in results.items():
            self._set(out, value, eqn)

    def _call(self, eqn: Eqn) -> None:
        """Run a function of the module.  Its parameters and results are numbers, arrays and tapes."""
        function = self.functions[eqn.op.path]
        frame = self.frame()
        params = list(variables(*(param.value for param in function.params)))
        depth = sum(turn.of is function for turn in self.within)
        with self._turn(Turn(function, depth + 1)):
            self.hand_on([atom for arg in eqn.args for atom in atoms(arg)], frame, params)
            frame.statements(function.body.stmts)
            frame.hand_on(list(atoms(function.result)), self, eqn.outs)

    @contextmanager
    def _turn(self, turn: Turn) -> Generator[None]:
        self.within.append(turn)
        try:
            yield
        finally:
            self.within.pop()

    def _try(self, stmt: Try) -> None:
        try:
            given = self._block(stmt.orelse)
        except self.value(stmt.errors) as error:
            self.values[stmt.test] = True  # type: ignore[index]
            if stmt.caught is not None:
                self.values[stmt.caught] = error
            self._bind(stmt.outs, self._block(stmt.then))
        else:
            self.values[stmt.test] = False  # type: ignore[index]
            self._bind(stmt.outs, given)

    def _for(self, loop: For) -> None:
        steps = range(*(self.value(part) for part in (loop.start, loop.stop, loop.step)))
        given: Sequence[Atom] = loop.inits
        for number, i in enumerate(reversed(steps) if loop.backwards else steps, 1):
            self._set(loop.index, i, loop)
            self._bind(loop.params, given)
            with self._turn(Turn(loop, number, i, len(steps))):
                self._block(loop.body)
            given = carried(loop)
            if self._leaves(loop):
                break
        self._bind(loop.outs, given)

    def _while(self, loop: While) -> None:
        self._bind(loop.params, loop.inits)
        for number in count(1):
            with self._turn(Turn(loop, number)):
                if not self.value(self._block(loop.test)[0]):
                    break
                self._block(loop.body)
            self._bind(loop.params, carried(loop))
            if self._leaves(loop):
                break
        self._bind(loop.outs, loop.params)

    def _leaves(self, loop: For | While) -> bool:
        leaves = exit_of(loop)
        return leaves is not None and bool(self.value(leaves))

    def _block(self, block: Block) -> tuple[Atom, ...]:
        self.statements(block.stmts)
        return block.results

    def _bind(self, targets: Sequence[Var], sources: Sequence[Atom]) -> None:
        """Hand values on, all at once."""
        self.hand_on(sources, self, targets)

    def hand_on(self, sources: Sequence[Atom], frame: Interpreter, targets: Sequence[Var]) -> None:
        """Bind values in a frame: of this interpreter, or of a call, or of the caller."""
        values = [self.value(source) for source in sources]
        for target, value, source in zip(targets, values, sources, strict=True):
            frame._set(target, value, source)

    def _set(self, var: Var, value: Any, by: By) -> None:
        self.values[var] = value
        if self.observer is not None:
            self.observer(var, value, by)


def leaves_of(tree: Arg, kind: Kind, value: Any) -> dict[Var, Any]:
    """Return the values of the leaves of a parameter, given the parameter's."""
    if isinstance(tree, Var):
        return {tree: value}
    found: dict[Var, Any] = {}
    for subtree, subkind, part in _parts(tree, kind, value):
        found |= leaves_of(subtree, subkind, part)
    return found


def _parts(tree: Arg, kind: Kind, value: Any) -> Iterable[tuple[Arg, Kind, Any]]:
    """Yield the parts of a structure; a list of structures has lists of the parts."""
    rows = isinstance(kind, ListKind)
    inner = kind.item if isinstance(kind, ListKind) else kind
    if isinstance(tree, Record) and isinstance(inner, ObjectKind):
        for (name, subtree), (_, subkind) in zip(tree.items, inner.items, strict=True):
            part = [getattr(row, name) for row in value] if rows else getattr(value, name)
            yield subtree, ListKind(subkind) if rows else subkind, part
        return
    keyed: list[tuple[Any, Arg, Kind]] = []
    if isinstance(tree, Map) and isinstance(inner, DictKind):
        keyed = [(key, sub, k) for (key, sub), (_, k) in zip(tree.items, inner.items, strict=True)]
    elif isinstance(tree, Seq) and isinstance(inner, TupleKind):
        keyed = [(i, sub, k) for i, (sub, k) in enumerate(zip(tree.items, inner.items, strict=True))]
    for key, subtree, subkind in keyed:
        yield subtree, ListKind(subkind) if rows else subkind, [row[key] for row in value] if rows else value[key]
