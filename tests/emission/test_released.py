"""Arrays are let go when nothing reads them any more."""

import tracemalloc

import numpy as np

from s2s_ad import emit, grad, jvp, value_and_grad


def chain(x):
    y = x
    y = np.sin(y) * x
    y = np.exp(-y) + x
    y = np.tanh(y) * y
    y = np.sqrt(y * y + 1.0)
    y = np.log(y) * x
    y = np.cos(y) - x
    y = np.arctan(y) * y
    return np.sum(y)


def peak(call, *args):
    call(*args)
    tracemalloc.start()
    try:
        call(*args)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_tangents_of_a_long_chain_need_little_memory():
    x = np.linspace(0.1, 0.9, 10_000)
    lean = peak(lambda: jvp(chain, (x,), (x,)))
    whole = peak(lambda: jvp(chain, (x,), (x,), optimize=False))
    assert lean < 12 * x.nbytes < 20 * x.nbytes < whole


def test_gradients_are_the_same_where_nothing_is_let_go():
    x = np.linspace(0.1, 0.9, 7)
    assert "del " in emit(chain, "reverse", x)
    np.testing.assert_array_equal(grad(chain)(x), grad(chain, optimize=False)(x))


def short(x):
    return np.sum(np.sin(x) * x)


def test_short_functions_let_nothing_go():
    assert "del " not in emit(short, "reverse", np.ones(3))


def written_in_a_branch(x, y):
    if x[0] > 0.0:
        a, b, c, d = np.sin(x), np.cos(x), np.tan(x), np.exp(x)
        y[:] = y * 2.0 + a * b * c * d
        e, f, g, h = a * b, b * c, c * d, d * a
        y = e * f * g * h + y
        y = y * e + f * np.sin(y)
        y = y * g + h * np.sin(y)
    return np.sum(x * np.size(y)) + np.sum(y)


def test_an_array_that_a_branch_writes_is_there_after_it():
    x = np.linspace(0.5, 1.0, 3)
    found = value_and_grad(written_in_a_branch, (0, 1))(x, x.copy())
    wanted = value_and_grad(written_in_a_branch, (0, 1), optimize=False)(x, x.copy())
    np.testing.assert_array_equal(found[0], wanted[0])
    np.testing.assert_array_equal(found[1], wanted[1])


def loop(x, steps):
    y = x
    for _ in range(steps):
        a, b = np.sin(y), np.cos(y)
        c, d = a * b, a + b
        e, f = c * d, c + d
        y = y + 0.01 * (e * f + np.tanh(e) * np.exp(-f) + np.sin(f) * np.cos(e))
    return np.sum(y)


def test_arrays_of_an_iteration_are_let_go_in_it():
    x = np.linspace(0.5, 1.0, 4)
    body = emit(loop, "forward", x, 3).partition("for ")[2]
    assert "\n        del " in body
    np.testing.assert_array_equal(jvp(loop, (x, 5), (x, None))[1], jvp(loop, (x, 5), (x, None), optimize=False)[1])
