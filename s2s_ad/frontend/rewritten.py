"""NumPy functions that are written with others, or in another form, which have the simpler derivatives.

The numbers are NumPy's to the last bit: what is written is what NumPy does inside.
"""

from __future__ import annotations

import string
from typing import Any, TypeAlias

from s2s_ad.errors import NoRuleError
from s2s_ad.frontend.access import as_array, getattr_, getitem, note_sharing
from s2s_ad.frontend.calls import builtin, call_library
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.expressions import arithmetic
from s2s_ad.frontend.inline import Named
from s2s_ad.frontend.values import TupleV, Value
from s2s_ad.ir.core import Lit
from s2s_ad.ir.kinds import Array, axes_of, is_complex, is_numeric

Args: TypeAlias = list[Value]


def _by_name(params: str, args: Args, named: Named) -> Named | None:
    """Return the arguments by their names, None where they are not these: NumPy says what is wrong with them."""
    names = params.split()
    if len(args) > len(names) or named.keys() - set(names[len(args) :]):
        return None
    return dict(zip(names, args, strict=False)) | named


def _constant(lo: Lowerer, value: Value | None, default: Any, what: str) -> Any:
    """Return an argument that must be a constant, or a tuple of such."""
    if value is None:
        return default
    if isinstance(value, TupleV):
        return tuple(_constant(lo, item, None, what) for item in value.items)
    if not isinstance(value, Lit):
        lo.refuse(f"{what} that is not known before the run", "make it a constant")
    return value.value


def _rank(lo: Lowerer, value: Value) -> int:
    kind = lo.kind(value)
    axes = axes_of(kind) if is_numeric(kind) else None
    if axes is None:
        lo.refuse(f"an array of known rank is needed here, and not {kind}", "make an array of it first")
    return len(axes)


# ---- of order zero they give the very array that they get ------------------------------------------


@builtin("numpy.diff")
def diff(lo: Lowerer, args: Args, named: Named) -> Value:
    """Lower np.diff(a, n, axis, prepend, append): what is joined to the array is joined first."""
    given = _by_name("a n axis prepend append", args, named)
    if given is None or not {"prepend", "append"} & given.keys():
        return _of_order(lo, "numpy.diff", args, named, "n")
    a = as_array(lo, given["a"])
    axis = _constant(lo, given.get("axis"), -1, "the axis of np.diff with something joined")
    parts = {name: _joined(lo, value, a, axis) for name, value in given.items() if name in ("prepend", "append")}
    whole = [(parts | {"a": a})[name] for name in ("prepend", "a", "append") if name in (*parts, "a")]
    joined = call_library(lo, "numpy.concatenate", [TupleV(tuple(whole), "list")], {"axis": lo.lit(axis)})
    rest = {name: given[name] for name in ("n", "axis") if name in given}
    return _of_order(lo, "numpy.diff", [joined], rest, "n")


def _joined(lo: Lowerer, part: Value, a: Value, axis: int) -> Value:
    """Return what is joined to an array: of a number an array that has one place along the axis."""
    part = as_array(lo, part)
    if _rank(lo, part):
        return part
    rank = _rank(lo, a)
    sizes = getattr_(lo, a, "shape") if rank > 1 else TupleV(())
    shape = tuple(lo.lit(1) if i == axis % rank else getitem(lo, sizes, lo.lit(i)) for i in range(rank))
    return call_library(lo, "numpy.broadcast_to", [part, TupleV(shape)], {})


@builtin("numpy.polyder")
def polyder(lo: Lowerer, args: Args, named: Named) -> Value:
    """Lower np.polyder(p, m)."""
    return _of_order(lo, "numpy.polyder", args, named, "m")


@builtin("numpy.polyint")
def polyint(lo: Lowerer, args: Args, named: Named) -> Value:
    """Lower np.polyint(p, m, k)."""
    return _of_order(lo, "numpy.polyint", args, named, "m")


def _of_order(lo: Lowerer, path: str, args: Args, named: Named, name: str) -> Value:
    """Call what takes differences, derivatives or integrals of an order."""
    order = named.get(name, args[1] if len(args) > 1 else lo.lit(1))
    if args and order == lo.lit(0):
        return as_array(lo, args[0])
    result = call_library(lo, path, args, named)
    if args and not isinstance(order, Lit):
        note_sharing(lo, args[:1], result)
    return result


