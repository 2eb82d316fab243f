"""A point for every derivative rule and each of its keywords, where the function is smooth; a file for each domain."""

from tests.rules.samples.base import Sample, at, is_float, of_complex, some, turned
from tests.rules.samples.calculus import CALCULUS
from tests.rules.samples.complex_numbers import OF_COMPLEX_NUMBERS
from tests.rules.samples.elementwise import ELEMENTWISE
from tests.rules.samples.fourier import FOURIER
from tests.rules.samples.linalg import LINALG
from tests.rules.samples.of_helpers import HELPERS
from tests.rules.samples.polynomials import POLYNOMIALS, ROOTS, SERIES
from tests.rules.samples.products import PRODUCTS
from tests.rules.samples.reductions import REDUCTIONS
from tests.rules.samples.scipy_linalg import SCIPY_LINALG
from tests.rules.samples.scipy_signal import SCIPY_FFT, SCIPY_INTEGRATE, SCIPY_REAL_FFT, SCIPY_SIGNAL
from tests.rules.samples.scipy_special import OF_COMPLEX_SPECIAL, SCIPY_SPECIAL, WITH_COMPLEX_RESULTS
from tests.rules.samples.scipy_stats import SCIPY_STATS
from tests.rules.samples.selection import SELECTION
from tests.rules.samples.shape import SHAPE
from tests.rules.samples.statistics import STATISTICS
from tests.rules.samples.ufuncs import UFUNCS

SCIPY = [*SCIPY_SPECIAL, *SCIPY_LINALG, *SCIPY_STATS, *SCIPY_SIGNAL, *SCIPY_INTEGRATE, *SCIPY_REAL_FFT]
SAMPLES = [
    *ELEMENTWISE, *UFUNCS, *REDUCTIONS, *STATISTICS, *SHAPE, *PRODUCTS, *POLYNOMIALS, *SERIES, *CALCULUS, *SELECTION,
    *LINALG, *HELPERS, *SCIPY,
]  # fmt: skip
"""Points with real arguments, but for those with complex results."""
GIVE_COMPLEX = [*FOURIER, *ROOTS, *SCIPY_FFT, *WITH_COMPLEX_RESULTS]
"""Points of functions with complex results."""
OF_COMPLEX = [*OF_COMPLEX_NUMBERS, *OF_COMPLEX_SPECIAL]
"""Points with complex arguments, besides those that are made of the others."""

__all__ = ["GIVE_COMPLEX", "OF_COMPLEX", "SAMPLES", "Sample", "at", "is_float", "of_complex", "some", "turned"]
