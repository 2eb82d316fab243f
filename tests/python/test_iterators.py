"""Generators, map, filter, reduce and itertools: run by what consumes them, once and in order."""

# ruff: noqa
# pyright: basic

import functools
import itertools
import math
import operator

import numpy as np

from tests.judge import Programs

PROGRAMS = Programs()
works, refused = PROGRAMS.works, PROGRAMS.refused
XS = [1.0, 2.0, -0.5]


# ---- map, filter, reduce ---------------------------------------------------------------------------


@works(XS)
def map_of_a_library_function(xs):
    return sum(map(math.exp, xs))


@works(XS)
def map_of_a_lambda_in_a_list(xs):
    return sum(list(map(lambda v: v * v, xs)))


@works(XS, [2.0, 0.5])
def map_of_two_lists(xs, ys):
    return sum(map(operator.mul, xs, ys))


@works(XS)
def map_beside_a_list_written_out(xs):
    return sum(map(lambda v, w: v * w, xs, [2.0, 3.0, 4.0]))


@works(XS)
def map_runs_when_it_is_asked(xs):
    def noisy(v):
        print("f", v)
        return v * v

    s = 0.0
    for v in map(noisy, xs):
        print("body", v)
        s += v
    return s


@works(XS)
def map_left_by_continue(xs):
    s = 0.0
    for i in range(3):
        for v in map(math.exp, xs):
            if v > 5:
                continue
            s += v * i
    return s


@works(XS)
def map_numbered(xs):
    s = 0.0
    for i, v in enumerate(map(lambda w: w * w, xs), 2):
        s += i * v
    return s


@works(XS)
def map_unpacked(xs):
    a, b, c = map(lambda w: w * w, xs)
    return a * b - c


@works(XS)
def map_in_max_any_and_array(xs):
    largest = max(map(abs, xs))
    chosen = xs[0] if any(map(lambda v: v > 1.5, xs)) else xs[1]
    return largest * chosen + np.array(list(map(math.exp, xs))) @ np.array([*map(math.sin, xs)])


@works(XS)
def map_partially(xs):
    squares = functools.partial(map, lambda v: v * v)
    return sum(squares(xs))


@works(XS)
def filter_of_a_test_and_of_none(xs):
    return sum(filter(lambda v: v > 0, xs)) * len(list(filter(None, xs)))


@works(XS)
@works([0.3])
def reduce_from_the_first(xs):
    return functools.reduce(lambda p, q: p * q + p, xs)


@works(XS)
def reduce_of_nothing(xs):
    return functools.reduce(lambda p, q: p * q + p, [x for x in xs if x > 5])


@works(XS)
def reduce_from_a_number(xs):
    return functools.reduce(operator.mul, xs, 2.0)


@works(XS)
def reduce_of_map(xs):
    return functools.reduce(lambda p, q: math.sin(p) * q, map(math.exp, xs))


@works(XS)
def shadowed_names_do_not_matter(xs):
    len = range = zip = x = xs[0]
    return sum(p * q for p, q in itertools.combinations(xs, 2)) * len + sum(map(lambda v: v * x, xs))


# ---- itertools -------------------------------------------------------------------------------------


@works(XS)
def accumulated(xs):
    return sum(v * v for v in itertools.accumulate(xs))


@works(XS)
def accumulated_with_a_function(xs):
    return sum(itertools.accumulate(xs, lambda p, q: 0.9 * p + q))


@works(XS)
def accumulated_from_a_number(xs):
    return sum(itertools.accumulate(xs, operator.mul, initial=2.0))


@works(XS)
def pairs_of_neighbours(xs):
    return sum(p * q for p, q in itertools.pairwise(xs)) + sum(a * b for a, b in itertools.pairwise(map(abs, xs)))


@works(XS)
def chained(xs):
    return sum(v * v for v in itertools.chain(xs, xs[:1], (2.0, xs[1])))