@builtin("numpy.astype")
def astype(lo: Lowerer, args: Args, named: Named) -> Value:
    """Lower np.astype(x, dtype, copy), which gives x itself where it is not to copy and x has the dtype."""
    if "copy" not in named or not args:
        return call_library(lo, "numpy.astype", args, named)
    given = dict(named)
    copies = _constant(lo, given.pop("copy"), True, "whether astype copies")
    if copies or not isinstance(lo.kind(args[0]), Array):
        return call_library(lo, "numpy.astype", args, given)
    dtype = given.pop("dtype", args[1] if len(args) > 1 else None)
    keywords = given if dtype is None else given | {"dtype": dtype}
    return call_library(lo, "numpy.asarray", args[:1], keywords)


# ---- one axis at a time -------------------------------------------------------------------------------


@builtin("numpy.gradient")
def gradient(lo: Lowerer, args: Args, named: Named) -> Value:
    """Lower np.gradient(f, *spacing, axis, edge_order): one call for each axis."""
    if not args or named.keys() - {"axis", "edge_order"}:
        return call_library(lo, "numpy.gradient", args, named)
    f, *spacings = (as_array(lo, arg) for arg in args)
    rank = _rank(lo, f)
    axis = _constant(lo, named.get("axis"), None, "an axis of np.gradient")
    edge_order = _constant(lo, named.get("edge_order"), 1, "the order at an edge")
    axes = tuple(range(rank)) if axis is None else (axis,) if isinstance(axis, int) else axis
    if len(spacings) == 1 and not _rank(lo, spacings[0]):
        spacings *= len(axes)
    if len(spacings) not in (0, len(axes)):
        lo.refuse(f"{len(spacings)} spacings for {len(axes)} axes", "give one, or one for each axis")
    more: Named = {} if edge_order == 1 else {"edge_order": lo.lit(edge_order)}
    found = [
        call_library(
            lo, "numpy.gradient", [f, *spacings[i : i + 1]], more if rank == 1 else {"axis": lo.lit(at), **more}
        )
        for i, at in enumerate(axes)
    ]
    return found[0] if len(found) == 1 else TupleV(tuple(found))


@builtin("numpy.cross", "numpy.linalg.cross")
def cross(lo: Lowerer, args: Args, named: Named) -> Value:
    """Lower np.cross(a, b, axisa, axisb, axisc, axis) of vectors of three: others NumPy gives up."""
    given = _by_name("a b axisa axisb axisc axis", args, named)
    if given is None or not {"a", "b"} <= given.keys():
        return call_library(lo, "numpy.linalg.cross", args, named)
    a, b = as_array(lo, given["a"]), as_array(lo, given["b"])
    axis = _constant(lo, given.get("axis"), None, "an axis of np.cross")
    of_a, of_b, of_c = (
        _constant(lo, given.get(name), -1, "an axis of np.cross") if axis is None else axis
        for name in ("axisa", "axisb", "axisc")
    )
    if of_a == of_b == of_c and (of_a < 0 or _rank(lo, a) == _rank(lo, b)):
        return call_library(lo, "numpy.linalg.cross", [a, b], {} if of_a == -1 else {"axis": lo.lit(of_a)})
    moved = [_moved(lo, a, of_a, -1), _moved(lo, b, of_b, -1)]
    return _moved(lo, call_library(lo, "numpy.linalg.cross", moved, {}), -1, of_c)


def _moved(lo: Lowerer, x: Value, source: int, destination: int) -> Value:
    if source == destination:
        return x
    return call_library(lo, "numpy.moveaxis", [x, lo.lit(source), lo.lit(destination)], {})


# ---- in one form ----------------------------------------------------------------------------------------


@builtin("numpy.einsum")
def einsum(lo: Lowerer, args: Args, named: Named) -> Value:
    """Lower np.einsum(x, [0, 1], y, [1, 2]) as np.einsum("ij,jk", x, y)."""
    first = args[0] if args else None
    if len(args) < 2 or not isinstance(args[1], TupleV) or (isinstance(first, Lit) and isinstance(first.value, str)):
        return call_library(lo, "numpy.einsum", args, named)
    lists = [_constant(lo, value, None, "a list of axes of np.einsum") for value in args[1::2]]
    output = _constant(lo, args[-1], None, "a list of axes of np.einsum") if len(args) % 2 else None
    numbers = sorted({number for axes in lists for number in axes if number is not Ellipsis})
    if not set(numbers) <= set(range(52)):
        lo.refuse("an axis of np.einsum that is no number from 0 to 51", "name the axes by such numbers")
    alphabet = string.ascii_lowercase[8:] if len(numbers) < 18 else string.ascii_uppercase + string.ascii_lowercase
    letters = dict(zip(numbers, alphabet, strict=False)) | {Ellipsis: "..."}
    subscripts = ",".join("".join(letters[number] for number in axes) for axes in lists)
    if output is not None:
        subscripts += "->" + "".join(letters[number] for number in output)
    return call_library(lo, "numpy.einsum", [lo.lit(subscripts), *args[: 2 * len(lists) : 2]], named)


