"""Terminal output of the supervisor, in Chinese and English, aligned in columns."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from local.supervisor.installation import Installation
from local.supervisor.plan import Address


def print_progress(message_zh: str, message_en: str) -> None:
    """Print one line of progress."""
    print(f"  {message_zh} · {message_en}", flush=True)


def print_error(*lines: str) -> None:
    """Print the lines of an error to standard error."""
    for line in lines:
        print(line, file=sys.stderr, flush=True)


def print_banner(installation: Installation, addresses: Sequence[Address], demo_logins: Sequence[str]) -> None:
    """Print the addresses, the demo logins and the log directory."""
    print("\n  集市已开张 · The market is open\n")
    labels = [f"{address.label_zh} {address.label_en}" for address in addresses]
    columns = max(map(display_width, labels), default=0) + 3
    for label, address in zip(labels, addresses, strict=True):
        print(f"    {pad_to_width(label, columns)}{address.url(installation)}")
    if demo_logins:
        print("\n  演示账号 · Demo sign-ins\n")
        for login in demo_logins:
            print(f"    {login}")
    log_dir = _relative_path(installation.var / "log")
    print(f"\n  日志在 {log_dir} · Logs are in {log_dir}\n  按 Ctrl-C 全部停止 · Ctrl-C stops everything\n", flush=True)


def display_width(text: str) -> int:
    """Return the width in terminal columns; a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def pad_to_width(text: str, columns: int) -> str:
    """Pad with spaces to a width in terminal columns."""
    return text + " " * (columns - display_width(text))


def _relative_path(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
