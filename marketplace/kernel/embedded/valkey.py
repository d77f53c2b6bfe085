"""Valkey 9 from the wheel: queue, cache and live messages on a private socket."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from marketplace.kernel import processes
from marketplace.kernel.embedded.places import EmbeddedError, Places

ENVIRONMENT = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PATH": "/usr/bin:/bin"}

# noeviction: the queue lives here, and a task must not vanish because a cache filled up.
SMALL = {
    "port": "0",
    "unixsocketperm": "700",
    "maxmemory": "256mb",
    "maxmemory-policy": "noeviction",
    "databases": "4",
    "save": "",
    "appendfsync": "everysec",
    "auto-aof-rewrite-min-size": "16mb",
    "daemonize": "no",
}


@dataclass(kw_only=True)
class Valkey:
    """One server of one installation."""

    places: Places
    durable: bool
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    name = "valkey"
    firmly = signal.SIGKILL

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.places.sockets / "valkey.sock"

    def start(self) -> None:
        """Bring the server up with what the queue held. Raises EmbeddedError with the end of its log."""
        data = self.places.make("valkey")
        processes.end_leftovers(data, name="valkey-server", firmly=signal.SIGKILL)
        self.socket.unlink(missing_ok=True)
        self.process = processes.spawn(
            [self.places.valkey_program, *self._options(data)],
            folder=data,
            log=self.log,
            env=ENVIRONMENT,
            account=self.places.account,
        )
        ready = processes.wait_until(lambda: self._answers() or self._has_died(), seconds=30)
        if not ready or self._has_died():
            self.stop()
            raise EmbeddedError(f"Valkey did not start:\n{processes.tail(self.log)}")

    def stop(self) -> None:
        """Write the queue down and leave."""
        if self.process is not None:
            processes.stop(self.process, gently=signal.SIGTERM)

    def url(self) -> str:
        """The address for the redis library."""
        return f"unix://{self.socket}"

    def _options(self, data: Path) -> Iterator[str]:
        kept = {"appendonly": "yes" if self.durable else "no"}
        for name, value in (SMALL | kept | {"dir": str(data), "unixsocket": str(self.socket)}).items():
            yield from (f"--{name}", value)

    def _answers(self) -> bool:
        """Whether it answers a ping; while it is still reading the queue from disk it answers -LOADING."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1.0)
            try:
                line.connect(str(self.socket))
                line.sendall(b"PING\r\n")
                return line.recv(5) == b"+PONG"
            except OSError:
                return False

    def _has_died(self) -> bool:
        return self.process is not None and self.process.poll() is not None
