"""What the lines of a function may name that is not its own: modules, helpers, builtins.

Names are given before lines are printed, and none may hide what a line reaches.
"""

from __future__ import annotations

from collections.abc import Iterator

from s2s_ad.emission.literals import Reach, literal
from s2s_ad.ir.core import Arg, Block, Eqn, For, Function, Lit, Map, Record, Rows, Seq, Slice, Step, Try, blocks, header
from s2s_ad.ir.ops import IN_PLACE, MARK


def reserve(function: Function, reach: Reach) -> None:
    """Reach for all that the lines of a function may need, and perhaps for more."""
    reach("builtins.NameError")
    for path in _block(function.body, reach):
        reach(path)
    for path in _arg(function.result, reach):
        reach(path)


def _block(block: Block, reach: Reach) -> Iterator[str]:
    for stmt in block.stmts:
        match stmt:
            case Eqn():
                yield stmt.op.path
                yield from ("numpy.add", "numpy.positive") if stmt.op in IN_PLACE else ()
                yield from ("builtins.len",) if stmt.op == MARK else ()
            case For():
                yield from ("builtins.range", "builtins.reversed")
            case Try():
                yield from _arg(stmt.errors, reach)
            case _:
                pass
        for arg in header(stmt):
            yield from _arg(arg, reach)
        for inner in blocks(stmt):
            yield from _block(inner, reach)
    for result in block.results:
        yield from _arg(result, reach)


def _arg(arg: Arg, reach: Reach) -> Iterator[str]:
    parts: tuple[Arg, ...] = ()
    match arg:
        case Lit(value):
            if type(value) is not int and type(value) is not str:
                literal(value, reach)
        case Seq(items):
            parts = items
        case Map(items):
            for key, _ in items:
                literal(key, reach)
            parts = tuple(item for _, item in items)
        case Record(items):
            yield from ("builtins.type", "s2s_ad.rules.helpers.instance")
            parts = tuple(item for _, item in items)
        case Slice(start, stop, step):
            yield "builtins.slice"
            parts = (start, stop, step)
        case Step(operation, args, kwargs):
            yield operation.path
            parts = (*args, *(value for _, value in kwargs))
        case Rows(columns):
            yield "builtins.zip"
            parts = (columns,)
        case _:
            pass
    for part in parts:
        yield from _arg(part, reach)
