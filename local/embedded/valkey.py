"""Valkey 9 from the wheel, on a private socket: queue, cache and live messages."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from local.embedded.paths import EmbeddedError, InstallPaths
from marketplace.kernel import subprocesses

CLEAN_ENV = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PATH": "/usr/bin:/bin"}

# noeviction: the queue is stored here, and a full cache must not evict a task.
SERVER_CONF = {
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
    """Valkey server of one installation."""

    paths: InstallPaths
    durable: bool
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    name = "valkey"
    kill_signal = signal.SIGKILL

    @property
    def socket_path(self) -> Path:
        """Return the path of the socket."""
        return self.paths.socket_dir / "valkey.sock"

    def start(self) -> None:
        """Start the server with the stored queue. Raises EmbeddedError with the end of the log."""
        data_dir = self.paths.create_folder("valkey")
        subprocesses.kill_stale(data_dir, name="valkey-server", kill_signal=signal.SIGKILL)
        self.socket_path.unlink(missing_ok=True)
        self.process = subprocesses.start_process(
            [self.paths.valkey_binary, *self._options(data_dir)],
            cwd=data_dir,
            log_path=self.log,
            env=CLEAN_ENV,
            run_as=self.paths.run_as,
        )
        ready = subprocesses.wait_until(lambda: self._is_ready() or self._has_exited(), timeout=30)
        if not ready or self._has_exited():
            self.stop()
            raise EmbeddedError(f"Valkey did not start:\n{subprocesses.tail(self.log)}")

    def stop(self) -> None:
        """Stop the server after it has saved the queue."""
        if self.process is not None:
            subprocesses.terminate(self.process, term_signal=signal.SIGTERM)

    def url(self) -> str:
        """Return the URL for the redis library."""
        return f"unix://{self.socket_path}"

    def _options(self, data_dir: Path) -> Iterator[str]:
        persistence = {"appendonly": "yes" if self.durable else "no"}
        for name, value in (SERVER_CONF | persistence | {"dir": str(data_dir), "unixsocket": str(self.socket_path)}).items():
            yield from (f"--{name}", value)

    def _is_ready(self) -> bool:
        """Return whether the server answers a ping; it answers -LOADING while it reads the queue from disk."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1.0)
            try:
                connection.connect(str(self.socket_path))
                connection.sendall(b"PING\r\n")
                return connection.recv(5) == b"+PONG"
            except OSError:
                return False

    def _has_exited(self) -> bool:
        return self.process is not None and self.process.poll() is not None
