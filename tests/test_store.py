"""The store: whole files or nothing, found by content, in any process, on any machine."""

import os
import pathlib
import pdb
import subprocess
import sys
import threading
import traceback

import pytest

from s2s_ad import store
from s2s_ad.emitted import Emitted
from s2s_ad.frontend.capture import Dependency, code_key, fingerprint, resolve

ROOT = pathlib.Path(__file__).parent.parent
TEXT = '"""Reverse mode of f."""\n\n\ndef f_vjp(x, y_bar=1.0):\n    return 1.0 / x, (-y_bar / x**2,)\n'
LIMIT = 1.0


def f(x):
    return LIMIT / x


def emitted(text=TEXT):
    return Emitted(text, "f_vjp", (Dependency("LIMIT", fingerprint(LIMIT)),), (("w", "cfg.w"),))


def kept(folder, text=TEXT):
    return store.keep(str(folder), "ab" * 32, emitted(text))


def found(folder):
    return store.find(str(folder), "ab" * 32, f)


def only_file(folder):
    (path,) = pathlib.Path(folder).iterdir()
    return path


def test_kept_module_is_found_and_runs(tmp_path):
    kept(tmp_path)
    loaded = found(tmp_path)
    assert loaded.emitted == emitted()
    assert loaded.function(2.0) == (0.5, (-0.25,))
    assert loaded.path == str(only_file(tmp_path))


def test_file_name_tells_entry_and_keys(tmp_path):
    kept(tmp_path)
    entry, _, rest = only_file(tmp_path).name.rpartition("_abababababab_")
    assert entry == "f_vjp"
    assert len(rest) == len("12345678.py")


def test_dependencies_are_readable_in_the_file(tmp_path):
    kept(tmp_path)
    text = only_file(tmp_path).read_text()
    assert "\n# depends: LIMIT = literal float 1.0\n# reads: w = cfg.w\n# entry: f_vjp\n" in text


def test_changed_dependency_is_not_found_and_another_file_is_written(tmp_path, monkeypatch):
    kept(tmp_path)
    monkeypatch.setitem(globals(), "LIMIT", 2.0)
    assert found(tmp_path) is None
    store.keep(str(tmp_path), "ab" * 32, emitted())
    assert len(list(tmp_path.iterdir())) == 2
    assert found(tmp_path) is not None
    monkeypatch.setitem(globals(), "LIMIT", 1.0)
    assert found(tmp_path) is not None


def test_dependency_that_is_gone_is_not_found(tmp_path, monkeypatch):
    kept(tmp_path)
    monkeypatch.delitem(globals(), "LIMIT")
    assert found(tmp_path) is None


@pytest.mark.parametrize(
    "damage", [lambda text: text[: len(text) // 2], lambda text: text.replace("1.0", "1.5"), str.upper]
)
def test_damaged_file_is_ignored_and_written_anew(tmp_path, damage):
    kept(tmp_path)
    path = only_file(tmp_path)
    whole = path.read_text()
    path.write_text(damage(whole))
    assert found(tmp_path) is None
    kept(tmp_path)
    assert path.read_text() == whole


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"# sha256: \n", b"\n\n# made from\n# sha256: 12\n"])
def test_foreign_file_is_ignored(tmp_path, content):
    kept(tmp_path)
    only_file(tmp_path).write_bytes(content)
    assert found(tmp_path) is None


def test_every_truncation_is_detected():
    text = store.seal(emitted())
    assert all(store.unseal(text[:end]) is None for end in range(len(text)))


def test_modification_time_does_not_matter(tmp_path):
    kept(tmp_path)
    os.utime(only_file(tmp_path), (0, 0))
    assert found(tmp_path) is not None


