"""The SSA form of a function for a reader: one value a line, v₋₁, v₀, v₁, …"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from s2s_ad.display.notation import Notation, name_text, temporaries
from s2s_ad.ir.core import (
    UNDEFINED,
    Arg,
    Atom,
    Block,
    Eqn,
    For,
    Function,
    If,
    Lit,
    Map,
    Param,
    Record,
    Seq,
    Stmt,
    Try,
    Var,
    While,
    blocks,
    carried,
    exit_of,
    reads,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import DictKind, Kind, ListKind, ObjectKind, TupleKind
from s2s_ad.ir.ops import ACCUMULATE, CONTEXT, ENTER, EXIT, RAISE, UPDATE

_TAB = "    "


def ssa(function: Function) -> str:
    """Return the function one value a line, blocks indented, temporaries inside what uses them.

    >>> from s2s_ad.errors import Place
    >>> from s2s_ad.ir.kinds import FLOAT
    >>> from s2s_ad.ir.ops import op
    >>> x, y = Var("v0", FLOAT), Var("v1", FLOAT)
    >>> body = Block((Eqn((y,), op("numpy.sin"), (x,)),), (y,))
    >>> print(ssa(Function("f", (Param("x", FLOAT, x),), (), body, y, Place("f.py", 1, 0, 1, ""))))
    v₀ = x
    v₁ = sin v₀
    y = v₁
    """
    leaves = [leaf for param in function.params for leaf in leaf_paths(param)]
    leaves += [(capture.var, capture.name) for capture in function.captures]
    lines = [f"{name_text(var.hint)} = {path}" for var, path in leaves if name_text(var.hint) != path]
    listing = _Listing(Notation(temporaries(function.body)), frozenset(_read(function.body)))
    if function.functions:
        lines = [line for each in function.functions for line in _definition(each)] + lines
    return "\n".join([*lines, *listing.block(function.body), f"y = {listing.notation.arg(function.result)}"])


def _definition(function: Function) -> list[str]:
    """Return the lines of a function that is called."""
    listing = _Listing(Notation(temporaries(function.body)), frozenset(_read(function.body)))
    params = ", ".join(name_text(param.name) for param in function.params)
    body = [*listing.block(function.body), f"return {listing.notation.arg(function.result)}"]
    return [f"{function.name}({params}):", *(_TAB + line for line in body), ""]


def leaf_paths(param: Param) -> Iterator[tuple[Var, str]]:
    """Yield the leaves of a parameter with the text that reaches them; `[:]` goes through a list."""
    yield from _leaf_paths(param.value, param.kind, param.name)


def _leaf_paths(tree: Arg, kind: Kind, path: str) -> Iterator[tuple[Var, str]]:
    match tree, kind:
        case Var(), _:
            yield tree, path
        case _, ListKind(item):
            yield from _leaf_paths(tree, item, f"{path}[:]")
        case Seq(parts), TupleKind(kinds):
            for i, (part, inner) in enumerate(zip(parts, kinds, strict=True)):
                yield from _leaf_paths(part, inner, f"{path}[{i}]")
        case Record(pairs), ObjectKind(_, kinds):
            for (name, part), (_, inner) in zip(pairs, kinds, strict=True):
                yield from _leaf_paths(part, inner, f"{path}.{name}")
        case Map(pairs), DictKind(kinds):
            for (key, part), (_, inner) in zip(pairs, kinds, strict=True):
                yield from _leaf_paths(part, inner, f"{path}[{key!r}]")
        case _:
            return


def _read(block: Block) -> Iterator[Var]:
    yield from variables(*block.results)
    for stmt in block.stmts:
        yield from reads(stmt)
        for inner in blocks(stmt):
            yield from _read(inner)


@dataclass(frozen=True)
class _Listing:
    notation: Notation
    read: frozenset[Var]

    def block(self, block: Block) -> list[str]:
        lines: list[str] = []
        depth = 0
        for stmt in block.stmts:
            depth -= isinstance(stmt, Eqn) and stmt.op == EXIT
            lines += [_TAB * depth + line for line in self.stmt(stmt)]
            depth += isinstance(stmt, Eqn) and stmt.op == ENTER
        return lines

    def stmt(self, stmt: Stmt) -> list[str]:
        match stmt:
            case Eqn():
                return self._equation(stmt)
            case Try():
                return self._try(stmt)
            case If():
                return self._if(stmt)
            case For():
                head = f"for {stmt.index.hint or '_'} in {self._range(stmt)}:"
                return [*self._assign(stmt.params, stmt.inits), head, *self._loop_body(stmt)]
            case While():
                return [*self._assign(stmt.params, stmt.inits), *self._while(stmt)]
            case _:
                return []

    def _equation(self, eqn: Eqn) -> list[str]:
        formula = self.notation.formula(eqn)
        if eqn.op in CONTEXT:
            return [f"with {self.notation.formula(eqn)}:"] if eqn.op == ENTER else []
        if eqn.op == RAISE:
            return ["raise " + " from ".join(map(self.notation.arg, eqn.args))]
        if eqn.op in (UPDATE, ACCUMULATE):
            sign = eqn.args[3].value if eqn.op == UPDATE and isinstance(eqn.args[3], Lit) else "+"
            value = eqn.args[4] if eqn.op == UPDATE else eqn.args[3]
            return [f"{self.notation.target(eqn)} {sign}= {self.notation.arg(value)}"]
        names = [self.notation.name(out) for out in eqn.outs if out.hint]
        if names:
            return [f"{', '.join(names)} = {formula}"]
        return [] if any(out in self.read for out in eqn.outs) else [formula]

    def _if(self, stmt: If) -> list[str]:
        then, orelse = (self._body(way, stmt.outs) for way in (stmt.then, stmt.orelse))
        test = self.notation.arg(stmt.test)
        return [f"if {test}:", *then, *(["else:", *orelse] if orelse != [f"{_TAB}pass"] else [])]

    def _try(self, stmt: Try) -> list[str]:
        then, orelse = (self._body(way, stmt.outs) for way in (stmt.then, stmt.orelse))
        failed = self.notation.name(stmt.test) if isinstance(stmt.test, Var) else ""
        caught = f" as {stmt.caught.hint}" if stmt.caught else ""
        heading = f"except {self.notation.arg(stmt.errors)}{caught}:"
        return ["try:", *orelse, f"{_TAB}{failed} = False", heading, f"{_TAB}{failed} = True", *then]

    def _while(self, loop: While) -> list[str]:
        test = self.block(loop.test)
        condition = self.notation.arg(loop.test.results[0])
        body = self._loop_body(loop)
        if not test:
            return [f"while {condition}:", *body]
        return ["while True:", *(_TAB + line for line in [*test, f"if not ({condition}): break"]), *body]

    def _range(self, loop: For) -> str:
        start, stop, step = (self.notation.arg(part) for part in (loop.start, loop.stop, loop.step))
        bounds = [start, stop, step] if step != "1" else [start, stop] if start != "0" else [stop]
        return f"reversed(range({', '.join(bounds)}))" if loop.backwards else f"range({', '.join(bounds)})"

    def _loop_body(self, loop: For | While) -> list[str]:
        lines = self._body(Block(loop.body.stmts, carried(loop)), loop.params)
        leaves = exit_of(loop)
        return lines if leaves is None else [*lines, f"{_TAB}if {self.notation.arg(leaves)}: break"]

    def _body(self, block: Block, targets: Sequence[Var]) -> list[str]:
        lines = [*self.block(block), *self._assign(targets, block.results)]
        return [_TAB + line for line in lines or ["pass"]]

    def _assign(self, targets: Sequence[Var], sources: Sequence[Atom]) -> list[str]:
        """Return the lines that hand values on: one, where a target is read by a later one."""
        pairs: Mapping[str, str] = {
            self.notation.name(target): self.notation.arg(source)
            for target, source in zip(targets, sources, strict=True)
            if source != UNDEFINED and self.notation.name(target) != self.notation.arg(source)
        }
        if pairs.keys() & pairs.values():
            return [f"{', '.join(pairs)} = {', '.join(pairs.values())}"]
        return [f"{name} = {value}" for name, value in pairs.items()]
