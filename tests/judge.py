"""Judges programs: value, effects and exceptions are Python's own, gradients are right, refusals are clear.

A test module collects its programs in one `Programs`:

    PROGRAMS = Programs()
    works, refused = PROGRAMS.works, PROGRAMS.refused

    @works(0.7, np.ones(3))
    def a_program(x, y): ...

    test_right, test_refused = PROGRAMS.tests()
"""

# pyright: basic

import contextlib
import copy
import io
import warnings

import numpy as np
import pytest

from s2s_ad import grad, jvp, value_and_grad
from s2s_ad.errors import S2SError
from tests.differences import assert_close, is_float, leaves, numeric_gradient, replaced
from tests.programs import float_arguments


class Programs:
    """The programs of a test module, each with the arguments at which it is judged."""

    def __init__(self, *, alone=False):
        self.right = []
        self.unclear = []
        self.alone = alone
        """Whether the gradient without the value is judged too."""

    def works(self, *args, tol=None, want=None, marks=()):
        """Register a program with arguments, and with its gradients where differences do not give them."""

        def register(f):
            self.right.append(pytest.param(f, args, tol, want, marks=marks, id=f.__name__))
            return f

        return register

    def defect(self, reason, *args, tol=None, want=None):
        """Register a program that goes wrong."""
        return self.works(*args, tol=tol, want=want, marks=pytest.mark.xfail(strict=True, reason=reason))

    def refused(self, *args):
        """Register a program that is refused, with place and remedy, and not done wrong."""

        def register(f):
            self.unclear.append(pytest.param(f, args, id=f.__name__))
            return f

        return register

    def tests(self):
        """Return the test of what works and the test of what is refused."""

        @pytest.mark.parametrize(("f", "args", "tol", "want"), self.right)
        def test_right(f, args, tol, want):
            with warnings.catch_warnings():
                judge(f, args, tol, want, self.alone)

        @pytest.mark.parametrize(("f", "args"), self.unclear)
        def test_refused(f, args):
            judge_refusal(f, args)

        return test_right, test_refused

    def test_of_tangents(self, *without):
        """Return the test that tangents agree with gradients, for the programs that are not named."""
        chosen = [param for param in self.right if param.id not in without]

        @pytest.mark.parametrize(("f", "args", "tol", "want"), chosen)
        def test_tangent(f, args, tol, want):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                judge_tangent(f, args)

        return test_tangent


def judge_tangent(f, args):
    """Assert that the tangent by the first float is the first item of the gradient."""
    if outcome(f, copy.deepcopy(args))[1] is not None:
        return
    derivative = value_and_grad(f)
    _, gradient = derivative(*copy.deepcopy(args))
    first = next((float(item) for leaf in leaves(gradient) for item in np.ravel(leaf)), 0.0)
    tangent = derivative.trace(*copy.deepcopy(args)).forward[-1].tangent
    np.testing.assert_allclose(float(tangent), first, rtol=1e-9, atol=1e-9)


def judge(f, args, tol=None, want=None, alone=False):
    """Assert that the derivative of f does what f does, and gives its gradients."""
    warnings.simplefilter("ignore")
    argnums = tuple(float_arguments(args))
    first, second, third = (copy.deepcopy(args) for _ in range(3))
    value, error, printed = outcome(f, first)
    derivative = value_and_grad(f, argnums)
    result, raised, out = outcome(derivative, second)
    assert out == printed
    if alone:
        judge_alone(f, args, argnums, first, (result and result[1], raised, out))
    if error is not None or raised is not None:
        assert type(raised) is type(error) and str(error).startswith(str(raised)), f"{raised!r} is not {error!r}"
        return
    assert same(result[0], value), f"{result[0]!r} is not {value!r}"
    assert same(second, first), f"side effects: {second} is not {first}"
    assert same(list(outcome(derivative, third)[0]), list(result)), "the second call differs"
    low = any(getattr(leaf, "dtype", None) == np.float32 for leaf in leaves(list(args)))
    arrays = [leaf for leaf in leaves(list(second)) if isinstance(leaf, np.ndarray)]
    for n, gradient in zip(argnums, result[1], strict=True):
        numeric = want[argnums.index(n)] if want else numeric_gradient(f, args, n, step=1e-2 if low else 1e-4)
        if want:
            np.testing.assert_allclose(np.asarray(gradient, float), numeric, rtol=1e-6, atol=1e-9)
        else:
            assert_close(gradient, numeric, tol or (1e-3 if low else 1e-6))
        for leaf, given in zip(leaves(gradient), leaves(args[n]), strict=True):
            if not is_float(given):
                assert leaf is None
            elif isinstance(given, np.ndarray):
                assert isinstance(leaf, np.ndarray) and leaf.dtype == given.dtype and leaf.flags.writeable
                assert not any(np.shares_memory(leaf, other) for other in arrays)
                arrays.append(leaf)
            else:
                assert isinstance(leaf, type(given)), f"{type(leaf)} for {type(given)}"
    judge_forward(f, args, argnums, result, first, low)


