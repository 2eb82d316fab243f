"""Gathers terms that rules make alike: what both of two terms are made of is computed once.

The two terms of a square are one number, since a product is the same in either order, and twice that number is exact.
Two quotients by one divisor need one division.

>>> from s2s_ad.ir.core import Block, Eqn, Var
>>> from s2s_ad.ir.kinds import FLOAT
>>> from s2s_ad.ir.names import Names
>>> from s2s_ad.ir.ops import op
>>> from s2s_ad.ir.printer import statement
>>> from s2s_ad.optimize.dead_code import dead_code
>>> x, y, dot, first, second, out = (Var(name, FLOAT) for name in ("x", "y", "x_dot", ".1", ".2", "v1_dot"))
>>> def shown(left, right, last):
...     terms = Eqn((first,), op(left[0]), left[1]), Eqn((second,), op(right[0]), right[1])
...     total = Eqn((out,), op(last), (first, second))
...     made = gathered(Block((*terms, total), (out,)), Names.beyond([".2"]))
...     return [statement(stmt) for stmt in dead_code(made).stmts]
>>> mul, div = "operator.mul", "operator.truediv"
>>> shown((mul, (dot, x)), (mul, (x, dot)), "operator.add")
['.3: float = operator.mul(x_dot, x)', 'v1_dot: float = operator.mul(2, .3)']
>>> shown((div, (dot, y)), (div, (x, y)), "operator.sub")
['.3: float = operator.sub(x_dot, x)', 'v1_dot: float = operator.truediv(.3, y)']
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeAlias

from s2s_ad.ir.core import Arg, Block, Eqn, Lit, Op, Stmt, Var, all_reads, is_primal, map_blocks, operands, variables
from s2s_ad.ir.kinds import INT, is_complex, is_numeric
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import IDENTITY, keeps_apart, op
from s2s_ad.rules.infer import infer

Args: TypeAlias = tuple[Arg, ...]
_ADD, _SUB, _MUL, _DIV, _NEG = (op(f"operator.{name}") for name in ("add", "sub", "mul", "truediv", "neg"))
_TWO, _MINUS_TWO = Lit(2, INT), Lit(-2, INT)


def gathered(block: Block, names: Names) -> Block:
    """Return the block in which sums of rules read each factor and each divisor of their terms once."""
    return _Gathered(names, Counter(all_reads(block))).block(block)


class _Gathered:
    def __init__(self, names: Names, uses: Counter[Var]) -> None:
        self._names = names
        self._uses = uses
        self._negated: dict[Var, Arg] = {}
        self._terms: dict[Var, Eqn] = {}
        """Products and quotients, by what they are called: a copy of one too."""
        self._sums: dict[Var, Eqn] = {}
        """Sums, of which a term may be another one's."""

    def block(self, block: Block) -> Block:
        """Return a block; terms are gathered across no statement that writes an array."""
        self._forget()
        stmts: list[Stmt] = []
        for stmt in block.stmts:
            if not isinstance(stmt, Eqn) or keeps_apart(stmt):
                stmts.append(map_blocks(stmt, self.block))
                self._forget()
                continue
            if stmt.op == _NEG:
                self._negated[stmt.outs[0]] = stmt.args[0]
            made = self._sum(stmt) if stmt.op in (_ADD, _SUB) and not is_primal(stmt) else (stmt,)
            stmts += made
            self._note(made)
        return Block(tuple(stmts), block.results)

    def _forget(self) -> None:
        self._negated, self._terms, self._sums = {}, {}, {}

    def _note(self, made: Iterable[Eqn]) -> None:
        for eqn in made:
            term = eqn if eqn.op in (_MUL, _DIV) else self._term(eqn.args[0]) if eqn.op == IDENTITY else None
            if term is not None and not is_primal(eqn):
                self._terms[eqn.outs[0]] = term
            if eqn.op == _ADD and not is_primal(eqn):
                self._sums[eqn.outs[0]] = eqn

    def _sum(self, eqn: Eqn) -> tuple[Eqn, ...]:
        """Return what is done for a sum or a difference of two terms."""
        if any(self._uses[var] > 1 for var in operands(eqn)):
            return (eqn,)
        left, right = map(self._term, eqn.args)
        if left is None and eqn.op == _ADD:
            return self._longer_sum(eqn)
        if left is None or right is None or left.op != right.op:
            return (eqn,)
        (a, x), (b, y) = left.args, right.args
        if left.op == _MUL and eqn.op == _ADD:
            return self._square(eqn, left, right) or (eqn,)
        if left.op == _DIV and x == y:
            return self._of_term(eqn, eqn.op, (a, b), _DIV, lambda term: (term, x)) or (eqn,)
        return (eqn,)

    def _longer_sum(self, eqn: Eqn) -> tuple[Eqn, ...]:
        """Return what is done for a sum of a sum and a term: the terms of a square are added last."""
        before, added = eqn.args
        earlier = self._sums.get(before) if isinstance(before, Var) else None
        if earlier is None:
            return (eqn,)
        base, first = earlier.args
        if any(self._uses[var] > 1 for var in variables(first)):
            return (eqn,)
        left, right = self._term(first), self._term(added)
        if left is None or right is None or left.op != right.op or left.op != _MUL:
            return (eqn,)
        twice = Var(self._names.version(""), right.outs[0].kind)
        made = self._square(replace(eqn, outs=(twice,)), left, right)
        return (eqn,) if made is None else (*made, replace(eqn, args=(base, twice)))

    def _square(self, eqn: Eqn, left: Eqn, right: Eqn) -> tuple[Eqn, ...] | None:
        """Return what gives the sum of two products, None where these are not alike."""
        (sign, factors), (other, others) = self._factors(*left.args), self._factors(*right.args)
        if not _is_real(eqn.outs[0]) or (sign, frozenset(factors)) != (other, frozenset(others)):
            return None
        twice = _TWO if sign > 0 else _MINUS_TWO
        return self._of_term(eqn, _MUL, factors, _MUL, lambda term: (twice, term))

    def _factors(self, *args: Arg) -> tuple[int, Args]:
        """Return the sign of a product apart from its factors, and those without their signs."""
        sign, factors = 1, list[Arg]()
        for factor in args:
            while isinstance(factor, Var) and factor in self._negated:
                factor, sign = self._negated[factor], -sign
            factors.append(factor)
        return sign, tuple(factors)

    def _of_term(
        self, eqn: Eqn, first: Op, args: Args, last: Op, with_term: Callable[[Var], Args]
    ) -> tuple[Eqn, ...] | None:
        """Return two equations for a sum, the term and what is made of it; None where they give another kind."""
        try:
            term = Var(self._names.version(""), infer(first, args))
            kind = infer(last, with_term(term))
        except LookupError:
            return None
        if kind != eqn.outs[0].kind:
            return None
        return Eqn((term,), first, args, (), eqn.origin), replace(eqn, op=last, args=with_term(term))

    def _term(self, arg: Arg) -> Eqn | None:
        """Return the product or the quotient that a value is."""
        return self._terms.get(arg) if isinstance(arg, Var) else None


def _is_real(var: Var) -> bool:
    return is_numeric(var.kind) and not is_complex(var.kind)
