"""The demo market: every feature plants its own corner, deterministically, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from uuid import UUID

from sqlalchemy import exists, select

from marketplace.kernel import audit, clock
from marketplace.kernel.db import db, unit_of_work

SIZES = {"small": 60, "demo": 420, "large": 10_000}
DEED = "demo.planted"


@dataclass
class Plan:
    """What is planted: how much, from which seed, standing at which moment; features leave ids for those above them."""

    size: str = "demo"
    seed: int = 20_261_122
    moment: datetime = field(default_factory=clock.now)
    say: Callable[[str], None] = print
    ids: dict[str, UUID] = field(default_factory=dict)

    @property
    def products(self) -> int:
        """How many products the market gets."""
        return SIZES[self.size]

    def dice(self, corner: str) -> Random:
        """Random numbers of one corner, the same each time."""
        return Random(f"{self.seed}:{corner}")  # noqa: S311 - a demo, not a secret


def plant(name: str, corner: Callable[[Plan], None], plan: Plan) -> bool:
    """Plant one corner unless it stands already; False when it stood. All of it or nothing."""
    with unit_of_work():
        if db.session.scalar(select(exists().where(audit.AuditEvent.action == f"{DEED}.{name}"))):
            return False
    started = clock.now()
    with unit_of_work():
        corner(plan)
        audit.record(f"{DEED}.{name}", subject=("feature", None), after={"size": plan.size})
    db.session.remove()
    plan.say(f"  {name}: {(clock.now() - started).total_seconds():.1f} s")
    return True
