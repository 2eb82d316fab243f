"""Passes and analyses on small functions: what goes, what stays, what is copied, what a loop carries."""

from dataclasses import replace

import numpy as np
import pytest

from s2s_ad.analysis.activity import active, differentiable_operands
from s2s_ad.analysis.storage import Storage, may_share
from s2s_ad.errors import Place, UnsupportedError
from s2s_ad.frontend.lower import lower
from s2s_ad.ir.core import (
    UNDEFINED,
    Adjoint,
    Block,
    Eqn,
    For,
    Function,
    If,
    Lit,
    Param,
    Seq,
    Source,
    Var,
    While,
    blocks,
    entry_vars,
    variables,
)  # fmt: skip
from s2s_ad.ir.kinds import BOOL, FLOAT, INT, Array, ListKind, NumpyScalar, Opaque, kind_of
from s2s_ad.ir.names import Names
from s2s_ad.ir.ops import COPY, IDENTITY, NEW_TAPE, POP, PUSH, RAISE, op
from s2s_ad.ir.verify import verify
from s2s_ad.optimize.accumulated import accumulated
from s2s_ad.optimize.clean import tidy
from s2s_ad.optimize.contracted import contracted
from s2s_ad.optimize.copies import copies
from s2s_ad.optimize.dead_code import dead_code
from s2s_ad.optimize.gathered import gathered
from s2s_ad.optimize.protect import protect
from s2s_ad.optimize.unneeded import unneeded
from s2s_ad.rules.sizes import named
from s2s_ad.transform.reverse import reverse
from tests import programs

PLACE = Place("a.py", 1, 0, 1, "")
USER = Source(PLACE, "y = …")
VECTOR = Array("float64", "n")
NONE = Opaque("NoneType")
ZERO, ONE = Lit(0, INT), Lit(1, INT)


def scalar(name):
    return Var(name, FLOAT)


def vector(name):
    return Var(name, VECTOR)


def eqn(out, path, *args, origin=None):
    outs = () if out is None else out if isinstance(out, tuple) else (out,)
    return Eqn(outs, op(path), args, (), origin)


def update(out, x, index, value, origin=None):
    return eqn(out, "ir.update", x, Seq(()), index, Lit("", Opaque("str")), value, origin=origin)


def loop(outs, params, inits, stmts, results, origin=None):
    index = Var("i", INT)
    return For(outs, index, ZERO, Var("n", INT), ONE, params, inits, Block(tuple(stmts), results), origin=origin)


def branch(outs, test, then, orelse, kept=0, origin=None):
    return If(outs, test, Block(*then), Block(*orelse), origin, kept)


def function(inputs, stmts, *results):
    params = tuple(Param(var.name, var.kind, var) for var in inputs)
    result = results[0] if len(results) == 1 else Seq(tuple(results))
    made = Function("f", params, (), Block(tuple(stmts), tuple(results)), result, PLACE)
    verify(made)
    return made


def protected(inputs, stmts, *results):
    found = protect(function(inputs, stmts, *results), Names())
    verify(found)
    return found.body.stmts


def copied(stmts):
    """Return what is copied, by the name of the array, in the blocks of statements too."""
    found = []
    for stmt in stmts:
        if isinstance(stmt, Eqn) and stmt.op == COPY:
            found.append(stmt.args[0].name)
        for block in blocks(stmt):
            found += copied(block.stmts)
    return found


X, Y, Z, W = (scalar(name) for name in "xyzw")
A, B, C, D = (vector(name) for name in "abcd")
N, TEST = Var("n", INT), Var("test", BOOL)
ADJOINT = Adjoint(eqn(Y, "numpy.sin", X, origin=USER))


# -- dead code ----------------------------------------------------------------------------------------


def test_dead_code_removes_chains_that_nothing_reads():
    stmts = (eqn(Y, "numpy.sin", X), eqn(Z, "numpy.cos", Y), eqn(W, "numpy.exp", X))
    assert dead_code(Block(stmts, (W,))) == Block(stmts[2:], (W,))


def test_dead_code_keeps_what_is_asked_for_beside_the_results():
    stmts = (eqn(Y, "numpy.sin", X), eqn(Z, "numpy.cos", X))
    assert dead_code(Block(stmts), frozenset({Z})).stmts == stmts[1:]


