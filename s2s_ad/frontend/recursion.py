"""Functions that call themselves: lowered once for the kinds of their arguments, and called.

All other functions are inlined.  What a recursive function returns is found as what a loop carries
is: the first time, ways that call it again are not taken; then they give what the others gave, until
that is what all of them give.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeAlias

from s2s_ad.analysis.storage import Storage
from s2s_ad.frontend.context import FirstIteration, Frame, Lowerer
from s2s_ad.frontend.join import alias
from s2s_ad.frontend.values import (
    DictV,
    ObjectV,
    Recursive,
    Ref,
    Registry,
    Static,
    TupleV,
    Value,
    children,
    form,
    leaves,
    map_leaves,
    objects_in,
    same_shape,
    without_tokens,
)  # fmt: skip
from s2s_ad.ir.core import Arg, Atom, Block, Eqn, Function, Lit, Param, Seq, Var, all_bound, free, map_blocks
from s2s_ad.ir.kinds import Array, Kind, Opaque, PyScalar, is_numeric, join
from s2s_ad.ir.names import unique
from s2s_ad.ir.ops import calls_in, is_local, local
from s2s_ad.rules.sizes import named

_NONE = Opaque("NoneType")
_MOST_KINDS, _MOST_ROUNDS = 6, 12
Body: TypeAlias = Callable[[Lowerer, Frame], Value]
"""What lowers the body of a function in a frame in which its parameters are bound."""


def call_again(lo: Lowerer, code: object, frame: Frame, body: Body) -> Value:
    """Call a function that is being lowered, or was, with the arguments that are bound in the frame."""
    held = frozenset[int]().union(*map(lo.memory.all_tokens, frame.env.values()))
    given = frame.env = {name: _kept(lo, value) if objects_in(value) else value for name, value in frame.env.items()}
    key = (code, frame.outer and id(frame.outer), tuple((name, described(lo, value)) for name, value in given.items()))
    function = lo.recursive.known.get(key)
    if function is None:
        function = _lower(lo, key, frame, body)
    elif function in lo.recursive.unfinished:
        for inner in lo.recursive.unfinished[lo.recursive.unfinished.index(function) + 1 :]:
            inner.provisional = True
    if function.result is None:
        raise FirstIteration(f"{frame.label}()")
    result = called(lo, function, given)
    if any(isinstance(part, TupleV | DictV | ObjectV) for part in _parts(result)):
        lo.memory.frozen |= held  # it may be what it was given, or hold it
    return result


def _parts(value: Value) -> Iterator[Value]:
    """Yield a value and all that is in it."""
    yield value
    for child in children(value):
        yield from _parts(child)


def described(lo: Lowerer, value: Value) -> object:
    """Return what a function is lowered for: structures and kinds, and objects that are known."""
    inner = children(value)
    if inner:
        return (type(value).__name__, form(value), tuple(described(lo, child) for child in inner))
    if isinstance(value, Static):
        return ("Static", id(value.obj), value.path)
    return _general(lo.kind(value)) if _is_passed(lo, value) else value


def _kept(lo: Lowerer, value: Value) -> Value:
    """Return an argument or a result without what makes lists, dicts and objects the same: nobody changes them."""
    try:
        return without_tokens(lo.memory.dissolved(value))
    except RecursionError:
        lo.refuse("an object that holds itself meets a recursive function", "let it not hold itself")


def _is_passed(lo: Lowerer, value: Value) -> bool:
    """Say whether a leaf is a parameter of the called function: a constant string or None is not."""
    return isinstance(value, Var | Ref) or (isinstance(value, Lit) and is_numeric(value.kind) and not _is_flag(value))


def _is_flag(value: Lit) -> bool:
    return value.kind == PyScalar("bool")


def _general(kind: Kind) -> Kind:
    return Array(kind.dtype, kind.axes) if isinstance(kind, Array) else kind


def _lower(lo: Lowerer, key: object, frame: Frame, body: Body) -> Recursive:
    code = frame.source.file, frame.source.node.lineno, frame.label
    if sum(each.code == code for each in lo.recursive.unfinished) >= _MOST_KINDS:
        lo.refuse(f"recursion of {frame.label} with ever new kinds of arguments", "give it one kind of arguments")
    name = unique("inner" if frame.label == "<lambda>" else frame.label, lo.recursive.names)
    function = Recursive(local(name), code, provisional=frame.outer is not None)
    registry = lo.recursive
    registry.known[key] = function
    registry.unfinished.append(function)
    try:
        made, names, maybe = len(registry.made), set(registry.names), set(lo.maybe)
        for _ in range(_MOST_ROUNDS):
            before = function.result, function.shares, function.function is not None
            lo.maybe &= maybe
            registry.made[made:] = [each for each in registry.made[made:] if not each.provisional]
            registry.names = names.union(each.op.path.removeprefix("local.") for each in registry.made)
            _round(lo, function, frame, body)
            if before == (function.result, function.shares, True):
                break
        else:
            lo.refuse(f"what {frame.label} returns does not settle", "let it return values of one kind")
    except BaseException:
        del registry.known[key]
        raise
    finally:
        registry.unfinished.pop()
    if function.provisional:
        del registry.known[key]
    else:
        for each in registry.made[made:]:
            each.provisional = False  # it calls them, and they were waiting for nothing but it
    registry.made.append(function)
    return function


def _round(lo: Lowerer, function: Recursive, frame: Frame, body: Body) -> None:
    """Lower the function once, with what is known of its result so far."""
    inner = Lowerer(lo.names.copy(), replace(frame, env={}, caller=lo.frame), quiet=lo.quiet)
    inner.share(lo)
    inner.memory = lo.memory.copy()
    params: list[Param] = []
    for name, value in frame.env.items():
        inner.frame.env[name] = _parameter(lo, inner, name, value, params)
    inner.memory.shared |= frozenset(inner.memory.versions)  # what it is given it may not write
    inner.memory.frozen |= frozenset(inner.memory.records)  # nor what functions around it hold
    frozen = inner.memory.frozen
    try:
        value = body(inner, inner.frame)
        lo.memory.frozen |= inner.memory.all_tokens(value) | (inner.memory.frozen - frozen)
        value = _kept(inner, value)
    except FirstIteration as error:
        if error.name != f"{frame.label}()":
            raise
        lo.refuse(f"{frame.label} has no way out that does not call it again", "let it return before it calls itself")
    atoms = tuple(inner.read(leaf) for leaf in leaves(value) if _is_result(leaf))
    template = map_leaves(value, lambda leaf: _no_value(inner, leaf))
    function.result = _joined(lo, frame.label, function.result, template)
    results = tuple(atom for atom in atoms if isinstance(atom, Var))
    block = Block(tuple(inner.stmts), results)
    function.shares = frozenset(_shared(block, atoms, [param.value for param in params]))
    tree = atoms[0] if len(atoms) == 1 else Seq(atoms)
    path = function.op.path.removeprefix("local.")
    place = frame.source.place(frame.source.node)
    function.function = Function(path, tuple(params), (), block, tree, place)


def _parameter(lo: Lowerer, inner: Lowerer, name: str, value: Value, params: list[Param]) -> Value:
    """Return what a parameter stands for in the function: a new value for each number and array."""
    found = [leaf for leaf in leaves(value) if _is_passed(lo, leaf)]
    taken = {param.name for param in params}

    def leaf_of(leaf: Value) -> Value:
        if not _is_passed(lo, leaf):
            return leaf
        hint = unique(name if len(found) == 1 else f"{name}_0", taken)
        kind = _general(lo.kind(leaf))
        fresh = inner.names.version(hint)
        var = Var(fresh, named(kind, fresh) if isinstance(kind, Array) else kind)
        params.append(Param(hint, var.kind, var))
        return inner.wrap(var)

    return map_leaves(value, leaf_of)


def _is_result(leaf: Value) -> bool:
    """Say whether a leaf is given out of the function: None is known."""
    return isinstance(leaf, Ref) or (isinstance(leaf, Var | Lit) and leaf.kind != _NONE)


def _no_value(lo: Lowerer, leaf: Value) -> Value:
    return Lit(None, _general(lo.kind(leaf))) if isinstance(leaf, Var | Lit | Ref) else leaf


def _joined(lo: Lowerer, label: str, before: Value | None, now: Value) -> Value:
    """Return the structure that has room for what is returned on all ways."""
    if before is None:
        return now
    if not same_shape(before, now):
        lo.refuse(f"{label} returns values of different structure", "let it return one structure")
    others = iter(list(leaves(now)))

    def leaf(x: Value) -> Value:
        y = next(others)
        kind = join(x.kind, y.kind) if isinstance(x, Lit) and isinstance(y, Lit) else None
        if kind is None and x != y:
            lo.refuse(f"{label} returns values of different kinds", "let it return one kind")
        return Lit(None, kind) if kind is not None else x

    return map_leaves(before, leaf)


def _shared(block: Block, atoms: tuple[Atom, ...], params: list[Arg]) -> Iterator[tuple[int, int]]:
    storage = Storage()
    storage.block(block)
    for i, atom in enumerate(atoms):
        for j, param in enumerate(params):
            if isinstance(atom, Var) and isinstance(param, Var) and storage.may_be_shared(atom, param):
                yield i, j


def known(lo: Lowerer, code: object, given: dict[str, Value]) -> Recursive | None:
    """Return the function that is called again with arguments as these, if there is one."""
    kinds = tuple((name, described(lo, value)) for name, value in given.items())
    return lo.recursive.known.get((code, None, kinds))


def called(lo: Lowerer, function: Recursive, given: dict[str, Value]) -> Value:
    """Emit a call.  What it is given and what it gives may be on its tape: they are not written any more."""
    assert function.result is not None
    passed = [leaf for value in given.values() for leaf in leaves(value) if _is_passed(lo, leaf)]
    outs: list[Var] = []

    def out(leaf: Value) -> Value:
        if not isinstance(leaf, Lit) or leaf.kind == _NONE:
            return leaf
        outs.append(lo.var(leaf.kind))
        return lo.wrap(outs[-1])

    args = [lo.read(leaf) for leaf in passed]
    result = map_leaves(function.result, out)
    lo.stmts.append(Eqn(tuple(outs), function.op, tuple(args), (), lo.origin))
    arrays = [leaf for leaf in leaves(result) if isinstance(leaf, Ref)]
    numbered = [leaf for leaf in leaves(result) if _is_result(leaf)]
    for i, j in function.shares:
        result_leaf, argument = numbered[i], passed[j]
        if isinstance(result_leaf, Ref) and isinstance(argument, Ref):
            alias(lo, argument.cell, result_leaf.cell)
    given_arrays = [leaf for leaf in passed if isinstance(leaf, Ref)]
    lo.memory.shared |= {leaf.cell for leaf in (*arrays, *given_arrays)}
    return result


# -- what functions take from those around them -----------------------------------------------------


def closed(root: Function, registry: Registry) -> Function:
    """Return the root with the functions it calls; what they see of others around them is passed to them."""
    by_name = {each.op.path: each.function for each in registry.made if each.function is not None}
    used: dict[str, Function] = {}
    waiting = list(_called(root.body))
    while waiting:
        path = waiting.pop()
        if path not in used:
            used[path] = by_name[path]
            waiting += _called(used[path].body)
    if not used:
        return root
    own = {path: {*_params(function), *all_bound(function.body)} for path, function in used.items()}
    seen = {path: free(function.body) - own[path] for path, function in used.items()}
    before = -1
    while before != (before := sum(map(len, seen.values()))):
        for path, function in used.items():
            for callee in _called(function.body):
                seen[path] |= seen[callee] - own[path]
    lifted = {path: tuple(sorted(found, key=lambda var: var.name)) for path, found in seen.items()}
    functions = [
        replace(
            function,
            params=(*function.params, *(Param(_printed(var), var.kind, var) for var in lifted[path])),
            body=_passing(function.body, lifted),
        )
        for path, function in sorted(used.items())
    ]
    return replace(root, body=_passing(root.body, lifted), functions=tuple(functions))


def _printed(var: Var) -> str:
    return var.name.replace(".", "_")


def _params(function: Function) -> Iterator[Var]:
    for param in function.params:
        assert isinstance(param.value, Var)
        yield param.value


def _called(block: Block) -> list[str]:
    return list(dict.fromkeys(eqn.op.path for eqn in calls_in(block)))


def _passing(block: Block, lifted: dict[str, tuple[Var, ...]]) -> Block:
    def stmt(old: Any) -> Any:
        if isinstance(old, Eqn) and is_local(old.op):
            return replace(old, args=(*old.args, *lifted[old.op.path]))
        return map_blocks(old, lambda inner: _passing(inner, lifted))

    return Block(tuple(map(stmt, block.stmts)), block.results)
