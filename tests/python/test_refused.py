"""What cannot be done right is refused, with its place and a remedy: never a wrong gradient, never a crash."""

# pyright: basic
# ruff: noqa: F821, F841, UP031

import asyncio
import functools
import itertools
import json
import re
import subprocess
import sys

import numpy as np
import pytest

from s2s_ad import grad, value_and_grad
from s2s_ad.errors import S2SError
from tests.judge import Programs

PROGRAMS = Programs()
works, defect, refused = PROGRAMS.works, PROGRAMS.defect, PROGRAMS.refused

X = np.array([1.0, 2.0, 3.0])
OBJECTS = np.array([1.0, None], dtype=object)
STRUCTURED = np.zeros(2, dtype=[("a", "f8"), ("b", "i4")])
MASKED = np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0])
MATRIX = np.matrix([[1.0, 2.0], [3.0, 4.0]])


def generator(x):
    yield x


@refused(0.7)
def call_of_a_generator(x):
    def items():
        yield x
        yield x * 2.0

    return sum(items())


def module_generator(x):
    yield x


@refused(0.7)
def call_of_a_generator_of_the_module(x):
    return sum(module_generator(x))


def yield_from(x):
    yield from [x]


async def asynchronous(x):
    return x * x


@refused(0.7)
def call_of_an_asynchronous_function(x):
    async def inner():
        return x

    return asyncio.run(inner())


@refused(0.7)
def lambda_with_yield(x):
    f = lambda: (yield x)
    return next(f())


@refused(0.7)
def evaluate(x):
    return eval("x * x")


@refused(0.7)
def execute(x):
    exec("y = x")
    return x


@refused(0.7)
def local_variables(x):
    return locals()["x"]


@refused(0.7)
def global_variables(x):
    return x * len(globals())


@refused(0.7)
def variables_of(x):
    return x * len(vars())


@refused(0.7)
def dynamic_import(x):
    return __import__("math").sin(x)


@refused(0.7)
def class_inside(x):
    class Point:
        pass

    return x


@refused(0.7)
def decorated_inside(x):
    @functools.cache
    def helper(t):
        return t * t

    return helper(x)


@refused(0.7)
def set_of_active_values(x):
    return len({x, x * 2.0}) * x


@refused(0.7)
def set_operation(x):
    return sum({1.0, 2.0} | {3.0}) * x


@refused(0.7)
def set_comprehension(x):
    return sum({x * i for i in range(3)})


@refused(0.7)
def frozen_set(x):
    return x * len(frozenset([1, 2]))


@refused(0.7)
def dict_with_an_active_key(x):
    return {x: 1.0}[x] * x


@refused(0.7)
def number_from_text(x):
    return float("%.3f" % x)


@refused(0.7)
def number_from_text_through_a_list(x):
    parts = f"{x} {x}".split()
    return float(parts[0])


@refused(0.7)
def number_from_text_through_a_branch(x):
    s = str(x) if x > 0 else "1.0"
    return float(s)


@refused(0.7, 3)
def number_from_text_through_a_loop(x, n):
    s = ""
    for _ in range(n):
        s = f"{x}"
    return float(s)


@refused(0.7)
def array_from_text(x):
    return np.sum(np.array([str(x)]).astype(float))


@refused(0.7)
def numpy_number_from_text(x):
    return np.float64(repr(x)) * x


@refused(0.7)
def number_from_a_part_of_a_text(x):
    head, comma, tail = f"{x},1".partition(",")
    return float(head)


@refused(0.7)
def number_from_a_slice_of_a_text(x):
    return float(str(x)[0:3]) * x


@refused(0.7)
def array_of_floats_from_text(x):
    return np.sum(np.array([f"{x}"], dtype=float))


@refused(0.7)
def numbers_from_a_loop_over_text(x):
    total = 0.0
    for part in f"{x} {x}".split():
        total = total + float(part)
    return total


@refused(0.7)
def number_from_text_in_a_helper(x):
    def parse(s):
        return float(s)

    return parse(str(x))


@refused(0.7, 2)
def number_from_text_in_a_recursive_function(x, n):
    def parse(s, k):
        return float(s) if k == 0 else parse(s, k - 1)

    return parse(str(x), n)


@refused(0.7)
def number_from_text_in_a_match(x):
    match str(x):
        case "1":
            return x
        case s:
            return float(s)


@refused(0.7)
def number_from_text_in_a_dict(x):
    d = {"a": f"{x}"}
    return float(d["a"])


@refused(0.7)
def number_from_encoded_text(x):
    return float(str(x).encode())


@refused(0.7)
def number_from_json(x):
    return json.loads(json.dumps(x))


