"""Inter-process file locks that the operating system releases when their holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from search import EngineUnavailable

POLL_INTERVAL_S = 0.02


@contextmanager
def acquire_lock(path: Path, *, timeout: float) -> Iterator[None]:
    """Hold the lock of this file.

    Raises:
        EngineUnavailable: Another process has held the lock for longer than `timeout` seconds.
    """
    file = _open(path)
    try:
        deadline = time.monotonic() + timeout
        while not _try_lock(file):
            if time.monotonic() >= deadline:
                raise EngineUnavailable(f"{path.name} is held by another process")
            time.sleep(POLL_INTERVAL_S)
        yield
    finally:
        os.close(file)


def is_free(path: Path) -> bool:
    """Return whether no live process holds the lock of this file."""
    file = _open(path)
    try:
        return _try_lock(file)
    finally:
        os.close(file)


def _open(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)


def _try_lock(file: int) -> bool:
    # flock belongs to the opened file and not to the process, so it also excludes threads of one process.
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
