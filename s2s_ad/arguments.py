"""The arguments of a call: bound to the parameters, keyed for dispatch, refused where they must be."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any, NoReturn, SupportsIndex, cast

import numpy as np

from s2s_ad.errors import DifferentiationError, UnsupportedError
from s2s_ad.ir.kinds import Array, Kind, NumpyScalar, PyScalar, is_container, is_differentiable

_PYTHON: tuple[type, ...] = (bool, int, float, complex)
_NUMPY: tuple[type, ...] = (np.float64, np.float32, np.float16, np.int64, np.int32, np.bool_, np.complex128)
_BY_TYPE: frozenset[type] = frozenset((*_PYTHON, *_NUMPY, str, bytes, type(None)))
"""Types whose values are all of one kind, so that the type is the key."""
_NUMBERS = frozenset((*_PYTHON, *_NUMPY))

_is_one = (1).__eq__


@dataclass(frozen=True, slots=True)
class Parameters:
    """The names of a function's parameters: the positional ones, then those given by keyword only."""

    positional: tuple[str, ...]
    keyword_only: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return self.positional + self.keyword_only


def parameters(code: CodeType) -> Parameters:
    """Return the parameters of a function's code.

    Raises: UnsupportedError for `*args` and `**kwargs`.
    """
    count, more = code.co_argcount, code.co_kwonlyargcount
    names = code.co_varnames
    if code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
        star = "*" if code.co_flags & inspect.CO_VARARGS else "**"
        name = star + names[count + more]
        reason = f"{code.co_qualname} takes {name}: parameters that are not named cannot be differentiated by"
        remedy = "name the parameters, or pass one tuple, list or dict: its gradient has the same structure"
        raise UnsupportedError(reason, remedy=remedy)
    return Parameters(names[:count], names[count : count + more])


def positions(argnums: int | Sequence[int], named: Parameters, function: str) -> tuple[int, ...]:
    """Return argnums as a tuple of positions, negative ones counted from the last positional parameter.

    Raises: DifferentiationError where there is no such parameter.
    """
    given: tuple[Any, ...] = tuple(argnums) if isinstance(argnums, Sequence) else (argnums,)
    count = len(named.positional)
    found: list[int] = []
    for number in given:
        if isinstance(number, bool | np.bool_) or not isinstance(number, SupportsIndex):
            remedy = "give the position of the argument, counted from 0, or a tuple of positions"
            raise DifferentiationError(f"argnums={argnums!r}: {number!r} is not a position", remedy=remedy)
        index = operator.index(number)
        if not -count <= index < count:
            names = ", ".join(named.positional) or "none"
            reason = f"argnums={argnums!r} is out of range: {function} has the positional parameters {names}"
            raise DifferentiationError(reason, remedy=f"choose from 0 to {count - 1}" if count else "")
        found.append(index % count)
    if not found or len(set(found)) < len(found):
        raise DifferentiationError(f"argnums={argnums!r} must name at least one argument, and each once")
    return tuple(found)


def bind(fun: FunctionType, named: Parameters, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the value of every parameter in order, defaults filled in.

    Raises: TypeError where the arguments do not fit, as the function itself would.
    """
    if len(args) == len(named.positional) and not kwargs and not named.keyword_only:
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
    return value.dtype if issubclass(sort, np.generic) else sort


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
    arrays: list[Any] = [leaf for value in values for leaf in _leaves(value) if isinstance(leaf, np.ndarray)]
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
        for leaf in _leaves(value):
            _refuse_array_like(name, leaf)
    for position in argnums:
        name = names[position]
        for leaf in _leaves(values[position]):
            if type(leaf) is np.ndarray and leaf.dtype.kind == "O":
                reason = f"argument {name!r} is an array of objects, which cannot be differentiated by"
                raise DifferentiationError(reason, remedy="convert it with .astype(float)")
        refuse_kind(name, signature[position], values[position])


def refuse_kind(name: str, kind: Kind, value: Any = None) -> None:
    """Raise DifferentiationError if an argument of this kind cannot be differentiated by."""
    if is_differentiable(kind):
        return
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


def _leaves(value: Any) -> Iterator[Any]:
    """Yield the leaves of (nested) tuples, lists and dicts."""
    if type(value) is dict:
        value = tuple(cast(dict[Any, Any], value).values())
    if type(value) not in (tuple, list):
        yield value
        return
    for item in value:
        yield from _leaves(item)
