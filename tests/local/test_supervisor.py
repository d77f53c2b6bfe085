"""Supervisor of `make run`: startup, restarts, output, and shutdown without remaining processes."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from benchmarks.servers import adjacent_ports, free_port
from local import embedded
from local.supervisor import console
from local.supervisor.installation import Installation, StartupError
from local.supervisor.plan import Plan, Program, hash_python_files
from local.supervisor.process import ManagedProcess
from local.supervisor.runner import ShutdownRequested, Supervisor
from marketplace.kernel import subprocesses

ROOT = Path(__file__).parents[2]
SUPERVISED_PROGRAMS = str(Path(__file__).with_name("supervised_programs.py"))
# With the services given by URL no servers are started; most of these tests concern the other processes.
EXTERNAL_SERVICES = {
    "DATABASE_URL": "postgresql+psycopg://app@db/jishi",
    "OWNER_DATABASE_URL": "postgresql+psycopg://owner@db/jishi",
    "REDIS_URL": "redis://redis",
}
Start = Callable[..., "SupervisedMarket"]


class SupervisedMarket:
    """Running supervisor with its output."""

    def __init__(self, var: Path, parts: tuple[str, ...], port: int, env: dict[str, str], *, real: bool = False) -> None:
        self.var, self.port, self.output_path = var, port, var.with_name(f"{var.name}.{port}.printed")
        with self.output_path.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, *(["-m", "local.supervisor"] if real else [SUPERVISED_PROGRAMS, "up", *parts])],
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT), "VAR_DIR": str(var), "PORT": str(port)} | env,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait_for_output(self, text: str, seconds: float = 60) -> bool:
        return subprocesses.wait_until(lambda: text in self.output_path.read_text(), timeout=seconds)

    def read_notes(self) -> list[str]:
        path = self.var / "notes"
        return path.read_text().splitlines() if path.exists() else []

    def wait_for_notes(self, *names: str, count: int = 1) -> list[str]:
        """Wait until each program has written `count` notes; return them."""
        matching: list[str] = []

        def complete() -> bool:
            matching[:] = [note for note in self.read_notes() if note.split()[0] in names]
            return len(matching) >= count * len(names)

        return matching if subprocesses.wait_until(complete, timeout=15) else []

    def wait_for_exit(self, seconds: float = 60) -> int:
        """Return the exit code; the timeout is long because writing a checkpoint takes long on a slow disk."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running; it printed:\n{self.output_path.read_text()}") from None

    def remaining_pids(self) -> list[int]:
        """Return the processes that have the directory of this installation in their environment or as working directory."""
        environ_entry = f"VAR_DIR={self.var}".encode()
        pids = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if entry.name.isdigit() and (
                    environ_entry in (entry / "environ").read_bytes().split(b"\0")
                    or (entry / "cwd").readlink().is_relative_to(self.var)
                ):
                    pids.append(int(entry.name))
        return pids


@pytest.fixture
def folder() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="jishi-test-"))
    directory.chmod(0o711)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def start_market(folder: Path) -> Iterator[Start]:
    """Return a function that starts minimal marketplaces; assert at the end that none of their processes is left."""
    started: list[SupervisedMarket] = []

    def launch(*parts: str, name: str = "var", port: int | None = None, servers: bool = False, **env: str) -> SupervisedMarket:
        market = SupervisedMarket(folder / name, parts, port or free_port(), ({} if servers else EXTERNAL_SERVICES) | env)
        started.append(market)
        return market

    yield launch
    for market in started:
        market.process.kill()
        market.process.wait()
    assert subprocesses.wait_until(lambda: not any(market.remaining_pids() for market in started), timeout=15)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_signal_stops_web_first_then_others(start_market: Start, sign: signal.Signals) -> None:
    market = start_market("web", "worker", "beat")
    assert market.wait_for_output("The market is open")
    page = urllib.request.urlopen(f"http://127.0.0.1:{market.port}/here", timeout=5).read()
    assert page == b"/here"
    assert market.wait_for_notes("worker", "beat")
    market.process.send_signal(sign)
    assert market.wait_for_exit() == 0
    first, *others = [note for note in market.read_notes() if note.endswith("stops")]
    assert (first, sorted(others)) == ("web stops", ["beat stops", "worker stops"])
    assert market.remaining_pids() == []


def test_banner_shows_addresses_and_logins(start_market: Start) -> None:
    market = start_market("web")
    assert market.wait_for_output("Ctrl-C stops everything")
    printed = market.output_path.read_text()
    assert f"    商城 Shop   http://localhost:{market.port}/\n" in printed
    assert "买家 · buyer  buyer@example.org" in printed


