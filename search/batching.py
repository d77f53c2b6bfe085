"""Batch size of index writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

BATCH_SIZE = 500
"""The number of documents written together: large enough to be fast, small enough to fit into memory."""

T = TypeVar("T")


def batched(items: Iterable[T], size: int = BATCH_SIZE) -> Iterator[list[T]]:
    """Yield the items in lists of at most `size`; the iterable is consumed lazily."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch
