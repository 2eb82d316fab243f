"""What is done to every function that a transformation made, before it is emitted or transformed again."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from s2s_ad.analysis.narrow import has_narrow_floats
from s2s_ad.ir.core import Function, Var, given_to, variables
from s2s_ad.ir.names import Names
from s2s_ad.ir.rename import own_names
from s2s_ad.optimize.accumulated import accumulated
from s2s_ad.optimize.common import common
from s2s_ad.optimize.constants import constants
from s2s_ad.optimize.contracted import contracted
from s2s_ad.optimize.copies import copies
from s2s_ad.optimize.dead_code import dead_code
from s2s_ad.optimize.direct import direct
from s2s_ad.optimize.gathered import gathered
from s2s_ad.optimize.listed import listed
from s2s_ad.optimize.lists import lists
from s2s_ad.optimize.protect import protect
from s2s_ad.optimize.rematerialized import rematerialized
from s2s_ad.optimize.seeded import seeded
from s2s_ad.optimize.spread import spread
from s2s_ad.optimize.unboxed import unboxed
from s2s_ad.optimize.unneeded import unneeded


def clean(function: Function, names: Names, *, optimize: bool = True, outside: Set[Var] = frozenset()) -> Function:
    """Return the function made lean, and then safe from its own writes in place and from those to what is `outside`.

    With `optimize=False` every pass that only makes the code leaner is left out.
    """
    if optimize:
        function = _lean(function, names)
    return tidy(protect(function, names, outside))


def for_numpy(function: Function, names: Names, *, alone: bool) -> Function:
    """Return the function with what Python does faster than NumPy, and NumPy in one call, without wrappers.

    Of a derivative `alone` nobody sees what only the value needs.  To passes and to compiled code numbers are numbers,
    and several calls are better.
    """
    functions = tuple(_in_few_calls(each, own_names(each)) for each in function.functions)
    if not has_narrow_floats(function):  # beside those Python's numbers are as narrow
        function = lists(listed(unboxed(function, names), names), names)
        function = rematerialized(function, names, whole=True)
        function = unneeded(function) if alone else function
    return replace(_in_few_calls(function, names), functions=functions)


def _in_few_calls(function: Function, names: Names) -> Function:
    body = direct(accumulated(contracted(function.body, names), given_to(function)), names)
    return function if body == function.body else tidy(replace(function, body=body))


def tidy(function: Function) -> Function:
    """Return the function without what nothing reads: carried values, and functions that are not called."""
    body = dead_code(function.body, frozenset(variables(function.result)))
    return replace(function, body=body, functions=tuple(map(tidy, function.functions)))


def _lean(function: Function, names: Names) -> Function:
    body = copies(gathered(spread(common(constants(function.body)), names), names))
    body = copies(written) if (written := seeded(body)) != body else body
    called = tuple(_lean(each, own_names(each)) for each in function.functions)
    return replace(function, body=body, functions=called)
