"""Derivatives of plain Python and NumPy functions, as code: readable, importable, debuggable.

Start with `grad` and `value_and_grad`; both return a `Derivative`, which shows its `.source`.
"""

from s2s_ad.api import (
    elementwise_grad,
    emit,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    linearize,
    value_and_grad,
    vjp,
)
from s2s_ad.check import GradientError, check_grads
from s2s_ad.custom import custom_rule
from s2s_ad.derivative import Derivative
from s2s_ad.errors import DifferentiationError, NoRuleError, S2SError, SourceError, UnsupportedError
from s2s_ad.nonfinite import Nonfinite, find_nonfinite
from s2s_ad.rules.helpers import stop_gradient
from s2s_ad.rules.slots import bar, dot
from s2s_ad.version import __version__

__all__ = [
    "Derivative",
    "DifferentiationError",
    "GradientError",
    "NoRuleError",
    "Nonfinite",
    "S2SError",
    "SourceError",
    "UnsupportedError",
    "__version__",
    "bar",
    "check_grads",
    "custom_rule",
    "dot",
    "elementwise_grad",
    "emit",
    "find_nonfinite",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linearize",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]
