"""Find how fast heat spreads in a rod from its temperatures at the end: a simulation with arrays in place.

The rod is stepped explicitly, u' = u + k (u₋ - 2u + u₊), with a conductivity that falls where it is hot.
"""

import numpy as np

from s2s_ad import value_and_grad

STEPS = 200


def simulate(conductivity, cooling, start):
    """Return the temperatures after all steps; the ends are held at zero."""
    u = start.copy()
    for _ in range(STEPS):
        k = conductivity / (1.0 + cooling * u[1:-1] ** 2)
        u[1:-1] += k * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return u


def misfit(conductivity, cooling, start, measured):
    return np.mean((simulate(conductivity, cooling, start) - measured) ** 2)


def main():
    start = np.sin(np.linspace(0.0, np.pi, 64)) * np.linspace(1.0, 2.0, 64)
    start[0] = start[-1] = 0.0
    measured = simulate(0.3, 0.5, start)
    gradient = value_and_grad(misfit, argnums=(0, 1))
    conductivity, cooling = 0.2, 0.1
    step = np.zeros(2)
    for _ in range(400):
        value, slopes = gradient(conductivity, cooling, start, measured)
        step = 0.9 * step - np.array([1.0, 20.0]) * slopes
        conductivity, cooling = conductivity + float(step[0]), cooling + float(step[1])
    print(f"conductivity {conductivity:.3f} (0.300), cooling {cooling:.3f} (0.500), misfit {value:.1e}")
    return conductivity, cooling


if __name__ == "__main__":
    main()
