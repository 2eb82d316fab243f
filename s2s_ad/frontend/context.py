"""The state of lowering: the statements so far, the names in scope, what storage holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any, NoReturn, TypeAlias

import numpy as np

from s2s_ad.errors import NoRuleError, Place, S2SError, UnsupportedError
from s2s_ad.frontend.source import FunctionSource
from s2s_ad.frontend.values import (
    NOT_BOUND,
    UNSURE,
    DerivativeV,
    DictV,
    IteratorV,
    LinearV,
    ListOf,
    Memory,
    MethodV,
    ObjectV,
    Pairs,
    PartialV,
    RangeV,
    Ref,
    Registry,
    SliceV,
    Static,
    TupleV,
    Unbound,
    Value,
    View,
    leaves,
)
from s2s_ad.ir.classes import takes
from s2s_ad.ir.core import (
    Arg,
    Atom,
    Capture,
    Eqn,
    Function,
    Lit,
    Map,
    Op,
    Origin,
    Record,
    Rows,
    Seq,
    Slice,
    Source,
    Stmt,
    Var,
    source_of,
)
from s2s_ad.ir.kinds import Array, DictKind, Kind, ListKind, Opaque, TupleKind, kind_of
from s2s_ad.ir.layers import Layer
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import REQUIRE, op
from s2s_ad.rules.custom import custom_rule_of
from s2s_ad.rules.infer import infer
from s2s_ad.rules.language import lookup, passive
from s2s_ad.rules.names import path_of

Site: TypeAlias = tuple[str, int, int, str]
"""Where the text makes a list: file, line, column, and the sort of expression."""
Transform: TypeAlias = Callable[[Function, Layer, Names, FunctionSource], tuple[Function, ...]]
"""What makes a derivative of a function, in one function or two, as statements of a primal."""
Kwargs: TypeAlias = tuple[tuple[str, Arg], ...]
RANGE = op("builtins.range")


@dataclass(eq=False)
class Frame:
    """One function that is being lowered: its names, and how its text is found."""

    source: FunctionSource
    env: dict[str, Value]
    outer: Frame | None = None
    """The function around a nested function, whose names it sees."""
    caller: Frame | None = None
    """The function that calls this one, whose names may share its arrays."""
    path: str = ""
    """How the root function reaches this one, with a colon behind; "" for the root."""
    label: str = ""
    """The name to show in comments; "" for the root."""
    names: frozenset[str] = frozenset()
    """The names that are local to it, bound or not."""
    handlers: int = 0
    """How many of its exception handlers are around what is lowered."""
    regions: int = 0
    """How many of its loops, and other regions that a jump must end, are around what is lowered."""
    started: int = 0
    """The number of the last cell of storage before the statement that it is at."""
    scope: Frame | None = None
    """Inside of a comprehension: its own names, as functions see them that are made there."""
    shared: frozenset[str] = frozenset()
    """Those of them that nested functions bind too: they are in the memory, under the token."""
    nonlocals: frozenset[str] = frozenset()
    globals: frozenset[str] = frozenset()
    token: int = 0

    def around(self) -> list[Frame]:
        """Return the other functions whose names are in reach: callers and those it is nested in."""
        found: list[Frame] = []
        waiting = [self.outer, self.caller]
        while waiting:
            frame = waiting.pop()
            if frame is not None and frame not in found and frame is not self:
                found.append(frame)
                waiting += [frame.outer, frame.caller]
        return found


class GrowingListError(Exception):
    """Lists must be storage from where they are made: they change their length in a loop or on some way.

    The function is then lowered anew.  With each site comes a structure of the items, or None.
    """

    def __init__(self, sites: dict[Site, Value | None]) -> None:
        super().__init__("a list that grows")
        self.sites = sites


class AlwaysRaisesError(Exception):
    """What is lowered raises when it is reached: an item of an empty list was asked for."""


class Lowerer:
    """Lowers syntax to equations, one node after the other, as an interpreter would run it.

    With `quiet` set (for derivative rules) values get no numbers, and arithmetic is printed in
    forms that never raise.
    """

    def __init__(self, names: Names, frame: Frame, *, quiet: bool = False) -> None:
        self.names = names
        self.frame = frame
        self.root = frame
        names.users |= frame.names
        self.quiet = quiet
        self.notes = not quiet
        """What is read of the outside is noted, since the emitted code depends on it."""
        self.folding = False
        """Values get no names, so that they are printed inside the expression that uses them."""
        self.memory = Memory()
        self.stmts: list[Stmt] = []
        self.node: Any = None
        self.origin: Origin = None
        self.calls: list[Any] = []
        self.transform: Transform | None = None
        """What makes the derivatives that the function itself calls."""
        self.dependencies: dict[str, Any] = {}
        self.captures: dict[str, Capture] = {}
        self.told: dict[str, Any] = {}
        """Lists of the outside that are appended to, by access path."""
        self.known: tuple[Any, ...] = ()
        """The functions and classes in the kinds of the arguments: `@0` is the first."""
        self.outside: dict[int, Var] = {}
        """Arrays of the enclosing module when the function starts, in cells with negative numbers."""
        self.nonzero: frozenset[Var] = frozenset()
        self.truths: frozenset[Var] = frozenset()
        """Numbers by their kind that may be truths when the program runs."""
        self.made: dict[str, Eqn] = {}
        """The equations by the names of what they make."""
        self.bases: dict[int, Var] = {}
        """What the cells of storage held first."""
        self.recursive = Registry()
        self.customs: dict[object, Any] = {}
        """The calls of functions with rules of the user's own, by the function and the kinds of arguments."""
        self.maybe: set[Var] = set()
        """Values that are not bound on some way to where they are read: to read one may raise."""
        self.early: set[str] = set()
        """Names that a loop reads before its body binds them, found while the body is lowered."""
        self.growing: dict[Site, Value | None] = {}
        """Where lists are made that are storage, and the structure of their items if they have one."""
        self.made_at: dict[int, Site] = {}
        """Where lists were made, by their token or cell."""
        self.fence = 0
        """Lists with tokens up to this one were made outside of the branch or loop that is being lowered."""
        self.recorded: list[tuple[int, Any, Any]] = []
        """Items of dicts and attributes of objects in the order in which they were changed: token, key and node."""
        self.changes = 0
        """How often dissolved lists and dicts were changed."""
        self.arguments: set[Var] = set()
        """Arrays and lists that the caller handed in."""
        self.naming: tuple[Any, str] = (None, "")
        """The expression whose value a name is given to, and the name."""
        self.iterated: list[int] = []
        """Cells of the lists that loops around run over."""

    def share(self, other: Lowerer) -> None:
        """Lower into the module of another: a function that it calls."""
        self.growing, self.made_at = other.growing, other.made_at
        self.calls, self.root = other.calls, other.root
        self.dependencies, self.captures, self.outside = other.dependencies, other.captures, other.outside
        self.recursive, self.early, self.maybe = other.recursive, other.early, other.maybe
        self.known, self.transform, self.customs = other.known, other.transform, other.customs
        self.notes = other.notes

    # -- errors ---------------------------------------------------------------------------

    def place(self, node: Any = None) -> Place | None:
        """Return where the node that is being lowered stands."""
        node = node if node is not None else self.node
        if hasattr(node, "lineno"):
            return self.frame.source.place(node)
        source = source_of(self.origin)  # an equation of a rule stands where the primal one does
        return source and source.place

    def refuse(
        self, reason: str, remedy: str = "", node: Any = None, error: type[S2SError] = UnsupportedError
    ) -> NoReturn:
        """Raise an error that points at the node."""
        raise error(reason, self.place(node), remedy or "do this outside of the differentiated function")

    def always_raises(self) -> NoReturn:
        """End this way: what was emitted last raises."""
        raise AlwaysRaisesError

    def refuse_stale(self) -> NoReturn:
        """Raise where storage is used that may have been written under another name."""
        reason = "this may or may not have been changed by a write to what may be the same array or list"
        self.refuse(reason, "copy one of them first, so that they are surely apart")

    # -- statements -----------------------------------------------------------------------

    @contextmanager
    def block(self) -> Generator[list[Stmt], None, None]:
        """Collect the statements that are emitted inside."""
        outer, self.stmts = self.stmts, []
        try:
            yield self.stmts
        finally:
            self.stmts = outer

    @contextmanager
    def quietly(self) -> Generator[None, None, None]:
        """Lower as equations of a rule are."""
        before, self.quiet = self.quiet, True
        try:
            yield
        finally:
            self.quiet = before

    @contextmanager
    def into(self, stmts: list[Stmt], memory: Memory) -> Generator[None, None, None]:
        """Go on emitting at the end of an earlier block."""
        outer, self.stmts = self.stmts, stmts
        before, self.memory = self.memory, memory
        try:
            yield
        finally:
            self.stmts, self.memory = outer, before

    @contextmanager
    def at(self, node: Any) -> Generator[None, None, None]:
        """Lower a node: its place is that of errors and comments."""
        before = self.node, self.origin
        self.node = node
        if not self.quiet and hasattr(node, "lineno"):
            source = self.frame.source
            self.origin = Source(source.place(node), source.text(node), self.frame.label)
        try:
            yield
        finally:
            self.node, self.origin = before

    def var(self, kind: Kind, hint: str | None = None) -> Var:
        """Return a new Var: numbered, or printed as `hint`."""
        if hint is None:
            hint = "" if self.quiet or self.folding else None
        name = self.names.numbered() if hint is None else self.names.version(hint)
        self.made.pop(name, None)  # of an earlier try to lower the same
        return Var(name, kind)

    def emit(
        self, operation: Op, args: Sequence[Arg], kwargs: Kwargs = (), kind: Kind | None = None, hint: str | None = None
    ) -> Var:
        """Emit out = operation(*args, **kwargs) and return out."""
        out = self.var(kind if kind is not None else self.infer(operation, args, kwargs), hint)
        self.made[out.name] = eqn = Eqn((out,), operation, tuple(args), kwargs, self.origin)
        self.stmts.append(eqn)
        return out

    def emit_many(
        self,
        operation: Op,
        args: Sequence[Arg],
        kwargs: Kwargs,
        kinds: Sequence[Kind],
        hints: Sequence[str | None] | None = None,
    ) -> tuple[Var, ...]:
        """Emit outs = operation(*args, **kwargs), as many outs as there are kinds."""
        outs = tuple(self.var(kind, hint) for kind, hint in zip(kinds, hints or [None] * len(kinds), strict=True))
        self.stmts.append(Eqn(outs, operation, tuple(args), kwargs, self.origin))
        return outs

    def infer(self, operation: Op, args: Sequence[Arg], kwargs: Kwargs = ()) -> Kind:
        """Return the kind of a result, or refuse where it cannot be told."""
        try:
            return infer(operation, tuple(args), kwargs)
        except LookupError as error:
            own = operation.path.startswith(("operator.", "builtins.", "ir."))
            known = own or custom_rule_of(operation.fun) or lookup(operation.path) or passive(operation.path)
            if not known:
                self.refuse(
                    f"no derivative rule for {operation.path}",
                    "write it with functions that have rules",
                    error=NoRuleError,
                )
            self.refuse(
                f"{operation.path}: {error.args[0]}",
                "use kinds and shapes that it takes, known from constants or arguments",
            )

    # -- values ---------------------------------------------------------------------------

    def wrap(self, atom: Atom) -> Value:
        """Return the value of an atom: an array or a list gets a new cell of storage."""
        if isinstance(atom, Var) and isinstance(atom.kind, Array | ListKind):
            return self.new_cell(atom)
        return atom

    def new_cell(self, var: Var) -> Ref:
        """Return a reference to new storage that holds the array or list."""
        self.names.cell += 1
        self.memory.versions[self.names.cell] = self.bases[self.names.cell] = var
        return Ref(self.names.cell)

    def read(self, value: Value) -> Atom:
        """Return the atom that a number, an array or another object is now."""
        if isinstance(value, Ref):
            return self._read_ref(value)
        arg = self.operand(value)
        if isinstance(arg, Lit | Var):
            return arg
        kind = self.kind(value)
        return self.emit(op("ir.identity"), [arg], kind=kind)

    def require(self, value: Value) -> Value:
        """Return a value that a name stands for; where it may not be bound, reading it may raise."""
        var = self.stands_for(value)
        if var in self.maybe:
            self.stmts.append(Eqn((), REQUIRE, (var,), (), self.origin))
        return value

    def stands_for(self, value: Value) -> Var | None:
        """Return a Var that is bound where the value is, the first in it; None if there is none."""
        waiting, seen = [value], set[int]()
        while waiting:
            first = next(leaves(waiting.pop()), None)
            if isinstance(first, Ref):
                return self.version(first.cell)
            if isinstance(first, Var):
                return first
            if isinstance(first, DictV | ObjectV) and first.token and first.token not in seen:
                seen.add(first.token)
                waiting += [item for _, item in reversed(self.memory.records[first.token])]
        return None

    def new_token(self) -> int:
        """Return the token of a list or dict that is made here."""
        self.names.cell += 1
        return self.names.cell

    def site(self) -> Site | None:
        """Return where the node stands that makes a list."""
        node = self.node
        if self.quiet or not hasattr(node, "lineno"):
            return None
        return self.frame.source.file, node.lineno, node.col_offset, type(node).__name__

    # -- dicts and objects ------------------------------------------------------------------

    def record(self, owner: DictV | ObjectV, whole: bool = True) -> Pairs:
        """Return the items of a dict or the attributes of an object; the `whole` of them must be known."""
        pairs = self.memory.records[owner.token] if owner.token else owner.items
        if whole and any(isinstance(item, Unbound) for _, item in pairs):
            self.refuse("a dict or object is used whose items differ between the ways to here", "give it all its items")
        return pairs

    def new_dict(self, pairs: Pairs) -> DictV:
        """Return a dict that is made here."""
        token = self.new_token()
        self.memory.records[token] = pairs
        return DictV((), token)

    def change(self, owner: DictV | ObjectV, pairs: Pairs) -> None:
        """Let a dict or an object have these items or attributes, for all its names."""
        if not owner.token or owner.token in self.memory.frozen:
            what = "a dict" if isinstance(owner, DictV) else "an object"
            self.refuse(f"{what} is changed that the caller or another name may share", "make a new one")
        self._record(owner.token, pairs)

    def _record(self, token: int, pairs: Pairs) -> None:
        before, after = dict(self.memory.records[token]), dict(pairs)
        changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
        changed += [UNSURE] if list(before) != list(after) else []
        self.recorded += [(token, key, self.node) for key in changed]
        self.memory.records[token] = pairs

    def call(self, function: Value, args: list[Value], named: dict[str, Value] | None = None) -> Value:
        """Call an abstract value."""
        return CALL[0](self, function, args, named or {})

    # -- names --------------------------------------------------------------------------------

    def bind(self, name: str, value: Value) -> None:
        """Bind a name of the function that is being lowered."""
        frame = self.frame
        if name in frame.globals:
            self.refuse(f"the global name {name!r} is bound", "pass the value and return it")
        if name in frame.nonlocals:
            owner = frame.outer
            while owner is not None and name not in owner.shared:
                owner = owner.outer
            assert owner is not None
            frame = owner
        if name in frame.shared:
            if frame.token in self.memory.frozen:
                self.refuse(f"the name {name!r} of a function around is bound in recursion", "return the value")
            self._record(frame.token, tuple({**dict(self.memory.records[frame.token]), name: value}.items()))
        else:
            frame.env[name] = value

    def is_plain(self, name: str) -> bool:
        """Say whether a name, where the function binds it, is its own and no other function's too."""
        frame = self.frame
        return name not in frame.shared and name not in frame.nonlocals and name not in frame.globals

    def enter(self, frame: Frame) -> None:
        """Put the names of a frame that nested functions bind too into the memory."""
        if frame.shared:
            frame.token = self.new_token()
            found = {name: frame.env.pop(name) for name in frame.shared if name in frame.env}
            self.memory.records[frame.token] = tuple(found.items())

    def lookup(self, name: str) -> Value | None:
        """Return the value of a local name, of this function or those around it; None if it is none."""
        frame: Frame | None = None if name in self.frame.globals else self.frame
        while frame is not None:
            if name in frame.nonlocals:
                frame = frame.outer
                continue
            if name in frame.shared:
                found = dict(self.memory.records[frame.token]).get(name)
                return NOT_BOUND if found is None else found
            if name in frame.env:
                return frame.env[name]
            if name in frame.names:
                return NOT_BOUND
            frame = frame.outer
        return None

    def version(self, cell: int) -> Var:
        """Return what a cell holds now."""
        return self.version_in(self.memory, cell)

    def version_in(self, memory: Memory, cell: int) -> Var:
        """Return what a cell holds in a memory; an array of the outside is in it once it is written."""
        return memory.versions[cell] if cell in memory.versions else self.outside[cell]

    def lives(self, cell: int, memory: Memory | None = None) -> bool:
        """Say whether a cell is of the surroundings and not of an inner block."""
        return cell < 0 or cell in (memory or self.memory).versions

    def _read_ref(self, ref: Ref) -> Var:
        if ref.cell in self.memory.stale:
            self.refuse_stale()
        base = self.version(ref.cell)
        if not ref.path:
            return base
        key = (base, ref.path)
        if key not in self.memory.views:
            view = ref.path[-1]
            parent = self._read_ref(Ref(ref.cell, ref.path[:-1]))
            self.memory.views[key] = self.emit(view.op, [parent, *view.args], view.kwargs)
        return self.memory.views[key]

    def view(self, ref: Ref, step: View) -> Ref:
        """Return a view of an array, read at once since that may raise."""
        result = Ref(ref.cell, (*ref.path, step))
        self._read_ref(result)
        return result

    def operand(self, value: Value) -> Arg:
        """Return the value as an argument of an equation."""
        match value:
            case Ref():
                return self._read_ref(value)
            case TupleV(cls=Static()) | ObjectV():
                self.refuse("an object is used as a whole here", "use its attributes")
            case TupleV(items, kind):
                return Seq(tuple(self.operand(item) for item in items), kind)
            case DictV():
                return Map(tuple((key, self.operand(item)) for key, item in self.record(value)))
            case SliceV(start, stop, step):
                return Slice(self.operand(start), self.operand(stop), self.operand(step))
            case Static(obj, path) if path and not has_name(obj):
                return self.outside_object(obj, path)
            case Static(obj):
                return Lit(obj, Opaque(f"static {getattr(obj, '__name__', type(obj).__name__)}"))
            case RangeV(start, stop, step):
                args = [self.operand(part) for part in (start, stop, step)]
                return self.emit(RANGE, args, kind=Opaque("range"), hint="")
            case Unbound(reason):
                self.refuse(reason)
            case PartialV() | DerivativeV() | LinearV():
                self.refuse("a bound or partial function is used as a value here", "call it")
            case MethodV(_, name):
                self.refuse(f"the method {name} is used as a value", "call it, or wrap it in a function")
            case ListOf():
                self.refuse("a list of structured items is used as a whole", "loop over it or index it")
            case Lit() | Var():
                return value
            case _:
                self.refuse("a function or an iterator is used as a value here", "call it, or loop over it")

    def result(self, value: Value, around: tuple[int, ...] = ()) -> Arg:
        """Return the value as a result: objects are written out."""
        if isinstance(value, DictV | ObjectV) and value.token:
            if value.token in around:
                self.refuse("what is returned contains itself", "return a structure that ends")
            around = (*around, value.token)
        match value:
            case TupleV(items, cls=Static() as cls):
                pairs = zip(cls.obj._fields, items, strict=True)
                return self._written_out(cls, [(key, self.result(item, around)) for key, item in pairs])
            case ObjectV(cls):
                return self._written_out(cls, [(key, self.result(item, around)) for key, item in self.record(value)])
            case TupleV(items, kind):
                return Seq(tuple(self.result(item, around) for item in items), kind)
            case DictV():
                return Map(tuple((key, self.result(item, around)) for key, item in self.record(value)))
            case ListOf(item):
                return Rows(self.result(item, around))
            case _:
                return self.operand(value)

    def _written_out(self, cls: Static, items: list[tuple[str, Arg]]) -> Record:
        called = takes(cls.obj, tuple(key for key, _ in items))
        return Record(tuple(items), (), called, cls.obj, self.outside_object(cls.obj, cls.path))

    def kind(self, value: Value) -> Kind:
        """Return the kind of a value without reading it."""
        match value:
            case Ref(cell, path):
                if not path:
                    return self.version(cell).kind
                return self._read_ref(value).kind
            case TupleV(items, kind):
                return TupleKind(tuple(self.kind(item) for item in items), kind)
            case DictV():
                return DictKind(tuple((key, self.kind(item)) for key, item in self.record(value)))
            case ObjectV(cls):
                return Opaque(cls.obj.__qualname__)
            case SliceV():
                return Opaque("slice")
            case Lit() | Var():
                return value.kind
            case IteratorV(name):
                return Opaque(name)
            case _:
                return Opaque(_CALLED.get(type(value).__name__, type(value).__name__))

    def outside_object(self, obj: Any, path: str) -> Var:
        """Return an object of the outside, which is read at each call."""
        if path not in self.captures:
            hint = obj.__name__ if path.startswith("@") else "_".join(re.findall(r"\w+", path))
            self.captures[path] = Capture(path, Var(f"{hint}.outside", Opaque(type(obj).__qualname__)))
        return self.captures[path].var

    def lit(self, value: Any) -> Lit:
        """Return a constant."""
        return Lit(value, kind_of(value))

    def retitle(self, value: Value, node: Any, since: int) -> None:
        """Let the comment of the equation that made a value be the text of the whole statement."""
        if self.quiet or len(self.stmts) <= since or not isinstance(value, Var | Ref):
            return
        last = self.stmts[-1]
        var = value if isinstance(value, Var) else self.version(value.cell)
        if isinstance(last, Eqn) and last.outs == (var,):
            with self.at(node):
                self.stmts[-1] = Eqn(last.outs, last.op, last.args, last.kwargs, self.origin)

    # -- syntax ---------------------------------------------------------------------------

    def expr(self, node: Any) -> Value:
        """Lower an expression."""
        handler = EXPRESSIONS.get(type(node).__name__)
        if handler is None:
            self.refuse(f"{_title(node)} is not supported", _REMEDIES.get(type(node).__name__, ""), node)
        with self.at(node):
            return handler(self, node)

    def assign(self, target: Any, value: Value) -> None:
        """Bind a target to a value."""
        TARGETS[type(target).__name__](self, target, value)

    def atom(self, node: Any) -> Atom:
        """Lower an expression and read it."""
        return self.read(self.expr(node))

    def suite(self, nodes: Sequence[Any]) -> Completion:
        """Lower statements; return what the function returns there, or None if it goes on."""
        for position, node in enumerate(nodes):
            handler = STATEMENTS.get(type(node).__name__)
            if handler is None:
                self.refuse(f"{_title(node)} is not supported", _REMEDIES.get(type(node).__name__, ""), node)
            self.frame.started = self.names.cell
            with self.at(node):
                try:
                    done = handler(self, node, nodes[position + 1 :])
                except AlwaysRaisesError:
                    done = Returned(None)
            if done is not None:
                return done
        return None


