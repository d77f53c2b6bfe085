"""How gunicorn serves the market; it reads this file by itself when it is started in this folder.

The application is loaded and warmed once and then forked, so that workers share what never changes and are up at once.
What was loaded is taken out of the garbage collector's sight first: it would only be looked through, and copied by being
touched.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
from typing import Any

preload_app = True
M_ARENA_MAX = -8  # glibc's name for how many heaps its threads may spread over


def when_ready(server: Any) -> None:
    """Before the first worker is forked."""
    from marketplace.warming import warm

    warm(server.app.wsgi())
    with contextlib.suppress(AttributeError, OSError):
        # Each thread would keep a heap of its own, most of it empty; a C library without this switch has no such heaps.
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)
    gc.collect()
    gc.freeze()
