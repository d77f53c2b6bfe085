"""How gunicorn serves the market; it reads this file by itself when it is started in this folder.

The application is loaded and warmed once and then forked, so that workers share what never changes and are up at once.
What was loaded is taken out of the garbage collector's sight first: it would only be looked through, and copied by being
touched. While it is loaded nothing is looked through at all: hardly anything of it ever ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
from typing import Any

preload_app = True
gc.disable()
# glibc's names for how many heaps its threads may spread over, and from what size memory goes back at once when it is freed.
M_ARENA_MAX, M_MMAP_THRESHOLD = -8, -3


def when_ready(server: Any) -> None:
    """Before the first worker is forked."""
    from marketplace.warming import warm

    warm(server.app.wsgi())
    with contextlib.suppress(AttributeError, OSError):
        # Each thread would keep a heap of its own, most of it empty; a C library without this switch has no such heaps.
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 128 * 1024)  # said, so that it stays: it would grow with use
    gc.collect()
    gc.freeze()
    gc.enable()


def post_fork(_server: Any, _worker: Any) -> None:
    """In every worker, also in those of an application that was loaded again."""
    gc.enable()
