"""Writes that wait for an engine: kept on disk, one a line, until they have reached it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from search import Document


@dataclass(frozen=True, slots=True)
class Gone:
    """A thing that ceased to be at a version."""

    id: str
    version: int


Write = Document | Gone


class Journal:
    """An append-only file of writes. The caller holds a lock; a torn last line, of a process that died, is skipped."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def waiting(self) -> bool:
        """Whether anything has been written down; costs one look at the file."""
        try:
            return os.stat(self.path).st_size > 0
        except FileNotFoundError:
            return False

    def append(self, writes: Iterable[Write]) -> None:
        """Write down, and have the disk keep it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            if file.tell():
                file.write(b"\n")
            file.writelines(json.dumps(_plain(write), ensure_ascii=False).encode() + b"\n" for write in writes)
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> Iterator[Write]:
        """Everything written down, in order."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            for line in file:
                if not line.strip():
                    continue
                try:
                    facts = json.loads(line)
                except ValueError:
                    continue
                yield _living(facts)

    def clear(self) -> None:
        """Forget everything."""
        self.path.unlink(missing_ok=True)


def newest(writes: Iterable[Write]) -> dict[str, Write]:
    """The last word on each id: the greatest version, and at the same version its end."""
    last: dict[str, Write] = {}
    for write in writes:
        known = last.get(write.id)
        if known is None or stamp(write) >= stamp(known):
            last[write.id] = write
    return last


def stamp(write: Write) -> int:
    """One number that orders all writes to a thing: at the same version, its end comes after its last change."""
    return write.version * 2 + isinstance(write, Gone)


def departures(gone: Mapping[str, int]) -> list[Gone]:
    """The writes for things that ceased to be."""
    return [Gone(id, version) for id, version in gone.items()]


def _plain(write: Write) -> dict[str, Any]:
    if isinstance(write, Gone):
        return {"gone": write.id, "version": write.version}
    return {
        "id": write.id,
        "version": write.version,
        "audience": write.audience,
        "texts": dict(write.texts),
        "keywords": dict(write.keywords),
        "numbers": dict(write.numbers),
        "dates": {name: moment.isoformat() for name, moment in write.dates.items()},
        "phrases": write.phrases,
    }


def _living(facts: dict[str, Any]) -> Write:
    if "gone" in facts:
        return Gone(facts["gone"], facts["version"])
    return Document(
        id=facts["id"],
        version=facts["version"],
        audience=tuple(facts["audience"]),
        texts=facts["texts"],
        keywords={name: tuple(values) for name, values in facts["keywords"].items()},
        numbers=facts["numbers"],
        dates={name: datetime.fromisoformat(moment) for name, moment in facts["dates"].items()},
        phrases=tuple(facts["phrases"]),
    )
