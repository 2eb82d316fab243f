"""Judges one program: s2s_ad against plain Python for what it does, against the reference for gradients."""

from __future__ import annotations

import ast
import contextlib
import copy
import io
import linecache
import re
import shutil
import signal
import sys
import traceback
import types
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from s2s_ad import derivative, grad, hessian, hvp, jacfwd, jvp, pipeline, value_and_grad
from s2s_ad.errors import S2SError
from s2s_ad.transform import layers
from tests.oracle import reference
from tests.oracle.gradients import (
    LEAST,
    agree,
    agree_at_higher_precision,
    agree_in_numbers,
    agree_with_differences,
    along_rows,
    derivatives,
    directional,
    directions,
    flat,
    jumps,
    norm,
    tolerance,
)  # fmt: skip
from tests.oracle.trees import is_float, leaves, same, unchanged

GOOD = frozenset({"right", "raises", "refused", "ill-conditioned", "no number"})
SECONDS = 10
MODES = ("forward", "second")


def _loses_names(x: int) -> bool:
    x, x = x, x + 1
    return x == 1


LOSES_NAMES = _loses_names(1)
"""The first releases of Python 3.11 are wrong here: the last of the two values is the one that counts."""
_TWICE = re.compile(r"\b(\w+), \1 = ")


@dataclass(frozen=True)
class Verdict:
    """What became of a program.

    Good are "right", "raises" (as plain Python does), "refused", "ill-conditioned" (right at higher precision)
    and "no number" (the result is infinite or nan; the derivatives are right as far as they have numbers).
    "reference" is a fault of the oracle itself, all others are failures of s2s_ad.
    """

    status: str
    reason: str = ""
    detail: str = ""

    @property
    def failed(self) -> bool:
        """Say whether something is wrong."""
        return self.status not in GOOD


class _Hang(BaseException):
    """A program ran for too long."""


class _Judged(Exception):
    """The verdict is known before the end."""

    def __init__(self, status: str, reason: str = "", detail: str = "") -> None:
        self.verdict = Verdict(status, reason, detail)


@dataclass
class _Outcome:
    """What a call gave or raised, printed, and made of its arguments."""

    value: Any
    error: Exception | None
    printed: str
    args: list[Any]
    """The arguments after the call, and then the arrays and lists of the module."""


def judge(
    text: str, cache_dir: str, name: str = "oracle", thorough: bool = True, modes: Collection[str] = ()
) -> Verdict:
    """Return the verdict on a program; `thorough` includes the unoptimised and the stored module.

    The modes are what is judged besides gradients: "forward" tangents, "second" derivatives.
    """
    if LOSES_NAMES and _TWICE.search(text):
        return Verdict("refused", "this Python gives a name that stands twice in a target the first of its values")
    handler = signal.signal(signal.SIGVTALRM, _hang)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        with np.errstate(all="ignore"), loaded(text, name) as (module, tree):
            return _judge(module, tree, cache_dir, thorough, modes)
    except SyntaxError as error:
        return Verdict("grammar", repr(error))
    except _Judged as known:
        return known.verdict
    except _Hang:
        return Verdict("hang", f"more than {SECONDS} seconds of computing")
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, handler)
        shutil.rmtree(cache_dir, ignore_errors=True)


def _hang(*_: Any) -> None:
    raise _Hang


@contextlib.contextmanager
def loaded(text: str, name: str) -> Iterator[tuple[types.ModuleType, ast.Module]]:
    """Give the module of a text, whose lines are found as those of a file are, and its syntax tree."""
    file = f"<{name}>"
    module = types.ModuleType(name)
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    sys.modules[name] = module  # dataclasses look there
    try:
        tree = ast.parse(text, file)
        exec(compile(tree, file, "exec", dont_inherit=True), module.__dict__)
        yield module, tree
    finally:
        linecache.cache.pop(file, None)
        sys.modules.pop(name, None)
        derivative._loaded.clear()


