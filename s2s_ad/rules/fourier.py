"""Discrete Fourier transforms; y is the result.

They are linear, and the matrix of `fft` is symmetric: its transpose, which the adjoint needs, is itself.
Where the transform cuts a off or pads it, the adjoint is padded or cut off.
"""

# pyright: basic

import numpy as np

from s2s_ad.rules.helpers import resized, unirfft
from s2s_ad.rules.language import rule
from s2s_ad.rules.slots import bar, dot

# ---- from complex numbers to complex numbers ---------------------------------------------------------


@rule(np.fft.fft, complex=True)
def fft(y, a, n=None, axis=-1, norm=None):
    dot[y] = np.fft.fft(dot[a], n, axis=axis, norm=norm)
    if n is None:
        bar[a] = np.fft.fft(bar[y], axis=axis, norm=norm)
    else:
        bar[a] = resized(np.fft.fft(bar[y], n, axis=axis, norm=norm), a.shape)


@rule(np.fft.ifft, complex=True)
def ifft(y, a, n=None, axis=-1, norm=None):
    dot[y] = np.fft.ifft(dot[a], n, axis=axis, norm=norm)
    if n is None:
        bar[a] = np.fft.ifft(bar[y], axis=axis, norm=norm)
    else:
        bar[a] = resized(np.fft.ifft(bar[y], n, axis=axis, norm=norm), a.shape)


@rule(np.fft.fft2, complex=True)
def fft2(y, a, s=None, axes=(-2, -1), norm=None):
    dot[y] = np.fft.fft2(dot[a], s, axes=axes, norm=norm)
    if s is None:
        bar[a] = np.fft.fft2(bar[y], axes=axes, norm=norm)
    else:
        bar[a] = resized(np.fft.fft2(bar[y], s, axes=axes, norm=norm), a.shape)


@rule(np.fft.ifft2, complex=True)
def ifft2(y, a, s=None, axes=(-2, -1), norm=None):
    dot[y] = np.fft.ifft2(dot[a], s, axes=axes, norm=norm)
    if s is None:
        bar[a] = np.fft.ifft2(bar[y], axes=axes, norm=norm)
    else:
        bar[a] = resized(np.fft.ifft2(bar[y], s, axes=axes, norm=norm), a.shape)


@rule(np.fft.fftn, complex=True)
def fftn(y, a, s=None, axes=None, norm=None):
    dot[y] = np.fft.fftn(dot[a], s, axes=axes, norm=norm)
    if s is None:
        bar[a] = np.fft.fftn(bar[y], axes=axes, norm=norm)
    else:
        bar[a] = resized(np.fft.fftn(bar[y], s, axes=axes, norm=norm), a.shape)


@rule(np.fft.ifftn, complex=True)
def ifftn(y, a, s=None, axes=None, norm=None):
    dot[y] = np.fft.ifftn(dot[a], s, axes=axes, norm=norm)
    if s is None:
        bar[a] = np.fft.ifftn(bar[y], axes=axes, norm=norm)
    else:
        bar[a] = resized(np.fft.ifftn(bar[y], s, axes=axes, norm=norm), a.shape)


# ---- of real numbers: half a spectrum, whose other half is its conjugate ------------------------------


@rule(np.fft.rfft, complex=True)
def rfft(y, a, n=None, axis=-1, norm=None):
    """The first half of fft: the adjoint has zeros for the other half."""
    dot[y] = np.fft.rfft(dot[a], n, axis=axis, norm=norm)
    if n is None:
        bar[a] = np.real(np.fft.fft(bar[y], a.shape[axis], axis=axis, norm=norm))
    else:
        bar[a] = resized(np.real(np.fft.fft(bar[y], n, axis=axis, norm=norm)), a.shape)


@rule(np.fft.irfft, complex=True)
def irfft(y, a, n=None, axis=-1, norm=None):
    dot[y] = np.fft.irfft(dot[a], n, axis=axis, norm=norm)
    bar[a] = resized(unirfft(bar[y], axis=axis, norm=norm), a.shape)


def all_axes(a, axes):
    return tuple(range(a.ndim)) if axes is None else axes


