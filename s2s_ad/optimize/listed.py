"""Makes lists of the adjoints of arrays of which a program reads one element at a time: those take a third of the time.

    v0_bar = np.zeros_like(v0)               v0_bar = [0.0] * len(v0)
    for i in reversed(range(n)):             for i in reversed(range(n)):
        …                               →        …
        v0_bar[i] += v2_bar                      v0_bar[i] += v2_bar
    return y, (v0_bar,)                      return y, (np.array(v0_bar),)

An adjoint that is returned becomes an array in the end, which pays where a loop goes through all of it.
The program's own arrays stay arrays: their indices may be wrong, and then NumPy says how.

>>> from s2s_ad.errors import Place
>>> from s2s_ad.ir.core import Param
>>> from s2s_ad.ir.printer import statement
>>> x, bar, more = (Var(name, Array("float64", "n")) for name in ("v0", "v0_bar", "v0_bar.2"))
>>> zeros, y = Eqn((bar,), ZEROS_LIKE, (x,)), Var("y", FLOAT)
>>> added = Eqn((more,), ACCUMULATE, (bar, Seq(()), Lit(2, INT), Lit(1.0, FLOAT)))
>>> read = Eqn((y,), ITEM, (more, Lit(2, INT)))
>>> block = Block((zeros, added, read), (y,))
>>> function = Function("f", (Param("x", x.kind, x),), (), block, y, Place("f.py", 1, 0, 1, ""))
>>> for stmt in listed(function, Names(1)).body.stmts:
...     print(statement(stmt))
.1: int = builtins.len(v0)
v0_bar: [float, ...] = operator.mul([0.0], .1)
v0_bar.2: [float, ...] = ir.accumulate(v0_bar, (), 2, 1.0)
y: float = operator.getitem(v0_bar.2, 2)
"""

from __future__ import annotations

from dataclasses import replace

