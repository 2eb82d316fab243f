"""Random programs of the IR mean the same when interpreted and when emitted."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from s2s_ad.emission.module import emit_module
from s2s_ad.errors import Place
from s2s_ad.ir.core import (
    UNDEFINED,
    Arg,
    Block,
    Eqn,
    For,
    Function,
    If,
    Lit,
    Map,
    Param,
    Seq,
    Slice,
    Stmt,
    Var,
    While,
)  # fmt: skip
from s2s_ad.ir.kinds import BOOL, FLOAT, INT, UNKNOWN, Array
from s2s_ad.ir.ops import op
from s2s_ad.ir.verify import verify

VECTOR = Array("float64", "n")
Env = dict[str, Any]


def evaluate(arg: Arg, env: Env) -> Any:
    match arg:
        case Var():
            return env[arg.name]
        case Lit(value):
            return value
        case Seq(items, kind):
            found = [evaluate(item, env) for item in items]
            return found if kind == "list" else tuple(found)
        case Map(items):
            return {key: evaluate(item, env) for key, item in items}
        case Slice():
            return slice(*(evaluate(part, env) for part in (arg.start, arg.stop, arg.step)))


def interpret(block: Block, env: Env) -> list[Any]:
    for stmt in block.stmts:
        step(stmt, env)
    return [evaluate(result, env) for result in block.results]


def step(stmt: Stmt, env: Env) -> None:
    match stmt:
        case Eqn():
            kwargs = {key: evaluate(arg, env) for key, arg in stmt.kwargs}
            value = stmt.op.fun(*(evaluate(arg, env) for arg in stmt.args), **kwargs)
            env |= zip((out.name for out in stmt.outs), [value] if len(stmt.outs) == 1 else value or ())
        case If():
            found = interpret(stmt.then if evaluate(stmt.test, env) else stmt.orelse, env)
            env |= zip((out.name for out in stmt.outs), found)
        case For():
            values = [evaluate(init, env) for init in stmt.inits]
            steps = range(*(evaluate(part, env) for part in (stmt.start, stmt.stop, stmt.step)))
            for i in reversed(steps) if stmt.backwards else steps:
                env |= zip((param.name for param in stmt.params), values)
                env[stmt.index.name] = i
                values = interpret(stmt.body, env)
            env |= zip((out.name for out in stmt.outs), values)
        case While():
            values = [evaluate(init, env) for init in stmt.inits]
            while True:
                env |= zip((param.name for param in stmt.params), values)
                if not interpret(stmt.test, env)[0]:
                    break
                values = interpret(stmt.body, env)
            env |= zip((out.name for out in stmt.outs), values)
        case _:
            pass


class Maker:
    """Makes programs that are long on branches, loops and names that clash."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0
        self.tape = Var("tape", UNKNOWN)

    def var(self, kind: Any = FLOAT) -> Var:
        self.count += 1
        hint = self.random.choice(["a", "b", "s", "v1", "x", "np", "range", "t1", "", "", ""])
        return Var(f"{hint}.{self.count}", kind)

    def pick(self, scope: list[Var]) -> Any:
        return self.random.choice([*scope, *scope[-3:], *scope[-2:], Lit(self.random.choice([-2.0, 0.5, 3.0]), FLOAT)])

    def block(self, scope: list[Var], results: int, depth: int) -> Block:
        scope = list(scope)
        stmts: list[Stmt] = []
        for _ in range(self.random.randrange(6)):
            stmts.extend(self.stmts(scope, depth))
        return Block(tuple(stmts), tuple(self.pick(scope) for _ in range(results)))

    def stmts(self, scope: list[Var], depth: int) -> list[Stmt]:
        choice = self.random.randrange(10)
        if depth == 0 or choice < 5:
            made: list[Stmt] = [self.eqn(scope)]
        elif choice == 5:
            popped = self.var()
            made = [Eqn((), op("ir.push"), (self.tape, self.pick(scope))), self.eqn(scope)]
            made += [Eqn((popped,), op("ir.pop"), (self.tape,))]
            scope.append(popped)
        elif choice < 8:
            made = self.branch(scope, depth)
        elif choice == 8:
            made = [self.loop(scope, depth)]
        else:
            made = [self.while_loop(scope, depth)]
        return made

    def eqn(self, scope: list[Var]) -> Eqn:
        out = self.var()
        path = self.random.choice(["operator.add", "operator.sub", "operator.mul", "numpy.sin", "ir.identity"])
        count = 1 if path in ("numpy.sin", "ir.identity") else 2
        made = Eqn((out,), op(path), tuple(self.pick(scope) for _ in range(count)))
        scope.append(out)
        return made

    def branch(self, scope: list[Var], depth: int) -> list[Stmt]:
        test, outs = self.var(BOOL), [self.var() for _ in range(self.random.randrange(3))]
        compare = Eqn((test,), op("operator.lt"), (self.pick(scope), self.pick(scope)))
        then, orelse = (self.block(scope, len(outs), depth - 1) for _ in range(2))
        scope.extend(outs)
        return [compare, If(tuple(outs), test, then, orelse)]

    def loop(self, scope: list[Var], depth: int) -> For:
        params, outs, inits = self.carried(scope)
        index = self.var(INT)
        body = self.block([*scope, *params, index], len(params), depth - 1)
        scope.extend(outs)
        bounds = (Lit(self.random.randrange(2), INT), Lit(self.random.randrange(4), INT), Lit(1, INT))
        return For(outs, index, *bounds, params, inits, body, self.random.random() < 0.5)

    def while_loop(self, scope: list[Var], depth: int) -> While:
        """Count down in the first carried value, so that the loop ends."""
        params, outs, inits = self.carried(scope)
        left, out, less, test = self.var(INT), self.var(INT), self.var(INT), self.var(BOOL)
        params, outs, inits = (left, *params), (out, *outs), (Lit(2, INT), *inits)
        before = [self.eqn(list(params)) for _ in range(self.random.randrange(2))]
        check = Eqn((test,), op("operator.gt"), (left, Lit(0, INT)))
        body = self.block([*scope, *params], len(params) - 1, depth - 1)
        count = Eqn((less,), op("operator.sub"), (left, Lit(1, INT)))
        scope.extend(outs)
        whole = Block((*body.stmts, count), (less, *body.results))
        return While(outs, params, inits, Block((*before, check), (test,)), whole)

    def carried(self, scope: list[Var]) -> tuple[tuple[Var, ...], tuple[Var, ...], tuple[Any, ...]]:
        count = self.random.randrange(4)
        params, outs = (tuple(self.var() for _ in range(count)) for _ in range(2))
        return params, outs, tuple(self.pick(scope) for _ in range(count))

    def function(self) -> Function:
        params = tuple(Param(name, FLOAT, self.var()) for name in ("x", "a", "np"))
        scope = [param.value for param in params if isinstance(param.value, Var)]
        body = self.block(scope, 0, 3)
        scope += [out for stmt in body.stmts if isinstance(stmt, Eqn | If | For | While) for out in stmt.outs]
        start = Eqn((self.tape,), op("ir.new_tape"), ())
        result = Seq(tuple(self.pick(scope) for _ in range(3)))
        return Function("f", params, (), Block((start, *body.stmts)), result, Place("a.py", 1, 0, 1, ""))


@pytest.mark.parametrize("seed", range(0, 600, 50))
def test_random_program_emitted_gives_what_it_means(seed: int):
    for number in range(seed, seed + 50):
        function = Maker(number).function()
        verify(function)
        text = emit_module([(function, "d")], "h", "f")
        space: Env = {}
        exec(compile(text, "emitted", "exec"), space)
        with np.errstate(all="ignore"):
            for args in ((0.3, -1.2, 2.0), (1.0, 1.0, 1.0)):
                env = {p.value.name: v for p, v in zip(function.params, args) if isinstance(p.value, Var)}
                interpret(function.body, env)
                expected = evaluate(function.result, env)
                np.testing.assert_array_equal(space["f"](*args), expected, err_msg=f"seed {number}\n{text}")


def test_undefined_prints_nothing():
    out, test = Var("y", FLOAT), Var("c", BOOL)
    body = Block((If((out,), test, Block((), (Lit(1.0, FLOAT),)), Block((), (UNDEFINED,))),))
    function = Function("f", (Param("c", BOOL, test),), (), body, out, Place("a", 1, 0, 1, ""))
    text = emit_module([(function, "d")], "h", "")
    assert "else" not in text
