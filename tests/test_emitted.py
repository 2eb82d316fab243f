"""What emitted modules are: alone, deterministic, debuggable, lean, and their gradients the caller's."""

import copy
import io
import pathlib
import pdb
import shutil
import subprocess
import sys
import threading
import traceback

import numpy as np
import pytest

from s2s_ad import DifferentiationError, emit, grad, jvp, value_and_grad, vjp
from tests import programs
from tests.differences import is_float, leaves


def body(f, *args, argnums=0):
    """Return the emitted function without the head of its module."""
    text = emit(f, "reverse", *args, argnums=argnums)
    return text[text.index(f"def {f.__name__}_vjp") :]


def halves(f, *args, argnums=0):
    """Return the lines of code of the two sweeps, without comments."""
    forward, backward = body(f, *args, argnums=argnums).split("# reverse sweep\n")
    return [[line.partition("  #")[0].strip() for line in half.splitlines()] for half in (forward, backward)]


# ---- alone ----------------------------------------------------------------------------------


ALONE = """
import sys
sys.modules["s2s_ad"] = None
sys.modules["gast"] = sys.modules["astor"] = None
import emitted
print(emitted.textbook_vjp(2.0, 5.0))
"""


def test_module_runs_in_an_empty_folder_without_us(tmp_path):
    df = grad(programs.textbook, argnums=(0, 1))
    df(2.0, 5.0)
    shutil.copy(df.path, tmp_path / "emitted.py")
    done = subprocess.run([sys.executable, "-c", ALONE], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "5.5" in done.stdout


FIRST = """
from s2s_ad import grad
from tests import programs
print(grad(programs.uses_globals)(1.5), grad(programs.captured_array)(programs.X[:3]))
"""
WITHOUT_THE_FRONT_END = """
import sys
for name in ("pipeline", "frontend.lower", "emission", "transform"):
    sys.modules["s2s_ad." + name] = None
"""


def test_second_process_loads_what_the_first_emitted(tmp_path):
    environment = {
        "S2S_AD_CACHE_DIR": str(tmp_path),
        "PYTHONPATH": str(pathlib.Path(__file__).parent.parent),
        "PATH": "",
    }
    printed = [
        subprocess.run([sys.executable, "-c", text], env=environment, capture_output=True, text=True, check=True).stdout
        for text in (FIRST, WITHOUT_THE_FRONT_END + FIRST)
    ]
    assert printed[0] == printed[1]


@pytest.mark.parametrize("program", programs.ALL, ids=lambda program: program[0].__name__)
def test_emission_is_deterministic_and_optimizing_changes_no_result(program):
    f, *args = program
    argnums = tuple(programs.float_arguments(args))
    assert emit(f, "reverse", *args, argnums=argnums) == emit(f, "reverse", *args, argnums=argnums)
    plain = grad(f, argnums, optimize=False)(*copy.deepcopy(args))
    lean = grad(f, argnums)(*copy.deepcopy(args))
    for x, y in zip(leaves(plain), leaves(lean), strict=True):
        assert (x is None and y is None) or np.allclose(x, y, rtol=1e-13, atol=0)


def test_hash_seed_does_not_change_the_text():
    command = [sys.executable, "-c", "from tests import generated\nfor _, text in generated.modules(): print(text)"]
    environment = {"PYTHONPATH": str(pathlib.Path(__file__).parent.parent), "PATH": ""}
    texts = {
        subprocess.run(command, env=environment | {"PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1


# ---- debuggable -----------------------------------------------------------------------------


def divides(x, y):
    z = x * 2
    return z / y


def test_traceback_shows_the_emitted_line_and_a_note_the_source():
    df = grad(divides)
    with pytest.raises(ZeroDivisionError) as caught:
        df(1.0, 0.0)
    shown = "".join(traceback.format_exception(caught.value))
    assert "v2 = v1 / v0" in shown
    assert f"{__file__}, line {divides.__code__.co_firstlineno + 2}: return z / y" in shown


def test_error_of_user_code_keeps_type_and_message():
    def checked(x):
        if x > 1:
            raise ValueError(f"x is {x}")
        return x

    with pytest.raises(ValueError, match="x is") as caught:
        grad(checked)(2.0)
    assert str(caught.value) == "x is 2.0"


def test_pdb_stops_in_the_emitted_module():
    shown = io.StringIO()
    debugger = pdb.Pdb(
        stdin=io.StringIO("step\nstep\nstep\nlist\ncontinue\n"), stdout=shown, nosigint=True, readrc=False
    )
    debugger.runcall(value_and_grad(divides).specialize(1.0, 2.0), 1.0, 2.0)
    assert "v1 = v_m1 * 2" in shown.getvalue()


# ---- lean -----------------------------------------------------------------------------------


def passive_half(x, n):
    table = np.arange(n) * 2.0
    return x * np.sum(table)


def test_only_active_values_get_adjoints():
    _, backward = halves(passive_half, 1.0, 3)
    assert [line.partition(" = ")[0] for line in backward if " = " in line] == ["v4_bar", "v_m1_bar"]


def linear_loop(x, n):
    s = 0.0
    for _ in range(n):
        s = s + 3.0 * x
    return s


def test_nothing_is_taped_where_nothing_is_read_later():
    assert "tape" not in body(linear_loop, 1.0, 3)


def shape_only(x, n):
    s = 0.0
    for i in range(n):
        y = x[: i + 1]
        s = s + np.sum(y + 1.0)
    return s


def test_shapes_are_taped_instead_of_arrays():
    forward, _ = halves(shape_only, np.ones(5), 3)
    pushed = next(line for line in forward if ".append(" in line)
    assert ".shape" in pushed
    assert not any(line.endswith(".copy()") for line in forward)


def picks(x, n):
    s = 0.0
    for i in range(n):
        y = x * i
        s = s + y[i]
    return s


def test_zeros_of_a_taped_shape_keep_the_dtype():
    _, backward = halves(picks, np.ones(5, np.float32), 3)
    zeros = next(line for line in backward if "np.zeros(" in line)
    assert "np.float32" in zeros


def reads_in_a_loop(x):
    s = 0.0
    for i in range(len(x)):
        s = s + x[i] * x[i - 1]
    return s


def test_indexed_reads_accumulate_into_one_buffer():
    _, backward = halves(reads_in_a_loop, np.ones(3))
    assert backward.count("v0_bar = [0.0] * len(v0)") == 1
    assert sum(line.startswith("v0_bar[") for line in backward) == 2


def overwrites(x):
    y = x * 2.0
    s = np.sum(y * y)
    y[0] = 0.0
    return s + np.sum(y)


def untouched(x):
    y = x * 2.0
    return np.sum(y * y)


def test_only_what_is_overwritten_is_saved():
    forward, _ = halves(overwrites, np.ones(3))
    assert [line for line in forward if "copy" in line] == ["v1_saved = v1.copy()"]
    assert ".copy()" not in body(untouched, np.ones(3))


def scalar_code(x, y):
    return x * y - x / y


def test_scalar_code_carries_no_array_helpers():
    text = emit(scalar_code, "reverse", 1.0, 2.0)
    assert "import numpy" not in text
    assert "broadcast" not in text


# ---- the caller's gradients -------------------------------------------------------------------


def shared(tree, x):
    a, b = tree
    return np.sum(a + b + x)


def test_gradients_are_writable_and_share_nothing():
    x = np.ones(3)
    (a_bar, b_bar), x_bar = grad(shared, argnums=(0, 1))((x, np.ones(3)), x)
    for gradient in (a_bar, b_bar, x_bar):
        gradient += 1.0
    assert np.all(x == 1.0)
    assert all(np.all(gradient == 2.0) for gradient in (a_bar, b_bar, x_bar))


def one_sum(x, y):
    return np.sum((x + y) ** 2)


def the_seed(x, y):
    return x + y


def swapped(x, y, n):
    a, b = x, y
    for _ in range(n):
        a, b = b, a
    return a * 2.0 + b


def one_way(x, y, n):
    a = x + y
    return a * 2.0 if n > 0 else a


def halves_of_a_sum(x, y, n):
    first, second = np.split(x + y, n)
    return first * second


def spread_out(x, y, n):
    return np.mean(x) + np.mean(y) * n


def on_a_diagonal(x, y, n):
    return np.sum(np.diag(x) ** n) + np.sum(y)


def read_from_a_tape(x, y, n):
    for _ in range(n):
        x = x + x * y
    return x


def test_a_gradient_that_the_sweep_computed_is_copied_once_for_each_leaf_but_one():
    assert emit(one_sum, "reverse", np.ones(3), np.ones(3), argnums=(0, 1)).count(".copy()") == 1
    assert ".copy()" not in emit(one_sum, "reverse", np.ones(3), np.ones(3))
    assert ".copy()" not in emit(one_sum, "reverse", np.ones(3), 1.0, argnums=(0, 1))


@pytest.mark.parametrize(
    ("f", "n"),
    [
        (swapped, 0),
        (swapped, 3),
        (one_way, 0),
        (one_way, 1),
        (halves_of_a_sum, 2),
        (spread_out, 2),
        (on_a_diagonal, 2),
        (read_from_a_tape, 2),
        (lambda x, y, n: the_seed(x, y), 0),
    ],
)
def test_what_two_pullbacks_give_is_shared_with_nothing(f, n):
    x, y = np.arange(1.0, 5.0), np.arange(2.0, 6.0)
    value, pullback = vjp(lambda x, y: f(x, y, n), x, y)
    seed = np.ones_like(value)
    leaves = [*pullback(seed), *pullback(seed)]
    out, dot = jvp(lambda x, y: f(x, y, n), (x, y), (x, y))
    given = [x, y, seed, *(each for each in (value, out) if isinstance(each, np.ndarray))]
    leaves += [dot] if isinstance(dot, np.ndarray) else []
    for at, leaf in enumerate(leaves):
        assert leaf.flags.writeable
        assert not any(np.shares_memory(leaf, other) for other in (*given, *leaves[:at]))


def partly(x, y, k):
    return np.sum(x) * k


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_unused_arguments_get_zeros_of_their_shape_and_dtype(dtype):
    x, y = np.ones((2, 1), dtype), np.ones((0, 3), dtype)
    x_bar, y_bar, k_bar = grad(partly, argnums=(0, 1, 2))(x, y, 2.0)
    assert (x_bar.dtype, x_bar.shape) == (x.dtype, x.shape)
    assert (y_bar.dtype, y_bar.shape) == (y.dtype, y.shape)
    assert k_bar == 2.0


def mixes(params, x):
    return np.sum(params["w"] * x) + params["n"] * params["s"]


def test_leaves_that_are_not_floats_get_none():
    gradient = grad(mixes)({"w": np.ones(2), "n": 3, "s": 0.5, "name": "net", "nothing": None}, np.ones(2))
    assert gradient["n"] is None
    assert gradient["name"] is None
    assert gradient["nothing"] is None
    assert gradient["s"] == 3


def test_one_array_given_twice_is_two_arguments():
    x = np.array([1.0, 2.0])
    assert [list(g) for g in grad(lambda a, b: np.sum(a * a + b), (0, 1))(x, x)] == [[2.0, 4.0], [1.0, 1.0]]


# ---- effects and threads ------------------------------------------------------------------------


def prints(x):
    print("before", x)
    y = x * 2
    print("after", y, sep="-")
    return y


def test_effects_happen_once_and_in_order(capsys):
    grad(prints)(1.5)
    assert capsys.readouterr().out == "before 1.5\nafter-3.0\n"


def test_threads_can_call_one_derivative():
    df = value_and_grad(programs.fill_in_loop)
    expected = df(programs.X)[1]
    failures = []

    def work():
        for _ in range(50):
            if not np.array_equal(df(programs.X)[1], expected):
                failures.append(1)  # noqa: PERF401

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


# ---- never raising --------------------------------------------------------------------------------


def root(x, y):
    return x**0.5 + y * 0.0 + x**y


def test_adjoint_of_python_floats_gives_inf_and_does_not_raise():
    with np.errstate(all="ignore"):
        x_bar, _ = grad(root, (0, 1))(0.0, 1.5)
        assert x_bar == np.inf
        assert grad(lambda x: x * np.log(x + 0.0))(1e-300) < 0


def test_arguments_are_left_alone():
    for f, *args in programs.ALL:
        given = copy.deepcopy(args)
        grad(f, tuple(programs.float_arguments(args)))(*given)
        for before, after in zip(leaves(args), leaves(given), strict=True):
            assert not is_float(before) or np.array_equal(before, after), f.__name__


def fractional_power(x):
    return x**0.5 * 2.0


def test_power_that_turns_complex_is_refused():
    assert grad(fractional_power)(4.0) == 0.5
    with pytest.raises(DifferentiationError, match="complex"):
        grad(fractional_power)(-4.0)


def sums_of_each_iteration(w, x, n):
    h = x
    for _ in range(n):
        h = np.tanh(w @ h + x) - x
    return np.sum(h)


def test_what_each_iteration_adds_is_added_in_place():
    w, x = np.eye(3) / 2.0, np.arange(3.0)
    _, backward = halves(sums_of_each_iteration, w, x, 2, argnums=(0, 1))
    assert sum(line.startswith("v_m2_bar += ") for line in backward) == 1
    assert sum(line.startswith("v_m1_bar += ") for line in backward) == 2  # in the loop and after it
    assert sum(line.startswith("v_m1_bar -= ") for line in backward) == 1


def test_what_each_iteration_adds_to_narrow_floats_is_not():
    w, x = np.eye(3, dtype=np.float32), np.arange(3.0)
    gradient = grad(sums_of_each_iteration)(w, x, 2)
    assert gradient.dtype == np.float32
