"""Mathematical text: v₋₁ × v₀, ln v₁, v̄₅, v̇₁.

>>> from s2s_ad.ir.kinds import FLOAT
>>> from s2s_ad.ir.ops import op
>>> x, y = Var("v_m1", FLOAT), Var(".1", FLOAT)
>>> product = Eqn((y,), op("operator.mul"), (x, Lit(2.0, FLOAT)))
>>> Notation({y: product}).formula(Eqn((Var("v1", FLOAT),), op("numpy.log"), (y,)))
'ln(v₋₁ × 2.0)'
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from s2s_ad.ir.core import (
    Arg,
    Atom,
    Block,
    Eqn,
    If,
    Lit,
    Map,
    Record,
    Rows,
    Seq,
    Slice,
    Step,
    Try,
    Var,
    blocks,
    is_primal,
)  # fmt: skip
from s2s_ad.ir.ops import ACCUMULATE, UPDATE

MARKS = {"_bar": "\u0304", "_dot": "\u0307"}
_NUMBERED = re.compile(r"v(_m)?(\d+)")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_LONGEST = 200
"""Beyond that a formula ends in an ellipsis."""

CHOICE, COMPARE, OR, XOR, AND, SHIFT, SUM, PRODUCT, SIGN, POWER, ATOM = range(11)
"""How tightly a text binds."""

_INFIX = {
    "add": ("+", SUM), "sub": ("−", SUM), "subtract": ("−", SUM), "mul": ("×", PRODUCT), "multiply": ("×", PRODUCT),
    "truediv": ("÷", PRODUCT), "divide": ("÷", PRODUCT), "true_divide": ("÷", PRODUCT), "matmul": ("@", PRODUCT),
    "mod": ("%", PRODUCT), "remainder": ("%", PRODUCT), "floordiv": ("//", PRODUCT), "floor_divide": ("//", PRODUCT),
    "pow": ("^", POWER), "power": ("^", POWER), "lt": ("<", COMPARE), "less": ("<", COMPARE), "le": ("≤", COMPARE),
    "less_equal": ("≤", COMPARE), "gt": (">", COMPARE), "greater": (">", COMPARE), "ge": ("≥", COMPARE),
    "greater_equal": ("≥", COMPARE), "eq": ("=", COMPARE), "equal": ("=", COMPARE), "ne": ("≠", COMPARE),
    "not_equal": ("≠", COMPARE), "is_": ("is", COMPARE), "is_not": ("is not", COMPARE), "and_": ("&", AND),
    "or_": ("|", OR), "xor": ("⊻", XOR), "lshift": ("<<", SHIFT), "rshift": (">>", SHIFT),
}  # fmt: skip
_PREFIX = {"neg": "−", "negative": "−", "pos": "+", "positive": "+", "invert": "~", "inv": "~", "not_": "not "}
_ELEMENTARY = frozenset({
    "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh",
    "asin", "acos", "atan", "asinh", "acosh", "atanh", "exp", "exp2", "expm1", "ln", "log1p", "log2", "log10",
    "sqrt", "cbrt", "erf", "erfc",
})  # fmt: skip
_NAMES = {"log": "ln"}
_SILENT = frozenset({("axis", "None"), ("keepdims", "False")})
"""Keywords that say nothing."""
_NUMPY = ("numpy", "math", "operator", "builtins")
_CASTS = frozenset({"numpy.float64", "numpy.float32", "numpy.float16"})
_ZEROS = frozenset({"numpy.zeros_like", "s2s_ad.rules.helpers.zeros_of_list"})
_TRANSPOSE = frozenset({"numpy.transpose", "numpy.matrix_transpose"})


def name_text(hint: str) -> str:
    """Return a printed name: numbers below the line, a bar or a dot on the first letter.

    >>> [name_text(hint) for hint in ("v_m1", "v12", "v5_bar", "v_m1_bar", "v1_dot", "s", "s_bar", "p_W1_bar")]
    ['v₋₁', 'v₁₂', 'v̄₅', 'v̄₋₁', 'v̇₁', 's', 's̄', 'p̄_W1']
    """
    for ending, mark in MARKS.items():
        if hint.endswith(ending) and len(hint) > len(ending):
            return marked(name_text(hint.removesuffix(ending)), mark)
    numbered = _NUMBERED.fullmatch(hint)
    if not numbered:
        return hint
    return f"v{'₋' if numbered[1] else ''}{numbered[2].translate(_SUBSCRIPTS)}"


def marked(name: str, mark: str) -> str:
    """Return a name with a bar or a dot on its first letter."""
    return unicodedata.normalize("NFC", name[:1] + mark + name[1:])


def number_text(value: Any) -> str:
    """Return a constant, as it is written in a formula."""
    plain = cast(Any, value).item() if isinstance(value, np.generic) else value
    if plain is Ellipsis:
        return "..."
    if type(plain) is float and plain == math.pi:
        return "π"
    if type(plain) is complex and plain.real == 0:
        plain = complex(0.0, plain.imag)  # −1j, and not (−0−1j)
    if type(plain) in (int, float, complex):
        return repr(plain).replace("-", "−")
    return getattr(plain, "__name__", None) or repr(plain)


@dataclass(frozen=True, slots=True)
class Choice:
    """What an `if` gives: one of two values."""

    test: Atom
    then: Atom
    orelse: Atom


@dataclass
class Notation:
    """Formulas of a function, given the equations of its temporaries, which have no name to print."""

    temporaries: Mapping[Var, Eqn | Choice]
    _known: dict[tuple[Var, bool], tuple[str, int]] = field(default_factory=dict[tuple[Var, bool], tuple[str, int]])

    def name(self, var: Var) -> str:
        """Return the printed name of a Var, or its formula where it has none."""
        return self._arg(var, CHOICE)

    def arg(self, arg: Arg) -> str:
        """Return the text of an argument."""
        return self._arg(arg, CHOICE)

    def formula(self, eqn: Eqn) -> str:
        """Return the text of the right-hand side of an equation."""
        return _short(self._equation(eqn, True)[0])

    def target(self, eqn: Eqn) -> str:
        """Return what an equation that works in place writes to: `v₁[i]`."""
        x, path, index = eqn.args[:3]
        assert isinstance(path, Seq)
        parts = path.items if isinstance(index, Lit) and index.value is Ellipsis else (*path.items, index)
        return self._arg(x, ATOM) + "".join(map(self._step, parts))

    def _step(self, part: Arg) -> str:
        """Return one step of the path to what is written: `[i]`, `ᵀ`, `.reshape(2, 3)`."""
        if not isinstance(part, Step):
            return f"[{self._index(part)}]"
        if part.op.path in _TRANSPOSE and not (part.args or part.kwargs):
            return "ᵀ"
        return "." + self._call(part.op.path.rpartition(".")[2], Eqn((), part.op, part.args, part.kwargs))

    # -- arguments: `last` says that no operator follows, so that `sin v₀` needs no parentheses -------

    def _arg(self, arg: Arg, binding: int, last: bool = True) -> str:
        text, tight = self._text(arg, last)
        return text if tight >= binding else f"({text})"

    def _text(self, arg: Arg, last: bool) -> tuple[str, int]:
        match arg:
            case Var():
                return self._variable(arg, last)
            case Lit(value):
                text = number_text(value)
                return text, SIGN if text.startswith("−") else ATOM
            case Seq(items, made):
                inner = ", ".join(map(self.arg, items))
                if made == "list":
                    return f"[{inner}]", ATOM
                return (f"({inner},)" if len(items) == 1 else f"({inner})"), ATOM
            case Map(items):
                return "{" + ", ".join(f"{key!r}: {self.arg(item)}" for key, item in items) + "}", ATOM
            case Record(items, of, maker=maker):
                made = name_text(maker.hint) if maker else "".join(of)
                return f"{made}({', '.join(f'{key}={self.arg(item)}' for key, item in items)})", ATOM
            case Rows(columns):
                return f"rows({self.arg(columns)})", ATOM
            case Slice():
                return self._index(arg), ATOM
            case Step():
                return self._step(arg), ATOM

    def _variable(self, var: Var, last: bool) -> tuple[str, int]:
        if var.hint:
            return name_text(var.hint), ATOM
        made = self.temporaries.get(var)
        if made is None:
            return "t" + var.name.rpartition(".")[2].translate(_SUBSCRIPTS), ATOM
        if (var, last) not in self._known:
            text, tight = self._choice(made) if isinstance(made, Choice) else self._equation(made, last)
            self._known[var, last] = (_short(text), tight)
        return self._known[var, last]

    def _choice(self, made: Choice) -> tuple[str, int]:
        then, test, orelse = (self._arg(part, COMPARE, last=True) for part in (made.then, made.test, made.orelse))
        return f"{then} if {test} else {orelse}", CHOICE

    def _index(self, arg: Arg) -> str:
        """Return an argument as it stands between brackets."""
        if isinstance(arg, Slice):
            start, stop, step = ("" if isinstance(part, Lit) and part.value is None else self.arg(part)
                                 for part in (arg.start, arg.stop, arg.step))  # fmt: skip
            return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"
        if isinstance(arg, Seq) and arg.type == "tuple" and len(arg.items) > 1:
            return ", ".join(map(self._index, arg.items))
        return self.arg(arg)

    # -- equations ------------------------------------------------------------------------------------

    def _equation(self, eqn: Eqn, last: bool) -> tuple[str, int]:
        module, _, name = eqn.op.path.rpartition(".")
        args, plain = eqn.args, not eqn.kwargs
        if module in _NUMPY and plain and len(args) == 2 and name in _INFIX:
            return self._infix(*_INFIX[name], args, last)
        if module in _NUMPY and plain and len(args) == 1 and name in _PREFIX:
            return _PREFIX[name] + self._arg(args[0], SIGN, last), SIGN
        special = self._special(eqn, last)
        if special is not None:
            return special
        name = _NAMES.get(name, name) if module in _NUMPY else name
        if plain and len(args) == 1 and last and name in _ELEMENTARY:
            text, tight = self._text(args[0], True)
            if tight == ATOM and isinstance(args[0], Var | Lit) and not text.endswith(")"):
                return f"{name} {text}", POWER
        return self._call(name, eqn, helper=module == "s2s_ad.rules.helpers"), ATOM

    def _infix(self, sign: str, binding: int, args: Sequence[Arg], last: bool) -> tuple[str, int]:
        left, right = args
        loose = binding <= SUM
        if sign == "^":
            return f"{self._arg(left, ATOM, False)} ^ {self._arg(right, ATOM, False)}", POWER
        start = self._arg(left, binding + (binding == COMPARE), loose)
        end = self._arg(right, binding + 1, loose or last)
        return f"{start} {sign} {f'({end})' if end.startswith('−') else end}", binding

    def _special(self, eqn: Eqn, last: bool) -> tuple[str, int] | None:
        """Return the text of operations that are not written as calls."""
        path = eqn.op.path
        match eqn.args:
            case (x,) if path == "ir.identity" or (path in _CASTS and not is_primal(eqn)):
                return self._text(x, last)
            case (_,) if path in _ZEROS:
                return "0", ATOM
            case (x,) if path in _TRANSPOSE and not eqn.kwargs:
                return f"{self._arg(x, ATOM, False)}ᵀ", ATOM
            case x, index if path == "operator.getitem":
                return f"{self._arg(x, ATOM, False)}[{self._index(index)}]", ATOM
            case Lit(maker), *rest if path == "ir.enter":
                return self._call(maker.__name__, Eqn(eqn.outs, eqn.op, tuple(rest), eqn.kwargs)), ATOM
            case items, item if path == "operator.contains":
                return f"{self._arg(item, SHIFT)} in {self._arg(items, SHIFT)}", COMPARE
            case x, Lit(name) if path == "builtins.getattr":
                return f"{self._arg(x, ATOM, False)}.{name}", ATOM
            case x, Lit(name), *rest if path == "ir.call_method":
                call = self._call(str(name), Eqn(eqn.outs, eqn.op, tuple(rest), eqn.kwargs))
                return f"{self._arg(x, ATOM, False)}.{call}", ATOM
            case _, _, _, Lit(sign), value if eqn.op == UPDATE:
                return self._written(eqn, sign, value, last)
            case _, _, _, value if eqn.op == ACCUMULATE:
                return self._written(eqn, "+", value, last)
            case _:
                return None

    def _written(self, eqn: Eqn, sign: str, value: Arg, last: bool) -> tuple[str, int]:
        """Return the new value of what an equation writes to."""
        if not sign:
            return self._text(value, last)
        symbol, binding = {"+": ("+", SUM), "-": ("−", SUM), "*": ("×", PRODUCT), "/": ("÷", PRODUCT)}.get(
            sign, (sign, PRODUCT)
        )
        return f"{self.target(eqn)} {symbol} {self._arg(value, binding + 1, last)}", binding

    def _call(self, name: str, eqn: Eqn, helper: bool = False) -> str:
        args = list(eqn.args)
        while helper and args and isinstance(args[-1], Lit) and (args[-1].value is None or args[-1].value is False):
            args.pop()  # a helper is called with all its arguments; those that ask for nothing say nothing
        texts = [self.arg(arg) for arg in args]
        texts += [f"{key}={self.arg(arg)}" for key, arg in eqn.kwargs if (key, str(arg)) not in _SILENT]
        return f"{name}({', '.join(texts)})"


def temporaries(block: Block) -> dict[Var, Eqn | Choice]:
    """Return what the results of a block, and of those inside, are made by that have no name to print."""
    return {var: made for var, made in _made(block) if not var.hint}


def _made(block: Block) -> Iterator[tuple[Var, Eqn | Choice]]:
    for stmt in block.stmts:
        if isinstance(stmt, Eqn) and len(stmt.outs) == 1:
            yield stmt.outs[0], stmt
        if isinstance(stmt, If) and not isinstance(stmt, Try):
            for out, then, orelse in zip(stmt.outs, stmt.then.results, stmt.orelse.results, strict=True):
                yield out, Choice(stmt.test, then, orelse)
        for inner in blocks(stmt):
            yield from _made(inner)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
