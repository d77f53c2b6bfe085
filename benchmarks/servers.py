"""Production servers for measuring: two workers each, on ports of their own, stopped by their process ids."""

from __future__ import annotations

import itertools
import random
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from local.supervisor.installation import is_port_free

GUNICORN = ("-m", "gunicorn", "--workers", "2", "--worker-class", "gthread", "--threads", "8", "--no-control-socket")
# Below the range of ephemeral ports for outgoing connections: a port that is free here stays free until it is used.
PORTS = range(20_000, 32_000)
_port_offsets = itertools.count(random.SystemRandom().randrange(len(PORTS)))


def free_port() -> int:
    """Return a free port; never the same one twice in a process, and rarely in two processes."""
    while True:
        port = PORTS[next(_port_offsets) % len(PORTS)]
        if is_port_free("127.0.0.1", port):
            return port


def adjacent_ports() -> tuple[int, int]:
    """Return two free ports with consecutive numbers."""
    first, second = free_port(), free_port()
    while second != first + 1:
        first, second = second, free_port()
    return first, second


def gunicorn(target: str, port: int) -> list[str]:
    """Return the command that serves `target` as in production."""
    return [sys.executable, *GUNICORN, "--bind", f"127.0.0.1:{port}", target]


@contextmanager
def run_server(
    command: Sequence[str], *, port: int, env: Mapping[str, str], folder: Path, probe: str, log: Path
) -> Iterator[int]:
    """Run a server until the block ends; yield its process id once it responds at `probe`."""
    with log.open("ab") as out:
        process = subprocess.Popen(command, cwd=folder, env=dict(env), stdout=out, stderr=out)
        try:
            _wait_until_ready(port, probe, process)
            yield process.pid
        except RuntimeError:
            print(log.read_text()[-2000:], file=sys.stderr)
            raise
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_ready(port: int, probe: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{probe}", timeout=2):
                return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("the server did not answer within a minute")


def worker_memory_kb(pid: int) -> list[int]:
    """Return the proportional set size in kilobytes of each worker of a gunicorn master."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    sizes = []
    for child in children:
        for line in Path(f"/proc/{child}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                sizes.append(int(line.split()[1]))
    return sizes
