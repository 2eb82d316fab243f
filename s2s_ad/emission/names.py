"""Names for Vars: versions of one variable share its name wherever their live ranges allow.

Names are given forwards, at the definition of each Var: its hint, if no other Var that is needed
after that statement has it, else hint_2, hint_3, ...  What must hold for printing:

- results of a loop are called what the loop's parameters are called;
- an array that is written in place is called the same before and after;
- the parameters of a loop and what its body reads are needed through all of the body.

What should hold, so that no line only moves values: a branch (or the body of a loop) computes a
result under the name it has afterwards.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace

from s2s_ad.emission.fold import Folds
from s2s_ad.emission.liveness import Live, Liveness
from s2s_ad.ir.core import (
    Atom,
    Block,
    Eqn,
    For,
    Function,
    If,
    Note,
    Param,
    Stmt,
    Try,
    Var,
    While,
    all_bound,
    blocks,
    bound,
    entry_vars,
    objects_of,
    variables,
)
from s2s_ad.ir.kinds import Array, ListKind
from s2s_ad.ir.ops import IDENTITY, written

Printed = dict[str, str]
"""What each Var is printed as, by the name of the Var."""


def identifier(text: str) -> str:
    """Return the text as Python would read it, with what no name can contain replaced.

    >>> identifier("config.weights"), identifier("ℌ")
    ('config_weights', 'H')
    """
    return re.sub(r"\W", "_", unicodedata.normalize("NFKC", text))


def entry_names(function: Function) -> dict[str, str]:
    """Return the parameters' names, and for each capture (`capture:` and its name) that of its keyword."""
    taken = {param.name: identifier(param.name) for param in (*function.params, *function.seeds)}
    used = {*taken.values(), *keyword.kwlist}
    for capture in function.captures:
        wanted = _hint(capture.var) if capture.name.startswith("@") else identifier(capture.name)
        name = next(name for name in _candidates([wanted]) if name not in used)
        used.add(name)
        taken[f"capture:{capture.name}"] = name
    return taken


def apart(function: Function) -> Function:
    """Return a function that is called by place, with parameters none of which has the name of another."""
    params: list[Param] = []
    for param in function.params:
        taken = {identifier(each.name) for each in params}
        params.append(replace(param, name=next(name for name in _candidates([param.name]) if name not in taken)))
    return replace(function, params=tuple(params))


def capture_names(function: Function) -> dict[str, str]:
    """Return the keyword of the emitted function for each captured name."""
    names = entry_names(function)
    return {capture.name: names[f"capture:{capture.name}"] for capture in function.captures}


def kept_names(function: Function) -> frozenset[str]:
    """Return the parameters that are looked at to the end: objects are made of their classes."""
    names = entry_names(function)
    return frozenset(names[of] for of in objects_of(function.result))


def assign_names(function: Function, folds: Folds, reserved: frozenset[str], unbound: frozenset[Var]) -> Printed:
    """Return the printed name of every Var that is not folded; none is in `reserved`."""
    namer = _Namer(function, folds, reserved, unbound)
    live_out = frozenset(namer.liveness.names([function.result]))
    body = Block(function.body.stmts)
    namer.entry(function, namer.liveness.free(body) | live_out)
    namer.block(body, live_out)
    return namer.names


class _Given(dict[str, str]):
    """What Vars are printed as, and for each printed name the Vars that have it."""

    def __init__(self) -> None:
        super().__init__()
        self.holders: dict[str, list[str]] = {}

    def __setitem__(self, var: str, name: str) -> None:
        super().__setitem__(var, name)
        self.holders.setdefault(name, []).append(var)


class _Taken:
    """The printed names of live Vars, and others that may not be used.

    A name is looked up when it is asked for: there may be thousands of live Vars.
    """

    def __init__(self, names: _Given, live: Container[str], others: Iterable[str] = ()) -> None:
        self._names = names
        self._live = live
        self._others = set(others)

    def __contains__(self, name: str) -> bool:
        return name in self._others or any(var in self._live for var in self._names.holders.get(name, ()))

    def add(self, name: str) -> None:
        """Take one more name."""
        self._others.add(name)

    def and_also(self, names: Iterable[str]) -> _Taken:
        """Return these and further names."""
        return _Taken(self._names, self._live, self._others.union(names))