def test_dead_code_keeps_equations_of_the_user_which_may_raise():
    stmts = (eqn(Y, "operator.truediv", X, X, origin=USER), eqn(Z, "operator.truediv", X, X, origin=ADJOINT))
    assert dead_code(Block(stmts)).stmts == stmts[:1]


@pytest.mark.parametrize(
    "effect", [Eqn((), PUSH, (X, Y)), Eqn((Y,), POP, (X,)), Eqn((), RAISE, (X,))], ids=["push", "pop", "raise"]
)
def test_dead_code_keeps_effects(effect):
    assert dead_code(Block((effect,))).stmts == (effect,)


def test_only_what_stays_finds_that_sizes_are_equal():
    x, y, made, product, other = (Var(name, named(VECTOR, "y" if name == "y" else "x")) for name in "xytpq")
    users = [eqn(out, "operator.mul", x, y, origin=USER) for out in (product, other)]
    first = eqn(made, "operator.add", x, y)
    assert unneeded(function([x, y], [first, *users], x)).body.stmts == (users[0],)


def test_dead_code_drops_results_of_branches_and_what_made_them():
    then = ((eqn(Y, "numpy.sin", X), eqn(Z, "numpy.cos", X)), (Y, Z))
    orelse = ((), (X, X))
    (left,) = dead_code(Block((branch((scalar("p"), scalar("q")), TEST, then, orelse),), (scalar("q"),))).stmts
    assert left == branch((scalar("q"),), TEST, (then[0][1:], (Z,)), ((), (X,)))


def test_dead_code_removes_a_branch_of_which_nothing_is_left():
    stmt = branch((Y,), TEST, ((eqn(Z, "numpy.sin", X),), (Z,)), ((), (X,)))
    assert dead_code(Block((stmt,), (X,))).stmts == ()


def test_dead_code_counts_the_results_that_are_kept_for_the_reverse_sweep():
    outs = (scalar("p"), scalar("q"), scalar("r"))
    stmt = branch(outs, TEST, ((), (X, X, X)), ((), (X, X, X)), kept=2)
    (left,) = dead_code(Block((stmt,), (outs[0], outs[2]))).stmts
    assert (left.outs, left.kept) == ((outs[0], outs[2]), 1)


def test_dead_code_drops_carried_values_that_only_feed_themselves():
    p, q = scalar("p"), scalar("q")
    body = [eqn(Y, "numpy.sin", p), eqn(Z, "numpy.cos", q)]
    stmt = loop((scalar("p2"), scalar("q2")), (p, q), (X, X), body, (Y, Z))
    (left,) = dead_code(Block((stmt,), (scalar("p2"),))).stmts
    assert left == loop((scalar("p2"),), (p,), (X,), body[:1], (Y,))


def test_dead_code_keeps_carried_values_that_kept_ones_read_iterations_later():
    p, q, r = scalar("p"), scalar("q"), scalar("r")
    stmt = loop(tuple(map(scalar, ("p2", "q2", "r2"))), (p, q, r), (X, X, X), [], (q, r, r))
    (left,) = dead_code(Block((stmt,), (scalar("p2"),))).stmts
    assert left.params == (p, q, r)


def test_dead_code_keeps_what_the_test_of_a_while_reads():
    p, q, more = scalar("p"), scalar("q"), Var("more", BOOL)
    test = Block((eqn(more, "operator.lt", p, Lit(3.0, FLOAT)),), (more,))
    body = Block((eqn(Y, "operator.add", p, p), eqn(Z, "numpy.sin", q)), (Y, Z))
    stmt = While((scalar("p2"), scalar("q2")), (p, q), (X, X), test, body)
    (left,) = dead_code(Block((stmt,))).stmts
    assert (left.params, left.body.stmts, left.test) == ((p,), body.stmts[:1], test)


def test_dead_code_keeps_an_empty_loop_of_the_user_and_drops_one_of_the_sweep():
    stmt = loop((Y,), (Z,), (X,), [], (Z,))
    assert dead_code(Block((stmt,), (X,))).stmts == ()
    user = loop((Y,), (Z,), (X,), [], (Z,), origin=USER)
    assert dead_code(Block((user,), (X,))).stmts == (loop((), (), (), [], (), origin=USER),)


# -- copies -------------------------------------------------------------------------------------------

TEMPORARY = vector(".1")


