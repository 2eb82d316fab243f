"""What a loop runs over: items that are known, or an index into a sequence."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from s2s_ad.frontend.access import flat, getitem
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.expressions import arithmetic
from s2s_ad.frontend.values import DictV, IteratorV, ListOf, MethodV, RangeV, Ref, TupleV, Value, leaves
from s2s_ad.ir.core import Atom, Lit, Var
from s2s_ad.ir.kinds import INT, Array, ListKind, TupleKind
from s2s_ad.ir.ops import op


def known_items(lo: Lowerer, value: Value) -> list[Value] | None:
    """Return the items of an iterable whose length is known, None if it is not."""
    match value:
        case TupleV(items):
            return list(items)
        case DictV(items):
            return [lo.lit(key) for key, _ in items]
        case IteratorV(kind, sources):
            return _known_iterator(lo, kind, sources)
        case _:
            kind = lo.kind(value)
            return (
                [getitem(lo, value, lo.lit(i)) for i in range(len(kind.items))] if isinstance(kind, TupleKind) else None
            )


def literal_range(value: Value) -> list[Value] | None:
    """Return the numbers of a short range whose bounds are constants."""
    match value:
        case RangeV(Lit(start), Lit(stop), Lit(step)) if all(type(part) is int for part in (start, stop, step)):
            numbers = range(start, stop, step)
            return [Lit(number, INT) for number in numbers] if len(numbers) <= 100 else None
        case _:
            return None


def _known_iterator(lo: Lowerer, kind: str, sources: tuple[Value, ...]) -> list[Value] | None:
    found = [known_items(lo, source) for source in (sources[:1] if kind == "enumerate" else sources)]
    known = [items for items in found if items is not None]
    if len(known) < len(found):
        return None
    if kind == "reversed":
        return known[0][::-1]
    if kind == "enumerate":
        return [TupleV((arithmetic(lo, "Add", lo.lit(i), sources[1]), item)) for i, item in enumerate(known[0])]
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
            return length, lambda index: TupleV((arithmetic(lo, "Add", index, start), element(index)))
        case IteratorV("zip", sources):
            parts = [sequence(lo, source) for source in sources]
            lengths = [length for length, _ in parts]
            shortest = lengths[0] if len(lengths) == 1 else lo.emit(op("builtins.min"), lengths, kind=INT)
            return shortest, lambda index: TupleV(tuple(element(index) for _, element in parts))
        case ListOf(tree):
            first = next(iter(_columns(tree)))
            return lo.emit(op("builtins.len"), [first], kind=INT), lambda index: getitem(lo, value, index)
        case RangeV(start, stop, step) if start == lo.lit(0) and step == lo.lit(1):
            return lo.read(stop), lambda index: index
        case Ref() | Var() if isinstance(lo.kind(value), Array | ListKind):
            return lo.emit(op("builtins.len"), [lo.read(value)], kind=INT), lambda index: getitem(lo, value, index)
        case MethodV(array, "flat"):
            return sequence(lo, flat(lo, array))
        case _:
            lo.refuse(f"a loop over {lo.kind(value)}", "loop over a range, an array, a list or a tuple")


def _columns(tree: Value) -> Iterator[Var]:
    for leaf in leaves(tree):
        if isinstance(leaf, Var):
            yield leaf
