"""What Python can do with lists: their methods, and operators between them."""

from __future__ import annotations

from collections.abc import Sequence

from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.iteration import each
from s2s_ad.frontend.join import grow
from s2s_ad.frontend.lists import (
    append,
    change,
    clear,
    common_kind,
    copied,
    grown,
    insert,
    item,
    kind_of_item,
    pop,
    turn,
)  # fmt: skip
from s2s_ad.frontend.values import TupleV, Value, tokens
from s2s_ad.ir.core import Seq
from s2s_ad.ir.kinds import INT, Array, ListKind, is_integer, is_number
from s2s_ad.ir.ops import ADD, CALL_METHOD, op


def method(lo: Lowerer, owner: Value, name: str, args: list[Value]) -> Value:
    """Lower a method of a list; `each` runs over the items of an iterable."""
    match name, args:
        case "append", [value]:
            append(lo, owner, value)
        case "extend", [values]:
            extend(lo, owner, values)
        case "insert", [index, value]:
            insert(lo, owner, index, value)
        case "pop", []:
            return pop(lo, owner, lo.lit(-1))
        case "pop", [index]:
            return pop(lo, owner, index)
        case "clear", []:
            clear(lo, owner)
        case "reverse", []:
            turn(lo, owner)
        case "copy", []:
            return copied(lo, owner)
        case "index" | "count", [value]:
            return lo.emit(CALL_METHOD, [lo.operand(owner), lo.lit(name), lo.operand(value)], kind=INT)
        case _:
            lo.refuse(f"the method {name!r} of a list", "write it as a loop, or use NumPy functions of arrays")
    return lo.lit(None)


def extend(lo: Lowerer, owner: Value, values: Value) -> None:
    """Lower xs.extend(values) and xs += values."""
    if isinstance(owner, TupleV) and isinstance(values, TupleV):
        change(lo, owner, TupleV((*owner.items, *values.items), "list", owner.token))
    elif isinstance(owner, TupleV):
        grow(lo, tokens(owner), "a list is extended by what has no known length", "append in a loop")
    else:
        each(lo, values, lambda value: append(lo, owner, value))


def joined(lo: Lowerer, left: Value, right: Value) -> Value:
    """Lower xs + ys of lists of which one has no known length."""
    kind = lo.kind(left)
    if kind == lo.kind(right) and isinstance(kind, ListKind) and is_number(kind.item) and is_integer(kind.item):
        return lo.wrap(lo.emit(ADD, [lo.operand(left), lo.operand(right)], kind=kind))
    result = grown(lo, left.items, lo.site()) if isinstance(left, TupleV) else copied(lo, left)
    extend(lo, result, right)
    return result


def repeated(lo: Lowerer, items: Sequence[Value], count: Value) -> Value:
    """Lower [x] * n for a number n that is not known."""
    args = [item(lo, part) for part in items]
    kind = common_kind([kind_of_item(arg) for arg in args])
    if kind is None or any(isinstance(kind_of_item(arg), Array | ListKind) for arg in args):
        lo.refuse("a list of such items times a number that is not known", "fill it in a loop")
    name = lo.naming[1] if lo.naming[0] is lo.node else None
    repeat = [Seq(tuple(args), "list"), lo.read(count)]
    return lo.wrap(lo.emit(op("operator.mul"), repeat, kind=ListKind(kind), hint=name))
