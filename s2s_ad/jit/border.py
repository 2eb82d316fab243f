"""The border between Python and compiled code: structures are taken apart outside, the core has numbers and arrays.

    @njit                                            def loss_vjp(params, x, y_bar=1.0):
    def loss_vjp_core(w, b, x, y_bar):                   w, b = params["w"], params["b"]
        …                                                loss, w_bar, b_bar = loss_vjp_core(w, b, x, y_bar)
        return loss, w_bar, b_bar                        return loss, ({"w": w_bar, "b": b_bar},)

A function of numbers and arrays that gives numbers and arrays needs no border: it is compiled as it is, and
compiled code can call it.
"""

from __future__ import annotations

from dataclasses import replace

from s2s_ad.errors import UnsupportedError
from s2s_ad.ir.core import Arg, Block, Eqn, Function, Lit, Param, Seq, Var, all_bound, free, variables
from s2s_ad.ir.kinds import Array, Kind, NumpyScalar, Opaque, PyScalar
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import UNPACK, local, op
from s2s_ad.ir.tapes import is_tape

CORE = "_core"
"""What the name of a function ends in that is called across the border."""
WIDE = "float64", "int64", "bool", "complex128"
"""What compiled code gives back as Python numbers."""


def has_border(function: Function) -> bool:
    """Say whether a function takes or gives anything else than numbers, arrays and tuples of those."""
    given = (*function.params, *function.seeds)
    plain = all(isinstance(param.value, Var) and _is_compiled(param.kind) and not param.keyword_only for param in given)
    return bool(function.captures) or not plain or not _is_plain(function.result)


def refuse_tapes(function: Function) -> None:
    """Raise UnsupportedError where a sweep is handed a tape by another: Python is between them."""
    for stmt in function.body.stmts:
        if isinstance(stmt, Eqn) and stmt.op == UNPACK and any(map(is_tape, stmt.outs)):
            reason = f"with jit, the pullback of {function.name}, which keeps a tape of its loops"
            raise UnsupportedError(reason, function.place, "use grad or value_and_grad, or leave jit out")


def bordered(function: Function, names: Names) -> tuple[Function, Function]:
    """Return the function that is called from Python, and its core."""
    inside = {*all_bound(function.body)}
    outs = tuple(var for var in dict.fromkeys(variables(function.result)) if var in inside)
    given = [var for param in (*function.params, *function.seeds) for var in variables(param.value)]
    given += [capture.var for capture in function.captures if _is_compiled(capture.var.kind)]
    missing = free(Block(function.body.stmts, outs)) - {*given}
    for capture in function.captures:
        if capture.var in missing:
            reason = f"with jit, {capture.name} is read, which is neither a number nor an array"
            raise UnsupportedError(reason, function.place, "pass what is needed of it as a number, or leave jit out")
    params = tuple(Param(var.name.replace(".", "_"), var.kind, var) for var in given)
    name = f"{function.name}{CORE}"
    core = Function(
        name, params, (), Block(function.body.stmts, outs), outs[0] if len(outs) == 1 else Seq(outs), function.place
    )
    numbers = {out: Var(names.version(out.hint), out.kind) for out in outs if not _is_wide(out.kind)}
    call = Eqn(tuple(numbers.get(out, out) for out in outs), local(name), tuple(given))
    kept = [Eqn((out,), op(f"numpy.{out.kind}"), (number,)) for out, number in numbers.items()]
    return replace(function, body=Block((call, *kept), function.body.results), functions=()), core


def _is_compiled(kind: Kind) -> bool:
    return isinstance(kind, PyScalar | NumpyScalar | Array) or kind == Opaque("tuple")


def _is_wide(kind: Kind) -> bool:
    return not isinstance(kind, NumpyScalar) or kind.dtype in WIDE


def _is_plain(tree: Arg) -> bool:
    match tree:
        case Var(kind=kind):
            return _is_compiled(kind) and _is_wide(kind)
        case Lit(value):
            return value is None or isinstance(value, bool | int | float)
        case Seq(items, "tuple"):
            return all(map(_is_plain, items))
        case _:
            return False
