"""Lists that change: item by item while their length is known, and as storage where it is not.

A list that the function makes is dissolved into its items, which gives the best code.  Where its
length stops being known (a loop appends to it, two branches leave it with different lengths, an
index is not known), lowering starts anew and makes the list as a cell of storage from the
beginning; what changes it is then an equation from the old list to the new one.
"""

from __future__ import annotations

from collections.abc import Sequence

from s2s_ad.frontend.context import Lowerer, Site
from s2s_ad.frontend.join import grow
from s2s_ad.frontend.memory import check_writable, reachable
from s2s_ad.frontend.values import (
    DictV,
    ListOf,
    ObjectV,
    Ref,
    TupleV,
    Value,
    children,
    is_alike,
    leaves,
    map_leaves,
    objects_in,
    rebuild,
    same_shape,
    tokens,
    with_changed,
    without_tokens,
)  # fmt: skip
from s2s_ad.ir.core import Arg, Lit, Op, Seq, Var
from s2s_ad.ir.kinds import NOTHING, UNKNOWN, Kind, ListKind, is_unranked, join
from s2s_ad.ir.ops import APPEND, CLEAR, DELETE, IDENTITY, INSERT, POP_ITEM, TURN, UPDATE, op
from s2s_ad.rules.indexing import arg_kind

# -- making lists -----------------------------------------------------------------------------


def made(lo: Lowerer, items: Sequence[Value]) -> Value:
    """Return a list of these items that the node makes: dissolved, or storage where it grows."""
    site = lo.site()
    if site in lo.growing:
        return grown(lo, items, site)
    token = lo.new_token()
    if site is not None:
        lo.made_at[token] = site
    return TupleV(tuple(items), "list", token)


def grown(lo: Lowerer, items: Sequence[Value], site: Site | None) -> Value:
    """Return a list of these items as storage; of structured items, a list for each leaf."""
    items = [_row(lo, item) if objects_in(item) else item for item in items]
    form = items[0] if items else lo.growing.get(site) if site else None
    if form is None or not _is_structured(form):
        return _noted(lo, _cell(lo, items), site)
    for item in items:
        if not same_shape(item, form):
            lo.refuse("a list of items of different structure changes its length", "give its items one structure")
    if any(isinstance(leaf, DictV | ObjectV) or leaf == TupleV(()) for leaf in leaves(form)):
        lo.refuse("a list of items with nothing in them, or in a part of them, changes its length", "leave that out")
    columns = iter([list(leaves(item)) for item in items])
    rows = list(columns)
    places = iter(range(len(list(leaves(form)))))

    def column(_: Value) -> Value:
        place = next(places)
        return _noted(lo, _cell(lo, [row[place] for row in rows]), site)

    return ListOf(map_leaves(without_tokens(form), column))


def _noted(lo: Lowerer, ref: Ref, site: Site | None) -> Ref:
    if site is not None:
        lo.made_at[ref.cell] = site
    return ref


def _cell(lo: Lowerer, items: Sequence[Value]) -> Ref:
    args = [item(lo, value) for value in items]
    kind = common_kind([kind_of_item(arg) for arg in args])
    if kind is None:
        lo.refuse("a list of items of different kinds changes its length", "give its items one kind")
    name = lo.naming[1] if lo.naming[0] is lo.node and lo.node is not None else None
    var = lo.emit(IDENTITY, [Seq(tuple(args), "list")], kind=ListKind(kind), hint=name)
    return lo.new_cell(var)


def item(lo: Lowerer, value: Value) -> Arg:
    """Return a value as an item of a list; the storage of an array is then that of the list too."""
    for leaf in leaves(value):
        if not isinstance(leaf, Var | Lit | Ref) and not (isinstance(leaf, TupleV) and leaf.type == "list"):
            lo.refuse("a function or another object is an item of a list that grows", "keep it in a tuple")
        if isinstance(leaf, Ref):
            lo.memory.shared |= lo.memory.may_be(leaf.cell)
    lo.memory.frozen |= tokens(value)
    return lo.operand(value)


