"""Ufuncs as people use them: keywords, methods, and elementwise functions of every sort in loops and branches."""

import math

import numpy as np

from s2s_ad import grad
from s2s_ad.rules.language import lookup
from tests.judge import Programs
from tests.programs import A, X

PROGRAMS = Programs()
works, refused = PROGRAMS.works, PROGRAMS.refused
P = np.abs(X) + 0.5
I = np.array([3, 1, 3, 0])
SINGLE = A.astype(np.float32)


# ---- where= ---------------------------------------------------------------------------------------


@works(X.copy(), np.array([2.0, 0.0, 1.5, 0.0, -1.0]))
def quotient_where_it_exists(x, y):
    z = np.divide(x, y, out=np.zeros_like(x), where=y != 0)
    return np.sum(z**2)


@works(X.copy())
def logarithm_of_the_positive(x):
    y = np.full(5, 0.25)
    np.log(x, out=y, where=x > 0)
    np.multiply(y, x, y, where=[True, False, True, True, False])
    return np.sum(y * x)


@works(A.copy(), X[:3].copy())
def masks_and_operands_are_broadcast(a, x):
    b = a * 2.0
    w = np.hypot(a, x, where=x > 0, out=b)
    np.add(b, 1.0, out=b, where=a[:, :1] > 0)
    w[0] = 0.0
    return np.sum(b * a)


@works(X.copy(), 0.5)
def slices_written_in_a_loop_where_a_mask_holds(x, k):
    y = np.zeros((3, 5))
    for i in range(3):
        np.exp(k * x, out=y[i], where=x > i * 0.5 - 0.5)
        k = np.sin(k)
    return np.sum(y * x)


@works(X.copy())
def written_to_an_operand(x):
    y = x * 1.0
    np.sqrt(y, out=y, where=y > 0)
    np.negative(y, where=np.isfinite(y), out=y)
    return np.sum(y**3)


@works(X.copy())
def mask_of_a_comparison(x):
    m = np.zeros(5, bool)
    np.less(x, 0.5, out=m, where=x > 0)
    return np.sum(x[m] ** 2)


@refused(X.copy())
def where_without_out(x):
    return np.sum(np.log(x, where=x > 0))


@refused(X.copy())
def where_of_numbers(x):
    return np.sum(np.log(x, where=x, out=np.zeros(5)))


@works(X.copy())
def where_is_true(x):
    return np.sum(np.add(x, x, where=True, order="K", subok=False, casting="same_kind", dtype=None) ** 2)


# ---- dtype= and casting= ----------------------------------------------------------------------------


@works(X.copy(), SINGLE.copy())
def computed_in_another_precision(x, a):
    y = np.multiply(a[:, 0], a[0, 0], dtype=np.float64)
    z = np.exp(x, dtype="float32") * np.float32(0.5)
    n = np.add(np.arange(5), x, dtype=np.float64)
    return np.sum(y) * np.sum(z) + np.sum(n * x)


@works(0.5, 2.0, want=[2.0, 0.25])
def python_numbers_in_single_precision(x, y):
    return float(np.multiply(x, y, dtype=np.float32)) * x


@works(-P.copy())
def root_as_a_complex_number(x):
    return np.sum(np.abs(np.sqrt(x, dtype=complex) + 1.0))


@works(X.copy())
def dtype_beside_out(x):
    y = np.zeros(5)
    np.multiply(x, x, out=y, dtype=np.float64, casting="safe")
    np.add(y, np.array([1, 2, 3, 4, 5]), y, dtype=float)
    return np.sum(y * np.sin(x))


@works(X.copy())
def integers_of_what_varies(x):
    n = np.floor_divide(x * 4, 1.0, dtype=int, casting="unsafe")
    return np.sum(x * n)


@refused(X.copy())
def casting_that_is_not_allowed(x):
    return np.sum(np.add(x, 1.0, dtype=np.float32, casting="safe"))


@refused(X.copy())
def order_of_the_result(x):
    return np.sum(np.add(x, 1.0, order="F"))


# ---- reductions -------------------------------------------------------------------------------------


@works(A.copy())
def reduced_by_methods(a):
    s = np.add.reduce(a) + np.multiply.reduce(a, 0) + np.maximum.reduce(a, axis=0) * np.minimum.reduce(a, -2)
    t = np.add.reduce(a, axis=(0, 1)) * np.add.reduce(a, None) + np.add.reduce(a, 1, None, None, True)[2, 0]
    return np.sum(s) * t + np.add.reduce([a[0, 0], a[1, 1]])


