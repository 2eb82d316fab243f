"""What derivatives are taken of a function, one after the other: `grad(grad(f))` has two layers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layer:
    """One derivative: what sort, and by which parameters.

    | `sort`           | gives, from the arguments                                                |
    |------------------|--------------------------------------------------------------------------|
    | `grad`           | the gradient                                                             |
    | `value_and_grad` | the value and the gradient                                               |
    | `jvp`            | the value and its tangent, from the arguments and their tangents         |
    | `vjp`            | the value and what its pullback needs, in two functions                  |
    """

    sort: str
    argnums: tuple[int, ...]
    single: bool = False
    """By one parameter: what belongs to it is given as it is, and not in a tuple."""
    has_aux: bool = False
    """The function gives a pair, of which the second is not differentiated."""
