"""The operations that only the IR has, as functions of values, and how operations are named.

What an equation of the IR means is what these functions return, with arrays never changed; the
emitter prints the statements that do the same in place.
"""

from __future__ import annotations

import copy as _copy
import functools
import importlib
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from s2s_ad.ir.core import Arg, Atom, Block, Eqn, Op, Seq, Var, statements_of
from s2s_ad.ir.kinds import NOTHING, Array, Kind, ListKind


def update(x: Any, path: tuple[Any, ...], index: Any, operator_: str, value: Any, out: bool = False) -> Any:
    """Return x after `x[path][index] = value`, or `+=` and kin if `operator_` is "+" and kin.

    `out` says that a function writes the value, to its argument of this name.

    >>> import numpy as np
    >>> update(np.zeros(3), (slice(1, None),), 0, "", 5.0)
    array([0., 5., 0.])
    """
    result = _copy.copy(x)
    view = functools.reduce(_step, path, result)
    if operator_:
        value = INPLACE[operator_](view[index], value)
    view[index] = value
    return result


def _step(x: Any, step: Any) -> Any:
    """Return the view of x at an index, or the one that a function gives."""
    return step(x) if callable(step) else x[step]


def accumulate(x: Any, path: tuple[Any, ...], index: Any, value: Any) -> Any:
    """Return x with `value` added to `x[path][index]`, once for each time an element is named.

    >>> import numpy as np
    >>> accumulate(np.zeros(3), (), np.array([1, 1]), 2.0)
    array([0., 4., 0.])
    """
    result = _copy.copy(x)
    view = functools.reduce(_step, path, result)
    if isinstance(view, list):
        view[index] = view[index] + value
    else:
        np.add.at(view, index, value)
    return result


def append(xs: list[Any], value: Any) -> list[Any]:
    """Return xs after `xs.append(value)`."""
    return [*xs, value]


def insert(xs: list[Any], index: int, value: Any) -> list[Any]:
    """Return xs after `xs.insert(index, value)`."""
    result = list(xs)
    result.insert(index, value)
    return result


def pop_item(xs: list[Any], index: int = -1) -> tuple[list[Any], Any]:
    """Return xs after `xs.pop(index)`, and the item that this gives.

    >>> pop_item([1, 2, 3])
    ([1, 2], 3)
    """
    result = list(xs)
    item = result.pop(index)
    return result, item


def delete(xs: list[Any], index: int) -> list[Any]:
    """Return xs after `del xs[index]`."""
    result = list(xs)
    del result[index]
    return result


def clear(xs: list[Any]) -> list[Any]:
    """Return xs after `xs.clear()`."""
    return []


def turn(xs: list[Any]) -> list[Any]:
    """Return xs after `xs.reverse()`."""
    return xs[::-1]


def new_tape() -> list[Any]:
    """Return an empty tape: what the forward sweep of a loop keeps for the reverse sweep."""
    return []


def push(tape: list[Any], *values: Any) -> None:
    """Put the values on the tape."""
    tape.append(values[0] if len(values) == 1 else values)


def pop(tape: list[Any]) -> Any:
    """Take back what was put on the tape last."""
    return tape.pop()


def mark(tape: list[Any]) -> int:
    """Return how much is on the tape."""
    return len(tape)


def cut(tape: list[Any], start: int) -> None:
    """Take off what was put on the tape since it was marked."""
    del tape[start:]


def identity(x: Any) -> Any:
    """Return x: another name for a value."""
    return x


def unpack(xs: Any) -> Any:
    """Return the items, for as many names as there are."""
    return xs


def item(x: Any, index: Any) -> Any:
    """Return the element of an array at an index, as a number of Python.

    >>> import numpy as np
    >>> item(np.eye(2), (0, 0))
    1.0
    """
    return x.item(*index) if isinstance(index, tuple) else x.item(index)


