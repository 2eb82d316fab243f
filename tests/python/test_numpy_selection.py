"""Programs that select elements, put them in another order, and write to those that are selected."""

import numpy as np

from s2s_ad import grad
from tests.judge import Programs

PROGRAMS = Programs()
works, refused = PROGRAMS.works, PROGRAMS.refused
VECTOR = np.array([0.5, -1.2, 0.8, 1.7, -0.3, 0.9])
SQUARE = np.array([[0.5, -1.2, 0.8], [1.7, -0.3, 0.9], [0.2, 0.6, -0.7]])
CUBE = np.sin(np.arange(24.0)).reshape(2, 3, 4)
KNOTS = np.array([-1.0, 0.0, 0.6, 2.0])
WEIGHTS = np.cos(np.arange(12.0))
PLACES = np.array([[0, 2, 1], [1, 1, 0]])


# -- by place -----------------------------------------------------------------------------------------


@works(VECTOR.copy(), 4)
def taken(x, n):
    a = np.take(x, [0, 5, 5, -1])
    b = x.take(indices=n) * np.take(a=x, indices=[7, -8], mode="wrap")
    c = np.take(SQUARE * x[0], np.array([5, -2]), axis=1, mode="clip")
    z = np.zeros(3)
    np.take(x, [3, 1, n], out=z)
    return a @ WEIGHTS[:4] + np.sum(b) + np.sum(c * c[::-1]) + z[0] * z[1] ** 2 * z[2]


@works(np.array([0.0, 2.0, 3.0]), want=[np.array([0.0, 0.5, 1 / 3])])
def logarithms_of_what_is_taken(x):
    y = np.log(x)
    return np.sum(np.take(y, [1])) + np.sum(np.compress([False, False, True], y)) + 0.0 * np.size(np.delete(y, 0))


@works(np.array([0.5, 1.5, -1.0]))
def nothing_is_deleted_or_inserted(x):
    return np.sum(np.delete(x, []) ** 2) + np.sum(np.insert(x, [], 3.0) ** 3) + np.sum(np.delete(x, [1]))


@works(np.array([-1.0, 0.0, 4.0]), want=[np.array([0.0, 0.0, 1.5])])
def roots_of_what_is_selected(x):
    y = np.sqrt(x)
    a = np.sum(np.select([x > 0], [y], 0.0)) + np.sum(np.choose((x > 0).astype(int), [0.0, y]))
    b = np.extract(x > 1, y)[0] + np.delete(y, [0, 1])[0] + np.resize(y[::-1], 1)[0]
    return a + b + np.take_along_axis(y, np.array([2]), 0)[0]


@works(SQUARE.copy(), SQUARE.copy() * 0.5)
def taken_and_put_along_an_axis(x, v):
    order = np.argsort(x, axis=-1)
    a = np.take_along_axis(x, order[:, :2], axis=1)
    b = np.take_along_axis(x, order[0], axis=None)
    y = x.copy()
    np.put_along_axis(y, np.argmax(x, axis=0, keepdims=True), v[:1], axis=0)
    np.put_along_axis(y, indices=np.array([0, 4]), values=2.0 * v[0, 0], axis=None)
    return np.sum(a[:, 0] * a[:, 1]) + np.sum(b**2) + np.sum(y**2 * x)


@works(VECTOR.copy(), np.array([0.1, 0.2]))
def put_by_place(x, v):
    y = x * 1.0
    np.put(y, [0, 3, 5], v)
    y.put(4, v * 2.0)
    np.put(y, np.array([-4, 8]), v**2, mode="wrap")
    np.put(a=y, ind=[[9]], v=v[1], mode="clip")
    return np.sum(y**2 * WEIGHTS[:6])


@works(VECTOR.copy(), np.array([0.1, 0.2]))
def put_by_condition(x, v):
    y = x * 1.0
    np.place(y, y > 0.7, v)
    z = x * 2.0
    np.putmask(z, z > 0.7, values=v)
    w = np.zeros((2, 3))
    np.copyto(w, x[:3], casting="unsafe", where=np.array([[True], [False]]))
    np.copyto(w[1], [v[0], 1.0, v[1]])
    return np.sum(y**2) + np.sum(z**2 * WEIGHTS[:6]) + np.sum(w**3)


@works(VECTOR.copy())
def condition_by_method(x):
    i = np.array([0, 1, 1, 0, 1, 0])
    return (
        np.sum(x.compress(x > 0) ** 2) + np.sum(i.choose([x, x**2])) + np.sum(SQUARE.compress([0, 1, 1], axis=1) * x[0])
    )


# -- by conditions ------------------------------------------------------------------------------------


