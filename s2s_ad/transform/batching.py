"""How each operation takes operands that have one axis more in front, for several directions.

Operands broadcast from behind, so that an array of the result's rank needs nothing, and one of less rank
gets axes behind the first.  Axes that are counted from the front are one further.  What is not here is done
for one direction after the other, in a loop.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, cast

import numpy as np

from s2s_ad.errors import UnsupportedError
from s2s_ad.frontend.context import Lowerer
from s2s_ad.ir.core import (
    Arg,
    Atom,
    Block,
    Eqn,
    For,
    Lit,
    Op,
    Seq,
    Slice,
    Step,
    Var,
    blocks,
    operands,
    place_of,
    substitute,
    variables,
)
from s2s_ad.ir.kinds import (
    INT,
    UNKNOWN,
    Array,
    Kind,
    ListKind,
    NumpyScalar,
    Opaque,
    PyScalar,
    Size,
    TupleKind,
    axes_of,
    dtype_of,
    is_numeric,
)  # fmt: skip
from s2s_ad.ir.ops import (
    ACCUMULATE,
    APPEND,
    COPY,
    COPY_OF_LIST,
    GETATTR,
    GETITEM,
    IDENTITY,
    IN_PLACE,
    INSERT,
    LIST_OPS,
    UNPACK,
    UPDATE,
    ZEROS_LIKE,
    ZEROS_OF_LIST,
    copy_of,
    op,
)
from s2s_ad.rules.language import lookup
from s2s_ad.transform.adjoints import SUM_OF_LISTS
from s2s_ad.transform.collected import collected

_NONE, _ALL = Lit(None, UNKNOWN), Slice(*[Lit(None, UNKNOWN)] * 3)
_STACK, _EXPAND, _SUM, _RESHAPE = (op(f"numpy.{name}") for name in ("stack", "expand_dims", "sum", "reshape"))
_MATMUL = op("operator.matmul")
_COPIES = frozenset({COPY, COPY_OF_LIST, ZEROS_LIKE, ZEROS_OF_LIST, IDENTITY})
_ONE_OF, _TOGETHER, _OR_ZEROS_BESIDE = (
    op(f"s2s_ad.rules.helpers.{name}") for name in ("one_of", "together", "or_zeros_beside")
)
_SIZES = frozenset({"shape", "size", "ndim", "dtype"})


def lifted(kind: Kind, count: Var) -> Kind:
    """Return the kind of `count` values of one.

    >>> kinds = [lifted(kind, Var("count", INT)) for kind in (PyScalar("float"), Array("float32", "n"))]
    >>> print(*kinds, kinds[1].sizes)
    float64[?] float32[?,n] (('count.directions', 0), None)
    """
    match kind:
        case PyScalar() | NumpyScalar():
            return lifted(Array(dtype_of(kind).name, ""), count)
        case Array(dtype, None):
            return Array(dtype, None)
        case Array(dtype, str(axes), sizes):
            several: Size = f"{count.name}.directions", 0
            return Array(dtype, "?" + axes, (several, *(sizes or (None,) * len(axes))))
        case ListKind(item):
            return ListKind(lifted(item, count))
        case TupleKind(items, type):
            return TupleKind(tuple(lifted(item, count) for item in items), type)
        case _:
            return kind


def differs(kind: Kind) -> bool:
    """Say whether what is of a kind may have another value in each direction."""
    match kind:
        case ListKind(item):
            return differs(item)
        case TupleKind(items):
            return any(map(differs, items))
        case _:
            return isinstance(kind, PyScalar | NumpyScalar | Array)


def reads_only_sizes(eqn: Eqn) -> bool:
    """Say whether an equation gives the same in all directions, though its operands differ."""
    if eqn.op == GETATTR:
        assert isinstance(eqn.args[1], Lit)
        return eqn.args[1].value in _SIZES
    return eqn.op.path in ("builtins.len", "numpy.shape", "numpy.size", "numpy.ndim")


def has_loops(block: Block) -> bool:
    """Say whether something in a block is done for one direction after the other, so that there must be one."""
    return any(
        any(map(has_loops, blocks(stmt))) or (isinstance(stmt, Eqn) and stmt.op in (_STACK, _TOGETHER))
        for stmt in block.stmts
    )


@dataclass(frozen=True)
class Of:
    """An equation, as it is taken apart."""

    eqn: Eqn
    batching: Batching

    def __getitem__(self, place: int) -> Arg:
        return self.batching.new(self.eqn.args[place])

    def is_several(self, place: int) -> bool:
        """Say whether an operand differs between directions."""
        return self.batching.is_several(self.eqn.args[place])

    def rank(self, place: int = 0) -> int:
        """Return the rank that an operand has in one direction.  Raises: LookupError."""
        return rank(self.eqn.args[place])

    def argument(self, place: int, name: str, default: Arg = _NONE) -> Arg:
        """Return an argument that is given by place or by name."""
        return self.eqn.args[place] if len(self.eqn.args) > place else dict(self.eqn.kwargs).get(name, default)

    def again(self, changes: Sequence[tuple[int, str, Arg]] = (), first: Arg | None = None) -> Var:
        """Emit the equation with other arguments at some places, which have these names."""
        args = [self.batching.new(arg) for arg in self.eqn.args]
        named = {name: self.batching.new(arg) for name, arg in self.eqn.kwargs}
        if first is not None:
            args[0] = first
        for place, name, arg in changes:
            if place < len(args):
                args[place] = arg
            else:
                named[name] = arg
        return self.batching.emit(self.eqn.op, args, tuple(named.items()))


class Batching:
    """Emits equations of several directions, of which there are `count`."""

    def __init__(
        self,
        lo: Lowerer,
        count: Var,
        found: set[Var],
        new: Callable[[Arg], Arg],
        several: Callable[[Atom], Atom],
    ) -> None:
        self.lo = lo
        self.count = count
        self.found = found
        self.new = new
        """Gives an argument with what stands for the values that differ."""
        self.several = several
        """Gives a value of several directions: where it is the same in all, so often."""

    def is_several(self, arg: Arg) -> bool:
        """Say whether an argument differs between directions."""
        return any(var in self.found for var in variables(arg))

    def lifted(self, kind: Kind) -> Kind:
        """Return the kind of what has a value of one in each direction."""
        return lifted(kind, self.count)

    def emit(self, operation: Op, args: Sequence[Arg], kwargs: tuple[tuple[str, Arg], ...] = ()) -> Var:
        return self.lo.emit(operation, args, kwargs, hint="")

    # -- equations ----------------------------------------------------------------------------

    def equation(self, eqn: Eqn) -> tuple[Atom, ...]:
        """Emit an equation for several directions and return what it gives."""
        since = len(self.lo.stmts)
        how = HOW.get(eqn.op.path) or (elementwise if _is_elementwise(eqn) else None)
        try:
            found = how and how(Of(eqn, self))
        except LookupError:  # a rank that is not known, an axis that decides itself at the run
            found = None
        if found is None:
            del self.lo.stmts[since:]
            return self.each(eqn)
        return tuple(map(self.named, eqn.outs, found if isinstance(found, tuple) else (found,)))

    def named(self, out: Var, value: Atom) -> Atom:
        """Give what was emitted last the name that the result has in one direction."""
        last = self.lo.stmts[-1] if self.lo.stmts else None
        if not isinstance(last, Eqn) or last.outs != (value,):
            return value
        made = Var(out.name, self.lifted(out.kind))
        self.lo.stmts[-1] = replace(last, outs=(made,))
        return made

    def sizes(self, eqn: Eqn) -> None:
        """Emit an equation that reads sizes: those of one direction."""
        (out,), first = eqn.outs, self.new(eqn.args[0])
        if isinstance(eqn.args[0], Var) and isinstance(eqn.args[0].kind, ListKind):
            self.lo.stmts.append(replace(eqn, args=(first, *eqn.args[1:])))
            return
        what = eqn.args[1].value if eqn.op == GETATTR and isinstance(eqn.args[1], Lit) else eqn.op.path
        if what == "dtype":
            self.lo.stmts.append(replace(eqn, args=(first, *eqn.args[1:])))
            return
        one = self.emit(GETITEM, [first, self.lo.lit(0)])
        self.lo.stmts.append(replace(eqn, args=(one, *eqn.args[1:])))
        assert out.kind == INT or isinstance(out.kind, TupleKind | Opaque)

    def each(self, eqn: Eqn) -> tuple[Atom, ...]:
        """Emit an equation for one direction after the other, and put together what each gives."""
        if eqn.op in IN_PLACE:
            return (self._written(eqn, self.lo.var(INT, hint="k")),)

        def make(index: Var) -> tuple[Var, ...]:
            made = tuple(self.lo.var(out.kind, hint="") for out in eqn.outs)
            one = self._of_one(eqn, index)
            self.lo.stmts.append(replace(one, outs=made))
            return made

        outs = collected(self.lo, self.count, [f"{out.hint}s" for out in eqn.outs], make)
        found: list[Atom] = []
        for out, items in zip(eqn.outs, outs, strict=True):
            made_ = Var(out.name, self.lifted(out.kind))
            whole = _TOGETHER if isinstance(out.kind, ListKind | TupleKind) else _STACK
            self.lo.stmts.append(Eqn((made_,), whole, (items,), (), self.lo.origin))
            found.append(made_)
        return tuple(found)

    def _of_one(self, eqn: Eqn, index: Var) -> Eqn:
        """Return an equation for one direction, after what gives its operands."""
        change: dict[Var, Arg] = {}
        for var in dict.fromkeys(operands(eqn)):
            if var in self.found:
                several = self.new(var)
                assert isinstance(several, Var)
                get = _ONE_OF if isinstance(var.kind, ListKind | TupleKind) else GETITEM
                change[var] = self.lo.emit(get, [several, index], kind=var.kind, hint="")
        return _renamed(eqn, change)

    def _written(self, eqn: Eqn, index: Var) -> Var:
        """Emit a write in place in one direction after the other."""
        owner = self.new(eqn.args[0])
        assert isinstance(owner, Var) and isinstance(eqn.args[1], Seq)
        if isinstance(owner.kind, ListKind):
            raise UnsupportedError("a part of a list is written that is another one in each direction", place_of(eqn))
        param = self.lo.var(owner.kind, hint=owner.hint)
        with self.lo.block() as stmts:
            one = self._of_one(replace(eqn, args=(Lit(None, UNKNOWN), *eqn.args[1:])), index)
            has_axes = axes_of(owner.kind) not in (None, "?")
            part = index if has_axes else Seq((index, Lit(..., Opaque("ellipsis"))))  # else it is a number, and no view
            path = Seq((part, *eqn.args[1].items))
            made = self.lo.var(owner.kind, hint=owner.hint)
            self.lo.stmts.append(replace(one, outs=(made,), args=(param, path, *one.args[2:])))
        out = Var(eqn.outs[0].name, owner.kind)
        zero, one_ = self.lo.lit(0), self.lo.lit(1)
        body = Block(tuple(stmts), (made,))
        self.lo.stmts.append(
            For((out,), index, zero, self.count, one_, (param,), (owner,), body, origin=self.lo.origin)
        )
        return out

    # -- operands --------------------------------------------------------------------------------

    def aligned(self, arg: Arg, ranks: int) -> Arg:
        """Return an operand as it broadcasts with others of up to this rank; axes too many are of length 1."""
        if not self.is_several(arg):
            return self.new(arg)
        more = ranks - rank(arg)
        new = self.new(arg)
        if more == 0 or not isinstance(arg, Var):
            return new
        index = Seq((_ALL, *([_NONE] * more or [Lit(0, INT)] * -more)))
        return self.emit(GETITEM, [new, index])


def _renamed(eqn: Eqn, change: dict[Var, Arg]) -> Eqn:
    args = tuple(substitute(arg, lambda var: change.get(var, var)) for arg in eqn.args)
    kwargs = tuple((name, substitute(arg, lambda var: change.get(var, var))) for name, arg in eqn.kwargs)
    return replace(eqn, args=args, kwargs=kwargs)


def rank(arg: Arg) -> int:
    """Return the rank of an operand in one direction.  Raises: LookupError."""
    if isinstance(arg, Lit):
        return 0
    axes = axes_of(arg.kind) if isinstance(arg, Var) and is_numeric(arg.kind) else None
    if axes is None:
        raise LookupError("the rank of an array is not known")
    return len(axes)


def _is_elementwise(eqn: Eqn) -> bool:
    rule = lookup(eqn.op.path)
    if rule is None or not rule.elementwise:
        return eqn.op.path in _ELEMENTWISE
    return not rule.variadic and rule.sequences.isdisjoint(rule.arguments)


_OPERATORS = "eq ne lt le gt ge and_ or_ xor invert"
_ELEMENTWISE = frozenset(f"operator.{name}" for name in _OPERATORS.split()) | {
    f"numpy.{name}" for name in ("isnan", "isinf", "isfinite", "sign", "logical_and", "logical_or", "logical_not")
}
How: TypeAlias = Callable[[Of], Atom | tuple[Atom, ...] | None]
HOW: dict[str, How] = {}
"""What emits an operation for several directions, by its path; None where it is done in a loop."""


def _for(*paths: str) -> Callable[[How], How]:
    def register(how: How) -> How:
        HOW.update(dict.fromkeys(paths, how))
        return how

    return register


def _numpy(names: str) -> list[str]:
    return [f"numpy.{name}" for name in names.split()]


# -- element by element, and copies ---------------------------------------------------------------------


def elementwise(of: Of) -> Atom | None:
    """Align the operands with the one of the highest rank."""
    b, eqn = of.batching, of.eqn
    if len(eqn.outs) != 1:
        return None
    values = [*eqn.args, *(arg for _, arg in eqn.kwargs)]
    ranks = max(rank(arg) for arg in values if isinstance(arg, Var | Lit))
    args = [b.aligned(arg, ranks) for arg in eqn.args]
    kwargs = tuple((name, b.aligned(arg, ranks)) for name, arg in eqn.kwargs)
    return b.emit(eqn.op, args, kwargs)


@_for(*(each.path for each in _COPIES))
def same(of: Of) -> Atom | None:
    """Do the same with the whole."""
    first, b = of.eqn.args[0], of.batching
    if isinstance(first, Seq):
        items = Seq(tuple(b.several(item) for item in first.items if isinstance(item, Var | Lit)), first.type)
        if len(items.items) < len(first.items):
            return None
        return b.lo.emit(IDENTITY, [items], kind=b.lifted(of.eqn.outs[0].kind), hint="")
    kind = b.lifted(of.eqn.outs[0].kind)
    return b.lo.emit(copy_of(kind) if of.eqn.op == COPY else of.eqn.op, [of[0]], kind=kind, hint="")


@_for(SUM_OF_LISTS.path)
def sum_of_lists(of: Of) -> Atom:
    """Add item to item: the items of both are of one shape, and their directions come first."""
    b = of.batching
    return b.lo.emit(of.eqn.op, [of[0], of[1]], kind=b.lifted(of.eqn.outs[0].kind), hint="")


@_for("s2s_ad.rules.helpers.unless_zero")
def unless_zero(of: Of) -> Atom | None:
    """Look at each direction for itself: where an adjoint is zero, nothing was chosen."""
    return elementwise(of) if of.is_several(0) else None


@_for("math.radians", "math.degrees")
def of_math(of: Of) -> Atom | None:
    """Let NumPy do it."""
    return elementwise(_replace_op(of, of.eqn.op.path.replace("math", "numpy")))


@_for("numpy.float64", "numpy.complex128", "builtins.float", "builtins.complex")
def number(of: Of) -> Atom:
    """Let an array of numbers be what it is."""
    return of.batching.emit(op("numpy.asarray"), [of[0], _dtype(of.eqn.outs[0].kind)])


@_for("numpy.float32", "numpy.complex64")
def narrowed(of: Of) -> Atom:
    """Give an array of numbers another dtype."""
    return of.batching.emit(op("numpy.astype"), [of[0], _dtype(of.eqn.outs[0].kind)])


def _dtype(kind: Kind) -> Lit:
    return Lit(getattr(np, dtype_of(kind).name), Opaque("static dtype"))


@_for("numpy.astype")
def converted(of: Of) -> Atom | None:
    return of.again()


# -- axes -------------------------------------------------------------------------------------------------


def further(axis: Arg, ranks: int) -> Arg:
    """Return axes counted one further.  Raises: LookupError where they are not known."""
    if isinstance(axis, Seq):
        return Seq(tuple(further(each, ranks) for each in axis.items))
    if not isinstance(axis, Lit):
        raise LookupError("an axis that is not known")
    if (axes := _known_tuple(axis)) is not None:
        return Seq(tuple(further(Lit(each, INT), ranks) for each in axes))
    if not isinstance(axis.value, int):
        raise LookupError("an axis that is no number")
    return Lit(axis.value % ranks + 1, INT)


@_for(*_numpy("sum prod mean max min amax amin any all var std nansum count_nonzero"))
def reduction(of: Of) -> Atom | None:
    """Reduce over the same axes, one further; over all where none is named."""
    axis, ranks = of.argument(1, "axis"), of.rank()
    if not of.is_several(0) or "where" in dict(of.eqn.kwargs):
        return None
    if axis == _NONE or (isinstance(axis, Lit) and axis.value is None):
        if ranks == 0:
            return of[0] if of.eqn.op == _SUM and isinstance(of[0], Var) else None  # type: ignore[return-value]
        axes = tuple(Lit(i + 1, INT) for i in range(ranks))
        return of.again([(1, "axis", axes[0] if ranks == 1 else Seq(axes))])
    return of.again([(1, "axis", further(axis, ranks))])


@_for(*_numpy("cumsum cumprod sort argsort flip diff roll take repeat delete"))
def along(of: Of) -> Atom | None:
    """Do it along the same axis, one further; an array of rank one has one axis only."""
    place = {"numpy.diff": 2, "numpy.roll": 2, "numpy.take": 2, "numpy.repeat": 2, "numpy.delete": 2}.get(
        of.eqn.op.path, 1
    )
    default = {"numpy.diff": -1, "numpy.sort": -1, "numpy.argsort": -1}.get(of.eqn.op.path)
    axis = of.argument(place, "axis", Lit(default, INT))
    others = [arg for i, arg in enumerate(of.eqn.args) if i not in (0, place)]
    if any(map(of.batching.is_several, others)):
        return None
    if isinstance(axis, Lit) and axis.value is None:
        if of.rank() != 1:
            return None
        axis = Lit(0, INT)
    return of.again([(place, "axis", further(axis, of.rank()))])


@_for(*_numpy("swapaxes moveaxis diagonal"))
def two_axes(of: Of) -> Atom | None:
    ranks = of.rank()
    first = 2 if of.eqn.op.path == "numpy.diagonal" else 1
    names = ("axis1", "axis2") if of.eqn.op.path != "numpy.moveaxis" else ("source", "destination")
    given = [of.argument(first + i, name, Lit(i, INT)) for i, name in enumerate(names)]
    return of.again([(first + i, name, further(given[i], ranks)) for i, name in enumerate(names)])


@_for("numpy.expand_dims")
def expanded(of: Of) -> Atom:
    axis = of.argument(1, "axis")
    known = axis.items if isinstance(axis, Seq) else _known_tuple(axis)
    more = 1 if known is None else len(known)
    return of.again([(1, "axis", further(axis, of.rank() + more))])


def _known_tuple(arg: Arg) -> tuple[Any, ...] | None:
    """Return the tuple that an argument is, None if it is none that is known."""
    value = cast("Any", arg).value if isinstance(arg, Lit) else None
    return cast("tuple[Any, ...]", value) if type(value) is tuple else None


@_for("numpy.squeeze")
def squeezed(of: Of) -> Atom:
    return of.again([(1, "axis", further(of.argument(1, "axis"), of.rank()))])


@_for("numpy.transpose")
def transposed(of: Of) -> Atom:
    axes, ranks = of.argument(1, "axes"), of.rank()
    if isinstance(axes, Lit) and axes.value is None:
        axes = Seq(tuple(Lit(i, INT) for i in range(ranks)[::-1]))
    moved = further(axes, ranks)
    assert isinstance(moved, Seq)
    return of.again([(1, "axes", Seq((Lit(0, INT), *moved.items)))])


@_for(*_numpy("matrix_transpose tril triu"))
def as_it_is(of: Of) -> Atom | None:
    return of.again() if of.rank() >= 2 else None


# -- shapes -----------------------------------------------------------------------------------------------


def sizes_of(of: Of, shape: Arg) -> tuple[Arg, ...]:
    """Return the sizes that a shape names, as arguments.  Raises: LookupError."""
    b = of.batching
    if isinstance(shape, Seq):
        return tuple(map(b.new, shape.items))
    if isinstance(shape, Lit):
        sizes = _known_tuple(shape)
        return (Lit(shape.value, INT),) if sizes is None else tuple(Lit(each, INT) for each in sizes)
    if isinstance(shape, Var) and isinstance(shape.kind, TupleKind):
        return tuple(b.emit(GETITEM, [shape, Lit(i, INT)]) for i in range(len(shape.kind.items)))
    if isinstance(shape, Var) and shape.kind == INT:
        return (shape,)
    raise LookupError("a shape that is not known")


def size_of_one(of: Of) -> Atom:
    """Return how many elements an array has in one direction."""
    b = of.batching
    shape = b.emit(GETATTR, [of[0], Lit("shape", Opaque("str"))])
    sizes = [b.emit(GETITEM, [shape, Lit(i + 1, INT)]) for i in range(of.rank())]
    size: Atom = sizes[0] if sizes else Lit(1, INT)
    for each in sizes[1:]:
        size = b.emit(op("operator.mul"), [size, each])
    return size


def without_gap(of: Of, sizes: tuple[Arg, ...]) -> tuple[Arg, ...]:
    """Return sizes with the number for -1: where there are no directions NumPy cannot tell."""
    known = [size.value for size in sizes if isinstance(size, Lit)]
    if known.count(-1) != 1 or len(known) < len(sizes):
        return sizes
    others = math.prod(known) * -1
    size = size_of_one(of)
    if others != 1:
        size = of.batching.emit(op("operator.floordiv"), [size, Lit(max(others, 1), INT)])
    return tuple(size if isinstance(each, Lit) and each.value == -1 else each for each in sizes)


@_for("numpy.reshape")
def reshaped(of: Of) -> Atom | None:
    if len(of.eqn.args) > 2 or len(of.eqn.args) + len(of.eqn.kwargs) > 2:
        return None
    sizes = without_gap(of, sizes_of(of, of.argument(1, "shape")))
    return of.again([(1, "shape", Seq((of.batching.count, *sizes)))])


@_for("numpy.ravel")
def ravelled(of: Of) -> Atom | None:
    if len(of.eqn.args) + len(of.eqn.kwargs) > 1:
        return None
    if of.rank() == 1:
        return of.batching.emit(IDENTITY, [of[0]])
    b = of.batching
    return b.emit(_RESHAPE, [of[0], Seq((b.count, size_of_one(of) if of.rank() else Lit(1, INT)))])


@_for("numpy.broadcast_to")
def broadcast(of: Of) -> Atom:
    b, shape = of.batching, of.argument(1, "shape")
    out = of.eqn.outs[0]
    sizes = sizes_of(of, shape)
    assert isinstance(out.kind, Array)
    return of.again([(1, "shape", Seq((b.count, *sizes)))], first=b.aligned(of.eqn.args[0], len(sizes)))


@_for("s2s_ad.rules.helpers.unbroadcast")
def unbroadcast(of: Of) -> Atom:
    """Sum over the axes in front first: the helper takes them to be those of the directions."""
    b = of.batching
    sizes = sizes_of(of, of.argument(1, "shape"))
    lead, value = of.rank() - len(sizes), of[0]
    if lead > 0:
        axes = tuple(Lit(i + 1, INT) for i in range(lead))
        value = b.emit(_SUM, [value], (("axis", axes[0] if lead == 1 else Seq(axes)),))
    return of.again([(1, "shape", Seq((b.count, *sizes)))], first=value)


@_for("numpy.concatenate")
def concatenated(of: Of) -> Atom | None:
    return _joined(of)


def _joined(of: Of) -> Atom | None:
    """Join along the same axis, one further; what is the same in all directions is repeated."""
    parts, b = of.eqn.args[0], of.batching
    if not isinstance(parts, Seq):
        return None
    known = [part for part in parts.items if isinstance(part, Var)]
    if len(known) < len(parts.items):
        return None
    ranks = max(map(rank, known))
    axis = of.argument(1, "axis", Lit(0, INT))
    place = further(axis, ranks + (of.eqn.op == _STACK))
    items = tuple(map(b.several, known))
    return of.again([(1, "axis", place)], first=Seq(items, parts.type))


@_for("s2s_ad.rules.helpers.or_zeros")
def or_zeros(of: Of) -> Atom:
    b, shape = of.batching, of.argument(1, "shape")
    args = [of[0], Seq((b.count, *sizes_of(of, shape))), *map(b.new, of.eqn.args[2:])]
    return b.lo.emit(of.eqn.op, args, of.eqn.kwargs, kind=b.lifted(of.eqn.outs[0].kind), hint="")


@_for("s2s_ad.rules.helpers.or_zeros_of_list")
def or_zeros_of_list(of: Of) -> Atom:
    b = of.batching
    return b.lo.emit(_OR_ZEROS_BESIDE, [of[0], of[1], b.count], kind=b.lifted(of.eqn.outs[0].kind), hint="")


# -- indices ----------------------------------------------------------------------------------------------


def behind_all(index: Arg) -> Arg | None:
    """Return an index behind one of all directions; None where that is not what it gives in each.

    NumPy puts the axes of arrays that are not side by side in front.
    """
    parts = index.items if isinstance(index, Seq) and index.type == "tuple" else (index,)
    fancy = [i for i, part in enumerate(parts) if _is_advanced(part)]
    arrays = [i for i in fancy if not _is_integer(parts[i])]
    if arrays and fancy != list(range(fancy[0], fancy[-1] + 1)):
        return None
    return Seq((_ALL, *parts))


def _is_advanced(part: Arg) -> bool:
    if isinstance(part, Seq):
        return True
    if isinstance(part, Lit):
        return isinstance(part.value, int)
    return isinstance(part, Var) and not isinstance(part.kind, Opaque)


def _is_integer(part: Arg) -> bool:
    return isinstance(part, Lit) or (isinstance(part, Var) and isinstance(part.kind, PyScalar | NumpyScalar))


@_for(GETITEM.path)
def taken(of: Of) -> Atom | None:
    owner, index = of.eqn.args
    if not isinstance(owner, Var) or of.is_several(1):
        return None
    b, (out,) = of.batching, of.eqn.outs
    if isinstance(owner.kind, ListKind | TupleKind):
        return b.lo.emit(GETITEM, [of[0], of[1]], kind=b.lifted(out.kind), hint="")
    moved = behind_all(index)
    return None if moved is None else b.emit(GETITEM, [of[0], b.new(moved)])


@_for(UNPACK.path)
def unpacked(of: Of) -> tuple[Atom, ...]:
    b, first, new = of.batching, of.eqn.args[0], of[0]
    outs = tuple(Var(out.name, b.lifted(out.kind)) for out in of.eqn.outs)
    if isinstance(first, Var) and isinstance(first.kind, Array):
        new = b.emit(op("numpy.moveaxis"), [new, Lit(1, INT), Lit(0, INT)])
    b.lo.stmts.append(replace(of.eqn, outs=outs, args=(new,)))
    return outs


@_for(UPDATE.path, ACCUMULATE.path)
def written(of: Of) -> Atom | None:
    """Write behind an index of all directions, at every step of the way in an array."""
    owner, path, index, *rest = of.eqn.args
    assert isinstance(path, Seq) and isinstance(owner, Var)
    b, kind, moved = of.batching, owner.kind, list[Arg]()
    in_list = False
    if any(map(b.is_several, (path, index))):
        return None
    for step in (*path.items, index):
        behind = step if isinstance(kind, ListKind) else None if isinstance(step, Step) else behind_all(step)
        if behind is None:
            return None
        moved.append(b.new(behind))
        in_list, kind = isinstance(kind, ListKind), b.lo.infer(GETITEM, [Var("part", kind), step])
    if in_list:  # what is written is an item, or items
        assert isinstance(rest[-1], Var | Lit)
        value = b.several(rest[-1])
    else:
        value = b.aligned(rest[-1], rank(Var("part", kind)))
    args = [of[0], Seq(tuple(moved[:-1])), moved[-1], *map(b.new, rest[:-1]), value]
    kwargs = tuple((name, b.new(arg)) for name, arg in of.eqn.kwargs)
    return b.lo.emit(of.eqn.op, args, kwargs, kind=b.lifted(owner.kind), hint="")


@_for(*(each.path for each in LIST_OPS))
def list_changed(of: Of) -> tuple[Atom, ...]:
    """Do the same with the list, of which each item is of several directions."""
    b, eqn = of.batching, of.eqn
    last = eqn.args[-1]
    assert isinstance(last, Var | Lit)
    value = (b.several(last),) if eqn.op in (APPEND, INSERT) else ()
    args = (of[0], *eqn.args[1 : len(eqn.args) - len(value)], *value)
    outs = tuple(Var(out.name, b.lifted(out.kind)) for out in eqn.outs)
    b.lo.stmts.append(replace(eqn, outs=outs, args=args))
    return outs


@_for(*_numpy("array asarray stack"))
def of_list(of: Of) -> Atom | None:
    """Stack the items along the axis behind that of the directions."""
    xs = of.eqn.args[0]
    if of.eqn.op.path == "numpy.asarray" and isinstance(xs, Var) and isinstance(xs.kind, Array):
        return of.again()
    if isinstance(xs, Seq):
        return _joined(of) if of.eqn.op == _STACK else _array_of(of, xs)
    flat = isinstance(xs, Var) and isinstance(xs.kind, ListKind) and not isinstance(xs.kind.item, ListKind)
    if not flat or len(of.eqn.args) > 1 or of.eqn.kwargs:
        return None
    return of.batching.emit(_STACK, [of[0]], (("axis", Lit(1, INT)),))


@_for("builtins.list")
def list_of(of: Of) -> Atom | None:
    """Take an array apart along the axis behind that of the directions."""
    b, first = of.batching, of.eqn.args[0]
    if not isinstance(first, Var) or not isinstance(first.kind, Array):
        return None
    moved = b.emit(op("numpy.moveaxis"), [of[0], Lit(1, INT), Lit(0, INT)])
    return b.lo.emit(of.eqn.op, [moved], kind=b.lifted(of.eqn.outs[0].kind), hint="")


@_for("s2s_ad.rules.helpers.unstack")
def unstacked(of: Of) -> tuple[Atom, ...]:
    """Take the same axis apart, which is behind that of the directions."""
    b, axis = of.batching, further(of.argument(1, "axis"), of.rank())
    outs = tuple(Var(out.name, b.lifted(out.kind)) for out in of.eqn.outs)
    b.lo.stmts.append(replace(of.eqn, outs=outs, args=(of[0], axis), kwargs=()))
    return outs


def _array_of(of: Of, xs: Seq) -> Atom | None:
    plain = len(of.eqn.args) == 1 and not of.eqn.kwargs
    if not plain or not all(isinstance(x, Var | Lit) for x in xs.items) or not xs.items:
        return None
    items = tuple(of.batching.several(x) for x in xs.items if isinstance(x, Var | Lit))
    return of.batching.emit(_STACK, [Seq(items, "list")], (("axis", Lit(1, INT)),))


# -- products ---------------------------------------------------------------------------------------------


@_for("operator.matmul", "numpy.matmul", "numpy.dot", "numpy.inner")
def product(of: Of) -> Atom | None:
    """Let NumPy broadcast the matrices; a vector of each direction is a row of a matrix."""
    b, (p, q) = of.batching, (of.rank(0), of.rank(1))
    if len(of.eqn.args) != 2 or of.eqn.kwargs or max(p, q) > 2 or (of.eqn.op.path == "numpy.inner" and max(p, q) > 1):
        return None
    if min(p, q) == 0:
        return elementwise(_replace_op(of, "operator.mul"))
    first, second = of.is_several(0), of.is_several(1)
    if q == 2 or not second:  # the rows of vectors are a matrix
        if first and p == 1 and second:
            return _part(b, b.emit(_MATMUL, [_part(b, of[0], (_ALL, _NONE)), of[1]]), (_ALL, Lit(0, INT)))
        return b.emit(_MATMUL, [of[0], of[1]])
    if p == 1 and first:
        return b.emit(_SUM, [b.emit(op("operator.mul"), [of[0], of[1]])], (("axis", Lit(1, INT)),))
    if p == 1:
        return b.emit(_MATMUL, [of[1], of[0]])
    if not first:
        return b.emit(_MATMUL, [of[1], b.emit(op("numpy.transpose"), [of[0]])])
    columns = b.emit(_MATMUL, [of[0], _part(b, of[1], (_ALL, _ALL, _NONE))])
    return _part(b, columns, (_ALL, _ALL, Lit(0, INT)))


def _replace_op(of: Of, path: str) -> Of:
    return Of(replace(of.eqn, op=op(path)), of.batching)


def _part(b: Batching, x: Arg, index: tuple[Arg, ...]) -> Var:
    return b.emit(GETITEM, [x, Seq(index)])


@_for("numpy.outer")
def outer(of: Of) -> Atom | None:
    b = of.batching
    if len(of.eqn.args) != 2 or of.rank(0) != 1 or of.rank(1) != 1:
        return None
    first = _part(b, of[0], (_ALL, _ALL, _NONE)) if of.is_several(0) else _part(b, of[0], (_ALL, _NONE))
    second = _part(b, of[1], (_ALL, _NONE)) if of.is_several(1) else of[1]
    return b.emit(op("operator.mul"), [first, second])


@_for("numpy.einsum")
def einsum(of: Of) -> Atom | None:
    """Name the axis of the directions too."""
    text = of.eqn.args[0]
    if not isinstance(text, Lit) or of.eqn.kwargs or "->" not in text.value or "." in text.value:
        return None
    inputs, output = text.value.replace(" ", "").split("->")
    letter = next(each for each in "zyxwvutsrqponmlkjihgfedcbaZYX" if each not in text.value)
    parts = [letter + part if of.is_several(i + 1) else part for i, part in enumerate(inputs.split(","))]
    subscripts = f"{','.join(parts)}->{letter}{output}"
    return of.again(first=Lit(subscripts, text.kind))


# -- linear algebra -----------------------------------------------------------------------------------------


@_for(*_numpy("linalg.inv linalg.det linalg.cholesky linalg.pinv linalg.eigvalsh trace"))
def of_matrices(of: Of) -> Atom | None:
    if of.eqn.op.path == "numpy.trace":
        return None
    return of.again() if of.rank() >= 2 else None


@_for("numpy.linalg.solve")
def solved(of: Of) -> Atom | None:
    """Take vectors of several directions as the columns of a matrix where the matrix is the same for all."""
    b, transpose = of.batching, op("numpy.transpose")
    if of.rank(0) != 2 or of.rank(1) > 2:
        return None
    if of.rank(1) == 2:
        return of.again()
    if of.is_several(0):
        right = _part(b, of[1], (_ALL, _ALL, _NONE) if of.is_several(1) else (_ALL, _NONE))
        return _part(b, b.emit(of.eqn.op, [of[0], right]), (_ALL, _ALL, Lit(0, INT)))
    return b.emit(transpose, [b.emit(of.eqn.op, [of[0], b.emit(transpose, [of[1]])])])
