"""Compares gradients norm-wise: to 1e-10, or at higher precision where rounding alone makes more."""

from __future__ import annotations

import contextlib
import copy
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.oracle import reference
from tests.oracle.trees import is_float, leaves, unchanged

TOLERANCE, TOLERANCE_32 = 1e-10, 1e-4
"""Of gradients and second derivatives, and of either where an argument is float32."""
RUNS = 4
MARGIN = 100.0
STEP = 1e-4
LEAST = 1e-5
"""Gradients that are smaller are what is left of numbers of order one that cancel."""


def flat(gradients: Any) -> np.ndarray:
    """Return all numbers of gradients as one vector."""
    parts = [np.ravel(leaf) for leaf in leaves(list(gradients)) if leaf is not None]
    return np.concatenate(parts).astype(np.longdouble) if parts else np.zeros(0, np.longdouble)


def tolerance(given: Any) -> float:
    """Return the tolerance for arguments: float32 has less."""
    low = any(getattr(leaf, "dtype", None) == np.float32 for leaf in leaves(given) if is_float(leaf))
    return TOLERANCE_32 if low else TOLERANCE


def agree(have: Any, want: Any, given: Any) -> bool:
    """Say whether two gradients agree by the tolerance of their arguments."""
    return _close(flat(have), flat(want), tolerance(given))


def agree_in_numbers(have: Any, want: Any, given: Any) -> bool:
    """Say whether two gradients agree wherever both have numbers: beside nan a zero may be nan or zero."""
    first, second = flat(have), flat(want)
    both = np.isfinite(first) & np.isfinite(second)
    return _close(first[both], second[both], tolerance(given))


def _close(have: np.ndarray, want: np.ndarray, relative: float, absolute: float = 0.0) -> bool:
    finite = np.isfinite(want)
    if not np.array_equal(have[~finite], want[~finite], equal_nan=True):
        return False
    have, want = have[finite], want[finite]
    return bool(norm(have - want) <= relative * max(norm(want), LEAST) + absolute)


def norm(x: np.ndarray) -> float:
    """Return the length of a vector."""
    return float(np.sqrt(np.sum(x * x)))


def agree_at_higher_precision(
    have: Any, interpreter: reference.Interpreter, given: Any, argnums: tuple[int, ...], along: np.ndarray | None = None
) -> bool:
    """Say whether derivatives differ from those of higher precision by no more than rounding explains.

    They are the gradients, or the Hessian times `along`.

    What rounding explains is measured: the reference runs again with every result off by what float64
    may round away.
    """
    want = derivatives(interpreter, given, argnums, along, precise=True)
    if np.any(np.isnan(want)):
        return False
    numbers = np.finfo(np.float32 if tolerance(given) == TOLERANCE_32 else np.float64)
    if np.max(np.abs(want)) > np.longdouble(numbers.max) ** 0.5:
        return True  # beyond what the numbers can hold, on the way if not in the end
    spread = _spread(want, interpreter, given, argnums, along)
    if not np.isfinite(spread):
        return False
    return _close(flat(have), want, tolerance(given), MARGIN * spread)


@dataclass(frozen=True)
class Directional:
    """The derivative along one direction, and how far from it rounding may lead."""

    value: float
    tolerance: float


def directional(interpreter: reference.Interpreter, given: Any, argnums: tuple[int, ...], tangents: Any) -> Directional:
    """Return the derivative along tangents, from the gradients of the reference at higher precision."""
    along = flat(tangents)
    want = derivatives(interpreter, given, argnums, precise=True)
    spread = _spread(want, interpreter, given, argnums)
    scale = tolerance(given) * max(norm(want), LEAST) + MARGIN * spread
    return Directional(float(want @ along), scale * norm(along))


