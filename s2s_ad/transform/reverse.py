"""Reverse mode: a function that runs the primal and then its adjoint, statement by statement back.

The reverse sweep of a block reads values of the forward sweep.  Outside of loops they are there
by name.  The body of a loop puts what its reverse needs on a tape, once an iteration, and the
reverse loop takes it off again.

Source: Griewank & Walther, Evaluating Derivatives (2008), chapters 3, 4 and 6.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NoReturn

from s2s_ad.analysis.activity import active
from s2s_ad.errors import DifferentiationError, NoRuleError, UnsupportedError
from s2s_ad.frontend.access import getattr_, getitem
from s2s_ad.frontend.context import Frame, Lowerer
from s2s_ad.frontend.source import FunctionSource
from s2s_ad.frontend.values import Value
from s2s_ad.ir.core import (
    UNDEFINED,
    Adjoint,
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
    Op,
    Param,
    Rows,
    Seq,
    Stmt,
    Var,
    While,
    blocks,
    entry_vars,
    free,
    place_of,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import (
    FLOAT,
    INT,
    Array,
    DictKind,
    Kind,
    ListKind,
    NumpyScalar,
    Opaque,
    PyScalar,
    TupleKind,
    dtype_of,
    is_differentiable,
    is_numeric,
)
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import ADD, COPY, GETITEM, IDENTITY, UNPACK, UPDATE, op
from s2s_ad.ir.rename import rename
from s2s_ad.optimize.dead_code import dead_code
from s2s_ad.rules.language import Rule, lookup
from s2s_ad.transform.adjoints import Adjoints, bar_hint
from s2s_ad.transform.apply import apply_rule, default_value, value_of
from s2s_ad.transform.tape import Tapes

_LAST_WRITES = op("s2s_ad.rules.helpers.last_writes")
OPERATORS = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "truediv",
    "//": "floordiv",
    "%": "mod",
    "**": "pow",
    "@": "matmul",
}


def reverse(primal: Function, argnums: Sequence[int], names: Names, source: FunctionSource) -> Function:
    """Return the function (args…, y_bar) -> (y, adjoints of the arguments in argnums).

    Raises: DifferentiationError where the result is not one real number, NoRuleError.
    """
    inputs = [var for n in argnums for var in variables(primal.params[n].value) if is_differentiable(var.kind)]
    result = _scalar_result(primal)
    sweep = _Reverse(primal, active(primal, inputs), names, source)
    forward, backward, leaves = sweep.run(result, inputs)
    given = [primal.params[n] for n in argnums]
    tree = Seq((primal.result, Seq(tuple(_adjoint_tree(param.kind, param.value, leaves) for param in given))))
    body = Block((Note("forward sweep"), *forward, Note("reverse sweep"), *backward), tuple(variables(tree)))
    return replace(primal, name=f"{primal.name}_vjp", body=body, result=tree, seeds=(sweep.seed,))


def _scalar_result(primal: Function) -> Atom:
    result = primal.result
    kind = result.kind if isinstance(result, Var | Lit) else None
    is_number = isinstance(kind, PyScalar | NumpyScalar) or (isinstance(kind, Array) and kind.axes == "")
    if isinstance(result, Var | Lit) and is_number and dtype_of(result.kind).kind != "c":
        return result
    raise DifferentiationError(
        f"{primal.name} returns {_describe(result)}, and a gradient is that of one real number",
        primal.place,
        "return a sum or a mean of it",
    )


def _describe(result: Arg) -> str:
    match result:
        case Lit(None):
            return "nothing"
        case Var() | Lit():
            return str(result.kind)
        case _:
            return "a tuple, list or dict"


def _adjoint_tree(kind: Kind, tree: Arg, leaves: dict[Var, Atom]) -> Arg:
    """Return the structure of an argument with adjoints at its leaves; None where there is none."""
    match kind, tree:
        case ListKind(item), Seq() | Map():
            return Rows(_adjoint_tree(item, tree, leaves))
        case TupleKind(kinds), Seq(items, made):
            return Seq(tuple(_adjoint_tree(k, item, leaves) for k, item in zip(kinds, items, strict=True)), made)
        case DictKind(kinds), Map(items):
            pairs = zip(kinds, items, strict=True)
            return Map(tuple((key, _adjoint_tree(k, item, leaves)) for (_, k), (key, item) in pairs))
        case _, Var():
            return leaves.get(tree, Lit(None, Opaque("NoneType")))
        case _:
            return tree


class _Reverse:
    """The reverse sweep of one function."""

    def __init__(self, primal: Function, active_: frozenset[Var], names: Names, source: FunctionSource) -> None:
        self.primal = primal
        self.active = active_
        self.lo = Lowerer(names, Frame(source, {}), quiet=True)
        self.tapes = Tapes(names, [])
        self.depth = 0
        self.views = dict(_views(primal.body, active_))
        taken = {param.name for param in primal.params}
        seed = next(name for name in ("y_bar", "result_bar", "value_bar", "seed_bar") if name not in taken)
        self.seed = Param(seed, FLOAT, Var(names.version("y_bar"), FLOAT))

    def run(self, result: Atom, inputs: Sequence[Var]) -> tuple[list[Stmt], list[Stmt], dict[Var, Atom]]:
        """Return the forward sweep, the reverse sweep, and the adjoints of the inputs."""
        adjoints = Adjoints(self.lo, views=self.views)
        with self.lo.block() as backward:
            if isinstance(result, Var) and result in self.active:
                self._seed(adjoints, result)
            forward = self.sweep(self.primal.body.stmts, adjoints)
            leaves = self._leaves(adjoints, inputs)
        kept = dead_code(Block(tuple(backward), tuple(leaves.values())))
        return [*self.tapes.statements(), *forward], list(kept.stmts), leaves

    def _seed(self, adjoints: Adjoints, result: Var) -> None:
        """Let y_bar be the adjoint of the result, as a NumPy number where the result is one.

        All adjoints then have NumPy's arithmetic, in which division by zero gives inf.
        """
        y_bar = self.seed.value
        if isinstance(result.kind, PyScalar):
            adjoints.bind(result, self.lo.emit(IDENTITY, [y_bar], kind=FLOAT))
        else:
            dtype = dtype_of(result.kind).name
            adjoints.bind(result, self.lo.emit(op(f"numpy.{dtype}"), [y_bar], kind=NumpyScalar(dtype)))

    def _leaves(self, adjoints: Adjoints, inputs: Sequence[Var]) -> dict[Var, Atom]:
        """Return the adjoints to give to the caller: arrays are his alone and may be written."""
        leaves: dict[Var, Atom] = {}
        for x in inputs:
            if x not in adjoints.bars:
                leaves[x] = adjoints.zero(x)
                continue
            adjoints.finish(x, taken=adjoints.bars[x] in leaves.values())
            leaves[x] = adjoints.bars[x]
        return leaves

    # -- statements -------------------------------------------------------------------------

    def sweep(self, stmts: Sequence[Stmt], adjoints: Adjoints) -> list[Stmt]:
        """Emit the adjoints of statements, last first; return the statements of the forward sweep."""
        forward: list[Stmt] = []
        for stmt in reversed(stmts):
            before = self.lo.origin
            self.lo.origin = None if isinstance(stmt, Note) else Adjoint(stmt)
            match stmt:
                case Eqn():
                    forward[:0] = self._equation(stmt, adjoints)
                case If():
                    forward.insert(0, self._if(stmt, adjoints))
                case For() | While():
                    forward[:0] = self._loop(stmt, adjoints)
                case Note():
                    forward.insert(0, stmt)
            self.lo.origin = before
        return forward

    def _equation(self, eqn: Eqn, adjoints: Adjoints) -> list[Stmt]:
        if not any(out in adjoints.bars and out in self.active for out in eqn.outs):
            return [eqn]
        if eqn.op == GETITEM:
            return self._getitem(eqn, adjoints)
        if eqn.op == UPDATE:
            return self._update(eqn, adjoints)
        if eqn.op == IDENTITY:
            bar = adjoints.bars.pop(eqn.outs[0])
            adjoints.add(eqn.args[0], bar, moved=True, selected=bar in adjoints.selected)
            return [eqn]
        if eqn.op == UNPACK:
            self._unpack(eqn, adjoints)
            return [eqn]
        rule = lookup(eqn.op.path)
        if rule is None:
            self.no_rule(eqn, "no derivative rule for " + _public_name(eqn.op))
        self._apply(eqn, rule, adjoints)
        return [eqn]

    def _apply(self, eqn: Eqn, rule: Rule, adjoints: Adjoints) -> None:
        """Add the contributions of an equation by its rule."""
        try:
            given = rule.bind(eqn.args, dict(eqn.kwargs))
        except LookupError as error:
            self.no_rule(eqn, f"{_public_name(eqn.op)}: {error.args[0]}")
        env: dict[str, Value] = {name: default_value(value) for name, value in rule.defaults.items()}
        env |= {name: _value(arg) for name, arg in given.items()}
        bars: list[Atom] = []
        for name, out in zip(rule.results, eqn.outs, strict=True):
            env[name] = out
            bar = adjoints.bars.pop(out, None)
            bars.append(bar if bar is not None else adjoints.zero(out))
            env[f"{name}_bar"] = bars[-1]
        wanted = [
            name for name, arg in given.items()
            if name not in rule.passive and any(var in self.active for var in _vars(arg))
        ]  # fmt: skip
        nonzero, self.lo.nonzero = self.lo.nonzero, frozenset(v for n in rule.nonzero for v in _vars(given.get(n, ())))
        try:
            contributions = apply_rule(self.lo, rule, "bar", wanted, env)
        except UnsupportedError as error:
            raise UnsupportedError(
                f"the adjoint of {_public_name(eqn.op)}: {error.reason}", place_of(eqn), error.remedy
            ) from error
        self.lo.nonzero = nonzero
        for name in wanted:
            if name not in contributions:
                self.no_rule(eqn, f"the rule of {_public_name(eqn.op)} gives no derivative by {name!r} here")
            self._contribute(rule, given, name, contributions[name], adjoints, bars, alone=len(wanted) == 1)

    def _contribute(
        self, rule: Rule, given: Mapping[str, Arg | tuple[Arg, ...]], name: str, value: Value, adjoints: Adjoints,
        bars: Sequence[Atom], alone: bool,
    ) -> None:  # fmt: skip
        """Add one contribution, made from the adjoints of the results; `alone` if it is the only one."""
        arg = given[name]
        chosen = any(bar in adjoints.selected for bar in bars)
        if isinstance(arg, Var):
            others = None
            if rule.elementwise:
                positions = [x for n, x in given.items() if n != name and isinstance(x, Var | Lit)]
                others = [x.kind for x in positions if is_numeric(x.kind)]  # type: ignore[union-attr]
            atom = self.lo.read(value)
            if rule.poles and chosen and not self._has_no_pole(rule, given):
                atom = adjoints.guard(bars[0], atom)
            adjoints.add(arg, atom, others, moved=alone and atom in bars, selected=chosen or rule.selects)
            return
        parts = arg if isinstance(arg, tuple) else arg.items if isinstance(arg, Seq) else ()
        for i, part in enumerate(parts):
            if isinstance(part, Var) and part in self.active:
                adjoints.add(part, self.lo.read(getitem(self.lo, value, self.lo.lit(i))), selected=chosen)

    def _has_no_pole(self, rule: Rule, given: Mapping[str, Arg | tuple[Arg, ...]]) -> bool:
        """Say whether what the primal divided by are Python numbers, so that they are not zero."""
        divisors = [var for name in rule.nonzero for var in _vars(given.get(name, ()))]
        return bool(rule.nonzero) and all(isinstance(var.kind, PyScalar) for var in divisors)

    def _unpack(self, eqn: Eqn, adjoints: Adjoints) -> None:
        """The adjoint of unpacking a list into names."""
        x = eqn.args[0]
        assert isinstance(x, Var)
        for i, out in enumerate(eqn.outs):
            if out in adjoints.bars:
                adjoints.accumulate_at(x, self.lo.lit(i), adjoints.bars.pop(out))

    def _getitem(self, eqn: Eqn, adjoints: Adjoints) -> list[Stmt]:
        x, index = eqn.args
        assert isinstance(x, Var) and isinstance(x.kind, Array | ListKind) and eqn.outs[0] not in self.views
        adjoints.accumulate_at(x, index, adjoints.bars.pop(eqn.outs[0]))
        return [eqn]

    def _update(self, eqn: Eqn, adjoints: Adjoints) -> list[Stmt]:
        """The adjoint of x' = x with x[path][index] op= v: what was overwritten has no influence."""
        x, path, index, sign, value = eqn.args
        assert isinstance(x, Var) and isinstance(path, Seq) and isinstance(sign, Lit)
        assert x not in adjoints.bars, "an old version of an array is not read any more"
        if isinstance(index, Lit) and index.value is Ellipsis and path.items:
            path, index = Seq(path.items[:-1]), path.items[-1]
            eqn = replace(eqn, args=(x, path, index, sign, value))
        adjoints.bars[x] = adjoints.bars.pop(eqn.outs[0])
        if sign.value == "":
            chosen = adjoints.bars[x] in adjoints.selected
            slot_bar = self._slot_bar(adjoints.bars[x], path, index)
            self._overwrite(adjoints, x, path, index, Lit(0.0, FLOAT))
            adjoints.selected.add(adjoints.bars[x])
            self._add_to_value(value, slot_bar, adjoints, chosen)  # last, since the value may be a part of x
            return [eqn]
        with self.lo.block() as before:
            old = self._copied(self._slot(x, path, index))
        with self.lo.block() as after:
            new = self._copied(self._slot(eqn.outs[0], path, index))
        self._update_by_rule(eqn, old, new, adjoints)
        return [*before, eqn, *after]

    def _update_by_rule(self, eqn: Eqn, old: Var, new: Var, adjoints: Adjoints) -> None:
        """Apply the rule of op to `new = old op value`, and put the adjoint of old into x's."""
        x, path, index, sign, value = eqn.args
        assert isinstance(x, Var) and isinstance(path, Seq) and isinstance(sign, Lit)
        rule = lookup(f"operator.{OPERATORS[sign.value]}")
        if rule is None:
            self.no_rule(eqn, f"no derivative rule for {sign.value}=")
        slot_bar = self._slot_bar(adjoints.bars[x], path, index)
        left, right = rule.arguments
        env = {rule.results[0]: new, f"{rule.results[0]}_bar": slot_bar, left: old, right: value_of(value)}
        by_value = isinstance(value, Var) and value in self.active
        given = apply_rule(self.lo, rule, "bar", [left, right] if by_value else [left], env)
        old_bar = self.lo.read(given[left])
        if _is_fancy(index):  # an element may be read more than once
            self._overwrite(adjoints, x, path, index, Lit(0.0, FLOAT))
            adjoints.accumulate_at(x, index, old_bar, path.items)
        elif old_bar != slot_bar:
            self._overwrite(adjoints, x, path, index, old_bar)
        if by_value:
            self._add_to_value(value, self.lo.read(given[right]), adjoints, chosen=False)

    def _slot(self, x: Arg, path: Seq, index: Arg) -> Var:
        """Emit x[path][index]."""
        for part in path.items:
            x = self.lo.emit(GETITEM, [x, part])
        if isinstance(index, Lit) and index.value is Ellipsis:
            assert isinstance(x, Var)
            return x
        return self.lo.emit(GETITEM, [x, index])

    def _slot_bar(self, x_bar: Arg, path: Seq, index: Arg) -> Var:
        """Emit the adjoint of what was written to a slot; of several writes to one element the last counts."""
        slot = self._slot(x_bar, path, index)
        if not _is_fancy(index):
            return slot
        view = self._slot(x_bar, path, Lit(Ellipsis, Opaque("ellipsis")))
        shape = self.lo.operand(getattr_(self.lo, view, "shape"))
        kind = Array("bool", slot.kind.axes if isinstance(slot.kind, Array) else "")
        last = self.lo.emit(_LAST_WRITES, [shape, index], kind=kind)
        return self.lo.emit(op("numpy.where"), [last, slot, Lit(0.0, FLOAT)], kind=slot.kind)

    def _copied(self, x: Var) -> Var:
        return self.lo.emit(COPY, [x], kind=x.kind) if isinstance(x.kind, Array) else x

    def _add_to_value(self, value: Arg, slot_bar: Atom, adjoints: Adjoints, chosen: bool) -> None:
        """Add the adjoint of a slot to that of the value written there, which was broadcast to it."""
        if isinstance(value, Var) and value in self.active:
            adjoints.add(value, slot_bar, [slot_bar.kind], selected=chosen)

    def _overwrite(self, adjoints: Adjoints, x: Var, path: Seq, index: Arg, value: Atom) -> None:
        base = adjoints.writable(x)
        sign = Lit("", Opaque("str"))
        adjoints.bind(x, self.lo.emit(UPDATE, [base, path, index, sign, value], kind=base.kind))

    # -- branches ---------------------------------------------------------------------------

    def _if(self, stmt: If, adjoints: Adjoints) -> If:
        """Emit the adjoint of the branch that was taken; return the forward `if`."""
        outer = self._outer(stmt.then, stmt.orelse)
        seeds = [adjoints.bars.pop(out, None) if out in self.active else None for out in stmt.outs]
        if all(seed is None for seed in seeds):
            return stmt
        forward: list[Block] = []
        ways: list[tuple[list[Stmt], Adjoints]] = []
        for way in (stmt.then, stmt.orelse):
            child = adjoints.child()
            with self.lo.block() as backward:
                for value, seed in zip(way.results, seeds, strict=True):
                    if seed is not None and isinstance(value, Var) and value in self.active:
                        self._hand_in(child, value, seed)
                forward.append(Block(tuple(self.sweep(way.stmts, child)), way.results))
            ways.append((backward, child))
        changed = [x for x in outer if any(child.bars.get(x) != adjoints.bars.get(x) for _, child in ways)]
        results: list[list[Atom]] = []
        for backward, child in ways:
            self.lo.stmts, before = backward, self.lo.stmts
            results.append([child.bars[x] if x in child.bars else child.zero(x) for x in changed])
            self.lo.stmts = before
        taken = [dead_code(Block(tuple(way), tuple(values))) for (way, _), values in zip(ways, results, strict=True)]
        return self._emit_if(stmt, adjoints, changed, forward, taken, [child for _, child in ways])

    def _emit_if(
        self, stmt: If, adjoints: Adjoints, changed: Sequence[Var], forward: list[Block], backward: list[Block],
        children: list[Adjoints],
    ) -> If:  # fmt: skip
        if self.depth:
            kept = [self.tapes.keep(f, (), b) for f, b in zip(forward, backward, strict=True)]
            backward = [b for _, b in kept]
            stmt = replace(stmt, then=kept[0][0], orelse=kept[1][0])
        else:
            stmt, backward = self.tapes.hand_out(stmt, forward, backward)
        bars: list[Var] = []
        for i, x in enumerate(changed):
            kinds = [block.results[i].kind for block in backward]
            bars.append(self.lo.var(kinds[0] if kinds[0] == kinds[1] else _adjoint_kind(x, kinds), hint=bar_hint(x)))
            owned = all(
                block.results[i] in child.owned or isinstance(block.results[i], Lit)
                for block, child in zip(backward, children, strict=True)
            )
            adjoints.bars[x] = bars[-1]
            if owned:
                adjoints.owned.add(bars[-1])
            if any(x not in child.bars or child.bars[x] in child.selected for child in children):
                adjoints.selected.add(bars[-1])
        self.lo.stmts.append(If(tuple(bars), stmt.test, backward[0], backward[1], self.lo.origin))
        return stmt

    # -- loops --------------------------------------------------------------------------------

    def _loop(self, stmt: For | While, adjoints: Adjoints) -> list[Stmt]:
        """Emit the loop backwards; return the forward loop, which now keeps a tape."""
        carried = [
            (param, init, given, out)
            for param, init, given, out in zip(stmt.params, stmt.inits, stmt.body.results, stmt.outs, strict=True)
            if param in self.active or out in self.active
        ]
        if not any(out in adjoints.bars for *_, out in carried):
            return [stmt]
        outer = [var for var in self._outer(stmt.body) if var not in entry_vars(stmt)]
        inits: list[Atom] = []
        for _, _, _, out in carried:
            bar = adjoints.bars.pop(out, None)
            inits.append(bar if bar is not None else adjoints.zero(out))
        inits.extend(adjoints.bars[x] if x in adjoints.bars else adjoints.zero(x) for x in outer)
        chosen = [isinstance(init, Lit) or init in adjoints.selected for init in inits]
        inner, params, forward_body, backward = self._loop_body(stmt, carried, outer, chosen)
        self._own_inits(adjoints, inner, params, inits, [*(out for *_, out in carried), *outer])
        forward_body, backward = self.tapes.keep(forward_body, stmt.params, dead_code(backward))
        forward, loop = self._mirror(stmt, forward_body, tuple(params), tuple(inits), backward)
        outs = [self.lo.var(param.kind, hint=param.hint) for param in params]
        self.lo.stmts.append(replace(loop, outs=tuple(outs)))
        for param, init, given, bar in zip(params, inits, backward.results, outs, strict=True):
            if param in inner.written or (given in inner.owned and init in adjoints.owned):
                adjoints.owned.add(bar)
            if given in inner.selected:
                adjoints.selected.add(bar)
        adjoints.bars.update(zip(outer, outs[len(carried) :], strict=True))
        for (_, init, _, _), bar in zip(carried, outs[: len(carried)], strict=True):
            if isinstance(init, Var) and init in self.active:
                self._hand_in(adjoints, init, bar)
        return [forward]

    def _loop_body(
        self,
        stmt: For | While,
        carried: Sequence[tuple[Var, Atom, Atom, Var]],
        outer: Sequence[Var],
        chosen: Sequence[bool],
    ) -> tuple[Adjoints, list[Var], Block, Block]:
        """Emit the adjoint of one iteration, under the guess that adjoint arrays handed in are owned."""
        inner = Adjoints(self.lo, views=self.views)
        starts = [*(param for param, *_ in carried), *outer]
        params = [self.lo.var(_bar_kind(x.kind), hint=bar_hint(x)) for x in starts]
        inner.owned.update(params)
        inner.selected.update(param for param, selected in zip(params, chosen, strict=True) if selected)
        inner.bars.update(zip(outer, params[len(carried) :], strict=True))
        with self.lo.block() as backward:
            for (_, _, given, _), param in zip(carried, params, strict=False):
                if isinstance(given, Var) and given in self.active:
                    self._hand_in(inner, given, param)
            self.depth += 1
            forward = self.sweep(stmt.body.stmts, inner)
            self.depth -= 1
            self._refuse_unbound(stmt, inner)
            results = [self._give(inner, x, param) for x, param in zip(starts, params, strict=True)]
        return inner, params, Block(tuple(forward), stmt.body.results), Block(tuple(backward), tuple(results))

    def _refuse_unbound(self, stmt: For | While, inner: Adjoints) -> None:
        """Refuse an array that only the loop binds: before the first iteration its adjoint has no shape."""
        for param, init in zip(stmt.params, stmt.inits, strict=True):
            if init == UNDEFINED and param in self.active and isinstance(param.kind, Array) and param not in inner.bars:
                raise UnsupportedError(
                    f"the array {param.hint!r}, which this loop binds, is used after it",
                    place_of(stmt), "bind it before the loop",
                )  # fmt: skip

    def _give(self, inner: Adjoints, x: Var, param: Var) -> Atom:
        """Return the adjoint of x for the iteration before: owned, if that one writes to it."""
        if x not in inner.bars:
            return inner.zero(x)
        if param in inner.written:
            return inner.writable(x)
        return inner.bars[x]

    def _outer(self, *blocks: Block) -> list[Var]:
        """Return the active values from outside whose adjoints blocks add to, in a fixed order."""
        found = {var for block in blocks for var in free(block) if var in self.active}
        return sorted({_root(var, self.views) for var in found}, key=lambda var: var.name)

    def _hand_in(self, inner: Adjoints, given: Var, bar: Atom) -> None:
        """Let the adjoint that a block gets for its result be that of the value it gave."""
        if given in inner.bars or given in self.views:
            inner.add(given, bar)
        else:
            inner.bars[given] = bar

    def _own_inits(
        self, adjoints: Adjoints, inner: Adjoints, params: Sequence[Var], inits: list[Atom], of: Sequence[Var]
    ) -> None:
        """Copy the arrays that the loop changes in place and that are not the sweep's own."""
        for i, (param, x) in enumerate(zip(params, of, strict=True)):
            init = inits[i]
            if param in inner.written and isinstance(init, Var) and init not in adjoints.owned:
                inits[i] = self.lo.emit(COPY, [init], kind=x.kind, hint=bar_hint(x))

    def _mirror(
        self, stmt: For | While, body: Block, params: tuple[Var, ...], inits: tuple[Atom, ...], backward: Block
    ) -> tuple[Stmt, For]:
        """Return the forward loop and the loop that runs its iterations backwards."""
        origin = self.lo.origin
        if isinstance(stmt, For):
            index = Var(self.lo.names.version(stmt.index.hint), INT)
            backward = rename(backward, {stmt.index: index})
            loop = For((), index, stmt.start, stmt.stop, stmt.step, params, inits, backward, not stmt.backwards, origin)
            return replace(stmt, body=body), loop
        count = self.lo.var(INT, hint="count")
        more, total = self.lo.var(INT, hint="count"), self.lo.var(INT, hint="count")
        one, zero = self.lo.lit(1), self.lo.lit(0)
        step = Eqn((more,), ADD, (count, one))
        body = Block((*body.stmts, step), (*body.results, more))
        forward = replace(
            stmt, outs=(*stmt.outs, total), params=(*stmt.params, count), inits=(*stmt.inits, zero), body=body
        )
        index = self.lo.var(INT, hint="i")
        return forward, For((), index, zero, total, one, params, inits, backward, False, origin)

    # -- errors ---------------------------------------------------------------------------------

    def no_rule(self, eqn: Eqn, reason: str) -> NoReturn:
        """Raise NoRuleError at the place of an equation."""
        place = place_of(eqn)
        name = _public_name(eqn.op)
        raise NoRuleError(
            reason, place, f"keep what {name} gets out of argnums, or write it with functions that have rules"
        )


