"""`return`, `break` and `continue`, which the IR has not.

Statements after an `if` in which one may jump go into its branches, up to the end of the region: the
function, an iteration of a loop, or the body of a `try` or `with`.  How a region ended stands under
names that no program can have: whether what is left of an iteration is skipped, whether its loop is
left, whether the function returns, and what it returns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from s2s_ad.frontend.context import Completion, Jumped, Lowerer, Returned
from s2s_ad.frontend.join import branch, merge
from s2s_ad.frontend.scope import jumps
from s2s_ad.frontend.values import NOT_BOUND, Unbound, Value
from s2s_ad.ir.core import Atom, Lit

SKIPPED, LEFT, RETURNED, RESULT = "skipped.", "left.", "returned.", "result."
_FLAGS = (SKIPPED, LEFT, RETURNED)


@dataclass(frozen=True)
class End:
    """How a region ended: whether by a jump, out of a loop, or out of the function and with what value."""

    skipped: Atom
    left: Atom
    returned: Atom
    result: Value

    def give(self, lo: Lowerer) -> Completion:
        """Return what it returned."""
        if isinstance(self.result, Unbound):
            lo.refuse(f"what is returned here {self.result.reason}", "return values of one structure")
        return Returned(self.result)


def either(lo: Lowerer, test: Atom, then: Sequence[Any], orelse: Sequence[Any], rest: Sequence[Any]) -> Completion:
    """Lower the statements of one way or another.

    Where one may jump, the `rest` after them belongs to the ways that go on.
    """
    if isinstance(test, Lit):
        return through(lo, then if test.value else orelse, rest)
    if any(jumps(node) for node in (*then, *orelse)):
        return fork(lo, test, lambda: lo.suite([*then, *rest]), lambda: lo.suite([*orelse, *rest]))

    def way(nodes: Sequence[Any]) -> dict[str, Value] | None:
        return lo.frame.env if lo.suite(nodes) is None else None

    ways = branch(lo, lambda: way(then)), branch(lo, lambda: way(orelse))
    env = merge(lo, test, *ways)
    if ways[0].dead and ways[1].dead:
        return Returned(None)
    lo.frame.env = env
    return None


def through(lo: Lowerer, nodes: Sequence[Any], rest: Sequence[Any]) -> Completion:
    """Lower statements, and the rest after them if one of them may jump."""
    if not any(jumps(node) for node in nodes):
        return lo.suite(nodes)
    done = lo.suite([*nodes, *rest])
    return done or (Jumped(known=True) if lo.frame.regions else Returned(lo.lit(None)))


def fork(lo: Lowerer, test: Atom, then: Callable[[], Completion], orelse: Callable[[], Completion]) -> Completion:
    """Lower two ways, each up to the end of the region."""
    if isinstance(test, Lit):
        return then() if test.value else orelse()

    def way(run: Callable[[], Completion]) -> dict[str, Value] | None:
        done = run()
        if done == Returned(None):
            return None
        if lo.frame.regions:
            _note(lo, done)
        else:
            lo.frame.env[RESULT] = (done.value if isinstance(done, Returned) else None) or lo.lit(None)
        return lo.frame.env

    ways = branch(lo, lambda: way(then)), branch(lo, lambda: way(orelse))
    env = merge(lo, test, *ways)
    if ways[0].dead and ways[1].dead:
        return Returned(None)
    lo.frame.env = env
    return Jumped(known=True) if lo.frame.regions else Returned(env.pop(RESULT))


def _note(lo: Lowerer, done: Completion) -> None:
    """Note how a way ends."""
    if isinstance(done, Jumped) and not done.known:
        lo.frame.env |= {SKIPPED: lo.lit(True), LEFT: lo.lit(done.leaves)}
    if isinstance(done, Returned) and done.value is not None:
        lo.frame.env |= {**dict.fromkeys(_FLAGS, lo.lit(True)), RESULT: done.value}


def iterations(lo: Lowerer, run: Callable[[], bool]) -> End | None:
    """Lower a loop, or another region, by `run`, which says whether anything comes after it."""
    frame = lo.frame
    around = {name: frame.env.pop(name) for name in (*_FLAGS, RESULT) if name in frame.env}
    frame.env |= dict.fromkeys(_FLAGS, lo.lit(False))
    frame.regions += 1
    try:
        goes_on = run()
    finally:
        frame.regions -= 1
    if not goes_on:
        for name in (*_FLAGS, RESULT):
            frame.env.pop(name, None)
        frame.env |= around
        return None
    skipped, left, returned = (lo.read(frame.env.pop(name)) for name in _FLAGS)
    end = End(skipped, left, returned, frame.env.pop(RESULT, NOT_BOUND))
    frame.env |= around
    return end


def iteration(lo: Lowerer, run: Callable[[], Completion]) -> bool:
    """Lower what may jump to the end of a region; say whether anything comes after it."""
    lo.frame.env |= dict.fromkeys(_FLAGS, lo.lit(False))
    lo.frame.env.pop(RESULT, None)
    done = run()
    _note(lo, done)
    return done != Returned(None)


def go_on(lo: Lowerer, end: End, rest: Callable[[], Completion]) -> Completion:
    """Jump as a region did that is no loop, or lower the rest after it."""

    def out() -> Completion:
        return fork(lo, end.left, lambda: Jumped(leaves=True), Jumped)

    def jump() -> Completion:
        if end.returned == end.skipped or not lo.frame.regions:
            return end.give(lo)
        return out() if end.returned == lo.lit(False) else fork(lo, end.returned, lambda: end.give(lo), out)

    return fork(lo, end.skipped, jump, rest)
