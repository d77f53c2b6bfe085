"""Long-running processes: start, restart with growing delay, stop."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from local.supervisor.console import print_error, print_progress
from local.supervisor.installation import Installation
from local.supervisor.plan import Environment, Program
from marketplace.kernel import subprocesses

MAX_RESTART_DELAY_S = 30.0
# A process that ran this long was stable: the failure count starts again at its next exit.
STABLE_AFTER_S = 60.0
MAX_LOG_BYTES = 10 * 2**20


@dataclass
class ManagedProcess:
    """Running program with its log file and restart state."""

    program: Program
    installation: Installation
    env: Environment
    popen: subprocess.Popen[bytes] | None = field(default=None, init=False)
    failures: int = field(default=0, init=False)
    started_at: float = field(default=0.0, init=False)
    restart_at: float = field(default=0.0, init=False)

    @property
    def log(self) -> Path:
        """Return the path of the log file."""
        return self.installation.var / "log" / f"{self.program.name}.log"

    def start(self) -> None:
        """Start the process, rotating a large log file."""
        if self.log.exists() and self.log.stat().st_size > MAX_LOG_BYTES:
            self.log.rename(self.log.with_suffix(".log.1"))
        self.started_at = time.monotonic()
        self.popen = subprocesses.start_process(
            self.program.command(self.installation),
            log_path=self.log,
            env=self.env,
            death_signal=self.program.parent_death_signal,
        )

    def check(self) -> None:
        """Report an exit, and restart the process after the delay."""
        now = time.monotonic()
        if self.popen is not None and self.popen.poll() is not None:
            self._handle_exit(self.popen, now)
        if self.popen is None and now >= self.restart_at:
            self.start()

    def terminate(self) -> None:
        """Send SIGTERM."""
        if self.popen is not None and self.popen.poll() is None:
            self.popen.terminate()

    def wait_for_exit(self, seconds: float) -> bool:
        """Wait up to `seconds` for the exit; return whether the process has exited."""
        popen = self.popen
        return popen is None or subprocesses.wait_until(lambda: popen.poll() is not None, timeout=seconds)

    def stop(self, timeout: float) -> None:
        """Terminate the process, kill it after `timeout` seconds, and kill its remaining children."""
        if self.popen is not None:
            subprocesses.terminate(self.popen, timeout=timeout, kill_signal=self.program.kill_signal)
            kill_process_group(self.popen.pid)
            self.popen = None

    def _handle_exit(self, popen: subprocess.Popen[bytes], now: float) -> None:
        kill_process_group(popen.pid)
        self.popen = None
        self.failures = 1 if now - self.started_at > STABLE_AFTER_S else self.failures + 1
        delay = min(MAX_RESTART_DELAY_S, 2.0 ** (self.failures - 1))
        self.restart_at = now + delay
        print_progress(
            f"{self.program.name} 意外退出（{popen.returncode}），{delay:.0f} 秒后重新启动",
            f"{self.program.name} ended ({popen.returncode}); starting again in {delay:.0f} s",
        )
        print_error(*(f"    | {line}" for line in subprocesses.tail(self.log, lines=8).splitlines()))


def kill_process_group(pgid: int) -> None:
    """Kill the remaining processes of a program, such as the workers of a killed master."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pgid, signal.SIGKILL)


def kill_all(managed: list[ManagedProcess]) -> None:
    """Kill all programs immediately; used by the second Ctrl-C."""
    for process in managed:
        if process.popen is not None:
            kill_process_group(process.popen.pid)
