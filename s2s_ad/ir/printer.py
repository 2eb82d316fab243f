"""A plain listing of the IR, for debugging."""

from __future__ import annotations

from collections.abc import Iterator

from s2s_ad.ir.core import (
    Arg,
    Block,
    Eqn,
    For,
    Function,
    If,
    Lit,
    Map,
    Note,
    Record,
    Rows,
    Seq,
    Slice,
    Step,
    Stmt,
    Try,
    Var,
    While,
    bound,
)


def listing(function: Function) -> str:
    """Return the function one statement a line, blocks indented.

    >>> from s2s_ad.errors import Place
    >>> from s2s_ad.ir.core import Param
    >>> from s2s_ad.ir.kinds import FLOAT
    >>> from s2s_ad.ir.ops import op
    >>> x, y = Var("v0", FLOAT), Var("v1", FLOAT)
    >>> body = Block((Eqn((y,), op("numpy.sin"), (x,)),), (y,))
    >>> print(listing(Function("f", (Param("x", FLOAT, x),), (), body, y, Place("f.py", 1, 0, 1, ""))))
    f(x = v0: float)
        v1: float = numpy.sin(v0)
        give v1
        return v1
    """
    params = [*function.params, *function.seeds]
    heads = [f"{param.name} = {tree(param.value)}: {param.kind}" for param in params]
    heads += [f"capture {capture.name} = {tree(capture.var)}: {capture.var.kind}" for capture in function.captures]
    lines = [f"{function.name}({', '.join(heads)})", *_block(function.body, 1), f"    return {tree(function.result)}"]
    return "\n".join([*map(listing, function.functions), *lines])


def statement(stmt: Stmt) -> str:
    """Return the first line of a statement."""
    match stmt:
        case Note(text):
            return f"# {text}"
        case Eqn():
            args = [tree(arg) for arg in stmt.args] + [f"{key}={tree(arg)}" for key, arg in stmt.kwargs]
            return _outs(stmt.outs) + f"{stmt.op}({', '.join(args)})"
        case Try():
            caught = f" as {stmt.caught}" if stmt.caught else ""
            return _outs(bound(stmt)) + f"raised {tree(stmt.errors)}{caught}"
        case If():
            return _outs(stmt.outs) + f"if {tree(stmt.test)}"
        case For():
            way = " backwards" if stmt.backwards else ""
            bounds = ", ".join(tree(bound) for bound in (stmt.start, stmt.stop, stmt.step))
            return _outs(stmt.outs) + f"for{way} {stmt.index} in ({bounds}) carry {_carried(stmt)}"
        case While():
            return _outs(stmt.outs) + f"while carry {_carried(stmt)}"


def tree(arg: Arg) -> str:
    """Return the text of an argument."""
    match arg:
        case Var() | Lit():
            return str(arg)
        case Seq(items, type):
            inner = ", ".join(map(tree, items))
            return f"[{inner}]" if type == "list" else f"({inner})"
        case Map(items):
            return "{" + ", ".join(f"{key!r}: {tree(item)}" for key, item in items) + "}"
        case Record(items, of, maker=maker):
            return f"{maker or ''.join(of)}({', '.join(f'{key}={tree(item)}' for key, item in items)})"
        case Rows(columns):
            return f"rows of {tree(columns)}"
        case Slice(start, stop, step):
            return ":".join("" if part == Lit(None, getattr(part, "kind", None)) else tree(part)  # pyright: ignore
                            for part in (start, stop, step))  # fmt: skip
        case Step(operation, args, kwargs):
            return f"{operation}({', '.join([*map(tree, args), *(f'{key}={tree(value)}' for key, value in kwargs)])})"


def _block(block: Block, depth: int) -> Iterator[str]:
    indent = "    " * depth
    for stmt in block.stmts:
        yield indent + statement(stmt)
        match stmt:
            case If():
                yield from _block(stmt.then, depth + 1)
                yield indent + "else"
                yield from _block(stmt.orelse, depth + 1)
            case While():
                yield from _block(stmt.test, depth + 1)
                yield indent + "do"
                yield from _block(stmt.body, depth + 1)
            case For():
                yield from _block(stmt.body, depth + 1)
            case _:
                pass
    if block.results:
        yield f"{indent}give {', '.join(map(tree, block.results))}"


def _outs(outs: tuple[Var, ...]) -> str:
    return ", ".join(f"{out}: {out.kind}" for out in outs) + " = " if outs else ""


def _carried(loop: For | While) -> str:
    pairs = zip(loop.params, loop.inits, strict=False)
    return "(" + ", ".join(f"{param} = {tree(init)}" for param, init in pairs) + ")"
