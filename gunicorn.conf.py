"""gunicorn configuration; gunicorn reads this file when it is started in this directory.

The application is loaded and preloaded once and then forked, so that workers share its memory and start at once. The loaded
objects are frozen before forking: the garbage collector would scan them in vain and thereby copy their memory pages. The
collector is disabled while loading, because almost nothing that is loaded becomes garbage.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
from typing import Any

preload_app = True
gc.disable()
# mallopt parameters of glibc: the number of arenas, and the size from which freed memory is returned to the system at once.
M_ARENA_MAX, M_MMAP_THRESHOLD = -8, -3


def when_ready(server: Any) -> None:
    """Preload the application and freeze its objects before the first worker is forked."""
    from marketplace.preload import preload

    preload(server.app.wsgi())
    with contextlib.suppress(AttributeError, OSError):
        # Otherwise each thread keeps an arena of its own, most of it empty. C libraries without mallopt have no such arenas.
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 128 * 1024)  # a fixed value disables the dynamic threshold
    gc.collect()
    gc.freeze()
    gc.enable()


def post_fork(_server: Any, _worker: Any) -> None:
    """Enable the garbage collector in every worker, including workers of a reloaded application."""
    gc.enable()
