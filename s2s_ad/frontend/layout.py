"""Which functions of an array give a view of it: what is written to the view is then written to the array.

Most do whatever the array is.  Whether `reshape` and `ravel` give a view or a copy depends on how the
elements lie in memory.  A vector can always be reshaped without a copy; of an array with more axes it
must be known that it is *compact*: that its elements lie one after the other, in the order of C.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.values import Ref, Value, View
from s2s_ad.ir.core import Arg, Atom, Eqn, Lit, Op, Seq, Slice, Step, Var, operands, variables
from s2s_ad.ir.kinds import Array, ListKind, NumpyScalar, Opaque, PyScalar, axes_of, dtype_of
from s2s_ad.ir.ops import COPY, GETITEM, IDENTITY, IN_PLACE, UNPACK, op
from s2s_ad.rules.language import lookup


def _numpy(names: str) -> frozenset[str]:
    return frozenset(f"numpy.{name}" for name in names.split())


_ALWAYS = _numpy("""
    transpose matrix_transpose swapaxes moveaxis expand_dims squeeze flip flipud fliplr rot90
    atleast_1d atleast_2d atleast_3d broadcast_to diagonal linalg.diagonal
    lib.stride_tricks.sliding_window_view
""")
_KEEP_ORDER = _numpy("expand_dims squeeze atleast_1d atleast_2d reshape")
"""Views of compact arrays that are compact."""
_MADE_COMPACT = _numpy("zeros ones empty full eye identity arange outer dot")
_MADE_LIKE = _numpy("zeros_like ones_like empty_like full_like array")
RESHAPE = op("numpy.reshape")
CONTIGUOUS = op("numpy.ascontiguousarray")


def view_of(lo: Lowerer, operation: Op, owner: Ref, args: tuple[Arg, ...], kwargs: Mapping[str, Arg]) -> View | None:
    """Return the step from an array to what a function gives, None if that is not surely a view.

    Arrays that NumPy lets nobody write, as those of `broadcast_to` and `diagonal`, are views too: a
    write raises the same in the emitted code.
    """
    if any(isinstance(var.kind, Array | ListKind) for var in variables(*args, *kwargs.values())):
        return None  # what says how to view it may be written itself
    if operation.path in _ALWAYS:
        return View(operation, args, tuple(kwargs.items()))
    axes = axes_of(lo.kind(owner))
    if axes is None:
        return None
    if operation.path == "numpy.diag" and len(axes) == 2:
        return View(operation, args, tuple(kwargs.items()))
    if operation.path == "numpy.reshape" and (len(axes) < 2 or _is_compact(lo, owner)):
        shape = args[0] if args else kwargs.get("shape")
        plain = _is_order_of_c(args[1:], kwargs) and kwargs.get("copy", lo.lit(None)) in (lo.lit(None), lo.lit(False))
        return View(operation, (shape,)) if shape is not None and plain else None
    if operation.path == "numpy.ravel" and _is_order_of_c(args, kwargs) and _is_compact(lo, owner):
        return View(RESHAPE, (lo.lit(-1),))
    return None


def _is_order_of_c(order: tuple[Arg, ...], kwargs: Mapping[str, Arg]) -> bool:
    """Say whether the order asked for is that of C, where the elements lie so."""
    given = [*order, *([kwargs["order"]] if "order" in kwargs else [])]
    return all(isinstance(arg, Lit) and arg.value in ("C", "A", "K") for arg in given)


_AS_ARRAY = _numpy("asarray asanyarray")


def gives_new(lo: Lowerer, path: str, args: Sequence[Value], named: Mapping[str, Value]) -> bool:
    """Say whether a function that may give a view surely gives a new array here."""
    if path == "numpy.diag":
        return bool(args) and axes_of(lo.kind(args[0])) in ("", "n", "1", "?")
    if path == "numpy.meshgrid":
        return named.get("copy", lo.lit(True)) == lo.lit(True)
    if path.startswith("numpy.histogram"):  # of arrays it may give only the edges of bins, if these are given
        bins = args[1] if len(args) > 1 else named.get("bins", lo.lit(10))
        return isinstance(lo.kind(bins), PyScalar | NumpyScalar | Opaque)
    if named.get("copy") == lo.lit(True):
        return True
    dtype = args[1] if len(args) > 1 else named.get("dtype")
    return path in _AS_ARRAY and dtype is not None and _has_dtype(lo, args[0], lo.operand(dtype)) is False


def _has_dtype(lo: Lowerer, array: Value, dtype: Arg) -> bool | None:
    """Say whether an array has a dtype that it is asked for, None if that is not known."""
    kind = lo.kind(array)
    if not isinstance(kind, Array) or not isinstance(dtype, Lit):
        return None
    return dtype.value is None or np.dtype(dtype.value) == dtype_of(kind)


def flat_view(lo: Lowerer, owner: Ref) -> Ref | None:
    """Return the elements of an array in a row, where that is a view of it."""
    if len(axes_of(lo.kind(owner)) or "") == 1:
        return owner
    return lo.view(owner, View(RESHAPE, (lo.lit(-1),))) if _is_compact(lo, owner) else None


def is_same(lo: Lowerer, operation: Op, owner: Ref, args: tuple[Arg, ...], kwargs: Mapping[str, Arg]) -> bool:
    """Say whether a function gives the very array that it gets."""
    kind = lo.kind(owner)
    if operation.path in _AS_ARRAY:
        dtype = args[0] if args else kwargs.get("dtype", lo.lit(None))
        plain = len(args) < 2 and kwargs.get("copy", lo.lit(None)) in (lo.lit(None), lo.lit(False))
        return plain and not kwargs.keys() - {"dtype", "copy"} and _has_dtype(lo, owner, dtype) is True
    return operation.path == "numpy.real" and not args and isinstance(kind, Array) and dtype_of(kind).kind != "c"


def compact(lo: Lowerer, array: Var, path: Sequence[Arg]) -> Var | None:
    """Return an adjoint or a tangent made compact, None if it is or need not be: where a path reshapes it.

    The array itself is compact; what goes beside it may be made in another order.
    """
    reshaped = any(isinstance(part, Step) and part.op == RESHAPE for part in path)
    if not reshaped or len(axes_of(array.kind) or "") < 2 or made_compact(lo, array):
        return None
    return lo.emit(CONTIGUOUS, [array], kind=array.kind)


def _is_compact(lo: Lowerer, ref: Ref) -> bool:
    """Say whether the elements of an array surely lie one after the other, in the order of C."""
    base = lo.bases.get(ref.cell)
    return base is not None and made_compact(lo, base) and all(_stays_compact(view) for view in ref.path)


def _stays_compact(view: View) -> bool:
    if view.op == GETITEM:
        return _leads(view.args[0])
    return view.op.path in _KEEP_ORDER and "order" not in dict(view.kwargs)


def _leads(index: Arg) -> bool:
    """Say whether an index takes one run of elements out of a compact array: `x[i]`, `x[i, 1:]`, `x[1:]`."""
    parts = index.items if isinstance(index, Seq) and index.type == "tuple" else (index,)
    run = False
    for part in parts:
        if run and not _is_whole(part):
            return False
        if isinstance(part, Slice):
            if not _is_forward(part):
                return False
            run = True
        elif isinstance(part, Lit) and part.value is Ellipsis:
            run = True
        elif not isinstance(getattr(part, "kind", None), PyScalar | NumpyScalar):
            return False
    return True


def _is_whole(part: Arg) -> bool:
    if isinstance(part, Slice):
        ends = (part.start, part.stop)
        return all(isinstance(end, Lit) and end.value is None for end in ends) and _is_forward(part)
    return isinstance(part, Lit) and part.value is Ellipsis


def _is_forward(part: Slice) -> bool:
    return isinstance(part.step, Lit) and part.step.value in (None, 1)


def made_compact(lo: Lowerer, atom: Atom) -> bool:
    """Say whether an array is compact by how it was made."""
    eqn = lo.made.get(atom.name) if isinstance(atom, Var) else None
    if eqn is None or _names_order(eqn):
        return False
    source = eqn.args[0] if eqn.args else None
    if eqn.op in IN_PLACE or eqn.op == IDENTITY or eqn.op.path in _KEEP_ORDER:
        return isinstance(source, Var) and made_compact(lo, source)
    if eqn.op == GETITEM and _leads(eqn.args[1]):
        return isinstance(source, Var) and made_compact(lo, source)
    if eqn.op in (COPY, CONTIGUOUS):
        return True
    rule = lookup(eqn.op.path)
    if eqn.op in (GETITEM, UNPACK) or (rule is None and eqn.op.path not in (_MADE_COMPACT | _MADE_LIKE)):
        return False
    if rule is not None and rule.is_view(eqn.args):
        return False
    if len(axes_of(atom.kind) or "??") < 2 or eqn.op.path in _MADE_COMPACT or _is_of_lists(eqn):
        return True
    alike = eqn.op.path in _MADE_LIKE or (rule is not None and rule.elementwise)
    return alike and all(_is_small(var) or made_compact(lo, var) for var in operands(eqn))


def _names_order(eqn: Eqn) -> bool:
    """Say whether an equation may ask for another order of the elements."""
    return "order" in dict(eqn.kwargs) or any(isinstance(arg, Lit) and arg.value in ("F", "A", "K") for arg in eqn.args)


def _is_of_lists(eqn: Eqn) -> bool:
    return eqn.op.path == "numpy.array" and isinstance(eqn.args[0], Seq)


def _is_small(var: Var) -> bool:
    return not isinstance(var.kind, Array) or len(var.kind.axes or "??") < 2
