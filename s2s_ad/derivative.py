"""A derivative: a function that emits code for each new signature, and then runs what it emitted."""

from __future__ import annotations

import inspect
import os
import sys
import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial, update_wrapper
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from s2s_ad import store
from s2s_ad.arguments import (
    Argnums,
    Root,
    bind,
    is_single,
    key_of,
    parameters,
    positions,
    refuse,
    refuse_complex,
    refuse_item,
    refuse_kind,
    refuse_power,
    refuse_shared,
    root_of,
)
from s2s_ad.errors import DifferentiationError, S2SError, UnsupportedError
from s2s_ad.frontend.capture import fingerprint, rules_key
from s2s_ad.guards import guard, reader, recogniser
from s2s_ad.ir.kinds import DictKind, Kind, TupleKind, kind_of, kinds_from_annotations, known_objects
from s2s_ad.ir.layers import WHOLE, Layer, with_value
from s2s_ad.notes import add_source_line
from s2s_ad.pullback import Pullback, Pushforward, nothing, outline
from s2s_ad.store import Loaded
from s2s_ad.trees import fitted, map_leaves
from s2s_ad.uncompiled import refuse_uncompiled

if TYPE_CHECKING:
    from s2s_ad.display.trace import Trace

_emission = threading.RLock()
_loaded: dict[tuple[str, str], list[Loaded]] = {}
"""All modules in use, by folder and primary key: `grad(lambda …)` in a loop emits once."""
_alive: weakref.WeakSet[Derivative] = weakref.WeakSet()
"""All derivatives there are."""
_MOST = 32
"""Modules kept in memory for one key: a global literal that changes forever must not fill it."""
_MOST_KEYS = 1024
"""Signatures kept by one derivative: functions made anew for each call must not fill it."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the user chose, apart from function and argnums."""

    optimize: bool = True
    cache_dir: str | None = None
    has_aux: bool = False
    jit: str | None = None


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

    def other(self, suffix: str) -> FunctionType:
        """Return the second function of a module that has two: of the reverse sweep, or of tangents."""
        name = self.loaded.emitted.entry.removesuffix("_fwd") + suffix
        return _in_python(self.loaded.function).__globals__[name]


