"""Child processes that never outlive us, whatever happens to us."""

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

# Loaded before any fork: between fork and exec there is no safe place to load a library.
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Account:
    """The user and group that a child runs as."""

    uid: int
    gid: int


def spawn(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    log: Path | None = None,
    folder: Path | None = None,
    account: Account | None = None,
    on_our_death: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a child in its own session, its output appended to `log` (None: seen where ours is).

    The kernel sends it `on_our_death` when we die, even by kill -9. Linux ties that promise to the thread that
    forked, so only the main thread may call this: RuntimeError otherwise.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("children are started by the main thread: they would die with any other")
    with log.open("ab") if log else nullcontext() as output:
        return subprocess.Popen(  # noqa: S603  the commands are written in this code base
            [os.fspath(word) for word in command],
            cwd=folder,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output and subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_leash(os.getpid(), on_our_death),  # what it needs is loaded above
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )


def die_with_parent(sign: signal.Signals = signal.SIGKILL) -> None:
    """Ask the kernel to send us `sign` when the thread that forked us ends: for the workers of a pool."""
    _libc.prctl(PR_SET_PDEATHSIG, int(sign), 0, 0, 0)


def _leash(parent: int, on_our_death: signal.Signals) -> Callable[[], None]:
    def tie() -> None:
        die_with_parent(on_our_death)
        if os.getppid() != parent:  # the parent died before the leash was on
            os._exit(1)

    return tie


def stop(
    process: subprocess.Popen[bytes],
    *,
    gently: signal.Signals = signal.SIGTERM,
    patience: float = 8.0,
    firmly: signal.Signals = signal.SIGKILL,
) -> None:
    """Ask a child to end; after `patience` seconds tell it so; return when it has ended."""
    if process.poll() is None:
        process.send_signal(gently)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.send_signal(firmly)
        try:
            process.wait(2.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until(ready: Callable[[], bool], *, seconds: float, every: float = 0.02) -> bool:
    """Ask `ready` until it says yes; False when it did not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def working_in(folder: Path, *, name: str) -> list[int]:
    """Process ids of the program `name` whose working directory is `folder`: servers chdir to their data."""
    return [pid for pid in _all_processes() if _is_working_in(pid, folder, name)]


def end_leftovers(folder: Path, *, name: str, firmly: signal.Signals, patience: float = 10.0) -> None:
    """Wait for the servers of a dead parent, which are on their way out; after `patience` seconds push them."""
    if wait_until(lambda: not working_in(folder, name=name), seconds=patience):
        return
    for pid in working_in(folder, name=name):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, firmly)
    if not wait_until(lambda: not working_in(folder, name=name), seconds=5.0):
        raise RuntimeError(f"{name} of an earlier run does not end: {working_in(folder, name=name)}")


def tail(log: Path, *, lines: int = 15) -> str:
    """The last lines of a log, for the person who has to know why something failed."""
    try:
        with log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 16_384))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def _all_processes() -> Iterable[int]:
    return (int(entry) for entry in os.listdir("/proc") if entry.isdigit())


def _is_working_in(pid: int, folder: Path, name: str) -> bool:
    process = Path(f"/proc/{pid}")
    try:
        return (process / "comm").read_text().strip() == name and os.readlink(process / "cwd") == str(folder)
    except OSError:  # ended meanwhile, or somebody else's
        return False