def test_unwritable_folder_falls_back_to_memory_with_lines_in_tracebacks(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    loaded = kept(blocked / "cache")
    assert loaded.function(2.0) == (0.5, (-0.25,))
    with pytest.raises(ZeroDivisionError) as error:
        loaded.function(0.0)
    assert "return 1.0 / x, (-y_bar / x**2,)" in "".join(traceback.format_exception(error.value))


def test_traceback_shows_file_and_line(tmp_path):
    loaded = kept(tmp_path)
    with pytest.raises(ZeroDivisionError) as error:
        loaded.function(0.0)
    last = traceback.extract_tb(error.value.__traceback__)[-1]
    assert (last.filename, last.lineno, last.name) == (loaded.path, 5, "f_vjp")
    assert last.line == "return 1.0 / x, (-y_bar / x**2,)"


def test_pdb_shows_lines(tmp_path, capsys):
    loaded = kept(tmp_path)
    with pytest.raises(ZeroDivisionError) as error:
        loaded.function(0.0)
    debugger = pdb.Pdb(nosigint=True, readrc=False)
    debugger.reset()
    debugger.setup(None, error.value.__traceback__)
    debugger.do_list("5")
    assert "return 1.0 / x, (-y_bar / x**2,)" in capsys.readouterr().out


def test_module_that_writes_its_arguments_is_known_to():
    module = Emitted(TEXT, "f_vjp", writes=True)
    assert store.unseal(store.seal(module)) == module


def test_many_threads_write_one_file(tmp_path):
    threads = [threading.Thread(target=kept, args=(tmp_path,)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.unseal(only_file(tmp_path).read_text()) == emitted()


def test_many_processes_write_one_file(tmp_path):
    script = f"import sys; sys.path[:0] = {[str(ROOT)]!r}\nfrom tests.test_store import kept; kept({str(tmp_path)!r})"
    running = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(4)]
    assert [process.wait(60) for process in running] == [0] * 4
    assert store.unseal(only_file(tmp_path).read_text()) == emitted()


def test_cache_folder_is_argument_then_environment_then_user_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("S2S_AD_CACHE_DIR", str(tmp_path / "environment"))
    assert store.cache_dir(tmp_path / "argument") == str(tmp_path / "argument")
    assert store.cache_dir() == str(tmp_path / "environment")
    monkeypatch.delenv("S2S_AD_CACHE_DIR")
    assert "s2s_ad" in store.cache_dir()


def test_folder_name_is_a_plain_file_name(tmp_path):
    def inner(x):
        return x

    name = os.path.relpath(store.folder_of(inner, tmp_path), tmp_path)
    assert name == f"{__name__}.test_folder_name_is_a_plain_file_name._locals_.inner"[-100:]


def compiled(text, name="f", file="a.py"):
    namespace = {}
    exec(compile(text, file, "exec"), namespace)
    return namespace[name].__code__


@pytest.mark.parametrize(
    "other",
    [
        "def f(x): return x + 2",
        "def f(x): return x + 1.0",
        "def f(x): return x - 1",
        "def f(y): return y + 1",
        "def f(x): return  x + 1",
        "\ndef f(x): return x + 1",
        "def f(x, /): return x + 1",
        "def f(x): return x + (lambda: 1)()",
    ],
)
def test_code_key_tells_codes_apart(other):
    assert code_key(compiled("def f(x): return x + 1")) != code_key(compiled(other))


def test_primary_key_tells_versions_and_signatures_apart(monkeypatch):
    code = compiled("def f(x): return x")
    before = store.primary_key(code, "(float)")
    assert store.primary_key(code, "(int)") != before
    monkeypatch.setattr(store, "identity", lambda: "another version")
    assert store.primary_key(code, "(float)") != before


def test_code_key_tells_signed_zeros_and_inner_codes_and_files_apart():
    assert code_key(compiled("def f(x): return 0.0")) != code_key(compiled("def f(x): return -0.0"))
    inner = "def f(x): return [(lambda: {})() for _ in x]"
    assert code_key(compiled(inner.format(1))) != code_key(compiled(inner.format(2)))
    assert code_key(compiled("def f(x): return x")) != code_key(compiled("def f(x): return x", file="b.py"))


def test_code_key_is_the_same_in_every_process():
    text = "def f(x): return x in {'a', 'b', 'c', 'd'}, ('e', (1.5, None, ...)), b'g', lambda: 1j"
    script = f"import sys; sys.path[:0] = {[str(ROOT)]!r}\nfrom tests.test_store import *\n"
    script += f"print(code_key(compiled({text!r})))"
    keys = {
        subprocess.run(
            [sys.executable, "-c", script], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True
        ).stdout.strip()
        for seed in ("1", "2", "3")
    }
    assert keys == {code_key(compiled(text))}


def test_access_paths_reach_closures_globals_builtins_scopes_and_attributes():
    cell = 5.0

    class Config:
        w = 7.0

    config = Config()

    def inner(x):
        return cell * config.w * x

    def outer(x):
        return len([inner(x), LIMIT])

    reached = {path: resolve(outer, path) for path in ("inner", "inner:cell", "inner:config.w", "LIMIT", "len")}
    assert reached == {"inner": inner, "inner:cell": 5.0, "inner:config.w": 7.0, "LIMIT": 1.0, "len": len}
    for path, error in (("nothing", NameError), ("inner:config.v", AttributeError), ("LIMIT:x", TypeError)):
        with pytest.raises(error):
            resolve(outer, path)


def test_unbound_cell_is_a_name_error():
    def outer(x):
        return later * x

    with pytest.raises(NameError, match="later"):
        resolve(outer, "later")
    later = 1.0
    assert resolve(outer, "later") == later


def test_fingerprints_of_functions_follow_code_and_defaults():
    def make(default):
        def g(x, y=default):
            return x

        return g

    assert fingerprint(make(1.0)) == fingerprint(make(1.0))
    assert fingerprint(make(1.0)) != fingerprint(make(2.0))
    assert fingerprint(make(1.0)) != fingerprint(f)
