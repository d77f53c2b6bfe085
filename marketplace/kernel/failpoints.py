"""Places where a test may kill the process, to see that nothing is lost: `reach("payments.captured")`.

The setting FAILPOINT names one of them; the process that reaches it dies at once, as by `kill -9`. Production refuses the
setting, and without it a failpoint is one comparison.
"""

from __future__ import annotations

import os
import signal

from flask import current_app


def reach(name: str) -> None:
    """Die here if the settings name this point."""
    settings = current_app.config["SETTINGS"]
    if settings.failpoint == name and settings.environment != "production":
        os.kill(os.getpid(), signal.SIGKILL)
