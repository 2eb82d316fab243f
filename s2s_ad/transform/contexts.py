"""Adjoints of contexts: the adjoints of what is in one are in one too, and report nothing that it silenced."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np

from s2s_ad.ir.core import Arg, Eqn, Lit
from s2s_ad.ir.kinds import Opaque
from s2s_ad.ir.ops import ENTER, EXIT
from s2s_ad.transform.sweep import Sweep

_TEXT = Opaque("str")


def reverse_context(sweep: Sweep, eqn: Eqn) -> None:
    """Emit the other end of the context of the adjoints: backwards it begins where the primal's ends."""
    made = eqn.args[0].value if isinstance(eqn.args[0], Lit) else None
    if made is np.errstate:
        around = calm(eqn)
    elif made is warnings.catch_warnings:
        around = replace(eqn, args=eqn.args[:1], kwargs=(("action", Lit("ignore", _TEXT)),))
    else:
        return  # how numbers are printed makes no difference
    sweep.lo.stmts.append(replace(around, op=EXIT if eqn.op == ENTER else ENTER, origin=sweep.lo.origin))


def calm(eqn: Eqn) -> Eqn:
    """Return the context in which derivatives are where the primal is in this one: they never raise."""
    return replace(eqn, kwargs=tuple((name, _calm(value)) for name, value in eqn.kwargs), origin=None)


def _calm(mode: Arg) -> Arg:
    """Return how the adjoint reports what the primal reports so: it never raises, and calls nothing."""
    quiet = isinstance(mode, Lit) and mode.value in ("ignore", None)
    return mode if quiet else Lit("warn", _TEXT)
