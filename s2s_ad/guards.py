"""What is looked at again at each call: is all that the emitted code was made for still there?

A guard is a small function, made once for each signature.  For a function that reads the module `np`
and the literal `scale`, and calls `helper`, it is

    def guard():
        try:
            return fun.__code__ is v0 and g1["np"] is v2 and g1["scale"] is v3 and g1["helper"] is v4 and …
        except (KeyError, …):
            return False

which costs 30 ns a test: a rebound global gives the new value, never the stale one.  Identity is
enough for "nothing changed"; where it fails, the fingerprints decide (`store.matches`).
"""

from __future__ import annotations

import operator
from ast import literal_eval
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from types import CodeType, FunctionType, ModuleType, NoneType
from typing import Any, cast

import numpy as np

from s2s_ad.frontend.capture import Dependency, resolve, scoped, steps
from s2s_ad.ir.classes import form_of
from s2s_ad.rules.custom import custom_rule_of

_GUARD = """
def guard():
    try:
        return {tests}
    except (LookupError, AttributeError, ValueError):
        return False
"""
_FITS = """
def fits(*args):
    if len(args) != {count}: return False{tests}
    return True
"""
_READER = """
def read():
    try:
        return ({reads})
    except (LookupError, AttributeError, ValueError):
        return None
"""


def guard(fun: FunctionType, dependencies: Iterable[Dependency], known: tuple[Any, ...] = ()) -> Callable[[], bool]:
    """Return a function that says whether the dependencies of a function are the same objects still.

    `known` are the functions and classes in the kinds of its arguments.
    """
    names = _Names()
    tests = {f"{names.of(fun)}.__code__ is {names.of(fun.__code__)}": None}
    for each in dependencies:
        for path in _guarded(fun, each, known):
            tests.update(dict.fromkeys(_same_object(fun, path, names, known)))
    return names.run(_GUARD.format(tests=" and ".join(tests)), "guard")


def reader(
    fun: FunctionType, paths: Iterable[str], known: tuple[Any, ...] = ()
) -> Callable[[], tuple[Any, ...] | None]:
    """Return a function that gives what is at the access paths now, None if one of them is gone."""
    names = _Names()
    reads = "".join(f"{_expression(fun, path, names, known)}, " for path in paths)
    return names.run(_READER.format(reads=reads), "read")


def recogniser(values: tuple[Any, ...]) -> Callable[..., bool] | None:
    """Return a function that says whether arguments are of the kinds of these; None where that takes more than types.

    It says no, too, of some that are: what it does not know is found the long way, by `arguments.key_of`.

    >>> fits = recogniser((1.0, {"w": np.ones((1, 3))}))
    >>> fits(2.0, {"w": np.zeros((1, 9))}), fits(2.0, {"w": np.zeros((2, 3))}), fits(2, {"w": np.zeros((1, 9))})
    (True, False, False)
    """
    names = _Names()
    try:
        lines = [
            f"a{i} = args[{i}]\n    {line}" for i, value in enumerate(values) for line in _tests(value, f"a{i}", names)
        ]
    except _TooMuchError:
        return None
    tests = "".join(f"\n    {line}" for line in lines)
    return names.run(_FITS.format(count=len(values), tests=tests), "fits")


_NUMBERS = (bool, int, float, complex)
_MOST_ITEMS = 64
"""Items of a structure that are looked at one by one: of longer ones the key is as fast."""


class _TooMuchError(Exception):
    """A value whose kind is not told by types and lengths."""


def _tests(value: Any, name: str, names: _Names) -> Iterator[str]:
    """Yield the statements that leave a function where a value is not of the kind of another."""
    sort: Any = type(value)  # pyright: ignore[reportUnknownVariableType]
    first = f"type({name}) is not {names.of(sort)}"
    if sort is np.ndarray:
        ones = [size == 1 for size in value.shape]
        tests = [first, f"{name}.dtype is not {names.of(value.dtype)}", f"{name}.ndim != {value.ndim}"]
        if any(ones):
            tests += [f"{name}.shape[{axis}] {'!=' if one else '=='} 1" for axis, one in enumerate(ones)]
        elif ones:
            tests.append(f"1 in {name}.shape")
        yield _unless(tests)
    elif sort is list and value and len({*map(type, value)}) == 1 and type(value[0]) in _NUMBERS:
        yield _unless([first, f"{{*map({names.of(type)}, {name})}} != {names.of({type(value[0])})}"])
    elif sort in (tuple, list):
        if len(value) > _MOST_ITEMS:
            raise _TooMuchError
        yield _unless([first, f"len({name}) != {len(value)}"])
        for i, item in enumerate(value):
            yield from _inner(item, f"{name}[{i}]", f"{name}_{i}", names)
    elif sort is dict:
        if len(value) > _MOST_ITEMS:
            raise _TooMuchError
        yield _unless([first, f"tuple({name}) != {names.of(tuple(value))}"])
        for i, (key, item) in enumerate(value.items()):
            yield from _inner(item, f"{name}[{names.of(key)}]", f"{name}_{i}", names)
    elif sort in (*_NUMBERS, str, NoneType) or issubclass(sort, np.number | np.bool_):
        yield _unless([first])
    else:
        raise _TooMuchError


