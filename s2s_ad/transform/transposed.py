"""The tangent of a function at a point, as the transpose of its pullback: a linear function of tangents alone.

    def f_pullback(kept, y_bar):          def f_pushforward(kept, x_dot):
        v1, v2 = kept                         v1, v2 = kept
        …                            →        …
        return (x_bar,)                       return y_dot

The pullback is linear, so that its adjoint reads nothing of what it computes, and all of that goes.

Source: Griewank & Walther, Evaluating Derivatives (2008), section 3.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from s2s_ad.errors import UnsupportedError
from s2s_ad.frontend.source import FunctionSource
from s2s_ad.ir.core import (
    Adjoint,
    Arg,
    Block,
    Eqn,
    Function,
    Lit,
    Note,
    Param,
    Seq,
    Settled,
    Stmt,
    Var,
    all_bound,
    atoms,
    bound,
    free,
    makers,
    map_blocks,
    objects_of,
    reads,
    substitute,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import Opaque, is_complex, is_differentiable
from s2s_ad.ir.names import Names, unique
from s2s_ad.ir.ops import GETATTR, ZEROS_LIKE, calls_in
from s2s_ad.ir.rename import calling, rename, with_names
from s2s_ad.optimize.clean import clean, tidy
from s2s_ad.transform.custom import TRANSPOSE
from s2s_ad.transform.reverse import reverse
from s2s_ad.transform.settled import settled

_NONE = Lit(None, Opaque("NoneType"))


def transposed(
    pullback: Function,
    value: Arg,
    functions: Sequence[Function],
    wanted: Sequence[Param],
    names: Names,
    source: FunctionSource,
) -> Function:
    """Return the function of what is kept and of the tangents of the parameters that are `wanted`.

    `value` is what the differentiated function returns.  `functions` are those that the pullback, or another of them,
    calls.

    Raises: what `reverse` raises.
    """
    count = len(pullback.params)
    plain = _with_functions(replace(pullback, params=(*pullback.params, *pullback.seeds), seeds=()), functions)
    plain = settled(plain)
    made = reverse(plain, range(count, len(plain.params)), names, source, scalar=False)
    (seed,) = made.seeds
    assert isinstance(made.result, Seq) and isinstance(seed.value, Seq)
    bars = made.result.items[1]
    assert isinstance(bars, Seq)
    result = _with_zeros(bars.items[0], value)
    stmts = tuple(stmt for stmt in made.body.stmts if not isinstance(stmt, Note))
    whole = replace(made, body=Block(stmts, (*variables(result), *makers(result))), result=result, seeds=())
    kept = frozenset(var for param in pullback.params for var in variables(param.value))
    lean = clean(tidy(whole), names, outside=kept)
    needed, objects = free(lean.body), set(objects_of(result))
    params = [
        param for i, param in enumerate(lean.params)
        if i == 0 or param.name in objects or not needed.isdisjoint(variables(param.value))
    ]  # fmt: skip
    params += [_tangent(param, tree) for param, tree in zip(wanted, seed.value.items, strict=True)]
    name = pullback.name.removesuffix("_pullback") + "_pushforward"
    return _with_dots(replace(lean, name=name, params=tuple(params)), names)


def _with_zeros(dots: Arg, value: Arg) -> Arg:
    """Return the tangents of a value with zeros for floats that are written out: the pullback knows nothing of them."""
    primals = iter(list(atoms(value)))

    def literal(none: Lit) -> Arg:
        primal = next(primals)
        if not isinstance(primal, Lit) or not is_differentiable(primal.kind):
            return none
        return Lit(0j if is_complex(primal.kind) else 0.0, primal.kind)

    def var(dot: Var) -> Arg:
        next(primals)
        return dot

    return substitute(dots, var, literal)


def linear_transpose(function: Function, positions: Sequence[int], names: Names, source: FunctionSource) -> Function:
    """Return (x…, u…, ȳ…) -> (ū…) for (x…, u…) -> (y…), linear in the parameters u at these positions.

    Of u no more than the shapes is read.

    Raises: UnsupportedError where it is not, and what `reverse` raises.
    """
    plain = replace(function, body=_dispensable(function.body))
    made = reverse(plain, positions, names, source, scalar=False, guarded=False)
    assert isinstance(made.result, Seq)
    result = made.result.items[1]
    stmts = tuple(stmt for stmt in made.body.stmts if not isinstance(stmt, Note))
    whole = replace(made, body=Block(stmts, tuple(variables(result))), result=result, seeds=())
    lean = clean(tidy(whole), names)
    linear = {var for n in positions for var in variables(function.params[n].value)}
    if not linear.isdisjoint(_values_read(lean.body)):
        reason = f"the rule of {function.name} is not linear in the tangents or adjoints that it is given"
        raise UnsupportedError(reason, function.place, "let it multiply them by what does not depend on them")
    return replace(lean, params=(*lean.params, *made.seeds))


def _values_read(block: Block) -> set[Var]:
    """Return the Vars on whose values, not their shapes alone, the results of a block depend."""
    needed = set(variables(*block.results))
    for stmt in reversed(block.stmts):
        if needed.isdisjoint(bound(stmt)) or (isinstance(stmt, Eqn) and _reads_shape(stmt)):
            continue
        needed |= reads(stmt)
    return needed


def _reads_shape(eqn: Eqn) -> bool:
    named = eqn.op == GETATTR and isinstance(eqn.args[1], Lit) and eqn.args[1].value in ("shape", "ndim", "size")
    return named or eqn.op == ZEROS_LIKE


def _dispensable(block: Block) -> Block:
    """Return the block with statements that are left out where nothing needs them, the user's too."""

    def stmt(old: Stmt) -> Stmt:
        inner = map_blocks(old, _dispensable)
        return inner if isinstance(inner, Note) else replace(inner, origin=Settled(Adjoint(inner)))

    return Block(tuple(map(stmt, block.stmts)), block.results)