@builtin("numpy.linspace")
def linspace(lo: Lowerer, args: Args, named: Named) -> Value:
    """Lower np.linspace(start, stop, num, endpoint, retstep, dtype, axis): the step is computed beside the grid."""
    given = _by_name("start stop num endpoint retstep dtype axis", args, named)
    if given is None or "retstep" not in given:
        return call_library(lo, "numpy.linspace", args, named)
    wanted = _constant(lo, given.pop("retstep"), False, "retstep")
    start, stop = as_array(lo, given.pop("start")), as_array(lo, given.pop("stop"))
    grid = call_library(lo, "numpy.linspace", [start, stop], given)
    if not wanted:
        return grid
    steps = given.get("num", lo.lit(50))
    if _constant(lo, given.get("endpoint"), True, "endpoint"):
        steps = arithmetic(lo, "Sub", steps, lo.lit(1))
    if isinstance(steps, Lit) and steps.value <= 0:
        return TupleV((grid, lo.lit(float("nan"))))
    return TupleV((grid, arithmetic(lo, "Div", call_library(lo, "numpy.subtract", [stop, start], {}), steps)))


@builtin("numpy.logspace")
def logspace(lo: Lowerer, args: Args, named: Named) -> Value:
    """Lower np.logspace(start, stop, num, endpoint, base, dtype, axis): with several bases, as powers of them."""
    given = _by_name("start stop num endpoint base dtype axis", args, named)
    if given is None or not {"start", "stop", "base"} <= given.keys() or "dtype" in given:
        return call_library(lo, "numpy.logspace", args, named)
    operands = [as_array(lo, given.pop(name)) for name in ("start", "stop", "base")]
    if not _rank(lo, operands[2]):
        return call_library(lo, "numpy.logspace", args, named)
    rank = max(_rank(lo, each) for each in operands)
    start, stop, base = (_with_rank(lo, each, rank) for each in operands)
    bases = call_library(lo, "numpy.expand_dims", [base, given.get("axis", lo.lit(0))], {})
    return call_library(lo, "numpy.power", [bases, call_library(lo, "numpy.linspace", [start, stop], given)], {})


def _with_rank(lo: Lowerer, x: Value, rank: int) -> Value:
    """Return an array with axes before its own, so that it has a rank."""
    lead = tuple(lo.lit(axis) for axis in range(rank - _rank(lo, x)))
    return call_library(lo, "numpy.expand_dims", [x, TupleV(lead)], {}) if lead else x


@builtin("numpy.poly")
def poly(lo: Lowerer, args: Args, named: Named) -> Value:
    """Lower np.poly(zeros), refused of complex zeros: NumPy gives real coefficients where these are conjugates."""
    if any(is_complex(lo.kind(arg)) for arg in args):
        what = "np.poly of complex zeros, which gives complex numbers or real ones"
        lo.refuse(what, "multiply the factors with np.convolve", error=NoRuleError)
    return call_library(lo, "numpy.poly", args, named)


@builtin("numpy.roots")
def roots(lo: Lowerer, args: Args, named: Named) -> Value:
    """Lower np.roots(p), as complex numbers also where all roots are real and NumPy gives floats."""
    return arithmetic(lo, "Add", call_library(lo, "numpy.roots", args, named), lo.lit(0j))


@builtin("numpy.polyfit")
def polyfit(lo: Lowerer, args: Args, named: Named) -> Value:
    """Lower np.polyfit(x, y, deg, rcond, full, w, cov), refused with the covariance of the coefficients."""
    given = _by_name("x y deg rcond full w cov", args, named)
    if given is not None and given.get("cov", lo.lit(False)) != lo.lit(False):
        remedy = "leave cov out, and compute it from V = np.vander(x, deg + 1), as np.linalg.inv(V.T @ V)"
        lo.refuse("np.polyfit with cov, for which there is no derivative rule", remedy, error=NoRuleError)
    return call_library(lo, "numpy.polyfit", args, named)