@works(VECTOR.copy(), 0.4)
def first_condition_that_holds(x, k):
    y = np.select([x < 0.0, x < 0.85, x > 100.0], [x**2, k * x, k], default=np.sin(x))
    z = np.select(condlist=[x > k], choicelist=[k])
    return np.sum(y * WEIGHTS[:6]) + np.sum(z * x)


@works(np.array([[0.3], [-0.7]]), np.array([0.1, 0.2, 0.4]), 2.0)
def selected_choices_are_broadcast(x, y, z):
    a = np.select([x > 0, y > 0.3], [y, z], x)
    b = np.choose(np.array([[2, 1, 0]]), [x, y, z])
    c = np.choose(a=np.array([1, -1, 3]), choices=(y, z), mode="wrap")
    return np.sum(a * b) + np.sum(c**2 * y)


@works(VECTOR.copy(), SQUARE.copy())
def choices_in_the_rows_of_an_array(x, rows):
    for i in range(3):
        x = x * np.tile(np.choose(np.array([2, i, 0]), rows), 2)
    return np.sum(x) + np.choose(1, [x[0], x[1]])


@works(VECTOR.copy())
def places_where_a_condition_holds(x):
    (i,) = np.where(x > 0)
    rows, columns = np.where(SQUARE > 0)
    y = np.extract(np.abs(x) > 0.6, x)
    return np.sum(x[i] ** 2) + np.sum(SQUARE[rows, columns] * x[0]) + y @ y * y[-1]


@works(SQUARE.copy(), WEIGHTS[:6].copy(), VECTOR.copy(), WEIGHTS[:3].copy())
def weights_of_what_is_where_a_condition_holds(a, w, x, v):
    """There are as many of them as hold, be it one, and they are along one axis."""
    i, j = np.where(a > 0)
    one = np.where(x > 1)[0]
    return np.sum(a[i, j] * w) + np.sum(x[one] * v)


# -- in order -----------------------------------------------------------------------------------------


@works(VECTOR.copy(), SQUARE.copy())
def sorted_in_all_ways(x, a):
    y = np.sort(x, kind="stable") @ WEIGHTS[:6] + np.sort(a=a, axis=0)[1] @ WEIGHTS[:3]
    z = np.sort(a, axis=None, stable=True) @ WEIGHTS[:9]
    w = x * 2.0
    w.sort()
    v = a * a
    v.sort(axis=0, kind="mergesort")
    return y * z + w[0] * w[5] + np.sum(v[0] * v[2])


@works(VECTOR.copy(), SQUARE.copy())
def parted_in_all_ways(x, a):
    y = np.partition(x, 2)[2] * np.partition(x, kth=(1, 4))[4]
    z = np.partition(a, -1, axis=0)[-1] @ WEIGHTS[:3] + np.partition(a, 4, axis=None)[4]
    w = x * 2.0
    w.partition(3)
    i = np.argpartition(x, 2)[:3]
    return y * z + w[3] ** 2 + np.sum(x[i] ** 2)


@works(VECTOR.copy(), np.array([0.1, 0.7, 0.4, 0.2, 0.9, 0.6]))
def sorted_complex_numbers(x, y):
    z = np.sort_complex(x + 1j * y)
    return np.real(z) @ WEIGHTS[:6] + np.imag(z) @ WEIGHTS[6:]


@works(np.array([0.5, 0.2, 0.9]))
def sorted_in_a_loop(x):
    for i in range(3):
        x = np.sort(np.sin(3.0 * x + i))[::-1]
    return x @ WEIGHTS[:3]


# -- as sets ------------------------------------------------------------------------------------------


@works(VECTOR.copy(), np.array([0.4, -0.8]))
def sets_of_numbers(x, y):
    a = np.union1d(x, y) @ WEIGHTS[:8]
    b = np.setdiff1d(x, np.array([2.0, 3.0])) @ WEIGHTS[:6]
    c = np.setxor1d(x, y, assume_unique=True) @ WEIGHTS[:8]
    return a * b + c


@works(np.array([0.5, 0.2, 0.5, 0.9]), want=[np.array([1.0, 0.4, 0.0, 1.8])])
def equal_elements_count_once(x):
    return np.sum(np.unique(x) ** 2)


@works(VECTOR.copy(), SQUARE.copy())
def unique_elements_and_more(x, a):
    values, first, back, counts = np.unique(x, True, True, True)
    rows, order = np.unique(a, return_index=True, axis=0)
    found = np.unique_counts(x)
    other = np.unique_inverse(a)
    total = np.sum(values[back] * x * counts) + first[0] * values[1] + np.sum(rows[0] * rows[2]) * order[0]
    return total + np.sum(found.values**2 * found.counts) + np.sum(other.values[other.inverse_indices] ** 2 * a)


