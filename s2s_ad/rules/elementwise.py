"""Functions of numbers, applied element by element; z is the result."""

# pyright: basic

import cmath
import math
import operator

import numpy as np

from s2s_ad.rules import helpers
from s2s_ad.rules.language import elementwise, rule, static
from s2s_ad.rules.slots import bar, dot

# ---- arithmetic -----------------------------------------------------------------------------


@elementwise(np.add, operator.add, complex=True)
def add(z, x, y):
    dot[z] = dot[x] + dot[y]
    bar[x] = bar[z]
    bar[y] = bar[z]


@elementwise(np.subtract, operator.sub, complex=True)
def subtract(z, x, y):
    dot[z] = dot[x] - dot[y]
    bar[x] = bar[z]
    bar[y] = -bar[z]


@elementwise(np.multiply, operator.mul, complex=True)
def multiply(z, x, y):
    dot[z] = dot[x] * y + x * dot[y]
    bar[x] = bar[z] * y
    bar[y] = x * bar[z]


@elementwise(np.divide, poles=True, complex=True)
@elementwise(operator.truediv, nonzero="y", poles=True, complex=True)
def divide(z, x, y):
    dot[z] = dot[x] / y - z * dot[y] / y
    bar[x] = bar[z] / y
    bar[y] = -bar[z] * z / y


@elementwise(np.negative, operator.neg, complex=True)
def negative(z, x):
    dot[z] = -dot[x]
    bar[x] = -bar[z]


@elementwise(np.positive, operator.pos, complex=True)
def positive(z, x):
    dot[z] = dot[x]
    bar[x] = bar[z]


@elementwise(float, np.float64, np.float32, np.float16, view=True)
def convert(z, x):
    """np.float64 of an array is the array itself."""
    dot[z] = dot[x]
    bar[x] = bar[z]


@elementwise(np.mod, poles=True)
@elementwise(operator.mod, nonzero="y", poles=True)
def mod(z, x, y):
    """z = x - floor(x / y) y."""
    dot[z] = dot[x] - np.floor_divide(x, y) * dot[y]
    bar[x] = bar[z]
    bar[y] = -np.floor_divide(x, y) * bar[z]


@elementwise(np.divmod, outputs=2, poles=True)
@elementwise(divmod, outputs=2, nonzero="y", poles=True)
def divmod_(q, r, x, y):
    """r = x - q y, where q is constant but for its jumps."""
    dot[q] = np.zeros_like(q)
    dot[r] = dot[x] - q * dot[y]
    bar[x] = bar[r]
    bar[y] = -q * bar[r]


@elementwise(math.modf, np.modf, outputs=2)
def modf(f, i, x):
    """x = f + i, where i is constant but for its jumps."""
    dot[f] = dot[x]
    dot[i] = np.zeros_like(i)
    bar[x] = bar[f]


@elementwise(np.fmod, poles=True)
@elementwise(math.fmod, math.remainder, nonzero="y", poles=True)
def fmod(z, x, y):
    """z = x - n y, where n is x / y cut to an integer, of `remainder` the nearest one."""
    dot[z] = dot[x] - np.rint((x - z) / y) * dot[y]
    bar[x] = bar[z]
    bar[y] = -np.rint((x - z) / y) * bar[z]


@elementwise(np.frexp, math.frexp, outputs=2)
def frexp(m, e, x):
    """x = m 2ᵉ, where e is constant but for its jumps."""
    dot[m] = np.ldexp(dot[x], -e)
    dot[e] = np.zeros_like(e)
    bar[x] = np.ldexp(bar[m], -e)


@elementwise(np.ldexp, math.ldexp, overflows=True)
def ldexp(z, x, n):
    """z = x 2ⁿ."""
    dot[z] = np.ldexp(dot[x], n)
    bar[x] = np.ldexp(bar[z], n)


@elementwise(np.nextafter, math.nextafter, passive="y")
def nextafter(z, x, y):
    """The number beside x on the way to y: as near to x as numbers are."""
    dot[z] = dot[x]
    bar[x] = bar[z]


@elementwise(np.square, complex=True)
def square(z, x):
    dot[z] = 2 * x * dot[x]
    bar[x] = 2 * x * bar[z]


@elementwise(np.reciprocal, poles=True, complex=True)
def reciprocal(z, x):
    dot[z] = -dot[x] * z * z
    bar[x] = -bar[z] * z * z


