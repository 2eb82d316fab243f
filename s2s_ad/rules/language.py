"""Derivative rules: how they are registered, found and read.

A rule is a function of equations that is parsed and never called.  Its parameters are the
results of the operation first, then its arguments; `dot[x]` is the tangent of x and `bar[x]` is
what the equation adds to the adjoint of x.  Statements that are neither are temporaries.

**Complex numbers.**  The adjoint of a complex z = x + iy is z̄ = ∂L/∂x - i ∂L/∂y, so that dL = Re(z̄ dz);
it is what JAX's and autograd's `grad` give.  (Its conjugate is the direction of steepest ascent.)  Then
z = f(x) with f holomorphic has x̄ = z̄ f'(x), as for real numbers, and linear maps have their transposes,
without a conjugate.  `real`, `imag`, `conj`, `abs` and what is made of them need equations of their own:
for y = |z|, z̄ = ȳ conj(z) / |z|.  Where x is real and its contribution complex, its real part counts; that is
the engine's care.  A rule that is right for complex numbers says so (`complex=True`), all others refuse them.

Source: Kreutz-Delgado, The Complex Gradient Operator and the CR-Calculus (2009), arXiv:0906.4835, where
∂L/∂z = (∂L/∂x - i ∂L/∂y) / 2: z̄ is twice that.

Registering costs a dictionary entry.  A rule file is imported when a function of its domain is
first asked for, and a rule is parsed when its equations are.

>>> lookup("numpy.exp").params
('z', 'x')
>>> import gast
>>> [gast.unparse(statement) for statement in equations(lookup("numpy.exp")).bar]
['x_bar = z_bar * z']
"""

from __future__ import annotations

import importlib
import linecache
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from types import CodeType, FunctionType
from typing import Any, TypeVar

from s2s_ad.errors import UnsupportedError
from s2s_ad.ir.ops import op
from s2s_ad.rules.names import identity, path_of, ufunc_of
from s2s_ad.rules.passive import PASSIVE

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., None])
G = TypeVar("G", bound=Callable[..., Any])

DOMAINS: dict[str, tuple[str, ...]] = {
    "numpy": (
        "elementwise",
        "ufuncs",
        "reductions",
        "statistics",
        "shape",
        "products",
        "polynomials",
        "calculus",
        "selection",
        "linalg",
        "fourier",
        "of_helpers",
    ),
    "numpy.polynomial": ("series",),
    "with_scipy": ("with_scipy",),
    "scipy.special": ("scipy_special",),
    "scipy.linalg": ("scipy_linalg",),
    "scipy.stats": ("scipy_stats",),
    "scipy.signal": ("scipy_signal",),
    "scipy.integrate": ("scipy_integrate",),
    "scipy.fft": ("scipy_fft",),
}
"""The rule files to import when a path that starts with the key is asked for; NumPy's always are."""


