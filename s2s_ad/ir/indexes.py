"""What an index does: whether it gives a copy, and whether it can name an element twice."""

from __future__ import annotations

from s2s_ad.ir.core import Arg, Lit, Seq, Var
from s2s_ad.ir.kinds import Array, ListKind, dtype_of


def gives_copy(index: Arg) -> bool:
    """Say whether indexing with arrays of integers or masks gives a copy; slices give views.

    >>> gives_copy(Var("i", Array("int64", "n"))), gives_copy(Seq((Seq((), "list"),)))
    (True, True)
    """
    return any(isinstance(part, Seq) or isinstance(_kind(part), Array | ListKind) for part in _parts(index))


def gives_number(index: Arg) -> bool:
    """Say whether an index that leaves no axes gives a number: with dots it is a view without axes.

    >>> from s2s_ad.ir.kinds import INT, UNKNOWN
    >>> gives_number(Lit(0, INT)), gives_number(Seq((Lit(0, INT), Lit(Ellipsis, UNKNOWN))))
    (True, False)
    """
    return not any(isinstance(part, Lit) and part.value is Ellipsis for part in _parts(index))


def is_fancy(index: Arg) -> bool:
    """Say whether an index has an array or list of integers, so that it can name an element twice.

    >>> is_fancy(Var("i", Array("int64", "n"))), is_fancy(Var("mask", Array("bool", "n")))
    (True, False)
    """
    return any(isinstance(part, Seq) or _is_integers(part) for part in _parts(index))


def _is_integers(part: Arg) -> bool:
    kind = _kind(part)
    if isinstance(kind, Array):
        return kind.axes != "" and dtype_of(kind).kind in "iu"
    return isinstance(kind, ListKind)


def _kind(part: Arg) -> object:
    return part.kind if isinstance(part, Var | Lit) else None


def _parts(index: Arg) -> tuple[Arg, ...]:
    return index.items if isinstance(index, Seq) and index.type == "tuple" else (index,)
