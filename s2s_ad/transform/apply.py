"""What the equations of derivative rules are given: values of the operands and results of an equation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NoReturn, TypeVar

from s2s_ad.errors import NoRuleError
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.values import DictV, ListOf, SliceV, Static, TupleV, Value
from s2s_ad.ir.core import Arg, Eqn, Lit, Map, Op, Record, Rows, Seq, Slice, Step, Var, place_of
from s2s_ad.ir.kinds import Kind, ListKind, Opaque, is_complex, kind_of
from s2s_ad.ir.kinds import leaves as leaves_of
from s2s_ad.ir.ops import GETITEM
from s2s_ad.rules.indexing import arg_kind
from s2s_ad.rules.language import Rule
from s2s_ad.rules.passive import ONE_DERIVATIVE

T = TypeVar("T")
OPERATORS = {
    "+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow", "@": "matmul",
    "<<": "lshift", ">>": "rshift", "&": "and_", "|": "or_", "^": "xor",
}  # fmt: skip
"""The functions of the operator module by the sign of `x op= y`."""


def value_of(arg: Arg) -> Value:
    """Return the abstract value of an argument of an equation."""
    match arg:
        case Seq(items, made):
            return TupleV(tuple(value_of(item) for item in items), made)
        case Map(items):
            return DictV(tuple((key, value_of(item)) for key, item in items))
        case Slice(start, stop, step):
            return SliceV(value_of(start), value_of(stop), value_of(step))
        case Lit(value, Opaque(made)) if made.startswith("static"):
            return Static(value)
        case Rows(columns):
            return ListOf(value_of(columns))
        case Var() | Lit():
            return arg
        case Step():
            raise TypeError("a step of a path is no value")
        case Record():
            raise AssertionError("internal error: an object in an equation")


def step(lo: Lowerer, x: Arg, part: Arg) -> Var:
    """Emit one step of the path from an array to what is written in it."""
    if isinstance(part, Step):
        return lo.emit(part.op, [x, *part.args], part.kwargs)
    return lo.emit(GETITEM, [x, part])


def results_of(rule: Rule, outs: Sequence[T]) -> list[tuple[str, Sequence[T]]]:
    """Return the results of a rule with the outs that each stands for: all of them where it has one that is a tuple.

    Where there are fewer outs than results, the last ones were not asked for.
    """
    if rule.outputs == 1:
        return [(rule.results[0], outs)]
    return [(name, (out,)) for name, out in zip(rule.results, outs, strict=False)]


def as_result(values: Sequence[Value]) -> Value:
    """Return the value of one out, or the tuple of several."""
    return values[0] if len(values) == 1 else TupleV(tuple(values))


def default_value(value: Any) -> Value:
    """Return the abstract value of a rule's default."""
    return Lit(value, kind_of(value))


def refuse_complex(eqn: Eqn, rule: Rule) -> None:
    """Raise NoRuleError where there are complex numbers and the rule is one for real numbers."""
    if rule.complex:
        return
    kinds = [*(arg_kind(arg) for arg in (*eqn.args, *(arg for _, arg in eqn.kwargs))), *(out.kind for out in eqn.outs)]
    if any(is_complex(kind) for kind in leaf_kinds(kinds)):
        no_rule(eqn, f"the rule of {public_name(eqn.op)} is for real numbers, and here are complex ones")


def no_rule(eqn: Eqn, reason: str) -> NoReturn:
    """Raise NoRuleError at the place of an equation."""
    name = public_name(eqn.op)
    raise NoRuleError(
        reason, place_of(eqn), f"keep what {name} gets out of argnums, or write it with functions that have rules"
    )


def unknown(eqn: Eqn) -> NoReturn:
    """Raise NoRuleError for an operation that has no rule."""
    once = ONE_DERIVATIVE.get(eqn.op.path)
    if once is None:
        no_rule(eqn, f"no derivative rule for {public_name(eqn.op)}")
    remedy = "take one derivative, or write it with functions that have more"
    raise NoRuleError(f"no second derivative of {once}", place_of(eqn), remedy)


def leaf_kinds(kinds: Iterable[Kind]) -> Iterator[Kind]:
    """Yield the kinds of the numbers and arrays in (nested) lists and tuples."""
    for kind in kinds:
        for leaf in leaves_of(kind):
            if isinstance(leaf, ListKind):
                yield from leaf_kinds([leaf.item])
            else:
                yield leaf


def public_name(operation: Op) -> str:
    """Return what a user knows an operation by."""
    path = operation.path.removeprefix("custom.") if operation.custom is not None else operation.path
    return path.removeprefix("ir.").removeprefix("s2s_ad.rules.helpers.")
