"""Programs with SciPy's filters, integrals of samples and transforms."""

import numpy as np
import scipy.fft
from scipy import fft, integrate, signal
from scipy.integrate import trapezoid

from tests.judge import Programs

PROGRAMS = Programs()
works, refused = PROGRAMS.works, PROGRAMS.refused
X = np.array([0.4, 1.3, 2.2, 2.9, 4.0])
K = np.array([0.5, -0.2, 0.1])
IMAGE = np.cos(np.arange(12.0)).reshape(3, 4)


@works(X.copy(), K.copy())
def smoothed(x, k):
    y = signal.convolve(x, k, mode="same")
    y[0] = y[0] ** 2
    return np.sum(y * signal.fftconvolve(x, k, "same")) + np.sum(signal.correlate(x, k, "valid"))


@works(IMAGE.copy(), np.array([[1.0, 0.3], [-0.2, 0.5]]))
def layers(image, kernel):
    for _ in range(2):
        image = np.tanh(signal.convolve2d(image, kernel, mode="same"))
    return np.sum(signal.correlate2d(image, kernel, "valid") ** 2)


@works(np.array([0.3, 0.4]), np.array([1.0, -0.5]), X.copy())
def recursive_filter(b, a, x):
    y = signal.lfilter(b, a, x)
    return np.sum(signal.lfilter([1.0, 0.5], [1.0], y) ** 2)


@works(IMAGE.copy())
def without_trends(x):
    y = signal.detrend(x, axis=0, type="constant")
    return np.sum(signal.detrend(y) ** 3) + np.sum(signal.detrend(x, bp=[2]) ** 2)


@works(X**2, X.copy(), 0.3)
def integrals(y, x, h):
    total = trapezoid(y, x) + integrate.trapezoid(y, dx=h) + integrate.simpson(y, dx=h)
    return total + np.sum(integrate.cumulative_trapezoid(y, x, initial=0) ** 2) + integrate.simpson(y, x=X)


@works(IMAGE.copy(), np.array([0.0, 0.5, 1.5]))
def integrals_along_an_axis(y, x):
    inner = integrate.trapezoid(y, x, axis=0)
    inner[0] = 2.0 * inner[0]
    return integrate.simpson(inner) + np.sum(integrate.cumulative_trapezoid(y, axis=-2, dx=0.1)) + np.sum(
        integrate.simpson(y, axis=-1, dx=2.0)
    )  # fmt: skip


@works(X.copy())
def spectrum(x):
    f = scipy.fft.rfft(x, n=8)
    return np.sum(np.abs(f) ** 2) + np.sum(fft.irfft(f, 7) ** 2) + np.sum(np.real(fft.ifft(fft.fft(x) ** 2)))


@works(IMAGE.copy())
def cosines(x):
    y = fft.dct(x, axis=0, norm="ortho")
    z = fft.idct(fft.dst(y, type=3), n=5)
    return np.sum(z**2) + np.sum(fft.dctn(x, norm="ortho") ** 3) + np.sum(fft.fftshift(x, axes=1) * y)


@works(X.astype(np.float32), K.astype(np.float32))
def single_precision(x, k):
    return np.sum(signal.convolve(x, k)) + np.sum(fft.dct(x) ** 2)


@works(X.copy(), 2)
def mode_by_a_branch(x, n):
    y = signal.correlate(x, K, mode="full", method="direct")
    if n > 1:
        y = signal.convolve(y, K[::-1], "valid")
    return np.sum(y**2)


@works(X.copy())
def filter_that_is_designed_here(x):
    b, a = signal.butter(2, 0.3)
    return np.sum(signal.lfilter(b, a, x * signal.get_window("hann", 5)) ** 2)


@refused(X**2, X.copy())
def simpson_by_its_points(y, x):
    return integrate.simpson(y, x=x)


@refused(X.copy())
def filter_with_a_state(x):
    return np.sum(signal.lfilter(K, [1.0], x, zi=np.zeros(2))[0])


@refused(IMAGE.copy())
def wrapped_edges(x):
    return np.sum(signal.convolve2d(x, np.ones((2, 2)), boundary="wrap"))


@refused(X.copy())
def filter_forth_and_back(x):
    return np.sum(signal.filtfilt(K, [1.0], x, padlen=2))


test_right, test_refused = PROGRAMS.tests()
