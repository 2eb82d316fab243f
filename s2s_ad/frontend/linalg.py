"""Functions of linear algebra that are written with others, or whose results depend on an argument."""

from __future__ import annotations

from typing import Any

from s2s_ad.frontend.access import as_array, getitem, note_sharing
from s2s_ad.frontend.assembly import bind, call_inside, call_numpy, rank_of
from s2s_ad.frontend.calls import builtin, call_library
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.expressions import arithmetic
from s2s_ad.frontend.inline import Named
from s2s_ad.frontend.values import SliceV, TupleV, Value
from s2s_ad.ir.core import Lit
from s2s_ad.ir.kinds import dtype_of, is_numeric


def _constant(lo: Lowerer, given: dict[str, Value], name: str, path: str) -> Any:
    """Return an argument that decides what the results are."""
    value = given[name]
    if not isinstance(value, Lit):
        lo.refuse(f"{path} with {name} that is not known before the run", "make it a constant")
    return value.value


@builtin("numpy.linalg.svd")
def svd(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.linalg.svd(a, compute_uv=False) as the functions that give singular values."""
    given = bind(lo, "numpy.linalg.svd", args, named)
    if _constant(lo, given, "compute_uv", "np.linalg.svd"):
        return call_library(lo, "numpy.linalg.svd", args, named)
    if not _constant(lo, given, "hermitian", "np.linalg.svd"):
        return call_numpy(lo, "linalg.svdvals", given["a"])
    magnitudes = call_inside(lo, "sort", call_inside(lo, "abs", call_inside(lo, "linalg.eigvalsh", given["a"])))
    none = lo.lit(None)
    return getitem(lo, magnitudes, TupleV((lo.lit(Ellipsis), SliceV(none, none, lo.lit(-1)))))


@builtin("numpy.linalg.qr")
def qr(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.linalg.qr(a, "r") as the second result of np.linalg.qr(a)."""
    given = bind(lo, "numpy.linalg.qr", args, named)
    mode = _constant(lo, given, "mode", "np.linalg.qr")
    result = call_library(lo, "numpy.linalg.qr", *(([given["a"]], {}) if mode == "r" else (args, named)))
    assert isinstance(result, TupleV)
    if mode == "r":
        return result.items[1]
    return TupleV(result.items) if mode == "raw" else result


@builtin("numpy.linalg.eig")
def eig(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.linalg.eig(a): complex numbers also where all eigenvalues are real and NumPy gives floats."""
    result = call_library(lo, "numpy.linalg.eig", args, named)
    assert isinstance(result, TupleV)
    if _is_complex(lo, args, named):
        return result
    return TupleV(tuple(arithmetic(lo, "Add", item, lo.lit(0j)) for item in result.items), cls=result.cls)


@builtin("numpy.linalg.eigvals")
def eigvals(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.linalg.eigvals(a) likewise."""
    result = call_library(lo, "numpy.linalg.eigvals", args, named)
    return result if _is_complex(lo, args, named) else arithmetic(lo, "Add", result, lo.lit(0j))


def _is_complex(lo: Lowerer, args: list[Value], named: Named) -> bool:
    kind = lo.kind(as_array(lo, args[0] if args else named["a"]))
    return is_numeric(kind) and dtype_of(kind).kind == "c"


@builtin("numpy.linalg.matrix_power")
def matrix_power(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.linalg.matrix_power(a, n), which for n = 1 gives the very array."""
    given = bind(lo, "numpy.linalg.matrix_power", args, named)
    if given["n"] == lo.lit(1):
        return as_array(lo, given["a"])
    result = call_library(lo, "numpy.linalg.matrix_power", [given["a"], given["n"]], {})
    if not isinstance(given["n"], Lit):
        note_sharing(lo, [given["a"]], result)
    return result


@builtin("numpy.linalg.tensorsolve")
def tensorsolve(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower np.linalg.tensorsolve(a, b, axes): these axes of the matrix are moved behind the others first."""
    given = bind(lo, "numpy.linalg.tensorsolve", args, named)
    a, axes = as_array(lo, given["a"]), given["axes"]
    if axes != lo.lit(None):
        count = len(axes.items) if isinstance(axes, TupleV) else lo.refuse("axes that are not written out")
        places = TupleV(tuple(lo.lit(i - count) for i in range(count)))
        a = call_numpy(lo, "moveaxis", a, TupleV(axes.items), places)
    if rank_of(lo, a) <= rank_of(lo, as_array(lo, given["b"])):
        lo.refuse("np.linalg.tensorsolve with no axes left for the solution", "give it a matrix with more axes")
    return call_library(lo, "numpy.linalg.tensorsolve", [a, given["b"]], {})