def _judge(
    module: types.ModuleType, tree: ast.Module, cache_dir: str, thorough: bool, modes: Collection[str]
) -> Verdict:
    given = module.ARGS
    argnums = tuple(n for n, arg in enumerate(given) if any(map(is_float, leaves(arg))))
    plain = _outcome(module, module.f, given)
    interpreter = reference.Interpreter(tree, module)
    run = _refer(module, interpreter, given, argnums, plain)
    with _one_lowering():
        results = {"optimised": _derived(module, argnums, given, plain, cache_dir)}
        if thorough:
            results["unoptimised"] = _derived(module, argnums, given, plain, cache_dir, optimize=False)
            alone = partial(_alone, module.f, argnums, cache_dir)
            results["alone"] = _same_effects(module, alone, given, plain, " (alone)") or ()
    if thorough:
        derivative._loaded.clear()
        with _no_emission():
            results["stored"] = _derived(module, argnums, given, plain, cache_dir)
    if plain.error is not None:
        return Verdict("raises", type(plain.error).__name__)
    verdict = Verdict("right")
    for origin, gradients in results.items():
        problem = _malformed(gradients, given, argnums)
        if problem:
            return Verdict("form", f"{origin}: {problem}")
        if agree(gradients, run.gradients, given):
            continue
        if not np.isfinite(plain.value) and agree_in_numbers(gradients, run.gradients, given):
            verdict = Verdict("no number")
            continue
        if not np.all(np.isfinite(flat(run.gradients))) and agree_with_differences(module.f, given, argnums, gradients):
            verdict = Verdict("no number")
            continue
        if not np.all(np.isfinite(flat(run.gradients))) and jumps(module.f, given, argnums):
            verdict = Verdict("no number")
            continue
        if not agree_at_higher_precision(gradients, interpreter, given, argnums):
            return Verdict("gradient", origin, f"have {gradients}\nwant {run.gradients}")
        verdict = Verdict("ill-conditioned")
    if verdict.status == "right" and "forward" in modes:
        verdict = _judge_forward(module, interpreter, run, argnums, given, plain, cache_dir)
    if verdict.status == "right" and "second" in modes:
        verdict = _judge_second(module, interpreter, run, argnums, given, plain, cache_dir)
    return verdict


def _judge_forward(
    module: types.ModuleType, interpreter: reference.Interpreter, run: reference.Run, argnums: tuple[int, ...],
    given: Any, plain: _Outcome, cache_dir: str,
) -> Verdict:  # fmt: skip
    """Judge the tangent along one direction, by the gradients of the reference."""
    tangents = directions(given, argnums)
    before = copy.deepcopy(tangents)
    along = partial(_along, module.f, tangents, cache_dir)
    tangent = _called(module, along, given, plain, " (forward)")
    if not same(tangents, before):
        return Verdict("effects", "(forward)", "the tangents were changed")
    gradients, vary = flat(run.gradients), flat(tangents)
    if not np.all(np.isfinite(gradients)):
        return Verdict("right")
    if not np.isfinite(plain.value) and not np.isfinite(tangent):
        return Verdict("no number")
    if abs(tangent - gradients @ vary) <= tolerance(given) * max(norm(gradients), LEAST) * norm(vary):
        return Verdict("right")
    wants = directional(interpreter, given, argnums, tangents)
    if not np.isfinite(wants.tolerance) or abs(tangent - wants.value) <= wants.tolerance:
        return Verdict("ill-conditioned")
    return Verdict("gradient", "(forward)", f"have {tangent}\nwant {wants.value} ± {wants.tolerance}")


