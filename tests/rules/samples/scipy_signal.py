"""Points of SciPy's filters, integrals of samples and transforms."""

from __future__ import annotations

import numpy as np
from scipy import fft, integrate, signal

from s2s_ad.rules import helpers
from tests.rules.samples.base import at, some

_MODES = ("full", "same", "valid")
_X = np.cumsum(some(5))
_STEPS = np.cumsum(some(2, 5), axis=1)

SCIPY_SIGNAL = [
    *[at(fun, some(n), some(m), mode)
      for fun in (signal.convolve, signal.fftconvolve, signal.oaconvolve, signal.correlate)
      for n, m in [(5, 3), (3, 5), (4, 4)] for mode in _MODES],
    *[at(fun, some(3, 4), some(2, 3), mode) for fun in (signal.convolve, signal.fftconvolve, signal.correlate,
                                                        signal.convolve2d, signal.correlate2d) for mode in _MODES],
    at(signal.convolve, some(5), some(2), method="direct"), at(signal.correlate, some(5), some(2), "same", "fft"),
    *[at(signal.lfilter, some(2), np.array([1.0, -0.4, 0.2]), x) for x in (some(6), some(2, 6))],
    at(signal.lfilter, some(3), np.array([1.3]), some(6, 2), axis=0), at(signal.lfilter, some(2), 1.3, some(5), 0),
    *[at(signal.detrend, some(2, 6), axis, type) for axis in (-1, 0) for type in ("linear", "constant")],
    at(signal.detrend, some(6), bp=3),
    at(helpers.unmiddle, some(4), (4,), (3,), "same"), at(helpers.unmiddle, some(2), (4,), (3,), "valid"),
    at(helpers.middle, some(6), (4,), (3,), "same"), at(helpers.middle, some(6), (4,), (3,), "valid"),
    at(helpers.lagged_products, some(2, 5), some(2, 5), (3,), -1),
]  # fmt: skip

SCIPY_INTEGRATE = [
    *[at(fun, y) for fun in (integrate.trapezoid, integrate.simpson, integrate.cumulative_trapezoid)
      for y in (some(5), some(4), some(2, 3))],
    *[at(fun, some(4, 3), axis=axis) for fun in (integrate.trapezoid, integrate.simpson, integrate.cumulative_trapezoid)
      for axis in (0, -2)],
    *[at(fun, y, x, axis=axis) for fun in (integrate.trapezoid, integrate.cumulative_trapezoid)
      for y, x, axis in [(some(5), _X, 0), (some(2, 5), _X, -1), (some(5, 2), _X, 0), (some(2, 5), _STEPS, 1)]],
    *[at(integrate.simpson, y, x, axis=axis, wrt=(0,))
      for y, x, axis in [(some(5), _X, 0), (some(2, 5), _X, -1), (some(5, 2), _X, 0), (some(2, 5), _STEPS, 1),
                         (some(4), _X[:4], -1)]],
    *[at(fun, y, axis=0, also=("dx",), dx=0.3) for fun in (integrate.trapezoid, integrate.cumulative_trapezoid)
      for y in (some(4), some(4, 2))],
    at(integrate.cumulative_trapezoid, some(4, 2), axis=0, initial=0, also=("dx",), dx=0.3),
    at(integrate.cumulative_trapezoid, some(2, 5), _STEPS, initial=0),
    at(integrate.simpson, some(5), dx=0.3, also=("dx",)),
    at(integrate.simpson, some(4, 2), axis=0, dx=0.3, also=("dx",)),
    at(helpers.pairs, some(4, 3), 0), at(helpers.neighbours, some(2, 4), (2, 5), 1),
    at(helpers.neighbours, some(2, 1), (2, 5), -1),
]  # fmt: skip

SCIPY_REAL_FFT = [
    *[at(fun, some(2, 5), type, axis=axis, norm=norm) for fun in (fft.dct, fft.idct, fft.dst, fft.idst)
      for type in (1, 2, 3, 4) for axis in (-1, 0) for norm in (None, "forward", "ortho")],
    *[at(fun, some(5), 2, n) for fun in (fft.dct, fft.idct, fft.dst, fft.idst) for n in (3, 7)],
    *[at(fun, some(2, 5), type, norm="ortho")
      for fun in (fft.dctn, fft.idctn, fft.dstn, fft.idstn) for type in (1, 2, 3, 4)],
    at(fft.dctn, some(3, 5), 2, (4, 4), norm="ortho"), at(fft.dctn, some(3, 5), axes=(0,), norm="ortho"),
    *[at(fun, some(6)) for fun in (fft.fftshift, fft.ifftshift)], at(fft.fftshift, some(2, 5), axes=1),
]  # fmt: skip

SCIPY_FFT = [
    *[at(fun, x) for fun in (fft.fft, fft.ifft, fft.rfft, fft.ihfft) for x in (some(5), some(2, 4))],
    *[at(fun, some(5), n, norm=norm) for fun in (fft.fft, fft.ifft, fft.rfft, fft.ihfft)
      for n, norm in [(3, None), (7, "ortho"), (6, "forward")]],
    *[at(fun, some(3, 4), axis=0) for fun in (fft.fft, fft.ifft, fft.rfft, fft.ihfft)],
    *[at(fun, some(3, 4)) for fun in (fft.fft2, fft.ifft2, fft.fftn, fft.ifftn, fft.rfft2, fft.rfftn)],
    *[at(fun, some(3, 4), (4, 3), axes=(0, 1), norm="ortho") for fun in (fft.fft2, fft.ifft2, fft.fftn, fft.ifftn,
                                                                        fft.rfft2, fft.rfftn)],
    *[at(fun, some(5), n) for fun in (fft.irfft, fft.hfft) for n in (None, 7, 6)],
    *[at(fun, some(2, 4), axis=0, norm=norm)
      for fun in (fft.irfft, fft.hfft) for norm in ("ortho", "forward", "backward")],
    *[at(fun, some(3, 4)) for fun in (fft.irfft2, fft.irfftn)], at(fft.irfftn, some(2, 3, 4)),
    at(fft.irfftn, some(3, 4), (4, 5), axes=(1, 0), norm="ortho"), at(fft.irfft2, some(3, 4), (2, 5)),
    at(fft.rfftn, some(2, 3, 4), axes=(2, 0)), at(fft.fft, some(5), workers=1),
]  # fmt: skip
"""With complex results, or real ones of what is meant to be complex."""
