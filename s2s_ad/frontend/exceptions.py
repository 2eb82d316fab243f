"""Lowering of `raise` and `try`.

What a `try` gives is what its body gives, or what a handler does.  When an exception comes, nobody
knows how far the body was: names that it binds have no value in the handlers, and storage that it
would share with them it may not write.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from s2s_ad.frontend.context import Completion, Lowerer, Returned, statement
from s2s_ad.frontend.join import Branch, branch, merge
from s2s_ad.frontend.jumps import either, fork, go_on, iteration, iterations
from s2s_ad.frontend.scope import assigned_names, jumps, walk
from s2s_ad.frontend.syntax import gast
from s2s_ad.frontend.values import NOT_BOUND, DictV, ObjectV, Static, TupleV, Unbound, Value, tokens
from s2s_ad.ir.core import Block, Eqn, If, Lit, Seq, Try, Var, free
from s2s_ad.ir.kinds import BOOL, Opaque
from s2s_ad.ir.ops import RAISE, op

_HALF_WAY = Unbound("may have been changed before the exception came")
_ISINSTANCE = op("builtins.isinstance")


@statement("Raise")
def raise_(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower raise: nothing after it is reached."""
    if node.exc is None and not lo.frame.handlers:
        lo.refuse("raise without an exception outside of a handler", "name the exception")
    error = [_made(lo, lo.expr(part)) for part in (node.exc, node.cause) if part is not None]
    lo.stmts.append(Eqn((), RAISE, tuple(error), (), lo.origin))
    return Returned(None)


def _made(lo: Lowerer, error: Value) -> Any:
    if isinstance(error, Static) and not isinstance(error.obj, type):
        lo.refuse("raise of what is no exception", "raise an exception")
    return lo.operand(error)


