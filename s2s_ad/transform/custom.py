"""Derivatives of functions that have a rule of the user's own: its statements take the place of the call.

Where only the tangent is given, the adjoint is its transpose, and the other way round: both are linear.
What is left of calls in the end is what the functions themselves do.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace

from s2s_ad.errors import UnsupportedError
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.source import FunctionSource
from s2s_ad.ir.core import (
    Atom,
    Block,
    Custom,
    Eqn,
    Function,
    Lit,
    Note,
    Seq,
    Stmt,
    Var,
    all_bound,
    map_blocks,
    place_of,
    substitute,
    variables,
)
from s2s_ad.ir.kinds import is_differentiable
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import IDENTITY
from s2s_ad.ir.rename import rename
from s2s_ad.optimize.clean import tidy
from s2s_ad.transform.adjoints import Adjoints
from s2s_ad.transform.apply import no_rule, public_name
from s2s_ad.transform.sweep import Sweep
from s2s_ad.transform.zeros import drop_zeros, shape_of

Transpose = Callable[[Function, Sequence[int], Names, FunctionSource], Function]
"""What makes (x…, u…, ȳ…) -> (ū…) of (x…, u…) -> (y…), linear in the parameters u at these positions."""

TRANSPOSE: list[Transpose] = []
"""Filled by `transposed`, which needs the reverse mode that needs this module."""


def given_by_user(eqn: Eqn, varied: Container[Var]) -> Eqn:
    """Return an equation with those arguments alone that its rule knows.  Raises: UnsupportedError."""
    if eqn.op.custom is None:
        return eqn
    _refuse_around(eqn, eqn.op.custom, varied)
    return replace(eqn, args=eqn.args[: eqn.op.custom.count])


def primal_of(eqn: Eqn, names: Names) -> list[Stmt]:
    """Return what the function itself does, without its rule."""
    assert eqn.op.custom is not None
    stmts, _ = _spliced(eqn.op.custom.primal, _given(eqn, eqn.op.custom), names, eqn)
    return stmts


def expanded(function: Function, names: Names) -> Function:
    """Return the function with what functions with rules do, instead of calls of them."""

    def block(old: Block) -> Block:
        return Block(tuple(new for stmt in old.stmts for new in statement(stmt)), old.results)

    def statement(stmt: Stmt) -> Iterable[Stmt]:
        if isinstance(stmt, Eqn):
            return block(Block(tuple(primal_of(stmt, names)))).stmts if stmt.op.custom is not None else (stmt,)
        return (map_blocks(stmt, block),)

    return replace(
        function, body=block(function.body), functions=tuple(expanded(each, names) for each in function.functions)
    )


def tangents_of(
    lo: Lowerer, eqn: Eqn, custom: Custom, dots: Mapping[Var, Atom], give: Callable[[Atom], Atom]
) -> list[Atom | None]:
    """Emit what a rule gives for values and their tangents; return the tangents."""
    _refuse_around(eqn, custom, dots)
    _refuse_unknown(eqn, custom, "dot", dots)
    given = _given(eqn, custom)
    floats = [arg for arg in given[: len(custom.places)] if is_differentiable(arg.kind)]
    given_dots = [give(arg) for arg in floats]
    zeros = [(dot, x, x not in dots) for x, dot in zip(floats, given_dots, strict=True)]
    if custom.tangent is not None:
        stmts, results = _spliced(
            custom.tangent, [*given[: len(custom.places)], *given_dots, *given[len(custom.places) :]], lo.names, eqn
        )
        kept, values = _without_zeros(stmts, zeros, results)
        lo.stmts += kept
        found = iter(values[len(eqn.outs) :])
    else:
        assert custom.forth is not None and custom.back is not None
        stmts, results = _spliced(custom.forth, given, lo.names, eqn)
        ys, kept = results[: len(eqn.outs)], results[len(eqn.outs) :]
        lo.stmts += stmts
        bars = range(len(kept), len(custom.back.params) - _extras(eqn, custom))
        push = TRANSPOSE[0](_with_vars(custom.back, lo.names), bars, lo.names, lo.frame.source)
        likes = [y for y in ys if is_differentiable(y.kind)]
        stmts, results = _spliced(push, [*kept, *likes, *_extra(eqn, custom), *given_dots], lo.names)
        stmts, values = _without_zeros(stmts, zeros, results)
        lo.stmts += stmts
        found = iter(values)
    return [next(found) if is_differentiable(out.kind) else None for out in eqn.outs]


def reverse_custom(sweep: Sweep, eqn: Eqn, custom: Custom, adjoints: Adjoints) -> list[Stmt]:
    """Emit the adjoint that a rule gives; return the statements of the forward sweep."""
    _refuse_around(eqn, custom, sweep.active)
    _refuse_unknown(eqn, custom, "bar", sweep.active)
    given, names = _given(eqn, custom), sweep.lo.names
    outs = [out for out in eqn.outs if is_differentiable(out.kind)]
    popped = [adjoints.bars.pop(out, None) for out in outs]
    bars = [bar or adjoints.zero(out) for out, bar in zip(outs, popped, strict=True)]
    zeros = [(bar, out, known is None) for out, bar, known in zip(outs, bars, popped, strict=True)]
    if custom.forth is not None and custom.back is not None:
        forward, results = _spliced(custom.forth, given, names, eqn)
        kept = results[len(eqn.outs) :]
        stmts, found = _spliced(custom.back, [*kept, *bars, *_extra(eqn, custom)], names)
    else:
        assert custom.tangent is not None
        likes = [arg for arg in given[: len(custom.places)] if is_differentiable(arg.kind)]
        first, count = len(custom.places), len(likes)
        dots = _with_vars(_results_from(custom.tangent, len(eqn.outs)), names)
        pull = TRANSPOSE[0](dots, range(first, first + count), names, sweep.lo.frame.source)
        forward = list[Stmt]([eqn])
        stmts, found = _spliced(pull, [*given[:first], *likes, *given[first:], *bars], names)
    stmts, found = _without_zeros(stmts, zeros, found)
    sweep.lo.stmts += _made_by(sweep.lo, stmts)
    args = given[: len(custom.places)]
    bars_of = iter(found)
    for i, arg in enumerate(args):
        bar = next(bars_of) if is_differentiable(arg.kind) else None
        others = [other.kind for j, other in enumerate(args) if j != i] if custom.broadcast else None
        if bar is not None and isinstance(arg, Var) and arg in sweep.active:
            adjoints.add(arg, bar, others)
    return forward


def _without_zeros(
    stmts: Sequence[Stmt], given: Iterable[tuple[Atom, Atom, bool]], results: Sequence[Atom]
) -> tuple[Sequence[Stmt], tuple[Atom | None, ...]]:
    """Return the statements of a rule without terms that are zero, and the results, None where one is.

    With a tangent or an adjoint that the rule is `given` comes its value, and whether it is zero.
    """
    known = [(slope, value, zero) for slope, value, zero in given if isinstance(slope, Var)]
    shapes = {slope: shape_of({}, value) for slope, value, _ in known}
    return drop_zeros(stmts, [slope for slope, _, zero in known if zero], shapes, results)


def _results_from(function: Function, first: int) -> Function:
    """Return a function that gives its results from the first on alone."""
    assert isinstance(function.result, Seq)
    items = function.result.items[first:]
    return tidy(replace(function, body=Block(function.body.stmts, tuple(variables(*items))), result=Seq(items)))


def _with_vars(function: Function, names: Names) -> Function:
    """Return a function none of whose results is a constant."""
    assert isinstance(function.result, Seq)
    stmts, items = list(function.body.stmts), list[Atom]()
    for item in function.result.items:
        assert isinstance(item, Var | Lit)
        made = Var(names.version(""), item.kind) if isinstance(item, Lit) else item
        items.append(made)
        if isinstance(item, Lit):
            stmts.append(Eqn((made,), IDENTITY, (item,)))
    return replace(function, body=Block(tuple(stmts), tuple(variables(*items))), result=Seq(tuple(items)))


def _refuse_around(eqn: Eqn, custom: Custom, varied: Container[Var]) -> None:
    """Refuse a function that reads what is differentiated and is not given it: its rule says nothing of that."""
    if any(isinstance(arg, Var) and arg in varied for arg in _extra(eqn, custom)):
        reason = f"{eqn.op.path.removeprefix('custom.')}, which has a rule, reads an active value that is no argument"
        raise UnsupportedError(reason, place_of(eqn), "pass it as an argument")


def _refuse_unknown(eqn: Eqn, custom: Custom, mode: str, varied: Container[Var]) -> None:
    """Refuse a derivative that equations do not give."""
    for i, arg in enumerate(_given(eqn, custom)[: len(custom.places)]):
        if isinstance(arg, Var) and arg in varied and (mode, i) in custom.unknown:
            no_rule(eqn, f"the rule of {public_name(eqn.op)} gives no {custom.unknown[mode, i]} here")


def _given(eqn: Eqn, custom: Custom) -> list[Atom]:
    """Return the numbers and arrays that the function is given, then what it reads from around it."""
    args = [eqn.args[place] for place in custom.places]
    return [arg for arg in (*args, *eqn.args[custom.count :]) if isinstance(arg, Var | Lit)]


def _extra(eqn: Eqn, custom: Custom) -> list[Atom]:
    return _given(eqn, custom)[len(custom.places) :]


def _extras(eqn: Eqn, custom: Custom) -> int:
    return len(eqn.args) - custom.count


def _spliced(
    function: Function, args: Sequence[Atom], names: Names, of: Eqn | None = None
) -> tuple[list[Stmt], list[Atom]]:
    """Return the statements of a function for these arguments, under names of their own, and what it gives.

    The first of its results are those of the equation `of`, and have their names.
    """
    assert isinstance(function.result, Seq)
    given = [var for param in function.params for var in variables(param.value)]
    change: dict[Var, Atom] = dict(zip(given, args, strict=True))
    own = dict.fromkeys(all_bound(function.body))
    change |= {var: Var(names.version(var.hint), var.kind) for var in own}
    copied: list[Stmt] = []
    for out, item in zip(of.outs if of else (), function.result.items, strict=False):
        if isinstance(item, Var) and item in own:
            change[item] = out
            del own[item]
        else:
            assert of is not None and isinstance(item, Var | Lit)
            copied.append(Eqn((out,), IDENTITY, (item,), (), of.origin))
    body = rename(Block((*function.body.stmts, *copied)), change)
    results = [substitute(item, lambda var: change.get(var, var)) for item in function.result.items]
    return list(body.stmts), [item for item in results if isinstance(item, Var | Lit)]


def _made_by(lo: Lowerer, stmts: Sequence[Stmt]) -> list[Stmt]:
    """Return statements as those of the adjoint or tangent that is emitted."""

    def block(old: Block) -> Block:
        return Block(tuple(_made_by(lo, old.stmts)), old.results)

    return [map_blocks(replace(stmt, origin=lo.origin), block) for stmt in stmts if not isinstance(stmt, Note)]
