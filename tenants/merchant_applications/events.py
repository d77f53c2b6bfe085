"""Events of merchant applications."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class ApplicationSubmitted(Event):
    """An application was submitted for review; `number` counts its submissions from 1."""

    application_id: UUID
    number: int


@dataclass(frozen=True, kw_only=True)
class ApplicationDecided(Event):
    """The platform approved or rejected an application, or requested changes (`decision` is the state's value)."""

    application_id: UUID
    number: int
    decision: str