def test_no_processes_left_after_kill_9_or_ctrl_c(start_market: Start) -> None:
    market = start_market("web", "worker", servers=True)
    assert market.wait_for_output("The market is open")
    assert len(market.remaining_pids()) > 4
    market.process.kill()
    market.process.wait()
    assert subprocesses.wait_until(lambda: not market.remaining_pids(), timeout=10)

    second = start_market("web", "worker", servers=True)
    assert second.wait_for_output("The market is open")
    second.process.send_signal(signal.SIGINT)
    assert second.wait_for_exit() == 0
    assert second.remaining_pids() == []
    assert (second.var / "log" / "postgres.log").read_text().rstrip().endswith("database system is shut down")


def test_dead_program_is_restarted(start_market: Start) -> None:
    market = start_market("web", "worker")
    assert market.wait_for_output("The market is open")
    (note,) = market.wait_for_notes("worker")
    os.kill(int(note.split()[1]), signal.SIGKILL)
    assert market.wait_for_output("worker ended (-9); starting again in 1 s")
    assert market.wait_for_notes("worker", count=2)
    assert market.process.poll() is None


def test_restart_delay_grows(start_market: Start) -> None:
    market = start_market("mortal")
    for delay in (1, 2, 4):
        assert market.wait_for_output(f"mortal ended (4); starting again in {delay} s")


def test_children_of_killed_program_are_killed(start_market: Start) -> None:
    market = start_market("web", "parent")
    assert market.wait_for_output("The market is open")
    before = [int(note.split()[1]) for note in market.wait_for_notes("parent", count=2)]
    os.kill(os.getpgid(before[0]), signal.SIGKILL)
    assert market.wait_for_output("parent ended (-9)")
    assert subprocesses.wait_until(lambda: not set(before) & set(market.remaining_pids()), timeout=5)


def test_startup_failure_prints_reason(start_market: Start) -> None:
    market = start_market("fails", "worker")
    assert market.wait_for_exit() == 1
    printed = market.output_path.read_text()
    assert "    | the reason is this" in printed
    assert f"fails does not start; see {market.var / 'log'}" in printed
    assert market.remaining_pids() == []


def test_failing_step_aborts_startup(start_market: Start) -> None:
    market = start_market("step:fails", "web")
    assert market.wait_for_exit() == 1
    printed = market.output_path.read_text()
    assert "the reason is this" in printed
    assert "exit code 3" in printed
    assert market.read_notes() == []
    assert market.remaining_pids() == []


def test_step_skipped_while_fingerprint_unchanged(start_market: Start) -> None:
    for seed in ("once:seed", "once:seed", "again:seed"):
        market = start_market("step:migrate", seed)
        assert market.wait_for_output("The market is open")
        assert market.wait_for_output("step:migrate was taken", seconds=0)
        market.process.send_signal(signal.SIGTERM)
        market.wait_for_exit()
    assert market.read_notes() == ["step:migrate", "once:seed", "step:migrate", "step:migrate", "again:seed"]


def test_skipped_step_is_not_run_later(start_market: Start) -> None:
    for demo in ("none", ""):
        market = start_market("once:seed", DEMO=demo)
        assert market.wait_for_output("The market is open")
        assert "Take seed" not in market.output_path.read_text()
        market.process.send_signal(signal.SIGTERM)
        market.wait_for_exit()
    assert market.read_notes() == []


def test_failed_step_is_retried(start_market: Start) -> None:
    for _ in range(2):
        market = start_market("once:fails")
        assert market.wait_for_exit() == 1
        assert market.wait_for_output("the reason is this", seconds=0)


