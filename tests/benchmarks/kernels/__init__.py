"""What the benchmark of gradients differentiates: kernels in four classes, each with a gradient by hand."""

from tests.benchmarks.kernels import large, loops, scalars, small
from tests.benchmarks.kernels.definition import Kernel

KERNELS: tuple[Kernel, ...] = tuple(
    value for module in (scalars, loops, small, large) for value in vars(module).values() if isinstance(value, Kernel)
)
