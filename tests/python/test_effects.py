"""Effects: what the program prints, logs, draws and writes happens once and in order, also where it raises."""

# pyright: basic
# ruff: noqa: RET504

import io
import logging
import random
import sys
import time
import warnings

import numpy as np
import pytest

from s2s_ad import value_and_grad
from tests.judge import Programs

PROGRAMS = Programs()
works, defect, refused = PROGRAMS.works, PROGRAMS.defect, PROGRAMS.refused

X = np.array([1.0, 2.0, 3.0])
logger = logging.getLogger("s2s_ad.tests.effects")
rng = np.random.default_rng(0)
legacy = np.random.RandomState(0)
LOG = []
SAME = LOG
BUFFER = io.StringIO()


@works(0.7)
def print_in_order(x):
    print("first")
    y = x * x
    print("second", y, sep="|", end="!\n")
    z = y + x
    print(z, x)
    return z


@works(0.7, 3)
def print_in_a_loop(x, n):
    s = 0.0
    for i in range(n):
        s = s + x * i
        print(i, s)
    print("done")
    return s * s


@works(0.7)
@works(0.3)
def print_in_branches(x):
    if x > 0.5:
        print("large", x)
        y = x * x
    else:
        print("small")
        y = x
    print("end")
    return y


@works(0.7)
def print_in_a_helper(x):
    def helper(t, name):
        print("in", name, t)
        return t * t

    return helper(x, "a") + helper(x * 2.0, "b")


@works(0.7)
def print_before_an_exception(x):
    print("before")
    if x > 0.5:
        print("raising")
        raise ValueError("too large")
    print("after")
    return x


@works(0.7)
def print_after_the_last_use(x):
    y = x * x
    print("the end")
    return y


@works(np.array([1.0, 2.0]))
def print_shows_an_array_as_it_is_then(x):
    y = x * 1.0
    print(y)
    y[0] = 5.0
    print(y)
    y *= 2.0
    print(y, y.shape, len(y))
    return np.sum(y)


@works(0.7)
def print_in_operands_in_order(x):
    def say(t, name):
        print(name)
        return t

    return say(x, "a") * say(x, "b") + say(x, "c") ** say(2.0, "d") if say(x, "test") > 0 else say(x, "e")


@works(0.7)
def random_numbers_in_a_test_are_drawn_in_order(x):
    def above(a, b):
        return 2.0 * b - a

    np.random.seed(2)
    s = x
    while above(np.random.random(), np.random.random()) < 0.5:
        s = s * s
    return s


@works(np.array([1.0, 2.0, 3.0]))
def print_after_a_sum_that_fails(x):
    def say(t):
        print("added")
        return t

    return np.sum(x + x[1:] + say(x))


@works(0.7)
def print_in_a_callee_before_its_arguments(x):
    def say(t, name):
        print(name)
        return t

    return say(np.sin, "function")(say(x * x, "argument"))


@works(0.7)
def print_in_a_short_circuit(x):
    def say(t):
        print(t)
        return t

    return x * x if (say(False) and say(True)) or say(True) or say(False) else x


@works(0.7)
def print_in_a_comprehension(x):
    def say(i):
        print(i)
        return x * i

    return sum([say(i) for i in range(3)])


@works(0.7)
def print_in_defaults_and_arguments(x):
    def say(i):
        print(i)
        return i

    def helper(a, b=say(1), *, c=say(2)):  # noqa: B008
        return a * b + c

    return helper(x, c=say(3)) + helper(say(4) * x, say(5))


@works(0.7)
def write_to_stdout(x):
    sys.stdout.write("text\n")
    sys.stdout.write(f"{x:.3f}\n")
    print("to stdout", file=sys.stdout)
    count = sys.stdout.write("more\n")
    print(count)
    sys.stdout.flush()
    return x * x


@works(0.7)
def time_passes(x):
    start = time.perf_counter()
    y = x * x
    elapsed = time.perf_counter() - start
    if elapsed < 0:
        y = y * 2.0
    return y


@works(0.7)
def sleep(x):
    time.sleep(0.0)
    return x * x


@works(0.7)
def seeded_random_numbers(x):
    random.seed(3)
    y = x * random.random() + random.uniform(1.0, 2.0)
    return y * random.randint(1, 5) * random.gauss(0.0, 1.0)


@works(0.7, 4)
def seeded_random_numbers_in_a_loop(x, n):
    random.seed(3)
    s = x
    for _ in range(n):
        s = s * random.random() + np.sin(s)
    return s


@works(X)
def generator_made_here(x):
    generator = np.random.default_rng(0)
    y = x * generator.normal(size=3)
    z = generator.uniform(0.0, 2.0) * y
    return np.sum(z) * generator.integers(1, 5)


@works(X, 3)
def generator_in_a_loop(x, n):
    generator = np.random.default_rng(1)
    s = 0.0
    for _ in range(n):
        noise = generator.standard_normal(3)
        s = s + np.sum(x * noise) ** 2
    return s


