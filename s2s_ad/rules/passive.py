"""Functions with no derivative: it is zero wherever it exists, or the result is no float.

Listed is only what stays so for *active* arguments: `arange(x)` and `linspace(x, y)` depend on
x and are not here.
"""

from __future__ import annotations

_NUMPY = """
    floor ceil trunc fix rint round around signbit floor_divide spacing
    equal not_equal less less_equal greater greater_equal
    logical_and logical_or logical_not logical_xor
    isnan isfinite isinf isposinf isneginf isreal iscomplex isrealobj iscomplexobj isscalar isclose allclose
    array_equal array_equiv isin any all count_nonzero
    argmax argmin nanargmax nanargmin argsort argwhere argpartition flatnonzero nonzero lexsort searchsorted
    digitize unravel_index ravel_multi_index
    shape ndim size result_type can_cast finfo iinfo shares_memory may_share_memory broadcast_shapes
    zeros ones empty zeros_like ones_like empty_like eye identity tri indices
    triu_indices tril_indices diag_indices triu_indices_from tril_indices_from diag_indices_from
    bitwise_and bitwise_or bitwise_xor invert left_shift right_shift bitwise_count gcd lcm
    issubdtype isdtype promote_types common_type mintypecode iterable isfortran mask_indices
    bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 intp dtype errstate seterr
"""
_LINALG = "matrix_rank"
_CMATH = "isnan isfinite isinf isclose"
_MATH = "floor ceil trunc isnan isfinite isinf isclose factorial comb perm gcd lcm isqrt ulp"
_OPERATOR = "eq ne lt le gt ge not_ truth is_ is_not contains floordiv and_ or_ xor invert lshift rshift index"
_BUILTINS = """
    len int bool round str repr print isinstance issubclass type range hash id callable hasattr format
    any all
"""
_SCIPY_SPECIAL = "gammasgn round"
_SCIPY_LINALG = "issymmetric ishermitian bandwidth dft hadamard helmert hilbert invhilbert pascal invpascal"
_HELPERS = """
    first_places insertion memory_order reduced_size running_places last_writes place_of_max place_of_min order_of
    inserted_at in_order cell_of volumes zeros_of_list zeros_beside order_of_pivots require_real simpson_weights
    order_of_nearest stop_gradient require_same_lengths numbers_in places_in unit_lists
"""

PASSIVE = frozenset(
    f"{module}.{name}"
    for module, names in {
        "numpy": _NUMPY,
        "numpy.linalg": _LINALG,
        "math": _MATH,
        "cmath": _CMATH,
        "operator": _OPERATOR,
        "builtins": _BUILTINS,
        "s2s_ad.rules.helpers": _HELPERS,
        "scipy.special": _SCIPY_SPECIAL,
        "scipy.linalg": _SCIPY_LINALG,
    }.items()
    for name in names.split()
)

PASSIVE_IF_REAL = frozenset({"numpy.sign", "numpy.imag", "numpy.angle", "cmath.phase"})
"""Functions that are piecewise constant where their arguments are real, and not where these are complex."""

ONE_DERIVATIVE = {"s2s_ad.rules.helpers.factors": "numpy.linalg.pinv with a bound on the singular values"}
"""Helpers that have no rule, and what it is that has one derivative only for their sake."""
