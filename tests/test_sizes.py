"""Axes that are said to be of one size, or of size one, are so in whatever a derivative computes."""

# pyright: basic

import copy
from collections import defaultdict

import numpy as np
import pytest

from s2s_ad.display.interpret import Interpreter
from s2s_ad.display.search import watch
from s2s_ad.errors import S2SError
from s2s_ad.ir.kinds import Array
from s2s_ad.ir.layers import Layer
from tests import programs
from tests.test_functions import FEW
from tests.test_jacobians import functions

assert functions, "a fixture"

LAYERS = {
    "reverse": ("grad",), "forward": ("jvp",), "jacobian": ("jacfwd",), "jacrev": ("jacrev",),
    "hessian": ("grad", "jacfwd"), "nested": ("jacrev", "jacfwd"), "all": ("jacfwd", "jacrev"),
}  # fmt: skip


@pytest.fixture
def seen(monkeypatch):
    """The sizes of axes in what runs, by their names, while all that is computed is looked at."""
    found = defaultdict(set)
    bind = Interpreter._set

    def checked(self, var, value, by):
        bind(self, var, value, by)
        kind = var.kind
        if isinstance(kind, Array) and kind.axes is not None and np.ndim(value) == len(kind.axes):
            for axis, mark in enumerate(kind.axes):
                length, size = np.shape(value)[axis], kind.size_of(axis)
                assert mark != "1" or length == 1, (var.name, kind, np.shape(value))
                if size is not None:
                    found[size].add(length)
                    assert len(found[size]) == 1, (var.name, kind.sizes, np.shape(value))

    monkeypatch.setattr(Interpreter, "_set", checked)
    return found


def check(f, args, argnums, mode):
    layers = tuple(Layer(sort, argnums) for sort in LAYERS[mode])
    try:
        watch(f, layers, copy.deepcopy(args), None, None)
    except (S2SError, ArithmeticError, ValueError, LookupError):
        pytest.skip("it is refused, or raises")


@pytest.mark.parametrize("mode", LAYERS)
@pytest.mark.parametrize("program", programs.ALL, ids=lambda program: program[0].__name__)
def test_sizes_in_derivatives_of_programs(program, mode, seen):
    f, *args = program
    check(f, args, tuple(programs.float_arguments(args)), mode)


@pytest.mark.parametrize("number", FEW)
def test_sizes_in_jacobians_of_functions(functions, number, seen):
    f, args = functions[number]
    args = [arg.astype(float) if isinstance(arg, np.ndarray) else float(arg) for arg in args]
    check(f, args, tuple(range(len(args))), ("jacrev", "jacobian")[number % 2])
