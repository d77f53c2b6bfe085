"""Production servers for measuring: two workers each, on ports of their own, stopped by their process ids."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

GUNICORN = ("-m", "gunicorn", "--workers", "2", "--worker-class", "gthread", "--threads", "4", "--no-control-socket")


def free_port() -> int:
    """A port that nobody listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(target: str, *, port: int, env: Mapping[str, str], folder: Path, probe: str, log: Path) -> Iterator[int]:
    """Run `target` under gunicorn until the block ends; yields the process id of the arbiter."""
    command = [sys.executable, *GUNICORN, "--bind", f"127.0.0.1:{port}", target]
    with log.open("ab") as out:
        process = subprocess.Popen(command, cwd=folder, env=dict(env), stdout=out, stderr=out)
        try:
            _wait(port, probe, process)
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(port: int, probe: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{probe}", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the server did not answer within a minute")


def memory_of(pid: int) -> list[int]:
    """Resident kilobytes of the workers of an arbiter."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    sizes = []
    for child in children:
        for line in Path(f"/proc/{child}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                sizes.append(int(line.split()[1]))
    return sizes
