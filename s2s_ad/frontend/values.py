"""Abstract values: what a name or an expression stands for while a function is lowered.

Numbers are atoms of the IR.  Arrays are references to a *cell* of storage, whose current value is
kept in the `Memory`: writing through one name is thus seen by every other.  Tuples, literal lists
and dicts dissolve into their items; functions and modules are known objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from s2s_ad.ir.core import Arg, Function, Lit, Op, Var


@dataclass(frozen=True, slots=True)
class View:
    """One step from an array to a view of it: an operation and its further arguments."""

    op: Op
    args: tuple[Arg, ...]
    kwargs: tuple[tuple[str, Arg], ...] = ()


@dataclass(frozen=True, slots=True)
class Ref:
    """An array: a cell of storage, or a view of one.  Or a list whose length is not known: a cell."""

    cell: int
    path: tuple[View, ...] = ()


@dataclass(frozen=True, slots=True)
class TupleV:
    """A tuple or a literal list, item by item.

    A list that this function made has a token, which all names of the same list share.  A named
    tuple has a class.
    """

    items: tuple[Value, ...]
    type: str = "tuple"
    token: int = 0
    cls: Static | None = None


@dataclass(frozen=True, slots=True)
class DictV:
    """A dict with known keys.

    A dict that this function made has a token: its items are in the memory, under that token, where
    all its names see what becomes of them, and not here.
    """

    items: tuple[tuple[Any, Value], ...]
    token: int = 0

    def get(self, key: Any) -> Value | None:
        """Return the value under a key, or None."""
        return next((value for known, value in self.items if known == key), None)


@dataclass(frozen=True, slots=True)
class ObjectV:
    """An instance of a user's class.

    Where this function made it, its attributes are in the memory, under its token.  One of the caller
    has them here: they are read and never set.
    """

    cls: Static
    items: tuple[tuple[Any, Value], ...] = ()
    token: int = 0


@dataclass(frozen=True, slots=True)
class SuperV:
    """super() of a value: its attributes are found in the classes after `after`."""

    after: Any
    cls: Static
    owner: Value


@dataclass(frozen=True, slots=True)
class PartialV:
    """A function with its first arguments: a bound method, a functools.partial."""

    function: Value
    args: tuple[Value, ...]
    named: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class DerivativeV:
    """A derivative of a function: `grad(g)`, of one `sort` (see `ir.layers`)."""

    function: Value
    sort: str
    argnums: int | str | tuple[int | str, ...]
    has_aux: bool = False


@dataclass(frozen=True, slots=True)
class LinearV:
    """What vjp and linearize give beside the value: a linear function that can be called many times."""

    kept: tuple[Value, ...]
    """What the second sweep takes over from the first."""
    value: Value
    """What the function gave."""
    sort: str
    sweep: Function
    places: tuple[int | None, ...]
    """For each argument which of the results, or of the tangents, is its own."""
    likes: tuple[Arg, ...]
    """The arguments."""
    objects: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of structured items, as a structure of lists: `tree` has a list at each leaf."""

    tree: Value


@dataclass(frozen=True, slots=True)
class Static:
    """An object that is known while lowering: a function, a module, a class, a dtype.

    `path` is how the root function reaches it, "" for what needs no guard.
    """

    obj: Any
    path: str = ""


@dataclass(frozen=True, slots=True)
class MethodV:
    """A method bound to a value: `x.sum`."""

    owner: Value
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class FunctionV:
    """A nested function or a lambda and the names around it."""

    node: Any
    frame: Any
    name: str
    defaults: tuple[Value, ...] = ()
    keyword_defaults: tuple[tuple[str, Value], ...] = ()
    """Evaluated where the function is made."""

    def outlives(self, frame: Any) -> bool:
        """Say whether the function means the same after the block of the frame in which it was made."""
        return self.frame is frame and not self.defaults and not self.keyword_defaults

    def frames(self) -> Iterator[Any]:
        """Yield the functions around it, whose names it sees."""
        frame = self.frame
        while frame is not None:
            yield frame
            frame = frame.outer

    def made_with(self) -> tuple[Value, ...]:
        """Return the values of its defaults."""
        return (*self.defaults, *(value for _, value in self.keyword_defaults))


