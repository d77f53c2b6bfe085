"""A whole market in processes of its own, as `make run` starts it, and a real browser in front of it."""

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
from marketplace.kernel import embedded, processes
from marketplace.supervisor.plan import CELERY, FLASK, MARKET
from marketplace.supervisor.site import Site
from tests.journeys.walking import AXE

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
NO_CHROMIUM = "no Chromium on this machine (apt install chromium)"
PROGRAMS = {program.name: program.command for program in MARKET.programs}
EVERYBODY = ("web", "worker", "relay", "gateway")
OPERATOR = (sys.executable, "-m", "tests.journeys.planting")


@dataclass(frozen=True)
class Market:
    """A running market."""

    site: Site
    env: dict[str, str]
    folder: Path

    @property
    def url(self) -> str:
        """Its address."""
        return self.site.base_url

    def run(self, *command: str) -> None:
        """Run a command of the operator."""
        subprocess.run(command, cwd=ROOT, env=self.env, check=True, timeout=120, stdout=subprocess.DEVNULL)

    def letter(self, to: str) -> str:
        """The newest letter to somebody, as it lies in the operator's outbox."""
        with psycopg.connect(self.env["DATABASE_URL"].replace("+psycopg", "")) as connection:
            found = connection.execute(
                'select text from mails where "to" = %s order by written_at desc limit 1', [to]
            ).fetchone()
        return str(found[0]) if found else ""

    def log(self, name: str) -> str:
        """The end of what a process said."""
        return processes.tail(self.folder / f"{name}.log", lines=40)


def answers(url: str) -> bool:
    """Whether somebody answers there."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def commands(site: Site) -> dict[str, list[str]]:
    """The market's processes; one worker process is enough for one visitor."""
    web = [word if word != "2" else "1" for word in PROGRAMS["web"](site)]
    worker = [*CELERY, "worker", "--queues", "default,bulk", "--pool", "solo", "--loglevel", "INFO", "--without-mingle"]
    return {"web": web, "worker": worker, "relay": [*FLASK, "relay"], "gateway": list(PROGRAMS["gateway"](site))}


@pytest.fixture(scope="package")
def market() -> Iterator[Market]:
    """A market that has just been opened: migrated, an operator, categories, nothing for sale."""
    if CHROMIUM is None:
        pytest.skip(NO_CHROMIUM)
    with opened() as made:
        yield made


@contextlib.contextmanager
def opened(plant: Sequence[str] = OPERATOR, *, only: Collection[str] = EVERYBODY) -> Iterator[Market]:
    """Start a market that this command planted, with all of its processes or some, and stop it again."""
    folder = Path(tempfile.mkdtemp(prefix="jishi-journey-", dir="/tmp"))
    folder.chmod(0o755)
    started = embedded.start(folder / "servers", durable=False)
    port = int(os.environ.get("JOURNEY_PORT") or free_port())
    site = Site(var=folder / "var", host="127.0.0.1", port=port, gateway_port=free_port())
    site.var.mkdir()
    env = site.environment(dict(os.environ), started) | {"RATE_LIMITS": "no", "PYTHONPATH": str(ROOT)}
    made = Market(site, env, folder)
    running: list[subprocess.Popen[bytes]] = []
    try:
        made.run(*FLASK, "migrate")
        made.run(*plant)
        for name, command in commands(site).items():
            if name in only:
                running.append(processes.spawn(command, env=env, log=folder / f"{name}.log", folder=ROOT))
        assert processes.wait_until(lambda: answers(f"{made.url}/readyz"), seconds=120, every=0.3), made.log("web")
        yield made
    finally:
        for process in reversed(running):
            processes.stop(process, patience=5.0)
        started.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    """A real browser."""
    if CHROMIUM is None:
        pytest.skip(NO_CHROMIUM)
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def planted() -> Iterator[Market]:
    """The small demo market, open."""
    if CHROMIUM is None:
        pytest.skip(NO_CHROMIUM)
    if not AXE.exists():
        pytest.skip("axe-core is not installed (make assets)")
    with opened([*FLASK, "seed", "--size", "small"], only=("web",)) as made:
        yield made
