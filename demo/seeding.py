"""Running the seeders of the demo: each once, in order, with the same data on every machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import structlog
from sqlalchemy import exists, select

from marketplace.kernel import audit, clock, outbox
from marketplace.kernel.db import db, unit_of_work
from marketplace.media.uploads import Picture
from marketplace.media.videos import Video

log = structlog.get_logger(__name__)
SIZES = {"small": 60, "demo": 420, "large": 10_000}
AUDIT_ACTION = "demo.seeded"
OUTBOX_BATCH = 300  # messages delivered after a seeder; the thousands that orders write are left to the relay


@dataclass
class SeedContext:
    """What the seeders share: size, random seed, present moment; ids that earlier seeders leave for later ones.

    `pictures` are drawn and stored when they are requested: `product/<reference>/<shot>`, `category/<slug>`, `logo/<merchant>`,
    `banner/<merchant>`. So are `videos`, for some names: `product/<reference>`, `shop/<merchant>`.
    """

    size: str = "demo"
    random_seed: int = 20_261_122
    moment: datetime = field(default_factory=clock.now)
    log: Callable[[str], None] = print
    ids: dict[str, UUID] = field(default_factory=dict)
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    videos: Mapping[str, Video] = field(default_factory=dict)

    @property
    def product_count(self) -> int:
        """The number of products."""
        return SIZES[self.size]

    def rng(self, seeder: str) -> Random:
        """Return the random numbers of one seeder, the same each time."""
        return Random(f"{self.random_seed}:{seeder}")  # noqa: S311 - a demo, not a secret

    def prepare_media(self) -> None:
        """Store pictures and videos before a transaction begins: the first drawing takes a minute."""
        log.debug("pictures_ready", count=len(self.pictures), videos=len(self.videos))

    @contextmanager
    def days_ago(self, *, days: float) -> Iterator[datetime]:
        """Freeze the clock so many days before the context's moment."""
        with clock.freeze_time(self.moment - timedelta(days=days)):
            yield clock.now()


@dataclass(frozen=True, kw_only=True)
class Seeder:
    """One part of the demo data: its name, the function that writes it, and the seeders that must have run before it.

    A seeder that `manages_transactions` opens its own units of work, and continues where it was interrupted.
    """

    name: str
    seed: Callable[[SeedContext], None]
    needs: tuple[str, ...] = ()
    manages_transactions: bool = False


def seed_all(seeders: Iterable[Seeder], context: SeedContext) -> list[str]:
    """Run every seeder once, in the given order.

    Returns:
        The names of the seeders that had not run before.

    Raises:
        ValueError: a seeder is listed before one that it needs.
    """
    finished: set[str] = set()
    new: list[str] = []
    for seeder in seeders:
        if not finished.issuperset(seeder.needs):
            raise ValueError(f"{seeder.name} needs {sorted(set(seeder.needs) - finished)}")
        if run_seeder(seeder, context):
            new.append(seeder.name)
        finished.add(seeder.name)
    return new


def is_seeded(name: str) -> bool:
    """Return whether a seeder has run already."""
    with unit_of_work(read_only=True):
        return bool(db.session.scalar(select(exists().where(audit.AuditEvent.action == f"{AUDIT_ACTION}.{name}"))))


def seeded_size() -> str | None:
    """Return the size of the demo data in this database, even if it is incomplete; None where there is none."""
    stmt = (
        select(audit.AuditEvent.after)
        .where(audit.AuditEvent.action.startswith(f"{AUDIT_ACTION}."))
        .order_by(audit.AuditEvent.at)
    )
    with unit_of_work(read_only=True):
        snapshot = db.session.scalar(stmt.limit(1))
    return str(snapshot["size"]) if snapshot else None


def run_seeder(seeder: Seeder, context: SeedContext) -> bool:
    """Run one seeder unless it has run already, in one transaction if it has none of its own, then deliver its events.

    Returns:
        False when it had run already.
    """
    if is_seeded(seeder.name):
        return False
    context.prepare_media()
    started = clock.now()
    if seeder.manages_transactions:
        seeder.seed(context)
    with unit_of_work():
        if not seeder.manages_transactions:
            seeder.seed(context)
        audit.record(f"{AUDIT_ACTION}.{seeder.name}", subject=("feature", None), after={"size": context.size})
    db.session.remove()
    outbox.process_all(limit=OUTBOX_BATCH)  # before the next seeder: an index that is updated now has few documents to read
    context.log(f"  {seeder.name}: {(clock.now() - started).total_seconds():.1f} s")
    return True