@dataclass(frozen=True, slots=True)
class RangeV:
    """range(start, stop, step)."""

    start: Value
    stop: Value
    step: Value


@dataclass(frozen=True, slots=True)
class SliceV:
    """start:stop:step."""

    start: Value
    stop: Value
    step: Value


@dataclass(frozen=True, slots=True)
class IteratorV:
    """zip, enumerate or reversed of other iterables, where a loop runs over it."""

    type: str
    sources: tuple[Value, ...]
    made: int = 0
    """A number like those of cells: it grows from one that is made to the next."""


@dataclass(frozen=True, slots=True)
class GeneratorV:
    """A generator expression over what has no known length: run by what consumes it."""

    node: Any
    frame: Any
    source: Value
    """What its first `for` runs over, evaluated where the generator is made."""


@dataclass(frozen=True, slots=True)
class Unbound:
    """A name that is not bound on some way to here, or whose values do not fit together."""

    reason: str
    lists: frozenset[int] = frozenset()
    """Tokens of lists whose lengths do not fit: where the name is read, they grow."""


NOT_BOUND = Unbound("may not be bound here")
"""A name that a way to here does not bind: where another does, a value stands for it that may be missing."""
USED_UP = Unbound("is an iterator that something has run over")
"""A name of an iterator after it was read: Python would go on where that stopped."""
NOT_YET = Unbound("is not bound in the first iteration of this loop")
"""A name that a loop binds and nothing before it, at the head of the loop's body."""

Made: TypeAlias = FunctionV | PartialV | DerivativeV | LinearV
"""Functions that the function makes itself."""
Value: TypeAlias = (
    Var
    | Lit
    | Ref
    | TupleV
    | DictV
    | ObjectV
    | SuperV
    | PartialV
    | DerivativeV
    | LinearV
    | ListOf
    | Static
    | MethodV
    | FunctionV
    | RangeV
    | SliceV
    | IteratorV
    | GeneratorV
    | Unbound
)
Pairs: TypeAlias = tuple[tuple[Any, Value], ...]
"""The items of a dict or the attributes of an object."""
UNSURE = "?"
"""The key of an item that is in doubt, where two ways give a dict other items."""


def children(value: Value) -> tuple[Value, ...]:
    """Return the values that a structured value is made of."""
    match value:
        case TupleV(items):
            return items
        case DictV(items) | ObjectV(_, items):
            return tuple(item for _, item in items)
        case SuperV(owner=owner):
            return (owner,)
        case PartialV(function, args, named):
            return (function, *args, *(value for _, value in named))
        case DerivativeV(function):
            return (function,)
        case LinearV(kept, result):
            return (*kept, result)
        case ListOf(tree):
            return (tree,)
        case RangeV(start, stop, step) | SliceV(start, stop, step):
            return (start, stop, step)
        case IteratorV(_, sources):
            return sources
        case MethodV(owner):
            return (owner,)
        case GeneratorV(_, _, source):
            return (source,)
        case _:
            return ()


def rebuild(value: Value, items: tuple[Value, ...]) -> Value:
    """Return the structured value with other children."""
    match value:
        case TupleV(_, kind, token, cls):
            return TupleV(items, kind, token, cls)
        case DictV(pairs, token):
            return DictV(_with_values(pairs, items), token)
        case ObjectV(cls, pairs, token):
            return ObjectV(cls, _with_values(pairs, items), token)
        case SuperV(after, cls):
            return SuperV(after, cls, items[0])
        case PartialV(_, args, named):
            count = 1 + len(args)
            return PartialV(items[0], items[1:count], _with_values(named, items[count:]))
        case DerivativeV(_, sort, argnums, has_aux):
            return DerivativeV(items[0], sort, argnums, has_aux)
        case LinearV():
            return replace(value, kept=items[:-1], value=items[-1])
        case ListOf():
            return ListOf(items[0])
        case RangeV():
            return RangeV(*items)
        case SliceV():
            return SliceV(*items)
        case IteratorV(kind, _, made):
            return IteratorV(kind, items, made)
        case MethodV(_, name):
            return MethodV(items[0], name)
        case GeneratorV(node, frame, _):
            return GeneratorV(node, frame, items[0])
        case _:
            return value


