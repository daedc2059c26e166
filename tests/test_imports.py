"""Who may import what: the lines that keep the server small and the core free of pages."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PROJECT

WITH_KERAS = {"augmentation", "dead_units", "models", "training", "export", "gradients", "job"}
CORE = sorted(path.stem for path in (PROJECT / "mnist_core").glob("*.py"))


def imports_of(path: Path, at_the_top: bool) -> set[str]:
    """Names of the modules that a file imports, at its top or anywhere."""
    tree = ast.parse(path.read_text())
    nodes = tree.body if at_the_top else list(ast.walk(tree))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    froms = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return plain | {node.module for node in froms} | {f"{node.module}.{a.name}" for node in froms for a in node.names}


@pytest.mark.parametrize("name", CORE)
def test_the_core_knows_no_streamlit(name):
    found = imports_of(PROJECT / "mnist_core" / f"{name}.py", at_the_top=False)
    assert not {module for module in found if module.partition(".")[0] in ("streamlit", "pages", "app")}


@pytest.mark.parametrize("name", sorted(set(CORE) - WITH_KERAS))
def test_what_web_may_import_brings_no_tensorflow(name):
    check = (
        f"import mnist_core.{name}, sys; print([m for m in ('keras', 'tensorflow', 'streamlit') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", check], cwd=PROJECT, capture_output=True, text=True)
    assert found.stdout.strip() == "[]", found.stdout + found.stderr


def test_pages_import_nothing_that_needs_keras():
    pages = [PROJECT / "app.py", *(PROJECT / "pages").rglob("*.py")]
    found = {module for page in pages for module in imports_of(page, at_the_top=False)}
    assert not found & ({f"mnist_core.{name}" for name in WITH_KERAS} | {"keras", "tensorflow"})


def test_imports_run_in_one_direction():
    graph = {
        name: {
            other for other in CORE if f"mnist_core.{other}" in imports_of(PROJECT / "mnist_core" / f"{name}.py", True)
        }
        for name in CORE
    }
    while graph:
        leaves = {name for name, uses in graph.items() if not uses & set(graph)}
        assert leaves, f"These import each other in a circle: {sorted(graph)}"
        graph = {name: uses for name, uses in graph.items() if name not in leaves}
