"""Adjoints of calls of recursive functions.

A function that calls itself becomes two: one that gives what it gave and puts on a tape what its
adjoint needs, and one that takes it off again.  The adjoint runs all that the function ran backwards,
the calls too, so that one tape serves the whole recursion.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, count

from s2s_ad.analysis.activity import Entered
from s2s_ad.errors import UnsupportedError
from s2s_ad.ir.core import Arg, Atom, Block, Eqn, Function, Lit, Seq, Stmt, Var, map_blocks, place_of, variables
from s2s_ad.ir.kinds import FLOAT, is_complex, is_differentiable, number_kind
from s2s_ad.ir.ops import NEW_TAPE, is_local, local
from s2s_ad.ir.tapes import TAPE_OF_CALLS, is_tape, whole
from s2s_ad.transform.adjoints import Adjoints, bar_hint
from s2s_ad.transform.sweep import Called, Sweep


def called_functions(functions: Sequence[Function], given: Entered) -> dict[str, Called]:
    """Return how the adjoints of functions are called, by the paths of the functions."""
    found: dict[str, Called] = {}
    taken = {function.name for function in functions}
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
        name = f"{function.name}_bar"
        name = next(each for each in chain([name], (f"{name}_{n}" for n in count(2))) if each not in taken)
        taken.add(name)
        found[path] = Called(local(name), results, params, tapes)
    return found


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
    bars += [_tape_bar(sweep, eqn, eqn.args[i]) for i in called.tapes]
    args = [eqn.args[i] for i in called.params]
    kinds = [number_kind(arg.kind) if isinstance(arg, Var | Lit) else FLOAT for arg in args]
    outs = [
        sweep.lo.var(kind, hint=bar_hint(arg) if isinstance(arg, Var) else "")
        for arg, kind in zip(args, kinds, strict=True)
    ]
    sweep.lo.stmts.append(Eqn(tuple(outs), called.backward, (*bars, tape), (), sweep.lo.origin))
    for arg, bar in zip(args, outs, strict=True):
        if isinstance(arg, Var) and arg in sweep.active:
            adjoints.add(arg, bar)
    return [replace(eqn, args=(*eqn.args, tape))]


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