@works(A.copy())
def logarithm_of_a_sum_of_exponentials(a):
    columns = np.logaddexp.reduce(a)
    return np.sum(columns * np.logaddexp.reduce(a, axis=1, keepdims=True)) + np.logaddexp2.reduce(a, axis=None)


@works(A.copy())
def norms_by_hypot(a):
    r = np.zeros(4)
    np.hypot.reduce(a, axis=1, out=r)
    return np.sum(r**3) + np.hypot.reduce(a[0])


@works(np.array([0.5, np.nan, 2.0, 1.5]), want=[np.array([2.0, 0, 0.5, 0])])
def extremes_without_nan(x):
    return np.fmax.reduce(x) * np.fmin.reduce(x)


@works(X.copy())
def comparisons_reduced_by_logic(x):
    if np.logical_and.reduce(x > -10) and not np.logical_or.reduce(x > 10) and np.logical_xor.reduce(x > 0):
        return np.sum(x**2)
    return np.sum(x**3) * np.bitwise_or.reduce(np.array([1, 2])) * np.multiply.reduce(np.array([2, 3]))


@works(X.copy(), P.copy())
def lists_of_arrays_reduced(x, p):
    s = np.add.reduce([x, p, x * p]) + np.maximum.reduce([x, p, x * p]) + np.minimum.reduce((x, p))
    m = np.logical_and.reduce([x > -1, p > 0.6, x < 2])
    return np.sum(s[m]) + np.sum(np.logaddexp.reduce([x, p])) + np.sum(np.hypot.reduce([x, p, p]))


@works(X.copy())
def methods_under_other_names(x):
    total, f = np.add.reduce, np.multiply
    pairs = f.outer
    return total(x * x) + np.sum(pairs(x, x)) + np.add.accumulate(np.arange(5))[3] * x[0]


@works(X.copy())
def written_in_a_loop_where_a_mask_of_itself_holds(x):
    y = x * 1.0
    for i in range(4):
        np.sin(y, out=y, where=y > 0.1 * i)
        np.add.at(y, [i, i], y[i + 1 : i + 2] * 2.0)
        if i % 2:
            np.maximum(y, 0.2, out=y, where=x < 1)
    return np.sum(y * x)


@works(A.copy(), 1)
def axis_that_is_an_argument(a, n):
    s = 0.0
    for row in a:
        s = s + np.logaddexp.reduce(row) * np.maximum.accumulate(row)[-1] + np.add.reduceat(row, [0, 1])[1]
    return s + np.sum(np.add.reduce(a, axis=n) ** 2) + np.sum(np.logaddexp.reduce(a, axis=n))


if "where" in getattr(lookup("numpy.sum"), "arguments", ()):

    @works(A.copy())
    def reduced_where_a_mask_holds(a):
        return np.sum(np.add.reduce(a, where=a > 0, initial=0.5)) * np.maximum.reduce(a, None, where=a < 1, initial=-9)


@refused(X.copy())
def reduction_of_what_does_not_commute(x):
    return np.power.reduce(np.abs(x))


@refused(A.copy())
def reduction_with_an_unknown_keyword(a):
    return np.sum(np.logaddexp.reduce(a, 0, initial=1.0))


# ---- scans ------------------------------------------------------------------------------------------


@works(A.copy(), np.array([0.3, 0.1, 0.7, 0.7001, 0.2, 0.9]))
def scanned_by_methods(a, x):
    s = np.add.accumulate(a) * np.multiply.accumulate(a, 1) + np.maximum.accumulate(a, axis=-1)
    t = np.minimum.accumulate(x)[::-1] + np.fmax.accumulate(x) + np.logaddexp.accumulate(x)
    return np.sum(s**2) * np.sum(t * x) + np.sum(np.logaddexp.accumulate(a, axis=1) * a)


@works(X.copy())
def running_maximum_changed_afterwards(x):
    y = np.maximum.accumulate(x * 2.0)
    y[1:] *= x[1:]
    out = np.zeros(5)
    np.add.accumulate(y, out=out)
    return np.sum(out * y)


@works(np.array([-np.inf, -np.inf, 0.5, -np.inf]), want=[np.array([0.0, 0.0, 2.0, 0.0])])
def scan_of_logarithms_of_zero(x):
    y = np.logaddexp.accumulate(x)
    return y[2] + y[3]


@refused(X.copy())
def scan_without_a_rule(x):
    return np.sum(np.divide.accumulate(x))


# ---- outer, reduceat, at ------------------------------------------------------------------------------


