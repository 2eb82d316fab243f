"""Second derivatives through the rules of SciPy's functions: tangents of gradients against differences of gradients.

One sample of each function, which shows that its equations are made of functions that have rules themselves.
"""

import importlib.util

import numpy as np
import pytest

from s2s_ad import grad, jvp
from s2s_ad.rules.language import path_of
from tests.rules.samples import SCIPY
from tests.test_functions import HEAD, Writer, usable

NO_RULE_YET = {"scipy.linalg.det"}
"""The adjoint of a determinant has cofactors, which have no rule."""
FIRST = {
    path_of(sample.fun): sample
    for sample in reversed(SCIPY)
    if usable(sample) and all(np.size(arg) for arg in sample.args if isinstance(arg, np.ndarray))
}
CHOSEN = {path: sample for path, sample in sorted(FIRST.items()) if path not in NO_RULE_YET}


@pytest.fixture(scope="module")
def functions(tmp_path_factory):
    path = tmp_path_factory.mktemp("second") / "scipy_functions.py"
    writers = [Writer(number) for number in range(len(CHOSEN))]
    path.write_text(HEAD + "\n".join(writer.text(sample) for writer, sample in zip(writers, CHOSEN.values())))
    spec = importlib.util.spec_from_file_location("scipy_functions", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for writer in writers:
        vars(module).update(writer.values)
    return {name: (getattr(module, f"f{i}"), writers[i].params) for i, name in enumerate(CHOSEN)}


def direction(value, rng, symmetric):
    made = rng.standard_normal(np.shape(value))
    square = made.ndim > 1 and made.shape[-1] == made.shape[-2]
    return (made + made.mT if symmetric and square else made) if made.ndim else float(made)


@pytest.mark.parametrize("path", CHOSEN)
def test_tangent_of_the_gradient_is_that_of_differences(functions, path):
    f, args = functions[path]
    args = [arg.astype(float) if isinstance(arg, np.ndarray) else float(arg) for arg in args]
    rng = np.random.default_rng(4)
    along = [direction(arg, rng, CHOSEN[path].primal is not None) for arg in args]
    derivative = grad(f, argnums=tuple(range(len(args))))

    def slope(h):
        ahead, behind = (derivative(*[x + sign * h * d for x, d in zip(args, along)]) for sign in (1, -1))
        return [(a - b) / (2 * h) for a, b in zip(ahead, behind)]

    _, tangents = jvp(derivative, args, along)
    for tangent, near, far in zip(tangents, slope(1e-4), slope(2e-4)):
        np.testing.assert_allclose(tangent, (4 * near - far) / 3, rtol=1e-5, atol=1e-6)
