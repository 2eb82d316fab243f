"""How the adjoint of a contraction is contracted: plans for the rules of `einsum` and `tensordot`.

The adjoint of one operand is the contraction of the result's adjoint with all other operands.  Which
axes meet there is known where a rule is applied, so it is written out as literals.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from s2s_ad.ir.kinds import Array, Kind, NumpyScalar, PyScalar, axes_of, dtype_of, kind_of
from s2s_ad.rules.language import static

Axes: TypeAlias = tuple[int, ...]
Pairs: TypeAlias = int | tuple[int | Axes, int | Axes]
"""What `tensordot` takes: how many axes, last with first, or which with which."""
Contraction: TypeAlias = tuple[Pairs, bool, Axes | None]
"""What is contracted, whether z̄ is the second operand, and how the axes are then put in order, if they are not."""
Plan: TypeAlias = tuple[str | None, int | Axes | None, str | None, Axes | None, bool, bool]
"""How the adjoint of an operand of an einsum is found: see `backwards`."""


def _kind(x: Any) -> PyScalar | NumpyScalar | Array:
    """Return the kind of an operand, which is one or a constant."""
    kind: Kind = x if isinstance(x, PyScalar | NumpyScalar | Array) else kind_of(np.asarray(x)[()])
    if not isinstance(kind, PyScalar | NumpyScalar | Array) or axes_of(kind) is None:
        raise LookupError("an operand whose rank is not known")
    return kind


def _marks(x: Any) -> str:
    return axes_of(_kind(x)) or ""


@static
def is_constant(x: Any, value: Any) -> bool:
    """Say whether an argument is this constant."""
    return type(x) is type(value) and x == value


@static
def has_one(x: Any, axis: int) -> bool:
    """Say whether the size of an axis is surely one."""
    return _marks(x)[axis] == "1"


@static
def has_dtype(x: Any, name: str) -> bool:
    """Say whether the numbers of x are of a dtype."""
    return dtype_of(_kind(x)).name == name


@static
def axes_after(f: Any, axis: int) -> Axes:
    """Return the axes to insert in a vector so that it is an axis of f."""
    rank = len(_marks(f))
    return tuple(range(1, rank - axis % rank))


@static
def axes_beside(f: Any, axis: int | None) -> Axes:
    """Return all axes of f but one; None is the first."""
    rank = len(_marks(f))
    return tuple(i for i in range(rank) if i != (axis or 0) % rank)


# ---- tensordot --------------------------------------------------------------------------------


def contracted(axes: Any, a: int, b: int) -> tuple[Axes, Axes]:
    """Return which axes of operands of these ranks `tensordot` multiplies and sums.

    >>> contracted(2, 3, 4), contracted((-1, [1]), 3, 2)
    (((1, 2), (0, 1)), ((2,), (1,)))
    """
    if isinstance(axes, int):
        return tuple(range(a - axes, a)), tuple(range(axes))
    first, second = ([part] if isinstance(part, int) else list(part) for part in axes)
    return tuple(axis % a for axis in first), tuple(axis % b for axis in second)


@static
def last_with_last(a: Any, b: Any, count: int) -> Pairs:
    """Return the last axes of both, so many."""
    first, second = (tuple(range(len(_marks(x)) - count, len(_marks(x)))) for x in (a, b))
    return _pairs(first, second, len(_marks(a)))


@static
def with_second(a: Any, b: Any, axes: Any) -> Contraction:
    """Return how z̄ and b are contracted to the adjoint of a.

    >>> with_second(np.ones((2, 3)), np.ones((3, 4)), 1)
    ((1, 1), False, None)
    >>> with_second(np.ones((2, 3, 4)), np.ones((4, 3)), ([1, 2], [1, 0]))
    (0, False, (0, 2, 1))
    """
    rank, other = len(_marks(a)), len(_marks(b))
    mine, its = contracted(axes, rank, other)
    kept, free = _others(mine, rank), _others(its, other)
    met = tuple(range(len(kept), len(kept) + len(free)))
    return _contraction(kept, [mine[its.index(axis)] for axis in sorted(its)], met, free, other)


@static
def with_first(a: Any, b: Any, axes: Any) -> Contraction:
    """Return how z̄ and a are contracted to the adjoint of b."""
    other, rank = len(_marks(a)), len(_marks(b))
    its, mine = contracted(axes, other, rank)
    kept, free = _others(mine, rank), _others(its, other)
    return _contraction(kept, [mine[its.index(axis)] for axis in sorted(its)], tuple(range(len(free))), free, other)


def _contraction(kept: Axes, summed: Sequence[int], met: Axes, free: Axes, other: int) -> Contraction:
    """Return how z̄ is contracted with an operand of a rank, over the axes `met` of the one and `free` of the other.

    z̄ leaves the axes `kept` of what is made, the other operand those that were `summed`.
    """
    order = _order([*kept, *summed])
    if order is not None and _order([*summed, *kept]) is None:
        return _pairs(free, met, other), True, None
    return _pairs(met, free, len(kept) + len(met)), False, order


def _others(axes: Axes, rank: int) -> Axes:
    return tuple(axis for axis in range(rank) if axis not in axes)


def _order(made: Sequence[int]) -> Axes | None:
    """Return what `transpose` makes the order 0, 1, … of, None if it is that."""
    order = tuple(made.index(axis) for axis in range(len(made)))
    return None if order == tuple(range(len(made))) else order


def _pairs(first: Axes, second: Axes, rank: int) -> Pairs:
    """Return the axes as `tensordot` takes them, as short as that can be said."""
    count = len(first)
    if first == tuple(range(rank - count, rank)) and second == tuple(range(count)):
        return count
    return (first[0], second[0]) if count == 1 else (first, second)


@static
def places_in_blocks(a: Any, b: Any) -> tuple[Pairs, Pairs]:
    """Return which axes of a and of b meet which of their Kronecker product, where these take turns.

    >>> places_in_blocks(np.ones((2, 3)), np.ones((4, 5))), places_in_blocks(np.ones(2), np.ones((4, 5)))
    ((((0, 2), (0, 1)), ((1, 3), (0, 1))), ((1, 0), ((0, 2), (0, 1))))
    """
    ranks = len(_marks(a)), len(_marks(b))
    turns = [(which, i) for i in range(-max(ranks), 0) for which in (0, 1) if -i <= ranks[which]]
    places = [tuple(at for at, (owner, _) in enumerate(turns) if owner == which) for which in (0, 1)]
    first, second = (_pairs(at, tuple(range(n)), sum(ranks)) for at, n in zip(places, ranks, strict=True))
    return first, second


# ---- einsum -----------------------------------------------------------------------------------


def written_out(subscripts: str, ranks: Sequence[int]) -> tuple[list[str], str]:
    """Return the letters of the operands and of the result, with letters for what an ellipsis stands for.

    >>> written_out("ij,jk", [2, 2]), written_out("...i, i -> ...", [3, 1])
    ((['ij', 'jk'], 'ik'), (['abi', 'i'], 'ab'))
    """
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    names = inputs.split(",")
    counts = [rank - len(name.replace("...", "")) for name, rank in zip(names, ranks, strict=True) if "." in name]
    unused = [c for c in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" if c not in subscripts]
    free = "".join(unused[: max(counts, default=0)])
    if not arrow:
        once = sorted(c for c in set(inputs) - set(".,") if inputs.count(c) == 1)
        output = ("..." if "." in inputs else "") + "".join(once)
    lengths = [rank - len(name.replace("...", "")) for name, rank in zip(names, ranks, strict=True)]
    operands = [name.replace("...", free[len(free) - n :]) for name, n in zip(names, lengths, strict=True)]
    return operands, output.replace("...", free)


@static
def backwards(subscripts: str, position: int, operands: Sequence[Any]) -> Plan:
    """Return how the adjoint of an operand of an einsum is found.

    1. the subscripts of the einsum that has z̄ in the place of this operand, or of that of all others where z̄ is a
       number; None if there is nothing to do,
    2. the axes of the operand to insert, which that einsum has not; None if there are none,
    3. the subscripts by which the operand is reduced to a diagonal, and 4. the axes that are left; None if it is not,
    5. whether sizes of one may have been broadcast, and 6. whether sizes of one are to be.

    >>> backwards("ij,jk->ik", 0, [np.ones((2, 3)), np.ones((3, 4))])
    ('ik,jk->ij', None, None, None, False, False)
    >>> backwards("iij->j", 0, [np.ones((2, 2, 3))])
    (None, 0, 'iij->ij', (0, 2), False, True)
    """
    kinds = [_kind(x) for x in operands]
    names, output = written_out(subscripts, [len(_marks(kind)) for kind in kinds])
    own, kind = names[position], kinds[position]
    others = [pair for i, pair in enumerate(zip(names, kinds, strict=True)) if i != position]
    letters, made = "".join(dict.fromkeys(own)), ""
    stretched = shorter = False
    for letter in letters:
        marks = {mark for c, mark in zip(own, _marks(kind), strict=True) if c == letter}
        beside = {mark for name, other in others for mark in _beside(own, kind, name, other, letter)}
        if "1" in marks:
            continue
        if letter in output or beside & set("n?="):
            made += letter
            stretched |= "n" not in marks and bool(beside & set("n?"))
            shorter |= letter not in output and not beside & set("n=")
        else:
            shorter = True
    if output or not others:
        names[position] = output
    else:
        del names[position]
    inserted = tuple(i for i, letter in enumerate(letters) if letter not in made)
    reduced = own != letters
    broadcast = shorter and not (stretched or reduced) and inserted == tuple(range(len(inserted)))
    return (
        None if names == [made] else f"{','.join(names)}->{made}",
        None if broadcast else _shortened(inserted),
        f"{own}->{letters}" if reduced else None,
        tuple(own.index(letter) for letter in letters) if reduced else None,
        stretched,
        shorter,
    )


def _shortened(axes: Axes) -> int | Axes | None:
    return axes[0] if len(axes) == 1 else axes or None


def _beside(own: str, kind: Kind, name: str, other: Kind, letter: str) -> str:
    """Return the marks of the axes of another operand that a letter names, `=` for the size of the own axis."""
    size = kind.size_of(own.index(letter)) if isinstance(kind, Array) else None
    sizes = other.sizes if isinstance(other, Array) and other.sizes else (None,) * len(name)
    marks = zip(name, _marks(other), sizes, strict=True)
    return "".join("=" if size is not None and its == size else mark for c, mark, its in marks if c == letter)