@elementwise(np.abs, np.fabs, math.fabs, abs, operator.abs, complex=True)
def abs(z, x):
    """z² = conj(x) x."""
    if np.iscomplexobj(x):
        dot[z] = np.real(np.conj(x) * dot[x]) / (z + (z == 0))
        bar[x] = bar[z] * (np.conj(x) / (z + (z == 0)))
    else:
        dot[z] = np.sign(x) * dot[x]
        bar[x] = np.sign(x) * bar[z]


# ---- powers and roots -----------------------------------------------------------------------


@static
def exponent(y):
    """Return y - 1 of a y that is known, a float if it is negative: integers have no such powers; 0 of 0."""
    if not isinstance(y, int | float | complex):
        return None
    return y - 1.0 if isinstance(y, int) and y < 0 else y - 1 if y else 0


def by_base(v, x, y):
    """v times the derivative of x ** y by x, which is 0 where y is 0, at x = 0 too."""
    e = exponent(y)
    return v * helpers.unless_zero(y, y * x ** (y - 1.0)) if e is None else v * y * x**e


@elementwise(np.power, np.float_power, operator.pow, pow, math.pow, helpers.real_power, poles=True, complex=True)
def power(z, x, y):
    """The term (x == 0) is 1 where 0 * inf would spoil a derivative that is 0."""
    if np.iscomplexobj(z):  # a negative x has a logarithm, and the sign of its zero imaginary part is kept
        dot[z] = by_base(dot[x], x, y) + dot[y] * z * np.log(np.where(x == 0, 1 + 0j, x))
        bar[x] = by_base(bar[z], x, y)
        bar[y] = bar[z] * z * np.log(np.where(x == 0, 1 + 0j, x))
    else:
        dot[z] = by_base(dot[x], x, y) + dot[y] * z * np.log(x + (x == 0))
        bar[x] = by_base(bar[z], x, y)
        bar[y] = bar[z] * z * np.log(x + (x == 0))


@elementwise(np.sqrt, math.sqrt, cmath.sqrt, poles=True, complex=True)
def sqrt(z, x):
    dot[z] = dot[x] / (2 * z)
    bar[x] = bar[z] / (2 * z)


@elementwise(np.cbrt, math.cbrt, poles=True)
def cbrt(z, x):
    dot[z] = dot[x] / (3 * z * z)
    bar[x] = bar[z] / (3 * z * z)


@elementwise(np.hypot)
def hypot(z, x, y):
    """Zero at (0, 0), where z + (z == 0) is 1."""
    dot[z] = x / (z + (z == 0)) * dot[x] + y / (z + (z == 0)) * dot[y]
    bar[x] = bar[z] * (x / (z + (z == 0)))
    bar[y] = bar[z] * (y / (z + (z == 0)))


@rule(math.hypot)
def math_hypot(z, *xs):
    dot[z] = sum([x / (z + (z == 0)) * x_dot for x, x_dot in zip(xs, dot[xs])])
    bar[xs] = [bar[z] * (x / (z + (z == 0))) for x in xs]


@rule(math.dist)
def dist(z, p, q):
    """Zero where the points are one."""
    step = np.subtract(p, q) / (z + (z == 0))
    dot[z] = np.dot(step, np.subtract(dot[p], dot[q]))
    bar[p] = bar[z] * step
    bar[q] = -bar[z] * step


# ---- exponentials and logarithms ------------------------------------------------------------


@elementwise(np.exp, math.exp, cmath.exp, overflows=True, complex=True)
def exp(z, x):
    dot[z] = dot[x] * z
    bar[x] = bar[z] * z


@elementwise(np.exp2, math.exp2, overflows=True, complex=True)
def exp2(z, x):
    dot[z] = dot[x] * z * math.log(2)
    bar[x] = bar[z] * z * math.log(2)


@elementwise(np.expm1, overflows=True, complex=True)
def expm1(z, x):
    """Not z + 1, which cancels where x is far below zero."""
    dot[z] = dot[x] * np.exp(x)
    bar[x] = bar[z] * np.exp(x)


@elementwise(np.log, poles=True, complex=True)
def log(z, x):
    dot[z] = dot[x] / x
    bar[x] = bar[z] / x


@elementwise(math.log, nonzero="x", poles=True)
def log_to_base(z, x, base=None):
    if base is None:
        dot[z] = dot[x] / x
        bar[x] = bar[z] / x
    else:
        dot[z] = dot[x] / x / math.log(base) - z * dot[base] / base / math.log(base)
        bar[x] = bar[z] / x / math.log(base)
        bar[base] = -bar[z] * z / base / math.log(base)


