"""A derivative of two sweeps, as two functions: what the first keeps, the second can use many times.

    def f_vjp(x, y_bar):             def f_fwd(x):
        # forward sweep                  …
        …                        →       return y, (v1, v2)
        # reverse sweep
        …                            def f_pullback(kept, y_bar):
        return y, (x_bar,)               v1, v2 = kept
                                         …
                                         return (x_bar,)

What the caller could change meanwhile (arguments, results, arrays of the module) is kept as a copy:
see `outside`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Set
from dataclasses import replace

from s2s_ad.analysis.unbound import unbound
from s2s_ad.ir.core import (
    REVERSE_SWEEP,
    Block,
    Eqn,
    Function,
    Lit,
    Note,
    Param,
    Seq,
    Stmt,
    Try,
    Var,
    bound,
    free,
    makers,
    objects_of,
    variables,
)
from s2s_ad.ir.kinds import BOOL, Opaque
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import COPY, IDENTITY, UNPACK
from s2s_ad.ir.rename import rename
from s2s_ad.ir.tapes import is_tape
from s2s_ad.optimize.dead_code import dead_code

_NONE = Lit(None, Opaque("NoneType"))
_NAME_ERROR = Lit(NameError, Opaque("static exception"))


def outside(derivative: Function) -> Set[Var]:
    """Return what the caller has or can reach, and may change between the two sweeps."""
    assert isinstance(derivative.result, Seq)
    given = [var for param in derivative.params for var in variables(param.value)]
    return {*given, *(capture.var for capture in derivative.captures), *variables(derivative.result.items[0])}


def split(derivative: Function, names: Names, name: str, pushes: bool = False) -> tuple[Function, Function]:
    """Return the function of the forward sweep, and that of the reverse sweep, of a derivative with seeds.

    Where that is made to push tangents forward it makes objects of the classes of the result too.
    """
    at = derivative.body.stmts.index(REVERSE_SWEEP)
    assert isinstance(derivative.result, Seq)
    value, bars = derivative.result.items
    forward = tuple(stmt for stmt in derivative.body.stmts[:at] if not isinstance(stmt, Note))
    backward = Block(derivative.body.stmts[at + 1 :], tuple(variables(bars)))
    classes = {maker for seed in derivative.seeds for maker in makers(seed.value)} if pushes else set[Var]()
    kept = _kept(derivative, forward, free(backward) | classes)
    bound_ones = _where_bound(kept, unbound(derivative.body), names)
    tree = Seq((value, Seq(tuple(bound_ones[var].outs[0] if var in bound_ones else var for var in kept))))
    body = dead_code(Block((*forward, *bound_ones.values()), tuple(variables(tree))))
    sweep = replace(derivative, name=f"{name}_fwd", body=body, result=tree, seeds=())
    held = Var(names.version("kept"), Opaque("tuple"))
    copies = {tape: Var(names.version(tape.hint), tape.kind) for tape in kept if is_tape(tape)}
    first: list[Stmt] = [Eqn(kept, UNPACK, (held,))] if kept else []
    first += [Eqn((copy,), COPY, (tape,)) for tape, copy in copies.items()]
    backward = rename(backward, dict(copies))
    objects = set(objects_of(bars))
    params = (
        Param("kept", held.kind, held),
        *(replace(param, value=Seq(())) for param in derivative.params if param.name in objects),
    )
    pullback = Function(
        f"{name}_pullback", params, (), Block((*first, *backward.stmts), backward.results), bars, derivative.place,
        derivative.seeds,
    )  # fmt: skip
    return sweep, pullback


def _where_bound(kept: Iterable[Var], unbound: Container[Var], names: Names) -> dict[Var, Try]:
    """Return for each value that may not be bound what gives it, or None on a way on which it is not."""
    found: dict[Var, Try] = {}
    for var in (var for var in kept if var in unbound):
        failed = Var(names.version(""), BOOL)
        inner, out = (Var(names.version(var.hint), var.kind) for _ in range(2))
        read = Block((Eqn((inner,), IDENTITY, (var,)),), (inner,))
        found[var] = Try((out,), failed, Block((), (_NONE,)), read, errors=_NAME_ERROR)
    return found


def _kept(derivative: Function, forward: tuple[Stmt, ...], needed: Set[Var]) -> tuple[Var, ...]:
    """Return what the reverse sweep needs of the forward sweep, in the order in which it is there."""
    seeds = {var for seed in derivative.seeds for var in variables(seed.value)}
    there = [var for param in derivative.params for var in variables(param.value)]
    there += [capture.var for capture in derivative.captures]
    there += [var for stmt in forward for var in bound(stmt)]
    return tuple(var for var in dict.fromkeys(there) if var in needed - seeds)
