"""How single equations and statements are printed, and that they still do what they did."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from s2s_ad.emission.expressions import Expressions
from s2s_ad.emission.module import emit_module
from s2s_ad.emission.names import capture_names
from s2s_ad.emission.printer import name, value
from s2s_ad.emission.scope import Globals
from s2s_ad.errors import Place
from s2s_ad.ir.core import (
    Adjoint,
    Arg,
    Block,
    Capture,
    Eqn,
    For,
    Function,
    If,
    Lit,
    Map,
    Param,
    Seq,
    Slice,
    Source,
    Stmt,
    Var,
    While,
)  # fmt: skip
from s2s_ad.ir.kinds import BOOL, FLOAT, INT, UNKNOWN, Array, DictKind, Kind, ListKind, Opaque, PyScalar, TupleKind
from s2s_ad.ir.ops import op
from s2s_ad.ir.printer import listing
from s2s_ad.ir.verify import verify

PLACE = Place("a.py", 1, 0, 1, "")
VECTOR, INDICES = Array("float64", "n"), Array("int64", "n")
NONE = Lit(None, UNKNOWN)
ONE, ZERO = Lit(1, INT), Lit(0, INT)


def expression_text(equation, name_of):
    return value(Expressions(lambda var: name(name_of(var)), Globals().reach).value(equation))


def f(name: str, kind: Kind = FLOAT) -> Var:
    return Var(name, kind)


def lit(value: Any) -> Lit:
    return Lit(value, {float: FLOAT, int: INT, bool: BOOL}.get(type(value), UNKNOWN))


def eqn(out: Var | None, path: str, *args: Arg, origin: Any = None, **kwargs: Arg) -> Eqn:
    return Eqn(() if out is None else (out,), op(path), args, tuple(kwargs.items()), origin)


def update(out: Var, x: Var, path: tuple[Arg, ...], index: Arg, sign: str, value: Arg) -> Eqn:
    return eqn(out, "ir.update", x, Seq(path), index, lit(sign), value)


def function(params: list[Param | Var], stmts: list[Stmt], result: Arg, **more: Any) -> Function:
    full = tuple(p if isinstance(p, Param) else Param(p.hint, p.kind, p) for p in params)
    return Function("h", full, more.pop("captures", ()), Block(tuple(stmts)), result, PLACE, **more)


def emitted(fun: Function) -> str:
    verify(fun)
    return emit_module([(fun, "Doc.")], "h.", "")


def body(fun: Function) -> str:
    return emitted(fun).partition('    """Doc."""\n')[2]


def run(fun: Function, *args: Any, **kwargs: Any) -> Any:
    space: dict[str, Any] = {}
    exec(compile(emitted(fun), "emitted", "exec"), space)
    return space["h"](*args, **kwargs)


X, A, I = f("x"), f("a", VECTOR), f("i", INDICES)


@pytest.mark.parametrize(
    ("equation", "text"),
    [
        (eqn(X, "operator.pow", lit(-2.0), X), "(-2.0) ** x"),
        (eqn(X, "operator.pow", lit(-2), X), "(-2) ** x"),
        (eqn(X, "operator.pow", lit(-0.0), lit(2)), "(-0.0) ** 2"),
        (eqn(X, "operator.mul", lit(1 - 2j), X), "(1.0 - 2j) * x"),
        (eqn(X, "operator.add", X, lit(-math.inf)), "x + -np.inf"),
        (eqn(X, "operator.add", X, lit(0.1 + 0.2)), "x + 0.30000000000000004"),
        (eqn(X, "operator.mul", X, lit(math.pi)), "x * np.pi"),
        (eqn(X, "operator.add", X, lit(np.float64(-2.0))), "x + np.float64(-2.0)"),
        (eqn(X, "operator.add", X, lit(np.float32(0.1))), "x + np.float32(0.1)"),
        (eqn(X, "operator.contains", A, X), "x in a"),
        (eqn(X, "operator.not_", X), "not x"),
        (eqn(X, "operator.is_", X, NONE), "x is None"),
        (eqn(X, "operator.getitem", A, Seq((Slice(ONE, NONE, NONE), ZERO))), "a[1:, 0]"),
        (eqn(X, "operator.getitem", A, Slice(NONE, NONE, lit(-1))), "a[::-1]"),
        (eqn(X, "operator.getitem", A, Seq((lit(...), NONE))), "a[..., None]"),
        (eqn(X, "operator.getitem", A, Seq(())), "a[()]"),
        (eqn(X, "operator.getitem", A, Seq((ONE,))), "a[1,]"),
        (eqn(X, "operator.getitem", A, Seq((Seq((ZERO, ONE), "list"), I))), "a[[0, 1], i]"),
        (eqn(X, "builtins.getattr", A, lit("T")), "a.T"),
        (eqn(X, "ir.call_method", A, lit("sum"), axis=ZERO), "a.sum(axis=0)"),
        (eqn(X, "numpy.copy", A), "a.copy()"),
        (eqn(X, "numpy.copy", X), "np.copy(x)"),
        (eqn(X, "numpy.linalg.norm", A), "np.linalg.norm(a)"),
        (eqn(X, "math.sin", X), "math.sin(x)"),
        (eqn(X, "builtins.abs", X), "abs(x)"),
        (eqn(X, "scipy.special.erf", X), "special.erf(x)"),
        (eqn(X, "os.path.join", X), "join(x)"),
        (eqn(X, "s2s_ad.rules.helpers.unbroadcast", X, A), "unbroadcast(x, a)"),
        (eqn(X, "numpy.zeros", Seq((ONE, ONE)), dtype=lit(np.float32)), "np.zeros((1, 1), dtype=np.float32)"),
        (eqn(X, "numpy.zeros", ONE, lit(float)), "np.zeros(1, float)"),
        (eqn(X, "numpy.zeros", ONE, lit(np.dtype("float32"))), "np.zeros(1, np.dtype('float32'))"),
        (eqn(X, "builtins.len", lit("a\n'\"b")), "len('a\\n\\'\"b')"),
        (eqn(X, "numpy.einsum", Map((("k", X),)), Seq((X,))), "np.einsum({'k': x}, (x,))"),
        (eqn(X, "ir.identity", Seq((X,))), "(x,)"),
        (eqn(X, "numpy.sum", *[X] * 60), f"np.sum({', '.join(['x'] * 60)})"),
    ],
)
def test_expression(equation: Eqn, text: str):
    assert expression_text(equation, lambda var: var.hint) == text


def test_folding_keeps_grouping():
    stmts = [
        eqn(f(".1"), "operator.sub", X, lit(1.0)), eqn(f(".2"), "operator.sub", lit(2.0), f(".1")),
        eqn(f(".3"), "operator.pow", f(".2"), lit(2)), eqn(f("y"), "operator.neg", f(".3")),
    ]  # fmt: skip
    assert body(function([X], stmts, f("y"))) == "    y = -(2.0 - (x - 1.0)) ** 2\n    return y\n"


def test_temporary_is_not_folded_past_a_write():
    stmts: list[Stmt] = [
        eqn(f(".1"), "operator.getitem", A, ZERO), update(f("a.2", VECTOR), A, (), ZERO, "", lit(5.0)),
        eqn(f("y"), "operator.add", f(".1"), lit(1.0)),
    ]  # fmt: skip
    fun = function([A], stmts, f("y"))
    assert body(fun) == "    t1 = a[0]\n    a[0] = 5.0\n    y = t1 + 1.0\n    return y\n"
    assert run(fun, np.array([3.0])) == 4.0


def test_temporary_used_twice_gets_a_line():
    stmts = [eqn(f(".1"), "numpy.sin", X), eqn(f("y"), "operator.mul", f(".1"), f(".1"))]
    assert body(function([X], stmts, f("y"))) == "    t1 = np.sin(x)\n    y = t1 * t1\n    return y\n"


def test_updates_are_statements():
    z = [f("z", VECTOR), *(f(f"z.{n}", VECTOR) for n in range(1, 6))]
    stmts: list[Stmt] = [
        eqn(z[0], "numpy.copy", A),
        update(z[1], z[0], (), ZERO, "", X),
        update(z[2], z[1], (Slice(ONE, NONE, NONE),), ZERO, "*", X),
        update(z[3], z[2], (), lit(...), "+", X),
        update(z[4], z[3], (Slice(ONE, NONE, NONE),), lit(...), "", lit(7.0)),
        eqn(z[5], "ir.accumulate", z[4], Seq(()), I, X),
    ]
    fun = function([X, A, I], stmts, z[5])
    assert body(fun).splitlines() == [
        "    z = a.copy()", "    z[0] = x", "    z[1:][0] *= x", "    z += x", "    z[1:][...] = 7.0",
        "    np.add.at(z, i, x)", "    return z",
    ]  # fmt: skip
    assert run(fun, 2.0, np.ones(2), np.array([0, 0])).tolist() == [8.0, 7.0]


def test_accumulate_by_kind():
    xs = f("xs", ListKind(VECTOR))
    stmts = [
        eqn(f("xs.2", xs.kind), "ir.accumulate", xs, Seq(()), ZERO, A),
        eqn(f("a.2", VECTOR), "ir.accumulate", A, Seq(()), ONE, X),
    ]
    fun = function([xs, A, X], list(stmts), f("a.2", VECTOR))
    assert body(fun).splitlines()[:2] == ["    xs[0] = xs[0] + a", "    a[1] += x"]


def test_unnamed_array_takes_the_name_it_is_written_under():
    stmts: list[Stmt] = [
        eqn(f(".1", VECTOR), "numpy.zeros", lit(3)), update(f("w", VECTOR), f(".1", VECTOR), (), ZERO, "", X),
    ]  # fmt: skip
    assert body(function([X], stmts, f("w", VECTOR))) == "    w = np.zeros(3)\n    w[0] = x\n    return w\n"


def test_loop_keeps_a_value_that_the_next_iteration_needs():
    a, b, n = f("a"), f("b"), f("n", INT)
    loop = For((f("a.3"), f("b.3")), f("i", INT), ZERO, n, ONE, (f("a.2"), f("b.2")), (a, b),
               Block((eqn(f(".t"), "operator.add", f("a.2"), f("b.2")),), (f("b.2"), f(".t"))))  # fmt: skip
    fun = function([a, b, n], [loop], f("a.3"))
    assert "        b_2 = a + b\n        a = b\n        b = b_2\n" in body(fun)
    assert [run(fun, 0, 1, k) for k in range(8)] == [0, 1, 1, 2, 3, 5, 8, 13]


def test_swapping_loop_assigns_at_once():
    a, b = f("a"), f("b")
    loop = For((f("a.3"), f("b.3")), f("i", INT), ZERO, lit(3), ONE, (f("a.2"), f("b.2")), (a, b),
               Block((), (f("b.2"), f("a.2"))))  # fmt: skip
    fun = function([a, b], [loop], Seq((f("a.3"), f("b.3"))))
    assert body(fun) == "    for _ in range(3):\n        a, b = b, a\n    return a, b\n"
    assert run(fun, 0, 1) == (1, 0)


def test_loop_start_that_is_needed_later_keeps_its_name():
    loop = For((f("x.3"),), f("i", INT), ONE, lit(4), lit(2), (f("x.2"),), (X,),
               Block((eqn(f("x.4"), "operator.mul", f("x.2"), f("i", INT)),), (f("x.4"),)), backwards=True)  # fmt: skip
    fun = function([X], [loop, eqn(f("y"), "operator.sub", f("x.3"), X)], f("y"))
    assert body(fun).splitlines() == [
        "    x_2 = x", "    for i in reversed(range(1, 4, 2)):", "        x_2 = x_2 * i", "    y = x_2 - x",
        "    return y",
    ]  # fmt: skip
    assert run(fun, 2.0) == 4.0


def test_while_with_a_complex_test():
    v, c = f("v"), f("c", BOOL)
    simple = Block((eqn(f(".m"), "operator.mul", f("v.2"), f("v.2")), eqn(f(".c"), "operator.lt", f(".m"), lit(9.0))),
                   (f(".c"),))  # fmt: skip
    twice = Block((eqn(f("q"), "operator.mul", f("v.2"), f("v.2")), eqn(c, "operator.lt", f("q"), lit(9.0))), (c,))
    step = Block((eqn(f("v.4"), "operator.add", f("v.2"), lit(1.0)),), (f("v.4"),))
    loops = (While((f("v.3"),), (f("v.2"),), (v,), test, step) for test in (simple, twice))
    one, two = (function([v], [loop], f("v.3")) for loop in loops)
    assert "    while v * v < 9.0:\n        v = v + 1.0\n" in body(one)
    assert body(two).splitlines()[:5] == [
        "    while True:", "        q = v * v", "        c = q < 9.0", "        if not c:", "            break",
    ]  # fmt: skip
    assert run(one, 0.0) == run(two, 0.0) == 3.0


def test_branches():
    c, d = f("c", BOOL), f("d", BOOL)
    inner = If((f("x.3"),), d, Block((), (lit(1.0),)), Block((), (lit(2.0),)))
    outer = If((f("x.2"),), c, Block((), (lit(0.0),)), Block((inner,), (f("x.3"),)))
    assert body(function([X, c, d], [outer], f("x.2"))).splitlines() == [
        "    if c:", "        x = 0.0", "    elif d:", "        x = 1.0", "    else:", "        x = 2.0",
        "    return x",
    ]  # fmt: skip
    empty = If((f("x.2"),), c, Block((), (X,)), Block((eqn(f("y"), "operator.neg", X),), (f("y"),)))
    assert body(function([X, c], [empty], f("x.2"))) == "    if not c:\n        x = -x\n    return x\n"


def test_tapes():
    tapes = [f(f"tape{n}", UNKNOWN) for n in range(3)]
    stmts: list[Stmt] = [eqn(tape, "ir.new_tape") for tape in tapes]
    stmts += [eqn(None, "ir.push", tapes[0], X, A), eqn(None, "ir.push", tapes[1], X)]
    stmts += [Eqn((f("p"), f("q")), op("ir.pop"), (tapes[0],)), eqn(f(".r"), "ir.pop", tapes[1])]
    stmts += [eqn(f("y"), "operator.mul", f("p"), f(".r"))]
    fun = function([X, A], stmts, Seq((f("y"), f("q"))))
    assert body(fun).splitlines() == [
        "    tape0, tape1, tape2 = [], [], []", "    tape0.append((x, a))", "    tape1.append(x)",
        "    p, q = tape0.pop()", "    y = p * tape1.pop()", "    return y, q",
    ]  # fmt: skip


def test_two_pops_keep_their_order():
    tape = f("tape", UNKNOWN)
    stmts: list[Stmt] = [eqn(tape, "ir.new_tape"), *(eqn(None, "ir.push", tape, lit(v)) for v in (1.0, 2.0))]
    stmts += [eqn(f(".a"), "ir.pop", tape), eqn(f(".b"), "ir.pop", tape)]
    fun = function([], [*stmts, eqn(f("y"), "operator.sub", f(".b"), f(".a"))], f("y"))
    assert run(fun) == -1.0


def test_expressions_with_pops_keep_their_order():
    tape = f("tape", UNKNOWN)
    stmts: list[Stmt] = [eqn(tape, "ir.new_tape"), *(eqn(None, "ir.push", tape, lit(v)) for v in (1.0, 2.0))]
    stmts += [
        eqn(f(".a"), "ir.pop", tape),
        eqn(f(".c"), "operator.mul", f(".a"), lit(3.0)),
        eqn(f(".b"), "ir.pop", tape),
    ]
    fun = function([], [*stmts, eqn(f("y"), "operator.sub", f(".b"), f(".c"))], f("y"))
    assert run(fun) == -5.0


def test_user_names_win_over_imports():
    np_, range_ = f("np"), f("range", INT)
    loop = For((f("s.3"),), f("k", INT), ZERO, range_, ONE, (f("s.2"),), (lit(0.0),),
               Block((eqn(f("s.4"), "numpy.sin", np_),), (f("s.4"),)))  # fmt: skip
    fun = function([np_, range_], [loop], f("s.3"))
    text = emitted(fun)
    assert "import builtins\nimport numpy as np_\n" in text
    assert "for _ in builtins.range(range):" in text
    assert run(fun, 0.5, 2) == np.sin(0.5)


def test_local_names_yield_to_imports():
    fun = function([X], [eqn(f("np"), "numpy.sin", X), eqn(f("lambda"), "numpy.cos", f("np"))], f("lambda"))
    assert body(fun) == "    np_2 = np.sin(x)\n    lambda_2 = np.cos(np_2)\n    return lambda_2\n"


def test_structures_of_arguments_and_results():
    pair = TupleKind((FLOAT, FLOAT))
    kind = DictKind((("W", FLOAT), ("b", FLOAT), ("layers", ListKind(pair)), ("t", pair)))
    column = f("w", ListKind(FLOAT)), f("c", ListKind(FLOAT))
    tree = Map((("W", f("v1")), ("b", f("v2")), ("layers", Seq(column)), ("t", Seq((f("v3"), f("v4"))))))
    result = Map((("s", f("y")), ("l", Seq((column[0],), "list"))))
    fun = function([Param("params", kind, tree)], [eqn(f("y"), "operator.add", f("v1"), f("v4"))], result)
    assert body(fun).splitlines() == [
        "    v1 = params['W']", "    w = [item[0] for item in params['layers']]", "    v4 = params['t'][1]",
        "    y = v1 + v4", "    return {'s': y, 'l': [w]}",
    ]  # fmt: skip
    value = {"W": 1.0, "b": 2.0, "layers": [(3.0, 4.0)], "t": (5.0, 6.0)}
    assert run(fun, value) == {"s": 7.0, "l": [[3.0]]}


def test_captures_and_seeds():
    captures = (Capture("config.scale", f("v1")), Capture("x", f("v2")))
    seeds = (Param("y_bar", FLOAT, f("y_bar")), Param("n_bar", VECTOR, f("n_bar", VECTOR)))
    fun = function([X], [eqn(f("y"), "operator.add", f("v1"), f("v2"))], f("y"), captures=captures, seeds=seeds)
    assert "def h(x, y_bar, n_bar, *, config_scale, x_2):" in emitted(fun)
    assert capture_names(fun) == {"config.scale": "config_scale", "x": "x_2"}
    assert run(fun, 0.0, 0.0, 0.0, config_scale=1.0, x_2=2.0) == 3.0


def test_swapped_parameter_names():
    a, b = Param("a", FLOAT, f("b")), Param("b", FLOAT, f("a"))
    assert run(function([a, b], [], Seq((f("b"), f("a")))), 1, 2) == (1, 2)


def test_helpers_travel_with_what_they_need():
    fun = function([X, A], [eqn(f("y"), "s2s_ad.rules.helpers.unbroadcast", X, A)], f("y"))
    text = emitted(fun)
    assert text.count("def ") == 2
    assert "s2s_ad" not in text.partition('"""\n')[2]
    assert run(fun, np.ones((3, 2)), (1, 2)).tolist() == [[3.0, 3.0]]


