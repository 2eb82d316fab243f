"""Derivatives that a differentiated function calls itself: `grad(g)(x)` where `g` may see all names around it.

What `g` does with arguments of its own is lowered apart, as a function of these and of what it reads from around;
a transformation makes the derivative of that, whose statements take the place of the call.  So they are statements
like others to every derivative that is taken of the whole, and no two derivatives can be taken for one another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, cast

from s2s_ad.errors import DifferentiationError
from s2s_ad.frontend import lists
from s2s_ad.frontend.apart import Inner, Named, apart, argument_names, frames_of
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.iteration import each
from s2s_ad.frontend.results import fresh_arrays, value_of
from s2s_ad.frontend.values import (
    DerivativeV,
    DictV,
    LinearV,
    ListOf,
    ObjectV,
    Recursive,
    Static,
    TupleV,
    Value,
    leaves,
    map_leaves,
    without_tokens,
)
from s2s_ad.ir.core import (
    Arg,
    Atom,
    Block,
    Eqn,
    Function,
    Lit,
    Map,
    Param,
    Record,
    Rows,
    Seq,
    Stmt,
    Var,
    all_bound,
    substitute,
    variables,
)
from s2s_ad.ir.kinds import (
    Array,
    DictKind,
    Kind,
    ListKind,
    NumpyScalar,
    ObjectKind,
    Opaque,
    PyScalar,
    TupleKind,
    is_complex,
    is_differentiable,
    is_numeric,
)
from s2s_ad.ir.layers import Layer
from s2s_ad.ir.names import unique
from s2s_ad.ir.ops import GETATTR, UNPACK, local, op, zeros_like
from s2s_ad.ir.rename import calling, rename, with_names

_FITTED, _FITTED_LIST = (op(f"s2s_ad.rules.helpers.{name}") for name in ("fitted", "fitted_list"))
_NONE = Opaque("NoneType")
_FIT = "give floats for floats, arrays of the same shape for arrays, None for what has no float"


def call(lo: Lowerer, derivative: DerivativeV, args: list[Value], named: Named) -> Value:
    """Call a derivative: of a gradient, or of a Jacobian."""
    inner = _lowered(lo, derivative.function, args, named)
    argnums = _positions(lo, derivative.argnums, inner, len(args))
    single = not isinstance(derivative.argnums, tuple)
    sort = derivative.sort
    if sort == "jacobian":  # by the cheaper mode, as far as that is known
        result = inner.function.result.items[0] if derivative.has_aux else inner.function.result  # pyright: ignore
        sort = "jacrev" if isinstance(result, Var | Lit) and not isinstance(result.kind, Array) else "jacfwd"
    (made,) = _derived(lo, inner, Layer(sort, argnums, single, derivative.has_aux))
    return _spliced(lo, made, inner)


def tangent(lo: Lowerer, function: Value, primals: Sequence[Value], dots: Sequence[Value], has_aux: bool) -> Value:
    """Call jvp: the value and its tangent, and what comes with the value."""
    inner = _lowered(lo, function, list(primals), {})
    varied = tuple(n for n, dot in enumerate(dots) if dot != lo.lit(None))
    _refuse(lo, inner, varied)
    (made,) = _derived(lo, inner, Layer("jvp", varied, has_aux=has_aux))
    seeds = made.params[len(made.params) - len(varied) :]
    given = dict(inner.given)
    for n, seed in zip(varied, seeds, strict=True):
        what = f"the tangent of {inner.names[n]!r}"
        given.update(_seeded(lo, seed.value, _like(inner, inner.function.params[n]), dots[n], what))
    found = _spliced(lo, made, replace(inner, given=given))
    return _with_aux(found) if has_aux else found


def _like(inner: Inner, param: Param) -> Arg:
    """Return an argument, as tangents are compared with it."""
    return substitute(_with_rows(param.kind, param.value), lambda var: inner.given.get(var, var))


def _with_rows(kind: Kind, tree: Arg) -> Arg:
    """Return the tree of a parameter with a list of structures as that, and not as a structure of lists."""
    match kind, tree:
        case ListKind(item), Seq() | Map() | Record():
            return Rows(_with_rows(item, tree))
        case TupleKind(kinds), Seq(items):
            return replace(tree, items=tuple(map(_with_rows, kinds, items)))
        case (DictKind(kinds), Map(items)) | (ObjectKind(_, kinds), Record(items)):
            pairs = zip(kinds, items, strict=True)
            return replace(tree, items=tuple((key, _with_rows(inner, item)) for (_, inner), (key, item) in pairs))
        case _:
            return tree


def _with_aux(found: Value) -> Value:
    """Return (value, tangent, aux) from ((value, aux), (tangent, aux's tangent))."""
    assert isinstance(found, TupleV)
    value, dot = found.items
    assert isinstance(value, TupleV) and isinstance(dot, TupleV)
    return TupleV((value.items[0], dot.items[0], value.items[1]))


def linear(lo: Lowerer, sort: str, function: Value, primals: list[Value], has_aux: bool) -> Value:
    """Call vjp or linearize: the value, and a linear function that can be called many times."""
    inner = _lowered(lo, function, primals, {})
    params = inner.function.params[: len(primals)]
    varied = tuple(n for n, param in enumerate(params) if _has_float(param))
    if not varied:
        lo.refuse(f"{sort} of a function without a float among its arguments", "pass floats or arrays of floats")
    forth, back = _derived(lo, inner, Layer(sort, varied, has_aux=has_aux))
    found = _spliced(lo, forth, inner)
    assert isinstance(found, TupleV)
    value, kept = found.items
    assert isinstance(kept, TupleV)
    main, *rest = value.items if has_aux and isinstance(value, TupleV) else (value,)
    places = tuple(varied.index(n) if n in varied else None for n in range(len(primals)))
    likes = tuple(_like(inner, param) for param in params)
    made = LinearV(kept.items, _kept_apart(lo, main), sort, back, places, likes, tuple(inner.objects.items()))
    return TupleV((main, made, *rest))


def _kept_apart(lo: Lowerer, value: Value) -> Value:
    """Return what a function gave, as it is now: its lists and dicts may be changed before its pullback is called."""
    held = without_tokens(lo.memory.dissolved(value))
    return map_leaves(held, lambda leaf: lists.copied(lo, leaf) if lists.is_list(lo, leaf) else leaf)


def call_linear(lo: Lowerer, linear: LinearV, args: list[Value], named: Named) -> Value:
    """Call a pullback with the adjoint of the result, or a linear function of tangents."""
    back, pulls = linear.sweep, linear.sort == "vjp"
    if named or len(args) != (1 if pulls else len(linear.places)):
        what = "one argument, the adjoint of the result" if pulls else "one tangent for each argument"
        lo.refuse(f"what {linear.sort} gives takes {what}", "give it by position")
    given = _kept(lo, back, linear)
    main = lo.result(linear.value)
    if pulls:
        (seed,) = back.seeds
        given.update(_seeded(lo, seed.value, main, args[0], "the adjoint of the result"))
    else:
        wanted = [n for n, place in enumerate(linear.places) if place is not None]
        first = len(back.params) - len(wanted)
        for n, param in zip(wanted, back.params[first:], strict=True):
            given.update(_seeded(lo, param.value, linear.likes[n], args[n], f"the tangent of argument {n}"))
        for param in back.params[1:first]:  # of the result, whose shape is read
            given.update(_seeded(lo, param.value, main, lo.lit(None), ""))
    drop = {eqn for eqn in back.body.stmts if isinstance(eqn, Eqn) and eqn.op == UNPACK and _reads(eqn, back.params)}
    stmts = tuple(stmt for stmt in back.body.stmts if stmt not in drop)
    again = {var: Var(lo.names.version(var.hint), var.kind) for var in all_bound(Block(stmts))}
    change = {**again, **given}
    body = rename(Block(stmts, back.body.results), change)
    result = substitute(back.result, lambda var: change.get(var, var))
    lo.stmts += _under(lo, body.stmts, back.functions)
    objects = dict(linear.objects)
    found = value_of(lo, result, objects, fresh_arrays(lo, body, result))
    if not pulls:
        return found
    assert isinstance(found, TupleV)
    return TupleV(tuple(lo.lit(None) if place is None else found.items[place] for place in linear.places))


def _reads(eqn: Eqn, params: Sequence[Param]) -> bool:
    return bool(params) and eqn.args == (params[0].value,)


def _kept(lo: Lowerer, back: Function, linear: LinearV) -> dict[Var, Atom]:
    """Return what the values that a sweep takes out of what is kept are here."""
    for eqn in back.body.stmts:
        if isinstance(eqn, Eqn) and eqn.op == UNPACK and _reads(eqn, back.params):
            return dict(zip(eqn.outs, map(lo.read, linear.kept), strict=True))
    return {}


def _lowered(lo: Lowerer, function: Value, args: list[Value], named: Named) -> Inner:
    """Lower a call of a function with arguments of its own."""
    names = (*argument_names(function, len(args)), *named)
    return apart(lo, names, args, named, lambda values, given: lo.call(function, values, given), frames_of(function))


# -- what it is differentiated by ---------------------------------------------------------------------


def _positions(lo: Lowerer, argnums: Any, inner: Inner, by_position: int) -> tuple[int, ...]:
    """Return the parameters that argnums ask for."""
    found: list[int] = []
    for asked in cast("tuple[int | str, ...]", argnums if isinstance(argnums, tuple) else (argnums,)):
        if isinstance(asked, str):
            place = inner.names.index(asked) if asked in inner.names else None
        else:
            place = asked % by_position if -by_position <= asked < by_position else None
        if place is None:
            lo.refuse(
                f"argnums={argnums!r}: this argument is not given", f"give it: {', '.join(inner.names) or 'none'}"
            )
        found.append(place)
    if not found or len({*found}) < len(found):
        lo.refuse(f"argnums={argnums!r} must name at least one argument, and each once", error=DifferentiationError)
    _refuse(lo, inner, found)
    return tuple(found)


def _refuse(lo: Lowerer, inner: Inner, positions: Sequence[int]) -> None:
    for n in positions:
        param = inner.function.params[n]
        if not _has_float(param):
            reason = f"argument {param.name!r} is of kind {param.kind}, which cannot be differentiated by"
            lo.refuse(reason, "pass floats or arrays of floats", error=DifferentiationError)


def has_float(lo: Lowerer, value: Value) -> bool:
    """Say whether there is something in an argument that can be differentiated by."""
    return any(is_differentiable(lo.kind(leaf)) for leaf in leaves(lo.memory.dissolved(value)))


def _has_float(param: Param) -> bool:
    return any(is_differentiable(var.kind) for var in variables(param.value))


def _seeded(
    lo: Lowerer, tree: Arg, like: Arg, value: Value, what: str, rows: bool = False
) -> Iterator[tuple[Var, Atom]]:
    """Yield what the leaves of a tangent or adjoint are, in the structure of what it belongs to; None is zero.

    Of a list of structures these are the columns, as far as they are in `rows`.
    """
    absent = value == lo.lit(None)
    if lists.is_dissolved(value) and isinstance(value, TupleV) and (isinstance(like, Rows) or isinstance(tree, Var)):
        value = _any_length(lo, value, rows)
    if not absent and isinstance(value, ListOf) != isinstance(like, Rows):
        lo.refuse(f"{what} has not its structure", _FIT)
    rows = rows or isinstance(like, Rows)
    like = like.columns if isinstance(like, Rows) else like
    value = value.tree if isinstance(value, ListOf) else value
    match tree, like, value:
        case Var(), Var() | Lit(), _:
            yield tree, _fitted(lo, tree, like, value, what)
        case Lit(), _, _:
            if not absent:
                lo.refuse(f"{what} is given where nothing varies", _FIT)
        case (Seq(items), Seq(likes), TupleV(values)) if len(items) == len(values):
            for part in zip(items, likes, values, strict=True):
                yield from _seeded(lo, *part, what, rows)
        case (Seq(items), Seq(likes), _) if absent:
            for part in zip(items, likes, strict=True):
                yield from _seeded(lo, *part, value, what, rows)
        case (Map(items) | Record(items), Map(likes) | Record(likes), _):
            values = _named_items(lo, value)
            if not absent and {*values} != {key for key, _ in items}:
                lo.refuse(f"{what} has not its structure", _FIT)
            for (key, item), (_, part) in zip(items, likes, strict=True):
                yield from _seeded(lo, item, part, values.get(key, value), what, rows)
        case _:
            lo.refuse(f"{what} has not its structure", _FIT)


def _any_length(lo: Lowerer, value: TupleV, rows: bool) -> Value:
    """Return a list that is written out as one of any length: in rows, the column of the lists that columns make."""
    if not rows:
        return lists.grown(lo, value.items, None)
    made = lists.grown(lo, [], None)
    each(lo, ListOf(value), lambda row: lists.append(lo, made, row))
    return made


def _named_items(lo: Lowerer, value: Value) -> dict[Any, Value]:
    match value:
        case DictV() | ObjectV():
            return dict(lo.record(value))
        case TupleV(items, cls=Static() as cls):
            return dict(zip(cls.obj._fields, items, strict=True))
        case _:
            return {}


def _fitted(lo: Lowerer, seed: Var, like: Atom, value: Value, what: str) -> Atom:
    """Return a number or an array as the tangent or adjoint of another, whose shape it must have."""
    if value == lo.lit(None):
        if isinstance(seed.kind, PyScalar):
            return lo.lit(0j if is_complex(seed.kind) else 0.0)
        return lo.emit(*zeros_like(like), kind=seed.kind, hint="")
    kind = lo.kind(value)
    if isinstance(seed.kind, ListKind) and kind == seed.kind:
        return lo.emit(_FITTED_LIST, [lo.read(value), like], kind=kind, hint="")
    if (
        not is_numeric(kind)
        or not is_numeric(seed.kind)
        or (is_complex(kind) and not is_complex(seed.kind))
        or _rank(kind) != _rank(seed.kind)
    ):
        lo.refuse(f"{what} is of kind {kind} where that is of kind {seed.kind}", _FIT)
    atom = lo.read(value)
    if isinstance(seed.kind, PyScalar):
        if kind == seed.kind:
            return atom
        return lo.emit(op(f"builtins.{seed.kind.type}"), [atom], kind=seed.kind, hint="")
    if isinstance(seed.kind, NumpyScalar):
        return atom if kind == seed.kind else lo.emit(op(f"numpy.{seed.kind.dtype}"), [atom], kind=seed.kind, hint="")
    assert isinstance(seed.kind, Array)
    if kind == seed.kind and isinstance(kind, Array) and all(kind.sizes) and len(kind.sizes) == len(kind.axes or "-"):
        return atom
    shape = lo.emit(GETATTR, [like, lo.lit("shape")], hint="")
    return lo.emit(_FITTED, [atom, shape, lo.lit(seed.kind.dtype)], kind=seed.kind, hint="")


def _rank(kind: Kind) -> int | None:
    axes = kind.axes if isinstance(kind, Array) else ""
    return None if axes is None else len(axes)


# -- its derivative, in place of the call -------------------------------------------------------------


def _derived(lo: Lowerer, inner: Inner, layer: Layer) -> tuple[Function, ...]:
    if lo.transform is None:
        lo.refuse("a derivative inside of a function that is not differentiated", "lower it with the transformations")
    return lo.transform(inner.function, layer, lo.names, lo.frame.source)


def _spliced(lo: Lowerer, made: Function, inner: Inner) -> Value:
    """Let the statements of a derivative take the place of its call; return what it gives."""
    body = rename(made.body, dict(inner.given))
    result = substitute(made.result, lambda var: inner.given.get(var, var))
    lo.stmts += _under(lo, body.stmts, made.functions)
    return value_of(lo, result, inner.objects, fresh_arrays(lo, body, result))


def _under(lo: Lowerer, stmts: Sequence[Stmt], functions: Sequence[Function]) -> list[Stmt]:
    """Return statements that call functions of a derivative, which get names that no others have."""
    registry = lo.recursive
    change = {f"local.{each.name}": unique(each.name, registry.names) for each in functions}
    for function in functions:
        path = f"local.{function.name}"
        registry.made.append(Recursive(local(change[path]), path, function=with_names(function, change)))
    return list(calling(Block(tuple(stmts)), change).stmts)
