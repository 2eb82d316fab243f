"""What derivatives are taken of a function, one after the other: `grad(grad(f))` has two layers."""

from __future__ import annotations

from dataclasses import dataclass, replace

WHOLE = frozenset({"grad", "jacfwd", "jacrev", "elementwise_grad"})
"""The sorts whose emitted function gives what the user gets."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One derivative: what sort, and by which parameters.

    | `sort`           | gives, from the arguments                                                |
    |------------------|--------------------------------------------------------------------------|
    | `grad`           | the gradient                                                             |
    | `slope`          | what `grad` gives, or `jacrev` of a result that is not one number        |
    | `value_and_grad` | the value and the gradient, emitted along a seed                         |
    | `jvp`            | the value and its tangent, from the arguments and their tangents         |
    | `jacfwd`         | the Jacobian, by forward mode                                            |
    | `jacrev`         | the Jacobian, by reverse mode                                            |
    | `elementwise_grad` | the gradient of the sum of all results                                 |
    | `vjp`            | the value and what its pullback needs, in two functions                  |
    | `linearize`      | the same for its tangents                                                |
    """

    sort: str
    argnums: tuple[int, ...]
    single: bool = False
    """By one parameter: what belongs to it is given as it is, and not in a tuple."""
    has_aux: bool = False
    """The function gives a pair, of which the second is not differentiated."""


def with_value(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Return the layers of what is called and shown: beside a gradient there is the value, and a seed."""
    *inner, last = layers
    return (*inner, replace(last, sort="value_and_grad")) if last.sort == "grad" else layers
