"""Coding conventions checked automatically."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from marketplace.kernel import migrate, translation_check

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("marketplace", "tenants", "billing", "search")
MAX_FUNCTION_LINES, MAX_MODULE_LINES = 45, 400
FEATURE_FILES = {
    "models",
    "rules",
    "queries",
    "services",
    "events",
    "errors",
    "listeners",
    "tasks",
    "search",
    "views",
    "seeds",
    "feature",
}


def parse_sources() -> Iterator[tuple[Path, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text())


def test_commit_only_in_kernel() -> None:
    """Allow commits only in the kernel: a committing service splits the transaction of its caller; search commits index files."""
    offenders = [
        f"{path}:{node.lineno}"
        for path, tree in parse_sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr == "commit"
        and path.parts[:2] != ("marketplace", "kernel")
        and path.parts[0] != "search"
    ]
    assert offenders == []


def test_functions_and_modules_within_size_limits() -> None:
    offenders = [
        f"{path}: {len(path.read_text().splitlines())} lines"
        for path, _ in parse_sources()
        if _count_lines(path) > MAX_MODULE_LINES
    ]
    for path, tree in parse_sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > MAX_FUNCTION_LINES:
                offenders.append(f"{path}:{node.lineno} {node.name}")
    assert offenders == []


def test_services_and_kernel_have_docstrings() -> None:
    """Require docstrings for the public functions and classes of services and kernel."""
    undocumented = []
    for path, tree in parse_sources():
        if "services" not in path.parts and path.stem != "services" and path.parts[:2] != ("marketplace", "kernel"):
            continue
        for node in tree.body:
            if (
                isinstance(node, ast.FunctionDef | ast.ClassDef)
                and not node.name.startswith("_")
                and not ast.get_docstring(node)
            ):
                undocumented.append(f"{path}:{node.lineno} {node.name}")
    assert undocumented == []


def test_services_take_keyword_arguments_only() -> None:
    """Require services to be independent of request and session, and to take keyword arguments only."""
    offenders = []
    for path, tree in parse_sources():
        if "services" not in path.parts and path.stem != "services":
            continue
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.ImportFrom)
                and node.module == "flask"
                and {"request", "session"} & {n.name for n in node.names}
            ):
                offenders.append(f"{path}:{node.lineno} imports request or session")
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and len(node.args.args) > 1:
                offenders.append(f"{path}:{node.lineno} {node.name} takes positional arguments")
    assert offenders == []


def test_environment_read_only_by_settings() -> None:
    allowed = {
        Path("marketplace/kernel/settings.py"),
        Path("billing/payments/sandbox_gateway/__main__.py"),
    }
    readers = [
        str(path)
        for path, tree in parse_sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("environ", "getenv")
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
        and path not in allowed
    ]
    assert readers == []


def test_tenant_context_entered_only_by_isolation() -> None:
    """Allow `use_context` only in `tenants.isolation` and in the kernel, which restores the context of messages and tasks."""
    kernel = {f"marketplace/kernel/{name}.py" for name in ("tenancy", "outbox", "celery_app")}
    allowed = {"tenants/isolation.py", *kernel}
    offenders = [
        str(path)
        for path, tree in parse_sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "use_context" and str(path) not in allowed
    ]
    assert offenders == []


def test_redis_and_elasticsearch_imported_only_by_adapters() -> None:
    """Allow the redis client only in kernel and surfaces, and the elasticsearch client only in search."""
    offenders = []
    for path, tree in parse_sources():
        for node in ast.walk(tree):
            names = (
                [n.name for n in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            if any(name.split(".")[0] == "elasticsearch" for name in names) and path.parts[0] != "search":
                offenders.append(f"{path}: elasticsearch")
            if any(name.split(".")[0] == "redis" for name in names) and path.parts[:2] not in {
                ("marketplace", "kernel"),
                ("marketplace", "surfaces"),
            }:
                offenders.append(f"{path}: redis")
    assert offenders == []


def test_every_route_declares_access(app: Flask) -> None:
    """Require every view to declare its access rule."""
    unguarded = [
        f"{rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and not hasattr(app.view_functions[rule.endpoint], "access")
    ]
    assert unguarded == []


def test_desk_and_console_views_declare_permission(app: Flask) -> None:
    missing = [
        endpoint
        for endpoint, view in app.view_functions.items()
        if endpoint.startswith(("desk.", "console."))
        and not hasattr(view, "permission")
        and not endpoint.startswith("console.auth.")
    ]
    assert missing == []


def test_single_migration_head() -> None:
    assert len(migrate.heads()) == 1


def test_chinese_translations_complete() -> None:
    assert list(translation_check.lint_catalogs("zh_Hans")) == []


def test_templates_have_no_inline_script_or_style() -> None:
    """Reject inline scripts and styles, which the content security policy blocks."""
    pattern = re.compile(
        r"<script(?![^>]*\bsrc=)|\son[a-z]+\s*=\s*[\"']|\sstyle\s*=\s*[\"']|javascript:|hx-on|[^']\|\s*safe\b", re.IGNORECASE
    )
    offenders = [
        f"{path.relative_to(ROOT)}: {match.group(0)!r}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        if path.parts[-3] != "email" and "email" not in path.parts
        for match in pattern.finditer(path.read_text())
    ]
    assert offenders == []


def _count_lines(path: Path) -> int:
    return len((ROOT / path).read_text().splitlines())


def test_web_process_does_not_import_heavy_modules() -> None:
    """Keep heavy modules out of web processes, because each costs memory in every worker and time at every start."""
    heavy = (
        "numpy",
        "openpyxl",
        "alembic",
        "pypinyin",
        "opencc",
        "zxcvbn",
        "elasticsearch",
        "av",
        "demo",
    )
    code = f"import sys, marketplace.app; print([name for name in {heavy!r} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
