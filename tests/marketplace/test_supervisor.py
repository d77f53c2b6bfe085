"""`make run` opens a market, keeps it open, says what happens, and leaves nothing behind."""

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

from benchmarks.servers import free_port, neighbours
from marketplace.kernel import embedded, processes
from marketplace.supervisor import voice
from marketplace.supervisor.plan import Plan, Program, digest_of
from marketplace.supervisor.run import Stopping, Supervisor
from marketplace.supervisor.site import CannotStart, Site
from marketplace.supervisor.watch import Keeper

ROOT = Path(__file__).parents[2]
SMALL_MARKET = str(Path(__file__).with_name("supervised.py"))
# With the servers given by address none are started: most of these tests are about the other processes.
ELSEWHERE = {
    "DATABASE_URL": "postgresql+psycopg://app@db/jishi",
    "OWNER_DATABASE_URL": "postgresql+psycopg://owner@db/jishi",
    "REDIS_URL": "redis://redis",
}
Start = Callable[..., "Market"]


class Market:
    """A running supervisor, and what it prints."""

    def __init__(self, var: Path, parts: tuple[str, ...], port: int, env: dict[str, str], *, real: bool = False) -> None:
        self.var, self.port, self.printed = var, port, var.with_name(f"{var.name}.{port}.printed")
        with self.printed.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, *(["-m", "marketplace.supervisor"] if real else [SMALL_MARKET, "up", *parts])],
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT), "VAR_DIR": str(var), "PORT": str(port)} | env,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def says(self, text: str, seconds: float = 60) -> bool:
        return processes.wait_until(lambda: text in self.printed.read_text(), seconds=seconds)

    def notes(self) -> list[str]:
        path = self.var / "notes"
        return path.read_text().splitlines() if path.exists() else []

    def notes_of(self, *names: str, count: int = 1) -> list[str]:
        """What these programs noted, waiting until each has noted `count` things."""
        found: list[str] = []

        def complete() -> bool:
            found[:] = [note for note in self.notes() if note.split()[0] in names]
            return len(found) >= count * len(names)

        return found if processes.wait_until(complete, seconds=15) else []

    def ends(self, seconds: float = 60) -> int:
        """Its exit code; a disk that is slow to write a database down is no fault of ours."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running; it printed:\n{self.printed.read_text()}") from None

    def remains(self) -> list[int]:
        """Processes of this installation: those with its folder in their environment or as their place of work."""
        mark = f"VAR_DIR={self.var}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if entry.name.isdigit() and (
                    mark in (entry / "environ").read_bytes().split(b"\0") or (entry / "cwd").readlink().is_relative_to(self.var)
                ):
                    found.append(int(entry.name))
        return found


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="jishi-test-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """Start small markets; whatever a test does to them, nothing of them may be left at its end."""
    started: list[Market] = []

    def begin(*parts: str, name: str = "var", port: int | None = None, servers: bool = False, **env: str) -> Market:
        market = Market(folder / name, parts, port or free_port(), ({} if servers else ELSEWHERE) | env)
        started.append(market)
        return market

    yield begin
    for market in started:
        market.process.kill()
        market.process.wait()
    assert processes.wait_until(lambda: not any(market.remains() for market in started), seconds=15)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_and_pages_first(start: Start, sign: signal.Signals) -> None:
    market = start("web", "worker", "beat")
    assert market.says("The market is open")
    page = urllib.request.urlopen(f"http://127.0.0.1:{market.port}/here", timeout=5).read()
    assert page == b"/here"
    assert market.notes_of("worker", "beat")
    market.process.send_signal(sign)
    assert market.ends() == 0
    first, *others = [note for note in market.notes() if note.endswith("stops")]
    assert (first, sorted(others)) == ("web stops", ["beat stops", "worker stops"])
    assert market.remains() == []


def test_the_greeting_says_where_and_who(start: Start) -> None:
    market = start("web")
    assert market.says("Ctrl-C stops everything")
    printed = market.printed.read_text()
    assert f"    商城 Shop   http://localhost:{market.port}/\n" in printed
    assert "买家 · buyer  buyer@example.org" in printed


def test_nothing_remains_neither_after_kill_9_nor_after_ctrl_c(start: Start) -> None:
    market = start("web", "worker", servers=True)
    assert market.says("The market is open")
    assert len(market.remains()) > 4
    market.process.kill()
    market.process.wait()
    assert processes.wait_until(lambda: not market.remains(), seconds=10)

    second = start("web", "worker", servers=True)
    assert second.says("The market is open")
    second.process.send_signal(signal.SIGINT)
    assert second.ends() == 0
    assert second.remains() == []
    assert (second.var / "log" / "postgres.log").read_text().rstrip().endswith("database system is shut down")


def test_a_program_that_died_is_started_again(start: Start) -> None:
    market = start("web", "worker")
    assert market.says("The market is open")
    (number,) = market.notes_of("worker")
    os.kill(int(number.split()[1]), signal.SIGKILL)
    assert market.says("worker ended (-9); starting again in 1 s")
    assert market.notes_of("worker", count=2)
    assert market.process.poll() is None


def test_pauses_between_restarts_grow(start: Start) -> None:
    market = start("mortal")
    for pause in (1, 2, 4):
        assert market.says(f"mortal ended (4); starting again in {pause} s")


def test_children_of_a_killed_program_do_not_stay(start: Start) -> None:
    market = start("web", "parent")
    assert market.says("The market is open")
    before = [int(note.split()[1]) for note in market.notes_of("parent", count=2)]
    os.kill(os.getpgid(before[0]), signal.SIGKILL)
    assert market.says("parent ended (-9)")
    assert processes.wait_until(lambda: not set(before) & set(market.remains()), seconds=5)


def test_a_market_that_cannot_open_says_why(start: Start) -> None:
    market = start("fails", "worker")
    assert market.ends() == 1
    printed = market.printed.read_text()
    assert "    | the reason is this" in printed
    assert f"fails does not start; see {market.var / 'log'}" in printed
    assert market.remains() == []


def test_a_step_that_fails_stops_the_opening(start: Start) -> None:
    market = start("step:fails", "web")
    assert market.ends() == 1
    printed = market.printed.read_text()
    assert "the reason is this" in printed
    assert "exit code 3" in printed
    assert market.notes() == []
    assert market.remains() == []


def test_steps_are_seen_and_not_repeated_for_the_same_reason(start: Start) -> None:
    for seed in ("once:seed", "once:seed", "again:seed"):
        market = start("step:migrate", seed)
        assert market.says("The market is open")
        assert market.says("step:migrate was taken", seconds=0)
        market.process.send_signal(signal.SIGTERM)
        market.ends()
    assert market.notes() == ["step:migrate", "once:seed", "step:migrate", "step:migrate", "again:seed"]


def test_a_step_that_was_declined_is_not_made_up_for(start: Start) -> None:
    for demo in ("none", ""):
        market = start("once:seed", DEMO=demo)
        assert market.says("The market is open")
        assert "Take seed" not in market.printed.read_text()
        market.process.send_signal(signal.SIGTERM)
        market.ends()
    assert market.notes() == []


def test_a_step_that_failed_is_taken_again(start: Start) -> None:
    for _ in range(2):
        market = start("once:fails")
        assert market.ends() == 1
        assert market.says("the reason is this", seconds=0)


def test_migrations_are_known_by_what_they_say(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("one")
    before = digest_of(tmp_path)
    assert digest_of(tmp_path) == before
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert digest_of(tmp_path) != before


def test_ctrl_c_during_a_step(start: Start) -> None:
    market = start("step:sleeps", "web", servers=True)
    assert processes.wait_until(lambda: bool(market.notes()), seconds=20)
    market.process.send_signal(signal.SIGINT)
    assert market.ends() == 0
    assert market.remains() == []


def test_a_second_ctrl_c_is_harder(start: Start) -> None:
    market = start("stubborn", PATIENCE="600")
    assert processes.wait_until(lambda: bool(market.notes()), seconds=10)
    assert market.says("The market is open")
    market.process.send_signal(signal.SIGINT)
    assert market.says("Stopping")
    time.sleep(0.2)
    assert market.process.poll() is None
    market.process.send_signal(signal.SIGINT)
    assert market.ends() == 0
    assert market.remains() == []


def test_a_taken_port_is_said_before_anything_starts(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        market = start("web", port=taken.getsockname()[1], servers=True)
        assert market.ends() == 1
    assert market.printed.read_text().splitlines() == [
        f"端口 {market.port} 已被占用。请换一个端口：make run PORT={market.port + 10}",
        f"Port {market.port} is taken. Choose another: make run PORT={market.port + 10}",
    ]
    assert not (market.var / "postgres").exists()


def test_two_markets_stand_side_by_side(start: Start) -> None:
    one, two = start("web", name="one", servers=True), start("web", name="two", servers=True)
    assert one.says("The market is open")
    assert two.says("The market is open")
    assert embedded.attach(one.var).redis_url != embedded.attach(two.var).redis_url


def test_what_is_done_beside_a_running_market(start: Start) -> None:
    market = start("web", servers=True)
    assert market.says("The market is open")
    second = Market(market.var, ("web",), free_port(), {})
    assert second.ends() == 1
    assert second.says(f"This market is already running (process {market.process.pid}).", seconds=0)

    show = "import os, sys; print(os.environ['DATABASE_URL'], os.environ['BASE_URL']); sys.exit(7)"
    answer = subprocess.run(
        [sys.executable, "-m", "marketplace.supervisor", "with", sys.executable, "-c", show],
        cwd=ROOT,
        env=os.environ | {"VAR_DIR": str(market.var)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 7
    assert answer.stdout.split() == [embedded.attach(market.var).database_url, f"http://localhost:{market.port}"]
    assert market.process.poll() is None


def test_a_server_that_died_is_started_again(start: Start) -> None:
    market = start(servers=True)
    assert market.says("The market is open")
    for pid in processes.working_in(market.var / "valkey", name="valkey-server"):
        os.kill(pid, signal.SIGKILL)
    assert market.says("valkey had ended and was started again")


def test_secrets_are_made_once_for_us_only(folder: Path) -> None:
    site = Site(var=folder / "var", host="127.0.0.1", port=8000, gateway_port=8001)
    first = site.environment({}, None)
    assert site.environment({}, None) == first
    assert len(first["SECRET_KEY"]) >= 32
    assert first["SECRET_KEY"] != first["GATEWAY_SECRET"]
    assert (site.var / "secrets" / "secret_key").stat().st_mode & 0o077 == 0


def test_what_the_caller_sets_is_kept(folder: Path) -> None:
    site = Site(var=folder / "var", host="127.0.0.1", port=8000, gateway_port=8001)
    assert site.environment({"SECRET_KEY": "mine", "CURRENCY": "USD"}, None)["SECRET_KEY"] == "mine"


@pytest.mark.slow
def test_the_real_market_leaves_nothing_after_kill_9(folder: Path) -> None:
    """gunicorn and Celery have processes of their own, and opinions about when to leave."""
    market = Market(folder / "var", (), free_port(), {"DEMO": "none"}, real=True)
    try:
        assert market.says("The market is open", seconds=90), market.printed.read_text()
        log = market.var / "log" / "worker.log"
        assert processes.wait_until(lambda: log.exists() and " ready." in log.read_text(), seconds=60)
        assert urllib.request.urlopen(f"http://localhost:{market.port}/readyz", timeout=10).status == 200
    finally:
        market.process.kill()
        market.process.wait()
        assert processes.wait_until(lambda: not market.remains(), seconds=15), market.remains()


@pytest.mark.parametrize("port", ["0", "eighty", "65536", "-1"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(CannotStart, match="is not a port number"):
        Site.chosen({"PORT": port})


def test_half_of_the_addresses_is_refused(start: Start) -> None:
    market = start("web", REDIS_URL="")
    assert market.ends() == 1
    assert market.says("DATABASE_URL is set, but not REDIS_URL: set all of them, or none.", seconds=0)


def test_the_gateway_takes_the_next_free_port() -> None:
    wanted, port = neighbours()
    with socket.create_server(("127.0.0.1", port)):
        site = Site.chosen({"PORT": str(wanted)})
    assert site.gateway_port > port


def test_columns_hold_with_chinese_words() -> None:
    assert [voice.pad("商城", 6), voice.pad("Shop", 6)] == ["商城  ", "Shop  "]


def test_a_signal_while_a_process_starts_waits_for_it(tmp_path: Path) -> None:
    """Raised in the middle of a start, it would leave a process that nobody knows."""
    started: list[str] = []
    market = Supervisor(Plan(), {})

    class Starting(Keeper):
        def look_after(self) -> None:
            os.kill(os.getpid(), signal.SIGINT)
            started.append(self.program.name)

    site = Site(var=tmp_path, host="127.0.0.1", port=1, gateway_port=2)
    programs = [Program(name=name, command=lambda _site: ()) for name in ("web", "worker")]
    market._keepers = [Starting(program, site, {}) for program in programs]
    before = signal.signal(signal.SIGINT, market._on_signal)
    try:
        with pytest.raises(Stopping):
            market._look_after()
    finally:
        signal.signal(signal.SIGINT, before)
    assert started == ["web", "worker"]
