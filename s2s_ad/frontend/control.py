"""Lowering of `if`, `for`, `while` and comprehensions."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from s2s_ad.frontend import lists
from s2s_ad.frontend.access import known_key
from s2s_ad.frontend.context import Completion, Jumped, Lowerer, Returned, expression, statement
from s2s_ad.frontend.expressions import truth
from s2s_ad.frontend.fixpoint import Carried, carry
from s2s_ad.frontend.iteration import (
    comprehended,
    elements,
    generate,
    known_items,
    refuse_assignments,
    require_same_lengths,
    running_over,
    strict_zips,
)  # fmt: skip
from s2s_ad.frontend.join import branch, merge
from s2s_ad.frontend.jumps import LEFT, RESULT, RETURNED, End, either, fork, iteration, iterations, through
from s2s_ad.frontend.scope import assigned_names, breaks, contains, walk
from s2s_ad.frontend.statements import assign
from s2s_ad.frontend.syntax import gast
from s2s_ad.frontend.values import (
    DictV,
    GeneratorV,
    IteratorV,
    ObjectV,
    RangeV,
    TupleV,
    Value,
    children,
)  # fmt: skip
from s2s_ad.ir.core import Atom, Block, For, Lit, While
from s2s_ad.ir.kinds import INT


@statement("If")
def if_(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower an if statement."""
    test = truth(lo, lo.expr(node.test))
    return either(lo, test, node.body, node.orelse, rest)