def _with_values(pairs: Pairs, values: tuple[Value, ...]) -> Pairs:
    return tuple((key, value) for (key, _), value in zip(pairs, values, strict=True))


def leaves(value: Value) -> Iterator[Value]:
    """Yield the values at the leaves of a structure, in order."""
    inner = children(value)
    if not inner:
        yield value
    for child in inner:
        yield from leaves(child)


_USED_UP = frozenset({"iter", "zip", "strict zip", "enumerate", "reversed"})
"""Iterators that can be run over once; views of dicts can be again."""


def iterators(value: Value) -> Iterator[IteratorV | GeneratorV]:
    """Yield the iterators in a structure."""
    if isinstance(value, GeneratorV) or (isinstance(value, IteratorV) and value.type in _USED_UP):
        yield value
    for child in children(value):
        yield from iterators(child)


def map_leaves(value: Value, change: Callable[[Value], Value]) -> Value:
    """Return the structure with every leaf replaced."""
    inner = children(value)
    if not inner:
        return change(value)
    return rebuild(value, tuple(map_leaves(child, change) for child in inner))


def same_shape(a: Value, b: Value) -> bool:
    """Say whether two values are the same structure down to the leaves."""
    inner_a, inner_b = children(a), children(b)
    if not inner_a and not inner_b:
        containers = isinstance(a, TupleV | DictV | ObjectV) or isinstance(b, TupleV | DictV | ObjectV)
        return not containers or (type(a) is type(b) and form(a) == form(b))
    return is_alike(a, b) and all(same_shape(x, y) for x, y in zip(inner_a, inner_b, strict=True))


def is_alike(a: Value, b: Value) -> bool:
    """Say whether two structures are of one type and have as many items or the same keys."""
    return type(a) is type(b) and len(children(a)) == len(children(b)) and form(a) == form(b)


def form(value: Value) -> object:
    """Return what two structures must have in common besides the number of their items."""
    match value:
        case TupleV(_, kind, _, cls):
            return kind, cls and cls.obj
        case IteratorV(kind, _) | MethodV(_, kind):
            return kind
        case DictV(items):
            return tuple(key for key, _ in items)
        case ObjectV(cls, items):
            return cls.obj, tuple(key for key, _ in items)
        case SuperV(after):
            return after
        case PartialV(_, args, named):
            return len(args), tuple(key for key, _ in named)
        case DerivativeV(_, sort, argnums, has_aux):
            return sort, argnums, has_aux
        case LinearV(sweep=sweep):
            return id(sweep)
        case _:
            return None


def tokens(value: Value) -> frozenset[int]:
    """Return the tokens of the lists, dicts and objects in a structure."""
    own = frozenset({value.token}) if isinstance(value, TupleV | DictV | ObjectV) and value.token else frozenset[int]()
    return own.union(*(tokens(child) for child in children(value)))


def list_tokens(value: Value) -> frozenset[int]:
    """Return the tokens of the lists in a structure."""
    own = frozenset({value.token}) if isinstance(value, TupleV) and value.token else frozenset[int]()
    return own.union(*(list_tokens(child) for child in children(value)))


def objects_in(value: Value) -> list[tuple[type, int]]:
    """Return the dicts and objects in a structure: what they are, and their tokens."""
    found = [(type(value), value.token)] if isinstance(value, DictV | ObjectV) else []
    return found + [inner for child in children(value) for inner in objects_in(child)]


def without_tokens(value: Value) -> Value:
    """Return the structure with nothing in it that could be changed."""
    if isinstance(value, TupleV):
        value = TupleV(value.items, value.type, 0, value.cls)
    inner = children(value)
    return rebuild(value, tuple(map(without_tokens, inner))) if inner else value


