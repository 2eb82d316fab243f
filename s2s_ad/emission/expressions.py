"""Equations as Python expressions: operators infix, indices in brackets, methods after a dot."""

from __future__ import annotations

import ast
from collections.abc import Callable

from s2s_ad.emission.axes import is_outer_product, new_axes
from s2s_ad.emission.literals import Reach, indexed, literal
from s2s_ad.emission.printer import attribute, binary, call, display, name, subscript
from s2s_ad.emission.scope import unique
from s2s_ad.ir.core import Arg, Eqn, Lit, Map, Record, Rows, Seq, Slice, Step, Var, substitute, variables
from s2s_ad.ir.kinds import Array, ListKind, PyScalar, is_complex, is_number

INFIX: dict[str, type[ast.operator]] = {
    "add": ast.Add, "sub": ast.Sub, "mul": ast.Mult, "truediv": ast.Div, "floordiv": ast.FloorDiv,
    "mod": ast.Mod, "pow": ast.Pow, "matmul": ast.MatMult, "lshift": ast.LShift, "rshift": ast.RShift,
    "and_": ast.BitAnd, "or_": ast.BitOr, "xor": ast.BitXor,
}  # fmt: skip
PREFIX: dict[str, type[ast.unaryop]] = {
    "neg": ast.USub, "pos": ast.UAdd, "invert": ast.Invert, "inv": ast.Invert, "not_": ast.Not,
}  # fmt: skip
COMPARE: dict[str, type[ast.cmpop]] = {
    "lt": ast.Lt, "le": ast.LtE, "gt": ast.Gt, "ge": ast.GtE, "eq": ast.Eq, "ne": ast.NotEq,
    "is_": ast.Is, "is_not": ast.IsNot,
}  # fmt: skip

NameOf = Callable[[Var], ast.expr]


TRANSPOSES = {"numpy.transpose": "T", "numpy.matrix_transpose": "mT"}


