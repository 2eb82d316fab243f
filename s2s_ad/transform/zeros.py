"""Terms of tangents and adjoints that are zero, whatever they are multiplied by: they are left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from s2s_ad.ir.core import Arg, Atom, Block, Eqn, Lit, Stmt, Var, substitute, variables
from s2s_ad.ir.kinds import FLOAT, Array, Kind, NumpyScalar, PyScalar, axes_of, is_numeric
from s2s_ad.ir.ops import IDENTITY, ZEROS_LIKE, op
from s2s_ad.optimize.dead_code import dead_code
from s2s_ad.rules.language import lookup

_NEGATIVE = op("operator.neg")
Shape: TypeAlias = frozenset[object]
_PRODUCTS = frozenset({
    "operator.mul", "operator.matmul", "numpy.multiply", "numpy.matmul", "numpy.dot", "numpy.inner", "numpy.outer",
    "numpy.vdot", "scipy.signal.convolve", "scipy.signal.fftconvolve", "scipy.signal.correlate", "scipy.signal.lfilter",
    "numpy.vecdot", "numpy.matvec", "numpy.vecmat", "numpy.linalg.cross", "numpy.tensordot", "numpy.kron",
    "numpy.einsum", "numpy.convolve", "numpy.correlate", "numpy.trapezoid",
})  # fmt: skip
_FACTORS = {"numpy.einsum": slice(1, None), "scipy.signal.lfilter": slice(0, None, 2)}
"""Which operands of a product are its factors, where they are not the first two."""
_QUOTIENTS = frozenset({"operator.truediv", "numpy.divide"})
_SUMS = frozenset({"operator.add", "numpy.add", "operator.sub", "numpy.subtract", "s2s_ad.rules.helpers.either"})
_LINEAR = frozenset({
    "operator.neg", "numpy.negative", "operator.getitem", "ir.identity", "numpy.sum", "numpy.transpose",
    "numpy.matrix_transpose", "numpy.expand_dims", "numpy.squeeze", "numpy.reshape", "numpy.ravel", "numpy.cumsum",
    "s2s_ad.rules.helpers.unreduce", "s2s_ad.rules.helpers.shifted", "scipy.integrate.trapezoid",
    "scipy.integrate.cumulative_trapezoid",
    "numpy.tril", "numpy.triu", "numpy.real", "numpy.imag", "numpy.conj", "numpy.broadcast_to",
    "numpy.polyval", "numpy.gradient", "numpy.diff",
    "s2s_ad.rules.helpers.resized", "s2s_ad.rules.helpers.aligned",
})  # fmt: skip
_SOLVERS = frozenset({"numpy.linalg.solve", "scipy.linalg.solve", "scipy.linalg.solve_triangular"})
_COMPARISONS = frozenset(f"operator.{name}" for name in ("eq", "ne", "lt", "le", "gt", "ge"))


def drop_zeros(
    stmts: Sequence[Stmt], zeros: Iterable[Var], shapes: Mapping[Var, Shape], results: Sequence[Atom | None]
) -> tuple[Sequence[Stmt], tuple[Atom | None, ...]]:
    """Return the statements without the terms that are zero, and the results: None where one is.

    `zeros` are Vars known to be zero, `shapes` is what is known of shapes.

    | before                | after                 |
    |-----------------------|-----------------------|
    | .1 = identity(0.0)    |                       |
    | .2 = mul(x_dot, y)    | .2 = mul(x_dot, y)    |
    | .3 = mul(x, .1)       |                       |
    | .4 = add(.2, .3)      |                       |
    | result .4             | result .2             |
    """
    found = _Zeros(set(zeros), dict(shapes))
    kept: list[Stmt] = []
    for stmt in stmts:
        if not isinstance(stmt, Eqn):  # what is in it reads what was before
            return stmts, tuple(results)
        kept.extend(found.equation(stmt))
    values = tuple(found.atom(value) if value is not None else None for value in results)
    values = tuple(None if value in found.zeros else value for value in values)
    block = dead_code(Block(tuple(kept), tuple(value for value in values if value is not None)))
    return block.stmts, values


def shape_of(shapes: Mapping[Var, Shape], arg: Arg) -> Shape:
    """Return what the shape of an operand depends on: equal for operands of one shape."""
    if not isinstance(arg, Var) or isinstance(arg.kind, PyScalar | NumpyScalar):
        return frozenset()
    return shapes.get(arg, frozenset({arg}))


def shape_of_result(shapes: Mapping[Var, Shape], eqn: Eqn) -> Shape:
    """Return what the shape of the result of an equation depends on."""
    path, args = eqn.op.path, eqn.args
    rule = lookup(path)
    operands = (*args, *(value for _, value in eqn.kwargs))
    plain = all(isinstance(arg, Var | Lit) for arg in operands)
    if plain and (path in _COMPARISONS or (rule is not None and rule.elementwise)):
        return frozenset[object]().union(*(shape_of(shapes, arg) for arg in operands))
    first = len(args) if path in _PRODUCTS else 1
    read = (shape_of(shapes, arg) if isinstance(arg, Var) else arg for arg in args[:first])
    return frozenset({(path, *read, *args[first:], *eqn.kwargs)})


@dataclass
class _Zeros:
    """What is zero, what is the same as something else since a zero was added to it, and shapes."""

    zeros: set[Var]
    shapes: dict[Var, Shape]
    same: dict[Var, Atom] = field(default_factory=dict[Var, Atom])

    def atom(self, atom: Atom) -> Atom:
        return self.same.get(atom, atom) if isinstance(atom, Var) else atom

    def equation(self, eqn: Eqn) -> list[Eqn]:
        """Return the equations that are left; a zero keeps some, for who needs its shape."""
        eqn = replace(
            eqn,
            args=tuple(self._arg(arg) for arg in eqn.args),
            kwargs=tuple((name, self._arg(arg)) for name, arg in eqn.kwargs),
        )
        if len(eqn.outs) != 1 or eqn.outs[0] in self.zeros or not eqn.args:
            return [eqn]
        self.shapes[eqn.outs[0]] = shape_of_result(self.shapes, eqn)
        zero = [self._is_nothing(arg) for arg in eqn.args]
        if eqn.op.path in _SUMS and sum(zero) == 1:
            return self._sum(eqn, zero)
        return self._cleared(eqn) if self._is_zero(eqn, zero) else [eqn]

    def _is_nothing(self, arg: Arg) -> bool:
        return arg in self.zeros or (isinstance(arg, Lit) and type(arg.value) in (int, float) and arg.value == 0)

    def _is_zero(self, eqn: Eqn, zero: list[bool]) -> bool:
        """Say whether a result is zero, given which operands are."""
        path = eqn.op.path
        return (
            (path in _PRODUCTS and any(zero[_FACTORS.get(path, slice(2))]))
            or (path in _QUOTIENTS and zero[:1] == [True])
            or (path in _SUMS and bool(zero) and all(zero))
            or (path in _LINEAR and eqn.args[0] in self.zeros)
            or (path == "numpy.pad" and eqn.args[0] in self.zeros and not self._is_filled(eqn))
            or (path == "numpy.where" and any(zero) and all(map(self._is_nothing, eqn.args[1:])))
            or (path in _SOLVERS and zero[1:2] == [True])
            or (path == "s2s_ad.rules.helpers.mixed" and zero[1:] == [True])
            or (path == "numpy.linalg.multi_dot" and any(var in self.zeros for var in variables(eqn.args[0])))
        )

    def _is_filled(self, eqn: Eqn) -> bool:
        return any(name.endswith("_values") and not self._is_nothing(arg) for name, arg in eqn.kwargs)

    def _cleared(self, eqn: Eqn) -> list[Eqn]:
        """Return the equations of a zero: no nan, though it may be zero times infinity."""
        (out,) = eqn.outs
        self.zeros.add(out)
        if not isinstance(out.kind, Array):
            return [replace(eqn, op=IDENTITY, args=(Lit(0.0, FLOAT),), kwargs=())]
        like = Var(f"{out.name}.like", out.kind)
        return [replace(eqn, outs=(like,)), replace(eqn, op=ZEROS_LIKE, args=(like,), kwargs=())]

    def _arg(self, arg: Arg) -> Arg:
        return substitute(arg, lambda var: self.same.get(var, var))

    def _sum(self, eqn: Eqn, zero: list[bool]) -> list[Eqn]:
        """Return what is left of x + 0, 0 + x, x - 0 or 0 - x, if adding zeros does not broadcast x."""
        rest, none = eqn.args[::-1] if zero[0] else eqn.args
        assert isinstance(rest, Var | Lit) and isinstance(none, Var | Lit)
        alike = shape_of(self.shapes, rest) >= shape_of(self.shapes, none)
        if not alike and not _spans(rest.kind, none.kind, eqn.outs[0].kind):
            return [eqn]
        if zero[0] and eqn.op.path in ("operator.sub", "numpy.subtract"):
            return [replace(eqn, op=_NEGATIVE, args=(rest,))]
        self.same[eqn.outs[0]] = rest
        return []


def _spans(kind: Kind, other: Kind, both: Kind) -> bool:
    """Say whether an operand surely has the shape that it is broadcast to with another."""
    if not all(is_numeric(each) for each in (kind, other, both)):
        return False
    axes, others = axes_of(kind), axes_of(other)
    if axes is None or others is None or axes != axes_of(both):
        return False
    return all(mark != "?" or against == "1" for mark, against in zip(axes, others.rjust(len(axes), "1"), strict=True))
