"""From nothing to an open market, and back to nothing."""

from __future__ import annotations

import http.client
import os
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

from marketplace.kernel import embedded, processes
from marketplace.kernel.embedded import EmbeddedError, Servers
from marketplace.supervisor.plan import MARKET, Plan, Step, StepFailed
from marketplace.supervisor.site import CannotStart, Site, brings_its_own_servers, var_folder
from marketplace.supervisor.voice import complain, greet, say
from marketplace.supervisor.watch import Keeper, kill

SIGNS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# All programs together may take this long to end, so that everything is gone within ten seconds.
CLOSING_TIME = 5.5
CLOSING_PAGES = 2.5
OPENING_TIME = 90.0
# A program that dies this often before the market has opened will not get well.
HOPELESS = 3


class Stopping(BaseException):
    """Somebody asked us to stop; no `except Exception` may swallow it."""


class Supervisor:
    """Runs one market from a plan."""

    def __init__(self, plan: Plan, env: Mapping[str, str]) -> None:
        self._plan, self._given = plan, env
        self._servers: Servers | None = None
        self._keepers: list[Keeper] = []
        self._asked = self._starting = self._closing = False

    def run(self) -> int:
        """Open the market and stay until a signal comes. The exit code: 0, or 1 when it could not go on."""
        for sign in SIGNS:
            if sign is not signal.SIGHUP or signal.getsignal(sign) is not signal.SIG_IGN:  # nohup means it
                signal.signal(sign, self._on_signal)
        code = 1
        try:
            self._open()
            while not self._asked:
                self._look_after()
                time.sleep(0.5)
            code = 0
        except Stopping:
            code = 0
        except CannotStart as refusal:
            complain(*refusal.sentences)
        except (EmbeddedError, StepFailed) as failure:
            complain(str(failure))
        finally:
            self._close()
        return code

    def _open(self) -> None:
        began = time.monotonic()
        _refuse_second(var_folder(self._given))
        own = brings_its_own_servers(self._given)
        site = Site.chosen(self._given)
        (site.var / "log").mkdir(mode=0o700, parents=True, exist_ok=True)
        if not own:
            self._servers = embedded.start(site.var)
            for note in self._servers.notes:
                print(f"  {note}")
            say("数据库和队列已启动", f"Database and queue are up ({time.monotonic() - began:.1f} s)")
        site.remember()
        env = site.environment(self._given, self._servers)
        for step in self._plan.steps:
            self._take(step, site, env)
        sign_ins = self._plan.sign_ins(site, env)
        self._keepers = [Keeper(program, site, env) for program in self._plan.programs]
        say("启动各进程……", "Starting the processes …")
        # Pages first: on a small machine everything else would hold them up.
        self._wait_until_ready(self._keepers[:1], site)
        say("准备就绪", f"Ready ({time.monotonic() - began:.1f} s)")
        greet(site, self._plan.addresses, sign_ins())

    def _take(self, step: Step, site: Site, env: Mapping[str, str]) -> None:
        """Run a step, unless it was done for the same on this data."""
        done = (self._servers.home if self._servers else site.var) / f"{step.name}.done"
        wanted = step.until() if step.until else None
        if wanted is not None and done.exists() and done.read_text() == wanted:
            return
        if not step.unless(env):
            say(f"{step.chinese}……", f"{step.english} …")
            step.run(site, env)
        if wanted is not None:
            done.write_text(wanted)

    def _wait_until_ready(self, keepers: Sequence[Keeper], site: Site) -> None:
        deadline = time.monotonic() + OPENING_TIME
        while not _answers(site, self._plan.ready):
            self._start_again(keepers)
            sick = [keeper.program.name for keeper in keepers if keeper.deaths >= HOPELESS]
            if sick or time.monotonic() > deadline:
                names = "、".join(sick) or "web"
                logs = site.var / "log"
                raise CannotStart(f"{names} 无法启动，日志在 {logs}", f"{names} does not start; see {logs}")
            time.sleep(0.1)

    def _look_after(self) -> None:
        self._start_again(self._keepers)
        if self._servers is not None:
            for name in self._servers.revive():
                say(f"{name} 意外退出，已重新启动", f"{name} had ended and was started again")

    def _start_again(self, keepers: Sequence[Keeper]) -> None:
        """Start what is not running. A signal waits meanwhile: a process just made would be nobody's."""
        self._starting = True
        try:
            for keeper in keepers:
                keeper.look_after()
        finally:
            self._starting = False
        if self._asked:
            raise Stopping

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if not self._closing:
            # Python drops what is raised while it happens to clear something away; the question itself is kept.
            self._asked = True
            if not self._starting:
                raise Stopping
            return
        kill(self._keepers)
        if self._servers is not None:
            self._servers.kill()

    def _close(self) -> None:
        self._closing = True
        if self._keepers or self._servers:
            say("正在停止……", "Stopping …")
        deadline = time.monotonic() + CLOSING_TIME
        for keeper in self._keepers:
            keeper.ask_to_stop()
            if keeper is self._keepers[0]:
                keeper.ended_within(CLOSING_PAGES)  # so that nothing new comes in for the others
        for keeper in self._keepers:
            keeper.stop(patience=max(0.2, deadline - time.monotonic()))
        if self._servers is not None:
            self._servers.stop()
            say("全部已停止", "Everything has stopped")


def up(plan: Plan = MARKET, env: Mapping[str, str] = os.environ) -> int:
    """Run the market until a signal comes; returns the exit code."""
    return Supervisor(plan, env).run()


def beside(words: Sequence[str], env: Mapping[str, str] = os.environ) -> int:
    """Run one command with the market's settings: beside the running market, or with servers for itself alone."""
    site = Site.remembered(env)
    try:
        servers = None if brings_its_own_servers(env) else embedded.attach_or_start(site.var)
    except (CannotStart, EmbeddedError) as failure:
        complain(*getattr(failure, "sentences", [str(failure)]))
        return 1
    try:
        process = processes.spawn(words, env=site.environment(env, servers))
        for sign in SIGNS:
            signal.signal(sign, lambda number, _frame: process.send_signal(number))
        return process.wait()
    finally:
        if servers is not None:
            servers.stop()


def _refuse_second(var: Path) -> None:
    """Said before anything about ports: it is the likelier reason for a taken one."""
    with suppress(embedded.NotRunning):
        embedded.attach(var)
        holder = (var / "embedded.lock").read_text().strip()
        raise CannotStart(f"这个集市已经在运行（进程 {holder}）。", f"This market is already running (process {holder}).")


def _answers(site: Site, path: str | None) -> bool:
    """Whether the web process serves pages."""
    if path is None:
        return True
    line = http.client.HTTPConnection(site.host if site.host != "0.0.0.0" else "127.0.0.1", site.port, timeout=2)  # noqa: S104
    try:
        line.request("GET", path, headers={"Host": f"{site.name}:{site.port}"})
        return line.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()
