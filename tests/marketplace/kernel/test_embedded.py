"""The servers that come with pip: they start, keep what they were given, and never outlive their parent."""

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

from marketplace.kernel import embedded, processes
from marketplace.kernel.embedded import places, postgres

ROOT = Path(__file__).parents[3]
RUN_UNTIL_KILLED = """
import sys, time
from pathlib import Path
from marketplace.kernel import embedded
servers = embedded.start(Path(sys.argv[1]), durable=False)
print("up", flush=True)
time.sleep(120)
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run the servers as somebody else")


@pytest.fixture
def var() -> Iterator[Path]:
    """An installation's folder that any account can pass through (pytest's own folders are private)."""
    folder = Path(tempfile.mkdtemp(prefix="jishi-test-"))
    folder.chmod(0o711)
    yield folder / "var"
    shutil.rmtree(folder)


@pytest.fixture
def killable(var: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that runs the servers of `var`."""
    process = subprocess.Popen([sys.executable, "-c", RUN_UNTIL_KILLED, str(var)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()
    assert processes.wait_until(lambda: not running(var), seconds=15)


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def running(var: Path) -> list[int]:
    return [
        *processes.working_in(var / "postgres", name="postgres"),
        *processes.working_in(var / "valkey", name="valkey-server"),
    ]


def test_the_application_owns_nothing_and_waits_for_nobody(var: Path) -> None:
    with embedded.start(var, durable=False) as servers:
        query(servers.owner_database_url, "CREATE TABLE ledger (amount bigint)")

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            query(servers.database_url, "CREATE TABLE mine (amount bigint)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            query(servers.database_url, "SELECT * FROM ledger")
        powers = "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        for url in (servers.database_url, servers.owner_database_url):
            assert query(url, powers) == [(False, False, False, False)]
        limits = "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')"
        assert query(servers.database_url, limits) == [("3s", "10s")]
        assert query(servers.owner_database_url, limits) == [("0", "0")]


def test_no_port_is_opened_and_no_password_is_readable(var: Path) -> None:
    with embedded.start(var, durable=False) as servers:
        assert query(servers.superuser_url, "SHOW listen_addresses") == [("",)]
        assert redis.from_url(servers.redis_url).config_get("port") == {"port": "0"}
        assert query(servers.superuser_url, "SELECT DISTINCT auth_method FROM pg_hba_file_rules") == [("scram-sha-256",)]
        private = [var / "embedded.json", var / "secrets" / "database.json", var / "sockets", var / "log"]
        assert [path.stat().st_mode & 0o077 for path in private] == [0, 0, 0, 0]


def test_chinese_text_is_known_as_letters(var: Path) -> None:
    """Without a UTF-8 character type, trigrams and full text would drop every Chinese character."""
    with embedded.start(var, durable=False) as servers:
        assert query(servers.database_url, "SELECT show_trgm('布料') <> '{}', upper('é')") == [(True, "É")]


def test_a_second_start_finds_what_the_first_left(var: Path) -> None:
    with embedded.start(var) as servers:
        query(servers.owner_database_url, "CREATE TABLE orders AS SELECT 42 AS id")
        redis.from_url(servers.redis_url).lpush("queue", "task")
        first = servers.environment()

    with embedded.start(var) as servers:
        assert servers.environment() == first
        assert query(servers.owner_database_url, "SELECT id FROM orders") == [(42,)]
        assert redis.from_url(servers.redis_url).lrange("queue", 0, -1) == [b"task"]
    assert running(var) == []


def test_nothing_outlives_a_parent_that_was_killed(var: Path, killable: subprocess.Popen[str]) -> None:
    servers = embedded.attach(var)
    query(servers.owner_database_url, "CREATE TABLE orders AS SELECT 42 AS id")
    idle = psycopg.connect(servers.database_url.replace("+psycopg", ""))
    killable.send_signal(signal.SIGKILL)

    assert processes.wait_until(lambda: not running(var), seconds=10)
    assert (var / "log" / "postgres.log").read_text().rstrip().endswith("database system is shut down")
    idle.close()
    with embedded.start(var, durable=False) as servers:
        assert query(servers.owner_database_url, "SELECT id FROM orders") == [(42,)]


def test_a_start_right_after_the_kill_waits_for_the_old_server(var: Path, killable: subprocess.Popen[str]) -> None:
    killable.send_signal(signal.SIGKILL)
    killable.wait()
    with embedded.start(var, durable=False) as servers:
        assert query(servers.database_url, "SELECT 1") == [(1,)]


def test_remains_of_a_crash_are_no_obstacle(var: Path) -> None:
    with embedded.start(var, durable=False) as servers:
        query(servers.owner_database_url, "CREATE TABLE orders AS SELECT 42 AS id")
        for server in servers.running:
            assert server.process is not None
            server.process.kill()
        assert processes.wait_until(lambda: not running(var), seconds=10)
    sockets = {path.name for path in (var / "sockets").iterdir()}
    assert sockets >= {".s.PGSQL.5432", "valkey.sock"}
    pidfile = var / "postgres" / "postmaster.pid"
    lines = pidfile.read_text().splitlines()
    with subprocess.Popen(["sleep", "60"], user=postgres_uid(var)) as somebody_else:
        pidfile.write_text("\n".join([str(somebody_else.pid), *lines[1:]]) + "\n")
        try:
            with embedded.start(var, durable=False) as servers:
                assert query(servers.owner_database_url, "SELECT id FROM orders") == [(42,)]
            assert somebody_else.poll() is None
        finally:
            somebody_else.kill()


def postgres_uid(var: Path) -> int:
    return (var / "postgres").stat().st_uid


def test_servers_that_died_are_started_again(var: Path) -> None:
    with embedded.start(var, durable=False) as servers:
        assert servers.revive() == []
        for server in servers.running:
            assert server.process is not None
            server.process.kill()
            server.process.wait()
        assert servers.revive() == ["postgres", "valkey"]
        assert query(servers.database_url, "SELECT 1") == [(1,)]
        assert redis.from_url(servers.redis_url).ping() is True


def test_one_installation_is_run_once(var: Path, killable: subprocess.Popen[str]) -> None:
    with pytest.raises(embedded.AlreadyRunning, match=f"process {killable.pid} already runs"):
        embedded.start(var)
    assert killable.poll() is None
    assert query(embedded.attach(var).database_url, "SELECT 1") == [(1,)]


def test_two_installations_run_side_by_side(var: Path, killable: subprocess.Popen[str]) -> None:
    other = var.parent / "other"
    with embedded.start(other, durable=False) as servers:
        query(servers.owner_database_url, "CREATE TABLE here (id int)")
        there = query(embedded.attach(var).owner_database_url, "SELECT to_regclass('here')")
    assert there == [(None,)]


def test_attaching_leaves_the_servers_running(var: Path, killable: subprocess.Popen[str]) -> None:
    with embedded.attach_or_start(var) as servers:
        assert redis.from_url(servers.redis_url).ping() is True
    assert len(running(var)) >= 2


def test_nothing_to_attach_to_is_said(var: Path) -> None:
    with pytest.raises(embedded.NotRunning, match="make run"):
        embedded.attach(var)
    embedded.start(var, durable=False).stop()
    with pytest.raises(embedded.NotRunning, match="make run"):
        embedded.attach(var)


@pytest.mark.parametrize("name", ["a market, with spaces", "集市", "long" * 30])
def test_any_folder_will_do(var: Path, name: str) -> None:
    """Sockets need a short plain name: those of such a folder live elsewhere, and go away again."""
    with embedded.start(var / name, durable=False) as servers:
        assert query(servers.database_url, "SELECT 1") == [(1,)]
        assert redis.from_url(servers.redis_url).ping() is True
        sockets = Path(servers.redis_url.removeprefix("unix://")).parent
        assert sockets.stat().st_mode & 0o077 == 0
    assert not sockets.exists()


def test_an_interrupted_first_start_leaves_nothing_to_repair(var: Path) -> None:
    half = var / "postgres.half"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with embedded.start(var, durable=False) as servers:
        assert query(servers.database_url, "SELECT 1") == [(1,)]
    assert not half.exists()


def test_a_failure_shows_the_servers_own_words(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(postgres.SMALL, "shared_buffers", "many")
    with pytest.raises(embedded.EmbeddedError, match='invalid value for parameter "shared_buffers": "many"'):
        embedded.start(var, durable=False)
    monkeypatch.undo()
    embedded.start(var, durable=False).stop()


def test_another_versions_data_is_refused(var: Path) -> None:
    embedded.start(var, durable=False).stop()
    (var / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(embedded.EmbeddedError, match="was made by PostgreSQL 17"):
        embedded.start(var, durable=False)


def test_lost_passwords_are_said_plainly(var: Path) -> None:
    embedded.start(var, durable=False).stop()
    (var / "secrets" / "database.json").unlink()
    with pytest.raises(embedded.EmbeddedError, match="put it back"):
        embedded.start(var, durable=False)


@as_root
def test_data_that_nobody_cannot_reach_moves_and_says_so(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with embedded.start(closed / "var", durable=False) as servers:
        home = Path(servers.redis_url.removeprefix("unix://")).parents[1]
        assert home.parent == Path("/var/tmp")
        assert all(str(home) in note for note in servers.notes)
        assert query(servers.database_url, "SELECT 1") == [(1,)]
    assert not home.exists()


@as_root
def test_programs_that_nobody_cannot_reach_are_copied(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = places.reachable
    monkeypatch.setattr(places, "reachable", lambda path, account: "site-packages" not in str(path) and real(path, account))
    with embedded.start(var, durable=False) as servers:
        assert query(servers.database_url, "SELECT 1") == [(1,)]
        program = Path(f"/proc/{running(var)[0]}/exe").readlink()
        assert program.is_relative_to(var / "programs")


@as_root
def test_an_ordinary_user_runs_them_as_itself(var: Path) -> None:
    """In a forked child that has become `nobody`, with everything imported: its Python may be out of reach."""
    embedded.start(var, durable=False).stop()
    home = var.parent / "home of nobody"
    home.mkdir()
    os.chown(home, 65534, 65534)
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        with embedded.start(home / "var", durable=False) as servers:
            answer = query(servers.database_url, "SELECT current_user")
        os._exit(0 if answer == [("jishi_app",)] and not running(home / "var") else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert (home / "var" / "postgres").stat().st_uid == 65534


def test_only_the_main_thread_starts_children(tmp_path: Path) -> None:
    failures: list[str] = []

    def elsewhere() -> None:
        try:
            processes.spawn(["true"], folder=tmp_path, log=tmp_path / "log", env={})
        except RuntimeError as error:
            failures.append(str(error))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert failures == ["children are started by the main thread: they would die with any other"]


def test_what_is_remembered_is_complete(var: Path, killable: subprocess.Popen[str]) -> None:
    remembered = json.loads((var / "embedded.json").read_text())["addresses"]
    servers = embedded.attach(var)
    assert remembered == {name: getattr(servers, name) for name in remembered}
    assert servers.environment()["DATABASE_URL"] != servers.environment()["OWNER_DATABASE_URL"]
