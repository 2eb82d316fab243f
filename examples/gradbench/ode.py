"""ode: y₀' = x₀ and yᵢ' = xᵢ yᵢ₋₁, from zero over two units of time, by the classical Runge-Kutta method."""

import numpy as np

from s2s_ad import grad

DURATION = 2.0


def slope(x, y):
    z = np.empty_like(x)
    z[0] = x[0]
    z[1:] = x[1:] * y[:-1]
    return z


def solve(x, steps):
    """Return y at the end."""
    h = DURATION / steps
    y = np.zeros_like(x)
    for _ in range(steps):
        k1 = slope(x, y)
        k2 = slope(x, y + h / 2 * k1)
        k3 = slope(x, y + h / 2 * k2)
        k4 = slope(x, y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return y


def last(x, steps):
    return solve(x, steps)[-1]


def arguments(given):
    return np.array(given["x"], float), given["s"]


def functions(**options):
    return {"primal": solve, "gradient": grad(last, **options)}