def test_copy_across_a_write_gives_its_name_to_what_it_copies():
    write = update(B, A, ZERO, X)
    stmts = (eqn(TEMPORARY, "operator.neg", C), write, Eqn((D,), IDENTITY, (TEMPORARY,)))
    assert copies(Block(stmts, (B, D))).stmts == (eqn(D, "operator.neg", C), write)


def test_copy_stays_where_the_printer_can_fold_it():
    stmts = (eqn(TEMPORARY, "operator.neg", C), Eqn((D,), IDENTITY, (TEMPORARY,)))
    assert copies(Block(stmts, (D,))).stmts == stmts


def test_copy_of_a_value_that_is_read_again_stays():
    write = update(B, A, ZERO, X)
    stmts = (eqn(TEMPORARY, "operator.neg", C), write, Eqn((D,), IDENTITY, (TEMPORARY,)))
    again = eqn(vector("e"), "operator.add", TEMPORARY, D)
    assert copies(Block((*stmts, again), (B,))).stmts == (*stmts, again)
    assert copies(Block(stmts, (B, D, TEMPORARY))).stmts == stmts


def test_copy_of_a_named_value_stays():
    stmts = (eqn(C, "operator.neg", A), update(B, A, ZERO, X), Eqn((D,), IDENTITY, (C,)))
    assert copies(Block(stmts, (B, D))).stmts == stmts


def test_copies_are_looked_for_in_every_block():
    inner = (eqn(TEMPORARY, "operator.neg", C), update(B, A, ZERO, X), Eqn((D,), IDENTITY, (TEMPORARY,)))
    lean = (eqn(D, "operator.neg", C), inner[1])
    (outer,) = copies(Block((branch((Y,), TEST, (inner, (X,)), ((), (X,))),))).stmts
    assert outer.then.stmts == lean
    (outer,) = copies(Block((loop((), (), (), inner, ()),))).stmts
    assert outer.body.stmts == lean


# -- storage ------------------------------------------------------------------------------------------


def storage_of(*stmts):
    storage = Storage()
    storage.block(Block(stmts))
    return storage


def test_write_to_a_view_writes_to_its_array():
    storage = storage_of(
        eqn(B, "operator.getitem", A, Lit(slice(1, None), Opaque("slice"))), update(vector("b2"), B, ZERO, X)
    )
    assert storage.writes_to(A) and storage.writes_to(B)


def test_only_the_array_itself_is_the_written_one():
    storage = storage_of(
        eqn(B, "operator.getitem", A, Lit(slice(1, None), Opaque("slice"))), update(vector("b2"), B, ZERO, X)
    )
    assert storage.is_written(B) and not storage.is_written(A)


def test_new_arrays_share_nothing():
    storage = storage_of(eqn(B, "numpy.sin", A), eqn(C, "numpy.copy", A), update(D, A, ZERO, X))
    assert storage.writes_to(A) and storage.writes_to(D)
    assert not storage.writes_to(B) and not storage.writes_to(C)


def test_branches_hand_out_what_either_way_gives():
    storage = storage_of(branch((C,), TEST, ((), (A,)), ((), (B,))), update(D, C, ZERO, X))
    assert storage.writes_to(A) and storage.writes_to(B)


def test_loops_hand_storage_on_from_iteration_to_iteration():
    p = vector("p")
    storage = storage_of(loop((C,), (p,), (A,), [], (B,)), update(D, C, ZERO, X))
    assert all(storage.writes_to(var) and storage.is_written(var) for var in (A, B, C, p))


def test_numbers_have_no_storage():
    storage = storage_of(eqn(Y, "numpy.squeeze", A), eqn(C, "numpy.squeeze", A), update(B, A, ZERO, X))
    assert storage.writes_to(C) and not storage.writes_to(Y)


@pytest.mark.parametrize(
    ("equation", "expected"),
    [
        (eqn(B, "ir.identity", A), True),
        (eqn(B, "numpy.transpose", A), True),
        (eqn(B, "numpy.reshape", A, Seq((ONE, ONE))), True),
        (eqn(B, "operator.getitem", A, ZERO), True),
        (eqn(Y, "operator.getitem", A, ZERO), False),
        (eqn(B, "operator.add", A, A), False),
        (eqn(B, "numpy.copy", A), False),
        (eqn(B, "numpy.zeros_like", A), False),
        (eqn(B, "s2s_ad.rules.helpers.unbroadcast", A, Seq((ONE,))), True),
    ],
)
def test_may_share(equation, expected):
    assert may_share(equation) is expected


