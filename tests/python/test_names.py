"""Names: whatever the program calls its variables, the emitted code does not mix them up with its own."""

# pyright: basic
# ruff: noqa: B007, F821, RET504

import sys

import numpy as np
import pytest

from s2s_ad import UnsupportedError, emit, grad, value_and_grad
from tests.judge import Programs

PROGRAMS = Programs()
works, defect, refused = PROGRAMS.works, PROGRAMS.defect, PROGRAMS.refused

X = np.array([1.0, 2.0, 3.0])


@works(0.7, 1.3)
def names_of_numbered_values(v1, v_m1):
    v0 = v1 * v_m1
    v2 = v0 + v1
    v3 = v2 * v0
    v1 = v3 * v2
    return v1 * v3


@works(0.7)
def names_of_adjoints(x):
    x_bar = x * 2.0
    y_bar = x_bar * x
    v0_bar = y_bar * x_bar
    v1_bar = np.sin(v0_bar)
    return v1_bar * v0_bar


@works(0.7, 1.3)
def parameters_called_as_adjoints(y_bar, x_bar):
    return y_bar * x_bar * x_bar


@works(0.7, 4)
def names_of_tapes(x, n):
    s_tape, tape, if_tape = x, x * 2.0, x * 3.0
    s = 0.0
    for i in range(n):
        if s < 1.0:
            s = s * tape + s_tape
        else:
            s = np.sin(s) * if_tape
        if_tape = if_tape * 0.5
    return s * if_tape


@works(0.7)
def name_of_the_module(x):
    np_ = x * 2.0
    math = np_ * x
    return np.sin(math) * np_


@works(0.7, 1.3)
def parameter_called_np(x, np):
    return x * np + np


@works(0.7)
def parameter_called_as_a_builtin(len):
    range = len * 2.0
    return abs(range) * len


@works(0.7, 3)
def builtins_are_shadowed(x, n):
    list = x * 2.0
    max = list * x
    total = 0.0
    for i in range(n):
        print(i)
        sum = total + max
        total = sum * 0.5
    return total + list


@works(X)
def builtin_is_shadowed_where_it_is_emitted(x):
    slice = 2.0
    zeros = x * slice
    y = zeros[1:]
    y[0] = 1.0
    return np.sum(zeros * y[0])


@works(0.7, 3)
def parameter_called_range(range, n):
    s = 0.0
    while n > 0:
        s = s + range * n
        n = n - 1
    return s


@works(0.7)
def underscore_is_a_name(x):
    _ = x * 2.0
    __ = _ * x
    return __ + _


@works(0.7, 3)
def underscore_as_loop_variable_that_is_read(x, n):
    s = x
    for _ in range(n):
        s = s * x + _
    return s * _


@works(0.7)
def soft_keywords(x):
    match = x * 2.0
    case = match * x
    type = case + match
    return type * case


@works(0.7)
def dunder_names(x):
    __name__ = x * 2.0
    __doc__ = __name__ * x
    __x__ = __doc__ + x
    return __x__


@works(0.7)
def unicode_names(x):
    α = x * 2.0
    β_1 = α * x
    ñ = β_1 + α
    日本 = ñ * x
    return 日本 + ñ


@works(0.7)
def unicode_names_are_normalised(x):
    ℌ = x * 2.0
    H = ℌ * x
    ﬁ = H * ℌ
    return fi * H


@works(0.7)
def unicode_parameter(ϵ):
    return ϵ * ϵ


@works(0.7)
def names_with_numbers_at_the_end(x):
    y = x * 2.0
    y_2 = y * x
    y_3 = y_2 * y
    if x > 0:
        y = y_3 * 2.0
    t1 = y * y_2
    t2 = t1 + y_3
    return t2 * t1


@works(0.7, 5)
def names_of_loop_helpers(x, n):
    count = x
    i = 2
    item = count * i
    while count < 5.0:
        count = count * 1.5 + item * 0.1
        i = i + 1
    return count * i


@works(X)
def names_of_copies(x):
    y = x * 1.0
    y_saved = y[0] * 3.0
    y_shape = y_saved * 2.0
    y[0] = y[1] * y[1]
    y *= y
    y_copy = y * 2.0
    return np.sum(y_copy) * y_saved * y_shape


@works(0.7)
def name_of_the_function_itself(x):
    name_of_the_function_itself = x * 2.0
    name_of_the_function_itself_vjp = name_of_the_function_itself * x
    return name_of_the_function_itself_vjp


