"""The PostgreSQL and Valkey that come with pip, run by us for one machine: real servers, private sockets, no ports."""

from marketplace.kernel.embedded.places import EmbeddedError
from marketplace.kernel.embedded.servers import AlreadyRunning, NotRunning, Servers, attach, attach_or_start, start

__all__ = ["AlreadyRunning", "EmbeddedError", "NotRunning", "Servers", "attach", "attach_or_start", "start"]
