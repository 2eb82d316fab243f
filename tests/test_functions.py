"""Every function that has a rule, through the whole pipeline: emitted gradients against differences.

For each sample of the rules a function is written to a file, `sum(weights * f(args))`, differentiated
and compared with central differences; where the function is analytic, with the complex step too, which
has no rounding of differences (Squire & Trapp 1998, SIAM Review 40, 110-112).
"""

import importlib.util
import warnings

import numpy as np
import pytest

from s2s_ad import grad, jvp
from s2s_ad.errors import NoRuleError, S2SError
from s2s_ad.rules.language import lookup
from s2s_ad.rules.names import path_of
from tests.differences import assert_close, numeric_gradient
from tests.rules.samples import GIVE_COMPLEX, SAMPLES, is_float, turned

NOT_ANALYTIC = {
    "abs", "absolute", "fabs", "maximum", "minimum", "fmax", "fmin", "max", "min", "amax", "amin", "clip", "hypot",
    "norm", "arctan2", "real", "conj", "conjugate", "var", "std", "ptp", "sort", "vdot", "cholesky", "eigh",
    "eigvalsh", "nan_to_num", "logaddexp", "logaddexp2", "fmod", "mod", "remainder", "copysign", "cbrt", "slogdet",
    "float64", "float", "insert", "pad", "partition", "gammaln", "softmax", "logsumexp", "log_softmax", "sinc",
    "degrees", "radians", "deg2rad", "rad2deg", "interp", "dist", "astype", "full_like",
    "nanvar", "nanstd", "nanmax", "nanmin", "vector_norm", "matrix_norm", "median", "nanmedian", "quantile",
    "percentile", "nanquantile", "nanpercentile", "cov", "corrcoef", "histogram", "histogram_bin_edges", "histogram2d",
    "histogramdd", "qr", "svd", "svdvals", "cond", "pinv", "lstsq",
    "vecdot", "vecmat", "correlate", "polyfit", "gradient", "arange",
}  # fmt: skip
SCIPY = "scipy."
"""Of complex numbers its functions are computed by other means, which lose imaginary parts that are tiny."""
REFUSALS = (TypeError, ValueError, NotImplementedError, SystemError)
"""What functions raise that take no complex numbers."""
RESIDUES = ("lstsq", "[1]")
"""A result whose rank depends on sizes: a program cannot use it."""
HEAD = """import math, operator, builtins
import numpy, numpy.linalg
import scipy.fft, scipy.integrate, scipy.linalg, scipy.signal, scipy.special, scipy.stats

"""


def is_constant(value):
    """Say whether a program has the value written out."""
    if isinstance(value, tuple | list):
        return all(map(is_constant, value))
    return value is None or isinstance(value, bool | int | str)


class Writer:
    """Writes the text of one sample: floats become parameters, all else is read from the module."""

    form = "{y}"
    """What is summed over each result."""

    def __init__(self, number):
        self.number = number
        self.params = []
        self.values = {}

    def argument(self, value, active):
        if active and isinstance(value, tuple | list) and is_float(value):
            inner = ", ".join(self.argument(item, active) for item in value)
            return f"[{inner}]" if isinstance(value, list) else f"({inner},)"
        if active and is_float(value):
            self.params.append(value)
            return f"a{len(self.params)}"
        if is_constant(value):
            return repr(value)
        name = f"g{self.number}_{len(self.values)}"
        self.values[name] = value
        return name

    def text(self, sample):
        given = [self.argument(arg, position in sample.wrt) for position, arg in enumerate(sample.args)]
        given += [f"{name}={self.argument(value, name in sample.also)}" for name, value in sample.kwargs.items()]
        names = ", ".join(f"a{n + 1}" for n in range(len(self.params)))
        path = path_of(sample.fun)
        body = f"    y = {path}({', '.join(given)})\n"
        results = dict(paths_of(sample.fun(*sample.args, **sample.kwargs)))
        terms = []
        for i, (at, result) in enumerate(results.items()):
            if (is_float(result) or isinstance(result, np.floating)) and (sample.fun.__name__, at) != RESIDUES:
                weights = np.cos(1.0 + np.arange(np.size(result))).reshape(np.shape(result)).astype(float)
                self.values[f"w{self.number}_{i}"] = weights if np.ndim(weights) else float(weights)
                y = f"y{at if len(results) > 1 else ''}"
                terms.append(f"numpy.sum(w{self.number}_{i} * {self.form.format(y=y)})")
        return f"def f{self.number}({names}):\n{body}    return {' + '.join(terms)}\n\n"