@works(0.7)
def name_of_the_result(x):
    result = x * 2.0
    value = result * x
    seed = value + result
    return seed


@works({"for": 0.7, "x y": 2.0, "": 3.0, "π": 1.5, "class": 0.5})
def keys_that_are_no_names(d):
    return d["for"] * d["x y"] + d[""] * d["π"] * d["class"]


@works({"w": 0.7}, 1.3)
def leaf_called_as_another_parameter(p, p_w):
    p_w_bar = p["w"] * p_w
    return p_w_bar * p["w"]


@works(0.7)
def same_name_in_helper_and_caller(x):
    def helper(x):
        y = x * 3.0
        x = y * y
        return x

    y = helper(x) + x
    x = helper(y) * y
    return x


@works(0.7)
def helper_shadows_a_builtin(x):
    def abs(t):
        return t * t

    return abs(x) + abs(-x)


@works(0.7)
def comprehension_variable_does_not_leak(x):
    i = 5
    s = sum([x * i for i in range(3)])
    return s * i


@works(0.7)
def loop_variable_is_seen_after_the_loop(x):
    for i in range(3):
        pass
    for j in (x, x * 2.0):
        pass
    return i * j * x


class Model:
    __scale = 3.0

    @staticmethod
    def private_names(x):
        __hidden = x * 2.0
        _Model__other = __hidden * x
        return __other * __hidden


works(0.7)(Model.private_names)


@works(0.7)
def lambda_argument_shadows(x):
    y = x * 2.0
    f = lambda y: y * y
    return f(x) * y


@works(0.7)
def keyword_argument_called_as_a_local(x):
    def helper(x, *, np_sin, v1):
        return x * np_sin + v1

    v1 = x * 2.0
    return helper(v1, v1=x, np_sin=v1)


def global_scale():
    return 2.0


@works(0.7)
def local_hides_a_global(x):
    global_scale = x * 3.0
    return global_scale * x


def test_normalised_names_are_printed_as_python_reads_them():
    text = emit(unicode_names_are_normalised, "reverse", 0.7)
    assert not any("ℌ" in line.partition("#")[0] for line in text.split("\n"))
    compile(text, "module", "exec")


test_right, test_refused = PROGRAMS.tests()


# ---- names of the module, bound anew ----------------------------------------------------------------

AXIS = None


def summed_twice(x):
    return np.sum(np.cumsum(x, AXIS) ** 2)


def greater(x, y):
    return max(x, y) * abs(x)


@pytest.mark.parametrize("rebound", [0, 1, (1, 2), "a"])
def test_a_name_of_the_module_that_was_none_gives_the_new_value(rebound, monkeypatch):
    derivative, x = value_and_grad(summed_twice), np.arange(1.0, 7.0).reshape(2, 3)
    assert derivative(x)[0] == summed_twice(x)
    monkeypatch.setattr(sys.modules[__name__], "AXIS", rebound)
    if isinstance(rebound, int):
        assert derivative(x)[0] == summed_twice(x)
    else:
        with pytest.raises((UnsupportedError, TypeError)):
            derivative(x)
    monkeypatch.undo()
    assert derivative(x)[0] == summed_twice(x)


def test_a_builtin_that_is_shadowed_later_gives_the_new_value(monkeypatch):
    derivative = value_and_grad(greater)
    assert derivative(-3.0, 2.0) == (6.0, -2.0)
    monkeypatch.setitem(globals(), "abs", lambda x: x**3)
    assert derivative(-3.0, 2.0) == (-54.0, 54.0)
    monkeypatch.setitem(globals(), "max", lambda x, y: x + y)
    assert derivative(-3.0, 2.0)[0] == greater(-3.0, 2.0) == 27.0
    monkeypatch.undo()
    assert derivative(-3.0, 2.0) == (6.0, -2.0)


class Scaled:
    @staticmethod
    def static(x):
        return x * 5.0

    @classmethod
    def of_class(cls, x):
        return x * 7.0

    slope = grad(lambda self, x: x**3, argnums=1)

    def method(self, x):
        return x * 9.0


@pytest.mark.parametrize(("name", "value"), [("static", 5.0), ("of_class", 7.0), ("slope", 12.0), ("method", 9.0)])
def test_a_method_that_an_instance_shadows_later_gives_the_new_value(name, value):
    scaled = Scaled()
    derivative = grad(lambda x: getattr(scaled, name)(x))
    assert derivative(2.0) == value
    setattr(scaled, name, lambda x: x**4)
    assert derivative(2.0) == 32.0
    delattr(scaled, name)
    assert derivative(2.0) == value
