"""Points where a test kills the process, to check that nothing is lost: `failpoint("payments.captured")`.

The setting FAILPOINT names one of them; a process that reaches it ends at once, as by `kill -9`. The production environment
rejects the setting; without it, a failpoint is one comparison.
"""

from __future__ import annotations

import os
import signal

from flask import current_app


def failpoint(name: str) -> None:
    """Kill the process if the settings name this point."""
    settings = current_app.config["SETTINGS"]
    if settings.failpoint == name and settings.environment != "production":
        os.kill(os.getpid(), signal.SIGKILL)
