"""particle: where to put a charge that leads another one, which flies past it, to the origin."""

import math

from descent import MODES, argmin

STEP = 0.1


def distance(x, y):
    return math.sqrt(x * x + y * y)


def potential(at, w):
    x, y = at
    return 1.0 / distance(x - 10.0, y - 10.0 + w) + 1.0 / distance(x - 10.0, y)


def leader(outer, inner, options):
    """Return what finds the place, by the modes of the outer and inner gradients."""
    slope = inner(potential, **options)

    def miss(place):
        """Return how far from the origin the particle crosses the axis, squared."""
        (w,) = place
        x, y, u, v = 0.0, 8.0, 0.75, 0.0
        while y + STEP * v > 0.0:
            by_x, by_y = slope((x, y), w)
            x, y = x + STEP * u, y + STEP * v
            u, v = u - STEP * by_x, v - STEP * by_y
        return (x - y / v * u) ** 2

    by_place = outer(miss, **options)
    return lambda w: argmin(miss, by_place, (w,))[0]


def arguments(given):
    return (float(given["w"]),)


def functions(**options):
    return {outer + inner: leader(MODES[outer], MODES[inner], options) for outer in MODES for inner in MODES}