@works(XS)
def products(xs):
    s = sum(p * q * r for p, q, r in itertools.product(xs, (1.0, 2.0), xs))
    return s + sum(p * q for p, q in itertools.product(xs, repeat=2))


@works(XS)
def choices(xs):
    s = sum(p * q for p, q in itertools.combinations(xs, 2))
    s += sum(p * q for p, q in itertools.combinations_with_replacement(xs, 2)) * 0.5
    return s + sum(p * q * q * r for p, q, r in itertools.permutations(xs, 3))


@works(XS)
def islice_and_starmap(xs):
    s = sum(itertools.islice(xs, 2)) + sum(itertools.islice(xs, 0, None, 2))
    return s * sum(itertools.starmap(operator.mul, [(x, x) for x in xs]))


# ---- generators ------------------------------------------------------------------------------------


@works(XS)
def loop_over_a_generator_with_a_condition_break_and_else(xs):
    s = 0.0
    for v in (u + 1.0 for u in xs if u < 1.5):
        if v < 0.7:
            break
        s = s * v + v
    else:
        s = s * 2
    return s


@works(XS)
def generator_reads_what_the_loop_changes(xs):
    c, s = 1.0, 0.0
    for v in (u * c for u in xs):
        c = c * 1.5
        s += v
    return s


@works(XS)
def names_of_a_generator_are_its_own(xs):
    u = 5.0
    for v in (u * 2 for u in xs):
        u = u + v
    return u


@works(XS)
def generator_left_by_return(xs):
    for v in (u * u for u in (xs[0], xs[1])):
        if v > 1.5:
            return v * v
    return 0.0 * xs[0]


@works(0.7)
def generator_unpacked(x):
    p, q, r = (x * k for k in (1.0, 2.0, 3.0))
    return p * q - r


@works([1.0, 2.0])
@works([1.0, 2.0, 3.0])
@works([1.0])
def generator_of_any_length_unpacked(xs):
    p, q = (x * x for x in xs)
    return p * q


@works([1.0, 2.0], [3.0, 4.0])
def zip_reversed_and_range_unpacked(xs, ys):
    (p, q), (r, s) = zip(xs, ys)
    t, u = reversed(xs)
    i, j, k = range(3)
    return p * q * q + r * s * j + t * u * u * k


@works([1.0, 2.0])
def zip_with_a_list_written_out(xs):
    weights = [1.0, 2.0, 3.0]
    s = sum(x * v for x, v in zip(xs, weights))
    weights[0] = 5.0
    return s * weights[0] + sum(x * w for x, w in zip(xs, (1.0, 4.0)))


@works(XS)
@works([1.0, 2.0, 3.0, 4.0])
def list_written_out_changes_while_it_is_zipped(xs):
    weights, s = [xs[0], 2.0, 3.0], 0.0
    for x, w in zip(xs, weights):
        weights[2] = 9.0 * x
        s += x * w
    return s


@works(XS)
@works([1.0, 2.0, 3.0, 4.0])
def list_written_out_grows_after_it_was_zipped(xs):
    weights = [xs[0], 2.0, 3.0]
    both = zip(xs, weights)
    weights.append(7.0)
    return sum(x * w for x, w in both)


# ---- refused ---------------------------------------------------------------------------------------


@refused(XS)
def iterator_run_over_twice(xs):
    totals = itertools.accumulate(xs)
    return sum(totals) + sum(totals)


@refused(XS)
def accumulated_with_effects(xs):
    def noisy(p, q):
        print(p)
        return p + q

    return sum(itertools.accumulate(xs, noisy))


@refused(XS)
def loop_over_a_generator_of_two_loops(xs):
    s = 0.0
    for v in (a * b for a in xs for b in xs):
        s += v
    return s


@refused(XS, 3)
def choices_of_a_number_not_known(xs, n):
    return sum(math.prod(each) for each in itertools.combinations(xs, n))


test_right, test_refused = PROGRAMS.tests()
