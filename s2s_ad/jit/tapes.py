"""Tapes with a type: what functions put on the tape that they are given.

In Python a tape of calls has whatever any of the functions leaves on it.  In compiled code all on a tape is of one
type, so there is a tape for each type, and all go where the one went.  What is taken off a tape was put on it by the
same statement, so the order of each is the order of the one.

    tape = []                     tape, tape_2 = [(0.0, 0.0)][:0], [(0, False)][:0]
    y = f(x, n, tape)             y = f(x, n, tape, tape_2)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NoReturn, TypeAlias

import numpy as np

from s2s_ad.errors import UnsupportedError
from s2s_ad.ir.core import (
    Arg,
    Block,
    Eqn,
    Function,
    Lit,
    Param,
    Seq,
    Slice,
    Stmt,
    Var,
    map_blocks,
    place_of,
    statements_of,
)  # fmt: skip
from s2s_ad.ir.kinds import INT, UNKNOWN, Array, Kind, NumpyScalar, Opaque, PyScalar, TupleKind, dtype_of
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import COPY, GETITEM, NEW_TAPE, POP, PUSH, is_local, op
from s2s_ad.ir.rename import own_names
from s2s_ad.ir.tapes import TAPE_OF_CALLS, is_tape
from s2s_ad.jit.border import WIDE

Key: TypeAlias = tuple[str, ...]
_EMPTY = Lit(None, UNKNOWN)
_EMPTY_ARRAY = op("numpy.empty")


def with_typed_tapes(function: Function, names: Names) -> Function:
    """Return the function, and those it calls, with a tape of calls for each type of what is on it.

    Raises: UnsupportedError where something is on it whose type is not known before it runs.
    """
    kinds: dict[Key, tuple[Kind, ...]] = {}
    for each in (function, *function.functions):
        for stmt in statements_of(each.body):
            if isinstance(stmt, Eqn) and stmt.op == PUSH and stmt.args[0].kind == TAPE_OF_CALLS:  # pyright: ignore
                found = tuple(_kind(arg) for arg in stmt.args[1:])
                kinds.setdefault(_key(found), found)
    if not kinds:
        return function
    called = tuple(_Tapes(kinds, own_names(each)).function(each) for each in function.functions)
    return replace(_Tapes(kinds, names).function(function), functions=called)


class _Tapes:
    """The tapes of one function."""

    def __init__(self, kinds: dict[Key, tuple[Kind, ...]], names: Names) -> None:
        self._kinds = kinds
        self._names = names
        self._of: dict[Var, dict[Key, Var]] = {}

    def function(self, function: Function) -> Function:
        params = tuple(new for param in function.params for new in self._params(param))
        return replace(function, params=params, body=self._block(function.body))

    def _params(self, param: Param) -> Iterator[Param]:
        if not is_tape(param.value):
            yield param
            return
        for tape in self._tapes(param.value).values():
            yield Param(tape.hint, tape.kind, tape)

    def _tapes(self, tape: Var) -> dict[Key, Var]:
        """Return the tapes that a tape is."""
        if tape not in self._of:
            hints = [tape.hint, *(f"{tape.hint}_{k}" for k in range(2, len(self._kinds) + 1))]
            pairs = zip(self._kinds, hints, strict=True)
            self._of[tape] = {key: Var(self._names.version(hint), tape.kind) for key, hint in pairs}
        return self._of[tape]

    def _block(self, block: Block) -> Block:
        return Block(tuple(new for stmt in block.stmts for new in self._statement(stmt)), block.results)

    def _statement(self, stmt: Stmt) -> Sequence[Stmt]:
        if not isinstance(stmt, Eqn):
            return [map_blocks(stmt, self._block)]
        if stmt.op == NEW_TAPE and stmt.outs[0].kind == TAPE_OF_CALLS:
            return [new for key, tape in self._tapes(stmt.outs[0]).items() for new in self._empty(key, tape, stmt)]
        if stmt.op in (PUSH, POP) and is_tape(tape := stmt.args[0]) and tape.kind == TAPE_OF_CALLS:
            values = stmt.args[1:] if stmt.op == PUSH else stmt.outs
            key = _key(tuple(map(_kind, values)))
            if key not in self._kinds:
                self._refuse(stmt)
            return self._moved(stmt, self._tapes(tape)[key])
        if is_local(stmt.op):
            given = (each for arg in stmt.args for each in (self._tapes(arg).values() if is_tape(arg) else (arg,)))
            return [replace(stmt, args=tuple(given))]
        return [stmt]

    def _moved(self, stmt: Eqn, tape: Var) -> list[Stmt]:
        """Return what puts values on a tape, arrays as copies in one order of memory, or takes them off it."""
        if stmt.op == POP:
            return [replace(stmt, args=(tape,))]
        copies = {
            arg: Var(self._names.version(arg.hint), arg.kind)
            for arg in stmt.args[1:]
            if isinstance(arg, Var) and isinstance(arg.kind, Array)
        }
        made = [Eqn((new,), COPY, (old,)) for old, new in copies.items()]
        values = (copies.get(arg, arg) if isinstance(arg, Var) else arg for arg in stmt.args[1:])
        return [*made, replace(stmt, args=(tape, *values))]

    def _empty(self, key: Key, tape: Var, stmt: Eqn) -> Iterator[Stmt]:
        """Yield what makes an empty list of a type: of what is put on it, up to the first."""
        made: list[Stmt] = []
        items = [self._example(kind, stmt, made) for kind in self._kinds[key]]
        first: Arg = items[0] if len(items) == 1 else Seq(tuple(items))
        args = (Seq((first,), "list"), Slice(_EMPTY, Lit(0, INT), _EMPTY))
        yield from (*made, replace(stmt, outs=(tape,), op=GETITEM, args=args))

    def _example(self, kind: Kind, stmt: Eqn, made: list[Stmt]) -> Arg:
        match kind:
            case PyScalar() | NumpyScalar():
                zero = dtype_of(kind).type(0)
                return Lit(zero.item() if dtype_of(kind).name in WIDE else zero, kind)
            case TupleKind(items):
                return Seq(tuple(self._example(item, stmt, made) for item in items))
            case Array(dtype, str() as axes):
                empty = Var(self._names.version(""), kind)
                shape = Seq((Lit(0, INT),) * len(axes))
                made.append(Eqn((empty,), _EMPTY_ARRAY, (shape, Lit(np.dtype(dtype), Opaque("dtype")))))
                return empty
            case _:
                return self._refuse(stmt)

    def _refuse(self, stmt: Eqn) -> NoReturn:
        reason = "with jit, a recursive function keeps something whose type Numba does not know"
        raise UnsupportedError(reason, place_of(stmt), "keep numbers, arrays and shapes, or leave jit out")


def _kind(arg: Arg) -> Kind:
    return arg.kind if isinstance(arg, Var | Lit) else UNKNOWN


def _key(kinds: tuple[Kind, ...]) -> Key:
    """Return what tells types apart."""
    return tuple(map(_type, kinds))


def _type(kind: Kind) -> str:
    match kind:
        case PyScalar() | NumpyScalar():
            return dtype_of(kind).name
        case TupleKind(items):
            return f"({', '.join(map(_type, items))})"
        case Array(dtype, axes):
            return f"{dtype}[{'?' if axes is None else len(axes)}]"
        case _:
            return str(kind)
