"""Plan of a running marketplace: steps before it starts, and long-running programs."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local.supervisor.installation import Installation
from marketplace.kernel import subprocesses

Environment = Mapping[str, str]
# The first call starts the command while the web process starts; the second call reads its output.
DemoLoginReader = Callable[[Installation, Environment], Callable[[], Sequence[str]]]
MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")
DEMO = (sys.executable, "-m", "demo")
CELERY = (sys.executable, "-m", "celery", "-A", "marketplace.worker:celery")
GUNICORN = (
    *(sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--graceful-timeout", "5"),
    # The control socket has one fixed path per user, so two checkouts would conflict.
    *("--no-control-socket", "--access-logfile", "-"),
)


@dataclass(frozen=True, kw_only=True)
class Step:
    """Step that runs before the programs start.

    `fingerprint` identifies the input of the step: it is not repeated on the same data while the fingerprint stays the same;
    None means always. `skip_if` returns whether the operator opted out; the step then counts as done.
    """

    name: str
    label_zh: str
    label_en: str
    run: Callable[[Installation, Environment], None]
    fingerprint: Callable[[], str] | None = None
    skip_if: Callable[[Environment], bool] = lambda _env: False


@dataclass(frozen=True, kw_only=True)
class Program:
    """Long-running process that is restarted when it exits.

    The operating system sends `parent_death_signal` if the supervisor is killed; stopping sends SIGTERM, then `kill_signal`.
    """

    name: str
    command: Callable[[Installation], Sequence[str]]
    kill_signal: signal.Signals = signal.SIGKILL
    parent_death_signal: signal.Signals = signal.SIGTERM


@dataclass(frozen=True, kw_only=True)
class Address:
    """Labelled URL in the startup banner."""

    label_zh: str
    label_en: str
    url: Callable[[Installation], str]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Steps and programs of a marketplace. The first program serves pages: it is started and stopped first."""

    steps: tuple[Step, ...] = ()
    programs: tuple[Program, ...] = ()
    addresses: tuple[Address, ...] = ()
    demo_logins: DemoLoginReader = field(default=lambda _installation, _env: tuple)
    readiness_path: str | None = "/readyz"


class StepFailed(Exception):
    """A command exited with an error after printing the reason."""


def command_step(*argv: str) -> Callable[[Installation, Environment], None]:
    """Return a step that runs a command and shows its output immediately. The step raises StepFailed."""

    def run(_installation: Installation, env: Environment) -> None:
        process = subprocesses.start_process(argv, env=env)
        try:
            exit_code = process.wait()
        finally:
            subprocesses.terminate(process, timeout=3.0)
        if exit_code != 0:
            raise StepFailed(f"{' '.join(argv[-3:])}: exit code {exit_code}")

    return run


def deferred_output(*argv: str) -> DemoLoginReader:
    """Return a reader that starts a command and later returns its output lines; none if it fails, as they are optional."""

    def start(_installation: Installation, env: Environment) -> Callable[[], Sequence[str]]:
        process = subprocess.Popen(  # noqa: S603
            argv, env=dict(env), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
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

    return start


def hash_python_files(folder: Path) -> str:
    """Return a hash of the names and contents of the Python files in a directory."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _seed(installation: Installation, env: Environment) -> None:
    """Seed the demo market in the size of the environment variable DEMO."""
    command_step(*DEMO, "seed", "--size", env.get("DEMO") or "demo")(installation, env)


def _web_command(installation: Installation) -> Sequence[str]:
    return (*GUNICORN, "--bind", f"{installation.host}:{installation.port}", "--workers", "2", "--threads", "8", "wsgi:app")


def _beat_command(installation: Installation) -> Sequence[str]:
    return (*CELERY, "beat", "--loglevel", "INFO", "--pidfile", "", "--schedule", str(installation.var / "beat.schedule"))


def _gateway_command(installation: Installation) -> Sequence[str]:
    return (
        sys.executable,
        "-m",
        "billing.payments.sandbox_gateway",
        "--host",
        installation.host,
        "--port",
        str(installation.gateway_port),
    )


MARKETPLACE_PLAN = Plan(
    steps=(
        Step(
            name="migrate",
            label_zh="更新数据库结构",
            label_en="Migrate the database",
            run=command_step(*FLASK, "migrate"),
            fingerprint=lambda: hash_python_files(MIGRATIONS),
        ),
        Step(
            name="seed",
            label_zh="布置演示集市",
            label_en="Seed the demo market",
            run=_seed,
            fingerprint=lambda: "seeded",
            # Recorded as done, or the next start would add demo data to a market that was started without it.
            skip_if=lambda env: env.get("DEMO") == "none",
        ),
    ),
    programs=(
        Program(name="web", command=_web_command),
        Program(
            name="worker",
            command=lambda _installation: (
                *(*CELERY, "worker", "--queues", "default,bulk", "--concurrency", "2"),
                *("--loglevel", "INFO", "--without-gossip", "--without-mingle"),
            ),
            # SIGTERM waits for the running task; SIGQUIT returns it to the queue, as tasks are acknowledged late.
            kill_signal=signal.SIGQUIT,
            # A warm shutdown would hang without the queue; the interrupted task is run again.
            parent_death_signal=signal.SIGKILL,
        ),
        Program(name="beat", command=_beat_command),
        Program(name="relay", command=lambda _installation: (*FLASK, "relay")),
        Program(name="gateway", command=_gateway_command),
    ),
    addresses=(
        Address(label_zh="商城", label_en="Shop", url=lambda installation: f"{installation.base_url}/"),
        Address(label_zh="市场管理后台", label_en="Console", url=lambda installation: f"{installation.base_url}/console/"),
        Address(label_zh="模拟支付", label_en="Pretend gateway", url=lambda installation: f"{installation.gateway_url}/"),
    ),
    demo_logins=deferred_output(*DEMO, "sign-ins"),
)