def with_changed(value: Value, token: int, changed: Value) -> Value:
    """Return the structure with the list of a token replaced."""
    if isinstance(value, TupleV) and value.token == token:
        return changed
    inner = children(value)
    return rebuild(value, tuple(with_changed(child, token, changed) for child in inner)) if inner else value


@dataclass
class Memory:
    """What the cells of storage hold, and which may be the same storage."""

    versions: dict[int, Var] = field(default_factory=dict[int, Var])
    views: dict[tuple[Var, tuple[View, ...]], Var] = field(default_factory=dict[tuple[Var, tuple[View, ...]], Var])
    aliases: frozenset[frozenset[int]] = frozenset()
    shared: frozenset[int] = frozenset()
    """Cells that items of a list may be views of: they cannot be written any more."""
    frozen: frozenset[int] = frozenset()
    """Tokens of lists, dicts and objects that may or may not be the same as another one."""
    stale: frozenset[int] = frozenset()
    """Cells of lists of which an item was written under another name: they cannot be read any more."""
    records: dict[int, Pairs] = field(default_factory=dict[int, Pairs])
    """The items of dicts and the attributes of objects that the function made, by token."""

    def copy(self) -> Memory:
        """Return a memory that can be changed without changing this one."""
        known = self.aliases, self.shared, self.frozen, self.stale
        return Memory(dict(self.versions), dict(self.views), *known, dict(self.records))

    def may_be(self, cell: int) -> frozenset[int]:
        """Return the cells that may be the same storage as this one, itself too."""
        return frozenset({cell, *(other for pair in self.aliases if cell in pair for other in pair)})

    def take_in(self, other: Memory) -> None:
        """Know of storage and lists what another memory, of a branch or a loop, knows."""
        self.aliases |= other.aliases
        self.shared |= other.shared
        self.frozen |= other.frozen
        self.stale |= other.stale

    def dissolved(self, value: Value, around: frozenset[int] = frozenset()) -> Value:
        """Return the structure with all records written out: a snapshot, and so never to be changed.

        Raises: RecursionError for an object that holds itself.
        """
        if isinstance(value, DictV | ObjectV) and value.token:
            if value.token in around:
                raise RecursionError
            around |= {value.token}
            pairs = self.records[value.token]
            value = DictV(pairs) if isinstance(value, DictV) else ObjectV(value.cls, pairs)
        inner = children(value)
        return rebuild(value, tuple(self.dissolved(child, around) for child in inner)) if inner else value

    def all_tokens(self, value: Value) -> frozenset[int]:
        """Return the tokens in a structure, and those in the records of its dicts and objects."""
        found = frozenset[int]()
        waiting = [value]
        while waiting:
            new = tokens(waiting.pop()) - found
            found |= new
            waiting += [item for token in new for _, item in self.records.get(token, ())]
        return found

    def may_alias(self, a: int, b: int) -> bool:
        """Say whether two cells may be the same storage."""
        return a != b and frozenset((a, b)) in self.aliases


@dataclass(eq=False)
class Recursive:
    """A function that is called: what is known of it so far."""

    op: Op
    code: object
    result: Value | None = None
    """The structure that it returns, with a constant of the right kind for each number or array."""
    shares: frozenset[tuple[int, int]] = frozenset()
    """Which of the arrays that it returns may be one of its arguments."""
    function: Function | None = None
    provisional: bool = False
    """It sees names around it, or calls one that is not finished: next time it may be another function."""


@dataclass
class Registry:
    """The recursive functions of a module: by what they are called with, and in the order they were made."""

    known: dict[object, Recursive] = field(default_factory=dict[object, Recursive])
    made: list[Recursive] = field(default_factory=list[Recursive])
    names: set[str] = field(default_factory=set[str])
    unfinished: list[Recursive] = field(default_factory=list[Recursive])
    """Those that are being lowered, the innermost last."""