class _Namer:
    def __init__(self, function: Function, folds: Folds, reserved: frozenset[str], unbound: frozenset[Var]) -> None:
        self.names = _Given()
        self.liveness = Liveness(folds)
        self._reserved = reserved | {*keyword.kwlist, "_"}
        self._wishes: dict[str, str] = {}
        self._successor = dict(_in_place_pairs(function.body))
        self._predecessor = {new: old for old, new in _in_place_pairs(function.body)}  # branches may share an old one
        self._hints = {_hint(var) for var in _all_vars(function)}
        self._temporaries = 0
        self._unbound = unbound
        self._alone: set[str] = set()
        """Names of values that may not be bound: no other value has one of them."""

    def entry(self, function: Function, live: Container[str]) -> None:
        """Name the leaves of the arguments."""
        printed = entry_names(function)
        params = {*printed.values()}
        taken = _Taken(self.names, frozenset[str](), params)
        for capture in function.captures:
            self.names[capture.var.name] = printed[f"capture:{capture.name}"]
        for param in (*function.params, *function.seeds):
            for var in variables(param.value):
                direct = param.value == var
                if direct and _hint(var) == printed[param.name]:
                    self.names[var.name] = printed[param.name]
                elif direct or var.name in live:
                    self._name(var, taken)
                    taken.add(self.names[var.name])

    def block(self, block: Block, live_out: Container[str]) -> None:
        """Name what a block binds; `live_out` is needed after the block besides its results."""
        for stmt, live in self.liveness.after(block, live_out):
            self._stmt(stmt, live)

    def _stmt(self, stmt: Stmt, live: Live) -> None:
        match stmt:
            case Eqn() if pairs := written(stmt):
                self._in_place(stmt, pairs, live)
            case Eqn(outs=(out,), args=(Var() as arg,)) if self._is_same_number(stmt, arg, live):
                self.names[out.name] = self.names[arg.name]
            case Eqn(outs=outs):
                self._name_all(outs, self._printed(live - _keys(outs)), live)
            case If():
                self._if(stmt, live)
            case For() | While():
                self._loop(stmt, live - _keys(stmt.outs))
            case Note():
                pass

    def _is_same_number(self, eqn: Eqn, arg: Var, live: Live) -> bool:
        """Say whether an equation only gives a number its own name again: two Vars, one value."""
        (out,) = eqn.outs
        if eqn.op != IDENTITY or not out.hint or out.hint != arg.hint or isinstance(arg.kind, Array | ListKind):
            return False
        return arg.name in self.names and self.names[arg.name] not in self._printed(live - {out.name, arg.name})

    def _in_place(self, eqn: Eqn, pairs: Sequence[tuple[Var, Var]], live: Live) -> None:
        names: list[str] = []
        for target, out in pairs:
            name = self.names[target.name]
            free = name not in self._printed(live - {out.name, *self._older(target)})
            assert free, f"internal error: {eqn.op} writes {target}, which is needed later"
            self.names[out.name] = name
            names.append(name)
        given = [out for out in eqn.outs if out not in {new for _, new in pairs}]
        if given:
            self._name_all(given, self._printed(live - _keys(given)).and_also(names), live)

    def _older(self, var: Var) -> Iterator[str]:
        """Yield the versions of an array up to this one: their shapes may be read later, not their values."""
        name: str | None = var.name
        while name is not None:
            yield name
            name = self._predecessor.get(name)

    def _if(self, stmt: If, live: Live) -> None:
        through = live - _keys(bound(stmt))
        if isinstance(stmt, Try):  # what is raised half way leaves the other way what it reads
            through = through | self.liveness.free(stmt.then)
        self._name_all(bound(stmt), self._printed(through), live)
        self._name_all(entry_vars(stmt), self._printed(live), through | self.liveness.free(stmt.then))
        for block in (stmt.then, stmt.orelse):
            self._wish(block, stmt.outs)
            self.block(block, through)

    def _loop(self, loop: For | While, live: Live) -> None:
        live = live | self.liveness.through(loop)
        taken = self._printed(live)
        bounds: set[str] = set()
        if isinstance(loop, For):
            bounds = {self.names[name] for name in self.liveness.names((loop.start, loop.stop, loop.step))}
        for param, init, out in zip(loop.params, loop.inits, loop.outs, strict=True):
            start = self.names.get(init.name, "") if isinstance(init, Var) else ""
            wishes = [self._wishes.get(out.name, ""), start if _is_version(param, init) else ""]
            name = self._choose(param, taken.and_also(bounds - {start}), wishes)
            self.names[param.name] = self.names[out.name] = name
            taken.add(name)
        if isinstance(loop, For):
            used = loop.index.name in self.liveness.free(loop.body)
            self.names[loop.index.name] = self._choose(loop.index, taken.and_also(bounds), []) if used else "_"
        else:
            self.block(loop.test, live | _keys(loop.params) | self.liveness.free(loop.body))
        self._wish(loop.body, loop.params)
        self.block(loop.body, live)

    def _wish(self, block: Block, outs: tuple[Var, ...]) -> None:
        """Ask for results of the block to be computed under the names of `outs`."""
        previous = {out.name: arg.name for arg, out in (*_pairs(block), *_loop_pairs(block))}
        for result, out in zip(block.results, outs, strict=False):
            name = result.name if isinstance(result, Var) else None
            while name is not None and name not in self.names:
                self._wishes.setdefault(name, self.names[out.name])
                name = previous.get(name)

    def _name_all(self, outs: Iterable[Var], taken: _Taken, live: Live) -> None:
        for out in outs:
            if not out.hint and out.name not in live and out.name not in self._successor:
                self.names[out.name] = "_"
                continue
            self._name(out, taken)
            taken.add(self.names[out.name])

    def _name(self, var: Var, taken: _Taken) -> None:
        self.names[var.name] = self._choose(var, taken, [])

    def _choose(self, var: Var, taken: _Taken, wishes: list[str]) -> str:
        wishes = [wish for wish in (self._wishes.get(var.name, ""), *wishes) if wish]
        hint = self._spoken_hint(var)
        for name in _candidates([*wishes, hint] if hint else wishes):
            alone = name in wishes or not (name in self._alone or self._is_alone(var, name))
            if name not in taken and name not in self._reserved and alone:
                if var in self._unbound:
                    self._alone.add(name)
                return name
        while True:
            self._temporaries += 1
            name = f"t{self._temporaries}"
            if name not in taken and name not in self._reserved and name not in self._hints:
                return name

    def _is_alone(self, var: Var, name: str) -> bool:
        """Say whether a name is used, and the value may not be bound: then to read it must raise."""
        return var in self._unbound and name in self.names.holders

    def _spoken_hint(self, var: Var) -> str:
        """Return the hint, or that of what the array is called once it has been written."""
        name = var.name
        while name.startswith(".") and name in self._successor:
            name = self._successor[name]
        return identifier(name.partition(".")[0])

    def _printed(self, live: Container[str]) -> _Taken:
        return _Taken(self.names, live)


