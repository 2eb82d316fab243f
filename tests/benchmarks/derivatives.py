"""What derivatives cost beside each other, measured: `python -m tests.benchmarks.derivatives`."""

import importlib.util
import os
import tempfile

import numpy as np

os.environ.setdefault("S2S_AD_CACHE_DIR", tempfile.mkdtemp(prefix="s2s_ad_benchmark_"))

from s2s_ad import grad, hessian, hvp, jacfwd, jvp
from tests.benchmarks.timing import fresh, medians

ROW = "{:<68} {:>9} {:>9}"
SIZES = 1_000, 10_000, 100_000, 1_000_000
"""Numbers in an array of straight-line code, of whose ratios the greatest counts.

Each is the median of several processes: it differs by process whether the C library gives memory back to the system
after a call of the function, of its derivative, of both or of neither, which may take as long as the function.
"""
WEIGHTS = np.random.default_rng(0).normal(size=(100, 100)) / 10.0


def straight_line(x, y):
    a = np.sin(x) * y
    b = a + x * y
    c = np.exp(-b * b)
    d = c / (2.0 + a * a)
    e = np.tanh(d + b) * x
    f = np.sqrt(1.0 + e * e)
    return np.sum(f * d - c)


def layer(x):
    return np.tanh(WEIGHTS @ x) * x + np.sin(x)


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def straight_lines(size):
    """Return the ratios of a tangent and of a gradient to the function, and of a Hessian's product to a gradient."""
    x, y = np.linspace(0.1, 0.9, size), np.linspace(0.5, 1.5, size)
    ones = np.ones_like(x)
    gradient = grad(straight_line, argnums=(0, 1))
    primal, tangent, adjoint, product = medians(
        lambda: straight_line(x, y),
        lambda: jvp(straight_line, (x, y), (ones, ones)),
        lambda: gradient(x, y),
        lambda: hvp(straight_line, (x, y), (ones, ones)),
        repeat=max(1, 30_000 // size),
    )
    return tangent / primal, adjoint / primal, product / adjoint


def jacobian_over_tangents():
    """Return the ratio of a Jacobian of R¹⁰⁰ → R¹⁰⁰ to a hundred tangents."""
    x, units = np.linspace(-1.0, 1.0, 100), np.eye(100)
    whole = jacfwd(layer)
    columns, each = medians(lambda: whole(x), lambda: [jvp(layer, (x,), (unit,)) for unit in units])
    return columns / each


def rosenbrock_hessian():
    """Return the microseconds of the Hessian in 50 dimensions, and its ratio to JAX's, nan where that is missing."""
    x, ours = np.linspace(-1.2, 1.4, 50), hessian(rosenbrock)
    if importlib.util.find_spec("jax") is None:
        (mine,) = medians(lambda: ours(x), repeat=50)
        return mine * 1e6, float("nan")
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    theirs = jax.jit(jax.hessian(lambda x: jnp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)))
    at = jnp.asarray(x)
    np.testing.assert_allclose(ours(x), theirs(at), rtol=1e-9, atol=1e-8)
    mine, other = medians(lambda: ours(x), lambda: theirs(at).block_until_ready(), repeat=50)
    return mine * 1e6, mine / other


def main():
    print(ROW.format("measure", "at most", "measured"))
    script = "from tests.benchmarks.derivatives import straight_lines; print(*straight_lines({}))"
    tangent, adjoint, product = map(max, zip(*(fresh(script.format(size)) for size in SIZES)))
    print(ROW.format("jvp over primal, straight-line NumPy code", "2.5", f"{tangent:.2f}"))
    print(ROW.format("gradient over primal, same", "4", f"{adjoint:.2f}"))
    print(ROW.format("hvp over gradient", "3", f"{product:.2f}"))
    print(ROW.format("Jacobian of R¹⁰⁰ → R¹⁰⁰ over 100 separate jvps", "0.1", f"{jacobian_over_tangents():.3f}"))
    mine, ratio = rosenbrock_hessian()
    print(ROW.format("Hessian of Rosenbrock in 50 dimensions, µs", "", f"{mine:.0f}"))
    print(ROW.format("Hessian of Rosenbrock over JAX's jitted hessian, warm", "1.0", f"{ratio:.2f}"))


if __name__ == "__main__":
    main()