def _inner(value: Any, text: str, name: str, names: _Names) -> Iterator[str]:
    yield f"{name} = {text}"
    yield from _tests(value, name, names)


def _unless(tests: list[str]) -> str:
    return f"if {' or '.join(tests)}: return False"


class _Names:
    """Names for the objects that generated code refers to: one for each object."""

    def __init__(self) -> None:
        self._objects: dict[str, Any] = {}
        self._names: dict[int, str] = {}

    def of(self, obj: Any) -> str:
        name = self._names.setdefault(id(obj), f"v{len(self._names)}")
        self._objects[name] = obj
        return name

    def run(self, text: str, name: str) -> Callable[[], Any]:
        exec(_compiled(text), self._objects)  # noqa: S102 (our own text)
        return self._objects.pop(name)


@lru_cache(maxsize=1024)
def _compiled(text: str) -> CodeType:
    """Return the code of a text: closures of one function have the same, with objects of their own."""
    return compile(text, "<guard>", "exec", dont_inherit=True)


def _guarded(fun: FunctionType, dependency: Dependency, known: tuple[Any, ...]) -> Iterator[str]:
    """Yield the paths to test: the functions on the way, and the end where the code holds its value.

    What is read from a module when the emitted code runs (`np.sin`) need not be tested.
    """
    path, sort = dependency.path, dependency.fingerprint.partition(" ")[0]
    for end, char in enumerate(path):
        if char == ":":
            yield path[:end]
    if sort in ("literal", "code", "method", "class", "derivative"):
        yield path
    elif sort in ("module", "object"):
        scope, colon, name = path.rpartition(":")
        first = scope + colon + name.partition(".")[0]
        yield first
        if sort == "object" and not isinstance(resolve(fun, first, known), ModuleType):
            yield path


def _same_object(fun: FunctionType, path: str, names: _Names, known: tuple[Any, ...]) -> Iterator[str]:
    value = resolve(fun, path, known)
    yield f"{_expression(fun, path, names, known)} is {names.of(value)}"
    if isinstance(value, FunctionType):
        yield from _same_code(value, names)
    if isinstance(value, type) and form_of(value) is not None:
        for base in value.__mro__:
            if form_of(base) is not None:
                yield _same_class(base, names)


def _same_class(cls: type, names: _Names) -> str:
    """Return the test that catches a class whose methods are others now."""
    contents = tuple(vars(cls).values())
    entries = f"{names.of(cls)}.__dict__"
    return (
        f"len({entries}) == {len(contents)} and all(map({names.of(operator.is_)}, {names.of(contents)}, "
        f"{entries}.values()))"
    )


def _same_code(fun: FunctionType, names: _Names) -> Iterator[str]:
    """Yield the test that catches functions changed in place, as reloading notebooks do."""
    yield f"{names.of(fun)}.__code__ is {names.of(fun.__code__)}"
    if fun.__defaults__:
        yield f"{names.of(fun)}.__defaults__ is {names.of(fun.__defaults__)}"


def _expression(fun: FunctionType, path: str, names: _Names, known: tuple[Any, ...]) -> str:
    """Return Python that reads a path, given that the functions on the way are the same."""
    text, value = "", cast(Any, fun)
    for mark, name in steps(path):
        if name == "#":
            text, value = f"len({text})", cast(Any, len(value))
            continue
        if name == "!rule":
            text, value = f"{names.of(custom_rule_of)}({text})", cast(Any, custom_rule_of(value))
            continue
        if mark == ".":
            text, value = f"{text}.{name}", getattr(value, name)
            continue
        if mark == "[":
            text, value = f"{text}[{name}]", value[literal_eval(name)]
            continue
        if name.startswith(("@", "%")):
            value = resolve(fun, name, known)
            text = names.of(value)
            continue
        scope, found = value.__globals__, scoped(value, name)
        value = found.value
        if found.where == "cell":
            text = f"{names.of(found.owner)}.cell_contents"
        elif found.where == "globals":
            text = f"{names.of(scope)}[{name!r}]"
        else:
            # A global of the same name, bound later, would come first.
            text = f"{names.of(scope)}.get({name!r}, {names.of(value)})"
    return text
