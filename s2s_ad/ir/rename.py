"""Replacing Vars by others, or by constants, throughout a block, and the names of functions; names for those others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from s2s_ad.ir.core import (
    Arg,
    Atom,
    Block,
    Eqn,
    For,
    Function,
    If,
    Stmt,
    Try,
    Var,
    While,
    all_bound,
    map_blocks,
    substitute,
    variables,
)
from s2s_ad.ir.names import Names, unique
from s2s_ad.ir.ops import renamed


def own_names(function: Function) -> Names:
    """Return a supply of names that a function, which others call, does not have yet."""
    params = (var for param in function.params for var in variables(param.value))
    return Names.beyond(var.name for var in (*params, *all_bound(function.body)))


def rename(block: Block, change: Mapping[Var, Atom]) -> Block:
    """Return the block with other Vars or constants; what it binds itself gets another Var, or stays as it is."""
    if not change:
        return block

    def arg(value: Arg) -> Arg:
        return substitute(value, lambda var: change.get(var, var))

    def atoms(values: tuple[Atom, ...]) -> tuple[Atom, ...]:
        return tuple(change.get(value, value) if isinstance(value, Var) else value for value in values)

    def binds(old: tuple[Var, ...]) -> tuple[Var, ...]:
        return tuple(new if isinstance(new := change.get(var), Var) else var for var in old)

    def stmt(old: Stmt) -> Stmt:
        match old:
            case Eqn(outs=outs, args=args, kwargs=kwargs):
                named = tuple((name, arg(v)) for name, v in kwargs)
                return replace(old, outs=binds(outs), args=tuple(map(arg, args)), kwargs=named)
            case If(outs=outs, test=test, then=then, orelse=orelse):
                new = replace(old, outs=binds(outs), test=atoms((test,))[0], then=inner(then), orelse=inner(orelse))
                return replace(new, caught=binds((new.caught,))[0]) if isinstance(new, Try) and new.caught else new
            case For(start=start, stop=stop, step=step, inits=inits, body=body):
                start, stop, step = atoms((start, stop, step))
                return replace(
                    old, outs=binds(old.outs), index=binds((old.index,))[0], params=binds(old.params), start=start,
                    stop=stop, step=step, inits=atoms(inits), body=inner(body),
                )  # fmt: skip
            case While(inits=inits, test=test, body=body):
                return replace(
                    old, outs=binds(old.outs), params=binds(old.params), inits=atoms(inits), test=inner(test),
                    body=inner(body),
                )  # fmt: skip
            case _:
                return old

    def inner(old: Block) -> Block:
        return Block(tuple(map(stmt, old.stmts)), atoms(old.results))

    return inner(block)


def calling(block: Block, names: Mapping[str, str]) -> Block:
    """Return the block in which functions of the module are called by other names, each by the path of its old one."""

    def stmt(old: Stmt) -> Stmt:
        if isinstance(old, Eqn):
            return replace(old, op=renamed(old.op, names))
        return map_blocks(old, lambda inner: calling(inner, names))

    return Block(tuple(map(stmt, block.stmts)), block.results) if names else block


def with_names(function: Function, names: Mapping[str, str]) -> Function:
    """Return a function of the module under its new name, which calls others by theirs."""
    name = names.get(f"local.{function.name}", function.name)
    functions = tuple(with_names(each, names) for each in function.functions)
    return replace(function, name=name, body=calling(function.body, names), functions=functions)


def beside(function: Function, taken: Collection[str]) -> Function:
    """Return a function that calls none that has a name that is taken."""
    used = {*taken, *(each.name for each in function.functions)}
    names = {f"local.{each.name}": unique(each.name, used) for each in function.functions if each.name in taken}
    functions = tuple(with_names(each, names) for each in function.functions)
    return replace(function, body=calling(function.body, names), functions=functions)
