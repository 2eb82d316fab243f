"""The grammar of numbers: floats, ints and truth values."""

from __future__ import annotations

from tests.oracle.scope import FLOAT, INT, Arr, DictT, Fun, ListT, Obj, Scope, TupleT

_CONSTANTS = ("0.5", "2.0", "1.5", "-0.7", "0.3", "3.0", "1.0", "-1.2", "0.25")
_UNARY = ("np.sin({})", "np.tanh({})", "np.cos({})", "np.arctan({})", "np.exp(-{} ** 2)", "np.sqrt({} ** 2 + 0.5)",
          "np.log(1.5 + {} ** 2)", "np.abs({})", "np.square(np.sin({}))", "np.expm1(-abs({}))", "np.arcsinh({})",
          "np.sinh(np.sin({}))", "np.log1p({} ** 2)")  # fmt: skip
_MATH = ("math.sin({})", "math.tanh({})", "math.cos({})", "math.exp(-{} ** 2)", "math.sqrt({} ** 2 + 0.5)",
         "math.log(1.5 + {} ** 2)", "math.atan({})", "math.hypot({}, 0.5)", "math.fabs({})")  # fmt: skip
_REDUCE = ("np.sum({})", "{}.sum()", "np.mean({})", "{}.mean()", "np.max({})", "{}.min()", "np.prod(np.cos({}))",
           "np.linalg.norm({})", "np.var({})", "{}.std()", "np.sum({} ** 2)", "np.min({})")  # fmt: skip
_METHODS = frozenset(text for text in _REDUCE if text.startswith("{}."))