@works(X)
def legacy_random_numbers(x):
    np.random.seed(0)
    return np.sum(x * np.random.rand(3) + x * np.random.normal(0.0, 1.0, 3)) * np.random.uniform()


@works(X)
def legacy_generator(x):
    generator = np.random.RandomState(7)
    return np.sum(x * generator.rand(3)) * generator.normal()


@works(X)
def dropout(x):
    generator = np.random.default_rng(5)
    mask = generator.random(3) > 0.5
    return np.sum(np.where(mask, x * x, 0.0))


@works(X)
def shuffled_by_a_permutation(x):
    order = np.random.default_rng(5).permutation(3)
    return np.sum(x[order] * np.array([1.0, 10.0, 100.0]))


@works(0.7)
def warn(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.warn("careful", RuntimeWarning, stacklevel=2)
        y = x * x
    return y


@works(0.7)
def warn_as_an_error(x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.warn("careful", stacklevel=2)
    return x * x


@refused(0.7)
def random_number_of_an_active_width(x):
    return random.gauss(0.0, x)


@refused(0.7)
def generator_with_an_active_mean(x):
    return np.random.default_rng(0).normal(x, 1.0)


@refused(X)
def choice_of_active_values(x):
    return np.random.default_rng(0).choice(x)


@refused(0.7)
def list_outside_is_read_and_written(x):
    y = x * len(LOG)
    LOG.append("text")
    return y


@refused(0.7)
def list_outside_is_written_and_read_by_another_name(x):
    LOG.append("text")
    return x * len(SAME)


@refused(0.7)
def list_outside_is_read_by_another_name_and_written(x):
    y = x * len(SAME)
    LOG.append("text")
    return y


@refused(X)
def shuffle_in_place(x):
    y = x * 1.0
    np.random.default_rng(0).shuffle(y)
    return y[0]


@refused(X)
def random_numbers_in_place(x):
    y = x * 1.0
    np.random.default_rng(0).random(out=y)
    return np.sum(y)


@refused(0.7)
def number_read_back_from_a_buffer(x):
    BUFFER.write(str(x))
    return float(BUFFER.getvalue())


@refused(0.7)
def input_is_not_computed_with(x):
    return x * float(input())


def test_logging_happens_once_and_in_order(caplog):
    def f(x):
        logger.info("start %s", "now")
        y = x * x
        for i in range(2):
            logger.warning("step %d: %.2f", i, y)
        logging.info("end")
        return y

    with caplog.at_level(logging.INFO):
        derivative = value_and_grad(f)
        assert derivative(3.0) == (9.0, 6.0)
        messages = [record.getMessage() for record in caplog.records]
        assert messages == ["start now", "step 0: 9.00", "step 1: 9.00", "end"]


def test_captured_generator_is_drawn_from_once():
    def f(x):
        return np.sum(x * rng.normal(size=3)) * legacy.rand()

    rng.bit_generator.state = np.random.default_rng(3).bit_generator.state
    legacy.seed(4)
    other, second = np.random.default_rng(3), np.random.RandomState(4)
    derivative = value_and_grad(f)
    for _ in range(3):
        value, gradient = derivative(X)
        noise, factor = other.normal(size=3), second.rand()
        assert value == np.sum(X * noise) * factor
        np.testing.assert_allclose(gradient, noise * factor)


def test_generator_given_as_an_argument():
    def f(x, generator):
        return np.sum(x * generator.normal(size=3))

    value, gradient = value_and_grad(f)(X, np.random.default_rng(3))
    noise = np.random.default_rng(3).normal(size=3)
    assert value == np.sum(X * noise)
    np.testing.assert_allclose(gradient, noise)


def test_appends_to_a_list_outside():
    log = []

    def f(x, n):
        log.append("start")
        s = x
        for i in range(n):
            s = s * x
            log.append(f"{i}: {s:.1f}")
            if s > 100.0:
                raise OverflowError("too large")
        return s

    derivative = value_and_grad(f)
    assert derivative(2.0, 2) == (8.0, 12.0)
    assert log == ["start", "0: 4.0", "1: 8.0"]
    with pytest.raises(OverflowError):
        derivative(20.0, 2)
    assert log[3:] == ["start", "0: 400.0"]


@refused(0.7)
def active_value_is_kept_outside(x):
    LOG.append(x)
    return x * x


@refused(0.7)
def list_outside_is_written_and_read(x):
    LOG.append("text")
    return x * len(LOG)


def test_effects_write_to_a_file(tmp_path):
    path = tmp_path / "out.txt"

    with open(path, "w") as file:

        def f(x):
            file.write("x is here\n")
            print("and here", x, file=file)
            return x * x

        assert value_and_grad(f)(3.0) == (9.0, 6.0)
    assert path.read_text() == "x is here\nand here 3.0\n"


test_right, test_refused = PROGRAMS.tests()