# -- protect ------------------------------------------------------------------------------------------


def test_function_without_writes_is_left_alone():
    made = function([A], [eqn(B, "numpy.sin", A, origin=USER), eqn(C, "numpy.cos", B)], C)
    assert protect(made, Names()) is made


def test_value_that_the_sweep_reads_is_copied_before_the_user_writes_it():
    stmts = protected([A, X], [update(B, A, ZERO, X, USER), eqn(C, "numpy.sin", A)], B, C)
    assert [stmt.op.path for stmt in stmts] == ["numpy.copy", "ir.update", "numpy.sin"]
    assert stmts[0].args == (A,) and stmts[2].args == stmts[0].outs


def test_view_that_the_sweep_reads_is_copied_before_its_array_is_written():
    view = eqn(C, "operator.getitem", A, Lit(slice(1, None), Opaque("slice")), origin=USER)
    stmts = protected([A, X], [view, update(B, A, ZERO, X, USER), eqn(D, "numpy.sin", C)], B, D)
    assert copied(stmts) == ["c"]


def test_what_the_user_reads_later_is_not_copied():
    """Lowering gives the user's statements the version that Python would read."""
    stmts = protected([A, X], [update(B, A, ZERO, X, USER), eqn(C, "numpy.sin", B, origin=USER)], B, C)
    assert copied(stmts) == []


def test_user_reads_a_view_as_it_is_after_the_write_and_the_sweep_as_it_was():
    view = eqn(C, "operator.getitem", A, Lit(slice(1, None), Opaque("slice")), origin=USER)
    reads = [eqn(D, "numpy.cos", C, origin=USER), eqn(vector("e"), "numpy.sin", C)]
    _, copy, _, user, sweep = protected([A, X], [view, update(B, A, ZERO, X, USER), *reads], B, D, vector("e"))
    assert user.args == (C,) and sweep.args == copy.outs


def test_shape_is_read_without_a_copy():
    stmts = protected([A, X], [update(B, A, ZERO, X, USER), eqn(C, "numpy.zeros_like", A)], B, C)
    assert copied(stmts) == []


def test_array_that_shares_nothing_with_the_written_one_is_not_copied():
    stmts = protected([A, D, X], [update(B, A, ZERO, X, USER), eqn(C, "numpy.sin", D)], B, C)
    assert copied(stmts) == []


def test_adjoint_that_is_read_later_is_copied_before_the_sweep_writes_it():
    stmts = protected([A, X], [update(B, A, ZERO, X), eqn(C, "numpy.sin", A)], B, C)
    assert copied(stmts) == ["a"] and stmts[-1].args == stmts[0].outs


def test_result_is_copied_before_the_sweep_writes_it():
    made = function([A, X], [update(B, A, ZERO, X)], A, B)
    found = protect(made, Names())
    assert copied(found.body.stmts) == ["a"]
    assert found.result == Seq(found.body.results) and found.body.results[0] == found.body.stmts[0].outs[0]


def tape_loop(origin):
    tape, p, p2 = Var("tape", Opaque("tape")), vector("p"), vector("p2")
    body = [Eqn((), PUSH, (tape, p)), update(p2, p, ZERO, X, origin)]
    return [Eqn((tape,), NEW_TAPE, ()), loop((B,), (p,), (A,), body, (p2,), origin=USER)]


def test_tape_holds_copies_of_what_the_user_writes_in_place():
    made, written = protected([A, X, N], tape_loop(USER), B)
    copy, push, write = written.body.stmts
    assert copy.op == COPY and push.args == (made.outs[0], *copy.outs) and write.args[0].name == "p"


def test_tape_holds_arrays_themselves_where_nothing_is_written():
    tape, p, p2 = Var("tape", Opaque("tape")), vector("p"), vector("p2")
    body = [Eqn((), PUSH, (tape, p)), eqn(p2, "numpy.sin", p, origin=USER)]
    other = update(vector("d2"), D, ZERO, X, USER)
    stmts = [Eqn((tape,), NEW_TAPE, ()), loop((B,), (p,), (A,), body, (p2,), origin=USER), other]
    assert copied(protected([A, D, X, N], stmts, B)) == []


# -- activity -----------------------------------------------------------------------------------------


