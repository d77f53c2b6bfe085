"""Write log: writes that wait for an engine, stored on disk, one per line."""

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
class Tombstone:
    """The deletion of an object at a version."""

    id: str
    version: int


Write = Document | Tombstone


class WriteLog:
    """An append-only file of writes.

    The caller holds a lock. An incomplete last line, left by a process that died, is skipped.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def has_writes(self) -> bool:
        """Return whether the log contains writes; costs one `stat` call."""
        try:
            return os.stat(self.path).st_size > 0
        except FileNotFoundError:
            return False

    def append(self, writes: Iterable[Write]) -> None:
        """Append writes and flush them to disk."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            if file.tell():
                file.write(b"\n")
            file.writelines(json.dumps(_to_json(write), ensure_ascii=False).encode() + b"\n" for write in writes)
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> Iterator[Write]:
        """Yield all writes in order."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            for line in file:
                if not line.strip():
                    continue
                try:
                    data = json.loads(line)
                except ValueError:
                    continue
                yield _from_json(data)

    def clear(self) -> None:
        """Delete the log."""
        self.path.unlink(missing_ok=True)


def latest_writes(writes: Iterable[Write]) -> dict[str, Write]:
    """Return the last write for each id: the highest version, and at the same version the deletion."""
    latest: dict[str, Write] = {}
    for write in writes:
        previous = latest.get(write.id)
        if previous is None or version_stamp(write) >= version_stamp(previous):
            latest[write.id] = write
    return latest


def version_stamp(write: Write) -> int:
    """Return a number that orders all writes to an object: at the same version, a deletion follows the change."""
    return write.version * 2 + isinstance(write, Tombstone)


def tombstones(deletions: Mapping[str, int]) -> list[Tombstone]:
    """Return the writes for deleted objects."""
    return [Tombstone(id, version) for id, version in deletions.items()]


def _to_json(write: Write) -> dict[str, Any]:
    if isinstance(write, Tombstone):
        return {"deleted": write.id, "version": write.version}
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


def _from_json(data: dict[str, Any]) -> Write:
    if "deleted" in data:
        return Tombstone(data["deleted"], data["version"])
    return Document(
        id=data["id"],
        version=data["version"],
        audience=tuple(data["audience"]),
        texts=data["texts"],
        keywords={name: tuple(values) for name, values in data["keywords"].items()},
        numbers=data["numbers"],
        dates={name: datetime.fromisoformat(moment) for name, moment in data["dates"].items()},
        phrases=tuple(data["phrases"]),
    )
