"""Modules do not import each other in a circle, neither at the top, nor in functions, nor for type checking."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("marketplace", "tenants", "billing", "search", "demo", "local", "tools")

# Web processes import Celery only when they send their first task, which saves memory; `celery_app` runs the declared tasks.
LAZY_IMPORTS = {("marketplace.kernel.tasks", "marketplace.kernel.celery_app")}


def _module_paths() -> dict[str, Path]:
    paths = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            paths[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return paths


def _imported_names(tree: ast.Module) -> Iterator[str]:
    """Yield every imported name, as package, module or member of a module. The project has no relative imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _import_graph(paths: Mapping[str, Path]) -> dict[str, set[str]]:
    """Return the imported modules of each module, with the packages around them, which are imported first.

    The packages around the importing module itself are no dependency of it.
    """
    graph: dict[str, set[str]] = {}
    for module, path in paths.items():
        imported = graph.setdefault(module, set())
        for name in _imported_names(ast.parse(path.read_text())):
            is_member = name not in paths
            target = name.rpartition(".")[0] if is_member else name
            if target in paths:
                imported.add(target)
            while "." in target:
                target = target.rpartition(".")[0]
                if target in paths and not f"{module}.".startswith(f"{target}."):
                    imported.add(target)
        imported.discard(module)
        imported -= {target for source, target in LAZY_IMPORTS if source == module}
    return graph


def _find_circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the groups of modules that import each other: remove all modules outside a circle, then collect what is left."""
    remaining = {module: set(imported) for module, imported in graph.items()}
    while leaves := [module for module, imported in remaining.items() if not imported & remaining.keys()]:
        for module in leaves:
            del remaining[module]
    reachable = {module: _reachable(module, remaining) for module in remaining}
    circles = {tuple(sorted(other for other in reachable[module] if module in reachable[other])) for module in remaining}
    return sorted(list(circle) for circle in circles if circle)


def _reachable(start: str, graph: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    pending = [start]
    while pending:
        for target in graph[pending.pop()] & graph.keys() - reached:
            reached.add(target)
            pending.append(target)
    return reached


def test_modules_do_not_import_each_other() -> None:
    assert _find_circles(_import_graph(_module_paths())) == []


def test_control_circle_is_detected() -> None:
    assert _find_circles({"a": {"b"}, "b": {"c", "d"}, "c": {"b"}, "d": set()}) == [["b", "c"]]
