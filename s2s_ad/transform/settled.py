"""Statements that a derivative made, as those of a primal: for the next derivative of it."""

from __future__ import annotations

from dataclasses import replace

from s2s_ad.ir.core import Block, Function, If, Note, Settled, Source, Stmt, map_blocks


def settled(function: Function) -> Function:
    """Return the function with statements that are all of a primal, without headings."""
    return replace(function, body=_settled(function.body), functions=tuple(map(settled, function.functions)))


def _settled(block: Block) -> Block:
    return Block(tuple(_statement(stmt) for stmt in block.stmts if not isinstance(stmt, Note)), block.results)


def _statement(stmt: Stmt) -> Stmt:
    assert not isinstance(stmt, Note)
    if not isinstance(stmt.origin, Source | Settled):
        stmt = replace(stmt, origin=Settled(stmt.origin))
    if isinstance(stmt, If):
        stmt = replace(stmt, kept=0)
    return map_blocks(stmt, _settled)
