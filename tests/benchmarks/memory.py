"""What a gradient needs of memory, measured: `python -m tests.benchmarks.memory`.

The kernel is the stencil that is written in place.  Its adjoints must read one array of each step, `bend`: so many
bytes have to be kept between the sweeps, by any gradient that computes nothing twice.  NumPy reports what it allocates
to tracemalloc; arguments are the caller's and count on neither side.
"""

import argparse
import tracemalloc
from collections.abc import Callable
from typing import Any

from s2s_ad import grad
from tests.benchmarks.kernels.large import Stencil

ROW = "{:<58} {:>9} {:>9}"


def peak(call: Callable[..., Any], *arguments: Any) -> int:
    """Return the bytes that a call holds at most, its result included; it ran once before."""
    call(*arguments)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        result = call(*arguments)
        _, most = tracemalloc.get_traced_memory()
        del result
    finally:
        tracemalloc.stop()
    return most - before


def kept(size: int) -> tuple[float, float]:
    """Return the peaks of the emitted gradient and of the one by hand, over the bytes that adjoints must read."""
    arguments = Stencil.arguments(size)
    _, conduction, steps = arguments
    emitted = grad(Stencil.primal, Stencil.argnums).specialize(*arguments)
    least = steps * conduction.nbytes
    return peak(emitted, *arguments) / least, peak(Stencil.hand, *arguments) / least


def main(asked: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Measure the peak memory of a gradient.")
    parser.add_argument("--size", type=int, default=Stencil.sizes["full"], help="of the square")
    size = parser.parse_args(asked).size
    emitted, hand = kept(size)
    print(ROW.format("measure", "at most", "measured"))
    print(ROW.format(f"{Stencil.name}, {size} × {size}: peak over what is read", 1.3, f"{emitted:.3g}"))
    print(ROW.format("the same, by hand", "", f"{hand:.3g}"))


if __name__ == "__main__":
    main()