NEED_SCIPY = frozenset({"math.gamma", "math.lgamma", "numpy.i0", "numpy.kaiser"})
"""Functions of others whose rules need SciPy: those in `with_scipy`."""


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """The derivative of an operation."""

    name: str
    params: tuple[str, ...]
    """The results, then the arguments."""
    outputs: int
    """How many results have a name; a single one may be a tuple, and then stands for all of it."""
    defaults: Mapping[str, Any]
    keyword_only: frozenset[str]
    variadic: str
    """The parameter that takes all further positional arguments, "" if there is none."""
    elementwise: bool
    view: bool | int
    """The result may share memory with an argument; a number: only with so many arguments, or fewer."""
    passive: frozenset[str]
    """Parameters that a float may be given for and that the result does not depend on smoothly."""
    sequences: frozenset[str]
    """Parameters that take a sequence item by item, as all of the name `xs` do: no array is made of a list first."""
    selects: bool | str
    """Some of its contributions are zero because a value was not chosen; a name: in calls that give this argument."""
    poles: bool
    """A partial derivative may be infinite or nan where the function is not, or where it is not used."""
    overflows: bool
    """The result may be infinite where the arguments are not large."""
    nonzero: frozenset[str]
    """Parameters that the operation itself divided by: Python floats of that name are not zero."""
    complex: bool
    """Its equations hold where operands or results are complex; else such are refused."""
    fun: Callable[..., None]
    """The function of equations."""
    of: tuple[Callable[..., Any], ...]
    """The functions that the rule is for."""

    @property
    def results(self) -> tuple[str, ...]:
        """The names of the results."""
        return self.params[: self.outputs]

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of the arguments."""
        return self.params[self.outputs :]

    def chooses(self, args: Sequence[object], names: Iterable[str]) -> bool:
        """Say whether a value is chosen by a call with these positional arguments and names of keywords.

        >>> lookup("numpy.sum").chooses(["a"], ["axis"]), lookup("numpy.sum").chooses(["a"], ["where"])
        (False, True)
        """
        if isinstance(self.selects, bool):
            return self.selects
        return self.selects in names or self.selects in self.arguments[: len(args)]

    def is_view(self, args: Sequence[object]) -> bool:
        """Say whether the result may share memory with one of these arguments."""
        return self.view if isinstance(self.view, bool) else len(args) <= self.view

    def bind(self, args: Sequence[T], kwargs: Mapping[str, T]) -> dict[str, T | tuple[T, ...]]:
        """Return the given arguments by the names of the rule; defaults are not filled in.

        Raises: LookupError with a reason, if the rule does not know an argument.

        >>> lookup("numpy.sum").bind(["x", 0], {"keepdims": True})
        {'a': 'x', 'axis': 0, 'keepdims': True}
        """
        positional = [name for name in self.arguments if name not in self.keyword_only and name != self.variadic]
        if len(args) > len(positional) and not self.variadic:
            raise LookupError(f"its rule takes {len(positional)} positional arguments, not {len(args)}")
        bound: dict[str, T | tuple[T, ...]] = dict(zip(positional, args, strict=False))
        if self.variadic:
            bound[self.variadic] = tuple(args[len(positional) :])
        for name, value in kwargs.items():
            if name not in self.arguments or name in bound or name == self.variadic:
                raise LookupError(f"its rule has no argument {name!r}")
            bound[name] = value
        for name in self.arguments:
            if name not in bound and name not in self.defaults:
                raise LookupError(f"its rule needs an argument {name!r}")
        return bound


@dataclass(frozen=True, slots=True)
class Equations:
    """The statements of a rule for each mode (gast), with `dot[x]` as x_dot and `bar[x]` as x_bar."""

    dot: tuple[Any, ...]
    bar: tuple[Any, ...]


_rules: dict[object, Rule] = {}  # by the identity of the function, which the rule keeps alive
_equations: dict[Rule, Equations] = {}
_names_read: dict[tuple[Rule, str], frozenset[str]] = {}
_loaded: set[str] = set()


def elementwise(
    *funs: Callable[..., Any],
    view: bool | int = False,
    outputs: int = 1,
    passive: str = "",
    nonzero: str = "",
    selects: bool | str = False,
    poles: bool = False,
    overflows: bool = False,
    complex: bool = False,
    sequences: str = "",
) -> Callable[[F], F]:
    """Register equations for functions that broadcast their arguments."""
    return _register(funs, True, view, outputs, passive, nonzero, selects, poles, overflows, complex, sequences)


def rule(
    *funs: Callable[..., Any],
    view: bool | int = False,
    outputs: int = 1,
    passive: str = "",
    selects: bool | str = False,
    poles: bool = False,
    complex: bool = False,
    sequences: str = "",
) -> Callable[[F], F]:
    """Register equations for functions where `bar[x]` has the shape of x as it is."""
    return _register(funs, False, view, outputs, passive, "", selects, poles, complex=complex, sequences=sequences)


def _register(
    funs: tuple[Callable[..., Any], ...],
    elementwise: bool,
    view: bool | int,
    outputs: int,
    passive: str,
    nonzero: str,
    selects: bool | str = False,
    poles: bool = False,
    overflows: bool = False,
    complex: bool = False,
    sequences: str = "",
) -> Callable[[F], F]:
    def decorate(fun: F) -> F:
        made = make_rule(
            fun, funs, elementwise, view, outputs, passive, nonzero, selects, poles, overflows, complex, sequences
        )
        _rules.update((identity(of), made) for of in funs)
        return fun

    return decorate


STATIC: set[Callable[..., Any]] = set()
"""The functions that `static` registered."""


def static(fun: G) -> G:
    """Register a function of a rule file that runs when a rule is applied, to plan what the rule emits.

    Where a number or array is not a constant, the function gets its kind (`ir.kinds`); it gives
    numbers, text, None or tuples of them.  Rank, marks and literals are known to it, values are not.
    """
    STATIC.add(fun)
    return fun


def make_rule(
    fun: Callable[..., None],
    funs: tuple[Callable[..., Any], ...],
    elementwise: bool = False,
    view: bool | int = False,
    outputs: int = 1,
    passive: str = "",
    nonzero: str = "",
    selects: bool | str = False,
    poles: bool = False,
    overflows: bool = False,
    complex: bool = False,
    sequences: str = "",
) -> Rule:
    """Return the rule that a function of equations is."""
    assert isinstance(fun, FunctionType)
    code: CodeType = fun.__code__
    positional, keywords = code.co_argcount, code.co_kwonlyargcount
    variadic = code.co_varnames[positional + keywords] if code.co_flags & 4 else ""
    names = code.co_varnames[:positional] + ((variadic,) if variadic else ())
    names += code.co_varnames[positional : positional + keywords]
    values = fun.__defaults__ or ()
    defaults = dict(zip(code.co_varnames[positional - len(values) : positional], values, strict=True))
    defaults |= fun.__kwdefaults__ or {}
    return Rule(
        fun.__name__, names, outputs, defaults, frozenset(code.co_varnames[positional : positional + keywords]),
        variadic, elementwise, view, frozenset(passive.split()), frozenset(("xs", *sequences.split())), selects, poles,
        overflows, frozenset(nonzero.split()), complex, fun, funs,
    )  # fmt: skip


def lookup(path: str) -> Rule | None:
    """Return the rule of the function at an import path, under any of its names, or None.

    >>> lookup("numpy.absolute") is lookup("numpy.abs"), lookup("numpy.nope")
    (True, None)
    """
    _load("numpy")
    if path.startswith(("scipy.", "numpy.polynomial.")):
        _load(".".join(path.split(".")[:2]))
    if path in NEED_SCIPY and find_spec("scipy") is not None:
        _load("with_scipy")
    fun = _resolve(path)
    return None if fun is None else _rules.get(identity(fun))


def rules() -> Iterator[Rule]:
    """Yield every rule there is, each once."""
    for domain in DOMAINS:
        if domain == "numpy" or find_spec("scipy"):
            _load(domain)
    yield from dict.fromkeys(_rules.values())


def _load(domain: str) -> None:
    if domain in _loaded:
        return
    for name in DOMAINS.get(domain, ()):
        importlib.import_module(f"s2s_ad.rules.{name}")
    _loaded.add(domain)


def _resolve(path: str) -> Callable[..., Any] | None:
    try:
        return op(path).fun
    except (ImportError, AttributeError, StopIteration, ValueError):
        return None


def passive(path: str) -> bool:
    """Say whether the derivative of a function is zero or its result is no float; so is that of its methods.

    >>> passive("numpy.floor"), passive("numpy.asin"), passive("math.floor"), passive("numpy.greater.outer")
    (True, False, True, True)
    """
    fun = _resolve(path)
    return path in PASSIVE or path_of(fun) in PASSIVE or path_of(ufunc_of(fun)) in PASSIVE


# ---- equations ------------------------------------------------------------------------------


def equations(rule: Rule) -> Equations:
    """Return the equations of a rule, parsed when first asked for."""
    if rule not in _equations:
        _equations[rule] = _parse(rule.fun)
    return _equations[rule]


def names_read(rule: Rule, mode: str) -> frozenset[str]:
    """Return the names that the equations of a mode read.

    >>> sorted(names_read(lookup("numpy.exp"), "dot"))
    ['x_dot', 'z']
    """
    if (rule, mode) not in _names_read:
        gast: Any = importlib.import_module("gast")
        parts = [part for node in getattr(equations(rule), mode) for part in gast.walk(node)]
        found = {part.id for part in parts if isinstance(part, gast.Name) and isinstance(part.ctx, gast.Load)}
        _names_read[rule, mode] = frozenset(found)
    return _names_read[rule, mode]


def targets(rule: Rule, mode: str, name: str) -> list[str]:
    """Return what the equations of a mode give of a parameter: itself, or parts of it such as `p.w`."""
    gast: Any = importlib.import_module("gast")
    parts = [part for node in getattr(equations(rule), mode) for part in gast.walk(node)]
    given = [part.id for part in parts if isinstance(part, gast.Name) and isinstance(part.ctx, gast.Store)]
    slots = dict.fromkeys(each.removesuffix(f"_{mode}") for each in given if each.endswith(f"_{mode}"))
    return [slot for slot in slots if slot == name or slot.startswith((f"{name}.", f"{name}["))]


def _parse(fun: Any) -> Equations:
    gast: Any = importlib.import_module("gast")  # 12 ms that a warm start, which needs no equations, must not pay

    class Slots(gast.NodeTransformer):
        """dot[x] -> x_dot, bar[x] -> x_bar; dot[x.w] is x_dot.w where it is read, and a name where it is given."""

        def visit_Subscript(self, node: Any) -> Any:
            if not (isinstance(node.value, gast.Name) and node.value.id in ("dot", "bar")):
                return self.generic_visit(node)
            root = node.slice
            while isinstance(root, gast.Attribute | gast.Subscript):
                root = root.value
            if not isinstance(root, gast.Name):
                reason = f"{node.value.id}[{gast.unparse(node.slice)}] in the rule {fun.__name__} is of no parameter"
                raise UnsupportedError(reason, remedy="let it be of a parameter, or of a part of one: dot[p.w]")
            if isinstance(node.ctx, gast.Store):
                name = gast.Name(f"{gast.unparse(node.slice)}_{node.value.id}", node.ctx, None, None)
                return gast.copy_location(name, node)
            root.id += f"_{node.value.id}"
            return node.slice

    def names(node: Any) -> set[str]:
        return {part.id for part in gast.walk(node) if isinstance(part, gast.Name)}

    def keep(statements: list[Any], other: set[str]) -> Iterator[Any]:
        """Yield the statements that need nothing of the other mode, whose names grow on the way."""
        for node in statements:
            if isinstance(node, gast.If):
                body, orelse = list(keep(node.body, other)), list(keep(node.orelse, other))
                if body or orelse:
                    yield gast.copy_location(gast.If(node.test, body or [gast.Pass()], orelse), node)
            elif not names(node) & other:
                yield node
            elif isinstance(node, gast.Assign):
                other |= {name for target in node.targets for name in names(target) if isinstance(target, gast.Name)}

    first, text = _source(fun)
    body = gast.parse(text).body[0].body
    if isinstance(body[0], gast.Expr) and isinstance(body[0].value, gast.Constant):
        body = body[1:]
    for node in body:
        for part in gast.walk(node):
            if hasattr(part, "lineno"):
                part.lineno += first - 1
                part.end_lineno += first - 1
    modes = [list(keep(body, {other})) for other in ("bar", "dot")]
    in_dot, in_bar = (tuple(Slots().visit(node) for node in nodes) for nodes in modes)
    return Equations(in_dot, in_bar)


def _source(fun: Any) -> tuple[int, str]:
    """Return the line of `def` and the text from there: parsing a whole rule file takes 30 ms."""
    code = fun.__code__
    lines = linecache.getlines(code.co_filename, fun.__globals__)
    start: int = code.co_firstlineno - 1
    while not lines[start].lstrip().startswith("def "):
        start += 1
    margin = len(lines[start]) - len(lines[start].lstrip())
    stop = start + 1
    while stop < len(lines) and (not lines[stop].strip() or lines[stop][margin] in " )"):
        stop += 1
    return start + 1, textwrap.dedent("".join(lines[start:stop]))
