"""Points of SciPy's special functions."""

from __future__ import annotations

import numpy as np
from scipy import special

from tests.rules.samples.base import Sample, at, some, turned

_OF_X = """
    erf erfc erfcx erfi dawsn erfinv erfcinv ndtr log_ndtr ndtri expit log_expit logit entr exp2 exp10 expm1 log1p
    exprel cosm1 cbrt wrightomega spence sindg cosdg tandg cotdg gamma gammaln loggamma rgamma psi expi exp1 itstruve0
    itmodstruve0 ellipk ellipkm1 ellipe j0 j1 y0 y1 i0 i1 i0e i1e k0 k1 k0e k1e ber bei berp beip ker kei kerp keip
    factorial
"""
_OF_X_AND_Y = """
    owens_t xlogy xlog1py rel_entr kl_div huber pseudo_huber boxcox boxcox1p inv_boxcox inv_boxcox1p powm1 agm beta
    betaln poch binom comb perm elliprc ellipkinc ellipeinc
"""
_OF_PARAMETER_AND_X = """
    gammainc gammaincc gammaincinv gammainccinv chdtr chdtrc chdtri stdtr stdtrit jv jve yv yve iv ive kv kve hyp0f1
    struve modstruve
"""
_OF_TWO_PARAMETERS_AND_X = """
    betainc betaincc betaincinv betainccinv fdtr fdtrc fdtri hyp1f1 hyperu wright_bessel
"""
_OF_DEGREE = """
    eval_legendre eval_sh_legendre eval_chebyt eval_chebyu eval_sh_chebyt eval_sh_chebyu eval_chebyc eval_chebys
    eval_hermite eval_hermitenorm eval_laguerre
"""
_DERIVATIVES = (special.jvp, special.yvp, special.ivp, special.kvp, special.h1vp, special.h2vp)
_SPHERICAL = (special.spherical_jn, special.spherical_yn, special.spherical_in, special.spherical_kn)
_HANKEL = (special.hankel1, special.hankel1e, special.hankel2, special.hankel2e)


def _named(names: str) -> list[np.ufunc]:
    return [getattr(special, name) for name in names.split()]


def _by_last(fun: object, *args: object) -> Sample:
    return at(fun, *args, wrt=(len(args) - 1,))  # type: ignore[arg-type]


_POINTS = [(0.4, 0.7), (some(2, 1), some(3)), (some(3), 0.6), (some(2, 0), 0.5)]

