"""Supervisor: start, monitor and stop a marketplace."""

from __future__ import annotations

import http.client
import os
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

from local import embedded
from local.embedded import EmbeddedError, EmbeddedServers
from local.supervisor.console import print_banner, print_error, print_progress
from local.supervisor.installation import Installation, StartupError, uses_external_services, var_dir
from local.supervisor.plan import MARKETPLACE_PLAN, Plan, Step, StepFailed
from local.supervisor.process import ManagedProcess, kill_all
from marketplace.kernel import subprocesses

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Timeout for all programs together, so that everything has stopped within ten seconds.
SHUTDOWN_TIMEOUT = 5.5
WEB_SHUTDOWN_TIMEOUT = 2.5
STARTUP_TIMEOUT = 90.0
# A program that fails this often during startup is not retried.
MAX_START_FAILURES = 3


class ShutdownRequested(BaseException):
    """Shutdown by a signal; a BaseException, so that no `except Exception` swallows it."""


class Supervisor:
    """Supervisor of one marketplace, which it runs from a plan."""

    def __init__(self, plan: Plan, env: Mapping[str, str]) -> None:
        self._plan, self._environ = plan, env
        self._servers: EmbeddedServers | None = None
        self._managed: list[ManagedProcess] = []
        self._stop_requested = self._is_starting_processes = self._is_shutting_down = False

    def run(self) -> int:
        """Run the marketplace until a signal arrives. Returns the exit code: 0, or 1 after a failure."""
        for signum in STOP_SIGNALS:
            if signum is not signal.SIGHUP or signal.getsignal(signum) is not signal.SIG_IGN:  # keep SIGHUP ignored under nohup
                signal.signal(signum, self._on_signal)
        exit_code = 1
        try:
            self._start()
            while not self._stop_requested:
                self._monitor()
                time.sleep(0.5)
            exit_code = 0
        except ShutdownRequested:
            exit_code = 0
        except StartupError as exc:
            print_error(*exc.messages)
        except (EmbeddedError, StepFailed) as exc:
            print_error(str(exc))
        finally:
            self._shut_down()
        return exit_code

    def _start(self) -> None:
        started_at = time.monotonic()
        _check_not_running(var_dir(self._environ))
        uses_external = uses_external_services(self._environ)
        installation = Installation.from_env(self._environ)
        (installation.var / "log").mkdir(mode=0o700, parents=True, exist_ok=True)
        if not uses_external:
            self._servers = embedded.start(installation.var)
            for warning in self._servers.warnings:
                print(f"  {warning}")
            print_progress("数据库和队列已启动", f"Database and queue are up ({time.monotonic() - started_at:.1f} s)")
        installation.save()
        env = installation.build_env(self._environ, self._servers)
        for step in self._plan.steps:
            self._run_step(step, installation, env)
        demo_logins = self._plan.demo_logins(installation, env)
        self._managed = [ManagedProcess(program, installation, env) for program in self._plan.programs]
        print_progress("启动各进程……", "Starting the processes …")
        # The web process starts first: on a small machine the other programs would delay it.
        self._wait_until_ready(self._managed[:1], installation)
        print_progress("准备就绪", f"Ready ({time.monotonic() - started_at:.1f} s)")
        print_banner(installation, self._plan.addresses, demo_logins())

    def _run_step(self, step: Step, installation: Installation, env: Mapping[str, str]) -> None:
        """Run a step unless it was done with the same fingerprint on this data."""
        marker = (self._servers.home if self._servers else installation.var) / f"{step.name}.done"
        fingerprint = step.fingerprint() if step.fingerprint else None
        if fingerprint is not None and marker.exists() and marker.read_text() == fingerprint:
            return
        if not step.skip_if(env):
            print_progress(f"{step.label_zh}……", f"{step.label_en} …")
            step.run(installation, env)
        if fingerprint is not None:
            marker.write_text(fingerprint)

    def _wait_until_ready(self, managed: Sequence[ManagedProcess], installation: Installation) -> None:
        deadline = time.monotonic() + STARTUP_TIMEOUT
        while not _is_serving(installation, self._plan.readiness_path):
            self._restart_exited(managed)
            failing = [process.program.name for process in managed if process.failures >= MAX_START_FAILURES]
            if failing or time.monotonic() > deadline:
                names = "、".join(failing) or "web"
                log_dir = installation.var / "log"
                raise StartupError(f"{names} 无法启动，日志在 {log_dir}", f"{names} does not start; see {log_dir}")
            time.sleep(0.1)

    def _monitor(self) -> None:
        self._restart_exited(self._managed)
        if self._servers is not None:
            for name in self._servers.restart_dead():
                print_progress(f"{name} 意外退出，已重新启动", f"{name} had ended and was started again")

    def _restart_exited(self, managed: Sequence[ManagedProcess]) -> None:
        """Restart exited programs. Signals are deferred meanwhile, or a process that was just started could be lost."""
        self._is_starting_processes = True
        try:
            for process in managed:
                process.check()
        finally:
            self._is_starting_processes = False
        if self._stop_requested:
            raise ShutdownRequested

    def _on_signal(self, _signum: int, _frame: FrameType | None) -> None:
        if not self._is_shutting_down:
            # Python discards exceptions raised inside finalizers, so the request is recorded as well.
            self._stop_requested = True
            if not self._is_starting_processes:
                raise ShutdownRequested
            return
        kill_all(self._managed)
        if self._servers is not None:
            self._servers.kill()

    def _shut_down(self) -> None:
        self._is_shutting_down = True
        if self._managed or self._servers:
            print_progress("正在停止……", "Stopping …")
        deadline = time.monotonic() + SHUTDOWN_TIMEOUT
        for process in self._managed:
            process.terminate()
            if process is self._managed[0]:
                process.wait_for_exit(WEB_SHUTDOWN_TIMEOUT)  # so that the other programs receive no new work
        for process in self._managed:
            process.stop(timeout=max(0.2, deadline - time.monotonic()))
        if self._servers is not None:
            self._servers.stop()
            print_progress("全部已停止", "Everything has stopped")


