"""The way a function goes: source → SSA → derivative → text, each step a function of the one before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import FunctionType

from s2s_ad.analysis.storage import Storage
from s2s_ad.emission.module import emit_module
from s2s_ad.emission.names import capture_names
from s2s_ad.emitted import Emitted
from s2s_ad.frontend.capture import Dependency, fingerprint
from s2s_ad.frontend.lower import Lowered
from s2s_ad.frontend.lower import lower as lower_function
from s2s_ad.ir.core import Function, variables
from s2s_ad.ir.kinds import Kind
from s2s_ad.optimize.copies import copies
from s2s_ad.optimize.dead_code import dead_code
from s2s_ad.optimize.protect import protect
from s2s_ad.transform.reverse import reverse

MODES = ("reverse",)


def lower(fun: FunctionType, signature: tuple[Kind, ...]) -> Lowered:
    """Return the primal in SSA form, without values that nothing reads."""
    lowered = lower_function(fun, signature)
    return Lowered(tidy(lowered.function), lowered.dependencies, lowered.names, lowered.source)


def tidy(function: Function) -> Function:
    """Return the function without carried values that nothing reads."""
    body = dead_code(function.body, frozenset(variables(function.result)))
    return replace(function, body=body, functions=tuple(map(tidy, function.functions)))


def derive(
    fun: FunctionType, mode: str, argnums: tuple[int, ...], signature: tuple[Kind, ...], *, optimize: bool = True
) -> Emitted:
    """Return the emitted module of a derivative for arguments of these kinds.

    `argnums` are positions of positional parameters.  With `optimize=False` every pass that only
    makes the code leaner is left out.
    """
    assert mode in MODES
    lowered = lower(fun, signature)
    derived = reverse(lowered.function, argnums, lowered.names, lowered.source)
    if optimize:
        derived = _without_copies(derived)
    derived = tidy(protect(derived, lowered.names))
    names = [param.name for param in derived.params]
    place = derived.place
    wrt = ", ".join(names[n] for n in argnums)
    text = emit_module(
        derived,
        f"Reverse mode of {fun.__name__}({', '.join(names)}).",
        f"source: {shown_path(place.file)}:{place.line}    wrt: {wrt}    signature: ({', '.join(map(str, signature))})",
        f"Return y = {fun.__name__}({', '.join(names)}) and ({_bars(names, argnums)}), the pullback of y_bar.",
    )
    keywords = capture_names(derived)
    captures = tuple((keywords[capture.name], capture.name) for capture in derived.captures)
    dependencies = tuple(Dependency(path, fingerprint(obj)) for path, obj in sorted(lowered.dependencies.items()))
    return Emitted(text, derived.name, dependencies, captures, _writes_arguments(lowered.function))


def _without_copies(function: Function) -> Function:
    return replace(function, body=copies(function.body), functions=tuple(map(_without_copies, function.functions)))


def _writes_arguments(primal: Function) -> bool:
    """Say whether arrays that are not the function's own are written in place."""
    storage = Storage()
    storage.block(primal.body)
    leaves = [var for param in primal.params for var in variables(param.value)]
    return any(storage.writes_to(var) for var in (*leaves, *(capture.var for capture in primal.captures)))


_ROOTS = ("pyproject.toml", "setup.py", ".git")


def shown_path(file: str) -> str:
    """Return the path of a source file within its project, or its name: the same on every machine."""
    path = Path(file)
    for folder in path.parents:
        if any((folder / root).exists() for root in _ROOTS):
            return path.relative_to(folder).as_posix()
    return path.name


def _bars(names: list[str], argnums: tuple[int, ...]) -> str:
    bars = ", ".join(f"{names[n]}_bar" for n in argnums)
    return bars + "," if len(argnums) == 1 else bars