def _candidates(wanted: list[str]) -> Iterator[str]:
    """Yield the wanted names, then numbered ones of the last."""
    yield from wanted
    number = 2
    while wanted:
        yield f"{wanted[-1]}_{number}"
        number += 1


def _hint(var: Var) -> str:
    return identifier(var.hint)


def _is_version(param: Var, init: Atom) -> bool:
    return isinstance(init, Var) and (not param.hint or param.hint == init.hint)


def _keys(variables: Iterable[Var]) -> frozenset[str]:
    return frozenset(var.name for var in variables)


def _pairs(block: Block) -> Iterator[tuple[Var, Var]]:
    """Yield the array before and after each equation of the block that writes one in place."""
    for stmt in block.stmts:
        if isinstance(stmt, Eqn):
            yield from written(stmt)


def _loop_pairs(block: Block) -> Iterator[tuple[Var, Var]]:
    """Yield what each loop of the block starts from and ends with."""
    for stmt in block.stmts:
        if isinstance(stmt, For | While):
            yield from ((init, out) for init, out in zip(stmt.inits, stmt.outs, strict=True) if isinstance(init, Var))


def _in_place_pairs(block: Block) -> Iterator[tuple[str, str]]:
    yield from ((arg.name, out.name) for arg, out in _pairs(block))
    for stmt in block.stmts:
        for inner in blocks(stmt):
            yield from _in_place_pairs(inner)


def _all_vars(function: Function) -> Iterator[Var]:
    yield from (var for param in (*function.params, *function.seeds) for var in variables(param.value))
    yield from all_bound(function.body)