def run_plan(plan: Plan = MARKETPLACE_PLAN, env: Mapping[str, str] = os.environ) -> int:
    """Run the marketplace until a signal arrives; return the exit code."""
    return Supervisor(plan, env).run()


def run_command(argv: Sequence[str], env: Mapping[str, str] = os.environ) -> int:
    """Run one command with the settings and servers of a running marketplace, or with servers of its own."""
    installation = Installation.load(env)
    try:
        servers = None if uses_external_services(env) else embedded.attach_or_start(installation.var)
    except (StartupError, EmbeddedError) as exc:
        print_error(*getattr(exc, "messages", [str(exc)]))
        return 1
    try:
        process = subprocesses.start_process(argv, env=installation.build_env(env, servers))
        for stop_signal in STOP_SIGNALS:
            signal.signal(stop_signal, lambda signum, _frame: process.send_signal(signum))
        return process.wait()
    finally:
        if servers is not None:
            servers.stop()


def _check_not_running(var: Path) -> None:
    """Raise StartupError if this installation is already running, the likeliest reason for a port in use."""
    with suppress(embedded.NotRunning):
        embedded.attach(var)
        pid = (var / "embedded.lock").read_text().strip()
        raise StartupError(f"这个集市已经在运行（进程 {pid}）。", f"This market is already running (process {pid}).")


def _is_serving(installation: Installation, path: str | None) -> bool:
    """Return whether the web process serves pages."""
    if path is None:
        return True
    host = installation.host if installation.host != "0.0.0.0" else "127.0.0.1"  # noqa: S104
    connection = http.client.HTTPConnection(host, installation.port, timeout=2)
    try:
        connection.request("GET", path, headers={"Host": f"{installation.hostname}:{installation.port}"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
