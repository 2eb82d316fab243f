"""Values of series of polynomials by their coefficients, lowest first: the functions of `numpy.polynomial`.

y = Σ cₖ φₖ(x), where c may have further axes.  The derivative of a series is one of the same sort, whose
coefficients are a constant matrix times c; the slope by cₖ is φₖ(x), the series of the unit vector.
"""

# pyright: basic, reportArgumentType=false, reportCallIssue=false

import numpy as np
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre, polynomial

from s2s_ad.rules.contractions import last_with_last
from s2s_ad.rules.helpers import unbroadcast
from s2s_ad.rules.language import rule
from s2s_ad.rules.slots import bar, dot


def slope(x, c, value, derivative):
    matrix = derivative(np.eye(c.shape[0]))
    return value(x, matrix @ c if c.ndim < 3 else np.tensordot(matrix, c, 1))


def summed(y_bar, x, c, value):
    """The adjoint of the coefficients."""
    unit = value(x, np.eye(c.shape[0]))
    if c.ndim == 1 and x.ndim < 2:
        return unit @ y_bar if x.ndim == 1 else unit * y_bar
    return np.tensordot(unit, y_bar, last_with_last(unit, y_bar, x.ndim))


@rule(polynomial.polyval, complex=True)
def polyval(y, x, c, tensor=True):
    if tensor:
        dot[y] = polynomial.polyval(x, dot[c]) + dot[x] * slope(x, c, polynomial.polyval, polynomial.polyder)
        bar[x] = unbroadcast(bar[y] * slope(x, c, polynomial.polyval, polynomial.polyder), np.shape(x))
        bar[c] = summed(bar[y], x, c, polynomial.polyval)


@rule(chebyshev.chebval, complex=True)
def chebval(y, x, c, tensor=True):
    if tensor:
        dot[y] = chebyshev.chebval(x, dot[c]) + dot[x] * slope(x, c, chebyshev.chebval, chebyshev.chebder)
        bar[x] = unbroadcast(bar[y] * slope(x, c, chebyshev.chebval, chebyshev.chebder), np.shape(x))
        bar[c] = summed(bar[y], x, c, chebyshev.chebval)


@rule(legendre.legval, complex=True)
def legval(y, x, c, tensor=True):
    if tensor:
        dot[y] = legendre.legval(x, dot[c]) + dot[x] * slope(x, c, legendre.legval, legendre.legder)
        bar[x] = unbroadcast(bar[y] * slope(x, c, legendre.legval, legendre.legder), np.shape(x))
        bar[c] = summed(bar[y], x, c, legendre.legval)


@rule(hermite.hermval, complex=True)
def hermval(y, x, c, tensor=True):
    if tensor:
        dot[y] = hermite.hermval(x, dot[c]) + dot[x] * slope(x, c, hermite.hermval, hermite.hermder)
        bar[x] = unbroadcast(bar[y] * slope(x, c, hermite.hermval, hermite.hermder), np.shape(x))
        bar[c] = summed(bar[y], x, c, hermite.hermval)


@rule(hermite_e.hermeval, complex=True)
def hermeval(y, x, c, tensor=True):
    if tensor:
        dot[y] = hermite_e.hermeval(x, dot[c]) + dot[x] * slope(x, c, hermite_e.hermeval, hermite_e.hermeder)
        bar[x] = unbroadcast(bar[y] * slope(x, c, hermite_e.hermeval, hermite_e.hermeder), np.shape(x))
        bar[c] = summed(bar[y], x, c, hermite_e.hermeval)


@rule(laguerre.lagval, complex=True)
def lagval(y, x, c, tensor=True):
    if tensor:
        dot[y] = laguerre.lagval(x, dot[c]) + dot[x] * slope(x, c, laguerre.lagval, laguerre.lagder)
        bar[x] = unbroadcast(bar[y] * slope(x, c, laguerre.lagval, laguerre.lagder), np.shape(x))
        bar[c] = summed(bar[y], x, c, laguerre.lagval)
