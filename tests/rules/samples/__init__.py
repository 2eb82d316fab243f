"""A point for every derivative rule and each of its keywords, where the function is smooth; a file for each domain."""

from tests.rules.samples.base import Sample, at, is_float, of_complex, some, turned
from tests.rules.samples.calculus import CALCULUS
from tests.rules.samples.complex_numbers import OF_COMPLEX
from tests.rules.samples.elementwise import ELEMENTWISE
from tests.rules.samples.fourier import FOURIER as TRANSFORMS
from tests.rules.samples.linalg import LINALG
from tests.rules.samples.of_helpers import HELPERS
from tests.rules.samples.polynomials import POLYNOMIALS, ROOTS, SERIES
from tests.rules.samples.products import PRODUCTS
from tests.rules.samples.reductions import REDUCTIONS
from tests.rules.samples.scipy_functions import SCIPY
from tests.rules.samples.selection import SELECTION
from tests.rules.samples.shape import SHAPE
from tests.rules.samples.ufuncs import UFUNCS

SAMPLES = [
    *ELEMENTWISE, *UFUNCS, *REDUCTIONS, *SHAPE, *PRODUCTS, *POLYNOMIALS, *SERIES, *CALCULUS, *SELECTION, *LINALG,
    *HELPERS, *SCIPY,
]  # fmt: skip
"""Points with real arguments, those apart whose results are complex."""

FOURIER = [*TRANSFORMS, *ROOTS]
"""Points of the Fourier transforms, and of others whose results are complex."""

__all__ = ["FOURIER", "OF_COMPLEX", "SAMPLES", "Sample", "at", "is_float", "of_complex", "some", "turned"]
