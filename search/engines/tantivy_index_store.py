"""Storage of one embedded index: folders, a pointer to the current one, locks, and the write log of a rebuild.

- current            names the index folder and the schema version it was written with; replaced atomically
- <time>-<random>/   the index itself; a second one beside it during a rebuild
- write.lock         held while writing, by one process at a time
- rebuild.lock       held from the start of a rebuild to its end; released when its process dies
- rebuild.journal    the writes made during a rebuild, repeated on the new folder before it becomes the current one
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from search.file_lock import acquire_lock, is_free
from search.write_log import WriteLog

FileVersion = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class IndexPointer:
    """The current folder and the schema version it was written with."""

    folder: Path
    schema_version: str


class IndexStore:
    """The folders and locks of one index."""

    def __init__(self, root: Path, lock_timeout: float) -> None:
        self.root = root
        self.lock_timeout = lock_timeout
        self.write_log = WriteLog(root / "rebuild.journal")
        self._pointer_path = root / "current"
        self._rebuild_lock_path = root / "rebuild.lock"
        self._open_meta_path: Path | None = None

    def pointer_version(self) -> FileVersion | None:
        """Return a value that changes whenever the pointer changes; None before the first write."""
        return file_version(self._pointer_path)

    def pointer(self) -> IndexPointer | None:
        """Return the current folder; None before the first write."""
        try:
            data = json.loads(self._pointer_path.read_text())
        except FileNotFoundError:
            return None
        return IndexPointer(self.root / data["folder"], data.get("schema_version", ""))

    def set_open(self, pointer: IndexPointer) -> None:
        """Record which folder readers have open."""
        self._open_meta_path = pointer.folder / "meta.json"

    def write_version(self) -> FileVersion | None:
        """Return a value that changes with every write to the folder that readers have open."""
        return file_version(self._open_meta_path) if self._open_meta_path else None

    @contextmanager
    def write_lock(self) -> Iterator[None]:
        """Hold the write lock."""
        with acquire_lock(self.root / "write.lock", timeout=self.lock_timeout):
            yield

    @contextmanager
    def rebuild_folder(self) -> Iterator[Path]:
        """Hold the rebuild lock and yield the folder to build in; it is deleted on failure."""
        # The timeout is not for a second rebuild, which gains nothing by waiting: writers take this lock briefly to check it.
        with acquire_lock(self._rebuild_lock_path, timeout=1):
            with self.write_lock():
                self.write_log.clear()
                self._remove_orphans()
            folder = self.create_folder()
            try:
                yield folder
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            finally:
                self.write_log.clear()

    def is_rebuilding(self) -> bool:
        """Return whether a live process is rebuilding, so that writes must be logged for it."""
        return self._rebuild_lock_path.exists() and not is_free(self._rebuild_lock_path)

    def create_folder(self) -> Path:
        """Create a new, empty folder."""
        folder = self.root / f"{time.strftime('%Y%m%d%H%M%S')}-{secrets.token_hex(4)}"
        folder.mkdir(parents=True)
        return folder

    def swap_pointer(self, folder: Path, schema_version: str) -> None:
        """Make this folder the current one atomically, and delete the previous one. The caller holds the write lock."""
        previous = self.pointer()
        new_path = self._pointer_path.with_suffix(".new")
        with new_path.open("w") as file:
            json.dump({"folder": folder.name, "schema_version": schema_version}, file)
            file.flush()
            os.fsync(file.fileno())
        new_path.replace(self._pointer_path)
        # Readers keep the deleted files open until they close them.
        if previous is not None and previous.folder != folder:
            shutil.rmtree(previous.folder, ignore_errors=True)

    def _remove_orphans(self) -> None:
        """Delete the folders of rebuilds that died."""
        pointer = self.pointer()
        for folder in self.root.iterdir():
            if folder.is_dir() and (pointer is None or folder != pointer.folder):
                shutil.rmtree(folder, ignore_errors=True)


def file_version(path: Path) -> FileVersion | None:
    """Return a value that identifies the present state of a file that is always replaced as a whole."""
    try:
        stat = os.stat(path)
    except FileNotFoundError:
        return None
    return stat.st_mtime_ns, stat.st_ino, stat.st_size
