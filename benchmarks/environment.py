"""The benchmark environment: servers, a seeded site, the payment gateway and the baseline beside it."""

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

from benchmarks import baseline_app, servers
from benchmarks.scenarios import Site
from demo.seeding import SIZES
from local import embedded
from local.embedded import EmbeddedServers

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The running environment. `baseline_port` is None if the baseline is not installed."""

    site: Site
    gunicorn_pid: int
    first_page_s: float
    baseline_port: int | None


@contextmanager
def start_environment(size: str) -> Iterator[Environment]:
    """Start a site of this size, its gateway and the baseline, each web server with two workers."""
    with ExitStack() as stack:
        var = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jishi-bench-", dir="/tmp")))
        var.chmod(0o755)
        services = embedded.start(var, durable=True)
        stack.callback(services.stop)
        port, gateway = servers.free_port(), servers.free_port()
        env = _env_vars(services, var, port, gateway)
        seed_summary = _seed(size, env)
        log = var / "bench.log"
        gateway_command = [sys.executable, "-m", "billing.payments.sandbox_gateway", "--mute", "--port", str(gateway)]
        stack.enter_context(servers.run_server(gateway_command, port=gateway, env=env, folder=ROOT, probe="/", log=log))
        started = time.perf_counter()
        web_command = servers.gunicorn("wsgi:app", port)
        pid = stack.enter_context(servers.run_server(web_command, port=port, env=env, folder=ROOT, probe="/", log=log))
        first_page_s = time.perf_counter() - started
        baseline_port = _start_baseline(stack, services, var, log)
        yield Environment(
            site=Site.from_seed_summary(port, seed_summary),
            gunicorn_pid=pid,
            first_page_s=first_page_s,
            baseline_port=baseline_port,
        )


def _start_baseline(stack: ExitStack, services: EmbeddedServers, var: Path, log: Path) -> int | None:
    env = baseline_app.prepare(services, var)
    if env is None:
        return None
    port = servers.free_port()
    web_command = servers.gunicorn("app:app", port)
    stack.enter_context(
        servers.run_server(web_command, port=port, env=env, folder=baseline_app.BASELINE_DIR, probe="/hello", log=log)
    )
    return port


def _seed(size: str, env: dict[str, str]) -> dict[str, Any]:
    _run_module("-m", "flask", "--app", "wsgi", "migrate", env=env)
    output = _run_module("-m", "benchmarks.bulk_seed", "--products", str(SIZES[size]), env=env)
    _run_module("-m", "flask", "--app", "wsgi", "reindex", env=env)
    summary: dict[str, Any] = json.loads(output)
    return summary


def _run_module(*args: str, env: dict[str, str]) -> str:
    started = time.perf_counter()
    completed = subprocess.run([sys.executable, *args], cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE, text=True)
    print(f"{' '.join(args[1:])}: {time.perf_counter() - started:.0f} s", flush=True)
    return completed.stdout


def _env_vars(services: EmbeddedServers, var: Path, port: int, gateway: int) -> dict[str, str]:
    # Without this variable servers write bytecode, as in production.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **inherited,
        **services.environment(),
        "SUPERUSER_URL": services.superuser_url,
        "SECRET_KEY": secrets.token_hex(24),
        "GATEWAY_URL": f"http://127.0.0.1:{gateway}",
        "GATEWAY_SECRET": secrets.token_hex(24),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "ENVIRONMENT": "development",
        "VAR_DIR": str(var),
        "RATE_LIMITS": "no",
    }
