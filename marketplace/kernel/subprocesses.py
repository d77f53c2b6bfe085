"""Child processes that end with their parent, however that ends."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1

# Loaded before any fork, because loading a library between fork and exec is not safe.
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class RunAsUser:
    """The user and group that a child runs as."""

    uid: int
    gid: int


def start_process(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    log_path: Path | None = None,
    cwd: Path | None = None,
    run_as: RunAsUser | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a child in its own session, with its output appended to `log_path` (None: inherited).

    The kernel sends it `death_signal` when this process dies, even by kill -9. On Linux that is tied to the thread that
    forked, so only the main thread may call this. Raises RuntimeError in other threads.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("children must be started by the main thread: they end with the thread that starts them")
    with log_path.open("ab") if log_path else nullcontext() as output:
        return subprocess.Popen(  # noqa: S603 - commands of this code base
            [os.fspath(argument) for argument in command],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output and subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_set_pdeathsig(os.getpid(), death_signal),  # safe: it uses only the library loaded above
            user=run_as.uid if run_as else None,
            group=run_as.gid if run_as else None,
            extra_groups=[] if run_as else None,
        )


def die_with_parent(death_signal: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel send this process `death_signal` when its parent thread ends: for the workers of a pool."""
    _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)


def _set_pdeathsig(parent: int, death_signal: signal.Signals) -> Callable[[], None]:
    def preexec() -> None:
        die_with_parent(death_signal)
        if os.getppid() != parent:  # the parent died before the prctl call
            os._exit(1)

    return preexec


def terminate(
    process: subprocess.Popen[bytes],
    *,
    term_signal: signal.Signals = signal.SIGTERM,
    timeout: float = 8.0,
    kill_signal: signal.Signals = signal.SIGKILL,
) -> None:
    """Send a child `term_signal`, and after `timeout` seconds `kill_signal`; return when it has ended."""
    if process.poll() is None:
        process.send_signal(term_signal)
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.send_signal(kill_signal)
        try:
            process.wait(2.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until(condition: Callable[[], bool], *, timeout: float, interval: float = 0.02) -> bool:
    """Poll `condition` until it is true; return False if it is not within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(interval)
    return True


def pids_in_dir(directory: Path, *, name: str) -> list[int]:
    """Return the process ids of the program `name` with this working directory: servers chdir to their data."""
    return [pid for pid in _list_pids() if _has_cwd(pid, directory, name)]


def kill_stale(directory: Path, *, name: str, kill_signal: signal.Signals, timeout: float = 10.0) -> None:
    """Wait for the servers of a dead parent to end; after `timeout` seconds send them `kill_signal`."""
    if wait_until(lambda: not pids_in_dir(directory, name=name), timeout=timeout):
        return
    for pid in pids_in_dir(directory, name=name):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, kill_signal)
    if not wait_until(lambda: not pids_in_dir(directory, name=name), timeout=5.0):
        raise RuntimeError(f"{name} of an earlier run does not end: {pids_in_dir(directory, name=name)}")


def tail(log_path: Path, *, lines: int = 15) -> str:
    """Return the last lines of a log, for an error message."""
    try:
        with log_path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 16_384))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def _list_pids() -> Iterable[int]:
    return (int(entry) for entry in os.listdir("/proc") if entry.isdigit())


def _has_cwd(pid: int, directory: Path, name: str) -> bool:
    proc_dir = Path(f"/proc/{pid}")
    try:
        return (proc_dir / "comm").read_text().strip() == name and os.readlink(proc_dir / "cwd") == str(directory)
    except OSError:  # the process has ended, or belongs to another user
        return False
