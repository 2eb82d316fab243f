"""Points of SciPy's functions."""

from __future__ import annotations

from scipy import special

from tests.rules.samples.base import at, some

_UNARY_SPECIAL = [
    special.erf, special.erfc, special.ndtr, special.log_ndtr, special.expit, special.log_expit, special.logit,
    special.gammaln, special.gamma, special.psi, special.entr,
]  # fmt: skip

SCIPY = [
    *[at(fun, x) for fun in _UNARY_SPECIAL for x in (0.4, some(3))],
    *[at(fun, x, y) for fun in (special.xlogy, special.xlog1py) for x, y in [(0.4, 0.7), (some(2, 1), some(3))]],
    at(special.polygamma, 1, some(3)),
    *[at(fun, some(2, 3)) for fun in (special.logsumexp, special.softmax, special.log_softmax)],
    *[at(fun, some(2, 3), axis=1) for fun in (special.logsumexp, special.softmax, special.log_softmax)],
    at(special.logsumexp, some(2, 3), axis=0, keepdims=True),
]
