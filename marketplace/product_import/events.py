"""Events published by the product import."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class ImportQueued(Event):
    """A check or an import waits for a worker."""

    job_id: UUID
    merchant_id: UUID
