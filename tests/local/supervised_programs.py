"""Minimal programs for the supervisor tests, run as processes of their own."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from local.supervisor import runner
from local.supervisor.plan import Address, Plan, Program, Step, command_step, deferred_output

SELF_COMMAND = (sys.executable, __file__)


class OkHandler(BaseHTTPRequestHandler):
    """Responds to every request with its path."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.path.encode())

    def log_message(self, *_: object) -> None:
        """Suppress the access log."""


def note(text: str) -> None:
    with Path(os.environ["VAR_DIR"], "notes").open("a") as file:
        file.write(text + "\n")


def program(name: str) -> Program:
    return Program(name=name, command=lambda installation: (*SELF_COMMAND, name, str(installation.port)))


def skips_seed(env: Mapping[str, str]) -> bool:
    return env.get("DEMO") == "none"


def create_step(name: str) -> Step:
    """Build a step: `step:…` always runs, `once:…` and `again:…` run once each, as their fingerprints differ."""
    frequency, _, label = name.partition(":")
    fingerprint = None if frequency == "step" else lambda: frequency
    return Step(
        name=label,
        label_zh="准备",
        label_en=f"Take {label}",
        run=command_step(*SELF_COMMAND, name),
        fingerprint=fingerprint,
        skip_if=skips_seed,
    )


def create_plan(names: list[str]) -> Plan:
    """Build a plan: names with a colon are steps, the others programs."""
    return Plan(
        steps=tuple(create_step(name) for name in names if ":" in name),
        programs=tuple(program(name) for name in names if ":" not in name),
        addresses=(Address(label_zh="商城", label_en="Shop", url=lambda installation: f"{installation.base_url}/"),),
        demo_logins=deferred_output(sys.executable, "-c", "print('买家 · buyer  buyer@example.org')"),
        readiness_path="/readyz" if {"web", "fails"} & set(names) else None,
    )


def run_program(name: str) -> None:
    """Run one step or program by name."""
    if name.endswith("fails"):
        print("the reason is this", flush=True)
        sys.exit(3)
    if name.endswith("mortal"):
        note("mortal lives")
        time.sleep(0.3)
        sys.exit(4)
    if name.endswith("sleeps"):
        note(f"sleeps {os.getpid()}")
        time.sleep(60)
    if ":" in name:
        print(f"{name} was taken", flush=True)
        note(name)
        return
    run_until_stopped(name)


def run_until_stopped(name: str) -> None:
    def on_terminate(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second signal may arrive before the process has ended
        note(f"{name} stops")
        os._exit(0)

    signal.signal(signal.SIGTERM, signal.SIG_IGN if name == "stubborn" else on_terminate)
    if name == "parent" and os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    note(f"{name} {os.getpid()}")
    if name == "web":
        HTTPServer(("127.0.0.1", int(sys.argv[2])), OkHandler).serve_forever()
    time.sleep(60)


if __name__ == "__main__":
    if sys.argv[1] == "up":
        runner.SHUTDOWN_TIMEOUT = float(os.environ.get("PATIENCE", runner.SHUTDOWN_TIMEOUT))
        sys.exit(runner.run_plan(create_plan(sys.argv[2:])))
    run_program(sys.argv[1])