def lengths(a, s, axes):
    """How long the real axes are that a transform goes along, where -1 says: as they are."""
    if s is None:
        return tuple(a.shape[axis] for axis in axes)
    return (*s[:-1], a.shape[axes[-1]] if s[-1] == -1 else s[-1])


def rfft_adjoint(y_bar, a, s, axes, norm):
    return np.real(np.fft.fftn(y_bar, lengths(a, s, axes), axes=axes, norm=norm))


def irfft_adjoint(y_bar, a, axes, norm):
    """Along the last axis it is `irfft`, along the others `ifft`."""
    half = unirfft(y_bar, axis=axes[-1], norm=norm)
    return resized(half if len(axes) == 1 else np.fft.ifftn(half, axes=axes[:-1], norm=norm), a.shape)


@rule(np.fft.rfftn, complex=True)
def rfftn(y, a, s=None, axes=None, norm=None):
    dot[y] = np.fft.rfftn(dot[a], s, axes=axes, norm=norm)
    if s is None:
        bar[a] = rfft_adjoint(bar[y], a, s, all_axes(a, axes), norm)
    else:
        bar[a] = resized(rfft_adjoint(bar[y], a, s, all_axes(a, axes), norm), a.shape)


@rule(np.fft.irfftn, complex=True)
def irfftn(y, a, s=None, axes=None, norm=None):
    dot[y] = np.fft.irfftn(dot[a], s, axes=axes, norm=norm)
    bar[a] = irfft_adjoint(bar[y], a, all_axes(a, axes), norm)


@rule(np.fft.rfft2, complex=True)
def rfft2(y, a, s=None, axes=(-2, -1), norm=None):
    dot[y] = np.fft.rfft2(dot[a], s, axes=axes, norm=norm)
    if s is None:
        bar[a] = rfft_adjoint(bar[y], a, s, axes, norm)
    else:
        bar[a] = resized(rfft_adjoint(bar[y], a, s, axes, norm), a.shape)


@rule(np.fft.irfft2, complex=True)
def irfft2(y, a, s=None, axes=(-2, -1), norm=None):
    dot[y] = np.fft.irfft2(dot[a], s, axes=axes, norm=norm)
    bar[a] = irfft_adjoint(bar[y], a, axes, norm)


# ---- of half a signal, whose other half is its conjugate ----------------------------------------------


def other_way(norm):
    """The norm of the transform in the other direction."""
    if norm is None or norm == "backward":
        return "forward"
    return "ortho" if norm == "ortho" else None


@rule(np.fft.hfft, complex=True)
def hfft(y, a, n=None, axis=-1, norm=None):
    """The irfft of the conjugate, with the other norm."""
    dot[y] = np.fft.hfft(dot[a], n, axis=axis, norm=norm)
    bar[a] = np.conj(resized(unirfft(bar[y], axis=axis, norm=other_way(norm)), a.shape))


@rule(np.fft.ihfft, complex=True)
def ihfft(y, a, n=None, axis=-1, norm=None):
    """The conjugate of rfft, with the other norm."""
    dot[y] = np.fft.ihfft(dot[a], n, axis=axis, norm=norm)
    if n is None:
        bar[a] = np.real(np.fft.fft(np.conj(bar[y]), a.shape[axis], axis=axis, norm=other_way(norm)))
    else:
        bar[a] = resized(np.real(np.fft.fft(np.conj(bar[y]), n, axis=axis, norm=other_way(norm))), a.shape)


# ---- frequencies, and their order -----------------------------------------------------------------------


@rule(np.fft.fftfreq, np.fft.rfftfreq, complex=True)
def fftfreq(y, n, d=1.0):
    """Integers over n d."""
    dot[y] = -y * dot[d] / d
    bar[d] = -np.sum(bar[y] * y) / d


@rule(np.fft.fftshift, complex=True)
def fftshift(y, x, axes=None):
    dot[y] = np.fft.fftshift(dot[x], axes)
    bar[x] = np.fft.ifftshift(bar[y], axes)


@rule(np.fft.ifftshift, complex=True)
def ifftshift(y, x, axes=None):
    dot[y] = np.fft.ifftshift(dot[x], axes)
    bar[x] = np.fft.fftshift(bar[y], axes)