class Derivative:
    """A derivative of `primal`, with the same parameters: a gradient, a Jacobian, a Hessian.

    It emits a module for each new signature (the kinds of the arguments), and runs it.  Emission is
    done under a lock; calls are not, and share no buffers.
    """

    __s2s_derivative__ = True
    __name__: str
    __qualname__: str

    def __init__(self, primal: Callable[..., Any], sorts: tuple[str, ...], argnums: Argnums, options: Options) -> None:
        """Take derivatives of these `sorts` (see `Layer`), one of the other, all by the same argnums."""
        root = root_of(primal)
        assert root is not None
        update_wrapper(self, root.function)
        self.__wrapped__ = primal
        self._primal = primal
        self._root = root
        self._fun: FunctionType = root.function
        self._sorts = sorts
        self._argnums = argnums
        self._single = is_single(argnums)
        self._options = options
        self._with_value = sorts[-1] == "value_and_grad"
        scalar = sorts[-1] in ("grad", "value_and_grad")
        self._whole = sorts[-1] in WHOLE and not scalar
        self._plain = self._whole or sorts[-1] == "jvp" or (scalar and not options.has_aux)
        self._prepare()
        _alive.add(self)

    def _prepare(self) -> None:
        self._code = self._fun.__code__
        self._parameters = parameters(self._root)
        self._active, self._asked = positions(self._argnums, self._parameters, self.__qualname__)
        self._picks = self._parameters.star or self._asked != tuple((n, None) for n in range(len(self._active)))
        if self._picks and (len(self._sorts) > 1 or self._root.layers or self._whole):
            remedy = "write it as a function of all its arguments, without *args"
            what = "Jacobians" if self._whole else "derivatives of a derivative"
            raise UnsupportedError(f"{what} by items of *args of {self.__qualname__}", None, remedy)
        made = [Layer(sort, self._active, self._single, self._options.has_aux) for sort in self._sorts]
        self._layers = (*self._root.layers, *made)
        self._sweeps = with_value(self._layers)
        self._quick: tuple[Callable[..., bool], Any] = _never, None
        """How to know arguments like those of the last call, and what runs for them, where nothing else is to do."""
        self._by_key: dict[tuple[object, ...], tuple[Variant, Callable[..., bool] | None]] = {}
        self._last: Variant | None = None
        self._kinds: tuple[Kind, ...] | None = None
        """The signature that was specialized last, if nothing was called since."""

    def forget(self) -> None:
        """Look again for the code of every signature: a rule is another one."""
        self._prepare()

    @property
    def root(self) -> Root:
        """The function at the bottom, with the derivatives that are taken of it."""
        return replace(self._root, layers=self._layers)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not kwargs:
            fits, variant = self._quick
            if fits(*args) and variant.holds():
                try:
                    found = variant.function(*args)
                except Exception as error:
                    self._ex_in_python(error, variant)
                    raise
                if self._whole:
                    return found
                value, bars = found
                if isinstance(value, complex):
                    refuse_complex(value, self.__qualname__)
                gradient = bars[0] if self._single else bars
                return (value, gradient) if self._with_value else gradient
        return self._finished(self._run(self._bind(args, kwargs)))

    def _finished(self, raw: Any) -> Any:
        """Return what the user gets, from what the emitted function gives."""
        if self._sorts[-1] not in ("grad", "value_and_grad"):
            return raw
        value, bars = raw
        number = value[0] if self._options.has_aux else value
        if isinstance(number, complex):
            refuse_complex(number, self.__qualname__)
        if self._picks:
            bars = tuple(bars[n] if item is None else bars[n][item] for n, item in self._asked)
        gradient = bars[0] if self._single else bars
        if self._with_value:
            return value, gradient
        return (gradient, value[1]) if self._options.has_aux else gradient

    def push(self, args: tuple[Any, ...], tangents: Sequence[Any]) -> Any:
        """Return the value and its tangent, for tangents of the arguments in argnums.

        Raises: DifferentiationError where a tangent does not fit its argument.
        """
        fits, variant = self._quick
        if not fits(*args) or not variant.holds():
            values = self._bind(args, {})
            return self._run(values, self._seeds(values, tangents))
        seeds = self._seeds(args, tangents)
        try:
            return variant.function(*args, *seeds)
        except Exception as error:
            self._ex_in_python(error, variant)
            raise

    def _seeds(self, values: Sequence[Any], tangents: Sequence[Any]) -> list[Any]:
        """Return a tangent for each parameter that varies, of those that were asked for."""
        names = self._parameters.names
        if not self._picks and len(tangents) == len(values):
            return list(map(fitted, names, values, tangents))
        given: list[Any] = [None] * len(self._active)
        for (n, item), direction in zip(self._asked, tangents, strict=True):
            if item is not None:  # of *args
                before = given[n] or (None,) * len(values[self._active[n]])
                direction = (*before[:item], direction, *before[item + 1 :])
            given[n] = direction
        return [fitted(names[n], values[n], direction) for n, direction in zip(self._active, given, strict=True)]

    def linear(self, args: tuple[Any, ...]) -> tuple[Any, Pushforward]:
        """Return what the function gives, and its tangents as a linear function."""
        values = self._bind(args, {})
        forms = tuple(map_leaves(outline, value) if n in self._active else None for n, value in enumerate(values))
        variant, captured = self._ready(values)
        value, kept = self._guarded(variant, values, captured)
        names, sweep = self._parameters.names, variant.other("_pushforward")
        code = _in_python(sweep).__code__
        read = code.co_varnames[1 : code.co_argcount - len(self._active)]
        result = value[0] if self._options.has_aux else value
        zeros = map_leaves(nothing, result)
        taken = (dict(zip(names, values, strict=True)).get(name, zeros) for name in read)
        return value, Pushforward(
            self.__name__, variant.loaded, self._code.co_filename, partial(sweep, kept, *taken),
            partial(self._seeds, forms), cast("tuple[int, ...]", self._argnums), len(args),
        )  # fmt: skip

    def pull(self, args: tuple[Any, ...]) -> tuple[Any, Pullback]:
        """Return what the function gives, and its pullback."""
        values = self._bind(args, {})
        variant, captured = self._ready(values)
        value, kept = self._guarded(variant, values, captured)
        names, sweep = self._parameters.names, variant.other("_pullback")
        code = _in_python(sweep).__code__
        read = code.co_varnames[: code.co_argcount]  # by their names, since local ones have others
        taken = (value for name, value in zip(names, values, strict=True) if name in read)
        given = cast("tuple[int, ...]", self._argnums)
        places = [given.index(n) if n in given else None for n in range(len(args))]
        result = value[0] if self._options.has_aux else value
        return value, Pullback(
            self.__name__, variant.loaded, self._code.co_filename, partial(sweep, kept, *taken), result, self._asked,
            places,
        )  # fmt: skip

    def _run(self, values: tuple[Any, ...], seeds: Sequence[Any] = ()) -> Any:
        """Run the emitted function for these values of the parameters."""
        variant, captured = self._ready(values)
        if seeds and variant.loaded.emitted.writes:
            seeds = [map_leaves(_own, seed) for seed in seeds]
        return self._guarded(variant, values, captured, seeds)

    def _ready(self, values: tuple[Any, ...]) -> tuple[Variant, tuple[Any, ...]]:
        """Return the variant for these values, and the captured ones; refuse arguments that share memory."""
        variant, captured = self._variant(values)
        if variant.loaded.emitted.writes:
            refuse_shared((*values, *captured[: len(variant.keywords)]))
        return variant, captured

    def _guarded(
        self, variant: Variant, values: tuple[Any, ...], captured: tuple[Any, ...], seeds: Sequence[Any] = ()
    ) -> Any:
        try:
            return self._bare(variant, values, captured, seeds)
        except Exception as error:
            self._ex_in_python(error, variant)
            raise

    def _ex_in_python(self, error: Exception, variant: Variant) -> None:
        """Add to an error of emitted code what it is about; refuse where that could not be compiled."""
        if self._options.jit:
            refuse_uncompiled(error, variant.loaded.path, self._code)
        refuse_power(error, self.__qualname__)
        add_source_line(error, variant.loaded.path, self._code.co_filename)

    def _bare(
        self, variant: Variant, values: tuple[Any, ...], captured: tuple[Any, ...], seeds: Sequence[Any] = ()
    ) -> Any:
        named = self._parameters
        if not named.keyword_only and not captured:
            return variant.function(*values, *seeds)
        keywords = dict(zip(variant.keywords, captured, strict=False))
        count = len(named.positional)
        keywords.update(zip(named.keyword_only, values[count:], strict=True))
        return variant.function(*values[:count], *seeds, **keywords)

    def _bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        if self._fun.__code__ is not self._code:
            self._prepare()
        return bind(self._root, self._parameters, args, kwargs)

    def _variant(self, values: tuple[Any, ...]) -> tuple[Variant, tuple[Any, ...]]:
        """Return the variant for these arguments, and the captured values that were keyed with it."""
        try:
            key = tuple(map(key_of, values))
        except RecursionError:
            raise DifferentiationError("an argument contains itself", remedy="pass a structure that ends") from None
        variant, fits = self._by_key.get(key, (None, None))
        if variant is None or not variant.holds():
            variant, fits = self._find(values, key)
        captured = variant.read()
        while captured is None or tuple(map(key_of, captured)) != variant.read_key:
            variant, fits = self._find(values, key)
            captured = variant.read()
        self._last = variant
        if fits is not None:
            self._quick = fits, variant
        return variant, captured

    def _find(self, values: tuple[Any, ...], key: tuple[object, ...]) -> tuple[Variant, Callable[..., bool] | None]:
        """Return the variant for these arguments, and how to know others like them where nothing else is to do."""
        variant = self._emitted(self._signature(values), self._sweeps)
        if len(self._by_key) >= _MOST_KEYS:
            self._by_key.clear()
        bare = not self._root.first and not self._root.named and not self._picks
        bare = bare and self._plain and not variant.read_key and not self._parameters.keyword_only
        self._by_key[key] = variant, recogniser(values) if bare and not variant.loaded.emitted.writes else None
        return self._by_key[key]

    def _signature(self, values: tuple[Any, ...]) -> tuple[Kind, ...]:
        """Return the kinds of the values of the parameters; refuse those that have no derivative."""
        signature = tuple(map(kind_of, values))
        names = self._parameters.names
        refuse(names, values, signature, tuple(self._active[n] for n, item in self._asked if item is None))
        for n, item in self._asked:
            if item is not None:
                refuse_item(names[self._active[n]], item, values[self._active[n]])
        return signature

    def _emitted(self, signature: tuple[Kind, ...], layers: tuple[Layer, ...]) -> Variant:
        """Return the module for a signature: in use already, stored on disk, or emitted now."""
        fun, options = self._fun, self._options
        folder = store.folder_of(fun, options.cache_dir)
        shape = (repr(layers), repr(signature), repr((options.optimize, options.jit)))
        known = known_objects(signature)
        shape += (*map(fingerprint, known), *filter(None, [rules_key()]))
        primary = store.primary_key(fun.__code__, *shape)
        with _emission:
            in_use = _loaded.setdefault((folder, primary), [])
            for loaded in in_use:
                if store.matches(fun, loaded.emitted.dependencies, known):
                    return _for_function(loaded, signature, fun)
            loaded = store.find(folder, primary, fun, known)
            if loaded is None:
                # Imported only when something must be emitted: a warm start needs no front end.
                from s2s_ad.pipeline import derive

                try:
                    emitted = derive(fun, layers, signature, optimize=options.optimize, jit=options.jit)
                except S2SError as error:  # the place is in the message: frames of ours would bury it
                    raise error.with_traceback(None) from None
                loaded = store.keep(folder, primary, emitted)
            in_use.append(loaded)
            del in_use[:-_MOST]
            return _for_function(loaded, signature, fun)

    def _current(self) -> Variant:
        """Return the variant called last, or the one that the annotations ask for."""
        if self._last is None:
            self._last = self._emitted(self._kinds or self._annotated(), self._sweeps)
        return self._last

    def _annotated(self) -> tuple[Kind, ...]:
        """Return the signature that the annotations ask for."""
        names = self._parameters.names
        signature = kinds_from_annotations(names, self._fun.__annotations__)
        signature = tuple(map(self._kind_before, range(len(names)), signature))
        for position in self._active:
            refuse_kind(names[position], signature[position])
        return signature

    def _kind_before(self, position: int, kind: Kind) -> Kind:
        """Return the kind of a parameter before any call: what is bound already is known."""
        name, root, named = self._parameters.names[position], self._root, self._parameters
        if position < min(len(root.first), len(named.positional) - named.star):
            return kind_of(root.first[position])
        if name in root.named:
            return kind_of(root.named[name])
        if named.star and position == len(named.positional) - 1:
            return TupleKind(())
        stars = self._code.co_flags & inspect.CO_VARKEYWORDS
        return DictKind(()) if stars and position == len(named.names) - 1 else kind

    @property
    def asked(self) -> tuple[tuple[str, ...], int | str | tuple[int | str, ...], bool]:
        """What was asked for: derivatives of these sorts, one of the other, by which arguments, and has_aux."""
        argnums = self._argnums if isinstance(self._argnums, int | str) else tuple(self._argnums)
        return self._sorts, argnums, self._options.has_aux

    @property
    def primal(self) -> Callable[..., Any]:
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

    def text(self, args: tuple[Any, ...], *, alone: bool) -> str:
        """Return the text of the module for these arguments, and without any for what the annotations ask.

        It is that of a call, or that of a gradient `alone`, which `specialize` gives.
        """
        signature = self._signature(self._bind(args, {})) if args else self._annotated()
        return self._emitted(signature, self._layers if alone else self._sweeps).loaded.emitted.text

    def specialize(self, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        """Return the bare emitted function for the signature of these arguments.

        There is no dispatch and no guard: it is for innermost loops.  Captured arrays are those of now, and *args
        are one tuple.  That of `grad` gives the gradient alone, and does not compute what only the value reads and
        cannot raise (but where NumPy's warnings are errors, by `np.errstate` around the call); that of
        `value_and_grad` takes a seed y_bar besides and gives (y, (x_bar, …)).
        """
        self._last, self._kinds = None, self._signature(self._bind(args, kwargs))
        variant = self._emitted(self._kinds, self._layers)
        keywords = dict(zip(variant.keywords, variant.read() or (), strict=False)) | dict(self._root.named)
        if not keywords and not self._root.first:
            return variant.function
        return partial(variant.function, *self._root.first, **keywords)

    @property
    def ssa(self) -> str:
        """The function in SSA form: v₋₁, v₀, v₁, …"""
        from s2s_ad.display.listing import ssa  # the front end is not needed before
        from s2s_ad.pipeline import lower

        return ssa(lower(self._fun, self._current().signature, self._layers[:-1]).function)

    def trace(self, *args: Any, tangents: Sequence[Any] | None = None) -> Trace:
        """Return the tables of the textbook: every v with its value, its tangent and its adjoint.

        `tangents` are those of the `argnums`, the first unit vector if not given.
        """
        from s2s_ad.display.trace import Trace  # the front end is not needed before

        values = self._bind(args, {})
        self._signature(values)
        return Trace(self._fun, self._active, values, tangents, self._layers[:-1])

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __reduce__(self) -> str | tuple[Any, ...]:
        if _found(self.__module__, self.__qualname__) is self:
            return self.__qualname__
        return Derivative, (self._primal, self._sorts, self._argnums, self._options)

    def __repr__(self) -> str:
        sorts = " of ".join(layer.sort for layer in reversed(self._layers))
        return f"<{sorts} of {self.__qualname__}, argnums={self._argnums!r}>"


def _in_python(function: Any) -> FunctionType:
    """Return the function in Python that a compiled one was made of; any other as it is."""
    return getattr(function, "py_func", function)


def _never(*_: Any) -> bool:
    return False


def forget_all() -> None:
    """Let all derivatives look again for their code."""
    for each in list(_alive):
        each.forget()


def _own(leaf: Any) -> Any:
    """Return an array that shares memory with nothing, a number as it is."""
    return cast(Any, leaf).copy() if isinstance(leaf, np.ndarray) else leaf


def _for_function(loaded: Loaded, signature: tuple[Kind, ...], fun: FunctionType) -> Variant:
    """Return a module bound to what one function reaches: a lambda of a loop has its own cells."""
    emitted = loaded.emitted
    passed = dict(emitted.captures)
    known = known_objects(signature)
    kept = [each.path for each in emitted.dependencies if each.fingerprint.startswith("kind ")]
    paths = [*passed.values(), *(path for path in kept if path not in passed.values())]
    read = reader(fun, paths, known)
    holds = guard(fun, emitted.dependencies, known)
    return Variant(loaded, signature, loaded.function, holds, read, tuple(map(key_of, read() or ())), tuple(passed))


def _found(module: str, qualname: str) -> object:
    """Return what a module has under a dotted name now, None if nothing."""
    found: object = sys.modules.get(module)
    for name in qualname.split("."):
        found = getattr(found, name, None)
    return found
