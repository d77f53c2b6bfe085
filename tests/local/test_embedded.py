"""Embedded servers: start, durability of their data, and their exit with the parent process."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from local import embedded
from local.embedded import paths, postgres
from marketplace.kernel import subprocesses

ROOT = Path(__file__).parents[2]
RUN_SERVERS_SCRIPT = """
import sys, time
from pathlib import Path
from local import embedded
servers = embedded.start(Path(sys.argv[1]), durable=False)
print("up", flush=True)
time.sleep(120)
"""
requires_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the servers as another user")


@pytest.fixture
def var_dir() -> Iterator[Path]:
    """Return an installation directory that every account can traverse (the directories of pytest are private)."""
    folder = Path(tempfile.mkdtemp(prefix="jishi-test-"))
    folder.chmod(0o711)
    yield folder / "var"
    shutil.rmtree(folder)


@pytest.fixture
def server_process(var_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """Run the servers of `var_dir` in another process."""
    process = subprocess.Popen(
        [sys.executable, "-c", RUN_SERVERS_SCRIPT, str(var_dir)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()
    assert subprocesses.wait_until(lambda: not running_pids(var_dir), timeout=15)


def fetch_rows(url: str, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def running_pids(var_dir: Path) -> list[int]:
    return [
        *subprocesses.pids_in_dir(var_dir / "postgres", name="postgres"),
        *subprocesses.pids_in_dir(var_dir / "valkey", name="valkey-server"),
    ]


def test_start_app_role_has_least_privilege_and_timeouts(var_dir: Path) -> None:
    with embedded.start(var_dir, durable=False) as servers:
        fetch_rows(servers.owner_database_url, "CREATE TABLE ledger (amount bigint)")

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            fetch_rows(servers.database_url, "CREATE TABLE mine (amount bigint)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            fetch_rows(servers.database_url, "SELECT * FROM ledger")
        privileges_sql = "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        for url in (servers.database_url, servers.owner_database_url):
            assert fetch_rows(url, privileges_sql) == [(False, False, False, False)]
        timeouts_sql = "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')"
        assert fetch_rows(servers.database_url, timeouts_sql) == [("3s", "10s")]
        assert fetch_rows(servers.owner_database_url, timeouts_sql) == [("0", "0")]


def test_start_opens_no_port_and_protects_secrets(var_dir: Path) -> None:
    with embedded.start(var_dir, durable=False) as servers:
        assert fetch_rows(servers.superuser_url, "SHOW listen_addresses") == [("",)]
        assert redis.from_url(servers.redis_url).config_get("port") == {"port": "0"}
        assert fetch_rows(servers.superuser_url, "SELECT DISTINCT auth_method FROM pg_hba_file_rules") == [("scram-sha-256",)]
        private_paths = [var_dir / "embedded.json", var_dir / "secrets" / "database.json", var_dir / "sockets", var_dir / "log"]
        assert [path.stat().st_mode & 0o077 for path in private_paths] == [0, 0, 0, 0]


def test_start_uses_utf8_character_type(var_dir: Path) -> None:
    """Check the UTF-8 character type, without which trigrams and full text search drop every Chinese character."""
    with embedded.start(var_dir, durable=False) as servers:
        assert fetch_rows(servers.database_url, "SELECT show_trgm('布料') <> '{}', upper('é')") == [(True, "É")]


def test_restart_preserves_data_and_environment(var_dir: Path) -> None:
    with embedded.start(var_dir) as servers:
        fetch_rows(servers.owner_database_url, "CREATE TABLE orders AS SELECT 42 AS id")
        redis.from_url(servers.redis_url).lpush("queue", "task")
        first = servers.environment()

    with embedded.start(var_dir) as servers:
        assert servers.environment() == first
        assert fetch_rows(servers.owner_database_url, "SELECT id FROM orders") == [(42,)]
        assert redis.from_url(servers.redis_url).lrange("queue", 0, -1) == [b"task"]
    assert running_pids(var_dir) == []


def test_killed_parent_stops_servers_and_preserves_data(var_dir: Path, server_process: subprocess.Popen[str]) -> None:
    servers = embedded.attach(var_dir)
    fetch_rows(servers.owner_database_url, "CREATE TABLE orders AS SELECT 42 AS id")
    idle_connection = psycopg.connect(servers.database_url.replace("+psycopg", ""))
    server_process.send_signal(signal.SIGKILL)

    assert subprocesses.wait_until(lambda: not running_pids(var_dir), timeout=10)
    assert (var_dir / "log" / "postgres.log").read_text().rstrip().endswith("database system is shut down")
    idle_connection.close()
    with embedded.start(var_dir, durable=False) as servers:
        assert fetch_rows(servers.owner_database_url, "SELECT id FROM orders") == [(42,)]


def test_start_after_kill_waits_for_old_server(var_dir: Path, server_process: subprocess.Popen[str]) -> None:
    server_process.send_signal(signal.SIGKILL)
    server_process.wait()
    with embedded.start(var_dir, durable=False) as servers:
        assert fetch_rows(servers.database_url, "SELECT 1") == [(1,)]


def test_start_removes_stale_files_after_crash(var_dir: Path) -> None:
    with embedded.start(var_dir, durable=False) as servers:
        fetch_rows(servers.owner_database_url, "CREATE TABLE orders AS SELECT 42 AS id")
        for server in servers.running:
            assert server.process is not None
            server.process.kill()
        assert subprocesses.wait_until(lambda: not running_pids(var_dir), timeout=10)
    sockets = {path.name for path in (var_dir / "sockets").iterdir()}
    assert sockets >= {".s.PGSQL.5432", "valkey.sock"}
    pidfile = var_dir / "postgres" / "postmaster.pid"
    lines = pidfile.read_text().splitlines()
    with subprocess.Popen(["sleep", "60"], user=postgres_uid(var_dir)) as unrelated_process:
        pidfile.write_text("\n".join([str(unrelated_process.pid), *lines[1:]]) + "\n")
        try:
            with embedded.start(var_dir, durable=False) as servers:
                assert fetch_rows(servers.owner_database_url, "SELECT id FROM orders") == [(42,)]
            assert unrelated_process.poll() is None
        finally:
            unrelated_process.kill()


def postgres_uid(var_dir: Path) -> int:
    return (var_dir / "postgres").stat().st_uid


def test_restart_dead_restarts_killed_servers(var_dir: Path) -> None:
    with embedded.start(var_dir, durable=False) as servers:
        assert servers.restart_dead() == []
        for server in servers.running:
            assert server.process is not None
            server.process.kill()
            server.process.wait()
        assert servers.restart_dead() == ["postgres", "valkey"]
        assert fetch_rows(servers.database_url, "SELECT 1") == [(1,)]
        assert redis.from_url(servers.redis_url).ping() is True


def test_start_twice_raises_already_running(var_dir: Path, server_process: subprocess.Popen[str]) -> None:
    with pytest.raises(embedded.AlreadyRunning, match=f"process {server_process.pid} already runs"):
        embedded.start(var_dir)
    assert server_process.poll() is None
    assert fetch_rows(embedded.attach(var_dir).database_url, "SELECT 1") == [(1,)]


def test_two_installations_are_isolated(var_dir: Path, server_process: subprocess.Popen[str]) -> None:
    other_var_dir = var_dir.parent / "other"
    with embedded.start(other_var_dir, durable=False) as servers:
        fetch_rows(servers.owner_database_url, "CREATE TABLE here (id int)")
        table_name = fetch_rows(embedded.attach(var_dir).owner_database_url, "SELECT to_regclass('here')")
    assert table_name == [(None,)]


def test_attach_or_start_leaves_attached_servers_running(var_dir: Path, server_process: subprocess.Popen[str]) -> None:
    with embedded.attach_or_start(var_dir) as servers:
        assert redis.from_url(servers.redis_url).ping() is True
    assert len(running_pids(var_dir)) >= 2


def test_attach_without_servers_raises_not_running(var_dir: Path) -> None:
    with pytest.raises(embedded.NotRunning, match="make run"):
        embedded.attach(var_dir)
    embedded.start(var_dir, durable=False).stop()
    with pytest.raises(embedded.NotRunning, match="make run"):
        embedded.attach(var_dir)


@pytest.mark.parametrize("name", ["a market, with spaces", "集市", "long" * 30])
def test_start_in_unusual_folder_uses_short_socket_dir(var_dir: Path, name: str) -> None:
    """Check that long or unusual paths get a separate socket directory, as sockets need short paths, and that it is deleted."""
    with embedded.start(var_dir / name, durable=False) as servers:
        assert fetch_rows(servers.database_url, "SELECT 1") == [(1,)]
        assert redis.from_url(servers.redis_url).ping() is True
        socket_dir = Path(servers.redis_url.removeprefix("unix://")).parent
        assert socket_dir.stat().st_mode & 0o077 == 0
    assert not socket_dir.exists()


def test_start_discards_partial_cluster(var_dir: Path) -> None:
    partial = var_dir / "postgres.half"
    partial.mkdir(parents=True)
    (partial / "PG_VERSION").write_text("18\n")
    with embedded.start(var_dir, durable=False) as servers:
        assert fetch_rows(servers.database_url, "SELECT 1") == [(1,)]
    assert not partial.exists()


def test_start_failure_includes_server_log(var_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(postgres.SERVER_CONF, "shared_buffers", "many")
    with pytest.raises(embedded.EmbeddedError, match='invalid value for parameter "shared_buffers": "many"'):
        embedded.start(var_dir, durable=False)
    monkeypatch.undo()
    embedded.start(var_dir, durable=False).stop()


def test_start_with_other_postgres_version_raises(var_dir: Path) -> None:
    embedded.start(var_dir, durable=False).stop()
    (var_dir / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(embedded.EmbeddedError, match="was made by PostgreSQL 17"):
        embedded.start(var_dir, durable=False)


def test_start_with_missing_passwords_raises(var_dir: Path) -> None:
    embedded.start(var_dir, durable=False).stop()
    (var_dir / "secrets" / "database.json").unlink()
    with pytest.raises(embedded.EmbeddedError, match="put it back"):
        embedded.start(var_dir, durable=False)


@requires_root
def test_start_with_unreadable_folder_moves_data_and_warns(tmp_path: Path) -> None:
    private_dir = tmp_path / "closed"
    private_dir.mkdir(mode=0o700)
    with embedded.start(private_dir / "var", durable=False) as servers:
        data_home = Path(servers.redis_url.removeprefix("unix://")).parents[1]
        assert data_home.parent == Path("/var/tmp")
        assert all(str(data_home) in note for note in servers.warnings)
        assert fetch_rows(servers.database_url, "SELECT 1") == [(1,)]
    assert not data_home.exists()


@requires_root
def test_start_copies_unreadable_server_binaries(var_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    is_accessible = paths.is_accessible
    monkeypatch.setattr(
        paths, "is_accessible", lambda path, account: "site-packages" not in str(path) and is_accessible(path, account)
    )
    with embedded.start(var_dir, durable=False) as servers:
        assert fetch_rows(servers.database_url, "SELECT 1") == [(1,)]
        program = Path(f"/proc/{running_pids(var_dir)[0]}/exe").readlink()
        assert program.is_relative_to(var_dir / "programs")


@requires_root
def test_start_as_ordinary_user_runs_as_that_user(var_dir: Path) -> None:
    """Start the servers in a forked child that has become `nobody`; a new interpreter might be inaccessible to it."""
    embedded.start(var_dir, durable=False).stop()
    home = var_dir.parent / "home of nobody"
    home.mkdir()
    os.chown(home, 65534, 65534)
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        with embedded.start(home / "var", durable=False) as servers:
            result = fetch_rows(servers.database_url, "SELECT current_user")
        os._exit(0 if result == [("jishi_app",)] and not running_pids(home / "var") else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert (home / "var" / "postgres").stat().st_uid == 65534


def test_start_process_outside_main_thread_raises(tmp_path: Path) -> None:
    failures: list[str] = []

    def start_in_thread() -> None:
        try:
            subprocesses.start_process(["true"], cwd=tmp_path, log_path=tmp_path / "log", env={})
        except RuntimeError as exc:
            failures.append(str(exc))

    thread = threading.Thread(target=start_in_thread)
    thread.start()
    thread.join()
    assert failures == ["children must be started by the main thread: they end with the thread that starts them"]


def test_saved_state_contains_all_addresses(var_dir: Path, server_process: subprocess.Popen[str]) -> None:
    saved_state = json.loads((var_dir / "embedded.json").read_text())["addresses"]
    servers = embedded.attach(var_dir)
    assert saved_state == {name: getattr(servers, name) for name in saved_state}
    assert servers.environment()["DATABASE_URL"] != servers.environment()["OWNER_DATABASE_URL"]
