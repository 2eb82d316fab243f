"""The benchmark of gradients compares what is right: s2s_ad, by hand and differences agree on every kernel."""

import pytest

from s2s_ad import grad
from tests.benchmarks.kernels import KERNELS
from tests.differences import assert_close, numeric_gradient


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.name)
def test_gradient_is_the_one_by_hand(kernel):
    arguments = kernel.arguments(kernel.sizes["small"])
    assert_close(grad(kernel.primal, kernel.argnums)(*arguments), kernel.hand(*arguments), tolerance=1e-10)


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.name)
def test_gradient_by_hand_is_that_of_differences(kernel):
    arguments = kernel.arguments(kernel.sizes["small"])
    several = isinstance(kernel.argnums, tuple)
    positions = kernel.argnums if several else (kernel.argnums,)
    found = tuple(numeric_gradient(kernel.primal, arguments, position) for position in positions)
    assert_close(kernel.hand(*arguments), found if several else found[0], tolerance=1e-7)


def test_there_are_four_kernels_of_each_class():
    groups = [kernel.group for kernel in KERNELS]
    assert len(set(groups)) == 4 and all(groups.count(group) >= 4 for group in groups)
