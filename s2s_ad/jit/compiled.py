"""What of an emitted module Numba compiles, in which form, and what of it Numba may keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from s2s_ad.frontend.source import FunctionSource
from s2s_ad.ir.core import Function
from s2s_ad.ir.names import Names
from s2s_ad.ir.rename import own_names
from s2s_ad.jit.border import bordered, has_border, refuse_tapes
from s2s_ad.jit.prepare import prepared
from s2s_ad.jit.recursion import may_be_kept, with_plain_numbers
from s2s_ad.jit.tapes import with_typed_tapes
from s2s_ad.optimize.clean import tidy

Documented = tuple[Function, str]
"""A function and its docstring."""


def compiled(
    functions: Sequence[Documented], names: Names, source: FunctionSource
) -> tuple[list[Documented], dict[str, bool]]:
    """Return the functions of a module, and of those that Numba compiles, by their names, if it may keep them.

    Raises: UnsupportedError, with the place of what Numba has no form for.
    """
    made: list[Documented] = []
    chosen: dict[str, bool] = {}
    for function, docstring in functions:
        refuse_tapes(function)
        function = with_typed_tapes(function, names)
        called = tuple(prepared(each, own_names(each), source) for each in function.functions)
        whole = tidy(replace(prepared(function, names, source), functions=called))
        if has_border(whole):
            entry, core = bordered(whole, names)
            inside = with_plain_numbers(replace(core, functions=whole.functions), names)
            made += [(inside, ""), (entry, docstring)]
        else:
            inside = with_plain_numbers(whole, names)
            made.append((inside, docstring))
        chosen |= may_be_kept(inside)
    return made, chosen
