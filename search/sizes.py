"""How much is done in one go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

AT_ONCE = 500
"""So many documents are written together: enough to be quick, few enough to be held in memory."""

T = TypeVar("T")


def batches(items: Iterable[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    """The items in lists of at most `size`, read only as they are asked for."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch
