"""Which values are active: they depend on the inputs of interest, and the result depends on them.

>>> import numpy as np
>>> from s2s_ad.frontend.lower import lower
>>> from s2s_ad.ir.kinds import FLOAT
>>> def f(x, k):
...     y = x * k  # v1
...     z = x + k  # v2: the result does not depend on it
...     return y + np.floor(k)  # v4; v3 does not depend on x
>>> sorted(var.name for var in active(lower(f, (FLOAT, FLOAT)).function, [Var("v_m1", FLOAT)]))
['v1', 'v4', 'v_m1']
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from s2s_ad.errors import UnsupportedError
from s2s_ad.ir.core import (
    Atom,
    Block,
    Eqn,
    For,
    Function,
    If,
    Note,
    Stmt,
    Try,
    Var,
    While,
    blocks,
    carried,
    operands,
    place_of,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import Kind, ListKind, Opaque, is_complex, is_differentiable, leaves
from s2s_ad.ir.ops import CALL_METHOD, CLEAR, ENTER, EXIT, NEW_TAPE, POP, PUSH, RAISE, is_local
from s2s_ad.ir.tapes import as_of, is_tape, joined, slots, whole
from s2s_ad.rules.language import lookup, names_read, passive
from s2s_ad.rules.passive import PASSIVE_IF_REAL

Entered: TypeAlias = dict[str, set[int]]
"""For each called function the positions of the parameters that vary."""


def active(function: Function, inputs: Iterable[Var]) -> frozenset[Var]:
    """Return the Vars, and the slots of tapes, that need an adjoint when differentiating by `inputs`.

    Values, not names, are active: `s = 0.0` before a loop and `s` in it are different Vars.
    A tape among the inputs, or among the parameters of a called function, stands for all numbers on it.
    """
    varied = _Varied({whole(var) if is_tape(var) else var for var in inputs}, {})
    varied.block(function.body)
    given = {whole(var) for param in function.params for var in variables(param.value) if is_tape(var)}
    useful = _Useful(varied.found, {*variables(function.result), *given})
    useful.block(function.body)
    found = varied.found & useful.found
    _join_slots(_joined(function.body), found)
    return frozenset(found)


def _joined(block: Block) -> list[tuple[Var, ...]]:
    """Return the tapes that have the same slots."""
    found: list[tuple[Var, ...]] = []
    for stmt in block.stmts:
        for inner in blocks(stmt):
            found += _joined(inner)
        if isinstance(stmt, Eqn) and joined(stmt):
            found.append(joined(stmt))
    return found


def _join_slots(tapes: Sequence[tuple[Var, ...]], found: set[Var]) -> None:
    """Add the slots that a tape has by another one, until there are no more."""
    before = -1
    while before != (before := len(found)):
        for pair in tapes:
            for tape, other in (pair, pair[::-1]):
                found |= {each for slot in found if (each := as_of(slot, tape, other)) is not None}


def entered(function: Function, inputs: Iterable[Var]) -> Entered:
    """Return the positions of the parameters of the called functions that depend on the inputs."""
    found: Entered = {}
    before = -1
    while before != (before := sum(map(len, found.values()))):
        _Varied(set(inputs), found).block(function.body)
        for each in function.functions:
            given = found.get(f"local.{each.name}", set[int]())
            params = [var for i in given for var in variables(each.params[i].value)]
            varied = {whole(var) if is_tape(var) else var for var in params}
            _Varied(varied, found).block(each.body)
    return found


class _Varied:
    """Forward: what depends on the inputs, and what of it called functions are given."""

    def __init__(self, found: set[Var], entered: Entered) -> None:
        self.found = found
        self.entered = entered
        self.hidden: set[Var] = set()
        """Text and objects that were made of what depends on the inputs: no derivative is seen through them."""

    def block(self, block: Block) -> None:
        for stmt in block.stmts:
            self.stmt(stmt)

    def pass_on(self, sources: Iterable[Atom], targets: Iterable[Var]) -> None:
        for source, target in zip(sources, targets, strict=True):
            if source in self.found and is_differentiable(target.kind):
                self.found.add(target)
            elif source in self.hidden:
                self.hidden.add(target)

    def hide(self, eqn: Eqn) -> None:
        """Follow the inputs into text and objects, and refuse to read numbers from them."""
        read = set(operands(eqn))
        if (read.isdisjoint(self.hidden) and read.isdisjoint(self.found)) or _is_of_rules(eqn):
            return
        if not read.isdisjoint(self.hidden) and any(is_differentiable(out.kind) for out in eqn.outs):
            remedy = "compute with the number itself"
            raise UnsupportedError(
                "a number is read from text or an object that holds an active one", place_of(eqn), remedy
            )
        if _keeps(eqn) and not read.isdisjoint(self.found):
            remedy = "give it text, or return the value and keep that"
            raise UnsupportedError("an active value is kept outside of the function", place_of(eqn), remedy)
        self.hidden.update(out for out in eqn.outs if _hides(out.kind))

    def stmt(self, stmt: Stmt) -> None:
        match stmt:
            case Eqn():
                self.hide(stmt)
                if is_local(stmt.op):
                    self.call(stmt)
                elif joined(stmt):
                    _join_slots([joined(stmt)], self.found)
                elif stmt.op in (PUSH, POP):
                    for value, slot in slots(stmt):
                        self.pass_on(*(([value], [slot]) if stmt.op == PUSH else ([slot], [value])))
                elif any(var in self.found for var in differentiable_operands(stmt)):
                    self.found.update(out for out in stmt.outs if is_differentiable(out.kind))
            case If(outs, _, then, orelse):
                if isinstance(stmt, Try) and stmt.caught is not None:
                    self.hidden.add(stmt.caught)
                for way in (then, orelse):
                    self.block(way)
                    self.pass_on(way.results, outs)
            case For() | While():
                self.loop(stmt)
            case Note():
                pass

    def call(self, eqn: Eqn) -> None:
        """Follow the inputs into a called function, out of it, and onto the tapes that it is given."""
        tapes = [arg for arg in eqn.args if is_tape(arg)]
        numbers = [*differentiable_operands(eqn), *map(whole, tapes)]
        given = {i for i, arg in enumerate(eqn.args) if (whole(arg) if is_tape(arg) else arg) in self.found}
        self.entered.setdefault(eqn.op.path, set()).update(given)
        if any(var in self.found for var in numbers):
            self.found.update(out for out in eqn.outs if is_differentiable(out.kind))
            self.found.update(map(whole, tapes))

    def loop(self, loop: For | While) -> None:
        self.pass_on(loop.inits, loop.params)
        before = -1
        while before != len(self.found) + len(self.hidden):
            before = len(self.found) + len(self.hidden)
            self.block(loop.body)
            self.pass_on(carried(loop), loop.params)
        self.pass_on(loop.params, loop.outs)


class _Useful:
    """Backward, among varied values: what the result depends on."""

    def __init__(self, varied: set[Var], found: set[Var]) -> None:
        self.varied = varied
        self.found = found

    def block(self, block: Block) -> None:
        for stmt in reversed(block.stmts):
            self.stmt(stmt)

    def pass_back(self, targets: Iterable[Var], sources: Iterable[Atom]) -> None:
        for target, source in zip(targets, sources, strict=True):
            if target in self.found and isinstance(source, Var):
                self.found.add(source)

    def stmt(self, stmt: Stmt) -> None:
        match stmt:
            case Eqn():
                self.equation(stmt)
            case If(outs, _, then, orelse):
                for way in (then, orelse):
                    self.pass_back(outs, way.results)
                    self.block(way)
            case For() | While():
                self.loop(stmt)
            case Note():
                pass

    def equation(self, eqn: Eqn) -> None:
        if joined(eqn):
            _join_slots([joined(eqn)], self.found)
            return
        if eqn.op in (PUSH, POP):
            for value, slot in slots(eqn):
                self.pass_back(*(([slot], [value]) if eqn.op == PUSH else ([value], [slot])))
            return
        tapes = [whole(arg) for arg in eqn.args if is_tape(arg)] if is_local(eqn.op) else []
        if any(out in self.found and out in self.varied for out in (*eqn.outs, *tapes)):
            self.found.update(differentiable_operands(eqn), _marks(eqn))
            self.found.update(tapes)

    def loop(self, loop: For | While) -> None:
        before = -1
        while before != len(self.found):
            before = len(self.found)
            self.pass_back(loop.outs, carried(loop))
            self.block(loop.body)
            self.pass_back(loop.params, carried(loop))
            self.pass_back(loop.outs, loop.params)
            self.pass_back(loop.params, loop.outs)
        self.pass_back(loop.params, loop.inits)
        self.pass_back(loop.outs, loop.inits)


def _hides(kind: Kind) -> bool:
    """Say whether values of a kind can hold numbers that no derivative is known of: text, arrays of objects."""
    if isinstance(kind, ListKind):
        return _hides(kind.item)
    return any(isinstance(leaf, Opaque) and not _is_plain(leaf.type) for leaf in leaves(kind))


_PLAIN = frozenset({
    "NoneType", "shape", "range", "slice", "ellipsis", "type", "tape", "tape of calls", "nothing",
})  # fmt: skip


def _is_plain(name: str) -> bool:
    return name in _PLAIN or name.endswith("DType")


def _keeps(eqn: Eqn) -> bool:
    """Say whether an equation calls a method of an object of the outside that keeps its arguments."""
    owner = eqn.args[0] if eqn.op == CALL_METHOD else None
    return isinstance(owner, Var) and owner.kind == Opaque("list")


def _is_of_rules(eqn: Eqn) -> bool:
    """Say whether an equation of a rule asks how an array lies in memory, or the like: it gives no number."""
    return eqn.op.path.startswith("s2s_ad.rules.helpers.") and passive(eqn.op.path)


def _marks(eqn: Eqn) -> Iterator[Var]:
    """Yield the operands through which no derivative passes, and whose tangents say where the others count."""
    rule = lookup(eqn.op.path) if eqn.op.path.startswith("s2s_ad.rules.helpers.") else None
    if rule is not None and rule.passive:
        for name, value in rule.bind(eqn.args, dict(eqn.kwargs)).items():
            if name in rule.passive and f"{name}_dot" in names_read(rule, "dot"):
                yield from variables(*(value if isinstance(value, tuple) else (value,)))


def differentiable_operands(eqn: Eqn) -> list[Var]:
    """Return the operands through which a derivative passes."""
    constant = passive(eqn.op.path) or eqn.op.path in PASSIVE_IF_REAL
    if eqn.op.path in PASSIVE_IF_REAL and any(is_complex(var.kind) for var in operands(eqn)):
        constant = False
    if eqn.op in (RAISE, NEW_TAPE, ENTER, EXIT, CLEAR) or constant:
        return []
    rule = lookup(eqn.op.path)
    if rule is None or not rule.passive:
        return [var for var in operands(eqn) if is_differentiable(var.kind)]
    try:
        bound = rule.bind(eqn.args, dict(eqn.kwargs))
    except LookupError:
        return [var for var in operands(eqn) if is_differentiable(var.kind)]
    found: list[Var] = []
    for name, value in bound.items():
        if name not in rule.passive:
            parts = value if isinstance(value, tuple) else (value,)
            found.extend(var for var in variables(*parts) if is_differentiable(var.kind))
    return found
