"""llsq: the misfit of a polynomial with coefficients x to the sign function, in the least squares sense."""

import numpy as np

from s2s_ad import grad


def misfit(x, n):
    t = np.linspace(-1.0, 1.0, n)
    fitted = np.zeros(n)
    for coefficient in x[::-1]:
        fitted = fitted * t + coefficient
    return np.sum((np.sign(t) - fitted) ** 2) / 2


def arguments(given):
    return np.array(given["x"], float), given["n"]


def functions(**options):
    return {"primal": misfit, "gradient": grad(misfit, **options)}
