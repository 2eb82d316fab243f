"""Instances of the user's classes, taken apart: which attributes they hold, and how to make another."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import BuiltinFunctionType, FunctionType, MemberDescriptorType
from typing import Any, cast
from weakref import WeakKeyDictionary

import numpy as np

_HEAP_TYPE = 1 << 9
_LIBRARIES = sys.stdlib_module_names | {"numpy", "scipy", "pandas", "s2s_ad"}
_KNOWN: tuple[Any, ...] = (FunctionType, BuiltinFunctionType, type, np.ufunc, cast("Any", type(np.sum)))


@dataclass(frozen=True, slots=True)
class Form:
    """How the instances of a class hold their attributes."""

    slots: tuple[tuple[str, Any], ...]
    """The names of slots, and the descriptors that read them."""
    fields: tuple[str, ...] = ()
    """The names of the items of a named tuple."""


_forms: WeakKeyDictionary[type, Form | None] = WeakKeyDictionary()


def form_of(cls: Any) -> Form | None:
    """Return the form of a class written in Python whose instances hold attributes and nothing else.

    >>> class Point: __slots__, __module__ = ("x", "y"), "geometry"
    >>> [name for name, _ in form_of(Point).slots], form_of(dict), form_of(ValueError)
    (['x', 'y'], None, None)
    """
    if cls not in _forms:
        _forms[cls] = _form(cls)
    return _forms[cls]


def entries(cls: Any) -> dict[str, Any]:
    """Return what a class itself has, its bases apart."""
    return cast("dict[str, Any]", vars(cls))


def _form(cls: Any) -> Form | None:
    if not cls.__flags__ & _HEAP_TYPE or cls.__module__.partition(".")[0] in _LIBRARIES:
        return None
    if is_named_tuple(cls):
        fields = getattr(cls, "_fields", None)
        named = type(fields) is tuple and cls.__base__ is not None and "__getnewargs__" in _all_names(cls)
        return Form((), cast("tuple[str, ...]", fields)) if named and not _has_dict(cls) else None
    if type(cls).__module__ == "enum" or issubclass(cls, BaseException | type):
        return None
    if "__getattribute__" in _all_names(cls):
        return None
    if any(not base.__flags__ & _HEAP_TYPE for base in cls.__mro__[:-1]):
        return None
    found = (entry for base in cls.__mro__ for entry in entries(base).items())
    slots = {name: value for name, value in found if isinstance(value, MemberDescriptorType)}
    return Form(tuple(slots.items()))


def _all_names(cls: Any) -> set[str]:
    """Return the names that a class has from Python, not from `object` or `tuple`."""
    return {name for base in cls.__mro__ if base not in (object, tuple) for name in entries(base)}


def _has_dict(cls: Any) -> bool:
    return cls.__dictoffset__ != 0


def attributes(value: Any) -> dict[str, Any] | None:
    """Return the attributes that an instance of a user's class holds, None for all other objects."""
    form = form_of(type(value))
    if form is None:
        return None
    if form.fields:
        return dict(zip(form.fields, value, strict=True))
    if not form.slots:
        return getattr(value, "__dict__", {})
    found: dict[str, Any] = {}
    for name, slot in form.slots:
        with suppress(AttributeError):
            found[name] = slot.__get__(value)
    return found | getattr(value, "__dict__", {})


def is_named_tuple(cls: Any) -> bool:
    """Say whether a class is that of a named tuple."""
    return issubclass(cls, tuple)


def is_known(value: object) -> bool:
    """Say whether an object is a function or a class: what it does decides what is emitted."""
    return isinstance(value, _KNOWN)


def is_record(cls: Any) -> bool:
    """Say whether a class is a dataclass or a named tuple: its gradient is one of the same class."""
    return dataclasses.is_dataclass(cls) or is_named_tuple(cls)


def takes(cls: Any, names: tuple[str, ...]) -> bool:
    """Say whether `cls(name=value, …)` makes an instance with just these attributes and does no more."""
    if type(cls) is not type or cls.__flags__ & _HEAP_TYPE == 0:
        return False
    if is_named_tuple(cls):
        return _owner(cls, "__new__") is _owner(cls, "_make")
    maker = cls.__dict__.get("__init__")
    if cls.__new__ is not object.__new__ or not is_generated(maker) or hasattr(cls, "__post_init__"):
        return False
    if not (cls.__setattr__ is object.__setattr__ or is_generated(cls.__setattr__)):
        return False
    fields = dataclass_fields(cls)
    return sorted(fields) == sorted(names) and all(field.init for field in fields.values())


def dataclass_fields(cls: Any) -> dict[str, dataclasses.Field[Any]]:
    """Return the fields of a dataclass, those for `__init__` only among them, class variables apart."""
    fields = cast("dict[str, dataclasses.Field[Any]]", getattr(cls, "__dataclass_fields__", {}))
    return {name: field for name, field in fields.items() if field_type(field) != "_FIELD_CLASSVAR"}


def field_type(field: dataclasses.Field[Any]) -> str:
    """Return what sort of field it is: _FIELD, _FIELD_CLASSVAR or _FIELD_INITVAR."""
    return str(getattr(field, "_field_type", ""))


def is_generated(function: object) -> bool:
    """Say whether a function was written by `dataclass`."""
    return isinstance(function, FunctionType) and function.__code__.co_filename == "<string>"


def _owner(cls: type, name: str) -> type | None:
    return next((base for base in cls.__mro__ if name in entries(base)), None)


def found_in(cls: Any, name: str, after: type | None = None) -> tuple[int, Any] | None:
    """Return where in the order of its classes a name is found, and what it is there; None if nowhere.

    With `after`, as `super()` does, only in the classes after that one.
    """
    start = 0 if after is None else cls.__mro__.index(after) + 1
    for position, base in enumerate(cls.__mro__):
        if position >= start and name in entries(base):
            return position, entries(base)[name]
    return None


def is_descriptor(value: Any) -> bool:
    """Say whether a class gives an instance something else than the value itself."""
    return any("__get__" in entries(base) for base in type(value).__mro__)


def behaviour(cls: type) -> Iterator[tuple[str, Any]]:
    """Yield the names that a class and its bases have, each with the function behind it, if there is one.

    Values that are data are not here: emitted code depends on them one by one.
    """
    for base in cls.__mro__[:-1]:
        yield f"class {base.__module__}.{base.__qualname__}", None
        for name, value in sorted(entries(base).items()):
            if name in ("__doc__", "__weakref__", "__dict__", "__module__", "__firstlineno__"):
                continue
            inner = [getattr(value, part, None) for part in ("fget", "fset", "fdel", "func", "__func__")]
            functions = [each for each in (value, *inner) if isinstance(each, FunctionType)]
            yield f"{name} {type(value).__qualname__}", functions