@works(X.copy(), A.copy(), 0.5)
def all_pairs(x, a, k):
    s = np.add.outer(x, x) * np.multiply.outer(x, np.sin(x))
    t = np.arctan2.outer(a, x[:2]) + np.maximum.outer(a, [0.1, k])
    u = np.subtract.outer(k, x) + np.divide.outer(x, k) + np.hypot.outer(x, 3)
    less = np.less.outer(x, x)
    return np.sum(s[less]) + np.sum(t) * np.sum(u) + np.power.outer(k, [1, 2, 3])[2]


@works(X.copy())
def pairs_written_to_an_array(x):
    z = np.zeros((5, 5))
    np.multiply.outer(x, x, out=z)
    np.subtract.outer(x, x, out=z, where=np.eye(5) == 0)
    return np.sum(z**3) + np.sum(np.trace(z))


@works(X.copy(), np.array([0, 3]), A.copy())
def sums_of_slices(x, i, a):
    s = np.add.reduceat(x * x, i) * np.add.reduceat(x, [2, 1])
    return np.sum(s) + np.sum(np.add.reduceat(a, [0, 2, 1], axis=1) ** 2) + np.sum(np.add.reduceat(a, i) ** 2)


@refused(X.copy())
def products_of_slices(x):
    return np.sum(np.multiply.reduceat(x, [0, 2]))


@works(X.copy(), I, P[:4].copy())
def changed_where_an_index_says(x, i, v):
    y = x * 1.0
    np.multiply.at(y, i, v)
    np.divide.at(y, i, 2.0)
    np.maximum.at(y, i, v)
    np.subtract.at(y, [0, 0], v[:2])
    np.negative.at(y, i)
    np.power.at(y, 2, 2)
    np.multiply.at(y, x > 0, 3.0)
    np.minimum.at(y, slice(1, 3), x[:2])
    return np.sum(y**2)


@works(A.copy(), np.array([0, 2, 0]), np.array([1, 1, 1]))
def changed_at_pairs_of_places(a, i, j):
    b = a * 1.0
    np.multiply.at(b, (i, j), a[0])
    np.maximum.at(b, i, a[1:])
    np.hypot.at(b, [1, 1], a[0, 0])
    return np.sum(b**2)


@works(P.copy(), np.array([0, 1, 0, 2, 1]))
def greatest_of_each_group(x, group):
    best = np.zeros(3)
    for k in range(2):
        np.maximum.at(best, group, x * (k + 1))
        best = np.sin(best)
    return np.sum(best**2)


@refused(A.copy(), np.array([0, 2, 0]))
def values_that_are_broadcast_one_by_one(a, i):
    np.multiply.at(a, i, a[0])
    return np.sum(a)


@refused(X.copy(), I)
def numbers_at_places_of_integers(x, i):
    y = np.zeros(5, int)
    np.multiply.at(y, i, x[:4])
    return np.sum(y * x)


# ---- clip, nan_to_num, heaviside ------------------------------------------------------------------------


@works(X.copy(), 0.2)
def clipped_in_all_ways(x, k):
    y = np.clip(x, -0.5, k) + np.clip(x, a_min=k, a_max=None) * np.clip(x, min=-k) + np.clip(x, max=k, min=-1)
    z = x.clip(k) + x.clip(-0.5, k) ** 2 + x.clip(max=0.7) + np.clip(x, None, None) + x.clip(min=k, max=1.0)
    w = np.zeros(5)
    np.clip(x, -k, k, w)
    x.clip(-k, k, out=w[:])
    return np.sum(y * z) + np.sum(w**2)


@refused(X.copy())
def clip_with_a_bound_twice(x):
    return np.sum(np.clip(x, 0.1, 0.2, min=0.3))


@works(np.array([0.5, np.nan, np.inf, -np.inf]), 2.0, want=[np.array([2.5, 0, 0, 0]), 4 * 2.0 + 0.5 + 7 - 3])
def numbers_put_in_for_nan(x, k):
    y = np.nan_to_num(x, nan=k, posinf=k + 7.0, neginf=-3.0)
    return np.sum(y) * k + y[0] * 0.5 + (k - k)


@works(np.array([0.5, np.nan, 2.0]), want=[np.array([1.0, 0, 4.0])])
def nan_replaced_in_place(x):
    y = x * 1.0
    z = np.nan_to_num(y, copy=False)
    z[0] *= 1.0
    return np.sum(y**2)


