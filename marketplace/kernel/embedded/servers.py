"""Start both servers of an installation, or find the ones that already run."""

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

from marketplace.kernel.embedded import places
from marketplace.kernel.embedded.places import EmbeddedError, Places
from marketplace.kernel.embedded.postgres import APP, OWNER, SUPERUSER, Postgres
from marketplace.kernel.embedded.valkey import Valkey

LOCK = "embedded.lock"
STATE = "embedded.json"
PASSWORDS = Path("secrets") / "database.json"


class AlreadyRunning(EmbeddedError):
    """Another living process runs the servers of this installation."""


class NotRunning(EmbeddedError):
    """Nobody runs the servers of this installation, or they are still starting."""


@dataclass(kw_only=True)
class Servers:
    """Addresses of a running PostgreSQL and Valkey, and the way to stop them if they are ours.

    `superuser_url` is for setting up and for tests that look at the wall from the other side; the product never
    uses it. `home` is where the data is; `notes` are sentences that the person who starts the market should read.
    """

    database_url: str
    owner_database_url: str
    superuser_url: str
    redis_url: str
    home: Path
    notes: tuple[str, ...] = ()
    running: list[Postgres | Valkey] = field(default_factory=list, repr=False)
    rubbish: list[Path] = field(default_factory=list, repr=False)
    lock: IO[str] | None = field(default=None, repr=False)

    def environment(self) -> dict[str, str]:
        """The addresses as the product's settings read them."""
        return {
            "DATABASE_URL": self.database_url,
            "OWNER_DATABASE_URL": self.owner_database_url,
            "REDIS_URL": self.redis_url,
        }

    def revive(self) -> list[str]:
        """Start again those that died (killed by the system for memory, for example); returns their names."""
        dead = [server for server in self.running if server.process is not None and server.process.poll() is not None]
        for server in dead:
            server.start()
        return [server.name for server in dead]

    def kill(self) -> None:
        """End them at once, without writing everything down: they recover at the next start."""
        for server in self.running:
            if server.process is not None:
                server.process.send_signal(server.firmly)

    def stop(self) -> None:
        """Stop what we started, Valkey before PostgreSQL; attached servers go on. May be repeated."""
        while self.running:
            self.running.pop().stop()
        while self.rubbish:
            shutil.rmtree(self.rubbish.pop(), ignore_errors=True)
        if self.lock is not None:
            self.lock.close()
            self.lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def start(var: Path, *, durable: bool = True) -> Servers:
    """Run PostgreSQL and Valkey with their data under `var` until `stop()`, or until this process dies.

    `durable=False` may lose the last moments when the machine (not a process) crashes: for tests.
    Call it from the main thread. Raises AlreadyRunning, EmbeddedError.
    """
    var = var.resolve()
    var.mkdir(parents=True, exist_ok=True)
    (var / "log").mkdir(mode=0o700, exist_ok=True)  # statements that failed are in it, with their values
    lock = _take_lock(var)
    servers = Servers(database_url="", owner_database_url="", superuser_url="", redis_url="", home=var, lock=lock)
    try:
        _forget_last_time(var)
        servers = _prepared(var, durable=durable, lock=lock)
        for server in servers.running:
            server.start()
        _remember(var, servers)
    except BaseException as error:
        servers.stop()
        if isinstance(error, PermissionError):
            raise EmbeddedError(f"{error.filename} belongs to another user: did root run it last?") from error
        raise
    return servers


def attach(var: Path) -> Servers:
    """The servers that another process runs for this installation; `stop()` leaves them alone. Raises NotRunning."""
    var = var.resolve()
    try:
        with (var / LOCK).open() as lock:
            if _is_free(lock):
                raise NotRunning(f"nothing runs for {var}: start it with `make run`")
        state = json.loads((var / STATE).read_text())
    except FileNotFoundError:
        raise NotRunning(f"nothing runs for {var}: start it with `make run`, or wait until it is up") from None
    return Servers(**state["addresses"], home=Path(state["home"]))


def attach_or_start(var: Path, *, durable: bool = True) -> Servers:
    """For a single command: use the running servers, or run them as long as the command takes."""
    try:
        return attach(var)
    except NotRunning:
        return start(var, durable=durable)


def _prepared(var: Path, *, durable: bool, lock: IO[str]) -> Servers:
    chosen = places.find(var, lasting=durable)
    passwords = _passwords(chosen)
    postgres = Postgres(places=chosen, passwords=passwords, durable=durable, log=var / "log" / "postgres.log")
    valkey = Valkey(places=chosen, durable=durable, log=var / "log" / "valkey.log")
    return Servers(
        database_url=postgres.url(APP),
        owner_database_url=postgres.url(OWNER),
        superuser_url=postgres.url(SUPERUSER),
        redis_url=valkey.url(),
        home=chosen.home,
        notes=chosen.notes,
        running=[postgres, valkey],
        rubbish=_rubbish(var, chosen, durable=durable),
        lock=lock,
    )


def _rubbish(var: Path, chosen: Places, *, durable: bool) -> list[Path]:
    """Folders outside the installation that nobody needs once the servers have stopped."""
    outside = [chosen.sockets] if chosen.sockets.parent != chosen.home else []
    return outside if durable or chosen.home == var else [*outside, chosen.home]


def _take_lock(var: Path) -> IO[str]:
    """The kernel drops this lock when we die, however we die: it cannot be stale."""
    lock = (var / LOCK).open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise AlreadyRunning(f"process {holder} already runs the servers of {var}: stop it first") from None
    lock.seek(0)
    lock.truncate()
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def _is_free(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _passwords(chosen: Places) -> dict[str, str]:
    """Made once, beside the data that they open; hexadecimal, so that no address needs to quote them."""
    path = chosen.home / PASSWORDS
    if path.exists():
        found: dict[str, str] = json.loads(path.read_text())
        return found
    if (chosen.home / "postgres").exists():
        raise EmbeddedError(f"{path} is gone, and {chosen.home / 'postgres'} opens with it only: put it back")
    made = {name: secrets.token_hex(24) for name in (SUPERUSER, OWNER, APP)}
    _write_private(path, made)
    return made


def _remember(var: Path, servers: Servers) -> None:
    addresses = {name: getattr(servers, name) for name in ("database_url", "owner_database_url", "superuser_url", "redis_url")}
    _write_private(
        var / STATE,
        {"addresses": addresses, "home": str(servers.home), "rubbish": [str(path) for path in servers.rubbish]},
    )


def _forget_last_time(var: Path) -> None:
    """Addresses of servers that are gone; and the socket folder that a killed process left behind.

    Not a home: its server may still be writing everything down, and the next start uses it again.
    """
    path = var / STATE
    if path.exists():
        state = json.loads(path.read_text())
        for folder in state["rubbish"]:
            if folder != state["home"]:
                shutil.rmtree(folder, ignore_errors=True)
        path.unlink()


def _write_private(path: Path, content: Any) -> None:
    """Whole or not at all, and never readable for others, not even for a moment."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    half = path.with_name(path.name + ".half")
    half.unlink(missing_ok=True)
    half.touch(mode=0o600)
    half.write_text(json.dumps(content, indent=2))
    half.rename(path)
