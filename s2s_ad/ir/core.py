"""The intermediate representation: frozen, in SSA form, with structured control flow.

A `Function` has leaves of its arguments as inputs and a `Block` of statements.  Each `Var` is
bound once.  Values are *values*: writing an array in place is an equation that takes the old
array and gives the new one (`ops.update`), and the emitted code does it in place.  That makes
every analysis and the reverse sweep a matter of values, and Python's memory semantics one pass
(`optimize.protect`) that copies what would be overwritten too early.

Regions, not a graph of jumps: the reverse sweep is a recursion and the output stays `for` and
`if`.  Variables that a loop carries are listed; a `Block` ends in the values it gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from s2s_ad.errors import Place
from s2s_ad.ir.kinds import Array, Kind, Opaque


@dataclass(frozen=True, slots=True)
class Var:
    """A value, bound once.  `name` is unique; up to the first dot it is what it is printed as.

    A name that starts with a dot has no name to print: it is folded into the expression that
    uses it where that is possible.
    """

    name: str
    kind: Kind

    @property
    def hint(self) -> str:
        """The name to print, "" if there is none."""
        return self.name.partition(".")[0]

    def __str__(self) -> str:
        return self.name

    def __hash__(self) -> int:  # unique names are hash enough, and kinds take long
        return hash(self.name)


@dataclass(frozen=True, slots=True)
class Lit:
    """A constant: a Python value, or an object that has a name to import (`np.float64`)."""

    value: Any
    kind: Kind

    def __str__(self) -> str:
        return repr(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lit) and self.kind == other.kind and repr(self.value) == repr(other.value)

    def __hash__(self) -> int:
        return hash((self.kind, repr(self.value)))


UNDEFINED = Lit(None, Opaque("undefined"))
"""The value of a name that is not bound (yet): nothing is printed for it."""


@dataclass(frozen=True, slots=True)
class Seq:
    """A tuple or list written out in an argument; `type` is "tuple" or "list"."""

    items: tuple[Arg, ...]
    type: str = "tuple"


@dataclass(frozen=True, slots=True)
class Map:
    """A dict written out in an argument."""

    items: tuple[tuple[Any, Arg], ...]


@dataclass(frozen=True, slots=True)
class Record:
    """An object written out: its attributes, and where the argument is whose class it has."""

    items: tuple[tuple[str, Arg], ...]
    of: tuple[str, ...] = ()
    """The name of a parameter and the steps to the object: `("p", ".layer", "[0]")`."""
    called: bool = True
    """Its class can be called with the attributes; else it is made without its `__init__`."""
    cls: Any = None
    maker: Var | None = None
    """The class itself, taken from outside, of an object that the function makes."""


@dataclass(frozen=True, slots=True)
class Slice:
    """start:stop:step in an index."""

    start: Arg
    stop: Arg
    step: Arg


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of structures, from a structure with lists (all of one length) at its leaves."""

    columns: Arg


@dataclass(frozen=True, slots=True)
class Op:
    """What an equation does: a function, known by the path it is imported from."""

    path: str
    fun: Callable[..., Any] = field(compare=False, repr=False)
    custom: Custom | None = field(default=None, compare=False, repr=False)
    """What it does and how it is differentiated, where that is the user's own."""
    writes: tuple[tuple[int, int], ...] = field(default=(), compare=False, repr=False)
    """The places of arguments that a called function writes in place, each with that of the result it then is."""

    def __str__(self) -> str:
        return self.path


@dataclass(frozen=True, slots=True)
class Step:
    """A view of an array that no index gives, on the path to what is written: `x.T`, `x.reshape(2, 3)`."""

    op: Op
    args: tuple[Arg, ...]
    """Those after the array."""
    kwargs: tuple[tuple[str, Arg], ...] = ()


Atom: TypeAlias = Var | Lit
Arg: TypeAlias = Var | Lit | Seq | Map | Record | Slice | Rows | Step


@dataclass(frozen=True, slots=True)
class Source:
    """Where a primal statement comes from: line and text, and the function if it is a helper."""

    place: Place
    text: str
    function: str = ""


@dataclass(frozen=True, slots=True)
class Adjoint:
    """The origin of the adjoint statements of a primal equation or statement."""

    of: Eqn | For | While | If


