"""Errors of the inventory."""

from __future__ import annotations

from uuid import UUID

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict, NotFound


class OutOfStock(Conflict):
    """Too little stock of the variants in `variants`; nothing was reserved."""

    code = "out_of_stock"
    message = _l("There is not enough of it in stock any more. Choose a smaller quantity or another variant.")

    def __init__(self, *, variants: frozenset[UUID]) -> None:
        self.variants = variants
        super().__init__(variants=variants)

    def user_message(self) -> str:
        """Return the same message for all variants: pages show it next to the lines concerned."""
        return str(self.message)


class InsufficientAvailable(Conflict):
    """A withdrawal of more than is available at a location; part of its stock is reserved."""

    code = "insufficient_available"
    message = _l("Only %(free)s are free at this place; the rest is held for orders.")


class InsufficientOnHand(InsufficientAvailable):
    """A withdrawal of more than is on hand at a location; none of its stock is reserved."""

    code = "insufficient_on_hand"
    message = _l("There are %(free)s at this place, not more.")


class BelowReserved(InsufficientAvailable):
    """An adjustment to less than is reserved."""

    code = "below_reserved"
    message = _l("%(held)s are promised to buyers from this place: it cannot be set below that.")


class DuplicateMovement(Conflict):
    """A form that was sent twice."""

    code = "duplicate_movement"
    message = _l("This was booked already; nothing was booked a second time.")


class ReservationExpired(Conflict):
    """A reservation that has expired and was not consumed."""

    code = "reservation_expired"
    message = _l("The time for which these goods were kept for you is over. Look whether they are still there.")


class StockNotFound(NotFound):
    """A location or variant that does not exist, or belongs to another merchant."""

    code = "stock_not_found"
    message = _l("We could not find this stock.")


class LocationNotEmpty(Conflict):
    """The closing of a location that has stock."""

    code = "location_not_empty"
    message = _l("There are still goods at “%(place)s”. Move or write them off first.")
