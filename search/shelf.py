"""Where the embedded engine keeps one index: folders, a pointer to the current one, locks, and a rebuild's journal.

- current            which folder is the index, and by which rules it was written; replaced in one step
- <time>-<random>/   the index itself; another one beside it while it is rebuilt
- writing.lock       held while writing, by one process at a time
- rebuilding.lock    held from the start of a rebuild to its end; free again when its process dies
- rebuild.journal    what was written meanwhile, to be repeated on the new folder before it becomes the current one
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

from search.journal import Journal
from search.locks import free, held

Mark = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Pointer:
    """The current folder and the rules it was written by."""

    folder: Path
    rules: str


class Shelf:
    """The folders and locks of one index."""

    def __init__(self, root: Path, patience: float) -> None:
        self.root = root
        self.patience = patience
        self.journal = Journal(root / "rebuild.journal")
        self._pointer = root / "current"
        self._rebuilding = root / "rebuilding.lock"
        self._meta: Path | None = None

    def mark(self) -> Mark | None:
        """Changes whenever another folder becomes the current one; None before there is any."""
        return mark(self._pointer)

    def pointer(self) -> Pointer | None:
        """The current folder; None before anything was written."""
        try:
            facts = json.loads(self._pointer.read_text())
        except FileNotFoundError:
            return None
        return Pointer(self.root / facts["folder"], facts["rules"])

    def opened(self, pointer: Pointer) -> None:
        """Note which folder readers have open."""
        self._meta = pointer.folder / "meta.json"

    def written(self) -> Mark | None:
        """Changes with every write to the folder that readers have open."""
        return mark(self._meta) if self._meta else None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the only writer."""
        with held(self.root / "writing.lock", patience=self.patience):
            yield

    @contextmanager
    def rebuilding(self) -> Iterator[Path]:
        """Be the only one who rebuilds; gives the folder to build in, and takes it away again on failure."""
        # Patience, although a second rebuild gains nothing by waiting: writers touch this lock when they look at it.
        with held(self._rebuilding, patience=1):
            with self.writing():
                self.journal.clear()
                self._sweep()
            folder = self.fresh()
            try:
                yield folder
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            finally:
                self.journal.clear()

    def being_rebuilt(self) -> bool:
        """Whether a living process is rebuilding, so that writes must be noted for it."""
        return self._rebuilding.exists() and not free(self._rebuilding)

    def fresh(self) -> Path:
        """A new, empty folder."""
        folder = self.root / f"{time.strftime('%Y%m%d%H%M%S')}-{secrets.token_hex(4)}"
        folder.mkdir(parents=True)
        return folder

    def swing(self, folder: Path, rules: str) -> None:
        """Make this folder the current one, in one step, and remove the last one. The caller is the writer."""
        last = self.pointer()
        new = self._pointer.with_suffix(".new")
        with new.open("w") as file:
            json.dump({"folder": folder.name, "rules": rules}, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._pointer)
        # Readers that still have its files open keep what they have.
        if last is not None and last.folder != folder:
            shutil.rmtree(last.folder, ignore_errors=True)

    def _sweep(self) -> None:
        """Remove what rebuilds that died have left."""
        pointer = self.pointer()
        for folder in self.root.iterdir():
            if folder.is_dir() and (pointer is None or folder != pointer.folder):
                shutil.rmtree(folder, ignore_errors=True)


def mark(path: Path) -> Mark | None:
    """What tells one state of a file, always replaced as a whole, from the next."""
    try:
        seen = os.stat(path)
    except FileNotFoundError:
        return None
    return seen.st_mtime_ns, seen.st_ino, seen.st_size
