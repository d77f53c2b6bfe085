"""Fixtures of the end-to-end tests: a whole marketplace in separate processes, as `make run` starts it, and a real browser."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from benchmarks.servers import free_port
from local import embedded
from local.supervisor.installation import Installation
from local.supervisor.plan import CELERY, DEMO, FLASK, MARKETPLACE_PLAN
from marketplace.kernel import subprocesses
from tests.e2e.page_audit import AXE

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
NO_CHROMIUM = "no Chromium on this machine (apt install chromium)"
PROGRAMS = {program.name: program.command for program in MARKETPLACE_PLAN.programs}
ALL_PROGRAMS = ("web", "worker", "relay", "gateway")
SEED_OPERATOR_COMMAND = (sys.executable, "-m", "tests.e2e.seed")


@dataclass(frozen=True)
class RunningMarket:
    """Running marketplace with its environment and log directory."""

    installation: Installation
    env: dict[str, str]
    folder: Path

    @property
    def url(self) -> str:
        """Return the base URL."""
        return self.installation.base_url

    def run(self, *command: str) -> None:
        """Run a command with the environment of the marketplace."""
        subprocess.run(command, cwd=ROOT, env=self.env, check=True, timeout=120, stdout=subprocess.DEVNULL)

    def latest_email(self, recipient: str) -> str:
        """Return the text of the newest e-mail to a recipient, from the database."""
        with psycopg.connect(self.env["DATABASE_URL"].replace("+psycopg", "")) as connection:
            row = connection.execute(
                'select text from emails where "to" = %s order by created_at desc limit 1', [recipient]
            ).fetchone()
        return str(row[0]) if row else ""

    def log_tail(self, name: str) -> str:
        """Return the end of the log of a process."""
        return subprocesses.tail(self.folder / f"{name}.log", lines=40)


def is_responding(url: str) -> bool:
    """Return whether a URL responds with status 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def process_commands(installation: Installation) -> dict[str, list[str]]:
    """Return the commands of the processes; one web worker is enough for one visitor."""
    web = [argument if argument != "2" else "1" for argument in PROGRAMS["web"](installation)]
    worker = [*CELERY, "worker", "--queues", "default,bulk", "--pool", "solo", "--loglevel", "INFO", "--without-mingle"]
    return {"web": web, "worker": worker, "relay": [*FLASK, "relay"], "gateway": list(PROGRAMS["gateway"](installation))}


@pytest.fixture(scope="package")
def live_market() -> Iterator[RunningMarket]:
    """Run a new marketplace: migrated, with an administrator and categories, without products."""
    if CHROMIUM is None:
        pytest.skip(NO_CHROMIUM)
    with run_market() as running_market:
        yield running_market


@contextlib.contextmanager
def run_market(
    seed_command: Sequence[str] = SEED_OPERATOR_COMMAND, *, programs: Collection[str] = ALL_PROGRAMS
) -> Iterator[RunningMarket]:
    """Run a marketplace seeded by a command, with all or some of its programs."""
    folder = Path(tempfile.mkdtemp(prefix="jishi-e2e-", dir="/tmp"))
    folder.chmod(0o755)
    servers = embedded.start(folder / "servers", durable=False)
    port = int(os.environ.get("E2E_PORT") or free_port())
    installation = Installation(var=folder / "var", host="127.0.0.1", port=port, gateway_port=free_port())
    installation.var.mkdir()
    env = installation.build_env(dict(os.environ), servers) | {"RATE_LIMITS": "no", "PYTHONPATH": str(ROOT)}
    running_market = RunningMarket(installation, env, folder)
    started_processes: list[subprocess.Popen[bytes]] = []
    try:
        running_market.run(*FLASK, "migrate")
        running_market.run(*seed_command)
        for name, command in process_commands(installation).items():
            if name in programs:
                started_processes.append(
                    subprocesses.start_process(command, env=env, log_path=folder / f"{name}.log", cwd=ROOT)
                )
        assert subprocesses.wait_until(lambda: is_responding(f"{running_market.url}/readyz"), timeout=120, interval=0.3), (
            running_market.log_tail("web")
        )
        yield running_market
    finally:
        for process in reversed(started_processes):
            subprocesses.terminate(process, timeout=5.0)
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    """Launch a real browser."""
    if CHROMIUM is None:
        pytest.skip(NO_CHROMIUM)
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as playwright_driver:
        browser = playwright_driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def live_demo_market() -> Iterator[RunningMarket]:
    """Run the small demo market."""
    if CHROMIUM is None:
        pytest.skip(NO_CHROMIUM)
    if not AXE.exists():
        pytest.skip("axe-core is not installed (make assets)")
    with run_market([*DEMO, "seed", "--size", "small"], programs=("web",)) as running_market:
        yield running_market
