"""A derivative: a function that emits code for each new signature, and then runs what it emitted."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, update_wrapper
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from s2s_ad import store
from s2s_ad.arguments import (
    bind,
    key_of,
    parameters,
    positions,
    refuse,
    refuse_complex,
    refuse_kind,
    refuse_power,
    refuse_shared,
)
from s2s_ad.errors import DifferentiationError, S2SError
from s2s_ad.guards import guard, reader
from s2s_ad.ir.kinds import Kind, kind_of, kinds_from_annotations
from s2s_ad.notes import add_source_line
from s2s_ad.store import Loaded

if TYPE_CHECKING:
    from s2s_ad.display.trace import Trace

_emission = threading.RLock()
_loaded: dict[tuple[str, str], list[Loaded]] = {}
"""All modules in use, by folder and primary key: `grad(lambda …)` in a loop emits once."""
_MOST = 32
"""Modules kept in memory for one key: a global literal that changes forever must not fill it."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the user chose, apart from function and argnums."""

    optimize: bool = True
    cache_dir: str | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """The emitted module for one signature, as it is called for one function."""

    loaded: Loaded
    signature: tuple[Kind, ...]
    function: Callable[..., Any]
    holds: Callable[[], bool]
    """Says whether all that the code was made for is still there."""
    read: Callable[[], tuple[Any, ...] | None]
    """Gives the captured values now: those passed as keywords, then those known by kind only."""
    read_key: tuple[object, ...]
    keywords: tuple[str, ...]
    """The captured values that the emitted function takes."""


