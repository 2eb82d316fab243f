"""Which compiled functions Numba may keep in its cache.

A process that takes a recursive function from Numba's cache ends with a segmentation fault where the function is called
with arguments of other types than those it calls itself with, as a literal 0 is of another type than a sum
(https://github.com/numba/numba/issues/6061).  So numbers that are written down are given as numbers of NumPy,

    v3 = minor(v0, np.int64(0))

and what may be called with several types yet is compiled anew in each process: functions that call each other, and
those that call themselves with an array they made, which may lie in memory otherwise than the one they were given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from s2s_ad.analysis.narrow import has_narrow_floats
from s2s_ad.analysis.storage import Storage
from s2s_ad.ir.core import Arg, Block, Eqn, Function, Lit, Param, Stmt, Var, map_blocks, statements_of, variables
from s2s_ad.ir.kinds import BOOL, FLOAT, INT, ListKind, dtype_of, is_number
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import IDENTITY, calls_in, is_local, op
from s2s_ad.ir.rename import own_names
from s2s_ad.ir.tapes import is_tape

_TYPES = {INT: op("numpy.int64"), FLOAT: op("numpy.float64"), BOOL: op("numpy.bool_")}


def with_plain_numbers(function: Function, names: Names) -> Function:
    """Return the function, and those it calls, with calls whose numbers are of the types that numbers have."""
    if not function.functions:
        return function
    called = (_plain(each, own_names(each), each.params) for each in function.functions)
    return replace(_plain(function, names, ()), functions=tuple(called))


def may_be_kept(function: Function) -> dict[str, bool]:
    """Return which functions of a module Numba may keep in its cache, by their names.

    >>> from s2s_ad.frontend.lower import lower
    >>> from s2s_ad.ir.kinds import Array
    >>> def power(x, n):
    ...     return x if n == 0 else x * power(x, n - 1)
    >>> def product(x):
    ...     return x[0] if len(x) == 1 else x[0] * product(x[1:])
    >>> may_be_kept(lower(lambda x: power(x, 3), (FLOAT,)).function)
    {'power': True, 'lambda': True}
    >>> may_be_kept(lower(lambda x: product(x), (Array("float64", "n"),)).function)
    {'product': False, 'product_1': False, 'lambda': False}
    """
    whole = {f"local.{each.name}": each for each in (*function.functions, function)}
    calls = {path: {eqn.op.path for eqn in calls_in(each.body)} for path, each in whole.items()}
    reached = {path: _reached(path, calls) for path in whole}
    narrow = has_narrow_floats(function)
    unsafe = {
        path
        for path, each in whole.items()
        if path in reached[path]
        and (narrow or _is_one_of_several(path, reached) or not _calls_itself_alike(each, path))
    }
    return {each.name: unsafe.isdisjoint({path, *reached[path]}) for path, each in whole.items()}


def _reached(path: str, calls: Mapping[str, set[str]]) -> set[str]:
    found = set[str]()
    waiting = [path]
    while waiting:
        more = calls[waiting.pop()] - found
        found |= more
        waiting += more
    return found


def _is_one_of_several(path: str, reached: Mapping[str, set[str]]) -> bool:
    """Say whether a function calls another one that calls it."""
    return any(path in reached[other] for other in reached[path] - {path})


def _calls_itself_alike(function: Function, path: str) -> bool:
    """Say whether a function calls itself with arguments of the very types it was given."""
    storage = Storage()
    storage.block(function.body)
    params = [param.value for param in function.params]
    calls = (eqn for eqn in calls_in(function.body) if eqn.op.path == path)
    return all(_is_alike(arg, param, storage) for eqn in calls for arg, param in zip(eqn.args, params, strict=True))


def _is_alike(arg: Arg, param: Arg, storage: Storage) -> bool:
    if not isinstance(arg, Var) or not isinstance(param, Var):
        return isinstance(arg, Lit) and arg.kind in _TYPES
    if arg == param or is_tape(param) or storage.same.root(arg) == storage.same.root(param):
        return True
    have, want = arg.kind, param.kind
    while isinstance(have, ListKind) and isinstance(want, ListKind):
        have, want = have.item, want.item
    return is_number(have) and is_number(want) and dtype_of(have) == dtype_of(want)


def _plain(function: Function, names: Names, given: Sequence[Param]) -> Function:
    """Return a function whose arguments, if it is called, are `given` as numbers of their types."""
    known = {var for param in given for var in variables(param.value)}
    known.update(
        out
        for stmt in statements_of(function.body)
        if isinstance(stmt, Eqn) and stmt.op != IDENTITY
        for out in stmt.outs
    )

    def block(old: Block) -> Block:
        return Block(tuple(new for stmt in old.stmts for new in statement(stmt)), old.results)

    def statement(stmt: Stmt) -> Iterator[Stmt]:
        if not isinstance(stmt, Eqn) or not is_local(stmt.op):
            yield map_blocks(stmt, block)
            return
        args: list[Arg] = []
        for arg in stmt.args:
            if isinstance(arg, Var | Lit) and arg.kind in _TYPES and arg not in known:
                number = Var(names.version(""), arg.kind)
                yield Eqn((number,), _TYPES[arg.kind], (arg,), (), stmt.origin)
                arg = number
            args.append(arg)
        yield replace(stmt, args=tuple(args))

    return replace(function, body=block(function.body))
