"""Fourier, cosine and sine transforms of SciPy; y is the result.

As NumPy's they are linear: the matrix of `fft` is symmetric, and where a transform cuts x off or pads it, the
adjoint is padded or cut off.  Of the cosine and sine transforms, the second sort is the transpose of the third
but for one row or column; with norm="ortho" the transpose is the inverse.  Makhoul (1980), IEEE ASSP 28, 27.
"""

# pyright: basic, reportCallIssue=false, reportArgumentType=false

import numpy as np
import scipy.fft as fft

from s2s_ad.rules.helpers import resized, unirfft
from s2s_ad.rules.language import rule
from s2s_ad.rules.slots import bar, dot

_INVERSE_NORM = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}
_INVERSE_TYPE = {1: 1, 2: 3, 3: 2, 4: 4}
_AXES = tuple(range(64))


def fitted(x_bar, size, shape):
    """An adjoint in this shape, where the transform was given a size."""
    return x_bar if size is None else resized(x_bar, shape)


# ---- of complex numbers -------------------------------------------------------------------------------------


def along_one(transform):
    @rule(transform, complex=True)
    def at(y, x, n=None, axis=-1, norm=None, *, workers=None):
        dot[y] = transform(dot[x], n, axis=axis, norm=norm)
        bar[x] = fitted(transform(bar[y], n, axis=axis, norm=norm), n, x.shape)


def along_two(transform):
    @rule(transform, complex=True)
    def at(y, x, s=None, axes=(-2, -1), norm=None, *, workers=None):
        dot[y] = transform(dot[x], s, axes=axes, norm=norm)
        bar[x] = fitted(transform(bar[y], s, axes=axes, norm=norm), s, x.shape)


def along_many(transform):
    @rule(transform, complex=True)
    def at(y, x, s=None, axes=None, norm=None, *, workers=None):
        dot[y] = transform(dot[x], s, axes=axes, norm=norm)
        bar[x] = fitted(transform(bar[y], s, axes=axes, norm=norm), s, x.shape)


for _register, _transforms in (
    (along_one, (fft.fft, fft.ifft)),
    (along_two, (fft.fft2, fft.ifft2)),
    (along_many, (fft.fftn, fft.ifftn)),
):
    for _transform in _transforms:
        _register(_transform)


# ---- of real numbers ----------------------------------------------------------------------------------------


def sizes(shape, axes):
    return shape if axes is None else [shape[axis] for axis in axes]


@rule(fft.rfft, complex=True)
def rfft(y, x, n=None, axis=-1, norm=None, *, workers=None):
    """The first half of fft, of real x: the adjoint has zeros for the other half."""
    dot[y] = fft.rfft(dot[x], n, axis=axis, norm=norm)
    size = x.shape[axis] if n is None else n
    bar[x] = fitted(np.real(fft.fft(bar[y], size, axis=axis, norm=norm)), n, x.shape)


@rule(fft.rfft2, complex=True)
def rfft2(y, x, s=None, axes=(-2, -1), norm=None, *, workers=None):
    dot[y] = fft.rfft2(dot[x], s, axes=axes, norm=norm)
    whole = sizes(x.shape, axes) if s is None else s
    bar[x] = fitted(np.real(fft.fft2(bar[y], whole, axes=axes, norm=norm)), s, x.shape)


@rule(fft.rfftn, complex=True)
def rfftn(y, x, s=None, axes=None, norm=None, *, workers=None):
    dot[y] = fft.rfftn(dot[x], s, axes=axes, norm=norm)
    whole = sizes(x.shape, axes) if s is None else s
    bar[x] = fitted(np.real(fft.fftn(bar[y], whole, axes=axes, norm=norm)), s, x.shape)


@rule(fft.irfft, complex=True)
def irfft(y, x, n=None, axis=-1, norm=None, *, workers=None):
    """Of half a spectrum, whose other half is its conjugate."""
    dot[y] = fft.irfft(dot[x], n, axis=axis, norm=norm)
    bar[x] = resized(unirfft(bar[y], axis=axis, norm=norm), x.shape)


@rule(fft.irfft2, complex=True)
def irfft2(y, x, s=None, axes=(-2, -1), norm=None, *, workers=None):
    """irfft along the last axis of ifft along the others."""
    dot[y] = fft.irfft2(dot[x], s, axes=axes, norm=norm)
    bar[x] = resized(fft.ifftn(unirfft(bar[y], axis=axes[-1], norm=norm), axes=axes[:-1], norm=norm), x.shape)


@rule(fft.irfftn, complex=True)
def irfftn(y, x, s=None, axes=None, norm=None, *, workers=None):
    dot[y] = fft.irfftn(dot[x], s, axes=axes, norm=norm)
    if axes is not None:
        inner = unirfft(bar[y], axis=axes[-1], norm=norm)
        bar[x] = resized(fft.ifftn(inner, axes=axes[:-1], norm=norm), x.shape)
    elif s is None:
        inner = unirfft(bar[y], norm=norm)
        bar[x] = resized(fft.ifftn(inner, axes=_AXES[: x.ndim - 1], norm=norm), x.shape)


