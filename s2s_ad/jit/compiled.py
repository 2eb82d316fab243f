"""What of an emitted module Numba compiles, and in which form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from s2s_ad.frontend.source import FunctionSource
from s2s_ad.ir.core import Function
from s2s_ad.ir.names import Names
from s2s_ad.ir.rename import own_names
from s2s_ad.jit.border import bordered, has_border, refuse_tapes
from s2s_ad.jit.prepare import prepared
from s2s_ad.jit.tapes import with_typed_tapes
from s2s_ad.optimize.clean import tidy

Documented = tuple[Function, str]
"""A function and its docstring."""


def compiled(
    functions: Sequence[Documented], names: Names, source: FunctionSource
) -> tuple[list[Documented], frozenset[str]]:
    """Return the functions of a module, and the names of those that Numba compiles.

    Raises: UnsupportedError, with the place of what Numba has no form for.
    """
    made: list[Documented] = []
    chosen: set[str] = set()
    for function, docstring in functions:
        refuse_tapes(function)
        function = with_typed_tapes(function, names)
        called = tuple(prepared(each, own_names(each), source) for each in function.functions)
        whole = tidy(replace(prepared(function, names, source), functions=called))
        called = whole.functions
        if has_border(whole):
            whole, core = bordered(whole, names)
            made.append((replace(core, functions=called), ""))
            chosen.add(core.name)
        else:
            chosen.add(whole.name)
        chosen |= {each.name for each in called}
        made.append((whole, docstring))
    return made, frozenset(chosen)
