"""Minima inside of minima, by gradients in all combinations of modes.

Source: Pearlmutter & Siskind, Using programming language theory to make automatic differentiation sound and efficient
(2008): `particle` and `saddle`, of which GradBench has the results.
"""

import numpy as np
import pytest

from s2s_ad import grad, jacfwd

EPSILON = 1e-5
START = np.array([1.0, 1.0])


def length(v):
    return np.sqrt(np.sum(v * v))


def argmin(f, x, gradient):
    """Return where gradient descent with steps that grow and shrink ends."""
    slope_of = gradient(f)
    value, slope, eta, successes = f(x), slope_of(x), EPSILON, 0
    while length(slope) > EPSILON:
        if successes == 10:
            eta = eta * 2.0
            successes = 0
            continue
        moved = x - eta * slope
        if length(x - moved) <= EPSILON:
            break
        new = f(moved)
        if new < value:
            x, value, slope = moved, new, slope_of(moved)
            successes = successes + 1
        else:
            eta = eta / 2.0
            successes = 0
    return x


def landing(gradient):
    """Return how far from the origin a charged particle lands, squared, as a function of where another charge is."""

    def squared(w):
        def potential(x):
            near = np.array([10.0, 10.0 - w[0]])
            far = np.array([10.0, 0.0])
            return 1.0 / length(x - near) + 1.0 / length(x - far)

        force = gradient(potential)
        x, velocity = np.array([0.0, 8.0]), np.array([0.75, 0.0])
        moved = x + 0.1 * velocity
        while moved[1] > 0.0:
            acceleration = -force(x)
            x = moved
            velocity = velocity + 0.1 * acceleration
            moved = x + 0.1 * velocity
        last = x - x[1] / velocity[1] * velocity
        return last[0] ** 2

    return squared


def height(p, q):
    return np.sum(p**2) - np.sum(q**2)


def lowest(gradient):
    """Return the greatest height by q, as a function of p."""

    def of_p(p):
        q = argmin(lambda q: -height(p, q), START, gradient)
        return height(p, q)

    return of_p


@pytest.mark.parametrize("outer", [grad, jacfwd])
@pytest.mark.parametrize("inner", [grad, jacfwd])
def test_a_particle_is_led_home(outer, inner):
    (found,) = argmin(landing(inner), np.array([0.0]), outer)
    np.testing.assert_allclose(found, 0.2071918746486116, rtol=1e-7)


@pytest.mark.parametrize("outer", [grad, jacfwd])
@pytest.mark.parametrize("inner", [grad, jacfwd])
def test_a_saddle_is_found(outer, inner):
    p = argmin(lowest(inner), START, outer)
    q = argmin(lambda q: -height(p, q), START, outer)
    np.testing.assert_allclose([*p, *q], [8.246324826140356e-06] * 4, rtol=1e-7)
