"""Leaves an adjoint that is the same all along an axis as it is, where arithmetic spreads it out anyway.

The adjoint of a sum is one number for all elements.  It need not become an array before it is multiplied with one of
that shape, or added to elements of one; nor need a number have axes beside an array that has them.

>>> from s2s_ad.ir.core import Block, Eqn, Lit, Var
>>> from s2s_ad.ir.kinds import Array, INT, NumpyScalar, Opaque, TupleKind
>>> from s2s_ad.ir.names import Names
>>> from s2s_ad.ir.ops import GETATTR, op
>>> from s2s_ad.ir.printer import statement
>>> x, x_bar, y_bar = (Var(name, Array("float64", "n")) for name in ("x", "x_bar", "y_bar"))
>>> s_bar, shape = Var("s_bar", NumpyScalar("float64")), Var(".1", TupleKind((INT,)))
>>> asked = Eqn((shape,), GETATTR, (x, Lit("shape", Opaque("str"))))
>>> spread_out = Eqn((y_bar,), op("numpy.broadcast_to"), (s_bar, shape))
>>> product = Eqn((x_bar,), op("operator.mul"), (y_bar, x))
>>> statement(spread(Block((asked, spread_out, product), (x_bar,)), Names(2)).stmts[-1])
'x_bar: float64[n] = operator.mul(s_bar, x)'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from s2s_ad.ir.core import Arg, Atom, Block, Eqn, Lit, Stmt, Var, map_blocks
from s2s_ad.ir.kinds import Array, NumpyScalar, PyScalar, axes_of, dtype_of, is_number, is_numeric
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import ACCUMULATE, GETATTR, IDENTITY, op
from s2s_ad.rules.infer import infer
from s2s_ad.rules.language import lookup

_BROADCAST, _EXPAND = op("numpy.broadcast_to"), op("numpy.expand_dims")
_SELECTIONS = frozenset({"numpy.where", "s2s_ad.rules.helpers.unless_zero"})
_ARITHMETIC = frozenset({
    *(f"operator.{name}" for name in ("add", "sub", "mul", "truediv", "neg")),
    *(f"numpy.{name}" for name in ("add", "subtract", "multiply", "divide", "negative")),
}) | _SELECTIONS  # fmt: skip
_QUOTIENTS = frozenset({"operator.truediv", "numpy.divide"})


def spread(block: Block, names: Names) -> Block:
    """Return the block in which arithmetic reads what is spread out before it is."""
    return _Spread(names).block(block, {}, {})


@dataclass(frozen=True)
class _Thin:
    """What an array is before it is spread out, and of which array it then has the shape, if that is known."""

    value: Atom
    like: Var | None


class _Spread:
    def __init__(self, names: Names) -> None:
        self._names = names
        self._roots: dict[Var, Var] = {}
        """Arrays that are as large as another, since they are made of it point by point."""

    def block(self, block: Block, thin: dict[Var, _Thin], shapes: dict[Var, Var]) -> Block:
        """Return a block; `thin` are the arrays that are spread out before it, `shapes` of what shapes are known."""
        thin, shapes = dict(thin), dict(shapes)
        stmts: list[Stmt] = []
        for stmt in block.stmts:
            if not isinstance(stmt, Eqn):
                stmts.append(map_blocks(stmt, lambda inner, t=thin, s=shapes: self.block(inner, t, s)))
                continue
            stmts += self._equation(stmt, thin, shapes)
        return Block(tuple(stmts), block.results)

    def _equation(self, eqn: Eqn, thin: dict[Var, _Thin], shapes: dict[Var, Var]) -> list[Stmt]:
        first = eqn.args[0] if eqn.args else None
        self._note_root(eqn)
        if eqn.op == GETATTR and eqn.args[1] == Lit("shape", eqn.args[1].kind) and isinstance(first, Var):  # pyright: ignore
            shapes[eqn.outs[0]] = first
        elif eqn.op == _BROADCAST and isinstance(first, Var | Lit) and is_numeric(first.kind):
            shape = eqn.args[1]
            if isinstance(shape, Var) and shape in shapes:
                thin[eqn.outs[0]] = _Thin(self._number(first, thin) or first, shapes[shape])
        elif eqn.op == _EXPAND and isinstance(first, Var):
            number = self._number(first, thin)
            if number is not None:
                thin[eqn.outs[0]] = _Thin(number, None)
        elif eqn.op == IDENTITY and first in thin:
            thin[eqn.outs[0]] = thin[first]
        elif eqn.op == ACCUMULATE and eqn.args[-1] in thin and isinstance(eqn.outs[0].kind, Array):
            return [replace(eqn, args=(*eqn.args[:-1], thin[eqn.args[-1]].value))]  # type: ignore[index]
        elif eqn.op.path in _ARITHMETIC and not eqn.kwargs and any(arg in thin for arg in eqn.args):
            return self._arithmetic(eqn, thin)
        return [eqn]

    def _arithmetic(self, eqn: Eqn, thin: dict[Var, _Thin]) -> list[Stmt]:
        """Return an equation on what is not spread out; where no operand has the shape, beside the one that was.

        Nothing reads that one, but for what needs a whole array: one of its own, which may be written.
        """
        spread_out = [arg for arg in eqn.args if isinstance(arg, Var) and arg in thin]
        others = [arg for arg in eqn.args if isinstance(arg, Var) and arg not in thin and isinstance(arg.kind, Array)]
        args = [thin[arg].value if isinstance(arg, Var) and arg in thin else arg for arg in eqn.args]
        (out,) = eqn.outs
        if others:
            whole = all(_is_met(arg, out) or self._is_beside(thin[arg], others) for arg in spread_out)
            return [replace(eqn, args=tuple(args))] if whole and _fits(out, eqn, args) else [eqn]
        like = thin[spread_out[0]].like
        alike = like is not None and all(self._is_beside(thin[arg], [like]) for arg in spread_out)
        if not (alike or len(spread_out) == 1) or eqn.op.path in _SELECTIONS or not _fits(out, eqn, args, shape=False):
            return [eqn]
        if eqn.op.path in _QUOTIENTS and all(isinstance(arg, Var | Lit) and _is_weak(arg) for arg in args):
            return [eqn]  # Python's numbers raise
        value = Var(self._names.version(""), infer(eqn.op, tuple(args)))
        thin[out] = _Thin(value, like)
        return [Eqn((value,), eqn.op, tuple(args), (), eqn.origin), eqn]

    def _number(self, x: Atom, thin: Mapping[Var, _Thin]) -> Var | None:
        """Return the number that all elements of an array are, or that has no axes itself."""
        value = thin[x].value if isinstance(x, Var) and x in thin else x
        return value if isinstance(value, Var) and is_number(value.kind) else None

    def _is_beside(self, x: _Thin, others: Sequence[Var]) -> bool:
        """Say whether one of other arrays is known to have the shape of what is spread out."""
        like = x.like
        return like is not None and any(self._is_same(other, like) for other in others)

    def _note_root(self, eqn: Eqn) -> None:
        rule = lookup(eqn.op.path) if eqn.op.path.startswith(("numpy.", "operator.")) else None
        if eqn.op != IDENTITY and (rule is None or not rule.elementwise or eqn.kwargs):
            return
        if not all(isinstance(arg, Var | Lit) for arg in eqn.args):
            return
        arrays = {arg for arg in eqn.args if isinstance(arg, Var) and not isinstance(arg.kind, PyScalar | NumpyScalar)}
        roots = {self._roots.get(array, array) for array in arrays}
        if len(roots) == 1 and len(eqn.outs) == 1 and all(isinstance(array.kind, Array) for array in arrays):
            self._roots[eqn.outs[0]] = next(iter(roots))

    def _is_same(self, x: Var, y: Var) -> bool:
        """Say whether two arrays are known to have one shape."""
        if self._roots.get(x, x) == self._roots.get(y, y):
            return True
        a, b = x.kind, y.kind
        return isinstance(a, Array) and isinstance(b, Array) and _is_known(a) and a.sizes == b.sizes


def _is_met(x: Var, out: Var) -> bool:
    """Say whether a result has the shape it has without x too, if it has as many axes and the same marks then.

    Two axes that are not one are equally long; only of one that may be one nothing is known.
    """
    marks, met = axes_of(x.kind), axes_of(out.kind)
    return (
        marks is not None
        and met is not None
        and all(mark != "?" or other == "n" for mark, other in zip(reversed(marks), reversed(met)))
    )


def _is_known(kind: Array) -> bool:
    return bool(kind.sizes) and None not in kind.sizes


def _is_weak(x: Atom) -> bool:
    return isinstance(x.kind, PyScalar)


def _fits(out: Var, eqn: Eqn, args: Sequence[Arg], shape: bool = True) -> bool:
    """Say whether an equation gives the same dtype with other operands, and the same number of axes."""
    try:
        kind = infer(eqn.op, tuple(args))
    except LookupError:
        return False
    if not is_numeric(kind) or dtype_of(kind) != dtype_of(out.kind):
        return False
    return not shape or (isinstance(kind, Array) and isinstance(out.kind, Array) and kind.axes == out.kind.axes)
