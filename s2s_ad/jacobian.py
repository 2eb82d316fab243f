"""The Jacobian by the cheaper mode: forward costs a sweep as wide as the arguments, reverse as the results."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, cast

import numpy as np

from s2s_ad.arguments import Argnums
from s2s_ad.derivative import Derivative, Options
from s2s_ad.trees import leaves, total_size

_MOST = 1024
"""Sizes of arguments that are remembered."""


class Jacobian(Derivative):
    """The Jacobian of a function, by forward mode where it has fewer inputs than results, else by reverse mode.

    They are counted once for arguments of each form: the function itself is called for that, with copies.
    """

    def __init__(self, primal: Callable[..., Any], argnums: Argnums, options: Options) -> None:
        """Take the Jacobian by these argnums."""
        super().__init__(primal, ("jacrev",), argnums, options)
        self._forward = Derivative(primal, ("jacfwd",), argnums, options)
        self._reverse = Derivative(primal, ("jacrev",), argnums, options)
        self._latest: Derivative = self._reverse
        self._chosen: dict[tuple[object, ...], Derivative] = {}

    @property
    def asked(self) -> tuple[tuple[str, ...], int | str | tuple[int | str, ...], bool]:
        """What was asked for: as for other derivatives."""
        _, argnums, has_aux = super().asked
        return ("jacobian",), argnums, has_aux

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        form = tuple(map(_form, (*args, *kwargs.values())))
        chosen = self._chosen.get(form)
        if chosen is None:
            chosen = self._cheaper(args, kwargs)
            if len(self._chosen) >= _MOST:
                self._chosen.clear()
            self._chosen[form] = chosen
        self._latest = chosen
        return chosen(*args, **kwargs)

    def _cheaper(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Derivative:
        values = self._bind(args, kwargs)
        inputs = total_size([values[n] for n in self._active])
        args, kwargs = copy.deepcopy((args, kwargs))
        result = self._primal(*args, **kwargs)
        if self._options.has_aux and isinstance(result, tuple):
            result = cast("tuple[Any, ...]", result)[0]
        return self._forward if inputs <= total_size([result]) else self._reverse

    def _current(self) -> Any:
        return self._latest._current()  # what it shows is that of the last call

    def __reduce__(self) -> str | tuple[Any, ...]:
        kept = super().__reduce__()
        return kept if isinstance(kept, str) else (Jacobian, (self._primal, self._argnums, self._options))


def _form(value: Any) -> object:
    """Return the shapes of what an argument holds."""
    if isinstance(value, np.ndarray):
        return cast(Any, value).shape
    return tuple(np.shape(leaf) for leaf in leaves(value))