def test_only_what_lies_between_input_and_result_is_active():
    stmts = [
        eqn(Y, "numpy.sin", X), eqn(scalar("aside"), "numpy.exp", Y), eqn(scalar("constant"), "numpy.cos", W),
        eqn(Z, "operator.mul", Y, scalar("constant")),
    ]  # fmt: skip
    assert active(function([X, W], stmts, Z), [X]) == {X, Y, Z}


def test_functions_without_derivative_pass_no_activity_on():
    stmts = [eqn(Y, "numpy.floor", X), eqn(Z, "operator.mul", Y, W)]
    assert active(function([X, W], stmts, Z), [X]) == frozenset()


def test_integers_are_never_active():
    k = Var("k", INT)
    stmts = [eqn(k, "builtins.int", X), eqn(Z, "operator.mul", W, k)]
    assert active(function([X, W], stmts, Z), [X, W]) == {W, Z}


def test_activity_goes_around_loops_until_nothing_changes():
    p, q, r = scalar("p"), scalar("q"), scalar("r")
    outs = scalar("p2"), scalar("q2"), scalar("r2")
    made = function([X, N], [loop(outs, (p, q, r), (Lit(0.0, FLOAT), Lit(0.0, FLOAT), X), [], (q, r, r))], outs[0])
    assert active(made, [X]) - set(outs[1:]) == {X, p, q, r, outs[0]}


def test_carried_value_that_the_result_does_not_need_is_passive():
    p, q = scalar("p"), scalar("q")
    body = [eqn(Y, "numpy.sin", p), eqn(Z, "operator.add", q, X)]
    made = function([X, N], [loop((scalar("p2"), scalar("q2")), (p, q), (X, X), body, (Y, Z))], scalar("p2"))
    assert active(made, [X]) == {X, p, Y, scalar("p2")}


def test_branch_is_active_if_either_way_is():
    then, orelse = ((eqn(Y, "numpy.sin", X),), (Y,)), ((), (W,))
    made = function([X, W, TEST], [branch((Z,), TEST, then, orelse)], Z)
    assert active(made, [X]) == {X, Y, Z}


def test_condition_of_where_is_no_operand_to_differentiate_by():
    equation = eqn(D, "numpy.where", A, B, C)
    assert differentiable_operands(equation) == [B, C]


def test_functions_that_are_constant_of_real_numbers_are_not_of_complex_ones():
    wave = Var("z", Array("complex128", "n"))
    assert differentiable_operands(eqn(B, "numpy.imag", A)) == [] == differentiable_operands(eqn(B, "numpy.sign", A))
    assert differentiable_operands(eqn(B, "numpy.imag", wave)) == [wave]
    assert differentiable_operands(eqn(wave, "numpy.sign", wave)) == [wave]


# -- what a loop carries ------------------------------------------------------------------------------


def lowered_loop(fun, *args):
    """Return the first loop of a function, lowered for the kinds of the arguments."""
    made = lower(fun, tuple(map(kind_of, args))).function
    verify(made)
    return next(stmt for stmt in made.body.stmts if isinstance(stmt, For | While))


def carried(stmt):
    """Return the kinds of the values that a loop carries, apart from its target, by name."""
    return {param.hint: str(param.kind) for param in stmt.params if param.hint not in ("_", "i")}


def test_loop_carries_the_names_that_it_binds_and_no_others():
    def f(x, n):
        total, factor = 0.0, x * 2.0
        for _ in range(n):
            total = total + factor
        return total

    assert carried(lowered_loop(f, 1.0, 3)) == {"total": "float"}


def test_kind_of_a_carried_name_is_that_of_all_iterations():
    def f(x, n):
        total = 0
        for _ in range(n):
            total = total + x
        return total

    stmt = lowered_loop(f, 1.0, 3)
    assert carried(stmt) == {"total": "float"}
    assert Lit(0, INT) in stmt.inits


def test_kinds_settle_over_a_chain_of_names():
    def f(x, n):
        a, b, c = 0, 0, 0
        for _ in range(n):
            a, b, c = b, c, x
        return a

    assert carried(lowered_loop(f, 1.5, 3)) == {"a": "float", "b": "float", "c": "float"}


def test_array_written_in_a_loop_is_carried_as_storage():
    def f(x, n):
        y = np.zeros(3)
        for i in range(n):
            y[i] = x
        return y[0]

    stmt = lowered_loop(f, 1.0, 3)
    assert carried(stmt) == {"v1": "float64[n]"}