def _judge_second(
    module: types.ModuleType, interpreter: reference.Interpreter, run: reference.Run, argnums: tuple[int, ...],
    given: Any, plain: _Outcome, cache_dir: str,
) -> Verdict:  # fmt: skip
    """Judge the gradient in all directions at once, the Hessian, and the Hessian times a vector.

    At a kink the second derivative is that of the first one as the conventions have it, where what was chosen
    is constant: signs, masks, orders and shares of ties.
    """
    tangents = directions(given, argnums)
    if not argnums or not np.all(np.isfinite(flat(run.gradients))):
        return Verdict("right")
    gradients = _same_effects(module, jacfwd(module.f, argnums, cache_dir=cache_dir), given, plain, " (directions)")
    if gradients is None:  # the result is no float
        return Verdict("right")
    if not agree(gradients, run.gradients, given) and not agree_at_higher_precision(
        gradients, interpreter, given, argnums
    ):
        return Verdict("gradient", "(directions)", f"have {gradients}\nwant {run.gradients}")
    along = flat(tangents)
    wants = derivatives(interpreter, given, argnums, along)
    by_vector = partial(_curvature_along, module.f, tangents, cache_dir)
    whole = hessian(module.f, argnums, cache_dir=cache_dir)
    product = _same_effects(module, by_vector, given, plain, " (hvp)")
    blocks = _same_effects(module, whole, given, plain, " (hessian)")
    verdict = Verdict("right")
    for origin, found in (("hvp", flat(product)), ("hessian", along_rows(blocks, tangents))):
        if agree([found], [wants], given):
            continue
        if not agree_at_higher_precision([found], interpreter, given, argnums, along):
            return Verdict("curvature", f"({origin})", f"have {found}\nwant {wants}")
        verdict = Verdict("ill-conditioned")
    return verdict


def _same_effects(module: types.ModuleType, call: Callable[..., Any], given: Any, plain: _Outcome, origin: str) -> Any:
    """Return what a derivative without a value gives.  Raises: _Judged."""
    return _called(module, lambda *args: (plain.value, call(*args)), given, plain, origin)


def _alone(f: Callable[..., Any], argnums: tuple[int, ...], cache_dir: str, *args: Any) -> Any:
    return grad(f, argnums, cache_dir=cache_dir).specialize(*args)(*args)


def _curvature_along(f: Callable[..., Any], tangents: tuple[Any, ...], cache_dir: str, *args: Any) -> Any:
    found = hvp(f, args, tangents, cache_dir=cache_dir)
    return found if len(args) > 1 else (found,)


def _along(f: Callable[..., Any], tangents: tuple[Any, ...], cache_dir: str, *args: Any) -> Any:
    return jvp(f, args, tangents, cache_dir=cache_dir)


def _outcome(module: types.ModuleType, f: Callable[..., Any], given: tuple[Any, ...]) -> _Outcome:
    args = copy.deepcopy(given)
    with contextlib.redirect_stdout(io.StringIO()) as out, unchanged(module) as kept:
        try:
            value, error = f(*args), None
        except Exception as raised:
            value, error = None, raised
        return _Outcome(value, error, out.getvalue(), [*args, *copy.deepcopy(kept)])


def _refer(
    module: types.ModuleType, interpreter: reference.Interpreter, given: Any, argnums: tuple[int, ...], plain: _Outcome
) -> reference.Run:
    with contextlib.redirect_stdout(io.StringIO()) as out, unchanged(module) as kept:
        try:
            run = reference.run(interpreter, "f", copy.deepcopy(given), argnums)
        except reference.Gap as gap:
            raise _Judged("reference", str(gap)) from gap
        found = _Outcome(run.value, run.error, out.getvalue(), [*run.args, *copy.deepcopy(kept)])
    difference = _difference(found, plain)
    if difference:
        shown = "" if run.error is None else "".join(traceback.format_exception(run.error)[-6:])
        raise _Judged("reference", difference[0], f"{difference[1]}\n{shown}")
    return run


def _difference(have: _Outcome, want: _Outcome) -> tuple[str, str] | None:
    """Return what differs between two outcomes, and how."""
    if _words(have.error) != _words(want.error):
        return "exception", f"have {have.error!r}\nwant {want.error!r}"
    if not same(have.value, want.value):
        return "value", f"have {have.value!r}\nwant {want.value!r}"
    if have.printed != want.printed:
        return "printed", f"have {have.printed!r}\nwant {want.printed!r}"
    if not same(have.args, want.args):
        return "effects", f"have {have.args!r}\nwant {want.args!r}"
    return None


def _words(error: Exception | None) -> tuple[type | None, str]:
    """Return what an exception is and says: of a name that is not bound only that it is so.

    Emitted code has names of its own, one for what has two in the program, and no function for a comprehension.
    """
    return (NameError, "") if isinstance(error, NameError) else (error and type(error), str(error))


