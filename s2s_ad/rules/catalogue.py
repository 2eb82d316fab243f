"""What there is for each public function of NumPy and `math`: a rule, no derivative, or a reason why not.

Of SciPy, where it is installed, only what is known is listed.

>>> status("numpy.sin"), status("numpy.floor"), status("numpy.save")
(('rule', 'x'), ('passive', ''), ('impossible', 'it reads or writes files'))
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from importlib.util import find_spec

from s2s_ad.rules.language import lookup, passive, rules
from s2s_ad.rules.names import path_of
from s2s_ad.rules.passive import PASSIVE

MODULES = ("numpy", "numpy.linalg", "numpy.fft", "math")

_REASONS = {
    "it reads or writes files": """
        load save savez savez_compressed savetxt loadtxt genfromtxt fromregex fromfile memmap
    """,
    "it shows or makes text": """
        array2string array_repr array_str base_repr binary_repr format_float_positional format_float_scientific
        datetime_as_string info show_config show_runtime get_include typename
    """,
    "it reads numbers out of text or bytes": "fromstring frombuffer from_dlpack",
    "it sets how NumPy works": """
        geterr seterrcall geterrcall setbufsize getbufsize get_printoptions set_printoptions printoptions
    """,
    "it is about dates": """
        busday_count busday_offset busdaycalendar is_busday isnat datetime64 timedelta64 datetime_data
    """,
    "it is about bits": "packbits unpackbits",
    "it is a type of values that are no floats": """
        void str_ bytes_ object_ character flexible generic number integer signedinteger unsignedinteger inexact
        floating complexfloating longlong ulonglong
    """,
    "it is a type of extended precision, which emitted code does not keep": """
        longdouble clongdouble float128 complex256
    """,
    "it makes objects that are no arrays": """
        matrix asmatrix bmat recarray record poly1d vectorize frompyfunc nditer ndenumerate ndindex nested_iters
        flatiter broadcast ndarray ufunc fromiter
    """,
    "it jumps wherever an argument moves: elements are in it that are equal in both": "intersect1d",
    "it tests something and returns nothing": "test",
    "it tells what NumPy has": "__array_namespace_info__",
    "it is made of a number of points, which is an integer": "bartlett blackman hamming hanning",
    "the dtype that it gives depends on the values": "real_if_close min_scalar_type",
    "it plans and computes nothing": "einsum_path",
}
IMPOSSIBLE: dict[str, str] = {f"numpy.{name}": reason for reason, names in _REASONS.items() for name in names.split()}
"""Public functions and classes that are not differentiated, and why."""

_LOWERED = """
    numpy.copy numpy.copyto numpy.putmask numpy.place numpy.put numpy.put_along_axis numpy.fill_diagonal numpy.shape
    numpy.iscomplexobj numpy.isrealobj numpy.clip numpy.nan_to_num math.fsum math.prod
    numpy.array numpy.atleast_1d numpy.atleast_2d numpy.atleast_3d numpy.broadcast_arrays numpy.meshgrid
    numpy.rollaxis numpy.pad numpy.interp
    numpy.fromfunction numpy.apply_along_axis numpy.apply_over_axes numpy.piecewise
    numpy.linalg.svd numpy.linalg.qr numpy.linalg.eig numpy.linalg.eigvals numpy.linalg.matrix_power
    numpy.linalg.tensorsolve numpy.astype
    numpy.diff numpy.polyder numpy.polyint numpy.gradient numpy.cross numpy.linalg.cross numpy.einsum numpy.linspace
    numpy.logspace numpy.poly numpy.roots numpy.polyfit
"""
LOWERED = frozenset(_LOWERED.split())
"""Functions that the front end writes out: calls of them become what they do."""


def public(module: str) -> Iterator[str]:
    """Yield the paths of the public callables of a module, exceptions apart."""
    owner = importlib.import_module(module)
    names: list[str] = getattr(owner, "__all__", [*vars(owner)])
    for name in sorted(name for name in names if not name.startswith("_")):
        value = getattr(owner, name)
        if callable(value) and not (isinstance(value, type) and issubclass(value, BaseException)):
            yield f"{module}.{name}"


def known_of_scipy() -> Iterator[str]:
    """Yield the paths of the functions of SciPy that have a rule or no derivative; none where it is not installed."""
    if find_spec("scipy"):
        ruled = {path_of(fun) for rule in rules() for fun in rule.of} | set(PASSIVE)
        yield from sorted(path for path in ruled if path and path.startswith("scipy."))


def status(path: str) -> tuple[str, str]:
    """Return what there is for a function: "rule" and its arguments, "lowered", "passive", "impossible" and why.

    A function is "lowered" if calls of it become what it does, written out; "missing" if nothing is known.
    """
    rule = lookup(path)
    if rule is not None:
        return "rule", ", ".join(rule.arguments)
    if passive(path):
        return "passive", ""
    if path in IMPOSSIBLE:
        return "impossible", IMPOSSIBLE[path]
    return ("lowered", "") if path_of(_object(path)) in LOWERED else ("missing", "")


def _object(path: str) -> object:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)
