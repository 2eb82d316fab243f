"""Gradients of whole programs are those that differences give, and the primal is what Python computes."""

import copy

import numpy as np
import pytest

from s2s_ad import DifferentiationError, grad, value_and_grad
from tests import programs
from tests.differences import assert_close, numeric_gradient


@pytest.mark.parametrize("program", programs.ALL, ids=lambda program: program[0].__name__)
def test_gradient_of_program(program):
    f, *args = program
    argnums = tuple(programs.float_arguments(args))
    wanted = f(*copy.deepcopy(args))
    value, gradients = value_and_grad(f, argnums)(*copy.deepcopy(args))
    assert value == wanted and type(value) is type(wanted)
    for n, gradient in zip(argnums, gradients, strict=True):
        assert_close(gradient, numeric_gradient(f, args, n))


def test_long_lists_of_numbers_are_known_again_by_their_type():
    derivative = grad(lambda xs: sum(x * x for x in xs))
    for size in (3, 5000, 3):
        assert derivative([1.0] * size) == [2.0] * size


def test_arrays_are_known_again_by_their_dtypes_and_by_axes_of_length_one():
    derivative = grad(lambda x, y: np.sum(x * y), (0, 1))
    x = np.array([1.0, 2.0, 3.0])
    for _ in range(2):
        assert derivative(x, x)[1].tolist() == [1.0, 2.0, 3.0]
        assert derivative(x, x[:1])[1].tolist() == [6.0]
        assert derivative(x[:1], x[:1])[1].tolist() == [1.0]
        assert derivative(x.astype(np.float32), x)[0].dtype == np.float32
        with pytest.raises(DifferentiationError):
            derivative(np.array([1, 2, 3]), x)