@elementwise(np.log2, poles=True, complex=True)
@elementwise(math.log2, nonzero="x", poles=True)
def log2(z, x):
    dot[z] = dot[x] / x / math.log(2)
    bar[x] = bar[z] / x / math.log(2)


@elementwise(np.log10, poles=True, complex=True)
@elementwise(cmath.log10, nonzero="x", poles=True, complex=True)
@elementwise(math.log10, nonzero="x", poles=True)
def log10(z, x):
    dot[z] = dot[x] / x / math.log(10)
    bar[x] = bar[z] / x / math.log(10)


@elementwise(np.log1p, math.log1p, poles=True, complex=True)
def log1p(z, x):
    dot[z] = dot[x] / (1 + x)
    bar[x] = bar[z] / (1 + x)


@elementwise(np.logaddexp)
def logaddexp(z, x, y):
    """Terms that are infinite have half of the slope each, where x - z is no number; else x <= z."""
    dot[z] = (
        np.where((x == y) & np.isinf(x), 0.5, np.exp(np.fmin(x - z, 0))) * dot[x]
        + np.where((x == y) & np.isinf(x), 0.5, np.exp(np.fmin(y - z, 0))) * dot[y]
    )
    bar[x] = bar[z] * np.where((x == y) & np.isinf(x), 0.5, np.exp(np.fmin(x - z, 0)))
    bar[y] = bar[z] * np.where((x == y) & np.isinf(x), 0.5, np.exp(np.fmin(y - z, 0)))


@elementwise(np.logaddexp2)
def logaddexp2(z, x, y):
    dot[z] = (
        np.where((x == y) & np.isinf(x), 0.5, np.exp2(np.fmin(x - z, 0))) * dot[x]
        + np.where((x == y) & np.isinf(x), 0.5, np.exp2(np.fmin(y - z, 0))) * dot[y]
    )
    bar[x] = bar[z] * np.where((x == y) & np.isinf(x), 0.5, np.exp2(np.fmin(x - z, 0)))
    bar[y] = bar[z] * np.where((x == y) & np.isinf(x), 0.5, np.exp2(np.fmin(y - z, 0)))


# ---- trigonometric --------------------------------------------------------------------------


@elementwise(np.sin, cmath.sin, complex=True)
def sin(z, x):
    dot[z] = dot[x] * np.cos(x)
    bar[x] = bar[z] * np.cos(x)


@elementwise(np.cos, cmath.cos, complex=True)
def cos(z, x):
    dot[z] = -dot[x] * np.sin(x)
    bar[x] = -bar[z] * np.sin(x)


@elementwise(np.tan, math.tan, cmath.tan, complex=True)
def tan(z, x):
    dot[z] = dot[x] * (1 + z * z)
    bar[x] = bar[z] * (1 + z * z)


@elementwise(np.arcsin, cmath.asin, poles=True, complex=True)
def arcsin(z, x):
    """Not 1 - x², which cancels near 1 and -1."""
    if np.iscomplexobj(z):
        dot[z] = dot[x] / np.cos(z)
        bar[x] = bar[z] / np.cos(z)
    else:
        dot[z] = dot[x] / np.sqrt((1 - x) * (1 + x))
        bar[x] = bar[z] / np.sqrt((1 - x) * (1 + x))


@elementwise(np.arccos, cmath.acos, poles=True, complex=True)
def arccos(z, x):
    if np.iscomplexobj(z):
        dot[z] = -dot[x] / np.sin(z)
        bar[x] = -bar[z] / np.sin(z)
    else:
        dot[z] = -dot[x] / np.sqrt((1 - x) * (1 + x))
        bar[x] = -bar[z] / np.sqrt((1 - x) * (1 + x))


@elementwise(np.arctan, math.atan, cmath.atan, complex=True)
def arctan(z, x):
    dot[z] = dot[x] / (1 + x * x)
    bar[x] = bar[z] / (1 + x * x)


@elementwise(np.arctan2, math.atan2, poles=True)
def arctan2(z, y, x):
    """At (0, 0), where z jumps, it has no slope."""
    r = np.hypot(x, y)  # squares overflow and vanish
    dot[z] = (x / r) * dot[y] / r - (y / r) * dot[x] / r
    bar[y] = bar[z] * (x / r) / r
    bar[x] = -bar[z] * (y / r) / r