class Scalars(Scope):
    """Writes expressions of numbers."""

    def constant(self) -> str:
        """Write a float constant."""
        if self.has("ties") and self.source.chance(30):
            return self.source.choice(["0.0", "1.0"] if not self.has("negative_zero") else ["0.0", "-0.0"])
        return self.source.choice(_CONSTANTS)

    def scalar(self, depth: int = 2) -> str:
        """Write an expression that gives a float."""
        floats = self.names(FLOAT)
        choices = [(3, lambda: self.constant())]
        if floats:
            choices.append((12, lambda: self.source.choice(floats)))
        choices.extend(self._items())
        if depth > 0:
            choices.extend(self._compound(depth - 1))
        return self.source.weighted(choices)()

    def _items(self) -> list:
        choices: list = []
        if self.arrays():
            choices.append((6, self.element))
        for sort, weight, write in (
            (ListT, 4, self._item_of_list),
            (TupleT, 3, self._item_of_tuple),
            (DictT, 4, lambda name: f'{name}["a"]'),
            (Obj, 4, lambda name: f"{name}.a"),
        ):
            names = [name for name in self.names(sort) if not isinstance(self.env[name], ListT) or self.env[name].least]
            if names:
                choices.append((weight, lambda names=names, write=write: write(self.source.choice(names))))
        if self.has("globals"):
            choices.append((2, lambda: self.source.choice(["K", "W[0]", "K"])))
        if self.has("integers") and self.names(INT):
            choices.append((2, lambda: self.source.choice(self.names(INT))))
        return choices

    def _item_of_list(self, name: str) -> str:
        least = self.env[name].least
        return f"{name}[{self.source.choice([-1, *range(least)])}]"

    def _item_of_tuple(self, name: str) -> str:
        return f"{name}[{self.source.below(self.env[name].count)}]"

    def element(self) -> str:
        """Write an element of an array."""
        name = self.source.choice(self.arrays())
        shape = self.env[name].shape
        if 0 in shape:
            return f"np.sum({name})"
        if not shape:
            return f"float({name})"
        return f"{name}[{', '.join(self.index(size) for size in shape)}]"

    def index(self, size: int) -> str:
        """Write an index within an axis, mostly."""
        counters = [name for name in self.fixed if self.env.get(name) == INT]
        if counters and self.source.chance(55):
            name = self.source.choice(sorted(counters))
            return self.source.choice([f"{name} % {size}" if size > 1 else "0", f"{name} % {size}"])
        if self.has("errors") and self.source.chance(3):
            return str(size)
        return self.source.choice([*map(str, range(size)), "-1"])

    def _compound(self, depth: int) -> list:
        def sub() -> str:
            return self.scalar(depth)

        pick = self.source.choice
        choices: list = [
            (6, lambda: f"({sub()} {pick(['+', '-', '*', '+', '*'])} {sub()})"),
            (2, lambda: f"{sub()} * {self.constant()}"),
            (1, lambda: f"(-{sub()})"),
            (2, lambda: f"({sub()} / ({pick(['1.5', '2.0', '3'])} + {sub()} ** 2))"),
        ]
        if self.has("numpy"):
            choices.append((5, lambda: pick(_UNARY).format(sub())))
        if self.has("math"):
            choices.append((5, lambda: pick(_MATH).format(sub())))
        if self.has("powers"):
            choices.append((2, lambda: f"{self._atom()} ** {pick(['2', '3', '2.0', '1', '0'])}"))
            choices.append((1, lambda: f"(1.5 + np.sin({sub()})) ** {sub()}"))
        if self.has("mod"):
            choices.append((2, lambda: f"{self._atom()} % {pick(['0.7', '1.3'])}"))
        if self.has("choices"):
            choices.append((2, lambda: f"{pick(['np.maximum', 'np.minimum', 'max', 'min'])}({sub()}, {sub()})"))
            choices.append((1, lambda: f"np.where({self.test()}, {sub()}, {sub()})"))
            choices.append((1, lambda: f"np.clip({sub()}, -0.5, {pick(['0.8', '1.0'])})"))
            choices.append((1, lambda: f"abs({sub()})"))
        if self.has("ternary"):
            choices.append((2, lambda: f"({sub()} if {self.test()} else {sub()})"))
        if self.has("boolops"):
            choices.append((1, lambda: f"({sub()} {pick(['and', 'or'])} {sub()})"))
        if self.has("walrus") and not self.inner:
            choices.append((1, self._walrus))
        if self.arrays() and self.has("reductions"):
            choices.append((6, lambda: self.reduction(depth)))
        if self.arrays() and self.has("products"):
            choices.append((3, lambda: self.product(depth)))
        lists = self.names(ListT)
        if lists:
            choices.append((3, lambda: f"sum({pick(lists)})"))
            if self.has("generator"):
                choices.append((2, lambda: self._generator(pick(lists))))
        choices += [(4, lambda name=name: self._call(name, depth)) for name in self.names(Fun)]
        if self.has("methods_of_objects") and self.names(Obj):
            choices.append((3, lambda: f"{pick(self.names(Obj))}.energy({sub()})"))
        return choices

    def _call(self, name: str, depth: int) -> str:
        return f"{name}({', '.join(self.scalar(depth) for _ in range(self.env[name].count))})"

    def _atom(self) -> str:
        names = self.names(FLOAT)
        return self.source.choice(names) if names else "0.5"

    def _walrus(self) -> str:
        value = self.scalar(0)
        name = self.new_name("k")
        return f"(({name} := {value}) * {name})"

    def _generator(self, name: str) -> str:
        item = self.new_name("e")
        before = dict(self.env)
        self.env[item] = FLOAT
        self.inner += 1
        value = self.scalar(1)
        self.inner -= 1
        self.env = before
        condition = f" if {item} > {self.constant()}" if self.source.chance(25) else ""
        return f"sum({value} for {item} in {name}{condition})"

    def reduction(self, depth: int) -> str:
        """Write a reduction of an array to a float."""
        name = self.source.choice(self.arrays())
        shape = self.env[name].shape
        if 0 in shape:
            return f"np.sum({self.array(shape, depth)})"
        if self.has("masks") and self.source.chance(20):
            return f"np.sum({name}[{name} > {self.constant()}])"
        text = self.source.choice(_REDUCE if self.has("methods") else [t for t in _REDUCE if t not in _METHODS])
        if text in _METHODS or self.source.chance(40):
            return text.format(name)
        return text.format(self.array(shape, depth))

    def product(self, depth: int) -> str:
        """Write an inner product."""
        name = self.source.choice(self.arrays())
        shape = self.env[name].shape
        if len(shape) != 1:
            return f"np.sum({name} * {self.array(shape, depth)})"
        other = self.array(shape, depth)
        return self.source.choice(["np.dot({}, {})", "({} @ {})", "np.inner({}, {})", "np.vdot({}, {})"]).format(
            name, other
        )

    def array(self, shape: tuple[int, ...], depth: int = 2) -> str:
        """Write an expression that gives an array of a shape."""
        raise NotImplementedError

    # ---- ints and truth ---------------------------------------------------------------------------

    def integer(self) -> str:
        """Write a small int that is not negative."""
        choices = ["2", "3", "4", "1", "0"]
        choices += self.names(INT) * 2
        choices += [f"len({name})" for name in self.names(ListT)]
        choices += [f"{name}.shape[0]" for name in self.arrays() if self.env[name].shape]
        return self.source.choice(choices)

    def test(self) -> str:
        """Write a condition."""
        pick = self.source.choice
        ints = self.names(INT)
        choices: list = [
            (4, lambda: f"{self.scalar(1)} {pick(['>', '<', '>=', '<='])} {self.constant()}"),
            (3, lambda: f"{self.scalar(0)} > {self.scalar(1)}"),
        ]
        if ints:
            choices.append((4, lambda: f"{pick(ints)} % 2 == {pick(['0', '1'])}"))
            choices.append((3, lambda: f"{pick(ints)} {pick(['>', '==', '<', '!='])} {pick(['1', '2', '0'])}"))
        if self.has("chained"):
            choices.append((2, lambda: f"{pick(['-1.0', '0.0'])} < {self.scalar(1)} <= {pick(['1.0', '0.5'])}"))
        if self.has("boolops"):
            choices.append((1, lambda: f"{self.scalar(0)} > 0.1 {pick(['and', 'or'])} {self.scalar(0)} < 0.6"))
            choices.append((1, lambda: f"not {self.scalar(0)} > 0.3"))
        return self.source.weighted(choices)()


__all__ = ["Arr", "Scalars"]
