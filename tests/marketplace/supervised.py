"""A small market for the supervisor's tests: real processes that do little. Run by them as a program of its own."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from marketplace.supervisor import run
from marketplace.supervisor.plan import Address, Plan, Program, Step, command, lines_of

HERE = (sys.executable, __file__)


class Ready(BaseHTTPRequestHandler):
    """Answers every page with its name."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.path.encode())

    def log_message(self, *_: object) -> None:
        """Quiet."""


def note(text: str) -> None:
    with Path(os.environ["VAR_DIR"], "notes").open("a") as file:
        file.write(text + "\n")


def part(name: str) -> Program:
    return Program(name=name, command=lambda site: (*HERE, name, str(site.port)))


def unwanted(env: Mapping[str, str]) -> bool:
    return env.get("DEMO") == "none"


def step(name: str) -> Step:
    """`step:…` is always done, `once:…` once, `again:…` once more after it: for another reason."""
    kind, _, what = name.partition(":")
    until = None if kind == "step" else lambda: kind
    return Step(name=what, chinese="准备", english=f"Take {what}", run=command(*HERE, name), until=until, unless=unwanted)


def market(names: list[str]) -> Plan:
    """Steps come as `step:…` (`once:…` for those taken once); everything else is a program."""
    return Plan(
        steps=tuple(step(name) for name in names if ":" in name),
        programs=tuple(part(name) for name in names if ":" not in name),
        addresses=(Address(chinese="商城", english="Shop", url=lambda site: f"{site.base_url}/"),),
        sign_ins=lines_of(sys.executable, "-c", "print('买家 · buyer  buyer@example.org')"),
        ready="/readyz" if {"web", "fails"} & set(names) else None,
    )


def behave(name: str) -> None:
    """What each of the little programs does."""
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
    stay(name)


def stay(name: str) -> None:
    def leave(*_: object) -> None:
        note(f"{name} stops")
        os._exit(0)

    signal.signal(signal.SIGTERM, signal.SIG_IGN if name == "stubborn" else leave)
    if name == "parent" and os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    note(f"{name} {os.getpid()}")
    if name == "web":
        HTTPServer(("127.0.0.1", int(sys.argv[2])), Ready).serve_forever()
    time.sleep(60)


if __name__ == "__main__":
    if sys.argv[1] == "up":
        run.CLOSING_TIME = float(os.environ.get("PATIENCE", run.CLOSING_TIME))
        sys.exit(run.up(market(sys.argv[2:])))
    behave(sys.argv[1])
