"""Assignment: every form of target and value, redefinition, del, assignment expressions."""

# pyright: basic
# ruff: noqa: F821, F841, RET504

import numpy as np

from tests.judge import Programs

PROGRAMS = Programs()
works, defect, refused = PROGRAMS.works, PROGRAMS.defect, PROGRAMS.refused

X = np.array([1.0, 2.0, 3.0])


@works(0.7)
def chained_assignment_binds_all_targets(x):
    a = b = x * 2.0
    a = a + 1.0
    return a * b


@works(np.array([1.0, 2.0]))
def chained_assignment_of_an_array_makes_one_array(x):
    a = b = x * 2.0
    a[0] = 5.0
    return np.sum(a * b)


@works(np.array([1.0, 2.0]))
def chained_assignment_to_a_name_and_an_element(x):
    y = x * 2.0
    a = y[0] = x[1] * 3.0
    return np.sum(y) * a


@works(0.7, 1.3)
def swap(x, y):
    x, y = y, x
    return x * 2.0 + np.sin(y)


@works(0.7, 1.3, 5)
def swap_in_loop(x, y, n):
    for _ in range(n):
        x, y = y, x * y
    return x + 2.0 * y


@works(0.7, 1.3, 2.0)
def rotate_three(x, y, z):
    x, y, z = z, x, y
    return x + 10.0 * y * y + 100.0 * z**3


@works(0.7)
def nested_tuple_targets(x):
    a, (b, (c, d)) = x, (x * 2.0, (x * 3.0, 4.0))
    return a * b + c * d


@works(0.7)
def list_target(x):
    [a, b] = x, x * x
    return a * b


@works(0.7)
def starred_targets(x):
    first, *middle, last = x, x * 2.0, x * 3.0, x * 4.0
    return first * last + middle[0] * len(middle)


@works(0.7)
def starred_target_may_be_empty(x):
    first, *middle, last = x, x * 2.0
    return first * last + len(middle)


@works(np.array([1.0, 2.0, 3.0]))
def unpack_array(x):
    a, b, c = x
    return a * b + c


@works((0.7, {"a": 2.0}))
def unpack_argument(p):
    a, d = p
    return a * d["a"]


@works(0.7)
def targets_are_bound_from_left_to_right(x):
    i = 0
    y = np.zeros(3)
    i, y[i] = 1, x
    return y[1] * 10.0 + y[0]


@works(0.7)
def annotated_assignment(x):
    y: float = x * 2.0
    z: "anything at all" = y * x  # noqa: F722
    return z


@works(0.7)
def annotation_without_value_binds_nothing(x):
    y: float
    if x > 0:
        y = x * 2.0
    else:
        y = x
    return y


@works(0.7)
def annotation_is_not_evaluated(x):
    y: undefined_name = x
    return y * y


@works(np.array([1.0, 2.0]))
def annotated_element(x):
    y = x * 1.0
    y[0]: float = x[1] ** 2
    return np.sum(y)


@works(0.7)
def augmented_all_operators(x):
    y = x
    y += 2.0
    y -= x * 0.5
    y *= 3.0
    y /= x
    y **= 2
    return y


@works(7.3)
def augmented_integer_operators_on_floats(x):
    y = x
    y //= 2.0
    z = x
    z %= 2.0
    return y * x + z * x


@works(0.7, 5)
def augmented_bit_operators_on_integers(x, n):
    k = n
    k &= 6
    k |= 1
    k ^= 2
    k <<= 2
    k >>= 1
    return x * k


@works(np.array([1.0, 2.0]))
def augmented_element_with_bit_operators(x):
    k = np.array([1, 2])
    k[0] |= 4
    k[1] <<= 2
    return np.sum(x * k)


@works(0.7)
def redefinition_in_branches(x):
    y = x
    if x > 0.5:
        y = x * x
    if x > 5.0:
        y = 0.0
    return y


@works(0.7)
def redefinition_with_another_type(x):
    y = "text"
    y = x * 2.0
    y = (y, y)
    y = y[0] + y[1]
    return y


@works(0.7)
def parameter_is_redefined(x):
    x = x * 2.0
    x = x * x
    return x


@works(0.7)
def walrus_in_condition(x):
    if (y := x * 2.0) > 1.0:
        return y * x
    return y


@works(0.7)
def walrus_in_call_argument(x):
    z = np.sin(y := x * 2.0)
    return z * y


@works(0.7)
def walrus_in_operand_order(x):
    return (y := x * 2.0) + y * (y := x) + y


@works(0.7)
def walrus_in_conditional_expression(x):
    z = (y := x * 2.0) if x > 0 else (y := x)
    return z * y


