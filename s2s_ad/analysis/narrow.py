"""Whether a function computes with float32 or float16 anywhere: then the dtype of an adjoint has to be seen to.

>>> import numpy as np
>>> from s2s_ad.frontend.lower import lower
>>> from s2s_ad.ir.kinds import FLOAT
>>> def f(x):
...     return np.float32(0.1) * x
>>> has_narrow_floats(lower(f, (FLOAT,)).function), has_narrow_floats(lower(lambda x: 0.1 * x, (FLOAT,)).function)
(True, False)
"""

from __future__ import annotations

from collections.abc import Iterator

from s2s_ad.ir.core import Atom, Function, atoms, blocks, bound, entry_vars, header, statements_of
from s2s_ad.ir.kinds import dtype_of, is_numeric, leaves


def has_narrow_floats(function: Function) -> bool:
    """Say whether an argument, a captured value or any number or array of a function is narrower than a float."""
    given = [*(param.kind for param in function.params), *(capture.var.kind for capture in function.captures)]
    kinds = [*given, *(atom.kind for each in (function, *function.functions) for atom in _atoms(each))]
    return any(dtype_of(leaf) in ("f4", "f2", "c8") for kind in kinds for leaf in leaves(kind) if is_numeric(leaf))


def _atoms(function: Function) -> Iterator[Atom]:
    for stmt in statements_of(function.body):
        yield from (*bound(stmt), *entry_vars(stmt))
        for arg in (*header(stmt), *(result for block in blocks(stmt) for result in block.results)):
            yield from atoms(arg)
    yield from function.body.results
