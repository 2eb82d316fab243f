"""det: a determinant by expansion along the first row, and so on recursively."""

import numpy as np

from s2s_ad import grad


def minor(A, columns):
    """Return the determinant of the last rows of A in some columns, as many as there are rows."""
    i = len(A) - len(columns)
    if len(columns) == 1:
        return A[i, columns[0]]
    total, sign = 0.0, 1.0
    for n, column in enumerate(columns):
        total += sign * A[i, column] * minor(A, columns[:n] + columns[n + 1 :])
        sign = -sign
    return total


def determinant(A):
    return minor(A, list(range(len(A))))


def arguments(given):
    return (np.reshape(np.array(given["A"], float), (given["ell"], given["ell"])),)


def functions(**options):
    gradient = grad(determinant, **options)
    return {"primal": determinant, "gradient": lambda A: gradient(A).ravel()}