@elementwise(np.deg2rad, np.radians)
def radians(z, x):
    dot[z] = np.radians(dot[x])
    bar[x] = np.radians(bar[z])


@elementwise(np.rad2deg, np.degrees)
def degrees(z, x):
    dot[z] = np.degrees(dot[x])
    bar[x] = np.degrees(bar[z])


def sinc_slope(z, x):
    """The derivative of sinc; near 0, where the formula cancels, the first terms of its series."""
    u = math.pi * x
    series = -math.pi * u * (1 / 3 - u * u * (1 / 30 - u * u * (1 / 840 - u * u / 45360)))
    return np.where(np.abs(x) < 0.03, series, (np.cos(u) - z) / (x + (x == 0)))


@elementwise(np.sinc, complex=True)
def sinc(z, x):
    """z = sin(πx) / (πx)."""
    dot[z] = dot[x] * sinc_slope(z, x)
    bar[x] = bar[z] * sinc_slope(z, x)


# ---- hyperbolic -----------------------------------------------------------------------------


@elementwise(np.sinh, cmath.sinh, overflows=True, complex=True)
def sinh(z, x):
    dot[z] = dot[x] * np.cosh(x)
    bar[x] = bar[z] * np.cosh(x)


@elementwise(np.cosh, cmath.cosh, overflows=True, complex=True)
def cosh(z, x):
    dot[z] = dot[x] * np.sinh(x)
    bar[x] = bar[z] * np.sinh(x)


@elementwise(np.tanh, math.tanh, cmath.tanh, complex=True)
def tanh(z, x):
    dot[z] = dot[x] * (1 - z * z)
    bar[x] = bar[z] * (1 - z * z)


@elementwise(np.arcsinh, cmath.asinh, complex=True)
def arcsinh(z, x):
    if np.iscomplexobj(z):
        dot[z] = dot[x] / np.cosh(z)
        bar[x] = bar[z] / np.cosh(z)
    else:
        dot[z] = dot[x] / np.hypot(x, 1)
        bar[x] = bar[z] / np.hypot(x, 1)


@elementwise(np.arccosh, cmath.acosh, poles=True, complex=True)
def arccosh(z, x):
    if np.iscomplexobj(z):
        dot[z] = dot[x] / np.sinh(z)
        bar[x] = bar[z] / np.sinh(z)
    else:
        dot[z] = dot[x] / np.sqrt(x - 1) / np.sqrt(x + 1)
        bar[x] = bar[z] / np.sqrt(x - 1) / np.sqrt(x + 1)


@elementwise(np.arctanh, math.atanh, cmath.atanh, poles=True, complex=True)
def arctanh(z, x):
    dot[z] = dot[x] / ((1 - x) * (1 + x))
    bar[x] = bar[z] / ((1 - x) * (1 + x))


# ---- choices: they select and never multiply by a mask, since 0 * inf is nan ------------------


@elementwise(np.where, passive="c", selects=True, complex=True)
def where(z, c, x, y):
    dot[z] = np.where(c, dot[x], dot[y])
    bar[x] = np.where(c, bar[z], 0)
    bar[y] = np.where(c, 0, bar[z])


@elementwise(np.maximum, np.minimum, np.fmax, np.fmin, selects=True)
def maximum(z, x, y):
    """Ties are shared equally."""
    dot[z] = np.where(x == y, (dot[x] + dot[y]) / 2, np.where(x == z, dot[x], dot[y]))
    half = np.where(x == y, bar[z] / 2, bar[z])
    bar[x] = np.where(x == z, half, 0)
    bar[y] = np.where(y == z, half, 0)


@elementwise(max, selects=True)
def python_max(z, x, y):
    """Python's max is a choice of object: y only where it is greater."""
    dot[z] = np.where(y > x, dot[y], dot[x])
    bar[x] = np.where(y > x, 0, bar[z])
    bar[y] = np.where(y > x, bar[z], 0)


@elementwise(min, selects=True)
def python_min(z, x, y):
    dot[z] = np.where(y < x, dot[y], dot[x])
    bar[x] = np.where(y < x, 0, bar[z])
    bar[y] = np.where(y < x, bar[z], 0)