def paths_of(value, path=""):
    """Yield the leaves of nested tuples and lists with the indices that lead to them."""
    if not isinstance(value, tuple | list):
        yield path, value
        return
    for i, item in enumerate(value):
        yield from paths_of(item, f"{path}[{i}]")


def leaves_of(value):
    return [leaf for item in value for leaf in leaves_of(item)] if isinstance(value, tuple | list) else [value]


def usable(sample):
    """Say whether a user can call it in a program: not a helper, with floats in and out."""
    path = path_of(sample.fun)
    results = leaves_of(sample.fun(*sample.args, **sample.kwargs))
    floats = any(is_float(leaf) or isinstance(leaf, np.floating) for leaf in results)
    return path is not None and not path.startswith("s2s_ad.") and floats and (sample.wrt or sample.also)


USABLE = [sample for sample in SAMPLES if sample.primal is None and usable(sample)]


def signature(sample):
    """Return what samples have in common that differ by shapes and axes only."""
    return path_of(sample.fun), tuple(sorted(sample.kwargs))


def first_of_each(samples):
    """Return the numbers of the first samples of each signature."""
    return set({signature(sample): number for number, sample in reversed([*enumerate(samples)])}.values())


def few(samples):
    """Return the numbers of samples as parameters, those that are no first ones for `--all-samples`."""
    first = first_of_each(samples)
    return [
        pytest.param(number, id=str(sample), marks=[] if number in first else [pytest.mark.further])
        for number, sample in enumerate(samples)
    ]


FIRST = first_of_each(USABLE)
"""The first of each signature: its second derivatives are taken both ways, those of the others by turns."""
NUMBERS = [pytest.param(number, id=str(sample)) for number, sample in enumerate(USABLE)]
FEW = few(USABLE)


def loaded(folder, name, writers, samples):
    """Write the programs of samples to a module and return each with the arguments that it takes."""
    path = folder / f"{name}.py"
    path.write_text(HEAD + "\n".join(writer.text(sample) for writer, sample in zip(writers, samples, strict=True)))
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for writer in writers:
        vars(module).update(writer.values)
    return [(getattr(module, f"f{writer.number}"), list(map(as_float, writer.params))) for writer in writers]


def as_float(value):
    return value.astype(float) if isinstance(value, np.ndarray) else float(value)


@pytest.fixture(scope="module")
def functions(tmp_path_factory):
    writers = [Writer(number) for number in range(len(USABLE))]
    return loaded(tmp_path_factory.mktemp("functions"), "samples_as_functions", writers, USABLE)


@pytest.mark.parametrize("number", NUMBERS)
def test_emitted_gradient_is_that_of_differences(functions, number):
    f, args = functions[number]
    with np.errstate(all="ignore"):
        gradients = grad(f, argnums=tuple(range(len(args))))(*args)
        for position, gradient in enumerate(gradients):
            assert_close(gradient, numeric_gradient(f, args, position), tolerance=1e-6)
            if is_analytic(USABLE[number]):
                compare_with_complex_step(f, args, position, gradient)
        compare_with_forward_mode(f, args, gradients)
        if not goes_by_memory(USABLE[number]):
            compare_with_other_strides(f, args, gradients)


def compare_with_forward_mode(f, args, gradients):
    """Check the tangent along all arguments, and along each alone: what is zero then is left out of the code."""
    directions = [np.cos(1.0 + i + np.arange(np.size(arg))).reshape(np.shape(arg)) for i, arg in enumerate(args)]
    directions = [direction if np.ndim(direction) else float(direction) for direction in directions]
    slopes = [np.sum(gradient * direction) for gradient, direction in zip(gradients, directions, strict=True)]
    size = sum(np.sum(np.abs(gradient * direction)) for gradient, direction in zip(gradients, directions, strict=True))
    for chosen in [range(len(args)), *([i] for i in range(len(args)) if len(args) > 1)]:
        tangents = [direction if i in chosen else None for i, direction in enumerate(directions)]
        _, tangent = jvp(f, args, tangents)
        assert tangent == pytest.approx(sum(slopes[i] for i in chosen), rel=1e-9, abs=1e-9 * max(size, 1.0))


def compare_with_other_strides(f, args, gradients):
    """Check the gradient by arrays that lie in memory in another order, with gaps."""
    positions = tuple(range(len(args)))
    for other in (with_gaps, np.asfortranarray):
        laid = [other(arg) if isinstance(arg, np.ndarray) and arg.ndim else arg for arg in args]
        for found, want in zip(grad(f, argnums=positions)(*laid), gradients, strict=True):
            np.testing.assert_allclose(found, want, rtol=1e-9, atol=1e-10 * np.max(np.abs(want), initial=1.0))


def with_gaps(x):
    return np.flip(np.repeat(np.flip(x, 0), 2, axis=-1)[..., ::2], 0)


