"""Gradient descent as the evals particle and saddle have it, with steps that grow and shrink.

Source: Pearlmutter & Siskind, Using programming language theory to make automatic differentiation sound and efficient
(2008).
"""

import math

from s2s_ad import grad, jvp

SMALL = 1e-5


def forward_grad(f, **options):
    """Return the gradient of f by its first argument, a tuple of numbers, each by a tangent of its own."""

    def gradient(point, *others):
        passive = [None] * len(others)
        units = [tuple([1.0 if m == n else 0.0 for m in range(len(point))]) for n in range(len(point))]
        return tuple([jvp(f, (point, *others), (unit, *passive), **options)[1] for unit in units])

    return gradient


MODES = {"f": forward_grad, "r": grad}
"""What gives the gradient by forward and by reverse mode."""


def length(point):
    return math.sqrt(sum([x * x for x in point]))


def argmin(f, gradient, point):
    """Return where the descent of f from a point ends."""
    value, slope, eta, successes = f(point), gradient(point), SMALL, 0
    while length(slope) > SMALL:
        if successes == 10:
            eta, successes = 2.0 * eta, 0
            continue
        step = tuple([eta * x for x in slope])
        if length(step) <= SMALL:
            break
        moved = tuple([x - y for x, y in zip(point, step)])
        new = f(moved)
        if new < value:
            point, value, slope, successes = moved, new, gradient(moved), successes + 1
        else:
            eta, successes = eta / 2.0, 0
    return point