_CALLED = {
    "ListOf": "list", "GeneratorV": "generator", "RangeV": "range", "FunctionV": "function", "MethodV": "method",
    "PartialV": "function", "DerivativeV": "derivative", "LinearV": "function", "SuperV": "super", "Unbound": "nothing",
}  # fmt: skip
"""What a user calls values that have no kind of their own."""


def has_name(obj: Any) -> bool:
    """Say whether an object is written in emitted code as the name that it is imported by."""
    return isinstance(obj, type | np.dtype | np.ufunc | ModuleType) or path_of(obj) is not None


def _title(node: Any) -> str:
    return {
        "ListComp": "a list comprehension over values that are not known",
        "GeneratorExp": "a generator expression",
        "Await": "await",
        "Yield": "yield",
        "YieldFrom": "yield from",
        "Set": "a set",
        "SetComp": "a set comprehension",
        "DictComp": "a dict comprehension",
        "ClassDef": "a class inside a function",
        "AsyncFunctionDef": "an asynchronous function",
        "AsyncFor": "async for",
        "AsyncWith": "async with",
    }.get(type(node).__name__, f"{type(node).__name__.lower()} statement")


_REMEDIES = {
    "Set": "use a tuple",
    "SetComp": "use a list",
    "DictComp": "write the dict out",
    "GeneratorExp": "use a list",
    "ClassDef": "define it in the module",
    **dict.fromkeys(("Yield", "YieldFrom"), "return an array or a tuple"),
    **dict.fromkeys(("Await", "AsyncFunctionDef", "AsyncFor", "AsyncWith"), "write a plain function"),
}


