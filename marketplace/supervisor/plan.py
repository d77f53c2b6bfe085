"""What a running market consists of: things done once before it opens, and processes that stay."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from marketplace.kernel import processes
from marketplace.supervisor.site import Site

Environment = Mapping[str, str]
# Asked for while the pages start, read when they are up.
SignIns = Callable[[Site, Environment], Callable[[], Sequence[str]]]
MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")
CELERY = (sys.executable, "-m", "celery", "-A", "marketplace.worker:celery")
GUNICORN = (
    *(sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--graceful-timeout", "5"),
    # Its control socket has one place for all of a user's servers; two checkouts would quarrel over it.
    *("--no-control-socket", "--access-logfile", "-"),
)


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something done before the market opens.

    `until` tells what it was done for: it is not done again on the same data while that stays the same. None: always.
    `unless` tells whether the operator does without it; it then counts as done.
    """

    name: str
    chinese: str
    english: str
    run: Callable[[Site, Environment], None]
    until: Callable[[], str] | None = None
    unless: Callable[[Environment], bool] = lambda _env: False


@dataclass(frozen=True, kw_only=True)
class Program:
    """A process that stays, and is started again when it dies.

    The kernel ends it with `leash` if we are killed; `stop` asks with SIGTERM and insists with `firmly`.
    """

    name: str
    command: Callable[[Site], Sequence[str]]
    firmly: signal.Signals = signal.SIGKILL
    leash: signal.Signals = signal.SIGTERM


@dataclass(frozen=True, kw_only=True)
class Address:
    """A line of the greeting: what stands there, and where."""

    chinese: str
    english: str
    url: Callable[[Site], str]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All of it. The first program serves pages: it is started first, to be up soonest, and stopped first."""

    steps: tuple[Step, ...] = ()
    programs: tuple[Program, ...] = ()
    addresses: tuple[Address, ...] = ()
    sign_ins: SignIns = field(default=lambda _site, _env: tuple)
    ready: str | None = "/readyz"


class StepFailed(Exception):
    """A command ended with an error; it has said why."""


def command(*words: str) -> Callable[[Site, Environment], None]:
    """A step that is a command of its own process; what it prints is seen at once. Raises StepFailed."""

    def run(_site: Site, env: Environment) -> None:
        process = processes.spawn(words, env=env)
        try:
            code = process.wait()
        finally:
            processes.stop(process, patience=3.0)
        if code != 0:
            raise StepFailed(f"{' '.join(words[-3:])}: exit code {code}")

    return run


def lines_of(*words: str) -> SignIns:
    """What a command prints, asked for now and read later; nothing when it fails: the market is open all the same."""

    def ask(_site: Site, env: Environment) -> Callable[[], Sequence[str]]:
        process = subprocess.Popen(  # noqa: S603
            words, env=dict(env), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

        def read() -> Sequence[str]:
            try:
                printed, _ = process.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                return ()
            return printed.splitlines() if process.returncode == 0 else ()

        return read

    return ask


def digest_of(folder: Path) -> str:
    """What the Python files of a folder say, in short."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _plant(site: Site, env: Environment) -> None:
    """The demo market, in the size that DEMO says."""
    command(*FLASK, "seed", "--size", env.get("DEMO") or "demo")(site, env)


def _web(site: Site) -> Sequence[str]:
    return (*GUNICORN, "--bind", f"{site.host}:{site.port}", "--workers", "2", "--threads", "8", "wsgi:app")


def _beat(site: Site) -> Sequence[str]:
    return (*CELERY, "beat", "--loglevel", "INFO", "--pidfile", "", "--schedule", str(site.var / "beat.schedule"))


def _gateway(site: Site) -> Sequence[str]:
    return (sys.executable, "-m", "billing.payments.pretend", "--host", site.host, "--port", str(site.gateway_port))


MARKET = Plan(
    steps=(
        Step(
            name="migrate",
            chinese="更新数据库结构",
            english="Migrate the database",
            run=command(*FLASK, "migrate"),
            until=lambda: digest_of(MIGRATIONS),
        ),
        Step(
            name="seed",
            chinese="布置演示集市",
            english="Plant the demo market",
            run=_plant,
            until=lambda: "planted",
            # Remembered, or the next start would put demo goods into a market that was opened without.
            unless=lambda env: env.get("DEMO") == "none",
        ),
    ),
    programs=(
        Program(name="web", command=_web),
        Program(
            name="worker",
            command=lambda _site: (
                *(*CELERY, "worker", "--queues", "default,bulk", "--concurrency", "2"),
                *("--loglevel", "INFO", "--without-gossip", "--without-mingle"),
            ),
            # SIGTERM waits for the running task, SIGQUIT hands it back to the queue: tasks acknowledge late.
            firmly=signal.SIGQUIT,
            # Without its queue it would hang in a polite shutdown; what it was doing is done again.
            leash=signal.SIGKILL,
        ),
        Program(name="beat", command=_beat),
        Program(name="relay", command=lambda _site: (*FLASK, "relay")),
        Program(name="gateway", command=_gateway),
    ),
    addresses=(
        Address(chinese="商城", english="Shop", url=lambda site: f"{site.base_url}/"),
        Address(chinese="市场管理后台", english="Console", url=lambda site: f"{site.base_url}/console/"),
        Address(chinese="模拟支付", english="Pretend gateway", url=lambda site: f"{site.gateway_url}/"),
    ),
    sign_ins=lines_of(*FLASK, "sign-ins"),
)