SCIPY_SPECIAL = [
    *[at(fun, x) for fun in _named(_OF_X) for x in (0.4, some(3))],
    *[at(fun, -0.4) for fun in _named("ndtri_exp rgamma erf dawsn exprel i0e i1e wrightomega")],
    *[at(fun, some(2, 0)) for fun in _named("erf gamma j0")],
    at(special.ndtri_exp, -some(3)),
    at(special.rgamma, -2.0),
    at(special.rgamma, np.array([-1.3, 0.2, 2.5])),
    *[at(fun, x, y) for fun in _named(_OF_X_AND_Y) for x, y in _POINTS],
    at(special.huber, 0.5, np.array([-0.9, 0.2, 0.8])),
    at(special.boxcox, 0.7, 0.0),
    at(special.agm, 0.7, 0.7),
    *[at(special.tklmbda, x, 0.4, wrt=(0,)) for x in (0.4, some(3))],
    at(special.ellipkinc, 5.0, 0.3),
    at(special.ellipeinc, -5.0, 0.3),
    *[_by_last(fun, a, x) for fun in _named(_OF_PARAMETER_AND_X) for a, x in _POINTS],
    *[_by_last(fun, a, b, x) for fun in _named(_OF_TWO_PARAMETERS_AND_X)
      for a, b, x in [(0.4, 0.7, 0.6), (0.4, some(2, 1), some(3))]],
    *[_by_last(special.hyp2f1, 0.3, 0.8, 1.2, x) for x in (0.4, some(3), -2.5)],
    *[at(fun, 0.3, 0.9, x, wrt=(0, 2)) for fun in _named("gdtr gdtrc gdtrix") for x in (0.4, some(3))],
    *[_by_last(fun, k, x) for fun in _named("pdtr pdtrc pdtri") for k, x in [(2, 0.4), (1.0, some(3))]],
    *[_by_last(fun, k, n, p) for fun in _named("bdtr bdtrc bdtri nbdtr nbdtrc nbdtri")
      for k, n, p in [(2, 5, 0.4), (1, 4, some(3))]],
    at(special.nrdtrimn, 0.3, 0.6, some(3)),
    at(special.nrdtrisd, 0.1, some(3), 0.9),
    at(special.voigt_profile, 0.3, 0.5, 0.7),
    at(special.voigt_profile, some(3), some(2, 1), 0.7),
    *[at(special.softplus, x) for x in (0.4, some(3)) if hasattr(special, "softplus")],
    at(special.radian, 30.5, 4.2, some(3)),
    at(special.polygamma, 1, some(3)),
    at(special.multigammaln, 2.3, 3),
    at(special.multigammaln, some(3) + 2, 2),
    _by_last(special.zeta, 2.5, 0.7),
    _by_last(special.zeta, 3, some(3)),
    *[_by_last(special.expn, n, x) for n in (0, 1, 3) for x in (0.4, some(3))],
    *[at(fun, x) for fun in _named("sici shichi fresnel itj0y0 iti0k0 airy itairy")
      for x in (0.4, some(3), some(2, 0))],
    at(special.sici, 0.4),
    at(special.ellipj, 0.4, 0.7, wrt=(0,)),
    at(special.ellipj, some(3), some(2, 1), wrt=(0,)),
    at(special.elliprf, 0.4, 0.7, some(3)),
    at(special.elliprd, 0.4, 0.7, some(3) + 1),
    at(special.elliprg, 0.4, 0.7, some(3)),
    *[_by_last(fun, 2, x) for fun in (special.yn, special.kn) for x in (0.4, some(3))],
    *[_by_last(fun, 1.5, x) for fun in _named(_OF_PARAMETER_AND_X)[9:17] for x in (0.4, some(3))],
    *[at(fun, 1, some(3), wrt=(1,)) for fun in _DERIVATIVES[:4]],
    *[at(fun, 1.5, some(3), n, wrt=(1,)) for fun in _DERIVATIVES[:4] for n in (0, 2)],
    *[_by_last(fun, n, x) for fun in _SPHERICAL for n in (0, 2) for x in (0.4, some(3))],
    *[at(fun, n, some(3), derivative=True) for fun in _SPHERICAL for n in (0, 2)],
    *[_by_last(fun, n, x) for fun in _named(_OF_DEGREE) for n in (0, 1, 4) for x in (0.4, some(3), 1.0)],
    *[_by_last(fun, n, 0.8, x) for fun in _named("eval_gegenbauer eval_genlaguerre")
      for n in (0, 3) for x in (0.4, some(3))],
    *[_by_last(special.eval_jacobi, n, 0.8, 1.3, x) for n in (0, 3) for x in (0.4, some(3))],
    *[_by_last(special.lpmv, m, n, some(3)) for m, n in [(0, 2), (1, 3)]],
    *[at(fun, some(2, 3)) for fun in (special.logsumexp, special.softmax, special.log_softmax)],
    *[at(fun, some(2, 3), axis=1) for fun in (special.logsumexp, special.softmax, special.log_softmax)],
    *[at(fun, some(2, 3), axis=(0, 1)) for fun in (special.logsumexp, special.softmax, special.log_softmax)],
    at(special.logsumexp, some(2, 3), axis=0, keepdims=True),
    at(special.logsumexp, some(2, 3), 1, some(2, 3)),
    at(special.logsumexp, some(2, 3), None, some(3)),
    at(special.logsumexp, some(3), 0, 0.7),
    at(special.logsumexp, some(3), None, some(2, 3)),
    at(special.logsumexp, some(2, 3), 1, -some(2, 3), True, True),
    at(special.logsumexp, some(2, 3), return_sign=True),
]  # fmt: skip

WITH_COMPLEX_RESULTS = [
    *[at(fun, x) for fun in (special.wofz, special.lambertw) for x in (0.4, some(3))],
    at(special.lambertw, 0.0),
    *[_by_last(fun, 1.5, x) for fun in _HANKEL for x in (0.4, some(3))],
    *[at(fun, 1, some(3), wrt=(1,)) for fun in _DERIVATIVES[4:]],
]
"""Points with real arguments."""

OF_COMPLEX_SPECIAL = [at(special.lambertw, turned(some(3)), -1)]
