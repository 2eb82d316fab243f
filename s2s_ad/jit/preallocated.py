"""Tapes of loops that run a known number of times, as arrays: one for each number or array that an iteration keeps.

tape = []                                  s_tape = np.empty(n)
for i in range(n):                         for i in range(n):
    tape.append(s)                             s_tape[i] = s
    s = s * x[i]                               s = s * x[i]
…                                          …
for i in reversed(range(n)):               for i in reversed(range(n)):
    s = tape.pop()                             s = s_tape[i]

Arrays are kept so where their sizes are known before the loop: those of an argument, or of a part of one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import starmap
from typing import TypeAlias

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
    free,
    map_blocks,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import INT, UNKNOWN, Array, NumpyScalar, Opaque, PyScalar, Size, dtype_of
from s2s_ad.ir.ops import GETITEM, NEW_TAPE, POP, PUSH, UPDATE, op
from s2s_ad.ir.rename import rename
from s2s_ad.jit.arrays import WHOLE, empty, size_of
from s2s_ad.jit.pointwise import loop_axes, target_of

_DTYPES = "float64", "int64", "bool"
_ONE = Lit(1, INT)
Lengths: TypeAlias = dict[str, tuple[Var, int]]
"""For the names of sizes the arguments and their axes that are as long."""


def preallocated(function: Function, lo: Lowerer) -> Function:
    """Return the function with arrays for its tapes, where it is known before a loop how often it runs."""
    uses = Counter(all_reads(function.body))
    given = [*(var for param in function.params for var in variables(param.value)), *(c.var for c in function.captures)]
    sizes = {
        size[0]: (var, axis)
        for var in given
        if isinstance(var.kind, Array)
        for axis, size in enumerate(var.kind.sizes)
        if size is not None and size[1] == 0
    }
    return replace(function, body=_block(function.body, lo, uses, sizes))


def _block(block: Block, lo: Lowerer, uses: Counter[Var], sizes: Lengths) -> Block:
    block = Block(
        tuple(map_blocks(stmt, lambda inner: _block(inner, lo, uses, sizes)) for stmt in block.stmts), block.results
    )
    for stmt in block.stmts:
        if isinstance(stmt, Eqn) and stmt.op == NEW_TAPE:
            block = _with_arrays(block, stmt, lo, uses, sizes)
    return block


def _with_arrays(block: Block, made: Eqn, lo: Lowerer, uses: Counter[Var], sizes: Lengths) -> Block:
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
    if len(kept) != len(pop.outs) or not all(starmap(partial(_fits, sizes), zip(kept, pop.outs, strict=True))):
        return block
    forth, back = (_with_index(loop, lo) for loop in (forth, back))
    with lo.block() as before:
        count = _count(lo, forth)
        arrays = [_tape_of(lo, count, out, sizes) for out in pop.outs]
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


def _fits(sizes: Lengths, kept: Arg, out: Var) -> bool:
    """Say whether what is kept has a place in an array: it is a number, or an array of sizes that are known."""
    kind = kept.kind if isinstance(kept, Var | Lit) else UNKNOWN
    if isinstance(kind, PyScalar | NumpyScalar):
        return dtype_of(kind).name in _DTYPES and not isinstance(out.kind, Array)
    if not isinstance(kind, Array) or not isinstance(out.kind, Array) or not kind.axes or kind.dtype not in _DTYPES:
        return False
    return kind == out.kind and all(size is not None and size[0] in sizes for size in kind.sizes) and bool(kind.sizes)


def _tape_of(lo: Lowerer, count: Atom, out: Var, sizes: Lengths) -> Var:
    """Emit the array for one of the values that are kept."""
    if not isinstance(out.kind, Array):
        return empty(lo, count, Array(dtype_of(out.kind).name, "n"), f"{out.hint}_tape")
    shape = Seq((count, *(_size(lo, size, sizes) for size in out.kind.sizes)))
    kind = Array(out.kind.dtype, f"n{out.kind.axes}", (None, *out.kind.sizes))
    return empty(lo, shape, kind, f"{out.hint}_tape")


def _size(lo: Lowerer, size: Size, sizes: Lengths) -> Atom:
    assert size is not None
    name, less = size
    whole = size_of(lo, *sizes[name])
    if not less:
        return whole
    rest = lo.emit(op("operator.sub"), [whole, Lit(less, INT)], kind=INT, hint="")
    return lo.emit(op("builtins.max"), [rest, Lit(0, INT)], kind=INT, hint="")


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
        (value, Eqn((result,), UPDATE, (param, Seq(()), _row(place, value), text, value), (), push.origin))
        for param, result, value in zip(params, results, push.args[1:], strict=True)
    ]
    early = [(value, eqn) for value, eqn in stores if isinstance(value, Var) and _is_computed_in(loop, value)]
    late = [eqn for value, eqn in stores if (value, eqn) not in early]
    body = Block(tuple(_replaced(loop.body.stmts, push, late)), loop.body.results)
    for value, store in early:
        body = _kept_at_once(body, value, store, place, lo)
    return replace(
        loop, outs=(*loop.outs, *ends), params=(*loop.params, *params), inits=(*loop.inits, *arrays),
        body=Block((*first, *body.stmts), (*body.results, *results)),
    )  # fmt: skip


def _is_computed_in(loop: For, value: Var) -> bool:
    """Say whether a loop makes a new array, as a loop over its elements will."""
    equations = (stmt for stmt in loop.body.stmts if isinstance(stmt, Eqn) and value in stmt.outs)
    return any(loop_axes(eqn) is not None and not target_of(eqn) for eqn in equations)


def _kept_at_once(body: Block, value: Var, store: Eqn, place: Atom, lo: Lowerer) -> Block:
    """Return a body that keeps an array as soon as it is made, and reads it where it is kept."""
    at = next(i for i, stmt in enumerate(body.stmts) if isinstance(stmt, Eqn) and value in stmt.outs)
    kept = Var(lo.names.version(value.hint), value.kind)
    rest = rename(Block(body.stmts[at + 1 :], body.results), {value: kept})
    row = [Eqn((kept,), GETITEM, (store.outs[0], place), (), store.origin)] if kept in free(rest) else []
    return Block((*body.stmts[: at + 1], store, *row, *rest.stmts), rest.results)


def _row(place: Atom, value: Arg) -> Arg:
    """Return the index of what belongs to a place: a number, or all of an array."""
    rank = len(value.kind.axes or "") if isinstance(value, Var) and isinstance(value.kind, Array) else 0
    return Seq((place, *(WHOLE,) * rank)) if rank else place


def _loading(loop: For, pop: Eqn, arrays: list[Var], lo: Lowerer) -> For:
    first, place = _places(loop, lo)
    loads = [Eqn((out,), GETITEM, (array, place), (), pop.origin) for out, array in zip(pop.outs, arrays, strict=True)]
    return replace(loop, body=Block(tuple(_replaced(loop.body.stmts, pop, [*first, *loads])), loop.body.results))


def _replaced(stmts: tuple[Stmt, ...], old: Stmt, new: Sequence[Stmt]) -> Iterator[Stmt]:
    for stmt in stmts:
        if stmt is old:
            yield from new
        else:
            yield stmt