@works(np.array([1.5, 2.5]))
def sets_of_integers(x):
    common, i, j = np.intersect1d([1, 2, 3], [2, 3, 4], return_indices=True)
    return np.sum(x * common) + x[i[0] - 1] * j[1] + np.isin(3, common) * x[0]


# -- between points -----------------------------------------------------------------------------------


@works(VECTOR.copy(), KNOTS.copy(), np.array([0.3, -0.2, 0.9, 0.4]))
def interpolated(x, knots, heights):
    inner = np.interp(x, knots, heights)
    return np.sum(inner**2 * WEIGHTS[:6]) + np.interp(0.3 * x[0], xp=knots, fp=heights)


@works(3.0 * VECTOR, KNOTS.copy(), np.array([0.3, -0.2, 0.9, 0.4]), 0.7, 0.1)
def values_beyond_the_points(x, knots, heights, low, high):
    y = np.interp(x, knots, heights, left=low, right=high)
    z = np.interp(x, knots, heights, low)
    return np.sum(y * WEIGHTS[:6]) + np.sum(z**2)


@works(3.0 * VECTOR, np.array([0.3, 1.7, 4.5]), np.array([0.3, -0.2, 0.9]), 2.3)
def interpolated_on_a_circle(x, knots, heights, period):
    return np.sum(np.interp(x, knots, heights, period=period) ** 2) + np.interp(x[1], [0, 1, 2], heights, period=-3)


@works(0.4, np.array([0.3, -0.2, 0.9]))
def interpolated_in_a_loop(x, heights):
    for i in range(4):
        x = np.interp(np.sin(x + i), [-1.0, 0.1, 1.0], heights * x)
    return x


@works(np.array([0.0, 1.0]), want=[np.array([2.0, -1.0])])
def slope_at_a_point_is_that_to_its_right(x):
    return np.sum(np.interp(x, [-1.0, 0.0, 1.0, 2.0], [5.0, 0.0, 2.0, 1.0]))


# -- by index -----------------------------------------------------------------------------------------


@works(CUBE.copy())
def indices_of_all_sorts(x):
    a = x[np.s_[..., 1:3]] * x[:, :, ::-2]
    b = x[np.index_exp[0, [0, 2], :2]] + x[1][[[0, 1], [2, 2]], 3]
    c = x[x[..., 0] > 0.1, 1:] ** 2
    d = x[:, np.array([True, False, True]), [0, 3]] * x[:, None, 1, ..., -1]
    e = x[np.ix_([1, 0], [2], np.arange(2))] * x[(1, 2)][:2]
    f = x[PLACES > 0, 0][:3] * x[[0], :, [[1], [2]]][1, 0]
    return np.sum(a) + np.sum(b**2) + np.sum(c) + np.sum(d) + np.sum(e**3) + np.sum(f * x[-1, 0, -2])


@works(SQUARE.copy(), np.array([0.1, 0.2]))
def writes_by_indices_of_all_sorts(x, v):
    y = x * 1.0
    y[[0, 0, 2], [1, 1, 0]] += v[0]
    y[[[0, 1], [2, 2]], 2] = v
    y[np.diag_indices(3)] *= v[1]
    y[x < -1.0] = v[0] * y[0, 0]
    y[np.s_[1:, ::2]] -= v
    y[np.array([False, True, False])] **= 2
    y[None, ..., np.newaxis][0, 1, 1] = y[2, 1]
    return np.sum(y**2 * x)


@works(VECTOR.copy(), SQUARE.copy())
def indices_from_triangles_and_grids(x, a):
    i, j = np.triu_indices(3, k=1)
    rows, columns = np.mgrid[0:3, 0:3]
    k, l = np.ogrid[:2, 1:3]
    b = a[np.mask_indices(3, np.tril)] @ x
    return np.sum(a[i, j] ** 2) * b + np.sum(a[columns, rows] * a) + np.sum(a[k, l] ** 3) + np.sum(x[::-1][:3] * a[0])


# -- what is refused ----------------------------------------------------------------------------------


@refused(VECTOR.copy(), VECTOR.copy())
def common_elements(x, y):
    return np.sum(np.intersect1d(x, y))


@refused(VECTOR.copy())
def conditions_in_a_list_of_numbers(x):
    return np.sum(np.piecewise(x, [x, x], [1.0, 2.0]))


test_right, test_refused = PROGRAMS.tests()
test_tangent = PROGRAMS.test_of_tangents()


def test_each_choice_gets_back_what_is_selected_from_it_alone():
    def f(x, y):
        return np.sum(np.select([x > 0, y > 0], [x * y, x], y))

    derivative = grad(f, (0, 1))
    derivative(np.ones(2), np.ones(2))
    assert "np.select([v1, v2], [v4_bar, 0.0], 0.0)" in derivative.source
    assert "np.select([v1, v2], [0.0, 0.0], v4_bar)" in derivative.source
