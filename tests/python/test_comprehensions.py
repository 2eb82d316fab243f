"""Comprehensions and generators: over what is known or not, nested, filtered, and inside reductions."""

# pyright: basic

import math

import numpy as np

from tests.judge import Programs

PROGRAMS = Programs(alone=True)
works, refused = PROGRAMS.works, PROGRAMS.refused
X = np.array([0.3, -0.7, 1.1, 0.9])


@works(0.7, 4)
@works(0.7, 0)
def comprehension_over_range(x, n):
    ys = [math.sin(x * i) for i in range(n)]
    return sum(ys) * x


@works(X.copy())
def comprehension_over_array(x):
    ys = [v * v for v in x]
    return sum(ys) + ys[0] * ys[-1]


@works([1.0, 2.0, 3.0])
def comprehension_over_list(p):
    ys = [v * v + i for i, v in enumerate(p)]
    return ys[0] * ys[1] * ys[2]


@works([(1.0, 2.0), (3.0, 4.0)])
def comprehension_over_list_of_tuples(p):
    return sum(w * b * b for w, b in p) + sum([w for w, _ in p])


@works([1.0, -2.0, 3.0])
def condition_on_values(p):
    ys = [v * v for v in p if v > 0]
    return sum(ys) * len(ys)


@works(0.7, -0.2)
def condition_on_values_of_known_items(x, y):
    ys = [v * v for v in (x, y, x * y) if v > 0]
    return sum(ys) * len(ys)


@works([1.0, -2.0, 3.0])
def two_conditions(p):
    return sum(v * v for v in p if v > 0 if v < 2.5)


@works(0.7, 3)
def nested_generators(x, n):
    ys = [x * i + j for i in range(n) for j in range(i)]
    return sum(v * v for v in ys)


@works(0.7, 3)
def nested_generators_with_conditions(x, n):
    return sum(x**i * j for i in range(n) if i > 0 for j in range(n) if j != i)


@works(0.7, 3)
def nested_comprehensions(x, n):
    grid = [[x * i + x**j for j in range(n)] for i in range(n)]
    return sum(grid[i][j] * grid[j][i] for i in range(n) for j in range(n))


@works(0.7, 3)
def comprehension_of_tuples(x, n):
    pairs = [(x * i, np.sin(x) + i) for i in range(n)]
    return sum(a * b for a, b in pairs)


@works(X.copy(), 3)
def comprehension_of_arrays(x, n):
    ys = [x**i for i in range(n)]
    return np.sum(np.stack(ys) ** 2) + np.sum(np.concatenate(ys))


@works(X.copy())
def array_of_comprehension(x):
    return np.sum(np.array([math.sin(v) * v for v in x]) ** 2)


@works(X.copy())
def np_sum_of_comprehension(x):
    return np.sum([v * v for v in x]) + np.mean([v * i for i, v in enumerate(x)])


@works(X.copy(), 3)
def vstack_of_comprehension(x, n):
    a = np.vstack([x * i for i in range(n)])
    return np.sum(a @ x)


@works(0.7, 4)
def sum_of_generator(x, n):
    return sum(math.sin(x * i) for i in range(n))


@works(0.7, 4)
def sum_with_start(x, n):
    return sum((x**i for i in range(n)), x) + sum([x] * n, start=2.0)


@works(0.7, 4)
def sum_in_sum(x, n):
    return sum(x * sum(x**j for j in range(i)) for i in range(n))


@works(0.7, 4)
def variable_is_called_total(x, n):
    total = 3.0
    return sum(total * x * i for i in range(n)) * total


@works(0.7, 4)
def names_are_their_own(x, n):
    i = 5
    ys = [x * i for i in range(n)]
    zs = sum(i * x for i in range(n))
    return sum(ys) * i + zs


@works([1.0, -2.0, 3.0, 2.0])
def max_of_list(p):
    return max(p) * min(p)


@works([1.0, -2.0, 3.0], 3)
def max_of_grown_list(p, n):
    return max([v * v for v in p]) + min(v * v for v in p) + max(p[i] * i for i in range(n))


@works(0.7, 0)
@works(0.7, 3)
def max_of_what_may_be_empty(x, n):
    return max(x * i for i in range(n))


@works(0.7, 0)
@works(0.7, 3)
def max_with_default(x, n):
    return max((x * i for i in range(n)), default=3 * x) * x


@works([1.0, -2.0, 3.0])
def max_with_key(p):
    return max(p, key=lambda v: -v * v) * min(p, key=abs)


@works(0.7, -2.0)
def max_with_key_of_known(x, y):
    return max(x, y, key=lambda v: v * v) * min((x, y), key=abs)


@works([(1.0, 2.0), (3.0, -4.0)])
def max_of_tuples_with_key(p):
    a, b = max(p, key=lambda t: t[1])
    return a * b


@works([1.0, -2.0, 3.0])
def any_of_generator(p):
    return p[0] * 2 if any(v < 0 for v in p) else p[1]


@works([1.0, 2.0, 3.0])
def all_of_generator(p):
    return p[0] * 2 if all(v > 0 for v in p) else p[1]


@works([1.0, 0.0, 3.0])
def any_stops_in_time(p):
    return p[0] * 2 if any(1 / v > 0.5 for v in p) else p[1]


