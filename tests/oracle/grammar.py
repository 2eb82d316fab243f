"""The grammar of programs: a function of floats and arrays with all that may go wrong in it.

`program(source)` writes the text of a module with `f`, what `f` uses, and `ARGS`.  Every name has a
type with known shapes, so that most programs run; what they compute stays of moderate size.
"""

from __future__ import annotations

from tests.oracle.scope import FLOAT, INT, Arr, DictT, Fun, ListT, TupleT, features
from tests.oracle.shapes import written
from tests.oracle.simple import Simple
from tests.oracle.source import Source

_POINT = """\
@dataclass
class Point:
    a: float
    w: object

    def energy(self, k):
        return self.a * k + np.sum(self.w * self.w)

    def move(self, k):
        self.a = self.a * np.cos(k)
        self.w[...] = self.w + k
"""
_FLOATS = ("0.7", "-0.4", "1.3", "0.2", "-1.1", "0.9", "1.6", "-0.25")
_TIED = ("1.0", "0.0", "0.5", "-1.0", "0.0", "1.0")


class Program(Simple):
    """Writes a whole program."""

    def text(self) -> str:
        """Return the text of the module."""
        pick = self.source.choice
        args: list[str] = []
        names: list[str] = []
        head = ["import math", "", "import numpy as np", ""]
        if self.has("objects"):
            head += ["from dataclasses import dataclass", ""]
        if self.has("globals"):
            numbers = ", ".join(self._float() for _ in range(max(1, self.sizes[0])))
            head += ["K = 1.25", f"W = np.array([{numbers}])", ""]
        if self.has("objects"):
            head += [_POINT, ""]
        helpers = self._helpers() if self.has("helpers") else {}
        written_before, self.lines = self.lines, []
        self.env = dict(helpers)
        for _ in range(pick([2, 1, 3])):
            self._argument(names, args)
        if not any(isinstance(self.env[name], Arr) for name in names) and self.source.chance(60):
            self._array_argument(names, args)
        if self.has("integers"):
            self.env["n"] = INT
            self.fixed |= {"n"}
            names.append("n")
            args.append(pick(["3", "2", "4", "1", "0"]))
        if self.has("for_list") and self.source.chance(40):
            names.append("xs")
            self.env["xs"] = ListT(2)
            args.append(f"[{self._float()}, {self._float()}]")
        self.line(f"def f({', '.join(names)}):")
        self.indent = 1
        self.lines[-1] = self.lines[-1].strip()
        self.budget = pick([6, 4, 9, 13])
        while self.budget > 0:
            self.statement()
        self.line(f"return {self._result()}")
        body = "\n".join([*head, *written_before, *self.lines])
        return f"{body}\n\n\nARGS = ({', '.join(args)},)\n"

    def _float(self) -> str:
        return self.source.choice(_TIED if self.has("ties") else _FLOATS)

    def _argument(self, names: list[str], args: list[str]) -> None:
        kinds = [(5, "float"), (5, "array")]
        if self.has("lists"):
            kinds.append((1, "list"))
        if self.has("tuples"):
            kinds.append((1, "tuple"))
        if self.has("dicts"):
            kinds.append((1, "dict"))
        kind = self.source.weighted(kinds)
        if kind == "array":
            return self._array_argument(names, args)
        name = next(each for each in ("x", "y", "z") if each not in names)
        names.append(name)
        if kind == "float":
            self.env[name] = FLOAT
            args.append(self._float())
        elif kind == "dict":
            self.env[name] = DictT((self.sizes[0],))
            args.append(f'{{"a": {self._float()}, "w": {self._numbers((self.sizes[0],))}}}')
        else:
            items = ", ".join(self._float() for _ in range(2))
            self.env[name] = ListT(2) if kind == "list" else TupleT(2)
            args.append(f"[{items}]" if kind == "list" else f"({items})")
        return None

    def _array_argument(self, names: list[str], args: list[str]) -> None:
        shape = self.shape()
        name = next(each for each in ("x", "y", "z", "u") if each not in names)
        names.append(name)
        self.env[name] = Arr(shape)
        args.append(self._numbers(shape))

    def _numbers(self, shape: tuple[int, ...]) -> str:
        if 0 in shape:
            return f"np.zeros({written(shape)})"
        kind = ", dtype=np.float32" if self.has("float32") else ""
        if len(shape) == 1:
            return f"np.array([{', '.join(self._float() for _ in range(shape[0]))}]{kind})"
        rows = [f"[{', '.join(self._float() for _ in range(shape[1]))}]" for _ in range(shape[0])]
        return f"np.array([{', '.join(rows)}]{kind})"

    def _result(self) -> str:
        """Write the value that is returned: it depends on much of what there is."""
        floats, arrays = self.names(FLOAT), self.arrays()
        terms = [self.scalar(1)]
        terms += [f"{self.source.choice(floats)}" for _ in range(2) if floats]
        terms += [self.source.choice(["np.sum({} ** 2)", "np.sum({})", "{}.sum()"]).format(self.source.choice(arrays))
                  for _ in range(2) if arrays]  # fmt: skip
        terms += [f"sum({name})" for name in self.names(ListT)[:1]]
        return " + ".join(f"{self.constant()} * {term}" if self.source.chance(30) else term for term in terms)

    # ---- statements ---------------------------------------------------------------------------------

    def statement(self) -> None:
        """Write one statement, with all that is in it."""
        self.budget -= 1
        choices = [(30, self.simple)]
        deep = self.indent > (3 if self.has("nested") else 2) or self.budget < 0
        if not deep:
            for weight, feature, write in (
                (8, "if", self.if_), (8, "for", self.for_), (4, "while", self.while_), (3, "try", self.try_),
            ):  # fmt: skip
                if self.has(feature):
                    choices.append((weight, write))
            if self.has("closures") and not self.inner and self.indent == 1:
                choices.append((3, self.closure_))
        if self.loops:
            ways = [feature for feature in ("break", "continue", "loop_return") if self.has(feature)]
            choices += [(5, lambda way=way: self._leave(way)) for way in ways]
        elif self.has("early_return") and self.indent <= 2:
            choices.append((2, lambda: self._leave("return")))
        if self.has("raise"):
            choices.append((2, self._raise))
        if self.has("helper_writes") and self.has("helpers") and self.arrays(writable=True):
            choices.append((3, self._call_bump))
        self.source.weighted(choices)()

    def block(self, most: int = 3) -> None:
        """Write an indented block; what it binds is its own, mostly."""
        before = dict(self.env)
        self.indent += 1
        count = len(self.lines)
        for _ in range(1 + self.source.below(most)):
            self.statement()
        if len(self.lines) == count:
            self.line("pass")
        self.indent -= 1
        after = self.env
        self.env = {name: after.get(name, sort) for name, sort in before.items()}
        for name, sort in after.items():  # a list may have lost items, an array may have become another
            if name in before and isinstance(sort, ListT) and isinstance(before[name], ListT):
                self.env[name] = ListT(min(sort.least, before[name].least))
            if name not in before and self.has("unbound") and self.source.chance(50):
                self.env[name] = sort

    def if_(self) -> None:
        self.line(f"if {self.test()}:")
        self.block()
        if self.source.chance(15):
            self.line(f"elif {self.test()}:")
            self.block(2)
        if self.source.chance(50):
            self.line("else:")
            self.block()

    def for_(self) -> None:
        target, iterable, bound = self._header()
        self.line(f"for {target} in {iterable}:")
        before, fixed = dict(self.env), self.fixed
        self.env |= bound
        self.fixed |= frozenset(name for name, sort in bound.items() if sort == INT)
        self.loops += 1
        self.block(4)
        self.loops -= 1
        self.fixed = fixed
        self.env = {name: self.env.get(name, sort) for name, sort in before.items()}
        if self.has("for_else") and self.source.chance(50):
            self.line("else:")
            self.block(2)

    def _header(self) -> tuple[str, str, dict]:
        pick = self.source.choice
        index, item, other = self.new_name("i"), self.new_name("e"), self.new_name("r")
        forms: list = [(6, lambda: (index, self._range(), {index: INT}))]
        vectors = [name for name in self.arrays() if len(self.env[name].shape) == 1]
        matrices = [name for name in self.arrays() if len(self.env[name].shape) == 2]
        lists = self.names(ListT)
        if self.has("for_array") and vectors:
            forms.append((5, lambda: (item, pick(vectors), {item: FLOAT})))
        if self.has("for_array") and matrices:
            name = pick(matrices)
            row = Arr(self.env[name].shape[1:], self.env[name].writable)
            forms.append((5, lambda: (item, name, {item: row})))
        if self.has("for_list") and lists and not self.has("list_grows"):
            forms.append((5, lambda: (item, pick(lists), {item: FLOAT})))
        sequences = vectors + (lists if not self.has("list_grows") else [])
        if self.has("enumerate") and sequences:
            forms.append((5, lambda: (f"{index}, {item}", f"enumerate({pick(sequences)})", {index: INT, item: FLOAT})))
        if self.has("zip") and len(sequences) > 1:
            both = {item: FLOAT, other: FLOAT}
            forms.append((5, lambda: (f"{item}, {other}", f"zip({pick(sequences)}, {pick(sequences)})", both)))
        return self.source.weighted(forms)()

    def _range(self) -> str:
        pick = self.source.choice
        forms = [f"range({self.integer()})", f"range({pick(['2', '3'])})", f"range(1, {self.integer()})",
                 "range(3, 0, -1)", f"reversed(range({pick(['2', '3'])}))", "range(0, 4, 2)"]  # fmt: skip
        return self.source.weighted(list(zip((6, 4, 2, 1, 1, 1), forms, strict=True)))

    def while_(self) -> None:
        counter = self.new_name("c")
        self.line(f"{counter} = 0")
        extra = ""
        if self.source.chance(40):
            extra = f" and {self.scalar(1)} > {self.source.choice(['-2.0', '0.0', '-0.5'])}"
        self.line(f"while {counter} < {self.source.choice(['3', '2', '4'])}{extra}:")
        before, fixed = dict(self.env), self.fixed
        self.env[counter] = INT
        self.fixed |= {counter}
        self.loops += 1
        self.indent += 1
        self.line(f"{counter} += 1")
        self.indent -= 1
        self.block(3)
        self.loops -= 1
        self.fixed = fixed
        self.env = {name: self.env.get(name, sort) for name, sort in before.items()}
        self.env[counter] = INT
        self.fixed |= {counter}

    def _leave(self, how: str) -> None:
        self.line(f"if {self.test()}:")
        self.indent += 1
        if self.source.chance(30):
            before = dict(self.env)
            self.simple()
            self.env = before
        value = self.scalar(1) if "return" in how else ""
        self.line(f"return {value}" if value else how)
        self.indent -= 1

    def _raise(self) -> None:
        self.line(f"if {self.scalar(1)} > {self.source.choice(['2.0', '1.0', '9.0'])}:")
        self.indent += 1
        forms = ['raise ValueError("too large")', f'raise ValueError(f"large: {{{self._atom()}:.3f}}")']
        self.line(self.source.choice(forms))
        self.indent -= 1

    def try_(self) -> None:
        error = self.source.choice(["ValueError", "ZeroDivisionError", "(ValueError, IndexError)"])
        self.line("try:")
        self.block(3)
        if self.source.chance(60):
            self.indent += 1
            self.line(f"if {self.test()}:")
            self.line('    raise ValueError("tried")')
            self.indent -= 1
        self.line(f"except {error}{' as error' if self.source.chance(30) else ''}:")
        self.block(2)
        if self.source.chance(20):
            self.line("finally:")
            self.block(1)

    # ---- functions ----------------------------------------------------------------------------------

    def closure_(self) -> None:
        name = self.new_name("h")
        before, loops = dict(self.env), self.loops
        self.line(f"def {name}(t):")
        writable = {key: sort for key, sort in before.items() if isinstance(sort, Fun | Arr) or sort in (FLOAT, INT)}
        self.env = writable | {"t": FLOAT}
        fixed = self.fixed
        self.fixed |= frozenset(writable)  # only read: binding would make them local
        self.inner, self.loops = self.inner + 1, 0
        self.indent += 1
        if self.has("nonlocal") and self.names(FLOAT)[:-1]:
            outer = self.names(FLOAT)[0]
            self.line(f"nonlocal {outer}")
            self.line(f"{outer} = {outer} * 0.5 + t")
        for _ in range(self.source.below(3)):
            self.statement()
        self.line(f"return {self.scalar(2)}")
        self.indent -= 1
        self.inner, self.loops = self.inner - 1, loops
        self.fixed = fixed
        self.env = before | {name: Fun(1)}

    def _helpers(self) -> dict:
        made: dict = {}
        for number in range(1 + self.source.below(2)):
            name, count = f"h{number}", self.source.choice([1, 2])
            parameters = ["p", "q"][:count]
            self.env = {**made, **dict.fromkeys(parameters, FLOAT)}
            signature = ", ".join(parameters)
            if self.has("defaults") and self.source.chance(40):
                signature += ", k=0.5"
                self.env["k"] = FLOAT
            self.lines.append(f"def {name}({signature}):")
            self.budget = self.source.choice([2, 1, 4])
            if self.has("recursion") and self.source.chance(50):
                signature_call = ", ".join(self.scalar(1) for _ in parameters)
                self.lines[-1] = f"def {name}({', '.join(parameters)}, depth=2):"
                self.line("if depth == 0:")
                self.line(f"    return {self.scalar(1)}")
                self.line(f"p = p * {name}({signature_call}, depth - 1)")
            while self.budget > 0:
                self.statement()
            self.line(f"return {self.scalar(2)}")
            self.lines += ["", ""]
            made[name] = Fun(count)
        if self.has("helper_writes"):
            self.lines += ["def bump(a, k):"]
            forms = ["a[...] = a * k", "a += k", "a[0] = k * a[-1]", "a *= np.cos(k)"]
            self.lines += ["    " + self.source.choice(forms)]
            self.lines += ["", ""]
        return made

    def _call_bump(self) -> None:
        names = [name for name in self.arrays(writable=True) if 0 not in self.env[name].shape and self.env[name].shape]
        if names:
            self.line(f"bump({self.source.choice(names)}, {self.scalar(1)})")


def program(source: Source) -> str:
    """Return the text of a program."""
    return Program(source, features(source)).text()