def _public_name(operation: Op) -> str:
    return operation.path.removeprefix("ir.").removeprefix("s2s_ad.rules.helpers.")


def _value(arg: Arg | tuple[Arg, ...]) -> Value:
    return value_of(Seq(arg)) if isinstance(arg, tuple) else value_of(arg)


def _vars(arg: Arg | tuple[Arg, ...]) -> Iterable[Var]:
    return variables(*arg) if isinstance(arg, tuple) else variables(arg)


def _views(block: Block, active_: frozenset[Var]) -> Iterator[tuple[Var, tuple[Var, Arg]]]:
    """Yield the active slices of active arrays, each with its array and index."""
    for stmt in block.stmts:
        for inner in blocks(stmt):
            yield from _views(inner, active_)
        if isinstance(stmt, Eqn) and stmt.op == GETITEM and stmt.outs[0] in active_:
            x, index = stmt.args
            kinds = (x.kind if isinstance(x, Var) else None, stmt.outs[0].kind)
            same = any(all(isinstance(kind, made) for kind in kinds) for made in (Array, ListKind))
            if same and isinstance(x, Var) and not _copies(index):
                yield stmt.outs[0], (x, index)


def _root(x: Var, views: Mapping[Var, tuple[Var, Arg]]) -> Var:
    while x in views:
        x = views[x][0]
    return x


def _copies(index: Arg) -> bool:
    """Say whether indexing gives a copy: by arrays of integers or masks."""
    parts = index.items if isinstance(index, Seq) and index.type == "tuple" else (index,)
    return any(
        isinstance(part, Seq) or (isinstance(part, Var) and isinstance(part.kind, Array | ListKind)) for part in parts
    )


def _is_fancy(index: Arg) -> bool:
    parts = index.items if isinstance(index, Seq) and index.type == "tuple" else (index,)
    return any(
        isinstance(part, Seq)
        or (isinstance(part, Var) and isinstance(part.kind, Array) and dtype_of(part.kind).kind in "iu")
        for part in parts
    )


def _bar_kind(kind: Kind) -> Kind:
    """Return the kind of an adjoint that a loop carries; a number may start as the literal 0.0."""
    return FLOAT if isinstance(kind, PyScalar | NumpyScalar) else kind


def _adjoint_kind(x: Var, kinds: Sequence[Kind]) -> Kind:
    return FLOAT if isinstance(x.kind, PyScalar | NumpyScalar) else x.kind