class Derivative:
    """A derivative of `primal`, with the same parameters.

    It emits a module for each new signature (the kinds of the arguments), and runs it.  Emission is
    done under a lock; calls are not, and share no buffers.
    """

    __s2s_derivative__ = True
    __name__: str
    __qualname__: str

    def __init__(self, primal: FunctionType, argnums: int | Sequence[int], with_value: bool, options: Options) -> None:
        update_wrapper(self, primal)
        self._primal = primal
        self._argnums = argnums
        self._single = not isinstance(argnums, Sequence)
        self._with_value = with_value
        self._options = options
        self._prepare()

    def _prepare(self) -> None:
        self._code = self._primal.__code__
        self._parameters = parameters(self._code)
        self._active = positions(self._argnums, self._parameters, self.__qualname__)
        self._by_types: dict[tuple[type, ...], Variant] = {}
        self._by_key: dict[tuple[object, ...], Variant] = {}
        self._last: Variant | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not kwargs:
            variant = self._by_types.get(tuple(map(type, args)))
            if variant is not None and variant.holds():
                try:
                    value, bars = variant.function(*args)
                except Exception as error:
                    refuse_power(error, self.__qualname__)
                    add_source_line(error, variant.loaded.path, self._code.co_filename)
                    raise
                if isinstance(value, complex):
                    refuse_complex(value, self.__qualname__)
                gradient = bars[0] if self._single else bars
                return (value, gradient) if self._with_value else gradient
        value, bars = self._general(args, kwargs)
        if isinstance(value, complex):
            refuse_complex(value, self.__qualname__)
        gradient = bars[0] if self._single else bars
        return (value, gradient) if self._with_value else gradient

    def _general(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        values = self._bind(args, kwargs)
        variant, captured = self._variant(values)
        if variant.loaded.emitted.writes:
            refuse_shared((*values, *captured[: len(variant.keywords)]))
        try:
            return self._bare(variant, values, captured)
        except Exception as error:
            refuse_power(error, self.__qualname__)
            add_source_line(error, variant.loaded.path, self._code.co_filename)
            raise

    def _bare(self, variant: Variant, values: tuple[Any, ...], captured: tuple[Any, ...]) -> Any:
        named = self._parameters
        if not named.keyword_only and not captured:
            return variant.function(*values)
        keywords = dict(zip(variant.keywords, captured, strict=False))
        count = len(named.positional)
        keywords.update(zip(named.keyword_only, values[count:], strict=True))
        return variant.function(*values[:count], **keywords)

    def _bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        if self._primal.__code__ is not self._code:
            self._prepare()
        return bind(self._primal, self._parameters, args, kwargs)

    def _variant(self, values: tuple[Any, ...]) -> tuple[Variant, tuple[Any, ...]]:
        """Return the variant for these arguments, and the captured values that were keyed with it."""
        try:
            key = tuple(map(key_of, values))
        except RecursionError:
            raise DifferentiationError("an argument contains itself", remedy="pass a structure that ends") from None
        variant = self._by_key.get(key)
        if variant is None or not variant.holds():
            variant = self._find(values, key)
        captured = variant.read()
        while captured is None or tuple(map(key_of, captured)) != variant.read_key:
            variant = self._find(values, key)
            captured = variant.read()
        self._last = variant
        return variant, captured

    def _find(self, values: tuple[Any, ...], key: tuple[object, ...]) -> Variant:
        signature = tuple(map(kind_of, values))
        refuse(self._parameters.names, values, signature, self._active)
        variant = self._emitted(signature)
        self._by_key[key] = variant
        if not variant.read_key and not self._parameters.keyword_only and all(isinstance(sort, type) for sort in key):
            self._by_types[tuple(map(type, values))] = variant
        return variant

    def _emitted(self, signature: tuple[Kind, ...]) -> Variant:
        """Return the module for a signature: in use already, stored on disk, or emitted now."""
        fun, options = self._primal, self._options
        folder = store.folder_of(fun, options.cache_dir)
        shape = ("reverse", repr(self._active), repr(signature), repr(options.optimize))
        primary = store.primary_key(fun.__code__, *shape)
        with _emission:
            known = _loaded.setdefault((folder, primary), [])
            for loaded in known:
                if store.matches(fun, loaded.emitted.dependencies):
                    return _for_function(loaded, signature, fun)
            loaded = store.find(folder, primary, fun)
            if loaded is None:
                # Imported only when something must be emitted: a warm start needs no front end.
                from s2s_ad.pipeline import derive

                try:
                    emitted = derive(fun, "reverse", self._active, signature, optimize=options.optimize)
                except S2SError as error:  # the place is in the message: frames of ours would bury it
                    raise error.with_traceback(None) from None
                loaded = store.keep(folder, primary, emitted)
            known.append(loaded)
            del known[:-_MOST]
            return _for_function(loaded, signature, fun)

    def _current(self) -> Variant:
        """Return the variant called last, or the one that the annotations ask for."""
        if self._last is None:
            names = self._parameters.names
            signature = kinds_from_annotations(names, self._primal.__annotations__)
            for position in self._active:
                refuse_kind(names[position], signature[position])
            self._last = self._emitted(signature)
        return self._last

    @property
    def primal(self) -> FunctionType:
        """The function that this is a derivative of."""
        return self._primal

    @property
    def source(self) -> str:
        """The text of the emitted module, of the last signature called.

        Before any call annotations decide the signature, and float where there is none.
        """
        return self._current().loaded.emitted.text

    @property
    def path(self) -> str:
        """The file of the emitted module in the cache."""
        return self._current().loaded.path

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the emitted module where it is wanted.  It can be imported from there."""
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(self.source)

    def specialize(self, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        """Return the bare emitted function for the signature of these arguments.

        There is no dispatch and no guard: it is for innermost loops.  Captured arrays are those of now.
        """
        variant, captured = self._variant(self._bind(args, kwargs))
        if not variant.keywords:
            return variant.function
        return partial(variant.function, **dict(zip(variant.keywords, captured, strict=False)))

    @property
    def ssa(self) -> str:
        """The function in SSA form: v₋₁, v₀, v₁, …"""
        from s2s_ad.display.listing import ssa  # the front end is not needed before
        from s2s_ad.pipeline import lower

        return ssa(lower(self._primal, self._current().signature).function)

    def trace(self, *args: Any, tangents: Sequence[Any] | None = None) -> Trace:
        """Return the tables of the textbook: every v with its value, its tangent and its adjoint.

        `tangents` are those of the `argnums`, the first unit vector if not given.
        """
        from s2s_ad.display.trace import Trace  # the front end is not needed before

        values = self._bind(args, {})
        signature = tuple(map(kind_of, values))
        refuse(self._parameters.names, values, signature, self._active)
        return Trace(self._primal, self._active, values, tangents)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __reduce__(self) -> str | tuple[Any, ...]:
        if _found(self.__module__, self.__qualname__) is self:
            return self.__qualname__
        return Derivative, (self._primal, self._argnums, self._with_value, self._options)

    def __repr__(self) -> str:
        name = "value_and_grad" if self._with_value else "grad"
        return f"<{name} of {self.__qualname__}, argnums={self._argnums}>"


def _for_function(loaded: Loaded, signature: tuple[Kind, ...], fun: FunctionType) -> Variant:
    """Return a module bound to what one function reaches: a lambda of a loop has its own cells."""
    emitted = loaded.emitted
    passed = dict(emitted.captures)
    kept = [each.path for each in emitted.dependencies if each.fingerprint.startswith("kind ")]
    paths = [*passed.values(), *(path for path in kept if path not in passed.values())]
    read = reader(fun, paths)
    holds = guard(fun, emitted.dependencies)
    return Variant(loaded, signature, loaded.function, holds, read, tuple(map(key_of, read() or ())), tuple(passed))


def _found(module: str, qualname: str) -> object:
    """Return what a module has under a dotted name now, None if nothing."""
    found: object = sys.modules.get(module)
    for name in qualname.split("."):
        found = getattr(found, name, None)
    return found
