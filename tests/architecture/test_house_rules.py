"""What a reviewer would say twice, said by a program."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from marketplace.kernel import migrating, proofreading

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("marketplace", "tenants", "billing", "search")
LONGEST_FUNCTION, LONGEST_MODULE = 45, 400
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


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text())


def test_only_the_kernel_commits() -> None:
    """A service that commits makes every caller's transaction half a transaction. (The search index commits files, not rows.)"""
    offenders = [
        f"{path}:{node.lineno}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr == "commit"
        and path.parts[:2] != ("marketplace", "kernel")
        and path.parts[0] != "search"
    ]
    assert offenders == []


def test_functions_and_modules_stay_small() -> None:
    long = [f"{path}: {len(path.read_text().splitlines())} lines" for path, _ in sources() if _lines(path) > LONGEST_MODULE]
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > LONGEST_FUNCTION:
                long.append(f"{path}:{node.lineno} {node.name}")
    assert long == []


def test_services_and_kernel_are_explained() -> None:
    """Public functions of services and kernel say what they do."""
    mute = []
    for path, tree in sources():
        if "services" not in path.parts and path.stem != "services" and path.parts[:2] != ("marketplace", "kernel"):
            continue
        for node in tree.body:
            if (
                isinstance(node, ast.FunctionDef | ast.ClassDef)
                and not node.name.startswith("_")
                and not ast.get_docstring(node)
            ):
                mute.append(f"{path}:{node.lineno} {node.name}")
    assert mute == []


def test_services_take_plain_keyword_arguments() -> None:
    """No request, form or session inside a service; no positional arguments; at most six of them (and one for idempotency)."""
    wrong = []
    for path, tree in sources():
        if "services" not in path.parts and path.stem != "services":
            continue
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.ImportFrom)
                and node.module == "flask"
                and {"request", "session"} & {n.name for n in node.names}
            ):
                wrong.append(f"{path}:{node.lineno} imports request or session")
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and len(node.args.args) > 1:
                wrong.append(f"{path}:{node.lineno} {node.name} takes positional arguments")
    assert wrong == []


def test_nobody_reads_the_environment_but_settings() -> None:
    allowed = {
        Path("marketplace/kernel/settings.py"),
        Path("marketplace/vendoring.py"),
        Path("search/relevance.py"),
        Path("billing/payments/pretend/__main__.py"),
    }
    readers = [
        str(path)
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("environ", "getenv")
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
        and path not in allowed
        and not str(path).startswith(("marketplace/kernel/embedded", "marketplace/supervisor"))
    ]
    assert readers == []


def test_only_the_wall_enters_a_scope() -> None:
    """Purposes and tenants are entered in `tenants.scope` (and by the kernel when it hands a message over)."""
    kernel = {f"marketplace/kernel/{name}.py" for name in ("rows", "outbox", "background")}
    allowed = {"tenants/scope.py", *kernel}
    enterers = [
        str(path)
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "entering" and str(path) not in allowed
    ]
    assert enterers == []


def test_raw_clients_live_in_their_ports() -> None:
    """Redis and Elasticsearch are reached through the kernel and the search port only."""
    wrong = []
    for path, tree in sources():
        for node in ast.walk(tree):
            names = (
                [n.name for n in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            if any(name.split(".")[0] == "elasticsearch" for name in names) and path.parts[0] != "search":
                wrong.append(f"{path}: elasticsearch")
            if any(name.split(".")[0] == "redis" for name in names) and path.parts[:2] not in {
                ("marketplace", "kernel"),
                ("marketplace", "surfaces"),
            }:
                wrong.append(f"{path}: redis")
    assert wrong == []


def test_every_door_has_a_guard(app: Flask) -> None:
    """A route without a declared rule fails the build."""
    open_doors = [
        f"{rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and not hasattr(app.view_functions[rule.endpoint], "access")
    ]
    assert open_doors == []


def test_desk_and_console_name_a_permission(app: Flask) -> None:
    bare = [
        endpoint
        for endpoint, view in app.view_functions.items()
        if endpoint.startswith(("desk.", "console."))
        and not hasattr(view, "permission")
        and not endpoint.startswith("console.entry.")
    ]
    assert bare == []


def test_there_is_one_newest_migration() -> None:
    assert len(migrating.heads()) == 1


def test_every_string_is_said_in_chinese() -> None:
    assert list(proofreading.complaints("zh_Hans")) == []


def test_templates_carry_no_inline_script_or_style() -> None:
    """The content policy refuses them, so they would be dead on arrival."""
    pattern = re.compile(
        r"<script(?![^>]*\bsrc=)|\son[a-z]+\s*=\s*[\"']|\sstyle\s*=\s*[\"']|javascript:|hx-on|[^']\|\s*safe\b", re.IGNORECASE
    )
    found = [
        f"{path.relative_to(ROOT)}: {match.group(0)!r}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        if path.parts[-3] != "email" and "email" not in path.parts
        for match in pattern.finditer(path.read_text())
    ]
    assert found == []


def _lines(path: Path) -> int:
    return len((ROOT / path).read_text().splitlines())


def test_a_web_process_loads_nothing_that_only_commands_and_workers_need() -> None:
    """Each would cost every worker its memory and every start its time (P14)."""
    heavy = (
        "numpy",
        "openpyxl",
        "alembic",
        "pypinyin",
        "opencc",
        "zxcvbn",
        "elasticsearch",
        "av",
        "marketplace.demo",
        "marketplace.catalogue.drawing",
    )
    code = f"import sys, marketplace.app; print([name for name in {heavy!r} if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