@pytest.mark.parametrize("number", FEW)
def test_gradient_in_float32_is_that_in_float64(functions, number):
    if USABLE[number].fun is np.polydiv:
        pytest.skip("how long the remainder is, rounding decides")
    f, args = functions[number]
    single = [arg.astype(np.float32) if isinstance(arg, np.ndarray) else arg for arg in args]
    positions = tuple(range(len(args)))
    with np.errstate(all="ignore"):
        wants = grad(f, argnums=positions)(*[x.astype(float) if isinstance(x, np.ndarray) else x for x in single])
        founds = grad(f, argnums=positions)(*single)
    size = max(np.max(np.abs(want), initial=1.0) for want in wants)
    for found, want, x in zip(founds, wants, single, strict=True):
        if isinstance(x, np.ndarray):
            assert found.dtype == np.float32
            np.testing.assert_allclose(found, want, rtol=1e-4, atol=1e-4 * size)


def goes_by_memory(sample):
    """Say whether the order of elements in memory decides what a function gives."""
    return sample.fun is np.ravel and sample.args[1:] == ("A",)


def is_analytic(sample):
    """Say whether a function is one of complex numbers, which are computed as the real ones are."""
    name = sample.fun.__name__
    return name not in NOT_ANALYTIC and "dtype" not in sample.kwargs and not path_of(sample.fun).startswith(SCIPY)


def compare_with_complex_step(f, args, position, gradient, step=1e-30):
    direction = np.sin(2.0 + np.arange(np.size(gradient))).reshape(np.shape(gradient))
    changed = args[position] + 1j * step * direction
    moved = [*args[:position], changed if np.ndim(changed) else complex(changed), *args[position + 1 :]]
    try:
        derivative = np.imag(f(*moved)) / step
    except TypeError:  # this function takes no complex numbers
        return
    assert derivative == pytest.approx(np.sum(gradient * direction), rel=1e-10, abs=1e-10)


# ---- complex numbers --------------------------------------------------------------------------------


class ComplexWriter(Writer):
    """Writes a function of real parts and imaginary parts, that depends on all parts of the result."""

    def text(self, sample):
        text = super().text(sample)
        head, call, result = text.rstrip().split("\n")
        count = len(self.params)
        names, made = ", ".join(f"a{n + 1}" for n in range(count)), []
        if sample not in GIVE_COMPLEX:  # whose results are complex as it is
            self.params = [part for value in self.params for part in (value, turned(value).imag)]
            names = ", ".join(f"a{n + 1}, b{n + 1}" for n in range(count))
            made = [f"    a{n + 1} = a{n + 1} + 1j * b{n + 1}" for n in range(count)]
        expression = result.strip().removeprefix("return ")
        parts = [f"    s = {expression}", "    return numpy.real(s) + 2.0 * numpy.imag(s)", ""]
        return "\n".join([head.partition("(")[0] + f"({names}):", *made, call, *parts, ""])


TRANSFORMS = [sample for sample in GIVE_COMPLEX if usable(sample)]
COMPLEX = [*USABLE, *TRANSFORMS]


@pytest.fixture(scope="module")
def complex_functions(tmp_path_factory):
    writers = [ComplexWriter(number) for number in range(len(COMPLEX))]
    return loaded(tmp_path_factory.mktemp("functions"), "samples_as_complex_functions", writers, COMPLEX)


@pytest.mark.parametrize("number", few(COMPLEX))
def test_complex_operands_give_the_gradient_of_differences_or_are_refused(complex_functions, number):
    f, args = complex_functions[number]
    with warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        try:
            f(*args)
        except REFUSALS:  # this function takes no complex numbers
            with pytest.raises((S2SError, *REFUSALS)):
                grad(f)(*args)
            return
        except np.exceptions.ComplexWarning:  # so does the derivative, or it is refused
            with pytest.raises((NoRuleError, np.exceptions.ComplexWarning)):
                grad(f)(*args)
            return
        rule = lookup(path_of(COMPLEX[number].fun))
        if not rule.complex:
            with pytest.raises(NoRuleError, match="complex"):
                grad(f)(*args)
            return
        with np.errstate(all="ignore"):
            gradients = grad(f, argnums=tuple(range(len(args))))(*args)
            for position, gradient in enumerate(gradients):
                assert np.isrealobj(gradient)
                assert_close(gradient, numeric_gradient(f, args, position), tolerance=1e-6)
            trace = grad(f).trace(*args)
            directional = float(np.ravel(gradients[0])[0]) if np.size(gradients[0]) else 0.0
            assert trace.forward[-1].tangent == pytest.approx(directional, rel=1e-9, abs=1e-9)
