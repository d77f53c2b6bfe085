"""What checkout refuses, with what the page needs to show what has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_babel import lazy_gettext as _l

from marketplace.kernel.errors import Conflict

if TYPE_CHECKING:
    from marketplace.checkout.rules import Reckoning


class EmptyCart(Conflict):
    """Nothing is selected: it was ordered already, or taken out."""

    message = _l("Nothing in your cart is selected for ordering. It may have been ordered already: look at your orders.")


class AlreadyPlaced(Conflict):
    """This very form was sent before; the purchase it made stands."""

    message = _l("This was ordered already.")


class Drifted(Conflict):
    """What the buyer saw is no longer so: a price, a stock, an offer has changed. Nothing was ordered."""

    message = _l("Something has changed since you looked. Please check it; nothing was ordered yet.")

    def __init__(self, *, reckoning: Reckoning, sold_out: frozenset[UUID] = frozenset(), **facts: Any) -> None:
        self.reckoning, self.sold_out = reckoning, sold_out
        super().__init__(**facts)

    def sentence(self) -> str:
        """One sentence; the page shows the lines."""
        return str(self.message)


class CostsOtherwise(Conflict):
    """A changed order comes to another sum than its buyer saw. Nothing was changed."""

    message = _l("With these changes the order comes to another sum. Please look at it, then save once more.")


class NothingToPay(Conflict):
    """No order of this payment waits for money."""

    message = _l("There is nothing to pay here: it is paid, or it was called off.")
