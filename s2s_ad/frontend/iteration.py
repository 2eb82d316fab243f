"""What a loop runs over: items that are known, or an index into a sequence."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from s2s_ad.frontend.access import flat, getitem, truth
from s2s_ad.frontend.context import Frame, Lowerer
from s2s_ad.frontend.fixpoint import carry
from s2s_ad.frontend.join import branch, merge
from s2s_ad.frontend.scope import assigned_names, walk
from s2s_ad.frontend.syntax import gast
from s2s_ad.frontend.values import (
    DictV,
    GeneratorV,
    IteratorV,
    ListOf,
    MethodV,
    RangeV,
    Ref,
    Static,
    TupleV,
    Value,
    leaves,
)  # fmt: skip
from s2s_ad.ir.core import Atom, Block, Eqn, For, Lit, Var
from s2s_ad.ir.kinds import INT, NOTHING, Array, ListKind, TupleKind
from s2s_ad.ir.ops import ADD, op

_REQUIRE_SAME_LENGTHS = op("s2s_ad.rules.helpers.require_same_lengths")


def known_items(lo: Lowerer, value: Value) -> list[Value] | None:
    """Return the items of an iterable whose length is known, None if it is not."""
    match value:
        case TupleV(items):
            return list(items)
        case DictV():
            return [lo.lit(key) for key, _ in lo.record(value)]
        case IteratorV(kind, sources):
            return _known_iterator(lo, kind, sources)
        case GeneratorV():
            return _known_generated(lo, value)
        case Lit(str() | bytes() as text):
            return [lo.lit(item) for item in text]
        case _:
            kind = lo.kind(value)
            if kind == ListKind(NOTHING):
                return []
            return (
                [getitem(lo, value, lo.lit(i)) for i in range(len(kind.items))] if isinstance(kind, TupleKind) else None
            )


class NotKnownError(Exception):
    """The items of a comprehension are not known before the run."""


def _known_generated(lo: Lowerer, generator: GeneratorV) -> list[Value] | None:
    node = generator.node
    if generator.frame is not lo.frame:
        lo.refuse("a generator of another function is used here", "make a list of it: [… for …]")
    return comprehended(lo, node.generators, lambda: lo.expr(node.elt), generator.source)


T = TypeVar("T")


def comprehended(lo: Lowerer, generators: Sequence[Any], element: Callable[[], T], source: Value) -> list[T] | None:
    """Return the items of a comprehension, None if they are not all known; then nothing was lowered."""
    names, count, env, memory = lo.names.copy(), len(lo.stmts), lo.frame.env, lo.memory.copy()
    maybe = set(lo.maybe)
    own = _own_names(lo, generators)
    lo.frame.env = {name: value for name, value in env.items() if name not in own}
    try:
        with _scope(lo, own):
            found = list(_comprehend(lo, generators, element, source))
    except NotKnownError:
        lo.names, lo.frame.env, lo.memory = names, env, memory
        lo.maybe &= maybe
        del lo.stmts[count:]
        return None
    shadowed = {name: env[name] for name in own if name in env}
    lo.frame.env = {name: value for name, value in lo.frame.env.items() if name not in own} | shadowed
    return found


def _own_names(lo: Lowerer, generators: Sequence[Any]) -> frozenset[str]:
    """Return the names that a comprehension binds for itself."""
    own = frozenset(assigned_names([part.target for part in generators]))
    if not all(map(lo.is_plain, own)):
        lo.refuse("a comprehension over a name that functions share", "give it a name of its own")
    return own


@contextmanager
def _scope(lo: Lowerer, own: frozenset[str]) -> Generator[None, None, None]:
    """Let functions that a comprehension makes see its names, and what becomes of them."""
    frame = lo.frame
    around = frame.scope
    frame.scope = Frame(frame.source, {}, around or frame, frame.caller, frame.path, frame.label, own)
    try:
        yield
    finally:
        frame.scope = around


def _assign_own(lo: Lowerer, target: Any, value: Value) -> None:
    """Bind names of a comprehension."""
    lo.assign(target, value)
    scope, env = lo.frame.scope, lo.frame.env
    assert scope is not None
    scope.env |= {name: env[name] for name in scope.names if name in env}


def _comprehend(lo: Lowerer, generators: Sequence[Any], element: Callable[[], T], source: Value) -> Iterator[T]:
    first, *rest = generators
    items = literal_range(source)
    items = known_items(lo, source) if items is None else items
    if items is None:
        raise NotKnownError
    for item in items:
        _assign_own(lo, first.target, item)
        tests = [truth(lo, lo.expr(test)) for test in first.ifs]
        if not all(isinstance(test, Lit) for test in tests):
            raise NotKnownError
        if all(test.value for test in tests if isinstance(test, Lit)):
            if rest:
                yield from _comprehend(lo, rest, element, lo.expr(rest[0].iter))
            else:
                yield element()


def literal_range(value: Value) -> list[Value] | None:
    """Return the numbers of a short range whose bounds are constants."""
    match value:
        case RangeV(Lit(start), Lit(stop), Lit(step)) if all(type(part) is int for part in (start, stop, step)):
            numbers = range(start, stop, step)
            return [Lit(number, INT) for number in numbers] if len(numbers) <= 100 else None
        case _:
            return None


def listed(lo: Lowerer, value: Value) -> Value:
    """Return the items of an iterator or a range, which can be run over often; anything else as it is."""
    if not isinstance(value, IteratorV | GeneratorV | RangeV):
        return value
    items = literal_range(value) if isinstance(value, RangeV) else known_items(lo, value)
    return TupleV(tuple(items)) if items is not None else lo.call(Static(list), [value], {})


def _known_iterator(lo: Lowerer, kind: str, sources: tuple[Value, ...]) -> list[Value] | None:
    if kind in ("keys", "values", "items"):
        (owner,) = sources
        assert isinstance(owner, DictV)
        pairs = [(lo.lit(key), item) for key, item in lo.record(owner)]
        return [TupleV(pair) if kind == "items" else pair[kind == "values"] for pair in pairs]
    found = [known_items(lo, source) for source in (sources[:1] if kind == "enumerate" else sources)]
    known = [items for items in found if items is not None]
    if len(known) < len(found):
        return None
    if kind == "reversed":
        return known[0][::-1]
    if kind == "iter":
        return known[0]
    if kind == "enumerate":
        return [TupleV((_plus(lo, lo.lit(i), sources[1]), item)) for i, item in enumerate(known[0])]
    if kind == "strict zip" and len({*map(len, known)}) > 1:
        counts = ", ".join(str(len(items)) for items in known)
        lo.refuse(f"zip(…, strict=True) of {counts} items always raises", "zip as many of each")
    return [TupleV(items) for items in zip(*known, strict=False)]


def elements(lo: Lowerer, value: Value) -> tuple[tuple[Atom, Atom, Atom], Callable[[Var], Value]]:
    """Return the range of indices of an iterable, and what gives its element at an index."""
    if isinstance(value, RangeV):
        return (lo.read(value.start), lo.read(value.stop), lo.read(value.step)), lambda index: index
    length, element = sequence(lo, value)
    return (lo.lit(0), length, lo.lit(1)), element


def sequence(lo: Lowerer, value: Value) -> tuple[Atom, Callable[[Var], Value]]:
    """Return the length of a sequence, and what gives its element at an index."""
    match value:
        case IteratorV("enumerate", (source, start)):
            length, element = sequence(lo, source)
            return length, lambda index: TupleV((_plus(lo, index, start), element(index)))
        case IteratorV("iter", (source,)):
            return sequence(lo, source)
        case IteratorV("zip" | "strict zip", sources):
            parts = [sequence(lo, source) for source in sources]
            lengths = [length for length, _ in parts]
            shortest = lengths[0] if len(lengths) == 1 else lo.emit(op("builtins.min"), lengths, kind=INT)
            return shortest, lambda index: TupleV(tuple(element(index) for _, element in parts))
        case IteratorV("reversed", (source,)):
            length, element = sequence(lo, source)
            last = lo.emit(op("operator.sub"), [length, lo.lit(1)], kind=INT)
            return length, lambda index: element(lo.emit(op("operator.sub"), [last, index], kind=INT))
        case ListOf(tree):
            first = next(iter(leaves(tree)))
            return lo.emit(op("builtins.len"), [lo.read(first)], kind=INT), lambda index: getitem(lo, value, index)
        case RangeV(start, stop, step) if start == lo.lit(0) and step == lo.lit(1):
            return lo.read(stop), lambda index: index
        case Ref() | Var() if isinstance(lo.kind(value), Array | ListKind):
            return lo.emit(op("builtins.len"), [lo.read(value)], kind=INT), lambda index: getitem(lo, value, index)
        case MethodV(array, "flat"):
            return sequence(lo, flat(lo, array))
        case GeneratorV():
            lo.refuse("a loop over a generator", "write its loops out, or loop over a list: [… for …]")
        case _:
            lo.refuse(f"a loop over {lo.kind(value)}", "loop over a range, an array, a list or a tuple")


def _plus(lo: Lowerer, index: Atom, start: Value) -> Atom:
    """Return index + start."""
    if isinstance(start, Lit) and (start.value == 0 or isinstance(index, Lit)):
        return index if start.value == 0 else lo.lit(getattr(index, "value", 0) + start.value)
    return lo.emit(ADD, [index, lo.read(start)])


def cells_of(lo: Lowerer, iterable: Value) -> list[int]:
    """Return the cells of the lists that a loop runs over."""
    found = [leaf for leaf in leaves(iterable) if isinstance(leaf, Ref) and isinstance(lo.kind(leaf), ListKind)]
    return [leaf.cell for leaf in found]


# -- loops that are no statements -----------------------------------------------------------------


def each(
    lo: Lowerer, iterable: Value, action: Callable[[Value], None], names: Sequence[str] = (), until: str = ""
) -> None:
    """Lower a loop over an iterable, which binds some of `names` anew and is left when `until` is true."""
    if isinstance(iterable, GeneratorV):
        node = iterable.node
        if iterable.frame is not lo.frame:
            lo.refuse("a generator of another function is used here", "make a list of it: [… for …]")
        generate(lo, node.generators, lambda: action(lo.expr(node.elt)), names, iterable.source, until)
        return
    items = known_items(lo, iterable)
    if items is not None:
        for item in items:
            _unless(lo, until, lambda item=item: action(item))
        return
    backwards = isinstance(iterable, IteratorV) and iterable.type == "reversed"
    source = iterable.sources[0] if isinstance(iterable, IteratorV) and backwards else iterable
    bounds, element = elements(lo, source)
    index = lo.var(INT, hint="i")
    flags: list[Atom] = []

    def body() -> None:
        action(element(index))
        flags[:] = [lo.read(lo.frame.env[until])] if until else []

    with running_over(lo, iterable):
        carried = carry(lo, list(names), body)
    block = Block(tuple(carried.stmts), (*carried.yields, *flags))
    lo.stmts.append(For(carried.outs, index, *bounds, carried.params, carried.inits, block, backwards, lo.origin))
    if any(strict_zips(iterable)):
        _unless(lo, until, lambda: require_same_lengths(lo, iterable))


def strict_zips(iterable: Value) -> Iterator[IteratorV]:
    """Yield what in an iterable is zip(…, strict=True)."""
    if isinstance(iterable, IteratorV):
        if iterable.type == "strict zip":
            yield iterable
        for source in iterable.sources:
            yield from strict_zips(source)


def require_same_lengths(lo: Lowerer, iterable: Value) -> None:
    """Emit what raises, after a loop that ran to its end, where zip(…, strict=True) had items left."""
    for found in strict_zips(iterable):
        lengths = tuple(sequence(lo, source)[0] for source in found.sources)
        lo.stmts.append(Eqn((), _REQUIRE_SAME_LENGTHS, lengths, (), lo.origin))


def _unless(lo: Lowerer, flag: str, action: Callable[[], None]) -> None:
    """Lower an action that is skipped if a flag is true."""
    test = lo.read(lo.frame.env[flag]) if flag else lo.lit(False)
    if not isinstance(test, Lit):
        lo.frame.env = merge(lo, test, branch(lo, lambda: lo.frame.env), branch(lo, lambda: _env_after(lo, action)))
    elif not test.value:
        action()


def _env_after(lo: Lowerer, action: Callable[[], None]) -> dict[str, Value]:
    action()
    return lo.frame.env


@contextmanager
def running_over(lo: Lowerer, iterable: Value) -> Generator[None, None, None]:
    """Let no list change its length while a loop runs over it."""
    cells = cells_of(lo, iterable)
    lo.iterated.extend(cells)
    try:
        yield
    finally:
        del lo.iterated[len(lo.iterated) - len(cells) :]


def refuse_assignments(lo: Lowerer, generators: Sequence[Any]) -> None:
    """Refuse comprehensions that are asynchronous, or bind names around them in their conditions."""
    for part in generators:
        if part.is_async:
            lo.refuse("an asynchronous comprehension")
        if any(isinstance(inner, gast.NamedExpr) for test in part.ifs for inner in walk(test)):
            lo.refuse("an assignment inside a comprehension", "write it as a loop")


def generate(
    lo: Lowerer,
    generators: Sequence[Any],
    action: Callable[[], None],
    names: Sequence[str],
    source: Value,
    until: str = "",
) -> None:
    """Lower the loops and conditions of a comprehension, whose names are its own."""
    refuse_assignments(lo, generators)
    own = _own_names(lo, generators)
    before = lo.frame.env
    lo.frame.env = {name: value for name, value in before.items() if name not in own}
    with _scope(lo, own):
        _generate(lo, generators, action, names, source, until)
    shadowed = {name: before[name] for name in own if name in before}
    lo.frame.env = {name: value for name, value in lo.frame.env.items() if name not in own} | shadowed


def _generate(
    lo: Lowerer, generators: Sequence[Any], action: Callable[[], None], names: Sequence[str], source: Value, until: str
) -> None:
    first, *rest = generators

    def inner() -> None:
        if rest:
            _generate(lo, rest, action, names, lo.expr(rest[0].iter), until)
        else:
            action()

    def body(item: Value) -> None:
        _assign_own(lo, first.target, item)
        filtered(lo, first.ifs, inner)

    each(lo, source, body, names, until)


def filtered(lo: Lowerer, tests: Sequence[Any], action: Callable[[], None]) -> None:
    """Lower an action that is done if all tests are true."""
    if not tests:
        action()
        return
    test = truth(lo, lo.expr(tests[0]))

    def taken() -> dict[str, Value]:
        return _env_after(lo, lambda: filtered(lo, tests[1:], action))

    if not isinstance(test, Lit):
        lo.frame.env = merge(lo, test, branch(lo, taken), branch(lo, lambda: lo.frame.env))
    elif test.value:
        taken()
