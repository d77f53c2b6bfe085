"""Start both servers of an installation, or attach to running ones."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from local.embedded import paths
from local.embedded.paths import EmbeddedError, InstallPaths
from local.embedded.postgres import APP, OWNER, SUPERUSER, Postgres
from local.embedded.valkey import Valkey

LOCK_FILE = "embedded.lock"
STATE_FILE = "embedded.json"
PASSWORDS_FILE = Path("secrets") / "database.json"


class AlreadyRunning(EmbeddedError):
    """Another process runs the servers of this installation."""


class NotRunning(EmbeddedError):
    """The servers of this installation are not running, or are still starting."""


@dataclass(kw_only=True)
class EmbeddedServers:
    """URLs of running PostgreSQL and Valkey servers, and their processes if this process started them.

    `superuser_url` is for setup and for tests that bypass row-level security; the product never uses it. `home` is the data
    directory; `warnings` are messages for the operator.
    """

    database_url: str
    owner_database_url: str
    superuser_url: str
    redis_url: str
    home: Path
    warnings: tuple[str, ...] = ()
    running: list[Postgres | Valkey] = field(default_factory=list, repr=False)
    temp_dirs: list[Path] = field(default_factory=list, repr=False)
    lock: IO[str] | None = field(default=None, repr=False)

    def environment(self) -> dict[str, str]:
        """Return the URLs as environment variables of the settings."""
        return {
            "DATABASE_URL": self.database_url,
            "OWNER_DATABASE_URL": self.owner_database_url,
            "REDIS_URL": self.redis_url,
        }

    def restart_dead(self) -> list[str]:
        """Restart exited servers (killed for memory, for example); return their names."""
        dead = [server for server in self.running if server.process is not None and server.process.poll() is not None]
        for server in dead:
            server.start()
        return [server.name for server in dead]

    def kill(self) -> None:
        """Kill the servers without a checkpoint; they recover at the next start."""
        for server in self.running:
            if server.process is not None:
                server.process.send_signal(server.kill_signal)

    def stop(self) -> None:
        """Stop the servers that this process started, Valkey before PostgreSQL; attached servers continue. Idempotent."""
        while self.running:
            self.running.pop().stop()
        while self.temp_dirs:
            shutil.rmtree(self.temp_dirs.pop(), ignore_errors=True)
        if self.lock is not None:
            self.lock.close()
            self.lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


def start(var: Path, *, durable: bool = True) -> EmbeddedServers:
    """Run PostgreSQL and Valkey with their data under `var` until `stop()` or the exit of this process.

    `durable=False` may lose recent writes when the machine (not a process) crashes: for tests.
    Call it from the main thread. Raises AlreadyRunning, EmbeddedError.
    """
    var = var.resolve()
    var.mkdir(parents=True, exist_ok=True)
    (var / "log").mkdir(mode=0o700, exist_ok=True)  # it contains failed statements with their values
    lock = _acquire_lock(var)
    servers = EmbeddedServers(database_url="", owner_database_url="", superuser_url="", redis_url="", home=var, lock=lock)
    try:
        _clear_stale_state(var)
        servers = _build_servers(var, durable=durable, lock=lock)
        for server in servers.running:
            server.start()
        _save_state(var, servers)
    except BaseException as exc:
        servers.stop()
        if isinstance(exc, PermissionError):
            raise EmbeddedError(f"{exc.filename} belongs to another user: did root run it last?") from exc
        raise
    return servers


def attach(var: Path) -> EmbeddedServers:
    """Return the servers that another process runs for this installation; `stop()` does not stop them. Raises NotRunning."""
    var = var.resolve()
    try:
        with (var / LOCK_FILE).open() as lock:
            if _is_unlocked(lock):
                raise NotRunning(f"nothing runs for {var}: start it with `make run`")
        state = json.loads((var / STATE_FILE).read_text())
    except FileNotFoundError:
        raise NotRunning(f"nothing runs for {var}: start it with `make run`, or wait until it is up") from None
    return EmbeddedServers(**state["addresses"], home=Path(state["home"]))


def attach_or_start(var: Path, *, durable: bool = True) -> EmbeddedServers:
    """Attach to running servers, or start them; for the duration of a single command."""
    try:
        return attach(var)
    except NotRunning:
        return start(var, durable=durable)


def _build_servers(var: Path, *, durable: bool, lock: IO[str]) -> EmbeddedServers:
    install_paths = paths.resolve_paths(var, durable=durable)
    passwords = _passwords(install_paths)
    postgres = Postgres(paths=install_paths, passwords=passwords, durable=durable, log=var / "log" / "postgres.log")
    valkey = Valkey(paths=install_paths, durable=durable, log=var / "log" / "valkey.log")
    return EmbeddedServers(
        database_url=postgres.url(APP),
        owner_database_url=postgres.url(OWNER),
        superuser_url=postgres.url(SUPERUSER),
        redis_url=valkey.url(),
        home=install_paths.home,
        warnings=install_paths.warnings,
        running=[postgres, valkey],
        temp_dirs=_temp_dirs(var, install_paths, durable=durable),
        lock=lock,
    )


def _temp_dirs(var: Path, install_paths: InstallPaths, *, durable: bool) -> list[Path]:
    """Return the directories outside the installation that are deleted when the servers have stopped."""
    outside = [install_paths.socket_dir] if install_paths.socket_dir.parent != install_paths.home else []
    return outside if durable or install_paths.home == var else [*outside, install_paths.home]


def _acquire_lock(var: Path) -> IO[str]:
    """Lock the installation. The operating system releases the lock when this process dies, so it cannot be stale."""
    lock = (var / LOCK_FILE).open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        pid = lock.read().strip() or "unknown"
        lock.close()
        raise AlreadyRunning(f"process {pid} already runs the servers of {var}: stop it first") from None
    lock.seek(0)
    lock.truncate()
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def _is_unlocked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _passwords(install_paths: InstallPaths) -> dict[str, str]:
    """Return the passwords, created once next to the data; hexadecimal, so that URLs need no quoting."""
    path = install_paths.home / PASSWORDS_FILE
    if path.exists():
        stored: dict[str, str] = json.loads(path.read_text())
        return stored
    if (install_paths.home / "postgres").exists():
        raise EmbeddedError(f"{path} is gone, and {install_paths.home / 'postgres'} opens with it only: put it back")
    generated = {name: secrets.token_hex(24) for name in (SUPERUSER, OWNER, APP)}
    _write_private_json(path, generated)
    return generated


def _save_state(var: Path, servers: EmbeddedServers) -> None:
    addresses = {name: getattr(servers, name) for name in ("database_url", "owner_database_url", "superuser_url", "redis_url")}
    _write_private_json(
        var / STATE_FILE,
        {"addresses": addresses, "home": str(servers.home), "temp_dirs": [str(path) for path in servers.temp_dirs]},
    )


def _clear_stale_state(var: Path) -> None:
    """Delete the state of stopped servers and the socket directory of a killed process.

    A data directory is not deleted: its server may still be writing a checkpoint, and the next start uses it again.
    """
    path = var / STATE_FILE
    if path.exists():
        state = json.loads(path.read_text())
        for folder in state["temp_dirs"]:
            if folder != state["home"]:
                shutil.rmtree(folder, ignore_errors=True)
        path.unlink()


def _write_private_json(path: Path, content: Any) -> None:
    """Write a file atomically, and never readable for other users."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    partial = path.with_name(path.name + ".half")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    partial.write_text(json.dumps(content, indent=2))
    partial.rename(path)
