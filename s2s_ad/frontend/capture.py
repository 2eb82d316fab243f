"""What a function takes from outside: where it is reached, and by what it is recognised.

An *access path* is read from a root function.  Its first name is looked up in the function's
scope: closure cell, then globals, then builtins.

| path           | reaches                                                  |
|----------------|----------------------------------------------------------|
| `helper`       | what the name `helper` is                                |
| `helper:scale` | the name `scale` in the scope of the function `helper`   |
| `cfg.w`        | the attribute `w` of what the name `cfg` is              |
| `cfg['w']`     | the item `'w'` of what the name `cfg` is                 |
| `cfg.#`        | the length of what the name `cfg` is                     |
| `%lib/nets.w`  | the name `w` in the module `lib.nets`                    |
| `helper.!rule` | the custom rule of the function `helper`                 |
| `@0`           | the first function or class in the kinds of the arguments |

An emitted module depends on each path through a *fingerprint*: enough of the object that equal
fingerprints mean the same emitted code.  A literal is known by its value, a function by its code, an
array only by its kind, since it is read at each call.

This module is part of a warm start and imports nothing heavy.
"""

from __future__ import annotations

import hashlib
import re
import sys
from ast import literal_eval
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, Literal, cast

import numpy as np

from s2s_ad.ir.classes import behaviour, form_of
from s2s_ad.ir.kinds import kind_of
from s2s_ad.rules.custom import CustomRule, custom_rule_of, library_rules
from s2s_ad.rules.names import import_path

_STEP = re.compile(r"([.:]?)([^.:\[\]]+)|(\[)('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^\]]*)\]")
_LITERALS = (bool, int, float, complex, str, bytes, type(None))
_LONG = 120
"""A literal whose repr is longer is known by its hash."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """An object that the emitted code was made for: its access path and its fingerprint."""

    path: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Any object of a type: the emitted code is the same for all."""

    type: str


@dataclass(frozen=True, slots=True)
class Scoped:
    """Where a name of a function is found: in a closure cell, or in a dict."""

    where: Literal["cell", "globals", "builtins"]
    owner: Any
    value: Any


def scoped(fun: FunctionType, name: str) -> Scoped:
    """Return where a name in the scope of a function is found, and what it is.

    Raises: NameError if there is no such name, or its cell is empty.
    """
    free = fun.__code__.co_freevars
    if name in free:
        cell = (fun.__closure__ or ())[free.index(name)]
        try:
            return Scoped("cell", cell, cell.cell_contents)
        except ValueError:
            raise NameError(f"the variable {name!r} of {fun.__qualname__} is not bound yet") from None
    if name in fun.__globals__:
        return Scoped("globals", fun.__globals__, fun.__globals__[name])
    if name in fun.__builtins__:
        return Scoped("builtins", fun.__builtins__, fun.__builtins__[name])
    raise NameError(f"name {name!r} in {fun.__qualname__} is not defined")


def steps(path: str) -> Iterator[tuple[str, str]]:
    """Yield the steps of an access path: ":" and a name in a scope, "." and an attribute, "[" and a key.

    >>> list(steps("helper:cfg.w"))
    [(':', 'helper'), (':', 'cfg'), ('.', 'w')]
    """
    for mark, name, bracket, key in _STEP.findall(path):
        yield (bracket, key) if bracket else (mark or ":", name)


def resolve(fun: FunctionType, path: str, known: tuple[Any, ...] = ()) -> Any:
    """Return the object at an access path; `known` are the functions and classes in the arguments.

    Raises: NameError, AttributeError or TypeError if there is none.

    >>> import math
    >>> def area(r): return math.pi * r**2
    >>> def volume(r, h): return area(r) * h
    >>> resolve(volume, "area:math.pi")
    3.141592653589793
    """
    value: Any = fun
    for mark, name in steps(path):
        if name == "#":
            value = len(value)
        elif name == "!rule":
            value = custom_rule_of(value)
        elif mark == ".":
            value = getattr(value, name)
        elif mark == "[":
            value = value[literal_eval(name)]
        elif name.startswith("@"):
            value = known[int(name[1:])]
        elif name.startswith("%"):
            value = sys.modules[name[1:].replace("/", ".")]
        elif isinstance(value, FunctionType):
            value = scoped(value, name).value
        else:
            raise TypeError(f"{path!r}: there is no scope in an object of type {type(value).__name__}")
    return value


