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
    Seq,
    Slice,
    Stmt,
    Var,
    substitute,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import INT, UNKNOWN, Array, ListKind, Opaque, axes_of, dtype_of, is_complex, is_differentiable
from s2s_ad.ir.layers import Layer
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import ADD, GETATTR, GETITEM, IDENTITY, op
from s2s_ad.transform.batch import batch
from s2s_ad.transform.batching import has_loops
from s2s_ad.transform.forward import forward
from s2s_ad.transform.reverse import adjoint_tree, reverse

_EYE, _ONES, _RESHAPE, _TRANSPOSE, _MOVE = (
    op(f"numpy.{name}") for name in ("eye", "ones", "reshape", "transpose", "moveaxis")
)
_NONE = Lit(None, Opaque("NoneType"))
_EMPTY = Lit(None, UNKNOWN)


def jacfwd(primal: Function, layer: Layer, names: Names, source: FunctionSource) -> Function:
    """Return the function that gives the Jacobian of another, by forward mode.

    Raises: DifferentiationError where an argument is complex, and what `forward` and `batch` raise.
    """
    inputs = _inputs(primal, layer)
    _check(primal, inputs, "jacfwd", "arguments")
    count = Var(names.version("count"), INT)
    made = batch(forward(primal, layer.argnums, names, source, guarded=True), count, names, source)
    assert isinstance(made.result, Seq)
    result, aux = _apart(made.result.items[0], layer)
    dots, _ = _apart(made.result.items[1], layer)
    _check_lists(primal, variables(result))
    lo = Lowerer(names, Frame(source, {}), quiet=True)
    with lo.block() as first:
        units = _Units(lo, inputs, count, has_loops(made.body))
        units.bind(list(_leaves(seed.value for seed in made.seeds)))

    def row(y: Arg, y_dot: Arg) -> Arg:
        if not isinstance(y_dot, Var) or not isinstance(y, Var | Lit):
            return _NONE
        y_dot = units.kept(y_dot)
        return _structure(primal, layer, {x: units.columns(y_dot, len(axes_of(y.kind) or ""), x) for x in inputs})

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

    def row(y: Arg) -> Arg:
        if y not in outputs:
            return _NONE
        return _structure(primal, layer, {x: units.rows(units.kept(x_bar), x, y) for x, x_bar in found.items()})

    at = made.body.stmts.index(REVERSE_SWEEP) + 1
    with lo.block() as last:
        jacobian = substitute(result, row, lambda _: _NONE)
    return _whole(primal, made, "jacrev", [*made.body.stmts[:at], *first, *made.body.stmts[at:], *last], jacobian, aux)


# -- structures -------------------------------------------------------------------------------------


def _inputs(primal: Function, layer: Layer) -> list[Var]:
    found = [var for n in layer.argnums for var in variables(primal.params[n].value) if is_differentiable(var.kind)]
    lists = [var for var in found if isinstance(var.kind, ListKind)]
    if lists:
        reason = f"a Jacobian of {primal.name} by a list of which the length is not known"
        raise UnsupportedError(reason, primal.place, "pass a tuple or an array")
    return found


def _check(primal: Function, leaves: Sequence[Var], name: str, what: str) -> None:
    if any(is_complex(var.kind) for var in leaves):
        reason = f"{name} of {primal.name}, which has complex {what}"
        raise DifferentiationError(reason, primal.place, "differentiate real and imaginary parts, each real")
    _check_lists(primal, leaves)


def _check_lists(primal: Function, results: Iterable[Var]) -> None:
    if any(isinstance(var.kind, ListKind) for var in results):
        reason = f"a Jacobian of {primal.name}, which returns a list"
        raise UnsupportedError(reason, primal.place, "return a tuple or an array")


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
            case _:
                pass


def _beside(tree: Arg, dots: Arg, change: Callable[[Arg, Arg], Arg]) -> Arg:
    """Return the structure of a result with what is made of each leaf and of its tangent."""
    match tree, dots:
        case Seq(items, type), Seq(others):
            return Seq(tuple(_beside(x, dot, change) for x, dot in zip(items, others, strict=True)), type)
        case (Map(items), Map(others)) | (Record(items), Record(others)):
            pairs = zip(items, others, strict=True)
            return replace(tree, items=tuple((key, _beside(x, dot, change)) for (key, x), (_, dot) in pairs))
        case _:
            return change(tree, dots)


def _whole(
    primal: Function, made: Function, name: str, stmts: Sequence[Stmt], jacobian: Arg, aux: Arg | None
) -> Function:
    result = jacobian if aux is None else Seq((jacobian, aux))
    body = Block(tuple(stmts), tuple(variables(result)))
    return replace(made, name=f"{primal.name}_{name}", body=body, result=result, seeds=())


# -- unit vectors -----------------------------------------------------------------------------------


