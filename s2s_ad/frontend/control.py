"""Lowering of `if`, `for`, `while` and comprehensions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from s2s_ad.frontend.context import Completion, Jumped, Lowerer, Returned, expression, statement
from s2s_ad.frontend.expressions import truth
from s2s_ad.frontend.fixpoint import Carried, carry
from s2s_ad.frontend.iteration import elements, known_items, literal_range
from s2s_ad.frontend.join import branch, merge
from s2s_ad.frontend.scope import assigned_names, breaks, contains, jumps, walk
from s2s_ad.frontend.statements import assign
from s2s_ad.frontend.syntax import gast
from s2s_ad.frontend.values import NOT_BOUND, IteratorV, RangeV, TupleV, Unbound, Value, tokens
from s2s_ad.ir.core import Atom, Block, For, Lit, While
from s2s_ad.ir.kinds import INT


@statement("If")
def if_(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower an if statement."""
    test = truth(lo, lo.expr(node.test))
    return _either(lo, test, node.body, node.orelse, rest)


def _either(lo: Lowerer, test: Atom, then: Sequence[Any], orelse: Sequence[Any], rest: Sequence[Any]) -> Completion:
    """Lower the statements of one way or another.

    Where one may jump, the `rest` after them belongs to the ways that go on.
    """
    if isinstance(test, Lit):
        return _through(lo, then if test.value else orelse, rest)
    if any(jumps(node) for node in (*then, *orelse)):
        return _fork(lo, test, lambda: lo.suite([*then, *rest]), lambda: lo.suite([*orelse, *rest]))

    def way(nodes: Sequence[Any]) -> dict[str, Value] | None:
        return lo.frame.env if lo.suite(nodes) is None else None

    ways = branch(lo, lambda: way(then)), branch(lo, lambda: way(orelse))
    env = merge(lo, test, *ways)
    if ways[0].dead and ways[1].dead:
        return Returned(None)
    lo.frame.env = env
    return None


def _through(lo: Lowerer, nodes: Sequence[Any], rest: Sequence[Any]) -> Completion:
    """Lower statements, and the rest after them if one of them may jump."""
    if not any(jumps(node) for node in nodes):
        return lo.suite(nodes)
    done = lo.suite([*nodes, *rest])
    return done or (Jumped() if lo.frame.loops else Returned(lo.lit(None)))


# -- jumps ------------------------------------------------------------------------------------------
#
# The IR has no jumps.  Statements after an `if` in which one may jump go into its branches, up to the
# end of the iteration or of the function.  How an iteration ended stands under names that no program
# can have: whether it leaves the loop, whether by `return`, and with what value.

_LEFT, _RETURNED, _RESULT = "left.", "returned.", "result."


@dataclass(frozen=True)
class _End:
    """How a loop ended: whether it was left, whether by `return`, and with what value."""

    left: Atom
    returned: Atom
    result: Value


def _fork(lo: Lowerer, test: Atom, then: Callable[[], Completion], orelse: Callable[[], Completion]) -> Completion:
    """Lower two ways, each up to the end of the iteration or of the function."""
    if isinstance(test, Lit):
        return then() if test.value else orelse()

    def way(run: Callable[[], Completion]) -> dict[str, Value] | None:
        done = run()
        if done == Returned(None):
            return None
        if lo.frame.loops:
            _end_iteration(lo, done)
        else:
            lo.frame.env[_RESULT] = (done.value if isinstance(done, Returned) else None) or lo.lit(None)
        return lo.frame.env

    ways = branch(lo, lambda: way(then)), branch(lo, lambda: way(orelse))
    env = merge(lo, test, *ways)
    if ways[0].dead and ways[1].dead:
        return Returned(None)
    lo.frame.env = env
    return Jumped() if lo.frame.loops else Returned(env.pop(_RESULT))


def _end_iteration(lo: Lowerer, done: Completion) -> None:
    """Note how an iteration ends."""
    if isinstance(done, Jumped) and done.leaves:
        lo.frame.env[_LEFT] = lo.lit(True)
    if isinstance(done, Returned) and done.value is not None:
        lo.frame.env |= {_LEFT: lo.lit(True), _RETURNED: lo.lit(True), _RESULT: done.value}