@works([1.0, 0.0, 3.0])
def any_comes_to_an_error(p):
    return p[0] * 2 if any(1 / v > 1.5 for v in p) else p[1]


@works(1.0, 0.0)
def any_of_known_stops_in_time(x, y):
    return x * 2 if any(1 / v > 0.5 for v in (x, y)) else y


@works(1.0, 0.0)
def all_of_known_comes_to_an_error(x, y):
    return x * 2 if all(1 / v > 0.5 for v in (x, y)) else y


@works([1.0, -2.0, 3.0], 3)
def any_of_nested(p, n):
    return p[0] * 2 if any(p[i] * p[j] < -5 for i in range(n) for j in range(i)) else p[1]


@works([1.0, -2.0, 3.0])
def any_and_all_of_lists(p):
    flags = [v > 0 for v in p]
    return p[0] * 2 if any(flags) and not all(flags) else p[1]


@works(X.copy())
def any_of_array(x):
    return x[0] if any(x > 1) else x[1]


@works(X.copy())
def fsum_of_generator(x):
    return math.fsum(v * v for v in x) + math.fsum([x[0], x[1] * 2])


@works([1.0, 2.0, 3.0])
def fsum_of_list(p):
    return math.fsum(p) * p[0]


@works([1.0, 2.0, 3.0])
def prod_of_list(p):
    return math.prod(p) + math.prod(v + 1 for v in p) + math.prod([p[0], 2.0], start=p[1])


@works([1.0, -2.0, 3.0])
def sorted_list(p):
    a = sorted(p)
    b = sorted(p, reverse=True)
    return a[0] * 2 + a[1] * b[0] + b[1] * b[2]


@works(0.7, -0.2)
def sorted_of_known(x, y):
    a, b, c = sorted([x, y, x * y])
    return a * 2 + b * 3 + c


@works([(1.0, 2.0), (3.0, -4.0)])
def sorted_by_key(p):
    q = sorted(p, key=lambda t: t[1])
    return q[0][0] * 2 + q[1][1] * 3


@works([1.0, 2.0, 3.0])
def generator_in_for(p):
    s = 0.0
    for v in (w * w for w in p):
        s = s * v + v
    return s


@works(0.7)
def generator_over_known_in_for(x):
    s = 0.0
    for v in (x * i for i in (1, 2, 3)):
        s = s * v + v
    return s


@works([1.0, 2.0, 3.0])
def list_of_generator(p):
    q = list(v * v for v in p)  # noqa: C400
    q.append(p[0])
    return sum(q) * q[0]


@works(0.7)
def tuple_of_generator(x):
    a, b = tuple(x * i for i in (1, 2))
    return a * b


@works([1.0, 2.0, 3.0])
def starred_in_display(p):
    q = [p[0] * 2, *p, *[v * v for v in p], 1.0]
    return sum(v * i for i, v in enumerate(q))


@works(0.7, 2)
def dict_comprehension(x, k):
    d = {i: x**i for i in range(3)}
    e = {name: x * i for i, name in enumerate(("a", "b"))}
    return d[0] + d[1] * d[2] + e["b"]


@works([1.0, 2.0, 3.0], [3.0, 4.0, 5.0])
def zip_in_generator(p, q):
    return sum(a * b for a, b in zip(p, q))


@works([1.0, 2.0, 3.0])
def enumerate_in_comprehension(p):
    return sum([v**i for i, v in enumerate(p, start=1)])


@works([1.0, 2.0, 3.0])
def conditional_expression_in_comprehension(p):
    return sum([v * v if v > 1.5 else -v for v in p])


@works([1.0, 2.0, 3.0])
def helper_in_comprehension(p):
    def g(v):
        return v * v if v > 1.5 else math.sin(v)

    return sum([g(v) for v in p]) + sum(g(v) for v in p if g(v) > 1)


@works(X.copy())
def comprehension_of_slices(x):
    return sum(np.sum(x[i:] * x[: len(x) - i]) for i in range(len(x)))


@works(np.outer(X, X))
def rows_of_a_matrix(a):
    return sum(np.dot(row, row) * i for i, row in enumerate(a)) + np.sum([row[0] for row in a])


@works(np.float32(0.7), 3)
def float32_comprehension(x, n):
    return sum([x * i for i in range(n)])


@works(X.astype(np.float32))
def float32_array_of_comprehension(x):
    return np.sum(np.array([v * v for v in x]))


@refused(0.7, 3)
def generator_with_a_name(x, n):
    g = (x * i for i in range(n))
    return sum(g) + sum(g)


def second(values):
    return sum(values)


@refused(0.7, 3)
def generator_for_a_helper(x, n):
    return second(x * i for i in range(n))


@works(0.7, 3)
def loop_variable_in_lambda_is_called_at_once(x, n):
    return sum([(lambda v: v * i)(x) for i in range(n)])


@works(0.7, 4)
def comprehension_in_loop(x, n):
    s = 0.0
    for i in range(n):
        s += sum([x * j for j in range(i)]) * sum(x**j for j in range(i))
    return s


@works(0.7, 4)
def comprehension_in_branch(x, n):
    if n > 2:
        ys = [x * i for i in range(n)]
    else:
        ys = [x]
    return sum(ys) * ys[0] + ys[-1]


test_right, test_refused = PROGRAMS.tests()
