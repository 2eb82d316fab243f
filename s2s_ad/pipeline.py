"""The way a function goes: source → SSA → derivative → text, each step a function of the one before."""

from __future__ import annotations

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
from s2s_ad.ir.layers import Layer
from s2s_ad.ir.rename import beside
from s2s_ad.jit.border import CORE
from s2s_ad.jit.compiled import compiled
from s2s_ad.optimize.clean import for_numpy, tidy
from s2s_ad.transform.custom import expanded
from s2s_ad.transform.layers import applied, derived, is_alone, nested


def lower(fun: FunctionType, signature: tuple[Kind, ...], layers: tuple[Layer, ...] = ()) -> Lowered:
    """Return a function, or a derivative of one, in SSA form, without values that nothing reads."""
    lowered = lower_function(fun, signature, nested)
    function = tidy(lowered.function)
    for layer in layers:
        function = applied(function, layer, lowered.names, lowered.source)
    return Lowered(function, lowered.dependencies, lowered.names, lowered.source)


def derive(
    fun: FunctionType,
    layers: tuple[Layer, ...],
    signature: tuple[Kind, ...],
    *,
    optimize: bool = True,
    jit: str | None = None,
) -> Emitted:
    """Return the emitted module of a derivative for arguments of these kinds.

    The last of the layers is the derivative itself, the others are those that it is a derivative of.
    """
    lowered = lower(fun, signature, layers[:-1])
    made, *others = derived(lowered.function, layers[-1], lowered.names, lowered.source, optimize=optimize)
    taken = {f"{each.name}{end}" for each in (made, *others) for end in ("", CORE)}
    made, *others = (beside(expanded(each, lowered.names), taken) for each in (made, *others))
    heading, facts, *docstrings = _words(made, layers, fun.__name__, signature)
    functions = list(zip((made, *others), docstrings, strict=True))
    chosen: dict[str, bool] = {}
    if jit:
        functions, chosen = compiled(functions, lowered.names, lowered.source)
    elif optimize:
        alone = is_alone(lowered.function, layers[-1])
        functions = [(for_numpy(each, lowered.names, alone=alone), docstring) for each, docstring in functions]
    text = emit_module(functions, heading, facts, optimize=optimize, compiled=chosen)
    keywords = capture_names(made)
    captures = tuple((keywords[capture.name], capture.name) for capture in made.captures)
    dependencies = tuple(Dependency(path, fingerprint(obj)) for path, obj in sorted(lowered.dependencies.items()))
    return Emitted(text, made.name, dependencies, captures, _writes_arguments(lowered.function))


def _words(made: Function, layers: tuple[Layer, ...], name: str, signature: tuple[Kind, ...]) -> tuple[str, ...]:
    """Return the heading of a module, the facts below it, and the docstrings of its functions."""
    *inner, layer = layers
    names = [param.name for param in made.params]
    of = f"{name}({', '.join(names)})"
    for each in inner:
        of = f"the {_SORTS[each.sort]} of {of}"
    place = made.place
    wrt = ", ".join(names[n] for n in layer.argnums)
    kinds = ", ".join(map(str, signature))
    facts = f"source: {shown_path(place.file)}:{place.line}    wrt: {wrt}    signature: ({kinds})"
    if layer.sort == "jvp":
        dots = ", ".join(seed.name for seed in made.seeds)
        return f"Forward mode of {of}.", facts, f"Return y = {of} and y_dot, its tangent along ({dots})."
    if layer.sort in ("jacfwd", "jacrev"):
        mode = "Forward" if layer.sort == "jacfwd" else "Reverse"
        return f"{mode} mode of {of}, in all directions at once.", facts, f"Return the Jacobian of {of} by {wrt}."
    if layer.sort in ("grad", "elementwise_grad"):
        summed = "" if layer.sort == "grad" else "the sum of "
        return f"Reverse mode of {of}.", facts, f"Return the gradient of {summed}{of} by {wrt}."
    bars = ", ".join(f"{names[n]}_bar" for n in layer.argnums) + ("," if len(layer.argnums) == 1 else "")
    if layer.sort == "vjp":
        pullback = made.name.removesuffix("_fwd") + "_pullback"
        forth = f"Return y = {of} and what {pullback} needs."
        return f"Reverse mode of {of}, in two functions.", facts, forth, f"Return ({bars}), the pullback of y_bar."
    if layer.sort == "linearize":
        pushforward = made.name.removesuffix("_fwd") + "_pushforward"
        forth = f"Return y = {of} and what {pushforward} needs."
        return f"{of} and its tangents, in two functions.", facts, forth, "Return y_dot, the tangent of y."
    return f"Reverse mode of {of}.", facts, f"Return y = {of} and ({bars}), the pullback of y_bar."


_SORTS = {
    "grad": "gradient",
    "slope": "derivative",
    "value_and_grad": "value and gradient",
    "jvp": "value and tangent",
    "jacfwd": "Jacobian",
    "jacrev": "Jacobian",
    "elementwise_grad": "elementwise gradient",
}


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