def _derived(
    module: types.ModuleType, argnums: tuple[int, ...], given: Any, plain: _Outcome, cache_dir: str,
    optimize: bool = True,
) -> tuple[Any, ...]:  # fmt: skip
    """Return the gradients of one derivative, that does what the function does.  Raises: _Judged."""
    call = value_and_grad(module.f, argnums, optimize=optimize, cache_dir=cache_dir)
    return _called(module, call, given, plain, "" if optimize else " (unoptimised)") or ()


def _called(module: types.ModuleType, call: Callable[..., Any], given: Any, plain: _Outcome, origin: str) -> Any:
    """Return the derivative beside the value that a call gives, None where both raise.  Raises: _Judged."""
    found = _outcome(module, call, given)
    error = found.error
    if isinstance(error, S2SError):
        if error.place is None:
            raise _Judged("unplaced", _pattern(error.reason) + origin, str(error))
        raise _Judged("refused", _pattern(error.reason) + origin, str(error))
    if error is not None and _words(error)[0] is not _words(plain.error)[0]:
        shown = traceback.format_exception(error)
        raise _Judged("crash", f"{type(error).__name__} in {_place(error)}{origin}", "".join(shown[-8:]))
    derivative = None
    if error is None and plain.error is None:
        found.value, derivative = found.value
    difference = _difference(found, plain)
    if difference:
        raise _Judged(difference[0], origin.strip(), difference[1])
    return derivative


def _place(error: BaseException) -> str:
    """Return where an error was raised: the last frame that is of s2s_ad, or the emitted code."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "s2s_ad/" in frame.filename and "oracle" not in frame.filename]
    if not ours or "_vjp_" in frames[-1].filename:
        return "emitted code"
    last = ours[-1]
    return f"{last.filename.rpartition('s2s_ad/')[2]}:{last.name}"


def _pattern(reason: str) -> str:
    """Return a reason without names and numbers, for the tally."""
    reason = re.sub(r"'[^']*'", "'…'", reason)
    reason = re.sub(r"\[[^\]]*\]", "[…]", reason)
    return re.sub(r"\b\d+\b", "N", reason)


@contextlib.contextmanager
def _one_lowering() -> Iterator[None]:
    """Let the unoptimised module start from what the optimised one started from: both are frozen."""
    before = pipeline.lower, layers.reverse
    pipeline.lower, layers.reverse = _kept(pipeline.lower), _kept(layers.reverse)
    try:
        yield
    finally:
        pipeline.lower, layers.reverse = before


def _kept(step: Callable[..., Any]) -> Callable[..., Any]:
    made: list[Any] = []

    def keep(*args: Any, **kwargs: Any) -> Any:
        if not made:
            made.append(step(*args, **kwargs))
        return made[0]

    return keep


@contextlib.contextmanager
def _no_emission() -> Iterator[None]:
    """Make sure that a module comes from the cache."""

    def derive(*_: Any, **__: Any) -> Any:
        raise _Judged("cache", "a stored module was emitted again")

    before = pipeline.derive
    pipeline.derive = derive
    try:
        yield
    finally:
        pipeline.derive = before


def _malformed(gradients: tuple[Any, ...], given: tuple[Any, ...], argnums: tuple[int, ...]) -> str:
    """Say what is wrong with the form of gradients: structure, types, shapes, memory."""
    seen: list[np.ndarray] = []
    for gradient, n in zip(gradients, argnums, strict=True):
        have, want = list(leaves(gradient)), list(leaves(given[n]))
        if len(have) != len(want):
            return "another structure than the argument's"
        for leaf, arg in zip(have, want, strict=True):
            if not is_float(arg):
                if leaf is not None:
                    return "a gradient of what is no float"
            elif isinstance(arg, np.ndarray):
                if not isinstance(leaf, np.ndarray) or leaf.dtype != arg.dtype or leaf.shape != arg.shape:
                    return f"{type(leaf).__name__} of another type or shape than {arg.dtype}{arg.shape}"
                if not leaf.flags.writeable or any(np.shares_memory(leaf, other) for other in seen):
                    return "memory that is shared or read-only"
                seen.append(leaf)
            elif not isinstance(leaf, type(arg)):
                return f"{type(leaf).__name__} for {type(arg).__name__}"
    return ""
