"""grad and value_and_grad: forms of the call, dispatch by signature, guards, refusals."""

import copy
import functools
import inspect
import pickle
import subprocess
import sys
import threading

import numpy as np
import pytest

import s2s_ad
from s2s_ad import Derivative, DifferentiationError, UnsupportedError, derivative, emit, grad, value_and_grad
from tests import stand_in


class Subclass(np.ndarray):
    """An array of another meaning."""


@pytest.fixture(autouse=True)
def pipeline(monkeypatch, cache):
    module = stand_in.pipeline()
    monkeypatch.setitem(sys.modules, "s2s_ad.pipeline", module)
    monkeypatch.setattr(derivative, "_loaded", {})
    return module


def test_argnums_int_gives_gradient_and_tuple_gives_tuple():
    assert grad(stand_in.product)(2.0, 5.0) == 5.0
    assert grad(stand_in.product, 1)(2.0, 5.0) == 2.0
    assert grad(stand_in.product, -1)(2.0, 5.0) == 2.0
    assert grad(stand_in.product, (1, 0))(2.0, 5.0) == (2.0, 5.0)
    assert grad(stand_in.product, (0,))(2.0, 5.0) == (5.0,)
    assert grad(stand_in.product, [0, 1])(2.0, 5.0) == (5.0, 2.0)


def test_value_and_grad_gives_both():
    assert value_and_grad(stand_in.product)(2.0, 5.0) == (10.0, 5.0)
    assert value_and_grad(stand_in.product, (0, 1))(2.0, 5.0) == (10.0, (5.0, 2.0))


def test_plain_call_decorator_and_decorator_with_arguments():
    assert grad(stand_in.product)(2.0, 5.0) == 5.0
    assert grad()(stand_in.product)(2.0, 5.0) == 5.0
    assert grad(argnums=(0, 1))(stand_in.product)(2.0, 5.0) == (5.0, 2.0)
    assert value_and_grad(argnums=1, optimize=False)(stand_in.product)(2.0, 5.0) == (10.0, 2.0)


def test_keywords_and_defaults_are_bound_as_in_the_function():
    df = grad(stand_in.product, (0, 1))
    assert df(2.0) == (3.0, 2.0)
    assert df(y=5.0, x=2.0) == (5.0, 2.0)
    assert df(2.0, y=5.0) == (5.0, 2.0)
    assert grad(stand_in.helped)(1.5) == 12.0
    assert grad(stand_in.helped)(1.5, power=1) == 2.0
    assert grad(stand_in.helped)(1.5) == 12.0


def test_wrong_arguments_are_a_type_error_with_the_name_of_the_function():
    for call in (lambda f: f(), lambda f: f(1.0, 2.0, 3.0), lambda f: f(1.0, z=2.0), lambda f: f(1.0, x=1.0)):
        with pytest.raises(TypeError, match=r"product\(\)"):
            call(grad(stand_in.product))


def test_derivative_looks_like_its_function():
    df = grad(stand_in.product)
    assert (df.__name__, df.__module__, df.__wrapped__) == ("product", "tests.stand_in", stand_in.product)
    assert df.primal is stand_in.product
    assert inspect.signature(df) == inspect.signature(stand_in.product)
    assert "product" in repr(df)


class Number(float):
    product = grad(stand_in.product, argnums=1)


def test_derivative_binds_as_a_method():
    assert isinstance(Number.product, Derivative)
    assert Number(4.0).product(5.0) == 4.0


def test_one_emission_for_each_signature(pipeline):
    df = grad(stand_in.product)
    for _ in range(3):
        df(2.0, 5.0)
        df(2.0, np.ones((2, 3)))
        df(2.0, np.ones((4, 5)))
        df(2.0, np.ones((1, 3)))
        df(2.0, np.float64(1.0))
        df(2.0, 5)
    signatures = [signature for _, _, signature in pipeline.calls]
    assert signatures == [
        ("float", "float"),
        ("float", "float64[n,n]"),
        ("float", "float64[1,n]"),
        ("float", "float64"),
        ("float", "int"),
    ]


def test_second_derivative_object_and_lambdas_in_a_loop_emit_once(pipeline):
    for _ in range(5):
        assert grad(stand_in.product)(2.0, 5.0) == 5.0
    a = 4.0
    for _ in range(5):
        assert grad(lambda x: x * a)(2.0) == 4.0
    assert len(pipeline.calls) == 2


def test_closures_of_one_code_each_have_their_own_literal():
    def make(a):
        return grad(lambda x: x * a)

    three, four = make(3.0), make(4.0)
    assert [three(1.0), four(1.0), three(1.0), make(3.0)(1.0)] == [3.0, 4.0, 3.0, 3.0]


def test_rebound_closure_variable_gives_the_new_value():
    a = 3.0
    df = grad(lambda x: x * a)
    assert df(1.0) == 3.0
    a = 5.0
    assert df(1.0) == 5.0