@elementwise(np.clip, selects=True)
def clip(z, x, a_min=None, a_max=None):
    """At an edge z is x, not the bound; where the bounds cross z is a_max."""
    if a_min is None and a_max is None:
        dot[z] = dot[x]
        bar[x] = bar[z]
    elif a_min is None:
        dot[z] = np.where(x > a_max, dot[a_max], dot[x])
        bar[x] = np.where(x > a_max, 0, bar[z])
        bar[a_max] = np.where(x > a_max, bar[z], 0)
    elif a_max is None:
        dot[z] = np.where(x < a_min, dot[a_min], dot[x])
        bar[x] = np.where(x < a_min, 0, bar[z])
        bar[a_min] = np.where(x < a_min, bar[z], 0)
    else:
        dot[z] = np.where((x > a_max) | (a_min > a_max), dot[a_max], np.where(x < a_min, dot[a_min], dot[x]))
        bar[x] = np.where((x < a_min) | (x > a_max), 0, bar[z])
        bar[a_min] = np.where((x < a_min) & (a_min <= a_max), bar[z], 0)
        bar[a_max] = np.where((x > a_max) | (a_min > a_max), bar[z], 0)


@elementwise(np.heaviside, passive="x", selects=True)
def heaviside(z, x, y):
    """A step, with y between its sides."""
    dot[z] = np.where(x == 0, dot[y], 0)
    bar[y] = np.where(x == 0, bar[z], 0)


@elementwise(np.nan_to_num, selects=True)
def nan_to_num(z, x, copy=True, nan=None, posinf=None, neginf=None):
    """The numbers put in may vary; those that NumPy chooses are constant."""
    if nan is None and posinf is None and neginf is None:
        dot[z] = np.where(np.isfinite(x), dot[x], 0)
    else:
        no_number = 0.0 if nan is None else dot[nan]
        above = 0.0 if posinf is None else dot[posinf]
        below = 0.0 if neginf is None else dot[neginf]
        dot[z] = np.where(np.isfinite(x), dot[x], np.where(np.isnan(x), no_number, np.where(x > 0, above, below)))
    bar[x] = np.where(np.isfinite(x), bar[z], 0)
    bar[nan] = np.where(np.isnan(x), bar[z], 0)
    bar[posinf] = np.where(x == np.inf, bar[z], 0)
    bar[neginf] = np.where(x == -np.inf, bar[z], 0)


@elementwise(np.copysign, math.copysign, passive="y")
def copysign(z, x, y):
    """z = |x| sign(y), with the slope zero where x is zero."""
    dot[z] = dot[x] * (np.sign(x) * np.sign(z))
    bar[x] = bar[z] * (np.sign(x) * np.sign(z))


@rule(np.unwrap, passive="discont")
def unwrap(y, p, discont=None, axis=-1, *, period=None):
    """y = p + n period, where whole numbers n keep neighbours together."""
    if period is None:
        dot[y] = dot[p]
    else:
        dot[y] = dot[p] + np.rint((y - p) / period) * dot[period]
    bar[p] = bar[y]


# ---- complex numbers and their parts ----------------------------------------------------------


@elementwise(complex, np.complex128, np.complex64, view=True, complex=True)
def convert_to_complex(z, real, imag=None):
    """z = real + i imag; np.complex128 of a complex array is the array itself."""
    if imag is None:
        dot[z] = dot[real]
        bar[real] = bar[z]
    else:
        dot[z] = dot[real] + 1j * dot[imag]
        bar[real] = bar[z]
        bar[imag] = 1j * bar[z]


@elementwise(np.sign, complex=True)
def sign(z, x):
    """z = x / |x| turns with x, and zero stands still.  Of a real x it is piecewise constant (`rules.passive`)."""
    size = np.abs(x) + (x == 0)
    dot[z] = 1j * z * (np.imag(np.conj(z) * dot[x]) / size)
    bar[x] = np.conj(z) * (np.imag(bar[z] * z) / size) * 1j


@elementwise(np.real, view=True, complex=True)
def real(z, x):
    if np.iscomplexobj(x):
        dot[z] = np.real(dot[x])
        bar[x] = bar[z]
    else:
        dot[z] = dot[x]
        bar[x] = bar[z]


@elementwise(np.imag, view=True, complex=True)
def imag(z, x):
    """Im(dx) = Re(-i dx).  Of a real x it is constant (`rules.passive`)."""
    dot[z] = np.imag(dot[x])
    bar[x] = -1j * bar[z]


@elementwise(np.conj, helpers.conjugate, complex=True)
def conj(z, x):
    """Re(z̄ conj(dx)) = Re(conj(z̄) dx)."""
    if np.iscomplexobj(x):
        dot[z] = np.conj(dot[x])
        bar[x] = np.conj(bar[z])
    else:
        dot[z] = dot[x]
        bar[x] = bar[z]