@works(np.array([-1.0, 0.0, 2.0]), 0.3, want=[np.array([0, 0, 0]), 1.0])
def step_with_a_value_between(x, h):
    return np.sum(np.heaviside(x, h))


# ---- numbers ------------------------------------------------------------------------------------------


@works(5.3, 0.7, 0.2)
def functions_of_math(x, y, z):
    m, e = math.frexp(x)
    far = math.hypot(x, y, z) + math.hypot(x) + math.dist([x, y], (z, 1)) * math.dist((x, 0.0), (1, z))
    return math.ldexp(m * y, e) + math.remainder(x, y) * far + math.nextafter(x, 9) + math.expm1(z) * math.ulp(1.0)


@works(X.copy(), P.copy())
def distances_of_arrays(x, y):
    s = 0.0
    for i in range(3):
        s += math.dist(x[i:], y[i:]) * math.hypot(*(x[0], y[0]), y[i])
    return s + math.dist(list(x), list(y))


@works(X.copy(), np.array([2, 0, -1, 3, 1]))
def numbers_taken_apart(x, n):
    m, e = np.frexp(x)
    q, r = np.divmod(x, 0.3)
    f, i = np.modf(x * 3.0)
    z = np.ldexp(m, e + 1) * r + f * np.ldexp(x, n) + np.nextafter(x, np.inf) * i + np.ldexp(0.5, 2)
    return np.sum(z * q) + np.sum(np.mod(x, 0.7) * np.fmod(x, -0.4)) + np.sum(np.remainder(x, 0.3))


@works(np.array([0.5 + 0.3j, -1.0 + 2.0j]).real.copy(), np.array([0.4, -0.2]))
def directions_of_complex_numbers(a, b):
    z = np.sign(a + 1j * b)
    return np.sum(z.real * a) + np.sum(z.imag**2) + abs(np.sign(a[0] * 1j))


@works(2.6, 0.73)
def numbers_of_python(x, y):
    q, r = divmod(x, y)
    z = complex(x, y)
    if x.is_integer() or np.float64(y).is_integer():
        return x * 0.0
    s = pow(x, y) + pow(3, 4, 5) * x + round(x) * y + round(y, 1) * x + abs(-z) + float(x) + sum([x, y, 1])
    return s * max(x, y, 1.0) * min(x, y) + q * r + int(x) * x % y + x // y * x + math.prod([x, y]) + math.gcd(4, 6)


@works(X.copy(), 0.5)
def chosen_by_type(x, k):
    if np.issubdtype(x.dtype, np.floating) and np.isdtype(x.dtype, "real floating") and np.iterable(x):
        k = k * np.gcd(4, 6) * np.bitwise_count(np.int64(7))
    y = np.zeros(5, np.promote_types(x.dtype, np.float32))
    y += x * k
    return np.sum(y * (1 if np.isfortran(y) else 2))


# ---- functions whose derivatives need SciPy, and windows --------------------------------------------------


@works(2.3, 0.7, X.copy())
def factorials_and_bessel_functions(x, y, z):
    window = np.hanning(5) * np.hamming(5) + np.bartlett(5) * np.blackman(5)
    s = math.gamma(x) * math.lgamma(y) + math.gamma(-y)
    for beta in (x, y * 4):
        s = s * np.sum(np.kaiser(5, beta) * z * window)
    return s + np.sum(np.i0(z) * z)


@works(9 * X, np.cumsum(X))
def angles_kept_together(x, p):
    y = np.unwrap(x) * p + np.unwrap(x, axis=-1, period=2.0)
    y[0] *= x[1]
    return np.sum(y**2)


@refused(X.copy(), 2.0)
def angles_with_a_period_that_varies(x, period):
    return np.sum(np.unwrap(x, period=period))


@refused(5.0)
def window_of_a_number_that_varies(n):
    return np.sum(np.hanning(n))


test_right, test_refused = PROGRAMS.tests()


def test_masked_operation_computes_nothing_where_its_mask_is_false():
    def f(x, y):
        z = np.divide(x, y, out=np.zeros(3), where=y != 0)
        return np.sum(np.sqrt(x, out=z, where=x > 0))

    with np.errstate(all="raise"):
        derivative = grad(f, (0, 1))
        x_bar, y_bar = derivative(np.array([4.0, -1.0, -1.0]), np.array([0.0, 2.0, 0.0]))
    np.testing.assert_array_equal(x_bar, [0.25, 0.5, 0.0])
    np.testing.assert_array_equal(y_bar, [0.0, 0.25, 0.0])
    assert "np.sqrt(v_m1[" in derivative.source