@dataclass
class _Units:
    """The unit vectors of the space of some numbers and arrays: `count` of them, one after the other."""

    lo: Lowerer
    of: Sequence[Var]
    count: Var
    loops: bool
    """Something is done for one direction after the other."""
    size: Atom = field(init=False)
    places: dict[Var, Arg] = field(default_factory=dict[Var, Arg])
    """Which of them belong to which: an index or a slice."""

    def __post_init__(self) -> None:
        end: Atom = Lit(0, INT)
        for place, x in enumerate(self.of):
            start, size = end, self._size(x)
            end = self._sum(start, size)
            last = place + 1 == len(self.of)
            first = _EMPTY if start == Lit(0, INT) else start
            self.places[x] = Slice(first, _EMPTY if last else end, _EMPTY) if _rank(x) else start
        self.size = end
        operation, args = (op("builtins.max"), (end, Lit(1, INT))) if self.loops else (IDENTITY, (end,))
        self.lo.stmts.append(Eqn((self.count,), operation, args))

    def _size(self, x: Var) -> Atom:
        return self.lo.emit(GETATTR, [x, Lit("size", Opaque("str"))], kind=INT, hint="") if _rank(x) else Lit(1, INT)

    def _sum(self, a: Atom, b: Atom) -> Atom:
        if isinstance(a, Lit) and isinstance(b, Lit):
            return Lit(a.value + b.value, INT)
        if a == Lit(0, INT):
            return b
        return self.lo.emit(ADD, [a, b], kind=INT, hint="")

    def _shape(self, x: Var) -> tuple[Arg, ...]:
        if not _rank(x):
            return ()
        shape = self.lo.emit(GETATTR, [x, Lit("shape", Opaque("str"))], hint="")
        return tuple(self.lo.emit(GETITEM, [shape, Lit(i, INT)], kind=INT, hint="") for i in range(_rank(x)))

    def bind(self, seeds: Sequence[Var]) -> None:
        """Emit the unit vectors as seeds, each with the axes of what it belongs to behind that of the directions."""
        alone = len(self.of) == 1 and _rank(self.of[0]) < 2
        sizes = (self.count, self.size) if self.loops else (self.count,)
        eye = None if alone else self.lo.emit(_EYE, sizes, kind=Array("float64", "??"), hint="units")
        for x, seed in zip(self.of, seeds, strict=True):
            dtype = dtype_of(seed.kind).name
            named = () if dtype == "float64" else (("dtype", Lit(dtype, Opaque("str"))),)
            if eye is None:
                self._emit(seed, *((_EYE, sizes) if _rank(x) else (_ONES, (self.count,))), named)
                continue
            part: Atom = eye
            if len(self.of) > 1:
                part = self.lo.emit(GETITEM, [eye, Seq((Slice(_EMPTY, _EMPTY, _EMPTY), self.places[x]))], hint="")
            if named:
                part = self.lo.emit(op("numpy.astype"), [part, named[0][1]], hint="")
            if _rank(x) > 1:
                self._emit(seed, _RESHAPE, (part, Seq((self.count, *self._shape(x)))))
            else:
                self._emit(seed, op("numpy.ascontiguousarray"), (part,))

    def _emit(self, out: Var, operation: Op, args: tuple[Arg, ...], kwargs: tuple[tuple[str, Arg], ...] = ()) -> None:
        self.lo.stmts.append(Eqn((out,), operation, args, kwargs))

    def kept(self, several: Var) -> Var:
        """Return what belongs to unit vectors: where there is none, loops have one that is zero."""
        if not self.loops or isinstance(self.size, Lit):
            return several
        return self.lo.emit(GETITEM, [several, Slice(_EMPTY, self.size, _EMPTY)], hint="")

    def columns(self, y_dot: Var, rank: int, x: Var) -> Atom:
        """Return ∂y/∂x from the tangents of y, which has this rank: the directions become the axes of x."""
        part: Atom = y_dot
        if len(self.of) > 1 or not _rank(x):
            part = self.lo.emit(GETITEM, [y_dot, self.places[x]], hint="")
        if not _rank(x):
            return part
        if rank == 1:
            part = self.lo.emit(_TRANSPOSE, [part], hint="")
        elif rank:
            part = self.lo.emit(_MOVE, [part, Lit(0, INT), Lit(-1, INT)], hint="")
        if _rank(x) == 1:
            return part
        assert isinstance(part, Var)
        shape = self.lo.emit(GETATTR, [part, Lit("shape", Opaque("str"))], hint="")
        kept = tuple(self.lo.emit(GETITEM, [shape, Lit(i, INT)], kind=INT, hint="") for i in range(rank))
        return self.lo.emit(_RESHAPE, [part, Seq((*kept, *self._shape(x)))], hint="")

    def rows(self, x_bar: Var, x: Var, y: Var) -> Atom:
        """Return ∂y/∂x from the adjoints of x: the directions become the axes of y."""
        part: Atom = x_bar
        if len(self.of) > 1 or not _rank(y):
            part = self.lo.emit(GETITEM, [x_bar, self.places[y]], hint="")
        if _rank(y) < 2:
            return part
        return self.lo.emit(_RESHAPE, [part, Seq((*self._shape(y), *self._shape(x)))], hint="")


def _rank(x: Var) -> int:
    axes = axes_of(x.kind)
    if axes is None:
        raise UnsupportedError("a Jacobian of an array of which the rank is not known")
    return len(axes)
