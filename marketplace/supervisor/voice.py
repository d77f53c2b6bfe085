"""What the person at the terminal is told: Chinese first, English beside it, in columns."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from marketplace.supervisor.plan import Address
from marketplace.supervisor.site import Site


def say(chinese: str, english: str) -> None:
    """One line of progress."""
    print(f"  {chinese} · {english}", flush=True)


def complain(*lines: str) -> None:
    """Why it does not go on."""
    for line in lines:
        print(line, file=sys.stderr, flush=True)


def greet(site: Site, addresses: Sequence[Address], sign_ins: Sequence[str]) -> None:
    """Where everything is, and how to sign in."""
    print("\n  集市已开张 · The market is open\n")
    names = [f"{address.chinese} {address.english}" for address in addresses]
    columns = max(map(width, names), default=0) + 3
    for name, address in zip(names, addresses, strict=True):
        print(f"    {pad(name, columns)}{address.url(site)}")
    if sign_ins:
        print("\n  演示账号 · Demo sign-ins\n")
        for line in sign_ins:
            print(f"    {line}")
    logs = _near(site.var / "log")
    print(f"\n  日志在 {logs} · Logs are in {logs}\n  按 Ctrl-C 全部停止 · Ctrl-C stops everything\n", flush=True)


def width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def pad(text: str, columns: int) -> str:
    """Fill up with spaces."""
    return text + " " * (columns - width(text))


def _near(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
