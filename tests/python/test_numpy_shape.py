"""Programs that give arrays other shapes, put them together and take them apart."""

import numpy as np

from s2s_ad import grad
from tests.judge import Programs

PROGRAMS = Programs()
works, refused = PROGRAMS.works, PROGRAMS.refused
VECTOR = np.array([0.5, -1.2, 0.8, 1.7, -0.3, 0.9])
SQUARE = np.array([[0.5, -1.2, 0.8], [1.7, -0.3, 0.9], [0.2, 0.6, -0.7]])
CUBE = np.arange(24.0).reshape(2, 3, 4) / 7 - 1
WEIGHTS = np.cos(np.arange(12.0))


# -- the same elements in another shape ----------------------------------------------------------------


@works(VECTOR.copy())
def orders_of_reshape(x):
    a = np.reshape(x, (2, 3), order="F")
    b = x.reshape(3, 2, order="A")
    c = np.reshape(a.T, (6,), "A")
    return np.sum(a @ b) + c @ WEIGHTS[:6]


@works(SQUARE.copy())
def orders_of_ravel_and_flatten(x):
    y = np.asfortranarray(x * 2.0)
    return y.ravel("A") @ WEIGHTS[:9] + y.flatten("A")[1] * x.T.flatten("F")[3] + np.ravel(x, order="C")[2] ** 2


@works(VECTOR.copy())
def reshape_that_copies_is_another_array(x):
    y = np.reshape(x * 1.0, (2, 3), copy=True)
    y[0, 0] = 3.0
    return np.sum(y * y)


@works(VECTOR.copy())
def reshape_that_must_not_copy_is_a_view(x):
    y = x * 2.0
    z = np.reshape(y, (2, 3), copy=False)
    z[1] *= 3.0
    return np.sum(y**2)


@works(VECTOR.copy())
def asarray_of_its_own_dtype_is_the_array(x):
    y = x * 2.0
    z = np.asarray(y, dtype=float)
    z[0] = x[1]
    return np.sum(y * y)


@works(VECTOR.copy())
def asarray_of_another_dtype_is_a_copy(x):
    y = x * 2.0
    z = np.asarray(y, dtype=complex)
    y[0] = x[1]
    return np.sum(y * np.real(z))


@works(0.5, VECTOR.copy())
def conversions(k, x):
    a = np.asanyarray([k, k * 2.0], dtype=float, order="C")
    b = np.require(x, float, ["C", "W"])
    c = np.array([[k, 1.0], [x[0], k]], dtype=np.float64, ndmin=3)
    d = np.array(x, copy=None, ndmin=2)
    return np.sum(a) ** 2 + b @ WEIGHTS[:6] + np.sum(c * c) + d[0, 1] ** 2 + np.ascontiguousarray(k)[0]


@works(np.array([1.0, np.inf]))
def infinite_elements_are_refused_as_numpy_does(x):
    return np.sum(np.asarray_chkfinite(x))


@works(0.5, 1.5)
def scalars_become_arrays(x, y):
    a, b = np.atleast_1d(x, y)
    c = np.atleast_2d([x, y])
    d, e, f = np.atleast_3d(a, c, y)
    a[0] = 2.0
    return a[0] * b[0] ** 2 + np.sum(c**2) + np.sum(d) * np.sum(e) + f[0, 0, 0]


@works(CUBE.copy())
def axes_that_move(x):
    a = np.rollaxis(x, 2)
    b = np.rollaxis(x, axis=0, start=3)
    c = np.permute_dims(x, axes=(-1, 0, 1))
    return np.sum(a * c) + np.sum(b[1:] ** 3) + np.moveaxis(x, source=0, destination=-1)[0, 1, 1]


@works(np.array([[0.3], [0.7]]), np.array([0.1, 0.2, 0.4]), 2.0)
def broadcast_together(x, y, z):
    a, b, c = np.broadcast_arrays(x, y, z)
    return np.sum(a * b**2) + np.sum(c * b)


