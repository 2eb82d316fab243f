"""Sums of products as inner products, which make no array of the products and run once over the two.

What a rule makes is the same number but for rounding.  Numbers of other dtypes than float64 stay as they are: NumPy's
`sum` adds them up with less error.

>>> from s2s_ad.ir.kinds import NumpyScalar
>>> from s2s_ad.ir.printer import statement
>>> x, y, xy, z = (Var(name, Array("float64", "nn")) for name in ("x", "y", ".1", "z"))
>>> s_bar = Var("s_bar", NumpyScalar("float64"))
>>> product, total = Eqn((xy,), op("operator.mul"), (x, y)), Eqn((s_bar,), op("numpy.sum"), (xy,))
>>> [statement(stmt) for stmt in contracted(Block((product, total), (s_bar,))).stmts]
['s_bar: float64 = numpy.vdot(x, y)']
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from s2s_ad.ir.core import Arg, Block, Eqn, Source, Stmt, Var, all_reads, map_blocks, operands
from s2s_ad.ir.kinds import Array, axes_of
from s2s_ad.ir.ops import keeps_apart, op

_MUL, _MATMUL, _SUM, _VDOT = op("operator.mul"), op("operator.matmul"), op("numpy.sum"), op("numpy.vdot")


def contracted(block: Block) -> Block:
    """Return the block with inner products for sums of products that nothing else reads."""
    return _contracted(block, Counter(all_reads(block)))


def _contracted(block: Block, uses: Counter[Var]) -> Block:
    products: dict[Var, Eqn] = {}
    stmts: list[Stmt] = []
    for stmt in block.stmts:
        if not isinstance(stmt, Eqn) or keeps_apart(stmt):  # after a write the factors may be others
            stmts.append(map_blocks(stmt, lambda inner: _contracted(inner, uses)))
            products = {}
            continue
        if _is_product(stmt) and uses[stmt.outs[0]] == 1:
            products[stmt.outs[0]] = stmt
        product = next((products[var] for var in operands(stmt) if var in products), None)
        if product is not None and stmt.op == _SUM and len(stmt.args) == 1 and not stmt.kwargs:
            stmts.remove(product)
            is_of_vectors = len(axes_of(product.outs[0].kind) or "") == 1
            stmt = replace(stmt, op=_MATMUL if is_of_vectors else _VDOT, args=product.args)
        stmts.append(stmt)
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


def _kind(arg: Arg) -> Array | None:
    """Return the kind of an array of float64."""
    kind = arg.kind if isinstance(arg, Var) else None
    return kind if isinstance(kind, Array) and kind.dtype == "float64" else None