def test_array_that_is_only_read_is_not_carried():
    def f(x, n):
        total = 0.0
        for i in range(n):
            total = total + x[i]
        return total

    assert carried(lowered_loop(f, np.ones(3), 3)) == {"total": "float"}


def test_name_that_only_the_body_binds_starts_undefined():
    def f(x, n):
        for i in range(n):
            last = x * i
        return last

    stmt = lowered_loop(f, 1.0, 3)
    assert dict(zip((param.hint for param in stmt.params), stmt.inits, strict=True))["last"] == UNDEFINED


def test_write_through_buffers_that_take_turns_is_refused_outside_the_known_case():
    def f(x, n):
        a, b = x.copy(), x.copy()
        c = a
        for _ in range(n):
            a, b = b, a
        c[0] = 1.0
        return a[0]

    with pytest.raises(UnsupportedError, match="may or may not have been changed"):
        lower(f, (kind_of(np.ones(3)), INT))


def test_kinds_that_do_not_join_are_refused_by_name():
    def f(x, n):
        y = "none"
        for _ in range(n):
            y = x
        return y

    with pytest.raises(UnsupportedError, match="'y'"):
        lower(f, (FLOAT, INT))


def test_change_of_structure_is_refused_by_name():
    def f(x, n):
        pair = (x, x)
        for _ in range(n):
            pair = (pair[0], x, x)
        return pair[0]

    with pytest.raises(UnsupportedError, match="'pair' changes its structure"):
        lower(f, (FLOAT, INT))


def test_attempts_that_failed_leave_no_names_behind():
    """Vars are bound once and numbered without gaps, however often a body was lowered."""

    def f(x, n):
        total = 0
        for _ in range(n):
            total = total + np.sin(x)
        return np.cos(total)

    made = lower(f, (FLOAT, INT)).function
    inner = next(stmt for stmt in made.body.stmts if isinstance(stmt, For))
    hints = [var.hint for stmt in (*inner.body.stmts, *made.body.stmts) for var in stmt.outs if var.hint[:1] == "v"]
    assert hints == sorted(set(hints), key=lambda hint: int(hint[1:])) and hints[0] == "v1"
    assert "total" in {var.hint for var in entry_vars(inner)}
    assert set(variables(made.result)) <= {var for stmt in made.body.stmts for var in stmt.outs}


def test_list_that_a_loop_hands_on_keeps_its_kind():
    def f(xs, n):
        ys = xs
        for _ in range(n):
            ys = ys
        return ys[0]

    made = lower(f, (ListKind(FLOAT), INT)).function
    verify(made)
    assert str(made.result.kind) == "float"


# ---- every pass leaves a function that is whole ------------------------------------------------


@pytest.mark.parametrize("program", programs.ALL, ids=lambda program: program[0].__name__)
def test_ir_is_whole_after_each_pass(program):
    f, *args = program
    lowered = lower(f, tuple(map(kind_of, args)))
    verify(lowered.function)
    primal = tidy(lowered.function)
    verify(primal)
    derived = reverse(primal, tuple(programs.float_arguments(args)), lowered.names, lowered.source)
    verify(derived)
    shorter = replace(derived, body=copies(derived.body))
    verify(shorter)
    safe = protect(shorter, lowered.names)
    verify(safe)
    verify(tidy(safe))


def test_products_of_opposite_signs_are_not_one():
    x, y, opposite, first, second, total = map(scalar, ("x", "y", "v1", ".1", ".2", "v2"))
    terms = eqn(first, "operator.mul", x, y), eqn(second, "operator.mul", y, opposite)
    block = Block((eqn(opposite, "operator.neg", x), *terms, eqn(total, "operator.add", first, second)), (total,))
    assert gathered(block, Names()) == block


@pytest.mark.parametrize("is_written", [False, True])
def test_inner_products_read_no_factor_later_than_the_product_did(is_written):
    x, y, xy, total = *map(vector, ("x", "y", ".1")), Var("s_bar", NumpyScalar("float64"))
    write = [eqn(vector("x'"), "ir.update", x, Seq(()), ZERO, Lit("", Opaque("str")), Lit(1.0, FLOAT))] * is_written
    before = Block((eqn(xy, "operator.mul", x, y), *write, eqn(total, "numpy.sum", xy)), (total,))
    after = before if is_written else Block((eqn(total, "operator.matmul", x, y),), (total,))
    assert contracted(before, Names()) == after