@works(0.7)
def walrus_in_f_string(x):
    s = f"{(y := x * 2.0):.3f}"
    print(s)
    return y * x


@works(0.7)
def walrus_in_index(x):
    a = np.array([x, x * 2.0])
    b = a[(i := 1)]
    return b * a[i - 1]


@works(0.7)
def walrus_in_tuple_display(x):
    t = ((y := x * 2.0), y * y)
    return t[0] + t[1]


@works(5.0)
def walrus_in_while_test(x):
    y = x
    total = 0.0
    while (y := y * 0.5) > 0.1:
        total = total + y
    return total + y


@works(5.0)
def walrus_in_while_test_binds_a_new_name(x):
    y = x
    while (z := y * 0.5) > 0.1:
        y = z * 0.9
    return z * y


@works(0.01)
def walrus_in_while_test_without_an_iteration(x):
    y = x
    while (z := y * 0.5) > 0.1:
        y = z * 0.9
    return z * y


@works(5.0, 3)
def walrus_in_while_test_inside_a_for(x, n):
    total = 0.0
    for i in range(n):
        y = x + i
        while (y := y * 0.5) > 0.1 and y * 2.0 > 0.3:
            total = total + y * i
        total = total + y
    return total


@works(5.0)
def walrus_in_while_test_with_continue(x):
    y = x
    s = 0.0
    while (y := y * 0.5) > 0.1:
        if y > 1.0:
            continue
        s = s + y * x
    return s


@works(5.0)
def walrus_in_while_test_with_break(x):
    y = x
    s = 0.0
    while (y := y * 0.5) > 0.1:
        if y < 1.0:
            break
        s = s + y * x
    return s + y


@works(5.0)
def walrus_in_while_test_with_else(x):
    y = x
    while (y := y * 0.5) > 0.1:
        x = x + y
    else:
        x = x * 2.0
    return x + y


@works(5.0)
def walrus_in_while_test_with_return(x):
    while (y := x * 0.5) > 0.1:
        x = y * 0.9
        if x < 1.0:
            return x * y
    return x


@works(5.0)
def walrus_in_while_test_of_an_effect(x):
    while (x := x * 0.5) > 0.5:
        print("more")
    return x


@works(0.7)
def walrus_in_comprehension_condition(x):
    ys = [y for i in range(4) if (y := i * 2) > 2]
    return x * sum(ys) * y


@works(0.7)
def walrus_in_comprehension_element_is_seen_outside(x):
    ys = [(last := x * i) for i in range(4)]
    return sum(ys) * last


@works(0.7)
def del_of_a_name(x):
    y = x * 2.0
    z = y * x
    del y
    return z


@works(0.7)
def del_of_a_name_that_is_bound_again(x):
    y = x * 2.0
    del y
    y = x * 3.0
    return y


@works(0.7)
def del_of_several_names(x):
    a, b, c = x, x * 2.0, x * 3.0
    del a, (b, c)
    return x * x


@works(0.7, 3)
def del_in_a_loop(x, n):
    s = 0.0
    for i in range(n):
        t = x * i
        s = s + t
        del t
    return s


@works(0.7)
def del_of_a_dict_item(x):
    d = {"a": x, "b": x * 2.0}
    del d["a"]
    return d["b"] * len(d)


@works(0.7)
def del_of_a_dict_item_is_seen_by_all_names(x):
    d = {"a": x, "b": x * 2.0}
    e = d
    del e["a"]
    return sum(d.values())


@works(np.array([1.0, 2.0]))
def del_of_one_of_two_names_of_an_array(x):
    y = x * 2.0
    z = y
    del y
    z[0] = 7.0
    return np.sum(z * x)


@refused(0.7)
def name_is_read_after_del(x):
    y = x * 2.0
    del y
    return y


@refused(0.7)
def name_is_read_after_del_on_one_way(x):
    y = x * 2.0
    if x > 0.5:
        del y
    return y


@refused(0.7)
def del_of_a_name_that_is_not_bound(x):
    del y
    y = x
    return y


@refused(0.7)
def del_of_a_key_that_is_not_there(x):
    d = {"a": x}
    del d["b"]
    return d["a"]


@refused(0.7)
def too_many_values_to_unpack(x):
    a, b = x, x, x
    return a


@refused(0.7)
def unpack_a_number(x):
    a, b = x
    return a


@works(0.7)
def tuple_of_targets_from_a_call(x):
    q, r = divmod(7, 2)
    m, e = np.modf(8.5)
    return x * q + r * x * x + m


test_right, test_refused = PROGRAMS.tests()
