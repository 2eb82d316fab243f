"""The grammar of simple statements: assignments, in-place writes, views, containers."""

from __future__ import annotations

from tests.oracle.scope import FLOAT, Arr, DictT, Fun, ListT, Obj, TupleT
from tests.oracle.shapes import Arrays, Shape

_TAME = ("np.sin({})", "np.tanh({})", "0.5 * np.cos({})", "np.arctan({})")


class Simple(Arrays):
    """Writes statements of one line."""

    def simple(self) -> None:
        """Write one simple statement."""
        choices = [(8, self.assign_scalar), (5, self.augment_scalar), (6, self.assign_array)]
        if self.has("inplace") and self.arrays(writable=True):
            choices.append((14, self.write))
        if self.has("views") and self.arrays(writable=True):
            choices.append((8, self.view))
        if self.has("alias") and self.arrays(writable=True):
            choices.append((4, self.alias))
        if self.has("swap"):
            choices.append((3, self.swap))
        if self.has("tuples"):
            choices.append((3, self.tuple_statement))
        if self.has("lists"):
            choices.append((6, self.list_statement))
        if self.has("dicts"):
            choices.append((4, self.dict_statement))
        if self.has("objects"):
            choices.append((5, self.object_statement))
        if self.has("print"):
            choices.append((3, self.print_))
        if self.has("lambdas") and not self.inner:
            choices.append((2, self.lambda_))
        if self.has("assert"):
            least = self.source.choice(["-9.0", "-9.0", "-1.0"])
            choices.append((2, lambda: self.line(f'assert {self.scalar(0)} > {least}, "low"')))
        self.source.weighted(choices)()

    def tame(self, text: str) -> str:
        """Keep what a loop carries from growing without end."""
        return (
            self.source.choice(_TAME).format(text) if self.loops and self.source.chance(60 + 10 * self.loops) else text
        )

    # ---- numbers and arrays -----------------------------------------------------------------------

    def assign_scalar(self) -> None:
        value = self.tame(self.scalar(3))
        name = self.target(FLOAT, "s")
        self.line(f"{name} = {value}")
        self.env[name] = FLOAT

    def augment_scalar(self) -> None:
        names = [name for name in self.names(FLOAT) if name not in self.fixed]
        if not names:
            return self.assign_scalar()
        operator = self.source.choice(["+=", "-=", "*=", "+=", "/="])
        value = self.tame(self.scalar(2))
        if operator == "/=":
            value = f"1.5 + ({value}) ** 2"
        if operator == "*=" and self.loops:
            value = f"np.cos({value})"
        return self.line(f"{self.source.choice(names)} {operator} {value}")

    def shape(self) -> Shape:
        """Choose a shape."""
        n, m = self.sizes
        shapes: list[tuple[int, Shape]] = [(6, (n,)), (1, (m,))]
        if self.has("matrix"):
            shapes += [(4, (m, n)), (1, (n, m)), (1, (n, n))]
        known = [self.env[name].shape for name in self.arrays() if self.env[name].shape]
        shapes += [(2, shape) for shape in known]
        return self.source.weighted(shapes)

    def assign_array(self) -> None:
        shape = self.shape()
        name = self.target(Arr(shape), "a")
        value = self.array(shape, 3)
        self.line(f"{name} = {self.tame(value)}")
        self.bind_array(name, value, shape)

    def bind_array(self, name: str, value: str, shape: Shape) -> None:
        """Note what a name stands for: what comes from the module may not be written."""
        locked = ["W", "broadcast_to", *(each for each in self.arrays() if not self.env[each].writable)]
        self.env[name] = Arr(shape, not any(each in value for each in locked))

    def alias(self) -> None:
        source = self.source.choice(self.arrays(writable=True))
        name = self.target(self.env[source], "b")
        self.line(f"{name} = {source}")
        self.env[name] = self.env[source]

    def view(self) -> None:
        """Bind a view of an array."""
        source = self.source.choice(self.arrays(writable=True))
        text, shape = self.part(source)
        if shape is None:
            return
        name = self.target(Arr(shape), "v")
        self.line(f"{name} = {text}")
        self.env[name] = Arr(shape)

    def part(self, name: str) -> tuple[str, Shape | None]:
        """Write a view of an array, and its shape; None where it is a number."""
        shape, pick = self.env[name].shape, self.source.choice
        if not shape:
            return name, shape
        size, rest = shape[0], shape[1:]
        forms: list[tuple[str, Shape]] = [
            ("{}[1:]", (max(0, size - 1), *rest)),
            ("{}[:-1]", (max(0, size - 1), *rest)),
            ("{}[::-1]", shape),
            ("{}[::2]", ((size + 1) // 2, *rest)),
            ("{}[:]", shape),
            ("{}[...]", shape),
            ("{}[:2]", (min(2, size), *rest)),
            ("np.asarray({})", shape),
        ]
        if rest:
            total = size * rest[0]
            forms += [("{}.T", shape[::-1])] * 3 + [("{}.reshape(-1)", (total,)), ("{}.ravel()", (total,))]
            forms += [
                ("{}[:, 1:]", (size, max(0, rest[0] - 1))),
                ("{}[:, ::-1]", shape),
                ("np.transpose({})", shape[::-1]),
            ]
            if size:
                forms += [(f"{{}}[{self.index(size)}]", rest)] * 3
            if rest[0]:
                forms += [(f"{{}}[:, {self.index(rest[0])}]", (size,))] * 3
        else:
            forms += [("{}[:, None]", (size, 1)), ("{}[None]", (1, size)), (f"{{}}.reshape({size}, 1)", (size, 1))]
        text, found = pick(forms)
        return text.format(name), found

    def write(self) -> None:
        """Write to an array in place."""
        name = self.source.choice(self.arrays(writable=True))
        shape, pick = self.env[name].shape, self.source.choice
        operator = pick(["=", "=", "+=", "*=", "-=", "/="])

        def value(wanted: Shape) -> str:
            text = self.tame(self._broadcast(wanted, 2) if wanted else self.scalar(2))
            if operator == "/=":
                return f"1.5 + ({text}) ** 2"
            return f"np.cos({text})" if operator == "*=" and self.loops else text

        choices: list = [(2, lambda: self.line(f"{name}[:] {operator} {value(shape)}"))]
        choices.append((3, lambda: self.line(f"{name} {pick(['+=', '-='])} {self.tame(self._broadcast(shape, 2))}")))
        choices.append((2, lambda: self.line(f"{name} *= np.cos({self._broadcast(shape, 1)})")))
        if shape and 0 not in shape:
            where = ", ".join(self.index(size) for size in shape)
            choices.append((8, lambda: self.line(f"{name}[{where}] {operator} {value(())}")))
            if len(shape) == 1 and shape[0] > 1 and self.has("swap"):
                swapped = f"{name}[0], {name}[1] = {name}[1]"
                choices.append((2, lambda: self.line(f"{swapped}, {pick([name + '[0]', value(())])}")))
            if len(shape) == 2:
                row, column = map(self.index, shape)
                choices.append((1, lambda: self.line(f"{name}[{row}][{column}] {operator} {value(())}")))
        part, wanted = self.part(name)
        if wanted and "[" in part and part.startswith(name):
            choices.append((6, lambda: self.line(f"{part} {operator} {value(wanted)}")))
        elif wanted and self.has("views"):
            choices.append((2, lambda: self.line(f"{part}[:] {operator} {value(wanted)}")))
        if self.has("masks") and shape:
            choices.append((3, lambda: self.line(f"{name}[{self.mask(shape)}] {operator} {value(())}")))
        if self.has("fancy") and shape and shape[0]:
            rows = pick(["[0, -1]", "[0]", f"[0, {shape[0] - 1}, 0]"])
            choices.append((2, lambda: self.line(f"{name}[{rows}] {operator} {value(shape[1:])}")))
        if self.has("sort"):
            choices.append((1, lambda: self.line(f"{name}.sort()")))
        if self.has("methods"):
            choices.append((1, lambda: self.line(f"{name}.fill({self.scalar(0)})")))
        self.source.weighted(choices)()

    def swap(self) -> None:
        names = [name for name in self.names(FLOAT) if name not in self.fixed]
        if len(names) < 2:
            return self.assign_scalar()
        a, b = self.source.choice(names), self.source.choice(names)
        return self.line(f"{a}, {b} = {b}, {self.source.choice([a, self.tame(self.scalar(2))])}")

    # ---- containers ---------------------------------------------------------------------------------

    def tuple_statement(self) -> None:
        tuples = self.names(TupleT)
        if tuples and self.source.chance(40):
            name = self.source.choice(tuples)
            targets = [self.target(FLOAT, "s") for _ in range(self.env[name].count)]
            self.line(f"{', '.join(targets)} = {name}")
            self.env |= dict.fromkeys(targets, FLOAT)
            return
        count = self.source.choice([2, 3])
        name = self.target(TupleT(count), "t")
        self.line(f"{name} = ({', '.join(self.tame(self.scalar(1)) for _ in range(count))})")
        self.env[name] = TupleT(count)

    def list_statement(self) -> None:
        names, pick = self.names(ListT), self.source.choice
        if not names or self.source.chance(25):
            count = pick([2, 3, 1])
            name = self.target(ListT(count), "xs")
            if self.has("comprehension") and self.source.chance(30) and not self.inner:
                item = self.new_name("e")
                self.line(f"{name} = [{self.scalar(1)} * {item} for {item} in range({count})]")
            else:
                self.line(f"{name} = [{', '.join(self.scalar(1) for _ in range(count))}]")
            self.env[name] = ListT(count)
            return
        name = pick(names)
        least = self.env[name].least
        choices: list = [(1, lambda: self._sum(name))]
        if self.has("list_writes") and least:
            at = pick([-1, *range(least)])
            choices.append(
                (4, lambda: self.line(f"{name}[{at}] {pick(['=', '+=', '*='])} {self.tame(self.scalar(2))}"))
            )
            choices.append((1, lambda: self._alias(name, "ys")))
        if self.has("list_grows"):
            choices.append((6, lambda: self.line(f"{name}.append({self.tame(self.scalar(2))})")))
            choices.append((1, lambda: self.line(f"{name} += [{self.scalar(1)}]")))
            choices.append((1, lambda: self.line(f"{name}.insert(0, {self.scalar(1)})")))
            choices.append((1, lambda: self.line(f"{name}.extend([{self.scalar(1)}, {self.scalar(0)}])")))
            if self.loops or self.indent == 1:
                choices.append((1, lambda: self._pop(name)))
        self.source.weighted(choices)()

    def _sum(self, name: str) -> None:
        target = self.target(FLOAT, "s")
        self.line(f"{target} = sum({name})")
        self.env[target] = FLOAT

    def _pop(self, name: str) -> None:
        target = self.target(FLOAT, "s")
        self.line(f"{target} = {name}.pop({self.source.choice(['', '0', '-1'])})")
        self.env[target] = FLOAT
        self.env[name] = ListT(max(0, self.env[name].least - 1))

    def _alias(self, name: str, stem: str) -> None:
        target = self.target(self.env[name], stem)
        self.line(f"{target} = {name}")
        self.env[target] = self.env[name]

    def dict_statement(self) -> None:
        names, pick = self.names(DictT), self.source.choice
        if not names or self.source.chance(25):
            shape = pick([None, (self.sizes[0],)])
            name = self.target(DictT(shape), "d")
            array = "" if shape is None else f', "w": ({self.array(shape, 1)}).copy()'
            self.line(f'{name} = {{"a": {self.scalar(1)}{array}}}')
            self.env[name] = DictT(shape)
            return
        name = pick(names)
        shape = self.env[name].shape
        choices: list = [(1, lambda: self.assign_scalar())]
        if self.has("dict_writes"):
            choices.append((4, lambda: self.line(f'{name}["a"] {pick(["=", "+=", "*="])} {self.tame(self.scalar(2))}')))
        if shape and 0 not in shape:
            choices.append((3, lambda: self._bind_item(f'{name}["w"]', shape)))
            choices.append((2, lambda: self.line(f'{name}["w"][0] {pick(["=", "+="])} {self.scalar(1)}')))
            choices.append((1, lambda: self.line(f'{name}["w"] *= np.cos({self.scalar(1)})')))
        self.source.weighted(choices)()

    def _bind_item(self, text: str, shape: Shape) -> None:
        name = self.target(Arr(shape), "w")
        self.line(f"{name} = {text}")
        self.env[name] = Arr(shape)

    def object_statement(self) -> None:
        names, pick = self.names(Obj), self.source.choice
        if not names or self.source.chance(25):
            shape = (self.sizes[0],)
            name = self.target(Obj(shape), "o")
            self.line(f"{name} = Point({self.scalar(1)}, {self.array(shape, 1)} * 1.0)")
            self.env[name] = Obj(shape)
            return
        name = pick(names)
        choices: list = [
            (4, lambda: self.line(f"{name}.a {pick(['=', '+=', '*='])} {self.tame(self.scalar(2))}")),
            (2, lambda: self._bind_item(f"{name}.w", self.env[name].shape)),
            (1, lambda: self.line(f"{name}.w = {self.array(self.env[name].shape, 1)} * 1.0")),
            (1, lambda: self._alias(name, "o")),
            (2, lambda: self.line(f"{name}.w *= np.cos({self.scalar(1)})")),
        ]
        if self.has("methods_of_objects"):
            choices.append((3, lambda: self.line(f"{name}.move({self.scalar(1)})")))
        self.source.weighted(choices)()

    # ---- others -------------------------------------------------------------------------------------

    def print_(self) -> None:
        pick = self.source.choice
        names = [*self.names(FLOAT), *self.arrays(), *self.names(ListT), *self.names(TupleT)]
        name = pick(names) if names else "K"
        forms = ["print({})", 'print("at", {})', "print({}, 1)", 'print({}, end="; ")']
        self.line(pick(forms).format(name))

    def lambda_(self) -> None:
        name = self.new_name("g")
        before = dict(self.env)
        self.env["t"] = FLOAT
        self.inner += 1
        body = self.scalar(2)
        self.inner -= 1
        self.env = before
        default = ""
        if self.has("defaults") and self.source.chance(30):
            default, body = f", m={self.scalar(0)}", f"m * {body}"
        self.line(f"{name} = lambda t{default}: {body}")
        self.env[name] = Fun(1)
