"""Functions of NumPy and `math` whose derivatives need SciPy: emitted code then imports it.

Where SciPy is not installed there are no rules for them.
"""

# pyright: basic

import math

import numpy as np
import scipy.special as special

from s2s_ad.rules.language import elementwise, rule
from s2s_ad.rules.slots import bar, dot


@elementwise(math.gamma)
def gamma(z, x):
    dot[z] = dot[x] * z * special.psi(x)
    bar[x] = bar[z] * z * special.psi(x)


@elementwise(math.lgamma)
def lgamma(z, x):
    dot[z] = dot[x] * special.psi(x)
    bar[x] = bar[z] * special.psi(x)


@elementwise(np.i0, overflows=True)
def i0(z, x):
    dot[z] = dot[x] * special.i1(x)
    bar[x] = bar[z] * special.i1(x)


def kaiser_slope(w, beta, count):
    """The derivative of the window I₀(βs) / I₀(β) by β, where s is a half circle over the points."""
    middle = (count - 1) / 2
    s = np.sqrt(1 - ((np.arange(count) - middle) / (middle + (middle == 0))) ** 2)
    return (s * special.i1(beta * s) - w * special.i1(beta)) / special.i0(beta)


@rule(np.kaiser)
def kaiser(w, M, beta):
    dot[w] = dot[beta] * kaiser_slope(w, beta, M)
    bar[beta] = np.sum(bar[w] * kaiser_slope(w, beta, M))
