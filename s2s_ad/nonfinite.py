"""Where nan and inf come from: `find_nonfinite`, for a function or a derivative that gives them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from s2s_ad.api import MODES
from s2s_ad.arguments import Argnums, bind, is_single, parameters, positions, refuse, refuse_item, root_of
from s2s_ad.errors import DifferentiationError, Place, UnsupportedError
from s2s_ad.ir.kinds import kind_of
from s2s_ad.ir.layers import Layer

_MODES = ("primal", *(mode for mode in MODES if mode != "linearize"))


@dataclass(frozen=True, slots=True)
class Iteration:
    """An iteration of a loop, counted from 1 as the function runs it, or a call of a recursive function."""

    text: str
    """The line of the loop, or the name of the function."""
    place: Place | None
    number: int
    index: str = ""
    """The value of the variable of a loop, `i = 2`, if it has one."""
    call: bool = False

    def __str__(self) -> str:
        line = f", line {self.place.line}" if self.place else ""
        if self.call:
            return f"call {self.number} of {self.text}{line}, each inside the one before"
        return f"iteration {self.number} of {self.text!r}{line}" + (f", where {self.index}" if self.index else "")


@dataclass(frozen=True, slots=True)
class Nonfinite:
    """The statement that makes nan or inf, or the place where it was given; `str` is a report."""

    made: bool
    """A statement made it of numbers that were finite, or nan of inf; else it was given to the function so."""
    what: str
    """The value that is not finite: `np.log(x)`, `the adjoint of x`, `the argument x`."""
    value: str
    """What it is, and at which index."""
    place: Place | None = None
    """The statement of the function that it belongs to."""
    statement: str = ""
    """The line of the emitted module that computes it, without indentation."""
    part: str = ""
    """The expression in that line that gives it, "" if it is the whole line."""
    operands: tuple[tuple[str, str], ...] = ()
    """What the emitted expression read, by the names of the emitted module."""
    meanings: tuple[tuple[str, str], ...] = ()
    """The names of the emitted module that are in it, and what they are to the user."""
    within: tuple[Iteration, ...] = ()
    """The loops and calls in which it happened, the outermost first."""
    reaches: bool = True
    """The result is not finite because of it; else the result is finite."""
    given: tuple[str, ...] = ()
    """What else was not finite when the function was called."""

    def __str__(self) -> str:
        how = "" if self.made else ", as it was given"
        lines = [
            f"{self.place}: {self.what} is {self.value}{how}" if self.place else f"{self.what} is {self.value}{how}"
        ]
        if self.place:
            lines.append(self.place.caret())
        lines += [
            f"    emitted: {line}" if i == 0 else f"             {line}" for i, line in enumerate(self._emitted())
        ]
        if self.operands:
            lines.append("    from: " + ", ".join(f"{name} = {value}" for name, value in self.operands))
        if self.meanings:
            lines.append("    where " + ", ".join(f"{name} is {meaning}" for name, meaning in self.meanings))
        lines += [f"    in {iteration}" for iteration in reversed(self.within)]
        if not self.reaches:
            lines.append("    the result is finite: it is not used, or not chosen")
        if self.given:
            lines.append(f"    not finite from the start: {', '.join(self.given)}")
        return "\n".join(lines)

    def _emitted(self) -> list[str]:
        """Return the emitted line, with its part underlined where that is found once."""
        if not self.statement:
            return []
        found = self.statement.count(self.part) == 1 if self.part else False
        return [self.statement, *([" " * self.statement.index(self.part) + "^" * len(self.part)] if found else [])]


def find_nonfinite(
    fun: Callable[..., Any],
    *args: Any,
    mode: str = "primal",
    argnums: Argnums = 0,
    tangents: Sequence[Any] | None = None,
    cotangent: Any = None,
    hidden: bool = False,
) -> Nonfinite | None:
    """Return the first statement that makes nan or inf in the result at these arguments, None if that is finite.

    What runs is what `fun(*args)` would run, be it a function or a derivative, and with a `mode` of `emit`
    the derivative of it by the `argnums`: along `tangents` (ones if not given) or pulling back `cotangent`
    (ones).  A statement makes something if all that it reads is finite, or if it gives nan and reads none.
    What the result does not depend on is passed over; where the result is finite, `hidden` asks for the first
    statement that made something nevertheless.  The report tells when it was an argument that was not finite.

    The statements of the derivative are interpreted one by one: it is slow, arguments are not changed, and
    what the function prints is printed.

    *Raises*: what the function raises, and what its derivative raises when it is made.
    """
    if mode not in _MODES:
        names = ", ".join(f'"{name}"' for name in _MODES)
        raise UnsupportedError(f"there is no mode {mode!r}", remedy=f"choose one of {names}")
    if tangents is not None and mode not in ("forward", "hvp"):
        raise DifferentiationError('tangents belong to the modes "forward" and "hvp"', remedy="leave them out")
    if cotangent is not None and mode != "vjp":
        raise DifferentiationError('a cotangent belongs to the mode "vjp"', remedy="leave it out")
    root = root_of(fun)
    if root is None:
        raise UnsupportedError(f"{fun!r} has no source", remedy="pass a function of your own, or a derivative of one")
    named = parameters(root)
    values = bind(root, named, args, {})
    active, asked = positions(argnums, named, root.function.__qualname__) if mode != "primal" else ((), ())
    signature = tuple(map(kind_of, values))
    refuse(named.names, values, signature, tuple(active[n] for n, item in asked if item is None))
    for n, item in asked:
        if item is not None:
            refuse_item(named.names[active[n]], item, values[active[n]])
    layers = (*root.layers, *(Layer(sort, active, is_single(argnums)) for sort in MODES.get(mode, ())))
    from s2s_ad.display.search import search  # the front end is not needed before

    return search(root.function, layers, values, tangents, cotangent, hidden=hidden)
