"""What a function takes from the names around it, as abstract values.

Immutable scalars become literals, functions and modules stay known objects, arrays and other
objects are read at each call.  Everything is noted as a dependency of the emitted code.
"""

from __future__ import annotations

from types import FunctionType, ModuleType
from typing import Any, cast

import numpy as np

from s2s_ad.frontend.capture import AnyOf, Scoped, scoped
from s2s_ad.frontend.context import Lowerer
from s2s_ad.frontend.values import DerivativeV, DictV, Ref, Static, TupleV, Value
from s2s_ad.ir.classes import form_of
from s2s_ad.ir.core import Capture, Lit, Var
from s2s_ad.ir.kinds import Array, is_container, is_numeric, kind_of
from s2s_ad.rules.names import path_of

_LIBRARIES = ("numpy", "math", "cmath", "scipy", "builtins", "functools", "dataclasses", "operator")
_SCALARS = (int, float, bool, complex, str, bytes, type(None), type(Ellipsis))


def global_name(lo: Lowerer, name: str) -> Value:
    """Return the value of a name that is not local: from a closure, the module, or builtins."""
    try:
        found = scoped(cast(FunctionType, lo.frame.source.function), name)
    except NameError:
        lo.refuse(f"the name {name!r} is not defined", "define it before the derivative is first called")
    path, obj = _path(lo, name, found), found.value
    if found.where != "builtins":
        return captured(lo, obj, path)
    if lo.notes and lo.frame.path != ":":  # the module may get a name of its own, but for one of ours
        lo.dependencies[path] = obj
    return captured(lo, obj, "")


def _path(lo: Lowerer, name: str, found: Scoped) -> str:
    """Return how the root reaches a name: as its own, if the module is the same."""
    root: Any = lo.root.source.function
    try:
        own = scoped(root, name)
    except NameError:
        return lo.frame.path + name
    same = found.where == own.where == "globals" and found.owner is own.owner
    return name if same else lo.frame.path + name


def list_told(lo: Lowerer, node: Any) -> Value | None:
    """Return a list of the outside that is appended to, None where an expression is no such list.

    Nothing else of it is known: it is not read in the same function, under whatever name.
    """
    if type(node).__name__ != "Name" or lo.lookup(node.id) is not None:
        return None
    try:
        found = scoped(cast(FunctionType, lo.frame.source.function), node.id)
    except NameError:
        return None
    obj: Any = found.value
    if type(obj) is not list or any(obj is known for known in lo.dependencies.values()):
        return None
    path = _path(lo, node.id, found)
    lo.told[path] = obj
    lo.dependencies[path] = AnyOf("list")
    return lo.outside_object(obj, path)


def captured(lo: Lowerer, obj: Any, path: str) -> Value:
    """Return the abstract value of an object of the outside that the root reaches by `path`."""
    made = cast("Any", type(cast(object, obj)))
    if is_derivative(obj):
        return derivative(lo, obj, path)
    if any(obj is told for told in lo.told.values()):
        lo.refuse("a list of the outside is appended to and read", "return what is to be kept")
    if made is list and _is_of_objects(obj):
        return _objects(lo, obj, path)
    instance = form_of(made) is not None
    if path and lo.notes:
        # Of an instance the code depends on what it reads from it, and on its class.
        lo.dependencies[f"{path}.__class__" if instance else path] = made if instance else obj
    if instance and not issubclass(made, tuple):
        return Static(obj, path)
    if (isinstance(obj, _SCALARS) and type(obj) in _SCALARS) or isinstance(obj, np.generic):
        return Lit(obj, kind_of(obj))
    constants = _constants(obj)
    if constants:
        return TupleV(constants)
    if isinstance(obj, ModuleType | FunctionType | type | np.dtype) or path_of(cast(object, obj)) is not None:
        return Static(obj, path)
    try:
        kind = kind_of(obj)
    except RecursionError:
        lo.refuse(f"{path} contains itself", "use a structure that ends")
    if is_numeric(kind) or is_container(kind):
        return _live(lo, obj, path)
    return Static(obj, path)


