"""Lowering of `if`, `for`, `while` and comprehensions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from s2s_ad.frontend.context import Completion, Lowerer, Returned, expression, statement
from s2s_ad.frontend.expressions import truth
from s2s_ad.frontend.fixpoint import Carried, carry
from s2s_ad.frontend.iteration import elements, known_items, literal_range
from s2s_ad.frontend.join import branch, merge
from s2s_ad.frontend.scope import assigned_names, contains, walk
from s2s_ad.frontend.statements import assign
from s2s_ad.frontend.syntax import gast
from s2s_ad.frontend.values import IteratorV, RangeV, TupleV, Value, tokens
from s2s_ad.ir.core import Atom, Block, For, Lit, While
from s2s_ad.ir.kinds import INT


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
        frozen = lo.memory.frozen
        iterated = _tokens_in(lo, node.iter)
        lo.memory.frozen |= iterated  # Python would see what the body changes in it
        for item in known:
            assign(lo, node.target, item)
            done = lo.suite(node.body)
            if done is not None:
                return done
        lo.memory.frozen = frozen | (lo.memory.frozen - iterated)
        return lo.suite(node.orelse)
    _index_loop(lo, node, iterable)
    return lo.suite(node.orelse)


def _tokens_in(lo: Lowerer, node: Any) -> frozenset[int]:
    """Return the tokens of the lists and dicts that an expression names."""
    names = [inner.id for inner in walk(node) if isinstance(inner, gast.Name)]
    return frozenset[int]().union(*(tokens(lo.frame.env[name]) for name in names if name in lo.frame.env))


def _index_loop(lo: Lowerer, node: Any, iterable: Value) -> None:
    backwards = isinstance(iterable, IteratorV) and iterable.type == "reversed"
    source = iterable.sources[0] if isinstance(iterable, IteratorV) and backwards else iterable
    bounds, element = elements(lo, source)
    hint = node.target.id if isinstance(source, RangeV) and isinstance(node.target, gast.Name) else "i"
    index = lo.var(INT, hint=hint)

    def body() -> None:
        assign(lo, node.target, element(index))
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
    if contains(node.test, gast.NamedExpr):
        lo.refuse("an assignment inside the test of a while", "assign before the loop and at the end of its body")
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
        While(
            carried.outs,
            carried.params,
            carried.inits,
            tests[0],
            Block(tuple(carried.stmts), carried.yields),
            lo.origin,
        )
    )
    return lo.suite(node.orelse)


@expression("ListComp", "GeneratorExp")
def comprehension(lo: Lowerer, node: Any) -> Value:
    """Lower a comprehension over items that are known; its names are its own."""
    before = lo.frame.env
    lo.frame.env = dict(before)
    items = list(_comprehend(lo, node.elt, node.generators))
    lo.frame.env = before
    return TupleV(tuple(items), "list", lo.new_token())


def _comprehend(lo: Lowerer, element: Any, generators: Sequence[Any]) -> Iterator[Value]:
    if not generators:
        yield lo.expr(element)
        return
    first, *rest = generators
    source = lo.expr(first.iter)
    items = literal_range(source) or known_items(lo, source)
    if items is None:
        lo.refuse(
            "a comprehension over a sequence of unknown length", "write it as a loop that fills an array", first.iter
        )
    for item in items:
        assign(lo, first.target, item)
        tests = [truth(lo, lo.expr(test)) for test in first.ifs]
        if not all(isinstance(test, Lit) for test in tests):
            lo.refuse(
                "a condition of a comprehension that is not known before the run", "write it as a loop", first.ifs[0]
            )
        if all(test.value for test in tests if isinstance(test, Lit)):
            yield from _comprehend(lo, element, rest)