@works(np.array([0.3, 0.7]), np.array([0.1, 0.2, 0.4]))
def grids(x, y):
    a, b = np.meshgrid(x, y)
    c, d = np.meshgrid(x, y, sparse=True, indexing="ij")
    (e,) = np.meshgrid(x)
    a[0] *= 2.0
    return np.sum(a * b**2) + np.sum(c * np.sin(d)) + e @ e


@works(np.array([0.3, 0.7]))
def grid_of_what_does_not_vary(x):
    a, b, c = np.meshgrid(x, np.arange(3), [0.5, 1.5, 2.5], indexing="ij")
    return np.sum(a**2 * b * c)


@works(SQUARE.copy())
def rows_and_columns_by_ix(x):
    y = x * 1.0
    y[np.ix_([0, 2], [1, 2])] *= 3.0
    rows, columns = np.ix_(np.array([True, False, True]), [2, 0])
    return np.sum(y[rows, columns] * x[:2, :2]) + np.sum(y**2)


# -- put together -----------------------------------------------------------------------------------


@works(VECTOR.copy(), 0.5)
def rows_in_a_loop(x, k):
    rows = [x]
    for i in range(2):
        rows.append(rows[i] * k)
    a = np.vstack(rows)
    b = np.concatenate(rows, axis=0)
    return np.sum(a[1] * a[2]) + b @ np.tile(WEIGHTS[:6], 3)


@works(SQUARE.copy(), VECTOR[:3].copy())
def stacks_by_keyword(x, y):
    a = np.vstack(tup=(x, y), dtype=np.float64, casting="same_kind")
    b = np.stack(arrays=[y, y * 2.0, x[0]], axis=1)
    c = np.hstack((y, 1.0, x[1, 1]))
    d = np.dstack([y, x[2]])
    e = np.column_stack((y, x))
    return np.sum(a.T @ a) + np.sum(b**3) + c @ c + np.sum(d[0, :, 0] * d[0, :, 1]) + np.sum(e[0] * e[1])


@works(CUBE.copy())
def rows_of_an_array_put_together(x):
    a = np.concatenate(x, axis=1)
    b = np.vstack(x[:, 0])
    c = np.stack(x, axis=-1)
    return np.sum(a[0] ** 2) + np.sum(b[0] * b[1]) + np.sum(c[..., 0] * c[..., 1]) + np.sum(np.hstack(x[0]) ** 3)


@works(SQUARE.copy(), 0.5, np.array([1.0, 2.0, 3.0]))
def blocks(a, k, b):
    m = np.block([[a * k, b[:, None]], [b, k]])
    n = np.block([b, k, 2.0 * b])
    return np.linalg.det(m) + n @ n * n[3]


@works(VECTOR.copy())
def blocks_that_do_not_fit(x):
    return np.sum(np.block([[x[:2]], [x[:3]]]))


@works(VECTOR.copy(), 0.5)
def rows_and_columns_in_brackets(x, k):
    a = np.r_[x, k, 0:3, x[0]]
    b = np.c_[x, x**2]
    c = np.r_[SQUARE, b[:3, :1] * np.ones(3)]
    return a @ np.r_[WEIGHTS[:11]] + np.sum(b[:, 0] * b[:, 1]) + np.sum(c**2)


@works(VECTOR.copy(), 0.3)
def append_insert_delete(x, k):
    a = np.append(x, [k, k**2])
    b = np.insert(a, [1, 1, 5], [k, 2.0, x[0]])
    c = np.delete(b, np.s_[::4])
    d = np.insert(SQUARE * k, 1, x[:3], axis=1)
    e = np.delete(d, obj=[0, -1], axis=0)
    return c @ np.sin(np.arange(len(c))) + np.sum(d * d.T[:3, :3].sum()) + np.sum(e**2)


@works(VECTOR.copy(), np.array([0.1, 0.2]))
def insert_in_a_loop(x, v):
    for i in range(3):
        x = np.insert(x, 2 * i, v[i % 2] * x[0])
    return x @ np.sin(np.arange(9.0))


@works(VECTOR.copy())
def resized(x):
    a = np.resize(x, (2, 4))
    b = np.resize(a, new_shape=3)
    return np.sum(a**2) * b[2]


