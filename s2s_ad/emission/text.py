"""Text of single equations, for whoever shows them to a reader."""

from __future__ import annotations

from collections.abc import Callable

from s2s_ad.emission.expressions import Expressions
from s2s_ad.emission.printer import name, value
from s2s_ad.emission.scope import Globals
from s2s_ad.ir.core import Eqn, Var


def expression_text(eqn: Eqn, name_of: Callable[[Var], str]) -> str:
    """Return the right-hand side of an equation as Python text.

    >>> from s2s_ad.ir.core import Lit
    >>> from s2s_ad.ir.kinds import FLOAT
    >>> from s2s_ad.ir.ops import op
    >>> eqn = Eqn((Var("v1", FLOAT),), op("operator.pow"), (Var("v0", FLOAT), Lit(-2.0, FLOAT)))
    >>> expression_text(eqn, lambda var: var.name)
    'v0 ** -2.0'
    """
    return value(Expressions(lambda var: name(name_of(var)), Globals().reach).value(eqn))
