"""NumPy's functions by what they call in the end: on small arrays their wrappers take longer than the work.

The value is the same to the bit, except of products of matrices: there only those that a transformation made change.

>>> from s2s_ad.ir.printer import statement
>>> x, mean = Var("x", Array("float64", "nn")), Var("mean", NumpyScalar("float64"))
>>> block = direct(Block((Eqn((mean,), op("numpy.mean"), (x,)),), (mean,)), Names())
>>> for stmt in block.stmts:
...     print(statement(stmt))
.1: float64 = numpy.add.reduce(x, axis=None)
.2: int = builtins.getattr(x, 'size')
mean: float64 = operator.truediv(.1, .2)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from s2s_ad.ir.core import Arg, Block, Eqn, Lit, Source, Var, map_blocks
from s2s_ad.ir.kinds import INT, UNKNOWN, Array, NumpyScalar, Opaque, TupleKind
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import GETATTR, GETITEM, ZEROS_LIKE, op

_REDUCTIONS = {
    "numpy.sum": (op("numpy.add.reduce"), ("axis", "dtype")),
    "numpy.prod": (op("numpy.multiply.reduce"), ("axis", "dtype")),
    "numpy.max": (op("numpy.maximum.reduce"), ("axis",)),
    "numpy.min": (op("numpy.minimum.reduce"), ("axis",)),
    "numpy.mean": (op("numpy.add.reduce"), ("axis",)),
}
"""For functions the ufunc's method that each is, and what their parameters after the first are."""
_METHODS = {path: op(f"numpy.ndarray.{path.rpartition('.')[2]}") for path in ("numpy.reshape", "numpy.swapaxes")}
_PRODUCTS = ("operator.matmul", "numpy.matmul")
_DOT, _ZEROS, _DIVIDE = op("numpy.ndarray.dot"), op("numpy.zeros"), op("operator.truediv")
_SUM, _COUNT, _FLOAT64 = op("numpy.sum"), op("numpy.count_nonzero"), op("numpy.float64")
_NONE = Lit(None, UNKNOWN)


def direct(block: Block, names: Names) -> Block:
    """Return the block with calls that have no wrapper."""
    stmts = (
        new
        for stmt in block.stmts
        for new in (_direct(stmt, names) if isinstance(stmt, Eqn) else [map_blocks(stmt, lambda b: direct(b, names))])
    )
    return Block(tuple(stmts), block.results)


def _direct(eqn: Eqn, names: Names) -> Sequence[Eqn]:
    x = eqn.args[0] if eqn.args else None
    if not isinstance(x, Var) or not isinstance(x.kind, Array) or not x.kind.axes:
        return [eqn]
    if eqn.op.path in _REDUCTIONS:
        return _reduced(eqn, x, x.kind, names)
    if isinstance(eqn.origin, Source):
        return [eqn]
    if eqn.op.path in _METHODS and not eqn.kwargs:
        return [replace(eqn, op=_METHODS[eqn.op.path])]
    if eqn.op.path in _PRODUCTS and not eqn.kwargs and all(map(_is_vector_or_matrix, eqn.args)):
        return [replace(eqn, op=_DOT)]
    if eqn.op == ZEROS_LIKE and len(eqn.args) == 1 and not eqn.kwargs and x.kind.dtype == "float64":
        shape = Var(names.version(""), TupleKind((INT,) * len(x.kind.axes)))
        return [_of(x, "shape", shape, eqn), replace(eqn, op=_ZEROS, args=(shape,))]
    return [eqn]


def _reduced(eqn: Eqn, x: Var, kind: Array, names: Names) -> Sequence[Eqn]:
    """Return `np.add.reduce(x, axis=None)` for `np.sum(x)`, with a quotient for `np.mean(x)`."""
    reduce, parameters = _REDUCTIONS[eqn.op.path]
    given = dict(zip(parameters, eqn.args[1:], strict=False)) | dict(eqn.kwargs)
    if len(eqn.args) > 1 + len(parameters) or not given.keys() <= {*parameters, "keepdims"}:
        return [eqn]
    axis = given.setdefault("axis", _NONE)
    is_whole = isinstance(axis, Lit) and axis.value is None
    if is_whole and len(kind.axes or "") == 1 and "keepdims" not in given:
        del given["axis"]
    if is_whole and eqn.op == _SUM and kind.dtype == "bool" and eqn.outs[0].kind == NumpyScalar("float64"):
        count = Var(names.version(""), INT)
        return [Eqn((count,), _COUNT, (x,), (), eqn.origin), replace(eqn, op=_FLOAT64, args=(count,), kwargs=())]
    reduced = replace(eqn, op=reduce, args=(x,), kwargs=tuple(given.items()))
    if eqn.op.path != "numpy.mean":
        return [reduced]
    is_one = isinstance(axis, Var | Lit) and axis.kind == INT
    if kind.dtype != "float64" or not (is_whole or is_one):  # others are added up or divided otherwise
        return [eqn]
    total, size = Var(names.version(""), eqn.outs[0].kind), Var(names.version(""), INT)
    count = [_of(x, "size", size, eqn)]
    if not is_whole:
        shape = Var(names.version(""), TupleKind((INT,) * len(kind.axes or "")))
        count = [_of(x, "shape", shape, eqn), Eqn((size,), GETITEM, (shape, axis), (), eqn.origin)]
    return [replace(reduced, outs=(total,)), *count, replace(eqn, op=_DIVIDE, args=(total, size), kwargs=())]


def _of(x: Var, name: str, out: Var, eqn: Eqn) -> Eqn:
    return Eqn((out,), GETATTR, (x, Lit(name, Opaque("str"))), (), eqn.origin)


def _is_vector_or_matrix(arg: Arg) -> bool:
    return isinstance(arg, Var) and isinstance(arg.kind, Array) and len(arg.kind.axes or "") in (1, 2)