def directions(given: Any, argnums: tuple[int, ...]) -> tuple[Any, ...]:
    """Return a tangent for each argument, None for what does not vary."""
    rng = np.random.default_rng(3)

    def along(tree: Any) -> Any:
        if isinstance(tree, dict):
            return {key: along(item) for key, item in tree.items()}
        if isinstance(tree, tuple | list):
            return type(tree)([along(item) for item in tree])
        if not is_float(tree):
            return None
        made = rng.normal(size=np.shape(tree))
        return made.astype(tree.dtype) if isinstance(tree, np.ndarray) else type(tree)(made)

    return tuple(along(arg) if n in argnums else None for n, arg in enumerate(given))


def shifted(tree: Any, direction: Any, step: float) -> Any:
    """Return arguments moved along tangents; arrays are new."""
    if isinstance(tree, dict):
        return {key: shifted(tree[key], direction[key], step) for key in tree}
    if isinstance(tree, tuple | list):
        return type(tree)([shifted(x, v, step) for x, v in zip(tree, direction, strict=True)])
    if direction is None:
        return copy.deepcopy(tree)
    narrow = isinstance(tree, np.ndarray) and tree.dtype == np.float32  # it would round the step
    return (tree.astype(float) if narrow else tree) + step * direction


def along_rows(blocks: Any, tangents: Any) -> np.ndarray:
    """Return a Hessian, in blocks of one argument by another, times tangents."""
    rows, parts = leaves(list(blocks)), [leaf for leaf in leaves(list(tangents)) if leaf is not None]
    rows = [row for row in rows if row is not None]
    found = [
        sum(np.tensordot(block, part, np.ndim(part)) for block, part in zip(rows[i:], parts, strict=False))
        for i in range(0, len(rows), len(parts))
    ]
    return flat(found)


def agree_with_differences(f: Callable[..., Any], given: Any, argnums: tuple[int, ...], gradients: Any) -> bool:
    """Say whether a gradient along `directions` is that of differences.

    For where the reference has no number: it takes 0 times infinity for one where the program's value is constant.
    """
    along = directions(given, argnums)

    def value(step: float) -> float:
        return float(f(*shifted(given, along, step)))

    with contextlib.redirect_stdout(io.StringIO()):
        slope = (8 * (value(STEP) - value(-STEP)) - (value(2 * STEP) - value(-2 * STEP))) / (12 * STEP)
    have = flat(gradients)
    return bool(np.all(np.isfinite(have)) and abs(have @ flat(along) - slope) <= 1e-6 * max(norm(have), 1.0))


def jumps(f: Callable[..., Any], given: Any, argnums: tuple[int, ...]) -> bool:
    """Say whether a function has no derivative along `directions`: differences do not settle, or are no numbers."""
    along = directions(given, argnums)
    with contextlib.redirect_stdout(io.StringIO()):
        values = [float(f(*shifted(given, along, step))) for step in (-STEP, STEP, -STEP / 4, STEP / 4)]
    far, near = (values[1] - values[0]) / STEP, (values[3] - values[2]) / (STEP / 4)
    return not abs(far - near) <= 1e-2 * max(abs(far), abs(near), 1.0)


def derivatives(
    interpreter: reference.Interpreter, given: Any, argnums: tuple[int, ...], along: np.ndarray | None = None,
    precise: bool = False, noise: int | None = None,
) -> np.ndarray:  # fmt: skip
    """Return the gradients of the reference as one vector, or the Hessian times `along`."""
    interpreter.globals.clear()
    with contextlib.redirect_stdout(io.StringIO()), unchanged(interpreter.module):
        run = reference.run(interpreter, "f", copy.deepcopy(given), argnums, precise, noise, along)
    if run.error is not None:
        raise run.error
    return flat(run.gradients if along is None else run.bends)


def _spread(
    want: np.ndarray, interpreter: reference.Interpreter, given: Any, argnums: tuple[int, ...],
    along: np.ndarray | None = None,
) -> float:  # fmt: skip
    """Return how far rounding leads from derivatives."""
    runs = [derivatives(interpreter, given, argnums, along, True, seed) for seed in range(RUNS)]
    return max(norm(run - want) for run in runs)
