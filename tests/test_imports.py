"""Who may import what: the lines that keep the server small and the core free of pages."""

import ast
import subprocess
import sys
from pathlib import Path

from tests.conftest import PROJECT

WITH_KERAS = {
    f"mnist_core.{name}"
    for name in (
        "export",
        "inside.gradients",
        "learning.augmentation",
        "learning.dead_units",
        "learning.models",
        "learning.precise_statistics",
        "learning.training",
        "learning.training_digits",
        "queue.job",
        "queue.kept_model",
        "queue.worker",
    )
}
CORE = {
    ".".join(path.relative_to(PROJECT).with_suffix("").parts): path for path in (PROJECT / "mnist_core").rglob("*.py")
}


def imports_of(path: Path, at_the_top: bool) -> set[str]:
    """Names of the modules that a file imports, at its top or anywhere."""
    tree = ast.parse(path.read_text())
    nodes = tree.body if at_the_top else list(ast.walk(tree))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    froms = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return plain | {node.module for node in froms} | {f"{node.module}.{a.name}" for node in froms for a in node.names}


def test_the_core_knows_no_streamlit_and_no_page():
    found = {(name, module) for name, path in CORE.items() for module in imports_of(path, at_the_top=False)}
    assert not {(name, module) for name, module in found if module.partition(".")[0] in ("streamlit", "pages", "app")}


def test_what_web_may_import_brings_no_tensorflow():
    check = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    found = {"keras", "tensorflow", "streamlit"} & set(sys.modules)
    assert not found, f"{name} brings {found}"
"""
    names = sorted(set(CORE) - WITH_KERAS)
    ended = subprocess.run([sys.executable, "-c", check, *names], cwd=PROJECT, capture_output=True, text=True)
    assert not ended.returncode, ended.stderr


def test_pages_import_nothing_that_needs_keras():
    pages = [PROJECT / "app.py", *(PROJECT / "pages").rglob("*.py")]
    found = {module for page in pages for module in imports_of(page, at_the_top=False)}
    assert not found & WITH_KERAS
    assert not {module.partition(".")[0] for module in found} & {"keras", "tensorflow"}


def test_imports_run_in_one_direction():
    files = [PROJECT / "app.py", *(PROJECT / "pages").rglob("*.py"), *CORE.values()]
    names = {".".join(path.relative_to(PROJECT).with_suffix("").parts): path for path in files}
    graph = {name: imports_of(path, at_the_top=True) & set(names) for name, path in names.items()}
    while graph:
        leaves = {name for name, uses in graph.items() if not uses & set(graph)}
        assert leaves, f"These import each other in a circle: {sorted(graph)}"
        graph = {name: uses for name, uses in graph.items() if name not in leaves}