def _tangent(param: Param, tree: Arg) -> Param:
    """Return the parameter for the tangent of another, of which a tree has the leaves."""
    leaves = {x: dot for x, dot in zip(atoms(param.value), atoms(tree), strict=True) if isinstance(dot, Var)}
    return Param(f"{param.name}_dot", param.kind, substitute(param.value, lambda var: leaves.get(var, _NONE)))


def _with_functions(function: Function, others: Sequence[Function]) -> Function:
    """Return the function with those of the others that it calls, all under names of their own."""
    known = {f"local.{each.name}": each for each in others}
    reached = set[str]()
    waiting = [function.body]
    while waiting:
        called = {eqn.op.path for eqn in calls_in(waiting.pop()) if eqn.op.path in known} - reached
        reached |= called
        waiting += [known[path].body for path in called]
    taken = {each.name for each in others}
    change = {path: unique(f"{known[path].name}_of_pullback", taken) for path in sorted(reached)}
    made = tuple(with_names(known[path], change) for path in change)
    return replace(function, body=calling(function.body, change), functions=made)


def _with_dots(function: Function, names: Names) -> Function:
    """Return the function with adjoints of adjoints called what they are: tangents."""
    given = [var for param in function.params for var in variables(param.value)]
    change = {
        var: Var(names.version(var.hint.removesuffix("_bar_bar") + "_dot"), var.kind)
        for var in dict.fromkeys((*given, *all_bound(function.body)))
        if var.hint.endswith("_bar_bar")
    }
    params = tuple(replace(p, value=substitute(p.value, lambda var: change.get(var, var))) for p in function.params)
    result = substitute(function.result, lambda var: change.get(var, var))
    return replace(function, params=params, body=rename(function.body, dict(change)), result=result)


TRANSPOSE.append(linear_transpose)