@rule(fft.hfft, complex=True)
def hfft(y, x, n=None, axis=-1, norm=None, *, workers=None):
    """irfft of the conjugate, with the norm of the inverse."""
    dot[y] = fft.hfft(dot[x], n, axis=axis, norm=norm)
    bar[x] = resized(np.conj(unirfft(bar[y], axis=axis, norm=_INVERSE_NORM[norm])), x.shape)


@rule(fft.ihfft, complex=True)
def ihfft(y, x, n=None, axis=-1, norm=None, *, workers=None):
    """The conjugate of rfft, with the norm of the inverse."""
    dot[y] = fft.ihfft(dot[x], n, axis=axis, norm=norm)
    size = x.shape[axis] if n is None else n
    back = np.real(fft.fft(np.conj(bar[y]), size, axis=axis, norm=_INVERSE_NORM[norm]))
    bar[x] = fitted(back, n, x.shape)


@rule(fft.fftshift, complex=True)
def fftshift(y, x, axes=None):
    dot[y] = fft.fftshift(dot[x], axes)
    bar[x] = fft.ifftshift(bar[y], axes)


@rule(fft.ifftshift, complex=True)
def ifftshift(y, x, axes=None):
    dot[y] = fft.ifftshift(dot[x], axes)
    bar[x] = fft.fftshift(bar[y], axes)


# ---- cosine and sine transforms -------------------------------------------------------------------------------


def weighed(y, axis, first, last):
    """Y with its first and its last elements along the axis multiplied."""
    places = np.arange(y.shape[axis])
    weights = np.where(places == 0, first, 1.0) * np.where(places == y.shape[axis] - 1, last, 1.0)
    return y * np.reshape(weights.astype(y.dtype), (-1,) + (1,) * (y.ndim - 1 - axis % y.ndim))


def cosine_transposed(y, type, axis, norm):
    if norm == "ortho":
        return fft.idct(y, type, axis=axis, norm="ortho")
    if type == 1:
        return weighed(fft.dct(weighed(y, axis, 2.0, 2.0), 1, axis=axis, norm=norm), axis, 0.5, 0.5)
    if type == 2:
        return fft.dct(weighed(y, axis, 2.0, 1.0), 3, axis=axis, norm=norm)
    if type == 3:
        return weighed(fft.dct(y, 2, axis=axis, norm=norm), axis, 0.5, 1.0)
    return fft.dct(y, 4, axis=axis, norm=norm)


def sine_transposed(y, type, axis, norm):
    if norm == "ortho":
        return fft.idst(y, type, axis=axis, norm="ortho")
    if type == 2:
        return fft.dst(weighed(y, axis, 1.0, 2.0), 3, axis=axis, norm=norm)
    if type == 3:
        return weighed(fft.dst(y, 2, axis=axis, norm=norm), axis, 1.0, 0.5)
    return fft.dst(y, type, axis=axis, norm=norm)


@rule(fft.dct, complex=True)
def dct(y, x, type=2, n=None, axis=-1, norm=None, *, workers=None):
    dot[y] = fft.dct(dot[x], type, n, axis=axis, norm=norm)
    bar[x] = fitted(cosine_transposed(bar[y], type, axis, norm), n, x.shape)


@rule(fft.idct, complex=True)
def idct(y, x, type=2, n=None, axis=-1, norm=None, *, workers=None):
    dot[y] = fft.idct(dot[x], type, n, axis=axis, norm=norm)
    bar[x] = fitted(cosine_transposed(bar[y], _INVERSE_TYPE[type], axis, _INVERSE_NORM[norm]), n, x.shape)


@rule(fft.dst, complex=True)
def dst(y, x, type=2, n=None, axis=-1, norm=None, *, workers=None):
    dot[y] = fft.dst(dot[x], type, n, axis=axis, norm=norm)
    bar[x] = fitted(sine_transposed(bar[y], type, axis, norm), n, x.shape)


@rule(fft.idst, complex=True)
def idst(y, x, type=2, n=None, axis=-1, norm=None, *, workers=None):
    dot[y] = fft.idst(dot[x], type, n, axis=axis, norm=norm)
    bar[x] = fitted(sine_transposed(bar[y], _INVERSE_TYPE[type], axis, _INVERSE_NORM[norm]), n, x.shape)


def orthogonal(transform, inverse):
    """Register a transform of many axes, which has the inverse for its transpose if norm is "ortho"."""

    @rule(transform, complex=True)
    def at(y, x, type=2, s=None, axes=None, norm=None, *, workers=None):
        if norm == "ortho":
            dot[y] = transform(dot[x], type, s, axes=axes, norm="ortho")
            bar[x] = fitted(inverse(bar[y], type, axes=axes, norm="ortho"), s, x.shape)


for _transform, _inverse in ((fft.dctn, fft.idctn), (fft.dstn, fft.idstn)):
    orthogonal(_transform, _inverse)
    orthogonal(_inverse, _transform)