def test_import_styles():
    stmts = [eqn(f("a"), "scipy.special.erf", X), eqn(f("b"), "math.sin", f("a")), eqn(f("c"), "numpy.sin", f("b"))]
    text = emitted(function([X], list(stmts), f("c")))
    assert "import math\nimport numpy as np\nfrom scipy import special\n\ndef h" in text


def test_raise_and_effects():
    stmts = [eqn(f(".e", UNKNOWN), "builtins.ValueError", lit("no")), eqn(None, "ir.raise", f(".e", UNKNOWN))]
    check = If((), f("c", BOOL), Block(tuple(stmts)), Block(()))
    shout = eqn(f(".p", UNKNOWN), "builtins.print", X)
    text = body(function([X, f("c", BOOL)], [check, shout], X))
    assert text == "    if c:\n        raise ValueError('no')\n    print(x)\n    return x\n"


def test_comments_name_inlined_functions_and_are_said_once():
    source = Source(PLACE, "1 / (1 +\n   np.exp(-t))", "sigmoid")
    e = eqn(f("y"), "numpy.exp", X, origin=source)
    stmts = [eqn(f("t"), "operator.neg", X, origin=source), e, eqn(f("z"), "ir.identity", f("y"), origin=Adjoint(e))]
    lines = body(function([X], list(stmts), f("z"))).splitlines()
    assert lines[0] == f"{'    t = -x':<41}# sigmoid L1: 1 / (1 + np.exp(-t))"
    assert lines[1] == "    y = np.exp(x)"
    assert lines[2] == f"{'    z = y':<41}# y = np.exp(x)"


