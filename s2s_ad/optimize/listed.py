"""Makes lists and views of memory of adjoints of arrays of which a program reads one element at a time in its loops.

    v0_bar = np.zeros_like(v0)               v0_bar = [0.0] * len(v0)
    for i in reversed(range(n)):             for i in reversed(range(n)):
        …                               →        …
        v0_bar[i] += v2_bar                      v0_bar[i] += v2_bar
    return y, (v0_bar,)                      return y, (np.array(v0_bar),)

That takes a fifth of the time.  An adjoint that is returned becomes an array in the end, which pays where a loop goes
through all of it.  Else, and where it has several axes, an array is made at once and its memory is read and written,
which takes half of the time: `v0_bar = memoryview(np.zeros(v0.shape))`.  The program's own arrays are lists where
their indices surely are right: else NumPy says how they are wrong.

>>> from s2s_ad.errors import Place
>>> from s2s_ad.ir.core import Param
>>> from s2s_ad.ir.printer import statement
>>> x, bar, more = (Var(name, Array("float64", "n")) for name in ("v0", "v0_bar", "v0_bar.2"))
>>> zeros, y = Eqn((bar,), ZEROS_LIKE, (x,)), Var("y", FLOAT)
>>> added = Eqn((more,), ACCUMULATE, (bar, Seq(()), Lit(2, INT), Lit(1.0, FLOAT)))
>>> read = Eqn((y,), ITEM, (more, Lit(2, INT)))
>>> loop = For((), Lit(0, INT), Lit(9, INT), Lit(1, INT), Var("i", INT), (), (), Block((added, read), ()))
>>> def example(*results):
...     block, result = Block((zeros, loop), results), Seq(results)
...     function = Function("f", (Param("x", x.kind, x),), (), block, result, Place("f.py", 1, 0, 1, ""))
...     return [statement(stmt) for stmt in listed(function, Names(1)).body.stmts if isinstance(stmt, Eqn)]
>>> example()
['.1: int = builtins.len(v0)', 'v0_bar: [float, ...] = operator.mul([0.0], .1)']
>>> for line in example(bar):
...     print(line)
.1: float64[n] = numpy.zeros_like(v0)
v0_bar: float64[n] = builtins.memoryview(.1)
.2: float64[n] = numpy.asarray(v0_bar)
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from s2s_ad.analysis.places import Places
from s2s_ad.analysis.storage import Storage
from s2s_ad.ir.core import (
    Arg,
    Block,
    Eqn,
    For,
    Function,
    If,
    Lit,
    Seq,
    Stmt,
    Var,
    While,
    all_bound,
    blocks,
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
from s2s_ad.optimize.lists import FEW

_ARRAY, _ASARRAY, _ZEROS = op("numpy.array"), op("numpy.asarray"), op("numpy.zeros")
_LEN, _MUL, _MEMORY = op("builtins.len"), op("operator.mul"), op("builtins.memoryview")
_FLOATS = ListKind(FLOAT)


def listed(function: Function, names: Names) -> Function:
    """Return the function with lists and views for adjoints of which it reads and writes single elements alone."""
    zeros = any(isinstance(stmt, Eqn) and stmt.op in (ZEROS_LIKE, _ZEROS) for stmt in statements_of(function.body))
    if not zeros:
        return function
    chosen = _Chosen(function)
    if not (chosen.lists or chosen.views):
        return function
    lists = {var: Var(var.name, _FLOATS) for var in chosen.lists}
    body = _with_elements(rename(function.body, lists), chosen.views, names)
    arrays: dict[Var, Var] = {}
    ends: list[Stmt] = []
    for var in dict.fromkeys(variables(function.result)):
        if var in lists or var in chosen.views:
            arrays[var] = Var(names.version(""), var.kind)
            ends.append(Eqn((arrays[var],), _ASARRAY if var in chosen.views else _ARRAY, (lists.get(var, var),)))
    result = substitute(function.result, lambda var: arrays.get(var, var))
    return replace(function, body=Block((*body.stmts, *ends), tuple(variables(result))), result=result)


def _with_elements(block: Block, views: Set[Var], names: Names) -> Block:
    """Return a block that makes and reads lists where it names them, and views where it names these."""
    stmts: list[Stmt] = []
    for stmt in block.stmts:
        if not isinstance(stmt, Eqn):
            stmts.append(map_blocks(stmt, lambda inner: _with_elements(inner, views, names)))
        elif stmt.op == _ZEROS and stmt.outs[0].kind == _FLOATS:
            stmts.append(replace(stmt, op=_MUL, args=(Seq((Lit(0.0, FLOAT),), "list"), *stmt.args)))
        elif stmt.op == ZEROS_LIKE and stmt.outs[0].kind == _FLOATS:
            size = Var(names.version(""), INT)
            stmts.append(Eqn((size,), _LEN, stmt.args, (), stmt.origin))
            stmts.append(replace(stmt, op=_MUL, args=(Seq((Lit(0.0, FLOAT),), "list"), size)))
        elif stmt.op == ZEROS_LIKE and stmt.outs[0] in views:
            zeros = Var(names.version(""), stmt.outs[0].kind)
            stmts += replace(stmt, outs=(zeros,)), replace(stmt, op=_MEMORY, args=(zeros,))
        elif stmt.op == ITEM and isinstance(x := stmt.args[0], Var) and (x.kind == _FLOATS or x in views):
            stmts.append(replace(stmt, op=GETITEM))
        else:
            stmts.append(stmt)
    return Block(tuple(stmts), block.results)


class _Chosen:
    """Which adjoints become lists or views: all versions of one share their storage."""

    def __init__(self, function: Function) -> None:
        self._storage = Storage()
        self._storage.block(function.body)
        self._places = Places(function.body)
        self._like: dict[Var, Var] = {}
        """For the storage of zeros an array that is as long."""
        self._zeros: list[tuple[Var, Var]] = []
        """Arrays with the zeros that are like them: those of a list are a list."""
        self._own: set[Var] = set()
        """Storage that the program makes."""
        self._unplaced: set[Var] = set()
        """Storage with indices that may be wrong."""
        self._unfit: set[Var] = set()
        self._covered: set[Var] = set()
        """Storage of which a loop writes nearly all elements."""
        self._looped: set[Var] = set()
        """Storage of which a loop that does not make it reads or writes elements."""
        self._refuse(*given_to(function))
        for stmt in statements_of(function.body):
            if isinstance(stmt, Eqn):
                self._equation(stmt)
            else:
                self._refuse(*(variables(*header(stmt)) if isinstance(stmt, If) else ()))
        for stmt in statements_of(function.body):
            if isinstance(stmt, For | While):
                self._loop(stmt)
        arrays = [var for var in all_bound(function.body) if isinstance(var.kind, Array)]
        self._refuse(*(var for var in arrays if not _has_floats(var)))
        fit = self._like.keys() - self._unfit - (self._own & self._unplaced)
        returned = {self._root(var) for var in variables(function.result)}
        lists = {root for root in fit if _rank(root) == 1 and (root in self._covered or root not in returned)}
        while arrays_like := {self._root(x) for x, like in self._zeros if self._root(like) not in lists} & lists:
            lists -= arrays_like
        self.lists = {var for var in arrays if self._root(var) in lists}
        self.views = {var for var in arrays if self._root(var) in (fit - lists - self._own) & self._looped}

    def _root(self, var: Var) -> Var:
        return self._storage.shared.root(var)

    def _refuse(self, *given: Var) -> None:
        self._unfit.update(self._root(var) for var in given)

    def _equation(self, eqn: Eqn) -> None:
        """Refuse what an equation makes, reads or writes as a whole."""
        if eqn.op == _LEN:
            return
        if eqn.op == ZEROS_LIKE and not is_primal(eqn) and isinstance(eqn.args[0], Var) and not eqn.kwargs:
            self._like[self._root(eqn.outs[0])] = eqn.args[0]
            self._zeros.append((eqn.args[0], eqn.outs[0]))
        elif eqn.op == _ZEROS and self._places.knows(eqn.outs[0]) and not eqn.kwargs:
            self._like[self._root(eqn.outs[0])] = eqn.outs[0]
            self._own.add(self._root(eqn.outs[0]))
        elif _is_of_element(eqn):
            x, index = eqn.args[0], eqn.args[1 if eqn.op == ITEM else 2]
            if isinstance(x, Var) and not self._places.has(x, index):
                self._unplaced.add(self._root(x))
            self._refuse(*variables(*eqn.args[1:]))
        else:
            self._refuse(*eqn.outs, *operands(eqn))

    def _loop(self, loop: For | While) -> None:
        """Note what a loop reads and writes of what is made before it, and what it writes nearly all of."""
        inside = [stmt for block in blocks(loop) for stmt in statements_of(block) if isinstance(stmt, Eqn)]
        made = {self._root(stmt.outs[0]) for stmt in inside if stmt.op == ZEROS_LIKE}
        touched = [
            (self._root(x), stmt) for stmt in inside if _is_of_element(stmt) and isinstance(x := stmt.args[0], Var)
        ]
        self._looped.update(root for root, _ in touched if root not in made)
        for root, stmt in touched:
            if not isinstance(loop, For) or stmt.op == ITEM or stmt.args[2] != loop.index or root not in self._like:
                continue
            if self._places.goes_through(loop, self._like[root], FEW):
                self._covered.add(root)


def _is_of_element(eqn: Eqn) -> bool:
    """Say whether an equation reads or writes one element of an array."""
    if eqn.op == ITEM:
        return True
    if eqn.op not in (UPDATE, ACCUMULATE) or eqn.kwargs:
        return False
    x, path, index, *_, new = eqn.args
    places = index.items if isinstance(index, Seq) and index.type == "tuple" else (index,)
    if path != Seq(()) or not all(map(_is_place, places)) or not isinstance(new, Var | Lit):
        return False
    return _rank(x) == len(places) and new.kind in (FLOAT, NumpyScalar("float64"))


def _is_place(arg: Arg) -> bool:
    return isinstance(arg, Var | Lit) and is_number(arg.kind) and is_integer(arg.kind)


def _rank(arg: Arg) -> int:
    """Return how many axes an array surely has, 0 for what may have none."""
    return len(arg.kind.axes or "") if isinstance(arg, Var) and isinstance(arg.kind, Array) else 0


def _has_floats(var: Var) -> bool:
    return isinstance(var.kind, Array) and var.kind.dtype == "float64" and _rank(var) > 0
