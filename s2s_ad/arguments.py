"""The arguments of a call: bound to the parameters, keyed for dispatch, refused where they must be."""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import FunctionType, MethodType
from typing import Any, NoReturn, SupportsIndex, TypeAlias, cast

import numpy as np

from s2s_ad.errors import DifferentiationError
from s2s_ad.ir.classes import attributes, form_of, found_in, is_known, is_record
from s2s_ad.ir.kinds import Array, Kind, NumpyScalar, PyScalar, is_container, is_differentiable, kind_of, known_objects
from s2s_ad.ir.layers import Layer
from s2s_ad.trees import leaves

_PYTHON: tuple[type, ...] = (bool, int, float, complex)
_NUMPY: tuple[type, ...] = (np.float64, np.float32, np.float16, np.int64, np.int32, np.bool_, np.complex128)
_BY_TYPE: frozenset[type] = frozenset((*_PYTHON, *_NUMPY, str, bytes, type(None)))
"""Types whose values are all of one kind, so that the type is the key."""
_NUMBERS = frozenset((*_PYTHON, *_NUMPY))

Argnums: TypeAlias = int | str | Sequence[int | str]
"""Which parameters to differentiate by: a position, a name, or several of them."""

_is_one = (1).__eq__


@dataclass(frozen=True, slots=True)
class Root:
    """A function to differentiate, with the arguments that it has already.

    A bound method has its instance, a partial what it was made with, a callable object itself: all
    are arguments like others, looked at in each call.
    """

    function: Any
    """A FunctionType; called through this attribute it would be taken for a method."""
    first: tuple[Any, ...] = ()
    named: Mapping[str, Any] = field(default_factory=dict[str, Any])
    layers: tuple[Layer, ...] = ()
    """The derivatives that are taken of it."""


def root_of(fun: Any) -> Root | None:
    """Return the function in Python behind a callable, None if there is none.

    >>> root_of(functools.partial(root_of, 1)).first, root_of(len)
    ((1,), None)
    """
    if isinstance(fun, FunctionType):
        return Root(fun)
    if getattr(cast("Any", type(fun)), "__s2s_derivative__", False):
        return fun.root
    if isinstance(fun, MethodType):
        inner, first = root_of(fun.__func__), (fun.__self__,)
    elif isinstance(fun, functools.partial):
        partial = cast("functools.partial[Any]", fun)
        inner, first = root_of(partial.func), partial.args
        return inner and replace(inner, first=inner.first + first, named={**inner.named, **partial.keywords})
    else:
        made = cast("Any", type(fun))
        found = found_in(made, "__call__") if form_of(made) is not None else None
        if found is None or not isinstance(found[1], FunctionType):
            return None
        inner, first = Root(found[1]), (fun,)
    return inner and replace(inner, first=first + inner.first)


@dataclass(frozen=True, slots=True)
class Parameters:
    """The names of a function's parameters: the positional ones, then those given by keyword only.

    `*args` is one of the positional, the last, and `**kwargs` one of the others.
    """

    positional: tuple[str, ...]
    keyword_only: tuple[str, ...]
    star: bool = False
    given: int = 0
    """How many of the positional a bound method or a partial has already."""

    @property
    def names(self) -> tuple[str, ...]:
        return self.positional + self.keyword_only


def parameters(root: Root) -> Parameters:
    """Return the parameters of a function."""
    code = root.function.__code__
    count, more = code.co_argcount, code.co_kwonlyargcount
    names = code.co_varnames
    star, stars = (bool(code.co_flags & flag) for flag in (inspect.CO_VARARGS, inspect.CO_VARKEYWORDS))
    last = count + more + star
    positional = names[:count] + (names[count + more : last] if star else ())
    return Parameters(
        positional, names[count : count + more] + (names[last : last + 1] if stars else ()), star, len(root.first)
    )


def positions(
    argnums: Argnums, named: Parameters, function: str
) -> tuple[tuple[int, ...], tuple[tuple[int, int | None], ...]]:
    """Return the positions of the parameters that argnums ask for, and what of them each asks for.

    Negative numbers are counted from the last positional parameter.  Of `*args` it is one item: then
    the second number of a pair is not None.

    Raises: DifferentiationError where there is no such parameter.
    """
    given: tuple[Any, ...] = (argnums,) if is_single(argnums) else tuple(cast("Sequence[Any]", argnums))
    picks = [_pick(asked, argnums, named, function) for asked in given]
    if not picks or len({*picks}) < len(picks):
        raise DifferentiationError(f"argnums={argnums!r} must name at least one argument, and each once")
    active = tuple(dict.fromkeys(position for position, _ in picks))
    return active, tuple((active.index(position), item) for position, item in picks)