@dataclass(frozen=True, slots=True)
class Tangent(Adjoint):
    """The origin of the tangent statements of a primal equation or statement, which stand beside it."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The origin of a statement that a derivative made, where the function is differentiated once more.

    To the next derivative it is a statement of the primal; a reader is told what it came from.
    """

    of: Adjoint | None


Origin: TypeAlias = Source | Adjoint | Settled | None


@dataclass(frozen=True, slots=True)
class Eqn:
    """outs = op(*args, **kwargs)."""

    outs: tuple[Var, ...]
    op: Op
    args: tuple[Arg, ...]
    kwargs: tuple[tuple[str, Arg], ...] = ()
    origin: Origin = None


@dataclass(frozen=True, slots=True)
class Block:
    """Statements in order, and the values they give."""

    stmts: tuple[Stmt, ...]
    results: tuple[Atom, ...] = ()


@dataclass(frozen=True, slots=True)
class If:
    """outs = then() if test else orelse().

    The last `kept` of the outs are there for the reverse sweep only.
    """

    outs: tuple[Var, ...]
    test: Atom
    then: Block
    orelse: Block
    origin: Origin = None
    kept: int = 0

    def late_results(self, block: Block) -> tuple[Atom, ...]:
        """Return the results of one of its blocks that the reverse sweep reads."""
        return block.results[len(block.results) - self.kept :]


def asks(stmt: If) -> bool:
    """Say whether the user's program asks an array for its truth value here, which it may not have."""
    origin = stmt.origin
    while isinstance(origin, Tangent | Settled):
        origin = origin.of if isinstance(origin, Settled) else origin.of.origin
    return isinstance(origin, Source) and isinstance(stmt.test.kind, Array)


@dataclass(frozen=True, slots=True)
class Try(If):
    """outs = orelse(), or then() if that raises one of `errors`.

    `test` is bound here: whether it was raised.  `caught` is the exception inside of `then`.
    """

    errors: Lit | Seq = UNDEFINED
    caught: Var | None = None


@dataclass(frozen=True, slots=True)
class For:
    """A loop over `range(start, stop, step)`, backwards if `backwards`.

    `params` are the carried values inside the body, `inits` what they are before the first
    iteration, `body.results` what the next iteration gets, `outs` what they are in the end.
    A body may give one value more: whether the loop ends here, as `break` does.
    """

    outs: tuple[Var, ...]
    index: Var
    start: Atom
    stop: Atom
    step: Atom
    params: tuple[Var, ...]
    inits: tuple[Atom, ...]
    body: Block
    backwards: bool = False
    origin: Origin = None


@dataclass(frozen=True, slots=True)
class While:
    """A loop while `test`, a block over the params that gives one value, is true; else as For."""

    outs: tuple[Var, ...]
    params: tuple[Var, ...]
    inits: tuple[Atom, ...]
    test: Block
    body: Block
    origin: Origin = None


@dataclass(frozen=True, slots=True)
class Note:
    """A heading for the reader of the emitted code."""

    text: str


FORWARD_SWEEP, REVERSE_SWEEP = Note("forward sweep"), Note("reverse sweep")
Stmt: TypeAlias = Eqn | If | For | While | Note


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of the function as its user sees it: one leaf, or a structure of leaves.

    `value` says where the leaves are: a Var, or a Seq, Map or Record of such.
    """

    name: str
    kind: Kind
    value: Arg
    keyword_only: bool = False


@dataclass(frozen=True, slots=True)
class Capture:
    """An array or object of the enclosing module or closure, read at each call."""

    name: str
    """How the user's code reaches it: `scale`, `config.weights`."""
    var: Var


@dataclass(frozen=True, slots=True)
class Function:
    """A lowered or transformed function.

    A primal function's `body.results` are the leaves of `result`.  In a transformed one `result`
    is a tree that says how the returned value is put together.
    """

    name: str
    params: tuple[Param, ...]
    captures: tuple[Capture, ...]
    body: Block
    result: Arg
    place: Place
    seeds: tuple[Param, ...] = ()
    """Further parameters of a derivative: adjoints of the results or tangents of the arguments."""
    functions: tuple[Function, ...] = ()
    """Functions that equations with `local.<name>` call: recursive ones, and their adjoints."""


