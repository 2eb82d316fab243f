"""Discrete Fourier transforms; y is the result.

They are linear, and the matrix of `fft` is symmetric: its transpose, which the adjoint needs, is itself.
Where the transform cuts x off or pads it, the adjoint is padded or cut off.
"""

# pyright: basic

import numpy as np

from s2s_ad.rules.helpers import resized, unirfft
from s2s_ad.rules.language import bar, dot, rule


@rule(np.fft.fft, complex=True)
def fft(y, x, n=None, axis=-1, norm=None):
    dot[y] = np.fft.fft(dot[x], n, axis=axis, norm=norm)
    if n is None:
        bar[x] = np.fft.fft(bar[y], axis=axis, norm=norm)
    else:
        bar[x] = resized(np.fft.fft(bar[y], n, axis=axis, norm=norm), x.shape)


@rule(np.fft.ifft, complex=True)
def ifft(y, x, n=None, axis=-1, norm=None):
    dot[y] = np.fft.ifft(dot[x], n, axis=axis, norm=norm)
    if n is None:
        bar[x] = np.fft.ifft(bar[y], axis=axis, norm=norm)
    else:
        bar[x] = resized(np.fft.ifft(bar[y], n, axis=axis, norm=norm), x.shape)


@rule(np.fft.fft2, complex=True)
def fft2(y, x, s=None, axes=(-2, -1), norm=None):
    dot[y] = np.fft.fft2(dot[x], s, axes=axes, norm=norm)
    if s is None:
        bar[x] = np.fft.fft2(bar[y], axes=axes, norm=norm)
    else:
        bar[x] = resized(np.fft.fft2(bar[y], s, axes=axes, norm=norm), x.shape)


@rule(np.fft.ifft2, complex=True)
def ifft2(y, x, s=None, axes=(-2, -1), norm=None):
    dot[y] = np.fft.ifft2(dot[x], s, axes=axes, norm=norm)
    if s is None:
        bar[x] = np.fft.ifft2(bar[y], axes=axes, norm=norm)
    else:
        bar[x] = resized(np.fft.ifft2(bar[y], s, axes=axes, norm=norm), x.shape)


@rule(np.fft.fftn, complex=True)
def fftn(y, x, s=None, axes=None, norm=None):
    dot[y] = np.fft.fftn(dot[x], s, axes=axes, norm=norm)
    if s is None:
        bar[x] = np.fft.fftn(bar[y], axes=axes, norm=norm)
    else:
        bar[x] = resized(np.fft.fftn(bar[y], s, axes=axes, norm=norm), x.shape)


@rule(np.fft.ifftn, complex=True)
def ifftn(y, x, s=None, axes=None, norm=None):
    dot[y] = np.fft.ifftn(dot[x], s, axes=axes, norm=norm)
    if s is None:
        bar[x] = np.fft.ifftn(bar[y], axes=axes, norm=norm)
    else:
        bar[x] = resized(np.fft.ifftn(bar[y], s, axes=axes, norm=norm), x.shape)


@rule(np.fft.rfft, complex=True)
def rfft(y, x, n=None, axis=-1, norm=None):
    """The first half of fft, of real x: the adjoint has zeros for the other half."""
    dot[y] = np.fft.rfft(dot[x], n, axis=axis, norm=norm)
    if n is None:
        bar[x] = np.real(np.fft.fft(bar[y], x.shape[axis], axis=axis, norm=norm))
    else:
        bar[x] = resized(np.real(np.fft.fft(bar[y], n, axis=axis, norm=norm)), x.shape)


@rule(np.fft.irfft, complex=True)
def irfft(y, x, n=None, axis=-1, norm=None):
    """Of half a spectrum, whose other half is its conjugate."""
    dot[y] = np.fft.irfft(dot[x], n, axis=axis, norm=norm)
    bar[x] = resized(unirfft(bar[y], axis=axis, norm=norm), x.shape)


@rule(np.fft.fftshift, complex=True)
def fftshift(y, x, axes=None):
    dot[y] = np.fft.fftshift(dot[x], axes)
    bar[x] = np.fft.ifftshift(bar[y], axes)


@rule(np.fft.ifftshift, complex=True)
def ifftshift(y, x, axes=None):
    dot[y] = np.fft.ifftshift(dot[x], axes)
    bar[x] = np.fft.fftshift(bar[y], axes)