def test_rebound_global_literal_gives_the_new_value(monkeypatch, pipeline):
    df = grad(stand_in.scaled)
    assert df(1.0) == 2.0
    monkeypatch.setattr(stand_in, "SCALE", 7.0)
    assert df(1.0) == 7.0
    assert df(np.ones(2)) == 7.0
    monkeypatch.setattr(stand_in, "SCALE", 2.0)
    assert df(1.0) == 2.0
    assert df(np.ones(2)) == 2.0
    assert len(pipeline.calls) == 4


def test_literal_of_a_helper_and_the_helper_are_guarded(monkeypatch):
    df = grad(stand_in.helped)
    assert df(1.0) == 8.0
    monkeypatch.setattr(stand_in, "SCALE", 3.0)
    assert df(1.0) == 18.0
    before = len(sys.modules["s2s_ad.pipeline"].calls)
    monkeypatch.setattr(stand_in, "helper", lambda x: x * SCALE_OF_ANOTHER_SCOPE)
    with pytest.raises(NameError):
        df(1.0)
    assert len(sys.modules["s2s_ad.pipeline"].calls) == before + 1


SCALE_OF_ANOTHER_SCOPE = 1.0


def test_code_replaced_in_place_emits_anew(pipeline):
    namespace = {"np": np}
    exec("def product(x, y): return x * y", namespace)
    df = grad(namespace["product"])
    assert df(2.0, 5.0) == 5.0
    exec("def other(x, y): return y * x", namespace)
    namespace["product"].__code__ = namespace["other"].__code__
    df(2.0, 5.0)
    assert len(pipeline.calls) == 2


def test_captured_array_is_read_at_each_call_and_keyed_by_kind(monkeypatch, pipeline):
    df = grad(stand_in.weighted)
    x = np.ones(2)
    assert df(x).tolist() == [1.0, 2.0]
    monkeypatch.setattr(stand_in, "WEIGHTS", np.array([5.0, 6.0]))
    assert df(x).tolist() == [5.0, 6.0]
    assert len(pipeline.calls) == 1
    monkeypatch.setattr(stand_in, "WEIGHTS", np.array([5, 6]))
    assert df(x).tolist() == [5, 6]
    assert df(1.0).tolist() == [5, 6]
    assert len(pipeline.calls) == 3


def test_captured_name_that_is_gone_is_no_key_error(monkeypatch):
    df = grad(stand_in.weighted)
    df(np.ones(2))
    monkeypatch.delattr(stand_in, "WEIGHTS")
    with pytest.raises(NameError, match="WEIGHTS"):
        df(np.ones(2))


def test_specialize_gives_the_bare_function():
    assert value_and_grad(stand_in.product).specialize(2.0, 5.0)(2.0, 5.0, 10.0) == (10.0, (50.0,))
    value, (bar,) = value_and_grad(stand_in.weighted).specialize(np.ones(2))(np.ones(2))
    assert (value, bar.tolist()) == (3.0, [1.0, 2.0])


def test_structures_are_arguments():
    params = {"w": np.array([1.0, 2.0]), "b": 3.0}
    value, gradient = value_and_grad(stand_in.quadratic)(params)
    assert (value, gradient["w"].tolist(), gradient["b"]) == (14.0, [2.0, 4.0], 6.0)


def test_source_path_and_save(tmp_path):
    df = grad(stand_in.product)
    df(np.ones(3), 2.0)
    assert df.source.startswith('"""Reverse mode of product."""')
    assert "# depends" not in df.source
    with open(df.path) as file:
        assert file.read().startswith(df.source)
    df.save(tmp_path / "mine.py")
    script = "import mine, sys; assert mine.product_vjp(2.0, 5.0) == (10.0, (5.0,)); assert 's2s_ad' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True)


def test_source_before_any_call_follows_annotations(pipeline):
    def product(x, y: int):
        return x * y

    assert "def product_vjp" in grad(product).source
    assert pipeline.calls[-1][2] == ("float", "int")
    assert "def product_vjp" in emit(stand_in.product, "reverse", np.ones(3), 2.0)
    assert pipeline.calls[-1][2] == ("float64[n]", "float")


def test_emit_refuses_unknown_modes():
    with pytest.raises(UnsupportedError, match="sideways"):
        emit(stand_in.product, "sideways")


def test_cache_folder_by_argument(tmp_path, pipeline):
    df = grad(stand_in.product, cache_dir=tmp_path / "mine")
    df(2.0, 5.0)
    assert df.path.startswith(str(tmp_path / "mine"))
    grad(stand_in.product)(2.0, 5.0)
    assert len(pipeline.calls) == 2


def test_stored_module_is_loaded_and_not_emitted(monkeypatch, pipeline):
    grad(stand_in.product)(2.0, 5.0)
    monkeypatch.setattr(derivative, "_loaded", {})
    assert grad(stand_in.product)(2.0, 5.0) == 5.0
    assert len(pipeline.calls) == 1


