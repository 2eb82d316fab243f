"""Adjoints of calls of recursive functions.

A function that calls itself becomes two: one that gives what it gave and puts on a tape what its
adjoint needs, and one that takes it off again.  The adjoint runs all that the function ran backwards,
the calls too, so that one tape serves the whole recursion.

An array that is handed on as it is from call to call has one adjoint for all of them, to which each adds in place:

    A_bar = minor_bar(v20_bar, A_bar, tape)

Else each call would make zeros of its size, and add all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from s2s_ad.analysis.activity import Entered
from s2s_ad.analysis.storage import Storage
from s2s_ad.errors import UnsupportedError
from s2s_ad.ir.core import (
    Arg,
    Atom,
    Block,
    Eqn,
    Function,
    Lit,
    Seq,
    Stmt,
    Var,
    map_blocks,
    place_of,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import FLOAT, Array, is_complex, is_differentiable, number_kind
from s2s_ad.ir.names import unique
from s2s_ad.ir.ops import NEW_TAPE, calls_in, is_local, local
from s2s_ad.ir.tapes import TAPE_OF_CALLS, is_tape, whole
from s2s_ad.transform.adjoints import Adjoints, bar_hint
from s2s_ad.transform.sweep import Called, Sweep


def called_functions(functions: Sequence[Function], given: Entered, narrow: bool) -> dict[str, Called]:
    """Return how the adjoints of functions are called, by the paths of the functions; `narrow` as in `Adjoints`."""
    found: dict[str, Called] = {}
    taken = {function.name for function in functions}
    handed = set(_handed_on(functions))
    for function in functions:
        _refuse_complex(function)
        path = f"local.{function.name}"
        params = tuple(
            i for i in sorted(given.get(path, ()))
            if all(is_differentiable(var.kind) for var in variables(function.params[i].value))
        )  # fmt: skip
        atoms = tuple(result_atoms(function.result))
        results = tuple(i for i, atom in enumerate(atoms) if isinstance(atom, Var) and is_differentiable(atom.kind))
        tapes = tuple(i for i, param in enumerate(function.params) if is_tape(param.value))
        sums = () if narrow else tuple(i for i in params if (path, i) in handed)
        name = unique(f"{function.name}_bar", taken)
        writes = tuple((len(results) + place, params.index(i)) for place, i in enumerate(sums))
        found[path] = Called(local(name, writes), results, params, tapes, sums)
    return found


def _handed_on(functions: Sequence[Function]) -> Iterator[tuple[str, int]]:
    """Yield the arrays that a function gives on to another, or to itself, as it was given them: function and place.

    One that is written in place has an adjoint of its own before each write.
    """
    written = {(f"local.{function.name}", i) for function in functions for i in _written(function)}
    for function in functions:
        given = {var for param in function.params for var in variables(param.value)}
        for eqn in calls_in(function.body):
            places = (i for i, arg in enumerate(eqn.args) if arg in given and _has_axes(arg))
            yield from (place for i in places if (place := (eqn.op.path, i)) not in written)


def _written(function: Function) -> Iterator[int]:
    storage = Storage()
    storage.block(function.body)
    for i, param in enumerate(function.params):
        if any(map(storage.writes_to, variables(param.value))):
            yield i


def _has_axes(arg: Arg) -> bool:
    return isinstance(arg, Var) and isinstance(arg.kind, Array) and bool(arg.kind.axes)


def _refuse_complex(function: Function) -> None:
    """Refuse a recursive function of complex numbers: at one call they may be real, at another not."""
    given = [var.kind for param in function.params for var in variables(param.value)]
    if any(is_complex(kind) for kind in (*given, *(atom.kind for atom in result_atoms(function.result)))):
        raise UnsupportedError(
            f"the recursive function {function.name} takes or gives complex numbers", function.place,
            "write it as a loop, or give it the real and the imaginary parts",
        )  # fmt: skip


def result_atoms(tree: Arg) -> Iterator[Var | Lit]:
    """Yield the numbers and arrays that a called function returns."""
    for item in tree.items if isinstance(tree, Seq) else (tree,):
        assert isinstance(item, Var | Lit)
        yield item


def reverse_call(sweep: Sweep, eqn: Eqn, adjoints: Adjoints) -> list[Stmt]:
    """Emit a call of the adjoint; return the call that puts what it needs on a tape."""
    called = sweep.functions[eqn.op.path]
    bars: list[Atom] = []
    for position in called.results:
        bar = adjoints.bars.pop(eqn.outs[position], None)
        bars.append(bar if bar is not None else adjoints.zero(eqn.outs[position]))
    tape = sweep.tapes.of_calls()
    sums = _sums(eqn, called, adjoints)
    bars += sums.values()
    bars += [_tape_bar(sweep, eqn, eqn.args[i]) for i in called.tapes]
    args = [eqn.args[i] for i in called.params]
    kinds = [number_kind(arg.kind) if isinstance(arg, Var | Lit) else FLOAT for arg in args]
    outs = [
        sweep.lo.var(kind, hint=bar_hint(arg) if isinstance(arg, Var) else "")
        for arg, kind in zip(args, kinds, strict=True)
    ]
    sweep.lo.stmts.append(Eqn(tuple(outs), called.backward, (*bars, tape), (), sweep.lo.origin))
    for place, arg, bar in zip(called.params, args, outs, strict=True):
        if not isinstance(arg, Var) or arg not in sweep.active:
            continue
        if place in sums and adjoints.bars.get(arg) == sums[place]:
            adjoints.goes_on(arg, bar)
        else:
            adjoints.add(arg, bar)
    return [replace(eqn, args=(*eqn.args, tape))]


def _sums(eqn: Eqn, called: Called, adjoints: Adjoints) -> dict[int, Var]:
    """Return what is added to, by the places of the arguments: their adjoints, or zeros of their own.

    Those have an argument that is given twice, and one that is a view: its adjoint is added to a part of another.
    """
    found: dict[int, Var] = {}
    for place in called.sums:
        arg = eqn.args[place]
        assert isinstance(arg, Var)
        twice = any(eqn.args[other] == arg for other in found)
        found[place] = adjoints.zeros(arg) if twice or arg in adjoints.views else adjoints.writable(arg)
    return found


def _tape_bar(sweep: Sweep, eqn: Eqn, tape: Arg) -> Var:
    """Return the tape of adjoints for a tape that a function is given."""
    if is_tape(tape) and whole(tape) in sweep.active:
        found = sweep.tape_bars.get(tape)  # one that was written elsewhere has adjoints that nobody reads
        return found or sweep.lo.emit(NEW_TAPE, [], kind=tape.kind, hint=bar_hint(tape))
    reason = f"a further derivative of {eqn.op.path.removeprefix('local.')}, by which the first one was not taken"
    raise UnsupportedError(reason, place_of(eqn), "write the recursion as a loop")


def with_tapes(stmts: Iterable[Stmt], arguments: Mapping[str, int]) -> Iterator[Stmt]:
    """Yield statements in which calls that have no adjoint get a tape that nobody reads."""
    for stmt in stmts:
        if isinstance(stmt, Eqn) and is_local(stmt.op) and len(stmt.args) == arguments.get(stmt.op.path):
            tape = Var(f"{stmt.op.path}.unread", TAPE_OF_CALLS)
            yield Eqn((tape,), NEW_TAPE, (), (), stmt.origin)
            yield replace(stmt, args=(*stmt.args, tape))
        else:
            yield map_blocks(stmt, lambda block: Block(tuple(with_tapes(block.stmts, arguments)), block.results))
