"""The stage: servers, a market of the wanted size, the gateway, the floor beside it."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import floor, servers
from benchmarks.visits import Market
from marketplace.kernel import embedded
from marketplace.kernel.embedded import Servers
from marketplace.kernel.seeding import SIZES

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Everything that runs. `floor_port` is None where the floor is not at hand."""

    market: Market
    arbiter: int
    first_page: float
    floor_port: int | None


@contextmanager
def standing(size: str) -> Iterator[Stage]:
    """A market of this size, its gateway, and the floor, each web server with two workers."""
    with ExitStack() as stack:
        var = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jishi-bench-", dir="/tmp")))
        var.chmod(0o755)
        running = embedded.start(var, durable=True)
        stack.callback(running.stop)
        port, gateway = servers.free_port(), servers.free_port()
        env = _environment(running, var, port, gateway)
        facts = _plant(size, env)
        log = var / "bench.log"
        pay = [sys.executable, "-m", "billing.payments.pretend", "--mute", "--port", str(gateway)]
        stack.enter_context(servers.running(pay, port=gateway, env=env, folder=ROOT, probe="/", log=log))
        started = time.perf_counter()
        web = servers.gunicorn("wsgi:app", port)
        pid = stack.enter_context(servers.running(web, port=port, env=env, folder=ROOT, probe="/", log=log))
        first_page = time.perf_counter() - started
        floor_port = _floor(stack, running, var, log)
        yield Stage(market=Market.of(port, facts), arbiter=pid, first_page=first_page, floor_port=floor_port)


def _floor(stack: ExitStack, running: Servers, var: Path, log: Path) -> int | None:
    env = floor.prepare(running, var)
    if env is None:
        return None
    port = servers.free_port()
    web = servers.gunicorn("app:app", port)
    stack.enter_context(servers.running(web, port=port, env=env, folder=floor.FLOOR, probe="/hello", log=log))
    return port


def _plant(size: str, env: dict[str, str]) -> dict[str, Any]:
    _run("-m", "flask", "--app", "wsgi", "migrate", env=env)
    planted = _run("-m", "benchmarks.planting", "--products", str(SIZES[size]), env=env)
    _run("-m", "flask", "--app", "wsgi", "reindex", env=env)
    facts: dict[str, Any] = json.loads(planted)
    return facts


def _run(*words: str, env: dict[str, str]) -> str:
    started = time.perf_counter()
    done = subprocess.run([sys.executable, *words], cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE, text=True)
    print(f"{' '.join(words[1:])}: {time.perf_counter() - started:.0f} s", flush=True)
    return done.stdout


def _environment(running: Servers, var: Path, port: int, gateway: int) -> dict[str, str]:
    given = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # servers keep theirs
    return {
        **given,
        **running.environment(),
        "SUPERUSER_URL": running.superuser_url,
        "SECRET_KEY": secrets.token_hex(24),
        "GATEWAY_URL": f"http://127.0.0.1:{gateway}",
        "GATEWAY_SECRET": secrets.token_hex(24),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "ENVIRONMENT": "development",
        "VAR_DIR": str(var),
        "RATE_LIMITS": "no",
    }