@works(np.array([0.3, 0.7, 0.2]), want=[np.array([0.6, 2.8, 0.4])])
def zeros_trimmed(x):
    y = np.zeros(8)
    y[2:5] = x
    z = np.trim_zeros(y)
    w = np.trim_zeros(y, trim="b")
    return np.sum(z**2) + w[3] ** 2


# -- taken apart --------------------------------------------------------------------------------------


@works(VECTOR.copy())
def parts_are_written(x):
    y = x * 2.0
    a, b = np.split(y, 2)
    a[0] = b[1]
    b[0] *= 3.0
    return np.sum(a * b)


@works(VECTOR.copy())
def parts_in_a_loop(x):
    s = 0.0
    for i, part in enumerate(np.array_split(x, 4)):
        s = s + np.sum(part) ** 2 * (i + 1)
    for part in np.split(np.tile(x, 2), 12):
        s = s * part[0]
    return s


@works(CUBE.copy())
def parts_along_axes(x):
    a, b = np.hsplit(x, [1])
    c, d = np.vsplit(x, 2)
    e, f = np.dsplit(x, 2)
    return np.sum(a * b[:, :1]) + np.sum(c * d) + np.sum(e * f**2)


@works(VECTOR.copy())
def parts_that_do_not_fit(x):
    a, b, c, d = np.split(x, 4)
    return a[0] * b[0] * c[0] * d[0]


@works(SQUARE.copy())
def rows_unstacked(x):
    a, b, c = np.unstack(x, axis=1)
    rows = np.unstack(x)
    return a @ b * c[0] + rows[1] @ rows[2]


# -- a border around ----------------------------------------------------------------------------------


@works(VECTOR.copy(), 0.3, 0.6)
def constants_around(x, a, b):
    y = np.pad(x, (2, 1), constant_values=(a, b))
    z = np.pad(x[:2], 1, "constant", constant_values=a)
    return y @ WEIGHTS[:9] + np.sum(z**3)


@works(SQUARE.copy())
def borders_that_repeat(x):
    total = 0.0
    for i in range(2):
        y = np.pad(x, ((1, i), (0, 4)), mode="edge")
        total = total + np.sum(y[0] * y[-1])
    a = np.pad(x, 2, mode="reflect")
    b = np.pad(x, [(1, 0), (2, 3)], "symmetric", reflect_type="odd")
    c = np.pad(x, {-1: 2}, mode="wrap")
    return total + np.sum(a**2) + np.sum(b * b[::-1]) + np.sum(c * np.sin(c))


@works(SQUARE.copy(), 0.2)
def borders_of_statistics(x, k):
    a = np.pad(x, 1, mode="maximum")
    b = np.pad(x, (1, 2), mode="minimum", stat_length=2)
    c = np.pad(x, ((0, 1), (2, 0)), mode="mean", stat_length=(1, 2))
    d = np.pad(x, 2, mode="linear_ramp", end_values=(k, 1.0))
    return np.sum(a**2) + np.sum(b * b[::-1]) + np.sum(c**3) + np.sum(d * np.cos(np.arange(7.0)))


@works(SQUARE.copy(), 1)
def width_that_is_not_known(x, n):
    return np.sum(np.pad(x, n, mode="reflect") ** 2) + np.sum(np.pad(x, (n, 2), mode="maximum") ** 2)


# -- functions that call functions ----------------------------------------------------------------------


def scaled(row, factor, power=1):
    return factor * row**power / np.sum(row)


@works(SQUARE.copy() + 2.0, 1.5)
def function_of_rows(x, k):
    a = np.apply_along_axis(scaled, 1, x, k, power=2)
    b = np.apply_along_axis(np.max, 0, x)
    c = np.apply_along_axis(lambda column: [column[0] * k, column[1]], 0, x)
    return np.sum(a**2) + np.sum(b * np.arange(3.0)) + np.sum(c[0] * c[1])


