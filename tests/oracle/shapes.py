"""The grammar of arrays: expressions of a wanted shape."""

from __future__ import annotations

from tests.oracle.scalars import Scalars
from tests.oracle.scope import ListT

Shape = tuple[int, ...]
_UNARY = ("np.sin({})", "np.tanh({})", "np.cos({})", "np.exp(-{} ** 2)", "np.sqrt({} ** 2 + 0.5)", "np.abs({})",
          "np.log(1.5 + {} ** 2)", "np.square(np.sin({}))", "np.arctan({})", "-{}", "{} ** 2", "{} * 0.5")  # fmt: skip


def written(shape: Shape) -> str:
    """Write a shape."""
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


class Arrays(Scalars):
    """Writes expressions of arrays."""

    def array(self, shape: Shape, depth: int = 2) -> str:
        """Write an expression that gives an array of a shape, new or one that there is."""
        choices: list = [(2, lambda: self._constant(shape))]
        names = self.arrays(shape)
        if names:
            choices.append((12, lambda: self.source.choice(names)))
        if self.has("globals") and shape == (self.sizes[0],):
            choices.append((2, lambda: "W"))
        if depth > 0:
            choices.extend(self._computed(shape, depth - 1))
        return self.source.weighted(choices)()

    def _constant(self, shape: Shape) -> str:
        pick = self.source.choice
        size = shape[0] if len(shape) == 1 else written(shape)
        forms = [f"np.ones({size})", f"np.zeros({size})", f"np.full({size}, {self.constant()})"]
        if len(shape) == 1:
            forms += [f"np.arange({shape[0]}.0)", f"np.array([{', '.join(self.constant() for _ in range(shape[0]))}])"]
            forms = forms[: 4 if shape[0] == 0 else None]
        return pick(forms)

    def _computed(self, shape: Shape, depth: int) -> list:
        pick = self.source.choice

        def same() -> str:
            return self.array(shape, depth)

        choices: list = [
            (6, lambda: f"({same()} {pick(['+', '-', '*'])} {self._broadcast(shape, depth)})"),
            (3, lambda: f"({self._broadcast(shape, depth)} {pick(['+', '-', '*'])} {same()})"),
            (2, lambda: f"({same()} / (1.5 + {self._broadcast(shape, depth)} ** 2))"),
        ]
        if self.has("elementwise"):
            choices.append((6, lambda: pick(_UNARY).format(same())))
        if self.has("choices"):
            choices.append((2, lambda: f"np.{pick(['maximum', 'minimum'])}({same()}, {self._broadcast(shape, 0)})"))
            choices.append((2, lambda: f"np.where({self.mask(shape)}, {same()}, {self._broadcast(shape, depth)})"))
            choices.append((1, lambda: f"np.clip({same()}, -0.6, {pick(['0.9', '1.0'])})"))
        if self.has("scans"):
            axis = "" if len(shape) == 1 else f", axis={pick(['0', '1', '-1'])}"
            choices.append((2, lambda: f"np.cumsum({same()}{axis})"))
            choices.append((1, lambda: f"np.cumprod(np.cos({same()}){axis})"))
        if self.has("sort"):
            choices.append((2, lambda: f"np.sort({same()})"))
        if self.has("shape"):
            choices.extend(self._moved(shape, depth))
        if self.has("assembly"):
            choices.extend(self._assembled(shape, depth))
        if self.has("methods"):
            choices.append((2, lambda: f"({same()}).copy()"))
        if len(shape) == 1:
            choices.extend(self._vectors(shape[0], depth))
        elif len(shape) == 2:
            choices.extend(self._matrices(shape, depth))
        return choices

    def _broadcast(self, shape: Shape, depth: int) -> str:
        """Write what broadcasts with a shape."""
        forms: list = [(4, lambda: self.array(shape, depth)), (4, lambda: self.scalar(depth))]
        if len(shape) == 2:
            forms.append((2, lambda: self.array(shape[1:], depth)))
            if self.arrays((shape[0],)):
                forms.append((2, lambda: f"{self.source.choice(self.arrays((shape[0],)))}[:, None]"))
            if self.arrays(shape) and self.has("reductions"):
                reduce = self.source.choice(["mean", "sum", "max"])
                name = self.source.choice(self.arrays(shape))
                if 0 not in shape:
                    forms.append((2, lambda: f"{name}.{reduce}(axis={self.source.below(2)}, keepdims=True)"))
        return self.source.weighted(forms)()

    def _moved(self, shape: Shape, depth: int) -> list:
        pick = self.source.choice
        choices: list = [
            (1, lambda: f"np.flip({self.array(shape, depth)})"),
            (1, lambda: f"np.roll({self.array(shape, depth)}, {pick(['1', '-1', '2'])})"),
        ]
        if len(shape) == 2:
            choices.append((3, lambda: f"{self._paren(shape[::-1], depth)}.T"))
            choices.append((1, lambda: f"np.transpose({self.array(shape[::-1], depth)})"))
            flat = (shape[0] * shape[1],)
            choices.append((1, lambda: f"np.reshape({self.array(flat, depth)}, {written(shape)})"))
            choices.append((1, lambda: f"np.broadcast_to({self.array(shape[1:], depth)}, {written(shape)})"))
        else:
            others = [name for name in self.arrays() if self.env[name].shape != shape]
            matrices = [name for name in others if self._size(name) == shape[0]]
            if matrices:
                forms = ("{}.ravel()", "{}.reshape(-1)", "np.ravel({})", "{}.flatten()")
                choices.append((3, lambda: pick(forms).format(pick(matrices))))
        return choices

    def _size(self, name: str) -> int:
        size = 1
        for each in self.env[name].shape:
            size *= each
        return size

    def _paren(self, shape: Shape, depth: int) -> str:
        return f"({self.array(shape, depth)})"

    def _assembled(self, shape: Shape, depth: int) -> list:
        choices: list = []
        if len(shape) == 1 and shape[0] > 1:
            cut = self.source.choice(range(1, shape[0]))
            rest = (shape[0] - cut,)
            choices.append((2, lambda: f"np.concatenate([{self.array((cut,), depth)}, {self.array(rest, depth)}])"))
            choices.append((1, lambda: f"np.append({self.array((shape[0] - 1,), depth)}, {self.scalar(depth)})"))
        if 1 <= shape[0] <= 4:
            inner = shape[1:]
            items = [self.array(inner, 0) if inner else self.scalar(depth) for _ in range(shape[0])]
            function = "np.stack" if inner and self.source.chance(60) else "np.array"
            choices.append((2, lambda: f"{function}([{', '.join(items)}])"))
        return choices

    def _vectors(self, size: int, depth: int) -> list:
        pick = self.source.choice
        choices: list = []
        longer = [n for n in self.arrays() if len(self.env[n].shape) == 1 and self.env[n].shape[0] > size]
        if longer:
            name = pick(longer)
            start = self.source.below(self.env[name].shape[0] - size + 1)
            choices.append((3, lambda: f"{name}[{start or ''}:{start + size}]"))
        sources = [n for n in self.arrays() if len(self.env[n].shape) == 1 and self.env[n].shape[0] > 0]
        if sources and self.has("fancy") and size:
            name = pick(sources)
            where = [str(self.source.below(self.env[name].shape[0])) for _ in range(size)]
            choices.append((2, lambda: f"{name}[[{', '.join(where)}]]"))
        if self.arrays((size,)):
            choices.append((2, lambda: f"{pick(self.arrays((size,)))}[::-1]"))
        matrices = [n for n in self.arrays() if len(self.env[n].shape) == 2]
        for name in matrices:
            rows, columns = self.env[name].shape
            if columns == size and rows:
                choices.append((2, lambda name=name, rows=rows: f"{name}[{self.index(rows)}]"))
                if self.has("reductions"):
                    choices.append((2, lambda name=name: f"np.{pick(['sum', 'mean', 'max'])}({name}, axis=0)"))
            if rows == size and columns:
                choices.append((2, lambda name=name, columns=columns: f"{name}[:, {self.index(columns)}]"))
                if self.has("reductions"):
                    choices.append((2, lambda name=name: f"{name}.{pick(['sum', 'mean', 'min'])}(axis=1)"))
                if self.has("products"):
                    vector = self.array((columns,), 0)
                    choices.append((3, lambda name=name, vector=vector: f"({name} @ {vector})"))
        lists = [name for name in self.names(ListT) if self.env[name].least == size and not self.has("list_grows")]
        if lists and size:
            choices.append((3, lambda: f"np.array({pick(lists)})"))
        if self.has("comprehension") and self.arrays((size,)) and not self.inner and size:
            choices.append((3, lambda: f"np.array({self.comprehension(pick(self.arrays((size,))))})"))
        if self.has("scans"):
            choices.append((1, lambda: f"np.diff({self.array((size + 1,), depth)})"))
        return choices

    def comprehension(self, over: str) -> str:
        """Write a list made of a sequence."""
        item, before = self.new_name("e"), dict(self.env)
        self.env[item] = "float"
        self.inner += 1
        value = self.scalar(1)
        self.inner -= 1
        self.env = before
        return f"[{value} for {item} in {over}]"

    def _matrices(self, shape: Shape, depth: int) -> list:
        rows, columns = shape
        choices: list = []
        if self.has("products"):
            choices.append((2, lambda: f"np.outer({self.array((rows,), depth)}, {self.array((columns,), depth)})"))
            left, right = (rows, self.sizes[1]), (self.sizes[1], columns)
            choices.append((2, lambda: f"({self.array(left, depth)} @ {self.array(right, depth)})"))
            choices.append((1, lambda: f"np.einsum('ij,jk->ik', {self.array(left, 0)}, {self.array(right, 0)})"))
        return choices

    def mask(self, shape: Shape) -> str:
        """Write truth values of a shape, or that broadcast to it."""
        compare = self.source.choice([">", "<", ">="])
        if self.arrays(shape):
            name = self.source.choice(self.arrays(shape))
            if self.source.chance(20):
                return f"({name} > -0.5) & ({name} < {self.constant()})"
            return f"{name} {compare} {self.constant()}"
        return f"{self.array(shape, 1)} {compare} {self.constant()}"