@statement("Break", "Continue")
def jump(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower break and continue."""
    return Jumped(leaves=type(node).__name__ == "Break")


# -- loops ------------------------------------------------------------------------------------------


def _loop(lo: Lowerer, run: Callable[[], bool]) -> _End | None:
    """Lower the iterations of a loop by `run`, which says whether anything comes after them."""
    frame = lo.frame
    around = {name: frame.env.pop(name) for name in (_LEFT, _RETURNED, _RESULT) if name in frame.env}
    frame.env |= {_LEFT: lo.lit(False), _RETURNED: lo.lit(False)}
    frame.loops += 1
    try:
        goes_on = run()
    finally:
        frame.loops -= 1
    left, returned = lo.read(frame.env.pop(_LEFT)), lo.read(frame.env.pop(_RETURNED))
    end = _End(left, returned, frame.env.pop(_RESULT, NOT_BOUND))
    frame.env |= around
    return end if goes_on else None


def _iteration(lo: Lowerer, node: Any) -> bool:
    """Lower the body of a loop; say whether anything comes after it."""
    lo.frame.env |= {_LEFT: lo.lit(False), _RETURNED: lo.lit(False)}
    lo.frame.env.pop(_RESULT, None)
    done = lo.suite(node.body)
    _end_iteration(lo, done)
    return done != Returned(None)


def _after(lo: Lowerer, node: Any, end: _End | None, rest: Sequence[Any], *, endless: bool = False) -> Completion:
    """Lower what comes after the iterations of a loop: its `else`, and the return of what it returned."""
    if end is None:
        return Returned(None)
    if end.returned == lo.lit(False):
        return _either(lo, end.left, [], node.orelse, rest) if node.orelse else None

    def give() -> Completion:
        if isinstance(end.result, Unbound):
            lo.refuse(f"what this loop returns {end.result.reason}", "return values of one structure")
        return Returned(end.result)

    def go_on() -> Completion:
        if not node.orelse:
            return lo.suite(rest)
        return _fork(lo, end.left, lambda: lo.suite(rest), lambda: lo.suite([*node.orelse, *rest]))

    if endless and not breaks(node.body):
        return give()
    return _fork(lo, end.returned, give, go_on)


@statement("For")
def for_(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower a for loop: unrolled over items that are known, else over an index."""
    iterable = lo.expr(node.iter)
    known = known_items(lo, iterable)
    if known is None:
        return _after(lo, node, _loop(lo, lambda: _index_loop(lo, node, iterable)), rest)
    frozen = lo.memory.frozen
    iterated = _tokens_in(lo, node.iter)
    lo.memory.frozen |= iterated  # Python would see what the body changes in it
    end = _loop(lo, lambda: _unrolled(lo, node, known))
    lo.memory.frozen = frozen | (lo.memory.frozen - iterated)
    return _after(lo, node, end, rest)


def _unrolled(lo: Lowerer, node: Any, items: Sequence[Value]) -> bool:
    """Lower an iteration for each item, those after one that may leave the loop in a branch."""
    for i, item in enumerate(items):
        assign(lo, node.target, item)
        if not _iteration(lo, node):
            return False
        left = lo.read(lo.frame.env[_LEFT])
        if isinstance(left, Lit):
            if left.value:
                return True
            continue

        def later(i: int = i) -> dict[str, Value] | None:
            return lo.frame.env if _unrolled(lo, node, items[i + 1 :]) else None

        if i + 1 < len(items):
            lo.frame.env = merge(lo, left, branch(lo, lambda: lo.frame.env), branch(lo, later))
        return True
    return True


def _tokens_in(lo: Lowerer, node: Any) -> frozenset[int]:
    """Return the tokens of the lists and dicts that an expression names."""
    names = [inner.id for inner in walk(node) if isinstance(inner, gast.Name)]
    return frozenset[int]().union(*(tokens(lo.frame.env[name]) for name in names if name in lo.frame.env))


def _index_loop(lo: Lowerer, node: Any, iterable: Value) -> bool:
    backwards = isinstance(iterable, IteratorV) and iterable.type == "reversed"
    source = iterable.sources[0] if isinstance(iterable, IteratorV) and backwards else iterable
    bounds, element = elements(lo, source)
    hint = node.target.id if isinstance(source, RangeV) and isinstance(node.target, gast.Name) else "i"
    index = lo.var(INT, hint=hint)
    carried, body = _carried(lo, node, [node.target], lambda: assign(lo, node.target, element(index)))
    lo.stmts.append(
        For(
            carried.outs, index, *bounds, params=carried.params, inits=carried.inits, body=body,
            backwards=backwards, origin=lo.origin,
        )
    )  # fmt: skip
    return True


def _carried(lo: Lowerer, node: Any, targets: Sequence[Any], head: Callable[[], None]) -> tuple[Carried, Block]:
    """Lower the body of a loop after its head; return what it carries, and the body with what leaves it."""
    leaves: list[Atom] = []

    def body() -> None:
        head()
        _iteration(lo, node)
        leaves[:] = [lo.read(lo.frame.env[_LEFT])]

    returns = any(contains(inner, gast.Return) for inner in node.body)
    flags = [_LEFT, _RETURNED, _RESULT] if returns else [_LEFT] if breaks(node.body) else []
    carried = carry(lo, [*assigned_names([*targets, *node.body]), *flags], body)
    return carried, Block(tuple(carried.stmts), (*carried.yields, *(leaves if leaves != [lo.lit(False)] else ())))


@statement("While")
def while_(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower a while loop."""
    if contains(node.test, gast.NamedExpr):
        lo.refuse("an assignment inside the test of a while", "assign before the loop and at the end of its body")
    tests: list[Block] = []

    def head() -> None:
        views = dict(lo.memory.views)
        with lo.block() as stmts:
            lo.folding = True
            try:
                test = truth(lo, lo.expr(node.test))
            finally:
                lo.folding = False
        lo.memory.views = views  # those of the test are not in the scope of the body
        tests[:] = [Block(tuple(stmts), (test,))]

    def run() -> bool:
        carried, body = _carried(lo, node, [], head)
        lo.stmts.append(While(carried.outs, carried.params, carried.inits, tests[0], body, lo.origin))
        return True

    end = _loop(lo, run)
    test = tests[0].results[0]
    return _after(lo, node, end, rest, endless=isinstance(test, Lit) and bool(test.value))


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