@pytest.mark.parametrize("is_written", [False, True])
def test_sums_along_an_axis_read_no_factor_later_than_the_product_did(is_written):
    w, sums, matrix = *map(vector, ("w", "s")), Var("y", Array("float64", "nn"))
    column, product, x_bar, w_bar = Var(".1", Array("float64", "n1")), Var(".2", matrix.kind), *map(vector, "ab")
    along = [((("axis", Lit(axis, INT)),)) for axis in (0, 1)]
    write = [eqn(vector("w'"), "ir.update", w, Seq(()), ZERO, Lit("", Opaque("str")), Lit(1.0, FLOAT))] * is_written
    stmts = (
        Eqn((sums,), op("numpy.sum"), (matrix,), along[1]), eqn(column, "numpy.expand_dims", w, Lit(1, INT)),
        eqn(product, "operator.mul", column, matrix), *write,
        Eqn((x_bar,), op("numpy.sum"), (product,), along[0]), Eqn((w_bar,), op("numpy.sum"), (product,), along[1]),
    )  # fmt: skip
    made = contracted(Block(stmts, (x_bar, w_bar)), Names()).stmts
    rows, columns = (made[-2].op.path, made[-2].args), (made[-1].op.path, made[-1].args)
    if is_written:
        assert made == stmts
    else:
        assert rows == ("operator.matmul", (w, matrix))
        assert columns == ("operator.mul", (w, sums))


def test_a_product_that_is_read_twice_is_computed():
    x, y, xy, total = *map(vector, ("x", "y", ".1")), Var("s_bar", NumpyScalar("float64"))
    block = Block((eqn(xy, "operator.mul", x, y), eqn(total, "numpy.sum", xy)), (total, xy))
    assert contracted(block, Names()) == block


@pytest.mark.parametrize(("sizes", "is_one"), [(("u.0", 2), True), (None, False)])
def test_only_factors_of_one_shape_have_an_inner_product(sizes, is_one):
    x, y, xy = (Var(name, Array("float64", "?").sized((sizes,))) for name in ("x", "y", ".1"))
    total = Var("s_bar", NumpyScalar("float64"))
    before = Block((eqn(xy, "operator.mul", x, y), eqn(total, "numpy.sum", xy)), (total,))
    assert (contracted(before, Names()) != before) == is_one


def sums_in_place(*between, given=(), results=()):
    """Return the operations of `x_bar = y * z; …; x_bar = x_bar + t; w_bar = …`, after adjoints are added to."""
    x_bar, more, y, z, t = map(vector, ("x_bar", "x_bar.2", "y", "z", ".1"))
    first, term = eqn(x_bar, "operator.mul", y, z), eqn(t, "operator.sub", y, z)
    block = Block((first, term, *between, eqn(more, "operator.add", x_bar, t), *results), (more,))
    made = accumulated(block, [y, z, *given])
    return [(stmt.outs[0].name, stmt.op.path.rpartition(".")[2]) for stmt in made.stmts]


def test_adjoints_that_nothing_reads_any_more_are_added_to():
    other = eqn(vector(".2"), "operator.mul", vector("z"), vector("z"))
    assert sums_in_place(other)[2:] == [("x_bar.2", "update"), (".2", "mul")]


def test_a_term_that_reads_what_is_added_to_comes_before():
    reads_it = eqn(vector(".2"), "operator.mul", vector("x_bar"), vector("z"))
    assert sums_in_place(reads_it)[2:] == [(".2", "mul"), ("x_bar.2", "update")]


@pytest.mark.parametrize("path", ["operator.neg", "numpy.transpose"])
def test_adjoints_that_are_read_later_are_not_added_to(path):
    later = eqn(vector("w_bar"), path, vector("x_bar"))
    assert sums_in_place(results=[later])[2] == ("x_bar.2", "add")
    view = eqn(vector(".3"), "numpy.transpose", vector("x_bar"))
    read = eqn(vector("w_bar"), "operator.neg", vector(".3"))
    assert sums_in_place(view, results=[read])[3] == ("x_bar.2", "add")


def test_arrays_of_others_are_not_added_to():
    assert sums_in_place(given=[vector("x_bar")])[2] == ("x_bar.2", "add")