def fingerprint(obj: Any) -> str:
    """Return what an object is recognised by: equal fingerprints, same emitted code.

    >>> fingerprint(2.0), fingerprint(np), fingerprint(np.sin), fingerprint(np.ones((1, 3)))
    ('literal float 2.0', 'module numpy', 'object numpy.sin', 'kind float64[1,n]')
    """
    if isinstance(obj, AnyOf):
        return f"type {obj.type}"
    if isinstance(obj, ModuleType):
        return f"module {obj.__name__}"
    if isinstance(obj, FunctionType):
        return f"code {_function_hash(obj)}{_hash_of_rule(custom_rule_of(obj))}"
    if isinstance(obj, MethodType) and isinstance(obj.__func__, FunctionType):
        return f"method {_function_hash(obj.__func__)} of {kind_of(obj.__self__)}"
    if isinstance(obj, Enum):
        return f"object {type(obj).__module__}.{type(obj).__qualname__}.{obj.name}"
    if isinstance(obj, type) and form_of(obj) is not None:
        return f"class {_class_hash(obj)}"
    if is_literal(obj):
        text = repr(obj)
        return f"literal {type(obj).__name__} {text if len(text) <= _LONG else _hash(text)}"
    if getattr(cast("Any", type(obj)), "__s2s_derivative__", False):
        return f"derivative {cast('Any', obj).asked!r}"
    name = _importable_name(obj)
    return f"object {name}" if name else f"kind {kind_of(obj)}"


def is_literal(obj: Any) -> bool:
    """Say whether an object is an immutable scalar, or a tuple of such: it is emitted by value."""
    if type(obj) is tuple:
        return all(map(is_literal, cast(tuple[Any, ...], obj)))
    sort: type[Any] = type(obj)  # pyright: ignore[reportUnknownVariableType]
    return sort in _LITERALS or (issubclass(sort, np.generic) and obj.dtype.kind in "fciub")


def code_key(code: CodeType) -> str:
    """Return a hash of all that a code object is, the same in every process.

    Names of the file and positions of lines and columns belong to it, because the emitted comments
    and the errors show them.  (`marshal` would not do: its bytes depend on reference counts.)
    """
    digest = hashlib.sha256()
    _feed(code, digest.update)
    return digest.hexdigest()


def _feed(code: CodeType, update: Callable[[bytes], None]) -> None:
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
    place = (code.co_filename, code.co_firstlineno, code.co_qualname)
    inner = [const for const in code.co_consts if isinstance(const, CodeType)]
    plain = [_constant(const) for const in code.co_consts]
    tables = (code.co_code, code.co_linetable, code.co_exceptiontable)
    text = repr((names, counts, place, plain, tuple(map(len, tables)))).encode("utf-8", "surrogatepass")
    update(b"%d:" % len(text))
    update(text)
    for table in tables:
        update(table)
    for const in inner:
        _feed(const, update)


def _constant(const: object) -> str:
    if isinstance(const, CodeType):
        return "code"
    if isinstance(const, frozenset):
        # The order of a set of strings differs between processes.
        return f"frozenset({sorted(map(_constant, cast(frozenset[object], const)))})"
    if isinstance(const, tuple):
        return f"({[_constant(item) for item in cast(tuple[object, ...], const)]})"
    return repr(const)


def _function_hash(fun: FunctionType) -> str:
    defaults = [fingerprint(value) for value in fun.__defaults__ or ()]
    keywords = sorted((name, fingerprint(value)) for name, value in (fun.__kwdefaults__ or {}).items())
    return _hash(repr((code_key(fun.__code__), defaults, keywords)))


def _hash_of_rule(made: CustomRule | None) -> str:
    """Return a hash of a custom rule, "" of none: where it is equations, of all that these reach too."""
    if made is None:
        return ""
    return f" rule {_hash(repr([_deep_hash(each) for each in made.functions]))}"


def _deep_hash(fun: FunctionType, seen: frozenset[FunctionType] = frozenset()) -> str:
    """Return a hash of a function and of what its names are, functions followed."""
    found = [_function_hash(fun)]
    for name in (*fun.__code__.co_names, *fun.__code__.co_freevars):
        try:
            value = scoped(fun, name).value
        except NameError:
            continue
        inner = isinstance(value, FunctionType) and value not in seen and value is not fun
        found.append(f"{name} {_deep_hash(value, seen | {fun}) if inner else fingerprint(value)}")
    return _hash(repr(found))


def rules_key() -> str:
    """Return a hash of the custom rules for functions that have no source: any code may call these."""
    found = [(import_path(made.fun), _hash_of_rule(made)) for made in library_rules()]
    return _hash(repr(sorted(found, key=repr))) if found else ""


def _class_hash(cls: type) -> str:
    found = [(name, [_function_hash(each) for each in functions or ()]) for name, functions in behaviour(cls)]
    return _hash(repr(found))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _importable_name(obj: Any) -> str:
    """Return "module.name" of a class, a ufunc or a function in C, "" of anything else."""
    if not (isinstance(obj, type) or callable(obj)):
        return ""
    name = getattr(obj, "__qualname__", None)
    if not isinstance(name, str):
        return ""
    owner = getattr(obj, "__self__", None)
    module = getattr(obj, "__module__", None) or type(owner).__module__
    return f"{module}.{name}"
