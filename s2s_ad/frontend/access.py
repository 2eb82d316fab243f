"""Lowering of indexing and attributes: items, views, and what may share storage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from s2s_ad.frontend import captured, lists, objects
from s2s_ad.frontend.context import Lowerer, expression
from s2s_ad.frontend.join import alias, grow, lists_of
from s2s_ad.frontend.layout import flat_view, is_same, view_of
from s2s_ad.frontend.values import (
    DictV,
    ListOf,
    Made,
    MethodV,
    ObjectV,
    Ref,
    SliceV,
    Static,
    TupleV,
    Unbound,
    Value,
    View,
    leaves,
    map_leaves,
)  # fmt: skip
from s2s_ad.ir.core import Arg, Atom, Lit, Op, Var
from s2s_ad.ir.kinds import (
    BOOL,
    INT,
    Array,
    DictKind,
    Kind,
    Known,
    ListKind,
    NumpyScalar,
    ObjectKind,
    Opaque,
    PyScalar,
    TupleKind,
    axes_of,
    is_differentiable,
    is_numeric,
)
from s2s_ad.ir.ops import COPY, GETATTR, GETITEM, UNPACK, op
from s2s_ad.rules.language import lookup
from s2s_ad.rules.methods import ATTRIBUTES, PASSIVE_ATTRIBUTES

INDEXED: dict[int, Callable[[Lowerer, Value], Value]] = {}
"""What lowers `np.r_[…]` and kin, by the identity of the object that is indexed."""


@expression("Slice")
def slice_(lo: Lowerer, node: Any) -> Value:
    """Lower start:stop:step."""
    parts = [lo.lit(None) if part is None else lo.expr(part) for part in (node.lower, node.upper, node.step)]
    return SliceV(parts[0], parts[1], parts[2])


def getitem(lo: Lowerer, owner: Value, index: Value) -> Value:
    """Return owner[index]."""
    match owner:
        case TupleV(items, kind) if isinstance(index, Lit) and isinstance(index.value, int):
            if not -len(items) <= index.value < len(items):
                reason = f"index {index.value} is out of range for {len(items)} items"
                grow(lo, lists_of(owner), reason, "use an index that there is")
            return items[index.value]
        case TupleV(items, kind) if isinstance(index, SliceV):
            parts = [lo.read(part) for part in (index.start, index.stop, index.step)]
            if all(isinstance(part, Lit) for part in parts):
                chosen = items[slice(*(part.value for part in parts if isinstance(part, Lit)))]
                return lists.made(lo, chosen) if kind == "list" else TupleV(chosen)
        case DictV() if (key := known_key(index)) is not None:
            value = dict(lo.record(owner, whole=False)).get(key.value)
            if value is None:
                lo.refuse(f"the dict has no key {key.value!r}", "use a key that it has, or get with a default")
            if isinstance(value, Unbound):
                lo.refuse(f"the item {key.value!r} {value.reason}", "set it on every way to this place")
            return value
        case ListOf(tree) if isinstance(index, SliceV):
            return ListOf(map_leaves(tree, lambda column: getitem(lo, column, index)))
        case ListOf(tree):
            return map_leaves(tree, lambda column: _item_of_column(lo, column, index))
        case MethodV(array, "flat"):
            return flat_item(lo, array, index)
        case Static(obj) if id(obj) in INDEXED:
            return INDEXED[id(obj)](lo, index)
        case _:
            pass
    if isinstance(owner, TupleV | DictV):
        reason, remedy = (
            "an index that is not known before the run",
            "make it a constant, or stack the items in an array",
        )
        grow(lo, lists_of(owner) if isinstance(owner, TupleV) else frozenset(), reason, remedy)
    base = lo.read(owner)
    index_arg = lo.operand(index)
    if isinstance(owner, Ref) and isinstance(base.kind, Array):
        kind = lo.infer(GETITEM, [base, index_arg])
        if is_basic(lo, index):
            if isinstance(kind, Array):
                return lo.view(owner, View(GETITEM, (index_arg,)))
            return lo.emit(GETITEM, [base, index_arg], kind=kind)
        return lo.wrap(lo.emit(GETITEM, [base, index_arg], kind=kind))
    item = lo.emit(GETITEM, [base, index_arg])
    if isinstance(base.kind, ListKind) and not isinstance(index, SliceV):
        return lists.taken(lo, item)
    return lo.wrap(item)


def truth(lo: Lowerer, value: Value) -> Atom:
    """Return an atom with the truth value of a value: a constant where that is known."""
    if objects.has(value, "__bool__"):
        return truth(lo, objects.special(lo, value, "__bool__", []))
    if objects.has(value, "__len__"):
        return truth(lo, objects.special(lo, value, "__len__", []))
    if isinstance(value, DictV):
        return lo.lit(bool(lo.record(value)))
    if isinstance(value, TupleV):
        return lo.lit(bool(value.items))
    if isinstance(value, Static | Made | ObjectV):
        return lo.lit(True)
    atom = lo.read(next(leaves(value)) if isinstance(value, ListOf) else value)
    if isinstance(atom.kind, ListKind):
        return lo.emit(op("builtins.bool"), [atom], kind=BOOL, hint="")
    return lo.lit(bool(atom.value)) if isinstance(atom, Lit) else atom


def flat(lo: Lowerer, owner: Value) -> Ref:
    """Return x.flat, the elements of an array in a row, where that is a view of it."""
    view = flat_view(lo, owner) if isinstance(owner, Ref) else None
    if view is None:
        lo.refuse("a flat view of an array that may not be in the order of C", "index the array itself")
    return view


def flat_item(lo: Lowerer, owner: Value, index: Value) -> Value:
    """Return x.flat[index]: a number or a copy."""
    if isinstance(index, TupleV):
        lo.refuse("x.flat with more than one index", "index the array itself")
    item = getitem(lo, flat(lo, owner), index)
    return lo.wrap(lo.emit(COPY, [lo.read(item)])) if isinstance(item, Ref) and item.path else item


def _item_of_column(lo: Lowerer, column: Value, index: Value) -> Value:
    """Return an item of a list of structures at one of its leaves: what is the same in all is known."""
    kind = lo.kind(column)
    match kind.item if isinstance(kind, ListKind) else kind:
        case Opaque("NoneType"):
            return lo.lit(None)
        case Known(obj):
            return captured.known(lo, obj)
        case _:
            return getitem(lo, column, index)


def is_basic(lo: Lowerer, index: Value) -> bool:
    """Say whether indexing gives a view (ints, slices, None, Ellipsis) and not a copy."""
    parts = index.items if isinstance(index, TupleV) and index.type == "tuple" else (index,)
    return all(
        isinstance(part, SliceV)
        or (isinstance(part, Lit) and (part.value is None or part.value is Ellipsis))
        or lo.kind(part) == INT
        or (isinstance(kind := lo.kind(part), NumpyScalar) and kind.dtype.startswith(("int", "uint")))
        for part in parts
    )


def is_view(lo: Lowerer, owner: Value, index: Value) -> bool:
    """Say whether owner[index] is a view of an array, and not a number or a copy."""
    return isinstance(lo.infer(GETITEM, [lo.read(owner), lo.operand(index)]), Array) and is_basic(lo, index)


def known_key(index: Value) -> Lit | None:
    """Return a key of a dict as a constant, None if it is none."""
    if isinstance(index, TupleV) and index.type == "tuple":
        keys = [known_key(item) for item in index.items]
        values = tuple(key.value for key in keys if key is not None)
        return Lit(values, Opaque("tuple")) if len(values) == len(keys) else None
    return index if isinstance(index, Lit) else None


def constant_key(lo: Lowerer, value: Value) -> Any:
    """Return a key of a dict."""
    key = known_key(value)
    if key is None:
        lo.refuse("a dict key that is not known before the run", "use keys that are constants")
    return key.value


def getattr_(lo: Lowerer, owner: Value, name_: str) -> Value:
    """Return owner.name."""
    if isinstance(owner, Static):
        return captured.attribute(lo, owner, name_)
    kind = lo.kind(owner)
    if isinstance(kind, PyScalar | NumpyScalar | Array):
        return _number_attribute(lo, owner, kind, name_)
    if isinstance(owner, TupleV | DictV | ListOf) or isinstance(kind, ListKind | TupleKind | DictKind):
        return MethodV(owner, name_)
    return MethodV(owner, name_) if isinstance(owner, Lit) else _opaque_attribute(lo, owner, name_)


def _number_attribute(lo: Lowerer, owner: Value, kind: Kind, name_: str) -> Value:
    axes = axes_of(kind)
    if name_ == "ndim" and axes is not None:
        return lo.lit(len(axes))
    if name_ == "shape" and axes == "":
        return TupleV(())
    if name_ == "size" and axes == "" and lo.quiet:
        return lo.lit(1)
    if name_ in ("shape", "size", "ndim") and axes is None:
        return lo.emit(
            op(f"numpy.{name_}"), [lo.read(owner)], kind=Opaque("shape") if name_ == "shape" else INT, hint=""
        )
    if name_ in ATTRIBUTES:
        return view_or_call(lo, op(ATTRIBUTES[name_]), owner, [], ())
    if name_ in PASSIVE_ATTRIBUTES:
        return lo.emit(GETATTR, [lo.read(owner), lo.lit(name_)], hint="" if name_ == "shape" else None)
    return MethodV(owner, name_)


def view_or_call(
    lo: Lowerer, operation: Any, owner: Value, args: list[Any], kwargs: tuple[tuple[str, Any], ...]
) -> Value:
    """Call a function of an array: the result is a view of it, may share its storage, or is new."""
    view = known_view(lo, operation, owner, args, kwargs)
    if view is not None:
        return view
    rule = lookup(operation.path)
    result = lo.wrap(lo.emit(operation, [lo.read(owner), *args], kwargs))
    if rule is not None and rule.view:
        note_sharing(lo, [owner], result)
    return result


def known_view(
    lo: Lowerer, operation: Op, owner: Value, args: Sequence[Arg], kwargs: tuple[tuple[str, Arg], ...]
) -> Ref | None:
    """Return what a function of an array gives, if that is surely a view of it."""
    rule = lookup(operation.path)
    if not isinstance(owner, Ref) or rule is None or not rule.view:
        return None
    if is_same(lo, operation, owner, tuple(args), dict(kwargs)):
        return owner
    view = view_of(lo, operation, owner, tuple(args), dict(kwargs))
    return view and lo.view(owner, view)


def as_array(lo: Lowerer, value: Value) -> Value:
    """Return the array that NumPy makes of a sequence with floats in it; other values as they are."""
    if isinstance(value, TupleV) and is_differentiable(lo.kind(value)):
        return lo.wrap(lo.emit(op("numpy.array"), [lo.operand(TupleV(value.items, "list"))]))
    kind = lo.kind(value)
    if (
        isinstance(value, Var | Ref)
        and isinstance(kind, ListKind)
        and is_numeric(kind.item)
        and not isinstance(kind.item, Array)
    ):
        return lo.wrap(lo.emit(op("numpy.array"), [lo.read(value)]))
    return value


def note_sharing(lo: Lowerer, operands: Sequence[Value], result: Value) -> None:
    """Note that the arrays of a result may share storage with arrays among the operands, but not with each other."""
    before = found = lo.memory.aliases
    for made in leaves(result):
        lo.memory.aliases = before
        for leaf in (leaf for operand in operands for leaf in leaves(operand)):
            if isinstance(leaf, Ref) and isinstance(lo.kind(made), ListKind):  # its items are taken from it later
                lo.memory.shared |= lo.memory.may_be(leaf.cell)
            elif isinstance(leaf, Ref) and isinstance(made, Ref):
                alias(lo, leaf.cell, made.cell)
        found |= lo.memory.aliases
    lo.memory.aliases = found


def _note_items(lo: Lowerer, owner: Value, items: Sequence[Value]) -> None:
    """Note that arrays are items of a list; those of an argument are surely apart from each other."""
    cells = {item.cell for item in items if isinstance(item, Ref)}
    if isinstance(owner, Ref) and lo.version(owner.cell) in lo.arguments:
        lo.memory.aliases |= {frozenset((owner.cell, cell)) for cell in cells}
    else:
        lo.memory.shared |= cells


def _opaque_attribute(lo: Lowerer, owner: Value, name_: str) -> Value:
    if lo.kind(owner) in (Opaque("str"), Opaque("Generator"), Opaque("RandomState")):
        return MethodV(owner, name_)
    if isinstance(kind := lo.kind(owner), ObjectKind):
        remedy = "let the outer one be a tuple, or pass a list of numbers or arrays for each attribute"
        lo.refuse(f"attribute {name_!r} of {kind} in a list within a list", remedy)
    lo.refuse(
        f"attribute {name_!r} of a value whose type is not known ({lo.kind(owner)})",
        "pass numbers, arrays, tuples, lists or dicts",
    )


def items_of(lo: Lowerer, value: Value, what: str, count: int | None = None) -> tuple[Value, ...]:
    """Return the items of a value whose length is known, or is `count` when the program runs."""
    if isinstance(value, TupleV):
        return value.items
    if isinstance(value, DictV):
        return tuple(lo.lit(key) for key, _ in lo.record(value))
    if isinstance(value, ListOf) and count is not None:
        columns = [items_of(lo, column, what, count) for column in leaves(value.tree)]
        rows = [iter(row) for row in zip(*columns, strict=True)]
        return tuple(map_leaves(value.tree, lambda _, row=row: next(row)) for row in rows)
    kind = lo.kind(value)
    if isinstance(kind, TupleKind):
        return tuple(getitem(lo, value, lo.lit(i)) for i in range(len(kind.items)))
    if isinstance(kind, Array) and kind.axes and count is not None:
        item = lo.infer(GETITEM, [lo.read(value), lo.lit(0)])
        return _rows(lo, value, lo.emit_many(UNPACK, [lo.read(value)], (), [item] * count))
    if isinstance(kind, ListKind) and count is not None:
        items = tuple(lo.wrap(out) for out in lo.emit_many(UNPACK, [lo.read(value)], (), [kind.item] * count))
        _note_items(lo, value, items)
        return items
    lo.refuse(f"{what} must have a length that is known here, and {kind} has not", "index it instead")


def _rows(lo: Lowerer, owner: Value, made: Sequence[Var]) -> tuple[Value, ...]:
    """Return the rows that an array was unpacked into: views of it."""
    if not isinstance(owner, Ref) or not all(isinstance(row.kind, Array) for row in made):
        return tuple(lo.wrap(row) for row in made)
    rows = [Ref(owner.cell, (*owner.path, View(GETITEM, (lo.lit(i),)))) for i in range(len(made))]
    base = lo.version(owner.cell)
    lo.memory.views.update({(base, row.path): out for row, out in zip(rows, made, strict=True)})
    return tuple(rows)