def test_hash_python_files_depends_on_names_and_content(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("one")
    before = hash_python_files(tmp_path)
    assert hash_python_files(tmp_path) == before
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert hash_python_files(tmp_path) != before


def test_ctrl_c_during_step_exits_cleanly(start_market: Start) -> None:
    market = start_market("step:sleeps", "web", servers=True)
    assert subprocesses.wait_until(lambda: bool(market.read_notes()), timeout=20)
    market.process.send_signal(signal.SIGINT)
    assert market.wait_for_exit() == 0
    assert market.remaining_pids() == []


def test_second_ctrl_c_kills_immediately(start_market: Start) -> None:
    market = start_market("stubborn", PATIENCE="600")
    assert subprocesses.wait_until(lambda: bool(market.read_notes()), timeout=10)
    assert market.wait_for_output("The market is open")
    market.process.send_signal(signal.SIGINT)
    assert market.wait_for_output("Stopping")
    time.sleep(0.2)
    assert market.process.poll() is None
    market.process.send_signal(signal.SIGINT)
    assert market.wait_for_exit() == 0
    assert market.remaining_pids() == []


def test_port_in_use_is_reported_before_start(start_market: Start) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        market = start_market("web", port=listener.getsockname()[1], servers=True)
        assert market.wait_for_exit() == 1
    assert market.output_path.read_text().splitlines() == [
        f"端口 {market.port} 已被占用。请换一个端口：make run PORT={market.port + 10}",
        f"Port {market.port} is taken. Choose another: make run PORT={market.port + 10}",
    ]
    assert not (market.var / "postgres").exists()


def test_two_installations_run_concurrently(start_market: Start) -> None:
    first_market, second_market = start_market("web", name="one", servers=True), start_market("web", name="two", servers=True)
    assert first_market.wait_for_output("The market is open")
    assert second_market.wait_for_output("The market is open")
    assert embedded.attach(first_market.var).redis_url != embedded.attach(second_market.var).redis_url


def test_run_command_attaches_to_running_market(start_market: Start) -> None:
    market = start_market("web", servers=True)
    assert market.wait_for_output("The market is open")
    second = SupervisedMarket(market.var, ("web",), free_port(), {})
    assert second.wait_for_exit() == 1
    assert second.wait_for_output(f"This market is already running (process {market.process.pid}).", seconds=0)

    script = "import os, sys; print(os.environ['DATABASE_URL'], os.environ['BASE_URL']); sys.exit(7)"
    result = subprocess.run(
        [sys.executable, "-m", "local.supervisor", "with", sys.executable, "-c", script],
        cwd=ROOT,
        env=os.environ | {"VAR_DIR": str(market.var)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 7
    assert result.stdout.split() == [embedded.attach(market.var).database_url, f"http://localhost:{market.port}"]
    assert market.process.poll() is None


def test_dead_server_is_restarted(start_market: Start) -> None:
    market = start_market(servers=True)
    assert market.wait_for_output("The market is open")
    for pid in subprocesses.pids_in_dir(market.var / "valkey", name="valkey-server"):
        os.kill(pid, signal.SIGKILL)
    assert market.wait_for_output("valkey had ended and was started again")


def test_secrets_are_created_once_with_private_mode(folder: Path) -> None:
    installation = Installation(var=folder / "var", host="127.0.0.1", port=8000, gateway_port=8001)
    first = installation.build_env({}, None)
    assert installation.build_env({}, None) == first
    assert len(first["SECRET_KEY"]) >= 32
    assert first["SECRET_KEY"] != first["GATEWAY_SECRET"]
    assert (installation.var / "secrets" / "secret_key").stat().st_mode & 0o077 == 0


def test_environment_overrides_defaults(folder: Path) -> None:
    installation = Installation(var=folder / "var", host="127.0.0.1", port=8000, gateway_port=8001)
    assert installation.build_env({"SECRET_KEY": "mine", "CURRENCY": "USD"}, None)["SECRET_KEY"] == "mine"


@pytest.mark.slow
def test_real_market_leaves_no_processes_after_kill_9(folder: Path) -> None:
    """Check a real marketplace too, because gunicorn and Celery have child processes with exit rules of their own."""
    market = SupervisedMarket(folder / "var", (), free_port(), {"DEMO": "none"}, real=True)
    try:
        assert market.wait_for_output("The market is open", seconds=90), market.output_path.read_text()
        log = market.var / "log" / "worker.log"
        assert subprocesses.wait_until(lambda: log.exists() and " ready." in log.read_text(), timeout=60)
        assert urllib.request.urlopen(f"http://localhost:{market.port}/readyz", timeout=10).status == 200
    finally:
        market.process.kill()
        market.process.wait()
        assert subprocesses.wait_until(lambda: not market.remaining_pids(), timeout=15), market.remaining_pids()


@pytest.mark.parametrize("port", ["0", "eighty", "65536", "-1"])
def test_invalid_port_raises_startup_error(port: str) -> None:
    with pytest.raises(StartupError, match="is not a port number"):
        Installation.from_env({"PORT": port})


def test_partial_service_urls_are_rejected(start_market: Start) -> None:
    market = start_market("web", REDIS_URL="")
    assert market.wait_for_exit() == 1
    assert market.wait_for_output("DATABASE_URL is set, but not REDIS_URL: set all of them, or none.", seconds=0)


def test_gateway_port_is_next_free_port() -> None:
    first_port, port = adjacent_ports()
    with socket.create_server(("127.0.0.1", port)):
        installation = Installation.from_env({"PORT": str(first_port)})
    assert installation.gateway_port > port


def test_pad_to_width_handles_chinese() -> None:
    assert [console.pad_to_width("商城", 6), console.pad_to_width("Shop", 6)] == ["商城  ", "Shop  "]


def test_signal_during_process_start_is_deferred(tmp_path: Path) -> None:
    """Check that a signal during a start is deferred; raised there, it would leave an unmanaged process."""
    started: list[str] = []
    supervisor = Supervisor(Plan(), {})

    class SignalingProcess(ManagedProcess):
        def check(self) -> None:
            os.kill(os.getpid(), signal.SIGINT)
            started.append(self.program.name)

    installation = Installation(var=tmp_path, host="127.0.0.1", port=1, gateway_port=2)
    programs = [Program(name=name, command=lambda _installation: ()) for name in ("web", "worker")]
    supervisor._managed = [SignalingProcess(program, installation, {}) for program in programs]
    before = signal.signal(signal.SIGINT, supervisor._on_signal)
    try:
        with pytest.raises(ShutdownRequested):
            supervisor._monitor()
    finally:
        signal.signal(signal.SIGINT, before)
    assert started == ["web", "worker"]