def is_single(argnums: Argnums) -> bool:
    """Say whether argnums ask for one parameter, and not for a tuple of them."""
    return isinstance(argnums, str) or not isinstance(argnums, Sequence)


def _pick(asked: Any, argnums: Argnums, named: Parameters, function: str) -> tuple[int, int | None]:
    """Return the position of the parameter that one of the argnums asks for, and the item of it if it is `*args`."""
    if isinstance(asked, str):
        return _position_of(asked, named, function), None
    if isinstance(asked, bool | np.bool_) or not isinstance(asked, SupportsIndex):
        remedy = "give the position of the argument, counted from 0, its name, or a tuple of them"
        raise DifferentiationError(f"argnums={argnums!r}: {asked!r} is not a position", remedy=remedy)
    index, fixed = operator.index(asked), len(named.positional) - named.star
    positional = named.positional[named.given :]
    if named.star and index >= 0:
        position = index + named.given
        return (fixed, position - fixed) if position >= fixed else (position, None)
    count = len(positional)
    if named.star or not -count <= index < count:
        names = ", ".join(positional) or "none"
        reason = f"argnums={argnums!r} is out of range: {function} has the positional parameters {names}"
        raise DifferentiationError(reason, remedy=f"choose from 0 to {count - 1}" if count else "")
    return index % count + named.given, None


def _position_of(name: str, named: Parameters, function: str) -> int:
    """Return the position of a parameter that is not given yet."""
    if name in named.names and named.names.index(name) >= named.given:
        return named.names.index(name)
    names = ", ".join(named.names[named.given :]) or "none"
    reason = f"{function} has no parameter {name!r} to differentiate by: it has {names}"
    raise DifferentiationError(reason, remedy="name one of its parameters, or give a position")


