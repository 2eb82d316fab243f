"""Tapes of loops that run a known number of times, as arrays: one for each number that an iteration keeps.

tape = []                                  s_tape = np.empty(n)
for i in range(n):                         for i in range(n):
    tape.append(s)                             s_tape[i] = s
    s = s * x[i]                               s = s * x[i]
…                                          …
for i in reversed(range(n)):               for i in reversed(range(n)):
    s = tape.pop()                             s = s_tape[i]
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from s2s_ad.frontend.context import Lowerer
from s2s_ad.ir.core import (
    Arg,
    Atom,
    Block,
    Eqn,
    For,
    Function,
    Lit,
    Seq,
    Stmt,
    Var,
    all_reads,
    exit_of,
    map_blocks,
)  # fmt: skip
from s2s_ad.ir.kinds import INT, UNKNOWN, Array, NumpyScalar, Opaque, PyScalar, dtype_of
from s2s_ad.ir.ops import GETITEM, NEW_TAPE, POP, PUSH, UPDATE, op
from s2s_ad.jit.arrays import empty

_DTYPES = "float64", "int64", "bool"
_ONE = Lit(1, INT)


def preallocated(function: Function, lo: Lowerer) -> Function:
    """Return the function with arrays for tapes of numbers, where it is known before a loop how often it runs."""
    uses = Counter(all_reads(function.body))
    return replace(function, body=_block(function.body, lo, uses))


def _block(block: Block, lo: Lowerer, uses: Counter[Var]) -> Block:
    block = Block(tuple(map_blocks(stmt, lambda inner: _block(inner, lo, uses)) for stmt in block.stmts), block.results)
    for stmt in block.stmts:
        if isinstance(stmt, Eqn) and stmt.op == NEW_TAPE:
            block = _with_arrays(block, stmt, lo, uses)
    return block


def _with_arrays(block: Block, made: Eqn, lo: Lowerer, uses: Counter[Var]) -> Block:
    """Return a block with arrays for the tape that a statement makes, where nothing stands against it."""
    (tape,) = made.outs
    loops = [stmt for stmt in block.stmts if isinstance(stmt, For) and exit_of(stmt) is None]
    forth = next((loop for loop in loops if not loop.backwards and _use(loop, PUSH, tape)), None)
    back = next((loop for loop in loops if loop.backwards and _use(loop, POP, tape)), None)
    if forth is None or back is None or uses[tape] != 2 or not _is_same_range(forth, back):
        return block
    push, pop = _use(forth, PUSH, tape), _use(back, POP, tape)
    assert push is not None and pop is not None
    kept = push.args[1:]
    if not all(map(_is_number, (*kept, *pop.outs))) or len(kept) != len(pop.outs):
        return block
    forth, back = (_with_index(loop, lo) for loop in (forth, back))
    with lo.block() as before:
        count = _count(lo, forth)
        arrays = [empty(lo, count, Array(dtype_of(out.kind).name, "n"), f"{out.hint}_tape") for out in pop.outs]
    ends = [Var(lo.names.version(array.hint), array.kind) for array in arrays]
    done: list[Stmt] = []
    for stmt in block.stmts:
        if isinstance(stmt, For) and push in stmt.body.stmts:
            done += [*before, _storing(forth, push, arrays, ends, lo)]
        elif isinstance(stmt, For) and pop in stmt.body.stmts:
            done.append(_loading(back, pop, ends, lo))
        elif stmt is not made:
            done.append(stmt)
    return Block(tuple(done), block.results)


def _with_index(loop: For, lo: Lowerer) -> For:
    """Return a loop whose number has a name."""
    return loop if loop.index.hint != "_" else replace(loop, index=Var(lo.names.version("i"), INT))


def _use(loop: For, how: object, tape: Var) -> Eqn | None:
    """Return the statement of a loop that puts values on a tape or takes them off it, once in each iteration."""
    found = (stmt for stmt in loop.body.stmts if isinstance(stmt, Eqn) and stmt.op == how and stmt.args[0] == tape)
    return next(found, None)


def _is_same_range(one: For, other: For) -> bool:
    return (one.start, one.stop, one.step) == (other.start, other.stop, other.step) and isinstance(one.step, Lit)


def _is_number(arg: Arg) -> bool:
    kind = arg.kind if isinstance(arg, Var | Lit) else UNKNOWN
    return isinstance(kind, PyScalar | NumpyScalar) and dtype_of(kind).name in _DTYPES


def _count(lo: Lowerer, loop: For) -> Atom:
    if loop.start == Lit(0, INT) and loop.step == _ONE:
        if isinstance(loop.stop, Lit):
            return Lit(max(loop.stop.value, 0), INT)
        return lo.emit(op("builtins.max"), [loop.stop, Lit(0, INT)], kind=INT, hint="")
    span = lo.emit(op("builtins.range"), [loop.start, loop.stop, loop.step], kind=Opaque("range"), hint="")
    return lo.emit(op("builtins.len"), [span], kind=INT, hint="")


def _places(loop: For, lo: Lowerer) -> tuple[list[Stmt], Atom]:
    """Return where in the arrays an iteration has its numbers, and what gives it."""
    if loop.start == Lit(0, INT) and loop.step == _ONE:
        return [], loop.index
    with lo.block() as stmts:
        place: Atom = lo.emit(op("operator.sub"), [loop.index, loop.start], kind=INT, hint="")
        if loop.step != _ONE:
            place = lo.emit(op("operator.floordiv"), [place, loop.step], kind=INT, hint="")
    return stmts, place


def _storing(loop: For, push: Eqn, arrays: list[Var], ends: list[Var], lo: Lowerer) -> For:
    params = [Var(lo.names.version(array.hint), array.kind) for array in arrays]
    results = [Var(lo.names.version(array.hint), array.kind) for array in arrays]
    first, place = _places(loop, lo)
    text = Lit("", Opaque("str"))
    stores = [
        Eqn((result,), UPDATE, (param, Seq(()), place, text, value), (), push.origin)
        for param, result, value in zip(params, results, push.args[1:], strict=True)
    ]
    body = tuple(_replaced(loop.body.stmts, push, [*first, *stores]))
    return replace(
        loop, outs=(*loop.outs, *ends), params=(*loop.params, *params), inits=(*loop.inits, *arrays),
        body=Block(body, (*loop.body.results, *results)),
    )  # fmt: skip


def _loading(loop: For, pop: Eqn, arrays: list[Var], lo: Lowerer) -> For:
    first, place = _places(loop, lo)
    loads = [Eqn((out,), GETITEM, (array, place), (), pop.origin) for out, array in zip(pop.outs, arrays, strict=True)]
    return replace(loop, body=Block(tuple(_replaced(loop.body.stmts, pop, [*first, *loads])), loop.body.results))


def _replaced(stmts: tuple[Stmt, ...], old: Stmt, new: list[Stmt]) -> Iterator[Stmt]:
    for stmt in stmts:
        if stmt is old:
            yield from new
        else:
            yield stmt