def kind_of_item(arg: Arg) -> Kind:
    """Return the kind of an item: of a list written out, that of a list of any length."""
    if not isinstance(arg, Seq) or arg.type != "list":
        return arg_kind(arg)
    return ListKind(common_kind([kind_of_item(part) for part in arg.items]) or UNKNOWN)


def common_kind(kinds: Sequence[Kind]) -> Kind | None:
    """Return the kind of all items of a list: NOTHING if there are none, None if they have none in common."""
    found: Kind | None = NOTHING
    for kind in kinds:
        found = join(found, kind)
        if found is None or is_unranked(found) or (found == UNKNOWN and kind != UNKNOWN):
            return None
    return found


def _is_structured(value: Value) -> bool:
    return (isinstance(value, TupleV) and value.type == "tuple") or isinstance(value, DictV | ObjectV)


def _row(lo: Lowerer, value: Value) -> Value:
    """Return an item of a list as what the list keeps of it: others may hold the same, so nobody changes it."""
    lo.memory.frozen |= lo.memory.all_tokens(value)
    try:
        return without_tokens(lo.memory.dissolved(value))
    except RecursionError:
        lo.refuse("an object that holds itself is put into a list", "let it not hold itself")


# -- from dissolved to storage -------------------------------------------------------------------


def change(lo: Lowerer, owner: TupleV, changed: TupleV) -> None:
    """Let all names of a dissolved list stand for what it has become."""
    token = owner.token
    resized = len(owner.items) != len(changed.items)
    around = any(token in tokens(value) for value, elsewhere in reachable(lo) if elsewhere)
    reason = "a list is changed that others may share"
    if around:
        reason = "a list of another function or an object is changed"
    if not token or token in lo.memory.frozen or around or (resized and token <= lo.fence):
        grow(lo, frozenset({token}), reason, "build a new one and return it, or copy it first")
    lo.frame.env = {name: with_changed(value, token, changed) for name, value in lo.frame.env.items()}
    lo.changes += 1


def current(lo: Lowerer, value: Value, since: int) -> Value:
    """Return a value as it is now, if dissolved lists changed after it was evaluated."""
    if lo.changes == since or not tokens(value):
        return value
    if isinstance(value, TupleV) and value.token:
        for held in lo.frame.env.values():
            found = _with_token(held, value.token)
            if found is not None:
                return found
    inner = children(value)
    return rebuild(value, tuple(current(lo, child, since) for child in inner)) if inner else value


def _with_token(value: Value, token: int) -> Value | None:
    if isinstance(value, TupleV) and value.token == token:
        return value
    return next((found for child in children(value) if (found := _with_token(child, token)) is not None), None)


# -- changing lists --------------------------------------------------------------------------------


def _columns(owner: Value) -> list[Ref]:
    return [leaf for leaf in leaves(owner) if isinstance(leaf, Ref)]


def _resized(lo: Lowerer, owner: Value) -> None:
    """Refuse a change of length under a loop that runs over the list."""
    if any(column.cell in lo.iterated for column in _columns(owner)):
        lo.refuse("a list changes its length while a loop runs over it", "loop over a copy: list(xs)")


def _change(lo: Lowerer, list_: Ref, operation: Op, args: Sequence[Arg], item: Kind | None = None) -> None:
    """Emit an equation from a list to the changed list."""
    check_writable(lo, list_.cell)
    old = lo.memory.versions[list_.cell]
    kind = old.kind if item is None else ListKind(item)
    lo.memory.versions[list_.cell] = lo.emit(operation, [old, *args], kind=kind, hint=old.hint)