def call_method(x: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    """Return x.name(*args, **kwargs)."""
    return getattr(x, name)(*args, **kwargs)


def raise_(error: BaseException | None = None, *cause: BaseException | None) -> None:
    """Raise the error, from a cause if there is one (which may be None), or the one that is handled."""
    if error is None:
        raise
    if cause:
        raise error from cause[0]
    raise error


def require(x: Any) -> None:
    """Do nothing: to name what is not bound raises."""


def enter(make: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Enter the context make(*args, **kwargs); the next `exit` of a block leaves it."""
    raise AssertionError("internal error: a context is entered by what runs the statements")


def exit_(make: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Leave the context that was entered last, which was made so."""
    raise AssertionError("internal error: a context is left by what runs the statements")


_INPLACE = {
    "+": "iadd", "-": "isub", "*": "imul", "/": "itruediv", "//": "ifloordiv", "%": "imod", "**": "ipow",
    "@": "imatmul", "&": "iand", "|": "ior", "^": "ixor", "<<": "ilshift", ">>": "irshift",
}  # fmt: skip
INPLACE: dict[str, Callable[[Any, Any], Any]] = {sign: getattr(operator, name) for sign, name in _INPLACE.items()}

_LIST_OPS = (append, insert, pop_item, delete, clear, turn)
_IR_OPS = (
    *_LIST_OPS,
    update,
    accumulate,
    new_tape,
    push,
    pop,
    mark,
    cut,
    identity,
    unpack,
    item,
    call_method,
    raise_,
    enter,
    exit_,
    require,
)


@functools.cache
def op(path: str) -> Op:
    """Return the operation at a path: "numpy.hypot.reduce", "operator.mul", "scipy.stats.norm.pdf", "ir.push".

    >>> op("numpy.sin").fun is np.sin
    True
    """
    module, _, name = path.rpartition(".")
    if module == "ir":
        return Op(path, next(fun for fun in _IR_OPS if fun.__name__.rstrip("_") == name))
    return Op(path, getattr(_owner(module), name))


def _owner(path: str) -> Any:
    """Return the module at a path, or the object of a module."""
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError:
        module, _, name = path.rpartition(".")
        if not module:
            raise
        return getattr(_owner(module), name)


def local(name: str, writes: tuple[tuple[int, int], ...] = ()) -> Op:
    """Return the operation that calls a function of the module, which `writes` some of its arguments in place."""

    def call(*_: Any) -> Any:
        raise NotImplementedError(f"{name} has no meaning apart from its module")

    return Op(f"local.{name}", call, writes=writes)


def renamed(operation: Op, names: Mapping[str, str]) -> Op:
    """Return an operation, with the new name of the function of the module if it calls one that has one."""
    name = names.get(operation.path)
    return operation if name is None else local(name, operation.writes)


def is_local(operation: Op) -> bool:
    """Say whether an operation calls a function of the module."""
    return operation.path.startswith("local.")


def calls_in(block: Block) -> Iterator[Eqn]:
    """Yield the equations of a block, and inside of its statements, that call functions of the module."""
    return (stmt for stmt in statements_of(block) if isinstance(stmt, Eqn) and is_local(stmt.op))


UPDATE = op("ir.update")
ACCUMULATE = op("ir.accumulate")
APPEND = op("ir.append")
INSERT = op("ir.insert")
POP_ITEM = op("ir.pop_item")
DELETE = op("ir.delete")
CLEAR = op("ir.clear")
TURN = op("ir.turn")
NEW_TAPE = op("ir.new_tape")
PUSH = op("ir.push")
POP = op("ir.pop")
MARK = op("ir.mark")
CUT = op("ir.cut")
IDENTITY = op("ir.identity")
UNPACK = op("ir.unpack")
ITEM = op("ir.item")
CALL_METHOD = op("ir.call_method")
RAISE = op("ir.raise")
REQUIRE = op("ir.require")
ENTER = op("ir.enter")
EXIT = op("ir.exit")
GETITEM = op("operator.getitem")
GETATTR = op("builtins.getattr")
COPY = op("numpy.copy")
ADD_TAPE = op("s2s_ad.rules.helpers.add_tape")
COPY_OF_LIST = op("s2s_ad.rules.helpers.copy_of_list")
ZEROS_LIKE = op("numpy.zeros_like")
ZEROS_OF_LIST = op("s2s_ad.rules.helpers.zeros_of_list")
ADD = op("operator.add")

CONTEXT = frozenset({ENTER, EXIT})
"""Where a context begins and ends, in one block: what is between them is in it."""
LIST_OPS = frozenset({APPEND, INSERT, POP_ITEM, DELETE, CLEAR, TURN})
"""Operations that change a list as a whole."""
TAPE_OPS = frozenset({NEW_TAPE, PUSH, POP, MARK, CUT, ADD_TAPE})
"""Operations of the tapes that a reverse sweep reads."""
IN_PLACE = LIST_OPS | {UPDATE, ACCUMULATE}
"""Operations that the emitted code does on the storage of their first argument; the first result is its new value."""


def written(eqn: Eqn) -> tuple[tuple[Var, Var], ...]:
    """Return what an equation writes in place: arrays and lists, each with its new value.

    >>> from s2s_ad.ir.core import Lit
    >>> from s2s_ad.ir.kinds import FLOAT, INT
    >>> x, y, s = (Var(name, Array("float64", "n")) for name in "xys")
    >>> [str(var) for var in written(Eqn((y,), ACCUMULATE, (x, Seq(()), Lit(0, INT), Lit(1.0, FLOAT))))[0]]
    ['x', 'y']
    >>> [str(var) for var in written(Eqn((y,), local("f_bar", ((1, 0),)), (s, x)))[0]]
    ['x', 'y']
    """
    places = ((0, 0),) if eqn.op in IN_PLACE else eqn.op.writes
    pairs = ((eqn.args[i], eqn.outs[j]) for i, j in places)
    return tuple((arg, out) for arg, out in pairs if isinstance(arg, Var))


def keeps_apart(eqn: Eqn) -> bool:
    """Say whether what is computed before an equation may be another value after it, from the same operands."""
    return eqn.op in CONTEXT or bool(written(eqn))


def zeros_like(x: Atom) -> tuple[Op, list[Arg]]:
    """Return the operation that gives zeros like an array, or a list with zeros like its items, and its arguments.

    >>> from s2s_ad.ir.core import Var
    >>> from s2s_ad.ir.kinds import FLOAT
    >>> [zeros_like(Var("xs", ListKind(kind)))[0].path.rpartition(".")[2] for kind in (FLOAT, NOTHING)]
    ['zeros_of_list', 'identity']
    """
    if not isinstance(x.kind, ListKind):
        return ZEROS_LIKE, [x]
    return (IDENTITY, [Seq((), "list")]) if x.kind.item == NOTHING else (ZEROS_OF_LIST, [x])


def copy_of(kind: Kind) -> Op:
    """Return the operation that copies an array, or a list with the arrays in it.

    >>> copy_of(ListKind(Array("float64", "n"))).path
    's2s_ad.rules.helpers.copy_of_list'
    """
    return COPY_OF_LIST if isinstance(kind, ListKind) and isinstance(kind.item, Array | ListKind) else COPY
