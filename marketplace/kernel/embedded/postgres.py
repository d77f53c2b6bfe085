"""PostgreSQL 18 from the wheel: made once, started on a private socket, stopped cleanly."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from marketplace.kernel import processes, roles
from marketplace.kernel.embedded.places import EmbeddedError, Places
from marketplace.kernel.roles import Role

DATABASE = "jishi"
SUPERUSER, OWNER, APP = "postgres", "jishi_owner", "jishi_app"
# A clean environment: PGDATA, PGPORT and the like of the caller must not reach the server.
ENVIRONMENT = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PATH": "/usr/bin:/bin"}
HBA = "local all all scram-sha-256\n"

# For a machine of 2 cores and 2 GB that also runs everything else.
SMALL = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "128MB",
    "effective_cache_size": "512MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "512MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "random_page_cost": "1.1",
    "max_parallel_workers_per_gather": "0",  # parallel plans need /dev/shm, of which containers have little
    "io_method": "sync",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u ",
    "log_lock_waits": "on",
    "log_min_duration_statement": "2s",
    "log_checkpoints": "off",
}
# Survives our own kill -9, not the machine's: for tests.
FORGETFUL = {"fsync": "off", "full_page_writes": "off"}


@dataclass(kw_only=True)
class Postgres:
    """One server of one installation."""

    places: Places
    passwords: dict[str, str]
    durable: bool
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    name = "postgres"
    firmly = signal.SIGQUIT

    @property
    def data(self) -> Path:
        """The cluster's folder."""
        return self.places.home / "postgres"

    def start(self) -> None:
        """Bring the server up, making the cluster the first time. Raises EmbeddedError with the end of its log."""
        if not self.data.exists():
            self._make_cluster()
        self._refuse_other_version()
        self._clear_remains()
        self._write_access_rules()
        self.process = processes.spawn(
            [self._program("postgres"), "-D", self.data, *self._options()],
            folder=self.data,
            log=self.log,
            env=ENVIRONMENT,
            account=self.places.account,
            on_our_death=signal.SIGINT,  # "fast": ends sessions, writes everything down, leaves
        )
        ready = processes.wait_until(lambda: self._is_ready() or self._has_died(), seconds=60)
        if not ready or self._has_died():
            self.stop()
            raise EmbeddedError(f"PostgreSQL did not start:\n{processes.tail(self.log)}")
        self._furnish()

    def _furnish(self) -> None:
        """Roles, database and extensions; repeated at every start, so that an older cluster gains what is new."""
        owner, app = (Role(name, self.passwords[name]) for name in (OWNER, APP))
        with self.connect("postgres") as server:
            roles.prepare(server, database=DATABASE, owner=owner, app=app)
        with self.connect(DATABASE) as database:
            roles.furnish(database, app=app)

    @contextmanager
    def connect(self, database: str) -> Iterator[psycopg.Connection]:
        """The superuser's own connection, for setting up."""
        with psycopg.connect(
            host=str(self.places.sockets),
            user=SUPERUSER,
            password=self.passwords[SUPERUSER],
            dbname=database,
            autocommit=True,
        ) as connection:
            yield connection

    def stop(self) -> None:
        """End sessions, write everything down, leave; after 20 seconds without the writing down (it recovers)."""
        if self.process is not None:
            processes.stop(self.process, gently=signal.SIGINT, patience=20.0, firmly=signal.SIGQUIT)

    def url(self, role: str) -> str:
        """The address for SQLAlchemy. Passwords and folder names need no quoting: both are made plain."""
        return f"postgresql+psycopg://{role}:{self.passwords[role]}@/{DATABASE}?host={self.places.sockets}"

    def _program(self, name: str) -> Path:
        return self.places.postgres_programs / "bin" / name

    def _options(self) -> Iterator[str]:
        sockets = {"unix_socket_directories": f'"{self.places.sockets}"'}
        for name, value in (SMALL | sockets | ({} if self.durable else FORGETFUL)).items():
            yield from ("-c", f"{name}={value}")

    def _make_cluster(self) -> None:
        """Beside its final place, and moved there when whole: an interrupted first start leaves nothing to repair."""
        half = self.places.home / "postgres.half"
        shutil.rmtree(half, ignore_errors=True)
        self.places.make(half.name)
        secret = self.places.sockets / "password"
        secret.touch(mode=0o600)
        secret.write_text(self.passwords[SUPERUSER])
        self.places.give(secret)
        try:
            self._initdb(half, secret)
        finally:
            secret.unlink()
        half.rename(self.data)

    def _initdb(self, folder: Path, secret: Path) -> None:
        process = processes.spawn(
            [
                *(self._program("initdb"), "-D", folder, "-U", SUPERUSER, f"--pwfile={secret}"),
                *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"),
                *(() if self.durable else ("--no-sync",)),
            ],
            folder=folder,
            log=self.log,
            env=ENVIRONMENT,
            account=self.places.account,
        )
        if process.wait(120) != 0:
            raise EmbeddedError(f"initdb failed:\n{processes.tail(self.log)}")

    def _refuse_other_version(self) -> None:
        ours = (self.data / "PG_VERSION").read_text().strip()
        theirs = self.places.postgres_programs / "share" / "postgres.bki"
        with theirs.open() as file:
            version = file.readline().split()[-1]
        if ours != version:
            raise EmbeddedError(
                f"{self.data} was made by PostgreSQL {ours}, this is {version}: dump it with the old one, "
                "or delete the folder and start anew"
            )

    def _clear_remains(self) -> None:
        """After kill -9: wait for the old server, which is writing everything down, and forget its files.

        We hold the installation's lock, so a server in our folder belongs to nobody who is still alive.
        """
        self.places.sockets.mkdir(exist_ok=True)
        processes.end_leftovers(self.data, name="postgres", firmly=signal.SIGQUIT)
        # A stale number in it may be that of any living process by now, and would stop the start.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for socket in self.places.sockets.glob(".s.PGSQL.*"):
            socket.unlink()

    def _write_access_rules(self) -> None:
        """A password on the socket only: nothing else of the wheel's defaults."""
        rules = self.data / "pg_hba.conf"
        if rules.read_text() != HBA:
            rules.write_text(HBA)

    def _is_ready(self) -> bool:
        """The line in which the postmaster says so (pg_ctl reads the same)."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"

    def _has_died(self) -> bool:
        return self.process is not None and self.process.poll() is not None
