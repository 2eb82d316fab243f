"""Convolutions and filters; z is the result.

A convolution z = f ∗ g is linear in both; what its mode cuts off has the adjoint zero, and the adjoint of f is
the correlation of the whole adjoint with g.
"""

# pyright: basic, reportCallIssue=false, reportArgumentType=false, reportOperatorIssue=false

import numpy as np
import scipy.signal as signal

from s2s_ad.rules import helpers
from s2s_ad.rules.helpers import lagged_products, middle, unmiddle
from s2s_ad.rules.language import rule
from s2s_ad.rules.slots import bar, dot


def conjugated(x):
    return np.conj(x) if np.iscomplexobj(x) else x


def of_convolution(convolve, correlate):
    """Register a function for convolutions of all axes, with the correlation that goes with it."""

    @rule(convolve, complex=True)
    def at(z, in1, in2, mode="full", method="auto"):
        dot[z] = convolve(dot[in1], in2, mode) + convolve(in1, dot[in2], mode)
        whole = bar[z] if mode == "full" else unmiddle(bar[z], in1.shape, in2.shape, mode)
        bar[in1] = correlate(whole, conjugated(in2), "valid")
        bar[in2] = correlate(whole, conjugated(in1), "valid")


of_convolution(signal.convolve, signal.correlate)


@rule(signal.fftconvolve, signal.oaconvolve, complex=True)
def fftconvolve(z, in1, in2, mode="full", axes=None):
    if axes is None:
        dot[z] = signal.fftconvolve(dot[in1], in2, mode) + signal.fftconvolve(in1, dot[in2], mode)
        whole = bar[z] if mode == "full" else unmiddle(bar[z], in1.shape, in2.shape, mode)
        bar[in1] = signal.fftconvolve(whole, np.flip(in2), "valid")
        bar[in2] = signal.fftconvolve(whole, np.flip(in1), "valid")


@rule(signal.correlate, complex=True)
def correlate(z, in1, in2, mode="full", method="auto"):
    """zₙ = Σ fₙ₊ₖ conj(gₖ): the convolution with g turned around."""
    dot[z] = signal.correlate(dot[in1], in2, mode) + signal.correlate(in1, dot[in2], mode)
    whole = bar[z] if mode == "full" else unmiddle(bar[z], in1.shape, in2.shape, mode)
    bar[in1] = signal.convolve(whole, conjugated(in2), "valid")
    bar[in2] = conjugated(np.flip(signal.correlate(whole, conjugated(in1), "valid")))


@rule(signal.convolve2d, complex=True)
def convolve2d(z, in1, in2, mode="full", boundary="fill", fillvalue=0):
    if boundary == "fill" and fillvalue == 0:
        dot[z] = signal.convolve2d(dot[in1], in2, mode) + signal.convolve2d(in1, dot[in2], mode)
        whole = bar[z] if mode == "full" else unmiddle(bar[z], in1.shape, in2.shape, mode)
        bar[in1] = signal.correlate(whole, conjugated(in2), "valid")
        bar[in2] = signal.correlate(whole, conjugated(in1), "valid")


@rule(signal.correlate2d, complex=True)
def correlate2d(z, in1, in2, mode="full", boundary="fill", fillvalue=0):
    """Of an even size the middle is the other one."""
    if boundary == "fill" and fillvalue == 0:
        dot[z] = signal.correlate2d(dot[in1], in2, mode) + signal.correlate2d(in1, dot[in2], mode)
        whole = bar[z] if mode == "full" else np.flip(unmiddle(np.flip(bar[z]), in1.shape, in2.shape, mode))
        bar[in1] = signal.convolve(whole, conjugated(in2), "valid")
        bar[in2] = conjugated(np.flip(signal.correlate(whole, conjugated(in1), "valid")))


@rule(signal.lfilter, complex=True)
def lfilter(y, b, a, x, axis=-1):
    """a ∗ y = b ∗ x; backwards in time w = ȳ / a is the adjoint of both sides."""
    dot_b = signal.lfilter(dot[b], 1.0, x, axis=axis)
    dot_a = signal.lfilter(dot[a], 1.0, y, axis=axis)
    dot_x = signal.lfilter(b, 1.0, dot[x], axis=axis)
    dot[y] = signal.lfilter(np.ones(1), a, dot_b + dot_x - dot_a, axis=axis)
    w = np.flip(signal.lfilter(np.ones(1), a, np.flip(bar[y], axis), axis=axis), axis)
    bar[b] = lagged_products(w, x, b.shape, axis)
    bar[a] = -lagged_products(w, y, a.shape, axis)
    bar[x] = np.flip(signal.lfilter(b, a, np.flip(bar[y], axis), axis=axis), axis)


@rule(signal.detrend, complex=True)
def detrend(y, data, axis=-1, type="linear", bp=0):
    """Projects on what is across all trends: its own transpose."""
    dot[y] = signal.detrend(dot[data], axis, type, bp)
    bar[data] = signal.detrend(bar[y], axis, type, bp)


# ---- helpers ------------------------------------------------------------------------------------------------


@rule(helpers.unmiddle, complex=True)
def unmiddle_(whole, z, shape1, shape2, mode):
    dot[whole] = unmiddle(dot[z], shape1, shape2, mode)
    bar[z] = middle(bar[whole], shape1, shape2, mode)


@rule(helpers.middle, view=True, complex=True)
def middle_(z, whole, shape1, shape2, mode):
    dot[z] = middle(dot[whole], shape1, shape2, mode)
    bar[whole] = unmiddle(bar[z], shape1, shape2, mode)


@rule(helpers.lagged_products, complex=True)
def lagged_products_(c, w, x, shape, axis):
    dot[c] = lagged_products(dot[w], x, shape, axis) + lagged_products(w, dot[x], shape, axis)
    bar[w] = signal.lfilter(bar[c], 1.0, x, axis=axis)
    bar[x] = np.flip(signal.lfilter(bar[c], 1.0, np.flip(w, axis), axis=axis), axis)
