"""Rules of the user's own for functions, of Python or of any library."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from types import FunctionType
from typing import Any, TypeVar, cast

from s2s_ad.derivative import forget_all
from s2s_ad.errors import UnsupportedError
from s2s_ad.rules.custom import CustomRule, register
from s2s_ad.rules.names import import_path

F = TypeVar("F", bound=Callable[..., Any])


def custom_rule(
    fun: Callable[..., Any] | None = None,
    jvp: Callable[..., Any] | None = None,
    vjp: Callable[..., Any] | None = None,
    *,
    elementwise: bool = False,
    outputs: int = 1,
) -> Any:
    """Let a function be differentiated by a rule of your own, wherever it is called and at every order.

    `jvp(primals, tangents)` gives `(out, out_dot)`; `vjp(*primals)` gives `(out, pullback)`, and `pullback(out_bar)`
    a tuple with one adjoint for each argument, None for what has no float.  One of them is enough: the other mode is
    its transpose.  Both are plain functions in Python, and are differentiated themselves for higher derivatives;
    where they call the function, its rule holds again.  Then the function is returned, so that
    `@custom_rule(jvp=…)` can stand above it.

    Without them it is a decorator for a function of equations, which are inlined in the emitted code:

        @custom_rule(scipy.special.pbdv, elementwise=True, outputs=2)
        def _(d, slope, v, x):
            dot[d] = dot[x] * slope
            dot[slope] = dot[x] * (x * x / 4 - v - 0.5) * d
            bar[x] = bar[d] * slope + bar[slope] * (x * x / 4 - v - 0.5) * d

    Its first parameters are the results, `outputs` of them, the others the arguments; `dot[x]` is the tangent of x, and
    `bar[x]` what is added to its adjoint.  By an argument without them nothing is differentiated: it is refused.
    `elementwise` says that the arguments are broadcast.

    Tangents and adjoints of tuples, lists, dicts and objects have the structure of these, and are read and given as a
    whole or by parts: `dot[p.w]` is `dot[p].w`, and `bar[p] = Weights(w_bar, b_bar)` is `bar[p.w] = w_bar` and
    `bar[p.b] = b_bar`.  A part may be `xs[0]` or `items["key"]` too, or a part of a part.

    The function itself may be written in C; then it must be one that can be imported, and pure.  Where Python does not
    know the parameters of such a function, its keywords are the parameters of `vjp` or of the equations.

    *Raises*: `UnsupportedError` for what is no function, or cannot be imported.
    """
    if fun is None:
        return partial(custom_rule, jvp=jvp, vjp=vjp, elementwise=elementwise, outputs=outputs)
    _check(fun, jvp, vjp)
    if jvp is not None or vjp is not None:
        register(CustomRule(fun, jvp, vjp))
        forget_all()
        return fun

    def equations(of: F) -> F:
        if not isinstance(of, FunctionType):
            raise UnsupportedError("a rule is a function of equations", remedy="write it as def rule(y, x): …")
        register(CustomRule(fun, equations=of, elementwise=elementwise, outputs=outputs))
        forget_all()
        return cast(F, of)

    return equations


def _check(fun: Any, jvp: Any, vjp: Any) -> None:
    name = getattr(fun, "__qualname__", None) or repr(fun)
    if not callable(fun) or isinstance(fun, type) or getattr(cast("Any", type(fun)), "__s2s_derivative__", False):
        raise UnsupportedError(f"{name} is no function", remedy="give a function, also of a class or a library")
    if not isinstance(fun, FunctionType) and import_path(fun) is None:
        raise UnsupportedError(f"{name} cannot be imported", remedy="wrap it in a function of your own, and give that")
    for what, given in (("jvp", jvp), ("vjp", vjp)):
        if given is not None and not (isinstance(given, FunctionType) or inspect.ismethod(given)):
            raise UnsupportedError(
                f"{what}={given!r} is no function written in Python", remedy=f"write {what} as a function"
            )
