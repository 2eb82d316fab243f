"""Statements as lines of code: assignments, branches and loops."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from s2s_ad.analysis.unbound import is_copy_of, raises
from s2s_ad.emission.comments import Line, equation_line
from s2s_ad.emission.expressions import Expressions
from s2s_ad.emission.fold import Folds, is_folded
from s2s_ad.emission.names import Printed
from s2s_ad.emission.printer import attribute, binary, call, display, expression, value
from s2s_ad.emission.released import Released
from s2s_ad.ir.core import (
    Arg,
    Atom,
    Block,
    Eqn,
    For,
    If,
    Lit,
    Note,
    Op,
    Seq,
    Step,
    Stmt,
    Try,
    Var,
    While,
    asks,
    carried,
    exit_of,
    header,
    variables,
)
from s2s_ad.ir.indexes import is_fancy
from s2s_ad.ir.kinds import ListKind, Opaque, is_number
from s2s_ad.ir.ops import (
    ACCUMULATE,
    APPEND,
    CLEAR,
    CUT,
    DELETE,
    ENTER,
    EXIT,
    IDENTITY,
    INSERT,
    LIST_OPS,
    NEW_TAPE,
    POP_ITEM,
    RAISE,
    REQUIRE,
    TURN,
    UNPACK,
    UPDATE,
)  # fmt: skip

_TAPES_IN_A_LINE = 3
"""More are a tuple in bytecode, and Numba infers no types of empty lists in a tuple."""
_METHODS = {APPEND: "append", INSERT: "insert", POP_ITEM: "pop", CLEAR: "clear", TURN: "reverse"}


_NAME_ERROR = Lit(NameError, Opaque("static exception"))


class Statements:
    """Prints the statements of one function."""

    def __init__(
        self,
        expressions: Expressions,
        names: Printed,
        folds: Folds,
        unbound: frozenset[Var],
        released: Released | None = None,
        distinct: frozenset[Var] = frozenset(),
        forgotten: frozenset[Var] = frozenset(),
    ) -> None:
        self._expressions = expressions
        self._released = released
        """What arrays are let go, if any are."""
        self._names = names
        self._folds = folds
        self._unbound = unbound
        """Values that may not be bound where they are handed on."""
        self._distinct = distinct
        """What additions give that name no element twice."""
        self._forgotten = {names[var.name] for var in forgotten if var.name in names}
        """Names that a round of a loop may not bind, and must not keep of the round before."""

    def block(self, block: Block, depth: int, kept: Collection[str] | None = None) -> Iterator[Line]:
        """Yield the lines of a block, its results apart.

        Arrays are let go where it is known what names are `kept`: those that are read after it, beside its results.
        """
        released = self._released.after(block, kept) if self._released and kept is not None else {}
        stmts = [stmt for stmt in block.stmts if not is_folded(stmt, self._folds)]
        i = 0
        empty = False
        while i < len(stmts):
            if _is(stmts[i], EXIT):
                if empty:
                    yield Line(depth, "pass")
                depth -= 1
                empty = False
                i += 1
                continue
            tapes = _leading_tapes(stmts[i:i + _TAPES_IN_A_LINE])  # fmt: skip
            if len(tapes) > 1:
                names = ", ".join(self._names[tape.name] for tape in tapes)
                yield Line(depth, f"{names} = {', '.join(['[]'] * len(tapes))}")
                i += len(tapes)
                empty = False
                continue
            if _is(stmts[i], REQUIRE) and self._named_next(stmts[i:]):
                i += 1
                continue
            for line in self.statement(stmts[i], depth, first=i == 0):
                yield line
                empty = False
            if i in released:
                yield Line(depth, f"del {', '.join(released[i])}")
            if _is(stmts[i], ENTER):
                depth += 1
                empty = True
            i += 1

    def _named_next(self, stmts: list[Stmt]) -> bool:
        """Say whether what is required to be bound is named by the statement after it."""
        following = next((stmt for stmt in stmts if not _is(stmt, REQUIRE)), None)
        required = {self._names[var.name] for var in variables(*header(stmts[0]))}
        return following is not None and required <= {
            name for arg in header(following) for name in self._read_names(arg)
        }

    def statement(self, stmt: Stmt, depth: int, first: bool = False) -> Iterator[Line]:
        """Yield the lines of a statement."""
        match stmt:
            case Note(text):
                if not first:
                    yield Line(0, "")
                yield Line(depth, f"# {text}")
            case Eqn():
                code = self.equation(stmt)
                if code and is_copy_of(stmt, self._unbound):
                    yield from self._if_bound(self._names[stmt.outs[0].name], code, depth)
                elif code:
                    yield equation_line(depth, code, stmt)
            case Try():
                yield from self._try(stmt, depth)
            case If():
                yield from self._if(stmt, depth)
            case For():
                yield from self._for(stmt, depth)
            case While():
                yield from self._while(stmt, depth)

    def equation(self, eqn: Eqn) -> str:
        """Return the line of an equation, "" if it says nothing."""
        if eqn.op == UPDATE:
            return self._update(eqn)
        if eqn.op == ACCUMULATE:
            return self._accumulate(eqn)
        if eqn.op == EXIT:
            return ""
        if eqn.op == ENTER:
            return f"with {expression(self._expressions.context(eqn))}:"
        if eqn.op == REQUIRE:
            return self._text(eqn.args[0])
        if eqn.op in LIST_OPS:
            return self._list_operation(eqn)
        if eqn.op == CUT:
            return f"del {self._text(eqn.args[0])}[{self._text(eqn.args[1])}:]"
        if eqn.op == RAISE:
            return " ".join(["raise", " from ".join(map(self._text, eqn.args))]).rstrip()
        right = value(self._expressions.value(eqn))
        outs = [expression(self._expressions.arg(out)) for out in eqn.outs]
        if eqn.op == IDENTITY and outs in ([right], ["_"]):
            return ""
        if not outs or outs == ["_"]:
            return right
        comma = "," if eqn.op == UNPACK and len(outs) == 1 else ""
        return f"{', '.join(outs)}{comma} = {right}"

    def _text(self, arg: Arg) -> str:
        return value(self._expressions.arg(arg))

    def _update(self, eqn: Eqn) -> str:
        x, path, index, sign, new = eqn.args
        assert isinstance(path, Seq), "internal error: update without a path"
        assert isinstance(sign, Lit), "internal error: update without a literal operator"
        whole = isinstance(index, Lit) and index.value is Ellipsis and bool(sign.value or eqn.kwargs)
        if not eqn.kwargs:
            whole = whole and not any(isinstance(part, Step) for part in path.items[-1:])  # a call is no target
        path_items = path.items if whole else (*path.items, index)
        target = self._expressions.element(self._expressions.arg(x), path_items)
        if eqn.kwargs:
            return self._call_with_out(new, target)
        return f"{expression(target)} {sign.value}= {self._text(new)}"

    def _call_with_out(self, new: Arg, target: ast.expr) -> str:
        """Return the call that writes a value: of the function that makes it, if nothing else reads it."""
        maker = self._folds.get(new.name) if isinstance(new, Var) else None
        made = self._expressions.value(maker) if maker is not None else None
        if isinstance(made, ast.Call):
            return expression(ast.Call(made.func, made.args, [*made.keywords, ast.keyword("out", target)]))
        return expression(call(self._expressions.reach("numpy.positive"), self._expressions.arg(new), out=target))

    def _accumulate(self, eqn: Eqn) -> str:
        x, path, index, new = eqn.args
        assert isinstance(x, Var) and isinstance(path, Seq), "internal error: accumulate into what is not a variable"
        array, added = self._expressions.element(self._expressions.arg(x), path.items), self._expressions.arg(new)
        if is_fancy(index) and eqn.outs[0] not in self._distinct:
            at = attribute(self._expressions.reach("numpy.add"), "at")
            return expression(call(at, array, self._expressions.arg(index), added))
        element = self._expressions.element(array, (index,))
        if isinstance(x.kind, ListKind) and not is_number(x.kind.item):
            return f"{expression(element)} = {expression(binary(ast.Add(), element, added))}"
        if isinstance(added, ast.UnaryOp) and isinstance(added.op, ast.USub):
            return f"{expression(element)} -= {value(added.operand)}"
        return f"{expression(element)} += {value(added)}"

    def _list_operation(self, eqn: Eqn) -> str:
        """Return `xs.append(x)`, `x = xs.pop()` and kin."""
        xs, *args = (self._expressions.arg(arg) for arg in eqn.args)
        if eqn.op == DELETE:
            return f"del {expression(self._expressions.element(xs, (eqn.args[1],)))}"
        text = expression(call(attribute(xs, _METHODS[eqn.op]), *args))
        given = [expression(self._expressions.arg(out)) for out in eqn.outs[1:]]
        return text if given in ([], ["_"]) else f"{given[0]} = {text}"

    def _if(self, stmt: If, depth: int) -> Iterator[Line]:
        test = self._expressions.arg(stmt.test)
        then, orelse = (list(self._way(stmt, way, depth + 1)) for way in (stmt.then, stmt.orelse))
        if not then and not orelse:
            folded = isinstance(stmt.test, Var) and stmt.test.name in self._folds
            if asks(stmt):
                yield Line(depth, f"bool({expression(test)})", stmt.origin)
            elif folded:
                yield Line(depth, expression(test), stmt.origin)
            return
        if not then:
            test, then, orelse = ast.UnaryOp(ast.Not(), test), orelse, []
        yield Line(depth, f"if {expression(test)}:", stmt.origin)
        yield from then
        if _is_one_if(orelse, depth + 1):
            yield replace(orelse[0], depth=depth, code="el" + orelse[0].code)
            yield from (replace(line, depth=line.depth - 1) if line.code else line for line in orelse[1:])
        elif orelse:
            yield Line(depth, "else:")
            yield from orelse

    def _way(self, stmt: If, way: Block, depth: int) -> Iterator[Line]:
        yield from self.block(way, depth, ())
        if not raises(way):
            yield from self._assign(stmt.outs, way.results, depth)

    def _try(self, stmt: Try, depth: int) -> Iterator[Line]:
        assert isinstance(stmt.test, Var)
        failed = self._names[stmt.test.name]
        classes = expression(self._expressions.arg(stmt.errors))
        errors = f"({classes})" if isinstance(stmt.errors, Seq) else classes
        caught = f" as {self._names[stmt.caught.name]}" if stmt.caught else ""
        yield Line(depth, "try:", stmt.origin)
        for way, raised in ((stmt.orelse, False), (stmt.then, True)):
            if raised:
                yield Line(depth, f"except {errors}{caught}:")
            noted = [] if failed == "_" else [Line(depth + 1, f"{failed} = {raised}")]
            lines = [*self.block(way, depth + 1), *self._assign(stmt.outs, way.results, depth + 1), *noted]
            yield from lines or [Line(depth + 1, "pass")]

    def _for(self, loop: For, depth: int) -> Iterator[Line]:
        yield from self._assign(loop.params, loop.inits, depth)
        bounds = [loop.start, loop.stop, loop.step]
        if _is_number(loop.step, 1):
            bounds.pop()
            if _is_number(loop.start, 0):
                bounds.pop(0)
        index = self._names[loop.index.name]
        steps = call(self._expressions.reach("builtins.range"), *map(self._expressions.arg, bounds))
        if loop.backwards and index != "_":
            steps = call(self._expressions.reach("builtins.reversed"), steps)
        yield Line(depth, f"for {index} in {expression(steps)}:", loop.origin)
        yield from self._body(loop, depth)

    def _while(self, loop: While, depth: int) -> Iterator[Line]:
        yield from self._assign(loop.params, loop.inits, depth)
        before = list(self.block(loop.test, depth + 1))
        test = self._expressions.arg(loop.test.results[0])
        if not before:
            yield Line(depth, f"while {expression(test)}:", loop.origin)
            yield from self._body(loop, depth)
            return
        yield Line(depth, "while True:", loop.origin)
        yield from before
        yield Line(depth + 1, f"if {expression(ast.UnaryOp(ast.Not(), test))}:")
        yield Line(depth + 2, "break")
        yield from self._body(loop, depth, needed=False)

    def _body(self, loop: For | While, depth: int, needed: bool = True) -> Iterator[Line]:
        stmts, leaves = loop.body.stmts, exit_of(loop)
        last = stmts[-1] if stmts else None
        if isinstance(last, If) and last.test == leaves:
            lines = [*self.block(Block(stmts[:-1]), depth + 1), *self._break_in_branch(loop, last, depth + 1)]
        else:
            lines = [*self.block(loop.body, depth + 1, ()), *self._end_of_body(loop, leaves, depth + 1)]
        if needed and not any(line.code and not line.code.startswith("#") for line in lines):
            lines.append(Line(depth + 1, "pass"))
        yield from lines

    def _break_in_branch(self, loop: For | While, stmt: If, depth: int) -> Iterator[Line]:
        """Yield the end of a loop's body where a branch leaves the loop: what is left needs no `else`."""
        then, orelse = (
            [*self.block(way, inner), *self._assign(stmt.outs, way.results, inner), *self._next(loop, inner)]
            for way, inner in ((stmt.then, depth + 1), (stmt.orelse, depth))
        )
        yield Line(depth, f"if {self._text(stmt.test)}:", stmt.origin)
        yield from then
        yield Line(depth + 1, "break")
        yield from orelse

    def _end_of_body(self, loop: For | While, leaves: Atom | None, depth: int) -> Iterator[Line]:
        if leaves is None or (isinstance(leaves, Lit) and not leaves.value):
            yield from self._next(loop, depth)
        elif isinstance(leaves, Lit):
            yield from self._next(loop, depth)
            yield Line(depth, "break")
        elif self._names[leaves.name] in {self._names[param.name] for param in loop.params}:
            yield Line(depth, f"if {self._text(leaves)}:")
            yield from self._next(loop, depth + 1)
            yield Line(depth + 1, "break")
            yield from self._next(loop, depth)
        else:
            yield from self._next(loop, depth)
            yield Line(depth, f"if {self._text(leaves)}:")
            yield Line(depth + 1, "break")

    def _next(self, loop: For | While, depth: int) -> Iterator[Line]:
        """Yield the assignments of what the next iteration gets."""
        yield from self._assign(loop.params, carried(loop), depth)

    def _assign(self, targets: tuple[Var, ...], sources: tuple[Atom, ...], depth: int) -> Iterator[Line]:
        """Yield the assignments that give all the targets their values at once."""
        pairs = [(self._names[target.name], source) for target, source in zip(targets, sources, strict=True)]
        absent = [left for left, right in pairs if is_undefined(right)]
        pairs = [(left, right) for left, right in pairs if left != "_" and not is_undefined(right)]
        pairs = [(left, right) for left, right in pairs if left != self._text(right)]
        if _one_by_one(pairs, self._read_names):
            for left, right in pairs:
                yield from self._copy(left, right, depth)
        else:
            right = display([self._expressions.arg(source) for _, source in pairs])
            yield Line(depth, f"{', '.join(left for left, _ in pairs)} = {expression(right)}")
        for left in absent:
            yield from self._forget(left, depth)

    def _copy(self, left: str, right: Atom, depth: int) -> Iterator[Line]:
        """Yield the assignment of one name; what is not bound stays so."""
        code = f"{left} = {self._text(right)}"
        yield from self._if_bound(left, code, depth) if right in self._unbound else [Line(depth, code)]

    def _if_bound(self, left: str, code: str, depth: int) -> Iterator[Line]:
        yield Line(depth, "try:")
        yield Line(depth + 1, code)
        yield Line(depth, f"except {self._text(_NAME_ERROR)}:")
        yield from list(self._forget(left, depth + 1)) or [Line(depth + 1, "pass")]

    def _forget(self, name: str, depth: int) -> Iterator[Line]:
        """Yield what makes that a name is not bound, whether it was or not, where that is asked."""
        if name in self._forgotten:
            yield Line(depth, f"{name} = None")
            yield Line(depth, f"del {name}")

    def _read_names(self, arg: Arg) -> Iterator[str]:
        for var in variables(arg):
            eqn = self._folds.get(var.name)
            if eqn is None:
                yield self._names[var.name]
            else:
                for inner in (*eqn.args, *(value for _, value in eqn.kwargs)):
                    yield from self._read_names(inner)


