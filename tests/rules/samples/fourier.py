"""Points of Fourier transforms."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2s_ad.rules import helpers
from tests.rules.samples.base import at, some

_SIZES: list[dict[str, Any]] = [
    {}, {"n": 3}, {"n": 7}, {"n": 8, "axis": 0}, {"axis": 0}, {"norm": "ortho"}, {"norm": "forward", "n": 6},
    {"norm": "backward", "axis": -2},
]  # fmt: skip
_SIZES_ND: list[dict[str, Any]] = [
    {}, {"s": (3, 4), "axes": (0, 1)}, {"axes": (0, 2)}, {"s": (7, 2), "axes": (-1, 0), "norm": "ortho"},
    {"norm": "forward"},
]  # fmt: skip

_SIZES_HALF: list[dict[str, Any]] = [
    {}, {"s": (3, 4), "axes": (0, 1)}, {"axes": (0, 2)}, {"s": (7, 2), "axes": (-1, 0), "norm": "ortho"},
    {"norm": "forward"}, {"axes": (2,)}, {"s": (3, -1), "axes": (0, 2)}, {"s": (-1, 7), "axes": (1, 2)},
]  # fmt: skip

FOURIER = [
    *[at(fun, some(4, 5), **kwargs) for fun in (np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft, np.fft.hfft,
                                                np.fft.ihfft) for kwargs in _SIZES],
    *[at(fun, some(4, 6)) for fun in (np.fft.rfft, np.fft.irfft, np.fft.hfft, np.fft.ihfft)],
    at(np.fft.fft, some(5), 3), at(np.fft.irfft, some(1, 3), 1, 1), at(np.fft.rfft, some(1)),
    *[at(fun, some(4, 2, 5), **kwargs)
      for fun in (np.fft.fftn, np.fft.ifftn, np.fft.fft2, np.fft.ifft2) for kwargs in _SIZES_ND],
    *[at(fun, some(4, 2, 5), **kwargs) for fun in (np.fft.rfftn, np.fft.irfftn, np.fft.rfft2, np.fft.irfft2)
      for kwargs in _SIZES_HALF],
    at(np.fft.rfftn, some(2, 3, 4)), at(np.fft.irfftn, some(5)), at(np.fft.rfft2, some(3, 4), (4, 3)),
    *[at(fun, some(4, 5), axes) for fun in (np.fft.fftshift, np.fft.ifftshift) for axes in (None, 1, (0, 1))],
    *[at(fun, n, 0.3, wrt=(1,)) for fun in (np.fft.fftfreq, np.fft.rfftfreq) for n in (1, 4, 5)],
    at(helpers.unirfft, some(4, 5)), at(helpers.unirfft, some(4, 5), 0), at(helpers.unirfft, some(4, 5), norm="ortho"),
    at(helpers.unirfft, some(4, 6), -1, "forward"),
]  # fmt: skip
