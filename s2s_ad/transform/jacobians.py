"""Jacobians: a sweep that carries all unit vectors at once, and what it gives put in place.

    def f_jacfwd(x):                              def f_jacrev(x):
        x_dot = np.eye(x.size)                        # forward sweep: y
        # a tangent beside each statement             y_bar = np.eye(y.size)
        return y_dot.T                                # reverse sweep
                                                      return x_bar

The axes of a Jacobian are those of the result and then those of the argument, with the structure of the
result outside and that of the arguments inside.

Source: Griewank & Walther, Evaluating Derivatives (2008), section 4.5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from s2s_ad.errors import DifferentiationError, UnsupportedError
from s2s_ad.frontend.context import Frame, Lowerer
from s2s_ad.frontend.source import FunctionSource
from s2s_ad.ir.core import (
    REVERSE_SWEEP,
    Arg,
    Atom,
    Block,
    Eqn,
    Function,
    Lit,
    Map,
    Op,
    Record,
    Rows,
    Seq,
    Slice,
    Stmt,
    Var,
    substitute,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import (
    INT,
    UNKNOWN,
    Array,
    Kind,
    ListKind,
    Opaque,
    axes_of,
    dtype_of,
    is_complex,
    is_differentiable,
)  # fmt: skip
from s2s_ad.ir.layers import Layer
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import ADD, GETATTR, GETITEM, IDENTITY, ZEROS_OF_LIST, op
from s2s_ad.transform.batch import batch
from s2s_ad.transform.batching import has_loops
from s2s_ad.transform.collected import collected, mapped
from s2s_ad.transform.forward import forward
from s2s_ad.transform.reverse import adjoint_tree, refuse_structures_in_lists, reverse

_EYE, _ONES, _RESHAPE, _TRANSPOSE, _MOVE = (
    op(f"numpy.{name}") for name in ("eye", "ones", "reshape", "transpose", "moveaxis")
)
_LEN, _LIST = op("builtins.len"), op("builtins.list")
_NUMBERS_IN, _PLACES_IN, _UNIT_LISTS = (
    op(f"s2s_ad.rules.helpers.{name}") for name in ("numbers_in", "places_in", "unit_lists")
)
_NONE = Lit(None, Opaque("NoneType"))
_EMPTY = Lit(None, UNKNOWN)


def jacfwd(primal: Function, layer: Layer, names: Names, source: FunctionSource) -> Function:
    """Return the function that gives the Jacobian of another, by forward mode.

    Raises: DifferentiationError where an argument is complex, and what `forward` and `batch` raise.
    """
    inputs = _inputs(primal, layer)
    refuse_structures_in_lists(primal, inputs)
    _check(primal, inputs, "jacfwd", "arguments")
    count = Var(names.version("count"), INT)
    made = batch(forward(primal, layer.argnums, names, source, guarded=True), count, names, source)
    assert isinstance(made.result, Seq)
    result, aux = _apart(made.result.items[0], layer)
    dots, _ = _apart(made.result.items[1], layer)
    lo = Lowerer(names, Frame(source, {}), quiet=True)
    with lo.block() as first:
        units = _Units(lo, inputs, count, has_loops(made.body))
        units.bind(list(_leaves(seed.value for seed in made.seeds)))

    def row(y: Arg, y_dot: Arg) -> Arg:
        if not isinstance(y_dot, Var) or not isinstance(y, Var | Lit):
            return _NONE
        return _structure(primal, layer, {x: units.columns(y_dot, y.kind, x) for x in inputs})

    with lo.block() as last:
        jacobian = _beside(result, dots, row)
    return _whole(primal, made, "jacfwd", [*first, *made.body.stmts, *last], jacobian, aux)


def jacrev(primal: Function, layer: Layer, names: Names, source: FunctionSource) -> Function:
    """Return the function that gives the Jacobian of another, by reverse mode.

    Raises: DifferentiationError where a result is complex, and what `reverse` and `batch` raise.
    """
    inputs = _inputs(primal, layer)
    count = Var(names.version("count"), INT)
    result, aux = _apart(primal.result, layer)
    result, named = _floats_named(result, names)
    body = Block((*primal.body.stmts, *named), tuple(variables(result, *([] if aux is None else [aux]))))
    primal = replace(primal, body=body)
    outputs = [var for var in dict.fromkeys(variables(result)) if is_differentiable(var.kind)]
    _check(primal, outputs, "jacrev", "results")
    once = Seq((Seq(tuple(outputs)), _NONE if aux is None else aux))
    swept = reverse(replace(primal, result=once), layer.argnums, names, source, has_aux=True, scalar=False)
    made = batch(swept, count, names, source)
    assert isinstance(made.result, Seq)
    bars = made.result.items[1]
    found = dict(zip(inputs, _leaves([bars]), strict=True))
    lo = Lowerer(names, Frame(source, {}), quiet=True)
    with lo.block() as first:
        units = _Units(lo, outputs, count, has_loops(made.body))
        units.bind(list(_leaves(seed.value for seed in made.seeds)))

    def row(y: Arg, _: Arg) -> Arg:
        if y not in outputs:
            return _NONE
        return _structure(primal, layer, {x: units.rows(x_bar, x, y) for x, x_bar in found.items()})

    at = made.body.stmts.index(REVERSE_SWEEP) + 1
    with lo.block() as last:
        jacobian = _beside(result, result, row)
    return _whole(primal, made, "jacrev", [*made.body.stmts[:at], *first, *made.body.stmts[at:], *last], jacobian, aux)


def _floats_named(result: Arg, names: Names) -> tuple[Arg, list[Stmt]]:
    """Return a result in which floats that are written out have names, and what gives them these."""
    made: list[Stmt] = []

    def named(literal: Lit) -> Atom:
        if not is_differentiable(literal.kind):
            return literal
        out = Var(names.version("y"), literal.kind)
        made.append(Eqn((out,), IDENTITY, (literal,)))
        return out

    return substitute(result, lambda var: var, named), made


# -- structures -------------------------------------------------------------------------------------


def _inputs(primal: Function, layer: Layer) -> list[Var]:
    return [var for n in layer.argnums for var in variables(primal.params[n].value) if is_differentiable(var.kind)]


def _check(primal: Function, leaves: Sequence[Var], name: str, what: str) -> None:
    if any(is_complex(_item(var.kind)) for var in leaves):
        reason = f"{name} of {primal.name}, which has complex {what}"
        raise DifferentiationError(reason, primal.place, "differentiate real and imaginary parts, each real")


def _apart(tree: Arg, layer: Layer) -> tuple[Arg, Arg | None]:
    """Return the part of a result that is differentiated, and what comes beside."""
    if not layer.has_aux:
        return tree, None
    if not isinstance(tree, Seq) or len(tree.items) != 2:
        raise DifferentiationError("with has_aux=True a function returns a pair", remedy="return (value, aux)")
    return tree.items[0], tree.items[1]


def _structure(primal: Function, layer: Layer, found: Mapping[Var, Atom]) -> Arg:
    """Return blocks in the structure of the arguments."""
    wanted = [primal.params[n] for n in layer.argnums]
    trees = tuple(adjoint_tree(param.kind, param.value, dict(found), (param.name,)) for param in wanted)
    return trees[0] if layer.single else Seq(trees)


def _leaves(trees: Iterable[Arg]) -> Iterator[Var]:
    """Yield the leaves of seeds and of adjoints, in the order of what they belong to."""
    for tree in trees:
        match tree:
            case Var():
                yield tree
            case Seq(items):
                yield from _leaves(items)
            case Map(items) | Record(items):
                yield from _leaves(item for _, item in items)
            case Rows(columns):
                yield from _leaves([columns])
            case _:
                pass


def _beside(tree: Arg, dots: Arg, change: Callable[[Arg, Arg], Arg], depth: int = 0) -> Arg:
    """Return the structure of a result with what is made of each leaf and of its tangent.

    What is made of a leaf that is a list has lists at its own leaves.  In a list of structures it is their column,
    so many lists `depth`; else it becomes a list of structures.
    """
    match tree, dots:
        case Seq(items, type), Seq(others):
            return Seq(tuple(_beside(x, dot, change, depth) for x, dot in zip(items, others, strict=True)), type)
        case (Map(items), Map(others)) | (Record(items), Record(others)):
            pairs = zip(items, others, strict=True)
            return replace(tree, items=tuple((key, _beside(x, dot, change, depth)) for (key, x), (_, dot) in pairs))
        case Rows(columns), Rows(others):
            return Rows(_beside(columns, others, change, depth + 1))
        case _:
            made = change(tree, dots)
            for _ in range(_depth(tree) - depth):
                made = made if isinstance(made, Var | Lit) else Rows(made)
            return made


def _depth(leaf: Arg) -> int:
    """Return how many lists a leaf is, one in the other."""
    kind, depth = getattr(leaf, "kind", None), 0
    while isinstance(kind, ListKind):
        kind, depth = kind.item, depth + 1
    return depth


def _item(kind: Kind) -> Kind:
    """Return the kind of what is in a list, or in lists in it."""
    while isinstance(kind, ListKind):
        kind = kind.item
    return kind


def _whole(
    primal: Function, made: Function, name: str, stmts: Sequence[Stmt], jacobian: Arg, aux: Arg | None
) -> Function:
    result = jacobian if aux is None else Seq((jacobian, aux))
    body = Block(tuple(stmts), tuple(variables(result)))
    return replace(made, name=f"{primal.name}_{name}", body=body, result=result, seeds=())


# -- unit vectors -----------------------------------------------------------------------------------


@dataclass
class _Units:
    """The unit vectors of the space of some numbers, arrays and lists: `count` of them, one after the other."""

    lo: Lowerer
    of: Sequence[Var]
    count: Var
    loops: bool
    """Something is done for one direction after the other."""
    size: Atom = field(init=False)
    starts: dict[Var, Atom] = field(default_factory=dict[Var, Atom])
    ends: dict[Var, Atom] = field(default_factory=dict[Var, Atom])
    """Which of them belong to which."""
    forms: dict[Var, Var] = field(default_factory=dict[Var, Var])
    """What has the lengths and the shapes that lists had at first."""

    def __post_init__(self) -> None:
        end: Atom = Lit(0, INT)
        for x in self.of:
            self.starts[x] = end
            self.ends[x] = end = self._sum(end, self._size(x))
            if isinstance(x.kind, ListKind) and not _is_point(x.kind.item):
                self.forms[x] = self.lo.emit(ZEROS_OF_LIST, [x], kind=x.kind, hint="")
        self.size = end
        operation, args = (op("builtins.max"), (end, Lit(1, INT))) if self.loops else (IDENTITY, (end,))
        self.lo.stmts.append(Eqn((self.count,), operation, args))

    def _size(self, x: Var) -> Atom:
        if isinstance(x.kind, ListKind):
            return self.lo.emit(_LEN if _is_point(x.kind.item) else _NUMBERS_IN, [x], kind=INT, hint="")
        return self.lo.emit(GETATTR, [x, Lit("size", Opaque("str"))], kind=INT, hint="") if _rank(x) else Lit(1, INT)

    def _sum(self, a: Atom, b: Atom) -> Atom:
        if isinstance(a, Lit) and isinstance(b, Lit):
            return Lit(a.value + b.value, INT)
        if a == Lit(0, INT):
            return b
        return self.lo.emit(ADD, [a, b], kind=INT, hint="")

    def _shape(self, x: Var, since: int = 0) -> tuple[Arg, ...]:
        """Return the sizes of the axes of an array, since one."""
        rank = _rank(x)
        if rank == since:
            return ()
        shape = self.lo.emit(GETATTR, [x, Lit("shape", Opaque("str"))], hint="")
        return tuple(self.lo.emit(GETITEM, [shape, Lit(i, INT)], kind=INT, hint="") for i in range(since, rank))

    def bind(self, seeds: Sequence[Var]) -> None:
        """Emit the unit vectors as seeds, each with the axes of what it belongs to behind that of the directions."""
        alone = len(self.of) == 1 and not isinstance(self.of[0].kind, ListKind) and _rank(self.of[0]) < 2
        sizes = (self.count, self.size) if self.loops else (self.count,)
        eye = None if alone else self.lo.emit(_EYE, sizes, kind=Array("float64", "??"), hint="units")
        for x, seed in zip(self.of, seeds, strict=True):
            dtype = dtype_of(_item(seed.kind)).name
            named = () if dtype == "float64" else (("dtype", Lit(dtype, Opaque("str"))),)
            if eye is None:
                self._emit(seed, *((_EYE, sizes) if _rank(x) else (_ONES, (self.count,))), named)
                continue
            part: Atom = eye
            if len(self.of) > 1:
                index = Seq((Slice(_EMPTY, _EMPTY, _EMPTY), self._place(x)))
                part = self.lo.emit(GETITEM, [eye, index], hint="")
            if named:
                part = self.lo.emit(op("numpy.astype"), [part, named[0][1]], hint="")
            if isinstance(x.kind, ListKind):
                self._emit(seed, _UNIT_LISTS, (part, x))
            elif _rank(x) > 1:
                self._emit(seed, _RESHAPE, (part, Seq((self.count, *self._shape(x)))))
            else:
                self._emit(seed, op("numpy.ascontiguousarray"), (part,))

    def _emit(self, out: Var, operation: Op, args: tuple[Arg, ...], kwargs: tuple[tuple[str, Arg], ...] = ()) -> None:
        self.lo.stmts.append(Eqn((out,), operation, args, kwargs))

    def _place(self, x: Var) -> Arg:
        """Return where the unit vectors of a leaf are: an index or a slice."""
        if _is_point(x.kind):
            return self.starts[x]
        first, last = x == self.of[0], x == self.of[-1]
        return Slice(_EMPTY if first else self.starts[x], _EMPTY if last else self.ends[x], _EMPTY)

    def _taken(self, several: Var, of: Var) -> Var:
        """Return what belongs to the unit vectors of a leaf."""
        if len(self.of) == 1 and not _is_point(of.kind):
            return self._kept(several)
        return self._at(self._kept(several), self._place(of))

    def _kept(self, several: Var) -> Var:
        """Return what belongs to unit vectors: where there is none, loops have one that is zero."""
        return self._at(several, Slice(_EMPTY, self.size, _EMPTY)) if self._may_be_none() else several

    def _may_be_none(self) -> bool:
        """Say whether loops may have a unit vector where there is none."""
        return self.loops and not isinstance(self.size, Lit)

    def _at(self, xs: Var, index: Arg) -> Var:
        return self.lo.emit(GETITEM, [xs, index], hint="")

    def columns(self, y_dot: Var, y: Kind, x: Var) -> Var:
        """Return ∂y/∂x from the tangents of y: the directions become the axes of x, the items of y are outside."""
        if isinstance(y, ListKind):
            return mapped(self.lo, y_dot, lambda item: self.columns(item, y.item, x))
        return self._behind(self._taken(y_dot, x), len(axes_of(y) or ""), self.forms.get(x, x))

    def _behind(self, part: Var, rank: int, x: Var) -> Var:
        """Return the tangents of what has this rank with the axis of the directions as the axes or items of x."""
        if _is_point(x.kind):
            return part
        if isinstance(x.kind, ListKind):
            if _is_point(x.kind.item):
                kind = ListKind(self.lo.infer(GETITEM, [part, Lit(0, INT)]))
                return self.lo.emit(_LIST, [part], kind=kind, hint="")
            return self._of_items(x, lambda item, place: self._behind(self._at(part, place), rank, item))
        if rank == 1:
            part = self.lo.emit(_TRANSPOSE, [part], hint="")
        elif rank:
            part = self.lo.emit(_MOVE, [part, Lit(0, INT), Lit(-1, INT)], hint="")
        if _rank(x) == 1:
            return part
        shape = self.lo.emit(GETATTR, [part, Lit("shape", Opaque("str"))], hint="")
        kept = tuple(self.lo.emit(GETITEM, [shape, Lit(i, INT)], kind=INT, hint="") for i in range(rank))
        return self.lo.emit(_RESHAPE, [part, Seq((*kept, *self._shape(x)))], hint="")

    def rows(self, x_bar: Var, x: Var, y: Var) -> Var:
        """Return ∂y/∂x from the adjoints of x: the directions become the axes or items of y, those of x are inside."""
        if len(self.of) > 1 or _is_point(y.kind) or self._may_be_none():
            x_bar = _of_each(self.lo, x_bar, lambda part: self._taken(part, y))
        return self._before(x_bar, y)

    def _before(self, x_bar: Var, y: Var) -> Var:
        """Return adjoints with the axis of the directions as the axes or items of y."""
        if isinstance(y.kind, ListKind):
            if _is_point(y.kind.item):
                length = self.lo.emit(_LEN, [y], kind=INT, hint="")
                return collected(self.lo, length, [x_bar.hint], lambda k: [self._each_at(x_bar, k)])[0]
            return self._of_items(y, lambda item, place: self._before(self._each_at(x_bar, place), item))
        if _is_point(y.kind) or _rank(y) == 1:
            return x_bar

        def reshaped(part: Var) -> Var:
            return self.lo.emit(_RESHAPE, [part, Seq((*self._shape(y), *self._shape(part, 1)))], hint="")

        return _of_each(self.lo, x_bar, reshaped)

    def _each_at(self, x_bar: Var, index: Arg) -> Var:
        return _of_each(self.lo, x_bar, lambda part: self._at(part, index))

    def _of_items(self, x: Var, make: Callable[[Var, Slice], Var]) -> Var:
        """Return a list of what is made of each item of a list, and of where its unit vectors are."""
        assert isinstance(x.kind, ListKind)
        item = x.kind.item
        places = self.lo.emit(_PLACES_IN, [x], kind=ListKind(INT), hint="places")
        length = self.lo.emit(_LEN, [x], kind=INT, hint="")

        def made(k: Var) -> list[Var]:
            after = self.lo.emit(ADD, [k, Lit(1, INT)], kind=INT, hint="")
            start, end = (self.lo.emit(GETITEM, [places, index], kind=INT, hint="") for index in (k, after))
            return [make(self.lo.emit(GETITEM, [x, k], kind=item, hint=""), Slice(start, end, _EMPTY))]

        return collected(self.lo, length, [""], made)[0]


def _is_point(kind: Kind) -> bool:
    """Say whether a kind is that of a number, or of an array without axes."""
    return not isinstance(kind, ListKind) and axes_of(kind) == ""


def _of_each(lo: Lowerer, several: Var, change: Callable[[Var], Var]) -> Var:
    """Return what is made of an array, or of each array in a list and in lists in it."""
    if isinstance(several.kind, ListKind):
        return mapped(lo, several, lambda item: _of_each(lo, item, change))
    return change(several)


def _rank(x: Var) -> int:
    axes = axes_of(x.kind)
    if axes is None:
        raise UnsupportedError("a Jacobian of an array of which the rank is not known")
    return len(axes)