def _put(lo: Lowerer, owner: Value, value: Value, operation: Op, before: Sequence[Arg] = ()) -> None:
    """Put a value into a list: at its end, or at the index before it."""
    value = _row(lo, value) if objects_in(value) else value
    _resized(lo, owner)
    if isinstance(owner, ListOf):
        for column, part in zip(_columns(owner), _parts(lo, _form(owner.tree), value), strict=True):
            _put(lo, column, part, operation, before)
        return
    assert isinstance(owner, Ref)
    have = item_kind(lo, owner)
    if _is_structured(value):
        reason, remedy = "a tuple or dict is put into a list of other items", "give the items one structure"
        if have != NOTHING:
            lo.refuse(reason, remedy)
        grow(lo, frozenset({owner.cell}), reason, remedy, without_tokens(value))
    arg = item(lo, value)
    kind = common_kind([have, kind_of_item(arg)])
    if kind is None:
        lo.refuse(f"{kind_of_item(arg)} is put into a list of {have}", "give the items one kind and rank")
    _change(lo, owner, operation, [*before, arg], kind)


def _form(tree: Value) -> Value:
    return map_leaves(tree, lambda _: Lit(None, UNKNOWN))


def _parts(lo: Lowerer, form: Value, value: Value) -> list[Value]:
    """Return what an item has at each leaf of the form of the items of a list; a list in it may be of any length."""
    if not children(form) and (is_dissolved(value) or same_shape(form, value)):
        return [value]
    if not is_alike(form, value):
        lo.refuse("an item of another structure is put into a list", "give the items one structure")
    return [part for pair in zip(children(form), children(value), strict=True) for part in _parts(lo, *pair)]


def item_kind(lo: Lowerer, owner: Ref) -> Kind:
    """Return the kind of the items of a list."""
    kind = lo.kind(owner)
    assert isinstance(kind, ListKind)
    return kind.item


def is_list(lo: Lowerer, value: Value) -> bool:
    """Say whether a value is a list as storage, or a list of structured items."""
    return isinstance(value, ListOf) or (isinstance(value, Ref | Var) and isinstance(lo.kind(value), ListKind))


def is_dissolved(value: Value) -> bool:
    """Say whether a value is a list item by item."""
    return isinstance(value, TupleV) and value.type == "list"


def set_item(lo: Lowerer, owner: Value, index: Value, value: Value) -> None:
    """Lower xs[index] = value of a list as storage."""
    owner, value = _storage(lo, owner), _row(lo, value) if objects_in(value) else value
    if isinstance(owner, ListOf):
        for column, part in zip(_columns(owner), _parts(lo, _form(owner.tree), value), strict=True):
            set_item(lo, column, index, part)
        return
    assert isinstance(owner, Ref)
    if _is_structured(value):
        lo.refuse("a tuple or dict is put into a list of other items", "give the items one structure")
    arg = item(lo, value)
    kind = common_kind([item_kind(lo, owner), kind_of_item(arg)])
    if kind is None:
        lo.refuse(f"{kind_of_item(arg)} is put into a list of {item_kind(lo, owner)}", "give the items one kind")
    check_writable(lo, owner.cell)
    old = lo.memory.versions[owner.cell]
    args = [old, Seq(()), lo.read(index), lo.lit(""), arg]
    lo.memory.versions[owner.cell] = lo.emit(UPDATE, args, kind=ListKind(kind), hint=old.hint)


def append(lo: Lowerer, owner: Value, value: Value) -> None:
    """Lower xs.append(value)."""
    if isinstance(owner, TupleV):
        change(lo, owner, TupleV((*owner.items, value), "list", owner.token))
    else:
        _put(lo, _storage(lo, owner), value, APPEND)


def insert(lo: Lowerer, owner: Value, index: Value, value: Value) -> None:
    """Lower xs.insert(index, value)."""
    if isinstance(owner, TupleV) and isinstance(index, Lit):
        items = list(owner.items)
        items.insert(index.value, value)
        change(lo, owner, TupleV(tuple(items), "list", owner.token))
    elif isinstance(owner, TupleV):
        grow(lo, tokens(owner), "insert at an index that is not known", "append, or use an array")
    else:
        _put(lo, _storage(lo, owner), value, INSERT, [lo.read(index)])


