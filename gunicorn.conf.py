"""How gunicorn serves the market; it reads this file by itself when it is started in this folder.

The application is loaded once and then forked, so that workers share what never changes and are up at once. What was
loaded is taken out of the garbage collector's sight first: it would only be looked through, and copied by being touched.
"""

from __future__ import annotations

import gc
from typing import Any

preload_app = True


def when_ready(_server: Any) -> None:
    """Before the first worker is forked."""
    gc.collect()
    gc.freeze()
