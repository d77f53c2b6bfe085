"""Locks between processes that the operating system gives back when their holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from search import EngineUnavailable

LOOK_AGAIN = 0.02


@contextmanager
def held(path: Path, *, patience: float) -> Iterator[None]:
    """Hold the lock of this name; EngineUnavailable if another keeps it for longer than `patience` seconds."""
    file = _open(path)
    try:
        deadline = time.monotonic() + patience
        while not _taken(file):
            if time.monotonic() >= deadline:
                raise EngineUnavailable(f"{path.name} is held by another process")
            time.sleep(LOOK_AGAIN)
        yield
    finally:
        os.close(file)


def free(path: Path) -> bool:
    """Whether nobody alive holds the lock of this name."""
    file = _open(path)
    try:
        return _taken(file)
    finally:
        os.close(file)


def _open(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)


def _taken(file: int) -> bool:
    # flock belongs to the opened file and not to the process, so it also keeps threads of one process apart.
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