def is_derivative(obj: Any) -> bool:
    """Say whether an object is a derivative that was made by `grad` or its like."""
    return getattr(cast("Any", type(obj)), "__s2s_derivative__", False)


def derivative(lo: Lowerer, obj: Any, path: str) -> Value:
    """Return a derivative that was made outside, as one that is made here."""
    if path and lo.notes:
        lo.dependencies[path] = obj
    sorts, argnums, has_aux = obj.asked
    function = captured(lo, obj.__wrapped__, f"{path}.__wrapped__")
    for sort in sorts:
        function = DerivativeV(function, sort, argnums, has_aux)
    return function


def _objects(lo: Lowerer, items: list[Any], path: str) -> Value:
    """Return a list of functions and instances, item by item."""
    if path and lo.notes:
        lo.dependencies[f"{path}.#"] = len(items)
    return TupleV(tuple(captured(lo, item, f"{path}[{i}]") for i, item in enumerate(items)), "list")


def _is_of_objects(items: list[Any]) -> bool:
    """Say whether a list has nothing but functions and instances of the user's classes."""
    return bool(items) and all(
        isinstance(item, FunctionType) or path_of(item) is not None or form_of(type(item)) is not None for item in items
    )


def _constants(obj: Any) -> tuple[Value, ...]:
    """Return the items of a tuple of scalars, () of anything else."""
    items = cast("tuple[Any, ...]", obj) if type(obj) is tuple else ()
    return tuple(Lit(item, kind_of(item)) for item in items) if all(type(item) in _SCALARS for item in items) else ()


def _live(lo: Lowerer, obj: Any, path: str) -> Value:
    """Return an array or a container of the outside, read at each call."""
    if isinstance(obj, dict):
        items = cast("dict[Any, Any]", obj).items()
        return DictV(tuple((key, captured(lo, item, f"{path}[{key!r}]")) for key, item in items))
    if isinstance(obj, tuple):
        parts = enumerate(cast("tuple[Any, ...]", obj))
        cls = None if type(obj) is tuple else Static(type(obj), f"{path}.__class__")  # pyright: ignore[reportUnknownArgumentType]
        return TupleV(tuple(captured(lo, item, f"{path}[{i}]") for i, item in parts), cls=cls)
    if path not in lo.captures:
        lo.captures[path] = Capture(path, Var(path.replace(".", "_") + ".outside", kind_of(obj)))
        lo.outside[-len(lo.captures)] = lo.captures[path].var
    var = lo.captures[path].var
    if not isinstance(var.kind, Array):
        return var
    return Ref(next(cell for cell, known in lo.outside.items() if known == var))


def known(lo: Lowerer, obj: Any) -> Static:
    """Return a function or class that an argument holds."""
    path = f"@{next(i for i, each in enumerate(lo.known) if each is obj)}"
    if path_of(obj) is not None:
        return Static(obj)
    lo.dependencies[path] = obj
    return Static(obj, path)


def module_path(module: ModuleType) -> str:
    """Return how a module that is imported inside a function is reached, "" for a library."""
    library = module.__name__.partition(".")[0] in _LIBRARIES
    return "" if library else "%" + module.__name__.replace(".", "/")


def attribute(lo: Lowerer, owner: Static, name: str) -> Value:
    """Return the attribute of a known object."""
    try:
        obj = getattr(owner.obj, name)
    except AttributeError:
        lo.refuse(f"{getattr(owner.obj, '__name__', owner.obj)!s} has no attribute {name!r}")
    library = isinstance(owner.obj, ModuleType) and owner.obj.__name__.partition(".")[0] in _LIBRARIES
    if library or not owner.path:
        if isinstance(obj, (*_SCALARS, np.generic)):
            return Lit(obj, kind_of(obj))
        return Static(obj, "")
    return captured(lo, obj, f"{owner.path}.{name}")
