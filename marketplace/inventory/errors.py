"""What the stock-keeper refuses, and why."""

from __future__ import annotations

from uuid import UUID

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict, NotFound


class SoldOut(Conflict):
    """There is not enough of these variants; nothing was held. `variants` says of which."""

    message = _l("There is not enough of it in stock any more. Choose a smaller quantity or another variant.")

    def __init__(self, *, variants: frozenset[UUID]) -> None:
        self.variants = variants
        super().__init__(variants=variants)

    def sentence(self) -> str:
        """The same sentence whatever the variants: pages name them beside their lines."""
        return str(self.message)


class NotThatMany(Conflict):
    """More would leave the shelf than lies there unpromised."""

    message = _l("Only %(free)s are free at this place; the rest is held for orders.")


class NotThatManyThere(NotThatMany):
    """More would leave the shelf than lies there; nothing of it is promised."""

    message = _l("There are %(free)s at this place, not more.")


class BelowPromised(NotThatMany):
    """Fewer would lie there than are promised to buyers."""

    message = _l("%(held)s are promised to buyers from this place: it cannot be set below that.")


class BookedAlready(Conflict):
    """The same form was sent twice."""

    message = _l("This was booked already; nothing was booked a second time.")


class HoldLapsed(Conflict):
    """What was kept for this cause is kept no longer, and was not sold to it."""

    message = _l("The time for which these goods were kept for you is over. Look whether they are still there.")


class NoSuchStock(NotFound):
    """The place or the variant does not exist, or not for you."""

    message = _l("We could not find this stock.")


class PlaceInUse(Conflict):
    """A warehouse with goods in it cannot be closed."""

    message = _l("There are still goods at “%(place)s”. Move or write them off first.")
