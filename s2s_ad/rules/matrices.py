"""The kinds of what functions of matrices give, where samples of the arguments do not tell them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from s2s_ad.ir.core import Arg
from s2s_ad.ir.kinds import Array, Kind, NumpyScalar, TupleKind
from s2s_ad.rules.indexing import arg_kind
from s2s_ad.rules.shapes import Args, argument, dtype_of_array, exact, literal, marks_of_array


def _matrix(
    args: Args, kwargs: Mapping[str, Arg], position: int = 0, name: str = "a"
) -> tuple[np.dtype[np.generic], str]:
    """Return the dtype that NumPy computes in, and the marks of an argument."""
    arg = argument(args, kwargs, position, name)
    if arg is None:
        raise LookupError("an array is not given")
    return np.result_type(np.float32, dtype_of_array(arg_kind(arg))), marks_of_array(arg)


def _square(args: Args, kwargs: Mapping[str, Arg]) -> tuple[str, str]:
    """Return the complex dtype and the marks of square matrices, which are so if NumPy takes them."""
    dtype, axes = _matrix(args, kwargs)
    if len(axes) < 2:
        raise LookupError("a matrix is needed here")
    mark = min(axes[-2:], key="1n?".index)
    return np.result_type(dtype, np.complex64).name, axes[:-2] + mark * 2


@exact("numpy.linalg.eig")
def eig(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return complex kinds: whether NumPy gives real numbers, the numbers decide (`frontend.linalg`)."""
    dtype, axes = _square(args, kwargs)
    return TupleKind((Array(dtype, axes[:-1]), Array(dtype, axes)))


@exact("numpy.linalg.eigvals")
def eigvals(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return a complex kind, as of `eig`."""
    dtype, axes = _square(args, kwargs)
    return Array(dtype, axes[:-1])


@exact("numpy.linalg.lstsq")
def lstsq(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kinds of the solution, the residuals, of which there may be none, the rank and the singular values."""
    (dtype, axes), (other, more) = _matrix(args, kwargs), _matrix(args, kwargs, 1, "b")
    both = np.result_type(dtype, other)
    real = np.abs(np.zeros(0, both)).dtype.name
    least = min(axes, key="1?n".index)
    kinds = Array(both.name, axes[1:] + more[1:]), Array(real, "?"), NumpyScalar("int32"), Array(real, least)
    return TupleKind(kinds)


@exact("numpy.linalg.tensorsolve")
def tensorsolve(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind of the solution, whose axes are the last ones of the matrix (the front end sees to it)."""
    (dtype, axes), (other, more) = _matrix(args, kwargs), _matrix(args, kwargs, 1, "b")
    return Array(np.result_type(dtype, other).name, axes[len(more) :])


@exact("numpy.linalg.tensorinv")
def tensorinv(args: Args, kwargs: Mapping[str, Arg]) -> Kind:
    """Return the kind with the first axes, as many as are given, behind the others."""
    dtype, axes = _matrix(args, kwargs)
    count = literal(argument(args, kwargs, 1, "ind"), 2)
    return Array(dtype.name, axes[count:] + axes[:count])
