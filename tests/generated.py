"""The emitted modules of the examples, kept in generated/ for readers.

`python -m tests.generated` writes them anew.
"""

import importlib.util
import pathlib

import numpy as np

from s2s_ad import emit

ROOT = pathlib.Path(__file__).parent.parent
GENERATED = ROOT / "generated"


def example(name):
    """Return the module of an example."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def modules():
    """Yield the name and the text of each module."""
    textbook, heat, digits = example("textbook"), example("heat"), example("fit_digits")
    rod = np.ones(4)
    params = digits.initial_params(4, 3, np.random.default_rng(0))
    yield "textbook.py", emit(textbook.f, "reverse", 2.0, 5.0, argnums=(0, 1))
    yield "heat.py", emit(heat.misfit, "reverse", 0.1, 0.1, rod, rod, argnums=(0, 1))
    yield "fit_digits.py", emit(digits.loss, "reverse", params, np.ones((5, 4)), np.ones((5, 3)))


def main():
    for name, text in modules():
        (GENERATED / name).write_text(text, encoding="utf-8")
        print(GENERATED / name)


if __name__ == "__main__":
    main()
