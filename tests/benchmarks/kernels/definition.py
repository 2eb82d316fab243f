"""What a kernel is: a class of plain functions, made into one value by a decorator."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Function = Callable[..., Any]


@dataclass(frozen=True)
class Kernel:
    """A function, its arguments, and its gradient as others give it.

    `hand` returns the gradient as `grad(primal, argnums)` does.  It is the best that an expert writes of the
    same algorithm: a Python loop stays one, but nothing is computed twice or without need, the value of the
    primal included.  `numba` is the same for `numba.njit`.  `autograd`, `jax` and `torch` are the primal as these
    libraries want it, with their namespace as first parameter.
    """

    name: str
    group: str
    argnums: int | tuple[int, ...]
    sizes: dict[str, int]
    arguments: Callable[[int], tuple[Any, ...]]
    primal: Function
    hand: Function
    numba: Function
    autograd: Function
    jax: Function
    torch: Function


def kernels_of(group: str) -> Callable[..., Callable[[type], Kernel]]:
    """Return the decorator of one group's kernels.  Of its class `peer` stands for libraries that are not defined."""

    def kernel(name: str, argnums: int | tuple[int, ...] = 0, small: int = 1, full: int = 1):
        def made(body: type) -> Kernel:
            own = vars(body)
            functions = {key: own[key] for key in ("arguments", "primal", "hand")}
            functions |= {key: own[key] if key in own else own["peer"] for key in ("autograd", "jax", "torch")}
            functions["numba"] = own.get("numba", own["hand"])
            return Kernel(name, group, argnums, {"small": small, "full": full}, **functions)

        return made

    return kernel
