"""What the pipeline gives and the store keeps: an emitted module, and what it was made from."""

from __future__ import annotations

from dataclasses import dataclass

from s2s_ad.frontend.capture import Dependency


@dataclass(frozen=True, slots=True)
class Emitted:
    """The text of a module, and what a loader must know to use it."""

    text: str
    entry: str
    """The name of the derivative in the module: `f_vjp`."""
    dependencies: tuple[Dependency, ...] = ()
    captures: tuple[tuple[str, str], ...] = ()
    """Keyword parameters of the entry that are read at each call, each with its access path."""
    writes: bool = False
    """Arrays of arguments or of the outside are written in place: then no two of them may share memory."""
