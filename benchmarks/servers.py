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

from marketplace.supervisor.site import is_free

GUNICORN = ("-m", "gunicorn", "--workers", "2", "--worker-class", "gthread", "--threads", "8", "--no-control-socket")
# Below the ports that systems give to outgoing connections by themselves: what is free here stays free until it is used.
PORTS = range(20_000, 32_000)
_places = itertools.count(random.SystemRandom().randrange(len(PORTS)))


def free_port() -> int:
    """A port that nobody listens to; never the same twice in one process, and hardly in two."""
    while True:
        port = PORTS[next(_places) % len(PORTS)]
        if is_free("127.0.0.1", port):
            return port


def neighbours() -> tuple[int, int]:
    """Two free ports, one after the other."""
    one, two = free_port(), free_port()
    while two != one + 1:
        one, two = two, free_port()
    return one, two


def gunicorn(target: str, port: int) -> list[str]:
    """The command that serves `target` as the product is served."""
    return [sys.executable, *GUNICORN, "--bind", f"127.0.0.1:{port}", target]


@contextmanager
def running(command: Sequence[str], *, port: int, env: Mapping[str, str], folder: Path, probe: str, log: Path) -> Iterator[int]:
    """Run a server until the block ends, once it answers at `probe`; yields its process id."""
    with log.open("ab") as out:
        process = subprocess.Popen(command, cwd=folder, env=dict(env), stdout=out, stderr=out)
        try:
            _wait(port, probe, process)
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


def _wait(port: int, probe: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{probe}", timeout=2):
                return
        except OSError:
            time.sleep(0.02)
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
