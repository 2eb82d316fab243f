"""Where emitted modules live: one readable file for each function, signature and set of captures.

    <cache>/<module>.<function>/<entry>_<primary key>_<dependencies>.py

The *primary key* hashes what is known without looking around: the code object of the function, mode,
argnums, signature, options and versions.  What the function takes from outside is known only after it
was transformed, so it is written at the end of the module, as comments, and compared when the module
is looked up:

    # made from
    # depends: helper = code 1f0c…
    # reads: w = cfg.w
    # entry: f_vjp
    # sha256: the hash of all lines above

The last line tells a whole file from a truncated or damaged one, which is ignored and written anew.
Times of modification are never looked at.  A file appears under its name only when it is complete, so
any number of processes can write at once.
"""

from __future__ import annotations

import hashlib
import linecache
import os
import re
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np
import platformdirs

from s2s_ad.emitted import Emitted
from s2s_ad.frontend.capture import AnyOf, Dependency, code_key, fingerprint, resolve
from s2s_ad.version import identity

_HEAD = "\n\n# made from\n"
_SEAL = "# sha256: "
_COMPILED = "(cache=True, error_model="
_NUMPY = ".".join(np.__version__.split(".")[:2])
_PLATFORM = (f"python {sys.version_info.major}.{sys.version_info.minor}", f"numpy {_NUMPY}")


@dataclass(frozen=True, slots=True)
class Loaded:
    """An emitted module that is ready to be called."""

    emitted: Emitted
    path: str
    """Its file; a name in angle brackets where the cache folder cannot be written."""
    function: Callable[..., Any]


def cache_dir(override: str | os.PathLike[str] | None = None) -> str:
    """Return the folder of emitted modules: the override, S2S_AD_CACHE_DIR, or the user's cache."""
    chosen = override or os.environ.get("S2S_AD_CACHE_DIR") or platformdirs.user_cache_dir("s2s_ad", appauthor=False)
    return os.path.abspath(os.path.expanduser(chosen))


def folder_of(fun: FunctionType, override: str | os.PathLike[str] | None = None) -> str:
    """Return the folder of the modules emitted for a function."""
    name = re.sub(r"[^\w.]+", "_", f"{fun.__module__}.{fun.__qualname__}").strip(".")
    return os.path.join(cache_dir(override), name[-100:])


def primary_key(code: CodeType, *parts: str) -> str:
    """Return the hash of a code object, the versions that emission depends on, and further parts."""
    return hashlib.sha256(repr((code_key(code), identity(), _PLATFORM, parts)).encode()).hexdigest()


def matches(fun: FunctionType, dependencies: tuple[Dependency, ...], known: tuple[Any, ...] = ()) -> bool:
    """Say whether all that a function takes from outside is now as the fingerprints say.

    `known` are the functions and classes in the kinds of its arguments.
    """
    try:
        return all(_fits(resolve(fun, each.path, known), each.fingerprint) for each in dependencies)
    except (NameError, AttributeError, TypeError, LookupError):
        return False


def _fits(obj: Any, mark: str) -> bool:
    """Say whether an object is what a fingerprint is of."""
    return fingerprint(AnyOf(type(obj).__qualname__) if mark.startswith("type ") else obj) == mark


def find(folder: str, primary: str, fun: FunctionType, known: tuple[Any, ...] = ()) -> Loaded | None:
    """Return the stored module of a primary key whose dependencies match, loaded; None if none does."""
    mark = f"_{primary[:12]}_"
    try:
        names = sorted(name for name in os.listdir(folder) if mark in name and name.endswith(".py"))
    except OSError:
        return None
    for name in names:
        path = os.path.join(folder, name)
        text = _read(path)
        emitted = unseal(text)
        if emitted is not None and matches(fun, emitted.dependencies, known):
            return load(text, path, emitted)
    return None


def keep(folder: str, primary: str, emitted: Emitted) -> Loaded:
    """Write an emitted module to its file and return it, loaded.

    Where the file cannot be written the module lives in memory, and tracebacks show its lines still.
    """
    text = seal(emitted)
    within = _digest(repr(emitted.dependencies))[:8]
    name = f"{emitted.entry}_{primary[:12]}_{within}.py"
    path = os.path.join(folder, name)
    try:
        _write(path, text)
    except OSError:
        path = f"<s2s_ad {name.removesuffix('.py')}>"
        _remember_lines(path, text)
    return load(text, path, emitted)


def load(text: str, path: str, emitted: Emitted) -> Loaded:
    """Return the module of a text, run under the path of its file, so that debuggers show its lines."""
    module = ModuleType(os.path.basename(path).removesuffix(".py"), "An emitted derivative.")
    module.__file__ = path
    if _COMPILED in text:  # Numba's cache finds a function by the name of its module
        sys.modules[module.__name__] = module
        text = text if os.path.exists(path) else text.replace(_COMPILED, _COMPILED.replace("True", "False"))
    exec(compile(text, path, "exec", dont_inherit=True), module.__dict__)  # noqa: S102 (that is what it is for)
    return Loaded(emitted, path, getattr(module, emitted.entry))


def seal(emitted: Emitted) -> str:
    """Return the text of a module with what it was made from at its end."""
    lines = [f"# depends: {each.path} = {each.fingerprint}" for each in emitted.dependencies]
    lines += [f"# reads: {name} = {path}" for name, path in emitted.captures]
    lines += [f"# entry: {emitted.entry}" + (" = writes" if emitted.writes else "")]
    text = emitted.text.rstrip("\n") + _HEAD + "\n".join(lines) + "\n"
    return f"{text}{_SEAL}{_digest(text)}\n"


def unseal(text: str) -> Emitted | None:
    """Return what `seal` was given, and None where the text is not whole.

    >>> emitted = Emitted("x = 1\\n", "f_vjp", (Dependency("np", "module numpy"),), (("w", "cfg.w"),))
    >>> unseal(seal(emitted)) == emitted, unseal(seal(emitted).replace("x = 1", "x = 2"))
    (True, None)
    """
    sealed, _, digest = text.rpartition(_SEAL)
    body, head, tail = sealed.rpartition(_HEAD)
    if not head or digest != _digest(sealed) + "\n":
        return None
    found: dict[str, list[tuple[str, str]]] = {"depends": [], "reads": [], "entry": []}
    for line in tail.removesuffix("\n").split("\n"):
        label, _, rest = line.removeprefix("# ").partition(": ")
        name, _, value = rest.partition(" = ")
        found[label].append((name, value))
    dependencies = tuple(Dependency(path, mark) for path, mark in found["depends"])
    ((entry, marks),) = found["entry"]
    return Emitted(body + "\n", entry, dependencies, tuple(found["reads"]), marks == "writes")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _read(path: str) -> str:
    """Return the text of a file, "" if it cannot be read."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return ""


def _write(path: str, text: str) -> None:
    """Write a file so that others see all of it or nothing.  Raises: OSError."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    draft = f"{path}.{os.getpid()}.{threading.get_ident()}.tmp"
    try:
        with open(draft, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.replace(draft, path)
    except OSError:
        if os.path.exists(draft):
            os.unlink(draft)
        raise


def _remember_lines(path: str, text: str) -> None:
    """Let tracebacks show the lines of a text that has no file."""
    linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
