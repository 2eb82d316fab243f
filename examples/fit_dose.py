"""Fits a dose-response curve to measured data with the Newton methods of SciPy.

The data are the growth of ryegrass roots under ferulic acid (Inderjit, Streibig & Olofsdotter 2002, Physiologia
Plantarum 114, 422-428), 24 plants; the curve is the four-parameter log-logistic one.  Its Hessian and the
Hessian's products with vectors are emitted from the loss, which is all that is written by hand.

    python examples/fit_dose.py
"""

import numpy as np
from scipy.optimize import minimize

from s2s_ad import grad, hessian, hvp

DOSE = np.repeat([0.0, 0.94, 1.88, 3.75, 7.5, 15.0, 30.0], [6, 3, 3, 3, 3, 3, 3])
LENGTH = np.array([
    7.580000, 8.000000, 8.328571, 7.250000, 7.375000, 7.962500, 8.355556, 6.914286, 7.750000, 6.871429, 6.450000,
    5.922222, 1.925000, 2.885714, 4.233333, 1.187500, 0.857143, 1.057143, 0.687500, 0.525000, 0.825000, 0.250000,
    0.220000, 0.440000,
])  # fmt: skip
"""Lengths of roots in cm."""


def curve(parameters, dose):
    """Return the length of roots: from `top` down to `bottom`, half of that at `middle`."""
    slope, bottom, top, log_middle = parameters
    return bottom + (top - bottom) / (1.0 + (dose * np.exp(-log_middle)) ** slope)


def loss(parameters):
    """Return half the sum of squared deviations."""
    return 0.5 * np.sum((curve(parameters, DOSE) - LENGTH) ** 2)


def main():
    start = np.array([2.0, 0.5, 8.0, 1.0])
    gradient, curvature = grad(loss), hessian(loss)
    by_hessian = minimize(loss, start, method="trust-ncg", jac=gradient, hess=curvature)
    by_products = minimize(
        loss, start, method="Newton-CG", jac=gradient, hessp=lambda x, v: hvp(loss, (x,), (v,)), tol=1e-10
    )
    for name, found in [("trust-ncg, hess=", by_hessian), ("Newton-CG, hessp=", by_products)]:
        slope, bottom, top, log_middle = found.x
        print(
            f"{name:<18} slope {slope:.4f}, from {top:.4f} to {bottom:.4f} cm, half at {np.exp(log_middle):.4f} mM"
            f" after {found.nit} steps"
        )
    deviation = np.sqrt(2.0 * by_hessian.fun / (len(DOSE) - 4))
    errors = deviation * np.sqrt(np.diag(np.linalg.inv(curvature(by_hessian.x))))
    print(f"residual deviation {deviation:.4f} cm, standard errors {np.round(errors, 4)}")


if __name__ == "__main__":
    main()
