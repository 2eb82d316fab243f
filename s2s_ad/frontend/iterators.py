"""Functions of Python that give iterators, and `reduce`: written as the generators and loops that they stand for.

A generator is run by what consumes it, once, as Python does; `map(f, xs)` is `(f(x) for x in xs)`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from s2s_ad.frontend.calls import builtin
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.inline import Named
from s2s_ad.frontend.iteration import listed
from s2s_ad.frontend.syntax import gast
from s2s_ad.frontend.values import GeneratorV, IteratorV, Static, TupleV, Value
from s2s_ad.ir.core import Eqn, Stmt, blocks
from s2s_ad.ir.ops import RAISE

_MOST = 6
"""How many items combinations and the like may have each."""


def _written(lo: Lowerer, text: str, **values: Value) -> Value:
    """Lower an expression whose names stand for values, at the place of the call."""
    own = f"{lo.new_token()}."  # no name of the user's has a point
    tree = gast.parse(text, mode="eval").body
    for node in gast.walk(tree):
        if isinstance(node, gast.Name):
            node.id = own + node.id
        if hasattr(node, "lineno") and lo.node is not None:
            gast.copy_location(node, lo.node)
    known = {"range": Static(range), "len": Static(len), "zip": Static(zip)}
    lo.frame.env |= {own + name: value for name, value in {**known, **values}.items()}
    return lo.expr(tree)


def _positional(lo: Lowerer, name: str, args: Sequence[Value], named: Named, least: int, most: int = 100) -> None:
    if named or not least <= len(args) <= most:
        lo.refuse(f"these arguments of {name}", "give them by position, or write it as a loop")


def _number(lo: Lowerer, name: str, value: Value) -> int:
    number = getattr(value, "value", None)
    if type(number) is not int or not 1 <= number <= _MOST:
        lo.refuse(f"{name} of a number of items that is not known", f"give a constant from 1 to {_MOST}")
    return number


@builtin("builtins.map")
def map_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower map(f, xs, …)."""
    _positional(lo, "map", args, named, 2)
    function, first, *rest = args
    if not rest:
        return _written(lo, "(f(x) for x in xs)", f=function, xs=first)
    return _written(lo, "(f(*x) for x in xs)", f=function, xs=lo.call(Static(zip), [first, *rest], {}))


@builtin("builtins.filter")
def filter_(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower filter(f, xs)."""
    _positional(lo, "filter", args, named, 2, 2)
    function, items = args
    if function == lo.lit(None):
        return _written(lo, "(x for x in xs if x)", xs=items)
    return _written(lo, "(x for x in xs if f(x))", f=function, xs=items)


@builtin("itertools.starmap")
def starmap(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower starmap(f, xs)."""
    _positional(lo, "starmap", args, named, 2, 2)
    return _written(lo, "(f(*x) for x in xs)", f=args[0], xs=args[1])


@builtin("itertools.chain")
def chain(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower chain(xs, ys, …)."""
    _positional(lo, "chain", args, named, 1)
    return _written(lo, "(x for xs in parts for x in xs)", parts=TupleV(tuple(args)))


@builtin("itertools.pairwise")
def pairwise(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower pairwise(xs)."""
    _positional(lo, "pairwise", args, named, 1, 1)
    return _written(lo, "zip(xs[:-1], xs[1:])", xs=listed(lo, args[0]))


@builtin("itertools.islice")
def islice(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower islice(xs, stop) and islice(xs, start, stop, step)."""
    _positional(lo, "islice", args, named, 2, 4)
    items, *bounds = args
    if isinstance(items, IteratorV | GeneratorV):
        lo.refuse("islice of an iterator", "make a list of it and take a slice: list(…)[:n]")
    ends = [lo.lit(None), *bounds] if len(bounds) == 1 else [*bounds, *[lo.lit(None)] * (3 - len(bounds))]
    names = dict(zip("abc", [*ends, lo.lit(None)], strict=False))
    return _written(lo, "(x for x in xs[a:b:c])", xs=items, **names)


@builtin("itertools.product")
def product(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower product(xs, ys, …), also with repeat."""
    times = _number(lo, "product", named.pop("repeat", lo.lit(1)))
    _positional(lo, "product", args, named, 1)
    pools = [listed(lo, arg) for arg in args] * times
    loops = " ".join(f"for x{n} in xs{n}" for n in range(len(pools)))
    items = "".join(f"x{n}, " for n in range(len(pools)))
    return _written(lo, f"(({items}) {loops})", **{f"xs{n}": pool for n, pool in enumerate(pools)})


def _chosen(name: str, start: Callable[[int], str], condition: Callable[[int], str]) -> None:
    """Register what lowers a choice of items by their places, one loop for each."""

    @builtin(f"itertools.{name}")
    def choice(lo: Lowerer, args: list[Value], named: Named) -> Value:
        _positional(lo, name, args, named, 2, 2)
        size = _number(lo, name, args[1])
        loops = " ".join(f"for i{n} in range({start(n)}, len(xs)) {condition(n)}" for n in range(size))
        items = "".join(f"xs[i{n}], " for n in range(size))
        return _written(lo, f"(({items}) {loops})", xs=listed(lo, args[0]))


def _nothing(_: int) -> str:
    return ""


_chosen("combinations", lambda n: f"i{n - 1} + 1" if n else "0", _nothing)
_chosen("combinations_with_replacement", lambda n: f"i{n - 1}" if n else "0", _nothing)
_chosen("permutations", lambda _: "0", lambda n: "".join(f" if i{n} != i{m}" for m in range(n)))


# -- what keeps a total -----------------------------------------------------------------------------------


def _reduced(function: Any, items: Any, total: Any) -> Any:
    for item in items:
        total = function(total, item)
    return total


def _reduced_from_first(function: Any, items: Any) -> Any:
    if not len(items):
        raise TypeError("reduce() of empty iterable with no initial value")
    total = items[0]
    for item in items[1:]:
        total = function(total, item)
    return total


def _accumulated(function: Any, items: Any) -> Any:
    totals: list[Any] = []
    for item in items:
        totals.append(function(totals[-1], item) if totals else item)
    return totals


@builtin("_functools.reduce")
def reduce(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower reduce(f, xs) and reduce(f, xs, initial)."""
    _positional(lo, "reduce", args, named, 2, 3)
    if len(args) == 3:
        return lo.call(Static(_reduced), args, {})
    return lo.call(Static(_reduced_from_first), [args[0], listed(lo, args[1])], {})


@builtin("itertools.accumulate")
def accumulate(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower accumulate(xs, f, initial=…): all totals at once, which is seen only where f has effects."""
    first = named.pop("initial", lo.lit(None))
    _positional(lo, "accumulate", args, named, 1, 2)
    items, *functions = args
    items = listed(lo, items)
    if first != lo.lit(None):
        items = _written(lo, "[x, *xs]", x=first, xs=items)
    with lo.block() as stmts:
        totals = lo.call(Static(_accumulated), [*(functions or [Static(operator.add)]), items], {})
    if any(map(_has_effects, stmts)):
        lo.refuse("accumulate with a function that does more than return a number", "write it as a loop")
    lo.stmts += stmts
    return IteratorV("iter", (totals,), lo.new_token())


def _has_effects(stmt: Stmt) -> bool:
    if isinstance(stmt, Eqn):
        return not stmt.outs and stmt.op != RAISE
    return any(_has_effects(inner) for block in blocks(stmt) for inner in block.stmts)