def judge_alone(f, args, argnums, after, found):
    """Assert that the gradient without the value is the one beside it, and has the same effects and exceptions."""
    given = copy.deepcopy(args)
    gradient, error, printed = found
    alone, raised, out = outcome(lambda *args: specialized(grad(f, argnums), args), given)
    assert (type(raised), out) == (type(error), printed), f"alone: {raised!r}"
    assert same(given, after), f"side effects alone: {given} is not {after}"
    if error is None:
        for x, y in zip(leaves(alone), leaves(gradient), strict=True):
            assert np.asarray(x).dtype == np.asarray(y).dtype and isinstance(x, np.ndarray) == isinstance(y, np.ndarray)
            assert x is None or close(x, y), f"alone: {x} is not {y}"


def specialized(derivative, args):
    """Return what the bare function gives for arguments as the function takes them: with defaults, and as *args."""
    values = derivative._bind(args, {})
    variant = derivative._emitted(derivative._signature(values), derivative._layers)
    return derivative._bare(variant, values, variant.read() or ())


def close(x, y):
    """Say whether numbers or arrays agree to rounding, in the precision they have."""
    low = getattr(x, "dtype", None) == np.float32
    scale = np.max(np.abs(y), initial=1.0, where=np.isfinite(y))
    return np.allclose(x, y, rtol=0, atol=(1e-5 if low else 1e-12) * scale, equal_nan=True)


def judge_forward(f, args, argnums, result, after, low):
    """Assert that forward mode does what f does, and that its tangent is that of the gradients."""
    given = copy.deepcopy(args)
    tangents = directions(args, argnums)
    kept = copy.deepcopy(tangents)
    found, raised, _ = outcome(lambda *args: jvp(f, args, tangents), given)
    assert raised is None, f"forward: {raised!r}"
    assert same(found[0], result[0]), f"forward: {found[0]!r} is not {result[0]!r}"
    assert same(given, after), f"side effects forward: {given} is not {after}"
    assert same(tangents, kept), "the tangents were changed"
    want = [x * np.asarray(y, float) for x, y in pairs(tangents, argnums, result[1])]
    tangent, want = float(found[1]), [number for product in want for number in np.ravel(product)]
    scale = 1.0 + sum(map(abs, want))
    if np.isfinite(scale):
        assert abs(tangent - sum(want)) <= (1e-4 if low else 1e-11) * scale, f"forward: {tangent} is not {sum(want)}"


def directions(args, argnums):
    """Return a tangent for each argument, None where it does not vary."""
    rng = np.random.default_rng(5)

    def like(leaf):
        if not is_float(leaf):
            return None
        made = rng.normal(size=np.shape(leaf))
        return made.astype(leaf.dtype) if isinstance(leaf, np.ndarray) else type(leaf)(made)

    return tuple(
        replaced(arg, iter([like(leaf) for leaf in leaves(arg)])) if n in argnums else None
        for n, arg in enumerate(args)
    )


def pairs(tangents, argnums, gradients):
    """Yield the leaves of tangents and gradients that belong together."""
    for n, gradient in zip(argnums, gradients, strict=True):
        yield from ((x, y) for x, y in zip(leaves(tangents[n]), leaves(gradient), strict=True) if y is not None)


def judge_refusal(f, args):
    """Assert that f is refused with place and remedy."""
    argnums = tuple(n for n, arg in enumerate(args) if any(is_float(leaf) for leaf in leaves(arg)))
    with pytest.raises(S2SError) as caught:
        value_and_grad(f, argnums)(*args)
    assert caught.value.place is not None
    assert caught.value.remedy


def same(a, b):
    """Say whether two trees have equal leaves of the same types."""
    pairs = list(zip(leaves(a), leaves(b), strict=True))
    return all(
        type(x) is type(y)
        and np.array_equal(x, y, equal_nan=is_float(x))
        and getattr(x, "dtype", 0) == getattr(y, "dtype", 0)
        for x, y in pairs
    )


def outcome(f, args):
    """Return what a call gives or raises, and what it prints."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        try:
            return f(*args), None, out.getvalue()
        except S2SError:
            raise
        except Exception as error:
            return None, error, out.getvalue()