@statement("Break", "Continue")
def jump(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower break and continue."""
    return Jumped(leaves=type(node).__name__ == "Break")


# -- loops ------------------------------------------------------------------------------------------


def _after(lo: Lowerer, node: Any, end: End | None, rest: Sequence[Any], *, endless: bool = False) -> Completion:
    """Lower what comes after the iterations of a loop: its `else`, and the return of what it returned."""
    if end is None:
        return Returned(None)
    if end.returned == lo.lit(False):
        return either(lo, end.left, [], node.orelse, rest) if node.orelse else None

    def go_on() -> Completion:
        if not node.orelse:
            return lo.suite(rest)
        return fork(lo, end.left, lambda: lo.suite(rest), lambda: lo.suite([*node.orelse, *rest]))

    if endless and not breaks(node.body):
        return end.give(lo)
    return fork(lo, end.returned, lambda: end.give(lo), go_on)


@statement("For")
def for_(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower a for loop: unrolled over items that are known, else over an index."""
    iterable = lo.expr(node.iter)
    if isinstance(iterable, GeneratorV):
        return for_(lo, _over_generator(lo, node, iterable), rest)
    known = known_items(lo, iterable)
    if known is None:
        end = iterations(lo, lambda: _index_loop(lo, node, iterable))
        return _after(lo, _with_end_of_zip(node, iterable), end, rest)
    frozen = lo.memory.frozen
    iterated = _tokens_in(lo, node.iter) | _container_tokens(iterable)
    lo.memory.frozen |= iterated  # Python would see what the body changes in it
    end = iterations(lo, lambda: _unrolled(lo, node, known))
    lo.memory.frozen = frozen | (lo.memory.frozen - iterated)
    return _after(lo, node, end, rest)


def _over_generator(lo: Lowerer, node: Any, generator: GeneratorV) -> Any:
    """Return a loop over a generator as one over what that runs over: `for y in (f(x) for x in xs)`.

    The generator's own names get others, which no name of the user's can be.
    """
    if generator.frame is not lo.frame or len(generator.node.generators) > 1:
        lo.refuse("a loop over a generator", "write its loops out, or loop over a list: [… for …]")
    made = copy.deepcopy(generator.node)
    (part,) = made.generators
    refuse_assignments(lo, made.generators)
    own, prefix = {*assigned_names([part.target])}, f"{lo.new_token()}."
    for inner in gast.walk(made):
        if isinstance(inner, gast.Name) and inner.id in own:
            inner.id = prefix + inner.id
    source = gast.Name(f"{prefix}source", gast.Load(), None, None)
    lo.frame.env[source.id] = generator.source
    skips = [gast.If(gast.UnaryOp(gast.Not(), test), [gast.Continue()], []) for test in part.ifs]
    body = [*skips, gast.Assign([node.target], made.elt, None), *node.body]
    loop = gast.For(part.target, source, body, node.orelse, None)
    for outer in (source, *skips, *(skip.test for skip in skips), *(skip.body[0] for skip in skips), body[len(skips)]):
        gast.copy_location(outer, node.iter)
    return gast.copy_location(loop, node)


class EndOfZip(gast.stmt):
    """What a loop over zip(…, strict=True) does at its end, before its `else`."""

    iterable: Value


def _with_end_of_zip(node: Any, iterable: Value) -> Any:
    if not any(strict_zips(iterable)):
        return node
    end = gast.copy_location(EndOfZip(), node)
    end.iterable = iterable
    return gast.copy_location(gast.For(node.target, node.iter, node.body, [end, *node.orelse], None), node)


@statement("EndOfZip")
def end_of_zip(lo: Lowerer, node: EndOfZip, rest: Sequence[Any]) -> Completion:
    """Lower what raises where zip(…, strict=True) has items left."""
    require_same_lengths(lo, node.iterable)


def _unrolled(lo: Lowerer, node: Any, items: Sequence[Value]) -> bool:
    """Lower an iteration for each item, those after one that may leave the loop in a branch."""
    for i, item in enumerate(items):
        assign(lo, node.target, item)
        if not iteration(lo, lambda: lo.suite(node.body)):
            return False
        left = lo.read(lo.frame.env[LEFT])
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
    named = [value for name in names if (value := lo.lookup(name)) is not None]
    return frozenset[int]().union(*map(_container_tokens, named))


def _container_tokens(value: Value) -> frozenset[int]:
    """Return the tokens of the lists and dicts in a structure, those in objects apart."""
    if isinstance(value, ObjectV):
        return frozenset()
    own = frozenset({value.token} if isinstance(value, TupleV | DictV) and value.token else ())
    return own.union(*map(_container_tokens, children(value)))


def _index_loop(lo: Lowerer, node: Any, iterable: Value) -> bool:
    backwards = isinstance(iterable, IteratorV) and iterable.type == "reversed"
    source = iterable.sources[0] if isinstance(iterable, IteratorV) and backwards else iterable
    bounds, element = elements(lo, source)
    hint = node.target.id if isinstance(source, RangeV) and isinstance(node.target, gast.Name) else "i"
    index = lo.var(INT, hint=hint)
    name = f"what the loop in line {node.lineno} runs over."  # a name for it, so that writes to it are seen
    lo.frame.env[name] = iterable
    with running_over(lo, iterable):
        carried, body = _carried(lo, node, [node.target], lambda: assign(lo, node.target, element(index)))
    lo.stmts.append(
        For(
            carried.outs, index, *bounds, params=carried.params, inits=carried.inits, body=body,
            backwards=backwards, origin=lo.origin,
        )
    )  # fmt: skip
    del lo.frame.env[name]
    return True


def _carried(lo: Lowerer, node: Any, targets: Sequence[Any], head: Callable[[], None]) -> tuple[Carried, Block]:
    """Lower the body of a loop after its head; return what it carries, and the body with what leaves it."""
    leaves: list[Atom] = []

    def body() -> None:
        head()
        iteration(lo, lambda: lo.suite(node.body))
        leaves[:] = [lo.read(lo.frame.env[LEFT])]

    returns = any(contains(inner, gast.Return) for inner in node.body)
    flags = [LEFT, RETURNED, RESULT] if returns else [LEFT] if breaks(node.body) else []
    carried = carry(lo, [*assigned_names([*targets, *node.body]), *flags], body)
    return carried, Block(tuple(carried.stmts), (*carried.yields, *(leaves if leaves != [lo.lit(False)] else ())))


@statement("While")
def while_(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower a while loop."""
    if contains(node.test, gast.NamedExpr):
        return _assigning_while(lo, node, rest)
    tests: list[Block] = []

    def head() -> None:
        views, before = dict(lo.memory.views), lo.memory.copy()
        with lo.block() as stmts:
            lo.folding = True
            try:
                test = truth(lo, lo.expr(node.test))
            finally:
                lo.folding = False
        written = any(lo.version(cell) != lo.version_in(before, cell) for cell in (*before.versions, *lo.outside))
        if written or any(lo.memory.records[token] != pairs for token, pairs in before.records.items()):
            lo.refuse("the test of a while changes what it reads", "change it before the loop and in its body")
        lo.memory.views = views  # those of the test are not in the scope of the body
        tests[:] = [Block(tuple(stmts), (test,))]

    def run() -> bool:
        carried, body = _carried(lo, node, [], head)
        lo.stmts.append(While(carried.outs, carried.params, carried.inits, tests[0], body, lo.origin))
        return True

    end = iterations(lo, run)
    test = tests[0].results[0]
    return _after(lo, node, end, rest, endless=isinstance(test, Lit) and bool(test.value))


def _assigning_while(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower a while whose test binds names, as they are bound in a body that begins with the test."""
    if node.orelse and breaks(node.body):
        lo.refuse("a while with break and else whose test binds names", "bind them at the end of its body")
    ends = gast.If(gast.UnaryOp(gast.Not(), node.test), [gast.Break()], [])
    always = gast.Constant(True, None)
    loop = gast.While(always, [ends, *node.body], [])
    for made in (*gast.walk(ends), always, loop):
        if not hasattr(made, "lineno"):
            gast.copy_location(made, node if made is loop else node.test)
    return while_(lo, loop, [*node.orelse, *rest]) or through(lo, node.orelse, rest)


@expression("ListComp")
def list_comprehension(lo: Lowerer, node: Any) -> Value:
    """Lower a list comprehension: item by item where they are known, else as a loop that appends."""
    naming, lo.naming = lo.naming, (None, "")
    source = lo.expr(node.generators[0].iter)
    if lo.site() not in lo.growing:
        items = comprehended(lo, node.generators, lambda: lo.expr(node.elt), source)
        if items is not None:
            return lists.made(lo, items)
    lo.naming = naming
    made = lists.grown(lo, [], lo.site())
    generate(lo, node.generators, lambda: lists.append(lo, made, lo.expr(node.elt)), (), source)
    return made


@expression("GeneratorExp")
def generator(lo: Lowerer, node: Any) -> Value:
    """Lower a generator expression: it is run by what consumes it."""
    return GeneratorV(node, lo.frame, lo.expr(node.generators[0].iter))


@expression("DictComp")
def dict_comprehension(lo: Lowerer, node: Any) -> Value:
    """Lower a dict comprehension whose keys are known."""

    def pair() -> tuple[Any, Value]:
        key, value = known_key(lo.expr(node.key)), lo.expr(node.value)
        if key is None:
            lo.refuse("a dict key that is not a constant", "use keys that are known before the run", node.key)
        return key.value, value

    pairs = comprehended(lo, node.generators, pair, lo.expr(node.generators[0].iter))
    if pairs is None:
        lo.refuse("a dict comprehension over what is not known", "use keys that are known before the run")
    return lo.new_dict(tuple(dict(pairs).items()))