@dataclass(slots=True, eq=False)
class Custom:
    """A function whose derivative is given: as functions of numbers and arrays alone, or as equations of a rule.

    The first `count` arguments of the equation are those of the function, of which those at `places` are numbers and
    arrays that are passed on; then comes what it reads from around it, which all take last.
    It is filled while it is lowered, since its rule may call the function again.
    """

    primal: Function
    """(x…) -> (y…)."""
    count: int
    places: tuple[int, ...]
    tangent: Function | None = None
    """(x…, ẋ…) -> (y…, ẏ…), with tangents for those x that are `floats`."""
    forth: Function | None = None
    """(x…) -> (y…, kept…)."""
    back: Function | None = None
    """(kept…, ȳ…) -> (x̄…), with adjoints of those y and x that are floats."""
    rule: Any = None
    """Equations of a rule, instead of these functions."""
    broadcast: bool = False
    """The arguments are broadcast, and `back` gives adjoints that are to be summed up."""
    unknown: dict[tuple[str, int], str] = field(default_factory=dict[tuple[str, int], str])
    """What the rule does not give where a number or array varies: by the mode, "dot" or "bar", and its place."""


def atoms(arg: Arg) -> Iterator[Atom]:
    """Yield the Vars and Lits in an argument tree, in the order they are printed."""
    match arg:
        case Var() | Lit():
            yield arg
        case Seq(items):
            for item in items:
                yield from atoms(item)
        case Map(items) | Record(items):
            for _, item in items:
                yield from atoms(item)
        case Slice(start, stop, step):
            for part in (start, stop, step):
                yield from atoms(part)
        case Rows(columns):
            yield from atoms(columns)
        case Step(_, args, kwargs):
            for part in (*args, *(value for _, value in kwargs)):
                yield from atoms(part)


def variables(*args: Arg) -> Iterator[Var]:
    """Yield the Vars in argument trees."""
    for arg in args:
        if isinstance(arg, Var):
            yield arg
        elif not isinstance(arg, Lit):
            for atom in atoms(arg):
                if isinstance(atom, Var):
                    yield atom


def given_to(function: Function) -> list[Var]:
    """Return the Vars that a function is given: those of its parameters and seeds, and what it captures."""
    given = [var for param in (*function.params, *function.seeds) for var in variables(param.value)]
    return [*given, *(capture.var for capture in function.captures)]


def substitute(arg: Arg, change: Callable[[Var], Arg], literal: Callable[[Lit], Arg] | None = None) -> Arg:
    """Return the argument tree with every Var, and every literal, replaced by what is given for it."""
    match arg:
        case Var():
            return change(arg)
        case Seq(items, kind):
            return Seq(tuple(substitute(item, change, literal) for item in items), kind)
        case Map(items):
            return Map(tuple((key, substitute(item, change, literal)) for key, item in items))
        case Record(items):
            return replace(arg, items=tuple((key, substitute(item, change, literal)) for key, item in items))
        case Slice(start, stop, step):
            return Slice(*(substitute(part, change, literal) for part in (start, stop, step)))
        case Rows(columns):
            return Rows(substitute(columns, change, literal))
        case Step(operation, args, kwargs):
            named = tuple((name, substitute(value, change, literal)) for name, value in kwargs)
            return Step(operation, tuple(substitute(part, change, literal) for part in args), named)
        case Lit():
            return arg if literal is None else literal(arg)


def objects_of(tree: Arg) -> Iterator[str]:
    """Yield the parameters whose classes the objects in a structure are of."""
    yield from (record.of[0] for record in records(tree) if record.of)


def makers(tree: Arg) -> Iterator[Var]:
    """Yield the classes of the objects in a structure that a function makes."""
    yield from (record.maker for record in records(tree) if record.maker is not None)


def records(tree: Arg) -> Iterator[Record]:
    """Yield the objects in a structure."""
    match tree:
        case Record(items):
            yield tree
            for _, item in items:
                yield from records(item)
        case Map(items):
            for _, item in items:
                yield from records(item)
        case Seq(items):
            for item in items:
                yield from records(item)
        case Rows(columns):
            yield from records(columns)
        case _:
            return


def operands(eqn: Eqn) -> Iterator[Var]:
    """Yield the Vars that an equation reads."""
    yield from variables(*eqn.args, *(value for _, value in eqn.kwargs))


def is_primal(stmt: Stmt) -> bool:
    """Say whether a statement is of the function that is differentiated, and not made by that."""
    return not isinstance(stmt, Note) and isinstance(stmt.origin, Source | Settled)


def source_of(origin: Origin) -> Source | None:
    """Return the place in the user's source that a statement goes back to."""
    while not isinstance(origin, Source | None):
        inner = origin.of
        origin = inner if isinstance(inner, Adjoint | None) else inner.origin
    return origin