@elementwise(np.angle, poles=True, complex=True)
def angle(z, x, deg=False):
    """The imaginary part of log(x).  Of a real x it is piecewise constant (`rules.passive`)."""
    if deg:
        dot[z] = np.degrees(np.imag(dot[x] / x))
        bar[x] = -1j * np.degrees(bar[z]) / x
    else:
        dot[z] = np.imag(dot[x] / x)
        bar[x] = -1j * bar[z] / x


@elementwise(cmath.phase, poles=True, complex=True)
def phase(z, x):
    dot[z] = np.imag(dot[x] / x)
    bar[x] = -1j * bar[z] / x


@rule(cmath.polar, outputs=2, complex=True)
def polar(r, phi, x):
    """x = r exp(iφ); a φ that nothing depends on has no influence, even where x is 0 and φ has no slope."""
    dot[r] = np.real(np.conj(x) * dot[x]) / (r + (r == 0))
    dot[phi] = np.imag(dot[x] / x)
    turn = helpers.unless_zero(bar[phi], -1j * bar[phi] / x)
    bar[x] = bar[r] * (np.conj(x) / (r + (r == 0))) + turn


@elementwise(cmath.rect, complex=True)
def rect(z, r, phi):
    """z = r exp(iφ)."""
    dot[z] = dot[r] * np.exp(1j * phi) + 1j * z * dot[phi]
    bar[r] = bar[z] * np.exp(1j * phi)
    bar[phi] = bar[z] * (1j * z)


@elementwise(cmath.log, nonzero="x", poles=True, complex=True)
def cmath_log(z, x):
    dot[z] = dot[x] / x
    bar[x] = bar[z] / x


# ---- the functions of `math`, in kind: faster on Python floats than NumPy's -------------------


@elementwise(math.sin)
def math_sin(z, x):
    dot[z] = dot[x] * math.cos(x)
    bar[x] = bar[z] * math.cos(x)


@elementwise(math.cos)
def math_cos(z, x):
    dot[z] = -dot[x] * math.sin(x)
    bar[x] = -bar[z] * math.sin(x)


@elementwise(math.expm1, overflows=True)
def math_expm1(z, x):
    dot[z] = dot[x] * math.exp(x)
    bar[x] = bar[z] * math.exp(x)


@elementwise(math.asin, poles=True)
def math_asin(z, x):
    dot[z] = dot[x] / math.sqrt((1 - x) * (1 + x))
    bar[x] = bar[z] / math.sqrt((1 - x) * (1 + x))


@elementwise(math.acos, poles=True)
def math_acos(z, x):
    dot[z] = -dot[x] / math.sqrt((1 - x) * (1 + x))
    bar[x] = -bar[z] / math.sqrt((1 - x) * (1 + x))


@elementwise(math.sinh, overflows=True)
def math_sinh(z, x):
    dot[z] = dot[x] * np.cosh(x)
    bar[x] = bar[z] * np.cosh(x)


@elementwise(math.cosh, overflows=True)
def math_cosh(z, x):
    dot[z] = dot[x] * np.sinh(x)
    bar[x] = bar[z] * np.sinh(x)


@elementwise(math.asinh)
def math_asinh(z, x):
    dot[z] = dot[x] / math.hypot(x, 1)
    bar[x] = bar[z] / math.hypot(x, 1)


@elementwise(math.acosh, poles=True)
def math_acosh(z, x):
    dot[z] = dot[x] / math.sqrt(x - 1) / math.sqrt(x + 1)
    bar[x] = bar[z] / math.sqrt(x - 1) / math.sqrt(x + 1)


@elementwise(math.radians)
def math_radians(z, x):
    dot[z] = math.radians(dot[x])
    bar[x] = math.radians(bar[z])


@elementwise(math.degrees)
def math_degrees(z, x):
    dot[z] = math.degrees(dot[x])
    bar[x] = math.degrees(bar[z])


@elementwise(math.erf)
def erf(z, x):
    dot[z] = dot[x] * (2 / math.sqrt(math.pi)) * math.exp(-x * x)
    bar[x] = bar[z] * (2 / math.sqrt(math.pi)) * math.exp(-x * x)


@elementwise(math.erfc)
def erfc(z, x):
    dot[z] = -dot[x] * (2 / math.sqrt(math.pi)) * math.exp(-x * x)
    bar[x] = -bar[z] * (2 / math.sqrt(math.pi)) * math.exp(-x * x)