@refused(0.7)
def regular_expression(x):
    return x * float(re.findall("[0-9]+", "12")[0])


@refused(0.7)
def process(x):
    return x * subprocess.call(["true"])


@refused(0.7)
def reading_a_file(x):
    return x * float(open("/dev/null").read() or 1.0)


@refused(X)
def load_an_array(x):
    return np.sum(x * np.load("nowhere.npy"))


@refused(0.7)
def object_array_made(x):
    return np.array([x, None], dtype=object)[0]


@refused(0.7)
def object_array_of_zeros(x):
    a = np.zeros(2, dtype=object)
    a[0] = x
    return a[0] * a[0]


@refused(X)
def object_array_by_a_cast(x):
    return np.sum(x.astype(object) * x)


@refused(0.7)
def object_array_filled(x):
    return np.full(2, x, dtype=object)[0]


@refused(0.7)
def object_array_captured(x):
    return OBJECTS[0] * x


@refused(0.7)
def structured_array_captured(x):
    return STRUCTURED["a"][0] * x


@refused(X)
def masked_array_captured(x):
    return np.sum(MASKED * x)


@refused(0.7)
def matrix_captured(x):
    return np.sum(MATRIX * x)


@refused(X)
def matrix_made(x):
    return np.sum(np.matrix(x))


@refused(X)
def vectorized(x):
    return np.sum(np.vectorize(lambda t: t * t)(x))


@refused(X)
def function_without_a_rule(x):
    return np.sum(np.subtract.accumulate(x))


@refused(0.7)
def number_from_the_text_of_an_exception(x):
    try:
        if x > 0.5:
            raise ValueError(x)
    except ValueError as error:
        return float(str(error))
    return x


@refused(0.7)
def number_from_a_dict_of_objects(x):
    return np.array({"a": x}).item()["a"]


@refused(0.7)
def iterator_of_itertools(x):
    return sum(x * i for i in itertools.count() if i < 3)


@refused(0.7)
def exit_of_the_process(x):
    if x > 0.5:
        sys.exit(1)
    return x


@works(0.7)
def matrix_product_in_place(x):
    a = np.eye(2) * x
    a.T[...] = 2.0
    return np.sum(a)


@refused(0.7)
def attribute_of_a_number(x):
    return x.nothing


@refused(0.7)
def method_of_a_number(x):
    return float.fromhex(x.hex())


@refused(0.7)
def call_of_a_number(x):
    return x(2.0)


@refused(0.7)
def name_that_is_not_defined(x):
    return x * undefined_name


@refused(0.7)
def name_that_is_bound_later(x):
    y = x * z
    z = 2.0
    return y


@refused(0.7)
def number_is_changed_in_place(x):
    x[0] = 1.0
    return x


@refused((0.7, 1.0))
def item_of_a_tuple_is_assigned(p):
    p[0] = 2.0
    return p[0]


@refused(0.7)
def index_out_of_range(x):
    p = (x, x)
    return p[2]


@refused(0.7)
def wrong_number_of_arguments(x):
    def helper(a, b):
        return a * b

    return helper(x)


@refused(0.7)
def unknown_keyword(x):
    def helper(a):
        return a

    return helper(x, c=1)


@refused(0.7)
def argument_given_twice(x):
    def helper(a):
        return a

    return helper(x, a=1)


@refused(0.7)
def complex_result(x):
    return (x + 1j) * x


@refused(X)
def array_result(x):
    return x * 2.0


@refused(0.7)
def no_result(x):
    y = x * 2.0


@refused(0.7)
def text_as_result(x):
    return str(x)


@refused(0.7)
def several_results(x):
    return x, x


@refused(0.7)
def local_exception(x):
    class Own(Exception):
        pass

    if x > 0.5:
        raise Own
    return x


@refused(0.7)
def type_alias_of_a_call(x):
    return type(x)(x) * x if False else type("T", (), {})() and x


@pytest.mark.parametrize("f", [generator, yield_from, asynchronous])
def test_what_returns_no_number_has_no_derivative(f):
    with pytest.raises(S2SError) as caught:
        value_and_grad(f)(0.7)
    assert caught.value.remedy


test_right, test_refused = PROGRAMS.tests()


def test_polyfit_with_covariance_is_refused_by_its_name():
    def fitted(y):
        coefficients, covariance = np.polyfit(np.arange(4.0), y, 2, cov=True)
        return np.sum(coefficients) + covariance[0, 0]

    with pytest.raises(S2SError, match=r"np\.polyfit with cov") as caught:
        grad(fitted)(np.ones(4))
    assert "np.vander" in str(caught.value)