from s2s_ad.analysis.storage import Storage
from s2s_ad.ir.core import (
    Block,
    Eqn,
    For,
    Function,
    If,
    Lit,
    Seq,
    Stmt,
    Var,
    all_bound,
    given_to,
    header,
    is_primal,
    map_blocks,
    operands,
    statements_of,
    substitute,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import FLOAT, INT, Array, ListKind, NumpyScalar, is_integer, is_number
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import ACCUMULATE, GETITEM, ITEM, UPDATE, ZEROS_LIKE, op
from s2s_ad.ir.rename import rename

_ARRAY, _LEN, _MUL = op("numpy.array"), op("builtins.len"), op("operator.mul")
_FLOATS = ListKind(FLOAT)
_FEW = 8
"""Elements that a loop may leave out at the start of an array, where it still goes through all of it."""


def listed(function: Function, names: Names) -> Function:
    """Return the function with lists for adjoints of which nothing but single elements is read and written."""
    zeros = any(isinstance(stmt, Eqn) and stmt.op == ZEROS_LIKE for stmt in statements_of(function.body))
    chosen = _Chosen(function).found if zeros else set[Var]()
    if not chosen:
        return function
    lists = {var: Var(var.name, _FLOATS) for var in chosen}
    body = _with_lists(rename(function.body, lists), names)
    arrays = {var: Var(names.version(""), var.kind) for var in variables(function.result) if var in chosen}
    stmts = (*body.stmts, *(Eqn((array,), _ARRAY, (lists[var],)) for var, array in arrays.items()))
    result = substitute(function.result, lambda var: arrays.get(var, var))
    return replace(function, body=Block(stmts, tuple(variables(result))), result=result)


def _with_lists(block: Block, names: Names) -> Block:
    """Return a block that makes and reads lists where it names them."""
    stmts: list[Stmt] = []
    for stmt in block.stmts:
        if not isinstance(stmt, Eqn):
            stmts.append(map_blocks(stmt, lambda inner: _with_lists(inner, names)))
        elif stmt.op == ZEROS_LIKE and stmt.outs[0].kind == _FLOATS:
            size = Var(names.version(""), INT)
            stmts.append(Eqn((size,), _LEN, stmt.args, (), stmt.origin))
            stmts.append(replace(stmt, op=_MUL, args=(Seq((Lit(0.0, FLOAT),), "list"), size)))
        elif stmt.op == ITEM and isinstance(stmt.args[0], Var) and stmt.args[0].kind == _FLOATS:
            stmts.append(replace(stmt, op=GETITEM))
        else:
            stmts.append(stmt)
    return Block(tuple(stmts), block.results)


class _Chosen:
    """Which adjoints become lists: all versions of one share their storage."""

    def __init__(self, function: Function) -> None:
        self._storage = Storage()
        self._storage.block(function.body)
        self._lengths: dict[Var, Var] = {}
        """Numbers that are the lengths of arrays."""
        self._like: dict[Var, Var] = {}
        """For the storage of zeros the array that they are like."""
        self._unfit: set[Var] = set()
        self._covered: set[Var] = set()
        """Storage of which a loop writes all but the first elements."""
        self._refuse(*given_to(function))
        for stmt in statements_of(function.body):
            if isinstance(stmt, Eqn):
                self._equation(stmt)
            else:
                self._refuse(*(variables(*header(stmt)) if isinstance(stmt, If) else ()))
        for stmt in statements_of(function.body):
            if isinstance(stmt, For):
                self._cover(stmt)
        self._refuse(*(var for var in variables(function.result) if self._root(var) not in self._covered))
        arrays = [var for var in all_bound(function.body) if isinstance(var.kind, Array)]
        self._refuse(*(var for var in arrays if not _has_floats(var)))
        self.found = {var for var in arrays if self._root(var) in self._like.keys() - self._unfit}

    def _root(self, var: Var) -> Var:
        return self._storage.shared.root(var)

    def _refuse(self, *given: Var) -> None:
        self._unfit.update(self._root(var) for var in given)

    def _equation(self, eqn: Eqn) -> None:
        """Refuse what an equation makes, reads or writes as a whole."""
        if eqn.op == _LEN and isinstance(eqn.args[0], Var):
            self._lengths[eqn.outs[0]] = eqn.args[0]
        elif eqn.op == ZEROS_LIKE and not is_primal(eqn) and isinstance(eqn.args[0], Var) and not eqn.kwargs:
            self._like[self._root(eqn.outs[0])] = eqn.args[0]
        else:
            args = eqn.args[1:] if _is_of_element(eqn) else (*eqn.outs, *operands(eqn))
            self._refuse(*variables(*args))

    def _cover(self, loop: For) -> None:
        length = self._lengths.get(loop.stop) if isinstance(loop.stop, Var) else None
        whole = isinstance(loop.start, Lit) and 0 <= loop.start.value <= _FEW and loop.step == Lit(1, INT)
        if length is None or not whole:
            return
        for stmt in statements_of(loop.body):
            if isinstance(stmt, Eqn) and stmt.op in (UPDATE, ACCUMULATE) and stmt.args[2] == loop.index:
                root = self._root(stmt.outs[0])
                if root in self._like and _are_as_long(self._like[root], length):
                    self._covered.add(root)


def _are_as_long(x: Var, y: Var) -> bool:
    sizes = [var.kind.size_of(0) for var in (x, y) if isinstance(var.kind, Array)]
    return x == y or (len(sizes) == 2 and sizes[0] is not None and sizes[0] == sizes[1])


def _is_of_element(eqn: Eqn) -> bool:
    """Say whether an equation reads or writes one element of an array with one axis."""
    if eqn.op == ITEM:
        return True
    if eqn.op not in (UPDATE, ACCUMULATE) or eqn.kwargs:
        return False
    _, path, index, *_, new = eqn.args
    if path != Seq(()) or not isinstance(index, Var | Lit) or not isinstance(new, Var | Lit):
        return False
    return is_number(index.kind) and is_integer(index.kind) and new.kind in (FLOAT, NumpyScalar("float64"))


def _has_floats(var: Var) -> bool:
    return isinstance(var.kind, Array) and var.kind.dtype == "float64" and len(var.kind.axes or "") == 1
