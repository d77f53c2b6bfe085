"""What happens to applications."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class ApplicationSubmitted(Event):
    """An application waits for the market's review; `number` counts the rounds from 1."""

    application_id: UUID
    number: int


@dataclass(frozen=True, kw_only=True)
class ApplicationDecided(Event):
    """The market has approved, rejected, or asked for changes (`decision` is the state's word)."""

    application_id: UUID
    number: int
    decision: str
