"""Carries several directions at once: tangents, or adjoints, with one axis more, in front of their own.

    v1_dot = x_dot * y                     v1_dot = x_dot[:, None] * y     (x a number, y a vector)
    v2_dot = np.sum(v1_dot)         →      v2_dot = np.sum(v1_dot, axis=1)

Which values depend on the seeds is found first: with an array all that shares its storage, if that is written
with something that does.  Statements of other values stay as they are.  How each operation takes the axis is
said in `batching`; one that is not there is done for each direction in a loop.

Source: the vectorised sweeps of Griewank & Walther, Evaluating Derivatives (2008), section 4.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from s2s_ad.errors import UnsupportedError
from s2s_ad.frontend.context import Frame, Lowerer
from s2s_ad.frontend.source import FunctionSource
from s2s_ad.ir.core import (
    Arg,
    Atom,
    Block,
    Eqn,
    For,
    Function,
    If,
    Lit,
    Note,
    Param,
    Seq,
    Stmt,
    Var,
    While,
    blocks,
    carried,
    operands,
    place_of,
    substitute,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import INT, Array, ListKind, Opaque, dtype_of, is_differentiable, is_unranked
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import (
    GETATTR,
    GETITEM,
    IDENTITY,
    IN_PLACE,
    POP,
    PUSH,
    TAPE_OPS,
    ZEROS_LIKE,
    ZEROS_OF_LIST,
    is_local,
    op,
    written,
)
from s2s_ad.ir.rename import own_names
from s2s_ad.ir.tapes import is_copied, is_tape, joined
from s2s_ad.transform.batching import Batching, differs, lifted, rank, reads_only_sizes
from s2s_ad.transform.collected import mapped
from s2s_ad.transform.custom import primal_of

_REPEAT, _ZEROS, _EXPAND = op("numpy.repeat"), op("numpy.zeros"), op("numpy.expand_dims")
_ZEROS_BESIDE = op("s2s_ad.rules.helpers.zeros_beside")


def batch(derivative: Function, count: Var, names: Names, source: FunctionSource) -> Function:
    """Return a derivative whose seeds have one axis more, for `count` directions, and so its tangents or adjoints.

    Raises: UnsupportedError where a test has values of several directions.
    """
    assert isinstance(derivative.result, Seq)
    value, given = derivative.result.items
    seeds = [var for seed in derivative.seeds for var in variables(seed.value)]
    called = {f"local.{each.name}": _Called() for each in derivative.functions}
    found = _found_everywhere(derivative, seeds, called)
    change = {seed: Var(seed.name, lifted(seed.kind, count)) for seed in seeds}
    run = _Batch(Lowerer(names, Frame(source, {}), quiet=True), count, found, called, dict(change))
    with run.lo.block() as stmts:
        run.statements(derivative.body.stmts)
        result = Seq((value, substitute(given, run.several, run.several_of_literal)))
    params = tuple(_lifted_param(seed, change) for seed in derivative.seeds)
    functions = tuple(_batch_called(each, called, source) for each in derivative.functions)
    body = Block(tuple(stmts), tuple(variables(result)))
    return replace(derivative, body=body, result=result, seeds=params, functions=functions)


@dataclass
class _Called:
    """Which arguments of a function that is called differ between directions, and which of its results."""

    params: set[int] = field(default_factory=set[int])
    results: set[int] = field(default_factory=set[int])


def _found_everywhere(derivative: Function, seeds: Sequence[Var], called: Mapping[str, _Called]) -> _Found:
    """Return the values that differ; what is `called` is filled too."""
    before = -1
    while True:
        found = _Found(derivative.body, seeds, called)
        for each in derivative.functions:
            how = called[f"local.{each.name}"]
            inside = _Found(each.body, [_leaf(each.params[i]) for i in how.params], called)
            how.results |= {i for i, x in enumerate(_items(each.result)) if x in inside.vars}
            inner = inside.tapes | inside.vars
            how.params |= {i for i, param in enumerate(each.params) if param.value in inner}
        known = sum(len(how.params) + len(how.results) for how in called.values())
        if known == before:
            return found
        before = known


def _batch_called(function: Function, called: Mapping[str, _Called], source: FunctionSource) -> Function:
    """Return a function that is called, which takes and gives several directions and takes their `count` too."""
    how = called[f"local.{function.name}"]
    if not how.params:
        return function
    given = [_leaf(function.params[i]) for i in sorted(how.params)]
    names = own_names(function)
    count = Var(names.version("count"), INT)
    change = {var: Var(var.name, lifted(var.kind, count)) for var in given if not is_tape(var)}
    found = _Found(function.body, given, called)
    run = _Batch(Lowerer(names, Frame(source, {}), quiet=True), count, found, called, dict(change))
    with run.lo.block() as stmts:
        run.statements(function.body.stmts)
        items = [run.several(x) if i in how.results else x for i, x in enumerate(_items(function.result))]
    result = items[0] if len(items) == 1 else Seq(tuple(items))
    made = [_lifted_param(param, change) if i in how.params else param for i, param in enumerate(function.params)]
    body = Block(tuple(stmts), tuple(variables(result)))
    return replace(function, params=(*made, Param("count", INT, count)), body=body, result=result)


def _leaf(param: Param) -> Var:
    assert isinstance(param.value, Var)
    return param.value


def _items(result: Arg) -> list[Atom]:
    """Return what a function that is called gives."""
    items = result.items if isinstance(result, Seq) else (result,)
    return [item for item in items if isinstance(item, Var | Lit)]


def _lifted_param(seed: Param, change: Mapping[Var, Var]) -> Param:
    return replace(seed, value=substitute(seed.value, lambda var: change.get(var, var)))


class _Found:
    """The values that differ between directions, found until nothing is added."""

    def __init__(self, body: Block, seeds: Iterable[Var], called: Mapping[str, _Called]) -> None:
        self.vars = {seed for seed in seeds if not is_tape(seed)}
        self.tapes = {seed for seed in seeds if is_tape(seed)}
        self.called = called
        before = -1
        while before != len(self.vars) + len(self.tapes):
            before = len(self.vars) + len(self.tapes)
            self.block(body)

    def add(self, *atoms: Atom) -> None:
        self.vars.update(atom for atom in atoms if isinstance(atom, Var) and differs(atom.kind))

    def block(self, block: Block) -> None:
        for stmt in block.stmts:
            for inner in blocks(stmt):
                self.block(inner)
            match stmt:
                case Eqn():
                    self.equation(stmt)
                case If(outs, test, then, orelse):
                    self.asked(stmt, test)
                    for values in zip(outs, then.results, orelse.results, strict=True):
                        self.alike(values)
                case For() | While():
                    if isinstance(stmt, While):
                        self.asked(stmt, *stmt.test.results)
                    for values in zip(stmt.outs, stmt.params, stmt.inits, carried(stmt), strict=True):
                        self.alike(values)
                case Note():
                    pass

    def alike(self, values: Sequence[Atom]) -> None:
        """Add what a branch or a loop hands on."""
        if any(value in self.vars for value in values):
            self.add(*values[: 2 if len(values) == 4 else 1])

    def tape(self, eqn: Eqn) -> None:
        """Let a tape have several directions of every float on it where one is put on it that differs."""
        tapes = set(joined(eqn) or variables(*eqn.args[:1]))
        if len(tapes) > 1 and tapes & self.tapes:
            self.tapes |= tapes
            return
        if eqn.op == PUSH and any(value in self.vars or value in self.tapes for value in eqn.args[1:]):
            self.tapes |= tapes
        if eqn.op != PUSH and tapes & self.tapes:
            self.add(*(out for out in eqn.outs if is_differentiable(out.kind)))
            self.tapes.update(out for out in eqn.outs if is_tape(out))

    def asked(self, stmt: If | While, *tests: Atom) -> None:
        if any(test in self.vars for test in tests):
            raise UnsupportedError("a test differs between directions", place_of(stmt))

    def equation(self, eqn: Eqn) -> None:
        varies = any(var in self.vars for var in operands(eqn)) and not reads_only_sizes(eqn)
        if is_local(eqn.op):
            how = self.called[eqn.op.path]
            how.params |= {i for i, arg in enumerate(eqn.args) if arg in self.vars or arg in self.tapes}
            self.tapes.update(
                arg for i, arg in enumerate(eqn.args) if i in how.params and isinstance(arg, Var) and is_tape(arg)
            )
            self.add(*(eqn.outs[i] for i in how.results))
            self.add(*(target for target, out in written(eqn) if out in self.vars))
            return
        if eqn.op in TAPE_OPS or is_copied(eqn):
            self.tape(eqn)
            return
        if varies:
            self.add(*eqn.outs)
        if varies and eqn.op in IN_PLACE:
            self.add(*(var for var in variables(eqn.args[0])))


class _Batch:
    """Emits statements of several directions; `env` has what stands for the values that differ."""

    def __init__(
        self, lo: Lowerer, count: Var, found: _Found, called: Mapping[str, _Called], env: dict[Var, Atom]
    ) -> None:
        self.lo = lo
        self.count = count
        self.found = found.vars
        self.tapes = found.tapes
        self.called = called
        self.env = env
        self.alike: dict[Var, Var] = {}
        """Zeros, and what they have the shape of."""
        self.lists: dict[Arg, Eqn] = {}
        """What makes lists that are the same in all directions, item by item or of zeros."""
        self.b = Batching(lo, count, found.vars, self.new, self.several)

    def new(self, arg: Arg) -> Arg:
        """Return an argument with what stands for the values that differ."""
        return substitute(arg, lambda var: self.env.get(var, var))

    def statements(self, stmts: Sequence[Stmt]) -> None:
        """Emit statements in order."""
        for stmt in stmts:
            if isinstance(stmt, Note):
                self.lo.stmts.append(stmt)
                continue
            before, self.lo.origin = self.lo.origin, stmt.origin
            match stmt:
                case Eqn():
                    self.equation(stmt)
                case If():
                    self.branches(stmt)
                case For() | While():
                    self.loop(stmt)
            self.lo.origin = before

    def block(self, block: Block, given: Sequence[bool]) -> Block:
        """Return a block that hands on values of several directions where they are `given` so."""
        with self.lo.block() as stmts:
            self.statements(block.stmts)
            more = block.results[len(given) :]
            results = [self.several(x) if each else x for x, each in zip(block.results, given, strict=False)]
        return Block(tuple(stmts), (*results, *more))

    def call(self, eqn: Eqn) -> None:
        """Emit a call of a function."""
        how = self.called[eqn.op.path]
        args = [
            self.several(arg) if i in how.params and isinstance(arg, Var | Lit) else self.new(arg)
            for i, arg in enumerate(eqn.args)
        ]
        outs = tuple(self.out(out) for out in eqn.outs)
        self.lo.stmts.append(replace(eqn, outs=outs, args=(*args, self.count) if how.params else tuple(args)))

    def tape(self, eqn: Eqn) -> None:
        """Emit what puts values on a tape of several directions, or takes them off."""
        if eqn.op == PUSH:
            tape, *values = eqn.args
            several = [self.several(x) if isinstance(x, Var | Lit) and is_differentiable(x.kind) else x for x in values]
            eqn = replace(eqn, args=(tape, *several))
        self.lo.stmts.append(replace(eqn, outs=tuple(self.out(out) for out in eqn.outs)))

    def equation(self, eqn: Eqn) -> None:
        if is_local(eqn.op):
            self.call(eqn)
            return
        if eqn.op.custom is not None and any(var in self.found for var in operands(eqn)):
            self.statements(primal_of(eqn, self.lo.names))
            return
        if eqn.op in (PUSH, POP) and eqn.args[0] in self.tapes:
            self.tape(eqn)
            return
        if not any(out in self.found for out in eqn.outs):
            if any(var in self.found for var in operands(eqn)):
                self.b.sizes(eqn)
                return
            if eqn.op == ZEROS_LIKE and isinstance(eqn.args[0], Var):
                self.alike[eqn.outs[0]] = eqn.args[0]
            if eqn.op == ZEROS_OF_LIST or (eqn.op == IDENTITY and isinstance(eqn.args[0], Seq)):
                self.lists[eqn.outs[0]] = eqn
            self.lo.stmts.append(eqn)
        elif any(var in self.found for var in operands(eqn)):
            self.env.update(zip(eqn.outs, self.b.equation(eqn), strict=True))
        elif eqn.op in (IDENTITY, ZEROS_OF_LIST) and isinstance(eqn.outs[0].kind, ListKind):
            (out,) = eqn.outs
            self.env[out] = self.list_of_several(eqn, Var(out.name, self.b.lifted(out.kind)))
        elif eqn.op == ZEROS_LIKE and isinstance(eqn.args[0], Var):  # what is written later
            self.env[eqn.outs[0]] = self.zeros(eqn.outs[0], eqn.args[0])
        else:
            self.lo.stmts.append(eqn)
            self.env.update((out, self.several(out, out.hint)) for out in eqn.outs if out in self.found)

    def list_of_several(self, eqn: Eqn, made: Var) -> Var:
        """Emit a list that is the same in all directions with items of several, under a name."""
        first = eqn.args[0]
        if first in self.lists and self.lists[first].args[0] == Seq((), "list"):
            first = self.lists[first].args[0]
        if eqn.op == ZEROS_OF_LIST and first != Seq((), "list"):
            self.lo.stmts.append(Eqn((made,), _ZEROS_BESIDE, (first, self.count), (), self.lo.origin))
            return made
        items = first.items if isinstance(first, Seq) else ()
        if not isinstance(first, Seq) or not all(isinstance(item, Var | Lit) for item in items):
            raise UnsupportedError("a list that is the same in all directions stands where one differs", place_of(eqn))
        several = tuple(self.several(item) for item in items if isinstance(item, Var | Lit))
        self.lo.stmts.append(Eqn((made,), IDENTITY, (Seq(several, first.type),), (), self.lo.origin))
        return made

    def zeros(self, out: Var, like: Var) -> Var:
        """Emit zeros of several directions."""
        like = self.alike.get(like, like)
        if is_unranked(like.kind):
            zeros = self.lo.emit(ZEROS_LIKE, [like], kind=like.kind, hint="")
            made = self.several(zeros, out.hint)
            assert isinstance(made, Var)
            return made
        shape = self.lo.emit(GETATTR, [like, Lit("shape", Opaque("str"))], hint="")
        sizes = [self.lo.emit(GETITEM, [shape, self.lo.lit(i)], hint="") for i in range(rank(like))]
        dtype = dtype_of(out.kind).name
        named = () if dtype == "float64" else (("dtype", Lit(dtype, Opaque("str"))),)
        made = Var(out.name, self.b.lifted(out.kind))
        self.lo.stmts.append(Eqn((made,), _ZEROS, (Seq((self.count, *sizes)),), named, self.lo.origin))
        return made

    def several(self, value: Atom, hint: str | None = None) -> Atom:
        """Return a value of several directions: where it is the same in all, so often."""
        if isinstance(value, Var) and value in self.env:
            return self.env[value]
        if isinstance(value, Lit) and value.value is None:  # not bound, or no adjoint yet
            return value
        kind = self.b.lifted(value.kind)
        if kind == value.kind and not isinstance(kind, Array):  # an empty list
            return value
        if value in self.lists:
            return self.list_of_several(self.lists[value], self.lo.var(kind, hint))
        if isinstance(value.kind, ListKind) and isinstance(value, Var):
            return mapped(self.lo, value, self._item)
        if isinstance(value, Lit) or not isinstance(value.kind, Array):
            full = op("numpy.full")
            return self.lo.emit(full, [self.count, value], kind=kind, hint=hint)
        if value.kind.axes:
            first = self.lo.emit(GETITEM, [value, Lit(None, self.lo.lit(None).kind)], hint="")
        else:  # it may be a number
            first = self.lo.emit(_EXPAND, [value, self.lo.lit(0)], kind=kind, hint="")
        return self.lo.emit(_REPEAT, [first, self.count], (("axis", self.lo.lit(0)),), kind=kind, hint=hint)

    def _item(self, item: Var) -> Var:
        """Return an item of a list that is the same in all directions, so often."""
        several = self.several(item)
        assert isinstance(several, Var)
        return several

    def several_of_literal(self, value: Lit) -> Arg:
        return value if value.value is None else self.several(value)

    def branches(self, stmt: If) -> None:
        given = [out in self.found for out in stmt.outs]
        outs = tuple(self.out(out) for out in stmt.outs)
        then, orelse = (self.block(way, given) for way in (stmt.then, stmt.orelse))
        self.lo.stmts.append(replace(stmt, outs=outs, then=then, orelse=orelse))

    def loop(self, stmt: For | While) -> None:
        given = [out in self.found for out in stmt.outs]
        inits = tuple(self.several(x) if each else x for x, each in zip(stmt.inits, given, strict=True))
        params = tuple(self.out(param) for param in stmt.params)
        body = self.block(stmt.body, given)
        test = {"test": self.block(stmt.test, [])} if isinstance(stmt, While) else {}
        outs = tuple(self.out(out) for out in stmt.outs)
        self.lo.stmts.append(replace(stmt, outs=outs, params=params, inits=inits, body=body, **test))

    def out(self, var: Var) -> Var:
        """Return what stands for a value that a branch or a loop hands on."""
        if var not in self.found:
            return var
        made = Var(var.name, self.b.lifted(var.kind))
        self.env[var] = made
        return made