class FirstIteration(Exception):  # noqa: N818 (no error: the way that reads it is not taken then)
    """A name is read that is not bound before the first iteration of a loop."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True)
class Returned:
    """The function ends here with a value; None if it ends by raising."""

    value: Value | None


@dataclass(frozen=True)
class Jumped:
    """What is left of an iteration is skipped, by `continue` or `break`."""

    leaves: bool = False
    """By `break`."""
    known: bool = False
    """Its rest is lowered already, and noted how it ends."""


Completion: TypeAlias = Returned | Jumped | None
"""How statements end: by leaving the function, by ending the iteration, or by going on."""
ExpressionHandler: TypeAlias = Callable[[Lowerer, Any], Value]
StatementHandler: TypeAlias = Callable[[Lowerer, Any, Sequence[Any]], Completion]
TargetHandler: TypeAlias = Callable[[Lowerer, Any, Value], None]

CALL: list[Callable[[Lowerer, Value, list[Value], dict[str, Value]], Value]] = []
"""What lowers a call of an abstract value (`calls.call_value`)."""
EXPRESSIONS: dict[str, ExpressionHandler] = {}
STATEMENTS: dict[str, StatementHandler] = {}
TARGETS: dict[str, TargetHandler] = {}


def expression(*names: str) -> Callable[[ExpressionHandler], ExpressionHandler]:
    """Register what lowers an expression node."""

    def register(handler: ExpressionHandler) -> ExpressionHandler:
        EXPRESSIONS.update(dict.fromkeys(names, handler))
        return handler

    return register


def statement(*names: str) -> Callable[[StatementHandler], StatementHandler]:
    """Register what lowers a statement node, given the statements after it."""

    def register(handler: StatementHandler) -> StatementHandler:
        STATEMENTS.update(dict.fromkeys(names, handler))
        return handler

    return register


def binding(*names: str) -> Callable[[TargetHandler], TargetHandler]:
    """Register what binds a target to a value."""

    def register(handler: TargetHandler) -> TargetHandler:
        TARGETS.update(dict.fromkeys(names, handler))
        return handler

    return register
