"""Second derivatives of every function that has a rule, through the whole pipeline.

The programs are those of `test_functions`, but that what they sum is no linear function of the results: so the
adjoint of a result varies too, and equations, which are linear in it, are differentiated by all that they read.
Forward over reverse is compared with differences of the gradient, and reverse over reverse with forward over
reverse: a Hessian is symmetric.
"""

import warnings

import numpy as np
import pytest

from s2s_ad import grad, jvp, vjp
from s2s_ad.errors import NoRuleError
from s2s_ad.rules.language import lookup
from s2s_ad.rules.names import path_of
from tests.test_functions import COMPLEX, FEW, FIRST, REFUSALS, USABLE, ComplexWriter, Writer, loaded, signature


class BentWriter(Writer):
    form = "({y} + 0.5 * {y} * {y})"


class BentComplexWriter(ComplexWriter):
    form = BentWriter.form


OF_COMPLEX = [*{signature(sample): sample for sample in COMPLEX if lookup(path_of(sample.fun)).complex}.values()]
"""One of each signature."""


def has_one_derivative_only(sample):
    """Say whether further ones are refused, of what depends on vectors of equal singular values."""
    return sample.fun is np.linalg.pinv and (len(sample.args) > 1 or bool({"rcond", "rtol"} & set(sample.kwargs)))


ONE_OF_COMPLEX = {"scipy.special.gamma", "scipy.special.loggamma"}
"""Their first derivatives have the digamma function, of which SciPy has no derivative for complex numbers."""


THIRD_HAS_A_KINK = {"norm((3,),3,)"}
"""Samples where differences of the gradient are not as near to the second derivative: |x|³ where x is 0."""


@pytest.fixture(scope="module")
def functions(tmp_path_factory):
    writers = [BentWriter(number) for number in range(len(USABLE))]
    return loaded(tmp_path_factory.mktemp("second"), "samples_twice", writers, USABLE)


@pytest.fixture(scope="module")
def complex_functions(tmp_path_factory):
    writers = [BentComplexWriter(number) for number in range(len(OF_COMPLEX))]
    return loaded(tmp_path_factory.mktemp("second"), "complex_samples_twice", writers, OF_COMPLEX)


@pytest.mark.parametrize("number", FEW)
def test_hessian_is_that_of_differences_and_symmetric(functions, number):
    f, args = functions[number]
    if has_one_derivative_only(USABLE[number]):
        with pytest.raises(NoRuleError, match=r"no second derivative of numpy\.linalg\.pinv"):
            jvp(grad(f), args, args)
        return
    ways = ("forward", "reverse") if number in FIRST else ("forward",) if number % 2 else ("reverse",)
    compare(f, args, ways, tolerance=1e-4 if str(USABLE[number]) in THIRD_HAS_A_KINK else 5e-6)


@pytest.mark.parametrize("number", range(len(OF_COMPLEX)), ids=[str(sample) for sample in OF_COMPLEX])
def test_hessian_of_complex_operands_is_that_of_differences_and_symmetric(complex_functions, number):
    f, args = complex_functions[number]
    with warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        try:
            f(*args)
        except (*REFUSALS, np.exceptions.ComplexWarning):
            pytest.skip("takes no complex numbers")
    if has_one_derivative_only(OF_COMPLEX[number]) or path_of(OF_COMPLEX[number].fun) in ONE_OF_COMPLEX:
        with pytest.raises(NoRuleError, match=r"no second derivative|real numbers"):
            jvp(grad(f), args, args)
        return
    compare(f, args)


def compare(f, args, ways=("forward", "reverse"), tolerance=5e-6):
    """Compare the Hessian times a direction with differences of the gradient, and both ways to it with each other."""
    gradient = grad(f, argnums=tuple(range(len(args))))
    along = tuple(np.cos(1.0 + i + np.arange(np.size(arg))).reshape(np.shape(arg))[()] for i, arg in enumerate(args))

    def flat(parts):
        for part, arg in zip(parts, args, strict=True):
            assert np.shape(part) == np.shape(arg)
        return np.concatenate([np.ravel(part) for part in parts])

    def moved(step):
        return flat(gradient(*(arg + step * direction for arg, direction in zip(args, along, strict=True))))

    products = {"forward": lambda: jvp(gradient, args, along)[1], "reverse": lambda: vjp(gradient, *args)[1](along)}
    with np.errstate(all="ignore"):
        found = [flat(products[way]()) for way in ways]
        a, b, c, d = (moved(step) for step in (-1e-4, -5e-5, 5e-5, 1e-4))
    expected = (8 * (c - b) - (d - a)) / 6e-4
    size = max(1.0, float(np.linalg.norm(expected)))
    assert np.linalg.norm(found[0] - expected) <= tolerance * size
    assert np.linalg.norm(found[-1] - found[0]) <= 1e-9 * size


def product_of_parts(x):
    y = np.unstack(x)
    return y[0] * y[1] + y[2] ** 2


def test_tuple_of_numpy_is_kept_for_the_pullback():
    _, pull = vjp(grad(product_of_parts), np.array([2.0, 3.0, 5.0]))
    np.testing.assert_array_equal(pull(np.array([1.0, 10.0, 100.0]))[0], [10.0, 1.0, 200.0])


# ---- where values are equal -------------------------------------------------------------------------


ROTATION = np.linalg.qr(np.random.default_rng(0).standard_normal((4, 4)))[0]
EQUAL = ROTATION @ np.diag([1.0, 1.0, 2.0, 3.0]) @ ROTATION.T
"""A matrix with eigenvalues that are equal but for rounding."""
ALONG = np.cos(np.arange(16.0)).reshape(4, 4)


def root_by_eigenvectors(a):
    w, v = np.linalg.eigh(a)
    return np.sum(ALONG * ((v * np.sqrt(w)) @ v.T))


def cubes_of_eigenvalues(a):
    return np.sum(np.linalg.eigvalsh(a) ** 3)


def fourth_powers_of_singular_values(a):
    return np.sum(np.linalg.svd(a, compute_uv=False) ** 4)


def nuclear_norm(a):
    return np.linalg.norm(a, "nuc")


def condition_by_nuclear_norms(a):
    return np.linalg.cond(a, "nuc")


def test_vectors_of_equal_eigenvalues_give_nan_and_no_noise():
    with np.errstate(all="ignore"):
        assert np.isnan(grad(root_by_eigenvectors)(EQUAL)).any()
        assert np.isnan(jvp(root_by_eigenvectors, (EQUAL,), (ALONG,))[1])


@pytest.mark.parametrize("f", [cubes_of_eigenvalues, fourth_powers_of_singular_values])
def test_second_derivatives_by_vectors_of_equal_values_are_nan_and_no_noise(f):
    with np.errstate(all="ignore"):
        assert np.isnan(jvp(grad(f), (EQUAL,), (ALONG,))[1]).any()
        assert np.isnan(vjp(grad(f), EQUAL)[1](ALONG)[0]).any()


@pytest.mark.parametrize("f", [nuclear_norm, condition_by_nuclear_norms])
@pytest.mark.parametrize("a", [EQUAL, np.eye(4), np.diag([2.0, 2.0, 1.0, 1.0])], ids=["rounded", "one", "pairs"])
def test_nuclear_norm_is_smooth_where_singular_values_are_equal(f, a):
    compare(f, [a])