class Expressions:
    """Turns equations and arguments into expressions, given what a Var and an import are called."""

    def __init__(self, name_of: NameOf, reach: Reach) -> None:
        self._name_of = name_of
        self.reach = reach

    def arg(self, arg: Arg) -> ast.expr:
        """Return the expression of an argument."""
        match arg:
            case Var():
                return self._name_of(arg)
            case Lit(value):
                return literal(value, self.reach)
            case Seq(items, type):
                return display([self.arg(item) for item in items], type)
            case Map(items):
                keys = [literal(key, self.reach) for key, _ in items]
                return ast.Dict(list(keys), [self.arg(item) for _, item in items])
            case Record():
                return self._record(arg)
            case Slice(start, stop, step):
                return call(self.reach("builtins.slice"), *map(self.arg, (start, stop, step)))
            case Step(operation):
                return self.reach(operation.path)
            case Rows():
                return self._rows(arg)

    def _record(self, record: Record) -> ast.expr:
        """Return Params(w=w, b=b), or type(p)(w=w_bar, b=b_bar) where the argument p is whose class it has."""
        if record.maker is not None:
            cls = self._name_of(record.maker)
        else:
            cls = call(self.reach("builtins.type"), ast.parse("".join(record.of), mode="eval").body)
        values = {key: self.arg(item) for key, item in record.items}
        if record.called:
            return call(cls, **values)
        return call(self.reach("s2s_ad.rules.helpers.instance"), cls, **values)

    def _rows(self, rows: Rows) -> ast.expr:
        """Return [(w, b) for w, b in zip(ws, bs)]."""
        columns = dict.fromkeys(variables(rows))
        items: dict[Var, Var] = {}
        taken = {node.id for node in ast.walk(self.arg(rows.columns)) if isinstance(node, ast.Name)}
        for column in columns:
            wanted = column.hint.removesuffix("_bar") or "item"
            items[column] = Var(unique(wanted, frozenset(taken)), column.kind)
            taken.add(items[column].name)
        names = [name(item.name) for item in items.values()]
        own = {item.name for item in items.values()}
        inner = Expressions(lambda var: name(var.name) if var.name in own else self._name_of(var), self.reach)
        element = inner.arg(substitute(rows.columns, lambda column: items[column]))
        lists = [self._name_of(column) for column in columns]
        source = lists[0] if len(lists) == 1 else call(self.reach("builtins.zip"), *lists)
        return ast.ListComp(
            element, [ast.comprehension(names[0] if len(names) == 1 else display(list(names)), source, [], 0)]
        )

    def index(self, arg: Arg) -> ast.expr:
        """Return the expression of an argument between brackets, where slices have colons."""
        match arg:
            case Slice(start, stop, step):
                return ast.Slice(*(self._slice_part(part) for part in (start, stop, step)))
            case Seq(items, "tuple"):
                return display([self.index(item) for item in items])
            case _:
                return self.arg(arg)

    def element(self, x: ast.expr, path: tuple[Arg, ...]) -> ast.expr:
        """Return x[path[0]][path[1]]..., with calls for steps that are no indices."""
        for part in path:
            x = self._step(x, part) if isinstance(part, Step) else subscript(x, self.index(part))
        return x

    def _step(self, x: ast.expr, step: Step) -> ast.expr:
        if step.op.path in TRANSPOSES and not (step.args or step.kwargs):
            return attribute(x, TRANSPOSES[step.op.path])
        named = {key: self.arg(arg) for key, arg in step.kwargs}
        return call(self.reach(step.op.path), x, *map(self.arg, step.args), **named)

    def value(self, eqn: Eqn) -> ast.expr:
        """Return the right-hand side of an equation."""
        module, _, last = eqn.op.path.rpartition(".")
        if module == "operator" and not eqn.kwargs:
            special = self._operator(last, eqn.args)
            if special:
                return special
        if module == "ir":
            return self._own(last, eqn)
        if eqn.op.path == "builtins.getattr" and len(eqn.args) == 2 and _is_identifier(eqn.args[1]):
            return attribute(self.arg(eqn.args[0]), str(eqn.args[1].value))  # pyright: ignore
        if eqn.op.path == "numpy.copy" and len(eqn.args) == 1 and not eqn.kwargs and _has_copy(eqn.args[0]):
            if isinstance(eqn.args[0], Var) and isinstance(eqn.args[0].kind, ListKind):  # NumPy may give a tuple
                return call(self.reach("builtins.list"), self.arg(eqn.args[0]))
            return call(attribute(self.arg(eqn.args[0]), "copy"))
        if eqn.op.path in TRANSPOSES and len(eqn.args) == 1 and not eqn.kwargs and _has_copy(eqn.args[0]):
            return attribute(self.arg(eqn.args[0]), TRANSPOSES[eqn.op.path])
        if module == "numpy.ndarray":
            return self._call(attribute(self.arg(eqn.args[0]), last), eqn.args[1:], eqn)
        inserted = new_axes(eqn)
        if inserted is not None:
            return self._with_axes(self.arg(eqn.args[0]), inserted)
        if is_outer_product(eqn):
            x, y = map(self.arg, eqn.args)
            return binary(ast.Mult(), self._with_axes(x, (False, True)), y)
        if is_conditional(eqn):
            return ast.BoolOp(ast.And(), [self.arg(arg) for arg in eqn.args])
        if eqn.op.path == "s2s_ad.rules.helpers.conjugate" and _has_copy(eqn.args[0]):
            return call(attribute(self.arg(eqn.args[0]), "conjugate"))
        return self._call(self.reach(eqn.op.path), eqn.args, eqn)

    def _with_axes(self, x: ast.expr, inserted: tuple[bool, ...]) -> ast.expr:
        """Return x[:, None]."""
        return subscript(x, display([name("None") if new else ast.Slice() for new in inserted]))

    def context(self, eqn: Eqn) -> ast.expr:
        """Return the expression of the context that an equation enters."""
        return self._call(self.arg(eqn.args[0]), eqn.args[1:], eqn)

    def _slice_part(self, part: Arg) -> ast.expr | None:
        return None if isinstance(part, Lit) and part.value is None else self.arg(part)

    def _call(self, function: ast.expr, args: tuple[Arg, ...], eqn: Eqn) -> ast.expr:
        return call(function, *map(self.arg, args), **{key: self.arg(arg) for key, arg in eqn.kwargs})

    def _operator(self, op: str, args: tuple[Arg, ...]) -> ast.expr | None:
        if len(args) == 2 and op in INFIX:
            return binary(INFIX[op](), self.arg(args[0]), self.arg(args[1]))
        if len(args) == 1 and op in PREFIX:
            return ast.UnaryOp(PREFIX[op](), self.arg(args[0]))
        if len(args) == 2 and op in COMPARE:
            return ast.Compare(self.arg(args[0]), [COMPARE[op]()], [self.arg(args[1])])
        if len(args) == 2 and op == "contains":
            return ast.Compare(self.arg(args[1]), [ast.In()], [self.arg(args[0])])
        if len(args) == 2 and op == "getitem":
            return self.element(self.arg(args[0]), (args[1],))
        return None

    def _own(self, op: str, eqn: Eqn) -> ast.expr:
        first = self.arg(eqn.args[0]) if eqn.args else name("")
        match op:
            case "new_tape":
                return display([], "list")
            case "pop":
                return call(attribute(first, "pop"))
            case "push":
                values = [self.arg(arg) for arg in eqn.args[1:]]
                return call(attribute(first, "append"), values[0] if len(values) == 1 else display(values))
            case "mark":
                return call(self.reach("builtins.len"), first)
            case "identity" | "unpack":
                return first
            case "item":
                index = eqn.args[1].items if isinstance(eqn.args[1], Seq) else eqn.args[1:]
                return call(attribute(first, "item"), *map(self.arg, index))
            case "call_method" if _is_identifier(eqn.args[1]):
                assert isinstance(eqn.args[1], Lit)
                return self._call(attribute(first, eqn.args[1].value), eqn.args[2:], eqn)
            case _:
                return self._call(name(op), eqn.args, eqn)


def is_conditional(eqn: Eqn) -> bool:
    """Say whether an equation is printed as `z_bar and x_bar`: a number is x_bar unless another number is zero."""
    if eqn.op.path != "s2s_ad.rules.helpers.unless_zero":
        return False
    kinds = [arg.kind for arg in eqn.args if isinstance(arg, Var) and is_number(arg.kind)]
    return len(kinds) == 2 and is_complex(kinds[0]) == is_complex(kinds[1])


def access(node: ast.expr, key: object, reach: Reach) -> ast.expr:
    """Return node[key]."""
    return indexed(node, key, reach)


def _is_identifier(arg: Arg) -> bool:
    return isinstance(arg, Lit) and isinstance(arg.value, str) and arg.value.isidentifier()


def _has_copy(arg: Arg) -> bool:
    """Say whether a value surely is NumPy's: `max(3.0, x)` of an array without axes may be a float."""
    if not isinstance(arg, Var) or isinstance(arg.kind, PyScalar):
        return False
    return not isinstance(arg.kind, Array) or bool(arg.kind.axes)