def test_options_are_part_of_the_key(pipeline):
    grad(stand_in.product)(2.0, 5.0)
    grad(stand_in.product, optimize=False)(2.0, 5.0)
    assert len(pipeline.calls) == 2


def test_pickle_of_a_plain_derivative_and_of_one_that_replaced_its_function(monkeypatch):
    df = pickle.loads(pickle.dumps(grad(stand_in.product, (0, 1))))
    assert df(2.0, 5.0) == (5.0, 2.0)
    original = stand_in.product
    replacement = grad(original)
    monkeypatch.setattr(stand_in, "product", replacement)
    assert pickle.loads(pickle.dumps(replacement)) is replacement
    assert copy.deepcopy(replacement) is replacement


def test_threads_emit_once(pipeline):
    df = grad(stand_in.product)
    results = []
    threads = [threading.Thread(target=lambda: results.append(df(2.0, 5.0))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [5.0] * 16
    assert len(pipeline.calls) == 1


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (2, ["'x'", "an int (2)", "pass 2.0 instead of 2"]),
        (True, ["'x'", "a bool (True)"]),
        (np.int64(3), ["'x'", "an int64", "pass 3.0"]),
        (np.arange(3), ["'x'", "an array of int64", "x.astype(float)"]),
        ("text", ["'x'", "of type str"]),
        (None, ["'x'", "NoneType"]),
        ([1, 2], ["'x'", "without a float"]),
        ((), ["'x'"]),
        (np.ma.masked_array([1.0]), ["'x'", "MaskedArray"]),
        (np.ones(2).view(Subclass), ["'x'", "a Subclass", "np.asarray(x)"]),
        ({"w": np.ones(2).view(Subclass)}, ["'x'", "Subclass"]),
        (np.array([1.0, None], dtype=object), ["'x'", "objects", "astype(float)"]),
        (np.array(["a"]), ["'x'"]),
    ],
)
def test_argument_that_cannot_be_differentiated_by_is_refused(value, words):
    with pytest.raises(DifferentiationError) as error:
        grad(stand_in.product)(value, 2.0)
    for word in words:
        assert word in str(error.value)


def test_subclass_is_refused_in_passive_arguments_too():
    with pytest.raises(DifferentiationError, match="'y' is a Subclass"):
        grad(stand_in.product)(1.0, np.ones(2).view(Subclass))


def test_pandas_objects_are_refused():
    series = type("Series", (), {"__module__": "pandas.core.series"})
    with pytest.raises(DifferentiationError, match=r"'x' is a pandas Series\n.*x.to_numpy\(\)"):
        grad(stand_in.product)(series(), 2.0)


def test_passive_integers_are_fine():
    assert grad(stand_in.product)(2.0, 5) == 5
    assert grad(stand_in.product)(2.0, np.arange(2)).tolist() == [0, 1]


def test_argnums_can_be_names():
    assert grad(stand_in.product, "y")(2.0, 5.0) == 2.0
    assert grad(stand_in.product, ("y", "x"))(2.0, 5.0) == (2.0, 5.0)
    assert grad(stand_in.product, ("y", 0))(2.0, 5.0) == (2.0, 5.0)
    with pytest.raises(DifferentiationError, match="no parameter 'z' to differentiate by: it has x, y"):
        grad(stand_in.product, "z")


@pytest.mark.parametrize("argnums", [2, -3, (0, 2), 1.0, True, None, (), (0, 0), (0, -2), ("x", 0)])
def test_argnums_that_are_no_positions_are_refused(argnums):
    with pytest.raises(DifferentiationError, match="argnums"):
        grad(stand_in.product, argnums)


def generator(x):
    yield x


async def coroutine(x):
    return x


async def async_generator(x):
    yield x


class Callable:
    def __call__(self, x):
        return x


@pytest.mark.parametrize(
    ("fun", "words"),
    [
        (len, "builtin"),
        (np.sin, "builtin"),
        (generator, "a generator function"),
        (coroutine, "a coroutine function"),
        (async_generator, "an async generator function"),
        (Callable, "a class"),
        (functools.partial(generator, 1.0), "a generator function"),
        (np.sum, "not a plain Python function"),
        (3.0, "not a function"),
    ],
)
def test_what_is_not_a_plain_function_is_refused(fun, words):
    with pytest.raises(UnsupportedError, match=words):
        grad(fun)


def test_import_is_light():
    script = (
        "import sys, s2s_ad; print([m for m in sys.modules if m in ('gast', 'astor', 's2s_ad.pipeline')"
        " or m.startswith(('s2s_ad.rules.language', 's2s_ad.emission.', 's2s_ad.transform', 's2s_ad.display'))])"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_public_names():
    assert all(hasattr(s2s_ad, name) for name in s2s_ad.__all__)


@pytest.mark.parametrize("jit", ["gcc", ["numba"], {}])
def test_a_compiler_that_there_is_not_is_refused_by_name(jit):
    with pytest.raises(UnsupportedError, match="there is no jit="):
        grad(stand_in.product, jit=jit)