def _is(stmt: Stmt, operation: Op) -> bool:
    return isinstance(stmt, Eqn) and stmt.op == operation


def is_undefined(atom: Atom) -> bool:
    """Say whether this stands for a variable that has no value here."""
    return isinstance(atom, Lit) and atom.kind == Opaque("undefined")


def _one_by_one(pairs: list[tuple[str, Atom]], names_in: Callable[[Arg], Iterator[str]]) -> bool:
    """Say whether assigning in order never changes what a later assignment reads."""
    written: set[str] = set()
    for left, right in pairs:
        if not written.isdisjoint(names_in(right)):
            return False
        written.add(left)
    return True


def _leading_tapes(stmts: list[Stmt]) -> list[Var]:
    tapes: list[Var] = []
    for stmt in stmts:
        if not isinstance(stmt, Eqn) or stmt.op != NEW_TAPE:
            break
        tapes.append(stmt.outs[0])
    return tapes


def _is_one_if(lines: list[Line], depth: int) -> bool:
    """Say whether the lines are one `if` statement and nothing else."""
    heads = [line.code for line in lines if line.depth == depth and line.code]
    return bool(heads) and heads[0].startswith("if ") and all(h.startswith(("elif ", "else:")) for h in heads[1:]) \
        and lines[0].code == heads[0]  # fmt: skip


def _is_number(atom: Atom, number: int) -> bool:
    return isinstance(atom, Lit) and type(atom.value) is int and atom.value == number
