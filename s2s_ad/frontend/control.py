"""Lowering of `if`, `for` and `while`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gast

from s2s_ad.frontend.context import Completion, Lowerer, Returned, statement
from s2s_ad.frontend.expressions import getitem, truth
from s2s_ad.frontend.fixpoint import Carried, carry
from s2s_ad.frontend.join import branch, merge
from s2s_ad.frontend.values import DictV, IteratorV, ListOf, RangeV, Ref, TupleV, Value
from s2s_ad.ir.core import Atom, Block, For, Lit, Var, While
from s2s_ad.ir.kinds import INT, Array, ListKind, TupleKind
from s2s_ad.ir.ops import op


@statement("If")
def if_(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower an if statement.

    Where a branch returns, the statements after the `if` belong to the branches that go on.
    """
    test = truth(lo, lo.expr(node.test))
    if isinstance(test, Lit):
        return lo.suite(node.body if test.value else node.orelse)
    if contains(node, gast.Return):
        return _returning_if(lo, node, test, rest)

    def way(nodes: Sequence[Any]) -> dict[str, Value] | None:
        return lo.frame.env if lo.suite(nodes) is None else None

    then, orelse = branch(lo, lambda: way(node.body)), branch(lo, lambda: way(node.orelse))
    env = merge(lo, test, then, orelse)
    if then.dead and orelse.dead:
        return Returned(None)
    lo.frame.env = env
    return None


def _returning_if(lo: Lowerer, node: Any, test: Atom, rest: Sequence[Any]) -> Completion:
    def way(nodes: Sequence[Any]) -> dict[str, Value] | None:
        done = lo.suite([*nodes, *rest])
        value = lo.lit(None) if done is None else done.value
        return None if value is None else {"": value}

    then, orelse = branch(lo, lambda: way(node.body)), branch(lo, lambda: way(node.orelse))
    env = merge(lo, test, then, orelse)
    return Returned(None if then.dead and orelse.dead else env[""])


def contains(node: Any, *types: Any) -> bool:
    """Say whether a statement contains such a node, nested functions aside."""
    return any(isinstance(inner, types) for inner in walk(node))


def walk(node: Any) -> Iterator[Any]:
    """Yield a node and all inside it, in order of the text, without nested functions."""
    yield node
    for child in gast.iter_child_nodes(node):
        if not isinstance(child, gast.FunctionDef | gast.Lambda | gast.ClassDef):
            yield from walk(child)


def assigned_names(nodes: Sequence[Any]) -> list[str]:
    """Return the names that statements bind, in order."""
    found: dict[str, None] = {}
    for node in nodes:
        for inner in walk(node):
            if isinstance(inner, gast.Name) and isinstance(inner.ctx, gast.Store):
                found[inner.id] = None
    return list(found)


def _check_loop(lo: Lowerer, node: Any) -> None:
    for inner in walk(node):
        if isinstance(inner, gast.Break | gast.Continue | gast.Return):
            what = type(inner).__name__.lower()
            lo.refuse(f"{what} inside a loop is not supported yet", "put the condition into a while or an if", inner)


@statement("For")
def for_(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower a for loop: unrolled over items that are known, else over an index."""
    _check_loop(lo, node)
    iterable = lo.expr(node.iter)
    known = known_items(lo, iterable)
    if known is not None:
        for item in known:
            assign_target(lo, node.target, item)
            done = lo.suite(node.body)
            if done is not None:
                return done
        return lo.suite(node.orelse)
    _index_loop(lo, node, iterable)
    return lo.suite(node.orelse)


def _index_loop(lo: Lowerer, node: Any, iterable: Value) -> None:
    backwards = isinstance(iterable, IteratorV) and iterable.type == "reversed"
    source = iterable.sources[0] if isinstance(iterable, IteratorV) and backwards else iterable
    bounds, element = elements(lo, source)
    hint = node.target.id if isinstance(source, RangeV) and isinstance(node.target, gast.Name) else "i"
    index = lo.var(INT, hint=hint)

    def body() -> None:
        assign_target(lo, node.target, element(index))
        if lo.suite(node.body) is not None:
            lo.refuse("a loop body that always raises", "raise outside the loop")

    carried = carry(lo, assigned_names([node.target, *node.body]), body)
    lo.stmts.append(
        For(
            carried.outs, index, *bounds, params=carried.params, inits=carried.inits,
            body=Block(tuple(carried.stmts), carried.yields), backwards=backwards, origin=lo.origin,
        )
    )  # fmt: skip


@statement("While")
def while_(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower a while loop."""
    _check_loop(lo, node)
    tests: list[Block] = []

    def body() -> None:
        views = dict(lo.memory.views)
        with lo.block() as stmts:
            lo.folding = True
            test = truth(lo, lo.expr(node.test))
            lo.folding = False
        lo.memory.views = views  # those of the test are not in the scope of the body
        tests[:] = [Block(tuple(stmts), (test,))]
        if lo.suite(node.body) is not None:
            lo.refuse("a loop body that always raises", "raise outside the loop")

    carried: Carried = carry(lo, assigned_names(node.body), body)
    lo.stmts.append(
        While(carried.outs, carried.params, carried.inits, tests[0], Block(tuple(carried.stmts), carried.yields), lo.origin)
    )
    return lo.suite(node.orelse)


def assign_target(lo: Lowerer, target: Any, value: Value) -> None:
    """Bind a loop variable."""
    from s2s_ad.frontend.statements import assign

    assign(lo, target, value)


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
            return [getitem(lo, value, lo.lit(i)) for i in range(len(kind.items))] if isinstance(kind, TupleKind) else None


def _known_iterator(lo: Lowerer, kind: str, sources: tuple[Value, ...]) -> list[Value] | None:
    found = [known_items(lo, source) for source in sources]
    known = [items for items in found if items is not None]
    if len(known) < len(found):
        return None
    if kind == "reversed":
        return known[0][::-1]
    if kind == "enumerate":
        return [TupleV((lo.lit(i), item)) for i, item in enumerate(known[0])]
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
        case IteratorV("enumerate", sources):
            length, element = sequence(lo, sources[0])
            return length, lambda index: TupleV((index, element(index)))
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
        case _:
            lo.refuse(f"a loop over {lo.kind(value)}", "loop over a range, an array, a list or a tuple")


def _columns(tree: Value) -> Iterator[Var]:
    from s2s_ad.frontend.values import leaves

    for leaf in leaves(tree):
        if isinstance(leaf, Var):
            yield leaf
