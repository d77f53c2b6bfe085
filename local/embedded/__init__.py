"""PostgreSQL and Valkey from pip packages, run as private servers on one machine with Unix sockets and no ports."""

from local.embedded.paths import EmbeddedError
from local.embedded.servers import AlreadyRunning, EmbeddedServers, NotRunning, attach, attach_or_start, start

__all__ = ["AlreadyRunning", "EmbeddedError", "EmbeddedServers", "NotRunning", "attach", "attach_or_start", "start"]
