"""Gradients of whole programs are those that differences give, and the primal is what Python computes."""

import copy

import pytest

from s2s_ad import value_and_grad
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
