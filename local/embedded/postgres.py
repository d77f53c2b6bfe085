"""PostgreSQL 18 from the wheel, on a private socket."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from local.embedded.paths import EmbeddedError, InstallPaths
from marketplace.kernel import db_roles, subprocesses
from marketplace.kernel.db_roles import Role

DATABASE = "jishi"
SUPERUSER, OWNER, APP = "postgres", "jishi_owner", "jishi_app"
# A clean environment, because PGDATA, PGPORT and similar variables of the caller must not reach the server.
CLEAN_ENV = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PATH": "/usr/bin:/bin"}
HBA = "local all all scram-sha-256\n"

# Sized for a machine with 2 cores and 2 GB that also runs every other process.
SERVER_CONF = {
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
    "max_parallel_workers_per_gather": "0",  # parallel plans need /dev/shm, which is small in containers
    "io_method": "sync",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u ",
    "log_lock_waits": "on",
    "log_min_duration_statement": "2s",
    "log_checkpoints": "off",
}
# Data survives kill -9 of the process but not a crash of the machine: for tests.
NON_DURABLE_CONF = {"fsync": "off", "full_page_writes": "off"}


@dataclass(kw_only=True)
class Postgres:
    """PostgreSQL server of one installation."""

    paths: InstallPaths
    passwords: dict[str, str]
    durable: bool
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    name = "postgres"
    kill_signal = signal.SIGQUIT

    @property
    def data_dir(self) -> Path:
        """Return the data directory of the cluster."""
        return self.paths.home / "postgres"

    def start(self) -> None:
        """Start the server, creating the cluster at the first start. Raises EmbeddedError with the end of the log."""
        if not self.data_dir.exists():
            self._initdb_cluster()
        self._check_data_version()
        self._remove_stale_files()
        self._write_hba()
        self.process = subprocesses.start_process(
            [self._binary("postgres"), "-D", self.data_dir, *self._options()],
            cwd=self.data_dir,
            log_path=self.log,
            env=CLEAN_ENV,
            run_as=self.paths.run_as,
            death_signal=signal.SIGINT,  # "fast" shutdown: ends sessions and writes a checkpoint
        )
        ready = subprocesses.wait_until(lambda: self._is_ready() or self._has_exited(), timeout=60)
        if not ready or self._has_exited():
            self.stop()
            raise EmbeddedError(f"PostgreSQL did not start:\n{subprocesses.tail(self.log)}")
        self._setup_database()

    def _setup_database(self) -> None:
        """Create roles, database and extensions; repeated at every start, so that older clusters receive additions."""
        owner, app = (Role(name, self.passwords[name]) for name in (OWNER, APP))
        with self.connect("postgres") as server:
            db_roles.provision(server, database=DATABASE, owner=owner, app=app)
        with self.connect(DATABASE) as database:
            db_roles.setup_database(database, app=app)

    @contextmanager
    def connect(self, database: str) -> Iterator[psycopg.Connection]:
        """Connect as the superuser, for setup."""
        with psycopg.connect(
            host=str(self.paths.socket_dir),
            user=SUPERUSER,
            password=self.passwords[SUPERUSER],
            dbname=database,
            autocommit=True,
        ) as connection:
            yield connection

    def stop(self) -> None:
        """Stop with a fast shutdown; after 20 seconds with an immediate one (the cluster recovers at its next start)."""
        if self.process is not None:
            subprocesses.terminate(self.process, term_signal=signal.SIGINT, timeout=20.0, kill_signal=signal.SIGQUIT)

    def url(self, role: str) -> str:
        """Return the SQLAlchemy URL. Passwords and socket paths consist of safe characters and need no quoting."""
        return f"postgresql+psycopg://{role}:{self.passwords[role]}@/{DATABASE}?host={self.paths.socket_dir}"

    def _binary(self, name: str) -> Path:
        return self.paths.postgres_dir / "bin" / name

    def _options(self) -> Iterator[str]:
        sockets = {"unix_socket_directories": f'"{self.paths.socket_dir}"'}
        for name, value in (SERVER_CONF | sockets | ({} if self.durable else NON_DURABLE_CONF)).items():
            yield from ("-c", f"{name}={value}")

    def _initdb_cluster(self) -> None:
        """Create the cluster in a temporary directory and rename it, so that an interrupted first start needs no repair."""
        partial = self.paths.home / "postgres.half"
        shutil.rmtree(partial, ignore_errors=True)
        self.paths.create_folder(partial.name)
        password_file = self.paths.socket_dir / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self.passwords[SUPERUSER])
        self.paths.chown(password_file)
        try:
            self._initdb(partial, password_file)
        finally:
            password_file.unlink()
        partial.rename(self.data_dir)

    def _initdb(self, folder: Path, password_file: Path) -> None:
        process = subprocesses.start_process(
            [
                *(self._binary("initdb"), "-D", folder, "-U", SUPERUSER, f"--pwfile={password_file}"),
                *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"),
                *(() if self.durable else ("--no-sync",)),
            ],
            cwd=folder,
            log_path=self.log,
            env=CLEAN_ENV,
            run_as=self.paths.run_as,
        )
        if process.wait(120) != 0:
            raise EmbeddedError(f"initdb failed:\n{subprocesses.tail(self.log)}")

    def _check_data_version(self) -> None:
        data_version = (self.data_dir / "PG_VERSION").read_text().strip()
        bki_file = self.paths.postgres_dir / "share" / "postgres.bki"
        with bki_file.open() as file:
            server_version = file.readline().split()[-1]
        if data_version != server_version:
            raise EmbeddedError(
                f"{self.data_dir} was made by PostgreSQL {data_version}, this is {server_version}: dump it with the old one, "
                "or delete the directory and start again"
            )

    def _remove_stale_files(self) -> None:
        """Stop a server left by a killed process, and delete its stale files.

        This process holds the lock of the installation, so a server in this directory has no living owner.
        """
        self.paths.socket_dir.mkdir(exist_ok=True)
        subprocesses.kill_stale(self.data_dir, name="postgres", kill_signal=signal.SIGQUIT)
        # A stale pid may belong to any living process by now and would prevent the start.
        (self.data_dir / "postmaster.pid").unlink(missing_ok=True)
        for socket in self.paths.socket_dir.glob(".s.PGSQL.*"):
            socket.unlink()

    def _write_hba(self) -> None:
        """Replace the defaults of the wheel by password authentication on the socket only."""
        hba_file = self.data_dir / "pg_hba.conf"
        if hba_file.read_text() != HBA:
            hba_file.write_text(HBA)

    def _is_ready(self) -> bool:
        """Return whether the postmaster reports readiness in its pid file (the file that pg_ctl reads)."""
        try:
            lines = (self.data_dir / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"

    def _has_exited(self) -> bool:
        return self.process is not None and self.process.poll() is not None