@works(CUBE.copy())
def function_along_the_middle_axis(x):
    a = np.apply_along_axis(np.sort, axis=1, arr=x)
    b = np.apply_along_axis(lambda v: v @ v, 1, x)
    c = np.apply_along_axis(lambda v: np.outer(v, v)[:2], 0, x)
    return np.sum(a * np.arange(3.0)[:, None]) + np.sum(np.sin(b)) + np.sum(c[1, 0])


@works(np.ones((0, 3)))
def function_of_no_rows(x):
    return np.sum(np.apply_along_axis(np.sum, 1, x))


@works(VECTOR.copy())
def function_of_the_only_row(x):
    return np.apply_along_axis(np.sum, 0, x) ** 2 + np.sum(np.apply_along_axis(np.cumsum, 0, x)[2:])


@works(CUBE.copy())
def function_over_axes(x):
    return np.sum(np.apply_over_axes(np.sum, x, [0, -1]) ** 2) + np.sum(np.apply_over_axes(np.cumsum, x, 1)[:, 1])


@works(np.array([0.3, 0.7]))
def function_of_coordinates(x):
    def height(i, j, power):
        return x[0] * i**power + np.sin(j * x[1])

    total = 0.0
    for _ in range(2):
        total = total + np.sum(np.fromfunction(height, (3, 2), power=2))
    return total * np.sum(np.fromfunction(lambda i: i * x[0], (4,), dtype=int))


@works(VECTOR.copy(), 0.5)
def pieces(x, k):
    a = np.piecewise(x, [x < -0.5, x > 0.6], [lambda t: k * t**2, np.sin, k])
    b = np.piecewise(x, [x > 0.0], [scaled, 0.0], k, power=3)
    c = np.piecewise(x, x > 100.0, [lambda t: np.max(t), lambda t: t * k])
    return a @ WEIGHTS[:6] + np.sum(b) + np.sum(c)


@works(0.7, 2.0)
def pieces_of_a_number(x, k):
    y = np.piecewise(x, [x < 0.5, x >= 0.5], [lambda t: t, lambda t: k * t**2])
    return y * x


@works(VECTOR.copy())
def pieces_in_a_loop(x):
    for i in range(3):
        x = np.piecewise(x, [x > 0.1 * i], [lambda t: t * 0.9, lambda t: -t])
    return np.sum(x * WEIGHTS[:6])


# -- what is refused ----------------------------------------------------------------------------------


@refused(SQUARE.copy())
def order_of_memory(x):
    return np.sum(np.ravel(x.T, "K")[:2])


@refused(np.array([[0.3], [0.7]]), np.array([0.1, 0.2, 0.4]))
def write_to_what_is_broadcast(x, y):
    a, b = np.broadcast_arrays(x, y)
    a[0, 0] = 2.0
    return np.sum(a * b)


@refused(VECTOR.copy())
def pad_by_a_function(x):
    return np.sum(np.pad(x, 2, lambda vector, width, axis, kwargs: None))


@refused(VECTOR.copy())
def pad_with_nothing(x):
    return np.sum(np.pad(x, 2, mode="empty")[2:-2])


@refused(VECTOR.copy())
def part_written_and_whole_read(x):
    y = x * 2.0
    a, _ = np.split(y, 2)
    a[0] = 1.0
    return np.sum(y)


test_right, test_refused = PROGRAMS.tests()
test_tangent = PROGRAMS.test_of_tangents(
    "rows_in_a_loop", "function_of_rows", "function_along_the_middle_axis"
)  # lists


def test_emitted_code_calls_what_the_program_calls():
    def f(x, y):
        a, b = np.meshgrid(x, y)
        c, d = np.split(np.block([[a], [b]]), 2)
        return np.sum(c * d)

    derivative = grad(f, (0, 1))
    derivative(np.ones(2), np.ones(3))
    for line in ("v1, v2 = np.meshgrid(v_m1, v0)", "v3 = np.block([[v1], [v2]])", "v4, v5 = np.split(v3, 2)"):
        assert line in derivative.source
    assert "v3_bar = np.concatenate((v4_bar, v5_bar))" in derivative.source