def test_docstrings_are_quoted():
    fun = function([X], [], X)
    text = emit_module([(fun, 'c"""\\d')], 'a"""b\\n', "")
    space: dict[str, Any] = {}
    exec(compile(text, "emitted", "exec"), space)
    assert space["__doc__"].startswith('a"""b\\n')
    assert space["h"].__doc__ == 'c"""\\d'


@pytest.mark.parametrize(
    ("stmts", "result", "complaint"),
    [
        ([eqn(f("y"), "numpy.sin", f("z"))], X, "used before it is bound"),
        ([eqn(f("y"), "numpy.sin", X)] * 2, X, "bound twice"),
        ([If((), X, Block((eqn(f("y"), "numpy.sin", X),)), Block(()))], f("y"), "out of scope"),
        ([If((f("y"),), X, Block((), (X,)), Block(()))], X, "gives 0 values"),
        ([For((), f("i", INT), ZERO, ONE, ONE, (), (X,), Block(()))], X, "differ in number"),
        ([While((), (), (), Block(()), Block(()))], X, "the test of"),
    ],
)
def test_verify_complains(stmts: list[Stmt], result: Arg, complaint: str):
    with pytest.raises(AssertionError, match=complaint):
        verify(function([X], stmts, result))


def test_listing_nests():
    fun = function([X], [If((f("y"),), X, Block((), (X,)), Block((), (lit(1.0),)))], f("y"))
    assert listing(fun).splitlines()[1:4] == ["    y: float = if x", "        give x", "    else"]


def test_kinds_that_are_not_arrays_are_copied_by_method():
    known = [PyScalar("float"), Opaque("object")]
    texts = [expression_text(eqn(X, "numpy.copy", f("x", kind)), lambda var: var.hint) for kind in known]
    assert texts == ["np.copy(x)", "x.copy()"]