def place_of(stmt: Eqn | If | For | While) -> Place | None:
    """Return where the statement of the user's program stands that a statement goes back to, for an error."""
    source = source_of(stmt.origin)
    return source and source.place


def blocks(stmt: Stmt) -> tuple[Block, ...]:
    """Return the blocks inside a statement."""
    match stmt:
        case If(then=then, orelse=orelse):
            return (then, orelse)
        case For(body=body):
            return (body,)
        case While(test=test, body=body):
            return (test, body)
        case _:
            return ()


def carried(loop: For | While) -> tuple[Atom, ...]:
    """Return what the body of a loop gives the next iteration."""
    return loop.body.results[: len(loop.params)]


def exit_of(loop: For | While) -> Atom | None:
    """Return what says at the end of an iteration whether the loop ends there; None where nothing does."""
    return loop.body.results[-1] if len(loop.body.results) > len(loop.params) else None


def surely_runs(loop: For | While) -> bool:
    """Say whether it is written down that a loop has an iteration."""
    bounds = (loop.start, loop.stop, loop.step) if isinstance(loop, For) else ()
    numbers = [bound.value for bound in bounds if isinstance(bound, Lit)]
    return len(numbers) == 3 and len(range(*numbers)) > 0


def statements_of(block: Block) -> Iterator[Stmt]:
    """Yield the statements of a block, and those inside of each after it."""
    for stmt in block.stmts:
        yield stmt
        for inner in blocks(stmt):
            yield from statements_of(inner)


def bound(stmt: Stmt) -> tuple[Var, ...]:
    """Return the Vars that a statement binds for the statements after it."""
    if type(stmt) is Eqn:
        return stmt.outs
    if isinstance(stmt, Try):
        return (*stmt.outs, *variables(stmt.test))
    return () if isinstance(stmt, Note) else stmt.outs


def entry_vars(stmt: Stmt) -> tuple[Var, ...]:
    """Return the Vars that a statement binds for its own blocks."""
    match stmt:
        case Try(caught=Var() as caught):
            return (caught,)
        case For(index=index, params=params):
            return (index, *params)
        case While(params=params):
            return params
        case _:
            return ()


def header(stmt: Stmt) -> tuple[Arg, ...]:
    """Return what a statement itself evaluates, the insides of its blocks apart."""
    match stmt:
        case Eqn(args=args, kwargs=kwargs):
            return (*args, *(value for _, value in kwargs))
        case Try():
            return ()
        case If(test=test):
            return (test,)
        case For():
            return (stmt.start, stmt.stop, stmt.step, *stmt.inits)
        case While(inits=inits):
            return inits
        case Note():
            return ()


def map_blocks(stmt: Stmt, change: Callable[[Block], Block]) -> Stmt:
    """Return the statement with each of its blocks changed."""
    match stmt:
        case If(then=then, orelse=orelse):
            return replace(stmt, then=change(then), orelse=change(orelse))
        case For(body=body):
            return replace(stmt, body=change(body))
        case While(test=test, body=body):
            return replace(stmt, test=change(test), body=change(body))
        case _:
            return stmt


def reads(stmt: Stmt) -> frozenset[Var]:
    """Return the Vars that a statement reads and does not bind itself: its free variables."""
    if type(stmt) is Eqn:
        return frozenset(operands(stmt))
    inner = {var for block in blocks(stmt) for var in free(block)}
    return frozenset({*variables(*header(stmt)), *(inner - set(entry_vars(stmt)))})


def free(block: Block) -> frozenset[Var]:
    """Return the Vars that a block reads and does not bind."""
    found = set(variables(*block.results))
    for stmt in reversed(block.stmts):
        found -= set(bound(stmt))
        found |= reads(stmt)
    return frozenset(found)


def all_reads(block: Block) -> Iterator[Var]:
    """Yield the Vars that a block reads, inside its statements too, each as often as it is read."""
    for stmt in block.stmts:
        yield from variables(*header(stmt))
        for inner in blocks(stmt):
            yield from all_reads(inner)
    yield from variables(*block.results)


def all_bound(block: Block) -> Iterator[Var]:
    """Yield the Vars that a block binds, inside its statements too."""
    for stmt in block.stmts:
        yield from bound(stmt)
        yield from entry_vars(stmt)
        for inner in blocks(stmt):
            yield from all_bound(inner)
