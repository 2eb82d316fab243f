"""Calls of SciPy that are more than an equation: other functions for some keywords, checks of results."""

from __future__ import annotations

from s2s_ad.frontend.calls import Handler, builtin, call_for_effect, call_library
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.inline import Named
from s2s_ad.frontend.values import TupleV, Value
from s2s_ad.ir.core import Lit
from s2s_ad.ir.kinds import is_complex
from s2s_ad.ir.ops import op


def _given(lo: Lowerer, args: list[Value], named: Named, position: int, name: str, default: object) -> Value:
    return args[position] if len(args) > position else named.get(name, lo.lit(default))


def _without(named: Named, *names: str) -> Named:
    return {name: value for name, value in named.items() if name not in names}


@builtin("scipy.linalg.svd")
def svd(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower linalg.svd(a): without vectors it is svdvals(a)."""
    if len(args) == 1 and named.get("compute_uv") == lo.lit(False):
        return call_library(lo, "scipy.linalg.svdvals", args, _without(named, "compute_uv", "full_matrices"))
    return call_library(lo, "scipy.linalg.svd", args, named)


@builtin("scipy.linalg.eigh")
def eigh(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower linalg.eigh(a): without vectors it is eigvalsh(a)."""
    if named.get("eigvals_only") == lo.lit(True):
        return call_library(lo, "scipy.linalg.eigvalsh", args, _without(named, "eigvals_only"))
    return call_library(lo, "scipy.linalg.eigh", args, _without(named, "eigvals_only"))


@builtin("scipy.linalg.qr")
def qr(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower linalg.qr(a)."""
    if named.get("mode") in (lo.lit("r"), lo.lit("raw")):
        lo.refuse("linalg.qr with this mode", "use mode='economic'")
    return call_library(lo, "scipy.linalg.qr", args, named)


@builtin("scipy.linalg.cho_factor")
def cho_factor(lo: Lowerer, args: list[Value], named: Named) -> Value:
    """Lower linalg.cho_factor(a, lower), which gives `lower` back as it is."""
    made, lower = call_library(lo, "scipy.linalg.cho_factor", args, named), _given(lo, args, named, 1, "lower", False)
    return TupleV((made.items[0], lower)) if isinstance(made, TupleV) and isinstance(lower, Lit) else made


def _real(path: str) -> Handler:
    """Return what lowers a function of matrices that may be complex where the matrix is real: then it raises."""

    def lowered(lo: Lowerer, args: list[Value], named: Named) -> Value:
        made = call_library(lo, path, args, named)
        if not is_complex(lo.kind(made)):
            call_for_effect(lo, op("s2s_ad.rules.helpers.require_real"), [lo.read(made)])
        return made

    return lowered


for _path in ("scipy.linalg.sqrtm", "scipy.linalg.logm", "scipy.linalg.fractional_matrix_power"):
    builtin(_path)(_real(_path))