def bind(root: Root, named: Parameters, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the value of every parameter in order, defaults filled in.

    Raises: TypeError where the arguments do not fit, as the function itself would.
    """
    fun = root.function
    if root.first or root.named:
        args, kwargs = root.first + args, {**root.named, **kwargs}
    if not named.star and len(args) == len(named.positional) and not kwargs and not named.keyword_only:
        return args
    try:
        bound = inspect.signature(fun, follow_wrapped=False).bind(*args, **kwargs)
    except TypeError as error:
        raise TypeError(f"{fun.__qualname__}() {error}") from None
    bound.apply_defaults()
    return tuple(bound.arguments[name] for name in named.names)


def key_of(value: Any) -> object:
    """Return something hashable that is equal only for values of one kind, fast.

    >>> key_of(1.0), key_of(np.ones((1, 3)))
    (<class 'float'>, (dtype('float64'), (True, False)))
    """
    sort: type[Any] = type(value)  # pyright: ignore[reportUnknownVariableType]
    if sort in _BY_TYPE:
        return sort
    if sort is np.ndarray:
        return value.dtype, tuple(map(_is_one, value.shape))
    if sort is tuple:
        return tuple, tuple(map(key_of, value))
    if sort is dict:
        return dict, tuple(value), tuple(map(key_of, value.values()))
    if sort is list:
        types = set(map(type, value))
        if len(types) == 1 and types <= _NUMBERS:
            return list, types.pop()
        return list, tuple(map(key_of, value))
    if issubclass(sort, np.generic):
        return value.dtype
    held = attributes(value)
    if held is not None:
        return sort, tuple(held), tuple(map(key_of, held.values()))
    return value if is_known(value) else sort


_POWER_REMEDY = "keep the base of a fractional power positive, make it complex, or use np.power, which gives nan"


def refuse_complex(value: complex, function: str) -> NoReturn:
    """Raise DifferentiationError: a power of a negative float is complex, which its kind does not tell."""
    raise DifferentiationError(
        f"{function} gave the complex number {value} at these arguments, and a gradient is that of a real number",
        remedy=_POWER_REMEDY,
    )


def refuse_power(error: Exception, function: str) -> None:
    """Raise DifferentiationError where an error is that of a power that turned complex (`real_power`)."""
    if type(error) is ArithmeticError and error.__traceback__ is not None and _innermost(error) == "real_power":
        reason = f"{function} has a power that is complex at these arguments: {error.args[0]}"
        raise DifferentiationError(reason, remedy=_POWER_REMEDY) from None


def _innermost(error: Exception) -> str:
    """Return the name of the function that raised an error."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return frame.tb_frame.f_code.co_name if frame is not None else ""


def refuse_shared(values: Sequence[Any]) -> None:
    """Raise DifferentiationError if two arrays share memory, where one of them is written in place."""
    arrays: list[Any] = [leaf for value in values for leaf in leaves(value) if isinstance(leaf, np.ndarray)]
    for i, first in enumerate(arrays):
        for second in arrays[i + 1 :]:
            if np.may_share_memory(first, second) and np.shares_memory(first, second):
                raise DifferentiationError(
                    "two arrays among the arguments share memory, and one of them is written in place",
                    remedy="pass a copy of one of them: x.copy()",
                )
    lists = [id(part) for value in values for part in _lists(value)]
    if len(set(lists)) < len(lists):
        raise DifferentiationError(
            "a list is among the arguments twice, and one is written in place", remedy="pass a copy of one: xs.copy()"
        )


def _lists(value: Any) -> Iterator[Any]:
    """Yield the lists in a structure."""
    if isinstance(value, list):
        yield value
    if isinstance(value, dict | list | tuple):
        inner = cast("dict[Any, Any]", value).values() if isinstance(value, dict) else cast("list[Any]", value)
        for part in inner:
            yield from _lists(part)


def refuse(names: Sequence[str], values: Sequence[Any], signature: Sequence[Kind], argnums: Sequence[int]) -> None:
    """Raise DifferentiationError for arguments that cannot be differentiated by or are not plain arrays."""
    for name, value in zip(names, values, strict=True):
        for leaf in leaves(value):
            _refuse_array_like(name, leaf)
    for position in argnums:
        name = names[position]
        for leaf in leaves(values[position]):
            if type(leaf) is np.ndarray and leaf.dtype.kind == "O":
                reason = f"argument {name!r} is an array of objects, which cannot be differentiated by"
                raise DifferentiationError(reason, remedy="convert it with .astype(float)")
        refuse_kind(name, signature[position], values[position])


def refuse_item(name: str, item: int, values: tuple[Any, ...]) -> None:
    """Raise DifferentiationError if an item of `*args` is not there or cannot be differentiated by."""
    if item >= len(values):
        reason = f"argnums ask for item {item} of *{name}, and {len(values)} are given"
        raise DifferentiationError(reason, remedy="give as many arguments as argnums ask for")
    refuse((f"{name}[{item}]",), (values[item],), (kind_of(values[item]),), (0,))


def refuse_kind(name: str, kind: Kind, value: Any = None) -> None:
    """Raise DifferentiationError if an argument of this kind cannot be differentiated by."""
    if is_differentiable(kind):
        cls = next((cls for cls in known_objects([kind]) if isinstance(cls, type) and not is_record(cls)), None)
        if cls is None:
            return
        reason = f"argument {name!r} holds a {cls.__qualname__}, which cannot be differentiated by"
        raise DifferentiationError(reason, remedy="make it a dataclass or a named tuple, or leave it out of argnums")
    shown = f" ({value!r})" if isinstance(kind, PyScalar | NumpyScalar) and value is not None else ""
    reason = f"argument {name!r} is {_described(kind)}{shown}, which cannot be differentiated by"
    raise DifferentiationError(reason, remedy=_remedy(name, kind, value))


def _described(kind: Kind) -> str:
    if isinstance(kind, PyScalar | NumpyScalar):
        return f"{'an' if str(kind)[0] in 'aeiou' else 'a'} {kind}"
    if isinstance(kind, Array):
        return f"an array of {kind.dtype}"
    if is_container(kind):
        return f"{kind}, without a float in it"
    return f"of type {kind}"


def _remedy(name: str, kind: Kind, value: Any) -> str:
    if isinstance(kind, PyScalar | NumpyScalar):
        if value is None:
            return f"annotate {name} as float"
        return f"pass {float(value)!r} instead of {value!r}, or leave {name} out of argnums"
    if isinstance(kind, Array):
        return f"pass {name}.astype(float), or leave {name} out of argnums"
    return f"pass floats, arrays of floats, or tuples, lists and dicts of them, or leave {name} out of argnums"


def _refuse_array_like(name: str, leaf: Any) -> None:
    sort: type[Any] = type(leaf)  # pyright: ignore[reportUnknownVariableType]
    if isinstance(leaf, np.ndarray) and sort is not np.ndarray:
        masked = isinstance(leaf, np.ma.MaskedArray)
        remedy = "fill it, and pass a plain array of weights" if masked else f"pass np.asarray({name})"
        raise DifferentiationError(f"argument {name!r} is a {sort.__qualname__}, not a plain array", remedy=remedy)
    if sort.__module__.partition(".")[0] == "pandas":
        remedy = f"pass {name}.to_numpy()"
        raise DifferentiationError(f"argument {name!r} is a pandas {sort.__qualname__}", remedy=remedy)
