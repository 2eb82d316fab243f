"""A stand-in for the pipeline: derivatives written by hand, so that store and dispatch are tested alone."""

import types

import numpy as np

from s2s_ad.emitted import Emitted
from s2s_ad.frontend.capture import Dependency, fingerprint, resolve

SCALE = 2.0
WEIGHTS = np.array([1.0, 2.0])


def product(x, y=3.0):
    return np.multiply(x, y)


def scaled(x):
    return x * SCALE


def weighted(x):
    return np.sum(WEIGHTS * x)


def helper(x):
    return x * SCALE


def helped(x, *, power=2):
    return helper(x) ** power


def failing(x):
    return 1.0 / x


def quadratic(params):
    return np.sum(params["w"] ** 2) + params["b"] ** 2


BODIES = {
    "product": ("x, y, y_bar=1.0", "x * y", ("y * y_bar", "x * y_bar"), ("np",), ()),
    "scaled": ("x, y_bar=1.0", "x * {SCALE!r}", ("{SCALE!r} * y_bar",), ("SCALE",), ()),
    "weighted": ("x, y_bar=1.0, *, w", "np.sum(w * x)", ("w * y_bar",), ("np", "WEIGHTS"), (("w", "WEIGHTS"),)),
    "helped": (
        "x, y_bar=1.0, *, power",
        "(x * {SCALE!r}) ** power",
        ("power * (x * {SCALE!r}) ** (power - 1) * {SCALE!r} * y_bar",),
        ("helper", "helper:SCALE"),
        (),
    ),
    "failing": ("x, y_bar=1.0", "1.0 / x", ("-y_bar / x**2",), (), ()),
    "quadratic": (
        "params, y_bar=1.0",
        "np.sum(params['w'] ** 2) + params['b'] ** 2",
        ("{{'w': 2 * params['w'] * y_bar, 'b': 2 * params['b'] * y_bar}}",),
        ("np",),
        (),
    ),
    "<lambda>": ("x, y_bar=1.0", "x * {a!r}", ("{a!r} * y_bar",), ("a",), ()),
}


def pipeline():
    """Return a module like `s2s_ad.pipeline`, whose `calls` counts what it emitted."""
    module = types.ModuleType("s2s_ad.pipeline")
    module.calls = []

    def derive(fun, layers, signature, *, optimize=True, jit=None):
        argnums = layers[-1].argnums
        module.calls.append((fun.__name__, argnums, tuple(map(str, signature))))
        parameters, value, bars, paths, captures = BODIES[fun.__name__]
        literals = {path.rpartition(":")[2]: resolve(fun, path) for path in paths}
        chosen = "".join(f"{bars[index]}, " for index in argnums).format(**literals)
        entry = fun.__name__.strip("<>") + "_vjp"
        text = f'"""Reverse mode of {fun.__name__}."""\nimport numpy as np\n\n\ndef {entry}({parameters}):\n'
        text += f"    value = {value.format(**literals)}\n    return value, ({chosen})\n"
        dependencies = tuple(Dependency(path, fingerprint(resolve(fun, path))) for path in paths)
        return Emitted(text, entry, dependencies, captures)

    module.derive = derive
    return module