@statement("Try")
def try_(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    """Lower try: what `finally` says is done in a handler that raises again, and once more after it."""
    return _with_finally(lo, node, rest) if node.finalbody else _with_handlers(lo, node, rest)


def _with_handlers(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    failed = lo.var(BOOL, hint="failed")
    names = [handler.name.id for handler in node.handlers if handler.name]
    names += ["error"] if len(node.handlers) > 1 else []
    caught = lo.var(Opaque("error"), hint=names[0]) if names else None
    errors = _classes(lo, node)

    def run() -> bool:
        since = len(lo.recorded)
        body = _body(lo, node.body)
        handlers = _handler(lo, node.body, body, since, lambda: _choose(lo, node.handlers, caught))
        return _join(lo, failed, body, handlers, errors, caught)

    end = iterations(lo, run)
    if end is None:
        return Returned(None)
    if end.skipped == lo.lit(False):
        return either(lo, failed, [], node.orelse, rest) if node.orelse else None

    def after() -> Completion:
        done = either(lo, failed, [], node.orelse, rest) if node.orelse else None
        return done or lo.suite(rest)

    return go_on(lo, end, after)


def _with_finally(lo: Lowerer, node: Any, rest: Sequence[Any]) -> Completion:
    if any(jumps(inner) for inner in node.finalbody):
        lo.refuse("a jump out of a finally", "jump after it", node.finalbody[0])
    nodes = node.body
    if node.handlers:
        nodes = [gast.copy_location(gast.Try(node.body, node.handlers, node.orelse, []), node)]

    def raise_again() -> Completion:
        lo.suite(node.finalbody)
        lo.stmts.append(Eqn((), RAISE, (), (), lo.origin))
        return Returned(None)

    def run() -> bool:
        since = len(lo.recorded)
        body = _body(lo, nodes)
        handler = _handler(lo, nodes, body, since, raise_again)
        errors = Lit(BaseException, Opaque("static exception"))
        return _join(lo, lo.var(BOOL, hint="failed"), body, handler, errors, None)

    end = iterations(lo, run)
    if end is None:
        return Returned(None)
    done = lo.suite(node.finalbody)
    if done is not None or end.skipped == lo.lit(False):
        return done
    return go_on(lo, end, lambda: lo.suite(rest))


def _body(lo: Lowerer, nodes: Sequence[Any]) -> Branch:
    return branch(lo, lambda: lo.frame.env if iteration(lo, lambda: lo.suite(nodes)) else None)


def _handler(lo: Lowerer, nodes: Sequence[Any], body: Branch, since: int, run: Callable[[], Completion]) -> Branch:
    """Lower what is done when the body fails: nobody knows what it has changed by then."""
    last = {name for name in _bound_at_last(nodes[-1]) if not tokens(lo.frame.env.get(name, NOT_BOUND))}
    changed = {name for name, value in body.env.items() if lo.frame.env.get(name) != value} - last
    changed |= _may_bind(lo, nodes[:-1]) | _may_bind(lo, nodes[-1:]) - last
    stores = _stores(nodes[-1])
    recorded = [(token, key) for token, key, node in lo.recorded[since:] if node not in stores]

    def way() -> dict[str, Value] | None:
        lo.frame.env |= {name: _HALF_WAY for name in changed if not name.endswith(".") and lo.is_plain(name)}
        records = lo.memory.records
        for token, key in recorded:
            if token in records:
                records[token] = tuple({**dict(records[token]), key: _HALF_WAY}.items())
        lo.frame.handlers += 1
        try:
            return lo.frame.env if iteration(lo, run) else None
        finally:
            lo.frame.handlers -= 1

    handler = branch(lo, way)
    written = {old for cell, old in lo.memory.versions.items() if body.memory.versions[cell] != old}
    if written and (not handler.dead or written & free(Block(tuple(handler.stmts)))):
        lo.refuse("an array or list is written inside a try", "write it before or after, or to a copy")
    return handler


def _may_bind(lo: Lowerer, nodes: Sequence[Any]) -> set[str]:
    """Return the names that statements bind or whose list they change; of dicts and objects there is a log."""
    bound = {inner.id for node in nodes for inner in walk(node) if isinstance(inner, gast.Name) and _is_store(inner)}
    logged = {name for name, value in lo.frame.env.items() if isinstance(value, DictV | ObjectV)}
    return bound | (set(assigned_names(nodes)) - logged)


def _is_store(name: Any) -> bool:
    return isinstance(name.ctx, gast.Store)


def _stores(node: Any) -> tuple[Any, ...]:
    """Return the nodes at which a statement sets one name, item or attribute, as the last thing that it does."""
    if not isinstance(node, gast.Assign | gast.AnnAssign | gast.AugAssign):
        return ()
    targets = node.targets if isinstance(node, gast.Assign) else [node.target]
    return (node, targets[0]) if len(targets) == 1 and not isinstance(targets[0], gast.Tuple | gast.List) else ()


def _bound_at_last(node: Any) -> frozenset[str]:
    """Return the names that a statement binds after all of it that can fail."""
    if not isinstance(node, gast.Assign | gast.AnnAssign | gast.AugAssign) or node.value is None:
        return frozenset()
    first, *others = node.targets if isinstance(node, gast.Assign) else [node.target]
    parts: list[Any] = first.elts if isinstance(first, gast.Tuple | gast.List) else [first]
    names = [part.value if isinstance(part, gast.Starred) else part for part in parts]
    if others or not all(isinstance(name, gast.Name) for name in names):
        return frozenset()
    return frozenset(name.id for name in names) - set(assigned_names([node.value]))


def _join(lo: Lowerer, failed: Var, body: Branch, handler: Branch, errors: Lit | Seq, caught: Var | None) -> bool:
    """Emit the `try` and bind the names after it; say whether anything comes after it."""
    env = merge(lo, failed, handler, body)
    joined = lo.stmts[-1]
    assert isinstance(joined, If)
    lo.stmts[-1] = Try(joined.outs, failed, joined.then, joined.orelse, joined.origin, 0, errors, caught)
    lo.frame.env = env
    return not (body.dead and handler.dead)


def _choose(lo: Lowerer, handlers: Sequence[Any], caught: Var | None) -> Completion:
    """Lower the first handler that fits."""
    first, *others = handlers

    def run() -> Completion:
        if first.name is None:
            return lo.suite(first.body)
        assert caught is not None
        lo.bind(first.name.id, caught)
        done = lo.suite(first.body)
        lo.bind(first.name.id, NOT_BOUND)
        return done

    if not others:
        return run()
    assert caught is not None
    fits = lo.emit(_ISINSTANCE, [caught, _one_or_all(_caught(lo, first))], kind=BOOL)
    return fork(lo, fits, run, lambda: _choose(lo, others, caught))


def _classes(lo: Lowerer, node: Any) -> Lit | Seq:
    """Return the exceptions that the handlers of a `try` catch."""
    return _one_or_all([item for handler in node.handlers for item in _caught(lo, handler)])


def _one_or_all(classes: Sequence[Lit]) -> Lit | Seq:
    different = tuple(dict.fromkeys(classes))
    return different[0] if len(different) == 1 else Seq(different)


def _caught(lo: Lowerer, handler: Any) -> list[Lit]:
    value = Static(BaseException) if handler.type is None else lo.expr(handler.type)
    items = value.items if isinstance(value, TupleV) else (value,)
    found: list[Lit] = []
    for item in items:
        if not (isinstance(item, Static) and isinstance(item.obj, type) and issubclass(item.obj, BaseException)):
            lo.refuse("an exception that is not known before the run", "name the class", handler)
        found.append(Lit(item.obj, Opaque("static exception")))
    return found
