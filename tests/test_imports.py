"""Imports run one way, and at the top of the module."""

import ast
import pathlib

import pytest

PACKAGE = pathlib.Path(__file__).parent.parent / "s2s_ad"
LAYERS = [
    {"errors", "version"},
    {"ir"},
    {"rules"},
    {"frontend", "analysis"},
    {"transform", "optimize", "jit"},
    {"emission", "emitted"},
    {"pipeline"},
    {"store"},
    {"trees"},
    {"guards", "arguments", "notes", "uncompiled"},
    {"pullback"},
    {"derivative"},
    {"jacobian", "custom"},
    {"api"},
    {"check", "nonfinite"},
    {"display"},
    {"cli"},
]
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
LATE = {"pipeline", "display"}
"""What a warm start does not need: imported inside functions, on purpose."""
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def layer_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path, tree=None):
    """Yield the layer and the node of every import from the package."""
    for node in ast.walk(tree or ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "s2s_ad":
                yield parts[1], node


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_one_way(path):
    own = layer_of(path)
    assert own in RANK, f"{own} is in no layer"
    for layer, node in imported(path):
        if layer in LATE and own in ("derivative", "nonfinite"):
            continue
        assert RANK.get(layer, len(LAYERS)) <= RANK[own], f"{path}:{node.lineno} imports {layer}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_inside_functions_are_for_lateness_only(path):
    tree = ast.parse(path.read_text())
    top = {id(node) for node in tree.body}
    for branch in (node for node in tree.body if isinstance(node, ast.If)):
        top |= {id(node) for node in branch.body}  # if TYPE_CHECKING:
    for layer, node in imported(path, tree):
        assert id(node) in top or layer in LATE, f"{path}:{node.lineno} imports {layer} inside a function"


def test_modules_form_no_cycle():
    graph = {}
    for path in MODULES:
        name = ".".join(("s2s_ad", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
        tree = ast.parse(path.read_text())
        late = {id(n) for f in ast.walk(tree) if isinstance(f, ast.FunctionDef | ast.If) for n in ast.walk(f)}
        graph[name] = set()
        for _, node in imported(path, tree):
            if id(node) in late:
                continue
            if isinstance(node, ast.Import):
                graph[name] |= {alias.name for alias in node.names}
            else:
                graph[name] |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    graph = {name: {other for other in others if other in graph and other != name} for name, others in graph.items()}
    while leaf := [name for name, others in graph.items() if not others]:
        graph = {name: others - set(leaf) for name, others in graph.items() if name not in leaf}
    assert not graph