def pop(lo: Lowerer, owner: Value, index: Value) -> Value:
    """Lower xs.pop(index)."""
    if isinstance(owner, TupleV):
        at = _known_index(lo, owner, index)
        rest = TupleV(owner.items[:at] + owner.items[at:][1:], "list", owner.token)
        change(lo, owner, rest)
        return owner.items[at]
    owner = _storage(lo, owner)
    _resized(lo, owner)
    at_end = index == lo.lit(-1)
    args = [] if at_end else [lo.read(index)]

    def from_column(column: Value) -> Value:
        assert isinstance(column, Ref)
        check_writable(lo, column.cell)
        old = lo.memory.versions[column.cell]
        assert isinstance(old.kind, ListKind)
        new, given = lo.emit_many(POP_ITEM, [old, *args], (), [old.kind, old.kind.item], [old.hint, None])
        lo.memory.versions[column.cell] = new
        return taken(lo, given)

    return map_leaves(owner.tree, from_column) if isinstance(owner, ListOf) else from_column(owner)


def taken(lo: Lowerer, given: Var) -> Value:
    """Return the value of an item of a list, which nobody may write: others may hold it."""
    if given.kind == NOTHING:
        lo.always_raises()
    value = lo.wrap(given)
    if isinstance(value, Ref):
        lo.memory.shared |= {value.cell}
    return value


def delete(lo: Lowerer, owner: Value, index: Value) -> None:
    """Lower del xs[index]."""
    if isinstance(owner, TupleV):
        at = _known_index(lo, owner, index)
        change(lo, owner, TupleV(owner.items[:at] + owner.items[at:][1:], "list", owner.token))
        return
    owner = _storage(lo, owner)
    _resized(lo, owner)
    for column in _columns(owner):
        _change(lo, column, DELETE, [lo.read(index)])


def _known_index(lo: Lowerer, owner: TupleV, index: Value) -> int:
    """Return a known index of a dissolved list, from its beginning."""
    if isinstance(index, Lit) and isinstance(index.value, int) and -len(owner.items) <= index.value < len(owner.items):
        return index.value % len(owner.items)
    grow(lo, tokens(owner), "an index of a list that is not known or out of range", "use one that it has")


def clear(lo: Lowerer, owner: Value) -> None:
    """Lower xs.clear()."""
    if isinstance(owner, TupleV):
        change(lo, owner, TupleV((), "list", owner.token))
        return
    owner = _storage(lo, owner)
    _resized(lo, owner)
    for column in _columns(owner):
        _change(lo, column, CLEAR, [], NOTHING)


def turn(lo: Lowerer, owner: Value) -> None:
    """Lower xs.reverse()."""
    if isinstance(owner, TupleV):
        change(lo, owner, TupleV(owner.items[::-1], "list", owner.token))
        return
    for column in _columns(_storage(lo, owner)):
        _change(lo, column, TURN, [])


def copied(lo: Lowerer, owner: Value) -> Value:
    """Lower xs.copy() and list(xs)."""
    if isinstance(owner, TupleV):
        return made(lo, owner.items)

    def copy(column: Value) -> Value:
        old = lo.read(column)
        return lo.wrap(lo.emit(op("builtins.list"), [old], kind=old.kind))

    return map_leaves(owner, copy)


def _storage(lo: Lowerer, owner: Value) -> Value:
    if isinstance(owner, ListOf) and all(isinstance(leaf, Ref) for leaf in leaves(owner)):
        return owner
    if isinstance(owner, Ref) and not owner.path and isinstance(lo.kind(owner), ListKind):
        return owner
    lo.refuse("a list is changed that this function did not make", "copy it first: list(xs)")
