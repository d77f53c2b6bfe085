"""The processes that stay: started, restarted with growing patience, stopped in order."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from marketplace.kernel import processes
from marketplace.supervisor.plan import Environment, Program
from marketplace.supervisor.site import Site
from marketplace.supervisor.voice import complain, say

LONGEST_PAUSE = 30.0
# A process that lived this long was well: the next death starts counting anew.
WELL_AFTER = 60.0
BIGGEST_LOG = 10 * 2**20


@dataclass
class Keeper:
    """Keeps one program running."""

    program: Program
    site: Site
    env: Environment
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    deaths: int = field(default=0, init=False)
    began: float = field(default=0.0, init=False)
    due: float = field(default=0.0, init=False)

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.site.var / "log" / f"{self.program.name}.log"

    def start(self) -> None:
        """Start it."""
        if self.log.exists() and self.log.stat().st_size > BIGGEST_LOG:
            self.log.rename(self.log.with_suffix(".log.1"))
        self.began = time.monotonic()
        self.process = processes.spawn(
            self.program.command(self.site), log=self.log, env=self.env, on_our_death=self.program.leash
        )

    def look_after(self) -> None:
        """Notice a death and say so; start again when the pause is over."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            self._bury(self.process, now)
        if self.process is None and now >= self.due:
            self.start()

    def ask_to_stop(self) -> None:
        """Tell it to finish what it is doing."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def ended_within(self, seconds: float) -> bool:
        """Wait a while for it to end by itself."""
        process = self.process
        return process is None or processes.wait_until(lambda: process.poll() is not None, seconds=seconds)

    def stop(self, patience: float) -> None:
        """Ask it to end, insist after `patience` seconds, and leave none of its own children behind."""
        if self.process is not None:
            processes.stop(self.process, patience=patience, firmly=self.program.firmly)
            end_group(self.process.pid)
            self.process = None

    def _bury(self, process: subprocess.Popen[bytes], now: float) -> None:
        end_group(process.pid)
        self.process = None
        self.deaths = 1 if now - self.began > WELL_AFTER else self.deaths + 1
        pause = min(LONGEST_PAUSE, 2.0 ** (self.deaths - 1))
        self.due = now + pause
        say(
            f"{self.program.name} 意外退出（{process.returncode}），{pause:.0f} 秒后重新启动",
            f"{self.program.name} ended ({process.returncode}); starting again in {pause:.0f} s",
        )
        complain(*(f"    | {line}" for line in processes.tail(self.log, lines=8).splitlines()))


def end_group(leader: int) -> None:
    """End what a dead program left running: workers of a killed master."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def kill(keepers: list[Keeper]) -> None:
    """At once, without asking: for the second Ctrl-C."""
    for keeper in keepers:
        if keeper.process is not None:
            end_group(keeper.process.pid)
