"""Sums of products as inner products, which make no array of the products and run once over the two.

    v3_bar = v2_bar[:, None] * v2          v3_bar is not made
    x_bar = v3_bar.sum(axis=0)         →   x_bar = v2_bar @ v2
    v1_bar = v3_bar.sum(axis=1)            v1_bar = v2_bar * v4, where v4 = v2.sum(axis=1) is known

What a rule makes is the same number but for rounding.  Numbers of other dtypes than float64 stay as they are: NumPy's
`sum` adds them up with less error.

>>> from s2s_ad.ir.kinds import NumpyScalar
>>> from s2s_ad.ir.printer import statement
>>> x, y, xy, z = (Var(name, Array("float64", "nn")) for name in ("x", "y", ".1", "z"))
>>> s_bar = Var("s_bar", NumpyScalar("float64"))
>>> product, total = Eqn((xy,), _MUL, (x, y)), Eqn((s_bar,), _SUM, (xy,))
>>> [statement(stmt) for stmt in contracted(Block((product, total), (s_bar,)), Names()).stmts]
['s_bar: float64 = numpy.vdot(x, y)']
>>> weights, column, x_bar = Var("w", Array("float64", "n")), Var(".2", Array("float64", "n1")), Var("x_bar", x.kind)
>>> thin, product = Eqn((column,), _EXPAND, (weights, Lit(1, INT))), Eqn((xy,), _MUL, (column, y))
>>> total = Eqn((x_bar,), _SUM, (xy,), (("axis", Lit(0, INT)),))
>>> [statement(stmt) for stmt in contracted(Block((thin, product, total), (x_bar,)), Names()).stmts[2:]]
['x_bar: float64[n,n] = operator.matmul(w, y)']
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from s2s_ad.analysis.storage import Storage
from s2s_ad.ir.core import Arg, Block, Eqn, Lit, Note, Source, Stmt, Var, all_reads, map_blocks, operands
from s2s_ad.ir.kinds import INT, Array, Opaque, axes_of, is_number
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import IDENTITY, keeps_apart, op, written

_MUL, _MATMUL, _SUM, _VDOT = op("operator.mul"), op("operator.matmul"), op("numpy.sum"), op("numpy.vdot")
_EXPAND, _EINSUM = op("numpy.expand_dims"), op("numpy.einsum")
_LETTERS = "ijklmnop"


def contracted(block: Block, names: Names) -> Block:
    """Return the block with inner products for sums of products of rules."""
    storage = Storage()
    storage.block(block)
    return _contracted(block, Counter(all_reads(block)), storage, names)


@dataclass
class _Known:
    """What has been computed, of arrays that have not been written since."""

    storage: Storage
    products: dict[Var, Eqn] = field(default_factory=dict[Var, Eqn])
    """Products of which nothing but a sum is made."""
    made: dict[Var, Eqn] = field(default_factory=dict[Var, Eqn])
    sums: dict[tuple[Var, int], Var] = field(default_factory=dict[tuple[Var, int], Var])
    """Sums along an axis, which is gone, by what they are of and the axis."""
    thin: dict[Var, Var] = field(default_factory=dict[Var, Var])
    """Arrays without the axis of length one that was put into them."""

    def without(self, stmt: Stmt) -> _Known:
        """Return what is known after a statement that may write."""
        if not isinstance(stmt, Eqn) or not written(stmt):
            return _Known(self.storage)

        def stays(*of: Var) -> bool:
            return not any(self.storage.may_be_shared(array, var) for _, array in written(stmt) for var in of)

        products = {var: eqn for var, eqn in self.products.items() if stays(var, *operands(eqn))}
        made = {var: eqn for var, eqn in self.made.items() if stays(var, *operands(eqn))}
        sums = {(x, axis): var for (x, axis), var in self.sums.items() if stays(x, var)}
        thin = {factor: var for factor, var in self.thin.items() if stays(factor, var)}
        return _Known(self.storage, products, made, sums, thin)

    def maker(self, arg: Arg) -> Eqn | None:
        """Return what gives a value, by whatever name."""
        made = self.made.get(arg) if isinstance(arg, Var) else None
        return self.maker(made.args[0]) if made is not None and made.op == IDENTITY else made


def _contracted(block: Block, uses: Counter[Var], storage: Storage, names: Names) -> Block:
    known = _Known(storage)
    stmts: list[Stmt] = []
    for stmt in block.stmts:
        if isinstance(stmt, Note):
            stmts.append(stmt)
            continue
        if not isinstance(stmt, Eqn) or keeps_apart(stmt):  # after a write the factors may be others
            stmts.append(map_blocks(stmt, lambda inner: _contracted(inner, uses, storage, names)))
            known = known.without(stmt)
            continue
        if _is_product(stmt) and uses[stmt.outs[0]] == 1:
            known.products[stmt.outs[0]] = stmt
        product = next((known.products[var] for var in operands(stmt) if var in known.products), None)
        if product is not None and stmt.op == _SUM and len(stmt.args) == 1 and not stmt.kwargs:
            stmts.remove(product)
            is_of_vectors = len(axes_of(product.outs[0].kind) or "") == 1
            stmt = replace(stmt, op=_MATMUL if is_of_vectors else _VDOT, args=product.args)
        new = _along_an_axis(stmt, known, names) or [stmt]
        known.made.update((out, each) for each in new for out in each.outs)
        axis, keepdims = _axis(stmt)
        if axis is not None and not keepdims and isinstance(x := stmt.args[0], Var):
            known.sums.setdefault((x, axis), stmt.outs[0])
        stmts += new
    return Block(tuple(stmts), block.results)


def _is_product(eqn: Eqn) -> bool:
    """Say whether an equation of a rule multiplies two arrays of float64 that surely have one shape."""
    if eqn.op != _MUL or isinstance(eqn.origin, Source) or eqn.outs[0].hint:
        return False
    x, y = map(_kind, eqn.args)
    if x is None or y is None or not x.axes or not y.axes or len(x.axes) != len(y.axes):
        return False
    known = [x.size_of(axis) is not None and x.size_of(axis) == y.size_of(axis) for axis in range(len(x.axes))]
    return all(same or (a == b and a != "?") for same, a, b in zip(known, x.axes, y.axes, strict=True))


def _axis(eqn: Eqn) -> tuple[int | None, bool]:
    """Return the axis of a sum along one that is written down, and whether it stays; no axis for all else."""
    kind = _kind(eqn.args[0]) if eqn.op == _SUM and len(eqn.args) == 1 else None
    given = dict(eqn.kwargs)
    axis, keepdims = given.pop("axis", None), given.pop("keepdims", Lit(False, INT))
    if kind is None or not kind.axes or given or not isinstance(axis, Lit) or not isinstance(keepdims, Lit):
        return None, False
    rank = len(kind.axes)
    return (axis.value % rank, bool(keepdims.value)) if type(axis.value) is int and rank > 1 else (None, False)


def _along_an_axis(eqn: Eqn, known: _Known, names: Names) -> Sequence[Eqn] | None:
    """Return what gives the sum along an axis of a product of which one factor is the same along an axis."""
    axis, keepdims = _axis(eqn)
    product = known.maker(eqn.args[0]) if axis is not None else None
    if axis is None or product is None or product.op != _MUL or isinstance(eqn.origin, Source):
        return None
    for factor, whole in (product.args, product.args[::-1]):
        marks, kind = axes_of(factor.kind) if isinstance(factor, Var) else None, _kind(whole)
        if kind is None or set(kind.axes or "") != {"n"} or not isinstance(factor, Var) or not marks:
            continue
        if len(marks) != len(kind.axes or "") or sorted(marks) != ["1", *"n" * (len(marks) - 1)]:
            continue
        equal = marks.index("1")
        before = _without(factor, equal, known, names)
        if factor not in known.thin:
            continue
        thin, out = known.thin[factor], eqn.outs[0]
        assert isinstance(whole, Var)
        summed = known.sums.get((whole, axis))
        result = Var(names.version(""), Array("float64", "n" * (len(marks) - 1))) if keepdims else out
        if equal == axis and summed is not None:
            new = Eqn((result,), _MUL, (thin, summed), (), eqn.origin)
        elif equal == axis:
            continue
        elif len(marks) == 2:
            new = Eqn((result,), _MATMUL, (thin, whole) if axis == 0 else (whole, thin), (), eqn.origin)
        else:
            new = Eqn((result,), _EINSUM, (_how(len(marks), equal, axis), thin, whole), (), eqn.origin)
        end = [Eqn((out,), _EXPAND, (result, Lit(axis, INT)), (), eqn.origin)] if keepdims else []
        return [*before, new, *end]
    return None


def _without(factor: Var, axis: int, known: _Known, names: Names) -> list[Eqn]:
    """Note an array without an axis of length one that was put into it, if it is there; return what gives it."""
    made = known.maker(factor)
    if made is None or factor in known.thin or isinstance(made.origin, Source):
        return []
    first, *others = made.args
    if made.op == _EXPAND and isinstance(first, Var) and others == [Lit(axis, INT)] and _kind(first):
        known.thin[factor] = first
        return []
    numbers = [arg for arg in made.args if isinstance(arg, Var | Lit) and is_number(arg.kind)]
    arrays = [arg for arg in made.args if isinstance(arg, Var) and _kind(arg)]
    if made.op != _MUL or len(numbers) != 1 or len(arrays) != 1:
        return []
    before = _without(arrays[0], axis, known, names)
    if arrays[0] not in known.thin:
        return []
    thin = known.thin[arrays[0]]
    known.thin[factor] = Var(names.version(""), thin.kind)
    args = tuple(thin if arg == arrays[0] else arg for arg in made.args)
    return [*before, replace(made, outs=(known.thin[factor],), args=args)]


def _how(rank: int, equal: int, axis: int) -> Lit:
    """Return how an array without the axis `equal` is multiplied with a whole one and summed along an axis.

    >>> _how(3, 2, 0).value
    'ij,ijk->jk'
    """
    whole = _LETTERS[:rank]
    thin, left = whole.replace(whole[equal], ""), whole.replace(whole[axis], "")
    return Lit(f"{thin},{whole}->{left}", Opaque("str"))


def _kind(arg: Arg) -> Array | None:
    """Return the kind of an array of float64."""
    kind = arg.kind if isinstance(arg, Var) else None
    return kind if isinstance(kind, Array) and kind.dtype == "float64" else None
