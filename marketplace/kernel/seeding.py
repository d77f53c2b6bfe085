"""The demo market: every feature plants its own corner, deterministically, once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from sqlalchemy import exists, select

from marketplace.kernel import audit, clock, outbox
from marketplace.kernel.db import db, unit_of_work
from marketplace.kernel.uploads import Picture
from marketplace.kernel.videos import Video

if TYPE_CHECKING:
    from marketplace.kernel.feature import Feature

log = structlog.get_logger(__name__)
SIZES = {"small": 60, "demo": 420, "large": 10_000}
DEED = "demo.planted"
NEWS = 300  # letters delivered after a corner; what orders announce in their thousands is left to the relay


@dataclass
class Plan:
    """What is planted: how much, from which seed, standing at which moment; features leave ids for those above them.

    `pictures` are drawn and in storage when they are asked for: `product/<reference>/<shot>`, `category/<slug>`,
    `logo/<merchant>`, `banner/<merchant>`. So are `films`, for some: `product/<reference>`, `shop/<merchant>`.
    """

    size: str = "demo"
    seed: int = 20_261_122
    moment: datetime = field(default_factory=clock.now)
    say: Callable[[str], None] = print
    ids: dict[str, UUID] = field(default_factory=dict)
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    films: Mapping[str, Video] = field(default_factory=dict)

    @property
    def products(self) -> int:
        """How many products the market gets."""
        return SIZES[self.size]

    def dice(self, corner: str) -> Random:
        """Random numbers of one corner, the same each time."""
        return Random(f"{self.seed}:{corner}")  # noqa: S311 - a demo, not a secret

    def prepare(self) -> None:
        """Have the pictures and films in storage before a transaction begins: the first drawing takes a minute."""
        log.debug("pictures_ready", count=len(self.pictures), films=len(self.films))

    @contextmanager
    def ago(self, *, days: float) -> Iterator[datetime]:
        """Hold the clock still at so many days before the plan's moment."""
        with clock.standing_at(self.moment - timedelta(days=days)):
            yield clock.now()


def plant_all(features: Iterable[Feature], plan: Plan) -> list[str]:
    """Let every feature plant its corner, lowest first, each once; the names of those that had not been planted before."""
    ordered = sorted(features, key=lambda feature: feature.seed_order)
    return [one.name for one in ordered if one.seed is not None and plant(one.name, one.seed, plan)]


def is_planted(name: str) -> bool:
    """Whether a corner stands already."""
    with unit_of_work(read_only=True):
        return bool(db.session.scalar(select(exists().where(audit.AuditEvent.action == f"{DEED}.{name}"))))


def planted_size() -> str | None:
    """The size of the demo market that stands here, as far as it stands; None where none does."""
    first = select(audit.AuditEvent.after).where(audit.AuditEvent.action.startswith(f"{DEED}.")).order_by(audit.AuditEvent.at)
    with unit_of_work(read_only=True):
        after = db.session.scalar(first.limit(1))
    return str(after["size"]) if after else None


def plant(name: str, corner: Callable[[Plan], None], plan: Plan) -> bool:
    """Plant one corner unless it stands already; False when it stood. All of it or nothing; then its news are delivered."""
    if is_planted(name):
        return False
    plan.prepare()
    started = clock.now()
    with unit_of_work():
        corner(plan)
        audit.record(f"{DEED}.{name}", subject=("feature", None), after={"size": plan.size})
    db.session.remove()
    outbox.deliver_all(limit=NEWS)  # before the next corner: an index that is brought up to date has little to read yet
    plan.say(f"  {name}: {(clock.now() - started).total_seconds():.1f} s")
    return True
